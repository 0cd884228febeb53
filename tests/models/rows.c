/* rows.c: how the config of each layer is drawn.  A new layer is one function and one row here. */
#include "tests/models/models.h"

#include <stdio.h>
#include <string.h>

#define SET(...) layer_set(hand->arena, hand->layer, __VA_ARGS__)

static bool chance(struct hand *hand, int percent)
{
	return dice_chance(hand->dice, percent);
}

static int between(struct hand *hand, int64_t least, int64_t most)
{
	return dice_between(hand->dice, (int)least, (int)most);
}

static int last_size(const struct hand *hand)
{
	return hand->in->rank ? (int)hand->in->at[hand->in->rank - 1] : 1;
}

static void set_flag(struct hand *hand, const char *key, int percent)
{
	SET(key, "%s", chance(hand, percent) ? "true" : "false");
}

/* A key in one of the two ways that Keras reads: 3 or [3]. */
static void set_size(struct hand *hand, const char *key, int value)
{
	SET(key, chance(hand, 50) ? "[%d]" : "%d", value);
}

/* ---- activations ------------------------------------------------------------------------------------------------ */

static const char *function_name(struct hand *hand)
{
	int n = 0;

	while (activation_row(n)) n++;
	for (;;) {
		const struct activation_kind *kind = activation_row(dice_below(hand->dice, n));
		if (!kind->internal && !kind->rowwise) return kind->name;
	}
}

static const char *object(struct hand *hand, const char *class_name, const char *format, ...) PRINTF_LIKE(3, 4);
static const char *object(struct hand *hand, const char *class_name, const char *format, ...)
{
	const char *config;
	va_list arguments;

	va_start(arguments, format);
	config = arena_vprintf(hand->arena, format, arguments);
	va_end(arguments);
	return arena_printf(hand->arena, "{\"class_name\": \"%s\", \"config\": {%s}}", class_name, config);
}

static const char *relu_config(struct hand *hand)
{
	struct dice *dice = hand->dice;
	const char *most = chance(hand, 50) ? arena_printf(hand->arena, "%g", dice_real(dice, 0, 6)) : "null";
	double slope = chance(hand, 50) ? dice_real(dice, 0, 1) : 0,
	       threshold = chance(hand, 50) ? dice_real(dice, 0, 2) : 0;

	return arena_printf(hand->arena, "\"max_value\": %s, \"negative_slope\": %g, \"threshold\": %g", most, slope,
			    threshold);
}

/* A layer as an activation. */
static const char *function_object(struct hand *hand, bool rows)
{
	switch (dice_below(hand->dice, rows ? 6 : 4)) {
	case 0: return object(hand, "LeakyReLU", "\"negative_slope\": %g", dice_real(hand->dice, 0, 2));
	case 1: return object(hand, "ELU", "\"alpha\": %g", dice_real(hand->dice, -1, 3));
	case 2: return object(hand, "ReLU", "%s", relu_config(hand));
	case 3: return object(hand, "ThresholdedReLU", "\"theta\": %g", dice_real(hand->dice, 0, 2));
	case 4: return object(hand, "Softmax", "\"axis\": -1");
	default: return object(hand, "PReLU", "\"shared_axes\": null");
	}
}

/* even: the last axis of what is activated has an even size, as glu needs. */
static void set_activation(struct hand *hand, bool even)
{
	static const char *const rowwise[] = { "softmax", "log_softmax", "sparsemax", "glu" };
	int kind = dice_below(hand->dice, 10);

	if (kind < 3) {
		if (kind == 0) SET("activation", "\"linear\"");
	} else if (kind < 8) {
		SET("activation", "\"%s\"", function_name(hand));
	} else if (kind == 8) {
		SET("activation", "\"%s\"", rowwise[dice_below(hand->dice, even ? 4 : 3)]);
	} else {
		SET("activation", "%s", function_object(hand, true));
	}
}

static bool draw_activation(struct hand *hand)
{
	do {
		hand->layer->config.n = 0;
		set_activation(hand, last_size(hand) % 2 == 0);
	} while (hand->layer->config.n == 0);
	return true;
}

static bool draw_relu(struct hand *hand)
{
	SET("max_value", chance(hand, 50) ? "%g" : "null", dice_real(hand->dice, 0, 6));
	SET("negative_slope", "%g", chance(hand, 50) ? dice_real(hand->dice, 0, 1.5) : 0);
	SET("threshold", "%g", chance(hand, 50) ? dice_real(hand->dice, 0, 2) : 0);
	return true;
}

static bool draw_leaky_relu(struct hand *hand)
{
	SET(chance(hand, 50) ? "alpha" : "negative_slope", "%g", dice_real(hand->dice, 0, 2));
	return true;
}

static bool draw_elu(struct hand *hand)
{
	SET("alpha", "%g", dice_real(hand->dice, -1, 3));
	return true;
}

static bool draw_thresholded_relu(struct hand *hand)
{
	SET("theta", "%g", dice_real(hand->dice, 0, 2));
	return true;
}

static bool draw_prelu(struct hand *hand)
{
	const char *axes = "", *between_axes = "";

	for (int i = 1; i <= hand->in->rank; i++) {
		if (chance(hand, 60)) continue;
		axes = arena_printf(hand->arena, "%s%s%d", axes, between_axes, i);
		between_axes = ", ";
	}
	SET("shared_axes", *axes ? "[%s]" : "null", axes);
	return true;
}

/* An axis in one of its two numbers. */
static int axis_of(struct hand *hand, int sample_axis)
{
	return chance(hand, 50) ? sample_axis + 1 : sample_axis - hand->in->rank;
}

static int any_axis(struct hand *hand, int percent_last)
{
	int rank = hand->in->rank;

	return chance(hand, percent_last) ? rank - 1 : dice_below(hand->dice, rank);
}

/* One axis, or some in any order. */
static void set_axes(struct hand *hand, int last)
{
	const char *list = "";
	int rank = hand->in->rank, first = between(hand, 0, rank - 1), n = between(hand, 1, rank);

	if (chance(hand, 70)) {
		SET("axis", "%d", axis_of(hand, any_axis(hand, last)));
		return;
	}
	for (int i = 0; i < n; i++)
		list = arena_printf(hand->arena, "%s%s%d", list, i ? ", " : "", axis_of(hand, (first + i) % rank));
	SET("axis", "[%s]", list);
}

static bool draw_softmax(struct hand *hand)
{
	if (hand->masked) return false;
	set_axes(hand, 60);
	return true;
}

/* ---- convolutions ----------------------------------------------------------------------------------------------- */

/* The input as a layer with steps and channels sees it. */
struct view {
	int64_t steps, channels;
	bool channels_first;
};

static struct view draw_view(struct hand *hand)
{
	struct view view = { .channels_first = chance(hand, 15) };

	view.steps = hand->in->at[view.channels_first ? 1 : 0];
	view.channels = hand->in->at[view.channels_first ? 0 : 1];
	if (view.channels_first || chance(hand, 40))
		SET("data_format", "\"channels_%s\"", view.channels_first ? "first" : "last");
	return view;
}

/* kernel_size, strides, dilation_rate and padding that fit the steps. */
static void set_window(struct hand *hand, int64_t steps, bool causal)
{
	static const char *const paddings[] = { "same", "valid", "causal" };
	const char *padding = paddings[dice_below(hand->dice, causal ? 3 : 2)];
	int taps = between(hand, 1, 9), stride = 1, dilation = 1;

	if (chance(hand, 30))
		stride = between(hand, 1, 5);
	else if (chance(hand, 35))
		dilation = between(hand, 1, 6);
	if (!strcmp(padding, "valid")) {
		while (taps > 1 && (taps - 1) * dilation + 1 > steps) {
			if (dilation > 1)
				dilation--;
			else
				taps--;
		}
	}
	set_size(hand, "kernel_size", taps);
	if (stride > 1 || chance(hand, 30)) set_size(hand, "strides", stride);
	if (dilation > 1 || chance(hand, 30)) set_size(hand, "dilation_rate", dilation);
	SET("padding", "\"%s\"", padding);
}

static int divisor_of(struct hand *hand, int64_t n)
{
	int divisor;

	do divisor = between(hand, 1, n);
	while (n % divisor);
	return divisor;
}

/* Numbers of filters around the kernels' tiles. */
static int draw_filters(struct hand *hand)
{
	static const int tiles[] = { 4, 8, 12, 16, 17, 31 };

	return chance(hand, 85) ? between(hand, 1, 9) : tiles[dice_below(hand->dice, 6)];
}

static bool draw_conv1d(struct hand *hand)
{
	struct view view = draw_view(hand);
	int groups = chance(hand, 25) ? divisor_of(hand, view.channels) : 1;
	int filters = groups > 1 ? groups * between(hand, 1, 3) : draw_filters(hand);

	SET("filters", "%d", filters);
	if (groups > 1 || chance(hand, 20)) SET("groups", "%d", groups);
	set_window(hand, view.steps, true);
	set_flag(hand, "use_bias", 70);
	set_activation(hand, !view.channels_first && filters % 2 == 0);
	return true;
}

static bool draw_depthwise_conv1d(struct hand *hand)
{
	struct view view = draw_view(hand);
	int multiplier = between(hand, 1, 4);

	SET("depth_multiplier", "%d", multiplier);
	set_window(hand, view.steps, false);
	set_flag(hand, "use_bias", 70);
	set_activation(hand, !view.channels_first && multiplier % 2 == 0);
	return true;
}

static bool draw_separable_conv1d(struct hand *hand)
{
	struct view view = draw_view(hand);
	int filters = draw_filters(hand);

	SET("filters", "%d", filters);
	SET("depth_multiplier", "%d", between(hand, 1, 3));
	set_window(hand, view.steps, true);
	set_flag(hand, "use_bias", 70);
	set_activation(hand, !view.channels_first && filters % 2 == 0);
	return true;
}

static bool draw_conv1d_transpose(struct hand *hand)
{
	struct view view = draw_view(hand);
	int filters = draw_filters(hand), stride = between(hand, 1, 4);

	SET("filters", "%d", filters);
	set_size(hand, "kernel_size", between(hand, 1, 7));
	set_size(hand, "strides", stride);
	if (stride == 1 && chance(hand, 40)) set_size(hand, "dilation_rate", between(hand, 1, 4));
	if (stride > 1 && chance(hand, 30)) SET("output_padding", "[%d]", between(hand, 1, stride - 1));
	SET("padding", chance(hand, 50) ? "\"same\"" : "\"valid\"");
	set_flag(hand, "use_bias", 70);
	set_activation(hand, !view.channels_first && filters % 2 == 0);
	return true;
}

static bool draw_dense(struct hand *hand)
{
	int units = draw_filters(hand);

	SET("units", "%d", units);
	set_flag(hand, "use_bias", 70);
	set_activation(hand, units % 2 == 0);
	return true;
}

/* ---- pools ------------------------------------------------------------------------------------------------------ */

static bool draw_pool(struct hand *hand)
{
	struct view view = draw_view(hand);
	bool same = chance(hand, 50);

	set_size(hand, "pool_size", between(hand, 1, same ? view.steps + 2 : view.steps));
	if (chance(hand, 60)) set_size(hand, "strides", between(hand, 1, 5));
	SET("padding", same ? "\"same\"" : "\"valid\"");
	return true;
}

static bool draw_global_pool(struct hand *hand)
{
	if (draw_view(hand).channels_first && hand->masked) return false;
	if (chance(hand, 40)) set_flag(hand, "keepdims", 50);
	return true;
}

/* ---- two axes of steps, one of them of size 1 ------------------------------------------------------------------- */

struct plane {
	int axis; /* of steps: 0 or 1 */
	int64_t steps;
	bool channels_first;
};

/* false: the input is 2-D however it is seen. */
static bool draw_plane(struct hand *hand, struct plane *plane)
{
	const int64_t *at;

	plane->channels_first = chance(hand, 25);
	at = hand->in->at + plane->channels_first;
	if (at[0] > 1 && at[1] > 1) return false;
	plane->axis = at[0] > 1 ? 0 : 1;
	plane->steps = at[plane->axis];
	if (plane->channels_first || chance(hand, 40))
		SET("data_format", "\"channels_%s\"", plane->channels_first ? "first" : "last");
	return true;
}

static void set_pair(struct hand *hand, const char *key, const struct plane *plane, int along, int other)
{
	if (along == other && chance(hand, 50))
		SET(key, "%d", along);
	else
		SET(key, "[%d, %d]", plane->axis ? other : along, plane->axis ? along : other);
}

/* As set_window(), along one axis; the other keeps its size 1, and one tap of the kernel meets it. */
static void set_plane_window(struct hand *hand, const struct plane *plane)
{
	bool same = chance(hand, 50);
	int taps = between(hand, 1, 7), stride = 1, dilation = 1, most = (int)plane->steps;

	if (chance(hand, 30))
		stride = between(hand, 1, 4);
	else if (chance(hand, 30))
		dilation = between(hand, 1, 4);
	while (!same && dilation > 1 && (taps - 1) * dilation + 1 > most) dilation--;
	if (!same && taps > most) taps = most;
	set_pair(hand, "kernel_size", plane, taps, same ? between(hand, 1, 4) : 1);
	set_pair(hand, "strides", plane, stride, dilation > 1 ? 1 : between(hand, 1, stride));
	set_pair(hand, "dilation_rate", plane, dilation, 1);
	SET("padding", same ? "\"same\"" : "\"valid\"");
	set_flag(hand, "use_bias", 70);
}

static bool draw_conv2d(struct hand *hand)
{
	struct plane plane;
	int64_t channels;
	int groups, filters;

	if (!draw_plane(hand, &plane)) return false;
	channels = hand->in->at[plane.channels_first ? 0 : 2];
	groups = chance(hand, 25) ? divisor_of(hand, channels) : 1;
	filters = groups > 1 ? groups * between(hand, 1, 3) : draw_filters(hand);
	SET("filters", "%d", filters);
	if (groups > 1) SET("groups", "%d", groups);
	set_plane_window(hand, &plane);
	set_activation(hand, !plane.channels_first && filters % 2 == 0);
	return true;
}

static bool draw_depthwise_conv2d(struct hand *hand)
{
	struct plane plane;

	if (!draw_plane(hand, &plane)) return false;
	SET("depth_multiplier", "%d", between(hand, 1, 3));
	set_plane_window(hand, &plane);
	set_activation(hand, false);
	return true;
}

static bool draw_separable_conv2d(struct hand *hand)
{
	struct plane plane;

	if (!draw_plane(hand, &plane)) return false;
	SET("filters", "%d", draw_filters(hand));
	SET("depth_multiplier", "%d", between(hand, 1, 3));
	set_plane_window(hand, &plane);
	set_activation(hand, false);
	return true;
}

static bool draw_conv2d_transpose(struct hand *hand)
{
	struct plane plane;
	bool same = chance(hand, 50);
	int stride = between(hand, 1, 4);

	if (!draw_plane(hand, &plane)) return false;
	SET("filters", "%d", draw_filters(hand));
	set_pair(hand, "kernel_size", &plane, between(hand, 1, 7), same ? 1 + 2 * dice_below(hand->dice, 2) : 1);
	set_pair(hand, "strides", &plane, stride, 1);
	if (stride > 1 && chance(hand, 30)) set_pair(hand, "output_padding", &plane, between(hand, 1, stride - 1), 0);
	SET("padding", same ? "\"same\"" : "\"valid\"");
	set_flag(hand, "use_bias", 70);
	set_activation(hand, false);
	return true;
}

static bool draw_pool2d(struct hand *hand)
{
	struct plane plane;
	bool same = chance(hand, 50);
	int stride = between(hand, 1, 5);

	if (!draw_plane(hand, &plane)) return false;
	set_pair(hand, "pool_size", &plane, between(hand, 1, same ? plane.steps + 2 : plane.steps),
		 same ? between(hand, 1, 3) : 1);
	if (chance(hand, 60)) set_pair(hand, "strides", &plane, stride, between(hand, 1, 3));
	SET("padding", same ? "\"same\"" : "\"valid\"");
	return true;
}

static bool draw_global_pool2d(struct hand *hand)
{
	struct plane plane;

	if (!draw_plane(hand, &plane)) return false;
	if (chance(hand, 40)) set_flag(hand, "keepdims", 50);
	return true;
}

/* [[0, 0], [before, behind]] or the other way round. */
static void set_edges(struct hand *hand, const char *key, const struct plane *plane, int before, int behind)
{
	if (plane->axis)
		SET(key, "[[0, 0], [%d, %d]]", before, behind);
	else
		SET(key, "[[%d, %d], [0, 0]]", before, behind);
}

static bool draw_zero_padding2d(struct hand *hand)
{
	struct plane plane;

	if (!draw_plane(hand, &plane)) return false;
	set_edges(hand, "padding", &plane, dice_below(hand->dice, 5), dice_below(hand->dice, 5));
	return true;
}

static bool draw_cropping2d(struct hand *hand)
{
	struct plane plane;
	int before;

	if (!draw_plane(hand, &plane)) return false;
	before = dice_below(hand->dice, (int)plane.steps);
	set_edges(hand, "cropping", &plane, before, dice_below(hand->dice, (int)plane.steps - before));
	return true;
}

static bool draw_up_sampling2d(struct hand *hand)
{
	struct plane plane;

	if (!draw_plane(hand, &plane)) return false;
	set_pair(hand, "size", &plane, between(hand, 1, 5), 1);
	return true;
}

/* ---- moves ------------------------------------------------------------------------------------------------------ */

static bool draw_flatten(struct hand *hand)
{
	if (chance(hand, 30)) SET("data_format", "\"channels_%s\"", chance(hand, 60) ? "first" : "last");
	return true;
}

static bool draw_reshape(struct hand *hand)
{
	int64_t left = shape_elements(hand->in);
	int rank = between(hand, 1, 3), unknown = chance(hand, 30) ? dice_below(hand->dice, rank) : -1;
	const char *sizes = "";

	for (int i = 0; i < rank; i++) {
		int64_t size = i + 1 == rank ? left : divisor_of(hand, left);
		left /= size;
		sizes =
		    arena_printf(hand->arena, "%s%s%lld", sizes, i ? ", " : "", i == unknown ? -1LL : (long long)size);
	}
	SET("target_shape", "[%s]", sizes);
	return true;
}

static bool draw_permute(struct hand *hand)
{
	int axis[MAX_RANK], n = hand->in->rank;
	const char *dims = "";

	for (int i = 0; i < n; i++) axis[i] = i + 1;
	for (int i = 0; i < n; i++) {
		int other = i + dice_below(hand->dice, n - i), kept = axis[other];
		axis[other] = axis[i];
		axis[i] = kept;
		dims = arena_printf(hand->arena, "%s%s%d", dims, i ? ", " : "", axis[i]);
	}
	SET("dims", "[%s]", dims);
	return true;
}

static bool draw_repeat_vector(struct hand *hand)
{
	SET("n", "%d", between(hand, 1, 9));
	return true;
}

static bool draw_zero_padding1d(struct hand *hand)
{
	if (chance(hand, 50)) draw_view(hand);
	if (chance(hand, 70))
		SET("padding", "[%d, %d]", dice_below(hand->dice, 5), dice_below(hand->dice, 5));
	else
		SET("padding", "%d", dice_below(hand->dice, 5));
	return true;
}

static bool draw_cropping1d(struct hand *hand)
{
	int steps = (int)hand->in->at[0], before = dice_below(hand->dice, steps);

	SET("cropping", "[%d, %d]", before, dice_below(hand->dice, steps - before));
	return true;
}

static bool draw_up_sampling1d(struct hand *hand)
{
	SET("size", "%d", between(hand, 1, 5));
	return true;
}

/* ---- norms ------------------------------------------------------------------------------------------------------ */

static void set_epsilon(struct hand *hand)
{
	static const char *const epsilons[] = { "0.001", "1e-05", "1e-12", "0.5" };

	if (chance(hand, 70)) SET("epsilon", "%s", epsilons[dice_below(hand->dice, 4)]);
}

static bool draw_batch_normalization(struct hand *hand)
{
	int axis = axis_of(hand, any_axis(hand, 80));

	SET("axis", chance(hand, 30) ? "[%d]" : "%d", axis);
	set_epsilon(hand);
	set_flag(hand, "center", 75);
	set_flag(hand, "scale", 75);
	return true;
}

static bool draw_group_normalization(struct hand *hand)
{
	int axis = any_axis(hand, 75), groups = between(hand, 1, hand->in->at[axis]);

	if (hand->masked) return false;
	while (hand->in->at[axis] % groups != 0) groups--;
	SET("axis", "%d", axis_of(hand, axis));
	SET("groups", "%d", chance(hand, 20) ? -1 : groups);
	set_epsilon(hand);
	set_flag(hand, "center", 75);
	set_flag(hand, "scale", 75);
	return true;
}

static bool draw_rms_normalization(struct hand *hand)
{
	SET("axis", "[%d]", chance(hand, 50) ? -1 : hand->in->rank);
	set_epsilon(hand);
	return true;
}

static bool draw_masking(struct hand *hand)
{
	if (!hand->masked) return false;
	SET("mask_value", "%s", chance(hand, 70) ? "0.0" : "-1.0");
	return true;
}

static bool draw_unit_normalization(struct hand *hand)
{
	set_axes(hand, 60);
	return true;
}

static bool draw_layer_normalization(struct hand *hand)
{
	set_axes(hand, 75);
	set_epsilon(hand);
	set_flag(hand, "center", 75);
	set_flag(hand, "scale", 75);
	if (chance(hand, 25)) set_flag(hand, "rms_scaling", 80);
	return true;
}

/* A number, or one for each of n. */
static const char *reals_of(struct hand *hand, int n, double least, double most)
{
	const char *list = "";

	if (chance(hand, 40)) return arena_printf(hand->arena, "%g", dice_real(hand->dice, least, most));
	for (int i = 0; i < n; i++)
		list = arena_printf(hand->arena, "%s%s%g", list, i ? ", " : "", dice_real(hand->dice, least, most));
	return arena_printf(hand->arena, "[%s]", list);
}

static bool draw_normalization(struct hand *hand)
{
	if (chance(hand, 20))
		SET("axis", "null");
	else
		SET("axis", chance(hand, 50) ? "[%d]" : "%d", axis_of(hand, hand->in->rank - 1));
	set_flag(hand, "invert", 30);
	return true;
}

static bool draw_normalization_of_config(struct hand *hand)
{
	if (chance(hand, 75)) return draw_normalization(hand);
	SET("axis", "[-1]");
	SET("mean", "%s", reals_of(hand, last_size(hand), -2, 2));
	SET("variance", "%s", reals_of(hand, last_size(hand), 0, 3));
	return true;
}

static bool draw_rescaling(struct hand *hand)
{
	SET("scale", "%s", reals_of(hand, last_size(hand), -2, 2));
	if (chance(hand, 70)) SET("offset", "%s", reals_of(hand, last_size(hand), -2, 2));
	return true;
}

/* ---- merges and what does nothing ---------------------------------------------------------------------------------- */

static bool draw_nothing(struct hand *hand)
{
	(void)hand;
	return true;
}

static bool draw_rate(struct hand *hand)
{
	SET("rate", "%g", dice_real(hand->dice, 0, 0.9));
	return true;
}

static bool draw_stddev(struct hand *hand)
{
	SET("stddev", "%g", dice_real(hand->dice, 0, 2));
	return true;
}

/* Along axes of one size. */
static bool draw_dot(struct hand *hand)
{
	int a = between(hand, 0, hand->in[0].rank - 1), b = between(hand, 0, hand->in[1].rank - 1);

	if (hand->in[0].at[a] != hand->in[1].at[b]) return false;
	if (a == b && hand->in[0].rank == hand->in[1].rank && chance(hand, 50))
		SET("axes", "%d", a + 1);
	else
		SET("axes", "[%d, %d]", a + 1, b + 1);
	set_flag(hand, "normalize", 30);
	return true;
}

/* Along the axis in which the inputs differ; grow.c has set it where they do. */
static bool draw_concatenate(struct hand *hand)
{
	for (int i = 0; i < hand->layer->config.n; i++)
		if (!strcmp(hand->layer->config.at[i].key, "axis")) return true;
	SET("axis", "%d", axis_of(hand, any_axis(hand, 60)));
	return true;
}

/* Any layer of one input, on the axes behind the first.  None where masks may come: a mask of all axes passes a
 * TimeDistributed that changes their sizes, and then fits no layer of Keras that uses it. */
static bool draw_time_distributed(struct hand *hand)
{
	struct shape in = { .rank = hand->in->rank - 1 };
	struct draft_layer layer = { 0 };
	struct hand inner = { .dice = hand->dice, .arena = hand->arena, .layer = &layer, .in = &in, .n_in = 1 };
	const struct row *row = row_any(hand->dice, in.rank);
	const char *config = "\"name\": \"inner\"";

	memcpy(in.at, hand->in->at + 1, sizeof *in.at * (size_t)in.rank);
	if (hand->masked || !row || row->takes != TAKES_ONE || !row->draw(&inner)) return false;
	for (int i = 0; i < layer.config.n; i++)
		config = arena_printf(hand->arena, "%s, \"%s\": %s", config, layer.config.at[i].key,
				      layer.config.at[i].value);
	SET("layer", "{\"class_name\": \"%s\", \"config\": {%s}}", row->class_name, config);
	return true;
}

static const struct row rows[] = {
	{ "InputLayer", TAKES_NONE, 0, 0, 0, NULL },
	{ "Conv1D", TAKES_ONE, 2, 2, 30, draw_conv1d },
	{ "DepthwiseConv1D", TAKES_ONE, 2, 2, 6, draw_depthwise_conv1d },
	{ "SeparableConv1D", TAKES_ONE, 2, 2, 5, draw_separable_conv1d },
	{ "Conv1DTranspose", TAKES_ONE, 2, 2, 6, draw_conv1d_transpose },
	{ "Conv2D", TAKES_ONE, 3, 3, 40, draw_conv2d },
	{ "DepthwiseConv2D", TAKES_ONE, 3, 3, 15, draw_depthwise_conv2d },
	{ "SeparableConv2D", TAKES_ONE, 3, 3, 12, draw_separable_conv2d },
	{ "Conv2DTranspose", TAKES_ONE, 3, 3, 12, draw_conv2d_transpose },
	{ "MaxPooling2D", TAKES_ONE, 3, 3, 10, draw_pool2d },
	{ "AveragePooling2D", TAKES_ONE, 3, 3, 10, draw_pool2d },
	{ "GlobalMaxPooling2D", TAKES_ONE, 3, 3, 3, draw_global_pool2d },
	{ "GlobalAveragePooling2D", TAKES_ONE, 3, 3, 3, draw_global_pool2d },
	{ "ZeroPadding2D", TAKES_ONE, 3, 3, 8, draw_zero_padding2d },
	{ "Cropping2D", TAKES_ONE, 3, 3, 8, draw_cropping2d },
	{ "UpSampling2D", TAKES_ONE, 3, 3, 8, draw_up_sampling2d },
	{ "Dense", TAKES_ONE, 1, MAX_RANK, 10, draw_dense },
	{ "MaxPooling1D", TAKES_ONE, 2, 2, 5, draw_pool },
	{ "AveragePooling1D", TAKES_ONE, 2, 2, 5, draw_pool },
	{ "GlobalMaxPooling1D", TAKES_ONE, 2, 2, 2, draw_global_pool },
	{ "GlobalAveragePooling1D", TAKES_ONE, 2, 2, 2, draw_global_pool },
	{ "Flatten", TAKES_ONE, 1, MAX_RANK, 2, draw_flatten },
	{ "Reshape", TAKES_ONE, 1, MAX_RANK, 3, draw_reshape },
	{ "Permute", TAKES_ONE, 1, MAX_RANK, 3, draw_permute },
	{ "RepeatVector", TAKES_ONE, 1, 1, 4, draw_repeat_vector },
	{ "ZeroPadding1D", TAKES_ONE, 2, 2, 4, draw_zero_padding1d },
	{ "Cropping1D", TAKES_ONE, 2, 2, 4, draw_cropping1d },
	{ "UpSampling1D", TAKES_ONE, 2, 2, 3, draw_up_sampling1d },
	{ "BatchNormalization", TAKES_ONE, 1, MAX_RANK, 10, draw_batch_normalization },
	{ "LayerNormalization", TAKES_ONE, 1, MAX_RANK, 5, draw_layer_normalization },
	{ "GroupNormalization", TAKES_ONE, 1, MAX_RANK, 4, draw_group_normalization },
	{ "RMSNormalization", TAKES_ONE, 1, MAX_RANK, 2, draw_rms_normalization },
	{ "UnitNormalization", TAKES_ONE, 1, MAX_RANK, 2, draw_unit_normalization },
	{ "Normalization", TAKES_ONE, 1, MAX_RANK, 3, draw_normalization_of_config },
	{ "Rescaling", TAKES_ONE, 1, MAX_RANK, 3, draw_rescaling },
	{ "Activation", TAKES_ONE, 1, MAX_RANK, 8, draw_activation },
	{ "ReLU", TAKES_ONE, 1, MAX_RANK, 3, draw_relu },
	{ "LeakyReLU", TAKES_ONE, 1, MAX_RANK, 2, draw_leaky_relu },
	{ "ELU", TAKES_ONE, 1, MAX_RANK, 2, draw_elu },
	{ "ThresholdedReLU", TAKES_ONE, 1, MAX_RANK, 2, draw_thresholded_relu },
	{ "PReLU", TAKES_ONE, 1, MAX_RANK, 3, draw_prelu },
	{ "Softmax", TAKES_ONE, 1, MAX_RANK, 4, draw_softmax },
	{ "LogSoftmax", IMPLIED, 0, 0, 0, NULL },
	{ "Quantize", IMPLIED, 0, 0, 0, NULL },
	{ "Constant", IMPLIED, 0, 0, 0, NULL },
	{ "Glu", IMPLIED, 0, 0, 0, NULL },
	{ "Sparsemax", IMPLIED, 0, 0, 0, NULL },
	{ "TimeDistributed", TAKES_ONE, 2, MAX_RANK, 8, draw_time_distributed },
	{ "Masking", TAKES_ONE, 1, MAX_RANK, 15, draw_masking },
	{ "Dot", TAKES_PAIR, 1, MAX_RANK, 4, draw_dot },
	{ "BatchDot", IMPLIED, 0, 0, 0, NULL },
	{ "Select", IMPLIED, 0, 0, 0, NULL },
	{ "Fill", IMPLIED, 0, 0, 0, NULL },
	{ "NotEqual", IMPLIED, 0, 0, 0, NULL },
	{ "Any", IMPLIED, 0, 0, 0, NULL },
	{ "LogicalOr", IMPLIED, 0, 0, 0, NULL },
	{ "LogicalAnd", IMPLIED, 0, 0, 0, NULL },
	{ "ExpandDims", IMPLIED, 0, 0, 0, NULL },
	{ "GetItem", IMPLIED, 0, 0, 0, NULL },
	{ "Split", IMPLIED, 0, 0, 0, NULL },
	{ "Pad", IMPLIED, 0, 0, 0, NULL },
	{ "Gather", IMPLIED, 0, 0, 0, NULL },
	{ "Squeeze", IMPLIED, 0, 0, 0, NULL },
	{ "Absolute", IMPLIED, 0, 0, 0, NULL },
	{ "Sqrt", IMPLIED, 0, 0, 0, NULL },
	{ "Log", IMPLIED, 0, 0, 0, NULL },
	{ "Clip", IMPLIED, 0, 0, 0, NULL },
	{ "Reciprocal", IMPLIED, 0, 0, 0, NULL },
	{ "Divide", IMPLIED, 0, 0, 0, NULL },
	{ "Mean", IMPLIED, 0, 0, 0, NULL },
	{ "Sum", IMPLIED, 0, 0, 0, NULL },
	{ "Max", IMPLIED, 0, 0, 0, NULL },
	{ "Min", IMPLIED, 0, 0, 0, NULL },
	{ "Dropout", TAKES_ONE, 1, MAX_RANK, 2, draw_rate },
	{ "SpatialDropout1D", TAKES_ONE, 2, 2, 1, draw_rate },
	{ "SpatialDropout2D", TAKES_ONE, 3, 3, 3, draw_rate },
	{ "GaussianNoise", TAKES_ONE, 1, MAX_RANK, 1, draw_stddev },
	{ "GaussianDropout", TAKES_ONE, 1, MAX_RANK, 1, draw_rate },
	{ "AlphaDropout", TAKES_ONE, 1, MAX_RANK, 1, draw_rate },
	{ "ActivityRegularization", TAKES_ONE, 1, MAX_RANK, 1, draw_nothing },
	{ "Identity", TAKES_ONE, 1, MAX_RANK, 1, draw_nothing },
	{ "Add", TAKES_BROADCAST, 1, MAX_RANK, 10, draw_nothing },
	{ "Subtract", TAKES_PAIR, 1, MAX_RANK, 4, draw_nothing },
	{ "Multiply", TAKES_BROADCAST, 1, MAX_RANK, 5, draw_nothing },
	{ "Average", TAKES_BROADCAST, 1, MAX_RANK, 3, draw_nothing },
	{ "Maximum", TAKES_BROADCAST, 1, MAX_RANK, 3, draw_nothing },
	{ "Minimum", TAKES_BROADCAST, 1, MAX_RANK, 3, draw_nothing },
	{ "Concatenate", TAKES_ROW, 1, MAX_RANK, 8, draw_concatenate },
};
enum { ROWS = sizeof rows / sizeof *rows };

const struct row *row_at(int index)
{
	return index < ROWS ? &rows[index] : NULL;
}

static int often(const struct row *row, int rank)
{
	return rank >= row->least_rank && rank <= row->most_rank ? row->often : 0;
}

const struct row *row_any(struct dice *dice, int rank)
{
	int sum = 0, at;

	for (int i = 0; row_at(i); i++) sum += often(row_at(i), rank);
	if (sum == 0) return NULL;
	at = dice_below(dice, sum);
	for (int i = 0;; i++) {
		at -= often(row_at(i), rank);
		if (at < 0) return row_at(i);
	}
}

int rows_missing(void)
{
	int missing = 0;

	for (int i = 0; layer_row(i); i++) {
		int k = 0;
		while (k < ROWS && strcmp(rows[k].class_name, layer_row(i)->name) != 0) k++;
		if (k < ROWS) continue;
		printf("FAILED: %s has no row in tests/models/rows.c\n", layer_row(i)->name);
		missing++;
	}
	fflush(stdout);
	return missing;
}
