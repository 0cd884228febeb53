/* meaning.c: check 2: every layer of the exact interpreter, on its actual inputs, against the float64 meaning of the
 * unmodified layers that it stands for. */
#include "judge/parts.h"

#include "layers/integer.h"

#include <math.h>

/* Every sample is evaluated five times: exactly, in double, its magnitudes, twice for bounds. */
static const int64_t work_budget = 60000000;
enum { SAMPLES_LEAST = 4 };

/* What was seen of one layer type. */
struct tally {
	const struct layer *layer;
	int nodes;
	int64_t values, wrong;
	double worst_error, worst_share; /* largest |error| over ordinary inputs, largest |error| / bound over all */
	const char *first;               /* the first value out of its bound; NULL: none */
};

struct review {
	struct trial *trial;
	LIST(struct tally) tallies;
	double composed, observed; /* over ordinary samples: bound and difference at the outputs */
};

static struct tally *tally_of(struct review *review, const struct layer *layer)
{
	for (int i = 0; i < review->tallies.n; i++) {
		if (review->tallies.at[i].layer == layer) return &review->tallies.at[i];
	}
	const struct tally tally = { .layer = layer };
	list_push(review->trial->arena, &review->tallies, tally);
	return &review->tallies.at[review->tallies.n - 1];
}

static void note_violation(struct review *review, struct tally *tally, const struct node *node, int output,
			   int64_t element, const char *kind, float value, double expected, double bound)
{
	const struct trial *trial = review->trial;
	const struct tensor *tensor = node->out[output];
	if (tally->wrong++ > 0) return;
	tally->first = arena_printf(
	    trial->arena, "%s, sample '%s', %s: interpreter %s, float64 meaning %.17g, difference %.3g, bound %.3g",
	    layer_shown(trial->arena, node), kind,
	    tensor_element_shown(trial->arena, trial->program->graph, tensor, element),
	    value_shown(trial->arena, tensor, value), expected,
	    fabs((tensor_is_integer(tensor) ? real_of(tensor, value) : (double)value) - expected), bound);
}

/* Limits below which no step of a layer's arithmetic leaves the range of float, even where inputs are squared and summed:
 * there a finite meaning needs a finite result. */
static const double input_limit = 0x1p48, sum_limit = 0x1p100;

static bool inputs_in_range(const struct node *node, const double *const *in)
{
	for (int i = 0; i < node->n_in; i++) {
		const int64_t n = tensor_elements(node->in[i]);
		for (int64_t k = 0; k < n; k++) {
			if (!(fabs(in[i][k]) < input_limit)) return false;
		}
	}
	return true;
}

/* A node's values beside what they should be. */
struct look {
	const struct node *node;
	const float *value;
	const double *expected, *bound;
	const double *sums; /* of |terms|, or NULL: an input is out of range */
	const char *kind;
	bool ordinary;
};

static void look_at(struct review *review, struct tally *tally, const struct look *look, int64_t i)
{
	const double expected = look->expected[i], bound = look->bound[i];
	const float value = look->value[i];
	if (!isfinite(value) || !isfinite(expected)) {
		if (!isfinite(value) && fabs(expected) < sum_limit && look->sums && look->sums[i] < sum_limit)
			note_violation(review, tally, look->node, 0, i, look->kind, value, expected, bound);
		return;
	}
	const double error = fabs((double)value - expected);
	tally->values++;
	if (!(error <= bound)) note_violation(review, tally, look->node, 0, i, look->kind, value, expected, bound);
	if (look->ordinary && error > tally->worst_error) tally->worst_error = error;
	if (bound > 0 && error / bound > tally->worst_share) tally->worst_share = error / bound;
}

/* Outputs behind the first are masks: they must be what they mean, but for subnormals that count as 0. */
static void review_masks(struct review *review, struct tally *tally, const struct node *node,
			 const struct values *values, const double *const *in, const char *kind, struct arena *arena)
{
	const struct graph *graph = review->trial->program->graph;
	for (int k = 1; k < node->n_out; k++) {
		const float *value = number_is_flushed(values->number) ? output_unflushed(node, values, k, arena)
								       : values->at[node->out[k]->id];
		const double *expected = node_output_meaning(graph, node, k, in, arena);
		const int64_t n = shape_elements(&node->out[k]->shape);
		tally->values += n;
		for (int64_t i = 0; i < n; i++)
			if (!((double)value[i] == expected[i]))
				note_violation(review, tally, node, k, i, kind, value[i], expected[i], 0);
	}
}

/* All outputs of a node that computes with integers. */
static void review_integer_node(struct review *review, const struct node *node, const struct values *values,
				const char *kind, bool ordinary)
{
	const struct graph *graph = review->trial->program->graph;
	struct tally *tally = tally_of(review, node->layer);
	struct arena *arena = arena_new();
	const double **in = node_inputs(node, values, arena);
	for (int k = 0; k < node->n_out; k++) {
		const struct tensor *tensor = node->out[k];
		const float *value = values->at[tensor->id];
		const double *expected = integer_meaning(graph, node, k, in, arena),
			     *bound = integer_bound(node, k, in, expected, arena);
		const int64_t n = tensor_elements(tensor);
		for (int64_t i = 0; i < n; i++) {
			const double real = tensor_is_integer(tensor) ? real_of(tensor, value[i]) : (double)value[i];
			const double error = fabs(real - expected[i]);
			if (!isfinite(expected[i]) || !isfinite(bound[i])) continue;
			tally->values++;
			if (!(error <= bound[i]))
				note_violation(review, tally, node, k, i, kind, value[i], expected[i], bound[i]);
			if (ordinary && error > tally->worst_error) tally->worst_error = error;
			if (bound[i] > 0 && error / bound[i] > tally->worst_share)
				tally->worst_share = error / bound[i];
		}
	}
	arena_free(arena);
}

static void review_node(struct review *review, const struct node *node, const struct values *values, const char *kind,
			bool ordinary)
{
	const struct graph *graph = review->trial->program->graph;
	if (node_is_integer(node)) {
		review_integer_node(review, node, values, kind, ordinary);
		return;
	}
	struct tally *tally = tally_of(review, node->layer);
	struct arena *arena = arena_new();
	const double **in = node_inputs(node, values, arena);
	const struct look look = { .node = node,
				   .value = values->at[node->out[0]->id],
				   .expected = node_meaning(graph, node, in, arena),
				   .bound = error_bound(graph, node, values, arena),
				   .sums = inputs_in_range(node, in) ? node_magnitude(node, in, arena) : NULL,
				   .kind = kind,
				   .ordinary = ordinary };
	const int64_t n = tensor_elements(node->out[0]);
	for (int64_t i = 0; i < n; i++) look_at(review, tally, &look, i);
	review_masks(review, tally, node, values, in, kind, arena);
	arena_free(arena);
}

/* From the inputs to the outputs. */
static void review_outputs(struct review *review, const struct values *values, const float *const *in)
{
	const struct graph *graph = review->trial->program->graph, *meaning = graph->origin ? graph->origin : graph;
	struct arena *arena = arena_new();
	const double *const *bounds = graph_is_integer(graph) ? NULL : composed_bounds(graph, values, arena);
	const struct values exact = eval_graph(meaning, NUMBER_MEANING, in, arena);
	for (int i = 0; i < graph->outputs.n; i++) {
		const struct tensor *output = graph->outputs.at[i];
		const float *value = values->at[output->id];
		const double *expected = exact.at[meaning->outputs.at[i]->id];
		const int64_t n = tensor_elements(output);
		for (int64_t k = 0; k < n; k++) {
			const double real = tensor_is_integer(output) ? real_of(output, value[k]) : (double)value[k];
			if (!isfinite(real) || !isfinite(expected[k])) continue;
			if (bounds) review->composed = fmax(review->composed, bounds[output->id][k]);
			review->observed = fmax(review->observed, fabs(real - expected[k]));
		}
	}
	arena_free(arena);
}

static void review_sample(struct review *review, const struct samples *samples, int64_t index, float *const *in)
{
	const struct graph *graph = review->trial->program->graph;
	struct arena *arena = arena_new();
	const char *kind = sample_fill(samples, index, in, arena);
	const float *const *inputs = (const float *const *)in;
	const struct values values = eval_graph(graph, trial_number(review->trial), inputs, arena);
	const bool ordinary = sample_is_ordinary(samples, index);
	for (int i = 0; i < graph->nodes.n; i++) review_node(review, graph->nodes.at[i], &values, kind, ordinary);
	if (ordinary) review_outputs(review, &values, inputs);
	arena_free(arena);
}

static void report(struct review *review, int64_t samples)
{
	struct trial *trial = review->trial;
	const struct graph *graph = trial->program->graph;
	for (int i = 0; i < graph->nodes.n; i++) tally_of(review, graph->nodes.at[i]->layer)->nodes++;
	for (int i = 0; i < review->tallies.n; i++) {
		const struct tally *t = &review->tallies.at[i];
		const char *what =
		    arena_printf(trial->arena,
				 "interpreter ~ float64 meaning: %s: %d layer%s, %lld samples, %lld finite values, "
				 "largest difference / bound %.3g, largest difference over ordinary inputs %.3g",
				 t->layer->name, t->nodes, t->nodes == 1 ? "" : "s", (long long)samples,
				 (long long)t->values, t->worst_share, t->worst_error);
		if (t->wrong == 0) {
			trial_passed(trial, "%s", what);
			continue;
		}
		trial_failed(trial, "%s", what);
		trial_says("out of bound: %lld; the first: %s", (long long)t->wrong, t->first);
	}
	printf("%s: for information, over ordinary inputs: outputs differ by %.3g from the float64 meaning",
	       trial->program->prefix, review->observed);
	if (!graph_is_integer(graph)) printf("; composed bound %.3g", review->composed);
	printf("\n");
}

bool check_meaning(struct trial *trial)
{
	const struct graph *graph = trial->program->graph;
	struct review review = { .trial = trial };
	const struct samples *samples =
	    samples_new(graph, samples_within(graph, trial_budget(trial, work_budget), SAMPLES_LEAST), trial->arena);
	float **in = sample_room(graph, trial->arena);
	const int64_t n = samples_count(samples);
	struct progress *progress = progress_start(trial->arena, "interpreter ~ float64", n, trial->options->quiet);
	for (int64_t i = 0; i < n && !scratch_interrupted(); i++) {
		review_sample(&review, samples, i, in);
		progress_at(progress, i + 1);
	}
	progress_end(progress);
	if (scratch_interrupted()) return false;
	report(&review, n);
	return true;
}
