/* integer_conv1d_mve.c: Conv1D and Dense of int8 in MVE's vectors: VMLADAV adds 16 products to a sum in a core register.
 *
 * A window's terms are runs: one where taps lie side by side, else one a tap.  A run is cut into vectors of 16 terms, the last
 * loaded in part.  Filters are taken in blocks of up to four.  Steps whose every tap lies inside are done in pairs, which share
 * the weights that are loaded; or one after the other, the block's weights resting in registers, where a window is one vector.  All
 * others are done one by one by a body that takes the zero point for what lies outside. */
#include "kernels/integer_mve.h"

enum { BLOCK_FILTERS = 4, JUMP_MOST = 1 << 20 };

struct conv {
	struct integer_sum sum;
	struct geometry geometry;
	int64_t runs, terms, vectors; /* vectors: of a run of so many terms */
	int64_t jump;                 /* from a run's first input to the next's */
	int64_t filters, blocks;      /* of a group: blocks of so many filters, the last perhaps of fewer */
	bool rests;                   /* the weights, in registers */
	struct table weights, factors;
};

static bool cut(const struct node *node, const struct target *target, struct conv *c, struct arena *arena)
{
	const struct sum *s = &c->sum.sum;
	int64_t channels, filters;

	*c = (struct conv){ 0 };
	if (!mve_sum(node, target, &c->sum, arena)) return false;
	channels = s->channels / s->groups;
	filters = s->filters / s->groups;
	c->geometry = sum_geometry(s);
	c->jump = s->dilation * s->channels;
	c->runs = s->taps == 1 || c->jump == channels ? 1 : s->taps;
	c->terms = c->runs == 1 ? sum_terms(s) : channels;
	c->vectors = ceiling(c->terms, MVE_BYTES);
	c->blocks = ceiling(filters, BLOCK_FILTERS);
	c->filters = ceiling(filters, c->blocks);
	c->rests = c->runs * c->vectors == 1;
	return c->jump < JUMP_MOST && s->stride * s->channels < JUMP_MOST &&
	       c->runs * c->vectors * MVE_BYTES * BLOCK_FILTERS < JUMP_MOST;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct conv c;
	bool serves = cut(node, target, &c, arena);

	arena_free(arena);
	return serves;
}

/* The filter of lane j of a block; -1: it has none. */
static int64_t filter_at(const struct conv *c, int64_t group, int64_t block, int64_t j)
{
	const int64_t filters = c->sum.sum.filters / c->sum.sum.groups, f = block * c->filters + j;

	return j < c->filters && f < filters ? group * filters + f : -1;
}

/* ---- what it costs ------------------------------------------------------------------------------------------------ */

/* Instructions of a block's sums: of a pair of steps or, where the weights rest, of one; of a step at an edge. */
static int64_t tile_operations(const struct conv *c)
{
	if (c->rests) return 4 + c->filters + mve_output_operations(&c->sum);
	return c->runs * c->vectors * (2 + 3 * c->filters) + 6 + 2 * mve_output_operations(&c->sum);
}

static int64_t step_operations(const struct conv *c)
{
	return c->runs * (c->vectors * (10 + 2 * c->filters) + 6) + 20 + mve_output_operations(&c->sum);
}

static int64_t operations(const struct conv *c)
{
	const int64_t inside = span_length(interior_steps(&c->geometry)), edges = c->geometry.steps_out - inside;
	const int64_t tiles = c->rests ? inside : inside / 2, alone = inside - tiles * (c->rests ? 1 : 2);

	return c->sum.sum.groups * c->blocks * (tiles * tile_operations(c) + (edges + alone) * step_operations(c));
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { CODE = 260, TILE_CODE = 400 };
	struct arena *arena = arena_new();
	struct cost cost;
	struct conv c;
	int64_t blocks, weights;
	bool tiles;

	CHECK(cut(node, target, &c, arena));
	tiles = steps_for_tiles(&c.geometry) > 1;
	blocks = c.sum.sum.groups * c.blocks;
	weights = blocks * c.runs * c.vectors * MVE_BYTES * c.filters;
	cost = (struct cost){
		.operations = operations(&c),
		.flash = weights + blocks * 48 + (tiles ? TILE_CODE : 0) + CODE,
		.text = weights * 5 + blocks * 12 * 14 + (tiles ? 4 : 2) * FUNCTION_TEXT,
		.statements = 100,
	};
	arena_free(arena);
	return cost;
}

/* ---- the plan ----------------------------------------------------------------------------------------------------- */

/* A block's weights: [run][vector][filter][16]. */
static void fill_block(const struct conv *c, int64_t group, int64_t block, int8_t *w)
{
	const struct integer_sum *s = &c->sum;
	int64_t f, i;

	for (int64_t run = 0; run < c->runs; run++)
		for (int64_t term = 0; term < c->terms; term++)
			for (int64_t j = 0; j < c->filters; j++) {
				f = filter_at(c, group, block, j);
				if (f < 0) continue;
				i = ((run * c->vectors + term / MVE_BYTES) * c->filters + j) * MVE_BYTES +
				    term % MVE_BYTES;
				w[i] = (int8_t)s->weights[(run * c->terms + term) * s->sum.filters + f];
			}
}

static struct table weight_table(const struct conv *c, struct arena *arena)
{
	const struct sum *s = &c->sum.sum;
	const int64_t block_bytes = c->runs * c->vectors * c->filters * MVE_BYTES, blocks = s->groups * c->blocks;
	int8_t *w = NEW_ARRAY(arena, blocks * block_bytes, int8_t);

	for (int64_t i = 0; i < blocks; i++) fill_block(c, i / c->blocks, i % c->blocks, w + i * block_bytes);
	return (struct table){
		.name = "weights",
		.doc =
		    arena_printf(arena,
				 "[block of %lld filters][vector][filter][16 terms], zeros behind the last term: %lld "
				 "taps, %lld channels, %lld filters.",
				 (long long)c->filters, (long long)s->taps, (long long)(s->channels / s->groups),
				 (long long)s->filters),
		.type = TYPE_I8,
		.n = blocks * block_bytes,
		.columns = MVE_BYTES,
		.align = MVE_BYTES,
		.at = w,
	};
}

static struct table factor_table(const struct conv *c, struct arena *arena)
{
	const int64_t vectors = c->sum.sum.groups * c->blocks;
	int64_t *filter = NEW_ARRAY(arena, vectors * MVE_SUMS, int64_t);

	for (int64_t i = 0; i < vectors * MVE_SUMS; i++)
		filter[i] = filter_at(c, i / MVE_SUMS / c->blocks, i / MVE_SUMS % c->blocks, i % MVE_SUMS);
	return mve_factors(&c->sum, filter, vectors, arena);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct conv *c = NEW(arena, struct conv);

	CHECK(cut(node, target, c, arena));
	c->weights = weight_table(c, arena);
	c->factors = factor_table(c, arena);
	return c;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct conv *c = plan;

	return LIST_TABLES(tables, most, &c->weights, &c->factors);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct conv *c = plan;
	const struct sum *s = &c->sum.sum;
	struct value *view = value_map(arena);

	view_geometry(arena, view, node, &c->geometry, c->rests ? 1 : 2);
	view_mve_output(arena, view, &c->sum);
	value_set_int(arena, view, "groups", s->groups);
	value_set_int(arena, view, "channels", s->channels / s->groups);
	value_set_int(arena, view, "filters", s->filters / s->groups);
	value_set_int(arena, view, "x_step", s->channels);
	value_set_int(arena, view, "y_step", s->filters);
	value_set_int(arena, view, "runs", c->runs);
	value_set_int(arena, view, "terms", c->terms);
	value_set_int(arena, view, "vectors", c->vectors);
	value_set_int(arena, view, "jump", c->jump);
	value_set_int(arena, view, "block", c->filters);
	value_set_int(arena, view, "blocks", c->blocks);
	value_set_bool(arena, view, "rests", c->rests);
	view_table(arena, view, "weights", &c->weights);
	view_table(arena, view, "factors", &c->factors);
	return view;
}

const struct kernel kernel_integer_conv1d_mve = {
	.name = "integer_conv1d_mve",
	.template = "integer_conv1d_mve",
	.doc = "16 products of int8 an instruction, pairs of steps x 4 filters",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
