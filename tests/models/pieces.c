/* pieces.c: a plan whose every step that can runs some rows at a time, one step behind the other on whole tensors: what a
 * depth-first plan asks of each layer, without what it saves. */
#include "tests/models/models.h"

static struct watermark rows_of_round(int64_t rows, int64_t all)
{
	return (struct watermark){ .multiply = rows, .divide = 1, .times = 1, .most = all };
}

/* The step by rows, where some kernel computes it so. */
static void cut(struct plan *plan, struct step *step, struct step_rows *rows, int64_t piece)
{
	struct row_call *call = NEW(plan->arena, struct row_call);
	struct choice choice;

	if (step->add) return;
	rows->by_rows = node_row_call(step->node, plan->target, call);
	rows->adds_up = !rows->by_rows && node_adds_rows(step->node, plan->target);
	if (!rows->by_rows && !rows->adds_up) return;
	rows->rows = rows_of_round(piece, (rows->by_rows ? step->node->out : step->node->in)[0]->shape.at[0]);
	step->node =
	    rows->by_rows ? node_by_rows(step->node, piece, plan->arena) : node_by_sums(step->node, plan->arena);
	choice = choice_of_planner(step->node, plan->target);
	step->kernel = choice.kernel;
	step->plan = choice_plan(&choice, step->node, plan->target, plan->arena);
	step->n_table = kernel_tables(step->kernel, step->plan, step->table, MAX_KERNEL_TABLES);
	step->scratch_bytes = kernel_scratch(step->kernel, step->plan);
	rows->unit = 1;
	rows->call = call;
}

static struct tensor_rows whole(const struct tensor *tensor)
{
	int64_t rows = tensor->shape.rank > 0 ? tensor->shape.at[0] : 1;

	return (struct tensor_rows){ .kind = ROWS_WHOLE,
				     .root = tensor->id,
				     .rows = rows,
				     .capacity = rows,
				     .row_bytes = tensor_elements(tensor) / rows * type_bytes(tensor->type) };
}

void plan_in_pieces(struct plan *plan, int64_t piece)
{
	struct schedule *schedule = NEW(plan->arena, struct schedule);

	schedule->block = piece;
	schedule->step = NEW_ARRAY(plan->arena, plan->steps.n, struct step_rows);
	schedule->tensor = NEW_ARRAY(plan->arena, plan->graph->tensors.n, struct tensor_rows);
	for (int i = 0; i < plan->graph->tensors.n; i++) schedule->tensor[i] = whole(plan->graph->tensors.at[i]);
	for (int s = 0; s < plan->steps.n; s++) {
		struct step_rows *rows = &schedule->step[s];
		struct stage stage = { .first = s, .end = s + 1, .ticks = 1 };

		cut(plan, &plan->steps.at[s], rows, piece);
		if (rows->call) stage.ticks = (rows->rows.most + piece - 1) / piece;
		list_push(plan->arena, &schedule->stages, stage);
	}
	plan->schedule = schedule;
	names_assign(plan);
	memory_place(plan);
}
