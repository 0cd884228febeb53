/* conv1d_partial.c: Conv1D and Dense of many terms and few filters, in 16 partial sums.
 *
 * Term i goes into sum i mod 16.  Weights lie filter by filter in the order of the terms; where a window's terms are one
 * run of the input they meet it there, else the window is first copied into scratch memory in that order. */
#include "kernels/kernel.h"

struct partial {
	struct sum sum;
	struct geometry g;
	bool gather;
	struct table weights, bias;
};

static bool ok(const struct node *node, const struct target *target)
{
	struct sum sum;

	(void)target;
	return node_sum(node, &sum) && sum.partial;
}

static int64_t group_terms(const struct sum *s)
{
	return s->taps * (s->channels / s->groups);
}

/* The window's terms do not follow each other in the input. */
static bool scattered(const struct sum *s)
{
	if (s->channels_first) return s->steps_in > 1;
	return s->taps > 1 && (s->dilation > 1 || s->groups > 1);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	struct sum s;
	int64_t outputs, weights;

	CHECK(node_sum(node, &s));
	outputs = s.steps_out * s.filters;
	weights = (group_terms(&s) + 1) * s.filters;
	return (struct cost){
		.operations = outputs * (group_terms(&s) * 11 / (4 * useful_lanes(target, LANES_MOST)) + 40) +
			      (scattered(&s) ? 2 * s.steps_out * s.taps * s.channels : 0),
		.flash = weights * 4 + 2 * FUNCTION_CODE, .text = weights * LITERAL_TEXT + 2 * FUNCTION_TEXT,
		.statements = 30,
	};
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct partial *p = NEW(arena, struct partial);
	int64_t terms;
	float *weights;

	(void)target;
	CHECK(node_sum(node, &p->sum));
	p->g = sum_geometry(&p->sum);
	p->gather = scattered(&p->sum);
	terms = group_terms(&p->sum);
	weights = NEW_ARRAY(arena, terms * p->sum.filters, float);
	for (int64_t f = 0; f < p->sum.filters; f++)
		for (int64_t i = 0; i < terms; i++) weights[f * terms + i] = p->sum.kernel[i * p->sum.filters + f];
	p->weights = (struct table){ .name = "weights", .type = TYPE_F32, .n = terms * p->sum.filters, .at = weights,
				     .columns = PARTIAL_SUMS };
	p->weights.doc = arena_printf(arena, "[filter][tap][channel]: %lld filters, %lld taps, %lld channels",
				      (long long)p->sum.filters, (long long)p->sum.taps,
				      (long long)(p->sum.channels / p->sum.groups));
	p->bias = (struct table){ .name = "bias", .doc = "one a filter", .type = TYPE_F32, .at = p->sum.bias,
				  .n = p->sum.bias ? p->sum.filters : 0 };
	return p;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct partial *p = plan;

	CHECK(most >= 2);
	tables[0] = &p->weights;
	tables[1] = &p->bias;
	return p->bias.n > 0 ? 2 : 1;
}

static int64_t scratch(const void *plan)
{
	const struct partial *p = plan;

	return p->gather ? group_terms(&p->sum) * (int64_t)sizeof(float) : 0;
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct partial *p = plan;
	const struct sum *s = &p->sum;
	struct value *view = value_map(arena);

	(void)node;
	view_geometry(arena, view, &p->g);
	view_bool(arena, view, "gather", p->gather);
	view_int(arena, view, "groups", s->groups);
	view_int(arena, view, "channels", s->channels / s->groups);
	view_int(arena, view, "filters", s->filters / s->groups);
	view_int(arena, view, "terms", group_terms(s));
	view_int(arena, view, "x_step", s->channels_first ? 1 : s->channels);
	view_int(arena, view, "x_channel", s->channels_first ? s->steps_in : 1);
	view_int(arena, view, "y_step", s->channels_first ? 1 : s->filters);
	view_int(arena, view, "y_filter", s->channels_first ? s->steps_out : 1);
	view_table(arena, view, "weights", &p->weights);
	view_bool(arena, view, "has_bias", p->bias.n > 0);
	if (p->bias.n > 0) view_table(arena, view, "bias", &p->bias);
	return view;
}

const struct kernel kernel_conv1d_partial = {
	.name = "conv1d_partial", .template = "conv1d_partial", .doc = "sixteen partial sums an output over a weight table",
	.ok = ok, .cost = cost, .plan = plan, .view = view, .tables = tables, .scratch = scratch,
};
