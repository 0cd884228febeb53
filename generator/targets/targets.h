/* targets.h: one row per target in targets.def. */
#ifndef CONV1DC_TARGETS_H
#define CONV1DC_TARGETS_H

#include "base/base.h"

struct target {
	const char *name, *doc;
	enum fp fp;           /* the default: FP_SEPARATE or FP_FUSED */
	bool has_fused;       /* a fused multiply-add in hardware */
	bool flush;           /* its vector unit flushes subnormals */
	int registers;        /* float accumulators that stay in registers */
	int lanes;            /* floats of a vector register that a compiler may use; 1: none */
	const char *isa;      /* templates/isa/NAME.lua */
	const char *compiler; /* NULL: $CC */
	const char *emulator; /* NULL: runs on the host */
};
const struct target *target_find(const char *name); /* NULL: no such target */
const struct target *target_row(int index);         /* NULL behind the last */

#endif
