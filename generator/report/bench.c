/* bench.c: what `conv1dc bench` measured, for people. */
#include "report/parts.h"

/* Two operations a multiply-add; ns 0: not measured. */
static const char *rate_text(struct arena *arena, int64_t macs, double ns)
{
	return macs > 0 && ns > 0 ? arena_printf(arena, "%.1f", 2 * (double)macs / ns) : "";
}

static void add_row(struct grid *grid, const struct tuned *tuned, double all_ns)
{
	struct arena *arena = grid->arena;
	const int64_t macs = layer_macs(tuned->node);
	const char **row = grid_row(grid);

	row[0] = visible_name(arena, arena_printf(arena, "%s (%s)", tuned->node->name, tuned->node->layer->name));
	row[1] = choice_text(arena, &tuned->own);
	row[2] = count_text(arena, macs);
	row[3] = tuned->tried < 1 ? "not measured" : time_text(arena, tuned->own_ns);
	row[4] = rate_text(arena, macs, tuned->own_ns);
	row[5] = all_ns > 0 ? arena_printf(arena, "%.0f %%", 100 * tuned->own_ns / all_ns) : "";
}

void bench_print(const struct program *program, const struct tuning *tuning, struct text *out)
{
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);
	const int64_t macs = program->plan->macs;
	double all = 0;

	grid_column(grid, "Layer (type)", false);
	grid_column(grid, "Kernel", false);
	grid_column(grid, "MACs", true);
	grid_column(grid, "Time", true);
	grid_column(grid, "GFLOP/s", true);
	grid_column(grid, "Share", true);
	for (int i = 0; i < tuning->n; i++) all += tuning->at[i].own_ns;
	for (int i = 0; i < tuning->n; i++) add_row(grid, &tuning->at[i], all);
	text_printf(out, "Target %s, fp %s\n", program->target->name, fp_name(program->fp));
	grid_print(grid, out);
	text_printf(out, " The whole model: %s a run, %s multiply-adds", time_text(arena, tuning->before_ns),
		    count_text(arena, macs));
	if (macs > 0) text_printf(out, ", %s GFLOP/s", rate_text(arena, macs, tuning->before_ns));
	text_printf(out, "; flash %s bytes of constants, RAM %s bytes of context\n",
		    count_text(arena, program->plan->flash_bytes), count_text(arena, program->plan->context_bytes));
	text_add(out, " Each layer is measured alone, its arrays in the cache; the share is of their sum.\n");
	arena_free(arena);
}
