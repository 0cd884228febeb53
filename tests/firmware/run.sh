#!/bin/sh
# run.sh BINARY: what is emitted for microcontrollers, on their instruction sets under QEMU:
#   the examples and every TAKE-th model of tests/conformance, which the targets take in turn: verify, bit for bit;
#   on targets with a float unit every layer and activation takes as many instructions for all data;
#   no figure of networks.txt is exceeded by more than 1 %.
# TAKE=n (default 17) OFFSET=n choose other models, TARGETS="cortex-m4f ..." fewer targets; PARTS="verify data figures".
set -u
binary=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
. tests/suite.sh
top=$(pwd)
take=${TAKE:-17} offset=${OFFSET:-5} parts=${PARTS:-verify data figures}
soft='cortex-m0plus cortex-m3 rv32imc' hard='cortex-m4f cortex-m7 cortex-m33 cortex-m55 rv32imfc'

# ---- what is installed ----------------------------------------------------------------------------------------------
targets=
for target in ${TARGETS:-$soft $hard}; do
	case $target in
	rv32*) compiler=riscv64-unknown-elf-gcc emulator=qemu-system-riscv32 ;;
	*) compiler=arm-none-eabi-gcc emulator=qemu-system-arm ;;
	esac
	if ! command -v $compiler >/dev/null; then
		skip "$target: $compiler is not installed"
	elif ! command -v $emulator >/dev/null; then
		skip "$target: $emulator is not installed"
	else
		targets="$targets $target"
	fi
done
has() { case " $targets " in *" $1 "*) ;; *) return 1 ;; esac; }
wants() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }

# ---- verify ----------------------------------------------------------------------------------------------------------
family() { # FOLDER: MODEL WEIGHTS options of each case; those of a variable number of steps with --max-steps
	awk -v folder="$1" -v variable="$(basename "$1")" '
		{ weights = $3 == "-" ? "" : folder "/" $3; options = "" }
		variable == "variable" { print folder "/" $2, weights, "--max-steps", $NF; next }
		{ for (i = 6; i <= NF; i++) options = options " " $i; print folder "/" $2, weights options }' "$1/cases.txt" | sort -u
}
corpus() {
	for archive in tests/conformance/*.tar.gz; do
		folder=$work/families/$(basename "$archive" .tar.gz)
		mkdir -p "$folder"
		tar -xzf "$archive" -C "$folder"
		family "$folder"
	done
}
verified() { # TARGET: adds the closing line of its run, and what failed
	log=$work/verify.$1
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	[ -n "$line" ] || line='0 passed, 1 failed'
	p=${line%% passed*} f=${line#*passed, }
	passed=$((passed + p)) failed=$((failed + ${f%% failed*}))
	printf '%-34s %s\n' "verify: $1, $(wc -l <"$work/rows.$1") models" "$line"
	grep -E -A 4 'FAILED|error:' "$log" | head -n 40
}
if wants verify; then
	corpus | awk -v take="$take" -v offset="$offset" 'NR % take == offset % take' >"$work/rows"
	for target in $targets; do
		options="--target $target -q"
		# shellcheck disable=SC2086
		awk -v n="$(echo $targets | wc -w)" -v i="$(echo $targets | tr ' ' '\n' | grep -nx $target | cut -d: -f1)" -v options="$options" '
			NR % n == i % n { print $0, options }' "$work/rows" >"$work/rows.$target"
		for model in examples/tcn/tcn.keras examples/ecg/ecg.keras "tests/firmware/models/layers.json --init 1" \
			"tests/firmware/models/activations.json --init 1"; do
			echo "$top/$model $options"
			case " $hard " in *" $target "*) case $model in *ecg*) ;; *) echo "$top/$model $options --fp separate" ;; esac ;; esac
		done >>"$work/rows.$target"
	done
	# shellcheck disable=SC2086
	printf '%s\n' $targets | xargs -P "$(nproc)" -I % sh -c '"$1" verify "@$2/rows.%" >"$2/verify.%" 2>&1' sh "$binary" "$work"
	for target in $targets; do verified $target; done
fi

# ---- instructions whatever the data ----------------------------------------------------------------------------------
steady() { # MODEL TARGET FP
	"$binary" bench "tests/firmware/models/$1.json" --init 1 --target "$2" --fp "$3" >"$work/steady.$1.$2.$3" 2>&1
	grep -q 'instructions are as many for' "$work/steady.$1.$2.$3" && return
	sed -n '/instructions depend/,$p;/error:/p' "$work/steady.$1.$2.$3"
	return 1
}
if wants data; then
	for target in $targets; do
		case " $hard " in *" $target "*) ;; *) continue ;; esac
		for model in layers activations; do
			for fp in fused separate; do ok "instructions do not depend on the data" steady $model $target $fp; done
		done
	done
fi

# ---- figures ---------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2086
if wants figures && [ -n "$targets" ]; then
	sh tests/firmware/networks.sh "$binary" " ($(echo $targets | tr ' ' '|')) " >"$work/figures" 2>"$work/figures.err"
	cat "$work/figures.err"
	awk '
		/^#/ { next }
		{ key = $1 " " $2 " " $3 }
		FNR == NR { row[key] = $0; next }
		{
			seen[key] = 1
			if (!(key in row)) { print "FAILED: " key ": is not in networks.txt"; next }
			split(row[key], most, " ")
			worse = better = ""
			split("- - - instructions text stack context", what, " ")
			for (i = 4; i <= 7; i++) {
				if ($i == "" || $i > 1.01 * most[i]) worse = worse ", " what[i] " " $i " > " most[i]
				if ($i < 0.99 * most[i]) better = better ", " what[i] " " $i " < " most[i]
			}
			if (worse != "") print "FAILED: " key ": " substr(worse, 3) " + 1 %"
			else print "ok: " key
			if (better != "") print "better: " key ": " substr(better, 3) "; networks.sh renews the table"
		}' tests/firmware/networks.txt "$work/figures" >"$work/judged"
	grep -v '^ok' "$work/judged"
	passed=$((passed + $(grep -c '^ok' "$work/judged"))) failed=$((failed + $(grep -c '^FAILED' "$work/judged")))
	rows=$(grep -cE " ($(echo $targets | tr ' ' '|')) " tests/firmware/networks.txt)
	ok "every figure of networks.txt was measured: $rows" [ "$(grep -vc '^#' "$work/figures")" -ge "$rows" ]
	printf '%-34s %s\n' "figures: $rows models" "$(grep -c '^ok' "$work/judged") hold"
fi
closing
