#!/bin/sh
# run.sh BINARY [EVERY [SYMBOL...]]: one of EVERY (4096) neighbouring float32 inputs of every activation against its
# definition, all with EVERY 1; then the functions as they are pasted into the output against the interpreter's, bit for
# bit, by every compiler that is there.
set -u
build=$(dirname "${1:?the conv1dc binary}")
every=${2:-4096}
shift
[ $# -gt 0 ] && shift
cc=${CC:-cc}
out=$build/exhaustive
here=tests/exhaustive
flags='-std=c11 -D_POSIX_C_SOURCE=200809L -Igenerator -I. -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -ffp-contract=off'
libraries="$build/libconv1dc.a $(pkg-config --libs libcjson lua5.4 hdf5 libzip libmd) -lm"
passed=0 failed=0 skipped=0
mkdir -p "$out"

judge() { # NAME STATUS
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1"
	fi
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

# The sweep.
sweep() {
	native=-march=native
	"$cc" $native -E -x c /dev/null >/dev/null 2>&1 || native=
	sed 's/meaning_/nearly_/g; s/^#define MEANING(symbol) /&static inline /; /include "layers/d' \
		generator/layers/activation_meaning.c >"$out/meanings.h"
	# -ffast-math for this file alone and not when linking, where it would switch subnormals off.
	$cc $flags -O3 $native -ffast-math -I"$out" -c -o "$out/nearly.o" $here/nearly.c &&
		$cc $flags -O3 $native -o "$out/exhaustive" $here/exhaustive.c $here/reference.c "$out/nearly.o" $libraries \
			-lmpfr -lgmp -pthread || return 1
	"$out/exhaustive" --every "$every" "$@" >"$out/sweep" || [ -s "$out/sweep" ] || return 1
	sed '$d' "$out/sweep"
	line=$(tail -n 1 "$out/sweep")
	passed=$((passed + ${line%% passed*})) line=${line#*, }
	failed=$((failed + ${line%% failed*}))
}

# COMPILER LANGUAGE FLAGS...: the bits of the functions in $source, run by $emulator.
same_bits() {
	compiler=$1 language=$2
	shift 2
	$compiler -x "$language" $quiet -I. "$@" -o "$out/pasted" "$out/$source" 2>"$out/log" &&
		$emulator "$out/pasted" >"$out/got" && cmp -s "$out/want" "$out/got"
	judge "$compiler $* $source: other bits than the interpreter's" $?
}

# COMPILER LANGUAGE FLAGS...: each function alone, without a warning.
warnings() {
	compiler=$1 language=$2
	shift 2
	$compiler -x "$language" "$@" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual \
		-Werror -c -o "$out/alone.o" "$out/alone.c"
	judge "$compiler $*: a warning" $?
}

if printf '#include <mpfr.h>\nint main(void) { return 0; }\n' | $cc -x c - -o "$out/mpfr" -lmpfr -lgmp 2>/dev/null; then
	sweep "$@" || judge 'the sweep cannot be built' 1
else
	skip 'the sweep of the activations (no libmpfr-dev)'
fi

$cc $flags -O2 -o "$out/paste" $here/paste.c $libraries || exit 1
source=pasted.c emulator= quiet=-w
"$out/paste" source >"$out/pasted.c" && "$out/paste" interpreter >"$out/want" || exit 1
fma=
printf 'int main(void) { return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2") ? 0 : 1; }' |
	$cc -x c - -o "$out/fma" 2>/dev/null && "$out/fma" && fma='-mfma -mavx2'
for compiler in gcc clang; do
	command -v $compiler >/dev/null 2>&1 || { skip "$compiler"; continue; }
	for level in -O0 -O1 -O2 -O3 -Os; do same_bits $compiler c -std=c99 $level; done
	[ -z "$fma" ] || for level in -O0 -O2 -O3; do same_bits $compiler c -std=c99 $level $fma; done
	[ -z "$fma" ] || same_bits $compiler c -std=gnu11 -O3 -march=native
done
for compiler in g++ clang++; do
	command -v $compiler >/dev/null 2>&1 || { skip "$compiler"; continue; }
	same_bits $compiler c++ -std=c++17 -O2 $fma
done
# Does this machine have the vector's instructions?
has() {
	case $1 in sse2) wanted=sse2 ;; avx2) wanted='avx2 fma' ;; avx512) wanted='avx512f avx512vl avx512dq avx512bw' ;; esac
	for feature in $wanted; do
		printf 'int main(void) { return !__builtin_cpu_supports("%s"); }' $feature |
			$cc -x c - -o "$out/has" 2>/dev/null && "$out/has" || return 1
	done
}
# VECTOR COMPILER...: the same functions on vectors, whose file switches its instructions on itself; without a warning.
strict='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror'
vectors() {
	vector=$1
	shift
	source=$vector.c
	"$out/paste" source $vector >"$out/$source"
	for compiler; do
		command -v $compiler >/dev/null 2>&1 || continue
		case $compiler in
		*++) same_bits $compiler c++ -std=c++17 -O2 $strict ;;
		*) for level in $levels; do same_bits $compiler c -std=c99 $static $level $strict; done ;;
		esac
	done
}
static= levels=-O2 compilers='gcc clang' quiet=
[ "$every" != 1 ] || levels='-O0 -O1 -O2 -O3 -Os' compilers='gcc clang g++ clang++'
for vector in sse2 avx2 avx512; do
	if has $vector; then vectors $vector $compilers; else skip "$vector"; fi
done
if command -v aarch64-linux-gnu-gcc >/dev/null 2>&1 && command -v qemu-aarch64 >/dev/null 2>&1; then
	emulator=qemu-aarch64 static=-static
	vectors neon aarch64-linux-gnu-gcc
else
	skip 'neon (no aarch64-linux-gnu-gcc or qemu-aarch64)'
fi
command -v arm-none-eabi-gcc >/dev/null 2>&1 || skip 'each function alone for Arm (no arm-none-eabi-gcc)'
for symbol in $(sed -n 's/^FUNCTION(\([a-z0-9_]*\),.*/\1/p' $here/cases.def); do
	"$out/paste" symbol "$symbol" >"$out/alone.c"
	for compiler in gcc clang arm-none-eabi-gcc; do
		command -v $compiler >/dev/null 2>&1 && warnings $compiler c -std=c99 -Wmissing-prototypes
	done
	command -v g++ >/dev/null 2>&1 && warnings g++ c++ -std=c++17
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
