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
	int64_t filters, blocks, first; /* first: filter of the group where its blocks begin */
	int64_t steps;                  /* 0: there are steps one by one alone */
	struct chain chain;
};

struct integer_conv {
	struct integer_sum sum;
	struct geometry geometry;
	struct integer_form form;
	struct block_tile body[2];
	int bodies;
	bool one_by_one; /* some steps are */
	bool plain;      /* the bias without the zero point is needed, too */
	bool raised;     /* weights are stored as unsigned cells, 128 higher */
	struct table weights, bias, scales;
};

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* Filters of a block: as many as the tile has, or as divide them where that is at least half of it, for the code of one
 * kind of block is half that of two. */
static int64_t block_filters(const struct sum *s, int64_t most)
{
	const int64_t filters = s->filters / s->groups;

	for (int64_t n = most; 2 * n > most && n > 1; n--)
		if (filters % n == 0) return n;
	return least(filters, most);
}

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

static void add_body(struct integer_conv *c, const struct integer_tile *tile, int64_t filters, int64_t blocks,
		     bool open)
{
	const int64_t inside = span_length(interior_steps(&c->geometry));
	struct block_tile *body = &c->body[c->bodies];
	int64_t first = 0;

	if (filters == 0 || blocks == 0) return;
	for (int i = 0; i < c->bodies; i++) first += c->body[i].filters * c->body[i].blocks;
	*body = (struct block_tile){ .filters = filters, .blocks = blocks, .first = first };
	body->steps = least(tile->sums / filters, least(tile->steps, inside));
	if (open || inside < c->geometry.steps_out || inside % (body->steps > 0 ? body->steps : 1) != 0)
		c->one_by_one = true;
	body->chain = chain_of(&c->sum.sum, tile->unroll);
	c->bodies++;
}

static bool cut(const struct node *node, const struct target *target, struct integer_conv *c, struct arena *arena)
{
	const struct integer_tile *tile = integer_tile(target);
	int64_t filters, width;

	*c = (struct integer_conv){ 0 };
	if (!node_integer_sum(node, &c->sum, arena)) return false;
	c->geometry = sum_geometry(&c->sum.sum);
	c->form = integer_form(&c->sum, arena);
	filters = c->sum.sum.filters / c->sum.sum.groups;
	width = block_filters(&c->sum.sum, tile->filters);
	add_body(c, tile, width, filters / width, node_is_open(node));
	add_body(c, tile, filters % width, 1, node_is_open(node));
	c->plain = c->one_by_one && c->sum.zero_in != 0;
	c->raised = tile->raised && c->sum.narrow;
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

/* ---- tables -------------------------------------------------------------------------------------------------- */

/* Calls put() for every block in the order of the tables, with its first filter. */
static void each_block(const struct integer_conv *c,
		       void (*put)(const struct integer_conv *c, int64_t filters, int64_t first, void *to), void *to)
{
	const int64_t in_group = c->sum.sum.filters / c->sum.sum.groups;

	for (int64_t g = 0; g < c->sum.sum.groups; g++)
		for (int i = 0; i < c->bodies; i++)
			for (int64_t b = 0; b < c->body[i].blocks; b++)
				put(c, c->body[i].filters, g * in_group + c->body[i].first + b * c->body[i].filters,
				    to);
}

struct cells {
	int8_t *narrow;
	uint8_t *raised;
	int16_t *wide;
	int64_t n;
};

static void put_weights(const struct integer_conv *c, int64_t filters, int64_t first, void *to)
{
	struct cells *cells = to;

	for (int64_t i = 0; i < sum_terms(&c->sum.sum); i++)
		for (int64_t j = 0; j < filters; j++, cells->n++) {
			const int16_t w = c->sum.weights[i * c->sum.sum.filters + first + j];
			if (cells->raised)
				cells->raised[cells->n] = (uint8_t)(w + 128);
			else if (cells->narrow)
				cells->narrow[cells->n] = (int8_t)w;
			else
				cells->wide[cells->n] = w;
		}
}

static struct table weight_table(const struct integer_conv *c, struct arena *arena)
{
	const struct sum *s = &c->sum.sum;
	const int64_t n = sum_terms(s) * s->filters;
	struct cells cells = { 0 };
	struct table table = {
		.name = "weights",
		.doc = arena_printf(
		    arena, "[block][tap][channel][filter]%s: %lld taps, %lld channels, %lld filters by %lld.",
		    c->raised ? ", each 128 higher" : "", (long long)s->taps, (long long)(s->channels / s->groups),
		    (long long)s->filters, (long long)c->body[0].filters),
		.n = n,
		.columns = (int)c->body[0].filters,
	};

	if (c->raised) {
		table.type = TYPE_U8;
		table.at = cells.raised = NEW_ARRAY(arena, n, uint8_t);
	} else if (c->sum.narrow) {
		table.type = TYPE_I8;
		table.at = cells.narrow = NEW_ARRAY(arena, n, int8_t);
	} else {
		table.type = TYPE_I16;
		table.at = cells.wide = NEW_ARRAY(arena, n, int16_t);
	}
	each_block(c, put_weights, &cells);
	return table;
}

struct numbers {
	int32_t *i32;
	int64_t *i64;
	int64_t n;
};

static void put_number(struct numbers *to, int64_t number)
{
	if (to->i64)
		to->i64[to->n++] = number;
	else
		to->i32[to->n++] = (int32_t)number;
}

static void put_bias(const struct integer_conv *c, int64_t filters, int64_t first, void *to)
{
	for (int64_t j = 0; j < filters; j++) put_number(to, integer_folded_bias(&c->sum, first + j));
	for (int64_t j = 0; c->plain && j < filters; j++) put_number(to, c->sum.bias ? c->sum.bias[first + j] : 0);
}

static struct table bias_table_of(const struct integer_conv *c, struct arena *arena)
{
	struct numbers to = { 0 };
	struct table table = {
		.name = "bias",
		.doc = c->plain ? "[block]: biases of sums of plain inputs, then of inputs without their zero point."
		       : c->sum.zero_in != 0 ? "[block]: biases of sums of plain inputs; their zero point is in them."
					     : "[block]: biases.",
		.type = c->form.wide ? TYPE_I64 : TYPE_I32,
		.n = c->sum.sum.filters * (c->plain ? 2 : 1),
		.columns = (int)c->body[0].filters,
	};

	if (c->form.wide)
		table.at = to.i64 = NEW_ARRAY(arena, table.n, int64_t);
	else
		table.at = to.i32 = NEW_ARRAY(arena, table.n, int32_t);
	each_block(c, put_bias, &to);
	return table;
}

static void put_scales(const struct integer_conv *c, int64_t filters, int64_t first, void *to)
{
	for (int i = 0; i < c->form.numbers; i++)
		for (int64_t j = 0; j < filters; j++) put_number(to, c->form.number[i][first + j]);
}

static struct table scale_table(const struct integer_conv *c, struct arena *arena)
{
	struct numbers to = { 0 };
	struct table table = {
		.name = "scales",
		.doc = arena_printf(arena, "[block]: %s.", c->form.doc),
		.type = c->form.kind == FORM_REAL ? TYPE_I64 : TYPE_I32,
		.n = c->sum.sum.filters * c->form.numbers,
		.columns = (int)c->body[0].filters,
	};

	if (table.type == TYPE_I64)
		table.at = to.i64 = NEW_ARRAY(arena, table.n, int64_t);
	else
		table.at = to.i32 = NEW_ARRAY(arena, table.n, int32_t);
	each_block(c, put_scales, &to);
	return table;
}

/* ---- what it costs ------------------------------------------------------------------------------------------- */

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { CODE = 900, OUTPUT = 24, LOOP = 4 };
	struct arena *arena = arena_new();
	struct integer_conv c;
	struct cost cost = { .flash = CODE, .text = 4 * FUNCTION_TEXT, .statements = 4 * BLOCK_MOST };

	CHECK(cut(node, target, &c, arena));
	for (int i = 0; i < c.bodies; i++) {
		const struct block_tile *b = &c.body[i];
		const int64_t steps = b->steps > 0 ? b->steps : 1, sums = steps * b->filters;
		/* A load of each weight and input, and a multiplication and an addition of each pair. */
		const int64_t term = b->filters + steps + 2 * sums + LOOP / b->chain.unroll;
		cost.operations += c.sum.sum.groups * b->blocks * (c.geometry.steps_out + steps - 1) / steps *
				   (term * sum_terms(&c.sum.sum) + sums * OUTPUT);
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
	c->weights = weight_table(c, arena);
	c->bias = bias_table_of(c, arena);
	c->scales = scale_table(c, arena);
	return c;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct integer_conv *c = plan;

	CHECK(most >= 3);
	tables[0] = &c->weights;
	tables[1] = &c->bias;
	tables[2] = &c->scales;
	return 3;
}

static struct value *body_view(const struct integer_conv *c, const struct block_tile *body, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "filters", body->filters);
	value_set_int(arena, view, "blocks", body->blocks);
	value_set_int(arena, view, "first", body->first);
	value_set_int(arena, view, "steps", body->steps);
	value_set_int(arena, view, "runs", body->chain.runs);
	value_set_int(arena, view, "terms", body->chain.terms);
	value_set_int(arena, view, "unroll", body->chain.unroll);
	value_set_bool(arena, view, "taps", body->chain.taps);
	(void)c;
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
	for (int i = 0; i < c->bodies; i++) value_push(bodies, body_view(c, &c->body[i], arena));
	value_set(view, "bodies", bodies);
	value_set_bool(arena, view, "one_by_one", c->one_by_one);
	value_set_bool(arena, view, "plain", c->plain);
	value_set_bool(arena, view, "raised", c->raised);
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
