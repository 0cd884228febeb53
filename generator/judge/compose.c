/* compose.c: error bounds from the graph's inputs to its outputs. */
#include "judge/parts.h"

#include <math.h>

/* How far the exact result of a node's layer moves where its inputs move by at most 'error'. */
typedef void spread_function(const struct node *node, const double *const *in, const double *const *error,
			     double *spread, struct arena *arena);

/* Sums and selections: the magnitude of the errors, less that of the constants. */
static void spread_linear(const struct node *node, const double *const *in, const double *const *error, double *spread,
			  struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	const double **zeros = NEW_ARRAY(arena, node->n_in, const double *);
	(void)in;
	for (int i = 0; i < node->n_in; i++) zeros[i] = NEW_ARRAY(arena, shape_elements(&node->in[i]->shape), double);
	const double *all = node_magnitude(node, error, arena), *constants = node_magnitude(node, zeros, arena);
	for (int64_t i = 0; i < n; i++) {
		const double moves = all[i] * (1 + 0x1p-40) - constants[i];
		spread[i] = isnan(moves) ? INFINITY : fmax(moves, 0);
	}
}

/* p moves to p * exp(d) with |d| <= twice the row's largest error, and stays in [0, 1]. */
static void spread_softmax(const struct node *node, const double *const *in, const double *const *error, double *spread,
			   struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	const void *inputs[1] = { in[0] };
	void *outputs[1] = { spread };
	double largest = 0;
	for (int64_t i = 0; i < n; i++) largest = fmax(largest, error[0][i]);
	node->layer->eval[NUMBER_MEANING](node, inputs, outputs, arena);
	for (int64_t i = 0; i < n; i++) spread[i] = fmin(spread[i] * expm1(2 * largest) * (1 + 0x1p-40), 1);
}

/* Layers that are neither sums nor selections. */
static const struct {
	const char *layer;
	spread_function *spread;
} spreads[] = {
	{ "Softmax", spread_softmax },
};

static spread_function *spread_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
		if (layer_is(node, spreads[i].layer)) return spreads[i].spread;
	}
	return spread_linear;
}

static const double *compose_node(const struct graph *graph, const struct node *node, const struct values *values,
				  const double *const *error, struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	const double **in = node_inputs(node, values, arena);
	const double **moves = NEW_ARRAY(arena, node->n_in, const double *);
	double *spread = NEW_ARRAY(arena, n, double);
	double *bound = bound_before_activation(graph, node, in, arena);
	for (int i = 0; i < node->n_in; i++) moves[i] = error[node->in[i]->id];
	spread_of(node)(node, in, moves, spread, arena);
	for (int64_t i = 0; i < n; i++) bound[i] += spread[i];
	bound_through_activation(&node->activation, result_before_activation(node, values, arena), bound, n);
	return bound;
}

const double *const *composed_bounds(const struct graph *graph, const struct values *values, struct arena *arena)
{
	const double **error = NEW_ARRAY(arena, graph->tensors.n, const double *);
	for (int i = 0; i < graph->tensors.n; i++) {
		error[i] = NEW_ARRAY(arena, shape_elements(&graph->tensors.at[i]->shape), double);
	}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		error[node->out[0]->id] = compose_node(graph, node, values, error, arena);
	}
	return error;
}
