/* channels_first.h: interface of channels_first.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc channels_first.json channels_first.npz
 * SHA-256 of channels_first.json:
 *     d52bdc641694ba7d41832b5ec04dab10ed9ccef6a9b0ec83066c5f221dabafd5
 * SHA-256 of channels_first.npz:
 *     fc50b90dc9a0a585c3ca7a2eaa3ea92d1b2bc3b42bece4347c6f9cf3de6a43ef
 *
 * input   'x'     (4, 9)  float  x[channel * steps + step]
 * output  'flat'  (24,)   float
 *
 * channels_first_run computes one sample; a batch is the caller's loop. It needs no
 * heap, no libm and no other file, keeps nothing between calls and writes no global:
 * with a context of its own, every thread or interrupt may call it.
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#ifndef CHANNELS_FIRST_H
#define CHANNELS_FIRST_H

#ifdef __cplusplus
extern "C" {
#endif

/* Can be defined before this file is included: where the weights are kept, and how the
 * context is aligned. */
#ifndef CHANNELS_FIRST_CONST
#define CHANNELS_FIRST_CONST static const
#endif
#ifndef CHANNELS_FIRST_ALIGN
#if defined(__GNUC__)
#define CHANNELS_FIRST_ALIGN(n) __attribute__((aligned(n)))
#else
#define CHANNELS_FIRST_ALIGN(n)
#endif
#endif

#define CHANNELS_FIRST_INPUT_STEPS      9
#define CHANNELS_FIRST_INPUT_CHANNELS   4
#define CHANNELS_FIRST_INPUT_SIZE       36

#define CHANNELS_FIRST_OUTPUT_CHANNELS  24
#define CHANNELS_FIRST_OUTPUT_SIZE      24

/* All working memory.  Nothing in it has to be set; it holds nothing between calls. */
#define CHANNELS_FIRST_CONTEXT_BYTES 96
typedef struct {
    CHANNELS_FIRST_ALIGN(8) float memory[24];
} channels_first_context;

/* Does not compile where the context is not as large as the number above says. */
typedef char channels_first_context_size[
    sizeof(channels_first_context) == CHANNELS_FIRST_CONTEXT_BYTES ? 1 : -1];

/* Inputs are never written; inputs, outputs and the context must not overlap. */
void channels_first_run(channels_first_context *context, const float *input,
                        float *output);

#ifdef __cplusplus
}
#endif

#endif
