/* map.c: what lies where in the context, and between which steps. */
#include "report/parts.h"

static bool is_same(const struct resident *resident, const struct buffer *buffer)
{
	return !resident->scratch && resident->offset == buffer->offset && resident->first == buffer->first &&
	       resident->last == buffer->last;
}

/* Tensors that share bytes, as a result written over an input does, are one resident with several names. */
static void add_tensor(struct memory_map *map, const struct plan *plan, const struct tensor *tensor,
		       struct arena *arena)
{
	const struct buffer *buffer = &plan->buffer[tensor->id];
	const char *name = maker_name(tensor);
	const struct resident resident = { .name = name,
					   .first_name = name,
					   .names = 1,
					   .tensor = tensor->id,
					   .offset = buffer->offset,
					   .bytes = buffer->bytes,
					   .first = buffer->first,
					   .last = buffer->last };

	if (buffer->home != HOME_CONTEXT || buffer->first < 0) return;
	for (int i = 0; i < map->list.n; i++) {
		struct resident *other = &map->list.at[i];
		if (!is_same(other, buffer)) continue;
		if (!tensor->from || layer_is_view(tensor->from)) return;
		other->name = arena_printf(arena, "%s, %s", other->name, name);
		other->names++;
		return;
	}
	list_push(arena, &map->list, resident);
}

static void find_peak(struct memory_map *map, int steps)
{
	for (int s = 0; s < steps; s++) {
		int64_t bytes = 0;
		for (int i = 0; i < map->list.n; i++)
			if (is_alive(&map->list.at[i], s)) bytes += map->list.at[i].bytes;
		if (bytes <= map->peak_bytes) continue;
		map->peak = s;
		map->peak_bytes = bytes;
	}
}

bool is_alive(const struct resident *resident, int step)
{
	return resident->first <= step && step <= resident->last;
}

/* Bytes that are no tensor's own. */
static void add_other(struct memory_map *map, const char *name, int64_t offset, int64_t bytes, int first, int last,
		      struct arena *arena)
{
	const struct resident other = { .name = name,
					.first_name = name,
					.names = 1,
					.tensor = -1,
					.offset = offset,
					.bytes = bytes,
					.first = first,
					.last = last,
					.scratch = true,
					.rows = "" };

	if (bytes > 0) list_push(arena, &map->list, other);
}

/* Scratch memory lives in its step, or, where that adds up rows as they come, in all of its stage. */
static void add_scratch(struct memory_map *map, const struct plan *plan, int s, struct arena *arena)
{
	const struct step *step = &plan->steps.at[s];
	const char *name = arena_printf(arena, "%s (scratch)", step->node->name);
	const bool stays = plan->schedule && plan->schedule->step[s].adds_up;
	const struct stage *stage = stays ? schedule_stage(plan->schedule, s) : NULL;

	add_other(map, name, step->scratch_offset, step->scratch_bytes, stage ? stage->first : s,
		  stage ? stage->end - 1 : s, arena);
}

/* Rows that are saved apart between ticks. */
static void add_saved(struct memory_map *map, const struct plan *plan, const struct tensor *tensor, struct arena *arena)
{
	const struct tensor_rows *rows = &plan->schedule->tensor[tensor->id];
	const char *name = arena_printf(arena, "%s (kept)", maker_name(tensor));
	const struct stage *stage;

	if (rows->kind != ROWS_SPLIT || rows->root != tensor->id || rows->writer < 0) return;
	stage = schedule_stage(plan->schedule, rows->writer);
	add_other(map, name, rows->saved, rows->keep * rows->row_bytes, stage->first, stage->end - 1, arena);
}

/* "16 rows, 4 kept" of a buffer that does not hold all of its tensor. */
static const char *rows_text(const struct plan *plan, const struct resident *resident, struct arena *arena)
{
	const struct tensor_rows *rows;

	if (!plan->schedule || resident->tensor < 0) return "";
	rows = &plan->schedule->tensor[plan->schedule->tensor[resident->tensor].root];
	if (rows->kind == ROWS_WHOLE || rows->kind == ROWS_USER || rows->capacity == rows->rows) return "";
	return arena_printf(arena, "%s of %s rows, %s kept", count_text(arena, rows->capacity),
			    count_text(arena, rows->rows), count_text(arena, rows->keep));
}

struct memory_map *memory_map_of(const struct plan *plan, struct arena *arena)
{
	struct memory_map *map = NEW(arena, struct memory_map);

	for (int i = 0; i < plan->graph->tensors.n; i++) add_tensor(map, plan, plan->graph->tensors.at[i], arena);
	for (int i = 0; i < map->list.n; i++) map->list.at[i].rows = rows_text(plan, &map->list.at[i], arena);
	for (int i = 0; plan->schedule && i < plan->graph->tensors.n; i++)
		add_saved(map, plan, plan->graph->tensors.at[i], arena);
	for (int s = 0; s < plan->steps.n; s++) add_scratch(map, plan, s, arena);
	find_peak(map, plan->steps.n);
	return map;
}
