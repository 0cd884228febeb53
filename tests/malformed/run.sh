#!/bin/sh
# run.sh BINARY [--update] [CASE ...]: malformed and contradictory inputs: status, message, and that nothing is written.
#
# A NAME.case holds lines "status N" and "command ARGUMENTS" (a shell's words), perhaps "setup SHELL COMMANDS" that make
# its input from the files beside it, then "--- FILE" sections with inputs, and last "--- stderr": all that conv1dc must say.
# --update writes what it says instead; read the difference.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
[ -x "$binary" ] || { echo "$binary cannot be run"; echo "0 passed, 1 failed"; exit 1; }
shift
update=
[ "${1:-}" = --update ] && { update=1; shift; }
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT INT TERM
passed=0 failed=0 skipped=0
# A case's setup makes HDF5 files with $h5 FILE <SCRIPT (h5.c); without libhdf5 such cases are skipped.
h5=$work/h5
export h5
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -o "$h5" $(pkg-config --cflags hdf5) "$here/h5.c" $(pkg-config --libs hdf5) || h5=false
# And TFLite models with $tfl FILE <SCRIPT (tfl.c).
tfl=$work/tfl
export tfl
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -o "$tfl" "$here/tfl.c" || tfl=false
# Binary fields of a sanitizer build and colours must not depend on who runs this.
unset NO_COLOR CLICOLOR_FORCE LC_ALL LANG

# Splits a case into the files of the current folder: .status .command .setup .stderr and the inputs.
split() {
	awk '
		/^--- / { file = substr($0, 5); if (file == "stderr") file = ".stderr"; printf "" > file; next }
		file { print > file; next }
		/^(status|command|setup) / { key = $1; sub(/^[a-z]+ /, ""); print > ("." key) }
	' "$1"
}

for case in "$here"/${1:-*}.case; do
	name=$(basename "$case" .case)
	mkdir "$work/$name"
	cd "$work/$name" || exit 1
	cp "$here"/*.npz "$here"/*.npy "$here"/*.keras "$here"/*.h5.txt .
	: >.stderr
	split "$case"
	[ -f .setup ] && ! sh -e .setup 2>.setup_failed && {
		skipped=$((skipped + 1))
		echo "skipped: $name: $(cat .setup_failed) its input cannot be made here"
		continue
	}
	find . | sort >../before
	eval "timeout 100 \"\$binary\" $(cat .command)" >../stdout 2>../stderr </dev/null
	status=$?
	find . | sort >../after
	if [ -n "$update" ]; then
		{ sed '/^--- stderr/,$d' "$case"; echo '--- stderr'; cat ../stderr; } >../updated
		cat ../updated >"$case"
		[ "$status" = "$(cat .status)" ] || echo "$name: status $status, the case says $(cat .status)"
		continue
	fi
	ok=1
	[ "$status" = "$(cat .status)" ] || { ok=0; echo "$name: status $status, must be $(cat .status)"; }
	diff -u .stderr ../stderr >../difference || { ok=0; echo "$name: says something else:"; cat ../difference; }
	if [ "$status" != 0 ] && ! cmp -s ../before ../after; then
		ok=0
		echo "$name: wrote files in spite of status $status:"
		diff ../before ../after
	fi
	if [ $ok = 1 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
