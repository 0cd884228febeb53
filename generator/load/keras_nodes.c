/* keras_nodes.c: who calls whom: inbound_nodes, input_layers, output_layers of both dialects. */
#include "load/keras.h"

#include <stdlib.h>
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

static int compare_keys(const void *a, const void *b)
{
	return strcmp((*(const struct json *const *)a)->key, (*(const struct json *const *)b)->key);
}

/* What is in a list, in order, or in an object, sorted by name, as Keras lays structures of tensors open. */
static const struct json **members_of(struct keras *k, const struct json *at)
{
	const struct json **members = NEW_ARRAY(k->arena, at->n + 1, const struct json *);
	int n = 0;

	for (const struct json *item = at->first; item; item = item->next) members[n++] = item;
	if (at->kind == JSON_OBJECT) qsort(members, (size_t)n, sizeof *members, compare_keys);
	return members;
}

/* A structure of tensors laid open: take() is called for each that is no list and, unless it is a tensor, no object. */
typedef bool take_function(struct keras *k, void *to, const struct json *at, const char *key);

static bool take_all(struct keras *k, void *to, const struct json *at, const char *key, take_function *take)
{
	const struct json **members;
	bool right = true;

	if (is_ref(at) || tensor_history(at) || (at->kind != JSON_ARRAY && at->kind != JSON_OBJECT))
		return take(k, to, at, key);
	members = members_of(k, at);
	for (int i = 0; i < at->n; i++) right &= take_all(k, to, members[i], members[i]->key, take);
	return right;
}

static bool take_tensor(struct keras *k, void *to, const struct json *at, const char *key)
{
	struct keras_call *call = to;
	const struct json *history = tensor_history(at);
	struct keras_ref ref;

	if (!history)
		return refuse(k, at, call->layer->name,
			      arena_printf(k->arena,
					   "%s is not an input that is supported; it must be a tensor of the model",
					   json_shown(k->arena, at)));
	ref = ref_of(history);
	ref.key = key;
	list_push(k->arena, &call->in, ref);
	return true;
}

/* A tensor, or a structure of them. */
static bool take_tensors(struct keras *k, struct keras_call *call, const struct json *at)
{
	return take_all(k, call, at, NULL, take_tensor);
}

static bool all_null(const struct json *at)
{
	if (at->kind == JSON_NULL) return true;
	if (at->kind != JSON_ARRAY && at->kind != JSON_OBJECT) return false;
	for (const struct json *item = at->first; item; item = item->next)
		if (!all_null(item)) return false;
	return true;
}

static bool take_mask(struct keras *k, void *to, const struct json *at, const char *key)
{
	struct keras_call *call = to;
	const struct json *history = is_ref(at) ? at : tensor_history(at);
	struct keras_ref ref = { 0 };

	if (!history && at->kind != JSON_NULL)
		return refuse(k, at, call->layer->name, "it must be null, or a tensor of the model that is the mask");
	if (history) ref = ref_of(history);
	ref.key = key;
	list_push(k->arena, &call->masks, ref);
	return true;
}

/* Masks for the inputs of a model, or one for a layer that looks at masks or passes them on. */
static bool take_masks(struct keras *k, struct keras_call *call, const struct json *at)
{
	const struct layer *row = call->layer->row;
	bool one = call->layer->kind == KERAS_LAYER;

	if (one && (!row || (!row->use_masks && row->mask == MASK_DROPS)))
		return refuse(k, at, call->layer->name, "this layer takes no mask; it must be null");
	if (!take_all(k, call, at, NULL, take_mask)) return false;
	return !one || call->masks.n == 1 || refuse(k, at, call->layer->name, "it must be one mask");
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
	if (!strcmp(at->key, "mask")) return take_masks(k, call, at);
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

static bool take_ref2(struct keras *k, void *to, const struct json *at, const char *key)
{
	struct keras_call *call = to;
	struct keras_ref ref;

	if (!is_ref(at))
		return refuse(k, at, call->layer->name,
			      arena_printf(k->arena,
					   "%s is not a tensor of the model; it must be [\"layer\", call, output, {}]",
					   json_shown(k->arena, at)));
	ref = ref_of(at);
	ref.key = key;
	list_push(k->arena, &call->in, ref);
	return take_arguments(k, call, json_at(at, 3));
}

/* {"args": [..], "kwargs": {..}} of Keras 3; Keras 2 gives tensors by name with {"left": ["a", 0, 0, {}], ..}. */
static bool is_call3(const struct json *node)
{
	const struct json *first = node->first;

	return node->kind == JSON_OBJECT &&
	       (json_get(node, "args") || json_get(node, "kwargs") || !first || !is_ref(first));
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
		right = is_call3(node) ? read_call3(k, &call, node) : take_all(k, &call, node, NULL, take_ref2);
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

/* Where input_layers or output_layers go. */
struct ends {
	struct keras_model *model;
	bool outputs;
};

static bool take_end(struct keras *k, void *to, const struct json *at, const char *key)
{
	struct ends *ends = to;
	struct keras_ref ref;

	if (!is_ref(at))
		return refuse(k, at, NULL,
			      "it must be a tensor [\"layer\", call, output], or a list or an object of such tensors");
	ref = ref_of(at);
	ref.key = key;
	if (ends->outputs)
		list_push(k->arena, &ends->model->outputs, ref);
	else
		list_push(k->arena, &ends->model->inputs, ref);
	return true;
}

bool keras_read_ends(struct keras *k, const struct json *ends, struct keras_model *model, bool outputs)
{
	struct ends to = { model, outputs };
	bool right = take_all(k, &to, ends, NULL, take_end);

	if (right && !(outputs ? model->outputs.n : model->inputs.n))
		return refuse(k, ends, NULL, outputs ? "the model has no outputs" : "the model has no inputs");
	return right;
}
