/* shapes.c: models of one to four layers, whose sizes are drawn evenly: every number of lanes, every tile and every
 * remainder comes.  tests/models draws graphs of all layers with mostly small sizes; this draws what kernels are cut by. */
#include "tests/samebits/samebits.h"

#include <string.h>

enum {
	INPUT_STEPS_MOST = 40,
	FILTERS_MOST = 70,
	CHANNELS_MOST = 20,
	TAPS_MOST = 9,
	WEIGHTS_MOST = 6000, /* of a layer, and elements of a tensor: what compiles quickly */
	ELEMENTS_MOST = 4000,
	LAYERS_MOST = 3
};

struct sketch {
	struct draft *draft;
	struct dice *dice;
	struct arena *arena;
	struct diag *diag;
	struct draft_layer *layer; /* that is being drawn */
	struct shape in;
	bool open; /* its number of steps will be variable: only what takes that */
};

#define SET(...) layer_set(s->arena, s->layer, __VA_ARGS__)

static int evenly(struct sketch *s, int least, int most)
{
	return least + dice_below(s->dice, most - least + 1);
}

static bool chance(struct sketch *s, int percent)
{
	return dice_chance(s->dice, percent);
}

/* ---- configs ------------------------------------------------------------------------------------------------------ */

static void set_activation(struct sketch *s)
{
	static const char *const names[] = { "relu", "tanh",       "sigmoid",  "elu",        "swish",
					     "gelu", "softplus",   "softsign", "selu",       "relu6",
					     "mish", "leaky_relu", "softmax",  "exponential" };
	const int n = (int)(sizeof names / sizeof *names);

	if (chance(s, 60)) SET("activation", "\"%s\"", names[dice_below(s->dice, n)]);
}

struct sides {
	int64_t steps, channels;
};

static struct sides set_format(struct sketch *s)
{
	const bool first = !s->open && chance(s, 20);

	if (first) SET("data_format", "\"channels_first\"");
	return (struct sides){ s->in.at[first ? 1 : 0], s->in.at[first ? 0 : 1] };
}

static int set_window(struct sketch *s, int64_t steps, bool causal)
{
	static const char *const paddings[] = { "same", "valid", "causal" };
	const char *padding = paddings[dice_below(s->dice, causal ? 3 : 2)];
	int taps = evenly(s, 1, TAPS_MOST), stride = chance(s, 30) ? evenly(s, 2, 4) : 1;
	int dilation = stride == 1 && chance(s, 30) ? evenly(s, 2, 5) : 1;

	if ((taps - 1) * dilation + 1 > steps) padding = "same";
	SET("kernel_size", "%d", taps);
	SET("strides", "%d", stride);
	SET("dilation_rate", "%d", dilation);
	SET("padding", "\"%s\"", padding);
	return taps;
}

static void finish_filters(struct sketch *s)
{
	SET("use_bias", chance(s, 75) ? "true" : "false");
	set_activation(s);
}

static int filters_within(struct sketch *s, int64_t weights_each)
{
	const int64_t most = WEIGHTS_MOST / (weights_each > 0 ? weights_each : 1);

	return evenly(s, 1, (int)(most < 1 ? 1 : most < FILTERS_MOST ? most : FILTERS_MOST));
}

static void draw_conv1d(struct sketch *s)
{
	const struct sides axes = set_format(s);
	const int taps = set_window(s, axes.steps, true);
	int groups = 1, filters = filters_within(s, taps * axes.channels);

	if (chance(s, 25)) {
		do groups = evenly(s, 1, (int)axes.channels);
		while (axes.channels % groups);
		filters = groups * evenly(s, 1, groups < 8 ? 17 : 4);
	}
	SET("filters", "%d", filters);
	SET("groups", "%d", groups);
	finish_filters(s);
}

static void draw_depthwise(struct sketch *s)
{
	set_window(s, set_format(s).steps, false);
	SET("depth_multiplier", "%d", chance(s, 60) ? 1 : evenly(s, 2, 4));
	finish_filters(s);
}

static void draw_separable(struct sketch *s)
{
	const struct sides axes = set_format(s);

	set_window(s, axes.steps, true);
	SET("depth_multiplier", "%d", evenly(s, 1, 2));
	SET("filters", "%d", filters_within(s, 2 * axes.channels));
	finish_filters(s);
}

static void draw_transpose(struct sketch *s)
{
	const struct sides axes = set_format(s);
	const int taps = evenly(s, 1, TAPS_MOST);

	SET("kernel_size", "%d", taps);
	SET("strides", "%d", evenly(s, 1, 3));
	SET("padding", chance(s, 50) ? "\"same\"" : "\"valid\"");
	SET("filters", "%d", filters_within(s, taps * axes.channels));
	finish_filters(s);
}

static void draw_dense(struct sketch *s)
{
	SET("units", "%d", filters_within(s, s->in.at[s->in.rank - 1]));
	finish_filters(s);
}

static void draw_pool(struct sketch *s)
{
	const int64_t steps = set_format(s).steps;

	SET("pool_size", "%d", evenly(s, 1, steps < 7 ? (int)steps : 7));
	SET("strides", "%d", evenly(s, 1, 4));
	SET("padding", chance(s, 50) ? "\"same\"" : "\"valid\"");
}

static void draw_global_pool(struct sketch *s)
{
	set_format(s);
}

static void draw_row(struct sketch *s)
{
	SET("axis", "%d", s->open || chance(s, 75) ? -1 : 1);
}

static void draw_group_norm(struct sketch *s)
{
	const int channels = (int)s->in.at[s->in.rank - 1];
	int groups;

	do groups = evenly(s, 1, channels);
	while (channels % groups);
	SET("groups", "%d", groups);
}

static void draw_activation(struct sketch *s)
{
	do {
		s->layer->config.n = 0;
		set_activation(s);
	} while (s->layer->config.n == 0);
}

static void draw_prelu(struct sketch *s)
{
	SET("shared_axes", s->open || chance(s, 50) ? "[1]" : "null");
}

static void draw_nothing(struct sketch *s)
{
	(void)s;
}

static const struct kind {
	const char *class_name;
	int often, least_rank;
	bool open; /* works on any number of steps */
	void (*draw)(struct sketch *s);
} kinds[] = {
	{ "Conv1D", 45, 2, true, draw_conv1d },
	{ "DepthwiseConv1D", 8, 2, true, draw_depthwise },
	{ "SeparableConv1D", 6, 2, true, draw_separable },
	{ "Conv1DTranspose", 6, 2, true, draw_transpose },
	{ "Dense", 10, 1, true, draw_dense },
	{ "MaxPooling1D", 3, 2, true, draw_pool },
	{ "AveragePooling1D", 3, 2, true, draw_pool },
	{ "GlobalAveragePooling1D", 2, 2, true, draw_global_pool },
	{ "GlobalMaxPooling1D", 2, 2, true, draw_global_pool },
	{ "BatchNormalization", 4, 1, true, draw_row },
	{ "LayerNormalization", 4, 1, true, draw_row },
	{ "GroupNormalization", 2, 2, false, draw_group_norm },
	{ "Softmax", 2, 1, true, draw_row },
	{ "Activation", 4, 1, true, draw_activation },
	{ "PReLU", 2, 2, true, draw_prelu },
	{ "Flatten", 2, 2, false, draw_nothing },
};

static const struct kind *any_kind(struct sketch *s)
{
	const int n = (int)(sizeof kinds / sizeof *kinds);

	for (;;) {
		const struct kind *kind = &kinds[dice_below(s->dice, n)];
		if (kind->least_rank > s->in.rank || (s->open && !kind->open)) continue;
		if (dice_below(s->dice, 45) < kind->often) return kind;
	}
}

/* ---- models --------------------------------------------------------------------------------------------------------- */

static struct draft_layer *new_layer(struct sketch *s, const char *class_name)
{
	struct draft_layer *layer = NEW(s->arena, struct draft_layer);

	layer->class_name = class_name;
	layer->name = arena_printf(s->arena, "l%d", s->draft->layers.n);
	layer->weight_seed = dice_bits(s->dice);
	layer->style =
	    chance(s, 80) ? (enum style)dice_below(s->dice, STYLE_WHOLE) : (enum style)dice_below(s->dice, STYLE_ONE);
	list_push(s->arena, &s->draft->layers, layer);
	return layer;
}

static bool is_small(const struct draft_layer *layer, const struct draft_call *call)
{
	int64_t weights = 0;

	for (int i = 0; i < layer->n_weight; i++) weights += shape_elements(&layer->weight[i].shape);
	return weights <= WEIGHTS_MOST && shape_elements(&call->out[0]) <= ELEMENTS_MOST;
}

/* Calls the youngest layer on these tensors; what is too large goes again. */
static bool call_layer(struct sketch *s, const struct ref *in, int n)
{
	struct draft *draft = s->draft;
	struct draft_call call = { .layer = draft->layers.n - 1, .n_in = n };

	memcpy(call.in, in, sizeof *in * (size_t)n);
	list_push(s->arena, &draft->calls, call);
	if (!draft_infer_call(draft, draft->calls.n - 1, s->diag)) return false;
	if (!is_small(draft->layers.at[call.layer], &draft->calls.at[draft->calls.n - 1])) {
		draft->calls.n--;
		draft->layers.n--;
	}
	return true;
}

/* A sum, product or row of two tensors: what a residual block ends in. */
static bool add_merge(struct sketch *s, struct ref before)
{
	static const char *const merges[] = { "Add", "Add", "Multiply", "Concatenate" };
	const struct ref in[2] = { { s->draft->calls.n - 1, 0 }, before };

	if (!shape_equal(draft_shape(s->draft, in[0]), draft_shape(s->draft, before)) || !chance(s, 40)) return true;
	s->layer = new_layer(s, merges[dice_below(s->dice, 4)]);
	if (!call_layer(s, in, 2)) return false;
	if (chance(s, 50)) return true;
	s->layer = new_layer(s, "ReLU");
	return call_layer(s, &(struct ref){ s->draft->calls.n - 1, 0 }, 1);
}

static bool add_layer(struct sketch *s)
{
	const struct ref before = { s->draft->calls.n - 1, 0 };
	const struct kind *kind;

	s->in = *draft_shape(s->draft, before);
	kind = any_kind(s);
	s->layer = new_layer(s, kind->class_name);
	kind->draw(s);
	return call_layer(s, &before, 1) && add_merge(s, before);
}

static void add_input(struct sketch *s)
{
	struct draft_call call = { .n_out = 1 };

	call.out[0] = !s->open && chance(s, 8)
			  ? shape_of(1, (int64_t)evenly(s, 1, 100))
			  : shape_of(2, (int64_t)evenly(s, 1, INPUT_STEPS_MOST), (int64_t)evenly(s, 1, CHANNELS_MOST));
	new_layer(s, "InputLayer");
	list_push(s->arena, &s->draft->calls, call);
}

static struct draft *draw(struct sketch s)
{
	int n = evenly(&s, 1, LAYERS_MOST);

	s.draft = NEW(s.arena, struct draft);
	s.draft->arena = s.arena;
	s.draft->name = "shape";
	add_input(&s);
	while (n-- > 0 && add_layer(&s)) continue;
	list_push(s.arena, &s.draft->outputs, ((struct ref){ s.draft->calls.n - 1, 0 }));
	return s.draft;
}

struct draft *shape_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag)
{
	struct dice dice = dice_of(seed ^ 0x7368617065u, number);

	return draw((struct sketch){ .dice = &dice, .arena = arena, .diag = diag });
}

struct draft *open_shape_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag)
{
	struct dice dice = dice_of(seed ^ 0x6f70656eu, number);

	return draw((struct sketch){ .dice = &dice, .arena = arena, .diag = diag, .open = true });
}
