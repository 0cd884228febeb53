/* emitted.c: check 1: the emitted code against the exact interpreter, bit for bit. */
#include "judge/parts.h"

#include <stdio.h>

/* Multiply-adds of the interpreter: two seconds or so. */
static const int64_t work_budget = 400000000;
/* Of a processor that is emulated: some seconds with a float unit, and without. */
static const int64_t emulated_budget = 40000000, emulated_soft_budget = 8000000;
enum { SAMPLES_LEAST = 12 };

enum { CHUNK_BYTES = 4096 };

bool values_write(FILE *file, const struct tensor *tensor, const float *at)
{
	const int64_t n = tensor_elements(tensor), size = type_bytes(tensor->type), most = CHUNK_BYTES / size;
	char chunk[CHUNK_BYTES];
	for (int64_t i = 0; i < n; i += most) {
		const int64_t part = n - i < most ? n - i : most;
		type_store(tensor->type, chunk, at + i, part);
		if (fwrite(chunk, (size_t)size, (size_t)part, file) != (size_t)part) return false;
	}
	return true;
}

bool samples_write(const struct trial *trial, const char *path, float *const *in, int64_t first, int64_t n,
		   const struct samples *samples)
{
	const struct graph *graph = trial->program->graph;
	FILE *file = fopen(path, "wb");
	bool written = file != NULL;
	for (int64_t i = first; written && i < first + n; i++) {
		struct arena *arena = arena_new();
		if (samples) sample_fill(samples, i, in, arena);
		for (int k = 0; written && k < graph->inputs.n; k++)
			written = values_write(file, graph->inputs.at[k], in[k]);
		arena_free(arena);
	}
	if (file && fclose(file) != 0) written = false;
	if (!written) diag_file_error(trial->diag, path, "cannot be written");
	return written;
}

bool values_read(const struct trial *trial, FILE *file, const char *path, const struct tensor *tensor, float *at)
{
	const int64_t n = tensor_elements(tensor), size = type_bytes(tensor->type), most = CHUNK_BYTES / size;
	char chunk[CHUNK_BYTES];
	for (int64_t i = 0; i < n; i += most) {
		const int64_t part = n - i < most ? n - i : most;
		if (fread(chunk, (size_t)size, (size_t)part, file) != (size_t)part) {
			diag_file_error(trial->diag, path, "the program that runs the emitted code wrote too little");
			return false;
		}
		type_load(tensor->type, at + i, chunk, part);
	}
	return true;
}

/* What is compared, and what was found. */
struct comparison {
	struct trial *trial;
	const struct samples *samples;
	float **in, **got;
	int64_t values, differences, first_sample;
	const char *first; /* the first difference, for people; NULL: none */
};

static void note_difference(struct comparison *c, int64_t sample, const char *kind, int output, int64_t element,
			    float expected)
{
	const struct graph *graph = c->trial->program->graph;
	const struct tensor *tensor = graph->outputs.at[output];
	struct arena *arena = c->trial->arena;
	c->first_sample = sample;
	c->first =
	    arena_printf(arena, "sample %lld (%s), output %d '%s', %s: emitted %s, interpreter %s", (long long)sample,
			 kind, output, tensor->name, tensor_element_shown(arena, graph, tensor, element),
			 value_shown(arena, tensor, c->got[output][element]), value_shown(arena, tensor, expected));
}

/* false: the file of outputs is too short. */
static bool compare_sample(struct comparison *c, int64_t sample, FILE *file, const char *path)
{
	const struct graph *graph = c->trial->program->graph;
	struct arena *arena = arena_new();
	const char *kind = sample_fill(c->samples, sample, c->in, arena);
	const struct values values = eval_graph(graph, trial_number(c->trial), (const float *const *)c->in, arena);
	bool complete = true;
	for (int i = 0; complete && i < graph->outputs.n; i++) {
		const struct tensor *output = graph->outputs.at[i];
		const int64_t n = tensor_elements(output);
		const float *expected = values.at[output->id];
		int64_t count, first;
		complete = values_read(c->trial, file, path, output, c->got[i]);
		if (!complete) break;
		first = first_difference(c->got[i], expected, n, &count);
		c->values += n;
		c->differences += count;
		if (first >= 0 && !c->first) note_difference(c, sample, kind, i, first, expected[first]);
	}
	arena_free(arena);
	return complete;
}

float **outputs_room(const struct graph *graph, struct arena *arena)
{
	float **out = NEW_ARRAY(arena, graph->outputs.n, float *);
	for (int i = 0; i < graph->outputs.n; i++) {
		out[i] = NEW_ARRAY(arena, tensor_elements(graph->outputs.at[i]), float);
	}
	return out;
}

static void report(struct comparison *c, int64_t n)
{
	struct trial *trial = c->trial;
	const long long values = (long long)(c->values / (n ? n : 1));
	const char *what = "emitted = interpreter, bit for bit: %lld samples x %lld values";
	if (!c->first) {
		trial_passed(trial, what, (long long)n, values);
		return;
	}
	trial_failed(trial, what, (long long)n, values);
	trial_says("%lld of %lld values differ; the first:", (long long)c->differences, (long long)c->values);
	trial_says("%s", c->first);
	if (trial->options->emitted) return;
	struct arena *arena = arena_new();
	sample_fill(c->samples, c->first_sample, c->in, arena);
	arena_free(arena);
	locate_difference(trial, c->in);
}

static bool compare_all(struct comparison *c, const char *path, int64_t n)
{
	struct trial *trial = c->trial;
	FILE *file = fopen(path, "rb");
	if (!file) {
		diag_file_error(trial->diag, path, "cannot be read");
		return false;
	}
	struct progress *progress = progress_start(trial->arena, "emitted = interpreter", n, trial->options->quiet);
	bool complete = true;
	for (int64_t i = 0; complete && i < n; i++) {
		complete = !scratch_interrupted() && compare_sample(c, i, file, path);
		progress_at(progress, i + 1);
	}
	progress_end(progress);
	fclose(file);
	if (complete) report(c, n);
	return complete;
}

static int64_t budget_of(const struct target *target)
{
	if (!target_board(target)) return work_budget;
	return target->has_fused ? emulated_budget : emulated_soft_budget;
}

bool check_emitted(struct trial *trial)
{
	const struct graph *graph = trial->program->graph;
	struct arena *arena = trial->arena;
	const char *in_path = path_join(arena, trial->scratch, "in"),
		   *out_path = path_join(arena, trial->scratch, "out");
	const int64_t n_most =
	    samples_within(graph, trial_budget(trial, budget_of(trial->whole->target)), SAMPLES_LEAST);
	struct comparison c = { .trial = trial,
				.samples = samples_new(graph, n_most, arena),
				.in = sample_room(graph, arena),
				.got = outputs_room(graph, arena) };
	const int64_t n = samples_count(c.samples);
	const char *why = NULL;
	if (!samples_write(trial, in_path, c.in, 0, n, c.samples)) return false;
	switch (build_run(&trial->build, in_path, out_path, NULL, n, &why, arena, trial->diag)) {
	case RAN_IMPOSSIBLE: return false;
	case RAN_WRONG:
		trial_failed(trial, "emitted code keeps to its memory: %lld samples, twice", (long long)n);
		trial_says("%s", why);
		trial->built = false;
		return true;
	case RAN: break;
	}
	trial_passed(trial, "emitted code keeps to its memory: %lld samples, twice", (long long)n);
	return compare_all(&c, out_path, n);
}

/* The folder that --emitted names; NULL after an error. */
static const char *standing_files(const struct trial *trial)
{
	struct arena *arena = trial->arena;
	const char *prefix = trial->program->prefix, *emitted = trial->options->emitted;
	const char *const names[] = { arena_printf(arena, "%s.h", prefix), arena_printf(arena, "%s.c", prefix),
				      tables_file(prefix, trial->options->tables, arena) };
	bool found = true;
	for (int i = 0; i < 3 && names[i]; i++) {
		const char *name = names[i];
		const char *path = path_join(arena, emitted, name);
		FILE *file = fopen(path, "rb");
		if (!file)
			diag_file_error(trial->diag, path,
					"cannot be read; --emitted DIR needs %s there (--prefix names others)", name);
		found = found && file;
		if (file) fclose(file);
	}
	if (!found) return NULL;
	/* No compiler may take a folder like "-x" for an option. */
	return emitted[0] == '-' ? path_join(arena, ".", emitted) : emitted;
}

bool build_emitted(struct trial *trial)
{
	const char *folder =
	    trial->options->emitted ? standing_files(trial) : trial_emit(trial, trial->program, "emitted");
	if (!folder) return false;
	trial->build =
	    (struct build){ .program = trial->program, .folder = folder, .scratch = trial->scratch, .name = "run" };
	const enum built built = build_make(&trial->build, trial->arena, trial->diag);
	trial->built = built == BUILT;
	switch (built) {
	case BUILD_IMPOSSIBLE: return false;
	case BUILD_FAILED: trial_failed(trial, "emitted code compiles: %s", trial->build.compiler); break;
	case BUILT: trial_passed(trial, "emitted code compiles: %s", trial->build.compiler); break;
	}
	return true;
}

/* One sample of any input: it must not be looked at, nor an output written. */
bool check_refused(struct trial *trial)
{
	struct arena *arena = arena_new();
	const char *in = path_join(arena, trial->scratch, "in"), *out = path_join(arena, trial->scratch, "out"), *why;
	float **room = sample_room(trial->whole->graph, arena);
	enum ran ran = RAN_IMPOSSIBLE;
	if (samples_write(trial, in, room, 0, 1, NULL))
		ran = build_run(&trial->build, in, out, NULL, 1, &why, arena, trial->diag);
	if (ran == RAN) trial_passed(trial, "emitted code refuses them");
	if (ran == RAN_WRONG) {
		trial_failed(trial, "emitted code refuses them");
		trial_says("%s", why);
	}
	arena_free(arena);
	return ran != RAN_IMPOSSIBLE;
}
