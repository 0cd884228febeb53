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

const struct kernel kernel_elementwise_vectors = {
	.name = "elementwise_vectors",
	.template = "elementwise_vectors",
	.doc = "vectors of elements",
	.ok = ok,
	.cost = cost,
	.like = &kernel_elementwise,
	.open = true,
};
