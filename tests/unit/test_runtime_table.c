/* activations.def: the names that Keras knows, their defaults, the forms of ReLU; values from Keras 3.15.1 (JAX). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "layers/layers.h"
#include "runtime/activations.h"

#include <math.h>
#include <string.h>

static const struct {
	const char *name;
	float y[5];
} keras[] = {
	{ "celu", { -0.97527647f, -0.3623718f, 0.0f, 0.3f, 6.25f } },
	{ "elu", { -0.97527647f, -0.3623718f, -0.0f, 0.3f, 6.25f } },
	{ "exponential", { 0.024723526f, 0.63762814f, 1.0f, 1.3498589f, 518.0128f } },
	{ "gelu", { -0.00039885892f, -0.14685985f, -0.0f, 0.18537343f, 6.25f } },
	{ "hard_shrink", { -3.7f, 0.0f, 0.0f, 0.0f, 6.25f } },
	{ "hard_sigmoid", { 0.0f, 0.425f, 0.5f, 0.55f, 1.0f } },
	{ "hard_silu", { -0.0f, -0.19125f, -0.0f, 0.165f, 6.25f } },
	{ "hard_swish", { -0.0f, -0.19125f, -0.0f, 0.165f, 6.25f } },
	{ "hard_tanh", { -1.0f, -0.45f, -0.0f, 0.3f, 1.0f } },
	{ "leaky_relu", { -0.74f, -0.089999996f, -0.0f, 0.3f, 6.25f } },
	{ "log_sigmoid", { -3.724423f, -0.94324887f, -0.6931472f, -0.55435526f, -0.0019285933f } },
	{ "mish", { -0.09034655f, -0.20555604f, -0.0f, 0.20800136f, 6.2499533f } },
	{ "relu", { 0.0f, 0.0f, 0.0f, 0.3f, 6.25f } },
	{ "relu6", { 0.0f, 0.0f, 0.0f, 0.3f, 6.0f } },
	{ "selu", { -1.714633f, -0.6370856f, -0.0f, 0.3152103f, 6.566881f } },
	{ "sigmoid", { 0.02412702f, 0.38936076f, 0.5f, 0.5744425f, 0.9980732f } },
	{ "silu", { -0.08926997f, -0.17521234f, -0.0f, 0.17233276f, 6.2379575f } },
	{ "soft_shrink", { -3.2f, 0.0f, 0.0f, 0.0f, 5.75f } },
	{ "softplus", { 0.024422845f, 0.49324888f, 0.6931472f, 0.8543553f, 6.251929f } },
	{ "softsign", { -0.78723407f, -0.31034482f, -0.0f, 0.23076925f, 0.86206895f } },
	{ "sparse_plus", { 0.0f, 0.075625f, 0.25f, 0.42249995f, 6.25f } },
	{ "sparse_sigmoid", { 0.0f, 0.275f, 0.5f, 0.65f, 1.0f } },
	{ "squareplus", { 0.25297415f, 0.79999995f, 1.0f, 1.1611874f, 6.406101f } },
	{ "swish", { -0.08926997f, -0.17521234f, -0.0f, 0.17233276f, 6.2379575f } },
	{ "tanh", { -0.9987782f, -0.421899f, -0.0f, 0.2913126f, 0.9999926f } },
	{ "tanh_shrink", { -2.701222f, -0.028100997f, 0.0f, 0.008687407f, 5.2500076f } },
};
static const float keras_x[5] = { -3.7f, -0.45f, -0.0f, 0.3f, 6.25f };

/* Keras computes in float32 itself: within a few units of what lies near 1. */
static bool near(double a, double b)
{
	return fabs(a - b) <= 4e-7 * fmax(fabs(b), 0.25);
}

static void names_mean_what_keras_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof keras / sizeof *keras; i++) {
		struct activation activation;

		assert_true(activation_named(keras[i].name, &activation));
		for (int k = 0; k < 5; k++) {
			const double meaning = activation_meaning(&activation, (double)keras_x[k]);
			const double exact = (double)activation_exact(&activation, keras_x[k]);

			if (!near(meaning, (double)keras[i].y[k]) || !near(exact, (double)keras[i].y[k]))
				fail_msg("%s(%g): meaning %.9g, exact %.9g, Keras %.9g", keras[i].name,
					 (double)keras_x[k], meaning, exact, (double)keras[i].y[k]);
		}
	}
}

static void other_names_are_refused(void **state)
{
	static const char *const names[] = { "",          "Relu", "relu_max", "threshold", "hard_sigmoid_keras2",
					     "gelu_tanh", "exp" };
	struct activation activation;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_null(activation_find(names[i]));
		assert_false(activation_named(names[i], &activation));
	}
	assert_non_null(activation_row_named("hard_sigmoid_keras2"));
	assert_true(activation_named("linear", &activation));
	assert_true(activation_is_linear(&activation));
	assert_true(activation_find("softmax")->rowwise);
}

static void hard_sigmoid_has_two_meanings(void **state)
{
	struct activation three, two = { .kind = activation_row_named("hard_sigmoid_keras2") };

	(void)state;
	assert_true(activation_named("hard_sigmoid", &three));
	assert_true(activation_exact(&three, 1.5f) == 0.75f);
	assert_true(near((double)activation_exact(&two, 1.5f), 0.8));
	assert_true(activation_exact(&two, 2.5f) == 1.0f && activation_exact(&two, -2.5f) == 0.0f);
}

/* Keras's own text: p = x where x > threshold, else 0; min(p, max_value); minus negative_slope max(threshold - x, 0). */
static double keras_relu(double x, double max_value, double slope, double threshold)
{
	double p = x > (double)(float)threshold ? x : 0;

	if (!isnan(max_value)) p = fmin(fmax(p, 0), (double)(float)max_value);
	return slope == 0 ? p : p - slope * fmax((double)(float)threshold - x, 0);
}

static void relu_in_all_forms(void **state)
{
	static const double maxima[] = { NAN, 6, 1.1 }, slopes[] = { 0, 0.3, 1 }, thresholds[] = { 0, 0.7 };

	(void)state;
	for (int form = 0; form < 18; form++) {
		const double most = maxima[form % 3], slope = slopes[form / 3 % 3], threshold = thresholds[form / 9];
		const struct activation activation = activation_of_relu(most, slope, threshold);

		for (double x = -9; x <= 9; x += 0.25) {
			const double y = keras_relu(x, most, slope, threshold);

			assert_true(near(activation_meaning(&activation, x), y));
			assert_true(near((double)activation_exact(&activation, (float)x), y));
		}
		assert_true(activation_slope(&activation) >= 1);
		assert_true(activation_monotone(&activation));
	}
}

static void parameters_show_in_texts(void **state)
{
	struct arena *arena = arena_new();
	struct activation activation = { .kind = activation_find("elu"), .parameter = { 0.3 } };

	(void)state;
	assert_string_equal(activation_text(arena, &activation), "elu(alpha=0.3)");
	activation.parameter[0] = 1;
	activation = activation_simplest(activation);
	assert_string_equal(activation_text(arena, &activation), "elu");
	activation = activation_of_relu(6.5, 0.1, 0);
	assert_string_equal(activation_text(arena, &activation),
			    "relu(negative_slope=0.1, threshold=0, max_value=6.5)");
	activation = activation_of_relu(NAN, 0, 0);
	assert_string_equal(activation_text(arena, &activation), "relu");
	activation = (struct activation){ 0 };
	assert_string_equal(activation_text(arena, &activation), "linear");
	arena_free(arena);
}

/* A factor's head and tail hold the float64 value to 2^-47. */
static void factors_are_pairs(void **state)
{
	const struct activation_kind *kind = activation_find("leaky_relu");
	static const double factors[] = { 0.3, 0.01, 1.7, -0.2, 0.25, 0 };
	float constant[MAX_ACTIVATION_CONSTANTS];

	(void)state;
	for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
		assert_int_equal(kind->constants(&factors[i], constant), 2);
		assert_true(fabs((double)constant[0] + (double)constant[1] - factors[i]) <= 0x1p-47 * fabs(factors[i]));
	}
}

/* Infinities as in Keras, NaN where it multiplies infinity by 0; a NaN stays one, but where Keras compares only. */
static void infinities_and_nan(void **state)
{
	static const struct {
		const char *name;
		float least, most, nan;
	} rows[] = {
		{ "relu", 0, INFINITY, NAN },
		{ "tanh", -1, 1, NAN },
		{ "sigmoid", 0, 1, NAN },
		{ "elu", -1, INFINITY, NAN },
		{ "exponential", 0, INFINITY, NAN },
		{ "softplus", 0, INFINITY, NAN },
		{ "silu", NAN, INFINITY, NAN },
		{ "gelu", NAN, INFINITY, NAN },
		{ "mish", NAN, INFINITY, NAN },
		{ "hard_silu", NAN, INFINITY, NAN },
		{ "softsign", NAN, NAN, NAN },
		{ "squareplus", NAN, INFINITY, NAN },
		{ "hard_sigmoid", 0, 1, NAN },
		{ "hard_tanh", -1, 1, NAN },
		{ "log_sigmoid", -INFINITY, 0, NAN },
		{ "tanh_shrink", -INFINITY, INFINITY, NAN },
		{ "soft_shrink", -INFINITY, INFINITY, 0 },
		{ "hard_shrink", -INFINITY, INFINITY, 0 },
		{ "leaky_relu", -INFINITY, INFINITY, NAN },
		{ "relu6", 0, 6, NAN },
		{ "sparse_plus", 0, INFINITY, NAN },
		{ "sparse_sigmoid", 0, 1, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const float x[] = { -INFINITY, INFINITY, NAN }, y[] = { rows[i].least, rows[i].most, rows[i].nan };
		struct activation activation;

		assert_true(activation_named(rows[i].name, &activation));
		for (int k = 0; k < 3; k++) {
			const float exact = activation_exact(&activation, x[k]);
			const double meaning = activation_meaning(&activation, (double)x[k]);

			if (isnan(y[k]) ? !isnan(exact) || !isnan(meaning) : exact != y[k] || meaning != (double)y[k])
				fail_msg("%s(%g): exact %g, meaning %g", rows[i].name, (double)x[k], (double)exact,
					 meaning);
		}
	}
}

/* relu by bits is relu: -0 and every NaN stay. */
static void relu_by_bits(void **state)
{
	static const uint32_t edges[] = { 0,          0x80000000, 0x80000001, 0x807fffff, 0x80800000, 0xff7fffff,
					  0xff800000, 0xff800001, 0xffffffff, 0x7f800000, 0x7fc00000, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
		assert_int_equal(runtime_bits(runtime_relu_bits(runtime_from_bits(edges[i]))),
				 runtime_bits(runtime_relu(runtime_from_bits(edges[i]))));
	for (uint32_t u = 0; u < UINT32_MAX - 4099; u += 4099)
		assert_int_equal(runtime_bits(runtime_relu_bits(runtime_from_bits(u))),
				 runtime_bits(runtime_relu(runtime_from_bits(u))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_mean_what_keras_means),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(hard_sigmoid_has_two_meanings),
		cmocka_unit_test(relu_in_all_forms),
		cmocka_unit_test(relu_by_bits),
		cmocka_unit_test(parameters_show_in_texts),
		cmocka_unit_test(factors_are_pairs),
		cmocka_unit_test(infinities_and_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
