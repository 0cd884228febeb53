/* quantise.c: a prepared float graph and the ranges of its tensors become a graph of integers.
 *
 * A tensor of the result holds integers where a node makes such, real numbers where one makes those; a Quantize node
 * stands wherever a reader needs the other, or the same in other steps. */
#include "passes/quantise.h"

/* ---- weights -------------------------------------------------------------------------------------------------------- */

static void quantise_weights(struct node *node, const struct weight *const *from, struct arena *arena)
{
	const struct weight *bias = node->n_weight > 1 ? from[1] : NULL;
	struct filters filters;

	CHECK(node_filters(node, &filters));
	node->weight = NEW_ARRAY(arena, node->n_weight, const struct weight *);
	if (!filters.n) {
		for (int i = 0; i < node->n_weight; i++) node->weight[i] = quantised_constant(from[i], arena);
		return;
	}
	node->weight[0] = quantised_kernel(from[0], filters, bias, node->in[0], node->out[0], arena);
	if (bias) node->weight[1] = quantised_bias(bias, node->weight[0], node->in[0], arena);
}

/* ---- which tensors share a scale ---------------------------------------------------------------------------------------- */

struct work {
	const struct graph *from;
	const struct quantising *how;
	struct arena *arena;
	struct graph *to;
	bool *integer;                     /* by node of from: computes with integers */
	int *source;                       /* by tensor of from: the tensor whose scale it has */
	const struct quantisation **scale; /* by source */
	/* By tensor of from: those of to with its value, in integers, in real numbers, and as an input in other integers
	 * (NULL: there is none). */
	struct tensor **whole, **real, **given;
	LIST(int) tensor; /* by tensor of to */
	struct quantised *out;
};

static int source_of(const struct work *w, int tensor)
{
	while (w->source[tensor] != tensor) tensor = w->source[tensor];
	return tensor;
}

static bool made_of_integers(const struct work *w, const struct tensor *tensor)
{
	return !tensor->from || w->integer[tensor->from->id];
}

/* What only moves stays in the numbers that it is given. */
static bool computes_with_integers(const struct work *w, const struct node *node)
{
	bool any = false;

	if (!node_has_integer_form(node, w->how->activations)) return false;
	for (int k = 0; k < node->n_in; k++) any |= made_of_integers(w, node->in[k]);
	return any || !(node->layer->moves || layer_is(node, "Concatenate"));
}

/* Nobody else reads the tensor or those that it has its scale from, of which the first may have any. */
static bool may_be_given_scale(const struct work *w, const struct tensor *tensor)
{
	for (;;) {
		if (!made_of_integers(w, tensor) || graph_uses(w->from, tensor) != 1) return false;
		if (w->source[tensor->id] == tensor->id) break;
		if (tensor->from->n_out != 1 || node_scale_rule(tensor->from) != SCALE_OF_INPUT) return false;
		tensor = tensor->from->in[0];
	}
	return !tensor->from || (!node_fixed_scale(tensor->from, w->how->activations) &&
				 node_scale_rule(tensor->from) != SCALE_OF_OUTPUT);
}

static void share_scales(struct work *w)
{
	for (int t = 0; t < w->from->tensors.n; t++) w->source[t] = t;
	for (int i = 0; i < w->from->nodes.n; i++) {
		const struct node *node = w->from->nodes.at[i];
		w->integer[i] = computes_with_integers(w, node);
		for (int k = 0; w->integer[i] && node_scale_rule(node) == SCALE_OF_INPUT && k < node->n_out; k++)
			w->source[node->out[k]->id] = node->in[0]->id;
	}
	for (int i = w->from->nodes.n - 1; i >= 0; i--) {
		const struct node *node = w->from->nodes.at[i];
		for (int k = 0; w->integer[i] && node_scale_rule(node) == SCALE_OF_OUTPUT && k < node->n_in; k++)
			if (may_be_given_scale(w, node->in[k]))
				w->source[source_of(w, node->in[k]->id)] = node->out[0]->id;
	}
}

/* ---- tensors ---------------------------------------------------------------------------------------------------------------- */

static const struct quantisation *quantisation_for(const struct work *w, int tensor, enum type type)
{
	const int source = source_of(w, tensor);
	const struct node *from = w->from->tensors.at[source]->from;
	const struct quantisation *fixed = from && w->integer[from->id] ? node_fixed_scale(from, type) : NULL;

	return fixed ? fixed : quantisation_of_range(w->how->range[source], type, w->arena);
}

static const struct quantisation *scale_of(struct work *w, int tensor)
{
	const int source = source_of(w, tensor);

	if (!w->scale[source]) w->scale[source] = quantisation_for(w, source, w->how->activations);
	return w->scale[source];
}

/* The tensor of to has the value of that one of from. */
static void set_tensor(struct work *w, struct tensor *to, const struct tensor *from, enum type type,
		       const struct quantisation *q)
{
	CHECK(w->tensor.n == to->id);
	list_push(w->arena, &w->tensor, from->id);
	to->shape = from->shape;
	to->times = from->times;
	to->type = type;
	to->quantisation = q;
}

static struct tensor *converted(struct work *w, struct tensor *in, const struct tensor *from, enum type type,
				const struct quantisation *q)
{
	const char *what = !tensor_is_integer(in) ? "quantize" : type == TYPE_F32 ? "dequantize" : "requantize";
	struct node *node =
	    graph_node(w->to, layer_find("Quantize"), arena_printf(w->arena, "%s_%s", from->name, what));

	CHECK(node->layer != NULL);
	node->class_name = node->layer->name;
	node->rounding = w->how->rounding;
	graph_connect(w->to, node, &in, 1, 1);
	set_tensor(w, node->out[0], from, type, q);
	return node->out[0];
}

static struct tensor *in_integers(struct work *w, const struct tensor *from)
{
	struct tensor **whole = &w->whole[from->id];

	if (!*whole) {
		struct tensor *other = w->real[from->id] ? w->real[from->id] : w->given[from->id];
		*whole = converted(w, other, from, w->how->activations, scale_of(w, from->id));
	}
	return *whole;
}

static struct tensor *in_real_numbers(struct work *w, const struct tensor *from)
{
	struct tensor **real = &w->real[from->id];

	if (!*real) {
		struct tensor *other = w->whole[from->id] ? w->whole[from->id] : w->given[from->id];
		*real = converted(w, other, from, TYPE_F32, NULL);
	}
	return *real;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------------ */

static struct tensor *input_for(struct work *w, const struct node *node, int k)
{
	const struct tensor *in = node->in[k];

	if (!w->integer[node->id]) return in_real_numbers(w, in);
	if (node_scale_rule(node) == SCALE_OF_OUTPUT && source_of(w, in->id) != source_of(w, node->out[0]->id))
		return converted(w, in_integers(w, in), in, w->how->activations, scale_of(w, node->out[0]->id));
	return in_integers(w, in);
}

static void add_node(struct work *w, const struct node *from)
{
	const bool integer = w->integer[from->id];
	struct tensor **in = NEW_ARRAY(w->arena, from->n_in, struct tensor *);
	struct node *node;

	for (int k = 0; k < from->n_in; k++) in[k] = input_for(w, from, k);
	node = graph_node(w->to, from->layer, from->name);
	node->class_name = from->layer->name;
	node->config = from->config;
	node->activation = from->activation;
	node->implied = from->implied;
	node->operation = from->operation;
	node->weight = from->weight;
	node->n_weight = from->n_weight;
	node->keras = from->keras;
	node->place = from->place;
	node->rounding = integer ? w->how->rounding : ROUNDING_DOUBLE;
	graph_connect(w->to, node, in, from->n_in, from->n_out);
	for (int k = 0; k < from->n_out; k++) {
		const struct tensor *out = from->out[k];
		(integer ? w->whole : w->real)[out->id] = node->out[k];
		set_tensor(w, node->out[k], out, integer ? w->how->activations : TYPE_F32,
			   integer ? scale_of(w, out->id) : NULL);
	}
	if (integer && node->n_weight > 0) quantise_weights(node, from->weight, w->arena);
	if (!integer) list_push(w->arena, &w->out->left, from);
}

/* ---- ends --------------------------------------------------------------------------------------------------------------------- */

static void add_input(struct work *w, const struct tensor *from)
{
	struct tensor *input = graph_tensor(w->to, from->name);

	list_push(w->arena, &w->to->inputs, input);
	if (w->how->ends == TYPE_F32) {
		set_tensor(w, input, from, TYPE_F32, NULL);
		w->real[from->id] = input;
	} else if (w->how->ends == w->how->activations) {
		set_tensor(w, input, from, w->how->ends, scale_of(w, from->id));
		w->whole[from->id] = input;
	} else {
		set_tensor(w, input, from, w->how->ends, quantisation_for(w, from->id, w->how->ends));
		w->given[from->id] = input;
	}
}

/* Integers of another type than those between the ends. */
static struct tensor *in_other_integers(struct work *w, const struct tensor *from)
{
	if (w->given[from->id]) return w->given[from->id];
	return converted(w, w->whole[from->id] ? w->whole[from->id] : w->real[from->id], from, w->how->ends,
			 quantisation_for(w, from->id, w->how->ends));
}

static void add_output(struct work *w, const struct tensor *from)
{
	struct tensor *out;

	if (w->how->ends == TYPE_F32)
		out = in_real_numbers(w, from);
	else if (w->how->ends == w->how->activations)
		out = in_integers(w, from);
	else
		out = in_other_integers(w, from);
	list_push(w->arena, &w->to->outputs, out);
}

struct quantised *quantise(const struct graph *prepared, const struct quantising *how, struct arena *arena)
{
	const int n = prepared->tensors.n + 1;
	struct work w = { .from = prepared, .how = how, .arena = arena, .to = graph_new(arena, prepared->name) };

	w.integer = NEW_ARRAY(arena, prepared->nodes.n + 1, bool);
	w.source = NEW_ARRAY(arena, n, int);
	w.scale = NEW_ARRAY(arena, n, const struct quantisation *);
	w.whole = NEW_ARRAY(arena, n, struct tensor *);
	w.real = NEW_ARRAY(arena, n, struct tensor *);
	w.given = NEW_ARRAY(arena, n, struct tensor *);
	w.out = NEW(arena, struct quantised);
	share_scales(&w);
	for (int i = 0; i < prepared->inputs.n; i++) add_input(&w, prepared->inputs.at[i]);
	for (int i = 0; i < prepared->nodes.n; i++) add_node(&w, prepared->nodes.at[i]);
	for (int i = 0; i < prepared->outputs.n; i++) add_output(&w, prepared->outputs.at[i]);
	w.out->graph = w.to;
	w.out->tensor = w.tensor.at;
	return w.out;
}
