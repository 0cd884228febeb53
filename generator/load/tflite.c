/* tflite.c: a .tflite file becomes a graph, operator by operator. */
#include "load/tflite.h"

#include <string.h>

/* ---- what is not supported, all at once ------------------------------------------------------------------------------ */

static bool all_supported(struct tflite *t)
{
	struct text list = { 0 };
	int n = 0;

	for (int i = 0; i < t->ops; i++) {
		const struct tflite_operator *op = &t->op[i];
		if (op->kind && op->kind->make) continue;
		text_printf(&list, "%s%s (operator %d, '%s')", n++ ? ", " : "", op->shown, i, op->name);
	}
	if (n)
		diag_error(t->diag, (struct place){ .source = t->source }, "%d operator%s not supported: %s", n,
			   n == 1 ? " is" : "s are", list.at);
	text_free(&list);
	return n == 0;
}

static bool is_right_operator(struct tflite *t, const struct tflite_operator *op)
{
	const struct tflite_kind *kind = op->kind;
	bool right = true;

	if (op->n_in < kind->least_in || (kind->most_in >= 0 && op->n_in > kind->most_in))
		right = tflite_error(t, op, "%d inputs; it takes %s%d", op->n_in,
				     kind->most_in == kind->least_in ? ""
				     : op->n_in < kind->least_in     ? "at least "
								     : "at most ",
				     op->n_in < kind->least_in ? kind->least_in : kind->most_in);
	if (op->n_out < 1) right = tflite_error(t, op, "it has no output");
	for (int i = 0; i < op->n_in + op->n_out; i++) {
		const int index = i < op->n_in ? op->in[i] : op->out[i - op->n_in];
		if (index >= 0 && t->tensor[index].refused)
			right = tflite_error(t, op, "tensor %d '%s': %s", index, t->tensor[index].name,
					     t->tensor[index].refused);
	}
	return right;
}

/* ---- inputs and outputs ------------------------------------------------------------------------------------------------ */

/* A sample's shape: the file's without a batch axis of 1. */
static struct shape sample_shape(const struct shape *shape)
{
	struct shape sample = { 0 };
	const int first = shape->rank > 1 && shape->at[0] == 1;

	if (shape->rank == 0) return shape_of(1, (int64_t)1);
	for (int i = first; i < shape->rank; i++) sample.at[sample.rank++] = shape->at[i];
	return sample;
}

/* "serving_default_x:0" -> "x" */
static const char *readable(struct arena *arena, const char *name)
{
	static const char prefix[] = "serving_default_";
	const char *from = strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
	const char *end = strrchr(from, ':');

	return arena_string_n(arena, from, end && end != from ? (size_t)(end - from) : strlen(from));
}

static bool input_shape(struct tflite *t, struct tflite_tensor *tensor, struct place place)
{
	struct shape shape = tensor->declared;

	if (tensor->refused) {
		diag_error(t->diag, place, "input '%s': %s", tensor->name, tensor->refused);
		return false;
	}
	if (shape.rank > 0 && shape.at[0] == UNKNOWN_SIZE) shape.at[0] = 1;
	for (int i = 0; i < shape.rank; i++) {
		if (shape.at[i] > 0) continue;
		diag_error(t->diag, place,
			   "input '%s' has the shape %s; only the batch may be variable: convert the model with fixed "
			   "shapes",
			   tensor->name, shape_text(t->arena, &tensor->declared));
		return false;
	}
	if (shape_elements(&shape) > MAX_ELEMENTS) {
		diag_error(t->diag, place, "input '%s' has the shape %s; a tensor may have at most %lld elements",
			   tensor->name, shape_text(t->arena, &shape), (long long)MAX_ELEMENTS);
		return false;
	}
	tensor->shape = shape;
	return true;
}

static bool agrees(struct tflite *t, int index, const struct tensor *input, struct place place)
{
	const struct option_shape *given = &t->options->input_shape[index];
	struct shape said = { 0 };

	if (index >= t->options->input_shapes) return true;
	said.rank = given->rank;
	for (int i = 0; i < given->rank; i++) said.at[i] = given->at[i];
	if (shape_equal(&said, &input->shape)) return true;
	diag_error(t->diag, place, "--input-shape says %s for the input '%s'; the model says %s",
		   shape_text(t->arena, &said), input->name, shape_text(t->arena, &input->shape));
	return false;
}

static bool add_input(struct tflite *t, int index)
{
	struct tflite_tensor *tensor = &t->tensor[t->in[index]];
	const struct tflite_operator like = { .place = { .source = t->source,
							 .pointer = arena_printf(t->arena, "input %d", index) } };
	struct tensor *input;

	if (!input_shape(t, tensor, like.place)) return false;
	input = graph_tensor(t->graph, readable(t->arena, tensor->name));
	input->shape = sample_shape(&tensor->shape);
	list_push(t->arena, &t->graph->inputs, input);
	tensor->value = input;
	tensor->known = true;
	tensor->constant = false;
	return tflite_set_type(t, &like, input, tensor) && agrees(t, index, input, like.place);
}

static bool fits_options(struct tflite *t)
{
	const struct options *o = t->options;

	if (o->input_shapes > t->n_in)
		diag_usage(t->diag, "--input-shape is given %d times; the model has %d input%s", o->input_shapes,
			   t->n_in, t->n_in == 1 ? "" : "s");
	else if (o->max_steps)
		diag_usage(t->diag, "--max-steps %lld: no input of the model has a variable number of steps",
			   (long long)o->max_steps);
	else
		return true;
	return false;
}

static bool add_inputs(struct tflite *t)
{
	bool right = fits_options(t);

	for (int i = 0; i < t->n_in; i++) right &= add_input(t, i);
	return right;
}

/* What the file calls the values: of several tensors that are one value, as that is before a mere change of shape. */
static void keep_names(struct tflite *t)
{
	for (int i = t->tensors; i-- > 0;) {
		const struct tflite_tensor *tensor = &t->tensor[i];
		if (tensor->value && !tensor->constant && tensor->block == 1)
			tensor->value->stored_name = tensor->stored;
	}
	for (int i = 0; i < t->n_out; i++) {
		const struct tflite_tensor *tensor = &t->tensor[t->out[i]];
		if (tensor->value && !tensor->constant) tensor->value->stored_name = tensor->stored;
	}
}

static bool add_output(struct tflite *t, int index)
{
	struct tflite_tensor *tensor = &t->tensor[t->out[index]];
	const struct tflite_operator like = { .name = readable(t->arena, tensor->name),
					      .place = { .source = t->source,
							 .pointer = arena_printf(t->arena, "output %d", index) } };
	struct tensor *value = tensor->value;

	if (tensor->known && tensor->block != 1)
		return tflite_error(t, &like,
				    "tensor %d '%s' is dealt out by SPACE_TO_BATCH_ND, which is not supported",
				    tensor->index, tensor->name);
	if (!value && !(tensor->known && tensor->constant))
		return tflite_error(t, &like, "no operator gives tensor %d '%s'", tensor->index, tensor->name);
	if (!value) value = tflite_constant(t, &like, tensor);
	value = tflite_shaped(t, &like, value, sample_shape(&tensor->shape));
	if (value) list_push(t->arena, &t->graph->outputs, value);
	return value != NULL;
}

/* ---- operators ------------------------------------------------------------------------------------------------------------ */

/* Has no elements, and so none in the file: the shape of a scalar. */
static bool is_empty(const struct tflite_tensor *tensor)
{
	return tensor->declared.rank == 1 && tensor->declared.at[0] == 0;
}

static void add_constants(struct tflite *t)
{
	for (int i = 0; i < t->tensors; i++) {
		struct tflite_tensor *tensor = &t->tensor[i];
		if (!tensor->constant && !is_empty(tensor)) continue;
		tensor->constant = true;
		if (!shape_known(&tensor->declared) || tensor->declared.rank < 0) continue;
		tensor->shape = tensor->declared;
		tensor->known = true;
	}
}

/* Inputs that no operator before has given: the order of the file's operators is that in which they run. */
static bool reads_known(struct tflite *t, const struct tflite_operator *op)
{
	for (int k = 0; k < op->n_in; k++) {
		const struct tflite_tensor *in = tflite_in(t, op, k);
		if (in && !in->known)
			return tflite_error(t, op, "it reads tensor %d '%s', which no operator before it gives",
					    in->index, in->name);
	}
	for (int k = 0; k < op->n_out; k++)
		if (tflite_out(t, op, k)->known || tflite_out(t, op, k)->constant)
			return tflite_error(t, op, "it gives tensor %d '%s', which is given already",
					    tflite_out(t, op, k)->index, tflite_out(t, op, k)->name);
	return true;
}

static bool reads_constants(struct tflite *t, const struct tflite_operator *op)
{
	bool any = false;

	for (int k = 0; k < op->n_in; k++) {
		const struct tflite_tensor *in = tflite_in(t, op, k);
		if (in && !in->constant) return false;
		any |= in != NULL;
	}
	return any;
}

/* What it reads is not known because of an operator before it. */
static bool reads_failed(struct tflite *t, const struct tflite_operator *op)
{
	for (int k = 0; k < op->n_in; k++)
		if (tflite_in(t, op, k) && tflite_in(t, op, k)->failed) return true;
	return false;
}

static bool add_operator(struct tflite *t, const struct tflite_operator *op)
{
	t->nodes_made = 0;
	if (reads_failed(t, op) || !is_right_operator(t, op) || !reads_known(t, op)) return false;
	return reads_constants(t, op) ? tflite_compute(t, op) : op->kind->make(t, op);
}

/* All faults that do not follow from others. */
static bool add_operators(struct tflite *t)
{
	bool right = true;

	add_constants(t);
	for (int i = 0; i < t->ops; i++) {
		if (add_operator(t, &t->op[i])) continue;
		right = false;
		for (int k = 0; k < t->op[i].n_out; k++) tflite_out(t, &t->op[i], k)->failed = true;
	}
	return right;
}

static bool add_outputs(struct tflite *t)
{
	bool right = true;

	for (int i = 0; i < t->n_out; i++) right &= add_output(t, i);
	keep_names(t);
	if (right && (!t->n_in || !t->n_out))
		diag_error(t->diag, (struct place){ .source = t->source },
			   "the model has no %s; it must have one or more", t->n_in ? "outputs" : "inputs");
	return right && t->n_in && t->n_out;
}

/* What another node does in their place, and what only looked at a value. */
static void remove_passed_over(struct tflite *t)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (int i = t->passed_over.n - 1; i >= 0; i--) {
			struct node *node = t->passed_over.at[i];
			if (!node || graph_uses(t->graph, node->out[0])) continue;
			for (int k = 0; k <= i; k++)
				if (t->passed_over.at[k] == node) t->passed_over.at[k] = NULL;
			graph_remove(t->graph, node);
			changed = true;
		}
	}
}

struct graph *tflite_load(struct bytes bytes, const char *name, const struct options *options, struct arena *arena,
			  struct diag *diag)
{
	struct flatbuffer file = { .bytes = bytes };
	struct source *source = NEW(arena, struct source);
	struct tflite t = { .arena = arena, .diag = diag, .options = options, .source = source, .file = &file };

	*source = (struct source){ .name = name };
	t.graph = graph_new(arena, "model");
	if (!tflite_read_model(&t, &file)) return NULL;
	tflite_name_operators(&t);
	if (!all_supported(&t) || !add_inputs(&t) || !add_operators(&t) || !add_outputs(&t)) return NULL;
	remove_passed_over(&t);
	return t.graph;
}
