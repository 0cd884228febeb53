/* ours.h: conv1dc's output as a side of the bench. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "bench.h"

/* pattern: path of the shared object, with %s for the network's name. */
struct side ours_side(const char *compiler, const char *pattern);

#endif
