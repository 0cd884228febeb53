/* pool.c: MaxPooling1D, AveragePooling1D and their global forms. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field pool1d_fields[] = {
	INT1_FIELD("pool_size", pool1d_config, pool_size, 1, "2", "steps of a window"),
	INT1_FIELD("strides", pool1d_config, strides, 1, "null", "steps between two windows; null: pool_size"),
	CHOICE_FIELD("padding", pool1d_config, padding, valid_same, true, "\"valid\"", "what stands around the steps"),
	DATA_FORMAT_FIELD(pool1d_config),
	END_FIELD,
};

static const struct field global_pool1d_fields[] = {
	DATA_FORMAT_FIELD(global_pool1d_config),
	TYPED_FIELD("keepdims", FIELD_BOOL, global_pool1d_config, keepdims, "false",
		    "keeps the axis of steps, with size 1"),
	END_FIELD,
};

static int64_t pool1d_stride(const struct pool1d_config *c)
{
	return c->strides > 0 ? c->strides : c->pool_size;
}

static bool pool1d_infer(struct node *node, struct diag *diag)
{
	const struct pool1d_config *c = node->config;

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	return infer_window(node, diag, "pool_size", c->pool_size, pool1d_stride(c), 1, c->padding, c->data_format,
			    shape_channels(&node->in[0]->shape, c->data_format));
}

static bool global_pool1d_infer(struct node *node, struct diag *diag)
{
	const struct global_pool1d_config *c = node->config;
	int64_t channels;

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	channels = shape_channels(&node->in[0]->shape, c->data_format);
	node->out[0]->shape = c->keepdims ? steps_and_channels(1, channels, c->data_format) : shape_of(1, channels);
	return true;
}

struct pool pool1d_of(const struct node *node)
{
	const struct pool1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t steps = shape_steps(in, c->data_format);
	struct window window;

	CHECK(window_of(steps, c->pool_size, pool1d_stride(c), 1, c->padding, &window));
	return (struct pool){ steps,
			      window.steps_out,
			      shape_channels(in, c->data_format),
			      c->pool_size,
			      pool1d_stride(c),
			      window.pad_left,
			      c->data_format == CHANNELS_FIRST };
}

struct pool global_pool1d_of(const struct node *node)
{
	const struct global_pool1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t steps = shape_steps(in, c->data_format);

	return (struct pool){ steps, 1, shape_channels(in, c->data_format), steps,
			      steps, 0, c->data_format == CHANNELS_FIRST };
}

static bool pool1d_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct pool p = pool1d_of(node);

	(void)input;
	(void)steps;
	window_reach(o, p.size, p.stride, 1, p.pad_left, reach);
	return true;
}

/* One element for every step. */
static bool take_steps_mask(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	const struct global_pool1d_config *c = node->config;
	int64_t steps = shape_steps(&node->in[0]->shape, c->data_format);
	struct arena *arena;

	if (mask[0]->shape.rank == 1 && mask[0]->shape.at[0] == steps) return take_mask(graph, node, mask, diag);
	arena = arena_new();
	layer_error(node, diag, NULL, "its mask has the shape %s; it must be (%lld,), one element for every step",
		    shape_text(arena, &mask[0]->shape), (long long)steps);
	arena_free(arena);
	return false;
}

static const char *pool1d_lengths(struct graph *graph, const struct node *node)
{
	const struct pool1d_config *c = node->config;

	return lengths_window(graph, node, c->pool_size, pool1d_stride(c), 1, c->padding, c->data_format);
}

/* The output has no step or one. */
static const char *global_pool1d_lengths(struct graph *graph, const struct node *node)
{
	const struct global_pool1d_config *c = node->config;

	(void)graph;
	if (node->in[0]->open_axis != (c->data_format == CHANNELS_FIRST ? 1 : 0))
		return "it needs a known number of channels";
	return NULL;
}

#define FAMILY "layers/pool.c"
#include "layers/each_real.h"

/* size additions (the first is exact), the rounding of the count, one division. */
static void average_bound(const struct pool *p, const double *in, double *bound)
{
	windows_magnitude(p, in, bound, true);
	for (int64_t i = 0; i < p->steps_out * p->channels; i++)
		bound[i] = bound[i] * rounding_growth(p->size + 1) + TINY;
}

static void average_pooling1d_bound(const struct node *node, const double *const *in, double *bound,
				    struct arena *scratch)
{
	struct pool p = pool1d_of(node);

	(void)scratch;
	average_bound(&p, in[0], bound);
}

/* Of a mean with weights of both signs, which cancel, too; bound: the sum of |terms| by the sum of weights.  A sum is off by
 * that share (growth) of its |terms|, and a term by what underflows. */
static void weighed_bound(const double *weight, int64_t n, double growth, double *bound, int64_t channels)
{
	double sum = 0, all = 0, share;

	for (int64_t i = 0; i < n; i++) {
		sum += weight[i];
		all += fabs(weight[i]);
	}
	share = all / fabs(sum);
	for (int64_t i = 0; i < channels; i++) {
		if (sum == all && sum >= 1)
			bound[i] = bound[i] * growth + TINY;
		else if (growth * share < 0.5)
			bound[i] = 2 * growth * (1 + share) * fabs(bound[i]) + 2 * (double)n * TINY / fabs(sum) + TINY;
		else
			bound[i] = (double)INFINITY;
	}
}

static void global_average_pooling1d_bound(const struct node *node, const double *const *in, double *bound,
					   struct arena *scratch)
{
	struct pool p = global_pool1d_of(node);

	(void)scratch;
	if (node->n_in > 1) {
		double growth = rounding_growth(p.size + 1);

		masked_mean_magnitude(node, in[0], in[1], bound);
		if (node_is_old(node)) {
			weighed_bound(in[1], p.steps_in, growth, bound, p.channels);
			return;
		}
		for (int64_t i = 0; i < p.channels; i++) bound[i] = bound[i] * growth + TINY;
		return;
	}
	average_bound(&p, in[0], bound);
}

const struct layer layer_max_pooling1d = {
	.name = "MaxPooling1D",
	.aliases = (const char *const[]){ "MaxPool1D", NULL },
	.fields = pool1d_fields,
	.config_bytes = sizeof(struct pool1d_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "largest of every window of steps",
	.infer = pool1d_infer,
	.lengths = pool1d_lengths,
	.rows = pool1d_rows,
	.eval = EVALS(max_pooling1d),
	.integer = integer_max_pooling1d,
};
const struct layer layer_average_pooling1d = {
	.name = "AveragePooling1D",
	.aliases = (const char *const[]){ "AvgPool1D", NULL },
	.fields = pool1d_fields,
	.config_bytes = sizeof(struct pool1d_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "mean of the real steps of every window",
	.infer = pool1d_infer,
	.lengths = pool1d_lengths,
	.rows = pool1d_rows,
	.eval = EVALS(average_pooling1d),
	.integer = integer_average_pooling1d,
	.bound = average_pooling1d_bound,
};
const struct layer layer_global_max_pooling1d = {
	.name = "GlobalMaxPooling1D",
	.aliases = (const char *const[]){ "GlobalMaxPool1D", NULL },
	.fields = global_pool1d_fields,
	.config_bytes = sizeof(struct global_pool1d_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "largest over all steps",
	.infer = global_pool1d_infer,
	.lengths = global_pool1d_lengths,
	.rows = rows_barrier,
	.eval = EVALS(global_max_pooling1d),
	.integer = integer_global_max_pooling1d,
};
const struct layer layer_global_average_pooling1d = {
	.name = "GlobalAveragePooling1D",
	.aliases = (const char *const[]){ "GlobalAvgPool1D", NULL },
	.fields = global_pool1d_fields,
	.config_bytes = sizeof(struct global_pool1d_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "mean over all steps",
	.infer = global_pool1d_infer,
	.lengths = global_pool1d_lengths,
	.rows = rows_barrier,
	.eval = EVALS(global_average_pooling1d),
	.integer = integer_mean,
	.steps = steps_of_mean,
	.bound = global_average_pooling1d_bound,
	.use_masks = take_steps_mask,
};

#else

/* Of two equal values (+0 and -0) the earlier stays; a NaN stays whatever follows. */
static real EACH(larger)(real most, real v)
{
	return GREATER(v, most) || v != v ? v : most;
}

/* The largest, or the mean, of every window's real steps, taken in order of time. */
static void EACH(windows)(const struct pool *p, const real *x, real *y, bool mean)
{
	int64_t along = p->channels_first ? 1 : p->channels;

	for (int64_t t = 0; t < p->steps_out; t++) {
		int64_t a = t * p->stride - p->pad_left, b = a + p->size;
		if (a < 0) a = 0;
		if (b > p->steps_in) b = p->steps_in;
		for (int64_t c = 0; c < p->channels; c++) {
			const real *v = x + (p->channels_first ? c * p->steps_in : c);
			real r = mean ? 0 : X(v[a * along]);
			for (int64_t i = a; i < b; i++)
				r = mean ? ADD(r, X(v[i * along])) : EACH(larger)(r, X(v[i * along]));
			if (mean) r = DIVIDE(r, (real)(b - a));
			y[p->channels_first ? c * p->steps_out + t : t * p->channels + c] = r;
		}
	}
}

static void EACH(max_pooling1d)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct pool p = pool1d_of(node);

	(void)scratch;
	EACH(windows)(&p, in[0], out[0], false);
}

static void EACH(average_pooling1d)(const struct node *node, const void *const *in, void *const *out,
				    struct arena *scratch)
{
	struct pool p = pool1d_of(node);

	(void)scratch;
	EACH(windows)(&p, in[0], out[0], true);
}

static void EACH(global_max_pooling1d)(const struct node *node, const void *const *in, void *const *out,
				       struct arena *scratch)
{
	struct pool p = global_pool1d_of(node);

	(void)scratch;
	EACH(windows)(&p, in[0], out[0], false);
}

/* The mean of the steps whose mask is set; of Keras 2, weighed by the mask.  0 / 0 where there is none. */
static void EACH(masked_mean)(const struct node *node, const real *x, const real *mask, real *y)
{
	struct pool p = global_pool1d_of(node);
	int64_t along = p.channels_first ? 1 : p.channels;
	bool weighs = node_is_old(node);

	for (int64_t c = 0; c < p.channels; c++) {
		const real *v = x + (p.channels_first ? c * p.steps_in : c);
		real sum = 0, count = 0;
		for (int64_t t = 0; t < p.steps_in; t++) {
			if (weighs)
				sum = ADD(sum, MULTIPLY(X(v[t * along]), X(mask[t])));
			else if (!EQUAL(mask[t], 0))
				sum = ADD(sum, X(v[t * along]));
			count = ADD(count, weighs ? mask[t] : EQUAL(mask[t], 0) ? 0 : 1);
		}
		y[c] = DIVIDE(sum, count);
	}
}

static void EACH(global_average_pooling1d)(const struct node *node, const void *const *in, void *const *out,
					   struct arena *scratch)
{
	struct pool p = global_pool1d_of(node);

	(void)scratch;
	if (node->n_in > 1) {
		EACH(masked_mean)(node, in[0], in[1], out[0]);
		return;
	}
	EACH(windows)(&p, in[0], out[0], true);
}

#endif
