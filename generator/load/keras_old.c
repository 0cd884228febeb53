/* keras_old.c: what classes, keys and values were called before: configs of Keras 1, and of 2 where it still read them,
 * are rewritten into today's words before their fields are read; their places in the file stay. */
#include "load/keras.h"

#include <string.h>

/* Sources: keras/legacy/interfaces.py of Keras 2.0 (which old keys Keras 2 reads), the get_config() of Keras 1.2. */

/* A value in today's form; itself where it is in it; NULL after an error. */
typedef const struct json *convert_function(struct keras *k, const struct json *value, const char *layer);

static convert_function ordering_now, pads_now, object_now, mode_now;

/* KEY(class now, or NULL: any that has the key of today; the old key; the key now, NULL: it is dropped; last version of
 * Keras that reads it; the value's conversion or NULL) */
static const struct old_key {
	const char *class_name, *old, *now;
	int until;
	convert_function *convert;
} keys[] = {
	{ NULL, "nb_filter", "filters", 2, NULL },
	{ NULL, "filter_length", "kernel_size", 2, NULL },
	{ NULL, "subsample_length", "strides", 2, NULL },
	{ NULL, "subsample", "strides", 2, NULL },
	{ NULL, "atrous_rate", "dilation_rate", 2, NULL },
	{ NULL, "border_mode", "padding", 2, NULL },
	{ NULL, "dim_ordering", "data_format", 2, ordering_now },
	{ NULL, "bias", "use_bias", 2, NULL },
	{ NULL, "output_dim", "units", 2, NULL },
	{ NULL, "pool_length", "pool_size", 2, NULL },
	{ NULL, "stride", "strides", 2, NULL },
	{ NULL, "length", "size", 2, NULL },
	{ NULL, "p", "rate", 2, NULL },
	{ NULL, "sigma", "stddev", 2, NULL },
	{ NULL, "init", "kernel_initializer", 2, NULL },
	{ NULL, "init", "alpha_initializer", 2, NULL },
	{ NULL, "W_regularizer", "kernel_regularizer", 2, object_now },
	{ NULL, "b_regularizer", "bias_regularizer", 2, object_now },
	{ NULL, "W_constraint", "kernel_constraint", 2, object_now },
	{ NULL, "b_constraint", "bias_constraint", 2, object_now },
	{ NULL, "activity_regularizer", "activity_regularizer", 2, object_now },
	{ "BatchNormalization", "gamma_init", "gamma_initializer", 2, NULL },
	{ "BatchNormalization", "beta_init", "beta_initializer", 2, NULL },
	{ "BatchNormalization", "gamma_regularizer", "gamma_regularizer", 2, object_now },
	{ "BatchNormalization", "beta_regularizer", "beta_regularizer", 2, object_now },
	{ "BatchNormalization", "mode", NULL, 2, mode_now },
	{ "ZeroPadding1D", "padding", "padding", 2, pads_now },
	{ "LeakyReLU", "alpha", "negative_slope", 3, NULL },
};

/* Two old keys that are a list of two now. */
static const struct {
	const char *first, *second, *now;
} joined[] = {
	{ "nb_row", "nb_col", "kernel_size" },
};

/* The modes of Keras 1's Merge that are layers now, and the keys that they take. */
static const struct {
	const char *mode, *class_name, *old, *now;
} merges[] = {
	{ "sum", "Add", NULL, NULL },
	{ "mul", "Multiply", NULL, NULL },
	{ "concat", "Concatenate", "concat_axis", "axis" },
	{ "ave", "Average", NULL, NULL },
	{ "max", "Maximum", NULL, NULL },
	{ "dot", "Dot", "dot_axes", "axes" },
};

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static struct json *copy_of(struct keras *k, const struct json *value)
{
	struct json *copy = NEW(k->arena, struct json);

	*copy = *value;
	return copy;
}

/* An empty object or list that stands where another does. */
static struct json *empty_at(struct keras *k, const struct json *place, enum json_kind kind)
{
	struct json *empty = copy_of(k, place);

	empty->kind = kind;
	empty->first = NULL;
	empty->n = 0;
	return empty;
}

/* A copy of the value becomes the last member of an object or list, under this key. */
static struct json *append(struct keras *k, struct json *to, const struct json *value, const char *key)
{
	struct json *copy = copy_of(k, value), **last = &to->first;

	while (*last) last = &(*last)->next;
	if (copy->key && key && strcmp(copy->key, key) != 0 && !copy->spelled) copy->spelled = copy->key;
	copy->key = key;
	copy->next = NULL;
	copy->parent = to;
	copy->index = to->n++;
	*last = copy;
	return copy;
}

static struct json *string_at_place(struct keras *k, const struct json *place, const char *string)
{
	struct json *copy = empty_at(k, place, JSON_STRING);

	copy->string = string;
	return copy;
}

static bool is_string(const struct json *value, const char *string)
{
	return value && value->kind == JSON_STRING && !strcmp(value->string, string);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static const struct json *ordering_now(struct keras *k, const struct json *value, const char *layer)
{
	(void)layer;
	if (is_string(value, "tf") || is_string(value, "default")) return string_at_place(k, value, "channels_last");
	return is_string(value, "th") ? string_at_place(k, value, "channels_first") : value;
}

/* {"left_pad": 1, "right_pad": 2} */
static const struct json *pads_now(struct keras *k, const struct json *value, const char *layer)
{
	static const char *const sides[] = { "left_pad", "right_pad", NULL };
	struct json *list;

	if (value->kind != JSON_OBJECT) return value;
	keras_unknown_keys(k, value, sides, "a padding");
	list = empty_at(k, value, JSON_ARRAY);
	for (int i = 0; sides[i]; i++) {
		const struct json *side = json_get(value, sides[i]);
		struct json *none = empty_at(k, value, JSON_NUMBER);

		none->number = 0;
		none->integer = 0;
		none->is_integer = true;
		append(k, list, side ? side : none, NULL);
	}
	(void)layer;
	return list;
}

/* {"name": "MaxNorm", "m": 2} is {"class_name": "MaxNorm", "config": {"max_value": 2}}. */
static const struct json *object_now(struct keras *k, const struct json *value, const char *layer)
{
	static const char *const names[][2] = { { "WeightRegularizer", "L1L2" }, { "ActivityRegularizer", "L1L2" } };
	const struct json *name = json_get(value, "name");
	struct json *now, *config;

	(void)layer;
	if (!name || name->kind != JSON_STRING || json_get(value, "class_name")) return value;
	now = empty_at(k, value, JSON_OBJECT);
	config = empty_at(k, value, JSON_OBJECT);
	config->key = NULL;
	for (const struct json *at = value->first; at; at = at->next)
		if (at != name) append(k, config, at, !strcmp(at->key, "m") ? "max_value" : at->key);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_string(name, names[i][0])) name = string_at_place(k, name, names[i][1]);
	append(k, now, name, "class_name");
	append(k, now, config, "config");
	return now;
}

/* Only mode 0 of Keras 1's BatchNormalization is what it is now. */
static const struct json *mode_now(struct keras *k, const struct json *value, const char *layer)
{
	if (value->kind == JSON_NUMBER && value->is_integer && value->integer == 0) return value;
	diag_error(k->diag, keras_place(k, value, layer),
		   "the mode %s of BatchNormalization is not supported; it must be 0: the moving mean and variance of "
		   "training",
		   json_shown(k->arena, value));
	return NULL;
}

/* ---- configs ---------------------------------------------------------------------------------------------------- */

static bool has_field(const struct layer *row, const char *key)
{
	for (const struct field *field = row->fields; field->key; field++)
		if (!strcmp(field->key, key)) return true;
	return false;
}

static bool applies(const struct old_key *key, const struct layer *row, const char *name)
{
	if (strcmp(key->old, name) != 0) return false;
	if (key->class_name) return !strcmp(key->class_name, row->name);
	return has_field(row, key->now) && (!strcmp(key->old, key->now) || !has_field(row, key->old));
}

static const struct old_key *find_key(const struct layer *row, const char *name)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (applies(&keys[i], row, name)) return &keys[i];
	return NULL;
}

const char *keras_key_now(const struct layer *row, const char *old)
{
	const struct old_key *key = find_key(row, old);

	return key && key->now && strcmp(key->now, old) != 0 ? key->now : NULL;
}

static bool is_read(const struct keras *k, const struct old_key *key)
{
	return key && (!k->version || k->version <= key->until);
}

static bool take_member(struct keras *k, struct json *now, const struct layer *row, const struct json *member,
			const char *layer)
{
	const struct old_key *key = find_key(row, member->key);
	const struct json *value = member, *twin;

	if (!is_read(k, key)) {
		append(k, now, member, member->key);
		return true;
	}
	twin = key->now && strcmp(key->now, key->old) != 0 ? json_get(member->parent, key->now) : NULL;
	if (twin) {
		diag_error(k->diag, keras_place(k, member, layer),
			   "'%s' is the old name of '%s', which is given too; only one may be", key->old, key->now);
		return false;
	}
	if (key->convert) value = key->convert(k, member, layer);
	if (value && key->now) append(k, now, value, key->now)->spelled = member->key;
	return value != NULL;
}

/* Is it half of a pair? The first half brings both. */
static bool take_joined(struct keras *k, struct json *now, const struct json *member)
{
	for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
		const struct json *second = json_get(member->parent, joined[i].second);
		struct json *list;

		if (!second || !json_get(member->parent, joined[i].first)) continue;
		if (second == member) return true;
		if (strcmp(member->key, joined[i].first) != 0) continue;
		list = empty_at(k, member, JSON_ARRAY);
		append(k, list, member, NULL);
		append(k, list, second, NULL);
		append(k, now, list, joined[i].now);
		return true;
	}
	return false;
}

static bool is_old(const struct keras *k, const struct layer *row, const struct json *config)
{
	for (const struct json *member = config->first; member; member = member->next) {
		if (is_read(k, find_key(row, member->key))) return true;
		for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
			if (!strcmp(joined[i].first, member->key)) return true;
	}
	return false;
}

const struct json *keras_config_now(struct keras *k, const struct layer *row, const struct json *config,
				    const char *layer)
{
	struct json *now;
	bool right = true;

	if (!is_old(k, row, config)) return config;
	now = empty_at(k, config, JSON_OBJECT);
	for (const struct json *member = config->first; member; member = member->next)
		if (!take_joined(k, now, member)) right &= take_member(k, now, row, member, layer);
	return right ? now : NULL;
}

/* ---- Merge ------------------------------------------------------------------------------------------------------ */

static const char *merge_modes(struct keras *k)
{
	const char *text = "";

	for (size_t i = 0; i < sizeof merges / sizeof *merges; i++)
		text = arena_printf(k->arena, "%s%s'%s'", text, i ? ", " : "", merges[i].mode);
	return text;
}

const char *keras_merge_now(struct keras *k, const struct json **config, const char *layer)
{
	const struct json *mode = json_get(*config, "mode"), *type = json_get(*config, "mode_type"), *name;
	struct json *now = empty_at(k, *config, JSON_OBJECT);

	for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
		const struct json *value = merges[i].old ? json_get(*config, merges[i].old) : NULL;

		if (!is_string(mode, merges[i].mode) || (type && !is_string(type, "raw"))) continue;
		name = json_get(*config, "name");
		if (name) append(k, now, name, "name");
		if (value) append(k, now, value, merges[i].now);
		*config = now;
		return merges[i].class_name;
	}
	if (!mode || mode->kind != JSON_STRING || (type && !is_string(type, "raw")))
		diag_error(k->diag, keras_place(k, mode ? mode : *config, layer),
			   "a Merge by a function of one's own is not supported; its mode must be one of %s",
			   merge_modes(k));
	else
		diag_error(k->diag, keras_place(k, mode, layer),
			   "the Merge mode '%s' is not supported; it must be one of %s", mode->string, merge_modes(k));
	return NULL;
}

/* ---- weights ---------------------------------------------------------------------------------------------------- */

/* Keras 1 kept the kernel of a Conv1D as that of a convolution over (steps, 1): (taps, 1, channels, filters), before
 * 1.2 (filters, channels, taps, 1). */
static bool drop_axis(struct keras *k, const struct weight_spec *spec, struct array *array)
{
	const struct shape *wanted = &spec->shape, *found = &array->shape;
	int64_t taps = wanted->at[0], filters = wanted->at[2];

	if (wanted->rank != 3 || found->rank != 4) return false;
	if (found->at[0] == taps && found->at[1] == 1 && found->at[3] == filters) {
		array->shape = shape_of(3, taps, found->at[2], filters);
	} else if (found->at[0] == filters && found->at[2] == taps && found->at[3] == 1) {
		int64_t channels = found->at[1];
		float *turned = NEW_ARRAY(k->arena, shape_elements(found) + 1, float);

		for (int64_t f = 0; f < filters; f++)
			for (int64_t c = 0; c < channels; c++)
				for (int64_t t = 0; t < taps; t++)
					turned[(t * channels + c) * filters + f] =
					    array->f32[(f * channels + c) * taps + t];
		array->f32 = turned;
		array->shape = shape_of(3, taps, channels, filters);
	}
	return true;
}

/* Keras 1 kept the kernel of a Convolution2D of "th" as (filters, channels, rows, columns). */
static void turn_planar(struct keras *k, const struct weight_spec *spec, struct array *array)
{
	const struct shape *found = &array->shape;
	int64_t filters = found->at[0], channels = found->at[1], taps = found->at[2] * found->at[3];
	struct shape now = shape_of(4, found->at[2], found->at[3], channels, filters);
	float *turned;

	if (found->rank != 4 || now.at[0] != spec->shape.at[0] || now.at[1] != spec->shape.at[1]) return;
	turned = NEW_ARRAY(k->arena, shape_elements(found) + 1, float);
	for (int64_t i = 0; i < shape_elements(found); i++) {
		int64_t f = i / (channels * taps), c = i / taps % channels, t = i % taps;
		turned[(t * channels + c) * filters + f] = array->f32[i];
	}
	array->f32 = turned;
	array->shape = now;
}

/* Theano convolves where the others correlate: its taps stand in the reverse order. */
static void reverse_taps(struct keras *k, const struct keras_layer *layer, struct array *array)
{
	int64_t taps = array->shape.at[0] * (array->shape.rank == 4 ? array->shape.at[1] : 1);
	int64_t n = shape_elements(&array->shape), row = taps > 0 ? n / taps : 0;
	float *turned = NEW_ARRAY(k->arena, n + 1, float);

	if (taps < 2) return;
	for (int64_t t = 0; t < taps; t++)
		memcpy(turned + t * row, array->f32 + (taps - 1 - t) * row, sizeof *turned * (size_t)row);
	array->f32 = turned;
	diag_warn(k->diag, WARN_DIALECT, keras_place(k, layer->at, layer->name),
		  "the model was made with Theano, which convolves; the taps of its kernels are turned round");
}

void keras_old_weight(struct keras *k, const struct keras_layer *layer, const struct weight_spec *spec,
		      struct array *array)
{
	bool theano = k->backend && !strcmp(k->backend, "theano"), conv1d = !strcmp(layer->row->name, "Conv1D"),
	     conv2d = !strcmp(layer->row->name, "Conv2D"), spread = !strcmp(layer->row->name, "Conv2DTranspose");

	if (strcmp(spec->name, "kernel") != 0) return;
	if (conv1d) drop_axis(k, spec, array);
	if (conv2d && k->version == 1 && ((const struct plane_config *)layer->config)->data_format == CHANNELS_FIRST)
		turn_planar(k, spec, array);
	if (theano && ((conv1d && array->shape.rank == 3) || ((conv2d || spread) && array->shape.rank == 4)))
		reverse_taps(k, layer, array);
}
