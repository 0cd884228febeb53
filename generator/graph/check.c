/* check.c: what holds for every graph between two passes. */
#include "graph/graph.h"

static bool is_input(const struct graph *graph, const struct tensor *tensor)
{
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i] == tensor) return true;
	return false;
}

/* The tensor is one of this graph's, and its value exists before the node at position 'before' runs. */
static void check_read(const struct graph *graph, const struct tensor *tensor, int before)
{
	CHECK(tensor != NULL && tensor->id >= 0 && tensor->id < graph->tensors.n);
	CHECK(graph->tensors.at[tensor->id] == tensor);
	if (tensor->from == NULL)
		CHECK(is_input(graph, tensor));
	else
		CHECK(tensor->from->id < before);
}

static void check_node(const struct graph *graph, const struct node *node, int at)
{
	CHECK(node->id == at && node->layer != NULL && node->name != NULL);
	CHECK(node->n_out >= 1);
	for (int i = 0; i < node->n_in; i++) check_read(graph, node->in[i], at);
	for (int i = 0; i < node->n_out; i++) {
		CHECK(node->out[i]->from == node && node->out[i]->from_index == i);
		CHECK(graph->tensors.at[node->out[i]->id] == node->out[i]);
		CHECK(!is_input(graph, node->out[i]));
	}
	for (int i = 0; i < node->n_weight; i++) CHECK(node->weight[i] != NULL && node->weight[i]->f32 != NULL);
}

void graph_check(const struct graph *graph)
{
	for (int i = 0; i < graph->tensors.n; i++) {
		CHECK(graph->tensors.at[i]->id == i);
		CHECK(graph->origin == NULL ||
		      (graph->tensors.at[i]->meaning >= 0 && graph->tensors.at[i]->meaning < graph->origin->tensors.n));
	}
	for (int i = 0; i < graph->nodes.n; i++) check_node(graph, graph->nodes.at[i], i);
	for (int i = 0; i < graph->inputs.n; i++) CHECK(graph->inputs.at[i]->from == NULL);
	for (int i = 0; i < graph->outputs.n; i++) check_read(graph, graph->outputs.at[i], graph->nodes.n);
}
