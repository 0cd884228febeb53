/* integer_softmax16.c: Softmax of int16: exponentials and the reciprocal of their sum by pieces of 512. */
#include "kernels/integer_view.h"

struct rows16 {
	struct rows_along rows;
	struct integer_softmax16 s;
	struct table exponentials, reciprocals;
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Softmax") && node->n_in == 1 && node->in[0]->type == TYPE_I16;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 40, 513);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct rows16 *r = NEW(arena, struct rows16);

	(void)target;
	CHECK(node_integer_softmax16(node, &r->s, arena));
	r->rows = node_rows(node);
	r->exponentials = integer_table(r->s.exponentials, 513, TYPE_I16, arena);
	r->exponentials.name = "exponentials";
	r->exponentials.doc = arena_printf(arena, "%s: exp(x) in units of 2^-15, x = -10 .. 0", node->name);
	r->reciprocals = integer_table(r->s.reciprocals, 513, TYPE_I16, arena);
	r->reciprocals.name = "reciprocals";
	r->reciprocals.doc = arena_printf(arena, "%s: 1 / (1 + x) in units of 2^-15, x = 0 .. 1", node->name);
	return r;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct rows16 *r = plan;

	return LIST_TABLES(tables, most, &r->exponentials, &r->reciprocals);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct rows16 *r = plan;
	struct value *view = value_map(arena);

	view_rows(arena, view, node, &r->rows);
	view_table(arena, view, "exponentials", &r->exponentials);
	view_table(arena, view, "reciprocals", &r->reciprocals);
	view_rounding(arena, view, r->s.rounding);
	view_factor(arena, view, "factor", r->s.factor);
	value_set_int(arena, view, "least", 0);
	value_set_int(arena, view, "most", INT16_MAX);
	return view;
}

const struct kernel kernel_integer_softmax16 = {
	.name = "integer_softmax16",
	.template = "integer_softmax16",
	.doc = "exponentials by pieces, divided by their sum",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
