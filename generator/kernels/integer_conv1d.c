/* integer_conv1d.c: Conv1D, DepthwiseConv1D and Dense in integers as plain C: every target's, for every shape and type.
 *
 * A tile is so many steps x a block of filters, each sum in a variable of its own.  A block's weights lie in one table in the
 * order of their use; what belongs to its filters (the bias, into which the input's zero point is folded, and the scale) in
 * others.  Steps whose every tap lies inside are done a tile at a time as long as they fill one; all others one by one, by a
 * body that takes the range of their taps and the zero point off each input.  No step is done twice, so that a piece of any
 * length can be computed. */
#include "kernels/kernel.h"

#include "kernels/integer_sums.h"

/* Terms of a tile: runs (one for all, or one a tap) of terms whose input moves by x_term from one to the next. */
struct chain {
	int64_t runs, terms, unroll;
	bool taps; /* a term is a tap, not a channel */
};

struct block_tile {
	int64_t steps; /* 0: there are steps one by one alone */
	struct chain chain;
};

struct integer_conv {
	struct integer_sum sum;
	struct geometry geometry;
	struct integer_form form;
	struct integer_blocks blocks;
	const struct integer_tile *way;
	struct block_tile tile[2]; /* of each kind of block */
	bool one_by_one;           /* some steps are */
	struct table weights, bias, scales;
};

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* All terms are one run where the input allows that. */
static struct chain chain_of(const struct sum *s, int64_t unroll)
{
	const int64_t channels = s->channels / s->groups;
	const int64_t along_steps = s->channels_first ? 1 : s->channels, between_taps = s->dilation * along_steps;
	struct chain chain = { .runs = s->taps, .terms = channels };

	if (channels == 1) chain = (struct chain){ .runs = 1, .terms = s->taps, .taps = true };
	if (!s->channels_first && (s->taps == 1 || between_taps == channels))
		chain = (struct chain){ .runs = 1, .terms = s->taps * channels };
	chain.unroll = least(unroll, chain.terms);
	/* No rest, if another number does as well. */
	for (int64_t n = chain.unroll; 2 * n > chain.unroll; n--)
		if (chain.terms % n == 0) {
			chain.unroll = n;
			break;
		}
	return chain;
}

static void add_tile(struct integer_conv *c, int i, const struct integer_tile *tile, bool open)
{
	const int64_t inside = span_length(interior_steps(&c->geometry));
	struct block_tile *body = &c->tile[i];

	body->steps = least(tile->sums / c->blocks.body[i].filters, least(tile->steps, inside));
	if (open || inside < c->geometry.steps_out || inside % (body->steps > 0 ? body->steps : 1) != 0)
		c->one_by_one = true;
	body->chain = chain_of(&c->sum.sum, tile->unroll);
}

static bool cut(const struct node *node, const struct target *target, struct integer_conv *c, struct arena *arena)
{
	const struct integer_tile *tile = integer_tile(target);

	*c = (struct integer_conv){ 0 };
	if (!node_integer_sum(node, &c->sum, arena)) return false;
	c->geometry = sum_geometry(&c->sum.sum);
	c->form = integer_form(&c->sum, arena);
	c->blocks = integer_blocks(&c->sum, &c->form, tile->filters);
	for (int i = 0; i < c->blocks.bodies; i++) add_tile(c, i, tile, node_is_open(node));
	c->way = tile;
	c->blocks.folded = true;
	c->blocks.plain = c->one_by_one && c->sum.zero_in != 0;
	c->blocks.raised = tile->raised && c->sum.narrow;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_sum s;
	struct arena *arena = arena_new();
	const bool is = node_integer_sum(node, &s, arena);

	(void)target;
	arena_free(arena);
	return is;
}

/* ---- what it costs ------------------------------------------------------------------------------------------- */

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { CODE = 900, OUTPUT = 24, LOOP = 4 };
	struct arena *arena = arena_new();
	struct integer_conv c;
	struct cost cost = { .flash = CODE, .text = 4 * FUNCTION_TEXT, .statements = 4 * BLOCK_MOST };

	CHECK(cut(node, target, &c, arena));
	for (int i = 0; i < c.blocks.bodies; i++) {
		const struct block_tile *b = &c.tile[i];
		const int64_t filters = c.blocks.body[i].filters;
		const int64_t steps = b->steps > 0 ? b->steps : 1, sums = steps * filters;
		/* A load of each weight and input, and a multiplication and an addition of each pair. */
		const int64_t term = filters + steps + 2 * sums + LOOP / b->chain.unroll;
		const int64_t single = filters + 2 + 2 * filters + LOOP;
		const struct tiling t = tiling_of(c.geometry.steps_out, node->piece, steps);
		cost.operations += c.sum.sum.groups * c.blocks.body[i].blocks *
				   (t.tiles * (term * sum_terms(&c.sum.sum) + sums * OUTPUT) +
				    t.rest * ((steps > 1 ? single : term) * sum_terms(&c.sum.sum) + filters * OUTPUT));
	}
	cost.flash += (sum_terms(&c.sum.sum) * (c.sum.narrow ? 1 : 2) + 20) * c.sum.sum.filters;
	cost.text += sum_terms(&c.sum.sum) * c.sum.sum.filters * 5;
	arena_free(arena);
	return cost;
}

/* ---- the kernel ---------------------------------------------------------------------------------------------- */

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_conv *c = NEW(arena, struct integer_conv);

	CHECK(cut(node, target, c, arena));
	c->blocks.sum = &c->sum;
	c->blocks.form = &c->form;
	integer_tables(&c->blocks, &c->weights, &c->bias, &c->scales, arena);
	return c;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct integer_conv *c = plan;

	return LIST_TABLES(tables, most, &c->weights, &c->bias, &c->scales);
}

static struct value *body_view(const struct integer_block *block, const struct block_tile *body, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "filters", block->filters);
	value_set_int(arena, view, "blocks", block->blocks);
	value_set_int(arena, view, "first", block->first);
	value_set_int(arena, view, "steps", body->steps);
	value_set_int(arena, view, "runs", body->chain.runs);
	value_set_int(arena, view, "terms", body->chain.terms);
	value_set_int(arena, view, "unroll", body->chain.unroll);
	value_set_bool(arena, view, "taps", body->chain.taps);
	return view;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const struct table no_bias;
	const struct integer_conv *c = plan;
	struct value *view = value_map(arena), *bodies = value_list(arena);

	view_sum(arena, view, node, &c->sum.sum, &c->weights, &no_bias, 1);
	view_table(arena, view, "bias", &c->bias);
	view_table(arena, view, "scales", &c->scales);
	for (int i = 0; i < c->blocks.bodies; i++)
		value_push(bodies, body_view(&c->blocks.body[i], &c->tile[i], arena));
	value_set(view, "bodies", bodies);
	value_set_bool(arena, view, "one_by_one", c->one_by_one);
	value_set_bool(arena, view, "plain", c->blocks.plain);
	value_set_bool(arena, view, "apart", c->way->apart);
	value_set_bool(arena, view, "ordered", c->way->ordered);
	value_set_bool(arena, view, "raised", c->blocks.raised);
	value_set_text(arena, view, "weight_type", type_c_name(c->weights.type));
	value_set_text(arena, view, "scale_type", type_c_name(c->scales.type));
	view_integer_form(arena, view, &c->sum, &c->form);
	return view;
}

const struct kernel kernel_integer_conv1d = {
	.name = "integer_conv1d",
	.template = "integer_conv1d",
	.doc = "int8, uint8, int16: tiles of steps x filters in plain C",
	.types = KERNEL_INTEGERS,
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
