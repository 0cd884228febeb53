/* instances.h: two models (prefixes a and b) with two contexts each, for programs that run them across one another.
 *
 * Instance i has its own context, input and output, and the output that its model gives to its input alone, in one more
 * context of the model.  Needs memcmp() and memset(). */
#include "a.h"
#include "b.h"

#include <string.h>

enum { INSTANCES = 4 }; /* 0, 1: model a; 2, 3: model b */
/* Inputs of model b are in [-B_RANGE, B_RANGE); so small that it computes with subnormals, if wanted. */
#ifndef B_RANGE
#define B_RANGE 1.0f
#endif

static a_context a_contexts[3];
static b_context b_contexts[3];
static float a_inputs[2][A_INPUT_SIZE], a_outputs[2][A_OUTPUT_SIZE], a_alone[2][A_OUTPUT_SIZE];
static float b_inputs[2][B_INPUT_SIZE], b_outputs[2][B_OUTPUT_SIZE], b_alone[2][B_OUTPUT_SIZE];

static void fill(float *x, int n, unsigned seed, float range)
{
	for (int i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = ((float)(int)(seed >> 16) * (1.0f / 32768.0f) - 1.0f) * range;
	}
}

static void instances_prepare(void)
{
	memset(a_contexts, 0xff, sizeof a_contexts);
	memset(b_contexts, 0xff, sizeof b_contexts);
	for (int i = 0; i < 2; i++) {
		fill(a_inputs[i], A_INPUT_SIZE, 1u + (unsigned)i, 1.0f);
		fill(b_inputs[i], B_INPUT_SIZE, 3u + (unsigned)i, B_RANGE);
	}
	/* Model b first: whatever model a may leave behind in the processor is not there yet. */
	for (int i = 0; i < 2; i++) b_run(&b_contexts[2], b_inputs[i], b_alone[i]);
	for (int i = 0; i < 2; i++) a_run(&a_contexts[2], a_inputs[i], a_alone[i]);
}

/* 1 where the output is not what it was alone. */
static int instance_differs(int i)
{
	int k = i & 1;

	if (i < 2) {
		memset(a_outputs[k], 0, sizeof a_outputs[k]);
		a_run(&a_contexts[k], a_inputs[k], a_outputs[k]);
		return memcmp(a_outputs[k], a_alone[k], sizeof a_alone[k]) != 0;
	}
	memset(b_outputs[k], 0, sizeof b_outputs[k]);
	b_run(&b_contexts[k], b_inputs[k], b_outputs[k]);
	return memcmp(b_outputs[k], b_alone[k], sizeof b_alone[k]) != 0;
}
