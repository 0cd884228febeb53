#!/bin/sh
# figures.sh BINARY: what emitted layers take on emulated boards, against figures.txt: instructions may not grow by more than 1 %,
# code not by more than 1 %, stack not at all, and none may depend on the data where there is a float unit.  FIGURES=print writes what is measured as rows.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
. tests/firmware/sample.sh

# NAME CLASS KEYS SHAPE: the layers of the table.
workload() {
	case $1 in
	W1) set -- Conv1D '"filters": 8, "kernel_size": [3], "padding": "same", "activation": "relu"' 128x3 ;;
	W2) set -- Conv1D '"filters": 32, "kernel_size": [5], "padding": "causal", "activation": "relu"' 256x16 ;;
	W3) set -- Conv1D '"filters": 16, "kernel_size": [3], "padding": "causal", "dilation_rate": [4]' 512x16 ;;
	W3-tanh) set -- Conv1D '"filters": 16, "kernel_size": [3], "padding": "causal", "dilation_rate": [4], "activation": "tanh"' 512x16 ;;
	W4) set -- Conv1D '"filters": 128, "kernel_size": [3], "padding": "same", "activation": "relu"' 1024x64 ;;
	W5) set -- Conv1D '"filters": 64, "kernel_size": [8], "strides": [4], "activation": "relu"' 500x32 ;;
	DW) set -- DepthwiseConv1D '"kernel_size": [9], "padding": "same"' 256x32 ;;
	*) return 1 ;;
	esac
	printf '{"class_name": "%s", "config": {"name": "layer", %s}}\n' "$1" "$2" >"$work/layer.json"
	shape=$3
}
benched() { # TARGET FP: the layer's figures; FP int8: of the layer quantised; wide: with its weights in 16 bits
	case $2 in wide) bits=16 ;; *) bits=8 ;; esac
	if [ "$2" = int8 ] || [ "$2" = wide ]; then
		sample "$shape" "$work/sample.npy"
		"$binary" quantize "$work/layer.json" --input-shape "$shape" --init 1 --calibrate "$work/sample.npy" -o "$work/int8.json" -q &&
			"$binary" bench "$work/int8.json" --target "$1" --weight-bits $bits --json -q
	else
		"$binary" bench "$work/layer.json" --target "$1" --fp "$2" --input-shape "$shape" --init 1 --json -q
	fi
}
measure() { # TARGET FP LAYER: macs instructions text stack
	case $1 in cortex-m0plus | cortex-m3 | rv32imc) varies=1 ;; *) varies=0 ;; esac
	workload "$3" && benched "$1" "$2" >"$work/json" || return 1
	awk -v varies=$varies '/"layers"/ { layer = 1 }
		/instructions_of_data/ { data = "" }
		/"(zeros|noise|1e30|NaN|subnormals|zero point|ends of the range)"/ { n = $NF; gsub(/[^0-9]/, "", n); if (data == "") data = n; if (n != data) depends = 1 }
		layer && /"(macs|instructions|text_bytes|stack_bytes)"/ { gsub(/[^0-9]/, "", $2); line = line " " $2 }
		END { if (depends && !varies) print "the instructions depend on the data"; print substr(line, 2) }' "$work/json"
}
holds() { # TARGET FP LAYER INSTRUCTIONS TEXT STACK
	# shellcheck disable=SC2046
	set -- "$4" "$5" "$6" $(measure "$1" "$2" "$3")
	echo "have $*: instructions, code and stack of the table, then multiply-adds and what is measured"
	[ $# = 7 ] && [ "$5" -le $(($1 * 101 / 100)) ] && [ "$6" -le $(($2 * 101 / 100)) ] && [ "$7" -le "$3" ]
}

while read -r target fp layer instructions text stack; do
	case $target in '' | '#'*) continue ;; esac
	compiler=arm-none-eabi-gcc emulator=qemu-system-arm
	case $target in rv32*) compiler=riscv64-unknown-elf-gcc emulator=qemu-system-riscv32 ;; esac
	if ! command -v $compiler >/dev/null || ! command -v $emulator >/dev/null; then
		skip "$layer on $target: $compiler or $emulator is not installed"
	elif [ "${FIGURES:-}" = print ]; then
		echo "$target $fp $layer $(measure "$target" "$fp" "$layer" | cut -d' ' -f2-)"
	else
		ok "$layer on $target, $fp" holds "$target" "$fp" "$layer" "$instructions" "$text" "$stack"
	fi
done <tests/firmware/figures.txt
closing
