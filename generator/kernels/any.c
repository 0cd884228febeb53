/* any.c: Any: a mask that is set where one element of a row is. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Any");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 2, 0);
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
	return view;
}

const struct kernel kernel_any = {
	.name = "any",
	.template = "any",
	.doc = "a mask that is set where one element is",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
