/* measured.c: what `conv1dc bench` counted on an emulated microcontroller, for people and as JSON. */
#include "report/parts.h"

/* Of multiply-adds, where there are some. */
static const char *per_mac(struct arena *arena, int64_t instructions, int64_t macs)
{
	return macs > 0 ? arena_printf(arena, "%.3f", (double)instructions / (double)macs) : "";
}

static void add_row(struct grid *grid, const struct measured_layer *layer)
{
	struct arena *arena = grid->arena;
	const struct node *node = layer->step->node;
	const char **row = grid_row(grid);

	row[0] = visible_name(arena, arena_printf(arena, "%s (%s)", node->name, node->layer->name));
	row[1] = layer->step->kernel->name;
	row[2] = count_text(arena, layer->step->macs);
	row[3] = count_text(arena, layer->instructions[DATA_NOISE]);
	row[4] = per_mac(arena, layer->instructions[DATA_NOISE], layer->step->macs);
	row[5] = count_text(arena, layer->code);
	row[6] = count_text(arena, layer->constants);
	row[7] = count_text(arena, layer->stack);
}

/* The kinds of data that take the least and the most; whether these differ. */
static bool data_matter(const int64_t *instructions, int *least, int *most)
{
	*least = *most = 0;
	for (int i = 1; i < DATA_KINDS; i++) {
		if (instructions[i] < instructions[*least]) *least = i;
		if (instructions[i] > instructions[*most]) *most = i;
	}
	return instructions[*least] != instructions[*most];
}

static void add_data_line(const char *name, const int64_t *instructions, struct text *out, struct arena *arena)
{
	int least, most;

	if (!data_matter(instructions, &least, &most)) return;
	text_printf(out, "   %s: from %s (%s) to %s (%s)\n", name, count_text(arena, instructions[least]),
		    data_kind_names[least], count_text(arena, instructions[most]), data_kind_names[most]);
}

static void add_data(const struct measured *m, struct text *out, struct arena *arena)
{
	int least, most;

	if (!data_matter(m->instructions, &least, &most)) {
		text_add(out, " The instructions are as many for zeros, noise, 1e30, NaN and subnormals.\n");
		return;
	}
	text_add(out, " The instructions depend on the data (zeros, noise, 1e30, NaN, subnormals):\n");
	add_data_line("the whole model", m->instructions, out, arena);
	for (int i = 0; i < m->layers; i++)
		add_data_line(visible_name(arena, m->layer[i].step->node->name), m->layer[i].instructions, out, arena);
}

void measured_print(const struct program *program, const struct measured *m, struct text *out)
{
	static const char *const titles[] = { "Layer (type)", "Kernel", "MACs",    "Instructions",
					      "per MAC",      ".text",  ".rodata", "Stack" };
	struct arena *arena = arena_new();
	struct grid *grid = grid_new(arena);
	const int64_t macs = program->plan->macs;

	for (int i = 0; i < 8; i++) grid_column(grid, titles[i], i > 1);
	for (int i = 0; i < m->layers; i++) add_row(grid, &m->layer[i]);
	text_printf(out, "Target %s on %s, fp %s\n", program->target->name, program->target->board,
		    fp_name(program->fp));
	grid_print(grid, out);
	text_printf(out, " The whole model: %s instructions a run, %s multiply-adds",
		    count_text(arena, m->instructions[DATA_NOISE]), count_text(arena, macs));
	if (macs > 0) text_printf(out, ", %s a multiply-add", per_mac(arena, m->instructions[DATA_NOISE], macs));
	text_printf(out, ";\n .text %s bytes, .rodata %s, context %s, stack %s\n", count_text(arena, m->code),
		    count_text(arena, m->constants), count_text(arena, m->context), count_text(arena, m->stack));
	add_data(m, out, arena);
	text_add(out, " Layers are counted in a second build, where they are not inlined.\n");
	arena_free(arena);
}

static struct value *data_value(const int64_t *instructions, struct arena *arena)
{
	struct value *map = value_map(arena);

	for (int i = 0; i < DATA_KINDS; i++) value_set_int(arena, map, data_kind_names[i], instructions[i]);
	return map;
}

static struct value *layer_value(const struct measured_layer *layer, struct arena *arena)
{
	struct value *map = value_map(arena);

	value_set_text(arena, map, "name", layer->step->node->name);
	value_set_text(arena, map, "type", layer->step->node->layer->name);
	value_set_text(arena, map, "kernel", layer->step->kernel->name);
	value_set_int(arena, map, "macs", layer->step->macs);
	value_set_int(arena, map, "instructions", layer->instructions[DATA_NOISE]);
	value_set(map, "instructions_of_data", data_value(layer->instructions, arena));
	value_set_int(arena, map, "text_bytes", layer->code);
	value_set_int(arena, map, "rodata_bytes", layer->constants);
	value_set_int(arena, map, "stack_bytes", layer->stack);
	return map;
}

void measured_json(const struct program *program, const struct measured *m, struct text *out)
{
	struct arena *arena = arena_new();
	struct value *map = value_map(arena), *layers = value_list(arena);

	value_set_text(arena, map, "name", program->prefix);
	value_set_text(arena, map, "target", program->target->name);
	value_set_text(arena, map, "board", program->target->board);
	value_set_text(arena, map, "fp", fp_name(program->fp));
	value_set_int(arena, map, "macs", program->plan->macs);
	value_set_int(arena, map, "instructions", m->instructions[DATA_NOISE]);
	value_set(map, "instructions_of_data", data_value(m->instructions, arena));
	value_set_int(arena, map, "text_bytes", m->code);
	value_set_int(arena, map, "rodata_bytes", m->constants);
	value_set_int(arena, map, "context_bytes", m->context);
	value_set_int(arena, map, "stack_bytes", m->stack);
	value_set_int(arena, map, "instructions_between_layers", m->between);
	for (int i = 0; i < m->layers; i++) value_push(layers, layer_value(&m->layer[i], arena));
	value_set(map, "layers", layers);
	value_json(out, map);
	text_add(out, "\n");
	arena_free(arena);
}
