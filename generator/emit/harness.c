/* harness.c: the golden vectors of NAME_test.c: inputs that a few lines of C can make anywhere, and what the interpreter
 * says to them. */
#include "emit/emit.h"

#include "layers/integer.h"

#include <string.h>

/* Kinds of inputs, in the order in which they are tried; templates/harness.c.ct makes the same values from the same seed.
 *
 * KIND(id, name, name where all inputs are integers) */
#define KINDS(KIND)                                                                                                    \
	KIND(UNIFORM, "uniform in [-1, 1)", "over the whole range")                                                    \
	KIND(BITS, "random bits, with NaN, infinities and subnormals", "ends of the range")                            \
	KIND(ZEROS, "all zeros", "all the zero point")                                                                 \
	KIND(WIDE, "random over 40 binary orders", "around the zero point")                                            \
	KIND(IMPULSE, "one 1 among zeros", "one largest among zero points")
enum kind {
#define KIND(id, name, integer_name) KIND_##id,
	KINDS(KIND)
#undef KIND
	    KIND_COUNT
};
static const char *const kind_names[][2] = {
#define KIND(id, name, integer_name) { name, integer_name },
	KINDS(KIND)
#undef KIND
};

enum { VECTORS_MOST = 15, VALUES_MOST = 6000 };

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state ^ *state >> 16;
}

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Element i of n. */
static float element(enum kind kind, uint32_t seed, int64_t i, int64_t n, uint32_t *state)
{
	uint32_t bits = next(state), order = next(state) % 41;

	switch (kind) {
	case KIND_ZEROS: return 0;
	/* No conversion: under a condition it is vcvtne, which GNU as (2.40) refuses for Cortex-M55. */
	case KIND_UNIFORM: return float_of(0x40000000u | bits >> 9) - 3.0f;
	case KIND_IMPULSE: return i == (int64_t)(seed % (uint32_t)n) ? 1.0f : 0.0f;
	case KIND_WIDE: return float_of((bits & 0x807fffffu) | (107u + order) << 23);
	case KIND_BITS: return float_of(bits);
	case KIND_COUNT: break;
	}
	die("kind %d", kind);
}

/* The same of a tensor of integers. */
static float integer_element(const struct tensor *tensor, enum kind kind, uint32_t seed, int64_t i, int64_t n,
			     uint32_t *state)
{
	const int32_t least = (int32_t)type_least(tensor->type), most = (int32_t)type_most(tensor->type),
		      zero = tensor_zero_point(tensor);
	const uint32_t bits = next(state), order = next(state) % 41;
	int32_t near = zero + (int32_t)order - 20;

	switch (kind) {
	case KIND_ZEROS: return (float)zero;
	case KIND_UNIFORM: return (float)(least + (int32_t)((bits >> 8) % (uint32_t)(most - least + 1)));
	case KIND_IMPULSE: return (float)(i == (int64_t)(seed % (uint32_t)n) ? most : zero);
	case KIND_WIDE: return (float)(near < least ? least : near > most ? most : near);
	case KIND_BITS: return (float)(bits & 1 ? most : least);
	case KIND_COUNT: break;
	}
	die("kind %d", kind);
}

static const float **inputs_of(const struct graph *graph, enum kind kind, uint32_t seed, struct arena *arena)
{
	const float **inputs = NEW_ARRAY(arena, graph->inputs.n, const float *);
	uint32_t state = seed;

	for (int k = 0; k < graph->inputs.n; k++) {
		int64_t n = tensor_elements(graph->inputs.at[k]);
		float *input = NEW_ARRAY(arena, n, float);

		for (int64_t i = 0; i < n; i++)
			input[i] = tensor_is_integer(graph->inputs.at[k])
				       ? integer_element(graph->inputs.at[k], kind, seed, i, n, &state)
				       : element(kind, seed, i, n, &state);
		inputs[k] = input;
	}
	return inputs;
}

/* A table of what output k must be. */
static struct value *expected_view(const struct graph *graph, const struct values *values, int vector, int k,
				   struct arena *arena)
{
	const struct tensor *tensor = graph->outputs.at[k];
	struct table *table = NEW(arena, struct table);
	int64_t n = tensor_elements(tensor);

	table->name = arena_printf(arena, graph->outputs.n == 1 ? "expected%d" : "expected%d_%d", vector, k);
	char *bytes = arena_array(arena, n, (size_t)type_bytes(tensor->type));

	type_store(tensor->type, bytes, values->at[tensor->id], n);
	table->type = tensor->type;
	table->n = n;
	table->at = bytes;
	return value_table(arena, table);
}

static bool all_integers(const struct graph *graph)
{
	for (int i = 0; i < graph->inputs.n; i++)
		if (!tensor_is_integer(graph->inputs.at[i])) return false;
	return true;
}

/* Each kind in turn; zeros, where every vector is the same, once. */
static enum kind kind_of(int vector)
{
	return vector == KIND_ZEROS ? KIND_ZEROS : (enum kind)(vector % KIND_ZEROS);
}

/* --max-steps: sizes of inputs, sizes of outputs, steps of the inputs that have them open, what NAME_run gives back. */
static struct value *sizes_view(const struct graph *graph, const struct graph *at, const int64_t *steps,
				struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < at->inputs.n; i++)
		value_push(list, value_int(arena, shape_elements(&at->inputs.at[i]->shape)));
	for (int i = 0; i < at->outputs.n; i++)
		value_push(list, value_int(arena, shape_elements(&at->outputs.at[i]->shape)));
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->open_axis >= 0) value_push(list, value_int(arena, steps[i]));
	value_push(list, value_int(arena, given_steps(graph, at, arena)));
	return list;
}

/* open, steps: with --max-steps, the graph with open axes and what program's has for them. */
static struct value *vector_view(const struct program *program, int vector, const struct graph *open,
				 const int64_t *steps, struct arena *arena)
{
	const struct graph *graph = program->graph;
	enum kind kind = kind_of(vector);
	uint32_t seed = 12345u + 7919u * (uint32_t)vector;
	struct arena *scratch = arena_new();
	struct values values =
	    eval_graph(graph, number_of(program->fp, program->flush), inputs_of(graph, kind, seed, scratch), scratch);
	struct value *view = value_map(arena), *expected = value_list(arena);

	for (int k = 0; k < graph->outputs.n; k++)
		value_push(expected, expected_view(graph, &values, vector, k, arena));
	arena_free(scratch);
	value_set_int(arena, view, "kind", kind);
	value_set_text(arena, view, "name", kind_names[kind][all_integers(graph)]);
	value_set_int(arena, view, "seed", seed);
	value_set(view, "expected", expected);
	if (steps) value_set(view, "sizes", sizes_view(open, graph, steps, arena));
	return view;
}

/* As many vectors as VALUES_MOST expected values allow, but one of the first two kinds in any case. */
static int count_vectors(const struct graph *graph)
{
	int64_t values = 0, n;

	for (int k = 0; k < graph->outputs.n; k++) values += tensor_elements(graph->outputs.at[k]);
	n = VALUES_MOST / (values > 0 ? values : 1);
	return n < 2 ? 2 : n > VECTORS_MOST ? VECTORS_MOST : (int)n;
}

/* All inputs have the most steps, then so many in turn that they differ from call to call, where the model takes them. */
static struct program *program_of_vector(const struct program *program, int vector, int64_t **steps,
					 struct arena *arena)
{
	static const int64_t parts[] = { 1, 0, 2, 3, 5 };
	const struct graph *graph = program->meaning;
	int64_t part = parts[vector % (int)(sizeof parts / sizeof *parts)];
	struct program *at;

	*steps = NEW_ARRAY(arena, graph->inputs.n, int64_t);
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		int64_t least = input->open_axis < 0 ? 0 : lengths_least(graph, i);
		int64_t most = input->open_axis < 0 ? 0 : input->shape.at[input->open_axis];
		(*steps)[i] = part == 0 ? least : least + (most - least) / part;
	}
	at = program_at(program, *steps, arena);
	if (at) return at;
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		(*steps)[i] = input->open_axis < 0 ? 0 : input->shape.at[input->open_axis];
	}
	at = program_at(program, *steps, arena);
	CHECK(at);
	return at;
}

struct value *harness_view(const struct program *program, const struct options *options, struct arena *arena)
{
	struct value *view = plan_view(program, options, arena), *vectors = value_list(arena),
		     *kinds = value_map(arena);
	int n = count_vectors(program->graph);

	for (int i = 0; i < n; i++) {
		int64_t *steps = NULL;
		const struct program *at = program;
		if (graph_open_inputs(program->meaning) > 0) at = program_of_vector(program, i, &steps, arena);
		value_push(vectors, vector_view(at, i, program->graph, steps, arena));
	}
	value_set(view, "vectors", vectors);
#define KIND(id, name, integer_name) value_set_int(arena, kinds, #id, KIND_##id);
	KINDS(KIND)
#undef KIND
	value_set(view, "kinds", kinds);
	return view;
}
