/* tflite_slices.c: operators that cut and pad along axes. */
#include "load/tflite_plane.h"

/* ---- slices -------------------------------------------------------------------------------------------------------------- */

/* Of each axis of the file's: from where, how many, in which steps. */
struct cut {
	int64_t first[MAX_RANK], count[MAX_RANK], step[MAX_RANK];
};

/* GetItem's end of a slice: open where it goes down to element 0. */
static double end_of(int64_t first, int64_t count, int64_t step)
{
	const int64_t end = first + count * step;

	return end < 0 ? 4294967296.0 : (double)end;
}

/* Input 0 cut, as output k, with this shape in the end; axes of size 1 are not looked at. */
static bool give_cut(struct tflite *t, const struct tflite_operator *op, int k, const struct cut *cut,
		     struct shape shape)
{
	const struct shape *in = &tflite_in(t, op, 0)->shape;
	struct get_item_config *config = NEW(t->arena, struct get_item_config);
	struct tensor *x = tflite_value(t, op, 0);
	const int n = in->rank;
	double *at[4];
	int axis[MAX_RANK], used = 0;
	bool whole = true;

	if (!x) return false;
	for (int i = 0; i < 4; i++) at[i] = NEW_ARRAY(t->arena, n, double);
	for (int i = 0; i < n; i++) {
		whole &= cut->count[i] == in->at[i] && (cut->step[i] == 1 || in->at[i] == 1);
		if (in->at[i] == 1) continue;
		at[1][used] = (double)cut->first[i];
		at[2][used] = end_of(cut->first[i], cut->count[i], cut->step[i]);
		at[3][used++] = (double)cut->step[i];
	}
	if (whole) return tflite_give(t, op, k, x, shape);
	*config = (struct get_item_config){ { used, at[0] }, { used, at[1] }, { used, at[2] }, { used, at[3] } };
	x = tflite_shaped(t, op, x, tflite_squeezed(in, 0, axis));
	return tflite_give(t, op, k, tflite_apply(t, op, "GetItem", config, x, tflite_out(t, op, k)), shape);
}

/* Fields of StridedSliceOptions, and the bits of its masks. */
enum { SLICE_BEGIN, SLICE_END, SLICE_ELLIPSIS, SLICE_NEW_AXIS, SLICE_SHRINK, SLICE_OFFSET, SLICE_FIELDS };

/* One axis as NumPy cuts it. */
static void cut_axis(struct cut *cut, int axis, int64_t size, const int64_t *begin, const int64_t *end, int64_t step)
{
	const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
	int64_t from = begin ? *begin : step > 0 ? 0 : size - 1, to = end ? *end : step > 0 ? size : -1;

	if (begin && from < 0) from += size;
	if (end && to < 0) to += size;
	from = from < low ? low : from > high ? high : from;
	to = to < low ? low : to > high ? high : to;
	cut->first[axis] = from;
	cut->step[axis] = step;
	cut->count[axis] = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
}

static bool strided(struct tflite *t, const struct tflite_operator *op, const struct shape *in,
		    const int64_t *const bound[3], const int64_t mask[SLICE_FIELDS], struct cut *cut,
		    struct shape *shape)
{
	*shape = (struct shape){ 0 };
	for (int i = 0; i < in->rank; i++) {
		const bool shrinks = mask[SLICE_SHRINK] >> i & 1, begins = !(mask[SLICE_BEGIN] >> i & 1) || shrinks,
			   ends = !(mask[SLICE_END] >> i & 1);
		const int64_t step = shrinks ? 1 : bound[2][i], size = in->at[i];
		const int64_t end =
		    shrinks ? bound[0][i] + 1 : bound[1][i] + (mask[SLICE_OFFSET] && begins ? bound[0][i] : 0);

		if (step == 0 || step > MAX_ELEMENTS || step < -MAX_ELEMENTS)
			return tflite_error(t, op, "a step of %lld along axis %d; it must not be 0", (long long)step,
					    i);
		cut_axis(cut, i, size, begins ? &bound[0][i] : NULL, ends && !(shrinks && end == 0) ? &end : NULL,
			 step);
		if (cut->count[i] < 1 || (shrinks && cut->count[i] != 1))
			return tflite_error(t, op,
					    "it takes %lld of the %lld elements along axis %d; it must take one or "
					    "more",
					    (long long)(cut->count[i] < 0 ? 0 : cut->count[i]), (long long)size, i);
		if (!shrinks) shape->at[shape->rank++] = cut->count[i];
	}
	return true;
}

bool tflite_strided_slice(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	const int64_t *bound[3];
	int64_t mask[SLICE_FIELDS], n = -1, filled[3][MAX_RANK];
	struct cut cut = { 0 };
	struct shape shape;

	if (!in) return tflite_error(t, op, "its input is left out");
	for (int i = 0; i < 3; i++)
		if (!(bound[i] = tflite_integers(t, op, i + 1, &n))) return false;
	for (int i = 0; i < SLICE_FIELDS; i++)
		mask[i] = i == SLICE_OFFSET ? flatbuffer_u8(&op->options, i, 0) : flatbuffer_i32(&op->options, i, 0);
	if (mask[SLICE_ELLIPSIS] || mask[SLICE_NEW_AXIS] || n > in->shape.rank)
		return tflite_error(t, op,
				    "an ellipsis or a new axis, or more bounds than axes; that is not supported");
	for (int64_t i = 0; i < in->shape.rank; i++) {
		for (int b = 0; b < 3; b++) filled[b][i] = i < n ? bound[b][i] : 1;
		if (i >= n) mask[SLICE_BEGIN] |= 1 << i;
		if (i >= n) mask[SLICE_END] |= 1 << i;
	}
	for (int b = 0; b < 3; b++) bound[b] = filled[b];
	return strided(t, op, &in->shape, bound, mask, &cut, &shape) && give_cut(t, op, 0, &cut, shape);
}

/* ---- PAD ------------------------------------------------------------------------------------------------------------------ */

bool tflite_pad(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = in ? 2 * (int64_t)in->shape.rank : 0;
	const int64_t *pads = tflite_integers(t, op, 1, &n);
	struct pad_config *config = NEW(t->arena, struct pad_config);
	struct tensor *x = pads ? tflite_value(t, op, 0) : NULL;
	struct shape shape, squeezed;
	double *before, *behind;
	unsigned keep = 0;
	int axis[MAX_RANK];
	bool none = true;

	if (!x) return false;
	shape = in->shape;
	for (int i = 0; i < shape.rank; i++) {
		const int64_t *p = &pads[2 * i];
		if (p[0] < 0 || p[1] < 0 || p[0] > MAX_ELEMENTS || p[1] > MAX_ELEMENTS)
			return tflite_error(t, op, "%lld and %lld elements around axis %d; they must be 0 or more",
					    (long long)p[0], (long long)p[1], i);
		if (p[0] || p[1]) keep |= 1U << i;
		none &= !p[0] && !p[1];
		shape.at[i] += p[0] + p[1];
	}
	if (none) return tflite_give(t, op, 0, x, shape);
	squeezed = tflite_squeezed(&in->shape, keep, axis);
	before = NEW_ARRAY(t->arena, squeezed.rank, double);
	behind = NEW_ARRAY(t->arena, squeezed.rank, double);
	for (int i = 0; i < shape.rank; i++) {
		if (axis[i] < 0) continue;
		before[axis[i]] = (double)pads[2 * i];
		behind[axis[i]] = (double)pads[2 * i + 1];
	}
	x = tflite_shaped(t, op, x, squeezed);
	if (squeezed.rank == 2 && before[1] == 0 && behind[1] == 0)
		x = x ? tflite_pad_steps(t, op, x, (int64_t)before[0], (int64_t)behind[0], tflite_out(t, op, 0)) : NULL;
	else {
		*config = (struct pad_config){ { squeezed.rank, before }, { squeezed.rank, behind } };
		x = tflite_apply(t, op, "Pad", config, x, tflite_out(t, op, 0));
	}
	return tflite_give(t, op, 0, x, shape);
}

/* ---- dilation by batches -------------------------------------------------------------------------------------------------- */

/* The one axis that is dealt out, its block and its two other numbers (padding, or crops). */
struct dealing {
	int axis;
	int64_t block, before, behind;
};

static bool read_dealing(struct tflite *t, const struct tflite_operator *op, struct dealing *d)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = -1, pairs;
	const int64_t *block = tflite_integers(t, op, 1, &n), *edges;

	*d = (struct dealing){ -1, 1, 0, 0 };
	if (!in || !block) return false;
	pairs = 2 * n;
	edges = tflite_integers(t, op, 2, &pairs);
	if (!edges) return false;
	if (n > in->shape.rank - 1) return tflite_error(t, op, "more axes of steps than its input has");
	for (int i = 0; i < n; i++) {
		if (block[i] < 1 || edges[2 * i] < 0 || edges[2 * i + 1] < 0 || block[i] > MAX_ELEMENTS ||
		    edges[2 * i] > MAX_ELEMENTS || edges[2 * i + 1] > MAX_ELEMENTS)
			return tflite_error(t, op, "negative or too large numbers for axis %d", i + 1);
		if (block[i] == 1 && edges[2 * i] == 0 && edges[2 * i + 1] == 0) continue;
		if (d->axis >= 0) return tflite_error(t, op, "it deals out two axes; only one is supported");
		*d = (struct dealing){ i + 1, block[i], edges[2 * i], edges[2 * i + 1] };
	}
	return d->axis >= 0 || tflite_error(t, op, "it deals out no axis");
}

/* (steps, channels) of a shape of which only one axis of steps is larger than 1. */
static bool as_steps(struct tflite *t, const struct tflite_operator *op, const struct tflite_tensor *in, int axis,
		     struct shape *steps)
{
	const struct shape *shape = &in->shape;
	const int last = shape->rank - 1;

	*steps = shape_of(2, shape->at[axis] * in->block, shape->at[last]);
	if (axis < last && shape->at[0] == in->block && shape_elements(steps) == shape_elements(shape)) return true;
	return tflite_error(t, op, "its input of shape %s is not one of (batches, steps, channels)",
			    shape_text(t->arena, shape));
}

bool tflite_space_to_batch(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	struct tensor *x = tflite_value(t, op, 0);
	struct dealing d;
	struct shape shape, steps;

	if (!x || !read_dealing(t, op, &d) || !as_steps(t, op, in, d.axis, &steps)) return false;
	if ((steps.at[0] + d.before + d.behind) % d.block != 0)
		return tflite_error(t, op, "%lld steps with %lld and %lld around cannot be dealt out to %lld batches",
				    (long long)steps.at[0], (long long)d.before, (long long)d.behind,
				    (long long)d.block);
	x = tflite_shaped(t, op, x, steps);
	if (x && (d.before || d.behind)) x = tflite_pad_steps(t, op, x, d.before, d.behind, in);
	shape = in->shape;
	shape.at[0] = d.block;
	shape.at[d.axis] = (steps.at[0] + d.before + d.behind) / d.block;
	if (!tflite_give(t, op, 0, x, shape)) return false;
	tflite_out(t, op, 0)->block = d.block;
	return true;
}

/* Has the convolution that made the value, and that nobody else reads, leave the steps behind away, where its padding can
 * say that.  false: it cannot. */
static bool shorten(struct tflite *t, struct tensor *value, int64_t steps)
{
	struct node *node = value->from;
	struct window window;
	struct sum sum;
	void *config;
	int64_t have;

	if (!node || graph_uses(t->graph, value) || !node_sum(node, &sum) || layer_is(node, "Dense") ||
	    sum.padding != PADDING_VALID || !node->in[0]->from || !layer_is(node->in[0]->from, "ZeroPadding1D"))
		return false;
	const struct node *pad = node->in[0]->from;
	const struct zero_padding1d_config *edges = pad->config;
	static const int words[] = { PADDING_SAME, PADDING_CAUSAL };

	have = pad->in[0]->shape.at[0];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!window_of(have, sum.taps, sum.stride, sum.dilation, words[i], &window) ||
		    window.steps_out != steps || window.pad_left != edges->padding.at[0])
			continue;
		config = arena_copy(t->arena, node->config, node->layer->config_bytes);
		if (layer_is(node, "Conv1D"))
			((struct conv1d_config *)config)->padding = words[i];
		else
			((struct depthwise_config *)config)->padding = words[i];
		list_push(t->arena, &t->passed_over, node->in[0]->from);
		node->config = config;
		node->in[0] = pad->in[0];
		return layer_infer(node, t->diag);
	}
	return false;
}

bool tflite_batch_to_space(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0);
	struct cropping1d_config *config = NEW(t->arena, struct cropping1d_config);
	struct tensor *x = in ? in->value : NULL;
	struct dealing d;
	struct shape shape, steps;
	int64_t left;

	if (!x || !read_dealing(t, op, &d)) return false;
	if (d.block != in->block)
		return tflite_error(t, op, "it takes together %lld batches; its input was dealt out to %lld",
				    (long long)d.block, (long long)in->block);
	if (!as_steps(t, op, in, d.axis, &steps)) return false;
	left = steps.at[0] - d.before - d.behind;
	if (left < 1) return tflite_error(t, op, "nothing is left of %lld steps", (long long)steps.at[0]);
	shape = in->shape;
	shape.at[0] = 1;
	shape.at[d.axis] = left;
	x = tflite_shaped(t, op, x, steps);
	if (x && (d.before || d.behind) && (d.before || !shorten(t, x, left))) {
		config->cropping = shape_of(2, d.before, d.behind);
		x = tflite_apply(t, op, "Cropping1D", config, x, tflite_out(t, op, 0));
	}
	return tflite_give(t, op, 0, x, shape);
}
