/* describe.c: what a layer is, in one line for people. */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "2", "[1, 2]" */
static const char *axes_text(struct arena *arena, const struct axes *axes)
{
	const char *text = "";

	for (int i = 0; i < axes->n; i++)
		text = arena_printf(arena, "%s%s%lld", text, i ? ", " : "", (long long)axes->at[i]);
	return axes->n == 1 ? text : arena_printf(arena, "[%s]", text);
}

/* The field's value as JSON text, as field->otherwise is written; NULL: nothing to say. */
static const char *field_text(struct arena *arena, const struct field *field, const void *config)
{
	const void *at = (const char *)config + field->offset;
	struct text number = { 0 };
	const char *text = NULL;

	switch (field->type) {
	case FIELD_INT:
	case FIELD_INT1:
	case FIELD_AXIS: return arena_printf(arena, "%lld", (long long)*(const int64_t *)at);
	case FIELD_BOOL: return *(const bool *)at ? "true" : "false";
	case FIELD_CHOICE: return arena_printf(arena, "\"%s\"", field->choices[*(const int *)at]);
	case FIELD_REAL:
	case FIELD_OPTIONAL_REAL:
		if (isnan(*(const double *)at)) return "null";
		text_add_f64(&number, *(const double *)at);
		text = arena_string(arena, number.at);
		text_free(&number);
		return text;
	case FIELD_PAIR: {
		const struct pair *pair = at;
		return arena_printf(arena, "(%lld, %lld)", (long long)pair->at[0], (long long)pair->at[1]);
	}
	case FIELD_EDGES: {
		const struct edges *e = at;
		return arena_printf(arena, "((%lld, %lld), (%lld, %lld))", (long long)e->at[0][0],
				    (long long)e->at[0][1], (long long)e->at[1][0], (long long)e->at[1][1]);
	}
	case FIELD_AXES: return axes_text(arena, at);
	case FIELD_SHAPE: return shape_text(arena, (const struct shape *)at);
	default: return NULL;
	}
}

static bool is_default(const struct field *field, const char *text)
{
	char *end;
	double otherwise;

	if (!field->otherwise) return false;
	if (strcmp(field->otherwise, text) == 0) return true;
	if (strcmp(field->otherwise, "null") == 0 && strcmp(text, "0") == 0)
		return true; /* pools: strides as the window */
	if (field->type != FIELD_REAL && field->type != FIELD_OPTIONAL_REAL) return false;
	otherwise = strtod(field->otherwise, &end);
	return *end == '\0' && otherwise == strtod(text, NULL);
}

/* JSON's quotation marks around a choice say nothing to a person. */
static const char *unquoted(struct arena *arena, const char *text)
{
	return *text == '"' ? arena_string_n(arena, text + 1, strlen(text) - 2) : text;
}

const char *node_config_text(struct arena *arena, const struct node *node)
{
	const char *all = "", *text;

	for (const struct field *field = node->layer->fields; node->config && field && field->key; field++) {
		text = field_text(arena, field, node->config);
		if (!text || is_default(field, text)) continue;
		all = arena_printf(arena, "%s%s%s %s", all, *all ? ", " : "", field->key, unquoted(arena, text));
	}
	if (activation_is_linear(&node->activation)) return all;
	return arena_printf(arena, "%s%s%s", all, *all ? ", " : "", activation_text(arena, &node->activation));
}

const char *node_shapes_text(struct arena *arena, const struct node *node)
{
	const char *text = "";

	for (int k = 0; k < node->n_in; k++)
		text = arena_printf(arena, "%s%s%s", text, k ? ", " : "", tensor_shape_text(arena, node->in[k]));
	text = arena_printf(arena, "%s ->", text);
	for (int k = 0; k < node->n_out; k++)
		text = arena_printf(arena, "%s%s %s", text, k ? "," : "", tensor_shape_text(arena, node->out[k]));
	if (node_times(node) > 1)
		text = arena_printf(arena, "%s, %s%lld times", text, node->out[0]->open_time < 0 ? "" : "up to ",
				    (long long)node_times(node));
	return text;
}

static const char *tensor_type_text(struct arena *arena, const struct tensor *tensor)
{
	char scale[F32_TEXT_MAX];

	if (!tensor->quantisation) return type_name(tensor->type);
	f32_text(scale, tensor->quantisation->scale[0]);
	return arena_printf(arena, "%s, scale %.*s, zero point %d", type_name(tensor->type), (int)strcspn(scale, "f"),
			    scale, (int)tensor->quantisation->zero_point[0]);
}

const char *node_types_text(struct arena *arena, const struct node *node)
{
	const char *text = "";

	if (node_is_hybrid(node)) return arena_printf(arena, "%s weights", type_name(node->weight[0]->type));
	if (!node_is_integer(node)) return text;
	for (int k = 0; k < node->n_out; k++)
		text = arena_printf(arena, "%s%s%s", text, k ? "; " : "", tensor_type_text(arena, node->out[k]));
	return text;
}

/* ---- axes ----------------------------------------------------------------------------------------------------- */

enum { UNDECIDED = -1 };

/* The node's data_format, or UNDECIDED where its class has none. */
static int data_format(const struct node *node)
{
	for (const struct field *field = node->layer->fields; node->config && field && field->key; field++)
		if (strcmp(field->key, "data_format") == 0 && field->type == FIELD_CHOICE)
			return *(const int *)((const char *)node->config + field->offset);
	return UNDECIDED;
}

/* Gives every undecided tensor of the node the format; true where there was one. */
static bool spread(int *format, const struct node *node, int known)
{
	bool changed = false;

	for (int k = 0; k < node->n_in + node->n_out; k++) {
		const struct tensor *tensor = k < node->n_in ? node->in[k] : node->out[k - node->n_in];

		if (format[tensor->id] != UNDECIDED) continue;
		format[tensor->id] = known;
		changed = true;
	}
	return changed;
}

/* What one of the node's tensors has, all have that are of one rank with it: its class does not know axes by name. */
static int shared_format(const int *format, const struct node *node)
{
	struct sum sum;

	if (node_sum(node, &sum) || node->n_out != 1) return UNDECIDED;
	for (int k = 0; k < node->n_in; k++)
		if (node->in[k]->shape.rank != node->out[0]->shape.rank) return UNDECIDED;
	for (int k = 0; k < node->n_in; k++)
		if (format[node->in[k]->id] != UNDECIDED) return format[node->in[k]->id];
	return format[node->out[0]->id];
}

const bool *channels_first_tensors(const struct graph *graph, struct arena *arena)
{
	int *format = NEW_ARRAY(arena, graph->tensors.n, int);
	bool *first = NEW_ARRAY(arena, graph->tensors.n, bool), changed = true;

	for (int i = 0; i < graph->tensors.n; i++) format[i] = UNDECIDED;
	while (changed) {
		changed = false;
		for (int i = 0; i < graph->nodes.n; i++) {
			const struct node *node = graph->nodes.at[i];
			int known = data_format(node);

			if (known == UNDECIDED) known = shared_format(format, node);
			if (known != UNDECIDED && spread(format, node, known)) changed = true;
		}
	}
	for (int i = 0; i < graph->tensors.n; i++)
		first[i] = format[i] == CHANNELS_FIRST && graph->tensors.at[i]->shape.rank >= 2;
	return first;
}
