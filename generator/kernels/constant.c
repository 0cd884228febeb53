/* constant.c: Constant: a table is copied. */
#include "kernels/integer_view.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Constant");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const int64_t n = shape_elements(&node->out[0]->shape);

	(void)target;
	return simple_cost(n, 2, n);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct table *table = NEW(arena, struct table);
	const struct weight *value = node_weight(node, "value");
	const struct tensor *out = node->out[0];
	const int64_t n = shape_elements(&out->shape);
	const int32_t zero = tensor_zero_point(out);
	int16_t *stored;

	(void)target;
	if (out->type == TYPE_F32) {
		*table = (struct table){ .type = TYPE_F32, .n = n, .at = value->f32 };
	} else {
		stored = NEW_ARRAY(arena, n, int16_t);
		for (int64_t i = 0; i < n; i++) stored[i] = (int16_t)(value->integers[i] + zero);
		*table = integer_table(stored, n, out->type, arena);
	}
	table->name = "value";
	table->doc = node->name;
	return table;
}

static int tables(void *plan, struct table **tables, int most)
{
	return LIST_TABLES(tables, most, plan);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "size", shape_elements(&node->out[0]->shape));
	view_table(arena, view, "value", plan);
	return view;
}

const struct kernel kernel_constant = {
	.name = "constant",
	.template = "constant",
	.doc = "a table is copied",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_ANY,
	.sources = true,
};
