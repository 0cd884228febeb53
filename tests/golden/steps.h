/* steps.h: interface of steps.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc steps.json steps.npz
 * SHA-256 of steps.json:
 *     c2ece594f5fbb7ef527e119e452da4c2a7732476e3928d6005621998cbb01498
 * SHA-256 of steps.npz:
 *     0b3b313708c286ea66e7349741fd905f8cb70bb2f34ae31c4ab461806645a9da
 *
 * input   'x'     (3, 1, 6, 2)  float  the last axis is dense
 * output  'last'  (3, 2)        float  x[step * channels + channel]
 *
 * steps_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef STEPS_H
#define STEPS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef STEPS_CONST
#define STEPS_CONST static const
#endif
#ifndef STEPS_ALIGN
#if defined(__GNUC__)
#define STEPS_ALIGN(n) __attribute__((aligned(n)))
#else
#define STEPS_ALIGN(n)
#endif
#endif

#define STEPS_INPUT_SHAPE      {3, 1, 6, 2}
#define STEPS_INPUT_SIZE       36

#define STEPS_OUTPUT_STEPS     3
#define STEPS_OUTPUT_CHANNELS  2
#define STEPS_OUTPUT_SIZE      6

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define STEPS_CONTEXT_BYTES 168
typedef struct {
    STEPS_ALIGN(8) float memory[42];
} steps_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char steps_context_size[sizeof(steps_context) == STEPS_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void steps_run(steps_context *context, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
