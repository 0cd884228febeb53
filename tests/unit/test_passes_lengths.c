/* Lengths that are known only when the model runs, against infer at every number of steps. */
#include "layer_nodes.h"

enum { MOST = 40, CHANNELS = 3 };

static struct tensor *window(struct graph *graph, struct tensor *in)
{
	struct conv1d_config c = { CHANNELS, 1 + dice(3), 1 + dice(3), 1, 1, (int)dice(3), CHANNELS_LAST, true };
	struct pool1d_config p = { 1 + dice(3), dice(4), (int)dice(2), CHANNELS_LAST };

	if (c.strides == 1) c.dilation_rate = 1 + dice(2);
	return dice(2) ? then(graph, in, "Conv1D", &c) : then(graph, in, "MaxPooling1D", &p);
}

static struct tensor *moved(struct graph *graph, struct tensor *in)
{
	struct zero_padding1d_config pad = { .padding = shape_of(2, (int64_t)dice(3), (int64_t)dice(3)) };
	struct cropping1d_config crop = { .cropping = shape_of(2, (int64_t)dice(2), (int64_t)dice(2)) };
	struct up_sampling1d_config up = { 1 + dice(3) };
	struct reshape_config reshape = { shape_of(2, (int64_t)UNKNOWN_SIZE, (int64_t)CHANNELS) };

	switch (dice(4)) {
	case 0: return then(graph, in, "ZeroPadding1D", &pad);
	case 1: return then(graph, in, "Cropping1D", &crop);
	case 2: return then(graph, in, "UpSampling1D", &up);
	default: return then(graph, in, "Reshape", &reshape);
	}
}

static struct tensor *transposed(struct graph *graph, struct tensor *in)
{
	struct conv1d_transpose_config c = { .filters = CHANNELS,
					     .kernel_size = 1 + dice(5),
					     .strides = 1 + dice(3),
					     .dilation_rate = 1,
					     .padding = dice(2) ? PADDING_SAME : PADDING_VALID };

	if (c.strides > 1 && dice(2)) c.output_padding = shape_of(1, (int64_t)dice((uint32_t)c.strides));
	if (c.output_padding.rank > 0 && c.padding == PADDING_SAME) c.output_padding.rank = 0;
	return then(graph, in, "Conv1DTranspose", &c);
}

/* Of two tensors: along the steps, or element by element where the most steps are the same. */
static struct tensor *merged(struct graph *graph, struct tensor *a, struct tensor *b)
{
	struct concatenate_config along = { 1 };
	bool add = shape_equal(&a->shape, &b->shape);
	struct tensor *in[] = { a, b };
	struct node *node = node_of(graph, add ? "Add" : "Concatenate", add ? NULL : &along, in, 2);

	assert_true(node->layer->infer(node, diag_new(graph->arena)));
	return node->out[0];
}

/* Ends with few steps: so that no window grows out of its input. */
static struct tensor *drawn_stack(struct graph *graph, struct tensor *in, int layers)
{
	struct tensor *side = in;

	while (layers-- > 0) {
		if (in->shape.at[0] < 12 || in->shape.at[0] > 400) break;
		in = dice(3) == 0 ? moved(graph, in) : dice(4) == 0 ? transposed(graph, in) : window(graph, in);
		if (dice(4) == 0) side = in;
	}
	return dice(3) ? in : merged(graph, in, side);
}

static struct graph *drawn_graph(struct arena *arena, int inputs)
{
	struct graph *graph = graph_new(arena, "drawn");
	struct tensor *last = NULL;

	for (int i = 0; i < inputs; i++) {
		struct tensor *in = input(graph, shape_of(2, (int64_t)MOST, (int64_t)CHANNELS));
		in->open_axis = 0;
		in = drawn_stack(graph, in, 1 + (int)dice(5));
		last = last ? merged(graph, last, in) : in;
	}
	is_output(graph, last);
	return graph;
}

/* What infer says of these steps, and what the lengths say. */
static void judge(const struct graph *graph, const int64_t *steps)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_silent(arena);
	struct graph *at = infer_at(graph, steps, arena, diag);

	if (diag_failed(diag)) {
		assert_false(lengths_fit(graph, steps));
	} else if (lengths_fit(graph, steps)) {
		for (int i = 0; i < graph->tensors.n; i++) {
			const struct tensor *open = graph->tensors.at[i];
			struct shape wanted = open->shape;
			if (open->open_axis >= 0) wanted.at[open->open_axis] = length_at(graph, open->length, steps);
			assert_true(shape_equal(&wanted, &at->tensors.at[i]->shape));
		}
	} else {
		/* A merge that broadcasts a length that happens to be 1. */
		assert_true(graph->equal_lengths.n > 0);
	}
	arena_free(arena);
}

static void lengths_are_those_of_infer(void **state)
{
	int fitting = 0;

	(void)state;
	for (int trial = 0; trial < 300; trial++) {
		struct arena *arena = arena_new();
		struct graph *graph = drawn_graph(arena, 1);

		assert_true(infer_lengths(graph, diag_new(arena)));
		for (int64_t n = 1; n <= MOST + 1; n++) {
			if (n <= MOST) judge(graph, &n);
			if (n < lengths_least(graph, 0) || n > MOST) assert_false(lengths_fit(graph, &n));
			fitting += lengths_fit(graph, &n);
		}
		arena_free(arena);
	}
	assert_true(fitting > 2000);
}

static void lengths_of_several_inputs(void **state)
{
	(void)state;
	for (int trial = 0; trial < 60; trial++) {
		struct arena *arena = arena_new();
		struct graph *graph = drawn_graph(arena, 2);

		assert_true(infer_lengths(graph, diag_new(arena)));
		for (int64_t a = 1; a <= MOST; a += 1 + dice(4))
			for (int64_t b = 1; b <= MOST; b += 1 + dice(4)) judge(graph, (int64_t[]){ a, b });
		arena_free(arena);
	}
}

static int made(struct graph *graph, int of, int64_t times, int64_t add, int64_t divisor)
{
	struct length_term term = { of, times };

	return length_make(graph, &term, 1, add, divisor, "x");
}

static void equal_formulas_have_one_id(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g");
	struct tensor *in = input(graph, shape_of(2, (int64_t)1000, (int64_t)1));
	int n, half;

	(void)state;
	in->open_axis = 0;
	n = length_of_input(graph, 0);
	half = made(graph, n, 1, 1, 2);
	assert_int_equal(made(graph, made(graph, n, 1, 5, 1), 1, -5, 1), n);
	assert_int_equal(made(graph, n, 3, 6, 3), made(graph, n, 1, 2, 1));
	assert_int_equal(made(graph, n, 2, 3, 4), half); /* floor((2n + 3) / 4) = floor((n + 1) / 2) */
	assert_int_equal(made(graph, n, 3, 1, 2), made(graph, n, 3, 1, 2));
	assert_int_not_equal(made(graph, half, 2, 0, 1), n);
	assert_int_equal(made(graph, n, (int64_t)1 << 30, 0, 1), -1);
	for (int64_t steps = 1; steps < 30; steps++)
		assert_int_equal(length_at(graph, made(graph, n, 3, 1, 2), &steps), (3 * steps + 1) / 2);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_those_of_infer),
		cmocka_unit_test(lengths_of_several_inputs),
		cmocka_unit_test(equal_formulas_have_one_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
