/* prelu.c: PReLU: x, or x times a slope of its own where it is not above 0. */
#include "kernels/kernel.h"

struct prelu {
	const struct loops *loops;
	struct table slopes;
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "PReLU");
}

static int64_t slopes_of(const struct node *node)
{
	return shape_elements(&node_weight(node, "alpha")->shape);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 4, slopes_of(node));
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct weight *alpha = node_weight(node, "alpha");
	const struct shape *operands[] = { &node->in[0]->shape, &alpha->shape };
	struct prelu *p = NEW(arena, struct prelu);

	(void)target;
	p->loops = loops_over(node->out[0], operands, 2, arena);
	p->slopes = (struct table){
		.name = "slopes", .doc = "Slopes below 0.", .type = TYPE_F32, .n = slopes_of(node), .at = alpha->f32
	};
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct prelu *p = plan;

	return LIST_TABLES(tables, most, &p->slopes);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct prelu *p = plan;
	struct value *view = value_map(arena);

	value_set(view, "loops", view_loops(arena, node, p->loops));
	view_table(arena, view, "slopes", &p->slopes);
	return view;
}

const struct kernel kernel_prelu = {
	.name = "prelu",
	.template = "prelu",
	.doc = "a slope of its own below 0",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
