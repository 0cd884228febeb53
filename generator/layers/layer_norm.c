/* layer_norm.c: LayerNormalization: every row less its mean, over its deviation. */
#ifndef REAL
#include "layers/family.h"

static const struct field layer_norm_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, layer_norm_config, axis, "-1", "the axis of the elements that share a mean"),
	TYPED_FIELD("epsilon", FIELD_REAL, layer_norm_config, epsilon, "0.001", "added to the variance"),
	TYPED_FIELD("center", FIELD_BOOL, layer_norm_config, center, "true", "adds beta"),
	TYPED_FIELD("scale", FIELD_BOOL, layer_norm_config, scale, "true", "multiplies by gamma"),
	TYPED_FIELD("rms_scaling", FIELD_BOOL, layer_norm_config, rms_scaling, "false",
		    "no mean is taken off, no beta added"),
	TRAINING_FIELDS("beta", "beta", "zeros"),
	TRAINING_FIELDS("gamma", "gamma", "ones"),
	END_FIELD,
};

static int layer_norm_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct layer_norm_config *c = node->config;
	int rank = node->n_in > 0 ? node->in[0]->shape.rank : 0, axis = sample_axis(c->axis, rank), n = 0;
	struct shape shape = shape_of(1, axis < 0 ? (int64_t)UNKNOWN_SIZE : node->in[0]->shape.at[axis]);

	if (c->scale || c->rms_scaling) spec[n++] = (struct weight_spec){ "gamma", shape, true };
	if (c->center && !c->rms_scaling) spec[n++] = (struct weight_spec){ "beta", shape, true };
	return n;
}

static bool layer_norm_check(const struct node *node, struct diag *diag)
{
	const struct layer_norm_config *c = node->config;

	if (c->epsilon >= 0) return true;
	layer_error(node, diag, "epsilon", "%g is not an epsilon; it must be 0 or more", c->epsilon);
	return false;
}

static bool layer_norm_infer(struct node *node, struct diag *diag)
{
	const struct layer_norm_config *c = node->config;

	return need_axis(node, diag, c->axis) && infer_same(node, diag);
}

/* Along the steps every output row needs all. */
static bool layer_norm_rows(const struct node *node, int input, int64_t o, struct reach *reach)
{
	(void)input;
	*reach = (struct reach){ o, o };
	return node_axis(node) > 0;
}

#define FAMILY "layers/layer_norm.c"
#include "layers/each_real.h"

/* What the bound of one row is made of; see docs/arithmetic.md. */
struct row_error {
	double mean, root;        /* exact */
	double of_mean, of_scale; /* absolute; relative */
};

static struct row_error row_error(const double *x, int64_t n, int64_t stride, int64_t additions, double epsilon)
{
	struct row_error e = { 0 };
	double magnitude = 0, squares = 0, lost = 0, total, of_total;

	for (int64_t i = 0; i < n; i++) {
		e.mean += x[i * stride] / (double)n;
		magnitude += fabs(x[i * stride]) / (double)n;
	}
	e.of_mean = magnitude * rounding_growth(additions + 2) + TINY;
	for (int64_t i = 0; i < n; i++) {
		double d = fabs(x[i * stride] - e.mean), off = e.of_mean + (d + e.of_mean) * UNIT;
		squares += d * d / (double)n;
		lost +=
		    ((2 * d + off) * off + (d + off) * (d + off) * rounding_growth(additions + 4)) / (double)n + TINY;
	}
	total = squares + epsilon;
	of_total = lost + (total + lost) * rounding_growth(2) + TINY;
	e.root = sqrt(total);
	e.of_scale = of_total < total ? (1 + 4 * UNIT) / sqrt(1 - of_total / total) - 1 : INFINITY;
	return e;
}

static void layer_norm_row_bound(const struct node *node, const double *x, double *bound, int64_t n, int64_t stride)
{
	const struct layer_norm_config *c = node->config;
	const struct weight *gamma = node_weight(node, "gamma"), *beta = node_weight(node, "beta");
	int64_t additions = softmax_partial(node) ? (n + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : n;
	struct row_error e = row_error(x, n, stride, additions, (double)(float)c->epsilon);

	for (int64_t i = 0; i < n; i++) {
		double d = fabs(c->rms_scaling ? x[i * stride] : x[i * stride] - e.mean);
		double scale = fabs(gamma ? weight_at(gamma, i) : 1) / e.root;
		double off = c->rms_scaling ? 0 : e.of_mean + (d + e.of_mean) * UNIT;
		double product = (d + off) * scale * (1 + e.of_scale), shift = fabs(weight_at(beta, i));
		bound[i * stride] = (off * scale + (d + off) * scale * e.of_scale +
				     (product + shift) * rounding_growth(2) + (d + off + 2) * TINY) *
				    (1 + 0x1p-20);
		if (!(bound[i * stride] >= 0)) bound[i * stride] = (double)INFINITY; /* a gamma of 0, any root */
	}
}

static void layer_norm_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));

	(void)scratch;
	for (int64_t r = 0; r < split.outer * split.inner; r++) {
		int64_t first = r / split.inner * split.size * split.inner + r % split.inner;
		layer_norm_row_bound(node, in[0] + first, bound + first, split.size, split.inner);
	}
}

const struct layer layer_layer_normalization = {
	.name = "LayerNormalization",
	.fields = layer_norm_fields,
	.config_bytes = sizeof(struct layer_norm_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "every row less its mean, over its deviation",
	.check = layer_norm_check,
	.weights = layer_norm_weights,
	.infer = layer_norm_infer,
	.rows = layer_norm_rows,
	.eval = EVALS(layer_norm),
	.bound = layer_norm_bound,
	.activates = true,
};

#else

/* The sum of n values, or of their squares, in order or in 16 partial sums. */
static real EACH(row_sum)(const real *x, int64_t n, bool squares, bool partial)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t i = 0; i < n; i++) {
		int64_t j = partial ? i % PARTIAL_SUMS : 0;
		p[j] = squares ? MADD(p[j], x[i], x[i]) : p[j] + x[i];
	}
	for (int half = PARTIAL_SUMS / 2; partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] += p[j + half];
	return p[0];
}

/* x, d: room for a row; x holds it. */
static void EACH(norm_row)(const struct node *node, const real *x, real *d, real *y, int64_t n, int64_t stride)
{
	const struct layer_norm_config *c = node->config;
	const struct weight *gamma = node_weight(node, "gamma"), *beta = node_weight(node, "beta");
	bool partial = softmax_partial(node);
	real mean = EACH(row_sum)(x, n, false, partial) / (real)n, root;

	for (int64_t i = 0; i < n; i++) d[i] = MAGNITUDE ? x[i] + mean : x[i] - mean;
	root = SQRT(EACH(row_sum)(d, n, true, partial) / (real)n + (real)(float)c->epsilon);
	for (int64_t i = 0; i < n; i++) {
		real scale = (gamma ? W(gamma->f32[i]) : 1) / root;
		if (c->rms_scaling)
			y[i * stride] = x[i] * scale;
		else
			y[i * stride] = MADD(beta ? W(beta->f32[i]) : 0, d[i], scale);
	}
}

static void EACH(layer_norm)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	real *x = NEW_ARRAY(scratch, split.size, real), *d = NEW_ARRAY(scratch, split.size, real);

	for (int64_t r = 0; r < split.outer * split.inner; r++) {
		int64_t first = r / split.inner * split.size * split.inner + r % split.inner;
		for (int64_t i = 0; i < split.size; i++) x[i] = X(((const real *)in[0])[first + i * split.inner]);
		EACH(norm_row)(node, x, d, (real *)out[0] + first, split.size, split.inner);
	}
}

#endif
