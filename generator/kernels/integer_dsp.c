/* integer_dsp.c: the constants that requantise an accumulator in three or four instructions of the DSP extension, and the proof
 * that they do, filter by filter. */
#include "kernels/integer_dsp.h"

#include <math.h>
#include <string.h>

/* low = -(2^(32 - e) + 1) is right for every h with these; see integer_dsp.h. */
enum { TWICE_LEAST = 2, TWICE_MOST = 12, LIFT_MOST = 24 };

bool target_has_dsp(const struct target *target)
{
	return strcmp(target->isa, "vfp") == 0;
}

static bool has_8_bits(enum type type)
{
	return type == TYPE_I8 || type == TYPE_U8;
}

static bool fits_int32(struct integer_range range)
{
	return range.least >= INT32_MIN && range.most <= INT32_MAX;
}

bool dsp_sum(const struct node *node, const struct target *target, struct integer_sum *s, struct arena *arena)
{
	if (!target_has_dsp(target) || !node_integer_sum(node, s, arena)) return false;
	if (!has_8_bits(s->in) || !has_8_bits(s->out) || s->sum.channels_first) return false;
	if (s->requantisation == REQUANTISE_WIDE) return false;
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (!fits_int32(folded_accumulator_range(s, f)) || !fits_int32(accumulator_range(s, f))) return false;
	return true;
}

/* ---- what the instructions do ------------------------------------------------------------------------------------ */

/* a + b * c / 2^32, to the nearest, ties up. */
static int64_t high_added(int64_t a, int64_t b, int64_t c)
{
	return a + ((b * c + ((int64_t)1 << 31)) >> 32);
}

static int64_t scaled(const struct integer_sum *s, enum dsp_form form, int64_t a, int64_t high, int64_t low)
{
	int64_t h = form == DSP_ONCE ? (a * high) >> 32 : high_added(a, a, high), y;

	if (form == DSP_AWAY && h < 0) h--;
	y = high_added(s->zero_out, h, -low);
	return y < s->range.least ? s->range.least : y > s->range.most ? s->range.most : y;
}

int64_t dsp_scaled(const struct integer_sum *s, const struct dsp_scaling *scaling, int64_t accumulator, int64_t f)
{
	return scaled(s, scaling->form, accumulator * ((int64_t)1 << scaling->lift), scaling->high[f], scaling->low[f]);
}

/* ---- the proof --------------------------------------------------------------------------------------------------- */

/* The least accumulator in (low, high] whose output is more than v; that of low is not, that of high is. */
static int64_t threshold(const struct integer_sum *s, int64_t f, int64_t v, int64_t low, int64_t high)
{
	enum { NEAR = 4 };
	const double guess = ceil(((double)(v - s->zero_out) + 0.5) / s->scale[f]);

	/* It is near the real one. */
	if (guess - NEAR > (double)low && integer_requantised(s, (int64_t)guess - NEAR, f) <= v)
		low = (int64_t)guess - NEAR;
	if (guess + NEAR < (double)high && guess + NEAR > (double)low &&
	    integer_requantised(s, (int64_t)guess + NEAR, f) > v)
		high = (int64_t)guess + NEAR;
	while (high - low > 1) {
		const int64_t middle = low + (high - low) / 2;

		if (integer_requantised(s, middle, f) > v)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static bool agrees_at(const struct integer_sum *s, const struct dsp_scaling *scaling, int64_t f, int64_t accumulator)
{
	return dsp_scaled(s, scaling, accumulator, f) == integer_requantised(s, accumulator, f);
}

/* Both the definition and the instructions are monotone step functions of the accumulator: they are one where they agree on
 * either side of each of the definition's steps, and at the ends. */
static bool agrees(const struct integer_sum *s, const struct dsp_scaling *scaling, int64_t f)
{
	const struct integer_range range = folded_accumulator_range(s, f);
	const int64_t last = integer_requantised(s, range.most, f);

	if (!agrees_at(s, scaling, f, range.least) || !agrees_at(s, scaling, f, range.most)) return false;
	for (int64_t v = integer_requantised(s, range.least, f); v < last; v++) {
		const int64_t at = threshold(s, f, v, range.least, range.most);

		if (!agrees_at(s, scaling, f, at - 1) || !agrees_at(s, scaling, f, at)) return false;
		v = integer_requantised(s, at, f) - 1;
	}
	return true;
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

/* The constants of a form for a factor; false: they are none of 32 bits. */
static bool constants(struct dsp_scaling *scaling, struct multiplier factor, int64_t f)
{
	const int e = -factor.shift + scaling->lift; /* factor * 2^-lift = mantissa / 2^31 / 2^e */
	const int exponent = scaling->form == DSP_ONCE ? 33 - e : 32 - e;

	if (factor.mantissa == 0) {
		scaling->high[f] = 0;
		scaling->low[f] = 0;
		return true;
	}
	if (exponent > 31 || exponent < 1 || (scaling->form == DSP_TWICE && exponent > 30)) return false;
	scaling->high[f] =
	    scaling->form == DSP_ONCE ? factor.mantissa : (int32_t)(2 * (int64_t)factor.mantissa - ((int64_t)1 << 32));
	scaling->low[f] = (int32_t)(-((int64_t)1 << exponent) - (scaling->form == DSP_TWICE ? 1 : 0));
	return true;
}

/* The proof in integer_dsp.h: for every accumulator. */
static bool is_proven(const struct integer_sum *s, const struct dsp_scaling *scaling, int64_t f)
{
	const int e = -s->factor[f].shift;

	return scaling->form == DSP_TWICE && scaling->lift == 0 && s->requantisation == REQUANTISE_MULTIPLIED &&
	       s->rounding == ROUNDING_DOUBLE && s->factor[f].mantissa > 0 && e >= TWICE_LEAST && e <= TWICE_MOST;
}

static bool can_be_lifted(const struct integer_sum *s, int64_t f, int lift)
{
	const struct integer_range range = folded_accumulator_range(s, f);

	return range.least >= INT32_MIN / ((int64_t)1 << lift) && range.most <= INT32_MAX / ((int64_t)1 << lift);
}

/* ONCE: where a mantissa of 31 bits is not near enough to a real scale, one next to it may be. */
static bool serves(const struct integer_sum *s, struct dsp_scaling *scaling, int64_t f)
{
	enum { TRIES = 8 };
	int32_t mantissa;

	if (scaling->lift > 0 && !can_be_lifted(s, f, scaling->lift)) return false;
	if (!constants(scaling, s->factor[f], f)) return false;
	if (is_proven(s, scaling, f) || agrees(s, scaling, f)) return true;
	mantissa = scaling->high[f];
	for (int i = 1; scaling->form == DSP_ONCE && i <= TRIES; i++) {
		const int64_t next = mantissa + (int64_t)(i % 2 == 0 ? i / 2 : -(i + 1) / 2);

		if (next > INT32_MAX) continue;
		scaling->high[f] = (int32_t)next;
		if (agrees(s, scaling, f)) return true;
	}
	return false;
}

static bool all_serve(const struct integer_sum *s, struct dsp_scaling *scaling, enum dsp_form form, int lift)
{
	scaling->form = form;
	scaling->lift = lift;
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (!serves(s, scaling, f)) return false;
	return true;
}

/* What has to be lifted for ONCE: the largest factor to below 1 / 4. */
static int lift_of(const struct integer_sum *s)
{
	int shift = -2;

	for (int64_t f = 0; f < s->sum.filters; f++)
		if (s->factor[f].mantissa > 0 && s->factor[f].shift > shift) shift = s->factor[f].shift;
	return shift + 2;
}

bool dsp_scaling_of(const struct integer_sum *s, struct dsp_scaling *scaling, struct arena *arena)
{
	const int lift = lift_of(s);

	scaling->high = NEW_ARRAY(arena, s->sum.filters, int32_t);
	scaling->low = NEW_ARRAY(arena, s->sum.filters, int32_t);
	return all_serve(s, scaling, DSP_TWICE, 0) || all_serve(s, scaling, DSP_ONCE, 0) ||
	       all_serve(s, scaling, DSP_AWAY, 0) ||
	       (lift > 0 && lift <= LIFT_MOST && all_serve(s, scaling, DSP_ONCE, lift));
}

/* ---- the view ----------------------------------------------------------------------------------------------------- */

void view_dsp_scaling(struct arena *arena, struct value *map, const struct integer_sum *s,
		      const struct dsp_scaling *scaling)
{
	static const char *const forms[] = { [DSP_TWICE] = "twice", [DSP_AWAY] = "away", [DSP_ONCE] = "once" };

	value_set_text(arena, map, "form", forms[scaling->form]);
	value_set_int(arena, map, "lift", scaling->lift);
	value_set_int(arena, map, "zero_in", s->zero_in);
	value_set_int(arena, map, "zero_out", s->zero_out);
	value_set_int(arena, map, "least", s->range.least);
	value_set_int(arena, map, "most", s->range.most);
	value_set_bool(arena, map, "least_is_type", s->range.least == type_least(s->out));
	value_set_bool(arena, map, "most_is_type", s->range.most == type_most(s->out));
	value_set_bool(arena, map, "x_signed", s->in == TYPE_I8);
	value_set_bool(arena, map, "y_signed", s->out == TYPE_I8);
}
