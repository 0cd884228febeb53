/* keras_ops.h: one call of a bare operation while it becomes layers.  Private to keras_op*.c. */
#ifndef CONV1DC_KERAS_OPS_H
#define CONV1DC_KERAS_OPS_H

#include "load/keras.h"

enum { OPERANDS_MOST = 64, OPERATION_NAMES_MOST = 3 };

/* x op c as one of a number c: how it becomes x * scale + offset, or two limits. */
enum form {
	FORM_NONE,
	FORM_ADD,
	FORM_SUBTRACT,
	FORM_REVERSE,
	FORM_MULTIPLY,
	FORM_DIVIDE,
	FORM_QUOTIENT,
	FORM_LEAST,
	FORM_MOST
};

struct operation;
/* Makes the layer of the call, or its layers: op->call->layer, op->call->parts.  false after an error. */
typedef bool operation_function(struct operation *op);

struct operation_row {
	const char *name;                            /* Keras 3's class; NULL: it has none */
	const char *functions[OPERATION_NAMES_MOST]; /* Keras 2's, without "tf." */
	operation_function *make;
	const char *what;      /* the layer or activation that it becomes */
	enum form right, left; /* of binaries: tensor op number, number op tensor */
};

struct operation {
	struct keras *k;
	const struct keras_layer *layer;
	struct keras_call *call;
	const struct json *node, *attributes, *arguments; /* the config of Keras 3; arguments by name; NULL */
	const struct json *spec;                          /* what stands in the brackets of x[...] */
	const struct operation_row *row;
	const char *name; /* as the file spells it */
	struct keras_operand at[OPERANDS_MOST];
	int n;
};

/* The operation itself is not supported. */
bool keras_refuse_operation(struct operation *op);
/* It is, but not so: "the operation 'Mean' over all axes is not supported; ...". */
bool keras_refuse_use(struct operation *op, const struct json *at, const char *what);
/* An argument by one of its names, not null; NULL: absent. */
const struct json *keras_argument(const struct operation *op, const char *name, const char *other);

/* ---- keras_op_layers.c ---- */
/* A layer of that class with the config's text, which is then freed; NULL after an error. */
struct keras_layer *keras_op_made(struct operation *op, const char *class_name, struct text *config);
/* The same as the call's layer; plain: of no config. */
bool keras_op_make(struct operation *op, const char *class_name, struct text *config);
bool keras_op_make_plain(struct operation *op, const char *class_name);
bool keras_op_is_unary(const struct operation *op); /* of one tensor and nothing else */
bool keras_refuse_operands(struct operation *op);

/* ---- the operations: keras_op_layers.c, keras_op_moves.c ---- */
operation_function keras_op_compare, keras_op_fill, keras_op_binary, keras_op_negative, keras_op_power, keras_op_merge,
    keras_op_square, keras_op_rsqrt, keras_op_activation, keras_op_axis, keras_op_plain, keras_op_clip, keras_op_cast,
    keras_op_reduce, keras_op_reshape, keras_op_transpose, keras_op_exchange, keras_op_squeeze, keras_op_pad,
    keras_op_get_item, keras_op_take, keras_op_slice, keras_op_split, keras_op_unstack, keras_op_flip, keras_op_repeat,
    keras_op_tile, keras_op_pool;

#endif
