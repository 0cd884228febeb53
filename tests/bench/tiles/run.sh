#!/bin/sh
# run.sh BUILD: measures, on this machine, the tiles of conv1d_vector: for every target of its family and every compiler, so many
# vectors of filters x so many steps.  Prints percents of the processor's peak of multiply-adds, and rows as
# generator/targets/tiles.def has them.
#
# TARGETS="avx2 avx512" COMPILERS="gcc clang" choose; the machine should do nothing else meanwhile.
set -eu
cd "$(dirname "$0")/../../.."
build=$1
work=$build/tiles
here=tests/bench/tiles
mkdir -p "$work"

# A table that goes beyond what stays in registers: all that the measuring program may try.
for row in "sse2 16" "avx2 16" "avx512 32" "neon 32"; do
	for vectors in 1 2 3 4 5 6 7 8; do
		echo "TILE(\"${row% *}\", $vectors, $((${row#* } / vectors + 2)), 100)"
	done
done >"$work/all.def"
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Igenerator -I."
packages=$(pkg-config --libs libcjson lua5.4 hdf5 libzip libmd)
# shellcheck disable=SC2086
${CC:-cc} $flags -DTILES_DEF="\"$work/all.def\"" -o "$work/measure" $here/tiles.c tests/bench/peak.c \
	generator/targets/targets.c "$build/libconv1dc.a" $packages -lm

# Valid windows of 6 taps x 16 channels over 245 steps: input and weights stay in L1, or nearly.  Fewer than 8 filters
# would be summed in 16 partial sums: of 4 lanes there are two blocks.
model() { # LANES VECTORS
	filters=$(($1 * $2))
	[ $filters -ge 8 ] || filters=$((2 * filters))
	cat >"$work/$2.json" <<-END
		{"class_name": "Conv1D", "config": {"name": "c", "filters": $filters, "kernel_size": 6,
		"batch_input_shape": [null, 245, 16]}}
	END
}
: >"$work/all"
for target in ${TARGETS:-sse2 avx2 avx512 neon}; do
	case $target in avx512) lanes=16 ;; avx2) lanes=8 ;; *) lanes=4 ;; esac
	models=
	for vectors in 1 2 3 4 5 6 7 8; do
		model $lanes $vectors
		models="$models $work/$vectors.json"
	done
	for compiler in ${COMPILERS:-gcc clang}; do
		if ! command -v "$compiler" >/dev/null; then
			echo "skipped: $compiler is not installed" >&2
			continue
		fi
		echo "$target, $compiler" >&2
		status=0
		# shellcheck disable=SC2086
		"$work/measure" $target "$compiler" $models >>"$work/all" || status=$?
		[ $status != 2 ] || echo "skipped: this machine has no $target" >&2
		[ $status = 0 ] || [ $status = 2 ] || exit $status
	done
done
awk -f $here/table.awk "$work/all"
