/* glu.c: Glu: the first half of the last axis, gated by the second. */
#ifndef REAL
#include "layers/family.h"

static const struct field glu_fields[] = { END_FIELD };

static bool glu_infer(struct node *node, struct diag *diag)
{
	struct shape shape = node->in[0]->shape;
	int64_t *size = shape.rank > 0 ? &shape.at[shape.rank - 1] : NULL;

	if (size && *size % 2 == 0) {
		*size /= 2;
		node->out[0]->shape = shape;
		return true;
	}
	layer_error(node, diag, NULL,
		    "glu of %lld elements along the last axis; it takes halves of them: an even number",
		    size ? (long long)*size : 1LL);
	return false;
}

static const struct activation *gate(void)
{
	static struct activation sigmoid;

	if (!sigmoid.kind) sigmoid.kind = activation_find("sigmoid");
	return &sigmoid;
}

#define FAMILY "layers/glu.c"
#include "layers/each_real.h"

/* The gate's error, then one product; see docs/arithmetic.md. */
static void glu_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->out[0]->shape, node_axis(node));

	(void)scratch;
	for (int64_t i = 0; i < split.outer * split.size; i++) {
		const double *a = in[0] + i / split.size * 2 * split.size + i % split.size;
		double s = activation_meaning(gate(), a[split.size]), wrong = 2 * UNIT * s + TINY;
		bound[i] = (fabs(*a) * (wrong + UNIT * (s + wrong)) + TINY) * (1 + 0x1p-20);
	}
}

const struct layer layer_glu = {
	.name = "Glu",
	.fields = glu_fields,
	.least_in = 1,
	.most_in = 1,
	.doc = "half of the last axis times the sigmoid of the other half: activation glu",
	.infer = glu_infer,
	.lengths = lengths_beside_axis,
	.rows = rows_of_last_axis,
	.eval = EVALS(glu),
	.bound = glu_bound,
};

#else

static void EACH(glu)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->out[0]->shape, node_axis(node));
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < split.outer * split.size; i++) {
		const real *a = (const real *)in[0] + i / split.size * 2 * split.size + i % split.size;
		y[i] = MULTIPLY(X(*a), ACTIVATE(gate(), X(a[split.size])));
	}
}

#endif
