# table.awk: lines of tiles.c as tables of percents of the peak, and as rows of tiles.def: so many vectors; of the tiles within 3 %
# of the best by the lesser compiler, the one with the most steps whose sums can stay in registers beside a weight and an input; the
# lesser percent of what the cost model promises.
function fits(target, vectors, steps) {
	return steps * vectors + 2 <= (target == "avx512" || target == "neon" ? 32 : 16)
}
{
	target = $1; compiler = $2; vectors = $3; steps = $4
	if (!(target in seen)) { seen[target] = 1; targets[++n] = target }
	key = target SUBSEP vectors SUBSEP steps
	if (!((target, compiler) in known)) { known[target, compiler] = 1; compilers[target] = compilers[target] " " compiler }
	peak[key, compiler] = $5
	if (!(key in least) || $5 < least[key]) least[key] = $5
	if (!(key in promise) || $6 < promise[key]) promise[key] = $6
	if (steps > most[target]) most[target] = steps
}
END {
	for (t = 1; t <= n; t++) {
		target = targets[t]
		count = split(compilers[target], list, " ")
		printf "\n%s: percent of the peak,", target
		for (i = 1; i <= count; i++) printf " %s%s", list[i], i < count ? " /" : "\n"
		printf "%8s", "steps"
		for (v = 1; v <= 8; v++) printf "%10s", v " x"
		printf "\n"
		for (s = 1; s <= most[target]; s++) {
			printf "%8d", s
			for (v = 1; v <= 8; v++) {
				key = target SUBSEP v SUBSEP s
				cell = ""
				for (i = 1; (key in least) && i <= count; i++)
					cell = cell (i > 1 ? "/" : "") sprintf("%.0f", peak[key, list[i]])
				printf "%10s", cell
			}
			printf "\n"
		}
	}
	printf "\n"
	for (t = 1; t <= n; t++)
		for (v = 1; v <= 8; v++) {
			best = 0
			for (s = 1; s <= most[targets[t]]; s++) {
				key = targets[t] SUBSEP v SUBSEP s
				if ((key in least) && fits(targets[t], v, s) && least[key] > best) best = least[key]
			}
			for (s = most[targets[t]]; s > 0; s--) {
				key = targets[t] SUBSEP v SUBSEP s
				if ((key in least) && fits(targets[t], v, s) && least[key] >= 0.97 * best) break
			}
			if (s > 0) printf "TILE(\"%s\", %d, %d, %.0f)\n", targets[t], v, s, (promise[key] > 100 ? 100 : promise[key])
		}
}
