/* golden.c: check 3: the user's own inputs and outputs. */
#include "judge/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Is it of as many samples as those before it (n; -1: the first)? */
static bool check_one(const struct array *array, const char *option, const struct tensor *tensor, int64_t *n,
		      struct arena *arena, struct diag *diag)
{
	if (!array_fits(array, &tensor->shape)) {
		diag_usage(diag, "%s %s: an array of shape %s; '%s' needs an axis of samples and then %s", option,
			   array->name, shape_text(arena, &array->shape), tensor->name,
			   shape_text(arena, &tensor->shape));
		return false;
	}
	if (*n >= 0 && array->shape.at[0] != *n) {
		diag_usage(diag, "%s %s: %lld samples; the arrays before it have %lld", option, array->name,
			   (long long)array->shape.at[0], (long long)*n);
		return false;
	}
	if (array->shape.at[0] == 0) {
		diag_usage(diag, "%s %s: an array without samples; one or more are needed", option, array->name);
		return false;
	}
	*n = array->shape.at[0];
	return array_is_of(array, tensor, option, diag);
}

/* One of the two options: its files, and whose arrays they are. */
struct side {
	const char *option, *what;
	const char *const *paths;
	int n_paths;
	const char *words[3]; /* members of an .npz that are meant by it */
	struct tensor *const *tensors;
	int n_tensors;
	struct arrays arrays;
	struct arrays rest; /* of archives whose members are named after tensors, those of others than these */
};

/* Members that are named after all of the side's tensors are theirs. */
static bool take_named(struct side *side, const struct arrays *all, struct arena *arena)
{
	const int before = side->arrays.list.n;
	bool *used = NEW_ARRAY(arena, all->list.n, bool);

	for (int i = 0; i < side->n_tensors; i++)
		for (int k = 0; k < all->list.n; k++) {
			const char *member = all->list.at[k].member;
			if (used[k] || !member || !golden_names(member, side->tensors[i])) continue;
			list_push(arena, &side->arrays.list, all->list.at[k]);
			used[k] = true;
			break;
		}
	if (side->arrays.list.n - before < side->n_tensors) {
		side->arrays.list.n = before;
		return false;
	}
	for (int k = 0; k < all->list.n; k++)
		if (!used[k]) list_push(arena, &side->rest.list, all->list.at[k]);
	return true;
}

static bool read_one(struct side *side, const char *path, struct arena *arena, struct diag *diag)
{
	struct arrays all = { 0 };
	bool words = false;

	if (!arrays_named(path, NULL, &all, arena, diag)) return false;
	if (all.list.n == 1 || !take_named(side, &all, arena)) {
		for (int k = 0; k < all.list.n; k++)
			if (all.list.at[k].member) list_push(arena, &side->rest.list, all.list.at[k]);
		words = true;
	}
	return !words || arrays_named(path, side->words, &side->arrays, arena, diag);
}

static bool read_side(struct side *side, struct arena *arena, struct diag *diag)
{
	bool right = true;

	for (int i = 0; i < side->n_paths; i++) right &= read_one(side, side->paths[i], arena, diag);
	if (!right || side->arrays.list.n == side->n_tensors) return right;
	diag_usage(diag,
		   "%s says %d array%s; the model has %d %s%s, in this order: %s (one array of several in an archive: "
		   "FILE.npz:NAME)",
		   side->option, side->arrays.list.n, side->arrays.list.n == 1 ? "" : "s", side->n_tensors, side->what,
		   side->n_tensors == 1 ? "" : "s", tensor_names(arena, side->tensors, side->n_tensors));
	return false;
}

static float **check_all(const struct side *side, int64_t *n, struct arena *arena, struct diag *diag)
{
	float **arrays = NEW_ARRAY(arena, side->n_tensors + 1, float *);
	bool right = true;

	for (int i = 0; i < side->n_tensors; i++) {
		right &= check_one(&side->arrays.list.at[i], side->option, side->tensors[i], n, arena, diag);
		arrays[i] = side->arrays.list.at[i].f32;
	}
	return right ? arrays : NULL;
}

/* All of its values are numbers. */
static bool check_finite(const struct array *array, const char *option, struct diag *diag)
{
	const int64_t n = shape_elements(&array->shape), each = n / array->shape.at[0];

	for (int64_t i = 0; i < n; i++) {
		if (isfinite(array->f32[i])) continue;
		diag_usage(diag, "%s %s: sample %lld holds %s; samples are of finite float32 values", option,
			   array->name, (long long)(i / each), isnan(array->f32[i]) ? "NaN" : "an infinite value");
		return false;
	}
	return true;
}

float **arrays_of_option(const char *option, const char *const *paths, int n_paths, const struct graph *graph,
			 int64_t *samples, struct arena *arena, struct diag *diag)
{
	struct side side = { .option = option, .what = "input", .paths = paths, .n_paths = n_paths };
	float **arrays = NULL;

	side.words[0] = "input";
	side.tensors = graph->inputs.at;
	side.n_tensors = graph->inputs.n;
	*samples = -1;
	if (read_side(&side, arena, diag)) arrays = check_all(&side, samples, arena, diag);
	for (int i = 0; arrays && i < side.n_tensors; i++)
		if (!check_finite(&side.arrays.list.at[i], option, diag)) arrays = NULL;
	return arrays;
}

/* "golden.npz:output"; members may have slashes in their names. */
static const char *array_label(const struct array *array, struct arena *arena)
{
	size_t n = strlen(array->name);

	if (!array->member) return path_base(array->name);
	n -= strlen(array->member) + 1;
	return arena_printf(arena, "%s:%s", path_base(arena_string_n(arena, array->name, n)), array->member);
}

struct golden *golden_read(const struct graph *graph, const struct options *options, struct arena *arena,
			   struct diag *diag)
{
	struct golden *golden = NEW(arena, struct golden);
	struct side
	    in = { .option = "--input", .what = "input", .paths = options->inputs, .n_paths = options->n_inputs },
	    out = { .option = "--expect", .what = "output", .paths = options->outputs, .n_paths = options->n_outputs };
	bool read;

	in.words[0] = "input";
	in.tensors = graph->inputs.at;
	in.n_tensors = graph->inputs.n;
	out.words[0] = "output";
	out.words[1] = "expect";
	out.tensors = graph->outputs.at;
	out.n_tensors = graph->outputs.n;
	read = read_side(&in, arena, diag);
	if (!read_side(&out, arena, diag) || !read) return NULL;
	golden->n = -1;
	golden->in = check_all(&in, &golden->n, arena, diag);
	golden->expected = check_all(&out, &golden->n, arena, diag);
	golden->label = NEW_ARRAY(arena, graph->outputs.n + 1, const char *);
	for (int i = 0; i < graph->outputs.n; i++) golden->label[i] = array_label(&out.arrays.list.at[i], arena);
	if (!golden->in || !golden->expected) return NULL;
	golden->between = golden_between(graph, &out.rest, golden->n, arena, diag);
	return diag_failed(diag) ? NULL : golden;
}

/* How far one output is from what was expected. */
struct distance {
	int64_t wrong, first; /* elements out of tolerance; the first, over all samples */
	float first_got, first_expected;
	double worst; /* largest finite difference */
};

/* options: their tolerances; NULL: values must be equal. */
static void measure(struct distance *d, const float *got, const float *expected, int64_t n, int64_t start,
		    const struct options *options)
{
	for (int64_t i = 0; i < n; i++) {
		const double difference = fabs((double)got[i] - (double)expected[i]);
		if (isfinite(difference) && difference > d->worst) d->worst = difference;
		if (options ? within_tolerance(got[i], expected[i], options->atol, options->rtol)
			    : got[i] == expected[i])
			continue;
		if (d->wrong++ == 0) {
			d->first = start + i;
			d->first_got = got[i];
			d->first_expected = expected[i];
		}
	}
}

static void report(struct trial *trial, const struct golden *golden, int output, const struct distance *d)
{
	const struct graph *graph = trial->program->graph;
	const struct tensor *tensor = graph->outputs.at[output];
	const struct options *options = trial->options;
	struct arena *arena = trial->arena;
	const int64_t n = tensor_elements(tensor);
	const bool integer = tensor_is_integer(tensor);
	const char *how =
	    integer ? "byte for byte" : arena_printf(arena, "atol %g, rtol %g", options->atol, options->rtol);
	const char *what =
	    arena_printf(arena, "emitted = %s: output %d '%s', %lld samples, %s, worst difference %.3g",
			 golden->label[output], output, tensor->name, (long long)golden->n, how, d->worst);
	if (d->wrong == 0) {
		trial_passed(trial, "%s", what);
		return;
	}
	trial_failed(trial, "%s", what);
	trial_says("%lld of %lld values %s; the first: sample %lld, %s: emitted %s, expected %s", (long long)d->wrong,
		   (long long)(n * golden->n), integer ? "differ" : "are out of tolerance", (long long)(d->first / n),
		   tensor_element_shown(arena, graph, tensor, d->first % n), value_shown(arena, tensor, d->first_got),
		   value_shown(arena, tensor, d->first_expected));
}

static bool write_inputs(const struct trial *trial, const struct golden *golden, const char *path)
{
	const struct graph *graph = trial->program->graph;
	FILE *file = fopen(path, "wb");
	bool written = file != NULL;
	for (int64_t i = 0; i < golden->n; i++) {
		for (int k = 0; written && k < graph->inputs.n; k++) {
			const struct tensor *tensor = graph->inputs.at[k];
			written = values_write(file, tensor, golden->in[k] + i * tensor_elements(tensor));
		}
	}
	if (file && fclose(file) != 0) written = false;
	if (!written) diag_file_error(trial->diag, path, "cannot be written");
	return written;
}

/* false: the file is too short. */
static bool measure_all(const struct trial *trial, const struct golden *golden, const char *path,
			struct distance *distances)
{
	const struct graph *graph = trial->program->graph;
	float **got = outputs_room(graph, trial->arena);
	FILE *file = fopen(path, "rb");
	bool complete = file != NULL;
	for (int64_t i = 0; complete && i < golden->n; i++) {
		for (int k = 0; complete && k < graph->outputs.n; k++) {
			const int64_t n = tensor_elements(graph->outputs.at[k]);
			complete = values_read(trial, file, path, graph->outputs.at[k], got[k]);
			if (!complete) break;
			measure(&distances[k], got[k], golden->expected[k] + i * n, n, i * n,
				tensor_is_integer(graph->outputs.at[k]) ? NULL : trial->options);
		}
	}
	if (file) fclose(file);
	return complete;
}

bool check_golden(struct trial *trial, const struct golden *golden)
{
	const struct graph *graph = trial->program->graph;
	struct arena *arena = trial->arena;
	const char *in = path_join(arena, trial->scratch, "golden_in"),
		   *out = path_join(arena, trial->scratch, "golden_out");
	const char *why = NULL;
	struct distance *distances = NEW_ARRAY(arena, graph->outputs.n, struct distance);
	enum ran ran = RAN_WRONG;
	if (trial->built) {
		if (!write_inputs(trial, golden, in)) return false;
		ran = build_run(&trial->build, in, out, NULL, golden->n, &why, arena, trial->diag);
		if (ran == RAN_IMPOSSIBLE) return false;
	}
	if (ran == RAN_WRONG) {
		trial_failed(trial, "emitted = expected: %lld samples", (long long)golden->n);
		trial_says("%s", why ? why : "the emitted code does not run");
		return true;
	}
	if (!measure_all(trial, golden, out, distances)) return false;
	bool wrong = false;
	for (int i = 0; i < graph->outputs.n; i++) {
		report(trial, golden, i, &distances[i]);
		wrong = wrong || distances[i].wrong > 0;
	}
	return check_between(trial, golden, wrong);
}
