/* view.c: a kernel's plan as plain data for its template. */
#include "kernels/kernel.h"

void view_table(struct arena *arena, struct value *map, const char *key, const struct table *table)
{
	value_set(map, key, value_table(arena, table));
}

struct value *size_view(struct arena *arena, int64_t size, const struct node *node, const struct tensor *open)
{
	if (!open || open->open_axis < 0) return value_int(arena, size);
	return value_extent(
	    arena, (struct extent){ length_name(arena, node, open), size / open->shape.at[open->open_axis], 0 });
}

void view_size(struct arena *arena, struct value *map, const char *key, int64_t size, const struct node *node,
	       const struct tensor *open)
{
	value_set(map, key, size_view(arena, size, node, open));
}

struct value *view_ints(struct arena *arena, const int64_t *at, int n)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < n; i++) value_push(list, value_int(arena, at[i]));
	return list;
}
