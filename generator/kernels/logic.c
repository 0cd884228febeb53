/* logic.c: NotEqual, LogicalOr, LogicalAnd, Fill: masks, element by element. */
#include "kernels/kernel.h"

static const struct {
	const char *class_name;
	const char *sign; /* between the inputs, or the input and the value; "": the value alone */
} ways[] = {
	{ "NotEqual", "!=" },
	{ "LogicalOr", "||" },
	{ "LogicalAnd", "&&" },
	{ "Fill", "" },
};

struct logic {
	const char *sign;
	float value;
	struct loops *loops;
};

static const char *sign_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (layer_is(node, ways[i].class_name)) return ways[i].sign;
	return NULL;
}

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return sign_of(node) != NULL;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), node->n_in + 1, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct logic *l = NEW(arena, struct logic);
	bool fills = layer_is(node, "Fill");
	const struct shape *in[2] = { &node->in[0]->shape, node->n_in > 1 ? &node->in[1]->shape : NULL };

	(void)target;
	l->sign = sign_of(node);
	if (fills) l->value = (float)((const struct fill_config *)node->config)->value;
	if (layer_is(node, "NotEqual")) l->value = (float)((const struct not_equal_config *)node->config)->value;
	l->loops = loops_over(node->out[0], in, fills ? 0 : node->n_in, arena);
	return l;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct logic *l = plan;
	struct value *view = value_map(arena);

	value_set_text(arena, view, "sign", l->sign);
	value_set(view, "value", value_f32(arena, l->value));
	value_set(view, "loops", view_loops(arena, node, l->loops));
	return view;
}

const struct kernel kernel_logic = {
	.name = "logic",
	.template = "logic",
	.doc = "a mask, element by element",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
