/* vectors.c: the inputs of checks 1 and 2. */
#include "judge/parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- random numbers: splitmix64, one stream a sample, so that any sample can be made alone ---------------- */

struct random {
	uint64_t state;
};

static uint64_t random_bits(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* In [0, 1), 24 bits. */
static double random_unit(struct random *random)
{
	return (double)(random_bits(random) >> 40) * 0x1p-24;
}

static float float_of_bits(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* ---- distributions ------------------------------------------------------------------------------------------ */

static float draw_uniform(struct random *r)
{
	return (float)(random_unit(r) * 2 - 1);
}

/* Nearly normal: twelve uniforms. */
static float draw_normal(struct random *r)
{
	double sum = -6;
	for (int i = 0; i < 12; i++) sum += random_unit(r);
	return (float)sum;
}

static float draw_wide(struct random *r)
{
	double size = ldexp(1 + random_unit(r), (int)(random_bits(r) % 49) - 24);
	return (float)(random_bits(r) & 1 ? size : -size);
}

static float draw_any_bits(struct random *r)
{
	return float_of_bits((uint32_t)random_bits(r));
}

static float draw_sparse(struct random *r)
{
	return random_bits(r) % 8 == 0 ? draw_normal(r) : 0.0f;
}

static float draw_integer(struct random *r)
{
	return (float)((int)(random_bits(r) % 17) - 8);
}

static float draw_subnormal(struct random *r)
{
	return float_of_bits((uint32_t)random_bits(r) & 0x807fffffu);
}

static float draw_large(struct random *r)
{
	return FLT_MAX * draw_uniform(r);
}

static float draw_tiny(struct random *r)
{
	return FLT_MIN * 16.0f * draw_uniform(r);
}

static const struct distribution {
	const char *name;
	float (*draw)(struct random *random);
	bool ordinary;
} distributions[] = {
	{ "uniform in [-1, 1]", draw_uniform, true },
	{ "normal", draw_normal, true },
	{ "random over 48 binary orders", draw_wide, false },
	{ "random bits", draw_any_bits, false },
	{ "random, mostly zeros", draw_sparse, true },
	{ "random small integers", draw_integer, false },
	{ "random subnormals", draw_subnormal, false },
	{ "random, up to the largest float", draw_large, false },
	{ "random around the smallest normal float", draw_tiny, false },
};

static const struct constant {
	const char *name;
	float value, every_second;
} constants[] = {
	{ "all zeros", 0.0f, 0.0f },
	{ "all the largest float", FLT_MAX, FLT_MAX },
	{ "all the smallest subnormal", FLT_TRUE_MIN, FLT_TRUE_MIN },
	{ "all NaN", NAN, NAN },
	{ "all infinite", INFINITY, INFINITY },
	{ "all -0", -0.0f, -0.0f },
	{ "all the largest negative float", -FLT_MAX, -FLT_MAX },
	{ "all the smallest normal float", FLT_MIN, FLT_MIN },
	{ "all -infinite", -INFINITY, -INFINITY },
	{ "infinities of alternating sign", INFINITY, -INFINITY },
	{ "the largest float with alternating sign", FLT_MAX, -FLT_MAX },
	{ "all ones", 1.0f, 1.0f },
	{ "subnormals of alternating sign", 1.1754942e-38f, -1.1754942e-38f },
};

/* One element that differs from its background. */
static const struct spot {
	const char *name;
	float value;
	bool on_normal; /* background: normal random values; else zeros */
} spots[] = {
	{ "impulse", 1.0f, false },
	{ "NaN", NAN, true },
	{ "infinity", INFINITY, true },
	{ "the largest negative float", -FLT_MAX, false },
};

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

/* ---- the list ------------------------------------------------------------------------------------------------ */

enum kind { KIND_RANDOM, KIND_CONSTANT, KIND_SPOT };
struct sample {
	enum kind kind;
	int which; /* row of the kind's table */
	int input; /* KIND_SPOT: where */
	int64_t element;
};
struct samples {
	const struct graph *graph;
	LIST(struct sample) list;
	LIST(struct sample) spots; /* an input's edges; 'which' is not used */
};

enum { EDGES_MOST = 32, SAMPLES_MOST = 1024, RANDOM_LEAST = 180 };

/* First, last and what lies beside them; returns how many are different. */
static int edge_positions(int64_t size, int64_t position[5])
{
	const int64_t wanted[] = { 0, size - 1, 1, size - 2, size / 2 };
	int n = 0;
	for (int i = 0; i < COUNT(wanted); i++) {
		bool known = wanted[i] < 0 || wanted[i] >= size;
		for (int k = 0; k < n && !known; k++) known = position[k] == wanted[i];
		if (!known) position[n++] = wanted[i];
	}
	return n;
}

/* The elements at every combination of edges of an input's axes, the first axis fastest. */
static void add_edges(struct samples *samples, int input, struct arena *arena)
{
	const struct shape *shape = &samples->graph->inputs.at[input]->shape;
	int64_t position[MAX_RANK][5];
	int n[MAX_RANK] = { 0 }, digit[MAX_RANK] = { 0 };
	for (int axis = 0; axis < shape->rank; axis++) n[axis] = edge_positions(shape->at[axis], position[axis]);
	for (int made = 0; made < EDGES_MOST; made++) {
		struct sample spot = { .kind = KIND_SPOT, .input = input };
		for (int axis = 0; axis < shape->rank; axis++) {
			spot.element = spot.element * shape->at[axis] + position[axis][digit[axis]];
		}
		list_push(arena, &samples->spots, spot);
		int axis = 0;
		while (axis < shape->rank && ++digit[axis] == n[axis]) digit[axis++] = 0;
		if (axis == shape->rank) return;
	}
}

static void push(struct samples *samples, struct sample sample, int64_t most, struct arena *arena)
{
	if (samples->list.n < most) list_push(arena, &samples->list, sample);
}

struct samples *samples_new(const struct graph *graph, int64_t most, struct arena *arena)
{
	struct samples *samples = NEW(arena, struct samples);
	samples->graph = graph;
	for (int i = 0; i < graph->inputs.n; i++) {
		if (tensor_elements(graph->inputs.at[i]) > 0) add_edges(samples, i, arena);
	}
	const int n_spots = samples->spots.n * COUNT(spots);
	if (most <= 0 || most > SAMPLES_MOST) most = SAMPLES_MOST;
	int spot = 0, constant = 0, random = 0;
	/* The spots go round the edges, and round the kinds of spot one further each time. */
	while (samples->list.n < most && (spot < n_spots || constant < COUNT(constants) || random < RANDOM_LEAST)) {
		push(samples, (struct sample){ .kind = KIND_RANDOM, .which = random++ % COUNT(distributions) }, most,
		     arena);
		if (spot < n_spots) {
			struct sample at = samples->spots.at[spot % samples->spots.n];
			at.which = (spot + spot / samples->spots.n) % COUNT(spots);
			push(samples, at, most, arena);
			spot++;
		}
		if (constant < COUNT(constants)) {
			push(samples, (struct sample){ .kind = KIND_CONSTANT, .which = constant++ }, most, arena);
		}
	}
	return samples;
}

int64_t samples_count(const struct samples *samples)
{
	return samples->list.n;
}

bool sample_is_ordinary(const struct samples *samples, int64_t index)
{
	const struct sample *sample = &samples->list.at[index];
	return sample->kind == KIND_RANDOM && distributions[sample->which].ordinary;
}

float **sample_room(const struct graph *graph, struct arena *arena)
{
	float **in = NEW_ARRAY(arena, graph->inputs.n, float *);
	for (int i = 0; i < graph->inputs.n; i++) {
		in[i] = NEW_ARRAY(arena, tensor_elements(graph->inputs.at[i]), float);
	}
	return in;
}

static float value_at(const struct sample *sample, int64_t element, struct random *random)
{
	switch (sample->kind) {
	case KIND_RANDOM: return distributions[sample->which].draw(random);
	case KIND_CONSTANT: return element % 2 ? constants[sample->which].every_second : constants[sample->which].value;
	case KIND_SPOT: return spots[sample->which].on_normal ? draw_normal(random) : 0.0f;
	}
	return 0.0f;
}

const char *sample_fill(const struct samples *samples, int64_t index, float *const *in, struct arena *arena)
{
	const struct sample *sample = &samples->list.at[index];
	const struct graph *graph = samples->graph;
	struct random random = { (uint64_t)index * 0x5851f42d4c957f2du };
	for (int i = 0; i < graph->inputs.n; i++) {
		const int64_t n = tensor_elements(graph->inputs.at[i]);
		for (int64_t k = 0; k < n; k++) in[i][k] = value_at(sample, k, &random);
	}
	if (sample->kind == KIND_RANDOM) return distributions[sample->which].name;
	if (sample->kind == KIND_CONSTANT) return constants[sample->which].name;
	in[sample->input][sample->element] = spots[sample->which].value;
	const struct tensor *input = graph->inputs.at[sample->input];
	return arena_printf(arena, "%s at %s of input %d '%s'", spots[sample->which].name,
			    tensor_element_shown(arena, graph, input, sample->element), sample->input, input->name);
}

int64_t graph_macs(const struct graph *graph)
{
	int64_t macs = 0;
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		macs += layer_macs(node);
	}
	return macs;
}

int64_t samples_within(const struct graph *graph, int64_t budget, int64_t least)
{
	const int64_t element_work = 8;
	int64_t work = graph_macs(graph) + 1;
	for (int i = 0; i < graph->tensors.n; i++) {
		work += element_work * tensor_elements(graph->tensors.at[i]);
	}
	const int64_t n = budget / work;
	return n < least ? least : n > SAMPLES_MOST ? SAMPLES_MOST : n;
}
