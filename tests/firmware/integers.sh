#!/bin/sh
# integers.sh BINARY [FOLDER]: quantised layers of odd shapes, scales and zero points on the cores with the DSP extension, bit for bit against
# the interpreter: the assembly, the C beside it, weights in 16 bits, a few rows at a time.  FOLDER: models of draw_integers.py to
# try instead of those of integers.tar.gz.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
. tests/suite.sh

for tool in arm-none-eabi-gcc qemu-system-arm; do
	command -v $tool >/dev/null || { skip "integers with the DSP extension: $tool is not installed"; closing; exit; }
done
if [ $# -gt 1 ]; then
	models=$(realpath "$2")
else
	models=$work/models
	mkdir "$models"
	tar -xzf tests/firmware/integers.tar.gz -C "$models"
fi
verified() { # MODEL CFLAGS OPTIONS...
	model=$1
	flags=$2
	shift 2
	CFLAGS=$flags "$binary" verify "$model" -q "$@"
}
n=0
for model in "$models"/*.tflite; do
	name=$(basename "$model" .tflite)
	macro=$(echo "$name" | tr '[:lower:]' '[:upper:]')
	n=$((n + 1))
	case $((n % 6)) in
	0) set -- cortex-m4f -O2 ;;
	1) set -- cortex-m7 -O2 --weight-bits 16 ;;
	2) set -- cortex-m33 -O0 ;;
	3) set -- cortex-m4f "-Os -D${macro}_ASSEMBLY=0" ;;
	4) set -- cortex-m4f -O2 --block 4 ;;
	5) set -- cortex-m4f -O3 --weight-bits 16 --block 2 ;;
	esac
	target=$1
	flags=$2
	shift 2
	ok "$name on $target, $flags $*" verified "$model" "$flags" --target "$target" "$@"
done
closing
