/* integer_pool1d.c: MaxPooling1D and AveragePooling1D of integers. */
#include "kernels/integer_view.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct geometry g;

	(void)target;
	return pool_geometry(node, &g);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct geometry g;

	(void)target;
	CHECK(pool_geometry(node, &g));
	return simple_cost(shape_elements(&node->out[0]->shape), 2 * g.taps + 8, 0);
}

/* Of pool1d's. */
static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = kernel_pool1d.view(node, plan, arena);
	const struct geometry *g = plan;

	view_range(arena, view, output_range(node), node->out[0]);
	value_set_text(arena, view, "acc", g->taps < 1 << 15 ? "int32_t" : "int64_t");
	return view;
}

const struct kernel kernel_integer_pool1d = {
	.name = "integer_pool1d",
	.template = "integer_pool1d",
	.doc = "the largest or the mean of every window of steps",
	.ok = ok,
	.cost = cost,
	.view = view,
	.like = &kernel_pool1d,
	.types = KERNEL_INTEGERS,
	.open = true,
};
