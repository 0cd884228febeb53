/* tflite_batches.c: SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND around a convolution: its dilation. */
#include "load/tflite_plane.h"

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
