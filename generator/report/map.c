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

struct memory_map *memory_map_of(const struct plan *plan, struct arena *arena)
{
	struct memory_map *map = NEW(arena, struct memory_map);

	for (int i = 0; i < plan->graph->tensors.n; i++) add_tensor(map, plan, plan->graph->tensors.at[i], arena);
	for (int s = 0; s < plan->steps.n; s++) {
		const struct step *step = &plan->steps.at[s];
		const char *name = arena_printf(arena, "%s (scratch)", step->node->name);
		const struct resident scratch = { .name = name,
						  .first_name = name,
						  .names = 1,
						  .tensor = -1,
						  .offset = step->scratch_offset,
						  .bytes = step->scratch_bytes,
						  .first = s,
						  .last = s,
						  .scratch = true };
		if (step->scratch_bytes > 0) list_push(arena, &map->list, scratch);
	}
	find_peak(map, plan->steps.n);
	return map;
}
