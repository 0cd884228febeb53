/* integer.h: the arithmetic of quantised models, as TFLite defines it; docs/integers.md says it in formulas.
 *
 * Values are integers in floats, exactly (eval.h).  What stands here is shared by interpreter and kernels: facts of the
 * model (multipliers, ranges, weights as integers), no arithmetic of a layer. */
#ifndef CONV1DC_INTEGER_H
#define CONV1DC_INTEGER_H

#include "layers/layers.h"

/* Smallest and largest integer of a type; of float32: none, die(). */
int64_t type_least(enum type type);
int64_t type_most(enum type type);

/* scale * (integer - zero point) of a quantised tensor of one scale, exactly. */
double real_of(const struct tensor *tensor, float integer);
float tensor_scale(const struct tensor *tensor);
int32_t tensor_zero_point(const struct tensor *tensor); /* 0 of float tensors */

/* A positive real factor as TFLite's QuantizeMultiplier() has it: mantissa * 2^(shift - 31), mantissa 0 or in [2^30, 2^31). */
struct multiplier {
	int32_t mantissa;
	int shift;
};
struct multiplier multiplier_of(double factor);
/* MultiplyByQuantizedMultiplier(): x * factor, rounded as 'rounding' says, saturated to int32. */
int32_t multiplied(int64_t x, struct multiplier factor, enum rounding rounding);
/* The same of a 64-bit accumulator (int16x8): factor in 16 bits, rounded half up once. */
int32_t multiplied_wide(int64_t x, struct multiplier factor);
/* x * scale as fully_connected.h has it: a product of doubles, then rounded, ties away from 0, saturated to int32. */
int32_t multiplied_real(int64_t x, double scale);

/* Integers that the output may take: its type's, or what its fused activation (linear, relu, relu6, relu with a least or a
 * most) leaves of them: CalculateActivationRangeQuantized(). */
struct integer_range {
	int64_t least, most;
};
struct integer_range output_range(const struct node *node);

/* How an accumulator becomes a number of the output's scale. */
enum requantisation {
	REQUANTISE_MULTIPLIED, /* multiplied(acc, factor, rounding): an accumulator of int32 */
	REQUANTISE_WIDE,       /* multiplied_wide(acc, factor): int16x8, an accumulator of int64 */
	REQUANTISE_REAL,       /* multiplied_real(acc, scale): Dense under double rounding */
};

/* Conv1D, DepthwiseConv1D and Dense whose input and output are quantised:
 * out[t][f] = clamp(zero_out + requantised(bias[f] + sum of (in - zero_in) * weights)), as struct sum says which. */
struct integer_sum {
	struct sum sum; /* sizes; kernel and bias are NULL, no sum is partial */
	enum type in, out;
	const int16_t *weights; /* [taps][channels / groups][filters], without zero point: -255 .. 255 */
	bool narrow;            /* all of them fit int8 */
	const int64_t *bias;    /* by filter; NULL: 0 */
	int32_t zero_in, zero_out;
	enum requantisation requantisation;
	const struct multiplier *factor; /* by filter */
	const double *scale;             /* by filter: what factor was made of */
	enum rounding rounding;
	struct integer_range range; /* of the output */
};
/* false: the node is none of these, or a hybrid one. */
bool node_integer_sum(const struct node *node, struct integer_sum *sum, struct arena *arena);
/* The output of filter f's accumulator. */
int64_t integer_requantised(const struct integer_sum *sum, int64_t accumulator, int64_t filter);
/* What filter f's accumulator can be, and every sum on the way to it in any order of its terms, for any input of the type
 * and any number of taps left out: of sum (in - zero_in) * weights + bias. */
struct integer_range accumulator_range(const struct integer_sum *sum, int64_t filter);
/* The same where the kernel sums in * weights and the zero point is in the bias: of sum in * weights + (bias - zero_in *
 * sum of weights). */
struct integer_range folded_accumulator_range(const struct integer_sum *sum, int64_t filter);

#endif
