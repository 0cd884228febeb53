/* Windows over steps, rows, axes: against what brute force finds. */
#include "layer_nodes.h"

/* TensorFlow's documentation of the paddings, spelt with real numbers. */
static void windows_follow_the_formulas(void **state)
{
	(void)state;
	for (int64_t steps = 1; steps <= 30; steps++)
		for (int64_t taps = 1; taps <= 9; taps++)
			for (int64_t stride = 1; stride <= 5; stride++)
				for (int64_t dilation = 1; dilation <= (stride == 1 ? 4 : 1); dilation++) {
					int64_t reach = (taps - 1) * dilation + 1;
					int64_t same = (int64_t)ceil((double)steps / (double)stride);
					int64_t total = (same - 1) * stride + reach - steps;
					struct window w;
					assert_int_equal(window_of(steps, taps, stride, dilation, PADDING_VALID, &w),
							 steps >= reach);
					if (steps >= reach)
						assert_int_equal(w.steps_out,
								 ceil((double)(steps - reach + 1) / (double)stride));
					assert_true(window_of(steps, taps, stride, dilation, PADDING_SAME, &w));
					assert_int_equal(w.steps_out, same);
					assert_int_equal(w.pad_left + w.pad_right, total > 0 ? total : 0);
					assert_true(w.pad_right - w.pad_left == 0 || w.pad_right - w.pad_left == 1);
					assert_true(window_of(steps, taps, stride, dilation, PADDING_CAUSAL, &w));
					assert_int_equal(w.steps_out, same);
					assert_int_equal(w.pad_left, reach - 1);
				}
}

/* Which input rows change which output rows, seen by changing them. */
static void rows_of(struct graph *graph, const struct tensor *in, const struct tensor *out)
{
	const struct node *node = out->from;
	int64_t rows_in = in->shape.at[0], rows_out = out->shape.at[0], width = elements(in) / rows_in;
	float *x = dice_floats(graph->arena, elements(in));
	const double *before = run(graph, NUMBER_MEANING, x, out);

	for (int64_t r = 0; r < rows_in; r++) {
		float *y = arena_copy(graph->arena, x, (size_t)elements(in) * sizeof *x);
		const double *after;
		for (int64_t c = 0; c < width; c++) y[r * width + c] += 64;
		after = run(graph, NUMBER_MEANING, y, out);
		for (int64_t o = 0; o < rows_out; o++) {
			int64_t n = elements(out) / rows_out;
			bool changed = memcmp(before + o * n, after + o * n, (size_t)n * sizeof *before) != 0;
			struct reach upto, from;
			assert_true(node->layer->rows(node, 0, 0, o + 1, &upto) &&
				    node->layer->rows(node, 0, 0, o, &from));
			if (changed && !(r < upto.hi && r >= from.lo)) fail_msg("row %d needs row %d", (int)o, (int)r);
		}
		for (int64_t o = 0; o <= rows_out; o++) {
			struct reach reach;
			assert_true(node->layer->rows(node, 0, 0, o, &reach));
			for (int64_t q = 0; q < rows_out; q++) {
				int64_t n = elements(out) / rows_out;
				bool changed = memcmp(before + q * n, after + q * n, (size_t)n * sizeof *before) != 0;
				assert_false(changed && q < o && r >= reach.hi);
				assert_false(changed && q >= o && r < reach.lo);
			}
		}
	}
}

static struct tensor *any_moving_layer(struct graph *graph, struct tensor *in, int which)
{
	int64_t stride = 1 + dice(3), dilation = stride > 1 ? 1 : 1 + dice(3);
	struct conv1d_config conv = { 2, 1 + dice(4), stride, dilation, 1, (int)dice(3), CHANNELS_LAST, true };
	struct pool1d_config pool = { 1 + dice(4), dice(4), (int)dice(2), CHANNELS_LAST };
	struct conv1d_transpose_config transpose = { 2,     1 + dice(5),  stride,        dilation,
						     { 0 }, (int)dice(2), CHANNELS_LAST, true };
	struct up_sampling1d_config up = { 1 + dice(3) };
	struct zero_padding1d_config pad = { { 2, { dice(4), dice(4) } }, CHANNELS_LAST };
	struct cropping1d_config crop = { { 2, { dice(4), dice(4) } } };
	const struct {
		const char *class_name;
		const void *config;
	} layers[] = {
		{ "Conv1D", &conv },     { "AveragePooling1D", &pool }, { "Conv1DTranspose", &transpose },
		{ "UpSampling1D", &up }, { "ZeroPadding1D", &pad },     { "Cropping1D", &crop },
	};

	return then(graph, in, layers[which].class_name, layers[which].config);
}

static void layers_name_the_rows_that_they_need(void **state)
{
	(void)state;
	for (int trial = 0; trial < 120; trial++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "rows");
		struct tensor *in = input(graph, shape_of(2, (int64_t)(12 + dice(8)), (int64_t)2));
		rows_of(graph, in, any_moving_layer(graph, in, trial % 6));
		arena_free(arena);
	}
}

static void partial_sums_are_for_long_narrow_sums(void **state)
{
	(void)state;
	assert_true(uses_partial_sums(64, 7, 2));
	assert_false(uses_partial_sums(63, 7, 2));
	assert_false(uses_partial_sums(64, 8, 2));
	assert_false(uses_partial_sums(64, 7, 1));
}

static void axes_count_the_batch(void **state)
{
	struct shape shape = shape_of(3, (int64_t)2, (int64_t)3, (int64_t)5);
	struct axis_split split = axis_split(&shape, 1);

	(void)state;
	assert_int_equal(sample_axis(-1, 2), 1);
	assert_int_equal(sample_axis(1, 2), 0);
	assert_int_equal(sample_axis(2, 2), 1);
	assert_int_equal(sample_axis(-2, 2), 0);
	assert_int_equal(sample_axis(0, 2), -1);
	assert_int_equal(sample_axis(3, 2), -1);
	assert_int_equal(sample_axis(-3, 2), -1);
	assert_int_equal(split.outer, 2);
	assert_int_equal(split.size, 3);
	assert_int_equal(split.inner, 5);
}

static void broadcasting_finds_the_element(void **state)
{
	struct shape out = shape_of(2, (int64_t)2, (int64_t)3), row = shape_of(1, (int64_t)3),
		     column = shape_of(2, (int64_t)2, (int64_t)1);

	(void)state;
	for (int64_t i = 0; i < 6; i++) {
		assert_int_equal(broadcast_index(&out, &out, i), i);
		assert_int_equal(broadcast_index(&out, &row, i), i % 3);
		assert_int_equal(broadcast_index(&out, &column, i), i / 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_follow_the_formulas),
		cmocka_unit_test(layers_name_the_rows_that_they_need),
		cmocka_unit_test(partial_sums_are_for_long_narrow_sums),
		cmocka_unit_test(axes_count_the_batch),
		cmocka_unit_test(broadcasting_finds_the_element),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
