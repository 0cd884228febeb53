/* masking.c: Masking, which makes a mask; Select, by which some layers use masks. */
#ifndef REAL
#include "layers/family.h"

static const struct field masking_fields[] = {
	TYPED_FIELD("mask_value", FIELD_REAL, masking_config, mask_value, "0.0",
		    "a step that holds nothing else is masked"),
	END_FIELD,
};

static const struct field no_fields[] = { END_FIELD };

static struct shape mask_shape(const struct shape *shape)
{
	struct shape mask = *shape;

	mask.rank--;
	return mask;
}

static bool masking_infer(struct node *node, struct diag *diag)
{
	const struct shape *in = &node->in[0]->shape;

	if (in->rank < 1) {
		layer_error(node, diag, NULL, "its input has no axis; Masking needs one");
		return false;
	}
	node->out[0]->shape = *in;
	if (node->n_out > 1) node->out[1]->shape = mask_shape(in);
	return true;
}

/* The mask has no axis for the elements of a step. */
static const char *masking_lengths(struct graph *graph, const struct node *node)
{
	const struct tensor *in = node->in[0];

	if (node->n_out > 1 && open_axis_from_end(in) > 1) {
		node->out[1]->open_axis = in->open_axis;
		node->out[1]->length = in->length;
	}
	return lengths_same(graph, node);
}

/* As its input; the mask, which has one axis less, has the same steps. */
static const char *select_lengths(struct graph *graph, const struct node *node)
{
	const struct tensor *in = node->in[0], *mask = node->in[1];

	for (int i = 2; i < node->n_in; i++)
		if (node->in[i]->open_axis >= 0 && open_axis_from_end(node->in[i]) != open_axis_from_end(in))
			return "its inputs have different variable axes";
	if (in->open_axis < 0 || (mask->open_axis >= 0 && open_axis_from_end(mask) + 1 != open_axis_from_end(in)))
		return "its mask has another variable axis";
	if (mask->open_axis >= 0) length_equal(graph, in->length, mask->length, node->name);
	if (node->n_in > 2 && node->in[2]->open_axis >= 0)
		length_equal(graph, in->length, node->in[2]->length, node->name);
	return lengths_same(graph, node);
}

/* The mask with a last axis of one element, which broadcasts along the steps' elements. */
static struct shape spread_mask(const struct shape *mask)
{
	struct shape shape = *mask;

	shape.at[shape.rank++] = 1;
	return shape;
}

static bool select_infer(struct node *node, struct diag *diag)
{
	struct shape shape = node->in[0]->shape, mask = spread_mask(&node->in[1]->shape);

	if (broadcast(&shape, &mask) && (node->n_in < 3 || broadcast(&shape, &node->in[2]->shape))) {
		node->out[0]->shape = shape;
		return true;
	}
	layer_error(node, diag, NULL, "the masks of its inputs do not fit them");
	return false;
}

/* Nobody reads the mask. */
static bool masking_fold(struct graph *graph, struct node *node)
{
	if (node->n_out < 2 || graph_uses(graph, node->out[1]) > 0) return false;
	node->out[1]->from = NULL;
	node->n_out = 1;
	return true;
}

#define FAMILY "layers/masking.c"
#include "layers/each_real.h"

const struct layer layer_masking = {
	.name = "Masking",
	.fields = masking_fields,
	.config_bytes = sizeof(struct masking_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "steps that hold one value become 0 and are masked",
	.infer = masking_infer,
	.lengths = masking_lengths,
	.rows = rows_of_last_axis,
	.fold = masking_fold,
	.eval = EVALS(masking),
	.mask = MASK_MAKES,
	.old_mask = MASK_MAKES,
};
const struct layer layer_select = {
	.name = "Select",
	.fields = no_fields,
	.config_bytes = sizeof(struct select_config),
	.least_in = 2,
	.most_in = 3,
	.doc = "a value where a mask is set, another elsewhere",
	.infer = select_infer,
	.lengths = select_lengths,
	.eval = EVALS(select),
	.elementwise = true,
	.internal = true,
};

#else

/* mask: NULL where nobody reads it.  What a magnitude bounds does not depend on it. */
static void EACH(mask_step)(const struct node *node, const real *x, real *y, real *mask, int64_t n)
{
	const struct masking_config *c = node->config;
	bool counts = false;

	for (int64_t i = 0; i < n; i++) counts |= !EQUAL(x[i], (real)(float)c->mask_value);
	for (int64_t i = 0; i < n; i++)
		y[i] = counts || MAGNITUDE ? X(x[i]) : node_is_old(node) ? MULTIPLY(x[i], 0) : 0;
	if (mask) *mask = counts ? 1 : 0;
}

static void EACH(masking)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct shape *shape = &node->in[0]->shape;
	int64_t n = shape->at[shape->rank - 1], steps = shape_elements(shape) / n;
	real *mask = node->n_out > 1 ? out[1] : NULL;

	(void)scratch;
	for (int64_t t = 0; t < steps; t++)
		EACH(mask_step)(node, (const real *)in[0] + t * n, (real *)out[0] + t * n, mask ? mask + t : NULL, n);
}

static void EACH(select)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	const struct select_config *c = node->config;
	const struct shape *shape = &node->out[0]->shape, mask = spread_mask(&node->in[1]->shape);
	const real *x = in[0], *other = node->n_in > 2 ? in[2] : NULL;
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < shape_elements(shape); i++) {
		real v = X(x[broadcast_index(shape, &node->in[0]->shape, i)]), u = (real)c->otherwise;
		if (other) u = X(other[broadcast_index(shape, &node->in[2]->shape, i)]);
		if (MAGNITUDE)
			y[i] = ADD(v, u);
		else
			y[i] = EQUAL(((const real *)in[1])[broadcast_index(shape, &mask, i)], 0) ? u : v;
	}
}

#endif
