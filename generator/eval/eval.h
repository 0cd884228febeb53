/* eval.h: runs a graph on one sample and keeps every tensor. */
#ifndef CONV1DC_EVAL_H
#define CONV1DC_EVAL_H

#include "layers/layers.h"

/* Every tensor's value by id: double * for NUMBER_MEANING and NUMBER_MAGNITUDE, float * for the others. */
struct values {
	enum number number;
	int n;
	void **at;
};

/* in: one dense float array per graph input, of quantised ones the integers (doubles are made of them for NUMBER_MEANING:
 * real numbers).  Of quantised tensors the values are integers, too, but for NUMBER_MEANING. */
struct values eval_graph(const struct graph *graph, enum number number, const float *const *in, struct arena *arena);

/* One node with its activation: in and out as eval_function's. */
void eval_node(const struct node *node, enum number number, const void *const *in, void *const *out,
	       struct arena *scratch);

/* The value of tensor 'wanted' of the graph where the tensors of given (by id; NULL: not given) are taken as they are:
 * evaluates only what lies between, in double.  For judging a folded layer by the layers that it came from. */
const double *eval_between(const struct graph *graph, const double *const *given, const struct tensor *wanted,
			   struct arena *arena);

#endif
