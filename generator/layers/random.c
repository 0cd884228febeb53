/* random.c: the generator behind --init: the same numbers on every machine. */
#include "layers/objects.h"

#include <stdlib.h>

static uint64_t rotated(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t next(struct random *random)
{
	uint64_t *s = random->s, result = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotated(s[3], 45);
	return result;
}

/* The state is the digest's 32 bytes as four big-endian words. */
void random_start(struct random *random, const char *text, size_t n)
{
	char digest[SHA256_TEXT], word[17] = { 0 };

	sha256_text(text, n, digest);
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 16; k++) word[k] = digest[16 * i + k];
		random->s[i] = strtoull(word, NULL, 16);
	}
}

double random_unit(struct random *random)
{
	return (double)(next(random) >> 11) * 0x1p-53;
}

/* ---- the normal distribution --------------------------------------------------------------------------------------
 *
 * C. F. F. Karney, Sampling exactly from the normal distribution, ACM TOMS 42 (2016), algorithm N: comparisons of uniform
 * numbers instead of logarithms, whose last bit is libm's own. */

/* true with probability exp(-1/2): a run of falling numbers below 1/2 has an even length. */
static bool half_exponential(struct random *random)
{
	double last = 0.5, u;
	bool even = true;

	while ((u = random_unit(random)) < last) {
		last = u;
		even = !even;
	}
	return even;
}

/* true with probability exp(-x (2 k + x) / (2 k + 2)) */
static bool step_accepts(struct random *random, int k, double x)
{
	double last = x, bound = (2 * k + x) / (2 * k + 2), u;
	bool even = true;

	while ((u = random_unit(random)) < last && random_unit(random) < bound) {
		last = u;
		even = !even;
	}
	return even;
}

static bool all_accept(struct random *random, int n)
{
	for (; n > 0; n--)
		if (!half_exponential(random)) return false;
	return true;
}

static bool fraction_accepts(struct random *random, int k, double x)
{
	for (int i = 0; i <= k; i++)
		if (!step_accepts(random, k, x)) return false;
	return true;
}

double random_normal(struct random *random)
{
	for (;;) {
		int k = 0;
		double x;

		while (half_exponential(random)) k++; /* exp(-k / 2) */
		if (!all_accept(random, k * (k - 1))) continue;
		x = random_unit(random);
		if (!fraction_accepts(random, k, x)) continue;
		return next(random) >> 63 ? -(k + x) : k + x;
	}
}
