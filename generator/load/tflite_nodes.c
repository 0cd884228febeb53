/* tflite_nodes.c: what the functions that make nodes of operators share. */
#include "load/tflite.h"

#include <math.h>
#include <string.h>

#include "layers/integer.h"

bool tflite_error(struct tflite *t, const struct tflite_operator *op, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	diag_error(t->diag, op->place, "%s", arena_vprintf(t->arena, format, arguments));
	va_end(arguments);
	return false;
}

struct tflite_tensor *tflite_in(struct tflite *t, const struct tflite_operator *op, int k)
{
	return k < op->n_in && op->in[k] >= 0 ? &t->tensor[op->in[k]] : NULL;
}

struct tflite_tensor *tflite_out(struct tflite *t, const struct tflite_operator *op, int k)
{
	return &t->tensor[op->out[k]];
}

/* ---- types -------------------------------------------------------------------------------------------------------- */

bool tflite_same_type(const struct tflite_tensor *a, const struct tflite_tensor *b)
{
	if (a->type != b->type || a->scale.n != b->scale.n || a->zero_point.n != b->zero_point.n) return false;
	for (int64_t i = 0; i < a->scale.n; i++)
		if (flatbuffer_f32_at(&a->scale, i) != flatbuffer_f32_at(&b->scale, i)) return false;
	for (int64_t i = 0; i < a->zero_point.n; i++)
		if (flatbuffer_i64_at(&a->zero_point, i) != flatbuffer_i64_at(&b->zero_point, i)) return false;
	return true;
}

/* What is wrong with the quantisation of a tensor that a layer computes with; NULL: nothing. */
static const char *fault_of(const struct tflite_tensor *tensor, float *scale, int64_t *zero_point)
{
	if (tensor->scale.n == 0) return "has no scale; integer tensors must be quantised";
	if (tensor->scale.n > 1) return "has several scales; only weights may";
	*scale = flatbuffer_f32_at(&tensor->scale, 0);
	*zero_point = tensor->zero_point.n ? flatbuffer_i64_at(&tensor->zero_point, 0) : 0;
	if (!isfinite(*scale) || !(*scale > 0)) return "has a scale that is not a positive number";
	if (*zero_point < type_least(tensor->type->type) || *zero_point > type_most(tensor->type->type))
		return "has a zero point outside of its type";
	if (tensor->type->type == TYPE_I16 && *zero_point) return "has a zero point; int16 tensors must have 0";
	return NULL;
}

bool tflite_set_type(struct tflite *t, const struct tflite_operator *op, struct tensor *tensor,
		     const struct tflite_tensor *like)
{
	struct quantisation *q;
	const char *fault;
	int64_t zero = 0;
	float scale = 0;

	tensor->type = TYPE_F32;
	if (t->computing) return true;
	if (!like->type->held)
		return tflite_error(t, op, "tensor %d '%s' is %s; only float32, int8, uint8 and int16 are supported",
				    like->index, like->name, like->type->name);
	tensor->type = like->type->type;
	tensor->quantisation = NULL;
	if (tensor->type == TYPE_F32) return true;
	fault = fault_of(like, &scale, &zero);
	if (fault)
		return tflite_error(t, op, "tensor %d '%s' (%s) %s", like->index, like->name, like->type->name, fault);
	q = NEW(t->arena, struct quantisation);
	*q = (struct quantisation){ 1, arena_copy(t->arena, &scale, sizeof scale),
				    arena_copy(t->arena, &(int32_t){ (int32_t)zero }, sizeof(int32_t)) };
	tensor->quantisation = q;
	return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

struct tensor *tflite_value(struct tflite *t, const struct tflite_operator *op, int k)
{
	struct tflite_tensor *tensor = tflite_in(t, op, k);

	if (!tensor) {
		tflite_error(t, op, "its input %d is left out; it needs one", k);
		return NULL;
	}
	if (tensor->block != 1) {
		tflite_error(t, op,
			     "tensor %d '%s' is dealt out by SPACE_TO_BATCH_ND; only a convolution between that and "
			     "BATCH_TO_SPACE_ND is supported",
			     tensor->index, tensor->name);
		return NULL;
	}
	return tensor->value ? tensor->value : tflite_constant(t, op, tensor);
}

static void pass_over(struct tflite *t, struct node *node)
{
	list_push(t->arena, &t->passed_over, node);
}

/* A Reshape of the value to this shape that there is. */
static struct tensor *seen_before(const struct tflite *t, const struct tensor *value, const struct shape *shape)
{
	for (int i = t->passed_over.n - 1; i >= 0; i--) {
		const struct node *node = t->passed_over.at[i];
		if (layer_is(node, "Reshape") && node->in[0] == value && shape_equal(&node->out[0]->shape, shape))
			return node->out[0];
	}
	return NULL;
}

struct tensor *tflite_shaped(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
			     struct shape shape)
{
	struct reshape_config *config;
	struct tensor *seen;
	struct node *node;

	if (!value || shape_equal(&value->shape, &shape)) return value;
	CHECK(shape_elements(&value->shape) == shape_elements(&shape));
	if (value->from && layer_is(value->from, "Reshape")) {
		pass_over(t, value->from);
		return tflite_shaped(t, op, value->from->in[0], shape);
	}
	seen = seen_before(t, value, &shape);
	if (seen) return seen;
	config = NEW(t->arena, struct reshape_config);
	config->target_shape = shape;
	node = graph_node(t->graph, layer_find("Reshape"), op->name);
	node->class_name = node->layer->name;
	node->config = config;
	node->place = op->place;
	node->implied = true;
	graph_connect(t->graph, node, &value, 1, 1);
	node->out[0]->type = value->type;
	node->out[0]->quantisation = value->quantisation;
	if (!layer_infer(node, t->diag)) return NULL;
	pass_over(t, node);
	return node->out[0];
}

bool tflite_declare(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *out, struct shape shape)
{
	bool agrees = out->declared.rank == shape.rank;

	for (int i = 0; agrees && i < shape.rank; i++)
		agrees = out->declared.at[i] == UNKNOWN_SIZE || out->declared.at[i] == shape.at[i];
	if (!agrees)
		return tflite_error(t, op, "it gives the shape %s; the file says %s of tensor %d '%s'",
				    shape_text(t->arena, &shape), shape_text(t->arena, &out->declared), out->index,
				    out->name);
	out->shape = shape;
	out->known = true;
	return true;
}

bool tflite_give(struct tflite *t, const struct tflite_operator *op, int k, struct tensor *value, struct shape shape)
{
	if (!value) return false;
	if (shape_elements(&shape) != shape_elements(&value->shape))
		return tflite_error(t, op, "its output of shape %s cannot be had from elements of shape %s",
				    shape_text(t->arena, &shape), shape_text(t->arena, &value->shape));
	tflite_out(t, op, k)->value = value;
	return tflite_declare(t, op, tflite_out(t, op, k), shape);
}

/* ---- nodes -------------------------------------------------------------------------------------------------------- */

struct node *tflite_node(struct tflite *t, const struct tflite_operator *op, const char *class_name, const void *config,
			 struct tensor *const *in, int n_in, const struct tflite_tensor *like)
{
	struct node *node = graph_node(t->graph, layer_find(class_name), op->name);

	CHECK(node->layer);
	node->class_name = class_name;
	node->config = config || !node->layer->config_bytes ? config : arena_alloc(t->arena, node->layer->config_bytes);
	node->place = op->place;
	node->implied = t->nodes_made++ > 0;
	graph_connect(t->graph, node, in, n_in, 1);
	if (!tflite_set_type(t, op, node->out[0], like)) return NULL;
	return layer_infer(node, t->diag) ? node : NULL;
}

struct tensor *tflite_apply(struct tflite *t, const struct tflite_operator *op, const char *class_name,
			    const void *config, struct tensor *in, const struct tflite_tensor *like)
{
	struct node *node = in ? tflite_node(t, op, class_name, config, &in, 1, like) : NULL;

	return node ? node->out[0] : NULL;
}

struct tensor *tflite_fuse(struct tflite *t, const struct tflite_operator *op, struct node *node, int64_t activation)
{
	/* ActivationFunctionType */
	static const char *const names[] = { "linear", "relu", "hard_tanh", "relu6", "tanh" };
	enum { NAMES = sizeof names / sizeof *names, TANH = 4 };
	struct activation act;
	struct node *behind;

	if (!node) return NULL;
	if (activation < 0 || activation >= NAMES || (activation == TANH && node_is_integer(node))) {
		tflite_error(t, op, "the fused activation %lld is not supported here", (long long)activation);
		return NULL;
	}
	CHECK(activation_named(names[activation], &act));
	if (activation == 0 || node->layer->activates || tensor_is_integer(node->out[0])) {
		node->activation = act;
		return node->out[0];
	}
	behind = tflite_node(t, op, "Activation", NULL, node->out, 1, tflite_out(t, op, 0));
	if (behind) behind->activation = act;
	return behind ? behind->out[0] : NULL;
}

/* ---- axes --------------------------------------------------------------------------------------------------------- */

struct shape tflite_squeezed(const struct shape *shape, unsigned keep, int axis[MAX_RANK])
{
	struct shape left = { 0 };

	for (int i = 0; i < shape->rank; i++) {
		axis[i] = -1;
		if (shape->at[i] == 1 && !(keep >> i & 1)) continue;
		axis[i] = left.rank;
		left.at[left.rank++] = shape->at[i];
	}
	if (left.rank == 0) left = shape_of(1, (int64_t)1);
	return left;
}

int tflite_axis(struct tflite *t, const struct tflite_operator *op, int64_t axis, int rank)
{
	if (axis >= -rank && axis < rank) return (int)(axis < 0 ? axis + rank : axis);
	tflite_error(t, op, "axis %lld; its input has %d axes", (long long)axis, rank);
	return -1;
}
