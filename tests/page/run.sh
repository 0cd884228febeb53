#!/bin/sh
# run.sh BINARY: the page of tf.keras.layers.Conv1D, method by method: docs/conv1d.md names the tests of this file by what
# stands behind "ok".  What is compared with was made by real Keras (make_models.py).
set -u
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "${1:?the conv1dc to test}")" && pwd)/$(basename "$1")
[ -x "$binary" ] || { echo "$binary cannot be run"; echo "0 passed, 1 failed"; exit 1; }
top=$here/../..
. "$top/tests/suite.sh"
cd "$work" || exit 1
tar -xzf "$here/page.tar.gz" || exit 1

# ---- get_weights, set_weights -------------------------------------------------------------------------------------
compile() { # NAME WORDS...: to the folder NAME, under the prefix m, without what differs by the files' names
	folder=$1
	shift
	"$binary" "$@" --prefix m -o "$folder" || return 1
	for file in "$folder/m.h" "$folder/m.c"; do
		sed -e '/^ \*     conv1dc /d' -e '/^ \* SHA-256 of /{' -e 'N' -e 'd' -e '}' "$file" >bare && mv bare "$file"
	done
}
same_c() { # A B: the same files but for their names
	cmp "$1/m.h" "$2/m.h" && cmp "$1/m.c" "$2/m.c"
}
sums() { # of all models' arrays, in the order of weights.txt
	while read -r name _; do
		"$binary" weights "$name.keras" -o "$name.npz" || return 1
		echo "$name $(./digest "$name.npz")"
	done <weights.txt
}
weights_are_keras() {
	sums >sums.txt && diff weights.txt sums.txt
}
weights_again() { # the same bytes in another time zone, from another name, over an old file
	cp chain.keras other.keras
	TZ=Pacific/Kiritimati LC_ALL=C "$binary" weights other.keras -o again.npz && cmp chain.npz again.npz
}
weights_override() { # the weights beside a file come in the place of those inside
	"$binary" weights frozen.keras chain.npz -o over.npz && cmp over.npz chain.npz &&
		compile inside chain.keras && compile beside chain.keras chain.npz && same_c inside beside
}
weights_one() { # a single array as .npy
	printf '%s' '{"class_name": "Conv1D", "config": {"filters": 2, "kernel_size": 3, "use_bias": false}}' >one.json
	"$binary" weights one.json "$here/one.npy" -o out.npy && cmp "$here/one.npy" out.npy
}
weights_many() {
	"$binary" weights chain.keras -o out.npy
	[ $? = 2 ]
}
library=$(dirname "$binary")/libconv1dc.a
if [ -f "$library" ] && pkg-config --exists libcjson lua5.4 hdf5 libzip libmd 2>/dev/null; then
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -Wall -Wextra -Werror ${CFLAGS:-} -I"$top/generator" -o digest \
		"$here/digest.c" "$library" $(pkg-config --libs libcjson lua5.4 hdf5 libzip libmd) -lm || exit 1
	ok "get_weights" weights_are_keras
else
	skip "get_weights against Keras: no libconv1dc.a beside $(basename "$binary")"
fi
ok "get_weights: the same bytes everywhere" weights_again
ok "set_weights" weights_override
ok "get_weights: one array" weights_one
ok "get_weights: no .npy of several" weights_many

# ---- get_config, from_config -----------------------------------------------------------------------------------------
# Fed back with its weights, the config gives the same C; and the config of the config is the same text.
round_trip() { # MODEL WEIGHTS|- [OPTIONS]
	model=$1 weights=$2
	[ "$weights" = - ] && weights=
	shift 2
	rm -rf first second
	# shellcheck disable=SC2086
	"$binary" config "$model" >config.json && "$binary" config config.json >again.json && cmp config.json again.json &&
		"$binary" weights "$model" $weights -o weights.npz &&
		compile first "$model" $weights "$@" && compile second config.json weights.npz "$@" && same_c first second
}
all_round_trips() { # NAME MODEL WEIGHTS INPUTS OUTPUTS [OPTIONS] in every line of cases.txt
	while read -r name model weights _ _ options; do
		# shellcheck disable=SC2086
		round_trip "$model" "$weights" $options || { echo "$name: $model $weights $options"; return 1; }
	done <cases.txt
}
archives_round_trip() {
	while read -r name _; do
		case $name in variable) steps='--steps 9' ;; *) steps= ;; esac
		# shellcheck disable=SC2086
		round_trip "$name.keras" - $steps || { echo "$name"; return 1; }
	done <weights.txt
}
config_is_golden() { # of a model of tf_keras: a nested model called three times, bare operations, its hard_sigmoid
	"$binary" config "$here/old.json" >old.json && diff "$here/old.config.json" old.json
}
config_of_layer() { # get_config() of Conv1D, with all that is left out
	printf '%s' '{"filters": 2, "kernel_size": 3, "padding": "CAUSAL"}' >bare.json
	"$binary" config bare.json >bare.config.json && diff "$here/bare.config.json" bare.config.json
}
config_alone() { # weights are neither needed nor read
	"$binary" config chain.keras chain.npz
	[ $? = 2 ]
}
ok "get_config" config_of_layer
ok "from_config" archives_round_trip
ok "from_config: another dialect" config_is_golden
ok "get_config: of the model alone" config_alone
for family in nested operations keras dialects masks; do
	mkdir "$work/$family"
	cd "$work/$family" && tar -xzf "$top/tests/conformance/$family.tar.gz" || exit 1
	ok "from_config: $family" all_round_trips
done

# ---- properties, and what is asked of a call ---------------------------------------------------------------------------
# page.json: a Conv1D that is called twice, with losses; BatchNormalization behind its second call.
cd "$work" || exit 1
"$binary" summary --json "$here/page.json" --init 1 >summary.json || exit 1
"$binary" summary "$here/page.json" --init 1 >summary.txt || exit 1

layer() { # NAME: the lines of a layer
	awk -v name="\"name\": \"$1\"," '
		/^    [{]/ { inside = 0 }
		index($0, "      " name) == 1 { inside = 1 }
		/^    [}]/ { if (inside) exit }
		inside' summary.json
}
property() { # LAYER KEY: its value
	layer "$1" | sed -n "s/^      \"$2\": \(.*[^,]\),*\$/\1/p"
}
call() { # LAYER NUMBER KEY: a value of one of its calls
	layer "$1" | awk -v wanted="$2" '/"calls"/ { calls = 1 } calls && /^        [{]/ { n++ } n == wanted + 1' | sed -n "s/^          \"$3\": \(.*[^,]\),*\$/\1/p"
}
is() { # WANTED GOT
	[ "$1" = "$2" ] || { printf 'wanted %s\ngot %s\n' "$1" "$2"; return 1; }
}
weights_of() { # LAYER TRUE|FALSE: names of its weights, trainable or not
	layer "$1" | sed -n "s/.*\"name\": \"\([a-z_]*\)\", \"shape\".*\"trainable\": $2}.*/\1/p" | tr '\n' ' '
}
trainable_weights() {
	is "kernel bias " "$(weights_of both true)" && is "gamma beta " "$(weights_of norm true)" &&
		is 21 "$(property both trainable_parameters)" && is 6 "$(property norm trainable_parameters)"
}
non_trainable_weights() {
	is "" "$(weights_of both false)" && is "moving_mean moving_variance " "$(weights_of norm false)" &&
		is 6 "$(property norm non_trainable_parameters)"
}
shapes_of_weights() {
	is '{"name": "kernel", "shape": [3, 2, 3], "dtype": "float32", "trainable": true}' \
		"$(layer both | sed -n 's/^ *\({"name": "kernel".*}\),*$/\1/p')"
}
masks_of_calls() { # Conv1D drops the mask of its input; BatchNormalization passes it
	is "null null" "$(call both 0 input_mask) $(call both 1 input_mask)" &&
		is "null null" "$(call both 0 output_mask) $(call both 1 output_mask)" || return 1
	printf '%s' '{"class_name": "Sequential", "config": {"layers": [' \
		'{"class_name": "Masking", "config": {"name": "masking", "batch_input_shape": [null, 8, 2]}},' \
		'{"class_name": "BatchNormalization", "config": {"name": "norm"}},' \
		'{"class_name": "Conv1D", "config": {"name": "conv", "filters": 2, "kernel_size": 1}}]}}' >masks.json
	cp summary.json page.summary.json && "$binary" summary --json masks.json --init 1 >summary.json &&
		is 'null {"name": "masking", "shape": [8]}' "$(call masking 0 input_mask) $(call masking 0 output_mask)" &&
		is '{"name": "masking", "shape": [8]} null' "$(call conv 0 input_mask) $(call conv 0 output_mask)"
	status=$?
	mv page.summary.json summary.json
	return $status
}
losses_of_weights() { # 0.5 * sum of 18 ones; 0.25 * 3 * 2
	grep -qx ' Loss: both, kernel, L2(l2=0.5): 9' summary.txt && grep -qx ' Loss: both, bias, L1(l1=0.25): 1.5' summary.txt &&
		grep -q '"total": 10.5' summary.json
}
losses_of_outputs() { # the sum of |softmax| is the number of steps: 6 and 10
	"$binary" run "$here/page.json" --init 1 -i "$here/a.npy" -i "$here/b.npy" -o y.npy --losses >losses.txt &&
		is "6 10 " "$(sed -n 's/^Loss: both, .*outputs.*: //p' losses.txt | awk '{ printf "%g ", $1 }')"
}
called() {
	"$binary" run "$here/page.json" --init 1 -i "$here/a.npy" -i "$here/b.npy" -o y.npy &&
		grep -q "'shape': (1, 3)" y.npy && "$binary" verify "$here/page.json" --init 1
}
set_by_the_config() { # another config, another function; the same config, the same
	sed 's/"activation": "softmax"/"activation": "tanh"/' "$here/page.json" >changed.json
	compile plain "$here/page.json" --init 1 && compile changed changed.json --init 1 && compile same "$here/page.json" --init 1 &&
		same_c plain same && ! same_c plain changed
}
built() { # the kernel's shape follows from the input's
	"$binary" summary --json bare.json --init 1 --input-shape 10x4 >built.json &&
		grep -q '"name": "kernel", "shape": \[3, 4, 2\]' built.json
}
output_shape_of() { # INPUT OUTPUT
	"$binary" summary --json bare.json --init 1 --input-shape "$1" | grep -q "^      \"output_shape\": $2,"
}
shapes_computed() {
	output_shape_of 10x4 '\[10, 2\]' && output_shape_of 1x9 '\[1, 2\]'
}
parsed() { # by somebody else's reader
	python3 -c 'import json, sys; both = json.load(open("summary.json"))["layers"][0]; sys.exit(len(both["calls"]) != 2)'
}
ok "name" is '"both"' "$(property both name)"
ok "dtype" is '"float32"' "$(property both dtype)"
ok "dynamic" is false "$(property both dynamic)"
ok "updates" is "[]" "$(property norm updates)"
ok "input" is '["pool_a", "pool_b"]' "$(property sum inputs)"
ok "input_shape" is "[10, 3] [[3], [3]]" "$(property norm input_shape) $(property sum input_shape)"
ok "output" is '["both"]' "$(property norm inputs)"
ok "output_shape" is "[6, 3]" "$(property both output_shape)"
ok "input_mask" masks_of_calls
ok "weights" shapes_of_weights
ok "trainable_weights" trainable_weights
ok "non_trainable_weights" non_trainable_weights
ok "count_params" is "21 12" "$(property both parameters) $(property norm parameters)"
ok "losses" losses_of_weights
ok "activity_regularizer" losses_of_outputs
ok "get_input_at" is '["a"] ["b"]' "$(call both 0 inputs) $(call both 1 inputs)"
ok "get_input_shape_at" is "[8, 2] [12, 2]" "$(call both 0 input_shape) $(call both 1 input_shape)"
ok "get_output_shape_at" is "[6, 3] [10, 3]" "$(call both 0 output_shape) $(call both 1 output_shape)"
ok "compute_output_shape" shapes_computed
ok "build" built
ok "__call__" called
ok "__setattr__" set_by_the_config
if command -v python3 >/dev/null; then ok "summary --json is JSON" parsed; else skip "summary --json is JSON: python3 is not installed"; fi

# ---- the table ---------------------------------------------------------------------------------------------------------
page=$top/docs/conv1d.md
every_heading() { # of the page has a row
	while read -r kind name; do
		sed -n "/^## Arg/,/^## Prop/{ /^| /s/^/argument /p; }; /^## Prop/,/^## Meth/{ /^| /s/^/property /p; }; /^## Meth/,\${ /^| /s/^/method /p; }" "$page" |
			grep -qF "$kind | \`$name\` |" || { echo "$kind $name has no row"; return 1; }
	done <"$here/headings.txt"
}
test_is_there() { # KIND/NAME
	case $1 in
	page/*) grep -qF "ok \"${1#*/}\" " "$here/run.sh" ;;
	malformed/*) [ -f "$top/tests/$1.case" ] ;;
	conformance/*) [ -f "$top/tests/$1.tar.gz" ] ;;
	unit/*) grep -q "cmocka_unit_test(${1#*/})" "$top"/tests/unit/*.c ;;
	*) return 1 ;;
	esac
}
every_test() { # that a row names; and every row names one
	sed -n '/^| `/p' "$page" >rows.txt
	while read -r row; do
		tests=$(echo "$row" | sed 's/ |$//; s/.*| //' | tr -d '\140')
		[ "$tests" ] || { echo "no test: $row"; return 1; }
		for name in $tests; do test_is_there "$name" || { echo "no such test: $name"; return 1; }; done
	done <rows.txt
	[ "$(wc -l <rows.txt)" -ge "$(wc -l <"$here/headings.txt")" ]
}
ok "the table: every heading" every_heading
ok "the table: every test" every_test
reference=$top/../shared/reference/tf-keras-conv1d-r1.13.txt
if [ -f "$reference" ]; then
	sh "$here/headings.sh" "$reference" >headings.txt
	ok "the table: the page's headings" diff "$here/headings.txt" headings.txt
else
	skip "the table against the page itself: ../shared/reference is not here"
fi

closing
