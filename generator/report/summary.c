/* summary.c: conv1dc summary: Keras's model.summary() and what an embedded engineer asks besides. */
#include "report/parts.h"

#include <string.h>

/* "(None, 187, 1)": with the batch axis, as Keras prints it. */
static const char *batch_shape_text(struct arena *arena, const struct shape *shape)
{
	const char *text = "(None,";
	for (int i = 0; i < shape->rank; i++) {
		text = arena_printf(arena, "%s%s%lld", text, i ? ", " : " ", (long long)shape->at[i]);
	}
	return arena_printf(arena, "%s)", text);
}

/* Keras's way: "564.00 B", "1.23 KB". */
static const char *memory_text(struct arena *arena, int64_t bytes)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	double size = (double)bytes;
	int unit = 0;
	for (; size >= 1024 && unit < 4; unit++) size /= 1024;
	return arena_printf(arena, "%.2f %s", size, units[unit]);
}

static const char *field_text(struct arena *arena, int64_t field)
{
	return field == NO_FIELD ? "-" : count_text(arena, field);
}

/* "conv1, conv2", one a line. */
static const char *connected_text(struct arena *arena, const struct node *node)
{
	const char *text = "";
	for (int i = 0; node && i < node->n_in; i++) {
		text =
		    arena_printf(arena, "%s%s%s", text, i ? ",\n" : "", visible_name(arena, maker_name(node->in[i])));
	}
	return *text ? text : "-";
}

static void add_layer(struct grid *grid, const struct layer_facts *layer, bool connections, struct arena *arena)
{
	const struct shape shape = tensor_shape(layer->output);
	const char **cell = grid_row(grid);
	const char *name = layer->node ? layer->node->name : layer->output->name;
	const char *class_name = layer->node ? layer->node->class_name : "InputLayer";
	*cell++ = arena_printf(arena, "%s (%s)", visible_name(arena, name), visible_name(arena, class_name));
	*cell++ = batch_shape_text(arena, &shape);
	*cell++ = layer->shared ? "(shared)" : count_text(arena, layer->parameters);
	*cell++ = layer->macs ? count_text(arena, layer->macs) : layer->removed ? "-" : "0";
	*cell++ = field_text(arena, layer->field);
	if (connections) *cell = connected_text(arena, layer->node);
}

static void print_layers(const struct facts *facts, struct text *out, struct arena *arena)
{
	struct grid *grid = grid_new(arena);
	grid_column(grid, "Layer (type)", false);
	grid_column(grid, "Output Shape", false);
	grid_column(grid, "Param #", true);
	grid_column(grid, "MACs", true);
	grid_column(grid, "Receptive Field", true);
	if (!facts->sequential) grid_column(grid, "Connected to", false);
	for (int i = 0; i < facts->layers.n; i++) {
		const struct layer_facts *layer = &facts->layers.at[i];
		const bool unseen = !layer->node && facts->sequential;
		if (!unseen) add_layer(grid, layer, !facts->sequential, arena);
	}
	grid_print(grid, out);
}

static void print_count(struct text *out, const char *what, int64_t n, struct arena *arena)
{
	text_printf(out, " %s: %s (%s)\n", what, count_text(arena, n), memory_text(arena, n * (int64_t)sizeof(float)));
}

/* Which layers of the model do not run as layers of their own, and why. */
static void print_folds(const struct facts *facts, struct text *out, struct arena *arena)
{
	for (int i = 0; i < facts->layers.n; i++) {
		const struct layer_facts *layer = &facts->layers.at[i];
		if (!layer->removed) continue;
		text_printf(out, " Folded: %s", visible_name(arena, layer->node->name));
		if (layer->folded_into) {
			text_printf(out, " into %s\n", visible_name(arena, layer->folded_into->name));
		} else {
			text_add(out, " (without effect at inference)\n");
		}
	}
}

void summary_print(const struct program *program, struct text *out)
{
	struct arena *arena = arena_new();
	const struct facts *facts = facts_of(program, arena);
	text_printf(out, "Model: \"%s\"\n", visible_name(arena, program->meaning->name));
	print_layers(facts, out, arena);
	print_count(out, "Total params", facts->parameters, arena);
	print_count(out, "Trainable params", facts->trainable, arena);
	print_count(out, "Non-trainable params", facts->parameters - facts->trainable, arena);
	text_printf(out, " Multiply-adds per run: %s\n", count_text(arena, facts->macs));
	if (facts->field != NO_FIELD) text_printf(out, " Receptive field: %s steps\n", count_text(arena, facts->field));
	text_printf(out, " Flash: %s of constants; RAM: %s of context (target %s, fp %s)\n",
		    memory_text(arena, facts->flash_bytes), memory_text(arena, facts->ram_bytes), program->target->name,
		    fp_name(program->fp));
	print_folds(facts, out, arena);
	losses_print(losses_of_weights(program, arena), " ", out);
	arena_free(arena);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static struct value *shape_value(struct arena *arena, const struct shape *shape)
{
	struct value *list = value_list(arena);
	for (int i = 0; i < shape->rank; i++) value_push(list, value_int(arena, shape->at[i]));
	return list;
}

/* null where there is none. */
static struct value *field_value(struct arena *arena, int64_t field)
{
	return field == NO_FIELD ? NEW(arena, struct value) : value_int(arena, field);
}

static struct value *name_value(struct arena *arena, const char *name)
{
	return name ? value_string(arena, name) : NEW(arena, struct value);
}

static struct value *tensors_value(struct arena *arena, struct tensor *const *tensors, int n)
{
	struct value *list = value_list(arena);
	for (int i = 0; i < n; i++) {
		struct value *map = value_map(arena);
		value_set(map, "name", value_string(arena, maker_name(tensors[i])));
		value_set(map, "shape", shape_value(arena, &tensors[i]->shape));
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

static struct value *layer_value(struct arena *arena, const struct layer_facts *layer)
{
	const struct node *node = layer->node;
	const struct shape shape = tensor_shape(layer->output);
	struct value *map = value_map(arena), *inputs = value_list(arena);
	for (int i = 0; i < node->n_in; i++) value_push(inputs, value_string(arena, maker_name(node->in[i])));
	value_set(map, "name", value_string(arena, node->name));
	value_set(map, "class", value_string(arena, node->class_name));
	value_set(map, "inputs", inputs);
	value_set(map, "output_shape", shape_value(arena, &shape));
	value_set(map, "activation", value_string(arena, last_activation(arena, layer)));
	value_set(map, "parameters", value_int(arena, layer->parameters));
	value_set(map, "trainable_parameters", value_int(arena, layer->trainable));
	value_set(map, "macs", value_int(arena, layer->macs));
	value_set(map, "receptive_field", field_value(arena, layer->field));
	value_set(map, "runs", value_bool(arena, !layer->removed));
	value_set(map, "folded_into", name_value(arena, layer->folded_into ? layer->folded_into->name : NULL));
	return map;
}

static struct value *totals_value(struct arena *arena, const struct facts *facts)
{
	struct value *map = value_map(arena);
	value_set(map, "parameters", value_int(arena, facts->parameters));
	value_set(map, "trainable_parameters", value_int(arena, facts->trainable));
	value_set(map, "non_trainable_parameters", value_int(arena, facts->parameters - facts->trainable));
	value_set(map, "macs", value_int(arena, facts->macs));
	value_set(map, "receptive_field", field_value(arena, facts->field));
	value_set(map, "flash_bytes", value_int(arena, facts->flash_bytes));
	value_set(map, "ram_bytes", value_int(arena, facts->ram_bytes));
	return map;
}

void summary_json(const struct program *program, struct text *out)
{
	struct arena *arena = arena_new();
	const struct facts *facts = facts_of(program, arena);
	const struct graph *graph = program->meaning;
	struct value *map = value_map(arena), *layers = value_list(arena);
	for (int i = 0; i < facts->layers.n; i++) {
		if (facts->layers.at[i].node) value_push(layers, layer_value(arena, &facts->layers.at[i]));
	}
	value_set(map, "model", value_string(arena, graph->name));
	value_set(map, "made_by", name_value(arena, program->loaded->made_by));
	value_set(map, "target", value_string(arena, program->target->name));
	value_set(map, "fp", value_string(arena, fp_name(program->fp)));
	value_set(map, "inputs", tensors_value(arena, graph->inputs.at, graph->inputs.n));
	value_set(map, "outputs", tensors_value(arena, graph->outputs.at, graph->outputs.n));
	value_set(map, "layers", layers);
	value_set(map, "totals", totals_value(arena, facts));
	value_set(map, "losses", losses_value(losses_of_weights(program, arena), arena));
	value_json(out, map);
	arena_free(arena);
}
