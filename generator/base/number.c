/* number.c: floats as the shortest text that reads back equal. */
#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal: digits * 10^exponent; digits has no trailing zero. */
struct decimal {
	uint32_t digits;
	int exponent;
};

static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
enum { POWER_MOST = 22 }; /* the largest power of ten that is a double */

/* x * 10^shift for shift in -30..53: at most three roundings, so wrong by less than x * 2^-51. */
static double scaled(double x, int shift)
{
	for (; shift > POWER_MOST; shift -= POWER_MOST) x *= powers[POWER_MOST];
	for (; shift < -POWER_MOST; shift += POWER_MOST) x /= powers[POWER_MOST];
	return shift < 0 ? x / powers[-shift] : x * powers[shift];
}

/* floor(exponent * log10(2)) for |exponent| <= 150: no product there is as near to an integer as 0.30103 is wrong. */
static int log10_of_2_to(int exponent)
{
	return exponent >= 0 ? exponent * 30103 / 100000 : -((-exponent * 30103 + 99999) / 100000);
}

/* The integer below x where all numbers within error of x have the same one. */
static bool sure_floor(double x, double error, int64_t *floor_of_x)
{
	*floor_of_x = (int64_t)(x - error);
	return (int64_t)(x + error) == *floor_of_x;
}

/* Shortest decimal between the midpoints to the neighbours of the float x > 0, and of those the nearest to x; false
 * where double arithmetic is not sure of it, which for weights happens about once in a million times.
 *
 * With 10^8 <= X = x * 10^shift < 2 * 10^9, and L and H the midpoints scaled alike, H - L >= X * 2^-24 > 5: an integer
 * lies between them.  x and both midpoints are doubles (at most 25 bits), so X, L and H are each wrong by less than error =
 * X * 2^-49.  Where floor(L) and floor(H) are sure, neither L nor H is an integer, and the integers that read back as x
 * are exactly a = floor(L) + 1 to b = floor(H), whichever way ties are read.  All that follows is exact: multiples of
 * 10 * unit are multiples of unit, so the largest unit with a multiple in a..b is found by trying upwards, and that
 * multiple has the fewest digits.  Which of two is nearest is sure unless X is within error of their middle; the
 * nearest may lie below a (under a power of two the gap is half), never above b, which is at least as far from X. */
static bool shortest_fast(float value, struct decimal *out)
{
	double x = (double)value, lower = (x + (double)nextafterf(value, 0.0f)) / 2, upper, error, rest;
	int64_t a, b, unit = 1, multiple;
	int exponent, shift;

	frexp(x, &exponent);
	shift = 8 - log10_of_2_to(exponent - 1);
	upper = x + ldexp(1.0, (exponent < -125 ? -125 : exponent) - 25); /* half of the gap above */
	x = scaled(x, shift);
	error = x * 0x1p-49;
	if (!sure_floor(scaled(lower, shift), error, &a) || !sure_floor(scaled(upper, shift), error, &b)) return false;
	a++;
	while (b / (10 * unit) * (10 * unit) >= a) unit *= 10;
	multiple = (int64_t)x / unit * unit;
	rest = x - (double)multiple - (double)unit / 2; /* from the middle of two multiples */
	if (fabs(rest) <= error) return false;
	if (rest > 0) multiple += unit;
	if (multiple < a) multiple += unit;
	*out = (struct decimal){ (uint32_t)(multiple / unit), -shift };
	for (; unit > 1; unit /= 10) out->exponent++;
	return true;
}

/* The same by trial, with the C library: the nearest decimal of n digits.  Only at a power of two, below which the floats
 * stand denser, may the nearest fail where the one above reads back; of those, 2^-12 and 2^22 to 2^29 come here, and the
 * nearest is right for each. */
static struct decimal shortest_slow(float value)
{
	struct decimal decimal;
	char text[32], digits[16];
	int n = 0;

	do {
		CHECK(n < 9);
		snprintf(text, sizeof text, "%.*e", n++, (double)value);
	} while (strtof(text, NULL) != value);
	digits[0] = text[0];
	memcpy(digits + 1, text + 2, (size_t)n - 1);
	digits[n] = '\0';
	decimal.digits = (uint32_t)strtoul(digits, NULL, 10);
	decimal.exponent = atoi(strchr(text, 'e') + 1) - (n - 1);
	for (; decimal.digits % 10 == 0; decimal.digits /= 10) decimal.exponent++;
	return decimal;
}

enum { FIXED_LEAST = -4, FIXED_MOST = 8 }; /* the first digit's power of ten, written without exponent */

/* "0.00012f", "12.5f", "3.0f", "1.5e-7f", "1e9f"; gives the length. */
static int write_decimal(char *out, struct decimal decimal)
{
	char digits[16] = { '0' }, *to = out;
	int n = 0, first, i;
	uint32_t rest;

	for (rest = decimal.digits; rest; rest /= 10) n++;
	for (rest = decimal.digits, i = n; i > 0; rest /= 10) digits[--i] = (char)('0' + rest % 10);
	first = decimal.exponent + n - 1;
	if (first >= FIXED_LEAST && first < 0) {
		*to++ = '0', *to++ = '.';
		for (i = first; i < -1; i++) *to++ = '0';
		for (i = 0; i < n; i++) *to++ = digits[i];
	} else if (first >= 0 && first <= FIXED_MOST) {
		for (i = 0; i <= first; i++) *to++ = i < n ? digits[i] : '0';
		*to++ = '.';
		for (; i < n; i++) *to++ = digits[i];
		if (to[-1] == '.') *to++ = '0';
	} else {
		*to++ = digits[0];
		if (n > 1) *to++ = '.';
		for (i = 1; i < n; i++) *to++ = digits[i];
		*to++ = 'e';
		if (first < 0) *to++ = '-', first = -first;
		if (first > 9) *to++ = (char)('0' + first / 10);
		*to++ = (char)('0' + first % 10);
	}
	*to++ = 'f', *to = '\0';
	return (int)(to - out);
}

int f32_text(char out[F32_TEXT_MAX], float value)
{
	const char *word = isnan(value) ? "NAN" : isinf(value) ? "INFINITY" : value == 0 ? "0.0f" : NULL;
	struct decimal decimal;
	int sign = signbit(value) && !isnan(value);

	if (sign) *out = '-';
	if (word) {
		strcpy(out + sign, word);
		return sign + (int)strlen(word);
	}
	value = fabsf(value);
	if (!shortest_fast(value, &decimal)) decimal = shortest_slow(value);
	return sign + write_decimal(out + sign, decimal);
}

void text_add_f64(struct text *text, double value)
{
	char number[32];
	int digits;

	for (digits = 1; digits < 17; digits++) {
		snprintf(number, sizeof number, "%.*g", digits, value);
		if (strtod(number, NULL) == value) break;
	}
	snprintf(number, sizeof number, "%.*g", digits, value);
	text_add(text, number);
}
