/* sizes.c: conv1dc size: measured flash, RAM, stack and instructions, one row a target. */
#include "report/parts.h"

/* Only what runs on a board is counted. */
static const char *if_run(const struct size_row *row, int64_t n, struct arena *arena)
{
	return row->target->board ? count_text(arena, n) : "-";
}

static void add_row(struct grid *grid, const struct size_row *row, struct arena *arena)
{
	const struct measured *m = &row->measured;
	const char **cell = grid_row(grid);

	*cell++ = row->target->name;
	*cell++ = fp_name(row->fp);
	*cell++ = count_text(arena, m->code + m->constants);
	*cell++ = count_text(arena, m->code);
	*cell++ = count_text(arena, m->constants);
	*cell++ = count_text(arena, m->context);
	*cell++ = if_run(row, m->stack, arena);
	*cell = if_run(row, m->instructions[DATA_NOISE], arena);
}

static bool is_measured(const struct size_row *row)
{
	return !row->skipped && !row->failed;
}

void sizes_print(const struct size_rows *rows, const char *model, struct text *out)
{
	static const char *const titles[] = { "Flash", ".text", ".rodata", "RAM", "Stack", "Instructions" };
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);

	grid_column(grid, "Target", false);
	grid_column(grid, "fp", false);
	for (int i = 0; i < 6; i++) grid_column(grid, titles[i], true);
	for (int i = 0; i < rows->list.n; i++)
		if (is_measured(&rows->list.at[i])) add_row(grid, &rows->list.at[i], arena);
	text_printf(out, "Model: %s\n", visible_name(arena, path_base(model)));
	if (grid->rows.n > 0) {
		grid_print(grid, out);
		text_add(
		    out,
		    " Flash: .text and .rodata of the emitted C, compiled as verify does (-O2 or CFLAGS), without\n"
		    " the compiler's library; RAM: the context; stack: below the caller, as it was painted;\n"
		    " instructions: of a call, counted on the emulated board.\n");
	}
	for (int i = 0; i < rows->list.n; i++)
		if (rows->list.at[i].skipped)
			text_printf(out, " skipped: %s: %s\n", rows->list.at[i].target->name, rows->list.at[i].skipped);
	arena_free(arena);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static void set_known(struct value *map, const char *key, int64_t n, bool known, struct arena *arena)
{
	value_set(map, key, known ? value_int(arena, n) : NEW(arena, struct value));
}

static struct value *row_value(const struct size_row *row, struct arena *arena)
{
	const struct measured *m = &row->measured;
	const bool ran = row->target->board && !row->failed;
	struct value *map = value_map(arena);

	value_set_text(arena, map, "target", row->target->name);
	if (row->skipped) {
		value_set_text(arena, map, "skipped", row->skipped);
		return map;
	}
	value_set_text(arena, map, "fp", fp_name(row->fp));
	set_known(map, "text_bytes", m->code, !row->failed, arena);
	set_known(map, "rodata_bytes", m->constants, !row->failed, arena);
	set_known(map, "ram_bytes", row->estimated.ram, true, arena);
	set_known(map, "stack_bytes", m->stack, ran, arena);
	set_known(map, "instructions", m->instructions[DATA_NOISE], ran, arena);
	set_known(map, "flash_bytes_estimate", flash_of(&row->estimated), row->estimated.code >= 0, arena);
	set_known(map, "stack_bytes_estimate", row->estimated.stack, row->estimated.stack >= 0, arena);
	return map;
}

void sizes_json(const struct size_rows *rows, const char *model, struct text *out)
{
	struct arena *arena = arena_new();
	struct value *map = value_map(arena), *list = value_list(arena);

	for (int i = 0; i < rows->list.n; i++) value_push(list, row_value(&rows->list.at[i], arena));
	value_set_text(arena, map, "model", path_base(model));
	value_set(map, "targets", list);
	value_json(out, map);
	arena_free(arena);
}

/* ---- budgets ------------------------------------------------------------------------------------------------------- */

static void check_one(const struct size_row *row, const char *what, int64_t bytes, const char *option, int64_t most,
		      const struct options *options, struct arena *arena, struct diag *diag)
{
	const struct source source = { .name = options->model };
	const struct place place = { .source = &source };

	if (most > 0 && bytes > most)
		diag_error(diag, place, "target %s: %s takes %s bytes, %s more than %s %lld", row->target->name, what,
			   count_text(arena, bytes), count_text(arena, bytes - most), option, (long long)most);
}

enum status sizes_status(const struct size_rows *rows, const struct options *options, struct diag *diag)
{
	const struct budgets *most = &options->most;
	struct arena *arena = arena_new();
	int measured = 0, failed = 0;

	for (int i = 0; i < rows->list.n; i++) {
		const struct size_row *row = &rows->list.at[i];
		const struct measured *m = &row->measured;
		failed += row->failed;
		if (!is_measured(row)) continue;
		measured++;
		check_one(row, "the context", m->context, "--max-ram", most->ram, options, arena, diag);
		check_one(row, "flash", m->code + m->constants, "--max-flash", most->flash, options, arena, diag);
		check_one(row, "the stack", m->stack, "--max-stack", most->stack, options, arena, diag);
	}
	if (measured == 0 && failed == 0)
		diag_file_error(diag, "size", "the tools of none of these targets are here; nothing was measured");
	arena_free(arena);
	return failed > 0 ? STATUS_FILE : STATUS_DONE;
}
