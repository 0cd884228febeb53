/* sum.c: what kernels of one sum (Conv1D, DepthwiseConv1D, Dense; Conv1DTranspose) share: their tables and the view of their
 * sizes. */
#include "kernels/kernel.h"

int64_t sum_macs_executed(const struct sum *s)
{
	return s->steps_out * s->filters * sum_terms(s);
}

struct table filter_table(const struct sum *s, struct arena *arena)
{
	int64_t terms = sum_terms(s);
	float *weights = NEW_ARRAY(arena, terms * s->filters, float);
	const char *doc = arena_printf(arena, "Weights [filter][tap][channel]: %lld filters, %lld taps, %lld channels.",
				       (long long)s->filters, (long long)s->taps, (long long)(s->channels / s->groups));

	for (int64_t f = 0; f < s->filters; f++)
		for (int64_t i = 0; i < terms; i++) weights[f * terms + i] = s->kernel[i * s->filters + f];
	return (
	    struct table){ .name = "weights", .doc = doc, .type = TYPE_F32, .n = terms * s->filters, .at = weights };
}

struct table bias_table(const struct sum *s)
{
	return (struct table){ .name = "bias",
			       .doc = "One bias a filter.",
			       .type = TYPE_F32,
			       .at = s->bias,
			       .n = s->bias ? s->filters : 0 };
}

void *by_filters_plan(const struct node *node, const struct target *target, struct arena *arena)
{
	struct by_filters *plan = NEW(arena, struct by_filters);

	(void)target;
	CHECK(node_sum(node, &plan->sum));
	plan->weights = filter_table(&plan->sum, arena);
	plan->bias = bias_table(&plan->sum);
	return plan;
}

int by_filters_tables(void *plan, struct table **tables, int most)
{
	struct by_filters *p = plan;

	return LIST_TABLES(tables, most, &p->weights, &p->bias);
}

/* Elements from one step, and from one channel or filter, to the next. */
static void view_strides(struct arena *arena, struct value *map, const struct node *node, const struct sum *s)
{
	const struct tensor *in = s->channels_first ? node->in[0] : NULL,
			    *out = s->channels_first ? node->out[0] : NULL;

	value_set_int(arena, map, "x_step", s->channels_first ? 1 : s->channels);
	view_size(arena, map, "x_channel", s->channels_first ? s->steps_in : 1, node, in);
	value_set_int(arena, map, "y_step", s->channels_first ? 1 : s->filters);
	view_size(arena, map, "y_filter", s->channels_first ? s->steps_out : 1, node, out);
}

void view_sum(struct arena *arena, struct value *map, const struct node *node, const struct sum *s,
	      const struct table *weights, const struct table *bias, int64_t least)
{
	struct geometry g = sum_geometry(s);

	view_geometry(arena, map, node, &g, least);
	value_set_int(arena, map, "groups", s->groups);
	value_set_int(arena, map, "channels", s->channels / s->groups);
	value_set_int(arena, map, "filters", s->filters / s->groups);
	value_set_int(arena, map, "terms", sum_terms(s));
	view_size(arena, map, "size", s->steps_out * s->filters, node, node->out[0]);
	view_strides(arena, map, node, s);
	view_table(arena, map, "weights", weights);
	value_set_bool(arena, map, "has_bias", bias->n > 0);
	if (bias->n > 0) view_table(arena, map, "bias", bias);
}

void view_transposed(struct arena *arena, struct value *map, const struct node *node, const struct transposed_sum *s)
{
	const struct sum sizes = { .steps_in = s->steps_in,
				   .steps_out = s->steps_out,
				   .channels = s->channels,
				   .filters = s->filters,
				   .channels_first = s->channels_first };

	view_size(arena, map, "steps_in", s->steps_in, node, node->in[0]);
	view_size(arena, map, "steps_out", s->steps_out, node, node->out[0]);
	value_set_int(arena, map, "channels", s->channels);
	value_set_int(arena, map, "filters", s->filters);
	value_set_int(arena, map, "taps", s->taps);
	value_set_int(arena, map, "terms", s->taps * s->channels);
	value_set_int(arena, map, "stride", s->stride);
	value_set_int(arena, map, "dilation", s->dilation);
	if (node->piece > 0)
		value_set(map, "crop", value_extent(arena, (struct extent){ "crop", 1, 0 }));
	else
		value_set_int(arena, map, "crop", s->crop);
	view_strides(arena, map, node, &sizes);
}

/* The terms of a window as one loop: x moves by so much from each to the next; 0: they need a loop over taps and one over
 * channels.  open: the number of steps, and with it that from a channel to the next, is known only at run time. */
static int64_t term_stride(const struct sum *s, bool open)
{
	int64_t along_steps = s->channels_first ? 1 : s->channels, along_channels = s->channels_first ? s->steps_in : 1;
	int64_t in_group = s->channels / s->groups, between_taps = s->dilation * along_steps;

	if (in_group == 1) return between_taps;
	if (open && s->channels_first) return s->taps == 1 ? along_channels : 0;
	return s->taps == 1 || between_taps == in_group * along_channels ? along_channels : 0;
}

void view_terms(struct arena *arena, struct value *map, const struct node *node, const struct sum *s)
{
	bool along_channels = s->channels_first && s->channels / s->groups > 1 && s->taps == 1;

	view_size(arena, map, "x_term", term_stride(s, node_is_open(node)), node, along_channels ? node->in[0] : NULL);
}
