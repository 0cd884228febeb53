/* load.h: a model file becomes a graph: one file per format.  Every key of every config is accounted for. */
#ifndef CONV1DC_LOAD_H
#define CONV1DC_LOAD_H

#include "eval/eval.h"

/* What a model file is, by its content. */
enum format {
	FORMAT_UNKNOWN,
	FORMAT_KERAS_ARCHIVE,
	FORMAT_HDF5,
	FORMAT_JSON,
	FORMAT_NPZ,
	FORMAT_NPY,
	FORMAT_TFLITE,
	FORMAT_ONNX
};
enum format format_of(const struct bytes *file);
/* By what stands in it: weights, and no model at all. */
bool holds_only_weights(const struct bytes *file);

/* A file that went into the result: for the output's header and for -MD. */
struct input_file {
	const char *path, *name;
	char sha256[SHA256_TEXT];
};
/* Which options said something that the model does not: what they repeat needs no telling when the output is remade. */
struct effects {
	int input_shapes; /* that many of --input-shape, from the first on */
	bool steps, max_steps, keras, init, rounding;
};
struct loaded {
	struct effects effects;
	struct graph
	    *graph; /* shapes of inputs set (--input-shape, --steps, --max-steps applied); infer does the others */
	struct input_file model, weights; /* weights.path NULL: none */
	LIST(struct input_file) others;   /* that went into it besides: samples of quantize */
	const char *made_by;              /* "Keras 3.15.1", "JSON" */
	int keras;                        /* 1, 2, 3; 0: not known */
	struct keras_model *config;       /* the model as its layers, for keras_list_weights() */
};
/* NULL after errors.  options->open_shapes: sizes of inputs that the model leaves open stay so. */
struct loaded *load(const struct options *options, struct arena *arena, struct diag *diag);

/* keras_list.c: what a layer of the model owns, a shared one once. */
struct owned_weight {
	const char *layer; /* "sub/conv": with the models around it */
	const struct weight *weight;
	bool trainable;
};
struct owned_weights {
	LIST(struct owned_weight) list;
};
/* keras_write.c: the config as Keras 3 writes it, of a whole model or of a layer alone. */
struct value *keras_write_config(const struct loaded *loaded, struct arena *arena);

/* What a class computes with, of a node's config: no training, no activation. */
struct value *keras_write_fields(const struct layer *row, const void *config, struct arena *arena);

/* quantised_write.c: a graph whose tensors hold integers, or some of them, as JSON that load() reads (docs/quantise.md).
 * Tensors are numbered: the inputs, then what the nodes make. */
void quantised_write(const struct graph *graph, struct text *out);
/* As load(), of such a text that is no file. */
struct loaded *load_quantised(const struct text *text, const char *name, const struct options *options,
			      struct arena *arena, struct diag *diag);

/* In get_weights() order. */
void keras_list_weights(const struct loaded *loaded, struct owned_weights *out, struct arena *arena);

/* keras_ops.c: a bare operation (a + b, keras.ops.mean) that models may hold: the class of Keras 3 and the functions of
 * TensorFlow behind "tf.", "" where there is none, and the layer or activation that it becomes.  false behind the last. */
bool load_operation(struct arena *arena, int index, const char **keras, const char **functions, const char **becomes);

/* ---- one door each ------------------------------------------------------------------------------------------ */

/* An array as a file holds it, converted to float32, C order. */
struct array {
	const char *name;
	const char *member; /* of an archive: its name there, without .npy; NULL: a file of its own */
	const char *type;   /* of its elements, as NumPy calls it: "float32", "int8" */
	bool real;          /* floats */
	struct shape shape;
	float *f32;
	bool rounded;
	bool integral; /* one integer: 'integer' */
	int64_t integer;
	struct place place;
};
struct arrays {
	LIST(struct array) list;
};

/* tflite.c: a whole model.  NULL after errors. */
struct graph *tflite_load(struct bytes bytes, const char *name, const struct options *options, struct arena *arena,
			  struct diag *diag);

/* npy.c: .npy of any version, float16/32/64 and integers, either byte order, C and Fortran order.  false after an error. */
bool npy_read(struct bytes file, const char *name, struct array *out, struct arena *arena, struct diag *diag);
/* float32, C order, version 1.0. */
void npy_write(struct text *out, const struct shape *shape, const float *at);
/* The same of another type, whose values these are. */
void npy_write_typed(struct text *out, enum type type, const struct shape *shape, const float *at);
/* Integers of a type that holds them. */
void npy_write_integers(struct text *out, enum type type, const struct shape *shape, const int64_t *at);
/* One int64, without axes. */
void npy_write_integer(struct text *out, int64_t integer);

/* array.c */

/* An axis of samples, then those of one sample; axes of size 1 may be more than these, as TFLite has them. */
bool array_fits(const struct array *array, const struct shape *sample);
/* Of tensors that hold integers only those of their very type are taken; an error says how to make such ones. */
bool array_is_of(const struct array *array, const struct tensor *tensor, const char *option, struct diag *diag);

/* archive.c: the only libzip.  Entries in the order of the archive.  NULL after an error. */
struct archive;
struct archive *archive_open(struct bytes file, const char *name, struct arena *arena, struct diag *diag);
void archive_close(struct archive *archive);
int archive_entries(const struct archive *archive);
const char *archive_name(const struct archive *archive, int entry);
int archive_find(const struct archive *archive, const char *name); /* -1: absent */
bool archive_read(struct archive *archive, int entry, struct bytes *out, struct arena *arena, struct diag *diag);

/* Writing: the entries stored in this order, dated 1980-01-01; the same bytes whenever and wherever.  false after an error. */
struct archive_entry {
	const char *name;
	const struct text *content;
};
bool archive_write(struct text *out, const struct archive_entry *entries, int n, struct diag *diag);

/* npz.c: all members of an archive of .npy files, in its order.  false after an error. */
bool npz_read(struct bytes file, const char *name, struct arrays *arrays, struct arena *arena, struct diag *diag);

/* The arrays that the command line names: a .npy file; FILE.npz:MEMBER; FILE.npz: of its members, in order, those whose names
 * start with one of the words (ends in NULL; NULL: there are none), or all where none does.  Their names tell the file.  false after an error. */
bool arrays_named(const char *path, const char *const *words, struct arrays *out, struct arena *arena,
		  struct diag *diag);

/* hdf5.c: the only HDF5. */
struct hdf5;
struct hdf5 *hdf5_open(struct bytes file, const char *name, struct arena *arena, struct diag *diag);
void hdf5_close(struct hdf5 *file);
/* Names of the members of a group in numeric-aware order; NULL: no such group. */
const char *const *hdf5_members(struct hdf5 *file, const char *group, int *n);
bool hdf5_has(struct hdf5 *file, const char *path);
/* Why the object at path, or one on the way to it, is not read; NULL: it is read, or absent. */
const char *hdf5_refusal(struct hdf5 *file, const char *path);
bool hdf5_has_attribute(struct hdf5 *file, const char *object, const char *attribute);
/* NULL: absent, or no text; a string attribute (fixed or variable length). */
const char *hdf5_text_attribute(struct hdf5 *file, const char *object, const char *attribute);
/* A list of strings in an attribute, or in several where it is split (layer_names0, layer_names1, ...).  false: absent.
 * why: NULL, or why it is no such list. */
struct hdf5_names {
	const char **at;
	int n, capacity;
};
bool hdf5_names(struct hdf5 *file, const char *object, const char *attribute, struct hdf5_names *names,
		const char **why);
bool hdf5_read(struct hdf5 *file, const char *dataset, struct array *out, struct diag *diag);

#endif
