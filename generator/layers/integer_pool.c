/* integer_pool.c: pools, means, sums and extremes of integers, as TFLite's reference kernels compute them. */
#include "layers/integer_family.h"

/* ---- windows: of the integers as they are, whose quantisation is the output's ------------------------------------------ */

/* pooling.h: to the nearest, ties away from 0. */
static int64_t rounded_mean(int64_t sum, int64_t n)
{
	return sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n;
}

static int64_t pooled(const struct pool *p, const float *x, int64_t first, int64_t end, bool mean)
{
	const int64_t along = p->channels_first ? 1 : p->channels;
	int64_t sum = 0, most = INT64_MIN;

	for (int64_t i = first; i < end; i++) {
		const int64_t v = (int64_t)x[i * along];
		sum += v;
		most = v > most ? v : most;
	}
	return mean ? rounded_mean(sum, end - first) : most;
}

static void windows(const struct node *node, const struct pool *p, const float *x, float *y, bool mean)
{
	const struct integer_range range = output_range(node);

	for (int64_t t = 0; t < p->steps_out; t++) {
		int64_t first = t * p->stride - p->pad_left, end = first + p->size;
		if (first < 0) first = 0;
		if (end > p->steps_in) end = p->steps_in;
		for (int64_t c = 0; c < p->channels; c++) {
			const float *from = x + (p->channels_first ? c * p->steps_in : c);
			const int64_t to = p->channels_first ? c * p->steps_out + t : t * p->channels + c;
			y[to] = (float)integer_within(pooled(p, from, first, end, mean), range);
		}
	}
}

void integer_max_pooling1d(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct pool p = pool1d_of(node);

	(void)scratch;
	windows(node, &p, in[0], out[0], false);
}

void integer_average_pooling1d(const struct node *node, const float *const *in, float *const *out,
			       struct arena *scratch)
{
	const struct pool p = pool1d_of(node);

	(void)scratch;
	windows(node, &p, in[0], out[0], true);
}

void integer_global_max_pooling1d(const struct node *node, const float *const *in, float *const *out,
				  struct arena *scratch)
{
	const struct pool p = global_pool1d_of(node);

	(void)scratch;
	windows(node, &p, in[0], out[0], false);
}

void integer_extreme(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	struct reduction r;
	float *y = out[0];

	(void)scratch;
	CHECK(node_reduction(node, &r));
	for (int64_t o = 0; o < r.outer; o++)
		for (int64_t i = 0; i < r.inner; i++) {
			const float *x = in[0] + o * r.size * r.inner + i;
			float v = x[0];
			for (int64_t k = 1; k < r.size; k++) {
				const float u = x[k * r.inner];
				if (r.smallest ? u < v : u > v) v = u;
			}
			*y++ = v;
		}
}

/* ---- Mean, Sum ------------------------------------------------------------------------------------------------- */

static bool reduced(const struct node *node, struct reduction *r)
{
	struct pool p;

	if (!layer_is(node, "GlobalAveragePooling1D")) return node_reduction(node, r) && r->sums;
	p = global_pool1d_of(node);
	*r = (struct reduction){ p.channels_first ? p.channels : 1, p.steps_in, p.channels_first ? 1 : p.channels,
				 .sums = true, .mean = true };
	return true;
}

/* reduce.h: QuantizedMeanOrSum(): the mantissa divided by n, shifted up before as far as that leaves a factor that
 * multiplied() takes. */
static struct multiplier mean_factor(struct multiplier factor, int64_t n)
{
	int shift = 0;

	while (n >> shift > 1) shift++;
	if (shift > 32) shift = 32;
	if (shift > 31 + factor.shift) shift = 31 + factor.shift;
	factor.mantissa = (int32_t)(((int64_t)factor.mantissa << shift) / n);
	factor.shift -= shift;
	return factor;
}

bool node_integer_mean(const struct node *node, struct integer_mean *m)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	struct reduction r;

	if (node->n_in != 1 || !tensor_is_integer(in) || !tensor_is_integer(out) || !reduced(node, &r)) return false;
	*m = (struct integer_mean){
		.outer = r.outer,
		.size = r.size,
		.inner = r.inner,
		.zero_in = tensor_zero_point(in),
		.zero_out = tensor_zero_point(out),
		.factor = multiplier_of((double)tensor_scale(in) / (double)tensor_scale(out)),
		.rounding = node->rounding,
		.range = { type_least(out->type), type_most(out->type) },
	};
	if (r.mean) m->factor = mean_factor(m->factor, r.size);
	return true;
}

void integer_mean(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	struct integer_mean m;
	float *y = out[0];

	(void)scratch;
	CHECK(node_integer_mean(node, &m));
	for (int64_t o = 0; o < m.outer; o++)
		for (int64_t i = 0; i < m.inner; i++) {
			const float *x = in[0] + o * m.size * m.inner + i;
			int64_t sum = -m.size * m.zero_in;
			for (int64_t k = 0; k < m.size; k++) sum += (int64_t)x[k * m.inner];
			*y++ = (float)integer_within(m.zero_out + multiplied(sum, m.factor, m.rounding), m.range);
		}
}

/* The mantissa was cut to an integer. */
double steps_of_mean(const struct node *node)
{
	struct integer_mean m;

	CHECK(node_integer_mean(node, &m));
	return steps_of_scaling(node->out[0]->type, m.factor, m.rounding, 1 / fmax(m.factor.mantissa, 1));
}
