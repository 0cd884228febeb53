/* trial.c: verify: what all checks of one program share. */
#include "judge/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* "ecg: what was checked: ok" */
static void verdict_line(const struct trial *trial, const char *format, va_list arguments, const char *result)
{
	printf("%s: ", trial->program->prefix);
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
	return trial->program->fp == FP_FUSED ? NUMBER_FUSED : NUMBER_SEPARATE;
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

bool verify(const struct program *program, const struct options *options, struct verdict *verdict, struct arena *arena,
	    struct diag *diag)
{
	struct trial trial = {
		.program = program, .options = options, .verdict = verdict, .arena = arena, .diag = diag
	};
	struct golden *golden = NULL;
	if (options->n_inputs || options->n_outputs) {
		golden = golden_read(program->graph, options, arena, diag);
		if (!golden) return false;
	}
	trial.scratch = scratch_open(arena, diag);
	if (!trial.scratch) return false;
	const bool judged = check_emitted(&trial) && check_meaning(&trial) && (!golden || check_golden(&trial, golden));
	scratch_close();
	return judged;
}
