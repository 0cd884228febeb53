/* view_rows.c: a depth-first plan as templates/blocks.ct writes it: stages, what each step is called with, and what happens to
 * kept rows between. */
#include "plan/plan.h"

#include <string.h>

/* The step that makes a tensor; -1: none. */
static int maker_of(const struct plan *plan, int tensor)
{
	for (int s = 0; s < plan->steps.n; s++)
		for (int k = 0; k < plan->steps.at[s].node->n_out; k++)
			if (plan->steps.at[s].node->out[k]->id == tensor) return s;
	return -1;
}

enum { SHORT_NAME = 16 };
/* What the driver calls a step: its function's name where that is short, else its number. */
static const char *short_name(const struct plan *plan, int step, struct arena *arena)
{
	const char *name = plan->steps.at[step].function;

	return strlen(name) <= SHORT_NAME ? name : arena_printf(arena, "%d", step);
}

/* "made_conv1": rows that the step has made. */
static const char *made_name(const struct plan *plan, int step, struct arena *arena)
{
	return arena_printf(arena, "made_%s", short_name(plan, step, arena));
}

static bool has_base(const struct tensor_rows *rows)
{
	return rows->kind == ROWS_LOCAL || rows->kind == ROWS_LINEAR || rows->kind == ROWS_SPLIT;
}

/* "base_conv1": the row at the front of a tensor's buffer; "" where that is 0. */
static const char *base_name(const struct plan *plan, int tensor, struct arena *arena)
{
	int root = plan->schedule->tensor[tensor].root, maker = maker_of(plan, root);

	if (!has_base(&plan->schedule->tensor[root]) || maker < 0) return "";
	return arena_printf(arena, "base_%s", short_name(plan, maker, arena));
}

/* Elements of a row. */
static int64_t row_elements(const struct tensor_rows *rows, const struct tensor *tensor)
{
	return rows->row_bytes / type_bytes(tensor->type);
}

/* ---- steps ---------------------------------------------------------------------------------------------------- */

/* Where a tensor's buffer begins, the row there, elements of a row; rows: a call is given it from some row on. */
static struct value *operand_view(const struct plan *plan, const struct tensor *tensor, bool rows, struct arena *arena)
{
	struct value *view = value_map(arena);
	const struct tensor_rows *t = &plan->schedule->tensor[plan->schedule->tensor[tensor->id].root];

	value_set_text(arena, view, "at", tensor_address(arena, plan, tensor));
	value_set_text(arena, view, "base", rows ? base_name(plan, tensor->id, arena) : "");
	value_set_int(arena, view, "elements", row_elements(t, tensor));
	value_set_bool(arena, view, "rows", rows);
	return view;
}

static void set_watermark(struct value *view, const struct watermark *w, int64_t ticks, struct arena *arena)
{
	int64_t last = w->times * ((w->multiply * ticks + w->add) / w->divide) + w->plus;

	value_set_int(arena, view, "multiply", w->multiply);
	value_set_int(arena, view, "add", w->add);
	value_set_int(arena, view, "divide", w->divide);
	value_set_int(arena, view, "times", w->times);
	value_set_int(arena, view, "plus", w->plus);
	value_set_int(arena, view, "most", w->most);
	value_set_bool(arena, view, "clips", last > w->most);
}

/* Where a call's inputs begin, and the number of a window's rows before; see struct row_call. */
static struct value *call_view(const struct row_call *call, const struct tensor *in, int64_t rows_out,
			       struct arena *arena)
{
	struct value *view = value_map(arena);
	int64_t rows_in = in && in->shape.rank > 0 ? in->shape.at[0] : 1;
	bool passes = (call->times * (rows_out - 1) + call->add) / call->divisor > rows_in;

	value_set_bool(arena, view, "same", call->same);
	value_set_int(arena, view, "times", call->times);
	value_set_int(arena, view, "add", call->add);
	value_set_int(arena, view, "divisor", call->divisor);
	value_set_int(arena, view, "shift_first", call->shift_first);
	value_set_int(arena, view, "shift_row", call->shift_row);
	value_set_int(arena, view, "shift_add", call->shift_add);
	value_set_int(arena, view, "rows_in", rows_in);
	value_set_bool(arena, view, "passes", passes);
	return view;
}

struct value *step_rows_view(const struct plan *plan, int index, struct arena *arena)
{
	const struct step *step = &plan->steps.at[index];
	const struct step_rows *rows = &plan->schedule->step[index];
	const struct node *node = step->node;
	const struct tensor *out = node->out[0];
	struct value *view = value_map(arena), *in = value_list(arena), *outs = value_list(arena);
	const struct tensor *first = node->n_in > 0 ? node->in[0] : NULL;
	const struct row_call same = { .same = true, .times = 1, .divisor = 1 };

	value_set_bool(arena, view, "by_rows", rows->by_rows);
	value_set_bool(arena, view, "adds_up", rows->adds_up);
	if (!rows->by_rows && !rows->adds_up) return view;
	value_set_bool(arena, view, "always", rows->always);
	value_set_int(arena, view, "unit", rows->adds_up ? rows->unit : 1);
	value_set_text(arena, view, "short", short_name(plan, index, arena));
	value_set_text(arena, view, "made", made_name(plan, index, arena));
	set_watermark(view, &rows->rows, schedule_stage(plan->schedule, index)->ticks, arena);
	for (int k = node->n_in - 1; k >= 0; k--)
		if (input_has_rows(node, k)) first = node->in[k];
	for (int k = 0; k < node->n_in; k++) {
		struct value *operand =
		    operand_view(plan, node->in[k], rows->adds_up || input_has_rows(node, k), arena);

		value_set_bool(arena, operand, "addend", input_is_addend(node, k));
		value_push(in, operand);
	}
	for (int k = 0; k < node->n_out; k++) value_push(outs, operand_view(plan, node->out[k], !rows->adds_up, arena));
	value_set(view, "in_", in);
	value_set(view, "out", outs);
	value_set(view, "call", call_view(rows->adds_up ? &same : rows->call, first, out->shape.at[0], arena));
	value_set_text(
	    arena, view, "scratch",
	    step->scratch_bytes > 0 ? context_address(plan, step_scratch_type(step), step->scratch_offset, arena) : "");
	return view;
}

/* ---- buffers ------------------------------------------------------------------------------------------------- */

/* What the reader of the driver is told of a step's rows. */
static const char *buffer_text(const struct plan *plan, int index, struct arena *arena)
{
	const struct tensor *out = plan->steps.at[index].node->out[0];
	const struct schedule *schedule = plan->schedule;
	const struct tensor_rows *own = &schedule->tensor[out->id], *t = &schedule->tensor[own->root];
	const char *rows = arena_printf(arena, "%lld rows", (long long)schedule->step[index].rows.most);

	if (schedule->step[index].adds_up) return arena_printf(arena, "adds up %s", rows);
	if (own->root != out->id)
		return arena_printf(arena, "%s, in place of those of '%s'", rows,
				    plan->graph->tensors.at[own->root]->name);
	switch (t->kind) {
	case ROWS_LOCAL: return arena_printf(arena, "%s, %lld in memory", rows, (long long)t->capacity);
	case ROWS_LINEAR:
		return arena_printf(arena, "%s, %lld in memory, %lld kept", rows, (long long)t->capacity,
				    (long long)t->keep);
	case ROWS_SPLIT:
		return arena_printf(arena, "%s, %lld in memory, %lld kept elsewhere", rows, (long long)t->capacity,
				    (long long)t->keep);
	case ROWS_WHOLE: return arena_printf(arena, "%s, all in memory", rows);
	case ROWS_USER: return arena_printf(arena, "%s, the caller's", rows);
	case ROWS_NONE: break;
	}
	return rows;
}

static struct value *move_view(const struct plan *plan, const struct row_move *move, struct arena *arena)
{
	static const char *const kinds[] = {
		[MOVE_FORGET] = "forget", [MOVE_FRONT] = "front", [MOVE_SAVE] = "save", [MOVE_RESTORE] = "restore"
	};
	const struct tensor_rows *t = &plan->schedule->tensor[move->tensor];
	const struct tensor *tensor = plan->graph->tensors.at[move->tensor];
	struct value *view = value_map(arena);

	value_set_text(arena, view, "kind", kinds[move->kind]);
	value_set_int(arena, view, "step", move->step);
	value_set_text(arena, view, "made", made_name(plan, move->maker, arena));
	value_set_text(arena, view, "base", base_name(plan, move->tensor, arena));
	value_set_int(arena, view, "keep", t->keep);
	value_set_int(arena, view, "elements", row_elements(t, tensor));
	value_set_text(arena, view, "type", type_c_name(tensor->type));
	value_set_int(arena, view, "row_bytes", t->row_bytes);
	value_set_text(arena, view, "at", tensor_address(arena, plan, tensor));
	value_set_text(arena, view, "saved", context_address(plan, tensor->type, t->saved, arena));
	return view;
}

static struct value *stage_view(const struct plan *plan, const struct stage *stage, struct arena *arena)
{
	struct value *view = value_map(arena), *buffers = value_list(arena), *bases = value_list(arena);

	value_set_int(arena, view, "first", stage->first);
	value_set_int(arena, view, "end_", stage->end);
	value_set_int(arena, view, "ticks", stage->ticks);
	for (int s = stage->first; s < stage->end; s++) {
		int tensor = plan->steps.at[s].node->out[0]->id;
		const char *base = base_name(plan, tensor, arena);
		bool own = plan->schedule->tensor[tensor].root == tensor;

		value_push(buffers, value_string(arena, buffer_text(plan, s, arena)));
		if (*base && own) value_push(bases, value_string(arena, base));
	}
	value_set(view, "buffers", buffers);
	value_set(view, "bases", bases);
	return view;
}

struct value *schedule_view(const struct plan *plan, struct arena *arena)
{
	struct value *view = value_map(arena), *stages = value_list(arena), *moves = value_list(arena);
	const struct schedule *schedule = plan->schedule;

	value_set_int(arena, view, "block", schedule->block);
	for (int i = 0; i < schedule->stages.n; i++)
		value_push(stages, stage_view(plan, &schedule->stages.at[i], arena));
	for (int i = 0; i < schedule->moves.n; i++) value_push(moves, move_view(plan, &schedule->moves.at[i], arena));
	value_set(view, "stages", stages);
	value_set(view, "moves", moves);
	return view;
}
