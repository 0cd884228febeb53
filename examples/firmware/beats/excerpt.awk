# excerpt.awk: examples/ecg/excerpt.txt (lines "1034" or "1034 R", R where the classical detector sees a peak) as a C header.
/^#/ { comment[++comments] = substr($0, 3); next }
{ if ($2 == "R") known[++knowns] = samples + 0; sample[++samples] = $1 }

function table(type, name, values, n,    i) {
	printf "static const %s %s[%d] = {", type, name, n
	for (i = 1; i <= n; i++) printf "%s%d,", (i % 16 == 1 ? "\n    " : " "), values[i]
	print "\n};"
}

END {
	print "/* excerpt.h: made by excerpt.awk; do not edit."
	for (i = 1; i <= comments; i++) print " * " comment[i]
	print " */"
	printf "enum { EXCERPT_SAMPLES = %d, EXCERPT_KNOWN = %d };\n", samples, knowns
	table("short", "excerpt", sample, samples)
	print "/* The R peaks that the classical detector sees. */"
	table("short", "excerpt_known", known, knowns)
}
