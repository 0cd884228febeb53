/* variable.h: interface of variable.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc variable.json variable.npz --max-steps 20
 * SHA-256 of variable.json:
 *     927db8d8e5273461e398dc017083b75ba1b18e500e5f112992b9b06065c6a1d6
 * SHA-256 of variable.npz:
 *     3370380dfee7114c0ab442caf9cf7ba85b56220550d5da643fbc4d1b153a7ee6
 *
 * input    'x'     (None<=20, 2)  float  x[step * channels + channel]
 * output0  'add'   (None<=20, 8)  float  x[step * channels + channel]
 * output1  'mean'  (8,)           float
 *
 * variable_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef VARIABLE_H
#define VARIABLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef VARIABLE_CONST
#define VARIABLE_CONST static const
#endif
#ifndef VARIABLE_ALIGN
#if defined(__GNUC__)
#define VARIABLE_ALIGN(n) __attribute__((aligned(n)))
#else
#define VARIABLE_ALIGN(n)
#endif
#endif

/* Inputs and outputs with None in their shape have as many steps as a call says.
 * STEPS is the most, and SIZE that of the most steps; the array of a call is dense:
 * as large as its own steps make it. */
#define VARIABLE_INPUT_STEPS        20
#define VARIABLE_INPUT_LEAST_STEPS  2
#define VARIABLE_INPUT_CHANNELS     2
#define VARIABLE_INPUT_SIZE         40

/* output0: 'add' */
#define VARIABLE_OUTPUT0_STEPS      20
#define VARIABLE_OUTPUT0_CHANNELS   8
#define VARIABLE_OUTPUT0_SIZE       160
/* output1: 'mean' */
#define VARIABLE_OUTPUT1_CHANNELS   8
#define VARIABLE_OUTPUT1_SIZE       8

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define VARIABLE_CONTEXT_BYTES 640
typedef struct {
    VARIABLE_ALIGN(8) float memory[160];
} variable_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char variable_context_size[
    sizeof(variable_context) == VARIABLE_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
/* Gives the steps of output0. Where the model cannot take these steps (fewer than
 * LEAST_STEPS, more than STEPS, or others that do not fit its layers) it gives 0 and
 * writes nothing. */
size_t variable_run(variable_context *context, const float *input, size_t steps,
                    float *output0, float *output1);

/* The steps of output0, for steps that variable_run takes. */
static inline size_t variable_output0_steps(size_t steps)
{
    const int n0 = (int)steps;  /* steps of 'x' */
    const int n1 = (n0 + 1) / 2;  /* steps of 'half' */
    const int n2 = 2 * n1;  /* steps of 'twice' */

    return (size_t)n2;
}

#ifdef __cplusplus
}
#endif

#endif
