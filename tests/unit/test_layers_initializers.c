/* Initializers: the distributions that Keras documents (against their exact distribution functions), the generator against
 * its own text written down in Python, and what can be drawn at all. */
#include "layer_nodes.h"
#include "layers/training.h"

enum { MANY = 200000 };
static struct arena *arena;

static struct training_object *object(const char *name)
{
	const struct object_kind *kind = object_find(ROLE_INITIALIZER, name);

	assert_non_null(kind);
	return object_new(arena, kind);
}

/* Its copy of the parameters, to be changed. */
static struct parameter *changed(struct training_object *object, const char *key)
{
	int n = object_parameters(object->kind), i = 0;
	struct parameter *copy = arena_copy(arena, object->parameter, sizeof *copy * (size_t)n);

	while (strcmp(object->kind->parameters[i].key, key) != 0) i++;
	object->parameter = copy;
	return &copy[i];
}

static struct training_object *with(struct training_object *object, const char *key, double value)
{
	struct parameter *parameter = changed(object, key);

	parameter->real = value;
	parameter->choice = (int)value;
	parameter->seed = (int64_t)value;
	parameter->given = true;
	return object;
}

static float *drawn(const struct training_object *object, struct shape shape, const char *layer, const char *weight)
{
	float *out = NEW_ARRAY(arena, shape_elements(&shape), float);

	assert_null(initializer_draw(object, 7, layer, weight, &shape, out));
	return out;
}

/* ---- the generator --------------------------------------------------------------------------------------------- */

static void assert_floats(const float *found, const float *wanted, int n)
{
	for (int i = 0; i < n; i++)
		if (!(found[i] == wanted[i]))
			fail_msg("value %d is %a, not %a", i, (double)found[i], (double)wanted[i]);
}

/* tests/conformance/make_init_numbers.py */
static void streams_are_as_documented(void **state)
{
	static const float normal[] = { 0x1.06464ep-1F,  0x1.75c64cp+1F,  0x1.59e7e0p+1F, -0x1.941240p+1F,
					-0x1.ec5efep-3F, -0x1.4cf4a2p-2F, 0x1.4c3972p+0F, 0x1.5b68e8p+0F };
	static const float seeded[] = { -0x1.82eff0p+0F, -0x1.0245a6p-1F, 0x1.283c4cp+1F, -0x1.9076e2p-3F,
					0x1.0d115ep+2F,  0x1.14005ap+1F,  0x1.67c33ep-5F, 0x1.bebbc2p+0F };
	static const float uniform[] = { 0x1.f405d8p-4F,  0x1.6eb25cp-3F, -0x1.4994fap-4F, 0x1.0edeacp-8F,
					 -0x1.2b141cp-4F, 0x1.2b6742p-2F, 0x1.1d5952p-4F,  0x1.f9b1aep-6F };
	struct shape shape = shape_of(1, (int64_t)8);
	struct training_object *one = with(with(object("RandomNormal"), "mean", 0.5), "stddev", 2);
	float out[8];

	(void)state;
	assert_floats(drawn(one, shape, "sub/conv", "kernel"), normal, 8);
	assert_floats(drawn(with(one, "seed", 42), shape, "sub/conv", "kernel"), seeded, 8);
	one = with(with(with(object("uniform"), "minval", -0.1), "maxval", 0.3), "seed", -1);
	assert_null(initializer_draw(one, INT64_MAX, "c", "bias", &shape, out));
	assert_floats(out, uniform, 8);
}

static void streams_depend_on_every_part_of_their_name(void **state)
{
	static const char *const names[][2] = {
		{ "a", "kernel" }, { "b", "kernel" }, { "a", "bias" }, { "ab", "kernel" }
	};
	struct shape shape = shape_of(1, (int64_t)64);
	float *first = drawn(object("GlorotUniform"), shape, "a", "kernel"), other[64];

	(void)state;
	assert_memory_equal(first, drawn(object("GlorotUniform"), shape, "a", "kernel"), sizeof other);
	for (size_t i = 1; i < sizeof names / sizeof *names; i++)
		assert_memory_not_equal(first, drawn(object("GlorotUniform"), shape, names[i][0], names[i][1]),
					sizeof other);
	assert_memory_not_equal(first, drawn(with(object("GlorotUniform"), "seed", 0), shape, "a", "kernel"),
				sizeof other);
	assert_null(initializer_draw(NULL, 8, "a", "kernel", &shape, other));
	assert_memory_not_equal(first, other, sizeof other);
	assert_null(initializer_draw(NULL, 7, "a", "kernel", &shape, other)); /* None is GlorotUniform */
	assert_memory_equal(first, other, sizeof other);
}

/* ---- distributions ------------------------------------------------------------------------------------------------- */

typedef double distribution(double x);

static double normal(double x)
{
	return erfc(-x / sqrt(2)) / 2;
}

static double truncated(double x)
{
	return fmin(1, fmax(0, (normal(x) - normal(-2)) / (normal(2) - normal(-2))));
}

static double uniform(double x)
{
	return fmin(1, fmax(0, x));
}

static int compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* Kolmogorov and Smirnov: the largest distance of the sample's distribution function from the exact one of (x - mean) /
 * scale.  1.95 / sqrt(n) is exceeded once in a thousand samples; these are always the same. */
static void assert_distribution(float *at, distribution *exact, double mean, double scale)
{
	double most = 0;

	qsort(at, MANY, sizeof *at, compare_floats);
	for (int i = 0; i < MANY; i++) {
		double p = exact(((double)at[i] - mean) / scale);
		most = fmax(most, fmax(fabs(p - (double)i / MANY), fabs(p - (double)(i + 1) / MANY)));
	}
	if (!(most <= 1.95 / sqrt(MANY))) fail_msg("the distributions differ by %g", most);
}

/* Within 4 standard errors. */
static void assert_moments(const float *at, double mean, double variance)
{
	double sum = 0, squares = 0;

	for (int i = 0; i < MANY; i++) sum += (double)at[i];
	for (int i = 0; i < MANY; i++) squares += ((double)at[i] - mean) * ((double)at[i] - mean);
	assert_true(fabs(sum / MANY - mean) <= 4 * sqrt(variance / MANY));
	assert_true(fabs(squares / MANY - variance) <= 4 * variance * sqrt(2.0 / MANY));
}

static void plain_distributions(void **state)
{
	struct shape shape = shape_of(1, (int64_t)MANY);
	struct training_object *cut = with(with(object("truncated_normal"), "mean", -1), "stddev", 0.25);
	float *at = drawn(with(with(object("normal"), "mean", 3), "stddev", 0.5), shape, "l", "w");

	(void)state;
	assert_moments(at, 3, 0.25);
	assert_distribution(at, normal, 3, 0.5);
	at = drawn(cut, shape, "l", "w");
	assert_moments(at, -1, 0.0625 * 0.87962566103423978 * 0.87962566103423978);
	assert_distribution(at, truncated, -1, 0.25);
	assert_true((double)at[0] >= -1.5 && (double)at[MANY - 1] <= -0.5);
	assert_true((double)at[0] < -1.4995 && (double)at[MANY - 1] > -0.5005); /* 20 of them lie beyond */
	at = drawn(with(with(object("RandomUniform"), "minval", 2), "maxval", 6), shape, "l", "w");
	assert_moments(at, 4, 16.0 / 12);
	assert_distribution(at, uniform, 2, 4);
	assert_true(at[0] >= 2 && at[MANY - 1] < 6);
	at = drawn(object("random_uniform"), shape, "l", "w"); /* the default's ends are no floats */
	assert_true(at[0] >= -0.05F && at[MANY - 1] < 0.05F);
	assert_distribution(at, uniform, -0.05, 0.1);
}

/* CASE(name, scale, fan of a weight (50, 40, 100), uniform): Keras's classes; fan_in 2000, fan_out 5000 */
static const struct {
	const char *name;
	double variance;
	bool uniform;
} cases[] = {
	{ "glorot_uniform", 1 / 3500.0, true }, { "GlorotNormalV2", 1 / 3500.0, false },
	{ "HeUniform", 2 / 2000.0, true },      { "he_normal", 2 / 2000.0, false },
	{ "lecun_uniform", 1 / 2000.0, true },  { "LecunNormal", 1 / 2000.0, false },
};

static void scaled_distributions(void **state)
{
	struct shape shape = shape_of(3, (int64_t)50, (int64_t)40, (int64_t)100);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double variance = cases[i].variance, limit = sqrt(3 * variance);
		float *at = drawn(object(cases[i].name), shape, cases[i].name, "kernel");

		assert_moments(at, 0, variance);
		if (cases[i].uniform)
			assert_distribution(at, uniform, -limit, 2 * limit);
		else
			assert_distribution(at, truncated, 0, sqrt(variance) / 0.87962566103423978);
	}
}

enum { FAN_IN, FAN_OUT, FAN_AVG, TRUNCATED = 0, UNTRUNCATED, UNIFORM, NORMAL };

static void variance_scaling(void **state)
{
	struct training_object *one = with(with(object("VarianceScaling"), "scale", 3), "mode", FAN_OUT);
	struct shape shape = shape_of(3, (int64_t)50, (int64_t)40, (int64_t)100), flat = shape_of(1, (int64_t)MANY);
	struct parameter *axes;
	float *at = drawn(one, shape, "l", "w");

	(void)state;
	assert_distribution(at, truncated, 0, sqrt(3 / 5000.0) / 0.87962566103423978);
	at = drawn(with(one, "distribution", NORMAL), shape, "l", "w");
	assert_distribution(at, truncated, 0, sqrt(3 / 5000.0) / 0.87962566103423978);
	at = drawn(with(one, "distribution", UNTRUNCATED), shape, "l", "w");
	assert_distribution(at, normal, 0, sqrt(3 / 5000.0));
	at = drawn(with(one, "distribution", UNTRUNCATED), flat, "l", "w"); /* one axis: both fans are its size */
	assert_distribution(at, normal, 0, sqrt(3.0 / MANY));
	with(one, "mode", FAN_AVG);
	axes = changed(one, "input_axes");
	*axes = (struct parameter){ .given = true, .axes = 2, .axis = { 0, -1 } };
	axes = changed(one, "output_axes");
	*axes = (struct parameter){ .given = true, .axes = 1, .axis = { 1 } };
	at = drawn(one, shape, "l", "w");
	assert_distribution(at, normal, 0, sqrt(3 / ((5000 + 40) / 2.0)));
	axes->axis[0] = 3;
	assert_string_equal(initializer_draw(one, 7, "l", "w", &shape, at),
			    "its input_axes or output_axes are not axes of the weight");
}

/* ---- matrices -------------------------------------------------------------------------------------------------------- */

/* Rows, or columns where there are fewer, are orthogonal and of the length gain. */
static void assert_orthogonal(const float *at, int64_t rows, int64_t columns, double gain)
{
	int64_t n = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
	int64_t apart = rows < columns ? columns : 1, step = rows < columns ? 1 : columns;

	for (int64_t a = 0; a < n; a++)
		for (int64_t b = 0; b < n; b++) {
			double sum = 0;
			for (int64_t i = 0; i < length; i++)
				sum += (double)at[a * apart + i * step] * (double)at[b * apart + i * step];
			if (!(fabs(sum - (a == b ? gain * gain : 0)) <= 1e-6 * gain * gain))
				fail_msg("vectors %d and %d: %g", (int)a, (int)b, sum);
		}
}

static void orthogonal(void **state)
{
	struct training_object *one = with(object("OrthogonalInitializer"), "gain", 1.5);
	struct shape tall = shape_of(3, (int64_t)3, (int64_t)20, (int64_t)17),
		     wide = shape_of(2, (int64_t)9, (int64_t)40), square = shape_of(2, (int64_t)64, (int64_t)64),
		     line = shape_of(1, (int64_t)4);
	float out[4];

	(void)state;
	assert_orthogonal(drawn(one, tall, "l", "w"), 60, 17, 1.5);
	assert_orthogonal(drawn(one, wide, "l", "w"), 9, 40, 1.5);
	assert_orthogonal(drawn(object("orthogonal"), square, "l", "w"), 64, 64, 1);
	assert_string_equal(initializer_draw(one, 7, "l", "w", &line, out), "it makes arrays of 2 and more axes only");
}

static void constants(void **state)
{
	static const double six[] = { 1, 2, 3, 4, 5, 6 };
	static const float identity[] = { 3, 0, 0, 0, 3, 0 }, ones[] = { 1, 1, 1, 1, 1, 1 }, zeros[6] = { 0 };
	static const float values[] = { 1, 2, 3, 4, 5, 6 }, rows[] = { 1, 2, 3, 1, 2, 3 },
			   half[] = { .5F, .5F, .5F, .5F, .5F, .5F };
	struct shape shape = shape_of(2, (int64_t)2, (int64_t)3),
		     cube = shape_of(3, (int64_t)1, (int64_t)2, (int64_t)3);
	struct training_object *one = object("constant");
	static const double a_half = 0.5;
	float out[6];

	(void)state;
	assert_memory_equal(drawn(object("zero"), shape, "l", "w"), zeros, sizeof zeros);
	assert_memory_equal(drawn(object("OnesV2"), shape, "l", "w"), ones, sizeof ones);
	assert_floats(drawn(with(object("identity"), "gain", 3), shape, "l", "w"), identity, 6);
	assert_string_equal(initializer_draw(object("Identity"), 7, "l", "w", &cube, out),
			    "it makes arrays of 2 axes only");
	*changed(one, "value") = (struct parameter){ .array = &a_half };
	assert_floats(drawn(one, shape, "l", "w"), half, 6);
	*changed(one, "value") = (struct parameter){ .array = six, .shape = shape_of(1, (int64_t)3) };
	assert_floats(drawn(one, shape, "l", "w"), rows, 6);
	*changed(one, "value") = (struct parameter){ .array = six, .shape = shape_of(1, (int64_t)6) };
	assert_floats(drawn(one, shape, "l", "w"), values, 6);
	*changed(one, "value") = (struct parameter){ .array = six, .shape = cube };
	assert_floats(drawn(one, shape, "l", "w"), values, 6);
	*changed(one, "value") = (struct parameter){ .array = six, .shape = shape_of(1, (int64_t)2) };
	assert_string_equal(initializer_draw(one, 7, "l", "w", &shape, out),
			    "its array does not have the weight's shape");
	assert_string_equal(initializer_draw(object("STFT"), 7, "l", "w", &shape, out), "it is not supported");
}

/* ---- names ----------------------------------------------------------------------------------------------------------- */

static void names(void **state)
{
	(void)state;
	for (int role = 0; role < ROLE_COUNT; role++)
		for (int i = 0; object_row((enum object_role)role, i); i++) {
			const struct object_kind *row = object_row((enum object_role)role, i);
			assert_ptr_equal(object_find(row->role, row->name), row);
			assert_ptr_equal(object_find(row->role, row->snake), row);
			assert_int_equal(row->role, role);
			assert_non_null(row->doc);
		}
	assert_null(object_find(ROLE_INITIALIZER, "V2"));
	assert_null(object_find(ROLE_INITIALIZER, ""));
	assert_null(object_find(ROLE_REGULARIZER, "Zeros"));
	assert_string_equal(object_find(ROLE_REGULARIZER, "l1_l2")->name, "L1L2");
	assert_string_equal(object_find(ROLE_CONSTRAINT, "maxnorm")->name, "MaxNorm");
	assert_string_equal(object_nearest(ROLE_INITIALIZER, "glorot_unifrom", arena), "glorot_uniform");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_as_documented),
		cmocka_unit_test(streams_depend_on_every_part_of_their_name),
		cmocka_unit_test(plain_distributions),
		cmocka_unit_test(scaled_distributions),
		cmocka_unit_test(variance_scaling),
		cmocka_unit_test(orthogonal),
		cmocka_unit_test(constants),
		cmocka_unit_test(names),
	};
	int failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
