/* move_vectors.c: layers that only move elements, where these lie in runs: a run goes vector by vector. */
#include "kernels/kernel.h"

/* Elements that follow each other in the output do so in the input; axes of one element are none (move.c). */
static bool in_runs(const struct move *m)
{
	int last = m->rank - 1;

	while (last >= 0 && m->size[last] == 1 && m->repeat[last] == 1 && m->before[last] == 0) last--;
	return last >= 0 && m->repeat[last] == 1 && m->stride[last] == 1;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct move move;

	return target->vectors > 0 && kernel_move.ok(node, target) && node_move(node, &move) && in_runs(&move);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 1, 0);
}

const struct kernel kernel_move_vectors = {
	.name = "move_vectors",
	.template = "move_vectors",
	.doc = "runs of elements change their place",
	.ok = ok,
	.cost = cost,
	.like = &kernel_move,
	.open = true,
};
