#!/bin/sh
# run.sh BINARY [FOLDER]: (1) how long the tool and gcc take as models grow, (2) the c99 output against the textbook
# triple loop at the same flags over 30 shapes.  Ratios in one run on one machine; nothing is asserted.
set -eu
cd "$(dirname "$0")/../../.."
binary=$(realpath "$1")
work=${2:-build/bench}
cc=${CC:-gcc}
mkdir -p "$work"
$cc -O2 -o "$work/make_layer" tests/bench/textbook/make_layer.c tests/bench/folder.c
$cc -O2 -o "$work/measure" tests/bench/textbook/measure.c

layer() { # FOLDER STEPS CHANNELS FILTERS TAPS STRIDE DILATION PADDING
	mkdir -p "$1"
	"$work/make_layer" "$@"
	rm -f "$1/layer.npz"
	(cd "$1" && zip -q -0 layer.npz 0_kernel.npy 1_bias.npy)
}

echo "model size: conv1dc, then $cc -O2 -c of its output"
echo "  weights    conv1dc s    MB    text MB    compile s    MB"
for channels in 32 100 180 316 408 577; do
	folder=$work/size-$channels
	layer "$folder" 64 $channels $channels 3 1 1 same
	"$work/measure" "$binary" compile "$folder/layer.json" "$folder/layer.npz" -o "$folder" -q 3>"$folder/tool"
	"$work/measure" $cc -O2 -std=c99 -c "$folder/layer.c" -o "$folder/layer.o" 3>"$folder/compile"
	read -r tool_s tool_kb <"$folder/tool"
	read -r gcc_s gcc_kb <"$folder/compile"
	awk -v w=$((channels * channels * 3 + channels)) -v a="$tool_s" -v b="$tool_kb" -v t="$(wc -c <"$folder/layer.c")" \
		-v c="$gcc_s" -v d="$gcc_kb" \
		'BEGIN { printf "%9d %12.3f %5.0f %10.1f %12.2f %5.0f\n", w, a, b / 1024, t / 1e6, c, d / 1024 }'
done

for flags in "-O2" "-O3" "-O2 -mavx2"; do
	echo
	echo "c99 output against the textbook loop, $cc $flags"
	echo "   L  Cin    F   K  s  d padding     textbook     emitted   GFLOP/s   ratio"
	: >"$work/ratios"
	while read -r steps channels filters taps stride dilation padding; do
		folder=$work/shape-$steps-$channels-$filters-$taps-$stride-$dilation-$padding
		if [ ! -f "$folder/layer.c" ]; then
			layer "$folder" "$steps" "$channels" "$filters" "$taps" "$stride" "$dilation" "$padding"
			"$binary" compile "$folder/layer.json" "$folder/layer.npz" -o "$folder" -q
		fi
		# Same flags for both; -std=c99 keeps gcc from contracting the textbook's sums.
		$cc -std=c99 $flags -o "$folder/race" -I"$folder" tests/bench/textbook/race.c "$folder/layer.c" "$folder/textbook.c" -lm
		"$folder/race" >"$folder/times"
		awk -v L="$steps" -v C="$channels" -v F="$filters" -v K="$taps" -v s="$stride" -v d="$dilation" -v p="$padding" \
			-v ratios="$work/ratios" '{
			macs = (p == "valid" ? int((L - (K - 1) * d - 1) / s) + 1 : int((L + s - 1) / s)) * C * F * K
			printf "%4d %4d %4d %3d %2d %2d %-7s %9.2f us %8.2f us %9.2f %7.2f\n", L, C, F, K, s, d, p,
				$1 * 1e6, $2 * 1e6, 2e-9 * macs / $2, $1 / $2
			print $1 / $2 >> ratios }' "$folder/times"
	done <tests/bench/textbook/shapes.txt
	sort -n "$work/ratios" | awk '{ s += log($1); v[NR] = $1 }
		END { printf "%d shapes: geometric mean %.2f, least %.2f, most %.2f\n", NR, exp(s / NR), v[1], v[NR] }'
done
