/* samebits.h: the corpus of models whose emitted code every compiler must compile to the same bits. */
#ifndef CONV1DC_TESTS_SAMEBITS_H
#define CONV1DC_TESTS_SAMEBITS_H

#include "tests/models/models.h"

/* shapes.c: small models drawn around what vector kernels turn on: steps 1 to 40, filters 1 to 70, channels 1 to 20,
 * groups, strides, dilation, paddings, channels_first, residual sums. */
struct draft *shape_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag);
/* The same of what works on any number of steps. */
struct draft *open_shape_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag);

#endif
