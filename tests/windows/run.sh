#!/bin/sh
# run.sh BINARY: windows, pools and moves in the vectors of every target that this machine can run, bit for bit as the
# interpreter, and sums of few filters: channels and filters that fill no vector, taps, strides, dilations, paddings, too few steps for a tile.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh

# SHAPE CLASS CONFIG...: steps x channels of the input, and the layer's config.
layers() {
	cat <<-'END'
		29,1 DepthwiseConv1D "kernel_size": 3, "padding": "same"
		29,3 DepthwiseConv1D "kernel_size": 5, "padding": "causal", "activation": "relu"
		25,12 DepthwiseConv1D "kernel_size": 4, "strides": 2, "padding": "same", "use_bias": false
		40,37 DepthwiseConv1D "kernel_size": 9, "padding": "same", "activation": "tanh"
		40,20 DepthwiseConv1D "kernel_size": 3, "dilation_rate": 5, "padding": "causal"
		60,8 DepthwiseConv1D "kernel_size": 25, "padding": "valid"
		9,40 DepthwiseConv1D "kernel_size": 12, "padding": "same", "strides": 3
		24,10 DepthwiseConv1D "kernel_size": 3, "depth_multiplier": 2, "padding": "same"
		24,6 DepthwiseConv1D "kernel_size": 5, "depth_multiplier": 4, "strides": 2, "padding": "same"
		24,3 DepthwiseConv1D "kernel_size": 5, "depth_multiplier": 8, "dilation_rate": 2, "padding": "causal"
		24,5 DepthwiseConv1D "kernel_size": 4, "depth_multiplier": 3, "padding": "same"
		24,12 SeparableConv1D "filters": 20, "kernel_size": 3, "padding": "same", "activation": "relu"
		30,4 Conv1DTranspose "filters": 24, "kernel_size": 5, "strides": 2, "padding": "same"
		30,3 Conv1DTranspose "filters": 37, "kernel_size": 7, "strides": 3, "activation": "tanh"
		30,5 Conv1DTranspose "filters": 8, "kernel_size": 2, "strides": 4, "use_bias": false
		5,8 Conv1DTranspose "filters": 17, "kernel_size": 9, "strides": 2, "output_padding": 1, "padding": "same"
		30,6 Conv1DTranspose "filters": 12, "kernel_size": 4, "dilation_rate": 3, "padding": "same", "activation": "relu"
		31,24 MaxPooling1D "pool_size": 3, "strides": 2, "padding": "same"
		31,37 MaxPooling1D "pool_size": 2
		60,20 MaxPooling1D "pool_size": 25, "strides": 1
		31,18 AveragePooling1D "pool_size": 5, "strides": 1, "padding": "same"
		31,3 AveragePooling1D "pool_size": 4, "strides": 3, "padding": "same"
		31,24 GlobalMaxPooling1D "keepdims": false
		9,200 GlobalMaxPooling1D "keepdims": false
		31,40 GlobalAveragePooling1D "keepdims": false
		20,7 ZeroPadding1D "padding": [3, 2]
		20,7 Cropping1D "cropping": [3, 2]
		20,21 UpSampling1D "size": 3
		20,7 Permute "dims": [2, 1]
		7,45 Conv1D "filters": 9, "kernel_size": 5, "padding": "same", "data_format": "channels_first", "activation": "relu"
		60,1 Conv1D "filters": 4, "kernel_size": 7, "padding": "causal", "dilation_rate": 3, "activation": "tanh"
		90,6 Conv1D "filters": 2, "kernel_size": 5, "padding": "same"
		90,5 Conv1D "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same", "use_bias": false
		8,70 Conv1D "filters": 12, "kernel_size": 3, "groups": 2, "data_format": "channels_first", "padding": "same"
		80,12 Conv1D "filters": 6, "kernel_size": 2, "groups": 2, "activation": "relu"
		40,24 Conv1D "filters": 5, "kernel_size": 3, "padding": "same", "activation": "relu"
		33,20 Conv1D "filters": 3, "kernel_size": 4, "dilation_rate": 2, "padding": "causal", "activation": "elu"
		18,21 Conv1D "filters": 7, "kernel_size": 5, "padding": "same", "data_format": "channels_first"
		50,40 Conv1D "filters": 6, "kernel_size": 4, "groups": 2, "strides": 3, "padding": "same"
		13,71 Dense "units": 4, "activation": "tanh"
		1,500 Dense "units": 3
	END
}
has() { grep -qw "$1" /proc/cpuinfo 2>/dev/null; }
targets=
has sse2 && targets="$targets sse2"
has avx2 && has fma && targets="$targets avx2"
has avx512bw && has avx512vl && has avx512dq && targets="$targets avx512"
if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
	targets="$targets neon"
else
	skip "neon: no aarch64-linux-gnu-gcc or no qemu-aarch64"
fi
[ -n "$targets" ] || skip "vectors: this machine runs no target that has them"

n=0
layers >"$work/layers"
while read -r shape class config; do
	n=$((n + 1))
	echo "{\"class_name\": \"$class\", \"config\": {\"name\": \"layer\", $config, \"batch_input_shape\": [null, $shape]}}" \
		>"$work/m$n.json"
done <"$work/layers"
# Each layer meets one target, every third with products rounded.
set -- $targets
for i in $(seq 1 $n); do
	[ $# -gt 0 ] || break
	eval target=\${$(((i + i / 4) % $# + 1))}
	fp=
	[ $((i % 3)) = 0 ] && fp="--fp separate"
	echo "m$i.json --init $i --target $target $fp" >>"$work/rows"
done
if [ -f "$work/rows" ]; then
	while read -r row; do
		ok "$(sed -n "$(echo "$row" | sed 's/^m\([0-9]*\).*/\1/')p" "$work/layers") ${row#*json }" \
			sh -c "cd $work && $binary verify $row"
	done <"$work/rows"
fi
closing
