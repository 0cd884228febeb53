/* driver.c: the C program that calls NAME_run: templates/driver.c.ct over the model's sizes. */
#include "judge/parts.h"

static const char *size_macro(const char *macro, const char *side, int index, int n, struct arena *arena)
{
	if (n == 1) return arena_printf(arena, "%s_%s_SIZE", macro, side);
	return arena_printf(arena, "%s_%s%d_SIZE", macro, side, index);
}

/* The sizes of one side as an initialiser; each also as a check of the header's macro: a file made for other sizes must
 * not compile. */
static const char *sizes_of(struct tensor *const *tensors, int n, const char *macro, const char *side,
			    struct value *checks, struct arena *arena)
{
	const char *list = "";
	for (int i = 0; i < n; i++) {
		const int64_t elements = tensor_elements(tensors[i]);
		struct value *check = value_map(arena);
		value_set_text(arena, check, "macro", size_macro(macro, side, i, n, arena));
		value_set_int(arena, check, "elements", elements);
		value_push(checks, check);
		list = arena_printf(arena, "%s%s%lld", list, i ? ", " : "", (long long)elements);
	}
	return list;
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
	value_set_text(arena, view, "input_sizes",
		       sizes_of(graph->inputs.at, n_in, program->macro, "INPUT", checks, arena));
	value_set_text(arena, view, "output_sizes",
		       sizes_of(graph->outputs.at, n_out, program->macro, "OUTPUT", checks, arena));
	value_set(view, "sizes", checks);
	/* Never from --templates: the judge is not for the judged to change. */
	return render("driver.c.ct", view, NULL, out, diag);
}

static const char *elements_of(struct tensor *const *tensors, int n, struct arena *arena)
{
	const char *list = "";
	for (int i = 0; i < n; i++)
		list = arena_printf(arena, "%s%s%lld", list, i ? ", " : "", (long long)tensor_elements(tensors[i]));
	return list;
}

void arrays_view(const struct graph *graph, struct value *view, struct arena *arena)
{
	const char *arguments = "";
	for (int i = 0; i < graph->inputs.n; i++)
		arguments = arena_printf(arena, "%s%sinput[%d]", arguments, i ? ", " : "", i);
	for (int i = 0; i < graph->outputs.n; i++) arguments = arena_printf(arena, "%s, output[%d]", arguments, i);
	value_set_int(arena, view, "inputs", graph->inputs.n);
	value_set_int(arena, view, "outputs", graph->outputs.n);
	value_set_text(arena, view, "input_sizes", elements_of(graph->inputs.at, graph->inputs.n, arena));
	value_set_text(arena, view, "output_sizes", elements_of(graph->outputs.at, graph->outputs.n, arena));
	value_set_text(arena, view, "arguments", arguments);
}
