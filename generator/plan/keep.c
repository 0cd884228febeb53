/* keep.c: a depth-first plan again, with the same calls, whose every tensor has memory of its own that nothing else is ever
 * written to: for finding the first difference. */
#include "plan/plan.h"

struct keeping {
	struct plan *plan;
	struct schedule *schedule;
	int *root; /* by tensor: the one that a chain of views shows */
	int64_t bytes;
};

static int64_t take(struct keeping *keeping, int64_t bytes)
{
	int64_t at = keeping->bytes;

	keeping->bytes += (bytes + CONTEXT_ALIGN - 1) / CONTEXT_ALIGN * CONTEXT_ALIGN;
	return at;
}

static bool has_step(const struct plan *plan, const struct node *node)
{
	for (int s = 0; s < plan->steps.n; s++)
		if (plan->steps.at[s].node->id == node->id) return true;
	return false;
}

static void find_roots(struct keeping *keeping)
{
	const struct graph *graph = keeping->plan->graph;

	for (int i = 0; i < graph->tensors.n; i++) keeping->root[i] = i;
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		if (!has_step(keeping->plan, node)) keeping->root[node->out[0]->id] = keeping->root[node->in[0]->id];
	}
}

/* The caller's array, or a place of its own. */
static struct buffer buffer_for(struct keeping *keeping, int root)
{
	const struct graph *graph = keeping->plan->graph;
	const struct tensor *tensor = graph->tensors.at[root];
	int64_t bytes = tensor_elements(tensor) * type_bytes(tensor->type);

	for (int i = 0; i < graph->outputs.n; i++)
		if (keeping->root[graph->outputs.at[i]->id] == root)
			return (struct buffer){ .home = HOME_OUTPUT, .index = i, .bytes = bytes };
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->id == root)
			return (struct buffer){ .home = HOME_INPUT, .index = i, .bytes = bytes };
	return (struct buffer){ .home = HOME_CONTEXT, .offset = take(keeping, bytes), .bytes = bytes };
}

static void set_whole(struct keeping *keeping, int i)
{
	struct tensor_rows *rows = &keeping->schedule->tensor[i];
	const struct buffer *buffer;

	if (keeping->root[i] == i) keeping->plan->buffer[i] = buffer_for(keeping, i);
	keeping->plan->buffer[i] = keeping->plan->buffer[keeping->root[i]];
	buffer = &keeping->plan->buffer[i];
	rows->root = keeping->root[i];
	rows->kind = buffer->home == HOME_CONTEXT ? ROWS_WHOLE : ROWS_USER;
	rows->capacity = rows->rows;
	rows->keep = rows->moved = 0;
}

struct plan *plan_keeping_all(const struct plan *plan, struct arena *arena)
{
	struct plan *copy = arena_copy(arena, plan, sizeof *plan);
	int tensors = plan->graph->tensors.n;
	struct keeping keeping = { .plan = copy };

	CHECK(plan->schedule != NULL);
	keeping.schedule = arena_copy(arena, plan->schedule, sizeof *plan->schedule);
	keeping.schedule->tensor =
	    arena_copy(arena, plan->schedule->tensor, (size_t)tensors * sizeof(struct tensor_rows));
	keeping.schedule->moves.at = NULL;
	keeping.schedule->moves.n = keeping.schedule->moves.capacity = 0;
	keeping.root = NEW_ARRAY(arena, tensors, int);
	copy->steps.at = arena_copy(arena, plan->steps.at, (size_t)plan->steps.n * sizeof(struct step));
	copy->buffer = NEW_ARRAY(arena, tensors, struct buffer);
	copy->schedule = keeping.schedule;
	copy->keep_all = true;
	find_roots(&keeping);
	for (int i = 0; i < tensors; i++)
		if (keeping.root[i] == i) set_whole(&keeping, i);
	for (int i = 0; i < tensors; i++)
		if (keeping.root[i] != i) set_whole(&keeping, i);
	for (int s = 0; s < copy->steps.n; s++)
		if (copy->steps.at[s].scratch_bytes > 0)
			copy->steps.at[s].scratch_offset = take(&keeping, copy->steps.at[s].scratch_bytes);
	copy->context_bytes = keeping.bytes > 0 ? keeping.bytes : (int64_t)sizeof(float);
	return copy;
}

int64_t plan_elements_made(const struct plan *plan, const struct tensor *tensor)
{
	for (int s = 0; plan->schedule && s < plan->steps.n; s++) {
		const struct step_rows *rows = &plan->schedule->step[s];
		const struct node *node = plan->steps.at[s].node;

		/* What an Add is done to on the way is nowhere. */
		if (plan->steps.at[s].add && node->out[0]->id == tensor->id) return 0;
		if (plan->steps.at[s].add) node = plan->steps.at[s].add;
		if (rows->by_rows && node->out[0]->id == tensor->id)
			return tensor_elements(tensor) / tensor->shape.at[0] * rows->rows.most;
	}
	return tensor_elements(tensor);
}
