#!/bin/sh
# run.sh BINARY: models of integers on the command line: typed arrays of run, golden data of verify with tensors between (which
# LiteRT's reference kernels made), the header's helpers, the self-test, weights, config and summary.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1")
. "$here/../suite.sh"
cd "$here" || exit 1
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror'

says() { # STATUS TEXT WORDS...: conv1dc ends so and says this
	status=$1 wanted=$2
	shift 2
	"$binary" "$@" >"$work/said" 2>&1
	got=$?
	[ "$got" = "$status" ] && grep -qF -- "$wanted" "$work/said" && return
	echo "status $got"
	cat "$work/said"
	return 1
}

# ---- arrays ----------------------------------------------------------------------------------------------------------
ok "run writes int8" "$binary" run chain.tflite -i x.npy -o "$work/y.npy"
ok "the very file that NumPy writes" cmp "$work/y.npy" y.npy
ok "floats are refused, and how to quantise them" says 2 "np.clip(np.round(x / 0.030285051) - 7, -128, 127).astype(np.int8)" \
	run chain.tflite -i float.npy -o "$work/no.npy"
ok "another type of integers is refused" says 2 "an array of uint8; 'keras_tensor' holds int8" \
	run chain.tflite -i unsigned.npy -o "$work/no.npy"
ok "verify refuses floats" says 2 "an array of float32; 'keras_tensor' holds int8" \
	verify chain.tflite --input float.npy --expect y.npy

# ---- golden data -----------------------------------------------------------------------------------------------------
ok "golden bytes" says 0 "byte for byte, worst difference 0: ok" verify -q chain.tflite --input x.npy --expect y.npy
ok "tensors between, found by their names" says 0 "layer by layer: 3 tensors, 1 samples: ok" \
	verify -q chain.tflite --input tensors.npz --expect tensors.npz
ok "the first layer that diverges" says 4 \
	"the first layer that diverges is 'conv1d_11_1' (Conv1D): sample 0, step 3, channel 7: interpreter -128, expected -127 (1 of its values)" \
	verify -q chain.tflite --input x.npy --expect wrong.npz
ok "an output that differs, in integers" says 4 "1 of 2048 values differ; the first: sample 0, step 0, channel 5" \
	verify -q chain.tflite --input x.npy --expect wrong.npz

# ---- what is emitted ---------------------------------------------------------------------------------------------------
for options in "" "--ram least" "--ram least --block 7"; do
	# shellcheck disable=SC2086
	"$binary" chain.tflite $options --harness -o "$work/c" >"$work/log" 2>&1
	for cc in gcc clang; do
		if ! command -v $cc >/dev/null; then
			skip "$cc is not installed"
			continue
		fi
		# shellcheck disable=SC2086
		ok "$cc $options: C99" $cc -std=c99 $warnings -O2 "$work/c/chain.c" "$work/c/chain_test.c" -o "$work/test"
		ok "$cc $options: the self-test" "$work/test"
		# shellcheck disable=SC2086
		ok "$cc $options: C++17" $cc -x c++ -std=c++17 $warnings -fsyntax-only "$work/c/chain.c" "$work/c/chain_test.c"
		# shellcheck disable=SC2086
		ok "$cc $options: quantize, dequantize" $cc -std=c99 $warnings -I "$work/c" helpers.c -o "$work/helpers"
		ok "$cc $options: their results" "$work/helpers"
		ok "$cc $options: -ffast-math changes nothing here" $cc -std=c99 -O3 -ffast-math "$work/c/chain.c" "$work/c/chain_test.c" -o "$work/test"
		ok "$cc $options: the self-test with it" "$work/test"
	done
done
ok "a file without floats says nothing of them" sh -c "! grep -qE 'float|IEEE' '$work/c/chain.c'"

# ---- strips ------------------------------------------------------------------------------------------------------------
# Vectors of hosts take long inputs a strip at a time: here a whole number of them.
. "$here/../firmware/sample.sh"
strips() { # CLASS KEYS STEPS: quantised, without a warning, and right where this processor has avx2
	printf '{"class_name": "%s", "config": {"name": "layer", "padding": "same", %s}}\n' "$1" "$2" >"$work/layer.json"
	sample "$3x16" "$work/sample.npy"
	"$binary" quantize "$work/layer.json" --input-shape "$3x16" --init 1 --calibrate "$work/sample.npy" -q -o "$work/strips.json" &&
		"$binary" "$work/strips.json" --target avx2 -q -o "$work" || return 1
	grep -q "(int from = 0; from < $3; from += " "$work/strips.c" && ! grep -q "The last strip" "$work/strips.c" || return 1
	[ "$(uname -m)" != x86_64 ] || gcc -std=c99 $warnings -c "$work/strips.c" -o "$work/strips.o" || return 1
	! grep -qw avx2 /proc/cpuinfo || "$binary" verify "$work/strips.json" --target avx2 -q
}
ok "DepthwiseConv1D in whole strips" strips DepthwiseConv1D '"kernel_size": 3' 752
ok "Conv1D in whole strips" strips Conv1D '"filters": 16, "kernel_size": 3' 1008

# ---- Dense behind Flatten, as its terms come -----------------------------------------------------------------------------
cat >"$work/flat.json" <<-END
	{"class_name": "Sequential", "config": {"name": "flat", "layers": [
	{"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 40, 3]}},
	{"class_name": "Conv1D", "config": {"name": "conv", "filters": 4, "kernel_size": 5, "activation": "relu"}},
	{"class_name": "Flatten", "config": {"name": "flatten"}},
	{"class_name": "Dense", "config": {"name": "dense", "units": 7}}]}}
END
sample 40x3 "$work/flat.npy"
rows() { # OPTIONS of quantize
	"$binary" quantize "$work/flat.json" --init 1 --calibrate "$work/flat.npy" "$@" -q -o "$work/f.json" &&
		"$binary" "$work/f.json" --ram least -q -o "$work" && grep -q 'kernel integer_dense_rows' "$work/f.c" &&
		"$binary" verify "$work/f.json" --ram least -q
}
ok "int8 Dense by rows" rows
ok "int16 Dense by rows" rows --activations int16

# ---- reports and budgets -------------------------------------------------------------------------------------------------
reports() { # SUFFIX TEXT: the report has it, and nothing of fp: no number is a float
	"$binary" chain.tflite --target cortex-m4f --report "$work/r.$1" -q -o "$work/r" || return 1
	grep -qF -- "$2" "$work/r.$1" && ! grep -n ' fp ' "$work/r.$1"
}
ok "a page" reports html "int8, scale 0.023697346, zero point -128, integer"
ok "a report" reports txt "32 bits suffice, below 2^30; scaled in the short form, rounded twice"
ok "a report for scripts" reports json '"scaling": "short"'
ok "the header says types and scales" grep -qF 'int8, scale 0.023697346, zero point -128' "$work/r/chain.c"
ok "a budget that no plan keeps" says 1 "error: the context takes" chain.tflite --max-ram 1 -o "$work/no"
ok "a budget that a plan keeps" "$binary" chain.tflite --target cortex-m4f --ram least --max-ram 2K --max-flash 16K --max-stack 1K -q -o "$work/r"

# ---- taken apart -------------------------------------------------------------------------------------------------------
ok "weights" "$binary" weights chain.tflite -o "$work/w.npz"
ok "their names" sh -c "unzip -l '$work/w.npz' | grep -q '00_conv1d_10_1_kernel.npy' && unzip -l '$work/w.npz' | grep -q 'kernel_scale.npy'"
ok "no config" says 1 "holds no config of Keras" config chain.tflite
ok "scales in summary" says 0 "0.030285051" summary chain.tflite
ok "scales for scripts" says 0 '"zero_point": -7' summary --json chain.tflite
closing
