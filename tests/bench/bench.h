/* bench.h: networks that are measured, and sides that compute them: conv1dc's output and its peers. */
#ifndef BENCH_H
#define BENCH_H

#include "peak.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAX_CONVS = 16, MAX_NAME = 32 };
enum activation { ACTIVATION_LINEAR, ACTIVATION_RELU, ACTIVATION_TANH };

/* One Conv1D: x (steps, channels), y (steps_out, filters), kernel (taps, channels / groups, filters), all dense and
 * channels last.  left and right: steps of zeros around x.  residual: x is added behind the activation. peers.py
 * holds the same structure. */
struct conv {
	long steps, channels, filters, taps, stride, dilation, groups, left, right, steps_out;
	int activation, residual;
	float *kernel, *bias;
};

/* Convolutions, one behind the other. */
struct network {
	char name[MAX_NAME];
	char padding[MAX_NAME];
	int n;
	struct conv conv[MAX_CONVS];
};

/* One way to compute a network.  open gives NULL where it cannot (why in the buffer); load and store bring x and y
 * from and to (steps, channels), which is not timed; run computes n times. */
struct side {
	const char *name;
	bool peer;
	void *(*open)(const struct side *side, const struct network *network, char *why, size_t size);
	void (*load)(void *handle, const float *x);
	void (*run)(void *handle, long n);
	void (*store)(void *handle, float *y);
	void (*close)(void *handle);
	const char *folder; /* ours: where the shared objects lie */
	int variant;
};

/* "NAME L Cin F K stride dilation padding groups activation blocks"; with blocks > 0 that many residual layers of
 * dilation 1, 2, 4, ..., then a linear layer of one tap and one filter.  False: not such a line. */
bool network_parse(struct network *network, const char *line);
void network_free(struct network *network);
/* Multiply-adds without those of the padding. */
double network_macs(const struct network *network);
size_t network_input_size(const struct network *network);
size_t network_output_size(const struct network *network);
/* What it means, in double precision; to be freed. */
double *network_reference(const struct network *network, const float *x);
/* n floats, uniform in [-1, 1), from the seed alone. */
void uniform_fill(float *at, size_t n, unsigned long long seed);
void *take(size_t bytes); /* aligned to 64 bytes, zeroed; ends the program where there is no memory */

/* Lets CPUID hide from every library of this process what the target does not have (Linux, processors that can fault
 * CPUID). */
bool limit_to(const char *target);

#endif
