/* integer_depthwise_dsp.c: DepthwiseConv1D of 8 bits, channels last, on Arm processors with the DSP extension.
 *
 * The rows of one channel are gathered in scratch memory, in 16 bits; two neighbours are a word there, whether it is aligned or
 * not, and SMLAD takes two taps at a time.  A tile is four steps so far apart that the words of one are among those of
 * the next, if the stride allows that; each word is loaded once.  Steps that do not fill a tile are done one by one.  Where taps
 * are dilated, the steps whose rows are the same every so many rows are done together. */
#include "kernels/integer_dsp.h"

enum {
	TILE_STEPS = 4,
	WEIGHT_REGISTERS = 5,
	WORDS_MOST = 24, /* of weights: two taps each */
	COLUMN_MOST = 144,
	STEPS_LEAST = 8, /* of a column */
};

struct columns {
	struct integer_sum integers;
	const struct sum *sum; /* its */
	struct dsp_scaling scaling;
	int64_t words;        /* of a filter's weights */
	int64_t apart;        /* steps from one of a tile to the next */
	int64_t steps;        /* of a column, at most */
	int64_t rows;         /* that they read, and one */
	int64_t filter_words; /* in the table */
	struct table weights;
};

static int64_t rows_of(const struct columns *p, int64_t steps)
{
	return (steps - 1) * p->sum->stride + 2 * p->words;
}

/* Steps that the most columns have. */
static int64_t steps_of_columns(const struct columns *p)
{
	const struct sum *s = p->sum;
	int64_t steps = s->piece > 0 && s->piece < s->steps_out ? s->piece : s->steps_out;
	const int64_t most = (COLUMN_MOST - 2 * p->words) / s->stride + 1;

	steps = ceiling(steps, s->dilation);
	return steps <= most ? steps : most < STEPS_LEAST ? STEPS_LEAST : most - most % STEPS_LEAST;
}

static bool start(const struct node *node, const struct target *target, struct columns *p, struct arena *arena)
{
	const struct sum *s = &p->integers.sum;

	*p = (struct columns){ 0 };
	if (!dsp_sum(node, target, &p->integers, arena)) return false;
	if (s->groups != s->channels || (s->stride > 1 && s->dilation > 1)) return false;
	p->sum = s;
	p->words = ceiling(s->taps, 2);
	if (p->words > WORDS_MOST) return false;
	p->apart = s->stride % 2 == 0 ? 1 : 2;
	p->steps = steps_of_columns(p);
	p->rows = rows_of(p, p->steps);
	p->filter_words = p->words + 3;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena = arena_new();
	struct columns p;
	const bool serves = start(node, target, &p, arena) && dsp_scaling_of(&p.integers, &p.scaling, arena);

	arena_free(arena);
	return serves;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	enum { OUTPUT = 6, GATHER = 3, COLUMN = 60, CODE = 500, WORD = 40 };
	struct arena *arena = arena_new();
	struct columns p;
	int64_t columns, outputs, words, filters, channels;

	CHECK(start(node, target, &p, arena));
	filters = p.sum->filters;
	channels = p.sum->channels;
	outputs = p.sum->steps_out * filters;
	columns = ceiling(p.sum->steps_out, p.steps);
	words = filters * p.filter_words;
	arena_free(arena);
	return (struct cost){
		.operations = outputs * (2 * p.words + OUTPUT) +
			      columns * (filters * COLUMN + channels * (p.rows * GATHER + COLUMN)),
		.flash = 4 * words + CODE + WORD * p.words,
		.text = words * LITERAL_TEXT + 4 * FUNCTION_TEXT,
		.statements = 40,
	};
}

/* ---- the table ----------------------------------------------------------------------------------------------- */

static int64_t weight(const struct columns *p, int64_t tap, int64_t f)
{
	return tap < p->sum->taps ? p->integers.weights[tap * p->sum->filters + f] : 0;
}

/* As one instruction loads them: weights of the first registers, the bias, other weights; then what requantises. */
static void fill_filter(const struct columns *p, int64_t f, int32_t *to)
{
	for (int64_t i = 0; i < p->words; i++) {
		const uint32_t low = (uint32_t)weight(p, 2 * i, f) & 0xffff;

		if (i == WEIGHT_REGISTERS) *to++ = (int32_t)integer_folded_bias(&p->integers, p->integers.zero_in, f);
		*to++ = (int32_t)(low | (uint32_t)weight(p, 2 * i + 1, f) << 16);
	}
	if (p->words <= WEIGHT_REGISTERS) *to++ = (int32_t)integer_folded_bias(&p->integers, p->integers.zero_in, f);
	*to++ = p->scaling.high[f];
	*to = p->scaling.low[f];
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct columns *p = NEW(arena, struct columns);
	int32_t *words;
	int64_t n;

	CHECK(start(node, target, p, arena) && dsp_scaling_of(&p->integers, &p->scaling, arena));
	n = p->sum->filters * p->filter_words;
	words = NEW_ARRAY(arena, n, int32_t);
	for (int64_t f = 0; f < p->sum->filters; f++) fill_filter(p, f, words + f * p->filter_words);
	p->weights = (struct table){
		.name = "weights",
		.doc = arena_printf(arena,
				    "[filter]: weights, two a word%s, a bias, two constants that requantise: "
				    "%lld taps, %lld filters.",
				    p->words > WEIGHT_REGISTERS ? " (the bias behind ten)" : "",
				    (long long)p->sum->taps, (long long)p->sum->filters),
		.type = TYPE_I32,
		.n = n,
		.columns = (int)(p->filter_words <= 8 ? p->filter_words : 8),
		.at = words,
	};
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct columns *p = plan;

	return LIST_TABLES(tables, most, &p->weights);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	static const struct table no_bias;
	const struct columns *p = plan;
	struct value *view = value_map(arena);

	view_sum(arena, view, node, p->sum, &p->weights, &no_bias, 0);
	view_dsp_scaling(arena, view, &p->integers, &p->scaling);
	value_set_int(arena, view, "words", p->words);
	value_set_int(arena, view, "apart", p->apart);
	value_set_int(arena, view, "column", p->steps);
	value_set_int(arena, view, "rows", p->rows);
	value_set_int(arena, view, "filter_words", p->filter_words);
	value_set_int(arena, view, "multiplier", p->sum->filters / p->sum->channels);
	value_set_int(arena, view, "tile_steps", TILE_STEPS);
	value_set_int(arena, view, "weight_registers", WEIGHT_REGISTERS);
	return view;
}

static int64_t scratch(const void *plan)
{
	const struct columns *p = plan;

	return ceiling(2 * p->rows, 4) * 4;
}

const struct kernel kernel_integer_depthwise_dsp = {
	.name = "integer_depthwise_dsp",
	.template = "integer_depthwise_dsp",
	.doc = "one channel at a time, two taps by SMLAD, tiles of four steps",
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
