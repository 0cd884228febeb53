/* driver.c: the C program that calls NAME_run: templates/driver.c.ct over the model's sizes. */
#include "judge/parts.h"

#include "layers/integer.h"

static const char *size_macro(const char *macro, const char *side, int index, int n, struct arena *arena)
{
	if (n == 1) return arena_printf(arena, "%s_%s_SIZE", macro, side);
	return arena_printf(arena, "%s_%s%d_SIZE", macro, side, index);
}

/* Of each tensor something as an initialiser. */
static const char *list_of(struct tensor *const *tensors, int n, int64_t (*of)(const struct tensor *tensor),
			   struct arena *arena)
{
	const char *list = "";
	for (int i = 0; i < n; i++)
		list = arena_printf(arena, "%s%s%lld", list, i ? ", " : "", (long long)of(tensors[i]));
	return list;
}

static int64_t element_bytes(const struct tensor *tensor)
{
	return type_bytes(tensor->type);
}

static int64_t all_bytes(const struct tensor *tensor)
{
	return tensor_elements(tensor) * type_bytes(tensor->type);
}

static int64_t zero_of(const struct tensor *tensor)
{
	return tensor_zero_point(tensor);
}

static int64_t is_float(const struct tensor *tensor)
{
	return !tensor_is_integer(tensor);
}

static int64_t is_unsigned(const struct tensor *tensor)
{
	return tensor->type == TYPE_U8;
}

/* Sizes in bytes of arrays and elements, and which of them are floats. */
static void set_bytes(const struct graph *graph, struct value *view, struct arena *arena)
{
	struct tensor *const *in = graph->inputs.at, *const *out = graph->outputs.at;
	const int n_in = graph->inputs.n, n_out = graph->outputs.n;
	value_set_text(arena, view, "input_elements", list_of(in, n_in, element_bytes, arena));
	value_set_text(arena, view, "output_elements", list_of(out, n_out, element_bytes, arena));
	value_set_text(arena, view, "input_sizes", list_of(in, n_in, all_bytes, arena));
	value_set_text(arena, view, "output_sizes", list_of(out, n_out, all_bytes, arena));
	value_set_text(arena, view, "input_floats", list_of(in, n_in, is_float, arena));
	value_set_text(arena, view, "output_floats", list_of(out, n_out, is_float, arena));
}

/* The header's macros of sizes, and what they must be: a file made for other sizes must not compile. */
static void check_sizes(struct tensor *const *tensors, int n, const char *macro, const char *side, struct value *checks,
			struct arena *arena)
{
	for (int i = 0; i < n; i++) {
		struct value *check = value_map(arena);
		value_set_text(arena, check, "macro", size_macro(macro, side, i, n, arena));
		value_set_int(arena, check, "elements", tensor_elements(tensors[i]));
		value_push(checks, check);
	}
}

bool driver_text(const struct program *program, struct text *out, struct arena *arena, struct diag *diag)
{
	const struct graph *graph = program->graph;
	const int n_in = graph->inputs.n, n_out = graph->outputs.n;
	struct value *view = value_map(arena), *checks = value_list(arena);
	const char *arguments = "";
	for (int i = 0; i < n_in; i++) {
		arguments = arena_printf(arena, "%s%sinput[%d]", arguments, i ? ", " : "", i);
		if (graph->inputs.at[i]->open_axis >= 0) arguments = arena_printf(arena, "%s, steps[%d]", arguments, i);
	}
	for (int i = 0; i < n_out; i++) arguments = arena_printf(arena, "%s, output[%d]", arguments, i);
	value_set_text(arena, view, "prefix", program->prefix);
	value_set_int(arena, view, "inputs", n_in);
	value_set_int(arena, view, "outputs", n_out);
	value_set_bool(arena, view, "open", graph_open_inputs(graph) > 0);
	value_set_text(arena, view, "arguments", arguments);
	set_bytes(graph, view, arena);
	check_sizes(graph->inputs.at, n_in, program->macro, "INPUT", checks, arena);
	check_sizes(graph->outputs.at, n_out, program->macro, "OUTPUT", checks, arena);
	value_set(view, "sizes", checks);
	/* Never from --templates: the judge is not for the judged to change. */
	return render("driver.c.ct", view, NULL, out, diag);
}

void arrays_view(const struct graph *graph, struct value *view, struct arena *arena)
{
	const char *arguments = "";
	for (int i = 0; i < graph->inputs.n; i++)
		arguments = arena_printf(arena, "%s%sinput[%d]", arguments, i ? ", " : "", i);
	for (int i = 0; i < graph->outputs.n; i++) arguments = arena_printf(arena, "%s, output[%d]", arguments, i);
	value_set_int(arena, view, "inputs", graph->inputs.n);
	value_set_int(arena, view, "outputs", graph->outputs.n);
	set_bytes(graph, view, arena);
	value_set_text(arena, view, "input_zeros", list_of(graph->inputs.at, graph->inputs.n, zero_of, arena));
	value_set_text(arena, view, "input_unsigned", list_of(graph->inputs.at, graph->inputs.n, is_unsigned, arena));
	value_set_text(arena, view, "arguments", arguments);
}
