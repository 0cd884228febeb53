/* conv1d_depthwise_registers.c: sums of one channel each, one filter a channel, channels last, on targets whose float unit
 * has 32 registers of one float each and loads two neighbours at once.
 *
 * Two channels side by side: their weights stay in registers while a tile of steps goes over all steps inside.  Each row
 * that a tile reads is loaded once and serves all its steps; rows come in order, and so do the taps of every sum.  The last
 * tile is moved back over steps that are done already.  Steps with taps in the padding are done one by one, many channels
 * at a time, and so are all where they do not fill a tile. */
#include "kernels/kernel.h"

/* TILE_MOST: more save few loads of rows; TILE_OPEN: where a call may bring few steps. */
enum { PAIR = 2, STEP_CHANNELS = 8, TILE_LEAST = 2, TILE_MOST = 12, TILE_OPEN = 4 };

struct windows {
	struct sum sum;
	int64_t steps; /* of a tile; 0: none is inside, or too few */
	int64_t width; /* channels of one step that are done at a time */
	struct table weights, bias;
};

static bool start(const struct node *node, const struct target *target, struct windows *w)
{
	const struct sum *s = &w->sum;
	struct geometry g;
	int64_t inside, steps;

	*w = (struct windows){ 0 };
	if (!node_sum(node, &w->sum) || s->groups != s->channels || s->filters != s->channels) return false;
	if (s->partial || s->channels_first || s->channels < PAIR) return false;
	g = sum_geometry(s);
	inside = span_length(interior_steps(&g));
	steps = target_register_window(target) - s->taps;
	if (steps < TILE_LEAST) return false;
	if (steps > TILE_MOST) steps = TILE_MOST;
	if (steps > TILE_OPEN && node_is_open(node)) steps = TILE_OPEN;
	w->steps = inside < TILE_LEAST ? 0 : steps < inside ? steps : inside;
	for (w->width = STEP_CHANNELS; w->width > s->channels;) w->width /= 2;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct windows w;

	return start(node, target, &w);
}

/* Rows that a tile reads: all whose every reader is another tap of another step count once. */
static int64_t rows_of_tile(const struct windows *w)
{
	const struct sum *s = &w->sum;
	int64_t reach = (s->taps - 1) * s->dilation + 1, all = w->steps * s->taps,
		spanned = (w->steps - 1) * s->stride + reach;

	return spanned < all ? spanned : all;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { LOOP = 4, EDGE = 25, CODE = 400, INSTRUCTION = 4 };
	struct windows w;
	struct geometry g;
	int64_t inside, pairs, weights, macs, tile, tiles;

	CHECK(start(node, target, &w));
	g = sum_geometry(&w.sum);
	inside = w.steps > 0 ? span_length(interior_steps(&g)) : 0;
	pairs = (w.sum.channels + 1) / PAIR;
	weights = w.sum.filters * (w.sum.taps + 1);
	macs = PAIR * w.steps * w.sum.taps * (target->fp == FP_FUSED ? 1 : 2);
	tile = macs + rows_of_tile(&w) + 2 * w.steps + LOOP;
	tiles = w.steps > 0 ? (inside + w.steps - 1) / w.steps : 0;
	return (struct cost){
		.operations = pairs * tiles * tile + (g.steps_out - inside) * w.sum.channels *
							 (2 * w.sum.taps + EDGE / w.width + activation_touches(node)),
		.flash = weights * 4 + CODE + INSTRUCTION * tile,
		.text = weights * LITERAL_TEXT + 4 * FUNCTION_TEXT,
		.statements = 4 * STEP_CHANNELS,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct windows *w = NEW(arena, struct windows);
	const struct sum *s = &w->sum;

	CHECK(start(node, target, w));
	w->weights = (struct table){ .name = "weights",
				     .doc = arena_printf(arena, "Weights [tap][channel]: %lld taps, %lld channels.",
							 (long long)s->taps, (long long)s->channels),
				     .type = TYPE_F32,
				     .n = s->taps * s->channels,
				     .at = s->kernel };
	w->bias = bias_table(s);
	return w;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct windows *w = plan;

	return LIST_TABLES(tables, most, &w->weights, &w->bias);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct windows *w = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &w->sum, &w->weights, &w->bias, w->steps);
	value_set_int(arena, view, "tile", w->steps);
	value_set_int(arena, view, "width", w->width);
	return view;
}

const struct kernel kernel_conv1d_depthwise_registers = {
	.name = "conv1d_depthwise_registers",
	.template = "conv1d_depthwise_registers",
	.doc = "tiles of steps x two channels in scalar float registers",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
