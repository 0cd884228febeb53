/* move.c: layers that only move elements: padding, cropping, repeating, permuting, Flatten of channels_first. */
#include "kernels/kernel.h"

static bool ok(const struct node *node, const struct target *target)
{
	struct move move;

	(void)target;
	return node_move(node, &move);
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
		return;
	}
	to->size[to->rank] = from->size[axis];
	to->repeat[to->rank] = from->repeat[axis];
	to->before[to->rank] = from->before[axis];
	to->stride[to->rank] = from->stride[axis];
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

/* first, end_: the indices that lie inside; inside: output elements of one index. */
static struct value *axis_view(const struct move *m, int i, struct arena *arena)
{
	struct value *axis = value_map(arena);
	int64_t first = m->before[i] > 0 ? m->before[i] * m->repeat[i] : 0, inside = 1;
	int64_t end = (m->before[i] + m->limit[i]) * m->repeat[i];

	for (int k = i + 1; k < m->rank; k++) inside *= m->size[k];
	view_int(arena, axis, "size", m->size[i]);
	view_int(arena, axis, "repeat_", m->repeat[i]);
	view_int(arena, axis, "before", m->before[i]);
	view_int(arena, axis, "stride", m->stride[i]);
	view_int(arena, axis, "first", first);
	view_int(arena, axis, "end_", end < m->size[i] ? end : m->size[i]);
	view_int(arena, axis, "inside", inside);
	return axis;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct move *m = plan;
	struct value *view = value_map(arena), *axes = value_list(arena);

	(void)node;
	for (int i = 0; i < m->rank; i++) value_push(axes, axis_view(m, i, arena));
	value_set(view, "axes", axes);
	view_int(arena, view, "offset", m->offset);
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
};
