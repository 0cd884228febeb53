/* integer_pool1d_mve.c: integer_pool1d of int8, channels last, 16 channels at a time in MVE's vectors.
 *
 * Sums of means take 16 bits.  A mean of n is (2 |sum| + n) / (2n), made by a product: of m = ceil(2^(16 + s) / n) with 2^s < n <=
 * 2^(s + 1), whose high half, shifted, is a / n rounded down for every a < 2^15, as m * n is less than n above
 * 2^(16 + s). */
#include "kernels/integer_mve.h"

/* (128 * n + n / 2) < 2^15. */
enum { MEAN_MOST = 254 };

static bool ok(const struct node *node, const struct target *target)
{
	struct geometry g;

	return has_mve(target) && pool_geometry(node, &g) && node->in[0]->type == TYPE_I8 &&
	       node->out[0]->type == TYPE_I8 &&
	       ((const struct pool1d_config *)node->config)->data_format == CHANNELS_LAST &&
	       (layer_is(node, "MaxPooling1D") || g.taps <= MEAN_MOST);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const int64_t channels = shape_channels(&node->in[0]->shape, CHANNELS_LAST);
	const bool mean = layer_is(node, "AveragePooling1D");
	struct geometry g;

	(void)target;
	CHECK(pool_geometry(node, &g));
	return simple_cost(g.steps_out * ceiling(channels, mean ? MVE_BYTES / 2 : MVE_BYTES),
			   4 * g.taps + (mean ? 30 : 12), 0);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	return kernel_integer_pool1d.view(node, plan, arena);
}

const struct kernel kernel_integer_pool1d_mve = {
	.name = "integer_pool1d_mve",
	.template = "integer_pool1d_mve",
	.doc = "the largest or the mean of every window of steps, channels in vectors",
	.ok = ok,
	.cost = cost,
	.view = view,
	.like = &kernel_pool1d,
	.types = KERNEL_INTEGERS,
	.open = true,
};
