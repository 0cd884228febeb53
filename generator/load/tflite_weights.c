/* tflite_weights.c: constants of the file as weights of layers, in the order that these have. */
#include "load/tflite.h"

#include <math.h>
#include <string.h>

/* Element n of a weight as an element of the constant. */
static int64_t source_of(const struct tflite_weight *how, int64_t n)
{
	int64_t at = how->first;

	for (int i = how->shape.rank - 1; i >= 0; i--) {
		at += n % how->shape.at[i] * how->step[i];
		n /= how->shape.at[i];
	}
	return at;
}

/* One scale for all or one for each output; NULL after an error. */
static const struct quantisation *quantisation_of(struct tflite *t, const struct tflite_operator *op,
						  const struct tflite_tensor *from, const struct tflite_weight *how)
{
	struct quantisation *q = NEW(t->arena, struct quantisation);
	const int64_t n = from->scale.n;
	float *scale = NEW_ARRAY(t->arena, n, float);
	int32_t *zero = NEW_ARRAY(t->arena, n, int32_t);
	bool right = n == 1 || (n == how->filters && from->axis == how->axis);

	if (!right || (from->zero_point.n != n && from->zero_point.n > 1)) {
		tflite_error(
		    t, op, "tensor %d '%s' has %lld scales along axis %lld; it must have one, or %lld along axis %d",
		    from->index, from->name, (long long)n, (long long)from->axis, (long long)how->filters, how->axis);
		return NULL;
	}
	for (int64_t i = 0; i < n; i++) {
		const int64_t z =
		    from->zero_point.n ? flatbuffer_i64_at(&from->zero_point, from->zero_point.n > 1 ? i : 0) : 0;
		scale[i] = flatbuffer_f32_at(&from->scale, i);
		zero[i] = (int32_t)z;
		right &= isfinite(scale[i]) && scale[i] > 0 && z >= INT16_MIN && z <= INT16_MAX;
	}
	if (!right) {
		tflite_error(t, op, "tensor %d '%s' has a scale or zero point that no weights have", from->index,
			     from->name);
		return NULL;
	}
	*q = (struct quantisation){ (int)n, scale, zero };
	return q;
}

static struct weight *new_weight(struct tflite *t, const struct tflite_operator *op, const char *name,
				 struct shape shape)
{
	struct weight *weight = NEW(t->arena, struct weight);

	*weight = (struct weight){ .name = name, .type = TYPE_F32, .shape = shape, .place = op->place };
	return weight;
}

static const struct weight *float_weight(struct tflite *t, const struct tflite_operator *op, const double *numbers,
					 const struct tflite_weight *how)
{
	struct weight *weight = new_weight(t, op, how->name, how->shape);
	const int64_t n = shape_elements(&how->shape);
	float *f32 = NEW_ARRAY(t->arena, n, float);

	for (int64_t i = 0; i < n; i++) f32[i] = (float)numbers[source_of(how, i)];
	weight->f32 = f32;
	return weight;
}

/* The real numbers of integers: integer * scale[filter], exactly. */
static void set_reals(struct tflite *t, struct weight *weight, const double *scale, int64_t filters, int64_t inner)
{
	const int64_t n = shape_elements(&weight->shape);
	double *f64 = NEW_ARRAY(t->arena, n, double);
	float *f32 = NEW_ARRAY(t->arena, n, float);

	for (int64_t i = 0; i < n; i++) {
		f64[i] = (double)weight->integers[i] * scale[i / inner % filters];
		f32[i] = (float)f64[i];
	}
	weight->f64 = f64;
	weight->f32 = f32;
}

static const struct weight *integer_weight(struct tflite *t, const struct tflite_operator *op,
					   const struct tflite_tensor *from, const double *numbers,
					   const struct tflite_weight *how)
{
	struct weight *weight = new_weight(t, op, how->name, how->shape);
	const int64_t n = shape_elements(&how->shape);
	const struct quantisation *q = quantisation_of(t, op, from, how);
	int64_t *integers = NEW_ARRAY(t->arena, n, int64_t);
	double *scale = NEW_ARRAY(t->arena, how->filters, double);

	if (!q) return NULL;
	for (int64_t f = 0; f < how->filters; f++) scale[f] = (double)q->scale[q->n > 1 ? f : 0];
	for (int64_t i = 0; i < n; i++) {
		const int64_t filter = q->n > 1 ? i / how->inner % how->filters : 0;
		integers[i] = (int64_t)numbers[source_of(how, i)] - q->zero_point[filter];
	}
	weight->type = from->type->type;
	weight->integers = integers;
	weight->quantisation = q;
	set_reals(t, weight, scale, how->filters, how->inner);
	return weight;
}

static bool same_way(const struct tflite_weight *a, const struct tflite_weight *b)
{
	bool same = shape_equal(&a->shape, &b->shape) && a->first == b->first && a->filters == b->filters &&
		    a->inner == b->inner && a->axis == b->axis && strcmp(a->name, b->name) == 0;

	for (int i = 0; same && i < a->shape.rank; i++) same = a->step[i] == b->step[i];
	return same;
}

const struct weight *tflite_weight(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *from,
				   const struct tflite_weight *how)
{
	const double *numbers;

	if (from->weight && same_way(&from->how, how)) return from->weight;
	numbers = tflite_numbers(t, op, from);
	if (!numbers) return NULL;
	from->how = *how;
	from->weight = NULL;
	if (from->type->type == TYPE_F32)
		from->weight = float_weight(t, op, numbers, how);
	else if ((from->type->type == TYPE_I8 || from->type->type == TYPE_U8) && from->scale.n)
		from->weight = integer_weight(t, op, from, numbers, how);
	else
		tflite_error(
		    t, op,
		    "tensor %d '%s' (%s) cannot be its %s; weights are float32, float16, or int8 or uint8 with "
		    "scales",
		    from->index, from->name, from->type->name, how->name);
	return from->weight;
}

const struct weight *tflite_bias(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *from,
				 int64_t filters, const struct tensor *in, const struct weight *kernel)
{
	const struct tflite_weight how = { "bias", shape_of(1, filters), 0, { 1 }, filters, 1, 0 };
	const double *numbers = tflite_numbers(t, op, from);
	const bool integers = tensor_is_integer(in);
	const struct quantisation *of_kernel = kernel->quantisation;
	struct quantisation *q;
	struct weight *weight;
	int64_t *at;
	float *scale;
	double *exact;

	if (!numbers) return NULL;
	if (from->type->type == TYPE_F32 && !integers) return float_weight(t, op, numbers, &how);
	if (!integers || !of_kernel || (from->type->type != TYPE_I32 && from->type->type != TYPE_I64)) {
		tflite_error(t, op, "tensor %d '%s' (%s) cannot be its bias; it must be %s", from->index, from->name,
			     from->type->name, integers ? "int32 or int64" : "float32");
		return NULL;
	}
	weight = new_weight(t, op, "bias", how.shape);
	at = NEW_ARRAY(t->arena, filters, int64_t);
	scale = NEW_ARRAY(t->arena, filters, float);
	exact = NEW_ARRAY(t->arena, filters, double);
	q = NEW(t->arena, struct quantisation);
	for (int64_t f = 0; f < filters; f++) {
		at[f] = (int64_t)numbers[f];
		exact[f] = (double)in->quantisation->scale[0] * (double)of_kernel->scale[of_kernel->n > 1 ? f : 0];
		scale[f] = (float)exact[f];
	}
	*q = (struct quantisation){ (int)filters, scale, NEW_ARRAY(t->arena, filters, int32_t) };
	weight->type = from->type->type;
	weight->integers = at;
	weight->quantisation = q;
	set_reals(t, weight, exact, filters, 1);
	return weight;
}
