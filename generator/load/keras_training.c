/* keras_training.c: initializers, regularizers and constraints of a layer's config.
 *
 * They do not matter at inference: one that is not known is a warning by name; one that is malformed is an error. */
#include "load/keras.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* One object that is being read. */
struct reading {
	struct keras *k;
	const char *layer;
	enum object_role role;
	const char *class_name;
};

static bool wrong(const struct reading *r, const struct json *at, const char *format, ...) PRINTF_LIKE(3, 4);
static bool wrong(const struct reading *r, const struct json *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	diag_error(r->k->diag, keras_place(r->k, at, r->layer), "%s", arena_vprintf(r->k->arena, format, arguments));
	va_end(arguments);
	return false;
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

typedef bool read_function(const struct reading *r, const struct object_parameter *row, const struct json *at,
			   struct parameter *out);

static bool read_real(const struct reading *r, const struct object_parameter *row, const struct json *at,
		      struct parameter *out)
{
	bool checked = !row->late || !r->k->version || r->k->version >= 3;

	if (at->kind == JSON_NULL && row->optional) {
		out->real = row->null;
		return true;
	}
	if (at->kind != JSON_NUMBER)
		return wrong(r, at, "%s is not a value of '%s'; it must be a number", json_shown(r->k->arena, at),
			     row->key);
	if (checked && (at->number < row->least || (row->above && !(at->number > row->least))))
		return wrong(r, at, "%s is not a value of '%s'; it must be %s%g%s", json_shown(r->k->arena, at),
			     row->key, row->above ? "more than " : "", row->least, row->above ? "" : " or more");
	out->real = at->number;
	return true;
}

static bool read_choice(const struct reading *r, const struct object_parameter *row, const struct json *at,
			struct parameter *out)
{
	const char *list = "";

	for (int i = 0; row->choices[i]; i++) {
		list = arena_printf(r->k->arena, "%s%s '%s'", list, i ? "," : "", row->choices[i]);
		if (at->kind != JSON_STRING || (row->any_case ? strcasecmp : strcmp)(row->choices[i], at->string) != 0)
			continue;
		out->choice = i;
		return true;
	}
	return wrong(r, at, "%s is not a value of '%s'; it must be one of%s", json_shown(r->k->arena, at), row->key,
		     list);
}

/* Keras 3's SeedGenerator holds the number in its config. */
static bool read_seed(const struct reading *r, const struct object_parameter *row, const struct json *at,
		      struct parameter *out)
{
	const struct json *config = json_get(at, "config"), *number = config ? json_get(config, "seed") : at;

	if (at->kind == JSON_NULL || (number && number->kind == JSON_NULL)) return true;
	if (!number || !number->is_integer)
		return wrong(r, at, "%s is not a value of '%s'; it must be an integer, null or a SeedGenerator",
			     json_shown(r->k->arena, at), row->key);
	out->given = true;
	out->seed = number->integer;
	return true;
}

static bool read_axes(const struct reading *r, const struct object_parameter *row, const struct json *at,
		      struct parameter *out)
{
	bool list = at->kind == JSON_ARRAY;

	out->given = at->kind != JSON_NULL;
	out->axes = 0;
	for (const struct json *one = list ? at->first : at; out->given && one; one = list ? one->next : NULL) {
		if (!one->is_integer || out->axes == MAX_RANK)
			return wrong(r, at, "%s is not a value of '%s'; it must be an axis, a list of axes or null",
				     json_shown(r->k->arena, at), row->key);
		out->axis[out->axes++] = one->integer;
	}
	return true;
}

/* ---- arrays: 0.5, [[1, 2], [3, 4]], NumPy's {"class_name": "__numpy__", "config": {"value": ...}} ------------------- */

static const struct json *array_inside(const struct json *at)
{
	const struct json *config = json_get(at, "config"), *value = json_get(config ? config : at, "value");

	return at->kind == JSON_OBJECT && value ? value : at;
}

static int64_t leaves_of(const struct json *at)
{
	int64_t n = 0;

	if (at->kind != JSON_ARRAY) return 1;
	for (const struct json *one = at->first; one; one = one->next) n += leaves_of(one);
	return n;
}

static bool take_values(const struct json *at, const struct shape *shape, int axis, double **out)
{
	bool right = true;

	if (axis == shape->rank) {
		bool number = at->kind == JSON_NUMBER;

		*(*out)++ = number ? at->number : at->kind == JSON_TRUE;
		return number || at->kind == JSON_TRUE || at->kind == JSON_FALSE;
	}
	if (at->kind != JSON_ARRAY || at->n != shape->at[axis]) return false;
	for (const struct json *one = at->first; one && right; one = one->next)
		right = take_values(one, shape, axis + 1, out);
	return right;
}

static bool read_array(const struct reading *r, const struct object_parameter *row, const struct json *at,
		       struct parameter *out)
{
	const struct json *value = array_inside(at);
	double *values;
	bool right = true;

	out->shape = (struct shape){ 0 };
	for (const struct json *one = value; right && one && one->kind == JSON_ARRAY; one = one->first) {
		right = out->shape.rank < MAX_RANK && one->n > 0;
		if (right) out->shape.at[out->shape.rank++] = one->n;
	}
	right = right && shape_elements(&out->shape) == leaves_of(value); /* before memory is taken */
	out->array = values = NEW_ARRAY(r->k->arena, right ? shape_elements(&out->shape) : 1, double);
	if (right && take_values(value, &out->shape, 0, &values)) return true;
	return wrong(r, at, "%s is not a value of '%s'; it must be a number or an array of numbers",
		     json_shown(r->k->arena, at), row->key);
}

static bool read_kept(const struct reading *r, const struct object_parameter *row, const struct json *at,
		      struct parameter *out)
{
	(void)r;
	(void)row;
	(void)at;
	(void)out;
	return true;
}

static read_function *const readers[] = {
	[PARAMETER_REAL] = read_real, [PARAMETER_CHOICE] = read_choice, [PARAMETER_SEED] = read_seed,
	[PARAMETER_AXES] = read_axes, [PARAMETER_ARRAY] = read_array,   [PARAMETER_KEPT] = read_kept,
};

/* ---- objects -------------------------------------------------------------------------------------------------------- */

/* Keys of a config that say nothing: TensorFlow 1's, and the name that Keras 1 writes among the parameters. */
static const char *const silent_keys[] = { "dtype", "verify_shape", "name", "class_name" };

static const struct object_parameter *parameter_row(const struct object_kind *kind, const char *key, int *index)
{
	const struct object_parameter *row = kind->parameters;

	for (*index = 0; row && row[*index].key; ++*index)
		if (!strcmp(row[*index].key, key) || (row[*index].old_key && !strcmp(row[*index].old_key, key)))
			return &row[*index];
	return NULL;
}

static bool is_silent(const char *key)
{
	for (size_t i = 0; i < sizeof silent_keys / sizeof *silent_keys; i++)
		if (!strcmp(silent_keys[i], key)) return true;
	return false;
}

/* The object's values; those that are not said stay as they are. */
static bool read_config(const struct reading *r, struct training_object *object, const struct json *config)
{
	struct parameter *parameters = NEW_ARRAY(r->k->arena, object_parameters(object->kind) + 1, struct parameter);
	bool right = true;

	memcpy(parameters, object->parameter, sizeof *parameters * (size_t)object_parameters(object->kind));
	for (const struct json *member = config->first; member; member = member->next) {
		int i;
		const struct object_parameter *row = parameter_row(object->kind, member->key, &i);

		if (row) {
			right &= readers[row->type](r, row, member, &parameters[i]);
			parameters[i].json = member;
		} else if (!is_silent(member->key)) {
			diag_warn(r->k->diag, WARN_UNUSED_KEY, keras_place(r->k, member, r->layer),
				  "'%s' is no key of %s; it is not used", member->key, object->kind->name);
		}
	}
	object->parameter = parameters;
	return right;
}

/* A name that meant or means something else than the class with its defaults: in these versions, of Keras, the class with
 * this config. */
static const struct {
	enum object_role role;
	int first, last;
	const char *name, *class_name, *config;
} meanings[] = {
	{ ROLE_INITIALIZER, 1, 1, "glorot_normal", "VarianceScaling",
	  "{\"mode\": \"fan_avg\", \"distribution\": \"untruncated_normal\"}" },
	{ ROLE_INITIALIZER, 1, 1, "he_normal", "VarianceScaling",
	  "{\"scale\": 2.0, \"distribution\": \"untruncated_normal\"}" },
	{ ROLE_INITIALIZER, 1, 1, "orthogonal", "Orthogonal", "{\"gain\": 1.1}" },
	{ ROLE_REGULARIZER, 1, 2, "l1l2", "L1L2", "{\"l1\": 0.01, \"l2\": 0.01}" },
	{ ROLE_REGULARIZER, 0, 3, "l1_l2", "L1L2", "{\"l1\": 0.01, \"l2\": 0.01}" },
	{ ROLE_REGULARIZER, 0, 3, "activity_l1l2", "L1L2", "{\"l1\": 0.01, \"l2\": 0.01}" },
	{ ROLE_REGULARIZER, 0, 3, "activity_l1", "L1", "{}" },
	{ ROLE_REGULARIZER, 0, 3, "activity_l2", "L2", "{}" },
};

static struct training_object *by_name(const struct reading *r, const struct json *at)
{
	const char *name = at->string, *config = NULL;
	const struct object_kind *kind;
	struct training_object *object;
	struct source *source;

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings && !config; i++) {
		if (meanings[i].role != r->role || strcmp(meanings[i].name, name) != 0) continue;
		if (r->k->version < meanings[i].first || r->k->version > meanings[i].last) continue;
		name = meanings[i].class_name;
		config = meanings[i].config;
	}
	kind = object_find(r->role, name);
	if (!kind) return NULL;
	object = object_new(r->k->arena, kind);
	if (!config) return object;
	source = NEW(r->k->arena, struct source);
	*source = (struct source){ at->string, config, strlen(config) };
	CHECK(read_config(r, object, json_parse(r->k->arena, r->k->diag, source)));
	return object;
}

static struct training_object *unknown(const struct reading *r, const struct json *at, const char *name)
{
	const char *near = object_nearest(r->role, name, r->k->arena), *role = object_role_name(r->role);
	struct training_object *object = NEW(r->k->arena, struct training_object);

	diag_warn(r->k->diag, WARN_UNKNOWN_OBJECT, keras_place(r->k, at, r->layer),
		  "the %s '%s' is not known here;%s it has no effect at inference", role, name,
		  near ? arena_printf(r->k->arena, " did you mean '%s'?", near) : "");
	object->name = name;
	return object;
}

/* Keras 1 writes {"name": "WeightRegularizer", "l1": ...}. */
static const struct json *class_of(const struct json *at)
{
	const struct json *class_name = json_get(at, "class_name");

	if (!class_name) class_name = json_get(at, "name");
	return class_name && class_name->kind == JSON_STRING ? class_name : NULL;
}

/* A function of a program of somebody's own: its name stands in the place of the config. */
static bool is_function(const struct json *class_name, const struct json *config)
{
	return !strcmp(class_name->string, "__lambda__") || !strcmp(class_name->string, "function") ||
	       (config && config->kind == JSON_STRING);
}

static struct training_object *by_object(const struct reading *r, const struct json *at)
{
	static const char *const keys[] = { "module",       "class_name",       "config", "registered_name",
					    "build_config", "shared_object_id", NULL };
	const struct json *class_name = class_of(at), *config = json_get(at, "config");
	const struct object_kind *kind = object_find(r->role, class_name->string);
	const char *custom = keras_custom_class(at);
	struct training_object *object;

	if (is_function(class_name, config)) {
		bool named = config && config->kind == JSON_STRING;

		return unknown(r, at, named ? config->string : class_name->string);
	}
	if (custom || !kind) return unknown(r, at, custom ? custom : class_name->string);
	object = object_new(r->k->arena, kind);
	if (config) keras_unknown_keys(r->k, at, keys, "such an object");
	if (!config) config = at;
	if (config->kind != JSON_OBJECT && config->kind != JSON_NULL) {
		wrong(r, config, "%s is not the config of %s; it must be an object", json_shown(r->k->arena, config),
		      kind->name);
		return NULL;
	}
	return read_config(r, object, config) ? object : NULL;
}

/* false after an error; *out NULL: null. */
static bool read_object(struct keras *k, const struct keras_layer *layer, enum object_role role, const struct json *at,
			const struct training_object **out)
{
	struct reading r = { k, layer->name, role, NULL };
	struct training_object *object;

	*out = NULL;
	if (at->kind == JSON_NULL) return true;
	if (at->kind != JSON_STRING && (at->kind != JSON_OBJECT || !class_of(at)))
		return wrong(&r, at, "%s is not %s %s; it must be a name or {\"class_name\", \"config\"}",
			     json_shown(k->arena, at), role == ROLE_INITIALIZER ? "an" : "a", object_role_name(role));
	if (at->kind == JSON_STRING) {
		object = by_name(&r, at);
		if (!object) object = unknown(&r, at, at->string);
	} else {
		object = by_object(&r, at);
	}
	if (!object) return false;
	if (at->key) { /* of the config, not a default */
		object->json = at;
		object->place = keras_place(k, at, layer->name);
	}
	*out = object;
	return true;
}

/* ---- fields ----------------------------------------------------------------------------------------------------------- */

static struct weight_training *weight_of(struct training *training, const char *weight)
{
	struct weight_training *found;

	for (int i = 0; i < training->n; i++)
		if (!strcmp(training->weight[i].weight, weight)) return &training->weight[i];
	CHECK(training->n < MAX_TRAINED_WEIGHTS);
	found = &training->weight[training->n++];
	found->weight = found->label = weight;
	return found;
}

struct training *keras_new_training(struct keras *k)
{
	struct training *training = NEW(k->arena, struct training);

	training->layer = training;
	training->summed = k->sums_activity;
	return training;
}

/* l1 and l2 of the layer ActivityRegularization. */
bool keras_read_penalty(struct keras *k, struct keras_layer *layer, const struct field *field, const struct json *at)
{
	struct reading r = { k, layer->name, ROLE_REGULARIZER, NULL };
	const struct training_object *so_far = layer->training->activity;
	struct training_object *object = object_new(k->arena, object_find(ROLE_REGULARIZER, "L1L2"));
	struct parameter *parameters;
	int i;
	const struct object_parameter *row = parameter_row(object->kind, field->key, &i);

	CHECK(row != NULL);
	parameters = arena_copy(k->arena, so_far ? so_far->parameter : object->parameter,
				sizeof *parameters * (size_t)object_parameters(object->kind));
	object->parameter = parameters;
	object->json = at->parent;
	object->place = keras_place(k, layer->at ? layer->at : at, layer->name);
	layer->training->activity = object;
	parameters[i].json = at;
	return read_real(&r, row, at, &parameters[i]);
}

bool keras_read_object(struct keras *k, struct keras_layer *layer, const struct field *field, const struct json *at)
{
	struct training *training = layer->training;

	return read_object(k, layer, field->role, at,
			   field->weight ? &weight_of(training, field->weight)->object[field->role]
					 : &training->activity);
}
