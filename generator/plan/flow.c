/* flow.c: which steps can run by rows, what each reads, and the levels that barriers cut the graph into. */
#include "plan/flow.h"

int64_t line_at(const struct line *line, int64_t o)
{
	int64_t n = line->times * o + line->add;

	return n >= 0 ? n / line->divisor : -((-n + line->divisor - 1) / line->divisor);
}

/* ---- tensors ------------------------------------------------------------------------------------------------- */

static void take_shape(struct flow_tensor *to, const struct tensor *tensor)
{
	int64_t bytes = tensor_elements(tensor) * type_bytes(tensor->type);

	to->rows = tensor->times.rank == 0 && tensor->shape.rank == 2 ? tensor->shape.at[0] : 1;
	to->row_bytes = to->rows > 0 ? bytes / to->rows : 0;
}

/* Nodes without a step give out what they take in. */
static void find_roots(struct flow *flow)
{
	const struct graph *graph = flow->graph;

	for (int i = 0; i < graph->tensors.n; i++) {
		take_shape(&flow->tensor[i], graph->tensors.at[i]);
		flow->tensor[i].root = i;
		flow->tensor[i].aligned = true;
		flow->tensor[i].maker = graph->tensors.at[i]->from ? graph->tensors.at[i]->from->id : -1;
	}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		const struct flow_tensor *in = &flow->tensor[node->n_in > 0 ? node->in[0]->id : 0];
		struct flow_tensor *out = &flow->tensor[node->out[0]->id];

		if (flow->node[i].way != WAY_NONE) continue;
		out->root = in->root;
		out->maker = in->maker;
		out->aligned = in->aligned && in->rows == out->rows && in->row_bytes == out->row_bytes;
	}
	for (int i = 0; i < graph->outputs.n; i++) flow->tensor[flow->tensor[graph->outputs.at[i]->id].root].out = true;
}

/* ---- what a node reads --------------------------------------------------------------------------------------- */

/* The line through what the layer says; false: it is none. */
static bool most_line(const struct node *node, int k, const struct row_call *call, struct line *line)
{
	struct reach reach;

	*line = (struct line){ call->times, 0, call->divisor };
	if (call->same || !node->layer->rows) return call->times == 1 && call->divisor == 1;
	if (!node->layer->rows(node, k, 0, 1, &reach)) return false;
	line->add = reach.hi * call->divisor - call->times;
	for (int64_t shift = 0; shift < call->divisor; shift++, line->add++) {
		bool fits = true;

		for (int64_t o = 1; o <= 2 * call->divisor && fits; o++)
			fits = node->layer->rows(node, k, 0, o, &reach) && line_at(line, o) == reach.hi;
		if (fits) return true;
	}
	return false;
}

static bool read_rows(const struct flow *flow, const struct node *node, struct flow_node *to)
{
	static const struct line same = { 1, 0, 1 };

	for (int k = 0; k < node->n_in; k++) {
		struct flow_input *in = &to->in[k];

		in->rows = input_has_rows(node, k) && flow->tensor[node->in[k]->id].aligned;
		if (input_has_rows(node, k) && !in->rows) return false;
		if (!in->rows) continue;
		in->most = in->least = same;
		if (input_is_addend(node, k)) continue;
		in->least = (struct line){ to->call.times, to->call.add, to->call.divisor };
		if (!most_line(node, k, &to->call, &in->most)) return false;
	}
	return true;
}

/* A view between may cut the rows otherwise, but in whole ones. */
static bool read_sums(const struct flow *flow, const struct node *node, struct flow_node *to)
{
	static const struct line same = { 1, 0, 1 };
	const struct flow_tensor *root = &flow->tensor[to->in[0].root];
	int64_t steps = node->in[0]->shape.rank > 0 ? node->in[0]->shape.at[0] : 1;

	if (root->rows < 2 || steps % root->rows != 0) return false;
	to->rows = root->rows;
	to->unit = steps / root->rows;
	to->in[0].rows = true;
	to->in[0].most = to->in[0].least = same;
	return true;
}

static void take_node(struct flow *flow, const struct node *node, const struct target *target, bool sums)
{
	struct flow_node *to = &flow->node[node->id];

	to->rows = flow->tensor[node->out[0]->id].rows;
	to->unit = 1;
	for (int k = 0; k < node->n_in; k++) to->in[k].root = flow->tensor[node->in[k]->id].root;
	if (node_row_call(node, target, &to->call) && read_rows(flow, node, to))
		to->way = WAY_ROWS;
	else if (sums && node_adds_rows(node, target) && read_sums(flow, node, to))
		to->way = WAY_SUMS;
}

/* ---- levels -------------------------------------------------------------------------------------------------- */

/* Input k can be read while it is made. */
static bool flows(const struct flow *flow, int id, int k, const bool *cut)
{
	const struct flow_node *node = &flow->node[id];
	const struct flow_input *in = &node->in[k];
	int maker = flow->tensor[in->root].maker;

	return maker >= 0 && flow->node[maker].way == WAY_ROWS && node->way >= WAY_ROWS && in->rows &&
	       !(cut && cut[in->root]);
}

/* How many levels behind its maker a tensor can be read. */
static int gap(const struct flow *flow, int id, int k, const bool *cut)
{
	enum way reader = flow->node[id].way, maker = flow->node[flow->tensor[flow->node[id].in[k].root].maker].way;

	if (flows(flow, id, k, cut)) return 0;
	if (maker == WAY_WHOLE) return reader == WAY_WHOLE ? 0 : 1;
	return reader == WAY_WHOLE ? 1 : 2;
}

static void level_early(struct flow *flow, const bool *cut)
{
	for (int i = 0; i < flow->graph->nodes.n; i++) {
		struct flow_node *node = &flow->node[i];

		if (node->way == WAY_NONE) continue;
		node->level = node->way == WAY_WHOLE ? 1 : 0;
		for (int k = 0; k < flow->graph->nodes.at[i]->n_in; k++) {
			int maker = flow->tensor[node->in[k].root].maker, least;

			if (maker < 0) continue;
			least = flow->node[maker].level + gap(flow, i, k, cut);
			if (least > node->level) node->level = least;
		}
	}
}

/* As late as the readers allow, so that less has to be whole. */
static void level_late(struct flow *flow, const bool *cut)
{
	for (int i = flow->graph->nodes.n; i-- > 0;) {
		const struct node *node = flow->graph->nodes.at[i];
		const struct flow_tensor *out = &flow->tensor[node->out[0]->id];
		int latest = -1;

		if (flow->node[i].way == WAY_NONE || flow->node[i].way == WAY_SUMS || node->n_out != 1 || out->out)
			continue;
		for (int r = 0; r < out->readers.n; r++) {
			const struct flow_reader *reader = &out->readers.at[r];
			int most = flow->node[reader->node].level - gap(flow, reader->node, reader->input, cut);

			if (latest < 0 || most < latest) latest = most;
		}
		if (latest > flow->node[i].level) flow->node[i].level = latest;
	}
}

static void find_readers(struct flow *flow)
{
	for (int i = 0; i < flow->graph->nodes.n; i++)
		for (int k = 0; k < flow->graph->nodes.at[i]->n_in && flow->node[i].way != WAY_NONE; k++) {
			struct flow_reader reader = { i, k };

			list_push(flow->arena, &flow->tensor[flow->node[i].in[k].root].readers, reader);
		}
}

static void find_crossings(struct flow *flow)
{
	for (int i = 0; i < flow->graph->tensors.n; i++) {
		struct flow_tensor *tensor = &flow->tensor[i];

		if (tensor->maker < 0) continue;
		tensor->crosses = flow->node[tensor->maker].way != WAY_ROWS;
		for (int r = 0; r < tensor->readers.n; r++)
			tensor->crosses |=
			    flow->node[tensor->readers.at[r].node].level != flow->node[tensor->maker].level;
	}
}

static void find_order(struct flow *flow, const int *order)
{
	for (int i = 0; i < flow->graph->nodes.n; i++)
		if (flow->node[i].way != WAY_NONE && flow->node[i].level >= flow->levels)
			flow->levels = flow->node[i].level + 1;
	flow->order = NEW_ARRAY(flow->arena, flow->graph->nodes.n, int);
	for (int level = 0; level < flow->levels; level++)
		for (int i = 0; i < flow->graph->nodes.n; i++)
			if (flow->node[order[i]].way != WAY_NONE && flow->node[order[i]].level == level)
				flow->order[flow->n++] = order[i];
}

struct flow *flow_new(const struct graph *graph, const bool *passes, const int *order, const struct target *target,
		      bool sums, const bool *cut, struct arena *arena)
{
	struct flow *flow = NEW(arena, struct flow);

	flow->arena = arena;
	flow->graph = graph;
	flow->node = NEW_ARRAY(arena, graph->nodes.n, struct flow_node);
	flow->tensor = NEW_ARRAY(arena, graph->tensors.n, struct flow_tensor);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		flow->node[i].way = layer_is_view(node) || passes[i] ? WAY_NONE : WAY_WHOLE;
		flow->node[i].in = NEW_ARRAY(arena, node->n_in, struct flow_input);
	}
	find_roots(flow);
	for (int i = 0; i < graph->nodes.n; i++)
		if (flow->node[i].way != WAY_NONE) take_node(flow, graph->nodes.at[i], target, sums);
	find_readers(flow);
	level_early(flow, cut);
	level_late(flow, cut);
	find_crossings(flow);
	find_order(flow, order);
	return flow;
}

bool flow_has_sums(const struct flow *flow)
{
	for (int i = 0; i < flow->graph->nodes.n; i++)
		if (flow->node[i].way == WAY_SUMS) return true;
	return false;
}

bool flow_is_tracked(const struct flow *flow, int root)
{
	const struct flow_tensor *tensor = &flow->tensor[root];

	return tensor->root == root && tensor->maker >= 0 && flow->node[tensor->maker].way == WAY_ROWS &&
	       !tensor->crosses && !tensor->out;
}

bool flow_is_sink(const struct flow *flow, int node)
{
	const struct flow_tensor *out = &flow->tensor[flow->graph->nodes.at[node]->out[0]->id];

	return flow->node[node].way == WAY_SUMS || !flow_is_tracked(flow, out->root) || out->readers.n == 0;
}
