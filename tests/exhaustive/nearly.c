/* nearly.c: compiled with -ffast-math, so that the compiler calls libm's vector functions.  What infinities and NaN come
 * to here does not matter: a result that differs is looked at again.
 *
 * meanings.h is generator/layers/activation_meaning.c with static functions nearly_SYMBOL (run.sh makes it). */
#include "nearly.h"
#include "meanings.h"

#include <stddef.h>
#include <string.h>

#define FUNCTION(symbol, arguments)                                                                                    \
	static void loop_##symbol(const float *restrict x, double *restrict t, int n,                                  \
				  const double *restrict parameter)                                                    \
	{                                                                                                              \
		const double p[] = { parameter[0], parameter[1], parameter[2] };                                       \
                                                                                                                       \
		for (int i = 0; i < n; i++) t[i] = nearly_##symbol((double)x[i], p);                                   \
	}
#define CASE(symbol, ...)
#include "cases.def"
#undef FUNCTION

static const struct {
	const char *symbol;
	nearly_function *loop;
} loops[] = {
#define FUNCTION(symbol, arguments) { #symbol, loop_##symbol },
#include "cases.def"
};

nearly_function *nearly_of(const char *symbol)
{
	for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
		if (!strcmp(loops[i].symbol, symbol)) return loops[i].loop;
	return NULL;
}
