/* graph.h: a model as tensors and nodes, the form that every pass reads and writes.
 *
 * Shapes leave the batch axis out: one sample.  Axes stand in the model's own order. */
#ifndef CONV1DC_GRAPH_H
#define CONV1DC_GRAPH_H

#include "base/base.h"

enum { MAX_RANK = 6, MAX_ACTIVATION_PARAMETERS = 4 };
enum { UNKNOWN_SIZE = -1 };                /* Keras's None */
#define MAX_ELEMENTS ((int64_t)0x7fffffff) /* of one tensor: emitted code indexes with int */

enum type { TYPE_F32, TYPE_I8, TYPE_U8, TYPE_I16, TYPE_I32, TYPE_I64 };
enum { TYPES = TYPE_I64 + 1 };
int type_bytes(enum type type);
const char *type_name(enum type type);   /* "float32" */
const char *type_c_name(enum type type); /* "float", "int8_t" */

/* typed.c: n values to and from the bytes of a type, in this machine's order; an integer must be one of the type's. */
void type_store(enum type type, void *bytes, const float *values, int64_t n);
void type_load(enum type type, float *values, const void *bytes, int64_t n);

struct shape {
	int rank;
	int64_t at[MAX_RANK];
};
struct shape shape_of(int rank, ...); /* int64_t each */
bool shape_equal(const struct shape *a, const struct shape *b);
bool shape_known(const struct shape *shape);
/* Product of the sizes, 1 for rank 0; -1 where one is unknown; MAX_ELEMENTS + 1 where it is larger than that. */
int64_t shape_elements(const struct shape *shape);
/* "(187, 1)", "(None, 3)", "(5,)" in the arena. */
const char *shape_text(struct arena *arena, const struct shape *shape);

/* A quantised tensor's real numbers: scale * (integer - zero_point).  Tensors have one scale for all; weights one, or one a
 * filter (n of them, in the order of the outputs). */
struct quantisation {
	int n;
	const float *scale;
	const int32_t *zero_point; /* of weights too, though weight->integers are without it */
};
/* How the product of an accumulator and its scale is rounded (docs/integers.md): as TFLite's reference kernels do it, twice;
 * as its optimised kernels do, once. */
enum rounding { ROUNDING_DOUBLE, ROUNDING_SINGLE };

struct tensor {
	int id;                  /* index in graph->tensors */
	const char *name;        /* for people: the layer that makes it, or the input's name */
	const char *stored_name; /* what the model's file calls it; NULL: nothing */
	enum type type;
	struct shape shape; /* what layers see: one run's */
	struct shape times; /* axes in front of it, over which layers are repeated (TimeDistributed); rank 0: none */
	const struct quantisation *quantisation; /* NULL for float */
	struct node *from;                       /* NULL for a graph input */
	int from_index;                          /* which output of from */
	int meaning;                             /* id of the tensor of the unmodified graph with the same value */
	struct tensor *mask; /* which of its steps count: 1, or 0, after infer(); NULL: all.  Ask mask_of() */
	/* --max-steps: the axis whose size is known only when the model runs, -1: none, and that size as an id of
	 * graph->lengths; shape holds the largest. */
	int open_axis, length;
	int open_time; /* the same among the axes of times; -1: none.  One of the two at most. */
};

/* A constant that a layer owns; several nodes may share one (shared layers). */
struct weight {
	const char *name; /* "kernel", "bias", "gamma", ... */
	enum type type;
	struct shape shape; /* no batch axis: all axes */
	const float *f32;   /* row-major, TYPE_F32 */
	struct place place; /* where it came from */
	const double *f64;  /* what f32 was rounded from (folded weights); NULL: f32 is what the model says */
	/* Quantised weights: what is stored, minus its zero point; type is the stored type, f64 the real numbers exactly
	 * (scale * integer), f32 these rounded.  NULL: none. */
	const int64_t *integers;
	const struct quantisation *quantisation;
	bool integral; /* f32[0] is a count, exactly 'integer', that no layer computes with */
	int64_t integer;
};

/* An element-wise function applied to what a node computes.  kind NULL is linear.
 * activation_kind is layers/'s table row: graph/ only carries it. */
struct activation_kind;
struct activation {
	const struct activation_kind *kind;
	double parameter[MAX_ACTIVATION_PARAMETERS];
};

/* A number of steps that is known only when the model runs: a graph input's, or
 * (sum of times * other lengths + add) / divisor, rounded down.  Equal lengths have one id. */
struct length_term {
	int of; /* id of a length that is an input's or a quotient */
	int64_t times;
};
struct length {
	int input;                      /* index in graph->inputs, -1: */
	const struct length_term *term; /* by id */
	int terms;
	int64_t add, divisor; /* divisor > 1: 0 <= add < divisor */
	int64_t most;         /* where every input has its largest */
	const char *of;       /* the layer, or input, whose steps it is first */
};
/* Two lengths that must be equal when the model runs: of a merge's inputs. */
struct equal_lengths {
	int a, b;
	const char *of; /* the layer that needs it */
};

struct layer; /* layers/'s table row */
struct training;
struct node {
	int id; /* index in graph->nodes */
	const struct layer *layer;
	const char *name;               /* the model's name of the layer, untouched text */
	const char *class_name;         /* as the model spells it: "Convolution1D" */
	const void *config;             /* layer->config_bytes, read by the layer's field table */
	const struct json *config_json; /* the object that config was read from, for places of faults; NULL: none */
	struct activation activation;   /* applied last, to every element */
	struct tensor **in, **out;
	int n_in, n_out;
	struct tensor *mask_given;    /* instead of in[0]'s mask: the call says so; NULL: it does not */
	bool operation;               /* a bare operation: masks end there */
	const struct weight **weight; /* in get_weights() order; see layer->weights */
	int n_weight;
	const struct training *training; /* layers/training.h; NULL: nothing is known */
	bool trainable;
	enum rounding rounding; /* of nodes that compute with integers */
	int keras;              /* the version whose meaning it has: 1, 2, 3; 0: not known, which is 3's */
	/* The node is one as node_by_rows() makes it, of which a call makes so many rows of the output as a rule; 0: each
	 * call makes the whole output. */
	int64_t piece;
	bool
	    sums; /* the node is one as node_by_sums() makes it, whose output comes of rows that are given call by call */
	/* A second node of one layer of the model: softmax behind a Conv1D with activation="softmax". */
	bool implied;
	struct place place;
};

struct graph {
	struct arena *arena;
	const char *name;          /* the model's own name */
	LIST(struct node *) nodes; /* topological order, as the model lists its layers where that is one */
	LIST(struct tensor *) tensors;
	LIST(struct tensor *) inputs, outputs; /* the model's order */
	bool weightless;                       /* the weights were not read, and are not missed */
	bool init;                             /* weights that are NULL are drawn when shapes are known */
	int64_t init_seed;
	LIST(struct length) lengths; /* --max-steps; empty: every size is known */
	LIST(struct equal_lengths) equal_lengths;
	const struct graph *origin; /* tensor->meaning counts there; NULL: this is the unmodified graph */
};

/* Holds integers, as its type says. */
bool tensor_is_integer(const struct tensor *tensor);
/* Computes with integers: a tensor that it reads or writes holds some, or its weights are quantised (hybrid). */
bool node_is_integer(const struct node *node);
int64_t tensor_times(const struct tensor *tensor);      /* product of times: 1 for most */
int64_t tensor_elements(const struct tensor *tensor);   /* all of them; as shape_elements() */
struct shape tensor_shape(const struct tensor *tensor); /* all axes; of more than MAX_RANK the first */
int tensor_open_axis(const struct tensor *tensor);      /* of these; -1: none */

/* graph.c: build */
struct graph *graph_new(struct arena *arena, const char *name);
struct tensor *graph_tensor(struct graph *graph, const char *name); /* float32, rank 0, made by nobody */
struct node *graph_node(struct graph *graph, const struct layer *layer, const char *name);
void graph_connect(struct graph *graph, struct node *node, struct tensor *const *in, int n_in,
		   int n_out); /* makes the outs */
/* A deep copy of nodes and tensors whose tensors' meaning is the copied graph's ids; configs and weights are shared. */
struct graph *graph_copy(struct arena *arena, const struct graph *graph);
/* The mask of a node's input k, as Keras gives it to the layer: one element for every step, 1 or 0; NULL: none. */
struct tensor *mask_of_input(const struct node *node, int k);
/* The mask that goes with a tensor: the input's mask of those who read it; NULL: none.  (get_output_mask_at of the node
 * that makes it.) */
struct tensor *mask_of(const struct tensor *tensor);
/* Puts a node, which is the last one, at a place in the order. */
void graph_move(struct graph *graph, struct node *node, int at);
/* How many nodes read the tensor (each input counted) plus how often it is an output of the graph. */
int graph_uses(const struct graph *graph, const struct tensor *tensor);
/* Readers of from read to instead; outputs of the graph likewise. */
void graph_replace(struct graph *graph, const struct tensor *from, struct tensor *to);
void graph_remove(struct graph *graph, struct node *node);                   /* its outs must have no uses */
const struct weight *node_weight(const struct node *node, const char *name); /* NULL: the layer has none of that name */

/* length.c: lengths that are known only when the model runs. */

/* The steps of an input: an id. */
int length_of_input(struct graph *graph, int input);
/* (sum of times * lengths + add) / divisor, rounded down: an id; of: the layer whose steps it is.  -1: it is larger than
 * an int of the emitted code holds. */
int length_make(struct graph *graph, const struct length_term *term, int terms, int64_t add, int64_t divisor,
		const char *of);
/* (length + add) / divisor. */
int length_quotient(struct graph *graph, int length, int64_t add, int64_t divisor, const char *of);
/* a and b must be equal; nothing to say where they always are. */
void length_equal(struct graph *graph, int a, int b, const char *of);
/* Its value where graph input i has steps[i] steps (of inputs without a variable number: ignored). */
int64_t length_at(const struct graph *graph, int length, const int64_t *steps);
/* Whether the model takes these steps: every length is 1 or more and those that must be equal are. */
bool lengths_fit(const struct graph *graph, const int64_t *steps);
/* Fewer steps of that input never fit, whatever the others have. */
int64_t lengths_least(const struct graph *graph, int input);
/* Of several inputs with a variable number of steps; 0: there is none. */
int graph_open_inputs(const struct graph *graph);
/* The tensor where its open axis is one of [first, end), else NULL. */
const struct tensor *open_between(const struct tensor *tensor, int first, int end);
/* "(187, 1)", or "(None<=187, 1)" where steps are known only at run time. */
const char *tensor_shape_text(struct arena *arena, const struct tensor *tensor);
/* print.c: "'a', 'b'" */
const char *tensor_names(struct arena *arena, struct tensor *const *tensors, int n);

/* check.c: ids, connections, order, shapes; die() where one is broken.  After every pass in tests and with -d. */
void graph_check(const struct graph *graph);

/* print.c: one line a node: id, layer, name, in and out ids with shapes, activation, weights. */
void graph_print(const struct graph *graph, struct text *out);

#endif
