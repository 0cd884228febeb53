/* onednn.c: the network in oneDNN 2 (Debian's libdnnl-dev), as a shared object for race.c.  Weights are reordered
 * once; the activations keep one layout from the first layer to the last, so that no reorder is timed.  A residual
 * is the sum post-op on a copy of x, or a binary primitive: the binary post-op of 2.6.3 gives wrong values for
 * these layers. */
#include "bench.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR != 2
#error written for oneDNN 2
#endif

/* ANY: the library chooses.  PADDED: nwc, and the zeros stand in the buffers: for AVX2 the library's fast code
 * takes no causal padding. */
enum variant { NWC, ANY, BLOCKED, PADDED, ADD };
enum { MAX_ARGUMENTS = 6 };

struct step {
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t argument[MAX_ARGUMENTS];
	int arguments;
	dnnl_primitive_t add; /* behind it, or NULL */
	dnnl_exec_arg_t operand[3];
	const float *copy_from; /* before the primitive, where a sum needs it */
	float *copy_to;
	size_t copy_bytes;
};

struct plan {
	const struct network *network;
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	struct step step[MAX_CONVS];
	dnnl_memory_t memory[6 * MAX_CONVS];
	int memories;
	dnnl_memory_t input, output; /* of the network, without padding */
	dnnl_memory_t next;          /* input of the next layer, with padding in it where the variant has that */
	dnnl_memory_desc_t layout;   /* of the newest output */
	int variant;
	bool add; /* residuals by a primitive of their own */
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

static float *data(struct plan *p, dnnl_memory_t memory)
{
	void *at = NULL;

	check(p, dnnl_memory_get_data_handle(memory, &at));
	return at;
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
	float *at = data(p, from);

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
	float *at = data(p, bias);

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

/* Steps of zeros that are needed behind x; none where x has steps to spare. */
static long right_padding(const struct conv *c)
{
	long needed = (c->steps_out - 1) * c->stride + (c->taps - 1) * c->dilation + 1 - c->steps - c->left;

	return needed > 0 ? needed : 0;
}

static dnnl_primitive_desc_t describe_conv(struct plan *p, const struct conv *c, const dnnl_memory_desc_t *x,
					   const dnnl_memory_desc_t *y, bool sum)
{
	long channels = c->channels / c->groups;
	dnnl_dims_t sizes = { c->groups, c->filters / c->groups, channels, c->taps }, filters = { c->filters };
	dnnl_dims_t stride = { c->stride }, dilation = { c->dilation - 1 }, left = { c->left }, right = { 0 };
	dnnl_dims_t ungrouped = { c->filters, channels, c->taps };
	bool grouped = c->groups > 1;
	dnnl_memory_desc_t kernel = describe(p, grouped ? 4 : 3, grouped ? sizes : ungrouped, dnnl_format_tag_any);
	dnnl_memory_desc_t bias = describe(p, 1, filters, dnnl_x);
	dnnl_primitive_attr_t attributes = make_attributes(p, c, sum);
	dnnl_primitive_desc_t description = NULL;
	dnnl_convolution_desc_t conv;

	right[0] = right_padding(c);
	if (p->variant == PADDED) left[0] = right[0] = 0;
	check(p, dnnl_dilated_convolution_forward_desc_init(&conv, dnnl_forward_inference, dnnl_convolution_direct, x,
							    &kernel, &bias, y, stride, dilation, left, right));
	if (!p->failed) check(p, dnnl_primitive_desc_create(&description, &conv, attributes, p->engine, NULL));
	dnnl_primitive_attr_destroy(attributes);
	return description;
}

static dnnl_format_tag_t choose_tag(long channels, int variant)
{
	bool wide = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;

	if (variant == NWC || variant == PADDED) return dnnl_nwc;
	if (variant == ANY || channels < (wide ? 16 : 8)) return dnnl_format_tag_any;
	return wide ? dnnl_nCw16c : dnnl_nCw8c;
}

/* Layouts of x and y, "any" where the library chooses; a residual layer has one for both. */
static void choose_layouts(struct plan *p, const struct conv *c, bool first, dnnl_memory_desc_t *x,
			   dnnl_memory_desc_t *y)
{
	dnnl_dims_t in = { 1, c->channels, c->steps }, out = { 1, c->filters, c->steps_out };
	dnnl_primitive_desc_t probe;

	if (p->variant == PADDED) in[2] += c->left + right_padding(c);
	*x = first || p->variant == PADDED ? describe(p, 3, in, choose_tag(c->channels, p->variant)) : p->layout;
	*y = describe(p, 3, out, choose_tag(c->filters, p->variant));
	if (!c->residual || p->variant != ANY) return;
	probe = describe_conv(p, c, x, y, false);
	if (probe != NULL) *x = *dnnl_primitive_desc_query_md(probe, dnnl_query_src_md, 0);
	*y = *x;
	dnnl_primitive_desc_destroy(probe);
}

static void add_argument(struct step *s, int name, dnnl_memory_t memory)
{
	s->argument[s->arguments++] = (dnnl_exec_arg_t){ name, memory };
}

/* A tensor of the layout (steps, channels) that lies in another behind the padding. */
static dnnl_memory_t make_view(struct plan *p, const struct conv *c, dnnl_memory_t within)
{
	dnnl_dims_t sizes = { 1, c->channels, c->steps };
	dnnl_memory_desc_t layout = describe(p, 3, sizes, dnnl_nwc);
	float *at = data(p, within);
	dnnl_memory_t view = NULL;

	if (at == NULL) return NULL;
	memset(at, 0, (size_t)((c->left + c->steps + right_padding(c)) * c->channels) * sizeof *at);
	check(p, dnnl_memory_create(&view, &layout, p->engine, at + c->left * c->channels));
	if (view != NULL) p->memory[p->memories++] = view;
	return view;
}

static void make_output(struct plan *p, int i)
{
	const struct conv *following = i + 1 < p->network->n ? &p->network->conv[i + 1] : NULL;

	if (p->variant == PADDED && following != NULL) {
		dnnl_dims_t sizes = { 1, following->channels,
				      following->left + following->steps + right_padding(following) };
		dnnl_memory_desc_t layout = describe(p, 3, sizes, dnnl_nwc);
		p->next = make_memory(p, &layout);
		p->output = make_view(p, following, p->next);
	} else {
		p->output = p->next = make_memory(p, &p->layout);
	}
}

static void make_input(struct plan *p, const dnnl_memory_desc_t *layout)
{
	p->next = make_memory(p, layout);
	p->input = p->variant == PADDED ? make_view(p, p->network->conv, p->next) : p->next;
	p->output = p->input;
}

/* The library's slow code for everything: up to seconds a call. */
static bool is_reference(dnnl_primitive_desc_t description)
{
	const char *name = NULL;

	return dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name) == dnnl_success &&
	       strncmp(name, "ref", 3) == 0;
}

static void make_residual(struct plan *p, struct step *s, dnnl_memory_t x)
{
	dnnl_binary_desc_t binary;
	dnnl_primitive_desc_t description = NULL;

	if (!p->add) {
		s->copy_from = data(p, x);
		s->copy_to = data(p, p->output);
		s->copy_bytes = dnnl_memory_desc_get_size(&p->layout);
		return;
	}
	s->operand[0] = (dnnl_exec_arg_t){ DNNL_ARG_SRC_0, p->output };
	s->operand[1] = (dnnl_exec_arg_t){ DNNL_ARG_SRC_1, x };
	s->operand[2] = (dnnl_exec_arg_t){ DNNL_ARG_DST, p->output };
	check(p, dnnl_binary_desc_init(&binary, dnnl_binary_add, &p->layout, &p->layout, &p->layout));
	check(p, dnnl_primitive_desc_create(&description, &binary, NULL, p->engine, NULL));
	check(p, dnnl_primitive_create(&s->add, description));
	dnnl_primitive_desc_destroy(description);
}

static void add_step(struct plan *p, int i)
{
	const struct conv *c = &p->network->conv[i];
	struct step *s = &p->step[i];
	dnnl_memory_t before; /* x without padding */
	dnnl_memory_desc_t x, y;
	dnnl_primitive_desc_t description;

	choose_layouts(p, c, i == 0, &x, &y);
	description = p->failed ? NULL : describe_conv(p, c, &x, &y, c->residual && !p->add);
	if (description == NULL) return;
	if (p->variant != NWC && is_reference(description)) p->failed = true;
	if (i == 0) make_input(p, dnnl_primitive_desc_query_md(description, dnnl_query_src_md, 0));
	p->layout = *dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0);
	add_argument(s, DNNL_ARG_SRC, p->next);
	before = p->output;
	make_output(p, i);
	if (c->residual) make_residual(p, s, before);
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

	for (int i = 0; i < p->network->n; i++) {
		dnnl_primitive_destroy(p->step[i].primitive);
		dnnl_primitive_destroy(p->step[i].add);
	}
	for (int i = 0; i < p->memories; i++) dnnl_memory_destroy(p->memory[i]);
	dnnl_stream_destroy(p->stream);
	dnnl_engine_destroy(p->engine);
	free(p);
}

static void *onednn_open(const struct side *side, const struct network *network, char *why, size_t size)
{
	struct plan *p;

	if ((side->variant == PADDED && strcmp(network->padding, "valid") == 0) ||
	    (side->variant == BLOCKED && network->conv[0].residual) ||
	    (side->variant >= ADD && !network->conv[0].residual)) {
		snprintf(why, size, "nothing new, or no fast path");
		return NULL;
	}
	p = take(sizeof *p);
	p->network = network;
	p->variant = side->variant % ADD;
	p->add = side->variant >= ADD;
	check(p, dnnl_engine_create(&p->engine, dnnl_cpu, 0));
	check(p, dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags));
	for (int i = 0; i < network->n && !p->failed; i++) add_step(p, i);
	if (!p->failed) return p;
	snprintf(why, size, "no fast code for this layer in this layout");
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
	float *at = data(p, plain);

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
			if (s->copy_from != NULL) memcpy(s->copy_to, s->copy_from, s->copy_bytes);
			dnnl_primitive_execute(s->primitive, p->stream, s->arguments, s->argument);
			if (s->add != NULL) dnnl_primitive_execute(s->add, p->stream, 3, s->operand);
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
	float *at = data(p, plain);

	reorder(p, p->output, plain);
	if (at != NULL) memcpy(y, at, network_output_size(p->network) * sizeof(float));
}

#define SIDE(name, variant)                                                                                            \
	{                                                                                                              \
		name, true, onednn_open, onednn_load, onednn_run, onednn_store, onednn_close, NULL, variant            \
	}
#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
extern const struct side onednn_sides[];
extern const char onednn_version[];
const char onednn_version[] = "oneDNN " TEXT(DNNL_VERSION_MAJOR) "." TEXT(DNNL_VERSION_MINOR) "." TEXT(
    DNNL_VERSION_PATCH) ", best of its layouts";
const struct side onednn_sides[] = {
	SIDE("onednn-nwc", NWC),
	SIDE("onednn-any", ANY),
	SIDE("onednn-blocked", BLOCKED),
	SIDE("onednn-padded", PADDED),
	SIDE("onednn-nwc-add", NWC + ADD),
	SIDE("onednn-any-add", ANY + ADD),
	SIDE("onednn-padded-add", PADDED + ADD),
	{ 0 },
};
