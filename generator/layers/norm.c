/* norm.c: layers that are one scale and offset per channel: BatchNormalization at inference, Normalization, Rescaling. */
#ifndef REAL
#include "layers/family.h"

#include <string.h>

static const struct field batch_norm_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, batch_norm_config, axis, "-1", "the axis of channels"),
	TYPED_FIELD("epsilon", FIELD_REAL, batch_norm_config, epsilon, "0.001", "added to the variance"),
	TYPED_FIELD("center", FIELD_BOOL, batch_norm_config, center, "true", "adds beta"),
	TYPED_FIELD("scale", FIELD_BOOL, batch_norm_config, scale, "true", "multiplies by gamma"),
	IGNORED_FIELD("momentum", "training: how fast the moving statistics move"),
	INITIALIZER_FIELD("moving_mean", "moving_mean", "zeros"),
	INITIALIZER_FIELD("moving_variance", "moving_variance", "ones"),
	TRAINING_FIELDS("beta", "beta", "zeros"),
	TRAINING_FIELDS("gamma", "gamma", "ones"),
	IGNORED_FIELD("synchronized", "training: statistics over several devices"),
	OLD_FIELD("renorm", "training: statistics of a batch"),
	OLD_FIELD("renorm_clipping", "training: statistics of a batch"),
	OLD_FIELD("renorm_momentum", "training: statistics of a batch"),
	OLD_FIELD("fused", "how Keras computes it"),
	OLD_FIELD("virtual_batch_size", "training: statistics of a batch"),
	END_FIELD,
};

static const struct field normalization_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, normalization_config, axis, "[-1]", "the axes of means; null: one for all"),
	TYPED_FIELD("invert", FIELD_BOOL, normalization_config, invert, "false", "undoes the normalisation"),
	TYPED_FIELD("mean", FIELD_REALS, normalization_config, mean, "null", "instead of a weight"),
	TYPED_FIELD("variance", FIELD_REALS, normalization_config, variance, "null", "instead of a weight"),
	END_FIELD,
};

static const struct field rescaling_fields[] = {
	TYPED_FIELD("scale", FIELD_REALS, rescaling_config, scale, NULL, "factor, or one per channel"),
	TYPED_FIELD("offset", FIELD_REALS, rescaling_config, offset, "0.0", "added then, or one per channel"),
	END_FIELD,
};

/* ---- BatchNormalization ------------------------------------------------------------------------------------ */

static bool batch_norm_check(const struct node *node, struct diag *diag)
{
	const struct batch_norm_config *c = node->config;

	if (c->epsilon >= 0) return true;
	layer_error(node, diag, "epsilon", "%g is not an epsilon; it must be 0 or more", c->epsilon);
	return false;
}

static int batch_norm_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct batch_norm_config *c = node->config;
	int rank = node->n_in > 0 ? node->in[0]->shape.rank : 0, axis = sample_axis(c->axis, rank), n = 0;
	struct shape shape = shape_of(1, axis < 0 ? (int64_t)UNKNOWN_SIZE : node->in[0]->shape.at[axis]);

	if (c->scale) spec[n++] = (struct weight_spec){ "gamma", shape, true };
	if (c->center) spec[n++] = (struct weight_spec){ "beta", shape, true };
	spec[n++] = (struct weight_spec){ "moving_mean", shape, false };
	spec[n++] = (struct weight_spec){ "moving_variance", shape, false };
	return n;
}

static bool batch_norm_infer(struct node *node, struct diag *diag)
{
	const struct batch_norm_config *c = node->config;

	return need_axis(node, diag, c->axis) && infer_same(node, diag);
}

/* ---- Normalization and Rescaling --------------------------------------------------------------------------- */

static bool normalization_check(const struct node *node, struct diag *diag)
{
	const struct normalization_config *c = node->config;

	if (!c->mean.n != !c->variance.n)
		layer_error(node, diag, "variance", "%lld variances for %lld means; both or none must be given",
			    (long long)c->variance.n, (long long)c->mean.n);
	return !c->mean.n == !c->variance.n;
}

bool weight_is_integral(const char *name)
{
	return !strcmp(name, "count");
}

/* The first and the last axis of a sample that have means of their own; first behind last where all share one. */
static void normalization_axes(const struct node *node, int *first, int *last)
{
	const struct normalization_config *c = node->config;
	int rank = node->in[0]->shape.rank;

	*first = rank;
	*last = -1;
	for (int i = 0; i < c->axis.n; i++) {
		int axis = sample_axis(c->axis.at[i], rank);
		*first = axis < *first ? axis : *first;
		*last = axis > *last ? axis : *last;
	}
}

void node_affine_axes(const struct node *node, int *first, int *last)
{
	const struct tensor *in = node->in[0];
	int rank = in->shape.rank;

	*first = *last = -1;
	if (!layer_is(node, "Normalization")) {
		*first = *last = node_axis(node);
		return;
	}
	normalization_axes(node, first, last);
	if (*last < 0) *first = *last = rank > 1 && in->open_axis == rank - 1 ? 0 : rank - 1;
}

struct axis_split node_affine_split(const struct node *node)
{
	const struct shape *shape = &node->in[0]->shape;
	struct axis_split split;
	int first, last;

	node_affine_axes(node, &first, &last);
	split = axis_split(shape, last);
	for (int i = first; i < last; i++) split.size *= shape->at[i];
	split.outer = shape_elements(shape) / split.size / split.inner;
	return split;
}

static int normalization_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct normalization_config *c = node->config;
	const struct shape *in = node->n_in > 0 ? &node->in[0]->shape : NULL;
	struct shape shape = { 0 };

	if (c->mean.n > 0) return 0;
	for (int i = 0; in && i < in->rank; i++) /* in the input's order */
		for (int k = 0; k < c->axis.n; k++)
			if (sample_axis(c->axis.at[k], in->rank) == i) shape.at[shape.rank++] = in->at[i];
	while (shape.rank < c->axis.n) shape.at[shape.rank++] = UNKNOWN_SIZE;
	spec[0] = (struct weight_spec){ "mean", shape, false };
	spec[1] = (struct weight_spec){ "variance", shape, false };
	spec[2] = (struct weight_spec){ "count", shape_of(0), false };
	return 3;
}

/* One value for all channels, or one for each of 'channels', of which the last axis has some. */
static bool need_per_channel(const struct node *node, struct diag *diag, const char *key, int64_t n, int64_t channels,
			     int64_t last)
{
	if (n == 1 || n == channels || n == last) return true;
	layer_error(node, diag, key, "%lld values of %s; there must be 1, or one for each of %lld channels",
		    (long long)n, key, (long long)channels);
	return false;
}

static bool normalization_infer(struct node *node, struct diag *diag)
{
	const struct normalization_config *c = node->config;
	int64_t channels;
	int first, last;
	bool right;

	if (c->axis.n > 0 ? !need_axes(node, diag, &c->axis) : !need_axis(node, diag, -1)) return false;
	normalization_axes(node, &first, &last);
	if (c->axis.n > 0 && last - first + 1 != c->axis.n) {
		layer_error(node, diag, "axis", "axes that do not follow each other are not supported");
		return false;
	}
	if (!infer_same(node, diag) || c->mean.n == 0) return true;
	channels = c->axis.n > 0 ? node_affine_split(node).size : 1;
	right = need_per_channel(node, diag, "mean", c->mean.n, channels, last < 0 ? 1 : node->in[0]->shape.at[last]);
	right &= need_per_channel(node, diag, "variance", c->variance.n, channels,
				  last < 0 ? 1 : node->in[0]->shape.at[last]);
	return right;
}

static bool rescaling_infer(struct node *node, struct diag *diag)
{
	const struct rescaling_config *c = node->config;
	int64_t channels;
	bool right;

	if (!need_axis(node, diag, -1) || !infer_same(node, diag)) return false;
	channels = node->in[0]->shape.at[node_axis(node)];
	right = need_per_channel(node, diag, "scale", c->scale.n, channels, channels);
	right &= need_per_channel(node, diag, "offset", c->offset.n, channels, channels);
	return right;
}

/* Lists lie along the last axis where no other is named; one number for all lies along any axis. */
static const char *affine_lengths(struct graph *graph, const struct node *node)
{
	const struct rescaling_config *c = node->config;
	const struct normalization_config *n = node->config;
	bool lists = layer_is(node, "Rescaling") ? c->scale.n > 1 || c->offset.n > 1 : n->axis.n == 0 && n->mean.n > 1;
	int first, last;

	if (lists && open_axis_from_end(node->in[0]) == 1) return "its lists need a known size of the last axis";
	node_affine_axes(node, &first, &last);
	if (open_between(node->in[0], first, last + 1)) return "its weights need a known size of their axes";
	return lengths_same(graph, node);
}

/* ---- scale and offset -------------------------------------------------------------------------------------- */

/* Of one channel; the offset is a sum of two. */
struct affine {
	double scale, offset, shift;
};

static double real_at(const struct reals *reals, int64_t i)
{
	return reals->at[i % reals->n];
}

static struct affine batch_norm_of(const struct node *node, int64_t i)
{
	const struct batch_norm_config *c = node->config;
	const struct weight *gamma = node_weight(node, "gamma"), *mean = node_weight(node, "moving_mean");
	const struct weight *variance = node_weight(node, "moving_variance");
	double scale = 1 / sqrt(weight_at(variance, i) + c->epsilon) * (gamma ? weight_at(gamma, i) : 1);

	return (struct affine){ scale, weight_at(node_weight(node, "beta"), i), -weight_at(mean, i) * scale };
}

static struct affine normalization_of(const struct node *node, int64_t i)
{
	const struct normalization_config *c = node->config;
	const struct weight *means = node_weight(node, "mean"), *variances = node_weight(node, "variance");
	double mean = c->mean.n ? real_at(&c->mean, i) : weight_at(means, c->axis.n ? i : 0);
	double variance = c->mean.n ? real_at(&c->variance, i) : weight_at(variances, c->axis.n ? i : 0);
	double deviation = fmax(sqrt(variance), 1e-7);

	if (c->invert) return (struct affine){ deviation, mean, 0 };
	return (struct affine){ 1 / deviation, 0, -mean / deviation };
}

static struct affine rescaling_of(const struct node *node, int64_t i)
{
	const struct rescaling_config *c = node->config;

	return (struct affine){ real_at(&c->scale, i), real_at(&c->offset, i), 0 };
}

static const struct {
	const char *class_name;
	struct affine (*of)(const struct node *node, int64_t channel);
} affines[] = {
	{ "BatchNormalization", batch_norm_of },
	{ "Normalization", normalization_of },
	{ "Rescaling", rescaling_of },
};
enum { AFFINES = sizeof affines / sizeof *affines };

static int affine_index(const struct node *node)
{
	int i = 0;

	while (i < AFFINES && !layer_is(node, affines[i].class_name)) i++;
	return i;
}

bool node_is_affine(const struct node *node)
{
	return affine_index(node) < AFFINES;
}

static int64_t affine_channels(const struct node *node)
{
	return node_affine_split(node).size;
}

void batch_norm_affine(const struct node *node, double *scale, double *offset)
{
	for (int64_t i = 0; i < affine_channels(node); i++) {
		struct affine affine = affines[affine_index(node)].of(node, i);
		scale[i] = affine.scale;
		offset[i] = affine.offset + affine.shift;
	}
}

/* The sum of |terms| that offset is made of. */
static void offset_terms(const struct node *node, double *terms)
{
	for (int64_t i = 0; i < affine_channels(node); i++) {
		struct affine affine = affines[affine_index(node)].of(node, i);
		terms[i] = fabs(affine.offset) + fabs(affine.shift);
	}
}

/* ---- fold ------------------------------------------------------------------------------------------------ */

/* The node is a Conv1D or Dense whose channels of input (or output) lie on that axis. */
static bool sum_along(const struct node *node, int axis, struct sum *sum)
{
	if (!node_sum(node, sum)) return false;
	return axis == (sum->channels_first ? 0 : node->in[0]->shape.rank - 1);
}

/* Into the layer that makes the input: filter f times scale[f], bias likewise plus offset[f]. */
static bool fold_backward(struct graph *graph, struct node *norm, const double *scale, const double *offset)
{
	struct node *maker = norm->in[0]->from;
	const struct weight *kernel, *bias;
	double *new_kernel, *new_bias;
	struct sum sum;
	int64_t n;

	if (!maker || !activation_is_linear(&maker->activation) || only_reader(graph, norm->in[0]) != norm)
		return false;
	if (!sum_along(maker, node_axis(norm), &sum)) return false;
	kernel = node_weight(maker, "kernel");
	bias = node_weight(maker, "bias");
	n = shape_elements(&kernel->shape);
	new_kernel = NEW_ARRAY(graph->arena, n, double);
	new_bias = NEW_ARRAY(graph->arena, sum.filters, double);
	for (int64_t i = 0; i < n; i++) new_kernel[i] = weight_at(kernel, i) * scale[i % sum.filters];
	for (int64_t f = 0; f < sum.filters; f++) new_bias[f] = weight_at(bias, f) * scale[f] + offset[f];
	if (!set_kernel_and_bias(graph, maker, new_kernel, new_bias)) return false;
	maker->activation = norm->activation;
	norm->in[0]->meaning = norm->out[0]->meaning;
	fold_identity(graph, norm);
	return true;
}

/* Taps may fall into padding, for this or another number of steps: what is folded depends on no length. */
static bool is_padded(const struct sum *sum)
{
	return sum->padding != PADDING_VALID && sum->taps > 1;
}

/* Into the layer that reads the output: channel c of every filter times scale[c], bias plus what offset[c] adds.  Not
 * before padding: it is zero behind the norm, not offset. */
static bool fold_forward(struct graph *graph, struct node *norm, const double *scale, const double *offset)
{
	struct node *reader = only_reader(graph, norm->out[0]);
	const struct weight *kernel, *bias;
	double *new_kernel, *new_bias;
	int64_t in_group, filters;
	struct sum sum;

	if (!reader || !activation_is_linear(&norm->activation)) return false;
	if (!sum_along(reader, node_axis(norm), &sum) || is_padded(&sum)) return false;
	kernel = node_weight(reader, "kernel");
	bias = node_weight(reader, "bias");
	in_group = sum.channels / sum.groups;
	filters = sum.filters / sum.groups;
	new_kernel = NEW_ARRAY(graph->arena, shape_elements(&kernel->shape), double);
	new_bias = NEW_ARRAY(graph->arena, sum.filters, double);
	for (int64_t f = 0; f < sum.filters; f++) new_bias[f] = weight_at(bias, f);
	for (int64_t i = 0; i < shape_elements(&kernel->shape); i++) {
		int64_t f = i % sum.filters, channel = f / filters * in_group + i / sum.filters % in_group;
		new_kernel[i] = weight_at(kernel, i) * scale[channel];
		new_bias[f] += weight_at(kernel, i) * offset[channel];
	}
	if (!set_kernel_and_bias(graph, reader, new_kernel, new_bias)) return false;
	fold_identity(graph, norm);
	return true;
}

static bool affine_fold(struct graph *graph, struct node *node)
{
	struct arena *arena = arena_new();
	int64_t n = node_affine_split(node).size;
	double *scale = NEW_ARRAY(arena, n, double), *offset = NEW_ARRAY(arena, n, double);
	bool folded;

	batch_norm_affine(node, scale, offset);
	folded = fold_backward(graph, node, scale, offset) || fold_forward(graph, node, scale, offset);
	arena_free(arena);
	return folded;
}

#define FAMILY "layers/norm.c"
#include "layers/each_real.h"

/* Roundings of scale, offset, product and sum; the double arithmetic of scale and offset may cancel. */
static void affine_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct axis_split split = node_affine_split(node);
	double *scale = NEW_ARRAY(scratch, split.size, double), *offset = NEW_ARRAY(scratch, split.size, double);
	double *terms = NEW_ARRAY(scratch, split.size, double);

	batch_norm_affine(node, scale, offset);
	offset_terms(node, terms);
	for (int64_t i = 0; i < split.outer * split.size * split.inner; i++) {
		int64_t c = i / split.inner % split.size;
		double product = fabs(in[0][i]) * fmax(fabs(scale[c]), 0x1p-126);
		bound[i] = (product + fabs(offset[c])) * rounding_growth(3) + terms[c] * 0x1p-50 + 2 * TINY;
	}
}

const struct layer layer_batch_normalization = {
	.name = "BatchNormalization",
	.aliases = (const char *const[]){ "BatchNormalizationV1", "BatchNormalizationV2", NULL },
	.fields = batch_norm_fields,
	.config_bytes = sizeof(struct batch_norm_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "with its moving statistics: a scale and an offset per channel",
	.check = batch_norm_check,
	.weights = batch_norm_weights,
	.infer = batch_norm_infer,
	.lengths = lengths_beside_axis,
	.fold = affine_fold,
	.eval = EVALS(affine),
	.bound = affine_bound,
	.macs = macs_of_elements,
	.elementwise = true,
	.activates = true,
	PASSES_MASK,
};

const struct layer layer_normalization = {
	.name = "Normalization",
	.fields = normalization_fields,
	.config_bytes = sizeof(struct normalization_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "less a mean, over a deviation",
	.check = normalization_check,
	.weights = normalization_weights,
	.infer = normalization_infer,
	.lengths = affine_lengths,
	.fold = affine_fold,
	.eval = EVALS(affine),
	.bound = affine_bound,
	.macs = macs_of_elements,
	.elementwise = true,
	.activates = true,
	.mask = MASK_PASSES,
};
const struct layer layer_rescaling = {
	.name = "Rescaling",
	.fields = rescaling_fields,
	.config_bytes = sizeof(struct rescaling_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "times a scale, plus an offset",
	.infer = rescaling_infer,
	.lengths = affine_lengths,
	.fold = affine_fold,
	.eval = EVALS(affine),
	.bound = affine_bound,
	.macs = macs_of_elements,
	.elementwise = true,
	.activates = true,
	.mask = MASK_PASSES,
};

#else

static void EACH(affine)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct axis_split split = node_affine_split(node);
	double *scale = NEW_ARRAY(scratch, split.size, double), *offset = NEW_ARRAY(scratch, split.size, double);
	const real *x = in[0];
	real *y = out[0];

	batch_norm_affine(node, scale, offset);
	if (MAGNITUDE) offset_terms(node, offset);
	for (int64_t i = 0; i < split.outer * split.size * split.inner; i++) {
		int64_t c = i / split.inner % split.size;
		real s = (real)scale[c], o = (real)offset[c];
		y[i] = MADD(W(o), X(x[i]), W(s));
	}
}

#endif
