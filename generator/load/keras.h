/* keras.h: from Keras's configs and weights to a graph.  Private to load/.
 *
 * A config is read in two steps: into models, layers and calls (keras_config.c, keras_nodes.c), in which a layer that
 * is called twice stands once, then into a graph with a node for every call (keras_graph.c). */
#ifndef CONV1DC_KERAS_H
#define CONV1DC_KERAS_H

#include "load/load.h"

enum { KERAS_NODES_LIMIT = 100000 }; /* of the graph: nested models that are called often multiply */

/* One load. */
struct keras {
	struct arena *arena;
	struct diag *diag;
	const struct options *options;
	struct graph *graph;
	int version;         /* of the dialect: 1, 2, 3; 0: not known */
	const char *backend; /* that Keras ran on when it wrote the model: "theano"; NULL: not said */
	int guessed;         /* what version is without --keras */
	struct effects effects;
	LIST(const char *) policies; /* dtype policies that were warned of */
	int unnamed;                 /* layers without a name so far */
	bool sums_activity;          /* a version before activity losses were divided by the batch size */
};

/* An output of a call of a layer of the same model. */
struct keras_ref {
	const char *layer;
	int64_t call, output;
	const struct json *at;
	const char *key; /* where tensors are given by name, as {"left": .., "right": ..}; else NULL */
};

/* What stands at a place of a bare operation: a tensor of the model (at: its history), or a number or list of numbers. */
struct keras_operand {
	bool tensor;
	const struct json *at;
};

/* One call of a layer. */
struct keras_call {
	struct keras_layer *layer; /* whose node it makes; a bare operation has one of its own per call */
	LIST(struct keras_ref) in;
	LIST(struct keras_ref) masks;     /* of the inputs, given as an argument; layer NULL: none of that input */
	LIST(struct keras_layer *) parts; /* of an operation with several outputs: one each */
	const struct json *at;
	LIST(struct keras_operand) operands; /* of a bare operation */
	struct tensor **out;                 /* of the graph, where the model around it is first built */
};

enum keras_kind { KERAS_INPUT, KERAS_LAYER, KERAS_MODEL };

/* A layer of a model's config: stands once, is called any number of times. */
struct keras_layer {
	enum keras_kind kind;
	const struct json *at; /* {"class_name", "config", ...}, or a bare config */
	const struct json *config_json;
	const char *name, *class_name;
	bool trainable;
	int keras;               /* the version whose meaning it has */
	const struct layer *row; /* KERAS_LAYER, KERAS_INPUT */
	void *config;
	struct activation activation; /* applied by the node itself */
	struct training *training;    /* KERAS_LAYER, KERAS_INPUT */
	struct keras_layer *behind;   /* an activation that is a layer: softmax, LeakyReLU(...); NULL: none */
	struct keras_model *model;    /* KERAS_MODEL */
	struct keras_layer *wrapped;  /* TimeDistributed: what works on every step; NULL: another layer */
	bool bare;                    /* its config holds what the class computes with and no more: quantised.c */
	bool operation;               /* a bare operation: a + b, keras.ops; the file keeps no weights of it */
	LIST(struct keras_call) calls;
	LIST(struct node *) nodes;    /* of the graph, one a call */
	int first_call;               /* number of the first call in refs: 1 for Keras 2's nested models */
	struct shape shape;           /* KERAS_INPUT: a sample's; rank -1: not said */
	int index;                    /* in its model's layers */
	const struct weight **weight; /* its own, in get_weights() order */
	int n_weight;
	bool listed; /* KERAS_INPUT: among the model's inputs */
};

struct keras_model {
	const char *name;
	const struct json *at;
	LIST(struct keras_layer *) layers;      /* the config's order, which weights follow */
	struct keras_layer **by_name;           /* sorted */
	LIST(struct keras_ref) inputs, outputs; /* Keras's order: lists laid open, names sorted */
	bool functional;                        /* not a Sequential */
	bool single;                            /* the config is a layer's alone; the input before it is ours */
};

/* ---- keras_config.c ---- */
/* The whole text of a model: any dialect.  NULL after errors. */
struct keras_model *keras_read_model(struct keras *k, const struct json *root, const char *name);
/* One layer object; NULL after an error. */
struct keras_layer *keras_read_layer(struct keras *k, const struct json *at);
/* A layer of class row with defaults but for what config (may be NULL) says. */
struct keras_layer *keras_make_layer(struct keras *k, const struct layer *row, const struct json *config,
				     const char *name);
struct keras_layer *keras_find_layer(const struct keras_model *model, const char *name); /* NULL */
/* Warns of keys of an object that are in none of the tables (each ends in NULL). */
void keras_unknown_keys(struct keras *k, const struct json *object, const char *const *known, const char *what);
struct place keras_place(struct keras *k, const struct json *at, const char *layer);
/* (None, 128, 3) of a config as a sample's shape; false: it is no such list, reported. */
bool keras_sample_shape(struct keras *k, const struct json *list, struct shape *shape);

/* A class of somebody's program: what it is called there; NULL: Keras's own. */
const char *keras_custom_class(const struct json *at);
/* "MaxPooling1D" -> "max_pooling1d": the names in weights files. */
const char *keras_snake(struct arena *arena, const char *class_name);

/* ---- keras_version.c ---- */
/* 1, 2, 3 by a text like "3.15.1", "2.2.4-tf"; 0. */
int keras_version_of(const char *text);
/* Whether that version of Keras, text or NULL, does not divide losses of outputs by the batch size: keras-team's up to 2.3;
 * 2.4 is tf.keras. */
bool keras_sums_activity(const char *text, int version);
/* By the keys of a config; 0: they do not tell. */
int keras_guess_version(const struct json *root);

/* ---- keras_old.c ---- */
/* The config of a layer of class row in today's keys and values; places in the file stay.  NULL after an error. */
const struct json *keras_config_now(struct keras *k, const struct layer *row, const struct json *config,
				    const char *layer);
/* What an old key of the class is called now; NULL: it is none. */
const char *keras_key_now(const struct layer *row, const char *old);
/* Keras 1's Merge: the class that its mode is now; *config becomes that class's.  NULL after an error. */
const char *keras_merge_now(struct keras *k, const struct json **config, const char *layer);
/* An array that a file of Keras 1 or of Theano holds, in today's order of axes and taps; others stay. */
void keras_old_weight(struct keras *k, const struct keras_layer *layer, const struct weight_spec *spec,
		      struct array *array);

/* ---- keras_fields.c ---- */
/* Reads a layer's config by its row's fields into layer->config, activation and behind.  false after errors. */
bool keras_read_fields(struct keras *k, struct keras_layer *layer, const struct json *config);
/* What is in the config of a bare layer: no training, no activation, no other layer. */
bool keras_field_is_bare(const struct field *field);
/* A dtype or policy: warned of or refused where it is not float32. */
bool keras_read_dtype(struct keras *k, const struct json *dtype, const char *layer);

/* ---- keras_training.c ---- */
struct training *keras_new_training(struct keras *k);
/* The value of a FIELD_OBJECT or FIELD_PENALTY: goes to layer->training.  false after errors. */
bool keras_read_object(struct keras *k, struct keras_layer *layer, const struct field *field, const struct json *at);
bool keras_read_penalty(struct keras *k, struct keras_layer *layer, const struct field *field, const struct json *at);

/* ---- keras_activation.c ---- */
/* The name by which only older versions of Keras know an activation; NULL: Keras 3 knows it. */
const char *keras_older_name(const struct activation_kind *kind);
/* Whose classes and functions have the meaning of Keras 2, in a config of Keras 3. */
#define KERAS2_LAYERS    "tf_keras.layers"
#define KERAS2_FUNCTIONS "tf_keras.activations"
/* A name or object: goes to layer->activation or layer->behind. */
bool keras_read_activation(struct keras *k, struct keras_layer *layer, const struct json *value);

/* ---- keras_nodes.c ---- */
/* inbound_nodes of a layer of a functional model. */
bool keras_read_calls(struct keras *k, struct keras_layer *layer, const struct json *nodes);
/* input_layers or output_layers. */
bool keras_read_ends(struct keras *k, const struct json *ends, struct keras_model *model, bool outputs);

/* ---- keras_wrapper.c ---- */
/* The layer or model within a wrapper, its config's 'layer'.  false after an error. */
bool keras_read_wrapped(struct keras *k, struct keras_layer *wrapper, const struct json *at);
/* The model that the layer is or wraps; NULL: none. */
struct keras_model *keras_inner_model(const struct keras_layer *layer);
/* The node in front of what is wrapped, or behind it. */
struct tensor *keras_add_boundary(struct keras *k, struct keras_layer *wrapper, const char *name, struct tensor *in,
				  bool ends, bool implied);

/* ---- keras_ops.c ---- */
/* Keras 3's class of an operation of Keras 2 that has no arguments but operands, by the wrapper; NULL: another. */
const char *keras_operation_now(const struct json *at);
/* The arguments of a call of Keras 2 that are no operands, from 0 on; NULL behind the last. */
const struct json *keras_operation_argument(const struct json *call, int index);
/* Is it a bare operation of Keras 3 (module keras.src.ops) or Keras 2 (TFOpLambda)? */
bool keras_is_operation(const struct json *at);
/* The layer that one call of a bare operation is; tensors go to call->in.  false after an error. */
bool keras_read_operation(struct keras *k, const struct keras_layer *layer, const struct json *node,
			  struct keras_call *call);

/* ---- keras_graph.c ---- */
/* Nodes for all calls.  false after errors. */
bool keras_build_graph(struct keras *k, struct keras_model *model);

/* ---- keras_inputs.c ---- */
/* Shapes of the model's inputs from config, --input-shape and --steps, and of all other tensors.  false after errors:
 * weights are not judged then. */
bool keras_set_input_shapes(struct keras *k, struct keras_model *model);

/* ---- keras_slots.c ---- */
/* A layer or model around a weight, from the inside out. */
struct keras_scope {
	const char *name;
	const struct keras_scope *around;
};
/* A weight that the model wants; those of one layer follow each other, in get_weights() order. */
struct keras_slot {
	struct keras_layer *layer; /* whose it is */
	struct weight_spec spec;
	bool trainable; /* and all that is around it */
	const struct keras_scope *scope;
	bool late; /* of an activation that is a layer, and starts the same in every model: see keras_start_late() */
	const struct keras_layer *wrapper; /* the outermost TimeDistributed around it; NULL: none */
};
struct keras_slots {
	struct keras_slot *at;
	int n, capacity;
};
struct keras_slots keras_own_slots(struct keras *k, struct keras_layer *layer); /* not those of layers within it */
struct keras_slots keras_layer_slots(struct keras *k, struct keras_layer *layer);
struct keras_slots keras_model_slots(struct keras *k, struct keras_model *model);
/* Keras 3 makes the weights of an activation that is a layer when it is first called: the files of a model that was not
 * called yet have none of them, and they start as its initializer says.  How many there are; takes them out of slots and
 * starts them. */
int keras_late(const struct keras_slots *slots);
void keras_start_late(struct keras *k, struct keras_slots *slots);
bool keras_fits(const struct keras_slot *slot, const struct array *array);
/* One array a slot, in their order, to the nodes of their layers.  false after errors. */
bool keras_give(struct keras *k, const struct keras_slots *slots, struct array *arrays);
/* Whether weights that are missing are drawn (--init), which they are from then on: their arrays have no f32. */
bool keras_draws(struct keras *k);
bool keras_give_none(struct keras *k, struct keras_model *model); /* all are; false: they are not */

/* ---- keras_match.c ---- */
/* As many arrays as slots, in any order: sorts them into out by their names, else takes them as all trainable weights and
 * then the others, or as get_weights(). */
void keras_match(struct keras *k, const struct keras_slots *slots, const struct array *arrays, struct array *out);
/* Whose name agrees most with an array's, of those that are not taken; the first of equals in order (NULL: theirs); -1. */
int keras_best_slot(const struct keras_slots *slots, const int *order, const bool *taken, const char *name);

/* ---- keras_weights.c ---- */
/* From the members of .npz in order (get_weights()); what: "weights.npz". */
bool keras_weights_by_order(struct keras *k, struct keras_model *model, const struct arrays *arrays, const char *what);

/* ---- weights_json.c ---- */
bool keras_weights_by_json(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name);

/* ---- keras_weight_paths.c ---- */
/* From model.weights.h5 and .weights.h5; named: the names beside the weights must be those of the layers. */
bool keras_weights_by_path(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source,
			   bool named);
bool keras_has_paths(struct hdf5 *file); /* Is it such a file? */

/* ---- keras_legacy_weights.c ---- */
/* From the tree of layer_names and weight_names in group. */
bool keras_weights_by_layer(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source,
			    const char *group);
const char *
keras_legacy_group(struct hdf5 *file); /* where that tree stands: "", "/model_weights"; NULL: no such file */

/* ---- keras_weights_file.c ---- */
/* Those inside the model's file: nobody asked for others or for none. */
bool keras_reads_own_weights(const struct keras *k);
/* Of the file that the command line names for weights; as set_weights(). */
bool keras_load_weights(struct keras *k, struct keras_model *model, struct loaded *loaded);

/* ---- keras_archive.c ---- */
bool keras_load_archive(struct keras *k, struct bytes file, const char *name, struct loaded *loaded);

/* ---- keras_h5.c ---- */
bool keras_load_h5(struct keras *k, struct bytes file, const char *name, struct loaded *loaded);

/* ---- quantised.c ---- */
#define QUANTISED_FORMAT "conv1dc quantised model 1"
bool quantised_is(const struct json *root);
/* The model of a JSON in quantised_write()'s form, into k->graph.  false after errors. */
bool quantised_read(struct keras *k, const struct json *root);

/* ---- load.c ---- */
bool load_input(struct keras *k, const char *path, struct input_file *input, struct bytes *bytes);
bool load_refuse(struct keras *k, const char *name, const char *what); /* always false */

#endif
