/* conv1d_depthwise_vectors.c: sums of one channel each (DepthwiseConv1D, Conv1D whose groups have one channel), channels
 * last, in a target's vectors: these go across channels, weights lie as [tap][channel]. */
#include "kernels/kernel.h"

struct depthwise {
	struct sum sum;
	struct lanes lanes;
	struct window_tile tile;
	struct table weights, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct sum s;

	return target->vectors > 0 && node_sum(node, &s) && s.groups == s.channels && s.filters == s.channels &&
	       !s.partial && !s.channels_first;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	struct geometry g;
	struct window_tile tile;
	int64_t weights;

	CHECK(node_sum(node, &s));
	g = sum_geometry(&s);
	tile = window_tile(&g, target, true);
	weights = s.filters * (s.taps + 1);
	return (struct cost){
		.operations = window_operations(&g, &tile) * lanes_vectors(lanes_along(target, s.channels), s.channels),
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = tile.steps * (tile.taps + tile.taps % s.taps),
	};
}

/* The weights of a tap fill its vectors. */
static int64_t columns_of(const struct depthwise *d)
{
	return d->sum.channels < d->lanes.width ? d->lanes.width : d->sum.channels;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct depthwise *d = NEW(arena, struct depthwise);
	const struct sum *s = &d->sum;
	struct geometry g;
	float *weights, *bias;
	int64_t columns;

	CHECK(node_sum(node, &d->sum));
	g = sum_geometry(s);
	d->lanes = lanes_along(target, s->channels);
	d->tile = window_tile(&g, target, true);
	columns = columns_of(d);
	weights = NEW_ARRAY(arena, s->taps * columns, float);
	bias = NEW_ARRAY(arena, columns, float);
	for (int64_t c = 0; c < s->channels; c++) {
		for (int64_t k = 0; k < s->taps; k++) weights[k * columns + c] = s->kernel[k * s->filters + c];
		bias[c] = s->bias ? s->bias[c] : 0;
	}
	d->weights = (struct table){ .name = "weights",
				     .type = TYPE_F32,
				     .n = s->taps * columns,
				     .columns = (int)d->lanes.width,
				     .at = weights };
	d->weights.doc = arena_printf(arena, "Weights [tap][channel]: %lld taps, %lld channels.", (long long)s->taps,
				      (long long)s->channels);
	d->bias = (struct table){
		.name = "bias", .doc = "One bias a channel.", .type = TYPE_F32, .at = bias, .n = s->bias ? columns : 0
	};
	d->weights.align = d->bias.align = 64;
	return d;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct depthwise *d = plan;

	return weights_and_bias(&d->weights, &d->bias, tables, most);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct depthwise *d = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &d->sum, &d->weights, &d->bias, d->tile.steps);
	view_lanes(arena, view, d->lanes);
	view_window_tile(arena, view, &d->tile);
	view_int(arena, view, "columns", columns_of(d));
	view_int(arena, view, "all_channels", d->sum.channels);
	return view;
}

const struct kernel kernel_conv1d_depthwise_vectors = {
	.name = "conv1d_depthwise_vectors",
	.template = "conv1d_depthwise_vectors",
	.doc = "vectors across channels, tiles of steps",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
