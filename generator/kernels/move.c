/* move.c: layers that only move elements: padding, cropping, repeating, permuting, Flatten of channels_first. */
#include "kernels/kernel.h"
#include "layers/integer.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct move move;
	bool open = false;

	(void)target;
	if (!node_move(node, &move)) return false;
	for (int i = 0; i < move.rank; i++) open |= move.open[i];
	return open || !node_is_open(node);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 3, 0);
}

/* Output index o of the axis is input index o. */
static bool plain(const struct move *m, int axis)
{
	return m->repeat[axis] == 1 && m->before[axis] == 0 && m->size[axis] <= m->limit[axis];
}

/* Axes that are passed in one go in both tensors become one; axes of one element go. */
static void add_axis(struct move *to, const struct move *from, int axis)
{
	int last = to->rank - 1;
	bool joins = last >= 0 && plain(to, last) && plain(from, axis) && from->size[axis] == from->limit[axis] &&
		     to->stride[last] == from->stride[axis] * from->size[axis];

	if (plain(from, axis) && from->size[axis] == 1) return;
	if (joins) {
		to->size[last] *= from->size[axis];
		to->limit[last] *= from->size[axis];
		to->stride[last] = from->stride[axis];
		to->open[last] = to->open[last] || from->open[axis];
		to->open_stride[last] = from->open_stride[axis];
		return;
	}
	to->size[to->rank] = from->size[axis];
	to->repeat[to->rank] = from->repeat[axis];
	to->before[to->rank] = from->before[axis];
	to->stride[to->rank] = from->stride[axis];
	to->open[to->rank] = from->open[axis];
	to->open_stride[to->rank] = from->open_stride[axis];
	to->limit[to->rank++] = from->limit[axis];
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct move *joined = NEW(arena, struct move), move;

	(void)target;
	CHECK(node_move(node, &move));
	joined->offset = move.offset;
	for (int axis = 0; axis < move.rank; axis++) add_axis(joined, &move, axis);
	return joined;
}

/* size, and how many fewer the last that lies inside ends at, which depends on no number of steps. */
static void view_end(struct arena *arena, struct value *axis, int64_t fewer, int64_t size, const struct node *node,
		     const struct tensor *open)
{
	struct extent end = { 0 };

	if (!open || open->open_axis < 0) {
		value_set_int(arena, axis, "end_", size + fewer);
		return;
	}
	end = (struct extent){ length_name(arena, node, open), size / open->shape.at[open->open_axis], fewer };
	value_set(axis, "end_", value_extent(arena, end));
}

/* The tensor whose open axis the output's axis passes; NULL: it passes none. */
static const struct tensor *open_along(const struct node *node, const struct move *m, int axis)
{
	if (!m->open[axis]) return NULL;
	return plain(m, axis) && m->size[axis] == m->limit[axis] ? node->in[0] : node->out[0];
}

/* first, end_: the indices that lie inside; inside: output elements of one index. */
static struct value *axis_view(const struct node *node, const struct move *m, int i, struct arena *arena)
{
	const struct tensor *in = node->in[0], *here = open_along(node, m, i), *inner = NULL;
	struct value *axis = value_map(arena);
	int64_t first = m->before[i] > 0 ? m->before[i] * m->repeat[i] : 0, inside = 1;
	int64_t end = (m->before[i] + m->limit[i]) * m->repeat[i];

	for (int k = i + 1; k < m->rank; k++) {
		inside *= m->size[k];
		if (m->open[k]) inner = open_along(node, m, k);
	}
	view_size(arena, axis, "size", m->size[i], node, here);
	value_set_int(arena, axis, "repeat_", m->repeat[i]);
	value_set_int(arena, axis, "phase", 0);
	value_set_int(arena, axis, "before", m->before[i]);
	view_size(arena, axis, "stride", m->stride[i], node, m->open_stride[i] ? in : NULL);
	value_set_int(arena, axis, "first", first);
	view_end(arena, axis, end < m->size[i] ? end - m->size[i] : 0, m->size[i], node, here);
	view_size(arena, axis, "inside", inside, node, inner);
	return axis;
}

static struct value *named(const char *name, struct arena *arena)
{
	return value_extent(arena, (struct extent){ name, 1, 0 });
}

/* The first axis where a call wants some of its rows (by_rows.c): "inside_first", "inside_end" are locals. */
static struct value *rows_view(const struct node *node, const struct move *m, struct arena *arena)
{
	int64_t before = m->before[0] > 0 ? m->before[0] : 0;
	bool pads = before > 0 || m->before[0] + m->limit[0] < m->size[0] / m->repeat[0];
	struct value *axis = value_map(arena);

	view_size(arena, axis, "size", m->size[0], node, node->out[0]);
	value_set_int(arena, axis, "repeat_", m->repeat[0]);
	value_set(axis, "phase", m->repeat[0] > 1 ? named("phase", arena) : value_int(arena, 0));
	value_set(axis, "before", before > 0 ? named("pad_left", arena) : value_int(arena, 0));
	value_set_int(arena, axis, "stride", m->stride[0]);
	value_set(axis, "first", before > 0 ? named("inside_first", arena) : value_int(arena, 0));
	value_set(axis, "end_", named(pads ? "inside_end" : length_name(arena, node, node->out[0]), arena));
	value_set_int(arena, axis, "inside", m->rank > 1 ? m->size[1] : 1);
	return axis;
}

/* What stands for 0. */
static const char *padding_text(const struct node *node, struct arena *arena)
{
	if (!tensor_is_integer(node->out[0])) return "0.0f";
	return arena_printf(arena, "%d", (int)tensor_zero_point(node->out[0]));
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct move *m = plan;
	struct value *view = value_map(arena), *axes = value_list(arena);
	bool by_rows = node->piece > 0 && m->open[0] && !plain(m, 0);

	if (by_rows) view_padding(arena, view, node, m->before[0]);
	for (int i = 0; i < m->rank; i++)
		value_push(axes, i == 0 && by_rows ? rows_view(node, m, arena) : axis_view(node, m, i, arena));
	value_set(view, "axes", axes);
	value_set_int(arena, view, "offset", m->offset);
	value_set_text(arena, view, "padding", padding_text(node, arena));
	return view;
}

const struct kernel kernel_move = {
	.name = "move",
	.template = "move",
	.doc = "elements change their place",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_ANY,
	.open = true,
};
