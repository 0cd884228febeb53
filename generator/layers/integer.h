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
/* Of a Conv1D, DepthwiseConv1D, Conv1DTranspose or Dense with integer inputs. */
enum requantisation node_requantisation(const struct node *node);

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
/* Conv1DTranspose: the same, where the sum goes over the taps that some input row meets: sum has sizes and weights as a
 * convolution's of one group, but its taps' rows are what 'transposed' says.  false: another node, or a hybrid one. */
bool node_integer_transposed(const struct node *node, struct integer_sum *sum, struct transposed_sum *transposed,
			     struct arena *arena);
/* Of a sum that is REQUANTISE_REAL: factors by filter with which ROUNDING_SINGLE gives the same outputs for every accumulator
 * that there can be, proven; NULL: some filter has none. */
const struct multiplier *integer_sum_once(const struct integer_sum *sum, struct arena *arena);
/* The output of filter f's accumulator a as a line in float32, x = (float)(a + shift):
 *     floor(x * factor + (x * rest + offset))
 * or mirrored, where rounding twice has no line through 0:
 *     zero_out +- floor(|x| * factor + (|x| * rest + offset)), x's sign, shift being 0
 * and then within the output's range.  The term in brackets is rounded to float32 as one fused multiply-add, the rest is
 * exact: a fused multiply-add that rounds down (mirrored: towards 0) leaves the floor as it is. */
enum line_kind {
	LINE_OF_BITS, /* rest is 0, x in [2^23, 2^24): its bits are a + shift + LINE_BITS; never mirrored */
	LINE_SIMPLE,  /* rest is 0 */
	LINE_OF_TWO
};
#define LINE_BITS 0x4a800000 /* bits of 2^23 less 2^23 */
struct integer_line {
	float factor, rest, offset;
	int64_t shift;
	bool mirrored;
};
/* false: there is none of this kind that gives the output of every accumulator that there can be; for outputs of 8 bits. */
bool integer_sum_line(const struct integer_sum *sum, int64_t filter, enum line_kind kind, struct integer_line *line);
int64_t integer_by_line(const struct integer_sum *sum, const struct integer_line *line, int64_t accumulator);
/* The output of filter f's accumulator. */
int64_t integer_requantised(const struct integer_sum *sum, int64_t accumulator, int64_t filter);
/* bias - zero * sum of weights: what filter f's sum over inputs begins with, all its taps inside, where 'zero' is not taken
 * off them. */
int64_t integer_folded_bias(const struct integer_sum *sum, int64_t zero, int64_t filter);
/* What filter f's accumulator can be, and every sum on the way to it in any order of its terms, for any input of the type
 * and any number of taps left out: of sum (in - zero_in) * weights + bias. */
struct integer_range accumulator_range(const struct integer_sum *sum, int64_t filter);
/* The same where the kernel sums in * weights and the zero point is in the bias (integer_folded_bias()). */
struct integer_range folded_accumulator_range(const struct integer_sum *sum, int64_t filter);

/* ---- layers that are no sums over weights -------------------------------------------------------------------- */

/* gemmlowp's SaturatingRoundingDoublingHighMul(): the high word of 2ab, ties up; RoundingDivideByPOT(): x / 2^exponent, ties
 * away from 0. */
int64_t high_product(int64_t a, int64_t b);
int64_t divided_by_power(int64_t x, int exponent);
int64_t integer_within(int64_t x, struct integer_range range);

/* out = clamp(zero_out + multiplied(in - zero_in, factor)): Quantize of integers; Activation (and layers) of a kind that
 * only clamps. */
struct integer_scaling {
	int32_t zero_in, zero_out;
	struct multiplier factor;
	enum rounding rounding;
	struct integer_range range;
};
bool node_integer_scaling(const struct node *node, struct integer_scaling *scaling); /* false: none of these */

/* Operand k of a merge: an input, or a constant that fold() has made a weight of the node. */
struct integer_operand {
	const struct shape *shape;
	float scale;
	int32_t zero;
	int input;               /* index; -1: */
	const int64_t *integers; /* without zero point */
};
int integer_operands(const struct node *node);
struct integer_operand integer_operand(const struct node *node, int k);

/* Add and Subtract of two inputs: out = clamp(zero_out + multiplied(a +- b, out)), where a and b are
 * multiplied((in - zero_in) * 2^left, in).  shifts: int16 with scales that are powers of two: out = clamp(a +- b), a and b
 * divided by 2^right. */
struct integer_addition {
	bool subtracts, shifts;
	int left, right[2];
	int32_t zero_in[2], zero_out;
	struct multiplier in[2], out;
	enum rounding rounding;
	struct integer_range range;
};
bool node_integer_addition(const struct node *node, struct integer_addition *addition);
/* The same where one of the two operands may be a constant. */
bool node_integer_addition_of_any(const struct node *node, struct integer_addition *addition);

/* Multiply of two inputs: out = clamp(zero_out + multiplied(a * b, factor)). */
struct integer_product {
	int32_t zero_in[2], zero_out;
	struct multiplier factor;
	enum rounding rounding;
	struct integer_range range;
};
bool node_integer_product(const struct node *node, struct integer_product *product);
bool node_integer_product_of_any(const struct node *node, struct integer_product *product);

/* LeakyReLU and PReLU: out = clamp(zero_out + multiplied(x, above)) where x = in - zero_in >= 0, else clamp(zero_out +- multiplied(x *
 * slope, below)); slope is 1, or of PReLU's alpha. */
struct integer_slopes {
	int32_t zero_in, zero_out;
	struct multiplier above, below;
	bool negative;              /* the slope is: - */
	const struct weight *alpha; /* NULL: 1 */
	enum rounding rounding;
	struct integer_range range;
};
bool node_integer_slopes(const struct node *node, struct integer_slopes *slopes);

/* Mean, Sum and GlobalAveragePooling1D: out = clamp(zero_out + multiplied(sum of (in - zero_in), factor)) of the elements
 * x[(o * size + k) * inner + i]. */
struct integer_mean {
	int64_t outer, size, inner;
	int32_t zero_in, zero_out;
	struct multiplier factor; /* with 1 / size where it is a mean */
	enum rounding rounding;
	struct integer_range range;
};
bool node_integer_mean(const struct node *node, struct integer_mean *mean);

/* Activation and the like, and Quantize: one function of each element. */
bool node_integer_function(const struct node *node);
/* A function of 8 bits: what becomes of each of the 256 integers of in[0]'s type, from the least on.  NULL: the node is none. */
const int16_t *node_integer_table(const struct node *node, struct arena *arena);
/* The output's integers are the input's. */
bool node_integer_identity(const struct node *node);

/* Sigmoid and tanh of int16: pieces of integer_sigmoid_table() at |(in * factor + half) >> shift|. */
struct integer_curve {
	bool tanh;
	int32_t factor;
	int shift;
};
bool node_integer_curve(const struct node *node, struct integer_curve *curve);
const int32_t *integer_sigmoid_table(struct arena *arena); /* 256 */
/* Other functions of int16: the 513 ends of 512 pieces of 128 integers each. */
const int16_t *node_integer_pieces(const struct node *node, struct arena *arena);

/* Softmax and LogSoftmax of 8 bits: differences to a row's largest that are least or more, in Q5 by the factor (fixed_point.h); back
 * is its reciprocal. */
struct integer_exponents {
	struct multiplier factor, back;
	int32_t least;
	enum rounding rounding;
};
bool node_integer_exponents(const struct node *node, struct integer_exponents *exponents);

/* Softmax of int16: differences in units of 10 / 65535; exp over [-10, 0] and 1 / (1 + x) over [0, 1] in 512 pieces each. */
struct integer_softmax16 {
	struct multiplier factor;
	enum rounding rounding;
	const int16_t *exponentials, *reciprocals; /* 513 */
};
bool node_integer_softmax16(const struct node *node, struct integer_softmax16 *softmax, struct arena *arena);

/* Conv1D, DepthwiseConv1D and Dense of floats with integer weights: x becomes integers of 8 bits with one scale (each_row:
 * one for every row), acc = sum of (integer - zero) * weights, then acc * scales + bias. */
enum hybrid_order {
	HYBRID_ONE_SCALE,     /* acc * (the weights' * x's) */
	HYBRID_SCALES_FIRST,  /* acc * (the filter's * x's) */
	HYBRID_WEIGHTS_FIRST, /* (acc * the filter's) * x's */
};
struct hybrid_sum {
	struct sum sum; /* kernel is NULL or the dequantised one */
	const struct weight *kernel;
	const float *scale; /* of the weights: one, or by filter */
	int scales;
	bool asymmetric; /* x has a zero point; else it is 0 and integers are -127 .. 127 */
	bool each_row;
	int64_t phases; /* each r mod phases: rows r become integers with a scale of their own */
	enum hybrid_order order;
};
struct hybrid_sum node_hybrid_sum(const struct node *node);

#endif
