/* literal.h: interface of literal.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc literal.json literal.npz --input-shape 8x1
 * SHA-256 of literal.json:
 *     876b13666df249f172be694ca537e1107c657ce050904e30bf690c43190693a9
 * SHA-256 of literal.npz:
 *     d606a77bf35d1c5fd15a92333bab6660a211d06cb088bc895dddc687d6d4ae76
 *
 * input   'input'  (8, 1)  float  x[step * channels + channel]
 * output  'conv'   (8, 2)  float  x[step * channels + channel]
 *
 * literal_run computes one sample; a batch is the caller's loop. It needs no heap, no
 * libm and no other file, keeps nothing between calls and writes no global: with a
 * context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef LITERAL_H
#define LITERAL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef LITERAL_CONST
#define LITERAL_CONST static const
#endif
#ifndef LITERAL_ALIGN
#if defined(__GNUC__)
#define LITERAL_ALIGN(n) __attribute__((aligned(n)))
#else
#define LITERAL_ALIGN(n)
#endif
#endif

#define LITERAL_INPUT_STEPS      8
#define LITERAL_INPUT_CHANNELS   1
#define LITERAL_INPUT_SIZE       8

#define LITERAL_OUTPUT_STEPS     8
#define LITERAL_OUTPUT_CHANNELS  2
#define LITERAL_OUTPUT_SIZE      16

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define LITERAL_CONTEXT_BYTES 4
typedef struct {
    float unused;  /* this model works in its arguments alone */
} literal_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char literal_context_size[
    sizeof(literal_context) == LITERAL_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void literal_run(literal_context *context, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
