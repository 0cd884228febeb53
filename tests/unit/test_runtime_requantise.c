/* The integer functions of runtime/requantise.h give what the interpreter's own text gives, and are pasted as plain C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "emit/emit.h"
#include "layers/fixed_point.h"
#include "layers/integer.h"
#include "runtime/requantise.h"

#include <stdlib.h>
#include <string.h>

static const int32_t edges[] = { INT32_MIN, INT32_MIN + 1, -65536, -1000,         -3,       -2, -1, 0, 1, 2,
				 3,         999,           65535,  INT32_MAX - 1, INT32_MAX };
enum { EDGES = sizeof edges / sizeof edges[0], ROUNDS = 2000 };

static uint32_t state = 1;
static uint32_t next(void)
{
	state = state * 1664525u + 1013904223u;
	return state ^ state >> 15;
}

static void compare(int32_t x, struct multiplier f)
{
	const struct multiplier wide = { f.mantissa, f.shift < 7 ? f.shift : 7 };
	const int64_t sum = (int64_t)x * 30000;
	const int32_t reduced = f.mantissa < 0x7fff0000 ? (f.mantissa + (1 << 15)) >> 16 : 0x7fff;

	assert_int_equal(runtime_i32_multiply(x, f.mantissa, f.shift), multiplied(x, f, ROUNDING_DOUBLE));
	assert_int_equal(runtime_i32_multiply_once(x, f.mantissa, f.shift), multiplied(x, f, ROUNDING_SINGLE));
	assert_int_equal(runtime_i32_multiply_wide(sum, reduced, wide.shift), multiplied_wide(sum, wide));
}

static void products_are_the_interpreters(void **unused)
{
	(void)unused;
	for (int shift = -31; shift <= 30; shift++) {
		const struct multiplier ends[] = { { 1 << 30, shift }, { INT32_MAX, shift }, { 0, shift } };

		for (int e = 0; e < EDGES; e++)
			for (int k = 0; k < 3; k++) compare(edges[e], ends[k]);
		for (int i = 0; i < ROUNDS; i++) {
			const struct multiplier f = { (int32_t)(1u << 30 | (next() & 0x3fffffffu)), shift };
			compare((int32_t)(next() >> (next() % 32)) * (next() & 1 ? 1 : -1), f);
		}
	}
}

static void functions_are_pasted_with_their_needs(void **unused)
{
	struct arena *arena = arena_new();
	const struct runtime_shape integers = runtime_integer(arena, "ecg"), floats = runtime_float(arena, "ecg");
	struct runtime_needs needs = { 0 };
	struct text out = { 0 };

	(void)unused;
	runtime_need(&needs, &floats, "bits", arena);
	runtime_need(&needs, &integers, "multiply", arena);
	assert_true(runtime_paste(&needs, &out));
	assert_non_null(strstr(out.at, "static inline int32_t ecg_i32_double_high(int32_t a, int32_t mantissa)\n{"));
	assert_non_null(strstr(out.at, "static inline int32_t ecg_i32_divide("));
	assert_non_null(
	    strstr(out.at, "static inline int32_t ecg_i32_multiply(int32_t x, int32_t mantissa, int shift)"));
	assert_true(strstr(out.at, "ecg_i32_multiply(") < strstr(out.at, "ecg_f32_bits("));
	assert_null(strstr(out.at, "clamp"));
	assert_null(strstr(out.at, "ACT("));
	text_free(&out);
	runtime_need(&needs, &integers, "no_such", arena);
	assert_false(runtime_paste(&needs, &out));
	text_free(&out);
	arena_free(arena);
}

static void fixed_point_functions_are_the_interpreters(void **unused)
{
	(void)unused;
	for (int i = 0; i < 200000; i++) {
		const int32_t a = (int32_t)(next() & INT32_MAX), n = (int32_t)(next() % 32);
		const int32_t large = (a >> next() % 11) | 1 << 19;

		assert_int_equal(runtime_i32_reciprocal(a), reciprocal_q0(a));
		assert_int_equal(runtime_i32_logarithm(large), logarithm_q5(large));
		assert_int_equal(runtime_i32_scale(a, n), scaled_by_power(a, n));
		assert_int_equal(runtime_i32_zeros((uint32_t)large), leading_zeros((uint32_t)large));
	}
	assert_int_equal(runtime_i32_logarithm(1 << 19), logarithm_q5(1 << 19));
	assert_int_equal(runtime_i32_reciprocal(0), INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_the_interpreters),
		cmocka_unit_test(fixed_point_functions_are_the_interpreters),
		cmocka_unit_test(functions_are_pasted_with_their_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
