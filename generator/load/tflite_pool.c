/* tflite_pool.c: pools over steps, and reductions along axes. */
#include "load/tflite_plane.h"

#include <string.h>

/* Fields of Pool2DOptions. */
enum { POOL_PADDING, POOL_STRIDE_W, POOL_STRIDE_H, POOL_WIDTH, POOL_HEIGHT, POOL_ACTIVATION };
enum { PADDING_OF_FILE_SAME = 0 };

bool tflite_pool(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0);
	struct pool1d_config *config = NEW(t->arena, struct pool1d_config);
	const struct flatbuffer_table *o = &op->options;
	const struct tflite_window window = {
		.taps = { flatbuffer_i32(o, POOL_HEIGHT, 0), flatbuffer_i32(o, POOL_WIDTH, 0) },
		.stride = { flatbuffer_i32(o, POOL_STRIDE_H, 0), flatbuffer_i32(o, POOL_STRIDE_W, 0) },
		.dilation = { 1, 1 },
		.same = flatbuffer_i8(o, POOL_PADDING, 0) == PADDING_OF_FILE_SAME,
	};
	struct tflite_plane plane;
	struct tflite_run run;
	struct tensor *x = tflite_value(t, op, 0);
	struct node *node;
	int64_t tap;

	if (!x || !tflite_run_of(t, op, &window, in, &plane, &run) ||
	    !tflite_live_tap(t, op, &window, !plane.axis, &tap))
		return false;
	x = tflite_shaped(t, op, x, shape_of(2, plane.steps, plane.channels));
	if (!x) return false;
	*config =
	    (struct pool1d_config){ run.taps, run.stride, window.same ? PADDING_SAME : PADDING_VALID, CHANNELS_LAST };
	node = tflite_node(t, op, op->kind->word, config, &x, 1, tflite_out(t, op, 0));
	x = tflite_fuse(t, op, node, flatbuffer_i8(o, POOL_ACTIVATION, 0));
	return x && tflite_give(t, op, 0, x, tflite_plane_shape(&plane, 1, x->shape.at[0], x->shape.at[1]));
}

/* ---- reductions ------------------------------------------------------------------------------------------------------- */

/* What reduces all steps of (steps, channels); NULL: the class for any axes does. */
static const char *over_steps(const char *class_name)
{
	static const struct {
		const char *any, *steps;
	} classes[] = { { "Mean", "GlobalAveragePooling1D" }, { "Max", "GlobalMaxPooling1D" } };

	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strcmp(classes[i].any, class_name) == 0) return classes[i].steps;
	return NULL;
}

/* The axes that input 1 names as bits; 0 after an error. */
static unsigned named_axes(struct tflite *t, const struct tflite_operator *op, int rank)
{
	int64_t n = -1;
	const int64_t *axes = tflite_integers(t, op, 1, &n);
	unsigned set = 0;

	if (!axes) return 0;
	for (int64_t i = 0; i < n; i++) {
		const int axis = tflite_axis(t, op, axes[i], rank);
		if (axis < 0) return 0;
		set |= 1U << axis;
	}
	if (!set) tflite_error(t, op, "it names no axis; it must name one or more");
	return set;
}

/* Its input with the named axes, of which only those larger than 1 count (one, if there is no such), and its output. */
static bool reduced(struct tflite *t, const struct tflite_operator *op, const struct shape *in, struct axes *axes,
		    struct shape *squeezed, struct shape *out)
{
	const unsigned set = named_axes(t, op, in->rank);
	const bool keeps = flatbuffer_u8(&op->options, 0, 0) != 0;
	unsigned larger = 0, last = 0;
	int axis[MAX_RANK];

	*out = (struct shape){ 0 };
	for (int i = 0; i < in->rank; i++) {
		const bool named = set >> i & 1;
		if (named) last = 1U << i;
		if (named && in->at[i] > 1) larger |= 1U << i;
		if (!named || keeps) out->at[out->rank++] = named ? 1 : in->at[i];
	}
	*squeezed = tflite_squeezed(in, larger ? 0 : last, axis);
	for (int i = 0; i < in->rank; i++)
		if ((larger ? larger : last) >> i & 1) axes->at[axes->n++] = axis[i] + 1;
	return set != 0;
}

bool tflite_reduce(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_tensor *in = tflite_in(t, op, 0);
	struct tensor *x = tflite_value(t, op, 0);
	const char *steps = over_steps(op->kind->word);
	struct reduce_config *config = NEW(t->arena, struct reduce_config);
	struct shape squeezed, out;

	if (!x || !reduced(t, op, &in->shape, &config->axis, &squeezed, &out)) return false;
	x = tflite_shaped(t, op, x, squeezed);
	if (steps && squeezed.rank == 2 && config->axis.n == 1 && config->axis.at[0] == 1)
		x = tflite_apply(t, op, steps, NEW(t->arena, struct global_pool1d_config), x, tflite_out(t, op, 0));
	else
		x = tflite_apply(t, op, op->kind->word, config, x, tflite_out(t, op, 0));
	return tflite_give(t, op, 0, x, out);
}
