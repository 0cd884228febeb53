/* The text of errors, warnings and notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base.h"
#include "capture.h"

static struct arena *arena;
static struct diag *diag;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	diag = diag_new(arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct place place_of(const struct source *source, const char *what)
{
	return (struct place){ .source = source,
			       .pointer = "/config/strides",
			       .offset = (size_t)(strstr(source->text, what) - source->text),
			       .has_offset = true };
}

static void an_error_shows_its_line(void **state)
{
	static const char text[] = "{\n    \"strides\": [0],\n\t\"pad\xc3\xa9\": 1\n}\n";
	const struct source source = { "model.json", text, sizeof text - 1 };
	struct place place = place_of(&source, "0]");

	(void)state;
	capture_start();
	diag_error(diag, place, "%d is not a stride; it must be 1 or more", 0);
	place = place_of(&source, "1\n");
	place.layer = "conv1";
	diag_error(diag, place, "wrong");
	diag_note(diag, place, "layer 'conv1' again");
	assert_string_equal(capture_end(),
			    "model.json:2:17: error: /config/strides: 0 is not a stride; it must be 1 or more\n"
			    "    2 |     \"strides\": [0],\n"
			    "      |                 ^\n"
			    "model.json:3:10: error: /config/strides: wrong (layer 'conv1')\n"
			    "    3 | \t\"pad\xc3\xa9\": 1\n"
			    "      | \t        ^\n"
			    "model.json:3:10: note: /config/strides: layer 'conv1' again\n"
			    "    3 | \t\"pad\xc3\xa9\": 1\n"
			    "      | \t        ^\n");
	assert_int_equal(diag_errors(diag), 2);
	assert_int_equal(diag_status(diag), STATUS_MODEL);
}

static void a_source_without_text_has_no_line(void **state)
{
	const struct source source = { "model.keras(config.json)", NULL, 0 };
	struct place place = { .source = &source, .offset = 7, .has_offset = true };

	(void)state;
	capture_start();
	diag_error(diag, place, "layer 'lstm_1' (LSTM) is not supported; see: conv1dc layers");
	place.pointer = "/config";
	diag_warn(diag, WARN_DIALECT, place, "hm");
	diag_file_error(diag, "w.npz", "cannot be read: %s", "no");
	diag_usage(diag, "what");
	assert_string_equal(
	    capture_end(),
	    "model.keras(config.json): error: layer 'lstm_1' (LSTM) is not supported; see: conv1dc layers\n"
	    "model.keras(config.json): warning: /config: hm [-Wdialect]\n"
	    "w.npz: error: cannot be read: no\n"
	    "conv1dc: error: what\n");
}

static void long_lines_are_cut(void **state)
{
	struct source source = { "m.json", NULL, 5000 };
	char text[5001];

	(void)state;
	for (int i = 0; i < 5000; i++) text[i] = (char)('0' + i % 10);
	text[5000] = '\0';
	source.text = text;
	capture_start();
	diag_error(diag, (struct place){ .source = &source, .offset = 2500, .has_offset = true }, "here");
	assert_string_equal(capture_end(),
			    "m.json:1:2501: error: here\n"
			    "    1 | ...012345678901234567890123456789012345678901234567890123456789"
			    "0123456789012345678901234567890123456789...\n"
			    "      |                                                                ^\n");
}

static void what_a_model_says_cannot_steer_a_terminal(void **state)
{
	static const char text[] = "{\"\x1b[2J\xe2\x80\xae\": \xff }";
	const struct source source = { "a\nb.json", text, sizeof text - 1 };
	struct place place = { .source = &source, .offset = 12, .has_offset = true, .layer = "x\x1b[31m\xc2\x9b" };

	(void)state;
	capture_start();
	diag_error(diag, place, "no\tlayer %s", "\x07");
	assert_string_equal(capture_end(), "a\\x0ab.json:1:11: error: no\\x09layer \\x07 (layer 'x\\x1b[31m\\u009b')\n"
					   "    1 | {\"\\x1b[2J\\u202e\": \\xff }\n"
					   "      |                   ^\n");
}

static void the_same_is_said_once_and_the_rest_is_counted(void **state)
{
	const char *said;
	int lines = 0;

	(void)state;
	capture_start();
	for (int i = 0; i < 27; i++) {
		diag_error(diag, (struct place){ 0 }, "fault %d", i);
		diag_note(diag, (struct place){ 0 }, "of it");
		diag_error(diag, (struct place){ 0 }, "fault %d", i);
	}
	diag_close(diag);
	said = capture_end();
	for (const char *c = said; *c; c++) lines += *c == '\n';
	assert_int_equal(lines, 2 * DIAG_LIMIT + 1);
	assert_non_null(
	    strstr(said, "conv1dc: error: fault 19\nconv1dc: note: of it\nconv1dc: 7 more errors not shown\n"));
	assert_int_equal(diag_errors(diag), 27);
}

static void warnings_have_names_that_switch_them(void **state)
{
	(void)state;
	capture_start();
	diag_warn(diag, WARN_PRECISION, (struct place){ 0 }, "one");
	assert_true(diag_set_warning(diag, "precision", false));
	diag_warn(diag, WARN_PRECISION, (struct place){ 0 }, "two");
	diag_note(diag, (struct place){ 0 }, "of two");
	assert_false(diag_failed(diag));
	assert_true(diag_set_werror(diag, "precision"));
	diag_warn(diag, WARN_PRECISION, (struct place){ 0 }, "three");
	assert_string_equal(capture_end(), "conv1dc: warning: one [-Wprecision]\n"
					   "conv1dc: error: three [-Werror=precision]\n");
	assert_int_equal(diag_status(diag), STATUS_MODEL);
	assert_false(diag_set_warning(diag, "precise", true));
	assert_false(diag_set_werror(diag, "precise"));
}

static void all_warnings_become_errors(void **state)
{
	struct diag *other;

	(void)state;
	assert_true(diag_set_werror(diag, NULL));
	other = diag_like(arena, diag);
	capture_start();
	diag_warn(other, WARN_DIALECT, (struct place){ 0 }, "hm");
	assert_string_equal(capture_end(), "conv1dc: error: hm [-Werror=dialect]\n");
	assert_true(diag_failed(other));
	assert_false(diag_failed(diag));
}

static void the_first_error_gives_the_status(void **state)
{
	(void)state;
	capture_start();
	assert_int_equal(diag_status(diag), STATUS_DONE);
	diag_file_error(diag, "x", "no");
	diag_usage(diag, "no");
	capture_end();
	assert_int_equal(diag_status(diag), STATUS_FILE);
}

static void colours_are_on_demand(void **state)
{
	const struct source source = { "m", "ab", 2 };

	(void)state;
	diag_set_color(diag, COLOR_ALWAYS);
	capture_start();
	diag_error(diag, (struct place){ .source = &source, .offset = 1, .has_offset = true }, "no");
	assert_string_equal(capture_end(), "\033[1mm:1:2:\033[0m\033[1;31m error: \033[0mno\n"
					   "    1 | ab\n"
					   "      |  \033[1;31m^\033[0m\n");
	diag_set_color(diag, COLOR_NEVER);
	capture_start();
	diag_usage(diag, "no");
	assert_string_equal(capture_end(), "conv1dc: error: no\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_error_shows_its_line),
		TEST(a_source_without_text_has_no_line),
		TEST(long_lines_are_cut),
		TEST(what_a_model_says_cannot_steer_a_terminal),
		TEST(the_same_is_said_once_and_the_rest_is_counted),
		TEST(warnings_have_names_that_switch_them),
		TEST(all_warnings_become_errors),
		TEST(the_first_error_gives_the_status),
		TEST(colours_are_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
