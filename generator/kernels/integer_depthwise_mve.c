/* integer_depthwise_mve.c: DepthwiseConv1D of int8 in MVE's vectors: each channel's rows are laid side by side in scratch, so
 * that VMLADAV adds 16 of a window's products.
 *
 * Four filters are done together, so many steps at a time that their rows are few; rows outside are the zero point.  Where taps lie
 * apart, weights of 0 stand between them. */
#include "kernels/integer_mve.h"

/* ROWS: of scratch, beside a window; WINDOW_VECTORS: as far as loads reach from one pointer. */
enum { FILTERS = 4, ROWS = 128, WINDOW_VECTORS = 8 };

struct depthwise {
	struct integer_sum sum;
	struct geometry geometry;
	int64_t vectors;       /* of a window */
	int64_t steps, length; /* of a tile: steps, and rows with what vectors reach behind them */
	int64_t blocks;
	struct table weights, factors;
};

static bool cut(const struct node *node, const struct target *target, struct depthwise *d, struct arena *arena)
{
	const struct sum *s = &d->sum.sum;

	*d = (struct depthwise){ 0 };
	if (!mve_sum(node, target, &d->sum, arena) || s->groups != s->channels) return false;
	d->geometry = sum_geometry(s);
	d->vectors = ceiling((s->taps - 1) * s->dilation + 1, MVE_BYTES);
	d->steps = ROWS / s->stride + 1;
	if (d->steps > s->steps_out) d->steps = s->steps_out;
	d->length = (d->steps - 1) * s->stride + MVE_BYTES * d->vectors;
	d->blocks = ceiling(s->filters, FILTERS);
	return d->vectors <= WINDOW_VECTORS && s->stride <= ROWS && s->channels < 1 << 12;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct depthwise d;
	bool serves = cut(node, target, &d, arena);

	arena_free(arena);
	return serves;
}

static int64_t operations(const struct depthwise *d)
{
	const struct sum *s = &d->sum.sum;
	const int64_t products = d->vectors == 1 ? 2 : 3 * d->vectors, tiles = ceiling(s->steps_out, d->steps);
	const int64_t step = FILTERS * products + 4 + mve_output_operations(&d->sum);

	return d->blocks * (s->steps_out * step + tiles * FILTERS * (30 + d->length / 2) + 40);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { CODE = 440 };
	struct arena *arena = arena_new();
	struct depthwise d;
	struct cost cost;
	int64_t weights;

	CHECK(cut(node, target, &d, arena));
	weights = d.blocks * FILTERS * d.vectors * MVE_BYTES;
	cost = (struct cost){
		.operations = operations(&d),
		.flash = weights + d.blocks * 48 + CODE,
		.text = weights * 5 + d.blocks * 12 * 14 + 3 * FUNCTION_TEXT,
		.statements = 60,
	};
	arena_free(arena);
	return cost;
}

/* [filter][vector][16]; filters that are none have zeros. */
static struct table weight_table(const struct depthwise *d, struct arena *arena)
{
	const struct sum *s = &d->sum.sum;
	const int64_t of_filter = d->vectors * MVE_BYTES, n = d->blocks * FILTERS * of_filter;
	int8_t *w = NEW_ARRAY(arena, n, int8_t);

	for (int64_t f = 0; f < s->filters; f++)
		for (int64_t k = 0; k < s->taps; k++)
			w[f * of_filter + k * s->dilation] = (int8_t)d->sum.weights[k * s->filters + f];
	return (struct table){
		.name = "weights",
		.doc =
		    arena_printf(arena, "[filter][%lld rows of a window], zeros behind them: %lld taps, %lld filters.",
				 (long long)of_filter, (long long)s->taps, (long long)s->filters),
		.type = TYPE_I8,
		.n = n,
		.columns = MVE_BYTES,
		.align = MVE_BYTES,
		.at = w,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct depthwise *d = NEW(arena, struct depthwise);
	int64_t *filter;

	CHECK(cut(node, target, d, arena));
	d->weights = weight_table(d, arena);
	filter = NEW_ARRAY(arena, d->blocks * FILTERS, int64_t);
	for (int64_t f = 0; f < d->blocks * FILTERS; f++) filter[f] = f < d->sum.sum.filters ? f : -1;
	d->factors = mve_factors(&d->sum, filter, d->blocks, arena);
	return d;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct depthwise *d = plan;

	return LIST_TABLES(tables, most, &d->weights, &d->factors);
}

static int64_t scratch(const void *plan)
{
	const struct depthwise *d = plan;

	return FILTERS * d->length;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct depthwise *d = plan;
	const struct sum *s = &d->sum.sum;
	struct value *view = value_map(arena);

	view_geometry(arena, view, node, &d->geometry, 0);
	view_mve_output(arena, view, &d->sum);
	value_set_int(arena, view, "channels", s->channels);
	value_set_int(arena, view, "filters", s->filters);
	value_set_int(arena, view, "vectors", d->vectors);
	value_set_int(arena, view, "tile", d->steps);
	value_set_int(arena, view, "length", d->length);
	value_set_bool(arena, view, "pads", pads_left(&d->geometry) || pads_right(&d->geometry));
	view_table(arena, view, "weights", &d->weights);
	view_table(arena, view, "factors", &d->factors);
	return view;
}

const struct kernel kernel_integer_depthwise_mve = {
	.name = "integer_depthwise_mve",
	.template = "integer_depthwise_mve",
	.doc = "16 products of int8 an instruction, channels laid side by side in scratch",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
	.scratch = scratch,
	.scratch_type = TYPE_I8,
};
