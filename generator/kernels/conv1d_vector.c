/* conv1d_vector.c: Conv1D and Dense of many filters on vector targets: the filters in the lanes.
 *
 * A tile is so many steps x so many vectors of filters, each sum in a register of its own; one value of the input,
 * copied to all lanes, serves all vectors of its step.  The filters of a group are cut into blocks of equal width and a
 * rest, whose last vector is the narrowest that takes it; lanes without a filter hold zeros and are not stored.  A
 * block's weights lie in the order of their use.  Steps whose every tap lies inside are done a tile at a time, the last
 * tile moved back over steps that are done already; the others by smaller tiles: first the taps that a step has before
 * those that all steps of the tile have, then these, then what is left. */
#include "kernels/tiles.h"

enum { SUMS_IN_FLIGHT = 8, RELOADED_STEPS = 3, EDGE_STEPS = 4, STRAIGHT_FMAS = 160, UNROLL_FMAS = 48, UNROLL_MOST = 4 };
enum { POINTERS_MOST = 3, OFFSET_MOST = 1020 }; /* of assembly: steps with a pointer each; bytes that a load reaches */
/* Bytes of the input in one block of steps, where it and the weights do not stay in a cache together. */
enum { CACHE_BYTES = 512 * 1024, BLOCK_BYTES = 96 * 1024 };

struct vector {
	struct sum sum;
	struct geometry geometry;
	bool open; /* these are the most steps; a call says how many */
	struct blocks blocks;
	int64_t edge[2];     /* of each body: steps of a tile with taps in the padding */
	int64_t block_steps; /* the steps inside are done in blocks of so many, all filters of one before the next */
	int64_t unroll[2];   /* terms in a round of the loop over terms; all: no loop */
	struct table weights, bias;
};

/* ---- what a tile costs --------------------------------------------------------------------------------------- */

static const struct tile_row *tile_for(const struct target *target, int64_t vectors)
{
	const struct tile_row *row = target_tile(target, (int)vectors);

	CHECK(row != NULL);
	return row;
}

/* Hundredths of half a cycle for one term of all sums.  Two multiply-adds start in a cycle, and one waits four cycles for the
 * one before it in its sum: with twice as many sums as that needs they never wait, with fewer now and then.  Measured on
 * Sapphire Rapids with gcc and clang. */
static int64_t cost_of_multiply_adds(const struct target *target, int64_t sums)
{
	static const int few[] = { 920, 1010, 1050, 1130 }; /* 8 to 11 sums */
	int64_t cost = 101 * sums;

	if (sums < SUMS_IN_FLIGHT)
		cost = 830;
	else if (sums - SUMS_IN_FLIGHT < (int64_t)(sizeof few / sizeof few[0]))
		cost = few[sums - SUMS_IN_FLIGHT];
	return target->has_fused ? cost : 2 * cost;
}

/* Two loads start in a cycle, or three of at most 8 lanes.  gcc loads weights anew for each step where these are few. */
static int64_t cost_of_loads(const struct target *target, int64_t steps, int64_t vectors)
{
	int64_t loads = steps + (steps <= RELOADED_STEPS ? steps * vectors : vectors);

	return target->width[0] > 8 ? loads * 100 : loads * 67;
}

/* Where every instruction counts, half of those of one term of all sums: a microcontroller's.  In assembly two terms' inputs
 * of a step come by one load, as far as their steps are in reach (templates/kernels/mve.ct). */
static int64_t instructions_of_tile(const struct sum *s, int64_t steps, int64_t vectors)
{
	int64_t centre = steps / 2, apart = s->stride * s->channels * (int64_t)sizeof(float);
	int64_t run = s->dilation * s->groups == 1 || s->taps == 1 ? sum_terms(s) : s->channels / s->groups;
	bool few = steps <= POINTERS_MOST, near = centre * apart + 4 <= OFFSET_MOST;
	int64_t multiply_adds = steps * vectors, terms = sum_terms(s);

	if (run < 2 || !(few || (vectors == 1 && near))) return terms * (3 * multiply_adds + vectors + steps) + 40;
	return terms * (2 * multiply_adds + 2 * vectors + steps) / 2 + terms / run * 6 + 4 * multiply_adds + 16;
}

static int64_t cost_of_tile(const struct sum *s, const struct target *target, int64_t steps, int64_t vectors)
{
	int64_t terms = sum_terms(s);
	int64_t percent = tile_for(target, vectors)->percent;
	if (target->board) return instructions_of_tile(s, steps, vectors) * 100 / percent;
	int64_t sums = cost_of_multiply_adds(target, steps * vectors), loads = cost_of_loads(target, steps, vectors);

	return terms * (sums > loads ? sums : loads) / percent + 2 * steps * vectors + 12;
}

static int64_t cost_of_body(const struct vector *v, const struct target *target, int i)
{
	const struct body *body = &v->blocks.body[i];
	int64_t inside = span_length(interior_steps(&v->geometry)), outside = v->geometry.steps_out - inside;
	int64_t cost = 0;

	if (body->steps > 0)
		cost += ceiling(inside, body->steps) * cost_of_tile(&v->sum, target, body->steps, body->vectors);
	cost += ceiling(outside, v->edge[i]) * cost_of_tile(&v->sum, target, v->edge[i], body->vectors);
	return cost * body->blocks;
}

static int64_t cost_of_all(const struct vector *v, const struct target *target)
{
	int64_t cost = 0;

	for (int i = 0; i < v->blocks.bodies; i++) cost += cost_of_body(v, target, i);
	return cost * v->sum.groups;
}

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* No more steps than one edge has; one where a call may bring fewer, or where code and stack are scarce. */
static int64_t edge_steps(const struct vector *v, const struct target *target, int64_t vectors)
{
	struct span inside = interior_steps(&v->geometry);
	int64_t left = inside.first, right = v->geometry.steps_out - inside.end, run = left > right ? left : right;
	int64_t steps = least(tile_for(target, vectors)->steps, EDGE_STEPS);

	return run == 0 || v->open || target->board ? 1 : least(steps, run);
}

/* Terms of one round: few of a large tile, all where that is little text. */
static int64_t unroll_of(const struct sum *s, int64_t sums)
{
	int64_t terms = sum_terms(s),
		run = s->dilation * s->groups == 1 || s->taps == 1 ? terms : s->channels / s->groups;

	if (terms * sums <= STRAIGHT_FMAS) return terms;
	for (int64_t unroll = UNROLL_MOST; unroll > 1; unroll--)
		if (run % unroll == 0 && unroll * sums <= UNROLL_FMAS) return unroll;
	return 1;
}

static int64_t block_steps(const struct sum *s, int64_t inside, int64_t blocks)
{
	int64_t step = s->stride * s->channels * (int64_t)sizeof(float), steps = BLOCK_BYTES / step;

	if (blocks < 2 || inside * step <= CACHE_BYTES) return inside;
	return steps < 64 ? 64 : steps;
}

/* n blocks of tile.vectors, and a rest. */
static int64_t cut(void *kernel, const struct target *target, struct tile tile, int64_t n)
{
	struct vector *v = kernel;
	int64_t inside = steps_for_tiles(&v->geometry), filters = v->sum.filters / v->sum.groups, blocks = 0;

	/* Narrow vectors beside wide ones gain no time (clang loses some) but where weights are read once. */
	cut_vectors(&v->blocks, filters, target, v->sum.steps_out == 1, tile.vectors, n);
	for (int i = 0; i < v->blocks.bodies; i++) {
		struct body *body = &v->blocks.body[i];
		int64_t most = tile_for(target, body->vectors)->steps;

		body->steps = inside > 0 ? even_steps(inside, body->vectors == tile.vectors ? tile.steps : most) : 0;
		v->edge[i] = edge_steps(v, target, body->vectors);
		v->unroll[i] = unroll_of(&v->sum, body->vectors * body->steps);
		blocks += body->blocks;
	}
	v->block_steps = block_steps(&v->sum, inside, blocks);
	return cost_of_all(v, target);
}

static bool start(const struct node *node, const struct target *target, struct vector *v)
{
	*v = (struct vector){ 0 };
	if (target->width[0] == 0 || !node_sum(node, &v->sum) || v->sum.partial || v->sum.channels_first) return false;
	v->geometry = sum_geometry(&v->sum);
	v->open = node_is_open(node);
	return true;
}

static int64_t most_steps(const void *kernel, const struct target *target, int64_t vectors)
{
	const struct vector *v = kernel;
	const int64_t inside = steps_for_tiles(&v->geometry), most = tile_for(target, vectors)->steps;

	return inside > 0 ? least(inside, most) : 1;
}

static struct tiler tiler_of(struct vector *v, const struct target *target)
{
	return (struct tiler){ .kernel = v,
			       .target = target,
			       .filters = v->sum.filters / v->sum.groups,
			       .in_flight = SUMS_IN_FLIGHT,
			       .most_steps = most_steps,
			       .cut = cut };
}

/* ---- the kernel ---------------------------------------------------------------------------------------------- */

static bool ok(const struct node *node, const struct target *target)
{
	struct vector v;

	return start(node, target, &v);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct candidate list[CANDIDATES_MOST];
	struct vector v;
	struct tiler tiler;
	int64_t weights, functions = 4;

	CHECK(start(node, target, &v));
	tiler = tiler_of(&v, target);
	tiler_candidates(&tiler, list);
	tiler_cut(&tiler, list[0].tile);
	if (target->board) functions = span_length(interior_steps(&v.geometry)) < v.geometry.steps_out ? 2 : 1;
	weights = v.blocks.lanes * v.sum.groups * (sum_terms(&v.sum) + 1);
	return (struct cost){
		.operations = list[0].cost,
		.flash = weights * 4 + functions * FUNCTION_CODE * v.blocks.bodies,
		.text = weights * LITERAL_TEXT + functions * FUNCTION_TEXT * v.blocks.bodies,
		.statements = STRAIGHT_FMAS,
	};
}

static int tiles(const struct node *node, const struct target *target, struct tile *tile, int most)
{
	struct vector v;
	struct tiler tiler;

	CHECK(start(node, target, &v));
	tiler = tiler_of(&v, target);
	return tiler_tiles(&tiler, tile, most);
}

static int64_t tile_operations(const struct node *node, const struct target *target, const struct tile *tile)
{
	struct vector v;
	struct tiler tiler;

	CHECK(start(node, target, &v));
	tiler = tiler_of(&v, target);
	return tiler_cut(&tiler, *tile);
}

static void *plan_tile(const struct node *node, const struct target *target, const struct tile *tile,
		       struct arena *arena)
{
	struct vector *v = NEW(arena, struct vector);
	struct tiler tiler;

	CHECK(start(node, target, v));
	tiler = tiler_of(v, target);
	tiler_cut(&tiler, *tile);
	block_tables(&v->blocks, &v->sum, &v->weights, &v->bias, arena);
	v->weights.align = v->bias.align = 64;
	return v;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct tile tile;

	CHECK(tiles(node, target, &tile, 1) == 1);
	return plan_tile(node, target, &tile, arena);
}

static int tables(void *plan, struct table **tables, int most)
{
	struct vector *v = plan;

	return LIST_TABLES(tables, most, &v->weights, &v->bias);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct vector *v = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &v->sum, &v->weights, &v->bias, blocks_most_steps(&v->blocks));
	view_terms(arena, view, node, &v->sum);
	view_blocks(arena, view, &v->blocks, sum_terms(&v->sum));
	value_set(view, "edge", view_ints(arena, v->edge, v->blocks.bodies));
	value_set(view, "unroll", view_ints(arena, v->unroll, v->blocks.bodies));
	value_set_bool(arena, view, "is_blocked", v->block_steps < steps_for_tiles(&v->geometry));
	value_set_int(arena, view, "block_steps", v->block_steps);
	return view;
}

const struct kernel kernel_conv1d_vector = {
	.name = "conv1d_vector",
	.template = "conv1d_vector",
	.doc = "tiles of steps x vectors of filters",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.adds = true,
	.open = true,
	.tiles = tiles,
	.plan_tile = plan_tile,
	.tile_operations = tile_operations,
	.tables = tables,
};
