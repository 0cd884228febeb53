/* conv_transpose.c: Conv1DTranspose, as sums over what reaches an output step. */
#ifndef REAL
#include "layers/family.h"

static const struct field conv1d_transpose_fields[] = {
	INT_FIELD("filters", conv1d_transpose_config, filters, 1, NULL, "output channels"),
	INT1_FIELD("kernel_size", conv1d_transpose_config, kernel_size, 1, NULL, "taps of a filter"),
	INT1_FIELD("strides", conv1d_transpose_config, strides, 1, "1", "output steps from one input step to the next"),
	CHOICE_FIELD("padding", conv1d_transpose_config, padding, valid_same, true, "\"valid\"", "what is cropped"),
	TYPED_FIELD("output_padding", FIELD_SHAPE, conv1d_transpose_config, output_padding, "null",
		    "steps added behind"),
	DATA_FORMAT_FIELD(conv1d_transpose_config),
	INT1_FIELD("dilation_rate", conv1d_transpose_config, dilation_rate, 1, "1", "steps between two taps"),
	ACTIVATION_FIELD,
	TYPED_FIELD("use_bias", FIELD_BOOL, conv1d_transpose_config, use_bias, "true", "adds a bias to every filter"),
	TRAINING_FIELDS("kernel", "kernel", "glorot_uniform"),
	TRAINING_FIELDS("bias", "bias", "zeros"),
	OLD_FIELD("groups", "all filters see all channels"),
	END_FIELD,
};

static bool conv1d_transpose_check(const struct node *node, struct diag *diag)
{
	const struct conv1d_transpose_config *c = node->config;

	if (c->output_padding.rank > 1 || !shape_known(&c->output_padding)) {
		layer_error(node, diag, "output_padding",
			    "output_padding must be null or a list of one number, 0 or more");
		return false;
	}
	return need_stride_or_dilation(node, diag, c->strides, c->dilation_rate);
}

static int conv1d_transpose_weights(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	const struct conv1d_transpose_config *c = node->config;
	int64_t channels = channels_or_unknown(node, c->data_format);

	spec[0] = (struct weight_spec){ "kernel", shape_of(3, c->kernel_size, c->filters, channels), true };
	if (c->use_bias) spec[1] = (struct weight_spec){ "bias", shape_of(1, c->filters), true };
	return c->use_bias ? 2 : 1;
}

/* Keras's lengths: all that any tap reaches, then what padding and output_padding make of it. */
int64_t transposed_steps(const struct conv1d_transpose_config *c, int64_t steps)
{
	int64_t reach = (c->kernel_size - 1) * c->dilation_rate + 1, last = (steps - 1) * c->strides;

	if (c->output_padding.rank == 0) {
		if (c->padding == PADDING_SAME) return steps * c->strides;
		return last + (reach > c->strides ? reach : c->strides);
	}
	return last + c->output_padding.at[0] + (c->padding == PADDING_SAME ? reach % 2 : reach);
}

/* Steps cut off in front. */
int64_t transposed_crop(const struct conv1d_transpose_config *c, int64_t steps)
{
	int64_t reach = (c->kernel_size - 1) * c->dilation_rate + 1;
	int64_t excess = (steps - 1) * c->strides + reach - transposed_steps(c, steps);

	return c->padding == PADDING_SAME && excess > 0 ? excess / 2 : 0;
}

static bool conv1d_transpose_infer(struct node *node, struct diag *diag)
{
	const struct conv1d_transpose_config *c = node->config;

	if (!need_steps_and_channels(node, diag, c->data_format)) return false;
	node->out[0]->shape = steps_and_channels(transposed_steps(c, shape_steps(&node->in[0]->shape, c->data_format)),
						 c->filters, c->data_format);
	return true;
}

/* transposed_steps() is linear in the steps. */
static const char *conv1d_transpose_lengths(struct graph *graph, const struct node *node)
{
	const struct conv1d_transpose_config *c = node->config;

	return lengths_along_steps(graph, node, c->data_format, c->strides, transposed_steps(c, 0), 1);
}

bool node_transposed_sum(const struct node *node, struct transposed_sum *sum)
{
	const struct conv1d_transpose_config *c = node->config;
	const struct shape *in;

	*sum = (struct transposed_sum){ 0 };
	if (!layer_is(node, "Conv1DTranspose")) return false;
	in = &node->in[0]->shape;
	*sum = (struct transposed_sum){
		.steps_in = shape_steps(in, c->data_format),
		.steps_out = transposed_steps(c, shape_steps(in, c->data_format)),
		.channels = shape_channels(in, c->data_format),
		.filters = c->filters,
		.taps = c->kernel_size,
		.stride = c->strides,
		.dilation = c->dilation_rate,
		.crop = transposed_crop(c, shape_steps(in, c->data_format)),
		.channels_first = c->data_format == CHANNELS_FIRST,
		.kernel = node_weight(node, "kernel")->f32,
		.bias = c->use_bias ? node_weight(node, "bias")->f32 : NULL,
	};
	sum->partial = uses_partial_sums(sum->taps * sum->channels, sum->filters, sum->channels);
	return true;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static bool conv1d_transpose_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach)
{
	struct transposed_sum s;

	(void)input;
	(void)steps;
	CHECK(node_transposed_sum(node, &s));
	reach->hi = floor_divide(o - 1 + s.crop, s.stride) + 1;
	reach->lo = floor_divide(o + s.crop - (s.taps - 1) * s.dilation + s.stride - 1, s.stride);
	return true;
}

/* Every tap of every input step, cropped ones included. */
static int64_t conv1d_transpose_macs(const struct node *node)
{
	struct transposed_sum s;

	CHECK(node_transposed_sum(node, &s));
	return s.steps_in * s.taps * s.channels * s.filters;
}

#define FAMILY "layers/conv_transpose.c"
#include "layers/each_real.h"

/* As a Conv1D's: at most as many terms. */
static void conv1d_transpose_bound(const struct node *node, const double *const *in, double *bound,
				   struct arena *scratch)
{
	struct transposed_sum s;
	const void *ins[1] = { in[0] };
	void *outs[1] = { bound };
	int64_t terms, roundings, n = shape_elements(&node->out[0]->shape);

	CHECK(node_transposed_sum(node, &s));
	terms = s.taps * s.channels;
	roundings = s.partial ? (terms + PARTIAL_SUMS - 1) / PARTIAL_SUMS + 4 : terms;
	conv1d_transpose_magnitude(node, ins, outs, scratch);
	for (int64_t i = 0; i < n; i++) bound[i] = bound[i] * rounding_growth(roundings + 1) + (double)terms * TINY;
}

const struct layer layer_conv1d_transpose = {
	.name = "Conv1DTranspose",
	.aliases = (const char *const[]){ "Convolution1DTranspose", NULL },
	.fields = conv1d_transpose_fields,
	.config_bytes = sizeof(struct conv1d_transpose_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "every step spread by the kernel: upsampling",
	.check = conv1d_transpose_check,
	.weights = conv1d_transpose_weights,
	.infer = conv1d_transpose_infer,
	.lengths = conv1d_transpose_lengths,
	.rows = conv1d_transpose_rows,
	.eval = EVALS(conv1d_transpose),
	.integer = transposed_integer,
	.steps = sum_steps,
	.bound = conv1d_transpose_bound,
	.macs = conv1d_transpose_macs,
	.activates = true,
};

#else

/* Output element (t, f); terms that no input step gives are left out but counted. */
static real EACH(gather)(const struct transposed_sum *s, const real *x, int64_t t, int64_t f)
{
	real p[PARTIAL_SUMS] = { 0 };

	if (s->bias) p[0] = W(s->bias[f]);
	for (int64_t k = 0; k < s->taps; k++) {
		int64_t at = t + s->crop - k * s->dilation, row = at / s->stride;
		if (at < 0 || at % s->stride != 0 || row >= s->steps_in) continue;
		for (int64_t c = 0; c < s->channels; c++) {
			int64_t j = s->partial ? (k * s->channels + c) % PARTIAL_SUMS : 0;
			real v = X(x[s->channels_first ? c * s->steps_in + row : row * s->channels + c]);
			p[j] = MADD(p[j], v, W(s->kernel[(k * s->filters + f) * s->channels + c]));
		}
	}
	for (int half = PARTIAL_SUMS / 2; s->partial && half >= 1; half /= 2)
		for (int j = 0; j < half; j++) p[j] = ADD(p[j], p[j + half]);
	return p[0];
}

static void EACH(conv1d_transpose)(const struct node *node, const void *const *in, void *const *out,
				   struct arena *scratch)
{
	struct transposed_sum s;
	real *y = out[0];

	if (SINGLE && node_is_hybrid(node)) {
		EACH(hybrid_transposed_eval)(node, in, out, scratch);
		return;
	}
	CHECK(node_transposed_sum(node, &s));
	for (int64_t t = 0; t < s.steps_out; t++)
		for (int64_t f = 0; f < s.filters; f++)
			y[s.channels_first ? f * s.steps_out + t : t * s.filters + f] = EACH(gather)(&s, in[0], t, f);
}

#endif
