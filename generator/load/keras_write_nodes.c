/* keras_write_nodes.c: the calls of a functional model as Keras 3 writes them: inbound_nodes, input_layers, output_layers. */
#include "load/keras_write.h"

#include <string.h>

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static struct value *size_value(const struct keras_writer *w, int64_t size)
{
	return size == UNKNOWN_SIZE ? keras_write_null(w) : value_int(w->arena, size);
}

struct value *keras_write_shape(const struct keras_writer *w, int64_t batch, const struct shape *shape)
{
	struct value *list = value_list(w->arena);

	if (shape->rank <= 0) return keras_write_null(w);
	value_push(list, size_value(w, batch));
	for (int i = 0; i < shape->rank; i++) value_push(list, size_value(w, shape->at[i]));
	return list;
}

struct shape keras_shape_of_input(const struct keras_writer *w, const struct keras_layer *input)
{
	const struct keras_model *root = w->loaded->config;

	for (int i = 0; w->model == root && i < root->inputs.n; i++) /* --input-shape and --steps are in these */
		if (!strcmp(root->inputs.at[i].layer, input->name)) return w->loaded->graph->inputs.at[i]->shape;
	return input->shape;
}

/* Of a tensor of the model; rank 0 or less: not known. */
static struct shape shape_of_ref(const struct keras_writer *w, const struct keras_ref *ref)
{
	const struct keras_layer *layer = keras_find_layer(w->model, ref->layer);
	const struct keras_call *call;

	if (layer->kind == KERAS_INPUT) return keras_shape_of_input(w, layer);
	call = &layer->calls.at[ref->call - layer->first_call];
	return call->out ? tensor_shape(call->out[ref->output]) : (struct shape){ 0 };
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

static struct value *history_value(const struct keras_writer *w, const struct keras_ref *ref, int64_t call)
{
	struct value *list = value_list(w->arena);

	value_push(list, value_string(w->arena, ref->layer));
	value_push(list, value_int(w->arena, call));
	value_push(list, value_int(w->arena, ref->output));
	return list;
}

static int64_t call_number(const struct keras_writer *w, const struct keras_ref *ref)
{
	return ref->call - keras_find_layer(w->model, ref->layer)->first_call;
}

static struct value *tensor_value(const struct keras_writer *w, const struct keras_ref *ref)
{
	struct value *map = value_map(w->arena), *config = value_map(w->arena);
	struct shape shape = shape_of_ref(w, ref);

	value_set(config, "shape", keras_write_shape(w, UNKNOWN_SIZE, &shape));
	value_set_text(w->arena, config, "dtype", "float32");
	value_set(config, "keras_history", history_value(w, ref, call_number(w, ref)));
	value_set_text(w->arena, map, "class_name", "__keras_tensor__");
	value_set(map, "config", config);
	return map;
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* The input of the call that this object of Keras 3 is; NULL: it is none. */
static const struct keras_ref *ref_at(const struct keras_call *call, const struct json *at)
{
	const struct json *config = json_get(at, "config"),
			  *history = config ? json_get(config, "keras_history") : NULL;

	for (int i = 0; history && i < call->in.n; i++)
		if (call->in.at[i].at == history) return &call->in.at[i];
	return NULL;
}

/* Arguments of Keras 3 as they stand, but for tensors. */
static struct value *argument_value(const struct keras_writer *w, const struct keras_call *call, const struct json *at)
{
	const struct keras_ref *ref = at->kind == JSON_OBJECT ? ref_at(call, at) : NULL;
	struct value *list;

	if (ref) return tensor_value(w, ref);
	if (at->kind != JSON_ARRAY && at->kind != JSON_OBJECT) return keras_write_json(w, at);
	list = at->kind == JSON_ARRAY ? value_list(w->arena) : value_map(w->arena);
	for (const struct json *member = at->first; member; member = member->next) {
		struct value *value = argument_value(w, call, member);

		if (at->kind == JSON_ARRAY)
			value_push(list, value);
		else
			value_set(list, member->key, value);
	}
	return list;
}

/* Was every tensor given by a name of its own? */
static bool are_named(const struct keras_ref *refs, int n)
{
	for (int i = 0; i < n; i++) {
		if (!refs[i].key) return false;
		for (int k = 0; k < i; k++)
			if (!strcmp(refs[i].key, refs[k].key)) return false;
	}
	return n > 0;
}

/* Several tensors as one argument: by name where they were given so. */
static struct value *tensors_value(const struct keras_writer *w, const struct keras_call *call)
{
	bool named = are_named(call->in.at, call->in.n);
	struct value *all = named ? value_map(w->arena) : value_list(w->arena);

	for (int i = 0; i < call->in.n; i++) {
		struct value *tensor = tensor_value(w, &call->in.at[i]);

		if (named)
			value_set(all, call->in.at[i].key, tensor);
		else
			value_push(all, tensor);
	}
	return all;
}

/* A layer takes one tensor or one list of them, an operation its operands one by one. */
static struct value *arguments_of(const struct keras_writer *w, const struct keras_layer *layer,
				  const struct keras_call *call)
{
	struct value *args = value_list(w->arena);
	bool single = call->in.n == 1 && !are_named(call->in.at, 1);
	int next = 0;

	for (int i = 0; i < call->operands.n; i++) {
		const struct keras_operand *operand = &call->operands.at[i];
		value_push(args,
			   operand->tensor ? tensor_value(w, &call->in.at[next++]) : keras_write_json(w, operand->at));
	}
	if (layer->operation) return args;
	value_push(args, single ? tensor_value(w, &call->in.at[0]) : tensors_value(w, call));
	return args;
}

/* What an operation of Keras 2 is told by name; masks that a call gives as an argument. */
static struct value *keywords_of(const struct keras_writer *w, const struct keras_layer *layer,
				 const struct keras_call *call)
{
	struct value *map = value_map(w->arena), *list = value_list(w->arena);
	const struct json *one;

	for (int i = 0; layer->operation && call->at && (one = keras_operation_argument(call->at, i)) != NULL; i++)
		value_set(map, one->key, keras_write_json(w, one));
	for (int i = 0; i < call->masks.n; i++) {
		const struct keras_ref *ref = &call->masks.at[i];
		struct value *mask = ref->layer ? tensor_value(w, ref) : keras_write_null(w);

		if (call->masks.n == 1)
			value_set(map, "mask", mask);
		else
			value_push(list, mask);
	}
	if (call->masks.n > 1) value_set(map, "mask", list);
	return map;
}

static struct value *call_value(const struct keras_writer *w, const struct keras_layer *layer,
				const struct keras_call *call)
{
	const struct json *args = call->at ? json_get(call->at, "args") : NULL,
			  *kwargs = args ? json_get(call->at, "kwargs") : NULL;
	struct value *map = value_map(w->arena);

	value_set(map, "args", args ? argument_value(w, call, args) : arguments_of(w, layer, call));
	value_set(map, "kwargs", kwargs ? argument_value(w, call, kwargs) : keywords_of(w, layer, call));
	return map;
}

struct value *keras_write_calls(const struct keras_writer *w, const struct keras_layer *layer)
{
	struct value *list = value_list(w->arena);

	for (int i = 0; i < layer->calls.n; i++) value_push(list, call_value(w, layer, &layer->calls.at[i]));
	return list;
}

/* Keras 3 counts the making of a nested functional model as its call 0, but only here. */
static int64_t end_number(const struct keras_writer *w, const struct keras_ref *ref, bool outputs)
{
	const struct keras_layer *layer = keras_find_layer(w->model, ref->layer);
	bool counts = outputs && layer->kind == KERAS_MODEL && strcmp(layer->class_name, "Sequential") != 0;

	return call_number(w, ref) + counts;
}

struct value *keras_write_ends(const struct keras_writer *w, bool outputs)
{
	const struct keras_ref *at = outputs ? w->model->outputs.at : w->model->inputs.at;
	int n = outputs ? w->model->outputs.n : w->model->inputs.n;
	bool named = are_named(at, n);
	struct value *all = named ? value_map(w->arena) : value_list(w->arena);

	if (n == 1 && !named) return history_value(w, at, end_number(w, at, outputs));
	for (int i = 0; i < n; i++) {
		struct value *end = history_value(w, &at[i], end_number(w, &at[i], outputs));

		if (named)
			value_set(all, at[i].key, end);
		else
			value_push(all, end);
	}
	return all;
}

/* ---- bare operations -------------------------------------------------------------------------------------------- */

/* Classes of keras.src.ops.numpy; the others are in keras.src.ops.nn. */
static const char *const numpy_operations[] = { "Add",        "Subtract", "Multiply", "TrueDivide", "Divide",
						"Maximum",    "Minimum",  "Negative", "Tanh",       "Exp",
						"Power",      "Square",   "Sqrt",     "Absolute",   "Log",
						"Reciprocal", "Clip",     "GetItem",  "Mean",       "Sum",
						"Max",        "Min",      "Pad",      "Split",      NULL };

static const char *module_of(const char *class_name)
{
	for (int i = 0; numpy_operations[i]; i++)
		if (!strcmp(numpy_operations[i], class_name)) return "keras.src.ops.numpy";
	return "keras.src.ops.nn";
}

struct value *keras_write_operation(const struct keras_writer *w, const struct keras_layer *layer)
{
	const char *now = keras_operation_now(layer->at), *class_name = now ? now : layer->class_name;
	const struct json *module = json_get(layer->at, "module");
	struct value *config = value_map(w->arena);

	value_set_text(w->arena, config, "name", layer->name);
	for (const struct json *member = now ? NULL : layer->config_json->first; member; member = member->next)
		if (strcmp(member->key, "name") != 0) value_set(config, member->key, keras_write_json(w, member));
	return keras_write_object(w, now || !module ? module_of(class_name) : module->string, class_name, config,
				  class_name);
}
