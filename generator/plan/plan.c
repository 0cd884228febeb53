/* plan.c: decides which kernel runs when, on which memory. */
#include "plan/draft.h"

/* The tensor whose bytes a chain of views shows. */
static const struct tensor *seen_through(const struct tensor *tensor)
{
	while (tensor->from && layer_is_view(tensor->from)) tensor = tensor->from->in[0];
	return tensor;
}

/* The bytes of output i cannot be written where its tensor is made: it is an input, or another output already. */
static bool needs_copy(const struct graph *graph, int i)
{
	const struct tensor *tensor = seen_through(graph->outputs.at[i]);

	if (!tensor->from) return true;
	for (int k = 0; k < i; k++)
		if (seen_through(graph->outputs.at[k]) == tensor) return true;
	return false;
}

/* A node that copies output i: the identity. */
static void add_copy(struct graph *graph, int i)
{
	const struct layer *identity = layer_find("Activation");
	struct tensor *tensor = graph->outputs.at[i];
	struct node *node = graph_node(graph, identity, arena_printf(graph->arena, "%s_copy", tensor->name));

	node->class_name = identity->name;
	if (identity->config_bytes) node->config = arena_alloc(graph->arena, identity->config_bytes);
	graph_connect(graph, node, &tensor, 1, 1);
	node->out[0]->name = tensor->name;
	node->out[0]->shape = tensor->shape;
	node->out[0]->times = tensor->times;
	node->out[0]->open_axis = tensor->open_axis;
	node->out[0]->open_time = tensor->open_time;
	node->out[0]->length = tensor->length;
	node->out[0]->type = tensor->type;
	node->out[0]->quantisation = tensor->quantisation;
	node->out[0]->meaning = tensor->meaning;
	graph->outputs.at[i] = node->out[0];
}

/* The graph whose every output has bytes of its own: the folded graph and, where needed, copies behind it.  Its first
 * tensors and nodes are the folded graph's. */
static struct graph *with_copies(const struct graph *graph, struct arena *arena)
{
	struct graph *copy = graph_copy(arena, graph);
	bool *needs = NEW_ARRAY(arena, graph->outputs.n, bool);

	for (int i = 0; i < graph->outputs.n; i++) needs[i] = needs_copy(graph, i);
	for (int i = 0; i < graph->outputs.n; i++)
		if (needs[i]) add_copy(copy, i);
	return copy;
}

static int64_t bytes_of_tables(const struct step *step)
{
	int64_t bytes = 0;

	for (int i = 0; i < step->n_table; i++) bytes += step->table[i]->n * type_bytes(step->table[i]->type);
	return bytes;
}

/* Constants of a step: its tables, or the literals in its code. */
static int64_t constant_bytes(const struct step *step)
{
	int64_t bytes = bytes_of_tables(step);

	if (bytes > 0) return bytes;
	for (int i = 0; i < step->node->n_weight; i++)
		bytes += shape_elements(&step->node->weight[i]->shape) * type_bytes(step->node->weight[i]->type);
	return bytes;
}

/* The kernel and its plan, by choice where there is one. */
static void choose(struct step *step, const struct plan *plan, const struct choice *choice)
{
	const struct node *node = step->node;

	struct choice chosen = *choice;

	if (chosen.kernel)
		step->cost = kernel_cost(chosen.kernel, node, plan->target);
	else
		chosen.kernel = kernel_choose(node, plan->target, &step->cost);
	step->kernel = chosen.kernel;
	if (chosen.kernel) step->plan = choice_plan(&chosen, node, plan->target, plan->arena);
}

void plan_add_step(struct plan *plan, const struct node *node, const struct node *add, const struct choice *choice,
		   struct diag *diag)
{
	struct step step = { .node = node, .add = add };
	struct place place = node->place;

	choose(&step, plan, choice);
	if (!step.kernel) {
		place.layer = node->name;
		diag_error(diag, place, "layer '%s' (%s): target %s has no kernel for it%s", node->name,
			   node->layer->name, plan->target->name,
			   node_is_open(node) ? " with a variable number of steps; fix it with --steps N" : "");
		return;
	}
	step.n_table = kernel_tables(step.kernel, step.plan, step.table, MAX_KERNEL_TABLES);
	CHECK(step.n_table <= MAX_KERNEL_TABLES);
	step.scratch_bytes = kernel_scratch(step.kernel, step.plan);
	step.rows = node->out[0]->shape.rank > 1 ? node->out[0]->shape.at[0] : 1;
	step.constant_bytes = constant_bytes(&step);
	step.macs = layer_macs(node);
	plan->flash_bytes += step.constant_bytes;
	plan->macs += step.macs;
	list_push(plan->arena, &plan->steps, step);
}

/* By id of the nodes of a graph that has copies behind those that somebody has chosen for. */
static const struct choice *with_room(const struct choice *choice, int chosen, int n, struct arena *arena)
{
	struct choice *all = NEW_ARRAY(arena, n, struct choice);

	for (int i = 0; choice && i < chosen; i++) all[i] = choice[i];
	return all;
}

/* The target with the output's way to round, which tiles depend on. */
static const struct target *target_rounding(const struct target *target, enum fp fp, struct arena *arena)
{
	struct target *own = NEW(arena, struct target);

	*own = *target;
	own->fp = fp;
	return own;
}

struct draft plan_draft(const struct graph *graph, const struct target *target, enum fp fp, bool fuse,
			const struct choice *choice, struct arena *arena)
{
	struct graph *own = with_copies(graph, arena);
	struct draft draft = { .graph = own, .arena = arena };

	draft.fp = fp == FP_DEFAULT ? target->fp : fp;
	draft.target = target_rounding(target, draft.fp, arena);
	draft.choice = with_room(choice, graph->nodes.n, own->nodes.n, arena);
	draft.add_of =
	    fuse ? fuse_adds(own, draft.choice, draft.target) : NEW_ARRAY(arena, own->nodes.n, const struct node *);
	draft.passes = NEW_ARRAY(arena, own->nodes.n, bool);
	for (int i = 0; i < own->nodes.n; i++)
		if (draft.add_of[i]) draft.passes[draft.add_of[i]->id] = true;
	return draft;
}

struct plan *plan_begin(const struct draft *draft, struct arena *arena)
{
	struct plan *plan = NEW(arena, struct plan);

	plan->arena = arena;
	plan->graph = draft->graph;
	plan->target = draft->target;
	plan->fp = draft->fp;
	return plan;
}

struct plan *plan_make_chosen(const struct graph *graph, const struct target *target, enum fp fp, bool keep_all,
			      const struct choice *choice, struct arena *arena, struct diag *diag)
{
	struct draft draft = plan_draft(graph, target, fp, !keep_all, choice, arena);
	struct plan *plan = plan_begin(&draft, arena);
	const int *order = order_nodes(plan->graph, arena);

	plan->keep_all = keep_all;
	for (int i = 0; i < plan->graph->nodes.n; i++) {
		const struct node *node = plan->graph->nodes.at[order[i]];

		if (!layer_is_view(node) && !draft.passes[node->id])
			plan_add_step(plan, node, draft.add_of[node->id], &draft.choice[node->id], diag);
	}
	if (diag_failed(diag)) return NULL;
	names_assign(plan);
	memory_place(plan);
	return plan;
}

struct plan *plan_make(const struct graph *graph, const struct target *target, enum fp fp, bool keep_all,
		       struct arena *arena, struct diag *diag)
{
	return plan_make_chosen(graph, target, fp, keep_all, NULL, arena, diag);
}
