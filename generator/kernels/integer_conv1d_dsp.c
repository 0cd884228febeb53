/* integer_conv1d_dsp.c: Conv1D and Dense of 8 bits, channels last, on Arm processors with the DSP extension.
 *
 * A tile is three steps x two filters: six sums, four words of weights and two of inputs, and two pointers are all 14
 * registers.  Inputs are widened to 16 bits once for all filters, in scratch memory; four terms (a quad) are two words
 * there, and SMLAD takes two products at a time.  Either scratch memory is a strip of the input's rows, of which those that
 * the next tile reads, too, are kept; or it holds the windows of the tile's steps, quad by quad.  Rows in the padding
 * are the zero point, which is folded into the bias.
 *
 * Weights lie in one table in the order of their use.  Two filters' weights are packed into the lanes of a word, the second 256
 * times; packed sums are then 256 * second + first, and with the first filter's own sum the second is known where it
 * stays below 2^23, which is proven.  So a quad of two filters takes two instructions to unpack, not four. */
#include "kernels/integer_dsp.h"

#include <string.h>

enum {
	TILE_STEPS = 3,
	FILTERS = 2, /* of a tile */
	QUAD = 4,    /* terms */
	QUAD_BYTES = 8,
	OFFSET_MOST = 1020, /* of LDRD */
	Y_OFFSET_MOST = 4095,
	ROUND_BYTES = 1024,     /* of code: the quads in a round of the tile's loop */
	STEP_ROUND_BYTES = 160, /* that of single steps; where there are no others */
	LONE_ROUND_BYTES = 512,
	INSTRUCTION = 4,
	PACKED_MOST = 1 << 23,
	WIDE_QUAD_BYTES = 8, /* that HALVES takes more, of two filters */
	WIDE_MOST = 256,     /* so few more bytes are worth it */
};

/* How weights lie in the table: two filters in the lanes of one word; one a byte; one a half word. */
enum weight_form { PACKED, BYTES, HALVES };
static const char *const form_names[] = { "packed", "bytes", "halves" };
/* Instructions that load and unpack a quad of two filters' weights; words that they are. */
static const int unpacking[] = { [PACKED] = 3, [BYTES] = 5, [HALVES] = 1 };
static const int quad_words[] = { [PACKED] = 2, [BYTES] = 2, [HALVES] = 4 };

struct strips {
	struct integer_sum integers;
	const struct sum *sum; /* its */
	struct dsp_scaling scaling;
	enum weight_form form;
	bool windows;
	int64_t steps;       /* of a tile: TILE_STEPS or 1 */
	int64_t runs, quads; /* of a window: runs of so many quads that lie behind each other */
	int64_t jump;        /* bytes behind a run */
	int64_t row;         /* a strip: 16-bit words of a row */
	int64_t rows;        /* that a tile reads */
	int64_t kept;        /* of them, that the next reads, too */
	int64_t pairs;       /* of a group's filters */
	int64_t pair_words;  /* in the table */
	struct table weights;
};

static int64_t round_up(int64_t n, int64_t to)
{
	return ceiling(n, to) * to;
}

/* ---- the plan ------------------------------------------------------------------------------------------------ */

/* What the first filter's weights take from the second's must fit. */
static bool pair_can_be_packed(const struct integer_sum *s, int64_t f)
{
	const struct integer_range range = folded_accumulator_range(s, f + 1);

	for (int64_t i = 0; i < sum_terms(&s->sum); i++) {
		const int16_t *w = s->weights + i * s->sum.filters + f;

		if (w[1] * 256 + w[0] < INT16_MIN || w[1] * 256 + w[0] > INT16_MAX) return false;
	}
	return range.least >= -PACKED_MOST && range.most < PACKED_MOST;
}

/* Filters of pair 'pair' of a group; where their number is odd the second pair shares one with the first, and a single one
 * has no other. */
static int64_t first_of_pair(int64_t filters, int64_t pair)
{
	return filters % FILTERS == 0 || pair == 0 ? FILTERS * pair : FILTERS * pair - 1;
}

static enum weight_form form_of(const struct strips *p, const struct target *target)
{
	const struct integer_sum *s = &p->integers;
	const int64_t filters = s->sum.filters / s->sum.groups;

	if (!s->narrow || target->wide_weights) return HALVES;
	if (s->sum.groups * p->pairs * p->runs * p->quads * WIDE_QUAD_BYTES <= WIDE_MOST) return HALVES;
	for (int64_t g = 0; filters > 1 && g < s->sum.groups; g++)
		for (int64_t pair = 0; pair < p->pairs; pair++)
			if (!pair_can_be_packed(s, g * filters + first_of_pair(filters, pair))) return BYTES;
	return PACKED;
}

/* Instructions a term that gather a window: four bytes at a time where they lie behind each other. */
static int64_t gathering(const struct sum *s)
{
	enum { BY_WORDS = 2, BY_BYTES = 12 };

	return (s->dilation == 1 && s->groups == 1) || s->channels / s->groups % QUAD == 0 ? BY_WORDS : BY_BYTES;
}

/* A strip of rows, or windows where that takes less of the sums or much less memory, or where a tile's steps are too far apart in
 * a strip. */
static bool prefers_windows(const struct strips *p)
{
	const struct sum *s = p->sum;
	const int64_t channels = s->channels / s->groups, row = round_up(channels, QUAD);
	const int64_t rows = (p->steps - 1) * s->stride + (s->taps - 1) * s->dilation + 1;
	const int64_t quads = ceiling(s->taps * channels, QUAD), quads_by_rows = s->taps * row / QUAD;
	enum { QUAD_COST = 18, MUCH = 2 }; /* instructions of a quad of a tile */

	if ((p->steps - 1) * s->stride * row * 2 > OFFSET_MOST) return true;
	if (rows > MUCH * p->steps * s->taps) return true;
	return (quads_by_rows - quads) * QUAD_COST * p->pairs > gathering(s) * p->steps * s->taps * channels;
}

static void lay_out(struct strips *p)
{
	const struct sum *s = p->sum;
	const int64_t channels = s->channels / s->groups;

	p->windows = prefers_windows(p);
	p->runs = 1;
	if (p->windows) {
		p->quads = ceiling(s->taps * channels, QUAD);
		p->rows = p->kept = 0;
		p->row = QUAD * p->quads; /* of a window */
		return;
	}
	p->row = round_up(channels, QUAD);
	p->rows = (p->steps - 1) * s->stride + (s->taps - 1) * s->dilation + 1;
	p->kept = p->rows > p->steps * s->stride ? p->rows - p->steps * s->stride : 0;
	p->quads = p->row / QUAD;
	p->jump = (s->dilation - 1) * p->row * 2;
	if (s->dilation == 1 || s->taps == 1)
		p->quads *= s->taps;
	else
		p->runs = s->taps;
}

static bool start(const struct node *node, const struct target *target, struct strips *p, struct arena *arena)
{
	const struct sum *s = &p->integers.sum;

	*p = (struct strips){ 0 };
	if (!dsp_sum(node, target, &p->integers, arena)) return false;
	p->sum = s;
	p->steps = TILE_STEPS;
	if (s->steps_out < TILE_STEPS || (s->piece > 0 && s->piece < TILE_STEPS)) p->steps = 1;
	if ((TILE_STEPS - 1) * s->filters + 1 > Y_OFFSET_MOST) p->steps = 1;
	p->pairs = ceiling(s->filters / s->groups, FILTERS);
	lay_out(p);
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct strips p;
	bool serves = start(node, target, &p, arena) && dsp_scaling_of(&p.integers, &p.scaling, arena);

	arena_free(arena);
	return serves;
}

/* ---- the table ----------------------------------------------------------------------------------------------- */

static uint32_t lanes(int64_t low, int64_t high)
{
	return ((uint32_t)low & 0xffff) | (uint32_t)high << 16;
}

/* The terms of a quad, -1 for none; SXTB16 has put 0 and 2 of them into the first word. */
static void quad_terms(const struct strips *p, int64_t quad, int64_t term[QUAD])
{
	static const int in_strip[QUAD] = { 0, 2, 1, 3 };
	const int64_t channels = p->sum->channels / p->sum->groups, all = sum_terms(p->sum);
	const int64_t by_tap = p->row / QUAD;

	for (int i = 0; i < QUAD; i++) {
		const int64_t channel = quad % by_tap * QUAD + in_strip[i];

		if (p->windows)
			term[i] = quad * QUAD + in_strip[i] < all ? quad * QUAD + in_strip[i] : -1;
		else
			term[i] = channel < channels ? quad / by_tap * channels + channel : -1;
	}
}

/* Weights of filter f for a quad's terms; f < 0: there is none. */
static void quad_weights(const struct strips *p, const int64_t term[QUAD], int64_t f, int64_t w[QUAD])
{
	for (int i = 0; i < QUAD; i++)
		w[i] = f >= 0 && term[i] >= 0 ? p->integers.weights[term[i] * p->sum->filters + f] : 0;
}

static uint32_t *put_quad(const struct strips *p, const int64_t a[QUAD], const int64_t b[QUAD], uint32_t *to)
{
	const int64_t *of[FILTERS] = { a, b };

	if (p->form == PACKED) {
		*to++ = lanes(a[0] + 256 * b[0], a[1] + 256 * b[1]);
		*to++ = lanes(a[2] + 256 * b[2], a[3] + 256 * b[3]);
		return to;
	}
	for (int i = 0; i < FILTERS; i++) {
		const int64_t *w = of[i];

		if (p->form == BYTES) {
			*to++ = ((uint32_t)w[0] & 0xff) | ((uint32_t)w[2] & 0xff) << 8 | ((uint32_t)w[1] & 0xff) << 16 |
				(uint32_t)w[3] << 24;
		} else {
			*to++ = lanes(w[0], w[1]);
			*to++ = lanes(w[2], w[3]);
		}
	}
	return to;
}

/* Biases, quads, then what requantises. second -1: there is one filter. */
static void fill_pair(const struct strips *p, int64_t first, int64_t second, uint32_t *to)
{
	const int64_t a = integer_folded_bias(&p->integers, p->integers.zero_in, first);
	const int64_t b = second < 0 ? 0 : integer_folded_bias(&p->integers, p->integers.zero_in, second);
	const int64_t other = second < 0 ? first : second;

	*to++ = (uint32_t)a;
	*to++ = p->form == PACKED ? (uint32_t)a + 256 * (uint32_t)b : (uint32_t)b;
	for (int64_t quad = 0; quad < p->runs * p->quads; quad++) {
		int64_t term[QUAD], of_first[QUAD], of_second[QUAD];

		quad_terms(p, quad, term);
		quad_weights(p, term, first, of_first);
		quad_weights(p, term, second, of_second);
		to = put_quad(p, of_first, of_second, to);
	}
	*to++ = (uint32_t)p->scaling.high[first];
	*to++ = (uint32_t)p->scaling.high[other];
	*to++ = (uint32_t)p->scaling.low[first];
	*to = (uint32_t)p->scaling.low[other];
}

static struct table weight_table(const struct strips *p, struct arena *arena)
{
	const int64_t filters = p->sum->filters / p->sum->groups, n = p->sum->groups * p->pairs * p->pair_words;
	uint32_t *words = NEW_ARRAY(arena, n, uint32_t);
	int32_t *w = NEW_ARRAY(arena, n, int32_t);

	for (int64_t g = 0; g < p->sum->groups; g++)
		for (int64_t pair = 0; pair < p->pairs; pair++) {
			const int64_t f = g * filters + first_of_pair(filters, pair);

			fill_pair(p, f, filters > 1 ? f + 1 : -1, words + (g * p->pairs + pair) * p->pair_words);
		}
	for (int64_t i = 0; i < n; i++) w[i] = (int32_t)words[i];
	return (struct table){
		.name = "weights",
		.doc = arena_printf(arena,
				    "[pair of filters]: two biases, weights in quads of terms, four constants that "
				    "requantise: %lld taps, %lld channels, %lld filters.",
				    (long long)p->sum->taps, (long long)(p->sum->channels / p->sum->groups),
				    (long long)p->sum->filters),
		.type = TYPE_I32,
		.n = n,
		.columns = 8,
		.at = w,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct strips *p = NEW(arena, struct strips);

	CHECK(start(node, target, p, arena) && dsp_scaling_of(&p->integers, &p->scaling, arena));
	p->form = form_of(p, target);
	p->pair_words = 2 + p->runs * p->quads * quad_words[p->form] + 4;
	p->weights = weight_table(p, arena);
	return p;
}

/* ---- what it costs ------------------------------------------------------------------------------------------- */

static int64_t group_instructions(const struct strips *p, int64_t steps)
{
	return unpacking[p->form] + 5 * steps;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { PAIR = 20, OUTPUT = 5, WIDEN = 2, TILE = 60, CODE = 600 };
	struct arena *arena = arena_new();
	struct strips p;
	struct tiling tiling;
	int64_t tiles, rest, terms, words, operations;

	CHECK(start(node, target, &p, arena));
	p.form = form_of(&p, target);
	tiling = tiling_of(p.sum->steps_out, node->piece, p.steps);
	tiles = tiling.tiles;
	rest = tiling.rest;
	terms = p.runs * p.quads;
	operations = p.pairs * (tiles * (terms * group_instructions(&p, p.steps) + PAIR + 2 * OUTPUT * p.steps) +
				rest * (terms * group_instructions(&p, 1) + PAIR + 2 * OUTPUT));
	operations += p.windows ? gathering(p.sum) * QUAD * terms * p.sum->steps_out : WIDEN * p.sum->steps_in * p.row;
	/* Whoever asks for wide weights pays for them. */
	words = p.sum->groups * p.pairs * (terms * quad_words[p.integers.narrow ? PACKED : HALVES] + 6);
	arena_free(arena);
	return (struct cost){
		.operations = p.sum->groups * (operations + TILE * (tiles + rest)),
		.flash = 4 * words + CODE + ROUND_BYTES,
		.text = words * LITERAL_TEXT + 5 * FUNCTION_TEXT,
		.statements = 40,
	};
}

/* ---- the view ------------------------------------------------------------------------------------------------ */

/* Quads in a round of a loop over a run: all where they are little code, else as many as fit and divide them, if any. */
static int64_t round_of(const struct strips *p, int64_t steps, int64_t bytes)
{
	const int64_t most = bytes / INSTRUCTION / group_instructions(p, steps);

	if (p->quads <= most) return p->quads;
	for (int64_t n = most; n > most / 2 && n > 1; n--)
		if (p->quads % n == 0) return n;
	return most > 1 ? most : 1;
}

static struct value *body_view(const struct strips *p, int64_t steps, int64_t bytes, struct arena *arena)
{
	const int64_t round = round_of(p, steps, bytes);
	struct value *view = value_map(arena);

	value_set_int(arena, view, "steps", steps);
	value_set_int(arena, view, "round", round);
	value_set_bool(arena, view, "unrolls",
		       p->runs * p->quads * group_instructions(p, steps) * INSTRUCTION <= bytes);
	return view;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const struct table no_bias;
	const struct strips *p = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, p->sum, &p->weights, &no_bias, 0);
	view_dsp_scaling(arena, view, &p->integers, &p->scaling);
	value_set_text(arena, view, "weights_as", form_names[p->form]);
	value_set_bool(arena, view, "windows", p->windows);
	value_set_int(arena, view, "runs", p->runs);
	value_set_int(arena, view, "quads", p->quads);
	value_set_int(arena, view, "jump", p->jump);
	value_set_int(arena, view, "row", p->row);
	value_set_int(arena, view, "rows", p->rows);
	value_set_int(arena, view, "kept", p->kept);
	value_set_int(arena, view, "pairs", p->pairs);
	value_set_int(arena, view, "pair_words", p->pair_words);
	value_set_int(arena, view, "tile_steps", p->steps);
	value_set(view, "tile", body_view(p, p->steps, ROUND_BYTES, arena));
	value_set(view, "step", body_view(p, 1, p->steps == 1 ? LONE_ROUND_BYTES : STEP_ROUND_BYTES, arena));
	value_set_bool(arena, view, "one_by_one",
		       p->steps > 1 && (node_is_open(node) || p->sum->steps_out % p->steps != 0));
	return view;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct strips *p = plan;

	return LIST_TABLES(tables, most, &p->weights);
}

static int64_t scratch(const void *plan)
{
	const struct strips *p = plan;

	return 2 * p->row * (p->windows ? p->steps : p->rows);
}

const struct kernel kernel_integer_conv1d_dsp = {
	.name = "integer_conv1d_dsp",
	.template = "integer_conv1d_dsp",
	.doc = "tiles of three steps x two filters by SMLAD, inputs widened once",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.scratch = scratch,
	.scratch_type = TYPE_I16,
	.types = KERNEL_INTEGERS,
	.open = true,
};
