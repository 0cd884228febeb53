/* integer_conv1d_transpose.c: Conv1DTranspose in integers as plain C, gathered as in conv1d_transpose.c: each output step sums
 * the taps that some input row meets, a block of filters at a time. */
#include "kernels/integer_sums.h"

struct integer_transpose {
	struct integer_sum sum;
	struct transposed_sum transposed;
	struct integer_form form;
	struct integer_blocks blocks;
	struct table weights, bias, scales;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_sum s;
	struct transposed_sum t;
	struct arena *arena = arena_new();
	const bool is = node_integer_transposed(node, &s, &t, arena) && (t.stride == 1 || t.dilation == 1);

	(void)target;
	arena_free(arena);
	return is;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct transposed_sum t;
	int64_t sums, weights;

	(void)target;
	CHECK(node_transposed_sum(node, &t));
	sums = t.steps_out * t.filters;
	weights = t.taps * t.channels * t.filters;
	return (struct cost){ .operations = sums * ((t.taps / t.stride + 1) * t.channels * 3 + 24),
			      .flash = weights + 16 * t.filters + FUNCTION_CODE,
			      .text = 5 * weights + 3 * FUNCTION_TEXT,
			      .statements = 30 };
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_transpose *t = NEW(arena, struct integer_transpose);

	CHECK(node_integer_transposed(node, &t->sum, &t->transposed, arena));
	t->form = integer_form(&t->sum, arena);
	t->blocks = integer_blocks(&t->sum, &t->form, integer_tile(target)->filters);
	t->blocks.plain = true;
	integer_tables(&t->blocks, &t->weights, &t->bias, &t->scales, arena);
	return t;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct integer_transpose *t = plan;

	return LIST_TABLES(tables, most, &t->weights, &t->bias, &t->scales);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer_transpose *t = plan;
	struct value *view = value_map(arena);

	view_transposed(arena, view, node, &t->transposed);
	view_table(arena, view, "weights", &t->weights);
	view_table(arena, view, "bias", &t->bias);
	view_table(arena, view, "scales", &t->scales);
	value_set_text(arena, view, "weight_type", type_c_name(t->weights.type));
	value_set_text(arena, view, "scale_type", type_c_name(t->scales.type));
	value_set(view, "bodies", integer_blocks_view(&t->blocks, arena));
	view_integer_form(arena, view, &t->sum, &t->form);
	return view;
}

const struct kernel kernel_integer_conv1d_transpose = {
	.name = "integer_conv1d_transpose",
	.template = "integer_conv1d_transpose",
	.doc = "int8, uint8, int16: sums gathered step by step",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
