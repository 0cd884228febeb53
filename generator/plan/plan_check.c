/* plan_check.c: a second opinion on a plan: its steps are played on simulated memory, where every byte range remembers
 * whose value it holds.  Shares no code with what made the plan. */
#include "plan/plan.h"

/* A range of bytes in one of the memories. */
struct range {
	enum home home;
	int index;
	int64_t from, to;
};

struct simulation {
	const struct plan *plan;
	bool *whole; /* by tensor: made, and no byte of it overwritten since */
};

static struct range range_of(const struct simulation *simulation, const struct tensor *tensor)
{
	const struct buffer *buffer = &simulation->plan->buffer[tensor->id];
	int64_t bytes = tensor_elements(tensor) * type_bytes(tensor->type);

	return (struct range){ buffer->home, buffer->index, buffer->offset, buffer->offset + bytes };
}

static bool overlap(struct range a, struct range b)
{
	return a.home == b.home && a.index == b.index && a.from < b.to && b.from < a.to;
}

static bool same(struct range a, struct range b)
{
	return a.home == b.home && a.index == b.index && a.from == b.from && a.to == b.to;
}

static void check_bounds(const struct simulation *simulation, struct range range, const char *whose)
{
	const struct plan *plan = simulation->plan;
	const struct tensor *user = NULL;
	int64_t end = plan->context_bytes;

	if (range.home == HOME_INPUT && range.index < plan->graph->inputs.n) user = plan->graph->inputs.at[range.index];
	if (range.home == HOME_OUTPUT && range.index < plan->graph->outputs.n)
		user = plan->graph->outputs.at[range.index];
	if (user) end = tensor_elements(user) * type_bytes(user->type);
	if (range.home == HOME_NONE || (range.home != HOME_CONTEXT && !user)) die("plan: '%s' lives nowhere", whose);
	if (range.from < 0 || range.to > end || range.from > range.to) die("plan: '%s' out of bounds", whose);
	if (range.from % CONTEXT_ALIGN != 0) die("plan: '%s' is not aligned", whose);
}

/* Whatever else lay there is gone. */
static void spoil(struct simulation *simulation, struct range range)
{
	const struct graph *graph = simulation->plan->graph;

	for (int i = 0; i < graph->tensors.n; i++)
		if (simulation->whole[i] && overlap(range_of(simulation, graph->tensors.at[i]), range))
			simulation->whole[i] = false;
}

static const struct step *step_of(const struct plan *plan, const struct node *node)
{
	for (int s = 0; s < plan->steps.n; s++)
		if (plan->steps.at[s].node == node) return &plan->steps.at[s];
	return NULL;
}

/* The tensor that a step or the user wrote: behind nodes that have no step the bytes must be those of their input. */
static const struct tensor *written(const struct simulation *simulation, const struct tensor *tensor)
{
	while (tensor->from && !step_of(simulation->plan, tensor->from)) {
		const struct tensor *source = tensor->from->in[0];

		if (tensor->from->n_in != 1 || tensor->from->n_out != 1) die("plan: '%s' is never made", tensor->name);
		if (!same(range_of(simulation, tensor), range_of(simulation, source)))
			die("plan: view '%s' is not where its source is", tensor->name);
		tensor = source;
	}
	return tensor;
}

static void check_read(const struct simulation *simulation, const struct tensor *tensor, const char *reader)
{
	const struct tensor *source = written(simulation, tensor);

	check_bounds(simulation, range_of(simulation, source), source->name);
	if (!simulation->whole[source->id]) die("plan: '%s' reads '%s', which is not there", reader, tensor->name);
}

/* While a step runs, its output may touch an input only where it replaces it element by element. */
static void check_write(struct simulation *simulation, const struct node *node, const struct tensor *tensor)
{
	struct range range = range_of(simulation, tensor);

	check_bounds(simulation, range, tensor->name);
	if (range.home == HOME_INPUT) die("plan: '%s' writes an input", node->name);
	for (int k = 0; k < node->n_in; k++) {
		struct range in = range_of(simulation, node->in[k]);

		if (!overlap(in, range)) continue;
		if (!same(in, range) || !layer_in_place(node, k)) die("plan: '%s' overwrites its input", node->name);
		if (simulation->plan->keep_all) die("plan: '%s' overwrites what is to be kept", node->name);
	}
	for (int k = 0; k < node->n_out; k++)
		if (node->out[k] != tensor && overlap(range_of(simulation, node->out[k]), range))
			die("plan: outputs of '%s' overlap", node->name);
	spoil(simulation, range);
	simulation->whole[tensor->id] = true;
}

static void check_scratch(struct simulation *simulation, const struct step *step)
{
	struct range scratch = { HOME_CONTEXT, 0, step->scratch_offset, step->scratch_offset + step->scratch_bytes };
	const struct node *node = step->node;

	if (step->scratch_bytes == 0) return;
	check_bounds(simulation, scratch, node->name);
	for (int k = 0; k < node->n_in; k++)
		if (overlap(range_of(simulation, node->in[k]), scratch))
			die("plan: scratch of '%s' overlaps", node->name);
	for (int k = 0; k < node->n_out; k++)
		if (overlap(range_of(simulation, node->out[k]), scratch))
			die("plan: scratch of '%s' overlaps", node->name);
	spoil(simulation, scratch);
}

static void check_home(const struct simulation *simulation, const struct tensor *tensor, enum home home, int index)
{
	struct range range = range_of(simulation, tensor);

	if (range.home != home || range.index != index || range.from != 0)
		die("plan: '%s' is not in the user's array %d", tensor->name, index);
}

/* What must hold when all is done: outputs are whole and where the user wants them; with keep_all so is everything. */
static void check_end(const struct simulation *simulation)
{
	const struct plan *plan = simulation->plan;

	for (int i = 0; i < plan->graph->outputs.n; i++) {
		check_read(simulation, plan->graph->outputs.at[i], "the caller");
		check_home(simulation, plan->graph->outputs.at[i], HOME_OUTPUT, i);
	}
	for (int s = 0; s < plan->steps.n && plan->keep_all; s++)
		for (int k = 0; k < plan->steps.at[s].node->n_out; k++)
			check_read(simulation, plan->steps.at[s].node->out[k], "the caller");
}

void plan_check(const struct plan *plan)
{
	struct arena *arena;
	struct simulation simulation = { .plan = plan };

	if (plan->schedule) {
		plan_check_rows(plan);
		return;
	}
	arena = arena_new();
	simulation.whole = NEW_ARRAY(arena, plan->graph->tensors.n, bool);
	if (plan->context_bytes < (int64_t)sizeof(float)) die("plan: the context is empty");
	for (int i = 0; i < plan->graph->inputs.n; i++) {
		check_home(&simulation, plan->graph->inputs.at[i], HOME_INPUT, i);
		simulation.whole[plan->graph->inputs.at[i]->id] = true;
	}
	for (int s = 0; s < plan->steps.n; s++) {
		const struct step *step = &plan->steps.at[s];

		for (int k = 0; k < step->node->n_in; k++) check_read(&simulation, step->node->in[k], step->node->name);
		check_scratch(&simulation, step);
		for (int k = 0; k < step->node->n_out; k++) check_write(&simulation, step->node, step->node->out[k]);
	}
	check_end(&simulation);
	arena_free(arena);
}
