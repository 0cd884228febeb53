/* elementwise.c: one output element from one element of every input: Activation, Add, and the like; copies.
 *
 * Where inputs are broadcast, the axes that all inputs pass alike are joined, and the rest is a nest of loops. */
#include "kernels/kernel.h"

/* ELEMENTWISE(class, sign): what stands between the inputs; "" where there is one input. */
#define ELEMENTWISES(ELEMENTWISE) \
	ELEMENTWISE("Activation", "") \
	ELEMENTWISE("Add", "+")

static const struct elementwise { const char *class_name, *sign; } elementwises[] = {
#define ELEMENTWISE(class_name, sign) { class_name, sign },
	ELEMENTWISES(ELEMENTWISE)
#undef ELEMENTWISE
};

struct loops {
	const struct elementwise *what;
	int n;                           /* loops, outermost first */
	int64_t size[MAX_RANK];
	int64_t y[MAX_RANK];             /* elements of the output from one round to the next */
	int64_t *x[MAX_RANK];            /* per input, likewise; 0: broadcast */
};

static const struct elementwise *find(const struct node *node)
{
	for (size_t i = 0; i < sizeof elementwises / sizeof elementwises[0]; i++)
		if (layer_is(node, elementwises[i].class_name)) return &elementwises[i];
	return NULL;
}

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return find(node) != NULL;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), node->n_in + 2, 0);
}

/* Elements from one index of the output's axis to the next, in a tensor of that shape; 0: it has one for all. */
static int64_t stride_along(const struct shape *out, const struct shape *shape, int axis)
{
	int at = axis - (out->rank - shape->rank);
	int64_t stride = 1;

	if (at < 0 || (shape->at[at] == 1 && out->at[axis] != 1)) return 0;
	for (int i = at + 1; i < shape->rank; i++) stride *= shape->at[i];
	return stride;
}

/* The last loop and one inside it over size elements are one loop for all tensors. */
static bool joins(const struct loops *l, int inputs, int64_t size, int64_t y, const int64_t *x)
{
	int last = l->n - 1;

	if (l->n == 0 || l->y[last] != y * size) return false;
	for (int i = 0; i < inputs; i++)
		if (l->x[last][i] != x[i] * size) return false;
	return true;
}

static void add_axis(struct loops *l, const struct node *node, int axis, struct arena *arena)
{
	const struct shape *out = &node->out[0]->shape;
	int64_t *x = NEW_ARRAY(arena, node->n_in, int64_t), size = out->at[axis], y = stride_along(out, out, axis);

	if (size == 1) return;
	for (int i = 0; i < node->n_in; i++) x[i] = stride_along(out, &node->in[i]->shape, axis);
	if (joins(l, node->n_in, size, y, x)) {
		size *= l->size[l->n - 1];
		l->n--;
	}
	l->size[l->n] = size;
	l->y[l->n] = y;
	l->x[l->n++] = x;
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct loops *l = NEW(arena, struct loops);

	(void)target;
	l->what = find(node);
	for (int axis = 0; axis < node->out[0]->shape.rank; axis++) add_axis(l, node, axis, arena);
	return l;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct loops *l = plan;
	struct value *view = value_map(arena), *loops = value_list(arena);

	view_text(arena, view, "sign", l->what->sign);
	for (int i = 0; i < l->n; i++) {
		struct value *loop = value_map(arena);

		view_int(arena, loop, "size", l->size[i]);
		view_int(arena, loop, "y", l->y[i]);
		value_set(loop, "x", view_ints(arena, l->x[i], node->n_in));
		value_push(loops, loop);
	}
	value_set(view, "loops", loops);
	return view;
}

const struct kernel kernel_elementwise = {
	.name = "elementwise", .template = "elementwise", .doc = "element by element",
	.ok = ok, .cost = cost, .plan = plan, .view = view,
};
