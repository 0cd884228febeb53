/* batch_norm.c: BatchNormalization that could not be folded, Normalization, Rescaling: a scale and an offset per channel. */
#include "kernels/kernel.h"

struct affine {
	struct axis_split split;
	struct table scale, offset;
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return node_is_affine(node);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 5, 2 * node_affine_split(node).size);
}

static struct table rounded(const char *name, const char *doc, const double *at, int64_t n, struct arena *arena)
{
	float *f32 = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) f32[i] = (float)at[i];
	return (struct table){ .name = name, .doc = doc, .type = TYPE_F32, .n = n, .at = f32 };
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct affine *a = NEW(arena, struct affine);
	double *scale, *offset;

	(void)target;
	a->split = node_affine_split(node);
	scale = NEW_ARRAY(arena, a->split.size, double);
	offset = NEW_ARRAY(arena, a->split.size, double);
	batch_norm_affine(node, scale, offset);
	a->scale = rounded("scale", "One scale a channel.", scale, a->split.size, arena);
	a->offset = rounded("offset", "One offset a channel.", offset, a->split.size, arena);
	return a;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct affine *a = plan;

	return LIST_TABLES(tables, most, &a->scale, &a->offset);
}

/* Channels in a row that fill vectors, so that no compiler handles single constants; 1: none. */
static int64_t lanes_of(int64_t channels)
{
	return channels % 8 == 0 ? 8 : channels % 4 == 0 ? 4 : 1;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct affine *a = plan;
	const struct tensor *in = node->in[0];
	struct value *view = value_map(arena);
	int first, last;

	node_affine_axes(node, &first, &last);
	view_size(arena, view, "outer", a->split.outer, node, open_between(in, 0, first));
	value_set_int(arena, view, "channels", a->split.size);
	view_size(arena, view, "inner", a->split.inner, node, open_between(in, last + 1, MAX_RANK));
	value_set_int(arena, view, "lanes", lanes_of(a->split.size));
	view_size(arena, view, "size", a->split.outer * a->split.size * a->split.inner, node, in);
	view_table(arena, view, "scale", &a->scale);
	view_table(arena, view, "offset", &a->offset);
	return view;
}

const struct kernel kernel_batch_norm = {
	.name = "batch_norm",
	.template = "batch_norm",
	.doc = "a scale and an offset per channel",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
