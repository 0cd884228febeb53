/* blocks.c: the filters of a group in blocks of lanes, and the weight table in the order in which blocks use it. */
#include "kernels/kernel.h"

enum { VECTOR = 8, HALF = 4 };
static const int plain_widths[WIDTHS_MOST] = { VECTOR, HALF };

/* The narrowest width that takes what is left; the widest where none does. */
static int64_t lanes_for(const int width[WIDTHS_MOST], int64_t left)
{
	int64_t lanes = width[0];

	for (int i = 1; i < WIDTHS_MOST && width[i] > 0; i++)
		if (width[i] >= left) lanes = width[i];
	return lanes;
}

/* Blocks of 'kept' filters each, in as many lanes as they need; narrow: a last vector behind others, too, is the narrowest
 * that takes what is left. */
static void add_body(struct blocks *b, const int width[WIDTHS_MOST], bool narrow, int64_t kept, int64_t blocks)
{
	struct body *body = &b->body[b->bodies];

	if (blocks == 0 || kept == 0) return;
	*body = (struct body){ .kept = kept, .blocks = blocks, .first = b->lanes };
	for (int64_t left = kept; left > 0;) {
		int64_t lanes = narrow || body->vectors == 0 ? lanes_for(width, left) : width[0];

		CHECK(body->vectors < VECTORS_MOST);
		body->vector[body->vectors++] = lanes;
		body->lanes += lanes;
		left -= lanes;
	}
	b->lanes += body->lanes * blocks;
	b->bodies++;
}

void cut_filters(struct blocks *blocks, int64_t filters, int64_t width)
{
	*blocks = (struct blocks){ 0 };
	add_body(blocks, plain_widths, true, width, filters / width);
	add_body(blocks, plain_widths, true, filters % width, 1);
}

void cut_vectors(struct blocks *blocks, int64_t filters, const struct target *target, bool narrow, int64_t vectors,
		 int64_t n)
{
	int64_t lanes = vectors * target->width[0];

	*blocks = (struct blocks){ 0 };
	add_body(blocks, target->width, narrow, lanes, n);
	add_body(blocks, target->width, narrow, filters - lanes * n, 1);
}

/* Table position of lane 0 of a block. */
static int64_t block_at(const struct blocks *b, int64_t group, const struct body *body, int64_t block, int64_t terms)
{
	return (group * b->lanes + body->first + block * body->lanes) * terms;
}

static void fill_block(const struct blocks *b, const struct sum *s, int64_t group, const struct body *body,
		       int64_t block, float *weights, float *bias)
{
	int64_t terms = sum_terms(s), first = group * (s->filters / s->groups) + body->first + block * body->lanes;

	weights += block_at(b, group, body, block, terms);
	bias += block_at(b, group, body, block, 1);
	for (int64_t f = 0; f < body->kept; f++) {
		for (int64_t i = 0; i < terms; i++)
			weights[i * body->lanes + f] = s->kernel[i * s->filters + first + f];
		bias[f] = s->bias ? s->bias[first + f] : 0;
	}
}

void block_tables(const struct blocks *b, const struct sum *s, struct table *weights, struct table *bias,
		  struct arena *arena)
{
	int64_t lanes = s->groups * b->lanes, width = b->body[0].lanes;
	float *w = NEW_ARRAY(arena, lanes * sum_terms(s), float), *offsets = NEW_ARRAY(arena, lanes, float);

	for (int64_t group = 0; group < s->groups; group++)
		for (int i = 0; i < b->bodies; i++)
			for (int64_t block = 0; block < b->body[i].blocks; block++)
				fill_block(b, s, group, &b->body[i], block, w, offsets);
	*weights = (struct table){
		.name = "weights", .type = TYPE_F32, .n = lanes * sum_terms(s), .columns = (int)width, .at = w
	};
	weights->doc = arena_printf(
	    arena, "Weights [block][tap][channel][filter]: %lld taps, %lld channels, %lld filters by %lld.",
	    (long long)s->taps, (long long)(s->channels / s->groups), (long long)s->filters, (long long)width);
	*bias = (struct table){ .name = "bias",
				.doc = "One bias a filter.",
				.type = TYPE_F32,
				.at = offsets,
				.n = s->bias ? lanes : 0,
				.columns = (int)width };
}

int64_t blocks_most_steps(const struct blocks *b)
{
	int64_t most = 0;

	for (int i = 0; i < b->bodies; i++)
		if (b->body[i].steps > most) most = b->body[i].steps;
	return most;
}

static struct value *body_view(const struct blocks *b, const struct body *body, int64_t terms, struct arena *arena)
{
	struct value *view = value_map(arena), *vectors = value_list(arena);

	for (int i = 0; i < body->vectors; i++) value_push(vectors, value_int(arena, body->vector[i]));
	value_set(view, "vectors", vectors);
	value_set_int(arena, view, "lanes", body->lanes);
	value_set_int(arena, view, "kept", body->kept);
	value_set_int(arena, view, "blocks", body->blocks);
	value_set_int(arena, view, "first", body->first);
	value_set_int(arena, view, "steps", body->steps);
	value_set_int(arena, view, "weights", block_at(b, 0, body, 0, terms));
	return view;
}

void view_blocks(struct arena *arena, struct value *map, const struct blocks *b, int64_t terms)
{
	struct value *bodies = value_list(arena);

	for (int i = 0; i < b->bodies; i++) value_push(bodies, body_view(b, &b->body[i], terms, arena));
	value_set_int(arena, map, "lanes", b->lanes);
	value_set(map, "bodies", bodies);
}
