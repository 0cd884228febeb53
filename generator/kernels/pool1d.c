/* pool1d.c: MaxPooling1D and AveragePooling1D: windows of steps, each in order of time. */
#include "kernels/kernel.h"

bool pool_geometry(const struct node *node, struct geometry *g)
{
	const struct pool1d_config *c = node->config;
	int64_t steps, stride;
	struct window window;

	if (!layer_is(node, "MaxPooling1D") && !layer_is(node, "AveragePooling1D")) return false;
	steps = shape_steps(&node->in[0]->shape, c->data_format);
	stride = c->strides > 0 ? c->strides : c->pool_size;
	CHECK(window_of(steps, c->pool_size, stride, 1, c->padding, &window));
	*g = (struct geometry){ .steps_in = steps,
				.steps_out = window.steps_out,
				.taps = c->pool_size,
				.stride = stride,
				.dilation = 1,
				.pad_left = window.pad_left,
				.padding = c->padding,
				.piece = node->piece };
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct geometry g;

	(void)target;
	return pool_geometry(node, &g);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct geometry g;

	(void)target;
	CHECK(pool_geometry(node, &g));
	return simple_cost(shape_elements(&node->out[0]->shape), 2 * g.taps + 4, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct geometry *g = NEW(arena, struct geometry);

	(void)target;
	CHECK(pool_geometry(node, g));
	return g;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct pool1d_config *c = node->config;
	const struct geometry *g = plan;
	bool channels_first = c->data_format == CHANNELS_FIRST;
	int64_t channels = shape_channels(&node->in[0]->shape, c->data_format);
	const struct tensor *in = node->in[0], *out = node->out[0];
	bool may_clip = node_is_open(node) && node->piece == 0 && c->padding == PADDING_SAME;
	bool known = !node_is_open(node) || node->piece > 0;
	struct value *view = value_map(arena);

	view_geometry(arena, view, node, g, 0);
	value_set_bool(arena, view, "mean", layer_is(node, "AveragePooling1D"));
	value_set_int(arena, view, "channels", channels);
	value_set_int(arena, view, "x_step", channels_first ? 1 : channels);
	view_size(arena, view, "x_channel", channels_first ? g->steps_in : 1, node, channels_first ? in : NULL);
	value_set_int(arena, view, "y_step", channels_first ? 1 : channels);
	view_size(arena, view, "y_channel", channels_first ? g->steps_out : 1, node, channels_first ? out : NULL);
	value_set_bool(arena, view, "clip_left", may_clip || (known && pads_left(g)));
	value_set_bool(arena, view, "clip_right", may_clip || (known && pads_right(g)));
	return view;
}

const struct kernel kernel_pool1d = {
	.name = "pool1d",
	.template = "pool1d",
	.doc = "the largest or the mean of every window of steps",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.open = true,
};
