/* quantise.h: post-training quantisation: a folded float graph and samples of its inputs become a graph of integers, as
 * TFLite's converter makes one (docs/quantise.md).
 *
 * prepare -> equalise (where asked) -> calibrate -> quantise. */
#ifndef CONV1DC_QUANTISE_H
#define CONV1DC_QUANTISE_H

#include "layers/quantised.h"
#include "passes/passes.h"

/* ---- prepare.c ---- */

/* A copy of a folded graph whose nodes are such as have forms in integers: activations that TFLite does not fuse are nodes
 * of their own, merges have two inputs, what scales channels (batch norms that could not be folded) is a depthwise
 * convolution of one tap, convolutions and pools of one axis have tensors of rank 2. */
struct graph *quantise_prepare(const struct graph *graph, struct arena *arena);

/* ---- equalise.c ---- */

/* Cross-layer equalisation (Nagel et al., 2019): wherever a convolution or dense layer feeds one other through layers for
 * which f(c x) = c f(x), the weights of both are scaled channel by channel until their ranges agree; the graph computes the
 * same up to rounding.  Returns the number of such pairs. */
int quantise_equalise(struct graph *prepared);

/* ---- calibrate.c ---- */

/* What the values of each tensor were on the samples. */
struct calibration;
struct calibration *calibration_new(const struct graph *graph, struct arena *arena);
/* First over all samples: the smallest and the largest. */
void calibration_see(struct calibration *calibration, const struct values *values);
/* Then, for rules other than RANGE_MINMAX, over all again: how often which. */
void calibration_count(struct calibration *calibration, const struct values *values);
/* least <= most; infinite or NaN where a value was. */
struct range {
	double least, most;
};
struct range calibration_seen(const struct calibration *calibration, int tensor);
/* By the rule, for a type of so many steps; symmetric: around 0.  Within what was seen. */
struct range calibration_choose(const struct calibration *calibration, int tensor, enum range_rule rule,
				double percentile, int64_t steps, bool symmetric);
/* ---- scale.c ---- */

/* One scale and zero point for the range, which is widened to hold 0: as TFLite's converter has them, to the bit. */
struct quantisation *quantisation_of_range(struct range range, enum type type, struct arena *arena);
/* Real numbers that the type holds with it. */
struct range range_of_quantisation(const struct quantisation *quantisation, enum type type);
/* int8, symmetric, a scale for every filter, and the bias in int32, or int64 of int16 inputs;
 * the scale of a filter grows where its bias would not fit, or beside int16 its factor to the output's scale be 0. */
struct weight *quantised_kernel(const struct weight *kernel, struct filters filters, const struct weight *bias,
				const struct tensor *in, const struct tensor *out, struct arena *arena);
struct weight *quantised_bias(const struct weight *bias, const struct weight *kernel, const struct tensor *in,
			      struct arena *arena);
/* Any other constant: int8, one scale. */
struct weight *quantised_constant(const struct weight *weight, struct arena *arena);
/* ---- quantise.c ---- */

struct quantising {
	enum type activations;     /* TYPE_I8, TYPE_I16 */
	enum type ends;            /* of the graph's inputs and outputs; TYPE_F32: Quantize nodes are inside */
	const struct range *range; /* by id of the prepared graph's tensors */
	enum rounding rounding;
};
struct quantised {
	struct graph *graph;
	const int *tensor;              /* by its tensors' ids: that of the prepared graph's with the same value */
	LIST(const struct node *) left; /* of the prepared graph: nodes that still compute in float32 */
};
struct quantised *quantise(const struct graph *prepared, const struct quantising *how, struct arena *arena);

#endif
