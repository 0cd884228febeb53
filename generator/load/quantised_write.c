/* quantised_write.c: a graph of integers as JSON: docs/quantise.md says what stands where. */
#include "load/keras.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as the same float, also by way of a double. */
static void add_f32(struct text *out, float value)
{
	char number[F32_TEXT_MAX];
	const int n = f32_text(number, value) - 1; /* without the f */

	CHECK(isfinite(value) && number[n] == 'f');
	number[n] = '\0';
	if ((float)strtod(number, NULL) == value)
		text_add(out, number);
	else
		text_add_f64(out, (double)value);
}

static void add_f32_list(struct text *out, const float *at, int64_t n)
{
	text_add(out, "[");
	for (int64_t i = 0; i < n; i++) {
		if (i > 0) text_add(out, ", ");
		add_f32(out, at[i]);
	}
	text_add(out, "]");
}

static void add_shape(struct text *out, const struct shape *shape)
{
	text_add(out, "[");
	for (int i = 0; i < shape->rank; i++) text_printf(out, "%s%lld", i ? ", " : "", (long long)shape->at[i]);
	text_add(out, "]");
}

/* Number k of a weight: an integer, or a float. */
static void add_number(struct text *out, const struct weight *weight, int64_t k)
{
	if (weight->integers)
		text_printf(out, "%lld", (long long)weight->integers[k]);
	else
		add_f32(out, weight->f32[k]);
}

/* A row of the last axis is a line. */
static void add_numbers(struct text *out, const struct weight *weight)
{
	const struct shape *shape = &weight->shape;
	const int64_t n = shape_elements(shape), row = shape->rank > 0 ? shape->at[shape->rank - 1] : 1;

	text_add(out, "[");
	for (int64_t i = 0; i < n; i += row) {
		text_add(out, i ? ",\n          " : "\n          ");
		for (int64_t k = i; k < i + row; k++) {
			if (k > i) text_add(out, ", ");
			add_number(out, weight, k);
		}
	}
	text_add(out, "\n        ]");
}

/* A bias has the product of its input's and its kernel's scale. */
static bool says_scale(const struct weight *weight)
{
	return weight->integers && weight->type == TYPE_I8;
}

static void add_weight(struct text *out, const struct weight *weight)
{
	text_add(out, "        { \"name\": ");
	json_quote(out, weight->name);
	text_printf(out, ", \"type\": \"%s\", \"shape\": ", type_name(weight->type));
	add_shape(out, &weight->shape);
	if (says_scale(weight)) {
		text_add(out, ",\n        \"scale\": ");
		add_f32_list(out, weight->quantisation->scale, weight->quantisation->n);
	}
	text_printf(out, ",\n        \"%s\": ", weight->integers ? "integers" : "values");
	add_numbers(out, weight);
	text_add(out, " }");
}

static void add_tensor(struct text *out, const struct tensor *tensor, int number, bool input)
{
	text_printf(out, "{ \"tensor\": %d", number);
	if (input) {
		text_add(out, ", \"name\": ");
		json_quote(out, tensor->name);
		text_add(out, ", \"shape\": ");
		add_shape(out, &tensor->shape);
	}
	text_printf(out, ", \"type\": \"%s\"", type_name(tensor->type));
	if (tensor->quantisation) {
		text_add(out, ", \"scale\": ");
		add_f32(out, tensor->quantisation->scale[0]);
		text_printf(out, ", \"zero_point\": %lld", (long long)tensor->quantisation->zero_point[0]);
	}
	text_add(out, " }");
}

/* "relu", or {"name": "relu_max", "max_value": 4}: by the symbol, which tells apart what Keras calls the same. */
static void add_activation(struct text *out, const struct activation *activation)
{
	const struct activation_kind *kind = activation->kind;

	if (!kind || !kind->symbol) return;
	text_add(out, "      \"activation\": ");
	if (kind->parameters > 0) text_add(out, "{ \"name\": ");
	json_quote(out, kind->symbol);
	for (int i = 0; i < kind->parameters; i++) {
		text_printf(out, ", \"%s\": ", kind->parameter_names[i]);
		text_add_f64(out, activation->parameter[i]);
	}
	text_add(out, kind->parameters > 0 ? " },\n" : ",\n");
}

/* In one line: texts in it hold no line feed. */
static void add_config(struct text *out, const struct node *node)
{
	struct arena *arena = arena_new();
	struct text config = { 0 };

	value_json_short(&config, keras_write_fields(node->layer, node->config, arena));
	while (config.n > 0 && config.at[config.n - 1] == '\n') config.n--;
	text_add(out, "      \"config\": ");
	for (size_t i = 0; i < config.n; i++) {
		const bool breaks = config.at[i] == '\n';
		text_add_n(out, breaks ? " " : &config.at[i], 1);
		while (breaks && i + 1 < config.n && config.at[i + 1] == ' ') i++;
	}
	text_add(out, ",\n");
	text_free(&config);
	arena_free(arena);
}

static void add_node(struct text *out, const struct node *node, int *number, int *made)
{
	text_add(out, "    {\n      \"class_name\": ");
	json_quote(out, node->layer->name);
	text_add(out, ",\n      \"name\": ");
	json_quote(out, node->name);
	text_add(out, ",\n");
	add_config(out, node);
	add_activation(out, &node->activation);
	if (node->keras == 1 || node->keras == 2) text_printf(out, "      \"keras\": %d,\n", node->keras);
	text_add(out, "      \"inputs\": [");
	for (int k = 0; k < node->n_in; k++) text_printf(out, "%s%d", k ? ", " : "", number[node->in[k]->id]);
	text_add(out, "],\n      \"outputs\": [");
	for (int k = 0; k < node->n_out; k++) {
		number[node->out[k]->id] = (*made)++;
		if (k > 0) text_add(out, ", ");
		add_tensor(out, node->out[k], number[node->out[k]->id], false);
	}
	text_add(out, "]");
	for (int i = 0; i < node->n_weight; i++) {
		text_add(out, i ? ",\n" : ",\n      \"weights\": [\n");
		add_weight(out, node->weight[i]);
	}
	text_add(out, node->n_weight ? "\n      ]\n    }" : "\n    }");
}

/* One for the whole model. */
static enum rounding rounding_of(const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++)
		if (graph->nodes.at[i]->rounding == ROUNDING_SINGLE) return ROUNDING_SINGLE;
	return ROUNDING_DOUBLE;
}

void quantised_write(const struct graph *graph, struct text *out)
{
	int *number = calloc((size_t)graph->tensors.n + 1, sizeof *number), made = 0;

	if (!number) out_of_memory(0);
	text_printf(out, "{\n  \"format\": \"%s\",\n  \"name\": ", QUANTISED_FORMAT);
	json_quote(out, graph->name);
	text_printf(out, ",\n  \"rounding\": \"%s\",\n  \"inputs\": [",
		    rounding_of(graph) == ROUNDING_SINGLE ? "single" : "double");
	for (int i = 0; i < graph->inputs.n; i++) {
		text_add(out, i ? ",\n    " : "\n    ");
		number[graph->inputs.at[i]->id] = made;
		add_tensor(out, graph->inputs.at[i], made++, true);
	}
	text_add(out, "\n  ],\n  \"layers\": [\n");
	for (int i = 0; i < graph->nodes.n; i++) {
		if (i > 0) text_add(out, ",\n");
		add_node(out, graph->nodes.at[i], number, &made);
	}
	text_add(out, "\n  ],\n  \"outputs\": [");
	for (int i = 0; i < graph->outputs.n; i++)
		text_printf(out, "%s%d", i ? ", " : "", number[graph->outputs.at[i]->id]);
	text_add(out, "]\n}\n");
	free(number);
}
