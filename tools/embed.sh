#!/bin/sh
# embed.sh FILE...: the files as a C table (emit.h: struct embedded), so that the binary stands alone.
set -eu
echo '/* Made by tools/embed.sh; do not edit. */'
echo '#include "emit/emit.h"'
n=0
for file in "$@"; do
	echo "static const unsigned char file_$n[] = {"
	od -An -v -tu1 "$file" | sed 's/  */ /g; s/^ //; s/ $//; s/ /,/g; s/$/,/'
	echo '0 };'
	n=$((n + 1))
done
echo 'const struct embedded embedded_files[] = {'
n=0
for file in "$@"; do
	echo "	{ \"$file\", file_$n, sizeof file_$n - 1 },"
	n=$((n + 1))
done
echo '	{ 0, 0, 0 }'
echo '};'
