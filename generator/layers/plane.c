/* plane.c: two axes of steps, one of which has the size 1 throughout: what all such layers share, and how fold makes
 * layers over one axis of them.  Where the other axis is larger the layer is 2-D and refused. */
#include "layers/family.h"

#include <string.h>

int plane_axis(int data_format, int axis)
{
	return data_format == CHANNELS_FIRST ? axis + 1 : axis;
}

struct shape plane_shape(int64_t first, int64_t second, int64_t channels, int data_format)
{
	return data_format == CHANNELS_FIRST ? shape_of(3, channels, first, second)
					     : shape_of(3, first, second, channels);
}

int64_t plane_index(const struct shape *shape, int data_format, int64_t first, int64_t second, int64_t channel)
{
	if (data_format == CHANNELS_FIRST) return (channel * shape->at[1] + first) * shape->at[2] + second;
	return (first * shape->at[1] + second) * shape->at[2] + channel;
}

static int64_t size_along(const struct shape *shape, int data_format, int axis)
{
	return shape->at[plane_axis(data_format, axis)];
}

bool need_plane(const struct node *node, struct diag *diag, int data_format)
{
	const struct shape *in = &node->in[0]->shape;
	struct arena *arena = arena_new();
	bool plane = in->rank == 3;
	bool right = plane && (size_along(in, data_format, 0) == 1 || size_along(in, data_format, 1) == 1);

	if (!plane)
		layer_error(node, diag, NULL, "its input has the shape %s; %s needs %s", shape_text(arena, in),
			    node->layer->name,
			    data_format == CHANNELS_FIRST ? "(channels, 1, steps) or (channels, steps, 1)"
							  : "(1, steps, channels) or (steps, 1, channels)");
	else if (!right)
		layer_error(node, diag, NULL,
			    "%s is 2-D here: its input has the shape %s; one of the two axes beside the channels must "
			    "have the size 1",
			    node->layer->name, shape_text(arena, in));
	arena_free(arena);
	return right;
}

bool need_plane_out(struct node *node, struct diag *diag, const char *key, struct shape shape, int data_format)
{
	const struct shape *in = &node->in[0]->shape;
	struct arena *arena;
	bool right = false;

	for (int i = 0; i < 2; i++)
		right |= size_along(in, data_format, i) == 1 && size_along(&shape, data_format, i) == 1;
	node->out[0]->shape = shape;
	if (right) return true;
	arena = arena_new();
	layer_error(node, diag, key,
		    "%s is 2-D here: it makes %s of its input %s; the axis of size 1 must keep this size",
		    node->layer->name, shape_text(arena, &shape), shape_text(arena, in));
	arena_free(arena);
	return false;
}

int plane_steps_axis(const struct node *node, int data_format)
{
	const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;

	if (out->rank != in->rank) return size_along(in, data_format, 0) > 1 ? 0 : 1;
	return size_along(in, data_format, 0) > 1 || size_along(out, data_format, 0) > 1 ? 0 : 1;
}

struct pair plane_strides(const struct plane_config *c)
{
	return c->strides.at[0] > 0 ? c->strides : c->size;
}

/* Dilation of a pool: its field stays 0. */
static int64_t dilation_along(const struct plane_config *c, int axis)
{
	return c->dilation_rate.at[axis] > 0 ? c->dilation_rate.at[axis] : 1;
}

bool plane_window(const struct plane_config *c, const struct shape *in, int axis, struct window *window)
{
	return window_of(size_along(in, c->data_format, axis), c->size.at[axis], plane_strides(c).at[axis],
			 dilation_along(c, axis), c->padding, window);
}

bool plane_infer(struct node *node, struct diag *diag, const char *key, int64_t channels_out)
{
	const struct plane_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct window window[2];

	for (int i = 0; i < 2; i++) {
		if (plane_window(c, in, i, &window[i])) continue;
		layer_error(node, diag, key,
			    "a window of %lld does not fit into the input's size of %lld along axis %d; with 'valid' "
			    "padding it must be at most as long",
			    (long long)((c->size.at[i] - 1) * dilation_along(c, i) + 1),
			    (long long)size_along(in, c->data_format, i), plane_axis(c->data_format, i) + 1);
		return false;
	}
	return need_plane_out(node, diag, key,
			      plane_shape(window[0].steps_out, window[1].steps_out, channels_out, c->data_format),
			      c->data_format);
}

/* ---- the layer over one axis ----------------------------------------------------------------------------------- */

static void conv1d_of(const struct plane_config *c, int axis, void *config)
{
	*(struct conv1d_config *)config = (struct conv1d_config){
		.filters = c->filters,
		.kernel_size = c->size.at[axis],
		.strides = c->strides.at[axis],
		.dilation_rate = c->dilation_rate.at[axis],
		.groups = c->groups,
		.padding = c->padding,
		.data_format = c->data_format,
		.use_bias = c->use_bias,
	};
}

static void depthwise_conv1d_of(const struct plane_config *c, int axis, void *config)
{
	*(struct depthwise_config *)config = (struct depthwise_config){
		.kernel_size = c->size.at[axis],
		.strides = c->strides.at[axis],
		.dilation_rate = c->dilation_rate.at[axis],
		.depth_multiplier = c->depth_multiplier,
		.padding = c->padding,
		.data_format = c->data_format,
		.use_bias = c->use_bias,
	};
}

static void conv1d_transpose_of(const struct plane_config *c, int axis, void *config)
{
	const struct shape *added = &c->output_padding;
	struct shape own = { 0 };

	if (added->rank > 0) own = shape_of(1, added->at[added->rank == 1 ? 0 : axis]);
	*(struct conv1d_transpose_config *)config = (struct conv1d_transpose_config){
		.filters = c->filters,
		.kernel_size = c->size.at[axis],
		.strides = c->strides.at[axis],
		.dilation_rate = c->dilation_rate.at[axis],
		.output_padding = own,
		.padding = c->padding,
		.data_format = c->data_format,
		.use_bias = c->use_bias,
	};
}

static void pool1d_of(const struct plane_config *c, int axis, void *config)
{
	*(struct pool1d_config *)config = (struct pool1d_config){
		.pool_size = c->size.at[axis],
		.strides = plane_strides(c).at[axis],
		.padding = c->padding,
		.data_format = c->data_format,
	};
}

static const struct {
	const char *twin;
	void (*config)(const struct plane_config *c, int axis, void *config);
} configs[] = {
	{ "Conv1D", conv1d_of },           { "DepthwiseConv1D", depthwise_conv1d_of },
	{ "MaxPooling1D", pool1d_of },     { "Conv1DTranspose", conv1d_transpose_of },
	{ "AveragePooling1D", pool1d_of },
};

const void *plane_twin_config(const struct node *node, int axis, struct arena *arena)
{
	const struct layer *twin = layer_find(node->layer->twin);
	void *config = arena_alloc(arena, twin->config_bytes);

	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		if (strcmp(configs[i].twin, node->layer->twin) != 0) continue;
		configs[i].config(node->config, axis, config);
		return config;
	}
	/* Global pools: the same config. */
	return memcpy(config, node->config, twin->config_bytes);
}

void plane_become_twin(struct graph *graph, struct node *node, int data_format)
{
	node->config = plane_twin_config(node, plane_steps_axis(node, data_format), graph->arena);
	node->layer = layer_find(node->layer->twin);
}

bool plane_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	const struct plane_config *c = node->config;
	struct arena *arena = arena_new();
	struct node twin = *node;
	bool known;

	twin.config = plane_twin_config(node, plane_steps_axis(node, c->data_format), arena);
	twin.layer = layer_find(node->layer->twin);
	known = twin.layer->rows(&twin, input, steps, o, reach);
	arena_free(arena);
	return known;
}
