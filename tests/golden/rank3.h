/* rank3.h: interface of rank3.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc rank3.json rank3.npz
 * SHA-256 of rank3.json:
 *     a8505f4562ca8d78feb84818285c2a0f824446febcadf4a24091b186bf3cf604
 * SHA-256 of rank3.npz:
 *     f32b2d5a35f428a2aca4b4b8bbaa538e22ad216942703bbbf8a516d4905cab76
 *
 * input   'x'      (2, 3, 4)  float  the last axis is dense
 * output  'dense'  (2, 3, 3)  float  the last axis is dense
 *
 * rank3_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef RANK3_H
#define RANK3_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef RANK3_CONST
#define RANK3_CONST static const
#endif
#ifndef RANK3_ALIGN
#if defined(__GNUC__)
#define RANK3_ALIGN(n) __attribute__((aligned(n)))
#else
#define RANK3_ALIGN(n)
#endif
#endif

#define RANK3_INPUT_SHAPE   {2, 3, 4}
#define RANK3_INPUT_SIZE    24

#define RANK3_OUTPUT_SHAPE  {2, 3, 3}
#define RANK3_OUTPUT_SIZE   18

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define RANK3_CONTEXT_BYTES 4
typedef struct {
    float unused;  /* this model works in its arguments alone */
} rank3_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char rank3_context_size[sizeof(rank3_context) == RANK3_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void rank3_run(rank3_context *context, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
