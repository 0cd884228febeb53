/* conv1d_partial.c: Conv1D and Dense of many terms and few filters, in 16 partial sums.
 *
 * Term i goes into sum i mod 16.  Weights lie filter by filter in the order of the terms; where a window's terms are one
 * run of the input they meet it there, else the window is first copied into scratch memory in that order. */
#include "kernels/kernel.h"

struct partial {
	struct sum sum;
	bool gather;
	struct table weights, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct sum sum;

	(void)target;
	return node_sum(node, &sum) && sum.partial;
}

/* The window's terms do not follow each other in the input. */
static bool scattered(const struct sum *s)
{
	if (s->channels_first) return s->steps_in > 1;
	return s->taps > 1 && (s->dilation > 1 || s->groups > 1);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t outputs, weights;

	CHECK(node_sum(node, &s));
	outputs = s.steps_out * s.filters;
	weights = (sum_terms(&s) + 1) * s.filters;
	return (struct cost){
		.operations = outputs * (sum_terms(&s) * 11 / (4 * useful_lanes(target, LANES_MOST)) + 40) +
			      (scattered(&s) ? 2 * s.steps_out * s.taps * s.channels : 0),
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = 30,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct partial *p = NEW(arena, struct partial);

	(void)target;
	CHECK(node_sum(node, &p->sum));
	p->gather = scattered(&p->sum);
	p->weights = filter_table(&p->sum, arena);
	p->weights.columns = PARTIAL_SUMS;
	p->bias = bias_table(&p->sum);
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct partial *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->bias);
}

static int64_t scratch(const void *plan)
{
	const struct partial *p = plan;

	return p->gather ? sum_terms(&p->sum) * (int64_t)sizeof(float) : 0;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct partial *p = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &p->sum, &p->weights, &p->bias, 1);
	value_set_bool(arena, view, "gather", p->gather);
	return view;
}

const struct kernel kernel_conv1d_partial = {
	.name = "conv1d_partial",
	.template = "conv1d_partial",
	.doc = "sixteen partial sums an output over a weight table",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
	.scratch = scratch,
};
