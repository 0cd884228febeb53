/* json.c: the only cJSON.  cJSON decodes keys and strings; json_scan.c judges the grammar and knows every place. */
#include "base/json_scan.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading -------------------------------------------------------------------------------------------------- */

static void *allocate(size_t bytes)
{
	void *at = malloc(bytes);

	if (!at) out_of_memory(bytes);
	return at;
}

/* Two readers saw one text: they agree on its structure, or one of them is wrong. */
static void take_strings(struct arena *arena, struct json *json, const cJSON *from)
{
	static const int kinds[] = { cJSON_NULL,   cJSON_False, cJSON_True,  cJSON_Number,
				     cJSON_String, cJSON_Array, cJSON_Object };
	struct json *member;
	const cJSON *child;

	CHECK((from->type & 0xff) == kinds[json->kind]);
	if (from->string) json->key = arena_string(arena, from->string);
	if (json->kind == JSON_STRING) json->string = arena_string(arena, from->valuestring);
	for (member = json->first, child = from->child; member && child; member = member->next, child = child->next) {
		take_strings(arena, member, child);
	}
	CHECK(!member && !child);
}

static int by_key(const void *a, const void *b)
{
	const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : x->index - y->index;
}

static int by_index(const void *a, const void *b)
{
	return (*(const struct json *const *)a)->index - (*(const struct json *const *)b)->index;
}

/* Members of one object whose key stood before, in the order of the text. */
static void refuse_twins(struct arena *arena, struct diag *diag, const struct json *object)
{
	const struct json **sorted = NEW_ARRAY(arena, object->n, const struct json *), *member;
	int i, twins = 0;

	for (member = object->first; member; member = member->next) sorted[member->index] = member;
	qsort(sorted, (size_t)object->n, sizeof *sorted, by_key);
	for (i = object->n - 1; i > 0; i--) {
		if (strcmp(sorted[i]->key, sorted[i - 1]->key) != 0) sorted[i] = NULL;
	}
	for (i = 1; i < object->n; i++) {
		if (sorted[i]) sorted[twins++] = sorted[i];
	}
	qsort(sorted, (size_t)twins, sizeof *sorted, by_index);
	for (i = 0; i < twins; i++) {
		struct place place = json_place(arena, sorted[i]);

		place.offset = sorted[i]->key_offset;
		diag_error(diag, place, "the key stands twice in this object; which one holds is not defined");
	}
}

static void refuse_all_twins(struct arena *arena, struct diag *diag, const struct json *json)
{
	const struct json *member;

	if (json->kind == JSON_OBJECT && json->n > 1) refuse_twins(arena, diag, json);
	for (member = json->first; member; member = member->next) refuse_all_twins(arena, diag, member);
}

struct json *json_parse(struct arena *arena, struct diag *diag, const struct source *source)
{
	char *plain = arena_string_n(arena, source->text, source->n);
	int errors = diag_errors(diag);
	cJSON_Hooks hooks = { .malloc_fn = allocate, .free_fn = free };
	struct json *json = json_scan(arena, diag, source, plain);
	cJSON *decoded;

	if (!json) return NULL;
	/* cJSON knows the byte order mark of texts of two bytes and more only: it is a blank here. */
	if (source->n >= 3 && !memcmp(plain, "\xef\xbb\xbf", 3)) memset(plain, ' ', 3);
	cJSON_InitHooks(&hooks);
	decoded = cJSON_ParseWithLength(plain, source->n);
	if (!decoded)
		die("cJSON refuses what json_scan() accepts: %s, byte %ld", source->name,
		    (long)(cJSON_GetErrorPtr() - plain));
	take_strings(arena, json, decoded);
	cJSON_Delete(decoded);
	refuse_all_twins(arena, diag, json);
	return diag_errors(diag) == errors ? json : NULL;
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

struct json *json_get(const struct json *object, const char *key)
{
	struct json *member;

	if (!object || object->kind != JSON_OBJECT) return NULL;
	for (member = object->first; member; member = member->next) {
		if (!strcmp(member->key, key)) break;
	}
	return member;
}

struct json *json_at(const struct json *array, int index)
{
	struct json *member;

	if (!array || array->kind != JSON_ARRAY || index < 0) return NULL;
	for (member = array->first; member && index; member = member->next) index--;
	return member;
}

void json_use(struct json *json)
{
	struct json *member;

	json->used = true;
	for (member = json->first; member; member = member->next) json_use(member);
}

/* RFC 6901: "~" and "/" of a key are written ~0 and ~1. */
static void add_pointer(struct text *out, const struct json *json)
{
	const char *c = json->spelled ? json->spelled : json->key;

	if (!json->parent) return;
	add_pointer(out, json->parent);
	text_add(out, "/");
	if (!c) text_printf(out, "%d", json->index);
	for (; c && *c; c++) {
		if (*c == '~' || *c == '/') {
			text_add(out, *c == '~' ? "~0" : "~1");
		} else {
			text_add_n(out, c, 1);
		}
	}
}

struct place json_place(struct arena *arena, const struct json *json)
{
	struct place place = { .source = json->source, .offset = json->offset, .has_offset = true };
	struct text pointer = { 0 };

	add_pointer(&pointer, json);
	if (pointer.n) place.pointer = arena_string(arena, pointer.at);
	text_free(&pointer);
	return place;
}

const char *json_kind_name(const struct json *json)
{
	static const char *const names[] = { "null", "false", "true", "a number", "a string", "a list", "an object" };

	if (!json) return "nothing";
	return json->kind == JSON_NUMBER && json->is_integer ? "an integer" : names[json->kind];
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

void json_quote(struct text *out, const char *string)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *c, *known;

	text_add(out, "\"");
	for (c = string; *c; c++) {
		known = strchr(plain, *c);
		if (known) {
			text_printf(out, "\\%c", letters[known - plain]);
		} else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			text_printf(out, "\\u%04x", (unsigned)(unsigned char)*c);
		} else {
			text_add_n(out, c, 1);
		}
	}
	text_add(out, "\"");
}

enum { SHOWN_MOST = 60 };

static void show(struct text *out, const struct json *json)
{
	static const char *const words[] = { "null", "false", "true" };
	const struct json *member;

	if (json->kind <= JSON_TRUE) {
		text_add(out, words[json->kind]);
	} else if (json->kind == JSON_NUMBER) {
		if (json->is_integer) {
			text_printf(out, "%lld", (long long)json->integer);
		} else {
			text_add_f64(out, json->number);
		}
	} else if (json->kind == JSON_STRING) {
		json_quote(out, json->string);
	} else {
		text_add(out, json->kind == JSON_ARRAY ? "[" : "{");
		for (member = json->first; member && out->n <= SHOWN_MOST; member = member->next) {
			if (member->key) {
				json_quote(out, member->key);
				text_add(out, ": ");
			}
			show(out, member);
			if (member->next) text_add(out, ", ");
		}
		text_add(out, json->kind == JSON_ARRAY ? "]" : "}");
	}
}

const char *json_shown(struct arena *arena, const struct json *json)
{
	struct text out = { 0 };
	const char *shown;
	size_t n;

	if (!json) return "nothing";
	show(&out, json);
	n = out.n;
	if (n > SHOWN_MOST) {
		for (n = SHOWN_MOST - 3; (out.at[n] & 0xc0) == 0x80; n--) continue; /* not inside a character */
	}
	shown = arena_printf(arena, "%.*s%s", (int)n, out.at, n < out.n ? "..." : "");
	text_free(&out);
	return shown;
}
