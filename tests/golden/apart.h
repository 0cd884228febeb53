/* apart.h: interface of apart.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc apart.json apart.npz --weights incbin
 * SHA-256 of apart.json:
 *     f2abba85ae0fd07e9ebdf6515be02ae0de5b857e1ec830be6d933ef821ce4afd
 * SHA-256 of apart.npz:
 *     54c736b1b7e4234dcc303e43ea770bfa7b8f84265f0ed3260cc4a4f887eb8307
 *
 * input   'x'       (9, 5)   float  x[step * channels + channel]
 * output  'slopes'  (7, 39)  float  x[step * channels + channel]
 *
 * apart_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef APART_H
#define APART_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
/* Tables of 256 values and more stand in apart_weights.S: there the macro
 * APART_WEIGHTS_SECTION says where they are kept. */
#ifndef APART_CONST
#define APART_CONST static const
#endif
#ifndef APART_ALIGN
#if defined(__GNUC__)
#define APART_ALIGN(n) __attribute__((aligned(n)))
#else
#define APART_ALIGN(n)
#endif
#endif

#define APART_INPUT_STEPS      9
#define APART_INPUT_CHANNELS   5
#define APART_INPUT_SIZE       45

#define APART_OUTPUT_STEPS     7
#define APART_OUTPUT_CHANNELS  39
#define APART_OUTPUT_SIZE      273

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define APART_CONTEXT_BYTES 224
typedef struct {
    APART_ALIGN(8) float memory[56];
} apart_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char apart_context_size[sizeof(apart_context) == APART_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void apart_run(apart_context *context, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
