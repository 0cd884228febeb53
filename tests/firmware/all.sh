#!/bin/sh
# all.sh BINARY: every test of this folder, as many side by side as there are processors (JOBS); ONLY="run image ..." names some.
set -u
binary=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
. ../lanes.sh
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

names=${ONLY:-run figures footprint assembly mve integers selftest image layouts}
# The longest first, that no processor waits for one of them at the end.
queue=
for name in figures run mve integers; do
	case " $names " in *" $name "*) queue="$queue $name" ;; esac
done
for name in $names; do
	case " $queue " in *" $name "*) ;; *) queue="$queue $name" ;; esac
done
one='exec sh "$2.sh" "$1"'
# shellcheck disable=SC2086
printf '%s\n' $queue | side_by_side "$work" sh -c "$one" one "$binary" | in_order $names | {
	while read -r name; do
		echo "== $name"
		cat "$work/$name"
		line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/$name" | tail -n 1)
		read -r status seconds <"$work/$name.ended" || status=none seconds=0
		f=$(echo "$line" | sed 's/.*passed, \([0-9]*\) failed.*/\1/')
		if [ -z "$line" ] || { [ "$status" != 0 ] && [ "$f" = 0 ]; }; then
			echo "FAILED: $name ended with status $status"
			line='0 passed, 1 failed' f=1
		fi
		echo "   $name took $seconds s"
		[ "$f" = 0 ] || sh ../failures.sh "$work/$name" | sed "s|^|failed: firmware/$name: |" >>"$work/failures"
		passed=$((passed + ${line%% passed*})) failed=$((failed + f))
		case $line in *skipped*) skipped=$((skipped + $(echo "$line" | sed 's/.*failed, \([0-9]*\) skipped.*/\1/'))) ;; esac
	done
	[ ! -s "$work/failures" ] || cat "$work/failures"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
