/* glu_vectors.c: as glu.c, in a target's vectors along a row. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	return target->vectors > 0 && kernel_glu.ok(node, target);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_glu.cost(node, target);

	cost.operations = cost.operations / target->width[0] + 2;
	return cost;
}

const struct kernel kernel_glu_vectors = {
	.name = "glu_vectors",
	.template = "glu_vectors",
	.doc = "half of every row times the sigmoid of the other, in vectors",
	.ok = ok,
	.cost = cost,
	.like = &kernel_glu,
	.open = true,
};
