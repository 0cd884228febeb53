/* value.c: a tree of plain data, for templates and for JSON output. */
#include "base/base.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static struct value *value_new(struct arena *arena, enum value_kind kind)
{
	struct value *value = NEW(arena, struct value);

	value->kind = kind;
	return value;
}

struct value *value_map(struct arena *arena)
{
	return value_new(arena, VALUE_MAP);
}

struct value *value_list(struct arena *arena)
{
	return value_new(arena, VALUE_LIST);
}

struct value *value_int(struct arena *arena, int64_t v)
{
	struct value *value = value_new(arena, VALUE_INT);

	value->as.integer = v;
	return value;
}

struct value *value_bool(struct arena *arena, bool v)
{
	struct value *value = value_new(arena, VALUE_BOOL);

	value->as.integer = v;
	return value;
}

struct value *value_real(struct arena *arena, double v)
{
	struct value *value = value_new(arena, VALUE_REAL);

	value->as.real = v;
	return value;
}

struct value *value_f32(struct arena *arena, float v)
{
	struct value *value = value_new(arena, VALUE_F32);

	value->as.f32 = v;
	return value;
}

struct value *value_string(struct arena *arena, const char *v)
{
	struct value *value = value_new(arena, VALUE_STRING);

	value->as.string = arena_string(arena, v);
	return value;
}

struct value *value_table(struct arena *arena, const void *table)
{
	struct value *value = value_new(arena, VALUE_TABLE);

	value->as.table = table;
	return value;
}

static void append(struct value *parent, struct value *item)
{
	CHECK(!item->next);
	if (parent->last) {
		parent->last->next = item;
	} else {
		parent->first = item;
	}
	parent->last = item;
	parent->n++;
}

void value_push(struct value *list, struct value *item)
{
	CHECK(list->kind == VALUE_LIST && !item->key);
	append(list, item);
}

void value_set(struct value *map, const char *key, struct value *item)
{
	const struct value *other;

	CHECK(map->kind == VALUE_MAP && !item->key);
	for (other = map->first; other; other = other->next) CHECK(strcmp(other->key, key) != 0);
	item->key = key;
	append(map, item);
}

/* JSON has no NaN and no infinity: they are written as strings. */
static void real_json(struct text *out, double v)
{
	if (isfinite(v)) {
		text_add_f64(out, v);
	} else {
		text_add(out, isnan(v) ? "\"NaN\"" : v < 0 ? "\"-Infinity\"" : "\"Infinity\"");
	}
}

/* The shortest text of the float, not of the double that it becomes: f32_text() without the literal's suffix. */
static void f32_json(struct text *out, float v)
{
	char literal[F32_TEXT_MAX];

	if (isfinite(v)) {
		text_add_n(out, literal, (size_t)f32_text(literal, v) - 1);
	} else {
		real_json(out, (double)v);
	}
}

static void indent(struct text *out, int level)
{
	text_printf(out, "\n%*s", 2 * level, "");
}

static void write_json(struct text *out, const struct value *value, int level);

static void members_json(struct text *out, const struct value *value, int level, const char *brackets)
{
	const struct value *item;

	text_add_n(out, brackets, 1);
	for (item = value->first; item; item = item->next) {
		indent(out, level + 1);
		if (item->key) {
			json_quote(out, item->key);
			text_add(out, ": ");
		}
		write_json(out, item, level + 1);
		if (item->next) text_add(out, ",");
	}
	if (value->n) indent(out, level);
	text_add_n(out, brackets + 1, 1);
}

static void write_json(struct text *out, const struct value *value, int level)
{
	switch (value->kind) {
	case VALUE_NIL:
	case VALUE_TABLE: text_add(out, "null"); break;
	case VALUE_BOOL: text_add(out, value->as.integer ? "true" : "false"); break;
	case VALUE_INT: text_printf(out, "%" PRId64, value->as.integer); break;
	case VALUE_REAL: real_json(out, value->as.real); break;
	case VALUE_F32: f32_json(out, value->as.f32); break;
	case VALUE_STRING: json_quote(out, value->as.string); break;
	case VALUE_LIST: members_json(out, value, level, "[]"); break;
	case VALUE_MAP: members_json(out, value, level, "{}"); break;
	}
}

void value_json(struct text *out, const struct value *value)
{
	write_json(out, value, 0);
	text_add(out, "\n");
}
