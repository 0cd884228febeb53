/* family.h: what the family files of this room share.  Private to layers/. */
#ifndef CONV1DC_FAMILY_H
#define CONV1DC_FAMILY_H

#include "layers/layers.h"

#include <math.h>

/* ---- field tables ---------------------------------------------------------------------------------------- */

#define LARGEST ((int64_t)0x7fffffff) /* of any size in a config */

#define INT_FIELD(k, config, member, low, absent, text)                                                                \
	{                                                                                                              \
		.key = k, .type = FIELD_INT, .offset = offsetof(struct config, member), .least = (low),                \
		.most = LARGEST, .otherwise = absent, .doc = text                                                      \
	}
#define INT1_FIELD(k, config, member, low, absent, text)                                                               \
	{                                                                                                              \
		.key = k, .type = FIELD_INT1, .offset = offsetof(struct config, member), .least = (low),               \
		.most = LARGEST, .otherwise = absent, .doc = text                                                      \
	}
#define PAIR_FIELD(k, config, member, low, absent, text)                                                               \
	{                                                                                                              \
		.key = k, .type = FIELD_PAIR, .offset = offsetof(struct config, member), .least = (low),               \
		.most = LARGEST, .otherwise = absent, .doc = text                                                      \
	}
#define TYPED_FIELD(k, t, config, member, absent, text)                                                                \
	{                                                                                                              \
		.key = k, .type = t, .offset = offsetof(struct config, member), .otherwise = absent, .doc = text       \
	}
#define CHOICE_FIELD(k, config, member, list, any, absent, text)                                                       \
	{                                                                                                              \
		.key = k, .type = FIELD_CHOICE, .offset = offsetof(struct config, member), .choices = list,            \
		.any_case = any, .otherwise = absent, .doc = text                                                      \
	}
#define ACTIVATION_FIELD                                                                                               \
	{                                                                                                              \
		.key = "activation", .type = FIELD_ACTIVATION, .otherwise = "null",                                    \
		.doc = "applied to every output element"                                                               \
	}
#define IGNORED_FIELD(k, text)                                                                                         \
	{                                                                                                              \
		.key = k, .type = FIELD_IGNORED, .otherwise = "null", .doc = text                                      \
	}
/* As IGNORED_FIELD, of a key that Keras 3 does not know or that says nothing of the saved weights. */
#define OLD_FIELD(k, text)                                                                                             \
	{                                                                                                              \
		.key = k, .type = FIELD_IGNORED, .otherwise = "null", .doc = text, .unwritten = true                   \
	}
#define OBJECT_FIELD(k, r, absent, w, text)                                                                            \
	{                                                                                                              \
		.key = k, .type = FIELD_OBJECT, .role = r, .otherwise = absent, .weight = w, .doc = text               \
	}
#define INITIALIZER_FIELD(prefix, w, initial)                                                                          \
	OBJECT_FIELD(prefix "_initializer", ROLE_INITIALIZER, "\"" initial "\"", w, "how --init draws it")
/* What a weight, whose name in weights() is w, has for training; w "": Keras writes the keys, but there is no such weight. */
#define TRAINING_FIELDS(prefix, w, initial)                                                                            \
	INITIALIZER_FIELD(prefix, w, initial),                                                                         \
	    OBJECT_FIELD(prefix "_regularizer", ROLE_REGULARIZER, "null", w, "training: a loss of the weight"),        \
	    OBJECT_FIELD(prefix "_constraint", ROLE_CONSTRAINT, "null", w, "training: what the weight is held to")
#define DATA_FORMAT_FIELD(config)                                                                                      \
	CHOICE_FIELD("data_format", config, data_format, data_formats, false, "\"channels_last\"",                     \
		     "order of the axes: (steps, channels) or (channels, steps)")
#define END_FIELD                                                                                                      \
	{                                                                                                              \
		.key = NULL                                                                                            \
	}

extern const char *const data_formats[];      /* enum data_format */
extern const char *const valid_same_causal[]; /* enum padding */
extern const char *const valid_same[];

/* Of rows whose layers keep masks as they are. */
#define PASSES_MASK .mask = MASK_PASSES, .old_mask = MASK_PASSES

/* ---- shapes ---------------------------------------------------------------------------------------------- */

/* Channels of input 0, UNKNOWN_SIZE while its shape is not known. */
int64_t channels_or_unknown(const struct node *node, int data_format);
/* Last axis of input 0, likewise. */
int64_t features_or_unknown(const struct node *node);
/* false after an error: input 0 is not (steps, channels). */
bool need_steps_and_channels(const struct node *node, struct diag *diag, int data_format);
/* false after an error: input 0 does not have the axis (of a config, batch axis counted). */
bool need_axis(const struct node *node, struct diag *diag, int64_t axis);
/* false after an error: input 0 does not have one of the axes, or one is named twice, or there is none. */
bool need_axes(const struct node *node, struct diag *diag, const struct axes *axes);
/* Two shapes as NumPy broadcasts them; false: they do not fit. */
bool broadcast(struct shape *shape, const struct shape *other);
/* rows of layers that act along their last axis. */
bool rows_of_last_axis(const struct node *node, int input, int steps, int64_t o, struct reach *reach);
/* rows of layers that normalise rows. */
bool rows_of_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach);
/* infer of layers whose output has input 0's shape. */
bool infer_same(struct node *node, struct diag *diag);
/* (steps, channels) in the order of the data format. */
struct shape steps_and_channels(int64_t steps, int64_t channels, int data_format);
/* infer of a window's layer: output steps of 'taps' wide windows.  false after an error (window longer than the steps). */
bool infer_window(struct node *node, struct diag *diag, const char *key, int64_t taps, int64_t stride, int64_t dilation,
		  int padding, int data_format, int64_t channels_out);
/* false after an error: a stride with a dilation. */
bool need_stride_or_dilation(const struct node *node, struct diag *diag, int64_t stride, int64_t dilation);
/* rows of a window. */
void window_reach(int64_t o, int64_t taps, int64_t stride, int64_t dilation, int64_t pad_left, struct reach *reach);
bool rows_barrier(const struct node *node, int input, int steps, int64_t o, struct reach *reach);
int64_t macs_of_elements(const struct node *node);

/* ---- plane.c: layers over two axes of steps, one of which has the size 1 throughout ----------------------------- */

/* false after an error: input 0 is not (1, steps, channels) or (steps, 1, channels), in the order of the data format. */
bool need_plane(const struct node *node, struct diag *diag, int data_format);
/* The same of the output that a layer would have; key: what makes it so, or NULL.  Sets the output's shape. */
bool need_plane_out(struct node *node, struct diag *diag, const char *key, struct shape shape, int data_format);
/* Where an axis of steps, 0 or 1, lies in a sample's shape. */
int plane_axis(int data_format, int axis);
/* The axis of steps, 0 or 1, along which the layer works: the other one has the size 1 on both sides.  After infer. */
int plane_steps_axis(const struct node *node, int data_format);
/* The three sizes in the order of the data format. */
struct shape plane_shape(int64_t first, int64_t second, int64_t channels, int data_format);
/* Where element (first, second, channel) lies. */
int64_t plane_index(const struct shape *shape, int data_format, int64_t first, int64_t second, int64_t channel);
/* A window along one of the axes; false: it does not fit. */
bool plane_window(const struct plane_config *c, const struct shape *in, int axis, struct window *window);
struct pair plane_strides(const struct plane_config *c);
/* infer of layers with windows.  key: of their size. */
bool plane_infer(struct node *node, struct diag *diag, const char *key, int64_t channels_out);
/* The config of the node's twin along one of the axes. */
const void *plane_twin_config(const struct node *node, int axis, struct arena *arena);
/* Makes the twin of the node; its weights must be made so, too. */
void plane_become_twin(struct graph *graph, struct node *node, int data_format);
/* rows, by the twin's. */
bool plane_rows(const struct node *node, int input, int steps, int64_t o, struct reach *reach);

/* ---- conv.c, conv_transpose.c ------------------------------------------------------------------------------------ */

/* Makes two nodes of a separable convolution: its first weight goes to a node of class 'first' in front, the others stay
 * with the node, which becomes one of class 'second'. */
void split_separable(struct graph *graph, struct node *node, const char *first, const void *first_config,
		     const char *second, const void *second_config);

/* ---- moves ----------------------------------------------------------------------------------------------- */

/* The input's element of the output's element i; -1: zero. */
int64_t move_from(const struct move *move, int64_t i);
/* node_move() of the classes of slice.c. */
void get_item_move(const struct node *node, struct move *move);
void split_move(const struct node *node, struct move *move);
void pad_move(const struct node *node, struct move *move);

/* ---- lengths.c: numbers of steps that are known only when the model runs; results as layer->lengths ------------------ */

/* Sets the output's open axis; length -1 is a fault. */
const char *open_output(const struct node *node, int axis, int length);
/* The output's axis and length are input 0's. */
const char *lengths_same(struct graph *graph, const struct node *node);
/* (length of input 0 * times + add) / divisor on that axis. */
const char *lengths_scaled(struct graph *graph, const struct node *node, int axis, int64_t times, int64_t add,
			   int64_t divisor);
/* The same on the steps, which must be the open axis. */
const char *lengths_along_steps(struct graph *graph, const struct node *node, int data_format, int64_t times,
				int64_t add, int64_t divisor);
const char *lengths_window(struct graph *graph, const struct node *node, int64_t taps, int64_t stride, int64_t dilation,
			   int padding, int data_format);
/* As input 0, whose open axis must not be node_axis(): weights or halves lie along that. */
const char *lengths_beside_axis(struct graph *graph, const struct node *node);
/* Of a tensor's open axis, 1 being the last; 0: none. */
int open_axis_from_end(const struct tensor *tensor);
/* All inputs with an open axis have the same, the others 1 or nothing there. */
const char *lengths_broadcast(struct graph *graph, const struct node *node);

/* ---- folds ----------------------------------------------------------------------------------------------- */

/* Takes a node out whose output 0 equals its input 0. */
void fold_identity(struct graph *graph, struct node *node);
/* Takes a node out that does nothing but apply 'activation' to its input, where the maker of the input can apply it.
 * false: it cannot. */
bool fold_activation(struct graph *graph, struct node *node, const struct activation *activation);
/* Makes an Activation of a node of a class that is such a function. */
void become_activation(struct node *node, struct activation activation);
/* The only node that reads the tensor, if there is exactly one use and it is no output of the graph; else NULL. */
struct node *only_reader(const struct graph *graph, const struct tensor *tensor);
/* A node of an internal or other class at a place of the order, implied by the node 'like', with its shapes inferred; NULL
 * after an error. */
struct node *imply_node(struct graph *graph, const struct node *like, int at, const char *class_name,
			const void *config, struct tensor *const *in, int n, struct diag *diag);
/* A mask, before the node, that is set where any of n masks is; of Keras 1 and 2, where all are, NULL ones left out.  NULL:
 * of Keras 3 where one is NULL, or after an error. */
struct tensor *join_masks(struct graph *graph, const struct node *node, struct tensor *const *mask, int n,
			  struct diag *diag);
/* The node reads one more input. */
void add_input(struct graph *graph, struct node *node, struct tensor *in);
/* use_masks of layers that take input 0's mask as their last input. */
bool take_mask(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag);
/* A node of that class, with the node's name, input and place, in front of it; the node reads its output. */
struct node *insert_before(struct graph *graph, struct node *node, const struct layer *layer);
/* New weights of a Conv1D, DepthwiseConv1D or Dense, rounded to float32 once; a bias is added where there was none.  false, and nothing
 * changed: one of them is not finite in float32, or the weights are integers. */
bool set_kernel_and_bias(struct graph *graph, struct node *node, const double *kernel, const double *bias);
/* Element i of a weight, before its rounding; NULL weight: 0. */
double weight_at(const struct weight *weight, int64_t i);

/* ---- arithmetic ------------------------------------------------------------------------------------------ */

#define EVALS(f)                                                                                                       \
	{                                                                                                              \
		[NUMBER_MEANING] = f##_meaning, [NUMBER_SEPARATE] = f##_separate, [NUMBER_FUSED] = f##_fused,          \
		[NUMBER_SEPARATE_FLUSHED] = f##_separate_flushed, [NUMBER_FUSED_FLUSHED] = f##_fused_flushed,          \
		[NUMBER_MAGNITUDE] = f##_magnitude                                                                     \
	}

/* runtime/activations.h's exponential and log. */
float exponential_exact(float v);
float log_exact(float v);
/* The same, subnormals flushed. */
float exponential_flushed(float v);
float log_flushed(float v);
float square_root_flushed(float v);

/* Half the distance of floats around 1, and half the smallest float: the largest error of one rounding (docs/arithmetic.md). */
#define UNIT 0x1p-24
#define TINY 0x1p-149
/* Bound on the relative error of n roundings in a row, with room for the errors of the bound's own arithmetic. */
double rounding_growth(int64_t n);

/* integer_sum.c: Conv1D, DepthwiseConv1D and Dense. */
void sum_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch);
double sum_steps(const struct node *node);
/* integer_transposed.c: Conv1DTranspose; its steps are sum_steps(), too. */
void transposed_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch);
/* hybrid.c: the same of floats with integer weights. */
eval_function hybrid_eval_meaning, hybrid_eval_magnitude, hybrid_eval_separate, hybrid_eval_fused,
    hybrid_eval_separate_flushed, hybrid_eval_fused_flushed;
eval_function hybrid_transposed_eval_meaning, hybrid_transposed_eval_magnitude, hybrid_transposed_eval_separate,
    hybrid_transposed_eval_fused, hybrid_transposed_eval_separate_flushed, hybrid_transposed_eval_fused_flushed;

#endif
