/* onednn.c: the network in oneDNN 2 (Debian's libdnnl-dev), as a shared object for race.c.  Weights are reordered once; the
 * activations keep one layout from the first layer to the last, so that no reorder is timed.  A residual is the sum post-op on
 * a copy of x: the binary post-op of 2.6.3 gives wrong values for these layers. */
#include "bench.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR != 2
#error written for oneDNN 2
#endif

enum variant { NWC, ANY, BLOCKED }; /* ANY: the library chooses */
enum { MAX_ARGUMENTS = 6 };

struct step {
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t argument[MAX_ARGUMENTS];
	int arguments;
	dnnl_memory_t copy_from, copy_to; /* before the primitive, where a sum needs it */
};

struct plan {
	const struct network *network;
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	struct step step[MAX_CONVS];
	dnnl_memory_t memory[6 * MAX_CONVS];
	int memories;
	dnnl_memory_t input, output;
	dnnl_memory_desc_t layout; /* of the newest output */
	bool failed;
};

static void check(struct plan *p, dnnl_status_t status)
{
	p->failed |= status != dnnl_success;
}

static dnnl_memory_t make_memory(struct plan *p, const dnnl_memory_desc_t *layout)
{
	dnnl_memory_t memory = NULL;

	check(p, dnnl_memory_create(&memory, layout, p->engine, DNNL_MEMORY_ALLOCATE));
	if (memory != NULL) p->memory[p->memories++] = memory;
	return memory;
}

static void reorder(struct plan *p, dnnl_memory_t from, dnnl_memory_t to)
{
	const dnnl_memory_desc_t *a, *b;
	dnnl_primitive_desc_t description = NULL;
	dnnl_primitive_t primitive = NULL;
	dnnl_exec_arg_t arguments[2] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

	if (from == NULL || to == NULL) return;
	check(p, dnnl_memory_get_memory_desc(from, &a));
	check(p, dnnl_memory_get_memory_desc(to, &b));
	check(p, dnnl_reorder_primitive_desc_create(&description, a, p->engine, b, p->engine, NULL));
	check(p, dnnl_primitive_create(&primitive, description));
	check(p, dnnl_primitive_execute(primitive, p->stream, 2, arguments));
	check(p, dnnl_stream_wait(p->stream));
	dnnl_primitive_destroy(primitive);
	dnnl_primitive_desc_destroy(description);
}

static dnnl_memory_desc_t describe(struct plan *p, int n, const dnnl_dims_t sizes, dnnl_format_tag_t tag)
{
	dnnl_memory_desc_t layout;

	memset(&layout, 0, sizeof layout);
	check(p, dnnl_memory_desc_init_by_tag(&layout, n, sizes, dnnl_f32, tag));
	return layout;
}

/* Our kernel (taps, channels / groups, filters) as (filters, channels / groups, taps), which is goiw, too. */
static dnnl_memory_t make_kernel(struct plan *p, const struct conv *c, const dnnl_memory_desc_t *wanted)
{
	long channels = c->channels / c->groups;
	dnnl_dims_t sizes = { c->groups, c->filters / c->groups, channels, c->taps };
	dnnl_dims_t ungrouped = { c->filters, channels, c->taps };
	bool grouped = c->groups > 1;
	dnnl_memory_desc_t plain = grouped ? describe(p, 4, sizes, dnnl_goiw) : describe(p, 3, ungrouped, dnnl_oiw);
	dnnl_memory_t from = make_memory(p, &plain), to = make_memory(p, wanted);
	float *at = NULL;

	check(p, dnnl_memory_get_data_handle(from, (void **)&at));
	for (long f = 0; at != NULL && f < c->filters; f++)
		for (long i = 0; i < channels; i++)
			for (long k = 0; k < c->taps; k++)
				at[(f * channels + i) * c->taps + k] = c->kernel[(k * channels + i) * c->filters + f];
	reorder(p, from, to);
	return to;
}

static dnnl_memory_t make_bias(struct plan *p, const struct conv *c)
{
	dnnl_dims_t sizes = { c->filters };
	dnnl_memory_desc_t layout = describe(p, 1, sizes, dnnl_x);
	dnnl_memory_t bias = make_memory(p, &layout);
	float *at = NULL;

	check(p, dnnl_memory_get_data_handle(bias, (void **)&at));
	if (at != NULL) memcpy(at, c->bias, (size_t)c->filters * sizeof(float));
	return bias;
}

static dnnl_primitive_attr_t make_attributes(struct plan *p, const struct conv *c, bool sum)
{
	dnnl_primitive_attr_t attributes = NULL;
	dnnl_post_ops_t operations = NULL;

	check(p, dnnl_primitive_attr_create(&attributes));
	check(p, dnnl_post_ops_create(&operations));
	if (c->activation != ACTIVATION_LINEAR)
		check(p, dnnl_post_ops_append_eltwise(
			     operations, 1, c->activation == ACTIVATION_RELU ? dnnl_eltwise_relu : dnnl_eltwise_tanh, 0,
			     0));
	if (sum) check(p, dnnl_post_ops_append_sum(operations, 1));
	check(p, dnnl_primitive_attr_set_post_ops(attributes, operations));
	dnnl_post_ops_destroy(operations);
	return attributes;
}

static dnnl_primitive_desc_t describe_conv(struct plan *p, const struct conv *c, const dnnl_memory_desc_t *x,
					   const dnnl_memory_desc_t *y, bool sum)
{
	long channels = c->channels / c->groups;
	dnnl_dims_t sizes = { c->groups, c->filters / c->groups, channels, c->taps }, filters = { c->filters };
	dnnl_dims_t stride = { c->stride }, dilation = { c->dilation - 1 }, left = { c->left }, right = { c->right };
	dnnl_dims_t ungrouped = { c->filters, channels, c->taps };
	bool grouped = c->groups > 1;
	dnnl_memory_desc_t kernel = describe(p, grouped ? 4 : 3, grouped ? sizes : ungrouped, dnnl_format_tag_any);
	dnnl_memory_desc_t bias = describe(p, 1, filters, dnnl_x);
	dnnl_primitive_attr_t attributes = make_attributes(p, c, sum);
	dnnl_primitive_desc_t description = NULL;
	dnnl_convolution_desc_t conv;

	/* right padding that valid and strided layers do not use would be refused */
	right[0] = (c->steps_out - 1) * c->stride + (c->taps - 1) * c->dilation + 1 - c->steps - c->left;
	check(p, dnnl_dilated_convolution_forward_desc_init(&conv, dnnl_forward_inference, dnnl_convolution_direct, x,
							    &kernel, &bias, y, stride, dilation, left, right));
	if (!p->failed) check(p, dnnl_primitive_desc_create(&description, &conv, attributes, p->engine, NULL));
	dnnl_primitive_attr_destroy(attributes);
	return description;
}

static dnnl_format_tag_t choose_tag(long channels, int variant)
{
	bool wide = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;

	if (variant == NWC) return dnnl_nwc;
	if (variant == ANY || channels < (wide ? 16 : 8)) return dnnl_format_tag_any;
	return wide ? dnnl_nCw16c : dnnl_nCw8c;
}

/* Layouts of x and y, "any" where the library chooses; a residual layer has one for both. */
static void choose_layouts(struct plan *p, const struct conv *c, bool first, int variant, dnnl_memory_desc_t *x,
			   dnnl_memory_desc_t *y)
{
	dnnl_dims_t in = { 1, c->channels, c->steps }, out = { 1, c->filters, c->steps_out };
	dnnl_primitive_desc_t probe;

	*x = first ? describe(p, 3, in, choose_tag(c->channels, variant)) : p->layout;
	*y = describe(p, 3, out, choose_tag(c->filters, variant));
	if (!c->residual || variant != ANY) return;
	probe = describe_conv(p, c, x, y, false);
	if (probe != NULL) *x = *dnnl_primitive_desc_query_md(probe, dnnl_query_src_md, 0);
	*y = *x;
	dnnl_primitive_desc_destroy(probe);
}

static void add_argument(struct step *s, int name, dnnl_memory_t memory)
{
	s->argument[s->arguments++] = (dnnl_exec_arg_t){ name, memory };
}

static void add_step(struct plan *p, int i, int variant)
{
	const struct conv *c = &p->network->conv[i];
	struct step *s = &p->step[i];
	dnnl_memory_desc_t x, y;
	dnnl_primitive_desc_t description;

	choose_layouts(p, c, i == 0, variant, &x, &y);
	description = p->failed ? NULL : describe_conv(p, c, &x, &y, c->residual);
	if (description == NULL) return;
	if (i == 0) p->input = make_memory(p, dnnl_primitive_desc_query_md(description, dnnl_query_src_md, 0));
	p->layout = *dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0);
	add_argument(s, DNNL_ARG_SRC, i == 0 ? p->input : p->output);
	if (c->residual) s->copy_from = s->argument[0].memory;
	p->output = make_memory(p, &p->layout);
	s->copy_to = p->output;
	add_argument(s, DNNL_ARG_DST, p->output);
	add_argument(s, DNNL_ARG_WEIGHTS,
		     make_kernel(p, c, dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0)));
	add_argument(s, DNNL_ARG_BIAS, make_bias(p, c));
	check(p, dnnl_primitive_create(&s->primitive, description));
	dnnl_primitive_desc_destroy(description);
}

static void onednn_close(void *handle)
{
	struct plan *p = handle;

	for (int i = 0; i < p->network->n; i++) dnnl_primitive_destroy(p->step[i].primitive);
	for (int i = 0; i < p->memories; i++) dnnl_memory_destroy(p->memory[i]);
	dnnl_stream_destroy(p->stream);
	dnnl_engine_destroy(p->engine);
	free(p);
}

static void *onednn_open(const struct side *side, const struct network *network, char *why, size_t size)
{
	struct plan *p;

	if (side->variant == BLOCKED && network->conv[0].residual) {
		snprintf(why, size, "not tried: its last layer has no fast path");
		return NULL;
	}
	p = take(sizeof *p);
	p->network = network;
	check(p, dnnl_engine_create(&p->engine, dnnl_cpu, 0));
	check(p, dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags));
	for (int i = 0; i < network->n && !p->failed; i++) add_step(p, i, side->variant);
	if (!p->failed) return p;
	snprintf(why, size, "oneDNN refuses this layer in this layout");
	onednn_close(p);
	return NULL;
}

static void onednn_load(void *handle, const float *x)
{
	struct plan *p = handle;
	const struct conv *c = p->network->conv;
	dnnl_dims_t sizes = { 1, c->channels, c->steps };
	dnnl_memory_desc_t layout = describe(p, 3, sizes, dnnl_nwc);
	dnnl_memory_t plain = make_memory(p, &layout);
	float *at = NULL;

	check(p, dnnl_memory_get_data_handle(plain, (void **)&at));
	if (at == NULL) return;
	memcpy(at, x, network_input_size(p->network) * sizeof(float));
	reorder(p, plain, p->input);
}

static void onednn_run(void *handle, long n)
{
	struct plan *p = handle;

	for (long r = 0; r < n; r++) {
		for (int i = 0; i < p->network->n; i++) {
			struct step *s = &p->step[i];
			if (s->copy_from != NULL) {
				const dnnl_memory_desc_t *layout;
				void *from, *to;
				dnnl_memory_get_memory_desc(s->copy_from, &layout);
				dnnl_memory_get_data_handle(s->copy_from, &from);
				dnnl_memory_get_data_handle(s->copy_to, &to);
				memcpy(to, from, dnnl_memory_desc_get_size(layout));
			}
			dnnl_primitive_execute(s->primitive, p->stream, s->arguments, s->argument);
		}
		dnnl_stream_wait(p->stream);
	}
}

static void onednn_store(void *handle, float *y)
{
	struct plan *p = handle;
	const struct conv *c = &p->network->conv[p->network->n - 1];
	dnnl_dims_t sizes = { 1, c->filters, c->steps_out };
	dnnl_memory_desc_t layout = describe(p, 3, sizes, dnnl_nwc);
	dnnl_memory_t plain = make_memory(p, &layout);
	float *at = NULL;

	reorder(p, p->output, plain);
	check(p, dnnl_memory_get_data_handle(plain, (void **)&at));
	if (at != NULL) memcpy(y, at, network_output_size(p->network) * sizeof(float));
}

#define SIDE(name, variant)                                                                                            \
	{                                                                                                              \
		name, true, onednn_open, onednn_load, onednn_run, onednn_store, onednn_close, NULL, variant            \
	}
extern const struct side onednn_sides[];
const struct side onednn_sides[] = {
	SIDE("onednn-nwc", NWC),
	SIDE("onednn-any", ANY),
	SIDE("onednn-blocked", BLOCKED),
	{ 0 },
};
