/* dot.c: Dot: the products of two inputs, summed along an axis of each. */
#ifndef REAL
#include "layers/family.h"

static const struct field dot_fields[] = {
	TYPED_FIELD("axes", FIELD_AXES, dot_config, axes, NULL, "the axis to sum along, or one of each input"),
	TYPED_FIELD("normalize", FIELD_BOOL, dot_config, normalize, "false", "inputs are brought to length 1 first"),
	END_FIELD,
};

/* The axis of input k, as a config has it. */
static int64_t axis_of_input(const struct node *node, int k)
{
	const struct dot_config *c = node->config;

	return c->axes.at[c->axes.n > 1 ? k : 0];
}

static bool dot_check(const struct node *node, struct diag *diag)
{
	const struct dot_config *c = node->config;

	if (c->axes.n == 1 || c->axes.n == 2) return true;
	layer_error(node, diag, "axes", "%d axes; Dot sums along one, or one of each input", c->axes.n);
	return false;
}

/* The least length that an input is divided by: Keras 3 multiplies by min(1 / length, 1e7), Keras 2 as UnitNormalization. */
static void normalise(struct graph *graph, struct node *node, int k)
{
	struct unit_norm_config *config = NEW(graph->arena, struct unit_norm_config);
	struct node *unit = graph_node(graph, layer_find("UnitNormalization"), node->name);

	config->axis = (struct axes){ 1, { axis_of_input(node, k) } };
	config->least = node_is_old(node) ? 0 : 1e-7;
	unit->class_name = node->class_name;
	unit->config = config;
	unit->place = node->place;
	unit->keras = node->keras;
	unit->operation = true;
	unit->implied = true;
	graph_connect(graph, unit, &node->in[k], 1, 1);
	graph_move(graph, unit, node->id);
	node->in[k] = unit->out[0];
}

static void dot_expand(struct graph *graph, struct node *node)
{
	const struct dot_config *c = node->config;

	for (int k = 0; c->normalize && k < node->n_in && k < c->axes.n + 1 && k < 2; k++) normalise(graph, node, k);
	node->layer = layer_find("BatchDot");
}

/* Of an input, all axes but the one that is summed along. */
static void add_sizes(struct shape *out, const struct shape *in, int axis)
{
	for (int i = 0; i < in->rank; i++)
		if (i != axis) out->at[out->rank++] = in->at[i];
}

static bool dot_infer(struct node *node, struct diag *diag)
{
	const struct shape *x = &node->in[0]->shape, *y = &node->in[1]->shape;
	int a = sample_axis(axis_of_input(node, 0), x->rank), b = sample_axis(axis_of_input(node, 1), y->rank);
	struct arena *arena = arena_new();
	bool right = a >= 0 && b >= 0 && x->at[a] == y->at[b] && x->rank + y->rank - 2 <= MAX_RANK;

	if (!right)
		layer_error(node, diag, "axes",
			    "inputs of shapes %s and %s have no axes %lld and %lld of one size to sum along",
			    shape_text(arena, x), shape_text(arena, y), (long long)axis_of_input(node, 0),
			    (long long)axis_of_input(node, 1));
	arena_free(arena);
	if (!right) return false;
	node->out[0]->shape = (struct shape){ 0 };
	add_sizes(&node->out[0]->shape, x, a);
	add_sizes(&node->out[0]->shape, y, b);
	if (node->out[0]->shape.rank == 0) node->out[0]->shape = shape_of(1, (int64_t)1);
	return true;
}

struct dot_sum node_dot(const struct node *node)
{
	const struct shape *x = &node->in[0]->shape, *y = &node->in[1]->shape;
	int a = sample_axis(axis_of_input(node, 0), x->rank), b = sample_axis(axis_of_input(node, 1), y->rank);
	struct dot_sum dot = { axis_split(x, a), axis_split(y, b), false };

	dot.partial = a == x->rank - 1 && b == y->rank - 1 && uses_partial_sums(dot.x.size, dot.y.outer, dot.x.size);
	return dot;
}

static int64_t dot_macs(const struct node *node)
{
	return shape_elements(&node->out[0]->shape) * node_dot(node).x.size;
}

#define FAMILY "layers/dot.c"
#include "layers/each_real.h"

/* As a Dense's sum, but that nothing is added to. */
static void dot_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct dot_sum dot = node_dot(node);
	int64_t n = dot.x.size, additions = dot.partial ? (n + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : n;
	const void *ins[2] = { in[0], in[1] };
	void *outs[1] = { bound };

	dot_magnitude(node, ins, outs, scratch);
	for (int64_t i = 0; i < shape_elements(&node->out[0]->shape); i++)
		bound[i] = bound[i] * rounding_growth(additions + 1) + (double)n * TINY;
}

const struct layer layer_dot = {
	.name = "Dot",
	.fields = dot_fields,
	.config_bytes = sizeof(struct dot_config),
	.least_in = 2,
	.most_in = 2,
	.doc = "products of two inputs, summed along an axis of each",
	.check = dot_check,
	.infer = dot_infer,
	.expand = dot_expand,
};
const struct layer layer_batch_dot = {
	.name = "BatchDot",
	.fields = dot_fields,
	.config_bytes = sizeof(struct dot_config),
	.least_in = 2,
	.most_in = 2,
	.doc = "Dot of inputs as they are",
	.check = dot_check,
	.infer = dot_infer,
	.rows = rows_barrier,
	.eval = EVALS(dot),
	.bound = dot_bound,
	.macs = dot_macs,
	.internal = true,
};

#else

/* One output element: n products of elements that lie apart by the strides. */
static real EACH(dot_one)(const real *x, const real *y, int64_t n, int64_t x_stride, int64_t y_stride, bool partial)
{
	real p[PARTIAL_SUMS] = { 0 };

	for (int64_t k = 0; k < n; k++) {
		int64_t j = partial ? k % PARTIAL_SUMS : 0;
		p[j] = MADD(p[j], X(x[k * x_stride]), X(y[k * y_stride]));
	}
	for (int half = PARTIAL_SUMS / 2; partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return p[0];
}

static void EACH(dot)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct dot_sum d = node_dot(node);
	int64_t columns = d.y.outer * d.y.inner, n = d.x.size;
	real *to = out[0];

	(void)scratch;
	for (int64_t r = 0; r < d.x.outer * d.x.inner; r++)
		for (int64_t q = 0; q < columns; q++) {
			const real *x = (const real *)in[0] + r / d.x.inner * n * d.x.inner + r % d.x.inner;
			const real *y = (const real *)in[1] + q / d.y.inner * n * d.y.inner + q % d.y.inner;
			to[r * columns + q] = EACH(dot_one)(x, y, n, d.x.inner, d.y.inner, d.partial);
		}
}

#endif
