/* integer_scale.c: functions of int16: a product and a clamp; pieces of the sigmoid; pieces of any other function; and copies of
 * every type. */
#include "kernels/integer_view.h"

struct integer16 {
	bool copies, scales, curves;
	struct integer_scaling scaling;
	struct integer_curve curve;
	struct table table; /* n 0: none */
};

static void classify(const struct node *node, struct integer16 *f)
{
	*f = (struct integer16){ .copies = node_integer_identity(node) };
	if (f->copies) return;
	f->scales = node_integer_scaling(node, &f->scaling);
	f->curves = !f->scales && node_integer_curve(node, &f->curve);
}

static bool ok(const struct node *node, const struct target *target)
{
	const struct tensor *in = node->in[0];
	struct integer_slopes slopes;

	(void)target;
	if (!node_integer_function(node) || !tensor_is_integer(in) || !tensor_is_integer(node->out[0])) return false;
	return node_integer_identity(node) || (in->type == TYPE_I16 && !node_integer_slopes(node, &slopes));
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct integer16 f;

	(void)target;
	classify(node, &f);
	return simple_cost(shape_elements(&node->out[0]->shape), f.copies ? 2 : 16, f.copies || f.scales ? 0 : 256);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer16 *f = NEW(arena, struct integer16);

	(void)target;
	classify(node, f);
	if (f->copies || f->scales) return f;
	if (f->curves) {
		f->table = (struct table){ .type = TYPE_I32, .n = 256, .at = integer_sigmoid_table(arena) };
		f->table.doc = "The sigmoid of i / 24 in units of 2^-16";
	} else {
		f->table = integer_table(node_integer_pieces(node, arena), 513, TYPE_I16, arena);
		f->table.doc = arena_printf(arena, "%s: the output at every 128th input", node->name);
	}
	f->table.name = "values";
	return f;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct integer16 *f = plan;

	return LIST_TABLES(tables, most, &f->table);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer16 *f = plan;
	struct value *view = value_map(arena);

	view_elements(arena, view, node);
	value_set_text(arena, view, "way", f->copies ? "copy" : f->scales ? "scale" : f->curves ? "curve" : "pieces");
	view_rounding(arena, view, node->rounding);
	view_factor(arena, view, "factor", f->scaling.factor);
	value_set_int(arena, view, "zero_in", f->scaling.zero_in);
	value_set_int(arena, view, "zero_out", f->scaling.zero_out);
	view_range(arena, view, f->scaling.range, node->out[0]);
	value_set_bool(arena, view, "tanh", f->curve.tanh);
	value_set_int(arena, view, "times", f->curve.factor);
	value_set_int(arena, view, "shift", f->curve.shift);
	if (f->table.n > 0) view_table(arena, view, "values", &f->table);
	return view;
}

const struct kernel kernel_integer_scale = {
	.name = "integer_scale",
	.template = "integer_scale",
	.doc = "a function of every element",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
