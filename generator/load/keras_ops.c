/* keras_ops.c: bare operations: a + b, x * 0.5, keras.ops.relu(x), tf.concat: which there are, and what stands in a call;
 * each call becomes a layer that does the same (keras_op_layers.c). */
#include "load/keras_ops.h"

#include <string.h>

static const char operations_module[] = "keras.src.ops.";
static const char *const lambdas[] = { "TFOpLambda", "SlicingOpLambda" };
/* Arguments by name that are operands, in their order. */
static const char *const operand_names[] = { "x", "x1", "y", "x2", "bias", NULL };

#define NO_FORM FORM_NONE, FORM_NONE
static const struct operation_row rows[] = {
	{ "Add", { "__operators__.add", "math.add" }, keras_op_binary, "Add", FORM_ADD, FORM_ADD },
	{ NULL, { "nn.bias_add" }, keras_op_binary, "Add", FORM_ADD, FORM_NONE },
	{ NULL, { "math.add_n" }, keras_op_merge, "Add", NO_FORM },
	{ "Subtract",
	  { "__operators__.sub", "math.subtract" },
	  keras_op_binary,
	  "Subtract",
	  FORM_SUBTRACT,
	  FORM_REVERSE },
	{ "Multiply",
	  { "__operators__.mul", "math.multiply" },
	  keras_op_binary,
	  "Multiply",
	  FORM_MULTIPLY,
	  FORM_MULTIPLY },
	{ "TrueDivide",
	  { "__operators__.truediv", "math.truediv" },
	  keras_op_binary,
	  "Divide",
	  FORM_DIVIDE,
	  FORM_QUOTIENT },
	{ "Divide", { "math.divide" }, keras_op_binary, "Divide", FORM_DIVIDE, FORM_QUOTIENT },
	{ "Maximum", { "math.maximum" }, keras_op_binary, "Maximum", FORM_LEAST, FORM_LEAST },
	{ "Minimum", { "math.minimum" }, keras_op_binary, "Minimum", FORM_MOST, FORM_MOST },
	{ "Power", { "math.pow" }, keras_op_power, "Multiply", NO_FORM },
	{ "Square", { "math.square" }, keras_op_square, "Multiply", NO_FORM },
	{ "Sqrt", { "math.sqrt" }, keras_op_plain, "Sqrt", NO_FORM },
	{ "Rsqrt", { "math.rsqrt" }, keras_op_rsqrt, "Sqrt", NO_FORM },
	{ "Reciprocal", { "math.reciprocal" }, keras_op_plain, "Reciprocal", NO_FORM },
	{ "Negative", { "math.negative" }, keras_op_negative, "Rescaling", NO_FORM },
	{ "Absolute", { "math.abs" }, keras_op_plain, "Absolute", NO_FORM },
	{ "Abs", { NULL }, keras_op_plain, "Absolute", NO_FORM },
	{ "Log", { "math.log" }, keras_op_plain, "Log", NO_FORM },
	{ "Clip", { "clip_by_value" }, keras_op_clip, "Clip", NO_FORM },
	{ "Cast", { "cast" }, keras_op_cast, "Identity", NO_FORM },
	{ "StopGradient", { "stop_gradient", "identity" }, keras_op_plain, "Identity", NO_FORM },
	{ "Copy", { NULL }, keras_op_plain, "Identity", NO_FORM },
	{ "Softmax", { "nn.softmax", "compat.v1.nn.softmax" }, keras_op_axis, "Softmax", NO_FORM },
	{ "LogSoftmax", { "nn.log_softmax" }, keras_op_axis, "LogSoftmax", NO_FORM },
	{ "Concatenate", { "concat" }, keras_op_axis, "Concatenate", NO_FORM },
	{ "ExpandDims", { "expand_dims" }, keras_op_axis, "ExpandDims", NO_FORM },
	{ "NotEqual", { "math.not_equal" }, keras_op_compare, "NotEqual", NO_FORM },
	{ "Any", { "math.reduce_any" }, keras_op_reduce, "Any", NO_FORM },
	{ "ZerosLike", { NULL }, keras_op_fill, "Fill", NO_FORM },
	{ "OnesLike", { NULL }, keras_op_fill, "Fill", NO_FORM },
	{ "LogicalOr", { "math.logical_or" }, keras_op_merge, "LogicalOr", NO_FORM },
	{ "LogicalAnd", { "math.logical_and" }, keras_op_merge, "LogicalAnd", NO_FORM },
	{ "Relu", { "nn.relu" }, keras_op_activation, "relu", NO_FORM },
	{ "Relu6", { "nn.relu6" }, keras_op_activation, "relu6", NO_FORM },
	{ "LeakyRelu", { "nn.leaky_relu" }, keras_op_activation, "leaky_relu", NO_FORM },
	{ "Elu", { "nn.elu" }, keras_op_activation, "elu", NO_FORM },
	{ "Celu", { NULL }, keras_op_activation, "celu", NO_FORM },
	{ "Selu", { "nn.selu" }, keras_op_activation, "selu", NO_FORM },
	{ "Gelu", { "nn.gelu" }, keras_op_activation, "gelu", NO_FORM },
	{ "Silu", { "nn.silu", "nn.swish" }, keras_op_activation, "silu", NO_FORM },
	{ "Tanh", { "math.tanh" }, keras_op_activation, "tanh", NO_FORM },
	{ "TanhShrink", { NULL }, keras_op_activation, "tanh_shrink", NO_FORM },
	{ "Sigmoid", { "math.sigmoid" }, keras_op_activation, "sigmoid", NO_FORM },
	{ "LogSigmoid", { "math.log_sigmoid" }, keras_op_activation, "log_sigmoid", NO_FORM },
	{ "HardSigmoid", { NULL }, keras_op_activation, "hard_sigmoid", NO_FORM },
	{ "HardSilu", { NULL }, keras_op_activation, "hard_silu", NO_FORM },
	{ "HardTanh", { NULL }, keras_op_activation, "hard_tanh", NO_FORM },
	{ "HardShrink", { NULL }, keras_op_activation, "hard_shrink", NO_FORM },
	{ "SoftShrink", { NULL }, keras_op_activation, "soft_shrink", NO_FORM },
	{ "Threshold", { NULL }, keras_op_activation, "threshold", NO_FORM },
	{ "Exp", { "math.exp" }, keras_op_activation, "exponential", NO_FORM },
	{ "Softplus", { "math.softplus", "nn.softplus" }, keras_op_activation, "softplus", NO_FORM },
	{ "Softsign", { "nn.softsign" }, keras_op_activation, "softsign", NO_FORM },
	{ "Squareplus", { NULL }, keras_op_activation, "squareplus", NO_FORM },
	{ "SparsePlus", { NULL }, keras_op_activation, "sparse_plus", NO_FORM },
	{ "SparseSigmoid", { NULL }, keras_op_activation, "sparse_sigmoid", NO_FORM },
	{ "Mish", { NULL }, keras_op_activation, "mish", NO_FORM },
	{ "Mean", { "math.reduce_mean" }, keras_op_reduce, "Mean", NO_FORM },
	{ "Average", { NULL }, keras_op_reduce, "Mean", NO_FORM },
	{ "Sum", { "math.reduce_sum" }, keras_op_reduce, "Sum", NO_FORM },
	{ "Max", { "math.reduce_max" }, keras_op_reduce, "Max", NO_FORM },
	{ "Amax", { NULL }, keras_op_reduce, "Max", NO_FORM },
	{ "Min", { "math.reduce_min" }, keras_op_reduce, "Min", NO_FORM },
	{ "Amin", { NULL }, keras_op_reduce, "Min", NO_FORM },
	{ "Reshape", { "reshape" }, keras_op_reshape, "Reshape", NO_FORM },
	{ "Transpose", { "compat.v1.transpose", "transpose" }, keras_op_transpose, "Permute", NO_FORM },
	{ "Swapaxes", { NULL }, keras_op_exchange, "Permute", NO_FORM },
	{ "Moveaxis", { NULL }, keras_op_exchange, "Permute", NO_FORM },
	{ "Squeeze", { "compat.v1.squeeze", "squeeze" }, keras_op_squeeze, "Squeeze", NO_FORM },
	{ "Pad", { "compat.v1.pad", "pad" }, keras_op_pad, "Pad", NO_FORM },
	{ "GetItem", { "__operators__.getitem" }, keras_op_get_item, "GetItem", NO_FORM },
	{ "Take", { "compat.v1.gather", "gather" }, keras_op_take, "GetItem", NO_FORM },
	{ "Flip", { "reverse" }, keras_op_flip, "GetItem", NO_FORM },
	{ NULL, { "slice" }, keras_op_slice, "GetItem", NO_FORM },
	{ "Split", { "split" }, keras_op_split, "Split", NO_FORM },
	{ "Unstack", { "unstack" }, keras_op_unstack, "GetItem", NO_FORM },
	{ "Repeat", { "repeat" }, keras_op_repeat, "UpSampling1D", NO_FORM },
	{ "Tile", { "tile" }, keras_op_tile, "Concatenate", NO_FORM },
	{ "MaxPool", { "nn.max_pool1d" }, keras_op_pool, "MaxPooling1D", NO_FORM },
	{ "AveragePool", { "nn.avg_pool1d" }, keras_op_pool, "AveragePooling1D", NO_FORM },
};

static bool is_lambda(const char *class_name)
{
	for (size_t i = 0; i < sizeof lambdas / sizeof *lambdas; i++)
		if (!strcmp(lambdas[i], class_name)) return true;
	return false;
}

/* Classes of layers that are operations, too. */
static const char *const both[] = { "Add",     "Subtract",    "Multiply", "Maximum", "Minimum",
				    "Average", "Concatenate", "Softmax",  "Reshape" };

/* The first call, as Keras 3 writes it. */
static const struct json *first_call(const struct json *at)
{
	const struct json *nodes = json_get(at, "inbound_nodes");

	return nodes && nodes->kind == JSON_ARRAY ? nodes->first : NULL;
}

/* An .h5 file of Keras 3 names no modules: a merge takes one list, an operation its operands one by one. */
static bool looks_like_operation(const struct json *at, const char *class_name)
{
	const struct json *node = first_call(at), *args = node ? json_get(node, "args") : NULL,
			  *config = json_get(at, "config");
	bool listed = false;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		listed |= rows[i].name && !strcmp(rows[i].name, class_name);
	if (!listed || !args || args->kind != JSON_ARRAY) return false;
	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		if (!strcmp(both[i], class_name))
			return args->n > 1 ||
			       (config && json_get(config, !strcmp(class_name, "Average") ? "axis" : "newshape"));
	return true;
}

bool keras_is_operation(const struct json *at)
{
	const struct json *module = json_get(at, "module"), *class_name = json_get(at, "class_name");

	if (!class_name || class_name->kind != JSON_STRING) return false;
	if (is_lambda(class_name->string)) return true;
	if (!module) return looks_like_operation(at, class_name->string);
	return module->kind == JSON_STRING && !strncmp(module->string, operations_module, sizeof operations_module - 1);
}

bool keras_refuse_operation(struct operation *op)
{
	struct place place = keras_place(op->k, op->layer->at, NULL);

	place.pointer = NULL;
	diag_error(op->k->diag, place, "layer '%s' (%s) is not supported; see: conv1dc layers", op->layer->name,
		   op->name);
	return false;
}

bool keras_refuse_use(struct operation *op, const struct json *at, const char *what)
{
	diag_error(op->k->diag, keras_place(op->k, at ? at : op->node, op->layer->name), "the operation '%s' %s",
		   op->name, what);
	return false;
}

const struct json *keras_argument(const struct operation *op, const char *name, const char *other)
{
	const struct json *const objects[] = { op->attributes, op->arguments };

	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
		const struct json *value = objects[i] ? json_get(objects[i], name) : NULL;

		if (!value && objects[i] && other) value = json_get(objects[i], other);
		if (value && value->kind != JSON_NULL) return value;
	}
	return NULL;
}

/* ---- operands --------------------------------------------------------------------------------------------------- */

static bool is_ref(const struct json *at)
{
	const struct json *layer = json_at(at, 0), *call = json_at(at, 1), *output = json_at(at, 2);

	return layer && call && output && layer->kind == JSON_STRING && call->is_integer && output->is_integer;
}

/* ["layer", call, output], or NULL. */
static const struct json *tensor_of(const struct json *at)
{
	const struct json *config = json_get(at, "config"),
			  *history = config ? json_get(config, "keras_history") : NULL;

	if (history) return is_ref(history) ? history : NULL;
	return is_ref(at) ? at : NULL;
}

/* The numbers of {"class_name": "__tensor__", "config": {"value": [1.0, 2.0]}}, or of a bare list; else NULL. */
static const struct json *constant_of(const struct json *at)
{
	const struct json *config = json_get(at, "config"), *value = config ? json_get(config, "value") : NULL;
	const struct json *list = value ? value : at;

	if (list->kind == JSON_NUMBER) return list;
	for (at = list; at && at->kind == JSON_ARRAY;) at = at->first;
	return at && at->kind == JSON_NUMBER ? list : NULL;
}

static bool holds_tensors(const struct json *at)
{
	if (tensor_of(at)) return true;
	for (const struct json *item = at->kind == JSON_ARRAY ? at->first : NULL; item; item = item->next)
		if (tensor_of(item)) return true;
	return false;
}

static bool take_operand(struct operation *op, const struct json *at)
{
	const struct json *tensor = tensor_of(at), *constant = tensor ? NULL : constant_of(at);

	if (!tensor && !constant && at->kind == JSON_ARRAY) {
		for (const struct json *item = at->first; item; item = item->next)
			if (!take_operand(op, item)) return false;
		return true;
	}
	if ((!tensor && !constant) || op->n == OPERANDS_MOST) return false;
	op->at[op->n] = (struct keras_operand){ tensor != NULL, tensor ? tensor : constant };
	list_push(op->k->arena, &op->call->operands, op->at[op->n]);
	op->n++;
	if (tensor) {
		struct keras_ref ref = { json_at(tensor, 0)->string, json_at(tensor, 1)->integer,
					 json_at(tensor, 2)->integer, tensor, NULL };
		list_push(op->k->arena, &op->call->in, ref);
	}
	return true;
}

static bool take_named(struct operation *op)
{
	for (int i = 0; operand_names[i]; i++) {
		const struct json *at = op->arguments ? json_get(op->arguments, operand_names[i]) : NULL;
		if (at && at->kind != JSON_NULL && !take_operand(op, at)) return false;
	}
	return true;
}

static bool is_operand_name(const char *key)
{
	for (int i = 0; operand_names[i]; i++)
		if (!strcmp(operand_names[i], key)) return true;
	return false;
}

/* A tensor under another name is an input that nothing here reads. */
static bool no_other_tensors(struct operation *op)
{
	for (const struct json *at = op->arguments ? op->arguments->first : NULL; at; at = at->next)
		if (!is_operand_name(at->key) && holds_tensors(at)) return false;
	return true;
}

/* {"args": [a, b], "kwargs": {}}; of x[...], args are the tensor and what stands in the brackets. */
static bool operands3(struct operation *op, const struct json *node)
{
	const struct json *args = json_get(node, "args");

	op->arguments = json_get(node, "kwargs");
	if (!args || args->kind != JSON_ARRAY) return false;
	for (const struct json *at = args->first; at; at = at->next) {
		if (op->row->make == keras_op_get_item && at != args->first)
			op->spec = at;
		else if (at->kind != JSON_NULL && !take_operand(op, at))
			return false;
	}
	if (!op->spec && op->arguments) op->spec = json_get(op->arguments, "slice_spec");
	return take_named(op) && no_other_tensors(op);
}

/* ["a", 0, 0, {"y": ["b", 0, 0] or 0.5}], or ["_CONSTANT_VALUE", -1, 0.5, {"y": ["b", 0, 0]}], or a list of the first. */
static bool operands2(struct operation *op, const struct json *node)
{
	const struct json *first = node->first;
	bool constant = first && first->kind == JSON_STRING && !strcmp(first->string, "_CONSTANT_VALUE");

	op->arguments = first && first->kind == JSON_ARRAY ? json_at(first, 3) : json_at(node, 3);
	op->spec = op->arguments ? json_get(op->arguments, "slice_spec") : NULL;
	if (constant ? !json_at(node, 2) || !take_operand(op, json_at(node, 2)) : !take_operand(op, node)) return false;
	return take_named(op) && no_other_tensors(op);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static bool is_row(const struct operation_row *row, const char *function, const char *class_name)
{
	if (!function) return row->name && class_name && !strcmp(row->name, class_name);
	for (int i = 0; i < OPERATION_NAMES_MOST && row->functions[i]; i++)
		if (!strcmp(row->functions[i], function)) return true;
	return false;
}

bool keras_read_operation(struct keras *k, const struct keras_layer *layer, const struct json *node,
			  struct keras_call *call)
{
	const struct json *said = json_get(layer->config_json, "function");
	const char *function = said && said->kind == JSON_STRING && is_lambda(layer->class_name) ? said->string : NULL;
	struct operation op = { .k = k, .layer = layer, .call = call, .node = node, .attributes = layer->config_json };

	op.name = function ? function : layer->class_name;
	for (size_t i = 0; i < sizeof rows / sizeof *rows && !op.row; i++)
		if (is_row(&rows[i], function, layer->class_name)) op.row = &rows[i];
	if (!op.row) return keras_refuse_operation(&op);
	if (!(node->kind == JSON_OBJECT ? operands3(&op, node) : operands2(&op, node)) || !op.call->in.n)
		return keras_refuse_use(&op, node, "takes tensors of the model, numbers and lists of numbers only");
	return op.row->make(&op);
}

const char *keras_operation_now(const struct json *at)
{
	const struct json *config = json_get(at, "config"), *said = config ? json_get(config, "function") : NULL,
			  *nodes = json_get(at, "inbound_nodes"), *node = nodes ? nodes->first : NULL, *arguments;

	if (!said || said->kind != JSON_STRING || !node) return NULL;
	if (node->kind == JSON_ARRAY && node->first && node->first->kind == JSON_ARRAY) node = node->first;
	arguments = node->kind == JSON_ARRAY ? json_at(node, 3) : json_get(node, "kwargs");
	for (const struct json *one = arguments ? arguments->first : NULL; one; one = one->next)
		if (!is_operand_name(one->key) && one->kind != JSON_NULL) return NULL;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].name && rows[i].make != keras_op_axis && is_row(&rows[i], said->string, NULL))
			return rows[i].name;
	return NULL;
}

const struct json *keras_operation_argument(const struct json *call, int index)
{
	const struct json *ref = call, *arguments;
	int n = 0;

	if (ref->kind == JSON_ARRAY && ref->first && ref->first->kind == JSON_ARRAY) ref = ref->first;
	arguments = ref->kind == JSON_ARRAY ? json_at(ref, 3) : NULL;
	for (const struct json *one = arguments ? arguments->first : NULL; one; one = one->next)
		if (!is_operand_name(one->key) && one->kind != JSON_NULL && n++ == index) return one;
	return NULL;
}

bool load_operation(struct arena *arena, int index, const char **keras, const char **functions, const char **becomes)
{
	const struct operation_row *row = &rows[index];
	struct text list = { 0 };

	if (index >= (int)(sizeof rows / sizeof *rows)) return false;
	for (int i = 0; i < OPERATION_NAMES_MOST && row->functions[i]; i++)
		text_printf(&list, "%s%s", i ? ", " : "", row->functions[i]);
	*keras = row->name ? row->name : "";
	*functions = arena_string(arena, list.n ? list.at : "");
	*becomes = row->what;
	text_free(&list);
	return true;
}
