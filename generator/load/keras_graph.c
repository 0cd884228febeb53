/* keras_graph.c: models and layers -> a graph with a node for every call; nested models are laid open. */
#include "load/keras.h"

#include <string.h>

/* One call of a model: what its layers' calls gave so far. */
struct instance {
	struct keras *k;
	struct keras_model *model;
	const char *prefix;    /* "sub/" of a nested model, or "" */
	struct tensor ****out; /* [layer][call][output]; NULL: not called yet */
};

/* ---- are all names and numbers right? ------------------------------------------------------------------------ */

static int64_t calls_of(const struct keras_layer *layer)
{
	return layer->kind == KERAS_INPUT ? 1 : layer->calls.n;
}

static int64_t inputs_of(const struct keras_layer *layer)
{
	return layer->kind == KERAS_MODEL ? layer->model->inputs.n : 0;
}

static int64_t outputs_of(const struct keras_layer *layer)
{
	int parts = layer->calls.n ? layer->calls.at[0].parts.n : 0; /* all calls of an operation have as many */

	if (layer->kind == KERAS_MODEL) return layer->model->outputs.n;
	return parts ? parts : 1;
}

/* Keras 2 numbers a nested model's calls from 1 where its own making was call 0: the numbers themselves tell. */
static void shift_calls(struct keras_layer *layer, const struct keras_ref *ref)
{
	if (layer->kind == KERAS_MODEL && ref->call == layer->calls.n) layer->first_call = 1;
}

static void check_ref(struct keras *k, const struct keras_model *model, const struct keras_ref *ref)
{
	struct keras_layer *layer = keras_find_layer(model, ref->layer);
	struct place place = keras_place(k, ref->at, NULL);

	if (!layer) {
		diag_error(k->diag, place, "no layer is called '%s'", ref->layer);
		return;
	}
	if (k->version && k->version < 3) shift_calls(layer, ref);
	if (ref->call < layer->first_call || ref->call - layer->first_call >= calls_of(layer))
		diag_error(k->diag, place, "layer '%s' has no call %lld; it has %lld, counted from %d", ref->layer,
			   (long long)ref->call, (long long)calls_of(layer), layer->first_call);
	else if (ref->output < 0 || ref->output >= outputs_of(layer))
		diag_error(k->diag, place, "layer '%s' has no output %lld; it has %lld, counted from 0", ref->layer,
			   (long long)ref->output, (long long)outputs_of(layer));
	else if (layer->kind == KERAS_INPUT && !layer->listed)
		diag_error(k->diag, place, "the input '%s' is not in the model's input_layers", ref->layer);
}

static void check_inputs(struct keras *k, const struct keras_model *model)
{
	for (int i = 0; i < model->inputs.n; i++) {
		const struct keras_ref *ref = &model->inputs.at[i];
		struct keras_layer *layer = keras_find_layer(model, ref->layer);

		if (layer && layer->kind != KERAS_INPUT)
			diag_error(k->diag, keras_place(k, ref->at, NULL), "'%s' is not an InputLayer", ref->layer);
		else if (layer && layer->listed)
			diag_error(k->diag, keras_place(k, ref->at, NULL), "the input '%s' is listed twice",
				   ref->layer);
		if (layer) layer->listed = true;
	}
}

/* Keras 3 counts the making of a nested functional model as its call 0, but in output_layers only. */
static void shift_outputs(const struct keras *k, struct keras_model *model)
{
	for (int i = 0; i < model->outputs.n; i++) {
		struct keras_ref *ref = &model->outputs.at[i];
		const struct keras_layer *layer = keras_find_layer(model, ref->layer);

		if (!layer || layer->kind != KERAS_MODEL || !strcmp(layer->class_name, "Sequential")) continue;
		if (k->version == 3 && model->functional && ref->call > 0) ref->call--;
	}
}

static void check_model(struct keras *k, struct keras_model *model)
{
	shift_outputs(k, model);
	check_inputs(k, model);
	for (int i = 0; i < model->inputs.n; i++) check_ref(k, model, &model->inputs.at[i]);
	for (int i = 0; i < model->layers.n; i++) {
		const struct keras_layer *layer = model->layers.at[i];
		for (int c = 0; c < layer->calls.n; c++)
			for (int j = 0; j < layer->calls.at[c].in.n; j++)
				check_ref(k, model, &layer->calls.at[c].in.at[j]);
		if (keras_inner_model(layer)) check_model(k, keras_inner_model(layer));
		for (int c = 0; c < layer->calls.n; c++)
			for (int j = 0; j < layer->calls.at[c].masks.n; j++)
				if (layer->calls.at[c].masks.at[j].layer)
					check_ref(k, model, &layer->calls.at[c].masks.at[j]);
	}
	for (int i = 0; i < model->outputs.n; i++) check_ref(k, model, &model->outputs.at[i]);
}

/* ---- building ------------------------------------------------------------------------------------------------ */

static struct tensor *find_tensor(const struct instance *instance, const struct keras_ref *ref)
{
	const struct keras_layer *layer = keras_find_layer(instance->model, ref->layer);
	struct tensor **outputs = instance->out[layer->index][ref->call - layer->first_call];

	return outputs ? outputs[ref->output] : NULL;
}

/* The node of one call and, behind it, those of an activation that is a layer. */
/* bare: a bare operation; mask: given as an argument, or NULL. */
static struct tensor *add_nodes(struct keras *k, struct keras_layer *layer, const char *name, struct tensor *const *in,
				int n, bool implied, bool bare, struct tensor *mask)
{
	struct tensor *out = NULL;
	struct place place = { 0 };

	for (; layer; layer = layer->behind) {
		struct node *node = graph_node(k->graph, layer->row, name);

		if (layer->at) place = keras_place(k, layer->at, NULL);
		place.layer = name;
		node->class_name = layer->class_name;
		node->config = layer->config;
		node->config_json = layer->config_json;
		node->activation = layer->activation;
		node->training = layer->training;
		node->trainable = layer->trainable;
		node->keras = layer->keras;
		node->implied = implied;
		node->operation = bare;
		node->mask_given = implied ? NULL : mask;
		node->place = place;
		graph_connect(k->graph, node, in, n, layer->row->mask == MASK_MAKES ? 2 : 1);
		list_push(k->arena, &layer->nodes, node);
		out = node->out[0];
		in = &node->out[0];
		n = 1;
		implied = true;
	}
	return out;
}

static bool build_model(struct keras *k, struct keras_model *model, const char *prefix, struct tensor *const *in, int n,
			const struct json *at, struct tensor **out);

static bool too_many(struct keras *k, const struct json *at)
{
	if (k->graph->nodes.n < KERAS_NODES_LIMIT) return false;
	diag_error(k->diag, keras_place(k, at, NULL),
		   "the model has more than %d nodes when its nested models are laid open", KERAS_NODES_LIMIT);
	return true;
}

/* A model whose inputs are a list takes tensors that are given by name as its inputs are called. */
static void sort_by_name(const struct keras_model *model, const struct keras_call *call, struct tensor **in, int *n)
{
	struct tensor **sorted = in + call->in.n;

	if (!call->in.n || !model->inputs.n || !call->in.at[0].key || model->inputs.at[0].key) return;
	for (int i = 0; i < model->inputs.n; i++) {
		int j = 0;
		while (j < call->in.n &&
		       strcmp(call->in.at[j].key ? call->in.at[j].key : "", model->inputs.at[i].layer) != 0)
			j++;
		if (j == call->in.n) return;
		sorted[i] = in[j];
	}
	*n = model->inputs.n;
	memmove(in, sorted, sizeof *in * (size_t)*n);
}

/* What a wrapper holds, between the nodes that begin and end it; out: NULL after an error. */
static struct tensor *build_wrapped(struct keras *k, struct keras_layer *wrapper, const char *name, struct tensor *in,
				    bool implied)
{
	struct keras_layer *inner = wrapper->wrapped;
	struct tensor *begun = keras_add_boundary(k, wrapper, name, in, false, implied), *out = NULL;

	if (inner->wrapped)
		out = build_wrapped(k, inner, name, begun, true);
	else if (inner->kind == KERAS_LAYER)
		out = add_nodes(k, inner, name, &begun, 1, true, false, NULL);
	else if (!build_model(k, inner->model, arena_printf(k->arena, "%s/", name), &begun, 1, inner->at, &out))
		return NULL;
	return out ? keras_add_boundary(k, wrapper, name, out, true, true) : NULL;
}

static bool one_input(struct keras *k, const struct keras_layer *layer, const struct keras_call *call)
{
	if (call->in.n == 1) return true;
	diag_error(k->diag, keras_place(k, call->at ? call->at : layer->at, layer->name), "%d inputs; %s takes 1",
		   call->in.n, layer->row->name);
	return false;
}

/* Inside a model its input has the mask that the call gives. */
static void mask_input(struct keras *k, const struct keras_layer *layer, const char *name, struct tensor **in,
		       struct tensor *mask)
{
	struct node *node;

	if (!mask) return;
	node = graph_node(k->graph, layer_find("InputLayer"), name);
	node->class_name = node->layer->name;
	node->config = NEW(k->arena, struct input_config);
	node->keras = k->version;
	node->implied = true;
	node->mask_given = mask;
	if (layer->at) node->place = keras_place(k, layer->at, NULL);
	graph_connect(k->graph, node, in, 1, 1);
	*in = node->out[0];
}

/* masks: as many as the call gives; NULL where it gives none. */
static bool build_call(struct instance *instance, struct keras_layer *layer, int index, struct tensor **in,
		       struct tensor *const *masks)
{
	struct keras *k = instance->k;
	const struct keras_call *call = &layer->calls.at[index];
	struct tensor **outputs = NEW_ARRAY(k->arena, outputs_of(layer) + 1, struct tensor *);
	const char *name =
	    *instance->prefix ? arena_printf(k->arena, "%s%s", instance->prefix, layer->name) : layer->name;

	if (too_many(k, instance->model->at)) return false;
	if (layer->kind == KERAS_MODEL) {
		const char *prefix = arena_printf(k->arena, "%s/", name);
		int n = call->in.n;

		for (int i = 0; i < call->masks.n && i < n; i++) mask_input(k, layer, name, &in[i], masks[i]);
		sort_by_name(layer->model, call, in, &n);
		if (!build_model(k, layer->model, prefix, in, n, call->at ? call->at : layer->at, outputs))
			return false;
	} else if (layer->wrapped) {
		if (!one_input(k, layer, call)) return false;
		outputs[0] = build_wrapped(k, layer, name, in[0], false);
		if (!outputs[0]) return false;
	} else if (call->parts.n) {
		for (int i = 0; i < outputs_of(layer) && i < call->parts.n; i++)
			outputs[i] = add_nodes(k, call->parts.at[i], name, in, call->in.n, false, true, NULL);
	} else {
		outputs[0] = add_nodes(k, call->layer, name, in, call->in.n, false, layer->operation, masks[0]);
	}
	instance->out[layer->index][index] = outputs;
	if (!layer->calls.at[index].out) layer->calls.at[index].out = outputs;
	return true;
}

/* Builds a call whose inputs are there. built: counts. false after an error. */
static bool try_call(struct instance *instance, struct keras_layer *layer, int index, int *built)
{
	const struct keras_call *call = &layer->calls.at[index];
	struct tensor **in, **masks;

	if (instance->out[layer->index][index]) return true;
	in = NEW_ARRAY(instance->k->arena, call->in.n + inputs_of(layer) + 1, struct tensor *);
	for (int i = 0; i < call->in.n; i++) {
		in[i] = find_tensor(instance, &call->in.at[i]);
		if (!in[i]) return true;
	}
	masks = NEW_ARRAY(instance->k->arena, call->masks.n + 1, struct tensor *);
	for (int i = 0; i < call->masks.n; i++) {
		if (!call->masks.at[i].layer) continue;
		masks[i] = find_tensor(instance, &call->masks.at[i]);
		if (!masks[i]) return true;
	}
	++*built;
	return build_call(instance, layer, index, in, masks);
}

static bool build_ready_calls(struct instance *instance, int *built)
{
	for (int i = 0; i < instance->model->layers.n; i++) {
		struct keras_layer *layer = instance->model->layers.at[i];
		for (int c = 0; c < layer->calls.n; c++)
			if (!try_call(instance, layer, c, built)) return false;
	}
	return true;
}

static bool all_built(struct instance *instance)
{
	for (int i = 0; i < instance->model->layers.n; i++) {
		const struct keras_layer *layer = instance->model->layers.at[i];
		for (int c = 0; c < layer->calls.n; c++) {
			if (instance->out[i][c]) continue;
			diag_error(instance->k->diag, keras_place(instance->k, layer->calls.at[c].at, layer->name),
				   "the inputs of layer '%s' come from itself, through a circle of layers",
				   layer->name);
			return false;
		}
	}
	return true;
}

static void start_instance(struct instance *instance, struct tensor *const *in)
{
	struct keras_model *model = instance->model;
	struct arena *arena = instance->k->arena;

	instance->out = NEW_ARRAY(arena, model->layers.n + 1, struct tensor ***);
	for (int i = 0; i < model->layers.n; i++)
		instance->out[i] = NEW_ARRAY(arena, calls_of(model->layers.at[i]) + 1, struct tensor **);
	for (int i = 0; i < model->inputs.n; i++) {
		struct tensor **one = NEW_ARRAY(arena, 1, struct tensor *);
		one[0] = in[i];
		instance->out[keras_find_layer(model, model->inputs.at[i].layer)->index][0] = one;
	}
}

static bool build_model(struct keras *k, struct keras_model *model, const char *prefix, struct tensor *const *in, int n,
			const struct json *at, struct tensor **out)
{
	struct instance instance = { .k = k, .model = model, .prefix = prefix };
	int built = 1;

	if (n != model->inputs.n) {
		diag_error(k->diag, keras_place(k, at, model->name),
			   "the model '%s' is called with %d inputs; it has %d", model->name, n, model->inputs.n);
		return false;
	}
	start_instance(&instance, in);
	while (built) {
		built = 0;
		if (!build_ready_calls(&instance, &built)) return false;
	}
	if (!all_built(&instance)) return false;
	for (int i = 0; i < model->outputs.n; i++) out[i] = find_tensor(&instance, &model->outputs.at[i]);
	return true;
}

bool keras_build_graph(struct keras *k, struct keras_model *model)
{
	int errors = diag_errors(k->diag);
	struct tensor **in = NEW_ARRAY(k->arena, model->inputs.n + 1, struct tensor *);
	struct tensor **out = NEW_ARRAY(k->arena, model->outputs.n + 1, struct tensor *);

	check_model(k, model);
	if (diag_errors(k->diag) > errors) return false;
	k->graph = graph_new(k->arena, model->name);
	for (int i = 0; i < model->inputs.n; i++) {
		in[i] = graph_tensor(k->graph, model->inputs.at[i].layer);
		list_push(k->arena, &k->graph->inputs, in[i]);
	}
	if (!build_model(k, model, "", in, model->inputs.n, model->at, out)) return false;
	for (int i = 0; i < model->outputs.n; i++) list_push(k->arena, &k->graph->outputs, out[i]);
	return true;
}
