/* sparsemax.c: Sparsemax: every row less a threshold of its own. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Sparsemax");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const struct shape *shape = &node->out[0]->shape;

	(void)target;
	/* Every element passes half of its row where it is sorted in. */
	return simple_cost(shape_elements(shape), 12 + shape->at[shape->rank - 1] / 2, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct axis_split *split = NEW(arena, struct axis_split);

	(void)target;
	*split = axis_split(&node->out[0]->shape, node_axis(node));
	return split;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct axis_split *split = plan;
	const struct tensor *out = node->out[0];
	int axis = node_axis(node);
	struct value *view = value_map(arena);

	view_size(arena, view, "rows", split->outer, node, open_between(out, 0, axis));
	view_size(arena, view, "size", split->size, node, open_between(out, axis, axis + 1));
	return view;
}

const struct kernel kernel_sparsemax = {
	.name = "sparsemax",
	.template = "sparsemax",
	.doc = "rows less a threshold of their own",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
