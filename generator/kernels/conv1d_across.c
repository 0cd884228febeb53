/* conv1d_across.c: Conv1D of few filters whose input runs along time (one channel, or channels_first), with stride 1.
 *
 * Too few filters to fill a vector: vectors go across ACROSS_STEPS neighbouring steps instead, each weight serving all.
 * Weights lie filter by filter in the order of the terms.  Steps with taps in the padding are summed one by one. */
#include "kernels/kernel.h"

enum { ACROSS_STEPS = 8, ACROSS_FILTERS = 3 };

static bool ok(const struct node *node, const struct target *target)
{
	struct sum s;
	struct geometry g;

	(void)target;
	if (!node_sum(node, &s) || s.partial || s.stride != 1) return false;
	if (!(s.channels_first || s.channels == 1) || s.filters / s.groups > ACROSS_FILTERS) return false;
	g = sum_geometry(&s);
	return steps_for_tiles(&g) >= ACROSS_STEPS;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t macs, weights;

	CHECK(node_sum(node, &s));
	macs = sum_macs_executed(&s);
	weights = (sum_terms(&s) + 1) * s.filters;
	return (struct cost){
		.operations = macs * 11 / (4 * useful_lanes(target, ACROSS_STEPS)) + 4 * s.steps_out * s.filters,
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = 4 * ACROSS_STEPS,
	};
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct by_filters *a = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &a->sum, &a->weights, &a->bias, ACROSS_STEPS);
	value_set_int(arena, view, "tile", ACROSS_STEPS);
	return view;
}

const struct kernel kernel_conv1d_across = {
	.name = "conv1d_across",
	.template = "conv1d_across",
	.doc = "vectors across steps, for few filters",
	.ok = ok,
	.cost = cost,
	.plan = by_filters_plan,
	.view = view,
	.open = true,
	.tables = by_filters_tables,
};
