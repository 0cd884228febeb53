/* integer_reduce_rows.c: what integer_reduce makes of all steps, some steps a call: sums in scratch, extremes in the output. */
#include "kernels/integer_view.h"

static bool ok(const struct node *node, const struct target *target)
{
	return node->sums && kernel_reduce_rows.ok(node, target) && integer_reduce_is_narrow(node);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 4, 0);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = kernel_integer_reduce.view(node, plan, arena);
	const struct tensor *in = node->in[0];

	value_set_int(arena, view, "start", layer_is(node, "Min") ? type_most(in->type) : type_least(in->type));
	return view;
}

const struct kernel kernel_integer_reduce_rows = {
	.name = "integer_reduce_rows",
	.template = "integer_reduce_rows",
	.doc = "all steps become one, some steps at a time",
	.ok = ok,
	.cost = cost,
	.view = view,
	.scratch = integer_reduce_scratch,
	.scratch_type = TYPE_I32,
	.like = &kernel_integer_reduce,
	.types = KERNEL_INTEGERS,
	.sums = true,
};
