/* check_rows.c: the second opinion on a plan with a schedule: it is played call by call on memory where every cell (as large
 * as the smallest number in the plan) knows which part of which tensor it is.  Shares no code with what made the plan; reads what layers say of their rows. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

/* What a cell of memory is: a part of a tensor, or nothing. */
struct cell {
	int tensor; /* id, behind it -1 - step for scratch memory; NOTHING */
	int64_t part;
};
enum { NOTHING = -0x7fffffff };
/* Of schedules with more steps x ticks, the first and the last cell of each row are looked at, not those between. */
enum { ROUNDS_IN_FULL = 200000 };

struct replay {
	const struct plan *plan;
	const struct schedule *schedule;
	struct cell *context, **output;
	int cell_bytes;
	int64_t *made; /* by step */
	int64_t *base; /* by tensor: of buffers */
	bool ends_only;
	const int *written; /* by tensor: the one that is written, of which it is a view */
};

static const struct node *node_of(const struct replay *replay, int step)
{
	return replay->plan->graph->nodes.at[replay->plan->steps.at[step].node->id];
}

static int64_t cells_of_row(const struct replay *replay, int tensor)
{
	return replay->schedule->tensor[tensor].row_bytes / replay->cell_bytes;
}

/* ---- memory --------------------------------------------------------------------------------------------------- */

static int64_t cells_of(const struct replay *replay, const struct tensor *tensor)
{
	return tensor_elements(tensor) * type_bytes(tensor->type) / replay->cell_bytes;
}

/* The first cell of a row, n of which must be there side by side; NULL: the caller's input. */
static struct cell *find(const struct replay *replay, int tensor, int64_t row, int64_t n, const char *who)
{
	const struct tensor_rows *rows = &replay->schedule->tensor[tensor];
	const struct buffer *buffer = &replay->plan->buffer[tensor];
	const struct tensor *user = NULL;
	int64_t at = buffer->offset / replay->cell_bytes, end = replay->plan->context_bytes / replay->cell_bytes,
		width = n;

	at += (row - replay->base[rows->root]) * cells_of_row(replay, tensor);
	if (buffer->home == HOME_INPUT) user = replay->plan->graph->inputs.at[buffer->index];
	if (buffer->home == HOME_OUTPUT) user = replay->plan->graph->outputs.at[buffer->index];
	if (user) end = cells_of(replay, user);
	if (buffer->home == HOME_NONE || at < 0 || at + width > end)
		die("plan: '%s' is out of bounds of '%s', row %lld", who, replay->plan->graph->tensors.at[tensor]->name,
		    (long long)row);
	if (!user && at * replay->cell_bytes + width * replay->cell_bytes > buffer->offset + buffer->bytes)
		die("plan: '%s' goes past the buffer of '%s'", who, replay->plan->graph->tensors.at[tensor]->name);
	if (buffer->home == HOME_INPUT) return NULL;
	return (user ? replay->output[buffer->index] : replay->context) + at;
}

static int64_t next_in_row(const struct replay *replay, int64_t i, int64_t width)
{
	return replay->ends_only && i < width - 1 ? width - 1 : i + 1;
}

static void expect(const struct replay *replay, int tensor, int64_t first, int64_t end, const char *who)
{
	int64_t width = cells_of_row(replay, tensor);
	int written = replay->written[tensor];

	for (int64_t row = first; row < end; row++) {
		const struct cell *cell = find(replay, tensor, row, width, who);

		for (int64_t i = 0; cell && i < width; i = next_in_row(replay, i, width))
			if (cell[i].tensor != written || cell[i].part != row * width + i)
				die("plan: '%s' reads row %lld of '%s', which is not there", who, (long long)row,
				    replay->plan->graph->tensors.at[tensor]->name);
	}
}

static void write(struct replay *replay, int tensor, int64_t first, int64_t end, const char *who)
{
	int64_t width = cells_of_row(replay, tensor);

	for (int64_t row = first; row < end; row++) {
		struct cell *cell = find(replay, tensor, row, width, who);

		if (!cell) die("plan: '%s' writes an input", who);
		for (int64_t i = 0; i < width; i = next_in_row(replay, i, width))
			cell[i] = (struct cell){ tensor, row * width + i };
	}
}

/* ---- what a call reads ------------------------------------------------------------------------------------------ */

/* Rows [lo, hi) of input k for output row o. */
static void rows_read(const struct node *node, int k, int64_t o, int64_t *lo, int64_t *hi)
{
	struct reach from = { o, o }, to = { o + 1, o + 1 };
	struct sum sum;

	if (node->layer->rows && !(k == 1 && node_sum(node, &sum)) &&
	    (!node->layer->rows(node, k, 0, o, &from) || !node->layer->rows(node, k, 0, o + 1, &to)))
		die("plan: '%s' does not run by rows", node->name);
	*lo = from.lo > 0 ? from.lo : 0;
	*hi = to.hi;
}

/* Memory that a call reads and memory that it writes are apart, or the same element by element. */
static void check_apart(const struct replay *replay, int step, int k, int64_t in_first, int64_t in_rows,
			int64_t out_first, int64_t out_rows)
{
	const struct node *node = node_of(replay, step);
	int in = node->in[k]->id, out = node->out[0]->id;
	int64_t in_width = cells_of_row(replay, in), out_width = cells_of_row(replay, out);
	const struct cell *x, *y;

	if (in_rows <= 0 || out_rows <= 0) return;
	x = find(replay, in, in_first, in_rows * in_width, node->name);
	y = find(replay, out, out_first, out_rows * out_width, node->name);
	if (!x || replay->plan->buffer[in].home != replay->plan->buffer[out].home ||
	    replay->plan->buffer[in].index != replay->plan->buffer[out].index)
		return;
	if (x + in_rows * in_width <= y || y + out_rows * out_width <= x) return;
	if (!layer_in_place(node, k) || x != y) die("plan: '%s' overwrites its input", node->name);
}

static void check_input(const struct replay *replay, int step, int k, int64_t first, int64_t end)
{
	const struct node *node = node_of(replay, step);
	const struct row_call *call = replay->schedule->step[step].call;
	const struct tensor_rows *in = &replay->schedule->tensor[node->in[k]->id];
	int64_t from = in->rows, to = 0, given = call->times * first + call->add;

	if (!input_has_rows(node, k)) {
		expect(replay, node->in[k]->id, 0, in->rows, node->name);
		check_apart(replay, step, k, 0, in->rows, first, end - first);
		return;
	}
	for (int64_t o = first; o < end; o++) {
		int64_t lo, hi;

		rows_read(node, k, o, &lo, &hi);
		if (hi > in->rows) hi = in->rows;
		if (lo < hi && lo < from) from = lo;
		if (lo < hi && hi > to) to = hi;
	}
	if (from >= to) return;
	given = given < 0 || call->same ? (call->same ? first : 0) : given / call->divisor;
	if (given > from && k == 0) die("plan: '%s' is given too few rows", node->name);
	if (given < replay->base[in->root] && k == 0) die("plan: '%s' is given rows before a buffer", node->name);
	expect(replay, node->in[k]->id, from, to, node->name);
	check_apart(replay, step, k, from, to - from, first, end - first);
}

/* ---- calls -------------------------------------------------------------------------------------------------------- */

static void use_scratch(struct replay *replay, int s, bool again)
{
	const struct step *step = &replay->plan->steps.at[s];
	int64_t at = step->scratch_offset / replay->cell_bytes,
		n = (step->scratch_bytes + replay->cell_bytes - 1) / replay->cell_bytes;

	if (n > 0 && (at < 0 || (at + n) * replay->cell_bytes > replay->plan->context_bytes))
		die("plan: scratch of '%s' is out of bounds", step->node->name);
	for (int64_t i = 0; i < n; i++) {
		struct cell *cell = &replay->context[at + i];

		if (again && cell->tensor != -1 - s) die("plan: '%s' loses its scratch", step->node->name);
		*cell = (struct cell){ -1 - s, i };
	}
}

static void call_whole(struct replay *replay, int s)
{
	const struct node *node = node_of(replay, s);

	for (int k = 0; k < node->n_in; k++) {
		const struct tensor_rows *in = &replay->schedule->tensor[node->in[k]->id];

		expect(replay, node->in[k]->id, 0, in->rows, node->name);
		for (int j = 0; j < node->n_out && node->n_out == 1; j++)
			check_apart(replay, s, k, 0, in->rows, 0, replay->schedule->tensor[node->out[j]->id].rows);
	}
	use_scratch(replay, s, false);
	for (int k = 0; k < node->n_in; k++)
		expect(replay, node->in[k]->id, 0, replay->schedule->tensor[node->in[k]->id].rows, node->name);
	for (int k = 0; k < node->n_out; k++)
		write(replay, node->out[k]->id, 0, replay->schedule->tensor[node->out[k]->id].rows, node->name);
	for (int k = 0; k < node->n_out; k++)
		expect(replay, node->out[k]->id, 0, replay->schedule->tensor[node->out[k]->id].rows, node->name);
}

static void call_rows(struct replay *replay, int s, int64_t first, int64_t end)
{
	const struct node *node = node_of(replay, s);

	for (int round = 0; round < 2; round++) {
		for (int k = 0; k < node->n_in; k++) check_input(replay, s, k, first, end);
		if (replay->plan->steps.at[s].scratch_bytes == 0) break;
		if (round == 0) use_scratch(replay, s, false);
	}
	write(replay, node->out[0]->id, first, end, node->name);
}

/* Rows [first, end) of the input join sums that the output and the scratch memory hold. */
static void call_sums(struct replay *replay, int s, int64_t first, int64_t end)
{
	const struct node *node = node_of(replay, s);
	int in = replay->written[node->in[0]->id], out = node->out[0]->id;
	int64_t rows = replay->schedule->tensor[out].rows;

	if (first > 0) expect(replay, out, 0, rows, node->name);
	expect(replay, in, first, end, node->name);
	use_scratch(replay, s, first > 0);
	expect(replay, in, first, end, node->name);
	write(replay, out, 0, rows, node->name);
	expect(replay, in, first, end, node->name);
}

/* ---- moves ---------------------------------------------------------------------------------------------------------- */

static void copy(struct replay *replay, int64_t to, int64_t from, int64_t bytes)
{
	int64_t end = replay->plan->context_bytes;

	if (to < 0 || from < 0 || to + bytes > end || from + bytes > end) die("plan: a move is out of bounds");
	memmove(replay->context + to / replay->cell_bytes, replay->context + from / replay->cell_bytes,
		(size_t)(bytes / replay->cell_bytes) * sizeof(struct cell));
}

static void move(struct replay *replay, const struct row_move *m)
{
	const struct tensor_rows *rows = &replay->schedule->tensor[m->tensor];
	int64_t made = replay->made[m->maker], there = made - replay->base[m->tensor];
	int64_t n = there < rows->keep ? there : rows->keep, front = replay->plan->buffer[m->tensor].offset;
	int64_t last = front + (there - n) * rows->row_bytes;

	if (there > rows->capacity) die("plan: a buffer holds more rows than it has");
	switch (m->kind) {
	case MOVE_FORGET: n = 0; break;
	case MOVE_FRONT: copy(replay, front, last, n * rows->row_bytes); break;
	case MOVE_SAVE: copy(replay, rows->saved, last, n * rows->row_bytes); break;
	case MOVE_RESTORE: copy(replay, front, rows->saved, n * rows->row_bytes); return;
	}
	replay->base[m->tensor] = made - n;
}

static void moves_at(struct replay *replay, int step, bool before)
{
	for (int i = 0; i < replay->schedule->moves.n; i++) {
		const struct row_move *m = &replay->schedule->moves.at[i];

		if (m->step == step && (m->kind == MOVE_RESTORE) == before) move(replay, m);
	}
}

/* ---- the whole run ---------------------------------------------------------------------------------------------------- */

static int64_t wanted_at(const struct watermark *w, int64_t tick)
{
	int64_t number = w->multiply * tick + w->add, rows;

	if (number < 0 || w->divide < 1) die("plan: a watermark is negative");
	rows = w->times * (number / w->divide) + w->plus;
	if (rows > w->most) rows = w->most;
	return rows > 0 ? rows : 0;
}

static void tick(struct replay *replay, int s, int64_t t)
{
	const struct step_rows *step = &replay->schedule->step[s];
	int64_t wanted = wanted_at(&step->rows, t), made = replay->made[s];

	if (wanted < made) die("plan: a watermark falls");
	if (step->always && wanted == made) die("plan: a step has nothing to do");
	if (wanted == made) return;
	(step->adds_up ? call_sums : call_rows)(replay, s, made, wanted);
	replay->made[s] = wanted;
}

static void run_stage(struct replay *replay, const struct stage *stage)
{
	for (int64_t t = 1; t <= stage->ticks; t++)
		for (int s = stage->first; s < stage->end; s++) {
			if (!replay->schedule->step[s].by_rows && !replay->schedule->step[s].adds_up) {
				if (stage->ticks != 1) die("plan: a barrier runs in ticks");
				call_whole(replay, s);
				continue;
			}
			moves_at(replay, s, true);
			tick(replay, s, t);
			moves_at(replay, s, false);
		}
	for (int s = stage->first; s < stage->end; s++)
		if (stage->ticks > 1 && replay->made[s] != replay->schedule->step[s].rows.most)
			die("plan: a stage ends before its steps");
}

static struct cell *memory_new(struct arena *arena, int64_t cells)
{
	struct cell *at = NEW_ARRAY(arena, cells + 1, struct cell);

	for (int64_t i = 0; i < cells; i++) at[i].tensor = NOTHING;
	return at;
}

static bool has_step(const struct plan *plan, const struct node *node)
{
	for (int s = 0; s < plan->steps.n; s++)
		if (plan->steps.at[s].node->id == node->id) return true;
	return false;
}

/* Through nodes that have no step. */
static const int *written_tensors(const struct plan *plan, struct arena *arena)
{
	int *written = NEW_ARRAY(arena, plan->graph->tensors.n, int);

	for (int i = 0; i < plan->graph->tensors.n; i++) {
		const struct tensor *tensor = plan->graph->tensors.at[i];

		while (tensor->from && !has_step(plan, tensor->from)) tensor = tensor->from->in[0];
		written[i] = tensor->id;
		if (plan->buffer[i].offset != plan->buffer[tensor->id].offset ||
		    plan->buffer[i].home != plan->buffer[tensor->id].home)
			die("plan: view '%s' is not where its source is", plan->graph->tensors.at[i]->name);
	}
	return written;
}

static void check_ends(struct replay *replay)
{
	const struct graph *graph = replay->plan->graph;

	for (int i = 0; i < graph->outputs.n; i++) {
		int id = graph->outputs.at[i]->id;

		if (replay->plan->buffer[id].home != HOME_OUTPUT || replay->plan->buffer[id].index != i)
			die("plan: '%s' is not in the user's array %d", graph->outputs.at[i]->name, i);
		expect(replay, id, 0, replay->schedule->tensor[id].rows, "the caller");
	}
}

static int smallest_number(const struct graph *graph)
{
	int bytes = type_bytes(TYPE_F32);

	for (int i = 0; i < graph->tensors.n; i++) {
		int own = type_bytes(graph->tensors.at[i]->type);
		bytes = own < bytes ? own : bytes;
	}
	return bytes;
}

void plan_check_rows(const struct plan *plan)
{
	struct arena *arena = arena_new();
	struct replay replay = { .plan = plan, .schedule = plan->schedule };
	const struct graph *graph = plan->graph;
	int next = 0;

	replay.cell_bytes = smallest_number(graph);
	replay.ends_only = plan->schedule->rounds > ROUNDS_IN_FULL;
	replay.context = memory_new(arena, plan->context_bytes / replay.cell_bytes);
	replay.output = NEW_ARRAY(arena, graph->outputs.n, struct cell *);
	for (int i = 0; i < graph->outputs.n; i++)
		replay.output[i] = memory_new(arena, cells_of(&replay, graph->outputs.at[i]));
	replay.made = NEW_ARRAY(arena, plan->steps.n, int64_t);
	replay.base = NEW_ARRAY(arena, graph->tensors.n, int64_t);
	replay.written = written_tensors(plan, arena);
	for (int i = 0; i < plan->schedule->stages.n; i++) {
		const struct stage *stage = &plan->schedule->stages.at[i];

		if (stage->first != next || stage->end <= stage->first) die("plan: stages are not in order");
		next = stage->end;
		run_stage(&replay, stage);
	}
	if (next != plan->steps.n) die("plan: steps are missing");
	check_ends(&replay);
	arena_free(arena);
}
