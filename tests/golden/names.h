/* names.h: interface of names.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc names.json names.npz
 * SHA-256 of names.json:
 *     58d41668e7565fe1db111f391cb9c613f3ab82753e2e29171a59c93391887d6c
 * SHA-256 of names.npz:
 *     cb706cfab9d17ee07ecd097cd7696a61c0293a7a0b6cf51b2789eacc61e70c19
 *
 * input0   'in put'       (6, 2)  float  x[step * channels + channel]
 * input1   'unused'       (3,)    float
 * output0  'run_weights'  (6, 2)  float  x[step * channels + channel]
 * output1  'run_weights'  (6, 2)  float  x[step * channels + channel]
 * output2  'in put'       (6, 2)  float  x[step * channels + channel]
 * output3  'run'          (6, 2)  float  x[step * channels + channel]
 *
 * names_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef NAMES_H
#define NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef NAMES_CONST
#define NAMES_CONST static const
#endif
#ifndef NAMES_ALIGN
#if defined(__GNUC__)
#define NAMES_ALIGN(n) __attribute__((aligned(n)))
#else
#define NAMES_ALIGN(n)
#endif
#endif

/* input0: 'in put' */
#define NAMES_INPUT0_STEPS      6
#define NAMES_INPUT0_CHANNELS   2
#define NAMES_INPUT0_SIZE       12
/* input1: 'unused' */
#define NAMES_INPUT1_CHANNELS   3
#define NAMES_INPUT1_SIZE       3

/* output0: 'run_weights' */
#define NAMES_OUTPUT0_STEPS     6
#define NAMES_OUTPUT0_CHANNELS  2
#define NAMES_OUTPUT0_SIZE      12
/* output1: 'run_weights' */
#define NAMES_OUTPUT1_STEPS     6
#define NAMES_OUTPUT1_CHANNELS  2
#define NAMES_OUTPUT1_SIZE      12
/* output2: 'in put' */
#define NAMES_OUTPUT2_STEPS     6
#define NAMES_OUTPUT2_CHANNELS  2
#define NAMES_OUTPUT2_SIZE      12
/* output3: 'run' */
#define NAMES_OUTPUT3_STEPS     6
#define NAMES_OUTPUT3_CHANNELS  2
#define NAMES_OUTPUT3_SIZE      12

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define NAMES_CONTEXT_BYTES 48
typedef struct {
    NAMES_ALIGN(8) float memory[12];
} names_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char names_context_size[sizeof(names_context) == NAMES_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void names_run(names_context *context, const float *input0, const float *input1,
               float *output0, float *output1, float *output2, float *output3);

#ifdef __cplusplus
}
#endif

#endif
