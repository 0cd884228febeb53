/* elementwise_vectors.c: as elementwise.c, in a target's vectors along the innermost axes that all inputs pass alike. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	return target->vectors > 0 && kernel_elementwise.ok(node, target) && shape_elements(&node->out[0]->shape) > 1;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_elementwise.cost(node, target);

	cost.operations =
	    vector_operations(node, target, loops_inside(node, NULL), node->n_in + 2 + activation_touches(node));
	return cost;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	return kernel_elementwise.plan(node, target, arena);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	return kernel_elementwise.view(node, plan, arena);
}

const struct kernel kernel_elementwise_vectors = {
	.name = "elementwise_vectors",
	.template = "elementwise_vectors",
	.doc = "vectors of elements",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
