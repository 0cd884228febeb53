/* conv1d_partial_vectors.c: Conv1D and Dense of many terms and few filters on vector targets: the 16 partial sums in the lanes.
 *
 * A tile is so many steps x so many filters, each with its 16 sums in one vector or several; what is loaded of the input
 * serves all filters, what is loaded of the weights all steps.  Weights lie filter by filter in the order of the terms, each
 * filter filled up with -0.0f to a multiple of 16: the input's lanes beyond the last term are 0, and 0 * -0.0f = -0 leaves
 * every sum as it is.  Windows that are not one run of the input are copied to scratch memory, as are those with taps in the
 * padding. */
#include "kernels/kernel.h"

/* FOLD_COST: of an output's 16 sums becoming one, in halves of a cycle, as all costs of vector kernels. */
enum { LATENCY = 8, FOLD_COST = 8, TILE_COST = 20, MOST_STEPS = 8 };

struct partial {
	struct sum sum;
	struct geometry geometry;
	int64_t lanes;               /* of a vector */
	int64_t width, blocks, rest; /* filters of a group: so many blocks of this width, then the rest */
	int64_t steps;               /* of a tile; 0: no step has all taps */
	bool transposes;             /* the input is first copied to channels_last order */
	bool gathers;                /* each window is copied into one run */
	int64_t padded;              /* terms of a filter, filled up */
	struct table weights, bias;
};

/* Sums, inputs and a weight (and a product) stay in registers. */
static int64_t most_steps(const struct target *target, int64_t vectors, int64_t filters)
{
	int64_t sums = (target->vectors - 3) / vectors, steps;

	if (target->vectors > 16) sums = (target->vectors - 6) / vectors;
	steps = sums / filters;
	return steps < MOST_STEPS ? steps : MOST_STEPS;
}

/* One tile over all terms. */
static int64_t cost_of_tile(const struct partial *p, const struct target *target, int64_t filters, int64_t steps)
{
	int64_t vectors = PARTIAL_SUMS / p->lanes, sums = vectors * filters * steps * (target->has_fused ? 1 : 2);
	int64_t loads = vectors * (filters + steps), cost = sums > loads ? sums : loads;

	if (cost < LATENCY) cost = LATENCY;
	return p->padded / PARTIAL_SUMS * cost + FOLD_COST * filters * steps + TILE_COST;
}

/* All steps of one block of filters. */
static int64_t cost_of_block(const struct partial *p, const struct target *target, int64_t filters)
{
	int64_t inside = span_length(interior_steps(&p->geometry)), cost = 0;

	if (p->steps > 0) cost = ceiling(inside, p->steps) * cost_of_tile(p, target, filters, p->steps);
	return cost + (p->geometry.steps_out - inside) * 2 * cost_of_tile(p, target, filters, 1);
}

static int64_t cost_of_group(const struct partial *p, const struct target *target)
{
	int64_t cost = p->blocks * cost_of_block(p, target, p->width);

	return cost + (p->rest > 0 ? cost_of_block(p, target, p->rest) : 0);
}

/* The cheapest tile; what a group costs with it. */
static int64_t cut_filters_and_steps(struct partial *p, const struct target *target)
{
	int64_t filters = p->sum.filters / p->sum.groups, inside = span_length(interior_steps(&p->geometry)), best = -1;
	struct partial trial = *p;

	for (trial.width = 1; trial.width <= filters; trial.width++) {
		int64_t most = most_steps(target, PARTIAL_SUMS / p->lanes, trial.width);

		trial.blocks = filters / trial.width;
		trial.rest = filters % trial.width;
		if (inside < most) most = inside;
		for (trial.steps = inside > 0 ? 1 : 0; trial.steps <= most; trial.steps++) {
			int64_t cost = cost_of_group(&trial, target);

			if (best >= 0 && cost > best) continue;
			best = cost;
			*p = trial;
		}
	}
	CHECK(best >= 0);
	return best;
}

/* What copying costs. */
static int64_t cost_of_copies(const struct partial *p)
{
	const struct sum *s = &p->sum;
	int64_t outside = s->steps_out - span_length(interior_steps(&p->geometry));
	int64_t windows = (p->gathers ? s->steps_out : outside) * s->groups;
	int64_t copies = windows * (p->padded / 4 + (p->gathers ? 10 * s->taps : 30));

	return (p->transposes ? 4 * s->steps_in * s->channels : 0) + copies;
}

static bool start(const struct node *node, const struct target *target, struct partial *p)
{
	*p = (struct partial){ 0 };
	if (target->width[0] == 0 || !node_sum(node, &p->sum) || !p->sum.partial) return false;
	p->geometry = sum_geometry(&p->sum);
	p->lanes = target->width[0] < PARTIAL_SUMS ? target->width[0] : PARTIAL_SUMS;
	p->transposes = p->sum.channels_first && p->sum.steps_in > 1;
	p->gathers = p->sum.taps > 1 && (p->sum.dilation > 1 || p->sum.groups > 1);
	p->padded = ceiling(sum_terms(&p->sum), PARTIAL_SUMS) * PARTIAL_SUMS;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct partial p;

	return start(node, target, &p);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct partial p;
	int64_t weights;

	CHECK(start(node, target, &p));
	weights = (p.padded + 1) * p.sum.filters;
	return (struct cost){
		.operations = cut_filters_and_steps(&p, target) * p.sum.groups + cost_of_copies(&p),
		.flash = weights * 4 + 4 * FUNCTION_CODE,
		.text = weights * LITERAL_TEXT + 4 * FUNCTION_TEXT,
		.statements = 60,
	};
}

/* [filter][tap][channel], filled up with -0.0f. */
static void padded_table(struct partial *p, struct arena *arena)
{
	struct table dense = filter_table(&p->sum, arena);
	int64_t terms = sum_terms(&p->sum);
	float *at = NEW_ARRAY(arena, p->padded * p->sum.filters, float);

	for (int64_t f = 0; f < p->sum.filters; f++)
		for (int64_t i = 0; i < p->padded; i++)
			at[f * p->padded + i] = i < terms ? ((const float *)dense.at)[f * terms + i] : -0.0f;
	p->weights = dense;
	p->weights.at = at;
	p->weights.n = p->padded * p->sum.filters;
	p->weights.columns = PARTIAL_SUMS;
	p->weights.align = 64;
	if (p->padded > terms)
		p->weights.doc =
		    arena_printf(arena, "%s A filter ends in -0.0f behind its %lld terms: 0 * -0.0f changes no sum.",
				 dense.doc, (long long)terms);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct partial *p = NEW(arena, struct partial);

	CHECK(start(node, target, p));
	cut_filters_and_steps(p, target);
	padded_table(p, arena);
	p->bias = bias_table(&p->sum);
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct partial *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->bias);
}

/* The windows of one tile lie before the input in another order. */
static int64_t window_floats(const struct partial *p)
{
	bool edges = span_length(interior_steps(&p->geometry)) < p->geometry.steps_out;

	return p->padded * (p->gathers && p->steps > 0 ? p->steps : edges ? 1 : 0);
}

static int64_t scratch(const void *plan)
{
	const struct partial *p = plan;
	int64_t input = p->transposes ? p->sum.steps_in * p->sum.channels : 0;

	return (window_floats(p) + input) * (int64_t)sizeof(float);
}

static struct value *block_view(int64_t first, int64_t filters, int64_t n, struct arena *arena)
{
	struct value *block = value_map(arena);

	value_set_int(arena, block, "first", first);
	value_set_int(arena, block, "filters", filters);
	value_set_int(arena, block, "n", n);
	return block;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct partial *p = plan;
	struct value *view = value_map(arena), *blocks = value_list(arena);

	value_push(blocks, block_view(0, p->width, p->blocks, arena));
	if (p->rest > 0) value_push(blocks, block_view(p->width * p->blocks, p->rest, 1, arena));
	view_sum(arena, view, node, &p->sum, &p->weights, &p->bias, 1);
	value_set_int(arena, view, "lanes", p->lanes);
	value_set_int(arena, view, "padded", p->padded);
	value_set_int(arena, view, "all_channels", p->sum.channels);
	value_set_int(arena, view, "windows", window_floats(p));
	value_set_bool(arena, view, "transposes", p->transposes);
	value_set_bool(arena, view, "gathers", p->gathers);
	value_set_int(arena, view, "steps", p->steps);
	value_set(view, "blocks", blocks);
	return view;
}

const struct kernel kernel_conv1d_partial_vectors = {
	.name = "conv1d_partial_vectors",
	.template = "conv1d_partial_vectors",
	.doc = "sixteen partial sums an output in vectors",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
};
