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

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	return kernel_prelu.plan(node, target, arena);
}

static int tables(void *plan, struct table **tables, int most)
{
	return kernel_prelu.tables(plan, tables, most);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	return kernel_prelu.view(node, plan, arena);
}

const struct kernel kernel_prelu_vectors = {
	.name = "prelu_vectors",
	.template = "prelu_vectors",
	.doc = "a slope of its own below 0, in vectors",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
