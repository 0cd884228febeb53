#!/bin/sh
# run.sh BINARY: conv1dc against the goldens of real Keras (make_goldens.py, make_more_goldens.py, make_file_goldens.py), in three steps:
#   1. the float64 meaning against Keras                      (meaning.c over libconv1dc.a beside BINARY)
#   2. conv1dc run, --fp separate and fused, against Keras    (compare.c)
#   3. the emitted C against conv1dc run, bit for bit, on full mantissas and on every special value (drive.c), built
#      by each compiler in turn, with and without fused units, for c99 and the targets that this machine runs; strict
#      warnings are errors.
# CONFORMANCE=all builds every case in every way; otherwise the ways take turns from case to case.  WAYS="tcc gcc" names others;
# TAKE=n takes every n-th case of each family; BUILD_EMITTED=no only emits, for a test of the generator alone (sanitizers).
# Families are worked on side by side, JOBS at a time (as many as there are processors).
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
[ -x "$binary" ] || { echo "$binary cannot be run"; echo "0 passed, 1 failed"; exit 1; }
top=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
build_emitted=${BUILD_EMITTED:-yes}
passed=0 failed=0 skipped=0
families=${FAMILIES:-hand numbers conv1d activations layers stacks graphs keras elements shapes rarer_convs merges operations nested rows dialects conv2d timedist norms masks dot structures ops
	weights h5_keras3 h5_tf_keras h5_forms h5_old
	variable}

strict="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wmissing-prototypes -Wcast-qual -Werror"
plain="-O1 -Wall -Wextra -Werror"

add() { # a closing line
	p=${1%% passed*} f=${1#*passed, }
	passed=$((passed + p)) failed=$((failed + ${f%% failed*}))
}
closing() { # WHAT FILE: adds the file's closing line; shows what failed
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$2" | tail -n 1)
	add "${line:-0 passed, 1 failed}"
	case $line in
	*', 0 failed') ;;
	*) grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$2" | head -n 40 ;;
	esac
	printf '%-52s %s\n' "$1" "${line:-did not end}"
}
skip() {
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

# ---- the ways to build: target and rounding, compiler and its options, a name -------------------------------------
ways=
wanted=${WAYS:-gcc clang gcc_fma clang_fma avx2 avx512 rows3}
[ "${CONFORMANCE:-}" = all ] && wanted="$wanted gcc_size sse2 avx2_separate avx512_fused neon neon_clang rows_avx2 rows_sanitized"
emulator_of() { # COMMAND
	case $1 in *aarch64-linux-gnu*) [ "$(uname -m)" = aarch64 ] || echo qemu-aarch64 ;; esac
}
runs_here() { # TARGET: what the compiler makes for it runs on this processor
	case $1 in
	avx2) grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo ;;
	avx512) grep -qw avx512vl /proc/cpuinfo && grep -qw avx512dq /proc/cpuinfo && grep -qw avx512bw /proc/cpuinfo ;;
	esac
}
way() { # NAME TARGET-FP[-B] COMPILER OPTIONS...; B: with --block B --ram least
	name=$1 target=$2
	shift 2
	case " $wanted " in *" $name "*) ;; *) return ;; esac
	if [ "$build_emitted" = no ]; then
		ways="$ways $name"
		eval "$name= ${name}_target=$target"
	elif ! command -v "$1" >/dev/null 2>&1; then
		skip "$1 is not installed ($name)"
	elif ! runs_here "${target%%-*}" ||
		! echo 'int main(void) { return 0; }' | "$@" -x c - -o "$work/probe" 2>/dev/null || ! $(emulator_of "$*") "$work/probe" 2>/dev/null; then
		skip "$* for ${target%%-*} does not run here ($name)"
	else
		ways="$ways $name"
		eval "$name=\"\$*\" ${name}_target=$target"
	fi
}
way gcc c99-separate gcc -std=c99 -O2
way clang c99-separate clang -std=c99 -O2
way gcc_fma c99-separate gcc -std=c99 -O3 -mfma -mavx2
way clang_fma c99-separate clang -std=c99 -O2 -mfma -mavx2
way gcc_size c99-separate gcc -std=c99 -Os -ffp-contract=fast -mfma
way tcc c99-separate tcc -std=c99
way avx2 avx2-fused gcc -std=c99 -O2
way avx512 avx512-separate clang -std=c99 -O2
way sse2 sse2-separate gcc -std=c99 -O3
way avx2_separate avx2-separate clang -std=c99 -O1 -mfma
way avx512_fused avx512-fused gcc -std=c99 -O3 -march=native
way rows3 c99-separate-3 gcc -std=c99 -O2
way rows_avx2 avx2-fused-5 clang -std=c99 -O2
way rows_sanitized c99-separate-1 gcc -std=c99 -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
way neon neon-fused aarch64-linux-gnu-gcc -std=c99 -O2 -static
way neon_clang neon-separate clang --target=aarch64-linux-gnu -std=c99 -O2 -static

${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L $plain -o "$work/compare" "$here/compare.c" -lm || exit 1

library=$(dirname "$binary")/libconv1dc.a
if [ -f "$library" ] && pkg-config --exists libcjson lua5.4 hdf5 libzip libmd 2>/dev/null; then
	${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L $plain ${CFLAGS:-} -I"$top/generator" -I"$top" -o "$work/meaning" \
		"$here/meaning.c" "$library" $(pkg-config --libs libcjson lua5.4 hdf5 libzip libmd) -lm || exit 1
else
	skip "the float64 meaning: no libconv1dc.a beside $(basename "$binary")"
fi

# ---- steps 1 and 2, and the files for step 3 --------------------------------------------------------------------
repeat() { # OPTION SUFFIX N: -i NAME.SUFFIX0.npy -i NAME.SUFFIX1.npy
	k=0
	while [ $k -lt "$3" ]; do
		printf '%s %s%d.npy ' "$1" "$name.$2" $k
		k=$((k + 1))
	done
}
interpret() { # one line of cases.txt: name model weights inputs outputs options
	name=$1 model=$2 weights=$3 n_in=$4 n_out=$5
	shift 5
	[ "$weights" = - ] && weights=
	ok=1
	for fp in separate fused; do
		# shellcheck disable=SC2046,SC2086
		"$binary" run $model $weights "$@" --fp $fp $(repeat -i in $n_in) $(repeat -o $fp $n_out) 2>>messages || ok=0
	done
	# shellcheck disable=SC2046,SC2086
	"$binary" run $model $weights "$@" $(repeat -i noise $n_in) $(repeat -o bits $n_out) 2>>messages || ok=0
	# shellcheck disable=SC2086
	"$binary" $model $weights "$@" --prefix "$name" -o emitted 2>>messages || ok=0
	k=0
	while [ $k -lt "$n_out" ]; do
		for fp in separate fused; do
			[ $ok = 1 ] && echo "$name-$fp-$k $name.$fp$k.npy $name.out$k.npy" >>compared
		done
		k=$((k + 1))
	done
	if [ $ok = 1 ]; then
		echo "$name $n_in $n_out" >>emitted_cases
	else
		echo "$name: conv1dc run or compile failed: $(tail -n 3 messages | tr '\n' ' ')"
		failed=$((failed + 1))
	fi
}

compared_with_keras() { # FAMILY, in its folder
	mkdir emitted
	tar -xzf "$here/$family.tar.gz" || return 1
	if [ "${TAKE:-1}" -gt 1 ]; then
		awk -v n="$TAKE" 'NR % n == 1' cases.txt >taken && mv taken cases.txt
	fi
	if [ -x "$work/meaning" ]; then
		"$work/meaning" . >meaning.log 2>&1
		closing "$family: float64 meaning against Keras" meaning.log
	fi
	: >compared
	: >messages
	: >emitted_cases
	while read -r name _ _ n _; do
		k=0
		while [ $k -lt "$n" ]; do
			echo "$name.in$k.npy $name.noise$k.npy"
			k=$((k + 1))
		done
	done <cases.txt >noise_list
	"$work/compare" noise noise_list || return 1
	while read -r line; do
		# shellcheck disable=SC2086
		interpret $line
	done <cases.txt
	"$work/compare" compared >compare.log 2>&1
	closing "$family: run, separate and fused, against Keras" compare.log
}

# ---- step 3 --------------------------------------------------------------------------------------------------------
number() { # of inputs or outputs: "x[0], x[1]"
	k=0
	while [ $k -lt "$2" ]; do
		printf ', %s[%d]' "$1" $k
		k=$((k + 1))
	done
}
first_size() { # NAME_INPUT_SIZE or NAME_INPUT0_SIZE
	if [ "$3" = 1 ]; then echo "$1_$2_SIZE"; else echo "$1_$2""0_SIZE"; fi
}
table() { # cases of one way in FOLDER: the C that calls them
	folder=$1
	while read -r name n_in n_out; do
		macro=$(echo "$name" | tr a-z A-Z)
		printf '#include "%s/%s.h"\n' "$folder" "$name"
		printf 'static void run_%s(void *c, const float *const *x, float *const *y)\n{\n\t%s_run((%s_context *)c%s%s);\n}\n' \
			"$name" "$name" "$name" "$(number x "$n_in")" "$(number y "$n_out")"
		printf '\t{ "%s", %d, %d, %s, %s, %s_CONTEXT_BYTES, run_%s },\n' "$name" "$n_in" "$n_out" \
			"$(first_size "$macro" INPUT "$n_in")" "$(first_size "$macro" OUTPUT "$n_out")" "$macro" "$name" >>rows
	done
	printf 'static const struct emitted cases[] = {\n'
	cat rows
	printf '};\n'
	rm rows
}

# The cases of a way for another target than c99: emitted into its folder; where it fuses, what conv1dc run gives then; and two
# files that include them, as the intrinsics' headers take longer than most models.
emit_way() { # WAY TARGET-FP[-B]
	mkdir -p "$1"
	: >messages
	rounding=${2#*-} schedule=
	case $rounding in *-*) schedule="--block ${rounding#*-} --ram least" rounding=${rounding%-*} ;; esac
	awk 'NR == FNR { ours[$1]; next } $1 in ours' "$1.cases" cases.txt | while read -r name model weights n_in n_out options; do
		[ "$weights" = - ] && weights=
		# shellcheck disable=SC2046,SC2086
		{
			"$binary" $model $weights $options $schedule --prefix "$name" --target "${2%%-*}" --fp "$rounding" -o "$1" || echo "$name: compile failed"
			[ "$rounding" = separate ] || [ "$build_emitted" = no ] ||
				"$binary" run $model $weights $options --fp fused $(repeat -i noise $n_in) $(repeat -o fusedbits $n_out) ||
				echo "$name: run failed"
		} >>messages 2>&1
	done
	wrong=$(grep -c failed messages)
	[ "$wrong" = 0 ] || head -n 40 messages
	if [ "$build_emitted" = no ]; then
		add "$(($(wc -l <"$1.cases") - wrong)) passed, $wrong failed"
		return
	fi
	awk -v way="$1" '{ print "#include \"" way "/" $1 ".c\"" >(way "/unit" NR % 2 ".c") }' "$1.cases"
}

count=$(echo "$ways" | wc -w)
built() { # FAMILY TURN, in its folder
	[ -s emitted_cases ] || return 0
	turn=$2 at=0
	for way in $ways; do
		eval "command=\$$way target=\$${way}_target"
		at=$((at + 1))
		if [ "${CONFORMANCE:-}" = all ] || { [ "$build_emitted" = yes ] && [ "$(wc -l <emitted_cases)" -lt 20 ]; }; then
			cp emitted_cases "$way.cases"
		else
			awk -v n="$count" -v at="$at" -v turn="$turn" '(NR + turn) % n == at - 1' emitted_cases >"$way.cases"
		fi
		mkdir -p "$way"
		if [ "$target" = c99-separate ]; then
			[ "$build_emitted" = yes ] || continue # emitted already
			table emitted <"$way.cases" >cases.h
			cut -d' ' -f1 "$way.cases" | sed 's|.*|emitted/&|' >units
		else
			emit_way "$way" "$target" || true
			[ "$build_emitted" = yes ] || continue
			table "$way" <"$way.cases" >cases.h
			ls "$way"/unit?.c | sed 's|\.c$||' >units
		fi
		# shellcheck disable=SC2016
		xargs -P "$compilers" -I UNIT sh -c "$command $strict -I. -c -o $way/\$(basename UNIT).o UNIT.c || echo 'UNIT: $command does not compile it cleanly'" <units >"$way.log" 2>&1
		if [ -s "$way.log" ]; then
			head -n 20 "$way.log"
			failed=$((failed + 1))
		elif $command -I. -I"$here" -D_POSIX_C_SOURCE=200809L -o "$way/drive" "$here/drive.c" "$way"/*.o -lm >"$way.log" 2>&1; then
			bits=bits
			case $target in *-fused*) bits=fusedbits ;; esac
			# shellcheck disable=SC2046
			$(emulator_of "$command") "$way/drive" . $bits >"$way.log" 2>&1
			closing "$family: $target, $command" "$way.log"
		else
			head -n 20 "$way.log"
			failed=$((failed + 1))
		fi
	done
	if [ "$build_emitted" = yes ] && command -v g++ >/dev/null 2>&1; then
		sed -n '1~8p' emitted_cases | while read -r name _; do
			g++ -std=c++17 -x c++ -fsyntax-only ${strict%-Wmissing-prototypes*} -Wcast-qual -Werror "emitted/$name.c" 2>&1 || echo "$name: not clean as C++17"
		done >cxx.log
		grep -c 'not clean' cxx.log >/dev/null && { head -n 20 cxx.log; failed=$((failed + 1)); } || passed=$((passed + 1))
	fi
}

# ---- the families, by as many lanes as there are processors -------------------------------------------------------------
tried() { # FAMILY TURN, in a process of its own
	passed=0 failed=0 skipped=0
	cd "$work/$1" || exit 1
	compared_with_keras "$1" && built "$1" "$2" || failed=$((failed + 1))
	echo "$passed passed, $failed failed, $skipped skipped"
}
set -- $families
compilers=1
[ $# -gt 1 ] || compilers=2
lane=0
while [ $lane -lt "$jobs" ]; do
	lane=$((lane + 1)) turn=0
	for family; do
		turn=$((turn + 1))
		mkdir "$work/$family" 2>/dev/null || continue # another lane's
		(tried "$family" $turn) >"$work/$family.said" 2>&1
	done &
done
wait
for family; do
	said=$work/$family.said
	grep -vE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$said"
	add "$(tail -n 1 "$said" | grep -E '^[0-9]+ passed, [0-9]+ failed, 0 skipped$' || echo "0 passed, 1 failed")"
done
[ "$build_emitted" = no ] || command -v g++ >/dev/null 2>&1 || skip "g++ is not installed (C++17)"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
