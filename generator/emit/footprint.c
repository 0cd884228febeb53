/* footprint.c: what emitted C takes of a target's flash and stack, estimated without its compiler. */
#include "emit/footprint.h"

#include <string.h>

enum { TENTHS = 10 };

static int64_t code_of(const struct footprint_row *row, const struct counted *function)
{
	int64_t tenths = 0;

	if (function->small) return 0;
	for (int i = 0; i < CODE_PARTS; i++) tenths += row->code[i] * function->at[i];
	return (tenths + TENTHS - 1) / TENTHS;
}

/* Registers that NAME_run saves: compilers inline the layers, so the largest says how many. */
static int64_t entry_of(const struct footprint_row *row, const struct counts *counts)
{
	int64_t busy = 0;

	for (int i = 0; i < counts->functions.n; i++) {
		const struct counted *function = &counts->functions.at[i];
		const int64_t parts = function->small ? 0 : parts_of(function);
		busy = parts > busy ? parts : busy;
	}
	if (busy > BUSY_PARTS) busy = BUSY_PARTS;
	return (row->entry + row->busy * busy / BUSY_PARTS + TENTHS - 1) / TENTHS;
}

/* Of each function and the deepest of those that it calls: these stand before it. */
static const int64_t *stacks_of(const struct footprint_row *row, const struct counts *counts, struct arena *arena)
{
	int64_t *stack = NEW_ARRAY(arena, counts->functions.n, int64_t);

	for (int i = 0; i < counts->functions.n; i++) {
		const struct counted *function = &counts->functions.at[i];
		const int64_t own = row->frame + row->array * function->arrays + row->local * function->locals;
		int64_t deepest = 0;
		for (int k = 0; k < function->calls.n; k++)
			if (stack[function->calls.at[k]] > deepest) deepest = stack[function->calls.at[k]];
		stack[i] = deepest + (own + TENTHS - 1) / TENTHS;
	}
	return stack;
}

/* The text of NAME.c. */
static const struct text *c_text(const struct program *program, const struct outputs *outputs, struct arena *arena)
{
	const char *name = arena_printf(arena, "%s.c", program->prefix);

	for (int i = 0; i < outputs->n; i++)
		if (strcmp(outputs->at[i].name, name) == 0) return &outputs->at[i].text;
	return NULL;
}

/* Weights that stand in the code count as constants already. */
static int64_t literal_bytes(const struct step *step)
{
	return step->n_table > 0 ? 0 : step->constant_bytes;
}

/* Percent of code and stack that rows fitted to floats say too little of integers. */
static struct integer_footprint share_of(const struct program *program)
{
	const struct graph *graph = program->plan->graph;

	for (int i = 0; i < graph->nodes.n; i++)
		if (node_is_integer(graph->nodes.at[i])) return target_integer_footprint(program->target);
	return (struct integer_footprint){ program->target->name, 100, 100 };
}

struct footprint footprint_of(const struct program *program, const struct outputs *outputs, struct arena *arena)
{
	const struct footprint_row *row = target_footprint(program->target);
	const struct text *text = c_text(program, outputs, arena);
	struct footprint footprint = { .code = NO_ESTIMATE, .stack = NO_ESTIMATE };
	struct counts counts = { 0 };
	const struct integer_footprint share = share_of(program);
	const int64_t *stack;
	int64_t entry;

	if (!row || !text || !text->at) return footprint;
	footprint.code = footprint.stack = 0;
	footprint_count(text->at, arena_printf(arena, "%s_", program->prefix), &counts, arena);
	stack = stacks_of(row, &counts, arena);
	entry = entry_of(row, &counts);
	for (int i = 0; i < counts.functions.n; i++) {
		const struct counted *counted = &counts.functions.at[i];
		const struct function_footprint function = { counted->name, code_of(row, counted) * share.code / 100,
							     stack[i] * share.stack / 100 };
		list_push(arena, &footprint.functions, function);
		footprint.code += function.code;
		if ((stack[i] + entry) * share.stack / 100 > footprint.stack)
			footprint.stack = (stack[i] + entry) * share.stack / 100;
	}
	for (int i = 0; i < program->plan->steps.n; i++) footprint.code -= literal_bytes(&program->plan->steps.at[i]);
	if (footprint.code < 0) footprint.code = 0;
	return footprint;
}

/* "ecg_conv1_tile" is of the step "conv1", if no longer step's name fits. */
static const struct step *step_of(const struct program *program, const char *function)
{
	const size_t prefix = strlen(program->prefix) + 1;
	const struct step *best = NULL;

	for (int i = 0; i < program->plan->steps.n; i++) {
		const struct step *step = &program->plan->steps.at[i];
		const size_t n = strlen(step->function);
		if (strncmp(function + prefix, step->function, n) != 0) continue;
		if (function[prefix + n] != '\0' && function[prefix + n] != '_') continue;
		if (!best || n > strlen(best->function)) best = step;
	}
	return best;
}

struct function_footprint *footprint_of_steps(const struct program *program, const struct footprint *footprint,
					      struct arena *arena)
{
	const struct plan *plan = program->plan;
	struct function_footprint *steps = NEW_ARRAY(arena, plan->steps.n, struct function_footprint);

	for (int i = 0; i < plan->steps.n; i++) steps[i].name = plan->steps.at[i].function;
	for (int i = 0; i < footprint->functions.n; i++) {
		const struct function_footprint *function = &footprint->functions.at[i];
		const struct step *step = step_of(program, function->name);
		struct function_footprint *sum = step ? &steps[step - plan->steps.at] : NULL;
		if (!sum) continue;
		sum->code += function->code;
		if (function->stack > sum->stack) sum->stack = function->stack;
	}
	for (int i = 0; i < plan->steps.n; i++) {
		steps[i].code -= literal_bytes(&plan->steps.at[i]);
		if (steps[i].code < 0) steps[i].code = 0;
	}
	return steps;
}
