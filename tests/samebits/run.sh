#!/bin/sh
# run.sh BINARY [whole]: the same bits everywhere.  A corpus of models (corpus.c) is emitted for every target and both --fp,
# compiled in every way of ways.txt and run on inputs of every kind; the hash of each model's outputs has to be that of the
# exact interpreter.  A way passes where it compiles without a warning and every hash is right.
# Without 'whole': few models and fewer ways, for make test.  What it made stays in the build folder, under samebits.
#   SEED=1 SHAPES=n OPEN=n RANDOM_MODELS=n   models drawn by the seed: around kernels' tiles, such of a variable number of
#                                     steps, and of all layers
#   TAKE=n                            every n-th model of tests/conformance joins (0: none)
#   WAYS=pattern TARGETS=pattern      only ways or targets-fp that match (grep -E)
#   TEMPLATES=folder                  emit with these templates
set -u
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
whole=${2:-}
corpus=$(dirname "$binary")/tests/samebits/corpus
work=$(dirname "$binary")/samebits
[ -x "$corpus" ] || { echo "$corpus is not built: make unit"; echo "0 passed, 1 failed"; exit 1; }
rm -rf "$work"
mkdir -p "$work/results" || exit 1
cd "$work" || exit 1
passed=0 failed=0 skipped=0
if [ "$whole" = whole ]; then
	shapes=${SHAPES:-20} open=${OPEN:-6} random=${RANDOM_MODELS:-10} take=${TAKE:-190} golden='*'
else
	shapes=${SHAPES:-5} open=${OPEN:-1} random=${RANDOM_MODELS:-1} take=${TAKE:-0} golden='v*'
fi
strict="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror"
skip() {
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

# ---- the corpus ----------------------------------------------------------------------------------------------------
add_golden() {
	for model in "$top"/tests/golden/$golden.json; do
		stem=${model%.json}
		[ "$(basename "$stem")" = mistakes ] && continue
		# Every target has its turn, and tables stand in the text.
		options=$(sed 's/--\(target\|weights\) [a-z0-9]*//g' "$stem.args" 2>/dev/null)
		echo "$(basename "$stem") $model $stem.npz $options"
	done
}
add_family() { # FOLDER: the lines of its cases.txt, models with a variable number of steps once and with --max-steps
	awk -v folder="$1" -v variable="$(basename "$1")" '
		{ model = folder "/" $2; weights = $3 == "-" ? "-" : folder "/" $3; options = "" }
		variable == "variable" {
			if (!($2 in most) || $NF + 0 > most[$2]) most[$2] = $NF + 0
			line[$2] = $1 " " model " " weights
			next
		}
		{ for (i = 6; i <= NF; i++) options = options " " $i; print $1, model, weights options }
		END { for (model in line) print line[model], "--max-steps", most[model] }' "$1/cases.txt" | sort
}
add_regress() {
	for model in "$top"/tests/regress/*/model.*; do
		grep -q '"format": "conv1dc quantised model' "$model" && continue    # the driver's arrays are of floats
		echo "$(basename "$(dirname "$model")") $model"
	done
}
{ add_golden; add_regress; } >list
if [ "$take" -gt 0 ]; then
	for family in "$top"/tests/conformance/*.tar.gz; do
		mkdir -p "families/$(basename "$family" .tar.gz)"
		tar -xzf "$family" -C "families/$(basename "$family" .tar.gz)"
		add_family "$work/families/$(basename "$family" .tar.gz)"
	done | awk -v take="$take" -v seed="${SEED:-1}" 'NR % take == seed % take && !($1 in seen) { seen[$1]; print }' >>list
fi
# shellcheck disable=SC2086
if ! "$corpus" . "${SEED:-1}" "$shapes" "$open" "$random" list ${TEMPLATES:-} >corpus.log 2>&1; then
	cat corpus.log
	failed=$((failed + 1))
fi
tail -n 1 corpus.log
models=$(wc -l <want.separate)
[ "$models" -gt 0 ] || { echo "0 passed, 1 failed"; exit 1; }

# ---- what is installed, and what this machine runs ---------------------------------------------------------------------
cat >probe.c <<'END'
#include <string.h>
int main(int n, char **feature)
{
#if defined(__x86_64__) && defined(__GNUC__)
	if (n > 1 && !strcmp(feature[1], "avx2")) return !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
	if (n > 1 && !strcmp(feature[1], "avx512"))
		return !(__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"));
	return 0;
#else
	return n > 1 && feature[1][0] != 'n' && feature[1][0] != 'c';
#endif
}
END
emulator_of() { # COMMAND
	case $1 in *aarch64-linux-gnu*) [ "$(uname -m)" = aarch64 ] || echo qemu-aarch64 ;; esac
}
works() { # COMMAND: compiles and runs something
	# shellcheck disable=SC2086
	echo 'int main(void) { return 0; }' | ${1%%-x c++*} -x c - -o works 2>/dev/null && $(emulator_of "$1") ./works 2>/dev/null
}
${CC:-cc} -O0 -o probe probe.c 2>/dev/null || gcc -O0 -o probe probe.c || exit 1
for target in avx2 avx512; do
	./probe $target || skip "target $target: this machine cannot run it"
done

# jobs: NUMBER TARGET-FP CHUNK COMMAND, chunks of a way one after the other
number=0
: >jobs
: >numbers
grep -v '^#' "$here/ways.txt" | while IFS='|' read -r short targets command; do
	[ "$whole" = whole ] || [ "$short" = s ] || continue
	echo "$command" | grep -qE -e "${WAYS:-.}" || continue
	if ! works "$command"; then
		echo "$command" >>absent
		continue
	fi
	for folder in */; do
		folder=${folder%/}
		target=${folder%-*}
		[ -f "$folder/cases0.h" ] || continue
		case " $targets " in *" $target "*) ;; *) continue ;; esac
		echo "$folder" | grep -qE -e "${TARGETS:-.}" || continue
		case $target in avx*) ./probe "$target" || continue ;; esac
		number=$((number + 1))
		echo "$number|$folder|$command" >>numbers
		for cases in "$folder"/cases*.h; do
			echo "$number $folder $(basename "$cases") $command" >>jobs
		done
	done
done
if [ -f absent ]; then
	while read -r command; do skip "$command: is not installed, or its programs do not run here"; done <absent
fi

# ---- compile and run ---------------------------------------------------------------------------------------------------
cat >job.sh <<'END'
# job.sh STRICT HERE EMULATOR NUMBER TARGET-FP CASES COMMAND...: hashes into results/NUMBER.CASES.got, errors into .log
strict=$1 here=$2 number=$3 folder=$4 cases=$5
shift 5
stem=results/$number.$cases emulator=
case "$*" in *aarch64-linux-gnu*) [ "$(uname -m)" = aarch64 ] || emulator=qemu-aarch64 ;; esac
case "$*" in *c++*) ;; tcc*) strict=-w ;; *) strict="$strict -Wmissing-prototypes" ;; esac
if "$@" $strict -DCASES="\"$cases\"" -I"$folder" -I"$here" -o "$stem.run" "$here/drive.c" >"$stem.log" 2>&1; then
	$emulator "$stem.run" in >"$stem.got" 2>>"$stem.log" || echo "ended with status $?" >>"$stem.log"
	rm -f "$stem.run"
else
	echo "does not compile without a warning" >>"$stem.log"
fi
END
xargs -P "$(getconf _NPROCESSORS_ONLN)" -I LINE sh -c "sh job.sh '$strict' '$here' LINE" <jobs

# ---- compare ------------------------------------------------------------------------------------------------------------
while IFS='|' read -r number folder command; do
	cat results/"$number".*.got 2>/dev/null | sort >got
	wrong=$(sort "want.${folder##*-}" | awk -v ways="$folder: $command" '
		NR == FNR { if ($1 != "#") got[$1] = $2; else print "    " $0; next }
		!($1 in got) { print "    " $1 ": no hash"; next }
		got[$1] != $2 { print "    " $1 ": " got[$1] ", the interpreter has " $2 }' got -)
	log=$(cat results/"$number".*.log 2>/dev/null | head -n 12)
	n=0
	if [ -n "$wrong$log" ]; then
		n=$(echo "$wrong" | grep -c .)
		failed=$((failed + 1))
		echo "FAILED: $folder: $command"
		[ -z "$log" ] || echo "$log" | sed 's/^/    /'
		echo "$wrong" | head -n 12
	else
		passed=$((passed + 1))
	fi
	echo "$folder $(grep -vc '^#' got) $n" >>counts
done <numbers
printf '\n%-18s %14s %10s %16s %12s\n' 'target, --fp' configurations models 'hashes compared' differences
awk -v models="$models" '
	{ ways[$1]++; hashes[$1] += $2; wrong[$1] += $3; n++; all += $2; bad += $3 }
	END {
		for (folder in ways) printf "%-18s %14d %10d %16d %12d\n", folder, ways[folder], models, hashes[folder], wrong[folder] | "sort"
		close("sort")
		printf "%-18s %14d %10d %16d %12d\n", "all", n, models, all, bad
	}' counts
[ "$failed" = 0 ] || echo "models of the differences: $work/models/list has each as conv1dc verify takes it"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
