/* support.c: conv1dc layers | activations | targets: what is supported, from the tables that the code uses, as markdown. */
#include "report/parts.h"

#include <string.h>

/* A cell of a markdown table: a bar would end it. */
static void add_cell(struct text *out, const char *text)
{
	text_add(out, " ");
	for (; *text; text++) {
		if (*text == '|') text_add(out, "\\");
		text_add_n(out, text, 1);
	}
	text_add(out, " |");
}

static void add_header(struct text *out, const char *const *titles, int n)
{
	text_add(out, "|");
	for (int i = 0; i < n; i++) add_cell(out, titles[i]);
	text_add(out, "\n|");
	for (int i = 0; i < n; i++) text_add(out, "---|");
	text_add(out, "\n");
}

static const char *const field_type_names[] = {
#define TYPE(id, name, text) [FIELD_##id] = text,
	FIELD_TYPES(TYPE)
#undef TYPE
};

static const char *type_text(struct arena *arena, const struct field *field)
{
	const char *text = field->type == FIELD_OBJECT ? object_role_name(field->role) : field_type_names[field->type];
	for (int i = 0; field->type == FIELD_CHOICE && field->choices[i]; i++) {
		text = arena_printf(arena, "%s%s \"%s\"", text, i ? "," : "", field->choices[i]);
	}
	return text;
}

static void add_fields(struct text *out, const struct field *fields, bool ignored, struct arena *arena)
{
	for (const struct field *field = fields; field && field->key; field++) {
		if ((field->type == FIELD_IGNORED) != ignored) continue;
		text_add(out, "|");
		add_cell(out, arena_printf(arena, "`%s`", field->key));
		if (!ignored) add_cell(out, type_text(arena, field));
		if (!ignored)
			add_cell(out, field->otherwise ? arena_printf(arena, "`%s`", field->otherwise) : "required");
		add_cell(out, field->doc ? field->doc : "");
		text_add(out, "\n");
	}
}

static bool has_fields(const struct field *fields, bool ignored)
{
	for (const struct field *field = fields; field && field->key; field++) {
		if ((field->type == FIELD_IGNORED) == ignored) return true;
	}
	return false;
}

static void add_field_tables(struct text *out, const struct field *fields, struct arena *arena)
{
	static const char *const used[] = { "key", "type", "default", "meaning" };
	static const char *const ignored[] = { "key", "without effect at inference" };
	if (has_fields(fields, false)) {
		text_add(out, "\n");
		add_header(out, used, 4);
		add_fields(out, fields, false, arena);
	}
	if (has_fields(fields, true)) {
		text_add(out, "\n");
		add_header(out, ignored, 2);
		add_fields(out, fields, true, arena);
	}
}

static const char *alias_text(struct arena *arena, const char *const *aliases)
{
	const char *text = "";
	for (int i = 0; aliases && aliases[i]; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", aliases[i]);
	return text;
}

/* Bare operations of a functional model. */
static void add_operations(struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "Keras 3", "TensorFlow", "computed as" };
	const char *keras, *functions, *becomes;

	text_add(out, "\n# Operations between layers\n\n");
	add_header(out, titles, 3);
	for (int i = 0; load_operation(arena, i, &keras, &functions, &becomes); i++) {
		text_add(out, "|");
		add_cell(out, keras);
		add_cell(out, functions);
		add_cell(out, becomes);
		text_add(out, "\n");
	}
}

static void print_layers(struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "layer", "also called", "what it is" };
	text_add(out, "# Layers\n\n");
	add_header(out, titles, 3);
	for (int i = 0; layer_row(i); i++) {
		if (layer_row(i)->internal) continue;
		text_add(out, "|");
		add_cell(out, layer_row(i)->name);
		add_cell(out, alias_text(arena, layer_row(i)->aliases));
		add_cell(out, layer_row(i)->doc);
		text_add(out, "\n");
	}
	text_add(out, "\n## Keys of every layer\n");
	add_field_tables(out, common_fields, arena);
	for (int i = 0; layer_row(i); i++) {
		if (layer_row(i)->internal) continue;
		text_printf(out, "\n## %s\n\n%s.\n", layer_row(i)->name, layer_row(i)->doc);
		add_field_tables(out, layer_row(i)->fields, arena);
	}
	add_operations(out, arena);
}

static const char *parameter_text(struct arena *arena, const struct activation_kind *kind)
{
	const char *text = "";
	for (int i = 0; i < kind->parameters; i++) {
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", kind->parameter_names[i]);
	}
	return text;
}

/* Row-wise ones have the bound of their layer instead. */
static const char *error_text(struct arena *arena, const struct activation_kind *kind)
{
	if (kind->rowwise) return arena_printf(arena, "see %s", kind->layer);
	return kind->ulp > 0 ? arena_printf(arena, "%g", kind->ulp) : "exact";
}

static void print_activations(struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "activation", "parameters", "largest error in ulp", "what it computes" };
	text_add(out, "# Activations\n\n");
	add_header(out, titles, 4);
	for (int i = 0; activation_row(i); i++) {
		const struct activation_kind *kind = activation_row(i);
		if (kind->internal) continue;
		text_add(out, "|");
		add_cell(out, kind->name);
		add_cell(out, parameter_text(arena, kind));
		add_cell(out, error_text(arena, kind));
		add_cell(out, kind->doc);
		text_add(out, "\n");
	}
}

static void print_targets(struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "target",    "multiply-add",   "machine",   "compiler",
					      "elsewhere", "emulator there", "what it is" };
	text_add(out, "# Targets\n\n");
	add_header(out, titles, 7);
	for (int i = 0; target_row(i); i++) {
		const struct target *target = target_row(i);
		text_add(out, "|");
		add_cell(out, target->name);
		add_cell(out, target->fp == FP_FUSED ? "fused; separate on request"
			      : target->has_fused    ? "separate; fused on request"
						     : "separate");
		add_cell(out, target->machine ? target->machine : "any");
		add_cell(out, target->board ? "" : "$CC");
		add_cell(out, target->emulator ? target->compiler : "");
		add_cell(out, target->board      ? arena_printf(arena, "%s -M %s", target->emulator, target->board)
			      : target->emulator ? target->emulator
						 : "");
		add_cell(out, target->doc);
		text_add(out, "\n");
	}
	text_add(out,
		 "\n`native` is the last of these whose machine and features are those of the machine that conv1dc "
		 "runs on.\n");
}

static const struct {
	const char *what;
	void (*print)(struct text *out, struct arena *arena);
} lists[] = {
	{ "layers", print_layers },
	{ "activations", print_activations },
	{ "targets", print_targets },
};

bool support_print(const char *what, struct text *out)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (strcmp(what, lists[i].what) != 0) continue;
		struct arena *arena = arena_new();
		lists[i].print(out, arena);
		arena_free(arena);
		return true;
	}
	return false;
}
