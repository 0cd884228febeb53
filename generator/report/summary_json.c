/* summary_json.c: conv1dc summary --json: a layer of the model once, with its weights and its calls. */
#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

/* A layer of the model: what it is called once or several times. */
struct layer_group {
	const char *name;
	LIST(int) calls; /* in facts->layers */
	LIST(const struct owned_weight *) weights;
};
struct groups {
	struct arena *arena;
	const struct facts *facts;
	LIST(struct layer_group *) list; /* in the order of their first calls */
	struct layer_group **sorted;
};

/* ---- which calls and weights are a layer's ---------------------------------------------------------------------- */

static int compare_groups(const void *a, const void *b)
{
	return strcmp((*(struct layer_group *const *)a)->name, (*(struct layer_group *const *)b)->name);
}

static struct layer_group *find_group(const struct groups *groups, const char *name)
{
	struct layer_group key = { .name = name }, *wanted = &key, **found;

	found = bsearch(&wanted, groups->sorted, (size_t)groups->list.n, sizeof *groups->sorted, compare_groups);
	return found ? *found : NULL;
}

struct call {
	const char *name;
	int index;
};

static int compare_calls(const void *a, const void *b)
{
	const struct call *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->index - y->index;
}

static int compare_first_calls(const void *a, const void *b)
{
	return (*(struct layer_group *const *)a)->calls.at[0] - (*(struct layer_group *const *)b)->calls.at[0];
}

/* Calls of one name are of one layer: names are unique in a model, and those in a nested one begin with its own. */
static void group_calls(struct groups *groups)
{
	struct call *calls = NEW_ARRAY(groups->arena, groups->facts->layers.n + 1, struct call);
	int n = 0;

	for (int i = 0; i < groups->facts->layers.n; i++) {
		const struct node *node = groups->facts->layers.at[i].node;
		if (node) calls[n++] = (struct call){ node->name, i };
	}
	qsort(calls, (size_t)n, sizeof *calls, compare_calls);
	for (int i = 0; i < n; i++) {
		if (!i || strcmp(calls[i - 1].name, calls[i].name) != 0) {
			struct layer_group *group = NEW(groups->arena, struct layer_group);
			group->name = calls[i].name;
			list_push(groups->arena, &groups->list, group);
		}
		list_push(groups->arena, &groups->list.at[groups->list.n - 1]->calls, calls[i].index);
	}
	groups->sorted = arena_copy(groups->arena, groups->list.at, sizeof *groups->sorted * (size_t)groups->list.n);
	if (groups->list.n > 0)
		qsort(groups->list.at, (size_t)groups->list.n, sizeof *groups->list.at, compare_first_calls);
}

/* Of a model without a config. */
static void give_weights_of_nodes(struct groups *groups)
{
	for (int i = 0; i < groups->list.n; i++) {
		struct layer_group *group = groups->list.at[i];
		const struct node *node = groups->facts->layers.at[group->calls.at[0]].node;

		for (int k = 0; k < node->n_weight; k++) {
			struct owned_weight *owned = NEW(groups->arena, struct owned_weight);
			*owned = (struct owned_weight){ node->name, node->weight[k], false };
			list_push(groups->arena, &group->weights, owned);
		}
	}
}

/* A layer within TimeDistributed is called by the name around it. */
static void give_weights(struct groups *groups, const struct loaded *loaded)
{
	struct owned_weights *weights = NEW(groups->arena, struct owned_weights);

	if (!loaded->config) {
		give_weights_of_nodes(groups);
		return;
	}
	keras_list_weights(loaded, weights, groups->arena);
	for (int i = 0; i < weights->list.n; i++) {
		char *name = arena_string(groups->arena, weights->list.at[i].layer), *slash;
		struct layer_group *group = find_group(groups, name);

		while (!group && (slash = strrchr(name, '/')) != NULL) {
			*slash = '\0';
			group = find_group(groups, name);
		}
		if (group) list_push(groups->arena, &group->weights, &weights->list.at[i]);
	}
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static struct value *null_value(struct arena *arena)
{
	return NEW(arena, struct value); /* VALUE_NIL */
}

static struct value *shape_value(struct arena *arena, const struct shape *shape)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < shape->rank; i++) value_push(list, value_int(arena, shape->at[i]));
	return list;
}

static struct value *tensor_shape_value(struct arena *arena, const struct tensor *tensor)
{
	const struct shape shape = tensor_shape(tensor);

	return shape_value(arena, &shape);
}

static struct value *field_value(struct arena *arena, int64_t field)
{
	return field == NO_FIELD ? null_value(arena) : value_int(arena, field);
}

static struct value *name_value(struct arena *arena, const char *name)
{
	return name ? value_string(arena, name) : null_value(arena);
}

/* "scale" and "zero_point" of a quantised tensor, with something in front. */
static void set_quantisation(struct value *map, const char *prefix, const struct quantisation *q, struct arena *arena)
{
	struct value *scales;

	if (!q) return;
	scales = value_list(arena);
	for (int i = 0; i < q->n; i++) value_push(scales, value_f32(arena, q->scale[i]));
	value_set(map, arena_printf(arena, "%sscale", prefix), q->n == 1 ? value_f32(arena, q->scale[0]) : scales);
	value_set_int(arena, map, arena_printf(arena, "%szero_point", prefix), q->zero_point[0]);
}

static struct value *tensors_value(struct arena *arena, struct tensor *const *tensors, int n)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < n; i++) {
		struct value *map = value_map(arena);
		value_set_text(arena, map, "name", maker_name(tensors[i]));
		value_set(map, "shape", tensor_shape_value(arena, tensors[i]));
		value_set_text(arena, map, "dtype", type_name(tensors[i]->type));
		set_quantisation(map, "", tensors[i]->quantisation, arena);
		if (tensors[i]->open_axis >= 0) value_set_int(arena, map, "variable_axis", tensors[i]->open_axis);
		value_push(list, map);
	}
	return list;
}

/* --max-steps: the least and the most of each input, null where it has a known number. */
static struct value *steps_value(const struct graph *graph, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		struct value *map = value_map(arena);
		if (input->open_axis < 0) {
			value_push(list, NEW(arena, struct value));
			continue;
		}
		value_set_int(arena, map, "least", lengths_least(graph, i));
		value_set_int(arena, map, "most", input->shape.at[input->open_axis]);
		value_push(list, map);
	}
	return list;
}

/* What is applied last: the activation, or the layer that a row-wise one is. */
static const char *last_activation(struct arena *arena, const struct layer_facts *layer)
{
	for (int i = 0; layer->last != layer->node && activation_row(i); i++) {
		const struct activation_kind *kind = activation_row(i);
		if (kind->rowwise && layer_is(layer->last, kind->layer)) return kind->name;
	}
	return activation_text(arena, &layer->last->activation);
}

/* How many inputs the layer has in the model: masks that it uses are read behind them. */
static int inputs_of(const struct node *node)
{
	int n = 1;

	for (; n < node->n_in; n++)
		for (int k = 0; k < n; k++)
			if (mask_of_input(node, k) == node->in[n]) return n;
	return node->n_in < n ? node->n_in : n;
}

static struct value *inputs_value(struct arena *arena, const struct node *node)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < inputs_of(node); i++) value_push(list, value_string(arena, maker_name(node->in[i])));
	return list;
}

/* One shape of one input, a list of those of several, as Keras's input_shape. */
static struct value *input_shape_value(struct arena *arena, const struct node *node)
{
	struct value *list = value_list(arena);
	int n = inputs_of(node);

	if (n == 1) return tensor_shape_value(arena, node->in[0]);
	for (int i = 0; i < n; i++) value_push(list, tensor_shape_value(arena, node->in[i]));
	return list;
}

/* A mask: the layer that made it and its shape; null: there is none. */
static struct value *mask_value(struct arena *arena, const struct tensor *mask)
{
	struct value *map = value_map(arena);

	if (!mask) return null_value(arena);
	value_set_text(arena, map, "name", maker_name(mask));
	value_set(map, "shape", tensor_shape_value(arena, mask));
	return map;
}

/* As input_shape_value(). */
static struct value *input_mask_value(struct arena *arena, const struct node *node)
{
	struct value *list = value_list(arena);
	int n = inputs_of(node);

	if (n == 1) return mask_value(arena, mask_of_input(node, 0));
	for (int i = 0; i < n; i++) value_push(list, mask_value(arena, mask_of_input(node, i)));
	return list;
}

/* One of get_input_at(), get_input_shape_at(), get_input_mask_at() and their likes for outputs. */
static struct value *call_value(struct arena *arena, const struct layer_facts *layer)
{
	struct value *map = value_map(arena);

	value_set(map, "inputs", inputs_value(arena, layer->node));
	value_set(map, "input_shape", input_shape_value(arena, layer->node));
	value_set(map, "input_mask", input_mask_value(arena, layer->node));
	value_set(map, "output_shape", tensor_shape_value(arena, layer->output));
	value_set(map, "output_mask", mask_value(arena, mask_of(layer->output)));
	value_set_int(arena, map, "macs", layer->macs);
	value_set(map, "receptive_field", field_value(arena, layer->field));
	value_set_bool(arena, map, "runs", !layer->removed);
	value_set(map, "folded_into", name_value(arena, layer->folded_into ? layer->folded_into->name : NULL));
	return map;
}

static struct value *weights_value(struct arena *arena, const struct layer_group *group)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < group->weights.n; i++) {
		const struct owned_weight *owned = group->weights.at[i];
		struct value *map = value_map(arena);
		value_set_text(arena, map, "name", owned->weight->name);
		value_set(map, "shape", shape_value(arena, &owned->weight->shape));
		value_set_text(arena, map, "dtype", owned->weight->integral ? "int64" : type_name(owned->weight->type));
		if (owned->weight->integers) set_quantisation(map, "", owned->weight->quantisation, arena);
		value_set_bool(arena, map, "trainable", owned->trainable);
		value_push(list, map);
	}
	return list;
}

/* What the first call says stands in the layer itself too; multiply-adds and parameters are those of all calls. */
static struct value *layer_value(const struct groups *groups, const struct layer_group *group)
{
	struct arena *arena = groups->arena;
	const struct layer_facts *first = &groups->facts->layers.at[group->calls.at[0]];
	struct value *map = value_map(arena), *calls = value_list(arena);
	int64_t macs = 0, parameters = 0, trainable = 0;

	for (int i = 0; i < group->calls.n; i++) {
		const struct layer_facts *call = &groups->facts->layers.at[group->calls.at[i]];
		macs += call->macs;
		parameters += call->parameters;
		trainable += call->trainable;
		value_push(calls, call_value(arena, call));
	}
	value_set_text(arena, map, "name", first->node->name);
	value_set_text(arena, map, "class", first->node->class_name);
	value_set_bool(arena, map, "trainable", first->node->trainable);
	value_set_text(arena, map, "dtype", type_name(first->output->type));
	set_quantisation(map, "output_", first->output->quantisation, arena);
	value_set_bool(arena, map, "dynamic", false);
	value_set(map, "inputs", inputs_value(arena, first->node));
	value_set(map, "input_shape", input_shape_value(arena, first->node));
	value_set(map, "output_shape", tensor_shape_value(arena, first->output));
	value_set_text(arena, map, "activation", last_activation(arena, first));
	value_set_int(arena, map, "parameters", parameters);
	value_set_int(arena, map, "trainable_parameters", trainable);
	value_set_int(arena, map, "non_trainable_parameters", parameters - trainable);
	value_set(map, "weights", weights_value(arena, group));
	value_set(map, "updates", value_list(arena));
	value_set_int(arena, map, "macs", macs);
	value_set(map, "receptive_field", field_value(arena, first->field));
	value_set_bool(arena, map, "runs", !first->removed);
	value_set(map, "folded_into", name_value(arena, first->folded_into ? first->folded_into->name : NULL));
	value_set(map, "calls", calls);
	return map;
}

static struct value *totals_value(struct arena *arena, const struct facts *facts)
{
	struct value *map = value_map(arena);

	value_set_int(arena, map, "parameters", facts->parameters);
	value_set_int(arena, map, "trainable_parameters", facts->trainable);
	value_set_int(arena, map, "non_trainable_parameters", facts->parameters - facts->trainable);
	value_set_int(arena, map, "macs", facts->macs);
	value_set(map, "receptive_field", field_value(arena, facts->field));
	value_set_int(arena, map, "parameter_bytes", facts->bytes);
	value_set_int(arena, map, "flash_bytes", facts->flash_bytes);
	value_set_int(arena, map, "ram_bytes", facts->ram_bytes);
	return map;
}

void summary_json(const struct program *program, struct text *out)
{
	struct arena *arena = arena_new();
	struct groups groups = { .arena = arena, .facts = facts_of(program, arena) };
	const struct graph *graph = program->meaning;
	struct value *map = value_map(arena), *layers = value_list(arena);

	group_calls(&groups);
	give_weights(&groups, program->loaded);
	for (int i = 0; i < groups.list.n; i++) value_push(layers, layer_value(&groups, groups.list.at[i]));
	value_set_text(arena, map, "model", graph->name);
	value_set(map, "made_by", name_value(arena, program->loaded->made_by));
	value_set_text(arena, map, "target", program->target->name);
	value_set_text(arena, map, "fp", fp_name(program->fp));
	value_set(map, "inputs", tensors_value(arena, graph->inputs.at, graph->inputs.n));
	if (graph_open_inputs(graph) > 0) value_set(map, "steps", steps_value(graph, arena));
	value_set(map, "outputs", tensors_value(arena, graph->outputs.at, graph->outputs.n));
	value_set(map, "layers", layers);
	value_set(map, "totals", totals_value(arena, groups.facts));
	value_set(map, "losses", losses_value(losses_of_weights(program, arena), arena));
	value_json_short(out, map);
	arena_free(arena);
}
