/* remake.c: the command that makes the same files again. */
#include "plan/plan.h"

#include <string.h>

/* A word for a shell: quoted where it holds more than plain characters. */
static void add_word(struct text *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,=@%:";

	text_add(out, " ");
	if (*word && strspn(word, plain) == strlen(word)) {
		text_add(out, word);
		return;
	}
	text_add(out, "'");
	for (; *word; word++) {
		if (*word == '\'') {
			text_add(out, "'\\''");
		} else {
			text_add_n(out, word, 1);
		}
	}
	text_add(out, "'");
}

static void add_option(struct text *out, const char *name, const char *value)
{
	text_printf(out, " %s", name);
	add_word(out, value);
}

static void add_shape(struct text *out, const struct option_shape *shape)
{
	text_add(out, " --input-shape ");
	for (int i = 0; i < shape->rank; i++) text_printf(out, "%s%lld", i ? "x" : "", (long long)shape->at[i]);
}

static const char *ram_name(enum ram ram)
{
	return ram == RAM_LEAST ? "least" : ram == RAM_BALANCED ? "balanced" : "fastest";
}

static void add_quantising(struct text *out, const struct loaded *loaded, const struct options *options)
{
	static const char *const ios[] = { NULL, "float", "int8", "int16" };

	for (int i = 0; i < loaded->others.n; i++) add_option(out, "--calibrate", loaded->others.at[i].name);
	if (options->range == RANGE_MSE) text_add(out, " --range mse");
	if (options->range == RANGE_PERCENTILE) {
		text_add(out, " --range percentile=");
		text_add_f64(out, options->percentile);
	}
	if (options->wide) text_add(out, " --activations int16");
	if (ios[options->io]) add_option(out, "--io", ios[options->io]);
	if (options->single) text_add(out, " --rounding single");
	if (options->equalise) text_add(out, " --equalise");
}

const char *remake_command(const struct program *program, const struct options *options, struct arena *arena)
{
	const struct loaded *loaded = program->loaded;
	const bool quantises = options->command && !strcmp(options->command, "quantize");
	struct text out = { 0 };
	const char *command;

	text_add(&out, quantises ? "conv1dc quantize" : "conv1dc");
	add_word(&out, loaded->model.name);
	if (loaded->weights.path) add_word(&out, loaded->weights.name);
	if (quantises) add_quantising(&out, loaded, options);
	if (strcmp(program->prefix, file_identifier(arena, loaded->model.path)) != 0)
		add_option(&out, "--prefix", program->prefix);
	if (strcmp(program->target->name, "c99") != 0) add_option(&out, "--target", program->target->name);
	for (int i = 0; i < loaded->effects.input_shapes; i++) add_shape(&out, &options->input_shape[i]);
	if (loaded->effects.steps) text_printf(&out, " --steps %lld", (long long)options->steps);
	if (loaded->effects.max_steps) text_printf(&out, " --max-steps %lld", (long long)options->max_steps);
	if (loaded->effects.keras) text_printf(&out, " --keras %d", options->keras);
	if (loaded->effects.init) text_printf(&out, " --init %lld", (long long)options->init_seed);
	if (program->fp != program->target->fp)
		add_option(&out, "--fp", program->fp == FP_FUSED ? "fused" : "separate");
	if (loaded->effects.rounding && !quantises)
		add_option(&out, "--rounding", options->single ? "single" : "double");
	if (options->wide_weights) add_option(&out, "--weight-bits", "16");
	if (options->ram != RAM_DEFAULT) add_option(&out, "--ram", ram_name(options->ram));
	if (options->block) text_printf(&out, " --block %lld", (long long)options->block);
	if (program->file) add_option(&out, "--plan", plan_file_input(program->file)->name);
	if (options->tables != TABLES_TEXT) add_option(&out, "--weights", tables_name(options->tables));
	if (options->templates) add_option(&out, "--templates", path_base(options->templates));
	command = arena_string(arena, out.at);
	text_free(&out);
	return command;
}
