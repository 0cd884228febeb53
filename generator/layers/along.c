/* along.c: a tensor as rows along some of its axes. */
#include "layers/family.h"

#include <string.h>

/* One axis of the tensor, or of a tensor with the same elements in more axes. */
struct pass {
	struct row_loop loop;
	bool along;
};
struct passes {
	int n;
	struct pass at[MAX_RANK + 1];
};

static void add_loop(struct row_loop *loop, int *n, struct row_loop next)
{
	struct row_loop *last = loop + *n - 1;

	if (next.size == 1) return;
	if (*n > 0 && last->x == next.x * next.size && last->w == next.w * next.size) {
		last->size *= next.size;
		last->x = next.x;
		last->w = next.w;
		last->open |= next.open;
		last->open_x = next.open_x;
		return;
	}
	loop[(*n)++] = next;
}

static struct rows_along rows_of(const struct passes *passes)
{
	const struct pass *last = &passes->at[passes->n - 1];
	struct rows_along rows = { .count = 1, .length = 1 };

	for (int i = 0; i < passes->n; i++) {
		const struct pass *pass = &passes->at[i];
		*(pass->along ? &rows.length : &rows.count) *= pass->loop.size;
		rows.open |= pass->along && pass->loop.open;
		if (pass->along)
			add_loop(rows.over_row, &rows.row, pass->loop);
		else
			add_loop(rows.over_rows, &rows.rows, pass->loop);
	}
	if (rows.row == 0) rows.over_row[rows.row++] = (struct row_loop){ .size = 1, .x = 1, .w = 1 };
	rows.partial = last->along && uses_partial_sums(rows.length, 1, last->loop.size);
	return rows;
}

static struct row_loop loop_of(const struct tensor *tensor, int axis, int64_t x, int64_t w)
{
	return (struct row_loop){ tensor->shape.at[axis], x, w, tensor->open_axis == axis, tensor->open_axis > axis };
}

/* Weights lie one behind the other along the rows' axes. */
static struct rows_along rows_along_axes(const struct tensor *tensor, const struct axes *axes)
{
	const struct shape *shape = &tensor->shape;
	struct passes passes = { .n = shape->rank };
	int64_t x = 1, w = 1;

	for (int i = 0; i < axes->n; i++) passes.at[sample_axis(axes->at[i], shape->rank)].along = true;
	for (int i = shape->rank - 1; i >= 0; i--) {
		bool along = passes.at[i].along;
		passes.at[i].loop = loop_of(tensor, i, x, along ? w : 0);
		x *= shape->at[i];
		if (along) w *= shape->at[i];
	}
	return rows_of(&passes);
}

/* Weights of a shape are broadcast as by NumPy, whatever the rows' axes are. */
static struct rows_along rows_with_weights(const struct tensor *tensor, const struct axes *axes,
					   const struct shape *weights)
{
	const struct shape *shape = &tensor->shape;
	struct passes passes = { .n = shape->rank };
	int64_t x = 1, w = 1;

	for (int i = 0; i < axes->n; i++) passes.at[sample_axis(axes->at[i], shape->rank)].along = true;
	for (int i = shape->rank - 1, k = weights->rank - 1; i >= 0; i--, k--) {
		int64_t size = k < 0 ? 1 : weights->at[k];
		passes.at[i].loop = loop_of(tensor, i, x, size == 1 ? 0 : w);
		x *= shape->at[i];
		w *= size;
	}
	return rows_of(&passes);
}

/* Rows go over all axes, but of the channels only over one group's. */
static struct rows_along rows_of_groups(const struct tensor *tensor, int axis, int64_t groups)
{
	const struct shape *shape = &tensor->shape;
	struct passes passes = { .n = shape->rank + 1 };
	int64_t x = 1, size = shape->at[axis] / groups;

	for (int i = shape->rank - 1; i >= 0; i--) {
		int at = i > axis ? i + 1 : i;
		if (i == axis) {
			bool open = tensor->open_axis > axis;
			passes.at[i + 1] = (struct pass){ { size, x, 1, false, open }, true };
			passes.at[i] = (struct pass){ { groups, x * size, size, false, open }, false };
		} else {
			passes.at[at] = (struct pass){ loop_of(tensor, i, x, 0), true };
		}
		x *= shape->at[i];
	}
	return rows_of(&passes);
}

/* Where a config has its axes. */
static const struct {
	const char *class_name;
	size_t offset;
} axes_at[] = {
	{ "Softmax", offsetof(struct softmax_config, axis) },
	{ "LogSoftmax", offsetof(struct softmax_config, axis) },
	{ "Any", offsetof(struct any_config, axis) },
	{ "LayerNormalization", offsetof(struct layer_norm_config, axis) },
	{ "UnitNormalization", offsetof(struct unit_norm_config, axis) },
};

struct rows_along node_rows(const struct node *node)
{
	const struct tensor *in = node->in[0];
	const struct shape *shape = &in->shape;
	const struct axes last = { 1, { -1 } };

	if (layer_is(node, "GroupNormalization")) {
		const struct group_norm_config *c = node->config;
		int axis = sample_axis(c->axis, shape->rank);
		return rows_of_groups(in, axis, c->groups < 0 ? shape->at[axis] : c->groups);
	}
	if (layer_is(node, "RMSNormalization")) {
		const struct rms_norm_config *c = node->config;
		return rows_with_weights(in, &c->axis, &node->weight[0]->shape);
	}
	/* Softmax with a mask, which Keras broadcasts likewise. */
	if (node->n_in == 2 && layer_is(node, "Softmax"))
		return rows_with_weights(in, &((const struct softmax_config *)node->config)->axis, &node->in[1]->shape);
	/* A softmax that is an activation has no config. */
	for (size_t i = 0; node->config && i < sizeof axes_at / sizeof *axes_at; i++)
		if (layer_is(node, axes_at[i].class_name))
			return rows_along_axes(in, (const void *)((const char *)node->config + axes_at[i].offset));
	return rows_along_axes(in, &last);
}

static int64_t at_round(const struct row_loop *loop, int n, int64_t i, bool weight)
{
	int64_t at = 0;

	while (--n >= 0) {
		at += i % loop[n].size * (weight ? loop[n].w : loop[n].x);
		i /= loop[n].size;
	}
	return at;
}

int64_t row_first(const struct rows_along *rows, int64_t r)
{
	return at_round(rows->over_rows, rows->rows, r, false);
}

int64_t row_weight(const struct rows_along *rows, int64_t r)
{
	return at_round(rows->over_rows, rows->rows, r, true);
}

int64_t row_element(const struct rows_along *rows, int64_t i)
{
	return at_round(rows->over_row, rows->row, i, false);
}

int64_t row_element_weight(const struct rows_along *rows, int64_t i)
{
	return at_round(rows->over_row, rows->row, i, true);
}

bool rows_of_last_axis(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	*reach = (struct reach){ o, o };
	return steps != node->in[input]->shape.rank - 1;
}

/* Rows of one step lie in that step; where they go over steps, every output step needs all. */
bool rows_of_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct rows_along rows = node_rows(node);
	const struct shape *shape = &node->in[input]->shape;
	struct axis_split split;

	*reach = (struct reach){ o, o };
	if (shape->rank < 2) return false;
	split = axis_split(shape, steps);
	for (int64_t i = 0; i < rows.length; i++)
		if (row_element(&rows, i) / split.inner % split.size != 0) return false;
	return true;
}
