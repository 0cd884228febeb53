/* reduce.c: Mean, Sum, Max, Min over axes that follow one another: keras.ops.mean(x, axis=1) and the like. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field reduce_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, reduce_config, axis, NULL, "the axes that become one value"),
	TYPED_FIELD("keepdims", FIELD_BOOL, reduce_config, keepdims, "false", "axes of size 1 stay in their place"),
	END_FIELD,
};

/* The reduced axes of the sample as bits; 0 after an error. */
static unsigned reduced_axes(const struct node *node, struct diag *diag)
{
	const struct reduce_config *c = node->config;
	int rank = node->in[0]->shape.rank;
	unsigned set = 0;

	for (int i = 0; i < c->axis.n; i++) {
		if (diag && !need_axis(node, diag, c->axis.at[i])) return 0;
		set |= 1U << sample_axis(c->axis.at[i], rank);
	}
	if (!set && diag) layer_error(node, diag, "axis", "there is no axis; it must name one or more");
	return set;
}

static int first_of(unsigned set)
{
	int first = 0;

	while (!(set >> first & 1)) first++;
	return first;
}

static bool reduce_infer(struct node *node, struct diag *diag)
{
	const struct reduce_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct shape out = { 0 };
	unsigned set = reduced_axes(node, diag);

	if (!set) return false;
	for (int i = 0; i < in->rank; i++) {
		bool reduced = set >> i & 1;
		if (!reduced || c->keepdims) out.at[out.rank++] = reduced ? 1 : in->at[i];
	}
	if (set >> first_of(set) & ((set >> first_of(set)) + 1)) {
		layer_error(node, diag, "axis", "the axes do not follow one another; they must");
		return false;
	}
	node->out[0]->shape = out;
	return true;
}

bool node_reduction(const struct node *node, struct reduction *reduction)
{
	static const struct {
		const char *class_name;
		bool sums, mean;
	} ways[] = { { "Mean", true, true }, { "Sum", true, false }, { "Max", false, false }, { "Min", false, false } };
	const struct shape *in = &node->in[0]->shape;
	unsigned set;

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (!layer_is(node, ways[i].class_name)) continue;
		set = reduced_axes(node, NULL);
		*reduction = (struct reduction){ .outer = 1,
						 .size = 1,
						 .inner = 1,
						 .sums = ways[i].sums,
						 .mean = ways[i].mean,
						 .smallest = i == 3 };
		for (int axis = 0; axis < in->rank; axis++) {
			int64_t *part = set >> axis & 1        ? &reduction->size
					: axis < first_of(set) ? &reduction->outer
							       : &reduction->inner;
			*part *= in->at[axis];
		}
		reduction->partial =
		    reduction->sums && (set >> (in->rank - 1) & 1) && reduction->size >= PARTIAL_TERMS_LEAST;
		return true;
	}
	return false;
}

#define FAMILY "layers/reduce.c"
#include "layers/each_real.h"

/* The additions, the rounding of the count, one division. */
static void reduce_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const void *ins[] = { in[0] };
	void *outs[] = { bound };
	struct reduction r;
	int64_t n = shape_elements(&node->out[0]->shape);

	node_reduction(node, &r);
	sum_magnitude(node, ins, outs, scratch);
	for (int64_t i = 0; i < n; i++) bound[i] = bound[i] * rounding_growth(r.size + 1) + TINY;
}

#define REDUCE_ROW(id, class, of, bounds, integers, steps_of, text)                                                    \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = reduce_fields,                                                                               \
		.config_bytes = sizeof(struct reduce_config),                                                          \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.infer = reduce_infer,                                                                                 \
		.rows = rows_barrier,                                                                                  \
		.eval = EVALS(of),                                                                                     \
		.integer = integers,                                                                                   \
		.steps = steps_of,                                                                                     \
		.bound = bounds,                                                                                       \
		.activates = true,                                                                                     \
		.internal = true,                                                                                      \
	}
REDUCE_ROW(mean, "Mean", sum, reduce_bound, integer_mean, steps_of_mean, "mean over axes");
REDUCE_ROW(sum, "Sum", sum, reduce_bound, integer_mean, steps_of_mean, "sum over axes");
REDUCE_ROW(max, "Max", extreme, NULL, integer_extreme, NULL, "the largest over axes");
REDUCE_ROW(min, "Min", extreme, NULL, integer_extreme, NULL, "the smallest over axes");

#else

static real EACH(sum_along)(const struct reduction *r, const real *x)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t i = 0; i < r->size; i++) {
		int64_t j = r->partial ? i % PARTIAL_SUMS : 0;
		p[j] = ADD(p[j], X(x[i * r->inner]));
	}
	for (int half = PARTIAL_SUMS / 2; r->partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return r->mean ? DIVIDE(p[0], (real)r->size) : p[0];
}

static void EACH(sum)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct reduction r;
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	node_reduction(node, &r);
	for (int64_t o = 0; o < r.outer; o++, x += r.size * r.inner)
		for (int64_t i = 0; i < r.inner; i++) *y++ = EACH(sum_along)(&r, x + i);
}

/* Of equal values the first stays; a NaN stays.  What a magnitude bounds is any of them. */
static real EACH(extreme_along)(const struct reduction *r, const real *x)
{
	real v = X(x[0]);

	for (int64_t i = 1; i < r->size; i++) {
		real u = X(x[i * r->inner]);
		bool better = r->smallest && !MAGNITUDE ? GREATER(v, u) : GREATER(u, v);
		if (better || u != u) v = u;
	}
	return v;
}

static void EACH(extreme)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct reduction r;
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	node_reduction(node, &r);
	for (int64_t o = 0; o < r.outer; o++, x += r.size * r.inner)
		for (int64_t i = 0; i < r.inner; i++) *y++ = EACH(extreme_along)(&r, x + i);
}

#endif
