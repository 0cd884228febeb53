/* The command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/base.h"
#include "capture.h"

enum { WORDS_MOST = 32 };

static struct arena *arena;
static struct diag *diag;
static struct options options;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	diag = diag_new(arena);
	options = options_default();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Parses the words of a line with blanks between; gives what was said. */
static const char *parse(const char *line)
{
	char *words[WORDS_MOST] = { 0 }, *word = strtok(arena_string(arena, line), " ");
	int n = 0;

	for (; word; word = strtok(NULL, " ")) words[n++] = word;
	capture_start();
	options_parse(&options, n, words, arena, diag);
	return capture_end();
}

static void compile_is_the_default(void **state)
{
	(void)state;
	assert_string_equal(parse("m.json -odir w.npz --prefix=ecg --target c99"), "");
	assert_true(options_model(&options, diag));
	assert_string_equal(options.command, "compile");
	assert_string_equal(options.model, "m.json");
	assert_string_equal(options.weights, "w.npz");
	assert_string_equal(options.out, "dir");
	assert_string_equal(options.prefix, "ecg");
	assert_true(options.target_given);
	assert_int_equal(options.fp, FP_DEFAULT);
}

static void values_are_read(void **state)
{
	(void)state;
	assert_string_equal(
	    parse(
		"--input-shape 128x3 --input-shape=5 --steps 7 --keras 2 --fp fused -MD -MF x.d -MP m -d fold --check"),
	    "");
	assert_int_equal(options.input_shapes, 2);
	assert_int_equal(options.input_shape[0].rank, 2);
	assert_int_equal(options.input_shape[0].at[0], 128);
	assert_int_equal(options.input_shape[0].at[1], 3);
	assert_int_equal(options.input_shape[1].rank, 1);
	assert_int_equal(options.steps, 7);
	assert_int_equal(options.keras, 2);
	assert_int_equal(options.fp, FP_FUSED);
	assert_true(options.depend && options.depend_phony && options.check);
	assert_string_equal(options.depend_file, "x.d");
	assert_string_equal(options.dump, "fold");
}

static void run_has_files_for_each_tensor(void **state)
{
	(void)state;
	assert_string_equal(parse("-i a.npy run -i b.npy m.keras -o c.npy -o d.npy"), "");
	assert_string_equal(options.command, "run");
	assert_int_equal(options.n_inputs, 2);
	assert_int_equal(options.n_outputs, 2);
	assert_string_equal(options.inputs[1], "b.npy");
	assert_string_equal(options.outputs[0], "c.npy");
	assert_null(options.out);
}

static void verify_keeps_its_models(void **state)
{
	(void)state;
	assert_string_equal(
	    parse("verify a.keras @rows b.json w.npz --input x --expect y --atol 0 --rtol 1e-3 --emitted d"), "");
	assert_int_equal(options.n_arguments, 4);
	assert_string_equal(options.arguments[1], "@rows");
	assert_true(options.atol == 0 && options.rtol == 1e-3);
	assert_string_equal(options.inputs[0], "x");
	assert_string_equal(options.outputs[0], "y");
}

static void two_hyphens_end_the_options(void **state)
{
	(void)state;
	assert_string_equal(parse("summary --json -- -m.json"), "");
	assert_true(options.json);
	assert_string_equal(options.arguments[0], "-m.json");
}

static void help_needs_no_model(void **state)
{
	(void)state;
	assert_string_equal(parse("--help"), "");
	assert_true(options.help);
}

static void help_fits_a_screen(void **state)
{
	struct text text = { 0 };
	int lines = 0, column = 0;

	(void)state;
	options_help(&text);
	for (const char *c = text.at; *c; c++) {
		column = *c == '\n' ? 0 : column + 1;
		lines += *c == '\n';
		assert_in_range(column, 0, 80);
	}
	assert_in_range(lines, 20, 40);
	text_free(&text);
}

static void warnings_are_switched(void **state)
{
	(void)state;
	assert_string_equal(parse("m -Wno-dialect -W no-precision --werror=dead-layer --color=never"), "");
	capture_start();
	diag_warn(diag, WARN_DIALECT, (struct place){ 0 }, "a");
	diag_warn(diag, WARN_PRECISION, (struct place){ 0 }, "b");
	diag_warn(diag, WARN_DEAD_LAYER, (struct place){ 0 }, "c");
	assert_string_equal(capture_end(), "conv1dc: error: c [-Werror=dead-layer]\n");
}

static void wrong_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *say;
	} cases[] = {
		{ "", "no MODEL is given: conv1dc [compile] MODEL [WEIGHTS]" },
		{ "run", "no MODEL is given: conv1dc run MODEL [WEIGHTS] -i IN.npy -o OUT.npy" },
		{ "--stesp 3 m", "unknown option '--stesp'; did you mean --steps?" },
		{ "--frobnicate m", "unknown option '--frobnicate'" },
		{ "-x m", "unknown option '-x'" },
		{ "sumary nowhere.keras", "'sumary' is neither a file nor a command; did you mean summary?" },
		{ "m --steps", "--steps needs a value: --steps N" },
		{ "m --steps 0", "--steps takes a whole number of 1 or more steps, not '0'" },
		{ "m --steps 5x", "--steps takes a whole number of 1 or more steps, not '5x'" },
		{ "m --steps 99999999999999999999",
		  "--steps takes a whole number of 1 or more steps, not '99999999999999999999'" },
		{ "m --input-shape 3x",
		  "--input-shape takes sizes of 1 or more with x between them, such as 128x3, not '3x'" },
		{ "m --input-shape 3x-1",
		  "--input-shape takes sizes of 1 or more with x between them, such as 128x3, not '3x-1'" },
		{ "m --input-shape 1x1x1x1x1x1x1",
		  "--input-shape takes sizes of 1 or more with x between them, such as 128x3, not '1x1x1x1x1x1x1'" },
		{ "m --keras 4", "--keras takes 1|2|3, not '4'" },
		{ "m --fp exact", "--fp takes separate|fused, not 'exact'" },
		{ "m --check=1", "--check takes no value" },
		{ "m --prefix=", "--prefix is given an empty value" },
		{ "m -Wdialct", "-W: there is no warning 'dialct'; did you mean 'dialect'?" },
		{ "m --werror=zzz", "--werror: there is no warning 'zzz'; conv1dc --help names them" },
		{ "m --init=3x", "--init takes a seed, a whole number of 0 to 9223372036854775807, not '3x'" },
		{ "m --init -1", "--init takes a seed, a whole number of 0 to 9223372036854775807, not '-1'" },
		{ "layers --init 1", "--init does not belong to the command layers" },
		{ "m --max-steps 0", "--max-steps takes a whole number of 1 or more steps, not '0'" },
		{ "m --max-steps=-7", "--max-steps takes a whole number of 1 or more steps, not '-7'" },
		{ "m --max-steps 2147483648", "--max-steps takes a whole number of 1 or more steps, not '2147483648'" },
		{ "m --max-steps 9 --steps 9", "--steps fixes what --max-steps keeps variable; give one of them" },
		{ "weights m -o w.npz --max-steps 9", "--max-steps does not belong to the command weights" },
		{ "m --report r.pdf", "--report takes a file that ends in .txt, .json or .html, not 'r.pdf'" },
		{ "m --report dir.txt/r", "--report takes a file that ends in .txt, .json or .html, not 'dir.txt/r'" },
		{ "m --max-ram 0", "--max-ram takes bytes, 1 or more, also as 8K or 1M (of 1024), not '0'" },
		{ "m --max-flash 8X", "--max-flash takes bytes, 1 or more, also as 8K or 1M (of 1024), not '8X'" },
		{ "m --max-stack=K", "--max-stack takes bytes, 1 or more, also as 8K or 1M (of 1024), not 'K'" },
		{ "m --max-stack 1.5K", "--max-stack takes bytes, 1 or more, also as 8K or 1M (of 1024), not '1.5K'" },
		{ "m --max-ram 99999999999999999999",
		  "--max-ram takes bytes, 1 or more, also as 8K or 1M (of 1024), not '99999999999999999999'" },
		{ "run m --max-ram 8K", "--max-ram does not belong to the command run" },
		{ "m --stream", "--stream is not available in this version" },
		{ "tune m --max-steps 9", "--max-steps does not belong to the command tune" },
		{ "tune m --plan p", "--plan does not belong to the command tune" },
		{ "tune m --seconds 0", "--seconds takes a whole number of 1 to 86400, not '0'" },
		{ "tune m --seconds 86401", "--seconds takes a whole number of 1 to 86400, not '86401'" },
		{ "tune m --seconds 5s", "--seconds takes a whole number of 1 to 86400, not '5s'" },
		{ "m --seconds 5", "--seconds does not belong to the command compile" },
		{ "quantize m", "samples of the model's inputs are needed: --calibrate X.npy, once per input" },
		{ "quantize", "no MODEL is given: conv1dc quantize MODEL --calibrate X.npy -o OUT" },
		{ "quantize m --calibrate x.npy --range percentile=50",
		  "--range takes minmax, mse, percentile or percentile=P with P above 50 and at most 100, not "
		  "'percentile=50'" },
		{ "quantize m --calibrate x.npy --range most",
		  "--range takes minmax, mse, percentile or percentile=P with P above 50 and at most 100, not 'most'" },
		{ "quantize m --calibrate x.npy --io uint8", "--io takes float|int8|int16, not 'uint8'" },
		{ "quantize m --calibrate x.npy --activations float", "--activations takes int8|int16, not 'float'" },
		{ "m --calibrate x.npy", "--calibrate does not belong to the command compile" },
		{ "quantize m --calibrate x.npy --max-steps 8", "--max-steps does not belong to the command quantize" },
		{ "layers m", "the command layers takes no file" },
		{ "run m --check", "--check does not belong to the command run" },
		{ "summary m -i x.npy", "-i does not belong to the command summary" },
		{ "m -o a -o b", "-o is given twice: 'a' and 'b'; one folder takes all files" },
		{ "m -MF x.d", "-MF needs -MD" },
		{ "verify m --atol -1", "--atol takes a number of 0 or more, not '-1'" },
		{ "verify m --rtol nan", "--rtol takes a number of 0 or more, not 'nan'" },
		{ "run m --subnormals never", "--subnormals takes keep|flush, not 'never'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *said, *wanted = arena_printf(arena, "conv1dc: error: %s\n", cases[i].say);

		diag = diag_new(arena);
		options = options_default();
		said = parse(cases[i].line);
		assert_string_equal(said, wanted);
		assert_int_equal(diag_status(diag), STATUS_USAGE);
	}
}

static void budgets_are_bytes(void **state)
{
	static const struct {
		const char *line;
		int64_t bytes;
	} cases[] = { { "m --max-ram 1", 1 },          { "m --max-ram=8192", 8192 },
		      { "m --max-ram 8K", 8192 },      { "m --max-ram 8k", 8192 },
		      { "m --max-ram 8KB", 8192 },     { "m --max-ram 8KiB", 8192 },
		      { "m --max-ram 2M", 2097152 },   { "m --max-ram 2MB", 2097152 },
		      { "m --max-ram 2MiB", 2097152 }, { "m --max-ram 2147483647M", 2251799812636672 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		options = options_default();
		assert_string_equal(parse(cases[i].line), "");
		assert_int_equal(options.most.ram, cases[i].bytes);
		assert_int_equal(options.most.flash, 0);
	}
}

static void all_faults_are_told_at_once(void **state)
{
	(void)state;
	parse("m --steps 0 --bogus --keras 7");
	assert_int_equal(diag_errors(diag), 3);
}

static void three_files_are_too_many(void **state)
{
	(void)state;
	assert_string_equal(parse("a b c"), "");
	capture_start();
	assert_false(options_model(&options, diag));
	assert_string_equal(capture_end(), "conv1dc: error: 'c' is one file too many: MODEL is 'a', WEIGHTS is 'b'\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(compile_is_the_default),
		TEST(values_are_read),
		TEST(run_has_files_for_each_tensor),
		TEST(verify_keeps_its_models),
		TEST(two_hyphens_end_the_options),
		TEST(help_needs_no_model),
		TEST(help_fits_a_screen),
		TEST(warnings_are_switched),
		TEST(wrong_lines_are_refused),
		TEST(budgets_are_bytes),
		TEST(all_faults_are_told_at_once),
		TEST(three_files_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
