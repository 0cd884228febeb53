/* tflite_merge.c: operators on two tensors, one of which may be a constant, and CONCATENATION. */
#include "load/tflite.h"

#include <string.h>

/* The shape that both broadcast to; false: they do not. */
static bool broadcast(const struct shape *a, const struct shape *b, struct shape *both)
{
	const struct shape *wide = a->rank >= b->rank ? a : b, *narrow = a->rank >= b->rank ? b : a;

	*both = *wide;
	for (int k = 1; k <= narrow->rank; k++) {
		int64_t *size = &both->at[both->rank - k];
		const int64_t other = narrow->at[narrow->rank - k];
		if (*size == 1) *size = other;
		if (*size != other && other != 1) return false;
	}
	return true;
}

/* Of one of the two the axes that both keep, with as many axes as both have. */
static struct shape kept(const struct shape *shape, const struct shape *both)
{
	struct shape left = { 0 };

	for (int i = 0; i < both->rank; i++) {
		const int own = i - (both->rank - shape->rank);
		if (both->at[i] > 1) left.at[left.rank++] = own < 0 ? 1 : shape->at[own];
	}
	if (left.rank == 0) left = shape_of(1, (int64_t)1);
	return left;
}

/* ---- a float tensor and one constant for each channel ------------------------------------------------------------------- */

/* y = offset + x * scale of the elements of the constant: what an operator is, with the constant behind or in front. */
static const struct {
	const char *class_name;
	bool constant_first;
	double scale_times, scale, offset_times; /* scale = scale_times * c + scale; offset = offset_times * c */
} affine[] = {
	{ "Add", false, 0, 1, 1 },      { "Add", true, 0, 1, 1 },       { "Subtract", false, 0, 1, -1 },
	{ "Subtract", true, 0, -1, 1 }, { "Multiply", false, 1, 0, 0 }, { "Multiply", true, 1, 0, 0 },
};

static struct reals reals_of(struct tflite *t, const double *c, int64_t n, double times, double plus)
{
	double *at = NEW_ARRAY(t->arena, n, double);

	for (int64_t i = 0; i < n; i++) at[i] = times * c[i] + plus;
	return (struct reals){ n, at };
}

/* The constant has one element, or one for each of the last axis. */
static bool is_by_channel(const struct shape *constant, const struct shape *x)
{
	const int64_t n = shape_elements(constant);

	return n == 1 ||
	       (x->rank > 0 && constant->rank > 0 && n == constant->at[constant->rank - 1] && n == x->at[x->rank - 1]);
}

/* A Rescaling; NULL: it is none (no error), or after an error. */
static struct node *rescaled(struct tflite *t, const struct tflite_operator *op, int k, bool *is_one)
{
	struct tflite_tensor *in = tflite_in(t, op, !k), *constant = tflite_in(t, op, k);
	struct rescaling_config *config = NEW(t->arena, struct rescaling_config);
	size_t row = 0;
	const double *c;
	struct tensor *x;
	int64_t n;
	int axis[MAX_RANK];

	*is_one = false;
	while (row < sizeof affine / sizeof *affine &&
	       (strcmp(affine[row].class_name, op->kind->word) != 0 || affine[row].constant_first != (k == 0)))
		row++;
	if (row == sizeof affine / sizeof *affine || in->type->type != TYPE_F32 ||
	    !is_by_channel(&constant->shape, &in->shape))
		return NULL;
	*is_one = true;
	c = tflite_numbers(t, op, constant);
	x = tflite_value(t, op, !k);
	if (!c || !x) return NULL;
	n = shape_elements(&constant->shape);
	if (n > 1) x = tflite_shaped(t, op, x, tflite_squeezed(&in->shape, 0, axis));
	if (!x) return NULL;
	config->scale =
	    reals_of(t, c, affine[row].scale_times != 0 ? n : 1, affine[row].scale_times, affine[row].scale);
	config->offset = reals_of(t, c, affine[row].offset_times != 0 ? n : 1, affine[row].offset_times, 0);
	return tflite_node(t, op, "Rescaling", config, &x, 1, tflite_out(t, op, 0));
}

/* ---- two tensors -------------------------------------------------------------------------------------------------------- */

/* Fields of AddOptions and SubOptions; MulOptions has the first, MaximumMinimumOptions none. */
enum { MERGE_ACTIVATION, MERGE_SHIFTS };

static struct node *merged(struct tflite *t, const struct tflite_operator *op, const struct shape *both)
{
	struct merge_config *config = NEW(t->arena, struct merge_config);
	struct tensor *in[2];

	for (int k = 0; k < 2; k++) {
		in[k] = tflite_value(t, op, k);
		if (in[k]) in[k] = tflite_shaped(t, op, in[k], kept(&tflite_in(t, op, k)->shape, both));
		if (!in[k]) return NULL;
	}
	if (in[0]->type != in[1]->type) {
		tflite_error(t, op, "inputs of types %s and %s; they must be of one", type_name(in[0]->type),
			     type_name(in[1]->type));
		return NULL;
	}
	config->shifts = flatbuffer_u8(&op->options, MERGE_SHIFTS, 1) != 0;
	return tflite_node(t, op, op->kind->word, config, in, 2, tflite_out(t, op, 0));
}

bool tflite_merge(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *a = tflite_in(t, op, 0), *b = tflite_in(t, op, 1);
	struct shape both;
	struct node *node = NULL;
	bool is_one = false;

	if (!a || !b) return tflite_error(t, op, "one of its inputs is left out");
	if (!broadcast(&a->shape, &b->shape, &both))
		return tflite_error(t, op, "inputs of shapes %s and %s; they must be equal or broadcast",
				    shape_text(t->arena, &a->shape), shape_text(t->arena, &b->shape));
	if (a->constant != b->constant && shape_equal(&both, a->constant ? &b->shape : &a->shape))
		node = rescaled(t, op, a->constant ? 0 : 1, &is_one);
	if (!is_one) node = merged(t, op, &both);
	return tflite_give(t, op, 0, tflite_fuse(t, op, node, flatbuffer_i8(&op->options, MERGE_ACTIVATION, 0)), both);
}

/* ---- CONCATENATION, PACK -------------------------------------------------------------------------------------------------- */

/* Fields of ConcatenationOptions. */
enum { CONCATENATION_AXIS, CONCATENATION_ACTIVATION };

static bool concatenate(struct tflite *t, const struct tflite_operator *op, const struct shape *shapes, int axis,
			int64_t activation)
{
	struct tensor **in = NEW_ARRAY(t->arena, op->n_in, struct tensor *);
	struct concatenate_config *config = NEW(t->arena, struct concatenate_config);
	struct shape whole = shapes[0];
	unsigned keep = 1U << axis;
	int place[MAX_RANK] = { 0 };
	struct node *node;

	whole.at[axis] = 0;
	for (int k = 0; k < op->n_in; k++) {
		struct shape other = shapes[k];
		if (other.rank == whole.rank) other.at[axis] = whole.at[axis];
		if (!shape_equal(&other, &whole))
			return tflite_error(t, op,
					    "inputs of shapes %s and %s; all sizes but those of axis %d must be equal",
					    shape_text(t->arena, &shapes[0]), shape_text(t->arena, &shapes[k]), axis);
		whole.at[axis] += shapes[k].at[axis];
	}
	for (int k = 0; k < op->n_in; k++) {
		in[k] = tflite_value(t, op, k);
		if (in[k]) in[k] = tflite_shaped(t, op, in[k], tflite_squeezed(&shapes[k], keep, place));
		if (!in[k]) return false;
	}
	config->axis = place[axis] + 1;
	node = tflite_node(t, op, "Concatenate", config, in, op->n_in, tflite_out(t, op, 0));
	return tflite_give(t, op, 0, tflite_fuse(t, op, node, activation), whole);
}

bool tflite_concatenate(struct tflite *t, const struct tflite_operator *op)
{
	struct shape *shapes = NEW_ARRAY(t->arena, op->n_in, struct shape);
	int axis;

	for (int k = 0; k < op->n_in; k++) {
		if (!tflite_in(t, op, k)) return tflite_error(t, op, "its input %d is left out", k);
		shapes[k] = tflite_in(t, op, k)->shape;
	}
	axis = tflite_axis(t, op, flatbuffer_i32(&op->options, CONCATENATION_AXIS, 0), shapes[0].rank);
	return axis >= 0 && concatenate(t, op, shapes, axis, flatbuffer_i8(&op->options, CONCATENATION_ACTIVATION, 0));
}

/* Fields of PackOptions. */
enum { PACK_COUNT, PACK_AXIS };

bool tflite_pack(struct tflite *t, const struct tflite_operator *op)
{
	struct shape *shapes = NEW_ARRAY(t->arena, op->n_in, struct shape);
	int axis = 0;

	for (int k = 0; k < op->n_in; k++) {
		const struct tflite_tensor *in = tflite_in(t, op, k);
		if (!in || in->shape.rank == MAX_RANK)
			return tflite_error(t, op, "its input %d is left out or has too many axes", k);
		axis = tflite_axis(t, op, flatbuffer_i32(&op->options, PACK_AXIS, 0), in->shape.rank + 1);
		if (axis < 0) return false;
		shapes[k].rank = in->shape.rank + 1;
		for (int i = 0, from = 0; i < shapes[k].rank; i++)
			shapes[k].at[i] = i == axis ? 1 : in->shape.at[from++];
	}
	return concatenate(t, op, shapes, axis, 0);
}
