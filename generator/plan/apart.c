/* apart.c: --weights: large tables stand in a file of their own, which compilers read faster than text. */
#include "plan/plan.h"

#include <string.h>

static const struct {
	const char *name, *suffix;
} forms[] = { [TABLES_TEXT] = { "text", NULL },
	      [TABLES_INCBIN] = { "incbin", "_weights.S" },
	      [TABLES_EMBED] = { "embed", "_weights.bin" } };

bool table_is_apart(const struct table *table)
{
	return table->n >= TABLE_APART_LEAST;
}

const char *tables_name(enum tables tables)
{
	return forms[tables].name;
}

const char *tables_file(const char *prefix, enum tables tables, struct arena *arena)
{
	return forms[tables].suffix ? arena_printf(arena, "%s%s", prefix, forms[tables].suffix) : NULL;
}

static int64_t bytes_of(const struct table *table)
{
	return table->n * type_bytes(table->type);
}

/* Bytes from the end of a table to where the next one may begin. */
static int64_t gap_behind(const struct table *table)
{
	int64_t over = bytes_of(table) % APART_ALIGN;

	return over ? APART_ALIGN - over : 0;
}

static struct value *table_view(const struct table *table, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_text(arena, view, "name", table->name);
	value_set(view, "table", value_table(arena, table));
	value_set_int(arena, view, "bytes", bytes_of(table));
	value_set_int(arena, view, "gap", gap_behind(table));
	return view;
}

struct value *apart_view(const struct program *program, enum tables tables, struct arena *arena)
{
	struct value *view = value_map(arena), *list = value_list(arena);
	int64_t bytes = 0;

	for (int s = 0; s < program->plan->steps.n; s++) {
		const struct step *step = &program->plan->steps.at[s];

		for (int i = 0; i < step->n_table; i++) {
			if (!table_is_apart(step->table[i])) continue;
			value_push(list, table_view(step->table[i], arena));
			bytes += bytes_of(step->table[i]) + gap_behind(step->table[i]);
		}
	}
	value_set_text(arena, view, "form", tables_name(tables));
	value_set_text(arena, view, "file", tables_file(program->prefix, tables, arena));
	value_set_int(arena, view, "least", TABLE_APART_LEAST);
	value_set_int(arena, view, "align", APART_ALIGN);
	value_set_int(arena, view, "bytes", bytes);
	value_set(view, "tables", list);
	return view;
}

void table_bytes(const struct table *table, struct text *out)
{
	const unsigned char *at = table->at;
	int size = type_bytes(table->type);

	for (int64_t i = 0; i < table->n; i++, at += size) {
		uint32_t word = *at;
		uint16_t half;
		char byte[4];

		if (size == 4) memcpy(&word, at, 4);
		if (size == 2) memcpy(&half, at, 2), word = half;
		for (int k = 0; k < 4; k++) byte[k] = (char)(word >> 8 * k & 0xff);
		text_add_n(out, byte, (size_t)size);
	}
}

void apart_bytes(const struct plan *plan, struct text *out)
{
	static const char zeros[APART_ALIGN] = { 0 };

	for (int s = 0; s < plan->steps.n; s++) {
		const struct step *step = &plan->steps.at[s];

		for (int i = 0; i < step->n_table; i++) {
			if (!table_is_apart(step->table[i])) continue;
			table_bytes(step->table[i], out);
			text_add_n(out, zeros, (size_t)gap_behind(step->table[i]));
		}
	}
}
