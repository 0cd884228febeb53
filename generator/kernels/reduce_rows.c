/* reduce_rows.c: what is reduced over all steps, some steps a call: global pools, and Mean, Sum, Max, Min along the steps. */
#include "kernels/kernel.h"

#include <math.h>

struct reduction_of_rows {
	int64_t steps, channels;
	bool sums, mean, smallest;
};

static bool is_global_pool(const struct node *node)
{
	return (layer_is(node, "GlobalMaxPooling1D") || layer_is(node, "GlobalAveragePooling1D")) && node->n_in == 1 &&
	       ((const struct global_pool1d_config *)node->config)->data_format == CHANNELS_LAST;
}

static bool reduction_of(const struct node *node, struct reduction_of_rows *r)
{
	const struct shape *in = &node->in[0]->shape;
	struct reduction along;

	*r = (struct reduction_of_rows){ 0 };
	if (in->rank != 2) return false;
	r->steps = in->at[0];
	r->channels = in->at[1];
	if (is_global_pool(node)) {
		r->sums = r->mean = layer_is(node, "GlobalAveragePooling1D");
		return true;
	}
	if (!node_reduction(node, &along) || along.outer != 1 || along.size != r->steps || along.partial) return false;
	r->sums = along.sums;
	r->mean = along.mean;
	r->smallest = along.smallest;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct reduction_of_rows r;

	(void)target;
	return node->sums && reduction_of(node, &r);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 4, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct reduction_of_rows *r = NEW(arena, struct reduction_of_rows);

	(void)target;
	CHECK(reduction_of(node, r));
	return r;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct reduction_of_rows *r = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set_int(arena, view, "steps", r->steps);
	value_set_int(arena, view, "channels", r->channels);
	value_set_bool(arena, view, "sums", r->sums);
	value_set_bool(arena, view, "mean", r->mean);
	value_set_text(arena, view, "sign", r->smallest ? "<" : ">");
	/* What any number takes the place of. */
	value_set(view, "start", value_f32(arena, r->sums ? 0 : r->smallest ? INFINITY : -INFINITY));
	return view;
}

const struct kernel kernel_reduce_rows = {
	.name = "reduce_rows",
	.template = "reduce_rows",
	.doc = "all steps become one, some steps at a time",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.sums = true,
};
