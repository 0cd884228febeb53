/* Receptive fields against what the interpreter's results depend on, found by changing one step of the input after another: layers
 * that act along channels, along steps and join tensors along either, channels first and last, in random chains. */
#include "judge_graphs.h"
#include "report/parts.h"

#include <string.h>

enum { CHANNELS = 4, STEPS = 40 };

/* A graph of (steps, channels), or of (channels, steps). */
struct case_of {
	struct handmade h;
	bool first; /* channels first */
	struct tensor *x;
};

static int64_t axis_of_channels(const struct case_of *c)
{
	return c->first ? 1 : 2; /* as configs count, the batch too */
}

static int64_t axis_of_steps(const struct case_of *c)
{
	return c->first ? -1 : -2;
}

static struct tensor *convolve(struct case_of *c, int64_t taps, int64_t dilation)
{
	const struct conv1d_config config = { .filters = CHANNELS,
					      .kernel_size = taps,
					      .strides = 1,
					      .dilation_rate = dilation,
					      .groups = 1,
					      .padding = PADDING_SAME,
					      .data_format = c->first ? CHANNELS_FIRST : CHANNELS_LAST,
					      .use_bias = true };

	return handmade_one(&c->h, "Conv1D", &config, "tanh", c->x);
}

static struct tensor *soften(struct case_of *c, const char *class_name, int64_t axis)
{
	const struct softmax_config config = { .axis = { 1, { axis } } };

	return handmade_one(&c->h, class_name, &config, NULL, c->x);
}

static struct tensor *normalise(struct case_of *c, int64_t axis)
{
	const struct layer_norm_config config = {
		.axis = { 1, { axis } }, .epsilon = 1e-3, .center = true, .scale = true
	};

	return handmade_one(&c->h, "LayerNormalization", &config, NULL, c->x);
}

static struct tensor *unit(struct case_of *c, int64_t axis)
{
	const struct unit_norm_config config = { .axis = { 1, { axis } } };

	return handmade_one(&c->h, "UnitNormalization", &config, NULL, c->x);
}

static struct tensor *group(struct case_of *c, int64_t groups, int64_t axis)
{
	const struct group_norm_config config = { .groups = groups, .axis = axis, .epsilon = 1e-3, .scale = true };

	return handmade_one(&c->h, "GroupNormalization", &config, NULL, c->x);
}

static struct tensor *join(struct case_of *c, struct tensor *a, struct tensor *b, int64_t axis)
{
	const struct concatenate_config config = { axis };
	struct tensor *in[] = { a, b };

	return handmade_layer(&c->h, "Concatenate", &config, NULL, in, 2);
}

/* Along the last axis, whatever that is. */
static struct tensor *connect(struct case_of *c)
{
	const struct dense_config config = { .units = c->first ? STEPS : CHANNELS };

	return handmade_one(&c->h, "Dense", &config, NULL, c->x);
}

/* Layers that keep the shape. */
enum { KEEPING = 14 };
static struct tensor *keeping(struct case_of *c, int kind)
{
	const struct batch_norm_config batch = { .axis = axis_of_channels(c), .epsilon = 1e-3, .scale = true };
	struct tensor *in[2] = { c->x, NULL };

	switch (kind) {
	case 0: return soften(c, "Softmax", axis_of_channels(c));
	case 1: return soften(c, "LogSoftmax", axis_of_channels(c));
	case 2: return normalise(c, axis_of_channels(c));
	case 3: return unit(c, axis_of_channels(c));
	case 4: return handmade_one(&c->h, "BatchNormalization", &batch, NULL, c->x);
	case 5: in[1] = convolve(c, 5, 1); return handmade_layer(&c->h, "Add", NULL, NULL, in, 2);
	case 6: return soften(c, "Softmax", axis_of_steps(c));
	case 7: return normalise(c, axis_of_steps(c));
	case 8: return unit(c, axis_of_steps(c));
	case 9: return group(c, 2, axis_of_channels(c));
	case 10: return group(c, STEPS, axis_of_steps(c));
	case 11: return connect(c);
	case 12: return convolve(c, 3, 2);
	default: return convolve(c, 4, 1);
	}
}

static struct case_of begin(bool first, uint64_t seed)
{
	struct case_of c = { .h = handmade_new(), .first = first };

	c.h.state = seed;
	c.x = handmade_input(&c.h, first ? shape_of(2, (int64_t)CHANNELS, (int64_t)STEPS)
					 : shape_of(2, (int64_t)STEPS, (int64_t)CHANNELS));
	c.x = convolve(&c, 3, 1);
	return c;
}

/* Where element 'channel' of a step lies. */
static int64_t place(const struct case_of *c, const struct tensor *tensor, int64_t step, int64_t channel)
{
	return c->first ? channel * tensor->shape.at[1] + step : step * tensor->shape.at[1] + channel;
}

static bool step_differs(const struct case_of *c, const double *a, const double *b, int64_t step)
{
	for (int64_t k = 0; k < c->x->shape.at[c->first ? 0 : 1]; k++) {
		const int64_t at = place(c, c->x, step, k);

		if (memcmp(&a[at], &b[at], sizeof *a) != 0) return true;
	}
	return false;
}

/* The most steps from the first to the last that one step of x depends on. */
static int64_t measured_field(struct case_of *c)
{
	const struct graph *graph = c->h.graph;
	const int64_t steps = c->x->shape.at[c->first ? 1 : 0];
	float *in = NEW_ARRAY(c->h.arena, STEPS * CHANNELS, float);
	const float *ins[] = { in };
	const double *before;
	int64_t *low = NEW_ARRAY(c->h.arena, steps, int64_t), *high = NEW_ARRAY(c->h.arena, steps, int64_t), widest = 0;

	for (int64_t i = 0; i < STEPS * CHANNELS; i++) in[i] = handmade_random(&c->h);
	before = eval_graph(graph, NUMBER_MEANING, ins, c->h.arena).at[c->x->id];
	for (int64_t t = 0; t < steps; t++) low[t] = STEPS;
	for (int64_t s = 0; s < STEPS; s++) {
		struct arena *arena = arena_new();
		float *copy = arena_copy(arena, in, STEPS * CHANNELS * sizeof *in);
		const float *changed[] = { copy };
		const double *after;

		for (int64_t k = 0; k < CHANNELS; k++)
			copy[place(c, graph->inputs.at[0], s, k)] += 0.25f * (float)(k + 1);
		after = eval_graph(graph, NUMBER_MEANING, changed, arena).at[c->x->id];
		for (int64_t t = 0; t < steps; t++) {
			if (!step_differs(c, before, after, t)) continue;
			if (s < low[t]) low[t] = s;
			if (s + 1 > high[t]) high[t] = s + 1;
		}
		arena_free(arena);
	}
	for (int64_t t = 0; t < steps; t++)
		if (high[t] - low[t] > widest) widest = high[t] - low[t];
	return widest;
}

static void compare(struct case_of *c)
{
	const int64_t measured = measured_field(c), field = receptive_field(c->h.graph, c->x);

	if (field == measured) return;
	for (int i = 0; i < c->h.graph->nodes.n; i++) print_message("%s\n", c->h.graph->nodes.at[i]->name);
	fail_msg("channels %s: field of %d steps; it is %d", c->first ? "first" : "last", (int)field, (int)measured);
}

static void each_layer(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2 * KEEPING; kind++) {
		struct case_of c = begin(kind % 2, (uint64_t)kind);

		c.x = keeping(&c, kind / 2);
		compare(&c);
		handmade_free(&c.h);
	}
}

/* Along channels each step sees both; along steps one of them. */
static void joined(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct case_of c = begin(kind % 2, 7);
		struct tensor *narrow = convolve(&c, 3, 1), *wide = convolve(&c, 7, 1);

		c.x = join(&c, narrow, wide, kind < 2 ? axis_of_channels(&c) : axis_of_steps(&c));
		compare(&c);
		assert_int_equal(receptive_field(c.h.graph, c.x), 3 + 6);
		handmade_free(&c.h);
	}
}

static void chains(void **state)
{
	(void)state;
	for (int number = 0; number < 60; number++) {
		struct case_of c = begin(number % 2, (uint64_t)number + 100);
		int layers = 2 + (int)(handmade_bits(&c.h) % 3);

		/* Mostly what keeps steps apart, else all fields are the whole input. */
		for (int i = 0; i < layers; i++) {
			int kind = (int)(handmade_bits(&c.h) % KEEPING);

			if (kind >= 6 && kind <= 11 && handmade_bits(&c.h) % 4 > 0) kind -= 6;
			c.x = keeping(&c, kind);
		}
		if (number % 3 == 0) c.x = join(&c, c.x, convolve(&c, 3, 1), axis_of_steps(&c));
		compare(&c);
		handmade_free(&c.h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_layer), cmocka_unit_test(joined),
					    cmocka_unit_test(chains) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
