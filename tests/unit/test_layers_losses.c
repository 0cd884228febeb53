/* Regularizers and constraints: their formulas on a few numbers, and how far a norm may be off. */
#include "layer_nodes.h"
#include "layers/training.h"

static struct arena *arena;

/* An object of this class with parameters "key", value. */
static const struct training_object *object(enum object_role role, const char *name, const char *key, double value)
{
	const struct object_kind *kind = object_find(role, name);
	struct training_object *object = object_new(arena, kind);
	int n = object_parameters(kind);
	struct parameter *parameters = arena_copy(arena, object->parameter, sizeof *parameters * (size_t)(n + 1));

	for (int i = 0; i < n; i++)
		if (key && !strcmp(kind->parameters[i].key, key)) {
			parameters[i].real = value;
			parameters[i].choice = (int)value;
			parameters[i].axis[0] = (int64_t)value;
			parameters[i].given = !isnan(value);
			parameters[i].axes = parameters[i].given;
		}
	object->parameter = parameters;
	return object;
}

static double loss(const char *name, const char *key, double value, struct shape shape, const double *at)
{
	const struct training_object *regularizer = object(ROLE_REGULARIZER, name, key, value);

	return regularizer->kind->loss(regularizer, &shape, at);
}

static void assert_near(double found, double wanted)
{
	if (!(fabs(found - wanted) <= 1e-14 * fabs(wanted))) fail_msg("%.17g, not %.17g", found, wanted);
}

static void losses(void **state)
{
	static const double at[] = { 3, -4, 0, 0, 5, 12 };
	struct shape shape = shape_of(2, (int64_t)3, (int64_t)2), one = shape_of(2, (int64_t)1, (int64_t)6),
		     line = shape_of(1, (int64_t)6);

	(void)state;
	assert_near(loss("l1", NULL, 0, shape, at), 0.24);
	assert_near(loss("l2", "l2", 0.5, shape, at), 97);
	assert_near(loss("L1L2", "l1", 0.25, shape, at), 6);
	assert_true(loss("l1l2", NULL, 0, shape, at) == 0);
	/* rows (3, -4) / 5, 0, (5, 12) / 13: one pair of three with the cosine 33 / 65 */
	assert_near(loss("OrthogonalRegularizer", "factor", 2, shape, at), 2 * 33.0 / 65 / 3);
	/* columns (3, 0, 5) and (-4, 0, 12) */
	assert_near(loss("orthogonal_regularizer", "mode", 1, shape, at), 0.01 * 48 / sqrt(34.0 * 160));
	assert_true(isnan(loss("OrthogonalRegularizer", NULL, 0, line, at)));
	assert_true(isnan(loss("OrthogonalRegularizer", NULL, 0, one, at))); /* 0 / 0, as Keras */
}

/* A million small values behind a large one, which plain sums would lose. */
static void sums_are_exact(void **state)
{
	enum { N = 1000001 };
	double *at = NEW_ARRAY(arena, N, double);

	(void)state;
	at[0] = 0x1p53;
	for (int i = 1; i < N; i++) at[i] = -0.5;
	assert_true(loss("l1", "l1", 1, shape_of(1, (int64_t)N), at) == 0x1p53 + 500000);
}

static struct violation check(const char *name, const char *key, double value, struct shape shape, const float *at)
{
	const struct training_object *constraint = object(ROLE_CONSTRAINT, name, key, value);
	struct violation found = { 0 };

	constraint->kind->check(constraint, &shape, at, &found);
	return found;
}

static void norms_and_axes(void **state)
{
	static const float at[] = { 3, 0, 1, 4, 2, 0 }; /* columns: 5, 2, 1; rows: sqrt(10), sqrt(20) */
	struct shape shape = shape_of(2, (int64_t)2, (int64_t)3);
	struct violation found = check("MaxNorm", "max_value", 1.5, shape, at);

	(void)state;
	assert_true(found.n == 2 && found.of == 3 && found.worst == 5 && found.high == 1.5);
	found = check("max_norm", NULL, 0, shape, at);
	assert_true(found.n == 1 && found.worst == 5); /* max_value 2 */
	found = check("MaxNorm", "axis", 1, shape, at);
	assert_true(found.n == 2 && found.of == 2 && found.worst == sqrt(20));
	found = check("MaxNorm", "axis", -2, shape, at);
	assert_true(found.n == 1 && found.of == 3);
	found = check("MaxNorm", "axis", (double)NAN, shape, at);
	assert_true(found.n == 1 && found.of == 1 && found.worst == sqrt(30));
	found = check("UnitNorm", NULL, 0, shape, at);
	assert_true(found.n == 2 && found.worst == 5);
	found = check("MinMaxNorm", "min_value", 1.5, shape, at); /* max_value 1 */
	assert_true(found.n == 3 && found.worst == 5);
	assert_non_null(check("MaxNorm", "axis", 2, shape, at).fault);
	assert_non_null(check("MaxNorm", "axis", -3, shape, at).fault);
}

static void tolerance(void **state)
{
	struct shape one = shape_of(1, (int64_t)1);
	static const struct {
		float value;
		int n;
	} cases[] = { { 1, 0 }, { 0, 1 }, { 1.00009F, 0 }, { -0.99991F, 0 }, { 1.00011F, 1 }, { 0.99989F, 1 } };
	static const float nan_at[] = { NAN }, zero[] = { -0.0F }, least[] = { -0x1p-149F };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(check("unit_norm", NULL, 0, one, &cases[i].value).n, cases[i].n);
	assert_int_equal(check("unit_norm", NULL, 0, one, nan_at).n, 1);
	assert_int_equal(check("non_neg", NULL, 0, one, zero).n, 0);
	assert_int_equal(check("NonNeg", NULL, 0, one, least).n, 1);
	assert_int_equal(check("NonNeg", NULL, 0, one, nan_at).n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses),
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(norms_and_axes),
		cmocka_unit_test(tolerance),
	};
	int failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
