/* merge.c: layers of several inputs: Add, Subtract, Multiply, Divide, Average, Maximum, Minimum, Concatenate. */
#ifndef REAL
#include "layers/integer_family.h"

static const struct field no_fields[] = { END_FIELD };

static const struct field concatenate_fields[] = {
	TYPED_FIELD("axis", FIELD_AXIS, concatenate_config, axis, "-1",
		    "the axis along which inputs follow each other"),
	END_FIELD,
};

bool broadcast(struct shape *shape, const struct shape *other)
{
	struct shape wide = shape->rank >= other->rank ? *shape : *other;
	const struct shape *narrow = shape->rank >= other->rank ? other : shape;

	for (int k = 1; k <= narrow->rank; k++) {
		int64_t *a = &wide.at[wide.rank - k], b = narrow->at[narrow->rank - k];
		if (*a == 1) *a = b;
		if (*a != b && b != 1) return false;
	}
	*shape = wide;
	return true;
}

static bool merge_infer(struct node *node, struct diag *diag)
{
	struct shape shape = node->in[0]->shape;

	for (int i = 1; i < node->n_in; i++) {
		struct arena *arena;
		if (broadcast(&shape, &node->in[i]->shape)) continue;
		arena = arena_new();
		layer_error(node, diag, NULL, "inputs of shapes %s and %s; %s needs shapes that are equal or broadcast",
			    shape_text(arena, &shape), shape_text(arena, &node->in[i]->shape), node->layer->name);
		arena_free(arena);
		return false;
	}
	node->out[0]->shape = shape;
	return true;
}

static bool concatenate_infer(struct node *node, struct diag *diag)
{
	const struct concatenate_config *c = node->config;
	struct shape sum = node->in[0]->shape, other;
	int axis = sample_axis(c->axis, sum.rank);

	if (!need_axis(node, diag, c->axis)) return false;
	for (int i = 1; i < node->n_in; i++) {
		struct arena *arena;
		int64_t size;
		other = node->in[i]->shape;
		size = other.rank == sum.rank ? other.at[axis] : 0;
		if (other.rank == sum.rank) other.at[axis] = sum.at[axis];
		if (shape_equal(&sum, &other)) {
			sum.at[axis] += size;
			continue;
		}
		arena = arena_new();
		layer_error(
		    node, diag, NULL, "inputs of shapes %s and %s; all sizes but those of axis %lld must be equal",
		    shape_text(arena, &node->in[0]->shape), shape_text(arena, &node->in[i]->shape), (long long)c->axis);
		arena_free(arena);
		return false;
	}
	node->out[0]->shape = sum;
	return true;
}

/* Along the axis of steps each input has its place in time; along another, rows stay. */
static bool concatenate_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	int64_t first = 0;

	for (int i = 0; node_axis(node) == steps && i < input; i++) first += node->in[i]->shape.at[steps];
	*reach = (struct reach){ o - first, o - first };
	return node->out[0]->shape.rank > 1;
}

/* Along the open axis: the sum of all; along another: that axis of all inputs has one length. */
static const char *concatenate_lengths(struct graph *graph, const struct node *node)
{
	struct length_term *term = NEW_ARRAY(graph->arena, node->n_in, struct length_term);
	int axis = node_axis(node), open = -1, terms = 0;
	int64_t known = 0;

	for (int i = 0; i < node->n_in && open < 0; i++) open = node->in[i]->open_axis;
	for (int i = 0; i < node->n_in; i++) {
		const struct tensor *in = node->in[i];
		if (in->open_axis >= 0 && in->open_axis != open) return "its inputs have different variable axes";
		if (in->open_axis < 0 && open != axis) return "another input has a known size there";
		if (in->open_axis < 0) {
			known += in->shape.at[axis];
		} else {
			term[terms++] = (struct length_term){ in->length, 1 };
		}
	}
	if (open == axis) return open_output(node, open, length_make(graph, term, terms, known, 1, node->name));
	for (int i = 1; i < terms; i++) length_equal(graph, term[0].of, term[i].of, node->name);
	return open_output(node, open, term[0].of);
}

static bool single_input_fold(struct graph *graph, struct node *node)
{
	if (node->n_in != 1 || node->n_weight > 0 || !activation_is_linear(&node->activation)) return false;
	fold_identity(graph, node);
	return true;
}

/* ---- masks of Keras 3 -------------------------------------------------------------------------------------- */

/* input 0 where the mask is set, other elsewhere; other NULL: 'otherwise'.  Before the node.  NULL after an error. */
static struct tensor *selected(struct graph *graph, const struct node *node, struct tensor *x, struct tensor *mask,
			       struct tensor *other, double otherwise, struct diag *diag)
{
	struct select_config *config = NEW(graph->arena, struct select_config);
	struct tensor *in[3] = { x, mask, other };
	struct node *select;

	config->otherwise = otherwise;
	select = imply_node(graph, node, node->id, "Select", config, in, other ? 3 : 2, diag);
	return select ? select->out[0] : NULL;
}

/* Masks lie along the axes of inputs of one rank; Keras adds axes to others, whereby their masks are lost. */
static bool one_rank(const struct node *node)
{
	for (int k = 1; k < node->n_in; k++)
		if (node->in[k]->shape.rank != node->in[0]->shape.rank) return false;
	return true;
}

/* The node itself is a copy of its first input from now on; what was computed before it stands there. */
static bool becomes(struct node *node, struct tensor *value)
{
	if (!value) return false;
	node->in[0] = value;
	node->n_in = 1;
	return true;
}

/* Factors of masked steps are 1; where no input has a mask that is set, the product is 0. */
static bool multiply_masks(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	struct tensor **in = NEW_ARRAY(graph->arena, node->n_in, struct tensor *), *value;
	struct node *product;

	if (node_is_old(node) || !one_rank(node)) return true;
	for (int k = 0; k < node->n_in; k++) {
		in[k] = mask[k] ? selected(graph, node, node->in[k], mask[k], NULL, 1, diag) : node->in[k];
		if (!in[k]) return false;
	}
	product = imply_node(graph, node, node->id, "Multiply", NULL, in, node->n_in, diag);
	if (!product) return false;
	value = product->out[0];
	if (node->out[0]->mask) value = selected(graph, node, value, node->out[0]->mask, NULL, 0, diag);
	return becomes(node, value);
}

/* Pair by pair, a masked step of either is the other's, until an input without a mask comes. */
static bool extreme_masks(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag)
{
	struct tensor *value = node->in[0], *so_far = mask[0];

	if (node_is_old(node) || !one_rank(node)) return true;
	for (int k = 1; k < node->n_in; k++) {
		struct tensor *pair[2] = { value, node->in[k] }, *masks[2] = { so_far, mask[k] };
		struct node *extreme;
		if (mask[k]) pair[1] = selected(graph, node, node->in[k], mask[k], value, 0, diag);
		if (so_far && pair[1]) pair[0] = selected(graph, node, value, so_far, pair[1], 0, diag);
		if (!pair[0] || !pair[1]) return false;
		so_far = join_masks(graph, node, masks, 2, diag);
		extreme = imply_node(graph, node, node->id, node->layer->name, NULL, pair, 2, diag);
		if (!extreme) return false;
		value = extreme->out[0];
	}
	return becomes(node, value);
}

#define FAMILY "layers/merge.c"
#include "layers/each_real.h"

static void magnitude_of_sum(const struct node *node, const double *const *in, double *sum, struct arena *scratch)
{
	const void **ins = NEW_ARRAY(scratch, node->n_in, const void *);
	void *outs[1] = { sum };

	for (int i = 0; i < node->n_in; i++) ins[i] = in[i];
	add_magnitude(node, ins, outs, scratch);
}

static void add_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);

	magnitude_of_sum(node, in, bound, scratch);
	for (int64_t i = 0; i < n; i++) bound[i] *= rounding_growth(node->n_in - 1);
}

/* As Add, then one division. */
static void average_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);

	magnitude_of_sum(node, in, bound, scratch);
	for (int64_t i = 0; i < n; i++) bound[i] = bound[i] / node->n_in * rounding_growth(node->n_in) + TINY;
}

/* The error of a product so far grows by the next factor, whose product is rounded once more. */
static void multiply_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const struct shape *shape = &node->out[0]->shape;
	int64_t n = shape_elements(shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) {
		double product = fabs(in[0][broadcast_index(shape, &node->in[0]->shape, i)]), error = 0;
		for (int k = 1; k < node->n_in; k++) {
			double factor = fabs(in[k][broadcast_index(shape, &node->in[k]->shape, i)]);
			product *= factor;
			error = error * factor + (product + error * factor) * rounding_growth(1) + TINY;
		}
		bound[i] = error * (1 + 0x1p-20);
	}
}

/* One division. */
static void divide_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	const struct shape *shape = &node->out[0]->shape;
	int64_t n = shape_elements(shape);

	(void)scratch;
	for (int64_t i = 0; i < n; i++) {
		double a = in[0][broadcast_index(shape, &node->in[0]->shape, i)],
		       b = in[1][broadcast_index(shape, &node->in[1]->shape, i)];
		bound[i] = fabs(a / b) * rounding_growth(1) + TINY;
	}
}

#define MERGE_ROW(id, class, least, most, text, bounds, masks, integers, steps_of)                                     \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = no_fields,                                                                                   \
		.config_bytes = sizeof(struct merge_config),                                                           \
		.least_in = least,                                                                                     \
		.most_in = most,                                                                                       \
		.doc = text,                                                                                           \
		.infer = merge_infer,                                                                                  \
		.lengths = lengths_broadcast,                                                                          \
		.fold = single_input_fold,                                                                             \
		.eval = EVALS(id),                                                                                     \
		.integer = integers,                                                                                   \
		.steps = steps_of,                                                                                     \
		.bound = bounds,                                                                                       \
		.elementwise = true,                                                                                   \
		.mask = MASK_JOINS,                                                                                    \
		.old_mask = MASK_JOINS,                                                                                \
		.use_masks = masks,                                                                                    \
		.activates = true,                                                                                     \
	}
MERGE_ROW(add, "Add", 1, -1, "sum of the inputs, in their order", add_bound, NULL, integer_add, steps_of_addition);
MERGE_ROW(subtract, "Subtract", 2, 2, "the first input less the second", add_bound, NULL, integer_add,
	  steps_of_addition);
MERGE_ROW(multiply, "Multiply", 1, -1, "product of the inputs, in their order", multiply_bound, multiply_masks,
	  integer_multiply, steps_of_multiply);
MERGE_ROW(average, "Average", 1, -1, "mean of the inputs", average_bound, NULL, NULL, NULL);
MERGE_ROW(maximum, "Maximum", 1, -1, "the largest of the inputs", NULL, extreme_masks, integer_maximum, NULL);
MERGE_ROW(minimum, "Minimum", 1, -1, "the smallest of the inputs", NULL, extreme_masks, integer_minimum, NULL);
const struct layer layer_divide = {
	.name = "Divide",
	.fields = no_fields,
	.least_in = 2,
	.most_in = 2,
	.doc = "the first input divided by the second",
	.infer = merge_infer,
	.eval = EVALS(divide),
	.bound = divide_bound,
	.elementwise = true,
	.activates = true,
	.internal = true,
};
const struct layer layer_concatenate = {
	.name = "Concatenate",
	.fields = concatenate_fields,
	.config_bytes = sizeof(struct concatenate_config),
	.least_in = 1,
	.most_in = -1,
	.doc = "the inputs one behind the other along an axis",
	.infer = concatenate_infer,
	.lengths = concatenate_lengths,
	.rows = concatenate_rows,
	.fold = single_input_fold,
	.eval = EVALS(concatenate),
	.integer = integer_concatenate,
	.mask = MASK_CONCATENATES,
	.old_mask = MASK_CONCATENATES,
};

#else

static real EACH(sum)(real a, real b)
{
	return ADD(a, b);
}

static real EACH(difference)(real a, real b)
{
	return MAGNITUDE ? ADD(a, b) : SUBTRACT(a, b);
}

static real EACH(product)(real a, real b)
{
	return MULTIPLY(a, b);
}

static real EACH(quotient)(real a, real b)
{
	return DIVIDE(a, b);
}

/* Of two equal values the first stays; a NaN stays. */
static real EACH(larger)(real a, real b)
{
	return GREATER(b, a) || b != b ? b : a;
}

/* What a magnitude bounds is either of the two. */
static real EACH(smaller)(real a, real b)
{
	if (MAGNITUDE) return EACH(larger)(a, b);
	return GREATER(a, b) || b != b ? b : a;
}

/* One function from input to input, in their order. */
static void EACH(merge)(const struct node *node, const void *const *in, real *y, real (*of)(real, real))
{
	const struct shape *shape = &node->out[0]->shape;
	int64_t n = shape_elements(shape);

	for (int k = 0; k < integer_operands(node); k++) {
		const struct integer_operand operand = integer_operand(node, k);
		bool same = shape_equal(shape, operand.shape);
		const real *x = operand.input < 0 ? NULL : in[operand.input];
		for (int64_t i = 0; i < n; i++) {
			int64_t at = same ? i : broadcast_index(shape, operand.shape, i);
			real v = x ? X(x[at]) : X((real)((double)operand.scale * (double)operand.integers[at]));
			y[i] = k == 0 ? v : of(y[i], v);
		}
	}
}

static void EACH(add)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(sum));
}

static void EACH(subtract)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(difference));
}

static void EACH(multiply)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(product));
}

static void EACH(divide)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(quotient));
}

static void EACH(average)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	real *y = out[0];

	(void)scratch;
	EACH(merge)(node, in, y, EACH(sum));
	for (int64_t i = 0; i < n; i++) y[i] = DIVIDE(y[i], (real)node->n_in);
}

static void EACH(maximum)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(larger));
}

static void EACH(minimum)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	(void)scratch;
	EACH(merge)(node, in, out[0], EACH(smaller));
}

static void EACH(concatenate)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int axis = node_axis(node);
	struct axis_split all = axis_split(&node->out[0]->shape, axis);
	real *y = out[0];

	(void)scratch;
	for (int k = 0; k < node->n_in; k++) {
		int64_t run = axis_split(&node->in[k]->shape, axis).size * all.inner;
		const real *x = in[k];
		for (int64_t i = 0; i < all.outer * run; i++) y[i / run * all.size * all.inner + i % run] = X(x[i]);
		y += run;
	}
}

#endif
