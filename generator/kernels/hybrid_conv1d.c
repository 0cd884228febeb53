/* hybrid_conv1d.c: Conv1D, DepthwiseConv1D and Dense of floats with integer weights: the input (Dense: each row of it) becomes
 * integers in scratch, then come integer sums, up to four filters at a time, then float scales. */
#include "kernels/kernel.h"

#include "layers/integer.h"

#include <stdlib.h>

enum { FILTERS = 4 };

struct hybrid {
	struct hybrid_sum sum;
	struct table weights, scales, bias;
	bool wide;     /* accumulators of 64 bits */
	int64_t input; /* elements that stand in scratch */
};

static bool ok(const struct node *node, const struct target *target)
{
	struct sum sum;

	(void)target;
	return node_is_hybrid(node) && node_sum(node, &sum) && !node_is_open(node);
}

/* Weights filter by filter, in the order of the terms. */
static struct table weight_table(const struct hybrid_sum *h, struct arena *arena)
{
	const struct sum *s = &h->sum;
	const int64_t terms = sum_terms(s);
	int8_t *at = NEW_ARRAY(arena, terms * s->filters, int8_t);

	for (int64_t f = 0; f < s->filters; f++)
		for (int64_t i = 0; i < terms; i++) at[f * terms + i] = (int8_t)h->kernel->integers[i * s->filters + f];
	return (struct table){ .name = "weights",
			       .doc = arena_printf(
				   arena, "[filter][tap][channel]: %lld filters, %lld taps, %lld channels.",
				   (long long)s->filters, (long long)s->taps, (long long)(s->channels / s->groups)),
			       .type = TYPE_I8,
			       .n = terms * s->filters,
			       .at = at };
}

/* Inputs differ from their zero point by 255 at most. */
static bool needs_64_bits(const struct hybrid_sum *h)
{
	const struct sum *s = &h->sum;

	for (int64_t f = 0; f < s->filters; f++) {
		int64_t most = 0;
		for (int64_t i = 0; i < sum_terms(s); i++) most += llabs(h->kernel->integers[i * s->filters + f]) * 255;
		if (most > INT32_MAX) return true;
	}
	return false;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct hybrid *p = NEW(arena, struct hybrid);
	const struct sum *s = &p->sum.sum;

	(void)target;
	p->sum = node_hybrid_sum(node);
	p->weights = weight_table(&p->sum, arena);
	p->scales = (struct table){ .name = "scales",
				    .doc = p->sum.scales > 1 ? "Of the weights, by filter." : "Of the weights.",
				    .type = TYPE_F32,
				    .n = p->sum.scales,
				    .at = p->sum.scale };
	p->bias = bias_table(s);
	p->wide = needs_64_bits(&p->sum);
	p->input = p->sum.each_row ? s->channels : s->steps_in * s->channels;
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct hybrid *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->scales, &p->bias);
}

static int64_t scratch(const void *plan)
{
	return ((const struct hybrid *)plan)->input;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const struct hybrid_sum h = node_hybrid_sum(node);
	const int64_t weights = sum_terms(&h.sum) * h.sum.filters;

	(void)target;
	return (struct cost){ .operations = 3 * sum_macs_executed(&h.sum) + 12 * h.sum.steps_in * h.sum.channels,
			      .flash = weights + 8 * h.sum.filters + 2 * FUNCTION_CODE,
			      .text = 5 * weights + 3 * FUNCTION_TEXT,
			      .statements = 4 * BLOCK_MOST };
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct hybrid *p = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &p->sum.sum, &p->weights, &p->bias, 0);
	view_table(arena, view, "scales", &p->scales);
	value_set_text(arena, view, "acc", p->wide ? "int64_t" : "int32_t");
	value_set_int(arena, view, "input", p->input);
	value_set_int(arena, view, "block", least(FILTERS, p->sum.sum.filters / p->sum.sum.groups));
	value_set_bool(arena, view, "by_filter", p->sum.scales > 1);
	value_set_bool(arena, view, "asymmetric", p->sum.asymmetric);
	value_set_bool(arena, view, "each_row", p->sum.each_row);
	value_set_int(arena, view, "phases", p->sum.phases);
	value_set_bool(arena, view, "weights_first", p->sum.order == HYBRID_WEIGHTS_FIRST);
	return view;
}

const struct kernel kernel_hybrid_conv1d = {
	.name = "hybrid_conv1d",
	.template = "hybrid_conv1d",
	.doc = "floats as integers for the sum's time, weights of 8 bits",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
	.scratch_type = TYPE_I8,
};
