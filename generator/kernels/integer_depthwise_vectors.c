/* integer_depthwise_vectors.c: DepthwiseConv1D of integers on vector targets: the channels in the lanes.
 *
 * A lane of 32 bits takes the products of a group of neighbouring taps (dots.def).  For that the input is first laid out in scratch
 * memory so that 32 bits of a row and channel hold its number and those that the next taps of a window meet: each row is the one
 * 'dilation' rows on, moved up, with its own numbers below.  Rows of the padding hold the zero point, so that no step has an
 * edge.  Where the last vector of channels is not full it is moved back over channels that are done already. */
#include "kernels/integer_lanes.h"
#include "kernels/integer_view.h"

enum { STRIP_BYTES = 24 * 1024, TILE_STEPS = 8, SCALE_OPERATIONS = 14, ROW_OPERATIONS = 6, LANE_BYTES = 4 };

struct depthwise {
	struct integer_sum sum;
	struct geometry geometry;
	const struct dot *dot;
	struct scaling scaling;
	int64_t lanes, vectors;
	int64_t groups; /* of taps */
	int64_t strip, tile;
	bool open;
	struct table weights, start;
};

static int64_t rows_of(const struct depthwise *d, int64_t steps)
{
	return (steps - 1) * d->geometry.stride + (d->groups * d->dot->group - 1) * d->geometry.dilation + 1;
}

static void set_strip(struct depthwise *d)
{
	const struct geometry *g = &d->geometry;
	const int64_t all = g->piece > 0 ? g->piece : g->steps_out, row = d->sum.sum.channels * LANE_BYTES;
	int64_t rows = STRIP_BYTES / row;

	if (rows < 2 * rows_of(d, 1)) rows = 2 * rows_of(d, 1);
	d->tile = even_steps(all, TILE_STEPS);
	d->strip = even_strips(all, (rows - rows_of(d, 1)) / g->stride + 1, d->tile);
}

/* The widest vectors that the channels fill. */
static int64_t lanes_for(const struct target *target, int64_t channels)
{
	for (int i = 0; i < WIDTHS_MOST && target->width[i] > 0; i++)
		if (channels >= target->width[i]) return target->width[i];
	return 0;
}

static bool start(const struct node *node, const struct target *target, struct depthwise *d, struct arena *arena)
{
	const struct sum *s = &d->sum.sum;

	*d = (struct depthwise){ 0 };
	if (target->width[0] == 0 || !node_integer_sum(node, &d->sum, arena) || s->channels_first) return false;
	if (s->groups != s->channels || s->filters != s->channels) return false;
	d->lanes = lanes_for(target, s->channels);
	d->dot = d->lanes > 0 ? dot_for(target, &d->sum) : NULL;
	if (!d->dot || !dot_sums_fit(d->dot, &d->sum) || !scaling_of(d->dot, &d->sum, &d->scaling, arena)) return false;
	d->geometry = sum_geometry(s);
	d->open = node_is_open(node);
	d->vectors = ceiling(s->channels, d->lanes);
	d->groups = ceiling(s->taps, d->dot->group);
	set_strip(d);
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct depthwise d;
	const bool can = start(node, target, &d, arena);

	arena_free(arena);
	return can;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct depthwise d;
	struct cost cost = { .statements = 4 * BLOCK_MOST };
	int64_t weights;

	CHECK(start(node, target, &d, arena));
	weights = d.vectors * d.lanes * d.groups * d.dot->group;
	cost.operations = d.sum.sum.steps_out * d.vectors * (3 * d.groups + SCALE_OPERATIONS) +
			  d.sum.sum.steps_in * d.vectors * ROW_OPERATIONS;
	cost.flash = weights * type_bytes(d.dot->w) + 2 * FUNCTION_CODE;
	cost.text = weights * 5 + 3 * FUNCTION_TEXT;
	arena_free(arena);
	return cost;
}

/* Channel of a vector's first lane. */
static int64_t first_channel(const struct depthwise *d, int64_t vector)
{
	return least(vector * d->lanes, d->sum.sum.channels - d->lanes);
}

/* Weights as [vector][group of taps][lane][tap of it]. */
static void set_weights(struct depthwise *d, struct arena *arena)
{
	const struct sum *s = &d->sum.sum;
	const int64_t group = d->dot->group, n = d->vectors * d->lanes * d->groups * group;
	int16_t *words = NEW_ARRAY(arena, n, int16_t);

	for (int64_t v = 0; v < d->vectors; v++)
		for (int64_t k = 0; k < s->taps; k++)
			for (int64_t i = 0; i < d->lanes; i++)
				words[(v * d->groups + k / group) * d->lanes * group +
				      dot_weight_at(d->dot, d->lanes, i, k % group)] =
				    d->sum.weights[k * s->filters + first_channel(d, v) + i];
	d->weights = integer_table(words, n, d->dot->w, arena);
	d->weights.name = "weights";
	d->weights.align = 64;
	d->weights.columns = (int)(4 * group);
	d->weights.doc = arena_printf(
	    arena, "Weights [%lld channels][%lld groups of %lld taps][channel]: %lld taps, %lld channels%s.",
	    (long long)d->lanes, (long long)d->groups, (long long)group, (long long)s->taps, (long long)s->channels,
	    d->dot->halves ? "; the first halves of groups, then the second" : "");
}

static void make_tables(struct depthwise *d, struct arena *arena)
{
	const int64_t n = d->vectors * d->lanes;
	int64_t *filter = NEW_ARRAY(arena, n, int64_t), *width = NEW_ARRAY(arena, d->vectors, int64_t);
	int32_t *starts = NEW_ARRAY(arena, n, int32_t);

	for (int64_t v = 0; v < d->vectors; v++) {
		width[v] = d->lanes;
		for (int64_t i = 0; i < d->lanes; i++) filter[v * d->lanes + i] = first_channel(d, v) + i;
	}
	for (int64_t i = 0; i < n; i++) starts[i] = (int32_t)scaling_start(d->dot, &d->sum, &d->scaling, filter[i]);
	d->start = (struct table){ .name = "bias", .type = TYPE_I32, .n = n, .at = starts, .align = 64 };
	d->start.doc = "The bias, less what the inputs' zero point adds to each sum.";
	set_weights(d, arena);
	scaling_tables(&d->sum, &d->scaling, filter, width, d->vectors, arena);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct depthwise *d = NEW(arena, struct depthwise);

	CHECK(start(node, target, d, arena));
	make_tables(d, arena);
	return d;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct depthwise *d = plan;

	return LIST_TABLES(tables, most, &d->weights, &d->start, &d->scaling.mantissa, &d->scaling.shift,
			   &d->scaling.rounding, &d->scaling.factor, &d->scaling.rest, &d->scaling.offset);
}

static int64_t scratch(const void *plan)
{
	const struct depthwise *d = plan;

	return rows_of(d, d->strip) * d->sum.sum.channels * LANE_BYTES;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct depthwise *d = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &d->sum.sum, &d->weights, &d->start, 0);
	view_scaling(arena, view, &d->scaling);
	value_set_int(arena, view, "all_channels", d->sum.sum.channels);
	value_set_int(arena, view, "lanes", d->lanes);
	value_set_int(arena, view, "vectors", d->vectors);
	value_set_int(arena, view, "tap_groups", d->groups);
	value_set_int(arena, view, "group", d->dot->group);
	value_set_int(arena, view, "tile", d->tile);
	value_set_int(arena, view, "strip", d->strip);
	value_set_int(arena, view, "window_rows", rows_of(d, 1));
	value_set_int(arena, view, "fill",
		      (d->sum.zero_in + dot_offset(d->dot, &d->sum)) & (d->dot->group == 4 ? 0xff : 0xffff));
	value_set_text(arena, view, "number_type", type_c_name(d->dot->x));
	value_set_text(arena, view, "w_type", type_c_name(d->dot->w));
	return view;
}

const struct kernel kernel_integer_depthwise_vectors = {
	.name = "integer_depthwise_vectors",
	.template = "integer_depthwise_vectors",
	.doc = "vectors across channels, groups of taps in a lane",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_INTEGERS,
	.scratch_type = TYPE_I32,
	.open = true,
	.tables = tables,
	.scratch = scratch,
};
