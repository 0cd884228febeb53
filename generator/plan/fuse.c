/* fuse.c: an Add whose one input is made only for it is done where that input's sums are stored: y = add(sum) + r, so that
 * the sums are not written and read again.  Bits do not change: the operations and their order are the same. */
#include "plan/plan.h"

/* What makes the tensor is made for this reader alone, and nobody outside sees it. */
static bool only_use(const struct graph *graph, const struct tensor *tensor)
{
	return tensor->from && graph_uses(graph, tensor) == 1;
}

/* The sum whose store can add: its kernel's text does that, and the other operand is there before. */
static bool may_add(const struct graph *graph, const struct node *node, const struct tensor *other,
		    const struct choice *choice, const struct target *target)
{
	const struct kernel *kernel;
	struct cost cost;
	struct sum sum;

	if (!node || node->n_in != 1 || node->n_out != 1 || !only_use(graph, node->out[0])) return false;
	if (other->from && other->from->id > node->id) return false;
	if (!node_sum(node, &sum) || node_is_open(node) || node_times(node) != 1) return false;
	kernel = choice[node->id].kernel ? choice[node->id].kernel : kernel_choose(node, target, &cost);
	return kernel && kernel->adds;
}

static bool is_plain_add(const struct node *node)
{
	return layer_is(node, "Add") && node->n_in == 2 && node->in[0] != node->in[1] &&
	       shape_equal(&node->in[0]->shape, &node->out[0]->shape) &&
	       shape_equal(&node->in[1]->shape, &node->out[0]->shape) && !node_is_open(node) && node_times(node) == 1;
}

/* The sum takes the other operand as its second input, and the Add passes on what the sum gives. */
static void fuse(struct graph *graph, struct node *sum, struct node *add)
{
	struct tensor **in = NEW_ARRAY(graph->arena, 2, struct tensor *);

	in[0] = sum->in[0];
	in[1] = add->in[0] == sum->out[0] ? add->in[1] : add->in[0];
	sum->in = in;
	sum->n_in = 2;
	add->in[0] = sum->out[0];
	add->n_in = 1;
}

const struct node **fuse_adds(struct graph *graph, const struct choice *choice, const struct target *target)
{
	const struct node **add_of = NEW_ARRAY(graph->arena, graph->nodes.n, const struct node *);

	for (int i = 0; i < graph->nodes.n; i++) {
		struct node *node = graph->nodes.at[i];

		if (!is_plain_add(node)) continue;
		for (int k = 2; k-- > 0;) {
			struct node *sum = node->in[k]->from;

			if (!may_add(graph, sum, node->in[1 - k], choice, target)) continue;
			fuse(graph, sum, node);
			add_of[sum->id] = node;
			break;
		}
	}
	return add_of;
}
