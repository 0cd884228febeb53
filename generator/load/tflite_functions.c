/* tflite_functions.c: operators on every element by itself, softmax, and QUANTIZE and DEQUANTIZE. */
#include "load/tflite.h"

#include <math.h>
#include <string.h>

#include "layers/integer.h"

static bool give_activation(struct tflite *t, const struct tflite_operator *op, struct activation activation)
{
	struct tensor *x = tflite_value(t, op, 0);
	struct node *node = x ? tflite_node(t, op, "Activation", NULL, &x, 1, tflite_out(t, op, 0)) : NULL;

	if (!node) return false;
	node->activation = activation;
	return tflite_give(t, op, 0, node->out[0], tflite_in(t, op, 0)->shape);
}

bool tflite_activation(struct tflite *t, const struct tflite_operator *op)
{
	struct activation activation;

	CHECK(activation_named(op->kind->word, &activation));
	return give_activation(t, op, activation_simplest(activation));
}

bool tflite_gelu(struct tflite *t, const struct tflite_operator *op)
{
	const bool approximate = flatbuffer_u8(&op->options, 0, 0) != 0;

	return give_activation(t, op,
			       (struct activation){ activation_row_named(approximate ? "gelu_tanh" : "gelu"), { 0 } });
}

/* The value times a number. */
static struct tensor *times(struct tflite *t, const struct tflite_operator *op, struct tensor *x, double factor,
			    const struct tflite_tensor *like)
{
	struct rescaling_config *config = NEW(t->arena, struct rescaling_config);

	config->scale = (struct reals){ 1, arena_copy(t->arena, &factor, sizeof factor) };
	config->offset = (struct reals){ 1, arena_copy(t->arena, &(double){ 0 }, sizeof factor) };
	return tflite_apply(t, op, "Rescaling", config, x, like);
}

/* TFLite has no form of it for integers. */
bool tflite_negate(struct tflite *t, const struct tflite_operator *op)
{
	struct tensor *x = tflite_value(t, op, 0);

	if (x && tensor_is_integer(x)) return tflite_error(t, op, "its input holds integers; only floats are negated");
	x = x ? times(t, op, x, -1, tflite_out(t, op, 0)) : NULL;
	return tflite_give(t, op, 0, x, tflite_in(t, op, 0)->shape);
}

bool tflite_absolute(struct tflite *t, const struct tflite_operator *op)
{
	struct tensor *x = tflite_value(t, op, 0);

	if (x && tensor_is_integer(x))
		return tflite_error(t, op, "its input holds integers; only floats are supported");
	return tflite_give(t, op, 0, tflite_apply(t, op, "Absolute", NULL, x, tflite_out(t, op, 0)),
			   tflite_in(t, op, 0)->shape);
}

bool tflite_leaky_relu(struct tflite *t, const struct tflite_operator *op)
{
	struct leaky_relu_config *config = NEW(t->arena, struct leaky_relu_config);
	const float slope = flatbuffer_f32(&op->options, 0, 0);
	struct tensor *x = tflite_value(t, op, 0);

	if (!isfinite(slope)) return tflite_error(t, op, "its slope is not finite");
	config->negative_slope = (double)slope;
	x = tflite_apply(t, op, "LeakyReLU", config, x, tflite_out(t, op, 0));
	return tflite_give(t, op, 0, x, tflite_in(t, op, 0)->shape);
}

/* Alpha's sizes along the axes of the value, which the file's alpha is broadcast to; false: it is not. */
static bool alpha_along(const struct shape *in, const struct shape *alpha, const int axis[MAX_RANK], struct shape *own)
{
	const int extra = in->rank - alpha->rank;

	if (extra < 0) return false;
	for (int i = 0; i < in->rank; i++) {
		const int64_t size = i < extra ? 1 : alpha->at[i - extra];
		if (size != 1 && size != in->at[i]) return false;
		if (axis[i] >= 0) own->at[axis[i]] = size;
	}
	return true;
}

bool tflite_prelu(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *alpha = tflite_in(t, op, 1);
	struct prelu_config *config = NEW(t->arena, struct prelu_config);
	struct tflite_weight how = { .name = "alpha", .filters = 1, .inner = 1 };
	struct tensor *x = tflite_value(t, op, 0);
	struct node *node;
	int axis[MAX_RANK];
	int64_t step = 1;

	if (!x || !alpha || !alpha->constant) return tflite_error(t, op, "its slopes must be a constant");
	how.shape = tflite_squeezed(&in->shape, 0, axis);
	x = tflite_shaped(t, op, x, how.shape);
	if (!alpha_along(&in->shape, &alpha->shape, axis, &how.shape))
		return tflite_error(t, op, "slopes of shape %s for an input of %s", shape_text(t->arena, &alpha->shape),
				    shape_text(t->arena, &in->shape));
	for (int i = how.shape.rank - 1; i >= 0; i--) {
		how.step[i] = step;
		step *= how.shape.at[i];
		if (how.shape.at[i] == 1) config->shared_axes.at[config->shared_axes.rank++] = i + 1;
	}
	node = x ? tflite_node(t, op, "PReLU", config, &x, 1, tflite_out(t, op, 0)) : NULL;
	if (!node) return false;
	node->n_weight = 1;
	node->weight = NEW_ARRAY(t->arena, 1, const struct weight *);
	node->weight[0] = tflite_weight(t, op, alpha, &how);
	if (!node->weight[0]) return false;
	if (tensor_is_integer(x) != (node->weight[0]->integers != NULL))
		return tflite_error(t, op, "its slopes must be of the kind of its input: float or quantised");
	return tflite_give(t, op, 0, node->out[0], in->shape);
}

/* ---- SOFTMAX, LOG_SOFTMAX -------------------------------------------------------------------------------------------- */

bool tflite_softmax(struct tflite *t, const struct tflite_operator *op)
{
	struct tensor *x = tflite_value(t, op, 0);
	struct softmax_config *config = NEW(t->arena, struct softmax_config);
	const bool has_beta = strcmp(op->kind->word, "Softmax") == 0;
	const float beta = has_beta ? flatbuffer_f32(&op->options, 0, 0) : 1;
	struct shape shape;
	int axis[MAX_RANK];

	if (!x) return false;
	if (!(beta == 1) && (!(beta > 0) || !isfinite(beta) || tensor_is_integer(x)))
		return tflite_error(t, op, "its beta is %g; only 1 is supported, and of floats any positive number",
				    (double)beta);
	if (beta != 1) x = times(t, op, x, (double)beta, tflite_in(t, op, 0));
	shape = tflite_in(t, op, 0)->shape;
	if (shape.rank < 1) return tflite_error(t, op, "its input has no axes");
	config->axis = (struct axes){ 1, { -1 } };
	x = tflite_shaped(t, op, x, tflite_squeezed(&shape, 1U << (shape.rank - 1), axis));
	return tflite_give(t, op, 0, tflite_apply(t, op, op->kind->word, config, x, tflite_out(t, op, 0)), shape);
}

/* ---- QUANTIZE, DEQUANTIZE -------------------------------------------------------------------------------------------- */

/* Scale and zero point of element i of a constant that has some. */
static double scale_at(const struct tflite_tensor *tensor, const struct shape *shape, int64_t i, int64_t *zero)
{
	int64_t inner = 1, k = 0;

	for (int a = shape->rank - 1; a > tensor->axis; a--) inner *= shape->at[a];
	if (tensor->scale.n > 1) k = i / inner % tensor->scale.n;
	*zero = tensor->zero_point.n ? flatbuffer_i64_at(&tensor->zero_point, tensor->zero_point.n > k ? k : 0) : 0;
	return (double)flatbuffer_f32_at(&tensor->scale, k);
}

static double real_number(const struct tflite_tensor *tensor, int64_t i, double number)
{
	int64_t zero;
	double scale;

	if (tensor->scale.n == 0) return number;
	scale = scale_at(tensor, &tensor->shape, i, &zero);
	return (number - (double)zero) * scale;
}

/* A constant as real numbers: float16, or integers with their scales. */
static bool dequantize_constant(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *in,
				struct tflite_tensor *out)
{
	const double *numbers = tflite_numbers(t, op, in);
	const int64_t n = shape_elements(&in->shape);
	double *real;

	if (!numbers) return false;
	real = NEW_ARRAY(t->arena, n, double);
	for (int64_t i = 0; i < n; i++) real[i] = (double)(float)real_number(in, i, numbers[i]);
	out->constant = true;
	out->numbers = real;
	return tflite_declare(t, op, out, in->shape);
}

static bool convert(struct tflite *t, const struct tflite_operator *op)
{
	struct tensor *x = tflite_value(t, op, 0);

	return tflite_give(t, op, 0, tflite_apply(t, op, "Quantize", NULL, x, tflite_out(t, op, 0)),
			   tflite_in(t, op, 0)->shape);
}

bool tflite_dequantize(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *out = tflite_out(t, op, 0);

	if (!in) return tflite_error(t, op, "its input is left out");
	if (out->type->type != TYPE_F32 || !out->type->held)
		return tflite_error(t, op, "its output is %s; it must be float32", out->type->name);
	return in->constant ? dequantize_constant(t, op, in, out) : convert(t, op);
}

/* One scale for all or one for each element of an axis, with zero points that the type has; float32 to integers. */
static bool is_quantised_constant(const struct tflite_tensor *in, const struct tflite_tensor *out)
{
	const int64_t n = out->scale.n;
	const bool along = out->axis >= 0 && out->axis < in->shape.rank && in->shape.at[out->axis] == n;
	int64_t zero;

	if (in->type->type != TYPE_F32 || !out->type->held || out->type->type == TYPE_F32 || n < 1 || (n > 1 && !along))
		return false;
	for (int64_t k = 0; k < n; k++) {
		const float scale = flatbuffer_f32_at(&out->scale, k);
		if (!isfinite(scale) || !(scale > 0)) return false;
	}
	for (int64_t k = 0; k < out->zero_point.n; k++) {
		zero = flatbuffer_i64_at(&out->zero_point, k);
		if (zero < type_least(out->type->type) || zero > type_most(out->type->type)) return false;
	}
	return true;
}

/* AffineQuantize(), PerChannelQuantize(): divided by the scale in float32, rounded half away from 0. */
static bool quantize_constant(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *in,
			      struct tflite_tensor *out)
{
	const double *numbers = tflite_numbers(t, op, in);
	const int64_t n = shape_elements(&in->shape);
	double *integers, scale, y;
	int64_t zero;

	t->computing = false;
	if (!numbers) return false;
	if (!is_quantised_constant(in, out))
		return tflite_error(
		    t, op,
		    "of a constant, only float32 to int8, uint8 or int16 is supported, with one positive "
		    "scale or one for each element of an axis");
	integers = NEW_ARRAY(t->arena, n, double);
	for (int64_t i = 0; i < n; i++) {
		scale = scale_at(out, &in->shape, i, &zero);
		y = (double)roundf((float)numbers[i] / (float)scale) + (double)zero;
		integers[i] = fmin(fmax(y, (double)type_least(out->type->type)), (double)type_most(out->type->type));
	}
	out->constant = true;
	out->numbers = integers;
	return tflite_declare(t, op, out, in->shape);
}

bool tflite_quantize(struct tflite *t, const struct tflite_operator *op)
{
	struct tflite_tensor *in = tflite_in(t, op, 0), *out = tflite_out(t, op, 0);

	if (!in) return tflite_error(t, op, "its input is left out");
	return in->constant ? quantize_constant(t, op, in, out) : convert(t, op);
}
