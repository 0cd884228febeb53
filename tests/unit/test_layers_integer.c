/* test_layers_integer.c: the arithmetic of quantised sums against its definition in real numbers. */
#include "layer_nodes.h"

#include "layers/integer.h"

/* gemmlowp's words: the high half of 2ab, to the nearest (in the half's direction by truncation), then a division by 2^n, ties
 * away from zero.  Long doubles of 64 bits hold all of it exactly. */
static int32_t by_definition(int64_t x, struct multiplier factor)
{
	const int left = factor.shift > 0 ? factor.shift : 0, right = factor.shift > 0 ? 0 : -factor.shift;
	const long double product = ldexpl((long double)x, left) * (long double)factor.mantissa;
	const long double nudge = product >= 0 ? 0x1p30L : 1 - 0x1p30L;

	return (int32_t)roundl(ldexpl(truncl((product + nudge) / 0x1p31L), -right));
}

static int32_t dice_int32(void)
{
	const int bits = (int)dice(31);

	return (int32_t)((dice(1u << 16) << 16 | dice(1u << 16)) >> (31 - bits)) * (dice(2) ? 1 : -1);
}

static void multipliers_are_normal(void **state)
{
	static const struct {
		double factor;
		int32_t mantissa;
		int shift;
	} rows[] = {
		{ 0, 0, 0 },
		{ -1, 0, 0 },
		{ 0.5, 1 << 30, 0 },
		{ 1, 1 << 30, 1 },
		{ 0.75, 3 << 29, 0 },
		{ 1 - 0x1p-40, 1 << 30, 1 },
		{ 0x1p-31, 1 << 30, -30 },
		{ 0x1p-33, 0, 0 },
		{ 0x1p-32, 1 << 30, -31 },
		{ 0x1.fffffffcp-1, INT32_MAX, 0 },
		{ 0x1p40, INT32_MAX, 30 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct multiplier m = multiplier_of(rows[i].factor);
		if (m.mantissa != rows[i].mantissa || m.shift != rows[i].shift)
			fail_msg("%a: %d %d", rows[i].factor, m.mantissa, m.shift);
	}
}

static void double_rounding_is_gemmlowps(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		const struct multiplier m = { (1 << 30) + (int32_t)(dice(1u << 15) << 15 | dice(1u << 15)),
					      8 - (int)dice(40) };
		const int64_t x = dice_int32() >> (m.shift > 0 ? m.shift : 0);
		if (multiplied(x, m, ROUNDING_DOUBLE) != by_definition(x, m))
			fail_msg("%lld * %d * 2^%d: %d", (long long)x, m.mantissa, m.shift - 31,
				 multiplied(x, m, ROUNDING_DOUBLE));
	}
	/* The high half takes -1/2 to 0, the division takes it to -1. */
	assert_int_equal(multiplied(-1, multiplier_of(0.5), ROUNDING_DOUBLE), 0);
	assert_int_equal(multiplied(-1, multiplier_of(0.25), ROUNDING_DOUBLE), 0);
	assert_int_equal(multiplied(-2, multiplier_of(0.25), ROUNDING_DOUBLE), -1);
	assert_int_equal(multiplied(-2, multiplier_of(0.25), ROUNDING_SINGLE), 0);
	/* Shifted to the left and saturated first. */
	assert_int_equal(multiplied(INT32_MAX, multiplier_of(4), ROUNDING_DOUBLE), 1 << 30);
}

/* floor(x * factor + 1/2). */
static void single_rounding_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		const struct multiplier m = { (1 << 30) + (int32_t)(dice(1u << 15) << 15 | dice(1u << 15)),
					      -(int)dice(31) };
		const int64_t x = dice_int32();
		const long double exact = ldexpl((long double)x * (long double)m.mantissa, m.shift - 31);
		assert_int_equal(multiplied(x, m, ROUNDING_SINGLE), (int32_t)floorl(exact + 0.5L));
	}
	assert_int_equal(multiplied(INT32_MIN, multiplier_of(3), ROUNDING_SINGLE), INT32_MIN);
}

static void wide_accumulators_are_multiplied_by_16_bits(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		const struct multiplier m = { (1 << 30) + (int32_t)(dice(1u << 15) << 15 | dice(1u << 15)),
					      -(int)dice(31) };
		const int64_t x = (int64_t)dice_int32() * (1 + dice(1u << 10)) / 16;
		const long double reduced = m.mantissa >= 0x7fff0000 ? 0x7fff : floorl(m.mantissa / 0x1p16L + 0.5L);
		const long double exact = ldexpl((long double)x * reduced, m.shift - 15);
		const long double y = floorl(exact + 0.5L);
		assert_int_equal(multiplied_wide(x, m), (int32_t)(y > INT32_MAX   ? INT32_MAX
								  : y < INT32_MIN ? INT32_MIN
										  : y));
	}
	/* Far outside what the reference is made for: saturated, never undefined. */
	assert_int_equal(multiplied_wide(INT64_MAX, multiplier_of(0x1p30)), INT32_MAX);
	assert_int_equal(multiplied_wide(INT64_MIN, multiplier_of(0x1p12)), INT32_MIN);
	assert_int_equal(multiplied_wide(0, multiplier_of(0x1p12)), 0);
}

static void reals_are_rounded_away_from_zero(void **state)
{
	(void)state;
	assert_int_equal(multiplied_real(5, 0.5), 3);
	assert_int_equal(multiplied_real(-5, 0.5), -3);
	assert_int_equal(multiplied_real(-1, 0x1.fffffffffffffp-2), 0);
	assert_int_equal(multiplied_real((int64_t)1 << 40, 1), INT32_MAX);
	assert_int_equal(multiplied_real(-((int64_t)1 << 40), 1), INT32_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multipliers_are_normal),
		cmocka_unit_test(double_rounding_is_gemmlowps),
		cmocka_unit_test(single_rounding_is_one),
		cmocka_unit_test(wide_accumulators_are_multiplied_by_16_bits),
		cmocka_unit_test(reals_are_rounded_away_from_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
