/* race.c: emitted code against the textbook loop, interleaved in one process.  Prints
 * "SECONDS_TEXTBOOK SECONDS_EMITTED": the best of many short runs each, so that a busy machine hits both alike. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "layer.h"

void textbook(const float *x, float *y);

static float x[LAYER_INPUT_SIZE], y[LAYER_OUTPUT_SIZE], z[LAYER_OUTPUT_SIZE];
static layer_context context;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(int emitted, int repeats)
{
	double start = now();

	for (int i = 0; i < repeats; i++) {
		x[i % LAYER_INPUT_SIZE] += 0.25f;
		if (emitted)
			layer_run(&context, x, y);
		else
			textbook(x, z);
	}
	return (now() - start) / repeats;
}

int main(void)
{
	double best[2] = { INFINITY, INFINITY };
	int repeats = 1;

	for (int i = 0; i < LAYER_INPUT_SIZE; i++) x[i] = (float)(i % 17) * 0.125f - 1.0f;
	while (seconds(0, repeats) * repeats < 2e-3) repeats *= 2;
	for (int round = 0; round < 40; round++)
		for (int which = 0; which < 2; which++) {
			double s = seconds(which, repeats);
			if (s < best[which]) best[which] = s;
		}
	textbook(x, z);
	layer_run(&context, x, y);
	for (int i = 0; i < LAYER_OUTPUT_SIZE; i++)
		if (!(fabsf(y[i] - z[i]) <= 1e-4f * (1.0f + fabsf(z[i])))) {
			fprintf(stderr, "element %d: emitted %.9g, textbook %.9g\n", i, (double)y[i], (double)z[i]);
			return 1;
		}
	printf("%.9g %.9g\n", best[0], best[1]);
	return 0;
}
