/* kernels/integer_linear.c: for scales and zero points of every kind a linear function is found, and in 32 bits it gives, of every pair,
 * what the layer's arithmetic gives. */
#include "layer_nodes.h"

#include "kernels/integer_linear.h"

enum { TRIALS = 60 };
static const struct integer_range bytes = { INT8_MIN, INT8_MAX };

/* Powers of two, which make ties, or anything. */
static double draw_scale(bool power)
{
	return ldexp(power ? 0.5 : 0.5 + dice(1u << 20) * 0x1p-21, -(int)dice(6));
}

static int32_t draw_zero(void)
{
	return dice(4) == 0 ? INT8_MIN : (int32_t)dice(256) - 128;
}

static struct integer_range draw_range(int32_t zero)
{
	return (struct integer_range){ dice(3) == 0 ? zero : INT8_MIN, INT8_MAX };
}

static int64_t wrapped(int64_t v)
{
	if (v < INT32_MIN || v > INT32_MAX) fail_msg("%lld leaves 32 bits", (long long)v);
	return v;
}

static struct integer_addition draw_addition(void)
{
	const bool power = dice(3) == 0;
	const double a = draw_scale(power), b = dice(4) == 0 ? a : draw_scale(power), larger = a > b ? a : b;
	struct integer_addition s = { .subtracts = dice(3) == 0, .left = 20, .zero_out = draw_zero() };

	for (int k = 0; k < 2; k++) {
		s.in[k] = multiplier_of((k == 0 ? a : b) / (2 * larger));
		s.zero_in[k] = draw_zero();
	}
	s.out =
	    multiplier_of(2 * larger / (1 << 20) / (larger * ldexp(power ? 1 : 0.5 + dice(1000) * 1e-3, (int)dice(2))));
	s.rounding = dice(3) == 0 ? ROUNDING_SINGLE : ROUNDING_DOUBLE;
	s.range = draw_range(s.zero_out);
	return s;
}

static int64_t defined_sum(const struct integer_addition *s, int64_t a, int64_t b)
{
	const int64_t x = multiplied((a - s->zero_in[0]) * (1 << 20), s->in[0], s->rounding);
	const int64_t y = multiplied((b - s->zero_in[1]) * (1 << 20), s->in[1], s->rounding);

	return integer_within(s->zero_out + multiplied(s->subtracts ? x - y : x + y, s->out, s->rounding), s->range);
}

static int64_t term(int64_t factor, int64_t x)
{
	const int64_t high = factor >> 8, low = factor & 255;

	return wrapped(x * high) + (x * low >> 8);
}

static void sums_are_the_layers_arithmetic(void **state)
{
	const struct integer_range in[2] = { bytes, bytes };

	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		const struct integer_addition s = draw_addition();
		struct linear_sum l;

		if (!linear_sum_of(&s, in, trial % 2 == 0, &l)) fail_msg("trial %d: none is found", trial);
		for (int a = INT8_MIN; a <= INT8_MAX; a++) {
			const int64_t first = wrapped(l.start + term(l.factor[0], a));

			for (int b = INT8_MIN; b <= INT8_MAX; b++) {
				const int64_t v = wrapped(first + term(l.factor[1], b)) >> l.shift;

				if (integer_within(v, s.range) != defined_sum(&s, a, b))
					fail_msg("trial %d: %d and %d", trial, a, b);
			}
		}
	}
}

static struct integer_product draw_product(void)
{
	const bool power = dice(3) == 0;
	struct integer_product p = { .zero_out = draw_zero() };

	for (int k = 0; k < 2; k++) p.zero_in[k] = draw_zero();
	p.factor = multiplier_of(draw_scale(power) * draw_scale(power));
	p.rounding = dice(3) == 0 ? ROUNDING_SINGLE : ROUNDING_DOUBLE;
	p.range = draw_range(p.zero_out);
	return p;
}

static void products_are_the_layers_arithmetic(void **state)
{
	const struct integer_range in[2] = { bytes, bytes };

	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		const struct integer_product product = draw_product();
		struct linear_product l;

		if (!linear_product_of(&product, in, &l)) fail_msg("trial %d: none is found", trial);
		for (int64_t i = 0; i < 1 << 16; i++) {
			const int64_t p = (i % 256 - 128 - product.zero_in[0]) * (i / 256 - 128 - product.zero_in[1]);
			const int64_t high = l.factor >> LINEAR_FRACTION, low = l.factor % (1 << LINEAR_FRACTION);
			const int64_t v = wrapped(l.start[l.signs && p < 0] + wrapped(p * high)) +
					  (wrapped(p * low) >> LINEAR_FRACTION);
			const int64_t y = product.zero_out + multiplied(p, product.factor, product.rounding);

			if (integer_within(wrapped(v) >> l.shift, product.range) != integer_within(y, product.range))
				fail_msg("trial %d: product %lld", trial, (long long)p);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_the_layers_arithmetic),
		cmocka_unit_test(products_are_the_layers_arithmetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
