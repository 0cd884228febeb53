/* nearly.h: the meanings as loops over many inputs, fast and to a few units of double: a float32 result that they round
 * to needs no second look. */
#ifndef CONV1DC_TESTS_NEARLY_H
#define CONV1DC_TESTS_NEARLY_H

typedef void nearly_function(const float *x, double *t, int n, const double *parameter);
nearly_function *nearly_of(const char *symbol);

#endif
