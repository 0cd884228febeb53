/* main.c: one model through two targets of the build, and another beside it. */
#include "below/below.h"
#include "my_model_v1_0.h"
#include "net.h"

#include <stdio.h>
#include <string.h>

static my_model_v1_0_context context;
static net_context net;
static float input[MY_MODEL_V1_0_INPUT_SIZE], output[MY_MODEL_V1_0_OUTPUT_SIZE], other[MY_MODEL_V1_0_OUTPUT_SIZE];
static float filtered[NET_OUTPUT_SIZE];

int main(void)
{
	for (int i = 0; i < MY_MODEL_V1_0_INPUT_SIZE; i++) input[i] = (float)(i % 31) / 16.0f - 1.0f;
	my_model_v1_0_run(&context, input, output);
	below(input, other);
	net_run(&net, input, filtered);
	printf("%g %g\n", (double)output[400], (double)filtered[1]);
	return memcmp(output, other, sizeof output) != 0;
}
