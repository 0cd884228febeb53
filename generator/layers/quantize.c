/* quantize.c: Quantize: the same numbers in another type: floats as integers, integers as others, integers as floats. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field quantize_fields[] = { END_FIELD };

double type_width(enum type type)
{
	return (double)(type_most(type) - type_least(type));
}

double steps_of_scaling(enum type type, struct multiplier factor, enum rounding rounding, double relative)
{
	const double twice = rounding == ROUNDING_DOUBLE && factor.shift < 0 ? ldexp(1, factor.shift - 1) : 0;

	return 0.5 + twice + type_width(type) * (relative + 0x1p-31);
}

/* tflite/kernels/internal/reference/quantize.h: AffineQuantize(); what no int32 holds, and NaN, as the least. */
static float integer_of(float v, const struct tensor *out)
{
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	const float rounded = roundf(v / tensor_scale(out));

	if (!(rounded > -0x1p24f)) return (float)range.least;
	if (rounded >= 0x1p24f) return (float)range.most;
	return (float)integer_within((int64_t)rounded + tensor_zero_point(out), range);
}

void integer_quantize(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct tensor *from = node->in[0], *to = node->out[0];
	const int64_t n = shape_elements(&to->shape);

	if (tensor_is_integer(from) && tensor_is_integer(to)) {
		integer_activation(node, in, out, scratch);
		return;
	}
	for (int64_t i = 0; i < n; i++)
		out[0][i] = tensor_is_integer(to) ? integer_of(in[0][i], to) : (float)real_of(from, in[0][i]);
}

double steps_of_quantize(const struct node *node)
{
	const struct tensor *to = node->out[0];
	struct integer_scaling s;

	if (node_integer_scaling(node, &s)) return steps_of_scaling(to->type, s.factor, s.rounding, 0);
	/* One division, of a quotient no larger than the type is wide where it matters. */
	return tensor_is_integer(to) ? 0.5 + type_width(to->type) * 0x1p-24 : 0;
}

/* Integers as floats: one rounding. */
static void quantize_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const int64_t n = shape_elements(&node->out[0]->shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) bound[i] = fabs(in[0][i]) * rounding_growth(1) + TINY;
}

#define FAMILY "layers/quantize.c"
#include "layers/each_real.h"

const struct layer layer_quantize = {
	.name = "Quantize",
	.fields = quantize_fields,
	.least_in = 1,
	.most_in = 1,
	.doc = "the same numbers in another type",
	.infer = infer_same,
	.eval = EVALS(quantize),
	.integer = integer_quantize,
	.steps = steps_of_quantize,
	.bound = quantize_bound,
	.elementwise = true,
	.any_axes = true,
	.internal = true,
	PASSES_MASK,
};

#else

static void EACH(quantize)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

#endif
