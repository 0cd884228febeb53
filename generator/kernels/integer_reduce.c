/* integer_reduce.c: Mean, Sum, Max, Min and global pools of integers: outputs of size elements each, inner apart. */
#include "kernels/integer_view.h"

struct integer_reduce {
	bool sums, smallest;
	struct integer_mean mean; /* sizes of all */
};

static bool largest_over_steps(const struct node *node, struct integer_reduce *r)
{
	const struct global_pool1d_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	bool first = c->data_format == CHANNELS_FIRST;
	int64_t channels = shape_channels(in, c->data_format);

	r->mean.outer = first ? channels : 1;
	r->mean.size = shape_steps(in, c->data_format);
	r->mean.inner = first ? 1 : channels;
	return true;
}

static bool classify(const struct node *node, struct integer_reduce *r)
{
	struct reduction reduction;

	*r = (struct integer_reduce){ 0 };
	if (node->n_in != 1 || !tensor_is_integer(node->in[0]) || !tensor_is_integer(node->out[0])) return false;
	r->sums = node_integer_mean(node, &r->mean);
	if (r->sums) return true;
	if (layer_is(node, "GlobalMaxPooling1D")) return largest_over_steps(node, r);
	if (!node_reduction(node, &reduction) || reduction.sums) return false;
	r->smallest = reduction.smallest;
	r->mean.outer = reduction.outer;
	r->mean.size = reduction.size;
	r->mean.inner = reduction.inner;
	return true;
}

static bool ok(const struct node *node, const struct target *target)
{
	struct integer_reduce r;

	(void)target;
	return classify(node, &r);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->in[0]->shape), 3, 0);
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct integer_reduce *r = NEW(arena, struct integer_reduce);

	(void)target;
	CHECK(classify(node, r));
	return r;
}

int64_t integer_reduce_scratch(const void *plan)
{
	const struct integer_reduce *r = plan;

	return r->sums ? r->mean.inner * (int64_t)sizeof(int32_t) : 0;
}

bool integer_reduce_is_narrow(const struct node *node)
{
	const struct tensor *in = node->in[0];
	struct integer_reduce r;

	return classify(node, &r) && (type_most(in->type) - type_least(in->type)) * r.mean.size <= INT32_MAX;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct integer_reduce *r = plan;
	const struct tensor *in = node->in[0];
	const int64_t wide = (type_most(in->type) - type_least(in->type)) * r->mean.size;
	struct value *view = value_map(arena);

	value_set_int(arena, view, "outer", r->mean.outer);
	value_set_int(arena, view, "length", r->mean.size);
	value_set_int(arena, view, "inner", r->mean.inner);
	value_set_bool(arena, view, "sums", r->sums);
	value_set_text(arena, view, "sign", r->smallest ? "<" : ">");
	value_set_int(arena, view, "zero_in", tensor_zero_point(in));
	value_set_int(arena, view, "zero_out", tensor_zero_point(node->out[0]));
	value_set_bool(arena, view, "wide", wide > INT32_MAX);
	view_factor(arena, view, "factor", r->mean.factor);
	view_rounding(arena, view, node->rounding);
	view_range(arena, view, output_range(node), node->out[0]);
	return view;
}

const struct kernel kernel_integer_reduce = {
	.name = "integer_reduce",
	.template = "integer_reduce",
	.doc = "all elements along axes become one",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.types = KERNEL_INTEGERS,
};
