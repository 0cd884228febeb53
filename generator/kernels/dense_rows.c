/* dense_rows.c: Dense on one row of terms (behind Flatten), some of the terms a call: sums go on where the call before left
 * them, in y or, where they are 16 partial sums each, in scratch memory. */
#include "kernels/kernel.h"

enum { FILTERS_TOGETHER = 4 };

static bool ok(const struct node *node, const struct target *target)
{
	struct sum s;

	(void)target;
	return node->sums && layer_is(node, "Dense") && node->in[0]->shape.rank == 1 && node_sum(node, &s);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t weights;

	(void)target;
	CHECK(node_sum(node, &s));
	weights = s.filters * (sum_terms(&s) + 1);
	return (struct cost){
		.operations = sum_macs_executed(&s) * (s.partial ? 6 : 3),
		.flash = weights * 4 + 3 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 3 * FUNCTION_TEXT,
		.statements = 30,
	};
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct by_filters *d = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set_int(arena, view, "terms", sum_terms(&d->sum));
	value_set_int(arena, view, "filters", d->sum.filters);
	value_set_int(arena, view, "together", FILTERS_TOGETHER);
	value_set_bool(arena, view, "partial", d->sum.partial);
	view_table(arena, view, "weights", &d->weights);
	value_set_bool(arena, view, "has_bias", d->bias.n > 0);
	if (d->bias.n > 0) view_table(arena, view, "bias", &d->bias);
	return view;
}

static int64_t scratch(const void *plan)
{
	const struct by_filters *d = plan;

	return d->sum.partial ? d->sum.filters * PARTIAL_SUMS * (int64_t)sizeof(float) : 0;
}

const struct kernel kernel_dense_rows = {
	.name = "dense_rows",
	.template = "dense_rows",
	.doc = "sums that go on as their terms come",
	.ok = ok,
	.cost = cost,
	.plan = by_filters_plan,
	.view = view,
	.tables = by_filters_tables,
	.scratch = scratch,
	.sums = true,
};
