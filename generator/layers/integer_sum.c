/* integer_sum.c: Conv1D, DepthwiseConv1D and Dense in integers, straight from the definition (docs/integers.md). */
#include "layers/family.h"

#include "layers/integer.h"

/* The exact sum of output t, f: no type of accumulator overflows here. */
static int64_t accumulated(const struct integer_sum *s, const float *x, int64_t t, int64_t f)
{
	const struct sum *w = &s->sum;
	const int64_t in_group = w->channels / w->groups, first = f / (w->filters / w->groups) * in_group;
	int64_t acc = s->bias ? s->bias[f] : 0;

	for (int64_t k = 0; k < w->taps; k++) {
		const int64_t row = t * w->stride - w->pad_left + k * w->dilation;
		if (row < 0 || row >= w->steps_in) continue;
		for (int64_t c = 0; c < in_group; c++) {
			const float v =
			    x[w->channels_first ? (first + c) * w->steps_in + row : row * w->channels + first + c];
			acc += ((int64_t)v - s->zero_in) * s->weights[(k * in_group + c) * w->filters + f];
		}
	}
	return acc;
}

int64_t integer_requantised(const struct integer_sum *s, int64_t acc, int64_t f)
{
	int64_t y;

	if (s->requantisation == REQUANTISE_REAL)
		y = multiplied_real(acc, s->scale[f]);
	else if (s->requantisation == REQUANTISE_WIDE)
		y = multiplied_wide(acc, s->factor[f]);
	else
		y = multiplied(acc < INT32_MIN   ? INT32_MIN
			       : acc > INT32_MAX ? INT32_MAX
						 : acc,
			       s->factor[f], s->rounding);
	y += s->zero_out;
	return y < s->range.least ? s->range.least : y > s->range.most ? s->range.most : y;
}

void sum_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	struct integer_sum s;

	CHECK(node_integer_sum(node, &s, scratch));
	for (int64_t t = 0; t < s.sum.steps_out; t++)
		for (int64_t f = 0; f < s.sum.filters; f++)
			out[0][s.sum.channels_first ? f * s.sum.steps_out + t : t * s.sum.filters + f] =
			    (float)integer_requantised(&s, accumulated(&s, in[0], t, f), f);
}

double sum_steps(const struct node *node)
{
	/* Factors of 15 bits move a result of 15 bits by one, its rounding by half. */
	return node_requantisation(node) == REQUANTISE_WIDE ? 2 : 1;
}
