/* bench.c: conv1dc bench: how long each layer, and the whole model, takes on this machine, or how many instructions on an
 * emulated one. */
#include "main.h"

#include <stdio.h>

static enum status bench_firmware(struct session *s, const struct program *program)
{
	struct measured measured;
	struct text out = { 0 };

	if (!measure_firmware(program, &s->options, MEASURE_LAYERS | MEASURE_DATA, &measured, s->arena, s->diag))
		return STATUS_FILE;
	(s->options.json ? measured_json : measured_print)(program, &measured, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}

enum status bench_command(struct session *s)
{
	struct program program;
	struct tuning tuning;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_PLAN)) return STATUS_MODEL;
	if (target_board(program.target)) return bench_firmware(s, &program);
	if (s->options.json) {
		diag_usage(s->diag, "bench: --json is for targets of microcontrollers");
		return STATUS_USAGE;
	}
	if (!can_measure(program.target, "bench", s->diag)) return STATUS_USAGE;
	if (!bench(&program, &s->options, &tuning, s->arena, s->diag)) return STATUS_FILE;
	if (tuning.faults) return STATUS_DIFFERENT;
	bench_print(&program, &tuning, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}
