/* integer_merge.c: Add, Subtract, Multiply, Maximum and Minimum of integers, element by element, operands broadcast. */
#include "kernels/integer_view.h"

enum way { WAY_NONE, WAY_ADD, WAY_SHIFTED, WAY_MULTIPLY, WAY_EXTREME };
struct merge {
	enum way way;
	struct integer_addition addition;
	struct integer_product product;
	bool smallest;
	const struct loops *loops;
	struct table constant; /* n 0: none */
};

static void classify(const struct node *node, struct merge *merge)
{
	*merge = (struct merge){ .smallest = layer_is(node, "Minimum") };
	if (!tensor_is_integer(node->out[0])) return;
	if (node_integer_addition_of_any(node, &merge->addition))
		merge->way = merge->addition.shifts ? WAY_SHIFTED : WAY_ADD;
	else if (node_integer_product_of_any(node, &merge->product))
		merge->way = WAY_MULTIPLY;
	else if (merge->smallest || layer_is(node, "Maximum"))
		merge->way = WAY_EXTREME;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct merge merge;

	(void)target;
	classify(node, &merge);
	return merge.way != WAY_NONE;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	static const int touches[] = { [WAY_ADD] = 40, [WAY_SHIFTED] = 12, [WAY_MULTIPLY] = 16, [WAY_EXTREME] = 5 };
	struct merge merge;

	(void)target;
	classify(node, &merge);
	return simple_cost(shape_elements(&node->out[0]->shape), touches[merge.way], 0);
}

/* Extremes are of integers as they are stored; others need them without zero point. */
static struct table constant_of(const struct node *node, const struct integer_operand *operand, struct arena *arena)
{
	const bool stored = layer_is(node, "Maximum") || layer_is(node, "Minimum");

	return merge_constant(node, operand, stored ? tensor_zero_point(node->in[0]) : 0,
			      stored ? node->in[0]->type : TYPE_I16, arena);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct merge *merge = NEW(arena, struct merge);
	const int n = integer_operands(node);
	const struct shape **in = NEW_ARRAY(arena, n, const struct shape *);

	(void)target;
	classify(node, merge);
	for (int k = 0; k < n; k++) {
		const struct integer_operand operand = integer_operand(node, k);
		in[k] = operand.shape;
		if (operand.input < 0) merge->constant = constant_of(node, &operand, arena);
	}
	merge->loops = loops_over(node->out[0], in, n, arena);
	return merge;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct merge *merge = plan;

	return LIST_TABLES(tables, most, &merge->constant);
}

/* What the terms of a sum become, or the factors of a product, before they are one. */
static struct value *operands_view(const struct merge *merge, struct arena *arena)
{
	const struct integer_addition *a = &merge->addition;
	struct value *list = value_list(arena), *operand;

	for (int k = 0; merge->way != WAY_EXTREME && k < 2; k++) {
		operand = value_map(arena);
		value_set_int(arena, operand, "zero",
			      merge->way == WAY_ADD        ? a->zero_in[k]
			      : merge->way == WAY_MULTIPLY ? merge->product.zero_in[k]
							   : 0);
		value_set_int(arena, operand, "right", a->right[k]);
		view_factor(arena, operand, "factor", a->in[k]);
		value_push(list, operand);
	}
	return list;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const char *const names[] = {
		[WAY_ADD] = "add", [WAY_SHIFTED] = "shifted", [WAY_MULTIPLY] = "multiply", [WAY_EXTREME] = "extreme"
	};
	const struct merge *merge = plan;
	const struct integer_addition *a = &merge->addition;
	const bool adds = merge->way == WAY_ADD || merge->way == WAY_SHIFTED;
	struct value *view = value_map(arena);

	value_set_text(arena, view, "way", names[merge->way]);
	value_set_text(arena, view, "sign",
		       merge->way == WAY_EXTREME ? (merge->smallest ? "<" : ">")
		       : a->subtracts            ? "-"
						 : "+");
	value_set_int(arena, view, "raised", adds ? (int64_t)1 << a->left : 1);
	value_set_int(arena, view, "zero_out", adds ? a->zero_out : merge->product.zero_out);
	view_factor(arena, view, "factor", adds ? a->out : merge->product.factor);
	view_rounding(arena, view, node->rounding);
	view_range(arena, view, output_range(node), node->out[0]);
	value_set(view, "operands", operands_view(merge, arena));
	value_set(view, "inputs", merge_inputs_view(node, arena));
	if (merge->constant.n > 0) view_table(arena, view, "constant", &merge->constant);
	value_set(view, "loops", view_loops(arena, node, merge->loops));
	return view;
}

const struct kernel kernel_integer_merge = {
	.name = "integer_merge",
	.template = "integer_merge",
	.doc = "sums, products and extremes, element by element",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
