#!/bin/sh
# mve.sh BINARY: Cortex-M55 under QEMU: subnormals in every float operation as layers/flushing.h has them, FPSCR around NAME_run,
# and emitted code with the assembly and without it.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
. tests/firmware/sample.sh
here=tests/firmware/mve

for tool in arm-none-eabi-gcc qemu-system-arm; do
	command -v $tool >/dev/null || { skip "tests on Cortex-M55: $tool is not installed"; closing; exit; }
done
compile() { # OUTPUT OPTIONS FILES...
	output=$1
	shift
	arm-none-eabi-gcc -mthumb -mcpu=cortex-m55 -mfloat-abi=hard -std=gnu11 -Wall -Wextra -Werror -ffp-contract=off "-I$here" "-I$work" \
		-Igenerator -nostartfiles --specs=nano.specs --specs=nosys.specs -T $here/mps3-an547.ld "$@" $here/board.c -lm -o "$output"
}
emulate() { # IMAGE: what it says stands in said
	timeout 300 qemu-system-arm -M mps3-an547 -nographic -semihosting-config enable=on,target=native -kernel "$1" </dev/null >"$work/console" 2>&1
	status=$?
	tr -d '\r' <"$work/console" >"$work/said"
	tail -n 5 "$work/said"
	return $status
}
runs() { # IMAGE LAST LINE
	emulate "$1" && [ "$(tail -n 1 "$work/said")" = "$2" ]
}

ok 'the operations compile' compile "$work/operations.elf" -O2 $here/operations.c
ok 'operations flush' runs "$work/operations.elf" '0 operations differ'

# A Conv1D of every kind of register tile, in assembly and in C, at the levels that differ in registers; scalars and softmax too.
layer() { # CLASS KEYS SHAPE OPTIONS...
	printf '{"class_name": "%s", "config": {"name": "layer", "use_bias": true, %s}}\n' "$1" "$2" >"$work/net.json"
	shape=$3
	shift 3
	"$binary" "$work/net.json" --init 1 --input-shape "$shape" --target cortex-m55 --harness -q -o "$work" "$@"
}
judged() { # OPTIONS
	compile "$work/net.elf" "$@" "$work/net.c" "$work/net_test.c" && emulate "$work/net.elf" && grep -qE '^[1-9][0-9]* passed, 0 failed$' "$work/said"
}
while IFS='|' read -r class keys shape options; do
	# shellcheck disable=SC2086
	ok "$class $keys: emitted" layer "$class" "$keys" "$shape" $options
	for how in -O2 -O0 '-O2 -DNET_ASSEMBLY=0'; do
		# shellcheck disable=SC2086
		ok "$class $keys $options with $how" judged $how
	done
done <<'LAYERS'
Conv1D|"filters": 8, "kernel_size": [3], "padding": "same", "activation": "relu"|14x3|
Conv1D|"filters": 8, "kernel_size": [3], "padding": "same", "activation": "relu"|14x3|--fp separate
Conv1D|"filters": 4, "kernel_size": [5], "padding": "causal"|23x6|
Conv1D|"filters": 12, "kernel_size": [2], "padding": "valid", "activation": "tanh"|9x5|
Conv1D|"filters": 16, "kernel_size": [3], "padding": "causal", "dilation_rate": [4]|21x7|
Conv1D|"filters": 9, "kernel_size": [4], "strides": [3], "activation": "sigmoid"|31x130|
Conv1D|"filters": 24, "kernel_size": [1], "activation": "softmax"|1x40|
DepthwiseConv1D|"kernel_size": [9], "padding": "same", "activation": "relu"|20x6|
DepthwiseConv1D|"kernel_size": [4], "strides": 2, "padding": "valid"|25x140|--fp separate
LAYERS

# Quantised layers of every kind of loop over terms and of outputs, in assembly and in C, layer by layer and depth first.
quantised() { # CLASS KEYS SHAPE
	printf '{"class_name": "%s", "config": {"name": "layer", %s}}\n' "$1" "$2" >"$work/layer.json"
	sample "$3" "$work/sample.npy"
	"$binary" quantize "$work/layer.json" --input-shape "$3" --init 1 --calibrate "$work/sample.npy" -q -o "$work/net.json"
}
verified() { # COMPILER'S OPTIONS, verify's
	how=$1
	shift
	CFLAGS=$how "$binary" verify "$work/net.json" --target cortex-m55 -q "$@"
}
while IFS='|' read -r class keys shape how options; do
	ok "int8 $class $keys: quantised" quantised "$class" "$keys" "$shape"
	# shellcheck disable=SC2086
	ok "int8 $class $keys $options with $how" verified "$how" $options
	ok "int8 $class $keys in C" verified '-O2 -DNET_ASSEMBLY=0'
done <<'QUANTISED'
Conv1D|"filters": 8, "kernel_size": [3], "padding": "same", "activation": "relu"|14x3|-O2|
Conv1D|"filters": 5, "kernel_size": [2], "strides": [3], "padding": "valid"|23x6|-O3|
Conv1D|"filters": 4, "kernel_size": [5], "padding": "causal", "activation": "relu6"|23x16|-Os|--block 3
Conv1D|"filters": 10, "kernel_size": [7], "padding": "causal"|21x19|-O2 -fno-omit-frame-pointer|
Conv1D|"filters": 16, "kernel_size": [3], "padding": "causal", "dilation_rate": [4]|21x33|-O2|--block 4
Conv1D|"filters": 6, "kernel_size": [3], "padding": "same", "dilation_rate": [3]|17x170|-O1|
Conv1D|"filters": 3, "kernel_size": [4], "strides": [3], "activation": "relu"|31x130|-O2|
Conv1D|"filters": 12, "kernel_size": [3], "groups": 3, "padding": "same"|20x51|-O0|
Conv1D|"filters": 24, "kernel_size": [1], "activation": "relu"|7x40|-O2|
Dense|"units": 9|37|-O2|
DepthwiseConv1D|"kernel_size": [9], "padding": "same"|150x6|-O2|--block 5
DepthwiseConv1D|"kernel_size": [4], "strides": 2, "padding": "valid", "activation": "relu"|25x13|-O0|
DepthwiseConv1D|"kernel_size": [7], "dilation_rate": 6, "depth_multiplier": 3, "padding": "same"|40x5|-Os|
QUANTISED

ok 'a layer' layer Conv1D '"filters": 3, "kernel_size": [3], "activation": "silu"' 12x2
ok 'a run with FPSCR set and not' compile "$work/fpscr.elf" -O2 "$work/net.c" $here/fpscr.c
ok 'FPSCR is kept' runs "$work/fpscr.elf" 'FPSCR is kept, and the results are alike'
closing
