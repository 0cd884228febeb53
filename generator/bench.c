/* bench.c: conv1dc bench: how long each layer, and the whole model, takes on this machine. */
#include "main.h"

#include <stdio.h>

enum status bench_command(struct session *s)
{
	struct program program;
	struct tuning tuning;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_PLAN)) return STATUS_MODEL;
	if (!can_measure(program.target, "bench", s->diag)) return STATUS_USAGE;
	if (!bench(&program, &s->options, &tuning, s->arena, s->diag)) return STATUS_FILE;
	if (tuning.faults) return STATUS_DIFFERENT;
	bench_print(&program, &tuning, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}
