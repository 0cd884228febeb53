/* plane_conv.c: Conv2D, DepthwiseConv2D, SeparableConv2D, Conv2DTranspose over (1, steps) or (steps, 1).
 *
 * Of the kernel's taps along the axis of size 1 one at most meets it, the same for every output: fold() makes the layer
 * over one axis with that slice of the kernel. */
#include "layers/family.h"

#define PLANE_CONV_FIELDS(strides_text)                                                                                \
	PAIR_FIELD("kernel_size", plane_config, size, 1, NULL, "taps of a filter along both axes"),                    \
	    PAIR_FIELD("strides", plane_config, strides, 1, "[1, 1]", strides_text),                                   \
	    CHOICE_FIELD("padding", plane_config, padding, valid_same, true, "\"valid\"",                              \
			 "what stands around the steps"),                                                              \
	    CHOICE_FIELD("data_format", plane_config, data_format, data_formats, false, "\"channels_last\"",           \
			 "order of the axes: channels last or first"),                                                 \
	    PAIR_FIELD("dilation_rate", plane_config, dilation_rate, 1, "[1, 1]", "steps between two taps"),           \
	    ACTIVATION_FIELD,                                                                                          \
	    TYPED_FIELD("use_bias", FIELD_BOOL, plane_config, use_bias, "true", "adds a bias to every filter"),        \
	    TRAINING_FIELDS("bias", "bias", "zeros")

#define FILTERS_FIELD INT_FIELD("filters", plane_config, filters, 1, NULL, "output channels")

static const struct field conv2d_fields[] = {
	FILTERS_FIELD,
	PLANE_CONV_FIELDS("steps between two windows"),
	INT_FIELD("groups", plane_config, groups, 1, "1", "groups of channels that filters see apart"),
	TRAINING_FIELDS("kernel", "kernel", "glorot_uniform"),
	OLD_FIELD("lora_rank", "training: saved kernels have the low-rank part in them"),
	OLD_FIELD("quantization_config", "how to quantise later; the dtype says what the weights are"),
	END_FIELD,
};

static const struct field depthwise_conv2d_fields[] = {
	PLANE_CONV_FIELDS("steps between two windows"),
	INT_FIELD("depth_multiplier", plane_config, depth_multiplier, 1, "1", "filters of every channel"),
	TRAINING_FIELDS("depthwise", "kernel", "glorot_uniform"),
	TRAINING_FIELDS("kernel", "", "glorot_uniform"),
	OLD_FIELD("groups", "every channel is a group of its own"),
	END_FIELD,
};

static const struct field separable_conv2d_fields[] = {
	FILTERS_FIELD,
	PLANE_CONV_FIELDS("steps between two windows"),
	INT_FIELD("depth_multiplier", plane_config, depth_multiplier, 1, "1", "filters of every channel"),
	TRAINING_FIELDS("depthwise", "depthwise_kernel", "glorot_uniform"),
	TRAINING_FIELDS("pointwise", "pointwise_kernel", "glorot_uniform"),
	TRAINING_FIELDS("kernel", "", "glorot_uniform"),
	OLD_FIELD("groups", "every channel is a group of its own"),
	END_FIELD,
};

static const struct field conv2d_transpose_fields[] = {
	FILTERS_FIELD,
	PLANE_CONV_FIELDS("output steps from one input step to the next"),
	TYPED_FIELD("output_padding", FIELD_SHAPE, plane_config, output_padding, "null", "steps added behind"),
	TRAINING_FIELDS("kernel", "kernel", "glorot_uniform"),
	OLD_FIELD("groups", "all filters see all channels"),
	END_FIELD,
};

static int64_t larger(const struct pair *pair)
{
	return pair->at[0] > pair->at[1] ? pair->at[0] : pair->at[1];
}

static bool plane_conv_check(const struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;
	bool right = need_stride_or_dilation(node, diag, larger(&c->strides), larger(&c->dilation_rate));

	if (c->groups > 0 && c->filters % c->groups != 0) {
		layer_error(node, diag, "groups",
			    "%lld groups do not divide %lld filters; groups must divide the filters",
			    (long long)c->groups, (long long)c->filters);
		right = false;
	}
	if (c->output_padding.rank > 2 || !shape_known(&c->output_padding)) {
		layer_error(node, diag, "output_padding",
			    "output_padding must be null or a list of two numbers, 0 or more");
		right = false;
	}
	return right;
}

/* ---- weights --------------------------------------------------------------------------------------------------- */

static int64_t channels_in(const struct node *node)
{
	const struct plane_config *c = node->config;
	bool known = node->n_in > 0 && node->in[0]->shape.rank == 3;

	return known ? shape_channels(&node->in[0]->shape, c->data_format) : UNKNOWN_SIZE;
}

static int kernel_and_bias(const struct node *node, struct weight_spec *spec, int64_t third, int64_t fourth,
			   int64_t outputs)
{
	const struct plane_config *c = node->config;

	spec[0] = (struct weight_spec){ "kernel", shape_of(4, c->size.at[0], c->size.at[1], third, fourth), true };
	if (c->use_bias) spec[1] = (struct weight_spec){ "bias", shape_of(1, outputs), true };
	return c->use_bias ? 2 : 1;
}

static int conv2d_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct plane_config *c = node->config;
	int64_t channels = channels_in(node);
	int64_t in_group = channels == UNKNOWN_SIZE ? UNKNOWN_SIZE : channels / c->groups;

	return kernel_and_bias(node, spec, in_group, c->filters, c->filters);
}

static int64_t depthwise_filters(const struct node *node)
{
	const struct plane_config *c = node->config;
	int64_t channels = channels_in(node);

	return channels == UNKNOWN_SIZE ? UNKNOWN_SIZE : channels * c->depth_multiplier;
}

static int depthwise_conv2d_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct plane_config *c = node->config;

	return kernel_and_bias(node, spec, channels_in(node), c->depth_multiplier, depthwise_filters(node));
}

static int separable_conv2d_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct plane_config *c = node->config;

	depthwise_conv2d_weights(node, spec);
	spec[0].name = "depthwise_kernel";
	spec[1] =
	    (struct weight_spec){ "pointwise_kernel",
				  shape_of(4, (int64_t)1, (int64_t)1, depthwise_filters(node), c->filters), true };
	if (c->use_bias) spec[2] = (struct weight_spec){ "bias", shape_of(1, c->filters), true };
	return c->use_bias ? 3 : 2;
}

static int conv2d_transpose_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct plane_config *c = node->config;

	return kernel_and_bias(node, spec, c->filters, channels_in(node), c->filters);
}

/* ---- shapes ---------------------------------------------------------------------------------------------------- */

/* The tap of the kernel that meets the axis of size 1 of an input; -1: none does, as with 2 taps 2 apart. */
static int64_t tap_of(int64_t before, int64_t dilation)
{
	return before % dilation == 0 ? before / dilation : -1;
}

static int64_t live_tap(const struct node *node)
{
	const struct plane_config *c = node->config;
	int other = 1 - plane_steps_axis(node, c->data_format);
	struct window window;

	CHECK(plane_window(c, &node->in[0]->shape, other, &window));
	return tap_of(window.pad_left, c->dilation_rate.at[other]);
}

static bool need_live_tap(const struct node *node, struct diag *diag, int64_t tap)
{
	const struct plane_config *c = node->config;
	int other = 1 - plane_steps_axis(node, c->data_format);

	if (tap >= 0) return true;
	layer_error(node, diag, "kernel_size",
		    "none of %lld taps, %lld apart, meets the axis of size 1; every output would be the bias, which is "
		    "not supported",
		    (long long)c->size.at[other], (long long)c->dilation_rate.at[other]);
	return false;
}

static bool conv2d_infer(struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;
	int64_t channels;

	if (!need_plane(node, diag, c->data_format)) return false;
	channels = channels_in(node);
	if (channels % c->groups != 0) {
		layer_error(node, diag, "groups",
			    "%lld groups do not divide the input's %lld channels; groups must divide them",
			    (long long)c->groups, (long long)channels);
		return false;
	}
	return plane_infer(node, diag, "kernel_size", c->filters) && need_live_tap(node, diag, live_tap(node));
}

static bool depthwise_conv2d_infer(struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;

	return need_plane(node, diag, c->data_format) &&
	       plane_infer(node, diag, "kernel_size", depthwise_filters(node)) &&
	       need_live_tap(node, diag, live_tap(node));
}

static bool separable_conv2d_infer(struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;

	return need_plane(node, diag, c->data_format) && plane_infer(node, diag, "kernel_size", c->filters);
}

/* What the transposed convolution does along one axis. */
static struct conv1d_transpose_config transposed_along(const struct node *node, int axis)
{
	struct arena *arena = arena_new();
	struct conv1d_transpose_config c;

	c = *(const struct conv1d_transpose_config *)plane_twin_config(node, axis, arena);
	arena_free(arena);
	return c;
}

static int64_t transposed_live_tap(const struct node *node)
{
	const struct plane_config *c = node->config;
	int other = 1 - plane_steps_axis(node, c->data_format);
	struct conv1d_transpose_config along = transposed_along(node, other);

	return tap_of(transposed_crop(&along, 1), along.dilation_rate);
}

static bool conv2d_transpose_infer(struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;
	int64_t size[2];

	if (!need_plane(node, diag, c->data_format)) return false;
	for (int i = 0; i < 2; i++) {
		struct conv1d_transpose_config along = transposed_along(node, i);
		size[i] = transposed_steps(&along, node->in[0]->shape.at[plane_axis(c->data_format, i)]);
	}
	if (!need_plane_out(node, diag, NULL, plane_shape(size[0], size[1], c->filters, c->data_format),
			    c->data_format))
		return false;
	return need_live_tap(node, diag, transposed_live_tap(node));
}

/* ---- fold ------------------------------------------------------------------------------------------------------ */

static float *slice_f32(struct arena *arena, const float *from, struct axis_split split, int64_t at)
{
	float *to = NEW_ARRAY(arena, split.outer * split.inner, float);

	for (int64_t i = 0; i < split.outer * split.inner; i++)
		to[i] = from[(i / split.inner * split.size + at) * split.inner + i % split.inner];
	return to;
}

/* The kernel without its axis 'axis': what stands there at index 'at'. */
static const struct weight *kernel_slice(struct graph *graph, const struct weight *kernel, int axis, int64_t at)
{
	struct weight *slice = arena_copy(graph->arena, kernel, sizeof *kernel);

	slice->f32 = slice_f32(graph->arena, kernel->f32, axis_split(&kernel->shape, axis), at);
	slice->shape.rank = 3;
	slice->shape.at[0] = kernel->shape.at[1 - axis];
	for (int i = 1; i < 3; i++) slice->shape.at[i] = kernel->shape.at[i + 1];
	return slice;
}

static bool plane_conv_fold_at(struct graph *graph, struct node *node, int64_t tap)
{
	const struct plane_config *c = node->config;
	const struct weight **weight =
	    arena_copy(graph->arena, node->weight, (size_t)node->n_weight * sizeof *node->weight);

	CHECK(tap >= 0 && !weight[0]->f64);
	weight[0] = kernel_slice(graph, weight[0], 1 - plane_steps_axis(node, c->data_format), tap);
	node->weight = weight;
	plane_become_twin(graph, node, c->data_format);
	return true;
}

static bool plane_conv_fold(struct graph *graph, struct node *node)
{
	return plane_conv_fold_at(graph, node, live_tap(node));
}

static bool conv2d_transpose_fold(struct graph *graph, struct node *node)
{
	return plane_conv_fold_at(graph, node, transposed_live_tap(node));
}

/* A DepthwiseConv2D without bias in front; the node becomes a Conv2D of one tap. */
static void separable_conv2d_expand(struct graph *graph, struct node *node)
{
	const struct plane_config *c = node->config;
	struct plane_config *depthwise = arena_copy(graph->arena, c, sizeof *c);
	struct plane_config *pointwise = NEW(graph->arena, struct plane_config);
	const struct pair one = { { 1, 1 } };

	depthwise->use_bias = false;
	depthwise->filters = 0;
	*pointwise = (struct plane_config){ .filters = c->filters,
					    .groups = 1,
					    .size = one,
					    .strides = one,
					    .dilation_rate = one,
					    .data_format = c->data_format,
					    .use_bias = c->use_bias };
	split_separable(graph, node, "DepthwiseConv2D", depthwise, "Conv2D", pointwise);
}

/* ---- meaning and magnitude --------------------------------------------------------------------------------------------------- */

/* A convolution over two axes as it is written down, whatever their sizes. */
struct plane_sum {
	const struct plane_config *c;
	const struct shape *in, *out;
	const double *x;
	double *y;
	const float *kernel;
	int64_t channels, in_group, filters, out_group;
	int64_t before[2];
	bool magnitude; /* of absolute values */
};

static double absolute_if(bool magnitude, double v)
{
	return magnitude ? fabs(v) : v;
}

static struct plane_sum plane_sum_of(const struct node *node, const void *x, void *y, int64_t groups, bool magnitude)
{
	const struct plane_config *c = node->config;
	struct plane_sum s = {
		.c = c, .in = &node->in[0]->shape, .out = &node->out[0]->shape, .x = x, .y = y, .magnitude = magnitude
	};
	const struct weight *bias = node_weight(node, "bias");

	s.kernel = node_weight(node, "kernel")->f32;
	s.channels = shape_channels(s.in, c->data_format);
	s.filters = shape_channels(s.out, c->data_format);
	s.in_group = s.channels / groups;
	s.out_group = s.filters / groups;
	for (int64_t f = 0; f < s.filters; f++)
		for (int64_t i = 0; i < shape_elements(s.out) / s.filters; i++) {
			int64_t width = s.out->at[plane_axis(c->data_format, 1)];
			s.y[plane_index(s.out, c->data_format, i / width, i % width, f)] =
			    bias ? absolute_if(magnitude, (double)bias->f32[f]) : 0;
		}
	return s;
}

static bool inside(const struct shape *shape, int data_format, const int64_t at[2])
{
	for (int i = 0; i < 2; i++)
		if (at[i] < 0 || at[i] >= shape->at[plane_axis(data_format, i)]) return false;
	return true;
}

/* Adds what tap (u, v) brings from input element 'from' to output element 'to'; transposed: the kernel has filters in
 * front of channels. */
static void add_tap(const struct plane_sum *s, const int64_t from[2], const int64_t to[2], int64_t u, int64_t v,
		    bool transposed)
{
	int format = s->c->data_format;
	const float *w = s->kernel + (u * s->c->size.at[1] + v) * s->in_group * s->filters;

	if (!inside(s->in, format, from) || !inside(s->out, format, to)) return;
	for (int64_t f = 0; f < s->filters; f++)
		for (int64_t c = 0; c < s->in_group; c++) {
			int64_t channel = f / s->out_group * s->in_group + c;
			double weight = (double)w[transposed ? f * s->in_group + c : c * s->filters + f];
			s->y[plane_index(s->out, format, to[0], to[1], f)] += absolute_if(
			    s->magnitude, s->x[plane_index(s->in, format, from[0], from[1], channel)] * weight);
		}
}

/* Every tap at every window: the windows are those of the output, or where it is transposed of the input. */
static void add_windows(const struct plane_sum *s, bool transposed)
{
	const struct plane_config *c = s->c;
	const struct shape *shape = transposed ? s->in : s->out;
	int64_t rows = shape->at[plane_axis(c->data_format, 0)], columns = shape->at[plane_axis(c->data_format, 1)];

	for (int64_t u = 0; u < c->size.at[0]; u++)
		for (int64_t v = 0; v < c->size.at[1]; v++)
			for (int64_t i = 0; i < rows * columns; i++) {
				int64_t window[2] = { i / columns, i % columns };
				int64_t tap[2] = {
					window[0] * c->strides.at[0] - s->before[0] + u * c->dilation_rate.at[0],
					window[1] * c->strides.at[1] - s->before[1] + v * c->dilation_rate.at[1]
				};
				if (transposed)
					add_tap(s, window, tap, u, v, true);
				else
					add_tap(s, tap, window, u, v, false);
			}
}

static void conv2d_sums(const struct node *node, const void *const *in, void *const *out, bool magnitude)
{
	const struct plane_config *c = node->config;
	struct plane_sum s =
	    plane_sum_of(node, in[0], out[0], c->groups > 0 ? c->groups : channels_in(node), magnitude);
	struct window window;

	for (int i = 0; i < 2; i++) {
		CHECK(plane_window(c, s.in, i, &window));
		s.before[i] = window.pad_left;
	}
	add_windows(&s, false);
}

static void conv2d_transpose_sums(const struct node *node, const void *const *in, void *const *out, bool magnitude)
{
	struct plane_sum s = plane_sum_of(node, in[0], out[0], 1, magnitude);

	for (int i = 0; i < 2; i++) {
		struct conv1d_transpose_config along = transposed_along(node, i);
		s.before[i] = transposed_crop(&along, s.in->at[plane_axis(s.c->data_format, i)]);
	}
	add_windows(&s, true);
}

#define PLANE_EVAL(of, number, magnitude)                                                                              \
	static void of##_##number(const struct node *node, const void *const *in, void *const *out,                    \
				  struct arena *scratch)                                                               \
	{                                                                                                              \
		(void)scratch;                                                                                         \
		of(node, in, out, magnitude);                                                                          \
	}
PLANE_EVAL(conv2d_sums, meaning, false)
PLANE_EVAL(conv2d_sums, magnitude, true)
PLANE_EVAL(conv2d_transpose_sums, meaning, false)
PLANE_EVAL(conv2d_transpose_sums, magnitude, true)

/* ---- rows of the table ----------------------------------------------------------------------------------------- */

#define PLANE_CONV_ROW(id, class, other, one, text, folds, sums)                                                       \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.aliases = (const char *const[]){ other, NULL },                                                       \
		.fields = id##_fields,                                                                                 \
		.config_bytes = sizeof(struct plane_config),                                                           \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.check = plane_conv_check,                                                                             \
		.weights = id##_weights,                                                                               \
		.infer = id##_infer,                                                                                   \
		.rows = plane_rows,                                                                                    \
		.fold = folds,                                                                                         \
		.eval = { [NUMBER_MEANING] = sums##_meaning, [NUMBER_MAGNITUDE] = sums##_magnitude },                  \
		.twin = one,                                                                                           \
	}
PLANE_CONV_ROW(conv2d, "Conv2D", "Convolution2D", "Conv1D", "as Conv1D where one axis of steps has the size 1",
	       plane_conv_fold, conv2d_sums);
PLANE_CONV_ROW(depthwise_conv2d, "DepthwiseConv2D", NULL, "DepthwiseConv1D",
	       "as DepthwiseConv1D where one axis of steps has the size 1", plane_conv_fold, conv2d_sums);
PLANE_CONV_ROW(conv2d_transpose, "Conv2DTranspose", "Convolution2DTranspose", "Conv1DTranspose",
	       "as Conv1DTranspose where one axis of steps has the size 1", conv2d_transpose_fold,
	       conv2d_transpose_sums);

const struct layer layer_separable_conv2d = {
	.name = "SeparableConv2D",
	.aliases = (const char *const[]){ "SeparableConvolution2D", NULL },
	.fields = separable_conv2d_fields,
	.config_bytes = sizeof(struct plane_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "DepthwiseConv2D, then Conv2D of one tap",
	.check = plane_conv_check,
	.weights = separable_conv2d_weights,
	.infer = separable_conv2d_infer,
	.expand = separable_conv2d_expand,
};
