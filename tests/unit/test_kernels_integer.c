/* The lines that vectors scale a sum by give what the layer's arithmetic gives, of every sum: kernels/integer_lanes.c,
 * layers/integer_line.c. */
#include "layer_nodes.h"

#include <fenv.h>
#include <string.h>

#include "kernels/integer_lanes.h"

enum { TRIALS = 3000, SUMS = 60 };

/* One filter of so many terms whose factor is anything. */
static struct integer_sum draw(struct arena *arena)
{
	struct integer_sum s = { .in = TYPE_I8,
				 .out = dice(4) ? TYPE_I8 : TYPE_I16,
				 .requantisation = (enum requantisation)dice(3) };
	int16_t *weights = NEW_ARRAY(arena, 64, int16_t);
	struct multiplier *factor = NEW_ARRAY(arena, 1, struct multiplier);
	double *scale = NEW_ARRAY(arena, 1, double);
	int64_t *bias = NEW_ARRAY(arena, 1, int64_t);

	for (int i = 0; i < 64; i++) weights[i] = (int16_t)(dice(255) - 127);
	*scale = ldexp(0.5 + dice(1u << 20) * 0x1p-21, -(int)dice(14));
	*factor = multiplier_of(*scale);
	*bias = (int64_t)dice(40000) - 20000;
	s.sum = (struct sum){ .steps_in = 1,
			      .steps_out = 1,
			      .channels = 64,
			      .filters = 1,
			      .taps = 1,
			      .stride = 1,
			      .dilation = 1,
			      .groups = 1 };
	s.zero_in = (int32_t)dice(256) - 128;
	s.zero_out = s.out == TYPE_I16 ? 0 : (int32_t)dice(256) - 128;
	s.weights = weights;
	s.narrow = true;
	s.bias = bias;
	s.factor = factor;
	s.scale = scale;
	s.rounding = dice(2) ? ROUNDING_SINGLE : ROUNDING_DOUBLE;
	s.range = (struct integer_range){ type_least(s.out), type_most(s.out) };
	if (dice(2)) s.range.least = s.zero_out;
	return s;
}

static int64_t by_line(const struct integer_sum *s, const struct scale *scale, int64_t a)
{
	const int64_t correction = a < 0 && scale->corrects ? (int64_t)1 << 31 : 0;
	const int64_t y = (a * scale->mantissa + scale->rounding - correction) >> (31 + scale->shift);

	return y < s->range.least ? s->range.least : y > s->range.most ? s->range.most : y;
}

static void check_sums(const struct integer_sum *s, const struct scale *scale)
{
	const struct integer_range range = accumulator_range(s, 0);

	for (int i = 0; i < SUMS; i++) {
		/* Ends, around 0, anything. */
		const int64_t a = i == 0   ? range.least
				  : i == 1 ? range.most
				  : i < 20 ? i - 10
					   : range.least + (int64_t)dice((uint32_t)(range.most - range.least + 1));
		if (a < range.least || a > range.most) continue;
		if (by_line(s, scale, a) != integer_requantised(s, a, 0))
			fail_msg("sum %lld: %lld, not %lld (scale %a, requantisation %d, rounding %d)", (long long)a,
				 (long long)by_line(s, scale, a), (long long)integer_requantised(s, a, 0), s->scale[0],
				 (int)s->requantisation, (int)s->rounding);
	}
}

static void lines_are_the_layers_arithmetic(void **state)
{
	int served[3] = { 0 };

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		struct arena *arena = arena_new();
		const struct integer_sum s = draw(arena);
		struct scale scale;

		if (scale_of(&s, 0, &scale)) {
			served[s.requantisation]++;
			check_sums(&s, &scale);
		}
		arena_free(arena);
	}
	/* Nearly all factors below 1 have such a line; those of 1 and more, few and with 16-bit outputs by scale, do not. */
	assert_true(served[REQUANTISE_MULTIPLIED] > TRIALS / 4);
	assert_true(served[REQUANTISE_WIDE] > TRIALS / 4);
	assert_true(served[REQUANTISE_REAL] > TRIALS / 6);
}

/* The processor's own roundings: as the emitted code has it. */
static int64_t by_floats(const struct integer_sum *s, const struct integer_line *line, enum line_kind kind, int64_t a)
{
	const int32_t bits = (int32_t)(a + line->shift + LINE_BITS);
	volatile float x = (float)(a + line->shift), more = line->offset, y;
	double whole;

	if (kind == LINE_OF_BITS) memcpy((void *)&x, &bits, sizeof bits);
	if (line->mirrored && x < 0) more = -more;
	if (kind == LINE_OF_TWO) more = fmaf(x, line->rest, more);
	fesetround(line->mirrored ? FE_TOWARDZERO : FE_DOWNWARD);
	y = fmaf(x, line->factor, more);
	fesetround(FE_TONEAREST);
	whole = line->mirrored ? trunc((double)y) + s->zero_out : floor((double)y);
	return whole < (double)s->range.least  ? s->range.least
	       : whole > (double)s->range.most ? s->range.most
					       : (int64_t)whole;
}

static void check_line(const struct integer_sum *s, const struct integer_line *line, enum line_kind kind)
{
	const struct integer_range range = accumulator_range(s, 0);
	const int64_t all = range.most - range.least + 1;

	for (int64_t i = 0; i < 600; i++) {
		/* Around 0, at the ends, anything. */
		const int64_t a = i < 40   ? i - 20
				  : i < 60 ? range.least + i - 40
				  : i < 80 ? range.most - i + 60
					   : range.least + (int64_t)(((uint64_t)dice(1u << 30) * 61) % (uint64_t)all);
		int64_t want;

		if (a < range.least || a > range.most) continue;
		want = integer_requantised(s, a, 0);
		if (integer_by_line(s, line, a) != want || by_floats(s, line, kind, a) != want)
			fail_msg("sum %lld: %lld and %lld, not %lld (scale %a, kind %d)", (long long)a,
				 (long long)integer_by_line(s, line, a), (long long)by_floats(s, line, kind, a),
				 (long long)want, s->scale[0], (int)kind);
	}
}

/* Every sum on both sides of every step of the output. */
static void check_steps(const struct integer_sum *s, const struct integer_line *line, enum line_kind kind)
{
	const struct integer_range range = accumulator_range(s, 0);
	int64_t before = integer_requantised(s, range.least, 0);

	if (range.most - range.least > 400000) return;
	for (int64_t a = range.least + 1; a <= range.most; a++) {
		const int64_t y = integer_requantised(s, a, 0);

		if (y == before) continue;
		assert_int_equal(by_floats(s, line, kind, a), y);
		assert_int_equal(by_floats(s, line, kind, a - 1), before);
		before = y;
	}
}

static void lines_of_floats_are_the_layers_arithmetic(void **state)
{
	int served[3] = { 0 }, bytes = 0;

	(void)state;
	for (int i = 0; i < TRIALS / 2; i++) {
		struct arena *arena = arena_new();
		const struct integer_sum s = draw(arena);

		const bool usual = s.out == TYPE_I8 && s.requantisation != REQUANTISE_WIDE && s.factor->shift < 0;

		bytes += usual;
		for (int kind = LINE_OF_BITS; kind <= LINE_OF_TWO; kind++) {
			struct integer_line line;

			if (!integer_sum_line(&s, 0, (enum line_kind)kind, &line)) continue;
			assert_int_equal(s.out, TYPE_I8);
			served[kind] += usual;
			check_line(&s, &line, (enum line_kind)kind);
			if (i % 50 == 0) check_steps(&s, &line, (enum line_kind)kind);
		}
		arena_free(arena);
	}
	assert_true(served[LINE_OF_TWO] >= bytes * 98 / 100);
	assert_true(served[LINE_SIMPLE] >= bytes * 9 / 10);
	assert_true(served[LINE_OF_BITS] >= bytes * 3 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_layers_arithmetic),
		cmocka_unit_test(lines_of_floats_are_the_layers_arithmetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
