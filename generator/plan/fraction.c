/* fraction.c: exact rational numbers: products of two parts always fit int64_t. */
#include "plan/fraction.h"

enum { PART_MOST = 0x3fffffff };

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

struct fraction fraction(int64_t n, int64_t d)
{
	int64_t common = common_divisor(n, d);
	struct fraction f = { 0, 0 };

	if (common == 0) return f;
	f.n = d < 0 ? -(n / common) : n / common;
	f.d = d < 0 ? -(d / common) : d / common;
	if (f.n > PART_MOST || f.n < -PART_MOST || f.d > PART_MOST) return (struct fraction){ 0, 0 };
	return f;
}

struct fraction fraction_add(struct fraction a, struct fraction b)
{
	return fraction(a.n * b.d + b.n * a.d, a.d * b.d);
}

struct fraction fraction_subtract(struct fraction a, struct fraction b)
{
	return fraction_add(a, (struct fraction){ -b.n, b.d });
}

struct fraction fraction_multiply(struct fraction a, struct fraction b)
{
	return fraction(a.n * b.n, a.d * b.d);
}

struct fraction fraction_divide(struct fraction a, struct fraction b)
{
	if (a.d == 0 || b.d == 0) return (struct fraction){ 0, 0 };
	return fraction(a.n * b.d, a.d * b.n);
}

int fraction_compare(struct fraction a, struct fraction b)
{
	int64_t left = a.n * b.d, right = b.n * a.d;

	return (left > right) - (left < right);
}

struct fraction fraction_larger(struct fraction a, struct fraction b)
{
	return fraction_compare(a, b) < 0 ? b : a;
}
