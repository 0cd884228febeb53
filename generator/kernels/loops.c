/* loops.c: a nest of loops over an output whose operands may be broadcast: axes that all pass alike become one loop;
 * and loops over rows. */
#include "kernels/kernel.h"

/* Elements from one index of the output's axis to the next, in a tensor of that shape; 0: it has one for all. */
static int64_t stride_along(const struct shape *out, const struct shape *shape, int axis)
{
	int at = axis - (out->rank - shape->rank);
	int64_t stride = 1;

	if (at < 0 || (shape->at[at] == 1 && out->at[axis] != 1)) return 0;
	for (int i = at + 1; i < shape->rank; i++) stride *= shape->at[i];
	return stride;
}

/* The last loop and one of size rounds inside it are one loop for all tensors. */
static bool joins(const struct loops *l, int64_t size, int64_t y, const int64_t *x)
{
	int last = l->n - 1;

	if (l->n == 0 || l->y[last] != y * size) return false;
	for (int i = 0; i < l->operands; i++)
		if (l->x[last][i] != x[i] * size) return false;
	return true;
}

static void add_axis(struct loops *l, const struct shape *out, const struct shape *const *in, int axis,
		     struct arena *arena)
{
	int64_t *x = NEW_ARRAY(arena, l->operands, int64_t), size = out->at[axis], y = stride_along(out, out, axis);

	if (size == 1) return;
	for (int i = 0; i < l->operands; i++) x[i] = stride_along(out, in[i], axis);
	if (joins(l, size, y, x)) size *= l->size[--l->n];
	l->size[l->n] = size;
	l->y[l->n] = y;
	l->x[l->n++] = x;
}

struct loops *loops_over(const struct shape *out, const struct shape *const *in, int operands, struct arena *arena)
{
	struct loops *l = NEW(arena, struct loops);

	l->operands = operands;
	for (int axis = 0; axis < out->rank; axis++) add_axis(l, out, in, axis, arena);
	return l;
}

struct value *view_loops(struct arena *arena, const struct loops *l)
{
	struct value *loops = value_list(arena);

	for (int i = 0; i < l->n; i++) {
		struct value *loop = value_map(arena), *x = value_list(arena);

		for (int k = 0; k < l->operands; k++) value_push(x, value_int(arena, l->x[i][k]));
		view_int(arena, loop, "size", l->size[i]);
		view_int(arena, loop, "y", l->y[i]);
		value_set(loop, "x", x);
		value_push(loops, loop);
	}
	return loops;
}

static struct value *view_row_loops(struct arena *arena, const struct row_loop *loop, int n)
{
	struct value *loops = value_list(arena);

	for (int i = 0; i < n; i++) {
		struct value *one = value_map(arena);

		view_int(arena, one, "size", loop[i].size);
		view_int(arena, one, "x", loop[i].x);
		view_int(arena, one, "w", loop[i].w);
		value_push(loops, one);
	}
	return loops;
}

void view_rows(struct arena *arena, struct value *map, const struct rows_along *rows)
{
	value_set(map, "rows", view_row_loops(arena, rows->over_rows, rows->rows));
	value_set(map, "row", view_row_loops(arena, rows->over_row, rows->row));
	view_int(arena, map, "length", rows->length);
	view_bool(arena, map, "partial", rows->partial);
}
