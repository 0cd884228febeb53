/* keras_write.c: a model's config as Keras 3 itself would write it, whatever dialect it was read from.
 *
 * Fields are written by their type: a class has no code here.  What Keras 3 reads of the result is the same model; what
 * conv1dc reads of it is the same C. */
#include "load/keras_write.h"

#include <math.h>
#include <string.h>

/* Where Keras 3's configs of a class are not as those of the others. */
struct quirk {
	const char *class_name;
	const char *module; /* NULL: keras.layers */
	bool changed;       /* it means another thing before Keras 3 (node_is_old()) */
	const char *where;  /* changed only where this key is true */
	bool untrainable;   /* its constructor takes no 'trainable' */
};
static const struct quirk quirks[] = {
	{ .class_name = "ThresholdedReLU", .module = "keras._legacy.layers" },
	{ .class_name = "UnitNormalization", .changed = true },
	{ .class_name = "Dot", .changed = true, .where = "normalize" },
	{ .class_name = "SpatialDropout1D", .untrainable = true },
	{ .class_name = "SpatialDropout2D", .untrainable = true },
	{ .class_name = NULL },
};

static const struct quirk *quirk_of(const struct keras_layer *layer)
{
	const struct quirk *quirk = quirks;

	while (quirk->class_name && (!layer->row || strcmp(quirk->class_name, layer->row->name) != 0)) quirk++;
	return quirk;
}

static bool is_true(const struct keras_layer *layer, const char *key)
{
	for (const struct field *field = layer->row->fields; field->key; field++)
		if (!strcmp(field->key, key) && field->type == FIELD_BOOL)
			return *(const bool *)((const char *)layer->config + field->offset);
	return false;
}

static const char *module_of(const struct keras_writer *w, const struct keras_layer *layer)
{
	const struct quirk *quirk = quirk_of(layer);

	/* A model within TimeDistributed: Keras 2 has its weights in another order. */
	bool changed = (quirk->changed && (!quirk->where || is_true(layer, quirk->where))) || w->masks ||
		       (layer->wrapped && layer->wrapped->kind == KERAS_MODEL);

	if (changed && layer->kind == KERAS_LAYER && (layer->keras == 1 || layer->keras == 2)) return KERAS2_LAYERS;
	return quirk->module ? quirk->module : "keras.layers";
}

struct value *keras_write_null(const struct keras_writer *w)
{
	return NEW(w->arena, struct value); /* VALUE_NIL */
}

static struct value *text_or_null(const struct keras_writer *w, const char *text)
{
	return text ? value_string(w->arena, text) : keras_write_null(w);
}

struct value *keras_write_object(const struct keras_writer *w, const char *module, const char *class_name,
				 struct value *config, const char *registered)
{
	struct value *map = value_map(w->arena);

	value_set_text(w->arena, map, "module", module);
	value_set_text(w->arena, map, "class_name", class_name);
	value_set(map, "config", config);
	value_set(map, "registered_name", text_or_null(w, registered));
	return map;
}

struct value *keras_write_json(const struct keras_writer *w, const struct json *json)
{
	struct value *value;

	switch (json->kind) {
	case JSON_NULL: return keras_write_null(w);
	case JSON_FALSE:
	case JSON_TRUE: return value_bool(w->arena, json->kind == JSON_TRUE);
	case JSON_NUMBER:
		return json->is_integer ? value_int(w->arena, json->integer) : value_real(w->arena, json->number);
	case JSON_STRING: return value_string(w->arena, json->string);
	default: break;
	}
	value = json->kind == JSON_ARRAY ? value_list(w->arena) : value_map(w->arena);
	for (const struct json *member = json->first; member; member = member->next) {
		struct value *item = keras_write_json(w, member);

		if (json->kind == JSON_ARRAY)
			value_push(value, item);
		else if (strcmp(member->key, "shared_object_id") != 0) /* an address of Python's */
			value_set(value, member->key, item);
	}
	return value;
}

/* ---- dtype ------------------------------------------------------------------------------------------------------ */

/* What Keras 3 knows; others are names of float32. */
static const char *const policies[] = { "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16", NULL };

static const char *policy_name(const struct json *config)
{
	const struct json *dtype = config ? json_get(config, "dtype") : NULL, *inner;

	inner = dtype ? json_get(dtype, "config") : NULL;
	if (dtype && dtype->kind == JSON_OBJECT) dtype = json_get(inner ? inner : dtype, "name");
	for (int i = 0; dtype && dtype->kind == JSON_STRING && policies[i]; i++)
		if (!strcmp(policies[i], dtype->string)) return policies[i];
	return "float32";
}

static struct value *write_policy(const struct keras_writer *w, const struct json *config)
{
	struct value *name = value_map(w->arena);

	value_set_text(w->arena, name, "name", policy_name(config));
	return keras_write_object(w, "keras", "DTypePolicy", name, NULL);
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

/* One field of a layer's config; at: where its value lies.  NULL: the key is left out. */
typedef struct value *write_function(const struct keras_writer *w, const struct keras_layer *layer,
				     const struct field *field, const void *at);

static bool is_null_by_default(const struct field *field)
{
	return field->otherwise && !strcmp(field->otherwise, "null");
}

static struct value *write_int(const struct keras_writer *w, const struct keras_layer *layer, const struct field *field,
			       const void *at)
{
	int64_t integer = *(const int64_t *)at;

	(void)layer;
	return !integer && is_null_by_default(field) ? keras_write_null(w) : value_int(w->arena, integer);
}

static struct value *write_int1(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	struct value *integer = write_int(w, layer, field, at), *list;

	if (integer->kind != VALUE_INT) return integer;
	list = value_list(w->arena);
	value_push(list, integer);
	return list;
}

static struct value *write_axis(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	(void)layer, (void)field;
	return value_int(w->arena, *(const int64_t *)at);
}

static struct value *write_bool(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	(void)layer, (void)field;
	return value_bool(w->arena, *(const bool *)at);
}

static struct value *write_real(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	(void)layer, (void)field;
	return value_real(w->arena, *(const double *)at);
}

static struct value *write_optional_real(const struct keras_writer *w, const struct keras_layer *layer,
					 const struct field *field, const void *at)
{
	return isnan(*(const double *)at) ? keras_write_null(w) : write_real(w, layer, field, at);
}

static struct value *write_choice(const struct keras_writer *w, const struct keras_layer *layer,
				  const struct field *field, const void *at)
{
	(void)layer;
	return value_string(w->arena, field->choices[*(const int *)at]);
}

static struct value *integers(const struct keras_writer *w, const int64_t *at, int n)
{
	struct value *list = value_list(w->arena);

	for (int i = 0; i < n; i++) value_push(list, value_int(w->arena, at[i]));
	return list;
}

static struct value *write_shape(const struct keras_writer *w, const struct keras_layer *layer,
				 const struct field *field, const void *at)
{
	const struct shape *shape = at;

	(void)layer;
	if (!shape->rank && is_null_by_default(field)) return keras_write_null(w);
	return integers(w, shape->at, shape->rank);
}

static struct value *write_axes(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	const struct axes *axes = at;

	(void)layer, (void)field;
	if (!axes->n) return keras_write_null(w);
	return axes->n == 1 ? value_int(w->arena, axes->at[0]) : integers(w, axes->at, axes->n);
}

static struct value *write_pair(const struct keras_writer *w, const struct keras_layer *layer,
				const struct field *field, const void *at)
{
	const struct pair *pair = at;

	(void)layer;
	return !pair->at[0] && is_null_by_default(field) ? keras_write_null(w) : integers(w, pair->at, 2);
}

static struct value *write_edges(const struct keras_writer *w, const struct keras_layer *layer,
				 const struct field *field, const void *at)
{
	const struct edges *edges = at;
	struct value *list = value_list(w->arena);

	(void)layer, (void)field;
	for (int i = 0; i < 2; i++) value_push(list, integers(w, edges->at[i], 2));
	return list;
}

static struct value *write_object(const struct keras_writer *w, const struct keras_layer *layer,
				  const struct field *field, const void *at)
{
	const struct training_object *object = layer->training ? training_object(layer->training, field) : NULL;

	(void)at;
	if (field->weight && !*field->weight) return NULL; /* the layer has no such weight */
	return object ? object_config(w->arena, object) : keras_write_null(w);
}

/* ActivityRegularization's l1 or l2: of the regularizer that it makes of them. */
static struct value *write_penalty(const struct keras_writer *w, const struct keras_layer *layer,
				   const struct field *field, const void *at)
{
	const struct training_object *object = layer->training ? layer->training->activity : NULL;

	(void)at;
	return value_real(w->arena, object ? object_parameter(object, field->key)->real : 0);
}

static struct value *write_reals(const struct keras_writer *w, const struct keras_layer *layer,
				 const struct field *field, const void *at)
{
	const struct reals *reals = at;
	struct value *list = value_list(w->arena);

	(void)layer, (void)field;
	if (!reals->n) return keras_write_null(w);
	if (reals->n == 1) return value_real(w->arena, reals->at[0]);
	for (int64_t i = 0; i < reals->n; i++) value_push(list, value_real(w->arena, reals->at[i]));
	return list;
}

static struct value *write_ignored(const struct keras_writer *w, const struct keras_layer *layer,
				   const struct field *field, const void *at)
{
	const struct json *said = layer->config_json ? json_get(layer->config_json, field->key) : NULL;

	(void)at;
	return said ? keras_write_json(w, said) : NULL;
}

/* ---- activations ------------------------------------------------------------------------------------------------ */

static struct value *layer_object(const struct keras_writer *w, const struct keras_layer *layer);

/* "softmax": the string behind which a layer of this class stands. */
static const char *rowwise_name(const struct layer *row)
{
	const struct activation_kind *kind;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++)
		if (kind->rowwise && layer_find(kind->layer) == row) return kind->name;
	die("no activation is called by the class %s", row->name);
}

/* A function whose name means another in Keras 3: Keras 3 asks for it by custom_objects, and never takes its own. */
static struct value *write_older_function(const struct keras_writer *w, const char *name)
{
	return keras_write_object(w, KERAS2_FUNCTIONS, "function", value_string(w->arena, name), name);
}

static struct value *write_activation(const struct keras_writer *w, const struct keras_layer *layer,
				      const struct field *field, const void *at)
{
	const struct activation_kind *kind = layer->activation.kind;
	const char *older = kind ? keras_older_name(kind) : NULL;

	(void)field, (void)at;
	if (layer->behind && layer->behind->at) return layer_object(w, layer->behind);
	if (layer->behind) return value_string(w->arena, rowwise_name(layer->behind->row));
	if (older) return write_older_function(w, older);
	return value_string(w->arena, kind ? kind->name : "linear");
}

static struct value *write_layer(const struct keras_writer *w, const struct keras_layer *layer,
				 const struct field *field, const void *at)
{
	(void)field, (void)at;
	return layer_object(w, layer->wrapped);
}

static write_function *const writers[] = {
#define TYPE(id, name, text) [FIELD_##id] = write_##name,
	FIELD_TYPES(TYPE)
#undef TYPE
};

/* ---- layers ----------------------------------------------------------------------------------------------------- */

static struct value *layer_config(const struct keras_writer *w, const struct keras_layer *layer)
{
	const struct training_object *activity = layer->training ? layer->training->activity : NULL;
	struct value *map = value_map(w->arena);
	bool weights = false, penalties = false; /* Keras gives layers with weights the key, in any case */

	CHECK(layer->row);
	value_set_text(w->arena, map, "name", layer->name);
	if (!quirk_of(layer)->untrainable) value_set_bool(w->arena, map, "trainable", layer->trainable);
	value_set(map, "dtype", write_policy(w, layer->config_json));
	for (const struct field *field = layer->row->fields; field->key; field++) {
		const void *at = (const char *)layer->config + field->offset;
		bool silent = field->unwritten && (field->type != FIELD_BOOL || !*(const bool *)at);
		struct value *value = silent ? NULL : writers[field->type](w, layer, field, at);

		if (value) value_set(map, field->key, value);
		weights |= field->type == FIELD_OBJECT;
		penalties |= field->type == FIELD_PENALTY;
	}
	if (penalties || (!activity && !weights)) return map;
	value_set(map, "activity_regularizer", activity ? object_config(w->arena, activity) : keras_write_null(w));
	return map;
}

struct value *keras_write_fields(const struct layer *row, const void *config, struct arena *arena)
{
	const struct keras_layer layer = { .row = row };
	const struct keras_writer w = { .arena = arena };
	struct value *map = value_map(arena);

	for (const struct field *field = row->fields; field->key; field++) {
		if (!keras_field_is_bare(field) || field->unwritten) continue;
		value_set(map, field->key,
			  writers[field->type](&w, &layer, field, (const char *)config + field->offset));
	}
	return map;
}

/* The fixed batch size that the config says, or UNKNOWN_SIZE: of no effect here. */
static int64_t batch_of(const struct json *config)
{
	static const char *const keys[] = { "batch_shape", "batch_input_shape", NULL };

	for (int i = 0; config && keys[i]; i++) {
		const struct json *shape = json_get(config, keys[i]);
		if (shape && shape->kind == JSON_ARRAY && shape->n && shape->first->is_integer)
			return shape->first->integer;
	}
	return UNKNOWN_SIZE;
}

static struct value *input_config(const struct keras_writer *w, const struct keras_layer *layer)
{
	static const char *const without_effect[] = { "sparse", "ragged" };
	struct shape shape = keras_shape_of_input(w, layer);
	struct value *map = value_map(w->arena);

	value_set(map, "batch_shape", keras_write_shape(w, batch_of(layer->config_json), &shape));
	value_set_text(w->arena, map, "dtype", policy_name(layer->config_json));
	for (int i = 0; i < 2; i++) value_set_bool(w->arena, map, without_effect[i], false);
	value_set_text(w->arena, map, "name", layer->name);
	value_set_bool(w->arena, map, "optional", false);
	return map;
}

static struct value *model_object(const struct keras_writer *w, const struct keras_model *model);

static struct value *layer_object(const struct keras_writer *w, const struct keras_layer *layer)
{
	if (layer->kind == KERAS_MODEL) return model_object(w, layer->model);
	if (layer->operation) return keras_write_operation(w, layer);
	return keras_write_object(w, module_of(w, layer), layer->row ? layer->row->name : "InputLayer",
				  layer->kind == KERAS_INPUT ? input_config(w, layer) : layer_config(w, layer), NULL);
}

/* ---- models ----------------------------------------------------------------------------------------------------- */

/* Every layer is called once, with what the one before gives. */
static bool is_chain(const struct keras_model *model)
{
	if (model->inputs.n != 1 || model->outputs.n != 1 || model->layers.at[0]->kind != KERAS_INPUT) return false;
	for (int i = 1; i < model->layers.n; i++) {
		const struct keras_layer *layer = model->layers.at[i];
		if (layer->calls.n != 1 || layer->calls.at[0].in.n != 1 ||
		    strcmp(layer->calls.at[0].in.at[0].layer, model->layers.at[i - 1]->name) != 0)
			return false;
	}
	return !strcmp(model->outputs.at[0].layer, model->layers.at[model->layers.n - 1]->name);
}

static struct value *sequential_config(const struct keras_writer *w, struct value *map)
{
	const struct keras_model *model = w->model;
	struct shape shape = keras_shape_of_input(w, model->layers.at[0]);
	struct value *layers = value_list(w->arena);

	for (int i = shape.rank > 0 ? 0 : 1; i < model->layers.n; i++)
		value_push(layers, layer_object(w, model->layers.at[i]));
	value_set(map, "layers", layers);
	if (shape.rank > 0)
		value_set(map, "build_input_shape",
			  keras_write_shape(w, batch_of(model->layers.at[0]->config_json), &shape));
	return map;
}

static struct value *functional_config(const struct keras_writer *w, struct value *map)
{
	const struct keras_model *model = w->model;
	struct value *layers = value_list(w->arena);

	for (int i = 0; i < model->layers.n; i++) {
		const struct keras_layer *layer = model->layers.at[i];
		struct value *object = layer_object(w, layer);

		value_set_text(w->arena, object, "name", layer->name);
		value_set(object, "inbound_nodes", keras_write_calls(w, layer));
		value_push(layers, object);
	}
	value_set(map, "layers", layers);
	value_set(map, "input_layers", keras_write_ends(w, false));
	value_set(map, "output_layers", keras_write_ends(w, true));
	return map;
}

static struct value *model_object(const struct keras_writer *outer, const struct keras_model *model)
{
	const struct keras_writer w = { outer->arena, outer->loaded, model, outer->masks };
	const struct json *config = json_get(model->at, "config"),
			  *trainable = json_get(config ? config : model->at, "trainable");
	struct value *map = value_map(w.arena);

	value_set_text(w.arena, map, "name", model->name);
	value_set_bool(w.arena, map, "trainable", !trainable || trainable->kind != JSON_FALSE);
	if (model->functional || !is_chain(model))
		return keras_write_object(&w, "keras.src.models.functional", "Functional", functional_config(&w, map),
					  "Functional");
	value_set(map, "dtype", write_policy(&w, config ? config : model->at));
	return keras_write_object(&w, "keras", "Sequential", sequential_config(&w, map), NULL);
}

/* The layer alone, with the shape that it is built for. */
static struct value *single_object(const struct keras_writer *w)
{
	struct shape shape = keras_shape_of_input(w, w->model->layers.at[0]);
	struct value *object = layer_object(w, w->model->layers.at[1]), *build = value_map(w->arena);

	if (shape.rank <= 0) return object;
	value_set(build, "input_shape", keras_write_shape(w, UNKNOWN_SIZE, &shape));
	value_set(object, "build_config", build);
	return object;
}

static bool has_masks(const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++)
		if (graph->nodes.at[i]->layer->mask == MASK_MAKES || graph->nodes.at[i]->mask_given) return true;
	return false;
}

struct value *keras_write_config(const struct loaded *loaded, struct arena *arena)
{
	const struct keras_writer w = { arena, loaded, loaded->config, has_masks(loaded->graph) };

	return loaded->config->single ? single_object(&w) : model_object(&w, loaded->config);
}
