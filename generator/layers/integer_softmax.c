/* integer_softmax.c: Softmax and LogSoftmax of integers, as TFLite's reference kernels compute them. */
#include "layers/fixed_point.h"
#include "layers/integer_family.h"

/* ---- 8 bits: softmax.h, log_softmax.h ---------------------------------------------------------------------------- */

enum { DIFFERENCE_BITS = 5, SUM_BITS = 12, OUTPUT_BITS = 4 };

/* quantization_util.cc: PreprocessSoftmaxScaling(), CalculateInputRadius(). */
bool node_integer_exponents(const struct node *node, struct integer_exponents *e)
{
	const double most = node->rounding == ROUNDING_SINGLE ? 0x1p30 - 1 : 0x1p31 - 1;
	const double scale = (double)tensor_scale(node->in[0]) * 0x1p26;

	if (!layer_is(node, "Softmax") && !layer_is(node, "LogSoftmax")) return false;
	if (node->n_in != 1 || node->in[0]->type == TYPE_I16 || !tensor_is_integer(node->in[0])) return false;
	e->factor = multiplier_of(fmin(scale, most));
	e->rounding = node->rounding;
	e->least = -(int32_t)floor(31 * 0x1p26 / ldexp(1, e->factor.shift));
	e->back = multiplier_of(ldexp(1, 31 - e->factor.shift) / (double)e->factor.mantissa);
	return true;
}

/* A row's differences to its largest in Q5; none: it does not count. */
struct exponents {
	const struct integer_exponents *e;
	int64_t n;
	int64_t *difference; /* in steps of the input */
	int32_t *q5;
};

static void take_row(struct exponents *row, const float *x, const struct rows_along *rows, int64_t first)
{
	int64_t most = INT64_MIN;

	for (int64_t i = 0; i < row->n; i++) {
		row->difference[i] = (int64_t)x[first + row_element(rows, i)];
		if (row->difference[i] > most) most = row->difference[i];
	}
	for (int64_t i = 0; i < row->n; i++) {
		row->difference[i] -= most;
		if (row->difference[i] >= row->e->least)
			row->q5[i] = multiplied(row->difference[i], row->e->factor, row->e->rounding);
	}
}

/* In Q12. */
static int32_t sum_of_exponentials(const struct exponents *row)
{
	const struct integer_range range = { 0, INT32_MAX };
	int64_t sum = 0;

	for (int64_t i = 0; i < row->n; i++)
		if (row->difference[i] >= row->e->least) sum += scaled_by_power(exponential_q0(row->q5[i]), -SUM_BITS);
	return (int32_t)integer_within(sum, range);
}

static void softmax_row(const struct exponents *row, const struct tensor *out, float *y)
{
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	const int32_t sum = sum_of_exponentials(row);
	const int zeros = leading_zeros((uint32_t)sum);
	const int32_t scale = reciprocal_q0((int32_t)(((uint32_t)sum << zeros) - ((uint32_t)1 << 31)));
	const int right = SUM_BITS - zeros + 31 - 8 * type_bytes(out->type);

	for (int64_t i = 0; i < row->n; i++) {
		int64_t v = 0;
		if (row->difference[i] >= row->e->least)
			v = divided_by_power(high_product(scale, exponential_q0(row->q5[i])), right);
		y[i] = (float)integer_within(v + range.least, range);
	}
}

static void log_softmax_row(const struct exponents *row, const struct tensor *out, float *y)
{
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	const int32_t sum = logarithm_q5(sum_of_exponentials(row));
	const int64_t least = multiplied((int64_t)sum + INT32_MIN, row->e->back, row->e->rounding);

	for (int64_t i = 0; i < row->n; i++) {
		int64_t v = range.least;
		if (row->difference[i] > (least > row->e->least - 1 ? least : row->e->least - 1))
			v = range.most +
			    divided_by_power((int64_t)row->q5[i] - sum, 31 - DIFFERENCE_BITS - OUTPUT_BITS);
		y[i] = (float)integer_within(v, range);
	}
}

typedef void row_function(const struct exponents *row, const struct tensor *out, float *y);

static void every_row(const struct node *node, const float *x, float *y, row_function *of, struct arena *scratch)
{
	const struct rows_along rows = node_rows(node);
	float *result = NEW_ARRAY(scratch, rows.length, float);
	struct integer_exponents e;
	struct exponents row = { &e, rows.length, NEW_ARRAY(scratch, rows.length, int64_t),
				 NEW_ARRAY(scratch, rows.length, int32_t) };

	CHECK(node_integer_exponents(node, &e));
	for (int64_t r = 0; r < rows.count; r++) {
		const int64_t first = row_first(&rows, r);
		take_row(&row, x, &rows, first);
		of(&row, node->out[0], result);
		for (int64_t i = 0; i < rows.length; i++) y[first + row_element(&rows, i)] = result[i];
	}
}

/* ---- 16 bits: softmax.h: SoftmaxInt16() ----------------------------------------------------------------------------- */

static double exponential_of(double v)
{
	return exp(v);
}

static double reciprocal_of(double v)
{
	return 1 / (1 + v);
}

/* common.h: LUTPopulateInt16() in double: of 65536 integers over [first, last], 1 being 32767.5. */
static const int16_t *pieces(double (*of)(double), double scale, double least, double most, struct arena *arena)
{
	const double first = scale * least, last = scale * most, step = (last - first) / 512, to = 2.0 / 65535;
	const double inverse = 65536.0 / (to * 32767 - to * -32768);
	int16_t *table = NEW_ARRAY(arena, 513, int16_t);

	for (int i = 0; i < 512; i++) {
		const double value = of(first + i * step) * inverse, middle = of(first + i * step + step / 2) * inverse,
			     next = of(first + (i + 1) * step) * inverse;
		const double off = round((next + round(value)) / 2) - round(middle);
		table[i] = (int16_t)fmin(fmax(round(value) - round(off / 2), -32768), 32767);
	}
	table[512] = (int16_t)fmin(fmax(round(of(last) * inverse), -32768), 32767);
	return table;
}

bool node_integer_softmax16(const struct node *node, struct integer_softmax16 *s, struct arena *arena)
{
	if (!layer_is(node, "Softmax") || node->n_in != 1 || node->in[0]->type != TYPE_I16) return false;
	s->factor = multiplier_of((double)tensor_scale(node->in[0]) / (10.0 / 65535.0));
	s->rounding = node->rounding;
	s->exponentials = pieces(exponential_of, 10.0 / 65535, -65535, 0, arena);
	s->reciprocals = pieces(reciprocal_of, 1.0 / 65535, 0, 65535, arena);
	return true;
}

/* common.h: LUTLookup() */
static int64_t looked_up(const int16_t *table, int64_t x)
{
	const int64_t i = 256 + (x >> 7), slope = (int16_t)(table[i + 1] - table[i]);

	return (int16_t)(table[i] + (((x & 127) * slope + 64) >> 7));
}

static void softmax16_row(const struct integer_softmax16 *s, const float *x, float *y, int64_t n)
{
	const struct integer_range shorts = { INT16_MIN, INT16_MAX }, positive = { 0, INT16_MAX };
	int64_t sum = 0, scale;
	float most = x[0];
	int right;

	for (int64_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
	for (int64_t i = 0; i < n; i++) {
		const int64_t v = multiplied((int64_t)(x[i] - most), s->factor, s->rounding);
		y[i] = (float)looked_up(s->exponentials, integer_within(v + 32767, shorts));
		sum += (int64_t)y[i];
	}
	right = 31 - leading_zeros((uint32_t)sum);
	scale = ((sum << (30 - right)) + (1 << 13)) >> 14;
	scale = looked_up(s->reciprocals, integer_within(scale - ((1 << 15) + (1 << 16)), shorts));
	for (int64_t i = 0; i < n; i++)
		y[i] = (float)integer_within(((int64_t)y[i] * scale + ((int64_t)1 << (right - 1))) >> right, positive);
}

static void softmax16(const struct node *node, const float *x, float *y, struct arena *scratch)
{
	const struct rows_along rows = node_rows(node);
	float *row = NEW_ARRAY(scratch, rows.length, float), *result = NEW_ARRAY(scratch, rows.length, float);
	struct integer_softmax16 s;

	CHECK(node_integer_softmax16(node, &s, scratch));
	for (int64_t r = 0; r < rows.count; r++) {
		const int64_t first = row_first(&rows, r);
		for (int64_t i = 0; i < rows.length; i++) row[i] = x[first + row_element(&rows, i)];
		softmax16_row(&s, row, result, rows.length);
		for (int64_t i = 0; i < rows.length; i++) y[first + row_element(&rows, i)] = result[i];
	}
}

/* ---- the rows' ------------------------------------------------------------------------------------------------------ */

void integer_softmax(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	if (node->in[0]->type == TYPE_I16)
		softmax16(node, in[0], out[0], scratch);
	else
		every_row(node, in[0], out[0], softmax_row, scratch);
}

void integer_log_softmax(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	every_row(node, in[0], out[0], log_softmax_row, scratch);
}

/* docs/integers.md: of 16 bits, 4.1 units for each term of the sum, and 10. */
double steps_of_softmax(const struct node *node)
{
	const double n = (double)node_rows(node).length;

	if (node->in[0]->type == TYPE_I16) return 10 + 4.1 * n;
	return 0.5 + (type_width(node->out[0]->type) + 1) * (n * 0x1.4p-20 + 0x1p-18);
}

double steps_of_log_softmax(const struct node *node)
{
	return 0.5 + 16 * ((double)node_rows(node).length * 0x1.4p-20 + 0x1p-10);
}
