/* conv1d_depthwise.c: sums of one channel each (DepthwiseConv1D, Conv1D whose groups have one channel), channels last.
 *
 * Vectors go across channels; weights lie as [multiple][tap][channel], multiple being the filter within its channel.  The
 * last vector is moved back over channels that are done already where they do not fill it. */
#include "kernels/kernel.h"

enum { VECTOR = 8, HALF = 4, DEPTHWISE_STEPS = 2 };

struct depthwise {
	struct sum sum;
	int64_t lanes, steps;
	struct table weights, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct sum s;

	(void)target;
	return node_sum(node, &s) && s.groups == s.channels && !s.partial && !s.channels_first && s.channels >= HALF;
}

static int64_t lanes_of(const struct sum *s)
{
	return s->channels >= VECTOR ? VECTOR : HALF;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t lanes, weights, operations;

	CHECK(node_sum(node, &s));
	lanes = useful_lanes(target, lanes_of(&s));
	weights = s.filters * (s.taps + 1);
	operations = sum_macs_executed(&s) * 14 / (4 * lanes) + 4 * s.steps_out * s.filters;
	/* Kernels in vectors count halves of a cycle, in which compilers do two operations or three. */
	if (target->vectors > 0) operations = operations * 2 / 5;
	return (struct cost){
		.operations = operations,
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = 4 * VECTOR,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct depthwise *d = NEW(arena, struct depthwise);
	const struct sum *s = &d->sum;
	struct geometry g;
	float *weights, *bias;
	int64_t multiples, inside;

	(void)target;
	CHECK(node_sum(node, &d->sum));
	g = sum_geometry(s);
	inside = steps_for_tiles(&g);
	multiples = s->filters / s->channels;
	weights = NEW_ARRAY(arena, s->taps * s->filters, float);
	bias = NEW_ARRAY(arena, s->filters, float);
	for (int64_t m = 0; m < multiples; m++)
		for (int64_t c = 0; c < s->channels; c++) {
			int64_t f = c * multiples + m;
			for (int64_t k = 0; k < s->taps; k++)
				weights[(m * s->taps + k) * s->channels + c] = s->kernel[k * s->filters + f];
			bias[m * s->channels + c] = s->bias ? s->bias[f] : 0;
		}
	d->lanes = lanes_of(s);
	d->steps = inside < DEPTHWISE_STEPS ? inside : DEPTHWISE_STEPS;
	d->weights = (struct table){ .name = "weights", .type = TYPE_F32, .n = s->taps * s->filters, .at = weights };
	d->weights.doc =
	    arena_printf(arena, "Weights [filter of a channel][tap][channel]: %lld filters, %lld taps, %lld channels.",
			 (long long)multiples, (long long)s->taps, (long long)s->channels);
	d->bias = (struct table){ .name = "bias",
				  .doc = "One bias a filter, in that order.",
				  .type = TYPE_F32,
				  .at = bias,
				  .n = s->bias ? s->filters : 0 };
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

	view_sum(arena, view, node, &d->sum, &d->weights, &d->bias, d->steps);
	value_set_int(arena, view, "lanes", d->lanes);
	value_set_int(arena, view, "tile", d->steps);
	return view;
}

const struct kernel kernel_conv1d_depthwise = {
	.name = "conv1d_depthwise",
	.template = "conv1d_depthwise",
	.doc = "vectors across channels",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
