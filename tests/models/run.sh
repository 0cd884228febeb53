#!/bin/sh
# run.sh BINARY [N SEED FIRST TARGET FP PIECE RAM INTEGERS]: random models beside the binary's build; in make test a first thousand for c99 and
# some for this machine's own target, in make fuzz-models as many as are asked for.  JOBS processes, as many as processors, share them.
set -u
build=$(cd "$(dirname "$1")" && pwd)
cd "$(dirname "$0")/../.."
n=${2:-1000} seed=${3:-1} first=${4:-0} target=${5:-c99} fp=${6:-} piece=${7:-0} ram=${8:-} integers=${9:-}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
unset CFLAGS
if [ "$target" = c99 ] && ! command -v tcc >/dev/null 2>&1; then
	echo "skipped: random models: tcc is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
# Memory where there is a file system of it with room: a batch is some hundred small files.
roomy() { [ -w "$1" ] && [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -gt 500000 ]; }
work=$(TMPDIR=${TMPDIR:-$(roomy /dev/shm && echo /dev/shm || echo /tmp)} mktemp -d -t conv1dc-models-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# N FIRST TARGET FP PIECE RAM INTEGERS LANE LANES of each process; - for none.
rows() {
	if [ "$asked" = yes ]; then
		lane=0
		while [ $lane -lt "$jobs" ]; do
			echo "$n $first $target ${fp:--} ${piece:-0} ${ram:--} ${integers:--} $lane $jobs"
			lane=$((lane + 1))
		done
		return
	fi
	echo 1000 0 c99 - 0 - - 0 1
	echo 60 5000 native - 0 - - 0 1
	# Layers that are computed some steps at a time.
	echo 250 6000 c99 - 3 - - 0 1
	echo 24 7000 native - 5 - - 0 1
	# Depth-first plans: --block, 0: the planner's, and --ram.
	for plan in 0:least 1:least 2:balanced 3:least 5:fastest 16:least; do
		echo "150 8000 c99 - ${plan%:*} ${plan#*:} - 0 1"
	done
	echo 24 9000 native - 2 least - 0 1
	# Those of a microcontroller, in its own instructions.
	echo 40 9100 cortex-m4f fused 2 least - 0 1
	# Quantised.
	echo 300 9200 c99 - 0 - int8 0 1
	echo 24 9600 native - 2 least int8 0 1
	echo 24 9700 cortex-m4f - 0 - int8 0 1
}
or_none() {
	[ "$1" = - ] || echo "$1"
}
asked=no
[ $# -gt 1 ] && asked=yes
rows >"$work/rows"
lane=0
while [ $lane -lt "$jobs" ]; do
	lane=$((lane + 1)) row=0
	while read -r n first target fp piece ram integers part parts; do
		row=$((row + 1))
		mkdir "$work/$row" 2>/dev/null || continue # another lane's
		"$build/tests/models/models" "$n" "$seed" "$work/$row" "$first" "$target" "$(or_none "$fp")" "$piece" "$(or_none "$ram")" \
			"$(or_none "$integers")" "$part" "$parts" >"$work/$row.said" 2>&1 </dev/null
	done <"$work/rows" &
done
wait
# What shares one row's models skips them together.
row=0
while read -r _; do
	row=$((row + 1))
	cat "$work/$row.said"
done <"$work/rows" | awk -v rows="$(wc -l <"$work/rows")" -v asked=$asked '
	/^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; skipped = asked == "yes" ? $5 + 0 : skipped + $5; ended++; next }
	/^skipped/ && seen[$0]++ { next }
	{ print }
	END { print passed " passed, " failed + rows - ended " failed, " skipped + 0 " skipped"; exit (failed + rows - ended > 0) }'
