/* keras_config.c: configs in all their dialects -> models and layers. */
#include "load/keras.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const wrapper_keys[] = {
	"module", "class_name",    "config",        "registered_name", "build_config",     "compile_config",
	"name",   "inbound_nodes", "keras_version", "backend",         "shared_object_id", "trainable",
	NULL
};
static const char *const model_keys[] = { "name",          "trainable",         "dtype", "layers", "input_layers",
					  "output_layers", "build_input_shape", NULL };
static const char *const model_classes[] = { "Sequential", "Functional", "Model", NULL };
/* Where Keras itself keeps its classes; others are somebody's own. */
static const char *const keras_modules[] = { "keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", NULL };

struct place keras_place(struct keras *k, const struct json *at, const char *layer)
{
	struct place place = json_place(k->arena, at);

	place.layer = layer;
	return place;
}

void keras_unknown_keys(struct keras *k, const struct json *object, const char *const *known, const char *what)
{
	for (const struct json *member = object->first; member; member = member->next) {
		int i = 0;

		while (known[i] && strcmp(known[i], member->key) != 0) i++;
		if (!known[i])
			diag_warn(k->diag, WARN_UNUSED_KEY, json_place(k->arena, member),
				  "'%s' is no key of %s; it is not used", member->key, what);
	}
}

const char *keras_snake(struct arena *arena, const char *class_name)
{
	struct text out = { 0 };
	const char *result;

	for (const char *c = class_name; *c; c++) {
		bool upper = isupper((unsigned char)*c);
		bool word = upper && islower((unsigned char)c[1]);
		bool behind_lower = c > class_name && upper && islower((unsigned char)c[-1]);
		char lower = (char)tolower((unsigned char)*c);

		if (c > class_name && (word || behind_lower)) text_add(&out, "_");
		text_add_n(&out, &lower, 1);
	}
	result = arena_string(arena, out.at ? out.at : "");
	text_free(&out);
	return result;
}

static const char *string_at(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return value && value->kind == JSON_STRING ? value->string : NULL;
}

static bool is_in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (!strcmp(*list, word)) return true;
	return false;
}

static bool is_module_of_keras(const char *module)
{
	for (const char *const *own = keras_modules; *own; own++) {
		size_t n = strlen(*own);
		if (!strncmp(*own, module, n) && (module[n] == '.' || !module[n])) return true;
	}
	return false;
}

/* A class of somebody's program: what it is called there; NULL: Keras's own. */
static const char *custom_class(const struct json *at)
{
	const char *module = string_at(at, "module"), *registered = string_at(at, "registered_name");

	if (registered && strchr(registered, '>')) return registered;
	if (module && !is_module_of_keras(module)) return string_at(at, "class_name");
	return NULL;
}

static const char *default_name(struct keras *k, const char *class_name)
{
	const char *snake = keras_snake(k->arena, class_name);

	return k->unnamed++ ? arena_printf(k->arena, "%s_%d", snake, k->unnamed - 1) : snake;
}

static struct keras_layer *new_layer(struct keras *k, enum keras_kind kind, const struct json *at, const char *name)
{
	struct keras_layer *layer = NEW(k->arena, struct keras_layer);

	layer->kind = kind;
	layer->at = at;
	layer->name = name;
	layer->trainable = true;
	layer->shape.rank = -1;
	return layer;
}

/* ---- layers ------------------------------------------------------------------------------------------------- */

static bool check_config(struct keras *k, struct keras_layer *layer)
{
	struct node node = { .layer = layer->row,
			     .name = layer->name,
			     .class_name = layer->class_name,
			     .config = layer->config,
			     .config_json = layer->config_json,
			     .activation = layer->activation };

	if (layer->at) node.place = keras_place(k, layer->at, layer->name);
	return !layer->row->check || layer->row->check(&node, k->diag);
}

struct keras_layer *keras_make_layer(struct keras *k, const struct layer *row, const struct json *config,
				     const char *name)
{
	struct keras_layer *layer = new_layer(k, KERAS_LAYER, config, name);

	layer->row = row;
	layer->class_name = row->name;
	layer->config_json = config;
	return keras_read_fields(k, layer, config) && check_config(k, layer) ? layer : NULL;
}

static void refuse_class(struct keras *k, const struct json *at, const char *name, const char *class_name,
			 const char *note)
{
	struct place place = keras_place(k, at, NULL);
	const char *near = note ? NULL : layer_nearest(class_name);

	place.pointer = NULL;
	diag_error(k->diag, place, "layer '%s' (%s) is not supported;%s see: conv1dc layers", name, class_name,
		   near ? arena_printf(k->arena, " did you mean '%s'?", near) : "");
	if (note) diag_note(k->diag, place, "%s", note);
}

bool keras_sample_shape(struct keras *k, const struct json *list, struct shape *shape)
{
	const struct json *size = list->kind == JSON_ARRAY ? list->first : NULL;

	*shape = (struct shape){ 0 };
	for (size = size ? size->next : NULL; size; size = size->next) {
		bool known = size->kind == JSON_NUMBER && size->is_integer && size->integer >= 1 &&
			     size->integer <= MAX_ELEMENTS;
		if ((!known && size->kind != JSON_NULL) || shape->rank == MAX_RANK) break;
		shape->at[shape->rank++] = known ? size->integer : UNKNOWN_SIZE;
	}
	if (!size && shape->rank > 0) return true;
	diag_error(k->diag, keras_place(k, list, NULL),
		   "%s is not the shape of an input; it must be a list of the batch size (null) and 1 to %d sizes of 1 "
		   "or more (null "
		   "where variable)",
		   json_shown(k->arena, list), MAX_RANK);
	return false;
}

/* The shape that a layer's config or wrapper says for its input; rank -1: none. */
static bool read_input_shape(struct keras *k, const struct json *at, const struct json *config, struct shape *shape)
{
	static const char *const keys[] = { "batch_shape", "batch_input_shape", NULL };
	const struct json *build = json_get(at, "build_config"), *list = NULL;

	for (int i = 0; keys[i] && !list; i++) list = json_get(config, keys[i]);
	if (!list && build) list = json_get(build, "input_shape");
	shape->rank = -1;
	if (!list || list->kind == JSON_NULL) return true;
	return keras_sample_shape(k, list, shape);
}

static struct keras_layer *read_input(struct keras *k, const struct json *at, const struct json *config,
				      const char *name)
{
	struct keras_layer *layer = new_layer(k, KERAS_INPUT, at, name);
	bool right;

	layer->row = layer_find("InputLayer");
	CHECK(layer->row != NULL);
	layer->class_name = layer->row->name;
	layer->config_json = config;
	right = keras_read_fields(k, layer, config) && check_config(k, layer);
	return read_input_shape(k, at, config, &layer->shape) && right ? layer : NULL;
}

static struct keras_model *read_model_config(struct keras *k, const struct json *at, const struct json *config,
					     const char *name);

static struct keras_layer *read_nested(struct keras *k, const struct json *at, const struct json *config,
				       const char *name)
{
	struct keras_layer *layer = new_layer(k, KERAS_MODEL, at, name);
	const struct keras_layer *first;

	layer->class_name = string_at(at, "class_name");
	layer->model = read_model_config(k, at, config, name);
	if (!layer->model || !layer->model->layers.n) return NULL;
	first = layer->model->layers.at[0];
	/* Keras 2 counts the call by which the model itself was made. */
	layer->first_call = k->version && k->version < 3 && first->kind == KERAS_INPUT && first->at != at;
	return layer;
}

static struct keras_layer *read_plain(struct keras *k, const struct json *at, const struct json *config,
				      const char *name, const char *class_name)
{
	struct keras_layer *layer = new_layer(k, KERAS_LAYER, at, name);
	const struct json *trainable = json_get(config, "trainable");

	layer->row = layer_find(class_name);
	layer->class_name = class_name;
	layer->config_json = config;
	layer->trainable = !trainable || trainable->kind != JSON_FALSE;
	if (!layer->row) {
		bool lambda = !strcmp(class_name, "Lambda");
		refuse_class(k, at, name, class_name,
			     lambda ? "a Lambda layer is Python code, which cannot be compiled" : NULL);
		return NULL;
	}
	return keras_read_fields(k, layer, config) && check_config(k, layer) ? layer : NULL;
}

struct keras_layer *keras_read_layer(struct keras *k, const struct json *at)
{
	const char *class_name = string_at(at, "class_name"), *name = string_at(at, "name"), *custom;
	const struct json *config = json_get(at, "config");
	bool model = class_name && is_in(model_classes, class_name);

	if (!class_name || !config || (config->kind != JSON_OBJECT && !(model && config->kind == JSON_ARRAY))) {
		diag_error(k->diag, keras_place(k, at, NULL),
			   "%s is not a layer; it must be an object with 'class_name' and 'config'",
			   json_kind_name(at));
		return NULL;
	}
	keras_unknown_keys(k, at, wrapper_keys, "a layer");
	if (!name) name = string_at(config, "name");
	if (!name) name = default_name(k, class_name);
	if (keras_is_operation(at)) {
		struct keras_layer *layer = new_layer(k, KERAS_LAYER, at, name);
		layer->class_name = class_name;
		layer->config_json = config;
		layer->operation = true;
		return layer;
	}
	custom = custom_class(at);
	if (custom) {
		refuse_class(k, at, name, custom, "it is a class of another program, which the file does not hold");
		return NULL;
	}
	if (model) return read_nested(k, at, config, name);
	if (!strcmp(class_name, "InputLayer")) return read_input(k, at, config, name);
	return read_plain(k, at, config, name, class_name);
}

/* ---- models ------------------------------------------------------------------------------------------------- */

static int compare_layers(const void *a, const void *b)
{
	return strcmp((*(struct keras_layer *const *)a)->name, (*(struct keras_layer *const *)b)->name);
}

static void index_layers(struct keras *k, struct keras_model *model)
{
	model->by_name = NEW_ARRAY(k->arena, model->layers.n + 1, struct keras_layer *);
	for (int i = 0; i < model->layers.n; i++) {
		model->by_name[i] = model->layers.at[i];
		model->layers.at[i]->index = i;
	}
	qsort(model->by_name, (size_t)model->layers.n, sizeof *model->by_name, compare_layers);
	for (int i = 1; i < model->layers.n; i++) {
		const struct keras_layer *layer = model->by_name[i];
		if (!strcmp(model->by_name[i - 1]->name, layer->name))
			diag_error(k->diag, keras_place(k, layer->at ? layer->at : model->at, NULL),
				   "two layers are called '%s'; names must differ", layer->name);
	}
}

struct keras_layer *keras_find_layer(const struct keras_model *model, const char *name)
{
	struct keras_layer key = { .name = name }, *wanted = &key, **found;

	found = bsearch(&wanted, model->by_name, (size_t)model->layers.n, sizeof *model->by_name, compare_layers);
	return found ? *found : NULL;
}

/* The input of a Sequential that has no InputLayer, or of a single layer. */
static struct keras_layer *implied_input(struct keras *k, const struct json *at, const struct keras_layer *first)
{
	struct keras_layer *input = new_layer(k, KERAS_INPUT, at, first->kind == KERAS_MODEL ? "model_input" : "input");

	if (!strcmp(input->name, first->name)) input->name = "layer_input";
	if (first->kind == KERAS_MODEL && first->model->inputs.n == 1)
		input->shape = keras_find_layer(first->model, first->model->inputs.at[0].layer)->shape;
	else if (first->at)
		read_input_shape(k, first->at, first->config_json ? first->config_json : first->at, &input->shape);
	return input;
}

/* Layers in a row: each takes what the one before gives. */
static void chain(struct keras *k, struct keras_model *model)
{
	for (int i = 0; i < model->layers.n; i++) {
		struct keras_layer *layer = model->layers.at[i];
		struct keras_ref ref = { .layer = layer->name,
					 .call = layer->first_call,
					 .at = layer->at ? layer->at : model->at };

		if (i + 1 < model->layers.n) {
			struct keras_call call = { .layer = model->layers.at[i + 1],
						   .at = model->layers.at[i + 1]->at };
			list_push(k->arena, &call.in, ref);
			list_push(k->arena, &model->layers.at[i + 1]->calls, call);
		} else {
			list_push(k->arena, &model->outputs, ref);
		}
		if (i == 0) list_push(k->arena, &model->inputs, ref);
	}
}

static void check_sequence(struct keras *k, const struct keras_model *model)
{
	for (int i = 1; i < model->layers.n; i++) {
		const struct keras_layer *layer = model->layers.at[i];
		if (layer->kind == KERAS_INPUT)
			diag_error(k->diag, keras_place(k, layer->at, layer->name),
				   "an InputLayer stands first in a Sequential, not here");
	}
}

static void read_layers(struct keras *k, struct keras_model *model, const struct json *layers)
{
	for (const struct json *at = layers->first; at; at = at->next) {
		struct keras_layer *layer = keras_read_layer(k, at);
		if (layer) list_push(k->arena, &model->layers, layer);
	}
}

static void read_sequential(struct keras *k, struct keras_model *model, const struct json *config,
			    const struct json *layers)
{
	const struct json *shape = json_get(config, "build_input_shape");
	struct keras_layer *first;

	read_layers(k, model, layers);
	if (!model->layers.n) return;
	first = model->layers.at[0];
	if (first->kind != KERAS_INPUT) {
		struct keras_layer *input = implied_input(k, model->at, first);
		if (input->shape.rank < 0 && shape && shape->kind == JSON_ARRAY)
			keras_sample_shape(k, shape, &input->shape);
		list_push(k->arena, &model->layers, input);
		memmove(model->layers.at + 1, model->layers.at,
			sizeof *model->layers.at * (size_t)(model->layers.n - 1));
		model->layers.at[0] = input;
	}
	check_sequence(k, model);
	chain(k, model);
}

static void read_functional(struct keras *k, struct keras_model *model, const struct json *config,
			    const struct json *layers)
{
	const struct json *inputs = json_get(config, "input_layers"), *outputs = json_get(config, "output_layers");

	model->functional = true;
	for (const struct json *at = layers->first; at; at = at->next) {
		struct keras_layer *layer = keras_read_layer(k, at);
		const struct json *nodes = json_get(at, "inbound_nodes");

		if (!layer) continue;
		list_push(k->arena, &model->layers, layer);
		if (nodes) keras_read_calls(k, layer, nodes);
	}
	if (!inputs || !outputs)
		diag_error(k->diag, keras_place(k, config, NULL), "'%s' is missing",
			   inputs ? "output_layers" : "input_layers");
	if (inputs) keras_read_ends(k, inputs, model, false);
	if (outputs) keras_read_ends(k, outputs, model, true);
}

/* config: an object with "layers", or (Keras before 2.2.3) the list of layers itself.  NULL after errors. */
static struct keras_model *read_model_config(struct keras *k, const struct json *at, const struct json *config,
					     const char *name)
{
	struct keras_model *model = NEW(k->arena, struct keras_model);
	const struct json *layers = config->kind == JSON_ARRAY ? config : json_get(config, "layers"),
			  *dtype = json_get(config, "dtype");
	int errors = diag_errors(k->diag);

	model->name = string_at(config, "name") ? string_at(config, "name") : name;
	model->at = at;
	if (!layers || layers->kind != JSON_ARRAY || !layers->n) {
		diag_error(k->diag, keras_place(k, layers ? layers : config, NULL),
			   "the model has no layers; 'layers' must be a list");
		return NULL;
	}
	if (config->kind == JSON_OBJECT) keras_unknown_keys(k, config, model_keys, "a model");
	if (dtype) keras_read_dtype(k, dtype, NULL);
	if (json_get(config, "input_layers") || json_get(config, "output_layers"))
		read_functional(k, model, config, layers);
	else
		read_sequential(k, model, config, layers);
	index_layers(k, model);
	return diag_errors(k->diag) == errors ? model : NULL;
}

static struct keras_model *single_layer(struct keras *k, const struct json *root, struct keras_layer *layer)
{
	struct keras_model *model = NEW(k->arena, struct keras_model);
	struct keras_layer *input;

	if (!layer) return NULL;
	if (layer->kind != KERAS_LAYER || layer->operation) {
		diag_error(k->diag, keras_place(k, root, layer->name), "%s is no model by itself", layer->class_name);
		return NULL;
	}
	model->name = layer->name;
	model->at = root;
	input = implied_input(k, root, layer);
	list_push(k->arena, &model->layers, input);
	list_push(k->arena, &model->layers, layer);
	chain(k, model);
	index_layers(k, model);
	return model;
}

struct keras_model *keras_read_model(struct keras *k, const struct json *root, const char *name)
{
	const char *class_name = string_at(root, "class_name");
	const struct json *config = json_get(root, "config");
	int errors = diag_errors(k->diag);
	struct keras_model *model;

	if (root->kind == JSON_ARRAY || json_get(root, "layers")) {
		model = read_model_config(k, root, root, name);
	} else if (class_name && config && is_in(model_classes, class_name) && !custom_class(root)) {
		keras_unknown_keys(k, root, wrapper_keys, "a model");
		model = read_model_config(k, root, config, name);
	} else if (class_name || config) {
		model = single_layer(k, root, keras_read_layer(k, root));
	} else if (json_get(root, "filters") || json_get(root, "kernel_size")) {
		const char *layer = string_at(root, "name");
		model = single_layer(k, root, read_plain(k, root, root, layer ? layer : "conv1d", "Conv1D"));
	} else {
		diag_error(k->diag, json_place(k->arena, root),
			   "this is no Keras config; it must be Conv1D's get_config(), {\"class_name\", \"config\"} of "
			   "a layer, or a model's "
			   "to_json() or get_config()");
		return NULL;
	}
	return diag_errors(k->diag) == errors ? model : NULL;
}
