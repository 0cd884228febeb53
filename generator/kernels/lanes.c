/* lanes.c: elements that lie side by side (channels) in the vectors of a target, and windows of steps in register tiles. */
#include "kernels/kernel.h"

#include <string.h>

/* Targets with vectors this wide have loads and stores of a part of a vector that cost no more than whole ones. */
enum { MASKED_LANES = 16 };

struct lanes lanes_along(const struct target *target, int64_t elements)
{
	int64_t narrowest = 0;

	for (int i = 0; i < WIDTHS_MOST && target->width[i] > 0; i++) {
		int64_t width = target->width[i];
		bool fills = elements >= width, mostly = width == MASKED_LANES && elements > width / 2;

		if (fills || mostly) return (struct lanes){ width, fills ? width : elements };
		narrowest = width;
	}
	return (struct lanes){ narrowest, elements };
}

int64_t lanes_vectors(struct lanes lanes, int64_t elements)
{
	return (elements + lanes.kept - 1) / lanes.kept;
}

int64_t even_steps(int64_t steps, int64_t most)
{
	int64_t best = steps < most ? steps : most, least = INT64_MAX;

	for (int64_t n = best; n > most / 2; n--) {
		/* 1: what a tile costs whatever its size. */
		int64_t tiles = (steps + n - 1) / n, work = tiles * (n + 1);

		if (work < least) {
			best = n;
			least = work;
		}
	}
	return best;
}

int64_t even_strips(int64_t steps, int64_t most, int64_t tile)
{
	const int64_t tiles = most > tile ? most / tile : 1, strips = ceiling(steps, tiles * tile);

	return strips <= 1 ? steps : ceiling(ceiling(steps, strips), tile) * tile;
}

int64_t activation_touches(const struct node *node)
{
	enum { CHEAP = 1, HEAVY = 40 };

	if (activation_is_linear(&node->activation)) return 0;
	return strcmp(node->activation.kind->symbol, "relu") == 0 ? CHEAP : HEAVY;
}

int64_t vector_operations(const struct node *node, const struct target *target, int64_t inside, int64_t touches)
{
	int64_t elements = shape_elements(&node->out[0]->shape),
		vectors = (inside + target->width[0] - 1) / target->width[0];

	return elements / (inside > 0 ? inside : 1) * (vectors * touches + 2);
}

void view_lanes(struct arena *arena, struct value *map, struct lanes lanes)
{
	value_set_int(arena, map, "lanes", lanes.width);
	value_set_int(arena, map, "kept", lanes.kept);
}

/* ---- windows ------------------------------------------------------------------------------------------------ */

/* SHARED_STEPS: more save few loads; STATEMENTS: of one tap loop's text. */
enum { SHARED_STEPS = 8, WEIGHING_STEPS = 8, FEW_STEPS = 2, STATEMENTS = 80 };

/* Steps of which rows and sums stay in registers, with one weight and one product. */
static int64_t sharing_steps(const struct geometry *g, const struct target *target)
{
	int64_t rows = g->stride < g->taps - g->stride ? g->stride : g->taps - g->stride;
	int64_t steps = (target->vectors - 2) / (rows + 1);

	return steps < SHARED_STEPS ? steps : SHARED_STEPS;
}

/* Taps in equal chunks, as far as they are. */
static int64_t chunk_of(int64_t taps, int64_t most)
{
	int64_t chunks = (taps + most - 1) / most;

	return (taps + chunks - 1) / chunks;
}

struct window_tile window_tile(const struct geometry *g, const struct target *target, bool weighs)
{
	struct window_tile tile = { .taps = 1 };
	int64_t sharing = g->dilation == 1 && g->taps > g->stride ? sharing_steps(g, target) : 0;

	tile.shares = sharing > g->stride;
	tile.steps = even_steps(steps_for_tiles(g), tile.shares ? sharing : weighs ? WEIGHING_STEPS : FEW_STEPS);
	if (tile.steps <= 1) tile.shares = false;
	if (tile.steps > 0 && (tile.shares || tile.steps * g->taps <= STATEMENTS / 2))
		tile.taps = chunk_of(g->taps, STATEMENTS / tile.steps);
	return tile;
}

void view_window_tile(struct arena *arena, struct value *map, const struct window_tile *tile)
{
	value_set_int(arena, map, "tile", tile->steps);
	value_set_int(arena, map, "chunk", tile->taps);
	value_set_bool(arena, map, "shares", tile->shares);
}

int64_t window_operations(const struct geometry *g, const struct window_tile *tile)
{
	int64_t inside = span_length(interior_steps(g)), edges = g->steps_out - inside, tiles = 0;

	if (tile->steps > 0) tiles = (inside + tile->steps - 1) / tile->steps;
	return tiles * tile->steps * (g->taps * 5 / 4 + 2) + edges * (3 * g->taps + 4);
}
