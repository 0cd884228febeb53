/* integer_tables.c: the filters of quantised sums in blocks, and the tables of these in the order in which they are used. */
#include "kernels/integer_sums.h"

/* As many as a tile has, or as divide them where that is at least half of it, for the code of one kind of block is half that of
 * two. */
static int64_t block_filters(int64_t filters, int64_t most)
{
	for (int64_t n = most; 2 * n > most && n > 1; n--)
		if (filters % n == 0) return n;
	return least(filters, most);
}

static void add_block(struct integer_blocks *b, int64_t filters, int64_t blocks)
{
	int64_t first = 0;

	if (filters == 0 || blocks == 0) return;
	for (int i = 0; i < b->bodies; i++) first += b->body[i].filters * b->body[i].blocks;
	b->body[b->bodies++] = (struct integer_block){ filters, blocks, first };
}

struct integer_blocks integer_blocks(const struct integer_sum *s, const struct integer_form *form, int64_t most)
{
	const int64_t filters = s->sum.filters / s->sum.groups, width = block_filters(filters, most);
	struct integer_blocks b = { .sum = s, .form = form };

	add_block(&b, width, filters / width);
	add_block(&b, filters % width, 1);
	return b;
}

/* Calls put() for every block in the order of the tables, with its first filter. */
static void each_block(const struct integer_blocks *b,
		       void (*put)(const struct integer_blocks *b, int64_t filters, int64_t first, void *to), void *to)
{
	const int64_t in_group = b->sum->sum.filters / b->sum->sum.groups;

	for (int64_t g = 0; g < b->sum->sum.groups; g++)
		for (int i = 0; i < b->bodies; i++)
			for (int64_t j = 0; j < b->body[i].blocks; j++)
				put(b, b->body[i].filters, g * in_group + b->body[i].first + j * b->body[i].filters,
				    to);
}

struct cells {
	int8_t *narrow;
	uint8_t *raised;
	int16_t *wide;
	int64_t n;
};

static void put_weights(const struct integer_blocks *b, int64_t filters, int64_t first, void *to)
{
	struct cells *cells = to;

	for (int64_t i = 0; i < sum_terms(&b->sum->sum); i++)
		for (int64_t j = 0; j < filters; j++, cells->n++) {
			const int16_t w = b->sum->weights[i * b->sum->sum.filters + first + j];
			if (cells->raised)
				cells->raised[cells->n] = (uint8_t)(w + 128);
			else if (cells->narrow)
				cells->narrow[cells->n] = (int8_t)w;
			else
				cells->wide[cells->n] = w;
		}
}

static struct table weight_table(const struct integer_blocks *b, struct arena *arena)
{
	const struct sum *s = &b->sum->sum;
	const int64_t n = sum_terms(s) * s->filters;
	struct cells cells = { 0 };
	struct table table = {
		.name = "weights",
		.doc = arena_printf(
		    arena, "[block][tap][channel][filter]%s: %lld taps, %lld channels, %lld filters by %lld.",
		    b->raised ? ", each 128 higher" : "", (long long)s->taps, (long long)(s->channels / s->groups),
		    (long long)s->filters, (long long)b->body[0].filters),
		.n = n,
		.columns = (int)b->body[0].filters,
	};

	if (b->raised) {
		table.type = TYPE_U8;
		table.at = cells.raised = NEW_ARRAY(arena, n, uint8_t);
	} else if (b->sum->narrow) {
		table.type = TYPE_I8;
		table.at = cells.narrow = NEW_ARRAY(arena, n, int8_t);
	} else {
		table.type = TYPE_I16;
		table.at = cells.wide = NEW_ARRAY(arena, n, int16_t);
	}
	each_block(b, put_weights, &cells);
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

static void put_bias(const struct integer_blocks *b, int64_t filters, int64_t first, void *to)
{
	for (int64_t j = 0; b->folded && j < filters; j++)
		put_number(to, integer_folded_bias(b->sum, b->sum->zero_in, first + j));
	for (int64_t j = 0; b->plain && j < filters; j++) put_number(to, b->sum->bias ? b->sum->bias[first + j] : 0);
}

static const char *bias_doc(const struct integer_blocks *b)
{
	if (b->sum->zero_in == 0) return "[block]: biases.";
	if (!b->folded) return "[block]: biases of sums of inputs without their zero point.";
	if (!b->plain) return "[block]: biases of sums of plain inputs; their zero point is in them.";
	return "[block]: biases of sums of plain inputs, then of inputs without their zero point.";
}

static struct table bias_table_of(const struct integer_blocks *b, struct arena *arena)
{
	struct numbers to = { 0 };
	struct table table = {
		.name = "bias",
		.doc = bias_doc(b),
		.type = b->form->wide ? TYPE_I64 : TYPE_I32,
		.n = b->sum->sum.filters * (b->folded + b->plain),
		.columns = (int)b->body[0].filters,
	};

	if (b->form->wide)
		table.at = to.i64 = NEW_ARRAY(arena, table.n, int64_t);
	else
		table.at = to.i32 = NEW_ARRAY(arena, table.n, int32_t);
	each_block(b, put_bias, &to);
	return table;
}

static void put_scales(const struct integer_blocks *b, int64_t filters, int64_t first, void *to)
{
	for (int i = 0; i < b->form->numbers; i++)
		for (int64_t j = 0; j < filters; j++) put_number(to, b->form->number[i][first + j]);
}

static struct table scale_table(const struct integer_blocks *b, struct arena *arena)
{
	struct numbers to = { 0 };
	struct table table = {
		.name = "scales",
		.doc = arena_printf(arena, "[block]: %s.", b->form->doc),
		.type = b->form->kind == FORM_REAL ? TYPE_I64 : TYPE_I32,
		.n = b->sum->sum.filters * b->form->numbers,
		.columns = (int)b->body[0].filters,
	};

	if (table.type == TYPE_I64)
		table.at = to.i64 = NEW_ARRAY(arena, table.n, int64_t);
	else
		table.at = to.i32 = NEW_ARRAY(arena, table.n, int32_t);
	each_block(b, put_scales, &to);
	return table;
}

void integer_tables(const struct integer_blocks *b, struct table *weights, struct table *bias, struct table *scales,
		    struct arena *arena)
{
	*weights = weight_table(b, arena);
	*bias = bias_table_of(b, arena);
	*scales = scale_table(b, arena);
}

struct value *integer_blocks_view(const struct integer_blocks *b, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < b->bodies; i++) {
		struct value *view = value_map(arena);

		value_set_int(arena, view, "filters", b->body[i].filters);
		value_set_int(arena, view, "blocks", b->body[i].blocks);
		value_set_int(arena, view, "first", b->body[i].first);
		value_push(list, view);
	}
	return list;
}
