/* dot.c: BatchDot: every output element is one sum of products of two inputs. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "BatchDot");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(layer_macs(node), 3, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct dot_sum *dot = NEW(arena, struct dot_sum);

	(void)target;
	*dot = node_dot(node);
	return dot;
}

/* Loops over one input's elements that are not summed: x is what that input moves by. */
static struct value *loops_view(const struct axis_split *split, struct arena *arena)
{
	struct value *loops = value_list(arena);
	const int64_t size[2] = { split->outer, split->inner }, x[2] = { split->size * split->inner, 1 };

	for (int i = 0; i < 2; i++) {
		struct value *loop = value_map(arena);
		if (size[i] == 1) continue;
		value_set_int(arena, loop, "size", size[i]);
		value_set_int(arena, loop, "x", x[i]);
		value_push(loops, loop);
	}
	return loops;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct dot_sum *dot = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set(view, "x_loops", loops_view(&dot->x, arena));
	value_set(view, "y_loops", loops_view(&dot->y, arena));
	value_set_int(arena, view, "terms", dot->x.size);
	value_set_int(arena, view, "x_stride", dot->x.inner);
	value_set_int(arena, view, "y_stride", dot->y.inner);
	value_set_bool(arena, view, "partial", dot->partial);
	return view;
}

const struct kernel kernel_dot = {
	.name = "dot",
	.template = "dot",
	.doc = "sums of products of two inputs",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
};
