/* integer_once.c: Dense's product of doubles as a product of integers.
 *
 * Both are monotone in the accumulator, so they agree everywhere where they agree on both sides of each step of the
 * output, of which there are few. */
#include "layers/integer.h"

#include <math.h>

enum { TRIED = 12 }; /* mantissas on each side of the nearest */

/* The smallest accumulator whose product, rounded, is y or more. */
static int64_t first_of(double scale, int64_t y)
{
	int64_t acc = (int64_t)ceil(((double)y - 0.5) / scale);

	while (multiplied_real(acc, scale) >= y) acc--;
	while (multiplied_real(acc, scale) < y) acc++;
	return acc;
}

struct outputs_of {
	struct integer_range acc, y;
	double scale;
};

/* The first accumulators of all outputs but the least; y0 has that of the second. */
static int64_t *firsts(const struct outputs_of *o, int64_t *y0, int64_t *n, struct arena *arena)
{
	const int64_t low = multiplied_real(o->acc.least, o->scale), high = multiplied_real(o->acc.most, o->scale);
	const int64_t least = low > o->y.least ? low : o->y.least, most = high < o->y.most ? high : o->y.most;
	int64_t *first = NEW_ARRAY(arena, most > least ? most - least : 0, int64_t);

	*y0 = least + 1;
	*n = most > least ? most - least : 0;
	for (int64_t i = 0; i < *n; i++) first[i] = first_of(o->scale, *y0 + i);
	return first;
}

static bool agrees(struct multiplier factor, const int64_t *first, int64_t y0, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (multiplied(first[i], factor, ROUNDING_SINGLE) < y0 + i ||
		    multiplied(first[i] - 1, factor, ROUNDING_SINGLE) >= y0 + i)
			return false;
	return true;
}

static bool once_of(const struct outputs_of *o, struct multiplier nearest, struct multiplier *factor)
{
	struct arena *arena = arena_new();
	int64_t y0, n;
	const int64_t *first = firsts(o, &y0, &n, arena);
	bool found = false;

	for (int i = 0; i <= 2 * TRIED && !found; i++) {
		const int64_t mantissa = nearest.mantissa + (i % 2 ? (i + 1) / 2 : -i / 2);
		*factor = (struct multiplier){ (int32_t)mantissa, nearest.shift };
		found = mantissa <= INT32_MAX && agrees(*factor, first, y0, n);
	}
	arena_free(arena);
	return found;
}

const struct multiplier *integer_sum_once(const struct integer_sum *s, struct arena *arena)
{
	struct multiplier *factor = NEW_ARRAY(arena, s->sum.filters, struct multiplier);

	CHECK(s->requantisation == REQUANTISE_REAL);
	for (int64_t f = 0; f < s->sum.filters; f++) {
		const struct outputs_of o = { accumulator_range(s, f),
					      { s->range.least - s->zero_out, s->range.most - s->zero_out },
					      s->scale[f] };
		if (o.acc.least <= INT32_MIN || o.acc.most > INT32_MAX || s->factor[f].mantissa == 0) return NULL;
		if (!once_of(&o, s->factor[f], &factor[f])) return NULL;
	}
	return factor;
}
