/* keras_ops.c: bare operations: a + b, x * 0.5, keras.ops.relu(x): each call is a layer that does the same. */
#include "load/keras.h"

#include <math.h>
#include <string.h>

static const char operations_module[] = "keras.src.ops.", tf_lambda[] = "TFOpLambda";
enum { OPERANDS_MOST = 16 };

struct operation {
	struct keras *k;
	const struct keras_layer *layer;
	struct keras_call *call;
	struct keras_operand at[OPERANDS_MOST];
	int n;
	const struct json *attributes; /* axis, negative_slope, ... */
};

/* Arithmetic of two tensors or a tensor and a number c:
 * BINARY(Keras 3's class, Keras 2's functions, the layer for two tensors, x op c = x * scale + offset, c op x likewise) */
enum form { FORM_NONE, FORM_ADD, FORM_SUBTRACT, FORM_REVERSE, FORM_MULTIPLY, FORM_DIVIDE, FORM_RELU };
static const struct {
	const char *name, *function, *other_function, *layer;
	enum form right, left;
} binaries[] = {
	{ "Add", "__operators__.add", "math.add", "Add", FORM_ADD, FORM_ADD },
	{ "Subtract", "__operators__.sub", "math.subtract", "Subtract", FORM_SUBTRACT, FORM_REVERSE },
	{ "Multiply", "__operators__.mul", "math.multiply", "Multiply", FORM_MULTIPLY, FORM_MULTIPLY },
	{ "TrueDivide", "__operators__.truediv", "math.truediv", NULL, FORM_DIVIDE, FORM_NONE },
	{ "Divide", "math.divide", NULL, NULL, FORM_DIVIDE, FORM_NONE },
	{ "Maximum", "math.maximum", NULL, "Maximum", FORM_RELU, FORM_RELU },
	{ "Minimum", "math.minimum", NULL, "Minimum", FORM_NONE, FORM_NONE },
};

/* Operations of one tensor that are layers: Keras 3's class, Keras 2's function, the layer, its config, in which %s is the
 * value of an attribute. */
static const struct {
	const char *name, *function, *layer, *config, *attribute, *otherwise;
} unaries[] = {
	{ "Negative", "math.negative", "Rescaling", "{\"scale\": -1.0, \"offset\": 0.0}", NULL, NULL },
	{ "Softmax", NULL, "Softmax", "{\"axis\": %s}", "axis", "-1" },
	{ "Concatenate", NULL, "Concatenate", "{\"axis\": %s}", "axis", "-1" },
	{ "LeakyRelu", NULL, "LeakyReLU", "{\"negative_slope\": %s}", "negative_slope", "0.2" },
	{ "Elu", NULL, "ELU", "{\"alpha\": %s}", "alpha", "1.0" },
	{ "Gelu", NULL, "Activation", "{\"activation\": \"gelu\"}", NULL, NULL },
	{ "Relu", "nn.relu", "Activation", "{\"activation\": \"relu\"}", NULL, NULL },
	{ "Relu6", "nn.relu6", "Activation", "{\"activation\": \"relu6\"}", NULL, NULL },
	{ "Tanh", "math.tanh", "Activation", "{\"activation\": \"tanh\"}", NULL, NULL },
	{ "Sigmoid", "math.sigmoid", "Activation", "{\"activation\": \"sigmoid\"}", NULL, NULL },
	{ "Exp", "math.exp", "Activation", "{\"activation\": \"exponential\"}", NULL, NULL },
	{ "Softplus", "math.softplus", "Activation", "{\"activation\": \"softplus\"}", NULL, NULL },
	{ "Softsign", "nn.softsign", "Activation", "{\"activation\": \"softsign\"}", NULL, NULL },
	{ "Selu", "nn.selu", "Activation", "{\"activation\": \"selu\"}", NULL, NULL },
	{ "Silu", "nn.silu", "Activation", "{\"activation\": \"silu\"}", NULL, NULL },
	{ "HardSigmoid", NULL, "Activation", "{\"activation\": \"hard_sigmoid\"}", NULL, NULL },
	{ "HardSilu", NULL, "Activation", "{\"activation\": \"hard_silu\"}", NULL, NULL },
	{ "HardTanh", NULL, "Activation", "{\"activation\": \"hard_tanh\"}", NULL, NULL },
	{ "LogSigmoid", NULL, "Activation", "{\"activation\": \"log_sigmoid\"}", NULL, NULL },
	{ "LogSoftmax", NULL, "LogSoftmax", "{\"axis\": %s}", "axis", "-1" },
	{ "Mish", NULL, "Activation", "{\"activation\": \"mish\"}", NULL, NULL },
};

/* What Keras 3 computes masks by: its class, the layer, its config up to the attribute or the number compared with, inputs
 * that are tensors. */
static const struct {
	const char *name, *layer, *config, *attribute;
	int tensors;
} mask_operations[] = {
	{ "NotEqual", "NotEqual", "\"value\": ", NULL, 1 },
	{ "Any", "Any", "\"axis\": ", "axis", 1 },
	{ "ExpandDims", "ExpandDims", "\"axis\": ", "axis", 1 },
	{ "ZerosLike", "Fill", "\"value\": 0", NULL, 1 },
	{ "OnesLike", "Fill", "\"value\": 1", NULL, 1 },
	{ "LogicalOr", "LogicalOr", "", NULL, 2 },
	{ "LogicalAnd", "LogicalAnd", "", NULL, 2 },
};

/* Arguments of the first call. */
static int arguments_of(const struct json *at)
{
	const struct json *nodes = json_get(at, "inbound_nodes"), *node = nodes ? json_at(nodes, 0) : NULL;
	const struct json *args = node ? json_get(node, "args") : NULL;

	return args && args->kind == JSON_ARRAY ? args->n : 0;
}

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
		if (!strcmp(binaries[i].name, name)) return true;
	for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++)
		if (!strcmp(unaries[i].name, name)) return true;
	for (size_t i = 0; i < sizeof mask_operations / sizeof *mask_operations; i++)
		if (!strcmp(mask_operations[i].name, name)) return true;
	return false;
}

bool keras_is_operation(const struct json *at)
{
	const struct json *module = json_get(at, "module"), *class_name = json_get(at, "class_name");

	if (!class_name || class_name->kind != JSON_STRING) return false;
	if (!strcmp(class_name->string, tf_lambda)) return true;
	if (module)
		return module->kind == JSON_STRING &&
		       !strncmp(module->string, operations_module, sizeof operations_module - 1);
	/* An .h5 file of Keras 3 names no modules: a merge takes one list, an operation its operands one by one. */
	return is_listed(class_name->string) && (!layer_find(class_name->string) || arguments_of(at) > 1);
}

static bool refuse(struct operation *op, const char *name)
{
	struct place place = keras_place(op->k, op->layer->at, NULL);

	place.pointer = NULL;
	diag_error(op->k->diag, place, "layer '%s' (%s) is not supported; see: conv1dc layers", op->layer->name, name);
	return false;
}

/* ---- operands --------------------------------------------------------------------------------------------------- */

static bool is_ref(const struct json *at)
{
	return at->kind == JSON_ARRAY && at->n >= 3 && at->first->kind == JSON_STRING && json_at(at, 1)->is_integer &&
	       json_at(at, 2)->is_integer;
}

/* ["layer", call, output], or NULL. */
static const struct json *tensor_of(const struct json *at)
{
	const struct json *config = json_get(at, "config"),
			  *history = config ? json_get(config, "keras_history") : NULL;

	if (history) return is_ref(history) ? history : NULL;
	return is_ref(at) ? at : NULL;
}

static bool take_operand(struct operation *op, const struct json *at);

static bool take_list(struct operation *op, const struct json *list)
{
	for (const struct json *at = list->first; at; at = at->next)
		if (!take_operand(op, at)) return false;
	return true;
}

static bool take_operand(struct operation *op, const struct json *at)
{
	const struct json *tensor = tensor_of(at);
	struct keras_operand operand = { .tensor = tensor != NULL, .number = at->number };

	if (!tensor && at->kind == JSON_ARRAY) return take_list(op, at);
	if ((!tensor && at->kind != JSON_NUMBER) || op->n == OPERANDS_MOST) return false;
	op->at[op->n++] = operand;
	list_push(op->k->arena, &op->call->operands, operand);
	if (tensor) {
		struct keras_ref ref = { tensor->first->string, json_at(tensor, 1)->integer,
					 json_at(tensor, 2)->integer, tensor, NULL };
		list_push(op->k->arena, &op->call->in, ref);
	}
	return true;
}

/* {"args": [a, b], "kwargs": {}} */
static bool operands3(struct operation *op, const struct json *node)
{
	const struct json *args = json_get(node, "args"), *kwargs = json_get(node, "kwargs");

	if (!args || !take_list(op, args)) return false;
	for (const struct json *at = kwargs ? kwargs->first : NULL; at; at = at->next)
		if (at->kind != JSON_NULL && !take_operand(op, at)) return false;
	return true;
}

/* ["a", 0, 0, {"y": ["b", 0, 0] or 0.5}], or ["_CONSTANT_VALUE", -1, 0.5, {"y": ["b", 0, 0]}] */
static bool operands2(struct operation *op, const struct json *node)
{
	const struct json *first = node->first, *arguments, *y;

	if (first && first->kind == JSON_ARRAY) return take_list(op, node);
	if (!first || first->kind != JSON_STRING || node->n < 3) return false;
	if (!strcmp(first->string, "_CONSTANT_VALUE") ? !take_operand(op, json_at(node, 2)) : !take_operand(op, node))
		return false;
	arguments = json_at(node, 3);
	y = arguments ? json_get(arguments, "y") : NULL;
	for (const struct json *at = arguments ? arguments->first : NULL; at; at = at->next)
		if (at != y && at->kind != JSON_NULL && strcmp(at->key, "name") != 0) return false;
	return !y || take_operand(op, y);
}

/* ---- layers ----------------------------------------------------------------------------------------------------- */

static bool make(struct operation *op, const char *name, const char *class_name, const char *config)
{
	const struct layer *row = layer_find(class_name);
	struct source *source = NEW(op->k->arena, struct source);
	const struct json *json;

	if (!row) return refuse(op, name);
	*source = (struct source){ op->layer->name, config, strlen(config) };
	json = json_parse(op->k->arena, op->k->diag, source);
	CHECK(json != NULL);
	op->call->layer = keras_make_layer(op->k, row, json, op->layer->name);
	if (!op->call->layer) return false;
	op->call->layer->at = op->layer->at;
	return true;
}

static bool scale_and_offset(enum form form, double c, double *scale, double *offset)
{
	*scale = form == FORM_MULTIPLY ? c : form == FORM_DIVIDE ? 1 / c : form == FORM_REVERSE ? -1 : 1;
	*offset = form == FORM_ADD || form == FORM_REVERSE ? c : form == FORM_SUBTRACT ? -c : 0;
	return form != FORM_NONE && form != FORM_RELU && isfinite(*scale) && isfinite(*offset);
}

/* x op c; Keras makes a float32 of c. */
static bool with_number(struct operation *op, const char *name, enum form form, double number)
{
	struct text config = { 0 };
	double scale, offset;
	const char *copy;

	if (form == FORM_RELU && number == 0) return make(op, name, "Activation", "{\"activation\": \"relu\"}");
	if (!scale_and_offset(form, (double)(float)number, &scale, &offset)) return refuse(op, name);
	text_add(&config, "{\"scale\": ");
	text_add_f64(&config, scale);
	text_add(&config, ", \"offset\": ");
	text_add_f64(&config, offset);
	text_add(&config, "}");
	copy = arena_string(op->k->arena, config.at);
	text_free(&config);
	return make(op, name, "Rescaling", copy);
}

static bool make_binary(struct operation *op, const char *name, size_t row)
{
	if (op->n != 2 || !(op->at[0].tensor || op->at[1].tensor)) return refuse(op, name);
	if (!op->at[1].tensor) return with_number(op, name, binaries[row].right, op->at[1].number);
	if (!op->at[0].tensor) return with_number(op, name, binaries[row].left, op->at[0].number);
	return binaries[row].layer ? make(op, name, binaries[row].layer, "{}") : refuse(op, name);
}

/* keras.ops.gelu(x, approximate=True) is the form with tanh, which no string names. */
static bool approximate(struct operation *op)
{
	const struct json *said = json_get(op->attributes, "approximate");

	if (said && said->kind == JSON_TRUE) op->call->layer->activation.kind = activation_row_named("gelu_tanh");
	return true;
}

static bool make_unary(struct operation *op, const char *name, size_t row)
{
	const struct json *value = unaries[row].attribute ? json_get(op->attributes, unaries[row].attribute) : NULL;
	const char *shown = value ? json_shown(op->k->arena, value) : unaries[row].otherwise;
	bool many = !strcmp(unaries[row].layer, "Concatenate");

	if (op->call->in.n != op->n || (!many && op->n != 1)) return refuse(op, name);
	if (value && value->kind != JSON_NUMBER) return refuse(op, name);
	if (!shown) return make(op, name, unaries[row].layer, unaries[row].config) && approximate(op);
	/* The one %s of the table's own text. */
	return make(op, name, unaries[row].layer,
		    arena_printf(op->k->arena, "%.*s%s}", (int)(strchr(unaries[row].config, '%') - unaries[row].config),
				 unaries[row].config, shown));
}

/* true, false or a number of the call as JSON text; NULL: none of these. */
static const char *attribute_text(const struct operation *op, const char *name)
{
	const struct json *value = json_get(op->attributes, name);

	if (value && value->is_integer) return arena_printf(op->k->arena, "%lld", (long long)value->integer);
	return value && value->kind == JSON_TRUE ? "true" : value && value->kind == JSON_FALSE ? "false" : NULL;
}

static bool make_mask_operation(struct operation *op, const char *name, size_t row)
{
	const char *keepdims = attribute_text(op, "keepdims"), *value = "";
	bool compares = !strcmp(name, "NotEqual");
	struct text number = { 0 };

	if (op->call->in.n != mask_operations[row].tensors || op->n != op->call->in.n + compares || !op->at[0].tensor)
		return refuse(op, name);
	if (mask_operations[row].attribute) value = attribute_text(op, mask_operations[row].attribute);
	if (!value) return refuse(op, name);
	if (compares) {
		text_add_f64(&number, op->at[1].number);
		value = arena_string(op->k->arena, number.at);
		text_free(&number);
	}
	return make(op, name, mask_operations[row].layer,
		    arena_printf(op->k->arena, "{%s%s%s%s}", mask_operations[row].config, value,
				 keepdims ? ", \"keepdims\": " : "", keepdims ? keepdims : ""));
}

/* Keras 2 names a function, Keras 3 a class. */
static bool is_called(const char *function, const char *class_name, const char *row_function, const char *row_class)
{
	if (!function) return row_class && !strcmp(row_class, class_name);
	return row_function && !strcmp(row_function, function);
}

bool keras_read_operation(struct keras *k, const struct keras_layer *layer, const struct json *node,
			  struct keras_call *call)
{
	struct operation op = { .k = k, .layer = layer, .call = call, .attributes = layer->config_json };
	const struct json *said = json_get(layer->config_json, "function");
	const char *function = said && said->kind == JSON_STRING ? said->string : NULL,
		   *name = function ? function : layer->class_name;

	if (!(node->kind == JSON_OBJECT ? operands3(&op, node) : operands2(&op, node))) return refuse(&op, name);
	for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
		if (is_called(function, layer->class_name, binaries[i].function, binaries[i].name) ||
		    is_called(function, layer->class_name, binaries[i].other_function, NULL))
			return make_binary(&op, name, i);
	for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++)
		if (is_called(function, layer->class_name, unaries[i].function, unaries[i].name))
			return make_unary(&op, name, i);
	for (size_t i = 0; i < sizeof mask_operations / sizeof *mask_operations; i++)
		if (is_called(function, layer->class_name, NULL, mask_operations[i].name))
			return make_mask_operation(&op, name, i);
	return refuse(&op, name);
}

const char *keras_operation_now(const struct json *at)
{
	const struct json *config = json_get(at, "config"), *said = config ? json_get(config, "function") : NULL;
	const char *function = said && said->kind == JSON_STRING ? said->string : NULL;

	for (size_t i = 0; function && i < sizeof binaries / sizeof *binaries; i++)
		if (is_called(function, NULL, binaries[i].function, NULL) ||
		    is_called(function, NULL, binaries[i].other_function, NULL))
			return binaries[i].name;
	for (size_t i = 0; function && i < sizeof unaries / sizeof *unaries; i++)
		if (is_called(function, NULL, unaries[i].function, NULL)) return unaries[i].name;
	return NULL;
}
