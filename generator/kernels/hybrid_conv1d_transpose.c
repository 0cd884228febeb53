/* hybrid_conv1d_transpose.c: Conv1DTranspose of floats with integer weights: the input becomes integers in scratch; each
 * term of a sum is scaled to a float by itself, as TFLite does it. */
#include "kernels/kernel.h"

#include "layers/integer.h"

struct hybrid_transpose {
	struct transposed_sum sum;
	struct table weights, scales, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct transposed_sum s;

	(void)target;
	return node_is_hybrid(node) && node_transposed_sum(node, &s) && (s.stride == 1 || s.dilation == 1) &&
	       !node_is_open(node);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct hybrid_transpose *p = NEW(arena, struct hybrid_transpose);
	const struct weight *kernel = node_weight(node, "kernel");
	struct transposed_sum *s = &p->sum;
	int8_t *at;

	(void)target;
	CHECK(node_transposed_sum(node, s));
	at = NEW_ARRAY(arena, s->taps * s->filters * s->channels, int8_t);
	for (int64_t i = 0; i < s->taps * s->filters * s->channels; i++) at[i] = (int8_t)kernel->integers[i];
	p->weights = (struct table){ .name = "weights",
				     .doc = arena_printf(
					 arena, "[tap][filter][channel]: %lld taps, %lld filters, %lld channels.",
					 (long long)s->taps, (long long)s->filters, (long long)s->channels),
				     .type = TYPE_I8,
				     .n = s->taps * s->filters * s->channels,
				     .at = at };
	p->scales =
	    (struct table){ .name = "scales",
			    .doc = kernel->quantisation->n > 1 ? "Of the weights, by filter." : "Of the weights.",
			    .type = TYPE_F32,
			    .n = kernel->quantisation->n,
			    .at = kernel->quantisation->scale };
	p->bias = (struct table){ .name = "bias",
				  .doc = "One bias a filter.",
				  .type = TYPE_F32,
				  .n = s->bias ? s->filters : 0,
				  .at = s->bias };
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct hybrid_transpose *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->scales, &p->bias);
}

static int64_t scratch(const void *plan)
{
	const struct hybrid_transpose *p = plan;

	return p->sum.steps_in * p->sum.channels;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct transposed_sum s;
	int64_t weights;

	(void)target;
	CHECK(node_transposed_sum(node, &s));
	weights = s.taps * s.channels * s.filters;
	return (struct cost){ .operations = s.steps_out * s.filters * (s.taps / s.stride + 1) * s.channels * 6 +
					    12 * s.steps_in * s.channels,
			      .flash = weights + 8 * s.filters + 2 * FUNCTION_CODE,
			      .text = 5 * weights + 2 * FUNCTION_TEXT,
			      .statements = BLOCK_MOST };
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct hybrid_transpose *p = plan;
	struct value *view = value_map(arena);

	view_transposed(arena, view, node, &p->sum);
	view_table(arena, view, "weights", &p->weights);
	view_table(arena, view, "scales", &p->scales);
	if (p->bias.n > 0) view_table(arena, view, "bias", &p->bias);
	value_set_bool(arena, view, "has_bias", p->bias.n > 0);
	value_set_bool(arena, view, "by_filter", p->scales.n > 1);
	value_set_int(arena, view, "input", scratch(plan));
	return view;
}

const struct kernel kernel_hybrid_conv1d_transpose = {
	.name = "hybrid_conv1d_transpose",
	.template = "hybrid_conv1d_transpose",
	.doc = "floats as integers, weights of 8 bits, terms scaled one by one",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
	.scratch_type = TYPE_I8,
};
