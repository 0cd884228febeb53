/* drive.c: emitted models of a chunk in one program; compiled as C and as C++.
 *
 *   drive IN      prints "NAME HASH" of each model
 *
 * cases.h, made by corpus.c, includes the models and has the table 'models'.  IN holds, from a model's offset on, 64-bit
 * numbers: how many runs; of each run how many samples, what NAME_run gives back, steps and floats of each input, floats of
 * each output; then the samples.  Every array ends where no memory is that may be read, or begins there, turn by turn. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif
#include "hash.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { TENSORS = 8, PAGE = 4096 };

struct model {
	const char *name;
	int64_t offset;
	size_t context;
	int inputs, outputs;
	size_t (*run)(void *context, const float *const *x, const size_t *steps, float *const *y);
};

/* tcc folds a division by zero in an initialiser, but no sign before an infinity: -1.0f / 0.0f it takes. */
#if defined(__TINYC__)
#undef INFINITY
#define INFINITY 1.0f / 0.0f
#endif

#include CASES

/* Whole pages between two that cannot be touched. */
struct room {
	unsigned char *pages;
	size_t bytes; /* of the pages between */
};

static void trouble(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(3);
}

static struct room room_of(size_t bytes)
{
	struct room room;

	room.bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	room.pages = (unsigned char *)mmap(NULL, room.bytes + 2 * PAGE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room.pages == (unsigned char *)MAP_FAILED || mprotect(room.pages, PAGE, PROT_NONE) != 0 ||
	    mprotect(room.pages + PAGE + room.bytes, PAGE, PROT_NONE) != 0) {
		trouble("no memory");
	}
	return room;
}

/* What is used of it lies at its end or at its start; the rest, and what is to be written, is 0xff throughout: NaN. */
static void *place(struct room room, size_t bytes, int at_end)
{
	memset(room.pages + PAGE, 0xff, room.bytes);
	return room.pages + PAGE + (at_end ? room.bytes - bytes : 0);
}

static void room_free(struct room room)
{
	munmap(room.pages, room.bytes + 2 * PAGE);
}

static size_t number(FILE *in)
{
	int64_t value;

	if (fread(&value, sizeof value, 1, in) != 1) {
		trouble("the inputs are cut short");
	}
	return (size_t)value;
}

/* One run: samples of the same sizes. */
static uint64_t hash_run(const struct model *m, uint64_t hash, FILE *in)
{
	const size_t samples = number(in), given = number(in);
	size_t steps[TENSORS], in_size[TENSORS], out_size[TENSORS], s;
	struct room in_room[TENSORS], out_room[TENSORS], context = room_of(m->context);
	const float *x[TENSORS];
	float *y[TENSORS];
	int i;

	for (i = 0; i < m->inputs; i++) {
		steps[i] = number(in);
		in_size[i] = number(in);
		in_room[i] = room_of(in_size[i] * sizeof(float));
	}
	for (i = 0; i < m->outputs; i++) {
		out_size[i] = number(in);
		out_room[i] = room_of(out_size[i] * sizeof(float));
	}
	for (s = 0; s < samples; s++) {
		const int at_end = s % 2 == 0;

		for (i = 0; i < m->inputs; i++) {
			float *at = (float *)place(in_room[i], in_size[i] * sizeof(float), at_end);

			if (fread(at, sizeof(float), in_size[i], in) != in_size[i]) {
				trouble("a sample is cut short");
			}
			x[i] = at;
		}
		for (i = 0; i < m->outputs; i++) {
			y[i] = (float *)place(out_room[i], out_size[i] * sizeof(float), at_end);
		}
		if (m->run(place(context, m->context, at_end), x, steps, y) != given) {
			printf("# %s: what run gives back is not %lu\n", m->name, (unsigned long)given);
			hash++;
		}
		for (i = 0; i < m->outputs; i++) {
			hash = hash_floats(hash, y[i], out_size[i]);
		}
	}
	for (i = 0; i < m->inputs; i++) {
		room_free(in_room[i]);
	}
	for (i = 0; i < m->outputs; i++) {
		room_free(out_room[i]);
	}
	room_free(context);
	return hash;
}

int main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
	size_t i, n = sizeof models / sizeof *models, runs;

	if (!in) {
		trouble("usage: drive IN");
	}
	for (i = 0; i < n; i++) {
		uint64_t hash = HASH_START;

		if (models[i].inputs > TENSORS || models[i].outputs > TENSORS ||
		    fseek(in, (long)models[i].offset, SEEK_SET) != 0) {
			trouble("too large for this test");
		}
		for (runs = number(in); runs > 0; runs--) {
			hash = hash_run(&models[i], hash, in);
		}
		printf("%s %016" PRIx64 "\n", models[i].name, hash);
		fflush(stdout);
	}
	fclose(in);
	return 0;
}
