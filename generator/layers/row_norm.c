/* row_norm.c: layers that bring the rows of a tensor to one size: LayerNormalization, GroupNormalization,
 * RMSNormalization, UnitNormalization. */
#ifndef REAL
#include "layers/family.h"

#include <string.h>

#define NORM_FIELDS(config, least_epsilon)                                                                             \
	TYPED_FIELD("epsilon", FIELD_REAL, config, epsilon, least_epsilon, "added to the variance"),                   \
	    TYPED_FIELD("center", FIELD_BOOL, config, center, "true", "adds beta"),                                    \
	    TYPED_FIELD("scale", FIELD_BOOL, config, scale, "true", "multiplies by gamma"),                            \
	    TRAINING_FIELDS("beta", "beta", "zeros"), TRAINING_FIELDS("gamma", "gamma", "ones")

static const struct field layer_norm_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, layer_norm_config, axis, "-1", "the axes of the elements that share a mean"),
	NORM_FIELDS(layer_norm_config, "0.001"),
	TYPED_FIELD("rms_scaling", FIELD_BOOL, layer_norm_config, rms_scaling, "false",
		    "no mean is taken off, no beta added"),
	END_FIELD,
};

static const struct field group_norm_fields[] = {
	INT_FIELD("groups", group_norm_config, groups, -1, "32", "groups of channels; -1: every channel is one"),
	TYPED_FIELD("axis", FIELD_AXIS, group_norm_config, axis, "-1", "the axis of channels"),
	NORM_FIELDS(group_norm_config, "0.001"),
	END_FIELD,
};

static const struct field rms_norm_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, rms_norm_config, axis, "-1", "the axes of the elements that share a mean"),
	TYPED_FIELD("epsilon", FIELD_REAL, rms_norm_config, epsilon, "1e-06", "added to the mean square"),
	END_FIELD,
};

static const struct field unit_norm_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, unit_norm_config, axis, "-1", "the axes whose squares sum to 1"),
	END_FIELD,
};

/* ---- shapes ------------------------------------------------------------------------------------------------ */

/* Sizes of the input's axes, in the config's order; UNKNOWN_SIZE where the input is not known. */
static struct shape sizes_of(const struct node *node, const struct axes *axes)
{
	int rank = node->n_in > 0 ? node->in[0]->shape.rank : 0;
	struct shape shape = { .rank = axes->n };

	for (int i = 0; i < axes->n; i++) {
		int axis = sample_axis(axes->at[i], rank);
		shape.at[i] = axis < 0 ? (int64_t)UNKNOWN_SIZE : node->in[0]->shape.at[axis];
	}
	return shape;
}

static int layer_norm_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct layer_norm_config *c = node->config;
	struct shape shape = sizes_of(node, &c->axis);
	int n = 0;

	if (c->scale || c->rms_scaling) spec[n++] = (struct weight_spec){ "gamma", shape, true };
	if (c->center && !c->rms_scaling) spec[n++] = (struct weight_spec){ "beta", shape, true };
	return n;
}

static int group_norm_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct group_norm_config *c = node->config;
	struct shape shape = sizes_of(node, &(const struct axes){ 1, { c->axis } });
	int n = 0;

	if (c->scale) spec[n++] = (struct weight_spec){ "gamma", shape, true };
	if (c->center) spec[n++] = (struct weight_spec){ "beta", shape, true };
	return n;
}

static int rms_norm_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct rms_norm_config *c = node->config;

	spec[0] = (struct weight_spec){ "scale", sizes_of(node, &c->axis), true };
	return 1;
}

static bool need_epsilon(const struct node *node, struct diag *diag, double epsilon)
{
	if (epsilon >= 0) return true;
	layer_error(node, diag, "epsilon", "%g is not an epsilon; it must be 0 or more", epsilon);
	return false;
}

static bool layer_norm_check(const struct node *node, struct diag *diag)
{
	return need_epsilon(node, diag, ((const struct layer_norm_config *)node->config)->epsilon);
}

static bool rms_norm_check(const struct node *node, struct diag *diag)
{
	return need_epsilon(node, diag, ((const struct rms_norm_config *)node->config)->epsilon);
}

static bool group_norm_check(const struct node *node, struct diag *diag)
{
	const struct group_norm_config *c = node->config;

	if (c->groups == 0)
		layer_error(node, diag, "groups", "0 is not a number of groups; it must be 1 or more, or -1");
	return need_epsilon(node, diag, c->epsilon) && c->groups != 0;
}

static bool layer_norm_infer(struct node *node, struct diag *diag)
{
	return need_axes(node, diag, &((const struct layer_norm_config *)node->config)->axis) && infer_same(node, diag);
}

/* Keras broadcasts the scale, whose axes are the config's, as NumPy does: along the last axes. */
static bool rms_norm_infer(struct node *node, struct diag *diag)
{
	const struct rms_norm_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct shape scale = sizes_of(node, &c->axis);
	struct arena *arena;
	bool fits = true;

	if (!need_axes(node, diag, &c->axis)) return false;
	for (int i = 1; i <= scale.rank; i++) {
		int64_t size = scale.at[scale.rank - i];
		fits &= size == 1 || size == in->at[in->rank - i];
	}
	if (fits) return infer_same(node, diag);
	arena = arena_new();
	layer_error(
	    node, diag, "axis",
	    "a scale of shape %s cannot be broadcast to the input's last axes, of %s; axis must name the last ones",
	    shape_text(arena, &scale), shape_text(arena, in));
	arena_free(arena);
	return false;
}

static bool unit_norm_infer(struct node *node, struct diag *diag)
{
	return need_axes(node, diag, &((const struct unit_norm_config *)node->config)->axis) && infer_same(node, diag);
}

static bool group_norm_infer(struct node *node, struct diag *diag)
{
	const struct group_norm_config *c = node->config;
	int64_t channels;

	if (!need_axis(node, diag, c->axis)) return false;
	channels = node->in[0]->shape.at[sample_axis(c->axis, node->in[0]->shape.rank)];
	if (c->groups < 1 || channels % c->groups == 0) return infer_same(node, diag);
	layer_error(node, diag, "groups", "%lld groups do not divide %lld channels", (long long)c->groups,
		    (long long)channels);
	return false;
}

/* tf_keras weighs the elements by a mask that it broadcasts along the last axes, not along the steps. */
static bool group_norm_masks(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	(void)graph;
	(void)mask;
	if (!node_is_old(node)) return true;
	layer_error(node, diag, NULL,
		    "GroupNormalization of Keras 2 with a mask is not supported; save it with Keras 3, "
		    "which takes no notice of masks there");
	return false;
}

/* ---- one arithmetic ---------------------------------------------------------------------------------------- */

static void layer_norm_of(const struct node *node, struct row_norm *norm)
{
	const struct layer_norm_config *c = node->config;

	*norm = (struct row_norm){ .centred = true, .shifted = !c->rms_scaling, .mean = true, .epsilon = c->epsilon };
}

static void group_norm_of(const struct node *node, struct row_norm *norm)
{
	const struct group_norm_config *c = node->config;

	*norm = (struct row_norm){ .centred = true, .shifted = true, .mean = true, .epsilon = c->epsilon };
}

static void rms_norm_of(const struct node *node, struct row_norm *norm)
{
	*norm = (struct row_norm){ .mean = true, .epsilon = ((const struct rms_norm_config *)node->config)->epsilon };
}

/* Keras 3 takes min(1 / root, 1e12), Keras 2 1 / sqrt(max(root^2, 1e-12)). */
static void unit_norm_of(const struct node *node, struct row_norm *norm)
{
	const struct unit_norm_config *c = node->config;

	*norm = (struct row_norm){ .least = c->least > 0 ? c->least : node_is_old(node) ? 1e-6 : 1e-12 };
}

static const struct {
	const char *class_name;
	void (*of)(const struct node *node, struct row_norm *norm);
} norms[] = {
	{ "LayerNormalization", layer_norm_of },
	{ "GroupNormalization", group_norm_of },
	{ "RMSNormalization", rms_norm_of },
	{ "UnitNormalization", unit_norm_of },
};

bool node_row_norm(const struct node *node, struct row_norm *norm)
{
	for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
		if (!layer_is(node, norms[i].class_name)) continue;
		norms[i].of(node, norm);
		norm->scale = node_weight(node, "gamma");
		if (!norm->scale) norm->scale = node_weight(node, "scale");
		norm->offset = node_weight(node, "beta");
		return true;
	}
	return false;
}

/* Weights, and the groups of channels, need a known size of their axes. */
static bool has_weights_along(const struct row_loop *loop, int n)
{
	for (int i = 0; i < n; i++)
		if (loop[i].open && loop[i].w > 0) return true;
	return false;
}

static const char *row_norm_lengths(struct graph *graph, const struct node *node)
{
	const struct rows_along rows = node_rows(node);
	const struct group_norm_config *c = node->config;
	bool grouped = layer_is(node, "GroupNormalization") &&
		       sample_axis(c->axis, node->in[0]->shape.rank) == node->in[0]->open_axis;

	if (node->n_in > 1) return "its mask needs a known number of steps";
	if (grouped || (node->n_weight > 0 &&
			(has_weights_along(rows.over_row, rows.row) || has_weights_along(rows.over_rows, rows.rows))))
		return "its weights and groups need a known size of their axes";
	return lengths_same(graph, node);
}

#define FAMILY "layers/row_norm.c"
#include "layers/each_real.h"

/* ---- bound ------------------------------------------------------------------------------------------------- */

/* What the bound of one row is made of; see docs/arithmetic.md. */
struct row_error {
	double mean, root;        /* exact */
	double of_mean, of_scale; /* absolute; relative */
};

static void error_of_mean(struct row_error *e, const double *x, int64_t n, int64_t additions)
{
	double magnitude = 0;

	for (int64_t i = 0; i < n; i++) {
		e->mean += x[i] / (double)n;
		magnitude += fabs(x[i]) / (double)n;
	}
	e->of_mean = magnitude * rounding_growth(additions + 2) + TINY;
}

static struct row_error row_error(const struct row_norm *norm, const double *x, int64_t n, int64_t additions)
{
	struct row_error e = { 0 };
	double squares = 0, lost = 0, total, of_total, divisor = norm->mean ? (double)n : 1;

	if (norm->centred) error_of_mean(&e, x, n, additions);
	for (int64_t i = 0; i < n; i++) {
		double d = fabs(x[i] - e.mean), off = norm->centred ? e.of_mean + (d + e.of_mean) * UNIT : 0;
		squares += d * d / divisor;
		lost += ((2 * d + off) * off + (d + off) * (d + off) * rounding_growth(additions + 4)) / divisor + TINY;
	}
	total = squares + (double)(float)norm->epsilon;
	of_total = lost + (total + lost) * rounding_growth(2) + TINY;
	total = fmax(total, (double)(float)norm->least * (double)(float)norm->least);
	e.root = sqrt(total);
	e.of_scale = of_total < total ? (1 + 4 * UNIT) / sqrt(1 - of_total / total) - 1 : INFINITY;
	return e;
}

/* x, bound: a row; at: its elements' weights. */
static void bound_row(const struct row_norm *norm, const double *x, double *bound, const int64_t *at, int64_t n,
		      int64_t additions)
{
	struct row_error e = row_error(norm, x, n, additions);

	for (int64_t i = 0; i < n; i++) {
		double d = fabs(norm->shifted ? x[i] - e.mean : x[i]);
		double scale = fabs(norm->scale ? weight_at(norm->scale, at[i]) : 1) / e.root;
		double off = norm->shifted ? e.of_mean + (d + e.of_mean) * UNIT : 0;
		double product = (d + off) * scale * (1 + e.of_scale), shift = fabs(weight_at(norm->offset, at[i]));
		bound[i] = (off * scale + (d + off) * scale * e.of_scale + (product + shift) * rounding_growth(2) +
			    (d + off + 2) * TINY) *
			   (1 + 0x1p-20);
		if (!(bound[i] >= 0)) bound[i] = (double)INFINITY; /* a gamma of 0, any root */
	}
}

static void row_norm_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct rows_along rows = node_rows(node);
	int64_t n = rows.length, additions = rows.partial ? (n + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : n;
	double *x = NEW_ARRAY(scratch, n, double), *b = NEW_ARRAY(scratch, n, double);
	int64_t *at = NEW_ARRAY(scratch, n, int64_t);
	struct row_norm norm;

	node_row_norm(node, &norm);
	for (int64_t r = 0; r < rows.count; r++) {
		int64_t first = row_first(&rows, r), weight = row_weight(&rows, r);
		for (int64_t i = 0; i < n; i++) x[i] = in[0][first + row_element(&rows, i)];
		for (int64_t i = 0; i < n; i++) at[i] = weight + row_element_weight(&rows, i);
		bound_row(&norm, x, b, at, n, additions);
		for (int64_t i = 0; i < n; i++) bound[first + row_element(&rows, i)] = b[i];
	}
}

#define ROW_NORM_ROW(id, class, prefix, text, checks, weight_specs, way, masks)                                        \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = prefix##_fields,                                                                             \
		.config_bytes = sizeof(struct prefix##_config),                                                        \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.check = checks,                                                                                       \
		.weights = weight_specs,                                                                               \
		.infer = prefix##_infer,                                                                               \
		.lengths = row_norm_lengths,                                                                           \
		.rows = rows_of_rows,                                                                                  \
		.eval = EVALS(row_norm),                                                                               \
		.mask = way,                                                                                           \
		.old_mask = way,                                                                                       \
		.use_masks = masks,                                                                                    \
		.bound = row_norm_bound,                                                                               \
		.activates = true,                                                                                     \
	}
ROW_NORM_ROW(layer_normalization, "LayerNormalization", layer_norm, "every row less its mean, over its deviation",
	     layer_norm_check, layer_norm_weights, MASK_PASSES, NULL);
ROW_NORM_ROW(group_normalization, "GroupNormalization", group_norm,
	     "every group of channels less its mean, over its deviation", group_norm_check, group_norm_weights,
	     MASK_PASSES, group_norm_masks);
ROW_NORM_ROW(rms_normalization, "RMSNormalization", rms_norm, "every row over its root mean square", rms_norm_check,
	     rms_norm_weights, MASK_DROPS, NULL);
ROW_NORM_ROW(unit_normalization, "UnitNormalization", unit_norm, "every row over its length", NULL, NULL, MASK_PASSES,
	     NULL);

#else

/* The sum of n values, or of their squares, in order or in 16 partial sums. */
static real EACH(row_sum)(const real *x, int64_t n, bool squares, bool partial)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t i = 0; i < n; i++) {
		int64_t j = partial ? i % PARTIAL_SUMS : 0;
		p[j] = squares ? MADD(p[j], x[i], x[i]) : ADD(p[j], x[i]);
	}
	for (int half = PARTIAL_SUMS / 2; partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return p[0];
}

/* What a row's elements are divided by; d: the elements whose squares it is made of. */
static real EACH(root_of)(const struct row_norm *norm, const real *d, int64_t n, bool partial)
{
	real total = EACH(row_sum)(d, n, true, partial), least = (real)(float)norm->least, root;

	if (norm->mean) total = DIVIDE(total, (real)n);
	if (norm->epsilon != 0) total = ADD(total, (real)(float)norm->epsilon);
	root = SQRT(total);
	return GREATER(least, root) ? least : root;
}

/* x holds a row; it is replaced by the result.  d: room for a row; at: its elements' weights. */
static void EACH(norm_row)(const struct row_norm *norm, real *x, real *d, const int64_t *at, int64_t n, bool partial)
{
	real mean = norm->centred ? DIVIDE(EACH(row_sum)(x, n, false, partial), (real)n) : 0, root;

	for (int64_t i = 0; i < n; i++)
		d[i] = !norm->centred ? x[i] : MAGNITUDE ? ADD(x[i], mean) : SUBTRACT(x[i], mean);
	root = EACH(root_of)(norm, d, n, partial);
	for (int64_t i = 0; i < n; i++) {
		real scale = DIVIDE(norm->scale ? W(norm->scale->f32[at[i]]) : 1, root);
		if (norm->shifted)
			x[i] = MADD(norm->offset ? W(norm->offset->f32[at[i]]) : 0, d[i], scale);
		else
			x[i] = MULTIPLY(x[i], scale);
	}
}

static void EACH(row_norm)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct rows_along rows = node_rows(node);
	real *x = NEW_ARRAY(scratch, rows.length, real), *d = NEW_ARRAY(scratch, rows.length, real), *y = out[0];
	int64_t *at = NEW_ARRAY(scratch, rows.length, int64_t);
	struct row_norm norm;

	node_row_norm(node, &norm);
	for (int64_t r = 0; r < rows.count; r++) {
		int64_t first = row_first(&rows, r), weight = row_weight(&rows, r);
		for (int64_t i = 0; i < rows.length; i++) {
			x[i] = X(((const real *)in[0])[first + row_element(&rows, i)]);
			at[i] = weight + row_element_weight(&rows, i);
		}
		EACH(norm_row)(&norm, x, d, at, rows.length, rows.partial);
		for (int64_t i = 0; i < rows.length; i++) y[first + row_element(&rows, i)] = x[i];
	}
}

#endif
