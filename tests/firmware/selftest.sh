#!/bin/sh
# selftest.sh BINARY: the self-test of --harness on emulated cores without an operating system: models of integers of every type,
# hybrid ones and one of floats, layer by layer and depth first, at the levels of optimisation in turn; a table that changed fails.
# MODELS="FILE ..." tries others.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
here=tests/firmware/selftest
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wmissing-prototypes -Wcast-qual -Werror"

arm() { # CORE'S OPTIONS: compiler of that core
	echo "arm-none-eabi-gcc -mthumb $*"
}
riscv="riscv64-unknown-elf-gcc --specs=picolibc.specs -march=rv32imc -mabi=ilp32"
# Target, level, addresses of vectors, code and data, emulator; compiler.
cores() {
	cat <<-END
		cortex-m4f -O2 0 0x400 0x21000000 qemu-system-arm -M mps2-an386|$(arm -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16)
		cortex-m55 -Os 0 0x01000000 0x60000000 qemu-system-arm -M mps3-an547|$(arm -mcpu=cortex-m55 -mfloat-abi=hard)
		cortex-m0plus -O1 0 0x400 0x21000000 qemu-system-arm -M mps2-an385|$(arm -mcpu=cortex-m0plus)
		rv32imc -O2 0x80000000 0x80000100 0x82000000 qemu-system-riscv32 -M virt -bios none -cpu rv32,f=false,d=false|$riscv
	END
}
image() { # VECTORS CODE DATA: $work/t.elf of $work/t.c and $work/t_test.c
	cat >"$work/link.ld" <<-END
		SECTIONS
		{
			.vectors $1 : { KEEP(*(.vectors)) }
			.text $2 : { *(.text .text.*) }
			.ARM.exidx : { *(.ARM.exidx* .ARM.extab*) }
			.data $3 : { *(.rodata .rodata.* .srodata .srodata.* .data .data.* .sdata .sdata.*) }
			.bss : { *(.bss .bss.* .sbss .sbss.* COMMON) . = ALIGN(16); . += 0x10000; board_stack = .; }
		}
	END
	echo 'void board_send(char c);' >"$work/hook.h"
	# shellcheck disable=SC2086
	$compiler $level -std=c99 $warnings -c "$work/t.c" -o "$work/t.o" &&
		$compiler $level -std=c99 -ffreestanding $warnings -include "$work/hook.h" '-DT_TEST_PUTCHAR(c)=board_send(c)' \
			-c "$work/t_test.c" -o "$work/t_test.o" &&
		$compiler $level -std=gnu11 -Wall -Wextra -Werror -nostartfiles -T "$work/link.ld" -Wl,-e,board_start \
			$here/board.c "$work/t.o" "$work/t_test.o" -o "$work/t.elf"
}
emulated() { # prints what the image says; status: the image's
	# shellcheck disable=SC2086
	timeout 120 $emulator -display none -monitor none -serial none -semihosting-config enable=on,target=native \
		-kernel "$work/t.elf" </dev/null >"$work/said" 2>&1
	status=$?
	cat "$work/said"
	return $status
}
passes() {
	emulated && grep -qE '^[1-9][0-9]* passed, 0 failed$' "$work/said"
}
fails() { # the first table of golden integers with another first value
	sed -i '/t*test_expected0\[/{n; s/[0-9][0-9]*,/99,/}' "$work/t_test.c"
	image $at || return 1
	emulated
	[ $? = 1 ] && grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$' "$work/said"
}

mkdir "$work/models"
tar -xzf tests/integers/goldens.tar.gz -C "$work/models"
models=${MODELS:-tests/quantised/chain.tflite $work/models/m5_0012_u8.tflite $work/models/m5_0002_i16.tflite
	$work/models/m5_0022_hybrid.tflite tests/golden/residual.json}
cores >"$work/cores"
n=0
while IFS='|' read -r words compiler; do
	# shellcheck disable=SC2086
	set -- $words
	target=$1 level=$2 at="$3 $4 $5"
	shift 5
	emulator=$*
	for tool in "${compiler%% *}" "$1"; do
		command -v "$tool" >/dev/null || { skip "self-tests on $target: $tool is not installed"; continue 2; }
	done
	for model in $models; do
		n=$((n + 1))
		case $((n % 3)) in 0) ram=least ;; 1) ram=fastest ;; 2) ram=balanced ;; esac
		weights=
		case $model in *.json) weights=${model%.json}.npz ;; esac
		[ -z "$weights" ] || [ -f "$weights" ] || weights=
		name="$(basename "$model") on $target, $level, --ram $ram"
		# shellcheck disable=SC2086
		ok "$name: emitted" "$binary" "$model" $weights --target "$target" --ram $ram --prefix t --harness -q -o "$work"
		# shellcheck disable=SC2086
		ok "$name: strict warnings" image $at
		ok "$name" passes
		[ $n = 1 ] && ok "$name: a golden value that changed is found" fails
	done
done <"$work/cores"
closing
