/* conv1d_transpose.c: Conv1DTranspose, gathered: each output step sums the taps that some input step reaches it by.
 *
 * Of step t, with n = t + crop, these are the taps k whose n - k * dilation is a multiple of the stride and inside the
 * input: with dilation 1 every stride-th tap from n mod stride, with stride 1 all in a row; either way consecutive taps
 * meet input rows at a constant distance.  Filters are cut into blocks of lanes as in conv1d_tiled. */
#include "kernels/kernel.h"

struct transpose {
	struct transposed_sum sum;
	struct blocks blocks;
	struct table weights, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct transposed_sum s;

	(void)target;
	return node_transposed_sum(node, &s) && (s.stride == 1 || s.dilation == 1);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct transposed_sum s;
	int64_t macs, weights;

	CHECK(node_transposed_sum(node, &s));
	macs = s.steps_out * (s.taps / s.stride + 1) * s.channels * s.filters;
	weights = (s.taps * s.channels + 1) * s.filters;
	return (struct cost){
		.operations = macs * 11 / (4 * (s.partial ? 1 : useful_lanes(target, LANES_MOST))),
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = 30,
	};
}

/* The kernel as [taps][channels][filters]. */
static const float *filters_last(const struct transposed_sum *s, struct arena *arena)
{
	float *at = NEW_ARRAY(arena, s->taps * s->channels * s->filters, float);

	for (int64_t k = 0; k < s->taps; k++)
		for (int64_t f = 0; f < s->filters; f++)
			for (int64_t c = 0; c < s->channels; c++)
				at[(k * s->channels + c) * s->filters + f] =
				    s->kernel[(k * s->filters + f) * s->channels + c];
	return at;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct transpose *t = NEW(arena, struct transpose);
	struct sum sum;

	(void)target;
	CHECK(node_transposed_sum(node, &t->sum));
	sum = (struct sum){ .channels = t->sum.channels,
			    .filters = t->sum.filters,
			    .taps = t->sum.taps,
			    .groups = 1,
			    .kernel = filters_last(&t->sum, arena),
			    .bias = t->sum.bias };
	if (t->sum.partial) {
		t->weights = filter_table(&sum, arena);
		t->bias = bias_table(&sum);
		return t;
	}
	cut_filters(&t->blocks, t->sum.filters, BLOCK_MOST);
	block_tables(&t->blocks, &sum, &t->weights, &t->bias, arena);
	return t;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct transpose *t = plan;

	return LIST_TABLES(tables, most, &t->weights, &t->bias);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct transpose *t = plan;
	const struct transposed_sum *s = &t->sum;
	struct value *view = value_map(arena);

	view_transposed(arena, view, node, s);
	value_set_bool(arena, view, "partial", s->partial);
	view_size(arena, view, "size", s->steps_out * s->filters, node, node->out[0]);
	view_table(arena, view, "weights", &t->weights);
	value_set_bool(arena, view, "has_bias", t->bias.n > 0);
	if (t->bias.n > 0) view_table(arena, view, "bias", &t->bias);
	view_blocks(arena, view, &t->blocks, s->taps * s->channels);
	return view;
}

const struct kernel kernel_conv1d_transpose = {
	.name = "conv1d_transpose",
	.template = "conv1d_transpose",
	.doc = "sums gathered step by step over a weight table",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
