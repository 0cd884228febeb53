/* tflite_conv.c: CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED as layers over steps and channels, and
 * what convolutions and pools share: which axis is that of steps, how padding is said. */
#include "load/tflite_plane.h"

/* ---- an axis of steps ---------------------------------------------------------------------------------------------- */

bool tflite_plane(struct tflite *t, const struct tflite_operator *op, const struct tflite_tensor *in,
		  const int64_t taps[2], struct tflite_plane *plane)
{
	const struct shape *shape = &in->shape;

	*plane = (struct tflite_plane){ 0 };
	if (shape->rank != 4)
		return tflite_error(t, op, "its input has the shape %s; it must have 4 axes",
				    shape_text(t->arena, shape));
	if (shape->at[0] != in->block)
		return tflite_error(t, op, "its input has a batch of %lld; one sample a run is computed: it must be 1",
				    (long long)shape->at[0]);
	if (shape->at[1] > 1 && shape->at[2] > 1)
		return tflite_error(t, op, "its input has %lld times %lld steps; one of the two axes must be of size 1",
				    (long long)shape->at[1], (long long)shape->at[2]);
	plane->axis = shape->at[1] > 1 || (shape->at[2] == 1 && taps[0] > taps[1]) ? 0 : 1;
	plane->steps = shape->at[1] * shape->at[2] * in->block;
	plane->channels = shape->at[3];
	return true;
}

/* Zeros before a window's first step, as TFLite has them: ComputePaddingWithOffset(). */
static int64_t steps_before(int64_t steps, int64_t reach, int64_t stride, bool same)
{
	const int64_t out = (steps + stride - 1) / stride, all = (out - 1) * stride + reach - steps;

	return same && all > 0 ? all / 2 : 0;
}

bool tflite_live_tap(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w, int axis,
		     int64_t *tap)
{
	const int64_t reach = (w->taps[axis] - 1) * w->dilation[axis] + 1, before = steps_before(1, reach, 1, w->same);

	*tap = before / w->dilation[axis];
	if ((w->same || reach == 1) && *tap * w->dilation[axis] == before) return true;
	return tflite_error(t, op,
			    "its window of %lld taps along the axis of size 1 does not meet it; it must be 1, or of "
			    "padding SAME",
			    (long long)w->taps[axis]);
}

/* steps_out and before along the axis of steps, dealt out or not. */
static bool window_along(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w,
			 const struct tflite_plane *plane, int64_t block, struct tflite_run *run)
{
	const int a = plane->axis;
	const int64_t steps = plane->steps / block, reach = (w->taps[a] - 1) * w->dilation[a] + 1,
		      stride = w->stride[a];
	const int64_t out = w->same ? (steps + stride - 1) / stride : (steps - reach + stride) / stride;

	if (block > 1 && stride > 1)
		return tflite_error(t, op,
				    "a stride of %lld between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND; it must be 1",
				    (long long)stride);
	if ((!w->same && steps < reach) || out < 1)
		return tflite_error(t, op, "its window of %lld steps is longer than its input of %lld",
				    (long long)reach, (long long)steps);
	*run = (struct tflite_run){ .taps = w->taps[a],
				    .stride = stride,
				    .dilation = w->dilation[a] * block,
				    .before = steps_before(steps, reach, stride, w->same) * block,
				    .steps_out = out * block };
	return true;
}

static bool is_right(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w)
{
	bool right = true;

	for (int i = 0; i < 2; i++)
		right &= w->taps[i] >= 1 && w->stride[i] >= 1 && w->dilation[i] >= 1 && w->taps[i] <= MAX_ELEMENTS &&
			 (w->taps[i] - 1) <= MAX_ELEMENTS / w->dilation[i];
	return right ||
	       tflite_error(t, op,
			    "a window of %lldx%lld taps, stride %lldx%lld, dilation %lldx%lld; all must be 1 or "
			    "more, and no window too large",
			    (long long)w->taps[0], (long long)w->taps[1], (long long)w->stride[0],
			    (long long)w->stride[1], (long long)w->dilation[0], (long long)w->dilation[1]);
}

bool tflite_run_of(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w,
		   const struct tflite_tensor *in, struct tflite_plane *plane, struct tflite_run *run)
{
	return is_right(t, op, w) && tflite_plane(t, op, in, w->taps, plane) &&
	       window_along(t, op, w, plane, in->block, run);
}

struct shape tflite_plane_shape(const struct tflite_plane *plane, int64_t block, int64_t steps, int64_t channels)
{
	return shape_of(4, block, plane->axis ? (int64_t)1 : steps / block, plane->axis ? steps / block : (int64_t)1,
			channels);
}

/* ---- padding ------------------------------------------------------------------------------------------------------- */

/* The word for this padding; false: there is none. */
static bool padding_of(int64_t steps, const struct tflite_run *run, int64_t before, int *padding)
{
	static const int words[] = { PADDING_VALID, PADDING_SAME, PADDING_CAUSAL };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct window window;
		*padding = words[i];
		if (!window_of(steps, run->taps, run->stride, run->dilation, *padding, &window)) continue;
		if (window.steps_out == run->steps_out && window.pad_left == before) return true;
	}
	return false;
}

/* The zeros that a ZeroPadding1D puts in front of the value; NULL: its maker is none. */
static const struct node *padded(const struct tensor *value, int64_t *before)
{
	const struct node *node = value->from;
	const struct zero_padding1d_config *config;

	if (!node || !layer_is(node, "ZeroPadding1D")) return NULL;
	config = node->config;
	*before = config->padding.at[0];
	return node;
}

struct tensor *tflite_pad_steps(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
				int64_t before, int64_t behind, const struct tflite_tensor *like)
{
	struct zero_padding1d_config *config = NEW(t->arena, struct zero_padding1d_config);

	*config = (struct zero_padding1d_config){ shape_of(2, before, behind), CHANNELS_LAST };
	return tflite_apply(t, op, "ZeroPadding1D", config, value, like);
}

struct tensor *tflite_fit_padding(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
				  const struct tflite_run *run, const struct tflite_tensor *like, int *padding)
{
	const int64_t steps = value->shape.at[0];
	int64_t front = 0, behind;
	const struct node *node = padded(value, &front);

	if (node && padding_of(node->in[0]->shape.at[0], run, run->before + front, padding)) {
		list_push(t->arena, &t->passed_over, value->from);
		return node->in[0];
	}
	if (padding_of(steps, run, run->before, padding)) return value;
	behind = (run->steps_out - 1) * run->stride + (run->taps - 1) * run->dilation + 1 - steps - run->before;
	*padding = PADDING_VALID;
	return tflite_pad_steps(t, op, value, run->before, behind > 0 ? behind : 0, like);
}

/* ---- convolutions -------------------------------------------------------------------------------------------------- */

/* Fields of Conv2DOptions and DepthwiseConv2DOptions. */
enum { OPTION_PADDING, OPTION_STRIDE_W, OPTION_STRIDE_H };
enum { CONV_ACTIVATION = 3, CONV_DILATION_W, CONV_DILATION_H };
enum { DEPTHWISE_MULTIPLIER = 3, DEPTHWISE_ACTIVATION, DEPTHWISE_DILATION_W, DEPTHWISE_DILATION_H };
enum { PADDING_OF_FILE_SAME = 0 };

/* The filter, [outputs or 1][height][width][channels], as the file has it.  NULL after an error. */
static struct tflite_tensor *filter_of(struct tflite *t, const struct tflite_operator *op, int k, int rank)
{
	struct tflite_tensor *filter = tflite_in(t, op, k);

	if (filter && filter->known && filter->constant && filter->shape.rank == rank) return filter;
	tflite_error(t, op, "its weights must be a constant of %d axes", rank);
	return NULL;
}

static struct tflite_window window_of_filter(const struct tflite_operator *op, const struct shape *filter, int dilation)
{
	return (struct tflite_window){
		.taps = { filter->at[1], filter->at[2] },
		.stride = { flatbuffer_i32(&op->options, OPTION_STRIDE_H, 0),
			    flatbuffer_i32(&op->options, OPTION_STRIDE_W, 0) },
		.dilation = { dilation ? flatbuffer_i32(&op->options, dilation + 1, 1) : 1,
			      dilation ? flatbuffer_i32(&op->options, dilation, 1) : 1 },
		.same = flatbuffer_i8(&op->options, OPTION_PADDING, 0) == PADDING_OF_FILE_SAME,
	};
}

/* Gives the node its kernel and bias; false after an error. */
static bool give_weights(struct tflite *t, const struct tflite_operator *op, struct node *node,
			 struct tflite_tensor *kernel, const struct tflite_weight *how, struct tflite_tensor *bias)
{
	const struct tensor *in = node->in[0];

	node->n_weight = bias ? 2 : 1;
	node->weight = NEW_ARRAY(t->arena, node->n_weight, const struct weight *);
	node->weight[0] = tflite_weight(t, op, kernel, how);
	if (!node->weight[0]) return false;
	if (tensor_is_integer(in) && !node->weight[0]->integers)
		return tflite_error(t, op, "float weights of an integer input; they must be quantised, too");
	if (tensor_is_integer(in) != tensor_is_integer(node->out[0]))
		return tflite_error(t, op, "its input is %s and its output %s; both must be float or both integers",
				    type_name(in->type), type_name(node->out[0]->type));
	if (!bias) return true;
	if (shape_elements(&bias->shape) != how->filters)
		return tflite_error(t, op, "its bias has the shape %s; it must have %lld elements",
				    shape_text(t->arena, &bias->shape), (long long)how->filters);
	node->weight[1] = tflite_bias(t, op, bias, how->filters, in, node->weight[0]);
	return node->weight[1] != NULL;
}

/* The bias, which may be left out.  false after an error. */
static bool bias_of(struct tflite *t, const struct tflite_operator *op, int k, struct tflite_tensor **bias)
{
	*bias = tflite_in(t, op, k);
	if (!*bias || ((*bias)->known && (*bias)->constant)) return true;
	return tflite_error(t, op, "its bias must be a constant");
}

/* The value of input k as (steps, channels). */
static struct tensor *steps_of(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *in,
			       const struct tflite_plane *plane)
{
	struct tensor *value = in->value ? in->value : tflite_constant(t, op, in);

	return tflite_shaped(t, op, value, shape_of(2, plane->steps, plane->channels));
}

static bool finish(struct tflite *t, const struct tflite_operator *op, struct node *node, int activation,
		   const struct tflite_plane *plane, int64_t block)
{
	struct tensor *out = tflite_fuse(t, op, node, flatbuffer_i8(&op->options, activation, 0));
	const struct shape *made = out ? &out->shape : NULL;

	if (!made || !tflite_give(t, op, 0, out, tflite_plane_shape(plane, block, made->at[0], made->at[1])))
		return false;
	tflite_out(t, op, 0)->block = block;
	return true;
}

bool tflite_conv(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *filter = filter_of(t, op, 1, 4), *bias;
	const struct shape *f = filter ? &filter->shape : NULL;
	struct conv1d_config *config = NEW(t->arena, struct conv1d_config);
	struct tflite_window window;
	struct tflite_plane plane;
	struct tflite_run run;
	struct tensor *x;
	struct node *node;
	int64_t tap;

	if (!in || !filter || !bias_of(t, op, 2, &bias)) return false;
	window = window_of_filter(op, f, CONV_DILATION_W);
	if (!tflite_run_of(t, op, &window, in, &plane, &run) || !tflite_live_tap(t, op, &window, !plane.axis, &tap))
		return false;
	if (plane.channels % f->at[3] != 0 || f->at[0] % (plane.channels / f->at[3]) != 0)
		return tflite_error(t, op,
				    "%lld filters of %lld channels for an input of %lld; they must be a part of these",
				    (long long)f->at[0], (long long)f->at[3], (long long)plane.channels);
	x = steps_of(t, op, in, &plane);
	if (x) x = tflite_fit_padding(t, op, x, &run, in, &config->padding);
	if (!x) return false;
	*config = (struct conv1d_config){
		f->at[0],        run.taps,      run.stride,  run.dilation, plane.channels / f->at[3],
		config->padding, CHANNELS_LAST, bias != NULL
	};
	node = tflite_node(t, op, "Conv1D", config, &x, 1, tflite_out(t, op, 0));
	/* [filters][height][width][channels] becomes [taps][channels][filters]. */
	const int64_t row = f->at[3], line = f->at[2] * row, tap_step = plane.axis ? row : line,
		      first = tap * (plane.axis ? line : row);
	const struct tflite_weight how = { "kernel", shape_of(3, run.taps, f->at[3], f->at[0]),
					   first,    { tap_step, 1, f->at[1] * line },
					   f->at[0], 1,
					   0 };
	return node && give_weights(t, op, node, filter, &how, bias) &&
	       finish(t, op, node, CONV_ACTIVATION, &plane, in->block);
}

bool tflite_depthwise(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *filter = filter_of(t, op, 1, 4), *bias;
	const struct shape *f = filter ? &filter->shape : NULL;
	struct depthwise_config *config = NEW(t->arena, struct depthwise_config);
	struct tflite_window window;
	struct tflite_plane plane;
	struct tflite_run run;
	struct tensor *x;
	struct node *node;
	int64_t tap;

	if (!in || !filter || !bias_of(t, op, 2, &bias)) return false;
	window = window_of_filter(op, f, DEPTHWISE_DILATION_W);
	if (!tflite_run_of(t, op, &window, in, &plane, &run) || !tflite_live_tap(t, op, &window, !plane.axis, &tap))
		return false;
	if (f->at[0] != 1 || f->at[3] % plane.channels != 0)
		return tflite_error(
		    t, op,
		    "weights of shape %s for an input of %lld channels; they must be (1, height, width, "
		    "a multiple of the channels)",
		    shape_text(t->arena, f), (long long)plane.channels);
	x = steps_of(t, op, in, &plane);
	if (x) x = tflite_fit_padding(t, op, x, &run, in, &config->padding);
	if (!x) return false;
	*config = (struct depthwise_config){ run.taps,        run.stride,    run.dilation, f->at[3] / plane.channels,
					     config->padding, CHANNELS_LAST, bias != NULL };
	node = tflite_node(t, op, "DepthwiseConv1D", config, &x, 1, tflite_out(t, op, 0));
	/* [1][height][width][channels * multiplier], of which one line or column is left. */
	const int64_t row = f->at[3], line = f->at[2] * row;
	const struct tflite_weight how = { "kernel",
					   shape_of(3, run.taps, plane.channels, config->depth_multiplier),
					   tap * (plane.axis ? line : row),
					   { plane.axis ? row : line, config->depth_multiplier, 1 },
					   row,
					   1,
					   3 };
	return node && give_weights(t, op, node, filter, &how, bias) &&
	       finish(t, op, node, DEPTHWISE_ACTIVATION, &plane, in->block);
}

/* ---- FULLY_CONNECTED ----------------------------------------------------------------------------------------------- */

/* Fields of FullyConnectedOptions. */
enum { DENSE_ACTIVATION, DENSE_FORMAT, DENSE_KEEPS_AXES };

/* The output in the file's axes: the input's with the last one replaced, or (all others as one, units). */
static struct shape dense_shape(const struct shape *in, bool keep, int64_t rows, int64_t units)
{
	struct shape shape = *in;

	if (!keep || in->rank == 0) return shape_of(2, rows, units);
	shape.at[shape.rank - 1] = units;
	return shape;
}

bool tflite_dense(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *filter = filter_of(t, op, 1, 2), *bias;
	const struct shape *f = filter ? &filter->shape : NULL;
	struct dense_config *config = NEW(t->arena, struct dense_config);
	int64_t elements, rows;
	struct tensor *x, *out;
	struct node *node;

	if (!in || !filter || !bias_of(t, op, 2, &bias)) return false;
	if (flatbuffer_i8(&op->options, DENSE_FORMAT, 0))
		return tflite_error(t, op, "its weights are shuffled, which is not supported");
	elements = shape_elements(&in->shape);
	if (elements % f->at[1] != 0)
		return tflite_error(t, op,
				    "weights of shape %s for an input of shape %s; its elements must be a multiple of "
				    "%lld",
				    shape_text(t->arena, f), shape_text(t->arena, &in->shape), (long long)f->at[1]);
	rows = elements / f->at[1];
	x = tflite_value(t, op, 0);
	x = tflite_shaped(t, op, x, rows == 1 ? shape_of(1, f->at[1]) : shape_of(2, rows, f->at[1]));
	if (!x) return false;
	*config = (struct dense_config){ f->at[0], bias != NULL };
	node = tflite_node(t, op, "Dense", config, &x, 1, tflite_out(t, op, 0));
	const struct tflite_weight how = {
		"kernel", shape_of(2, f->at[1], f->at[0]), 0, { 1, f->at[1] }, f->at[0], 1, 0
	};
	if (!node || !give_weights(t, op, node, filter, &how, bias)) return false;
	out = tflite_fuse(t, op, node, flatbuffer_i8(&op->options, DENSE_ACTIVATION, 0));
	return tflite_give(t, op, 0, out,
			   dense_shape(&in->shape, flatbuffer_u8(&op->options, DENSE_KEEPS_AXES, 0), rows, f->at[0]));
}
