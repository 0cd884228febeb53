#!/bin/sh
# run.sh BINARY: conv1dc quantize against TFLite's converter (make_goldens.py): scales, zero points and the integers of
# weights, and the bytes that LiteRT's reference kernels make with the converter's model; that the JSON gives the same C as
# quantizing to C does; that its text is what it was; figures, labels and what is refused.
set -u
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
shared=${SHARED:-$here/../../../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work" || exit 1
passed=0 failed=0 skipped=0

same() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$3"
	fi
}

# The lines of make_goldens.py, from a quantised model's JSON.
facts() {
	awk '
		/"class_name"/ { moves = /"(Flatten|Reshape)"/ }
		/"scale": [0-9]/ && !moves {
			match($0, /"scale": [^,]*/); scale = substr($0, RSTART + 9, RLENGTH - 9)
			match($0, /"zero_point": [-0-9]*/); zero = substr($0, RSTART + 14, RLENGTH - 14)
			printf "scale %.9g %s\n", scale, zero
		}
		/"name": "(kernel|bias)"/ { match($0, /(kernel|bias)/); kind = substr($0, RSTART, RLENGTH) }
		/"integers":/ { list = ""; inside = 1; next }
		inside && /\]/ { print kind list; inside = 0 }
		inside { gsub(/,/, ""); sub(/^ */, ""); list = list " " $0 }
	' "$1" | LC_ALL=C sort
}

# ---- TFLite's choices, and its bytes --------------------------------------------------------------------------------
for name in chain branches ends sums; do
	cp "$here/$name.keras" "$here/$name.npz" .
	for bits in 8 16; do
		type=int$bits
		[ -f "$here/${name}_$type.txt" ] || continue
		"$binary" quantize $name.keras --calibrate $name.npz:x --activations $type -q -o ${name}_$type.json >log 2>&1
		same "$name: quantizes to $type" "0 " "$? $(cat log)"
		same "$name: $type: the converter's choices" "$(cat "$here/${name}_$type.txt")" "$(facts ${name}_$type.json)"
		"$binary" verify ${name}_$type.json --input $name.npz:q$bits --expect $name.npz:y$bits --atol 0 --rtol 0 >log 2>&1
		same "$name: $type: LiteRT's bytes" 0 "$?"
		grep -q ' 0 failed' log || cat log
	done
done

# ---- JSON or C -----------------------------------------------------------------------------------------------------
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o direct >log 2>&1
same "C: status" "0 " "$? $(cat log)"
"$binary" chain_int8.json --prefix chain -q -o json >log 2>&1
same "C of the JSON: status" "0 " "$? $(cat log)"
for folder in direct json; do sed '1,/^#include/d' $folder/chain.c >$folder/code; done
same "the JSON gives the same C" "yes 0" "$([ -s direct/code ] && echo yes) $(cmp direct/code json/code && echo 0)"
same "remake" "conv1dc quantize chain.keras --calibrate chain.npz:x" \
	"$(sed -n 's/^ \*     \(conv1dc .*\)/\1/p' direct/chain.h)"
same "the samples' SHA-256" "$(sha256sum <chain.npz | cut -c 1-64)" \
	"$(grep -A 1 'SHA-256 of chain.npz:x' direct/chain.c | tail -n 1 | tr -d ' *')"
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o direct --check >log 2>&1
same "--check: the same" "0 " "$? $(cat log)"
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o direct --check --range mse >log 2>&1
same "--check: others" 4 "$?"
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o dir -MD >log 2>&1
same "-MD names the samples" "dir/chain.h dir/chain.c: chain.keras chain.npz" "$(cat dir/chain.d)"
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o other --equalise --range percentile=99.5 --io float >log 2>&1
same "remake with options" \
	"conv1dc quantize chain.keras --calibrate chain.npz:x --range percentile=99.5 --io float --equalise" \
	"$(sed -n '/^ \*     conv1dc/,/SHA-256/{/SHA-256/!s/^ \*     *//p}' other/chain.h | paste -s -d ' ' -)"
same "--io float" "float float" "$(sed -n 's/^void chain_run.*const \([a-z0-9_]*\) .*, \([a-z0-9_]*\) .*/\1 \2/p' other/chain.h)"

# ---- the JSON's text, and figures ------------------------------------------------------------------------------------
"$binary" quantize chain.keras --calibrate chain.npz:x -q -o again.json >log 2>&1
same "the same text again" 0 "$(cmp again.json chain_int8.json && echo 0)"
"$binary" quantize chain.keras --calibrate chain.npz:x --labels chain.npz:label -o again.json >log 2>&1
same "figures: status, rows, accuracy" "0 9 1.0000" \
	"$? $(grep -c '^[│].*int8' log) $(sed -n "s/^ Accuracy of 'g': float \([0-9.]*\), quantised .*/\1/p" log)"
"$binary" quantize chain.keras --calibrate chain.npz:x --labels chain.npz:label --json -o again.json >log 2>&1
same "--json: numbers that belong together" "0 12 12" \
	"$? $(sed -n 's/.*"decisions": \([0-9]*\),.*/\1/p' log) $(sed -n 's/.*"right_float": \([0-9]*\),.*/\1/p' log)"

# ---- what is refused -----------------------------------------------------------------------------------------------
refused() { # STATUS MESSAGE WORDS...
	wanted="$1 conv1dc: error: $2"
	shift 2
	"$binary" quantize "$@" -q >log 2>&1
	same "refused: $*" "$wanted" "$? $(cat log)"
}
refused 2 "--harness is of emitted C; -o a.json asks for JSON, which conv1dc compiles then" \
	chain.keras --calibrate chain.npz:x -o a.json --harness
refused 2 "--io int8 with --activations int16: inputs and outputs are int16 or float then" \
	chain.keras --calibrate chain.npz:x -o a.json --activations int16 --io int8
refused 2 "--calibrate chain.npz:label: an array of shape (12,); 'x' needs an axis of samples and then (32, 3)" \
	chain.keras --calibrate chain.npz:label -o a.json
npy() { # DESCR SHAPE: the header of an .npy file
	printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': $2, }"
}
{ npy '|i1' '(12,)'; printf '\005\000\000\000\000\000\000\000\000\000\000\000'; } >lab.npy
{ npy '<f4' '(2, 32, 3)'; head -c 384 /dev/zero; head -c 384 /dev/zero | tr '\000' '\377'; } >nan.npy
{ npy '|i1' '(1, 32, 3)'; head -c 96 /dev/zero; } >zero.npy
refused 2 "--calibrate nan.npy: sample 1 holds NaN; samples are of finite float32 values" \
	chain.keras --calibrate nan.npy -o a.json
refused 2 "--calibrate says 2 arrays; the model has 1 input, in this order: 'x' (one array of several in an archive: FILE.npz:NAME)" \
	chain.keras --calibrate nan.npy --calibrate nan.npy -o a.json
refused 1 "this input is 0 on all samples; no other value will fit its integers (layer 'x') [-Werror=zeros]" \
	chain.keras --calibrate zero.npy --werror -o a.json
refused 2 "--labels lab.npy: sample 0 has the class 5; output 'g' has the classes 0 to 4" \
	chain.keras --calibrate chain.npz:x --labels lab.npy -o a.json
refused 1 "the model holds integers already; quantize takes float models" \
	chain_int8.json --calibrate chain.npz:x -o a.json
same "nothing is written" no "$([ -e a.json ] && echo yes || echo no)"

# ---- the example: as docs/quantise.md shows it ----------------------------------------------------------------------------
ecg=$here/../../examples/ecg
"$binary" quantize "$ecg/ecg.keras" --calibrate "$ecg/samples.npz:calibrate" --input "$ecg/samples.npz:input" \
	--labels "$ecg/samples.npz:label" -o ecg_int8.json >log 2>&1
same "ecg: the page's table" "0 $(sed -n '/^\$ conv1dc quantize ecg/,/^```/p' "$here/../../docs/quantise.md" | sed '1d;$d')" "$? $(cat log)"
"$binary" verify ecg_int8.json >log 2>&1
same "ecg: verify" 0 "$?"

# ---- a real model: every arg-max of its golden inputs ------------------------------------------------------------------
har=$shared/models/har_tinyml
if [ -f "$har/gesture_model.h5" ]; then
	for options in "" "--range mse" "--equalise" "--activations int16" "--io float"; do
		# shellcheck disable=SC2086
		"$binary" quantize "$har/gesture_model.h5" --calibrate "$har/input.npy" --labels "$har/expect.npy" $options \
			-o har.json >log 2>&1
		same "har_tinyml $options: all 16 arg-max stay" "0 1" \
			"$? $(grep -c "Decisions of .*: 16 of 16 stay the same" log)"
	done
else
	skipped=$((skipped + 1))
	echo "skipped: har_tinyml is not in $har"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
