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

struct value *value_extent(struct arena *arena, struct extent extent)
{
	struct value *value = value_new(arena, VALUE_EXTENT);

	value->as.extent = arena_copy(arena, &extent, sizeof extent);
	return value;
}

static void add_extent(struct text *out, const struct extent *e)
{
	if (e->times != 1) text_printf(out, "%" PRId64 " * ", e->times);
	text_add(out, e->name);
	if (e->add) text_printf(out, " %c %" PRId64, e->add < 0 ? '-' : '+', e->add < 0 ? -e->add : e->add);
}

const char *extent_text(struct arena *arena, struct extent extent)
{
	struct text out = { 0 };
	const char *text;

	add_extent(&out, &extent);
	text = arena_string(arena, out.at);
	text_free(&out);
	return text;
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

void value_set_int(struct arena *arena, struct value *map, const char *key, int64_t v)
{
	value_set(map, key, value_int(arena, v));
}

void value_set_bool(struct arena *arena, struct value *map, const char *key, bool v)
{
	value_set(map, key, value_bool(arena, v));
}

void value_set_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
	value_set(map, key, value_string(arena, text ? text : ""));
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

/* How lists and maps are laid out: a line a member, or all in one line where that has room. */
struct layout {
	struct text *out;
	int columns; /* of a line; 0: nothing is put in one line */
	bool flat;   /* inside something that stands in one line */
};

static void indent(const struct layout *l, int level)
{
	if (!l->flat) text_printf(l->out, "\n%*s", 2 * level, "");
}

static void write_json(const struct layout *l, const struct value *value, int level);

static void members_json(const struct layout *l, const struct value *value, int level, const char *brackets)
{
	const struct value *item;

	text_add_n(l->out, brackets, 1);
	for (item = value->first; item; item = item->next) {
		indent(l, level + 1);
		if (item->key) {
			json_quote(l->out, item->key);
			text_add(l->out, ": ");
		}
		write_json(l, item, level + 1);
		if (item->next) text_add(l->out, l->flat ? ", " : ",");
	}
	if (value->n) indent(l, level);
	text_add_n(l->out, brackets + 1, 1);
}

/* Columns that the text takes behind its last line feed. */
static size_t column_of(const struct text *text)
{
	size_t n = 0;

	while (n < text->n && text->at[text->n - 1 - n] != '\n') n++;
	return n;
}

/* Tries the line first. */
static void group_json(const struct layout *l, const struct value *value, int level, const char *brackets)
{
	struct text line = { 0 };
	const struct layout flat = { &line, l->columns, true };
	bool fits = false;

	if (!l->flat && l->columns && value->n) {
		members_json(&flat, value, level, brackets);
		fits = column_of(l->out) + line.n < (size_t)l->columns;
	}
	if (fits)
		text_add_n(l->out, line.at, line.n);
	else
		members_json(l, value, level, brackets);
	text_free(&line);
}

static void write_json(const struct layout *l, const struct value *value, int level)
{
	struct text *out = l->out;

	switch (value->kind) {
	case VALUE_NIL:
	case VALUE_TABLE: text_add(out, "null"); break;
	case VALUE_BOOL: text_add(out, value->as.integer ? "true" : "false"); break;
	case VALUE_INT: text_printf(out, "%" PRId64, value->as.integer); break;
	case VALUE_REAL: real_json(out, value->as.real); break;
	case VALUE_F32: f32_json(out, value->as.f32); break;
	case VALUE_STRING: json_quote(out, value->as.string); break;
	case VALUE_EXTENT:
		text_add(out, "\"");
		add_extent(out, value->as.extent);
		text_add(out, "\"");
		break;
	case VALUE_LIST: group_json(l, value, level, "[]"); break;
	case VALUE_MAP: group_json(l, value, level, "{}"); break;
	}
}

void value_json(struct text *out, const struct value *value)
{
	write_json(&(const struct layout){ .out = out }, value, 0);
	text_add(out, "\n");
}

void value_json_short(struct text *out, const struct value *value)
{
	write_json(&(const struct layout){ .out = out, .columns = VALUE_COLUMNS }, value, 0);
	text_add(out, "\n");
}
