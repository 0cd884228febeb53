/* softmax_vectors.c: as softmax.c without a mask, in a target's vectors: along rows or across them. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct rows_along rows;

	if (target->vectors == 0 || !kernel_softmax.ok(node, target) || node->n_in != 1) return false;
	rows = node_rows(node);
	return rows.length > 1 && row_form(node, &rows) != ROWS_OTHER;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_softmax.cost(node, target);

	cost.operations = cost.operations / target->width[0] + 3 * shape_elements(&node->in[0]->shape);
	return cost;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = kernel_softmax.view(node, plan, arena);

	value_set_bool(arena, view, "across", row_form(node, plan) == ROWS_ACROSS);
	view_size(arena, view, "elements", shape_elements(&node->in[0]->shape), node, node->in[0]);
	return view;
}

const struct kernel kernel_softmax_vectors = {
	.name = "softmax_vectors",
	.template = "softmax_vectors",
	.doc = "exponentials in vectors, divided by their sum",
	.ok = ok,
	.cost = cost,
	.like = &kernel_softmax,
	.view = view,
	.open = true,
};
