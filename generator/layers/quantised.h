/* quantised.h: what a graph of integers has to look like, for those who make one: load/, passes/.  docs/quantise.md. */
#ifndef CONV1DC_QUANTISED_H
#define CONV1DC_QUANTISED_H

#include "layers/integer.h"

/* Whose scale and zero point the tensors of a node have, where it computes with integers. */
enum scale_rule {
	SCALE_OWN,      /* each its own */
	SCALE_OF_INPUT, /* the outputs input 0's */
	SCALE_OF_OUTPUT /* the inputs the output's */
};
enum scale_rule node_scale_rule(const struct node *node);

/* The scale and zero point that a node's output of that type always has; NULL: they are free. */
const struct quantisation *node_fixed_scale(const struct node *node, enum type type);
/* The node has a form in integers for outputs of that type. */
bool node_has_integer_form(const struct node *node, enum type type);

/* Element i of a weight belongs to filter (i / inner) % n, which has a scale of its own. */
struct filters {
	int64_t n, inner;
};
/* Of weight 0 of a node that takes quantised weights; others may have a bias, with the product of both scales.  n 0: each of
 * its weights has one scale.  false: the class takes no quantised weights. */
bool node_filters(const struct node *node, struct filters *filters);
/* The type of the bias beside an input of that type. */
enum type bias_type(enum type in);
/* Integers of 64 bits in a model are less than this from 0: doubles hold them exactly, and no sum over them leaves 64 bits. */
#define INTEGER_LIMIT ((int64_t)1 << 53)

/* f64 and f32 of weight->integers and weight->quantisation; inner as above. */
void weight_make_real(struct weight *weight, int64_t inner, struct arena *arena);
struct quantisation *quantisation_new(int64_t n, float **scale, int32_t **zero_point, struct arena *arena);

#endif
