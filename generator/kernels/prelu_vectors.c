/* prelu_vectors.c: as prelu.c, in a target's vectors along the innermost axes that the slopes pass alike. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	return target->vectors > 0 && kernel_prelu.ok(node, target) && shape_elements(&node->out[0]->shape) > 1;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_prelu.cost(node, target);

	cost.operations = vector_operations(node, target, loops_inside(node, &node_weight(node, "alpha")->shape), 5);
	return cost;
}

const struct kernel kernel_prelu_vectors = {
	.name = "prelu_vectors",
	.template = "prelu_vectors",
	.doc = "a slope of its own below 0, in vectors",
	.ok = ok,
	.cost = cost,
	.like = &kernel_prelu,
	.open = true,
};
