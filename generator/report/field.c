/* field.c: receptive fields, from what every layer says of the rows that it needs. */
#include "report/parts.h"

/* Rows [lo, hi) of a tensor; none where hi <= lo.  They may lie in the padding, but not where a barrier asked for all that
 * there are. */
struct range {
	int64_t lo, hi;
	bool all;
};

static void include(struct range *range, struct range more)
{
	if (range->hi <= range->lo) {
		*range = more;
		return;
	}
	if (more.lo < range->lo) range->lo = more.lo;
	if (more.hi > range->hi) range->hi = more.hi;
	range->all = range->all || more.all;
}

/* The axis of steps: the first that is larger than 1, channels apart. */
static int steps_axis(const struct tensor *tensor, const bool *channels_first)
{
	const struct shape shape = tensor_shape(tensor);
	const int first = tensor->times.rank == 0 && channels_first[tensor->id];
	for (int i = 0; i < shape.rank - 1; i++)
		if (shape.at[first + i] > 1) return first + i;
	return first;
}

static int64_t rows_of(const struct tensor *tensor, const bool *channels_first)
{
	const struct shape shape = tensor_shape(tensor);
	return shape.rank > 1 ? shape.at[steps_axis(tensor, channels_first)] : 1;
}

/* Element by element, but time lies along another axis: broadcast, or no longer known. */
static bool turns(const struct tensor *in, const struct tensor *out, const bool *channels_first)
{
	return rows_of(in, channels_first) > 1 && rows_of(out, channels_first) > 1 &&
	       steps_axis(in, channels_first) != steps_axis(out, channels_first);
}

/* What a node's output rows need of its input k. */
static struct range need_of(const struct node *node, int k, struct range out, const bool *channels_first)
{
	const struct tensor *in = node->in[k];
	const int steps = steps_axis(in, channels_first);
	const int64_t rows_in = rows_of(in, channels_first);
	const struct range all = { 0, rows_in, true };
	struct reach from, to;
	/* Repeated over the steps: each needs its own. */
	if (in->times.rank > 0 || node->out[0]->times.rank > 0) return out;
	if (in->shape.rank < 2 || node->out[0]->shape.rank < 2) return all;
	if (turns(in, node->out[0], channels_first)) return all;
	if (!node->layer->rows) return out;
	if (!node->layer->rows(node, k, steps, out.lo, &from) || !node->layer->rows(node, k, steps, out.hi, &to))
		return all;
	/* An input that lies elsewhere in time, as in a concatenation along the steps. */
	if (to.hi <= 0 || from.lo >= rows_in) return (struct range){ 0, 0, false };
	return (struct range){ from.lo, to.hi, out.all };
}

/* The widest range of an input that row t of the tensor needs. */
static int64_t field_at(const struct graph *graph, const struct tensor *tensor, int64_t t, const bool *channels_first)
{
	struct arena *arena = arena_new();
	struct range *need = NEW_ARRAY(arena, graph->tensors.n, struct range);
	int64_t widest = 0;
	need[tensor->id] = (struct range){ t, t + 1, false };
	for (int i = graph->nodes.n - 1; i >= 0; i--) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_in; k++) {
			const struct range out = need[node->out[0]->id];
			if (out.hi <= out.lo) break;
			include(&need[node->in[k]->id], need_of(node, k, out, channels_first));
		}
	}
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		const int64_t steps = rows_of(input, channels_first), seen = need[input->id].hi - need[input->id].lo;
		const int64_t width = need[input->id].all && seen > steps ? steps : seen;
		if (input->shape.rank >= 2 && width > widest) widest = width;
	}
	arena_free(arena);
	return widest;
}

int64_t receptive_field(const struct graph *graph, const struct tensor *tensor)
{
	struct arena *arena = arena_new();
	const bool *channels_first = channels_first_tensors(graph, arena);
	const int64_t rows = rows_of(tensor, channels_first), tried[] = { 0, rows / 2, rows - 1 };
	int64_t widest = 0;
	/* Layers that repeat rows or join tensors in time do not see the same at every step. */
	for (int i = 0; i < 3; i++) {
		const int64_t width = field_at(graph, tensor, tried[i], channels_first);
		if (width > widest) widest = width;
	}
	arena_free(arena);
	return widest > 0 ? widest : NO_FIELD;
}
