/* reduce.c: Mean, Sum, Max, Min: all elements along axes that follow one another, in order. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct reduction r;

	(void)target;
	return node_reduction(node, &r);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 3, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct reduction *r = NEW(arena, struct reduction);

	(void)target;
	CHECK(node_reduction(node, r));
	return r;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct reduction *r = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set_int(arena, view, "outer", r->outer);
	value_set_int(arena, view, "size", r->size);
	value_set_int(arena, view, "inner", r->inner);
	value_set_bool(arena, view, "sums", r->sums);
	value_set_bool(arena, view, "mean", r->mean);
	value_set_bool(arena, view, "partial", r->partial);
	value_set_text(arena, view, "sign", r->smallest ? "<" : ">");
	return view;
}

const struct kernel kernel_reduce = {
	.name = "reduce",
	.template = "reduce",
	.doc = "all elements along axes become one",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
};
