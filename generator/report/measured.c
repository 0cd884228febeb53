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

static void add_data_line(const char *name, const int64_t *instructions, bool integers, struct text *out,
			  struct arena *arena)
{
	int least, most;

	if (!data_matter(instructions, &least, &most)) return;
	text_printf(out, "   %s: from %s (%s) to %s (%s)\n", name, count_text(arena, instructions[least]),
		    data_kind_name((enum data_kind)least, integers), count_text(arena, instructions[most]),
		    data_kind_name((enum data_kind)most, integers));
}

/* "zeros, noise, 1e30, NaN<and>subnormals" */
static const char *kinds_text(bool integers, const char *and, struct arena *arena)
{
	const char *text = "";
	int n = 0, i = 0;

	while (n < DATA_KINDS && data_kind_name((enum data_kind)n, integers)) n++;
	for (; i < n; i++)
		text = arena_printf(arena, "%s%s%s", text,
				    i == 0       ? ""
				    : i == n - 1 ? and
						 : ", ",
				    data_kind_name((enum data_kind)i, integers));
	return text;
}

static void add_data(const struct program *program, const struct measured *m, struct text *out, struct arena *arena)
{
	const bool integers = inputs_are_integers(program->graph);
	int least, most;

	if (!data_matter(m->instructions, &least, &most)) {
		text_printf(out, " The instructions are as many for %s.\n", kinds_text(integers, " and ", arena));
		return;
	}
	text_printf(out, " The instructions depend on the data (%s):\n", kinds_text(integers, ", ", arena));
	add_data_line("the whole model", m->instructions, integers, out, arena);
	for (int i = 0; i < m->layers; i++)
		add_data_line(visible_name(arena, m->layer[i].step->node->name), m->layer[i].instructions, integers,
			      out, arena);
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
	add_data(program, m, out, arena);
	text_add(out, " Layers are counted in a second build, where they are not inlined.\n");
	arena_free(arena);
}

static struct value *data_value(const int64_t *instructions, bool integers, struct arena *arena)
{
	struct value *map = value_map(arena);

	for (int i = 0; i < DATA_KINDS; i++) {
		const char *name = data_kind_name((enum data_kind)i, integers);
		if (name) value_set_int(arena, map, name, instructions[i]);
	}
	return map;
}

static struct value *layer_value(const struct measured_layer *layer, bool integers, struct arena *arena)
{
	struct value *map = value_map(arena);

	value_set_text(arena, map, "name", layer->step->node->name);
	value_set_text(arena, map, "type", layer->step->node->layer->name);
	value_set_text(arena, map, "kernel", layer->step->kernel->name);
	value_set_int(arena, map, "macs", layer->step->macs);
	value_set_int(arena, map, "instructions", layer->instructions[DATA_NOISE]);
	value_set(map, "instructions_of_data", data_value(layer->instructions, integers, arena));
	value_set_int(arena, map, "text_bytes", layer->code);
	value_set_int(arena, map, "rodata_bytes", layer->constants);
	value_set_int(arena, map, "stack_bytes", layer->stack);
	return map;
}

void measured_json(const struct program *program, const struct measured *m, struct text *out)
{
	struct arena *arena = arena_new();
	struct value *map = value_map(arena), *layers = value_list(arena);
	const bool integers = inputs_are_integers(program->graph);

	value_set_text(arena, map, "name", program->prefix);
	value_set_text(arena, map, "target", program->target->name);
	value_set_text(arena, map, "board", program->target->board);
	value_set_text(arena, map, "fp", fp_name(program->fp));
	value_set_int(arena, map, "macs", program->plan->macs);
	value_set_int(arena, map, "instructions", m->instructions[DATA_NOISE]);
	value_set(map, "instructions_of_data", data_value(m->instructions, integers, arena));
	value_set_int(arena, map, "text_bytes", m->code);
	value_set_int(arena, map, "rodata_bytes", m->constants);
	value_set_int(arena, map, "context_bytes", m->context);
	value_set_int(arena, map, "stack_bytes", m->stack);
	value_set_int(arena, map, "instructions_between_layers", m->between);
	for (int i = 0; i < m->layers; i++) value_push(layers, layer_value(&m->layer[i], integers, arena));
	value_set(map, "layers", layers);
	value_json(out, map);
	text_add(out, "\n");
	arena_free(arena);
}
