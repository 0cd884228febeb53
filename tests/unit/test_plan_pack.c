/* Packing against an exhaustive search: placing intervals one by one at the lowest free offset, in every order, reaches the
 * optimum (take an optimal packing's order of offsets). */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { INTERVALS_MOST = 6, STEPS = 8, TRIALS = 400 };

static uint32_t state = 1;

static int draw(int n)
{
	state = state * 1664525u + 1013904223u;
	return (int)((state >> 8) % (uint32_t)n);
}

static bool meet(const struct interval *a, const struct interval *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static int64_t rounded(int64_t bytes)
{
	return (bytes + CONTEXT_ALIGN - 1) / CONTEXT_ALIGN * CONTEXT_ALIGN;
}

/* The lowest offset at which x overlaps none of the n before it. */
static int64_t lowest(const struct interval *x, const struct interval *placed, int n)
{
	int64_t at = 0;

	for (int again = 1; again;) {
		again = 0;
		for (int i = 0; i < n; i++) {
			const struct interval *p = &placed[i];

			if (!meet(x, p) || at >= p->offset + rounded(p->bytes) || p->offset >= at + rounded(x->bytes))
				continue;
			at = p->offset + rounded(p->bytes);
			again = 1;
		}
	}
	return at;
}

/* The least bytes over all orders of interval[k..n). */
static int64_t exhaustive(struct interval *interval, int k, int n, int64_t height)
{
	int64_t best = INT64_MAX;

	if (k == n) return height;
	for (int i = k; i < n; i++) {
		struct interval swap = interval[k];
		int64_t top, found;

		interval[k] = interval[i];
		interval[i] = swap;
		interval[k].offset = lowest(&interval[k], interval, k);
		top = interval[k].offset + rounded(interval[k].bytes);
		found = exhaustive(interval, k + 1, n, top > height ? top : height);
		if (found < best) best = found;
		swap = interval[k];
		interval[k] = interval[i];
		interval[i] = swap;
	}
	return best;
}

static void assert_sound(const struct interval *interval, int n, int64_t bytes)
{
	for (int i = 0; i < n; i++) {
		assert_true(interval[i].offset >= 0 && interval[i].offset % CONTEXT_ALIGN == 0);
		assert_true(interval[i].offset + interval[i].bytes <= bytes);
		for (int j = 0; j < i; j++) {
			if (!meet(&interval[i], &interval[j])) continue;
			assert_true(interval[i].offset + interval[i].bytes <= interval[j].offset ||
				    interval[j].offset + interval[j].bytes <= interval[i].offset);
		}
	}
}

static void packing_is_sound_and_nearly_best(void **unused)
{
	struct arena *arena = arena_new();
	int64_t total = 0, total_best = 0;
	int worse = 0;

	(void)unused;
	for (int trial = 0; trial < TRIALS; trial++) {
		struct interval interval[INTERVALS_MOST], copy[INTERVALS_MOST];
		int n = 1 + draw(INTERVALS_MOST);
		int64_t bytes, best;

		for (int i = 0; i < n; i++) {
			int first = draw(STEPS);

			interval[i] = (struct interval){ 1 + draw(100), -1, first, first + draw(STEPS - first) };
			copy[i] = interval[i];
		}
		bytes = memory_pack(interval, n, arena);
		best = exhaustive(copy, 0, n, 0);
		assert_sound(interval, n, bytes);
		assert_true(bytes >= best);
		worse += bytes > best;
		total += bytes;
		total_best += best;
	}
	assert_true(worse <= TRIALS / 50);
	assert_true(total <= total_best + total_best / 200);
	arena_free(arena);
}

static void a_chain_takes_its_two_largest_neighbours(void **unused)
{
	struct arena *arena = arena_new();
	struct interval chain[] = { { 400, 0, 0, 1 }, { 800, 0, 1, 2 }, { 400, 0, 2, 3 }, { 80, 0, 3, 4 } };

	(void)unused;
	assert_int_equal(memory_pack(chain, 4, arena), 1200);
	assert_int_equal(memory_pack(chain, 0, arena), 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_is_sound_and_nearly_best),
		cmocka_unit_test(a_chain_takes_its_two_largest_neighbours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
