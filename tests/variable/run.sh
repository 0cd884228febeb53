#!/bin/sh
# run.sh BINARY: models with a variable number of steps (tests/conformance/variable.tar.gz, whose numbers are real Keras's):
#   1. run --max-steps gives at every length the bits of run --steps
#   2. verify --max-steps: one emitted file at many lengths, bit for bit (tcc where it is installed: it is the quickest)
#   3. the harness, the strict warnings, and --check of emitted files, for some of them
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
[ -x "$binary" ] || { echo "$binary cannot be run"; echo "0 passed, 1 failed"; exit 1; }
. "$here/../suite.sh"
strict="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wmissing-prototypes -Wcast-qual -Werror"
cd "$work" || exit 1
tar -xzf "$here/../conformance/variable.tar.gz"

files() { # OPTION NAME N: -i NAME0.npy -i NAME1.npy
	k=0
	while [ $k -lt "$3" ]; do
		printf '%s %s%d.npy ' "$1" "$2" $k
		k=$((k + 1))
	done
}
same_run() { # NAME MODEL WEIGHTS INPUTS OUTPUTS STEPS MOST
	# shellcheck disable=SC2046,SC2086
	"$binary" run $2 $3 --steps $6 $(files -i "$1.in" $4) $(files -o known $5) &&
		"$binary" run $2 $3 --max-steps $7 $(files -i "$1.in" $4) $(files -o open $5) || return 1
	k=0
	while [ $k -lt "$5" ]; do
		cmp known$k.npy open$k.npy || return 1
		k=$((k + 1))
	done
}
most_of() { awk -v model="$1" '$2 == model && $NF + 0 > most { most = $NF + 0 } END { print most }' cases.txt; }

while read -r name model weights n_in n_out _ steps; do
	[ "$weights" = - ] && weights=
	ok "run at $steps steps" same_run "$name" "$model" "$weights" "$n_in" "$n_out" "$steps" "$(most_of "$model")"
done <cases.txt

strict_cc=${CC:-cc}
command -v tcc >/dev/null 2>&1 && CC=tcc || CC="${CC:-cc} -O0"
export CC
turn=0
awk '{ print $2, $3 }' cases.txt | sort -u >models.txt
while read -r model weights; do
	[ "$weights" = - ] && weights=
	most=$(most_of "$model") prefix=${model%.*} turn=$((turn + 1))
	# shellcheck disable=SC2086
	ok "verify $model" "$binary" verify -q $model $weights --max-steps "$most"
	[ $((turn % 6)) = 1 ] || continue
	# shellcheck disable=SC2086
	ok "compile $model" "$binary" -q $model $weights --max-steps "$most" --harness -o out
	# shellcheck disable=SC2086
	ok "check $model" "$binary" -q $model $weights --max-steps "$most" --harness -o out --check
	# shellcheck disable=SC2086
	# shellcheck disable=SC2086
	ok "strict C99 of $model" ${strict_cc} -std=c99 -O1 $strict -o test "out/$prefix.c" "out/${prefix}_test.c"
	ok "harness of $model" ./test
done <models.txt
closing
