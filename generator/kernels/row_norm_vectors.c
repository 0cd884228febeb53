/* row_norm_vectors.c: as row_norm.c, in a target's vectors: along rows, several of them at once, or across them. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct rows_along rows;

	if (target->vectors == 0 || !kernel_row_norm.ok(node, target)) return false;
	rows = node_rows(node);
	return rows.length > 1 && row_form(node, &rows) != ROWS_OTHER;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_row_norm.cost(node, target);

	cost.operations = cost.operations / target->width[0] + 3 * shape_elements(&node->in[0]->shape);
	return cost;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct rows_along rows = node_rows(node);
	struct value *view = kernel_row_norm.view(node, plan, arena);

	value_set_bool(arena, view, "across", row_form(node, &rows) == ROWS_ACROSS);
	return view;
}

const struct kernel kernel_row_norm_vectors = {
	.name = "row_norm_vectors",
	.template = "row_norm_vectors",
	.doc = "rows less their mean, over their deviation, in vectors",
	.ok = ok,
	.cost = cost,
	.like = &kernel_row_norm,
	.view = view,
	.open = true,
};
