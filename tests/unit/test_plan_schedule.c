/* Depth-first schedules: random graphs, planned with every block, pace, kind of buffer, order and cut, are replayed row by
 * row (plan_check); the pitfalls that are known have a test each; planted faults are found. */
#include "layer_nodes.h"
#include "plan/flow.h"

#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;

static int set_up(void **unused)
{
	(void)unused;
	arena = arena_new();
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	arena_free(arena);
	return 0;
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

static struct tensor *conv(struct graph *graph, struct tensor *x, int64_t filters, int64_t taps, int64_t stride,
			   int64_t dilation, enum padding padding)
{
	struct conv1d_config c = { .filters = filters,
				   .kernel_size = taps,
				   .strides = stride,
				   .dilation_rate = dilation,
				   .groups = 1,
				   .padding = padding };

	return then(graph, x, "Conv1D", &c);
}

static struct tensor *max_pool(struct graph *graph, struct tensor *x, int64_t size, int64_t stride,
			       enum padding padding)
{
	struct pool1d_config c = { .pool_size = size, .strides = stride, .padding = padding };

	return then(graph, x, "MaxPooling1D", &c);
}

static struct tensor *transposed(struct graph *graph, struct tensor *x, int64_t filters, int64_t taps, int64_t stride,
				 enum padding padding)
{
	struct conv1d_transpose_config c = {
		.filters = filters, .kernel_size = taps, .strides = stride, .dilation_rate = 1, .padding = padding
	};

	return then(graph, x, "Conv1DTranspose", &c);
}

static struct tensor *up(struct graph *graph, struct tensor *x, int64_t size)
{
	struct up_sampling1d_config c = { size };

	return then(graph, x, "UpSampling1D", &c);
}

static struct tensor *padded(struct graph *graph, struct tensor *x, int64_t left, int64_t right)
{
	struct zero_padding1d_config c = { .padding = shape_of(2, left, right) };

	return then(graph, x, "ZeroPadding1D", &c);
}

static struct tensor *cropped(struct graph *graph, struct tensor *x, int64_t left, int64_t right)
{
	struct cropping1d_config c = { shape_of(2, left, right) };

	return then(graph, x, "Cropping1D", &c);
}

static struct tensor *relu(struct graph *graph, struct tensor *x)
{
	struct tensor *y = then(graph, x, "Activation", NULL);

	activate_by(y->from, "relu");
	return y;
}

static struct tensor *pooled(struct graph *graph, struct tensor *x)
{
	struct global_pool1d_config c = { .data_format = CHANNELS_LAST };

	return then(graph, x, "GlobalAveragePooling1D", &c);
}

static struct tensor *dense(struct graph *graph, struct tensor *x, int64_t units)
{
	struct dense_config c = { units, false };

	return then(graph, x, "Dense", &c);
}

static struct tensor *flattened(struct graph *graph, struct tensor *x)
{
	struct flatten_config c = { CHANNELS_LAST };

	return then(graph, x, "Flatten", &c);
}

/* Every channel's steps one behind the other: needs all rows at once. */
static struct tensor *turned(struct graph *graph, struct tensor *x)
{
	struct permute_config c = { shape_of(2, (int64_t)2, (int64_t)1) };

	return then(graph, x, "Permute", &c);
}

static struct tensor *merged(struct graph *graph, const char *class_name, const void *config, struct tensor *a,
			     struct tensor *b)
{
	struct tensor *in[] = { a, b };
	struct node *node = node_of(graph, class_name, config, in, 2);

	assert_true(layer_infer(node, diag_new(graph->arena)));
	return node->out[0];
}

static struct tensor *add(struct graph *graph, struct tensor *a, struct tensor *b)
{
	return merged(graph, "Add", NULL, a, b);
}

static struct tensor *joined(struct graph *graph, struct tensor *a, struct tensor *b, int64_t axis)
{
	struct concatenate_config c = { axis };

	return merged(graph, "Concatenate", &c, a, b);
}

/* ---- plans of rows, without kernels -------------------------------------------------------------------------------- */

struct variant {
	struct schedule_request request;
	bool *early, *cut;
	bool greedy; /* order */
};

static struct plan *plan_of(const struct graph *graph, const struct variant *variant)
{
	struct draft draft = plan_draft(graph, target_row(0), FP_SEPARATE, false, NULL, arena);
	int *order = NEW_ARRAY(arena, draft.graph->nodes.n, int);
	struct schedule_request request = variant->request;
	struct plan *plan = plan_begin(&draft, arena);
	struct flow *flow;

	for (int i = 0; i < draft.graph->nodes.n; i++) order[i] = i;
	flow = flow_new(draft.graph, draft.passes, variant->greedy ? order_nodes(draft.graph, arena) : order,
			draft.target, variant->cut, arena);
	request.pacing.early = variant->early;
	for (int s = 0; s < flow->n; s++) {
		struct step step = { .node = draft.graph->nodes.at[flow->order[s]], .scratch_bytes = 12 * (s % 3) };

		list_push(arena, &plan->steps, step);
	}
	schedule_place(plan, schedule_new(flow, &request, arena));
	return plan;
}

static struct variant in_blocks(int64_t block, enum pace_mode mode)
{
	return (struct variant){ .request = { { mode, block, NULL }, { 0, 1 } } };
}

static UNUSED const struct tensor_rows *rows_of(const struct plan *plan, const struct tensor *tensor)
{
	return &plan->schedule->tensor[tensor->id];
}

static int64_t ticks_of(const struct plan *plan)
{
	int64_t most = 0;

	for (int i = 0; i < plan->schedule->stages.n; i++)
		if (plan->schedule->stages.at[i].ticks > most) most = plan->schedule->stages.at[i].ticks;
	return most;
}

/* ---- random graphs ------------------------------------------------------------------------------------------------ */

enum { GRAPHS = 400, NODES_MOST = 11 };

static struct tensor *one_of(struct tensor *const *at, int n)
{
	return at[n - 1 - (int)dice((uint32_t)(n < 4 ? n : 4))];
}

static enum padding any_padding(void)
{
	static const enum padding paddings[] = { PADDING_VALID, PADDING_SAME, PADDING_CAUSAL };

	return paddings[dice(3)];
}

static struct tensor *random_window(struct graph *graph, struct tensor *x)
{
	int64_t steps = x->shape.at[0], stride = 1 + dice(3), dilation = stride == 1 ? 1 + dice(5) : 1,
		taps = 1 + dice(5);
	enum padding padding = any_padding();

	if ((taps - 1) * dilation + 1 > steps && padding == PADDING_VALID) padding = PADDING_SAME;
	if (dice(2)) return conv(graph, x, 1 + dice(4), taps, stride, dilation, padding);
	if (padding == PADDING_CAUSAL || taps > steps) padding = PADDING_SAME;
	return max_pool(graph, x, taps, stride, padding);
}

static struct tensor *random_move(struct graph *graph, struct tensor *x)
{
	int64_t steps = x->shape.at[0];

	switch (dice(4)) {
	case 0: return steps < 60 ? up(graph, x, 1 + dice(3)) : relu(graph, x);
	case 1: return padded(graph, x, dice(4), dice(4));
	case 2: return steps > 4 ? cropped(graph, x, dice(3), dice(2)) : relu(graph, x);
	default:
		return steps < 60 ? transposed(graph, x, 1 + dice(3), 1 + dice(4), 1 + dice(3),
					       dice(2) ? PADDING_SAME : PADDING_VALID)
				  : relu(graph, x);
	}
}

static struct tensor *random_merge(struct graph *graph, struct tensor *const *at, int n, struct tensor *x)
{
	for (int i = 0; i < n; i++) {
		struct tensor *y = at[(i + (int)dice((uint32_t)n)) % n];

		if (y->shape.rank != 2) continue;
		if (shape_equal(&y->shape, &x->shape)) return dice(3) ? add(graph, x, y) : joined(graph, y, x, -1);
		if (y->shape.at[0] == x->shape.at[0]) return joined(graph, x, y, 2);
		if (y->shape.at[1] == x->shape.at[1]) return joined(graph, x, y, 1);
	}
	return add(graph, x, x);
}

static struct tensor *random_tail(struct graph *graph, struct tensor *x)
{
	switch (dice(4)) {
	case 0: return turned(graph, x);
	case 1: return merged(graph, "Multiply", NULL, x, dense(graph, pooled(graph, x), x->shape.at[1]));
	case 2: return dense(graph, flattened(graph, x), 1 + dice(3));
	default: return pooled(graph, x);
	}
}

static struct tensor *random_next(struct graph *graph, struct tensor *const *at, int n)
{
	struct tensor *x = one_of(at, n);

	if (x->shape.rank != 2) return dense(graph, x, 2);
	switch (dice(12)) {
	case 0: return random_tail(graph, x);
	case 1:
	case 2:
	case 3: return random_merge(graph, at, n, x);
	case 4: return relu(graph, x);
	case 5:
	case 6: return random_move(graph, x);
	default: return random_window(graph, x);
	}
}

static struct graph *random_graph(void)
{
	struct graph *graph = graph_new(arena, "m");
	struct tensor *at[NODES_MOST + 4];
	int n = 1 + (int)(dice(5) == 0), nodes = 2 + (int)dice(NODES_MOST - 1);

	for (int i = 0; i < n; i++) at[i] = input(graph, shape_of(2, (int64_t)(1 + dice(40)), (int64_t)(1 + dice(3))));
	for (int i = 0; i < nodes; i++) {
		at[n] = random_next(graph, at, n);
		n++;
	}
	for (int i = 0; i < graph->tensors.n; i++)
		if (graph->tensors.at[i]->from && graph_uses(graph, graph->tensors.at[i]) == 0)
			is_output(graph, graph->tensors.at[i]);
	if (dice(3) == 0) is_output(graph, at[dice((uint32_t)n)]);
	return graph;
}

static bool *some(int n)
{
	bool *at = NEW_ARRAY(arena, n, bool);

	for (int i = 0; i < n; i++) at[i] = dice(4) == 0;
	return at;
}

/* Whatever the graph and whatever is wished, every row that is read is there. */
static void random_graphs_are_replayed(void **unused)
{
	static const int64_t blocks[] = { 1, 2, 3, 5, 16, 0 };
	static const struct split splits[] = { { 0, 1 }, { 1, 1 }, { 1000, 1 } };
	struct arena *outer = arena;
	int by_rows = 0, linear = 0, split = 0;

	(void)unused;
	for (int i = 0; i < GRAPHS; i++) {
		struct graph *graph;

		arena = arena_new();
		graph = random_graph();
		for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
			for (int k = 0; k < 4; k++) {
				struct variant v = in_blocks(blocks[b], k % 2 ? PACE_LATE : PACE_EVEN);
				struct plan *plan;

				v.request.split = splits[dice(3)];
				v.greedy = dice(2);
				if (k >= 2) v.early = some(graph->nodes.n + graph->outputs.n);
				if (dice(4) == 0) v.cut = some(graph->tensors.n + graph->outputs.n);
				plan = plan_of(graph, &v);
				plan_check(plan);
				by_rows += ticks_of(plan) > 1;
				for (int t = 0; t < graph->tensors.n; t++) {
					linear += plan->schedule->tensor[t].kind == ROWS_LINEAR;
					split += plan->schedule->tensor[t].kind == ROWS_SPLIT;
				}
			}
		arena_free(arena);
	}
	arena = outer;
	assert_true(by_rows > GRAPHS * 5 && linear > GRAPHS && split > GRAPHS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_graphs_are_replayed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
