/* print.c: a graph for people who debug a pass. */
#include "graph/graph.h"

/* " int8[0.02352941f, -3]": the type of integers, their scale and zero point. */
static void print_type(const struct tensor *tensor, struct text *out)
{
	const struct quantisation *q = tensor->quantisation;
	char scale[F32_TEXT_MAX];

	if (!tensor_is_integer(tensor)) return;
	text_printf(out, " %s", type_name(tensor->type));
	if (!q) return;
	f32_text(scale, q->scale[0]);
	text_printf(out, "[%s, %d]", scale, (int)q->zero_point[0]);
}

static void print_tensors(struct tensor *const *tensors, int n, struct text *out, struct arena *arena)
{
	for (int i = 0; i < n; i++) {
		text_printf(out, " %%%d%s", tensors[i]->id, shape_text(arena, &tensors[i]->shape));
		print_type(tensors[i], out);
	}
}

static void print_node(const struct node *node, struct text *out, struct arena *arena)
{
	text_printf(out, "  %d %s '%s':", node->id, node->class_name ? node->class_name : "?", node->name);
	print_tensors(node->in, node->n_in, out, arena);
	text_add(out, " ->");
	print_tensors(node->out, node->n_out, out, arena);
	if (node->activation.kind != NULL) text_add(out, ", activation");
	for (int i = 0; i < node->n_weight; i++)
		text_printf(out, ", %s%s%s%s", node->weight[i]->name, shape_text(arena, &node->weight[i]->shape),
			    node->weight[i]->integers ? " " : "",
			    node->weight[i]->integers ? type_name(node->weight[i]->type) : "");
	text_add(out, "\n");
}

void graph_print(const struct graph *graph, struct text *out)
{
	struct arena *arena = arena_new();

	text_printf(out, "graph '%s'\n  in", graph->name);
	print_tensors(graph->inputs.at, graph->inputs.n, out, arena);
	text_add(out, "\n");
	for (int i = 0; i < graph->nodes.n; i++) print_node(graph->nodes.at[i], out, arena);
	text_add(out, "  out");
	print_tensors(graph->outputs.at, graph->outputs.n, out, arena);
	text_add(out, "\n");
	arena_free(arena);
}

const char *tensor_names(struct arena *arena, struct tensor *const *tensors, int n)
{
	struct text out = { 0 };
	const char *names;

	for (int i = 0; i < n; i++) text_printf(&out, "%s'%s'", i ? ", " : "", tensors[i]->name);
	names = arena_string(arena, out.n ? out.at : "");
	text_free(&out);
	return names;
}
