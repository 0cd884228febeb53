/* integer_mve.h: what the kernels of int8 in MVE's vectors share.  Private to kernels/. */
#ifndef CONV1DC_INTEGER_MVE_H
#define CONV1DC_INTEGER_MVE_H

#include "kernels/kernel.h"
#include "layers/integer.h"

/* Bytes, and sums of 32 bits, of a vector. */
enum { MVE_BYTES = 16, MVE_SUMS = 4 };

bool has_mve(const struct target *target);
/* How a sum becomes an output; integer_mve.c explains it. */
enum mve_form { MVE_TWICE, MVE_AWAY, MVE_ONCE };
/* The accumulators fit 32 bits with the input's zero point in the bias, and vectors can make outputs of them: factors are below
 * 1.  Dense's products of doubles become factors that round once. */
bool mve_requantises(struct integer_sum *sum, struct arena *arena);
enum mve_form mve_form_of(const struct integer_sum *sum);
/* Such a sum of int8, channels last. */
bool mve_sum(const struct node *node, const struct target *target, struct integer_sum *sum, struct arena *arena);
/* For each vector of sums, of the filters that its lanes hold (-1: none), three rows: what a sum begins with, the zero point of
 * the input counted in; the factor's mantissa; its shift, or in MVE_TWICE the second factor. */
struct table mve_factors(const struct integer_sum *sum, const int64_t *filter, int64_t vectors, struct arena *arena);
/* K.zero_in, K.zero_out, K.least, K.most, K.form ("twice", "away", "once"); K.ties: in MVE_AWAY, sums below 0 count; K.unshifted: some
 * factor's shift is 0. */
void view_mve_output(struct arena *arena, struct value *map, const struct integer_sum *sum);
/* Instructions that make four outputs of their sums. */
int64_t mve_output_operations(const struct integer_sum *sum);

#endif
