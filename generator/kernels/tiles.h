/* tiles.h: the tiles, steps x vectors of filters, of the kernels that have the filters in their lanes.  Private to kernels/. */
#ifndef CONV1DC_TILES_H
#define CONV1DC_TILES_H

#include "kernels/kernel.h"

enum { CANDIDATES_MOST = 256 };
struct candidate {
	struct tile tile;
	int64_t cost;
};

/* How a kernel uses tiles. */
struct tiler {
	void *kernel; /* cut() changes it */
	const struct target *target;
	int64_t filters;   /* of a group */
	int64_t in_flight; /* smaller tiles than of so many sums are of use only where no more steps fit */
	/* Steps of the largest tile of so many vectors, at least 1. */
	int64_t (*most_steps)(const void *kernel, const struct target *target, int64_t vectors);
	/* Cuts the filters into n blocks of the tile's vectors and a rest; what that costs. */
	int64_t (*cut)(void *kernel, const struct target *target, struct tile tile, int64_t n);
};

/* The cheapest way to cut the filters for this tile; its cost. */
int64_t tiler_cut(const struct tiler *tiler, struct tile tile);
/* All tiles that stay in registers and have use for their steps and vectors, cheapest first; their number. */
int tiler_candidates(const struct tiler *tiler, struct candidate list[CANDIDATES_MOST]);
/* The same for a kernel's tiles(). */
int tiler_tiles(const struct tiler *tiler, struct tile *tile, int most);

#endif
