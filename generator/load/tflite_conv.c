/* tflite_conv.c: CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED as layers over steps and channels. */
#include "load/tflite_plane.h"

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

	if (filter && filter->known && filter->constant && filter->shape.rank == rank &&
	    shape_elements(&filter->shape) > 0)
		return filter;
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

/* CONV_2D and DEPTHWISE_CONV_2D: input, filter, bias or NULL, and what is left of their two axes: the run along the steps; of
 * the other axis the one tap that meets the input. */
struct convolution {
	struct tflite_tensor *in, *filter, *bias;
	struct tflite_plane plane;
	struct tflite_run run;
	int64_t tap;
};

/* dilation: the option's field.  false after an error. */
static bool convolution_of(struct tflite *t, const struct tflite_operator *op, int dilation, struct convolution *c)
{
	struct tflite_window window;

	c->in = tflite_in(t, op, 0);
	c->filter = filter_of(t, op, 1, 4);
	if (!c->in || !c->filter || !bias_of(t, op, 2, &c->bias)) return false;
	window = window_of_filter(op, &c->filter->shape, dilation);
	return tflite_run_of(t, op, &window, c->in, &c->plane, &c->run) &&
	       tflite_live_tap(t, op, &window, !c->plane.axis, &c->tap);
}

/* The input as steps and channels, padded where the layer's padding cannot say it.  NULL after an error. */
static struct tensor *input_of(struct tflite *t, const struct tflite_operator *op, const struct convolution *c,
			       int *padding)
{
	struct tensor *x = steps_of(t, op, c->in, &c->plane);

	return x ? tflite_fit_padding(t, op, x, &c->run, c->in, padding) : NULL;
}

bool tflite_conv(struct tflite *t, const struct tflite_operator *op)
{
	struct conv1d_config *config = NEW(t->arena, struct conv1d_config);
	struct convolution c;
	const struct shape *f;
	struct tensor *x;
	struct node *node;

	if (!convolution_of(t, op, CONV_DILATION_W, &c)) return false;
	f = &c.filter->shape;
	if (c.plane.channels % f->at[3] != 0 || f->at[0] % (c.plane.channels / f->at[3]) != 0)
		return tflite_error(t, op,
				    "%lld filters of %lld channels for an input of %lld; they must be a part of these",
				    (long long)f->at[0], (long long)f->at[3], (long long)c.plane.channels);
	x = input_of(t, op, &c, &config->padding);
	if (!x) return false;
	*config = (struct conv1d_config){
		f->at[0],        c.run.taps,    c.run.stride,   c.run.dilation, c.plane.channels / f->at[3],
		config->padding, CHANNELS_LAST, c.bias != NULL, c.in->block
	};
	node = tflite_node(t, op, "Conv1D", config, &x, 1, tflite_out(t, op, 0));
	/* [filters][height][width][channels] becomes [taps][channels][filters]. */
	const int64_t row = f->at[3], line = f->at[2] * row, tap_step = c.plane.axis ? row : line,
		      first = c.tap * (c.plane.axis ? line : row);
	const struct tflite_weight how = { "kernel", shape_of(3, c.run.taps, f->at[3], f->at[0]),
					   first,    { tap_step, 1, f->at[1] * line },
					   f->at[0], 1,
					   0 };
	return node && give_weights(t, op, node, c.filter, &how, c.bias) &&
	       finish(t, op, node, CONV_ACTIVATION, &c.plane, c.in->block);
}

bool tflite_depthwise(struct tflite *t, const struct tflite_operator *op)
{
	struct depthwise_config *config = NEW(t->arena, struct depthwise_config);
	struct convolution c;
	const struct shape *f;
	struct tensor *x;
	struct node *node;

	if (!convolution_of(t, op, DEPTHWISE_DILATION_W, &c)) return false;
	f = &c.filter->shape;
	if (f->at[0] != 1 || f->at[3] % c.plane.channels != 0)
		return tflite_error(
		    t, op,
		    "weights of shape %s for an input of %lld channels; they must be (1, height, width, "
		    "a multiple of the channels)",
		    shape_text(t->arena, f), (long long)c.plane.channels);
	x = input_of(t, op, &c, &config->padding);
	if (!x) return false;
	*config =
	    (struct depthwise_config){ c.run.taps,      c.run.stride,  c.run.dilation, f->at[3] / c.plane.channels,
				       config->padding, CHANNELS_LAST, c.bias != NULL, c.in->block };
	node = tflite_node(t, op, "DepthwiseConv1D", config, &x, 1, tflite_out(t, op, 0));
	/* [1][height][width][channels * multiplier], of which one line or column is left. */
	const int64_t row = f->at[3], line = f->at[2] * row;
	const struct tflite_weight how = { "kernel",
					   shape_of(3, c.run.taps, c.plane.channels, config->depth_multiplier),
					   c.tap * (c.plane.axis ? line : row),
					   { c.plane.axis ? row : line, config->depth_multiplier, 1 },
					   row,
					   1,
					   3 };
	return node && give_weights(t, op, node, c.filter, &how, c.bias) &&
	       finish(t, op, node, DEPTHWISE_ACTIVATION, &c.plane, c.in->block);
}

/* ---- TRANSPOSE_CONV ------------------------------------------------------------------------------------------------ */

enum { TRANSPOSED_ACTIVATION = 3 };

/* Steps cut off in front: ComputePaddingHeightWidth() of the convolution from the output to the input. */
static int64_t crop_of(int64_t steps_out, int64_t taps, int64_t stride, bool same)
{
	const int64_t steps = (steps_out + stride - 1) / stride, all = (steps - 1) * stride + taps - steps_out;

	return same && all > 0 ? all / 2 : 0;
}

/* How Conv1DTranspose says this many steps and this crop; false: it cannot. */
static bool says_transposed(struct conv1d_transpose_config *c, int64_t steps, int64_t steps_out, int64_t crop)
{
	static const int words[] = { PADDING_VALID, PADDING_SAME };

	for (int more = 0; more < 2; more++)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			const int64_t least = (steps - 1) * c->strides;
			const int64_t whole = words[i] == PADDING_SAME ? c->kernel_size % 2 : c->kernel_size;
			c->padding = words[i];
			c->output_padding = (struct shape){ 0 };
			if (more) c->output_padding = shape_of(1, steps_out - least - whole);
			if (more && c->output_padding.at[0] < 0) continue;
			if (transposed_steps(c, steps) == steps_out && transposed_crop(c, steps) == crop) return true;
		}
	return false;
}

/* The output's shape: input 0.  false after an error. */
static bool transposed_shape(struct tflite *t, const struct tflite_operator *op, const struct tflite_plane *plane,
			     int64_t filters, int64_t *steps_out)
{
	int64_t n = 4;
	const int64_t *sizes = tflite_integers(t, op, 0, &n);

	if (!sizes) return false;
	*steps_out = sizes[1 + plane->axis];
	if (sizes[0] == 1 && sizes[2 - plane->axis] == 1 && sizes[3] == filters && *steps_out >= 1 &&
	    *steps_out <= MAX_ELEMENTS)
		return true;
	return tflite_error(t, op,
			    "an output of (%lld, %lld, %lld, %lld); one axis of steps must be of size 1, the batch 1, "
			    "the channels %lld",
			    (long long)sizes[0], (long long)sizes[1], (long long)sizes[2], (long long)sizes[3],
			    (long long)filters);
}

/* The node, and behind it what brings its steps to those of the file. */
static struct tensor *transposed(struct tflite *t, const struct tflite_operator *op, struct node *node,
				 int64_t steps_out, int64_t crop)
{
	struct tensor *y = tflite_fuse(t, op, node, flatbuffer_i8(&op->options, TRANSPOSED_ACTIVATION, 0));
	struct cropping1d_config *config = NEW(t->arena, struct cropping1d_config);
	const int64_t made = y ? y->shape.at[0] : 0, have = transposed_crop(node->config, node->in[0]->shape.at[0]);

	if (!y || (made == steps_out && have == crop)) return y;
	if (crop < have || made - (crop - have) < steps_out) {
		tflite_error(t, op,
			     "%lld output steps of %lld with a crop of %lld; Conv1DTranspose has no form for that",
			     (long long)steps_out, (long long)made, (long long)crop);
		return NULL;
	}
	config->cropping = shape_of(2, crop - have, made - (crop - have) - steps_out);
	return tflite_apply(t, op, "Cropping1D", config, y, tflite_out(t, op, 0));
}

bool tflite_transpose_conv(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 2), *filter = filter_of(t, op, 1, 4), *bias;
	const struct shape *f = filter ? &filter->shape : NULL;
	struct conv1d_transpose_config *config = NEW(t->arena, struct conv1d_transpose_config);
	int64_t tap, steps_out, crop;
	struct tflite_window window;
	struct tflite_plane plane;
	struct node *node = NULL;
	struct tensor *x;

	if (!in || !filter || !bias_of(t, op, 3, &bias) || !tflite_value(t, op, 2)) return false;
	window = window_of_filter(op, f, 0);
	if (!tflite_window_is_right(t, op, &window) || !tflite_plane(t, op, in, window.taps, &plane) ||
	    !tflite_live_tap(t, op, &window, !plane.axis, &tap) ||
	    !transposed_shape(t, op, &plane, f->at[0], &steps_out))
		return false;
	if (f->at[3] != plane.channels)
		return tflite_error(t, op, "weights of %lld channels for an input of %lld", (long long)f->at[3],
				    (long long)plane.channels);
	crop = crop_of(steps_out, window.taps[plane.axis], window.stride[plane.axis], window.same);
	*config = (struct conv1d_transpose_config){ .filters = f->at[0],
						    .kernel_size = window.taps[plane.axis],
						    .strides = window.stride[plane.axis],
						    .dilation_rate = 1,
						    .use_bias = bias != NULL };
	if (!says_transposed(config, plane.steps, steps_out, crop)) {
		config->padding = PADDING_VALID;
		config->output_padding = (struct shape){ 0 };
	}
	x = steps_of(t, op, in, &plane);
	if (x) node = tflite_node(t, op, "Conv1DTranspose", config, &x, 1, tflite_out(t, op, 0));
	/* [filters][height][width][channels] becomes [taps][filters][channels]. */
	const int64_t row = f->at[3], line = f->at[2] * row;
	const struct tflite_weight how = { "kernel",
					   shape_of(3, config->kernel_size, f->at[0], row),
					   tap * (plane.axis ? line : row),
					   { plane.axis ? row : line, f->at[1] * line, 1 },
					   f->at[0],
					   row,
					   0 };
	if (!node || !give_weights(t, op, node, filter, &how, bias)) return false;
	return tflite_give(t, op, 0, transposed(t, op, node, steps_out, crop),
			   tflite_plane_shape(&plane, 1, steps_out, f->at[0]));
}

/* ---- FULLY_CONNECTED ----------------------------------------------------------------------------------------------- */

/* Fields of FullyConnectedOptions. */
enum { DENSE_ACTIVATION, DENSE_FORMAT, DENSE_KEEPS_AXES, DENSE_ASYMMETRIC };

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
	*config =
	    (struct dense_config){ f->at[0], bias != NULL, flatbuffer_u8(&op->options, DENSE_ASYMMETRIC, 0) != 0 };
	node = tflite_node(t, op, "Dense", config, &x, 1, tflite_out(t, op, 0));
	const struct tflite_weight how = {
		"kernel", shape_of(2, f->at[1], f->at[0]), 0, { 1, f->at[1] }, f->at[0], 1, 0
	};
	if (!node || !give_weights(t, op, node, filter, &how, bias)) return false;
	out = tflite_fuse(t, op, node, flatbuffer_i8(&op->options, DENSE_ACTIVATION, 0));
	return tflite_give(t, op, 0, out,
			   dense_shape(&in->shape, flatbuffer_u8(&op->options, DENSE_KEEPS_AXES, 0), rows, f->at[0]));
}
