/* tiles.c: the choice among tiles. */
#include "kernels/tiles.h"

#include <stdlib.h>

int64_t tiler_cut(const struct tiler *t, struct tile tile)
{
	const int64_t all = ceiling(t->filters, t->target->width[0]);
	const int64_t full = t->filters / t->target->width[0] / tile.vectors;
	int64_t best_n = -1, best = 0;

	for (int64_t n = full; n >= 0 && n > full - 2; n--) {
		int64_t cost;

		if (all - n * tile.vectors > VECTORS_MOST) break;
		cost = t->cut(t->kernel, t->target, tile, n);
		if (best_n < 0 || cost < best) {
			best_n = n;
			best = cost;
		}
	}
	CHECK(best_n >= 0);
	return t->cut(t->kernel, t->target, tile, best_n);
}

static int by_cost(const void *a, const void *b)
{
	const struct candidate *p = a, *q = b;

	if (p->cost != q->cost) return p->cost < q->cost ? -1 : 1;
	if (p->tile.vectors != q->tile.vectors) return p->tile.vectors < q->tile.vectors ? -1 : 1;
	return q->tile.steps - p->tile.steps;
}

int tiler_candidates(const struct tiler *t, struct candidate list[CANDIDATES_MOST])
{
	const int64_t all = ceiling(t->filters, t->target->width[0]);
	int n = 0;

	for (int vectors = 1; vectors <= VECTORS_MOST && vectors <= all; vectors++) {
		const int most = (int)t->most_steps(t->kernel, t->target, vectors);

		for (int steps = most; steps > 0 && (steps == most || steps * vectors >= t->in_flight); steps--) {
			const struct tile tile = { steps, vectors };

			CHECK(n < CANDIDATES_MOST);
			list[n++] = (struct candidate){ tile, tiler_cut(t, tile) };
		}
	}
	qsort(list, (size_t)n, sizeof *list, by_cost);
	return n;
}

int tiler_tiles(const struct tiler *t, struct tile *tile, int most)
{
	struct candidate list[CANDIDATES_MOST] = { 0 };
	const int n = tiler_candidates(t, list);

	for (int i = 0; i < n && i < most; i++) tile[i] = list[i].tile;
	return n < most ? n : most;
}
