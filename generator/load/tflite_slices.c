/* tflite_slices.c: operators that cut and pad along axes. */
#include "load/tflite_plane.h"

#include <stdlib.h>

/* ---- slices ---------------------------------------------------------------------------------------------------- */

/* GetItem's end of a slice: open where it goes down to element 0. */
static double end_of(int64_t first, int64_t count, int64_t step)
{
	const int64_t end = first + count * step;

	return end < 0 ? 4294967296.0 : (double)end;
}

/* Steps taken off (steps, channels). */
static bool only_crops(const struct shape *shape, const struct tflite_cut *cut)
{
	return shape->rank == 2 && cut->step[0] == 1 && cut->step[1] == 1 && cut->count[1] == shape->at[1];
}

struct tensor *tflite_cut(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
			  const struct tflite_cut *cut, const struct tflite_tensor *like)
{
	const int n = value->shape.rank;
	struct get_item_config *config = NEW(t->arena, struct get_item_config);
	struct cropping1d_config *crops = NEW(t->arena, struct cropping1d_config);
	double *at[4];
	bool whole = true;

	for (int i = 0; i < 4; i++) at[i] = NEW_ARRAY(t->arena, n, double);
	for (int i = 0; i < n; i++) {
		whole &= cut->count[i] == value->shape.at[i] && (cut->step[i] == 1 || cut->count[i] == 1);
		at[1][i] = (double)cut->first[i];
		at[2][i] = end_of(cut->first[i], cut->count[i], cut->step[i]);
		at[3][i] = (double)cut->step[i];
	}
	if (whole) return value;
	if (only_crops(&value->shape, cut)) {
		crops->cropping = shape_of(2, cut->first[0], value->shape.at[0] - cut->first[0] - cut->count[0]);
		return tflite_apply(t, op, "Cropping1D", crops, value, like);
	}
	*config = (struct get_item_config){ { n, at[0] }, { n, at[1] }, { n, at[2] }, { n, at[3] } };
	return tflite_apply(t, op, "GetItem", config, value, like);
}

struct tensor *tflite_gathered(struct tflite *t, const struct tflite_operator *op, struct tensor *value, int axis,
			       const int64_t *index, int64_t n, const struct tflite_tensor *like)
{
	struct gather_config *config = NEW(t->arena, struct gather_config);
	double *indices = NEW_ARRAY(t->arena, n, double);

	for (int64_t i = 0; i < n; i++) indices[i] = (double)index[i];
	*config = (struct gather_config){ axis + 1, { n, indices } };
	return tflite_apply(t, op, "Gather", config, value, like);
}

/* Input 'from' cut along the file's axes, as output k, with this shape in the end. */
static bool give_cut(struct tflite *t, const struct tflite_operator *op, int from, int k, const struct tflite_cut *cut,
		     struct shape shape)
{
	const struct shape *in = &tflite_in(t, op, from)->shape;
	struct tensor *x = tflite_value(t, op, from);
	struct tflite_cut own = { 0 };
	int axis[MAX_RANK];

	if (!x) return false;
	x = tflite_shaped(t, op, x, tflite_squeezed(in, 0, axis));
	own.count[0] = own.step[0] = 1; /* where all axes are of size 1 */
	for (int i = 0; i < in->rank; i++) {
		if (axis[i] < 0) continue;
		own.first[axis[i]] = cut->first[i];
		own.count[axis[i]] = cut->count[i];
		own.step[axis[i]] = cut->step[i];
	}
	return tflite_give(t, op, k, x ? tflite_cut(t, op, x, &own, tflite_out(t, op, k)) : NULL, shape);
}

/* Fields of StridedSliceOptions, and the bits of its masks. */
enum { SLICE_BEGIN, SLICE_END, SLICE_ELLIPSIS, SLICE_NEW_AXIS, SLICE_SHRINK, SLICE_OFFSET, SLICE_FIELDS };

/* One axis as NumPy cuts it. */
static void cut_axis(struct tflite_cut *cut, int axis, int64_t size, const int64_t *begin, const int64_t *end,
		     int64_t step)
{
	const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
	int64_t from = begin ? *begin : step > 0 ? 0 : size - 1, to = end ? *end : step > 0 ? size : -1;

	if (begin && from < 0) from += size;
	if (end && to < 0) to += size;
	from = from < low ? low : from > high ? high : from;
	to = to < low ? low : to > high ? high : to;
	cut->first[axis] = from;
	cut->step[axis] = step;
	cut->count[axis] = ((step > 0 ? to - from : from - to) + llabs(step) - 1) / llabs(step);
}

static bool strided(struct tflite *t, const struct tflite_operator *op, const struct shape *in,
		    const int64_t *const bound[3], const int64_t mask[SLICE_FIELDS], struct tflite_cut *cut,
		    struct shape *shape)
{
	*shape = (struct shape){ 0 };
	for (int i = 0; i < in->rank; i++) {
		const bool shrinks = mask[SLICE_SHRINK] >> i & 1, begins = !(mask[SLICE_BEGIN] >> i & 1) || shrinks,
			   ends = !(mask[SLICE_END] >> i & 1);
		const int64_t step = shrinks ? 1 : bound[2][i], size = in->at[i];
		const int64_t end =
		    shrinks ? bound[0][i] + 1 : bound[1][i] + (mask[SLICE_OFFSET] && begins ? bound[0][i] : 0);

		if (step == 0 || step > MAX_ELEMENTS || step < -MAX_ELEMENTS)
			return tflite_error(t, op, "a step of %lld along axis %d; it must not be 0", (long long)step,
					    i);
		cut_axis(cut, i, size, begins ? &bound[0][i] : NULL, ends && !(shrinks && end == 0) ? &end : NULL,
			 step);
		if (cut->count[i] < 1 || (shrinks && cut->count[i] != 1))
			return tflite_error(t, op,
					    "it takes %lld of the %lld elements along axis %d; it must take one or "
					    "more",
					    (long long)(cut->count[i] < 0 ? 0 : cut->count[i]), (long long)size, i);
		if (!shrinks) shape->at[shape->rank++] = cut->count[i];
	}
	return true;
}

bool tflite_strided_slice(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	const int64_t *bound[3];
	int64_t mask[SLICE_FIELDS], n = -1, filled[3][MAX_RANK];
	struct tflite_cut cut = { 0 };
	struct shape shape;

	if (!in) return tflite_error(t, op, "its input is left out");
	for (int i = 0; i < 3; i++)
		if (!(bound[i] = tflite_integers(t, op, i + 1, &n))) return false;
	for (int i = 0; i < SLICE_FIELDS; i++)
		mask[i] = i == SLICE_OFFSET ? flatbuffer_u8(&op->options, i, 0) : flatbuffer_i32(&op->options, i, 0);
	if (mask[SLICE_ELLIPSIS] || mask[SLICE_NEW_AXIS] || n > in->shape.rank)
		return tflite_error(t, op,
				    "an ellipsis or a new axis, or more bounds than axes; that is not supported");
	for (int64_t i = 0; i < in->shape.rank; i++) {
		for (int b = 0; b < 3; b++) filled[b][i] = i < n ? bound[b][i] : 1;
		if (i >= n) mask[SLICE_BEGIN] |= 1 << i;
		if (i >= n) mask[SLICE_END] |= 1 << i;
	}
	for (int b = 0; b < 3; b++) bound[b] = filled[b];
	return strided(t, op, &in->shape, bound, mask, &cut, &shape) && give_cut(t, op, 0, 0, &cut, shape);
}

/* All of the input. */
static struct tflite_cut whole_of(const struct shape *shape)
{
	struct tflite_cut cut = { 0 };

	for (int i = 0; i < shape->rank; i++) {
		cut.count[i] = shape->at[i];
		cut.step[i] = 1;
	}
	return cut;
}

bool tflite_slice(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = in ? in->shape.rank : 0;
	const int64_t *first = tflite_integers(t, op, 1, &n), *count = first ? tflite_integers(t, op, 2, &n) : NULL;
	struct tflite_cut cut;
	struct shape shape;

	if (!in || !count) return false;
	cut = whole_of(&in->shape);
	shape = in->shape;
	for (int i = 0; i < shape.rank; i++) {
		const int64_t size = shape.at[i], wanted = count[i] == -1 ? size - first[i] : count[i];
		if (first[i] < 0 || first[i] >= size || wanted < 1 || wanted > size - first[i])
			return tflite_error(t, op, "%lld elements from %lld on along axis %d, of %lld",
					    (long long)wanted, (long long)first[i], i, (long long)size);
		cut.first[i] = first[i];
		cut.count[i] = shape.at[i] = wanted;
	}
	return give_cut(t, op, 0, 0, &cut, shape);
}

bool tflite_reverse(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = -1;
	const int64_t *axes = tflite_integers(t, op, 1, &n);
	struct tflite_cut cut;

	if (!in || !axes) return false;
	cut = whole_of(&in->shape);
	for (int64_t i = 0; i < n; i++) {
		const int axis = tflite_axis(t, op, axes[i], in->shape.rank);
		if (axis < 0) return false;
		cut.first[axis] = in->shape.at[axis] - 1;
		cut.step[axis] = -1;
	}
	return give_cut(t, op, 0, 0, &cut, in->shape);
}

/* Output k of several: count elements of an axis. */
static bool give_piece(struct tflite *t, const struct tflite_operator *op, int from, int k, int axis, int64_t first,
		       int64_t count)
{
	const struct shape *in = &tflite_in(t, op, from)->shape;
	struct tflite_cut cut = whole_of(in);
	struct shape shape = *in;

	cut.first[axis] = first;
	cut.count[axis] = shape.at[axis] = count;
	return give_cut(t, op, from, k, &cut, shape);
}

bool tflite_split(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 1);
	int64_t n = 1;
	const int64_t *said = tflite_integers(t, op, 0, &n);
	const int axis = in && said ? tflite_axis(t, op, *said, in->shape.rank) : -1;
	int64_t size;

	if (axis < 0) return false;
	size = in->shape.at[axis];
	if (size % op->n_out != 0)
		return tflite_error(t, op, "%lld elements cannot be cut into %d equal pieces", (long long)size,
				    op->n_out);
	for (int k = 0; k < op->n_out; k++)
		if (!give_piece(t, op, 1, k, axis, k * (size / op->n_out), size / op->n_out)) return false;
	return true;
}

bool tflite_split_v(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = op->n_out, one = 1, first = 0, others = 0;
	const int64_t *sizes = tflite_integers(t, op, 1, &n), *said = sizes ? tflite_integers(t, op, 2, &one) : NULL;
	const int axis = in && said ? tflite_axis(t, op, *said, in->shape.rank) : -1;
	int open = 0;

	if (axis < 0) return false;
	for (int k = 0; k < op->n_out; k++) {
		open += sizes[k] == -1;
		if (sizes[k] != -1 && (sizes[k] < 1 || !size_add(others, sizes[k], &others))) open = 2;
	}
	if (open > 1 || (open == 0 && others != in->shape.at[axis]) || (open == 1 && others >= in->shape.at[axis]))
		return tflite_error(t, op, "its sizes do not make the %lld elements of axis %d",
				    (long long)in->shape.at[axis], axis);
	for (int k = 0; k < op->n_out; k++) {
		const int64_t count = sizes[k] == -1 ? in->shape.at[axis] - others : sizes[k];
		if (!give_piece(t, op, 0, k, axis, first, count)) return false;
		first += count;
	}
	return true;
}

/* ---- GATHER, REDUCE_PROD: mostly of shapes ---------------------------------------------------------------------- */

/* Fields of GatherOptions. */
enum { GATHER_AXIS, GATHER_BATCHES };

static bool gather_constant(struct tflite *t, const struct tflite_operator *op, const int64_t *index, int64_t n,
			    int axis, struct shape shape)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *out = tflite_out(t, op, 0);
	const double *numbers = tflite_numbers(t, op, in);
	const struct axis_split split = axis_split(&in->shape, axis);
	double *taken;

	if (!numbers) return false;
	if (shape_elements(&shape) > TFLITE_CONSTANTS_LIMIT)
		return tflite_error(t, op, "it computes a constant of the shape %s, which is too large",
				    shape_text(t->arena, &shape));
	taken = NEW_ARRAY(t->arena, split.outer * n * split.inner, double);
	for (int64_t i = 0; i < split.outer * n * split.inner; i++)
		taken[i] = numbers[(i / (n * split.inner) * split.size + index[i / split.inner % n]) * split.inner +
				   i % split.inner];
	out->constant = true;
	out->numbers = taken;
	return tflite_declare(t, op, out, shape);
}

static bool gather_unevenly(struct tflite *t, const struct tflite_operator *op, const int64_t *index, int64_t n,
			    int axis, struct shape shape)
{
	struct tensor *x = tflite_value(t, op, 0);
	int place[MAX_RANK];

	x = x ? tflite_shaped(t, op, x, tflite_squeezed(&tflite_in(t, op, 0)->shape, 1U << axis, place)) : NULL;
	if (x) x = tflite_gathered(t, op, x, place[axis], index, n, tflite_out(t, op, 0));
	return tflite_give(t, op, 0, x, shape);
}

bool tflite_gather(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0), *indices = tflite_in(t, op, 1);
	int64_t n = -1;
	const int64_t *index = tflite_integers(t, op, 1, &n);
	struct shape shape = { 0 };
	struct tflite_cut cut;
	int axis;

	if (!in || !index) return false;
	axis = tflite_axis(t, op, flatbuffer_i32(&op->options, GATHER_AXIS, 0), in->shape.rank);
	if (axis < 0) return false;
	if (flatbuffer_i32(&op->options, GATHER_BATCHES, 0) || indices->shape.rank > 1 || n < 1)
		return tflite_error(t, op, "only one list of indices for all batches is supported");
	for (int64_t i = 0; i < n; i++)
		if (index[i] < 0 || index[i] >= in->shape.at[axis])
			return tflite_error(t, op, "index %lld along axis %d of %lld elements", (long long)index[i],
					    axis, (long long)in->shape.at[axis]);
	for (int i = 0; i < in->shape.rank; i++)
		if (i != axis || indices->shape.rank) shape.at[shape.rank++] = i == axis ? n : in->shape.at[i];
	if (in->constant) return gather_constant(t, op, index, n, axis, shape);
	cut = whole_of(&in->shape);
	cut.first[axis] = index[0];
	cut.count[axis] = n;
	cut.step[axis] = n > 1 ? index[1] - index[0] : 1;
	for (int64_t i = 1; i < n; i++)
		if (index[i] - index[i - 1] != cut.step[axis] || cut.step[axis] == 0)
			return gather_unevenly(t, op, index, n, axis, shape);
	return give_cut(t, op, 0, 0, &cut, shape);
}

bool tflite_reduce_prod(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *out = tflite_out(t, op, 0);
	int64_t n = -1;
	const int64_t *axes = tflite_integers(t, op, 1, &n);
	const double *numbers;
	double product = 1;

	if (!in || !axes) return false;
	if (!in->constant || in->shape.rank != 1 || n != 1 || (axes[0] != 0 && axes[0] != -1))
		return tflite_error(t, op, "only the product of a list of constants is supported");
	numbers = tflite_numbers(t, op, in);
	if (!numbers) return false;
	for (int64_t i = 0; i < in->shape.at[0]; i++) product *= numbers[i];
	out->constant = true;
	out->numbers = arena_copy(t->arena, &product, sizeof product);
	return tflite_declare(t, op, out,
			      flatbuffer_u8(&op->options, 0, 0) ? shape_of(1, (int64_t)1) : (struct shape){ 0 });
}
