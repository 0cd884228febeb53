/* reference.h: every activation in MPFR, from its definition: what the double meaning and the float32 form are held to. */
#ifndef CONV1DC_TESTS_REFERENCE_H
#define CONV1DC_TESTS_REFERENCE_H

#include <stdbool.h>

/* symbol(x) with the parameters, correctly rounded to double from many more bits; finite x only.  false: not known. */
bool reference(const char *symbol, double x, const double *parameter, double *y);
/* |y - symbol(x)| in units of ulp; taken before anything is rounded. */
bool reference_error(const char *symbol, double x, const double *parameter, double y, double ulp, double *error);

#endif
