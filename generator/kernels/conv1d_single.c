/* conv1d_single.c: Conv1D and Dense one sum after the other, on targets without a float unit.
 *
 * There a multiply-add is two calls of some hundred instructions, and whatever else a tile keeps in flight lives in memory
 * meanwhile: one sum alone stays in a register, no lane without a filter is computed, and the code is small. */
#include "kernels/kernel.h"

enum { REGISTERS_OF_TILES = 8 };

static bool ok(const struct node *node, const struct target *target)
{
	struct sum sum;

	return target->board && target->registers < REGISTERS_OF_TILES && node_sum(node, &sum) && !sum.partial;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t weights;

	(void)target;
	CHECK(node_sum(node, &s));
	weights = s.filters * (sum_terms(&s) + 1);
	return (struct cost){
		.operations = 3 * sum_macs_executed(&s) + 4 * s.steps_out * s.filters,
		.flash = weights * 4 + FUNCTION_CODE / 2,
		.text = weights * LITERAL_TEXT + FUNCTION_TEXT,
		.statements = 10,
	};
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct by_filters *p = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &p->sum, &p->weights, &p->bias, 0);
	view_terms(arena, view, node, &p->sum);
	return view;
}

const struct kernel kernel_conv1d_single = {
	.name = "conv1d_single",
	.template = "conv1d_single",
	.doc = "one sum after the other over a weight table",
	.ok = ok,
	.cost = cost,
	.plan = by_filters_plan,
	.view = view,
	.open = true,
	.tables = by_filters_tables,
};
