/* integer_transposed.c: Conv1DTranspose in integers, straight from the definition (docs/integers.md). */
#include "layers/family.h"

#include "layers/integer.h"

static int64_t accumulated(const struct integer_sum *s, const struct transposed_sum *w, const float *x, int64_t t,
			   int64_t f)
{
	int64_t acc = s->bias ? s->bias[f] : 0;

	for (int64_t k = 0; k < w->taps; k++) {
		const int64_t at = t + w->crop - k * w->dilation, row = at / w->stride;
		if (at < 0 || at % w->stride != 0 || row >= w->steps_in) continue;
		for (int64_t c = 0; c < w->channels; c++) {
			const float v = x[w->channels_first ? c * w->steps_in + row : row * w->channels + c];
			acc += ((int64_t)v - s->zero_in) * s->weights[(k * w->channels + c) * w->filters + f];
		}
	}
	return acc;
}

void transposed_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	struct integer_sum s;
	struct transposed_sum w;

	CHECK(node_integer_transposed(node, &s, &w, scratch));
	for (int64_t t = 0; t < w.steps_out; t++)
		for (int64_t f = 0; f < w.filters; f++)
			out[0][w.channels_first ? f * w.steps_out + t : t * w.filters + f] =
			    (float)integer_requantised(&s, accumulated(&s, &w, in[0], t, f), f);
}
