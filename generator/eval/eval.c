/* eval.c: runs a graph on one sample. */
#include "eval/eval.h"

#include "layers/integer.h"

static bool is_double(enum number number)
{
	return number == NUMBER_MEANING || number == NUMBER_MAGNITUDE;
}

static void *new_values(enum number number, const struct tensor *tensor, struct arena *arena)
{
	int64_t n = tensor_elements(tensor);

	return arena_array(arena, n, is_double(number) ? sizeof(double) : sizeof(float));
}

static void activate(const struct node *node, enum number number, void *const *out)
{
	int64_t n = tensor_elements(node->out[0]);

	if (activation_is_linear(&node->activation)) return;
	if (number == NUMBER_MEANING) {
		double *y = out[0];
		for (int64_t i = 0; i < n; i++) y[i] = activation_meaning(&node->activation, y[i]);
	} else if (number_is_flushed(number)) {
		float *y = out[0];
		for (int64_t i = 0; i < n; i++) y[i] = activation_flushed(&node->activation, y[i]);
	} else if (!is_double(number)) {
		float *y = out[0];
		for (int64_t i = 0; i < n; i++) y[i] = activation_exact(&node->activation, y[i]);
	}
}

void eval_node(const struct node *node, enum number number, const void *const *in, void *const *out,
	       struct arena *scratch)
{
	if (node_is_integer(node) && !node_is_hybrid(node) && !is_double(number)) {
		layer_integer(node, (const float *const *)in, (float *const *)out, scratch);
		return;
	}
	layer_eval(node, number, in, out, scratch);
	activate(node, number, out);
}

static bool any_needed(const struct node *node, const bool *needed)
{
	for (int i = 0; i < node->n_out; i++)
		if (needed[node->out[i]->id]) return true;
	return false;
}

/* Evaluates the node from and into the values by tensor id; those that are there stay. */
static void eval_at(const struct node *node, enum number number, void **at, struct arena *arena)
{
	struct arena *scratch = arena_new();
	const void **in = NEW_ARRAY(scratch, node->n_in, const void *);
	void **out = NEW_ARRAY(scratch, node->n_out, void *);

	for (int i = 0; i < node->n_in; i++) in[i] = at[node->in[i]->id];
	for (int i = 0; i < node->n_out; i++) {
		out[i] = new_values(number, node->out[i], arena);
		if (!at[node->out[i]->id]) at[node->out[i]->id] = out[i];
	}
	eval_node(node, number, in, out, scratch);
	arena_free(scratch);
}

static void *input_values(enum number number, const struct tensor *tensor, const float *in, struct arena *arena)
{
	int64_t n = tensor_elements(tensor);
	void *at = new_values(number, tensor, arena);

	for (int64_t i = 0; i < n; i++) {
		if (number == NUMBER_MEANING && tensor_is_integer(tensor))
			((double *)at)[i] = real_of(tensor, in[i]);
		else if (is_double(number))
			((double *)at)[i] = (double)in[i];
		else
			((float *)at)[i] = in[i];
	}
	return at;
}

struct values eval_graph(const struct graph *graph, enum number number, const float *const *in, struct arena *arena)
{
	struct values values = { number, graph->tensors.n, NEW_ARRAY(arena, graph->tensors.n, void *) };

	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		values.at[input->id] = input_values(number, input, in[i], arena);
	}
	for (int i = 0; i < graph->nodes.n; i++) eval_at(graph->nodes.at[i], number, values.at, arena);
	return values;
}

const double *eval_between(const struct graph *graph, const double *const *given, const struct tensor *wanted,
			   struct arena *arena)
{
	bool *needed = NEW_ARRAY(arena, graph->tensors.n, bool);
	void **at = NEW_ARRAY(arena, graph->tensors.n, void *);

	if (given[wanted->id]) return given[wanted->id];
	needed[wanted->id] = true;
	for (int i = graph->nodes.n - 1; i >= 0; i--) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; any_needed(node, needed) && k < node->n_in; k++)
			needed[node->in[k]->id] |= given[node->in[k]->id] == NULL;
	}
	for (int i = 0; i < graph->tensors.n; i++)
		if (given[i])
			at[i] =
			    arena_copy(arena, given[i], (size_t)tensor_elements(graph->tensors.at[i]) * sizeof(double));
	for (int i = 0; i < graph->nodes.n; i++)
		if (any_needed(graph->nodes.at[i], needed)) eval_at(graph->nodes.at[i], NUMBER_MEANING, at, arena);
	CHECK(at[wanted->id] != NULL);
	return at[wanted->id];
}
