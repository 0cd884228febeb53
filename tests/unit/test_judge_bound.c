/* The error bounds of check 2: never violated, over random inputs and inputs sought to come near; and how tight they are. */
#include "judge_graphs.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One layer, or layers that fold into one, behind an input. */
struct kind {
	const char *name;
	void (*build)(struct handmade *h);
	double loosest; /* bound / observed that is reached at least, after the search */
};

static struct conv1d_config conv(int64_t filters, int64_t taps, int padding)
{
	return (struct conv1d_config){ .filters = filters,
				       .kernel_size = taps,
				       .strides = 1,
				       .dilation_rate = 1,
				       .groups = 1,
				       .padding = padding,
				       .use_bias = true };
}

static void build_conv(struct handmade *h)
{
	const struct conv1d_config c = conv(8, 3, PADDING_SAME);
	handmade_output(h, handmade_one(h, "Conv1D", &c, NULL, handmade_input(h, shape_of(2, (int64_t)9, (int64_t)4))));
}

static void build_partial_sums(struct handmade *h)
{
	const struct conv1d_config c = conv(2, 9, PADDING_CAUSAL);
	handmade_output(h,
			handmade_one(h, "Conv1D", &c, NULL, handmade_input(h, shape_of(2, (int64_t)12, (int64_t)8))));
}

static void build_dense(struct handmade *h)
{
	const struct dense_config c = { .units = 9, .use_bias = true };
	handmade_output(h, handmade_one(h, "Dense", &c, NULL, handmade_input(h, shape_of(1, (int64_t)40))));
}

static void activated(struct handmade *h, const char *activation)
{
	const struct dense_config c = { .units = 6, .use_bias = true };
	handmade_output(h, handmade_one(h, "Dense", &c, activation, handmade_input(h, shape_of(1, (int64_t)10))));
}

static void build_tanh(struct handmade *h)
{
	activated(h, "tanh");
}
static void build_sigmoid(struct handmade *h)
{
	activated(h, "sigmoid");
}
static void build_relu(struct handmade *h)
{
	activated(h, "relu");
}
static void build_elu(struct handmade *h)
{
	activated(h, "elu");
}
static void build_exponential(struct handmade *h)
{
	activated(h, "exponential");
}
static void build_softplus(struct handmade *h)
{
	activated(h, "softplus");
}
static void build_gelu(struct handmade *h)
{
	activated(h, "gelu");
}

static void build_average(struct handmade *h)
{
	const struct pool1d_config c = { .pool_size = 3, .padding = PADDING_SAME };
	handmade_output(
	    h, handmade_one(h, "AveragePooling1D", &c, NULL, handmade_input(h, shape_of(2, (int64_t)10, (int64_t)3))));
}

static void build_global_average(struct handmade *h)
{
	handmade_output(h, handmade_one(h, "GlobalAveragePooling1D", NULL, NULL,
					handmade_input(h, shape_of(2, (int64_t)50, (int64_t)3))));
}

static void build_maximum(struct handmade *h)
{
	const struct pool1d_config c = { .pool_size = 3, .padding = PADDING_SAME };
	handmade_output(
	    h, handmade_one(h, "MaxPooling1D", &c, NULL, handmade_input(h, shape_of(2, (int64_t)10, (int64_t)3))));
}

static const struct batch_norm_config norm = { .axis = -1, .epsilon = 1e-3, .center = true, .scale = true };

static void build_norm(struct handmade *h)
{
	handmade_output(h, handmade_one(h, "BatchNormalization", &norm, NULL,
					handmade_input(h, shape_of(2, (int64_t)10, (int64_t)3))));
}

static void build_conv_norm(struct handmade *h)
{
	const struct conv1d_config c = conv(8, 3, PADDING_SAME);
	struct tensor *x = handmade_input(h, shape_of(2, (int64_t)9, (int64_t)4));
	x = handmade_one(h, "Conv1D", &c, NULL, x);
	handmade_output(h, handmade_one(h, "BatchNormalization", &norm, "tanh", x));
}

static void build_norm_conv(struct handmade *h)
{
	const struct conv1d_config c = conv(8, 3, PADDING_VALID);
	struct tensor *x = handmade_input(h, shape_of(2, (int64_t)9, (int64_t)4));
	x = handmade_one(h, "BatchNormalization", &norm, NULL, x);
	handmade_output(h, handmade_one(h, "Conv1D", &c, NULL, x));
}

static void build_softmax(struct handmade *h)
{
	const struct softmax_config c = { .axis = { 1, { -1 } } };
	handmade_output(h, handmade_one(h, "Softmax", &c, NULL, handmade_input(h, shape_of(1, (int64_t)10))));
}

static void build_wide_softmax(struct handmade *h)
{
	const struct softmax_config c = { .axis = { 1, { -1 } } };
	handmade_output(h, handmade_one(h, "Softmax", &c, NULL, handmade_input(h, shape_of(1, (int64_t)100))));
}

static void build_log_softmax(struct handmade *h)
{
	const struct softmax_config c = { .axis = { 1, { -1 } } };
	handmade_output(h, handmade_one(h, "LogSoftmax", &c, NULL, handmade_input(h, shape_of(1, (int64_t)100))));
}

static void build_glu(struct handmade *h)
{
	handmade_output(h, handmade_one(h, "Glu", NULL, NULL, handmade_input(h, shape_of(2, (int64_t)5, (int64_t)6))));
}

static void build_add(struct handmade *h)
{
	struct tensor *in[3];
	for (int i = 0; i < 3; i++) in[i] = handmade_input(h, shape_of(2, (int64_t)5, (int64_t)2));
	handmade_output(h, handmade_layer(h, "Add", NULL, NULL, in, 3));
}

static void one_of(struct handmade *h, const char *class_name, const void *config)
{
	handmade_output(
	    h, handmade_one(h, class_name, config, NULL, handmade_input(h, shape_of(2, (int64_t)9, (int64_t)4))));
}

static void build_depthwise(struct handmade *h)
{
	const struct depthwise_config c = { .kernel_size = 5,
					    .strides = 1,
					    .dilation_rate = 1,
					    .depth_multiplier = 2,
					    .padding = PADDING_SAME,
					    .use_bias = true };
	one_of(h, "DepthwiseConv1D", &c);
}

static void build_transpose(struct handmade *h)
{
	const struct conv1d_transpose_config c = { .filters = 3,
						   .kernel_size = 4,
						   .strides = 2,
						   .dilation_rate = 1,
						   .padding = PADDING_SAME,
						   .use_bias = true };
	one_of(h, "Conv1DTranspose", &c);
}

static void build_layer_norm(struct handmade *h)
{
	const struct layer_norm_config c = { .axis = { 1, { -1 } }, .epsilon = 1e-3, .center = true, .scale = true };
	one_of(h, "LayerNormalization", &c);
}

static void build_rms_norm(struct handmade *h)
{
	const struct layer_norm_config c = {
		.axis = { 1, { -1 } }, .epsilon = 1e-3, .scale = true, .rms_scaling = true
	};
	one_of(h, "LayerNormalization", &c);
}

static void build_prelu(struct handmade *h)
{
	const struct prelu_config c = { .shared_axes = shape_of(1, (int64_t)1) };
	one_of(h, "PReLU", &c);
}

static void build_rescaling(struct handmade *h)
{
	static const double scale[] = { 1 / 127.5 }, offset[] = { -1 };
	const struct rescaling_config c = { { 1, scale }, { 1, offset } };
	one_of(h, "Rescaling", &c);
}

static void merged(struct handmade *h, const char *class_name)
{
	struct tensor *in[2];
	for (int i = 0; i < 2; i++) in[i] = handmade_input(h, shape_of(2, (int64_t)5, (int64_t)2));
	handmade_output(h, handmade_layer(h, class_name, NULL, NULL, in, 2));
}

static void build_multiply(struct handmade *h)
{
	merged(h, "Multiply");
}
static void build_average_of_two(struct handmade *h)
{
	merged(h, "Average");
}
static void build_subtract(struct handmade *h)
{
	merged(h, "Subtract");
}

static const struct kind kinds[] = {
	{ "Conv1D", build_conv, 20 },
	{ "Conv1D, partial sums", build_partial_sums, 20 },
	{ "Dense", build_dense, 30 },
	{ "Dense, relu", build_relu, 20 },
	{ "Dense, tanh", build_tanh, 20 },
	{ "Dense, sigmoid", build_sigmoid, 20 },
	{ "Dense, elu", build_elu, 20 },
	{ "Dense, exponential", build_exponential, 20 },
	{ "Dense, softplus", build_softplus, 20 },
	{ "Dense, gelu", build_gelu, 20 },
	{ "AveragePooling1D", build_average, 10 },
	{ "GlobalAveragePooling1D", build_global_average, 40 },
	{ "BatchNormalization", build_norm, 10 },
	{ "BatchNormalization in Conv1D before", build_conv_norm, 20 },
	{ "BatchNormalization in Conv1D behind", build_norm_conv, 30 },
	{ "Softmax of 10", build_softmax, 20 },
	{ "Softmax of 100", build_wide_softmax, 20 },
	{ "LogSoftmax of 100", build_log_softmax, 20 },
	{ "Glu", build_glu, 5 },
	{ "Add", build_add, 5 },
	{ "Subtract", build_subtract, 5 },
	{ "Average", build_average_of_two, 5 },
	{ "Multiply", build_multiply, 5 },
	{ "PReLU", build_prelu, 5 },
	{ "Rescaling", build_rescaling, 10 },
	{ "LayerNormalization", build_layer_norm, 40 },
	{ "LayerNormalization, rms_scaling", build_rms_norm, 40 },
	{ "DepthwiseConv1D", build_depthwise, 20 },
	{ "Conv1DTranspose", build_transpose, 20 },
};

/* ---- measuring ---------------------------------------------------------------------------------------------------- */

struct observed {
	double share; /* largest error / bound */
	int64_t finite, violations, unbounded;
};

static void measure_node(const struct graph *graph, const struct node *node, const struct values *values,
			 struct observed *m)
{
	struct arena *arena = arena_new();
	const struct graph *meaning = graph->origin;
	const double **in = node_inputs(node, values, arena);
	const double **given = NEW_ARRAY(arena, meaning->tensors.n, const double *);
	for (int i = 0; i < node->n_in; i++) given[node->in[i]->meaning] = in[i];
	const double *expected = eval_between(meaning, given, meaning->tensors.at[node->out[0]->meaning], arena);
	const double *bound = error_bound(graph, node, values, arena);
	const float *value = values->at[node->out[0]->id];
	for (int64_t i = 0; i < shape_elements(&node->out[0]->shape); i++) {
		if (!isfinite(value[i]) || !isfinite(expected[i])) continue;
		const double error = fabs((double)value[i] - expected[i]);
		m->finite++;
		m->unbounded += isinf(bound[i]);
		if (!(error <= bound[i])) m->violations++;
		if (bound[i] > 0 && error / bound[i] > m->share) m->share = error / bound[i];
	}
	arena_free(arena);
}

static struct observed measure(const struct graph *graph, enum number number, float *const *in)
{
	struct arena *arena = arena_new();
	struct observed m = { 0 };
	const struct values values = eval_graph(graph, number, (const float *const *)in, arena);
	for (int i = 0; i < graph->nodes.n; i++) measure_node(graph, graph->nodes.at[i], &values, &m);
	arena_free(arena);
	return m;
}

static void gather(struct observed *all, struct observed one)
{
	all->share = fmax(all->share, one.share);
	all->finite += one.finite;
	all->violations += one.violations;
	all->unbounded += one.unbounded;
}

/* ---- inputs --------------------------------------------------------------------------------------------------------- */

static void over_samples(const struct graph *graph, enum number number, struct observed *m, struct arena *arena)
{
	const struct samples *samples = samples_new(graph, 0, arena);
	float **in = sample_room(graph, arena);
	for (int64_t i = 0; i < samples_count(samples); i++) {
		sample_fill(samples, i, in, arena);
		gather(m, measure(graph, number, in));
	}
}

/* Neighbours that cancel each other, at scales from the subnormals to near overflow. */
static void over_cancellation(const struct graph *graph, enum number number, struct observed *m, struct handmade *h)
{
	float **in = sample_room(graph, h->arena);
	for (int exponent = -149; exponent <= 126; exponent += 5) {
		for (int i = 0; i < graph->inputs.n; i++) {
			const int64_t n = shape_elements(&graph->inputs.at[i]->shape);
			for (int64_t k = 0; k < n; k++) {
				const float x = (float)ldexp(1 + handmade_random(h) * 0x1p-12, exponent);
				in[i][k] = k % 2 ? -x : x;
			}
		}
		gather(m, measure(graph, number, in));
	}
}

/* Walks uphill: a change of one element stays where the largest error / bound did not shrink. */
static void over_search(const struct graph *graph, enum number number, struct observed *m, struct handmade *h)
{
	float **in = sample_room(graph, h->arena);
	for (int i = 0; i < graph->inputs.n; i++) {
		const int64_t n = shape_elements(&graph->inputs.at[i]->shape);
		for (int64_t k = 0; k < n; k++) in[i][k] = handmade_random(h);
	}
	double best = 0;
	for (int step = 0; step < 1500; step++) {
		const int i = (int)(handmade_bits(h) % (uint64_t)graph->inputs.n);
		const int64_t k = (int64_t)(handmade_bits(h) % (uint64_t)shape_elements(&graph->inputs.at[i]->shape));
		const float before = in[i][k];
		in[i][k] = handmade_random(h) * (step % 3 ? 1.0f : 4.0f);
		const struct observed now = measure(graph, number, in);
		gather(m, now);
		if (now.share >= best)
			best = now.share;
		else
			in[i][k] = before;
	}
}

/* ---- tests ------------------------------------------------------------------------------------------------------------ */

static struct observed measure_kind(const struct kind *kind, enum number number)
{
	struct handmade h = handmade_new();
	struct observed m = { 0 };
	kind->build(&h);
	struct graph *folded = graph_copy(h.arena, h.graph);
	fold(folded);
	graph_check(folded);
	over_samples(folded, number, &m, h.arena);
	over_cancellation(folded, number, &m, &h);
	over_search(folded, number, &m, &h);
	handmade_free(&h);
	return m;
}

static void bounds_hold_and_are_tight(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		for (enum number number = NUMBER_SEPARATE; number <= NUMBER_FUSED_FLUSHED; number++) {
			const struct observed m = measure_kind(&kinds[i], number);
			printf("%-36s %-8s bound / observed %5.2f over %lld values%s\n", kinds[i].name,
			       number == number_of(FP_FUSED, number_is_flushed(number)) ? "fused" : "separate",
			       1 / m.share, (long long)m.finite, number_is_flushed(number) ? ", flushed" : "");
			assert_int_equal(m.violations, 0);
			assert_true(m.finite > 1000 && m.unbounded < m.finite / 2);
			assert_true(1 / m.share <= kinds[i].loosest);
		}
	}
}

/* A layer that does not round has the bound 0, and it holds. */
static void selections_are_exact(void **state)
{
	(void)state;
	const struct kind kind = { "MaxPooling1D", build_maximum, 0 };
	const struct observed m = measure_kind(&kind, NUMBER_SEPARATE);
	assert_int_equal(m.violations, 0);
	assert_true(m.share == 0 && m.finite > 1000 && m.unbounded == 0);
}

/* The sum in extended precision, written here, not by the layer. */
static void conv_against_a_sum_of_its_own(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	build_conv(&h);
	struct graph *folded = graph_copy(h.arena, h.graph);
	const struct node *node = folded->nodes.at[0];
	const float *kernel = node->weight[0]->f32, *bias = node->weight[1]->f32;
	float **in = sample_room(folded, h.arena);
	for (int i = 0; i < 36; i++) in[0][i] = handmade_random(&h);
	const struct values values = eval_graph(folded, NUMBER_SEPARATE, (const float *const *)in, h.arena);
	const double *bound = error_bound(folded, node, &values, h.arena);
	const float *y = values.at[node->out[0]->id];
	double largest = 0;
	for (int t = 0; t < 9; t++) {
		for (int f = 0; f < 8; f++) {
			long double sum = bias[f];
			for (int k = 0; k < 3; k++) {
				for (int c = 0; c < 4 && t + k - 1 >= 0 && t + k - 1 < 9; c++) {
					sum += (long double)in[0][(t + k - 1) * 4 + c] * kernel[(k * 4 + c) * 8 + f];
				}
			}
			const double error = fabs((double)(y[t * 8 + f] - sum));
			assert_true(error <= bound[t * 8 + f]);
			largest = fmax(largest, error / bound[t * 8 + f]);
		}
	}
	assert_true(largest > 0.01);
	handmade_free(&h);
}

/* Where a sum leaves the range of float, nothing is claimed; NaN never passes. */
static void overflow_has_no_bound(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	build_sigmoid(&h);
	struct graph *folded = graph_copy(h.arena, h.graph);
	float **in = sample_room(folded, h.arena);
	for (int i = 0; i < 10; i++) in[0][i] = i % 2 ? FLT_MAX : -FLT_MAX;
	const struct values values = eval_graph(folded, NUMBER_SEPARATE, (const float *const *)in, h.arena);
	double moves[6] = { 0 };
	const float *raw = result_before_activation(folded->nodes.at[0], &values, moves, h.arena);
	const double *bound = error_bound(folded, folded->nodes.at[0], &values, h.arena);
	for (int i = 0; i < 6; i++) assert_true(isfinite(raw[i]) || isinf(bound[i]));
	handmade_free(&h);
}

/* A layer that does nothing, taken out before one whose magnitudes are not finite where its results are. */
static void no_ops_change_no_bound(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct softmax_config c = { .axis = { 1, { -1 } } };
	struct tensor *x = handmade_input(&h, shape_of(1, (int64_t)4));
	x = handmade_one(&h, "Dropout", NULL, NULL, x);
	handmade_output(&h, handmade_one(&h, "Softmax", &c, NULL, x));
	struct graph *folded = graph_copy(h.arena, h.graph);
	fold(folded);
	assert_int_equal(folded->nodes.n, 1);
	float **in = sample_room(folded, h.arena);
	for (int i = 0; i < 4; i++) in[0][i] = i == 2 ? -INFINITY : (float)i;
	const struct observed m = measure(folded, NUMBER_SEPARATE, in);
	assert_int_equal(m.finite, 4);
	assert_int_equal(m.violations, 0);
	handmade_free(&h);
}

/* Composed bounds hold from inputs to outputs, and grow. */
static void composed_bounds_hold(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct conv1d_config c = conv(8, 3, PADDING_SAME);
	const struct softmax_config softmax = { .axis = { 1, { -1 } } };
	const struct pool1d_config pool = { .pool_size = 2 };
	const struct prelu_config prelu = { .shared_axes = shape_of(1, (int64_t)1) };
	const struct layer_norm_config layer_norm = {
		.axis = { 1, { -1 } }, .epsilon = 1e-3, .center = true, .scale = true
	};
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)16, (int64_t)4));
	for (int i = 0; i < 4; i++) x = handmade_one(&h, "Conv1D", &c, i % 2 ? "tanh" : "relu", x);
	struct tensor *gated[2] = { handmade_one(&h, "Conv1D", &c, "sigmoid", x),
				    handmade_one(&h, "PReLU", &prelu, NULL, x) };
	x = handmade_layer(&h, "Multiply", NULL, NULL, gated, 2);
	x = handmade_one(&h, "LayerNormalization", &layer_norm, NULL, x);
	x = handmade_one(&h, "MaxPooling1D", &pool, NULL, x);
	handmade_output(&h, handmade_one(&h, "Softmax", &softmax, NULL, x));
	struct graph *folded = graph_copy(h.arena, h.graph);
	fold(folded);
	float **in = sample_room(folded, h.arena);
	for (int trial = 0; trial < 50; trial++) {
		for (int i = 0; i < 64; i++) in[0][i] = handmade_random(&h);
		const struct values values = eval_graph(folded, NUMBER_SEPARATE, (const float *const *)in, h.arena);
		const struct values exact = eval_graph(h.graph, NUMBER_MEANING, (const float *const *)in, h.arena);
		const double *const *bounds = composed_bounds(folded, &values, h.arena);
		for (int i = 0; i < folded->nodes.n; i++) {
			const struct tensor *out = folded->nodes.at[i]->out[0];
			for (int64_t k = 0; k < shape_elements(&out->shape); k++) {
				const double error = fabs((double)((float *)values.at[out->id])[k] -
							  ((double *)exact.at[out->meaning])[k]);
				assert_true(error <= bounds[out->id][k]);
				assert_true(bounds[out->id][k] < 1);
			}
		}
	}
	handmade_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold_and_are_tight),     cmocka_unit_test(selections_are_exact),
		cmocka_unit_test(conv_against_a_sum_of_its_own), cmocka_unit_test(overflow_has_no_bound),
		cmocka_unit_test(no_ops_change_no_bound),        cmocka_unit_test(composed_bounds_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
