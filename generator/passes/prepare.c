/* prepare.c: a folded graph in nodes that have forms in integers, as TFLite's converter would cut it. */
#include "passes/quantise.h"

#include <string.h>

/* ---- new nodes ---------------------------------------------------------------------------------------------------- */

static const float *rounded(const double *from, int64_t n, struct arena *arena)
{
	float *to = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
	return to;
}

/* A node that reads in, right behind the node 'behind' (NULL: before all), of that name; its output has the shape. */
static struct node *node_behind(struct graph *graph, const struct node *behind, const struct node *of,
				const char *class_name, struct tensor *in, struct shape shape)
{
	const int at = behind ? behind->id + 1 : 0;
	struct node *node = graph_node(graph, layer_find(class_name), of->name);

	CHECK(node->layer != NULL);
	node->class_name = node->layer->name;
	node->implied = true;
	node->place = of->place;
	graph_connect(graph, node, &in, 1, 1);
	node->out[0]->shape = shape;
	node->out[0]->times = in->times;
	graph_move(graph, node, at);
	return node;
}

/* Readers of the tensor, but for the node, read instead. */
static void read_instead(struct graph *graph, struct tensor *from, struct tensor *to, struct node *but)
{
	graph_replace(graph, from, to);
	for (int k = 0; k < but->n_in; k++)
		if (but->in[k] == to) but->in[k] = from;
}

/* ---- activations ---------------------------------------------------------------------------------------------------- */

/* Classes whose integers are clamped as they are made. */
static const char *const fusing[] = { "Conv1D", "DepthwiseConv1D", "Conv1DTranspose", "Dense",
				      "Add",    "Subtract",        "Multiply",        NULL };
/* Activations that are such a clamp. */
static const char *const clamps[] = { "relu", "relu6", "relu_max", "hard_tanh", "clamp", "at_least", "at_most", NULL };

static bool is_listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name)) return true;
	return false;
}

static bool fuses(const struct node *node)
{
	return is_listed(fusing, node->layer->name) && is_listed(clamps, node->activation.kind->symbol);
}

static void split_activation(struct graph *graph, struct node *node)
{
	struct node *behind;

	if (activation_is_linear(&node->activation) || layer_is(node, "Activation") || fuses(node)) return;
	behind = node_behind(graph, node, node, "Activation", node->out[0], node->out[0]->shape);
	behind->activation = node->activation;
	node->activation = (struct activation){ 0 };
	behind->out[0]->name = node->out[0]->name;
	read_instead(graph, node->out[0], behind->out[0], behind);
}

/* ---- merges ---------------------------------------------------------------------------------------------------------- */

static const char *const merges[] = { "Add", "Multiply", "Maximum", "Minimum", "Average", NULL };

static void infer_again_alone(struct node *node, struct arena *arena)
{
	CHECK(layer_infer(node, diag_silent(arena)));
}

/* (a, b, c, d) becomes ((a, b), c), d). */
static void split_merge(struct graph *graph, struct node *node)
{
	if (!is_listed(merges, node->layer->name) || layer_is(node, "Average")) return;
	while (node->n_in > 2) {
		struct tensor *pair[] = { node->in[0], node->in[1] };
		const int at = node->id;
		struct node *first = graph_node(graph, node->layer, node->name);

		first->class_name = node->class_name;
		first->config = node->config;
		first->implied = true;
		first->place = node->place;
		graph_connect(graph, first, pair, 2, 1);
		graph_move(graph, first, at);
		first->out[0]->times = node->out[0]->times;
		infer_again_alone(first, graph->arena);
		node->in[1] = first->out[0];
		node->in++;
		node->n_in--;
	}
}

/* ---- what scales channels -------------------------------------------------------------------------------------------- */

static const struct weight *new_weight(const char *name, struct shape shape, const double *at, struct arena *arena)
{
	struct weight *weight = NEW(arena, struct weight);

	*weight = (struct weight){ .name = name, .shape = shape, .f64 = at };
	weight->f32 = rounded(at, shape_elements(&shape), arena);
	return weight;
}

/* The node becomes a depthwise convolution of one tap; its input has the channels on its first or its last axis. */
static void become_depthwise(struct graph *graph, struct node *node, const double *scale, const double *offset,
			     int64_t channels, int data_format)
{
	struct depthwise_config *c = NEW(graph->arena, struct depthwise_config);

	*c = (struct depthwise_config){ .kernel_size = 1, .strides = 1, .dilation_rate = 1, .depth_multiplier = 1 };
	c->data_format = data_format;
	c->padding = PADDING_VALID;
	c->use_bias = true;
	node->layer = layer_find("DepthwiseConv1D");
	node->class_name = node->layer->name;
	node->config = c;
	node->config_json = NULL;
	node->weight = NEW_ARRAY(graph->arena, 2, const struct weight *);
	node->n_weight = 2;
	node->weight[0] = new_weight("kernel", shape_of(3, (int64_t)1, channels, (int64_t)1), scale, graph->arena);
	node->weight[1] = new_weight("bias", shape_of(1, channels), offset, graph->arena);
}

/* The node's input gets another shape of as many elements before it, its output its own shape behind it. */
static void reshape_around(struct graph *graph, struct node *node, struct shape in, struct shape out)
{
	const struct shape old = node->out[0]->shape;
	struct reshape_config *before = NEW(graph->arena, struct reshape_config),
			      *after = NEW(graph->arena, struct reshape_config);
	struct node *first, *last;

	if (!shape_equal(&node->in[0]->shape, &in)) {
		before->target_shape = in;
		first = node_behind(graph, node, node, "Reshape", node->in[0], in);
		first->config = before;
		node->in[0] = first->out[0];
		/* It stands behind its reader so far. */
		graph->nodes.at[first->id] = node;
		graph->nodes.at[node->id] = first;
		first->id = node->id;
		node->id++;
	}
	if (shape_equal(&old, &out)) return;
	node->out[0]->shape = out;
	after->target_shape = old;
	last = node_behind(graph, node, node, "Reshape", node->out[0], old);
	last->config = after;
	last->out[0]->name = node->out[0]->name;
	read_instead(graph, node->out[0], last->out[0], last);
}

static void split_affine(struct graph *graph, struct node *node)
{
	struct axis_split split;
	double *scale, *offset;
	struct shape shape;

	if (!node_is_affine(node)) return;
	split = node_affine_split(node);
	if (split.outer > 1 && split.inner > 1) return;
	scale = NEW_ARRAY(graph->arena, split.size, double);
	offset = NEW_ARRAY(graph->arena, split.size, double);
	batch_norm_affine(node, scale, offset);
	shape = split.inner == 1 ? shape_of(2, split.outer, split.size) : shape_of(2, split.size, split.inner);
	reshape_around(graph, node, shape, shape);
	become_depthwise(graph, node, scale, offset, split.size, split.inner == 1 ? CHANNELS_LAST : CHANNELS_FIRST);
}

/* A mean of n inputs is their sum, scaled. */
static void split_average(struct graph *graph, struct node *node)
{
	struct node *behind;
	const struct shape shape = node->out[0]->shape;
	const int64_t n = shape_elements(&shape);
	double *scale, *offset;

	if (!layer_is(node, "Average") || node->n_in < 2) return;
	scale = NEW_ARRAY(graph->arena, 1, double);
	offset = NEW_ARRAY(graph->arena, 1, double);
	scale[0] = 1.0 / node->n_in;
	behind = node_behind(graph, node, node, "Activation", node->out[0], shape);
	behind->activation = node->activation;
	node->activation = (struct activation){ 0 };
	node->layer = layer_find("Add");
	node->class_name = node->layer->name;
	behind->out[0]->name = node->out[0]->name;
	read_instead(graph, node->out[0], behind->out[0], behind);
	reshape_around(graph, behind, shape_of(2, n, (int64_t)1), shape_of(2, n, (int64_t)1));
	become_depthwise(graph, behind, scale, offset, 1, CHANNELS_LAST);
}

/* ---- tensors with an axis too many ----------------------------------------------------------------------------------- */

/* Convolutions and pools over two axes of steps, one of which has the size 1, are classes of one axis after folding. */
static int data_format_of(const struct node *node)
{
	for (const struct field *field = node->layer->fields; field->key; field++)
		if (!strcmp(field->key, "data_format"))
			return *(const int *)((const char *)node->config + field->offset);
	return CHANNELS_LAST;
}

static struct shape two_axes(const struct shape *shape, int data_format)
{
	const int64_t steps = shape_steps(shape, data_format), channels = shape_channels(shape, data_format);

	return data_format == CHANNELS_FIRST ? shape_of(2, channels, steps) : shape_of(2, steps, channels);
}

static void flatten_axes(struct graph *graph, struct node *node)
{
	const struct tensor *in = node->n_in ? node->in[0] : NULL, *out = node->out[0];
	int format;

	if (!in || in->shape.rank < 3 || !strstr(node->layer->name, "1D")) return;
	format = data_format_of(node);
	reshape_around(graph, node, two_axes(&in->shape, format),
		       out->shape.rank < 3 ? out->shape : two_axes(&out->shape, format));
}

/* ---- all of it --------------------------------------------------------------------------------------------------------- */

typedef void rewrite_function(struct graph *graph, struct node *node);

/* Nodes that a rewrite adds are rewritten by those behind it only. */
static void rewrite(struct graph *graph, rewrite_function *function)
{
	const int n = graph->nodes.n;
	struct node **nodes = NEW_ARRAY(graph->arena, n, struct node *);

	memcpy(nodes, graph->nodes.at, (size_t)n * sizeof *nodes);
	for (int i = 0; i < n; i++) function(graph, nodes[i]);
}

struct graph *quantise_prepare(const struct graph *graph, struct arena *arena)
{
	static rewrite_function *const rewrites[] = { flatten_axes, split_average, split_merge, split_affine,
						      split_activation };
	struct graph *prepared = graph_copy(arena, graph);

	for (size_t i = 0; i < sizeof rewrites / sizeof *rewrites; i++) rewrite(prepared, rewrites[i]);
	/* It has tensors that the other has not: what it computes is what it means. */
	prepared->origin = NULL;
	for (int i = 0; i < prepared->tensors.n; i++) prepared->tensors.at[i]->meaning = i;
	return prepared;
}
