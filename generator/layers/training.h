/* training.h: what a model's weights and outputs have for training: initializers, regularizers and constraints.
 *
 * Inference needs none of them.  They draw missing weights (--init), tell losses (summary, run --losses), are checked
 * against the weights, and go back into the canonical config.  docs/initializers.md says what they compute. */
#ifndef CONV1DC_TRAINING_H
#define CONV1DC_TRAINING_H

#include "graph/graph.h"

enum object_role { ROLE_INITIALIZER, ROLE_REGULARIZER, ROLE_CONSTRAINT, ROLE_COUNT };
const char *object_role_name(enum object_role role);   /* "initializer" */
const char *object_role_module(enum object_role role); /* "keras.initializers" */

/* ---- parameters of an object's config ------------------------------------------------------------------------- */

enum parameter_type {
	PARAMETER_REAL,
	PARAMETER_CHOICE,
	PARAMETER_SEED,  /* null, an integer, a SeedGenerator */
	PARAMETER_AXES,  /* an axis, a list of them, null */
	PARAMETER_ARRAY, /* a number, a nested list, NumPy's array */
	PARAMETER_KEPT   /* of any kind; its text is kept */
};
struct object_parameter {
	const char *key, *old_key; /* of older versions of Keras; NULL */
	enum parameter_type type;
	double otherwise; /* REAL; CHOICE: its index; AXES: the axis, NAN: null */
	/* REAL: least value, or the bound that must be exceeded (above); that Keras checks it only from 3 on (late). */
	double least;
	bool above, late;
	bool optional;              /* REAL: null is a value */
	double null;                /* and means this number */
	const char *const *choices; /* ends in NULL */
	bool any_case;
};
/* One value of an object. */
struct parameter {
	double real;             /* REAL */
	int choice;              /* CHOICE */
	bool given;              /* SEED, AXES: not null */
	int64_t seed;            /* SEED */
	int axes;                /* AXES: that many of axis */
	int64_t axis[MAX_RANK];  /* negative ones count from the end */
	struct shape shape;      /* ARRAY */
	const double *array;     /* ARRAY: row-major */
	const struct json *json; /* as the config says it; NULL: the default */
};

/* ---- the tables: initializers.c, regularizers.c, constraints.c ------------------------------------------------- */

struct training_object;
struct random;
/* What a constraint found in one weight. */
struct violation {
	int64_t n, of;     /* so many of so many vectors (or elements) */
	double worst, off; /* the value farthest off, and by how much */
	const char *what;  /* "norms", "values" */
	double low, high;  /* what is right; INFINITY: no bound */
	const char *fault; /* it cannot be told: why; else NULL */
};
struct object_kind {
	enum object_role role;
	const char *name, *snake; /* "GlorotUniform", "glorot_uniform" */
	const char *doc;
	const struct object_parameter *parameters; /* ends in a NULL key; NULL: none */
	/* Initializer: values of a weight of that shape, in row-major order.  NULL, or why it cannot be drawn. */
	const char *(*draw)(const struct training_object *object, const struct shape *shape, struct random *random,
			    float *out);
	/* VarianceScaling's parameters of a class that is one of its cases; NULL: another class. */
	const struct scaling *scaling;
	/* Regularizer: its loss.  additive: the loss of a batch is the sum of its samples' losses. */
	double (*loss)(const struct training_object *object, const struct shape *shape, const double *at);
	bool additive;
	/* Constraint: what is wrong with these values (n 0: nothing). */
	void (*check)(const struct training_object *object, const struct shape *shape, const float *at,
		      struct violation *found);
};
const struct object_kind *object_row(enum object_role role, int index); /* NULL behind the last */
/* By Keras's names: classes, snake names, aliases of all versions.  NULL: not known. */
const struct object_kind *object_find(enum object_role role, const char *name);
/* The nearest name for "did you mean"; NULL. */
const char *object_nearest(enum object_role role, const char *name, struct arena *arena);

/* An initializer, regularizer or constraint as a config says it. */
struct training_object {
	const struct object_kind *kind;    /* NULL: not known here, a class or function of somebody's own */
	const char *name;                  /* as the config calls it */
	const struct parameter *parameter; /* by kind->parameters */
	const struct json *json;           /* as the config has it; NULL: made of defaults */
	struct place place;
};
int object_parameters(const struct object_kind *kind); /* how many */
/* One of the kind with its defaults. */
struct training_object *object_new(struct arena *arena, const struct object_kind *kind);
const struct parameter *object_parameter(const struct training_object *object,
					 const char *key); /* die()s: no such key */
/* "GlorotUniform", "L1L2(l1=0.01, l2=0.02)" for people. */
const char *object_text(struct arena *arena, const struct training_object *object);
/* Keras 3's {"module", "class_name", "config", "registered_name"}; an object that is not known as it stood; NULL: null. */
struct value *object_config(struct arena *arena, const struct training_object *object);

/* ---- what a layer has of them --------------------------------------------------------------------------------- */

enum { MAX_TRAINED_WEIGHTS = 8 };
struct weight_training {
	const char *weight;                               /* its name in layer->weights: "kernel" */
	const char *label;                                /* its name for people: "depthwise_kernel" */
	const struct training_object *object[ROLE_COUNT]; /* NULL: none */
};
/* Of a layer, shared by the nodes of all its calls. */
struct training {
	struct weight_training weight[MAX_TRAINED_WEIGHTS];
	int n;
	const void *layer;                      /* tells the layer of the model, also where it became several nodes */
	const struct training_object *activity; /* regularizer of the outputs; NULL: none */
	bool summed;                            /* Keras 1 and keras-team 2: not divided by the batch size */
};
/* What a FIELD_OBJECT said; NULL: null. */
struct field;
const struct training_object *training_object(const struct training *training, const struct field *field);
/* Of the node's weight of that name; all NULL where nothing was said. */
struct weight_training training_of(const struct node *node, const char *weight);
/* Of one of two nodes that a layer becomes: its kernel under the name "kernel"; the first has the activity regularizer,
 * the second the other weights.  NULL of NULL. */
const struct training *training_part(struct arena *arena, const struct training *training, const char *kernel,
				     bool first);
/* The output that the activity regularizer of the node's layer acts on: that of the last node of this call, behind a softmax
 * or another activation of its own that is a node. */
const struct tensor *training_output(const struct graph *graph, const struct node *node);

/* ---- --init --------------------------------------------------------------------------------------------------- */

/* Values of a weight.  NULL, or why it cannot be drawn.  object NULL: GlorotUniform, as Keras does for None. */
const char *initializer_draw(const struct training_object *object, int64_t seed, const char *layer, const char *weight,
			     const struct shape *shape, float *out);

#endif
