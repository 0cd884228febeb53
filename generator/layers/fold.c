/* fold.c: rewrites that the families' fold functions share. */
#include "layers/family.h"

struct node *only_reader(const struct graph *graph, const struct tensor *tensor)
{
	if (graph_uses(graph, tensor) != 1) return NULL;
	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_in; k++)
			if (graph->nodes.at[i]->in[k] == tensor) return graph->nodes.at[i];
	return NULL;
}

void fold_identity(struct graph *graph, struct node *node)
{
	graph_replace(graph, node->out[0], node->in[0]);
	graph_remove(graph, node);
}

bool fold_activation(struct graph *graph, struct node *node, const struct activation *activation)
{
	struct tensor *in = node->in[0];
	struct node *maker = in->from;

	if (!maker || !maker->layer->activates || !activation_is_linear(&maker->activation)) return false;
	if (only_reader(graph, in) != node) return false;
	maker->activation = *activation;
	in->meaning = node->out[0]->meaning;
	fold_identity(graph, node);
	return true;
}

void become_activation(struct node *node, struct activation activation)
{
	CHECK(activation_is_linear(&node->activation));
	node->layer = layer_find("Activation");
	node->activation = activation;
}

struct node *insert_before(struct graph *graph, struct node *node, const struct layer *layer)
{
	struct node *first = graph_node(graph, layer, node->name);
	int at = node->id;

	first->class_name = node->class_name;
	first->place = node->place;
	first->config_json = node->config_json;
	first->trainable = node->trainable;
	first->implied = node->implied;
	first->keras = node->keras;
	graph_connect(graph, first, node->in, 1, 1);
	graph_move(graph, first, at);
	node->in[0] = first->out[0];
	return first;
}
