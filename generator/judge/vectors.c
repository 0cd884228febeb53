/* vectors.c: the inputs of checks 1 and 2. */
#include "judge/parts.h"

#include "layers/integer.h"

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

/* ---- integers: what a tensor's type holds, around its zero point ------------------------------------------------- */

struct span {
	int64_t least, zero, most;
};

static struct span span_of(const struct tensor *tensor)
{
	/* A float holds no more than 24 bits, and no layer takes wider inputs. */
	const struct span narrow = { -(1 << 23), 0, 1 << 23 };
	if (tensor->type == TYPE_I32 || tensor->type == TYPE_I64) return narrow;
	return (struct span){ type_least(tensor->type), tensor_zero_point(tensor), type_most(tensor->type) };
}

static int64_t any_of(struct random *r, struct span s)
{
	return s.least + (int64_t)(random_bits(r) % (uint64_t)(s.most - s.least + 1));
}

static int64_t clamped_to(int64_t integer, struct span s)
{
	return integer < s.least ? s.least : integer > s.most ? s.most : integer;
}

static int64_t near_zero_of(struct random *r, struct span s)
{
	return clamped_to(s.zero + llrint((double)draw_normal(r) * (double)(s.most - s.least) / 8), s);
}

static int64_t power_of(struct random *r, struct span s)
{
	const int64_t size = (int64_t)1 << random_bits(r) % 16;
	return clamped_to(random_bits(r) & 1 ? s.zero + size : s.zero - size, s);
}

static int64_t sparse_of(struct random *r, struct span s)
{
	return random_bits(r) % 8 == 0 ? any_of(r, s) : s.zero;
}

static int64_t small_of(struct random *r, struct span s)
{
	return clamped_to(s.zero + (int64_t)(random_bits(r) % 5) - 2, s);
}

static int64_t end_of(struct random *r, struct span s)
{
	return random_bits(r) & 1 ? s.most : s.least;
}

static int64_t beside_end_of(struct random *r, struct span s)
{
	return random_bits(r) & 1 ? s.most - (int64_t)(random_bits(r) % 4) : s.least + (int64_t)(random_bits(r) % 4);
}

/* ---- kinds of samples: of floats, and of integers -------------------------------------------------------------------- */

static const struct distribution {
	const char *name;
	float (*draw)(struct random *random);
	bool ordinary;
	const char *integer_name;
	int64_t (*draw_integer)(struct random *random, struct span span);
} distributions[] = {
	{ "uniform in [-1, 1]", draw_uniform, true, "random over the whole range", any_of },
	{ "normal", draw_normal, true, "normal around the zero point", near_zero_of },
	{ "random over 48 binary orders", draw_wide, false, "powers of two beside the zero point", power_of },
	{ "random bits", draw_any_bits, false, "random over the whole range", any_of },
	{ "random, mostly zeros", draw_sparse, true, "random, mostly the zero point", sparse_of },
	{ "random small integers", draw_integer, false, "beside the zero point", small_of },
	{ "random subnormals", draw_subnormal, false, "beside the ends of the range", beside_end_of },
	{ "random, up to the largest float", draw_large, false, "ends of the range", end_of },
	{ "random around the smallest normal float", draw_tiny, false, "random over the whole range", any_of },
};

/* An integer of a span: an end or the zero point, and some steps from there. */
struct spot_integer {
	enum { AT_LEAST, AT_ZERO, AT_MOST } from;
	int64_t plus;
};

static const struct constant {
	const char *name;
	float value, every_second;
	const char *integer_name;
	struct spot_integer integer, every_second_integer;
} constants[] = {
	{ "all zeros", 0.0f, 0.0f, "all the zero point", { AT_ZERO, 0 }, { AT_ZERO, 0 } },
	{ "all the largest float", FLT_MAX, FLT_MAX, "all the largest", { AT_MOST, 0 }, { AT_MOST, 0 } },
	{ "all the smallest subnormal",
	  FLT_TRUE_MIN,
	  FLT_TRUE_MIN,
	  "all 1 above the zero point",
	  { AT_ZERO, 1 },
	  { AT_ZERO, 1 } },
	{ "all NaN", NAN, NAN, "all the least", { AT_LEAST, 0 }, { AT_LEAST, 0 } },
	{ "all infinite", INFINITY, INFINITY, "the largest and the least in turn", { AT_MOST, 0 }, { AT_LEAST, 0 } },
	{ "all -0", -0.0f, -0.0f, "all 1 below the zero point", { AT_ZERO, -1 }, { AT_ZERO, -1 } },
	{ "all the largest negative float",
	  -FLT_MAX,
	  -FLT_MAX,
	  "all 1 above the least",
	  { AT_LEAST, 1 },
	  { AT_LEAST, 1 } },
	{ "all the smallest normal float",
	  FLT_MIN,
	  FLT_MIN,
	  "all 1 below the largest",
	  { AT_MOST, -1 },
	  { AT_MOST, -1 } },
	{ "all -infinite", -INFINITY, -INFINITY, "the least and the largest in turn", { AT_LEAST, 0 }, { AT_MOST, 0 } },
	{ "infinities of alternating sign",
	  INFINITY,
	  -INFINITY,
	  "the zero point and the largest in turn",
	  { AT_ZERO, 0 },
	  { AT_MOST, 0 } },
	{ "the largest float with alternating sign",
	  FLT_MAX,
	  -FLT_MAX,
	  "the zero point and the least in turn",
	  { AT_ZERO, 0 },
	  { AT_LEAST, 0 } },
	{ "all ones", 1.0f, 1.0f, "all 2 above the zero point", { AT_ZERO, 2 }, { AT_ZERO, 2 } },
	{ "subnormals of alternating sign",
	  1.1754942e-38f,
	  -1.1754942e-38f,
	  "1 above and 1 below the zero point in turn",
	  { AT_ZERO, 1 },
	  { AT_ZERO, -1 } },
};

/* One element that differs from its background. */
static const struct spot {
	const char *name;
	float value;
	bool on_normal; /* background: normal random values; else zeros */
	const char *integer_name;
	struct spot_integer integer;
} spots[] = {
	{ "impulse", 1.0f, false, "the largest", { AT_MOST, 0 } },
	{ "NaN", NAN, true, "the least among others", { AT_LEAST, 0 } },
	{ "infinity", INFINITY, true, "the largest among others", { AT_MOST, 0 } },
	{ "the largest negative float", -FLT_MAX, false, "the least", { AT_LEAST, 0 } },
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

static float integer_at(const struct tensor *tensor, struct spot_integer integer)
{
	const struct span span = span_of(tensor);
	const int64_t from[] = { [AT_LEAST] = span.least, [AT_ZERO] = span.zero, [AT_MOST] = span.most };
	return (float)clamped_to(from[integer.from] + integer.plus, span);
}

static float integer_value_at(const struct sample *sample, const struct tensor *tensor, int64_t element,
			      struct random *random)
{
	const struct span span = span_of(tensor);
	switch (sample->kind) {
	case KIND_RANDOM: return (float)distributions[sample->which].draw_integer(random, span);
	case KIND_CONSTANT:
		return integer_at(tensor, element % 2 ? constants[sample->which].every_second_integer
						      : constants[sample->which].integer);
	case KIND_SPOT: return (float)(spots[sample->which].on_normal ? near_zero_of(random, span) : span.zero);
	}
	return 0.0f;
}

static float value_at(const struct sample *sample, const struct tensor *tensor, int64_t element, struct random *random)
{
	if (tensor_is_integer(tensor)) return integer_value_at(sample, tensor, element, random);
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
		for (int64_t k = 0; k < n; k++) in[i][k] = value_at(sample, graph->inputs.at[i], k, &random);
	}
	const struct tensor *input = graph->inputs.at[sample->input];
	const bool integer = tensor_is_integer(input);
	if (sample->kind == KIND_RANDOM)
		return integer ? distributions[sample->which].integer_name : distributions[sample->which].name;
	if (sample->kind == KIND_CONSTANT)
		return integer ? constants[sample->which].integer_name : constants[sample->which].name;
	const struct spot *spot = &spots[sample->which];
	in[sample->input][sample->element] = integer ? integer_at(input, spot->integer) : spot->value;
	return arena_printf(arena, "%s at %s of input %d '%s'", integer ? spot->integer_name : spot->name,
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
