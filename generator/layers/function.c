/* function.c: Activation, and layers that are one function of every element: ReLU, LeakyReLU, ELU, ThresholdedReLU, PReLU. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field activation_fields[] = {
	{ .key = "activation", .type = FIELD_ACTIVATION, .doc = "applied to every element; softmax: to every row" },
	END_FIELD,
};

static const struct field leaky_relu_fields[] = {
	TYPED_FIELD("negative_slope", FIELD_REAL, leaky_relu_config, negative_slope, "0.3", "slope below 0"),
	END_FIELD,
};

static const struct field elu_fields[] = {
	TYPED_FIELD("alpha", FIELD_REAL, elu_config, alpha, "1.0", "minus the limit at -infinity"),
	END_FIELD,
};

static const struct field thresholded_relu_fields[] = {
	TYPED_FIELD("theta", FIELD_REAL, thresholded_relu_config, theta, "1.0", "inputs up to it become 0"),
	END_FIELD,
};

static const struct field prelu_fields[] = {
	TYPED_FIELD("shared_axes", FIELD_SHAPE, prelu_config, shared_axes, "null", "axes along which alpha is one"),
	TRAINING_FIELDS("alpha", "alpha", "zeros"),
	END_FIELD,
};

static const struct field relu_fields[] = {
	TYPED_FIELD("max_value", FIELD_OPTIONAL_REAL, relu_config, max_value, "null", "largest output; null: none"),
	TYPED_FIELD("negative_slope", FIELD_REAL, relu_config, negative_slope, "0.0", "slope below the threshold"),
	TYPED_FIELD("threshold", FIELD_REAL, relu_config, threshold, "0.0", "where the slope of 1 begins"),
	END_FIELD,
};

static const struct field clip_fields[] = {
	TYPED_FIELD("x_min", FIELD_OPTIONAL_REAL, clip_config, x_min, "null", "smallest output; null: none"),
	TYPED_FIELD("x_max", FIELD_OPTIONAL_REAL, clip_config, x_max, "null", "largest output; null: none"),
	END_FIELD,
};

static const struct field reciprocal_fields[] = {
	TYPED_FIELD("numerator", FIELD_REAL, reciprocal_config, numerator, "1.0", "what is divided"),
	END_FIELD,
};

static const struct field plain_fields[] = { END_FIELD };

/* ---- Activation ------------------------------------------------------------------------------------------ */

static bool activation_fold(struct graph *graph, struct node *node)
{
	if (activation_is_linear(&node->activation)) {
		fold_identity(graph, node);
		return true;
	}
	return fold_activation(graph, node, &node->activation);
}

/* ---- one function ---------------------------------------------------------------------------------------- */

static bool need_not_negative(const struct node *node, struct diag *diag, const char *key, double value)
{
	if (!(value < 0)) return true;
	layer_error(node, diag, key, "%g is not a %s of %s; it must be 0 or more", value, key, node->layer->name);
	return false;
}

static bool relu_check(const struct node *node, struct diag *diag)
{
	const struct relu_config *c = node->config;
	bool right = need_not_negative(node, diag, "max_value", c->max_value);

	right &= need_not_negative(node, diag, "negative_slope", c->negative_slope);
	right &= need_not_negative(node, diag, "threshold", c->threshold);
	return right;
}

static bool leaky_relu_check(const struct node *node, struct diag *diag)
{
	const struct leaky_relu_config *c = node->config;

	return need_not_negative(node, diag, "negative_slope", c->negative_slope);
}

static bool thresholded_relu_check(const struct node *node, struct diag *diag)
{
	const struct thresholded_relu_config *c = node->config;

	return need_not_negative(node, diag, "theta", c->theta);
}

static struct activation of_relu(const void *config)
{
	const struct relu_config *c = config;

	return activation_of_relu(c->max_value, c->negative_slope, c->threshold);
}

static struct activation of_leaky_relu(const void *config)
{
	return activation_of_relu((double)NAN, ((const struct leaky_relu_config *)config)->negative_slope, 0);
}

static struct activation of_elu(const void *config)
{
	struct activation activation = { .kind = activation_find("elu") };

	activation.parameter[0] = ((const struct elu_config *)config)->alpha;
	return activation_simplest(activation);
}

static struct activation of_thresholded_relu(const void *config)
{
	return activation_of_relu((double)NAN, 0, ((const struct thresholded_relu_config *)config)->theta);
}

/* One of our own functions, with up to two parameters. */
static struct activation internal(const char *name, double a, double b)
{
	return (struct activation){ .kind = activation_row_named(name), .parameter = { a, b } };
}

static struct activation of_absolute(const void *config)
{
	(void)config;
	return internal("absolute", 0, 0);
}

static struct activation of_sqrt(const void *config)
{
	(void)config;
	return internal("square_root", 0, 0);
}

static struct activation of_log(const void *config)
{
	(void)config;
	return internal("log", 0, 0);
}

static struct activation of_clip(const void *config)
{
	const struct clip_config *c = config;

	if (isnan(c->x_max)) return internal(isnan(c->x_min) ? "linear" : "at_least", c->x_min, 0);
	return isnan(c->x_min) ? internal("at_most", c->x_max, 0) : internal("clip", c->x_min, c->x_max);
}

static const struct {
	const char *class_name;
	struct activation (*of)(const void *config);
} functions[] = {
	{ "ReLU", of_relu },         { "LeakyReLU", of_leaky_relu },
	{ "ELU", of_elu },           { "ThresholdedReLU", of_thresholded_relu },
	{ "Absolute", of_absolute }, { "Sqrt", of_sqrt },
	{ "Log", of_log },           { "Clip", of_clip },
};

static struct activation activation_of_layer(const struct node *node)
{
	size_t i = 0;

	while (!layer_is(node, functions[i].class_name)) i++;
	return functions[i].of(node->config);
}

struct activation node_function(const struct node *node)
{
	return layer_is(node, "Activation") ? node->activation : activation_of_layer(node);
}

static bool function_fold(struct graph *graph, struct node *node)
{
	(void)graph;
	become_activation(node, activation_of_layer(node));
	return true;
}

/* ---- PReLU ----------------------------------------------------------------------------------------------- */

/* Shape of alpha: the input's, 1 along shared axes; UNKNOWN_SIZE where that is. */
static struct shape alpha_shape(const struct node *node)
{
	const struct prelu_config *c = node->config;
	struct shape shape = node->n_in > 0 ? node->in[0]->shape : (struct shape){ 0 };

	for (int i = 0; i < c->shared_axes.rank; i++) {
		int axis = sample_axis(c->shared_axes.at[i], shape.rank);
		if (axis >= 0) shape.at[axis] = 1;
	}
	return shape;
}

static int prelu_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	spec[0] = (struct weight_spec){ "alpha", alpha_shape(node), true };
	return 1;
}

static bool prelu_infer(struct node *node, struct diag *diag)
{
	const struct prelu_config *c = node->config;
	bool right = true;

	for (int i = 0; i < c->shared_axes.rank; i++) right &= need_axis(node, diag, c->shared_axes.at[i]);
	return right && infer_same(node, diag);
}

static const char *prelu_lengths(struct graph *graph, const struct node *node)
{
	const struct shape *alpha = &node_weight(node, "alpha")->shape;
	int at = alpha->rank - open_axis_from_end(node->in[0]);

	if (at >= 0 && alpha->at[at] != 1) return "its slopes are one for each of a known number of steps";
	return lengths_same(graph, node);
}

#define FAMILY "layers/function.c"
#include "layers/each_real.h"

/* The function's own error, in units in the last place of its result. */
static void function_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct activation activation = activation_of_layer(node);
	int64_t n = shape_elements(&node->out[0]->shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) {
		double y = fabs(activation_meaning(&activation, in[0][i]));
		bound[i] = activation.kind ? activation.kind->ulp * fmax(y * (1 + 0x1p-20) * 0x1p-23, 0x1p-149) : 0;
	}
}

/* One division. */
static void reciprocal_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	double numerator = fabs(((const struct reciprocal_config *)node->config)->numerator);
	int64_t n = shape_elements(&node->out[0]->shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) bound[i] = numerator / fabs(in[0][i]) * rounding_growth(1) + TINY;
}

/* One product. */
static void prelu_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const struct weight *alpha = node_weight(node, "alpha");
	const struct shape *shape = &node->out[0]->shape;
	int64_t n = shape_elements(shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) {
		double product = in[0][i] * weight_at(alpha, broadcast_index(shape, &alpha->shape, i));
		bound[i] = in[0][i] > 0 ? 0 : fabs(product) * rounding_growth(1) + TINY;
	}
}

const struct layer layer_activation = {
	.name = "Activation",
	.fields = activation_fields,
	.least_in = 1,
	.most_in = 1,
	.doc = "a function of every element",
	.infer = infer_same,
	.fold = activation_fold,
	.eval = EVALS(copy),
	.integer = integer_activation,
	.steps = steps_of_activation,
	.elementwise = true,
	.any_axes = true,
	.activates = true,
	PASSES_MASK,
};
const struct layer layer_relu = {
	.name = "ReLU",
	.fields = relu_fields,
	.config_bytes = sizeof(struct relu_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "with largest value, slope below and threshold",
	.check = relu_check,
	.infer = infer_same,
	.fold = function_fold,
	.eval = EVALS(function),
	.integer = integer_activation,
	.steps = steps_of_activation,
	.bound = function_bound,
	.elementwise = true,
	PASSES_MASK,
};
const struct layer layer_leaky_relu = {
	.name = "LeakyReLU",
	.fields = leaky_relu_fields,
	.config_bytes = sizeof(struct leaky_relu_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "a slope below 0",
	.check = leaky_relu_check,
	.infer = infer_same,
	.fold = function_fold,
	.eval = EVALS(function),
	.integer = integer_activation,
	.steps = steps_of_activation,
	.bound = function_bound,
	.elementwise = true,
	PASSES_MASK,
};
const struct layer layer_elu = {
	.name = "ELU",
	.fields = elu_fields,
	.config_bytes = sizeof(struct elu_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "an exponential below 0",
	.infer = infer_same,
	.fold = function_fold,
	.eval = EVALS(function),
	.integer = integer_activation,
	.steps = steps_of_activation,
	.bound = function_bound,
	.elementwise = true,
	PASSES_MASK,
};
const struct layer layer_thresholded_relu = {
	.name = "ThresholdedReLU",
	.fields = thresholded_relu_fields,
	.config_bytes = sizeof(struct thresholded_relu_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "0 up to a threshold",
	.check = thresholded_relu_check,
	.infer = infer_same,
	.fold = function_fold,
	.eval = EVALS(function),
	.integer = integer_activation,
	.steps = steps_of_activation,
	.bound = function_bound,
	.elementwise = true,
	PASSES_MASK,
};
#define FUNCTION_ROW(id, class, table, bytes, text)                                                                    \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = table,                                                                                       \
		.config_bytes = bytes,                                                                                 \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.infer = infer_same,                                                                                   \
		.fold = function_fold,                                                                                 \
		.eval = EVALS(function),                                                                               \
		.integer = integer_activation,                                                                         \
		.steps = steps_of_activation,                                                                          \
		.bound = function_bound,                                                                               \
		.elementwise = true,                                                                                   \
		.internal = true,                                                                                      \
	}
FUNCTION_ROW(absolute, "Absolute", plain_fields, 0, "|x|");
FUNCTION_ROW(sqrt, "Sqrt", plain_fields, 0, "the square root");
FUNCTION_ROW(log, "Log", plain_fields, 0, "the natural logarithm");
FUNCTION_ROW(clip, "Clip", clip_fields, sizeof(struct clip_config), "held between two limits");
const struct layer layer_reciprocal = {
	.name = "Reciprocal",
	.fields = reciprocal_fields,
	.config_bytes = sizeof(struct reciprocal_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "a number divided by the input",
	.infer = infer_same,
	.eval = EVALS(reciprocal),
	.bound = reciprocal_bound,
	.elementwise = true,
	.activates = true,
	.internal = true,
};
const struct layer layer_prelu = {
	.name = "PReLU",
	.fields = prelu_fields,
	.config_bytes = sizeof(struct prelu_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "a trained slope below 0",
	.weights = prelu_weights,
	.infer = prelu_infer,
	.lengths = prelu_lengths,
	.eval = EVALS(prelu),
	.integer = integer_prelu,
	.steps = steps_of_prelu,
	.bound = prelu_bound,
	.macs = macs_of_elements,
	.elementwise = true,
	.activates = true,
	PASSES_MASK,
};

#else

static void EACH(copy)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

static void EACH(function)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct activation activation = activation_of_layer(node);
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = ACTIVATE(&activation, X(x[i]));
}

static void EACH(reciprocal)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	real numerator = (real)(float)((const struct reciprocal_config *)node->config)->numerator;
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(DIVIDE(numerator, x[i]));
}

static void EACH(prelu)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct weight *alpha = node_weight(node, "alpha");
	const struct shape *shape = &node->out[0]->shape;
	int64_t n = shape_elements(shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) {
		real v = X(x[i]);
		real slope = W(alpha->f32[broadcast_index(shape, &alpha->shape, i)]);
		y[i] = GREATER(v, 0) && !MAGNITUDE ? v : MULTIPLY(v, slope);
	}
}

#endif
