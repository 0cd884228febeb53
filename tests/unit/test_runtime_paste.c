/* Pasting functions of runtime/activations.h: closure, order, plain C of at most 88 columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static char *pasted_as(const char *const *symbols, int n, const struct runtime_shape *shape)
{
	struct runtime_needs needs = { 0 };
	struct text out = { 0 };

	for (int i = 0; i < n; i++) runtime_need(&needs, shape, symbols[i], arena);
	assert_true(runtime_paste(&needs, &out));
	return out.at;
}

static char *pasted(const char *symbol, const char *prefix)
{
	const struct runtime_shape shape = runtime_float(arena, prefix);

	return pasted_as(&symbol, 1, &shape);
}

/* As for x86-64; the longest spellings there are. */
static const struct runtime_shape on_16 = { 16,
					    "electrocard_f32x16",
					    "__m512",
					    "electrocard_u32x16",
					    "_mm512_set1_ps(@)",
					    "_mm512_max_ps",
					    "_mm512_min_ps",
					    false };

static void a_leaf_is_pasted_alone(void **state)
{
	char *text = pasted("bits", "ecg");

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

/* A vector's bits have a text of their own; the constants are spread. */
static void a_vector_has_its_own_words(void **state)
{
	static const char *const symbols[] = { "relu" };
	static const struct runtime_shape shape = { 8,  "ecg_f32x8", "__m256", "ecg_u32x8", "_mm256_set1_ps(@)",
						    "", "",          false };
	char *text = pasted_as(symbols, 1, &shape);

	(void)state;
	assert_string_equal(text, "/* On 8 lanes: the same bits in each.  A mask is a lane of ones or of zeros. */\n"
				  "typedef uint32_t ecg_u32x8 __attribute__((vector_size(32)));\n"
				  "\n"
				  "/* The bits of x. */\n"
				  "static inline ecg_u32x8 ecg_f32x8_bits(__m256 x)\n"
				  "{\n"
				  "    return (ecg_u32x8)x;\n"
				  "}\n"
				  "\n"
				  "/* The float of these bits. */\n"
				  "static inline __m256 ecg_f32x8_from_bits(ecg_u32x8 u)\n"
				  "{\n"
				  "    return (__m256)u;\n"
				  "}\n"
				  "\n"
				  "/* A mask: all bits set where a < b, else none (also where one is NaN). */\n"
				  "static inline ecg_u32x8 ecg_f32x8_less(__m256 a, __m256 b)\n"
				  "{\n"
				  "    return (ecg_u32x8)(a < b);\n"
				  "}\n"
				  "\n"
				  "/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x\n"
				  " * itself, which takes the sign of -0. */\n"
				  "static inline __m256 ecg_f32x8_relu(__m256 x)\n"
				  "{\n"
				  "#if defined(__clang__) && defined(__aarch64__)\n"
				  "    return ecg_f32x8_from_bits(\n"
				  "            ecg_f32x8_bits(x) & ~ecg_f32x8_less(x + x, _mm256_set1_ps(0.0f)));\n"
				  "#else\n"
				  "    return ecg_f32x8_from_bits(\n"
				  "            ecg_f32x8_bits(x) & ~ecg_f32x8_less(x, _mm256_set1_ps(0.0f)));\n"
				  "#endif\n"
				  "}\n");
	free(text);
}

/* Where the processor has the maximum that is meant, it is taken; else comparisons and masks. */
static void extremes_are_used_where_they_are(void **state)
{
	static const char *const symbols[] = { "relu6" };
	static const struct runtime_shape without = { 4,  "m_f32x4", "float32x4_t", "m_u32x4", "vdupq_n_f32(@)",
						      "", "",        false };
	char *with_them = pasted_as(symbols, 1, &on_16), *plain = pasted_as(symbols, 1, &without);

	(void)state;
	assert_non_null(strstr(with_them, "return _mm512_max_ps(_mm512_set1_ps(0.0f), x);"));
	assert_non_null(strstr(with_them, "return _mm512_min_ps(_mm512_set1_ps(c), x);"));
	assert_null(strstr(with_them, "_less("));
	assert_non_null(strstr(plain, "_less("));
	assert_null(strstr(plain, "MOST"));
	free(with_them);
	free(plain);
}

/* Float first, then vectors from the narrowest on; a comment stands where its function comes first. */
static void shapes_stand_in_order(void **state)
{
	const struct runtime_shape scalar = runtime_float(arena, "m");
	static const struct runtime_shape on_4 = { 4, "m_f32x4", "__m128", "m_u32x4", "_mm_set1_ps(@)", "", "", false };
	struct runtime_needs needs = { 0 };
	struct text out = { 0 };
	const char *comment;

	(void)state;
	runtime_need(&needs, &on_16, "abs", arena);
	runtime_need(&needs, &scalar, "abs", arena);
	runtime_need(&needs, &on_4, "select", arena);
	runtime_need(&needs, &on_4, "abs", arena);
	assert_true(runtime_paste(&needs, &out));
	assert_true(strstr(out.at, " m_f32_abs(") < strstr(out.at, " m_f32x4_abs("));
	assert_true(strstr(out.at, " m_f32x4_select(") < strstr(out.at, " m_f32x4_abs("));
	assert_true(strstr(out.at, " m_f32x4_abs(") < strstr(out.at, " electrocard_f32x16_abs("));
	comment = strstr(out.at, "/* |x| */");
	assert_true(comment < strstr(out.at, " m_f32_abs("));
	assert_null(strstr(comment + 1, "/* |x| */"));
	text_free(&out);
}

/* A function's name stands first in its definition. */
static void callees_of(char *text, const char *head)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	int calls = 0;

	for (const char *at = text; (at = strstr(at, "prefix_")) != NULL; calls++) {
		char name[64] = { 0 };
		size_t n = strspn(at, letters) + 1;
		const char *line;

		assert_true(n < sizeof name);
		memcpy(name, at, n);
		assert_int_equal(name[n - 1], '(');
		line = strstr(text, name);
		while (line > text && line[-1] != '\n') line--;
		assert_memory_equal(line, head, strlen(head));
		at += n;
	}
	assert_true(calls > 50);
	free(text);
}

static void callees_stand_before(void **state)
{
	static const char *const symbols[] = { "gelu" };
	static const struct runtime_shape shape = {
		4, "prefix", "float32x4_t", "u32x4", "vdupq_n_f32(@)", "", "", false
	};

	(void)state;
	callees_of(pasted("gelu", "prefix"), "static inline ");
	callees_of(pasted_as(symbols, 1, &shape), "static inline ");
}

/* No token of the source is left, no line is longer than 88 columns, no tab and no blank at an end. */
static void is_plain(const char *symbol, char *text)
{
	char *line = text, *end;

	assert_null(strstr(text, "ACT("));
	assert_null(strstr(text, "K("));
	assert_null(strstr(text, " F "));
	assert_null(strchr(text, '@'));
	assert_null(strstr(text, "SYMBOL"));
	assert_null(strstr(text, "VECTOR"));
	assert_null(strstr(text, "MOST("));
	assert_null(strstr(text, "LEAST("));
	assert_null(strpbrk(text, "\t\r"));
	assert_null(strstr(text, " \n"));
	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (end - line > 88) fail_msg("%s: %.*s", symbol, (int)(end - line), line);
	}
	free(text);
}

static void text_is_plain(void **state)
{
	static const char *const symbols[] = {
#define FUNCTION(symbol, arguments) #symbol,
#define CASE(symbol, ...)
#include "tests/exhaustive/cases.def"
	};

	(void)state;
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		is_plain(symbols[i], pasted(symbols[i], "electrocard"));
		is_plain(symbols[i], pasted_as(&symbols[i], 1, &on_16));
	}
}

static void what_two_need_comes_once(void **state)
{
	static const char *const symbols[] = { "tanh", "sigmoid", "tanh" };
	const struct runtime_shape shape = runtime_float(arena, "m");
	char *text = pasted_as(symbols, 3, &shape);
	const char *first;

	(void)state;
	first = strstr(text, "float m_f32_select(");
	assert_non_null(first);
	assert_null(strstr(first + 1, "float m_f32_select("));
	assert_null(strstr(text, "m_f32_log("));
	assert_true(strstr(text, "float m_f32_tanh(") < strstr(text, "float m_f32_sigmoid("));
	free(text);
}

static void unknown_names_are_refused(void **state)
{
	const struct runtime_shape shape = runtime_float(arena, "m");
	struct runtime_needs needs = { 0 };
	struct text out = { 0 };

	(void)state;
	runtime_need(&needs, &shape, "tanh", arena);
	runtime_need(&needs, &shape, "tan", arena);
	assert_false(runtime_paste(&needs, &out));
	text_free(&out);
}

/* Of MVE, whose comparisons give predicates; no line is broken within a string of assembly. */
static void predicates_select(void **state)
{
	static const char *const symbols[] = { "less", "relu6" };
	static const struct runtime_shape shape = { 4,  "m_f32x4", "float32x4_t", "m_u32x4", "vdupq_n_f32(@)",
						    "", "",        true };
	char *text = pasted_as(symbols, 2, &shape);

	(void)state;
	assert_non_null(
	    strstr(text, "\"vmov.i32 %q0, #0\\n\\t\" \"vpt.f32 gt, %q3, %q2\\n\\t\" \"vmvnt.i32 %q0, #0\""));
	assert_non_null(strstr(text, "vpselq_f32(most, x, vcmpgtq_f32(x, most))"));
	assert_null(strstr(text, "(a < b)"));
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		int quotes = 0;
		for (const char *at = line; at < end; at++) quotes += *at == '"';
		assert_true(quotes % 2 == 0 && end - line <= 88);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_is_pasted_alone),
		cmocka_unit_test(a_vector_has_its_own_words),
		cmocka_unit_test(extremes_are_used_where_they_are),
		cmocka_unit_test(shapes_stand_in_order),
		cmocka_unit_test(callees_stand_before),
		cmocka_unit_test(text_is_plain),
		cmocka_unit_test(what_two_need_comes_once),
		cmocka_unit_test(unknown_names_are_refused),
		cmocka_unit_test(predicates_select),
	};

	int failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
