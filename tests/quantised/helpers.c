/* helpers.c: NAME_quantize and NAME_dequantize of chain.h against numbers worked out by hand. */
#include "chain.h"

#include <stdio.h>

#define S CHAIN_INPUT_SCALE
#define Z CHAIN_INPUT_ZERO_POINT

static int failed;

static void check(float x, int expected)
{
	static float in[CHAIN_INPUT_SIZE];
	static int8_t q[CHAIN_INPUT_SIZE];

	in[CHAIN_INPUT_SIZE - 1] = x;
	chain_quantize(in, q);
	if (q[CHAIN_INPUT_SIZE - 1] != expected || q[0] != Z) {
		printf("%g becomes %d, not %d\n", (double)x, q[CHAIN_INPUT_SIZE - 1], expected);
		failed = 1;
	}
}

int main(void)
{
	static int8_t q[CHAIN_OUTPUT_SIZE];
	static float x[CHAIN_OUTPUT_SIZE];
	const float huge = 3e38f, infinite = huge * 10.0f;

	check(0.0f, Z);
	check(S * 3.0f, Z + 3);
	check(S * 3.4f, Z + 3);
	check(S * 3.6f, Z + 4);
	check(S * -3.6f, Z - 4);
	check(S * 0.5f, Z + 1); /* ties: away from zero */
	check(S * -0.5f, Z - 1);
	check(S * 0.49f, Z);
	check(S * -0.49f, Z);
	check(huge, 127);
	check(-huge, -128);
	check(infinite, 127);
	check(-infinite, -128);
	check(infinite - infinite, Z);
	q[5] = 100;
	q[6] = -128;
	chain_dequantize(q, x);
	if (x[5] != CHAIN_OUTPUT_SCALE * (float)(100 - CHAIN_OUTPUT_ZERO_POINT) ||
	    x[6] != CHAIN_OUTPUT_SCALE * (float)(-128 - CHAIN_OUTPUT_ZERO_POINT)) {
		printf("dequantize\n");
		failed = 1;
	}
	return failed;
}
