/* integer_conv1d_vectors.c: Conv1D and Dense of integers on vector targets: the filters in the lanes.
 *
 * A lane of 32 bits takes the products of a group of neighbouring inputs (4 bytes, or 2 of 16 bits: dots.def); one group of the
 * input, copied to all lanes, serves all vectors of its step.  The filters are cut into blocks as in conv1d_vector.c, and a tile
 * is so many steps x so many vectors of filters.
 *
 * The input is first brought to the type that the target multiplies: a strip of it, as many rows as stay in the nearest
 * cache, in scratch memory, with the zero point in rows of the padding.  So no step has an edge.  Taps whose inputs lie side by side
 * make one run of terms; a run's last group reads on into what follows, with weights 0. */
#include "kernels/integer_lanes.h"
#include "kernels/integer_view.h"
#include "kernels/tiles.h"

enum { STRIP_BYTES = 16 * 1024, SLACK_BYTES = 64, TILE_STEPS_MOST = 16, SUMS_IN_FLIGHT = 10 };
enum { STRAIGHT_DOTS = 128, UNROLL_DOTS = 48, UNROLL_MOST = 4, SCALE_OPERATIONS = 12 };

struct vectors {
	struct integer_sum sum;
	struct geometry geometry;
	const struct dot *dot;
	struct scaling scaling;
	struct blocks blocks;
	int64_t runs, run, groups; /* of terms: their number, inputs and groups of each */
	int64_t strip;             /* output steps of a strip */
	int64_t unroll[2];         /* groups in a round of the loop over a run, by body */
	bool open;
	struct table weights, start;
};

static int64_t reach_of(const struct geometry *g)
{
	return (g->taps - 1) * g->dilation + 1;
}

static int64_t strip_rows(const struct vectors *v)
{
	return (v->strip - 1) * v->geometry.stride + reach_of(&v->geometry);
}

static bool start(const struct node *node, const struct target *target, struct vectors *v, struct arena *arena)
{
	const struct sum *s = &v->sum.sum;

	*v = (struct vectors){ 0 };
	if (target->width[0] == 0 || !node_integer_sum(node, &v->sum, arena) || s->channels_first) return false;
	if (s->groups > 1 && s->channels == s->groups) return false;
	v->dot = dot_for(target, &v->sum);
	if (!v->dot || !dot_sums_fit(v->dot, &v->sum) || !scaling_of(v->dot, &v->sum, &v->scaling, arena)) return false;
	v->geometry = sum_geometry(s);
	v->open = node_is_open(node);
	v->runs = s->taps == 1 || (s->dilation == 1 && s->groups == 1) ? 1 : s->taps;
	v->run = sum_terms(s) / v->runs;
	v->groups = ceiling(v->run, v->dot->group);
	return true;
}

/* ---- tiles ------------------------------------------------------------------------------------------------------- */

/* Steps of a tile of so many vectors whose sums stay in registers with the weights, the input and a product. */
static int64_t most_steps(const void *kernel, const struct target *target, int64_t vectors)
{
	const struct vectors *v = kernel;
	const int64_t fitting = (target->vectors - vectors - 2) / vectors, piece = v->geometry.piece;
	const int64_t steps = least(least(fitting, TILE_STEPS_MOST), piece > 0 ? piece : v->geometry.steps_out);

	return steps > 0 ? steps : 1;
}

/* In halves of a cycle.  A product of 16 bits is added by an instruction of its own. */
static int64_t cost_of_tile(const struct vectors *v, int64_t steps, int64_t vectors)
{
	const int64_t sums = steps * vectors, loads = steps + vectors;
	int64_t dots = sums * (v->dot->group == 4 ? 1 : 2);

	if (dots < SUMS_IN_FLIGHT) dots = SUMS_IN_FLIGHT;
	return v->runs * v->groups * (dots > loads ? dots : loads) + sums * SCALE_OPERATIONS + 24;
}

static int64_t cost_of_all(const struct vectors *v)
{
	const struct sum *s = &v->sum.sum;
	int64_t cost = 0;

	for (int i = 0; i < v->blocks.bodies; i++) {
		const struct body *body = &v->blocks.body[i];
		cost += ceiling(s->steps_out, body->steps) * cost_of_tile(v, body->steps, body->vectors) * body->blocks;
	}
	return cost * s->groups + s->steps_in * s->channels / 8;
}

/* Groups of one round: few of a large tile, all where that is little text. */
static int64_t unroll_of(const struct vectors *v, int64_t sums)
{
	if (v->runs * v->groups * sums <= STRAIGHT_DOTS) return v->groups;
	for (int64_t unroll = UNROLL_MOST; unroll > 1; unroll--)
		if (v->groups % unroll == 0 && unroll * sums <= UNROLL_DOTS) return unroll;
	return 1;
}

/* As many steps as stay in the cache, or as make what neighbouring strips share small. */
static int64_t strip_steps(const struct vectors *v, int64_t tile)
{
	const struct geometry *g = &v->geometry;
	const int64_t row = v->sum.sum.channels * type_bytes(v->dot->x), all = g->piece > 0 ? g->piece : g->steps_out;
	int64_t rows = STRIP_BYTES / row;

	if (rows < 2 * reach_of(g)) rows = 2 * reach_of(g);
	return even_strips(all, (rows - reach_of(g)) / g->stride + 1, tile);
}

static int64_t cut(void *kernel, const struct target *target, struct tile tile, int64_t n)
{
	struct vectors *v = kernel;
	const struct sum *s = &v->sum.sum;
	const int64_t all = v->geometry.piece > 0 ? v->geometry.piece : s->steps_out;

	cut_vectors(&v->blocks, s->filters / s->groups, target, s->steps_out == 1, tile.vectors, n);
	for (int i = 0; i < v->blocks.bodies; i++) {
		struct body *body = &v->blocks.body[i];
		const int64_t most = body->vectors == tile.vectors ? tile.steps : most_steps(v, target, body->vectors);

		body->steps = even_steps(all, most);
		v->unroll[i] = unroll_of(v, body->steps * body->vectors);
	}
	v->strip = strip_steps(v, blocks_most_steps(&v->blocks));
	return cost_of_all(v);
}

static struct tiler tiler_of(struct vectors *v, const struct target *target)
{
	return (struct tiler){ .kernel = v,
			       .target = target,
			       .filters = v->sum.sum.filters / v->sum.sum.groups,
			       .in_flight = SUMS_IN_FLIGHT,
			       .most_steps = most_steps,
			       .cut = cut };
}

/* ---- tables ------------------------------------------------------------------------------------------------------- */

/* What the tables are filled with. */
struct filling {
	int64_t *filter, *width, vectors, lanes; /* by lane, by vector */
	int16_t *weights;
};

static void fill_vector(struct filling *fill, const struct vectors *v, const struct body *body, int64_t first,
			int64_t kept, int64_t lanes, int16_t *weights)
{
	const struct sum *s = &v->sum.sum;

	for (int64_t lane = 0; lane < lanes; lane++) fill->filter[fill->lanes++] = lane < kept ? first + lane : -1;
	fill->width[fill->vectors++] = lanes;
	for (int64_t i = 0; i < v->runs * v->run; i++) {
		const int64_t run = i / v->run, group = run * v->groups + i % v->run / v->dot->group;

		for (int64_t lane = 0; lane < kept; lane++)
			weights[group * body->lanes * v->dot->group +
				dot_weight_at(v->dot, lanes, lane, i % v->run % v->dot->group)] =
			    v->sum.weights[i * s->filters + first + lane];
	}
}

static void fill_block(struct filling *fill, const struct vectors *v, const struct body *body, int64_t first)
{
	int16_t *weights = fill->weights + fill->lanes * v->runs * v->groups * v->dot->group;
	int64_t left = body->kept;

	for (int i = 0; i < body->vectors; i++) {
		const int64_t lanes = body->vector[i];

		fill_vector(fill, v, body, first, least(left, lanes), lanes, weights);
		weights += lanes * v->dot->group;
		first += lanes;
		left -= lanes;
	}
}

static void fill_all(struct filling *fill, const struct vectors *v)
{
	const struct sum *s = &v->sum.sum;
	const int64_t filters = s->filters / s->groups;

	for (int64_t g = 0; g < s->groups; g++) {
		int64_t first = g * filters;

		for (int i = 0; i < v->blocks.bodies; i++)
			for (int64_t block = 0; block < v->blocks.body[i].blocks; block++) {
				fill_block(fill, v, &v->blocks.body[i], first);
				first += v->blocks.body[i].kept;
			}
	}
}

static void make_tables(struct vectors *v, struct arena *arena)
{
	const struct sum *s = &v->sum.sum;
	const int64_t lanes = s->groups * v->blocks.lanes, n = lanes * v->runs * v->groups * v->dot->group;
	const int64_t width = v->blocks.body[0].lanes;
	int32_t *starts = NEW_ARRAY(arena, lanes, int32_t);
	struct filling fill = { NEW_ARRAY(arena, lanes, int64_t), NEW_ARRAY(arena, lanes, int64_t), 0, 0,
				NEW_ARRAY(arena, n, int16_t) };

	fill_all(&fill, v);
	CHECK(fill.lanes == lanes);
	for (int64_t i = 0; i < lanes; i++)
		if (fill.filter[i] >= 0)
			starts[i] = (int32_t)scaling_start(v->dot, &v->sum, &v->scaling, fill.filter[i]);
	v->weights = integer_table(fill.weights, n, v->dot->w, arena);
	v->weights.name = "weights";
	v->weights.align = 64;
	v->weights.columns = (int)(v->dot->group * 4);
	v->weights.doc =
	    arena_printf(arena,
			 "Weights [block][%lld groups of %lld terms][filter]: %lld taps, %lld channels, %lld "
			 "filters by %lld%s.",
			 (long long)(v->runs * v->groups), (long long)v->dot->group, (long long)s->taps,
			 (long long)(s->channels / s->groups), (long long)s->filters, (long long)width,
			 v->dot->halves ? "; by vector the first halves of groups, then the second" : "");
	v->start = (struct table){ .name = "bias", .type = TYPE_I32, .n = lanes, .at = starts, .align = 64 };
	v->start.doc = "The bias, less what the inputs' zero point adds to each sum.";
	scaling_tables(&v->sum, &v->scaling, fill.filter, fill.width, fill.vectors, arena);
}

/* ---- the kernel ---------------------------------------------------------------------------------------------------- */

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct vectors v;
	const bool can = start(node, target, &v, arena);

	arena_free(arena);
	return can;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct candidate list[CANDIDATES_MOST];
	struct vectors v;
	struct tiler tiler;
	int64_t weights;

	CHECK(start(node, target, &v, arena));
	tiler = tiler_of(&v, target);
	tiler_candidates(&tiler, list);
	tiler_cut(&tiler, list[0].tile);
	weights = v.blocks.lanes * v.sum.sum.groups * v.runs * v.groups * v.dot->group;
	arena_free(arena);
	return (struct cost){
		.operations = list[0].cost,
		.flash = weights * type_bytes(v.dot->w) + 2 * FUNCTION_CODE * v.blocks.bodies,
		.text = weights * 5 + 3 * FUNCTION_TEXT * v.blocks.bodies,
		.statements = STRAIGHT_DOTS,
	};
}

static int tiles(const struct node *node, const struct target *target, struct tile *tile, int most)
{
	struct arena *arena = arena_new();
	struct vectors v;
	struct tiler tiler;
	int n;

	CHECK(start(node, target, &v, arena));
	tiler = tiler_of(&v, target);
	n = tiler_tiles(&tiler, tile, most);
	arena_free(arena);
	return n;
}

static int64_t tile_operations(const struct node *node, const struct target *target, const struct tile *tile)
{
	struct arena *arena = arena_new();
	struct vectors v;
	struct tiler tiler;
	int64_t operations;

	CHECK(start(node, target, &v, arena));
	tiler = tiler_of(&v, target);
	operations = tiler_cut(&tiler, *tile);
	arena_free(arena);
	return operations;
}

static void *plan_tile(const struct node *node, const struct target *target, const struct tile *tile,
		       struct arena *arena)
{
	struct vectors *v = NEW(arena, struct vectors);
	struct tiler tiler;

	CHECK(start(node, target, v, arena));
	tiler = tiler_of(v, target);
	tiler_cut(&tiler, *tile);
	make_tables(v, arena);
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
	struct vectors *v = plan;

	return LIST_TABLES(tables, most, &v->weights, &v->start, &v->scaling.mantissa, &v->scaling.shift,
			   &v->scaling.rounding, &v->scaling.factor, &v->scaling.rest, &v->scaling.offset);
}

static int64_t scratch(const void *plan)
{
	const struct vectors *v = plan;

	return strip_rows(v) * v->sum.sum.channels * type_bytes(v->dot->x) + SLACK_BYTES;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct vectors *v = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &v->sum.sum, &v->weights, &v->start, 0);
	view_blocks(arena, view, &v->blocks, v->runs * v->groups * v->dot->group);
	view_scaling(arena, view, &v->scaling);
	value_set_int(arena, view, "runs", v->runs);
	value_set_int(arena, view, "run", v->run);
	value_set_int(arena, view, "run_groups", v->groups);
	value_set_int(arena, view, "group", v->dot->group);
	value_set_int(arena, view, "strip", v->strip);
	value_set_int(arena, view, "strip_rows", strip_rows(v));
	value_set_int(arena, view, "offset", dot_offset(v->dot, &v->sum));
	value_set_int(arena, view, "fill", v->sum.zero_in + dot_offset(v->dot, &v->sum));
	value_set_text(arena, view, "s_type", type_c_name(v->dot->x));
	value_set_text(arena, view, "w_type", type_c_name(v->dot->w));
	value_set(view, "unroll", view_ints(arena, v->unroll, v->blocks.bodies));
	return view;
}

const struct kernel kernel_integer_conv1d_vectors = {
	.name = "integer_conv1d_vectors",
	.template = "integer_conv1d_vectors",
	.doc = "tiles of steps x vectors of filters, groups of products in a lane",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_INTEGERS,
	.scratch_type = TYPE_U8,
	.open = true,
	.tiles = tiles,
	.plan_tile = plan_tile,
	.tile_operations = tile_operations,
	.tables = tables,
	.scratch = scratch,
};
