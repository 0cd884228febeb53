/* integer.c: facts of quantised nodes. */
#include "layers/integer.h"

#include <math.h>

static const struct {
	int64_t least, most;
} ranges[] = {
	[TYPE_I8] = { INT8_MIN, INT8_MAX },    [TYPE_U8] = { 0, UINT8_MAX },
	[TYPE_I16] = { INT16_MIN, INT16_MAX }, [TYPE_I32] = { INT32_MIN, INT32_MAX },
	[TYPE_I64] = { INT64_MIN, INT64_MAX },
};

int64_t type_least(enum type type)
{
	CHECK(type != TYPE_F32);
	return ranges[type].least;
}

int64_t type_most(enum type type)
{
	CHECK(type != TYPE_F32);
	return ranges[type].most;
}

float tensor_scale(const struct tensor *tensor)
{
	return tensor->quantisation ? tensor->quantisation->scale[0] : 1;
}

int32_t tensor_zero_point(const struct tensor *tensor)
{
	return tensor->quantisation ? tensor->quantisation->zero_point[0] : 0;
}

double real_of(const struct tensor *tensor, float integer)
{
	return (double)tensor_scale(tensor) * ((double)integer - tensor_zero_point(tensor));
}

/* tflite/kernels/internal/quantization_util.cc */
struct multiplier multiplier_of(double factor)
{
	struct multiplier m = { 0 };
	int64_t mantissa;

	if (!(factor > 0)) return m;
	mantissa = llround(frexp(factor, &m.shift) * 0x1p31);
	if (mantissa == (int64_t)1 << 31) {
		mantissa /= 2;
		m.shift++;
	}
	if (m.shift < -31) return (struct multiplier){ 0 };
	if (m.shift > 30) return (struct multiplier){ INT32_MAX, 30 };
	m.mantissa = (int32_t)mantissa;
	return m;
}

static int64_t clamped(int64_t x, int64_t least, int64_t most)
{
	return x < least ? least : x > most ? most : x;
}

int64_t integer_within(int64_t x, struct integer_range range)
{
	return clamped(x, range.least, range.most);
}

int64_t high_product(int64_t a, int64_t b)
{
	const int64_t nudge = a * b >= 0 ? (int64_t)1 << 30 : 1 - ((int64_t)1 << 30);

	if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
	return (a * b + nudge) / ((int64_t)1 << 31);
}

int64_t divided_by_power(int64_t x, int exponent)
{
	const int64_t mask = ((int64_t)1 << exponent) - 1, rest = x & mask;

	return (x >> exponent) + (rest > (mask >> 1) + (x < 0 ? 1 : 0) ? 1 : 0);
}

/* tflite/kernels/internal/common.h, common.cc: both forms of MultiplyByQuantizedMultiplier(int32_t, ...). */
int32_t multiplied(int64_t x, struct multiplier factor, enum rounding rounding)
{
	const int left = factor.shift > 0 ? factor.shift : 0, right = factor.shift > 0 ? 0 : -factor.shift;

	if (rounding == ROUNDING_SINGLE) {
		const int total = 31 - factor.shift;
		const int64_t y = x * factor.mantissa + ((int64_t)1 << (total - 1));
		return (int32_t)clamped(y >> total, INT32_MIN, INT32_MAX);
	}
	x = clamped(x * ((int64_t)1 << left), INT32_MIN, INT32_MAX);
	return (int32_t)divided_by_power(high_product(x, factor.mantissa), right);
}

/* tflite/kernels/internal/common.cc: MultiplyByQuantizedMultiplier(int64_t, ...), which takes |x| < 2^47 and shifts below 8. */
int32_t multiplied_wide(int64_t x, struct multiplier factor)
{
	const int64_t reduced = factor.mantissa < 0x7fff0000 ? (factor.mantissa + ((int64_t)1 << 15)) >> 16 : 0x7fff;
	const int total = 15 - factor.shift;

	x = clamped(x, -((int64_t)1 << 47), ((int64_t)1 << 47) - 1);
	if (total < 8) return x == 0 || reduced == 0 ? 0 : x < 0 ? INT32_MIN : INT32_MAX;
	return (int32_t)clamped((x * reduced + ((int64_t)1 << (total - 1))) >> total, INT32_MIN, INT32_MAX);
}

/* tflite/kernels/internal/reference/integer_ops/fully_connected.h, the forms that are given scales. */
int32_t multiplied_real(int64_t x, double scale)
{
	const double y = round((double)x * scale);

	return y <= (double)INT32_MIN ? INT32_MIN : y >= (double)INT32_MAX ? INT32_MAX : (int32_t)y;
}

/* A real bound of the output as an integer: round(bound / scale) + zero point.  kernel_util.cc: Quantize(). */
static int64_t quantised(const struct tensor *tensor, double bound)
{
	const double q = round((double)((float)bound / tensor_scale(tensor)));

	return tensor_zero_point(tensor) + (int64_t)(q < -0x1p31 ? -0x1p31 : q > 0x1p31 ? 0x1p31 : q);
}

struct integer_range output_range(const struct node *node)
{
	const struct tensor *out = node->out[0];
	struct integer_range range = { type_least(out->type), type_most(out->type) };
	const double least = activation_meaning(&node->activation, -INFINITY),
		     most = activation_meaning(&node->activation, INFINITY);

	if (activation_is_linear(&node->activation)) return range;
	if (isfinite(least)) range.least = clamped(quantised(out, least), range.least, range.most);
	if (isfinite(most)) range.most = clamped(quantised(out, most), range.least, range.most);
	return range;
}

static bool fill_weights(struct integer_sum *s, const struct weight *kernel, struct arena *arena)
{
	const int64_t n = shape_elements(&kernel->shape);
	int16_t *weights = NEW_ARRAY(arena, n, int16_t);

	s->narrow = true;
	for (int64_t i = 0; i < n; i++) {
		weights[i] = (int16_t)kernel->integers[i];
		if (weights[i] < INT8_MIN || weights[i] > INT8_MAX) s->narrow = false;
	}
	s->weights = weights;
	return true;
}

/* kernel_util.cc: PopulateConvolutionQuantizationParams(): (double)in * (double)weights / (double)out. */
static void fill_factors(const struct node *node, const struct weight *kernel, struct integer_sum *s,
			 struct arena *arena)
{
	const int64_t filters = s->sum.filters;
	struct multiplier *factor = NEW_ARRAY(arena, filters, struct multiplier);
	double *scale = NEW_ARRAY(arena, filters, double);
	const struct quantisation *q = kernel->quantisation;
	const double in = (double)tensor_scale(node->in[0]), out = (double)tensor_scale(node->out[0]);

	for (int64_t f = 0; f < filters; f++) {
		scale[f] = in * (double)q->scale[q->n > 1 ? f : 0] / out;
		factor[f] = multiplier_of(scale[f]);
	}
	s->factor = factor;
	s->scale = scale;
}

/* int16x8 with a bias of int32 has an accumulator of int32, too; Dense as TensorFlow 2.2x has it (docs/integers.md). */
enum requantisation node_requantisation(const struct node *node)
{
	const struct weight *bias = node_weight(node, "bias");

	if (layer_is(node, "Dense") && node->rounding == ROUNDING_DOUBLE) return REQUANTISE_REAL;
	if (node->in[0]->type == TYPE_I16 && !(bias && bias->type == TYPE_I32)) return REQUANTISE_WIDE;
	return REQUANTISE_MULTIPLIED;
}

/* All but the sizes and weights. */
static bool fill_sum(const struct node *node, struct integer_sum *s, struct arena *arena)
{
	const struct weight *kernel = node_weight(node, "kernel"), *bias = node_weight(node, "bias");

	if (!tensor_is_integer(node->in[0]) || !tensor_is_integer(node->out[0]) || !kernel || !kernel->integers)
		return false;
	s->in = node->in[0]->type;
	s->out = node->out[0]->type;
	s->bias = bias ? bias->integers : NULL;
	s->zero_in = tensor_zero_point(node->in[0]);
	s->zero_out = tensor_zero_point(node->out[0]);
	fill_factors(node, kernel, s, arena);
	s->requantisation = node_requantisation(node);
	s->rounding = node->rounding;
	s->range = output_range(node);
	return true;
}

bool node_integer_sum(const struct node *node, struct integer_sum *s, struct arena *arena)
{
	*s = (struct integer_sum){ 0 };
	if (!node_sum(node, &s->sum) || !fill_sum(node, s, arena)) return false;
	s->sum.kernel = s->sum.bias = NULL;
	s->sum.partial = false;
	return fill_weights(s, node_weight(node, "kernel"), arena);
}

/* [taps][filters][channels] as [taps][channels][filters]. */
static int16_t *filters_last(const struct transposed_sum *t, const int16_t *from, struct arena *arena)
{
	int16_t *to = NEW_ARRAY(arena, t->taps * t->channels * t->filters, int16_t);

	for (int64_t k = 0; k < t->taps; k++)
		for (int64_t f = 0; f < t->filters; f++)
			for (int64_t c = 0; c < t->channels; c++)
				to[(k * t->channels + c) * t->filters + f] =
				    from[(k * t->filters + f) * t->channels + c];
	return to;
}

bool node_integer_transposed(const struct node *node, struct integer_sum *s, struct transposed_sum *t,
			     struct arena *arena)
{
	*s = (struct integer_sum){ 0 };
	if (!node_transposed_sum(node, t)) return false;
	s->sum = (struct sum){ .steps_in = t->steps_in,
			       .steps_out = t->steps_out,
			       .channels = t->channels,
			       .filters = t->filters,
			       .taps = t->taps,
			       .stride = 1,
			       .dilation = t->dilation,
			       .groups = 1,
			       .channels_first = t->channels_first };
	if (!fill_sum(node, s, arena)) return false;
	fill_weights(s, node_weight(node, "kernel"), arena);
	s->weights = filters_last(t, s->weights, arena);
	return true;
}

int64_t integer_folded_bias(const struct integer_sum *s, int64_t zero, int64_t filter)
{
	const int64_t terms = sum_terms(&s->sum);
	int64_t weights = 0;

	for (int64_t i = 0; i < terms; i++) weights += s->weights[i * s->sum.filters + filter];
	return (s->bias ? s->bias[filter] : 0) - zero * weights;
}

/* The smallest and the largest sum of any of the products of a filter's weights with numbers in [least, most]. */
static struct integer_range products_range(const struct integer_sum *s, int64_t filter, int64_t least, int64_t most)
{
	const int64_t terms = sum_terms(&s->sum);
	struct integer_range range = { 0, 0 };

	for (int64_t i = 0; i < terms; i++) {
		const int64_t w = s->weights[i * s->sum.filters + filter], a = w * least, b = w * most;
		const int64_t low = a < b ? a : b, high = a < b ? b : a;
		range.least += low < 0 ? low : 0;
		range.most += high > 0 ? high : 0;
	}
	return range;
}

static struct integer_range around(struct integer_range range, int64_t start)
{
	/* A sum may begin with the bias or without it. */
	return (struct integer_range){ range.least + (start < 0 ? start : 0), range.most + (start > 0 ? start : 0) };
}

struct integer_range accumulator_range(const struct integer_sum *s, int64_t filter)
{
	return around(products_range(s, filter, type_least(s->in) - s->zero_in, type_most(s->in) - s->zero_in),
		      s->bias ? s->bias[filter] : 0);
}

struct integer_range folded_accumulator_range(const struct integer_sum *s, int64_t filter)
{
	return around(products_range(s, filter, type_least(s->in), type_most(s->in)),
		      integer_folded_bias(s, s->zero_in, filter));
}
