/* options.c: the command line: one table of commands, one of options, for reading and for --help. */
#include "base/option_numbers.h"
#include "base/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	COMPILE = 1 << 0,
	SUMMARY = 1 << 1,
	RUN = 1 << 2,
	VERIFY = 1 << 3,
	TABLES = 1 << 4,
	CONFIG = 1 << 5,
	WEIGHTS = 1 << 6,
	TUNE = 1 << 7,
	BENCH = 1 << 8,
	SIZE = 1 << 9,
	QUANTIZE = 1 << 10,
	OPEN = COMPILE | SUMMARY | RUN | VERIFY, /* where a number of steps may stay open */
	WRITES = COMPILE | QUANTIZE,
	MODELS = OPEN | TUNE | BENCH | SIZE | QUANTIZE,
	PLANS = WRITES | SUMMARY | VERIFY | BENCH,
	BUDGETS = WRITES | SUMMARY | SIZE,
	RAMS = PLANS | SIZE,
	INITS = MODELS | WEIGHTS,
	READS = MODELS | CONFIG | WEIGHTS,
	EVERY = READS | TABLES
};

static const struct command {
	const char *name;
	unsigned bit;            /* 0: belongs to a later version */
	const char *usage, *doc; /* NULL: described with another command, or not yet */
} commands[] = {
	{ "compile", COMPILE, "[compile] MODEL [WEIGHTS]", "write NAME.h and NAME.c" },
	{ "summary", SUMMARY, "summary MODEL [WEIGHTS]", "layers, shapes, MACs, memory" },
	{ "run", RUN, "run MODEL [WEIGHTS] -i IN.npy -o OUT.npy", "the exact interpreter" },
	{ "verify", VERIFY, "verify MODEL [WEIGHTS] | @FILE ...", "is the emitted C the model?" },
	{ "tune", TUNE, "tune | bench MODEL [WEIGHTS]", "measure; tune: NAME.plan" },
	{ "bench", BENCH, NULL, NULL },
	{ "size", SIZE, "size MODEL [WEIGHTS]", "flash, RAM, stack by target" },
	{ "quantize", QUANTIZE, "quantize MODEL --calibrate X.npy -o OUT", "to int8: OUT.json, or C" },
	{ "config", CONFIG, "config MODEL", "its config in Keras 3's form" },
	{ "weights", WEIGHTS, "weights MODEL [WEIGHTS] -o W.npz", "what get_weights() gives" },
	{ "layers", TABLES, "layers | activations | targets", "what is supported" },
	{ "activations", TABLES, NULL, NULL },
	{ "targets", TABLES, NULL, NULL },
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

struct reading {
	struct options *options;
	struct arena *arena;
	struct diag *diag;
	char *const *words;
	int n, at; /* words[at] is next */
	const struct command *command;
	LIST(const char *) arguments;
	LIST(const char *) out; /* every -o */
};

enum arity { ALONE, VALUE, JOINED }; /* JOINED: a value, only behind '=' and not needed */

/* Reads value (NULL: none) of the option called said into the options; reports what is wrong. */
struct row;
typedef void take_function(struct reading *r, const struct row *row, const char *said, const char *value);
struct row {
	const char *name, *also; /* "--prefix"; a second spelling or NULL */
	enum arity arity;
	const char *value;   /* "NAME", as --help shows it */
	take_function *take; /* NULL: belongs to a later version */
	size_t offset;       /* in struct options, where take stores plainly */
	unsigned commands;
	const char *doc; /* NULL: described with another option */
};

/* ---- values -------------------------------------------------------------------------------------------------- */

static void *member(struct reading *r, const struct row *row)
{
	return (char *)r->options + row->offset;
}

static void take_flag(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)said, (void)value;
	*(bool *)member(r, row) = true;
}

static void take_text(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)said;
	*(const char **)member(r, row) = value;
}

/* The suffix says the form. */
static void take_report(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const char *const forms[] = { ".txt", ".json", ".html" };
	const char *suffix = strrchr(path_base(value), '.');

	for (size_t i = 0; suffix && i < sizeof forms / sizeof forms[0]; i++) {
		if (strcmp(suffix, forms[i]) != 0) continue;
		take_text(r, row, said, value);
		return;
	}
	diag_usage(r->diag, "%s takes a file that ends in .txt, .json or .html, not '%s'", said, value);
}

static void take_target(struct reading *r, const struct row *row, const char *said, const char *value)
{
	take_text(r, row, said, value);
	r->options->target_given = true;
}

static void take_out(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row, (void)said;
	list_push(r->arena, &r->out, value);
}

/* -i and --input, --expect: once per input and output of the model. */
static void push_file(struct reading *r, const char **files, int *n, const char *said, const char *value)
{
	if (*n == OPTION_INPUTS_MAX) {
		diag_usage(r->diag, "%s is given more than %d times", said, OPTION_INPUTS_MAX);
	} else {
		files[(*n)++] = value;
	}
}

static void take_input(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row;
	push_file(r, r->options->inputs, &r->options->n_inputs, said, value);
}

static void take_expect(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row;
	push_file(r, r->options->outputs, &r->options->n_outputs, said, value);
}

static void take_calibrate(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row;
	push_file(r, r->options->calibrate, &r->options->n_calibrate, said, value);
}

/* minmax, mse, percentile=P */
static void take_range(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const char percentile[] = "percentile";
	const size_t n = sizeof percentile - 1;
	struct options *o = r->options;

	(void)row;
	o->range = !strcmp(value, "mse") ? RANGE_MSE : RANGE_MINMAX;
	if (!strcmp(value, "minmax") || !strcmp(value, "mse")) return;
	o->range = RANGE_PERCENTILE;
	if (!strcmp(value, percentile)) return;
	if (!strncmp(value, percentile, n) && value[n] == '=' && option_tolerance(value + n + 1, &o->percentile) &&
	    o->percentile > 50 && o->percentile <= 100)
		return;
	diag_usage(r->diag,
		   "%s takes minmax, mse, percentile or percentile=P with P above 50 and at most 100, not '%s'", said,
		   value);
}

static void take_steps(struct reading *r, const struct row *row, const char *said, const char *value)
{
	const char *end;

	if (!option_size(value, &end, (int64_t *)member(r, row)) || *end) {
		diag_usage(r->diag, "%s takes a whole number of 1 or more steps, not '%s'", said, value);
	}
}

static void take_bytes(struct reading *r, const struct row *row, const char *said, const char *value)
{
	if (!option_bytes(value, (int64_t *)member(r, row)))
		diag_usage(r->diag, "%s takes bytes, 1 or more, also as 8K or 1M (of 1024), not '%s'", said, value);
}

static void take_seconds(struct reading *r, const struct row *row, const char *said, const char *value)
{
	const char *end;
	int64_t seconds;

	(void)row;
	if (!option_size(value, &end, &seconds) || *end || seconds > TUNE_SECONDS_MOST)
		diag_usage(r->diag, "%s takes a whole number of 1 to %d, not '%s'", said, TUNE_SECONDS_MOST, value);
	else
		r->options->seconds = (int)seconds;
}

static void take_init(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row;
	r->options->init = true;
	if (!option_seed(value, &r->options->init_seed))
		diag_usage(r->diag, "%s takes a seed, a whole number of 0 to 9223372036854775807, not '%s'", said,
			   value);
}

static void take_shape(struct reading *r, const struct row *row, const char *said, const char *value)
{
	struct option_shape shape = { 0 };

	(void)row;
	if (!option_shape(value, &shape)) {
		diag_usage(r->diag, "%s takes sizes of 1 or more with x between them, such as 128x3, not '%s'", said,
			   value);
	} else if (r->options->input_shapes == OPTION_INPUTS_MAX) {
		diag_usage(r->diag, "%s is given more than %d times", said, OPTION_INPUTS_MAX);
	} else {
		r->options->input_shape[r->options->input_shapes++] = shape;
	}
}

static void take_tolerance(struct reading *r, const struct row *row, const char *said, const char *value)
{
	if (!option_tolerance(value, (double *)member(r, row)))
		diag_usage(r->diag, "%s takes a number of 0 or more, not '%s'", said, value);
}

/* The position of value among choices "a|b|c" (the text that --help shows); -1 after an error. */
static int choose(struct reading *r, const struct row *row, const char *said, const char *value)
{
	size_t n = strlen(value), length;
	const char *at = row->value;
	int i;

	for (i = 0;; i++, at += length + 1) {
		length = strcspn(at, "|");
		if (n == length && !strncmp(at, value, n)) return i;
		if (!at[length]) break;
	}
	diag_usage(r->diag, "%s takes %s, not '%s'", said, row->value, value);
	return -1;
}

static void take_keras(struct reading *r, const struct row *row, const char *said, const char *value)
{
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->keras = choice + 1;
}

static void take_fp(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const enum fp fps[] = { FP_SEPARATE, FP_FUSED };
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->fp = fps[choice];
}

static void take_ram(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const enum ram rams[] = { RAM_LEAST, RAM_BALANCED, RAM_FASTEST };
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->ram = rams[choice];
}

static void take_block(struct reading *r, const struct row *row, const char *said, const char *value)
{
	const char *end;

	if (!option_size(value, &end, (int64_t *)member(r, row)) || *end)
		diag_usage(r->diag, "%s takes a whole number of 1 or more rows, not '%s'", said, value);
}

static void take_tables(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const enum tables tables[] = { TABLES_TEXT, TABLES_INCBIN, TABLES_EMBED };
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->tables = tables[choice];
}

static void take_activations(struct reading *r, const struct row *row, const char *said, const char *value)
{
	r->options->wide = choose(r, row, said, value) == 1;
}

static void take_io(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const enum io ios[] = { IO_FLOAT, IO_INT8, IO_INT16 };
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->io = ios[choice];
}

static void take_weight_bits(struct reading *r, const struct row *row, const char *said, const char *value)
{
	r->options->wide_weights = choose(r, row, said, value) == 1;
}

static void take_rounding(struct reading *r, const struct row *row, const char *said, const char *value)
{
	r->options->single = choose(r, row, said, value) == 1;
	r->options->rounding_given = true;
}

static void take_subnormals(struct reading *r, const struct row *row, const char *said, const char *value)
{
	static const enum subnormals ways[] = { SUBNORMALS_KEEP, SUBNORMALS_FLUSH };
	int choice = choose(r, row, said, value);

	if (choice >= 0) r->options->subnormals = ways[choice];
}

static void take_color(struct reading *r, const struct row *row, const char *said, const char *value)
{
	int choice = choose(r, row, said, value);

	if (choice >= 0) diag_set_color(r->diag, (enum color)choice);
}

static void unknown_warning(struct reading *r, const char *said, const char *name)
{
	const char *names[WARNING_COUNT], *near;
	int i;

	for (i = 0; i < WARNING_COUNT; i++) names[i] = warning_name((enum warning)i);
	near = nearest_name(name, names, WARNING_COUNT);
	if (near) {
		diag_usage(r->diag, "%s: there is no warning '%s'; did you mean '%s'?", said, name, near);
	} else {
		diag_usage(r->diag, "%s: there is no warning '%s'; conv1dc --help names them", said, name);
	}
}

static void take_werror(struct reading *r, const struct row *row, const char *said, const char *value)
{
	(void)row;
	if (!diag_set_werror(r->diag, value)) unknown_warning(r, said, value);
}

static void take_warning(struct reading *r, const struct row *row, const char *said, const char *value)
{
	bool on = strncmp(value, "no-", 3) != 0;

	if (!strcmp(value, "error") || !strncmp(value, "error=", 6)) {
		take_werror(r, row, said, value[5] ? value + 6 : NULL);
	} else if (!diag_set_warning(r->diag, on ? value : value + 3, on)) {
		unknown_warning(r, said, on ? value : value + 3);
	}
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

#define AT(field) offsetof(struct options, field)
#define LATER     NULL, 0, EVERY, NULL
static const struct row rows[] = {
	{ "-o", "--output", VALUE, "DIR", take_out, 0, WRITES | RUN | WEIGHTS | TUNE,
	  "where files go; default: .; run: -i and -o, in order" },
	{ "-i", NULL, VALUE, "IN.npy", take_input, 0, RUN, NULL },
	{ "--prefix", NULL, VALUE, "NAME", take_text, AT(prefix), MODELS,
	  "stem of files and functions; default: MODEL's name" },
	{ "--target", NULL, VALUE, "T", take_target, AT(target), MODELS & ~SIZE,
	  "one of: conv1dc targets; default c99; size --targets T,T" },
	{ "--targets", NULL, VALUE, "all|T,T,...", take_text, AT(targets), SIZE, NULL },
	{ "--fp", NULL, VALUE, "separate|fused", take_fp, 0, MODELS,
	  "rounding of multiply-add; default: the target's" },
	{ "--weight-bits", NULL, VALUE, "8|16", take_weight_bits, 0, MODELS & ~SIZE, NULL },
	{ "--input-shape", NULL, VALUE, "AxB", take_shape, 0, READS,
	  "a sample's shape where the model leaves it open" },
	{ "--steps", NULL, VALUE, "N", take_steps, AT(steps), READS,
	  "fixes a number that varies; --max-steps N: N at most" },
	{ "--max-steps", NULL, VALUE, "N", take_steps, AT(max_steps), OPEN, NULL },
	{ "--keras", NULL, VALUE, "1|2|3", take_keras, 0, READS, "dialect of a config whose keys do not tell it" },
	{ "--init", NULL, VALUE, "SEED", take_init, 0, INITS, "draw missing weights by the config's initializers" },
	{ "--losses", NULL, ALONE, NULL, take_flag, AT(losses), RUN, NULL },
	{ "--check", NULL, ALONE, NULL, take_flag, AT(check), WRITES,
	  "write nothing; 4 where DIR differs; --harness: a test" },
	{ "--weights", NULL, VALUE, "text|incbin|embed", take_tables, 0, PLANS & ~BENCH,
	  "large tables in NAME.c, NAME_weights.S or .bin" },
	{ "--harness", NULL, ALONE, NULL, take_flag, AT(harness), WRITES, NULL },
	{ "-MD", NULL, ALONE, NULL, take_flag, AT(depend), WRITES,
	  "write NAME.d for make too; -MF FILE and -MP as in GCC" },
	{ "-MF", NULL, VALUE, "FILE", take_text, AT(depend_file), WRITES, NULL },
	{ "-MP", NULL, ALONE, NULL, take_flag, AT(depend_phony), WRITES, NULL },
	{ "--report", NULL, VALUE, "FILE", take_report, AT(report), WRITES,
	  "memory, MACs, error bounds: .txt, .json or .html" },
	{ "--ram", NULL, VALUE, "least|balanced|fastest", take_ram, 0, RAMS,
	  "the plan by its context; --block N: rows a tick" },
	{ "--block", NULL, VALUE, "N", take_block, AT(block), RAMS, NULL },
	{ "--max-ram", NULL, VALUE, "BYTES", take_bytes, AT(most.ram), BUDGETS,
	  "a budget, 8192 or 8K; also --max-flash, --max-stack" },
	{ "--max-flash", NULL, VALUE, "BYTES", take_bytes, AT(most.flash), BUDGETS, NULL },
	{ "--max-stack", NULL, VALUE, "BYTES", take_bytes, AT(most.stack), BUDGETS, NULL },
	{ "--plan", NULL, VALUE, "FILE", take_text, AT(plan), PLANS,
	  "what conv1dc tune chose; tune --seconds N: how long" },
	{ "--templates", NULL, VALUE, "DIR", take_text, AT(templates), PLANS | TUNE | SIZE, NULL },
	{ "-d", NULL, VALUE, "NAMES", take_text, AT(dump), MODELS, "print what passes made: load,infer,fold,plan" },
	{ "--seconds", NULL, VALUE, "N", take_seconds, 0, TUNE, NULL },
	{ "--json", NULL, ALONE, NULL, take_flag, AT(json), SUMMARY | BENCH | SIZE | QUANTIZE,
	  "summary, bench, size: JSON; run --losses: of regularizers" },
	{ "--emitted", NULL, VALUE, "DIR", take_text, AT(emitted), VERIFY,
	  "verify: judge the files there; --templates DIR: text" },
	{ "--input", NULL, VALUE, "X.npy", take_input, 0, VERIFY | QUANTIZE,
	  "verify: your data; --expect Y.npy, --atol A, --rtol R" },
	{ "--expect", NULL, VALUE, "Y.npy", take_expect, 0, VERIFY, NULL },
	{ "--atol", NULL, VALUE, "A", take_tolerance, AT(atol), VERIFY, NULL },
	{ "--rtol", NULL, VALUE, "R", take_tolerance, AT(rtol), VERIFY, NULL },
	{ "--subnormals", NULL, VALUE, "keep|flush", take_subnormals, 0, RUN, NULL },
	{ "--calibrate", NULL, VALUE, "X.npy", take_calibrate, 0, QUANTIZE,
	  "quantize: samples; --labels, --range, --io, --activations" },
	{ "--labels", NULL, VALUE, "Y.npy", take_text, AT(labels), QUANTIZE, NULL },
	{ "--range", NULL, VALUE, "minmax|mse|percentile=P", take_range, 0, QUANTIZE, NULL },
	{ "--activations", NULL, VALUE, "int8|int16", take_activations, 0, QUANTIZE, NULL },
	{ "--io", NULL, VALUE, "float|int8|int16", take_io, 0, QUANTIZE, NULL },
	{ "--equalise", NULL, ALONE, NULL, take_flag, AT(equalise), QUANTIZE, NULL },
	{ "--strict", NULL, ALONE, NULL, take_flag, AT(strict), QUANTIZE, NULL },
	{ "--rounding", NULL, VALUE, "double|single", take_rounding, 0, MODELS,
	  "of integer sums; --weight-bits 8|16: faster with 16" },
	{ "-W", NULL, VALUE, "[no-]NAME", take_warning, 0, EVERY,
	  "a warning on or off; --werror[=NAME] makes it an error" },
	{ "--werror", NULL, JOINED, "NAME", take_werror, 0, EVERY, NULL },
	{ "--color", NULL, VALUE, "auto|always|never", take_color, 0, EVERY, NULL },
	{ "-q", "--quiet", ALONE, NULL, take_flag, AT(quiet), EVERY, NULL },
	{ "-v", "--verbose", ALONE, NULL, take_flag, AT(verbose), EVERY, NULL },
	{ "-h", "--help", ALONE, NULL, take_flag, AT(help), EVERY,
	  "this page; also: -V, -q, -v, --color auto|always|never" },
	{ "-V", "--version", ALONE, NULL, take_flag, AT(version), EVERY, NULL },
	{ "--stream", NULL, ALONE, NULL, LATER },
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* The row whose name is the word, or with '=' or, for one letter, right behind it the value; *value is NULL or there. */
static const struct row *find_row(const char *word, const char **value)
{
	const struct row *found = NULL;
	size_t length;
	int i, k;

	*value = NULL;
	for (i = 0; i < ROW_COUNT; i++) {
		const char *names[] = { rows[i].name, rows[i].also };

		for (k = 0; k < 2 && names[k]; k++) {
			length = strlen(names[k]);
			if (!strcmp(word, names[k])) return *value = NULL, &rows[i];
			if (strncmp(word, names[k], length) != 0) continue;
			if (names[k][1] == '-' ? word[length] != '=' : rows[i].arity != VALUE) continue;
			if (found) continue; /* an exact match may follow */
			found = &rows[i];
			*value = word + length + (word[length] == '=');
		}
	}
	return found;
}

static void unknown_option(struct reading *r, const char *word)
{
	const char *names[2 * ROW_COUNT], *near;
	char *name = arena_string_n(r->arena, word, strcspn(word, "="));
	int i, n = 0;

	for (i = 0; i < ROW_COUNT; i++) {
		if (strlen(rows[i].name) > 2) names[n++] = rows[i].name;
		if (rows[i].also) names[n++] = rows[i].also;
	}
	near = nearest_name(name, names, n);
	if (near) {
		diag_usage(r->diag, "unknown option '%s'; did you mean %s?", name, near);
	} else {
		diag_usage(r->diag, "unknown option '%s'", name);
	}
}

static void read_option(struct reading *r, const char *word)
{
	const char *value, *said;
	const struct row *row = find_row(word, &value);

	if (!row) {
		unknown_option(r, word);
		return;
	}
	said = !strncmp(word, row->name, strlen(row->name)) ? row->name : row->also;
	if (row->arity == ALONE && value) {
		diag_usage(r->diag, "%s takes no value", said);
		return;
	}
	if (row->arity == VALUE && !value) {
		if (r->at < r->n) value = r->words[r->at++];
		if (!value) {
			diag_usage(r->diag, "%s needs a value: %s %s", said, said, row->value);
			return;
		}
	}
	if (!row->take) {
		diag_usage(r->diag, "%s is not available in this version", said);
	} else if (row->arity != ALONE && value && !*value) {
		diag_usage(r->diag, "%s is given an empty value", said);
	} else if (r->command && !(row->commands & r->command->bit)) {
		diag_usage(r->diag, "%s does not belong to the command %s", said, r->command->name);
	} else {
		row->take(r, row, said, value);
	}
}

static const struct command *find_command(const char *word)
{
	int i;

	for (i = 0; i < COMMAND_COUNT; i++) {
		if (!strcmp(commands[i].name, word)) return &commands[i];
	}
	return NULL;
}

/* The command is the first word that is no option and no option's value; compile where it is none. */
static const struct command *seek_command(const struct reading *r)
{
	const char *value;
	int i;

	for (i = 0; i < r->n && strcmp(r->words[i], "--") != 0; i++) {
		const struct row *row = r->words[i][0] == '-' ? find_row(r->words[i], &value) : NULL;

		if (row && row->arity == VALUE && !value) {
			i++;
		} else if (r->words[i][0] != '-' || !r->words[i][1]) {
			return find_command(r->words[i]);
		}
	}
	return NULL;
}

/* A first word that is neither a command nor a file, yet near a command, is a slip. */
static void refuse_slip(struct reading *r)
{
	const char *names[COMMAND_COUNT], *near, *word = r->arguments.n ? r->arguments.at[0] : "";
	int i;

	for (i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
	near = nearest_name(word, names, COMMAND_COUNT);
	if (near && access(word, F_OK) != 0) {
		diag_usage(r->diag, "'%s' is neither a file nor a command; did you mean %s?", word, near);
	}
}

static void place_out(struct reading *r)
{
	struct options *o = r->options;
	int i;

	if (r->command->bit == RUN) {
		for (i = 0; i < r->out.n; i++) push_file(r, o->outputs, &o->n_outputs, "-o", r->out.at[i]);
	} else if (r->out.n > 1) {
		diag_usage(r->diag, "-o is given twice: '%s' and '%s'; one %s takes all %s", r->out.at[0], r->out.at[1],
			   r->command->bit == WEIGHTS ? "file" : "folder",
			   r->command->bit == WEIGHTS ? "weights" : "files");
	} else if (r->out.n) {
		o->out = r->out.at[0];
	}
}

struct options options_default(void)
{
	return (struct options){ .command = "compile",
				 .target = "c99",
				 .targets = "all",
				 .atol = 1e-6,
				 .rtol = 1e-5,
				 .seconds = 40,
				 .percentile = 99.99 };
}

static void read_words(struct reading *r)
{
	bool options_end = false, named = false;
	const struct command *given = seek_command(r);

	r->command = given ? given : find_command(r->options->command);
	while (r->at < r->n) {
		const char *word = r->words[r->at++];

		if (!options_end && !strcmp(word, "--")) {
			options_end = true;
		} else if (!options_end && word[0] == '-' && word[1]) {
			read_option(r, word);
		} else if (given && !named && !options_end && !strcmp(word, given->name)) {
			named = true;
		} else {
			list_push(r->arena, &r->arguments, word);
		}
	}
	if (!given && r->command->bit == COMPILE) refuse_slip(r);
}

bool options_parse(struct options *options, int n, char *const *words, struct arena *arena, struct diag *diag)
{
	struct reading r = { .options = options, .arena = arena, .diag = diag, .words = words, .n = n };
	int errors = diag_errors(diag);

	read_words(&r);
	options->command = r.command->name;
	options->arguments = r.arguments.at;
	options->n_arguments = r.arguments.n;
	if (options->help || options->version) return diag_errors(diag) == errors;
	if (!r.command->bit) diag_usage(diag, "the command %s is not available in this version", r.command->name);
	place_out(&r);
	if ((options->depend_file || options->depend_phony) && !options->depend) {
		diag_usage(diag, "%s needs -MD", options->depend_file ? "-MF" : "-MP");
	}
	if (options->steps && options->max_steps)
		diag_usage(diag, "--steps fixes what --max-steps keeps variable; give one of them");
	if (r.command->bit == TABLES && r.arguments.n)
		diag_usage(diag, "the command %s takes no file", r.command->name);
	if (r.command->bit & READS && !r.arguments.n && diag_errors(diag) == errors) {
		diag_usage(diag, "no MODEL is given: conv1dc %s", r.command->usage);
	}
	if (r.command->bit == QUANTIZE && r.arguments.n && !options->n_calibrate)
		diag_usage(diag, "samples of the model's inputs are needed: --calibrate X.npy, once per input");
	if (r.command->bit == WEIGHTS && !r.out.n) diag_usage(diag, "the weights need a file: -o W.npz");
	if (r.command->bit == CONFIG && r.arguments.n > 1)
		diag_usage(diag, "'%s' is one file too many: config takes MODEL alone", r.arguments.at[1]);
	options->open_shapes = !options->init && (r.command->bit & (CONFIG | WEIGHTS)) != 0; /* --init needs sizes */
	options->no_weights = r.command->bit == CONFIG;
	return diag_errors(diag) == errors;
}

bool options_model(struct options *options, struct diag *diag)
{
	if (options->n_arguments > 2) {
		diag_usage(diag, "'%s' is one file too many: MODEL is '%s', WEIGHTS is '%s'", options->arguments[2],
			   options->arguments[0], options->arguments[1]);
		return false;
	}
	options->model = options->arguments[0];
	options->weights = options->n_arguments == 2 ? options->arguments[1] : NULL;
	return true;
}

/* ---- --help --------------------------------------------------------------------------------------------------- */

void options_help(struct text *out)
{
	char name[64];
	int i;

	text_add(out, "conv1dc: Keras 1-D convolutional networks become standalone C\n\n");
	for (i = 0; i < COMMAND_COUNT; i++) {
		if (commands[i].usage) text_printf(out, "  conv1dc %-41s %s\n", commands[i].usage, commands[i].doc);
	}
	text_add(out, "\n");
	for (i = 0; i < ROW_COUNT; i++) {
		if (!rows[i].doc) continue;
		snprintf(name, sizeof name, "%s%s%s", rows[i].name,
			 !strcmp(rows[i].name, "-W") || !rows[i].value ? "" : " ", rows[i].value ? rows[i].value : "");
		text_printf(out, "  %-20s %s\n", name, rows[i].doc);
	}
	text_add(out, "\nwarnings:");
	for (i = 0; i < WARNING_COUNT; i++)
		text_printf(out, "%s%s", i == 5 ? "\n  " : " ", warning_name((enum warning)i));
	text_add(out, "\nstatus: 0 done, 1 model, 2 usage, 3 file or tool, 4 difference, 70 our fault\n");
}
