/* lengths.c: the numbers of steps that NAME_run computes from those it is given (--max-steps), as templates see them. */
#include "plan/plan.h"

static void mark(const struct graph *graph, int id, bool *wanted)
{
	const struct length *length = &graph->lengths.at[id];

	wanted[id] = true;
	for (int i = 0; i < length->terms; i++) mark(graph, length->term[i].of, wanted);
}

/* Those that some tensor has, that must equal another, or that one of these is made of. */
static bool *wanted_lengths(const struct graph *graph, struct arena *arena)
{
	bool *wanted = NEW_ARRAY(arena, graph->lengths.n, bool);

	for (int i = 0; i < graph->tensors.n; i++) {
		const struct tensor *tensor = graph->tensors.at[i];
		bool there = tensor->from || graph_uses(graph, tensor) > 0;
		if (tensor->length >= 0 && there) mark(graph, tensor->length, wanted);
	}
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->length >= 0) wanted[graph->inputs.at[i]->length] = true;
	for (int i = 0; i < graph->equal_lengths.n; i++) {
		mark(graph, graph->equal_lengths.at[i].a, wanted);
		mark(graph, graph->equal_lengths.at[i].b, wanted);
	}
	return wanted;
}

const char *const *length_names(const struct graph *graph, struct arena *arena)
{
	const char **names = NEW_ARRAY(arena, graph->lengths.n, const char *);
	const bool *wanted = wanted_lengths(graph, arena);
	int n = 0;

	for (int i = 0; i < graph->lengths.n; i++)
		if (wanted[i]) names[i] = arena_printf(arena, "n%d", n++);
	return names;
}

/* "2 * n1 + n0 - 3", "(n0 + 1) / 2" */
static const char *formula(const struct length *length, const char *const *names, struct arena *arena)
{
	const char *sum = "";

	for (int i = 0; i < length->terms; i++) {
		const struct length_term *t = &length->term[i];
		sum = arena_printf(arena, "%s%s", sum, i > 0 ? " + " : "");
		if (t->times > 1) sum = arena_printf(arena, "%s%lld * ", sum, (long long)t->times);
		sum = arena_printf(arena, "%s%s", sum, names[t->of]);
	}
	if (length->add)
		sum = arena_printf(arena, "%s %c %lld", sum, length->add < 0 ? '-' : '+',
				   (long long)(length->add < 0 ? -length->add : length->add));
	if (length->divisor == 1) return sum;
	if (length->terms == 1 && length->term[0].times == 1 && !length->add)
		return arena_printf(arena, "%s / %lld", sum, (long long)length->divisor);
	return arena_printf(arena, "(%s) / %lld", sum, (long long)length->divisor);
}

const char *steps_argument(const struct graph *graph, int input, struct arena *arena)
{
	return graph_open_inputs(graph) == 1 ? "steps" : arena_printf(arena, "steps%d", input);
}

struct value *lengths_view(const struct graph *graph, struct arena *arena)
{
	const char *const *names = length_names(graph, arena);
	struct value *list = value_list(arena);

	for (int i = 0; i < graph->lengths.n; i++) {
		const struct length *length = &graph->lengths.at[i];
		struct value *view = value_map(arena);

		if (!names[i]) continue;
		value_set_text(arena, view, "name", names[i]);
		value_set_text(arena, view, "of", length->of);
		value_set_bool(arena, view, "input", length->input >= 0);
		value_set_text(arena, view, "value",
			       length->input >= 0
				   ? arena_printf(arena, "(int)%s", steps_argument(graph, length->input, arena))
				   : formula(length, names, arena));
		value_push(list, view);
	}
	return list;
}

static void add_condition(struct value *list, const char *text, const char *of, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_text(arena, view, "text", text);
	value_set_text(arena, view, "of", of);
	value_push(list, view);
}

/* Several inputs: a length may be too short though each input has its least. */
static void add_short(struct value *list, const struct graph *graph, const char *const *names, const int64_t *least,
		      struct arena *arena)
{
	for (int i = 0; i < graph->lengths.n; i++)
		if (names[i] && length_at(graph, i, least) < 1)
			add_condition(list, arena_printf(arena, "%s < 1", names[i]), graph->lengths.at[i].of, arena);
}

struct value *length_conditions_view(const struct graph *graph, struct arena *arena)
{
	const char *const *names = length_names(graph, arena);
	int64_t *least = NEW_ARRAY(arena, graph->inputs.n, int64_t);
	struct value *list = value_list(arena);

	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->open_axis >= 0) least[i] = lengths_least(graph, i);
	if (graph_open_inputs(graph) > 1) add_short(list, graph, names, least, arena);
	for (int i = 0; i < graph->equal_lengths.n; i++) {
		const struct equal_lengths *e = &graph->equal_lengths.at[i];
		add_condition(list, arena_printf(arena, "%s != %s", names[e->a], names[e->b]), e->of, arena);
	}
	return list;
}

struct program *program_at(const struct program *program, const int64_t *steps, struct arena *arena)
{
	struct program *at = arena_copy(arena, program, sizeof *program);
	struct diag *diag = diag_silent(arena);

	for (int i = 0; i < program->meaning->inputs.n; i++)
		if (program->meaning->inputs.at[i]->open_axis >= 0 && steps[i] < 1) return NULL;
	if (!lengths_fit(program->meaning, steps)) return NULL;
	at->plan = NULL;
	at->meaning = infer_at(program->meaning, steps, arena, diag);
	if (diag_failed(diag)) return NULL;
	at->graph = graph_copy(arena, at->meaning);
	fold(at->graph);
	return at;
}

int64_t given_steps(const struct graph *open, const struct graph *at, struct arena *arena)
{
	const struct tensor *output = at->outputs.at[0];
	int axis = open->outputs.at[0]->open_axis;

	if (axis < 0 && output->shape.rank != 2) return 1;
	if (axis < 0) axis = channels_first_tensors(at, arena)[output->id] ? 1 : 0;
	return output->shape.at[axis];
}
