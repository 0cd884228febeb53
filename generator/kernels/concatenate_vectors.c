/* concatenate_vectors.c: Concatenate where each input's rows are runs that go vector by vector. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	return target->vectors > 0 && kernel_concatenate.ok(node, target);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 1, 0);
}

const struct kernel kernel_concatenate_vectors = {
	.name = "concatenate_vectors",
	.template = "concatenate_vectors",
	.doc = "the inputs one behind the other, run by run",
	.ok = ok,
	.cost = cost,
	.like = &kernel_concatenate,
	.open = true,
};
