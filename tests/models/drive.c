/* drive.c: many emitted models in one program; compiled as C and as C++.
 *
 *   drive IN OUT
 *
 * cases.h, made by trial.c, includes the models and has the table 'models'.  IN holds for each model in its order SAMPLES
 * times all its inputs; OUT receives for each its number, a fault (0: none), and SAMPLES times all its outputs.  Every
 * sample runs twice, in a context full of NaN and in one full of something else; arrays and context lie between guards,
 * at addresses aligned to no more than a float, the context to 8 bytes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 17, TENSORS = 8, EDGE = 16 };
enum { FAULT_NONE, FAULT_INPUT, FAULT_OUTPUT, FAULT_CONTEXT, FAULT_STATE };

struct model {
	int number;
	size_t context;
	int inputs, outputs;
	int in_size[TENSORS], out_size[TENSORS];
	void (*run)(void *context, float *const *x, float *const *y);
};

/* tcc folds a division by zero in an initialiser, but no sign before an infinity: -1.0f / 0.0f it takes. */
#if defined(__TINYC__)
#undef INFINITY
#define INFINITY 1.0f / 0.0f
#endif

#include "cases.h"

static float *guarded(size_t n)
{
	float *at = (float *)malloc((n + 2 * GUARD) * sizeof(float));

	if (!at) {
		exit(3);
	}
	memset(at, 0xff, (n + 2 * GUARD) * sizeof(float));
	return at + GUARD;
}

static int is_filled(const void *memory, int byte, size_t n)
{
	const unsigned char *at = (const unsigned char *)memory;

	while (n > 0 && *at == byte) {
		at++;
		n--;
	}
	return n == 0;
}

static int is_guarded(const float *at, size_t n)
{
	return is_filled(at - GUARD, 0xff, GUARD * sizeof(float)) && is_filled(at + n, 0xff, GUARD * sizeof(float));
}

static float *x[TENSORS], *kept[TENSORS], *y[TENSORS], *first[TENSORS];
static unsigned char *context;

static int run_once(const struct model *m, int byte)
{
	int i, fault = FAULT_NONE;

	memset(context - EDGE, 0xa5, m->context + 2 * EDGE);
	memset(context, byte, m->context);
	for (i = 0; i < m->outputs; i++) {
		memset(y[i], byte, (size_t)m->out_size[i] * sizeof(float));
	}
	m->run(context, x, y);
	if (!is_filled(context - EDGE, 0xa5, EDGE) || !is_filled(context + m->context, 0xa5, EDGE)) {
		fault = FAULT_CONTEXT;
	}
	for (i = 0; i < m->inputs; i++) {
		if (memcmp(x[i], kept[i], (size_t)m->in_size[i] * sizeof(float)) != 0 ||
		    !is_guarded(x[i], (size_t)m->in_size[i])) {
			fault = FAULT_INPUT;
		}
	}
	for (i = 0; i < m->outputs; i++) {
		if (!is_guarded(y[i], (size_t)m->out_size[i])) {
			fault = FAULT_OUTPUT;
		}
	}
	return fault;
}

static int run_twice(const struct model *m)
{
	int i, fault = run_once(m, 0xff);

	for (i = 0; i < m->outputs; i++) {
		memcpy(first[i], y[i], (size_t)m->out_size[i] * sizeof(float));
	}
	if (!fault) {
		fault = run_once(m, 0x3f);
	}
	for (i = 0; i < m->outputs && !fault; i++) {
		if (memcmp(first[i], y[i], (size_t)m->out_size[i] * sizeof(float)) != 0) {
			fault = FAULT_STATE;
		}
	}
	return fault;
}

static void make_room(const struct model *m)
{
	int i;

	context = (unsigned char *)malloc(m->context + 2 * EDGE);
	if (!context) {
		exit(3);
	}
	context += EDGE;
	for (i = 0; i < m->inputs; i++) {
		x[i] = guarded((size_t)m->in_size[i]);
		kept[i] = guarded((size_t)m->in_size[i]);
	}
	for (i = 0; i < m->outputs; i++) {
		y[i] = guarded((size_t)m->out_size[i]);
		first[i] = guarded((size_t)m->out_size[i]);
	}
}

static void free_room(const struct model *m)
{
	int i;

	free(context - EDGE);
	for (i = 0; i < m->inputs; i++) {
		free(x[i] - GUARD);
		free(kept[i] - GUARD);
	}
	for (i = 0; i < m->outputs; i++) {
		free(y[i] - GUARD);
		free(first[i] - GUARD);
	}
}

/* The fault goes behind the outputs, where it is known. */
static int try_model(const struct model *m, FILE *in, FILE *out)
{
	int sample, i, fault = FAULT_NONE, once;

	make_room(m);
	fwrite(&m->number, sizeof m->number, 1, out);
	for (sample = 0; sample < SAMPLES; sample++) {
		for (i = 0; i < m->inputs; i++) {
			if (fread(x[i], sizeof(float), (size_t)m->in_size[i], in) != (size_t)m->in_size[i]) {
				return 0;
			}
			memcpy(kept[i], x[i], (size_t)m->in_size[i] * sizeof(float));
		}
		once = run_twice(m);
		fault = fault ? fault : once;
		for (i = 0; i < m->outputs; i++) {
			fwrite(y[i], sizeof(float), (size_t)m->out_size[i], out);
		}
	}
	fwrite(&fault, sizeof fault, 1, out);
	free_room(m);
	return fflush(out) == 0;
}

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL, *out = in ? fopen(argv[2], "wb") : NULL;
	size_t i, n = sizeof models / sizeof *models;

	if (!out) {
		return 3;
	}
	for (i = 0; i < n; i++) {
		if (!try_model(&models[i], in, out)) {
			return 3;
		}
	}
	fclose(in);
	return fclose(out) != 0;
}
