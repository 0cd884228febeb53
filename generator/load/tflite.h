/* tflite.h: from a .tflite file to a graph.  Private to load/.
 *
 * First the file is read into tensors and operators (tflite_model.c), then one function for each kind of operator, named in
 * tflite_operators.def, makes nodes.  Shapes in the file count the batch axis, and are not to be trusted where the converter
 * did not know them: what each operator gives is worked out anew.  The graph's tensors hold the same elements in the same
 * order with axes of their own: mostly (steps, channels), whatever axes of size 1 the file has, so that operators that only
 * change a shape make no node. */
#ifndef CONV1DC_TFLITE_H
#define CONV1DC_TFLITE_H

#include "load/flatbuffer.h"
#include "load/load.h"

enum {
	TFLITE_OPERATORS_LIMIT = 20000,
	TFLITE_ENDS_LIMIT = 1000,         /* inputs or outputs of one operator, or of the graph */
	TFLITE_CONSTANTS_LIMIT = 1 << 24, /* elements of a constant that is computed here */
	TFLITE_NAME_LIMIT = 200
};

/* A type of the schema; 'type' where a tensor of the graph may have it. */
struct tflite_type {
	const char *name;
	int64_t bytes; /* 0: not read */
	bool held;     /* by tensors of the graph */
	enum type type;
};

/* A weight of this name and shape whose element (i, j, ..) is the constant's element first + i * step[0] + j * step[1] ..;
 * filters: where its quantisation goes along the outputs, filter of element n is n / inner % filters. */
struct tflite_weight {
	const char *name;
	struct shape shape;
	int64_t first, step[MAX_RANK];
	int64_t filters, inner;
	int axis; /* of the constant, that the outputs lie along */
};
struct tflite_tensor {
	int index;
	const char *name;   /* to be shown: cut, where it is long */
	const char *stored; /* whole */
	const struct tflite_type *type;
	struct shape declared; /* UNKNOWN_SIZE where the file does not know; rank -1: too many axes */
	const char *refused;   /* why no operator can read it; NULL: it can */
	struct flatbuffer_vector scale, zero_point;
	int64_t axis;      /* that these belong to, where there are several */
	bool constant;     /* its elements are in the file or were computed: */
	struct bytes data; /* as in the file; n 0: */
	const double *numbers;
	/* The weight that was last made of it, and how: operators may share one. */
	const struct weight *weight;
	struct tflite_weight how;
	/* While the graph is built: */
	bool known;           /* shape, and value or numbers, hold */
	bool failed;          /* the operator that gives it is wrong, which was said */
	struct shape shape;   /* batch axis counted */
	struct tensor *value; /* NULL: a constant that no node holds yet */
	/* The value holds the steps as they were before SPACE_TO_BATCH_ND dealt them out to so many batches; 1: it did not. */
	int64_t block;
};

struct tflite_operator;
struct tflite;
typedef bool tflite_make(struct tflite *t, const struct tflite_operator *op);
/* A row of tflite_operators.def. */
struct tflite_kind {
	int code;
	const char *name;
	tflite_make *make; /* NULL: not supported */
	int options;       /* which of the union; 0: it has none */
	int least_in, most_in;
	const char *word; /* what make() asks: a class, an activation */
	bool moves;       /* serves constants of any type */
	bool raw;         /* reads quantised constants itself */
	bool weighs;      /* has weights: the layer's name is its own */
};

struct tflite_operator {
	int index;
	const struct tflite_kind *kind; /* NULL: no such code */
	const char *shown;              /* "CONV_2D", "CUSTOM 'Foo'" */
	const char *name;               /* the layer's, unique */
	int *in, *out, n_in, n_out;     /* tensors; -1: left out */
	struct flatbuffer_table options;
	struct place place;
};

/* One load. */
struct tflite {
	struct arena *arena;
	struct diag *diag;
	struct graph *graph;
	const struct options *options;
	struct source *source;
	struct flatbuffer *file;
	struct tflite_tensor *tensor;
	struct tflite_operator *op;
	int tensors, ops, *in, n_in, *out, n_out;
	bool computing;                  /* constants alone: all are plain numbers, of no type */
	int nodes_made;                  /* by the operator: the next ones are implied */
	LIST(struct node *) passed_over; /* which another took the work of: they go if nobody reads them */
};

/* ---- tflite_model.c ---- */
/* Tensors and operators.  false after errors. */
bool tflite_read_model(struct tflite *t, struct flatbuffer *file);
/* The table's row of a code; NULL. */
const struct tflite_kind *tflite_kind_of(int64_t code);

/* ---- tflite_names.c ---- */
void tflite_name_operators(struct tflite *t);
/* A readable part of a tensor's name: "conv1d_3" of "model/conv1d_3/BiasAdd;model/conv1d_3/Conv1D"; NULL: there is none. */
const char *tflite_layer_name(struct arena *arena, const char *name);

/* ---- tflite_nodes.c: what the functions that make nodes share ---- */
/* A fault of the operator.  Gives false. */
bool tflite_error(struct tflite *t, const struct tflite_operator *op, const char *format, ...) PRINTF_LIKE(3, 4);
/* Input k; NULL: left out. */
struct tflite_tensor *tflite_in(struct tflite *t, const struct tflite_operator *op, int k);
struct tflite_tensor *tflite_out(struct tflite *t, const struct tflite_operator *op, int k);
/* Input k as a tensor of the graph; of a constant, a node that holds it.  NULL after an error. */
struct tensor *tflite_value(struct tflite *t, const struct tflite_operator *op, int k);
/* The same seen with this shape, of as many elements. */
struct tensor *tflite_shaped(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
			     struct shape shape);
/* A node of a class, with its shapes inferred; the output is of the type that 'like' has.  The node, NULL after an error. */
struct node *tflite_node(struct tflite *t, const struct tflite_operator *op, const char *class_name, const void *config,
			 struct tensor *const *in, int n_in, const struct tflite_tensor *like);
/* The same of one input, as its output; in NULL: an error was before. */
struct tensor *tflite_apply(struct tflite *t, const struct tflite_operator *op, const char *class_name,
			    const void *config, struct tensor *in, const struct tflite_tensor *like);
/* A fused activation, by its number in the schema. */
struct tensor *tflite_fuse(struct tflite *t, const struct tflite_operator *op, struct node *node, int64_t activation);
/* The shape of a tensor, worked out, which the file's must agree with.  false after an error. */
bool tflite_declare(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *out, struct shape shape);
/* Output k is this value, with this shape in the file's axes.  false after an error; value NULL: there was one. */
bool tflite_give(struct tflite *t, const struct tflite_operator *op, int k, struct tensor *value, struct shape shape);
/* The type and quantisation of a tensor of the graph.  false after an error. */
bool tflite_set_type(struct tflite *t, const struct tflite_operator *op, struct tensor *tensor,
		     const struct tflite_tensor *like);
/* Quantised as the other is. */
bool tflite_same_type(const struct tflite_tensor *a, const struct tflite_tensor *b);
/* Only the axes of a shape that are larger than 1 or in 'keep' (bits); axis[] gives their new place, -1: gone. */
struct shape tflite_squeezed(const struct shape *shape, unsigned keep, int axis[MAX_RANK]);
/* An axis as the file says it, negative ones from the end; -1 after an error. */
int tflite_axis(struct tflite *t, const struct tflite_operator *op, int64_t axis, int rank);

/* ---- tflite_slices.c, tflite_edges.c ---- */
/* Of each axis: from where, how many, in which steps. */
struct tflite_cut {
	int64_t first[MAX_RANK], count[MAX_RANK], step[MAX_RANK];
};
/* The value cut along its own axes, or itself.  NULL after an error. */
struct tensor *tflite_cut(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
			  const struct tflite_cut *cut, const struct tflite_tensor *like);

/* Along an axis of the value the elements that the list names.  NULL after an error. */
struct tensor *tflite_gathered(struct tflite *t, const struct tflite_operator *op, struct tensor *value, int axis,
			       const int64_t *index, int64_t n, const struct tflite_tensor *like);

/* ---- tflite_constants.c ---- */
/* The elements of a constant: integers as they are stored.  NULL after an error. */
const double *tflite_numbers(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *tensor);
/* Input k as n integers (n -1: any number, which it sets).  NULL after an error. */
const int64_t *tflite_integers(struct tflite *t, const struct tflite_operator *op, int k, int64_t *n);
/* A node of the values' own shape that holds n times one number, of like's type. */
struct tensor *tflite_fill(struct tflite *t, const struct tflite_operator *op, double number, struct shape shape,
			   const struct tflite_tensor *like);
/* A node that holds the constant. */
struct tensor *tflite_constant(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *tensor);
/* All that the operator reads is known now: computes what it gives.  false after an error. */
bool tflite_compute(struct tflite *t, const struct tflite_operator *op);

/* ---- tflite_weights.c ---- */
const struct weight *tflite_weight(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *from,
				   const struct tflite_weight *how);
/* The bias of a sum of in and kernel, by output; NULL after an error. */
const struct weight *tflite_bias(struct tflite *t, const struct tflite_operator *op, struct tflite_tensor *from,
				 int64_t filters, const struct tensor *in, const struct weight *kernel);

/* ---- the rest: one function for each kind of operator ---- */
#define OPERATOR(code, name, options, least, most, flags, make, word) tflite_make make;
#define REFUSED(code, name)
#include "load/tflite_operators.def"
#undef OPERATOR
#undef REFUSED

#endif
