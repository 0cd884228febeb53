/* steps.c: verify and run of models with run-time steps (--max-steps): which numbers of steps are tried, and the program
 * at those that a user's arrays have. */
#include "judge/parts.h"

#include <string.h>

enum { NEAR_LEAST = 10, RANDOM_STEPS = 3, MIXED_STEPS = 8, REFUSED_MOST = 6 };

/* Around widths of vectors, tiles and partial sums. */
static const int64_t usual_edges[] = { 15, 16, 17, 31, 32, 33, 63, 64, 65, 66 };

static void add_steps(struct step_list *list, const struct graph *graph, const int64_t *steps, struct arena *arena)
{
	const int n = graph->inputs.n;
	int64_t *copy = NEW_ARRAY(arena, n, int64_t);

	for (int i = 0; i < n; i++) copy[i] = graph->inputs.at[i]->open_axis < 0 ? 0 : steps[i];
	for (int k = 0; k < list->list.n; k++) {
		int same = 0;
		while (same < n && list->list.at[k][same] == copy[same]) same++;
		if (same == n) return;
	}
	list_push(arena, &list->list, copy);
}

/* Every input with a variable number has this one, or its most. */
static void add_equal(struct step_list *list, const struct graph *graph, int64_t steps, struct arena *arena)
{
	int64_t *all = NEW_ARRAY(arena, graph->inputs.n, int64_t);

	for (int i = 0; i < graph->inputs.n; i++) all[i] = steps;
	add_steps(list, graph, all, arena);
}

static int64_t most_steps(const struct graph *graph)
{
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		if (input->open_axis >= 0) return input->shape.at[input->open_axis];
	}
	return 0;
}

static int64_t least_of_all(const struct graph *graph)
{
	int64_t least = 1;

	for (int i = 0; i < graph->inputs.n; i++) {
		int64_t n = graph->inputs.at[i]->open_axis >= 0 ? lengths_least(graph, i) : 1;
		if (n > least) least = n;
	}
	return least;
}

static int64_t random_below(uint64_t *state, int64_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((*state >> 33) % (uint64_t)n);
}

/* The numbers at which something may begin: an input's least, and where a layer's window first lies inside. */
static void add_near(struct step_list *list, const struct graph *graph, int64_t from, int64_t most, struct arena *arena)
{
	for (int64_t n = from; n < from + NEAR_LEAST && n <= most; n++) add_equal(list, graph, n, arena);
}

static struct step_list candidates(const struct graph *graph, struct arena *arena)
{
	struct step_list list = { 0 };
	const int64_t most = most_steps(graph);
	int64_t *mixed = NEW_ARRAY(arena, graph->inputs.n, int64_t);
	uint64_t state = 20;

	add_equal(&list, graph, most, arena);
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->open_axis >= 0) add_near(&list, graph, lengths_least(graph, i), most, arena);
	add_near(&list, graph, 1, most, arena);
	for (size_t i = 0; i < sizeof usual_edges / sizeof *usual_edges; i++)
		if (usual_edges[i] < most) add_equal(&list, graph, usual_edges[i], arena);
	if (most > 1) add_equal(&list, graph, most - 1, arena);
	add_equal(&list, graph, (most + 1) / 2, arena);
	for (int i = 0; i < RANDOM_STEPS; i++) add_equal(&list, graph, 1 + random_below(&state, most), arena);
	for (int i = 0; i < MIXED_STEPS && graph_open_inputs(graph) > 1; i++) {
		for (int k = 0; k < graph->inputs.n; k++) mixed[k] = 1 + random_below(&state, most);
		add_steps(&list, graph, mixed, arena);
	}
	return list;
}

struct step_list steps_to_try(const struct program *program, struct arena *arena)
{
	const struct graph *graph = program->meaning;
	const struct step_list all = candidates(graph, arena);
	struct step_list fitting = { 0 };

	for (int i = 0; i < all.list.n; i++)
		if (lengths_fit(graph, all.list.at[i])) list_push(arena, &fitting.list, all.list.at[i]);
	return fitting;
}

struct step_list steps_to_refuse(const struct program *program, struct arena *arena)
{
	const struct graph *graph = program->meaning;
	const struct step_list all = candidates(graph, arena);
	struct step_list unfit = { 0 };

	add_equal(&unfit, graph, 0, arena);
	add_equal(&unfit, graph, most_steps(graph) + 1, arena);
	for (int i = 0; i < all.list.n && unfit.list.n < REFUSED_MOST; i++)
		if (!lengths_fit(graph, all.list.at[i])) list_push(arena, &unfit.list, all.list.at[i]);
	return unfit;
}

const char *steps_shown(const struct graph *graph, const int64_t *steps, struct arena *arena)
{
	const char *text = "";

	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->open_axis >= 0)
			text = arena_printf(arena, "%s%s%lld", text, *text ? " and " : "", (long long)steps[i]);
	return arena_printf(arena, "%s step%s", text, strcmp(text, "1") == 0 ? "" : "s");
}

const char *driver_sizes(const struct program *whole, const struct program *at, const int64_t *steps,
			 struct arena *arena)
{
	const struct graph *graph = whole->graph, *sizes = at ? at->graph : whole->graph;
	int64_t given = at ? given_steps(graph, at->graph, arena) : 0;
	const char *words = arena_printf(arena, "%lld", (long long)given);

	for (int i = 0; i < graph->inputs.n; i++)
		words = arena_printf(arena, "%s %lld %lld", words, (long long)steps[i],
				     (long long)shape_elements(&sizes->inputs.at[i]->shape));
	for (int i = 0; i < graph->outputs.n; i++)
		words = arena_printf(arena, "%s %lld", words, (long long)shape_elements(&sizes->outputs.at[i]->shape));
	return words;
}

/* The steps of one array; -1: it has none, or after an error. */
static int64_t array_steps(const char *path, const struct tensor *tensor, struct arena *arena, struct diag *diag)
{
	struct bytes file;
	struct array array = { 0 };
	const char *reason;

	if (tensor->open_axis < 0) return 0;
	if (!file_read(arena, path, &file, &reason)) {
		diag_file_error(diag, path, "cannot be read: %s", reason);
		return -1;
	}
	if (!npy_read(file, path, &array, arena, diag)) return -1;
	if (array.shape.rank != tensor->shape.rank + 1) return tensor->shape.at[tensor->open_axis];
	return array.shape.at[tensor->open_axis + 1];
}

struct program *program_of_arrays(const struct program *program, const char *const *paths, int n, const char *option,
				  int64_t **steps, struct arena *arena, struct diag *diag)
{
	const struct graph *graph = program->meaning;
	struct program *at;

	*steps = NEW_ARRAY(arena, graph->inputs.n, int64_t);
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		(*steps)[i] = i < n                  ? array_steps(paths[i], input, arena, diag)
			      : input->open_axis < 0 ? 0
						     : input->shape.at[input->open_axis];
	}
	if (diag_failed(diag)) return NULL;
	at = program_at(program, *steps, arena);
	if (!at)
		diag_usage(diag, "%s: the model does not take %s; --max-steps is %lld, and at least %lld are needed",
			   option, steps_shown(graph, *steps, arena), (long long)most_steps(graph),
			   (long long)least_of_all(graph));
	return at;
}
