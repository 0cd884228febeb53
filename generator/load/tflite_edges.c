/* tflite_edges.c: operators that add elements around a tensor or repeat them: PAD, PADV2, MIRROR_PAD, TILE,
 * RESIZE_NEAREST_NEIGHBOR. */
#include "load/tflite_plane.h"

#include <math.h>

/* ---- PAD, PADV2, MIRROR_PAD ------------------------------------------------------------------------------------------- */

/* Elements in front of and behind each axis: of the file's, and of those that are kept of it. */
struct edges_around {
	struct shape given, kept; /* of the output, of the input */
	int64_t before[MAX_RANK], behind[MAX_RANK];
	bool any;
};

static bool read_edges(struct tflite *t, const struct tflite_operator *op, struct edges_around *e)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = in ? 2 * (int64_t)in->shape.rank : 0;
	const int64_t *pads = tflite_integers(t, op, 1, &n);
	unsigned keep = 0;
	int axis[MAX_RANK];

	*e = (struct edges_around){ 0 };
	if (!in || !pads) return false;
	e->given = in->shape;
	for (int i = 0; i < in->shape.rank; i++) {
		const int64_t *p = &pads[2 * i];
		if (p[0] < 0 || p[1] < 0 || p[0] > MAX_ELEMENTS || p[1] > MAX_ELEMENTS)
			return tflite_error(t, op, "%lld and %lld elements around axis %d; they must be 0 or more",
					    (long long)p[0], (long long)p[1], i);
		if (p[0] || p[1]) keep |= 1U << i;
		e->given.at[i] += p[0] + p[1];
	}
	e->any = keep != 0;
	e->kept = tflite_squeezed(&in->shape, keep, axis);
	for (int i = 0; i < in->shape.rank; i++) {
		if (axis[i] < 0) continue;
		e->before[axis[i]] = pads[2 * i];
		e->behind[axis[i]] = pads[2 * i + 1];
	}
	return true;
}

/* Zeros around it, or zero points. */
static struct tensor *padded(struct tflite *t, const struct tflite_operator *op, struct tensor *x,
			     const struct edges_around *e)
{
	struct pad_config *config = NEW(t->arena, struct pad_config);
	double *before, *behind;

	if (e->kept.rank == 2 && !e->before[1] && !e->behind[1])
		return tflite_pad_steps(t, op, x, e->before[0], e->behind[0], tflite_out(t, op, 0));
	before = NEW_ARRAY(t->arena, e->kept.rank, double);
	behind = NEW_ARRAY(t->arena, e->kept.rank, double);
	for (int i = 0; i < e->kept.rank; i++) {
		before[i] = (double)e->before[i];
		behind[i] = (double)e->behind[i];
	}
	*config = (struct pad_config){ { e->kept.rank, before }, { e->kept.rank, behind } };
	return tflite_apply(t, op, "Pad", config, x, tflite_out(t, op, 0));
}

/* Up to three tensors one behind the other along an axis; NULL among them: nothing. */
static struct tensor *joined(struct tflite *t, const struct tflite_operator *op, struct tensor *const part[3], int axis)
{
	struct concatenate_config *config = NEW(t->arena, struct concatenate_config);
	struct tensor *in[3];
	struct node *node;
	int n = 0;

	for (int i = 0; i < 3; i++)
		if (part[i]) in[n++] = part[i];
	config->axis = axis + 1;
	node = tflite_node(t, op, "Concatenate", config, in, n, tflite_out(t, op, 0));
	return node ? node->out[0] : NULL;
}

/* Axis by axis what 'side' gives for so many elements in front (behind: false) and behind of the value. */
typedef struct tensor *make_side(struct tflite *t, const struct tflite_operator *op, struct tensor *x, int axis,
				 int64_t count, bool behind, double word);

static struct tensor *surrounded(struct tflite *t, const struct tflite_operator *op, struct tensor *x,
				 const struct edges_around *e, make_side *side, double word)
{
	for (int axis = 0; x && axis < e->kept.rank; axis++) {
		struct tensor *part[3] = { NULL, x, NULL };

		if (e->before[axis] && !(part[0] = side(t, op, x, axis, e->before[axis], false, word))) return NULL;
		if (e->behind[axis] && !(part[2] = side(t, op, x, axis, e->behind[axis], true, word))) return NULL;
		if (part[0] || part[2]) x = joined(t, op, part, axis);
	}
	return x;
}

static struct tensor *filled_side(struct tflite *t, const struct tflite_operator *op, struct tensor *x, int axis,
				  int64_t count, bool behind, double word)
{
	struct shape shape = x->shape;

	(void)behind;
	shape.at[axis] = count;
	return tflite_fill(t, op, word, shape, tflite_out(t, op, 0));
}

/* word: 1 leaves the border's own element out (REFLECT), 0 repeats it (SYMMETRIC). */
static struct tensor *mirrored_side(struct tflite *t, const struct tflite_operator *op, struct tensor *x, int axis,
				    int64_t count, bool behind, double word)
{
	const int64_t size = x->shape.at[axis], left_out = (int64_t)word;
	struct tflite_cut cut = { 0 };

	for (int i = 0; i < x->shape.rank; i++) {
		cut.count[i] = x->shape.at[i];
		cut.step[i] = 1;
	}
	if (count > size - left_out) {
		tflite_error(t, op, "%lld elements around an axis of %lld; at most %lld can be mirrored",
			     (long long)count, (long long)size, (long long)(size - left_out));
		return NULL;
	}
	cut.first[axis] = behind ? size - 1 - left_out : count - 1 + left_out;
	cut.count[axis] = count;
	cut.step[axis] = -1;
	return tflite_cut(t, op, x, &cut, tflite_out(t, op, 0));
}

/* The element that PADV2 pads with is another than 0. */
static bool other_filling(struct tflite *t, const struct tflite_operator *op, const struct tensor *x, double *number)
{
	struct tflite_tensor *value = tflite_in(t, op, 2);
	const double *numbers = value ? tflite_numbers(t, op, value) : NULL;
	const double zero = x->quantisation ? x->quantisation->zero_point[0] : 0;

	*number = numbers ? numbers[0] : zero;
	return *number != zero;
}

bool tflite_pad(struct tflite *t, const struct tflite_operator *op)
{
	struct tensor *x = tflite_value(t, op, 0);
	const struct tflite_tensor *value = tflite_in(t, op, 2);
	struct edges_around e;
	double number;

	if (!x || !read_edges(t, op, &e)) return false;
	if (!tflite_same_type(tflite_in(t, op, 0), tflite_out(t, op, 0)))
		return tflite_error(t, op, "its output is of another type or quantisation than its input");
	if (value && (!value->constant || shape_elements(&value->shape) != 1))
		return tflite_error(t, op, "what it pads with must be one constant");
	if (!e.any) return tflite_give(t, op, 0, x, e.given);
	x = tflite_shaped(t, op, x, e.kept);
	if (!x) return false;
	x = other_filling(t, op, x, &number) ? surrounded(t, op, x, &e, filled_side, number) : padded(t, op, x, &e);
	return tflite_give(t, op, 0, x, e.given);
}

/* MirrorPadMode */
enum { MIRROR_REFLECT, MIRROR_SYMMETRIC };

bool tflite_mirror_pad(struct tflite *t, const struct tflite_operator *op)
{
	const int64_t mode = flatbuffer_i8(&op->options, 0, MIRROR_REFLECT);
	struct tensor *x = tflite_value(t, op, 0);
	struct edges_around e;

	if (!x || !read_edges(t, op, &e)) return false;
	if (mode != MIRROR_REFLECT && mode != MIRROR_SYMMETRIC)
		return tflite_error(t, op, "mode %lld is not one of REFLECT and SYMMETRIC", (long long)mode);
	x = tflite_shaped(t, op, x, e.kept);
	x = surrounded(t, op, x, &e, mirrored_side, mode == MIRROR_REFLECT);
	return tflite_give(t, op, 0, x, e.given);
}

/* ---- TILE --------------------------------------------------------------------------------------------------------------- */

/* Every row of (rows, elements) n times. */
static struct tensor *repeated(struct tflite *t, const struct tflite_operator *op, struct tensor *x, int64_t rows,
			       int64_t n)
{
	struct up_sampling1d_config *config = NEW(t->arena, struct up_sampling1d_config);

	config->size = n;
	x = tflite_shaped(t, op, x, shape_of(2, rows, shape_elements(&x->shape) / rows));
	return tflite_apply(t, op, "UpSampling1D", config, x, tflite_out(t, op, 0));
}

bool tflite_tile(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	int64_t n = in ? in->shape.rank : 0, rows = 1;
	const int64_t *times = tflite_integers(t, op, 1, &n);
	struct tensor *x = times ? tflite_value(t, op, 0) : NULL;
	struct shape shape;

	if (!in || !x) return false;
	shape = in->shape;
	/* A tile of all axes from one on, n times, is each of the rows in front of that axis n times. */
	for (int i = 0; x && i < shape.rank; i++) {
		if (times[i] < 1 || times[i] > MAX_ELEMENTS || !size_mul(shape.at[i], times[i], &shape.at[i]))
			return tflite_error(t, op, "%lld times along axis %d; it must be 1 or more",
					    (long long)times[i], i);
	}
	for (int i = shape.rank - 1; i >= 0; i--) {
		rows = 1;
		for (int k = 0; k < i; k++) rows *= in->shape.at[k];
		if (times[i] > 1) x = repeated(t, op, x, rows, times[i]);
		if (!x) return false;
	}
	return tflite_give(t, op, 0, x, shape);
}

/* ---- RESIZE_NEAREST_NEIGHBOR ----------------------------------------------------------------------------------------------- */

/* Fields of ResizeNearestNeighborOptions. */
enum { RESIZE_CORNERS, RESIZE_CENTRES };

/* GetNearestNeighbor() */
static int64_t nearest(int64_t i, int64_t in, int64_t out, bool corners, bool centres)
{
	const float scale = corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
	const float offset = centres ? 0.5f : 0.0f, at = ((float)i + offset) * scale;
	int64_t k = (int64_t)(corners ? roundf(at) : floorf(at));

	k = k < in - 1 ? k : in - 1;
	return centres && k < 0 ? 0 : k;
}

bool tflite_resize(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	const bool corners = flatbuffer_u8(&op->options, RESIZE_CORNERS, 0) != 0,
		   centres = flatbuffer_u8(&op->options, RESIZE_CENTRES, 0) != 0;
	int64_t n = 2, out, step, *index;
	const int64_t *size = tflite_integers(t, op, 1, &n), any[2] = { 1, 1 };
	struct tflite_cut cut = { 0 };
	struct tflite_plane plane;
	struct tensor *x = size ? tflite_value(t, op, 0) : NULL;
	bool repeats = true, skips = true;

	if (!x || !tflite_plane(t, op, in, any, &plane)) return false;
	if (plane.steps == 1 && size[0] > size[1]) plane.axis = 0;
	out = size[plane.axis];
	if (size[!plane.axis] != 1 || out < 1 || out > TFLITE_CONSTANTS_LIMIT)
		return tflite_error(t, op, "to %lld times %lld steps; one of the two must be 1", (long long)size[0],
				    (long long)size[1]);
	step = out > 1 ? nearest(1, plane.steps, out, corners, centres) - nearest(0, plane.steps, out, corners, centres)
		       : 1;
	index = NEW_ARRAY(t->arena, out, int64_t);
	for (int64_t i = 0; i < out; i++) {
		const int64_t k = index[i] = nearest(i, plane.steps, out, corners, centres);
		if (i == 0) cut.first[0] = k;
		repeats &= out % plane.steps == 0 && k == i / (out / plane.steps);
		skips &= step > 0 && k == cut.first[0] + i * step;
	}
	x = tflite_shaped(t, op, x, shape_of(2, plane.steps, plane.channels));
	cut.count[0] = out;
	cut.step[0] = step;
	cut.count[1] = plane.channels;
	cut.step[1] = 1;
	if (!x) return false;
	if (repeats)
		x = repeated(t, op, x, plane.steps, out / plane.steps);
	else
		x = skips ? tflite_cut(t, op, x, &cut, tflite_out(t, op, 0))
			  : tflite_gathered(t, op, x, 0, index, out, tflite_out(t, op, 0));
	return tflite_give(t, op, 0, x, tflite_plane_shape(&plane, 1, out, plane.channels));
}
