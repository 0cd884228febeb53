/* softmax.c: Softmax, and its logarithm. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field log_softmax_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, softmax_config, axis, "-1", "the axes whose exponentials sum to 1"),
	END_FIELD,
};

static const struct field softmax_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, softmax_config, axis, "-1", "the axes whose elements sum to 1"),
	{ .key = "robust_masking",
	  .type = FIELD_BOOL,
	  .offset = offsetof(struct softmax_config, robust_masking),
	  .otherwise = "false",
	  .unwritten = true,
	  .doc = "masked elements are replaced, not lowered" },
	END_FIELD,
};

static bool softmax_infer(struct node *node, struct diag *diag)
{
	return need_axes(node, diag, &((const struct softmax_config *)node->config)->axis) && infer_same(node, diag);
}

/* Keras broadcasts the mask along the last axes, whatever its steps are. */
static bool softmax_masks(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	struct shape shape = node->in[0]->shape;
	struct arena *arena;

	if (broadcast(&shape, &mask[0]->shape) && shape_equal(&shape, &node->in[0]->shape))
		return take_mask(graph, node, mask, diag);
	arena = arena_new();
	layer_error(
	    node, diag, NULL,
	    "its mask of shape %s cannot be broadcast to its input of shape %s along the last axes, as Keras does it",
	    shape_text(arena, &mask[0]->shape), shape_text(arena, &node->in[0]->shape));
	arena_free(arena);
	return false;
}

enum softmax_masking node_softmax_masking(const struct node *node)
{
	const struct softmax_config *c = node->config;

	if (node->n_in < 2) return SOFTMAX_PLAIN;
	if (!node_is_old(node)) return SOFTMAX_CLEARS;
	return c->robust_masking ? SOFTMAX_REPLACES : SOFTMAX_ADDS;
}

float exponential_exact(float v)
{
	static const struct activation_kind *kind;

	if (!kind) kind = activation_find("exponential");
	return kind->exact(v, NULL);
}

static const char *softmax_lengths(struct graph *graph, const struct node *node)
{
	return node->n_in > 1 ? "its mask needs a known number of steps" : lengths_same(graph, node);
}

#define FAMILY "layers/softmax.c"
#include "layers/each_real.h"

/* Relative error of exp(d) where d carries one rounding and exp itself one unit in the last place; what is smaller than
 * any float counts as absolute. */
static double exponential_growth(double d)
{
	return -d < 256 ? expm1(-d * UNIT) + 3 * UNIT : 0;
}

/* Largest element, sum of the exponentials below it, and bound on that sum's relative error in float32. */
struct row_sum {
	double most, sum, error;
};

/* See docs/arithmetic.md for the derivations. */
static struct row_sum row_sum(const double *x, int64_t n, int64_t additions)
{
	struct row_sum row = { .most = x[0] };

	for (int64_t i = 1; i < n; i++) row.most = x[i] > row.most ? x[i] : row.most;
	for (int64_t i = 0; i < n; i++) {
		double d = x[i] - row.most, e = exp(d);
		row.sum += e;
		row.error += e * exponential_growth(d) + TINY;
	}
	row.error = row.error / row.sum + rounding_growth(additions);
	return row;
}

static void softmax_row_bound(const double *x, double *bound, int64_t n, int64_t additions)
{
	struct row_sum row = row_sum(x, n, additions);
	double sum = row.sum, error = row.error;

	for (int64_t i = 0; i < n; i++) {
		double d = x[i] - row.most, e = exp(d);
		bound[i] = (e / sum * (exponential_growth(d) + error + UNIT) + 2 * TINY) * (1 + 4 * error);
		if (!(error < 0.125)) bound[i] = 1;
	}
}

static void log_softmax_row_bound(const double *x, double *bound, int64_t n, int64_t additions)
{
	struct row_sum row = row_sum(x, n, additions);
	double moved = row.error / (1 - row.error), log_sum = log(row.sum),
	       log_error = moved + 2 * UNIT * (log_sum + moved) + TINY;

	for (int64_t i = 0; i < n; i++) {
		double d = x[i] - row.most, error = -d * UNIT + log_error;
		bound[i] = (error + UNIT * (log_sum - d + error)) * (1 + 0x1p-20);
		if (!(row.error < 0.125)) bound[i] = INFINITY;
	}
}

typedef void row_bound(const double *x, double *bound, int64_t n, int64_t additions);

static void bound_rows(const struct node *node, const double *const *in, double *bound, row_bound *bound_row,
		       struct arena *scratch)
{
	enum softmax_masking masking = node_softmax_masking(node);
	struct rows_along rows = node_rows(node);
	int64_t n = rows.length, additions = rows.partial ? (n + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : n;
	double *row = NEW_ARRAY(scratch, n, double), *b = NEW_ARRAY(scratch, n, double);

	for (int64_t r = 0; r < rows.count; r++) {
		int64_t first = row_first(&rows, r), weight = row_weight(&rows, r);
		for (int64_t i = 0; i < n; i++) row[i] = in[0][first + row_element(&rows, i)];
		for (int64_t i = 0; masking && i < n; i++)
			row[i] = masked_meaning(masking, row[i], in[1][weight + row_element_weight(&rows, i)]);
		bound_row(row, b, n, additions);
		for (int64_t i = 0; i < n; i++) bound[first + row_element(&rows, i)] = b[i];
	}
}

static void softmax_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	bound_rows(node, in, bound, softmax_row_bound, scratch);
}

static void log_softmax_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	bound_rows(node, in, bound, log_softmax_row_bound, scratch);
}

const struct layer layer_softmax = {
	.name = "Softmax",
	.fields = softmax_fields,
	.config_bytes = sizeof(struct softmax_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "exponentials that sum to 1 along axes",
	.infer = softmax_infer,
	.lengths = softmax_lengths,
	.rows = rows_of_rows,
	.eval = EVALS(softmax),
	.integer = integer_softmax,
	.steps = steps_of_softmax,
	.bound = softmax_bound,
	PASSES_MASK,
	.use_masks = softmax_masks,
};
const struct layer layer_log_softmax = {
	.name = "LogSoftmax",
	.fields = log_softmax_fields,
	.config_bytes = sizeof(struct softmax_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "logarithm of Softmax: activation log_softmax",
	.infer = softmax_infer,
	.lengths = softmax_lengths,
	.rows = rows_of_rows,
	.eval = EVALS(log_softmax),
	.integer = integer_log_softmax,
	.steps = steps_of_log_softmax,
	.bound = log_softmax_bound,
};

#else

static real EACH(sum_of)(const real *x, int64_t n, bool partial)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t i = 0; i < n; i++) {
		int64_t j = partial ? i % PARTIAL_SUMS : 0;
		p[j] = ADD(p[j], x[i]);
	}
	for (int half = PARTIAL_SUMS / 2; partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return p[0];
}

/* What an element of that mask counts as.  The large number takes the digits of a float, in the meaning, too. */
static real EACH(masked)(enum softmax_masking masking, real x, real mask)
{
	if (masking == SOFTMAX_ADDS)
		return EQUAL(mask, 1) ? x : (real)(float)ADD(x, MULTIPLY(SUBTRACT(1, mask), (real)-1e9f));
	return GREATER(mask, (real)0.5f) ? x : (real)-1e9f;
}

/* x holds a row; it is replaced by the result.  e: room for a row. */
static void EACH(softmax_row)(real *x, real *e, int64_t n, bool partial, bool logarithm)
{
	real most = x[0], sum;

	for (int64_t k = 1; k < n; k++)
		if (GREATER(x[k], most) || x[k] != x[k]) most = x[k];
	for (int64_t k = 0; k < n; k++) e[k] = EXP(SUBTRACT(x[k], most));
	sum = EACH(sum_of)(e, n, partial);
	if (logarithm) sum = LOG(sum);
	for (int64_t k = 0; k < n; k++) x[k] = logarithm ? SUBTRACT(SUBTRACT(x[k], most), sum) : DIVIDE(e[k], sum);
}

static void EACH(rows_of)(const struct node *node, const void *const *in, real *y, bool logarithm,
			  struct arena *scratch)
{
	enum softmax_masking masking = logarithm ? SOFTMAX_PLAIN : node_softmax_masking(node);
	const real *x = in[0], *mask = masking ? in[1] : NULL;
	struct rows_along rows = node_rows(node);
	real *row = NEW_ARRAY(scratch, rows.length, real), *e = NEW_ARRAY(scratch, rows.length, real);

	for (int64_t r = 0; r < rows.count; r++) {
		int64_t first = row_first(&rows, r), weight = row_weight(&rows, r);
		for (int64_t i = 0; i < rows.length; i++) row[i] = X(x[first + row_element(&rows, i)]);
		for (int64_t i = 0; masking && i < rows.length; i++)
			row[i] = EACH(masked)(masking, row[i], mask[weight + row_element_weight(&rows, i)]);
		EACH(softmax_row)(row, e, rows.length, rows.partial, logarithm);
		for (int64_t i = 0; i < rows.length; i++) {
			bool counts = masking != SOFTMAX_CLEARS ||
				      GREATER(mask[weight + row_element_weight(&rows, i)], (real)0.5f);
			y[first + row_element(&rows, i)] = counts ? row[i] : 0;
		}
	}
}

static void EACH(softmax)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	EACH(rows_of)(node, in, out[0], false, scratch);
}

static void EACH(log_softmax)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	EACH(rows_of)(node, in, out[0], true, scratch);
}

#endif
