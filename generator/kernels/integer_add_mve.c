/* integer_add_mve.c: Add and Subtract of two tensors of int8 of one shape, four elements at a time in MVE's vectors.
 *
 * Each product is rounded as integer_mve.c says of AWAY; all factors are below 1. */
#include "kernels/integer_mve.h"

#include "kernels/integer_view.h"

static bool is_bytes(const struct tensor *tensor)
{
	return tensor->type == TYPE_I8;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_addition a;

	if (!has_mve(target) || node->n_in != 2 || !node_integer_addition(node, &a) || a.shifts) return false;
	if (!is_bytes(node->in[0]) || !is_bytes(node->in[1]) || !is_bytes(node->out[0])) return false;
	return shape_equal(&node->in[0]->shape, &node->out[0]->shape) &&
	       shape_equal(&node->in[1]->shape, &node->out[0]->shape) && a.rounding == ROUNDING_DOUBLE &&
	       a.in[0].shift <= 0 && a.in[1].shift <= 0 && a.out.shift <= 0;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(ceiling(shape_elements(&node->out[0]->shape), MVE_SUMS), 30, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_addition *a = NEW(arena, struct integer_addition);

	(void)target;
	CHECK(node_integer_addition(node, a));
	return a;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer_addition *a = plan;
	struct value *view = value_map(arena), *operands = value_list(arena), *operand;

	for (int k = 0; k < 2; k++) {
		operand = value_map(arena);
		value_set_int(arena, operand, "zero", a->zero_in[k]);
		view_factor(arena, operand, "factor", a->in[k]);
		value_push(operands, operand);
	}
	value_set(view, "operands", operands);
	value_set_bool(arena, view, "subtracts", a->subtracts);
	value_set_int(arena, view, "left", a->left);
	value_set_int(arena, view, "zero_out", a->zero_out);
	view_factor(arena, view, "factor", a->out);
	view_range(arena, view, a->range, node->out[0]);
	view_elements(arena, view, node);
	return view;
}

const struct kernel kernel_integer_add_mve = {
	.name = "integer_add_mve",
	.template = "integer_add_mve",
	.doc = "sums and differences of scaled int8, in vectors",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_INTEGERS,
	.open = true,
};
