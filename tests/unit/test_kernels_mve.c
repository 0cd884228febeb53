/* What MVE's instructions make of accumulators, by the rows that kernels hand them, against the definition of layers/integer.h;
 * and which nodes are given to them. */
#include "layer_nodes.h"

#include "kernels/integer_mve.h"

/* A sum of one term: accumulators of any size up to 'most' by its bias alone. */
struct sample {
	struct integer_sum sum, given; /* given: as a kernel has it */
	int16_t weight;
	int64_t bias;
	double scale;
	struct multiplier factor;
	enum mve_form form;
	int32_t mantissa, second;
	struct arena *arena;
};

static bool start(struct sample *s, double scale, int64_t most, struct integer_range range, int32_t zero_out)
{
	static const int64_t filters[] = { 0, -1, -1, -1 };
	const int32_t *rows;

	*s = (struct sample){ .scale = scale, .factor = multiplier_of(scale), .arena = arena_new(), .bias = -most };
	s->sum = (struct integer_sum){ .in = TYPE_I8,
				       .out = TYPE_I8,
				       .requantisation = dice(3) ? REQUANTISE_MULTIPLIED : REQUANTISE_REAL,
				       .rounding = dice(4) ? ROUNDING_DOUBLE : ROUNDING_SINGLE,
				       .zero_out = zero_out,
				       .range = range };
	s->sum.sum = (struct sum){ .taps = 1, .channels = 1, .groups = 1, .filters = 1 };
	s->sum.weights = &s->weight;
	s->sum.bias = &s->bias;
	s->sum.factor = &s->factor;
	s->sum.scale = &s->scale;
	s->given = s->sum;
	if (!mve_requantises(&s->given, s->arena)) return false;
	s->form = mve_form_of(&s->given);
	rows = mve_factors(&s->given, filters, 1, s->arena).at;
	assert_int_equal(rows[0], -most);
	s->mantissa = rows[MVE_SUMS];
	s->second = rows[2 * MVE_SUMS];
	return true;
}

/* VQRDMULH and, rounding down, VQDMULH. */
static int64_t high(int64_t a, int64_t b, bool rounds)
{
	return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : (a * b + (rounds ? 1 << 30 : 0)) >> 31;
}

/* VRSHL to the right. */
static int64_t shifted(int64_t x, int by)
{
	return by == 0 ? x : (x + ((int64_t)1 << (by - 1))) >> by;
}

static int64_t output(const struct sample *s, int64_t accumulator)
{
	int64_t v = high(accumulator, s->mantissa, s->form != MVE_ONCE);

	if (s->form == MVE_AWAY && s->second < 0 && s->sum.range.least < s->sum.zero_out) v -= v < 0 ? 1 : 0;
	v = s->form == MVE_TWICE ? high(v, s->second, true) : shifted(v, -s->second);
	return integer_within(v + s->sum.zero_out, s->sum.range);
}

static void agrees_at(const struct sample *s, int64_t accumulator)
{
	if (accumulator < s->bias || accumulator > -s->bias) return;
	if (output(s, accumulator) != integer_requantised(&s->sum, accumulator, 0))
		fail_msg("%lld * %a: %lld, form %d, zero point %d", (long long)accumulator, s->scale,
			 (long long)output(s, accumulator), (int)s->form, s->sum.zero_out);
}

/* Around every accumulator that scale makes half an integer of, and elsewhere; of both signs, though the bias has one. */
static void agrees_everywhere(const struct sample *s)
{
	for (int v = -300; v <= 300; v++) {
		const double at = floor((v + 0.5) / s->scale);

		for (int i = -3; i <= 4 && fabs(at) < 0x1p33; i++) agrees_at(s, (int64_t)at + i);
	}
	for (int i = 0; i < 1000; i++) agrees_at(s, (int64_t)dice(1u << 24) * (dice(1u << 8) + 1) + INT32_MIN);
	for (int i = 0; i < 8; i++) {
		agrees_at(s, s->bias + i);
		agrees_at(s, -s->bias - i);
	}
}

/* Factors of few bits make many ties of both roundings; relu's range begins at the zero point. */
static void outputs_are_the_definitions(void **state)
{
	int forms[3] = { 0 };

	(void)state;
	for (int i = 0; i < 6000; i++) {
		const int bits = 1 + (int)dice(30), e = i % 15;
		const int32_t zero_out = (int32_t)dice(256) - 128;
		const double mantissa = 0x1p30 + (double)(dice(1u << 20) << 10 >> (30 - bits) << (30 - bits));
		struct sample s;

		if (start(&s, ldexp(mantissa, -31 - e), ((int64_t)1 << (8 + dice(24))) - 256,
			  (struct integer_range){ dice(2) ? zero_out : -128, 127 }, zero_out)) {
			forms[s.form]++;
			agrees_everywhere(&s);
		}
		arena_free(s.arena);
	}
	for (int i = 0; i < 3; i++) assert_true(forms[i] > 300);
}

static void factors_of_one_and_more_are_refused(void **state)
{
	struct sample s;

	(void)state;
	assert_false(start(&s, 1.5, 1000, (struct integer_range){ -128, 127 }, 0));
	arena_free(s.arena);
	assert_false(start(&s, 0.25, INT32_MAX, (struct integer_range){ -128, 127 }, 0));
	arena_free(s.arena);
}

/* integer_pool1d_mve: means of n integers whose sum is that, ties away from 0. */
static void means_are_made_by_products(void **state)
{
	(void)state;
	for (int n = 1; n <= 254; n++) {
		int shift = 0;
		while (1 << shift < n) shift++;
		const int factor = ((1 << (15 + shift)) + n - 1) / n;
		assert_true(factor <= UINT16_MAX);
		for (int sum = 0; sum <= 128 * n; sum++) {
			const int a = sum + n / 2;
			if (2 * a > UINT16_MAX || (2 * a * (int64_t)factor >> 16) >> shift != a / n)
				fail_msg("%d / %d", sum, n);
		}
	}
}

/* ---- which kernel -------------------------------------------------------------------------------------------------- */

static const struct quantisation *quantised(struct arena *arena, float scale, int32_t zero_point)
{
	struct quantisation *q = NEW(arena, struct quantisation);

	q->n = 1;
	q->scale = arena_copy(arena, &scale, sizeof scale);
	q->zero_point = arena_copy(arena, &zero_point, sizeof zero_point);
	return q;
}

/* A layer without bias behind an input of int8 of that shape. */
static struct node *layer(struct graph *graph, struct shape shape, const char *class_name, const void *config)
{
	struct arena *arena = graph->arena;
	struct tensor *x = input(graph, shape), *y;
	struct weight *kernel = NEW(arena, struct weight);
	int64_t n, *integers;

	x->type = TYPE_I8;
	x->quantisation = quantised(arena, 0.5f, 3);
	y = then(graph, x, class_name, config);
	y->type = TYPE_I8;
	y->quantisation = quantised(arena, 64.0f, -7);
	*kernel = *y->from->weight[0];
	n = shape_elements(&kernel->shape);
	kernel->integers = integers = NEW_ARRAY(arena, n, int64_t);
	for (int64_t i = 0; i < n; i++) integers[i] = (int64_t)dice(255) - 127;
	kernel->quantisation = quantised(arena, 0.5f, 0);
	kernel->type = TYPE_I8;
	y->from->weight[0] = kernel;
	return y->from;
}

static const char *chosen(const struct node *node, const char *target)
{
	return choice_of_planner(node, target_find(target)).kernel->name;
}

static void sums_of_bytes_are_given_to_vectors(void **state)
{
	struct graph *graph = graph_new(arena_new(), "g");
	const struct conv1d_config conv = {
		.filters = 6, .kernel_size = 3, .strides = 1, .dilation_rate = 2, .groups = 1
	};
	const struct conv1d_config planar = { .filters = 6,
					      .kernel_size = 3,
					      .strides = 1,
					      .dilation_rate = 1,
					      .groups = 1,
					      .data_format = CHANNELS_FIRST };
	const struct depthwise_config depthwise = {
		.kernel_size = 9, .strides = 1, .dilation_rate = 1, .depth_multiplier = 1
	};
	const struct dense_config dense = { .units = 3 };
	struct node *node = layer(graph, shape_of(2, (int64_t)20, (int64_t)24), "Conv1D", &conv);

	(void)state;
	assert_string_equal(chosen(node, "cortex-m55"), "integer_conv1d_mve");
	assert_null(strstr(chosen(node, "cortex-m33"), "mve"));
	assert_string_equal(chosen(layer(graph, shape_of(1, (int64_t)40), "Dense", &dense), "cortex-m55"),
			    "integer_conv1d_mve");
	node = layer(graph, shape_of(2, (int64_t)200, (int64_t)5), "DepthwiseConv1D", &depthwise);
	assert_string_equal(chosen(node, "cortex-m55"), "integer_depthwise_mve");
	/* Rows of four filters: 129 steps and what the last window's vector reaches behind its first. */
	assert_int_equal(
	    kernel_scratch(kernel_find("integer_depthwise_mve"), kernel_plan(kernel_find("integer_depthwise_mve"), node,
									     target_find("cortex-m55"), graph->arena)),
	    4 * (128 + 16));
	node = layer(graph, shape_of(2, (int64_t)24, (int64_t)20), "Conv1D", &planar);
	assert_null(strstr(chosen(node, "cortex-m55"), "mve"));
	arena_free(graph->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_are_the_definitions),
		cmocka_unit_test(factors_of_one_and_more_are_refused),
		cmocka_unit_test(means_are_made_by_products),
		cmocka_unit_test(sums_of_bytes_are_given_to_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
