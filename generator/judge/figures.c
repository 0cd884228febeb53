/* figures.c: error bounds as figures of a report. */
#include "judge/parts.h"

#include "layers/integer.h"

#include <math.h>

static const int64_t work_budget = 20000000;
enum { SAMPLES_MOST = 16 };

static void largest(double *so_far, const double *at, int64_t n)
{
	for (int64_t i = 0; i < n; i++) *so_far = at[i] > *so_far ? at[i] : *so_far;
}

/* Of a node that computes with integers, in real numbers. */
static void add_integer_node(struct layer_figures *figures, const struct graph *graph, const struct node *node,
			     const struct values *values)
{
	struct arena *arena = arena_new();
	const struct tensor *tensor = node->out[0];
	const int64_t n = tensor_elements(tensor);
	const double *const *in = node_inputs(node, values, arena),
			    *expected = integer_meaning(graph, node, 0, in, arena);
	const float *value = values->at[tensor->id];
	largest(&figures->bound, integer_bound(node, 0, in, expected, arena), n);
	figures->composed = INFINITY;
	for (int64_t i = 0; i < n; i++) {
		const double real = tensor_is_integer(tensor) ? real_of(tensor, value[i]) : (double)value[i];
		const double difference = fabs(real - expected[i]);
		largest(&figures->observed, &difference, 1);
	}
	arena_free(arena);
}

static void add_node(struct layer_figures *figures, const struct graph *graph, const struct node *node,
		     const struct values *values, const double *composed)
{
	struct arena *arena = arena_new();
	const int64_t n = tensor_elements(node->out[0]);
	const double *expected = node_meaning(graph, node, node_inputs(node, values, arena), arena);
	const float *value = values->at[node->out[0]->id];
	largest(&figures->bound, error_bound(graph, node, values, arena), n);
	largest(&figures->composed, composed, n);
	for (int64_t i = 0; i < n; i++) {
		const double difference = fabs((double)value[i] - expected[i]);
		largest(&figures->observed, &difference, 1);
	}
	arena_free(arena);
}

static void add_sample(const struct program *program, struct figures *figures, const struct samples *samples,
		       int64_t index, float *const *in)
{
	const struct graph *graph = program->graph;
	struct arena *arena = arena_new();
	sample_fill(samples, index, in, arena);
	const enum number number = number_of(program->fp, program->flush);
	const struct values values = eval_graph(graph, number, (const float *const *)in, arena);
	const bool integers = graph_is_integer(graph);
	const double *const *composed = integers ? NULL : composed_bounds(graph, &values, arena);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (integers)
			add_integer_node(&figures->at[i], graph, node, &values);
		else
			add_node(&figures->at[i], graph, node, &values, composed[node->out[0]->id]);
	}
	arena_free(arena);
}

struct figures error_figures(const struct program *program, struct arena *arena)
{
	const struct samples *samples = samples_new(program->graph, 0, arena);
	struct figures figures = { 0, NEW_ARRAY(arena, program->graph->nodes.n, struct layer_figures) };
	int64_t wanted = samples_within(program->graph, work_budget, 1);
	float **in = sample_room(program->graph, arena);
	if (wanted > SAMPLES_MOST) wanted = SAMPLES_MOST;
	for (int64_t i = 0; i < samples_count(samples) && figures.samples < wanted; i++) {
		if (!sample_is_ordinary(samples, i)) continue;
		add_sample(program, &figures, samples, i, in);
		figures.samples++;
	}
	return figures;
}
