#!/bin/sh
# run.sh BINARY: bugs planted into emitted files, each of which verify must find, and models that once failed; needs only cc.
# Every planted case edits a fresh copy of what the tool emits and runs verify --emitted on it.
set -u
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)/planted
templates=$(cd "$(dirname "$0")/../../templates" && pwd)
unset CFLAGS    # the tool may be built with sanitizers; what it judges here is not
work=$(mktemp -d "${TMPDIR:-/tmp}/conv1dc-regress-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0
model="$here/planted.json $here/planted.npz"
golden="--input $here/input.npy --expect $here/expect.npy"

ok() { passed=$((passed + 1)); }
bad() { # WHAT
	failed=$((failed + 1))
	echo "FAILED: $1"
	sed 's/^/    /' "$work/log"
}

# STATUS NAME TEXT WORDS...: verify must end so and say TEXT.
expect() {
	status=$1 name=$2 text=$3
	shift 3
	"$binary" verify "$@" >"$work/log" 2>&1
	got=$?
	if [ "$got" -ne "$status" ]; then
		bad "$name: status $got, not $status"
	elif ! grep -qF -- "$text" "$work/log"; then
		bad "$name: does not say '$text'"
	else
		ok
	fi
}

# A folder with the emitted files as they are.
fresh() {
	rm -rf "$work/emitted"
	"$binary" $model -o "$work/emitted" >"$work/log" 2>&1 || bad "compile"
	cp "$work/emitted/planted.c" "$work/before.c"
	cp "$work/emitted/planted.h" "$work/before.h"
}

# NAME TEXT: verify must find the difference that stands in the folder.
caught() {
	if cmp -s "$work/before.c" "$work/emitted/planted.c" && cmp -s "$work/before.h" "$work/emitted/planted.h"; then
		echo "nothing was planted" >"$work/log"
		bad "$1"
		return
	fi
	expect 4 "$1" "$2" $model --emitted "$work/emitted"
}

# NAME TEXT SED: one edit of planted.c.
edit() {
	fresh
	sed "$3" "$work/before.c" >"$work/emitted/planted.c"
	caught "$1" "$2"
}

# NAME TEXT C: the emitted function does its work, and C before or behind it does wrong.
wrap() {
	fresh
	{
		sed 's/planted_run(/planted_right(/' "$work/before.c"
		printf '%s\n' 'void planted_run(planted_context *context, const float *input, float *output)' '{' "$3" '}'
	} >"$work/emitted/planted.c"
	sed 's/^void planted_run(.*/&\nvoid planted_right(planted_context *context, const float *input, float *output);/' \
		"$work/before.h" >"$work/emitted/planted.h"
	caught "$1" "$2"
}

# ---- nothing planted --------------------------------------------------------------------------------------------
expect 0 "untouched" " 0 failed" $model
expect 0 "golden data" "emitted = expect.npy: output 0" $model $golden
fresh
expect 0 "the files as emitted" "emitted = interpreter, bit for bit" $model --emitted "$work/emitted"

# ---- wrong numbers ----------------------------------------------------------------------------------------------
bits="emitted = interpreter, bit for bit: "
# first: kernel[0][0][0] = 0.2502, [0][0][1] = 0.7944; one unit in the last place is 0.25020003
edit "a weight one unit in the last place away" "FAILED" 's/0\.2502f/0.25020003f/'
edit "two weights exchanged" "FAILED" 's/0\.2502f/@/; s/0\.7944f/0.2502f/; s/@/0.7944f/'
edit "a weight's sign" "FAILED" 's/-0\.5496f/0.5496f/'
edit "a digit of a bias or weight of the second layer" "FAILED" 's/-0\.6796f/-0.6797f/'
wrap "an output one unit in the last place away" "output 0 'classes', channel 1" \
	'planted_right(context, input, output); output[1] += output[1] * 1.1920929e-07f;'
wrap "two outputs exchanged" "$bits" \
	'float t; planted_right(context, input, output); t = output[0]; output[0] = output[1]; output[1] = t;'
wrap "an input of the edge overlooked" "values differ; the first:" \
	'float x[24]; int i; for (i = 0; i < 24; i++) x[i] = input[i]; x[23] = 0.0f; planted_right(context, x, output);'
wrap "NaN replaced by zero" "emitted 0.0 (0x00000000), interpreter NAN" \
	'planted_right(context, input, output); if (output[0] != output[0]) output[0] = 0.0f;'
wrap "NaN in the input overlooked" "$bits" \
	'float x[24]; int i; for (i = 0; i < 24; i++) x[i] = input[i] != input[i] ? 0.0f : input[i]; planted_right(context, x, output);'

# ---- wrong memory -----------------------------------------------------------------------------------------------
wrap "a write behind the output" "writes outside output 0" \
	'planted_right(context, input, output); output[2] = 0.0f;'
wrap "a write before the output" "writes outside output 0" \
	'planted_right(context, input, output); output[-1] = 0.0f;'
wrap "a write to the input" "writes to or beside input 0" \
	'planted_right(context, input, output); ((float *)input)[23] = 0.5f;'
wrap "a write behind the context" "writes outside the context" \
	'planted_right(context, input, output); ((char *)context)[sizeof *context] = 1;'
wrap "a context that has to be set before" "change output 0" \
	'float before = *(float *)context; planted_right(context, input, output); output[0] = before == 0.0f ? 1.0f : before;'
wrap "state between two runs" "change output 0" \
	'static int runs; planted_right(context, input, output); output[0] += 0.25f * (float)(runs++ & 1);'
wrap "an output that is not written" "change output 0" \
	'float y[2]; planted_right(context, input, y); output[0] = y[0];'
wrap "a read behind the input" "values differ" \
	'planted_right(context, input, output); output[0] += 0.0f * input[24];'
wrap "a crash" "was ended by signal" \
	'planted_right(context, input, output); *(volatile int *)0 = 1;'

# ---- the first layer that differs -------------------------------------------------------------------------------
# A generator with a bug: a template that is wrong for one of the layers.
template() { # NAME TEXT TEMPLATE SED [OPTIONS]
	rm -rf "$work/templates"
	mkdir -p "$work/templates/kernels"
	sed "$4" "$templates/$3" >"$work/templates/$3"
	if cmp -s "$templates/$3" "$work/templates/$3"; then
		echo "nothing was planted" >"$work/log"
		bad "$1"
		return
	fi
	# shellcheck disable=SC2086
	expect 4 "$1" "$2" $model --templates "$work/templates" ${5:-}
}
template "a wrong sign in the second layer" "the first layer that differs is 'second' (Conv1D), step 0, channel 0" \
	kernels/conv1d_unrolled.ct \
	's/fmt("q\[%d\] = a%d;"/fmt(L.layer == "second" and "q[%d] = -a%d;" or "q[%d] = a%d;"/'

template "a wrong sign in the second layer by rows" "the first layer that differs is 'second' (Conv1D), step 0, channel 0" \
	kernels/conv1d_tiled.ct \
	's/\] = \(\${common.stored\)/] = ${L.layer == "second" and "-" or ""}\1/' "--block 1 --ram least"

# ---- another interface, or none ---------------------------------------------------------------------------------
fresh
sed 's/\(PLANTED_INPUT_SIZE  *\)24/\123/' "$work/before.h" >"$work/emitted/planted.h"
caught "another size in the header" "PLANTED_INPUT_SIZE is not the model's 24"
edit "a file that does not compile" "emitted code compiles" '$s/$/ }/'
fresh
rm "$work/emitted/planted.c"
expect 3 "a file that is absent" "planted.c" $model --emitted "$work/emitted"
expect 3 "a folder that is absent" "planted.h" $model --emitted "$work/absent"
expect 3 "files of another name" "other.c" $model --emitted "$work/emitted" --prefix other

# ---- tools and data ---------------------------------------------------------------------------------------------
CC=no-such-compiler expect 3 "no compiler" "no-such-compiler" $model
CC=false expect 3 "a compiler that does not work" "nothing was checked" $model
CC="cc -O0" CFLAGS="-DPLANTED -g" expect 0 "a compiler with flags" "cc -O0 -std=c99 -DPLANTED -g: ok" $model
if command -v clang >/dev/null; then
	CC="clang -fassociative-math -fno-signed-zeros -fno-trapping-math" \
		expect 0 "clang allowed to reorder sums" " 0 failed" $model
else
	echo "skipped: sums that clang may reorder: clang is not installed"
fi
expect 4 "golden data out of tolerance" "values are out of tolerance; the first: sample 0, channel" \
	$model $golden --atol 0 --rtol 0
expect 2 "arrays of the wrong shape" "an array of shape (5, 2)" $model --input "$here/expect.npy" --expect "$here/expect.npy"
expect 2 "inputs without expectation" "--expect" $model --input "$here/input.npy"
expect 3 "data that is absent" "absent.npy" $model --input "$work/absent.npy" --expect "$here/expect.npy"

# ---- models that once failed: each folder says with what ------------------------------------------------------------
for once in "$here"/../*/model.*; do
	[ -f "$once" ] || continue
	expect 0 "$(basename "$(dirname "$once")")" " 0 failed" "$once"
	expect 0 "$(basename "$(dirname "$once")") for this machine" " 0 failed" "$once" --target native
done

# ---- nothing stays behind ---------------------------------------------------------------------------------------
mkdir "$work/tmp"
TMPDIR=$work/tmp expect 0 "a folder for temporary files" " 0 failed" $model
TMPDIR=$work/tmp "$binary" verify $model >"$work/log" 2>&1 &
pid=$!
sleep 0.3
kill -TERM "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9; do # compilers that were stopped, too, may take a moment to go
	rm -f "$work"/tmp/cc*
	[ -n "$(ls -A "$work/tmp")" ] || break
	sleep 1
done
if [ -z "$(ls -A "$work/tmp")" ]; then ok; else ls -A "$work/tmp" >"$work/log" && bad "temporary files stay behind"; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
