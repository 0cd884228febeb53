/* Error bounds: never violated, over random and hostile inputs and weights; and not absurdly wide. */
#include "layer_nodes.h"
#include "layers/family.h"

/* Floats of every size: ordinary, huge, tiny, subnormal, zero, and pairs that cancel. */
static float hostile_float(void)
{
	switch (dice(8)) {
	case 0: return 0;
	case 1: return ldexpf(dice_float(), -130 - (int)dice(20));
	case 2: return ldexpf(dice_float(), 20 + (int)dice(40));
	case 3: return ldexpf(dice_float(), -60);
	case 4: return dice(2) ? 1 + 0x1p-23f : -1;
	case 5: return dice(2) ? 0x1.fffffep0f : -0x1.fffffep0f;
	default: return dice_float();
	}
}

static void draw(float *at, int64_t n, bool hostile)
{
	for (int64_t i = 0; i < n; i++) at[i] = hostile ? hostile_float() : dice_float();
}

/* The largest error / bound over one layer and input. */
static double worst_share(struct graph *graph, const struct node *node, const float *x)
{
	int64_t n = elements(node->out[0]), n_in = elements(node->in[0]);
	double *in = NEW_ARRAY(graph->arena, n_in, double), *bound = NEW_ARRAY(graph->arena, n, double), worst = 0;
	const double *ins[1] = { in }, *exact = run(graph, NUMBER_MEANING, x, node->out[0]);
	struct arena *scratch = arena_new();

	for (int64_t i = 0; i < n_in; i++) in[i] = (double)x[i];
	node->layer->bound(node, ins, bound, scratch);
	arena_free(scratch);
	for (int number = NUMBER_SEPARATE; number <= NUMBER_FUSED; number++) {
		const float *y = run(graph, (enum number)number, x, node->out[0]);
		for (int64_t i = 0; i < n; i++) {
			double error = fabs((double)y[i] - exact[i]);
			if (!isfinite(y[i]) || !isfinite(exact[i])) continue;
			if (!(error <= bound[i]))
				fail_msg("%s, element %d: %.9g for %.17g, error %g over its bound %g",
					 node->layer->name, (int)i, (double)y[i], exact[i], error, bound[i]);
			if (error > 0 && error / bound[i] > worst) worst = error / bound[i];
		}
	}
	return worst;
}

static double many(const char *class_name, const void *config, struct shape shape, int times)
{
	double worst = 0;

	for (int i = 0; i < times; i++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "bound");
		struct tensor *in = input(graph, shape), *out = then(graph, in, class_name, config);
		bool hostile = i % 2;
		float *x = NEW_ARRAY(arena, elements(in), float);
		double share;
		draw(x, elements(in), hostile);
		for (int k = 0; hostile && k < out->from->n_weight; k++) {
			int64_t n = shape_elements(&out->from->weight[k]->shape);
			float *w = NEW_ARRAY(arena, n, float);
			draw(w, n, true);
			for (int64_t q = 0; strstr(out->from->weight[k]->name, "variance") && q < n; q++)
				w[q] = fabsf(w[q]);
			set_weight(out->from, k, w);
		}
		share = worst_share(graph, out->from, x);
		if (!hostile && share > worst) worst = share;
		arena_free(arena);
	}
	return worst;
}

static void sums_stay_within(void **state)
{
	(void)state;
	for (int i = 0; i < 24; i++) {
		int64_t groups = 1 + dice(2);
		struct conv1d_config c = { groups * (1 + dice(8)), 1 + dice(9),  1,           1 + dice(2), groups,
					   (int)dice(3),           (int)dice(2), dice(2) == 0 };
		struct shape shape = c.data_format == CHANNELS_FIRST
					 ? shape_of(2, groups * (1 + dice(20)), (int64_t)24)
					 : shape_of(2, (int64_t)24, groups * (1 + dice(20)));
		assert_true(many("Conv1D", &c, shape, 6) > 0.001);
	}
	for (int64_t features = 1; features <= 256; features *= 4) {
		struct dense_config c = { 1 + dice(9), dice(2) == 0 };
		many("Dense", &c, shape_of(1, features), 40);
	}
}

/* Terms just below half a unit of a sum of 1: every addition loses one whole, and all in the same direction. */
static void sums_that_lose_all_they_can_stay_within(void **state)
{
	(void)state;
	for (int64_t units = 1; units <= 8; units += 7)
		for (int64_t n = 1; n <= 512; n *= 2) {
			struct arena *arena = arena_new();
			struct graph *graph = graph_new(arena, "lost");
			struct dense_config c = { units, true };
			struct tensor *out = then(graph, input(graph, shape_of(1, n)), "Dense", &c);
			bool partial = units == 1 && n >= 64;
			float *ones = NEW_ARRAY(arena, n * units, float), *x = NEW_ARRAY(arena, n, float);
			for (int64_t i = 0; i < n * units; i++) ones[i] = 1;
			for (int64_t i = 0; i < n; i++)
				x[i] = !partial || i % 16 == 0 || i == 8 || i == 4 || i == 2 || i == 1 ? 0x1.fffffep-25f
												       : 0;
			set_weight(out->from, 0, ones);
			set_weight(out->from, 1, ones);
			assert_true(worst_share(graph, out->from, x) > (n < 4 ? 0.4 : 0.75));
			arena_free(arena);
		}
}

/* One term with a folded weight: weight, product and sum are rounded, each near a power of two. */
static void a_folded_term_stays_within(void **state)
{
	double worst = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double w = 1 + ldexp(dice(1u << 24), -44), subnormal = ldexp(w, -140);
		double in = 1 + ldexp(dice(1u << 10), -23), bound, error, *ins = &in;
		float f32 = (float)w, tiny = (float)subnormal, x = (float)in, bias = 1, y;
		struct shape one = shape_of(1, (int64_t)1), kernel = shape_of(2, (int64_t)1, (int64_t)1);
		struct weight weights[2] = { { .name = "kernel", .shape = kernel, .f32 = &f32, .f64 = &w },
					     { .name = "bias", .shape = one, .f32 = &bias } };
		const struct weight *weight[2] = { &weights[0], &weights[1] };
		struct tensor tin = { .shape = one }, tout = { .shape = one }, *t[2] = { &tin, &tout };
		struct dense_config c = { 1, true };
		struct node node = { .layer = layer_find("Dense"),
				     .config = &c,
				     .in = &t[0],
				     .out = &t[1],
				     .n_in = 1,
				     .n_out = 1,
				     .weight = weight,
				     .n_weight = 2 };
		struct arena *scratch = arena_new();
		const void *xs[1] = { &x };
		void *ys[1] = { &y };
		node.layer->eval[NUMBER_SEPARATE](&node, xs, ys, scratch);
		node.layer->bound(&node, (const double *const *)&ins, &bound, scratch);
		error = fabs((double)y - (1 + in * w));
		assert_true(error <= bound);
		worst = fmax(worst, error / bound);
		/* A weight that became subnormal. */
		weights[0] = (struct weight){ .name = "kernel", .shape = kernel, .f32 = &tiny, .f64 = &subnormal };
		node.n_weight = 1;
		in = 0x1p100;
		x = 0x1p100f;
		node.layer->eval[NUMBER_SEPARATE](&node, xs, ys, scratch);
		node.layer->bound(&node, (const double *const *)&ins, &bound, scratch);
		assert_true(fabs((double)y - in * subnormal) <= bound);
		arena_free(scratch);
	}
	assert_true(worst > 0.5);
}

/* Layers of several inputs, one bound function each. */
static void merges_stay_within(void **state)
{
	static const char *const classes[] = { "Add", "Average", "Multiply", "Subtract" };

	(void)state;
	for (int i = 0; i < 800; i++) {
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, "merge");
		struct tensor *in[5];
		double values[5][8], bound[8];
		const double *ins[5], *exact;
		const float *x[5], *y;
		int n = i % 4 == 3 ? 2 : 2 + (int)dice(4);
		struct node *node;
		for (int k = 0; k < n; k++) {
			float *at = NEW_ARRAY(arena, 8, float);
			draw(at, 8, i & 4);
			for (int q = 0; q < 8; q++) values[k][q] = (double)at[q];
			in[k] = input(graph, shape_of(1, (int64_t)8));
			ins[k] = values[k];
			x[k] = at;
		}
		node = node_of(graph, classes[i % 4], NULL, in, n);
		assert_true(node->layer->infer(node, diag_new(arena)));
		y = eval_graph(graph, NUMBER_SEPARATE, x, arena).at[node->out[0]->id];
		exact = eval_graph(graph, NUMBER_MEANING, x, arena).at[node->out[0]->id];
		node->layer->bound(node, ins, bound, arena);
		for (int q = 0; q < 8; q++)
			if (isfinite(y[q])) assert_true(fabs((double)y[q] - exact[q]) <= bound[q]);
		arena_free(arena);
	}
}

static void layer_norms_stay_within(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct layer_norm_config c = {
			{ 1, { 1 + dice(2) } }, i % 3 ? 0.001 : 1e-12, dice(2) == 0, dice(2) == 0, i % 5 == 0
		};
		int64_t n = 1 + dice(100), m = 1 + dice(3);
		double share =
		    many("LayerNormalization", &c, c.axis.at[0] == 1 ? shape_of(2, n, m) : shape_of(2, m, n), 4);
		assert_true(n < 2 || share > 0.0005);
	}
}

static void row_norms_stay_within(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct group_norm_config groups = { i % 4 ? 2 : -1, -1, 1e-4, dice(2) == 0, dice(2) == 0 };
		struct rms_norm_config rms = { { 1, { -1 } }, i % 3 ? 1e-6 : 1e-12 };
		struct unit_norm_config unit = { { 1 + i % 2, { -1, 1 } }, 0 };
		struct shape shape = shape_of(2, (int64_t)(2 + dice(5)), (int64_t)(2 + 2 * dice(90)));
		assert_true(many("GroupNormalization", &groups, shape, 4) > 0.0001);
		assert_true(many("RMSNormalization", &rms, shape, 4) > 0.0001);
		assert_true(many("UnitNormalization", &unit, shape, 4) > 0.0001);
	}
}

static void other_layers_stay_within(void **state)
{
	(void)state;
	assert_true(many("Glu", NULL, shape_of(2, (int64_t)9, (int64_t)4), 40) > 0.1);
	for (int64_t n = 1; n <= 64; n *= 4)
		assert_true(many("Sparsemax", NULL, shape_of(2, (int64_t)9, n), 40) > 0.001 || n != 4);
	for (int i = 0; i < 30; i++) {
		struct conv1d_transpose_config c = { 1 + dice(9), 1 + dice(5),  1 + dice(4),  1,
						     { 0 },       (int)dice(2), (int)dice(2), dice(2) == 0 };
		struct prelu_config prelu = { { 1, { 1 } } };
		struct normalization_config norm = { { 1, { -1 } }, dice(2) == 0, { 0 }, { 0 } };
		struct relu_config relu = { i % 2 ? (double)NAN : 1.5, 0.3, i % 3 ? 0 : 0.7 };
		many("Conv1DTranspose", &c, shape_of(2, (int64_t)(1 + dice(20)), (int64_t)(1 + dice(20))), 4);
		many("PReLU", &prelu, shape_of(2, (int64_t)9, (int64_t)4), 4);
		many("Normalization", &norm, shape_of(2, (int64_t)9, (int64_t)4), 4);
		many("ReLU", &relu, shape_of(2, (int64_t)9, (int64_t)4), 4);
	}
}

static void means_stay_within(void **state)
{
	struct pool1d_config pool = { 5, 1, PADDING_SAME, CHANNELS_LAST };
	struct global_pool1d_config global = { CHANNELS_LAST, false };

	(void)state;
	assert_true(many("AveragePooling1D", &pool, shape_of(2, (int64_t)40, (int64_t)3), 40) > 0.05);
	assert_true(many("GlobalAveragePooling1D", &global, shape_of(2, (int64_t)100, (int64_t)3), 40) > 0.005);
}

static void norms_stay_within(void **state)
{
	struct batch_norm_config c = { -1, 0.001, true, true }, bare = { 1, 1e-30, false, false };

	(void)state;
	assert_true(many("BatchNormalization", &c, shape_of(2, (int64_t)30, (int64_t)4), 60) > 0.1);
	many("BatchNormalization", &bare, shape_of(2, (int64_t)5, (int64_t)4), 60);
}

static void softmax_stays_within(void **state)
{
	(void)state;
	for (int64_t axis = 1; axis <= 2; axis++)
		for (int64_t n = 1; n <= 256; n *= 4) {
			struct softmax_config c = { .axis = { 1, { axis } } };
			struct shape shape = axis == 1 ? shape_of(2, n, (int64_t)2) : shape_of(2, (int64_t)2, n);
			assert_true(many("Softmax", &c, shape, 40) > 0.001 || n == 1);
			assert_true(many("LogSoftmax", &c, shape, 40) > 0.001 || n == 1);
		}
}

/* A folded weight was rounded itself. */
static void folded_weights_stay_within(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct arena *arena = arena_new();
		struct graph *meaning = graph_new(arena, "meaning"), *graph;
		struct dense_config c = { 4, true };
		struct batch_norm_config norm = { -1, 0.001, true, true };
		struct tensor *in = input(meaning, shape_of(1, (int64_t)9)), *out = then(meaning, in, "Dense", &c);
		float *x = NEW_ARRAY(arena, 9, float);
		double values[9], bound[4];
		const double *exact, *ins[1] = { values };
		is_output(meaning, out = then(meaning, out, "BatchNormalization", &norm));
		draw(x, 9, i % 2);
		for (int k = 0; k < 9; k++) values[k] = (double)x[k];
		graph = graph_copy(arena, meaning);
		fold(graph);
		assert_int_equal(graph->nodes.n, 1);
		exact = run(meaning, NUMBER_MEANING, x, out);
		graph->nodes.at[0]->layer->bound(graph->nodes.at[0], ins, bound, arena);
		for (int number = NUMBER_SEPARATE; number <= NUMBER_FUSED; number++) {
			const float *y = run(graph, (enum number)number, x, graph->outputs.at[0]);
			for (int k = 0; k < 4; k++) assert_true(fabs((double)y[k] - exact[k]) <= bound[k]);
		}
		arena_free(arena);
	}
}

static void roundings_add_up(void **state)
{
	(void)state;
	assert_true(rounding_growth(0) == 0);
	assert_true(rounding_growth(1) >= 0x1p-24 && rounding_growth(1) < 0x1.001p-24);
	assert_true(rounding_growth(INT64_C(1) << 24) == INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_stay_within),           cmocka_unit_test(sums_that_lose_all_they_can_stay_within),
		cmocka_unit_test(a_folded_term_stays_within), cmocka_unit_test(merges_stay_within),
		cmocka_unit_test(layer_norms_stay_within),    cmocka_unit_test(row_norms_stay_within),
		cmocka_unit_test(other_layers_stay_within),   cmocka_unit_test(means_stay_within),
		cmocka_unit_test(norms_stay_within),          cmocka_unit_test(softmax_stays_within),
		cmocka_unit_test(folded_weights_stay_within), cmocka_unit_test(roundings_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
