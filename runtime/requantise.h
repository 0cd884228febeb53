/* requantise.h: integer arithmetic of quantised models as the emitted C has it; docs/integers.md says it in formulas.
 *
 * emit/runtime.c pastes single functions with what they need into the output: templates ask by integer_runtime("multiply").
 * Each stands behind a line that names it and ends in a brace of its own; a function stands behind those that it needs, which
 * it calls by ACT(name).  The interpreter has its own text (layers/integer.c): what is pasted is judged by it.
 *
 * No libm, no table, no undefined behaviour: nothing overflows, only >> of negative numbers is left to the compiler, which
 * has to be arithmetic as it is with gcc and clang.  A positive factor is mantissa * 2^(shift - 31), mantissa 0 or in [2^30, 2^31),
 * shift in [-31, 30]. */
#include <stdint.h>

#undef ACT
#define ACT(name) runtime_i32_##name

/* SYMBOL clamp */
/* x, but not less than least nor more than most. */
static inline int32_t ACT(clamp)(int32_t x, int32_t least, int32_t most)
{
	return x < least ? least : x > most ? most : x;
}

/* SYMBOL double_high */
/* a * b / 2^31, rounded to the nearest, ties up; mantissas are never negative. */
static inline int32_t ACT(double_high)(int32_t a, int32_t mantissa)
{
	return (int32_t)(((int64_t)a * mantissa + (1 << 30)) >> 31);
}

/* SYMBOL divide */
/* x / 2^n, rounded to the nearest, ties away from 0; n in [0, 31]. */
static inline int32_t ACT(divide)(int32_t x, int n)
{
	const int32_t mask = (int32_t)(((uint32_t)1 << n) - 1), rest = x & mask;

	return (x >> n) + (rest > (mask >> 1) + (x < 0) ? 1 : 0);
}

/* SYMBOL multiply: needs double_high, divide */
/* x times a factor, rounded twice as TFLite's reference kernels do; what leaves 32 bits before it is rounded stays at
 * their ends. */
static inline int32_t ACT(multiply)(int32_t x, int32_t mantissa, int shift)
{
	if (shift > 0) {
		const int64_t wide = (int64_t)x * ((int64_t)1 << shift);

		return ACT(double_high)(wide < INT32_MIN ? INT32_MIN : wide > INT32_MAX ? INT32_MAX : (int32_t)wide,
					mantissa);
	}
	return ACT(divide)(ACT(double_high)(x, mantissa), -shift);
}

/* SYMBOL multiply_once */
/* x times a factor, rounded once, ties up (--rounding single). */
static inline int32_t ACT(multiply_once)(int32_t x, int32_t mantissa, int shift)
{
	const int64_t wide = ((int64_t)x * mantissa + ((int64_t)1 << (30 - shift))) >> (31 - shift);

	return wide < INT32_MIN ? INT32_MIN : wide > INT32_MAX ? INT32_MAX : (int32_t)wide;
}

/* SYMBOL zeros */
/* Zeros in front of the first digit of x > 0 in binary. */
static inline int ACT(zeros)(uint32_t x)
{
	int n = 0;

	for (; !(x >> 31); x <<= 1) n++;
	return n;
}

/* SYMBOL reciprocal: needs double_high */
/* 1 / (1 + a), a in [0, 1), both in units of 2^-31: three steps of Newton's for half of that in units of 2^-29. */
static inline int32_t ACT(reciprocal)(int32_t a)
{
	const int32_t half = (int32_t)(((uint32_t)a + 0x80000000u) >> 1);
	int32_t x = 1515870810 + ACT(double_high)(half, -1010580540);

	for (int i = 0; i < 3; i++) {
		x += ACT(double_high)(x, (1 << 29) - ACT(double_high)(half, x)) * 4;
	}
	return x < 1 << 30 ? x * 2 : INT32_MAX;
}

/* SYMBOL scale */
/* a * 2^n, n in [0, 31], kept to 32 bits. */
static inline int32_t ACT(scale)(int32_t a, int n)
{
	const int64_t wide = (int64_t)a * ((int64_t)1 << n);

	return wide < INT32_MIN ? INT32_MIN : wide > INT32_MAX ? INT32_MAX : (int32_t)wide;
}

/* SYMBOL logarithm: needs double_high, divide, reciprocal, scale, zeros */
/* log(a), a >= 1 in units of 2^-19, in units of 2^-26: a is a power of 2 times a number near the root of 1/2, of which a
 * fraction of polynomials is taken. */
static inline int32_t ACT(logarithm)(int32_t a)
{
	const int32_t root_half = 1518500250, fourth_root = 1805811301, quarter = 1 << 23;
	const int zeros_a = ACT(zeros)((uint32_t)a), zeros_b = ACT(zeros)((uint32_t)ACT(double_high)(a, root_half)) - 1;
	const int32_t r_a = ACT(scale)(ACT(double_high)(ACT(scale)(a, zeros_a - 1), root_half), 1);
	const int32_t r_b = ACT(scale)(a, zeros_b), r = r_a < r_b ? r_a : r_b;
	const int32_t power_a = (12 - zeros_a) * (1 << 25) + quarter, power_b = (12 - zeros_b) * (1 << 25) - quarter;
	const int32_t p = (int32_t)(((int64_t)r + fourth_root + 1) / 2), q = 2 * (r - fourth_root);
	const int32_t square = ACT(double_high)(q, q);
	const int32_t above = ACT(double_high)(q, r) + ACT(double_high)(ACT(double_high)(q, square), 117049297);
	const int32_t below = ACT(double_high)(p, 1057819769 + q + ACT(double_high)(127690142, square)) +
			      ACT(double_high)(638450708, q);

	return ACT(scale)(ACT(double_high)(power_a > power_b ? power_a : power_b, 1488522236) +
			      ACT(double_high)(ACT(divide)(above, 6), ACT(reciprocal)(below)),
			  1);
}

/* SYMBOL piece */
/* A function at x between two of its 513 values, which are 128 apart. */
static inline int32_t ACT(piece)(const int16_t *table, int32_t x)
{
	const int32_t i = 256 + (x >> 7);

	return table[i] + (((x & 127) * (int16_t)(table[i + 1] - table[i]) + 64) >> 7);
}

/* SYMBOL multiply_wide */
/* A sum of 48 bits times a factor of 15: mantissa in [0, 2^15), rounded once, ties up; shift in [-31, 7]. */
static inline int32_t ACT(multiply_wide)(int64_t x, int32_t mantissa, int shift)
{
	const int64_t wide = (x * mantissa + ((int64_t)1 << (14 - shift))) >> (15 - shift);

	return wide < INT32_MIN ? INT32_MIN : wide > INT32_MAX ? INT32_MAX : (int32_t)wide;
}

/* SYMBOL saturate */
/* x, but what leaves 32 bits stays at their ends. */
static inline int32_t ACT(saturate)(int64_t x)
{
	return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

/* SYMBOL multiply_wide_saturated: needs saturate */
/* multiply_wide() of what may leave 48 bits, or 32 behind it: it stays at their ends.  shift in [-31, 30]. */
static inline int32_t ACT(multiply_wide_saturated)(int64_t x, int32_t mantissa, int shift)
{
	const int64_t most = ((int64_t)1 << 47) - 1, wide = x < -most - 1 ? -most - 1 : x > most ? most : x;

	if (shift > 7) return wide == 0 || mantissa == 0 ? 0 : wide < 0 ? INT32_MIN : INT32_MAX;
	return ACT(saturate)((wide * mantissa + ((int64_t)1 << (14 - shift))) >> (15 - shift));
}

/* SYMBOL multiply_real */
/* x * mantissa / 2^shift as a product of doubles, rounded to the nearest, ties away from 0; shift in [0, 124]. */
static inline int32_t ACT(multiply_real)(int64_t x, int64_t mantissa, int shift)
{
	const int half = shift / 2;
	const double y = (double)x * (double)mantissa / (double)((int64_t)1 << half) /
			 (double)((int64_t)1 << (shift - half));
	const double near = y < -2147483648.0 ? -2147483648.0 : y > 2147483647.0 ? 2147483647.0 : y;
	const int32_t whole = (int32_t)near;
	const double rest = near - (double)whole;

	return whole + (rest >= 0.5) - (rest <= -0.5);
}

/* SYMBOL add_high */
/* a + b * c / 2^32, rounded to the nearest, ties up: the instruction SMMLAR. */
static inline int32_t ACT(add_high)(int32_t a, int32_t b, int32_t c)
{
	return (int32_t)(a + (((int64_t)b * c + ((int64_t)1 << 31)) >> 32));
}

/* SYMBOL subtract_high */
/* a - b * c / 2^32, rounded to the nearest, ties up: the instruction SMMLSR. */
static inline int32_t ACT(subtract_high)(int32_t a, int32_t b, int32_t c)
{
	return (int32_t)(a + ((((int64_t)1 << 31) - (int64_t)b * c) >> 32));
}

/* SYMBOL high */
/* a * b / 2^32, rounded down: the instruction SMMUL. */
static inline int32_t ACT(high)(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b) >> 32);
}

/* SYMBOL half */
/* The lower (n = 0) or the upper half of a word. */
static inline int32_t ACT(half)(int32_t word, int n)
{
	return (int16_t)(uint16_t)((uint32_t)word >> (16 * n));
}

/* SYMBOL byte */
/* Byte n of a word, from the lowest on. */
static inline int32_t ACT(byte)(int32_t word, int n)
{
	return (int8_t)(uint8_t)((uint32_t)word >> (8 * n));
}

/* SYMBOL nearest */
/* x to the nearest integer, ties away from 0, within [least, most], which are within [-256, 256]; of NaN: least. */
static inline int32_t ACT(nearest)(float x, int32_t least, int32_t most)
{
	const float inside = x > (float)least ? (x < (float)most ? x : (float)most) : (float)least;
	const int32_t whole = (int32_t)inside;
	const float rest = inside - (float)whole;

	return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

/* SYMBOL symmetric: needs nearest */
/* Floats as integers in [-127, 127]: rows of n, from the first of one to that of the next
 * 'stride'; returns their scale. */
static inline float ACT(symmetric)(const float *x, int rows, int n, int stride, int8_t *q)
{
	float range = 0.0f, inverse;

	for (int r = 0; r < rows; r++) {
		for (int i = r * stride; i < r * stride + n; i++) {
			const float size = x[i] < 0.0f ? -x[i] : x[i];

			if (size > range) {
				range = size;
			}
			q[i] = 0;
		}
	}
	if (!(range > 0.0f)) {
		return 1.0f;
	}
	inverse = 127.0f / range;
	for (int r = 0; r < rows; r++) {
		for (int i = r * stride; i < r * stride + n; i++) {
			q[i] = (int8_t)ACT(nearest)(x[i] * inverse, -127, 127);
		}
	}
	return range / 127.0f;
}

/* SYMBOL zero_of */
/* The zero point of numbers from least to most, where it errs less at their ends. */
static inline int32_t ACT(zero_of)(double least, double most, double scale)
{
	const double below = least / scale, above = most / scale;
	const double zero = 128.0 - below < 127.0 + above ? -128.0 - below : 127.0 - above;
	int32_t whole;

	if (!(zero > -128.0)) {
		return zero <= -128.0 ? -128 : 0;
	}
	if (zero >= 127.0) {
		return 127;
	}
	whole = (int32_t)zero;
	return whole + (zero - (double)whole >= 0.5) - (zero - (double)whole <= -0.5);
}

/* SYMBOL asymmetric: needs nearest, clamp, zero_of */
/* As symmetric, integers in [-128, 127] around a zero point. */
static inline float ACT(asymmetric)(const float *x, int rows, int n, int stride, int8_t *q,
                                    int32_t *zero)
{
	float least = 0.0f, most = 0.0f, scale, inverse;
	double step;

	for (int r = 0; r < rows; r++) {
		for (int i = r * stride; i < r * stride + n; i++) {
			if (x[i] < least) {
				least = x[i];
			}
			if (x[i] > most) {
				most = x[i];
			}
			q[i] = 0;
		}
	}
	*zero = 0;
	if (!(least < most)) {
		return 1.0f;
	}
	step = (double)(most - least) / 255.0;
	*zero = ACT(zero_of)((double)least, (double)most, step);
	scale = (float)step;
	inverse = 1.0f / scale;
	for (int r = 0; r < rows; r++) {
		for (int i = r * stride; i < r * stride + n; i++) {
			const int32_t near = ACT(nearest)(x[i] * inverse, -256, 256) + *zero;

			q[i] = (int8_t)ACT(clamp)(near, -128, 127);
		}
	}
	return scale;
}
