/* integer_line.c: outputs of 8 bits by a line in float32.
 *
 * The layer's arithmetic and the line are both monotone in the accumulator, so they agree everywhere where they agree on both
 * sides of each step of the output, of which there are 255.  On paper the line may lie anywhere between the bounds that these
 * steps set; what float32 makes of it is then looked at, step by step. */
#include "layers/integer.h"

#include <math.h>

enum { OUTPUT_STEPS = 256, NEIGHBOURS = 2, SHIFTS_TRIED = 4096 };
#define SHIFT_LIMIT 0x1p28 /* beside sums below 2^30 */
#define VALUE_LIMIT 0x1p30 /* what is made an int32 */

/* From 'at' on the line is 'value' or more; before, less.  holds, misses: accumulators are there to tell. */
struct line_step {
	int64_t at, value;
	bool holds, misses;
};
struct line_steps {
	struct line_step step[OUTPUT_STEPS];
	int n;
	struct integer_range range; /* of the accumulator */
};

/* floor(p + r), p an exact product of floats. */
static double floor_of_sum(double p, double r)
{
	const double whole = floor(p), part = p - whole, sum = part + r, there = sum - part;
	const double error = (part - (sum - there)) + (r - there), down = floor(sum);

	return whole + (down >= sum && error < 0 ? down - 1 : down);
}

static double value_at(const struct integer_line *line, double x)
{
	const float from = (float)x;

	return floor_of_sum((double)from * (double)line->factor, (double)fmaf(from, line->rest, line->offset));
}

int64_t integer_by_line(const struct integer_sum *s, const struct integer_line *line, int64_t a)
{
	double y;

	if (!line->mirrored)
		y = value_at(line, (double)(a + line->shift));
	else
		y = s->zero_out + (a < 0 ? -value_at(line, -(double)a) : value_at(line, (double)a));
	return y < (double)s->range.least ? s->range.least : y > (double)s->range.most ? s->range.most : (int64_t)y;
}

/* The least accumulator in range whose output is k or more; range.most + 1: none. */
static int64_t first_with(const struct integer_sum *s, int64_t filter, struct integer_range range, int64_t k)
{
	const double near = ceil(((double)(k - s->zero_out) - 0.5) / s->scale[filter]);
	int64_t a = !(near > (double)range.least) ? range.least
		    : near > (double)range.most   ? range.most
						  : (int64_t)near;

	while (a > range.least && integer_requantised(s, a - 1, filter) >= k) a--;
	while (a <= range.most && integer_requantised(s, a, filter) < k) a++;
	return a;
}

static void find_steps(const struct integer_sum *s, int64_t filter, bool mirrored, struct line_steps *steps)
{
	const struct integer_range range = accumulator_range(s, filter);

	steps->n = 0;
	steps->range = range;
	for (int64_t k = s->range.least + 1; k <= s->range.most; k++) {
		const int64_t a = first_with(s, filter, range, k);
		struct line_step *step = &steps->step[steps->n];

		*step = (struct line_step){ a, k, a <= range.most, a > range.least };
		if (mirrored) step->value -= s->zero_out;
		/* Below the zero point: the outputs less than k, seen from 0 on. */
		if (mirrored && step->value <= 0)
			*step = (struct line_step){ 1 - a, 1 - step->value, step->misses, step->holds };
		if (step->holds || step->misses) steps->n++;
	}
}

/* The constant in the middle of what the steps leave to a line of this slope; false: nothing. */
static bool constant_of(const struct line_steps *steps, double slope, double *constant, double *room)
{
	double low = -INFINITY, high = INFINITY;

	for (int i = 0; i < steps->n; i++) {
		const struct line_step *step = &steps->step[i];
		const double at = (double)step->value - slope * (double)step->at;

		if (step->holds && at > low) low = at;
		if (step->misses && at + slope < high) high = at + slope;
	}
	if (isinf(low)) low = high - 1;
	if (isinf(high)) high = low + 1;
	*room = (high - low) / 2;
	*constant = low + *room;
	return low < high;
}

/* That value_at() never falls, as what rounding may take is less than what a step of x brings; mirrored: and that it is not
 * negative. */
static bool rises(const struct integer_line *line, struct integer_range range)
{
	const double x = fmax(fabs((double)(range.least + line->shift)), fabs((double)(range.most + line->shift)));
	const double size = x * fabs((double)line->rest) + fabs((double)line->offset);

	return (!line->mirrored || line->offset >= 0) &&
	       (double)line->factor > fabs((double)line->rest) + size * (line->rest == 0 ? 0 : 0x1p-22) &&
	       x * (double)line->factor + size < VALUE_LIMIT;
}

static bool passes(const struct integer_line *line, const struct line_steps *steps)
{
	if (!rises(line, steps->range)) return false;
	for (int i = 0; i < steps->n; i++) {
		const struct line_step *step = &steps->step[i];
		const double x = (double)(step->at + line->shift);

		if (step->holds && value_at(line, x) < (double)step->value) return false;
		if (step->misses && value_at(line, x - 1) >= (double)step->value) return false;
	}
	return true;
}

static bool line_of(const struct line_steps *steps, float factor, float rest, bool mirrored, struct integer_line *line)
{
	const double slope = (double)factor + (double)rest;
	double constant, room, shift = 0;

	if (!(slope > 0) || !constant_of(steps, slope, &constant, &room)) return false;
	if (!mirrored) shift = nearbyint(constant / slope);
	if (!(fabs(shift) < SHIFT_LIMIT)) shift = 0;
	*line = (struct integer_line){ factor, rest, (float)(constant - slope * shift), (int64_t)shift, mirrored };
	return passes(line, steps);
}

/* The same of the bits of numbers from 2^23 to 2^24: there the offset is a coarse number, but some shift of the sums brings one
 * of these where it is wanted. */
static bool line_of_bits(const struct line_steps *steps, float factor, struct integer_line *line)
{
	const double slope = (double)factor;
	const int64_t low = (1 << 23) - steps->range.least, high = (1 << 24) - 1 - steps->range.most;
	const int64_t middle = low + (high - low) / 2;
	double constant, room;

	if (low > high || !(slope > 0) || !constant_of(steps, slope, &constant, &room)) return false;
	for (int64_t i = 0; i < SHIFTS_TRIED; i++) {
		const int64_t shift = middle + (i % 2 ? -(i + 1) / 2 : i / 2);
		const double offset = constant - slope * (double)shift;

		if (shift < low || shift > high || fabs((double)(float)offset - offset) > room) continue;
		*line = (struct integer_line){ factor, 0, (float)offset, shift, false };
		if (passes(line, steps)) return true;
	}
	return false;
}

/* Rounded twice, outputs on both sides of the zero point do not lie on one line. */
static bool is_mirrored(const struct integer_sum *s)
{
	return s->requantisation == REQUANTISE_MULTIPLIED && s->rounding == ROUNDING_DOUBLE &&
	       s->range.least < s->zero_out;
}

/* All accumulators have one output. */
static bool constant_line(const struct integer_sum *s, int64_t filter, enum line_kind kind, struct integer_line *line)
{
	const int64_t y = integer_requantised(s, 0, filter);
	const bool mirrored = is_mirrored(s);

	*line = (struct integer_line){ .mirrored = mirrored, .offset = mirrored ? 0.5f : (float)y + 0.5f };
	return kind != LINE_OF_BITS && (!mirrored || y == s->zero_out);
}

bool integer_sum_line(const struct integer_sum *s, int64_t filter, enum line_kind kind, struct integer_line *line)
{
	const struct integer_range range = accumulator_range(s, filter);
	const double slope = ldexp(s->factor[filter].mantissa, s->factor[filter].shift - 31);
	const bool mirrored = is_mirrored(s);
	struct line_steps steps;
	float factor = (float)slope;

	if (type_least(s->out) < INT8_MIN || type_most(s->out) > UINT8_MAX) return false;
	if (mirrored && kind == LINE_OF_BITS) return false;
	if (integer_requantised(s, range.least, filter) == integer_requantised(s, range.most, filter))
		return constant_line(s, filter, kind, line);
	find_steps(s, filter, mirrored, &steps);
	if (kind == LINE_OF_TWO) return line_of(&steps, factor, (float)(slope - (double)factor), mirrored, line);
	for (int i = 0; i < NEIGHBOURS; i++) factor = nextafterf(factor, 0);
	for (int i = -NEIGHBOURS; i <= NEIGHBOURS; i++, factor = nextafterf(factor, INFINITY))
		if (kind == LINE_OF_BITS ? line_of_bits(&steps, factor, line)
					 : line_of(&steps, factor, 0, mirrored, line))
			return true;
	return false;
}
