/* conv1d_depthwise_vectors.c: sums of one channel each (DepthwiseConv1D, Conv1D whose groups have one channel), channels
 * last, in a target's vectors: these go across filters, weights lie as [tap][filter]. */
#include "kernels/kernel.h"

struct depthwise {
	struct sum sum;
	struct lanes lanes;
	struct window_tile tile;
	int64_t multiple; /* filters of a channel */
	struct table weights, bias;
};

/* The widest vectors that whole channels fill, or that lie within the filters of one. */
static bool lanes_for(const struct sum *s, const struct target *target, struct lanes *lanes)
{
	int64_t multiple = s->filters / s->channels;

	*lanes = lanes_along(target, s->filters);
	if (multiple == 1) return true;
	for (int i = 0; i < WIDTHS_MOST && target->width[i] > 0; i++) {
		int64_t width = target->width[i];

		*lanes = (struct lanes){ width, width };
		if (width <= s->filters && (width % multiple == 0 || multiple % width == 0)) return true;
	}
	return false;
}

/* Of one channel: each sum has an input of its own.  (Of all filters of a lone channel one input serves all.) */
static bool ok(const struct node *node, const struct target *target)
{
	struct sum s;
	struct lanes lanes;

	return target->vectors > 0 && node_sum(node, &s) && s.groups == s.channels && !s.partial && !s.channels_first &&
	       (s.channels > 1 || s.filters == 1) && lanes_for(&s, target, &lanes);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	struct geometry g;
	struct window_tile tile;
	struct lanes lanes;
	int64_t weights;

	CHECK(node_sum(node, &s) && lanes_for(&s, target, &lanes));
	g = sum_geometry(&s);
	tile = window_tile(&g, target, true);
	weights = s.filters * (s.taps + 1);
	return (struct cost){
		.operations = window_operations(&g, &tile) * lanes_vectors(lanes, s.filters),
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = tile.steps * (tile.taps + tile.taps % s.taps),
	};
}

/* The weights of a tap fill its vectors. */
static int64_t columns_of(const struct depthwise *d)
{
	return d->sum.filters < d->lanes.width ? d->lanes.width : d->sum.filters;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct depthwise *d = NEW(arena, struct depthwise);
	const struct sum *s = &d->sum;
	struct geometry g;
	float *weights, *bias;
	int64_t columns;

	CHECK(node_sum(node, &d->sum) && lanes_for(&d->sum, target, &d->lanes));
	d->multiple = s->filters / s->channels;
	g = sum_geometry(s);
	d->tile = window_tile(&g, target, true);
	columns = columns_of(d);
	weights = NEW_ARRAY(arena, s->taps * columns, float);
	bias = NEW_ARRAY(arena, columns, float);
	for (int64_t f = 0; f < s->filters; f++) {
		for (int64_t k = 0; k < s->taps; k++) weights[k * columns + f] = s->kernel[k * s->filters + f];
		bias[f] = s->bias ? s->bias[f] : 0;
	}
	d->weights = (struct table){ .name = "weights",
				     .type = TYPE_F32,
				     .n = s->taps * columns,
				     .columns = (int)d->lanes.width,
				     .at = weights };
	d->weights.doc = arena_printf(arena, "Weights [tap][filter]: %lld taps, %lld filters.", (long long)s->taps,
				      (long long)s->filters);
	d->bias = (struct table){
		.name = "bias", .doc = "One bias a filter.", .type = TYPE_F32, .at = bias, .n = s->bias ? columns : 0
	};
	d->weights.align = d->bias.align = 64;
	return d;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct depthwise *d = plan;

	return LIST_TABLES(tables, most, &d->weights, &d->bias);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct depthwise *d = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &d->sum, &d->weights, &d->bias, d->tile.steps);
	view_lanes(arena, view, d->lanes);
	view_window_tile(arena, view, &d->tile);
	value_set_int(arena, view, "columns", columns_of(d));
	value_set_int(arena, view, "all_channels", d->sum.channels);
	value_set_int(arena, view, "multiple", d->multiple);
	return view;
}

const struct kernel kernel_conv1d_depthwise_vectors = {
	.name = "conv1d_depthwise_vectors",
	.template = "conv1d_depthwise_vectors",
	.doc = "vectors across filters, tiles of steps",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
