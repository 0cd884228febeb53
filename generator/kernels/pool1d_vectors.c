/* pool1d_vectors.c: MaxPooling1D and AveragePooling1D, channels last, in a target's vectors, which go across channels. */
#include "kernels/kernel.h"

struct pool {
	struct geometry geometry;
	struct lanes lanes;
	struct window_tile tile;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct geometry g;

	return target->vectors > 0 && pool_geometry(node, &g) &&
	       ((const struct pool1d_config *)node->config)->data_format == CHANNELS_LAST;
}

static struct pool pool_of(const struct node *node, const struct target *target)
{
	struct pool p;

	CHECK(pool_geometry(node, &p.geometry));
	p.lanes = lanes_along(target, shape_channels(&node->in[0]->shape, CHANNELS_LAST));
	p.tile = window_tile(&p.geometry, target, false);
	return p;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct pool p = pool_of(node, target);
	int64_t channels = shape_channels(&node->in[0]->shape, CHANNELS_LAST);
	struct cost cost = simple_cost(0, 0, 0);

	cost.operations = 2 * window_operations(&p.geometry, &p.tile) * lanes_vectors(p.lanes, channels);
	return cost;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct pool pool = pool_of(node, target);

	return arena_copy(arena, &pool, sizeof pool);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct pool *p = plan;
	struct value *view = value_map(arena);

	view_geometry(arena, view, node, &p->geometry, p->tile.steps);
	view_lanes(arena, view, p->lanes);
	view_window_tile(arena, view, &p->tile);
	value_set_int(arena, view, "all_channels", shape_channels(&node->in[0]->shape, CHANNELS_LAST));
	value_set_int(arena, view, "multiple", 1);
	value_set_bool(arena, view, "mean", layer_is(node, "AveragePooling1D"));
	return view;
}

const struct kernel kernel_pool1d_vectors = {
	.name = "pool1d_vectors",
	.template = "pool1d_vectors",
	.doc = "the largest or the mean of every window of steps, vectors across channels",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
