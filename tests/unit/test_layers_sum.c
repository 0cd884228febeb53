/* Conv1D and Dense: by mathematics (impulses, linearity, time shift), against a textbook loop, and the order of sums by
 * hand-written sequences. */
#include "layer_nodes.h"

struct trial {
	struct arena *arena;
	struct graph *graph;
	struct tensor *in, *out;
	struct conv1d_config config;
};

static struct trial trial_of(struct conv1d_config config, int64_t steps, int64_t channels)
{
	struct trial t = { .arena = arena_new(), .config = config };
	bool first = config.data_format == CHANNELS_FIRST;

	t.graph = graph_new(t.arena, "trial");
	t.in = input(t.graph, first ? shape_of(2, channels, steps) : shape_of(2, steps, channels));
	t.out = then(t.graph, t.in, "Conv1D", &t.config);
	return t;
}

static struct conv1d_config any_config(void)
{
	int64_t stride = 1 + dice(3), groups = 1 + dice(3);

	return (struct conv1d_config){
		groups * (1 + dice(4)), 1 + dice(7),  stride,      stride > 1 ? 1 : 1 + dice(4), groups,
		(int)dice(3),           (int)dice(2), dice(2) == 0
	};
}

static struct trial any_trial(void)
{
	struct conv1d_config c = any_config();
	int64_t least = c.padding == PADDING_VALID ? (c.kernel_size - 1) * c.dilation_rate + 1 : 1;

	return trial_of(c, least + dice(12), c.groups * (1 + dice(20)));
}

/* The definition, with zeros really standing in the padding; total padding by TensorFlow's documentation. */
static void textbook(const struct trial *t, const float *x, double *y)
{
	const struct conv1d_config *c = &t->config;
	bool first = c->data_format == CHANNELS_FIRST;
	const float *w = t->out->from->weight[0]->f32, *b = c->use_bias ? t->out->from->weight[1]->f32 : NULL;
	int64_t steps = t->in->shape.at[first], channels = t->in->shape.at[!first], outs = t->out->shape.at[first];
	int64_t reach = (c->kernel_size - 1) * c->dilation_rate, total = (outs - 1) * c->strides + reach + 1 - steps;
	int64_t left = c->padding == PADDING_CAUSAL ? reach : c->padding == PADDING_SAME && total > 0 ? total / 2 : 0;
	int64_t width = channels / c->groups, share = c->filters / c->groups;

	for (int64_t o = 0; o < outs; o++)
		for (int64_t f = 0; f < c->filters; f++) {
			double sum = b ? (double)b[f] : 0;
			for (int64_t k = 0; k < c->kernel_size; k++)
				for (int64_t q = 0; q < width; q++) {
					int64_t s = o * c->strides + k * c->dilation_rate - left,
						channel = f / share * width + q;
					bool inside = s >= 0 && s < steps;
					double v = inside
						       ? (double)x[first ? channel * steps + s : s * channels + channel]
						       : 0;
					sum += v * (double)w[(k * width + q) * c->filters + f];
				}
			y[first ? f * outs + o : o * c->filters + f] = sum;
		}
}

static void sums_equal_the_textbook_loop(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct trial t = any_trial();
		float *x = dice_floats(t.arena, elements(t.in));
		double *expected = NEW_ARRAY(t.arena, elements(t.out), double);
		const double *y = run(t.graph, NUMBER_MEANING, x, t.out);
		const float *fused = run(t.graph, NUMBER_FUSED, x, t.out),
			    *separate = run(t.graph, NUMBER_SEPARATE, x, t.out);
		textbook(&t, x, expected);
		for (int64_t k = 0; k < elements(t.out); k++) {
			assert_close(y[k], expected[k], 1e-13);
			assert_close(fused[k], expected[k], 1e-4);
			assert_close(separate[k], expected[k], 1e-4);
		}
		arena_free(t.arena);
	}
}

/* An impulse at (step, channel) gives the kernel back, dilated, at its place. */
static void an_impulse_gives_the_kernel(void **state)
{
	struct conv1d_config c = { 3, 4, 1, 3, 1, PADDING_CAUSAL, CHANNELS_LAST, false };
	struct trial t = trial_of(c, 20, 2);
	const float *w = t.out->from->weight[0]->f32;

	(void)state;
	for (int64_t at = 0; at < 40; at++) {
		float x[40] = { 0 };
		const float *y;
		x[at] = 1;
		y = run(t.graph, NUMBER_SEPARATE, x, t.out);
		for (int64_t o = 0; o < 20; o++)
			for (int64_t f = 0; f < 3; f++) {
				int64_t back = o - at / 2, tap = 3 - back / 3;
				bool hit = back >= 0 && back % 3 == 0 && tap >= 0;
				assert_true(y[o * 3 + f] == (hit ? w[(tap * 2 + at % 2) * 3 + f] : 0));
			}
	}
	arena_free(t.arena);
}

/* Small integers and powers of two: exact in float32, so the sum of results is the result of the sum. */
static void sums_are_linear(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct conv1d_config c = any_config();
		struct trial t;
		float *a, *b, *both, *w;
		const float *ya, *yb, *y;
		c.use_bias = false;
		t = trial_of(c, 30 + dice(5), c.groups * (1 + dice(9)));
		a = NEW_ARRAY(t.arena, elements(t.in), float);
		b = NEW_ARRAY(t.arena, elements(t.in), float);
		both = NEW_ARRAY(t.arena, elements(t.in), float);
		w = NEW_ARRAY(t.arena, shape_elements(&t.out->from->weight[0]->shape), float);
		for (int64_t k = 0; k < shape_elements(&t.out->from->weight[0]->shape); k++)
			w[k] = (float)dice(64) - 32;
		set_weight(t.out->from, 0, w);
		for (int64_t k = 0; k < elements(t.in); k++) {
			a[k] = (float)dice(64) - 32;
			b[k] = (float)dice(64) - 32;
			both[k] = a[k] - 2 * b[k];
		}
		ya = run(t.graph, NUMBER_SEPARATE, a, t.out);
		yb = run(t.graph, NUMBER_FUSED, b, t.out);
		y = run(t.graph, NUMBER_SEPARATE, both, t.out);
		for (int64_t k = 0; k < elements(t.out); k++) assert_true(y[k] == ya[k] - 2 * yb[k]);
		arena_free(t.arena);
	}
}

/* A later input gives a later output, bit for bit, where the edges are not seen. */
static void sums_do_not_depend_on_time(void **state)
{
	struct conv1d_config c = { 2, 5, 1, 2, 1, PADDING_SAME, CHANNELS_LAST, true };
	struct trial t = trial_of(c, 40, 16);
	float *x = dice_floats(t.arena, elements(t.in)), *late = NEW_ARRAY(t.arena, elements(t.in), float);
	const float *y, *later;

	(void)state;
	memcpy(late + 3 * 16, x, 37 * 16 * sizeof *x);
	y = run(t.graph, NUMBER_SEPARATE, x, t.out);
	later = run(t.graph, NUMBER_SEPARATE, late, t.out);
	assert_true(same_floats(y + 4 * 2, later + 7 * 2, (40 - 4 - 3 - 4) * 2));
	arena_free(t.arena);
}

/* ---- the order of a sum ---------------------------------------------------------------------------------- */

/* Taps in order, in float32: 1e8 swallows what comes before it is taken away, and nothing after. */
static void terms_are_added_in_order(void **state)
{
	struct conv1d_config c = { 8, 3, 1, 1, 1, PADDING_VALID, CHANNELS_LAST, true };
	struct trial t = trial_of(c, 3, 1);
	const float x[3] = { 1e8f, 3, -1e8f }, y[3] = { 1e8f, -1e8f, 3 }, bias[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	float ones[24];

	(void)state;
	for (int i = 0; i < 24; i++) ones[i] = 1;
	set_weight(t.out->from, 0, ones);
	set_weight(t.out->from, 1, bias);
	assert_true(((const float *)run(t.graph, NUMBER_SEPARATE, x, t.out))[7] == 0);
	assert_true(((const float *)run(t.graph, NUMBER_SEPARATE, y, t.out))[7] == 3);
	arena_free(t.arena);
}

static void fused_rounds_once(void **state)
{
	struct conv1d_config c = { 1, 1, 1, 1, 1, PADDING_VALID, CHANNELS_LAST, true };
	struct trial t = trial_of(c, 1, 1);
	const float x = 1 + 0x1p-12f, bias = -1 - 0x1p-11f;

	(void)state;
	set_weight(t.out->from, 0, &x);
	set_weight(t.out->from, 1, &bias);
	assert_true(((const float *)run(t.graph, NUMBER_SEPARATE, &x, t.out))[0] == 0);
	assert_true(((const float *)run(t.graph, NUMBER_FUSED, &x, t.out))[0] == 0x1p-24f);
	arena_free(t.arena);
}

/* The sequence of the contract, written out. */
static float by_hand(float bias, const float *product, int n)
{
	float p[16] = { bias };

	for (int i = 0; i < n; i++) p[i % 16] = p[i % 16] + product[i];
	p[0] = p[0] + p[8], p[1] = p[1] + p[9], p[2] = p[2] + p[10], p[3] = p[3] + p[11];
	p[4] = p[4] + p[12], p[5] = p[5] + p[13], p[6] = p[6] + p[14], p[7] = p[7] + p[15];
	p[0] = p[0] + p[4], p[1] = p[1] + p[5], p[2] = p[2] + p[6], p[3] = p[3] + p[7];
	p[0] = p[0] + p[2], p[1] = p[1] + p[3];
	return p[0] + p[1];
}

static void narrow_dense_layers_use_16_partial_sums(void **state)
{
	(void)state;
	for (int64_t units = 1; units <= 8; units++)
		for (int64_t features = 63; features <= 70; features++) {
			struct arena *arena = arena_new();
			struct graph *graph = graph_new(arena, "g");
			struct dense_config c = { units, true };
			struct tensor *out = then(graph, input(graph, shape_of(1, features)), "Dense", &c);
			const float *x = dice_floats(arena, features), *y = run(graph, NUMBER_SEPARATE, x, out);
			const float *w = out->from->weight[0]->f32, *bias = out->from->weight[1]->f32;
			for (int64_t u = 0; u < units; u++) {
				float product[70], in_order = bias[u];
				for (int64_t i = 0; i < features; i++) product[i] = x[i] * w[i * units + u];
				for (int64_t i = 0; i < features; i++) in_order += product[i];
				assert_true(y[u] == (units < 8 && features >= 64
							 ? by_hand(bias[u], product, (int)features)
							 : in_order));
			}
			arena_free(arena);
		}
}

/* Terms in the padding are left out but counted: with a kernel of 5 taps x 16 channels, tap k is always p[0..15]. */
static void padding_keeps_the_terms_numbers(void **state)
{
	struct conv1d_config c = { 1, 7, 1, 1, 1, PADDING_SAME, CHANNELS_LAST, true };
	struct trial t = trial_of(c, 4, 10);
	const float *x = dice_floats(t.arena, 40), *y = run(t.graph, NUMBER_SEPARATE, x, t.out);
	const float *w = t.out->from->weight[0]->f32, bias = t.out->from->weight[1]->f32[0];

	(void)state;
	for (int o = 0; o < 4; o++) {
		float product[70] = { 0 };
		for (int i = 0; i < 70; i++) {
			int s = o - 3 + i / 10;
			if (s >= 0 && s < 4) product[i] = x[s * 10 + i % 10] * w[i];
		}
		assert_true(y[o] == by_hand(bias, product, 70));
	}
	arena_free(t.arena);
}

/* Never multiplied: an infinite weight in the padding makes no NaN, a bias of -0 stays. */
static void padding_is_left_out(void **state)
{
	struct conv1d_config c = { 8, 2, 1, 5, 1, PADDING_SAME, CHANNELS_LAST, true };
	struct trial t = trial_of(c, 2, 1);
	float w[16], bias[8];
	const float x[2] = { 1, 2 }, *y;

	(void)state;
	for (int i = 0; i < 16; i++) w[i] = i % 2 ? INFINITY : NAN;
	for (int i = 0; i < 8; i++) bias[i] = -0.0f;
	set_weight(t.out->from, 0, w);
	set_weight(t.out->from, 1, bias);
	y = run(t.graph, NUMBER_SEPARATE, x, t.out);
	for (int i = 0; i < 16; i++) assert_true(y[i] == 0 && signbit(y[i]));
	arena_free(t.arena);
}

static void not_finite_numbers_go_through(void **state)
{
	struct conv1d_config c = { 1, 2, 1, 1, 1, PADDING_CAUSAL, CHANNELS_LAST, false };
	struct trial t = trial_of(c, 6, 1);
	const float w[2] = { 1, 2 }, x[6] = { INFINITY, 0, NAN, 0, -INFINITY, INFINITY };
	const float *y;

	(void)state;
	set_weight(t.out->from, 0, w);
	y = run(t.graph, NUMBER_SEPARATE, x, t.out);
	assert_true(y[0] == INFINITY && y[1] == INFINITY && isnan(y[2]) && isnan(y[3]) && y[4] == -INFINITY &&
		    isnan(y[5]));
	arena_free(t.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_equal_the_textbook_loop),
		cmocka_unit_test(an_impulse_gives_the_kernel),
		cmocka_unit_test(sums_are_linear),
		cmocka_unit_test(sums_do_not_depend_on_time),
		cmocka_unit_test(terms_are_added_in_order),
		cmocka_unit_test(fused_rounds_once),
		cmocka_unit_test(narrow_dense_layers_use_16_partial_sums),
		cmocka_unit_test(padding_keeps_the_terms_numbers),
		cmocka_unit_test(padding_is_left_out),
		cmocka_unit_test(not_finite_numbers_go_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
