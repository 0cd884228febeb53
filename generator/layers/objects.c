/* objects.c: what is asked of initializers, regularizers and constraints, whose tables are in the files of these names. */
#include "layers/objects.h"

#include <string.h>

/* ---- tables ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *module;
	const struct object_kind *rows;
	const struct object_alias *aliases;
} roles[ROLE_COUNT] = {
	[ROLE_INITIALIZER] = { "initializer", "keras.initializers", initializers, initializer_aliases },
	[ROLE_REGULARIZER] = { "regularizer", "keras.regularizers", regularizers, regularizer_aliases },
	[ROLE_CONSTRAINT] = { "constraint", "keras.constraints", constraints, constraint_aliases },
};

const char *object_role_name(enum object_role role)
{
	return roles[role].name;
}

const char *object_role_module(enum object_role role)
{
	return roles[role].module;
}

const struct object_kind *object_row(enum object_role role, int index)
{
	const struct object_kind *row = roles[role].rows;

	for (; row->name && index > 0; index--) row++;
	return row->name && index == 0 ? row : NULL;
}

/* The name is the word, or the word with TensorFlow's "V2" behind. */
static bool is_called(const char *name, const char *word)
{
	size_t n = strlen(name);

	return !strncmp(name, word, n) && (!word[n] || !strcmp(word + n, "V2"));
}

const struct object_kind *object_find(enum object_role role, const char *name)
{
	const struct object_kind *row;

	for (const struct object_alias *alias = roles[role].aliases; alias->name; alias++)
		if (!strcmp(alias->alias, name)) return object_find(role, alias->name);
	for (row = roles[role].rows; row->name; row++)
		if (is_called(row->name, name) || is_called(row->snake, name)) return row;
	return NULL;
}

const char *object_nearest(enum object_role role, const char *name, struct arena *arena)
{
	LIST(const char *) names = { 0 };

	for (const struct object_kind *row = roles[role].rows; row->name; row++) {
		list_push(arena, &names, row->name);
		list_push(arena, &names, row->snake);
	}
	return nearest_name(name, names.at, names.n);
}

int object_parameters(const struct object_kind *kind)
{
	int n = 0;

	while (kind->parameters && kind->parameters[n].key) n++;
	return n;
}

/* ---- objects ------------------------------------------------------------------------------------------------------ */

static struct parameter default_parameter(struct arena *arena, const struct object_parameter *row)
{
	struct parameter parameter = { .real = row->otherwise };

	if (row->type == PARAMETER_CHOICE) parameter.choice = (int)row->otherwise;
	if (row->type == PARAMETER_ARRAY) parameter.array = arena_copy(arena, &row->otherwise, sizeof row->otherwise);
	if (row->type == PARAMETER_AXES && !isnan(row->otherwise)) {
		parameter.given = true;
		parameter.axes = 1;
		parameter.axis[0] = (int64_t)row->otherwise;
	}
	return parameter;
}

struct training_object *object_new(struct arena *arena, const struct object_kind *kind)
{
	struct training_object *object = NEW(arena, struct training_object);
	int n = object_parameters(kind);
	struct parameter *parameter = NEW_ARRAY(arena, n + 1, struct parameter);

	for (int i = 0; i < n; i++) parameter[i] = default_parameter(arena, &kind->parameters[i]);
	*object = (struct training_object){ .kind = kind, .name = kind->name, .parameter = parameter };
	return object;
}

const struct parameter *object_parameter(const struct training_object *object, const char *key)
{
	const struct object_parameter *row = object->kind->parameters;

	for (int i = 0; row && row[i].key; i++)
		if (!strcmp(row[i].key, key)) return &object->parameter[i];
	die("%s has no parameter %s", object->kind->name, key);
}

bool parameter_axes(const struct parameter *parameter, const struct shape *shape, unsigned *axes)
{
	*axes = parameter->given ? 0 : (1U << shape->rank) - 1;
	for (int i = 0; i < parameter->axes; i++) {
		int64_t axis = parameter->axis[i] < 0 ? parameter->axis[i] + shape->rank : parameter->axis[i];

		if (axis < 0 || axis >= shape->rank) return false;
		*axes |= 1U << axis;
	}
	return true;
}

/* ---- as text and as config ------------------------------------------------------------------------------------- */

static void add_axes(struct text *out, const struct parameter *parameter)
{
	bool list = parameter->json && parameter->json->kind == JSON_ARRAY;

	text_add(out, !parameter->given ? "null" : list ? "[" : "");
	for (int i = 0; i < parameter->axes; i++)
		text_printf(out, "%s%lld", i ? ", " : "", (long long)parameter->axis[i]);
	if (list) text_add(out, "]");
}

static void add_parameter(struct text *out, const struct object_parameter *row, const struct parameter *parameter)
{
	text_printf(out, "%s=", row->key);
	if (row->type == PARAMETER_REAL)
		text_add_f64(out, parameter->real);
	else if (row->type == PARAMETER_CHOICE)
		text_add(out, row->choices[parameter->choice]);
	else if (row->type == PARAMETER_SEED)
		text_printf(out, "%lld", (long long)parameter->seed);
	else if (row->type == PARAMETER_ARRAY && parameter->shape.rank == 0)
		text_add_f64(out, parameter->array[0]);
	else if (row->type == PARAMETER_AXES)
		add_axes(out, parameter);
	else
		text_add(out, "...");
}

const char *object_text(struct arena *arena, const struct training_object *object)
{
	const struct object_parameter *row = object->kind ? object->kind->parameters : NULL;
	struct text out = { 0 };
	const char *separator = "(", *text;

	text_add_visible(&out, object->name, strlen(object->name));
	for (int i = 0; row && row[i].key; i++) {
		if (!object->parameter[i].json || object->parameter[i].json->kind == JSON_NULL) continue;
		text_add(&out, separator);
		add_parameter(&out, &row[i], &object->parameter[i]);
		separator = ", ";
	}
	if (!strcmp(separator, ", ")) text_add(&out, ")");
	text = arena_string(arena, out.at);
	text_free(&out);
	return text;
}

static struct value *json_value(struct arena *arena, const struct json *json)
{
	struct value *value;

	switch (json->kind) {
	case JSON_NULL: return NEW(arena, struct value);
	case JSON_FALSE:
	case JSON_TRUE: return value_bool(arena, json->kind == JSON_TRUE);
	case JSON_NUMBER: return json->is_integer ? value_int(arena, json->integer) : value_real(arena, json->number);
	case JSON_STRING: return value_string(arena, json->string);
	case JSON_ARRAY:
	case JSON_OBJECT:
		value = json->kind == JSON_ARRAY ? value_list(arena) : value_map(arena);
		for (const struct json *one = json->first; one; one = one->next)
			if (json->kind == JSON_ARRAY)
				value_push(value, json_value(arena, one));
			else
				value_set(value, one->key, json_value(arena, one));
		return value;
	}
	die("JSON of the kind %d", (int)json->kind);
}

static struct value *default_value(struct arena *arena, const struct object_parameter *row)
{
	switch (row->type) {
	case PARAMETER_REAL:
	case PARAMETER_ARRAY: return value_real(arena, row->otherwise);
	case PARAMETER_CHOICE: return value_string(arena, row->choices[(int)row->otherwise]);
	case PARAMETER_AXES:
		return isnan(row->otherwise) ? NEW(arena, struct value) : value_int(arena, (int64_t)row->otherwise);
	case PARAMETER_SEED:
	case PARAMETER_KEPT: return NEW(arena, struct value);
	}
	die("a parameter of the type %d", (int)row->type);
}

static struct value *parameter_value(struct arena *arena, const struct object_parameter *row,
				     const struct parameter *parameter)
{
	const struct json *json = parameter->json;

	if (row->type == PARAMETER_CHOICE) return value_string(arena, row->choices[parameter->choice]);
	if (!json) return default_value(arena, row);
	if (row->optional && json->kind == JSON_NULL) return value_real(arena, row->null);
	return json_value(arena, json);
}

struct value *object_config(struct arena *arena, const struct training_object *object)
{
	struct value *map = value_map(arena), *config = value_map(arena);
	const struct object_parameter *row;

	if (!object) return NEW(arena, struct value);
	if (!object->kind) return json_value(arena, object->json);
	row = object->kind->parameters;
	for (int i = 0; row && row[i].key; i++)
		if (row[i].type != PARAMETER_KEPT || object->parameter[i].json)
			value_set(config, row[i].key, parameter_value(arena, &row[i], &object->parameter[i]));
	value_set_text(arena, map, "module", roles[object->kind->role].module);
	value_set_text(arena, map, "class_name", object->kind->name);
	value_set(map, "config", config);
	value_set(map, "registered_name", NEW(arena, struct value));
	return map;
}

/* ---- what a layer has ------------------------------------------------------------------------------------------- */

const struct training_object *training_object(const struct training *training, const struct field *field)
{
	for (int i = 0; field->weight && i < training->n; i++)
		if (!strcmp(training->weight[i].weight, field->weight)) return training->weight[i].object[field->role];
	return field->weight ? NULL : training->activity;
}

struct weight_training training_of(const struct node *node, const char *weight)
{
	const struct training *training = node->training;

	for (int i = 0; training && i < training->n; i++)
		if (!strcmp(training->weight[i].weight, weight)) return training->weight[i];
	return (struct weight_training){ .weight = weight, .label = weight };
}

const struct training *training_part(struct arena *arena, const struct training *training, const char *kernel,
				     bool first)
{
	struct training *part;

	if (!training) return NULL;
	part = NEW(arena, struct training);
	*part = (struct training){ .layer = training->layer, .summed = training->summed };
	if (first) part->activity = training->activity;
	for (int i = 0; i < training->n; i++) {
		struct weight_training weight = training->weight[i];
		bool is_kernel = !strcmp(weight.weight, kernel);

		if (is_kernel) weight.weight = "kernel";
		if (is_kernel || (!first && !strcmp(weight.weight, "bias"))) part->weight[part->n++] = weight;
	}
	return part;
}

const struct tensor *training_output(const struct graph *graph, const struct node *node)
{
	const struct tensor *out = node->out[0];

	for (int i = node->id + 1; i < graph->nodes.n; i++) {
		const struct node *behind = graph->nodes.at[i];

		if (behind->implied && !node_moves_times(behind) && behind->n_in == 1 && behind->in[0] == out)
			out = behind->out[0];
	}
	return out;
}
