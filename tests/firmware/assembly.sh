#!/bin/sh
# assembly.sh BINARY: layers on a Cortex-M4F under QEMU, the assembly and the C beside it, at levels where most and fewest registers are taken, against the golden
# vectors of their self-test (--harness): the interpreter's, bit for bit.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
here=tests/firmware/mve
cpu='-mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16'

for tool in arm-none-eabi-gcc qemu-system-arm; do
	command -v $tool >/dev/null || { skip "assembly on Cortex-M4F: $tool is not installed"; closing; exit; }
done
sed 's/ORIGIN = 0x60000000, LENGTH = 32M/ORIGIN = 0x20000000, LENGTH = 4M/' $here/mps3-an547.ld >"$work/mps2.ld"
layer() { # CLASS KEYS SHAPE OPTIONS...
	case $1 in Activation) bias= ;; *) bias='"bias_initializer": "random_normal", ' ;; esac
	printf '{"class_name": "%s", "config": {"name": "layer", %s%s}}\n' "$1" "$bias" "$2" >"$work/net.json"
	shape=$3
	shift 3
	"$binary" "$work/net.json" --init 1 --input-shape "$shape" --target cortex-m4f --harness -q -o "$work" "$@" &&
		grep -q '__asm__ volatile' "$work/net.c"
}
judged() { # OPTIONS
	arm-none-eabi-gcc $cpu -std=gnu11 -Wall -Wextra -Werror "-I$here" "-I$work" "$@" -nostartfiles --specs=nano.specs --specs=nosys.specs \
		-T "$work/mps2.ld" "$work/net.c" "$work/net_test.c" $here/board.c -lm -o "$work/net.elf" || return 1
	timeout 300 qemu-system-arm -M mps2-an386 -nographic -semihosting-config enable=on,target=native -kernel "$work/net.elf" \
		</dev/null >"$work/said" 2>&1
	cat "$work/said"
	tr -d '\r' <"$work/said" | grep -qE '^[1-9][0-9]* passed, 0 failed$'
}
while IFS='|' read -r class keys shape; do
	for fp in fused separate; do
		ok "$class $keys $fp: emitted" layer "$class" "$keys" "$shape" --fp $fp
		for how in -O0 '-Os -DNET_ASSEMBLY=0'; do
			# shellcheck disable=SC2086
			ok "$class $keys $fp with $how" judged $how
		done
	done
done <<'LAYERS'
Conv1D|"filters": 8, "kernel_size": [3], "padding": "same", "activation": "relu"|140x3
Conv1D|"filters": 13, "kernel_size": [5], "padding": "causal"|67x6
Conv1D|"filters": 9, "kernel_size": [4], "strides": [3], "activation": "relu"|31x130
Conv1D|"filters": 10, "kernel_size": [2], "dilation_rate": [9], "padding": "same"|19x520
Conv1D|"filters": 14, "kernel_size": [5], "groups": 2, "padding": "same"|90x4
Dense|"units": 31, "activation": "relu"|300
Dense|"units": 5|334
Conv1D|"filters": 3, "kernel_size": [3], "padding": "same", "activation": "tanh"|20x67
Activation|"activation": "relu"|11x5
DepthwiseConv1D|"kernel_size": [9], "padding": "same", "activation": "relu"|230x7
DepthwiseConv1D|"kernel_size": [4], "strides": 2, "padding": "valid"|61x300
DepthwiseConv1D|"kernel_size": [3], "dilation_rate": [5], "padding": "same", "use_bias": false|40x1100
LAYERS
closing
