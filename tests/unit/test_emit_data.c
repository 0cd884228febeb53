/* test_emit_data.c: weight tables as data of an assembler and as bytes of a file: every type, every length of the rest. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char *data_of(struct text *out, enum type type, int64_t n, const void *at)
{
	struct table table = { "w", "", type, n, 0, 0, at };

	out->n = 0;
	spell_data(out, &table);
	return out->at;
}

static void test_text(void **state)
{
	static const uint32_t bits[9] = { 0x7fc12345, 0xffc00001, 0x7f800000, 0x80000000, 1, 2, 3, 4, 0x01020304 };
	static const int8_t bytes[9] = { -1, 2, -3, 4, 5, 6, 7, 8, -128 };
	static const int16_t halves[5] = { -2, 1, 2, 3, 0x1234 };
	float values[9];
	struct text out = { 0 };

	(void)state;
	memcpy(values, bits, sizeof values);
	assert_string_equal(data_of(&out, TYPE_F32, 2, values), "    .quad 0xffc000017fc12345\n");
	assert_string_equal(data_of(&out, TYPE_F32, 1, values), "    .byte 69,35,193,127\n");
	assert_string_equal(data_of(&out, TYPE_F32, 9, values),
			    "    .quad 0xffc000017fc12345,0x800000007f800000,0x0000000200000001,0x0000000400000003\n"
			    "    .byte 4,3,2,1\n");
	assert_string_equal(data_of(&out, TYPE_I8, 9, bytes), "    .quad 0x0807060504fd02ff\n    .byte 128\n");
	assert_string_equal(data_of(&out, TYPE_I16, 5, halves), "    .quad 0x000300020001fffe\n    .byte 52,18\n");
	text_free(&out);
}

/* Every length up to some lines: the values of the text are the bytes of the table. */
static void test_lengths(void **state)
{
	uint8_t bytes[100];

	(void)state;
	for (int i = 0; i < 100; i++) bytes[i] = (uint8_t)(37 * i + 11);
	for (int n = 1; n <= 100; n++) {
		struct text out = { 0 };
		int quads = 0, rest = 0, columns = 0;

		for (const char *c = data_of(&out, TYPE_U8, n, bytes); *c; c++) {
			columns = *c == '\n' ? 0 : columns + 1;
			assert_true(columns <= 88);
			quads += *c == 'x';
		}
		if (strstr(out.at, ".byte"))
			for (const char *c = strstr(out.at, ".byte"); *c; c++) rest += *c == ',' || *c == '\n';
		assert_int_equal(quads, n / 8);
		assert_int_equal(rest, n % 8);
		text_free(&out);
	}
}

static void test_least(void **state)
{
	struct table table = { "w", "", TYPE_I8, TABLE_APART_LEAST, 0, 0, NULL };

	(void)state;
	assert_true(table_is_apart(&table));
	table.n--;
	assert_false(table_is_apart(&table));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_text), cmocka_unit_test(test_lengths),
					    cmocka_unit_test(test_least) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
