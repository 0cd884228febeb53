/* tflite_plane.c: operators over two axes of steps, one of which has the size 1, as layers over steps and channels: which axis
 * is that of steps, and how padding is said. */
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

bool tflite_window_is_right(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w)
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
	return tflite_window_is_right(t, op, w) && tflite_plane(t, op, in, w->taps, plane) &&
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
