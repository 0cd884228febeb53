/* Arithmetic that flushes subnormals: layers/flushing.h and what is made of runtime/activations.h with it. */
#include "layer_nodes.h"
#include "layers/flushing.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

static const float least = 0x1p-126f, half = 0x1p-127f;

static bool same(float a, float b)
{
	return !memcmp(&a, &b, sizeof a) || (a != a && b != b);
}

static void tiny_is_what_is_tiny_before_rounding(void **state)
{
	const float below = 1 - 0x1p-24f, above = 1 + 0x1p-23f;

	(void)state;
	/* Rounded to 24 bits these are 2^-126, which x86's FTZ would keep. */
	assert_true(same(flush_multiply(below, least), 0.0f));
	assert_true(same(flush_multiply(-below, least), -0.0f));
	assert_true(same(flush_fma(below, least, 0.0f), 0.0f));
	assert_true(same(flush_fma(-0x1p-80f, 0x1p-80f, least), 0.0f));
	assert_true(same(flush_fma(0x1p-80f, 0x1p-80f, -least), -0.0f));
	assert_true(same(flush_divide(below, 0x1p126f), 0.0f));
	assert_true(same(flush_divide(0x1.fffffep-127f * 2, 0x1.fffffep0f * 2), 0.0f));
	assert_true(same(flush_multiply(below * 0.5f, 2 * least), 0.0f));
	/* These are not. */
	assert_true(same(flush_fma(0x1p-80f, 0x1p-80f, least), least));
	assert_true(same(flush_fma(0x1.6c1d7p-116f, 0x1.9eb16cp-47f, least), least));
	assert_true(same(flush_multiply(above, least), above * least));
	assert_true(same(flush_divide(least, 1.0f), least));
	assert_true(same(flush_add(2 * least, -least), least));
}

static void operands_are_flushed_where_they_are_used(void **state)
{
	(void)state;
	assert_true(same(flush_add(half, half), 0.0f) && same(flush_add(-half, -half), -0.0f));
	assert_true(same(flush_add(least, half), least) && same(flush_subtract(least, half), least));
	assert_true(same(flush_subtract(1.5f * least, least), 0.0f));
	assert_true(same(flush_subtract(least, 1.5f * least), -0.0f));
	assert_true(same(flush_multiply(half, 0x1p100f), 0.0f) && same(flush_multiply(half, -INFINITY), NAN));
	assert_true(same(flush_divide(1.0f, -half), -INFINITY) && same(flush_divide(half, half), NAN));
	assert_true(same(flush_divide(-1.0f, INFINITY), -0.0f) && same(flush_divide(INFINITY, half), INFINITY));
	assert_true(same(flush_fma(half, 0x1p120f, 1.0f), 1.0f) && same(flush_fma(0.0f, 1.0f, -half), 0.0f));
	assert_true(flush_equal(half, -half) && flush_equal(half, 0.0f) && !flush_less(0.0f, half));
	assert_true(flush_less(half, least) && !flush_less(NAN, 1.0f) && !flush_equal(NAN, NAN));
}

#if defined(__SSE2__)
static float operand(void)
{
	static const uint32_t masks[] = { 0xffffffff, 0x80ffffff, 0x81ffffff, 0xbfffffff };
	uint32_t bits = (uint32_t)dice(1 << 16) << 16 | (uint32_t)dice(1 << 16);
	float x;

	bits &= masks[dice(4)];
	if (dice(3) == 0) bits = (bits & 0x80ffffff) | 0x3f000000;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* FTZ and DAZ, which differ in results that are rounded to 2^-126. */
static void elsewhere_it_is_what_x86_does(void **state)
{
	enum { FTZ = 0x8000, DAZ = 0x40 };
	const unsigned usual = _mm_getcsr();

	(void)state;
	for (int i = 0; i < 400000; i++) {
		volatile float a = operand(), b = operand();
		volatile float here[4];
		const float there[] = { flush_add(a, b), flush_subtract(a, b), flush_multiply(a, b),
					flush_divide(a, b) };
		_mm_setcsr(usual | FTZ | DAZ);
		here[0] = a + b;
		here[1] = a - b;
		here[2] = a * b;
		here[3] = a / b;
		_mm_setcsr(usual);
		for (int k = 0; k < 4; k++)
			assert_true(same(here[k], there[k]) || (fabsf(here[k]) == least && there[k] == 0));
	}
}
#endif

static void activations_flush_and_are_else_the_same(void **state)
{
	const struct activation_kind *kind;

	(void)state;
	for (int i = 0; (kind = activation_row(i)); i++) {
		if (kind->rowwise) continue;
		const double parameter[] = { 0.5, 0.75, 2 };
		for (float x = 1e-3f; x < 8; x *= 1.01f) {
			assert_true(same(kind->flushed(x, parameter), kind->exact(x, parameter)));
			assert_true(same(kind->flushed(-x, parameter), kind->exact(-x, parameter)));
		}
		assert_true(same(kind->flushed(NAN, parameter), kind->exact(NAN, parameter)));
		assert_true(same(kind->flushed(INFINITY, parameter), kind->exact(INFINITY, parameter)));
	}
	/* relu only compares; the product of silu is flushed; exp of a small number is. */
	assert_true(same(activation_row_named("relu")->flushed(half, NULL), half));
	assert_true(same(activation_row_named("silu")->flushed(half, NULL), 0.0f));
	assert_true(same(activation_row_named("exponential")->flushed(-90.0f, NULL), 0.0f));
	assert_true(activation_row_named("exponential")->exact(-90.0f, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiny_is_what_is_tiny_before_rounding),
		cmocka_unit_test(operands_are_flushed_where_they_are_used),
#if defined(__SSE2__)
		cmocka_unit_test(elsewhere_it_is_what_x86_does),
#endif
		cmocka_unit_test(activations_flush_and_are_else_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
