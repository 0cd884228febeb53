/* diff.c: how two texts differ, line by line, as `diff -u` shows it. */
#include "emit/emit.h"

#include <string.h>

enum { CONTEXT = 3, LINES_MOST = 120, LINE_MOST = 160, TABLE_MOST = 4000000 };

struct line {
	const char *at;
	size_t n;
};
struct lines {
	struct line *at;
	int n;
};

/* One line of the script: '-' of the old text, '+' of the new, ' ' of both. */
struct edit {
	char sign;
	int before, after;
};

struct diff {
	struct arena *arena;
	struct lines before, after;
	LIST(struct edit) edits;
};

static struct lines lines_of(struct arena *arena, const char *at, size_t n)
{
	const char *end = at + n, *next;
	LIST(struct line) list = { 0 };

	for (; at < end; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct line line = { at, (size_t)((newline ? newline : end) - at) };

		next = newline ? newline + 1 : end;
		list_push(arena, &list, line);
	}
	return (struct lines){ list.at, list.n };
}

static bool equal(const struct diff *diff, int i, int j)
{
	const struct line *a = &diff->before.at[i], *b = &diff->after.at[j];

	return a->n == b->n && memcmp(a->at, b->at, a->n) == 0;
}

static void add(struct diff *diff, char sign, int before, int after)
{
	struct edit edit = { sign, before, after };

	list_push(diff->arena, &diff->edits, edit);
}

/* The script for lines [i, n) and [j, m): by the longest common subsequence, or all out and all in where that is too large. */
static void script(struct diff *diff, int i, int n, int j, int m)
{
	int rows = n - i, columns = m - j, width = columns + 1;
	bool small = (int64_t)(rows + 1) * width <= TABLE_MOST;
	int *common = NEW_ARRAY(diff->arena, small ? (int64_t)(rows + 1) * width : 1, int);

	for (int a = rows; small && a-- > 0;)
		for (int b = columns; b-- > 0;) {
			int down = common[(a + 1) * width + b], right = common[a * width + b + 1];

			common[a * width + b] = equal(diff, i + a, j + b) ? common[(a + 1) * width + b + 1] + 1
						: down > right            ? down
									  : right;
		}
	for (int a = 0, b = 0; a < rows || b < columns;) {
		if (small && a < rows && b < columns && equal(diff, i + a, j + b)) {
			add(diff, ' ', i + a++, j + b++);
		} else if (a < rows &&
			   (!small || b == columns || common[(a + 1) * width + b] >= common[a * width + b + 1])) {
			add(diff, '-', i + a++, j + b);
		} else {
			add(diff, '+', i + a, j + b++);
		}
	}
}

static void print_edit(const struct diff *diff, const struct edit *edit, struct text *out)
{
	const struct line *line = edit->sign == '+' ? &diff->after.at[edit->after] : &diff->before.at[edit->before];

	text_add_n(out, &edit->sign, 1);
	text_add_visible(out, line->at, line->n < LINE_MOST ? line->n : LINE_MOST);
	text_add(out, line->n < LINE_MOST ? "\n" : "...\n");
}

/* The end of the hunk that begins at edit 'from': changes with at most 2 * CONTEXT equal lines between them. */
static int hunk_end(const struct diff *diff, int from)
{
	int last = from;

	for (int k = from; k < diff->edits.n && k - last <= 2 * CONTEXT; k++)
		if (diff->edits.at[k].sign != ' ') last = k;
	return last + 1 + CONTEXT < diff->edits.n ? last + 1 + CONTEXT : diff->edits.n;
}

static void print_hunk(const struct diff *diff, int from, int to, struct text *out)
{
	const struct edit *first = &diff->edits.at[from];
	int before = 0, after = 0, most = to - from < LINES_MOST ? to : from + LINES_MOST;

	for (int k = from; k < to; k++) {
		before += diff->edits.at[k].sign != '+';
		after += diff->edits.at[k].sign != '-';
	}
	text_printf(out, "@@ -%d,%d +%d,%d @@\n", first->before + 1, before, first->after + 1, after);
	for (int k = from; k < most; k++) print_edit(diff, &diff->edits.at[k], out);
	if (most < to) text_printf(out, "... and %d lines more\n", to - most);
}

void diff_text(struct text *out, const char *before, size_t before_n, const char *after, size_t after_n)
{
	struct diff diff = { .arena = arena_new() };
	int start = 0, n, m, end;

	diff.before = lines_of(diff.arena, before, before_n);
	diff.after = lines_of(diff.arena, after, after_n);
	n = diff.before.n;
	m = diff.after.n;
	while (start < n && start < m && equal(&diff, start, start)) start++;
	while (n > start && m > start && equal(&diff, n - 1, m - 1)) n--, m--;
	for (int i = start > CONTEXT ? start - CONTEXT : 0; i < start; i++) add(&diff, ' ', i, i);
	script(&diff, start, n, start, m);
	for (int i = 0; i < CONTEXT && n + i < diff.before.n; i++) add(&diff, ' ', n + i, m + i);
	if (n == start && m == start) text_add(out, "(the line ends differ)\n");
	for (int k = 0; k < diff.edits.n; k++) {
		if (diff.edits.at[k].sign == ' ') continue;
		end = hunk_end(&diff, k);
		print_hunk(&diff, k > CONTEXT ? k - CONTEXT : 0, end, out);
		k = end - 1;
	}
	arena_free(diff.arena);
}
