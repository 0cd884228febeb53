/* softmax.c: Softmax along axes: exponentials below the largest element, divided by their sum; or the logarithm of
 * that. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Softmax") || layer_is(node, "LogSoftmax");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 60, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct rows_along *rows = NEW(arena, struct rows_along);

	(void)target;
	*rows = node_rows(node);
	return rows;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = value_map(arena);

	view_rows(arena, view, node, plan);
	value_set_bool(arena, view, "logarithm", layer_is(node, "LogSoftmax"));
	value_set_bool(arena, view, "adds", node_softmax_masking(node) == SOFTMAX_ADDS);
	value_set_bool(arena, view, "clears", node_softmax_masking(node) == SOFTMAX_CLEARS);
	return view;
}

const struct kernel kernel_softmax = {
	.name = "softmax",
	.template = "softmax",
	.doc = "exponentials divided by their sum",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
