/* conv1d_tiled.c: Conv1D and Dense over weight tables, a tile of steps x filters at a time.
 *
 * The filters of a group are cut into blocks of equal width and a rest; a block's weights lie as [taps * channels][lanes],
 * which is the order of their use.  Lanes of the rest that have no filter hold zeros and are not stored.  Steps whose
 * every tap lies inside are done a tile at a time, the last tile moved back over steps that are done already where they
 * do not fill it; the others one by one, by a body that takes the range of their taps. */
#include "kernels/kernel.h"

enum { TILE_FILTERS = 8 };

struct tiled {
	struct sum sum;
	struct blocks blocks;
	struct table weights, bias;
};

/* Accumulators of a tile stay in registers: as many steps as fit. */
static int64_t tile_steps(const struct target *target, int64_t inside, int64_t lanes)
{
	int64_t steps = target->registers / lanes;

	if (steps < 1) steps = 1;
	return steps < inside ? steps : inside;
}

static bool tile(const struct node *node, const struct target *target, struct tiled *t)
{
	struct geometry g;
	int64_t inside;

	if (!node_sum(node, &t->sum) || t->sum.partial) return false;
	g = sum_geometry(&t->sum);
	inside = steps_for_tiles(&g);
	/* One step alone has as many sums in flight as its filters give. */
	cut_filters(&t->blocks, t->sum.filters / t->sum.groups, inside > 1 ? TILE_FILTERS : BLOCK_MOST);
	for (int i = 0; i < t->blocks.bodies; i++)
		t->blocks.body[i].steps = tile_steps(target, inside, t->blocks.body[i].lanes);
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct tiled t;

	return tile(node, target, &t);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct tiled t;
	int64_t macs, weights, lanes;

	CHECK(tile(node, target, &t));
	macs = t.sum.steps_out * t.blocks.lanes * t.sum.groups * sum_terms(&t.sum);
	weights = t.blocks.lanes * t.sum.groups * (sum_terms(&t.sum) + 1);
	lanes = useful_lanes(target, LANES_MOST);
	return (struct cost){
		/* Microcontrollers: as measured on a Cortex-M4F. */
		.operations = macs * (target->board ? 17 : 11) / (4 * lanes) + 4 * t.sum.steps_out * t.sum.filters,
		.flash = weights * 4 + FUNCTION_CODE * t.blocks.bodies,
		.text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT * t.blocks.bodies,
		.statements = 4 * BLOCK_MOST,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct tiled *t = NEW(arena, struct tiled);

	CHECK(tile(node, target, t));
	block_tables(&t->blocks, &t->sum, &t->weights, &t->bias, arena);
	return t;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct tiled *t = plan;

	return LIST_TABLES(tables, most, &t->weights, &t->bias);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct tiled *t = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, &t->sum, &t->weights, &t->bias, blocks_most_steps(&t->blocks));
	view_terms(arena, view, node, &t->sum);
	view_blocks(arena, view, &t->blocks, sum_terms(&t->sum));
	return view;
}

const struct kernel kernel_conv1d_tiled = {
	.name = "conv1d_tiled",
	.template = "conv1d_tiled",
	.doc = "tiles of steps x filters over a weight table",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
	.tables = tables,
};
