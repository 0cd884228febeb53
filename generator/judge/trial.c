/* trial.c: verify: what all checks of one program share. */
#include "judge/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* "ecg: what was checked: ok" */
static void verdict_line(const struct trial *trial, const char *format, va_list arguments, const char *result)
{
	printf("%s%s%s: ", trial->program->prefix, trial->label ? ", " : "", trial->label ? trial->label : "");
	vprintf(format, arguments);
	printf(": %s\n", result);
	fflush(stdout);
}

void trial_passed(struct trial *trial, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	verdict_line(trial, format, arguments, "ok");
	va_end(arguments);
	trial->verdict->passed++;
}

void trial_failed(struct trial *trial, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	verdict_line(trial, format, arguments, "FAILED");
	va_end(arguments);
	trial->verdict->failed++;
}

void trial_says(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("    ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
	fflush(stdout);
}

enum number trial_number(const struct trial *trial)
{
	return number_of(trial->program->fp, trial->program->flush);
}

int64_t trial_budget(const struct trial *trial, int64_t budget)
{
	return trial->share > 1 ? budget / trial->share : budget;
}

const char *trial_emit(struct trial *trial, const struct program *program, const char *name)
{
	const char *folder = path_join(trial->arena, trial->scratch, name);
	struct outputs outputs = { 0 };
	struct options options = *trial->options;
	options.harness = false;
	if (mkdir(folder, 0700) != 0) {
		diag_file_error(trial->diag, folder, "cannot be made: %s", strerror(errno));
		return NULL;
	}
	const bool written = emit(program, &options, &outputs, trial->arena, trial->diag) &&
			     write_outputs(folder, &outputs, NULL, 0, trial->diag);
	outputs_free(&outputs);
	return written ? folder : NULL;
}

/* The trial of these steps, with a program of its own in arena; false: they do not fit. */
static bool at_steps(const struct trial *trial, const int64_t *steps, struct arena *arena, struct trial *at)
{
	*at = *trial;
	at->program = program_at(trial->whole, steps, arena);
	if (!at->program) return false;
	at->arena = arena;
	at->label = steps_shown(trial->whole->meaning, steps, arena);
	at->build.sizes = driver_sizes(trial->whole, at->program, steps, arena);
	return true;
}

/* Check 1 of all these steps; check 2 of the first, which are the most, and of the last two. */
static bool check_all_steps(struct trial *trial)
{
	const struct step_list tried = steps_to_try(trial->whole, trial->arena);
	bool judged = true;
	trial->share = tried.list.n;
	for (int i = 0; judged && i < tried.list.n; i++) {
		struct arena *arena = arena_new();
		struct trial at;
		CHECK(at_steps(trial, tried.list.at[i], arena, &at));
		if (trial->built) judged = check_emitted(&at);
		if (i == 0 || i >= tried.list.n - 2) judged = judged && check_meaning(&at);
		arena_free(arena);
	}
	return judged;
}

static bool check_refusals(struct trial *trial)
{
	const struct step_list refused = steps_to_refuse(trial->whole, trial->arena);
	bool judged = true;
	for (int i = 0; judged && trial->built && i < refused.list.n; i++) {
		struct trial at = *trial;
		at.label = steps_shown(trial->whole->meaning, refused.list.at[i], trial->arena);
		at.build.sizes = driver_sizes(trial->whole, NULL, refused.list.at[i], trial->arena);
		judged = check_refused(&at);
	}
	return judged;
}

static bool check_open(struct trial *trial, const struct golden *golden, const int64_t *golden_steps)
{
	struct trial at;
	if (!build_emitted(trial) || !check_all_steps(trial) || !check_refusals(trial)) return false;
	return !golden || !at_steps(trial, golden_steps, trial->arena, &at) || check_golden(&at, golden);
}

static bool check_known(struct trial *trial, const struct golden *golden)
{
	if (!build_emitted(trial) || (trial->built && !check_emitted(trial)) || !check_meaning(trial)) return false;
	return !golden || check_golden(trial, golden);
}

bool verify(const struct program *program, const struct options *options, struct verdict *verdict, struct arena *arena,
	    struct diag *diag)
{
	struct trial trial = { .program = program,
			       .whole = program,
			       .options = options,
			       .verdict = verdict,
			       .arena = arena,
			       .diag = diag };
	const bool open = graph_open_inputs(program->meaning) > 0;
	const struct program *of_golden = program;
	struct golden *golden = NULL;
	int64_t *steps = NULL;
	if (options->n_inputs || options->n_outputs) {
		if (open)
			of_golden = program_of_arrays(program, options->inputs, options->n_inputs, "--input", &steps,
						      arena, diag);
		golden = of_golden ? golden_read(of_golden->graph, options, arena, diag) : NULL;
		if (!golden) return false;
	}
	trial.scratch = scratch_open(arena, diag);
	if (!trial.scratch) return false;
	const bool judged = open ? check_open(&trial, golden, steps) : check_known(&trial, golden);
	scratch_close();
	return judged;
}
