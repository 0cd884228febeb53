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
	const double *all = run_magnitude(node, error, arena), *constants = run_magnitude(node, zeros, arena);
	for (int64_t i = 0; i < n; i++) {
		const double moves = all[i] * (1 + 0x1p-40) - constants[i];
		spread[i] = isnan(moves) ? INFINITY : fmax(moves, 0);
	}
}

/* Where a mask, the second input, says what counts: as it says. */
static void spread_masked(const struct node *node, const double *const *in, const double *const *error, double *spread,
			  struct arena *arena)
{
	const double *moves[2] = { error[0], node->n_in > 1 ? in[1] : NULL };
	const int64_t n = shape_elements(&node->out[0]->shape);
	const double *all = node_magnitude(node, moves, arena);
	for (int64_t i = 0; i < n; i++) spread[i] = isnan(all[i]) ? INFINITY : all[i] * (1 + 0x1p-40);
}

/* p moves to p * exp(d) with |d| <= twice the row's largest error, and stays in [0, 1]. */
static void spread_softmax(const struct node *node, const double *const *in, const double *const *error, double *spread,
			   struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	const void *inputs[2] = { in[0], node->n_in > 1 ? in[1] : NULL };
	void *outputs[1] = { spread };
	double largest = 0;
	for (int64_t i = 0; i < n; i++) largest = fmax(largest, error[0][i]);
	node->layer->eval[NUMBER_MEANING](node, inputs, outputs, arena);
	for (int64_t i = 0; i < n; i++) spread[i] = fmin(spread[i] * expm1(2 * largest) * (1 + 0x1p-40), 1);
}

/* Moves with its own element and, at most by the row's largest error, with the logarithm of the sum. */
static void spread_log_softmax(const struct node *node, const double *const *in, const double *const *error,
			       double *spread, struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	double largest = 0;
	(void)in;
	(void)arena;
	for (int64_t i = 0; i < n; i++) largest = fmax(largest, error[0][i]);
	for (int64_t i = 0; i < n; i++) spread[i] = (error[0][i] + largest) * (1 + 0x1p-40);
}

/* a sigmoid(b): the sigmoid moves by a quarter of what b does, and by at most 1. */
static void spread_glu(const struct node *node, const double *const *in, const double *const *error, double *spread,
		       struct arena *arena)
{
	const struct axis_split split = axis_split(&node->out[0]->shape, node_axis(node));
	const struct activation sigmoid = { .kind = activation_find("sigmoid") };
	(void)arena;
	for (int64_t i = 0; i < split.outer * split.size; i++) {
		const int64_t a = i / split.size * 2 * split.size + i % split.size, b = a + split.size;
		const double s = activation_meaning(&sigmoid, in[0][b]), moves = fmin(error[0][b] / 4, 1);
		spread[i] = (error[0][a] * (s + moves) + fabs(in[0][a]) * moves) * (1 + 0x1p-40);
	}
}

/* While the support stays, the threshold is a mean of sums of at most n elements; where that changes, it jumps. */
static void spread_sparsemax(const struct node *node, const double *const *in, const double *const *error,
			     double *spread, struct arena *arena)
{
	const struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	for (int64_t first = 0; first < split.outer * split.size; first += split.size) {
		double largest = 0;
		for (int64_t i = 0; i < split.size; i++) largest = fmax(largest, error[0][first + i]);
		const bool stays = largest == 0 || largest * 2 < sparsemax_margin(in[0] + first, split.size, arena);
		for (int64_t i = 0; i < split.size; i++)
			spread[first + i] = stays ? largest * (double)(split.size + 1) * (1 + 0x1p-40) : INFINITY;
	}
}

/* A slope of 1 above 0, alpha below. */
static void spread_prelu(const struct node *node, const double *const *in, const double *const *error, double *spread,
			 struct arena *arena)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	spread_linear(node, in, error, spread, arena);
	for (int64_t i = 0; i < n; i++) spread[i] = fmax(spread[i], error[0][i]);
}

/* Products: those of what the factors may be, less those of what they are. */
static void spread_product(const struct node *node, const double *const *in, const double *const *error, double *spread,
			   struct arena *arena)
{
	const double **most = NEW_ARRAY(arena, node->n_in, const double *);
	for (int i = 0; i < node->n_in; i++) {
		const int64_t n = shape_elements(&node->in[i]->shape);
		double *sums = NEW_ARRAY(arena, n, double);
		for (int64_t k = 0; k < n; k++) sums[k] = fabs(in[i][k]) + error[i][k];
		most[i] = sums;
	}
	const double *all = run_magnitude(node, most, arena), *now = run_magnitude(node, in, arena);
	const int64_t n = shape_elements(&node->out[0]->shape);
	for (int64_t i = 0; i < n; i++) {
		const double moves = all[i] * (1 + 0x1p-40) - now[i];
		spread[i] = isnan(moves) ? INFINITY : fmax(moves, 0);
	}
}

/* One row of n elements: c / s with c = x - mean (or x), s^2 = mean (or sum) of c^2 + epsilon.  c moves by at most its
 * own error and the mean's, s by at most the root mean square of that. */
static void spread_row(const struct row_norm *norm, const double *x, const double *error, double *spread, int64_t n)
{
	const double divisor = norm->mean ? (double)n : 1;
	double mean = 0, mean_error = 0, square = 0, square_error = 0;
	for (int64_t i = 0; i < n && norm->centred; i++) mean += x[i] / (double)n;
	for (int64_t i = 0; i < n && norm->centred; i++) mean_error += error[i] / (double)n;
	for (int64_t i = 0; i < n; i++) {
		const double c = x[i] - mean, e = error[i] + mean_error;
		square += c * c / divisor;
		square_error += e * e / divisor;
	}
	const double floor = fmax(sqrt(norm->epsilon), norm->least), moves = sqrt(square_error);
	const double s = fmax(sqrt(square + norm->epsilon), norm->least), least = fmax(s - moves, floor);
	for (int64_t i = 0; i < n; i++) {
		const double c = norm->shifted ? x[i] - mean : x[i];
		const double e = error[i] + (norm->shifted ? mean_error : 0);
		spread[i] = least > 0 ? (e / least + fabs(c) * moves / (s * least)) * (1 + 0x1p-40) : INFINITY;
	}
}

static void spread_row_norm(const struct node *node, const double *const *in, const double *const *error,
			    double *spread, struct arena *arena)
{
	const struct rows_along rows = node_rows(node);
	double *x = NEW_ARRAY(arena, rows.length, double), *e = NEW_ARRAY(arena, rows.length, double);
	double *moves = NEW_ARRAY(arena, rows.length, double);
	struct row_norm norm;
	node_row_norm(node, &norm);
	for (int64_t r = 0; r < rows.count; r++) {
		const int64_t first = row_first(&rows, r), weight = row_weight(&rows, r);
		for (int64_t i = 0; i < rows.length; i++) {
			x[i] = in[0][first + row_element(&rows, i)];
			e[i] = error[0][first + row_element(&rows, i)];
		}
		spread_row(&norm, x, e, moves, rows.length);
		for (int64_t i = 0; i < rows.length; i++) {
			const int64_t at = weight + row_element_weight(&rows, i);
			spread[first + row_element(&rows, i)] =
			    norm.scale ? moves[i] * fabs((double)norm.scale->f32[at]) : moves[i];
		}
	}
}

/* Layers that are neither sums nor selections. */
static const struct {
	const char *layer;
	spread_function *spread;
} spreads[] = {
	{ "Softmax", spread_softmax },
	{ "GlobalAveragePooling1D", spread_masked },
	{ "LogSoftmax", spread_log_softmax },
	{ "Glu", spread_glu },
	{ "Sparsemax", spread_sparsemax },
	{ "Multiply", spread_product },
	{ "BatchDot", spread_product },
	{ "PReLU", spread_prelu },
	{ "LayerNormalization", spread_row_norm },
	{ "GroupNormalization", spread_row_norm },
	{ "RMSNormalization", spread_row_norm },
	{ "UnitNormalization", spread_row_norm },
};

static spread_function *spread_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
		if (layer_is(node, spreads[i].layer)) return spreads[i].spread;
	}
	return spread_linear;
}

/* Every run of the node's layer by itself. */
static void spread_runs(const struct node *node, const double *const *in, const double *const *error, double *spread,
			struct arena *arena)
{
	const double **from = NEW_ARRAY(arena, node->n_in, const double *);
	const double **moves = NEW_ARRAY(arena, node->n_in, const double *);
	const int64_t n = shape_elements(&node->out[0]->shape), times = node_times(node);
	for (int64_t i = 0; i < times; i++) {
		for (int k = 0; k < node->n_in; k++) {
			const int64_t first = i * (tensor_elements(node->in[k]) / times);
			from[k] = in[k] + first;
			moves[k] = error[k] + first;
		}
		spread_of(node)(node, from, moves, spread + i * n, arena);
	}
}

/* ---- subnormals flushed -------------------------------------------------------------------------------------- */

/* What a flushed operand or result is off by, at most. */
#define FLUSHED 0x1p-126

static double largest_of(const double *x, int64_t n)
{
	double most = 0;
	for (int64_t i = 0; i < n; i++) most = isfinite(x[i]) ? fmax(most, fabs(x[i])) : most;
	return most;
}

/* A quotient whose two operands are off by FLUSHED; no bound for a divisor that may count as 0. */
static double off_by_quotient(double dividend, double divisor)
{
	const double least = fabs(divisor) - FLUSHED;
	return least < FLUSHED ? INFINITY : 2 * FLUSHED * (1 + fabs(dividend) / least) / least;
}

static void add_quotients(const struct node *node, const double *const *in, double *bound)
{
	const struct shape *shape = &node->out[0]->shape;
	const int64_t n = shape_elements(shape);
	const bool reciprocal = layer_is(node, "Reciprocal");
	for (int64_t i = 0; i < n * node_times(node); i++) {
		double q = reciprocal ? ((const struct reciprocal_config *)node->config)->numerator : 0;
		for (int k = 0; k < node->n_in; k++) {
			const struct shape *from = &node->in[k]->shape;
			const int64_t at = i / n * shape_elements(from) + broadcast_index(shape, from, i % n);
			if (k > 0 || reciprocal) bound[i] += off_by_quotient(q, in[k][at]);
			q = k == 0 && !reciprocal ? in[k][at] : q / in[k][at];
		}
	}
}

/* Roots of a sum of squares that is not far above 2^-126: squares were lost. */
static bool root_is_lost(const struct node *node)
{
	struct row_norm norm;
	return node_row_norm(node, &norm) && norm.epsilon < 0x1p-80 && norm.least < 0x1p-40;
}

/* Every input is off by that where it is used and by twice as much by sums and differences behind it, every product and sum
 * of a term is; a weight is where it is subnormal. */
static double of_operations(const struct node *node, const double *const *in)
{
	double terms = 4, lost = 0;
	for (int i = 0; i < node->n_in; i++) terms += (double)tensor_elements(node->in[i]);
	for (int i = 0; i < node->n_weight; i++) {
		const int64_t n = shape_elements(&node->weight[i]->shape);
		terms += (double)n;
		for (int64_t k = 0; k < n && node->weight[i]->f32; k++) {
			const double w = fabs((double)node->weight[i]->f32[k]);
			if (w == 0 || w >= FLUSHED) continue;
			for (int j = 0; j < node->n_in; j++)
				lost += w * (1 + largest_of(in[j], tensor_elements(node->in[j])));
		}
	}
	return 4 * terms * FLUSHED + lost;
}

const float *output_unflushed(const struct node *node, const struct values *values, int output, struct arena *arena)
{
	const enum number kept = values->number == NUMBER_FUSED_FLUSHED ? NUMBER_FUSED : NUMBER_SEPARATE;
	const void **in = NEW_ARRAY(arena, node->n_in, const void *);
	void **out = NEW_ARRAY(arena, node->n_out, void *);
	for (int i = 0; i < node->n_in; i++) in[i] = values->at[node->in[i]->id];
	for (int i = 0; i < node->n_out; i++) out[i] = NEW_ARRAY(arena, tensor_elements(node->out[i]), float);
	layer_eval(node, kept, in, out, arena);
	return out[output];
}

/* A layer that moves or compares is exact but for what flushing changes: where operands count as equal that are not. */
static void add_choices(const struct node *node, const struct values *values, double *bound, struct arena *arena)
{
	const float *kept = output_unflushed(node, values, 0, arena);
	const float *flushed = result_before_activation(node, values, bound, arena);
	for (int64_t i = 0; i < tensor_elements(node->out[0]); i++)
		if (isfinite(flushed[i]) && isfinite(kept[i])) bound[i] += fabs((double)flushed[i] - (double)kept[i]);
}

void add_flushing(const struct node *node, const struct values *values, const double *const *in, double *bound,
		  struct arena *arena)
{
	const int64_t n = tensor_elements(node->out[0]);
	const double **error = NEW_ARRAY(arena, node->n_in, const double *);
	double *spread = NEW_ARRAY(arena, n, double);
	if (!node->layer->bound) {
		add_choices(node, values, bound, arena);
		return;
	}
	if (layer_is(node, "Divide") || layer_is(node, "Reciprocal")) {
		add_quotients(node, in, bound);
	} else {
		for (int i = 0; i < node->n_in; i++) {
			const int64_t elements = tensor_elements(node->in[i]);
			double *off = NEW_ARRAY(arena, elements, double);
			for (int64_t k = 0; k < elements; k++) off[k] = 4 * FLUSHED;
			error[i] = off;
		}
		spread_runs(node, in, error, spread, arena);
	}
	const double operations = of_operations(node, in);
	for (int64_t i = 0; i < n; i++) {
		bound[i] += (isnan(spread[i]) ? INFINITY : spread[i]) + operations;
		if (root_is_lost(node)) bound[i] = INFINITY;
	}
}

static const double *compose_node(const struct graph *graph, const struct node *node, const struct values *values,
				  const double *const *error, struct arena *arena)
{
	const int64_t n = tensor_elements(node->out[0]);
	const double **in = node_inputs(node, values, arena);
	const double **moves = NEW_ARRAY(arena, node->n_in, const double *);
	double *spread = NEW_ARRAY(arena, n, double);
	double *bound = bound_before_activation(graph, node, in, arena);
	if (number_is_flushed(values->number)) add_flushing(node, values, in, bound, arena);
	for (int i = 0; i < node->n_in; i++) moves[i] = error[node->in[i]->id];
	spread_runs(node, in, moves, spread, arena);
	for (int64_t i = 0; i < n; i++) bound[i] += spread[i];
	bound_through_activation(&node->activation, values->number,
				 result_before_activation(node, values, bound, arena), bound, n);
	return bound;
}

const double *const *composed_bounds(const struct graph *graph, const struct values *values, struct arena *arena)
{
	const double **error = NEW_ARRAY(arena, graph->tensors.n, const double *);
	for (int i = 0; i < graph->tensors.n; i++) {
		error[i] = NEW_ARRAY(arena, tensor_elements(graph->tensors.at[i]), double);
	}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		error[node->out[0]->id] = compose_node(graph, node, values, error, arena);
	}
	return error;
}
