#!/bin/sh
# manifest-tools.sh DIR: what checks the manifests of examples/firmware, from PyPI into virtual environments under DIR:
# DIR/pio (PlatformIO), DIR/idf (ESP-IDF's component manager), DIR/check (validators of schemas).  Then:
# MANIFEST_TOOLS=DIR sh tests/firmware/layouts.sh build/conv1dc
set -eu
dir=${1:?the folder for them}
for set in pio:platformio idf:idf-component-manager "check:pyyaml jsonschema pykwalify kconfiglib"; do
	name=${set%%:*}
	[ -x "$dir/$name/bin/python" ] || python3 -m venv "$dir/$name"
	# shellcheck disable=SC2086
	"$dir/$name/bin/pip" install -q ${set#*:}
done
