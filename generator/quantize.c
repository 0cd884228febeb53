/* quantize.c: conv1dc quantize: a float model and samples become a model of integers: JSON that conv1dc reads, or C. */
#include "main.h"
#include "passes/quantise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One run of the command. */
struct quantizing {
	struct session *s;
	struct program floats; /* the model's; prepared: its graph cut into what has integers */
	struct graph *prepared;
	float **samples; /* by input, one behind the other */
	int64_t n;
	struct calibration *calibration;
	struct quantised *quantised;
	struct text json;
	int *of; /* by tensor of the model that the JSON is: prepared's */
};

/* ---- what can be quantised -------------------------------------------------------------------------------------------- */

static bool weights_are_finite(const struct node *node, struct diag *diag)
{
	for (int i = 0; i < node->n_weight; i++)
		for (int64_t k = 0; k < shape_elements(&node->weight[i]->shape); k++) {
			if (isfinite(node->weight[i]->f32[k])) continue;
			diag_error(diag, (struct place){ .layer = node->name },
				   "%s holds a value that is not finite; no integer stands for it",
				   node->weight[i]->name);
			return false;
		}
	return true;
}

static void check_model(const struct graph *graph, struct diag *diag)
{
	for (int i = 0; i < graph->tensors.n; i++)
		if (tensor_is_integer(graph->tensors.at[i])) {
			diag_error(diag, (struct place){ 0 },
				   "the model holds integers already; quantize takes float models");
			return;
		}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		weights_are_finite(node, diag);
		if (node_moves_times(node))
			diag_error(
			    diag, (struct place){ .layer = node->name },
			    "TimeDistributed layers cannot be quantised; the same layer without the wrapper, where it "
			    "acts on the last axis, can");
		else if (node->layer->mask == MASK_MAKES)
			diag_error(diag, (struct place){ .layer = node->name },
				   "models with masks cannot be quantised");
	}
}

/* ---- samples ------------------------------------------------------------------------------------------------------------- */

static void name_sample_files(struct quantizing *q)
{
	const struct options *o = &q->s->options;

	for (int i = 0; i < o->n_calibrate; i++) {
		struct input_file file = { .path = o->calibrate[i] };
		struct bytes bytes;
		const char *reason;

		/* FILE.npz:MEMBER names a member. */
		if (!file_read(q->s->arena, file.path, &bytes, &reason)) {
			const char *colon = strrchr(file.path, ':');
			if (!colon) continue;
			file.path = arena_string_n(q->s->arena, file.path, (size_t)(colon - file.path));
			if (!file_read(q->s->arena, file.path, &bytes, &reason)) continue;
		}
		file.name = arena_string(q->s->arena, path_base(o->calibrate[i]));
		sha256_text(bytes.at, bytes.n, file.sha256);
		list_push(q->s->arena, &q->floats.loaded->others, file);
	}
}

static const float **sample_at(const struct quantizing *q, float *const *samples, int64_t i, struct arena *arena)
{
	const struct graph *graph = q->prepared;
	const float **in = NEW_ARRAY(arena, graph->inputs.n, const float *);

	for (int k = 0; k < graph->inputs.n; k++) in[k] = samples[k] + i * tensor_elements(graph->inputs.at[k]);
	return in;
}

typedef void see_function(struct calibration *calibration, const struct values *values);

static void see_samples(struct quantizing *q, see_function *see, const char *what)
{
	struct progress *progress = progress_start(q->s->arena, what, q->n, q->s->options.quiet);

	for (int64_t i = 0; i < q->n; i++) {
		struct arena *arena = arena_new();
		const struct values values =
		    eval_graph(q->prepared, NUMBER_SEPARATE, sample_at(q, q->samples, i, arena), arena);

		see(q->calibration, &values);
		arena_free(arena);
		progress_at(progress, i + 1);
	}
	progress_end(progress);
}

/* Every value has to be a number: nothing can be said of the range of others. */
static bool values_are_finite(const struct quantizing *q)
{
	for (int t = 0; t < q->prepared->tensors.n; t++) {
		const struct range seen = calibration_seen(q->calibration, t);
		if (isfinite(seen.least) && isfinite(seen.most)) continue;
		diag_error(q->s->diag, (struct place){ .layer = q->prepared->tensors.at[t]->name },
			   "on the samples it has values that are infinite or NaN; no range holds them");
		return false;
	}
	return true;
}

/* An input that never was anything else than 0 would have steps of nothing. */
static void warn_of_zeros(const struct quantizing *q)
{
	for (int i = 0; i < q->prepared->inputs.n; i++) {
		const struct tensor *input = q->prepared->inputs.at[i];
		const struct range seen = calibration_seen(q->calibration, input->id);

		if (seen.least == 0 && seen.most == 0)
			diag_warn(q->s->diag, WARN_ZEROS, (struct place){ .layer = input->name },
				  "this input is 0 on all samples; no other value will fit its integers");
	}
}

/* ---- quantising ------------------------------------------------------------------------------------------------------------ */

static enum type type_of_ends(const struct options *o)
{
	switch (o->io) {
	case IO_FLOAT: return TYPE_F32;
	case IO_INT8: return TYPE_I8;
	case IO_INT16: return TYPE_I16;
	default: return o->wide ? TYPE_I16 : TYPE_I8;
	}
}

static struct range *choose_ranges(const struct quantizing *q)
{
	const struct options *o = &q->s->options;
	const int n = q->prepared->tensors.n;
	struct range *range = NEW_ARRAY(q->s->arena, n, struct range);

	for (int t = 0; t < n; t++)
		range[t] =
		    calibration_choose(q->calibration, t, o->range, o->percentile, o->wide ? 65534 : 255, o->wide);
	return range;
}

static void tell_left(const struct quantizing *q, enum type type)
{
	for (int i = 0; i < q->quantised->left.n; i++) {
		const struct node *node = q->quantised->left.at[i];
		const struct place place = { .layer = node->name };

		if (node_has_integer_form(node, type)) continue;
		if (q->s->options.strict)
			diag_error(q->s->diag, place,
				   "%s has no form in integers of the type %s, and --strict asks for one",
				   node->layer->name, type_name(type));
		else
			diag_warn(q->s->diag, WARN_FLOAT_LAYER, place,
				  "%s has no form in integers of the type %s; it computes in float32",
				  node->layer->name, type_name(type));
	}
}

/* From the JSON's numbers of tensors to the prepared graph's: both count inputs first, then what nodes make. */
static void number_tensors(struct quantizing *q)
{
	const struct graph *graph = q->quantised->graph;
	int made = 0;

	q->of = NEW_ARRAY(q->s->arena, graph->tensors.n + 1, int);
	for (int i = 0; i < graph->inputs.n; i++) q->of[made++] = q->quantised->tensor[graph->inputs.at[i]->id];
	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_out; k++)
			q->of[made++] = q->quantised->tensor[graph->nodes.at[i]->out[k]->id];
}

static bool quantise_model(struct quantizing *q)
{
	const struct options *o = &q->s->options;
	struct quantising how = { .activations = o->wide ? TYPE_I16 : TYPE_I8,
				  .ends = type_of_ends(o),
				  .rounding = o->single ? ROUNDING_SINGLE : ROUNDING_DOUBLE };

	if (o->equalise) {
		const int pairs = quantise_equalise(q->prepared);
		if (o->verbose) fprintf(stderr, "conv1dc: %d pairs of layers equalised\n", pairs);
	}
	q->calibration = calibration_new(q->prepared, q->s->arena);
	see_samples(q, calibration_see, "ranges");
	if (!values_are_finite(q)) return false;
	warn_of_zeros(q);
	if (o->range != RANGE_MINMAX) see_samples(q, calibration_count, "histograms");
	how.range = choose_ranges(q);
	q->quantised = quantise(q->prepared, &how, q->s->arena);
	tell_left(q, how.activations);
	if (diag_failed(q->s->diag)) return false;
	quantised_write(q->quantised->graph, &q->json);
	number_tensors(q);
	return true;
}

/* ---- what came of it ------------------------------------------------------------------------------------------------------- */

/* The program of the JSON: what compiling the file would give, but for names and fingerprints. */
static void read_back(const struct quantizing *q, struct program *program)
{
	struct options none = q->s->options;
	struct loaded *loaded;

	none.input_shapes = 0;
	none.steps = none.max_steps = 0;
	none.weights = NULL;
	loaded = load_quantised(&q->json, "quantised model", &none, q->s->arena, q->s->diag);
	CHECK(loaded != NULL);
	loaded->model = q->floats.loaded->model;
	loaded->weights = q->floats.loaded->weights;
	loaded->others.at = q->floats.loaded->others.at;
	loaded->others.n = q->floats.loaded->others.n;
	loaded->effects = q->floats.loaded->effects;
	*program = q->floats;
	program->loaded = loaded;
	program->meaning = loaded->graph;
	program->graph = NULL;
}

static bool read_labels(const struct quantizing *q, struct quantised_figures *figures, int64_t samples)
{
	static const char *const words[] = { "label", "y", "expect", NULL };
	const char *path = q->s->options.labels;
	struct arrays arrays = { 0 };

	if (!path) return true;
	if (!arrays_named(path, words, &arrays, q->s->arena, q->s->diag)) return false;
	if (arrays.list.n == 1) return quantised_figures_labels(figures, &arrays.list.at[0], samples, q->s->diag);
	diag_usage(q->s->diag, "--labels %s holds %d arrays; it takes one (FILE.npz:NAME)", path, arrays.list.n);
	return false;
}

/* On the samples of --input, or on those that the ranges are of. */
static bool measure(const struct quantizing *q, const struct program *program)
{
	const struct options *o = &q->s->options;
	struct quantised_figures *figures = quantised_figures_new(q->prepared, program->meaning, q->of, q->s->arena);
	struct progress *progress;
	struct text out = { 0 };
	float **samples = q->samples;
	int64_t n = q->n;

	if (o->n_inputs > 0)
		samples = arrays_of_option("--input", o->inputs, o->n_inputs, q->prepared, &n, q->s->arena, q->s->diag);
	if (!samples || !read_labels(q, figures, n)) return false;
	progress = progress_start(q->s->arena, "measuring", n, o->quiet);
	for (int64_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();
		quantised_figures_add(figures, sample_at(q, samples, i, arena));
		arena_free(arena);
		progress_at(progress, i + 1);
	}
	progress_end(progress);
	(o->json ? quantised_figures_json : quantised_figures_print)(figures, &out);
	if (!o->quiet || o->json) fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return true;
}

static bool is_json(const char *path)
{
	static const char suffix[] = ".json";
	const size_t n = path ? strlen(path) : 0;

	return n >= sizeof suffix - 1 && !strcmp(path + n - (sizeof suffix - 1), suffix);
}

/* Options of the C that is not written. */
static void check_options(const struct options *o, struct diag *diag)
{
	const struct {
		bool given;
		const char *name;
	} of_c[] = {
		{ o->harness, "--harness" },
		{ o->check, "--check" },
		{ o->depend, "-MD" },
		{ o->report, "--report" },
		{ o->target_given, "--target" },
		{ o->prefix, "--prefix" },
		{ o->plan, "--plan" },
		{ o->templates, "--templates" },
		{ o->ram != RAM_DEFAULT, "--ram" },
		{ o->block > 0, "--block" },
		{ o->fp != FP_DEFAULT, "--fp" },
		{ o->wide_weights, "--weight-bits" },
		{ has_budgets(o), "--max-ram and the like" },
		{ o->tables != TABLES_TEXT, "--weights" },
	};

	for (size_t i = 0; is_json(o->out) && i < sizeof of_c / sizeof *of_c; i++)
		if (of_c[i].given)
			diag_usage(diag, "%s is of emitted C; -o %s asks for JSON, which conv1dc compiles then",
				   of_c[i].name, o->out);
	if (o->wide && o->io == IO_INT8)
		diag_usage(diag, "--io int8 with --activations int16: inputs and outputs are int16 or float then");
	if (!o->wide && o->io == IO_INT16)
		diag_usage(diag, "--io int16 with --activations int8: inputs and outputs are int8 or float then");
}

static enum status write_result(const struct quantizing *q, struct program *program)
{
	const struct file_text out = { q->s->options.out, &q->json };

	if (!is_json(q->s->options.out))
		return plan_program(program, q->s) ? write_program(program, q->s) : STATUS_MODEL;
	if (fflush(stdout) == 0 && files_write(q->s->arena, &out, 1, q->s->diag) && q->s->options.verbose)
		fprintf(stderr, "conv1dc: %s\n", q->s->options.out);
	return STATUS_DONE;
}

static enum status quantize(struct quantizing *q)
{
	struct session *s = q->s;
	const struct options *o = &s->options;
	struct program program;

	check_options(o, s->diag);
	if (diag_failed(s->diag) || !options_model(&s->options, s->diag) || !build(&q->floats, s, DEPTH_GRAPH))
		return STATUS_MODEL;
	check_model(q->floats.graph, s->diag);
	if (diag_failed(s->diag)) return STATUS_MODEL;
	q->prepared = quantise_prepare(q->floats.graph, s->arena);
	q->samples =
	    arrays_of_option("--calibrate", o->calibrate, o->n_calibrate, q->prepared, &q->n, s->arena, s->diag);
	if (!q->samples) return STATUS_USAGE;
	name_sample_files(q);
	if (!quantise_model(q)) return STATUS_MODEL;
	read_back(q, &program);
	infer(program.meaning, diag_silent(s->arena)); /* what it warns of was said of the float model */
	fold_program(&program, s);
	if (!measure(q, &program)) return STATUS_MODEL;
	return write_result(q, &program);
}

enum status quantize_command(struct session *s)
{
	struct quantizing q = { .s = s };
	const enum status status = quantize(&q);

	text_free(&q.json);
	return status;
}
