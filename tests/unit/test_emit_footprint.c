/* What emitted C consists of, counted without a compiler. */
#include "emit/footprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct arena *arena;
static struct counts counts;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* The function of that name of a text; NULL: it has none. */
static const struct counted *count_in(const char *text, const char *name)
{
	counts = (struct counts){ 0 };
	footprint_count(text, "m_", &counts, arena);
	for (int i = 0; i < counts.functions.n; i++)
		if (strcmp(counts.functions.at[i].name, name) == 0) return &counts.functions.at[i];
	return NULL;
}

static void operations_are_counted(void **state)
{
	(void)state;
	const struct counted *f = count_in("#include <x.h>\n"
					   "\n"
					   "/* m_none(x) is not it. */\n"
					   "M_SCALAR\n"
					   "static void m_f(const float *x, float *y)\n"
					   "{\n"
					   "    float a[8];\n"
					   "    const float b = 2.5f;\n"
					   "    const int row = 3 - 2;\n"
					   "\n"
					   "    for (int i = 0; i < 100; i++) {\n"
					   "        y[i] = x[2 * i + 1] * b + 0.5f;  /* x[0] */\n"
					   "    }\n"
					   "    if (row < 2) {\n"
					   "        m_g(a, y);\n"
					   "    }\n"
					   "}\n",
					   "m_f");
	assert_non_null(f);
	assert_int_equal(counts.functions.n, 1);
	assert_int_equal(f->at[CODE_FUNCTION], 1);
	assert_int_equal(f->at[CODE_ACCESS], 2);
	assert_int_equal(f->at[CODE_FLOAT], 2);
	assert_int_equal(f->at[CODE_LITERAL], 2);
	assert_int_equal(f->at[CODE_LOOP], 1);
	assert_int_equal(f->at[CODE_BRANCH], 1);
	assert_int_equal(f->at[CODE_CALL], 1);
	assert_int_equal(f->arrays, 32);
}

/* A loop behind NAME_LANES stands in the code as often as it has rounds, and only it. */
static void unrolled_loops_multiply(void **state)
{
	(void)state;
	const struct counted *f = count_in("static void m_f(float *y)\n"
					   "{\n"
					   "    M_LANES\n"
					   "    for (int f = 0; f < 8; f++) {\n"
					   "        y[f] = y[f] * 2.0f;\n"
					   "    }\n"
					   "    y[0] = 1.0f;\n"
					   "}\n",
					   "m_f");
	assert_non_null(f);
	assert_int_equal(f->at[CODE_ACCESS], 17);
	assert_int_equal(f->at[CODE_FLOAT], 8);
	assert_int_equal(f->at[CODE_LOOP], 0);
}

static void small_functions_vanish(void **state)
{
	(void)state;
	const char *text = "static inline float m_f32_half(float x)\n"
			   "{\n"
			   "    return x * 0.5f;\n"
			   "}\n"
			   "\n"
			   "void m_run(const float *x, float *y)\n"
			   "{\n"
			   "    y[0] = m_f32_half(x[0]) + m_f32_half(x[1]);\n"
			   "}\n";
	const struct counted *run = count_in(text, "m_run"), *half = count_in(text, "m_f32_half");
	assert_true(half->small);
	run = count_in(text, "m_run");
	assert_false(run->small);
	assert_int_equal(run->at[CODE_FLOAT], 3);
	assert_int_equal(run->at[CODE_LITERAL], 2);
	assert_int_equal(run->at[CODE_CALL], 0);
}

static void assembly_is_lines(void **state)
{
	(void)state;
	const struct counted *f = count_in("#include \"m.h\"\n#define M_TERMS \\\n"
					   "    \"vldmia %[w]!, {s0-s3}\\n\\t\" \\\n"
					   "    \"vfma.f32 s0, s1, s2; vfma.f32 s3, s1, s2\\n\\t\"\n"
					   "\n"
					   "static void m_f(const float *w, float *y)\n"
					   "{\n"
					   "#if M_ASSEMBLY\n"
					   "    __asm__ volatile(\n"
					   "        \"2:\\n\\t\"\n"
					   "        M_TERMS M_TERMS\n"
					   "        \"bne 2b\\n\\t\"\n"
					   "        : [w] \"+r\"(w) : : \"s0\", \"memory\");\n"
					   "#else\n"
					   "    y[0] = w[0] * w[1];\n"
					   "#endif\n"
					   "}\n",
					   "m_f");
	assert_non_null(f);
	assert_int_equal(f->at[CODE_ASM], 8);
	assert_int_equal(f->at[CODE_ACCESS], 0);
	assert_int_equal(f->at[CODE_FLOAT], 0);
}

static void branches_of_clang_do_not_count(void **state)
{
	(void)state;
	const struct counted *f = count_in("static float m_f(float x)\n"
					   "{\n"
					   "#if defined(__clang__) && defined(__aarch64__)\n"
					   "    return x * x * x;\n"
					   "#elif defined(__GNUC__)\n"
					   "    return x + 1.0f;\n"
					   "#else\n"
					   "    return x / x / x / x;\n"
					   "#endif\n"
					   "}\n",
					   "m_f");
	assert_non_null(f);
	assert_int_equal(f->at[CODE_FLOAT], 1);
}

/* A user's templates may write anything: no part of a text makes it read behind the end, hang or crash. */
static void cut_texts_are_read(void **state)
{
	(void)state;
	const char *text =
	    "#define M_T \\\n \"a\\n\"\nvoid m_f(void)\n{\n#if X\n__asm__(\"a\\n\" M_T : \"r\"(x));\n#else\n"
	    "for (int i = 0; i < 3; i++) { memcpy(&a, &b, 4); x[i] = -1.5e-3f; } /* c */\n#endif\n}\n";
	for (size_t n = 0; n <= strlen(text); n++) {
		char *part = arena_string_n(arena, text, n);
		count_in(part, "m_f");
		count_in(arena_printf(arena, "m_f(\n{\n%s\n}\n", part), "m_f");
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(operations_are_counted), TEST(unrolled_loops_multiply),        TEST(small_functions_vanish),
		TEST(assembly_is_lines),      TEST(branches_of_clang_do_not_count), TEST(cut_texts_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
