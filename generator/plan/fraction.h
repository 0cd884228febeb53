/* fraction.h: exact rational numbers of moderate size.  Private to plan/. */
#ifndef CONV1DC_FRACTION_H
#define CONV1DC_FRACTION_H

#include "base/base.h"

/* d > 0, without a common factor; d = 0: too large to say, and so is all that is computed with it. */
struct fraction {
	int64_t n, d;
};
struct fraction fraction(int64_t n, int64_t d); /* d != 0 */
struct fraction fraction_add(struct fraction a, struct fraction b);
struct fraction fraction_subtract(struct fraction a, struct fraction b);
struct fraction fraction_multiply(struct fraction a, struct fraction b);
struct fraction fraction_divide(struct fraction a, struct fraction b); /* b != 0 */
/* Negative, 0, positive as a is less than b or not; 0 where one of them is too large. */
int fraction_compare(struct fraction a, struct fraction b);
struct fraction fraction_larger(struct fraction a, struct fraction b);

#endif
