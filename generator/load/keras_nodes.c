/* keras_nodes.c: who calls whom: inbound_nodes, input_layers, output_layers of both dialects. */
#include "load/keras.h"

#include <string.h>

static bool refuse(struct keras *k, const struct json *at, const char *layer, const char *what)
{
	diag_error(k->diag, keras_place(k, at, layer), "%s", what);
	return false;
}

/* ["name", call, output] or, Keras 2, ["name", call, output, {arguments}] */
static bool is_ref(const struct json *at)
{
	const struct json *call = json_at(at, 1), *output = json_at(at, 2);

	return at->kind == JSON_ARRAY && (at->n == 3 || at->n == 4) && at->first->kind == JSON_STRING &&
	       call->is_integer && output->is_integer;
}

static struct keras_ref ref_of(const struct json *at)
{
	return (struct keras_ref){
		.layer = at->first->string, .call = json_at(at, 1)->integer, .output = json_at(at, 2)->integer, .at = at
	};
}

/* A tensor of Keras 3: its keras_history; NULL: something else. */
static const struct json *tensor_history(const struct json *at)
{
	const struct json *class_name = json_get(at, "class_name"), *config = json_get(at, "config");
	const struct json *history = config ? json_get(config, "keras_history") : NULL;

	if (!class_name || class_name->kind != JSON_STRING || strcmp(class_name->string, "__keras_tensor__") != 0)
		return NULL;
	return history && is_ref(history) ? history : NULL;
}

/* A tensor or a list of tensors. */
static bool take_tensors(struct keras *k, struct keras_call *call, const struct json *at)
{
	const struct json *history = tensor_history(at);
	bool right = true;

	if (history) {
		list_push(k->arena, &call->in, ref_of(history));
		return true;
	}
	if (at->kind != JSON_ARRAY)
		return refuse(k, at, call->layer->name,
			      arena_printf(k->arena,
					   "%s is not an input that is supported; it must be a tensor of the model",
					   json_shown(k->arena, at)));
	for (const struct json *item = at->first; item; item = item->next) right &= take_tensors(k, call, item);
	return right;
}

static bool all_null(const struct json *at)
{
	if (at->kind == JSON_NULL) return true;
	if (at->kind != JSON_ARRAY) return false;
	for (const struct json *item = at->first; item; item = item->next)
		if (!all_null(item)) return false;
	return true;
}

/* Arguments by name: without effect, inputs, or refused. */
static bool take_argument(struct keras *k, struct keras_call *call, const struct json *at)
{
	if (all_null(at)) return true;
	if (!strcmp(at->key, "training")) {
		if (at->kind == JSON_FALSE) return true;
		return refuse(k, at, call->layer->name,
			      "the layer is called with training=true, which is not supported; call it without");
	}
	if (!strcmp(at->key, "name")) return true;
	if (!strcmp(at->key, "mask")) return refuse(k, at, call->layer->name, "masks are not supported");
	if (!strcmp(at->key, "inputs") || !strcmp(at->key, "x")) return take_tensors(k, call, at);
	return refuse(k, at, call->layer->name,
		      arena_printf(k->arena, "the argument '%s' of this call is not supported", at->key));
}

static bool take_arguments(struct keras *k, struct keras_call *call, const struct json *arguments)
{
	bool right = true;

	if (!arguments) return true;
	for (const struct json *at = arguments->first; at; at = at->next) right &= take_argument(k, call, at);
	return right;
}

static bool read_call3(struct keras *k, struct keras_call *call, const struct json *node)
{
	const struct json *args = json_get(node, "args"), *kwargs = json_get(node, "kwargs");
	bool right = true;

	if (!args || args->kind != JSON_ARRAY)
		return refuse(k, node, call->layer->name, "'args' is missing; it must be a list");
	for (const struct json *at = args->first; at; at = at->next)
		if (!all_null(at) || at->kind == JSON_ARRAY) right &= take_tensors(k, call, at);
	return take_arguments(k, call, kwargs) && right;
}

static bool take_ref2(struct keras *k, struct keras_call *call, const struct json *at)
{
	if (!is_ref(at))
		return refuse(k, at, call->layer->name,
			      arena_printf(k->arena,
					   "%s is not a tensor of the model; it must be [\"layer\", call, output, {}]",
					   json_shown(k->arena, at)));
	list_push(k->arena, &call->in, ref_of(at));
	return take_arguments(k, call, json_at(at, 3));
}

static bool read_call2(struct keras *k, struct keras_call *call, const struct json *node)
{
	bool right = true;

	if (is_ref(node)) return take_ref2(k, call, node);
	for (const struct json *at = node->first; at; at = at->next) right &= take_ref2(k, call, at);
	return right;
}

static bool read_call(struct keras *k, struct keras_layer *layer, const struct json *node)
{
	struct keras_call call = { .layer = layer, .at = node };
	bool right;

	if (node->kind != JSON_ARRAY && node->kind != JSON_OBJECT)
		return refuse(k, node, layer->name,
			      "a call must be a list of tensors, or an object with 'args' and 'kwargs'");
	if (layer->operation)
		right = keras_read_operation(k, layer, node, &call);
	else
		right = node->kind == JSON_OBJECT ? read_call3(k, &call, node) : read_call2(k, &call, node);
	if (right && !call.in.n) right = refuse(k, node, layer->name, "this call has no inputs");
	list_push(k->arena, &layer->calls, call);
	return right;
}

bool keras_read_calls(struct keras *k, struct keras_layer *layer, const struct json *nodes)
{
	bool right = true;

	if (nodes->kind != JSON_ARRAY) return refuse(k, nodes, layer->name, "it must be a list of calls");
	if (layer->kind == KERAS_INPUT)
		return !nodes->n || refuse(k, nodes, layer->name, "an InputLayer is called by nobody");
	for (const struct json *node = nodes->first; node; node = node->next) right &= read_call(k, layer, node);
	return right;
}

bool keras_read_ends(struct keras *k, const struct json *ends, struct keras_model *model, bool outputs)
{
	static const char wanted[] =
	    "it must be a tensor [\"layer\", call, output] or a list of them; nested lists and names are not supported";
	bool single = is_ref(ends);

	if (!single && (ends->kind != JSON_ARRAY || !ends->n)) return refuse(k, ends, NULL, wanted);
	for (const struct json *at = single ? ends : ends->first; at; at = single ? NULL : at->next) {
		if (!is_ref(at)) return refuse(k, at, NULL, wanted);
		if (outputs)
			list_push(k->arena, &model->outputs, ref_of(at));
		else
			list_push(k->arena, &model->inputs, ref_of(at));
	}
	return true;
}
