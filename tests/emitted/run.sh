#!/bin/sh
# run.sh BINARY: what the contract promises of every emitted file, over this project's models:
# no warning from any compiler as C99 and C++17, the same bytes wherever and whenever it is made, --check, linking
# two models together, and, with the sanitizers, a clean run of verify.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual -Werror"
expect_status() { # STATUS COMMAND...
	want=$1
	shift
	"$@"
	got=$?
	[ "$got" = "$want" ] || { echo "status $got, not $want"; return 1; }
}

# COMMAND and what makes it compile alone; the first word is what has to be installed.
compilers() {
	cat <<-END
		gcc -std=c99 -Wmissing-prototypes -O2
		gcc -std=c99 -Wmissing-prototypes -O3 -march=native
		gcc -std=c11 -Wmissing-prototypes -Os
		g++ -x c++ -std=c++17 -O2
		clang -std=c99 -Wmissing-prototypes -O2
		clang++ -x c++ -std=c++17 -O2
		arm-none-eabi-gcc -std=c99 -Wmissing-prototypes -O2 -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
		arm-none-eabi-gcc -std=c99 -Wmissing-prototypes -Os -mcpu=cortex-m0plus
	END
}

mkdir "$work/models"
tar -xzf tests/conformance/keras.tar.gz -C "$work/models"
rm "$work/models/ke003.keras"    # needs --steps
models=$(ls examples/*/*.keras "$work"/models/*.keras)
n=0
for model in $models; do
	n=$((n + 1))
	name=m$n
	ok "$model compiles" "$binary" compile "$model" -o "$work/a" --prefix $name -q
	LC_ALL=C.UTF-8 TZ=Asia/Tokyo ok "$model compiles elsewhere" "$binary" compile "$(realpath "$model")" -o "$work/b/c" \
		--prefix $name -q
	ok "$model: same bytes" cmp "$work/a/$name.c" "$work/b/c/$name.c"
	ok "$model: same header" cmp "$work/a/$name.h" "$work/b/c/$name.h"
	ok "$model: --check agrees" "$binary" compile "$model" -o "$work/a" --prefix $name --check
done
compilers >"$work/compilers"
while read -r command; do
	if ! command -v "${command%% *}" >/dev/null; then
		skip "${command%% *} is not installed"
		continue
	fi
	for file in "$work"/a/*.c; do
		# shellcheck disable=SC2086
		ok "strict warnings" $command $warnings -c "$file" -o "$work/object.o"
	done
done <"$work/compilers"

# Nothing that firmware lacks is referenced, nothing is written, and two models link together.
for file in "$work"/a/*.c; do gcc -std=c99 -O2 -c "$file" -o "${file%.c}.o"; done
foreign=$(nm -u "$work"/a/*.o 2>/dev/null | grep -vE ':$|^$' | grep -vE ' (memcpy|memset|memmove|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$')
ok "no foreign symbol" test -z "$foreign"
written=$(nm "$work"/a/*.o 2>/dev/null | grep -E ' [BbDdCG] ')
ok "no written global" test -z "$written"
ok "all models link together" gcc -r -nostdlib -o "$work/all.o" "$work"/a/*.o

# No function's text grows with the layer: of these models, and of layers in which something is many.
short_functions() { # FILE.c...
	awk -f tests/emitted/longest.awk "$@" >"$work/longest"
	cat "$work/longest"
	[ "$(wc -l <"$work/longest")" = 1 ]
}
n=0
while read -r shape class config; do
	n=$((n + 1))
	printf '{"class_name": "%s", "config": {"name": "l", %s}}\n' "$class" "$config" >"$work/many.json"
	for target in c99 avx512 neon; do
		ok "$shape $class $config for $target" "$binary" "$work/many.json" --input-shape "$shape" --init 1 --target $target \
			--weights incbin --prefix "many${n}_$target" -q -o "$work/many"
	done
done <<-END
	700x3 Conv1D "filters": 31, "kernel_size": 11, "padding": "same"
	700x2 Conv1D "filters": 3, "kernel_size": 170, "padding": "same"
	40x1 Conv1D "filters": 2, "kernel_size": 600, "padding": "same"
	40x31 Conv1D "filters": 33, "kernel_size": 1, "activation": "tanh"
	99x40 Conv1D "filters": 40, "kernel_size": 9, "groups": 20
	40x99 Conv1D "filters": 40, "kernel_size": 9, "data_format": "channels_first"
	90x5 Conv1DTranspose "filters": 20, "kernel_size": 40, "strides": 3
	400x100 DepthwiseConv1D "kernel_size": 300, "padding": "same"
	400x8 SeparableConv1D "filters": 20, "kernel_size": 20
	400x100 MaxPooling1D "pool_size": 300, "padding": "same", "strides": 1
	400x100 AveragePooling1D "pool_size": 30, "padding": "same", "strides": 1
	1000 Dense "units": 7
	100 Dense "units": 500
	30x1000 LayerNormalization "epsilon": 0.1
	30x1000 PReLU "shared_axes": [1]
END
ok "no long straight-line code" short_functions "$work"/a/*.c "$work"/many/*.c
ok "long straight-line code would be seen" test "$(printf 'void f(void)\n{\n%s\n}\n' "$(yes 'a += b * c;' | head -n 1025)" |
	awk -f tests/emitted/longest.awk - | wc -l)" = 2

# --weights incbin: three files, compiled from another folder, without a warning; every symbol of the tables hidden, no stack
# that is executable, nothing written, and the same bits: verify.
for model in examples/tcn/tcn.keras tests/golden/apart.json; do
	weights=
	case $model in *.json) weights=${model%.json}.npz ;; esac
	ok "$model compiles to three files" "$binary" compile "$model" $weights --weights incbin -o "$work/three" --prefix m \
		-Wno-non-finite-weights -q
	while read -r command; do
		command -v "${command%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		ok "strict warnings of the tables" $(echo "$command" | sed 's/-x c++//') $warnings -c -x assembler-with-cpp \
			"$work/three/m_weights.S" -o "$work/object.o"
		# shellcheck disable=SC2086
		ok "strict warnings beside the tables" $command $warnings -c "$work/three/m.c" -o "$work/object.o"
	done <"$work/compilers"
	for cc in gcc clang; do
		command -v $cc >/dev/null || continue
		ok "a library of $cc" $cc -O2 -fPIC -shared "$work/three/m.c" "$work/three/m_weights.S" -Wl,--fatal-warnings -o "$work/m.so"
		ok "only the interface is seen" test "$(nm -D --defined-only "$work/m.so" | grep -c ' m_')" = 1
		ok "no executable stack" test -z "$(readelf -lW "$work/m.so" | grep 'GNU_STACK.*E')"
		CC=$cc ok "verify --weights incbin" "$binary" verify "$model" $weights --weights incbin -q -Wno-non-finite-weights
	done
	ok "verify --emitted takes the tables there" "$binary" verify "$model" $weights --emitted "$work/three" --prefix m -q -Wno-non-finite-weights
	sed 's/\(\.quad 0x[0-9a-f]*\)[0-7],/\18,/' "$work/three/m_weights.S" >"$work/edited" && cp "$work/edited" "$work/three/m_weights.S"
	ok "verify --emitted sees a changed bit" expect_status 4 "$binary" verify "$model" $weights --emitted "$work/three" --prefix m -q -Wno-non-finite-weights
	sed '/\.quad/{s/,.*//;:a;n;ba}' "$work/edited" >"$work/three/m_weights.S"
	ok "a shortened table does not assemble" expect_status 1 cc -c "$work/three/m_weights.S" -o "$work/object.o"
	rm "$work/three/m_weights.S"
	ok "verify --emitted misses the tables" expect_status 3 "$binary" verify "$model" $weights --weights incbin --emitted "$work/three" \
		--prefix m -q -Wno-non-finite-weights
done

# --weights embed: where the compiler has no #embed it says so, and verify that it could not judge.
if echo 'int embed = __has_embed("x");' | ${CC:-cc} -E - 2>/dev/null | grep -q __has_embed; then
	ok "verify --weights embed" expect_status 3 "$binary" verify examples/tcn/tcn.keras --weights embed -q
	"$binary" verify examples/tcn/tcn.keras --weights embed -q 2>"$work/said"
	ok "says which compilers have #embed" grep -q 'on #embed of C23, which --weights embed needs; nothing was checked' "$work/said"
else
	ok "verify --weights embed" "$binary" verify examples/tcn/tcn.keras --weights embed -q
fi

# --check after one edited character.
first=$(echo "$models" | head -n 1)
sed 's/[0-9]f/7&/' "$work/a/m1.c" >"$work/edited" && cp "$work/edited" "$work/a/m1.c"
ok "--check sees an edited character" expect_status 4 "$binary" compile "$first" -o "$work/a" --prefix m1 --check
ok "--check wrote nothing" cmp "$work/edited" "$work/a/m1.c"
ok "verify --emitted sees it" expect_status 4 "$binary" verify "$first" --emitted "$work/a" --prefix m1 -q
before=$(stat -c %Y "$work/a/m2.c")
sleep 1
ok "an unchanged file is made again" "$binary" compile "$(echo "$models" | sed -n 2p)" -o "$work/a" --prefix m2 -q
ok "its time stamp stays" test "$before" = "$(stat -c %Y "$work/a/m2.c")"

for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		skip "$cc is not installed"
		continue
	fi
	for model in $models; do
		CC=$cc CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" \
			ok "$model: verify with $cc and its sanitizers" "$binary" verify "$model" -q
	done
done
# Without its compiler a microcontroller's target is not checked, and the package is named.
lacks() { # COMMAND...
	mkdir -p "$work/nothing"
	PATH=$work/nothing "$binary" "$@" 2>"$work/lacks"
	[ $? = 3 ] && grep -q 'nothing was [a-z]* (Debian: apt-get install gcc-' "$work/lacks"
}
for target in cortex-m4f rv32imc; do
	ok "verify without a compiler" lacks verify examples/tcn/tcn.keras --target $target -q
	ok "bench without a compiler" lacks bench examples/tcn/tcn.keras --target $target -q
done
ok "verify of a model larger than the board" expect_status 3 "$binary" verify tests/emitted/large.json --init 1 --input-shape 3000 --target cortex-m4f -q

closing
