/* tflite_model.c: the tables of TFLite's schema (version 3d) that a model stands in. */
#include "load/tflite.h"

#include <string.h>

/* ---- the schema --------------------------------------------------------------------------------------------------- */

/* Fields by their numbers. */
enum { MODEL_VERSION, MODEL_CODES, MODEL_SUBGRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS };
enum { CODE_OLD, CODE_CUSTOM, CODE_VERSION, CODE_BUILTIN };
enum { SUBGRAPH_TENSORS, SUBGRAPH_INPUTS, SUBGRAPH_OUTPUTS, SUBGRAPH_OPERATORS };
enum { OPERATOR_CODE, OPERATOR_INPUTS, OPERATOR_OUTPUTS, OPERATOR_OPTIONS_TYPE, OPERATOR_OPTIONS };
enum {
	TENSOR_SHAPE,
	TENSOR_TYPE,
	TENSOR_BUFFER,
	TENSOR_NAME,
	TENSOR_QUANTISATION,
	TENSOR_VARIABLE,
	TENSOR_SPARSITY,
	TENSOR_SIGNATURE,
	TENSOR_HAS_RANK,
	TENSOR_VARIANTS,
	TENSOR_EXTERNAL
};
enum {
	QUANTISATION_SCALE = 2,
	QUANTISATION_ZERO_POINT,
	QUANTISATION_DETAILS_TYPE,
	QUANTISATION_DETAILS,
	QUANTISATION_AXIS
};
enum { BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE };
enum { SCHEMA_VERSION = 3, CODE_PLACEHOLDER = 127, CODE_CUSTOM_OPERATOR = 32 };

static const struct tflite_type types[] = {
	{ "float32", 4, true, TYPE_F32 },
	{ "float16", 2, false, TYPE_F32 },
	{ "int32", 4, false, TYPE_I32 },
	{ "uint8", 1, true, TYPE_U8 },
	{ "int64", 8, false, TYPE_I64 },
	{ .name = "string" },
	{ .name = "bool" },
	{ "int16", 2, true, TYPE_I16 },
	{ .name = "complex64" },
	{ "int8", 1, true, TYPE_I8 },
	{ "float64", 8, false, TYPE_F32 },
	{ .name = "complex128" },
	{ .name = "uint64" },
	{ .name = "resource" },
	{ .name = "variant" },
	{ .name = "uint32" },
	{ .name = "uint16" },
	{ .name = "int4" },
	{ .name = "bfloat16" },
	{ .name = "int2" },
	{ .name = "uint4" },
};
static const struct tflite_type unknown_type = { .name = "of an unknown type" };

enum { MOVES = 1, WEIGHS = 2, RAW = 4 };
static const struct tflite_kind kinds[] = {
#define OPERATOR(code, name, options, least, most, flags, make, word)                                                  \
	{                                                                                                              \
		code,                                                                                                  \
		#name,                                                                                                 \
		make,                                                                                                  \
		options,                                                                                               \
		least,                                                                                                 \
		most,                                                                                                  \
		word,                                                                                                  \
		((flags)&MOVES) != 0,                                                                                  \
		((flags)&RAW) != 0,                                                                                    \
		((flags)&WEIGHS) != 0                                                                                  \
	},
#define REFUSED(number, text) { .code = number, .name = #text },
#include "load/tflite_operators.def"
#undef OPERATOR
#undef REFUSED
};

const struct tflite_kind *tflite_kind_of(int64_t code)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].code == code) return &kinds[i];
	return NULL;
}

/* ---- faults of the file ------------------------------------------------------------------------------------------- */

static bool refuse(struct tflite *t, const char *format, ...) PRINTF_LIKE(2, 3);
static bool refuse(struct tflite *t, const char *format, ...)
{
	va_list arguments;

	if (t->file->fault) return false; /* what was read is not what stands there: is_whole() says so */
	va_start(arguments, format);
	diag_error(t->diag, (struct place){ .source = t->source }, "%s", arena_vprintf(t->arena, format, arguments));
	va_end(arguments);
	return false;
}

static bool is_whole(struct tflite *t, const struct flatbuffer *file)
{
	if (!file->fault) return true;
	diag_error(t->diag, (struct place){ .source = t->source },
		   "byte %zu of %zu: %s; the file is damaged or was cut short", file->fault_at, file->bytes.n,
		   file->fault);
	return false;
}

/* ---- tensors ------------------------------------------------------------------------------------------------------ */

/* rank -1: more axes than tensors here have. */
static struct shape read_shape(const struct flatbuffer_table *table)
{
	const struct flatbuffer_vector sizes = flatbuffer_vector(table, TENSOR_SHAPE, 4),
				       signature = flatbuffer_vector(table, TENSOR_SIGNATURE, 4);
	struct shape shape = { .rank = sizes.n > MAX_RANK ? -1 : (int)sizes.n };

	for (int i = 0; i < shape.rank; i++) {
		const int64_t size = flatbuffer_i32_at(&sizes, i),
			      signed_size = signature.n == sizes.n ? flatbuffer_i32_at(&signature, i) : size;
		shape.at[i] = size < 0 || signed_size < 0 ? (int64_t)UNKNOWN_SIZE : size;
	}
	return shape;
}

/* A shape without elements; not one whose sizes are not known. */
static bool has_none(const struct shape *shape)
{
	bool none = false;

	for (int i = 0; i < shape->rank; i++) none |= shape->at[i] == 0;
	return none;
}

static bool read_data(struct tflite *t, struct tflite_tensor *tensor, const struct flatbuffer_table *table,
		      const struct flatbuffer_vector *buffers)
{
	const int64_t buffer = flatbuffer_u32(table, TENSOR_BUFFER, 0);
	struct flatbuffer_table stored;
	struct flatbuffer_vector data;

	if (buffer >= buffers->n && (buffer || buffers->n))
		return refuse(t, "tensor %d '%s': its elements are in buffer %lld; the file has %lld buffers",
			      tensor->index, tensor->name, (long long)buffer, (long long)buffers->n);
	if (!buffers->n) return true;
	stored = flatbuffer_at(buffers, buffer);
	data = flatbuffer_vector(&stored, BUFFER_DATA, 1);
	if (flatbuffer_u64(&stored, BUFFER_OFFSET, 0) > 1 || flatbuffer_u32(table, TENSOR_EXTERNAL, 0))
		tensor->refused = "its elements lie outside of the model's tables, which is not supported";
	tensor->constant = data.n > 0;
	if (tensor->constant) tensor->data = flatbuffer_bytes(&data);
	return true;
}

static void read_quantisation(struct tflite_tensor *tensor, const struct flatbuffer_table *table)
{
	const struct flatbuffer_table q = flatbuffer_sub(table, TENSOR_QUANTISATION);

	tensor->scale = flatbuffer_vector(&q, QUANTISATION_SCALE, 4);
	tensor->zero_point = flatbuffer_vector(&q, QUANTISATION_ZERO_POINT, 8);
	tensor->axis = flatbuffer_i32(&q, QUANTISATION_AXIS, 0);
	if (flatbuffer_u8(&q, QUANTISATION_DETAILS_TYPE, 0))
		tensor->refused = "it is quantised by blocks or in a way of its own, which is not supported";
}

static bool read_tensor(struct tflite *t, int index, const struct flatbuffer_table *table,
			const struct flatbuffer_vector *buffers)
{
	struct tflite_tensor *tensor = &t->tensor[index];
	const int64_t type = flatbuffer_i8(table, TENSOR_TYPE, 0);
	const char *name = flatbuffer_string(table, TENSOR_NAME, t->arena);
	struct text shown = { 0 };

	text_add_visible(&shown, name ? name : "", name ? strnlen(name, TFLITE_NAME_LIMIT) : 0);
	tensor->index = index;
	tensor->name = arena_string(t->arena, shown.at ? shown.at : "");
	tensor->stored = name ? name : "";
	text_free(&shown);
	tensor->type = type >= 0 && type < (int64_t)(sizeof types / sizeof *types) ? &types[type] : &unknown_type;
	tensor->declared = read_shape(table);
	tensor->block = 1;
	read_quantisation(tensor, table);
	if (flatbuffer_u8(table, TENSOR_VARIABLE, 0))
		tensor->refused = "it is a variable that lasts from one call to the next, which is not supported";
	if (flatbuffer_sub(table, TENSOR_SPARSITY).at)
		tensor->refused = "it is sparse, which is not supported; convert the model without sparsity";
	if (tensor->declared.rank < 0) tensor->refused = "it has more axes than are supported";
	if (!read_data(t, tensor, table, buffers)) return false;
	if (tensor->constant && has_none(&tensor->declared))
		tensor->refused = "its shape has an axis of size 0, but it has elements";
	return true;
}

static bool read_tensors(struct tflite *t, const struct flatbuffer_table *subgraph,
			 const struct flatbuffer_vector *buffers)
{
	const struct flatbuffer_vector tensors = flatbuffer_vector(subgraph, SUBGRAPH_TENSORS, 4);

	t->tensors = (int)tensors.n; /* of 4 bytes in a file of FILE_LIMIT */
	t->tensor = NEW_ARRAY(t->arena, tensors.n, struct tflite_tensor);
	for (int i = 0; i < t->tensors; i++) {
		const struct flatbuffer_table table = flatbuffer_at(&tensors, i);
		if (!read_tensor(t, i, &table, buffers)) return false;
	}
	return true;
}

/* ---- operators ---------------------------------------------------------------------------------------------------- */

/* Numbers of tensors, each of which there is, or -1 where one may be left out. */
static bool read_ends(struct tflite *t, const struct flatbuffer_vector *from, const char *what, int least, int **to,
		      int *n)
{
	if (from->n > TFLITE_ENDS_LIMIT)
		return refuse(t, "%s: %lld tensors; at most %d are supported", what, (long long)from->n,
			      TFLITE_ENDS_LIMIT);
	*n = (int)from->n;
	*to = NEW_ARRAY(t->arena, from->n, int);
	for (int i = 0; i < *n; i++) {
		const int64_t tensor = flatbuffer_i32_at(from, i);
		if (tensor < least || tensor >= t->tensors)
			return refuse(t, "%s: there is no tensor %lld; the file has %d", what, (long long)tensor,
				      t->tensors);
		(*to)[i] = (int)tensor;
	}
	return true;
}

static bool read_operator(struct tflite *t, struct tflite_operator *op, const struct flatbuffer_table *table,
			  const struct flatbuffer_vector *codes)
{
	const int64_t index = flatbuffer_u32(table, OPERATOR_CODE, 0),
		      options = flatbuffer_u8(table, OPERATOR_OPTIONS_TYPE, 0);
	const struct flatbuffer_vector in = flatbuffer_vector(table, OPERATOR_INPUTS, 4),
				       out = flatbuffer_vector(table, OPERATOR_OUTPUTS, 4);
	struct flatbuffer_table code;
	int64_t builtin;
	const char *what;

	if (index >= codes->n)
		return refuse(t, "operator %d: there is no operator code %lld; the file has %lld", op->index,
			      (long long)index, (long long)codes->n);
	code = flatbuffer_at(codes, index);
	builtin = flatbuffer_i8(&code, CODE_OLD, 0);
	if (flatbuffer_i32(&code, CODE_BUILTIN, 0) > builtin) builtin = flatbuffer_i32(&code, CODE_BUILTIN, 0);
	op->kind = tflite_kind_of(builtin);
	op->shown = op->kind ? op->kind->name : arena_printf(t->arena, "code %lld", (long long)builtin);
	if (builtin == CODE_CUSTOM_OPERATOR) {
		const char *name = flatbuffer_string(&code, CODE_CUSTOM, t->arena);
		op->shown = arena_printf(t->arena, "CUSTOM '%.*s'", TFLITE_NAME_LIMIT, name ? name : "");
	}
	what = arena_printf(t->arena, "operator %d (%s)", op->index, op->shown);
	op->place = (struct place){ .source = t->source, .pointer = what };
	op->options = flatbuffer_sub(table, OPERATOR_OPTIONS);
	if (op->kind && op->kind->options && options && options != op->kind->options)
		return refuse(t, "%s: its options are those of another operator: number %lld of the schema, not %d",
			      what, (long long)options, op->kind->options);
	return read_ends(t, &in, what, -1, &op->in, &op->n_in) && read_ends(t, &out, what, 0, &op->out, &op->n_out);
}

static bool read_operators(struct tflite *t, const struct flatbuffer_table *subgraph,
			   const struct flatbuffer_vector *codes)
{
	const struct flatbuffer_vector ops = flatbuffer_vector(subgraph, SUBGRAPH_OPERATORS, 4);

	if (ops.n > TFLITE_OPERATORS_LIMIT)
		return refuse(t, "the model has %lld operators; at most %d are supported", (long long)ops.n,
			      TFLITE_OPERATORS_LIMIT);
	t->ops = (int)ops.n;
	t->op = NEW_ARRAY(t->arena, ops.n, struct tflite_operator);
	for (int i = 0; i < t->ops; i++) {
		const struct flatbuffer_table table = flatbuffer_at(&ops, i);
		t->op[i].index = i;
		if (!read_operator(t, &t->op[i], &table, codes)) return false;
	}
	return true;
}

/* ---- the model ---------------------------------------------------------------------------------------------------- */

static bool read_subgraph(struct tflite *t, const struct flatbuffer_table *model,
			  const struct flatbuffer_table *subgraph)
{
	const struct flatbuffer_vector buffers = flatbuffer_vector(model, MODEL_BUFFERS, 4),
				       codes = flatbuffer_vector(model, MODEL_CODES, 4),
				       in = flatbuffer_vector(subgraph, SUBGRAPH_INPUTS, 4),
				       out = flatbuffer_vector(subgraph, SUBGRAPH_OUTPUTS, 4);

	return read_tensors(t, subgraph, &buffers) && read_operators(t, subgraph, &codes) &&
	       read_ends(t, &in, "the model's inputs", 0, &t->in, &t->n_in) &&
	       read_ends(t, &out, "the model's outputs", 0, &t->out, &t->n_out);
}

bool tflite_read_model(struct tflite *t, struct flatbuffer *file)
{
	const struct flatbuffer_table model = flatbuffer_root(file);
	const int64_t version = flatbuffer_u32(&model, MODEL_VERSION, 0);
	const struct flatbuffer_vector subgraphs = flatbuffer_vector(&model, MODEL_SUBGRAPHS, 4);
	struct flatbuffer_table subgraph;
	bool right;

	if (!is_whole(t, file)) return false;
	if (version != SCHEMA_VERSION)
		return refuse(t, "the file is of version %lld of TFLite's schema; only version %d is supported",
			      (long long)version, SCHEMA_VERSION);
	if (subgraphs.n != 1)
		return refuse(t, "the model has %lld subgraphs; only models of one are supported (no IF, WHILE, CALL)",
			      (long long)subgraphs.n);
	subgraph = flatbuffer_at(&subgraphs, 0);
	right = read_subgraph(t, &model, &subgraph);
	return is_whole(t, file) && right;
}
