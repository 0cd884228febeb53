/* by_rows.c: which nodes can be computed some rows (steps) at a time, and what their functions are given then. */
#include "kernels/kernel.h"

#include <string.h>

/* ---- tensors ------------------------------------------------------------------------------------------------ */

/* Rows lie behind each other: (steps, channels), one run of it. */
static bool is_rows(const struct tensor *tensor)
{
	return tensor->shape.rank == 2 && tensor->times.rank == 0;
}

bool input_has_rows(const struct node *node, int k)
{
	const struct tensor *in = node->in[k], *out = node->out[0];

	/* A merge may repeat its only step, or what has no steps. */
	return is_rows(in) && (in->shape.at[0] != 1 || out->shape.at[0] == 1 || node->layer->rows);
}

bool input_is_addend(const struct node *node, int k)
{
	struct sum sum;

	return k == 1 && node_sum(node, &sum);
}

/* Normalised rows that lie in different steps have the same weights. */
static bool norm_weights_are_alike(const struct node *node)
{
	struct rows_along rows = node_rows(node);
	int64_t step = node->in[0]->shape.at[1];

	for (int i = 0; i < rows.rows; i++)
		if (rows.over_rows[i].x >= step && rows.over_rows[i].w != 0 && rows.over_rows[i].size > 1) return false;
	return true;
}

/* One set of scales, slopes, ... serves all steps. */
static bool weights_are_alike(const struct node *node)
{
	struct row_norm norm;
	int first, last;

	if (node_row_norm(node, &norm)) return norm_weights_are_alike(node);
	for (int i = 0; i < 2; i++) {
		const struct weight *weight = node_weight(node, i == 0 ? "alpha" : "constant");
		if (weight) return weight->shape.rank < 2 || weight->shape.at[0] == 1;
	}
	if (!node_is_affine(node) || node_affine_split(node).size == 1) return true;
	node_affine_axes(node, &first, &last);
	return first > 0;
}

/* ---- calls --------------------------------------------------------------------------------------------------- */

static struct row_call same_rows(void)
{
	return (struct row_call){ .same = true, .times = 1, .divisor = 1 };
}

static struct row_call window_call(int64_t taps, int64_t stride, int64_t dilation, int64_t pad_left)
{
	struct row_call call = { .times = stride, .add = -pad_left, .divisor = 1 };

	if (stride == 1 && pad_left == 0 && (taps - 1) * dilation == 0) return same_rows();
	if (pad_left > 0) call.shift = "pad_left";
	call.shift_first = 1;
	call.shift_row = -stride;
	call.shift_add = pad_left;
	return call;
}

/* Row n of the output is made of the rows (n + crop - k * dilation) / stride. */
static struct row_call gather_call(int64_t taps, int64_t stride, int64_t dilation, int64_t crop, const char *shift)
{
	return (struct row_call){ .times = 1,
				  .add = crop - (taps - 1) * dilation + stride - 1,
				  .divisor = stride,
				  .shift = shift,
				  .shift_first = -stride,
				  .shift_row = 1,
				  .shift_add = crop };
}

/* It moves steps, not channels. */
static bool channels_are_last(const struct node *node)
{
	return layer_is(node, "UpSampling1D") || layer_is(node, "Cropping1D") ||
	       (layer_is(node, "ZeroPadding1D") &&
		((const struct zero_padding1d_config *)node->config)->data_format == CHANNELS_LAST);
}

/* Padding, cropping, repeating of steps. */
static bool call_of_move(const struct node *node, struct row_call *call)
{
	struct move m;

	if (!channels_are_last(node) || !node_move(node, &m)) return false;
	if (m.repeat[0] > 1) {
		*call = gather_call(m.repeat[0], m.repeat[0], 1, 0, "phase");
	} else {
		*call = window_call(1, 1, 1, m.before[0]);
		call->same = shape_equal(&node->in[0]->shape, &node->out[0]->shape) && m.before[0] == 0;
	}
	return true;
}

/* The layer's own way to go over steps; false: it has none. */
static bool call_of(const struct node *node, struct row_call *call)
{
	struct sum s;
	struct transposed_sum t;
	struct geometry g;
	struct reach reach;

	if (node_sum(node, &s)) {
		*call = window_call(s.taps, s.stride, s.dilation, s.pad_left);
		return !s.channels_first;
	}
	if (node_transposed_sum(node, &t)) {
		*call = gather_call(t.taps, t.stride, t.dilation, t.crop, "crop");
		return !t.channels_first;
	}
	if (pool_geometry(node, &g)) {
		*call = window_call(g.taps, g.stride, 1, g.pad_left);
		return ((const struct pool1d_config *)node->config)->data_format == CHANNELS_LAST;
	}
	if (call_of_move(node, call)) return true;
	*call = same_rows();
	for (int k = 0; node->layer->rows && k < node->n_in; k++)
		for (int64_t o = 1; o <= 2; o++)
			if (!node->layer->rows(node, k, 0, o, &reach) || reach.hi != o || reach.lo != o) return false;
	return node->out[0]->shape.at[0] != 1 || node->in[0]->shape.rank == 2;
}

static bool has_masks(const struct node *node)
{
	for (int k = 0; k < node->n_in; k++)
		if (mask_of_input(node, k)) return true;
	return false;
}

bool node_row_call(const struct node *node, const struct target *target, struct row_call *call)
{
	struct arena *arena;
	bool serves, any = false, all = true;

	for (int k = 0; k < node->n_in; k++) {
		any |= input_has_rows(node, k);
		all &= input_has_rows(node, k);
	}
	/* Merges alone repeat what they are given for every step; a mask has an element for each. */
	if (!all && !kernel_elementwise.ok(node, target)) return false;
	if (!any || node_is_open(node) || node->n_out != 1 || !is_rows(node->out[0]) || node_times(node) != 1 ||
	    has_masks(node))
		return false;
	if (!weights_are_alike(node) || !call_of(node, call)) return false;
	arena = arena_new();
	serves = choice_of_planner(node_by_rows(node, 1, arena), target).kernel != NULL;
	arena_free(arena);
	return serves;
}

bool node_adds_rows(const struct node *node, const struct target *target)
{
	struct arena *arena;
	bool serves;

	if (node->n_in != 1 || node->n_out != 1 || node_times(node) != 1 || node_is_open(node) || has_masks(node) ||
	    node->in[0]->times.rank > 0)
		return false;
	arena = arena_new();
	serves = choice_of_planner(node_by_sums(node, arena), target).kernel != NULL;
	arena_free(arena);
	return serves;
}

const struct node *node_by_sums(const struct node *node, struct arena *arena)
{
	struct node *copy = arena_copy(arena, node, sizeof *node);

	copy->sums = true;
	return copy;
}

/* ---- the node -------------------------------------------------------------------------------------------------- */

static struct tensor *open_tensor(const struct tensor *tensor, int length, struct arena *arena)
{
	struct tensor *copy = arena_copy(arena, tensor, sizeof *tensor);

	copy->open_axis = 0;
	copy->length = length;
	return copy;
}

const struct node *node_by_rows(const struct node *node, int64_t piece, struct arena *arena)
{
	struct node *copy = arena_copy(arena, node, sizeof *node);
	struct row_call call;

	CHECK(call_of(node, &call) && piece > 0);
	copy->piece = piece;
	copy->in = NEW_ARRAY(arena, node->n_in, struct tensor *);
	copy->out = NEW_ARRAY(arena, node->n_out, struct tensor *);
	for (int k = 0; k < node->n_in; k++) {
		int length = input_is_addend(node, k) && !call.same ? 1 : 0;

		copy->in[k] = input_has_rows(node, k) ? open_tensor(node->in[k], length, arena) : node->in[k];
	}
	for (int k = 0; k < node->n_out; k++) copy->out[k] = open_tensor(node->out[k], call.same ? 0 : 1, arena);
	return copy;
}
