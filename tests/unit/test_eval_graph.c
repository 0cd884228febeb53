/* Running graphs: every tensor is kept; what lies between two tensors; activations behind nodes. */
#include "layer_nodes.h"

static struct graph *two_layers(struct arena *arena)
{
	struct graph *graph = graph_new(arena, "two");
	struct dense_config c = { 3, true };
	struct tensor *t = then(graph, input(graph, shape_of(1, (int64_t)4)), "Dense", &c);

	activate_by(t->from, "tanh");
	t = then(graph, t, "Dense", &c);
	activate_by(t->from, "relu");
	is_output(graph, t);
	return graph;
}

static void every_tensor_is_kept(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = two_layers(arena);
	const float *x = dice_floats(arena, 4);
	struct values v = eval_graph(graph, NUMBER_SEPARATE, &x, arena);
	const float *w = graph->nodes.at[0]->weight[0]->f32, *bias = graph->nodes.at[0]->weight[1]->f32, *y = v.at[1];

	(void)state;
	assert_int_equal(v.n, 3);
	assert_true(v.number == NUMBER_SEPARATE && same_floats(v.at[0], x, 4));
	for (int u = 0; u < 3; u++) {
		float sum = bias[u];
		for (int i = 0; i < 4; i++) sum = sum + x[i] * w[i * 3 + u];
		assert_true(y[u] == activation_exact(&graph->nodes.at[0]->activation, sum));
		assert_close(y[u], tanh((double)sum), 1e-6);
	}
	arena_free(arena);
}

static void what_is_given_is_taken(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = two_layers(arena);
	const float *x = dice_floats(arena, 4);
	struct values v = eval_graph(graph, NUMBER_MEANING, &x, arena);
	const double other[3] = { 1, 2, 3 }, *given[3] = { v.at[0], NULL, NULL }, *y;
	const float *w = graph->nodes.at[1]->weight[0]->f32, *bias = graph->nodes.at[1]->weight[1]->f32;

	(void)state;
	y = eval_between(graph, given, graph->tensors.at[2], arena);
	assert_memory_equal(y, v.at[2], 3 * sizeof *y);
	given[0] = NULL;
	given[1] = other;
	y = eval_between(graph, given, graph->tensors.at[2], arena);
	for (int u = 0; u < 3; u++) {
		double sum = (double)bias[u] + (double)w[u] + 2 * (double)w[3 + u] + 3 * (double)w[6 + u];
		assert_close(y[u], sum > 0 ? sum : 0, 1e-14);
	}
	assert_ptr_equal(eval_between(graph, given, graph->tensors.at[1], arena), other);
	arena_free(arena);
}

/* The sum of |terms| of a sum: as if everything were positive. */
static void magnitudes_have_no_signs(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "one");
	struct dense_config c = { 2, true };
	struct tensor *out = then(graph, input(graph, shape_of(1, (int64_t)3)), "Dense", &c);
	const float x[3] = { 1, -2, 3 }, w[6] = { 1, -1, -1, 1, 0.5f, -0.5f }, bias[2] = { -10, 10 };
	const double *y;

	(void)state;
	set_weight(out->from, 0, w);
	set_weight(out->from, 1, bias);
	y = run(graph, NUMBER_MAGNITUDE, x, out);
	assert_true(y[0] == 14.5 && y[1] == 14.5);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tensor_is_kept),
		cmocka_unit_test(what_is_given_is_taken),
		cmocka_unit_test(magnitudes_have_no_signs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
