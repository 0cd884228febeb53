#!/bin/sh
# networks.sh BINARY [PATTERN]: what networks, and every layer in one model, take on the emulated microcontrollers, one row a model, target and --fp (those that
# match PATTERN, grep -E): the table of networks.txt.  The reached figures become those that are asserted by
#   sh tests/firmware/networks.sh build/conv1dc >tests/firmware/networks.txt
# Run `make test-firmware` before: it says what got worse.
set -u
binary=$(realpath "$1")
pattern=${2:-.}
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rows() { # TARGET FP MODELS
	for model in $3; do echo "$model $1 $2"; done
}
{
	for target in cortex-m4f cortex-m55 rv32imfc; do
		rows $target fused 'tcn ecg w6 layers activations'
		rows $target separate tcn
	done
	for target in cortex-m7 cortex-m33; do rows $target fused tcn; done
	for target in cortex-m0plus cortex-m3 rv32imc; do rows $target separate 'w1 dw tcn'; done
} | grep -E "$pattern" >"$work/rows"

cat >"$work/row.sh" <<'END'
# row.sh BINARY WORK MODEL TARGET FP
case $3 in ecg | tcn) model=examples/$3/$3.keras ;; *) model="tests/firmware/models/$3.json --init 1" ;; esac
"$1" bench $model --target "$4" --fp "$5" --json >"$2/$3.$4.$5" || exit 0
awk -v row="$3 $4 $5" -F'[:, ]+' '/^  "/ { at[$2] = $3 }
	END { print row, at["\"instructions\""], at["\"text_bytes\""], at["\"stack_bytes\""], at["\"context_bytes\""] }' "$2/$3.$4.$5"
END
echo '# model target fp instructions text stack context: see networks.sh'
xargs -P "$(nproc)" -L 1 sh "$work/row.sh" "$binary" "$work" <"$work/rows" | sort
