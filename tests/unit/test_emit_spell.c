/* Tables, comments and differences as text. */
#include "emit/emit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { VALUES = 1000 };

/* Every value of the written table reads back as itself, in order, and no line is longer than 88 columns. */
static void check_table(const struct table *table)
{
	struct text out = { 0 };
	char *at;
	int64_t i = 0;

	spell_table(&out, table, "X_CONST", "x_w");
	for (char *line = out.at; *line; line = strchr(line, '\n') + 1) assert_true(strcspn(line, "\n") <= 88);
	at = strchr(out.at, '{') + 1;
	for (; i < table->n; i++) {
		char *end;
		double value = strtod(at, &end);

		assert_true(end != at);
		if (table->type == TYPE_F32) {
			float expect = ((const float *)table->at)[i];

			assert_true((float)value == expect && signbit((float)value) == signbit(expect));
			assert_true(*end == 'f');
			end++;
		} else {
			assert_true(value == ((const int8_t *)table->at)[i]);
		}
		at = end + strspn(end, ", \n");
	}
	assert_string_equal(at, "};\n");
	text_free(&out);
}

static void tables_read_back(void **unused)
{
	static float values[VALUES];
	static int8_t bytes[VALUES];
	uint32_t bits = 1;

	(void)unused;
	for (int i = 0; i < VALUES; i++) {
		do {
			bits = bits * 1664525u + 1013904223u;
			memcpy(&values[i], &bits, sizeof values[i]);
		} while (!isfinite(values[i]));
		bytes[i] = (int8_t)(bits >> 16);
	}
	values[3] = -0.0f;
	for (int columns = 0; columns < 40; columns++)
		for (int64_t n = 1; n < VALUES; n += 37) {
			struct table table = { "w", "", TYPE_F32, n, columns, 0, values };
			struct table small = { "w", "", TYPE_I8, n, columns, 0, bytes };

			check_table(&table);
			check_table(&small);
		}
}

static void structure_shows(void **unused)
{
	static const float values[6] = { 1, 2, 3, 4, 5, 6 };
	struct table table = { "w", "", TYPE_F32, 6, 30, 0, values };
	struct text out = { 0 };

	(void)unused;
	assert_false(spell_table(&out, &table, "X_CONST", "x_w"));
	assert_string_equal(out.at, "X_CONST float x_w[6] = {\n    1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f\n};\n");
	text_free(&out);
}

static void what_is_not_finite_is_told(void **unused)
{
	static const float values[3] = { 1, INFINITY, NAN };
	struct table table = { "w", "", TYPE_F32, 3, 0, 0, values };
	struct text out = { 0 };

	(void)unused;
	assert_true(spell_table(&out, &table, "X_CONST", "x_w"));
	assert_string_equal(out.at, "X_CONST float x_w[3] = {\n        1.0f, INFINITY,      NAN\n};\n");
	text_free(&out);
}

static void comment(const char *text, int most, const char *expect)
{
	struct text out = { 0 };

	spell_comment(&out, text, strlen(text), most);
	assert_string_equal(out.at, expect);
	text_free(&out);
}

static void comments_cannot_be_left(void **unused)
{
	(void)unused;
	comment("plain text, 100%", 64, "plain text, 100%");
	comment("*/", 64, "* /");
	comment("/*", 64, "/ *");
	comment("*/*/", 64, "* / * /");
	comment("**//", 64, "** //");
	comment("*\\\n/", 64, "*<U+005C><U+000A>/");
	comment("?"
		"?/",
		64, "? ?/");
	comment("\xe2\x80\xae", 64, "<U+202E>");
	comment("\xff", 64, "<FF>");
	comment("0123456789", 5, "01234...");
	comment("01234567", 5, "01234567");
}

static void differences(void **unused)
{
	static const char before[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
	static const char after[] = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n14\n15\n";
	struct text out = { 0 };

	(void)unused;
	diff_text(&out, before, strlen(before), after, strlen(after));
	assert_string_equal(out.at, "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
				    "@@ -10,5 +10,5 @@\n 10\n 11\n 12\n-13\n 14\n+15\n");
	text_free(&out);
	diff_text(&out, "a\n", 2, "", 0);
	assert_string_equal(out.at, "@@ -1,1 +1,0 @@\n-a\n");
	text_free(&out);
	diff_text(&out, "a\n", 2, "a", 1);
	assert_string_equal(out.at, "(the line ends differ)\n");
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_read_back),
		cmocka_unit_test(structure_shows),
		cmocka_unit_test(what_is_not_finite_is_told),
		cmocka_unit_test(comments_cannot_be_left),
		cmocka_unit_test(differences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
