/* integer_concatenate.c: Concatenate of uint8 whose inputs have other steps than the output: these by tables. */
#include "kernels/integer_view.h"

struct scaled_inputs {
	const int64_t *table_of; /* by input: where its 256 results begin; -1: it is moved */
	struct table results;
};

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return layer_is(node, "Concatenate") && concatenation_scales(node);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 4, 64 * node->n_in);
}

/* What becomes of all 256 integers of input k, where the others have none. */
static void results_of(const struct node *node, int k, int16_t *result, struct arena *arena)
{
	struct tensor in = *node->in[k], out = *node->out[0], *ins = &in, *outs = &out;
	struct concatenate_config config = { -1 };
	float *x = NEW_ARRAY(arena, 256, float), *y = NEW_ARRAY(arena, 256, float);
	const float *from = x;
	struct node one = *node;

	in.shape = out.shape = shape_of(1, (int64_t)256);
	one.config = &config;
	one.in = &ins;
	one.out = &outs;
	one.n_in = 1;
	for (int i = 0; i < 256; i++) x[i] = (float)i;
	node->layer->integer(&one, &from, &y, arena);
	for (int i = 0; i < 256; i++) result[i] = (int16_t)y[i];
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct scaled_inputs *p = NEW(arena, struct scaled_inputs);
	int64_t *table_of = NEW_ARRAY(arena, node->n_in, int64_t), n = 0;
	int16_t *results = NEW_ARRAY(arena, 256 * node->n_in, int16_t);
	const struct tensor *out = node->out[0];

	(void)target;
	for (int k = 0; k < node->n_in; k++) {
		const struct tensor *in = node->in[k];
		table_of[k] = -1;
		if (tensor_scale(in) == tensor_scale(out) && tensor_zero_point(in) == tensor_zero_point(out)) continue;
		table_of[k] = n;
		results_of(node, k, results + n, arena);
		n += 256;
	}
	p->table_of = table_of;
	p->results = integer_table(results, n, TYPE_U8, arena);
	p->results.name = "results";
	p->results.doc = arena_printf(arena, "%s: inputs in steps of the output", node->name);
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	return LIST_TABLES(tables, most, &((struct scaled_inputs *)plan)->results);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct scaled_inputs *p = plan;
	struct axis_split *split = NEW(arena, struct axis_split);
	struct value *view;

	*split = axis_split(&node->out[0]->shape, node_axis(node));
	view = kernel_concatenate.view(node, split, arena);
	value_set(view, "table_of", view_ints(arena, p->table_of, node->n_in));
	view_table(arena, view, "results", &p->results);
	return view;
}

const struct kernel kernel_integer_concatenate = {
	.name = "integer_concatenate",
	.template = "integer_concatenate",
	.doc = "the inputs one behind the other, in steps of the output",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
