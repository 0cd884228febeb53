/* bound.c: how far the exact interpreter may be from the float64 meaning.
 *
 * For one node on its actual inputs: the layer's own bound covers the roundings of its float32 arithmetic and of weights
 * that fold() rounded once; here come the double arithmetic of folding and of the reference itself, and the activation. */
#include "judge/parts.h"

#include "layers/integer.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Roundings of the reference and of the bounds' own arithmetic are 2^-29 of the float32's. */
#define ROOM        (1 + 0x1p-26)
#define DOUBLE_UNIT 0x1p-53

static int nodes_between(const struct graph *graph, const bool *given, const struct tensor *wanted, bool *on,
			 struct arena *arena)
{
	bool *needed = NEW_ARRAY(arena, graph->tensors.n, bool);
	int n = 0;
	memset(on, 0, (size_t)graph->nodes.n * sizeof *on);
	needed[wanted->id] = !given[wanted->id];
	for (int i = graph->nodes.n - 1; i >= 0; i--) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_out; k++) on[i] = on[i] || needed[node->out[k]->id];
		if (!on[i]) continue;
		n++;
		for (int k = 0; k < node->n_in; k++) {
			if (!given[node->in[k]->id]) needed[node->in[k]->id] = true;
		}
	}
	return n;
}

int meaning_id(const struct graph *graph, const struct tensor *tensor)
{
	return graph->origin ? tensor->meaning : tensor->id;
}

int nodes_of_meaning(const struct graph *graph, const struct node *node, bool *on, struct arena *arena)
{
	const struct graph *meaning = graph->origin ? graph->origin : graph;
	bool *given = NEW_ARRAY(arena, meaning->tensors.n, bool);
	for (int i = 0; i < node->n_in; i++) given[meaning_id(graph, node->in[i])] = true;
	return nodes_between(meaning, given, meaning->tensors.at[meaning_id(graph, node->out[0])], on, arena);
}

const double **node_inputs(const struct node *node, const struct values *values, struct arena *arena)
{
	const double **in = NEW_ARRAY(arena, node->n_in, const double *);
	for (int i = 0; i < node->n_in; i++) {
		const int64_t n = tensor_elements(node->in[i]);
		const float *from = values->at[node->in[i]->id];
		double *to = NEW_ARRAY(arena, n, double);
		for (int64_t k = 0; k < n; k++)
			to[k] = tensor_is_integer(node->in[i]) ? real_of(node->in[i], from[k]) : (double)from[k];
		in[i] = to;
	}
	return in;
}

const double *node_magnitude(const struct node *node, const double *const *in, struct arena *arena)
{
	const void **inputs = NEW_ARRAY(arena, node->n_in, const void *);
	void **outputs = NEW_ARRAY(arena, node->n_out, void *);
	for (int i = 0; i < node->n_in; i++) inputs[i] = in[i];
	for (int i = 0; i < node->n_out; i++) {
		outputs[i] = NEW_ARRAY(arena, tensor_elements(node->out[i]), double);
	}
	layer_eval(node, NUMBER_MAGNITUDE, inputs, outputs, arena);
	return outputs[0];
}

const double *run_magnitude(const struct node *node, const double *const *in, struct arena *arena)
{
	const void **inputs = NEW_ARRAY(arena, node->n_in, const void *);
	void **outputs = NEW_ARRAY(arena, node->n_out, void *);
	for (int i = 0; i < node->n_in; i++) inputs[i] = in[i];
	for (int i = 0; i < node->n_out; i++) {
		outputs[i] = NEW_ARRAY(arena, shape_elements(&node->out[i]->shape), double);
	}
	node->layer->eval[NUMBER_MAGNITUDE](node, inputs, outputs, arena);
	return outputs[0];
}

static int64_t terms_of(const struct node *node)
{
	const int64_t elements = tensor_elements(node->out[0]);
	return node->layer->macs && elements > 0 ? layer_macs(node) / elements : 1;
}

static bool has_weight(const struct node *node, const struct weight *weight)
{
	for (int i = 0; i < node->n_weight; i++) {
		if (node->weight[i] == weight) return true;
	}
	return false;
}

/* Whether fold() made weights of its own, not only took out layers that do nothing. */
static bool weights_are_folded(const struct node *node, const struct graph *meaning, const bool *on)
{
	for (int i = 0; i < node->n_weight; i++) {
		bool known = false;
		for (int k = 0; k < meaning->nodes.n && !known; k++) {
			known = on[k] && has_weight(meaning->nodes.at[k], node->weight[i]);
		}
		if (!known) return true;
	}
	return false;
}

/* Adds the error of what is computed in double where fold() made one node of several: the folded weights before their one
 * rounding, and the reference's way through the unmodified layers.  Both are sums of the terms that the layers' magnitudes
 * add up; a dozen roundings a layer make its weights (batch norm: sum, root, quotient, product, difference). */
static void add_folding(const struct graph *graph, const struct node *node, const double *const *in, double *bound,
			struct arena *arena)
{
	const struct graph *meaning = graph->origin;
	if (!meaning) return;
	bool *on = NEW_ARRAY(arena, meaning->nodes.n, bool);
	nodes_of_meaning(graph, node, on, arena);
	if (!weights_are_folded(node, meaning, on)) return;
	const double **at = NEW_ARRAY(arena, meaning->tensors.n, const double *);
	double roundings = 0;
	for (int i = 0; i < node->n_in; i++) at[node->in[i]->meaning] = in[i];
	for (int i = 0; i < meaning->nodes.n; i++) {
		if (!on[i]) continue;
		const struct node *between = meaning->nodes.at[i];
		const double **from = NEW_ARRAY(arena, between->n_in, const double *);
		for (int k = 0; k < between->n_in; k++) from[k] = at[between->in[k]->id];
		at[between->out[0]->id] = node_magnitude(between, from, arena);
		roundings += (double)(2 * terms_of(between) + 16);
	}
	const double *magnitude = at[node->out[0]->meaning];
	const int64_t n = tensor_elements(node->out[0]);
	for (int64_t i = 0; i < n; i++) bound[i] += 2 * roundings * DOUBLE_UNIT * magnitude[i];
}

/* Distance of neighbouring floats at |x|. */
static double float_spacing(double x)
{
	int exponent;
	frexp(x, &exponent);
	return ldexp(1, (exponent - 1 < FLT_MIN_EXP - 1 ? FLT_MIN_EXP - 1 : exponent - 1) - (FLT_MANT_DIG - 1));
}

/* How far the activation's meaning moves where its input moves from x by at most 'by'. */
static double moved(const struct activation *activation, double x, double by)
{
	if (!activation_monotone(activation)) return activation_slope(activation) * by;
	const double y = activation_meaning(activation, x);
	return fmax(fabs(activation_meaning(activation, x + by) - y), fabs(activation_meaning(activation, x - by) - y));
}

/* Flushed: the input where it is subnormal, the result, and operations between, whose results are small beside it or scaled
 * (runtime/activations.h: multiply, tanh_shrink). */
#define ACTIVATION_FLUSHED 0x1p-124

void bound_through_activation(const struct activation *activation, enum number number, const float *x, double *bound,
			      int64_t n)
{
	const double flushed = number_is_flushed(number) ? ACTIVATION_FLUSHED : 0;
	for (int64_t i = 0; i < n; i++) {
		/* No bound holds where a sum left the range of float. */
		bound[i] = isfinite(x[i]) ? bound[i] * ROOM : INFINITY;
		if (activation_is_linear(activation) || !isfinite(bound[i])) continue;
		const double y = activation_meaning(activation, (double)x[i]);
		bound[i] = moved(activation, (double)x[i], bound[i] + flushed) +
			   activation->kind->ulp * float_spacing(y) + flushed;
		bound[i] = isfinite(y) ? bound[i] * ROOM : INFINITY;
	}
}

/* Where a sum overflows, its result is not finite; elsewhere an overflow on the way need not show (a deviation that is
 * infinite makes its row zero), and no bound holds for any element. */
static bool overflow_may_hide(const struct node *node)
{
	struct sum sum;
	return !node_sum(node, &sum) && fetestexcept(FE_OVERFLOW) != 0;
}

const float *result_before_activation(const struct node *node, const struct values *values, double *bound,
				      struct arena *arena)
{
	const void **in = NEW_ARRAY(arena, node->n_in, const void *);
	void **out = NEW_ARRAY(arena, node->n_out, void *);
	for (int i = 0; i < node->n_in; i++) in[i] = values->at[node->in[i]->id];
	for (int i = 0; i < node->n_out; i++) {
		out[i] = NEW_ARRAY(arena, tensor_elements(node->out[i]), float);
	}
	feclearexcept(FE_OVERFLOW);
	layer_eval(node, values->number, in, out, arena);
	if (overflow_may_hide(node)) {
		const int64_t n = tensor_elements(node->out[0]);
		for (int64_t i = 0; i < n; i++) bound[i] = INFINITY;
	}
	return out[0];
}

double *bound_before_activation(const struct graph *graph, const struct node *node, const double *const *in,
				struct arena *arena)
{
	double *bound = NEW_ARRAY(arena, tensor_elements(node->out[0]), double);
	layer_bound(node, in, bound, arena);
	add_folding(graph, node, in, bound, arena);
	return bound;
}

const double *error_bound(const struct graph *graph, const struct node *node, const struct values *values,
			  struct arena *arena)
{
	const double *const *in = node_inputs(node, values, arena);
	double *bound = bound_before_activation(graph, node, in, arena);
	if (number_is_flushed(values->number)) add_flushing(node, values, in, bound, arena);
	bound_through_activation(&node->activation, values->number,
				 result_before_activation(node, values, bound, arena), bound,
				 tensor_elements(node->out[0]));
	return bound;
}

const double *node_output_meaning(const struct graph *graph, const struct node *node, int output,
				  const double *const *in, struct arena *arena)
{
	const struct graph *meaning = graph->origin ? graph->origin : graph;
	const double **given = NEW_ARRAY(arena, meaning->tensors.n, const double *);
	for (int i = 0; i < node->n_in; i++) given[meaning_id(graph, node->in[i])] = in[i];
	return eval_between(meaning, given, meaning->tensors.at[meaning_id(graph, node->out[output])], arena);
}

const double *node_meaning(const struct graph *graph, const struct node *node, const double *const *in,
			   struct arena *arena)
{
	return node_output_meaning(graph, node, 0, in, arena);
}
