/* move.c: layers that move elements: Flatten, Reshape, Permute, RepeatVector, ZeroPadding1D, Cropping1D, UpSampling1D; and
 * those that do nothing at inference: InputLayer, Dropout and its like. */
#ifndef REAL
#include "layers/family.h"

static const struct field input_fields[] = {
	IGNORED_FIELD("batch_shape", "read by the loader: (batch, steps, channels)"),
	IGNORED_FIELD("shape", "the same without batch axis"),
	IGNORED_FIELD("batch_size", "one sample is computed at a time"),
	TYPED_FIELD("sparse", FIELD_BOOL, input_config, sparse, "false", "must be false"),
	TYPED_FIELD("ragged", FIELD_BOOL, input_config, ragged, "false", "must be false"),
	IGNORED_FIELD("optional", "an input is always given"),
	END_FIELD,
};
static const struct field flatten_fields[] = {
	DATA_FORMAT_FIELD(flatten_config),
	END_FIELD,
};
static const struct field reshape_fields[] = {
	TYPED_FIELD("target_shape", FIELD_SHAPE, reshape_config, target_shape, NULL,
		    "the new shape; one size may be -1"),
	END_FIELD,
};
static const struct field permute_fields[] = {
	TYPED_FIELD("dims", FIELD_SHAPE, permute_config, dims, NULL, "the old axes in their new order, counted from 1"),
	END_FIELD,
};
static const struct field repeat_vector_fields[] = {
	INT_FIELD("n", repeat_vector_config, n, 1, NULL, "steps of the output"),
	END_FIELD,
};
/* [1, 2], or 1 for [1, 1] */
#define BOTH_SIDES_FIELD(k, config, member, text)                                                                      \
	{                                                                                                              \
		.key = k, .type = FIELD_SHAPE, .offset = offsetof(struct config, member), .repeated = 2,               \
		.otherwise = "[1, 1]", .doc = text                                                                     \
	}
static const struct field zero_padding1d_fields[] = {
	BOTH_SIDES_FIELD("padding", zero_padding1d_config, padding, "zeros before and behind the steps"),
	DATA_FORMAT_FIELD(zero_padding1d_config),
	END_FIELD,
};
static const struct field cropping1d_fields[] = {
	BOTH_SIDES_FIELD("cropping", cropping1d_config, cropping, "steps taken off before and behind"),
	END_FIELD,
};
static const struct field up_sampling1d_fields[] = {
	INT_FIELD("size", up_sampling1d_config, size, 1, "2", "how often every step is repeated"),
	END_FIELD,
};
#define EDGES_FIELDS(name, text)                                                                                       \
	{                                                                                                              \
		{ .key = name,                                                                                         \
		  .type = FIELD_EDGES,                                                                                 \
		  .offset = offsetof(struct edges_config, edges),                                                      \
		  .most = LARGEST,                                                                                     \
		  .otherwise = "[[1, 1], [1, 1]]",                                                                     \
		  .doc = text },                                                                                       \
		    CHOICE_FIELD("data_format", edges_config, data_format, data_formats, false, "\"channels_last\"",   \
				 "order of the axes: channels last or first"),                                         \
		    END_FIELD,                                                                                         \
	}
static const struct field zero_padding2d_fields[] = EDGES_FIELDS("padding", "zeros before and behind both axes");
static const struct field cropping2d_fields[] = EDGES_FIELDS("cropping", "steps taken off before and behind both axes");
static const char *const nearest_only[] = { "nearest", NULL };
static const struct field up_sampling2d_fields[] = {
	PAIR_FIELD("size", up_sampling2d_config, size, 1, "[2, 2]", "how often every step is repeated, on both axes"),
	CHOICE_FIELD("data_format", up_sampling2d_config, data_format, data_formats, false, "\"channels_last\"",
		     "order of the axes: channels last or first"),
	CHOICE_FIELD("interpolation", up_sampling2d_config, interpolation, nearest_only, false, "\"nearest\"",
		     "how steps are made"),
	END_FIELD,
};
/* Of all dropouts and noises. */
static const struct field spatial_dropout1d_fields[] = {
	IGNORED_FIELD("rate", "training: how much is left out"),
	IGNORED_FIELD("seed", "training: of the random numbers"),
	OLD_FIELD("noise_shape", "training: what is left out together"),
	END_FIELD,
};
static const struct field spatial_dropout2d_fields[] = {
	IGNORED_FIELD("rate", "training: how much is left out"),
	IGNORED_FIELD("data_format", "training: what is left out together"),
	IGNORED_FIELD("seed", "training: of the random numbers"),
	OLD_FIELD("noise_shape", "training: what is left out together"),
	END_FIELD,
};
static const struct field noise_fields[] = {
	IGNORED_FIELD("rate", "training: how much is left out"),
	IGNORED_FIELD("stddev", "training: of the noise"),
	IGNORED_FIELD("seed", "training: of the random numbers"),
	IGNORED_FIELD("noise_shape", "training: what is left out together"),
	END_FIELD,
};
static const struct field no_fields[] = { END_FIELD };
static const struct field activity_fields[] = {
	{ .key = "l1", .type = FIELD_PENALTY, .otherwise = "0.0", .doc = "training: times the sum of |outputs|" },
	{ .key = "l2", .type = FIELD_PENALTY, .otherwise = "0.0", .doc = "training: times the sum of outputs^2" },
	END_FIELD,
};

/* ---- shapes ------------------------------------------------------------------------------------------------ */

static bool input_check(const struct node *node, struct diag *diag)
{
	const struct input_config *c = node->config;

	if (c->sparse) layer_error(node, diag, "sparse", "sparse inputs are not supported; it must be false");
	if (c->ragged) layer_error(node, diag, "ragged", "ragged inputs are not supported; it must be false");
	return !c->sparse && !c->ragged;
}

static bool flatten_infer(struct node *node, struct diag *diag)
{
	(void)diag;
	node->out[0]->shape = shape_of(1, shape_elements(&node->in[0]->shape));
	return true;
}

/* The target with its -1 replaced; false: it cannot be. */
static bool fill_target(struct shape *shape, int64_t elements)
{
	int64_t known = 1, *open = NULL;

	for (int i = 0; i < shape->rank; i++) {
		if (shape->at[i] != UNKNOWN_SIZE) {
			if (!size_mul(known, shape->at[i], &known)) return false;
			continue;
		}
		if (open) return false;
		open = &shape->at[i];
	}
	if (open && known > 0) *open = elements / known;
	return shape_elements(shape) == elements;
}

static bool reshape_infer(struct node *node, struct diag *diag)
{
	const struct reshape_config *c = node->config;
	struct shape shape = c->target_shape;
	struct arena *arena;

	if (fill_target(&shape, shape_elements(&node->in[0]->shape))) {
		node->out[0]->shape = shape;
		return true;
	}
	arena = arena_new();
	layer_error(node, diag, "target_shape", "%s is no shape for the %lld elements of its input %s",
		    shape_text(arena, &c->target_shape), (long long)shape_elements(&node->in[0]->shape),
		    shape_text(arena, &node->in[0]->shape));
	arena_free(arena);
	return false;
}

static bool permute_infer(struct node *node, struct diag *diag)
{
	const struct permute_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	unsigned seen = 0;

	node->out[0]->shape = *in;
	for (int i = 0; i < c->dims.rank && c->dims.rank == in->rank; i++) {
		if (c->dims.at[i] < 1 || c->dims.at[i] > in->rank) break;
		seen |= 1u << (c->dims.at[i] - 1);
		node->out[0]->shape.at[i] = in->at[c->dims.at[i] - 1];
	}
	if (c->dims.rank == in->rank && seen + 1 == 1u << in->rank) return true;
	layer_error(node, diag, "dims", "dims must hold each of 1 to %d once, the axes of its input", in->rank);
	return false;
}

static bool repeat_vector_infer(struct node *node, struct diag *diag)
{
	const struct repeat_vector_config *c = node->config;

	if (node->in[0]->shape.rank != 1) {
		layer_error(node, diag, NULL, "its input has %d axes; RepeatVector needs one", node->in[0]->shape.rank);
		return false;
	}
	node->out[0]->shape = shape_of(2, c->n, node->in[0]->shape.at[0]);
	return true;
}

/* Two numbers of steps from [a, b], or a for both. */
static bool need_pair(const struct node *node, struct diag *diag, const char *key, const struct shape *pair)
{
	if ((pair->rank == 1 || pair->rank == 2) && shape_known(pair)) return true;
	layer_error(node, diag, key, "%s must be two numbers of steps, 0 or more", key);
	return false;
}

static bool zero_padding1d_check(const struct node *node, struct diag *diag)
{
	return need_pair(node, diag, "padding", &((const struct zero_padding1d_config *)node->config)->padding);
}

static bool zero_padding1d_infer(struct node *node, struct diag *diag)
{
	const struct zero_padding1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t added = c->padding.at[0] + c->padding.at[c->padding.rank - 1];

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	node->out[0]->shape = steps_and_channels(shape_steps(in, c->data_format) + added,
						 shape_channels(in, c->data_format), c->data_format);
	return true;
}

static bool cropping1d_check(const struct node *node, struct diag *diag)
{
	return need_pair(node, diag, "cropping", &((const struct cropping1d_config *)node->config)->cropping);
}

static bool cropping1d_infer(struct node *node, struct diag *diag)
{
	const struct cropping1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t taken = c->cropping.at[0] + c->cropping.at[c->cropping.rank - 1];

	if (!need_steps_and_channels(node, diag, CHANNELS_LAST)) return false;
	if (taken >= in->at[0]) {
		layer_error(node, diag, "cropping", "cropping %lld of %lld steps leaves none", (long long)taken,
			    (long long)in->at[0]);
		return false;
	}
	node->out[0]->shape = shape_of(2, in->at[0] - taken, in->at[1]);
	return true;
}

static bool up_sampling1d_infer(struct node *node, struct diag *diag)
{
	const struct up_sampling1d_config *c = node->config;

	if (!need_steps_and_channels(node, diag, CHANNELS_LAST)) return false;
	node->out[0]->shape = shape_of(2, node->in[0]->shape.at[0] * c->size, node->in[0]->shape.at[1]);
	return true;
}

/* Both axes of steps longer by the edges, or shorter. */
static bool edges_infer(struct node *node, struct diag *diag, const char *key, int sign)
{
	const struct edges_config *c = node->config;
	struct shape shape = node->in[0]->shape;

	if (!need_plane(node, diag, c->data_format)) return false;
	for (int i = 0; i < 2; i++) {
		int64_t *size = &shape.at[plane_axis(c->data_format, i)], edges = c->edges.at[i][0] + c->edges.at[i][1];
		if (sign < 0 && edges >= *size) {
			layer_error(node, diag, key, "cropping %lld of %lld steps leaves none", (long long)edges,
				    (long long)*size);
			return false;
		}
		*size += sign * edges;
	}
	return need_plane_out(node, diag, key, shape, c->data_format);
}

static bool zero_padding2d_infer(struct node *node, struct diag *diag)
{
	return edges_infer(node, diag, "padding", 1);
}

static bool cropping2d_infer(struct node *node, struct diag *diag)
{
	return edges_infer(node, diag, "cropping", -1);
}

static bool up_sampling2d_infer(struct node *node, struct diag *diag)
{
	const struct up_sampling2d_config *c = node->config;
	struct shape shape = node->in[0]->shape;

	if (!need_plane(node, diag, c->data_format)) return false;
	for (int i = 0; i < 2; i++) shape.at[plane_axis(c->data_format, i)] *= c->size.at[i];
	return need_plane_out(node, diag, "size", shape, c->data_format);
}

/* ---- variable steps ------------------------------------------------------------------------------------------ */

/* Elements of input 0 for one of its open axis. */
static int64_t elements_a_step(const struct node *node)
{
	const struct tensor *in = node->in[0];

	return shape_elements(&in->shape) / in->shape.at[in->open_axis];
}

static const char *flatten_lengths(struct graph *graph, const struct node *node)
{
	return lengths_scaled(graph, node, 0, elements_a_step(node), 0, 1);
}

/* The size that target_shape leaves open takes what the others leave; it must come out even. */
static const char *reshape_lengths(struct graph *graph, const struct node *node)
{
	const struct shape *target = &((const struct reshape_config *)node->config)->target_shape;
	struct length_term all = { node->in[0]->length, elements_a_step(node) }, back;
	int64_t others = 1;
	int axis = 0;

	while (axis < target->rank && target->at[axis] != UNKNOWN_SIZE) axis++;
	if (axis == target->rank) return "no size of its target_shape is -1";
	for (int i = 0; i < target->rank; i++) others *= i == axis ? 1 : target->at[i];
	back = (struct length_term){ length_make(graph, &all, 1, 0, others, node->name), others };
	if (back.of >= 0)
		length_equal(graph, length_make(graph, &all, 1, 0, 1, node->name),
			     length_make(graph, &back, 1, 0, 1, node->name), node->name);
	return open_output(node, axis, back.of);
}

static const char *permute_lengths(struct graph *graph, const struct node *node)
{
	const struct permute_config *c = node->config;
	int axis = 0;

	(void)graph;
	while (c->dims.at[axis] - 1 != node->in[0]->open_axis) axis++;
	return open_output(node, axis, node->in[0]->length);
}

static const char *repeat_vector_lengths(struct graph *graph, const struct node *node)
{
	(void)graph;
	return open_output(node, 1, node->in[0]->length);
}

static const char *zero_padding1d_lengths(struct graph *graph, const struct node *node)
{
	const struct zero_padding1d_config *c = node->config;
	int64_t added = c->padding.at[0] + c->padding.at[c->padding.rank - 1];

	return lengths_along_steps(graph, node, c->data_format, 1, added, 1);
}

static const char *cropping1d_lengths(struct graph *graph, const struct node *node)
{
	const struct cropping1d_config *c = node->config;
	int64_t taken = c->cropping.at[0] + c->cropping.at[c->cropping.rank - 1];

	return lengths_along_steps(graph, node, CHANNELS_LAST, 1, -taken, 1);
}

static const char *up_sampling1d_lengths(struct graph *graph, const struct node *node)
{
	const struct up_sampling1d_config *c = node->config;

	return lengths_along_steps(graph, node, CHANNELS_LAST, c->size, 0, 1);
}

/* ---- moves ------------------------------------------------------------------------------------------------- */

/* The output's axes with nothing moved yet: axis a of the output steps 'stride' elements of the input. */
static void plain_axis(struct move *move, int64_t size, int64_t stride)
{
	int a = move->rank++;

	move->size[a] = move->limit[a] = size;
	move->repeat[a] = 1;
	move->before[a] = 0;
	move->stride[a] = stride;
}

/* The last axis is an axis of the input: whether it, or one behind it, is the open one. */
static void mark_open(struct move *move, const struct tensor *in, int axis)
{
	move->open[move->rank - 1] = in->open_axis == axis;
	move->open_stride[move->rank - 1] = in->open_axis > axis;
}

static void flatten_move(const struct node *node, struct move *move)
{
	const struct flatten_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int64_t n = shape_elements(in), channels = c->data_format == CHANNELS_FIRST && in->rank > 1 ? in->at[0] : 1;

	plain_axis(move, n / channels, 1);
	move->open[0] = node->in[0]->open_axis >= (channels > 1 ? 1 : 0);
	plain_axis(move, channels, n / channels);
	mark_open(move, node->in[0], 0);
}

static void permute_move(const struct node *node, struct move *move)
{
	const struct permute_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;

	for (int i = 0; i < in->rank; i++) {
		int axis = (int)c->dims.at[i] - 1;
		plain_axis(move, in->at[axis], axis_split(in, axis).inner);
		mark_open(move, node->in[0], axis);
	}
}

static void repeat_vector_move(const struct node *node, struct move *move)
{
	plain_axis(move, node->out[0]->shape.at[0], 0);
	plain_axis(move, node->out[0]->shape.at[1], 1);
	mark_open(move, node->in[0], 0);
}

/* Axes as they are, but steps shifted by 'before' (negative: steps are left out). */
static void shift_move(const struct node *node, struct move *move, int steps_axis, int64_t before)
{
	const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;

	for (int i = 0; i < 2; i++) {
		plain_axis(move, out->at[i], axis_split(in, i).inner);
		mark_open(move, node->in[0], i);
	}
	move->before[steps_axis] = before;
	move->limit[steps_axis] = in->at[steps_axis];
}

static void zero_padding1d_move(const struct node *node, struct move *move)
{
	const struct zero_padding1d_config *c = node->config;

	shift_move(node, move, c->data_format == CHANNELS_FIRST ? 1 : 0, c->padding.at[0]);
}

static void cropping1d_move(const struct node *node, struct move *move)
{
	shift_move(node, move, 0, -((const struct cropping1d_config *)node->config)->cropping.at[0]);
}

static void up_sampling1d_move(const struct node *node, struct move *move)
{
	shift_move(node, move, 0, 0);
	move->repeat[0] = ((const struct up_sampling1d_config *)node->config)->size;
}

/* All axes of the input, as they are but for their sizes. */
static void plane_move(const struct node *node, struct move *move)
{
	const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;

	for (int i = 0; i < out->rank; i++) {
		plain_axis(move, out->at[i], axis_split(in, i).inner);
		move->limit[i] = in->at[i];
	}
}

static void edges_move(const struct node *node, struct move *move, int sign)
{
	const struct edges_config *c = node->config;

	plane_move(node, move);
	for (int i = 0; i < 2; i++) move->before[plane_axis(c->data_format, i)] = sign * c->edges.at[i][0];
}

static void zero_padding2d_move(const struct node *node, struct move *move)
{
	edges_move(node, move, 1);
}

static void cropping2d_move(const struct node *node, struct move *move)
{
	edges_move(node, move, -1);
}

static void up_sampling2d_move(const struct node *node, struct move *move)
{
	const struct up_sampling2d_config *c = node->config;

	plane_move(node, move);
	for (int i = 0; i < 2; i++) move->repeat[plane_axis(c->data_format, i)] = c->size.at[i];
}

static const struct {
	const char *class_name;
	void (*move)(const struct node *node, struct move *move);
} moves[] = {
	{ "Flatten", flatten_move },
	{ "Permute", permute_move },
	{ "RepeatVector", repeat_vector_move },
	{ "ZeroPadding1D", zero_padding1d_move },
	{ "Cropping1D", cropping1d_move },
	{ "UpSampling1D", up_sampling1d_move },
	{ "ZeroPadding2D", zero_padding2d_move },
	{ "Cropping2D", cropping2d_move },
	{ "UpSampling2D", up_sampling2d_move },
	{ "GetItem", get_item_move },
	{ "Split", split_move },
	{ "Pad", pad_move },
};

bool node_move(const struct node *node, struct move *move)
{
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
		if (!layer_is(node, moves[i].class_name)) continue;
		*move = (struct move){ 0 };
		moves[i].move(node, move);
		return true;
	}
	return false;
}

int64_t move_from(const struct move *move, int64_t i)
{
	int64_t from = move->offset;

	for (int a = move->rank - 1; a >= 0; a--) {
		int64_t at = i % move->size[a] / move->repeat[a] - move->before[a];
		if (at < 0 || at >= move->limit[a]) return -1;
		from += at * move->stride[a];
		i /= move->size[a];
	}
	return from;
}

/* Steps that move along: hi and lo of reference/schedule.md. */
static bool shift_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct move move;

	(void)input;
	(void)steps;
	node_move(node, &move);
	for (int a = 0; a < move.rank; a++) o -= move.before[a];
	*reach = (struct reach){ o, o };
	return true;
}

/* Along the one axis whose size is not 1. */
static bool up_sampling_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct move move;
	int64_t size = 1;

	(void)input;
	(void)steps;
	node_move(node, &move);
	for (int a = 0; a < move.rank; a++) size *= move.repeat[a];
	*reach = (struct reach){ o > 0 ? (o - 1) / size + 1 : 0, o / size };
	return true;
}

/* ---- folds ------------------------------------------------------------------------------------------------- */

/* A view that changes no shape, whatever the number of steps. */
static bool same_shape_fold(struct graph *graph, struct node *node)
{
	if (node->in[0]->open_axis != node->out[0]->open_axis) return false;
	if (!shape_equal(&node->in[0]->shape, &node->out[0]->shape)) return false;
	if (layer_is(node, "Flatten") || layer_is(node, "Reshape")) fold_identity(graph, node);
	return layer_is(node, "Flatten") || layer_is(node, "Reshape");
}

static bool identity_fold(struct graph *graph, struct node *node)
{
	fold_identity(graph, node);
	return true;
}

#define FAMILY "layers/move.c"
#include "layers/each_real.h"

#define IDENTITY_ROW(id, class, table, text, old)                                                                      \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = table,                                                                                       \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.infer = infer_same,                                                                                   \
		.fold = identity_fold,                                                                                 \
		.eval = EVALS(identity),                                                                               \
		.moves = true,                                                                                         \
		.mask = MASK_PASSES,                                                                                   \
		.old_mask = old,                                                                                       \
		.elementwise = true,                                                                                   \
		.view = true,                                                                                          \
	}
IDENTITY_ROW(dropout, "Dropout", noise_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(spatial_dropout1d, "SpatialDropout1D", spatial_dropout1d_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(spatial_dropout2d, "SpatialDropout2D", spatial_dropout2d_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(gaussian_noise, "GaussianNoise", noise_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(gaussian_dropout, "GaussianDropout", noise_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(alpha_dropout, "AlphaDropout", noise_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(activity_regularization, "ActivityRegularization", activity_fields, "nothing at inference", MASK_PASSES);
IDENTITY_ROW(identity, "Identity", no_fields, "nothing", MASK_DROPS);

const struct layer layer_input_layer = {
	.name = "InputLayer",
	.fields = input_fields,
	.config_bytes = sizeof(struct input_config),
	.least_in = 0,
	.most_in = 1,
	.doc = "an input of the model",
	.check = input_check,
	.infer = infer_same,
	.fold = identity_fold,
	.eval = EVALS(identity),
	.moves = true,
	.elementwise = true,
	.view = true,
	PASSES_MASK,
};
const struct layer layer_flatten = {
	.name = "Flatten",
	.fields = flatten_fields,
	.config_bytes = sizeof(struct flatten_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "all elements in one axis, channels last",
	.infer = flatten_infer,
	.lengths = flatten_lengths,
	.rows = rows_barrier,
	.fold = same_shape_fold,
	.eval = EVALS(move),
	.moves = true,
	.view = true,
};
const struct layer layer_reshape = {
	.name = "Reshape",
	.fields = reshape_fields,
	.config_bytes = sizeof(struct reshape_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "the same elements in another shape",
	.infer = reshape_infer,
	.lengths = reshape_lengths,
	.rows = rows_barrier,
	.fold = same_shape_fold,
	.eval = EVALS(identity),
	.moves = true,
	.view = true,
};

#define MOVE_ROW(id, class, config, text, checks, row_function, length_rule)                                           \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = id##_fields,                                                                                 \
		.config_bytes = sizeof(struct config),                                                                 \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.check = checks,                                                                                       \
		.infer = id##_infer,                                                                                   \
		.lengths = length_rule,                                                                                \
		.rows = row_function,                                                                                  \
		.eval = EVALS(move),                                                                                   \
		.moves = true,                                                                                         \
	}
MOVE_ROW(permute, "Permute", permute_config, "axes in another order", NULL, rows_barrier, permute_lengths);
MOVE_ROW(repeat_vector, "RepeatVector", repeat_vector_config, "the same features at every step", NULL, rows_barrier,
	 repeat_vector_lengths);
MOVE_ROW(zero_padding1d, "ZeroPadding1D", zero_padding1d_config, "zeros before and behind the steps",
	 zero_padding1d_check, shift_rows, zero_padding1d_lengths);
MOVE_ROW(cropping1d, "Cropping1D", cropping1d_config, "without the first and last steps", cropping1d_check, shift_rows,
	 cropping1d_lengths);
MOVE_ROW(up_sampling1d, "UpSampling1D", up_sampling1d_config, "every step several times", NULL, up_sampling_rows,
	 up_sampling1d_lengths);
MOVE_ROW(zero_padding2d, "ZeroPadding2D", edges_config, "as ZeroPadding1D where one axis of steps has the size 1", NULL,
	 shift_rows, NULL);
MOVE_ROW(cropping2d, "Cropping2D", edges_config, "as Cropping1D where one axis of steps has the size 1", NULL,
	 shift_rows, NULL);
MOVE_ROW(up_sampling2d, "UpSampling2D", up_sampling2d_config, "as UpSampling1D where one axis of steps has the size 1",
	 NULL, up_sampling_rows, NULL);

#else

static void EACH(identity)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

static void EACH(move)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];
	struct move move;

	(void)scratch;
	node_move(node, &move);
	for (int64_t i = 0; i < n; i++) {
		int64_t from = move_from(&move, i);
		y[i] = from < 0 ? 0 : X(x[from]);
	}
}

#endif
