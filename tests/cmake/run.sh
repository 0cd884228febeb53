#!/bin/sh
# run.sh BINARY: what make install puts down serves pkg-config and CMake: conv1dc_add_model() with make and ninja, for the host
# and with the toolchain file of examples/firmware; what is touched is made anew, and nothing else.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
unset CMAKE_GENERATOR CMAKE_PREFIX_PATH CMAKE_TOOLCHAIN_FILE conv1dc_DIR
version=$("$binary" --version | sed -n '1s/.*\([0-9][0-9]*\.[0-9]*\.[0-9]*\).*/\1/p')
installed="$work/in stalled"
ok "make install" make BUILD="$(dirname "$binary")" PREFIX=/prefix DESTDIR="$installed" install
root=$installed/prefix

says() { # WANTED COMMAND...
	wanted=$1
	shift
	got=$("$@") && [ "$got" = "$wanted" ] || { echo "wanted: $wanted, got: $got"; return 1; }
}
export PKG_CONFIG_PATH="$root/share/pkgconfig"
ok "pkg-config: version" says "$version" pkg-config --modversion conv1dc
ok "pkg-config: the program" says /prefix/bin/conv1dc pkg-config --variable=conv1dc conv1dc

if ! command -v cmake >/dev/null; then
	skip "cmake is not installed"
	closing
	exit
fi

# ---- versions -----------------------------------------------------------------------------------------------
mkdir "$work/version"
finds() { # VERSION
	printf 'cmake_minimum_required(VERSION 3.10)\nproject(v NONE)\nfind_package(conv1dc %s REQUIRED)\n' "$1" >"$work/version/CMakeLists.txt"
	rm -rf "$work/version/build"
	cmake -S "$work/version" -B "$work/version/build" "-DCMAKE_PREFIX_PATH=$root"
}
refuses() {
	! finds "$1"
}
minor=${version%.*}
ok "finds any" finds ""
ok "finds $minor" finds "$minor"
ok "finds $version EXACT" finds "$version EXACT"
ok "refuses $minor.99" refuses "$minor.99"
ok "refuses ${minor}0" refuses "${minor}0"
ok "refuses 99.0" refuses 99.0

# ---- the host -----------------------------------------------------------------------------------------------
builds() { # what it did is in $work/did
	cmake --build "$1" -j2 >"$work/did" 2>&1
	status=$?
	cat "$work/did"
	return $status
}
did() { # PATTERN
	grep -q "$1" "$work/did" || { cat "$work/did"; return 1; }
}
did_not() {
	! did "$1"
}
plan() {
	printf '{ "format": "conv1dc plan 1", "target": "c99", "fp": "separate", "comment": "%s", "layers": [] }\n' "$1"
}
for generator in "Unix Makefiles" Ninja; do
	[ "$generator" != Ninja ] || command -v ninja >/dev/null || { skip "ninja is not installed"; continue; }
	app="$work/app with $generator"
	cp -r tests/cmake/app "$app"
	cp examples/ecg/ecg.keras "$app/my model v1.0.keras"
	for suffix in json npz; do cp examples/layer/layer.$suffix "$app/filter.$suffix"; done
	plan first >"$app/filter.plan"
	policies=3.10
	[ "$generator" = Ninja ] && policies=3.20 # what -x is passed for, and paths of depfiles, changed
	ok "$generator: configures" cmake -G "$generator" -S "$app" -B "$app/build" "-DCMAKE_PREFIX_PATH=$root" -DLANGUAGES=C \
		-DPOLICIES=$policies
	ok "$generator: builds" builds "$app/build"
	ok "$generator: runs" "$app/build/app"
	ok "$generator: the self-test stands there" test -f "$app/build/app.conv1dc/my_model_v1_0/my_model_v1_0_test.c"
	ok "$generator: once more" builds "$app/build"
	ok "$generator: makes nothing" did_not 'Building\|conv1dc: '
	touch "$app/my model v1.0.keras"
	ok "$generator: model touched" builds "$app/build"
	ok "$generator: is compiled" did 'conv1dc: my_model_v1_0'
	ok "$generator: and built" did 'Building .*my_model_v1_0.c'
	ok "$generator: not the other" did_not 'Building .*net.c'
	if ! printf '3.20\n%s\n' "$(cmake --version | sed -n '1s/.* //p')" | sort -CV; then
		skip "a plan that changed is noticed from CMake 3.20 on"
		continue
	fi
	plan second >"$app/filter.plan" # named in the depfile alone
	ok "$generator: plan changed" builds "$app/build"
	ok "$generator: its model is compiled" did 'conv1dc: net'
	ok "$generator: not the first" did_not 'conv1dc: my_model_v1_0'
	printf '{' >"$app/filter.json"
	fails() {
		! builds "$app/build" && did 'filter.json:1:2: error'
	}
	ok "$generator: a model that is wrong stops the build" fails
done

# A project of C++ alone.
app="$work/app with C++"
cp -r "tests/cmake/app" "$app"
mv "$app/main.c" "$app/main.cpp" && mv "$app/below/below.c" "$app/below/below.cpp"
sed -i 's/main\.c/main.cpp/; s/below\.c/below.cpp/' "$app/CMakeLists.txt" "$app/below/CMakeLists.txt"
cp examples/ecg/ecg.keras "$app/my model v1.0.keras"
for suffix in json npz; do cp examples/layer/layer.$suffix "$app/filter.$suffix"; done
plan any >"$app/filter.plan"
for policies in 3.10 3.20; do
	rm -rf "$app/build"
	ok "C++, policies of $policies: configures" cmake -S "$app" -B "$app/build" "-DCMAKE_PREFIX_PATH=$root" -DLANGUAGES=CXX \
		-DPOLICIES=$policies
	ok "C++: builds" builds "$app/build"
	ok "C++: runs" "$app/build/app"
done

# ---- a microcontroller ----------------------------------------------------------------------------------------
if command -v arm-none-eabi-gcc >/dev/null; then
	mkdir "$work/examples"
	cp -r examples/ecg examples/firmware "$work/examples"
	firmware=$work/examples/firmware
	ok "firmware configures" cmake -S "$firmware" -B "$work/firmware" -DCMAKE_TOOLCHAIN_FILE=arm-none-eabi.cmake \
		"-DCMAKE_PREFIX_PATH=$root"
	ok "firmware builds" builds "$work/firmware"
	ok "without a warning" did_not 'warning'
	ok "firmware configures with --weights incbin" cmake -S "$firmware" -B "$work/firmware" "-DECG_OPTIONS=--weights;incbin"
	ok "and builds" builds "$work/firmware"
	ok "without a warning" did_not 'warning'
	placed() { # SECTION SYMBOL
		objdump -t "$work/firmware/firmware.elf" | grep -q " $1[[:space:]].* $2\$"
	}
	ok "its weights are placed" placed '\.ecg_weights' ecg_conv2_weights
	ok "its context is placed" placed '\.ecg_context' context
else
	skip "arm-none-eabi-gcc is not installed"
fi

closing
