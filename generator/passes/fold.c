/* fold.c: rewrites a graph by its layers' own rules, and takes out what no output needs. */
#include "passes/passes.h"

static bool is_dead(const struct graph *graph, const struct node *node)
{
	for (int i = 0; i < node->n_out; i++)
		if (graph_uses(graph, node->out[i]) > 0) return false;
	return true;
}

/* Backwards: a node's readers go before it. */
static void remove_dead(struct graph *graph)
{
	for (int i = graph->nodes.n - 1; i >= 0; i--)
		if (is_dead(graph, graph->nodes.at[i])) graph_remove(graph, graph->nodes.at[i]);
}

/* One rewrite; the nodes' places have changed after it.  false: none is left. */
static bool fold_one(struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		struct node *node = graph->nodes.at[i];
		/* What integers are rounded to between two layers is part of the model. */
		if (node_is_integer(node) && !node->layer->moves) continue;
		if (node->layer->fold && node->layer->fold(graph, node)) return true;
	}
	return false;
}

void fold(struct graph *graph)
{
	remove_dead(graph);
	while (fold_one(graph)) remove_dead(graph);
}
