#!/bin/sh
# all.sh BINARY: every test of this folder, one after the other; ONLY="run image ..." names some.
set -u
binary=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for name in ${ONLY:-run figures footprint assembly mve integers selftest image layouts}; do
	echo "== $name"
	sh "$name.sh" "$binary" 2>&1 | tee "$log"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	[ -n "$line" ] || line='0 passed, 1 failed'
	passed=$((passed + ${line%% passed*}))
	failed=$((failed + $(echo "$line" | sed 's/.*passed, \([0-9]*\) failed.*/\1/')))
	case $line in *skipped*) skipped=$((skipped + $(echo "$line" | sed 's/.*failed, \([0-9]*\) skipped.*/\1/'))) ;; esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
