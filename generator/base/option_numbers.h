/* option_numbers.h: the numbers that options take, as text.  false: it is no such number.  Private to options.c. */
#ifndef CONV1DC_OPTION_NUMBERS_H
#define CONV1DC_OPTION_NUMBERS_H

#include "base/options.h"

/* A whole number of 1..STEPS_MOST, in digits only; what follows it in *end. */
bool option_size(const char *text, const char **end, int64_t *size);
/* A number of bytes, or of units of 1024 or 1024 * 1024 of them: what a data sheet calls KB and MB. */
bool option_bytes(const char *text, int64_t *bytes);
/* A whole number of 0 or more. */
bool option_seed(const char *text, int64_t *seed);
/* "128x3"; shape is empty before. */
bool option_shape(const char *text, struct option_shape *shape);
/* 0 or more, finite. */
bool option_tolerance(const char *text, double *tolerance);

#endif
