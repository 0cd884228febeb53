/* shape.c: layers that change no value: InputLayer, Flatten, Dropout. */
#ifndef REAL
#include "layers/family.h"

static const struct field input_fields[] = {
	TYPED_FIELD("batch_shape", FIELD_SHAPE, input_config, batch_shape, "null", "(batch, steps, channels)"),
	TYPED_FIELD("batch_input_shape", FIELD_SHAPE, input_config, batch_input_shape, "null", "the same in Keras 2"),
	TYPED_FIELD("sparse", FIELD_BOOL, input_config, sparse, "false", "must be false"),
	TYPED_FIELD("ragged", FIELD_BOOL, input_config, ragged, "false", "must be false"),
	IGNORED_FIELD("optional", "an input is always given"),
	IGNORED_FIELD("input_dtype", "read as dtype"),
	END_FIELD,
};

static const struct field flatten_fields[] = {
	DATA_FORMAT_FIELD(flatten_config),
	END_FIELD,
};

static const struct field dropout_fields[] = {
	IGNORED_FIELD("rate", "training: how much is left out"),
	IGNORED_FIELD("seed", "training: of the random numbers"),
	IGNORED_FIELD("noise_shape", "training: what is left out together"),
	END_FIELD,
};

static bool input_check(const struct node *node, struct diag *diag)
{
	const struct input_config *c = node->config;

	if (c->sparse) layer_error(node, diag, "sparse", "sparse inputs are not supported; it must be false");
	if (c->ragged) layer_error(node, diag, "ragged", "ragged inputs are not supported; it must be false");
	return !c->sparse && !c->ragged;
}

static bool flatten_infer(struct node *node, struct diag *diag)
{
	(void)diag;
	node->out[0]->shape = shape_of(1, shape_elements(&node->in[0]->shape));
	return true;
}

static bool flatten_fold(struct graph *graph, struct node *node)
{
	if (node->in[0]->shape.rank != 1) return false;
	fold_identity(graph, node);
	return true;
}

static bool identity_fold(struct graph *graph, struct node *node)
{
	fold_identity(graph, node);
	return true;
}

#define FAMILY "layers/shape.c"
#include "layers/each_real.h"

const struct layer layer_input_layer = {
	.name = "InputLayer",
	.fields = input_fields,
	.config_bytes = sizeof(struct input_config),
	.least_in = 0,
	.most_in = 1,
	.doc = "an input of the model",
	.check = input_check,
	.infer = infer_same,
	.fold = identity_fold,
	.eval = EVALS(identity),
	.elementwise = true,
	.view = true,
};
const struct layer layer_flatten = {
	.name = "Flatten",
	.fields = flatten_fields,
	.config_bytes = sizeof(struct flatten_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "all elements in one axis, channels last",
	.infer = flatten_infer,
	.rows = rows_barrier,
	.fold = flatten_fold,
	.eval = EVALS(flatten),
	.view = true,
};
const struct layer layer_dropout = {
	.name = "Dropout",
	.fields = dropout_fields,
	.least_in = 1,
	.most_in = 1,
	.doc = "nothing at inference",
	.infer = infer_same,
	.fold = identity_fold,
	.eval = EVALS(identity),
	.elementwise = true,
	.view = true,
};

#else

static void EACH(identity)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

static void EACH(flatten)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct flatten_config *c = node->config;
	const struct shape *shape = &node->in[0]->shape;
	int64_t n = shape_elements(shape),
		channels = c->data_format == CHANNELS_FIRST && shape->rank > 1 ? shape->at[0] : 1;
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i % channels * (n / channels) + i / channels]);
}

#endif
