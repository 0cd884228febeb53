#!/bin/sh
# image.sh BINARY: emitted code in whole images under QEMU: the example prints its beats and what they took, and two models with
# two contexts each compute, while they interrupt one another, what each computes alone.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh

for tool in arm-none-eabi-gcc qemu-system-arm; do
	command -v $tool >/dev/null || { skip "images for Cortex-M4F: $tool is not installed"; closing; exit; }
done
mkdir "$work/examples"
cp -r examples/ecg examples/firmware "$work/examples"
example=$work/examples/firmware

# ---- the example -----------------------------------------------------------------------------------------------
beats='12 s of ECG: 20 beats by the classical detector, 20 by the network; 20 agree within 75 ms'
ran() { # WORDS of make: prints the beats, and some number for whatever they took
	make -C "$example" CONV1DC="$binary" "$@" run >"$work/said" 2>&1
	status=$?
	cat "$work/said"
	[ $status = 0 ] && ! grep -q 'warning:' "$work/said" && grep -q "^$beats\$" "$work/said" && [ "$(grep -c '^beat' "$work/said")" = 20 ] &&
		grep -qE '^instructions: [1-9][0-9]* a window of 2 s, [1-9][0-9]* a beat$' "$work/said" &&
		grep -qE '^context: [1-9][0-9]* bytes; .*stack of ecg_run: [1-9][0-9]* bytes$' "$work/said"
}
for options in TARGET=cortex-m4f "TARGET=cortex-m4f OPTIONS=--weights=incbin" TARGET=c99; do
	rm -rf "$example/build"
	# shellcheck disable=SC2086
	ok "the example with $options" ran $options
	echo "$options: $(grep ^instructions: "$work/said")"
done

# ---- several models and contexts ---------------------------------------------------------------------------------
image() { # TARGET LEVEL
	"$binary" examples/ecg/ecg.keras --prefix a --target "$1" -q -o "$work/two" &&
		"$binary" tests/golden/residual.json tests/golden/residual.npz --prefix b --target "$1" -q -o "$work/two" &&
		arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=c99 "$2" -Wall -Wextra -Werror \
			-Iexamples/firmware/board -Itests/placement "-I$work/two" -nostartfiles -T examples/firmware/board/mps2-an386.ld \
			-Wl,--fatal-warnings tests/firmware/interleave.c "$work/two/a.c" "$work/two/b.c" examples/firmware/board/*.c -o "$work/two.elf"
}
interleaves() {
	timeout 300 qemu-system-arm -M mps2-an386 -display none -monitor none -serial stdio \
		-semihosting-config enable=on,target=native -icount shift=6 -kernel "$work/two.elf" </dev/null >"$work/said"
	status=$?
	cat "$work/said"
	[ $status = 0 ] && grep -qE '^[1-9][0-9]+ runs interrupted others, 0 differ$' "$work/said"
}
for target in cortex-m4f c99; do
	for level in -O2 -Os; do
		[ "$target $level" = "c99 -Os" ] && continue
		ok "two models in one image for $target, $level" image $target $level
		ok "two models and contexts at once, $target, $level" interleaves
		echo "$target $level: $(cat "$work/said")"
	done
done

# A Cortex-M55 flushes subnormals while model a runs (NAME_run sets FPSCR); model b, a filter without bias, keeps its own,
# whoever interrupts whom.
image_m55() {
	"$binary" examples/ecg/ecg.keras --prefix a --target cortex-m55 -q -o "$work/m55" &&
		"$binary" examples/layer/layer.json examples/layer/layer.npz --input-shape 40x1 --prefix b --target c99 -q -o "$work/m55" ||
		return 1
	flags="-mthumb -mcpu=cortex-m55 -mfloat-abi=hard -O2 -Wall -Wextra -Itests/firmware/mve -Itests/placement -I$work/m55"
	# shellcheck disable=SC2086
	arm-none-eabi-gcc $flags -std=c99 -Dmain=interleave -Dboard_text=say '-Dboard_number(n,w)=say_count(n)' "-DB_RANGE=$1" \
		-c tests/firmware/interleave.c -o "$work/m55/interleave.o" &&
		arm-none-eabi-gcc $flags -std=gnu11 -nostartfiles -T tests/firmware/mve/mps3-an547.ld "$work/m55/interleave.o" \
			tests/firmware/interleave_m55.c tests/firmware/mve/board.c "$work/m55/a.c" "$work/m55/b.c" -o "$work/m55.elf"
}
interleaves_m55() {
	timeout 300 qemu-system-arm -M mps3-an547 -nographic -semihosting-config enable=on,target=native -icount shift=6 \
		-kernel "$work/m55.elf" </dev/null >"$work/said" 2>&1
	status=$?
	cat "$work/said"
	[ $status = 0 ] && grep -qE '^[1-9][0-9]+ runs interrupted others, 0 differ$' "$work/said"
}
for range in 1.0f 1e-38f; do
	ok "a model that flushes and one that does not, inputs below $range" image_m55 $range
	ok "at once, inputs below $range" interleaves_m55
	echo "cortex-m55 and c99, inputs below $range: $(tail -n 1 "$work/said")"
done

closing
