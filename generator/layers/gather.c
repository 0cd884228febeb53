/* gather.c: Gather: the elements of one axis that a list names, in its order. */
#ifndef REAL
#include "layers/family.h"

static const struct field gather_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, gather_config, axis, NULL, "the axis that the elements lie along"),
	TYPED_FIELD("indices", FIELD_REALS, gather_config, indices, NULL, "which of them, from 0 on"),
	END_FIELD,
};

static bool gather_infer(struct node *node, struct diag *diag)
{
	const struct gather_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	const int axis = sample_axis(c->axis, in->rank);
	bool right = c->indices.n > 0;

	if (!need_axis(node, diag, c->axis)) return false;
	for (int64_t i = 0; right && i < c->indices.n; i++) {
		const double at = c->indices.at[i];
		right = at >= 0 && at < (double)in->at[axis] && at == floor(at);
	}
	if (!right)
		layer_error(node, diag, "indices",
			    "indices must be integers from 0 on, below the %lld elements there are",
			    (long long)in->at[axis]);
	node->out[0]->shape = *in;
	node->out[0]->shape.at[axis] = c->indices.n;
	return right;
}

#define FAMILY "layers/gather.c"
#include "layers/each_real.h"

const struct layer layer_gather = {
	.name = "Gather",
	.fields = gather_fields,
	.config_bytes = sizeof(struct gather_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "elements of an axis that a list names",
	.infer = gather_infer,
	.rows = rows_barrier,
	.eval = EVALS(gathered),
	.moves = true,
	.activates = true,
	.internal = true,
};

#else

static void EACH(gathered)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct gather_config *c = node->config;
	const struct shape *shape = &node->in[0]->shape;
	const struct axis_split split = axis_split(shape, sample_axis(c->axis, shape->rank));
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t o = 0; o < split.outer; o++)
		for (int64_t k = 0; k < c->indices.n; k++)
			for (int64_t i = 0; i < split.inner; i++)
				*y++ = X(x[(o * split.size + (int64_t)c->indices.at[k]) * split.inner + i]);
}

#endif
