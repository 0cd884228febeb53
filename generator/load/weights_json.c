/* weights_json.c: weights as JSON: numbers in lists in lists.
 *
 * A list of arrays is in get_weights() order.  An object names them: {"conv1d/kernel": ..., "conv1d/bias": ...} (with or
 * without TensorFlow's ":0"), {"conv1d": {"kernel": ..., "bias": ...}}, or {"conv1d": [kernel, bias]} in the layer's
 * get_weights() order. */
#include "load/keras.h"

#include <string.h>

/* ---- one array ------------------------------------------------------------------------------------------------------ */

static bool complain(struct keras *k, const struct json *at, const char *what)
{
	diag_error(k->diag, json_place(k->arena, at), "%s", what);
	return false;
}

/* As the first element of every list says; false after an error. */
static bool shape_of_lists(struct keras *k, const struct json *json, struct shape *shape)
{
	*shape = (struct shape){ 0 };
	for (; json && json->kind == JSON_ARRAY; json = json->first) {
		if (shape->rank == MAX_RANK)
			return complain(k, json, arena_printf(k->arena, "an array has %d axes at most", MAX_RANK));
		shape->at[shape->rank++] = json->n;
	}
	if (shape_elements(shape) <= MAX_ELEMENTS) return true;
	return complain(k, json, "an array of more elements than conv1dc can index");
}

static bool fill(struct keras *k, const struct json *json, const struct shape *shape, int axis, float **to)
{
	if (axis == shape->rank) {
		if (json->kind != JSON_NUMBER)
			return complain(k, json,
					arena_printf(k->arena, "%s is not a number; weights are numbers in lists",
						     json_shown(k->arena, json)));
		*(*to)++ = (float)json->number;
		return true;
	}
	if (json->kind != JSON_ARRAY || json->n != shape->at[axis]) {
		const char *size = json->kind == JSON_ARRAY ? arena_printf(k->arena, " of %d", json->n) : "";
		return complain(k, json,
				arena_printf(k->arena, "this must be a list of %lld, as those before it, not %s%s",
					     (long long)shape->at[axis], json_kind_name(json), size));
	}
	for (const struct json *at = json->first; at; at = at->next)
		if (!fill(k, at, shape, axis + 1, to)) return false;
	return true;
}

/* Decimal text is what it is: that it has no float of its own is no loss worth a warning. */
static bool read_array(struct keras *k, const struct json *json, const char *name, struct array *array)
{
	float *to;

	*array = (struct array){ .name = name, .place = json_place(k->arena, json) };
	if (!shape_of_lists(k, json, &array->shape)) return false;
	to = array->f32 = NEW_ARRAY(k->arena, shape_elements(&array->shape) + 1, float);
	array->integral = json->kind == JSON_NUMBER && json->is_integer;
	array->integer = array->integral ? json->integer : 0;
	return fill(k, json, &array->shape, 0, &to);
}

/* The members of a list. */
static bool read_list(struct keras *k, const struct json *list, struct arrays *arrays)
{
	bool right = true;

	for (const struct json *at = list->first; at; at = at->next) {
		struct array array;

		right &= read_array(k, at, arena_printf(k->arena, "%d", at->index), &array);
		list_push(k->arena, &arrays->list, array);
	}
	return right;
}

/* ---- by name -------------------------------------------------------------------------------------------------------- */

struct named {
	struct source *source;
	struct arrays arrays;     /* called layer/weight */
	struct keras_slots slots; /* of the layers that have no list of their own */
};

static bool give_list(struct keras *k, struct keras_layer *layer, const struct json *list)
{
	struct keras_slots slots = keras_layer_slots(k, layer);
	struct arrays arrays = { 0 };

	if (!read_list(k, list, &arrays)) return false;
	if (arrays.list.n == slots.n) return keras_give(k, &slots, arrays.list.at);
	return complain(k, list,
			arena_printf(k->arena, "layer '%s' has %d weight%s; this is a list of %d", layer->name, slots.n,
				     slots.n == 1 ? "" : "s", arrays.list.n));
}

/* Objects in objects are scopes. */
static bool collect(struct keras *k, const struct json *at, const char *name, struct named *named)
{
	struct array array;
	bool right = true;

	if (at->kind == JSON_OBJECT) {
		for (const struct json *member = at->first; member; member = member->next)
			right &= collect(k, member, arena_printf(k->arena, "%s/%s", name, member->key), named);
		return right;
	}
	if (!read_array(k, at, name, &array)) return false;
	list_push(k->arena, &named->arrays.list, array);
	return true;
}

static void report_name(struct keras *k, struct keras_model *model, const struct array *array)
{
	struct keras_slots all = keras_model_slots(k, model);
	const bool *none = NEW_ARRAY(k->arena, all.n + 1, bool);

	if (keras_best_slot(&all, NULL, none, array->name) >= 0)
		diag_error(k->diag, array->place, "the weight '%s' stands in the file twice", array->name);
	else
		diag_error(k->diag, array->place,
			   "no weight of the model is called '%s'; names are like 'conv1d/kernel'", array->name);
}

static bool give_named(struct keras *k, struct keras_model *model, const struct named *named)
{
	const struct keras_slots *slots = &named->slots;
	struct array *sorted = NEW_ARRAY(k->arena, slots->n + 1, struct array);
	bool *taken = NEW_ARRAY(k->arena, slots->n + 1, bool), right = true;

	for (int i = 0; i < named->arrays.list.n; i++) {
		const struct array *array = &named->arrays.list.at[i];
		int slot = keras_best_slot(slots, NULL, taken, array->name);

		if (slot < 0) {
			report_name(k, model, array);
			right = false;
			continue;
		}
		taken[slot] = true;
		sorted[slot] = *array;
	}
	for (int i = 0; i < slots->n; i++) {
		const struct keras_slot *slot = &slots->at[i];

		if (taken[i]) continue;
		diag_error(k->diag, (struct place){ .source = named->source, .layer = slot->layer->name },
			   "layer '%s': its %s of the shape %s is missing", slot->layer->name, slot->spec.name,
			   shape_text(k->arena, &slot->spec.shape));
		right = false;
	}
	return right && keras_give(k, slots, sorted);
}

/* A list under the name of a layer is that layer's. */
static struct keras_layer *listed_layer(const struct keras_model *model, const struct json *at)
{
	return at->kind == JSON_ARRAY ? keras_find_layer(model, at->key) : NULL;
}

static bool read_object(struct keras *k, struct keras_model *model, const struct json *root, struct source *source)
{
	struct named named = { .source = source };
	bool *listed = NEW_ARRAY(k->arena, model->layers.n + 1, bool), right = true;

	for (const struct json *at = root->first; at; at = at->next) {
		struct keras_layer *layer = listed_layer(model, at);

		if (layer) listed[layer->index] = true;
		right &= layer ? give_list(k, layer, at) : collect(k, at, at->key, &named);
	}
	for (int i = 0; i < model->layers.n; i++) {
		struct keras_slots slots = { 0 };

		if (!listed[i]) slots = keras_layer_slots(k, model->layers.at[i]);
		for (int j = 0; j < slots.n; j++) list_push(k->arena, &named.slots, slots.at[j]);
	}
	return right && give_named(k, model, &named);
}

bool keras_weights_by_json(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name)
{
	struct source *source = NEW(k->arena, struct source);
	struct arrays arrays = { 0 };
	const struct json *root;

	*source = (struct source){ name, (const char *)bytes.at, bytes.n };
	root = json_parse(k->arena, k->diag, source);
	if (!root) return false;
	if (root->kind == JSON_OBJECT) return read_object(k, model, root, source);
	return read_list(k, root, &arrays) && keras_weights_by_order(k, model, &arrays, name);
}
