/* conv1d_tiled.c: Conv1D and Dense over weight tables, a tile of steps x filters at a time.
 *
 * The filters of a group are cut into blocks of equal width and a rest; a block's weights lie as [taps * channels][lanes],
 * which is the order of their use.  Lanes of the rest that have no filter hold zeros and are not stored.  Steps whose
 * every tap lies inside are done a tile at a time, the last tile moved back over steps that are done already where they
 * do not fill it; the others one by one, by a body that takes the range of their taps. */
#include "kernels/kernel.h"

enum { VECTOR = 8, HALF = 4, VECTORS_MOST = 2 };

/* Filters of one width. */
struct body {
	int64_t vector[VECTORS_MOST];  /* lanes of its vectors: VECTOR or HALF */
	int vectors;
	int64_t lanes;         /* of all its vectors: a block in the table */
	int64_t kept;          /* of them, filters */
	int64_t blocks;        /* of this width in a group */
	int64_t first;         /* filter of the group where they begin */
	int64_t steps;         /* of a tile; 0: no step has all taps */
};

struct tiled {
	struct sum sum;
	struct geometry g;
	struct span inside;
	struct body body[2];
	int bodies;
	int64_t lanes;                     /* of a group, empty ones included */
	struct table weights, bias;        /* bias.n 0: none */
};

/* Accumulators of a tile stay in registers: as many steps as fit. */
static int64_t tile_steps(const struct target *target, const struct span *inside, int64_t lanes)
{
	int64_t steps = target->registers / lanes;

	if (steps < 1) steps = 1;
	return steps < span_length(*inside) ? steps : span_length(*inside);
}

/* Blocks of 'kept' filters each, in as many lanes as they need. */
static void add_body(struct tiled *t, const struct target *target, int64_t kept, int64_t blocks)
{
	struct body *body = &t->body[t->bodies];

	if (blocks == 0 || kept == 0) return;
	*body = (struct body){ .kept = kept, .blocks = blocks, .first = t->lanes };
	for (int64_t left = kept; left > 0; left -= VECTOR) {
		int64_t lanes = left > HALF ? VECTOR : HALF;

		body->vector[body->vectors++] = lanes;
		body->lanes += lanes;
	}
	body->steps = tile_steps(target, &t->inside, body->lanes);
	t->lanes += body->lanes * blocks;
	t->bodies++;
}

static bool tile(const struct node *node, const struct target *target, struct tiled *t)
{
	int64_t filters, width = VECTOR;

	*t = (struct tiled){ 0 };
	if (!node_sum(node, &t->sum) || t->sum.partial) return false;
	t->g = sum_geometry(&t->sum);
	t->inside = interior_steps(&t->g);
	/* One step alone has as many sums in flight as its filters give. */
	if (span_length(t->inside) <= 1) width = VECTOR * VECTORS_MOST;
	filters = t->sum.filters / t->sum.groups;
	add_body(t, target, width, filters / width);
	add_body(t, target, filters % width, 1);
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
	macs = t.sum.steps_out * t.lanes * t.sum.groups * sum_terms(&t.sum);
	weights = t.lanes * t.sum.groups * (sum_terms(&t.sum) + 1);
	lanes = useful_lanes(target, VECTOR);
	return (struct cost){
		.operations = macs * 11 / (4 * lanes) + 4 * t.sum.steps_out * t.sum.filters,
		.flash = weights * 4 + FUNCTION_CODE * t.bodies, .text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT * t.bodies,
		.statements = 4 * VECTOR,
	};
}

/* Table position of lane 0 of a block. */
static int64_t block_at(const struct tiled *t, int64_t group, const struct body *body, int64_t block, int64_t terms)
{
	return (group * t->lanes + body->first + block * body->lanes) * terms;
}

static void fill_block(const struct tiled *t, int64_t group, const struct body *body, int64_t block, float *weights, float *bias)
{
	const struct sum *s = &t->sum;
	int64_t terms = sum_terms(s), first = group * (s->filters / s->groups) + body->first + block * body->lanes;

	weights += block_at(t, group, body, block, terms);
	bias += block_at(t, group, body, block, 1);
	for (int64_t f = 0; f < body->kept; f++) {
		for (int64_t i = 0; i < terms; i++) weights[i * body->lanes + f] = s->kernel[i * s->filters + first + f];
		bias[f] = s->bias ? s->bias[first + f] : 0;
	}
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct tiled *t = NEW(arena, struct tiled);
	int64_t terms;
	float *weights, *bias;

	CHECK(tile(node, target, t));
	terms = sum_terms(&t->sum);
	weights = NEW_ARRAY(arena, t->sum.groups * t->lanes * terms, float);
	bias = NEW_ARRAY(arena, t->sum.groups * t->lanes, float);
	for (int64_t group = 0; group < t->sum.groups; group++)
		for (int b = 0; b < t->bodies; b++)
			for (int64_t block = 0; block < t->body[b].blocks; block++)
				fill_block(t, group, &t->body[b], block, weights, bias);
	t->weights = (struct table){ .name = "weights", .type = TYPE_F32, .n = t->sum.groups * t->lanes * terms,
				     .columns = (int)t->body[0].lanes, .at = weights };
	t->weights.doc = arena_printf(arena, "[block][tap][channel][filter]: %lld taps, %lld channels, %lld filters by %lld",
				      (long long)t->sum.taps, (long long)(t->sum.channels / t->sum.groups), (long long)t->sum.filters,
				      (long long)t->body[0].lanes);
	t->bias = (struct table){ .name = "bias", .doc = "One bias a filter.", .type = TYPE_F32, .at = bias,
				  .n = t->sum.bias ? t->sum.groups * t->lanes : 0, .columns = (int)t->body[0].lanes };
	return t;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct tiled *t = plan;

	return weights_and_bias(&t->weights, &t->bias, tables, most);
}

static struct value *body_view(const struct tiled *t, const struct body *body, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set(view, "vectors", view_ints(arena, body->vector, body->vectors));
	view_int(arena, view, "lanes", body->lanes);
	view_int(arena, view, "kept", body->kept);
	view_int(arena, view, "blocks", body->blocks);
	view_int(arena, view, "first", body->first);
	view_int(arena, view, "steps", body->steps);
	view_int(arena, view, "weights", block_at(t, 0, body, 0, sum_terms(&t->sum)));
	return view;
}

/* The terms of a window as one loop: x moves by x_term from each to the next; 0: they need a loop over taps and one over
 * channels. */
static int64_t term_stride(const struct sum *s, int64_t along_steps, int64_t along_channels)
{
	int64_t in_group = s->channels / s->groups, between_taps = s->dilation * along_steps;

	if (in_group == 1) return between_taps;
	return s->taps == 1 || between_taps == in_group * along_channels ? along_channels : 0;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct tiled *t = plan;
	const struct sum *s = &t->sum;
	int64_t along_steps = s->channels_first ? 1 : s->channels, along_channels = s->channels_first ? s->steps_in : 1;
	struct value *view = value_map(arena), *bodies = value_list(arena);

	(void)node;
	view_sum(arena, view, s, &t->weights, &t->bias);
	view_int(arena, view, "lanes", t->lanes);
	view_int(arena, view, "x_term", term_stride(s, along_steps, along_channels));
	for (int b = 0; b < t->bodies; b++) value_push(bodies, body_view(t, &t->body[b], arena));
	value_set(view, "bodies", bodies);
	return view;
}

const struct kernel kernel_conv1d_tiled = {
	.name = "conv1d_tiled", .template = "conv1d_tiled", .doc = "tiles of steps x filters over a weight table",
	.ok = ok, .cost = cost, .plan = plan, .view = view, .tables = tables,
};
