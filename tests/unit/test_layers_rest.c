/* Pools, softmax, batch norm, merges, Flatten: against independent loops, and the corner cases. */
#include "layer_nodes.h"
#include "runtime/activations.h"

static const float *run_one(struct arena *arena, const char *class_name, const void *config, struct shape shape,
			    const float *x, enum number number, struct tensor **out)
{
	struct graph *graph = graph_new(arena, "one");

	*out = then(graph, input(graph, shape), class_name, config);
	return run(graph, number, x, *out);
}

static void a_pool_takes_what_is_real(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct arena *arena = arena_new();
		struct pool1d_config c = { 1 + dice(5), dice(4), (int)dice(2), (int)dice(2) };
		bool mean = dice(2), first = c.data_format == CHANNELS_FIRST;
		int64_t stride = c.strides ? c.strides : c.pool_size, channels = 1 + dice(3), outs, left = 0;
		int64_t steps = (c.padding == PADDING_VALID ? c.pool_size : 1) + dice(9);
		float *x = dice_floats(arena, steps * channels);
		struct tensor *out;
		const double *y = (const double *)(const void *)run_one(
		    arena, mean ? "AveragePooling1D" : "MaxPooling1D", &c,
		    first ? shape_of(2, channels, steps) : shape_of(2, steps, channels), x, NUMBER_MEANING, &out);
		outs = out->shape.at[first];
		if (c.padding == PADDING_SAME && (outs - 1) * stride + c.pool_size > steps)
			left = ((outs - 1) * stride + c.pool_size - steps) / 2;
		for (int64_t o = 0; o < outs; o++)
			for (int64_t q = 0; q < channels; q++) {
				double most = -INFINITY, sum = 0, n = 0;
				for (int64_t s = o * stride - left; s < o * stride - left + c.pool_size; s++) {
					double v;
					if (s < 0 || s >= steps) continue;
					v = (double)x[first ? q * steps + s : s * channels + q];
					most = fmax(most, v);
					sum += v;
					n += 1;
				}
				assert_close(y[first ? q * outs + o : o * channels + q], mean ? sum / n : most, 1e-15);
			}
		arena_free(arena);
	}
}

static void a_pool_keeps_nan_and_the_first_zero(void **state)
{
	struct arena *arena = arena_new();
	struct global_pool1d_config c = { CHANNELS_LAST, false };
	const float x[9] = { 1, -0.0f, 0, NAN, 0, -0.0f, INFINITY, -1, -1 };
	struct tensor *out;
	const float *y =
	    run_one(arena, "GlobalMaxPooling1D", &c, shape_of(2, (int64_t)3, (int64_t)3), x, NUMBER_SEPARATE, &out);

	(void)state;
	assert_true(isnan(y[0]) || y[0] == INFINITY);
	assert_true(isnan(y[0]) && y[1] == 0 && signbit(y[1]) && y[2] == 0 && !signbit(y[2]));
	arena_free(arena);
}

/* In order of time, one division. */
static void a_mean_is_summed_in_time(void **state)
{
	struct arena *arena = arena_new();
	struct global_pool1d_config c = { CHANNELS_LAST, true };
	float x[100], sum = 0;
	struct tensor *out;
	const float *y;

	(void)state;
	for (int i = 0; i < 100; i++) x[i] = dice_float();
	for (int i = 0; i < 100; i++) sum = sum + x[i];
	y = run_one(arena, "GlobalAveragePooling1D", &c, shape_of(2, (int64_t)100, (int64_t)1), x, NUMBER_SEPARATE,
		    &out);
	assert_true(y[0] == sum / 100);
	assert_int_equal(out->shape.rank, 2);
	arena_free(arena);
}

static void softmax_sums_to_one_along_its_axis(void **state)
{
	(void)state;
	for (int64_t axis = 1; axis <= 3; axis++) {
		struct arena *arena = arena_new();
		struct softmax_config c = { .axis = { 1, { axis } } };
		struct shape shape = shape_of(3, (int64_t)3, (int64_t)5, (int64_t)7);
		struct axis_split split = axis_split(&shape, (int)axis - 1);
		float *x = dice_floats(arena, 105);
		struct tensor *out;
		const double *y =
		    (const double *)(const void *)run_one(arena, "Softmax", &c, shape, x, NUMBER_MEANING, &out);
		for (int64_t r = 0; r < 105 / split.size; r++) {
			int64_t first = r / split.inner * split.size * split.inner + r % split.inner;
			double sum = 0;
			for (int64_t k = 0; k < split.size; k++) {
				sum += y[first + k * split.inner];
				assert_close(y[first + k * split.inner] / y[first],
					     exp((double)x[first + k * split.inner] - (double)x[first]), 1e-13);
			}
			assert_close(sum, 1, 1e-14);
		}
		arena_free(arena);
	}
}

/* By hand: 64 exponentials of a row in 16 partial sums, 63 in order; along another axis always in order. */
static void softmax_adds_long_rows_in_16_partial_sums(void **state)
{
	const struct activation_kind *exponential = activation_find("exponential");

	(void)state;
	for (int64_t n = 63; n <= 67; n++)
		for (int64_t axis = 1; axis <= 2; axis++) {
			struct arena *arena = arena_new();
			struct softmax_config c = { .axis = { 1, { axis } } };
			float *x = dice_floats(arena, n), p[16] = { 0 }, most = x[0], sum = 0;
			struct tensor *out;
			const float *y = run_one(arena, "Softmax", &c,
						 axis == 2 ? shape_of(2, (int64_t)1, n) : shape_of(2, n, (int64_t)1), x,
						 NUMBER_FUSED, &out);
			for (int64_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
			for (int64_t i = 0; i < n; i++) p[i % 16] += exponential->exact(x[i] - most, NULL);
			for (int j = 0; j < 8; j++) p[j] += p[j + 8];
			for (int j = 0; j < 4; j++) p[j] += p[j + 4];
			for (int64_t i = 0; i < n; i++) sum += exponential->exact(x[i] - most, NULL);
			if (axis == 2 && n >= 64) sum = (p[0] + p[2]) + (p[1] + p[3]);
			for (int64_t i = 0; i < n; i++)
				assert_true(y[i] == exponential->exact(x[i] - most, NULL) / sum);
			arena_free(arena);
		}
}

/* By hand, as Softmax's sum: the logarithm of the sum is taken once a row. */
static void log_softmax_takes_the_logarithm_of_the_sum(void **state)
{
	const struct activation_kind *exponential = activation_find("exponential");

	(void)state;
	for (int64_t n = 1; n <= 63; n += 31) {
		struct arena *arena = arena_new();
		struct softmax_config c = { .axis = { 1, { -1 } } };
		float *x = dice_floats(arena, n), most = x[0], sum = 0;
		double exact = 0;
		struct tensor *out;
		const float *y = run_one(arena, "LogSoftmax", &c, shape_of(1, n), x, NUMBER_SEPARATE, &out);
		const double *meaning = (const double *)(const void *)run_one(arena, "LogSoftmax", &c, shape_of(1, n),
									      x, NUMBER_MEANING, &out);
		for (int64_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
		for (int64_t i = 0; i < n; i++) sum += exponential->exact(x[i] - most, NULL);
		for (int64_t i = 0; i < n; i++) exact += exp((double)x[i]);
		for (int64_t i = 0; i < n; i++) {
			assert_true(y[i] == x[i] - most - runtime_log(sum));
			assert_true(fabs(meaning[i] - ((double)x[i] - log(exact))) < 1e-13);
		}
		arena_free(arena);
	}
}

static void log_softmax_of_infinities(void **state)
{
	struct arena *arena = arena_new();
	struct softmax_config c = { .axis = { 1, { -1 } } };
	const float x[6] = { INFINITY, 1, -INFINITY, 1, 3e38f, -3e38f };
	struct tensor *out;
	const float *y =
	    run_one(arena, "LogSoftmax", &c, shape_of(2, (int64_t)3, (int64_t)2), x, NUMBER_SEPARATE, &out);

	(void)state;
	assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == -INFINITY && y[3] == 0 && y[4] == 0 && y[5] == -INFINITY);
	arena_free(arena);
}

static void glu_gates_one_half_by_the_other(void **state)
{
	const struct activation_kind *sigmoid = activation_find("sigmoid");
	struct arena *arena = arena_new();
	float *x = dice_floats(arena, 42);
	struct tensor *out;
	const float *y = run_one(arena, "Glu", NULL, shape_of(2, (int64_t)7, (int64_t)6), x, NUMBER_FUSED, &out);
	const double *meaning = (const double *)(const void *)run_one(
	    arena, "Glu", NULL, shape_of(2, (int64_t)7, (int64_t)6), x, NUMBER_MEANING, &out);

	(void)state;
	assert_true(out->shape.rank == 2 && out->shape.at[0] == 7 && out->shape.at[1] == 3);
	for (int r = 0; r < 7; r++)
		for (int k = 0; k < 3; k++) {
			float a = x[6 * r + k], b = x[6 * r + 3 + k];
			assert_true(y[3 * r + k] == a * sigmoid->exact(b, NULL));
			assert_close(meaning[3 * r + k], (double)a / (1 + exp(-(double)b)), 1e-15);
		}
	arena_free(arena);
}

/* What Keras 3.15 says, which takes all sums of the support where the published threshold takes the last. */
static void sparsemax_is_that_of_keras(void **state)
{
	struct arena *arena = arena_new();
	const float x[12] = { 1, 0.9f, 0.1f, -1, 0, 0, 0, 0, 1, -3e30f, 2e30f, 1e30f };
	struct tensor *out;
	const float *y = run_one(arena, "Sparsemax", NULL, shape_of(2, (int64_t)3, (int64_t)4), x, NUMBER_FUSED, &out);

	(void)state;
	assert_true(fabs((double)y[0] - 0.05) < 1e-6 && y[1] == 0 && y[2] == 0 && y[3] == 0);
	for (int i = 4; i < 8; i++) assert_true(y[i] == 0.25f);
	for (int i = 8; i < 12; i++) assert_true(y[i] == 0);
	arena_free(arena);
}

static void softmax_of_infinities_is_nan(void **state)
{
	struct arena *arena = arena_new();
	struct softmax_config c = { .axis = { 1, { -1 } } };
	const float x[6] = { INFINITY, 1, -INFINITY, 1, 3e38f, -3e38f };
	struct tensor *out;
	const float *y = run_one(arena, "Softmax", &c, shape_of(2, (int64_t)3, (int64_t)2), x, NUMBER_SEPARATE, &out);

	(void)state;
	assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == 0 && y[3] == 1 && y[4] == 1 && y[5] == 0);
	arena_free(arena);
}

static void a_norm_is_one_multiply_and_add(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "norm");
	struct batch_norm_config c = { -1, 0.001, true, true };
	struct tensor *in = input(graph, shape_of(2, (int64_t)50, (int64_t)3)),
		      *out = then(graph, in, "BatchNormalization", &c);
	float *x = dice_floats(arena, 150);
	const float *separate = run(graph, NUMBER_SEPARATE, x, out), *fused = run(graph, NUMBER_FUSED, x, out);
	const double *y = run(graph, NUMBER_MEANING, x, out);
	const struct weight *const *w = out->from->weight;

	(void)state;
	for (int i = 0; i < 150; i++) {
		double gamma = (double)w[0]->f32[i % 3], beta = (double)w[1]->f32[i % 3],
		       mean = (double)w[2]->f32[i % 3];
		double scale = gamma / sqrt((double)w[3]->f32[i % 3] + 0.001), offset = beta - mean * scale;
		float product = x[i] * (float)scale;
		assert_close(y[i], ((double)x[i] - mean) * scale + beta, 1e-13);
		assert_true(separate[i] == (float)offset + product);
		assert_true(fused[i] == fmaf(x[i], (float)scale, (float)offset));
	}
	arena_free(arena);
}

static void add_broadcasts_and_keeps_the_order(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "add");
	struct tensor *in[3] = { input(graph, shape_of(2, (int64_t)2, (int64_t)3)),
				 input(graph, shape_of(1, (int64_t)3)),
				 input(graph, shape_of(2, (int64_t)2, (int64_t)1)) };
	struct node *node = node_of(graph, "Add", NULL, in, 3);
	const float a[6] = { 1, 2, 3, 4, 5, 1e8f }, b[3] = { 10, 20, 30 }, c[2] = { 100, -1e8f }, *ins[3] = { a, b, c };
	const float expected[6] = { 111, 122, 133, -1e8f + 14, -1e8f + 25, 1e8f + 30 - 1e8f };
	const float *y;

	(void)state;
	assert_true(node->layer->infer(node, diag_new(arena)));
	y = eval_graph(graph, NUMBER_SEPARATE, ins, arena).at[node->out[0]->id];
	assert_true(same_floats(y, expected, 3));
	assert_true(y[5] == (float)(1e8f + 30.0f) - 1e8f);
	assert_true(layer_in_place(node, 0) && !layer_in_place(node, 1) && !layer_in_place(node, 2));
	arena_free(arena);
}

static void merges_do_what_they_say(void **state)
{
	static const struct {
		const char *class_name;
		float expected[4];
	} cases[] = {
		{ "Subtract", { -3, 5, NAN, 0 } },     { "Multiply", { 4, 6, NAN, -0.0f } },
		{ "Average", { 2.5f, 3.5f, NAN, 0 } }, { "Maximum", { 4, 6, NAN, 0 } },
		{ "Minimum", { 1, 1, NAN, 0 } },
	};
	const float a[4] = { 1, 6, NAN, 0 }, b[4] = { 4, 1, 2, -0.0f }, *ins[2] = { a, b };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "merge");
		struct tensor *in[2] = { input(graph, shape_of(1, (int64_t)4)), input(graph, shape_of(1, (int64_t)4)) };
		struct node *node = node_of(graph, cases[i].class_name, NULL, in, 2);
		assert_true(node->layer->infer(node, diag_new(arena)));
		assert_true(same_floats(eval_graph(graph, NUMBER_FUSED, ins, arena).at[node->out[0]->id],
					cases[i].expected, 4));
		arena_free(arena);
	}
}

/* Adds up as the contract says: 16 partial sums, by hand, or in order. */
static float row_by_hand(const float *x, int n, bool squares, bool partial)
{
	float p[16] = { 0 };

	for (int i = 0; i < n; i++) p[partial ? i % 16 : 0] += squares ? x[i] * x[i] : x[i];
	for (int j = 0; j < 8 && partial; j++) p[j] += p[j + 8];
	for (int j = 0; j < 4 && partial; j++) p[j] += p[j + 4];
	return partial ? (p[0] + p[2]) + (p[1] + p[3]) : p[0];
}

static void a_layer_norm_follows_its_order(void **state)
{
	(void)state;
	for (int n = 62; n <= 66; n++)
		for (int axis = 1; axis <= 2; axis++) {
			struct arena *arena = arena_new();
			struct layer_norm_config c = { { 1, { axis } }, 0.001, false, false, false };
			bool partial = axis == 2 && n >= 64;
			float *x = dice_floats(arena, n), *d = NEW_ARRAY(arena, n, float), mean, root;
			struct tensor *out;
			const float *y = run_one(arena, "LayerNormalization", &c,
						 axis == 1 ? shape_of(2, (int64_t)n, (int64_t)1)
							   : shape_of(2, (int64_t)1, (int64_t)n),
						 x, NUMBER_SEPARATE, &out);
			mean = row_by_hand(x, n, false, partial) / (float)n;
			for (int i = 0; i < n; i++) d[i] = x[i] - mean;
			root = sqrtf(row_by_hand(d, n, true, partial) / (float)n + 0.001f);
			for (int i = 0; i < n; i++) assert_true(y[i] == d[i] * (1 / root));
			arena_free(arena);
		}
}

/* 5 taps of 13 channels, stride 2: even steps get taps 0, 2, 4, odd ones 1 and 3, under their own numbers. */
static void a_transposed_sum_keeps_the_terms_numbers(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "transposed");
	struct conv1d_transpose_config c = { 1, 5, 2, 1, { 0 }, PADDING_VALID, CHANNELS_LAST, false };
	struct tensor *out = then(graph, input(graph, shape_of(2, (int64_t)6, (int64_t)13)), "Conv1DTranspose", &c);
	const float *x = dice_floats(arena, 78), *y = run(graph, NUMBER_SEPARATE, x, out),
		    *w = out->from->weight[0]->f32;

	(void)state;
	assert_int_equal(elements(out), 15);
	for (int t = 0; t < 15; t++) {
		float term[65] = { 0 };
		for (int k = 0; k < 5; k++)
			for (int q = 0; q < 13; q++)
				if ((t - k) % 2 == 0 && t >= k && (t - k) / 2 < 6)
					term[k * 13 + q] = x[(t - k) / 2 * 13 + q] * w[k * 13 + q];
		assert_true(y[t] == row_by_hand(term, 65, false, true));
	}
	arena_free(arena);
}

static void an_inverted_normalisation_undoes_it(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "normalisation");
	const double means[2] = { 3, -1 }, variances[2] = { 4, 0 };
	struct normalization_config there = { { 1, { -1 } }, false, { 2, means }, { 2, variances } }, back = there;
	struct tensor *t = then(graph, input(graph, shape_of(2, (int64_t)2, (int64_t)2)), "Normalization", &there);
	const float x[4] = { 5, -1, 1, -1 };
	const double *y, *z;

	(void)state;
	back.invert = true;
	y = run(graph, NUMBER_MEANING, x, t);
	assert_true(y[0] == 1 && y[1] == 0 && y[2] == -1);
	z = run(graph, NUMBER_MEANING, x, then(graph, t, "Normalization", &back));
	for (int i = 0; i < 4; i++) assert_close(z[i], x[i], 1e-12);
	arena_free(arena);
}

static void concatenation_follows_its_axis(void **state)
{
	(void)state;
	for (int64_t axis = 1; axis <= 2; axis++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "concatenate");
		struct concatenate_config c = { axis };
		struct tensor *in[2] = { input(graph, shape_of(2, (int64_t)2, (int64_t)2)),
					 input(graph, shape_of(2, (int64_t)2, (int64_t)2)) };
		struct node *node = node_of(graph, "Concatenate", &c, in, 2);
		const float a[4] = { 1, 2, 3, 4 }, b[4] = { 5, 6, 7, 8 }, *ins[2] = { a, b };
		const float along[2][8] = { { 1, 2, 3, 4, 5, 6, 7, 8 }, { 1, 2, 5, 6, 3, 4, 7, 8 } };
		struct reach reach;
		assert_true(node->layer->infer(node, diag_new(arena)));
		assert_true(
		    same_floats(eval_graph(graph, NUMBER_FUSED, ins, arena).at[node->out[0]->id], along[axis - 1], 8));
		assert_true(node->layer->rows(node, 1, 0, 3, &reach));
		assert_int_equal(reach.hi, axis == 1 ? 1 : 3);
		arena_free(arena);
	}
}

static void a_view_is_one_only_where_nothing_moves(void **state)
{
	const struct {
		int format;
		struct shape shape;
		bool view;
	} cases[] = {
		{ CHANNELS_LAST, { 2, { 3, 4 } }, true },  { CHANNELS_FIRST, { 2, { 3, 4 } }, false },
		{ CHANNELS_FIRST, { 2, { 1, 4 } }, true }, { CHANNELS_FIRST, { 2, { 4, 1 } }, true },
		{ CHANNELS_FIRST, { 1, { 4 } }, true },    { CHANNELS_FIRST, { 3, { 2, 3, 2 } }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new();
		struct flatten_config c = { cases[i].format };
		int64_t n = shape_elements(&cases[i].shape);
		float *x = dice_floats(arena, n);
		struct tensor *out;
		const float *y = run_one(arena, "Flatten", &c, cases[i].shape, x, NUMBER_SEPARATE, &out);
		assert_true(layer_is_view(out->from) == cases[i].view);
		assert_true(same_floats(x, y, n) == cases[i].view);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_takes_what_is_real),
		cmocka_unit_test(a_pool_keeps_nan_and_the_first_zero),
		cmocka_unit_test(a_mean_is_summed_in_time),
		cmocka_unit_test(softmax_sums_to_one_along_its_axis),
		cmocka_unit_test(softmax_adds_long_rows_in_16_partial_sums),
		cmocka_unit_test(softmax_of_infinities_is_nan),
		cmocka_unit_test(sparsemax_is_that_of_keras),
		cmocka_unit_test(glu_gates_one_half_by_the_other),
		cmocka_unit_test(log_softmax_takes_the_logarithm_of_the_sum),
		cmocka_unit_test(log_softmax_of_infinities),
		cmocka_unit_test(a_norm_is_one_multiply_and_add),
		cmocka_unit_test(add_broadcasts_and_keeps_the_order),
		cmocka_unit_test(merges_do_what_they_say),
		cmocka_unit_test(a_layer_norm_follows_its_order),
		cmocka_unit_test(a_transposed_sum_keeps_the_terms_numbers),
		cmocka_unit_test(an_inverted_normalisation_undoes_it),
		cmocka_unit_test(concatenation_follows_its_axis),
		cmocka_unit_test(a_view_is_one_only_where_nothing_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
