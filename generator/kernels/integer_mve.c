/* integer_mve.c: int8 in MVE's vectors: how 32-bit sums become int8.
 *
 * VQRDMULH rounds ties up, which is what SaturatingRoundingDoublingHighMul() does, whose mantissas are never negative.
 * VRSHL rounds ties up, RoundingDivideByPOT() away from 0: 1 less where the number is negative makes one of the other. */
#include "kernels/integer_mve.h"

#include <string.h>

bool has_mve(const struct target *target)
{
	return strcmp(target->isa, "mve") == 0;
}

static int64_t first_sum(const struct integer_sum *s, int64_t filter)
{
	const int64_t terms = sum_terms(&s->sum);
	int64_t first = s->bias ? s->bias[filter] : 0;

	for (int64_t i = 0; i < terms; i++) first -= (int64_t)s->zero_in * s->weights[i * s->sum.filters + filter];
	return first;
}

/* No sum leaves 32 bits, nor does it when the output's zero point is added to it. */
static bool fits(const struct integer_sum *s, int64_t filter)
{
	const struct integer_range range = folded_accumulator_range(s, filter);

	return range.least >= INT32_MIN + UINT8_MAX && range.most <= INT32_MAX - UINT8_MAX;
}

bool mve_sum(const struct node *node, const struct target *target, struct integer_sum *s, struct arena *arena)
{
	if (!has_mve(target) || !node_integer_sum(node, s, arena)) return false;
	if (s->in != TYPE_I8 || s->out != TYPE_I8 || !s->narrow || s->sum.channels_first) return false;
	if (s->requantisation != REQUANTISE_MULTIPLIED || s->rounding != ROUNDING_DOUBLE) return false;
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (s->factor[f].shift > 0 || !fits(s, f)) return false;
	return true;
}

struct table mve_factors(const struct integer_sum *s, const int64_t *filter, int64_t vectors, struct arena *arena)
{
	const int64_t n = 3 * MVE_SUMS * vectors;
	int32_t *at = NEW_ARRAY(arena, n, int32_t);

	for (int64_t i = 0; i < MVE_SUMS * vectors; i++) {
		int32_t *row = at + 3 * MVE_SUMS * (i / MVE_SUMS) + i % MVE_SUMS;
		if (filter[i] < 0) continue;
		row[0] = (int32_t)first_sum(s, filter[i]);
		row[MVE_SUMS] = s->factor[filter[i]].mantissa;
		row[2 * MVE_SUMS] = s->factor[filter[i]].shift;
	}
	return (struct table){
		.name = "factors",
		.doc = "For four sums: what they begin with (the input's zero point is counted in), mantissas, shifts.",
		.type = TYPE_I32,
		.n = n,
		.columns = MVE_SUMS,
		.align = MVE_BYTES,
		.at = at,
	};
}

static bool has_ties(const struct integer_sum *s)
{
	return s->range.least < s->zero_out;
}

static bool has_unshifted(const struct integer_sum *s)
{
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (s->factor[f].shift == 0) return true;
	return false;
}

void view_mve_output(struct arena *arena, struct value *map, const struct integer_sum *s)
{
	value_set_int(arena, map, "zero_in", s->zero_in);
	value_set_int(arena, map, "zero_out", s->zero_out);
	value_set_int(arena, map, "least", s->range.least);
	value_set_int(arena, map, "most", s->range.most);
	value_set_bool(arena, map, "ties", has_ties(s));
	value_set_bool(arena, map, "unshifted", has_unshifted(s));
}

int64_t mve_output_operations(const struct integer_sum *s)
{
	return has_ties(s) ? 12 : 9;
}
