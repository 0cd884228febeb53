/* global_pool1d_vectors.c: GlobalMaxPooling1D and GlobalAveragePooling1D without a mask, channels last, in a target's
 * vectors, which go across channels: blocks of channels stay in registers while all steps pass. */
#include "kernels/kernel.h"

/* BLOCK_VECTORS: of sums in registers.  CHAINS: of operations that wait for each other, so that units have work. */
enum { BLOCK_VECTORS = 12, CHAINS = 6, PARTS_MOST = 4 };

struct global_pool {
	struct lanes lanes;
	/* Of a block; where the last block is not full it is moved back, as its last vector is of one block. */
	int64_t vectors;
	/* Of the steps: maxima that are found side by side, then compared in order of time. */
	int64_t parts;
};

static bool ok(const struct node *node, const struct target *target)
{
	if (target->vectors == 0 || node->n_in != 1) return false;
	if (!layer_is(node, "GlobalMaxPooling1D") && !layer_is(node, "GlobalAveragePooling1D")) return false;
	return ((const struct global_pool1d_config *)node->config)->data_format == CHANNELS_LAST;
}

static int64_t channels_of(const struct node *node)
{
	return shape_channels(&node->in[0]->shape, CHANNELS_LAST);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	int64_t channels = channels_of(node), steps = shape_steps(&node->in[0]->shape, CHANNELS_LAST);
	struct cost cost = simple_cost(0, 0, 0);

	cost.operations = 2 * steps * lanes_vectors(lanes_along(target, channels), channels);
	return cost;
}

/* A maximum, unlike a sum, may be found part by part. */
static int64_t parts_of(const struct node *node, int64_t vectors)
{
	int64_t parts = CHAINS / vectors, steps = shape_steps(&node->in[0]->shape, CHANNELS_LAST);

	if (parts > PARTS_MOST) parts = PARTS_MOST;
	if (!layer_is(node, "GlobalMaxPooling1D") || node_is_open(node) || parts < 1 || steps < 2 * parts) return 1;
	return parts;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct global_pool *p = NEW(arena, struct global_pool);
	int64_t vectors, blocks;

	p->lanes = lanes_along(target, channels_of(node));
	vectors = lanes_vectors(p->lanes, channels_of(node));
	blocks = (vectors + BLOCK_VECTORS - 1) / BLOCK_VECTORS;
	p->vectors = (vectors + blocks - 1) / blocks;
	p->parts = parts_of(node, p->vectors);
	return p;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct global_pool *p = plan;
	struct value *view = value_map(arena);

	value_set_bool(arena, view, "mean", layer_is(node, "GlobalAveragePooling1D"));
	view_size(arena, view, "steps", shape_steps(&node->in[0]->shape, CHANNELS_LAST), node, node->in[0]);
	value_set_int(arena, view, "channels", channels_of(node));
	view_lanes(arena, view, p->lanes);
	value_set_int(arena, view, "vectors", p->vectors);
	value_set_int(arena, view, "parts", p->parts);
	return view;
}

const struct kernel kernel_global_pool1d_vectors = {
	.name = "global_pool1d_vectors",
	.template = "global_pool1d_vectors",
	.doc = "the largest or the mean over all steps, vectors across channels",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
