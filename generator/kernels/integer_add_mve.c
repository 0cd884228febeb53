/* integer_add_mve.c: Add and Subtract of int8, four elements at a time in MVE's vectors: of two tensors of one shape, or of one and
 * a constant by channel, whose products are made here.
 *
 * Each product is rounded as integer_mve.c says of AWAY; all factors are below 1. */
#include "kernels/integer_mve.h"

#include "kernels/integer_view.h"

struct add {
	struct integer_addition addition;
	int64_t channels; /* of rows that a constant is added to; 0: there is none */
	int constant;     /* which operand it is */
	struct table terms;
};

static bool is_like(const struct tensor *tensor, const struct tensor *out)
{
	return tensor->type == TYPE_I8 && shape_equal(&tensor->shape, &out->shape);
}

/* One value for each element of the last axis. */
static bool is_by_channel(const struct integer_operand *operand, const struct shape *out)
{
	const struct shape *shape = operand->shape;

	return operand->input < 0 && out->rank > 0 && shape->rank > 0 &&
	       shape->at[shape->rank - 1] == out->at[out->rank - 1] && shape_elements(shape) == out->at[out->rank - 1];
}

static bool fits(const struct node *node, struct add *add)
{
	const struct integer_addition *a = &add->addition;
	const struct tensor *out = node->out[0];

	*add = (struct add){ 0 };
	if (integer_operands(node) != 2 || !node_integer_addition_of_any(node, &add->addition)) return false;
	if (a->shifts || a->rounding != ROUNDING_DOUBLE || out->type != TYPE_I8) return false;
	for (int k = 0; k < 2; k++) {
		const struct integer_operand operand = integer_operand(node, k);
		if (a->in[k].shift > 0) return false;
		if (operand.input >= 0 && is_like(node->in[operand.input], out)) continue;
		if (add->channels > 0 || !is_by_channel(&operand, &out->shape)) return false;
		add->channels = out->shape.at[out->shape.rank - 1];
		add->constant = k;
	}
	return a->out.shift <= 0 && out->open_axis != out->shape.rank - 1;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct add add;

	return has_mve(target) && fits(node, &add);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(ceiling(shape_elements(&node->out[0]->shape), MVE_SUMS), 30, 0);
}

static void make_terms(const struct node *node, struct add *add, struct arena *arena)
{
	const struct integer_operand operand = integer_operand(node, add->constant);
	const struct integer_addition *a = &add->addition;
	int32_t *at = NEW_ARRAY(arena, add->channels, int32_t);

	for (int64_t c = 0; c < add->channels; c++)
		at[c] = multiplied(operand.integers[c] * ((int64_t)1 << a->left), a->in[add->constant], a->rounding);
	add->terms = (struct table){ .name = "terms",
				     .doc = "The constant, by channel, in the common scale.",
				     .type = TYPE_I32,
				     .n = add->channels,
				     .at = at };
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct add *add = NEW(arena, struct add);

	(void)target;
	CHECK(fits(node, add));
	if (add->channels > 0) make_terms(node, add, arena);
	return add;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct add *add = plan;

	return LIST_TABLES(tables, most, &add->terms);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct add *add = plan;
	const struct integer_addition *a = &add->addition;
	struct value *view = value_map(arena), *operands = value_list(arena), *operand;

	for (int k = 0; k < 2; k++) {
		operand = value_map(arena);
		value_set_int(arena, operand, "zero", a->zero_in[k]);
		value_set_bool(arena, operand, "constant", add->channels > 0 && add->constant == k);
		view_factor(arena, operand, "factor", a->in[k]);
		value_push(operands, operand);
	}
	value_set(view, "operands", operands);
	value_set_int(arena, view, "channels", add->channels);
	if (add->channels > 0) view_table(arena, view, "terms", &add->terms);
	value_set_bool(arena, view, "subtracts", a->subtracts);
	value_set_int(arena, view, "left", a->left);
	value_set_int(arena, view, "zero_out", a->zero_out);
	view_factor(arena, view, "factor", a->out);
	view_range(arena, view, a->range, node->out[0]);
	view_elements(arena, view, node);
	return view;
}

const struct kernel kernel_integer_add_mve = {
	.name = "integer_add_mve",
	.template = "integer_add_mve",
	.doc = "sums and differences of scaled int8, in vectors",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
