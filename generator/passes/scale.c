/* scale.c: scales, zero points and integers, as TFLite's converter chooses them: in the same precision, step by step.
 *
 * int8 and int16 activations are two programs there, which round differently.
 * Sources of int8: tflite/converter/quantization/common/quantization_lib: quantization_utils.cc (DownCastScale,
 * ExpandVerySmallRange, ExtractMinMaxFromAttr), quantization_utils.h (ConvertStatsToQDQs), quantization_driver.cc
 * (SetBiasParamsWithAdjustments); MLIR's UniformSupport.h (how a number is rounded).
 * Source of int16: tflite/tools/optimize/quantization_utils.cc (SymmetricPerChannelQuantization, SymmetricBiasQuantize). */
#include "passes/quantise.h"

#include <math.h>

#define NEAR_ZERO      1e-6     /* a narrower range is widened by it */
#define HALF_RANGE     5e-7     /* of weights that are narrower: the least range, to either side */
#define LEAST_WEIGHT   0x1p-100 /* whose 127th part has all bits in float32 */
#define WIDE_BIAS_MOST 0x1p62F  /* far beyond what a sum needs */
#define BIAS_MOST      ((double)(INT32_MAX / 2))
#define WIDE_SUM_MOST  0x1p46  /* int16x8 multiplies accumulators below 2^47 */
#define FACTOR_LEAST   0x1p-31 /* below 2^-32 QuantizeMultiplier() makes a factor 0 */

/* ---- activations -------------------------------------------------------------------------------------------------- */

static int32_t zero_point_of(double least, float scale, enum type type)
{
	const double low = (double)type_least(type), high = (double)type_most(type);
	const double zero = (double)(float)(low - least / (double)scale);

	return (int32_t)(zero < low ? low : zero > high ? high : round(zero));
}

struct quantisation *quantisation_of_range(struct range range, enum type type, struct arena *arena)
{
	const bool symmetric = type == TYPE_I16;
	struct range r = { fmin(range.least, 0), fmax(range.most, 0) };
	float *scale;
	int32_t *zero_point;
	struct quantisation *q = quantisation_new(1, &scale, &zero_point, arena);

	if (symmetric) {
		r.most = fmax(-r.least, r.most);
		r.least = -r.most;
	}
	if (r.most - r.least < NEAR_ZERO) {
		r.least -= NEAR_ZERO;
		r.most += NEAR_ZERO;
	}
	scale[0] = ((float)r.most - (float)r.least) / (float)(type_most(type) - type_least(type) - (symmetric ? 1 : 0));
	zero_point[0] = symmetric ? 0 : zero_point_of(r.least, scale[0], type);
	return q;
}

struct range range_of_quantisation(const struct quantisation *q, enum type type)
{
	const double scale = (double)q->scale[0], zero = q->zero_point[0];

	return (struct range){ scale * ((double)type_least(type) - zero), scale * ((double)type_most(type) - zero) };
}

/* ---- weights ------------------------------------------------------------------------------------------------------- */

/* x / scale, rounded as MLIR's UniformQuantizedValueConverter does: half away from zero. */
static int64_t rounded(double x, double scale, double zero_point, double least, double most)
{
	const double integer = round(x / scale + zero_point);

	return (int64_t)(integer < least ? least : integer > most ? most : integer);
}

/* x * inverse in float, as the program for int16 has it; not finite: of a filter of zeros. */
static int64_t times_inverse(float x, float inverse, float most)
{
	const float integer = isfinite(inverse) ? roundf(x * inverse) : 0;

	return (int64_t)fminf(fmaxf(integer, -most), most);
}

static int64_t filter_of(struct filters filters, int64_t i)
{
	return i / filters.inner % filters.n;
}

static double *largest_of(const struct weight *kernel, struct filters filters, struct arena *arena)
{
	double *largest = NEW_ARRAY(arena, filters.n, double);

	for (int64_t i = 0; i < shape_elements(&kernel->shape); i++) {
		double *most = &largest[filter_of(filters, i)], x = fabs((double)kernel->f32[i]);
		if (x > *most) *most = x;
	}
	return largest;
}

/* Of a filter whose largest weight is that; wide: beside int16, where the converter takes small ones as they are. */
static float kernel_scale(double largest, bool wide)
{
	const double half = wide && largest > LEAST_WEIGHT ? largest : fmax(largest, HALF_RANGE);

	return ((float)half - (float)-half) / (float)(INT8_MAX + INT8_MAX);
}

/* The scale where it is large enough, else a larger one: a bias of this size fits int32 (beside int16: what is multiplied of
 * 64 bits); and beside int16, where half a step of the output can be 2^31 of the sum's, no factor is so small that it counts as 0. */
static float grown(float scale, double bias, const struct tensor *in, const struct tensor *out)
{
	const bool wide = in->type == TYPE_I16;
	const double most = wide ? WIDE_SUM_MOST : BIAS_MOST, of_in = (double)tensor_scale(in);
	const double least = wide ? FACTOR_LEAST * (double)tensor_scale(out) / of_in : 0;

	if (fabs(bias) / (double)(float)((double)scale * of_in) > most) scale = (float)(fabs(bias) / most / of_in);
	return (double)scale < least / 2 ? (float)least : scale;
}

static struct weight *new_weight(const struct weight *from, enum type type, int64_t **integers, struct arena *arena)
{
	struct weight *weight = arena_copy(arena, from, sizeof *from);

	*integers = NEW_ARRAY(arena, shape_elements(&from->shape), int64_t);
	weight->type = type;
	weight->integers = *integers;
	return weight;
}

struct weight *quantised_kernel(const struct weight *kernel, struct filters filters, const struct weight *bias,
				const struct tensor *in, const struct tensor *out, struct arena *arena)
{
	const double *largest = largest_of(kernel, filters, arena);
	const bool wide = in->type == TYPE_I16;
	float *scale;
	int32_t *zero_point;
	int64_t *integers;
	struct weight *weight = new_weight(kernel, TYPE_I8, &integers, arena);

	weight->quantisation = quantisation_new(filters.n, &scale, &zero_point, arena);
	for (int64_t f = 0; f < filters.n; f++)
		scale[f] = grown(kernel_scale(largest[f], wide), bias ? (double)bias->f32[f] : 0, in, out);
	for (int64_t i = 0; i < shape_elements(&kernel->shape); i++) {
		const int64_t f = filter_of(filters, i);
		const bool as_given = scale[f] == (float)largest[f] / INT8_MAX;
		integers[i] = wide && as_given
				  ? times_inverse(kernel->f32[i], (float)INT8_MAX / (float)largest[f], INT8_MAX)
				  : rounded((double)kernel->f32[i], (double)scale[f], 0, -INT8_MAX, INT8_MAX);
	}
	weight_make_real(weight, filters.inner, arena);
	return weight;
}

struct weight *quantised_bias(const struct weight *bias, const struct weight *kernel, const struct tensor *in,
			      struct arena *arena)
{
	const bool wide = in->type == TYPE_I16;
	const int64_t n = shape_elements(&bias->shape);
	float *scale;
	int32_t *zero_point;
	int64_t *integers;
	struct weight *weight = new_weight(bias, bias_type(in->type), &integers, arena);

	weight->quantisation = quantisation_new(n, &scale, &zero_point, arena);
	for (int64_t f = 0; f < n; f++) {
		scale[f] = (float)((double)tensor_scale(in) * (double)kernel->quantisation->scale[f]);
		integers[f] = wide ? times_inverse(bias->f32[f], (float)(1 / (double)scale[f]), WIDE_BIAS_MOST)
				   : rounded((double)bias->f32[f], (double)scale[f], 0, INT32_MIN, INT32_MAX);
	}
	weight_make_real(weight, 1, arena);
	return weight;
}

struct weight *quantised_constant(const struct weight *from, struct arena *arena)
{
	const int64_t n = shape_elements(&from->shape);
	const double *largest = largest_of(from, (struct filters){ 1, n }, arena);
	float *scale;
	int32_t *zero_point;
	int64_t *integers;
	struct weight *weight = new_weight(from, TYPE_I8, &integers, arena);

	weight->quantisation = quantisation_new(1, &scale, &zero_point, arena);
	scale[0] = kernel_scale(*largest, false);
	for (int64_t i = 0; i < n; i++)
		integers[i] = rounded((double)from->f32[i], (double)scale[0], 0, -INT8_MAX, INT8_MAX);
	weight_make_real(weight, 1, arena);
	return weight;
}
