/* batch_norm_vectors.c: as batch_norm.c, in a target's vectors: across channels, or along the elements of one channel. */
#include "kernels/kernel.h"

/* Elements side by side that vectors go along: channels, or those of one channel. */
static int64_t inside(const struct node *node)
{
	const struct axis_split split = node_affine_split(node);

	if (split.inner > 1) return split.inner;
	return split.size > 1 ? split.size : split.outer;
}

static bool ok(const struct node *node, const struct target *target)
{
	return target->vectors > 0 && kernel_batch_norm.ok(node, target) && inside(node) >= 4;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_batch_norm.cost(node, target);

	cost.operations = vector_operations(node, target, inside(node), 5 + activation_touches(node));
	return cost;
}

const struct kernel kernel_batch_norm_vectors = {
	.name = "batch_norm_vectors",
	.template = "batch_norm_vectors",
	.doc = "a scale and an offset per channel, in vectors",
	.ok = ok,
	.cost = cost,
	.like = &kernel_batch_norm,
	.open = true,
};
