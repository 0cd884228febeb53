/* tflite_moves.c: operators that give the same elements with other axes: most make no node. */
#include "load/tflite.h"

/* The same value, or the same numbers, with another shape. */
static bool give_same(struct tflite *t, const struct tflite_operator *op, struct shape shape)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	struct tflite_tensor *out = tflite_out(t, op, 0);

	if (shape_elements(&shape) != shape_elements(&in->shape))
		return tflite_error(t, op, "an input of shape %s cannot become %s", shape_text(t->arena, &in->shape),
				    shape_text(t->arena, &shape));
	if (!tflite_same_type(in, out))
		return tflite_error(t, op, "its output is of another type or quantisation than its input");
	out->constant = in->constant;
	out->data = in->data;
	out->numbers = in->numbers;
	out->block = in->block;
	out->value = in->value;
	return tflite_declare(t, op, out, shape);
}

/* The new shape: input 1, or in old files the option. */
static bool wanted_shape(struct tflite *t, const struct tflite_operator *op, struct shape *shape)
{
	const struct flatbuffer_vector option = flatbuffer_vector(&op->options, 0, 4);
	int64_t n = -1;
	const int64_t *sizes = tflite_in(t, op, 1) ? tflite_integers(t, op, 1, &n) : NULL;

	if (tflite_in(t, op, 1) && !sizes) return false;
	if (!tflite_in(t, op, 1)) n = option.n;
	if (n > MAX_RANK)
		return tflite_error(t, op, "a shape of %lld axes; at most %d are supported", (long long)n, MAX_RANK);
	shape->rank = (int)n;
	for (int i = 0; i < shape->rank; i++) shape->at[i] = sizes ? sizes[i] : flatbuffer_i32_at(&option, i);
	return true;
}

bool tflite_reshape(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	const int64_t n = in ? shape_elements(&in->shape) : 0;
	int64_t others = 1;
	struct shape shape = { 0 };
	int open = -1;

	if (!in || !wanted_shape(t, op, &shape)) return false;
	for (int i = 0; i < shape.rank; i++) {
		if (shape.at[i] == -1 && open < 0)
			open = i;
		else if (shape.at[i] < 1 || !size_mul(others, shape.at[i], &others))
			return tflite_error(t, op, "%lld as a size; sizes must be 1 or more, and one may be -1",
					    (long long)shape.at[i]);
	}
	if (open >= 0) shape.at[open] = n / others;
	return give_same(t, op, shape);
}

bool tflite_expand_dims(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = 1;
	const int64_t *axis = tflite_integers(t, op, 1, &n);
	struct shape shape = { 0 };
	int at;

	if (!in || !axis) return false;
	if (in->shape.rank == MAX_RANK) return tflite_error(t, op, "its output has more than %d axes", MAX_RANK);
	at = tflite_axis(t, op, *axis, in->shape.rank + 1);
	if (at < 0) return false;
	shape.rank = in->shape.rank + 1;
	for (int i = 0, from = 0; i < shape.rank; i++) shape.at[i] = i == at ? 1 : in->shape.at[from++];
	return give_same(t, op, shape);
}

bool tflite_squeeze(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	const struct flatbuffer_vector axes = flatbuffer_vector(&op->options, 0, 4);
	struct shape shape = { 0 };
	unsigned gone = 0;

	if (!in) return tflite_error(t, op, "its input is left out");
	for (int64_t i = 0; i < axes.n; i++) {
		const int axis = tflite_axis(t, op, flatbuffer_i32_at(&axes, i), in->shape.rank);
		if (axis < 0) return false;
		gone |= 1U << axis;
		if (in->shape.at[axis] != 1)
			return tflite_error(t, op, "axis %d has the size %lld; only one of size 1 can go", axis,
					    (long long)in->shape.at[axis]);
	}
	for (int i = 0; i < in->shape.rank; i++)
		if (axes.n ? !(gone >> i & 1) : in->shape.at[i] != 1) shape.at[shape.rank++] = in->shape.at[i];
	return give_same(t, op, shape);
}

bool tflite_shape(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	struct tflite_tensor *out = tflite_out(t, op, 0);
	double *numbers = NEW_ARRAY(t->arena, MAX_RANK, double);

	if (!in || !in->known) return tflite_error(t, op, "its input is not known");
	for (int i = 0; i < in->shape.rank; i++) numbers[i] = (double)in->shape.at[i];
	out->constant = true;
	out->numbers = numbers;
	return tflite_declare(t, op, out, shape_of(1, (int64_t)in->shape.rank));
}

/* ---- TRANSPOSE -------------------------------------------------------------------------------------------------------- */

bool tflite_transpose(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = in ? in->shape.rank : 0;
	const int64_t *order = tflite_integers(t, op, 1, &n);
	struct permute_config *config = NEW(t->arena, struct permute_config);
	struct shape shape = { 0 }, squeezed;
	struct tensor *x;
	int axis[MAX_RANK];
	unsigned seen = 0;
	bool moves = false;

	if (!in || !order) return false;
	squeezed = tflite_squeezed(&in->shape, 0, axis);
	for (int i = 0; i < n; i++) {
		const int from = tflite_axis(t, op, order[i], in->shape.rank);
		if (from < 0) return false;
		seen |= 1U << from;
		shape.at[shape.rank++] = in->shape.at[from];
		if (axis[from] < 0) continue;
		moves |= axis[from] != config->dims.rank;
		config->dims.at[config->dims.rank++] = axis[from] + 1;
	}
	if (seen != (1U << n) - 1) return tflite_error(t, op, "its axes are no order of those of its input");
	if (!moves) return give_same(t, op, shape);
	x = tflite_shaped(t, op, tflite_value(t, op, 0), squeezed);
	return tflite_give(t, op, 0, tflite_apply(t, op, "Permute", config, x, tflite_out(t, op, 0)), shape);
}
