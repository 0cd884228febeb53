/* view.c: a kernel's plan as plain data for its template. */
#include "kernels/kernel.h"

void view_int(struct arena *arena, struct value *map, const char *key, int64_t v)
{
	value_set(map, key, value_int(arena, v));
}

void view_bool(struct arena *arena, struct value *map, const char *key, bool v)
{
	value_set(map, key, value_bool(arena, v));
}

void view_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
	value_set(map, key, value_string(arena, text));
}

void view_table(struct arena *arena, struct value *map, const char *key, const struct table *table)
{
	value_set(map, key, value_table(arena, table));
}

void view_geometry(struct arena *arena, struct value *map, const struct geometry *g)
{
	struct span inside = interior_steps(g);

	view_int(arena, map, "steps_in", g->steps_in);
	view_int(arena, map, "steps_out", g->steps_out);
	view_int(arena, map, "taps", g->taps);
	view_int(arena, map, "stride", g->stride);
	view_int(arena, map, "dilation", g->dilation);
	view_int(arena, map, "pad_left", g->pad_left);
	view_int(arena, map, "inside_first", inside.first);
	view_int(arena, map, "inside_end", inside.end);
}

struct value *view_ints(struct arena *arena, const int64_t *at, int n)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < n; i++) value_push(list, value_int(arena, at[i]));
	return list;
}
