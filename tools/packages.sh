#!/bin/sh
# packages.sh check|install [build|demo|test|firmware|bench|ci]: what this machine lacks for that, by Debian's names.
# check names it and fails; install lets the system's package manager bring it, with sudo where needed, and says so.
set -eu
action=${1:?check or install}
purpose=${2:-build}

# What is looked for and the package that brings it: "pc:NAME" by pkg-config, else a command.
build="cc:gcc make:make pkg-config:pkg-config pc:libcjson:libcjson-dev pc:lua5.4:liblua5.4-dev pc:hdf5:libhdf5-dev
	pc:libzip:libzip-dev pc:libmd:libmd-dev"
demo="$build"
test="$build pc:cmocka:libcmocka-dev clang:clang g++:g++ mpfr.h:libmpfr-dev tcc:tcc zip:zip
	qemu-arm:qemu-user arm-linux-gnueabihf-gcc:gcc-arm-linux-gnueabihf arm-none-eabi-gcc:gcc-arm-none-eabi
	aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu qemu-aarch64:qemu-user cmake:cmake ninja:ninja-build"
firmware="$build arm-none-eabi-gcc:gcc-arm-none-eabi arm/newlib:libnewlib-arm-none-eabi qemu-system-arm:qemu-system-arm
	riscv64-unknown-elf-gcc:gcc-riscv64-unknown-elf riscv/picolibc:picolibc-riscv64-unknown-elf
	qemu-system-riscv32:qemu-system-misc g++:g++ cmake:cmake
	arduino-builder:arduino-builder arduino-ctags:arduino-ctags"
bench="$build clang:clang zip:zip oneapi/dnnl/dnnl.h:libdnnl-dev"
ci="$test $firmware clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck libFuzzer:libclang-rt-14-dev"
eval "wanted=\$$purpose"

has() {
	case $1 in
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	*.h) echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1 ;;
	arm/newlib) echo '#include <string.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1 ;;
	riscv/picolibc) echo '#include <string.h>' | riscv64-unknown-elf-gcc --specs=picolibc.specs -E - >/dev/null 2>&1 ;;
	libFuzzer) echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n > 99; }' |
		clang -x c -fsanitize=fuzzer - -o /dev/null >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

missing=
for entry in $wanted; do
	has "${entry%:*}" || missing="$missing ${entry##*:}"
done
[ -n "$missing" ] || exit 0

if [ "$action" = check ]; then
	echo "conv1dc needs these packages to $purpose:$missing" >&2
	echo "install them with: apt-get install$missing   (make test and make demo do so by themselves)" >&2
	exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "conv1dc needs (Debian's names):$missing; there is no apt-get here: install them by hand" >&2
	exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing what is missing:$missing"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $missing >/dev/null
