/* pasted.h: the end of a file of pasted functions: prints each case's hash.  Its beginning (paste.c) defines PASTED(symbol),
 * the type 'values' of LANES floats and the table of constants. */
#include "tests/exhaustive/bits.h"

#define FUNCTION(symbol, arguments)                                                                                    \
	static void fill_##symbol(const float *at, float *y, int n, const float *c)                                    \
	{                                                                                                              \
		int i;                                                                                                 \
		(void)c;                                                                                               \
		for (i = 0; i < n; i += LANES) {                                                                       \
			values x;                                                                                      \
			memcpy(&x, at + i, sizeof x);                                                                  \
			x = PASTED(symbol) arguments;                                                                  \
			memcpy(y + i, &x, sizeof x);                                                                   \
		}                                                                                                      \
	}
#define CASE(symbol, ...)
#include "tests/exhaustive/cases.def"
#undef FUNCTION
#undef CASE

typedef void fill_function(const float *at, float *y, int n, const float *c);
static const struct {
	const char *symbol;
	fill_function *fill;
} pasted[] = {
#define FUNCTION(symbol, arguments)
#define CASE(symbol, ...) { #symbol, fill_##symbol },
#include "tests/exhaustive/cases.def"
};

static float pasted_x[BITS_INPUTS], pasted_y[BITS_INPUTS];

int main(void)
{
	int i;

	for (i = 0; i < BITS_INPUTS; i++) pasted_x[i] = bits_input((uint32_t)i);
	for (i = 0; i < (int)(sizeof pasted / sizeof *pasted); i++) {
		pasted[i].fill(pasted_x, pasted_y, BITS_INPUTS, constants[i]);
		printf("%d %s %08lx\n", i, pasted[i].symbol, (unsigned long)bits_hash(pasted_y, BITS_INPUTS));
	}
	return 0;
}
