/* integer_family.h: layer->integer and layer->steps of the rows in the family files.  Private to layers/. */
#ifndef CONV1DC_INTEGER_FAMILY_H
#define CONV1DC_INTEGER_FAMILY_H

#include "layers/family.h"
#include "layers/integer.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("-ffp-contract=off")
#endif

typedef void integer_function(const struct node *node, const float *const *in, float *const *out,
			      struct arena *scratch);
integer_function integer_quantize, integer_add, integer_multiply, integer_maximum, integer_minimum, integer_concatenate,
    integer_activation, integer_prelu, integer_max_pooling1d, integer_average_pooling1d, integer_global_max_pooling1d,
    integer_mean, integer_extreme, integer_softmax, integer_log_softmax;

typedef double steps_function(const struct node *node);
steps_function steps_of_quantize, steps_of_addition, steps_of_multiply, steps_of_activation, steps_of_prelu,
    steps_of_mean, steps_of_softmax, steps_of_log_softmax;

/* The activation that a node of class Activation, or of a class that is one function, applies. */
struct activation node_function(const struct node *node);

/* A window of a pool over steps; function.c, pool.c say it of their nodes. */
struct pool {
	int64_t steps_in, steps_out, channels, size, stride, pad_left;
	bool channels_first;
};
struct pool pool1d_of(const struct node *node);        /* MaxPooling1D, AveragePooling1D */
struct pool global_pool1d_of(const struct node *node); /* their global forms */

/* Of a result that multiplied() makes, in steps of a tensor of that type, where the factor itself is off by 'relative'. */
double steps_of_scaling(enum type type, struct multiplier factor, enum rounding rounding, double relative);
/* Number of integers of the type, less one: what two of its elements can differ by. */
double type_width(enum type type);

/* quantization_util.cc: CheckedLog2(): the scale is one, nearly. */
bool power_of_two(float scale, int *exponent);

#endif
