/* The samples of verify: which kinds there are, where the spots lie, that they are the same every time. */
#include "judge_graphs.h"

#include <float.h>
#include <math.h>
#include <string.h>

static struct handmade two_inputs(void)
{
	struct handmade h = handmade_new();
	handmade_input(&h, shape_of(2, (int64_t)7, (int64_t)3));
	handmade_input(&h, shape_of(1, (int64_t)1));
	return h;
}

static int64_t size_of(const struct graph *graph, int input)
{
	return shape_elements(&graph->inputs.at[input]->shape);
}

static bool any(const float *at, int64_t n, bool (*is)(float))
{
	for (int64_t i = 0; i < n; i++) {
		if (is(at[i])) return true;
	}
	return false;
}

static bool is_nan(float x)
{
	return isnan(x);
}
static bool is_infinite(float x)
{
	return isinf(x);
}
static bool is_largest(float x)
{
	return fabsf(x) == FLT_MAX;
}
static bool is_subnormal(float x)
{
	return fpclassify(x) == FP_SUBNORMAL;
}
static bool is_not_zero(float x)
{
	return x != 0;
}
static bool is_minus_zero(float x)
{
	return x == 0 && signbit(x);
}

static void shows_every_kind(void **state)
{
	(void)state;
	struct handmade h = two_inputs();
	const struct samples *samples = samples_new(h.graph, 0, h.arena);
	float **in = sample_room(h.graph, h.arena);
	bool (*const kinds[])(float) = { is_nan, is_infinite, is_largest, is_subnormal, is_minus_zero };
	int seen[5] = { 0 }, zeros = 0, ordinary = 0;
	for (int64_t i = 0; i < samples_count(samples); i++) {
		sample_fill(samples, i, in, h.arena);
		for (int k = 0; k < 5; k++) seen[k] += any(in[0], size_of(h.graph, 0), kinds[k]);
		zeros += !any(in[0], size_of(h.graph, 0), is_not_zero) && !any(in[1], 1, is_not_zero);
		ordinary += sample_is_ordinary(samples, i);
	}
	for (int k = 0; k < 5; k++) assert_true(seen[k] > 0);
	assert_true(zeros >= 1);
	assert_true(ordinary >= 50);
	handmade_free(&h);
}

/* Every element of the 5 edge rows (all but two of seven steps) and 3 channels gets an impulse; so does the lone input. */
static void impulses_at_every_edge(void **state)
{
	(void)state;
	struct handmade h = two_inputs();
	const struct samples *samples = samples_new(h.graph, 0, h.arena);
	float **in = sample_room(h.graph, h.arena);
	bool hit[7][3] = { { false } }, lone = false;
	for (int64_t i = 0; i < samples_count(samples); i++) {
		const char *what = sample_fill(samples, i, in, h.arena);
		if (!strstr(what, "impulse")) continue;
		int n = 0;
		for (int64_t k = 0; k < 21; k++) {
			if (in[0][k] == 0) continue;
			n++;
			hit[k / 3][k % 3] = true;
		}
		lone = lone || in[1][0] == 1;
		assert_int_equal(n + (in[1][0] == 1), 1);
	}
	assert_true(lone);
	for (int step = 0; step < 7; step++) {
		for (int channel = 0; channel < 3; channel++) {
			assert_int_equal(hit[step][channel], step != 2 && step != 4);
		}
	}
	handmade_free(&h);
}

static void a_sample_is_the_same_every_time(void **state)
{
	(void)state;
	struct handmade h = two_inputs();
	const struct samples *samples = samples_new(h.graph, 0, h.arena);
	float **a = sample_room(h.graph, h.arena), **b = sample_room(h.graph, h.arena);
	sample_fill(samples, 9, a, h.arena);
	for (int64_t i = 0; i < 9; i++) sample_fill(samples, i, b, h.arena);
	sample_fill(samples, 9, b, h.arena);
	assert_memory_equal(a[0], b[0], 21 * sizeof(float));
	assert_memory_equal(a[1], b[1], sizeof(float));
	handmade_free(&h);
}

static void a_short_list_mixes_the_kinds(void **state)
{
	(void)state;
	struct handmade h = two_inputs();
	const struct samples *samples = samples_new(h.graph, 6, h.arena);
	float **in = sample_room(h.graph, h.arena);
	bool nan = false, zeros = false, random = false;
	assert_int_equal(samples_count(samples), 6);
	for (int64_t i = 0; i < 6; i++) {
		const char *what = sample_fill(samples, i, in, h.arena);
		nan = nan || any(in[0], 21, is_nan);
		zeros = zeros || strcmp(what, "all zeros") == 0;
		random = random || sample_is_ordinary(samples, i);
	}
	assert_true(nan && zeros && random);
	handmade_free(&h);
}

static void work_is_bounded(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct dense_config config = { .units = 1000, .use_bias = true };
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)100, (int64_t)1000));
	handmade_output(&h, handmade_one(&h, "Dense", &config, NULL, x));
	assert_int_equal(graph_macs(h.graph), 100000000);
	assert_int_equal(samples_within(h.graph, 200000000, 6), 6);
	assert_int_equal(samples_within(h.graph, 2000000000, 6), 19);
	handmade_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_every_kind),
		cmocka_unit_test(impulses_at_every_edge),
		cmocka_unit_test(a_sample_is_the_same_every_time),
		cmocka_unit_test(a_short_list_mixes_the_kinds),
		cmocka_unit_test(work_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
