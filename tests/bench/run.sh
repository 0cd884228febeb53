#!/bin/sh
# run.sh BINARY [FOLDER]: conv1dc's output against oneDNN, LiteRT and onnxruntime, in turns in one process per target.
#
# TARGETS    the targets ("avx512 avx2" where the processor has them; refused ones are skipped by name)
# COMPILERS  "gcc clang"; ratios are of the first one
# LAYERS     W1,W4: these; W, D, R, G: all that begin so (workloads, depthwise, random, growth); default W,D,R,G
# INTEGER_TARGETS  of the quantised layers ("avx512vnni avx2" in place of "avx512 avx2")
# SEED, N    of the random shapes: 1, 60
# PYTHON     an interpreter that has numpy and ai-edge-litert or tensorflow, onnxruntime and onnx; default python3
# QUICK=1    a fifth of the rounds;  JOBS=2 compilers at a time
set -eu
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
work=${2:-build/bench}
mkdir -p "$work/models"
work=$(realpath "$work")
here=tests/bench
CC=${CC:-gcc}
flags="-std=gnu11 -O2 -Wall -Wextra -fPIC"

# ---- the tools --------------------------------------------------------------------------------------------------------
$CC $flags -o "$work/make_model" $here/make_model.c $here/folder.c $here/network.c -lm
$CC $flags -shared -o "$work/race.so" $here/race.c $here/ours.c $here/network.c $here/peak.c $here/limit.c -ldl -lm
$CC $flags -o "$work/race" $here/main.c "$work/race.so" -Wl,-rpath,"$work"
$CC $flags -o "$work/report" $here/report.c $here/folder.c $here/results.c $here/chart.c -lm
rm -f "$work/onednn.so"
if echo '#include <oneapi/dnnl/dnnl.h>' | $CC -E - >/dev/null 2>&1; then
	$CC $flags -shared -o "$work/onednn.so" $here/onednn.c $here/network.c -ldnnl -lm ||
		echo "skipped: oneDNN (tests/bench/onednn.c does not compile with this version)"
fi

# ---- what to measure --------------------------------------------------------------------------------------------------
selected=$(echo "${LAYERS:-W,D,R,G}" | tr ',' ' ')
{
	for activation in linear relu tanh; do
		echo "call-$activation 1 1 1 1 1 1 valid 1 $activation 0"
		echo "call-$activation-16 1 16 16 1 1 1 valid 1 $activation 0"
		echo "call-$activation-3 3 16 16 3 1 1 valid 1 $activation 0"
	done
	{
		cat $here/layers.txt
		"$work/make_model" --draw "${SEED:-1}" "${N:-60}"
		cat $here/growth.txt
	} | awk -v selected="$selected" 'BEGIN { n = split(selected, s, " ") }
		{ for (i = 1; i <= n; i++) if ($1 == s[i] || (length(s[i]) == 1 && substr($1, 1, 1) == s[i])) { print; next } }'
} >"$work/layers.txt"

if [ -z "${TARGETS:-}" ]; then
	case $(uname -m) in
	x86_64)
		TARGETS=
		grep -qw avx512f /proc/cpuinfo && TARGETS=avx512
		grep -qw avx2 /proc/cpuinfo && TARGETS="$TARGETS avx2"
		;;
	aarch64) TARGETS=neon ;;
	*) TARGETS=c99 ;;
	esac
fi
python=${PYTHON:-python3}
if ! "$python" -c 'import numpy' 2>/dev/null; then
	echo "skipped: LiteRT and onnxruntime ($python cannot import numpy; PYTHON=... names another)"
	python=
fi
compilers=
for compiler in ${COMPILERS:-gcc clang}; do
	if command -v "$compiler" >/dev/null 2>&1; then
		compilers="$compilers $compiler"
	else
		echo "skipped: compiler $compiler (not installed)"
	fi
done

# ---- emitted code: WORK/models/NAME/TARGET/COMPILER.so, made anew where something changed ------------------------------
# conv1dc leaves a file alone that would not change, so that its time stamp tells.
cat >"$work/build.sh" <<'EOF'
# build.sh BINARY WORK TARGET COMPILERS LINE
binary=$1 work=$2 target=$3 compilers=$4 line=$5
folder=$work/models/${line%% *}
mkdir -p "$folder/$target"
if [ "$(cat "$folder/line" 2>/dev/null)" != "$line" ]; then
	rm -f "$folder"/*.npy "$folder/layer.npz"
	echo "$line" | "$work/make_model" "$folder" && (cd "$folder" && zip -q -0 -X layer.npz ./*.npy) || exit 1
	echo "$line" >"$folder/line"
fi
"$binary" compile "$folder/layer.json" "$folder/layer.npz" --prefix layer --target "$target" -o "$folder/$target" -q || {
	rm -rf "$folder/$target"
	exit 0
}
flags=-O2
[ "$target" != c99 ] || flags="-O2 -march=native"
for compiler in $compilers; do
	so=$folder/$target/$compiler.so
	[ "$so" -nt "$folder/$target/layer.c" ] && [ "$so" -nt tests/bench/call.c ] && continue
	rm -f "$so"
	$compiler -std=c99 $flags -fPIC -shared -I"$folder/$target" -o "$so" tests/bench/call.c "$folder/$target/layer.c" || exit 1
done
EOF

# ---- the race ---------------------------------------------------------------------------------------------------------
{
	echo "machine: $(awk -F'[\t ]*: ' '{ v[$1] = $2 } END { printf "%s (family %s, model %s, stepping %s)",
		v["model name"], v["cpu family"], v["model"], v["stepping"] }' /proc/cpuinfo), $(uname -m)," \
		"$(getconf _NPROCESSORS_ONLN) processors"
	echo "load when the races began: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
	for compiler in $compilers; do $compiler --version | head -n 1; done
	echo "flags of the emitted code: -std=c99 -O2 (c99: also -march=native)"
} | tee "$work/machine.txt"
status=0
rm -f "$work"/results-*.tsv
for target in $TARGETS; do
	if ! "$binary" targets | grep -qw "$target"; then
		echo "skipped: target $target (conv1dc does not have it)"
		continue
	fi
	if ! "$work/race" "$target"; then
		echo "skipped: target $target (this processor does not run it)"
		continue
	fi
	tr '\n' '\0' <"$work/layers.txt" |
		xargs -0 -P "${JOBS:-2}" -n 1 sh "$work/build.sh" "$binary" "$work" "$target" "$compilers"
	if [ -n "$python" ]; then
		"$python" $here/peers.py "$target" "$work" $compilers || status=$?
	else
		"$work/race" "$target" "$work" $compilers || status=$?
	fi
done

# ---- the report -------------------------------------------------------------------------------------------------------
set -- "$work"/results-*.tsv
[ -f "$1" ] || exit $status
"$work/report" "$work" "$@"

# ---- quantised layers -------------------------------------------------------------------------------------------------
if [ -n "$python" ] && [ -n "$compilers" ]; then
	rm -f "$work"/integers-*.md
	for target in ${INTEGER_TARGETS:-$(echo "$TARGETS" | sed 's/avx512/avx512vnni/; s/neon/neon-dot/')}; do
		"$python" $here/integers.py "$binary" "$work" "$target" $compilers || status=$?
	done
	[ ! -f "$work/integers-${target}.md" ] || cat "$work"/integers-*.md >>"$work/results.md"
else
	echo "skipped: int8 against LiteRT (it needs PYTHON with numpy and a compiler)"
fi
echo
echo "written: ${work#"$PWD"/}/results.md, layers.svg, growth.svg"
exit $status
