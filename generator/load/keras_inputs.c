/* keras_inputs.c: the shapes of a model's inputs: what the config says, --input-shape, --steps. */
#include "load/keras.h"

#include <string.h>

/* Does the model speak channels_first?  By its first layer that has a data format. */
static bool is_channels_first(const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		for (const struct field *field = node->layer->fields; field && field->key; field++) {
			int choice;
			if (field->type != FIELD_CHOICE || strcmp(field->key, "data_format") != 0) continue;
			memcpy(&choice, (const char *)node->config + field->offset, sizeof choice);
			return choice == CHANNELS_FIRST;
		}
	}
	return false;
}

/* Where a sample's steps lie; -1: it has none. */
static int steps_axis(const struct shape *shape, bool channels_first)
{
	if (shape->rank < 2) return -1;
	return channels_first ? shape->rank - 1 : 0;
}

static bool agree(const struct shape *said, const struct option_shape *given)
{
	if (said->rank != given->rank) return false;
	for (int i = 0; i < said->rank; i++)
		if (said->at[i] != UNKNOWN_SIZE && said->at[i] != given->at[i]) return false;
	return true;
}

static bool apply_input_shape(struct keras *k, struct place place, const char *name, struct shape *shape,
			      const struct option_shape *given)
{
	struct shape wanted = { .rank = given->rank };

	for (int i = 0; i < given->rank; i++) wanted.at[i] = given->at[i];
	if (shape->rank >= 0 && !agree(shape, given)) {
		diag_error(k->diag, place, "--input-shape says %s for the input '%s'; the model says %s",
			   shape_text(k->arena, &wanted), name, shape_text(k->arena, shape));
		return false;
	}
	*shape = wanted;
	return true;
}

/* --max-steps: the axis stays open, shape holds the most. */
static bool keep_open(struct keras *k, struct place place, const char *name, struct shape *shape, int axis)
{
	int64_t most = k->options->max_steps;

	if (shape->at[axis] != UNKNOWN_SIZE && shape->at[axis] != most) {
		diag_error(k->diag, place, "--max-steps says %lld for the input '%s'; --input-shape says %lld",
			   (long long)most, name, (long long)shape->at[axis]);
		return false;
	}
	shape->at[axis] = most;
	k->effects.max_steps = true;
	return true;
}

static bool apply_steps(struct keras *k, struct place place, const char *name, struct shape *shape, bool channels_first)
{
	int axis = steps_axis(shape, channels_first);
	int64_t steps = k->options->steps;

	if (axis < 0) return true;
	if (steps && shape->at[axis] == UNKNOWN_SIZE) {
		shape->at[axis] = steps;
		k->effects.steps = true;
	}
	if (steps && shape->at[axis] != steps) {
		diag_error(k->diag, place, "--steps says %lld for the input '%s'; the model says %lld",
			   (long long)steps, name, (long long)shape->at[axis]);
		return false;
	}
	if (shape->at[axis] != UNKNOWN_SIZE || k->options->open_shapes) return true;
	diag_error(k->diag, place,
		   "the input '%s' has a variable number of steps: %s; fix it with --steps N, or keep it variable with "
		   "--max-steps N",
		   name, shape_text(k->arena, shape));
	return false;
}

static bool set_shape(struct keras *k, const struct keras_layer *layer, struct tensor *tensor, int index,
		      bool channels_first)
{
	struct shape shape = layer->shape;
	struct place place = layer->at ? keras_place(k, layer->at, NULL) : (struct place){ 0 };
	int axis;
	bool open_steps;

	if (index < k->options->input_shapes) {
		bool open = shape.rank < 0 || !shape_known(&shape);

		if (!apply_input_shape(k, place, layer->name, &shape, &k->options->input_shape[index])) return false;
		if (open) k->effects.input_shapes = index + 1;
	}
	if (k->options->open_shapes && shape.rank < 0) return true;
	if (shape.rank < 0) {
		diag_error(k->diag, place, "the model does not say the shape of its input '%s'; say --input-shape %s",
			   layer->name, channels_first ? "CHANNELSxSTEPS" : "STEPSxCHANNELS");
		return false;
	}
	axis = steps_axis(&shape, channels_first);
	open_steps = axis >= 0 && (layer->shape.rank < 0 || layer->shape.at[axis] == UNKNOWN_SIZE);
	if (k->options->max_steps && open_steps) {
		if (!keep_open(k, place, layer->name, &shape, axis)) return false;
		tensor->open_axis = axis;
	} else if (!apply_steps(k, place, layer->name, &shape, channels_first)) {
		return false;
	}
	if (!shape_known(&shape) && !k->options->open_shapes) {
		diag_error(k->diag, place, "the input '%s' has the shape %s; say all of its sizes with --input-shape",
			   layer->name, shape_text(k->arena, &shape));
		return false;
	}
	tensor->shape = shape;
	if (shape_elements(&shape) <= MAX_ELEMENTS) return true;
	diag_error(k->diag, place, "the input '%s' has the shape %s; a tensor may have at most %lld elements",
		   layer->name, shape_text(k->arena, &shape), (long long)MAX_ELEMENTS);
	return false;
}

/* Shapes of all tensors, as far as they are right: a fault of a shape is said before weights are judged by it. */
static bool infer_shapes(struct keras *k, struct diag *diag)
{
	bool *failed = NEW_ARRAY(k->arena, k->graph->tensors.n, bool), right = true;

	for (int i = 0; i < k->graph->nodes.n; i++) {
		struct node *node = k->graph->nodes.at[i];
		bool known = true;

		for (int j = 0; j < node->n_in; j++) known &= !failed[node->in[j]->id];
		if (!known || !layer_infer(node, diag))
			for (int j = 0; j < node->n_out; j++) failed[node->out[j]->id] = true;
		right &= !failed[node->out[0]->id];
	}
	return right;
}

/* ---- shapes that stay open -------------------------------------------------------------------------------------- */

static bool all_known(const struct graph *graph)
{
	for (int i = 0; i < graph->inputs.n; i++)
		if (!graph->inputs.at[i]->shape.rank || !shape_known(&graph->inputs.at[i]->shape)) return false;
	return true;
}

/* Infers with this number in the place of every size of an input that is open; the shapes by tensor, NULL: it fits none. */
static struct shape *shapes_at(struct keras *k, const struct shape *open, int64_t size)
{
	struct graph *graph = k->graph;
	struct shape *shapes;

	for (int i = 0; i < graph->inputs.n; i++) {
		struct shape *shape = &graph->inputs.at[i]->shape;

		*shape = open[i];
		for (int axis = 0; axis < shape->rank; axis++)
			if (shape->at[axis] == UNKNOWN_SIZE) shape->at[axis] = size;
		if (shape->rank <= 0) return NULL;
	}
	if (!infer_shapes(k, diag_silent(k->arena))) return NULL;
	shapes = NEW_ARRAY(k->arena, graph->tensors.n, struct shape);
	for (int i = 0; i < graph->tensors.n; i++) shapes[i] = graph->tensors.at[i]->shape;
	return shapes;
}

/* What is the same at two lengths does not depend on it.  Both are long enough for any window, and have many divisors. */
static void infer_open(struct keras *k)
{
	static const int64_t lengths[] = { 55440, 2 * 55440 };
	struct graph *graph = k->graph;
	struct shape *open = NEW_ARRAY(k->arena, graph->inputs.n + 1, struct shape), *one, *other;

	for (int i = 0; i < graph->inputs.n; i++) open[i] = graph->inputs.at[i]->shape;
	one = shapes_at(k, open, lengths[0]);
	other = one ? shapes_at(k, open, lengths[1]) : NULL;
	for (int i = 0; i < graph->tensors.n; i++) {
		struct shape *shape = &graph->tensors.at[i]->shape;

		shape->rank = other && one[i].rank == other[i].rank ? one[i].rank : 0;
		for (int axis = 0; axis < shape->rank; axis++)
			shape->at[axis] =
			    one[i].at[axis] == other[i].at[axis] ? one[i].at[axis] : (int64_t)UNKNOWN_SIZE;
	}
	for (int i = 0; i < graph->inputs.n; i++) graph->inputs.at[i]->shape = open[i];
}

bool keras_set_input_shapes(struct keras *k, struct keras_model *model)
{
	bool channels_first = is_channels_first(k->graph), right = true;

	if (k->options->input_shapes > model->inputs.n) {
		diag_usage(k->diag, "--input-shape is given %d times; the model has %d input%s",
			   k->options->input_shapes, model->inputs.n, model->inputs.n == 1 ? "" : "s");
		return false;
	}
	for (int i = 0; i < model->inputs.n; i++)
		right &= set_shape(k, keras_find_layer(model, model->inputs.at[i].layer), k->graph->inputs.at[i], i,
				   channels_first);
	if (right && k->options->max_steps && !k->effects.max_steps) {
		diag_usage(k->diag, "--max-steps %lld: no input of the model has a variable number of steps",
			   (long long)k->options->max_steps);
		return false;
	}
	if (right && k->options->open_shapes && !all_known(k->graph)) {
		infer_open(k);
		return true;
	}
	return right && infer_shapes(k, k->diag);
}
