/* integer_lanes.c: see integer_lanes.h. */
#include "kernels/integer_lanes.h"

#include <math.h>
#include <string.h>

static const struct dot dots[] = {
#define DOT(target, x, w, least, group, halves, scale, lines) { target, x, w, least, group, halves, scale, lines },
#include "kernels/dots.def"
#undef DOT
};

/* Sums stay below this: twice one fits, and what rounding adds. */
#define SUM_MOST ((int64_t)1 << 30)
/* Shifts that are needed: a sum of 30 bits that is shifted by more gives 0, or nearly. */
enum { SHIFT_MOST = 24, TRIED_MANTISSAS = 8 };

static int64_t magnitude(int64_t x)
{
	return x < 0 ? -x : x;
}

static bool takes(const struct dot *dot, const struct integer_sum *s)
{
	const int64_t terms = sum_terms(&s->sum) * s->sum.filters;

	if (type_bytes(s->in) > type_bytes(dot->x)) return false;
	if (type_bytes(dot->w) == 1 && !s->narrow) return false;
	for (int64_t i = 0; i < terms; i++)
		if (s->weights[i] < dot->least) return false;
	return true;
}

const struct dot *dot_for(const struct target *target, const struct integer_sum *s)
{
	for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++)
		if (strcmp(dots[i].target, target->name) == 0 && takes(&dots[i], s)) return &dots[i];
	return NULL;
}

int64_t dot_weight_at(const struct dot *dot, int64_t lanes, int64_t lane, int64_t c)
{
	const int64_t part = dot->group / 2;

	if (!dot->halves) return lane * dot->group + c;
	return (c / part * lanes + lane) * part + c % part;
}

int64_t dot_offset(const struct dot *dot, const struct integer_sum *s)
{
	return type_bytes(dot->x) > type_bytes(s->in) ? 0 : type_least(dot->x) - type_least(s->in);
}

static int64_t plain_start(const struct dot *dot, const struct integer_sum *s, int64_t filter)
{
	return integer_folded_bias(s, s->zero_in + dot_offset(dot, s), filter);
}

int64_t dot_start(const struct dot *dot, const struct integer_sum *s, int64_t filter)
{
	return plain_start(dot, s, filter) + (dot->scale == SCALE_POSITIVE ? SUM_MOST : 0);
}

static bool fits(int64_t start, int64_t weights, int64_t x)
{
	/* Each product is at most |x| times its weight. */
	return weights < SUM_MOST / x && start > -SUM_MOST && start < SUM_MOST &&
	       weights * x + magnitude(start) < SUM_MOST;
}

bool dot_sums_fit(const struct dot *dot, const struct integer_sum *s)
{
	const int64_t terms = sum_terms(&s->sum), zero = s->zero_in + dot_offset(dot, s);
	const int64_t low = type_least(s->in) + dot_offset(dot, s), high = type_most(s->in) + dot_offset(dot, s);
	const int64_t x = high > -low ? high : -low;

	if (zero < low || zero > high) return false;
	for (int64_t f = 0; f < s->sum.filters; f++) {
		const struct integer_range range = accumulator_range(s, f);
		int64_t weights = 0;

		for (int64_t i = 0; i < terms; i++) weights += magnitude(s->weights[i * s->sum.filters + f]);
		if (!fits(plain_start(dot, s, f), weights, x)) return false;
		if (range.least <= -SUM_MOST || range.most >= SUM_MOST) return false;
	}
	return true;
}

/* ---- scales ---------------------------------------------------------------------------------------------------- */

/* 2^(30 + shift), half of what is shifted out, and the zero point above it; false: it does not fit. */
static bool set_rounding(struct scale *scale, int64_t half, int64_t zero)
{
	const int above = 31 + scale->shift;

	if (scale->shift < 0 || scale->shift > SHIFT_MOST) return false;
	if (magnitude(zero) >= (int64_t)1 << (60 - above)) return false;
	scale->rounding = half + zero * ((int64_t)1 << above);
	return true;
}

/* Factors so small that no sum of the filter reaches a half give the zero point. */
static bool is_nothing(const struct integer_sum *s, int64_t filter)
{
	const struct integer_range range = accumulator_range(s, filter);
	const int64_t zero = s->zero_out < s->range.least  ? s->range.least
			     : s->zero_out > s->range.most ? s->range.most
							   : s->zero_out;

	return integer_requantised(s, range.least, filter) == zero &&
	       integer_requantised(s, range.most, filter) == zero;
}

/* MultiplyByQuantizedMultiplier(): the high half's rounding and the division's are one, but for negative sums. */
static bool scale_multiplied(const struct integer_sum *s, int64_t filter, struct scale *scale)
{
	const struct multiplier factor = s->factor[filter];
	const int64_t one = 1;

	scale->mantissa = factor.mantissa;
	scale->shift = -factor.shift;
	if (scale->shift < 0 || scale->shift > SHIFT_MOST) return false;
	if (s->rounding == ROUNDING_SINGLE) return set_rounding(scale, one << (30 + scale->shift), s->zero_out);
	scale->corrects = scale->shift > 0 && s->range.least < s->zero_out;
	return set_rounding(scale, (one << 30) + (scale->shift > 0 ? one << (30 + scale->shift) : 0), s->zero_out);
}

static bool scale_wide(const struct integer_sum *s, int64_t filter, struct scale *scale)
{
	const struct multiplier factor = s->factor[filter];
	const int32_t reduced = factor.mantissa < 0x7fff0000 ? (factor.mantissa + (1 << 15)) >> 16 : 0x7fff;

	scale->mantissa = reduced * (1 << 16);
	scale->shift = -factor.shift;
	return scale->shift >= 0 && scale->shift <= SHIFT_MOST &&
	       set_rounding(scale, (int64_t)1 << (30 + scale->shift), s->zero_out);
}

/* The least sum of range whose output is k or more; range.most + 1: none.  near: about that. */
static int64_t threshold(const struct integer_sum *s, int64_t filter, struct integer_range range, int64_t k,
			 int64_t near)
{
	int64_t a = near < range.least ? range.least : near > range.most ? range.most : near;

	while (a > range.least && integer_requantised(s, a - 1, filter) >= k) a--;
	while (a <= range.most && integer_requantised(s, a, filter) < k) a++;
	return a;
}

/* The outputs grow with the sums.  A line that goes through the same steps at the same sums gives the same outputs: each step
 * bounds the line's constant; mantissas beside the nearest are tried where these bounds exclude each other. */
static bool scale_line(const struct integer_sum *s, int64_t filter, struct scale *scale)
{
	const struct integer_range range = accumulator_range(s, filter);
	const int64_t unit = (int64_t)1 << (31 + scale->shift), mantissa = scale->mantissa;
	int64_t low = -((int64_t)1 << 61), high = (int64_t)1 << 61;

	for (int64_t k = s->range.least + 1; k <= s->range.most; k++) {
		const double near = ceil(((double)(k - s->zero_out) - 0.5) / s->scale[filter]);
		const int64_t a = threshold(s, filter, range, k,
					    fabs(near) < 0x1p40 ? (int64_t)near
					    : near < 0          ? range.least
								: range.most);

		if (a <= range.most && k * unit - a * mantissa > low) low = k * unit - a * mantissa;
		if (a > range.least && k * unit - (a - 1) * mantissa - 1 < high)
			high = k * unit - (a - 1) * mantissa - 1;
	}
	scale->rounding = low + (high - low) / 2;
	return low <= high && magnitude(scale->rounding) < (int64_t)1 << 60;
}

static bool scale_real(const struct integer_sum *s, int64_t filter, struct scale *scale)
{
	const struct multiplier factor = multiplier_of(s->scale[filter]);

	scale->shift = -factor.shift;
	/* Steps of bytes; those of 16 bits are too many to look at. */
	if (type_bytes(s->out) > 1 || scale->shift < 0 || scale->shift > 16 ||
	    factor.mantissa >= INT32_MAX - TRIED_MANTISSAS)
		return false;
	for (int i = 0; i < TRIED_MANTISSAS; i++) {
		scale->mantissa = factor.mantissa + (i % 2 ? -(i + 1) / 2 : i / 2);
		if (scale_line(s, filter, scale)) return true;
	}
	return false;
}

bool scale_of(const struct integer_sum *s, int64_t filter, struct scale *scale)
{
	*scale = (struct scale){ 0 };
	if (is_nothing(s, filter)) {
		const int64_t y = integer_requantised(s, 0, filter);

		scale->rounding = y * ((int64_t)1 << 32) + ((int64_t)1 << 31);
		scale->shift = 1;
		return true;
	}
	switch (s->requantisation) {
	case REQUANTISE_MULTIPLIED: return scale_multiplied(s, filter, scale);
	case REQUANTISE_WIDE: return scale_wide(s, filter, scale);
	case REQUANTISE_REAL: return scale_real(s, filter, scale);
	}
	return false;
}

/* ---- of a layer ------------------------------------------------------------------------------------------------- */

static bool scaling_by_lines(const struct integer_sum *s, struct scaling *scaling)
{
	for (int64_t f = 0; f < s->sum.filters; f++)
		if (!integer_sum_line(s, f, scaling->line, &scaling->lines[f])) return false;
	scaling->mirrored = scaling->lines[0].mirrored;
	scaling->form = SCALE_LINE;
	return true;
}

bool scaling_of(const struct dot *dot, const struct integer_sum *s, struct scaling *scaling, struct arena *arena)
{
	bool whole = false;

	*scaling =
	    (struct scaling){ .form = dot->scale, .least = s->range.least, .most = s->range.most, .zero = s->zero_out };
	if (dot->lines) scaling->lines = NEW_ARRAY(arena, s->sum.filters, struct integer_line);
	for (int kind = LINE_OF_BITS; dot->lines && kind <= LINE_OF_TWO; kind++) {
		scaling->line = (enum line_kind)kind;
		if (scaling_by_lines(s, scaling)) return true;
	}
	for (int64_t f = 0; f < s->sum.filters; f++) {
		struct scale scale;

		if (!scale_of(s, f, &scale)) return false;
		if (scale.shift == 0) whole = true;
		if (scale.corrects) scaling->corrects = true;
	}
	scaling->twice = scaling->corrects && dot->scale == SCALE_WHOLE;
	if (scaling->twice) return true;
	scaling->doubled = dot->scale == SCALE_HIGH && (whole || scaling->corrects);
	return !(whole && scaling->corrects);
}

static void set_table(struct table *table, const char *name, const char *doc, enum type type, int64_t n, const void *at)
{
	*table = (struct table){ .name = name, .doc = doc, .type = type, .n = n, .at = at, .align = 64 };
}

int64_t scaling_start(const struct dot *dot, const struct integer_sum *s, const struct scaling *scaling, int64_t filter)
{
	if (scaling->form != SCALE_LINE) return dot_start(dot, s, filter);
	return dot_start(dot, s, filter) + scaling->lines[filter].shift +
	       (scaling->line == LINE_OF_BITS ? LINE_BITS : 0);
}

static void line_tables(struct scaling *scaling, const int64_t *filter, int64_t lanes, struct arena *arena)
{
	float *factor = NEW_ARRAY(arena, lanes, float), *rest = NEW_ARRAY(arena, lanes, float),
	      *offset = NEW_ARRAY(arena, lanes, float);

	for (int64_t i = 0; i < lanes; i++) {
		const struct integer_line line =
		    filter[i] >= 0 ? scaling->lines[filter[i]] : (struct integer_line){ .factor = 0 };

		factor[i] = line.factor;
		rest[i] = line.rest;
		offset[i] = line.offset;
	}
	set_table(&scaling->factor, "factor", "Factors of the sums.", TYPE_F32, lanes, factor);
	set_table(&scaling->rest, "remainder", "What the factors' rounding left.", TYPE_F32,
		  scaling->line == LINE_OF_TWO ? lanes : 0, rest);
	set_table(&scaling->offset, "constant", "What is added to the products.", TYPE_F32, lanes, offset);
}

/* Where lane i of a vector has its 64-bit number. */
static int64_t wide_at(const struct scaling *scaling, int64_t i, int64_t width)
{
	return scaling->form == SCALE_WHOLE ? i : i % 2 * (width / 2) + i / 2;
}

/* What is added to the product of a sum, as its form wants it. */
static int64_t rounding_of(const struct scaling *scaling, const struct scale *scale)
{
	if (scaling->form == SCALE_POSITIVE) return scale->rounding - SUM_MOST * scale->mantissa + ((int64_t)1 << 62);
	return scale->rounding * (scaling->doubled ? 2 : 1);
}

/* A shift; for SCALE_POSITIVE 2^(31 - shift), whose product's upper bits are what the shift leaves. */
static int32_t shift_of(const struct scaling *scaling, const struct scale *scale)
{
	if (scaling->form == SCALE_POSITIVE) return scale->shift == 0 ? INT32_MIN : (int32_t)1 << (31 - scale->shift);
	return scale->shift - (scaling->form == SCALE_HIGH && !scaling->doubled ? 1 : 0);
}

static const char *shift_doc(const struct scaling *scaling)
{
	if (scaling->form == SCALE_POSITIVE) return "As factors: 2^(31 - shift).";
	return scaling->doubled || scaling->form == SCALE_WHOLE ? "" : "Less one: of a high half.";
}

void scaling_tables(const struct integer_sum *s, struct scaling *scaling, const int64_t *filter, const int64_t *width,
		    int64_t vectors, struct arena *arena)
{
	int64_t lanes = 0, at = 0;
	int32_t *mantissa, *shift;
	int64_t *rounding;

	for (int64_t v = 0; v < vectors; v++) lanes += width[v];
	if (scaling->form == SCALE_LINE) {
		line_tables(scaling, filter, lanes, arena);
		return;
	}
	mantissa = NEW_ARRAY(arena, lanes, int32_t);
	shift = NEW_ARRAY(arena, lanes, int32_t);
	rounding = NEW_ARRAY(arena, lanes, int64_t);
	for (int64_t v = 0; v < vectors; at += width[v++])
		for (int64_t i = 0; i < width[v]; i++) {
			struct scale scale = { .shift = 1 };

			if (filter[at + i] >= 0) CHECK(scale_of(s, filter[at + i], &scale));
			mantissa[at + i] = scale.mantissa;
			rounding[at + wide_at(scaling, i, width[v])] = rounding_of(scaling, &scale);
			shift[at + i] = shift_of(scaling, &scale);
		}
	set_table(&scaling->mantissa, "mantissa", "Factors of the sums: mantissa / 2^(31 + shift).", TYPE_I32, lanes,
		  mantissa);
	set_table(&scaling->shift, "shift", shift_doc(scaling), TYPE_I32, lanes, shift);
	set_table(&scaling->rounding, "rounding",
		  "What is added before the shift: a half and the zero point, by vector "
		  "and within it as products come.",
		  TYPE_I64, scaling->twice ? 0 : lanes, rounding);
}

enum { SCALING_TABLES = 6 };

void view_scaling(struct arena *arena, struct value *map, const struct scaling *scaling)
{
	const struct table *const all[SCALING_TABLES] = { &scaling->mantissa, &scaling->shift, &scaling->rounding,
							  &scaling->factor,   &scaling->rest,  &scaling->offset };

	static const char *const keys[SCALING_TABLES] = { "mantissa", "shift",     "rounding",
							  "factor",   "remainder", "constant" };

	for (int i = 0; i < SCALING_TABLES; i++)
		if (all[i]->n > 0) view_table(arena, map, keys[i], all[i]);
	value_set_bool(arena, map, "line", scaling->form == SCALE_LINE);
	value_set_bool(arena, map, "mirrored", scaling->mirrored);
	value_set_bool(arena, map, "of_bits", scaling->line == LINE_OF_BITS);
	value_set_bool(arena, map, "of_two", scaling->line == LINE_OF_TWO);
	value_set_bool(arena, map, "doubled", scaling->doubled);
	value_set_bool(arena, map, "corrects", scaling->corrects);
	value_set_bool(arena, map, "twice", scaling->twice);
	value_set_int(arena, map, "least", scaling->least);
	value_set_int(arena, map, "most", scaling->most);
	value_set_int(arena, map, "zero", scaling->zero);
}
