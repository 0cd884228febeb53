/* integer_softmax.c: Softmax and LogSoftmax of integers of 8 bits: exponentials of all differences to the largest in a table. */
#include "kernels/integer_view.h"

#include "layers/fixed_point.h"

struct integer_rows {
	struct rows_along rows;
	struct integer_exponents e;
	bool logarithm;
	struct table exponentials; /* by the difference below the largest, 0 .. 255: Q0; 0: does not count */
};

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_exponents e;

	(void)target;
	return node_integer_exponents(node, &e);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), layer_is(node, "LogSoftmax") ? 60 : 30, 256);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_rows *r = NEW(arena, struct integer_rows);
	int32_t *table = NEW_ARRAY(arena, 256, int32_t);

	(void)target;
	CHECK(node_integer_exponents(node, &r->e));
	r->rows = node_rows(node);
	r->logarithm = layer_is(node, "LogSoftmax");
	for (int32_t d = 0; d < 256; d++)
		table[d] = -d < r->e.least ? 0 : exponential_q0(multiplied(-d, r->e.factor, r->e.rounding));
	r->exponentials = (struct table){ .name = "exponentials", .type = TYPE_I32, .n = 256, .at = table };
	r->exponentials.doc = arena_printf(
	    arena, "%s: exp(-scale * i) in units of 2^-31, i = 0 .. 255; 0: too small to count", node->name);
	return r;
}

static int tables(void *plan, struct table **tables, int most)
{
	return LIST_TABLES(tables, most, &((struct integer_rows *)plan)->exponentials);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer_rows *r = plan;
	const struct tensor *out = node->out[0];
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	struct value *view = value_map(arena);

	view_rows(arena, view, node, &r->rows);
	view_table(arena, view, "exponentials", &r->exponentials);
	view_range(arena, view, range, out);
	view_rounding(arena, view, r->e.rounding);
	view_factor(arena, view, "factor", r->e.factor);
	view_factor(arena, view, "back", r->e.back);
	value_set_int(arena, view, "bits", 8 * type_bytes(out->type));
	value_set_int(arena, view, "farthest", -r->e.least);
	value_set_bool(arena, view, "logarithm", r->logarithm);
	value_set_bool(arena, view, "many", r->rows.length > 4095);
	return view;
}

const struct kernel kernel_integer_softmax = {
	.name = "integer_softmax",
	.template = "integer_softmax",
	.doc = "exponentials by a table, divided by their sum",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
