/* doubles.c LIST: the float64 meaning of many models, as raw doubles.
 *
 * A line of LIST: STEM INPUTS MODEL [WEIGHTS] [OPTIONS...].  Reads STEM.in0.npy, ... (the first axis is the batch), writes
 * STEM.doubles: sample by sample, all outputs.  Prints the stems of models that cannot be read; they have no file. */
#include "eval/eval.h"
#include "load/load.h"
#include "passes/passes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 2048, WORDS_MOST = 24, INPUTS_MOST = 8 };

static bool read_inputs(const struct graph *graph, const char *stem, struct array *in, struct arena *arena,
			struct diag *diag)
{
	for (int i = 0; i < graph->inputs.n; i++) {
		const char *path = arena_printf(arena, "%s.in%d.npy", stem, i), *reason;
		struct bytes file;
		if (!file_read(arena, path, &file, &reason) || !npy_read(file, path, &in[i], arena, diag)) return false;
		if (shape_elements(&in[i].shape) != shape_elements(&graph->inputs.at[i]->shape) * in[i].shape.at[0])
			return false;
	}
	return true;
}

static bool write_meaning(const struct graph *graph, const struct array *in, const char *stem, struct arena *arena)
{
	FILE *file = fopen(arena_printf(arena, "%s.doubles", stem), "wb");
	const float *sample[INPUTS_MOST];

	for (int64_t s = 0; file && s < in[0].shape.at[0]; s++) {
		struct values values;
		for (int i = 0; i < graph->inputs.n; i++)
			sample[i] = in[i].f32 + s * shape_elements(&graph->inputs.at[i]->shape);
		values = eval_graph(graph, NUMBER_MEANING, sample, arena);
		for (int i = 0; i < graph->outputs.n; i++)
			fwrite(values.at[graph->outputs.at[i]->id], sizeof(double),
			       (size_t)shape_elements(&graph->outputs.at[i]->shape), file);
	}
	return file && fclose(file) == 0;
}

static bool try_line(char *line)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct options options = options_default();
	char *word[WORDS_MOST] = { NULL };
	struct array in[INPUTS_MOST];
	struct loaded *loaded = NULL;
	int words = 0;
	bool right;

	for (line = strtok(line, " \n"); line && words < WORDS_MOST; line = strtok(NULL, " \n")) word[words++] = line;
	CHECK(words >= 3 && atoi(word[1]) <= INPUTS_MOST);
	fprintf(stderr, "%s\n", word[0]);
	word[1] = arena_string(arena, "summary");
	right = options_parse(&options, words - 1, word + 1, arena, diag) && options_model(&options, diag);
	if (right) loaded = load(&options, arena, diag);
	if (loaded && !diag_failed(diag)) infer(loaded->graph, diag);
	right = loaded && !diag_failed(diag) && read_inputs(loaded->graph, word[0], in, arena, diag) &&
		write_meaning(loaded->graph, in, word[0], arena);
	if (!right) printf("%s\n", word[0]);
	arena_free(arena);
	return right;
}

int main(int argc, char **argv)
{
	FILE *list = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[LINE_MOST];
	bool right = true;

	if (!list) return STATUS_USAGE;
	while (fgets(line, sizeof line, list)) right &= try_line(line);
	fclose(list);
	return right ? 0 : 1;
}
