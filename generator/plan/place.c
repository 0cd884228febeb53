/* place.c: memory of a plan with a schedule: results over their inputs, buffers by lifetimes, and the moves of kept rows. */
#include "plan/flow.h"

struct places {
	struct plan *plan;
	struct schedule *schedule;
	struct interval *interval;
	int n;
	int *of, *saved, *scratch; /* interval by tensor, of its saved rows, by step; -1: none */
	int *maker;                /* step by tensor; -1: the caller */
};

static struct tensor_rows *rows_of(const struct places *places, const struct tensor *tensor)
{
	return &places->schedule->tensor[places->schedule->tensor[tensor->id].root];
}

/* The node with the tensors of the graph: those of a step may be copies with other shapes. */
static const struct node *node_of(const struct places *places, int step)
{
	return places->plan->graph->nodes.at[places->plan->steps.at[step].node->id];
}

static void find_uses(struct places *places)
{
	for (int s = 0; s < places->plan->steps.n; s++) {
		const struct node *node = node_of(places, s);

		for (int k = 0; k < node->n_in; k++) rows_of(places, node->in[k])->reader = s;
		for (int k = 0; k < node->n_out; k++) {
			struct tensor_rows *out = rows_of(places, node->out[k]);

			out->writer = out->reader = s;
			places->maker[out->root] = s;
		}
	}
}

/* ---- results over inputs ------------------------------------------------------------------------------------------ */

static bool kinds_allow(const struct places *places, int step, const struct tensor_rows *in,
			const struct tensor_rows *out)
{
	const struct step_rows *steps = places->schedule->step;

	if (in->row_bytes != out->row_bytes || in->rows != out->rows) return false;
	/* All its rows of a tick are read in it, by this step last; but others may go on when this step is done. */
	if (in->kind == ROWS_LOCAL) return steps[places->maker[in->root]].rows.most == steps[step].rows.most;
	return in->kind == ROWS_WHOLE && (out->kind == ROWS_WHOLE || out->kind == ROWS_USER) &&
	       schedule_stage(places->schedule, step)->ticks == 1;
}

static bool may_overwrite(const struct places *places, int step, int k)
{
	const struct node *node = node_of(places, step);
	const struct tensor_rows *in = rows_of(places, node->in[k]), *out = rows_of(places, node->out[0]);

	if (!layer_in_place(node, k) || in == out || in->reader != step || node->n_out != 1) return false;
	if (!kinds_allow(places, step, in, out)) return false;
	for (int j = 0; j < node->n_in; j++)
		if (rows_of(places, node->in[j]) == in && !layer_in_place(node, j)) return false;
	return true;
}

/* The input is written where the result goes. */
static void overwrite(struct places *places, int step)
{
	const struct node *node = node_of(places, step);

	for (int k = 0; k < node->n_in; k++) {
		struct tensor_rows *in = rows_of(places, node->in[k]), *out = rows_of(places, node->out[0]);
		int old = in->root;

		if (!may_overwrite(places, step, k)) continue;
		if (in->writer < out->writer) out->writer = in->writer;
		for (int i = 0; i < places->plan->graph->tensors.n; i++)
			if (places->schedule->tensor[i].root == old) places->schedule->tensor[i].root = out->root;
		return;
	}
}

/* ---- intervals ---------------------------------------------------------------------------------------------------- */

static int add_interval(struct places *places, int64_t bytes, int first, int last)
{
	places->interval[places->n] = (struct interval){ bytes, 0, first, last };
	return places->n++;
}

/* Whole tensors of a stage that runs in ticks live as long as it does. */
static void add_tensor(struct places *places, const struct tensor_rows *tensor)
{
	const struct stage *made_in = schedule_stage(places->schedule, tensor->writer),
			   *read_in = schedule_stage(places->schedule, tensor->reader);
	bool stays = tensor->kind == ROWS_WHOLE || tensor->kind == ROWS_LINEAR;
	int first = stays && made_in->ticks > 1 ? made_in->first : tensor->writer;
	int last = stays && read_in->ticks > 1 ? read_in->end - 1 : tensor->reader;

	places->of[tensor->root] = add_interval(places, tensor->capacity * tensor->row_bytes, first, last);
	if (tensor->kind == ROWS_SPLIT)
		places->saved[tensor->root] =
		    add_interval(places, tensor->keep * tensor->row_bytes, made_in->first, made_in->end - 1);
}

static void add_scratch(struct places *places, int step)
{
	const struct stage *stage = schedule_stage(places->schedule, step);
	bool stays = places->schedule->step[step].adds_up;
	int64_t bytes = places->plan->steps.at[step].scratch_bytes;

	if (bytes > 0)
		places->scratch[step] =
		    add_interval(places, bytes, stays ? stage->first : step, stays ? stage->end - 1 : step);
}

static void collect(struct places *places)
{
	struct arena *arena = places->plan->arena;
	int tensors = places->plan->graph->tensors.n, steps = places->plan->steps.n;

	places->interval = NEW_ARRAY(arena, 2 * tensors + steps, struct interval);
	places->of = NEW_ARRAY(arena, tensors, int);
	places->saved = NEW_ARRAY(arena, tensors, int);
	places->scratch = NEW_ARRAY(arena, steps, int);
	for (int i = 0; i < tensors; i++) {
		const struct tensor_rows *tensor = &places->schedule->tensor[i];

		places->of[i] = places->saved[i] = -1;
		if (tensor->root == i && tensor->writer >= 0 && tensor->kind != ROWS_USER) add_tensor(places, tensor);
	}
	for (int s = 0; s < steps; s++) {
		places->scratch[s] = -1;
		add_scratch(places, s);
	}
}

/* ---- results -------------------------------------------------------------------------------------------------------- */

/* The caller's array that the tensor's root is; outputs first: an input that is one was copied. */
static struct buffer user_buffer(const struct places *places, int root)
{
	const struct graph *graph = places->plan->graph;
	struct buffer buffer = { .home = HOME_NONE };

	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i]->id == root) buffer = (struct buffer){ .home = HOME_INPUT, .index = i };
	for (int i = 0; i < graph->outputs.n; i++)
		if (places->schedule->tensor[graph->outputs.at[i]->id].root == root)
			buffer = (struct buffer){ .home = HOME_OUTPUT, .index = i };
	return buffer;
}

static void set_buffers(struct places *places)
{
	struct plan *plan = places->plan;

	for (int i = 0; i < plan->graph->tensors.n; i++) {
		int root = places->schedule->tensor[i].root, interval = places->of[root];
		const struct tensor_rows *tensor = &places->schedule->tensor[root];
		struct buffer *buffer = &plan->buffer[i];

		*buffer = interval < 0 ? user_buffer(places, root) : (struct buffer){ .home = HOME_CONTEXT };
		buffer->bytes = tensor->capacity * tensor->row_bytes;
		buffer->first = tensor->writer;
		buffer->last = tensor->reader;
		if (interval >= 0) {
			buffer->offset = places->interval[interval].offset;
			buffer->first = places->interval[interval].first;
			buffer->last = places->interval[interval].last;
		}
		if (places->saved[root] >= 0)
			places->schedule->tensor[i].saved = places->interval[places->saved[root]].offset;
	}
	for (int s = 0; s < plan->steps.n; s++)
		if (places->scratch[s] >= 0)
			plan->steps.at[s].scratch_offset = places->interval[places->scratch[s]].offset;
}

/* Views and what is overwritten say the same of their kind as their root. */
static void follow_roots(struct places *places)
{
	struct schedule *schedule = places->schedule;

	for (int i = 0; i < places->plan->graph->tensors.n; i++) {
		const struct tensor_rows *root = &schedule->tensor[schedule->tensor[i].root];
		struct tensor_rows *tensor = &schedule->tensor[i];

		if (tensor == root) continue;
		tensor->kind = root->kind;
		tensor->capacity = root->capacity;
		tensor->keep = root->keep;
		tensor->moved = 0;
		tensor->writer = root->writer;
		tensor->reader = root->reader;
	}
}

static void add_moves(struct places *places, int step, bool before)
{
	static const enum move_kind behind[] = {
		[ROWS_LOCAL] = MOVE_FORGET, [ROWS_LINEAR] = MOVE_FRONT, [ROWS_SPLIT] = MOVE_SAVE
	};
	struct schedule *schedule = places->schedule;

	for (int i = 0; i < places->plan->graph->tensors.n; i++) {
		const struct tensor_rows *tensor = &schedule->tensor[i];
		struct row_move move = { .tensor = i, .maker = places->maker[i], .step = step };

		if (tensor->root != i || tensor->kind < ROWS_LOCAL) continue;
		if ((before ? tensor->writer : tensor->reader) != step) continue;
		if (before && tensor->kind != ROWS_SPLIT) continue;
		move.kind = before ? MOVE_RESTORE : behind[tensor->kind];
		list_push(places->plan->arena, &schedule->moves, move);
	}
}

void schedule_place(struct plan *plan, struct schedule *schedule)
{
	struct places places = { .plan = plan, .schedule = schedule };
	int tensors = plan->graph->tensors.n;

	places.maker = NEW_ARRAY(plan->arena, tensors, int);
	for (int i = 0; i < tensors; i++) places.maker[i] = -1;
	plan->buffer = NEW_ARRAY(plan->arena, tensors, struct buffer);
	find_uses(&places);
	for (int s = 0; s < plan->steps.n; s++) overwrite(&places, s);
	collect(&places);
	plan->context_bytes = memory_pack(places.interval, places.n, plan->arena);
	if (plan->context_bytes < (int64_t)sizeof(float)) plan->context_bytes = (int64_t)sizeof(float);
	follow_roots(&places);
	set_buffers(&places);
	for (int s = 0; s < plan->steps.n; s++) {
		add_moves(&places, s, true);
		add_moves(&places, s, false);
	}
	plan->schedule = schedule;
}
