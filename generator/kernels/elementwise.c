/* elementwise.c: one output element from one element of every input: Activation, Add, Maximum and the like; copies. */
#include "kernels/kernel.h"

/* How element v so far and element u of the next input become one. */
static const struct way {
	const char *class_name;
	const char *sign; /* v sign u; "" where there is one input */
	bool compares;    /* sign is a comparison: u where u sign v or u is NaN, else v */
	bool divides;     /* by the number of inputs, in the end */
} ways[] = {
	{ "Activation", "", false, false }, { "Add", "+", false, false },    { "Subtract", "-", false, false },
	{ "Multiply", "*", false, false },  { "Average", "+", false, true }, { "Maximum", ">", true, false },
	{ "Minimum", "<", true, false },    { "Divide", "/", false, false },
};

struct elementwise {
	const struct way *way;
	const struct loops *loops;
};

static const struct way *find(const struct node *node)
{
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (layer_is(node, ways[i].class_name)) return &ways[i];
	return NULL;
}

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return find(node) != NULL;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), node->n_in + 2 + activation_touches(node), 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct elementwise *e = NEW(arena, struct elementwise);
	const struct shape **in = NEW_ARRAY(arena, node->n_in, const struct shape *);

	(void)target;
	for (int i = 0; i < node->n_in; i++) in[i] = &node->in[i]->shape;
	e->way = find(node);
	e->loops = loops_over(node->out[0], in, node->n_in, arena);
	return e;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct elementwise *e = plan;
	struct value *view = value_map(arena);

	value_set_text(arena, view, "sign", e->way->sign);
	value_set_bool(arena, view, "compares", e->way->compares);
	value_set_int(arena, view, "divisor", e->way->divides ? node->n_in : 1);
	value_set(view, "loops", view_loops(arena, node, e->loops));
	return view;
}

const struct kernel kernel_elementwise = {
	.name = "elementwise",
	.template = "elementwise",
	.doc = "element by element",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
