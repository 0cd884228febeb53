/* Lines that are too wide. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void check(const char *wide, const char *expected)
{
	struct text text = { 0 };

	text_add(&text, wide);
	fit_columns(&text);
	assert_string_equal(text.at, expected);
	text_free(&text);
}

static void lines_that_fit_stay(void **state)
{
	(void)state;
	check("int a(void);\n\n    /* b */\n", "int a(void);\n\n    /* b */\n");
}

static void parameters_are_aligned_or_two_levels_in(void **state)
{
	(void)state;
	check("static void model_first_layer(const int8_t *MODEL_RESTRICT x, int16_t *MODEL_RESTRICT to, int "
	      "rows)\n{\n}\n",
	      "static void model_first_layer(const int8_t *MODEL_RESTRICT x,\n"
	      "                              int16_t *MODEL_RESTRICT to, int rows)\n{\n}\n");
	check("static __attribute__((noinline)) void model_first_layer_of_several(const int8_t *x,\n"
	      "                                                                   const int8_t *weights)\n{\n}\n",
	      "static __attribute__((noinline)) void model_first_layer_of_several(\n"
	      "        const int8_t *x, const int8_t *weights)\n{\n}\n");
}

static void statements_break_behind_commas_and_operators(void **state)
{
	(void)state;
	check("    const int32_t first_value_of_a_pair = model_values[at], second_value_of_a_pair = model_values[at + "
	      "1];\n",
	      "    const int32_t first_value_of_a_pair = model_values[at],\n"
	      "            second_value_of_a_pair = model_values[at + 1];\n");
	check("    const int64_t wide_product = ((int64_t)x * mantissa_of_factor + ((int64_t)1 << (30 - shift))) >> "
	      "(31 - shift);\n",
	      "    const int64_t wide_product = ((int64_t)x * mantissa_of_factor +\n"
	      "            ((int64_t)1 << (30 - shift))) >> (31 - shift);\n");
}

static void comments_break_between_words(void **state)
{
	(void)state;
	check("/* How gcc and clang keep the sums of a tile in registers: nothing is loaded before its very term. */\n",
	      "/* How gcc and clang keep the sums of a tile in registers: nothing is loaded before its\n"
	      " * very term. */\n");
	check("/* Layers:\n *     73,728 multiply-adds, 1,024 bytes of constants, kernel "
	      "integer_depthwise_of_vectors\n */\n",
	      "/* Layers:\n *     73,728 multiply-adds, 1,024 bytes of constants, kernel\n"
	      " *     integer_depthwise_of_vectors\n */\n");
	check("    sum_of_the_first_row += value_of_the_first_row * weight_of_the_first_row;  /* row 0 */\n",
	      "    /* row 0 */\n    sum_of_the_first_row += value_of_the_first_row * weight_of_the_first_row;\n");
}

static void strings_and_directives_stay(void **state)
{
	static const char directive[] =
	    "#error \"this file is for a core with units whose names are much too long for a line, (\"\n";
	static const char string[] = "        \"vldrb.u8 %q[v], [%[results], %q[u]]; vstrb.8 %q[v], [%[y]], #16; letp "
				     "lr, 1b, and more\\n\\t\"\n";
	static const char macro[] = "#define MODEL_TERMS(a, b) \\\n    first_of_the_terms(a, b); "
				    "second_of_the_terms(a, b); third_of_the_terms(a, b); \\\n    last(a)\n";

	(void)state;
	check(directive, directive);
	check(string, string);
	check(macro, macro);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_fit_stay),
		cmocka_unit_test(parameters_are_aligned_or_two_levels_in),
		cmocka_unit_test(statements_break_behind_commas_and_operators),
		cmocka_unit_test(comments_break_between_words),
		cmocka_unit_test(strings_and_directives_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
