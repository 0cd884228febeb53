/* Layers against what Keras 3.15.1 (JAX) gives for the same inputs and weights: eighths, so that only few digits are lost. */
#include "layer_nodes.h"

enum { MOST = 16 };
struct golden {
	const char *class_name;
	struct shape in;
	union {
		struct conv1d_config conv;
		struct dense_config dense;
		struct pool1d_config pool;
		struct global_pool1d_config global;
		struct batch_norm_config norm;
		struct softmax_config softmax;
		struct flatten_config flatten;
		struct relu_config relu;
		struct depthwise_config depthwise;
		struct separable_config separable;
		struct conv1d_transpose_config transpose;
		struct prelu_config prelu;
		struct layer_norm_config layer_norm;
		struct normalization_config normalization;
		struct zero_padding1d_config pad;
		struct cropping1d_config crop;
		struct up_sampling1d_config up;
		struct permute_config permute;
		struct repeat_vector_config repeat;
		struct leaky_relu_config leaky;
		struct elu_config elu;
		struct rescaling_config rescaling;
	} config;
	const char *activation;
	int n;
	float out[MOST];
};

static const struct golden goldens[] = {
	{ "Conv1D",
	  { 2, { 8, 2 } },
	  { .conv = { 3, 4, 3, 1, 1, PADDING_SAME, CHANNELS_LAST, true } },
	  NULL,
	  9,
	  { -0.515625f, 0.1875f, 1.484375f, -1.25f, 1.25f, 1.078125f, -0.046875f, 0.234375f, 1.109375f } },
	{ "Conv1D",
	  { 2, { 5, 2 } },
	  { .conv = { 2, 3, 1, 4, 1, PADDING_SAME, CHANNELS_LAST, true } },
	  NULL,
	  10,
	  { 0.484375f, -1.28125f, -1.9375f, -1.5f, -0.21875f, 0.609375f, -2.09375f, -0.875f, 0.453125f, 1.359375f } },
	{ "Conv1D",
	  { 2, { 6, 1 } },
	  { .conv = { 2, 3, 1, 2, 1, PADDING_CAUSAL, CHANNELS_LAST, true } },
	  "tanh",
	  12,
	  { 0, 0.124352999f, -0.575862408f, 0.0156237278f, -0.933828056f, -0.798242748f, 0.139705285f, 0.0312398281f,
	    0.596373558f, 0.780588508f, -0.902284443f, -0.856817603f } },
	{ "Conv1D",
	  { 2, { 4, 4 } },
	  { .conv = { 4, 2, 1, 1, 2, PADDING_VALID, CHANNELS_LAST, false } },
	  NULL,
	  12,
	  { 0.953125f, 0.328125f, 0.046875f, -1.578125f, -0.765625f, 0.171875f, -0.34375f, 1.65625f, -1.046875f,
	    -0.34375f, -0.015625f, -1.21875f } },
	{ "Conv1D",
	  { 2, { 2, 5 } },
	  { .conv = { 3, 3, 1, 1, 1, PADDING_SAME, CHANNELS_FIRST, true } },
	  NULL,
	  15,
	  { -2.5625f, 0.8125f, 1.484375f, -3.59375f, 0.40625f, -1.34375f, 0.921875f, -0.796875f, -1.4375f, 0.40625f,
	    1.0625f, -0.75f, -0.109375f, 1.609375f, -0.78125f } },
	{ "Conv1D",
	  { 2, { 9, 6 } },
	  { .conv = { 1, 13, 1, 1, 1, PADDING_SAME, CHANNELS_LAST, true } },
	  NULL,
	  9,
	  { -0.359375f, -0.546875f, -5.03125f, -1.921875f, 4.15625f, -6.390625f, 2.953125f, -2.09375f, 3.703125f } },
	{ "Dense",
	  { 2, { 2, 5 } },
	  { .dense = { 3, true } },
	  NULL,
	  6,
	  { 0.5625f, 0.359375f, 1.046875f, -0.6875f, -1.5625f, 1.71875f } },
	{ "BatchNormalization",
	  { 2, { 3, 2 } },
	  { .norm = { -1, 0.01, true, true } },
	  NULL,
	  6,
	  { -0.373614788f, 0.107538626f, -2.13007903f, 0.430154473f, -1.0009234f, -0.0716924146f } },
	{ "BatchNormalization",
	  { 2, { 3, 2 } },
	  { .norm = { 1, 0.001, true, true } },
	  NULL,
	  6,
	  { -0.371366262f, -1.25484502f, -0.144241422f, 0.432724327f, 0.219905466f, 0.52912724f } },
	{ "MaxPooling1D",
	  { 2, { 6, 2 } },
	  { .pool = { 3, 2, PADDING_SAME, CHANNELS_LAST } },
	  NULL,
	  6,
	  { 0.75f, 0.5f, 1.375f, 1.125f, 0.25f, 1.125f } },
	{ "AveragePooling1D",
	  { 2, { 6, 2 } },
	  { .pool = { 3, 2, PADDING_SAME, CHANNELS_LAST } },
	  NULL,
	  6,
	  { -0.208333343f, -0.291666687f, 0.416666687f, 0.333333343f, -0.3125f, 0.5625f } },
	{ "GlobalAveragePooling1D",
	  { 2, { 3, 4 } },
	  { .global = { CHANNELS_FIRST, false } },
	  NULL,
	  3,
	  { -0.40625f, 0.21875f, 0.125f } },
	{ "Softmax",
	  { 2, { 3, 2 } },
	  { .softmax = { .axis = { 1, { 1 } } } },
	  NULL,
	  6,
	  { 0.115970954f, 0.31319505f, 0.667366743f, 0.101679549f, 0.216662258f, 0.585125387f } },
	{ "Flatten",
	  { 2, { 2, 3 } },
	  { .flatten = { CHANNELS_FIRST } },
	  NULL,
	  6,
	  { -1, -1.25f, -0.125f, -0.375f, 0.75f, 0.5f } },
	{ "ReLU",
	  { 2, { 12, 1 } },
	  { .relu = { 1, 0.25, 0.5 } },
	  NULL,
	  12,
	  { -0.375f, -0.15625f, 0.75f, -0.4375f, -0.21875f, 0, 1, -0.28125f, -0.0625f, 1, -0.34375f, -0.125f } },
	{ "DepthwiseConv1D",
	  { 2, { 4, 2 } },
	  { .depthwise = { 3, 1, 1, 2, PADDING_SAME, CHANNELS_LAST, true } },
	  NULL,
	  16,
	  { -0.46875f, 0.125f, -0.09375f, 0.390625f, -0.203125f, 0.15625f, 0.390625f, -2.96875f, -1.984375f, -0.140625f,
	    0.140625f, -0.859375f, -1.453125f, -0.078125f, 0.625f, -1.078125f } },
	{ "SeparableConv1D",
	  { 2, { 5, 2 } },
	  { .separable = { { 3, 2, 1, 1, PADDING_SAME, CHANNELS_LAST, true }, 3 } },
	  NULL,
	  9,
	  { 0.05078125f, 0.24609375f, 0.44140625f, -0.033203125f, 0.138671875f, 0.310546875f, -0.9140625f, 0.08984375f,
	    1.09375f } },
	{ "Conv1DTranspose",
	  { 2, { 2, 2 } },
	  { .transpose = { 2, 4, 3, 1, { 0 }, PADDING_SAME, CHANNELS_LAST, true } },
	  NULL,
	  12,
	  { 0.15625f, -0.5f, 0.015625f, -0.640625f, -0.125f, -0.484375f, -0.609375f, -1.59375f, -1.15625f, -1.03125f,
	    -1.21875f, 1.875f } },
	{ "Conv1DTranspose",
	  { 2, { 2, 3 } },
	  { .transpose = { 2, 2, 3, 1, { 1, { 1 } }, PADDING_VALID, CHANNELS_LAST, true } },
	  NULL,
	  12,
	  { 0.4375f, -1, -1.859375f, -0.921875f, -0.75f, 0, 0.625f, -1.03125f, -2.109375f, -0.796875f, -0.75f, 0 } },
	{ "PReLU",
	  { 2, { 4, 3 } },
	  { .prelu = { { 1, { 1 } } } },
	  NULL,
	  12,
	  { 0.875f, 0.03125f, 0.75f, 1.09375f, 0.09375f, 0.5f, 1.375f, 0.15625f, 0.25f, 1.125f, 0.21875f, 0 } },
	{ "LayerNormalization",
	  { 2, { 3, 4 } },
	  { .layer_norm = { { 1, { -1 } }, 0.001, true, true, false } },
	  NULL,
	  12,
	  { -0.0907883644f, -0.0892166197f, 1.30016923f, -1.94559932f, -0.0907883346f, -0.0892166197f, 1.30016923f,
	    -1.94559944f, -0.90333426f, -0.350478292f, 0.224282593f, -1.05023909f } },
	{ "Normalization",
	  { 2, { 3, 2 } },
	  { .normalization = { { 1, { -1 } }, false, { 0 }, { 0 } } },
	  NULL,
	  6,
	  { -0.125f, 0.25f, 1.625f, -2, 0.5f, 1.5f } },
	{ "ZeroPadding1D",
	  { 2, { 2, 2 } },
	  { .pad = { { 2, { 1, 2 } }, CHANNELS_LAST } },
	  NULL,
	  10,
	  { 0, 0, -1, -0.125f, 0.75f, -1.25f, 0, 0, 0, 0 } },
	{ "Cropping1D", { 2, { 5, 2 } }, { .crop = { { 2, { 1, 2 } } } }, NULL, 4, { 0.75f, -1.25f, -0.375f, 0.5f } },
	{ "UpSampling1D",
	  { 2, { 2, 2 } },
	  { .up = { 3 } },
	  NULL,
	  12,
	  { -1, -0.125f, -1, -0.125f, -1, -0.125f, 0.75f, -1.25f, 0.75f, -1.25f, 0.75f, -1.25f } },
	{ "Permute",
	  { 3, { 2, 2, 3 } },
	  { .permute = { { 3, { 3, 1, 2 } } } },
	  NULL,
	  12,
	  { -1, -1.25f, 1.375f, 1.125f, -0.125f, -0.375f, -0.625f, -0.875f, 0.75f, 0.5f, 0.25f, 0 } },
	{ "RepeatVector", { 1, { 3 } }, { .repeat = { 2 } }, NULL, 6, { -1, -0.125f, 0.75f, -1, -0.125f, 0.75f } },
	{ "LeakyReLU",
	  { 1, { 12 } },
	  { .leaky = { 0.25 } },
	  NULL,
	  12,
	  { -0.25f, -0.03125f, 0.75f, -0.3125f, -0.09375f, 0.5f, 1.375f, -0.15625f, 0.25f, 1.125f, -0.21875f, 0 } },
	{ "ELU",
	  { 1, { 6 } },
	  { .elu = { 0.5 } },
	  NULL,
	  6,
	  { -0.316060275f, -0.0587515421f, 0.75f, -0.356747597f, -0.156355336f, 0.5f } },
	{ "Rescaling",
	  { 2, { 2, 2 } },
	  { .rescaling = { { 2, (const double[]){ 0.5, 2 } }, { 1, (const double[]){ 1.5 } } } },
	  NULL,
	  4,
	  { 1, 1.25f, 1.875f, -1 } },
};

/* The inputs that the goldens were made of. */
static float *eighths(struct arena *arena, int64_t n, int64_t step, int64_t start, int64_t modulus)
{
	float *at = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) at[i] = (float)((i * step + start) % modulus - modulus / 2) / 8;
	return at;
}

/* The layer with those weights: shapes, expansion, and no complaint. */
static struct tensor *golden_graph(const struct golden *golden, struct graph *graph)
{
	struct tensor *in = input(graph, golden->in);
	struct node *node = node_of(graph, golden->class_name, &golden->config, &in, 1);
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	struct diag *diag = diag_new(graph->arena);

	node->n_weight = node->layer->weights ? node->layer->weights(node, spec) : 0;
	node->weight = NEW_ARRAY(graph->arena, node->n_weight, const struct weight *);
	for (int i = 0; i < node->n_weight; i++) {
		struct weight *weight = NEW(graph->arena, struct weight);
		int64_t n = shape_elements(&spec[i].shape);
		float *at = eighths(graph->arena, n, 5 + i, 2 + i, 19);
		for (int64_t k = 0; strstr(spec[i].name, "variance") && k < n; k++) at[k] = fabsf(at[k]) + 0.25f;
		*weight = (struct weight){ .name = spec[i].name, .shape = spec[i].shape, .f32 = at };
		node->weight[i] = weight;
	}
	if (golden->activation) activate_by(node, golden->activation);
	is_output(graph, node->out[0]);
	infer(graph, diag);
	assert_false(diag_failed(diag));
	graph_check(graph);
	return node->out[0];
}

static void compare(const struct golden *golden, struct arena *arena)
{
	struct graph *graph = graph_new(arena, "golden");
	struct tensor *out = golden_graph(golden, graph);
	const float *x = eighths(arena, elements(graph->inputs.at[0]), 7, 3, 23), *separate, *fused;
	const double *y;

	assert_int_equal(elements(out), golden->n);
	y = run(graph, NUMBER_MEANING, x, out);
	separate = run(graph, NUMBER_SEPARATE, x, out);
	fused = run(graph, NUMBER_FUSED, x, out);
	for (int i = 0; i < golden->n; i++) {
		assert_close(y[i], golden->out[i], 1e-6);
		assert_close(separate[i], golden->out[i], 1e-6);
		assert_close(fused[i], golden->out[i], 1e-6);
	}
}

static void layers_compute_what_keras_computes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		struct arena *arena = arena_new();
		compare(&goldens[i], arena);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(layers_compute_what_keras_computes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
