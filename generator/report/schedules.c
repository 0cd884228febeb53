/* schedules.c: which plan was chosen, and which were not: rows a tick, pace, context, operations. */
#include "report/parts.h"

#include <string.h>

bool trial_is_chosen(const struct plan *plan, int index)
{
	return plan->trials.at[index].block == (plan->schedule ? plan->schedule->block : 0);
}

int64_t trial_ram(const struct plan *plan, int index)
{
	return trial_is_chosen(plan, index) ? plan->context_bytes : plan->trials.at[index].context_bytes;
}

const char *trial_text(const struct plan_trial *trial, struct arena *arena)
{
	if (trial->block == 0) return "layer by layer";
	return arena_printf(arena, "%s row%s a tick", count_text(arena, trial->block), trial->block == 1 ? "" : "s");
}

const char *trial_how(const struct plan_trial *trial, struct arena *arena)
{
	if (trial->block == 0) return "-";
	return arena_printf(arena, "%s; %d linear, %d split", trial->late ? "late" : "even", trial->linear,
			    trial->split);
}

const char *schedule_text(const struct plan *plan, struct arena *arena)
{
	const struct schedule *schedule = plan->schedule;
	const char *text;

	if (!schedule) return "layer by layer: every tensor is whole";
	text = arena_printf(arena, "depth-first, %s row%s of the fastest tensor a tick",
			    count_text(arena, schedule->block), schedule->block == 1 ? "" : "s");
	for (int i = 0; i < schedule->stages.n; i++) {
		const struct stage *stage = &schedule->stages.at[i];
		const char *first = plan->steps.at[stage->first].node->name;
		const char *last = plan->steps.at[stage->end - 1].node->name;
		if (strcmp(first, last) == 0)
			text = arena_printf(arena, "%s; '%s'", text, first);
		else
			text = arena_printf(arena, "%s; '%s' to '%s'", text, first, last);
		if (stage->ticks > 1)
			text = arena_printf(arena, "%s in %s ticks", text, count_text(arena, stage->ticks));
	}
	return text;
}

void schedule_print(const struct plan *plan, struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "RAM", "Operations" };
	struct grid *grid = grid_new(arena);

	text_printf(out, " Schedule: %s\n", visible_name(arena, schedule_text(plan, arena)));
	if (plan->trials.n == 0) return;
	grid_column(grid, "Plan", false);
	grid_column(grid, "Pace, kept rows", false);
	for (int i = 0; i < 2; i++) grid_column(grid, titles[i], true);
	grid_column(grid, "", false);
	for (int i = 0; i < plan->trials.n; i++) {
		const struct plan_trial *trial = &plan->trials.at[i];
		const char **cell = grid_row(grid);
		*cell++ = trial_text(trial, arena);
		*cell++ = trial_how(trial, arena);
		*cell++ = count_text(arena, trial_ram(plan, i));
		*cell++ = count_text(arena, trial->operations);
		*cell = trial_is_chosen(plan, i) ? "chosen" : "rejected";
	}
	grid_print(grid, out);
}

static struct value *trial_value(const struct plan *plan, int index, struct arena *arena)
{
	const struct plan_trial *trial = &plan->trials.at[index];
	struct value *map = value_map(arena);

	value_set_int(arena, map, "block", trial->block);
	value_set_text(arena, map, "pace", trial->late ? "late" : "even");
	value_set_int(arena, map, "linear", trial->linear);
	value_set_int(arena, map, "split", trial->split);
	value_set_int(arena, map, "ram_bytes", trial_ram(plan, index));
	value_set_int(arena, map, "operations", trial->operations);
	value_set_bool(arena, map, "chosen", trial_is_chosen(plan, index));
	return map;
}

struct value *schedule_value(const struct plan *plan, struct arena *arena)
{
	struct value *map = value_map(arena), *stages = value_list(arena), *trials = value_list(arena);
	const struct schedule *schedule = plan->schedule;

	for (int i = 0; schedule && i < schedule->stages.n; i++) {
		const struct stage *stage = &schedule->stages.at[i];
		struct value *item = value_map(arena);
		value_set_int(arena, item, "first_step", stage->first);
		value_set_int(arena, item, "last_step", stage->end - 1);
		value_set_int(arena, item, "ticks", stage->ticks);
		value_push(stages, item);
	}
	for (int i = 0; i < plan->trials.n; i++) value_push(trials, trial_value(plan, i, arena));
	value_set_int(arena, map, "block", schedule ? schedule->block : 0);
	value_set(map, "stages", stages);
	value_set(map, "trials", trials);
	return map;
}
