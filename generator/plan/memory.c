/* memory.c: where each tensor lives: views and in-place steps share bytes, outputs go straight into the user's arrays, and
 * the rest is packed into the context by lifetimes. */
#include "plan/plan.h"

#include <stdlib.h>

/* Tensors that share their bytes: views of one another, and results written over an input. */
struct group {
	enum home home;
	int index; /* HOME_INPUT, HOME_OUTPUT */
	int64_t bytes;
	int first, last; /* steps: written, last read */
	int interval;    /* HOME_CONTEXT */
};

struct memory {
	struct plan *plan;
	int *root;           /* by tensor: the group's first tensor; itself: the root */
	struct group *group; /* by root */
	struct interval *interval;
	int n;
};

static int root_of(const struct memory *memory, const struct tensor *tensor)
{
	int id = tensor->id;

	while (memory->root[id] != id) id = memory->root[id];
	return id;
}

static struct group *group_of(const struct memory *memory, const struct tensor *tensor)
{
	return &memory->group[root_of(memory, tensor)];
}

static bool has_step(const struct plan *plan, const struct node *node)
{
	for (int i = 0; i < plan->steps.n; i++)
		if (plan->steps.at[i].node->id == node->id) return true;
	return false;
}

/* Groups of views: what a node without a step gives out is what it takes in. */
static void group_views(struct memory *memory)
{
	const struct graph *graph = memory->plan->graph;

	for (int i = 0; i < graph->tensors.n; i++) {
		memory->root[i] = i;
		memory->group[i].first = memory->group[i].last = -1;
	}
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		if (!has_step(memory->plan, node)) memory->root[node->out[0]->id] = root_of(memory, node->in[0]);
	}
}

static void find_homes(struct memory *memory)
{
	const struct graph *graph = memory->plan->graph;

	for (int i = 0; i < graph->inputs.n; i++) {
		struct group *group = group_of(memory, graph->inputs.at[i]);

		group->home = HOME_INPUT;
		group->index = i;
	}
	for (int i = 0; i < graph->outputs.n; i++) {
		struct group *group = group_of(memory, graph->outputs.at[i]);

		CHECK(group->home == HOME_NONE);
		group->home = HOME_OUTPUT;
		group->index = i;
	}
}

static void find_lifetimes(struct memory *memory)
{
	const struct plan *plan = memory->plan;

	for (int s = 0; s < plan->steps.n; s++) {
		const struct node *node = plan->steps.at[s].node;

		for (int k = 0; k < node->n_in; k++) group_of(memory, node->in[k])->last = s;
		for (int k = 0; k < node->n_out; k++) {
			struct group *group = group_of(memory, node->out[k]);

			group->first = group->last = s;
			group->bytes = tensor_elements(node->out[k]) * type_bytes(node->out[k]->type);
			if (group->home == HOME_NONE) group->home = HOME_CONTEXT;
		}
	}
}

/* Output 0 of step s may be written over input k: it is in the context, nobody reads it later, and where the step reads the
 * same bytes as another input, that is element by element, too. */
static bool may_overwrite(const struct memory *memory, int s, int k)
{
	const struct node *node = memory->plan->steps.at[s].node;
	const struct group *in = group_of(memory, node->in[k]), *out = group_of(memory, node->out[0]);

	if (!layer_in_place(node, k) || in == out) return false;
	if (in->home != HOME_CONTEXT || in->last != s || in->bytes != out->bytes) return false;
	for (int j = 0; j < node->n_in; j++)
		if (group_of(memory, node->in[j]) == in && !layer_in_place(node, j)) return false;
	return true;
}

static void overwrite(struct memory *memory, int s)
{
	const struct node *node = memory->plan->steps.at[s].node;
	struct group *in, *out;

	for (int k = 0; k < node->n_in && node->n_out == 1; k++) {
		if (!may_overwrite(memory, s, k)) continue;
		in = group_of(memory, node->in[k]);
		out = group_of(memory, node->out[0]);
		in->home = out->home;
		in->index = out->index;
		in->last = out->last;
		memory->root[root_of(memory, node->out[0])] = root_of(memory, node->in[k]);
		return;
	}
}

/* ---- the context ------------------------------------------------------------------------------------------------ */

static void collect(struct memory *memory)
{
	struct plan *plan = memory->plan;
	int most = plan->graph->tensors.n + plan->steps.n;

	memory->interval = NEW_ARRAY(plan->arena, most, struct interval);
	for (int i = 0; i < plan->graph->tensors.n; i++) {
		struct group *group = &memory->group[i];

		if (memory->root[i] != i || group->home != HOME_CONTEXT) continue;
		group->interval = memory->n;
		memory->interval[memory->n++] = (struct interval){ group->bytes, 0, group->first, group->last };
	}
	for (int s = 0; s < plan->steps.n; s++)
		if (plan->steps.at[s].scratch_bytes > 0)
			memory->interval[memory->n++] = (struct interval){ plan->steps.at[s].scratch_bytes, 0, s, s };
	for (int i = 0; i < memory->n && plan->keep_all; i++) {
		memory->interval[i].first = 0;
		memory->interval[i].last = plan->steps.n;
	}
}

static void set_addresses(struct memory *memory)
{
	struct plan *plan = memory->plan;
	int scratch = memory->n;

	for (int i = 0; i < plan->graph->tensors.n; i++) {
		const struct group *group = group_of(memory, plan->graph->tensors.at[i]);
		int64_t offset = group->home == HOME_CONTEXT ? memory->interval[group->interval].offset : 0;

		plan->buffer[i] = (struct buffer){ .home = group->home,
						   .index = group->index,
						   .offset = offset,
						   .bytes = group->bytes,
						   .first = group->first,
						   .last = group->last };
	}
	for (int s = plan->steps.n; s-- > 0;)
		if (plan->steps.at[s].scratch_bytes > 0)
			plan->steps.at[s].scratch_offset = memory->interval[--scratch].offset;
}

void memory_place(struct plan *plan)
{
	struct arena *arena = plan->arena;
	int tensors = plan->graph->tensors.n;
	struct memory memory = { .plan = plan };

	memory.root = NEW_ARRAY(arena, tensors, int);
	memory.group = NEW_ARRAY(arena, tensors, struct group);
	plan->buffer = NEW_ARRAY(arena, tensors, struct buffer);
	group_views(&memory);
	find_homes(&memory);
	for (int i = 0; i < plan->graph->inputs.n; i++) {
		const struct tensor *input = plan->graph->inputs.at[i];

		group_of(&memory, input)->bytes = tensor_elements(input) * type_bytes(input->type);
	}
	find_lifetimes(&memory);
	for (int s = 0; s < plan->steps.n && !plan->keep_all; s++) overwrite(&memory, s);
	collect(&memory);
	plan->context_bytes = memory_pack(memory.interval, memory.n, arena);
	if (plan->context_bytes < (int64_t)sizeof(float)) plan->context_bytes = (int64_t)sizeof(float);
	set_addresses(&memory);
}
