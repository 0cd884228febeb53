#!/bin/sh
# run.sh BINARY: where the emitted code leaves its names and its data.
# For every target and kind of file: no symbol that a linker sees and no macro of NAME.h without the prefix.  Weights and
# contexts go into the sections that the program names; each table is a symbol and a section of its own, which --gc-sections
# drops where nobody uses it.  Several models and contexts in one image compute what each computes alone.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
ecg=examples/ecg/ecg.keras
residual="tests/golden/residual.json tests/golden/residual.npz"
variable="tests/golden/variable.json tests/golden/variable.npz $(cat tests/golden/variable.args)"
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror"

emit() { # FOLDER WORDS...
	folder=$1
	shift
	"$binary" "$@" -q -Wno-non-finite-weights -o "$work/$folder"
}

# ---- names ------------------------------------------------------------------------------------------------------
# What compilers call by themselves: copies, and the arithmetic of processors without the instruction.
compilers_own='^(mem(cpy|set|move)|__(aeabi_.*|.*[sd]f[23]|.*si[34]|.*di3|fix.*|float.*|riscv_.*))$'

prefixed() { # PREFIX OBJECT...: defined names have the prefix, and whatever else is wanted is the compiler's own
	stem=$1
	shift
	nm -g "$@" | awk 'NF == 3 { print $3 } NF == 2 { print $2 }' | grep -v ':$' | sort -u >"$work/names"
	grep -q "^${stem}_run$" "$work/names" || return 1
	! grep -vE "^${stem}_" "$work/names" | grep -vE "$compilers_own"
}
macros() { # COMMAND...: the names that are defined behind the text on standard input
	"$@" -dM -E - | sed 's/^#define \([A-Za-z0-9_]*\).*/\1/' | sort -u
}
upper_case_prefixed() { # HEADER COMMAND...: what it defines beyond the standard headers that it includes
	header=$1
	shift
	grep '^#include <' "$header" | macros "$@" >"$work/before"
	echo "#include \"$header\"" | macros "$@" >"$work/after"
	comm -13 "$work/before" "$work/after" >"$work/leaked"
	grep -q '^P_CONTEXT_BYTES$' "$work/leaked" && ! grep -vE '^P_[A-Z0-9_]+$' "$work/leaked"
}

"$binary" targets | sed -n 's/^| \([a-z0-9-]*\) | [^|]*| \([^|]*\)|[^|]*| \([^|]*\)|.*/\1|\2|\3/p' | grep -v '^target|' >"$work/targets"
while IFS='|' read -r target machine elsewhere; do
	# shellcheck disable=SC2086
	set -- $elsewhere
	case $machine in any* | "$(uname -m) "*) set -- cc ;; esac
	command -v "$1" >/dev/null || { skip "$target: $1 is not installed"; continue; }
	kinds=text
	case $target in c99 | avx2 | cortex-m4f) kinds="text incbin open least" ;; esac
	for kind in $kinds; do
		words=$residual
		[ $kind = incbin ] && words="$ecg --weights incbin"
		[ $kind = open ] && words=$variable
		[ $kind = least ] && words="$ecg --ram least"
		name="$target, $kind"
		rm -rf "$work/made" "$work"/*.o
		# shellcheck disable=SC2086
		ok "$name: compiles" emit made $words --target "$target" --prefix p --harness
		for file in "$work"/made/*.[cS]; do
			ok "$name: $(basename "$file")" "$@" -O0 -DP_TEST_NO_MAIN '-DP_TEST_PUTCHAR(c)=((void)(c))' -c "$file" \
				-o "$work/$(basename "$file").o"
		done
		ok "$name: names for the linker" prefixed p "$work"/*.o
		ok "$name: macros of C" upper_case_prefixed "$work/made/p.h" "$@"
		[ "$1" != cc ] || ok "$name: macros of C++" upper_case_prefixed "$work/made/p.h" cc -x c++
	done
done <"$work/targets"

# ---- sections ---------------------------------------------------------------------------------------------------
# The tables that the text defines, and where the object has them.
tables() { # FOLDER PREFIX
	sed -n "s/^[A-Z0-9]*_CONST .*\b\($2_[a-z0-9_]*\)\[[0-9]*\] = {\$/\1/p; s/^ *\.type [A-Z0-9]*_SYMBOL(\($2_[a-z0-9_]*\)).*/\1/p" \
		"$work/$1/$2".c | sort
	[ ! -f "$work/$1/$2_weights.S" ] || sed -n "s/^ *[A-Z0-9]*_TYPE(\($2_[a-z0-9_]*\))\$/\1/p" "$work/$1/$2_weights.S"
}
# Every table that $work/tables lists is a symbol of the objects, in SECTION (@: of its own name behind .rodata.).  With
# optimisation a compiler may have put the values of small tables into its instructions: some are symbols then.
all_in() { # SECTION all|some OBJECT...
	section=$1 wanted=$2 there=0
	shift 2
	objdump -t "$@" | grep -v 'UND' | sed 's/ _ZL[0-9]*/ /' >"$work/symbols"
	while read -r table; do
		grep -E " $table\$" "$work/symbols" >"$work/symbol" || { [ "$wanted" = some ] && continue; }
		grep -qE " $(echo "$section" | sed "s/@/$table/")[[:space:]]" "$work/symbol" || { echo "$table is not in $section"; return 1; }
		there=$((there + 1))
	done <"$work/tables"
	[ $there -gt 0 ]
}
context_there() { # OBJECT
	objdump -t "$1" | grep -q ' \.ccm[[:space:]].* context$'
}
cat >"$work/program.c" <<'END'
#include "p.h"
static p_context context __attribute__((section(".ccm")));
static float input[P_INPUT_SIZE], output[P_OUTPUT_SIZE];
int main(void)
{
    p_run(&context, input, output);
    return output[0] != output[0];
}
END
in_section='static const __attribute__((section(".weights")))'
for target in c99 avx2 cortex-m4f; do
	for kind in text incbin; do
		[ $target-$kind = avx2-incbin ] && continue
		name="$target, $kind"
		rm -rf "$work/made"
		ok "$name: compiles" emit made "$ecg" --target $target --prefix p --weights $kind --harness
		tables made p >"$work/tables"
		case $target in
		cortex*) compilers="arm-none-eabi-gcc%-mthumb%-mcpu=cortex-m4%-mfloat-abi=hard%-mfpu=fpv4-sp-d16" ;;
		*) compilers="gcc clang" ;;
		esac
		for cc in $compilers; do
			cc=$(echo "$cc" | tr % ' ')
			command -v "${cc%% *}" >/dev/null || { skip "$name: ${cc%% *} is not installed"; continue; }
			apart=
			[ $kind = text ] || apart=$work/p.S.o
			[ $kind = text ] || ok "$name: assembles" $cc '-DP_WEIGHTS_SECTION=.section .weights,"a",%progbits' \
				-c "$work/made/p_weights.S" -o "$apart"
			for way in "c -std=c99 -O0" "c -std=c99 -O2" "c++ -std=c++17 -O0"; do
				[ "$cc $way" != "clang c -std=c99 -O2" ] && [ "$cc" = clang ] && continue
				# shellcheck disable=SC2086
				ok "$name, $cc, $way: sections named" $cc -x $way $warnings "-DP_CONST=$in_section" -c "$work/made/p.c" \
					-o "$work/p.o"
				wanted=all
				[ "${way%-O0}" = "$way" ] && wanted=some
				# shellcheck disable=SC2086
				ok "$name, $cc, $way: tables there" all_in '\.weights' $wanted "$work/p.o" $apart
			done
			ok "$name, $cc: the program" $cc -O2 "-I$work/made" -c "$work/program.c" -o "$work/program.o"
			ok "$name, $cc: the context there" context_there "$work/program.o"
			ok "$name, $cc: sections of their own" $cc -std=c99 -O0 -fdata-sections -ffunction-sections -c "$work/made/p.c" \
				-o "$work/p.o"
			[ $kind = text ] || ok "$name: assembles" $cc -c "$work/made/p_weights.S" -o "$apart"
			# shellcheck disable=SC2086
			ok "$name, $cc: a section for each table" all_in '\.rodata\.@' all "$work/p.o" $apart
		done
		# Tables that other files may see, and a context of no alignment: the same results.
		[ $target = cortex-m4f ] && continue
		[ $target = avx2 ] && ! grep -qw avx2 /proc/cpuinfo && { skip "this processor has no avx2"; continue; }
		ok "$name: unaligned and visible" cc -O2 -DP_CONST=const '-DP_ALIGN(n)=' "$work"/made/*.[cS] -o "$work/test"
		ok "$name: the self-test then" "$work/test"
	done
done

# ---- several in one image -----------------------------------------------------------------------------------------
uses_a_alone() { # MAP of names: none of model b, all tables of model a
	! nm "$1" | grep -E ' [A-Za-z] b_' && nm "$1" | grep -q ' a_run$'
}
# shellcheck disable=SC2086
for kind in text incbin; do
	ok "model a" emit two "$ecg" --prefix a --weights $kind
	ok "model b" emit two $residual --prefix b --weights $kind
	for cc in gcc clang; do
		command -v $cc >/dev/null || { skip "several models: $cc is not installed"; continue; }
		flags="-O2 -pthread -I$work/two -Itests/placement"
		tables=$(find "$work/two" -name '*_weights.S')
		ok "$kind, $cc: two models and their contexts compile" $cc -std=c99 -D_POSIX_C_SOURCE=200809L $flags tests/placement/threads.c \
			"$work/two/a.c" "$work/two/b.c" $tables -o "$work/threads"
		ok "$kind, $cc: in turns and at once as alone" "$work/threads"
		printf '#include "a.c"\n#include "b.c"\n' >"$work/two/both.c"
		for language in "c -std=c99" "c++ -std=c++17"; do
			ok "$kind, $cc, $language: both in one file" $cc -x $language $warnings -O0 "-I$work/two" -c "$work/two/both.c" \
				-o "$work/both.o"
		done
		sed 's/p_/a_/g; s/P_/A_/g; s/p\.h/a.h/' "$work/program.c" >"$work/uses_a.c"
		ok "$kind, $cc: what is not used" $cc -O2 -fdata-sections -ffunction-sections -Wl,--gc-sections "-I$work/two" "$work/uses_a.c" \
			"$work/two/a.c" "$work/two/b.c" $tables -o "$work/uses_a"
		ok "$kind, $cc: goes" uses_a_alone "$work/uses_a"
	done
done

closing
