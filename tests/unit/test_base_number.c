/* Floats as text, against the C library's conversions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static float from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Significant digits of a literal. */
static int digits_of(const char *literal)
{
	int n = 0, zeros = 0;

	for (const char *c = literal; *c && *c != 'e' && *c != 'f'; c++) {
		if (*c < '0' || *c > '9' || (n == 0 && *c == '0')) continue;
		zeros = *c == '0' ? zeros + 1 : 0;
		n++;
	}
	return n - zeros;
}

/* Fewest digits with which the C library's nearest decimal reads back. */
static int digits_needed(float value)
{
	char text[32];
	int n = 0;

	do snprintf(text, sizeof text, "%.*e", n++, (double)value);
	while (strtof(text, NULL) != value);
	return n;
}

static void check(float value)
{
	char text[F32_TEXT_MAX], *end;
	int n = f32_text(text, value);
	float back = strtof(text, &end);

	assert_int_equal(n, strlen(text));
	assert_string_equal(end, "f");
	assert_memory_equal(&back, &value, sizeof value);
	assert_non_null(strpbrk(text, ".e"));
	if (value != 0 && !(digits_of(text) <= digits_needed(value))) fail_msg("%a as %s", (double)value, text);
}

static void every_float_reads_back_and_is_short(void **state)
{
	uint32_t bits = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		bits = bits * 1664525u + 1013904223u;
		if (isfinite(from_bits(bits))) check(from_bits(bits));
		check(((float)(bits >> 8) - 8388608.0f) / 67108864.0f); /* the size of weights */
	}
}

/* Where floats stand denser below than above, and the first and last ones. */
static void edges_read_back(void **state)
{
	(void)state;
	for (int exponent = -149; exponent < 128; exponent++) {
		float power = ldexpf(1.0f, exponent);

		check(power);
		check(nextafterf(power, 0.0f));
		check(nextafterf(power, INFINITY) < INFINITY ? nextafterf(power, INFINITY) : power);
		check(-power);
	}
	for (uint32_t i = 1; i < 1000; i++) check(from_bits(i));
	check(from_bits(0x7f7fffff));
}

/* Integers and halves: midpoints that are themselves short decimals. */
static void whole_numbers_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		check((float)i);
		check((float)i / 2);
		check((float)(16777216 + 2 * i));
		check((float)(1 << 26) + (float)(8 * i));
		check((float)i / 1000);
	}
}

static void texts_are_as_expected(void **state)
{
	static const struct {
		float value;
		const char *text;
	} cases[] = {
		{ 0.0f, "0.0f" },
		{ -0.0f, "-0.0f" },
		{ 0.1f, "0.1f" },
		{ -2.0f, "-2.0f" },
		{ 1e-30f, "1e-30f" },
		{ 0.0001f, "0.0001f" },
		{ 0.00001f, "1e-5f" },
		{ 16777216.0f, "16777216.0f" },
		{ 1e9f, "1e9f" },
		{ 1.17549435e-38f, "1.1754944e-38f" },
		{ 3.40282347e38f, "3.4028235e38f" },
		{ 1e-45f, "1e-45f" },
		{ 0x1p-96f, "1.2621775e-29f" }, /* the nearest of eight digits, ...774e-29, is the float below */
		{ 0x1p87f, "1.5474251e26f" },
		{ 0x1p90f, "1.2379401e27f" },
		{ 0.333333343f, "0.33333334f" },
		{ INFINITY, "INFINITY" },
		{ -INFINITY, "-INFINITY" },
		{ NAN, "NAN" },
		{ 9007199254740992.0f, "9.007199e15f" },
	};
	char text[F32_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		f32_text(text, cases[i].value);
		assert_string_equal(text, cases[i].text);
	}
	f32_text(text, -NAN);
	assert_string_equal(text, "NAN");
}

static void doubles_read_back(void **state)
{
	static const double cases[] = { 0.1, 1.0 / 3, 1e300, 5e-324, 123456789.0, 2.5 };
	struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		text.n = 0;
		text_add_f64(&text, cases[i]);
		assert_true(strtod(text.at, NULL) == cases[i]);
	}
	assert_string_equal(text.at, "2.5");
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_float_reads_back_and_is_short),
		cmocka_unit_test(edges_read_back),
		cmocka_unit_test(whole_numbers_read_back),
		cmocka_unit_test(texts_are_as_expected),
		cmocka_unit_test(doubles_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
