/* facts.c: what summary says, for people and for scripts. */
#include "report/parts.h"

#include <string.h>

const char *visible_name(struct arena *arena, const char *name)
{
	struct text text = { 0 };
	text_add_visible(&text, name, strlen(name));
	const char *copy = arena_string(arena, text.at ? text.at : "");
	text_free(&text);
	return copy;
}

const char *fp_name(enum fp fp)
{
	return fp == FP_FUSED ? "fused" : "separate";
}

const char *maker_name(const struct tensor *tensor)
{
	return tensor->from ? tensor->from->name : tensor->name;
}

static bool is_input_layer(const struct node *node)
{
	return layer_is(node, "InputLayer");
}

/* Every node reads what the one before made. */
static bool is_chain(const struct graph *graph)
{
	if (graph->inputs.n != 1 || graph->outputs.n != 1) return false;
	const struct tensor *last = graph->inputs.at[0];
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (node->n_in != 1 || node->in[0] != last || node->n_out != 1) return false;
		last = node->out[0];
	}
	return last == graph->outputs.at[0];
}

/* A weight counts where it is met first: shared layers have one set, also where each call was made several nodes, which
 * hold copies of its description. */
static bool is_counted(const struct graph *graph, const struct node *before, const struct weight *weight)
{
	for (int i = 0; graph->nodes.at[i] != before; i++) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_weight; k++) {
			if (node->weight[k]->f32 == weight->f32) return true;
		}
	}
	return false;
}

static void count_parameters(struct layer_facts *facts, const struct node *node, const struct graph *graph)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	const int n = node->layer->weights ? node->layer->weights(node, spec) : 0;
	for (int i = 0; i < node->n_weight; i++) {
		const int64_t elements = shape_elements(&node->weight[i]->shape);
		if (is_counted(graph, node, node->weight[i])) {
			facts->shared = true;
			continue;
		}
		const int64_t bytes = elements * type_bytes(node->weight[i]->type);
		facts->parameters += elements;
		facts->bytes += bytes;
		if (!node->trainable || i >= n || !spec[i].trainable) continue;
		facts->trainable += elements;
		facts->trainable_bytes += bytes;
	}
}

/* What became of the unmodified graph's nodes, by id. */
struct fates {
	const struct node **runs_in; /* the folded graph's node that computes it; NULL: none */
	bool *itself;                /* that node is its own */
};

static bool is_same_call(const struct node *a, const struct node *b)
{
	return strcmp(a->name, b->name) == 0 && a->implied == b->implied;
}

static struct fates fates_of(const struct program *program, struct arena *arena)
{
	const struct graph *meaning = program->meaning, *graph = program->graph;
	struct fates fates = { NEW_ARRAY(arena, meaning->nodes.n, const struct node *),
			       NEW_ARRAY(arena, meaning->nodes.n, bool) };
	bool *on = NEW_ARRAY(arena, meaning->nodes.n, bool);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		nodes_of_meaning(graph, node, on, arena);
		for (int k = 0; k < meaning->nodes.n; k++) {
			if (!on[k] || fates.itself[k]) continue;
			fates.runs_in[k] = node;
			fates.itself[k] = is_same_call(node, meaning->nodes.at[k]);
		}
	}
	return fates;
}

/* A layer that hands on its input as it is says nothing of the layer behind it. */
static bool is_no_op(const struct node *node)
{
	return node->layer->view && node->layer->elementwise && activation_is_linear(&node->activation);
}

/* The entry that a node belongs to: its own, or that of the node of the same call before it (of a TimeDistributed, around
 * the inner layers). */
static struct layer_facts *entry_of(struct facts *facts, const struct node *node, struct arena *arena)
{
	for (int i = facts->layers.n - 1; node->implied && i >= 0; i--) {
		struct layer_facts *before = &facts->layers.at[i];
		if (before->node && strcmp(before->node->name, node->name) == 0) return before;
	}
	const struct layer_facts layer = { .node = node };
	list_push(arena, &facts->layers, layer);
	return &facts->layers.at[facts->layers.n - 1];
}

static void add_node(struct facts *facts, const struct program *program, const struct node *node,
		     const struct fates *fates, struct arena *arena)
{
	struct layer_facts *layer = entry_of(facts, node, arena);
	const struct node *runs = fates->runs_in[node->id];
	const bool removed = !fates->itself[node->id];
	const struct layer_facts before = *layer;
	count_parameters(layer, node, program->meaning);
	facts->parameters += layer->parameters - before.parameters;
	facts->trainable += layer->trainable - before.trainable;
	facts->bytes += layer->bytes - before.bytes;
	facts->trainable_bytes += layer->trainable_bytes - before.trainable_bytes;
	layer->last = node;
	layer->output = node->out[0];
	layer->field = receptive_field(program->meaning, node->out[0]);
	if (!removed) layer->macs += layer_macs(runs);
	if (node_moves_times(node) || layer->decided) return;
	layer->decided = true;
	layer->removed = removed;
	if (removed && !is_no_op(node)) layer->folded_into = runs;
}

struct facts *facts_of(const struct program *program, struct arena *arena)
{
	const struct graph *meaning = program->meaning;
	const struct fates fates = fates_of(program, arena);
	struct facts *facts = NEW(arena, struct facts);
	facts->sequential = is_chain(meaning);
	facts->field = NO_FIELD;
	for (int i = 0; i < meaning->inputs.n; i++) {
		const struct layer_facts input = { .output = meaning->inputs.at[i], .field = NO_FIELD };
		list_push(arena, &facts->layers, input);
	}
	for (int i = 0; i < meaning->nodes.n; i++) {
		if (!is_input_layer(meaning->nodes.at[i]))
			add_node(facts, program, meaning->nodes.at[i], &fates, arena);
	}
	for (int i = 0; i < meaning->outputs.n; i++) {
		const int64_t field = receptive_field(meaning, meaning->outputs.at[i]);
		if (field > facts->field) facts->field = field;
	}
	for (int i = 0; i < meaning->nodes.n; i++) facts->integers |= node_is_integer(meaning->nodes.at[i]);
	facts->macs = program->plan->macs;
	facts->flash_bytes = program->plan->flash_bytes;
	facts->ram_bytes = program->plan->context_bytes;
	return facts;
}
