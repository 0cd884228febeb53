/* conv1d_transpose_vectors.c: Conv1DTranspose, channels last, in a target's vectors: the filters in the lanes.
 *
 * Output step t = q * stride + phase - crop is reached by the taps phase, phase + stride, ..., which meet the input rows q,
 * q - dilation, ... (the stride or the dilation is 1): so the steps of one phase are a convolution over rows, backwards.
 * A tile is so many neighbouring q of one phase x so many vectors of filters; a block's weights lie phase by phase. */
#include "kernels/kernel.h"

enum { SUMS_IN_FLIGHT = 8, UNROLL_FMAS = 48, UNROLL_MOST = 4 };

/* The values of q of one phase: [begin, stop) are output steps, all taps of [first, end) meet a row. */
struct phase {
	int64_t taps, begin, first, end, stop;
};
struct transpose {
	struct transposed_sum sum;
	struct phase *phase; /* stride of them */
	struct blocks blocks;
	struct table weights, bias;
};

static struct phase phase_of(const struct transposed_sum *s, int64_t p)
{
	struct phase phase = { .taps = ceiling(s->taps - p, s->stride),
			       .begin = ceiling(s->crop - p, s->stride),
			       .stop = ceiling(s->steps_out + s->crop - p, s->stride) };
	int64_t reach = phase.taps > 0 ? (phase.taps - 1) * s->dilation : 0;

	phase.first = reach > phase.begin ? reach : phase.begin;
	phase.end = least(s->steps_in, phase.stop);
	if (phase.first >= phase.end) phase.first = phase.end = least(phase.begin, phase.stop);
	return phase;
}

/* The tiles of all phases begin and end inside: the steps of one are at most those of the phase with the fewest. */
static int64_t steps_inside(const struct transposed_sum *s, int64_t *all)
{
	int64_t fewest = 0;

	*all = 0;
	for (int64_t p = 0; p < s->stride; p++) {
		struct phase phase = phase_of(s, p);
		int64_t n = phase.end - phase.first;

		*all += n;
		if (n > 0 && (fewest == 0 || n < fewest)) fewest = n;
	}
	return fewest;
}

static int64_t terms_of_phase(const struct transposed_sum *s)
{
	return ceiling(s->taps, s->stride) * s->channels;
}

/* Filters in blocks of so many vectors; the cost of all tiles, in halves of a cycle. */
static int64_t cut(struct blocks *blocks, const struct transposed_sum *s, const struct target *target, int vectors)
{
	int64_t all, fewest = steps_inside(s, &all), cost = 0;

	cut_vectors(blocks, s->filters, target, true, vectors, s->filters / target->width[0] / vectors);
	for (int i = 0; i < blocks->bodies; i++) {
		struct body *body = &blocks->body[i];
		const struct tile_row *row = target_tile(target, body->vectors);
		int64_t sums, term;

		body->steps = even_steps(fewest, row->steps);
		sums = body->steps * body->vectors * (target->has_fused ? 1 : 2);
		term = sums > SUMS_IN_FLIGHT ? sums : SUMS_IN_FLIGHT;
		term = term * 100 / row->percent;
		if (body->steps > 0) cost += ceiling(all, body->steps) * body->blocks * (term + 1);
		cost += (s->steps_out - all) * body->blocks * 2 * SUMS_IN_FLIGHT;
	}
	/* A rest of other width has code of its own, which costs about as much as the widths differ by. */
	return cost * terms_of_phase(s) * (blocks->bodies > 1 ? 16 : 15) / 15;
}

static int64_t cut_best(struct blocks *blocks, const struct transposed_sum *s, const struct target *target)
{
	int64_t all = ceiling(s->filters, target->width[0]), best = INT64_MAX;
	int best_vectors = 1;

	for (int vectors = 1; vectors <= VECTORS_MOST && vectors <= all; vectors++) {
		int64_t cost = cut(blocks, s, target, vectors);

		if (cost >= best) continue;
		best = cost;
		best_vectors = vectors;
	}
	return cut(blocks, s, target, best_vectors);
}

static bool ok(const struct node *node, const struct target *target)
{
	struct transposed_sum s;

	return target->vectors > 0 && node_transposed_sum(node, &s) && (s.stride == 1 || s.dilation == 1) &&
	       !s.partial && !s.channels_first;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct transposed_sum s;
	struct blocks blocks;
	int64_t weights;

	CHECK(node_transposed_sum(node, &s));
	weights = (s.taps * s.channels + 1) * s.filters;
	return (struct cost){
		.operations = cut_best(&blocks, &s, target),
		.flash = weights * 4 + 2 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = UNROLL_FMAS,
	};
}

/* The kernel as [tap, phase by phase][channels][filters]. */
static const float *phase_by_phase(const struct transposed_sum *s, struct arena *arena)
{
	float *at = NEW_ARRAY(arena, s->taps * s->channels * s->filters, float), *next = at;

	for (int64_t p = 0; p < s->stride; p++)
		for (int64_t k = p; k < s->taps; k += s->stride)
			for (int64_t c = 0; c < s->channels; c++)
				for (int64_t f = 0; f < s->filters; f++)
					*next++ = s->kernel[(k * s->filters + f) * s->channels + c];
	return at;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct transpose *t = NEW(arena, struct transpose);
	struct sum sum;

	CHECK(node_transposed_sum(node, &t->sum));
	sum = (struct sum){ .channels = t->sum.channels,
			    .filters = t->sum.filters,
			    .taps = t->sum.taps,
			    .groups = 1,
			    .kernel = phase_by_phase(&t->sum, arena),
			    .bias = t->sum.bias };
	t->phase = NEW_ARRAY(arena, t->sum.stride, struct phase);
	for (int64_t p = 0; p < t->sum.stride; p++) t->phase[p] = phase_of(&t->sum, p);
	cut_best(&t->blocks, &t->sum, target);
	block_tables(&t->blocks, &sum, &t->weights, &t->bias, arena);
	if (t->sum.stride > 1)
		t->weights.doc =
		    arena_printf(arena, "%s Taps 0, %lld, ..., then 1, ...", t->weights.doc, (long long)t->sum.stride);
	t->weights.align = t->bias.align = 64;
	return t;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct transpose *t = plan;

	return LIST_TABLES(tables, most, &t->weights, &t->bias);
}

/* Terms in a round of the loop over a row's channels. */
static int64_t unroll_of(const struct transpose *t, const struct body *body)
{
	int64_t sums = body->vectors * (body->steps > 0 ? body->steps : 1);

	for (int64_t unroll = UNROLL_MOST; unroll > 1; unroll--)
		if (t->sum.channels % unroll == 0 && unroll * sums <= UNROLL_FMAS) return unroll;
	return 1;
}

static struct value *phases_view(const struct transpose *t, struct arena *arena)
{
	struct value *list = value_list(arena);
	int64_t taps = 0;

	for (int64_t p = 0; p < t->sum.stride; p++) {
		const struct phase *phase = &t->phase[p];
		struct value *view = value_map(arena);

		value_set_int(arena, view, "taps", phase->taps);
		value_set_int(arena, view, "taps_before", taps);
		value_set_int(arena, view, "begin", phase->begin);
		value_set_int(arena, view, "first", phase->first);
		value_set_int(arena, view, "end_", phase->end);
		value_set_int(arena, view, "stop", phase->stop);
		value_push(list, view);
		taps += phase->taps;
	}
	return list;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct transpose *t = plan;
	const struct transposed_sum *s = &t->sum;
	struct value *view = value_map(arena);
	int64_t unroll[2];

	for (int i = 0; i < t->blocks.bodies; i++) unroll[i] = unroll_of(t, &t->blocks.body[i]);
	view_transposed(arena, view, node, s);
	value_set(view, "phases", phases_view(t, arena));
	value_set(view, "unroll", view_ints(arena, unroll, t->blocks.bodies));
	view_table(arena, view, "weights", &t->weights);
	value_set_bool(arena, view, "has_bias", t->bias.n > 0);
	if (t->bias.n > 0) view_table(arena, view, "bias", &t->bias);
	view_blocks(arena, view, &t->blocks, s->taps * s->channels);
	return view;
}

const struct kernel kernel_conv1d_transpose_vectors = {
	.name = "conv1d_transpose_vectors",
	.template = "conv1d_transpose_vectors",
	.doc = "phase by phase, tiles of steps x vectors of filters",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
};
