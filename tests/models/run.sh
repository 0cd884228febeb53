#!/bin/sh
# run.sh BINARY [N SEED FIRST TARGET FP PIECE RAM INTEGERS]: random models beside the binary's build; in make test a first thousand for c99 and
# some for this machine's own target, in make fuzz-models as many as are asked for.
set -u
build=$(cd "$(dirname "$1")" && pwd)
cd "$(dirname "$0")/../.."
n=${2:-1000} seed=${3:-1} first=${4:-0} target=${5:-c99} fp=${6:-} piece=${7:-0} ram=${8:-} integers=${9:-}
unset CFLAGS
if [ "$target" = c99 ] && ! command -v tcc >/dev/null 2>&1; then
	echo "skipped: random models: tcc is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
# Memory where there is a file system of it: a batch is some hundred small files.
work=$(TMPDIR=${TMPDIR:-$(test -w /dev/shm && echo /dev/shm || echo /tmp)} mktemp -d -t conv1dc-models-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
if [ $# -gt 1 ]; then
	"$build/tests/models/models" "$n" "$seed" "$work" "$first" "$target" "$fp" "$piece" "$ram" "$integers"
	exit
fi
{
	"$build/tests/models/models" "$n" "$seed" "$work"
	"$build/tests/models/models" 60 "$seed" "$work" 5000 native
	# Layers that are computed some steps at a time.
	"$build/tests/models/models" 250 "$seed" "$work" 6000 c99 "" 3
	"$build/tests/models/models" 24 "$seed" "$work" 7000 native "" 5
	# Depth-first plans: --block, 0: the planner's, and --ram.
	for plan in 0:least 1:least 2:balanced 3:least 5:fastest 16:least; do
		"$build/tests/models/models" 150 "$seed" "$work" 8000 c99 "" "${plan%:*}" "${plan#*:}"
	done
	"$build/tests/models/models" 24 "$seed" "$work" 9000 native "" 2 least
	# Those of a microcontroller, in its own instructions.
	"$build/tests/models/models" 40 "$seed" "$work" 9100 cortex-m4f fused 2 least
	# Quantised.
	"$build/tests/models/models" 300 "$seed" "$work" 9200 c99 "" 0 "" int8
	"$build/tests/models/models" 24 "$seed" "$work" 9600 native "" 2 least int8
	"$build/tests/models/models" 24 "$seed" "$work" 9700 cortex-m4f "" 0 "" int8
} | awk '
	/^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; skipped += $5; ended++; next }
	{ print }
	END { print passed " passed, " failed + 15 - ended " failed, " skipped + 0 " skipped"; exit (failed + 15 - ended > 0) }'
