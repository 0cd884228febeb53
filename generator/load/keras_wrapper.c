/* keras_wrapper.c: layers that work on every step of their input: TimeDistributed and what it wraps. */
#include "load/keras.h"

#include <string.h>

static bool refuse(struct keras *k, const struct keras_layer *wrapper, const struct json *at, const char *what)
{
	diag_error(k->diag, keras_place(k, at, wrapper->name), "%s within %s %s", what, wrapper->row->name,
		   "is not supported; it wraps a layer or model of one input and one output, without masks");
	return false;
}

bool keras_read_wrapped(struct keras *k, struct keras_layer *wrapper, const struct json *at)
{
	struct keras_layer *inner;

	if (at->kind != JSON_OBJECT) {
		diag_error(k->diag, keras_place(k, at, wrapper->name),
			   "%s is not a layer; it must be an object with 'class_name' and 'config'",
			   json_shown(k->arena, at));
		return false;
	}
	inner = keras_read_layer(k, at);
	if (!inner) return false;
	if (inner->kind == KERAS_INPUT) return refuse(k, wrapper, at, "an InputLayer");
	if (inner->operation) return refuse(k, wrapper, at, "a bare operation");
	if (inner->kind == KERAS_MODEL && (inner->model->inputs.n != 1 || inner->model->outputs.n != 1))
		return refuse(k, wrapper, at,
			      arena_printf(k->arena, "a model of %d inputs and %d outputs", inner->model->inputs.n,
					   inner->model->outputs.n));
	if (inner->kind == KERAS_LAYER && (inner->row->least_in > 1 || !strcmp(inner->row->name, "Masking")))
		return refuse(k, wrapper, at, inner->class_name);
	wrapper->wrapped = inner;
	return true;
}

struct keras_model *keras_inner_model(const struct keras_layer *layer)
{
	while (layer->wrapped) layer = layer->wrapped;
	return layer->kind == KERAS_MODEL ? layer->model : NULL;
}

struct tensor *keras_add_boundary(struct keras *k, struct keras_layer *wrapper, const char *name, struct tensor *in,
				  bool ends, bool implied)
{
	struct time_distributed_config *config = NEW(k->arena, struct time_distributed_config);
	struct node *node = graph_node(k->graph, wrapper->row, name);

	*config = (struct time_distributed_config){ wrapper->wrapped->row, ends };
	node->class_name = wrapper->class_name;
	node->config = config;
	node->config_json = wrapper->config_json;
	node->training = wrapper->training;
	node->trainable = wrapper->trainable;
	node->keras = wrapper->keras;
	node->implied = implied;
	node->place = keras_place(k, wrapper->at, name);
	graph_connect(k->graph, node, &in, 1, 1);
	list_push(k->arena, &wrapper->nodes, node);
	return node->out[0];
}
