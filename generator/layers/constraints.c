/* constraints.c: Keras's constraints: do weights keep to them? */
#include "layers/objects.h"

/* How far a norm may be off, relative to its bound, and still be kept.  Keras projects in float32: w * (bound / (norm + 1e-7)).
 * The norm's sum of n squares is off by about sqrt(n) 2^-24, the quotient and products by 2^-22, the 1e-7 by 1e-7 of a norm
 * near 1 (1e-4 of one of 1e-3).  Weights that were never projected miss their bound by tens of per cent. */
#define NORM_TOLERANCE 1e-4

/* Takes one value into what was found. */
static void judge(struct violation *found, double value, double slack)
{
	double off = value < found->low ? found->low - value : value > found->high ? value - found->high : 0;

	found->of++;
	if (isnan(value)) off = (double)INFINITY;
	if (off <= slack) return;
	if (found->n++ == 0 || off > found->off) {
		found->worst = value;
		found->off = off;
	}
}

/* Sum of squares of the vector that holds element i, over the axes: summed up where its index on these axes is 0. */
static double *squares_of(struct arena *arena, const struct shape *shape, const float *at, unsigned axes, int64_t *n)
{
	int64_t stride[MAX_RANK] = { 0 }, count = 1, elements = shape_elements(shape);
	double *squares;

	for (int i = shape->rank - 1; i >= 0; i--) {
		if (axes >> i & 1) continue;
		stride[i] = count;
		count *= shape->at[i];
	}
	squares = NEW_ARRAY(arena, count, double);
	for (int64_t e = 0; e < elements; e++) {
		int64_t rest = e, vector = 0;

		for (int i = shape->rank - 1; i >= 0; rest /= shape->at[i--]) vector += rest % shape->at[i] * stride[i];
		squares[vector] += (double)at[e] * (double)at[e];
	}
	*n = count;
	return squares;
}

static void check_norms(const struct training_object *object, const struct shape *shape, const float *at,
			struct violation *found)
{
	struct arena *arena = arena_new();
	unsigned axes;
	double *squares;
	int64_t n;

	found->what = "norms";
	if (!parameter_axes(object_parameter(object, "axis"), shape, &axes)) {
		found->fault = "its axis is none of the weight's";
	} else {
		squares = squares_of(arena, shape, at, axes, &n);
		for (int64_t i = 0; i < n; i++) {
			double norm = sqrt(squares[i]), bound = norm < found->low ? found->low : found->high;

			judge(found, norm, NORM_TOLERANCE * fabs(bound));
		}
	}
	arena_free(arena);
}

static void check_max_norm(const struct training_object *object, const struct shape *shape, const float *at,
			   struct violation *found)
{
	found->low = 0;
	found->high = object_parameter(object, "max_value")->real;
	check_norms(object, shape, at, found);
}

static void check_min_max_norm(const struct training_object *object, const struct shape *shape, const float *at,
			       struct violation *found)
{
	found->low = object_parameter(object, "min_value")->real;
	found->high = object_parameter(object, "max_value")->real;
	check_norms(object, shape, at, found);
}

static void check_unit_norm(const struct training_object *object, const struct shape *shape, const float *at,
			    struct violation *found)
{
	found->low = found->high = 1;
	check_norms(object, shape, at, found);
}

/* max(w, 0) is exact: no tolerance. */
static void check_non_neg(const struct training_object *object, const struct shape *shape, const float *at,
			  struct violation *found)
{
	int64_t n = shape_elements(shape);

	(void)object;
	found->what = "values";
	found->low = 0;
	found->high = (double)INFINITY;
	for (int64_t i = 0; i < n; i++) judge(found, (double)at[i], 0);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

#define AXIS PARAMETER("axis", PARAMETER_AXES, 0)
PARAMETERS(of_max_norm, RENAMED_PARAMETER("max_value", "m", 2), AXIS);
PARAMETERS(of_min_max_norm, REAL_PARAMETER("min_value", 0), REAL_PARAMETER("max_value", 1), REAL_PARAMETER("rate", 1),
	   AXIS);
PARAMETERS(of_unit_norm, AXIS);

#define ROW(class, snake_name, list, function, text)                                                                   \
	{                                                                                                              \
		.role = ROLE_CONSTRAINT, .name = class, .snake = snake_name, .parameters = list, .check = function,    \
		.doc = text                                                                                            \
	}
const struct object_kind constraints[] = {
	ROW("MaxNorm", "max_norm", of_max_norm, check_max_norm, "norms along axis are at most max_value"),
	ROW("MinMaxNorm", "min_max_norm", of_min_max_norm, check_min_max_norm,
	    "norms along axis lie between min_value and max_value"),
	ROW("UnitNorm", "unit_norm", of_unit_norm, check_unit_norm, "norms along axis are 1"),
	ROW("NonNeg", "non_neg", NULL, check_non_neg, "no value is below 0"),
	{ .name = NULL },
};
const struct object_alias constraint_aliases[] = {
	{ "maxnorm", "MaxNorm" },
	{ "nonneg", "NonNeg" },
	{ "unitnorm", "UnitNorm" },
	{ NULL, NULL },
};
