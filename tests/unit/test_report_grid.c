/* The box table of summary. */
#include "judge_graphs.h"
#include "report/parts.h"

#include <string.h>

static void as_keras_prints_it(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);
	struct text out = { 0 };
	grid_column(grid, "Layer (type)", false);
	grid_column(grid, "Param #", true);
	const char **row = grid_row(grid);
	row[0] = "größe (Conv1D)";
	row[1] = "16";
	row = grid_row(grid);
	row[0] = "a,\nb";
	grid_print(grid, &out);
	assert_string_equal(out.at, "┏━━━━━━━━━━━━━━━━┳━━━━━━━━━┓\n"
				    "┃ Layer (type)   ┃ Param # ┃\n"
				    "┡━━━━━━━━━━━━━━━━╇━━━━━━━━━┩\n"
				    "│ größe (Conv1D) │      16 │\n"
				    "├────────────────┼─────────┤\n"
				    "│ a,             │         │\n"
				    "│ b              │         │\n"
				    "└────────────────┴─────────┘\n");
	text_free(&out);
	arena_free(arena);
}

static void a_table_without_rows(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);
	struct text out = { 0 };
	grid_column(grid, "x", false);
	grid_print(grid, &out);
	assert_string_equal(out.at, "┏━━━┓\n┃ x ┃\n┡━━━┩\n└───┘\n");
	text_free(&out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_keras_prints_it),
		cmocka_unit_test(a_table_without_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
