#!/bin/sh
# footprint.sh BINARY: code and stack as compile estimates them are no less than what the compilers make of the examples, on
# every target whose tools are here, and not many times as much.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
. "$here/../suite.sh"
unset CFLAGS

# A line a target: "cortex-m4f flash MEASURED ESTIMATED", the same of stack; what is skipped, by name.
rows() {
	awk '
		/"target":/ { target = $2 }
		/"skipped":/ { sub(/.*"skipped": /, ""); print target, "skipped", $0 }
		/"text_bytes":/ { text = $2 }
		/"rodata_bytes":/ { flash = text + $2 }
		/"stack_bytes":/ { stack = $2 }
		/"flash_bytes_estimate":/ && $2 != "null," { print target, "flash", flash, $2 }
		/"stack_bytes_estimate":/ && stack != "null," && $2 != "null" { print target, "stack", stack + 0, $2 }
	' "$1" | tr -d '",'
}

# The most that an estimate may be above, and what is added to it for very small models.
between() { [ "$1" -gt 0 ] && [ "$1" -le "$2" ] && [ "$2" -le $((4 * $1 + 400)) ]; }

for model in examples/ecg/ecg.keras examples/tcn/tcn.keras "tests/commands/page.json --init 1"; do
	# shellcheck disable=SC2086
	(cd "$here/../.." && "$binary" size $model --targets all --json) >"$work/size.json" 2>"$work/log"
	rows "$work/size.json" >"$work/rows"
	ok "size of $model" [ -s "$work/rows" ]
	while read -r target what measured estimated; do
		case $what in
		skipped) skip "$target: $measured $estimated" ;;
		*) ok "$model on $target: $what: $measured measured, $estimated estimated" between "$measured" "$estimated" ;;
		esac
	done <"$work/rows"
done
closing
