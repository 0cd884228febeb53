/* flushing.h: binary32 arithmetic as Arm's FPSCR.FZ does it: a subnormal operand counts as the zero of its sign, and a
 * result that is below 2^-126 before it is rounded is the zero of its sign.  (x86's FTZ looks at the rounded result: a
 * product just below 2^-126 becomes 2^-126 there.)  On any host, in round-to-nearest with gradual underflow; moves, sign
 * changes and operations on bits do not flush. */
#ifndef CONV1DC_FLUSHING_H
#define CONV1DC_FLUSHING_H

#include <math.h>
#include <stdbool.h>

#define FLUSH_LEAST 0x1p-126

static inline float flush(float x)
{
	return fabsf(x) < (float)FLUSH_LEAST ? copysignf(0.0f, x) : x;
}

/* Where sums of floats are below 2^-126 they are exact. */
static inline float flush_add(float a, float b)
{
	return flush(flush(a) + flush(b));
}

static inline float flush_subtract(float a, float b)
{
	return flush(flush(a) - flush(b));
}

/* A product of floats is exact in double. */
static inline float flush_multiply(float a, float b)
{
	double product = (double)flush(a) * (double)flush(b);

	return fabs(product) < FLUSH_LEAST ? copysignf(0.0f, (float)product) : (float)product;
}

/* |a / b| < 2^-126, exactly: both sides are doubles.  Of b = 0 and of infinities it is false, or the quotient is 0. */
static inline float flush_divide(float a, float b)
{
	float x = flush(a), y = flush(b), quotient = x / y;

	return fabs((double)x) < FLUSH_LEAST * fabs((double)y) ? copysignf(0.0f, quotient) : quotient;
}

/* sum + x * w, rounded once.  Only where that comes to +-2^-126 is the exact sum in doubt: it is near + rest. */
static inline float flush_fma(float x, float w, float sum)
{
	float a = flush(x), b = flush(w), s = flush(sum), y = fmaf(a, b, s);

	if (fabsf(y) == (float)FLUSH_LEAST) {
		double product = (double)a * (double)b, near = product + (double)s, part = near - product;
		double rest = (product - (near - part)) + ((double)s - part);
		bool below = fabs(near) < FLUSH_LEAST;

		if (fabs(near) == FLUSH_LEAST) below = near < 0 ? rest > 0 : rest < 0;
		if (below) return copysignf(0.0f, y);
	}
	return flush(y);
}

static inline bool flush_less(float a, float b)
{
	return flush(a) < flush(b);
}

static inline bool flush_equal(float a, float b)
{
	return flush(a) == flush(b);
}

#endif
