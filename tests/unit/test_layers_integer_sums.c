/* test_layers_integer_sums.c: quantised sums against LiteRT's reference kernels (data/integer_sums.h), and the proofs of their
 * ranges against adversarial weights. */
#include "layer_nodes.h"

#include "kernels/integer_sums.h"

struct golden {
	const char *name, *op;
	enum type type, bias_type;
	int64_t steps, channels, filters, taps, stride, dilation;
	int same;
	const char *activation;
	int scales, asymmetric;
	float scale_in, scale_out;
	int zero_in, zero_out;
	const float *scale;
	const int *weights, *bias;
	const float *bias_f32;
	const int *x;
	const float *x_f32;
	const int *y;
	const float *y_f32;
};
static const struct golden goldens[] = {
#include "data/integer_sums.h"
};

static const struct quantisation *quantisation_of(struct arena *arena, int n, const float *scale, int32_t zero)
{
	struct quantisation *q = NEW(arena, struct quantisation);
	int32_t *zeros = NEW_ARRAY(arena, n, int32_t);

	for (int i = 0; i < n; i++) zeros[i] = zero;
	*q = (struct quantisation){ n, scale, zeros };
	return q;
}

static const struct weight *integers_of(struct arena *arena, const char *name, struct shape shape, enum type type,
					const int *at, const struct quantisation *q)
{
	struct weight *weight = NEW(arena, struct weight);
	const int64_t n = shape_elements(&shape);
	int64_t *integers = NEW_ARRAY(arena, n, int64_t);
	float *f32 = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) integers[i] = at[i];
	*weight = (struct weight){
		.name = name, .type = type, .shape = shape, .f32 = f32, .integers = integers, .quantisation = q
	};
	return weight;
}

static const struct weight *bias_of(struct arena *arena, const struct golden *g)
{
	struct weight *weight;

	if (!g->bias_f32) return integers_of(arena, "bias", shape_of(1, g->filters), g->bias_type, g->bias, NULL);
	weight = NEW(arena, struct weight);
	*weight = (struct weight){ .name = "bias", .shape = shape_of(1, g->filters), .f32 = g->bias_f32 };
	return weight;
}

/* The layer's config and the shape of its kernel. */
static const char *class_of(struct arena *arena, const struct golden *g, const void **config, struct shape *kernel)
{
	const int padding = g->same ? PADDING_SAME : PADDING_VALID;

	*kernel = shape_of(3, g->taps, g->channels, g->filters);
	if (strcmp(g->op, "conv") == 0) {
		struct conv1d_config *c = NEW(arena, struct conv1d_config);
		c->filters = g->filters;
		c->kernel_size = g->taps;
		c->strides = g->stride;
		c->dilation_rate = g->dilation;
		c->groups = 1;
		c->padding = padding;
		c->use_bias = true;
		*config = c;
		return "Conv1D";
	}
	if (strcmp(g->op, "depth") == 0) {
		struct depthwise_config *c = NEW(arena, struct depthwise_config);
		c->kernel_size = g->taps;
		c->strides = g->stride;
		c->dilation_rate = g->dilation;
		c->depth_multiplier = g->filters / g->channels;
		c->padding = padding;
		c->use_bias = true;
		*kernel = shape_of(3, g->taps, g->channels, c->depth_multiplier);
		*config = c;
		return "DepthwiseConv1D";
	}
	if (strcmp(g->op, "transposed") == 0) {
		struct conv1d_transpose_config *c = NEW(arena, struct conv1d_transpose_config);
		c->filters = g->filters;
		c->kernel_size = g->taps;
		c->strides = g->stride;
		c->dilation_rate = g->dilation;
		c->padding = padding;
		c->use_bias = true;
		*kernel = shape_of(3, g->taps, g->filters, g->channels);
		*config = c;
		return "Conv1DTranspose";
	}
	struct dense_config *c = NEW(arena, struct dense_config);
	c->units = g->filters;
	c->use_bias = true;
	c->asymmetric = g->asymmetric;
	*kernel = shape_of(2, g->channels, g->filters);
	*config = c;
	return "Dense";
}

static struct node *node_of_golden(struct graph *graph, const struct golden *g)
{
	struct arena *arena = graph->arena;
	const void *config;
	struct shape kernel;
	const char *class_name = class_of(arena, g, &config, &kernel);
	struct tensor *in = input(graph, shape_of(2, g->steps, g->channels));
	struct node *node;

	in->type = g->type;
	if (g->x) in->quantisation = quantisation_of(arena, 1, &g->scale_in, g->zero_in);
	node = node_of(graph, class_name, config, &in, 1);
	node->n_weight = 2;
	node->weight = NEW_ARRAY(arena, 2, const struct weight *);
	node->weight[0] = integers_of(arena, "kernel", kernel, g->type == TYPE_U8 ? TYPE_U8 : TYPE_I8, g->weights,
				      quantisation_of(arena, g->scales, g->scale, 0));
	node->weight[1] = bias_of(arena, g);
	assert_true(activation_named(g->activation, &node->activation));
	assert_true(layer_infer(node, diag_new(arena)));
	node->out[0]->type = g->type;
	if (g->x) node->out[0]->quantisation = quantisation_of(arena, 1, &g->scale_out, g->zero_out);
	return node;
}

static void sums_are_the_reference_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		const struct golden *g = &goldens[i];
		struct arena *arena = arena_new();
		struct graph *graph = graph_new(arena, g->name);
		struct node *node = node_of_golden(graph, g);
		const int64_t inputs = g->steps * g->channels, outputs = elements(node->out[0]);
		float *x = NEW_ARRAY(arena, inputs, float);
		const float *y;

		for (int64_t k = 0; k < inputs; k++) x[k] = g->x ? (float)g->x[k] : g->x_f32[k];
		y = run(graph, NUMBER_SEPARATE, x, node->out[0]);
		for (int64_t k = 0; k < outputs; k++) {
			const float expected = g->y ? (float)g->y[k] : g->y_f32[k];
			if (!(y[k] >= expected && y[k] <= expected))
				fail_msg("%s: element %lld: %.9g, LiteRT %.9g", g->name, (long long)k, (double)y[k],
					 (double)expected);
		}
		arena_free(arena);
	}
}

/* A Dense of these weights, all alike. */
static struct integer_sum sum_of(struct arena *arena, int64_t terms, int weight, int64_t bias, double scale)
{
	int16_t *weights = NEW_ARRAY(arena, terms, int16_t);
	int64_t *biases = NEW_ARRAY(arena, 1, int64_t);
	struct multiplier *factor = NEW_ARRAY(arena, 1, struct multiplier);
	double *scales = NEW_ARRAY(arena, 1, double);

	for (int64_t i = 0; i < terms; i++) weights[i] = (int16_t)weight;
	biases[0] = bias;
	scales[0] = scale;
	factor[0] = multiplier_of(scale);
	return (struct integer_sum){
		.sum = { .steps_in = 1,
			 .steps_out = 1,
			 .channels = terms,
			 .filters = 1,
			 .taps = 1,
			 .stride = 1,
			 .dilation = 1,
			 .groups = 1 },
		.in = TYPE_I8,
		.out = TYPE_I8,
		.weights = weights,
		.narrow = true,
		.bias = biases,
		.zero_in = -128,
		.factor = factor,
		.scale = scales,
		.range = { INT8_MIN, INT8_MAX },
	};
}

/* 32,897 terms of 255 * -128 pass 2^30, 70,000 pass 2^31, and a bias may. */
static void forms_follow_the_worst_accumulator(void **state)
{
	struct arena *arena = arena_new();
	struct integer_sum s = sum_of(arena, 1000, -128, 5, 0x1p-12);

	(void)state;
	assert_int_equal(accumulator_range(&s, 0).least, -1000 * 128 * 255);
	assert_int_equal(accumulator_range(&s, 0).most, 5);
	assert_int_equal(integer_form(&s, arena).kind, FORM_SHORT);
	s = sum_of(arena, 32897, -128, 0, 0x1p-24);
	assert_int_equal(integer_form(&s, arena).kind, FORM_MULTIPLIED);
	assert_false(integer_form(&s, arena).wide);
	s = sum_of(arena, 70000, -128, 0, 0x1p-24);
	assert_int_equal(integer_form(&s, arena).kind, FORM_MULTIPLIED);
	assert_true(integer_form(&s, arena).wide && integer_form(&s, arena).saturate);
	s = sum_of(arena, 10, 127, INT32_MAX, 0x1p-24);
	assert_true(integer_form(&s, arena).wide);
	s = sum_of(arena, 10, 127, 0, 0.75);
	assert_int_equal(integer_form(&s, arena).kind, FORM_MULTIPLIED);
	arena_free(arena);
}

/* The factors that are found agree with the product of doubles at every accumulator. */
static void one_rounding_is_proven_everywhere(void **state)
{
	struct arena *arena = arena_new();
	int found = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		const double scale = i % 4 == 0 ? ldexp(1, -(int)dice(9))
						: ldexp(0.5 + (double)dice(1u << 20) * 0x1p-21, -(int)dice(10));
		struct integer_sum s = sum_of(arena, 2, 127, (int64_t)dice(2000) - 1000, scale);
		const struct multiplier *once;

		s.requantisation = REQUANTISE_REAL;
		once = integer_sum_once(&s, arena);
		if (!once) continue;
		found++;
		for (int64_t acc = accumulator_range(&s, 0).least; acc <= accumulator_range(&s, 0).most; acc++) {
			int64_t y = multiplied(acc, once[0], ROUNDING_SINGLE);
			y = y < INT8_MIN ? INT8_MIN : y > INT8_MAX ? INT8_MAX : y;
			assert_int_equal(y, integer_requantised(&s, acc, 0));
		}
	}
	assert_true(found > 50);
	arena_free(arena);
}

/* An impulse gives the weights back, a shifted input the shifted output. */
static void impulses_and_shifts(void **state)
{
	static const int weights[] = { 3, -5, 7 };
	static const float one = 1;
	const struct golden g = { .name = "impulse",
				  .op = "conv",
				  .type = TYPE_I8,
				  .bias_type = TYPE_I32,
				  .steps = 12,
				  .channels = 1,
				  .filters = 1,
				  .taps = 3,
				  .stride = 1,
				  .dilation = 1,
				  .same = 1,
				  .activation = "linear",
				  .scales = 1,
				  .scale_in = 1,
				  .scale_out = 1,
				  .zero_in = 11,
				  .zero_out = -4,
				  .scale = &one,
				  .weights = weights,
				  .bias = (const int[]){ 0 },
				  .x = weights };
	struct arena *arena = arena_new();
	struct graph *graph = graph_new(arena, "impulse");
	struct node *node = node_of_golden(graph, &g);

	(void)state;
	for (int at = 0; at < 12; at++) {
		float x[12];
		const float *y;
		for (int t = 0; t < 12; t++) x[t] = t == at ? 12 : 11;
		y = run(graph, NUMBER_SEPARATE, x, node->out[0]);
		for (int t = 0; t < 12; t++) {
			const int tap = at - t + 1;
			assert_int_equal((int)y[t], (tap >= 0 && tap < 3 ? weights[tap] : 0) - 4);
		}
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_the_reference_kernels),
		cmocka_unit_test(forms_follow_the_worst_accumulator),
		cmocka_unit_test(one_rounding_is_proven_everywhere),
		cmocka_unit_test(impulses_and_shifts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
