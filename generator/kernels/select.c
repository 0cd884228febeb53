/* select.c: Select: one value where a mask is set, another elsewhere. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Select");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), node->n_in + 2, 0);
}

/* A mask has no axis for the elements of a step. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct shape **in = NEW_ARRAY(arena, node->n_in, const struct shape *);
	struct shape mask = node->in[1]->shape;

	(void)target;
	mask.at[mask.rank++] = 1;
	for (int i = 0; i < node->n_in; i++) in[i] = i == 1 ? &mask : &node->in[i]->shape;
	return loops_over(node->out[0], in, node->n_in, arena);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct select_config *c = node->config;
	struct value *view = value_map(arena);

	value_set(view, "otherwise", value_f32(arena, (float)c->otherwise));
	value_set(view, "loops", view_loops(arena, node, plan));
	return view;
}

const struct kernel kernel_select = {
	.name = "select",
	.template = "select",
	.doc = "one of two values, by a mask",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
