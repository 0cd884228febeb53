/* draft.c: a model as layers, calls and recipes; its shapes, its config as Keras writes it. */
#include "tests/models/models.h"

#include "load/keras.h"

#include <string.h>

struct shape *draft_shape(const struct draft *draft, struct ref ref)
{
	return &draft->calls.at[ref.call].out[ref.output];
}

void layer_set(struct arena *arena, struct draft_layer *layer, const char *key, const char *format, ...)
{
	struct entry pair = { .key = key };
	va_list arguments;

	va_start(arguments, format);
	pair.value = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	list_push(arena, &layer->config, pair);
}

static struct draft_layer *layer_copy(const struct draft_layer *layer, struct arena *arena)
{
	struct draft_layer *copy = arena_copy(arena, layer, sizeof *layer);

	copy->config.at =
	    arena_copy(arena, layer->config.at, sizeof *layer->config.at * (size_t)layer->config.capacity);
	if (layer->inner) copy->inner = draft_copy(layer->inner, arena);
	return copy;
}

struct draft *draft_copy(const struct draft *draft, struct arena *arena)
{
	struct draft *copy = NEW(arena, struct draft);

	*copy = (struct draft){
		.arena = arena, .name = draft->name, .dialect = draft->dialect, .sequential = draft->sequential
	};
	for (int i = 0; i < draft->layers.n; i++)
		list_push(arena, &copy->layers, layer_copy(draft->layers.at[i], arena));
	for (int i = 0; i < draft->calls.n; i++) list_push(arena, &copy->calls, draft->calls.at[i]);
	for (int i = 0; i < draft->outputs.n; i++) list_push(arena, &copy->outputs, draft->outputs.at[i]);
	return copy;
}

int draft_size(const struct draft *draft)
{
	int n = 0;

	for (int i = 0; i < draft->calls.n; i++) {
		const struct draft_layer *layer = draft->layers.at[draft->calls.at[i].layer];
		n += draft->calls.at[i].n_in > 0 && !draft->calls.at[i].gone;
		if (layer->inner) n += draft_size(layer->inner);
	}
	return n;
}

/* ---- shapes ---------------------------------------------------------------------------------------------------- */

static void layer_json(const struct draft_layer *layer, struct text *out)
{
	text_printf(out, "{\"class_name\": \"%s\", \"config\": {\"name\": ", layer->class_name);
	json_quote(out, layer->name);
	for (int i = 0; i < layer->config.n; i++)
		text_printf(out, ", \"%s\": %s", layer->config.at[i].key, layer->config.at[i].value);
	text_add(out, "}");
}

/* What one class of a layer makes of its inputs, in a graph of its own.  Its weights' shapes are added to the layer's. */
static bool infer_alone(struct keras *k, struct draft_layer *layer, const struct keras_layer *read,
			const struct shape *in, int n_in, struct shape *out)
{
	struct tensor *tensors[CALL_INPUTS];
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	struct graph *graph = graph_new(k->arena, "alone");
	struct node *node;

	for (int i = 0; i < n_in; i++) {
		tensors[i] = graph_tensor(graph, "input");
		tensors[i]->shape = in[i];
		list_push(k->arena, &graph->inputs, tensors[i]);
	}
	node = graph_node(graph, read->row, read->name);
	node->class_name = read->class_name;
	node->config = read->config;
	node->config_json = read->config_json;
	node->activation = read->activation;
	graph_connect(graph, node, tensors, n_in, 1);
	if (read->row->check && !read->row->check(node, k->diag)) return false;
	node->n_weight = read->row->weights ? read->row->weights(node, spec) : 0;
	node->weight = NEW_ARRAY(k->arena, node->n_weight + 1, const struct weight *);
	for (int i = 0; i < node->n_weight; i++) {
		struct weight *weight = NEW(k->arena, struct weight);
		int64_t n = shape_elements(&spec[i].shape);
		if (n < 0 || n > MAX_ELEMENTS) return false;
		*weight = (struct weight){ .name = spec[i].name, .shape = spec[i].shape };
		weight->f32 = NEW_ARRAY(k->arena, n + 1, float);
		node->weight[i] = weight;
		layer->weight[layer->n_weight++] = spec[i];
	}
	list_push(k->arena, &graph->outputs, node->out[0]);
	infer(graph, k->diag);
	*out = graph->outputs.at[0]->shape;
	return !diag_failed(k->diag);
}

/* A layer and the activation behind it that is a layer; what is wrapped works on every step of the first axis. */
static bool infer_read(struct keras *k, struct draft_layer *layer, const struct keras_layer *read,
		       const struct shape *in, int n_in, struct shape *out)
{
	for (const struct keras_layer *at = read; at; at = at->behind, in = out, n_in = 1) {
		if (at->wrapped) {
			struct shape inner = *in, made;
			inner.rank--;
			memmove(inner.at, in->at + 1, sizeof *inner.at * (size_t)inner.rank);
			layer->wraps++;
			if (!infer_read(k, layer, at->wrapped, &inner, 1, &made)) return false;
			out->at[0] = in->at[0];
			memcpy(out->at + 1, made.at, sizeof *made.at * (size_t)made.rank);
			out->rank = made.rank + 1;
		} else {
			if (!infer_alone(k, layer, at, in, n_in, out)) return false;
			if (at == read) layer->n_own = layer->n_weight;
		}
	}
	return true;
}

static bool infer_layer(struct draft_layer *layer, const struct shape *in, int n_in, struct shape *out,
			struct diag *diag)
{
	struct arena *arena = arena_new();
	struct options options = options_default();
	struct keras k = { .arena = arena, .diag = diag, .options = &options, .version = 3, .guessed = 3 };
	struct text text = { 0 };
	struct source source = { .name = layer->name };
	const struct json *root;
	const struct keras_layer *read = NULL;
	bool right;

	layer_json(layer, &text);
	text_add(&text, "}");
	source.text = text.at;
	source.n = text.n;
	root = json_parse(arena, diag, &source);
	if (root) read = keras_read_layer(&k, root);
	layer->n_weight = layer->n_own = layer->wraps = 0;
	right = read && infer_read(&k, layer, read, in, n_in, out);
	text_free(&text);
	arena_free(arena);
	return right;
}

static bool infer_nested(struct draft *inner, const struct shape *in, int n_in, struct draft_call *call,
			 struct diag *diag)
{
	int n = 0;

	for (int i = 0; i < inner->calls.n; i++) {
		if (inner->calls.at[i].n_in > 0) continue;
		if (n >= n_in) return false;
		inner->calls.at[i].out[0] = in[n++];
	}
	if (n != n_in || !draft_infer(inner, diag)) return false;
	call->n_out = inner->outputs.n;
	for (int i = 0; i < inner->outputs.n; i++) call->out[i] = *draft_shape(inner, inner->outputs.at[i]);
	return true;
}

bool draft_infer_call(struct draft *draft, int call, struct diag *diag)
{
	struct draft_call *at = &draft->calls.at[call];
	struct draft_layer *layer = draft->layers.at[at->layer];
	struct shape in[CALL_INPUTS];

	if (at->n_in == 0 || at->gone) return true;
	for (int i = 0; i < at->n_in; i++) in[i] = *draft_shape(draft, at->in[i]);
	if (layer->inner) return infer_nested(layer->inner, in, at->n_in, at, diag);
	at->n_out = 1;
	return infer_layer(layer, in, at->n_in, &at->out[0], diag);
}

bool draft_infer(struct draft *draft, struct diag *diag)
{
	for (int i = 0; i < draft->calls.n; i++)
		if (!draft_infer_call(draft, i, diag)) return false;
	return true;
}

/* ---- config ---------------------------------------------------------------------------------------------------- */

static void shape_json(const struct shape *shape, struct text *out)
{
	text_add(out, "[null");
	for (int i = 0; i < shape->rank; i++) text_printf(out, ", %lld", (long long)shape->at[i]);
	text_add(out, "]");
}

/* Which call of its layer a call is. */
static int call_number(const struct draft *draft, int call)
{
	int n = 0;

	for (int i = 0; i < call; i++)
		n += draft->calls.at[i].layer == draft->calls.at[call].layer && !draft->calls.at[i].gone;
	return n;
}

static bool is_nested(const struct draft *draft, int call)
{
	return draft->layers.at[draft->calls.at[call].layer]->inner != NULL;
}

/* Keras 2 counts the making of a nested model as its call 0. */
static void history_json(const struct draft *draft, struct ref ref, int shift, struct text *out)
{
	text_add(out, "[");
	json_quote(out, draft->layers.at[draft->calls.at[ref.call].layer]->name);
	text_printf(out, ", %d, %d", call_number(draft, ref.call) + shift, ref.output);
}

static void tensor_json(const struct draft *draft, struct ref ref, struct text *out)
{
	if (draft->dialect == KERAS_2) {
		history_json(draft, ref, is_nested(draft, ref.call), out);
		text_add(out, ", {}]");
		return;
	}
	text_add(out, "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": ");
	shape_json(draft_shape(draft, ref), out);
	text_add(out, ", \"dtype\": \"float32\", \"keras_history\": ");
	history_json(draft, ref, 0, out);
	text_add(out, "]}}");
}

static void call_json(const struct draft *draft, const struct draft_call *call, struct text *out)
{
	const bool several = call->n_in > 1 || draft->dialect == KERAS_2;

	if (draft->dialect == KERAS_3) text_add(out, "{\"args\": [");
	if (several) text_add(out, "[");
	for (int i = 0; i < call->n_in; i++) {
		if (i > 0) text_add(out, ", ");
		tensor_json(draft, call->in[i], out);
	}
	if (several) text_add(out, "]");
	if (draft->dialect == KERAS_3) text_add(out, "], \"kwargs\": {}}");
}

static void calls_json(const struct draft *draft, int layer, struct text *out)
{
	int n = 0;

	text_add(out, ", \"inbound_nodes\": [");
	for (int i = 0; i < draft->calls.n; i++) {
		const struct draft_call *call = &draft->calls.at[i];
		if (call->layer != layer || call->n_in == 0 || call->gone) continue;
		if (n++ > 0) text_add(out, ", ");
		call_json(draft, call, out);
	}
	text_add(out, "]");
}

/* Inputs and outputs: Keras 3 writes a single one without the list around it. */
static void ends_json(const struct draft *draft, const struct ref *ref, int n, struct text *out)
{
	const bool list = n > 1 || draft->dialect == KERAS_2;

	if (list) text_add(out, "[");
	for (int i = 0; i < n; i++) {
		const char *class_name = draft->layers.at[draft->calls.at[ref[i].call].layer]->class_name;
		/* Keras 3 counts the making of a nested functional model as its call 0, but only here. */
		const bool shift = is_nested(draft, ref[i].call) &&
				   (draft->dialect == KERAS_2 || strcmp(class_name, "Sequential") != 0);
		if (i > 0) text_add(out, ", ");
		history_json(draft, ref[i], shift, out);
		text_add(out, "]");
	}
	if (list) text_add(out, "]");
}

int draft_first_call(const struct draft *draft, int layer)
{
	for (int i = 0; i < draft->calls.n; i++)
		if (draft->calls.at[i].layer == layer && !draft->calls.at[i].gone) return i;
	return -1;
}

static void model_json(const struct draft *draft, struct text *out);

static void member_json(const struct draft *draft, int layer, struct text *out)
{
	const struct draft_layer *at = draft->layers.at[layer];
	const struct draft_call *call = &draft->calls.at[draft_first_call(draft, layer)];

	if (at->inner) {
		model_json(at->inner, out);
		out->at[--out->n] = 0; /* its last brace */
	} else if (call->n_in == 0) {
		text_add(out, "{\"class_name\": \"InputLayer\", \"config\": {\"name\": ");
		json_quote(out, at->name);
		text_printf(out, ", \"dtype\": \"float32\", \"%s\": ",
			    draft->dialect == KERAS_2 ? "batch_input_shape" : "batch_shape");
		shape_json(&call->out[0], out);
		text_add(out, "}");
	} else {
		layer_json(at, out);
	}
	if (!draft->sequential) {
		text_add(out, ", \"name\": ");
		json_quote(out, at->name);
		calls_json(draft, layer, out);
	}
	text_add(out, "}");
}

static void model_json(const struct draft *draft, struct text *out)
{
	LIST(struct ref) inputs = { 0 };
	struct arena *arena = arena_new();
	int n = 0;

	text_printf(
	    out, "{\"class_name\": \"%s\", \"config\": {\"name\": ", draft->sequential ? "Sequential" : "Functional");
	json_quote(out, draft->name);
	text_add(out, ", \"trainable\": true, \"layers\": [");
	for (int i = 0; i < draft->layers.n; i++) {
		const int call = draft_first_call(draft, i);
		const struct ref ref = { call, 0 };
		if (call < 0) continue;
		if (draft->calls.at[call].n_in == 0) list_push(arena, &inputs, ref);
		text_add(out, n++ > 0 ? ",\n " : "\n ");
		member_json(draft, i, out);
	}
	text_add(out, "]");
	if (!draft->sequential) {
		text_add(out, ", \"input_layers\": ");
		ends_json(draft, inputs.at, inputs.n, out);
		text_add(out, ", \"output_layers\": ");
		ends_json(draft, draft->outputs.at, draft->outputs.n, out);
	}
	text_add(out, "}}");
	arena_free(arena);
}

void draft_json(const struct draft *draft, struct text *out)
{
	model_json(draft, out);
	out->at[--out->n] = 0;
	text_printf(out, ", \"keras_version\": \"%s\"}\n", draft->dialect == KERAS_2 ? "2.15.0" : "3.15.1");
}
