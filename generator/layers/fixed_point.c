/* fixed_point.c: gemmlowp's fixedpoint.h and TFLite's common.h in integers. */
#include "layers/fixed_point.h"

#include "layers/integer.h"

/* SaturatingRoundingDoublingHighMul(): the product of Qa and Qb as Q(a + b). */
static int32_t product(int32_t a, int32_t b)
{
	return (int32_t)high_product(a, b);
}

int leading_zeros(uint32_t x)
{
	int n = 32;

	for (; x; x >>= 1) n--;
	return n;
}

/* SaturatingRoundingMultiplyByPOT() */
int32_t scaled_by_power(int32_t a, int exponent)
{
	const struct integer_range range = { INT32_MIN, INT32_MAX };

	if (exponent <= 0) return (int32_t)divided_by_power(a, -exponent);
	return (int32_t)integer_within((int64_t)a * ((int64_t)1 << exponent), range);
}

/* exp_on_interval_between_negative_one_quarter_and_0_excl(): the Taylor series around -1/8 to the fourth power. */
static int32_t exponential_near_0(int32_t a)
{
	const int32_t at_eighth = 1895147668, third = 715827883; /* exp(-1/8), 1/3 */
	const int32_t x = a + (1 << 28), x2 = product(x, x), x3 = product(x2, x), x4 = product(x2, x2);
	const int32_t tail =
	    scaled_by_power(product(scaled_by_power(x4, -2) + x3, third) + x2, -1); /* x^4/24 + x^3/6 + x^2/2 */

	return at_eighth + product(at_eighth, x + tail);
}

int32_t exponential_q0(int32_t a)
{
	/* exp(-2^i), i = -2 .. 4 */
	static const int32_t factors[] = { 1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242 };
	const int32_t quarter = 1 << 24, part = (a & (quarter - 1)) - quarter, rest = part - a;
	int32_t y = exponential_near_0(scaled_by_power(part, 5));

	for (int i = 0; i < 7; i++)
		if (rest >> (24 + i) & 1) y = product(y, factors[i]);
	return a == 0 ? INT32_MAX : y;
}

/* one_over_one_plus_x_for_x_in_0_1(): three steps of Newton's for 1 / ((1 + a) / 2) in Q2. */
int32_t reciprocal_q0(int32_t a)
{
	const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
	int32_t x = 1515870810 + product(half, -1010580540); /* 48/17 - 32/17 of it */

	for (int i = 0; i < 3; i++) x += scaled_by_power(product(x, (1 << 29) - product(half, x)), 2);
	return scaled_by_power(x, 1);
}

/* What both of the logarithm's ways to a number near 1 are: log2 of what it was divided by, in Q6, and a quarter more or less. */
static int32_t power_q6(int power, int32_t quarters)
{
	const struct integer_range range = { INT32_MIN, INT32_MAX };

	return (int32_t)integer_within((int64_t)scaled_by_power(power, 25) + quarters, range);
}

/* log_x_for_x_greater_than_or_equal_to_1_impl() */
int32_t logarithm_q5(int32_t a)
{
	const int32_t log_2 = 1488522236, root4_half = 1805811301, root_half = 1518500250, quarter = 1 << 23;
	const int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
	const int zeros_a = leading_zeros((uint32_t)a), zeros_b = leading_zeros((uint32_t)product(a, root_half)) - 1;
	const int32_t r_a = scaled_by_power(product(scaled_by_power(a, zeros_a - 1), root_half), 1),
		      r_b = scaled_by_power(a, zeros_b), r = r_a < r_b ? r_a : r_b;
	const int32_t power_a = power_q6(12 - zeros_a, quarter), power_b = power_q6(12 - zeros_b, -quarter);
	const int64_t both = (int64_t)r + root4_half;
	const int32_t p = (int32_t)((both + (both >= 0 ? 1 : -1)) / 2), q = 2 * (r - root4_half),
		      square = product(q, q);
	const int32_t above = product(q, r) + product(product(q, square), alpha_n),
		      below = product(p, alpha_i + q + product(alpha_d, square)) + product(alpha_f, q);

	return scaled_by_power(product(power_a > power_b ? power_a : power_b, log_2) +
				   product(scaled_by_power(above, -6), reciprocal_q0(below)),
			       1);
}
