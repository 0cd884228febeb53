/* logic.c: what masks are computed by: Keras 3 writes its masks into a model's file as bare operations. Their values are 1
 * and 0. */
#ifndef REAL
#include "layers/family.h"

static const struct field fill_fields[] = {
	TYPED_FIELD("value", FIELD_REAL, fill_config, value, "0.0", "of every element"),
	TYPED_FIELD("mask", FIELD_BOOL, fill_config, mask, "false", "one element for every step of the input"),
	END_FIELD,
};
static const struct field not_equal_fields[] = {
	TYPED_FIELD("value", FIELD_REAL, not_equal_config, value, NULL, "what elements are compared with"),
	END_FIELD,
};
static const struct field any_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, any_config, axis, NULL, "along which one element may be set"),
	TYPED_FIELD("keepdims", FIELD_BOOL, any_config, keepdims, "false", "keeps these axes, with size 1"),
	END_FIELD,
};
static const struct field expand_dims_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, expand_dims_config, axis, NULL, "where an axis of size 1 comes in"),
	END_FIELD,
};
static const struct field no_fields[] = { END_FIELD };

static bool fill_infer(struct node *node, struct diag *diag)
{
	const struct fill_config *c = node->config;

	(void)diag;
	node->out[0]->shape = node->in[0]->shape;
	node->out[0]->shape.rank -= c->mask;
	return true;
}

static bool any_infer(struct node *node, struct diag *diag)
{
	const struct any_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct shape *out = &node->out[0]->shape;

	if (!need_axes(node, diag, &c->axis)) return false;
	out->rank = 0;
	for (int i = 0; i < in->rank; i++) {
		bool along = false;
		for (int k = 0; k < c->axis.n; k++) along |= sample_axis(c->axis.at[k], in->rank) == i;
		if (!along || c->keepdims) out->at[out->rank++] = along ? 1 : in->at[i];
	}
	return true;
}

static bool logical_infer(struct node *node, struct diag *diag)
{
	struct shape shape = node->in[0]->shape;

	if (broadcast(&shape, &node->in[1]->shape)) {
		node->out[0]->shape = shape;
		return true;
	}
	layer_error(node, diag, NULL, "the shapes of its masks do not fit each other");
	return false;
}

static bool expand_dims_infer(struct node *node, struct diag *diag)
{
	const struct expand_dims_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct shape *out = &node->out[0]->shape;
	int64_t at = c->axis < 0 ? c->axis + in->rank + 1 : c->axis - 1;

	if (in->rank == MAX_RANK || at < 0 || at > in->rank) {
		layer_error(node, diag, "axis", "an axis cannot come in at %lld of an input of %d axes",
			    (long long)c->axis, in->rank);
		return false;
	}
	*out = *in;
	for (int64_t i = out->rank++; i > at; i--) out->at[i] = out->at[i - 1];
	out->at[at] = 1;
	return true;
}

static const char *fill_lengths(struct graph *graph, const struct node *node)
{
	const struct fill_config *c = node->config;

	return c->mask && open_axis_from_end(node->in[0]) == 1 ? NULL : lengths_same(graph, node);
}

/* Gone where it is one of the axes; else without those in front of it. */
static const char *any_lengths(struct graph *graph, const struct node *node)
{
	const struct any_config *c = node->config;
	const struct tensor *in = node->in[0];
	int axis = in->open_axis;

	(void)graph;
	for (int k = 0; k < c->axis.n; k++) {
		int along = sample_axis(c->axis.at[k], in->shape.rank);
		if (along == in->open_axis) return NULL;
		if (along < in->open_axis && !c->keepdims) axis--;
	}
	return open_output(node, axis, in->length);
}

static const char *expand_dims_lengths(struct graph *graph, const struct node *node)
{
	const struct expand_dims_config *c = node->config;
	const struct tensor *in = node->in[0];
	int64_t at = c->axis < 0 ? c->axis + in->shape.rank + 1 : c->axis - 1;

	(void)graph;
	return open_output(node, in->open_axis + (at <= in->open_axis), in->length);
}

#define FAMILY "layers/logic.c"
#include "layers/each_real.h"

#define LOGIC_ROW(id, class, table, config, inputs, text, infers, length_rule, evals)                                  \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = table,                                                                                       \
		.config_bytes = config,                                                                                \
		.least_in = inputs,                                                                                    \
		.most_in = inputs,                                                                                     \
		.doc = text,                                                                                           \
		.lengths = length_rule,                                                                                \
		.infer = infers,                                                                                       \
		.rows = rows_barrier,                                                                                  \
		.eval = EVALS(evals),                                                                                  \
		.internal = true,                                                                                      \
	}
LOGIC_ROW(fill, "Fill", fill_fields, sizeof(struct fill_config), 1, "one value everywhere", fill_infer, fill_lengths,
	  fill);
LOGIC_ROW(not_equal, "NotEqual", not_equal_fields, sizeof(struct not_equal_config), 1, "1 where it is another value",
	  infer_same, lengths_same, not_equal);
LOGIC_ROW(any, "Any", any_fields, sizeof(struct any_config), 1, "1 where an element is not 0", any_infer, any_lengths,
	  any);
LOGIC_ROW(logical_or, "LogicalOr", no_fields, 0, 2, "1 where an input is not 0", logical_infer, lengths_broadcast,
	  logical_or);
LOGIC_ROW(logical_and, "LogicalAnd", no_fields, 0, 2, "1 where no input is 0", logical_infer, lengths_broadcast,
	  logical_and);
const struct layer layer_expand_dims = {
	.name = "ExpandDims",
	.fields = expand_dims_fields,
	.config_bytes = sizeof(struct expand_dims_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "an axis of size 1 more",
	.infer = expand_dims_infer,
	.lengths = expand_dims_lengths,
	.rows = rows_barrier,
	.eval = EVALS(expand_dims),
	.moves = true,
	.view = true,
	.internal = true,
};

#else

static void EACH(fill)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct fill_config *c = node->config;
	real *y = out[0];

	(void)in;
	(void)scratch;
	for (int64_t i = 0; i < shape_elements(&node->out[0]->shape); i++) y[i] = (real)c->value;
}

static void EACH(not_equal)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct not_equal_config *c = node->config;
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < shape_elements(&node->out[0]->shape); i++)
		y[i] = EQUAL(x[i], (real)(float)c->value) ? 0 : 1;
}

static void EACH(any)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct rows_along rows = node_rows(node);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t r = 0; r < rows.count; r++) {
		const real *row = x + row_first(&rows, r);
		bool set = false;
		for (int64_t i = 0; i < rows.length; i++) set |= !EQUAL(row[row_element(&rows, i)], 0);
		y[r] = set ? 1 : 0;
	}
}

static void EACH(logical)(const struct node *node, const void *const *in, real *y, bool both)
{
	const struct shape *shape = &node->out[0]->shape;

	for (int64_t i = 0; i < shape_elements(shape); i++) {
		bool a = !EQUAL(((const real *)in[0])[broadcast_index(shape, &node->in[0]->shape, i)], 0);
		bool b = !EQUAL(((const real *)in[1])[broadcast_index(shape, &node->in[1]->shape, i)], 0);
		y[i] = (both ? a && b : a || b) ? 1 : 0;
	}
}

static void EACH(logical_or)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(logical)(node, in, out[0], false);
}

static void EACH(logical_and)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(logical)(node, in, out[0], true);
}

static void EACH(expand_dims)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < shape_elements(&node->out[0]->shape); i++) y[i] = X(x[i]);
}

#endif
