/* hybrid.c: Conv1D, DepthwiseConv1D and Dense of floats whose weights are integers: inputs become integers of 8 bits for the
 * sum's time, as TFLite does it (docs/integers.md). */
#ifndef REAL
#include "layers/family.h"

#include "layers/integer.h"

#include <stdlib.h>

bool node_is_hybrid(const struct node *node)
{
	struct sum sum;

	return node_sum(node, &sum) && node_weight(node, "kernel") && node_weight(node, "kernel")->integers &&
	       !tensor_is_integer(node->in[0]);
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
		h.asymmetric = node->asymmetric;
		h.each_row = true;
	} else if (layer_is(node, "DepthwiseConv1D")) {
		h.order = HYBRID_SCALES_FIRST;
		h.asymmetric = true;
	} else {
		h.asymmetric = scales_differ(h.kernel->quantisation) || h.sum.groups > 1;
		h.order = h.asymmetric ? HYBRID_WEIGHTS_FIRST : HYBRID_ONE_SCALE;
	}
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

/* To the nearest, ties away from zero; a NaN is the least. */
static int64_t EACH(nearest)(real v, int64_t least, int64_t most)
{
	const double near =
	    v > (real)(least - 1) ? v < (real)(most + 1) ? (double)v : (double)(most + 1) : (double)(least - 1);
	const int64_t n = (int64_t)round(near);

	return n < least ? least : n > most ? most : n;
}

static void EACH(symmetric)(const real *x, int64_t n, struct EACH(integers) * to)
{
	real range = 0, inverse;

	for (int64_t i = 0; i < n; i++)
		if (GREATER(x[i] < 0 ? -x[i] : x[i], range)) range = x[i] < 0 ? -x[i] : x[i];
	to->zero = 0;
	to->scale = 1;
	for (int64_t i = 0; i < n; i++) to->at[i] = 0;
	if (EQUAL(range, (real)0)) return;
	to->scale = DIVIDE(range, (real)127);
	inverse = DIVIDE((real)127, range);
	for (int64_t i = 0; i < n; i++) to->at[i] = EACH(nearest)(MULTIPLY(x[i], inverse), -127, 127);
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

static void EACH(asymmetric)(const real *x, int64_t n, struct EACH(integers) * to)
{
	real least = 0, most = 0, inverse;
	double scale;

	for (int64_t i = 0; i < n; i++) {
		if (GREATER(least, x[i])) least = x[i];
		if (GREATER(x[i], most)) most = x[i];
		to->at[i] = 0;
	}
	to->zero = 0;
	to->scale = 1;
	if (EQUAL(least, most)) return;
	scale = (double)SUBTRACT(most, least) / 255;
	to->zero = EACH(zero_of)((double)least, (double)most, scale);
	to->scale = ADD((real)scale, (real)0);
	inverse = DIVIDE((real)1, to->scale);
	for (int64_t i = 0; i < n; i++) {
		const int64_t q = EACH(nearest)(MULTIPLY(x[i], inverse), -256, 256) + to->zero;
		to->at[i] = q < -128 ? -128 : q > 127 ? 127 : q;
	}
}

static int64_t EACH(dot)(const struct hybrid_sum *h, const struct EACH(integers) * x, int64_t t, int64_t f)
{
	const struct sum *s = &h->sum;
	const int64_t in_group = s->channels / s->groups, first = f / (s->filters / s->groups) * in_group;
	int64_t acc = 0;

	for (int64_t k = 0; k < s->taps; k++) {
		const int64_t row = h->each_row ? 0 : t * s->stride - s->pad_left + k * s->dilation;
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

void EACH(hybrid_eval)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct hybrid_sum h = node_hybrid_sum(node);
	const struct sum *s = &h.sum;
	const int64_t rows = h.each_row ? s->steps_in : 1, n = s->steps_in * s->channels / rows;
	struct EACH(integers) x = { .at = NEW_ARRAY(scratch, n, int64_t) };
	real *y = out[0];

	for (int64_t t = 0; t < s->steps_out; t++) {
		if (t < rows) {
			const real *row = (const real *)in[0] + t * n;
			if (h.asymmetric)
				EACH(asymmetric)(row, n, &x);
			else
				EACH(symmetric)(row, n, &x);
		}
		for (int64_t f = 0; f < s->filters; f++)
			y[s->channels_first ? f * s->steps_out + t : t * s->filters + f] =
			    EACH(scaled)(&h, EACH(dot)(&h, &x, t, f), x.scale, f);
	}
}

#endif
