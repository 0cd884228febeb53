#!/bin/sh
# run.sh BINARY: initializers, losses and constraints as a user sees them.
#   losses and constraints of goldens.tar.gz (make_goldens.py): real Keras 3's and tf_keras's model.losses after a call, and weights
#     that Keras's constraints were applied to, or not
#   --init: the same bytes from the same seed in every command, others from another; what a file gives stays
set -u
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0
tar xzf "$here/goldens.tar.gz" || exit 1

check() { # WHAT STATUS [DETAIL]
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n%s\n' "$1" "${3:-}"
	fi
}
same() { # WHAT WANTED GOT
	[ "$2" = "$3" ]
	check "$1" $? "wanted
$2
got
$3"
}

# Two columns of numbers agree but for Keras's float32 arithmetic.
agree='NF != 2 || !(($1 - $2 < 0 ? $2 - $1 : $1 - $2) <= 2e-6 * ($2 < 0 ? -$2 : $2)) { print; bad = 1 } END { exit bad }'

# ---- losses and constraints of Keras ------------------------------------------------------------------------------
for case in keras*; do
	inputs=
	for input in "$case"/input*.npy; do inputs="$inputs -i $input"; done
	"$binary" run "$case"/model.* $inputs -o y.npy --losses >said 2>complaints
	check "$case: run" $? "$(cat complaints)"
	sed -n 's/^Loss: .*: //p' said | sort -g >values
	check "$case: losses" "$(paste values "$case/losses.txt" | awk "$agree" >wrong; echo $?)" "$(cat wrong)"
	total=$(sed -n 's/^Loss in total: //p' said)
	awk '{ sum += $1 } END { printf "%.17g\n", sum }' "$case/losses.txt" >sum
	check "$case: their total" "$(echo "${total:-0} $(cat sum)" | awk "$agree" >wrong; echo $?)" "$(cat wrong)"
	"$binary" summary "$case"/model.* 2>complaints | sed -n 's/^ \(Loss: .*\)/\1/p' >summary
	same "$case: summary has those of weights" "$(grep '^Loss: ' said | grep -v ', outputs')" "$(cat summary)"
	sed -n "s/.* of its \([a-z]*\) break .*(layer '\(.*\)') \[-Wconstraint-violated\]/\2 \1/p" complaints | sort >violated
	same "$case: constraints" "$(sort "$case/held.txt")" "$(cat violated)"
	same "$case: nothing else" "" "$(grep -v 'Wconstraint-violated' complaints)"
done

# keras-team's Keras 2.2.4, whose activity losses are sums: five times those of five samples.
cat >team.json <<-'END'
	{"class_name": "Sequential", "keras_version": "2.2.4", "config": [{"class_name": "ActivityRegularization",
	 "config": {"name": "a", "l1": 0.5, "batch_input_shape": [null, 8, 2]}}]}
END
sed 's/2\.2\.4/2.2.4-tf/' team.json >tf.json
for file in team tf; do
	"$binary" run $file.json -i keras3_shared/input0.npy -o y.npy --losses | sed -n 's/^Loss: a, outputs, .*: //p' >$file.loss
done
check "activity losses of keras-team's Keras" "$(echo "$(cat team.loss) $(awk '{ printf "%.17g", 5 * $1 }' tf.loss)" | awk "$agree" >wrong; echo $?)" \
	"$(cat wrong)"

# ---- --init -----------------------------------------------------------------------------------------------------------
cat >model.json <<-'END'
	{"class_name": "Sequential", "config": {"name": "m", "layers": [
	 {"class_name": "Conv1D", "config": {"name": "c", "filters": 4, "kernel_size": 3, "batch_input_shape": [null, 12, 2],
	  "bias_initializer": {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.1, "seed": 5}}}},
	 {"class_name": "SeparableConv1D", "config": {"name": "s", "filters": 3, "kernel_size": 3, "activation": "tanh"}},
	 {"class_name": "BatchNormalization", "config": {"name": "b"}},
	 {"class_name": "GlobalAveragePooling1D", "config": {"name": "g"}},
	 {"class_name": "Dense", "config": {"name": "d", "units": 2, "kernel_initializer": "orthogonal"}}]}}
END
"$binary" weights model.json --init 7 -o seven.npz && "$binary" weights model.json --init=7 -o again.npz
check "the same seed, the same weights" "$(cmp -s seven.npz again.npz; echo $?)"
"$binary" weights model.json --init 8 -o eight.npz
check "another seed, other weights" "$(cmp -s seven.npz eight.npz; [ $? = 1 ]; echo $?)"
"$binary" model.json --init 7 -o drawn 2>&1 && "$binary" model.json seven.npz --prefix model -o given
same "drawn weights are those of weights --init" "$(grep -v '^ \*' given/model.c)" "$(grep -v '^ \*' drawn/model.c)"
same "the remake command" "conv1dc model.json --init 7" "$(sed -n 's/^ \*     \(conv1dc .*\)/\1/p' drawn/model.h)"
"$binary" model.json seven.npz --init 9 --prefix model -o kept
check "weights that are given stay, and --init is no part of the command" "$(diff -r given kept >wrong; echo $?)" "$(cat wrong)"
same "verify" "0 failed" "$("$binary" verify model.json --init 7 | sed -n 's/.*passed, //p')"
same "verify, within a TimeDistributed" "0 failed" "$("$binary" verify keras3_times/model.keras --init 7 | sed -n 's/.*passed, //p')"
"$binary" weights keras3_plain/model.keras -o whole.npz
same "nothing is missing" "" "$("$binary" weights keras3_plain/model.keras --init 1 -o all.npz && cmp whole.npz all.npz)"

# A file with too few arrays: what it has stays, the others are drawn as ever.
for layer in 'k "use_bias": false' 'b "bias_initializer": "normal"'; do
	echo "{\"class_name\": \"Conv1D\", \"config\": {\"name\": \"c\", \"filters\": 3, \"kernel_size\": 2,
		\"batch_input_shape\": [null, 8, 2], ${layer#* }}}" >"${layer%% *}.json"
done
"$binary" weights k.json --init 7 -o k7.npy && "$binary" weights k.json --init 8 -o k8.npy && "$binary" weights b.json --init 7 -o b7.npz
"$binary" weights b.json k7.npy --init 7 -o mixed7.npz && "$binary" weights b.json k8.npy --init 7 -o mixed8.npz
check "the rest is drawn" "$(cmp -s b7.npz mixed7.npz; echo $?)"
check "what is there stays" "$(cmp -s b7.npz mixed8.npz; [ $? = 1 ]; echo $?)"
"$binary" weights b.json k8.npy -o none.npz 2>complaints
check "too few arrays are an error without --init" "$([ $? = 1 ] && grep -q 'its bias of the shape (3,) is missing' complaints; echo $?)"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
