/* main.c: one Conv1D layer, compiled by conv1dc, smooths a noisy ramp and measures its slope. */
#include "filter.h"

#include <stdio.h>

int main(void)
{
	static filter_context context;
	float input[FILTER_INPUT_SIZE], output[FILTER_OUTPUT_SIZE];
	int t;

	/* 0.25 a sample, shaken by +-0.4 in a fixed pattern of 5 samples. */
	for (t = 0; t < FILTER_INPUT_STEPS; t++) input[t] = 0.25f * (float)t + 0.2f * (float)(t * 7 % 5 - 2);
	filter_run(&context, input, output);
	printf("  t   input  smooth   slope\n");
	for (t = 0; t < FILTER_OUTPUT_STEPS; t += 4) {
		printf("%3d %7.3f %7.3f %7.3f\n", t + 4, (double)input[t + 4],
		       (double)output[t * FILTER_OUTPUT_CHANNELS], (double)output[t * FILTER_OUTPUT_CHANNELS + 1]);
	}
	return 0;
}
