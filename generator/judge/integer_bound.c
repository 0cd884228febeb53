/* integer_bound.c: how far nodes that compute with integers may be from the float64 meaning. */
#include "judge/parts.h"

#include "layers/integer.h"

#include <math.h>

/* Room for what is rounded in double here and in the meaning. */
#define ROOM (1 + 0x1p-40)

bool graph_is_integer(const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++)
		if (node_is_integer(graph->nodes.at[i])) return true;
	return false;
}

const double *integer_meaning(const struct graph *graph, const struct node *node, int k, const double *const *in,
			      struct arena *arena)
{
	const struct tensor *tensor = node->out[k];
	const int64_t n = tensor_elements(tensor);
	const double *meaning = node_output_meaning(graph, node, k, in, arena);
	double *clamped = arena_copy(arena, meaning, (size_t)n * sizeof *meaning), least, most;
	if (!tensor_is_integer(tensor) || !tensor->quantisation) return clamped;
	least = real_of(tensor, (float)type_least(tensor->type));
	most = real_of(tensor, (float)type_most(tensor->type));
	for (int64_t i = 0; i < n; i++) clamped[i] = meaning[i] < least ? least : meaning[i] > most ? most : meaning[i];
	return clamped;
}

static double largest_size(const double *at, int64_t n)
{
	double largest = 0;
	for (int64_t i = 0; i < n; i++) {
		if (isnan(at[i])) return INFINITY;
		if (fabs(at[i]) > largest) largest = fabs(at[i]);
	}
	return largest;
}

/* Of inputs of up to that size: outside this, scales and their inverses leave the range of float; tiny inputs may come out as
 * any number of their own size. */
static double hybrid_step(double size)
{
	if (!(size < 0x1p100)) return INFINITY;
	return size < 0x1p-100 ? 2 * size : size / 127;
}

/* Hybrid: the inputs are made integers of 8 bits as large as the largest of them needs, each off by at most one of them;
 * then come roundings of float sums of as many terms. */
static double *hybrid_bound(const struct node *node, const double *const *in, struct arena *arena)
{
	const int64_t n = tensor_elements(node->out[0]);
	const double **off = NEW_ARRAY(arena, node->n_in, const double *),
		     **zeros = NEW_ARRAY(arena, node->n_in, const double *);
	double *bound = NEW_ARRAY(arena, n, double);
	for (int k = 0; k < node->n_in; k++) {
		const int64_t elements = tensor_elements(node->in[k]);
		double *at = NEW_ARRAY(arena, elements, double);
		const double step = hybrid_step(largest_size(in[k], elements));
		for (int64_t i = 0; i < elements; i++) at[i] = step;
		off[k] = at;
		zeros[k] = NEW_ARRAY(arena, elements, double);
	}
	const double *moved = node_magnitude(node, off, arena), *constants = node_magnitude(node, zeros, arena),
		     *all = node_magnitude(node, in, arena);
	for (int64_t i = 0; i < n; i++) {
		const double step = moved[i] - constants[i];
		bound[i] = (step + (all[i] + step) * 0x1p-20) * ROOM + 0x1p-126;
		/* Squares of such inputs' scales leave the range of float. */
		if (!(all[i] < 0x1p100) || isnan(step)) bound[i] = INFINITY;
	}
	return bound;
}

const double *integer_bound(const struct node *node, int k, const double *const *in, const double *meaning,
			    struct arena *arena)
{
	const struct tensor *tensor = node->out[k];
	const int64_t n = tensor_elements(tensor);
	double *bound;
	if (!tensor_is_integer(tensor) && !tensor_is_integer(node->in[0])) return hybrid_bound(node, in, arena);
	bound = NEW_ARRAY(arena, n, double);
	for (int64_t i = 0; i < n; i++) {
		if (tensor_is_integer(tensor))
			bound[i] =
			    (layer_steps(node) * (double)tensor_scale(tensor) + 0x1p-40 * fabs(meaning[i])) * ROOM;
		else
			bound[i] = 0x1p-24 * fabs(meaning[i]) * ROOM + 0x1p-149;
	}
	return bound;
}
