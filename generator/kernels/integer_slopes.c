/* integer_slopes.c: PReLU of integers, and LeakyReLU of int16. */
#include "kernels/integer_view.h"

struct slopes {
	struct integer_slopes s;
	const struct loops *loops;
	struct table alpha; /* n 0: none */
};

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_slopes s;

	(void)target;
	return node_integer_slopes(node, &s) && (s.alpha || type_bytes(node->in[0]->type) == 2);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct integer_slopes s;

	(void)target;
	CHECK(node_integer_slopes(node, &s));
	return simple_cost(shape_elements(&node->out[0]->shape), 20, s.alpha ? shape_elements(&s.alpha->shape) / 2 : 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct slopes *p = NEW(arena, struct slopes);
	const struct shape *in[2] = { &node->in[0]->shape, NULL };
	int16_t *alpha;
	int64_t n;

	(void)target;
	CHECK(node_integer_slopes(node, &p->s));
	in[1] = p->s.alpha ? &p->s.alpha->shape : NULL;
	p->loops = loops_over(node->out[0], in, p->s.alpha ? 2 : 1, arena);
	if (!p->s.alpha) return p;
	n = shape_elements(in[1]);
	alpha = NEW_ARRAY(arena, n, int16_t);
	for (int64_t i = 0; i < n; i++) alpha[i] = (int16_t)p->s.alpha->integers[i];
	p->alpha = integer_table(alpha, n, TYPE_I16, arena);
	p->alpha.name = "slopes";
	p->alpha.doc = arena_printf(arena, "%s: slopes below 0, without their zero point", node->name);
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct slopes *p = plan;

	return LIST_TABLES(tables, most, &p->alpha);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct slopes *p = plan;
	struct value *view = value_map(arena);

	value_set_bool(arena, view, "has_slopes", p->alpha.n > 0);
	if (p->alpha.n > 0) view_table(arena, view, "slopes", &p->alpha);
	value_set_bool(arena, view, "negative", p->s.negative);
	value_set_int(arena, view, "zero_in", p->s.zero_in);
	value_set_int(arena, view, "zero_out", p->s.zero_out);
	view_factor(arena, view, "above", p->s.above);
	view_factor(arena, view, "below", p->s.below);
	view_rounding(arena, view, p->s.rounding);
	view_range(arena, view, p->s.range, node->out[0]);
	value_set(view, "loops", view_loops(arena, node, p->loops));
	return view;
}

const struct kernel kernel_integer_slopes = {
	.name = "integer_slopes",
	.template = "integer_slopes",
	.doc = "another slope below 0",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
