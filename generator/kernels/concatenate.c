/* concatenate.c: Concatenate along any axis: each input is rows of elements that lie together in the output. */
#include "kernels/integer_view.h"

bool concatenation_scales(const struct node *node)
{
	const struct tensor *out = node->out[0];

	for (int k = 0; k < node->n_in && out->type == TYPE_U8; k++)
		if (tensor_scale(node->in[k]) != tensor_scale(out) ||
		    tensor_zero_point(node->in[k]) != tensor_zero_point(out))
			return true;
	return false;
}

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Concatenate") && !concatenation_scales(node);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 2, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct axis_split *split = NEW(arena, struct axis_split);

	(void)target;
	*split = axis_split(&node->out[0]->shape, node_axis(node));
	return split;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct axis_split *split = plan;
	const struct tensor *out = node->out[0];
	int axis = node_axis(node);
	struct value *view = value_map(arena), *runs = value_list(arena);

	for (int i = 0; i < node->n_in; i++) {
		const struct tensor *in = node->in[i];
		value_push(runs, size_view(arena, axis_split(&in->shape, axis).size * split->inner, node,
					   open_between(in, axis, MAX_RANK)));
	}
	view_size(arena, view, "rows", split->outer, node, open_between(out, 0, axis));
	value_set_int(arena, view, "row", split->size * split->inner);
	value_set(view, "runs", runs);
	return view;
}

const struct kernel kernel_concatenate = {
	.name = "concatenate",
	.template = "concatenate",
	.doc = "the inputs one behind the other",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_ANY,
	.open = true,
};
