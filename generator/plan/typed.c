/* typed.c: the context's memory as C has it, and which types live in it. */
#include "plan/plan.h"

static const char *const members[] = { [TYPE_F32] = "f32", [TYPE_I8] = "i8",   [TYPE_U8] = "u8",
				       [TYPE_I16] = "i16", [TYPE_I32] = "i32", [TYPE_I64] = "i64" };

enum type step_scratch_type(const struct step *step)
{
	return step->kernel->scratch_type;
}

struct context_types context_types(const struct plan *plan)
{
	struct context_types types = { 0 };

	for (int i = 0; i < plan->graph->tensors.n; i++)
		if (plan->buffer[i].home == HOME_CONTEXT) types.has[plan->graph->tensors.at[i]->type] = true;
	for (int s = 0; s < plan->steps.n; s++)
		if (plan->steps.at[s].scratch_bytes > 0) types.has[step_scratch_type(&plan->steps.at[s])] = true;
	for (int type = 0; type < TYPES; type++) types.n += types.has[type];
	return types;
}

bool context_is_retyped(const struct plan *plan)
{
	const struct context_types types = context_types(plan);

	return types.n - types.has[TYPE_I8] - types.has[TYPE_U8] > 1;
}

bool plan_has_floats(const struct plan *plan)
{
	/* Tensors that folds left behind do not count. */
	for (int i = 0; i < plan->graph->inputs.n; i++)
		if (plan->graph->inputs.at[i]->type == TYPE_F32) return true;
	for (int i = 0; i < plan->graph->nodes.n; i++)
		for (int k = 0; k < plan->graph->nodes.at[i]->n_out; k++)
			if (plan->graph->nodes.at[i]->out[k]->type == TYPE_F32) return true;
	for (int s = 0; s < plan->steps.n; s++)
		for (int k = 0; k < plan->steps.at[s].n_table; k++)
			if (plan->steps.at[s].table[k]->type == TYPE_F32) return true;
	return context_types(plan).has[TYPE_F32];
}

static const char *pointer_to(const struct plan *plan, enum type type, struct arena *arena)
{
	return context_types(plan).n > 1 ? arena_printf(arena, "memory_%s", members[type]) : "memory";
}

const char *context_address(const struct plan *plan, enum type type, int64_t bytes, struct arena *arena)
{
	const char *pointer = pointer_to(plan, type, arena);

	CHECK(bytes % type_bytes(type) == 0);
	if (bytes == 0) return pointer;
	return arena_printf(arena, "%s + %lld", pointer, (long long)(bytes / type_bytes(type)));
}

struct value *context_view(const struct plan *plan, struct arena *arena)
{
	const struct context_types types = context_types(plan);
	struct value *list = value_list(arena), *view;

	for (int type = 0; type < TYPES; type++) {
		if (!types.has[type]) continue;
		view = value_map(arena);
		value_set_text(arena, view, "type", type_c_name((enum type)type));
		value_set_text(arena, view, "member", members[type]);
		value_set_text(arena, view, "pointer", pointer_to(plan, (enum type)type, arena));
		value_set_int(arena, view, "elements", plan->context_bytes / type_bytes((enum type)type));
		value_push(list, view);
	}
	return list;
}
