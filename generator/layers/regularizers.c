/* regularizers.c: Keras's regularizers: losses of weights and outputs, in double. */
#include "layers/objects.h"

/* A sum whose rounding errors are carried along (Neumaier 1974): right to the last bits whatever its length. */
struct exact_sum {
	double sum, lost;
};

static void add(struct exact_sum *to, double x)
{
	double sum = to->sum + x;

	if (isfinite(sum)) to->lost += fabs(to->sum) >= fabs(x) ? (to->sum - sum) + x : (x - sum) + to->sum;
	to->sum = sum;
}

static double sum_of_magnitudes(const struct shape *shape, const double *at)
{
	struct exact_sum sum = { 0 };
	int64_t n = shape_elements(shape);

	for (int64_t i = 0; i < n; i++) add(&sum, fabs(at[i]));
	return sum.sum + sum.lost;
}

static double sum_of_squares(const struct shape *shape, const double *at)
{
	struct exact_sum sum = { 0 };
	int64_t n = shape_elements(shape);

	for (int64_t i = 0; i < n; i++) add(&sum, at[i] * at[i]);
	return sum.sum + sum.lost;
}

static double loss_l1(const struct training_object *object, const struct shape *shape, const double *at)
{
	return object_parameter(object, "l1")->real * sum_of_magnitudes(shape, at);
}

static double loss_l2(const struct training_object *object, const struct shape *shape, const double *at)
{
	return object_parameter(object, "l2")->real * sum_of_squares(shape, at);
}

/* A factor of 0 leaves its term out, also where it is infinite. */
static double loss_l1l2(const struct training_object *object, const struct shape *shape, const double *at)
{
	double loss = 0;

	if (object_parameter(object, "l1")->real != 0) loss += loss_l1(object, shape, at);
	if (object_parameter(object, "l2")->real != 0) loss += loss_l2(object, shape, at);
	return loss;
}

/* ---- OrthogonalRegularizer ---------------------------------------------------------------------------------------- */

/* Vectors of a matrix: vector v's element i is at[v * apart + i * step]. */
struct vectors {
	const double *at;
	int64_t n, length, apart, step;
};

static double product(const struct vectors *v, int64_t a, int64_t b)
{
	struct exact_sum sum = { 0 };

	for (int64_t i = 0; i < v->length; i++)
		add(&sum, v->at[a * v->apart + i * v->step] * v->at[b * v->apart + i * v->step]);
	return sum.sum + sum.lost;
}

/* Keras's normalize() divides by 1e-12 at least. */
static double *norms_of(struct arena *arena, const struct vectors *v)
{
	double *norm = NEW_ARRAY(arena, v->n, double);

	for (int64_t i = 0; i < v->n; i++) norm[i] = fmax(sqrt(product(v, i, i)), 1e-12);
	return norm;
}

/* Of anything but a matrix Keras makes an error. */
static double loss_orthogonal(const struct training_object *object, const struct shape *shape, const double *at)
{
	bool rows = object_parameter(object, "mode")->choice == 0;
	struct arena *arena;
	struct vectors v;
	struct exact_sum sum = { 0 };
	double *norm;

	if (shape->rank != 2) return (double)NAN;
	arena = arena_new();
	v = rows ? (struct vectors){ at, shape->at[0], shape->at[1], shape->at[1], 1 }
		 : (struct vectors){ at, shape->at[1], shape->at[0], 1, shape->at[1] };
	norm = norms_of(arena, &v);
	for (int64_t a = 0; a < v.n; a++)
		for (int64_t b = 0; b < a; b++) add(&sum, fabs(product(&v, a, b) / (norm[a] * norm[b])));
	arena_free(arena);
	return object_parameter(object, "factor")->real * (sum.sum + sum.lost) / ((double)v.n * ((double)v.n - 1) / 2);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static const char *const modes[] = { "rows", "columns", NULL };

PARAMETERS(of_l1, FACTOR_PARAMETER("l1", "l", 0.01));
PARAMETERS(of_l2, FACTOR_PARAMETER("l2", "l", 0.01));
PARAMETERS(of_l1l2, FACTOR_PARAMETER("l1", NULL, 0), FACTOR_PARAMETER("l2", NULL, 0));
PARAMETERS(of_orthogonal, FACTOR_PARAMETER("factor", NULL, 0.01), CHOICE_PARAMETER("mode", modes, 0, false));

#define ROW(class, snake_name, list, function, adds, text)                                                             \
	{                                                                                                              \
		.role = ROLE_REGULARIZER, .name = class, .snake = snake_name, .parameters = list, .loss = function,    \
		.additive = adds, .doc = text                                                                          \
	}
const struct object_kind regularizers[] = {
	ROW("L1", "l1", of_l1, loss_l1, true, "l1 sum |x|"),
	ROW("L2", "l2", of_l2, loss_l2, true, "l2 sum x^2"),
	ROW("L1L2", "l1l2", of_l1l2, loss_l1l2, true, "l1 sum |x| + l2 sum x^2"),
	ROW("OrthogonalRegularizer", "orthogonal_regularizer", of_orthogonal, loss_orthogonal, false,
	    "factor times the mean |cosine| between two rows or columns of a matrix"),
	{ .name = NULL },
};
const struct object_alias regularizer_aliases[] = {
	{ "l1_l2", "L1L2" },
	{ "WeightRegularizer", "L1L2" },   /* Keras 1 */
	{ "ActivityRegularizer", "L1L2" }, /* Keras 1 */
	{ "L1L2Regularizer", "L1L2" },     /* Keras 1.2 */
	{ NULL, NULL },
};
