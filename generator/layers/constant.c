/* constant.c: Constant: a tensor that the model knows. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field constant_fields[] = { END_FIELD };

static int constant_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	spec[0] = (struct weight_spec){ "value", ((const struct constant_config *)node->config)->shape, false };
	return 1;
}

static bool constant_infer(struct node *node, struct diag *diag)
{
	(void)diag;
	node->out[0]->shape = ((const struct constant_config *)node->config)->shape;
	return true;
}

static void integer_constant(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct weight *value = node_weight(node, "value");
	const int64_t n = shape_elements(&value->shape), zero = tensor_zero_point(node->out[0]);

	(void)in;
	(void)scratch;
	for (int64_t i = 0; i < n; i++) out[0][i] = (float)(value->integers[i] + zero);
}

/* ---- folds ------------------------------------------------------------------------------------------------------ */

static const struct weight *value_as(struct graph *graph, const struct node *node, const char *name,
				     const struct shape *shape)
{
	struct weight *value = arena_copy(graph->arena, node_weight(node, "value"), sizeof *value);

	value->name = name;
	value->shape = *shape;
	return value;
}

static void have_weight(struct graph *graph, struct node *node, const struct weight *weight)
{
	node->n_weight = 1;
	node->weight = NEW_ARRAY(graph->arena, 1, const struct weight *);
	node->weight[0] = weight;
}

/* The constant seen with another shape is a constant. */
static void take_view(struct graph *graph, struct node *node, struct node *view)
{
	struct constant_config *config = NEW(graph->arena, struct constant_config);
	struct tensor *out = node->out[0];

	config->shape = view->out[0]->shape;
	have_weight(graph, node, value_as(graph, node, "value", &config->shape));
	node->config = config;
	graph_replace(graph, view->out[0], out);
	graph_remove(graph, view);
	out->shape = config->shape;
}

/* One of two integer operands. */
static bool is_operand(const struct node *node, const struct tensor *constant)
{
	static const char *const classes[] = { "Add", "Subtract", "Multiply", "Maximum", "Minimum" };

	if (node->n_in != 2 || node->n_weight != 0 || !tensor_is_integer(constant)) return false;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (layer_is(node, classes[i])) return true;
	return false;
}

static void become_operand(struct graph *graph, struct node *node, struct node *reader)
{
	struct merge_config *config = NEW(graph->arena, struct merge_config);
	struct tensor **in = NEW_ARRAY(graph->arena, 1, struct tensor *);
	const int at = reader->in[0] == node->out[0] ? 0 : 1;

	if (reader->config) *config = *(const struct merge_config *)reader->config;
	config->constant = at + 1;
	in[0] = reader->in[!at];
	reader->config = config;
	reader->in = in;
	reader->n_in = 1;
	have_weight(graph, reader, value_as(graph, node, "constant", &node->out[0]->shape));
	graph_remove(graph, node);
}

static bool constant_fold(struct graph *graph, struct node *node)
{
	struct node *reader = only_reader(graph, node->out[0]);

	if (!reader) return false;
	if (layer_is_view(reader)) {
		take_view(graph, node, reader);
		return true;
	}
	if (!is_operand(reader, node->out[0])) return false;
	become_operand(graph, node, reader);
	return true;
}

#define FAMILY "layers/constant.c"
#include "layers/each_real.h"

/* What a float holds is exact. */
static double steps_of_constant(const struct node *node)
{
	(void)node;
	return 0;
}

const struct layer layer_constant = {
	.name = "Constant",
	.fields = constant_fields,
	.config_bytes = sizeof(struct constant_config),
	.most_in = 0,
	.doc = "a tensor that the model knows",
	.weights = constant_weights,
	.infer = constant_infer,
	.rows = rows_barrier,
	.fold = constant_fold,
	.eval = EVALS(constant),
	.moves = true, /* what it holds stays: it may be folded */
	.integer = integer_constant,
	.steps = steps_of_constant,
	.internal = true,
};

#else

static void EACH(constant)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct weight *value = node_weight(node, "value");
	int64_t n = shape_elements(&value->shape);
	real *y = out[0];

	(void)in;
	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(value->f64 && !SINGLE ? (real)value->f64[i] : (real)value->f32[i]);
}

#endif
