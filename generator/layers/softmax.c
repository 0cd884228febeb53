/* softmax.c: Softmax, and its logarithm. */
#ifndef REAL
#include "layers/family.h"

static const struct field log_softmax_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, softmax_config, axis, "-1", "the axis whose exponentials sum to 1"),
	END_FIELD,
};

static const struct field softmax_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, softmax_config, axis, "-1", "the axis whose elements sum to 1"),
	END_FIELD,
};

static bool softmax_infer(struct node *node, struct diag *diag)
{
	const struct softmax_config *c = node->config;

	return need_axis(node, diag, c->axis) && infer_same(node, diag);
}

bool softmax_partial(const struct node *node)
{
	const struct shape *shape = &node->in[0]->shape;
	int axis = node_axis(node);

	return axis == shape->rank - 1 && uses_partial_sums(shape->at[axis], 1, shape->at[axis]);
}

static bool softmax_rows(const struct node *node, int input, int64_t o, struct reach *reach)
{
	(void)input;
	*reach = (struct reach){ o, o };
	return node_axis(node) > 0;
}

float exponential_exact(float v)
{
	static const struct activation_kind *kind;

	if (!kind) kind = activation_find("exponential");
	return kind->exact(v, NULL);
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

/* n elements 'stride' apart; see docs/arithmetic.md for the derivations. */
static struct row_sum row_sum(const double *x, int64_t n, int64_t stride, int64_t additions)
{
	struct row_sum row = { .most = x[0] };

	for (int64_t i = 1; i < n; i++) row.most = x[i * stride] > row.most ? x[i * stride] : row.most;
	for (int64_t i = 0; i < n; i++) {
		double d = x[i * stride] - row.most, e = exp(d);
		row.sum += e;
		row.error += e * exponential_growth(d) + TINY;
	}
	row.error = row.error / row.sum + rounding_growth(additions);
	return row;
}

static void softmax_row_bound(const double *x, double *bound, int64_t n, int64_t stride, int64_t additions)
{
	struct row_sum row = row_sum(x, n, stride, additions);
	double sum = row.sum, error = row.error;

	for (int64_t i = 0; i < n; i++) {
		double d = x[i * stride] - row.most, e = exp(d);
		bound[i * stride] = (e / sum * (exponential_growth(d) + error + UNIT) + 2 * TINY) * (1 + 4 * error);
		if (!(error < 0.125)) bound[i * stride] = 1;
	}
}

static void log_softmax_row_bound(const double *x, double *bound, int64_t n, int64_t stride, int64_t additions)
{
	struct row_sum row = row_sum(x, n, stride, additions);
	double moved = row.error / (1 - row.error), log_sum = log(row.sum),
	       log_error = moved + 2 * UNIT * (log_sum + moved) + TINY;

	for (int64_t i = 0; i < n; i++) {
		double d = x[i * stride] - row.most, error = -d * UNIT + log_error;
		bound[i * stride] = (error + UNIT * (log_sum - d + error)) * (1 + 0x1p-20);
		if (!(row.error < 0.125)) bound[i * stride] = INFINITY;
	}
}

typedef void row_bound(const double *x, double *bound, int64_t n, int64_t stride, int64_t additions);

static void bound_rows(const struct node *node, const double *x, double *bound, row_bound *bound_row)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	int64_t additions = softmax_partial(node) ? (split.size + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : split.size;

	for (int64_t o = 0; o < split.outer; o++)
		for (int64_t i = 0; i < split.inner; i++) {
			int64_t first = o * split.size * split.inner + i;
			bound_row(x + first, bound + first, split.size, split.inner, additions);
		}
}

static void softmax_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	(void)scratch;
	bound_rows(node, in[0], bound, softmax_row_bound);
}

static void log_softmax_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	(void)scratch;
	bound_rows(node, in[0], bound, log_softmax_row_bound);
}

const struct layer layer_softmax = {
	.name = "Softmax",
	.fields = softmax_fields,
	.config_bytes = sizeof(struct softmax_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "exponentials that sum to 1 along an axis",
	.infer = softmax_infer,
	.rows = softmax_rows,
	.eval = EVALS(softmax),
	.bound = softmax_bound,
};
const struct layer layer_log_softmax = {
	.name = "LogSoftmax",
	.fields = log_softmax_fields,
	.config_bytes = sizeof(struct softmax_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "logarithm of Softmax: activation log_softmax",
	.infer = softmax_infer,
	.rows = softmax_rows,
	.eval = EVALS(log_softmax),
	.bound = log_softmax_bound,
};

#else

static real EACH(sum_of)(const real *x, int64_t n, bool partial)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t i = 0; i < n; i++) p[partial ? i % PARTIAL_SUMS : 0] += x[i];
	for (int half = PARTIAL_SUMS / 2; partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] += p[j + half];
	return p[0];
}

static void EACH(rows_of)(const struct node *node, const real *x, real *y, bool logarithm, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	bool partial = softmax_partial(node);
	real *e = NEW_ARRAY(scratch, split.size, real), most, sum;

	for (int64_t r = 0; r < split.outer * split.inner; r++) {
		int64_t first = r / split.inner * split.size * split.inner + r % split.inner, stride = split.inner;
		most = X(x[first]);
		for (int64_t k = 1; k < split.size; k++) {
			real v = X(x[first + k * stride]);
			if (v > most || v != v) most = v;
		}
		for (int64_t k = 0; k < split.size; k++) e[k] = EXP(X(x[first + k * stride]) - most);
		sum = EACH(sum_of)(e, split.size, partial);
		if (logarithm) sum = LOG(sum);
		for (int64_t k = 0; k < split.size; k++)
			y[first + k * stride] = logarithm ? X(x[first + k * stride]) - most - sum : e[k] / sum;
	}
}

static void EACH(softmax)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	EACH(rows_of)(node, in[0], out[0], false, scratch);
}

static void EACH(log_softmax)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	EACH(rows_of)(node, in[0], out[0], true, scratch);
}

#endif
