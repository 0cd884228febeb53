/* gather.c: Gather: rows of elements that lie together, each from where a table says. */
#include "kernels/kernel.h"

struct gathering {
	struct axis_split in;
	int64_t n;
	struct table places; /* of element 0 of the rows, in one round of the outer axes */
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Gather");
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const struct gather_config *c = node->config;

	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 3, c->indices.n);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct gather_config *c = node->config;
	const struct shape *shape = &node->in[0]->shape;
	struct gathering *g = NEW(arena, struct gathering);
	int32_t *places = NEW_ARRAY(arena, c->indices.n, int32_t);

	(void)target;
	g->in = axis_split(shape, sample_axis(c->axis, shape->rank));
	g->n = c->indices.n;
	for (int64_t k = 0; k < g->n; k++) places[k] = (int32_t)((int64_t)c->indices.at[k] * g->in.inner);
	g->places = (struct table){
		.name = "places", .doc = "where each comes from", .type = TYPE_I32, .n = g->n, .at = places
	};
	return g;
}

static int tables(void *plan, struct table **tables, int most)
{
	return LIST_TABLES(tables, most, &((struct gathering *)plan)->places);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct gathering *g = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set_int(arena, view, "outer", g->in.outer);
	value_set_int(arena, view, "round", g->in.size * g->in.inner);
	value_set_int(arena, view, "n", g->n);
	value_set_int(arena, view, "inner", g->in.inner);
	view_table(arena, view, "places", &g->places);
	return view;
}

const struct kernel kernel_gather = {
	.name = "gather",
	.template = "gather",
	.doc = "a table says where each element comes from",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_ANY,
};
