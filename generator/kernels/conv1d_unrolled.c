/* conv1d_unrolled.c: Conv1D and Dense of few weights as straight code with literal weights.
 *
 * One block of text per segment of steps with the same valid taps, in it one block per group of at most UNROLLED_FILTERS
 * filters; a segment of several steps is a loop. */
#include "kernels/kernel.h"

enum { UNROLLED_FILTERS = 8, UNROLLED_SEGMENTS = 32, UNROLLED_MACS = 1024 };

struct unrolled {
	struct sum sum;
	struct segment segment[UNROLLED_SEGMENTS];
	int segments;
};

/* Multiply-adds as text: each segment's once. */
static int64_t text_macs(const struct unrolled *u)
{
	int64_t taps = 0;

	for (int i = 0; i < u->segments; i++) taps += span_length(u->segment[i].taps);
	return taps * (u->sum.channels / u->sum.groups) * u->sum.filters;
}

static bool unroll(const struct node *node, struct unrolled *u)
{
	struct geometry g;

	if (!node_sum(node, &u->sum) || u->sum.partial) return false;
	if (sum_terms(&u->sum) * u->sum.filters > UNROLLED_MACS) return false;
	g = sum_geometry(&u->sum);
	u->segments = segments_of(&g, u->segment, UNROLLED_SEGMENTS);
	return u->segments > 0 && text_macs(u) + u->segments * u->sum.filters <= UNROLLED_MACS;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct unrolled u;

	(void)target;
	return unroll(node, &u);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct unrolled u;
	int64_t macs, statements, executed = 0;

	(void)target;
	CHECK(unroll(node, &u));
	macs = text_macs(&u);
	statements = macs + 2 * u.segments * u.sum.filters;
	for (int i = 0; i < u.segments; i++)
		executed += span_length(u.segment[i].steps) * span_length(u.segment[i].taps);
	executed *= u.sum.channels / u.sum.groups * u.sum.filters;
	return (struct cost){
		.operations = executed * 9 / 4 + 4 * u.sum.steps_out * u.sum.filters,
		.flash = statements * LITERAL_CODE,
		.text = statements * 2 * LITERAL_TEXT + 200 * u.segments,
		.statements = statements / u.segments,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct unrolled *u = NEW(arena, struct unrolled);

	(void)target;
	CHECK(unroll(node, u));
	return u;
}

/* What the filters [f, f + n) add for one tap and channel: where x lies behind p, and n weights. */
static struct value *term_view(const struct sum *s, int64_t tap, int64_t channel, int64_t offset, struct span f,
			       struct arena *arena)
{
	int64_t in_group = s->channels / s->groups;
	struct value *term = value_map(arena), *weights = value_list(arena);

	value_set_int(arena, term, "tap", tap);
	value_set_int(arena, term, "channel", channel);
	value_set_int(arena, term, "x", offset);
	for (int64_t i = f.first; i < f.end; i++)
		value_push(weights,
			   value_f32(arena, s->kernel[(tap * in_group + channel % in_group) * s->filters + i]));
	value_set(term, "w", weights);
	return term;
}

static struct value *block_view(const struct sum *s, struct span taps, struct span f, struct arena *arena)
{
	int64_t in_group = s->channels / s->groups, first = f.first / (s->filters / s->groups) * in_group;
	int64_t along_steps = s->channels_first ? 1 : s->channels, along_channels = s->channels_first ? s->steps_in : 1;
	struct value *block = value_map(arena), *bias = value_list(arena), *terms = value_list(arena);

	value_set_int(arena, block, "first", f.first);
	value_set_int(arena, block, "filters", span_length(f));
	for (int64_t i = f.first; i < f.end; i++) value_push(bias, value_f32(arena, s->bias ? s->bias[i] : 0));
	for (int64_t k = taps.first; k < taps.end; k++)
		for (int64_t c = first; c < first + in_group; c++)
			value_push(terms,
				   term_view(s, k, c, (k - taps.first) * s->dilation * along_steps + c * along_channels,
					     f, arena));
	value_set(block, "bias", bias);
	value_set(block, "terms", terms);
	return block;
}

static struct value *segment_view(const struct sum *s, const struct segment *segment, struct arena *arena)
{
	struct geometry g = sum_geometry(s);
	int64_t in_group = s->filters / s->groups, along_steps = s->channels_first ? 1 : s->channels;
	int64_t row = first_row(&g, segment->steps.first) + segment->taps.first * s->dilation;
	struct value *view = value_map(arena), *blocks = value_list(arena);

	value_set_int(arena, view, "first", segment->steps.first);
	value_set_int(arena, view, "steps", span_length(segment->steps));
	value_set_int(arena, view, "tap_first", segment->taps.first);
	value_set_int(arena, view, "tap_end", segment->taps.end);
	value_set_int(arena, view, "x", span_length(segment->taps) > 0 ? row * along_steps : 0);
	value_set_int(arena, view, "y", segment->steps.first * (s->channels_first ? 1 : s->filters));
	for (int64_t group = 0; group < s->filters; group += in_group)
		for (int64_t f = group; f < group + in_group; f += UNROLLED_FILTERS) {
			int64_t end = f + UNROLLED_FILTERS < group + in_group ? f + UNROLLED_FILTERS : group + in_group;
			value_push(blocks, block_view(s, segment->taps, (struct span){ f, end }, arena));
		}
	value_set(view, "blocks", blocks);
	return view;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct unrolled *u = plan;
	const struct sum *s = &u->sum;
	struct value *view = value_map(arena), *segments = value_list(arena);

	(void)node;
	value_set_int(arena, view, "taps", s->taps);
	value_set_int(arena, view, "size", s->steps_out * s->filters);
	value_set_int(arena, view, "x_step", s->stride * (s->channels_first ? 1 : s->channels));
	value_set_int(arena, view, "y_step", s->channels_first ? 1 : s->filters);
	value_set_int(arena, view, "y_filter", s->channels_first ? s->steps_out : 1);
	for (int i = 0; i < u->segments; i++) value_push(segments, segment_view(s, &u->segment[i], arena));
	value_set(view, "segments", segments);
	return view;
}

const struct kernel kernel_conv1d_unrolled = {
	.name = "conv1d_unrolled",
	.template = "conv1d_unrolled",
	.doc = "straight code with literal weights",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
};
