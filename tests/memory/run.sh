#!/bin/sh
# run.sh CONV1DC: no memory at allocation 1, 2, 3, ...: a message and status 3, no file and no crash, every time.
# Two ways: that one alone fails, and that one and all behind it.  EVERY=1 tries each allocation of a compilation; without it, each
# of reading and planning (summary), and every 23rd of writing, where nearly all are the template engine's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
binary=$(realpath "${1:-build/conv1dc}")
. "$top/tests/suite.sh"

preload=$work/fail.so
if ! ${CC:-cc} -shared -fPIC -O1 -o "$preload" "$here/fail.c" 2>"$work/why"; then
	skip "allocation failures: $(head -n 1 "$work/why")"
	closing
	exit
fi
if ! FAIL_COUNT=$work/n LD_PRELOAD=$preload "$binary" --version >/dev/null 2>&1 || [ ! -s "$work/n" ]; then
	skip 'allocation failures: another allocator is preloaded already (a sanitizer)'
	closing
	exit
fi

# One run without memory from allocation $1 on ($2: all behind it too).
starve() { # N ALL COMMAND...
	n=$1 all=$2
	shift 2
	rm -rf "$work/out"
	mkdir "$work/out"
	(
		export FAIL_AT="$n" LD_PRELOAD="$preload"
		[ "$all" = all ] && export FAIL_ALL=1
		exec "$binary" "$@" >"$work/stdout" 2>"$work/stderr"
	)
	status=$?
	case $status in
	"$usual") cmp -s "$work/stdout" "$work/usual" && return 0 ;; # a library had another way
	3) [ -s "$work/stderr" ] && [ -z "$(ls -A "$work/out")" ] && return 0 ;;
	1) grep -q 'the HDF5 library cannot read it$' "$work/stderr" && return 0 ;; # it crashed, in its own process
	esac
	echo "allocation $n ($all) of $*: status $status: $(head -n 1 "$work/stderr") $(ls -A "$work/out")"
	return 1
}

campaign() { # NAME STEP COMMAND...
	name=$1 step=$2
	shift 2
	rm -rf "$work/out"
	mkdir "$work/out"
	FAIL_COUNT=$work/n LD_PRELOAD=$preload "$binary" "$@" >"$work/usual" 2>/dev/null
	usual=$?
	most=$(cat "$work/n")
	for all in one all; do
		bad=0 tried=0
		n=1
		while [ "$n" -le "$most" ]; do
			starve "$n" $all "$@" || bad=$((bad + 1))
			tried=$((tried + 1)) n=$((n + step))
		done
		ok "$name, $all: $bad of $tried runs ended otherwise" [ "$bad$tried" -gt 0 -a "$bad" = 0 ]
	done
}

cd "$top" || exit 1
writing=${EVERY:-23}
layer='examples/layer/layer.json examples/layer/layer.npz --input-shape 40x1'
campaign 'summary of a .keras' 1 summary tests/malformed/good.keras
campaign 'summary of JSON and .npz' 1 summary $layer
campaign 'mistakes' 1 summary tests/golden/mistakes.json tests/golden/mistakes.npz
campaign 'compile' "$writing" $layer --harness -MD -o "$work/out"
campaign 'layers' 1 layers
closing
