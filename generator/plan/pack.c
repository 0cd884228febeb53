/* pack.c: intervals of bytes and time into as few bytes as possible: best fit in several orders, the best result wins. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

static int64_t aligned(int64_t bytes)
{
	return (bytes + CONTEXT_ALIGN - 1) / CONTEXT_ALIGN * CONTEXT_ALIGN;
}

static bool together(const struct interval *a, const struct interval *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* An order to place intervals in: negative where a comes first; equal ones stay in their own order. */
typedef int64_t precedence(const struct interval *a, const struct interval *b);

static int64_t larger(const struct interval *a, const struct interval *b)
{
	return b->bytes - a->bytes;
}

static int64_t longer(const struct interval *a, const struct interval *b)
{
	return (int64_t)(b->last - b->first) - (a->last - a->first);
}

static int64_t earlier(const struct interval *a, const struct interval *b)
{
	return a->first != b->first ? a->first - b->first : larger(a, b);
}

static int64_t later(const struct interval *a, const struct interval *b)
{
	return a->last != b->last ? b->last - a->last : larger(a, b);
}

static void sort(int *order, const struct interval *interval, int n, precedence *before)
{
	for (int i = 0; i < n; i++) {
		int j = i;

		for (; j > 0 && before(&interval[order[j - 1]], &interval[i]) > 0; j--) order[j] = order[j - 1];
		order[j] = i;
	}
}

/* Where 'bytes' fit best between the taken ranges, which are sorted by offset: the smallest gap that holds them. */
static int64_t best_gap(const struct interval *const *taken, int n, int64_t bytes)
{
	int64_t end = 0, best = -1, best_gap_bytes = 0;

	for (int i = 0; i < n; i++) {
		int64_t gap = taken[i]->offset - end;

		if (gap >= bytes && (best < 0 || gap < best_gap_bytes)) {
			best = end;
			best_gap_bytes = gap;
		}
		if (taken[i]->offset + aligned(taken[i]->bytes) > end)
			end = taken[i]->offset + aligned(taken[i]->bytes);
	}
	return best >= 0 ? best : end;
}

/* Places all in the given order; the bytes taken. */
static int64_t place(struct interval *interval, const int *order, int n, const struct interval **taken)
{
	int64_t total = 0, end;

	for (int i = 0; i < n; i++) {
		struct interval *now = &interval[order[i]];
		int others = 0;

		for (int j = 0; j < i; j++) {
			const struct interval *other = &interval[order[j]];
			int at = others;

			if (!together(now, other)) continue;
			for (; at > 0 && taken[at - 1]->offset > other->offset; at--) taken[at] = taken[at - 1];
			taken[at] = other;
			others++;
		}
		now->offset = best_gap(taken, others, aligned(now->bytes));
		if (!size_add(now->offset, aligned(now->bytes), &end)) die("context of more than 2^63 bytes");
		if (end > total) total = end;
	}
	return total;
}

/* No placement needs less: the bytes that live at one step. */
static int64_t least_bytes(const struct interval *interval, int n)
{
	int64_t least = 0;

	for (int i = 0; i < n; i++) {
		int64_t live = 0;

		for (int j = 0; j < n; j++)
			if (interval[j].first <= interval[i].first && interval[i].first <= interval[j].last)
				live += aligned(interval[j].bytes);
		if (live > least) least = live;
	}
	return least;
}

int64_t memory_pack(struct interval *interval, int n, struct arena *arena)
{
	static precedence *const precedences[] = { larger, earlier, longer, later };
	int64_t least = least_bytes(interval, n), best = -1;
	struct interval *trial = NEW_ARRAY(arena, n, struct interval);
	const struct interval **taken = NEW_ARRAY(arena, n, const struct interval *);
	int *order = NEW_ARRAY(arena, n, int);

	for (size_t i = 0; i < sizeof precedences / sizeof precedences[0] && best != least; i++) {
		int64_t bytes;

		if (n > 0) memcpy(trial, interval, (size_t)n * sizeof *trial);
		sort(order, interval, n, precedences[i]);
		bytes = place(trial, order, n, taken);
		if (best >= 0 && bytes >= best) continue;
		best = bytes;
		for (int k = 0; k < n; k++) interval[k].offset = trial[k].offset;
	}
	return best;
}
