/* integer_lookup_mve.c: integer_lookup, 16 elements at a time: MVE loads bytes from 16 places of a table of 256. */
#include "kernels/integer_mve.h"

static bool ok(const struct node *node, const struct target *target)
{
	return has_mve(target) && kernel_integer_lookup.ok(node, target) && type_bytes(node->out[0]->type) == 1;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_integer_lookup.cost(node, target);

	cost.operations /= MVE_BYTES;
	return cost;
}

const struct kernel kernel_integer_lookup_mve = {
	.name = "integer_lookup_mve",
	.template = "integer_lookup_mve",
	.doc = "a function of 16 elements by a table of 256",
	.ok = ok,
	.cost = cost,
	.like = &kernel_integer_lookup,
	.types = KERNEL_INTEGERS,
	.open = true,
};
