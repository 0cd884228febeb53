/* window.c: which taps of which steps lie in the input.  Padding becomes segments of steps with the same valid taps. */
#include "kernels/kernel.h"

struct geometry sum_geometry(const struct sum *sum)
{
	return (struct geometry){ .steps_in = sum->steps_in,
				  .steps_out = sum->steps_out,
				  .taps = sum->taps,
				  .stride = sum->stride,
				  .dilation = sum->dilation,
				  .pad_left = sum->pad_left,
				  .padding = sum->padding,
				  .piece = sum->piece };
}

int64_t first_row(const struct geometry *g, int64_t t)
{
	return t * g->stride - g->pad_left;
}

int64_t span_length(struct span span)
{
	return span.end - span.first;
}

struct span valid_taps(const struct geometry *g, int64_t t)
{
	int64_t row = first_row(g, t);
	struct span taps = { row < 0 ? ceiling(-row, g->dilation) : 0, 0 };

	if (row < g->steps_in) taps.end = ceiling(g->steps_in - row, g->dilation);
	if (taps.end > g->taps) taps.end = g->taps;
	return taps.first < taps.end ? taps : (struct span){ 0, 0 };
}

struct span interior_steps(const struct geometry *g)
{
	int64_t reach = (g->taps - 1) * g->dilation + 1, last = g->steps_in - reach + g->pad_left;
	struct span steps = { ceiling(g->pad_left, g->stride), last < 0 ? 0 : last / g->stride + 1 };

	if (steps.end > g->steps_out) steps.end = g->steps_out;
	return steps.first < steps.end ? steps : (struct span){ 0, 0 };
}

int64_t steps_for_tiles(const struct geometry *g)
{
	int64_t inside = span_length(interior_steps(g));

	return g->piece > 0 && g->piece < inside ? g->piece : inside;
}

static bool same_taps(struct span a, struct span b)
{
	return a.first == b.first && a.end == b.end;
}

int segments_of(const struct geometry *g, struct segment *segment, int most)
{
	struct span inside = interior_steps(g);
	int n = 0;

	for (int64_t t = 0; t < g->steps_out; t++) {
		struct span taps = valid_taps(g, t);

		if (n > 0 && same_taps(segment[n - 1].taps, taps)) {
			segment[n - 1].steps.end = t + 1;
		} else {
			if (n == most) return -1;
			segment[n++] = (struct segment){ { t, t + 1 }, taps };
		}
		if (t == inside.first && span_length(inside) > 0) {
			segment[n - 1].steps.end = inside.end;
			t = inside.end - 1;
		}
	}
	return n;
}
