/* tflite_constants.c: constants of the file as numbers, and what is computed of constants alone. */
#include "load/tflite.h"

#include <math.h>

#include "eval/eval.h"
#include "layers/quantised.h"

static uint64_t little(const unsigned char *at, int64_t n)
{
	uint64_t value = 0;

	while (n-- > 0) value = value << 8 | at[n];
	return value;
}

static double half_of(uint64_t bits)
{
	const int exponent = (int)(bits >> 10 & 31);
	const double mantissa = (double)(bits & 1023), sign = bits >> 15 ? -1 : 1;

	if (exponent == 31) return mantissa > 0 ? (double)NAN : sign * (double)INFINITY;
	return sign * ldexp(exponent ? mantissa + 1024 : mantissa, (exponent ? exponent : 1) - 25);
}

/* Element i of the file's bytes. */
static double number_at(const struct tflite_type *type, const unsigned char *at)
{
	const uint64_t bits = little(at, type->bytes);
	const union {
		uint32_t bits;
		float value;
	} f32 = { (uint32_t)bits };
	const union {
		uint64_t bits;
		double value;
	} f64 = { bits };

	if (type->type == TYPE_F32)
		return type->bytes == 4 ? (double)f32.value : type->bytes == 2 ? half_of(bits) : f64.value;
	if (type->type == TYPE_U8) return (double)bits;
	const uint64_t sign = (uint64_t)1 << (8 * type->bytes - 1);
	return (double)(int64_t)((bits ^ sign) - sign);
}

const double *tflite_numbers(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *tensor)
{
	const int64_t n = shape_elements(&tensor->shape);
	double *numbers;

	if (tensor->numbers) return tensor->numbers;
	if (!tensor->constant) {
		tflite_error(t, op, "tensor %d '%s' must be a constant", tensor->index, tensor->name);
		return NULL;
	}
	if (!tensor->type->bytes) {
		tflite_error(t, op, "tensor %d '%s' is %s, which is not supported", tensor->index, tensor->name,
			     tensor->type->name);
		return NULL;
	}
	if (n > MAX_ELEMENTS || (uint64_t)(n * tensor->type->bytes) != tensor->data.n) {
		tflite_error(t, op, "tensor %d '%s' has the shape %s of %s and %zu bytes in the file", tensor->index,
			     tensor->name, shape_text(t->arena, &tensor->shape), tensor->type->name, tensor->data.n);
		return NULL;
	}
	numbers = NEW_ARRAY(t->arena, n, double);
	for (int64_t i = 0; i < n; i++) {
		numbers[i] = number_at(tensor->type, tensor->data.at + i * tensor->type->bytes);
		if (tensor->type->type != TYPE_I64 || fabs(numbers[i]) < (double)INTEGER_LIMIT) continue;
		tflite_error(t, op, "tensor %d '%s' has an element that is too large: %.0f", tensor->index,
			     tensor->name, numbers[i]);
		return NULL;
	}
	return tensor->numbers = numbers;
}

const int64_t *tflite_integers(struct tflite *t, const struct tflite_operator *op, int k, int64_t *n)
{
	struct tflite_tensor *tensor = tflite_in(t, op, k);
	const double *numbers;
	int64_t *integers, count;

	if (!tensor || !tensor->constant || (tensor->type->type != TYPE_I32 && tensor->type->type != TYPE_I64)) {
		tflite_error(t, op, "its input %d must be a constant of int32 or int64", k);
		return NULL;
	}
	numbers = tflite_numbers(t, op, tensor);
	if (!numbers) return NULL;
	count = shape_elements(&tensor->shape);
	if (*n >= 0 && count != *n) {
		tflite_error(t, op, "its input %d has %lld elements; it must have %lld", k, (long long)count,
			     (long long)*n);
		return NULL;
	}
	*n = count;
	integers = NEW_ARRAY(t->arena, count, int64_t);
	for (int64_t i = 0; i < count; i++) integers[i] = (int64_t)numbers[i];
	return integers;
}

/* ---- nodes that hold constants ------------------------------------------------------------------------------------ */

/* Numbers as the weight of a Constant whose output this is. */
static const struct weight *value_weight(struct tflite *t, const struct tflite_operator *op, const double *numbers,
					 const struct tensor *out)
{
	struct weight *weight = NEW(t->arena, struct weight);
	const int64_t n = shape_elements(&out->shape);
	const struct quantisation *q = out->quantisation;
	int64_t *integers = q ? NEW_ARRAY(t->arena, n, int64_t) : NULL;
	double *f64 = NEW_ARRAY(t->arena, n, double);
	float *f32 = NEW_ARRAY(t->arena, n, float);

	for (int64_t i = 0; i < n; i++) {
		if (q) integers[i] = (int64_t)numbers[i] - q->zero_point[0];
		f64[i] = q ? (double)integers[i] * (double)q->scale[0] : numbers[i];
		f32[i] = (float)f64[i];
	}
	*weight = (struct weight){ .name = "value",
				   .type = out->type,
				   .shape = out->shape,
				   .f32 = f32,
				   .f64 = f64,
				   .integers = integers,
				   .quantisation = q,
				   .place = op->place };
	return weight;
}

/* A Constant of this shape with these numbers, of like's type where a tensor can have that, else float32. */
static struct tensor *hold(struct tflite *t, const struct tflite_operator *op, const double *numbers,
			   struct shape shape, const struct tflite_tensor *like)
{
	struct constant_config *config = NEW(t->arena, struct constant_config);
	struct node *node = graph_node(t->graph, layer_find("Constant"), op->name);

	config->shape = shape;
	node->class_name = node->layer->name;
	node->config = config;
	node->place = op->place;
	node->implied = true;
	graph_connect(t->graph, node, NULL, 0, 1);
	if (like->scale.n && like->type->held && !tflite_set_type(t, op, node->out[0], like)) return NULL;
	if (!layer_infer(node, t->diag)) return NULL;
	node->n_weight = 1;
	node->weight = NEW_ARRAY(t->arena, 1, const struct weight *);
	node->weight[0] = value_weight(t, op, numbers, node->out[0]);
	list_push(t->arena, &t->passed_over, node);
	return node->out[0];
}

struct tensor *tflite_constant(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *tensor)
{
	const double *numbers = tflite_numbers(t, op, tensor);
	int axis[MAX_RANK];

	return numbers ? hold(t, op, numbers, tflite_squeezed(&tensor->shape, 0, axis), tensor) : NULL;
}

struct tensor *tflite_fill(struct tflite *t, const struct tflite_operator *op, double number, struct shape shape,
			   const struct tflite_tensor *like)
{
	const int64_t n = shape_elements(&shape);
	double *numbers;

	if (n > TFLITE_CONSTANTS_LIMIT) {
		tflite_error(t, op, "it fills a tensor of the shape %s, which is too large",
			     shape_text(t->arena, &shape));
		return NULL;
	}
	numbers = NEW_ARRAY(t->arena, n, double);
	for (int64_t i = 0; i < n; i++) numbers[i] = number;
	return hold(t, op, numbers, shape, like);
}

/* ---- constants of constants ------------------------------------------------------------------------------------------ */

/* What a node that reads constants gives, as numbers; those of tensors made before stand in 'at' by id. */
static void compute_node(const struct node *node, double **at, struct arena *arena)
{
	const void **in = NEW_ARRAY(arena, node->n_in, const void *);
	void **out = NEW_ARRAY(arena, node->n_out, void *);

	for (int i = 0; i < node->n_in; i++) in[i] = at[node->in[i]->id];
	for (int i = 0; i < node->n_out; i++) {
		at[node->out[i]->id] = NEW_ARRAY(arena, tensor_elements(node->out[i]), double);
		out[i] = at[node->out[i]->id];
	}
	eval_node(node, NUMBER_MEANING, in, out, arena);
}

static void keep_numbers(struct tflite_tensor *out, double *numbers)
{
	const int64_t n = shape_elements(&out->shape);

	for (int64_t i = 0; out->type->held && out->type->type == TYPE_F32 && i < n; i++)
		numbers[i] = (double)(float)numbers[i];
	out->constant = true;
	out->numbers = numbers;
	out->value = NULL;
}

/* Integers stand for other numbers: only where they lie may change. */
static bool are_plain(struct tflite *t, const struct tflite_operator *op)
{
	for (int k = 0; k < op->n_in && !op->kind->moves; k++) {
		const struct tflite_tensor *in = tflite_in(t, op, k);
		if (in && !op->kind->raw && in->scale.n && in->type->held && in->type->type != TYPE_F32)
			return tflite_error(t, op,
					    "it computes with a quantised constant, tensor %d '%s', alone; that is "
					    "not supported",
					    in->index, in->name);
	}
	return true;
}

static bool make_plain(struct tflite *t, const struct tflite_operator *op)
{
	bool made;

	t->computing = true;
	made = op->kind->make(t, op);
	t->computing = false;
	return made;
}

bool tflite_compute(struct tflite *t, const struct tflite_operator *op)
{
	const int first = t->graph->nodes.n;
	const int passed = t->passed_over.n;
	double **at;

	if (!are_plain(t, op) || !make_plain(t, op)) return false;
	at = NEW_ARRAY(t->arena, t->graph->tensors.n, double *);
	for (int i = first; i < t->graph->nodes.n; i++) {
		const int64_t n = tensor_elements(t->graph->nodes.at[i]->out[0]);
		if (n > TFLITE_CONSTANTS_LIMIT)
			return tflite_error(t, op, "it computes a constant of %lld elements; at most %d are supported",
					    (long long)n, TFLITE_CONSTANTS_LIMIT);
	}
	for (int i = first; i < t->graph->nodes.n; i++) compute_node(t->graph->nodes.at[i], at, t->arena);
	for (int i = 0; i < op->n_out; i++) {
		struct tflite_tensor *out = tflite_out(t, op, i);
		if (out->value && at[out->value->id]) keep_numbers(out, at[out->value->id]);
	}
	while (t->graph->nodes.n > first) graph_remove(t->graph, t->graph->nodes.at[t->graph->nodes.n - 1]);
	t->passed_over.n = passed;
	return true;
}
