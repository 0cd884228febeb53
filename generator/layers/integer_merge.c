/* integer_merge.c: Add, Subtract, Multiply, Maximum, Minimum and Concatenate of integers, as TFLite's reference kernels
 * compute them. */
#include "layers/integer_family.h"

#include <math.h>

/* ---- operands -------------------------------------------------------------------------------------------------- */

static const struct weight *constant_operand(const struct node *node, int *at)
{
	const struct merge_config *c = node->config;

	if (layer_is(node, "Concatenate") || !c || c->constant == 0) return NULL;
	*at = c->constant - 1;
	return node_weight(node, "constant");
}

int integer_operands(const struct node *node)
{
	int at;

	return node->n_in + (constant_operand(node, &at) ? 1 : 0);
}

struct integer_operand integer_operand(const struct node *node, int k)
{
	int at = -1;
	const struct weight *constant = constant_operand(node, &at);
	const int input = constant && k > at ? k - 1 : k;

	if (constant && k == at)
		return (struct integer_operand){ &constant->shape, constant->quantisation->scale[0], 0, -1,
						 constant->integers };
	return (struct integer_operand){ &node->in[input]->shape, tensor_scale(node->in[input]),
					 tensor_zero_point(node->in[input]), input, NULL };
}

/* The element of operand k that belongs to element i of the output. */
static int64_t element(const struct node *node, const struct integer_operand *operand, const float *const *in,
		       int64_t i)
{
	const struct shape *out = &node->out[0]->shape;
	const int64_t at = shape_equal(out, operand->shape) ? i : broadcast_index(out, operand->shape, i);

	if (operand->input >= 0) return (int64_t)in[operand->input][at];
	CHECK(operand->integers != NULL);
	return operand->integers[at];
}

/* ---- Add, Subtract ------------------------------------------------------------------------------------------- */

bool power_of_two(float scale, int *exponent)
{
	const float log2 = logf(scale) * (1.0f / logf(2.0f)), whole = roundf(log2);

	*exponent = (int)whole;
	return fabsf(log2 - whole) < 1e-3f;
}

/* add.cc: int16 whose three scales are powers of two, one input's the output's. */
static bool shifts(const struct node *node, struct integer_addition *a)
{
	const struct merge_config *c = node->config;
	int in[2], out;

	if (!c || !c->shifts || node->out[0]->type != TYPE_I16) return false;
	if (!power_of_two(integer_operand(node, 0).scale, &in[0]) ||
	    !power_of_two(integer_operand(node, 1).scale, &in[1]) || !power_of_two(tensor_scale(node->out[0]), &out))
		return false;
	for (int k = 0; k < 2; k++) a->right[k] = out - in[k];
	return a->right[0] >= 0 && a->right[1] >= 0 && a->right[0] <= 31 && a->right[1] <= 31;
}

bool node_integer_addition_of_any(const struct node *node, struct integer_addition *a)
{
	const struct tensor *out = node->out[0];
	float scale[2];
	double twice;

	*a = (struct integer_addition){ .subtracts = layer_is(node, "Subtract"), .rounding = node->rounding };
	if (!a->subtracts && !layer_is(node, "Add")) return false;
	if (!tensor_is_integer(out) || integer_operands(node) != 2) return false;
	for (int k = 0; k < 2; k++) {
		scale[k] = integer_operand(node, k).scale;
		a->zero_in[k] = integer_operand(node, k).zero;
	}
	a->zero_out = tensor_zero_point(out);
	a->range = output_range(node);
	a->shifts = shifts(node, a);
	a->left = out->type == TYPE_I16 ? 15 : 20;
	twice = (double)(2 * fmaxf(scale[0], scale[1]));
	for (int k = 0; k < 2; k++) a->in[k] = multiplier_of((double)scale[k] / twice);
	a->out = multiplier_of(twice / (double)((float)(1 << a->left) * tensor_scale(out)));
	return true;
}

bool node_integer_addition(const struct node *node, struct integer_addition *a)
{
	return node->n_in == 2 && node_integer_addition_of_any(node, a);
}

static int64_t shifted_sum(const struct integer_addition *a, const int64_t x[2])
{
	const int64_t first = divided_by_power(x[0], a->right[0]), second = divided_by_power(x[1], a->right[1]);

	return a->subtracts ? first - second : first + second;
}

static int64_t scaled_sum(const struct integer_addition *a, const int64_t x[2])
{
	int64_t term[2];

	for (int k = 0; k < 2; k++)
		term[k] = multiplied((x[k] - a->zero_in[k]) * ((int64_t)1 << a->left), a->in[k], a->rounding);
	return a->zero_out + multiplied(a->subtracts ? term[0] - term[1] : term[0] + term[1], a->out, a->rounding);
}

void integer_add(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	struct integer_operand operand[2];
	struct integer_addition a;

	(void)scratch;
	CHECK(node_integer_addition_of_any(node, &a));
	for (int k = 0; k < 2; k++) operand[k] = integer_operand(node, k);
	for (int64_t i = 0; i < n; i++) {
		const int64_t x[2] = { element(node, &operand[0], in, i), element(node, &operand[1], in, i) };
		out[0][i] = (float)integer_within(a.shifts ? shifted_sum(&a, x) : scaled_sum(&a, x), a.range);
	}
}

/* Each term is off by its two roundings and by its factor's, at most 2^29 of whose units it is; all that in units of the
 * sum, whose own scaling comes on top. */
double steps_of_addition(const struct node *node)
{
	const enum type type = node->out[0]->type;
	struct integer_addition a;
	double unit;

	CHECK(node_integer_addition_of_any(node, &a));
	/* One of two is rounded; scales are powers of two within a share of 2^-10. */
	if (a.shifts) return 1 + type_width(type) * 0x1p-8;
	unit = ldexp((double)a.out.mantissa, a.out.shift - 31);
	return 2 * unit + steps_of_scaling(type, a.out, a.rounding, 0x1p-31);
}

/* ---- Multiply ------------------------------------------------------------------------------------------------- */

bool node_integer_product_of_any(const struct node *node, struct integer_product *p)
{
	const struct tensor *out = node->out[0];
	struct integer_operand a, b;

	if (!layer_is(node, "Multiply") || integer_operands(node) != 2 || !tensor_is_integer(out)) return false;
	a = integer_operand(node, 0);
	b = integer_operand(node, 1);
	*p = (struct integer_product){
		.zero_in = { a.zero, b.zero },
		.zero_out = tensor_zero_point(out),
		.rounding = node->rounding,
		.range = output_range(node),
	};
	/* mul.cc: in float. */
	p->factor = multiplier_of((double)(a.scale * b.scale / tensor_scale(out)));
	return true;
}

bool node_integer_product(const struct node *node, struct integer_product *p)
{
	return node->n_in == 2 && node_integer_product_of_any(node, p);
}

void integer_multiply(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const int64_t n = shape_elements(&node->out[0]->shape);
	struct integer_operand operand[2];
	struct integer_product p;

	(void)scratch;
	CHECK(node_integer_product_of_any(node, &p));
	for (int k = 0; k < 2; k++) operand[k] = integer_operand(node, k);
	for (int64_t i = 0; i < n; i++) {
		const int64_t a = element(node, &operand[0], in, i) - p.zero_in[0],
			      b = element(node, &operand[1], in, i) - p.zero_in[1];
		out[0][i] = (float)integer_within(p.zero_out + multiplied(a * b, p.factor, p.rounding), p.range);
	}
}

/* The factor is a product and a quotient in float. */
double steps_of_multiply(const struct node *node)
{
	struct integer_product p;

	CHECK(node_integer_product_of_any(node, &p));
	return steps_of_scaling(node->out[0]->type, p.factor, p.rounding, 0x1p-22);
}

/* ---- Maximum, Minimum: of the integers as they are -------------------------------------------------------------------- */

/* A constant's are what they were with the input's zero point, for both have one quantisation. */
static void extreme(const struct node *node, const float *const *in, float *y, bool smallest)
{
	const struct integer_range range = output_range(node);
	const int64_t n = shape_elements(&node->out[0]->shape), zero = tensor_zero_point(node->in[0]);

	for (int k = 0; k < integer_operands(node); k++) {
		const struct integer_operand operand = integer_operand(node, k);
		for (int64_t i = 0; i < n; i++) {
			const float u = (float)(element(node, &operand, in, i) + (operand.input < 0 ? zero : 0));
			if (k == 0 || (smallest ? u < y[i] : u > y[i])) y[i] = u;
		}
	}
	for (int64_t i = 0; i < n; i++) y[i] = (float)integer_within((int64_t)y[i], range);
}

void integer_maximum(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	(void)scratch;
	extreme(node, in, out[0], false);
}

void integer_minimum(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	(void)scratch;
	extreme(node, in, out[0], true);
}

/* ---- Concatenate ------------------------------------------------------------------------------------------------- */

/* concatenation.h: ConcatenationWithScaling(): uint8 in float; other types are moved. */
static float taken(const struct tensor *in, const struct tensor *out, float x)
{
	const struct integer_range range = { type_least(out->type), type_most(out->type) };
	float scale, bias;

	if (out->type != TYPE_U8) return x;
	if (tensor_scale(in) == tensor_scale(out) && tensor_zero_point(in) == tensor_zero_point(out)) return x;
	scale = tensor_scale(in) * (1.0f / tensor_scale(out));
	bias = (float)-tensor_zero_point(in) * scale;
	return (float)integer_within((int64_t)roundf(x * scale + bias) + tensor_zero_point(out), range);
}

void integer_concatenate(const struct node *node, const float *const *in, float *const *out, struct arena *scratch)
{
	const struct axis_split all = axis_split(&node->out[0]->shape, node_axis(node));
	float *y = out[0];

	(void)scratch;
	for (int k = 0; k < node->n_in; k++) {
		const int64_t run = axis_split(&node->in[k]->shape, node_axis(node)).size * all.inner;
		for (int64_t i = 0; i < all.outer * run; i++)
			y[i / run * all.size * all.inner + i % run] = taken(node->in[k], node->out[0], in[k][i]);
		y += run;
	}
}
