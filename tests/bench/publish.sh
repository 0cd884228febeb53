#!/bin/sh
# publish.sh FOLDER DOCS: what the last make bench wrote, into DOCS/performance.md behind its marker, with the drawings.
set -eu
folder=$1 docs=$2
for file in results.md layers.svg growth.svg; do
	[ -f "$folder/$file" ] || { echo "no $folder/$file: make bench first" >&2; exit 1; }
done
sed '/^<!-- results/q' "$docs/performance.md" >"$folder/performance.md"
cat "$folder/results.md" >>"$folder/performance.md"
mv "$folder/performance.md" "$docs/performance.md"
cp "$folder/layers.svg" "$docs/performance-layers.svg"
cp "$folder/growth.svg" "$docs/performance-growth.svg"
echo "written: $docs/performance.md, $docs/performance-layers.svg, $docs/performance-growth.svg"
