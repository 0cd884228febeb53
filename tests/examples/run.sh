#!/bin/sh
# run.sh BINARY: every example builds and runs from emitted files alone, and verifies with both compilers.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh

for folder in examples/*/; do
	name=$(basename "$folder")
	[ "$name" = firmware ] && continue # tests/cmake and tests/firmware
	for cc in gcc clang; do
		command -v $cc >/dev/null || { skip "$name: $cc is not installed"; continue; }
		rm -rf "$work/$name"
		cp -r "$folder" "$work/$name"
		rm -rf "$work/$name/build"
		ok "$name builds and runs with $cc" make -C "$work/$name" CC=$cc CONV1DC="$binary"
		CC=$cc ok "$name verifies with $cc" make -C "$work/$name" CONV1DC="$binary" verify
	done
done

closing
