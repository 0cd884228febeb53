/* The constants that the DSP extension's instructions requantise by, against the definition of layers/integer.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "kernels/integer_dsp.h"

/* A sum of one term per filter: accumulators of any size by its bias alone. */
struct sample {
	struct integer_sum sum;
	int16_t weight;
	int64_t bias;
	double scale;
	struct multiplier factor;
	struct dsp_scaling scaling;
	struct arena *arena;
};

static uint64_t seed = 1;

static uint64_t dice(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 32) % n;
}

static void start(struct sample *s, double scale, enum requantisation requantisation, int64_t most)
{
	*s = (struct sample){ .scale = scale, .factor = multiplier_of(scale), .arena = arena_new(), .bias = -most };
	s->sum = (struct integer_sum){ .in = TYPE_I8,
				       .out = TYPE_I8,
				       .requantisation = requantisation,
				       .rounding = ROUNDING_DOUBLE,
				       .zero_out = (int32_t)dice(256) - 128,
				       .range = { -128, 127 } };
	s->sum.sum = (struct sum){ .taps = 1, .channels = 1, .groups = 1, .filters = 1 };
	s->sum.weights = &s->weight;
	s->sum.bias = &s->bias;
	s->sum.factor = &s->factor;
	s->sum.scale = &s->scale;
}

static void agrees_at(const struct sample *s, int64_t accumulator)
{
	if (accumulator < INT32_MIN || accumulator > INT32_MAX) return;
	assert_int_equal(dsp_scaled(&s->sum, &s->scaling, accumulator, 0),
			 integer_requantised(&s->sum, accumulator, 0));
}

/* Around every accumulator that scale makes half an integer of, and elsewhere. */
static void agrees_everywhere(const struct sample *s)
{
	for (int v = -300; v <= 300; v++) {
		const double at = floor((v + 0.5) / s->scale);

		for (int i = -3; i <= 4 && fabs(at) < 0x1p33; i++) agrees_at(s, (int64_t)at + i);
	}
	for (int i = 0; i < 2000; i++) agrees_at(s, (int64_t)dice((uint64_t)1 << 32) + INT32_MIN);
	for (int i = 0; i < 4; i++) agrees_at(s, INT32_MIN + i);
	for (int i = 0; i < 4; i++) agrees_at(s, INT32_MAX - i);
}

/* The proof in integer_dsp.h, at the ties of both roundings: mantissas of few bits make many of them. */
static void three_instructions_serve_every_accumulator(void **state)
{
	(void)state;
	for (int e = 2; e <= 12; e++)
		for (int i = 0; i < 200; i++) {
			const int bits = 1 + (int)dice(31);
			const double mantissa = 0x1p30 + (double)(dice(1u << 30) >> (31 - bits) << (31 - bits));
			struct sample s;

			start(&s, ldexp(mantissa, -31 - e), REQUANTISE_MULTIPLIED, 0);
			assert_true(dsp_scaling_of(&s.sum, &s.scaling, s.arena));
			assert_int_equal(s.scaling.form, DSP_TWICE);
			assert_int_equal(s.scaling.lift, 0);
			agrees_everywhere(&s);
			arena_free(s.arena);
		}
}

/* Other factors and definitions: what is accepted is right for every accumulator that the filter can have. */
static void what_is_accepted_is_right(void **state)
{
	int accepted[3] = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		const int64_t most = (int64_t)1 << dice(31);
		struct sample s;

		start(&s, ldexp(0.5 + (double)dice(1u << 20) / 0x1p21, 3 - (int)dice(28)),
		      i % 3 == 0 ? REQUANTISE_REAL : REQUANTISE_MULTIPLIED, most);
		if (i % 3 == 1) s.sum.rounding = ROUNDING_SINGLE;
		if (dsp_scaling_of(&s.sum, &s.scaling, s.arena)) {
			accepted[i % 3]++;
			for (int j = 0; j < 500; j++) agrees_at(&s, -(int64_t)dice((uint64_t)most + 1));
			for (int v = -130; v <= 0; v++)
				for (int k = -2; k <= 2; k++) {
					const double at = (v + 0.5 - s.sum.zero_out) / s.scale + k;
					if (at <= 0 && at >= -(double)most) agrees_at(&s, (int64_t)at);
				}
		}
		arena_free(s.arena);
	}
	for (int i = 0; i < 3; i++) assert_true(accepted[i] > 700);
}

/* A factor of 8 would have to be lifted by 5 bits: accumulators of 2^26 and more leave 32 bits. */
static void what_leaves_32_bits_is_refused(void **state)
{
	for (int bits = 25; bits <= 27; bits++) {
		struct sample s;

		(void)state;
		start(&s, 4.5, REQUANTISE_MULTIPLIED, (int64_t)1 << bits);
		assert_int_equal(dsp_scaling_of(&s.sum, &s.scaling, s.arena), bits <= 26);
		arena_free(s.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_instructions_serve_every_accumulator),
		cmocka_unit_test(what_is_accepted_is_right),
		cmocka_unit_test(what_leaves_32_bits_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
