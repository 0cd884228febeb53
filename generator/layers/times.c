/* times.c: TimeDistributed, and running a node's layer as often as its tensors say.
 *
 * Between the two nodes of a TimeDistributed tensors have their leading axes in tensor->times: layers see one sample of the
 * inner shape, and run once for each.  Both nodes only move axes between times and shape; no byte moves. */
#ifndef REAL
#include "layers/family.h"

extern const struct layer layer_time_distributed;

static const struct field time_distributed_fields[] = {
	TYPED_FIELD("layer", FIELD_LAYER, time_distributed_config, inner, NULL, "what works on every step"),
	END_FIELD,
};

int64_t node_times(const struct node *node)
{
	return tensor_times(node->out[0]);
}

static size_t bytes_of(enum number number)
{
	return number == NUMBER_MEANING || number == NUMBER_MAGNITUDE ? sizeof(double) : sizeof(float);
}

/* Bytes of one run of a tensor of the node. */
static int64_t stride_of(const struct node *node, const struct tensor *tensor, size_t bytes)
{
	return tensor_elements(tensor) / node_times(node) * (int64_t)bytes;
}

void layer_eval(const struct node *node, enum number number, const void *const *in, void *const *out,
		struct arena *scratch)
{
	const void **from = NEW_ARRAY(scratch, node->n_in, const void *);
	void **to = NEW_ARRAY(scratch, node->n_out, void *);

	CHECK(node->layer->eval[number] != NULL);
	for (int64_t i = 0; i < node_times(node); i++) {
		for (int k = 0; k < node->n_in; k++)
			from[k] = (const char *)in[k] + i * stride_of(node, node->in[k], bytes_of(number));
		for (int k = 0; k < node->n_out; k++)
			to[k] = (char *)out[k] + i * stride_of(node, node->out[k], bytes_of(number));
		node->layer->eval[number](node, from, to, scratch);
	}
}

void layer_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const double **from = NEW_ARRAY(scratch, node->n_in, const double *);
	int64_t n = shape_elements(&node->out[0]->shape);

	for (int64_t i = 0; node->layer->bound && i < node_times(node); i++) {
		for (int k = 0; k < node->n_in; k++) from[k] = in[k] + i * stride_of(node, node->in[k], 1);
		node->layer->bound(node, from, bound + i * n, scratch);
	}
}

double layer_steps(const struct node *node)
{
	return node->layer->steps ? node->layer->steps(node) : 1;
}

int64_t layer_macs(const struct node *node)
{
	return node->layer->macs ? node->layer->macs(node) * node_times(node) : 0;
}

bool node_moves_times(const struct node *node)
{
	return node->layer == &layer_time_distributed;
}

/* The first axis of 'from' becomes the last of 'to', or back. */
static void move_axis(struct shape *from, struct shape *to, bool back)
{
	if (back) {
		for (int i = to->rank++; i > 0; i--) to->at[i] = to->at[i - 1];
		to->at[0] = from->at[--from->rank];
		return;
	}
	to->at[to->rank++] = from->at[0];
	from->rank--;
	for (int i = 0; i < from->rank; i++) from->at[i] = from->at[i + 1];
}

static bool time_distributed_infer(struct node *node, struct diag *diag)
{
	const struct time_distributed_config *c = node->config;
	struct tensor *out = node->out[0];
	struct arena *arena;

	out->shape = node->in[0]->shape;
	out->times = node->in[0]->times;
	if (!c->ends && out->shape.rank < 2) {
		arena = arena_new();
		layer_error(node, diag, NULL,
			    "its input has the shape %s; TimeDistributed needs an axis of steps and at least one more",
			    shape_text(arena, &out->shape));
		arena_free(arena);
		return false;
	}
	if (c->ends && tensor_shape(out).rank > MAX_RANK) {
		layer_error(node, diag, NULL, "its output has more than %d axes", MAX_RANK);
		return false;
	}
	if (c->ends)
		move_axis(&out->times, &out->shape, true);
	else
		move_axis(&out->shape, &out->times, false);
	return true;
}

static const char *time_distributed_lengths(struct graph *graph, const struct node *node)
{
	const struct time_distributed_config *c = node->config;
	const struct tensor *in = node->in[0];
	struct tensor *out = node->out[0];

	(void)graph;
	out->length = in->length;
	out->open_time = in->open_time;
	if (c->ends) {
		bool returns = in->open_time >= 0 && in->open_time == in->times.rank - 1;
		out->open_axis = returns ? 0 : in->open_axis < 0 ? -1 : in->open_axis + 1;
		if (returns) out->open_time = -1;
	} else {
		out->open_axis = in->open_axis - 1;
		if (in->open_axis == 0) out->open_time = out->times.rank - 1;
		if (in->open_axis < 0) out->open_axis = -1;
	}
	return NULL;
}

/* The node goes to another place in the graph's order. */
static void move_node(struct graph *graph, struct node *node, int to)
{
	int step = node->id < to ? 1 : -1;

	for (int i = node->id; i != to; i += step) {
		graph->nodes.at[i] = graph->nodes.at[i + step];
		graph->nodes.at[i]->id = i;
	}
	graph->nodes.at[to] = node;
	node->id = to;
}

/* The same elements with the last of times in front of the shape. */
static struct tensor *with_axis_in_shape(struct graph *graph, const struct tensor *from)
{
	struct tensor *tensor = graph_tensor(graph, from->name);

	tensor->type = from->type;
	tensor->shape = from->shape;
	tensor->times = from->times;
	tensor->meaning = from->meaning;
	move_axis(&tensor->times, &tensor->shape, true);
	return tensor;
}

static void set_output(struct node *node, struct tensor *tensor)
{
	if (node->out[0]->from == node) node->out[0]->from = NULL;
	node->out[0] = tensor;
	tensor->from = node;
}

static bool takes_any_axes(const struct node *node)
{
	return node && node->layer->any_axes && node->n_in == 1 && node->n_out == 1;
}

/* A first inner layer that takes any axes works on all steps in one go, in front of the node. */
static bool begin_later(struct graph *graph, struct node *begin)
{
	struct node *first = only_reader(graph, begin->out[0]);

	if (!takes_any_axes(first)) return false;
	first->in[0] = begin->in[0];
	begin->in[0] = with_axis_in_shape(graph, first->out[0]);
	set_output(begin, first->out[0]);
	set_output(first, begin->in[0]);
	move_node(graph, first, begin->id);
	return true;
}

/* The last one likewise, behind the node. */
static bool end_earlier(struct graph *graph, struct node *end)
{
	struct node *last = end->in[0]->from;

	if (!takes_any_axes(last) || only_reader(graph, end->in[0]) != end) return false;
	end->in[0] = last->in[0];
	last->in[0] = with_axis_in_shape(graph, end->in[0]);
	set_output(last, end->out[0]);
	set_output(end, last->in[0]);
	move_node(graph, last, end->id);
	return true;
}

/* What begins where another ends: between them nothing changes. */
static bool time_distributed_fold(struct graph *graph, struct node *node)
{
	const struct node *before = node->in[0]->from;
	const struct time_distributed_config *c = node->config, *other;

	if (!before || !node_moves_times(before)) return c->ends ? end_earlier(graph, node) : begin_later(graph, node);
	other = before->config;
	if (c->ends == other->ends || !shape_equal(&before->in[0]->times, &node->out[0]->times))
		return !c->ends && begin_later(graph, node);
	graph_replace(graph, node->out[0], before->in[0]);
	graph_remove(graph, node);
	return true;
}

#define FAMILY "layers/times.c"
#include "layers/each_real.h"

const struct layer layer_time_distributed = {
	.name = "TimeDistributed",
	.fields = time_distributed_fields,
	.config_bytes = sizeof(struct time_distributed_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "a layer or model on every step",
	.infer = time_distributed_infer,
	.lengths = time_distributed_lengths,
	.rows = rows_barrier,
	.fold = time_distributed_fold,
	.eval = EVALS(same_elements),
	.view = true,
};

#else

static void EACH(same_elements)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

#endif
