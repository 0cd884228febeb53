/* masking.c: Masking: steps that hold one value become 0; the mask, where it is wanted. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Masking");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 4, 0);
}

/* The node itself says all. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	(void)target;
	return arena_copy(arena, node->config, sizeof(struct masking_config));
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct masking_config *c = plan;
	const struct tensor *in = node->in[0];
	const struct shape *shape = &in->shape;
	int64_t channels = shape->at[shape->rank - 1];
	struct value *view = value_map(arena);

	view_size(arena, view, "steps", shape_elements(shape) / channels, node, open_between(in, 0, shape->rank - 1));
	view_size(arena, view, "channels", channels, node, open_between(in, shape->rank - 1, shape->rank));
	value_set(view, "value", value_f32(arena, (float)c->mask_value));
	value_set_bool(arena, view, "has_mask", node->n_out > 1);
	value_set_bool(arena, view, "multiplies", node_is_old(node));
	return view;
}

const struct kernel kernel_masking = {
	.name = "masking",
	.template = "masking",
	.doc = "steps that hold one value become 0",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
