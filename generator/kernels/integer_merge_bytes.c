/* integer_merge_bytes.c: Add, Subtract, Multiply, Maximum and Minimum of two operands of 8 bits, one of which may be broadcast or a
 * constant.  Sums and products are linear (integer_linear.h); four elements at a time with the DSP extension, in vectors with
 * MVE, where all are int8. */
#include "kernels/integer_dsp.h"
#include "kernels/integer_linear.h"
#include "kernels/integer_mve.h"

#include "kernels/integer_view.h"

enum pairs { PAIRS_ADD, PAIRS_MULTIPLY, PAIRS_EXTREME };
struct merge_bytes {
	enum pairs pairs;
	bool has_dsp, has_mve;
	int32_t zero_in[2];
	struct linear_sum sum;
	bool exact; /* products by the definition's two roundings, for which there are instructions; else linear */
	struct integer_product defined;
	struct linear_product product;
	const struct loops *loops;
	int constant; /* which operand it is; -1: none */
	struct table table;
};

static bool has_8_bits(enum type type)
{
	return type == TYPE_I8 || type == TYPE_U8;
}

static bool is_extreme(const struct node *node)
{
	return layer_is(node, "Maximum") || layer_is(node, "Minimum");
}

/* What operand k can be, as it is stored; a constant: without its zero point.  false: no bytes. */
static bool range_of(const struct node *node, int k, struct integer_range *range)
{
	const struct integer_operand operand = integer_operand(node, k);

	if (operand.input >= 0) {
		const enum type type = node->in[operand.input]->type;

		if (!has_8_bits(type)) return false;
		*range = (struct integer_range){ type_least(type), type_most(type) };
		return true;
	}
	*range = (struct integer_range){ operand.integers[0], operand.integers[0] };
	for (int64_t i = 1; i < shape_elements(operand.shape); i++) {
		range->least = least(range->least, operand.integers[i]);
		range->most = -least(-range->most, -operand.integers[i]);
	}
	return range->least >= INT8_MIN && range->most <= INT8_MAX;
}

static bool all_signed(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (node->in[i]->type != TYPE_I8) return false;
	return node->out[0]->type == TYPE_I8;
}

/* DSP: integer_dsp.h proves it of these; MVE has a rounding shift. */
static bool has_exact_products(const struct merge_bytes *m)
{
	enum { TWICE_LEAST = 2, TWICE_MOST = 12 };
	const int shift = -m->defined.factor.shift;

	if (m->defined.rounding != ROUNDING_DOUBLE) return false;
	return (m->has_mve && shift >= 0) || (m->has_dsp && shift >= TWICE_LEAST && shift <= TWICE_MOST);
}

static bool start(const struct node *node, const struct target *target, struct merge_bytes *m)
{
	struct integer_addition addition;
	struct integer_range in[2];

	*m = (struct merge_bytes){ .constant = -1 };
	if (!has_8_bits(node->out[0]->type) || integer_operands(node) != 2) return false;
	m->has_dsp = target_has_dsp(target) && all_signed(node);
	m->has_mve = has_mve(target) && all_signed(node);
	for (int k = 0; k < 2; k++) {
		if (!range_of(node, k, &in[k])) return false;
		if (integer_operand(node, k).input < 0) m->constant = k;
	}
	if (is_extreme(node)) {
		m->pairs = PAIRS_EXTREME;
		return m->constant < 0;
	}
	if (node_integer_addition_of_any(node, &addition)) {
		for (int k = 0; k < 2; k++) m->zero_in[k] = addition.zero_in[k];
		return linear_sum_of(&addition, in, !m->has_dsp && !m->has_mve, &m->sum);
	}
	if (!node_integer_product_of_any(node, &m->defined)) return false;
	m->pairs = PAIRS_MULTIPLY;
	for (int k = 0; k < 2; k++) m->zero_in[k] = m->defined.zero_in[k];
	m->exact = has_exact_products(m);
	return m->exact || linear_product_of(&m->defined, in, &m->product);
}

static bool ok(const struct node *node, const struct target *target)
{
	struct merge_bytes m;

	return start(node, target, &m);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { SUM = 12, EXTREME = 5, BY_FOUR = 2 };
	const int touches = is_extreme(node) ? EXTREME : SUM;
	const bool fast = (target_has_dsp(target) || has_mve(target)) && all_signed(node);

	return simple_cost(shape_elements(&node->out[0]->shape), fast ? touches / BY_FOUR : touches, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct merge_bytes *m = NEW(arena, struct merge_bytes);
	const struct shape *in[2];

	CHECK(start(node, target, m));
	for (int k = 0; k < 2; k++) {
		const struct integer_operand operand = integer_operand(node, k);
		in[k] = operand.shape;
		if (k == m->constant) m->table = merge_constant(node, &operand, 0, TYPE_I8, arena);
	}
	m->loops = loops_over(node->out[0], in, 2, arena);
	return m;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct merge_bytes *m = plan;

	return LIST_TABLES(tables, most, &m->table);
}

/* Along the innermost loop all lie side by side. */
static bool is_contiguous(const struct merge_bytes *m)
{
	const struct loops *l = m->loops;

	if (l->n == 0) return false;
	return l->y[l->n - 1] == 1 && l->x[l->n - 1][0] == 1 && l->x[l->n - 1][1] == 1;
}

static void view_sum_of_two(struct arena *arena, struct value *view, const struct linear_sum *sum)
{
	value_set_int(arena, view, "start", sum->start);
	value_set_int(arena, view, "shift", sum->shift);
	value_set(view, "factors", view_ints(arena, sum->factor, 2));
}

static void view_product(struct arena *arena, struct value *view, const struct merge_bytes *m)
{
	const struct linear_product *l = &m->product;

	value_set_bool(arena, view, "exact", m->exact);
	value_set_int(arena, view, "zero_out", m->defined.zero_out);
	if (m->exact) {
		view_factor(arena, view, "factor", m->defined.factor);
		return;
	}
	value_set(view, "starts", view_ints(arena, l->start, 2));
	value_set_bool(arena, view, "signs", l->signs);
	value_set_int(arena, view, "factor", l->factor);
	value_set_int(arena, view, "shift", l->shift);
	value_set_int(arena, view, "fraction", LINEAR_FRACTION);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const char *const names[] = {
		[PAIRS_ADD] = "add", [PAIRS_MULTIPLY] = "multiply", [PAIRS_EXTREME] = "extreme"
	};
	const struct merge_bytes *m = plan;
	struct value *view = value_map(arena);
	const bool vectors = is_contiguous(m) && (m->pairs != PAIRS_MULTIPLY || m->exact);
	const int64_t zeros[] = { m->zero_in[0], m->zero_in[1] };

	value_set(view, "inputs", merge_inputs_view(node, arena));
	value_set_text(arena, view, "way", names[m->pairs]);
	value_set_bool(arena, view, "smallest", layer_is(node, "Minimum"));
	value_set_bool(arena, view, "dsp", m->has_dsp && vectors);
	value_set_bool(arena, view, "mve", m->has_mve && vectors);
	value_set_bool(arena, view, "x_signed", all_signed(node));
	value_set(view, "zeros", view_ints(arena, zeros, 2));
	if (m->pairs == PAIRS_ADD) view_sum_of_two(arena, view, &m->sum);
	if (m->pairs == PAIRS_MULTIPLY) view_product(arena, view, m);
	view_range(arena, view, output_range(node), node->out[0]);
	if (m->constant >= 0) view_table(arena, view, "constant", &m->table);
	value_set(view, "loops", view_loops(arena, node, m->loops));
	return view;
}

const struct kernel kernel_integer_merge_bytes = {
	.name = "integer_merge_bytes",
	.template = "integer_merge_bytes",
	.doc = "sums, products and extremes of two integers of 8 bits, linear",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
