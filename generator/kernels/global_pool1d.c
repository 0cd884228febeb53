/* global_pool1d.c: GlobalMaxPooling1D and GlobalAveragePooling1D: all steps in order of time. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "GlobalMaxPooling1D") || layer_is(node, "GlobalAveragePooling1D");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 3, 0);
}

/* The node itself says all. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	(void)target;
	return arena_copy(arena, node->config, sizeof(struct global_pool1d_config));
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct global_pool1d_config *c = plan;
	struct value *view = value_map(arena);

	value_set_bool(arena, view, "mean", layer_is(node, "GlobalAveragePooling1D"));
	value_set_bool(arena, view, "channels_first", c->data_format == CHANNELS_FIRST);
	value_set_bool(arena, view, "masked", node->n_in > 1);
	value_set_bool(arena, view, "weighs", node_is_old(node));
	view_size(arena, view, "steps", shape_steps(&node->in[0]->shape, c->data_format), node, node->in[0]);
	value_set_int(arena, view, "channels", shape_channels(&node->in[0]->shape, c->data_format));
	return view;
}

const struct kernel kernel_global_pool1d = {
	.name = "global_pool1d",
	.template = "global_pool1d",
	.doc = "the largest or the mean over all steps",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
