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
	.eval = EVALS(constant),
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
	for (int64_t i = 0; i < n; i++)
		y[i] = X(value->f64 && sizeof(real) == sizeof(double) ? (real)value->f64[i] : (real)value->f32[i]);
}

#endif
