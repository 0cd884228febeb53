/* hybrid.c: Conv1D, DepthwiseConv1D, Conv1DTranspose and Dense of floats whose weights are integers: inputs become integers of 8 bits for the
 * sum's time, as TFLite does it (docs/integers.md). */
#ifndef REAL
#include "layers/family.h"

#include "layers/integer.h"

#include <stdlib.h>

bool node_is_hybrid(const struct node *node)
{
	struct transposed_sum transposed;
	struct sum sum;

	return (node_sum(node, &sum) || node_transposed_sum(node, &transposed)) && node_weight(node, "kernel") &&
	       node_weight(node, "kernel")->integers && !tensor_is_integer(node->in[0]);
}

static bool scales_differ(const struct quantisation *q)
{
	for (int i = 1; i < q->n; i++)
		if (q->scale[i] < q->scale[0] || q->scale[i] > q->scale[0]) return true;
	return false;
}

struct hybrid_sum node_hybrid_sum(const struct node *node)
{
	struct hybrid_sum h = { .kernel = node_weight(node, "kernel") };

	CHECK(node_is_hybrid(node) && node_sum(node, &h.sum));
	h.scale = h.kernel->quantisation->scale;
	h.scales = h.kernel->quantisation->n;
	if (layer_is(node, "Dense")) {
		h.order = h.scales > 1 ? HYBRID_SCALES_FIRST : HYBRID_ONE_SCALE;
		h.asymmetric = ((const struct dense_config *)node->config)->asymmetric;
		h.each_row = true;
	} else if (layer_is(node, "DepthwiseConv1D")) {
		h.phases = ((const struct depthwise_config *)node->config)->phases;
		h.order = HYBRID_SCALES_FIRST;
		h.asymmetric = true;
	} else {
		h.phases = ((const struct conv1d_config *)node->config)->phases;
		h.asymmetric = scales_differ(h.kernel->quantisation) || h.sum.groups > 1;
		h.order = h.asymmetric ? HYBRID_WEIGHTS_FIRST : HYBRID_ONE_SCALE;
	}
	if (h.phases < 1) h.phases = 1;
	return h;
}

#define FAMILY "layers/hybrid.c"
#include "layers/each_real.h"

#else

/* Numbers of a tensor as integers: x is about (integer - zero) * scale. */
struct EACH(integers) {
	int64_t *at;
	real scale;
	int64_t zero;
};
/* Those that become integers together: rows of n elements, from the first of one to that of the next so many. */
struct EACH(together) {
	const real *x;
	int64_t rows, n, step;
};

/* To the nearest, ties away from zero; a NaN is the least. */
static int64_t EACH(nearest)(real v, int64_t least, int64_t most)
{
	const double near =
	    v > (real)(least - 1) ? v < (real)(most + 1) ? (double)v : (double)(most + 1) : (double)(least - 1);
	const int64_t n = (int64_t)round(near);

	return n < least ? least : n > most ? most : n;
}

static void EACH(symmetric)(const struct EACH(together) * g, int64_t first, struct EACH(integers) * to)
{
	real range = 0, inverse;

	for (int64_t r = 0; r < g->rows; r++)
		for (int64_t i = r * g->step; i < r * g->step + g->n; i++) {
			const real size = g->x[i] < 0 ? -g->x[i] : g->x[i];
			if (GREATER(size, range)) range = size;
			to->at[first + i] = 0;
		}
	to->zero = 0;
	to->scale = 1;
	if (EQUAL(range, (real)0)) return;
	to->scale = DIVIDE(range, (real)127);
	inverse = DIVIDE((real)127, range);
	for (int64_t r = 0; r < g->rows; r++)
		for (int64_t i = r * g->step; i < r * g->step + g->n; i++)
			to->at[first + i] = EACH(nearest)(MULTIPLY(g->x[i], inverse), -127, 127);
}

/* The zero point is where it errs less at the ends: from the smallest or from the largest. */
static int64_t EACH(zero_of)(double least, double most, double scale)
{
	const double from_least = -128 - least / scale, from_most = 127 - most / scale;
	const double zero = 128 + fabs(least / scale) < 127 + fabs(most / scale) ? from_least : from_most;

	if (zero <= -128) return -128;
	if (zero >= 127) return 127;
	return zero > -128 ? (int64_t)round(zero) : 0;
}

static void EACH(asymmetric)(const struct EACH(together) * g, int64_t first, struct EACH(integers) * to)
{
	real least = 0, most = 0, inverse;
	double scale;

	for (int64_t r = 0; r < g->rows; r++)
		for (int64_t i = r * g->step; i < r * g->step + g->n; i++) {
			if (GREATER(least, g->x[i])) least = g->x[i];
			if (GREATER(g->x[i], most)) most = g->x[i];
			to->at[first + i] = 0;
		}
	to->zero = 0;
	to->scale = 1;
	if (EQUAL(least, most)) return;
	scale = (double)SUBTRACT(most, least) / 255;
	to->zero = EACH(zero_of)((double)least, (double)most, scale);
	to->scale = ADD((real)scale, (real)0);
	inverse = DIVIDE((real)1, to->scale);
	for (int64_t r = 0; r < g->rows; r++)
		for (int64_t i = r * g->step; i < r * g->step + g->n; i++) {
			const int64_t q = EACH(nearest)(MULTIPLY(g->x[i], inverse), -256, 256) + to->zero;
			to->at[first + i] = q < -128 ? -128 : q > 127 ? 127 : q;
		}
}

/* Group g: a row of Dense, the rows of a phase, or all. */
static void EACH(quantise)(const struct hybrid_sum *h, const real *x, int64_t g, struct EACH(integers) * to)
{
	const struct sum *s = &h->sum;
	const bool parts = h->each_row || h->phases > 1;
	const int64_t rows = h->each_row ? 1 : !parts ? 1 : (s->steps_in - g + h->phases - 1) / h->phases;
	const int64_t n = parts ? s->channels : s->steps_in * s->channels, first = parts ? g * s->channels : 0;
	const struct EACH(together) together = { x + first, rows, n, h->phases * s->channels };

	if (h->asymmetric)
		EACH(asymmetric)(&together, first, to);
	else
		EACH(symmetric)(&together, first, to);
}

static int64_t EACH(dot)(const struct hybrid_sum *h, const struct EACH(integers) * x, int64_t t, int64_t f)
{
	const struct sum *s = &h->sum;
	const int64_t in_group = s->channels / s->groups, first = f / (s->filters / s->groups) * in_group;
	int64_t acc = 0;

	for (int64_t k = 0; k < s->taps; k++) {
		const int64_t row = t * s->stride - s->pad_left + k * s->dilation;
		if (row < 0 || row >= s->steps_in) continue;
		for (int64_t c = 0; c < in_group; c++) {
			const int64_t at =
			    s->channels_first ? (first + c) * s->steps_in + row : row * s->channels + first + c;
			acc += (x->at[at] - x->zero) * h->kernel->integers[(k * in_group + c) * s->filters + f];
		}
	}
	return acc;
}

static real EACH(scaled)(const struct hybrid_sum *h, int64_t acc, real scale, int64_t f)
{
	const real own = (real)h->scale[h->scales > 1 ? f : 0], v = (real)acc;
	real y;

	if (h->order == HYBRID_WEIGHTS_FIRST)
		y = MULTIPLY(MULTIPLY(v, own), scale);
	else
		y = MULTIPLY(v, MULTIPLY(own, scale));
	return h->sum.bias ? ADD(y, (real)h->sum.bias[f]) : y;
}

/* The group that output step t reads. */
static int64_t EACH(group_of)(const struct hybrid_sum *h, int64_t t)
{
	const int64_t row = t * h->sum.stride - h->sum.pad_left;

	return h->each_row ? t : (row % h->phases + h->phases) % h->phases;
}

void EACH(hybrid_eval)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct hybrid_sum h = node_hybrid_sum(node);
	const struct sum *s = &h.sum;
	const int64_t groups = h.each_row ? s->steps_in : h.phases;
	struct EACH(integers) x = { .at = NEW_ARRAY(scratch, s->steps_in * s->channels, int64_t) };
	real *y = out[0];

	for (int64_t g = 0; g < groups; g++) {
		EACH(quantise)(&h, in[0], g, &x);
		for (int64_t t = 0; t < s->steps_out; t++) {
			if (EACH(group_of)(&h, t) != g) continue;
			for (int64_t f = 0; f < s->filters; f++)
				y[s->channels_first ? f * s->steps_out + t : t * s->filters + f] =
				    EACH(scaled)(&h, EACH(dot)(&h, &x, t, f), x.scale, f);
		}
	}
}

/* Term by term, each a float, the input's rows in their order: tflite/kernels/internal/reference/transpose_conv.h. */
static real EACH(transposed_element)(const struct transposed_sum *s, const struct weight *kernel,
				     const struct EACH(integers) * x, int64_t t, int64_t f)
{
	const struct quantisation *q = kernel->quantisation;
	const real own = (real)q->scale[q->n > 1 ? f : 0];
	real y = 0;

	for (int64_t k = s->taps - 1; k >= 0; k--) {
		const int64_t at = t + s->crop - k * s->dilation, row = at / s->stride;
		if (at < 0 || at % s->stride != 0 || row >= s->steps_in) continue;
		for (int64_t c = 0; c < s->channels; c++) {
			const int64_t v = x->at[s->channels_first ? c * s->steps_in + row : row * s->channels + c];
			const int64_t term = (v - x->zero) * kernel->integers[(k * s->filters + f) * s->channels + c];
			y = ADD(y, MULTIPLY(MULTIPLY((real)term, own), x->scale));
		}
	}
	return s->bias ? ADD(y, (real)s->bias[f]) : y;
}

void EACH(hybrid_transposed_eval)(const struct node *node, const void *const *in, void *const *out,
				  struct arena *scratch)
{
	struct transposed_sum s;
	struct EACH(together) all = { .x = in[0], .rows = 1 };
	struct EACH(integers) x;
	real *y = out[0];

	CHECK(node_transposed_sum(node, &s));
	all.n = s.steps_in * s.channels;
	x.at = NEW_ARRAY(scratch, all.n, int64_t);
	EACH(asymmetric)(&all, 0, &x);
	for (int64_t t = 0; t < s.steps_out; t++)
		for (int64_t f = 0; f < s.filters; f++)
			y[s.channels_first ? f * s.steps_out + t : t * s.filters + f] =
			    EACH(transposed_element)(&s, node_weight(node, "kernel"), &x, t, f);
}

#endif
