#!/bin/sh
# run.sh BINARY: TFLite models with what LiteRT's reference kernels made of them (goldens.tar.gz, which against_litert.py --pack
# makes; ops.tar.gz, single operators, which ops.py makes): conv1dc run gives these bytes, and verify passes with them.  Compilers and, where they run here, targets take
# turns.  INTEGERS=all tries every model in every way.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1")
cd "$here/../.."
. tests/suite.sh

for archive in "$here"/*.tar.gz; do tar -xzf "$archive" -C "$work"; done

runs_here() { # TARGET
	case $1 in
	c99) ;;
	avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo ;;
	avx512) grep -qw avx512bw /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo && grep -qw avx512dq /proc/cpuinfo ;;
	avx512vnni) grep -qw avx512_vnni /proc/cpuinfo && runs_here avx512 ;;
	sse2) [ "$(uname -m)" = x86_64 ] ;;
	esac
}
ways=
for way in "gcc c99" "clang c99" "gcc avx2" "gcc avx512vnni" "gcc c99 --ram=least" "clang sse2"; do
	cc=${way%% *} options=${way#* }
	if ! command -v "$cc" >/dev/null 2>&1; then
		skip "$cc is not installed"
	elif ! runs_here "${options%% *}"; then
		skip "this processor does not run ${options%% *}"
	else
		ways="$ways $cc:$(echo "$options" | tr ' ' ',')"
	fi
done

n=0
for model in "$work"/*.tflite; do
	name=$(basename "$model" .tflite)
	words="$model"
	for x in "$work/$name".in*.npy; do words="$words --input $x"; done
	for y in "$work/$name".expect*.npy; do words="$words --expect $y"; done
	case $name in *_f32 | *_f16) words="$words --atol 1e-5 --rtol 1e-4" ;; esac
	i=0
	for way in $ways; do
		i=$((i + 1))
		[ "${INTEGERS:-}" = all ] || [ $((n % $(echo "$ways" | wc -w) + 1)) = $i ] || continue
		echo "$words --target $(echo "${way#*:}" | tr ',' ' ')" >>"$work/rows.${way%%:*}"
	done
	n=$((n + 1))
done
for cc in gcc clang; do
	[ -f "$work/rows.$cc" ] || continue
	CC=$cc "$binary" verify "@$work/rows.$cc" >"$work/log" 2>&1
	status=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/log" | tail -n 1)
	p=${line%% passed*} f=${line#*passed, }
	f=${f%% failed*}
	if [ "$status" != 0 ] || [ "${f:-1}" != 0 ]; then
		grep -vE ': ok$|for information|^[0-9]+ passed' "$work/log" | head -n 40
		[ "${f:-0}" != 0 ] || f=1
	fi
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
done

# Random layers of every type and rounding for plain C, the targets with tiles of their own, whole and three steps a call.
drawn="$(dirname "$binary")/tests/integers/layers"
if [ ! -x "$drawn" ]; then
	skip "random layers: $drawn is not built"
else
	for way in "c99 0" "c99 3" "cortex-m0plus 3" "rv32imc 0"; do
		rm -rf "$work/drawn" && mkdir "$work/drawn"
		"$drawn" "$work/drawn" 5 30 $way >"$work/log" 2>&1 &&
			(cd "$work/drawn" && sed -i 's/^#error "this file is for.*//' m*.c && ${CC:-cc} -O1 -w -o run ./*.c && ./run) >"$work/log" 2>&1
		if [ $? = 0 ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "random layers, $way:" && tail -n 20 "$work/log"
		fi
	done
fi

closing
