/* summary.c: conv1dc summary, for people: Keras's model.summary() and what an embedded engineer asks besides. */
#include "report/parts.h"

#include <string.h>

/* "(None, 187, 1)": with the batch axis, as Keras prints it. */
/* With the axis of samples in front. */
static const char *batch_shape_text(struct arena *arena, const struct tensor *tensor)
{
	const struct shape shape = tensor_shape(tensor);
	const char *text = "(None,";
	for (int i = 0; i < shape.rank; i++) {
		const char *open = i == tensor_open_axis(tensor) ? "None<=" : "";
		text = arena_printf(arena, "%s%s%s%lld", text, i ? ", " : " ", open, (long long)shape.at[i]);
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

/* "int8", "0.0235", "-3": type, scale and zero point. */
static void add_type(const char **cell, const struct tensor *tensor, struct arena *arena)
{
	const struct quantisation *q = tensor->quantisation;
	char scale[F32_TEXT_MAX];
	cell[0] = type_name(tensor->type);
	cell[1] = cell[2] = "-";
	if (!q) return;
	f32_text(scale, q->scale[0]);
	cell[1] = arena_string_n(arena, scale, strcspn(scale, "f"));
	cell[2] = arena_printf(arena, "%d", (int)q->zero_point[0]);
}

static void add_layer(struct grid *grid, const struct layer_facts *layer, bool integers, bool connections,
		      struct arena *arena)
{
	const char **cell = grid_row(grid);
	const char *name = layer->node ? layer->node->name : layer->output->name;
	const char *class_name = layer->node ? layer->node->class_name : "InputLayer";
	*cell++ = arena_printf(arena, "%s (%s)", visible_name(arena, name), visible_name(arena, class_name));
	*cell++ = batch_shape_text(arena, layer->output);
	if (integers) {
		add_type(cell, layer->output, arena);
		cell += 3;
	}
	*cell++ = layer->shared ? "(shared)" : count_text(arena, layer->parameters);
	*cell++ = layer->macs ? count_text(arena, layer->macs) : layer->removed ? "-" : "0";
	*cell++ = field_text(arena, layer->field);
	if (connections) *cell = connected_text(arena, layer->node);
}

/* --max-steps: the figures are those of the most steps. */
static void print_steps(const struct graph *graph, struct text *out)
{
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		if (input->open_axis >= 0)
			text_printf(out, " Steps of input %d: %lld to %lld a call; figures are of the most\n", i,
				    (long long)lengths_least(graph, i), (long long)input->shape.at[input->open_axis]);
	}
}

static void print_layers(const struct facts *facts, struct text *out, struct arena *arena)
{
	struct grid *grid = grid_new(arena);
	grid_column(grid, "Layer (type)", false);
	grid_column(grid, "Output Shape", false);
	if (facts->integers) {
		grid_column(grid, "Type", false);
		grid_column(grid, "Scale", true);
		grid_column(grid, "Zero", true);
	}
	grid_column(grid, "Param #", true);
	grid_column(grid, "MACs", true);
	grid_column(grid, "Receptive Field", true);
	if (!facts->sequential) grid_column(grid, "Connected to", false);
	for (int i = 0; i < facts->layers.n; i++) {
		const struct layer_facts *layer = &facts->layers.at[i];
		const bool unseen = !layer->node && facts->sequential;
		if (!unseen || facts->integers) add_layer(grid, layer, facts->integers, !facts->sequential, arena);
	}
	grid_print(grid, out);
}

static void print_count(struct text *out, const char *what, int64_t n, int64_t bytes, struct arena *arena)
{
	text_printf(out, " %s: %s (%s)\n", what, count_text(arena, n), memory_text(arena, bytes));
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
	print_count(out, "Total params", facts->parameters, facts->bytes, arena);
	print_count(out, "Trainable params", facts->trainable, facts->trainable_bytes, arena);
	print_count(out, "Non-trainable params", facts->parameters - facts->trainable,
		    facts->bytes - facts->trainable_bytes, arena);
	text_printf(out, " Multiply-adds per run: %s\n", count_text(arena, facts->macs));
	if (facts->field != NO_FIELD) text_printf(out, " Receptive field: %s steps\n", count_text(arena, facts->field));
	print_steps(program->meaning, out);
	text_printf(out, " Flash: %s of constants; RAM: %s of context (target %s%s)\n",
		    memory_text(arena, facts->flash_bytes), memory_text(arena, facts->ram_bytes), program->target->name,
		    fp_text(program, arena));
	print_folds(facts, out, arena);
	losses_print(losses_of_weights(program, arena), " ", out);
	arena_free(arena);
}
