/* Pasting functions of runtime/activations.h: closure, order, plain C of at most 88 columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

static char *pasted(const char *symbol, const char *prefix)
{
	struct text out = { 0 };

	assert_true(runtime_paste(&symbol, 1, prefix, &out));
	return out.at;
}

static void a_leaf_is_pasted_alone(void **state)
{
	char *text = pasted("bits", "ecg_f32");

	(void)state;
	assert_string_equal(text, "/* The bits of x. */\n"
				  "static inline uint32_t ecg_f32_bits(float x)\n"
				  "{\n"
				  "    uint32_t u;\n"
				  "    memcpy(&u, &x, sizeof u);\n"
				  "    return u;\n"
				  "}\n");
	free(text);
}

/* A function's name stands first in its definition. */
static void callees_stand_before(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	char *text = pasted("gelu", "prefix");
	int calls = 0;

	(void)state;
	for (const char *at = text; (at = strstr(at, "prefix_")) != NULL; calls++) {
		char name[64] = { 0 };
		size_t n = strspn(at, letters) + 1;
		const char *line;

		assert_true(n < sizeof name);
		memcpy(name, at, n);
		assert_int_equal(name[n - 1], '(');
		line = strstr(text, name);
		while (line > text && line[-1] != '\n') line--;
		assert_memory_equal(line, "static inline ", strlen("static inline "));
		at += n;
	}
	assert_true(calls > 50);
	free(text);
}

/* No token of the source is left, no line is longer than 88 columns, no tab and no blank at an end. */
static void text_is_plain(void **state)
{
	static const char *const symbols[] = {
#define FUNCTION(symbol, arguments) #symbol,
#define CASE(symbol, ...)
#include "tests/exhaustive/cases.def"
	};

	(void)state;
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		char *text = pasted(symbols[i], "electrocard_f32"), *line = text, *end;

		assert_null(strstr(text, "ACT("));
		assert_null(strstr(text, "K("));
		assert_null(strstr(text, " F "));
		assert_null(strstr(text, "SYMBOL"));
		assert_null(strpbrk(text, "\t\r"));
		assert_null(strstr(text, " \n"));
		for (; *line; line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end);
			if (end - line > 88) fail_msg("%s: %.*s", symbols[i], (int)(end - line), line);
		}
		free(text);
	}
}

static void what_two_need_comes_once(void **state)
{
	static const char *const symbols[] = { "tanh", "sigmoid", "tanh" };
	struct text out = { 0 };
	const char *first;

	(void)state;
	assert_true(runtime_paste(symbols, 3, "m", &out));
	first = strstr(out.at, "float m_select(");
	assert_non_null(first);
	assert_null(strstr(first + 1, "float m_select("));
	assert_null(strstr(out.at, "m_log("));
	assert_true(strstr(out.at, "float m_tanh(") < strstr(out.at, "float m_sigmoid("));
	text_free(&out);
}

static void unknown_names_are_refused(void **state)
{
	static const char *const symbols[] = { "tanh", "tan" };
	struct text out = { 0 };

	(void)state;
	assert_false(runtime_paste(symbols, 2, "m", &out));
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_is_pasted_alone),
		cmocka_unit_test(callees_stand_before),
		cmocka_unit_test(text_is_plain),
		cmocka_unit_test(what_two_need_comes_once),
		cmocka_unit_test(unknown_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
