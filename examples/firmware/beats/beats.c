/* beats.c: windows of an ECG through the network, and what it says of them as beats. */
#include "beats.h"

/* The network gives, for every sample, the probability that a beat's R peak lies LATENCY samples back.  The first WARM_UP
 * samples of a window reach into its padding, so windows overlap by as many (examples/ecg/train.py). */
enum { LATENCY = 36, WARM_UP = 90, TOLERANCE = 27, APART = BEATS_RATE / 5 };

int beats_next(int start, int n)
{
	const int next = start + ECG_INPUT_STEPS - WARM_UP, last = n - ECG_INPUT_STEPS;

	if (start >= last) return -1;
	return next < last ? next : last;
}

void beats_load(float input[ECG_INPUT_SIZE], const short *raw)
{
	for (int i = 0; i < ECG_INPUT_STEPS; i++) input[i] = (float)(raw[i] - 1024) / 200.0f;
}

/* A beat is the middle of a run above one half; of two within 200 ms, the first stands. */
static void close_run(struct beats *beats, int end)
{
	const int beat = (beats->first + end - 1) / 2 - LATENCY;

	if (beats->first > 0 && beats->n < BEATS_MAX && (beats->n == 0 || beat - beats->at[beats->n - 1] >= APART))
		beats->at[beats->n++] = beat;
	beats->first = 0;
}

void beats_take(struct beats *beats, const float output[ECG_OUTPUT_SIZE], int start)
{
	if (beats->seen < WARM_UP) beats->seen = WARM_UP;
	for (; beats->seen < start + ECG_INPUT_STEPS; beats->seen++) {
		const int high = output[beats->seen - start] > 0.5f;

		if (high && beats->first == 0) beats->first = beats->seen;
		if (!high) close_run(beats, beats->seen);
	}
}

void beats_end(struct beats *beats)
{
	close_run(beats, beats->seen);
}

void beats_mark(struct beats *beats, struct beats_memory *memory, const short *raw, int n)
{
	beats->n = beats->seen = beats->first = 0;
	for (int start = 0; start >= 0; start = beats_next(start, n)) {
		beats_load(memory->input, raw + start);
		ecg_run(&memory->context, memory->input, memory->output);
		beats_take(beats, memory->output, start);
	}
	beats_end(beats);
}

int beats_agreeing(const struct beats *beats, const short *known, int n)
{
	int agreeing = 0;

	for (int i = 0; i < beats->n; i++) {
		for (int k = 0; k < n; k++) {
			const int apart = beats->at[i] - known[k];

			if (apart < -TOLERANCE || apart > TOLERANCE) continue;
			agreeing++;
			break;
		}
	}
	return agreeing;
}
