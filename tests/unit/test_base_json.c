/* JSON: what is right is read exactly; what is wrong is refused at its line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "capture.h"

#define TEXT(literal) literal, sizeof literal - 1

static const struct {
	const char *text;
	size_t n;
	const char *head; /* how the message begins, behind "t.json:" */
} malformed[] = {
	{ TEXT(""), "1:1: error: not JSON: the text is empty" },
	{ TEXT(" \n\t"), "1:1: error: not JSON: the text is empty" },
	{ TEXT("{\n  \"a\": [1, 2,]\n}"), "2:14: error: not JSON: a value should stand here, not ']'" },
	{ TEXT("[1\n 2]"), "2:2: error: not JSON: ',' or ']' should stand here, not '2'" },
	{ TEXT("{\"a\" 1}"), "1:6: error: not JSON: ':' behind the key should stand here, not '1'" },
	{ TEXT("{\"a\":1,}"), "1:8: error: not JSON: a key in double quotes should stand here, not '}'" },
	{ TEXT("{a:1}"), "1:2: error: not JSON: a key in double quotes should stand here, not 'a'" },
	{ TEXT("{'a':1}"), "1:2: error: not JSON: ': strings stand in double quotes" },
	{ TEXT("[1,\n2\n\n"), "2:2: error: not JSON: the text ends where ',' or ']' should stand" },
	{ TEXT("[1] x"), "1:5: error: not JSON: text behind the end of the value" },
	{ TEXT("{} {}"), "1:4: error: not JSON: text behind the end of the value" },
	{ TEXT("[1}"), "1:3: error: not JSON: ',' or ']' should stand here, not '}'" },
	{ TEXT("nul"), "1:1: error: not JSON: a value should stand here, not 'n'" },
	{ TEXT("truex"), "1:5: error: not JSON: text behind the end of the value" },
	{ TEXT("[True]"), "1:2: error: not JSON: True: write true" },
	{ TEXT("[None]"), "1:2: error: not JSON: None: write null" },
	{ TEXT("[NaN]"), "1:2: error: not JSON: NaN: JSON has no NaN" },
	{ TEXT("[-Infinity]"), "1:2: error: not JSON: -Infinity: JSON has no infinity" },
	{ TEXT("[1, // one\n]"), "1:5: error: not JSON: //: JSON has no comments" },
	{ TEXT("[1e999]"), "1:2: error: not JSON: the number is too large for a double" },
	{ TEXT("[-1e400]"), "1:2: error: not JSON: the number is too large for a double" },
	{ TEXT("[01]"), "1:2: error: not JSON: a number has no leading zeros" },
	{ TEXT("[-]"), "1:3: error: not JSON: a digit should stand here, not ']'" },
	{ TEXT("[+1]"), "1:2: error: not JSON: a value should stand here, not '+'" },
	{ TEXT("[.5]"), "1:2: error: not JSON: a value should stand here, not '.'" },
	{ TEXT("[1.]"), "1:4: error: not JSON: a digit should stand here, not ']'" },
	{ TEXT("[1e]"), "1:4: error: not JSON: a digit should stand here, not ']'" },
	{ TEXT("[0x10]"), "1:3: error: not JSON: ',' or ']' should stand here, not 'x'" },
	{ TEXT("[1,\n\"ab"), "2:1: error: not JSON: this string has no end" },
	{ TEXT("[\"ab\ncd\"]"), "1:2: error: not JSON: this string has no end in its line" },
	{ TEXT("[\"a\tb\"]"), "1:4: error: not JSON: a control character in a string; write it as an escape" },
	{ TEXT("[\"\\x\"]"), "1:3: error: not JSON: an unknown escape" },
	{ TEXT("[\"\\u12g4\"]"), "1:3: error: not JSON: \\u needs four hexadecimal digits" },
	{ TEXT("[\"\\u0000\"]"), "1:3: error: not JSON: \\u0000: no name or text of a model holds a NUL" },
	{ TEXT("[\"\\ud800\"]"), "1:3: error: not JSON: half of a surrogate pair" },
	{ TEXT("[\"\\udc00\\ud800\"]"), "1:3: error: not JSON: half of a surrogate pair" },
	{ TEXT("[1\0]"), "1:3: error: not JSON: a NUL byte" },
	{ TEXT("[\"\xc3\xa9\xff\"]"), "1:4: error: not JSON: byte 0xff is not UTF-8" },
	{ TEXT("[\"\xed\xa0\x80\"]"), "1:3: error: not JSON: byte 0xed is not UTF-8" },
	{ TEXT("[\"\xc0\xaf\"]"), "1:3: error: not JSON: byte 0xc0 is not UTF-8" },
	{ TEXT("[\"\xf4\x90\x80\x80\"]"), "1:3: error: not JSON: byte 0xf4 is not UTF-8" },
	{ TEXT("[\"\xe2\x82"), "1:3: error: not JSON: byte 0xe2 is not UTF-8" },
	{ TEXT("[\v1]"), "1:2: error: not JSON: a value should stand here, not '\\x0b'" },
	{ TEXT("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"), "3:2: error: /a: the key stands twice in this object" },
	{ TEXT("{\"a\": 1, \"\\u0061\": 3}"), "1:10: error: /a: the key stands twice in this object" },
	{ TEXT("[0, {\"x/y~\": 1, \"x/y~\": 3}]"), "1:17: error: /1/x~1y~0: the key stands twice in this object" },
	{ TEXT("\xef\xbb\xbf{1}"), "1:2: error: not JSON: a key in double quotes should stand here, not '1'" },
	{ TEXT("\xef\xbb\xbf"), "1:1: error: not JSON: the text is empty" },
};

static void malformed_texts_are_refused_in_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		struct arena *arena = arena_new();
		struct diag *diag = diag_new(arena);
		struct source source = { "t.json", malformed[i].text, malformed[i].n };
		const struct json *json;
		const char *said;

		capture_start();
		json = json_parse(arena, diag, &source);
		said = capture_end();
		assert_null(json);
		assert_int_equal(diag_status(diag), STATUS_MODEL);
		assert_int_equal(diag_errors(diag), 1);
		if (strncmp(said, "t.json:", 7) != 0 ||
		    strncmp(said + 7, malformed[i].head, strlen(malformed[i].head)) != 0)
			fail_msg("case %zu: wanted %s, found %s", i, malformed[i].head, said);
		arena_free(arena);
	}
}

static struct json *parse(struct arena *arena, const char *text)
{
	struct source *source = NEW(arena, struct source);
	struct json *json;

	*source = (struct source){ "t.json", text, strlen(text) };
	json = json_parse(arena, diag_new(arena), source);
	assert_non_null(json);
	return json;
}

static void depth_has_a_limit(void **state)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct source source = { "t.json", NULL, 0 };
	char text[2 * JSON_DEPTH + 3];
	const struct json *json;
	const char *said;

	(void)state;
	memset(text, '[', JSON_DEPTH);
	memset(text + JSON_DEPTH, ']', JSON_DEPTH);
	text[2 * JSON_DEPTH] = '\0';
	parse(arena, text);
	memset(text, '[', JSON_DEPTH + 1);
	memset(text + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
	source.text = text;
	source.n = sizeof text - 1;
	capture_start();
	json = json_parse(arena, diag, &source);
	said = capture_end();
	assert_null(json);
	assert_non_null(strstr(said, "t.json:1:129: error: not JSON: nested deeper than 128 levels"));
	arena_free(arena);
}

static void numbers_are_exact(void **state)
{
	static const struct {
		const char *text;
		bool is_integer;
		int64_t integer;
		double number;
	} cases[] = {
		{ "0", true, 0, 0 },
		{ "-3", true, -3, -3 },
		{ "2.0", true, 2, 2 },
		{ "2.50e1", true, 25, 25 },
		{ "1e3", true, 1000, 1000 },
		{ "2.5", false, 0, 2.5 },
		{ "9007199254740993", true, 9007199254740993, 9007199254740992.0 },
		{ "9223372036854775807", true, INT64_MAX, 9223372036854775808.0 },
		{ "-9223372036854775808", true, INT64_MIN, -9223372036854775808.0 },
		{ "9223372036854775808", false, 0, 9223372036854775808.0 },
		{ "1e17", false, 0, 1e17 },
		{ "1.00000000000000000000000000000000000000000000000000000000000000000000000001", false, 0, 1 },
		{ "1.00000000000000000000000000000000000000000000000000000000000000000000000000", true, 1, 1 },
		{ "0.1", false, 0, 0.1 },
		{ "1e-999", false, 0, 0 },
		{ "1E-2", false, 0, 0.01 },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct json *json = parse(arena, cases[i].text);

		assert_int_equal(json->kind, JSON_NUMBER);
		assert_true(json->number == cases[i].number);
		assert_int_equal(json->is_integer, cases[i].is_integer);
		if (json->is_integer) assert_int_equal(json->integer, cases[i].integer);
	}
	assert_true(signbit(parse(arena, "-0.0")->number));
	arena_free(arena);
}

static void trees_are_read_with_their_places(void **state)
{
	struct arena *arena = arena_new();
	struct json *json =
	    parse(arena, "{\"a\": [null, true, \"\\u00e9\\ud83d\\ude00\\n\"],\n \"A\": {\"b/c\": false}}");
	struct json *list = json_get(json, "a"), *word = json_at(list, 2), *deep = json_get(json_get(json, "A"), "b/c");
	struct place place = json_place(arena, deep);

	(void)state;
	assert_int_equal(json->n, 2);
	assert_int_equal(list->n, 3);
	assert_int_equal(list->kind, JSON_ARRAY);
	assert_string_equal(word->string, "\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_int_equal(word->index, 2);
	assert_ptr_equal(word->parent, list);
	assert_int_equal(json_at(list, 0)->kind, JSON_NULL);
	assert_int_equal(deep->kind, JSON_FALSE);
	assert_string_equal(place.pointer, "/A/b~1c");
	assert_memory_equal(place.source->text + place.offset, "false", 5);
	assert_null(json_get(json, "B"));
	assert_null(json_at(list, 3));
	assert_null(json_at(list, -1));
	assert_null(json_get(list, "a"));
	assert_null(json_place(arena, json).pointer);
	json_use(list);
	assert_true(word->used);
	assert_false(deep->used);
	arena_free(arena);
}

static void values_are_shown_short(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(json_shown(arena, parse(arena, "[1,2.5,\"a\\nb\",{\"k\":null}]")),
			    "[1, 2.5, \"a\\nb\", {\"k\": null}]");
	assert_string_equal(
	    json_shown(arena, parse(arena, "[1111111111,2222222222,3333333333,4444444444,5555555555,6666666666]")),
	    "[1111111111, 2222222222, 3333333333, 4444444444, 55555555...");
	assert_string_equal(json_shown(arena, NULL), "nothing");
	assert_string_equal(json_kind_name(parse(arena, "2.0")), "an integer");
	assert_string_equal(json_kind_name(parse(arena, "2.5")), "a number");
	assert_string_equal(json_kind_name(parse(arena, "[]")), "a list");
	arena_free(arena);
}

/* Any single byte changed in a right text is either refused or read: never a crash, a fault or disagreement of readers. */
static void damaged_texts_do_no_harm(void **state)
{
	static const char right[] = "{\"name\": [1, -2.5e3, true, null, \"x\\u00e9\\n\"], \"b\": {\"c\": []}}";
	char text[sizeof right];
	int wrong = 0;

	(void)state;
	capture_start();
	for (size_t i = 0; i < sizeof right - 1; i++) {
		for (int byte = 0; byte < 256; byte++) {
			struct arena *arena = arena_new();
			struct source source = { "t.json", text, sizeof right - 1 };
			struct diag *diag = diag_new(arena);
			const struct json *json;

			memcpy(text, right, sizeof right);
			text[i] = (char)byte;
			json = json_parse(arena, diag, &source);
			wrong += (json == NULL) != diag_failed(diag);
			source.n = i; /* cut off */
			wrong += json_parse(arena, diag, &source) != NULL;
			arena_free(arena);
		}
	}
	capture_end();
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_texts_are_refused_in_their_place),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(trees_are_read_with_their_places),
		cmocka_unit_test(values_are_shown_short),
		cmocka_unit_test(damaged_texts_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
