/* TimeDistributed: layers that run once for every step, and what folding makes of them. */
#include "layer_nodes.h"

static const struct conv1d_config conv = { 3, 3, 1, 1, 1, PADDING_SAME, CHANNELS_LAST, true };
static const struct batch_norm_config norm = { -1, 0.001, true, true };
static const struct pool1d_config pool = { 2, 0, PADDING_VALID, CHANNELS_LAST };
static const struct dense_config dense = { 5, true };

static struct tensor *begin(struct graph *graph, struct tensor *in)
{
	return then(graph, in, "TimeDistributed", &(const struct time_distributed_config){ NULL, false });
}

static struct tensor *end(struct graph *graph, struct tensor *in)
{
	return then(graph, in, "TimeDistributed", &(const struct time_distributed_config){ NULL, true });
}

static struct graph *folded(const struct graph *meaning)
{
	struct graph *graph = graph_copy(meaning->arena, meaning);

	graph_check(meaning);
	fold(graph);
	graph_check(graph);
	return graph;
}

static void assert_shape(struct arena *arena, struct shape shape, const char *text)
{
	assert_string_equal(shape_text(arena, &shape), text);
}

/* Every step as a graph of its own gives the same bits. */
static void assert_each_step(struct arena *arena, const char *class_name, const void *config, struct shape whole)
{
	struct shape one = { whole.rank - 1, { 0 } };
	struct graph *all = graph_new(arena, "all"), *single = graph_new(arena, "single");
	struct tensor *inner = then(all, begin(all, input(all, whole)), class_name, config), *out = end(all, inner), *y;
	float *x = dice_floats(arena, shape_elements(&whole));
	const float *together;

	memcpy(one.at, whole.at + 1, (size_t)one.rank * sizeof *one.at);
	y = then(single, input(single, one), class_name, config);
	y->from->weight = inner->from->weight;
	assert_int_equal(node_times(inner->from), whole.at[0]);
	assert_int_equal(tensor_elements(out), whole.at[0] * elements(y));
	assert_int_equal(layer_macs(inner->from), whole.at[0] * layer_macs(y->from));
	for (int fused = 0; fused < 2; fused++) {
		const enum number number = fused ? NUMBER_FUSED : NUMBER_SEPARATE;
		together = run(all, number, x, out);
		for (int64_t i = 0; i < whole.at[0]; i++)
			assert_true(same_floats(run(single, number, x + i * shape_elements(&one), y),
						together + i * elements(y), elements(y)));
	}
}

static void a_layer_runs_once_for_every_step(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_each_step(arena, "Conv1D", &conv, shape_of(3, (int64_t)4, (int64_t)6, (int64_t)2));
	assert_each_step(arena, "MaxPooling1D", &pool, shape_of(3, (int64_t)3, (int64_t)7, (int64_t)2));
	assert_each_step(arena, "BatchNormalization", &norm, shape_of(3, (int64_t)3, (int64_t)5, (int64_t)4));
	assert_each_step(arena, "Dense", &dense, shape_of(2, (int64_t)7, (int64_t)70));
	assert_each_step(arena, "Softmax", &(const struct softmax_config){ .axis = { 1, { 1 } } },
			 shape_of(3, (int64_t)2, (int64_t)5, (int64_t)3));
	arena_free(arena);
}

static void bounds_are_those_of_every_step(void **state)
{
	struct arena *arena = arena_new();
	struct graph *all = graph_new(arena, "all");
	struct tensor *x = input(all, shape_of(3, (int64_t)3, (int64_t)4, (int64_t)2));
	struct node *node = then(all, begin(all, x), "Conv1D", &conv)->from;
	double in[24], bound[36], one[12];
	const double *ins[] = { in }, *step[1];

	(void)state;
	for (int i = 0; i < 24; i++) in[i] = (double)dice_float();
	layer_bound(node, ins, bound, arena);
	for (int i = 0; i < 3; i++) {
		step[0] = in + 8 * i;
		node->layer->bound(node, step, one, arena);
		for (int k = 0; k < 12; k++) assert_true(bound[12 * i + k] == one[k] && one[k] > 0);
	}
	arena_free(arena);
}

static void axes_move_in_and_out(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g");
	struct tensor *x = input(graph, shape_of(4, (int64_t)2, (int64_t)3, (int64_t)5, (int64_t)4)), *t;

	(void)state;
	t = then(graph, begin(graph, begin(graph, x)), "MaxPooling1D", &pool);
	assert_shape(arena, t->shape, "(2, 4)");
	assert_shape(arena, t->times, "(2, 3)");
	assert_shape(arena, tensor_shape(t), "(2, 3, 2, 4)");
	t = end(graph, t);
	assert_shape(arena, t->shape, "(3, 2, 4)");
	assert_shape(arena, t->times, "(2,)");
	t = end(graph, t);
	assert_shape(arena, t->shape, "(2, 3, 2, 4)");
	assert_int_equal(tensor_times(t), 1);
	arena_free(arena);
}

/* What runs after folding, and that it gives what the unfolded graph means. */
static struct graph *assert_folds(struct graph *graph, struct tensor *out, int nodes)
{
	struct graph *after;
	const double *wanted, *got;
	float *x = dice_floats(graph->arena, elements(graph->inputs.at[0]));

	is_output(graph, out);
	after = folded(graph);
	assert_int_equal(after->nodes.n, nodes);
	wanted = run(graph, NUMBER_MEANING, x, out);
	got = run(after, NUMBER_MEANING, x, after->outputs.at[0]);
	for (int64_t i = 0; i < tensor_elements(out); i++) assert_close(got[i], wanted[i], 1e-5);
	assert_true(shape_equal(&out->shape, &after->outputs.at[0]->shape));
	return after;
}

static void norms_and_activations_fold_from_one_into_the_next(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g");
	struct tensor *t = input(graph, shape_of(3, (int64_t)3, (int64_t)8, (int64_t)2));

	(void)state;
	t = end(graph, then(graph, begin(graph, t), "Conv1D", &conv));
	t = end(graph, then(graph, begin(graph, t), "BatchNormalization", &norm));
	t = begin(graph, t);
	t = then(graph, t, "Activation", NULL);
	activate_by(t->from, "relu");
	assert_folds(graph, end(graph, t), 3);
	arena_free(arena);
}

static void a_dense_is_done_for_all_steps_at_once(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct tensor *t = input(graph, shape_of(3, (int64_t)2, (int64_t)3, (int64_t)4));

	(void)state;
	t = then(graph, begin(graph, begin(graph, t)), "Dense", &dense);
	after = assert_folds(graph, end(graph, end(graph, t)), 1);
	assert_true(layer_is(after->nodes.at[0], "Dense"));
	assert_int_equal(node_times(after->nodes.at[0]), 1);
	arena_free(arena);
}

/* In front of a pool and behind it; the pool stays within. */
static void only_the_ends_leave(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct tensor *t = input(graph, shape_of(3, (int64_t)2, (int64_t)6, (int64_t)4));

	(void)state;
	t = then(graph, begin(graph, t), "Dense", &dense);
	t = then(graph, t, "MaxPooling1D", &pool);
	t = then(graph, t, "Dense", &dense);
	after = assert_folds(graph, end(graph, t), 5);
	assert_true(layer_is(after->nodes.at[0], "Dense") && layer_is(after->nodes.at[4], "Dense"));
	assert_int_equal(node_times(after->nodes.at[2]), 2);
	arena_free(arena);
}

static void what_is_not_there_is_refused(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g");
	struct tensor *x = input(graph, shape_of(1, (int64_t)4));
	struct node *node;
	struct diag *diag = diag_new(arena);

	(void)state;
	node = node_of(graph, "TimeDistributed", &(const struct time_distributed_config){ NULL, false }, &x, 1);
	assert_false(layer_infer(node, diag));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layer_runs_once_for_every_step),
		cmocka_unit_test(bounds_are_those_of_every_step),
		cmocka_unit_test(axes_move_in_and_out),
		cmocka_unit_test(norms_and_activations_fold_from_one_into_the_next),
		cmocka_unit_test(a_dense_is_done_for_all_steps_at_once),
		cmocka_unit_test(only_the_ends_leave),
		cmocka_unit_test(what_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
