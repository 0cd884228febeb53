/* integer_view.h: facts of layers/integer.h as plain data for templates; see templates/kernels/quantised.ct.  Private to
 * kernels/. */
#ifndef CONV1DC_INTEGER_VIEW_H
#define CONV1DC_INTEGER_VIEW_H

#include "kernels/kernel.h"
#include "layers/integer.h"

/* map.key: mantissa, shift. */
void view_factor(struct arena *arena, struct value *map, const char *key, struct multiplier factor);
/* K.multiply: the function of runtime/requantise.h that multiplies by factors. */
void view_rounding(struct arena *arena, struct value *map, enum rounding rounding);
/* K.least, K.most; K.clamps: some integer of the output's type lies outside. */
void view_range(struct arena *arena, struct value *map, struct integer_range range, const struct tensor *out);
/* K.size: the elements of the output. */
void view_elements(struct arena *arena, struct value *map, const struct node *node);
/* Integers as a table of that type. */
struct table integer_table(const int16_t *at, int64_t n, enum type type, struct arena *arena);

/* Merges: which input each operand is; -1: the constant.  The constant plus 'zero', as K.constant of that type. */
struct value *merge_inputs_view(const struct node *node, struct arena *arena);
struct table merge_constant(const struct node *node, const struct integer_operand *operand, int64_t zero,
			    enum type type, struct arena *arena);

/* Concatenate: some input has other steps than the output, and is scaled (uint8 alone). */
bool concatenation_scales(const struct node *node);

/* integer_reduce's: bytes that sums of rows take of a plan; no sum leaves 32 bits. */
int64_t integer_reduce_scratch(const void *plan);
bool integer_reduce_is_narrow(const struct node *node);

#endif
