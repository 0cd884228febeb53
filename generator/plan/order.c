/* order.c: a topological order that needs little memory. */
#include "plan/plan.h"

/* A walk over the graph's nodes: what lives now, and what may run next. */
struct walk {
	const struct graph *graph;
	int *reads;         /* by tensor: how often it is still to be read */
	int *missing;       /* by node: inputs that are not made yet; -1: it ran */
	int64_t live, peak; /* bytes of the tensors that are made and still to be read */
};

/* The user's arrays do not count. */
static int64_t tensor_bytes(const struct graph *graph, const struct tensor *tensor)
{
	if (!tensor->from) return 0;
	for (int i = 0; i < graph->outputs.n; i++)
		if (graph->outputs.at[i] == tensor) return 0;
	return tensor_elements(tensor) * type_bytes(tensor->type);
}

static struct walk walk_start(const struct graph *graph, struct arena *arena)
{
	struct walk walk = { .graph = graph };

	walk.reads = NEW_ARRAY(arena, graph->tensors.n, int);
	walk.missing = NEW_ARRAY(arena, graph->nodes.n, int);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		for (int k = 0; k < node->n_in; k++) {
			walk.reads[node->in[k]->id]++;
			walk.missing[i] += node->in[k]->from != NULL;
		}
	}
	return walk;
}

static int64_t bytes_made(const struct walk *walk, const struct node *node)
{
	int64_t bytes = 0;

	for (int k = 0; k < node->n_out; k++) bytes += tensor_bytes(walk->graph, node->out[k]);
	return bytes;
}

/* Bytes that are free once the node ran: inputs that nobody else will read. */
static int64_t bytes_freed(const struct walk *walk, const struct node *node)
{
	int64_t bytes = 0;

	for (int k = 0; k < node->n_in; k++) {
		int here = 0;
		bool again = false;

		for (int j = 0; j < node->n_in; j++) {
			here += node->in[j] == node->in[k];
			again = again || (j < k && node->in[j] == node->in[k]);
		}
		if (!again && walk->reads[node->in[k]->id] == here) bytes += tensor_bytes(walk->graph, node->in[k]);
	}
	return bytes;
}

/* A view's output, and one written over its input, take no bytes beside it. */
static bool is_in_place(const struct walk *walk, const struct node *node)
{
	if (layer_is_view(node)) return true;
	for (int k = 0; k < node->n_in; k++)
		if (layer_in_place(node, k) && walk->reads[node->in[k]->id] == 1 &&
		    tensor_bytes(walk->graph, node->in[k]))
			return true;
	return false;
}

static void walk_run(struct walk *walk, const struct node *node)
{
	int64_t made = bytes_made(walk, node), freed = bytes_freed(walk, node);
	int64_t beside = walk->live + (is_in_place(walk, node) ? 0 : made);

	if (beside > walk->peak) walk->peak = beside;
	walk->live += made - freed;
	walk->missing[node->id] = -1;
	for (int k = 0; k < node->n_in; k++) walk->reads[node->in[k]->id]--;
	for (int i = 0; i < walk->graph->nodes.n; i++) {
		const struct node *reader = walk->graph->nodes.at[i];

		for (int k = 0; k < reader->n_in; k++)
			if (reader->in[k]->from == node) walk->missing[i]--;
	}
}

/* The node that may run and leaves least alive; the first such in the model's order. */
static int walk_next(const struct walk *walk)
{
	int best = -1;
	int64_t best_growth = 0;

	for (int i = 0; i < walk->graph->nodes.n; i++) {
		const struct node *node = walk->graph->nodes.at[i];
		int64_t growth;

		if (walk->missing[i] != 0) continue;
		growth = bytes_made(walk, node) - bytes_freed(walk, node);
		if (best < 0 || growth < best_growth) {
			best = i;
			best_growth = growth;
		}
	}
	return best;
}

const int *order_nodes(const struct graph *graph, struct arena *arena)
{
	struct walk model = walk_start(graph, arena), greedy = walk_start(graph, arena);
	int *order = NEW_ARRAY(arena, graph->nodes.n, int);

	for (int i = 0; i < graph->nodes.n; i++) {
		order[i] = walk_next(&greedy);
		CHECK(order[i] >= 0);
		walk_run(&greedy, graph->nodes.at[order[i]]);
		walk_run(&model, graph->nodes.at[i]);
	}
	if (greedy.peak < model.peak) return order;
	for (int i = 0; i < graph->nodes.n; i++) order[i] = i;
	return order;
}
