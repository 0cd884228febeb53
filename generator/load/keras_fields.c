/* keras_fields.c: a layer's config by the field table of its class: every key is used, known to be without effect, or
 * an error. */
#include "load/keras.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* One value that is being read. */
struct reading {
	struct keras *k;
	struct keras_layer *layer;
	const struct field *field;
	const struct json *at;
	void *out; /* in the config */
};
typedef bool read_function(struct reading *r);

/* What a number at a key is. */
static const struct {
	const char *key, *noun;
} nouns[] = {
	{ "strides", "a stride" },
	{ "kernel_size", "a kernel size" },
	{ "filters", "a number of filters" },
	{ "dilation_rate", "a dilation rate" },
	{ "groups", "a number of groups" },
	{ "units", "a number of units" },
	{ "pool_size", "a pool size" },
	{ "padding", "a padding" },
	{ "data_format", "a data format" },
	{ "axis", "an axis" },
};

static const char *noun_of(struct reading *r)
{
	for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
		if (!strcmp(nouns[i].key, r->field->key)) return nouns[i].noun;
	return arena_printf(r->k->arena, "a value of '%s'", r->field->key);
}

static struct place place_of(struct reading *r)
{
	return keras_place(r->k, r->at, r->layer->name);
}

static bool wrong(struct reading *r, const char *wanted)
{
	diag_error(r->k->diag, place_of(r), "%s is not %s; it must be %s", json_shown(r->k->arena, r->at), noun_of(r),
		   wanted);
	return false;
}

static bool read_integer(struct reading *r, const struct json *at, const char *wanted)
{
	const struct field *field = r->field;

	if (at->kind != JSON_NUMBER || !at->is_integer) return wrong(r, wanted);
	if (field->type != FIELD_AXIS && at->integer < field->least) {
		diag_error(r->k->diag, place_of(r), "%lld is not %s; it must be %lld or more", (long long)at->integer,
			   noun_of(r), (long long)field->least);
		return false;
	}
	if (field->type != FIELD_AXIS && at->integer > field->most) {
		diag_error(r->k->diag, place_of(r), "%lld is too large; it must be %lld or less",
			   (long long)at->integer, (long long)field->most);
		return false;
	}
	memcpy(r->out, &at->integer, sizeof at->integer);
	return true;
}

static bool read_int(struct reading *r)
{
	return read_integer(r, r->at, "an integer");
}

/* 3 or [3] */
static bool read_int1(struct reading *r)
{
	static const char wanted[] = "an integer or a list of one integer";

	if (r->at->kind != JSON_ARRAY) return read_integer(r, r->at, wanted);
	return r->at->n == 1 ? read_integer(r, r->at->first, wanted) : wrong(r, wanted);
}

static bool read_axis(struct reading *r)
{
	return read_int1(r);
}

static bool read_bool(struct reading *r)
{
	bool value = r->at->kind == JSON_TRUE;

	if (!value && r->at->kind != JSON_FALSE) return wrong(r, "true or false");
	memcpy(r->out, &value, sizeof value);
	return true;
}

static bool read_real(struct reading *r)
{
	if (r->at->kind != JSON_NUMBER) return wrong(r, "a number");
	memcpy(r->out, &r->at->number, sizeof r->at->number);
	return true;
}

static bool read_optional_real(struct reading *r)
{
	const double none = (double)NAN;

	if (r->at->kind != JSON_NULL) return read_real(r);
	memcpy(r->out, &none, sizeof none);
	return true;
}

static const char *choices_text(struct reading *r, int *n)
{
	const char *text = "one of";

	for (*n = 0; r->field->choices[*n]; ++*n)
		text = arena_printf(r->k->arena, "%s%s '%s'", text, *n ? "," : "", r->field->choices[*n]);
	return text;
}

static bool read_choice(struct reading *r)
{
	const char *const *choices = r->field->choices;
	const char *near, *text;
	int n;

	if (r->at->kind != JSON_STRING) return wrong(r, choices_text(r, &n));
	for (int i = 0; choices[i]; i++) {
		if (r->field->any_case ? strcasecmp(choices[i], r->at->string) : strcmp(choices[i], r->at->string))
			continue;
		memcpy(r->out, &i, sizeof i);
		return true;
	}
	text = choices_text(r, &n);
	near = nearest_name(r->at->string, choices, n);
	diag_error(r->k->diag, place_of(r), "'%s' is not %s; it must be %s%s", r->at->string, noun_of(r), text,
		   near ? arena_printf(r->k->arena, "; did you mean '%s'?", near) : "");
	return false;
}

static bool take_size(struct reading *r, const struct json *at, struct shape *shape)
{
	bool unknown = at->kind == JSON_NULL || (at->is_integer && at->integer == -1);

	if (!unknown && (!at->is_integer || at->integer < 0 || at->integer > MAX_ELEMENTS))
		return wrong(r, "a list of integers");
	shape->at[shape->rank++] = unknown ? UNKNOWN_SIZE : at->integer;
	return true;
}

/* [2, 3], or 2 for [2] */
static bool read_shape(struct reading *r)
{
	struct shape shape = { 0 };

	if (r->at->kind == JSON_NUMBER) {
		if (!take_size(r, r->at, &shape)) return false;
	} else if (r->at->kind == JSON_NULL) {
		return true; /* stays of rank 0 */
	} else if (r->at->kind != JSON_ARRAY || r->at->n > MAX_RANK) {
		return wrong(r, arena_printf(r->k->arena, "a list of at most %d integers", MAX_RANK));
	}
	for (const struct json *at = r->at->kind == JSON_ARRAY ? r->at->first : NULL; at; at = at->next)
		if (!take_size(r, at, &shape)) return false;
	while (shape.rank > 0 && shape.rank < r->field->repeated) {
		shape.at[shape.rank] = shape.at[0];
		shape.rank++;
	}
	memcpy(r->out, &shape, sizeof shape);
	return true;
}

/* One of the integers of a list, into a place of its own. */
static bool read_item(const struct reading *r, const struct json *at, int64_t *out, const char *wanted)
{
	struct reading item = *r;

	item.at = at;
	item.out = out;
	return read_integer(&item, at, wanted);
}

/* [2, 3], or 2 for [2, 2] */
static bool read_pair(struct reading *r)
{
	static const char wanted[] = "an integer or a list of two integers";
	struct pair pair;
	bool list = r->at->kind == JSON_ARRAY;

	if (list && r->at->n != 2) return wrong(r, wanted);
	for (int i = 0; i < 2; i++)
		if (!read_item(r, list ? json_at(r->at, i) : r->at, &pair.at[i], wanted)) return false;
	memcpy(r->out, &pair, sizeof pair);
	return true;
}

/* [[1, 2], [3, 4]], or [1, 3] for [[1, 1], [3, 3]], or 1 */
static bool read_edges(struct reading *r)
{
	static const char wanted[] = "an integer or a list of two integers or of two lists of two";
	struct edges edges;
	bool list = r->at->kind == JSON_ARRAY;

	if (list && r->at->n != 2) return wrong(r, wanted);
	for (int i = 0; i < 2; i++) {
		const struct json *axis = list ? json_at(r->at, i) : r->at;
		bool both = axis->kind == JSON_ARRAY;
		if (both && axis->n != 2) return wrong(r, wanted);
		for (int k = 0; k < 2; k++)
			if (!read_item(r, both ? json_at(axis, k) : axis, &edges.at[i][k], wanted)) return false;
	}
	memcpy(r->out, &edges, sizeof edges);
	return true;
}

/* [1, -1], or -1 for [-1] */
static bool read_axes(struct reading *r)
{
	static const char wanted[] = "an integer or a list of integers";
	const struct json *first = r->at->kind == JSON_ARRAY ? r->at->first : r->at;
	struct axes axes = { 0 };

	if (r->at->kind == JSON_ARRAY && r->at->n > MAX_RANK) return wrong(r, wanted);
	if (r->at->kind == JSON_NULL) return true; /* stays none */
	for (const struct json *at = first; at; at = r->at->kind == JSON_ARRAY ? at->next : NULL) {
		if (at->kind != JSON_NUMBER || !at->is_integer) return wrong(r, wanted);
		axes.at[axes.n++] = at->integer;
	}
	memcpy(r->out, &axes, sizeof axes);
	return true;
}

/* The numbers of a list, or of lists of one length, which is not 1: such a list would be repeated, not its members. */
static bool take_reals(const struct json *list, double *at)
{
	for (const struct json *one = list->first; one; one = one->next) {
		const struct json *inner = one->kind == JSON_ARRAY ? one->first : one;
		if (one->kind == JSON_ARRAY && (one->n < 2 || one->n != list->first->n)) inner = NULL;
		if (one->kind != list->first->kind || !inner) return false;
		for (; inner; inner = one->kind == JSON_ARRAY ? inner->next : NULL) {
			if (inner->kind != JSON_NUMBER) return false;
			*at++ = inner->number;
		}
	}
	return true;
}

/* 0.5, [0.5, 1.0], [[[0.5, 1.0]]], [[0.5, 1.0], [2.0, 3.0]] */
static bool read_reals(struct reading *r)
{
	const struct json *list = r->at;
	struct reals reals = { .n = 1 };
	double *at;

	while (list->kind == JSON_ARRAY && list->n == 1 && list->first->kind == JSON_ARRAY) list = list->first;
	if (list->kind == JSON_ARRAY)
		reals.n = list->n * (list->n && list->first->kind == JSON_ARRAY ? list->first->n : 1);
	reals.at = at = NEW_ARRAY(r->k->arena, reals.n + 1, double);
	if (list->kind == JSON_NUMBER)
		*at = list->number;
	else if (list->kind != JSON_ARRAY || !take_reals(list, at))
		return wrong(r, "a number or a list of numbers");
	memcpy(r->out, &reals, sizeof reals);
	return true;
}

static bool read_activation(struct reading *r)
{
	return keras_read_activation(r->k, r->layer, r->at);
}

static bool read_object(struct reading *r)
{
	return keras_read_object(r->k, r->layer, r->field, r->at);
}

static bool read_penalty(struct reading *r)
{
	return keras_read_penalty(r->k, r->layer, r->field, r->at);
}

static bool read_layer(struct reading *r)
{
	if (!keras_read_wrapped(r->k, r->layer, r->at)) return false;
	memcpy(r->out, &r->layer->wrapped->row, sizeof r->layer->wrapped->row);
	return true;
}

/* Stays in the JSON. */
static bool read_ignored(struct reading *r)
{
	(void)r;
	return true;
}

static read_function *const readers[] = {
#define TYPE(id, name, text) [FIELD_##id] = read_##name,
	FIELD_TYPES(TYPE)
#undef TYPE
};

/* ---- keys --------------------------------------------------------------------------------------------------- */

static const struct json *default_value(struct keras *k, const struct field *field)
{
	struct source *source = NEW(k->arena, struct source);
	const struct json *value;

	*source = (struct source){ field->key, field->otherwise, strlen(field->otherwise) };
	value = json_parse(k->arena, k->diag, source);
	CHECK(value != NULL);
	return value;
}

/* null says the same as no key where Keras takes None for the default. */
static bool null_is_absent(const struct field *field, const struct json *value)
{
	return value->kind == JSON_NULL && (field->type == FIELD_CHOICE && !strcmp(field->key, "data_format"));
}

/* The key is there by a name that this version does not read, which is reported. */
static bool has_old_name(const struct keras_layer *layer, const struct json *config, const char *key)
{
	for (const struct json *member = config ? config->first : NULL; member; member = member->next) {
		const char *now = keras_key_now(layer->row, member->key);
		if (now && !strcmp(now, key)) return true;
	}
	return false;
}

static bool read_field(struct keras *k, struct keras_layer *layer, const struct json *config, const struct field *field)
{
	const struct json *value = config ? json_get(config, field->key) : NULL;
	struct reading r = { k, layer, field, value, (char *)layer->config + field->offset };

	if (!value && !field->otherwise && has_old_name(layer, config, field->key)) return false;
	if (!value && !field->otherwise) {
		diag_error(k->diag, keras_place(k, config ? config : layer->at, layer->name),
			   "'%s' is missing; %s needs it: %s", field->key, layer->row->name, field->doc);
		return false;
	}
	if (field->type == FIELD_IGNORED) return true;
	if (!value || null_is_absent(field, value)) r.at = default_value(k, field);
	if (r.at->kind == JSON_NULL && field->otherwise && !strcmp(field->otherwise, "null") &&
	    field->type != FIELD_OPTIONAL_REAL && field->type != FIELD_ACTIVATION)
		return true; /* stays zero */
	return readers[field->type](&r);
}

static bool in_table(const struct field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (!strcmp(fields->key, key)) return true;
	return false;
}

static const char *nearest_key(struct keras *k, const struct keras_layer *layer, const char *key)
{
	LIST(const char *) keys = { 0 };

	for (const struct field *field = layer->row->fields; field->key; field++)
		list_push(k->arena, &keys, field->key);
	return keys.n ? nearest_name(key, keys.at, keys.n) : NULL;
}

static void refuse_key(struct keras *k, const struct keras_layer *layer, const struct json *member)
{
	const char *now = keras_key_now(layer->row, member->key),
		   *near = now ? NULL : nearest_key(k, layer, member->key), *more = "";

	if (near) more = arena_printf(k->arena, "; did you mean '%s'?", near);
	if (now) more = arena_printf(k->arena, " in Keras %d; '%s' is its name now", k->version, now);
	diag_error(k->diag, keras_place(k, member, layer->name), "'%s' is no key of %s%s", member->key,
		   layer->row->name, more);
}

static bool check_keys(struct keras *k, const struct keras_layer *layer, const struct json *config)
{
	bool right = true;

	for (const struct json *member = config->first; member; member = member->next) {
		if (in_table(layer->row->fields, member->key) || in_table(common_fields, member->key)) continue;
		refuse_key(k, layer, member);
		right = false;
	}
	return right;
}

bool keras_field_is_bare(const struct field *field)
{
	static const enum field_type others[] = { FIELD_ACTIVATION, FIELD_OBJECT, FIELD_PENALTY, FIELD_LAYER,
						  FIELD_IGNORED };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (field->type == others[i]) return false;
	return true;
}

bool keras_read_fields(struct keras *k, struct keras_layer *layer, const struct json *config)
{
	const struct json *dtype = config ? json_get(config, "dtype") : NULL;
	bool right = !config || check_keys(k, layer, config);

	layer->config = arena_alloc(k->arena, layer->row->config_bytes + 1);
	layer->training = keras_new_training(k);
	for (const struct field *field = layer->row->fields; field->key; field++)
		if (!layer->bare || keras_field_is_bare(field)) right &= read_field(k, layer, config, field);
	for (const struct field *field = common_fields; field->key; field++)
		right &= read_field(k, layer, config, field);
	if (dtype) right &= keras_read_dtype(k, dtype, layer->name);
	return right;
}

/* ---- dtype -------------------------------------------------------------------------------------------------- */

/* POLICY(name, computed in float32 as it says) */
static const struct {
	const char *name;
	bool exact;
} policies[] = {
	{ "float32", true },   { "mixed_float16", false }, { "mixed_bfloat16", false }, { "float16", false },
	{ "bfloat16", false }, { "float64", false },       { "mixed_float32", true },
};

/* Classes that hold one of these names; others (quantised, a map of policies) are refused. */
static const char *const policy_classes[] = { "DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1" };

static void warn_once(struct keras *k, const struct json *at, const char *name, const char *layer)
{
	for (int i = 0; i < k->policies.n; i++)
		if (!strcmp(k->policies.at[i], name)) return;
	list_push(k->arena, &k->policies, name);
	diag_warn(k->diag, WARN_PRECISION, keras_place(k, at, layer), "dtype '%s' is computed in float32", name);
}

static bool read_policy_name(struct keras *k, const struct json *at, const char *name, const char *layer)
{
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		if (strcmp(policies[i].name, name) != 0) continue;
		if (!policies[i].exact) warn_once(k, at, name, layer);
		return true;
	}
	diag_error(k->diag, keras_place(k, at, layer), "dtype '%s' is not supported; it must be 'float32'", name);
	return false;
}

bool keras_read_dtype(struct keras *k, const struct json *dtype, const char *layer)
{
	const struct json *class_name = json_get(dtype, "class_name"), *config = json_get(dtype, "config");
	const struct json *name = json_get(config ? config : dtype, "name");

	if (dtype->kind == JSON_NULL) return true;
	if (dtype->kind == JSON_STRING) return read_policy_name(k, dtype, dtype->string, layer);
	if (class_name && class_name->kind == JSON_STRING) {
		for (size_t i = 0; i < sizeof policy_classes / sizeof *policy_classes; i++) {
			if (strcmp(policy_classes[i], class_name->string) != 0) continue;
			if (name && name->kind == JSON_STRING) return read_policy_name(k, dtype, name->string, layer);
		}
		diag_error(k->diag, keras_place(k, dtype, layer),
			   "the dtype policy %s is not supported; save the model in float32", class_name->string);
		return false;
	}
	diag_error(k->diag, keras_place(k, dtype, layer), "%s is not a dtype; it must be a name or a policy",
		   json_shown(k->arena, dtype));
	return false;
}
