/* beats.h: marks the R peaks of an ECG with the network that conv1dc compiled (ecg.h); no heap, no library.
 *
 *	struct beats beats = { 0 };
 *
 *	for (start = 0; start >= 0; start = beats_next(start, n)) {
 *		beats_load(input, raw + start);
 *		ecg_run(&context, input, output);
 *		beats_take(&beats, output, start);
 *	}
 *	beats_end(&beats);
 */
#ifndef BEATS_H
#define BEATS_H

#include "ecg.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BEATS_RATE = 360, BEATS_MAX = 64 }; /* samples a second; beats that are kept */

struct beats {
	int n, at[BEATS_MAX]; /* the R peaks: numbers of samples */
	int seen;             /* samples of which the network has spoken */
	int first;            /* of the samples above one half that are under way; 0: none */
};

/* The start of the window behind the one at start, for a record of n samples; -1: that was the last. */
int beats_next(int start, int n);

/* A window of raw samples as the network wants it, in mV: 1024 is 0 mV, 200 a millivolt. */
void beats_load(float input[ECG_INPUT_SIZE], const short *raw);

/* The beats in what the network says of the window that begins at sample start. */
void beats_take(struct beats *beats, const float output[ECG_OUTPUT_SIZE], int start);

/* The record ends here. */
void beats_end(struct beats *beats);

/* All of that for a whole record, of at least one window. */
struct beats_memory {
	ecg_context context;
	float input[ECG_INPUT_SIZE], output[ECG_OUTPUT_SIZE];
};
void beats_mark(struct beats *beats, struct beats_memory *memory, const short *raw, int n);

/* How many of the beats lie within 75 ms of one of those known. */
int beats_agreeing(const struct beats *beats, const short *known, int n);

#ifdef __cplusplus
}
#endif

#endif
