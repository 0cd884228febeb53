/* row_norm.c: LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization: every row less its mean, over
 * its deviation. */
#include "kernels/kernel.h"

struct plan_of_rows {
	struct rows_along rows;
	struct row_norm norm;
	struct table scale, offset; /* n 0: none */
};

static bool ok(const struct node *node, const struct target *target)
{
	struct row_norm norm;

	(void)target;
	return node_row_norm(node, &norm);
}

static struct table table_of(const struct weight *weight, const char *doc)
{
	struct table table = { .doc = doc, .type = TYPE_F32 };

	if (!weight) return table;
	table.name = weight->name;
	table.n = shape_elements(&weight->shape);
	table.at = weight->f32;
	return table;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct row_norm norm;

	(void)target;
	node_row_norm(node, &norm);
	return simple_cost(shape_elements(&node->in[0]->shape), 20,
			   table_of(norm.scale, NULL).n + table_of(norm.offset, NULL).n);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct plan_of_rows *p = NEW(arena, struct plan_of_rows);
	bool groups = layer_is(node, "GroupNormalization");

	(void)target;
	node_row_norm(node, &p->norm);
	p->rows = node_rows(node);
	p->scale = table_of(p->norm.scale, groups ? "One factor a channel." : "One factor for every element of a row.");
	p->offset = table_of(p->norm.offset,
			     groups ? "What is added, by channel." : "What is added to every element of a row.");
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct plan_of_rows *p = plan;

	return LIST_TABLES(tables, most, &p->scale, &p->offset);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct plan_of_rows *p = plan;
	struct value *view = value_map(arena);

	view_rows(arena, view, node, &p->rows);
	view_size(arena, view, "elements", shape_elements(&node->in[0]->shape), node, node->in[0]);
	value_set_bool(arena, view, "centred", p->norm.centred);
	value_set_bool(arena, view, "shifted", p->norm.shifted);
	value_set_bool(arena, view, "mean", p->norm.mean);
	value_set(view, "epsilon", value_f32(arena, (float)p->norm.epsilon));
	value_set(view, "least", value_f32(arena, (float)p->norm.least));
	value_set_bool(arena, view, "has_epsilon", p->norm.epsilon != 0);
	value_set_bool(arena, view, "has_least", p->norm.least != 0);
	value_set_bool(arena, view, "has_scale", p->scale.n > 0);
	value_set_bool(arena, view, "has_offset", p->offset.n > 0);
	if (p->scale.n > 0) view_table(arena, view, "scale", &p->scale);
	if (p->offset.n > 0) view_table(arena, view, "offset", &p->offset);
	return view;
}

const struct kernel kernel_row_norm = {
	.name = "row_norm",
	.template = "row_norm",
	.doc = "rows less their mean, over their deviation",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
