/* view.c: the plan as one read-only tree of integers, strings, lists and exact constants: all that templates see, and what
 * `-d plan` prints. */
#include "layers/integer.h"
#include "plan/plan.h"

#include <string.h>

/* ---- the model ------------------------------------------------------------------------------------------------- */

static struct value *file_view(const struct input_file *file, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_text(arena, view, "name", file->name);
	value_set_text(arena, view, "sha256", file->sha256);
	return view;
}

static struct value *files_view(const struct program *program, struct arena *arena)
{
	const struct loaded *loaded = program->loaded;
	struct value *files = value_list(arena);

	value_push(files, file_view(&loaded->model, arena));
	if (loaded->weights.path) value_push(files, file_view(&loaded->weights, arena));
	for (int i = 0; i < loaded->others.n; i++) value_push(files, file_view(&loaded->others.at[i], arena));
	if (program->file) value_push(files, file_view(plan_file_input(program->file), arena));
	return files;
}

/* Lanes of the target's vectors, widest first. */
static struct value *widths_view(const struct target *target, struct arena *arena)
{
	struct value *widths = value_list(arena);

	for (int i = 0; i < WIDTHS_MOST && target->width[i] > 0; i++)
		value_push(widths, value_int(arena, target->width[i]));
	return widths;
}

bool is_estimated(const struct target *target)
{
	return target->board && target_footprint(target);
}

/* Whether some layer computes with integers, and how it rounds then. */
static void set_integers(struct value *view, const struct plan *plan, struct arena *arena)
{
	bool integers = false, single = false;

	for (int i = 0; i < plan->graph->nodes.n; i++) {
		const struct node *node = plan->graph->nodes.at[i];
		integers = integers || node_is_integer(node);
		single = single || node->rounding == ROUNDING_SINGLE;
	}
	value_set_bool(arena, view, "integers", integers);
	if (integers) value_set_text(arena, view, "rounding", single ? "single" : "double");
}

static struct value *model_view(const struct program *program, const struct options *options, struct arena *arena)
{
	const struct plan *plan = program->plan;
	struct value *view = value_map(arena);

	value_set_text(arena, view, "version", CONV1DC_VERSION);
	value_set_text(arena, view, "name", program->graph->name);
	value_set_text(arena, view, "prefix", program->prefix);
	value_set_text(arena, view, "macro", program->macro);
	value_set_text(arena, view, "remake", remake_command(program, options, arena));
	value_set_text(arena, view, "made_by", program->loaded->made_by);
	value_set(view, "files", files_view(program, arena));
	value_set_text(arena, view, "target", plan->target->name);
	value_set_text(arena, view, "target_doc", plan->target->doc);
	value_set_text(arena, view, "isa", plan->target->isa);
	value_set_text(arena, view, "machine", plan->target->machine);
	value_set(view, "widths", widths_view(plan->target, arena));
	value_set_text(arena, view, "features", plan->target->features ? plan->target->features : "");
	value_set_bool(arena, view, "fused", plan->fp == FP_FUSED);
	value_set_int(arena, view, "context_bytes", plan->context_bytes);
	set_integers(view, plan, arena);
	value_set_bool(arena, view, "floats", plan_has_floats(plan));
	value_set(view, "memory", context_view(plan, arena));
	value_set_bool(arena, view, "retyped", context_is_retyped(plan));
	value_set_int(arena, view, "align", CONTEXT_ALIGN);
	value_set_bool(arena, view, "working_memory", plan->context_bytes >= CONTEXT_ALIGN);
	value_set_int(arena, view, "constant_bytes", plan->flash_bytes);
	if (is_estimated(plan->target)) {
		value_set_text(arena, view, "code_estimate", CODE_ESTIMATE);
		value_set_text(arena, view, "stack_estimate", STACK_ESTIMATE);
	}
	value_set_int(arena, view, "macs", plan->macs);
	if (options->tables != TABLES_TEXT) value_set(view, "apart", apart_view(program, options->tables, arena));
	if (plan->schedule) value_set(view, "schedule", schedule_view(plan, arena));
	if (plan->graph->lengths.n > 0) {
		value_set(view, "lengths", lengths_view(plan->graph, arena));
		value_set(view, "conditions", length_conditions_view(plan->graph, arena));
	}
	return view;
}

/* ---- the user's arrays -------------------------------------------------------------------------------------------- */

static struct value *sizes_view(const struct shape *shape, struct arena *arena)
{
	struct value *sizes = value_list(arena);

	for (int i = 0; i < shape->rank; i++) value_push(sizes, value_int(arena, shape->at[i]));
	return sizes;
}

/* "input", or "input0", "input1", ... where there are several. */
static const char *side_name(struct arena *arena, const char *side, int i, int n)
{
	return n == 1 ? side : arena_printf(arena, "%s%d", side, i);
}

static struct value *array_view(const struct tensor *tensor, bool channels_first, const char *parameter,
				const char *macro, struct arena *arena)
{
	const struct shape *shape = &tensor->shape;
	struct value *view = value_map(arena);

	value_set_text(arena, view, "name", tensor->name);
	value_set_text(arena, view, "parameter", parameter);
	value_set_text(arena, view, "macro", arena_printf(arena, "%s_%s", macro, upper(arena, parameter)));
	value_set_text(arena, view, "type", type_c_name(tensor->type));
	value_set_text(arena, view, "shape", tensor_shape_text(arena, tensor));
	value_set_int(arena, view, "rank", shape->rank);
	value_set(view, "sizes", sizes_view(shape, arena));
	value_set_bool(arena, view, "channels_first", channels_first);
	value_set_int(arena, view, "steps", shape->rank == 2 ? shape->at[channels_first ? 1 : 0] : 1);
	value_set_int(arena, view, "channels", shape->rank == 0 ? 1 : shape->at[channels_first ? 0 : shape->rank - 1]);
	value_set_int(arena, view, "size", shape_elements(shape));
	if (tensor->quantisation && type_bytes(tensor->type) <= 2) {
		value_set(view, "scale", value_f32(arena, tensor->quantisation->scale[0]));
		value_set_int(arena, view, "zero_point", tensor->quantisation->zero_point[0]);
		value_set_int(arena, view, "least", type_least(tensor->type));
		value_set_int(arena, view, "most", type_most(tensor->type));
	}
	return view;
}

/* Some step reads the tensor's bytes: a model may have an input that no output depends on. */
static bool is_read(const struct plan *plan, const struct tensor *tensor)
{
	const struct buffer *wanted = &plan->buffer[tensor->id];

	for (int s = 0; s < plan->steps.n; s++) {
		const struct node *node = plan->steps.at[s].node;

		for (int k = 0; k < node->n_in; k++) {
			const struct buffer *in = &plan->buffer[node->in[k]->id];
			if (in->home == wanted->home && in->index == wanted->index) return true;
		}
	}
	return false;
}

/* --max-steps: the most and, of an input, the least steps, their argument, and their name in NAME_run. */
static void set_open(const struct graph *graph, const struct tensor *tensor, int index, struct value *view,
		     struct arena *arena)
{
	value_set_text(arena, view, "length", length_names(graph, arena)[tensor->length]);
	value_set_int(arena, view, "most_steps", tensor->shape.at[tensor->open_axis]);
	if (tensor->from) return;
	value_set_int(arena, view, "least_steps", lengths_least(graph, index));
	value_set_text(arena, view, "argument", steps_argument(graph, index, arena));
}

static struct value *arrays_view(struct tensor *const *tensor, int n, const char *side, const struct program *program,
				 struct arena *arena)
{
	const bool *channels_first = channels_first_tensors(program->plan->graph, arena);
	struct value *list = value_list(arena);

	for (int i = 0; i < n; i++) {
		struct value *view = array_view(tensor[i], channels_first[tensor[i]->id], side_name(arena, side, i, n),
						program->macro, arena);
		value_set_bool(arena, view, "is_read", is_read(program->plan, tensor[i]));
		if (tensor[i]->open_axis >= 0) set_open(program->plan->graph, tensor[i], i, view, arena);
		value_push(list, view);
	}
	return list;
}

/* ---- steps ---------------------------------------------------------------------------------------------------------- */

const char *tensor_address(struct arena *arena, const struct plan *plan, const struct tensor *tensor)
{
	const struct buffer *buffer = &plan->buffer[tensor->id];

	switch (buffer->home) {
	case HOME_INPUT: return side_name(arena, "input", buffer->index, plan->graph->inputs.n);
	case HOME_OUTPUT: return side_name(arena, "output", buffer->index, plan->graph->outputs.n);
	case HOME_CONTEXT: return context_address(plan, tensor->type, buffer->offset, arena);
	case HOME_NONE: break;
	}
	die("tensor '%s' lives nowhere", tensor->name);
}

static bool is_in_place(const struct plan *plan, const struct node *node)
{
	const struct buffer *out = &plan->buffer[node->out[0]->id];

	for (int k = 0; k < node->n_in; k++) {
		const struct buffer *in = &plan->buffer[node->in[k]->id];

		if (in->home == out->home && in->index == out->index && in->offset == out->offset) return true;
	}
	return false;
}

/* The address of a step's tensor in round i of its loop, if it has one. */
static const char *address_in_round(struct arena *arena, const struct plan *plan, const struct step *step,
				    const struct tensor *tensor)
{
	int64_t times = node_times(step->node), elements;
	const char *first = tensor_address(arena, plan, tensor);

	if (times == 1) return first;
	elements = shape_elements(&tensor->shape);
	if (tensor->open_axis < 0) return arena_printf(arena, "%s + i * %lld", first, (long long)elements);
	elements /= tensor->shape.at[tensor->open_axis];
	return arena_printf(arena, elements == 1 ? "%s + i * %s" : "%s + i * %s * %lld", first,
			    length_names(plan->graph, arena)[tensor->length], (long long)elements);
}

/* Arguments of a step's call: inputs, outputs, scratch. */
static struct value *arguments_view(const struct plan *plan, const struct step *step, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int k = 0; k < step->node->n_in; k++)
		value_push(list, value_string(arena, address_in_round(arena, plan, step, step->node->in[k])));
	for (int k = 0; k < step->node->n_out; k++)
		value_push(list, value_string(arena, address_in_round(arena, plan, step, step->node->out[k])));
	if (step->scratch_bytes > 0)
		value_push(list, value_string(arena, context_address(plan, step_scratch_type(step),
								     step->scratch_offset, arena)));
	return list;
}

static struct value *activation_constants(const struct activation *activation, struct arena *arena)
{
	struct value *list = value_list(arena);
	float constant[MAX_ACTIVATION_CONSTANTS];
	int n = 0;

	if (activation->kind && activation->kind->constants)
		n = activation->kind->constants(activation->parameter, constant);
	for (int i = 0; i < n; i++) value_push(list, value_f32(arena, constant[i]));
	return list;
}

static void set_activation(struct value *view, const char *key, const struct activation *activation,
			   struct arena *arena)
{
	value_set_text(arena, view, key, activation_is_linear(activation) ? "" : activation->kind->symbol);
	value_set(view, arena_printf(arena, "%s_constants", key), activation_constants(activation, arena));
}

static void add_length(struct value *list, const char *name, const char *argument, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_text(arena, view, "name", name);
	value_set_text(arena, view, "argument", argument);
	value_push(list, view);
}

/* What the function of a node is given that makes some rows a call, and what that is: see templates/blocks.ct. */
static struct value *row_lengths_view(const struct node *node, const struct row_call *call, struct arena *arena)
{
	const struct tensor *first = node->in[0];
	struct value *list = value_list(arena);

	add_length(list, length_name(arena, node, node->out[0]), "wanted", arena);
	for (int k = node->n_in - 1; k >= 0; k--)
		if (node->in[k]->open_axis >= 0) first = node->in[k];
	if (!call->same) add_length(list, length_name(arena, node, first), "there", arena);
	if (call->shift) add_length(list, call->shift, "shift", arena);
	return list;
}

/* The same of the function of a node that adds up rows. */
static struct value *sum_lengths_view(const struct node *node, struct arena *arena)
{
	struct value *list = value_list(arena);

	add_length(list, node->in[0]->shape.rank == 1 ? "terms" : "steps", "wanted", arena);
	add_length(list, "first", "term", arena);
	return list;
}

/* The lengths of the node's tensors: their names in its function, and in NAME_run. */
static struct value *node_lengths_view(const struct graph *graph, const struct node *node, struct arena *arena)
{
	const char *const *names = length_names(graph, arena);
	struct value *list = value_list(arena);
	bool *seen = NEW_ARRAY(arena, graph->lengths.n, bool);

	for (int k = 0; k < node->n_in + node->n_out; k++) {
		const struct tensor *tensor = k < node->n_in ? node->in[k] : node->out[k - node->n_in];

		if (tensor->length < 0 || seen[tensor->length]) continue;
		seen[tensor->length] = true;
		add_length(list, length_name(arena, node, tensor), names[tensor->length], arena);
	}
	return list;
}

/* C types of tensors. */
static struct value *types_view(struct tensor *const *tensor, int n, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int i = 0; i < n; i++) value_push(list, value_string(arena, type_c_name(tensor[i]->type)));
	return list;
}

/* Of inputs, outputs and scratch. */
static void set_types(struct value *view, const struct step *step, struct arena *arena)
{
	const struct node *node = step->node;

	if (node->n_in > 0) value_set_text(arena, view, "x_type", type_c_name(node->in[0]->type));
	value_set(view, "x_types", types_view(node->in, node->n_in, arena));
	value_set_text(arena, view, "y_type", type_c_name(node->out[0]->type));
	value_set(view, "y_types", types_view(node->out, node->n_out, arena));
	if (step->scratch_bytes > 0) value_set_text(arena, view, "s_type", type_c_name(step_scratch_type(step)));
}

/* The step as every kernel's template sees it: L. */
static struct value *layer_view(const struct program *program, int index, struct arena *arena)
{
	const struct step *step = &program->plan->steps.at[index];
	const struct node *node = step->node;
	const struct activation *activation = &node->activation;
	const struct node *whole = program->plan->graph->nodes.at[node->id];
	const char *types = node_types_text(arena, node);
	bool in_place = is_in_place(program->plan, node);
	struct value *view = value_map(arena);

	value_set_text(arena, view, "name", arena_printf(arena, "%s_%s", program->prefix, step->function));
	value_set_text(arena, view, "layer", node->name);
	value_set_text(arena, view, "class", node->id < program->graph->nodes.n ? node->layer->name : "copy");
	value_set_text(arena, view, "shapes", node_shapes_text(arena, whole));
	value_set_text(arena, view, "config", node_config_text(arena, node));
	if (*types) value_set_text(arena, view, "types", types);
	value_set_text(arena, view, "doc",
		       arena_printf(arena, "%s%s%s", node_shapes_text(arena, whole),
				    *node_config_text(arena, node) ? "; " : "", node_config_text(arena, node)));
	value_set_text(arena, view, "prefix", program->prefix);
	value_set_text(arena, view, "macro", program->macro);
	value_set_bool(arena, view, "in_place", in_place);
	value_set_text(arena, view, "restrict", in_place ? "" : arena_printf(arena, "%s_RESTRICT ", program->macro));
	value_set_int(arena, view, "inputs", step->add ? node->n_in - 1 : node->n_in);
	set_types(view, step, arena);
	set_activation(view, "act", activation, arena);
	value_set_text(arena, view, "add", step->add ? step->add->name : "");
	if (step->add) set_activation(view, "add_act", &step->add->activation, arena);
	value_set_text(arena, view, "kernel", step->kernel->name);
	value_set_text(arena, view, "kernel_doc", step->kernel->doc);
	value_set_int(arena, view, "macs", step->macs);
	value_set_int(arena, view, "constant_bytes", step->constant_bytes);
	value_set_int(arena, view, "scratch_bytes", step->scratch_bytes);
	if (node->sums)
		value_set(view, "lengths", sum_lengths_view(node, arena));
	else if (node->piece > 0)
		value_set(view, "lengths", row_lengths_view(node, program->plan->schedule->step[index].call, arena));
	else if (node_is_open(node))
		value_set(view, "lengths", node_lengths_view(program->plan->graph, node, arena));
	return view;
}

/* How often the step runs. */
static struct value *times_view(const struct graph *graph, const struct node *node, struct arena *arena)
{
	const struct tensor *out = node->out[0];
	int64_t times = node_times(node);

	if (out->open_time < 0) return value_int(arena, times);
	return value_extent(arena, (struct extent){ length_names(graph, arena)[out->length],
						    times / out->times.at[out->open_time], 0 });
}

static struct value *step_view(const struct program *program, int index, struct arena *arena)
{
	const struct step *step = &program->plan->steps.at[index];
	struct value *view = value_map(arena);

	value_set_text(arena, view, "template", arena_printf(arena, "kernels/%s.ct", step->kernel->template));
	value_set(view, "L", layer_view(program, index, arena));
	value_set(view, "K", kernel_view(step->kernel, step->node, step->plan, arena));
	value_set(view, "arguments", arguments_view(program->plan, step, arena));
	value_set(view, "times", times_view(program->plan->graph, step->node, arena));
	if (program->plan->schedule) value_set(view, "rows", step_rows_view(program->plan, index, arena));
	return view;
}

struct value *plan_view(const struct program *program, const struct options *options, struct arena *arena)
{
	const struct plan *plan = program->plan;
	const struct graph *graph = plan->graph;
	struct value *view = value_map(arena), *steps = value_list(arena);

	value_set(view, "model", model_view(program, options, arena));
	value_set(view, "inputs", arrays_view(graph->inputs.at, graph->inputs.n, "input", program, arena));
	value_set(view, "outputs", arrays_view(graph->outputs.at, graph->outputs.n, "output", program, arena));
	for (int s = 0; s < plan->steps.n; s++) value_push(steps, step_view(program, s, arena));
	value_set(view, "steps", steps);
	return view;
}
