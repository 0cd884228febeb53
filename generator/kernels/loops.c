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

/* The tensor's elements between two indices of the output's axis hold its open axis. */
static bool open_behind(const struct tensor *out, const struct shape *shape, int axis)
{
	int at = out->open_axis - (out->shape.rank - shape->rank);

	return out->open_axis > axis && at >= 0 && (shape->at[at] != 1 || out->shape.at[out->open_axis] == 1);
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

static void add_axis(struct loops *l, const struct tensor *out, const struct shape *const *in, int axis,
		     struct arena *arena)
{
	const struct shape *shape = &out->shape;
	int64_t *x = NEW_ARRAY(arena, l->operands, int64_t), size = shape->at[axis];
	int64_t y = stride_along(shape, shape, axis);
	bool *open_x = NEW_ARRAY(arena, l->operands, bool), open = out->open_axis == axis;

	if (size == 1) return;
	for (int i = 0; i < l->operands; i++) {
		x[i] = stride_along(shape, in[i], axis);
		open_x[i] = x[i] > 0 && open_behind(out, in[i], axis);
	}
	if (joins(l, size, y, x)) {
		size *= l->size[--l->n];
		open = open || l->open[l->n];
	}
	l->size[l->n] = size;
	l->open[l->n] = open;
	l->y[l->n] = y;
	l->open_y[l->n] = open_behind(out, shape, axis);
	l->open_x[l->n] = open_x;
	l->x[l->n++] = x;
}

struct loops *loops_over(const struct tensor *out, const struct shape *const *in, int operands, struct arena *arena)
{
	struct loops *l = NEW(arena, struct loops);

	l->operands = operands;
	for (int axis = 0; axis < out->shape.rank; axis++) add_axis(l, out, in, axis, arena);
	return l;
}

struct value *view_loops(struct arena *arena, const struct node *node, const struct loops *l)
{
	const struct tensor *out = node->out[0];
	struct value *loops = value_list(arena);

	for (int i = 0; i < l->n; i++) {
		struct value *loop = value_map(arena), *x = value_list(arena);

		for (int k = 0; k < l->operands; k++)
			value_push(x, size_view(arena, l->x[i][k], node, l->open_x[i][k] ? out : NULL));
		view_size(arena, loop, "size", l->size[i], node, l->open[i] ? out : NULL);
		view_size(arena, loop, "y", l->y[i], node, l->open_y[i] ? out : NULL);
		value_set(loop, "x", x);
		value_push(loops, loop);
	}
	return loops;
}

/* Along both axes a tensor of that shape moves, or along both it does not. */
static bool moves_alike(const struct shape *out, const struct shape *shape, int axis, int last)
{
	return (stride_along(out, shape, axis) == 0) == (stride_along(out, shape, last) == 0);
}

int64_t loops_inside(const struct node *node, const struct shape *more)
{
	const struct shape *out = &node->out[0]->shape;
	int64_t inside = 1;
	int last = -1;

	for (int axis = out->rank; axis-- > 0;) {
		if (out->at[axis] == 1) continue;
		if (last < 0) last = axis;
		for (int i = 0; i < node->n_in; i++)
			if (!moves_alike(out, &node->in[i]->shape, axis, last)) return inside;
		if (more && !moves_alike(out, more, axis, last)) return inside;
		inside *= out->at[axis];
	}
	return inside;
}

static struct value *view_row_loops(struct arena *arena, const struct node *node, const struct row_loop *loop, int n)
{
	const struct tensor *in = node->in[0];
	struct value *loops = value_list(arena);

	for (int i = 0; i < n; i++) {
		struct value *one = value_map(arena);

		view_size(arena, one, "size", loop[i].size, node, loop[i].open ? in : NULL);
		view_size(arena, one, "x", loop[i].x, node, loop[i].open_x ? in : NULL);
		value_set_int(arena, one, "w", loop[i].w);
		value_push(loops, one);
	}
	return loops;
}

enum row_form row_form(const struct node *node, const struct rows_along *rows)
{
	const struct row_loop *row = &rows->over_row[0], *last = &rows->over_rows[rows->rows > 0 ? rows->rows - 1 : 0];

	if (rows->row != 1 || rows->open) return ROWS_OTHER;
	if (row->x == 1 && (rows->rows == 0 || (rows->rows == 1 && last->x == rows->length))) return ROWS_ALONG;
	if (row->x > 1 && rows->rows > 0 && last->x == 1 && !node_is_open(node)) return ROWS_ACROSS;
	return ROWS_OTHER;
}

void view_rows(struct arena *arena, struct value *map, const struct node *node, const struct rows_along *rows)
{
	value_set(map, "rows", view_row_loops(arena, node, rows->over_rows, rows->rows));
	value_set(map, "row", view_row_loops(arena, node, rows->over_row, rows->row));
	view_size(arena, map, "length", rows->length, node, rows->open ? node->in[0] : NULL);
	value_set_bool(arena, map, "partial", rows->partial);
	view_partial_sums(arena, map, node, rows);
}
