/* graph.c: builds and edits graphs. */
#include "graph/graph.h"

#include <string.h>

/* TYPE(id, bytes, name, C name) */
static const struct {
	int bytes;
	const char *name, *c_name;
} types[] = {
	[TYPE_F32] = { 4, "float32", "float" }, [TYPE_I8] = { 1, "int8", "int8_t" },
	[TYPE_U8] = { 1, "uint8", "uint8_t" },  [TYPE_I16] = { 2, "int16", "int16_t" },
	[TYPE_I32] = { 4, "int32", "int32_t" }, [TYPE_I64] = { 8, "int64", "int64_t" },
};

int type_bytes(enum type type)
{
	return types[type].bytes;
}
const char *type_name(enum type type)
{
	return types[type].name;
}
const char *type_c_name(enum type type)
{
	return types[type].c_name;
}

struct shape shape_of(int rank, ...)
{
	struct shape shape = { .rank = rank };
	va_list sizes;

	CHECK(rank >= 0 && rank <= MAX_RANK);
	va_start(sizes, rank);
	for (int i = 0; i < rank; i++) shape.at[i] = va_arg(sizes, int64_t);
	va_end(sizes);
	return shape;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->rank != b->rank) return false;
	for (int i = 0; i < a->rank; i++)
		if (a->at[i] != b->at[i]) return false;
	return true;
}

bool shape_known(const struct shape *shape)
{
	for (int i = 0; i < shape->rank; i++)
		if (shape->at[i] < 0) return false;
	return true;
}

int64_t shape_elements(const struct shape *shape)
{
	int64_t n = 1;

	if (!shape_known(shape)) return -1;
	for (int i = 0; i < shape->rank; i++)
		if (shape->at[i] == 0) return 0;
	for (int i = 0; i < shape->rank; i++)
		if (!size_mul(n, shape->at[i], &n) || n > MAX_ELEMENTS) return MAX_ELEMENTS + 1;
	return n;
}

bool tensor_is_integer(const struct tensor *tensor)
{
	return tensor->type != TYPE_F32;
}

bool node_is_integer(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (tensor_is_integer(node->in[i])) return true;
	for (int i = 0; i < node->n_out; i++)
		if (tensor_is_integer(node->out[i])) return true;
	for (int i = 0; i < node->n_weight; i++)
		if (node->weight[i] && node->weight[i]->integers) return true;
	return false;
}

int64_t tensor_times(const struct tensor *tensor)
{
	return shape_elements(&tensor->times);
}

struct shape tensor_shape(const struct tensor *tensor)
{
	struct shape shape = tensor->times;

	for (int i = 0; i < tensor->shape.rank && shape.rank < MAX_RANK; i++)
		shape.at[shape.rank++] = tensor->shape.at[i];
	return shape;
}

int tensor_open_axis(const struct tensor *tensor)
{
	return tensor->open_axis < 0 ? tensor->open_time : tensor->times.rank + tensor->open_axis;
}

int64_t tensor_elements(const struct tensor *tensor)
{
	int64_t one = shape_elements(&tensor->shape), n;

	if (one < 0 || one > MAX_ELEMENTS) return one;
	return size_mul(one, tensor_times(tensor), &n) && n <= MAX_ELEMENTS ? n : MAX_ELEMENTS + 1;
}

const char *shape_text(struct arena *arena, const struct shape *shape)
{
	const char *text = "(";

	for (int i = 0; i < shape->rank; i++) {
		const char *gap = i > 0 ? ", " : "";
		text = shape->at[i] < 0 ? arena_printf(arena, "%s%sNone", text, gap)
					: arena_printf(arena, "%s%s%lld", text, gap, (long long)shape->at[i]);
	}
	return arena_printf(arena, shape->rank == 1 ? "%s,)" : "%s)", text);
}

struct graph *graph_new(struct arena *arena, const char *name)
{
	struct graph *graph = NEW(arena, struct graph);

	graph->arena = arena;
	graph->name = arena_string(arena, name);
	return graph;
}

struct tensor *graph_tensor(struct graph *graph, const char *name)
{
	struct tensor *tensor = NEW(graph->arena, struct tensor);

	tensor->id = tensor->meaning = graph->tensors.n;
	tensor->name = name;
	tensor->type = TYPE_F32;
	tensor->open_axis = tensor->open_time = tensor->length = -1;
	list_push(graph->arena, &graph->tensors, tensor);
	return tensor;
}

struct node *graph_node(struct graph *graph, const struct layer *layer, const char *name)
{
	struct node *node = NEW(graph->arena, struct node);

	node->id = graph->nodes.n;
	node->layer = layer;
	node->name = name;
	node->trainable = true;
	list_push(graph->arena, &graph->nodes, node);
	return node;
}

void graph_connect(struct graph *graph, struct node *node, struct tensor *const *in, int n_in, int n_out)
{
	node->in = NEW_ARRAY(graph->arena, n_in, struct tensor *);
	node->out = NEW_ARRAY(graph->arena, n_out, struct tensor *);
	node->n_in = n_in;
	node->n_out = n_out;
	for (int i = 0; i < n_in; i++) node->in[i] = in[i];
	for (int i = 0; i < n_out; i++) {
		node->out[i] = graph_tensor(graph, node->name);
		node->out[i]->from = node;
		node->out[i]->from_index = i;
	}
}

/* A list of the copy's tensors for a list of the original's. */
static struct tensor **tensors_copy(struct graph *copy, struct tensor *const *from, int n)
{
	struct tensor **to = NEW_ARRAY(copy->arena, n, struct tensor *);

	for (int i = 0; i < n; i++) to[i] = copy->tensors.at[from[i]->id];
	return to;
}

static void node_copy(struct graph *copy, const struct node *from)
{
	struct node *node = arena_copy(copy->arena, from, sizeof *from);

	node->in = tensors_copy(copy, from->in, from->n_in);
	node->out = tensors_copy(copy, from->out, from->n_out);
	if (from->mask_given) node->mask_given = copy->tensors.at[from->mask_given->id];
	for (int i = 0; i < node->n_out; i++) node->out[i]->from = node;
	list_push(copy->arena, &copy->nodes, node);
}

struct graph *graph_copy(struct arena *arena, const struct graph *graph)
{
	struct graph *copy = graph_new(arena, graph->name);

	for (int i = 0; i < graph->tensors.n; i++) {
		struct tensor *tensor = arena_copy(arena, graph->tensors.at[i], sizeof *tensor);
		tensor->meaning = tensor->id;
		list_push(arena, &copy->tensors, tensor);
	}
	for (int i = 0; i < copy->tensors.n; i++) {
		struct tensor *tensor = copy->tensors.at[i];
		if (tensor->mask) tensor->mask = copy->tensors.at[tensor->mask->id];
	}
	for (int i = 0; i < graph->nodes.n; i++) node_copy(copy, graph->nodes.at[i]);
	for (int i = 0; i < graph->inputs.n; i++)
		list_push(arena, &copy->inputs, copy->tensors.at[graph->inputs.at[i]->id]);
	for (int i = 0; i < graph->outputs.n; i++)
		list_push(arena, &copy->outputs, copy->tensors.at[graph->outputs.at[i]->id]);
	for (int i = 0; i < graph->lengths.n; i++) list_push(arena, &copy->lengths, graph->lengths.at[i]);
	for (int i = 0; i < graph->equal_lengths.n; i++)
		list_push(arena, &copy->equal_lengths, graph->equal_lengths.at[i]);
	copy->origin = graph;
	return copy;
}

struct tensor *mask_of_input(const struct node *node, int k)
{
	return k == 0 && node->mask_given ? node->mask_given : node->in[k]->mask;
}

struct tensor *mask_of(const struct tensor *tensor)
{
	return tensor->mask;
}

void graph_move(struct graph *graph, struct node *node, int at)
{
	CHECK(node->id == graph->nodes.n - 1 && at <= node->id);
	for (int i = node->id; i > at; i--) {
		graph->nodes.at[i] = graph->nodes.at[i - 1];
		graph->nodes.at[i]->id = i;
	}
	graph->nodes.at[at] = node;
	node->id = at;
}

int graph_uses(const struct graph *graph, const struct tensor *tensor)
{
	int uses = 0;

	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_in; k++) uses += graph->nodes.at[i]->in[k] == tensor;
	for (int i = 0; i < graph->outputs.n; i++) uses += graph->outputs.at[i] == tensor;
	return uses;
}

void graph_replace(struct graph *graph, const struct tensor *from, struct tensor *to)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_in; k++)
			if (node->in[k] == from) node->in[k] = to;
	}
	for (int i = 0; i < graph->outputs.n; i++)
		if (graph->outputs.at[i] == from) graph->outputs.at[i] = to;
}

void graph_remove(struct graph *graph, struct node *node)
{
	int at = node->id;

	CHECK(at < graph->nodes.n && graph->nodes.at[at] == node);
	for (int i = 0; i < node->n_out; i++) {
		CHECK(graph_uses(graph, node->out[i]) == 0);
		node->out[i]->from = NULL;
	}
	for (; at + 1 < graph->nodes.n; at++) {
		graph->nodes.at[at] = graph->nodes.at[at + 1];
		graph->nodes.at[at]->id = at;
	}
	graph->nodes.n--;
}

const struct weight *node_weight(const struct node *node, const char *name)
{
	for (int i = 0; i < node->n_weight; i++)
		if (strcmp(node->weight[i]->name, name) == 0) return node->weight[i];
	return NULL;
}
