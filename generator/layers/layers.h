/* layers.h: what each layer is: names, config fields, shapes, the rows that it needs, folds, meaning.
 *
 * A new layer is one file (or a function set in its family's file) and one row in layers.def; docs/arithmetic.md
 * says in formulas what the eval functions here do. */
#ifndef CONV1DC_LAYERS_H
#define CONV1DC_LAYERS_H

#include "layers/training.h"

/* ---- activations: activation.c, activations.def -------------------------------------------------------- */

enum { MAX_ACTIVATION_CONSTANTS = 8 };
struct activation_kind {
	const char *name;   /* Keras's string: "relu", "tanh" */
	const char *symbol; /* SYMBOL in runtime/activations.h; NULL for linear and row-wise ones */
	bool rowwise;       /* softmax: acts on a whole row; a layer of its own, never in node->activation */
	const char *layer;  /* rowwise: the class that computes it ("Softmax") */
	int parameters;     /* used of activation.parameter */
	const char *const *parameter_names; /* "alpha", ...: parameters of them */
	/* Parameters as the float constants that the emitted call passes behind x, in order (head and tail of alpha, ...);
	 * returns their number.  NULL: none. */
	int (*constants)(const double *parameter, float constant[MAX_ACTIVATION_CONSTANTS]);
	const char *doc;
	/* One element.  The float32 form is runtime/activations.h's text. */
	double (*meaning)(double x, const double *parameter);
	float (*exact)(float x, const double *parameter);
	float (*flushed)(float x, const double *parameter); /* the same text, every operation as in flushing.h */
	/* The result's error: at most ulp units in the last place; input errors grow at most by slope.  monotone: the
	 * image of an interval is spanned by its ends.  Both may depend on parameters: ask activation_slope(),
	 * activation_monotone(). */
	double ulp, slope;
	bool monotone;
	/* Additions for those that make activations. */
	const double *defaults; /* of the bare string, parameters of them: leaky_relu 0.2; NULL: none */
	bool internal; /* no string of Keras: activation_find() does not know it, activation_row_named() does */
	void (*growth)(const double *parameter, double *slope, bool *monotone); /* NULL: as above */
};
/* By the name that a config uses (aliases too: swish); NULL: not known.  hard_sigmoid is Keras 3's; Keras 1 and 2 mean
 * activation_row_named("hard_sigmoid_keras2"). */
const struct activation_kind *activation_find(const char *name);
const struct activation_kind *activation_row_named(const char *name);
const struct activation_kind *activation_row(int index); /* NULL behind the last */
/* The string's activation with its default parameters; kind NULL for "linear".  false: not known. */
bool activation_named(const char *name, struct activation *activation);
/* Where a simpler kind computes the same (elu with alpha 1), that one. */
struct activation activation_simplest(struct activation activation);
/* Keras's ReLU layer; max_value NAN: none.  The simplest kind that computes it. */
struct activation activation_of_relu(double max_value, double negative_slope, double threshold);
bool activation_is_linear(const struct activation *activation);
/* "relu", "elu(alpha=0.3)" */
const char *activation_text(struct arena *arena, const struct activation *activation);
double activation_meaning(const struct activation *activation, double x);
float activation_exact(const struct activation *activation, float x);
float activation_flushed(const struct activation *activation, float x);
double activation_slope(const struct activation *activation);
bool activation_monotone(const struct activation *activation);

/* ---- config fields -------------------------------------------------------------------------------------- */

/* TYPE(id, name, text): what a key's value is, in struct and in JSON; name makes the functions read_name() of
 * load/keras_fields.c and write_name() of load/keras_write.c, text is for people:
 *   INT            int64_t; where otherwise is "null": 0 for null
 *   INT1           int64_t: an integer or a list of one; null as INT
 *   BOOL           bool
 *   REAL           double
 *   OPTIONAL_REAL  double; NAN where null
 *   CHOICE         int: index in choices, compared without regard to case where any_case
 *   AXIS           int64_t: an integer or a list of one; negative counts from the end, batch axis included
 *   AXES           struct axes: an integer or a list of integers, as AXIS; null: n 0
 *   ACTIVATION     goes to node->activation or makes an implied node; no offset
 *   SHAPE          struct shape: a list of integers (null and -1 are UNKNOWN_SIZE); null itself: rank 0
 *   PAIR           struct pair: two integers, or one for both; null: zeros
 *   EDGES          struct edges: [[a, b], [c, d]], or [a, c] for [[a, a], [c, c]], or one integer for all
 *   REALS          struct reals: a number, or a list of numbers (lists of one inside are opened); null: n 0
 *   OBJECT         of training, by role, of weight or (NULL) of the outputs: goes to node->training; no offset
 *   PENALTY        l1 or l2 of a regularizer of the outputs: goes to node->training; no offset
 *   LAYER          const struct layer *: a layer or model within this one, which the loader reads; NULL: a model
 *   IGNORED        known, of any type, and without effect at inference: doc says why */
#define FIELD_TYPES(TYPE)                                                                                              \
	TYPE(INT, int, "integer")                                                                                      \
	TYPE(INT1, int1, "integer or list of one")                                                                     \
	TYPE(BOOL, bool, "boolean")                                                                                    \
	TYPE(REAL, real, "number")                                                                                     \
	TYPE(OPTIONAL_REAL, optional_real, "number or null")                                                           \
	TYPE(CHOICE, choice, "one of")                                                                                 \
	TYPE(AXIS, axis, "axis")                                                                                       \
	TYPE(AXES, axes, "axis or list")                                                                               \
	TYPE(ACTIVATION, activation, "activation")                                                                     \
	TYPE(SHAPE, shape, "shape")                                                                                    \
	TYPE(PAIR, pair, "integer or list of two")                                                                     \
	TYPE(EDGES, edges, "integer, list of two or of two pairs")                                                     \
	TYPE(REALS, reals, "number or list")                                                                           \
	TYPE(OBJECT, object, "object")                                                                                 \
	TYPE(PENALTY, penalty, "number")                                                                               \
	TYPE(LAYER, layer, "layer")                                                                                    \
	TYPE(IGNORED, ignored, "ignored")
enum field_type {
#define TYPE(id, name, text) FIELD_##id,
	FIELD_TYPES(TYPE)
#undef TYPE
};
struct field {
	const char *key;
	enum field_type type;
	size_t offset;              /* in the layer's config struct */
	int64_t least, most;        /* FIELD_INT, FIELD_INT1, FIELD_PAIR, FIELD_EDGES */
	int repeated;               /* FIELD_SHAPE: one size alone stands for so many; 0: for itself */
	const char *otherwise;      /* default as JSON text; NULL: the key is required */
	const char *const *choices; /* FIELD_CHOICE: ends in NULL */
	bool any_case;
	enum object_role role; /* FIELD_OBJECT */
	const char *weight;    /* FIELD_OBJECT: its name in weights(); NULL: the outputs */
	const char *doc;       /* one line */
	/* No key of Keras 3's, or of training alone: load/keras_write.c leaves it out (a BOOL where it is false). */
	bool unwritten;
};

/* ---- the table ------------------------------------------------------------------------------------------- */

/* Which arithmetic an eval function does. */
enum number {
	NUMBER_MEANING,          /* double, libm: the layer's exact meaning up to 2^-50 or so */
	NUMBER_SEPARATE,         /* float32, each product rounded, then each sum: docs/arithmetic.md */
	NUMBER_FUSED,            /* float32, fma in sums */
	NUMBER_SEPARATE_FLUSHED, /* as these two, subnormal operands and results of all operations flushed: flushing.h */
	NUMBER_FUSED_FLUSHED,
	NUMBER_MAGNITUDE, /* double over absolute values of inputs and weights: the sum of |terms|, for error bounds */
	NUMBER_COUNT
};
/* Of emitted code and of the interpreter. */
static inline enum number number_of(enum fp fp, bool flush)
{
	if (flush) return fp == FP_FUSED ? NUMBER_FUSED_FLUSHED : NUMBER_SEPARATE_FLUSHED;
	return fp == FP_FUSED ? NUMBER_FUSED : NUMBER_SEPARATE;
}

static inline bool number_is_flushed(enum number number)
{
	return number == NUMBER_SEPARATE_FLUSHED || number == NUMBER_FUSED_FLUSHED;
}

/* One sample: dense arrays in the tensors' own order of axes; double for MEANING and MAGNITUDE, else float.  Without
 * the activation: whoever calls applies node->activation.  Scratch comes from scratch. */
typedef void eval_function(const struct node *node, const void *const *in, void *const *out, struct arena *scratch);

/* What a layer needs of an input to make its rows up to o: see rows below. */
struct reach {
	int64_t hi, lo;
};

/* What becomes of the masks of a layer's inputs (Keras's compute_mask). */
enum mask_way {
	MASK_DROPS,       /* the output has none */
	MASK_PASSES,      /* input 0's */
	MASK_MAKES,       /* output 1 is the mask */
	MASK_JOINS,       /* of a step that counts in any input (Keras 3), in all that have one (Keras 1 and 2) */
	MASK_CONCATENATES /* as Concatenate does with the values */
};

struct weight_spec {
	const char *name;
	struct shape shape;
	bool trainable;
};
enum { MAX_LAYER_WEIGHTS = 8 };
/* Is the weight of this name one int64?  All others are float32.  (Normalization's count of samples.) */
bool weight_is_integral(const char *name);

struct layer {
	const char *name;           /* Keras's class name */
	const char *const *aliases; /* ends in NULL; or NULL */
	const struct field
	    *fields; /* ends in a NULL key; the fields of every layer (name, dtype, ...) are common_fields */
	size_t config_bytes;
	int least_in, most_in; /* inputs; most_in -1: any number */
	const char *doc;       /* one line for `conv1dc layers` */

	/* Checks between fields of one config; NULL: none. place: of the field's key.  false after an error. */
	bool (*check)(const struct node *node, struct diag *diag);
	/* What Keras refuses though it has a meaning, which other formats use: asked of Keras's models only.  NULL: nothing. */
	bool (*check_keras)(const struct node *node, struct diag *diag);
	/* Weights in get_weights() order.  Shapes hold UNKNOWN_SIZE where the input's shape is not known.  NULL: none. */
	int (*weights)(const struct node *node, struct weight_spec spec[MAX_LAYER_WEIGHTS]);
	/* Output shapes from input shapes (all known, but for None in steps is refused before).  false after an error. */
	bool (*infer)(struct node *node, struct diag *diag);
	/* Rows of input that output rows [0, o) need (hi, not clipped) and below which no row >= o reads (lo);
	 * reference/schedule.md.  steps: the axis of the input's shape that is time.  false: a barrier, needs all.  NULL:
	 * point-wise in time. */
	bool (*rows)(const struct node *node, int input, int steps, int64_t o, struct reach *reach);
	/* --max-steps: sets the open axis and the length of the outputs from those of the inputs, of which one or more has
	 * one (shapes hold the largest).  NULL, or why the layer needs a known number of steps.  The pointer NULL: outputs
	 * have the shape of input 0 and are point-wise in time (rows is NULL), else a number is needed. */
	const char *(*lengths)(struct graph *graph, const struct node *node);
	/* Rewrites this node into its neighbours where that keeps docs/arithmetic.md's meaning.  true: the graph changed.  NULL: never. */
	bool (*fold)(struct graph *graph, struct node *node);
	eval_function *eval[NUMBER_COUNT];
	/* The same of a node that computes with integers, whose arrays hold integers in floats, exactly (16 bits at most); of
	 * hybrid ones, real numbers.  As TFLite's reference kernel does it, the activation with it.  NULL: there is no such
	 * form. */
	void (*integer)(const struct node *node, const float *const *in, float *const *out, struct arena *scratch);
	/* Only takes elements from one place to another: eval[NUMBER_SEPARATE] serves integers, too; what it fills with 0 is
	 * filled with the zero point. */
	bool moves;
	/* Bound on |integer result - exact result|, in steps of output 0's scale, where the exact result of the inputs' real
	 * numbers lies within the range of its type.  NULL: 1. */
	double (*steps)(const struct node *node);
	/* Bound on |float32 result - exact result| of each element of output 0, before the activation, for these very inputs
	 * (as doubles, of the folded node).  NULL: no rounding happens. */
	void (*bound)(const struct node *node, const double *const *in, double *bound, struct arena *scratch);
	int64_t (*macs)(const struct node *node); /* NULL: none */
	bool view;                                /* output bytes may be the input's bytes: ask layer_is_view() */
	bool elementwise; /* output element i needs only elements i of the inputs: ask layer_in_place() */
	/* Makes several nodes of one before shapes are inferred; such a class has no eval.  NULL: never. */
	void (*expand)(struct graph *graph, struct node *node);
	bool any_axes; /* computes the same whatever axes stand in front of its input's last */
	/* A layer over two axes of steps, one of which has the size 1: the class of one axis that fold makes of it (the tensors
	 * keep their shapes).  Of eval it has meaning and magnitude only.  NULL: another. */
	const char *twin;
	enum mask_way mask, old_mask; /* in Keras 3; in Keras 1 and 2 */
	/* Has the node read its inputs' masks (mask[k]: of input k, NULL: none; not all are): as more inputs, or by nodes
	 * that select.  NULL: the layer does not look at masks.  false after an error. */
	bool (*use_masks)(struct graph *graph, struct node *node, struct tensor *const *mask, struct diag *diag);
	bool internal;  /* no class of Keras: a config cannot name it */
	bool activates; /* computes node->activation with its own result: one behind it may be folded in */
};

/* Shapes of the outputs from known shapes of the inputs, which may be too few or too many.  false after an error. */
bool layer_infer(struct node *node, struct diag *diag);
/* The same of a node that was inferred before, with other sizes: it may read masks, too. */
bool layer_infer_again(struct node *node, struct diag *diag);
/* How often the node's layer runs on its inputs; its functions above see one run, these all of them. */
int64_t node_times(const struct node *node);
void layer_eval(const struct node *node, enum number number, const void *const *in, void *const *out,
		struct arena *scratch);
void layer_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch);
/* The node with its activation, by layer->integer; the layer has it, or moves. */
void layer_integer(const struct node *node, const float *const *in, float *const *out, struct arena *scratch);
/* layer->steps, or what stands for it. */
double layer_steps(const struct node *node);
/* Reads and writes floats, and has integers as weights. */
bool node_is_hybrid(const struct node *node);
/* Whether layer_integer() can be asked. */
bool layer_has_integers(const struct node *node);
int64_t layer_macs(const struct node *node); /* 0: none */
/* One of the two nodes of a TimeDistributed, which only changes what times are. */
bool node_moves_times(const struct node *node);

const struct layer *layer_find(const char *class_name); /* aliases too; NULL */
/* Masks of the node's outputs from those of its inputs, which it reads where its layer uses them.  After infer, in the
 * graph's order.  false after an error. */
bool layer_mask(struct graph *graph, struct node *node, struct diag *diag);
/* Keras 3 writes masks as operations beside the Masking that makes them: those that read them read the Masking's. */
void masks_share(struct graph *graph, const struct node *masking);
const struct layer *layer_row(int index);                       /* NULL behind the last */
bool layer_is(const struct node *node, const char *class_name); /* by the table's name */
extern const struct field common_fields[];
/* This node's output bytes are its input's: no step is needed (Flatten of channels_last; of channels_first only where the
 * transposition moves nothing). */
bool layer_is_view(const struct node *node);
/* The output may be written over this input: elementwise, and the input is not broadcast. */
bool layer_in_place(const struct node *node, int input);
/* A fault at the value of a key of the node's config, or at the node where the config does not hold it (NULL: always). */
void layer_error(const struct node *node, struct diag *diag, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The nearest supported name for a message ("did you mean"), or NULL. */
const char *layer_nearest(const char *class_name);

/* ---- configs, one struct a family ------------------------------------------------------------------------- */

enum padding { PADDING_VALID, PADDING_SAME, PADDING_CAUSAL };
enum data_format { CHANNELS_LAST, CHANNELS_FIRST };

struct conv1d_config {
	int64_t filters, kernel_size, strides, dilation_rate, groups;
	int padding, data_format; /* enum padding, enum data_format */
	bool use_bias;
	int64_t phases; /* hybrid: rows r of one r mod phases are quantised together, by themselves; 0: as 1.  No key */
};
struct time_distributed_config {
	const struct layer *inner; /* NULL: a model */
	bool ends;                 /* the node behind the inner ones */
};
struct pair {
	int64_t at[2]; /* of the first and of the second axis of steps */
};
struct edges {
	int64_t at[2][2]; /* before and behind the first, the second axis of steps */
};
/* Convolutions and pools over two axes of steps; what a class has not stays 0. */
struct plane_config {
	int64_t filters, groups, depth_multiplier;
	struct pair size, strides, dilation_rate; /* strides 0: size */
	struct shape output_padding;              /* rank 0: none; else 1 or 2 */
	int padding, data_format;
	bool use_bias;
};
struct edges_config {
	struct edges edges;
	int data_format;
};
struct up_sampling2d_config {
	struct pair size;
	int data_format, interpolation;
};
struct input_config {
	bool sparse, ragged;
};
struct dense_config {
	int64_t units;
	bool use_bias;
	/* Hybrid: rows of the input are quantised around a zero point of their own (TFLite's asymmetric_quantize_inputs), not
	 * around 0; no key. */
	bool asymmetric;
};
struct pool1d_config {
	int64_t pool_size, strides;
	int padding, data_format;
}; /* strides 0: pool_size */
struct global_pool1d_config {
	int data_format;
	bool keepdims;
};
struct flatten_config {
	int data_format;
};
struct batch_norm_config {
	int64_t axis;
	double epsilon;
	bool center, scale;
};
/* As a config has them: the batch axis counted, negative ones from the end. */
struct axes {
	int n;
	int64_t at[MAX_RANK];
};
struct reduce_config {
	struct axes axis;
	bool keepdims;
};
struct squeeze_config {
	struct axes axis;
};
struct split_config {
	int64_t sections, index, axis;
};
struct softmax_config {
	struct axes axis;
	bool robust_masking;
};
/* What Softmax does with elements whose mask (its second input) is not set: adds -1e9 (Keras 2), puts -1e9 in their place
 * (robust_masking), and then makes their result 0 (Keras 3). */
enum softmax_masking { SOFTMAX_PLAIN, SOFTMAX_ADDS, SOFTMAX_REPLACES, SOFTMAX_CLEARS };
enum softmax_masking node_softmax_masking(const struct node *node);
struct masking_config {
	double mask_value;
};
struct fill_config {
	double value;
	bool mask; /* one element for every step of the input, not for every element */
};
struct not_equal_config {
	double value;
};
struct any_config {
	struct axes axis;
	bool keepdims;
};
struct expand_dims_config {
	int64_t axis; /* of the output */
};
/* Select: input 0 where input 1, a mask of one axis less, is not 0; elsewhere input 2 or, without one, otherwise. */
struct select_config {
	double otherwise;
};
struct merge_config {
	bool shifts; /* TFLite's pot_scale_int16; no key */
	/* fold: of two integer operands one is the weight "constant": operand constant - 1; 0: none is.  No key. */
	int constant;
};
struct constant_config {
	struct shape shape;
};
struct concatenate_config {
	int64_t axis;
};
struct relu_config {
	double max_value, negative_slope, threshold;
}; /* max_value NAN: none */
struct leaky_relu_config {
	double negative_slope;
};
struct elu_config {
	double alpha;
};
struct thresholded_relu_config {
	double theta;
};
struct prelu_config {
	struct shape shared_axes;
}; /* batch axis counted */
struct zero_padding1d_config {
	struct shape padding;
	int data_format;
}; /* of rank 2, or 1: both sides */
struct cropping1d_config {
	struct shape cropping;
};
struct up_sampling1d_config {
	int64_t size;
};
struct reshape_config {
	struct shape target_shape;
};
struct permute_config {
	struct shape dims;
}; /* batch axis counted */
struct repeat_vector_config {
	int64_t n;
};
struct layer_norm_config {
	struct axes axis;
	double epsilon;
	bool center, scale, rms_scaling;
};
struct group_norm_config {
	int64_t groups, axis; /* groups -1: as many as channels */
	double epsilon;
	bool center, scale;
};
struct rms_norm_config {
	struct axes axis;
	double epsilon;
};
struct unit_norm_config {
	struct axes axis;
	double least; /* length to divide by; 0: as the layer does it.  No key */
};
struct dot_config {
	struct axes axes; /* one for both inputs, or one of each */
	bool normalize;
};
struct reals {
	int64_t n;
	const double *at;
};
struct get_item_config {
	struct reals kind, begin, end, step;
};
struct pad_config {
	struct reals before, after;
};
struct gather_config {
	int64_t axis;
	struct reals indices;
};
struct clip_config {
	double x_min, x_max;
}; /* NAN: none */
struct reciprocal_config {
	double numerator;
};
struct rescaling_config {
	struct reals scale, offset;
};
struct normalization_config {
	struct axes axis;
	bool invert;
	struct reals mean, variance;
}; /* axis.n 0: none */
struct depthwise_config {
	int64_t kernel_size, strides, dilation_rate, depth_multiplier;
	int padding, data_format;
	bool use_bias;
	int64_t phases; /* as of conv1d_config */
};
struct separable_config {
	struct depthwise_config depthwise;
	int64_t filters;
};
struct conv1d_transpose_config {
	int64_t filters, kernel_size, strides, dilation_rate;
	struct shape output_padding; /* rank 0: none; else of rank 1 */
	int padding, data_format;
	bool use_bias;
};

/* Its meaning is Keras 1's or 2's, where that is not Keras 3's. */
bool node_is_old(const struct node *node);
/* Axis of a sample from a config's axis (batch axis counted): -1 -> rank - 1, 1 -> 0; -1 where out of range. */
int sample_axis(int64_t axis, int rank);
/* A tensor around one of its axes: element at[(o * size + k) * inner + i]. */
struct axis_split {
	int64_t outer, size, inner;
};
struct axis_split axis_split(const struct shape *shape, int axis);
/* The axis that BatchNormalization, Normalization, Rescaling, Glu, Sparsemax, Concatenate work on, in the sample; after
 * infer. */
int node_axis(const struct node *node);
/* A tensor as rows that are normalised each by itself: loops over the rows, inside them loops over the elements of one, in
 * the tensor's order.  Neighbouring axes that are passed alike are one loop; a row has at least one. */
struct row_loop {
	int64_t size, x, w; /* from one round to the next: elements of the tensor, of the layer's weights */
	bool open, open_x;  /* --max-steps: size, x have the steps of the tensor as a factor */
};
struct rows_along {
	int rows, row; /* loops of each */
	struct row_loop over_rows[MAX_RANK + 1], over_row[MAX_RANK + 1];
	int64_t count, length; /* rows, elements of each */
	bool partial;          /* the sums of a row are 16 partial sums */
	bool open; /* a row goes over the open axis: its length, and with that partial, are of the most steps */
};
/* Of Softmax, LogSoftmax, LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization; after infer. */
struct rows_along node_rows(const struct node *node);
/* Of row r the first element and the first weight; of element i of a row how far behind these it and its weight lie. */
int64_t row_first(const struct rows_along *rows, int64_t r);
int64_t row_weight(const struct rows_along *rows, int64_t r);
int64_t row_element(const struct rows_along *rows, int64_t i);
int64_t row_element_weight(const struct rows_along *rows, int64_t i);
/* BatchDot: rows of x times columns of y; out[row][column] is the sum over the axes' size of products.  After infer. */
struct dot_sum {
	struct axis_split x, y;
	bool partial; /* 16 partial sums */
};
struct dot_sum node_dot(const struct node *node);
/* What a normalisation of rows does: y = offset + (x - mean) * scale / root, where root^2 is the mean of the squares of
 * x - mean, plus epsilon. */
struct row_norm {
	bool centred;                        /* the mean is taken off for the root */
	bool shifted;                        /* and for the result; else that has no offset */
	bool mean;                           /* root^2 is a mean, not the sum */
	double epsilon, least;               /* root is at least that; 0: any */
	const struct weight *scale, *offset; /* NULL: 1 and 0 */
};
/* false: the node is none of LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization. */
bool node_row_norm(const struct node *node, struct row_norm *norm);
/* Sparsemax of n elements: its support stays while none of them moves by half of this. */
double sparsemax_margin(const double *x, int64_t n, struct arena *scratch);
/* Add and the like: element of an input that belongs to element i of the output (Keras broadcasts as NumPy does). */
int64_t broadcast_index(const struct shape *out, const struct shape *in, int64_t i);

/* Layers that only move elements (ZeroPadding1D, Cropping1D, UpSampling1D, RepeatVector, Permute, Flatten of
 * channels_first): the output seen with these axes, its element o[0], o[1], .. is the input's element
 * offset + sum of (o[a] / repeat[a] - before[a]) * stride[a]; zero where one of the brackets is not in 0 .. limit[a] - 1. */
struct move {
	int rank;
	int64_t offset; /* of the input's first element that is read, where all brackets are 0 */
	int64_t size[MAX_RANK], repeat[MAX_RANK], before[MAX_RANK], stride[MAX_RANK], limit[MAX_RANK];
	/* --max-steps: the axis is the open one: size is the output's, limit the input's; the stride passes it. */
	bool open[MAX_RANK], open_stride[MAX_RANK];
};
bool node_move(const struct node *node, struct move *move); /* false: another layer.  After infer. */

/* Mean, Sum, Max, Min: an output is made of the elements x[(o * size + k) * inner + i], k = 0 .. size - 1. */
struct reduction {
	int64_t outer, size, inner;
	bool sums, mean, smallest; /* sums: of all, divided by size where mean; else the smallest or the largest */
	bool partial;              /* 16 partial sums */
};
bool node_reduction(const struct node *node, struct reduction *reduction); /* false: another layer.  After infer. */

/* ---- one sum: what Conv1D, DepthwiseConv1D and Dense have in common, for interpreter and kernels ---------------------------- */

/* out[t][f] = activation(bias[f] + sum over taps k, channels c of in[t * stride - pad_left + k * dilation][c] * kernel[k][c][f]);
 * taps outside [0, steps_in) are left out.  Dense: one tap, steps = all axes but the last.  DepthwiseConv1D: groups =
 * channels. */
struct sum {
	int64_t steps_in, steps_out, channels, filters; /* channels: of the whole input */
	int64_t taps, stride, dilation, groups, pad_left;
	int padding;         /* enum padding, that pad_left follows from */
	int64_t piece;       /* the node's */
	bool channels_first; /* both tensors: x[c * steps + t] */
	bool partial;        /* 16 partial sums (docs/arithmetic.md) */
	const float *kernel; /* [taps][channels / groups][filters] */
	const float *bias;   /* NULL: +0 */
};
/* false: the node is none of these.  After infer. */
bool node_sum(const struct node *node, struct sum *sum);
int64_t sum_terms(const struct sum *sum); /* of one output */
/* Conv1DTranspose: out[t][f] = activation(bias[f] + sum over taps k, channels c of in[(t + crop - k * dilation) / stride][c]
 * * kernel[k][f][c]); taps between two steps or outside them are left out, and keep their number k * channels + c. */
struct transposed_sum {
	int64_t steps_in, steps_out, channels, filters, taps, stride, dilation;
	int64_t crop; /* depends on no number of steps */
	bool channels_first, partial;
	const float *kernel; /* [taps][filters][channels] */
	const float *bias;   /* NULL: +0 */
};
bool node_transposed_sum(const struct node *node, struct transposed_sum *sum);
/* Its output steps of so many input steps, and crop. */
int64_t transposed_steps(const struct conv1d_transpose_config *c, int64_t steps);
int64_t transposed_crop(const struct conv1d_transpose_config *c, int64_t steps);
/* The contract's rule for partial sums: terms of one output, outputs that share its input, input channels of a group. */
enum { PARTIAL_SUMS = 16, PARTIAL_TERMS_LEAST = 64, PARTIAL_OUTPUTS_MOST = 7 };
bool uses_partial_sums(int64_t terms, int64_t outputs, int64_t channels);

/* A window over steps, for pools (and convolutions): output rows, left padding. */
struct window {
	int64_t steps_out, pad_left, pad_right;
};
/* false: no output row (steps_in < the window, 'valid').  Source: tf.nn.convolution's padding formulas. */
bool window_of(int64_t steps_in, int64_t taps, int64_t stride, int64_t dilation, int padding, struct window *window);
/* Steps and channels of a shape of rank 2, or of one of which all axes of steps but one have the size 1. */
int64_t shape_steps(const struct shape *shape, int data_format);
int64_t shape_channels(const struct shape *shape, int data_format);

/* BatchNormalization, Normalization, Rescaling as the float32 arithmetic sees them: y = offset + x * scale along node_axis();
 * computed in double, rounded once.  scale and offset have node's channel count. */
bool node_is_affine(const struct node *node);
/* Around the axes, taken as one, that have scales of their own. */
struct axis_split node_affine_split(const struct node *node);
/* The first and last of its axes that they lie along; any where one serves all. */
void node_affine_axes(const struct node *node, int *first, int *last);
void batch_norm_affine(const struct node *node, double *scale, double *offset);

#endif
