/* flatten_transpose.c: Flatten of channels_first, whose output has the channels last. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Flatten");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 2, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct flatten_config *c = node->config;
	struct axis_split *split = NEW(arena, struct axis_split);

	(void)target;
	*split = axis_split(&node->in[0]->shape, 0);
	if (c->data_format == CHANNELS_LAST) *split = (struct axis_split){ 1, 1, split->size * split->inner };
	return split;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct axis_split *split = plan;
	struct value *view = value_map(arena);

	(void)node;
	view_int(arena, view, "channels", split->size);
	view_int(arena, view, "others", split->inner);
	return view;
}

const struct kernel kernel_flatten_transpose = {
	.name = "flatten_transpose", .template = "flatten_transpose", .doc = "channels move behind the other axes",
	.ok = ok, .cost = cost, .plan = plan, .view = view,
};
