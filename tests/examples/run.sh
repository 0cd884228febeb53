#!/bin/sh
# run.sh BINARY: every example builds and runs from emitted files alone, verifies with both compilers, and its
# self-test (--harness) passes with gcc, clang and, under qemu-user, on 32-bit ARM.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

ok() { # TEXT COMMAND...
	text=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $text: $*"
		tail -n 20 "$work/log" | sed 's/^/    /'
	fi
}
skip() {
	skipped=$((skipped + 1))
	echo "skipped: $1"
}

for folder in examples/*/; do
	name=$(basename "$folder")
	for cc in gcc clang; do
		command -v $cc >/dev/null || { skip "$name: $cc is not installed"; continue; }
		rm -rf "$work/$name"
		cp -r "$folder" "$work/$name"
		rm -rf "$work/$name/build"
		ok "$name builds and runs with $cc" make -C "$work/$name" CC=$cc CONV1DC="$binary"
		CC=$cc ok "$name verifies with $cc" make -C "$work/$name" CONV1DC="$binary" verify
	done
done

# The self-tests: each command makes and runs one.
harness() { # NAME COMPILER RUNNER...
	name=$1 compiler=$2
	shift 2
	# shellcheck disable=SC2086
	(cd "$work/harness" && $compiler -std=c99 -O2 -Wall -Wextra -Werror -o self-test "$name.c" "${name}_test.c" &&
		"$@" ./self-test) >"$work/harness/out" 2>&1 || return 1
	tail -n 1 "$work/harness/out" | grep -qE '^[1-9][0-9]* passed, 0 failed$'
}
for model in examples/*/*.keras; do
	name=$(basename "$model" .keras)
	rm -rf "$work/harness"
	ok "$name: --harness" "$binary" compile "$model" -o "$work/harness" --harness -q
	ok "$name: self-test with gcc" harness "$name" gcc
	ok "$name: self-test with clang" harness "$name" clang
	if command -v qemu-arm >/dev/null && command -v arm-linux-gnueabihf-gcc >/dev/null; then
		ok "$name: self-test on ARM" harness "$name" "arm-linux-gnueabihf-gcc -static" qemu-arm
	else
		skip "$name: self-test on ARM needs qemu-arm and arm-linux-gnueabihf-gcc"
	fi
	# A damaged model must not pass its self-test.
	sed -i 's/[1-9]f\([,;]\)/0f\1/' "$work/harness/$name.c"
	ok "$name: the self-test fails on changed weights" sh -c "! (cd '$work/harness' && gcc -std=c99 -O1 \
		-o bad $name.c ${name}_test.c && ./bad)"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
