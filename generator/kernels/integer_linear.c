/* integer_linear.c: the search for the constants of linear sums and products, and their proof by trying every pair. */
#include "kernels/integer_linear.h"

#include <math.h>

enum { BYTES = 256, FRACTION = 8, SHIFT_MOST = 30, SLACK = 1 << 10 };
#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static int64_t power(int exponent)
{
	return (int64_t)1 << exponent;
}

static bool fits(int64_t n)
{
	return n >= INT32_MIN + SLACK && n <= INT32_MAX - SLACK;
}

static double real_factor(struct multiplier factor)
{
	return ldexp(factor.mantissa, factor.shift - 31);
}

/* Half of the last digit that a definition rounds to before it rounds to whole steps, in units of 2^-shift. */
static int half_digit(int shift, struct multiplier factor, enum rounding rounding)
{
	const int n = shift - 1 + factor.shift;

	return rounding == ROUNDING_DOUBLE && factor.shift < 0 && n >= 0 ? 1 << n : 0;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static int64_t sum_term(const struct linear_sum *l, int k, int64_t x)
{
	return (l->factor[k] * x) >> FRACTION;
}

/* The two terms of the definition, of every integer that there can be, and its outputs. */
struct defined_sum {
	const struct integer_addition *addition;
	struct integer_range in[2];
	int32_t term[2][BYTES];
};

static void define_sum(struct defined_sum *d, const struct integer_addition *a, const struct integer_range in[2])
{
	d->addition = a;
	for (int k = 0; k < 2; k++) {
		d->in[k] = in[k];
		for (int64_t x = in[k].least; x <= in[k].most; x++)
			d->term[k][x - in[k].least] =
			    multiplied((x - a->zero_in[k]) * power(a->left), a->in[k], a->rounding);
	}
}

static int64_t defined_sum(const struct defined_sum *d, int i, int j)
{
	const struct integer_addition *a = d->addition;
	const int64_t x = d->term[0][i], y = d->term[1][j];

	return integer_within((int64_t)a->zero_out + multiplied(a->subtracts ? x - y : x + y, a->out, a->rounding),
			      a->range);
}

static bool sum_fits(const struct linear_sum *l, const struct integer_range in[2])
{
	for (int i = 0; i < 4; i++) {
		const int64_t a = i % 2 == 0 ? in[0].least : in[0].most, b = i < 2 ? in[1].least : in[1].most;
		const int64_t first = l->start + sum_term(l, 0, a);

		if (!fits(l->start) || !fits(first) || !fits(first + sum_term(l, 1, b))) return false;
	}
	return fits(l->factor[0]) && fits(l->factor[1]);
}

static bool sum_agrees(const struct linear_sum *l, const struct defined_sum *d)
{
	const struct integer_range *in = d->in;

	for (int64_t a = in[0].least; a <= in[0].most; a++) {
		const int64_t first = l->start + sum_term(l, 0, a);

		for (int64_t b = in[1].least; b <= in[1].most; b++) {
			const int64_t v = (first + sum_term(l, 1, b)) >> l->shift;

			if (integer_within(v, d->addition->range) !=
			    defined_sum(d, (int)(a - in[0].least), (int)(b - in[1].least)))
				return false;
		}
	}
	return true;
}

/* Constants of a shift, tilted by so many units in one step of the output, with so much added. */
static struct linear_sum sum_with(const struct integer_addition *a, int shift, bool narrow, int tilt, int more)
{
	struct linear_sum l = { .shift = shift };
	int64_t zeros = 0;

	for (int k = 0; k < 2; k++) {
		const double factor = real_factor(a->in[k]) * real_factor(a->out) * ldexp(1, a->left);
		/* What is far beyond 32 bits is refused by sum_fits() as its bound is. */
		const double unit = fmin(ldexp(factor, shift) * (1 + ldexp(tilt, -shift)), 0x1p40);

		l.factor[k] = narrow ? llrint(unit) << FRACTION : llrint(ldexp(unit, FRACTION));
		if (k == 1 && a->subtracts) l.factor[k] = -l.factor[k];
		zeros += l.factor[k] * a->zero_in[k];
	}
	l.start = a->zero_out * power(shift) + power(shift - 1) - (zeros >> FRACTION) + more;
	return l;
}

static bool find_sum(const struct defined_sum *d, bool narrow, struct linear_sum *l)
{
	static const int tilts[] = { 0, 1, 2, 4, 8, -1, 16, 32 };
	int shift = SHIFT_MOST, half;

	while (shift > 0 && (*l = sum_with(d->addition, shift, narrow, 0, 1), !sum_fits(l, d->in))) shift--;
	if (shift == 0) return false;
	half = half_digit(shift, d->addition->out, d->addition->rounding);
	for (int t = 0; t < COUNT(tilts); t++) {
		const int added[] = { 1, half, half + 2, 0, 2, half / 2, -1, -half, 3, 2 * half };

		for (int m = 0; m < COUNT(added); m++) {
			*l = sum_with(d->addition, shift, narrow, tilts[t], added[m]);
			if (sum_fits(l, d->in) && sum_agrees(l, d)) return true;
		}
	}
	return false;
}

static bool search_sum(const struct integer_addition *a, const struct integer_range in[2], bool narrow,
		       struct linear_sum *l)
{
	struct defined_sum d;

	if (a->shifts || in[0].most - in[0].least >= BYTES || in[1].most - in[1].least >= BYTES) return false;
	/* Far larger ones: beyond what is searched, and of no use. */
	if (a->in[0].shift > 0 || a->in[1].shift > 0 || a->out.shift > 0) return false;
	define_sum(&d, a, in);
	return (narrow && find_sum(&d, true, l)) || find_sum(&d, false, l) || (!narrow && find_sum(&d, true, l));
}

/* The last sums that were asked for: plans are tried by the hundred, of the same layers. */
struct known_sum {
	struct integer_addition addition;
	struct integer_range in[2];
	bool narrow, found;
	struct linear_sum sum;
};
enum { KNOWN_MOST = 64 };

static bool equal_factors(struct multiplier a, struct multiplier b)
{
	return a.mantissa == b.mantissa && a.shift == b.shift;
}

static bool equal_ranges(struct integer_range a, struct integer_range b)
{
	return a.least == b.least && a.most == b.most;
}

static bool is_known(const struct known_sum *k, const struct integer_addition *a, const struct integer_range in[2],
		     bool narrow)
{
	const struct integer_addition *b = &k->addition;

	for (int i = 0; i < 2; i++) {
		if (a->zero_in[i] != b->zero_in[i] || a->right[i] != b->right[i]) return false;
		if (!equal_factors(a->in[i], b->in[i]) || !equal_ranges(in[i], k->in[i])) return false;
	}
	return narrow == k->narrow && a->subtracts == b->subtracts && a->shifts == b->shifts && a->left == b->left &&
	       a->zero_out == b->zero_out && a->rounding == b->rounding && equal_factors(a->out, b->out) &&
	       equal_ranges(a->range, b->range);
}

bool linear_sum_of(const struct integer_addition *a, const struct integer_range in[2], bool narrow,
		   struct linear_sum *l)
{
	static struct known_sum known[KNOWN_MOST];
	static int n, next;
	struct known_sum *k;

	for (int i = 0; i < n; i++) {
		if (!is_known(&known[i], a, in, narrow)) continue;
		*l = known[i].sum;
		return known[i].found;
	}
	k = &known[next];
	next = (next + 1) % KNOWN_MOST;
	if (n < KNOWN_MOST) n++;
	*k = (struct known_sum){ .addition = *a, .in = { in[0], in[1] }, .narrow = narrow };
	k->found = search_sum(a, in, narrow, &k->sum);
	*l = k->sum;
	return k->found;
}

/* ---- products ---------------------------------------------------------------------------------------------------- */

static int64_t linear_output(const struct linear_product *l, const struct integer_product *product, int64_t p)
{
	return integer_within((l->start[p < 0] + ((p * l->factor) >> LINEAR_FRACTION)) >> l->shift, product->range);
}

static int64_t defined_product(const struct integer_product *product, int64_t p)
{
	return integer_within((int64_t)product->zero_out + multiplied(p, product->factor, product->rounding),
			      product->range);
}

/* What the pairs can make, and 0. */
static struct integer_range products(const struct integer_product *product, const struct integer_range in[2])
{
	struct integer_range range = { 0, 0 };

	for (int i = 0; i < 4; i++) {
		const int64_t p = ((i % 2 == 0 ? in[0].least : in[0].most) - product->zero_in[0]) *
				  ((i < 2 ? in[1].least : in[1].most) - product->zero_in[1]);

		range.least = least(range.least, p);
		range.most = -least(-range.most, -p);
	}
	return range;
}

static bool product_fits(const struct linear_product *l, struct integer_range p)
{
	const int64_t size = -least(p.least, -p.most), most = (size * l->factor) >> LINEAR_FRACTION;

	if (l->factor < 0 || l->factor >= power(29) || size >= power(16)) return false;
	for (int sign = 0; sign < 2; sign++)
		if (!fits(l->start[sign] + most) || !fits(l->start[sign] - most)) return false;
	return fits(most);
}

/* Both are monotone: where both ends of a stretch have one output in either, so has all that lies between. */
static bool product_agrees(const struct linear_product *l, const struct integer_product *product, int64_t low,
			   int64_t high)
{
	const int64_t a = defined_product(product, low), b = defined_product(product, high);
	const int64_t middle = low + (high - low) / 2;

	if (linear_output(l, product, low) != a || linear_output(l, product, high) != b) return false;
	if (a == b || high - low <= 1) return true;
	return product_agrees(l, product, low, middle) && product_agrees(l, product, middle, high);
}

static struct linear_product product_with(const struct integer_product *product, int shift, int tilt)
{
	const double factor = ldexp(real_factor(product->factor), LINEAR_FRACTION + shift);
	const int64_t step = product->zero_out * power(shift) + power(shift - 1),
		      half = half_digit(shift, product->factor, product->rounding);

	return (struct linear_product){ .start = { step + half, step - half },
					.factor = llrint(factor) + tilt,
					.shift = shift };
}

/* The start of one sign, near what it is, by which all p in [low, high] become what they have to. */
static bool find_start(struct linear_product *l, const struct integer_product *product, int sign, int64_t low,
		       int64_t high)
{
	static const int added[] = { 0, 1, -1, 2, -2, 3 };
	const int64_t start = l->start[sign];

	for (int m = 0; m < COUNT(added); m++) {
		l->start[sign] = start + added[m];
		if (low > high || product_agrees(l, product, low, high)) return true;
	}
	return false;
}

bool linear_product_of(const struct integer_product *product, const struct integer_range in[2],
		       struct linear_product *l)
{
	static const int tilts[] = { 0, 1, 2, 3, 4, 6, 8, -1, 12, 16, 32 };
	const struct integer_range p = products(product, in);
	int shift = SHIFT_MOST;

	if (product->factor.shift > 0) return false;
	while (shift > 0 && (*l = product_with(product, shift, 0), !product_fits(l, p))) shift--;
	for (int t = 0; shift > 0 && t < COUNT(tilts); t++) {
		*l = product_with(product, shift, tilts[t]);
		if (!find_start(l, product, 0, 0, p.most) || !find_start(l, product, 1, p.least, -1)) continue;
		l->signs = p.least < 0 && l->start[0] != l->start[1];
		if (product_fits(l, p)) return true;
	}
	return false;
}
