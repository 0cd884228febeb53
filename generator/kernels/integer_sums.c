/* integer_sums.c: how the accumulators of quantised sums become outputs: the cheapest form that is proven right. */
#include "kernels/integer_sums.h"

#include <math.h>
#include <string.h>

#define SHORT_LIMIT ((int64_t)1 << 30) /* of an accumulator whose double is multiplied */
#define WIDE_LIMIT  ((int64_t)1 << 47) /* of what multiply_wide() takes */
enum { MANTISSA_BITS = 53 };           /* of a double */

static const struct integer_tile tiles[] = {
	/* 8 registers can be multiplied; a signed byte takes two instructions. */
	{ "cortex-m0plus", 4, 4, 4, 4, .raised = true, .apart = true },
	/* gcc (12) loads the inputs of all terms before it multiplies, and then has no registers left. */
	{ "rv32imc", 8, 2, 4, 4, .apart = true, .ordered = true },
	{ "rv32imfc", 8, 2, 4, 4, .apart = true, .ordered = true },
	/* 14 registers and a multiply-add. */
	{ "cortex-m3", 6, 6, 2, 4, .apart = true },
	{ "cortex-m4f", 6, 6, 2, 4, .apart = true },
	{ "cortex-m7", 6, 6, 2, 4, .apart = true },
	{ "cortex-m33", 6, 6, 2, 4, .apart = true },
	{ "cortex-m55", 6, 6, 2, 4, .apart = true },
	{ NULL, 16, 4, 4, 4, .apart = false },
};

const struct integer_tile *integer_tile(const struct target *target)
{
	const struct integer_tile *row = tiles;

	while (row->target && strcmp(row->target, target->name) != 0) row++;
	return row;
}

/* Sums of plain inputs and of inputs without their zero point: both kinds are made. */
static struct integer_range range_of(const struct integer_sum *s, int64_t filter)
{
	const struct integer_range plain = accumulator_range(s, filter), folded = folded_accumulator_range(s, filter);

	return (struct integer_range){ plain.least < folded.least ? plain.least : folded.least,
				       plain.most > folded.most ? plain.most : folded.most };
}

static int64_t magnitude(struct integer_range range)
{
	return -range.least > range.most ? -range.least : range.most;
}

static int64_t *room(const struct integer_sum *s, struct integer_form *form, struct arena *arena)
{
	int64_t *at = NEW_ARRAY(arena, s->sum.filters, int64_t);

	form->number[form->numbers++] = at;
	return at;
}

/* y = (h + (h < 0 ? -1 : 0) + offset) >> shift, h the high half of 2 acc * mantissa, offset with half of 2^shift and the
 * output's zero point; false: some filter may need more. */
static bool short_form(const struct integer_sum *s, struct integer_form *form, struct arena *arena)
{
	int64_t *mantissa, *offset, *shift;

	form->kind = FORM_SHORT;
	form->numbers = 0;
	form->doc = "mantissas, offsets, shifts";
	mantissa = room(s, form, arena);
	offset = room(s, form, arena);
	shift = room(s, form, arena);
	for (int64_t f = 0; f < s->sum.filters; f++) {
		const int64_t most = magnitude(range_of(s, f));
		mantissa[f] = s->factor[f].mantissa;
		shift[f] = s->factor[f].mantissa == 0 ? 1 : -s->factor[f].shift;
		if (most >= SHORT_LIMIT || shift[f] < 1 || shift[f] > 30) return false;
		offset[f] = ((int64_t)1 << (shift[f] - 1)) + (int64_t)s->zero_out * ((int64_t)1 << shift[f]);
		if (most + 1 + (offset[f] < 0 ? -offset[f] : offset[f]) > INT32_MAX) return false;
	}
	return true;
}

static void factor_form(const struct integer_sum *s, enum form_kind kind, const struct multiplier *factor,
			struct integer_form *form, struct arena *arena)
{
	int64_t *mantissa, *shift;

	form->kind = kind;
	form->numbers = 0;
	form->doc = "mantissas, shifts";
	mantissa = room(s, form, arena);
	shift = room(s, form, arena);
	for (int64_t f = 0; f < s->sum.filters; f++) {
		mantissa[f] = factor[f].mantissa;
		shift[f] = factor[f].shift;
		if (kind != FORM_WIDE) continue;
		mantissa[f] = mantissa[f] < 0x7fff0000 ? (mantissa[f] + (1 << 15)) >> 16 : 0x7fff;
	}
}

/* The scale as integer * 2^-shift, exactly. */
static void real_form(const struct integer_sum *s, struct integer_form *form, struct arena *arena)
{
	int64_t *mantissa, *shift;

	form->kind = FORM_REAL;
	form->doc = "mantissas, shifts";
	mantissa = room(s, form, arena);
	shift = room(s, form, arena);
	for (int64_t f = 0; f < s->sum.filters; f++) {
		int exponent;
		double fraction = frexp(s->scale[f], &exponent);
		/* More than that saturates whatever it multiplies. */
		if (exponent > MANTISSA_BITS) {
			fraction = 0.5;
			exponent = MANTISSA_BITS;
		}
		mantissa[f] = (int64_t)ldexp(fraction, MANTISSA_BITS);
		shift[f] = MANTISSA_BITS - exponent;
	}
}

/* Whether multiply_wide() never leaves 32 bits. */
static bool fits_wide(const struct integer_sum *s)
{
	for (int64_t f = 0; f < s->sum.filters; f++) {
		const int64_t most = magnitude(range_of(s, f));
		const int shift = s->factor[f].shift;
		if (most >= WIDE_LIMIT || shift > 7 || ldexp((double)most, shift) >= 0x1p30) return false;
	}
	return true;
}

struct integer_form integer_form(const struct integer_sum *s, struct arena *arena)
{
	struct integer_form form = { 0 };
	const struct multiplier *once;

	for (int64_t f = 0; f < s->sum.filters; f++)
		if (magnitude(range_of(s, f)) > INT32_MAX) form.wide = true;
	form.saturate = form.wide && s->requantisation == REQUANTISE_MULTIPLIED;
	if (s->requantisation == REQUANTISE_REAL) {
		once = integer_sum_once(s, arena);
		if (once && !form.wide)
			factor_form(s, FORM_ONCE, once, &form, arena);
		else
			real_form(s, &form, arena);
	} else if (s->requantisation == REQUANTISE_WIDE) {
		factor_form(s, FORM_WIDE, s->factor, &form, arena);
		form.saturate = !fits_wide(s);
	} else if (s->rounding == ROUNDING_SINGLE) {
		factor_form(s, FORM_ONCE, s->factor, &form, arena);
	} else if (form.wide || !short_form(s, &form, arena)) {
		factor_form(s, FORM_MULTIPLIED, s->factor, &form, arena);
	}
	return form;
}

static const char *const form_names[] = {
	[FORM_SHORT] = "short",        [FORM_MULTIPLIED] = "multiply", [FORM_ONCE] = "multiply_once",
	[FORM_WIDE] = "multiply_wide", [FORM_REAL] = "multiply_real",
};

/* How an accumulator is scaled, for people. */
static const char *const form_meanings[] = {
	[FORM_SHORT] = "in the short form, rounded twice",
	[FORM_MULTIPLIED] = "in the full form, rounded twice",
	[FORM_ONCE] = "in 64 bits, rounded once",
	[FORM_WIDE] = "by factors of 15 bits, rounded once",
	[FORM_REAL] = "in doubles",
};

const char *integer_form_name(enum form_kind kind)
{
	return form_names[kind];
}

void view_integer_form(struct arena *arena, struct value *map, const struct integer_sum *s,
		       const struct integer_form *form)
{
	value_set_text(arena, map, "form", integer_form_name(form->kind));
	value_set_text(arena, map, "acc", form->wide ? "int64_t" : "int32_t");
	value_set_bool(arena, map, "saturate", form->saturate);
	value_set_int(arena, map, "numbers", form->numbers);
	value_set_int(arena, map, "zero_in", s->zero_in);
	value_set_int(arena, map, "zero_out", s->zero_out);
	value_set_int(arena, map, "least", s->range.least);
	value_set_int(arena, map, "most", s->range.most);
}

bool node_accumulators(const struct node *node, struct accumulators *out)
{
	struct arena *arena = arena_new();
	struct integer_sum s;
	struct transposed_sum t;
	const bool is = node_integer_sum(node, &s, arena) || node_integer_transposed(node, &s, &t, arena);

	*out = (struct accumulators){ 0 };
	if (is) {
		const struct integer_form form = integer_form(&s, arena);
		out->wide = form.wide;
		out->scaling = integer_form_name(form.kind);
		out->scaled = form_meanings[form.kind];
		for (int64_t f = 0; f < s.sum.filters; f++) {
			const struct integer_range range = range_of(&s, f);
			out->least = range.least < out->least ? range.least : out->least;
			out->most = range.most > out->most ? range.most : out->most;
		}
		out->small = -out->least < SHORT_LIMIT && out->most < SHORT_LIMIT;
	}
	arena_free(arena);
	return is;
}

const char *accumulators_text(const struct accumulators *a, struct arena *arena)
{
	return arena_printf(arena, "%s%s .. %s: %s bits suffice%s; scaled %s", a->least < 0 ? "-" : "",
			    count_text(arena, -a->least), count_text(arena, a->most), a->wide ? "64" : "32",
			    a->small ? ", below 2^30" : "", a->scaled);
}
