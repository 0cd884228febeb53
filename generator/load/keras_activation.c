/* keras_activation.c: an activation by name, or as a layer object. */
#include "load/keras.h"

#include <string.h>

/* Names whose meaning a later version of Keras changed: until (last version), name, row of activations.def. */
static const struct {
	int until;
	const char *name, *row;
} changed[] = {
	{ 2, "hard_sigmoid", "hard_sigmoid_keras2" },
};

const char *keras_older_name(const struct activation_kind *kind)
{
	for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
		if (!strcmp(changed[i].row, kind->name)) return changed[i].name;
	return NULL;
}

/* Names that only Keras 3 gives a meaning: in an older file they were somebody's own functions. */
static const char *const since3[] = { "celu",        "squareplus",     "soft_shrink", "sparse_plus", "glu",
				      "tanh_shrink", "sparse_sigmoid", "hard_silu",   "hard_swish",  "hard_tanh",
				      "hard_shrink", "log_sigmoid",    "sparsemax" };
/* Classes that Keras 2 takes as activations by their names, with their defaults. */
static const char *const classes2[] = { "ReLU", "LeakyReLU", "ELU", "PReLU", "ThresholdedReLU", "Softmax" };

static bool is_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name)) return true;
	return false;
}

static bool is_older(int version, int until)
{
	return version && version <= until;
}

static void warn_of_dialect(struct keras *k, const struct json *at, const struct keras_layer *layer)
{
	diag_warn(k->diag, WARN_DIALECT, keras_place(k, at, layer->name),
		  "'%s' means one thing in Keras 3 and another before; nothing here tells the version, 3 is taken; say "
		  "--keras 2 or "
		  "--keras 3",
		  at->string);
}

/* kind: the row that the name means in this dialect; false: not a name. */
static bool find(struct keras *k, const struct keras_layer *layer, const struct json *at, struct activation *activation)
{
	if (!activation_named(at->string, activation)) return false;
	if (is_older(k->version, 2) && is_among(since3, sizeof since3 / sizeof *since3, at->string))
		diag_warn(k->diag, WARN_DIALECT, keras_place(k, at, layer->name),
			  "'%s' is no activation of Keras %d; that of Keras 3 is taken", at->string, k->version);
	for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
		if (strcmp(changed[i].name, at->string) != 0) continue;
		if (!k->version) warn_of_dialect(k, at, layer);
		if (is_older(k->version, changed[i].until) != is_older(k->guessed, changed[i].until))
			k->effects.keras = true;
		if (!is_older(k->version, changed[i].until)) continue;
		activation->kind = activation_row_named(changed[i].row);
		CHECK(activation->kind != NULL);
	}
	return true;
}

static const char *nearest_activation(struct keras *k, const char *name)
{
	LIST(const char *) names = { 0 };
	const struct activation_kind *kind;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++)
		if (!kind->internal) list_push(k->arena, &names, kind->name);
	return names.n ? nearest_name(name, names.at, names.n) : NULL;
}

static bool unknown(struct keras *k, const struct keras_layer *layer, const struct json *at)
{
	const char *near = nearest_activation(k, at->string);

	diag_error(k->diag, keras_place(k, at, layer->name),
		   "the activation '%s' is not supported;%s see: conv1dc activations", at->string,
		   near ? arena_printf(k->arena, " did you mean '%s'?", near) : "");
	return false;
}

static bool by_name(struct keras *k, struct keras_layer *layer, const struct json *at)
{
	const struct layer *row;
	struct activation activation = { 0 };

	if (is_older(k->version, 2) && is_among(classes2, sizeof classes2 / sizeof *classes2, at->string)) {
		layer->behind = keras_make_layer(k, layer_find(at->string), NULL, layer->name);
		return layer->behind != NULL;
	}
	if (!find(k, layer, at, &activation)) return unknown(k, layer, at);
	if (!activation.kind || !activation.kind->rowwise) {
		layer->activation = activation;
		return true;
	}
	row = layer_find(activation.kind->layer);
	CHECK(row != NULL);
	layer->behind = keras_make_layer(k, row, NULL, layer->name);
	return layer->behind != NULL;
}

/* Keras's own function as an object: {"class_name": "function", "config": "relu"}, {"class_name": "relu", "config": {}};
 * its name as a string, or NULL. */
static const struct json *own_function(const struct json *at)
{
	const struct json *class_name = json_get(at, "class_name"), *config = json_get(at, "config"),
			  *name = class_name;
	struct activation activation;

	if (!class_name || class_name->kind != JSON_STRING) return NULL;
	if (!strcmp(class_name->string, "function")) name = config;
	return name && name->kind == JSON_STRING && activation_named(name->string, &activation) ? name : NULL;
}

/* A function of somebody's program (not a layer): its name, or NULL where the object is none.  Keras 3 writes a lambda as
 * its byte code under "value". */
static const char *function_name(const struct json *at)
{
	static const char *const function_classes[] = { "function", "__lambda__", "builtin_function_or_method" };
	const struct json *class_name = json_get(at, "class_name"), *config = json_get(at, "config");

	if (json_get(at, "value")) return "a lambda";
	if (!class_name || class_name->kind != JSON_STRING) return NULL;
	for (size_t i = 0; i < sizeof function_classes / sizeof *function_classes; i++)
		if (!strcmp(function_classes[i], class_name->string))
			return config && config->kind == JSON_STRING ? config->string : "a lambda";
	return NULL;
}

/* {"module": "tf_keras.activations", "class_name": "function", "config": "hard_sigmoid"}: the function as Keras 2 has it. */
static const struct activation_kind *older_function(const struct json *at)
{
	const struct json *module = json_get(at, "module"), *name = json_get(at, "config");

	if (!module || module->kind != JSON_STRING || strcmp(module->string, KERAS2_FUNCTIONS) != 0) return NULL;
	for (size_t i = 0; name && name->kind == JSON_STRING && i < sizeof changed / sizeof *changed; i++)
		if (!strcmp(changed[i].name, name->string)) return activation_row_named(changed[i].row);
	return NULL;
}

bool keras_read_activation(struct keras *k, struct keras_layer *layer, const struct json *value)
{
	const struct activation_kind *older = older_function(value);
	const char *function = older ? NULL : function_name(value);
	const struct json *own = own_function(value);

	if (older) {
		layer->activation = (struct activation){ .kind = older };
		return true;
	}
	if (value->kind == JSON_NULL) return true;
	if (value->kind == JSON_STRING) return by_name(k, layer, value);
	if (own) return by_name(k, layer, own);
	if (function) {
		diag_error(
		    k->diag, keras_place(k, value, layer->name),
		    "the activation is a function of one's own (%s), which is not supported; see: conv1dc activations",
		    function);
		return false;
	}
	if (value->kind != JSON_OBJECT) {
		diag_error(k->diag, keras_place(k, value, layer->name),
			   "%s is not an activation; it must be a name or a layer", json_shown(k->arena, value));
		return false;
	}
	layer->behind = keras_read_layer(k, value);
	if (!layer->behind) return false;
	if (layer->behind->kind == KERAS_LAYER && layer->behind->row->least_in <= 1) return true;
	diag_error(k->diag, keras_place(k, value, layer->name), "%s is not an activation", layer->behind->class_name);
	return false;
}
