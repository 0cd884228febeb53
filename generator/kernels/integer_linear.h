/* integer_linear.h: sums and products of two integers of 8 bits as one linear function, where TFLite rounds two or three times.
 * The constants are searched and proven over all 65,536 pairs.  Private to kernels/.
 *
 * A definition that rounds to e binary digits and then to a whole step goes up half a digit below the half step, and in negative
 * numbers down.  Of a sum e is near 18, so that pairs are few there, and half a digit added serves as a rule; of a product e may
 * be 4, and both signs start from a number of their own.  Ties go away from 0: factors a little too large ("tilted") take them
 * there, whatever their sign. */
#ifndef CONV1DC_INTEGER_LINEAR_H
#define CONV1DC_INTEGER_LINEAR_H

#include "kernels/kernel.h"
#include "layers/integer.h"

/* Of integers a and b as they are stored:
 * out = clamp((start + floor(factor[0] * a / 256) + floor(factor[1] * b / 256)) >> shift), nothing of it beyond 32 bits. */
struct linear_sum {
	int64_t start, factor[2];
	int shift;
};
/* in: what the operands can be.  narrow: factors are multiples of 256 if that will do.  false: none was found. */
bool linear_sum_of(const struct integer_addition *addition, const struct integer_range in[2], bool narrow,
		   struct linear_sum *sum);
/* Of p = (a - zero point) * (b - zero point), |p| < 2^16:
 * out = clamp((start[p < 0] + floor(p * factor / 2^14)) >> shift), factor < 2^29: nothing beyond 32 bits where it is made of
 * p * floor(factor / 2^14) and p * (factor mod 2^14). */
enum { LINEAR_FRACTION = 14 };
struct linear_product {
	int64_t start[2], factor;
	int shift;
	bool signs; /* some p is below 0, and starts are not one */
};
bool linear_product_of(const struct integer_product *product, const struct integer_range in[2],
		       struct linear_product *linear);

#endif
