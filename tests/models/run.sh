#!/bin/sh
# run.sh BINARY [N SEED FIRST]: random models beside the binary's build; in make test a first few thousand, in
# make fuzz-models as many as are asked for.
set -u
build=$(cd "$(dirname "$1")" && pwd)
cd "$(dirname "$0")/../.."
n=${2:-1000} seed=${3:-1} first=${4:-0}
unset CFLAGS
if ! command -v tcc >/dev/null 2>&1; then
	echo "skipped: random models: tcc is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
# Memory where there is a file system of it: a batch is some hundred small files.
work=$(TMPDIR=${TMPDIR:-$(test -w /dev/shm && echo /dev/shm || echo /tmp)} mktemp -d -t conv1dc-models-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$build/tests/models/models" "$n" "$seed" "$work" "$first"
