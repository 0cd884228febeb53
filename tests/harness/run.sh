#!/bin/sh
# run.sh BINARY: --harness over this project's models: the self-test compiles without a warning, passes on the host and under
# qemu-user for ARM, needs nothing but a putchar, and fails where a weight is not what it was.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror"

passes() { # COMMAND...: ends in status 0 and "N passed, 0 failed", N not 0
	"$@" >"$work/said" || return 1
	cat "$work/said"
	grep -qE '^[1-9][0-9]* passed, 0 failed$' "$work/said"
}

# What compiles it, and what runs the result.
compilers() {
	cat <<-END
		gcc -std=c99 -Wmissing-prototypes -O2|
		gcc -std=c99 -Wmissing-prototypes -O3 -march=native|
		g++ -x c++ -std=c++17 -O2|
		clang -std=c99 -Wmissing-prototypes -O2|
		arm-linux-gnueabihf-gcc -std=c99 -O2 -static|qemu-arm
		aarch64-linux-gnu-gcc -std=c99 -O3 -static|qemu-aarch64
	END
}

compilers >"$work/compilers"
for model in examples/*/*.keras tests/golden/*.json; do
	[ -f "$model" ] || continue
	weights=
	case $model in
	*mistakes* | *embed*) continue ;; # #embed: few compilers have it; the tables are those of apart.json
	*.json) weights=${model%.json}.npz ;;
	esac
	name=$(basename "${model%.*}")
	options=$(cat "${model%.*}.args" 2>/dev/null)
	# shellcheck disable=SC2086
	ok "$model compiles" "$binary" "$model" $weights $options --harness --prefix t -q -o "$work/$name" -Wno-non-finite-weights
	target=$(echo "$options" | sed -n 's/.*--target \([a-z0-9]*\).*/\1/p')
	if [ -n "$target" ] && ! grep -qw "$target" /proc/cpuinfo 2>/dev/null; then
		skip "$name: this processor has no $target"
		continue
	fi
	while IFS='|' read -r compiler emulator; do
		[ -n "$target" ] && [ -n "$emulator" ] && continue # another processor's instructions
		for tool in "${compiler%% *}" $emulator; do
			command -v "$tool" >/dev/null || { skip "$tool is not installed"; continue 2; }
		done
		# shellcheck disable=SC2086
		ok "$name: strict warnings" $compiler $warnings "$work/$name/t.c" "$work/$name/t_test.c" \
			$(find "$work/$name" -name '*.S' -exec echo -x assembler-with-cpp {} +) -o "$work/test"
		# shellcheck disable=SC2086
		ok "$name: $compiler" passes $emulator "$work/test"
	done <"$work/compilers"
done

# On bare metal: a hook, no main, no header of a hosted C library, no symbol but the hook and what compilers call.
cat >"$work/board.h" <<-END
	void board_send(char c);
	#define T_TEST_PUTCHAR(c) board_send(c)
	#define T_TEST_NO_MAIN
END
if command -v arm-none-eabi-gcc >/dev/null; then
	ok "bare metal" arm-none-eabi-gcc -std=c99 -ffreestanding $warnings -O2 -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 \
		-mfloat-abi=hard -include "$work/board.h" -c "$work/residual/t_test.c" -o "$work/board.o"
	foreign=$(nm -u "$work/board.o" | grep -vE ' (board_send|t_run|memcpy|memset)$')
	ok "no foreign symbol" test -z "$foreign"
else
	skip "arm-none-eabi-gcc is not installed"
fi

# A weight that changed is found.
sed '/t_conv2_bias\[/{n; s/-*[0-9]\.[0-9]*f/9.5f/}' "$work/residual/t.c" >"$work/residual/changed.c"
fails() {
	! cmp -s "$work/residual/t.c" "$work/residual/changed.c" || return 1
	gcc -std=c99 -O1 "$work/residual/changed.c" "$work/residual/t_test.c" -o "$work/test" || return 1
	"$work/test" && return 1
	"$work/test" | grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$'
}
ok "a changed weight is found" fails

closing
