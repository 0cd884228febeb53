/* integer_dense_rows.c: Dense of integers on one row of terms (behind Flatten), some of the terms a call: accumulators of 32 bits
 * go on in scratch memory where the call before left them. */
#include "kernels/kernel.h"

#include "kernels/integer_sums.h"

enum { FILTERS_TOGETHER = 4 };

struct integer_dense {
	struct integer_sum sum;
	struct integer_form form;
	struct integer_blocks blocks;
	struct table weights, bias, scales;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_sum s;
	struct arena *arena;
	bool serves;

	(void)target;
	if (!node->sums || !layer_is(node, "Dense") || node->in[0]->shape.rank != 1) return false;
	arena = arena_new();
	serves = node_integer_sum(node, &s, arena) && !integer_form(&s, arena).wide;
	arena_free(arena);
	return serves;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { OUTPUT = 24, LOOP = 4 };
	const int64_t units = shape_elements(&node->out[0]->shape), terms = shape_elements(&node->in[0]->shape);
	const int64_t blocks = (units + FILTERS_TOGETHER - 1) / FILTERS_TOGETHER;

	(void)target;
	return (struct cost){
		.operations = terms * (3 * units + LOOP * blocks) + OUTPUT * units,
		.flash = (terms + 20) * units + 3 * FUNCTION_CODE,
		.text = terms * units * 5 + 3 * FUNCTION_TEXT,
		.statements = 40,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_dense *d = NEW(arena, struct integer_dense);

	(void)target;
	CHECK(node_integer_sum(node, &d->sum, arena));
	d->form = integer_form(&d->sum, arena);
	d->blocks = integer_blocks(&d->sum, &d->form, FILTERS_TOGETHER);
	d->blocks.folded = true;
	integer_tables(&d->blocks, &d->weights, &d->bias, &d->scales, arena);
	return d;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer_dense *d = plan;
	struct value *view = value_map(arena);

	(void)node;
	value_set_int(arena, view, "terms", sum_terms(&d->sum.sum));
	value_set_int(arena, view, "filters", d->sum.sum.filters);
	value_set(view, "bodies", integer_blocks_view(&d->blocks, arena));
	view_table(arena, view, "weights", &d->weights);
	view_table(arena, view, "bias", &d->bias);
	view_table(arena, view, "scales", &d->scales);
	value_set_text(arena, view, "weight_type", type_c_name(d->weights.type));
	value_set_text(arena, view, "scale_type", type_c_name(d->scales.type));
	view_integer_form(arena, view, &d->sum, &d->form);
	return view;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct integer_dense *d = plan;

	return LIST_TABLES(tables, most, &d->weights, &d->bias, &d->scales);
}

static int64_t scratch(const void *plan)
{
	const struct integer_dense *d = plan;

	return d->sum.sum.filters * (int64_t)sizeof(int32_t);
}

const struct kernel kernel_integer_dense_rows = {
	.name = "integer_dense_rows",
	.template = "integer_dense_rows",
	.doc = "int8, uint8, int16: accumulators that go on as their terms come",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
	.scratch_type = TYPE_I32,
	.types = KERNEL_INTEGERS,
	.sums = true,
};
