/* tune.c: conv1dc tune: measures what layers can be computed by on this machine, and writes a plan file. */
#include "main.h"

#include <stdio.h>
#include <string.h>

bool can_measure(const struct target *target, const char *command, struct diag *diag)
{
	const char *absent = target_feature_absent(target);

	if (!target_is_of_this_family(target))
		diag_usage(diag, "%s: the target %s cannot be measured here: this is no %s", command, target->name,
			   target->machine);
	else if (absent)
		diag_usage(diag, "%s: the target %s cannot be measured here: this processor has no %.*s", command,
			   target->name, (int)strcspn(absent, ","), absent);
	return !diag_failed(diag);
}

static void write_plan(struct session *s, const struct program *program, const struct tuning *tuning)
{
	struct plan_line *line = NEW_ARRAY(s->arena, tuning->n, struct plan_line);
	struct outputs outputs = { .n = 1 };

	for (int i = 0; i < tuning->n; i++) {
		const struct tuned *t = &tuning->at[i];
		line[i] = (struct plan_line){ t->node, t->best, t->own, t->best_ns, t->own_ns };
	}
	outputs.at[0].name = arena_printf(s->arena, "%s.plan", program->prefix);
	plan_file_write(&outputs.at[0].text, program, line, tuning->n, s->arena);
	write_outputs(s->options.out, &outputs, NULL, 0, s->diag);
	outputs_free(&outputs);
}

enum status tune_command(struct session *s)
{
	struct program program;
	struct tuning tuning;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_PLAN)) return STATUS_MODEL;
	if (!can_measure(program.target, "tune", s->diag)) return STATUS_USAGE;
	if (!tune(&program, &s->options, &tuning, s->arena, s->diag)) return STATUS_FILE;
	if (tuning.faults) return STATUS_DIFFERENT;
	tuning_print(&tuning, s->options.verbose, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	write_plan(s, &program, &tuning);
	return STATUS_DONE;
}
