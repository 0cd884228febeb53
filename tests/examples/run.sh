#!/bin/sh
# run.sh BINARY: every example is built from emitted files alone with each compiler, runs, says what it said before
# (NAME.expected), and is verified; the shipped files are what the tool makes twice.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
passed=0 failed=0 skipped=0

check() { # NAME COMMAND...: passes with status 0; shows what it said otherwise
	name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$name:"
		tail -n 20 "$work/log"
	fi
}
says() { # EXAMPLE COMPILER FLAGS
	make -C "$here/../../examples/$1" CONV1DC="$binary" CC="$2" CFLAGS="$3" OUT="$work/$1-$2" "$work/$1-$2/example" &&
		(cd "$here/../../examples/$1" && "$work/$1-$2/example" $4 >"$work/said") && diff -u "$here/$1.expected" "$work/said"
}

for example in layer tcn ecg; do
	arguments=
	[ $example = ecg ] && arguments="excerpt.txt $work/beats.svg"
	for compiler in gcc clang; do
		if command -v $compiler >/dev/null 2>&1; then
			check "$example, $compiler" says $example $compiler "-O2 -Wall -Wextra -Wconversion -Wshadow -Werror" "$arguments"
		else
			skipped=$((skipped + 1))
			echo "skipped: $example with $compiler: it is not installed"
		fi
	done
	check "$example, verify" make -C "$here/../../examples/$example" CONV1DC="$binary" OUT="$work/$example-verify" verify
done
check "the drawing is an SVG" grep -q '^</svg>$' "$work/beats.svg"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
