/* main.c: a residual network, compiled by conv1dc, foretells the Mackey-Glass series by AHEAD steps. */
#include "tcn.h"

#include <math.h>
#include <stdio.h>

enum { STEPS = 4000, AHEAD = 6, HELD_OUT = 3000, TRIALS = 900 };

int main(void)
{
	static tcn_context context;
	static double series[STEPS];
	float input[TCN_INPUT_SIZE], output[TCN_OUTPUT_SIZE];
	double error = 0, naive = 0, truth, now;
	int t, i, start;

	for (t = 0; t < STEPS; t++) { /* the Mackey-Glass equation with a delay of 17, as in train.py */
		series[t] = t < 18 ? 1.2 : 0.9 * series[t - 1] + 0.2 * series[t - 18] / (1 + pow(series[t - 18], 10));
	}
	for (start = HELD_OUT; start < HELD_OUT + TRIALS; start++) {
		for (i = 0; i < TCN_INPUT_STEPS; i++) input[i] = (float)(series[start + i] - 0.9);
		tcn_run(&context, input, output);
		now = series[start + TCN_INPUT_STEPS - 1] - 0.9;
		truth = series[start + TCN_INPUT_STEPS - 1 + AHEAD] - 0.9;
		error += pow((double)output[TCN_OUTPUT_SIZE - 1] - truth, 2);
		naive += pow(now - truth, 2);
	}
	printf("%d steps ahead, root mean square error: network %.4f, \"stays as it is\" %.4f\n", AHEAD,
	       sqrt(error / TRIALS), sqrt(naive / TRIALS));
	return 0;
}
