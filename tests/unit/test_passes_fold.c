/* fold: fewer nodes, the same function. */
#include "layer_nodes.h"

static const struct batch_norm_config norm = { -1, 0.001, true, true };

static struct conv1d_config conv_of(int64_t filters, int64_t taps, int padding)
{
	return (struct conv1d_config){ filters, taps, 1, 1, 1, padding, CHANNELS_LAST, false };
}

static int count(const struct graph *graph, const char *class_name)
{
	int n = 0;

	for (int i = 0; i < graph->nodes.n; i++) n += layer_is(graph->nodes.at[i], class_name);
	return n;
}

/* Folds a copy; every output, and every tensor that is left, keeps its meaning. */
static struct graph *folded(struct graph *meaning)
{
	struct graph *graph = graph_copy(meaning->arena, meaning);
	float *in = dice_floats(meaning->arena, elements(meaning->inputs.at[0]));
	const float *ins[1] = { in };
	struct values before, after;

	graph_check(meaning);
	fold(graph);
	graph_check(graph);
	before = eval_graph(meaning, NUMBER_MEANING, ins, meaning->arena);
	after = eval_graph(graph, NUMBER_MEANING, ins, meaning->arena);
	assert_int_equal(graph->outputs.n, meaning->outputs.n);
	for (int i = 0; i < graph->outputs.n; i++) {
		const struct tensor *out = graph->outputs.at[i];
		const double *a = before.at[meaning->outputs.at[i]->id], *b = after.at[out->id];
		for (int64_t k = 0; k < elements(out); k++) assert_close(b[k], a[k], 1e-5);
	}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct tensor *out = graph->nodes.at[i]->out[0];
		const double *a = before.at[out->meaning], *b = after.at[out->id];
		assert_true(shape_equal(&out->shape, &meaning->tensors.at[out->meaning]->shape));
		for (int64_t k = 0; k < elements(out); k++) assert_close(b[k], a[k], 1e-5);
	}
	return graph;
}

static void a_norm_goes_into_the_convolution_before_it(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct conv1d_config conv = conv_of(3, 5, PADDING_SAME);
	struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)9, (int64_t)2)), "Conv1D", &conv);

	(void)state;
	t = then(graph, t, "BatchNormalization", &norm);
	t = then(graph, t, "Activation", NULL);
	activate_by(t->from, "relu");
	is_output(graph, t);
	after = folded(graph);
	assert_int_equal(after->nodes.n, 1);
	assert_string_equal(after->nodes.at[0]->activation.kind->name, "relu");
	assert_true(after->nodes.at[0]->n_weight == 2 &&
		    ((const struct conv1d_config *)after->nodes.at[0]->config)->use_bias);
	assert_false(((const struct conv1d_config *)graph->nodes.at[0]->config)->use_bias);
	assert_int_equal(graph->nodes.n, 3);
	arena_free(arena);
}

static void a_norm_goes_into_a_valid_convolution_behind_it(void **state)
{
	(void)state;
	for (int padding = PADDING_VALID; padding <= PADDING_CAUSAL; padding++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "g"), *after;
		struct conv1d_config conv = { 4, 3, 1, 2, 2, padding, CHANNELS_LAST, true };
		struct tensor *t =
		    then(graph, input(graph, shape_of(2, (int64_t)9, (int64_t)6)), "BatchNormalization", &norm);
		is_output(graph, then(graph, t, "Conv1D", &conv));
		after = folded(graph);
		assert_int_equal(after->nodes.n, padding == PADDING_VALID ? 1 : 2);
		arena_free(arena);
	}
}

static void norms_on_both_sides_round_once(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct dense_config dense = { 5, true };
	struct tensor *t = input(graph, shape_of(1, (int64_t)4));
	const struct weight *kernel, *old;
	double first[4], last[5], unused[5];

	(void)state;
	t = then(graph, t, "BatchNormalization", &norm);
	t = then(graph, t, "Dense", &dense);
	t = then(graph, t, "BatchNormalization", &norm);
	is_output(graph, t);
	after = folded(graph);
	assert_int_equal(after->nodes.n, 1);
	kernel = node_weight(after->nodes.at[0], "kernel");
	old = node_weight(graph->nodes.at[1], "kernel");
	batch_norm_affine(graph->nodes.at[0], first, unused);
	batch_norm_affine(graph->nodes.at[2], last, unused);
	for (int i = 0; i < 20; i++) {
		assert_true(kernel->f32[i] == (float)kernel->f64[i]);
		assert_close(kernel->f64[i], (double)old->f32[i] * first[i / 5] * last[i % 5], 1e-14);
	}
	arena_free(arena);
}

static void a_norm_of_channels_first_has_its_own_axis(void **state)
{
	(void)state;
	for (int64_t axis = 1; axis <= 2; axis++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "g");
		struct conv1d_config conv = { 3, 2, 1, 1, 1, PADDING_VALID, CHANNELS_FIRST, true };
		struct batch_norm_config own = { axis, 0.001, true, true };
		struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)2, (int64_t)7)), "Conv1D", &conv);
		is_output(graph, then(graph, t, "BatchNormalization", &own));
		assert_int_equal(folded(graph)->nodes.n, axis == 1 ? 1 : 2);
		arena_free(arena);
	}
}

static void what_has_another_use_stays(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct conv1d_config conv = conv_of(2, 1, PADDING_VALID);
	struct tensor *a = then(graph, input(graph, shape_of(2, (int64_t)4, (int64_t)2)), "Conv1D", &conv), *b;

	(void)state;
	b = then(graph, a, "BatchNormalization", &norm);
	is_output(graph, a);
	is_output(graph, b);
	after = folded(graph);
	assert_int_equal(after->nodes.n, 2);
	assert_int_equal(count(after, "BatchNormalization"), 1);
	arena_free(arena);
}

static void an_activation_of_a_shared_result_stays(void **state)
{
	(void)state;
	for (int shared = 0; shared <= 1; shared++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "g");
		struct conv1d_config conv = conv_of(2, 1, PADDING_VALID);
		struct tensor *a = then(graph, input(graph, shape_of(2, (int64_t)4, (int64_t)2)), "Conv1D", &conv), *b;
		b = then(graph, a, "Activation", NULL);
		activate_by(b->from, "tanh");
		is_output(graph, b);
		if (shared) is_output(graph, then(graph, a, "Conv1D", &conv));
		assert_int_equal(count(folded(graph), "Activation"), shared);
		arena_free(arena);
	}
}

static void an_activation_in_between_stops_the_norm(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct conv1d_config conv = conv_of(2, 1, PADDING_VALID);
	struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)4, (int64_t)2)), "Conv1D", &conv);

	(void)state;
	activate_by(t->from, "tanh");
	is_output(graph, then(graph, t, "BatchNormalization", &norm));
	after = folded(graph);
	assert_int_equal(count(after, "BatchNormalization"), 1);
	arena_free(arena);
}

static void what_is_not_finite_is_not_folded(void **state)
{
	const float weights[2][2] = { { 1, INFINITY }, { 0x1p127f, 1 } }, gamma[2] = { 64, 64 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "g");
		struct conv1d_config conv = conv_of(2, 1, PADDING_VALID);
		struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)4, (int64_t)1)), "Conv1D", &conv);
		set_weight(t->from, 0, weights[i]);
		t = then(graph, t, "BatchNormalization", &norm);
		if (i == 1) set_weight(t->from, 0, gamma);
		is_output(graph, t);
		fold(graph);
		assert_int_equal(graph->nodes.n, 2);
		arena_free(arena);
	}
}

static void what_does_nothing_goes(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct tensor *in = input(graph, shape_of(2, (int64_t)4, (int64_t)2)), *t = then(graph, in, "Dropout", NULL);
	struct flatten_config flat = { CHANNELS_LAST };

	(void)state;
	t = then(graph, t, "Activation", NULL);
	is_output(graph, t);
	t = then(graph, then(graph, t, "Flatten", &flat), "Flatten", &flat);
	is_output(graph, t);
	then(graph, t, "Flatten", &flat);
	after = folded(graph);
	assert_int_equal(after->nodes.n, 1);
	assert_ptr_equal(after->outputs.at[0], after->inputs.at[0]);
	assert_true(layer_is_view(after->nodes.at[0]));
	arena_free(arena);
}

static void a_relu_layer_becomes_the_activation(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct relu_config clipped = { 6, 0, 0 };
	struct dense_config dense = { 3, true };
	struct tensor *t = then(graph, input(graph, shape_of(1, (int64_t)4)), "Dense", &dense);

	(void)state;
	is_output(graph, then(graph, t, "ReLU", &clipped));
	after = folded(graph);
	assert_int_equal(after->nodes.n, 1);
	assert_string_equal(after->nodes.at[0]->activation.kind->name, "relu6");
	arena_free(arena);
}

static void functions_and_scalings_go_into_their_neighbours(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct rescaling_config scale = { { 1, (const double[]){ 0.5 } }, { 1, (const double[]){ -1 } } };
	struct normalization_config mean = { { 1, { -1 } }, false, { 0 }, { 0 } };
	struct depthwise_config depthwise = { 3, 1, 1, 2, PADDING_VALID, CHANNELS_LAST, false };
	struct leaky_relu_config leaky = { 0.125 };
	struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)9, (int64_t)3)), "Normalization", &mean);

	(void)state;
	t = then(graph, t, "DepthwiseConv1D", &depthwise);
	t = then(graph, t, "Rescaling", &scale);
	t = then(graph, t, "LeakyReLU", &leaky);
	is_output(graph, t);
	after = folded(graph);
	assert_int_equal(after->nodes.n, 1);
	assert_string_equal(after->nodes.at[0]->activation.kind->name, "leaky_relu");
	arena_free(arena);
}

static void a_separable_convolution_is_two(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *after;
	struct separable_config c = { { 3, 1, 1, 2, PADDING_SAME, CHANNELS_LAST, true }, 5 };
	struct diag *diag = diag_new(arena);
	struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)9, (int64_t)3)), "SeparableConv1D", &c);

	(void)state;
	activate_by(t->from, "tanh");
	is_output(graph, then(graph, then(graph, t, "Dropout", NULL), "BatchNormalization", &norm));
	infer(graph, diag);
	assert_false(diag_failed(diag));
	graph_check(graph);
	assert_int_equal(graph->nodes.n, 4);
	assert_string_equal(graph->nodes.at[0]->layer->name, "DepthwiseConv1D");
	assert_string_equal(graph->nodes.at[1]->layer->name, "Conv1D");
	assert_true(!graph->nodes.at[0]->implied && graph->nodes.at[1]->implied);
	assert_true(activation_is_linear(&graph->nodes.at[0]->activation));
	after = folded(graph);
	assert_int_equal(after->nodes.n, 3);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_norm_goes_into_the_convolution_before_it),
		cmocka_unit_test(a_norm_goes_into_a_valid_convolution_behind_it),
		cmocka_unit_test(norms_on_both_sides_round_once),
		cmocka_unit_test(a_norm_of_channels_first_has_its_own_axis),
		cmocka_unit_test(what_has_another_use_stays),
		cmocka_unit_test(an_activation_of_a_shared_result_stays),
		cmocka_unit_test(an_activation_in_between_stops_the_norm),
		cmocka_unit_test(what_is_not_finite_is_not_folded),
		cmocka_unit_test(what_does_nothing_goes),
		cmocka_unit_test(a_relu_layer_becomes_the_activation),
		cmocka_unit_test(functions_and_scalings_go_into_their_neighbours),
		cmocka_unit_test(a_separable_convolution_is_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
