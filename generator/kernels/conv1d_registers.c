/* conv1d_registers.c: Conv1D and Dense, channels last, on targets whose float unit has 32 registers of one float each.
 *
 * A tile is so many steps x a block of filters, each sum in a register of its own.  The filters of a group are cut into
 * blocks of equal size and perhaps one of those that are left; a block's bias and weights lie in one table in the order of their use.
 * Steps whose every tap lies inside are done a tile at a time as long as they fill one; all others one by one, by a body
 * that takes the range of their taps.  No step is done twice, so that a piece of any length can be computed. */
#include "kernels/kernel.h"

/* Bytes of code that the groups of terms in one round of the loops of all blocks may take: four groups of a tile, fused or
 * not; and in the body of single steps. */
enum { ROUND_BYTES = 840, SEPARATE_BYTES = 1080, STEP_ROUND_BYTES = 320, INSTRUCTION = 4, UNROLL_MOST = 5 };

/* The terms of a window: runs (one for all, or one a tap) of terms whose input moves by x_term from one to the next. */
struct chain {
	int64_t runs, terms, x_term;
	int64_t jump;   /* the input moves by so much more behind a run */
	int64_t group;  /* terms whose weights are loaded together */
	int64_t unroll; /* groups in a round of the loop over a run; all: no loop */
};

struct block_tile {
	int64_t filters, blocks, first; /* first: filter of the group where its blocks begin */
	int64_t steps;                  /* 0: there are steps one by one alone */
	struct chain tile, step;
};

struct registers {
	struct sum sum;
	struct geometry geometry;
	struct block_tile body[2];
	int bodies;
	bool one_by_one; /* some steps are */
	struct table weights;
};

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* Groups in a round: all where they are little code; else a number that divides them, if there is one. */
static int64_t unroll_of(int64_t groups, int64_t group_bytes, int64_t bytes)
{
	int64_t most = least(bytes / group_bytes, UNROLL_MOST);

	if (groups * group_bytes <= bytes) return groups;
	for (int64_t unroll = most; unroll > 1; unroll--)
		if (groups % unroll == 0) return unroll;
	return most > 2 ? 2 : 1;
}

/* Bytes of code of a group of terms: loads of weights and inputs, multiply-adds. */
static int64_t group_bytes(const struct target *target, const struct chain *chain, int64_t steps, int64_t filters)
{
	int64_t macs = steps * filters * chain->group, loads = 1 + steps * (chain->x_term == 1 ? 1 : chain->group);

	return INSTRUCTION * (loads + (target->fp == FP_FUSED ? macs : 2 * macs));
}

/* Filters of a block: four, or as many as divide them, for the code of one kind of block is half that of two. */
static int64_t block_filters(const struct sum *s)
{
	int64_t filters = s->filters / s->groups;

	for (int64_t n = REGISTER_FILTERS; n > 1; n--)
		if (filters % n == 0) return n;
	return least(filters, REGISTER_FILTERS);
}

static int bodies_of(const struct sum *s)
{
	return s->filters / s->groups % block_filters(s) > 0 ? 2 : 1;
}

/* flat: all terms as one run where the input allows that. */
static struct chain chain_of(const struct sum *s, const struct target *target, int64_t steps, int64_t filters,
			     bool flat)
{
	int64_t channels = s->channels / s->groups, between_taps = s->dilation * s->channels;
	struct chain chain = { .runs = s->taps, .terms = channels, .x_term = 1, .jump = between_taps - channels };

	if (channels == 1) chain.x_term = between_taps;
	if (channels == 1) chain.jump = 0;
	if (flat && (channels == 1 || s->taps == 1 || between_taps == channels)) {
		chain.runs = 1;
		chain.terms *= s->taps;
		chain.jump = 0;
	}
	chain.group = least(target_register_tile(target, (int)filters)->terms, chain.terms);
	chain.unroll = unroll_of(chain.terms / chain.group, group_bytes(target, &chain, steps, filters),
				 (!flat                    ? STEP_ROUND_BYTES
				  : target->fp == FP_FUSED ? ROUND_BYTES
							   : SEPARATE_BYTES) /
				     bodies_of(s));
	return chain;
}

/* Blocks of so many filters each. */
static void add_body(struct registers *r, const struct target *target, int64_t filters, int64_t blocks, bool open)
{
	struct block_tile *body = &r->body[r->bodies];
	int64_t inside = span_length(interior_steps(&r->geometry)), first = 0;

	if (filters == 0 || blocks == 0) return;
	for (int i = 0; i < r->bodies; i++) first += r->body[i].filters * r->body[i].blocks;
	*body = (struct block_tile){ .filters = filters, .blocks = blocks, .first = first };
	body->steps = least(target_register_tile(target, (int)filters)->steps, inside);
	if (open || inside < r->geometry.steps_out || inside % (body->steps > 0 ? body->steps : 1) != 0)
		r->one_by_one = true;
	body->tile = chain_of(&r->sum, target, body->steps, filters, true);
	body->step = chain_of(&r->sum, target, 1, filters, false);
	r->bodies++;
}

static bool cut(const struct node *node, const struct target *target, struct registers *r)
{
	int64_t filters, width;

	*r = (struct registers){ 0 };
	if (!target_register_tile(target, REGISTER_FILTERS)) return false;
	if (!node_sum(node, &r->sum) || r->sum.partial || r->sum.channels_first) return false;
	r->geometry = sum_geometry(&r->sum);
	filters = r->sum.filters / r->sum.groups;
	width = block_filters(&r->sum);
	add_body(r, target, width, filters / width, node_is_open(node));
	add_body(r, target, filters % width, 1, node_is_open(node));
	/* Tiles of one step are what is done one by one, too. */
	for (int i = 0; i < r->bodies; i++)
		if (r->one_by_one && r->body[i].steps == 1) r->body[i].steps = 0;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct registers r;

	return cut(node, target, &r);
}

/* Table position of a block. */
static int64_t block_at(const struct registers *r, const struct block_tile *body, int64_t group, int64_t block)
{
	int64_t filters = r->sum.filters / r->sum.groups;

	return (group * filters + body->first + block * body->filters) * (sum_terms(&r->sum) + 1);
}

static void fill_block(const struct registers *r, const struct block_tile *body, int64_t group, int64_t block, float *w)
{
	const struct sum *s = &r->sum;
	int64_t n = body->filters, f = group * (s->filters / s->groups) + body->first + block * n;

	w += block_at(r, body, group, block);
	for (int64_t j = 0; j < n; j++) w[j] = s->bias ? s->bias[f + j] : 0;
	for (int64_t i = 0; i < sum_terms(s); i++)
		for (int64_t j = 0; j < n; j++) w[(i + 1) * n + j] = s->kernel[i * s->filters + f + j];
}

static struct table weight_table(const struct registers *r, struct arena *arena)
{
	const struct sum *s = &r->sum;
	int64_t n = (sum_terms(s) + 1) * s->filters;
	float *w = NEW_ARRAY(arena, n, float);

	for (int64_t group = 0; group < s->groups; group++)
		for (int i = 0; i < r->bodies; i++)
			for (int64_t block = 0; block < r->body[i].blocks; block++)
				fill_block(r, &r->body[i], group, block, w);
	return (struct table){
		.name = "weights",
		.doc = arena_printf(arena,
				    "[block]: biases, then weights [tap][channel][filter]: %lld taps, %lld channels, "
				    "%lld filters by %lld.",
				    (long long)s->taps, (long long)(s->channels / s->groups), (long long)s->filters,
				    (long long)r->body[0].filters),
		.type = TYPE_F32,
		.n = n,
		.columns = (int)r->body[0].filters,
		.at = w,
	};
}

/* ---- what it costs ------------------------------------------------------------------------------------------- */

/* Instructions of the sums of a tile. */
static int64_t chain_cost(const struct target *target, const struct chain *chain, int64_t steps, int64_t filters)
{
	enum { LOOP = 3 };
	int64_t groups = (chain->terms + chain->group - 1) / chain->group, rounds = groups / chain->unroll;
	int64_t bytes = group_bytes(target, chain, steps, filters);

	return chain->runs * (bytes / INSTRUCTION * chain->terms / chain->group + LOOP * rounds + steps);
}

/* Tiles of so many steps in all calls, each of which makes a piece of the steps. */
static int64_t tiles_of(const struct geometry *g, int64_t inside, int64_t steps)
{
	if (steps == 0) return 0;
	if (g->piece == 0 || g->piece >= inside) return inside / steps;
	return inside / g->piece * (g->piece / steps) + inside % g->piece / steps;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { TILE = 20, CODE = 500, STORE = 2 };
	struct registers r;
	int64_t weights, inside, operations = 0, code = CODE;

	CHECK(cut(node, target, &r));
	weights = r.sum.filters * (sum_terms(&r.sum) + 1);
	inside = span_length(interior_steps(&r.geometry));
	for (int i = 0; i < r.bodies; i++) {
		const struct block_tile *b = &r.body[i];
		int64_t tiles = tiles_of(&r.geometry, inside, b->steps),
			steps = r.geometry.steps_out - tiles * b->steps;
		int64_t of_tile = chain_cost(target, &b->tile, b->steps, b->filters) + TILE;
		int64_t of_step = chain_cost(target, &b->step, 1, b->filters) + TILE;

		operations += b->blocks * r.sum.groups * (tiles * of_tile + steps * of_step);
		if (tiles > 0) code += b->tile.unroll * group_bytes(target, &b->tile, b->steps, b->filters);
		if (steps > 0) code += b->step.unroll * group_bytes(target, &b->step, 1, b->filters);
	}
	operations += STORE * r.geometry.steps_out * r.sum.filters;
	return (struct cost){
		.operations = operations,
		.flash = weights * 4 + code,
		.text = weights * LITERAL_TEXT + 4 * FUNCTION_TEXT * r.bodies,
		.statements = 4 * BLOCK_MOST,
	};
}

/* ---- the kernel ---------------------------------------------------------------------------------------------- */

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct registers *r = NEW(arena, struct registers);

	CHECK(cut(node, target, r));
	r->weights = weight_table(r, arena);
	return r;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct registers *r = plan;

	return LIST_TABLES(tables, most, &r->weights);
}

static struct value *chain_view(const struct chain *chain, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "runs", chain->runs);
	value_set_int(arena, view, "terms", chain->terms);
	value_set_int(arena, view, "x_term", chain->x_term);
	value_set_int(arena, view, "jump", chain->jump);
	value_set_int(arena, view, "group", chain->group);
	value_set_int(arena, view, "unroll", chain->unroll);
	return view;
}

static struct value *body_view(const struct registers *r, const struct block_tile *body, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "filters", body->filters);
	value_set_int(arena, view, "blocks", body->blocks);
	value_set_int(arena, view, "first", body->first);
	value_set_int(arena, view, "steps", body->steps);
	value_set_int(arena, view, "weights", block_at(r, body, 0, 0));
	value_set(view, "tile", chain_view(&body->tile, arena));
	value_set(view, "step", chain_view(&body->step, arena));
	return view;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const struct table no_bias;
	const struct registers *r = plan;
	struct value *view = value_map(arena), *bodies = value_list(arena);

	view_sum(arena, view, node, &r->sum, &r->weights, &no_bias, 1);
	for (int i = 0; i < r->bodies; i++) value_push(bodies, body_view(r, &r->body[i], arena));
	value_set(view, "bodies", bodies);
	value_set_bool(arena, view, "one_by_one", r->one_by_one);
	return view;
}

const struct kernel kernel_conv1d_registers = {
	.name = "conv1d_registers",
	.template = "conv1d_registers",
	.doc = "tiles of steps x filters in scalar float registers",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
