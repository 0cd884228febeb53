/* layers.c: the table of layers, and what is asked of a row. */
#include "layers/family.h"

#include <string.h>

#define LAYER(name) extern const struct layer layer_##name;
#include "layers/layers.def"
#undef LAYER

static const struct layer *const rows[] = {
#define LAYER(name) &layer_##name,
#include "layers/layers.def"
#undef LAYER
};

const struct field common_fields[] = {
	IGNORED_FIELD("name", "read by the loader: the layer's name"),
	IGNORED_FIELD("trainable", "read by the loader: the order of weights in old files"),
	IGNORED_FIELD("dtype", "read by the loader: float32 is computed"),
	IGNORED_FIELD("batch_input_shape", "Keras 2: the shape of a model's input, read by the loader"),
	IGNORED_FIELD("input_shape", "the shape of a model's input, without batch axis"),
	IGNORED_FIELD("input_dim", "Keras 1: the last size of a model's input, read by the loader"),
	IGNORED_FIELD("input_length", "Keras 1: the steps of a model's input, read by the loader"),
	IGNORED_FIELD("input_dtype", "Keras 1: read as dtype"),
	OBJECT_FIELD("activity_regularizer", ROLE_REGULARIZER, "null", NULL, "training: a loss of the outputs"),
	IGNORED_FIELD("build_config", "repeats the shape of the input"),
	END_FIELD,
};

const struct layer *layer_row(int index)
{
	return index >= 0 && index < (int)(sizeof rows / sizeof *rows) ? rows[index] : NULL;
}

static bool is_named(const struct layer *layer, const char *name)
{
	if (strcmp(layer->name, name) == 0) return true;
	for (const char *const *alias = layer->aliases; alias && *alias; alias++)
		if (strcmp(*alias, name) == 0) return true;
	return false;
}

const struct layer *layer_find(const char *class_name)
{
	for (int i = 0; layer_row(i); i++)
		if (is_named(rows[i], class_name)) return rows[i];
	return NULL;
}

bool layer_is(const struct node *node, const char *class_name)
{
	return strcmp(node->layer->name, class_name) == 0;
}

bool node_is_old(const struct node *node)
{
	return node->keras == 1 || node->keras == 2;
}

const char *layer_nearest(const char *class_name)
{
	enum { ROWS = sizeof rows / sizeof *rows };
	const char *names[ROWS];
	int n = 0;

	for (int i = 0; i < ROWS; i++)
		if (!rows[i]->internal) names[n++] = rows[i]->name;
	return nearest_name(class_name, names, n);
}

static bool inputs_are_right(const struct node *node, struct diag *diag)
{
	const struct layer *layer = node->layer;

	if (node->n_in >= layer->least_in && (layer->most_in < 0 || node->n_in <= layer->most_in)) return true;
	layer_error(node, diag, NULL, "%d inputs; %s takes %s%d", node->n_in, layer->name,
		    layer->most_in < 0 ? "at least " : "", layer->most_in < 0 ? layer->least_in : layer->most_in);
	return false;
}

static bool size_is_right(const struct node *node, struct diag *diag)
{
	const struct shape whole = tensor_shape(node->out[0]), *shape = &whole;
	int64_t n = tensor_elements(node->out[0]);
	struct arena *arena;

	if (n >= 1 && n <= MAX_ELEMENTS) return true;
	arena = arena_new();
	if (n < 1)
		layer_error(node, diag, NULL, "its output has the shape %s; every size must be 1 or more",
			    shape_text(arena, shape));
	else
		layer_error(node, diag, NULL, "its output has the shape %s; a tensor may have at most %lld elements",
			    shape_text(arena, shape), (long long)MAX_ELEMENTS);
	arena_free(arena);
	return false;
}

/* A layer is repeated as its inputs are; no tensor may have too many axes. */
static bool infer_times(struct node *node, struct diag *diag)
{
	const struct tensor *in = node->n_in > 0 ? node->in[0] : NULL;

	for (int i = 1; i < node->n_in; i++) CHECK(shape_equal(&node->in[i]->times, &in->times));
	for (int i = 0; i < node->n_out && in; i++) node->out[i]->times = in->times;
	if (!node->layer->infer(node, diag)) return false;
	if (node->out[0]->shape.rank + node->out[0]->times.rank <= MAX_RANK) return true;
	layer_error(node, diag, NULL, "its output has more than %d axes", MAX_RANK);
	return false;
}

bool layer_infer_again(struct node *node, struct diag *diag)
{
	return infer_times(node, diag) && size_is_right(node, diag);
}

bool layer_infer(struct node *node, struct diag *diag)
{
	if (!inputs_are_right(node, diag)) return false;
	if (node->layer->check && !node->layer->check(node, diag)) return false;
	return infer_times(node, diag) && size_is_right(node, diag);
}

bool layer_has_integers(const struct node *node)
{
	return node->layer->integer || node->layer->moves;
}

/* A move's padding: eval fills it with 0, so the integers are moved as distances from the zero point. */
static void integers_moved(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const float zero = node->out[0]->quantisation ? (float)node->out[0]->quantisation->zero_point[0] : 0;
	const void **from = NEW_ARRAY(scratch, node->n_in, const void *);

	for (int k = 0; k < node->n_in; k++) {
		const int64_t n = tensor_elements(node->in[k]);
		float *distance = NEW_ARRAY(scratch, n, float);
		for (int64_t i = 0; i < n; i++) distance[i] = in[k][i] - zero;
		from[k] = distance;
	}
	layer_eval(node, NUMBER_SEPARATE, from, (void *const *)out, scratch);
	for (int k = 0; k < node->n_out; k++)
		for (int64_t i = 0; i < tensor_elements(node->out[k]); i++) out[k][i] += zero;
}

void layer_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const int64_t times = node_times(node);
	const float **from = NEW_ARRAY(scratch, node->n_in, const float *);
	float **to = NEW_ARRAY(scratch, node->n_out, float *);

	CHECK(layer_has_integers(node));
	if (!node->layer->integer) {
		integers_moved(node, in, out, scratch);
		return;
	}
	for (int64_t i = 0; i < times; i++) {
		for (int k = 0; k < node->n_in; k++) from[k] = in[k] + i * (tensor_elements(node->in[k]) / times);
		for (int k = 0; k < node->n_out; k++) to[k] = out[k] + i * (tensor_elements(node->out[k]) / times);
		node->layer->integer(node, from, to, scratch);
	}
}

bool layer_is_view(const struct node *node)
{
	if (!node->layer->view) return false;
	if (layer_is(node, "Flatten")) {
		const struct flatten_config *config = node->config;
		const struct shape *in = &node->in[0]->shape;
		return config->data_format == CHANNELS_LAST || in->rank < 2 || in->at[0] == 1 ||
		       shape_elements(in) == in->at[0];
	}
	return true;
}

bool layer_in_place(const struct node *node, int input)
{
	return node->layer->elementwise && shape_equal(&node->in[input]->shape, &node->out[0]->shape) &&
	       node->in[input]->type == node->out[0]->type;
}

void layer_error(const struct node *node, struct diag *diag, const char *key, const char *format, ...)
{
	struct arena *arena = arena_new();
	struct place place = node->place;
	const struct json *value = node->config_json && key ? json_get(node->config_json, key) : NULL;
	va_list arguments;

	if (value) place = json_place(arena, value);
	place.layer = node->name;
	va_start(arguments, format);
	diag_error(diag, place, "%s", arena_vprintf(arena, format, arguments));
	va_end(arguments);
	arena_free(arena);
}

/* Where a config has its axis; classes without one work on the last. */
static const struct {
	const char *class_name;
	size_t offset;
} axes[] = {
	{ "BatchNormalization", offsetof(struct batch_norm_config, axis) },
	{ "Concatenate", offsetof(struct concatenate_config, axis) },
};

/* One scale and offset serve all elements: any axis does. */
static bool has_no_axis(const struct node *node)
{
	const struct normalization_config *c = node->config;

	return layer_is(node, "Rescaling") || (layer_is(node, "Normalization") && c->axis.n == 0);
}

int node_axis(const struct node *node)
{
	int rank = node->in[0]->shape.rank;
	int64_t axis = -1;

	for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
		if (layer_is(node, axes[i].class_name))
			memcpy(&axis, (const char *)node->config + axes[i].offset, sizeof axis);
	if (layer_is(node, "Normalization")) {
		const struct normalization_config *config = node->config;
		if (config->axis.n == 1) axis = config->axis.at[0];
		if (config->axis.n > 1) return -1; /* no single one */
	}
	if (axis == -1 && rank > 1 && has_no_axis(node) && node->in[0]->open_axis == rank - 1) return 0;
	return sample_axis(axis, rank);
}

double rounding_growth(int64_t n)
{
	double nu = (double)n * UNIT;

	return nu < 1 ? nu / (1 - nu) * (1 + 0x1p-20) : INFINITY;
}
