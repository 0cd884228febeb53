/* geometry.c: axes, windows and shapes that several families share. */
#include "layers/family.h"

const char *const data_formats[] = { [CHANNELS_LAST] = "channels_last", [CHANNELS_FIRST] = "channels_first", NULL };
const char *const valid_same_causal[] = {
	[PADDING_VALID] = "valid", [PADDING_SAME] = "same", [PADDING_CAUSAL] = "causal", NULL
};
const char *const valid_same[] = { [PADDING_VALID] = "valid", [PADDING_SAME] = "same", NULL };

int64_t shape_steps(const struct shape *shape, int data_format)
{
	int first = data_format == CHANNELS_FIRST;
	int64_t steps = 1;

	for (int i = 0; i < shape->rank - 1; i++) steps *= shape->at[first + i];
	return steps;
}

int64_t shape_channels(const struct shape *shape, int data_format)
{
	return shape->at[data_format == CHANNELS_FIRST ? 0 : shape->rank - 1];
}

int64_t channels_or_unknown(const struct node *node, int data_format)
{
	bool known = node->n_in > 0 && node->in[0]->shape.rank == 2;

	return known ? shape_channels(&node->in[0]->shape, data_format) : UNKNOWN_SIZE;
}

int64_t features_or_unknown(const struct node *node)
{
	int rank = node->n_in > 0 ? node->in[0]->shape.rank : 0;

	return rank > 0 ? node->in[0]->shape.at[rank - 1] : UNKNOWN_SIZE;
}

struct shape steps_and_channels(int64_t steps, int64_t channels, int data_format)
{
	return data_format == CHANNELS_FIRST ? shape_of(2, channels, steps) : shape_of(2, steps, channels);
}

int sample_axis(int64_t axis, int rank)
{
	if (axis < 0) axis += rank + 1;
	return axis >= 1 && axis <= rank ? (int)axis - 1 : -1;
}

struct axis_split axis_split(const struct shape *shape, int axis)
{
	struct axis_split split = { 1, shape->at[axis], 1 };

	for (int i = 0; i < axis; i++) split.outer *= shape->at[i];
	for (int i = axis + 1; i < shape->rank; i++) split.inner *= shape->at[i];
	return split;
}

int64_t broadcast_index(const struct shape *out, const struct shape *in, int64_t i)
{
	int64_t index = 0, stride = 1;

	for (int k = 1; k <= out->rank; k++) {
		int64_t at = i % out->at[out->rank - k];
		i /= out->at[out->rank - k];
		if (k > in->rank) continue;
		if (in->at[in->rank - k] != 1) index += at * stride;
		stride *= in->at[in->rank - k];
	}
	return index;
}

bool window_of(int64_t steps_in, int64_t taps, int64_t stride, int64_t dilation, int padding, struct window *window)
{
	int64_t reach = (taps - 1) * dilation + 1, missing;

	*window = (struct window){ .steps_out = (steps_in - 1) / stride + 1 };
	if (padding == PADDING_CAUSAL) {
		window->pad_left = reach - 1;
	} else if (padding == PADDING_SAME) {
		missing = (window->steps_out - 1) * stride + reach - steps_in;
		if (missing < 0) missing = 0;
		window->pad_left = missing / 2;
		window->pad_right = missing - window->pad_left;
	} else {
		if (steps_in < reach) return false;
		window->steps_out = (steps_in - reach) / stride + 1;
	}
	return steps_in > 0;
}

bool uses_partial_sums(int64_t terms, int64_t outputs, int64_t channels)
{
	return terms >= PARTIAL_TERMS_LEAST && outputs <= PARTIAL_OUTPUTS_MOST && channels > 1;
}

bool need_steps_and_channels(const struct node *node, struct diag *diag, int data_format)
{
	struct arena *arena = arena_new();
	const struct shape *in = &node->in[0]->shape;
	bool right = in->rank == 2;

	if (!right)
		layer_error(node, diag, NULL, "its input has the shape %s; %s needs %s", shape_text(arena, in),
			    node->layer->name,
			    data_format == CHANNELS_FIRST ? "(channels, steps)" : "(steps, channels)");
	arena_free(arena);
	return right;
}

bool need_axis(const struct node *node, struct diag *diag, int64_t axis)
{
	int rank = node->in[0]->shape.rank;
	bool right = sample_axis(axis, rank) >= 0;

	if (!right)
		layer_error(node, diag, "axis", "there is no axis %lld behind the batch axis; it must be %s%d",
			    (long long)axis, rank > 1 ? "1 to " : "", rank);
	return right;
}

bool need_axes(const struct node *node, struct diag *diag, const struct axes *axes)
{
	bool seen[MAX_RANK] = { false };

	if (axes->n == 0) layer_error(node, diag, "axis", "no axis; %s needs at least one", node->layer->name);
	for (int i = 0; i < axes->n; i++) {
		int axis = sample_axis(axes->at[i], node->in[0]->shape.rank);
		if (!need_axis(node, diag, axes->at[i])) return false;
		if (seen[axis]) {
			layer_error(node, diag, "axis", "axis %lld is named twice", (long long)axes->at[i]);
			return false;
		}
		seen[axis] = true;
	}
	return axes->n > 0;
}

bool infer_same(struct node *node, struct diag *diag)
{
	(void)diag;
	node->out[0]->shape = node->in[0]->shape;
	return true;
}

bool infer_window(struct node *node, struct diag *diag, const char *key, int64_t taps, int64_t stride, int64_t dilation,
		  int padding, int data_format, int64_t channels_out)
{
	int64_t steps = shape_steps(&node->in[0]->shape, data_format);
	struct window window;

	if (!window_of(steps, taps, stride, dilation, padding, &window)) {
		layer_error(node, diag, key,
			    "a window of %lld steps does not fit into the input's %lld; with 'valid' padding it must "
			    "be at most "
			    "as long",
			    (long long)((taps - 1) * dilation + 1), (long long)steps);
		return false;
	}
	node->out[0]->shape = steps_and_channels(window.steps_out, channels_out, data_format);
	return true;
}

void window_reach(int64_t o, int64_t taps, int64_t stride, int64_t dilation, int64_t pad_left, struct reach *reach)
{
	reach->hi = (o - 1) * stride - pad_left + (taps - 1) * dilation + 1;
	reach->lo = o * stride - pad_left;
}

bool rows_barrier(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	(void)node;
	(void)input;
	(void)steps;
	(void)o;
	(void)reach;
	return false;
}

int64_t macs_of_elements(const struct node *node)
{
	return shape_elements(&node->out[0]->shape);
}
