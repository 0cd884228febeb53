/* quantise: scales, ranges, and graphs of integers that mean what the float graph means.
 *
 * What TFLite's converter chooses for whole models is in tests/quantise. */
#include "layer_nodes.h"

#include "passes/quantise.h"

static struct conv1d_config conv_of(int64_t filters, int64_t taps, int64_t groups)
{
	return (struct conv1d_config){ .filters = filters,
				       .kernel_size = taps,
				       .strides = 1,
				       .dilation_rate = 1,
				       .groups = groups,
				       .padding = PADDING_SAME,
				       .use_bias = true };
}

/* ---- scales --------------------------------------------------------------------------------------------------------- */

/* By hand, in TFLite's arithmetic: (float)most - (float)least, divided by 255 in float; the zero point from the least. */
static void ranges_have_the_scales_of_tflite(void **state)
{
	static const struct {
		struct range range;
		enum type type;
		float scale;
		int32_t zero_point;
	} cases[] = {
		{ { -1, 1 }, TYPE_I8, 2.0F / 255, -1 }, /* round(-128 + 127.5) = round(-0.5) */
		{ { 0, 6 }, TYPE_I8, 6.0F / 255, -128 },
		{ { 2, 6 }, TYPE_I8, 6.0F / 255, -128 }, /* 0 is in every range */
		{ { -6, -2 }, TYPE_I8, 6.0F / 255, 127 },
		{ { -1, 3 }, TYPE_I8, 4.0F / 255, -64 }, /* -128 + 63.75 */
		{ { 0, 0 }, TYPE_I8, 2e-6F / 255, 0 }, /* widened by 1e-6 to either side, in double; (float)1e-6 is less */
		{ { -1, 3 }, TYPE_I16, 3.0F / 32767, 0 },
		{ { -5, 3 }, TYPE_I16, 5.0F / 32767, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new();
		const struct quantisation *q = quantisation_of_range(cases[i].range, cases[i].type, arena);
		assert_int_equal(q->n, 1);
		assert_true(fabsf(q->scale[0] - cases[i].scale) <= cases[i].scale * 0x1p-23F);
		assert_int_equal(q->zero_point[0], cases[i].zero_point);
		arena_free(arena);
	}
}

/* Every real number of the range is within half a step of one that the integers stand for; 0 is exact. */
static void a_range_is_covered_by_its_integers(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct arena *arena = arena_new();
		const double a = (double)dice_float() * 10, b = (double)dice_float() * 10;
		const struct range range = { fmin(a, b), fmax(a, b) };
		const enum type type = i % 2 ? TYPE_I16 : TYPE_I8;
		const struct quantisation *q = quantisation_of_range(range, type, arena);
		const struct range covered = range_of_quantisation(q, type);
		const double half = 0.5000001 * (double)q->scale[0];

		assert_in_range(q->zero_point[0] + 128, 0, 255);
		assert_true(covered.least <= fmin(range.least, 0) + half);
		assert_true(covered.most >= fmax(range.most, 0) - half);
		arena_free(arena);
	}
}

static struct tensor tensor_of(enum type type, const float *scale)
{
	static struct quantisation q;
	static const int32_t zero = 0;

	q = (struct quantisation){ 1, scale, &zero };
	return (struct tensor){ .type = type, .quantisation = &q };
}

/* Of every filter: the largest is 127, all others within half a step; the bias within half of one of its own. */
static void weights_are_within_half_a_step(void **state)
{
	static const struct filters forms[] = { { 5, 1 }, { 4, 3 }, { 1, 1 } };
	static const float scale = 0.031F;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct arena *arena = arena_new();
		const struct filters filters = forms[i % 3];
		const struct tensor in = tensor_of(i % 2 ? TYPE_I16 : TYPE_I8, &scale);
		const int64_t n = filters.n * filters.inner * 7;
		struct weight kernel = { .name = "kernel", .shape = shape_of(1, n), .f32 = dice_floats(arena, n) };
		struct weight bias = { .name = "bias", .shape = shape_of(1, filters.n) };
		const struct weight *k, *b;

		bias.f32 = dice_floats(arena, filters.n);
		k = quantised_kernel(&kernel, filters, &bias, &in, &in, arena);
		b = quantised_bias(&bias, k, &in, arena);
		assert_int_equal(k->quantisation->n, filters.n);
		for (int64_t e = 0; e < n; e++) {
			const double step = (double)k->quantisation->scale[e / filters.inner % filters.n];
			assert_in_range(k->integers[e] + 127, 0, 254);
			assert_true(fabs(k->f64[e] - (double)kernel.f32[e]) <= 0.50001 * step);
			assert_true(k->f64[e] == (double)k->integers[e] * step);
		}
		for (int64_t f = 0; f < filters.n; f++) {
			const double step = (double)b->quantisation->scale[f];
			/* int16's program multiplies in float: 24 bits of the integer are right. */
			const double slack = i % 2 ? fabs((double)b->integers[f]) * 0x1p-22 : 0;
			assert_true(fabs(b->f64[f] - (double)bias.f32[f]) <= (0.50001 + slack) * step);
		}
		assert_int_equal(b->type, i % 2 ? TYPE_I64 : TYPE_I32);
		arena_free(arena);
	}
}

/* SetBiasParamsWithAdjustments(): a filter's scale grows until its bias is INT32_MAX / 2 steps. */
static void a_large_bias_widens_its_filter(void **state)
{
	struct arena *arena = arena_new();
	static const float scale = 1e-4F;
	const struct tensor in = tensor_of(TYPE_I8, &scale);
	const float weights[] = { 1e-4F, 1e-4F, 1e-4F, 1e-4F }, biases[] = { 1000, 0 };
	const struct weight kernel = { .name = "kernel", .shape = shape_of(2, (int64_t)2, (int64_t)2), .f32 = weights };
	const struct weight bias = { .name = "bias", .shape = shape_of(1, (int64_t)2), .f32 = biases };
	const struct weight *k = quantised_kernel(&kernel, (struct filters){ 2, 1 }, &bias, &in, &in, arena),
			    *b = quantised_bias(&bias, k, &in, arena);

	(void)state;
	assert_true(b->integers[0] > INT32_MAX / 2 - 200 && b->integers[0] < INT32_MAX / 2 + 200);
	assert_int_equal(k->integers[1], 127);
	assert_int_equal(k->integers[0], 0);
	arena_free(arena);
}

/* Beside int16 a filter's factor to the output's steps is never what QuantizeMultiplier() makes 0, however small its weights
 * are: else its bias would be lost. */
static void no_factor_of_int16_is_0(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (int i = 0; i < 400; i++) {
		const float scales[] = { ldexpf(1.3F, -i % 20), ldexpf(1.1F, i % 23 - 15) };
		const struct tensor in = tensor_of(TYPE_I16, &scales[0]);
		const struct quantisation q = { 1, &scales[1], in.quantisation->zero_point };
		const struct tensor out = { .type = TYPE_I16, .quantisation = &q };
		const float weights[] = { ldexpf(1, -i % 50), 0 }, biases[] = { 20000 * scales[1], -3 * scales[1] };
		const struct weight kernel = { .name = "kernel",
					       .shape = shape_of(2, (int64_t)1, (int64_t)2),
					       .f32 = weights };
		const struct weight bias = { .name = "bias", .shape = shape_of(1, (int64_t)2), .f32 = biases };
		const struct weight *k = quantised_kernel(&kernel, (struct filters){ 2, 1 }, &bias, &in, &out, arena),
				    *b = quantised_bias(&bias, k, &in, arena);

		for (int f = 0; f < 2; f++) {
			const double factor = (double)scales[0] * (double)k->quantisation->scale[f] / (double)scales[1];
			const struct multiplier m = multiplier_of(factor);
			assert_true(m.mantissa > 0 && m.shift >= -31);
			if (m.shift < 0) assert_true(abs(multiplied_wide(b->integers[f], m) - (f ? -3 : 20000)) <= 1);
			/* What it costs the weights is nothing of the output's step. */
			assert_true(fabs(k->f64[f] - (double)weights[f]) <=
				    fmax((double)weights[f] / 250, 0x1p-31 * (double)scales[1] / (double)scales[0]));
		}
	}
	arena_free(arena);
}

/* ---- ranges --------------------------------------------------------------------------------------------------------- */

/* A calibration that has seen these values of the only tensor. */
static struct calibration *seen(struct arena *arena, const float *at, int64_t n)
{
	struct graph *graph = graph_new(arena, "g");
	struct values values = { .number = NUMBER_SEPARATE, .n = 1, .at = NEW_ARRAY(arena, 1, void *) };
	struct calibration *c;

	input(graph, shape_of(1, n));
	c = calibration_new(graph, arena);
	values.at[0] = arena_copy(arena, at, (size_t)n * sizeof *at);
	calibration_see(c, &values);
	calibration_count(c, &values);
	return c;
}

/* 1 in 1000 values lies far out. */
static const float *with_outliers(struct arena *arena, int64_t n)
{
	float *at = dice_floats(arena, n);

	for (int64_t i = 0; i < n; i += 1000) at[i] = i % 2000 ? 40 : -40;
	return at;
}

static void rules_choose_within_what_was_seen(void **state)
{
	const int64_t n = 20000;
	struct arena *arena = arena_new();
	struct calibration *c = seen(arena, with_outliers(arena, n), n);
	const struct range all = calibration_choose(c, 0, RANGE_MINMAX, 0, 255, false),
			   middle = calibration_choose(c, 0, RANGE_PERCENTILE, 99, 255, false),
			   least = calibration_choose(c, 0, RANGE_MSE, 0, 255, false);

	(void)state;
	assert_true(all.least == -40 && all.most == 40);
	assert_true(middle.least >= -2.1 && middle.least < -1.9 && middle.most <= 2.1 && middle.most > 1.9);
	assert_true(least.least >= all.least && least.most <= all.most);
	arena_free(arena);
}

/* The sum of the squares that integers of this range leave, value by value: nothing of the histogram. */
static double error_of(const float *at, int n, struct range range)
{
	struct arena *arena = arena_new();
	const struct quantisation *q = quantisation_of_range(range, TYPE_I8, arena);
	double error = 0;

	for (int i = 0; i < n; i++) {
		const double steps = round((double)at[i] / (double)q->scale[0]) + q->zero_point[0];
		const double real = (fmin(fmax(steps, -128), 127) - q->zero_point[0]) * (double)q->scale[0];
		error += (real - (double)at[i]) * (real - (double)at[i]);
	}
	arena_free(arena);
	return error;
}

/* The range of least squared error is about as good as the best of a search over the values themselves. */
static void least_error_is_least(void **state)
{
	const int n = 4000;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct arena *arena = arena_new();
		float *at = dice_floats(arena, n);
		struct range chosen;
		double best = INFINITY;

		/* Even; relu of it; with long tails. */
		for (int i = 0; i < n; i++)
			at[i] = kind == 0 ? at[i] : kind == 1 ? fmaxf(at[i], 0) : at[i] * at[i] * at[i] * at[i] * at[i];
		chosen = calibration_choose(seen(arena, at, n), 0, RANGE_MSE, 0, 255, false);
		for (int share = 30; share <= 100; share++) {
			const struct range all = calibration_seen(seen(arena, at, n), 0);
			best = fmin(best,
				    error_of(at, n, (struct range){ all.least * share / 100, all.most * share / 100 }));
		}
		assert_true(error_of(at, n, chosen) <= 1.1 * best);
		arena_free(arena);
	}
}

static void infinities_and_nan_are_seen(void **state)
{
	struct arena *arena = arena_new();
	const float at[] = { 1, NAN, 2 }, far[] = { 1, -INFINITY, 2 };

	(void)state;
	assert_true(!isfinite(calibration_seen(seen(arena, at, 3), 0).least));
	assert_true(!isfinite(calibration_seen(seen(arena, far, 3), 0).least));
	arena_free(arena);
}

/* ---- graphs ----------------------------------------------------------------------------------------------------------- */

/* Both compute the same of seeded inputs, up to rounding. */
static void assert_same_meaning(const struct graph *a, const struct graph *b)
{
	float *in = dice_floats(a->arena, elements(a->inputs.at[0]));
	const float *ins[] = { in };
	const struct values x = eval_graph(a, NUMBER_MEANING, ins, a->arena),
			    y = eval_graph(b, NUMBER_MEANING, ins, a->arena);

	assert_int_equal(a->outputs.n, b->outputs.n);
	for (int i = 0; i < a->outputs.n; i++) {
		const double *u = x.at[a->outputs.at[i]->id], *v = y.at[b->outputs.at[i]->id];
		assert_true(shape_equal(&a->outputs.at[i]->shape, &b->outputs.at[i]->shape));
		for (int64_t k = 0; k < elements(a->outputs.at[i]); k++) assert_close(v[k], u[k], 1e-5);
	}
}

static int count(const struct graph *graph, const char *class_name)
{
	int n = 0;

	for (int i = 0; i < graph->nodes.n; i++) n += layer_is(graph->nodes.at[i], class_name);
	return n;
}

/* tanh and leaky relu become nodes, relu stays; the norm becomes a depthwise convolution; three inputs two sums. */
static void preparing_keeps_the_meaning(void **state)
{
	static const struct batch_norm_config norm = { -1, 0.001, true, true }, first = { 1, 0.001, true, true };
	static const struct merge_config merge;
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *prepared;
	struct conv1d_config conv = conv_of(4, 3, 1);
	struct tensor *x = input(graph, shape_of(2, (int64_t)9, (int64_t)4)), *t[3];

	(void)state;
	t[0] = then(graph, x, "Conv1D", &conv);
	activate_by(t[0]->from, "tanh");
	t[1] = then(graph, x, "Conv1D", &conv);
	activate_by(t[1]->from, "relu");
	t[2] = then(graph, then(graph, t[1], "BatchNormalization", &norm), "BatchNormalization", &first);
	for (int i = 0; i < 3; i++) {
		static const char *const classes[] = { "Add", "Average", "Maximum" };
		struct node *node = node_of(graph, classes[i], &merge, t, 3);
		node->out[0]->shape = x->shape;
		activate_by(node, i ? "leaky_relu" : "relu");
		is_output(graph, node->out[0]);
	}
	prepared = quantise_prepare(graph, arena);
	graph_check(prepared);
	assert_same_meaning(graph, prepared);
	assert_int_equal(count(prepared, "BatchNormalization"), 0);
	assert_int_equal(count(prepared, "Average"), 0);
	assert_int_equal(count(prepared, "Add"), 4);
	assert_int_equal(count(prepared, "DepthwiseConv1D"), 3);
	assert_int_equal(count(prepared, "Activation"), 3);
	assert_true(activation_is_linear(&prepared->nodes.at[0]->activation));
	arena_free(arena);
}

static double spread_of(const struct weight *kernel, int64_t channels)
{
	double least = INFINITY, most = 0;

	for (int64_t c = 0; c < channels; c++) {
		double largest = 0;
		for (int64_t i = c; i < shape_elements(&kernel->shape); i += channels)
			largest = fmax(largest, fabs((double)kernel->f32[i]));
		least = fmin(least, largest);
		most = fmax(most, largest);
	}
	return most / least;
}

static void equalising_keeps_the_meaning(void **state)
{
	static const struct depthwise_config depthwise = { .kernel_size = 3,
							   .strides = 1,
							   .dilation_rate = 1,
							   .depth_multiplier = 2,
							   .padding = PADDING_SAME,
							   .use_bias = true };
	static const struct pool1d_config pool = { 2, 2, PADDING_VALID, CHANNELS_LAST };
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g"), *prepared;
	struct conv1d_config wide = conv_of(6, 3, 1), grouped = conv_of(4, 3, 2);
	struct tensor *t = input(graph, shape_of(2, (int64_t)12, (int64_t)2));
	float *kernel = dice_floats(arena, 36);

	(void)state;
	for (int i = 0; i < 36; i++) kernel[i] *= i % 6 ? 1 : 100;
	t = then(graph, t, "Conv1D", &wide);
	set_weight(t->from, 0, kernel);
	activate_by(t->from, "relu");
	t = then(graph, t, "MaxPooling1D", &pool);
	t = then(graph, t, "DepthwiseConv1D", &depthwise);
	activate_by(t->from, "leaky_relu");
	t = then(graph, t, "Conv1D", &grouped);
	activate_by(t->from, "tanh");
	t = then(graph, t, "Conv1D", &wide);
	is_output(graph, t);
	prepared = quantise_prepare(graph, arena);
	/* tanh is not homogeneous: what is behind it stays. */
	assert_int_equal(quantise_equalise(prepared), 2);
	assert_same_meaning(graph, prepared);
	assert_true(spread_of(graph->nodes.at[0]->weight[0], 6) > 20);
	assert_true(spread_of(prepared->nodes.at[0]->weight[0], 6) < 10);
	arena_free(arena);
}

static struct quantised *quantised_with(const struct graph *prepared, struct quantising how, struct arena *arena)
{
	struct range *range = NEW_ARRAY(arena, prepared->tensors.n, struct range);

	for (int t = 0; t < prepared->tensors.n; t++) range[t] = (struct range){ -8, 8 + t };
	how.range = range;
	return quantise(prepared, &how, arena);
}

/* conv, softmax over the steps (which has no form in integers), pool: converted around the softmax, and at the ends. */
static void what_has_no_form_stays_float(void **state)
{
	static const struct pool1d_config pool = { 2, 2, PADDING_VALID, CHANNELS_LAST };
	static const struct axes_config {
		struct axes axis;
		double epsilon;
	} norm = { { 1, { -1 } }, 0.001 };
	static const struct {
		enum type ends;
		int quantize;
	} cases[] = { { TYPE_I8, 2 }, { TYPE_F32, 4 } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "g");
		struct conv1d_config conv = conv_of(4, 3, 1);
		struct tensor *t = input(graph, shape_of(2, (int64_t)8, (int64_t)2));
		struct quantised *q;

		t = then(graph, t, "Conv1D", &conv);
		t = then(graph, t, "RMSNormalization", &norm);
		t = then(graph, t, "MaxPooling1D", &pool);
		is_output(graph, t);
		q = quantised_with(graph, (struct quantising){ .activations = TYPE_I8, .ends = cases[i].ends }, arena);
		graph_check(q->graph);
		assert_int_equal(count(q->graph, "Quantize"), cases[i].quantize);
		assert_int_equal(q->graph->inputs.at[0]->type, cases[i].ends);
		assert_int_equal(q->graph->outputs.at[0]->type, cases[i].ends);
		assert_int_equal(q->left.n, 1);
		assert_string_equal(q->left.at[0]->layer->name, "RMSNormalization");
		for (int n = 0; n < q->graph->nodes.n; n++) {
			const struct node *node = q->graph->nodes.at[n];
			if (layer_is(node, "RMSNormalization")) assert_int_equal(node->out[0]->type, TYPE_F32);
			if (layer_is(node, "MaxPooling1D"))
				assert_ptr_equal(node->in[0]->quantisation, node->out[0]->quantisation);
		}
		arena_free(arena);
	}
}

/* Concatenate: an input that nobody else reads is made in the output's scale, others are converted; sigmoid's is fixed. */
static void a_concatenation_has_one_scale(void **state)
{
	static const struct concatenate_config axis = { -1 };
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "g");
	struct conv1d_config conv = conv_of(4, 3, 1);
	struct tensor *x = input(graph, shape_of(2, (int64_t)8, (int64_t)4)), *t[3];
	const struct quantised *q;
	struct node *node;

	(void)state;
	t[0] = then(graph, x, "Conv1D", &conv);
	t[1] = then(graph, x, "Conv1D", &conv);
	t[2] = then(graph, x, "Activation", NULL);
	activate_by(t[2]->from, "sigmoid");
	node = node_of(graph, "Concatenate", &axis, t, 3);
	node->out[0]->shape = shape_of(2, (int64_t)8, (int64_t)12);
	is_output(graph, node->out[0]);
	is_output(graph, t[1]);
	q = quantised_with(graph, (struct quantising){ .activations = TYPE_I8, .ends = TYPE_I8 }, arena);
	graph_check(q->graph);
	node = q->graph->outputs.at[0]->from;
	for (int k = 0; k < 3; k++) {
		assert_ptr_equal(node->in[k]->quantisation, node->out[0]->quantisation);
		assert_int_equal(layer_is(node->in[k]->from, "Quantize"), k > 0);
	}
	assert_int_equal(count(q->graph, "Quantize"), 2);
	assert_true(q->graph->tensors.at[3]->quantisation->scale[0] == 0x1p-8F);
	arena_free(arena);
}

#define TEST(name) cmocka_unit_test(name)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_have_the_scales_of_tflite),
		TEST(a_range_is_covered_by_its_integers),
		TEST(weights_are_within_half_a_step),
		TEST(a_large_bias_widens_its_filter),
		TEST(no_factor_of_int16_is_0),
		TEST(rules_choose_within_what_was_seen),
		TEST(least_error_is_least),
		TEST(infinities_and_nan_are_seen),
		TEST(preparing_keeps_the_meaning),
		TEST(equalising_keeps_the_meaning),
		TEST(what_has_no_form_stays_float),
		TEST(a_concatenation_has_one_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
