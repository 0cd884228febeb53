/* run.c: conv1dc run: the exact interpreter over a batch in .npy files. */
#include "main.h"

#include <stdio.h>
#include <string.h>

/* A batch: one dense array per input or output, samples one behind the other. */
struct batch {
	int64_t samples;
	float **at;        /* by input or output */
	int64_t *elements; /* of one sample */
};

static void check_count(struct session *s, const char *option, int given, const char *what,
			struct tensor *const *tensors, int n)
{
	if (given == n) return;
	diag_usage(s->diag, "%d file%s given by %s; the model has %d %s%s, in this order: %s", given,
		   given == 1 ? " is" : "s are", option, n, what, n == 1 ? "" : "s",
		   tensor_names(s->arena, tensors, n));
}

/* Two results in one file: one of them would be lost. */
static void check_twice(struct session *s)
{
	const char *const *paths = s->options.outputs;
	int i, k;

	for (i = 0; i < s->options.n_outputs; i++) {
		for (k = 0; k < i && strcmp(paths[i], paths[k]) != 0; k++) continue;
		if (k < i) diag_usage(s->diag, "-o %s is given twice; every output takes a file of its own", paths[i]);
	}
}

static bool check_counts(const struct graph *graph, struct session *s)
{
	check_twice(s);
	check_count(s, "-i", s->options.n_inputs, "input", graph->inputs.at, graph->inputs.n);
	check_count(s, "-o", s->options.n_outputs, "output", graph->outputs.at, graph->outputs.n);
	return !diag_failed(s->diag);
}

/* The tensor's shape with an axis of samples in front; false: too many axes for an array. */
static bool batch_shape(const struct shape *sample, int64_t samples, struct shape *shape)
{
	if (sample->rank == MAX_RANK) return false;
	shape->rank = sample->rank + 1;
	shape->at[0] = samples;
	memcpy(shape->at + 1, sample->at, (size_t)sample->rank * sizeof *sample->at);
	return true;
}

static void read_input(struct session *s, const char *path, const struct tensor *tensor, struct array *array)
{
	struct bytes file;
	const char *reason, *text;

	if (!file_read(s->arena, path, &file, &reason)) {
		diag_file_error(s->diag, path, "cannot be read: %s", reason);
		return;
	}
	if (!npy_read(file, path, array, s->arena, s->diag)) return;
	if (array_fits(array, &tensor->shape)) {
		array_is_of(array, tensor, "-i", s->diag);
		return;
	}
	text = shape_text(s->arena, &tensor->shape);
	diag_usage(s->diag, "-i %s: the array's shape is %s; input '%s' takes (samples, %s", path,
		   shape_text(s->arena, &array->shape), tensor->name, text + 1);
}

static bool read_inputs(struct session *s, const struct graph *graph, struct batch *batch)
{
	const char *const *paths = s->options.inputs;
	struct array *array = NEW_ARRAY(s->arena, graph->inputs.n, struct array);
	int i;

	batch->at = NEW_ARRAY(s->arena, graph->inputs.n, float *);
	batch->elements = NEW_ARRAY(s->arena, graph->inputs.n, int64_t);
	for (i = 0; i < graph->inputs.n; i++) read_input(s, paths[i], graph->inputs.at[i], &array[i]);
	if (diag_failed(s->diag)) return false;
	batch->samples = array[0].shape.at[0];
	for (i = 0; i < graph->inputs.n; i++) {
		batch->at[i] = array[i].f32;
		batch->elements[i] = shape_elements(&graph->inputs.at[i]->shape);
		if (array[i].shape.at[0] == batch->samples) continue;
		diag_usage(s->diag, "-i %s: %lld samples; %s has %lld", paths[i], (long long)array[i].shape.at[0],
			   paths[0], (long long)batch->samples);
	}
	return !diag_failed(s->diag);
}

/* Takes memory for the results; their size is the product of two files' sizes, so it is checked first. */
static bool make_outputs(struct session *s, const struct graph *graph, struct batch *out)
{
	int64_t n, bytes;
	int i;

	out->at = NEW_ARRAY(s->arena, graph->outputs.n, float *);
	out->elements = NEW_ARRAY(s->arena, graph->outputs.n, int64_t);
	for (i = 0; i < graph->outputs.n; i++) {
		out->elements[i] = shape_elements(&graph->outputs.at[i]->shape);
		if (!size_mul(out->elements[i], out->samples, &n) || !size_mul(n, 4, &bytes) || bytes > FILE_LIMIT) {
			diag_usage(s->diag, "-o %s would be larger than %lld bytes; run fewer samples at a time",
				   s->options.outputs[i], (long long)FILE_LIMIT);
			continue;
		}
		out->at[i] = NEW_ARRAY(s->arena, n, float);
	}
	return !diag_failed(s->diag);
}

static void run_sample(const struct graph *graph, enum number number, const struct batch *in, struct batch *out,
		       int64_t sample)
{
	struct arena *arena = arena_new();
	const float **inputs = NEW_ARRAY(arena, graph->inputs.n, const float *);
	struct values values;
	int i;

	for (i = 0; i < graph->inputs.n; i++) inputs[i] = in->at[i] + sample * in->elements[i];
	values = eval_graph(graph, number, inputs, arena);
	for (i = 0; i < graph->outputs.n; i++) {
		memcpy(out->at[i] + sample * out->elements[i], values.at[graph->outputs.at[i]->id],
		       (size_t)out->elements[i] * sizeof(float));
	}
	arena_free(arena);
}

/* --losses: of the model's meaning in float64, whatever rounding the results have. */
static struct losses *begin_losses(struct session *s, const struct program *p, int64_t samples)
{
	struct losses *losses = losses_of_weights(p, s->arena);

	losses_begin_outputs(losses, p, samples);
	return losses;
}

static void add_losses(struct losses *losses, const struct graph *meaning, const struct batch *in, int64_t sample)
{
	struct arena *arena = arena_new();
	const float **inputs = NEW_ARRAY(arena, meaning->inputs.n, const float *);
	struct values values;

	for (int i = 0; i < meaning->inputs.n; i++) inputs[i] = in->at[i] + sample * in->elements[i];
	values = eval_graph(meaning, NUMBER_MEANING, inputs, arena);
	losses_add_sample(losses, &values);
	arena_free(arena);
}

static void print_losses(struct losses *losses)
{
	struct text out = { 0 };

	losses_end_outputs(losses);
	losses_print(losses, "", &out);
	if (!out.n) text_add(&out, "No losses: no layer has a regularizer\n");
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
}

static void write_results(struct session *s, const struct graph *graph, const struct batch *out)
{
	struct text *text = NEW_ARRAY(s->arena, graph->outputs.n, struct text);
	struct file_text *files = NEW_ARRAY(s->arena, graph->outputs.n, struct file_text);
	struct shape shape;
	int i;

	for (i = 0; i < graph->outputs.n; i++) {
		CHECK(batch_shape(&graph->outputs.at[i]->shape, out->samples, &shape));
		npy_write_typed(&text[i], graph->outputs.at[i]->type, &shape, out->at[i]);
		files[i] = (struct file_text){ s->options.outputs[i], &text[i] };
	}
	files_write(s->arena, files, graph->outputs.n, s->diag);
	for (i = 0; i < graph->outputs.n; i++) text_free(&text[i]);
}

/* Arrays have at most MAX_RANK axes, of which one counts samples. */
static bool check_ranks(const struct graph *graph, struct diag *diag)
{
	int i;

	for (i = 0; i < graph->inputs.n + graph->outputs.n; i++) {
		const struct tensor *tensor =
		    i < graph->inputs.n ? graph->inputs.at[i] : graph->outputs.at[i - graph->inputs.n];

		if (tensor->shape.rank < MAX_RANK) continue;
		diag_error(diag, (struct place){ 0 }, "'%s' has %d axes; run reads and writes at most %d", tensor->name,
			   tensor->shape.rank, MAX_RANK - 1);
	}
	return !diag_failed(diag);
}

enum status run_command(struct session *s)
{
	struct program p;
	struct batch in = { 0 }, out = { 0 };
	struct progress *progress;
	struct losses *losses = NULL;
	enum number number;
	int64_t i;

	if (!options_model(&s->options, s->diag) || !build(&p, s, DEPTH_GRAPH)) return STATUS_MODEL;
	if (!check_counts(p.graph, s) || !check_ranks(p.graph, s->diag)) return STATUS_USAGE;
	if (graph_open_inputs(p.meaning) > 0) {
		int64_t *steps;
		const struct program *at =
		    program_of_arrays(&p, s->options.inputs, s->options.n_inputs, "-i", &steps, s->arena, s->diag);

		if (!at) return STATUS_USAGE;
		p = *at;
	}
	if (!read_inputs(s, p.graph, &in)) return STATUS_USAGE;
	out.samples = in.samples;
	if (!make_outputs(s, p.graph, &out)) return STATUS_USAGE;
	number = number_of(p.fp, p.flush);
	if (s->options.losses) losses = begin_losses(s, &p, in.samples);
	progress = progress_start(s->arena, "running", in.samples, s->options.quiet);
	for (i = 0; i < in.samples; i++) {
		run_sample(p.graph, number, &in, &out, i);
		if (losses) add_losses(losses, p.meaning, &in, i);
		progress_at(progress, i + 1);
	}
	progress_end(progress);
	write_results(s, p.graph, &out);
	if (losses) print_losses(losses);
	return STATUS_DONE;
}
