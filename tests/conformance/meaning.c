/* meaning.c FOLDER: the float64 meaning of every case against the numbers of Keras.
 *
 * FOLDER holds one unpacked family (make_goldens.py).  Keras evaluated in float64 and wrote float32, so what is left is
 * the rounding of the golden itself: 2^-24 of its value, and 2^-40 of the tensor's largest value for sums that cancel.
 * Weights pass through conv1dc's own readers.  Prints each failure and "N passed, N failed". */
#include "eval/eval.h"
#include "load/load.h"
#include "passes/passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 512, WORDS_MAX = 16 };

struct golden_case {
	const char *name;
	const struct graph *graph;
	int n_in, n_out;
};

static bool read_array(const char *folder, const char *name, const char *side, int i, struct array *array,
		       struct arena *arena, struct diag *diag)
{
	const char *path = path_join(arena, folder, arena_printf(arena, "%s.%s%d.npy", name, side, i)), *reason;
	struct bytes file;

	if (file_read(arena, path, &file, &reason)) return npy_read(file, path, array, arena, diag);
	fprintf(stderr, "%s: %s\n", path, reason);
	return false;
}

/* Whether n values agree with the golden's, one sample; says where not. */
static bool agrees(const struct golden_case *c, const double *got, const float *want, int64_t n, int output)
{
	double largest = 0, bound;
	int64_t i;

	for (i = 0; i < n; i++) largest = fmax(largest, fabs((double)want[i]));
	for (i = 0; i < n; i++) {
		bound = ldexp(fabs((double)want[i]), -24) + ldexp(largest, -40) + ldexp(1, -149);
		if (!(fabs(got[i] - (double)want[i]) <= bound) && !(isnan(got[i]) && isnan(want[i]))) {
			printf("%s: output %d element %lld: %.17g, Keras has %.9g\n", c->name, output, (long long)i,
			       got[i], (double)want[i]);
			return false;
		}
	}
	return true;
}

static bool judge(const struct golden_case *c, const char *folder, struct arena *arena, struct diag *diag)
{
	struct array *in = NEW_ARRAY(arena, c->n_in, struct array), *out = NEW_ARRAY(arena, c->n_out, struct array);
	const float **sample = NEW_ARRAY(arena, c->n_in, const float *);
	struct values values;
	int64_t s, n;
	int i;

	if (c->graph->inputs.n != c->n_in || c->graph->outputs.n != c->n_out) return false;
	for (i = 0; i < c->n_in; i++) {
		if (!read_array(folder, c->name, "in", i, &in[i], arena, diag)) return false;
	}
	for (i = 0; i < c->n_out; i++) {
		if (!read_array(folder, c->name, "out", i, &out[i], arena, diag)) return false;
		n = shape_elements(&c->graph->outputs.at[i]->shape);
		if (shape_elements(&out[i].shape) != n * out[i].shape.at[0]) return false;
	}
	for (s = 0; s < in[0].shape.at[0]; s++) {
		for (i = 0; i < c->n_in; i++)
			sample[i] = in[i].f32 + s * shape_elements(&c->graph->inputs.at[i]->shape);
		values = eval_graph(c->graph, NUMBER_MEANING, sample, arena);
		for (i = 0; i < c->n_out; i++) {
			n = shape_elements(&c->graph->outputs.at[i]->shape);
			if (!agrees(c, (const double *)values.at[c->graph->outputs.at[i]->id], out[i].f32 + s * n, n,
				    i))
				return false;
		}
	}
	return true;
}

/* One line of cases.txt: name, model, weights or -, inputs, outputs, options. */
static bool try_case(const char *folder, char *line)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct options options = options_default();
	struct golden_case c = { 0 };
	struct loaded *loaded = NULL;
	char *word[WORDS_MAX] = { NULL }, *command[WORDS_MAX] = { NULL };
	int words = 0, n = 0, i;
	bool ok;

	for (line = strtok(line, " \n"); line && words < WORDS_MAX; line = strtok(NULL, " \n")) word[words++] = line;
	CHECK(words >= 5);
	c.name = word[0], c.n_in = atoi(word[3]), c.n_out = atoi(word[4]);
	command[n++] = arena_string(arena, "summary");
	command[n++] = path_join(arena, folder, word[1]);
	if (strcmp(word[2], "-") != 0) command[n++] = path_join(arena, folder, word[2]);
	for (i = 5; i < words; i++) command[n++] = word[i];
	ok = options_parse(&options, n, command, arena, diag) && options_model(&options, diag);
	if (ok) loaded = load(&options, arena, diag);
	if (loaded && !diag_failed(diag)) infer(loaded->graph, diag);
	ok = loaded && !diag_failed(diag);
	if (ok) {
		c.graph = loaded->graph;
		ok = judge(&c, folder, arena, diag);
	}
	if (!ok) printf("%s: failed\n", c.name);
	arena_free(arena);
	return ok;
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];
	int passed = 0, failed = 0;
	char path[4096];
	FILE *cases;

	CHECK(argc == 2);
	snprintf(path, sizeof path, "%s/cases.txt", argv[1]);
	cases = fopen(path, "r");
	if (!cases) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof line, cases)) *(try_case(argv[1], line) ? &passed : &failed) += 1;
	fclose(cases);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
