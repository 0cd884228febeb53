/* conv1d_time.c: Conv1D and Dense on vector targets, neighbouring steps in the lanes.
 *
 * A tile is so many filters x so many vectors of steps, each sum in a lane of its own; one weight, copied to all lanes,
 * serves all steps.  It wants an input that runs along time: one channel or channels_first with stride 1; any other is
 * first copied to scratch memory, channel by channel, the rows of a channel that one tap meets behind each other.  Steps
 * with taps in the padding are done by masked vectors over such a copy, of their steps alone where the input is not copied:
 * in the place of what lies outside x is -0 and the weight 0, and 0 * -0 = -0 changes no sum.  The last vectors are moved
 * back over steps that are done already. */
#include "kernels/kernel.h"

/* In halves of a cycle: until a sum is ready for its next term; of a tile, of a masked vector; of an element copied. */
enum { LATENCY = 8, TILE_COST = 16, EDGE_COST = 60, COPY_COST = 2, STRIDED_COPY_COST = 5, ROW_COPY_COST = 1 };
enum { ROUND_COST = 5, SCATTER_COST = 4 };
enum { TIME_VECTORS = 4, TIME_FILTERS = 12 };

struct time_tile {
	int64_t lanes, vectors, width; /* of a vector; of a tile; its filters */
	int64_t left, right;           /* masked vectors at both ends */
	int64_t first, end;            /* steps between them, by tiles */
	int64_t tiles, tail;           /* tiles of all vectors, and vectors of the last */
};

struct over_time {
	struct sum sum;
	struct geometry geometry;
	struct time_tile tile;
	bool packs;          /* the whole input is copied */
	bool interleaves;    /* neighbouring steps of an output channel do not lie side by side */
	int64_t rows, phase; /* a channel's rows in scratch memory, those that one tap meets */
	struct table weights, bias;
};

/* Sums, inputs, a weight and, where nothing fuses, a product stay in registers, of many some stay free. */
static bool fits(const struct target *target, int64_t vectors, int64_t width)
{
	int64_t spare = target->vectors > 16 ? 4 : target->has_fused ? 1 : 2;

	return (width + 1) * vectors + spare <= target->vectors;
}

/* The steps cut into masked vectors and tiles of so many vectors; false: no such tile. */
static bool cut_steps(const struct geometry *g, struct time_tile *t)
{
	struct span inside = interior_steps(g);
	int64_t size = t->lanes * t->vectors, middle;

	if (g->steps_out < t->lanes) return false;
	t->tiles = t->tail = t->right = 0;
	if (span_length(inside) < t->lanes) {
		t->left = ceiling(g->steps_out, t->lanes);
		t->first = t->end = 0;
		return t->vectors == 1;
	}
	if (span_length(inside) < size) return false;
	t->left = ceiling(inside.first, t->lanes);
	t->right = ceiling(g->steps_out - inside.end, t->lanes);
	t->first = t->left * t->lanes;
	t->end = g->steps_out - t->right * t->lanes;
	middle = t->end - t->first;
	if (middle <= 0) return t->vectors == 1;
	t->tiles = middle / size;
	t->tail = ceiling(middle % size, t->lanes);
	if (t->tail == t->vectors) {
		t->tiles++;
		t->tail = 0;
	}
	return t->tiles > 0 || t->vectors == 1;
}

/* ---- costs --------------------------------------------------------------------------------------------------- */

/* masked: every weight, too. */
static int64_t cost_of_tile(const struct over_time *p, const struct target *target, int64_t vectors, int64_t width,
			    bool masked)
{
	const struct time_tile *t = &p->tile;
	int64_t sums = vectors * width * (target->has_fused ? 1 : 2), loads = vectors * (t->lanes > 8 ? 2 : 1) + width;
	int64_t cost = sums > loads ? sums : loads;
	int64_t store = p->interleaves ? vectors * ceiling(width, 4) * (t->lanes + 8) : 2 * vectors * width;

	if (target->board) {
		/* Every instruction counts; a store has an address for each lane. */
		cost = sums + loads + ROUND_COST;
		if (p->interleaves) store = vectors * width * SCATTER_COST;
	}
	if (masked) cost += width;
	if (cost < LATENCY) cost = LATENCY;
	return sum_terms(&p->sum) * cost * 11 / 10 + store + TILE_COST;
}

static int64_t cost_of_block(const struct over_time *p, const struct target *target, int64_t width)
{
	const struct time_tile *t = &p->tile;
	int64_t cost = (t->left + t->right) * (cost_of_tile(p, target, 1, width, true) + EDGE_COST);

	cost += t->tiles * cost_of_tile(p, target, t->vectors, width, false);
	return cost + (t->tail > 0 ? cost_of_tile(p, target, t->tail, width, false) : 0);
}

static int64_t cost_of_copies(const struct over_time *p)
{
	const struct sum *s = &p->sum;
	bool runs = s->channels_first && s->stride == 1;
	int64_t rows = p->packs ? p->rows : (p->tile.left + p->tile.right) * p->rows;

	return rows * s->channels * (runs ? ROW_COPY_COST : s->stride > 1 ? STRIDED_COPY_COST : COPY_COST);
}

static int64_t cost_of_all(const struct over_time *p, const struct target *target)
{
	int64_t filters = p->sum.filters / p->sum.groups, rest = filters % p->tile.width;
	int64_t cost = filters / p->tile.width * cost_of_block(p, target, p->tile.width);

	if (rest > 0) cost += cost_of_block(p, target, rest);
	return cost * p->sum.groups + cost_of_copies(p);
}

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* The rows of so many steps in scratch memory. */
static void set_rows(struct over_time *p)
{
	const struct geometry *g = &p->geometry;
	int64_t steps = p->packs ? g->steps_out : p->tile.lanes;

	p->rows = (steps - 1) * g->stride + (g->taps - 1) * g->dilation + 1;
	p->phase = ceiling(p->rows, g->stride);
}

static bool start(const struct node *node, const struct target *target, struct over_time *p)
{
	const struct sum *s = &p->sum;

	*p = (struct over_time){ 0 };
	if (target->width[0] == 0 || !node_sum(node, &p->sum) || s->partial) return false;
	p->geometry = sum_geometry(s);
	p->packs = s->stride > 1 || !(s->channels_first || s->channels == 1);
	p->interleaves = !s->channels_first && s->filters > 1;
	return true;
}

/* The cheapest tile; its cost, -1: there are too few steps. */
static int64_t choose(struct over_time *p, const struct target *target)
{
	int64_t filters = p->sum.filters / p->sum.groups, best = -1;
	struct over_time trial = *p;
	struct time_tile *t = &trial.tile;

	for (int i = 0; i < WIDTHS_MOST && target->width[i] > 0; i++) {
		t->lanes = target->width[i];
		for (t->vectors = 1; t->vectors <= TIME_VECTORS; t->vectors++) {
			if (!cut_steps(&trial.geometry, t)) continue;
			set_rows(&trial);
			for (t->width = 1; t->width <= least(filters, TIME_FILTERS); t->width++) {
				int64_t cost;

				if (!fits(target, t->vectors, t->width)) break;
				cost = cost_of_all(&trial, target);
				if (best >= 0 && cost > best) continue;
				best = cost;
				*p = trial;
			}
		}
	}
	return best;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct over_time p;

	return start(node, target, &p) && choose(&p, target) >= 0;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct over_time p;
	int64_t operations, weights;

	CHECK(start(node, target, &p));
	operations = choose(&p, target);
	weights = (sum_terms(&p.sum) + 1) * p.sum.filters;
	return (struct cost){
		.operations = operations,
		.flash = weights * 4 + 6 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 6 * FUNCTION_TEXT,
		.statements = 60,
	};
}

/* [group][block][tap][channel][filter]: a rest's filters behind the full blocks. */
static struct table block_table(const struct over_time *p, struct arena *arena)
{
	const struct sum *s = &p->sum;
	int64_t in_group = s->filters / s->groups, width = p->tile.width, terms = sum_terms(s);
	float *at = NEW_ARRAY(arena, terms * s->filters, float), *next = at;

	for (int64_t f = 0; f < s->filters; f += least(width, in_group - f % in_group)) {
		int64_t n = least(width, in_group - f % in_group);

		for (int64_t i = 0; i < terms; i++)
			for (int64_t k = 0; k < n; k++) *next++ = s->kernel[i * s->filters + f + k];
	}
	return (struct table){
		.name = "weights",
		.doc = arena_printf(
		    arena, "Weights [block][tap][channel][filter]: %lld taps, %lld channels, %lld filters by %lld.",
		    (long long)s->taps, (long long)(s->channels / s->groups), (long long)s->filters, (long long)width),
		.type = TYPE_F32,
		.n = terms * s->filters,
		.columns = (int)width,
		.at = at,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct over_time *p = NEW(arena, struct over_time);

	CHECK(start(node, target, p));
	CHECK(choose(p, target) >= 0);
	p->weights = block_table(p, arena);
	p->bias = bias_table(&p->sum);
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct over_time *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->bias);
}

static bool copies(const struct over_time *p)
{
	return p->packs || p->tile.left + p->tile.right > 0;
}

static int64_t copied_channels(const struct over_time *p)
{
	return p->packs ? p->sum.channels : p->sum.channels / p->sum.groups;
}

static int64_t scratch(const void *plan)
{
	const struct over_time *p = plan;
	int64_t floats = copied_channels(p) * p->geometry.stride * p->phase;

	return copies(p) ? floats * (int64_t)sizeof(float) : 0;
}

static struct value *block_view(int64_t first, int64_t filters, int64_t n, struct arena *arena)
{
	struct value *block = value_map(arena);

	value_set_int(arena, block, "first", first);
	value_set_int(arena, block, "filters", filters);
	value_set_int(arena, block, "n", n);
	return block;
}

static struct value *blocks_view(const struct over_time *p, struct arena *arena)
{
	int64_t filters = p->sum.filters / p->sum.groups, width = p->tile.width, rest = filters % width;
	struct value *blocks = value_list(arena);

	value_push(blocks, block_view(0, width, filters / width, arena));
	if (rest > 0) value_push(blocks, block_view(filters - rest, rest, 1, arena));
	return blocks;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct over_time *p = plan;
	const struct time_tile *t = &p->tile;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &p->sum, &p->weights, &p->bias, 1);
	value_set_int(arena, view, "lanes", t->lanes);
	value_set_int(arena, view, "vectors", t->vectors);
	value_set_int(arena, view, "left", t->left);
	value_set_int(arena, view, "right", t->right);
	value_set_int(arena, view, "first", t->first);
	value_set_int(arena, view, "end", t->end);
	value_set_int(arena, view, "tiles", t->tiles);
	value_set_int(arena, view, "tail", t->tail);
	value_set_bool(arena, view, "packs", p->packs);
	value_set_bool(arena, view, "copies", copies(p));
	value_set_bool(arena, view, "interleaves", p->interleaves);
	value_set_int(arena, view, "rows", p->rows);
	value_set_int(arena, view, "phase", p->phase);
	value_set_int(arena, view, "copied", copied_channels(p));
	value_set(view, "blocks", blocks_view(p, arena));
	return view;
}

const struct kernel kernel_conv1d_time = {
	.name = "conv1d_time",
	.template = "conv1d_time",
	.doc = "tiles of filters x vectors of steps",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
};
