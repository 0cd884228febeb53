#!/bin/sh
# run.sh BINARY: compiles each NAME.json (with NAME.npz, and the options of NAME.args) and compares plan, output and messages
# with NAME.plan, NAME.h, NAME.c, NAME_weights.S (or .bin) and NAME.err beside it, where these exist.  UPDATE=1 rewrites those that exist.
set -u
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

compare() { # GOLDEN MADE
	[ -f "$1" ] || return 0
	[ -f "$2" ] || : >"$2"
	[ "${UPDATE:-0}" = 1 ] && cp "$2" "$1"
	if diff -u "$1" "$2"; then
		passed=$((passed + 1))
	else
		echo "$1: differs; UPDATE=1 takes the new text"
		failed=$((failed + 1))
	fi
}

for model in *.json; do
	name=${model%.json}
	options=$(cat "$name.args" 2>/dev/null)
	# shellcheck disable=SC2086
	"$binary" "$model" "$name.npz" $options -d plan -o "$scratch" >"$scratch/$name.plan" 2>"$scratch/$name.err"
	for file in .plan .h .c .err _weights.S _weights.bin; do compare "$name$file" "$scratch/$name$file"; done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
