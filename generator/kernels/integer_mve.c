/* integer_mve.c: int8 in MVE's vectors: how 32-bit sums become int8.
 *
 * VQRDMULH rounds ties up, which is what SaturatingRoundingDoublingHighMul() does, whose mantissas are never negative.  What
 * follows is a division by 2^e whose ties go away from 0.  Three ways:
 *
 *   TWICE  VQRDMULH by 2^(31 - e) + 1: h / 2^e + h / 2^31, rounded.  h / 2^e + 1/2 is a multiple of 2^-e, so that less than
 *          2^-e beside it moves no number up to the next integer, and ties of negative h alone down from one: right for
 *          |h| < 2^(31 - e).  Others are as far from 0 as 2^(31 - 2e), or farther, either way: at the outputs' ends.
 *   AWAY   VRSHL, which rounds ties up, of a number that is 1 less where it is negative.
 *   ONCE   of sums that are rounded once: VQDMULH, which rounds down, then VRSHL, for which the fraction does not count. */
#include "kernels/integer_mve.h"

#include <math.h>
#include <string.h>

bool has_mve(const struct target *target)
{
	return strcmp(target->isa, "mve") == 0;
}

/* No sum leaves 32 bits, nor does it when the output's zero point is added to it. */
static bool fits(const struct integer_sum *s, int64_t filter)
{
	const struct integer_range range = folded_accumulator_range(s, filter);

	return range.least >= INT32_MIN + UINT8_MAX && range.most <= INT32_MAX - UINT8_MAX;
}

bool mve_requantises(struct integer_sum *s, struct arena *arena)
{
	if (s->requantisation == REQUANTISE_REAL) {
		s->factor = integer_sum_once(s, arena);
		s->rounding = ROUNDING_SINGLE;
	}
	if (s->requantisation == REQUANTISE_WIDE || !s->factor) return false;
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (s->factor[f].shift > (s->rounding == ROUNDING_SINGLE ? -1 : 0) || !fits(s, f)) return false;
	return true;
}

bool mve_sum(const struct node *node, const struct target *target, struct integer_sum *s, struct arena *arena)
{
	if (!has_mve(target) || !node_integer_sum(node, s, arena)) return false;
	if (s->in != TYPE_I8 || s->out != TYPE_I8 || !s->narrow || s->sum.channels_first) return false;
	return mve_requantises(s, arena);
}

/* The largest |h| that a filter's accumulators make. */
static int64_t largest_high(const struct integer_sum *s, int64_t filter)
{
	const struct integer_range range = folded_accumulator_range(s, filter);

	return (int64_t)ceil((double)(-range.least > range.most ? -range.least : range.most) *
			     (double)s->factor[filter].mantissa / 0x1p31);
}

enum mve_form mve_form_of(const struct integer_sum *s)
{
	const int64_t above = s->range.most - s->zero_out, below = s->zero_out - s->range.least;
	enum mve_form form = MVE_TWICE;

	if (s->rounding == ROUNDING_SINGLE) return MVE_ONCE;
	for (int64_t f = 0; f < s->sum.filters; f++) {
		const int e = -s->factor[f].shift;
		const double end = ldexp(1, 31 - 2 * e);
		if (e < 1) return MVE_AWAY;
		if ((double)largest_high(s, f) >= ldexp(1, 31 - e) && (end < (double)above || end < (double)below))
			form = MVE_AWAY;
	}
	return form;
}

static int32_t second_factor(const struct multiplier *factor, enum mve_form form)
{
	return form == MVE_TWICE ? (int32_t)(((int64_t)1 << (31 + factor->shift)) + 1) : factor->shift;
}

struct table mve_factors(const struct integer_sum *s, const int64_t *filter, int64_t vectors, struct arena *arena)
{
	const enum mve_form form = mve_form_of(s);
	const int64_t n = 3 * MVE_SUMS * vectors;
	int32_t *at = NEW_ARRAY(arena, n, int32_t);

	for (int64_t i = 0; i < MVE_SUMS * vectors; i++) {
		int32_t *row = at + 3 * MVE_SUMS * (i / MVE_SUMS) + i % MVE_SUMS;
		if (filter[i] < 0) continue;
		row[0] = (int32_t)integer_folded_bias(s, s->zero_in, filter[i]);
		row[MVE_SUMS] = s->factor[filter[i]].mantissa;
		row[2 * MVE_SUMS] = second_factor(&s->factor[filter[i]], form);
	}
	return (struct table){
		.name = "factors",
		.doc = form == MVE_TWICE
			   ? "For four sums: what they begin with (the input's zero point is counted in), "
			     "factors times 2^31, and those behind them."
			   : "For four sums: what they begin with (the input's zero point is counted in), "
			     "factors times 2^31, and shifts.",
		.type = TYPE_I32,
		.n = n,
		.columns = MVE_SUMS,
		.align = MVE_BYTES,
		.at = at,
	};
}

/* Ties count of outputs that are not at the least when they are below 0. */
static bool has_ties(const struct integer_sum *s)
{
	return mve_form_of(s) == MVE_AWAY && s->range.least < s->zero_out;
}

static bool has_unshifted(const struct integer_sum *s)
{
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (s->factor[f].shift == 0) return true;
	return false;
}

static const char *mve_form_name(enum mve_form form)
{
	static const char *const names[] = { [MVE_TWICE] = "twice", [MVE_AWAY] = "away", [MVE_ONCE] = "once" };

	return names[form];
}

void view_mve_output(struct arena *arena, struct value *map, const struct integer_sum *s)
{
	value_set_int(arena, map, "zero_in", s->zero_in);
	value_set_int(arena, map, "zero_out", s->zero_out);
	value_set_int(arena, map, "least", s->range.least);
	value_set_int(arena, map, "most", s->range.most);
	value_set_text(arena, map, "form", mve_form_name(mve_form_of(s)));
	value_set_bool(arena, map, "ties", has_ties(s));
	value_set_bool(arena, map, "unshifted", has_unshifted(s));
}

int64_t mve_output_operations(const struct integer_sum *s)
{
	return has_ties(s) ? 12 : 9;
}
