#!/bin/sh
# run.sh BINARY: conv1dc tune: what it prints and writes, what compile and verify make of the plan, planted faults, and that
# an interrupted run leaves nothing behind.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
templates=$(realpath templates)
. tests/suite.sh
if ! command -v "${CC:-cc}" >/dev/null; then
	skip "tune: there is no ${CC:-cc}"
	closing
	exit
fi
mkdir "$work/here" "$work/tmp"
cd "$work/here" || exit 1
TMPDIR=$work/tmp
export TMPDIR
expect_status() { # STATUS COMMAND...
	want=$1
	shift
	"$@"
	got=$?
	[ "$got" = "$want" ] || { echo "status $got, not $want"; return 1; }
}
says() { # TEXT COMMAND...: prints it
	text=$1
	shift
	"$@" 2>&1 | tee "$work/said" | grep -qF -- "$text" || { cat "$work/said"; return 1; }
}

# Two layers of one name, a shared shape, an Add: small enough for the kernel with literal weights.
cat >m.json <<-END
	{"class_name": "Functional", "config": {"name": "m", "layers": [
	{"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_input_shape": [null, 24, 4]}, "inbound_nodes": []},
	{"class_name": "Conv1D", "name": "a", "config": {"name": "a", "filters": 4, "kernel_size": 3, "padding": "same"},
	 "inbound_nodes": [[["x", 0, 0, {}]]]},
	{"class_name": "Conv1D", "name": "b", "config": {"name": "b", "filters": 4, "kernel_size": 3, "padding": "same"},
	 "inbound_nodes": [[["a", 0, 0, {}]]]},
	{"class_name": "Add", "name": "s", "config": {"name": "s"}, "inbound_nodes": [[["b", 0, 0, {}], ["x", 0, 0, {}]]]},
	{"class_name": "Conv1D", "name": "c", "config": {"name": "c", "filters": 2, "kernel_size": 1, "activation": "softmax"},
	 "inbound_nodes": [[["s", 0, 0, {}]]]}],
	"input_layers": [["x", 0, 0]], "output_layers": [["c", 0, 0]]}}
END
ok "tune" "$binary" tune m.json --init 1 --seconds 3 -o plans
cp "$work/log" table
ok "the table has every layer" test "$(grep -cE '^│ (a|b|s|c) \(' table)" = 5
ok "the table ends with the whole model" grep -q '^The whole model: .* by the planner' table
ok "the plan has every layer" test "$(grep -c '"layer"' plans/m.plan)" = 5
ok "the second of a name" grep -q '"layer": "c", "occurrence": 2, "kernel": "softmax"' plans/m.plan
ok "no folder is left" test -z "$(ls "$work/tmp")"
ok "compile takes the plan" "$binary" m.json --init 1 --plan plans/m.plan -o made
ok "--check with it" "$binary" m.json --init 1 --plan plans/m.plan -o made --check
ok "verify with it" "$binary" verify m.json --init 1 --plan plans/m.plan
ok "verify --emitted with it" "$binary" verify m.json --init 1 --plan plans/m.plan --emitted made
ok "other weights take it" "$binary" m.json --init 2 --plan plans/m.plan -o other
sed 's/24, 4\]/25, 4]/' m.json >n.json
ok "other shapes do not" expect_status 1 "$binary" n.json --init 1 --plan plans/m.plan -o n
ok "and nothing is written" test ! -e n

# Weights of more than a megabyte, which compilers get apart; all that was tried.
echo '{"class_name": "Dense", "config": {"name": "d", "units": 520, "batch_input_shape": [null, 520]}}' >large.json
ok "a large layer" "$binary" tune large.json --init 1 --seconds 2 -o plans -v
cp "$work/log" table
ok "-v lists what was tried" grep -qE '^  conv1d_tiled +[0-9.]+ (ns|µs|ms)   the planner reckons with [0-9,]+ operations' table

# Every kernel of the layer, by hand: other code, the same bits.
for kernel in conv1d_unrolled conv1d_tiled; do
	cat >hand.plan <<-END
		{"format": "conv1dc plan 1", "target": "c99", "layers": [{"layer": "b", "kernel": "$kernel"}]}
	END
	ok "$kernel by hand" "$binary" m.json --init 1 --plan hand.plan -o $kernel
	ok "$kernel is what b has" says "kernel $kernel" sed -n '/^ \*   b: /,/, kernel /p' $kernel/m.c
	ok "$kernel has the same bits" "$binary" verify m.json --init 1 --plan hand.plan
done
ok "their code differs" expect_status 1 cmp -s conv1d_unrolled/m.c conv1d_tiled/m.c

# A tile by hand: one that is not offered is refused, with those that are; of these, the first and the last make other code and
# the same bits.
echo '{"class_name": "Conv1D", "config": {"name": "v", "filters": 16, "kernel_size": 3, "batch_input_shape": [null, 29, 4]}}' >v.json
tile() { # STEPSxVECTORS
	cat >tile.plan <<-END
		{"format": "conv1dc plan 1", "target": "sse2",
		 "layers": [{"layer": "v", "kernel": "conv1d_vector", "tile": {"steps": ${1%x*}, "vectors": ${1#*x}}}]}
	END
}
tile 99x9
ok "a tile that is not offered" expect_status 1 "$binary" v.json --init 1 --plan tile.plan -o none
offered=$(sed -n 's/.*no tile of 99 steps x 9 vectors here; it has: \(.*\) (layer .*/\1/p' "$work/log" | tr -d ,)
# shellcheck disable=SC2086
set -- $offered
ok "others are" test $# -ge 2
for last in "$@"; do :; done
for tile in "$1" "$last"; do
	tile "$tile"
	ok "tile $tile" "$binary" v.json --init 1 --plan tile.plan -o "$tile"
	ok "tile $tile has the same bits" "$binary" verify v.json --init 1 --plan tile.plan
	sed '1,/^#include/d' "$tile/v.c" >"$tile/code"
done
ok "other tiles, other code" expect_status 1 cmp -s "$1/code" "$last/code"
ok "summary takes a plan" says "target sse2" "$binary" summary v.json --init 1 --plan tile.plan

# A kernel whose template computes something else is found out.
mkdir -p wrong/kernels
sed 's/\[f\] = \${K.has_bias/[f] = 1.0f + ${K.has_bias/' "$templates/kernels/conv1d_tiled.ct" >wrong/kernels/conv1d_tiled.ct
ok "a wrong kernel" expect_status 4 "$binary" tune m.json --init 1 --seconds 2 --templates wrong -o wrong/out
cp "$work/log" said
ok "it is named" grep -qE "layer 'a' \(Conv1D\), conv1d_(tiled|unrolled): other bits from step 0, channel 0 on" said
ok "no plan is written" test ! -e wrong/out

# What cannot be measured.
ok "no compiler" expect_status 3 env CC=absent "$binary" tune m.json --init 1 -o absent
ok "a compiler that fails" expect_status 3 env CC=false "$binary" tune m.json --init 1 -o absent
machine=$(uname -m)
foreign=neon
[ "$machine" = aarch64 ] && foreign=sse2
ok "a foreign target" expect_status 2 "$binary" tune m.json --init 1 --target $foreign -o absent
ok "says so" says "the target $foreign cannot be measured here" "$binary" tune m.json --init 1 --target $foreign -o absent
ok "nothing is written" test ! -e absent
ok "bench: a foreign target" expect_status 2 "$binary" bench m.json --init 1 --target $foreign
ok "bench: no compiler" expect_status 3 env CC=absent "$binary" bench m.json --init 1
ok "bench: every layer" says "The whole model: " "$binary" bench m.json --init 1
ok "nothing is left" test -z "$(ls "$work/tmp")"

# Interrupted in the middle.
"$binary" tune m.json --init 1 --seconds 60 -o interrupted >/dev/null 2>&1 &
sleep 1
kill -TERM $!
{ wait $!; } 2>/dev/null
ok "an interrupted run ends by the signal" test $? = 143
ok "it leaves no folder" test -z "$(ls "$work/tmp")"
ok "it leaves no plan" test ! -e interrupted
closing
