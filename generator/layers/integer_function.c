/* integer_function.c: functions of every element of a quantised tensor, as TFLite's reference kernels compute them.
 *
 * Kinds that only clamp are a product and a clamp; slopes, one of two products; the others are, of 8 bits, a table of the
 * function in float, and of 16 bits, one of 512 pieces of it; sigmoid, tanh and hard_silu have their own arithmetic. */
#include "layers/integer_family.h"

#include <math.h>
#include <string.h>

static bool is_kind(const struct activation *activation, const char *symbol)
{
	return activation->kind && activation->kind->symbol && strcmp(activation->kind->symbol, symbol) == 0;
}

/* ---- kinds that clamp ------------------------------------------------------------------------------------------ */

static bool only_clamps(const struct activation *activation)
{
	static const char *const kinds[] = { "relu", "relu6", "relu_max", "at_least", "at_most", "clamp", "hard_tanh" };

	if (activation_is_linear(activation)) return true;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (is_kind(activation, kinds[i])) return true;
	return false;
}

static bool is_function(const struct node *node)
{
	return node->layer->integer == integer_activation;
}

bool node_integer_scaling(const struct node *node, struct integer_scaling *s)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	struct node with = *node;
	/* quantize.cc divides in double, activations.cc in float. */
	const double factor = layer_is(node, "Quantize") ? (double)tensor_scale(in) / (double)tensor_scale(out)
							 : (double)(tensor_scale(in) / tensor_scale(out));

	if (node->n_in != 1 || !tensor_is_integer(in) || !tensor_is_integer(out)) return false;
	if (!is_function(node) && !layer_is(node, "Quantize")) return false;
	if (is_function(node)) with.activation = node_function(node);
	if (!only_clamps(&with.activation)) return false;
	*s = (struct integer_scaling){ tensor_zero_point(in), tensor_zero_point(out), multiplier_of(factor),
				       node->rounding, output_range(&with) };
	return true;
}

static float scaled(const struct integer_scaling *s, int64_t x)
{
	return (float)integer_within(s->zero_out + multiplied(x - s->zero_in, s->factor, s->rounding), s->range);
}

/* ---- slopes ------------------------------------------------------------------------------------------------------ */

bool node_integer_slopes(const struct node *node, struct integer_slopes *s)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	const bool prelu = layer_is(node, "PReLU");
	const float ratio = tensor_scale(in) / tensor_scale(out);
	struct activation activation = { 0 };
	float slope;

	if (node->n_in != 1 || !tensor_is_integer(in) || !tensor_is_integer(out)) return false;
	if (!prelu) {
		if (!is_function(node)) return false;
		activation = node_function(node);
		if (!is_kind(&activation, "leaky_relu")) return false;
	}
	*s = (struct integer_slopes){ .zero_in = tensor_zero_point(in),
				      .zero_out = tensor_zero_point(out),
				      .above = multiplier_of((double)ratio),
				      .alpha = prelu ? node_weight(node, "alpha") : NULL,
				      .rounding = node->rounding,
				      .range = { type_least(out->type), type_most(out->type) } };
	slope = prelu ? s->alpha->quantisation->scale[0] : (float)activation.parameter[0];
	s->negative = slope < 0;
	s->below = multiplier_of((double)(tensor_scale(in) * fabsf(slope) / tensor_scale(out)));
	return true;
}

static float sloped(const struct integer_slopes *s, int64_t x, int64_t slope)
{
	const int64_t v = x - s->zero_in;
	int64_t y = multiplied(v >= 0 ? v : v * slope, v >= 0 ? s->above : s->below, s->rounding);

	if (v < 0 && s->negative) y = -y;
	return (float)integer_within(s->zero_out + y, s->range);
}

void integer_prelu(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct shape *shape = &node->out[0]->shape;
	const int64_t n = shape_elements(shape);
	struct integer_slopes s;

	(void)scratch;
	CHECK(node_integer_slopes(node, &s));
	for (int64_t i = 0; i < n; i++)
		out[0][i] =
		    sloped(&s, (int64_t)in[0][i], s.alpha->integers[broadcast_index(shape, &s.alpha->shape, i)]);
}

/* Both factors are quotients of floats. */
static double steps_of_slopes(const struct node *node)
{
	const enum type type = node->out[0]->type;
	struct integer_slopes s;

	CHECK(node_integer_slopes(node, &s));
	return fmax(steps_of_scaling(type, s.above, s.rounding, 0x1p-22),
		    steps_of_scaling(type, s.below, s.rounding, 0x1p-22));
}

double steps_of_prelu(const struct node *node)
{
	return steps_of_slopes(node);
}

/* ---- functions in float -------------------------------------------------------------------------------------------- */

/* gelu.h, activations.cc: float operations in this order; the library's functions correctly rounded, as far as rounding
 * a double's does that. */
static float sigmoid_of(float v)
{
	return 1.0f / (1.0f + (float)exp(-(double)v));
}

static float tanh_of(float v)
{
	return (float)tanh((double)v);
}

static float elu_of(float v)
{
	return v < 0 ? (float)expm1((double)v) : v;
}

static float gelu_of(float v)
{
	return 0.5f * v * (float)erfc((double)(v * -0x1.6a09e6p-1f)); /* 1 / sqrt(2) */
}

static float gelu_tanh_of(float v)
{
	return 0.5f * v * (1.0f + tanh_of(0x1.988454p-1f * (v + 0.044715f * v * v * v))); /* sqrt(2 / pi) */
}

static const struct {
	const char *symbol;
	float (*of)(float v);
} floats[] = {
	{ "sigmoid", sigmoid_of }, { "tanh", tanh_of },           { "elu", elu_of },
	{ "gelu", gelu_of },       { "gelu_tanh", gelu_tanh_of },
};

/* Of what TFLite has no function for: the exact result, rounded. */
static float function_of(const struct activation *activation, float v)
{
	for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
		if (is_kind(activation, floats[i].symbol)) return floats[i].of(v);
	return (float)activation_meaning(activation, (double)v);
}

/* common.h: LUTPopulateInt8(). */
static float by_float(const struct node *node, const struct activation *activation, float x)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	const float inverse = 1 / tensor_scale(out), v = tensor_scale(in) * (x - (float)tensor_zero_point(in));
	const float rounded = roundf(function_of(activation, v) * inverse) + (float)tensor_zero_point(out);

	if (!(rounded > (float)range.least)) return (float)range.least;
	return rounded >= (float)range.most ? (float)range.most : (float)(int64_t)rounded;
}

/* The exact function of the input's real number as it is rounded to float, its few operations, and one rounding to a step. */
static double steps_of_float(const struct node *node, const struct activation *activation)
{
	const double slope = fmin(activation_slope(activation), 0x1p7),
		     in = type_width(node->in[0]->type) * (double)tensor_scale(node->in[0]);

	return 0.5 + 0x1p-20 * (type_width(node->out[0]->type) + slope * in / (double)tensor_scale(node->out[0]));
}

/* ---- hard_silu of 8 bits: hard_swish.h ----------------------------------------------------------------------------- */

/* A factor in 16 bits: DownScaleInt32ToInt16Multiplier(). */
struct short_factor {
	int64_t mantissa;
	int shift;
};

static struct short_factor short_factor_of(float factor)
{
	const struct multiplier m = multiplier_of((double)factor);
	const int64_t half = (int64_t)1 << 15;

	return (struct short_factor){ m.mantissa >= INT32_MAX - half ? INT16_MAX : (m.mantissa + half) >> 16, m.shift };
}

static const struct integer_range shorts = { INT16_MIN, INT16_MAX };

static int64_t short_high_product(int64_t a, int64_t b)
{
	const int64_t nudge = a * b >= 0 ? 1 << 14 : 1 - (1 << 14);

	return integer_within((a * b + nudge) / (1 << 15), shorts);
}

/* min(max(x / 3, -1), 1) in units of 2^-15. */
static int64_t third(int64_t x, struct short_factor factor)
{
	if (factor.shift > 0) x = integer_within(x * ((int64_t)1 << (factor.shift - 1)), shorts);
	x = short_high_product(x, factor.mantissa);
	if (factor.shift > 0) x = integer_within(x * 2, shorts);
	return factor.shift < 0 ? divided_by_power(x, -factor.shift) : x;
}

static struct short_factor hard_silu_factor(const struct node *node)
{
	return short_factor_of((1.0f / 128.0f) * tensor_scale(node->in[0]) / tensor_scale(node->out[0]));
}

static float hard_silu_of(const struct node *node, float x)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	const struct short_factor scale = hard_silu_factor(node),
				  reluish = short_factor_of((1.0f / 128.0f) * tensor_scale(in) / (3.0f / 32768.0f));
	const int64_t v = ((int64_t)x - tensor_zero_point(in)) * 128;
	const int64_t y = ((third(v, reluish) + (1 << 15)) >> 1) * short_high_product(v, scale.mantissa) / (1 << 15);
	const int64_t z = scale.shift < 0 ? divided_by_power(y, -scale.shift) : y * ((int64_t)1 << scale.shift);

	return (float)integer_within(z + tensor_zero_point(out), range);
}

/* x / 3 is off by a unit of its factor's, one of its rounding, doubled where it is shifted, and one of 32767 for 32768; half of that
 * and a half are x's factor; x itself is off by its factor's unit and by half a unit; the product is cut.  6 units in all. */
static double steps_of_hard_silu(const struct node *node)
{
	return 0.5 + 6 * ldexp(1, hard_silu_factor(node).shift);
}

/* ---- 16 bits ----------------------------------------------------------------------------------------------------------- */

/* common.h: LUTPopulateInt16(): the function at 513 points, each put right by half of what the middle behind it is off. */
static float *pieces_of(const struct node *node, const struct activation *activation, struct arena *arena)
{
	const float in = tensor_scale(node->in[0]), to = tensor_scale(node->out[0]);
	const float zero_in = (float)tensor_zero_point(node->in[0]), zero_out = (float)tensor_zero_point(node->out[0]);
	const float first = in * (-32768 - zero_in), last = in * (32767 - zero_in), step = (last - first) / 512;
	const float inverse = 65536.0f / (to * (32767 - zero_out) - to * (-32768 - zero_out));
	float *table = NEW_ARRAY(arena, 513, float);

	for (int i = 0; i < 512; i++) {
		const float at = first + (float)i * step, value = function_of(activation, at) * inverse,
			    middle = function_of(activation, at + step / 2) * inverse,
			    next = function_of(activation, first + (float)(i + 1) * step) * inverse;
		const float off = roundf((next + roundf(value)) / 2) - roundf(middle);
		table[i] = fminf(fmaxf(roundf(value) - roundf(off / 2), -32768), 32767);
	}
	table[512] = fminf(fmaxf(roundf(function_of(activation, last) * inverse), -32768), 32767);
	return table;
}

/* common.h: LUTLookup(int16_t): slope and result wrap to 16 bits, where a jump of the function leaves them. */
static int16_t between(const float *table, int64_t x)
{
	const int64_t i = 256 + (x >> 7), base = (int64_t)table[i];
	const int64_t slope = (int16_t)((int64_t)table[i + 1] - base);

	return (int16_t)(base + (((x & 127) * slope + 64) >> 7));
}

/* The function and what a straight line between two points 128 integers apart makes of it differ by no more than its slope
 * allows over half of that way; so does the correction, by half; then come five roundings. */
static double steps_of_pieces(const struct node *node, const struct activation *activation)
{
	const double slope = fmin(activation_slope(activation), 0x1p7);

	return 3 + 96 * slope * (double)tensor_scale(node->in[0]) / (double)tensor_scale(node->out[0]);
}

static const uint32_t sigmoid16[] = {
#include "layers/sigmoid16.def"
};

bool node_integer_curve(const struct node *node, struct integer_curve *c)
{
	const struct activation activation = is_function(node) ? node_function(node) : (struct activation){ 0 };
	double factor = (double)tensor_scale(node->in[0]) * 4096.0 * 3.0;
	int exponent;

	c->tanh = is_kind(&activation, "tanh");
	if (node->in[0]->type != TYPE_I16 || node->out[0]->type != TYPE_I16) return false;
	if (!c->tanh && !is_kind(&activation, "sigmoid")) return false;
	c->shift = 0;
	if (power_of_two(tensor_scale(node->in[0]), &exponent) && (exponent == -12 || (c->tanh && exponent == -11))) {
		c->factor = 3 << (12 + exponent);
		return true;
	}
	for (; factor <= 32767.0 / 2.0 && c->shift <= 30; c->shift++) factor *= 2;
	c->factor = (int32_t)fmin(factor, INT32_MAX);
	return true;
}

/* integer_ops/logistic.h, tanh.h: by pieces of the sigmoid of |x|, x in units of 32 / 3 / 2^17. */
static float curve_of(const struct integer_curve *c, int64_t x)
{
	const int bits = c->tanh ? 8 : 9;
	const int64_t v = (x * c->factor + (c->shift > 0 ? (int64_t)1 << (c->shift - 1) : 0)) >> c->shift,
		      size = v < 0 ? -v : v, i = size >> bits, rest = size & ((1 << bits) - 1);
	int64_t y;

	if (i >= 255)
		y = c->tanh ? 0xffff << 8 : 0x7fff << 10;
	else
		y = ((int64_t)sigmoid16[i] << bits) + rest * ((int64_t)sigmoid16[i + 1] - sigmoid16[i]);
	if (c->tanh) return (float)((v >= 0 ? y - (1 << 23) + 128 : -y + (1 << 23) + 127) >> 8);
	return (float)((v >= 0 ? y + 512 : (1 << 25) - y + 511) >> 10);
}

static void apply16(const struct node *node, const struct activation *activation, const float *x, float *y,
		    struct arena *scratch)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	struct integer_curve c;
	const bool curve = node_integer_curve(node, &c);
	const float *table = curve ? NULL : pieces_of(node, activation, scratch);

	for (int64_t i = 0; i < n; i++)
		y[i] = curve ? curve_of(&c, (int64_t)x[i]) : (float)between(table, (int64_t)x[i]);
}

const int16_t *node_integer_pieces(const struct node *node, struct arena *arena)
{
	int16_t *table = NEW_ARRAY(arena, 513, int16_t);
	const struct activation activation = node_function(node);
	const float *pieces = pieces_of(node, &activation, arena);

	for (int i = 0; i < 513; i++) table[i] = (int16_t)pieces[i];
	return table;
}

const int32_t *integer_sigmoid_table(struct arena *arena)
{
	int32_t *table = NEW_ARRAY(arena, 256, int32_t);

	for (int i = 0; i < 256; i++) table[i] = (int32_t)sigmoid16[i];
	return table;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------------ */

void integer_activation(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct activation activation = is_function(node) ? node_function(node) : node->activation;
	const int64_t n = shape_elements(&node->out[0]->shape);
	const bool hard_silu = is_kind(&activation, "hard_silu");
	struct integer_scaling scaling;
	struct integer_slopes slopes;

	if (node_integer_scaling(node, &scaling))
		for (int64_t i = 0; i < n; i++) out[0][i] = scaled(&scaling, (int64_t)in[0][i]);
	else if (node_integer_slopes(node, &slopes))
		for (int64_t i = 0; i < n; i++) out[0][i] = sloped(&slopes, (int64_t)in[0][i], 1);
	else if (node->in[0]->type == TYPE_I16)
		apply16(node, &activation, in[0], out[0], scratch);
	else
		for (int64_t i = 0; i < n; i++)
			out[0][i] = hard_silu ? hard_silu_of(node, in[0][i]) : by_float(node, &activation, in[0][i]);
}

/* Curves: 0.7 of the line between two points, 0.6 of their rounding, 0.5 of the factor, which is cut to 15 bits, 0.4 of its shift, 0.9
 * beyond the last point and 0.5 of the result; of tanh twice that. */
double steps_of_activation(const struct node *node)
{
	const struct activation activation = node_function(node);
	struct integer_scaling scaling;
	struct integer_slopes slopes;
	struct integer_curve curve;

	if (node_integer_scaling(node, &scaling))
		return steps_of_scaling(node->out[0]->type, scaling.factor, scaling.rounding, 0x1p-23);
	if (node_integer_slopes(node, &slopes)) return steps_of_slopes(node);
	if (node_integer_curve(node, &curve)) return curve.tanh ? 7 : 3.6;
	if (node->in[0]->type == TYPE_I16) return steps_of_pieces(node, &activation);
	return is_kind(&activation, "hard_silu") ? steps_of_hard_silu(node) : steps_of_float(node, &activation);
}

bool node_integer_function(const struct node *node)
{
	return node->n_in == 1 && (is_function(node) || layer_is(node, "Quantize"));
}

const int16_t *node_integer_table(const struct node *node, struct arena *arena)
{
	struct tensor in = *node->in[0], out = *node->out[0], *ins = &in, *outs = &out;
	float *x = NEW_ARRAY(arena, 256, float), *y = NEW_ARRAY(arena, 256, float);
	int16_t *table = NEW_ARRAY(arena, 256, int16_t);
	const float *from = x;
	struct node all = *node;

	if (!node_integer_function(node) || !tensor_is_integer(&in) || !tensor_is_integer(&out)) return NULL;
	if (type_bytes(in.type) != 1) return NULL;
	in.shape = out.shape = shape_of(1, (int64_t)256);
	all.in = &ins;
	all.out = &outs;
	for (int i = 0; i < 256; i++) x[i] = (float)(type_least(in.type) + i);
	node->layer->integer(&all, &from, &y, arena);
	for (int i = 0; i < 256; i++) table[i] = (int16_t)y[i];
	return table;
}

bool node_integer_identity(const struct node *node)
{
	const struct tensor *in = node->in[0], *out = node->out[0];
	const struct activation activation = is_function(node) ? node_function(node) : node->activation;

	return node_integer_function(node) && in->type == out->type && activation_is_linear(&activation) &&
	       tensor_scale(in) == tensor_scale(out) && tensor_zero_point(in) == tensor_zero_point(out);
}
