/* Values as verify compares and shows them. */
#include "judge_graphs.h"

#include <float.h>
#include <math.h>
#include <string.h>

static float of_bits(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static void bits_decide(void **state)
{
	(void)state;
	assert_true(same_bits(1.5f, 1.5f));
	assert_false(same_bits(0.0f, -0.0f));
	assert_false(same_bits(1.0f, nextafterf(1.0f, 2)));
	assert_false(same_bits(INFINITY, -INFINITY));
	assert_false(same_bits(FLT_TRUE_MIN, 0.0f));
}

static void all_nans_are_one(void **state)
{
	(void)state;
	assert_true(same_bits(of_bits(0x7fc00000), of_bits(0xffc00001)));
	assert_true(same_bits(of_bits(0x7f800001), of_bits(0x7fffffff)));
	assert_false(same_bits(of_bits(0x7fc00000), INFINITY));
	assert_false(same_bits(1, of_bits(0xffc00000)));
}

static void first_of_the_differences(void **state)
{
	(void)state;
	const float a[] = { 1, 2, NAN, 4 }, b[] = { 1, 3, NAN, 5 };
	int64_t count;
	assert_int_equal(first_difference(a, b, 4, &count), 1);
	assert_int_equal(count, 2);
	assert_int_equal(first_difference(a, a, 4, &count), -1);
	assert_int_equal(count, 0);
}

static void tolerance_refuses_nan(void **state)
{
	(void)state;
	assert_true(within_tolerance(1.0f, 1.0f, 0, 0));
	assert_true(within_tolerance(1.1f, 1.0f, 0.11, 0));
	assert_false(within_tolerance(1.1f, 1.0f, 0.09, 0));
	assert_true(within_tolerance(110.0f, 100.0f, 0, 0.1));
	assert_false(within_tolerance(111.0f, 100.0f, 0, 0.1));
	assert_false(within_tolerance(NAN, 1.0f, 1e9, 1e9));
	assert_false(within_tolerance(1.0f, NAN, 1e9, 1e9));
	assert_true(within_tolerance(NAN, NAN, 0, 0));
	assert_true(within_tolerance(INFINITY, INFINITY, 0, 0));
	assert_false(within_tolerance(INFINITY, -INFINITY, 1e9, 1e9));
	assert_false(within_tolerance(FLT_MAX, INFINITY, 1e9, 1e9));
	assert_false(within_tolerance(INFINITY, FLT_MAX, 1e9, 1e9));
	assert_false(within_tolerance(1.0f, 1.0f, NAN, 0));
}

static void values_show_their_bits(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	assert_string_equal(float_shown(arena, 0.25f), "0.25 (0x3e800000)");
	assert_string_equal(float_shown(arena, -0.0f), "-0.0 (0x80000000)");
	assert_string_equal(float_shown(arena, INFINITY), "INFINITY (0x7f800000)");
	arena_free(arena);
}

static void elements_have_steps_and_channels(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const struct shape row = shape_of(1, (int64_t)5), table = shape_of(2, (int64_t)4, (int64_t)3);
	const struct shape cube = shape_of(3, (int64_t)2, (int64_t)3, (int64_t)4);
	assert_string_equal(element_shown(arena, &row, false, 4), "channel 4");
	assert_string_equal(element_shown(arena, &table, false, 7), "step 2, channel 1");
	assert_string_equal(element_shown(arena, &table, true, 7), "step 1, channel 2");
	assert_string_equal(element_shown(arena, &cube, false, 23), "index (1, 2, 3)");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_decide),
		cmocka_unit_test(all_nans_are_one),
		cmocka_unit_test(first_of_the_differences),
		cmocka_unit_test(tolerance_refuses_nan),
		cmocka_unit_test(values_show_their_bits),
		cmocka_unit_test(elements_have_steps_and_channels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
