/* infer: shapes of a whole graph, and one clear message for each thing that is wrong. */
#include "layer_nodes.h"
#include "capture.h"

struct world {
	struct arena *arena;
	struct diag *diag;
	struct graph *graph;
};

static struct world world(void)
{
	struct world w = { .arena = arena_new() };

	w.diag = diag_new(w.arena);
	diag_set_color(w.diag, COLOR_NEVER);
	w.graph = graph_new(w.arena, "g");
	return w;
}

static const char *messages(struct world *w)
{
	capture_start();
	infer(w->graph, w->diag);
	return capture_end();
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part)) fail_msg("'%s' is not in:\n%s", part, text);
}

/* A node whose weights have the shapes that are given. */
static struct node *conv_of(struct world *w, struct tensor *in, struct conv1d_config c, struct shape kernel)
{
	struct node *node = node_of(w->graph, "Conv1D", &c, &in, 1);
	struct weight *weight = NEW(w->arena, struct weight);

	*weight = (struct weight){ .name = "kernel", .shape = kernel, .f32 = NEW_ARRAY(w->arena, 64, float) };
	node->weight = NEW_ARRAY(w->arena, 1, const struct weight *);
	node->weight[0] = weight;
	node->n_weight = 1;
	return node;
}

static const struct conv1d_config plain = { 4, 3, 1, 1, 1, PADDING_VALID, CHANNELS_LAST, false };

static void shapes_are_found(void **state)
{
	struct world w = world();
	struct node *node = conv_of(&w, input(w.graph, shape_of(2, (int64_t)9, (int64_t)2)), plain,
				    shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4));
	struct shape expected = shape_of(2, (int64_t)7, (int64_t)4);

	(void)state;
	is_output(w.graph, node->out[0]);
	assert_string_equal(messages(&w), "");
	assert_true(shape_equal(&node->out[0]->shape, &expected));
	arena_free(w.arena);
}

static void a_window_longer_than_the_input_is_an_error(void **state)
{
	struct world w = world();
	struct node *node = conv_of(&w, input(w.graph, shape_of(2, (int64_t)2, (int64_t)2)), plain,
				    shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4));
	struct tensor *t = node->out[0];
	const char *said;

	(void)state;
	/* Nothing is judged behind it. */
	for (int i = 0; i < 3; i++) t = conv_of(&w, t, plain, shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4))->out[0];
	is_output(w.graph, t);
	said = messages(&w);
	assert_says(said, "a window of 3 steps does not fit into the input's 2");
	assert_says(said, "layer 'Conv1D0'");
	assert_int_equal(diag_errors(w.diag), 1);
	arena_free(w.arena);
}

static void independent_faults_are_all_told(void **state)
{
	struct world w = world();
	struct tensor *in = input(w.graph, shape_of(2, (int64_t)9, (int64_t)2)),
		      *flat = input(w.graph, shape_of(1, (int64_t)9));
	struct conv1d_config groups = { 6, 3, 1, 1, 3, PADDING_VALID, CHANNELS_LAST, false };
	const char *said;

	(void)state;
	is_output(w.graph, conv_of(&w, in, groups, shape_of(3, (int64_t)3, (int64_t)2, (int64_t)6))->out[0]);
	is_output(w.graph, conv_of(&w, in, plain, shape_of(3, (int64_t)3, (int64_t)1, (int64_t)4))->out[0]);
	is_output(w.graph, conv_of(&w, flat, plain, shape_of(3, (int64_t)3, (int64_t)1, (int64_t)4))->out[0]);
	said = messages(&w);
	assert_int_equal(diag_errors(w.diag), 3);
	assert_says(said, "3 groups do not divide the input's 2 channels");
	assert_says(said, "kernel has the shape (3, 1, 4); it must be (3, 2, 4)");
	assert_says(said, "its input has the shape (9,); Conv1D needs (steps, channels)");
	arena_free(w.arena);
}

static void sizes_beyond_an_int_are_refused(void **state)
{
	struct world w = world();
	struct tensor *in = input(w.graph, shape_of(2, (int64_t)1 << 20, (int64_t)1));
	struct conv1d_config wide = { 1 << 20, 1, 1, 1, 1, PADDING_SAME, CHANNELS_LAST, false };

	(void)state;
	is_output(w.graph, conv_of(&w, in, wide, shape_of(3, (int64_t)1, (int64_t)1, (int64_t)1 << 20))->out[0]);
	assert_says(messages(&w), "a tensor may have at most 2147483647 elements");
	arena_free(w.arena);
}

static void an_input_without_steps_is_an_error(void **state)
{
	struct world w = world();

	(void)state;
	is_output(w.graph, conv_of(&w, input(w.graph, shape_of(2, (int64_t)UNKNOWN_SIZE, (int64_t)2)), plain,
				   shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4))
			       ->out[0]);
	assert_says(messages(&w), "--steps");
	arena_free(w.arena);
}

static void padding_only_outputs_are_warned_of(void **state)
{
	struct world w = world();
	struct conv1d_config c = { 4, 2, 1, 7, 1, PADDING_SAME, CHANNELS_LAST, false };

	(void)state;
	is_output(w.graph, conv_of(&w, input(w.graph, shape_of(2, (int64_t)5, (int64_t)1)), c,
				   shape_of(3, (int64_t)2, (int64_t)1, (int64_t)4))
			       ->out[0]);
	/* pads 3 and 4: steps 0..4 read -3..1 and 4..8: 0 reads 4, 1 and 2 nothing, 3 and 4 read 0 and 1. */
	assert_says(messages(&w), "2 of 5 output steps have every tap in the padding");
	assert_false(diag_failed(w.diag));
	arena_free(w.arena);
}

/* 3 taps 4 apart around 3 steps: only the middle one is inside, always. */
static void one_tap_inside_is_enough(void **state)
{
	struct world w = world();
	struct conv1d_config c = { 4, 3, 1, 4, 1, PADDING_SAME, CHANNELS_LAST, false };

	(void)state;
	is_output(w.graph, conv_of(&w, input(w.graph, shape_of(2, (int64_t)3, (int64_t)1)), c,
				   shape_of(3, (int64_t)3, (int64_t)1, (int64_t)4))
			       ->out[0]);
	assert_string_equal(messages(&w), "");
	arena_free(w.arena);
}

static void dead_layers_are_warned_of(void **state)
{
	struct world w = world();
	struct tensor *in = input(w.graph, shape_of(2, (int64_t)5, (int64_t)2));

	(void)state;
	is_output(w.graph, conv_of(&w, in, plain, shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4))->out[0]);
	conv_of(&w, in, plain, shape_of(3, (int64_t)3, (int64_t)2, (int64_t)4));
	assert_says(messages(&w), "no output depends on it; it is left out (layer 'Conv1D1') [-Wdead-layer]");
	arena_free(w.arena);
}

static void wrong_axes_and_inputs_are_errors(void **state)
{
	struct world w = world();
	struct tensor *in[2] = { input(w.graph, shape_of(2, (int64_t)5, (int64_t)2)),
				 input(w.graph, shape_of(2, (int64_t)4, (int64_t)2)) };
	struct softmax_config axis = { .axis = { 1, { 3 } } };
	struct concatenate_config channels = { -1 };
	const char *said;

	(void)state;
	is_output(w.graph, node_of(w.graph, "Softmax", &axis, in, 1)->out[0]);
	is_output(w.graph, node_of(w.graph, "Softmax", &axis, in, 2)->out[0]);
	is_output(w.graph, node_of(w.graph, "Add", NULL, in, 2)->out[0]);
	is_output(w.graph, node_of(w.graph, "Concatenate", &channels, in, 2)->out[0]);
	said = messages(&w);
	assert_says(said, "there is no axis 3 behind the batch axis; it must be 1 to 2");
	assert_says(said, "2 inputs; Softmax takes 1");
	assert_says(said, "inputs of shapes (5, 2) and (4, 2); Add needs");
	assert_says(said, "inputs of shapes (5, 2) and (4, 2); all sizes but those of axis -1 must be equal");
	arena_free(w.arena);
}

static void wrong_moves_are_errors(void **state)
{
	struct world w = world();
	struct tensor *in = input(w.graph, shape_of(2, (int64_t)5, (int64_t)2));
	struct permute_config twice = { { 2, { 1, 1 } } };
	struct cropping1d_config all = { { 2, { 3, 2 } } };
	struct reshape_config odd = { { 2, { 3, UNKNOWN_SIZE } } };
	struct repeat_vector_config repeat = { 3 };
	const char *said;

	(void)state;
	is_output(w.graph, node_of(w.graph, "Permute", &twice, &in, 1)->out[0]);
	is_output(w.graph, node_of(w.graph, "Cropping1D", &all, &in, 1)->out[0]);
	is_output(w.graph, node_of(w.graph, "Reshape", &odd, &in, 1)->out[0]);
	is_output(w.graph, node_of(w.graph, "RepeatVector", &repeat, &in, 1)->out[0]);
	said = messages(&w);
	assert_int_equal(diag_errors(w.diag), 4);
	assert_says(said, "dims must hold each of 1 to 2 once");
	assert_says(said, "cropping 5 of 5 steps leaves none");
	assert_says(said, "(3, None) is no shape for the 10 elements of its input (5, 2)");
	assert_says(said, "its input has 2 axes; RepeatVector needs one");
	arena_free(w.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_are_found),
		cmocka_unit_test(a_window_longer_than_the_input_is_an_error),
		cmocka_unit_test(independent_faults_are_all_told),
		cmocka_unit_test(sizes_beyond_an_int_are_refused),
		cmocka_unit_test(an_input_without_steps_is_an_error),
		cmocka_unit_test(padding_only_outputs_are_warned_of),
		cmocka_unit_test(one_tap_inside_is_enough),
		cmocka_unit_test(dead_layers_are_warned_of),
		cmocka_unit_test(wrong_axes_and_inputs_are_errors),
		cmocka_unit_test(wrong_moves_are_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
