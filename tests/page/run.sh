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
for family in nested operations keras dialects; do
	mkdir "$work/$family"
	cd "$work/$family" && tar -xzf "$top/tests/conformance/$family.tar.gz" || exit 1
	ok "from_config: $family" all_round_trips
done

closing
