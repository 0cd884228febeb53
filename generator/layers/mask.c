/* mask.c: how masks go from the inputs of a node to its outputs, and who reads them. */
#include "layers/family.h"

struct node *imply_node(struct graph *graph, const struct node *like, int at, const char *class_name,
			const void *config, struct tensor *const *in, int n, struct diag *diag)
{
	const struct layer *layer = layer_find(class_name);
	struct node *node = graph_node(graph, layer, like->name);

	node->class_name = layer->name;
	node->config = config;
	node->place = like->place;
	node->config_json = NULL;
	node->keras = like->keras;
	node->implied = true;
	graph_connect(graph, node, in, n, 1);
	graph_move(graph, node, at);
	return layer_infer(node, diag) ? node : NULL;
}

void add_input(struct graph *graph, struct node *node, struct tensor *in)
{
	struct tensor **all = NEW_ARRAY(graph->arena, node->n_in + 1, struct tensor *);

	for (int i = 0; i < node->n_in; i++) all[i] = node->in[i];
	all[node->n_in++] = in;
	node->in = all;
}

bool take_mask(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	(void)diag;
	if (mask[0]) add_input(graph, node, mask[0]);
	return true;
}

/* ---- several inputs ---------------------------------------------------------------------------------------- */

struct tensor *join_masks(struct graph *graph, const struct node *node, struct tensor *const *mask, int n,
			  struct diag *diag)
{
	const char *class_name = node_is_old(node) ? "LogicalAnd" : "LogicalOr";
	struct tensor *pair[2] = { NULL, NULL };

	for (int k = 0; k < n; k++) {
		struct node *both;
		if (!mask[k] && !node_is_old(node)) return NULL;
		if (!mask[k]) continue;
		pair[1] = mask[k];
		both = pair[0] ? imply_node(graph, node, node->id, class_name, NULL, pair, 2, diag) : NULL;
		if (pair[0] && !both) return NULL;
		pair[0] = both ? both->out[0] : mask[k];
	}
	return pair[0];
}

/* Along the last axis every mask is of the same steps; along another they follow each other as the values do, ones where
 * an input has none. */
static struct tensor *concatenated(struct graph *graph, const struct node *node, struct tensor *const *mask,
				   struct diag *diag)
{
	int axis = node_axis(node);
	struct concatenate_config *config = NEW(graph->arena, struct concatenate_config);
	static const struct fill_config ones = { 1, true };
	struct tensor **all = NEW_ARRAY(graph->arena, node->n_in, struct tensor *);
	struct node *last;

	if (axis == node->in[0]->shape.rank - 1) return join_masks(graph, node, mask, node->n_in, diag);
	for (int k = 0; k < node->n_in; k++) {
		all[k] = mask[k];
		if (!mask[k]) all[k] = imply_node(graph, node, node->id, "Fill", &ones, &node->in[k], 1, diag)->out[0];
	}
	config->axis = axis + 1;
	last = imply_node(graph, node, node->id, "Concatenate", config, all, node->n_in, diag);
	return last ? last->out[0] : NULL;
}

/* ---- masks that a file computes once more ------------------------------------------------------------------ */

/* any(x != value) along the last axis: what Masking gives beside its values. */
static bool is_mask_of(const struct node *any, const struct node *masking)
{
	const struct node *compared = layer_is(any, "Any") ? any->in[0]->from : NULL;
	const struct any_config *a = any->config;
	const struct masking_config *m = masking->config;
	const struct not_equal_config *c;

	if (!compared || !layer_is(compared, "NotEqual") || compared->in[0] != masking->in[0]) return false;
	c = compared->config;
	return (float)c->value == (float)m->mask_value && a->axis.n == 1 && !a->keepdims &&
	       sample_axis(a->axis.at[0], any->in[0]->shape.rank) == any->in[0]->shape.rank - 1;
}

void masks_share(struct graph *graph, const struct node *masking)
{
	if (masking->layer->mask != MASK_MAKES) return;
	for (int i = masking->id + 1; i < graph->nodes.n; i++) {
		const struct node *any = graph->nodes.at[i];
		if (!is_mask_of(any, masking)) continue;
		graph_replace(graph, any->out[0], masking->out[1]);
		for (int k = i + 1; k < graph->nodes.n; k++)
			if (graph->nodes.at[k]->mask_given == any->out[0])
				graph->nodes.at[k]->mask_given = masking->out[1];
	}
}

/* ---- TimeDistributed ---------------------------------------------------------------------------------------- */

/* The node that begins what this one ends. */
static const struct node *beginning(const struct node *end)
{
	const struct node *node = end;
	int open = 1;

	while (open > 0 && node->n_in > 0 && node->in[0]->from) {
		node = node->in[0]->from;
		if (node_moves_times(node))
			open += ((const struct time_distributed_config *)node->config)->ends ? 1 : -1;
	}
	return node;
}

/* What is inside sees no mask; behind it stands the one that stood before. */
static struct tensor *mask_of_boundary(const struct node *node)
{
	const struct time_distributed_config *c = node->config;

	return c->ends ? mask_of_input(beginning(node), 0) : NULL;
}

/* ---- one node ---------------------------------------------------------------------------------------------- */

/* any: an input has a mask. */
static struct tensor *output_mask(struct graph *graph, const struct node *node, struct tensor *const *mask, bool any,
				  struct diag *diag)
{
	enum mask_way way = node_is_old(node) ? node->layer->old_mask : node->layer->mask;

	if (node->implied) way = MASK_PASSES;
	if (way == MASK_MAKES) return node->n_out > 1 ? node->out[1] : NULL;
	if (!any || way == MASK_DROPS) return NULL;
	if (way == MASK_PASSES) return mask[0];
	if (way == MASK_JOINS) return join_masks(graph, node, mask, node->n_in, diag);
	return concatenated(graph, node, mask, diag);
}

bool layer_mask(struct graph *graph, struct node *node, struct diag *diag)
{
	struct tensor **mask = NEW_ARRAY(graph->arena, node->n_in, struct tensor *), *out = node->out[0];
	int errors = diag_errors(diag);
	bool any = false;

	if (node_moves_times(node)) out->mask = mask_of_boundary(node);
	if (node->operation || node_moves_times(node)) return true;
	for (int k = 0; k < node->n_in; k++) {
		mask[k] = mask_of_input(node, k);
		any |= mask[k] != NULL;
	}
	out->mask = output_mask(graph, node, mask, any, diag);
	if (diag_errors(diag) > errors) return false;
	if (!any || !node->layer->use_masks || node->implied) return true;
	return node->layer->use_masks(graph, node, mask, diag);
}
