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

const char *keras_custom_class(const struct json *at)
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
	layer->keras = k->version;
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
	const bool has_meaning = !layer->row->check || layer->row->check(&node, k->diag);
	return (!layer->row->check_keras || layer->row->check_keras(&node, k->diag)) && has_meaning;
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

/* Classes of Keras that are not supported, spelled right: nothing else was meant. */
static const char *const refused_classes[] = { "GRU",
					       "LSTM",
					       "SimpleRNN",
					       "RNN",
					       "Highway",
					       "MaxoutDense",
					       "SpectralNormalization",
					       "WeightNormalization",
					       "BatchRenormalization",
					       "LocallyConnected1D",
					       "Conv3D",
					       "Embedding",
					       "Discretization",
					       NULL };

static void refuse_class(struct keras *k, const struct json *at, const char *name, const char *class_name,
			 const char *note)
{
	struct place place = keras_place(k, at, NULL);
	const char *near = note || is_in(refused_classes, class_name) ? NULL : layer_nearest(class_name);

	place.pointer = NULL;
	diag_error(k->diag, place, "layer '%s' (%s) is not supported;%s see: conv1dc layers", name, class_name,
		   near ? arena_printf(k->arena, " did you mean '%s'?", near) : "");
	if (note) diag_note(k->diag, place, "%s", note);
}

/* Sizes from one of a list on; false: one of them is none. */
static bool read_sizes(const struct json *size, struct shape *shape)
{
	*shape = (struct shape){ 0 };
	for (; size; size = size->next) {
		bool known = size->kind == JSON_NUMBER && size->is_integer && size->integer >= 1 &&
			     size->integer <= MAX_ELEMENTS;
		if ((!known && size->kind != JSON_NULL) || shape->rank == MAX_RANK) return false;
		shape->at[shape->rank++] = known ? size->integer : UNKNOWN_SIZE;
	}
	return shape->rank > 0;
}

/* "input_shape": [128, 9], without batch axis */
static bool read_sample_sizes(struct keras *k, const struct json *list, struct shape *shape)
{
	if (list->kind == JSON_ARRAY && read_sizes(list->first, shape)) return true;
	diag_error(
	    k->diag, keras_place(k, list, NULL),
	    "%s is not the shape of an input; it must be a list of 1 to %d sizes of 1 or more (null where variable)",
	    json_shown(k->arena, list), MAX_RANK);
	return false;
}

bool keras_sample_shape(struct keras *k, const struct json *list, struct shape *shape)
{
	if (list->kind == JSON_ARRAY && list->n && read_sizes(list->first->next, shape)) return true;
	diag_error(k->diag, keras_place(k, list, NULL),
		   "%s is not the shape of an input; it must be a list of the batch size (null) and 1 to %d sizes of 1 "
		   "or more (null "
		   "where variable)",
		   json_shown(k->arena, list), MAX_RANK);
	return false;
}

static const struct json *not_null(const struct json *value)
{
	return value && value->kind != JSON_NULL ? value : NULL;
}

/* "input_dim": 9, "input_length": 128 or null: Keras 1's and 2's way to say (128, 9). */
static bool read_input_dim(struct keras *k, const struct json *config, const struct json *dim, struct shape *shape)
{
	const struct json *length = json_get(config, "input_length"), *sizes[] = { length, dim };

	shape->rank = 0;
	for (int i = length ? 0 : 1; i < 2; i++) {
		bool known = sizes[i]->is_integer && sizes[i]->integer >= 1 && sizes[i]->integer <= MAX_ELEMENTS;

		shape->at[shape->rank++] = known ? sizes[i]->integer : UNKNOWN_SIZE;
		if (known || (sizes[i] == length && length->kind == JSON_NULL)) continue;
		diag_error(k->diag, keras_place(k, sizes[i], NULL),
			   "%s is not a size of an input; it must be 1 or more", json_shown(k->arena, sizes[i]));
		return false;
	}
	return true;
}

/* The shape that a layer's config or wrapper says for its input; rank -1: none. */
static bool read_input_shape(struct keras *k, const struct json *at, const struct json *config, struct shape *shape)
{
	static const char *const keys[] = { "batch_shape", "batch_input_shape", NULL }, *const sample_keys[] = {
		"input_shape", "shape", NULL
	};
	const struct json *build = json_get(at, "build_config"), *list = NULL,
			  *dim = not_null(json_get(config, "input_dim"));

	shape->rank = -1;
	for (int i = 0; keys[i] && !list; i++) list = not_null(json_get(config, keys[i]));
	if (list) return keras_sample_shape(k, list, shape);
	for (int i = 0; sample_keys[i] && !list; i++) list = not_null(json_get(config, sample_keys[i]));
	if (list) return read_sample_sizes(k, list, shape);
	if (dim) return read_input_dim(k, config, dim, shape);
	list = build ? not_null(json_get(build, "input_shape")) : NULL;
	return !list || keras_sample_shape(k, list, shape);
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
	const char *now = class_name, *module = string_at(at, "module");

	if (!strcmp(class_name, "Merge")) now = keras_merge_now(k, &config, name);
	if (!now) return NULL;
	layer->row = layer_find(now);
	layer->class_name = class_name;
	layer->trainable = !trainable || trainable->kind != JSON_FALSE;
	if (module && !strcmp(module, KERAS2_LAYERS)) layer->keras = 2;
	if (!layer->row || layer->row->internal) {
		bool lambda = !strcmp(class_name, "Lambda");
		refuse_class(k, at, name, class_name,
			     lambda ? "a Lambda layer is Python code, which cannot be compiled" : NULL);
		return NULL;
	}
	config = keras_config_now(k, layer->row, config, name);
	layer->config_json = config;
	return config && keras_read_fields(k, layer, config) && check_config(k, layer) ? layer : NULL;
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
	custom = keras_custom_class(at);
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

static struct keras_ref output_of(const struct keras_model *model, const struct keras_layer *layer)
{
	return (struct keras_ref){ .layer = layer->name,
				   .call = layer->first_call,
				   .at = layer->at ? layer->at : model->at };
}

/* The layer is called with what these layers give. */
static void call_with(struct keras *k, const struct keras_model *model, struct keras_layer *layer,
		      struct keras_layer *const *in, int n)
{
	struct keras_call call = { .layer = layer, .at = layer->at };

	for (int i = 0; i < n; i++) list_push(k->arena, &call.in, output_of(model, in[i]));
	list_push(k->arena, &layer->calls, call);
}

/* Layers in a row, from the first one on: each takes what the one before gives. */
static void chain(struct keras *k, struct keras_model *model, int first)
{
	for (int i = first + 1; i < model->layers.n; i++)
		call_with(k, model, model->layers.at[i], &model->layers.at[i - 1], 1);
	list_push(k->arena, &model->outputs, output_of(model, model->layers.at[model->layers.n - 1]));
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

static void read_layers(struct keras *k, struct keras_model *model, const struct json *at)
{
	for (; at; at = at->next) {
		struct keras_layer *layer = keras_read_layer(k, at);
		if (layer) list_push(k->arena, &model->layers, layer);
	}
}

/* The branches of the Merge that a Sequential of Keras 1 may start with; NULL: it starts otherwise. */
static const struct json *branches_of(const struct json *layers)
{
	const char *class_name = string_at(layers->first, "class_name");
	const struct json *config = json_get(layers->first, "config"),
			  *list = config ? json_get(config, "layers") : NULL;

	return class_name && !strcmp(class_name, "Merge") && list && list->kind == JSON_ARRAY ? list : NULL;
}

/* A Merge of branches, each with an input of its own, then the layers behind it. */
static void read_branches(struct keras *k, struct keras_model *model, const struct json *layers,
			  const struct json *branches)
{
	struct keras_layer **ends = NEW_ARRAY(k->arena, branches->n + 1, struct keras_layer *);
	int n = 0, merge;

	for (const struct json *at = branches->first; at; at = at->next) {
		struct keras_layer *branch = keras_read_layer(k, at), *input;

		if (!branch) continue;
		input = implied_input(k, at, branch);
		input->name = arena_printf(k->arena, "%s_%s", branch->name, input->name);
		list_push(k->arena, &model->layers, input);
		list_push(k->arena, &model->layers, branch);
		list_push(k->arena, &model->inputs, output_of(model, input));
		call_with(k, model, branch, &input, 1);
		ends[n++] = branch;
	}
	merge = model->layers.n;
	read_layers(k, model, layers->first);
	if (model->layers.n == merge || n < branches->n) return;
	call_with(k, model, model->layers.at[merge], ends, n);
	chain(k, model, merge);
}

static void read_sequential(struct keras *k, struct keras_model *model, const struct json *config,
			    const struct json *layers)
{
	const struct json *shape = json_get(config, "build_input_shape");
	const struct json *branches = branches_of(layers);
	struct keras_layer *first;

	if (branches) {
		read_branches(k, model, layers, branches);
		return;
	}
	read_layers(k, model, layers->first);
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
	list_push(k->arena, &model->inputs, output_of(model, model->layers.at[0]));
	chain(k, model, 0);
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
	model->single = true;
	input = implied_input(k, root, layer);
	list_push(k->arena, &model->layers, input);
	list_push(k->arena, &model->layers, layer);
	list_push(k->arena, &model->inputs, output_of(model, input));
	chain(k, model, 0);
	index_layers(k, model);
	return model;
}

/* Conv1D's own get_config(), without its class. */
static bool is_conv1d(const struct json *root)
{
	static const char *const keys[] = { "filters", "kernel_size", "nb_filter", "filter_length", NULL };

	for (int i = 0; keys[i]; i++)
		if (json_get(root, keys[i])) return true;
	return false;
}

struct keras_model *keras_read_model(struct keras *k, const struct json *root, const char *name)
{
	const char *class_name = string_at(root, "class_name");
	const struct json *config = json_get(root, "config");
	int errors = diag_errors(k->diag);
	struct keras_model *model;

	if (root->kind == JSON_ARRAY || json_get(root, "layers")) {
		model = read_model_config(k, root, root, name);
	} else if (class_name && config && is_in(model_classes, class_name) && !keras_custom_class(root)) {
		keras_unknown_keys(k, root, wrapper_keys, "a model");
		model = read_model_config(k, root, config, name);
	} else if (class_name || config) {
		model = single_layer(k, root, keras_read_layer(k, root));
	} else if (is_conv1d(root)) {
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
