/* tune.c: what `conv1dc tune` measured, for people. */
#include "report/parts.h"

#include <string.h>

const char *time_text(struct arena *arena, double ns)
{
	static const struct {
		double ns;
		const char *name;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" } };

	for (int i = 0; i < 3; i++)
		if (ns >= units[i].ns)
			return arena_printf(arena, "%.*f %s",
					    ns < 10 * units[i].ns    ? 2
					    : ns < 100 * units[i].ns ? 1
								     : 0,
					    ns / units[i].ns, units[i].name);
	return arena_printf(arena, "%.0f ns", ns);
}

static void add_row(struct grid *grid, const struct tuned *tuned)
{
	struct arena *arena = grid->arena;
	const char **row = grid_row(grid);

	row[0] = visible_name(arena, arena_printf(arena, "%s (%s)", tuned->node->name, tuned->node->layer->name));
	row[1] = choice_text(arena, &tuned->own);
	if (tuned->tried < 1) {
		row[5] = "not measured";
		return;
	}
	row[2] = time_text(arena, tuned->own_ns);
	row[5] = arena_printf(arena, tuned->tried < tuned->choices ? "%d of %d" : "%d", tuned->tried, tuned->choices);
	if (choices_equal(&tuned->own, &tuned->best)) return;
	row[3] = choice_text(arena, &tuned->best);
	row[4] = arena_printf(arena, "%s (%.2fx)", time_text(arena, tuned->best_ns), tuned->own_ns / tuned->best_ns);
}

/* All that was tried, in that order. */
static void print_attempts(const struct tuned *tuned, struct text *out, struct arena *arena)
{
	text_printf(out, "\n%s (%s):\n", visible_name(arena, tuned->node->name), tuned->node->layer->name);
	for (int i = 0; i < tuned->tried; i++) {
		const struct attempt *attempt = &tuned->attempt[i];
		const char *time = time_text(arena, attempt->ns);
		int width = strstr(time, "µ") ? 10 : 9; /* bytes */

		text_printf(out, "  %-30s %*s   the planner reckons with %s operations\n",
			    choice_text(arena, &attempt->choice), width, time, count_text(arena, attempt->operations));
	}
}

void tuning_print(const struct tuning *tuning, bool verbose, struct text *out)
{
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);

	grid_column(grid, "Layer (type)", false);
	grid_column(grid, "Planner's choice", false);
	grid_column(grid, "Time", true);
	grid_column(grid, "Better", false);
	grid_column(grid, "Time", true);
	grid_column(grid, "Tried", true);
	for (int i = 0; i < tuning->n; i++) add_row(grid, &tuning->at[i]);
	grid_print(grid, out);
	text_printf(out, "The whole model: %s by the planner's choices", time_text(arena, tuning->before_ns));
	if (tuning->changed)
		text_printf(out, ", %s by these (%.2fx)", time_text(arena, tuning->after_ns),
			    tuning->before_ns / tuning->after_ns);
	else
		text_add(out, "; none was found to be better");
	text_add(out, "\n");
	for (int i = 0; verbose && i < tuning->n; i++)
		if (tuning->at[i].tried > 0) print_attempts(&tuning->at[i], out, arena);
	arena_free(arena);
}
