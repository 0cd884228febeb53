#!/bin/sh
# run.sh BINARY: conv1dc run of TFLite models of single operators (make_operators.py) against TFLite's reference kernels:
# integers byte for byte, floats as tests/conformance/compare.c allows.
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
[ -x "$binary" ] || { echo "$binary cannot be run"; echo "0 passed, 1 failed"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work" || exit 1
passed=0 failed=0
tar -xzf "$here/operators.tar.gz"
${CC:-cc} -O1 -std=c99 -o compare "$here/../conformance/compare.c" -lm || exit 1

say() { # WHAT: a case that failed
	failed=$((failed + 1))
	echo "$1"
}
agrees() { # GOT WANT
	cmp -s "$1" "$2" && return
	case $(head -c 40 "$2") in *"<f4"*) ;; *) return 1 ;; esac
	echo "$name $1 $2" >list
	./compare list >difference
}

for model in *.tflite; do
	name=${model%.tflite}
	set --
	for input in "$name".in*.npy; do set -- "$@" -i "$input"; done
	for output in "$name".out*.npy; do set -- "$@" -o "got.${output#"$name".}"; done
	if ! "$binary" run "$model" "$@" >said 2>&1; then
		say "$name: $(head -n 1 said)"
		continue
	fi
	ok=1
	for output in "$name".out*.npy; do
		agrees "got.${output#"$name".}" "$output" || ok=0
	done
	if [ $ok = 1 ]; then passed=$((passed + 1)); else say "$name: differs from the reference kernels"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
