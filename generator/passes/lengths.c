/* lengths.c: which axis of a tensor has a size that is known only when the model runs, and how it follows from the
 * input's (--max-steps). */
#include "passes/passes.h"

/* A layer inside a TimeDistributed over the open axis: it runs as often as there are steps. */
static const char *repeat(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (node->in[i]->open_time != node->in[0]->open_time || node->in[i]->length != node->in[0]->length)
			return "its inputs have different numbers of steps";
	for (int i = 0; i < node->n_out; i++) {
		node->out[i]->open_time = node->in[0]->open_time;
		node->out[i]->length = node->in[0]->length;
	}
	return NULL;
}

/* The node's rule; NULL, or why it has none. */
static const char *apply_rule(struct graph *graph, const struct node *node)
{
	const struct layer *layer = node->layer;

	if (node->in[0]->open_time >= 0 && !node_moves_times(node)) return repeat(node);
	if (layer->lengths) return layer->lengths(graph, node);
	if (layer->rows || node->n_in != 1 || node->n_out != 1 ||
	    !shape_equal(&node->in[0]->shape, &node->out[0]->shape))
		return "it needs a known number of steps";
	node->out[0]->open_axis = node->in[0]->open_axis;
	node->out[0]->length = node->in[0]->length;
	return NULL;
}

static const struct tensor *open_input(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (node->in[i]->length >= 0) return node->in[i];
	return NULL;
}

static void refuse(const struct graph *graph, const struct node *node, const char *why, struct diag *diag)
{
	layer_error(node, diag, NULL, "its input has the shape %s and %s; fix the number of steps with --steps N",
		    tensor_shape_text(graph->arena, open_input(node)), why);
}

static void close_outputs(const struct node *node)
{
	for (int i = 0; i < node->n_out; i++)
		node->out[i]->open_axis = node->out[i]->open_time = node->out[i]->length = -1;
}

bool infer_lengths(struct graph *graph, struct diag *diag)
{
	bool right = true;

	if (graph_open_inputs(graph) == 0) return true;
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->open_axis >= 0) graph->inputs.at[i]->length = length_of_input(graph, i);
	for (int i = 0; i < graph->nodes.n && right; i++) {
		const struct node *node = graph->nodes.at[i];
		const char *why;

		close_outputs(node);
		if (!open_input(node)) continue;
		why = apply_rule(graph, node);
		if (why) refuse(graph, node, why, diag);
		right = !why;
	}
	return right;
}

struct graph *infer_at(const struct graph *graph, const int64_t *steps, struct arena *arena, struct diag *diag)
{
	struct graph *copy = graph_copy(arena, graph);

	for (int i = 0; i < copy->tensors.n; i++) {
		struct tensor *tensor = copy->tensors.at[i];
		if (!tensor->from && tensor->open_axis >= 0) {
			for (int k = 0; k < copy->inputs.n; k++)
				if (copy->inputs.at[k] == tensor) tensor->shape.at[tensor->open_axis] = steps[k];
		}
		tensor->open_axis = tensor->open_time = tensor->length = -1;
	}
	copy->lengths.n = copy->equal_lengths.n = 0;
	copy->origin = NULL;
	infer_again(copy, diag);
	return copy;
}
