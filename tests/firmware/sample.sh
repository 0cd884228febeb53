# sample.sh: sourced by tests that quantise layers: data to calibrate with.

# SHAPE (16x3) FILE: one sample of bytes, the same everywhere, as .npy
sample() {
	head="{'descr': '|i1', 'fortran_order': False, 'shape': (1, $(echo "$1" | sed 's/x/, /g'),)}"
	printf '\223NUMPY\001\000\166\000%-117s\n' "$head" >"$2"
	LC_ALL=C awk -v n="$(($(echo "$1" | sed 's/x/*/g')))" 'BEGIN {
		for (i = 0; i < n; i++) { seed = (seed * 1103 + 12345) % 65536; printf "%c", 1 + int(seed / 257) } }' >>"$2"
}
