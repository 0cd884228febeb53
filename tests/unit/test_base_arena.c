/* Memory, growing lists and text, sizes, trees of values. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 100, 5000, 16384, 16385, 65536, 1 << 20 };
	struct arena *arena = arena_new();
	unsigned char *at[200];
	size_t n[200];

	(void)state;
	for (int i = 0; i < 200; i++) {
		n[i] = sizes[(size_t)i * 7 % (sizeof sizes / sizeof *sizes)];
		at[i] = arena_alloc(arena, n[i]);
		assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < n[i]; k++) assert_int_equal(at[i][k], 0);
		memset(at[i], i + 1, n[i]);
	}
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0; k < n[i]; k++) assert_int_equal(at[i][k], i + 1);
	}
	arena_free(arena);
}

static void strings_are_copied(void **state)
{
	struct arena *arena = arena_new();
	char text[] = "taps";
	char *copy = arena_string(arena, text), *part = arena_string_n(arena, text, 2);

	(void)state;
	text[0] = 'm';
	assert_string_equal(copy, "taps");
	assert_string_equal(part, "ta");
	assert_string_equal(arena_printf(arena, "%d %s", 7, copy), "7 taps");
	assert_string_equal(arena_string(arena, ""), "");
	arena_free(arena);
}

static void lists_keep_what_was_pushed(void **state)
{
	struct arena *arena = arena_new();
	LIST(int64_t) list = { 0 };

	(void)state;
	for (int64_t i = 0; i < 10000; i++) list_push(arena, &list, i * i);
	assert_int_equal(list.n, 10000);
	for (int64_t i = 0; i < 10000; i++) assert_int_equal(list.at[i], i * i);
	arena_free(arena);
}

static void sizes_do_not_overflow(void **state)
{
	int64_t size = 5;

	(void)state;
	assert_true(size_mul(1 << 20, 1 << 20, &size));
	assert_int_equal(size, (int64_t)1 << 40);
	assert_true(size_mul(INT64_MAX, 1, &size));
	assert_true(size_mul(0, INT64_MAX, &size));
	assert_false(size_mul((int64_t)1 << 32, (int64_t)1 << 31, &size));
	assert_false(size_mul(-1, 1, &size));
	assert_false(size_mul(1, -1, &size));
	assert_true(size_add(INT64_MAX - 1, 1, &size));
	assert_int_equal(size, INT64_MAX);
	assert_false(size_add(INT64_MAX, 1, &size));
	assert_false(size_add(-1, 1, &size));
}

static void text_grows(void **state)
{
	struct text text = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) text_printf(&text, "%d,", i % 10);
	text_add_n(&text, "end\0", 4);
	assert_int_equal(text.n, 10004);
	assert_memory_equal(text.at + 9996, "8,9,end\0\0", 9);
	text_free(&text);
	assert_null(text.at);
}

static void counts_have_commas(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = { { 0, "0" },
		      { 999, "999" },
		      { 1000, "1,000" },
		      { 1234567, "1,234,567" },
		      { -12345, "-12,345" },
		      { INT64_MIN, "-9,223,372,036,854,775,808" } };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(count_text(arena, cases[i].n), cases[i].text);
	arena_free(arena);
}

static void values_become_json(void **state)
{
	struct arena *arena = arena_new();
	struct value *map = value_map(arena), *list = value_list(arena);
	struct text text = { 0 };

	(void)state;
	value_push(list, value_int(arena, INT64_MIN));
	value_push(list, value_bool(arena, true));
	value_push(list, value_f32(arena, 0.1f));
	value_push(list, value_real(arena, 0.1));
	value_push(list, value_real(arena, -1.0 / 0.0));
	value_set(map, "list", list);
	value_set(map, "text", value_string(arena, "a\"\\\n\x01\x7f\xc3\xa9"));
	value_set(map, "table", value_table(arena, map));
	value_set(map, "none", value_map(arena));
	value_json(&text, map);
	assert_string_equal(text.at, "{\n"
				     "  \"list\": [\n"
				     "    -9223372036854775808,\n"
				     "    true,\n"
				     "    0.1,\n"
				     "    0.1,\n"
				     "    \"-Infinity\"\n"
				     "  ],\n"
				     "  \"text\": \"a\\\"\\\\\\n\\u0001\\u007f\xc3\xa9\",\n"
				     "  \"table\": null,\n"
				     "  \"none\": {}\n"
				     "}\n");
	text_free(&text);
	value_set(map, "long", value_string(arena, "0123456789012345678901234567890123456789012345678901234567"));
	value_json_short(&text, map);
	assert_string_equal(text.at, "{\n"
				     "  \"list\": [-9223372036854775808, true, 0.1, 0.1, \"-Infinity\"],\n"
				     "  \"text\": \"a\\\"\\\\\\n\\u0001\\u007f\xc3\xa9\",\n"
				     "  \"table\": null,\n"
				     "  \"none\": {},\n"
				     "  \"long\": \"0123456789012345678901234567890123456789012345678901234567\"\n"
				     "}\n");
	text_free(&text);
	arena_free(arena);
}

/* FIPS 180-2, appendix B. */
static void sha256_is_the_standards(void **state)
{
	char text[SHA256_TEXT];

	(void)state;
	sha256_text("abc", 3, text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void names_that_are_nearly_right(void **state)
{
	static const char *const names[] = { "strides", "padding", "filters" };

	(void)state;
	assert_string_equal(nearest_name("stride", names, 3), "strides");
	assert_string_equal(nearest_name("Pading", names, 3), "padding");
	assert_string_equal(nearest_name("fitlers", names, 3), "filters");
	assert_null(nearest_name("units", names, 3));
	assert_null(nearest_name("", names, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(lists_keep_what_was_pushed),
		cmocka_unit_test(sizes_do_not_overflow),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(counts_have_commas),
		cmocka_unit_test(values_become_json),
		cmocka_unit_test(sha256_is_the_standards),
		cmocka_unit_test(names_that_are_nearly_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
