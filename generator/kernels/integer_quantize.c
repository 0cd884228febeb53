/* integer_quantize.c: Quantize of floats, and to floats. */
#include "kernels/integer_view.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Quantize") && tensor_is_integer(node->in[0]) != tensor_is_integer(node->out[0]);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 20, 0);
}

/* The tensors say all. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	(void)target;
	return arena_copy(arena, node->out[0], sizeof(struct tensor));
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const bool quantises = tensor_is_integer(node->out[0]);
	const struct tensor *integers = quantises ? node->out[0] : node->in[0];
	struct value *view = value_map(arena);

	(void)plan;
	view_elements(arena, view, node);
	value_set_bool(arena, view, "quantises", quantises);
	value_set(view, "scale", value_f32(arena, tensor_scale(integers)));
	value_set_int(arena, view, "zero", tensor_zero_point(integers));
	value_set_int(arena, view, "least", type_least(integers->type));
	value_set_int(arena, view, "most", type_most(integers->type));
	return view;
}

const struct kernel kernel_integer_quantize = {
	.name = "integer_quantize",
	.template = "integer_quantize",
	.doc = "floats as integers, or integers as floats",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_INTEGERS,
	.open = true,
};
