#!/bin/sh
# lint.sh: the direction of includes, and one door for each dependency.  Prints each violation; fails if there is one.
set -eu
cd "$(dirname "$0")/.."
order="runtime base graph layers eval load passes targets kernels plan emit judge report"
status=0

rank() {
	n=0
	for room in $order; do
		n=$((n + 1))
		[ "$room" = "$1" ] && { echo $n; return; }
	done
	echo 99
}
# load and passes, kernels and targets: neighbours of one floor
allowed() {
	case "$1/$2" in
	load/passes | passes/load) return 1 ;;
	esac
	[ "$(rank "$2")" -le "$(rank "$1")" ]
}

for file in generator/*/*.[ch]; do
	room=$(basename "$(dirname "$file")")
	for included in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$file" | sort -u); do
		allowed "$room" "$included" || { echo "$file: room $room may not include $included/" >&2; status=1; }
	done
done

door() {
	for file in $(grep -lE "#include *[<\"]$1[>\"]" -r generator runtime || true); do
		[ "$file" = "$2" ] || { echo "$file: only $2 may include $1" >&2; status=1; }
	done
}
door '(cjson/)?cJSON\.h' generator/base/json.c
door '(sha2|md5)\.h' generator/base/fingerprint.c
door '(lua|lauxlib|lualib)\.h' generator/emit/lua.c
door 'hdf5.*\.h' generator/load/hdf5.c
door 'zip\.h' generator/load/archive.c

if grep -nE '(^|[^.])(/tmp/[a-z]+/|/root/|/home/[a-z]+/|/work/)' -r generator templates runtime Makefile README.md docs 2>/dev/null; then
	echo "a path of one machine" >&2
	status=1
fi
exit $status
