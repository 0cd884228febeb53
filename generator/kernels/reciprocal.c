/* reciprocal.c: Reciprocal: a number divided by every element. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Reciprocal");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 3, 0);
}

/* The node itself says all. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	(void)target;
	return arena_copy(arena, node->config, sizeof(struct reciprocal_config));
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct reciprocal_config *c = plan;
	struct value *view = value_map(arena);

	view_size(arena, view, "elements", shape_elements(&node->out[0]->shape), node, node->out[0]);
	value_set(view, "numerator", value_f32(arena, (float)c->numerator));
	return view;
}

const struct kernel kernel_reciprocal = {
	.name = "reciprocal",
	.template = "reciprocal",
	.doc = "a number divided by every element",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
