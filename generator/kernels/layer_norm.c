/* layer_norm.c: LayerNormalization along an axis: every row less its mean, over its deviation. */
#include "kernels/kernel.h"

struct layer_norm {
	struct axis_split split;
	bool partial;             /* the sums of a row are 16 partial sums */
	struct table gamma, beta; /* n 0: none */
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "LayerNormalization");
}

static struct table row_table(const struct node *node, const char *name, const char *doc)
{
	const struct weight *weight = node_weight(node, name);
	struct table table = { .name = name, .doc = doc, .type = TYPE_F32 };

	if (!weight) return table;
	table.n = shape_elements(&weight->shape);
	table.at = weight->f32;
	return table;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	int64_t constants = row_table(node, "gamma", NULL).n + row_table(node, "beta", NULL).n;

	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 20, constants);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct layer_norm *l = NEW(arena, struct layer_norm);

	(void)target;
	l->split = axis_split(&node->in[0]->shape, node_axis(node));
	l->partial = softmax_partial(node);
	l->gamma = row_table(node, "gamma", "One factor for every element of a row.");
	l->beta = row_table(node, "beta", "What is added to every element of a row.");
	return l;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct layer_norm *l = plan;
	int n = 0;

	CHECK(most >= 2);
	if (l->gamma.n > 0) tables[n++] = &l->gamma;
	if (l->beta.n > 0) tables[n++] = &l->beta;
	return n;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct layer_norm_config *c = node->config;
	const struct layer_norm *l = plan;
	struct value *view = value_map(arena);

	view_int(arena, view, "outer", l->split.outer);
	view_int(arena, view, "size", l->split.size);
	view_int(arena, view, "inner", l->split.inner);
	view_int(arena, view, "elements", l->split.outer * l->split.size * l->split.inner);
	view_bool(arena, view, "partial", l->partial);
	view_bool(arena, view, "rms", c->rms_scaling);
	value_set(view, "epsilon", value_f32(arena, (float)c->epsilon));
	view_bool(arena, view, "has_gamma", l->gamma.n > 0);
	view_bool(arena, view, "has_beta", l->beta.n > 0);
	if (l->gamma.n > 0) view_table(arena, view, "gamma", &l->gamma);
	if (l->beta.n > 0) view_table(arena, view, "beta", &l->beta);
	return view;
}

const struct kernel kernel_layer_norm = {
	.name = "layer_norm",
	.template = "layer_norm",
	.doc = "rows less their mean, over their deviation",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
};
