/* plane_pool.c: MaxPooling2D, AveragePooling2D and their global forms over (1, steps) or (steps, 1): fold() makes the
 * layers over one axis of them. */
#include "layers/family.h"

static const struct field pool2d_fields[] = {
	PAIR_FIELD("pool_size", plane_config, size, 1, "[2, 2]", "sizes of a window"),
	PAIR_FIELD("strides", plane_config, strides, 1, "null", "steps between two windows; null: pool_size"),
	CHOICE_FIELD("padding", plane_config, padding, valid_same, true, "\"valid\"", "what stands around the steps"),
	CHOICE_FIELD("data_format", plane_config, data_format, data_formats, false, "\"channels_last\"",
		     "order of the axes: channels last or first"),
	END_FIELD,
};

static const struct field global_pool2d_fields[] = {
	CHOICE_FIELD("data_format", global_pool1d_config, data_format, data_formats, false, "\"channels_last\"",
		     "order of the axes: channels last or first"),
	TYPED_FIELD("keepdims", FIELD_BOOL, global_pool1d_config, keepdims, "false",
		    "keeps the axes of steps, with size 1"),
	END_FIELD,
};

static bool pool2d_infer(struct node *node, struct diag *diag)
{
	const struct plane_config *c = node->config;

	return need_plane(node, diag, c->data_format) &&
	       plane_infer(node, diag, "pool_size", shape_channels(&node->in[0]->shape, c->data_format));
}

static bool global_pool2d_infer(struct node *node, struct diag *diag)
{
	const struct global_pool1d_config *c = node->config;
	int64_t channels;

	if (!need_plane(node, diag, c->data_format)) return false;
	channels = shape_channels(&node->in[0]->shape, c->data_format);
	node->out[0]->shape = c->keepdims ? plane_shape(1, 1, channels, c->data_format) : shape_of(1, channels);
	return true;
}

static bool pool2d_fold(struct graph *graph, struct node *node)
{
	plane_become_twin(graph, node, ((const struct plane_config *)node->config)->data_format);
	return true;
}

static bool global_pool2d_fold(struct graph *graph, struct node *node)
{
	plane_become_twin(graph, node, ((const struct global_pool1d_config *)node->config)->data_format);
	return true;
}

/* ---- meaning and magnitude --------------------------------------------------------------------------------------------------- */

/* A window of channel c: [first, end) along both axes. */
struct box {
	int64_t first[2], end[2];
};

enum { MEAN = 1, MAGNITUDE = 2 }; /* of ways to pool: else the largest, of the values */

static double pooled(const double *x, const struct shape *in, int data_format, struct box box, int64_t c, int way)
{
	const bool mean = way & MEAN;
	double r = 0;

	for (int64_t i = box.first[0]; i < box.end[0]; i++)
		for (int64_t k = box.first[1]; k < box.end[1]; k++) {
			double v = x[plane_index(in, data_format, i, k, c)];
			if (way & MAGNITUDE) v = fabs(v);
			if (mean)
				r += v;
			else if ((i == box.first[0] && k == box.first[1]) || v > r || isnan(v))
				r = v;
		}
	return mean ? r / (double)((box.end[0] - box.first[0]) * (box.end[1] - box.first[1])) : r;
}

/* The real elements of window t along an axis. */
static void clip(const struct plane_config *c, const struct shape *in, int axis, int64_t t, struct box *box)
{
	int64_t size = in->at[plane_axis(c->data_format, axis)];
	struct window window;

	CHECK(plane_window(c, in, axis, &window));
	box->first[axis] = t * plane_strides(c).at[axis] - window.pad_left;
	box->end[axis] = box->first[axis] + c->size.at[axis];
	if (box->first[axis] < 0) box->first[axis] = 0;
	if (box->end[axis] > size) box->end[axis] = size;
}

static void pool2d_values(const struct node *node, const double *x, double *y, int way)
{
	const struct plane_config *c = node->config;
	const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;
	int64_t channels = shape_channels(in, c->data_format), columns = out->at[plane_axis(c->data_format, 1)];

	for (int64_t i = 0; i < shape_elements(out); i++) {
		int64_t t = i / channels, channel = i % channels;
		struct box box;
		clip(c, in, 0, t / columns, &box);
		clip(c, in, 1, t % columns, &box);
		y[plane_index(out, c->data_format, t / columns, t % columns, channel)] =
		    pooled(x, in, c->data_format, box, channel, way);
	}
}

static void global_pool2d_values(const struct node *node, const double *x, double *y, int way)
{
	const struct global_pool1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct box all = { { 0, 0 }, { in->at[plane_axis(c->data_format, 0)], in->at[plane_axis(c->data_format, 1)] } };

	for (int64_t channel = 0; channel < shape_channels(in, c->data_format); channel++)
		y[channel] = pooled(x, in, c->data_format, all, channel, way);
}

#define POOL_EVAL(id, number, of, way)                                                                                 \
	static void id##_##number(const struct node *node, const void *const *in, void *const *out,                    \
				  struct arena *scratch)                                                               \
	{                                                                                                              \
		(void)scratch;                                                                                         \
		of(node, in[0], out[0], way);                                                                          \
	}
#define POOL_ROW(id, class, other, table, config, text, fields_infer, fields_fold, row_function, of, way)              \
	POOL_EVAL(id, meaning, of, way)                                                                                \
	POOL_EVAL(id, magnitude, of, (way) | MAGNITUDE)                                                                \
	const struct layer layer_##id##2d = {                                                                          \
		.name = class "2D",                                                                                    \
		.aliases = (const char *const[]){ other "2D", NULL },                                                  \
		.fields = table,                                                                                       \
		.config_bytes = sizeof(struct config),                                                                 \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.infer = fields_infer,                                                                                 \
		.rows = row_function,                                                                                  \
		.fold = fields_fold,                                                                                   \
		.eval = { [NUMBER_MEANING] = id##_meaning, [NUMBER_MAGNITUDE] = id##_magnitude },                      \
		.twin = class "1D",                                                                                    \
	}
#define WINDOW_ROW(id, class, other, text, way)                                                                        \
	POOL_ROW(id, class, other, pool2d_fields, plane_config, text, pool2d_infer, pool2d_fold, plane_rows,           \
		 pool2d_values, way)
#define GLOBAL_ROW(id, class, other, text, way)                                                                        \
	POOL_ROW(id, class, other, global_pool2d_fields, global_pool1d_config, text, global_pool2d_infer,              \
		 global_pool2d_fold, rows_barrier, global_pool2d_values, way)
WINDOW_ROW(max_pooling, "MaxPooling", "MaxPool", "as MaxPooling1D where one axis of steps has the size 1", 0);
WINDOW_ROW(average_pooling, "AveragePooling", "AvgPool", "as AveragePooling1D where one axis of steps has the size 1",
	   MEAN);
GLOBAL_ROW(global_max_pooling, "GlobalMaxPooling", "GlobalMaxPool",
	   "as GlobalMaxPooling1D where one axis of steps has the size 1", 0);
GLOBAL_ROW(global_average_pooling, "GlobalAveragePooling", "GlobalAvgPool",
	   "as GlobalAveragePooling1D where one axis of steps has the size 1", MEAN);
