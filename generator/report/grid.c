/* grid.c: a table in box characters, as Keras 3 prints model.summary(). */
#include "report/parts.h"

#include <string.h>

/* Left end, line, crossing, right end; top, below the header, between rows, bottom. */
struct rule {
	const char *left, *line, *crossing, *right;
};
static const struct rule top = { "┏", "━", "┳", "┓" }, below_header = { "┡", "━", "╇", "┩" };
static const struct rule between = { "├", "─", "┼", "┤" }, bottom = { "└", "─", "┴", "┘" };

struct grid *grid_new(struct arena *arena)
{
	struct grid *grid = NEW(arena, struct grid);
	grid->arena = arena;
	return grid;
}

void grid_column(struct grid *grid, const char *header, bool right)
{
	CHECK(grid->columns < GRID_COLUMNS_MOST && grid->rows.n == 0);
	grid->header[grid->columns] = header;
	grid->right[grid->columns++] = right;
}

const char **grid_row(struct grid *grid)
{
	const char **row = NEW_ARRAY(grid->arena, grid->columns, const char *);
	for (int i = 0; i < grid->columns; i++) row[i] = "";
	list_push(grid->arena, &grid->rows, row);
	return row;
}

/* The cell's line of that number: its first byte and its length; behind the last, an empty one. */
static const char *cell_line(const char *cell, int number, size_t *n)
{
	for (; number > 0 && *cell; number--) {
		cell += strcspn(cell, "\n");
		cell += *cell == '\n';
	}
	*n = strcspn(cell, "\n");
	return cell;
}

static int cell_lines(const char *cell)
{
	int n = 1;
	for (; *cell; cell++) n += *cell == '\n';
	return n;
}

/* Characters, not bytes. */
static int width_of(const char *at, size_t n)
{
	int width = 0;
	for (size_t i = 0; i < n; i++) width += ((unsigned char)at[i] & 0xc0) != 0x80;
	return width;
}

static void widen(const char *cell, int *width)
{
	for (int line = 0; line < cell_lines(cell); line++) {
		size_t n;
		const char *at = cell_line(cell, line, &n);
		if (width_of(at, n) > *width) *width = width_of(at, n);
	}
}

static void repeat(struct text *out, const char *what, int times)
{
	for (int i = 0; i < times; i++) text_add(out, what);
}

static void print_rule(struct text *out, const struct grid *grid, const int *width, const struct rule *rule)
{
	for (int i = 0; i < grid->columns; i++) {
		text_add(out, i == 0 ? rule->left : rule->crossing);
		repeat(out, rule->line, width[i] + 2);
	}
	text_printf(out, "%s\n", rule->right);
}

static void print_row(struct text *out, const struct grid *grid, const int *width, const char *const *row,
		      const char *bar)
{
	int lines = 1;
	for (int i = 0; i < grid->columns; i++) {
		if (cell_lines(row[i]) > lines) lines = cell_lines(row[i]);
	}
	for (int line = 0; line < lines; line++) {
		for (int i = 0; i < grid->columns; i++) {
			size_t n;
			const char *at = cell_line(row[i], line, &n);
			const int blanks = width[i] - width_of(at, n);
			text_printf(out, "%s ", bar);
			if (grid->right[i]) repeat(out, " ", blanks);
			text_add_n(out, at, n);
			repeat(out, " ", (grid->right[i] ? 0 : blanks) + 1);
		}
		text_printf(out, "%s\n", bar);
	}
}

void grid_print(const struct grid *grid, struct text *out)
{
	int width[GRID_COLUMNS_MOST] = { 0 };
	for (int i = 0; i < grid->columns; i++) {
		widen(grid->header[i], &width[i]);
		for (int k = 0; k < grid->rows.n; k++) widen(grid->rows.at[k][i], &width[i]);
	}
	print_rule(out, grid, width, &top);
	print_row(out, grid, width, grid->header, "┃");
	print_rule(out, grid, width, &below_header);
	for (int k = 0; k < grid->rows.n; k++) {
		if (k > 0) print_rule(out, grid, width, &between);
		print_row(out, grid, width, grid->rows.at[k], "│");
	}
	print_rule(out, grid, width, &bottom);
}
