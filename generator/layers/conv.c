/* conv.c: Conv1D, DepthwiseConv1D, SeparableConv1D and Dense: one sum over taps and channels per output element. */
#ifndef REAL
#include "layers/family.h"

#include <string.h>

static const struct field conv1d_fields[] = {
	INT_FIELD("filters", conv1d_config, filters, 1, NULL, "output channels"),
	INT1_FIELD("kernel_size", conv1d_config, kernel_size, 1, NULL, "taps of a filter"),
	INT1_FIELD("strides", conv1d_config, strides, 1, "1", "steps between two windows"),
	CHOICE_FIELD("padding", conv1d_config, padding, valid_same_causal, true, "\"valid\"",
		     "what stands around the steps"),
	DATA_FORMAT_FIELD(conv1d_config),
	INT1_FIELD("dilation_rate", conv1d_config, dilation_rate, 1, "1", "steps between two taps"),
	INT_FIELD("groups", conv1d_config, groups, 1, "1", "groups of channels that filters see apart"),
	ACTIVATION_FIELD,
	TYPED_FIELD("use_bias", FIELD_BOOL, conv1d_config, use_bias, "true", "adds a bias to every filter"),
	TRAINING_FIELDS("kernel", "kernel", "glorot_uniform"),
	TRAINING_FIELDS("bias", "bias", "zeros"),
	OLD_FIELD("lora_rank", "training: saved kernels have the low-rank part in them"),
	OLD_FIELD("quantization_config", "how to quantise later; the dtype says what the weights are"),
	END_FIELD,
};

static const struct field dense_fields[] = {
	INT_FIELD("units", dense_config, units, 1, NULL, "output features"),
	ACTIVATION_FIELD,
	TYPED_FIELD("use_bias", FIELD_BOOL, dense_config, use_bias, "true", "adds a bias to every unit"),
	TRAINING_FIELDS("kernel", "kernel", "glorot_uniform"),
	TRAINING_FIELDS("bias", "bias", "zeros"),
	OLD_FIELD("lora_rank", "training: saved kernels have the low-rank part in them"),
	OLD_FIELD("quantization_config", "how to quantise later; the dtype says what the weights are"),
	END_FIELD,
};

#define DEPTHWISE_FIELDS(config, prefix, kernel)                                                                       \
	INT1_FIELD("kernel_size", config, prefix kernel_size, 1, NULL, "taps of a filter"),                            \
	    INT1_FIELD("strides", config, prefix strides, 1, "1", "steps between two windows"),                        \
	    CHOICE_FIELD("padding", config, prefix padding, valid_same_causal, true, "\"valid\"",                      \
			 "what stands around the steps"),                                                              \
	    CHOICE_FIELD("data_format", config, prefix data_format, data_formats, false, "\"channels_last\"",          \
			 "order of the axes: (steps, channels) or (channels, steps)"),                                 \
	    INT1_FIELD("dilation_rate", config, prefix dilation_rate, 1, "1", "steps between two taps"),               \
	    INT_FIELD("depth_multiplier", config, prefix depth_multiplier, 1, "1", "filters of every channel"),        \
	    ACTIVATION_FIELD,                                                                                          \
	    TYPED_FIELD("use_bias", FIELD_BOOL, config, prefix use_bias, "true", "adds a bias to every filter"),       \
	    TRAINING_FIELDS("depthwise", kernel, "glorot_uniform"), TRAINING_FIELDS("bias", "bias", "zeros"),          \
	    OLD_FIELD("groups", "every channel is a group of its own")

static const struct field depthwise_fields[] = {
	DEPTHWISE_FIELDS(depthwise_config, , "kernel"),
	END_FIELD,
};

static const struct field separable_fields[] = {
	INT_FIELD("filters", separable_config, filters, 1, NULL, "output channels"),
	DEPTHWISE_FIELDS(separable_config, depthwise., "depthwise_kernel"),
	TRAINING_FIELDS("pointwise", "pointwise_kernel", "glorot_uniform"),
	TRAINING_FIELDS("kernel", "", "glorot_uniform"),
	END_FIELD,
};

bool need_stride_or_dilation(const struct node *node, struct diag *diag, int64_t stride, int64_t dilation)
{
	if (stride == 1 || dilation == 1) return true;
	layer_error(node, diag, "dilation_rate",
		    "dilation_rate %lld with strides %lld: any dilation_rate value != 1 is incompatible with any "
		    "strides value != 1; one of them must be 1",
		    (long long)dilation, (long long)stride);
	return false;
}

static bool depthwise_check_keras(const struct node *node, struct diag *diag)
{
	const struct depthwise_config *c = node->config;

	return need_stride_or_dilation(node, diag, c->strides, c->dilation_rate);
}

static bool conv1d_check(const struct node *node, struct diag *diag)
{
	const struct conv1d_config *c = node->config;
	const bool right = c->filters % c->groups == 0;

	if (!right)
		layer_error(node, diag, "groups",
			    "%lld groups do not divide %lld filters; groups must divide the filters",
			    (long long)c->groups, (long long)c->filters);
	return right;
}

static bool conv1d_check_keras(const struct node *node, struct diag *diag)
{
	const struct conv1d_config *c = node->config;

	return need_stride_or_dilation(node, diag, c->strides, c->dilation_rate);
}

static int kernel_and_bias(struct weight_spec *spec, struct shape kernel, int64_t outputs, bool use_bias)
{
	spec[0] = (struct weight_spec){ "kernel", kernel, true };
	if (use_bias) spec[1] = (struct weight_spec){ "bias", shape_of(1, outputs), true };
	return use_bias ? 2 : 1;
}

static int conv1d_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct conv1d_config *c = node->config;
	int64_t channels = channels_or_unknown(node, c->data_format);
	int64_t in_group = channels == UNKNOWN_SIZE ? UNKNOWN_SIZE : channels / c->groups;

	return kernel_and_bias(spec, shape_of(3, c->kernel_size, in_group, c->filters), c->filters, c->use_bias);
}

/* Output channels of the layer, UNKNOWN_SIZE while the input's are not known. */
static int64_t depthwise_filters(const struct node *node)
{
	const struct depthwise_config *c = node->config;
	int64_t channels = channels_or_unknown(node, c->data_format);

	return channels == UNKNOWN_SIZE ? UNKNOWN_SIZE : channels * c->depth_multiplier;
}

/* kernel[k][c][m] is the grouped convolution's kernel[k][0][c * multiplier + m]. */
static int depthwise_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct depthwise_config *c = node->config;
	struct shape kernel =
	    shape_of(3, c->kernel_size, channels_or_unknown(node, c->data_format), c->depth_multiplier);

	return kernel_and_bias(spec, kernel, depthwise_filters(node), c->use_bias);
}

static int separable_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct separable_config *c = node->config;
	int64_t middle = depthwise_filters(node);

	depthwise_weights(node, spec);
	spec[0].name = "depthwise_kernel";
	spec[1] = (struct weight_spec){ "pointwise_kernel", shape_of(3, (int64_t)1, middle, c->filters), true };
	if (c->depthwise.use_bias) spec[2] = (struct weight_spec){ "bias", shape_of(1, c->filters), true };
	return c->depthwise.use_bias ? 3 : 2;
}

static int dense_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct dense_config *c = node->config;

	return kernel_and_bias(spec, shape_of(2, features_or_unknown(node), c->units), c->units, c->use_bias);
}

static bool conv1d_infer(struct node *node, struct diag *diag)
{
	const struct conv1d_config *c = node->config;
	int64_t channels;

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	channels = shape_channels(&node->in[0]->shape, c->data_format);
	if (channels % c->groups != 0) {
		layer_error(node, diag, "groups",
			    "%lld groups do not divide the input's %lld channels; groups must divide them",
			    (long long)c->groups, (long long)channels);
		return false;
	}
	return infer_window(node, diag, "kernel_size", c->kernel_size, c->strides, c->dilation_rate, c->padding,
			    c->data_format, c->filters);
}

static bool depthwise_infer(struct node *node, struct diag *diag)
{
	const struct depthwise_config *c = node->config;

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	return infer_window(node, diag, "kernel_size", c->kernel_size, c->strides, c->dilation_rate, c->padding,
			    c->data_format, depthwise_filters(node));
}

static bool separable_infer(struct node *node, struct diag *diag)
{
	const struct separable_config *c = node->config;
	int data_format = c->depthwise.data_format;

	if (!depthwise_infer(node, diag)) return false;
	node->out[0]->shape =
	    steps_and_channels(shape_steps(&node->out[0]->shape, data_format), c->filters, data_format);
	return true;
}

static bool dense_infer(struct node *node, struct diag *diag)
{
	const struct dense_config *c = node->config;

	if (node->in[0]->shape.rank < 1) {
		layer_error(node, diag, NULL, "its input has no axis; Dense needs at least one");
		return false;
	}
	node->out[0]->shape = node->in[0]->shape;
	node->out[0]->shape.at[node->in[0]->shape.rank - 1] = c->units;
	return true;
}

static const float *weight_or_null(const struct node *node, const char *name)
{
	const struct weight *weight = node_weight(node, name);

	return weight ? weight->f32 : NULL;
}

/* Fills in all but the filters and groups. */
static void window_sum(const struct node *node, int64_t taps, int64_t stride, int64_t dilation, int padding,
		       int data_format, struct sum *sum)
{
	const struct shape *in = &node->in[0]->shape;
	struct window window;

	CHECK(window_of(shape_steps(in, data_format), taps, stride, dilation, padding, &window));
	*sum = (struct sum){
		.steps_in = shape_steps(in, data_format),
		.steps_out = window.steps_out,
		.channels = shape_channels(in, data_format),
		.taps = taps,
		.stride = stride,
		.dilation = dilation,
		.pad_left = window.pad_left,
		.padding = padding,
		.channels_first = data_format == CHANNELS_FIRST,
	};
}

static void conv1d_sum(const struct node *node, struct sum *sum)
{
	const struct conv1d_config *c = node->config;

	window_sum(node, c->kernel_size, c->strides, c->dilation_rate, c->padding, c->data_format, sum);
	sum->filters = c->filters;
	sum->groups = c->groups;
}

static void depthwise_sum(const struct node *node, struct sum *sum)
{
	const struct depthwise_config *c = node->config;

	window_sum(node, c->kernel_size, c->strides, c->dilation_rate, c->padding, c->data_format, sum);
	sum->filters = sum->channels * c->depth_multiplier;
	sum->groups = sum->channels;
}

static void dense_sum(const struct node *node, struct sum *sum)
{
	const struct dense_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t steps = axis_split(in, in->rank - 1).outer;

	*sum = (struct sum){
		.steps_in = steps,
		.steps_out = steps,
		.channels = in->at[in->rank - 1],
		.filters = c->units,
		.taps = 1,
		.stride = 1,
		.dilation = 1,
		.groups = 1,
	};
}

static const struct {
	const char *class_name;
	void (*sum)(const struct node *node, struct sum *sum);
	size_t use_bias;
} sums[] = {
	{ "Conv1D", conv1d_sum, offsetof(struct conv1d_config, use_bias) },
	{ "DepthwiseConv1D", depthwise_sum, offsetof(struct depthwise_config, use_bias) },
	{ "Dense", dense_sum, offsetof(struct dense_config, use_bias) },
};
enum { SUMS = sizeof sums / sizeof *sums };

static int sum_index(const struct node *node)
{
	int i = 0;

	while (i < SUMS && !layer_is(node, sums[i].class_name)) i++;
	return i;
}

bool node_sum(const struct node *node, struct sum *sum)
{
	int row = sum_index(node);
	int64_t in_group;

	*sum = (struct sum){ 0 };
	if (row == SUMS) return false;
	sums[row].sum(node, sum);
	sum->piece = node->piece;
	in_group = sum->channels / sum->groups;
	sum->partial = uses_partial_sums(sum->taps * in_group, sum->filters / sum->groups, in_group);
	sum->kernel = weight_or_null(node, "kernel");
	sum->bias = weight_or_null(node, "bias");
	return true;
}

int64_t sum_terms(const struct sum *s)
{
	return s->taps * (s->channels / s->groups);
}

static bool conv1d_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct sum sum;

	(void)input;
	(void)steps;
	CHECK(node_sum(node, &sum));
	window_reach(o, sum.taps, sum.stride, sum.dilation, sum.pad_left, reach);
	return true;
}

static const char *conv1d_lengths(struct graph *graph, const struct node *node)
{
	const struct conv1d_config *c = node->config;

	return lengths_window(graph, node, c->kernel_size, c->strides, c->dilation_rate, c->padding, c->data_format);
}

static const char *depthwise_lengths(struct graph *graph, const struct node *node)
{
	const struct depthwise_config *c = node->config;

	return lengths_window(graph, node, c->kernel_size, c->strides, c->dilation_rate, c->padding, c->data_format);
}

static const char *dense_lengths(struct graph *graph, const struct node *node)
{
	if (open_axis_from_end(node->in[0]) == 1) return "it needs a known number of features";
	return lengths_same(graph, node);
}

static int64_t sum_macs(const struct node *node)
{
	struct sum sum;

	CHECK(node_sum(node, &sum));
	return sum.steps_out * sum.filters * sum_terms(&sum);
}

double weight_at(const struct weight *weight, int64_t i)
{
	if (!weight) return 0;
	return weight->f64 ? weight->f64[i] : (double)weight->f32[i];
}

/* NULL: a value is not finite in float32. */
static const struct weight *rounded_weight(struct graph *graph, const char *name, struct shape shape, const double *at,
					   struct place place)
{
	struct weight *weight = NEW(graph->arena, struct weight);
	int64_t n = shape_elements(&shape);
	float *f32 = NEW_ARRAY(graph->arena, n, float);

	for (int64_t i = 0; i < n; i++) {
		f32[i] = (float)at[i];
		if (!isfinite(f32[i])) return NULL;
	}
	*weight =
	    (struct weight){ .name = name, .type = TYPE_F32, .shape = shape, .f32 = f32, .place = place, .f64 = at };
	return weight;
}

bool set_kernel_and_bias(struct graph *graph, struct node *node, const double *kernel, const double *bias)
{
	const struct weight *old = node_weight(node, "kernel");
	const struct weight **weight = NEW_ARRAY(graph->arena, 2, const struct weight *);
	char *config = arena_copy(graph->arena, node->config, node->layer->config_bytes);
	const bool yes = true;
	struct sum sum;

	CHECK(node_sum(node, &sum));
	if (node_is_integer(node)) return false;
	weight[0] = rounded_weight(graph, "kernel", old->shape, kernel, old->place);
	weight[1] = rounded_weight(graph, "bias", shape_of(1, sum.filters), bias, old->place);
	if (!weight[0] || !weight[1]) return false;
	memcpy(config + sums[sum_index(node)].use_bias, &yes, sizeof yes);
	node->weight = weight;
	node->n_weight = 2;
	node->config = config;
	return true;
}

/* ---- SeparableConv1D ----------------------------------------------------------------------------------------- */

static const struct weight *renamed(struct graph *graph, const struct weight *weight, const char *name)
{
	struct weight *copy = arena_copy(graph->arena, weight, sizeof *weight);

	copy->name = name;
	return copy;
}

void split_separable(struct graph *graph, struct node *node, const char *first_class, const void *first_config,
		     const char *second_class, const void *second_config)
{
	struct node *first = insert_before(graph, node, layer_find(first_class));

	first->config = first_config;
	node->layer = layer_find(second_class);
	node->config = second_config;
	node->implied = true;
	first->training = training_part(graph->arena, node->training, "depthwise_kernel", true);
	node->training = training_part(graph->arena, node->training, "pointwise_kernel", false);
	if (node->n_weight < 2) return;
	first->n_weight = 1;
	first->weight = NEW_ARRAY(graph->arena, 1, const struct weight *);
	first->weight[0] = renamed(graph, node->weight[0], "kernel");
	node->n_weight--;
	node->weight = arena_copy(graph->arena, node->weight + 1, (size_t)node->n_weight * sizeof *node->weight);
	node->weight[0] = renamed(graph, node->weight[0], "kernel");
}

/* A DepthwiseConv1D without bias in front; the node becomes a Conv1D of one tap. */
static void separable_expand(struct graph *graph, struct node *node)
{
	const struct separable_config *c = node->config;
	struct depthwise_config *depthwise = arena_copy(graph->arena, &c->depthwise, sizeof *depthwise);
	struct conv1d_config *pointwise = NEW(graph->arena, struct conv1d_config);

	depthwise->use_bias = false;
	*pointwise = (struct conv1d_config){
		c->filters, 1, 1, 1, 1, PADDING_VALID, c->depthwise.data_format, c->depthwise.use_bias, 1
	};
	split_separable(graph, node, "DepthwiseConv1D", depthwise, "Conv1D", pointwise);
}

#define FAMILY "layers/conv.c"
#include "layers/each_real.h"

/* A term passes a rounding of its weight (folded), of its product and of the additions behind it. */
static void sum_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct sum sum;
	int64_t terms, roundings, n = shape_elements(&node->out[0]->shape);
	const void *ins[1] = { in[0] };
	void *outs[1] = { bound };

	CHECK(node_sum(node, &sum));
	terms = sum_terms(&sum);
	roundings = sum.partial ? (terms + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : terms;
	roundings += node_weight(node, "kernel")->f64 ? 2 : 1;
	sum_eval_magnitude(node, ins, outs, scratch);
	for (int64_t i = 0; i < n; i++) bound[i] = bound[i] * rounding_growth(roundings) + (double)terms * TINY;
}

static const char *const conv1d_aliases[] = { "Convolution1D", "AtrousConvolution1D", NULL };
const struct layer layer_conv1d = {
	.name = "Conv1D",
	.aliases = conv1d_aliases,
	.fields = conv1d_fields,
	.config_bytes = sizeof(struct conv1d_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "convolution over steps: valid, same or causal padding, stride or dilation, groups",
	.check = conv1d_check,
	.check_keras = conv1d_check_keras,
	.weights = conv1d_weights,
	.infer = conv1d_infer,
	.lengths = conv1d_lengths,
	.rows = conv1d_rows,
	.eval = EVALS(sum_eval),
	.integer = sum_integer,
	.steps = sum_steps,
	.bound = sum_bound,
	.macs = sum_macs,
	.activates = true,
};
const struct layer layer_dense = {
	.name = "Dense",
	.aliases = (const char *const[]){ "TimeDistributedDense", NULL },
	.fields = dense_fields,
	.config_bytes = sizeof(struct dense_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "fully connected, on the last axis",
	.weights = dense_weights,
	.infer = dense_infer,
	.lengths = dense_lengths,
	.rows = rows_of_last_axis,
	.eval = EVALS(sum_eval),
	.integer = sum_integer,
	.steps = sum_steps,
	.bound = sum_bound,
	.macs = sum_macs,
	.any_axes = true,
	.activates = true,
	PASSES_MASK,
};

const struct layer layer_depthwise_conv1d = {
	.name = "DepthwiseConv1D",
	.fields = depthwise_fields,
	.config_bytes = sizeof(struct depthwise_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "convolution of every channel by itself",
	.check_keras = depthwise_check_keras,
	.weights = depthwise_weights,
	.infer = depthwise_infer,
	.lengths = depthwise_lengths,
	.rows = conv1d_rows,
	.eval = EVALS(sum_eval),
	.integer = sum_integer,
	.steps = sum_steps,
	.bound = sum_bound,
	.macs = sum_macs,
	.activates = true,
};
const struct layer layer_separable_conv1d = {
	.name = "SeparableConv1D",
	.aliases = (const char *const[]){ "SeparableConvolution1D", NULL },
	.fields = separable_fields,
	.config_bytes = sizeof(struct separable_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "DepthwiseConv1D, then Conv1D of one tap",
	.check_keras = depthwise_check_keras,
	.weights = separable_weights,
	.infer = separable_infer,
	.expand = separable_expand,
};

#else

/* One row of outputs, terms added in order: taps, then channels.  Filters are independent: their loop is the innermost. */
static void EACH(row_in_order)(const struct sum *s, const real *x, int64_t t, real *acc)
{
	int64_t in_group = s->channels / s->groups, filters = s->filters / s->groups;

	for (int64_t f = 0; f < s->filters; f++) acc[f] = s->bias ? W(s->bias[f]) : 0;
	for (int64_t k = 0; k < s->taps; k++) {
		int64_t row = t * s->stride - s->pad_left + k * s->dilation;
		if (row < 0 || row >= s->steps_in) continue;
		for (int64_t c = 0; c < s->channels; c++) {
			const float *w =
			    s->kernel + (k * in_group + c % in_group) * s->filters + c / in_group * filters;
			real *a = acc + c / in_group * filters;
			real v = X(x[s->channels_first ? c * s->steps_in + row : row * s->channels + c]);
			for (int64_t f = 0; f < filters; f++) a[f] = MADD(a[f], v, W(w[f]));
		}
	}
}

/* One output in 16 partial sums; the term's number counts taps in the padding, too. */
static real EACH(partial_sums)(const struct sum *s, const real *x, int64_t t, int64_t f)
{
	int64_t in_group = s->channels / s->groups, first = f / (s->filters / s->groups) * in_group;
	real p[PARTIAL_SUMS] = { 0 };

	if (s->bias) p[0] = W(s->bias[f]);
	for (int64_t k = 0; k < s->taps; k++) {
		int64_t row = t * s->stride - s->pad_left + k * s->dilation;
		if (row < 0 || row >= s->steps_in) continue;
		for (int64_t c = 0; c < in_group; c++) {
			int64_t i = k * in_group + c, channel = first + c;
			real v = X(x[s->channels_first ? channel * s->steps_in + row : row * s->channels + channel]);
			p[i % PARTIAL_SUMS] = MADD(p[i % PARTIAL_SUMS], v, W(s->kernel[i * s->filters + f]));
		}
	}
	for (int half = PARTIAL_SUMS / 2; half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return p[0];
}

static void EACH(sum_eval)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct sum s;
	real *y = out[0], *acc;

	if (SINGLE && node_is_hybrid(node)) {
		EACH(hybrid_eval)(node, in, out, scratch);
		return;
	}
	CHECK(node_sum(node, &s));
	acc = NEW_ARRAY(scratch, s.filters, real);
	for (int64_t t = 0; t < s.steps_out; t++) {
		if (s.partial)
			for (int64_t f = 0; f < s.filters; f++) acc[f] = EACH(partial_sums)(&s, in[0], t, f);
		else
			EACH(row_in_order)(&s, in[0], t, acc);
		for (int64_t f = 0; f < s.filters; f++)
			y[s.channels_first ? f * s.steps_out + t : t * s.filters + f] = acc[f];
	}
}

#endif
