/* schedule.c: which schedule: blocks, paces, buffers and orders are tried, and the one that serves the wish is planned. */
#include "plan/flow.h"

#include <string.h>

/* What a plan by rows costs beside its steps, in the operations that kernels count in, as measured on a Cortex-M4F: a call
 * that is told of rows alone, or of a window's edges, too; a move; and four words that are moved, by a library's memmove,
 * by one that goes byte by byte (picolibc's; newlib's where words do not lie at multiples of 4), or by eight registers at
 * once. */
enum {
	CALL_OPERATIONS = 60,
	WINDOW_OPERATIONS = 200,
	MOVE_OPERATIONS = 30,
	MOVED_OPERATIONS = 8,
	BYTES_OPERATIONS = 80,
	GROUP_OPERATIONS = 2,
	WORD_BYTES = 4
};
/* Where floats are calls of a library, an operation of a kernel is so many instructions (of a Cortex-M3; M0+, RV32: more). */
enum { SOFT_OPERATIONS = 24 };
/* --ram balanced: as many percent of the fastest plan's operations. */
enum { BALANCED_PERCENT = 103 };
/* Steps x ticks that a search goes through before it is content with what it has. */
#define SEARCH_ROUNDS ((int64_t)30000000)

/* A schedule to be tried. */
struct trial {
	struct schedule_request request;
	bool *early, *cut; /* by node, by tensor; NULL: none */
	bool model_order;
	bool no_sums; /* what could add rows up waits for all of them: its sums then have a tile's speed */
	int64_t bytes, operations;
	int linear, split;
	bool by_rows; /* some stage has ticks */
};

struct search {
	struct arena *arena;
	struct draft draft;
	struct wish wish;
	const int *order[2];      /* for little memory, the model's */
	struct flow *flow[2][2];  /* by order; with sums, without.  Without cuts; NULL: it is no other */
	const struct plan *whole; /* layer by layer */
	int64_t *scratch;         /* by node id, of that */
	int64_t operations;       /* of that */
	int64_t rounds;
};

/* ---- a trial ------------------------------------------------------------------------------------------------------ */

static int64_t piece_of(const struct step_rows *rows)
{
	return rows->calls > 0 && rows->rows.most > 0 ? (rows->rows.most + rows->calls - 1) / rows->calls : 1;
}

/* The node as its kernel sees it. */
static const struct node *seen_by_kernel(const struct schedule *schedule, int step, const struct node *node,
					 struct arena *arena)
{
	if (schedule->step[step].adds_up) return node_by_sums(node, arena);
	return schedule->step[step].by_rows ? node_by_rows(node, piece_of(&schedule->step[step]), arena) : node;
}

/* Moves of a run; on Arm the driver has its own for rows of whole words, see templates/blocks.ct. */
static int64_t moving(const struct tensor_rows *tensor, const struct target *target)
{
	bool groups = target->board && strcmp(target->machine, "arm") == 0 && tensor->row_bytes % WORD_BYTES == 0;
	int64_t price = groups ? GROUP_OPERATIONS : target->board ? BYTES_OPERATIONS : MOVED_OPERATIONS;

	if (tensor->moved == 0) return 0;
	return tensor->moved / tensor->keep * MOVE_OPERATIONS +
	       tensor->moved * tensor->row_bytes * price / (4 * WORD_BYTES);
}

static int64_t calling(const struct step_rows *step)
{
	if (!step->by_rows && !step->adds_up) return 0;
	return step->calls * (step->by_rows && !step->call->same ? WINDOW_OPERATIONS : CALL_OPERATIONS);
}

static int64_t working(const struct target *target, const struct node *node, const struct cost *cost)
{
	bool soft = target->board && !target->has_fused && !node_is_integer(node);

	return cost->operations * (soft ? SOFT_OPERATIONS : 1);
}

static int64_t operations_of(const struct search *search, const struct flow *flow, const struct schedule *schedule,
			     struct arena *arena)
{
	int64_t operations = 0;

	for (int s = 0; s < flow->n; s++) {
		const struct node *node = flow->graph->nodes.at[flow->order[s]];
		struct cost cost = { 0 };

		kernel_choose(seen_by_kernel(schedule, s, node, arena), search->draft.target, &cost);
		operations += working(search->draft.target, node, &cost) + calling(&schedule->step[s]);
	}
	for (int i = 0; i < flow->graph->tensors.n; i++)
		if (schedule->tensor[i].root == i) operations += moving(&schedule->tensor[i], search->draft.target);
	return operations;
}

/* Steps without kernels: their memory is known. */
static struct plan *bare_plan(const struct search *search, const struct flow *flow, struct arena *arena)
{
	struct plan *plan = plan_begin(&search->draft, arena);

	for (int s = 0; s < flow->n; s++) {
		struct step step = { .node = flow->graph->nodes.at[flow->order[s]],
				     .scratch_bytes = search->scratch[flow->order[s]] };

		list_push(arena, &plan->steps, step);
	}
	return plan;
}

static void count_kinds(struct trial *trial, const struct schedule *schedule, const struct graph *graph)
{
	trial->linear = trial->split = 0;
	for (int i = 0; i < graph->tensors.n; i++) {
		if (schedule->tensor[i].root != i) continue;
		trial->linear += schedule->tensor[i].kind == ROWS_LINEAR;
		trial->split += schedule->tensor[i].kind == ROWS_SPLIT;
	}
	trial->by_rows = false;
	for (int i = 0; i < schedule->stages.n; i++) trial->by_rows |= schedule->stages.at[i].ticks > 1;
}

static const struct flow *flow_of(const struct search *search, const struct trial *trial, struct arena *arena)
{
	if (!trial->cut) return search->flow[trial->model_order][trial->no_sums];
	return flow_new(search->draft.graph, search->draft.passes, search->order[trial->model_order],
			search->draft.target, !trial->no_sums, trial->cut, arena);
}

/* With kinds by the trial's split. */
static void measure(struct search *search, struct trial *trial, const struct flow *flow, const struct schedule *counted)
{
	struct arena *arena = arena_new();
	struct plan *plan = bare_plan(search, flow, arena);
	struct schedule *schedule = schedule_decide(counted, flow, &trial->request.split, arena);

	schedule_place(plan, schedule);
	trial->bytes = plan->context_bytes;
	trial->operations = operations_of(search, flow, schedule, arena);
	count_kinds(trial, schedule, flow->graph);
	arena_free(arena);
}

/* ---- which is better ------------------------------------------------------------------------------------------------ */

static bool is_cheap(const struct search *search, int64_t operations)
{
	return operations <= search->operations / 100 * BALANCED_PERCENT;
}

static bool is_better(const struct search *search, const struct trial *a, const struct trial *b)
{
	bool by_bytes = search->wish.ram != RAM_FASTEST;

	if (search->wish.ram == RAM_BALANCED) {
		bool cheap = is_cheap(search, a->operations);

		if (cheap != is_cheap(search, b->operations)) return cheap;
		by_bytes = cheap;
	}
	if (by_bytes && a->bytes != b->bytes) return a->bytes < b->bytes;
	if (a->operations != b->operations) return a->operations < b->operations;
	return a->bytes < b->bytes;
}

/* ---- what is tried --------------------------------------------------------------------------------------------------- */

static const struct split splits[] = { { 0, 1 }, { 1, 4 }, { 1, 2 }, { 1, 1 }, { 2, 1 }, { 1000000, 1 } };

/* With the trial's kinds; all_kinds: with each. */
static void try(struct search *search, struct trial trial, bool all_kinds, struct trial *best)
{
	struct arena *arena = arena_new();
	const struct flow *flow = flow_of(search, &trial, arena);
	struct schedule *counted;

	trial.request.pacing.early = trial.early;
	counted = schedule_count(flow, &trial.request, arena);
	search->rounds += counted->rounds;
	for (size_t i = 0; i < (all_kinds ? sizeof splits / sizeof *splits : 1); i++) {
		if (all_kinds) trial.request.split = splits[i];
		measure(search, &trial, flow, counted);
		if (trial.by_rows && (best->bytes == 0 || is_better(search, &trial, best))) *best = trial;
	}
	arena_free(arena);
}

static void try_block(struct search *search, int64_t block, struct trial *best)
{
	for (int way = 0; way < 8; way++) {
		struct trial trial = { .model_order = (way & 4) != 0, .no_sums = (way & 2) != 0 };

		if (!search->flow[trial.model_order][trial.no_sums]) continue;
		trial.request.pacing.mode = way & 1 ? PACE_LATE : PACE_EVEN;
		trial.request.pacing.block = block;
		try(search, trial, true, best);
	}
}

static struct plan_trial figures_of(const struct trial *trial)
{
	return (struct plan_trial){ .block = trial->request.pacing.block,
				    .late = trial->request.pacing.mode == PACE_LATE,
				    .linear = trial->linear,
				    .split = trial->split,
				    .context_bytes = trial->bytes,
				    .operations = trial->operations };
}

/* In the order of their blocks. */
static void add_trial(struct plan *plan, const struct trial *trial, struct arena *arena)
{
	int at = plan->trials.n;

	list_push(arena, &plan->trials, figures_of(trial));
	for (; at > 0 && plan->trials.at[at - 1].block > trial->request.pacing.block; at--)
		plan->trials.at[at] = plan->trials.at[at - 1];
	plan->trials.at[at] = figures_of(trial);
}

/* The best of its block has become better. */
static void improve_trial(struct plan *plan, const struct trial *best)
{
	for (int i = 0; i < plan->trials.n; i++)
		if (plan->trials.at[i].block == best->request.pacing.block) plan->trials.at[i] = figures_of(best);
}

/* Narrow tensors that run early drop the wide ones that they are made of. */
static void improve_early(struct search *search, struct trial *best)
{
	int nodes = search->draft.graph->nodes.n;

	for (int i = 0; i < nodes && search->rounds < SEARCH_ROUNDS; i++) {
		struct trial trial = *best;

		if (search->flow[best->model_order][best->no_sums]->node[i].way != WAY_ROWS) continue;
		trial.early = NEW_ARRAY(search->arena, nodes, bool);
		if (best->early) memcpy(trial.early, best->early, (size_t)nodes * sizeof(bool));
		trial.early[i] = !trial.early[i];
		try(search, trial, false, best);
	}
}

/* A tensor that is whole anyway may part two stages: what is before it is forgotten then. */
static void improve_cuts(struct search *search, struct trial *best)
{
	int tensors = search->draft.graph->tensors.n;

	for (int i = 0; i < tensors && search->rounds < SEARCH_ROUNDS; i++) {
		struct trial trial = *best;

		if (!flow_is_tracked(search->flow[best->model_order][best->no_sums], i)) continue;
		trial.cut = NEW_ARRAY(search->arena, tensors, bool);
		if (best->cut) memcpy(trial.cut, best->cut, (size_t)tensors * sizeof(bool));
		trial.cut[i] = !trial.cut[i];
		try(search, trial, false, best);
	}
}

static int64_t longest(const struct flow *flow)
{
	int64_t rows = 1;

	for (int i = 0; i < flow->graph->tensors.n; i++)
		if (flow->tensor[i].rows > rows) rows = flow->tensor[i].rows;
	return rows;
}

static void consider(struct search *search, int64_t block, struct plan *whole, struct trial *best)
{
	struct trial of_block = { .bytes = 0 };

	for (int i = 0; i < whole->trials.n; i++)
		if (whole->trials.at[i].block == block) return;
	try_block(search, block, &of_block);
	if (of_block.bytes == 0) return;
	add_trial(whole, &of_block, search->arena);
	if (best->bytes == 0 || is_better(search, &of_block, best)) *best = of_block;
}

/* Blocks between the powers of two about one of them. */
static void refine(struct search *search, struct plan *whole, int64_t middle, int64_t most, struct trial *best)
{
	static const int sixteenths[] = { 9, 10, 12, 14, 15, 18, 20, 21, 24, 27, 28, 30 };

	for (size_t i = 0; i < sizeof sixteenths / sizeof *sixteenths && search->rounds < SEARCH_ROUNDS; i++) {
		int64_t block = middle * sixteenths[i] / 16;

		if (block * 16 == middle * sixteenths[i] && block < most) consider(search, block, whole, best);
	}
}

/* The best of all; bytes 0: nothing runs by rows. */
static struct trial find_best(struct search *search, struct plan *whole)
{
	struct trial best = { .bytes = 0 };
	int64_t most = longest(search->flow[0][0]), first = search->wish.block ? search->wish.block : 1;

	for (int64_t block = first; block < most; block *= 2) {
		consider(search, block, whole, &best);
		if (search->wish.block) break;
	}
	first = best.request.pacing.block;
	if (best.bytes != 0 && !search->wish.block) {
		refine(search, whole, first, most, &best);
		refine(search, whole, first / 2, most, &best);
	}
	if (best.bytes != 0 && search->wish.ram != RAM_FASTEST) {
		improve_early(search, &best);
		improve_cuts(search, &best);
		improve_trial(whole, &best);
	}
	return best;
}

/* ---- the plan --------------------------------------------------------------------------------------------------------- */

static struct plan *make(struct search *search, const struct trial *trial, struct diag *diag)
{
	struct arena *arena = search->arena;
	const struct flow *flow = flow_of(search, trial, arena);
	struct schedule *schedule;
	struct plan *plan = plan_begin(&search->draft, arena);

	schedule = schedule_new(flow, &trial->request, arena);
	for (int s = 0; s < flow->n; s++) {
		const struct node *node = flow->graph->nodes.at[flow->order[s]];
		const struct node *seen = seen_by_kernel(schedule, s, node, arena);
		struct choice choice = search->draft.choice[node->id];

		if (choice.kernel && !kernel_serves(choice.kernel, seen, search->draft.target))
			choice = (struct choice){ .kernel = NULL };
		plan_add_step(plan, seen, search->draft.add_of[node->id], &choice, diag);
	}
	if (diag_failed(diag)) return NULL;
	names_assign(plan);
	schedule_place(plan, schedule);
	return plan;
}

static void begin_flows(struct search *search, int order)
{
	const struct draft *draft = &search->draft;

	for (int without = 0; without < 2; without++) {
		if (without && !flow_has_sums(search->flow[order][0])) continue;
		search->flow[order][without] = flow_new(draft->graph, draft->passes, search->order[order],
							draft->target, !without, NULL, search->arena);
	}
}

static struct search begin(const struct plan *whole, struct draft draft, struct wish wish, struct arena *arena)
{
	struct search search = { .arena = arena, .draft = draft, .wish = wish, .whole = whole };
	int *model = NEW_ARRAY(arena, draft.graph->nodes.n, int);
	bool same = true;

	for (int i = 0; i < draft.graph->nodes.n; i++) model[i] = i;
	search.order[0] = order_nodes(draft.graph, arena);
	search.order[1] = model;
	for (int i = 0; i < draft.graph->nodes.n; i++) same &= search.order[0][i] == i;
	for (int i = 0; i < (same ? 1 : 2); i++) begin_flows(&search, i);
	search.scratch = NEW_ARRAY(arena, draft.graph->nodes.n, int64_t);
	for (int s = 0; s < whole->steps.n; s++) {
		search.scratch[whole->steps.at[s].node->id] = whole->steps.at[s].scratch_bytes;
		search.operations += working(draft.target, whole->steps.at[s].node, &whole->steps.at[s].cost);
	}
	return search;
}

/* Layer by layer, as a trial. */
static struct trial as_trial(const struct search *search)
{
	return (struct trial){ .bytes = search->whole->context_bytes, .operations = search->operations };
}

struct wish wish_of(const struct target *target, const struct options *options)
{
	const enum ram otherwise = target->board ? RAM_BALANCED : RAM_FASTEST;

	return (struct wish){ options->ram != RAM_DEFAULT ? options->ram : otherwise, options->block };
}

struct plan *plan_make_for(const struct graph *graph, const struct target *target, enum fp fp,
			   const struct choice *choice, struct wish wish, struct arena *arena, struct diag *diag)
{
	struct plan *whole = plan_make_chosen(graph, target, fp, false, choice, arena, diag), *plan = whole;
	struct search search;
	struct trial best, layers;

	if (!whole || graph->lengths.n > 0 || (wish.ram == RAM_FASTEST && wish.block == 0)) return whole;
	search = begin(whole, plan_draft(graph, target, fp, true, choice, arena), wish, arena);
	layers = as_trial(&search);
	best = find_best(&search, whole);
	if (best.bytes != 0 && (wish.block != 0 || is_better(&search, &best, &layers)))
		plan = make(&search, &best, diag);
	if (!plan) return NULL;
	list_push(arena, &whole->trials, figures_of(&layers));
	if (plan != whole) {
		plan->trials.at = whole->trials.at;
		plan->trials.n = whole->trials.n;
		plan->trials.capacity = whole->trials.capacity;
	}
	return plan;
}
