#!/bin/sh
# layouts.sh BINARY: the folders that examples/firmware makes for Zephyr, ESP-IDF, Arduino and PlatformIO.
# Each is built and its example run: the Arduino sketch, by hand and by arduino-builder, on a Cortex-M4F under QEMU over a stub
# of Arduino's core; the others on this machine, Zephyr's and ESP-IDF's by stubs of their build systems (stubs/).  The
# manifests are judged by the tools' own schemas and linters, where these are: in $MANIFEST_TOOLS (tools/manifest-tools.sh),
# $ARDUINO_LINT (arduino-lint's sources) and $ZEPHYR_BASE.  $PIO_CORE: a PLATFORMIO_CORE_DIR with the platform native, else
# pio run is skipped.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh
stubs=$PWD/tests/firmware/stubs
has() { # WHAT FOR, COMMAND: or skips
	command -v "$2" >/dev/null && return
	skip "$1: $2 is not there"
	return 1
}

ok "the folders are made" make -C examples/firmware OUT="$work" CONV1DC="$binary" layouts
layouts=$work/layouts
says_beats() { # COMMAND...
	"$@" >"$work/said" 2>&1
	status=$?
	cat "$work/said"
	[ $status = 0 ] && [ "$(grep -c '^beat ' "$work/said")" = 20 ] && grep -q 'beat .*11686 ms' "$work/said" &&
		grep -q '^20 beats by the network, 20 by the classical detector; 20 agree' "$work/said"
}
build() { # SOURCE FOLDER WORDS...
	from=$1 to=$2
	shift 2
	cmake -S "$from" -B "$to" "$@" && cmake --build "$to"
}

# ---- Arduino ----------------------------------------------------------------------------------------------------
arduino=$layouts/arduino/EcgBeats
sketch() {
	board=examples/firmware/board
	cpu="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
	flags="$cpu -Os -w -ffunction-sections -fdata-sections -I$arduino/src -I$board -I$stubs/arduino"
	objects=
	# As Arduino does: sources as gnu11, the sketch as gnu++17 behind its header.
	for file in "$arduino"/src/*.c $board/*.c; do
		object=$work/$(basename "$file").o objects="$objects $work/$(basename "$file").o"
		arm-none-eabi-gcc $flags -std=gnu11 -c "$file" -o "$object" || return 1
	done
	for file in "$arduino/examples/Beats/Beats.ino" "$stubs/arduino/main.cpp"; do
		object=$work/$(basename "$file").o objects="$objects $work/$(basename "$file").o"
		arm-none-eabi-g++ $flags -std=gnu++17 -fno-exceptions -fno-rtti -include Arduino.h -x c++ -c "$file" -o "$object" || return 1
	done
	arm-none-eabi-gcc $cpu -nostartfiles -Wl,--gc-sections -T $board/mps2-an386.ld $objects -o "$work/sketch.elf"
}
emulated() {
	says_beats timeout 300 qemu-system-arm -M mps2-an386 -display none -monitor none -serial stdio \
		-semihosting-config enable=on,target=native -kernel "$work/sketch.elf" </dev/null
}
# Arduino's own builder finds the library by the sketch's #include, the stub of the core stands as a board's platform.
built() {
	platform=$work/hardware/conv1dc/arm
	mkdir -p "$platform/cores/stub" "$work/built" "$work/tools" && cp "$stubs"/arduino/*.txt "$platform" &&
		cp "$stubs/arduino/Arduino.h" "$stubs/arduino/main.cpp" examples/firmware/board/* "$platform/cores/stub" &&
		arduino-builder -compile -hardware "$work/hardware" -hardware /usr/share/arduino-builder -tools "$work/tools" -fqbn conv1dc:arm:an386 \
			-libraries "$layouts/arduino" -build-path "$work/built" -warnings all "$arduino/examples/Beats/Beats.ino" >"$work/builder" 2>&1
	status=$?
	cat "$work/builder"
	rm -f "$work/sketch.elf"
	[ $status = 0 ] && ! grep -q 'warning:' "$work/builder" && mv "$work/built/Beats.ino.elf" "$work/sketch.elf"
}
if has "the sketch" arm-none-eabi-g++; then
	ok "the sketch compiles for a Cortex-M4F" sketch
	has "the sketch" qemu-system-arm && ok "the sketch runs" emulated
	if has "the sketch by Arduino's builder" arduino-builder; then
		ok "Arduino's builder compiles the sketch" built
		has "what it built" qemu-system-arm && ok "what it built runs" emulated
	fi
fi
# The library specification, as far as it can be said in a line: folders, names, the properties that have to be there.
specified() {
	for key in name version author maintainer sentence paragraph category url architectures; do
		[ "$(grep -c "^$key=." "$arduino/library.properties")" = 1 ] || { echo "$key"; return 1; }
	done
	grep -qE '^version=[0-9]+\.[0-9]+\.[0-9]+$' "$arduino/library.properties" &&
		test -f "$arduino/src/$(sed -n 's/^includes=//p' "$arduino/library.properties")" &&
		test ! -e "$arduino/utility" && test -f "$arduino/examples/Beats/Beats.ino" &&
		awk -F'\t' '!/^#/ && NF && (NF < 2 || $2 !~ /^(KEYWORD[123]|LITERAL[12])$/) { exit 1 }' "$arduino/keywords.txt"
}
ok "Arduino: laid out as its specification says" specified

# ---- Zephyr, ESP-IDF ----------------------------------------------------------------------------------------------
zephyr=$layouts/zephyr/ecg_beats idf=$layouts/esp-idf/ecg_beats
if has "Zephyr and ESP-IDF" cmake; then
	ok "Zephyr: the sample builds over a stub" build "$zephyr/samples/beats" "$work/zephyr" "-DZephyr_DIR=$stubs/zephyr/cmake" \
		"-DZEPHYR_EXTRA_MODULES=$zephyr"
	ok "Zephyr: the sample runs" says_beats "$work/zephyr/app"
	export IDF_PATH="$stubs/esp-idf"
	ok "ESP-IDF: the example builds over a stub" build "$idf/examples/beats" "$work/idf"
	ok "ESP-IDF: the example runs" says_beats "$work/idf/beats.elf"

	# The same with the model instead of what was made of it: conv1dc_add_model() in their builds.
	ok "make install" make BUILD="$(dirname "$binary")" PREFIX="$work/prefix" install
	for folder in zephyr/ecg_beats esp-idf/ecg_beats; do
		mkdir -p "$work/inside/$folder" && cp -r "$layouts/$folder/." "$work/inside/$folder"
		rm "$work/inside/$folder/src/ecg.c" "$work/inside/$folder/include/ecg.h"
		cp examples/ecg/ecg.keras "$work/inside/$folder"
	done
	sed -i 's|src/ecg.c ||; s|^endif|find_package(conv1dc REQUIRED)\nconv1dc_add_model(${ZEPHYR_CURRENT_LIBRARY} ecg.keras)\nendif|' \
		"$work/inside/zephyr/ecg_beats/CMakeLists.txt"
	sed -i 's|"src/ecg.c" ||; $a find_package(conv1dc REQUIRED)\nconv1dc_add_model(${COMPONENT_LIB} ecg.keras)' \
		"$work/inside/esp-idf/ecg_beats/CMakeLists.txt"
	printf 'find_package(conv1dc REQUIRED)\nconv1dc_add_model(app ../../ecg.keras PREFIX ecg)\n' >>"$work/inside/zephyr/ecg_beats/samples/beats/CMakeLists.txt"
	ok "Zephyr: with conv1dc in the build" build "$work/inside/zephyr/ecg_beats/samples/beats" "$work/inside/zephyr/build" \
		"-DZephyr_DIR=$stubs/zephyr/cmake" "-DZEPHYR_EXTRA_MODULES=$work/inside/zephyr/ecg_beats" "-DCMAKE_PREFIX_PATH=$work/prefix"
	ok "Zephyr: it runs" says_beats "$work/inside/zephyr/build/app"
	ok "ESP-IDF: with conv1dc in the build" build "$work/inside/esp-idf/ecg_beats/examples/beats" "$work/inside/esp-idf/build" \
		"-DCMAKE_PREFIX_PATH=$work/prefix"
	ok "ESP-IDF: it runs" says_beats "$work/inside/esp-idf/build/beats.elf"
fi

# ---- PlatformIO ---------------------------------------------------------------------------------------------------
pio=$layouts/platformio/ecg-beats
native() {
	cc -std=c99 -O2 "-I$pio/include" -c "$pio/src/ecg.c" -o "$work/ecg.o" && cc -std=c99 -O2 "-I$pio/include" -c "$pio/src/beats.c" \
		-o "$work/beats.o" && c++ "-I$pio/include" "$pio/examples/beats/src/main.cpp" "$work/ecg.o" "$work/beats.o" -o "$work/native"
}
ok "PlatformIO: the example compiles for this machine" native
ok "PlatformIO: the example runs" says_beats "$work/native"

# ---- the tools' own judgement --------------------------------------------------------------------------------------
tools=${MANIFEST_TOOLS:-/nowhere}
manifests() { # ENVIRONMENT WORDS...
	"$tools/$1/bin/python" tests/firmware/manifests.py "$2" "$3" ${4+"$4"}
}
refuses() {
	! manifests "$@"
}
if has "PlatformIO's schema (MANIFEST_TOOLS)" "$tools/pio/bin/pio"; then
	ok "PlatformIO: its schema and pio pkg pack" manifests pio pio "$pio"
	ok "PlatformIO reads the Arduino library" manifests pio pio "$arduino"
	cp -r "$pio" "$work/wrong" && sed -i 's/"0.1.0"/"one"/' "$work/wrong/library.json"
	ok "and refuses a wrong version" refuses pio pio "$work/wrong"
	if [ -n "${PIO_CORE:-}" ]; then
		ok "pio run -e native" env PLATFORMIO_CORE_DIR="$PIO_CORE" "$tools/pio/bin/pio" run -d "$pio/examples/beats" -e native
		ok "what pio built runs" says_beats "$pio/examples/beats/.pio/build/native/program"
	else
		skip "pio run -e native: no PIO_CORE with the platform native"
	fi
fi
if has "ESP-IDF's linter (MANIFEST_TOOLS)" "$tools/idf/bin/compote"; then
	ok "ESP-IDF: compote manifest lint" "$tools/idf/bin/compote" manifest lint "$idf"
	packs() {
		(cd "$idf" && "$tools/idf/bin/compote" component pack --name ecg_beats --dest-dir "$work/dist")
	}
	ok "ESP-IDF: compote component pack" packs
fi
if has "Kconfig (MANIFEST_TOOLS)" "$tools/check/bin/python"; then
	ok "Zephyr: Kconfig" manifests check kconfig "$zephyr/Kconfig" ECG_BEATS
	schemas=${ARDUINO_LINT:-/nowhere}/etc/schemas
	if [ -d "$schemas" ]; then
		ok "Arduino: arduino-lint's schemas, the strict one too" manifests check arduino "$arduino/library.properties" "$schemas"
		sed 's/^category=.*/category=Beats/' "$arduino/library.properties" >"$work/wrong.properties"
		ok "and they refuse a wrong category" refuses check arduino "$work/wrong.properties" "$schemas"
	else
		skip "Arduino: no ARDUINO_LINT with the sources of arduino-lint"
	fi
	schemas=${ZEPHYR_BASE:-/nowhere}/scripts/schemas
	if [ -d "$schemas" ]; then
		ok "Zephyr: module.yml" manifests check zephyr "$zephyr/zephyr/module.yml" "$schemas/module-schema.yaml"
		ok "Zephyr: sample.yaml" manifests check zephyr "$zephyr/samples/beats/sample.yaml" "$schemas/twister/testsuite-schema.yaml"
		sed 's/min_ram: 32/min_ram: much/' "$zephyr/samples/beats/sample.yaml" >"$work/wrong.yaml"
		ok "and refuses wrong RAM" refuses check zephyr "$work/wrong.yaml" "$schemas/twister/testsuite-schema.yaml"
	else
		skip "Zephyr: no ZEPHYR_BASE"
	fi
fi

closing
