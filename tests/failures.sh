#!/bin/sh
# failures.sh LOG: the few lines of a failed test's or step's log that say which failed; 8 at most, no more than 200 letters each.
set -u
{
	# What run.sh found already; else what suites, unit tests and compilers say; else how it ended.
	grep -E '^failed: ' "$1" ||
		grep -E 'FAILED:|FAILED [A-Za-z]|^\[ *FAILED *\] [A-Za-z_]|, Keras has |conv1dc run has |: failed|something else:$|must be [0-9]|differs' "$1" ||
		grep -E 'error: |\*\*\* ' "$1" ||
		grep -vE '^[0-9]+ passed, [0-9]+ failed|^skipped|: ok$|, 0 failed' "$1" | tail -n 4
} | grep -v 'FAILED TEST' | awk '!seen[$0]++' | head -n 8 | cut -c 1-200
