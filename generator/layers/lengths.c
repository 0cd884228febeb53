/* lengths.c: how the number of steps of a layer's output follows from its input's where that is known only when the model
 * runs (--max-steps): formulas that several families share. */
#include "layers/family.h"

static const char too_large[] = "with it a tensor may be too large";

const char *open_output(const struct node *node, int axis, int length)
{
	node->out[0]->open_axis = axis;
	node->out[0]->length = length;
	return length < 0 ? too_large : NULL;
}

const char *lengths_same(struct graph *graph, const struct node *node)
{
	(void)graph;
	return open_output(node, node->in[0]->open_axis, node->in[0]->length);
}

const char *lengths_scaled(struct graph *graph, const struct node *node, int axis, int64_t times, int64_t add,
			   int64_t divisor)
{
	struct length_term term = { node->in[0]->length, times };

	return open_output(node, axis, length_make(graph, &term, 1, add, divisor, node->name));
}

const char *lengths_along_steps(struct graph *graph, const struct node *node, int data_format, int64_t times,
				int64_t add, int64_t divisor)
{
	int axis = data_format == CHANNELS_FIRST ? 1 : 0;

	if (node->in[0]->open_axis != axis) return "it needs a known number of channels";
	return lengths_scaled(graph, node, axis, times, add, divisor);
}

/* See window_of(). */
const char *lengths_window(struct graph *graph, const struct node *node, int64_t taps, int64_t stride, int64_t dilation,
			   int padding, int data_format)
{
	int64_t reach = (taps - 1) * dilation + 1;

	return lengths_along_steps(graph, node, data_format, 1, padding == PADDING_VALID ? stride - reach : stride - 1,
				   stride);
}

const char *lengths_beside_axis(struct graph *graph, const struct node *node)
{
	if (node->in[0]->open_axis == node_axis(node)) return "its weights need a known size of that axis";
	return lengths_same(graph, node);
}

int open_axis_from_end(const struct tensor *tensor)
{
	return tensor->open_axis < 0 ? 0 : tensor->shape.rank - tensor->open_axis;
}

/* The size of the tensor on the axis counted from the end: a length, which is checked against the first one; or 1. */
static bool agrees(struct graph *graph, const struct node *node, const struct tensor *tensor, int from_end, int *length)
{
	if (tensor->open_axis < 0) {
		int at = tensor->shape.rank - from_end;
		return at < 0 || tensor->shape.at[at] == 1;
	}
	if (open_axis_from_end(tensor) != from_end) return false;
	if (*length < 0) *length = tensor->length;
	length_equal(graph, *length, tensor->length, node->name);
	return true;
}

const char *lengths_broadcast(struct graph *graph, const struct node *node)
{
	int from_end = 0, length = -1;

	for (int i = 0; i < node->n_in && from_end == 0; i++) from_end = open_axis_from_end(node->in[i]);
	for (int i = 0; i < node->n_in; i++)
		if (!agrees(graph, node, node->in[i], from_end, &length))
			return "its other input has a known size there, or another variable axis";
	return open_output(node, node->out[0]->shape.rank - from_end, length);
}
