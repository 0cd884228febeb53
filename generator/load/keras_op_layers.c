/* keras_op_layers.c: the layers that bare operations become. */
#include "load/keras_ops.h"

#include <math.h>
#include <string.h>

enum { POWER_MOST = 16 };

/* ---- making ------------------------------------------------------------------------------------------------------- */

/* A layer of that class with the config's text, which is then freed; NULL after an error. */
struct keras_layer *keras_op_made(struct operation *op, const char *class_name, struct text *config)
{
	struct source *source = NEW(op->k->arena, struct source);
	const char *text = arena_string(op->k->arena, config->at ? config->at : "{}");
	const struct layer *row = layer_find(class_name);
	struct keras_layer *layer;
	const struct json *json;

	text_free(config);
	CHECK(row != NULL);
	*source = (struct source){ op->layer->name, text, strlen(text) };
	json = json_parse(op->k->arena, op->k->diag, source);
	CHECK(json != NULL);
	layer = keras_make_layer(op->k, row, json, op->layer->name);
	if (!layer) return NULL;
	layer->at = op->layer->at;
	layer->config_json = op->attributes; /* where faults lie */
	return layer;
}

bool keras_op_make(struct operation *op, const char *class_name, struct text *config)
{
	op->call->layer = keras_op_made(op, class_name, config);
	return op->call->layer != NULL;
}

bool keras_op_make_plain(struct operation *op, const char *class_name)
{
	struct text config = { 0 };

	return keras_op_make(op, class_name, &config);
}

/* Behind the layer that was made. */
static bool make_behind(struct operation *op, const char *class_name)
{
	struct text config = { 0 };

	op->call->layer->behind = keras_op_made(op, class_name, &config);
	return op->call->layer->behind != NULL;
}

bool keras_op_is_unary(const struct operation *op)
{
	return op->n == 1 && op->at[0].tensor;
}

static bool are_tensors(const struct operation *op)
{
	for (int i = 0; i < op->n; i++)
		if (!op->at[i].tensor) return false;
	return op->n > 0;
}

bool keras_refuse_operands(struct operation *op)
{
	return keras_refuse_use(op, op->node, "takes other operands; see: conv1dc layers");
}

/* ---- arithmetic --------------------------------------------------------------------------------------------------- */

/* Keras makes a float32 of a number. */
static double rounded(double c)
{
	return (double)(float)c;
}

/* Numbers as they broadcast along the last axis: [1, 2], [[[1, 2]]]; NULL: along another. */
static const struct json *along_channels(const struct json *at)
{
	while (at->kind == JSON_ARRAY && at->n == 1 && at->first->kind == JSON_ARRAY) at = at->first;
	for (const struct json *item = at->kind == JSON_ARRAY ? at->first : NULL; item; item = item->next)
		if (item->kind != JSON_NUMBER) return NULL;
	return at;
}

static double value_in(enum form form, double c)
{
	if (form == FORM_SUBTRACT) return -c;
	return form == FORM_DIVIDE ? 1 / rounded(c) : c;
}

/* A number, or a list of one each. false: one is not finite. */
static bool add_values(struct text *config, enum form form, const struct json *at)
{
	bool list = at->kind == JSON_ARRAY, right = true;
	const struct json *item = list ? at->first : at;

	text_add(config, list ? "[" : "");
	for (; item; item = list ? item->next : NULL) {
		double value = value_in(form, rounded(item->number));

		right &= isfinite(value) && isfinite((float)value);
		text_add(config, list && item != at->first ? ", " : "");
		text_add_f64(config, isfinite(value) ? value : 0);
	}
	text_add(config, list ? "]" : "");
	return right;
}

static bool make_affine(struct operation *op, enum form form, const struct json *at)
{
	bool scales = form == FORM_MULTIPLY || form == FORM_DIVIDE, right;
	struct text config = { 0 };

	text_add(&config, scales                 ? "{\"offset\": 0.0, \"scale\": "
			  : form == FORM_REVERSE ? "{\"scale\": -1.0, \"offset\": "
						 : "{\"scale\": 1.0, \"offset\": ");
	right = add_values(&config, form, at);
	text_add(&config, "}");
	if (right) return keras_op_make(op, "Rescaling", &config);
	text_free(&config);
	return keras_refuse_use(op, at, "with this number is not supported; the result must be finite");
}

/* {"key": number} */
static bool make_number(struct operation *op, const char *class_name, const char *key, double value)
{
	struct text config = { 0 };

	text_printf(&config, "{\"%s\": ", key);
	text_add_f64(&config, rounded(value));
	text_add(&config, "}");
	return keras_op_make(op, class_name, &config);
}

static bool with_number(struct operation *op, enum form form, const struct json *at)
{
	static const struct {
		enum form form;
		const char *class_name, *key;
	} plain[] = { { FORM_QUOTIENT, "Reciprocal", "numerator" },
		      { FORM_LEAST, "Clip", "x_min" },
		      { FORM_MOST, "Clip", "x_max" } };
	const struct json *list = along_channels(at);

	if (form == FORM_NONE) return keras_refuse_operands(op);
	if (!list) return keras_refuse_use(op, at, "takes a number, or a list of one for every channel");
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (plain[i].form != form) continue;
		if (list->kind != JSON_NUMBER || !isfinite((float)list->number))
			return keras_refuse_use(op, at, "takes one finite number beside a tensor, no list");
		return make_number(op, plain[i].class_name, plain[i].key, list->number);
	}
	return make_affine(op, form, list);
}

bool keras_op_binary(struct operation *op)
{
	if (op->n != 2) return keras_refuse_operands(op);
	if (!op->at[1].tensor) return with_number(op, op->row->right, op->at[1].at);
	if (!op->at[0].tensor) return with_number(op, op->row->left, op->at[0].at);
	return keras_op_make_plain(op, op->row->what);
}

/* 1 where an element is another than the number: masks. */
bool keras_op_compare(struct operation *op)
{
	if (op->n != 2 || !op->at[0].tensor || op->at[1].tensor || op->at[1].at->kind != JSON_NUMBER)
		return keras_refuse_operands(op);
	return make_number(op, op->row->what, "value", op->at[1].at->number);
}

bool keras_op_fill(struct operation *op)
{
	return keras_op_is_unary(op) ? make_number(op, op->row->what, "value", !strcmp(op->row->name, "OnesLike"))
				     : keras_refuse_operands(op);
}

bool keras_op_negative(struct operation *op)
{
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	text_add(&config, "{\"scale\": -1.0, \"offset\": 0.0}");
	return keras_op_make(op, "Rescaling", &config);
}

bool keras_op_merge(struct operation *op)
{
	return are_tensors(op) ? keras_op_make_plain(op, op->row->what) : keras_refuse_operands(op);
}

/* The product of the tensor with itself, n times. */
static bool make_product(struct operation *op, int64_t n)
{
	struct keras_ref ref = op->call->in.at[0];

	for (int64_t i = 1; i < n; i++) list_push(op->k->arena, &op->call->in, ref);
	return keras_op_make_plain(op, "Multiply");
}

bool keras_op_square(struct operation *op)
{
	return keras_op_is_unary(op) ? make_product(op, 2) : keras_refuse_operands(op);
}

bool keras_op_rsqrt(struct operation *op)
{
	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	return keras_op_make_plain(op, "Sqrt") && make_behind(op, "Reciprocal");
}

bool keras_op_power(struct operation *op)
{
	double c =
	    op->n == 2 && !op->at[1].tensor && op->at[1].at->kind == JSON_NUMBER ? op->at[1].at->number : (double)NAN;

	if (op->n != 2 || !op->at[0].tensor) return keras_refuse_operands(op);
	if (c == 0.5) return keras_op_make_plain(op, "Sqrt");
	if (c == -0.5) return keras_op_make_plain(op, "Sqrt") && make_behind(op, "Reciprocal");
	if (c != floor(c) || c == 0 || !(fabs(c) <= POWER_MOST))
		return keras_refuse_use(op, op->at[1].at,
					"takes 0.5, -0.5 or an integer from -16 to 16, but not 0, as its exponent");
	if (!make_product(op, (int64_t)fabs(c))) return false;
	return c > 0 || make_behind(op, "Reciprocal");
}

bool keras_op_clip(struct operation *op)
{
	static const char *const names[][2] = { { "x_min", "clip_value_min" }, { "x_max", "clip_value_max" } };
	struct text config = { 0 };
	const char *between = "{";

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	for (int i = 0; i < 2; i++) {
		const struct json *limit = keras_argument(op, names[i][0], names[i][1]);

		if (!limit) continue;
		if (limit->kind != JSON_NUMBER || !isfinite((float)limit->number)) {
			text_free(&config);
			return keras_refuse_use(op, limit, "takes two finite numbers as its limits");
		}
		text_printf(&config, "%s\"%s\": ", between, names[i][0]);
		text_add_f64(&config, rounded(limit->number));
		between = ", ";
	}
	text_add(&config, config.n ? "}" : "{}");
	return keras_op_make(op, "Clip", &config);
}

/* ---- functions ---------------------------------------------------------------------------------------------------- */

bool keras_op_plain(struct operation *op)
{
	return keras_op_is_unary(op) ? keras_op_make_plain(op, op->row->what) : keras_refuse_operands(op);
}

bool keras_op_cast(struct operation *op)
{
	const struct json *dtype = keras_argument(op, "dtype", NULL);

	if (dtype && !keras_read_dtype(op->k, dtype, op->layer->name)) return false;
	return keras_op_plain(op);
}

/* Parameters by the names that the table of activations gives them; TF calls a slope alpha. */
static bool read_parameters(struct operation *op, struct activation *activation)
{
	const struct activation_kind *kind = activation->kind;

	for (int i = 0; kind && i < kind->parameters; i++) {
		const struct json *value = keras_argument(op, kind->parameter_names[i], "alpha");

		if (!value && kind->defaults) {
			activation->parameter[i] = kind->defaults[i];
			continue;
		}
		if (!value || value->kind != JSON_NUMBER)
			return keras_refuse_use(op, value, "takes numbers as its parameters");
		activation->parameter[i] = value->number;
	}
	return true;
}

bool keras_op_activation(struct operation *op)
{
	const struct json *approximate = keras_argument(op, "approximate", NULL),
			  *beta = keras_argument(op, "beta", NULL);
	struct activation activation = { 0 };
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (beta && beta->number != 1) return keras_refuse_use(op, beta, "takes no other beta than 1");
	activation.kind = activation_row_named(op->row->what);
	CHECK(activation.kind != NULL);
	if (!read_parameters(op, &activation)) return false;
	if (approximate && approximate->kind == JSON_TRUE) activation.kind = activation_row_named("gelu_tanh");
	text_add(&config, "{\"activation\": \"linear\"}");
	if (!keras_op_make(op, "Activation", &config)) return false;
	op->call->layer->activation = activation_simplest(activation);
	return true;
}

/* Layers that take an axis; of softmax it may be absent. */
bool keras_op_axis(struct operation *op)
{
	const struct json *axis = keras_argument(op, "axis", NULL);
	bool many = !strcmp(op->row->what, "Concatenate");
	struct text config = { 0 };

	if (many ? !are_tensors(op) : !keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (axis && (axis->kind != JSON_NUMBER || !axis->is_integer))
		return keras_refuse_use(op, axis, "takes one integer as its axis");
	if (axis && axis->integer == 0)
		return keras_refuse_use(op, axis, "works on the batch axis; its axis must not be 0");
	text_printf(&config, "{\"axis\": %lld}", (long long)(axis ? axis->integer : -1));
	return keras_op_make(op, op->row->what, &config);
}

bool keras_op_reduce(struct operation *op)
{
	const struct json *axis = keras_argument(op, "axis", NULL), *keepdims = keras_argument(op, "keepdims", NULL);
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (keras_argument(op, "weights", "initial"))
		return keras_refuse_use(op, keras_argument(op, "weights", "initial"),
					"takes no weights and no initial value");
	if (!axis) return keras_refuse_use(op, op->node, "reduces the batch axis, too; its axis must name others");
	text_printf(&config, "{\"keepdims\": %s, \"axis\": %s}",
		    keepdims && keepdims->kind == JSON_TRUE ? "true" : "false", json_shown(op->k->arena, axis));
	for (const struct json *one = axis->kind == JSON_ARRAY ? axis->first : axis; one; one = one->next) {
		if (one->kind == JSON_NUMBER && one->is_integer && one->integer != 0) {
			if (one == axis) break;
			continue;
		}
		text_free(&config);
		return keras_refuse_use(op, axis, "takes integers but 0, the batch axis, as its axes");
	}
	return keras_op_make(op, op->row->what, &config);
}

bool keras_op_pool(struct operation *op)
{
	const struct json *size = keras_argument(op, "pool_size", "ksize"),
			  *strides = keras_argument(op, "strides", NULL),
			  *padding = keras_argument(op, "padding", NULL),
			  *format = keras_argument(op, "data_format", NULL);
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (!size || (padding && padding->kind != JSON_STRING) || (format && format->kind != JSON_STRING))
		return keras_refuse_use(op, op->node, "needs a pool size, and a padding that is a text");
	text_printf(&config, "{\"pool_size\": %s", json_shown(op->k->arena, size));
	if (strides) text_printf(&config, ", \"strides\": %s", json_shown(op->k->arena, strides));
	if (padding) text_printf(&config, ", \"padding\": %s", json_shown(op->k->arena, padding));
	if (format && !strcmp(format->string, "channels_first"))
		text_add(&config, ", \"data_format\": \"channels_first\"");
	text_add(&config, "}");
	return keras_op_make(op, op->row->what, &config);
}
