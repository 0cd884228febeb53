/* rows.c: a schedule from watermarks: all ticks are gone through, so that edges count as much as the middle. */
#include "plan/flow.h"

#include <limits.h>

/* Steps x ticks that are gone through at most. */
enum { ROUNDS_MOST = 30000000 };

struct pass {
	const struct flow *flow;
	struct schedule *schedule;
	const struct watermark *rows; /* by node */
	struct stage stage;
	int64_t *made, *before; /* by node: rows behind this tick, behind the one before */
};

static int id_of(const struct pass *pass, int step)
{
	return pass->flow->order[step];
}

static bool is_ready(const struct pass *pass)
{
	for (int s = pass->stage.first; s < pass->stage.end; s++)
		if (pass->made[id_of(pass, s)] < pass->rows[id_of(pass, s)].most) return false;
	return true;
}

static void begin(struct pass *pass)
{
	for (int s = pass->stage.first; s < pass->stage.end; s++) pass->made[id_of(pass, s)] = 0;
}

/* Sets made and before for a tick. */
static void advance(struct pass *pass, int64_t tick)
{
	for (int s = pass->stage.first; s < pass->stage.end; s++) {
		int id = id_of(pass, s);

		pass->before[id] = pass->made[id];
		pass->made[id] = watermark_at(&pass->rows[id], tick);
		CHECK(pass->made[id] >= pass->before[id]);
	}
}

/* The first row of a tensor that is still to be read; all of its rows where none is. */
static int64_t first_wanted(const struct pass *pass, const struct flow_tensor *tensor)
{
	int64_t first = tensor->rows;

	for (int r = 0; r < tensor->readers.n; r++) {
		const struct flow_reader *reader = &tensor->readers.at[r];
		int64_t least;

		if (pass->made[reader->node] >= pass->rows[reader->node].most) continue;
		least = line_at(&pass->flow->node[reader->node].in[reader->input].least, pass->made[reader->node]);
		if (least < first) first = least;
	}
	return first > 0 ? first : 0;
}

static struct tensor_rows *rows_of(const struct pass *pass, int step)
{
	const struct node *node = pass->flow->graph->nodes.at[id_of(pass, step)];

	return &pass->schedule->tensor[pass->flow->tensor[node->out[0]->id].root];
}

static bool is_tracked(const struct pass *pass, int step)
{
	const struct node *node = pass->flow->graph->nodes.at[id_of(pass, step)];

	return flow_is_tracked(pass->flow, pass->flow->tensor[node->out[0]->id].root);
}

/* The rows that live between ticks, calls, and the number of ticks; false: too many. */
static bool find_keep(struct pass *pass)
{
	int steps = pass->stage.end - pass->stage.first;

	begin(pass);
	while (!is_ready(pass)) {
		if (++pass->stage.ticks > ROUNDS_MOST / steps) return false;
		pass->schedule->rounds += steps;
		advance(pass, pass->stage.ticks);
		for (int s = pass->stage.first; s < pass->stage.end; s++) {
			struct tensor_rows *tensor = rows_of(pass, s);
			int64_t made = pass->made[id_of(pass, s)], keep;

			if (made > pass->before[id_of(pass, s)]) pass->schedule->step[s].calls++;
			if (!is_tracked(pass, s)) continue;
			keep = made - first_wanted(pass, &pass->flow->tensor[tensor->root]);
			if (keep > tensor->keep) tensor->keep = keep;
		}
	}
	for (int s = pass->stage.first; s < pass->stage.end; s++)
		pass->schedule->step[s].always = pass->schedule->step[s].calls == pass->stage.ticks;
	return true;
}

static int64_t least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Base is max(0, made - keep) behind each tick. */
static void find_capacity(struct pass *pass)
{
	begin(pass);
	for (int64_t t = 1; t <= pass->stage.ticks; t++) {
		advance(pass, t);
		for (int s = pass->stage.first; s < pass->stage.end; s++) {
			struct tensor_rows *tensor = rows_of(pass, s);
			int64_t made = pass->made[id_of(pass, s)], before = pass->before[id_of(pass, s)], needed;

			if (!is_tracked(pass, s)) continue;
			needed = made - (before > tensor->keep ? before - tensor->keep : 0);
			if (needed > tensor->capacity) tensor->capacity = needed;
			tensor->moved += least_of(made, tensor->keep);
		}
	}
}

/* What the emitted code computes fits an int. */
static bool fits_int(const struct watermark *w, int64_t ticks)
{
	int64_t most = w->multiply * ticks + w->add;

	return most <= INT_MAX && w->divide <= INT_MAX && w->times * (most / w->divide) <= INT_MAX / 2 &&
	       w->plus <= INT_MAX / 2 && w->plus >= -INT_MAX / 2;
}

/* ---- stages ----------------------------------------------------------------------------------------------------- */

static void add_stage(struct schedule *schedule, struct stage stage, struct arena *arena)
{
	struct stage *last = schedule->stages.n > 0 ? &schedule->stages.at[schedule->stages.n - 1] : NULL;

	if (stage.ticks == 1 && last && last->ticks == 1) {
		last->end = stage.end;
		return;
	}
	list_push(arena, &schedule->stages, stage);
}

/* A level in several ticks; false: it has no rows that come and go, or no clock. */
static bool schedule_level(struct schedule *schedule, const struct flow *flow, const struct schedule_request *request,
			   struct stage stage, struct arena *arena)
{
	struct watermark *rows = NEW_ARRAY(arena, flow->graph->nodes.n, struct watermark);
	struct pass pass = { .flow = flow, .schedule = schedule, .rows = rows, .stage = stage };
	int level = flow->node[flow->order[stage.first]].level;
	bool tracked = false;

	pass.stage.ticks = 0;
	for (int s = stage.first; s < stage.end; s++) tracked |= is_tracked(&pass, s);
	if (level % 2 != 0 || !tracked || request->pacing.block == 0) return false;
	pass.made = NEW_ARRAY(arena, flow->graph->nodes.n, int64_t);
	pass.before = NEW_ARRAY(arena, flow->graph->nodes.n, int64_t);
	if (!pace_level(flow, level, &request->pacing, rows, arena)) return false;
	if (!find_keep(&pass) || pass.stage.ticks < 2) return false;
	for (int s = stage.first; s < stage.end; s++)
		if (!fits_int(&rows[id_of(&pass, s)], pass.stage.ticks)) return false;
	find_capacity(&pass);
	for (int s = stage.first; s < stage.end; s++)
		if (is_tracked(&pass, s)) rows_of(&pass, s)->kind = ROWS_LINEAR;
	for (int s = stage.first; s < stage.end; s++) {
		const struct flow_node *node = &flow->node[id_of(&pass, s)];

		schedule->step[s].by_rows = node->way == WAY_ROWS;
		schedule->step[s].adds_up = node->way == WAY_SUMS;
		schedule->step[s].unit = node->unit;
		schedule->step[s].rows = rows[id_of(&pass, s)];
		schedule->step[s].call = &node->call;
	}
	add_stage(schedule, pass.stage, arena);
	return true;
}

static void whole_level(struct schedule *schedule, const struct flow *flow, struct stage stage, struct arena *arena)
{
	for (int s = stage.first; s < stage.end; s++) {
		const struct node *node = flow->graph->nodes.at[flow->order[s]];

		schedule->step[s] = (struct step_rows){ .always = true, .unit = 1, .calls = 1 };
		for (int k = 0; k < node->n_out; k++) {
			struct tensor_rows *tensor = &schedule->tensor[flow->tensor[node->out[k]->id].root];
			tensor->keep = tensor->moved = 0;
			tensor->capacity = tensor->rows;
		}
	}
	stage.ticks = 1;
	add_stage(schedule, stage, arena);
}

/* Whole until a level says more. */
static void begin_tensors(struct schedule *schedule, const struct flow *flow)
{
	const struct graph *graph = flow->graph;

	for (int i = 0; i < graph->tensors.n; i++) {
		const struct flow_tensor *tensor = &flow->tensor[i], *root = &flow->tensor[tensor->root];
		struct tensor_rows *rows = &schedule->tensor[i];

		*rows = (struct tensor_rows){ .root = tensor->root,
					      .rows = tensor->rows,
					      .row_bytes = tensor->row_bytes,
					      .writer = -1,
					      .reader = -1 };
		rows->kind = root->out || !graph->tensors.at[tensor->root]->from ? ROWS_USER : ROWS_WHOLE;
		if (!flow_is_tracked(flow, tensor->root)) rows->capacity = rows->rows;
	}
}

struct schedule *schedule_count(const struct flow *flow, const struct schedule_request *request, struct arena *arena)
{
	struct schedule *schedule = NEW(arena, struct schedule);

	schedule->block = request->pacing.block;
	schedule->step = NEW_ARRAY(arena, flow->n, struct step_rows);
	schedule->tensor = NEW_ARRAY(arena, flow->graph->tensors.n, struct tensor_rows);
	begin_tensors(schedule, flow);
	for (int s = 0; s < flow->n;) {
		struct stage stage = { .first = s };

		while (s < flow->n && flow->node[flow->order[s]].level == flow->node[flow->order[stage.first]].level)
			s++;
		stage.end = s;
		if (!schedule_level(schedule, flow, request, stage, arena)) whole_level(schedule, flow, stage, arena);
	}
	return schedule;
}

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

static void decide_kind(struct tensor_rows *tensor, const struct split *split)
{
	int64_t fresh = tensor->capacity - tensor->keep;

	if (tensor->keep == 0) {
		tensor->kind = ROWS_LOCAL;
	} else if (tensor->capacity >= tensor->rows) {
		tensor->capacity = tensor->rows;
		tensor->keep = tensor->moved = 0;
		tensor->kind = ROWS_WHOLE;
	} else if (tensor->keep * split->per <= fresh * split->times) {
		tensor->kind = ROWS_SPLIT;
		tensor->moved *= 2;
	}
}

struct schedule *schedule_decide(const struct schedule *counted, const struct flow *flow, const struct split *split,
				 struct arena *arena)
{
	struct schedule *schedule = arena_copy(arena, counted, sizeof *counted);
	int tensors = flow->graph->tensors.n;

	if (tensors > 0)
		schedule->tensor = arena_copy(arena, counted->tensor, (size_t)tensors * sizeof *counted->tensor);
	for (int i = 0; i < tensors; i++)
		if (schedule->tensor[i].kind == ROWS_LINEAR) decide_kind(&schedule->tensor[i], split);
	return schedule;
}

struct schedule *schedule_new(const struct flow *flow, const struct schedule_request *request, struct arena *arena)
{
	return schedule_decide(schedule_count(flow, request, arena), flow, &request->split, arena);
}

const struct stage *schedule_stage(const struct schedule *schedule, int step)
{
	int i = 0;

	while (step >= schedule->stages.at[i].end) i++;
	return &schedule->stages.at[i];
}
