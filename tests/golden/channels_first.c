/* channels_first.c: the model 'channels_first' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc channels_first.json channels_first.npz
 * SHA-256 of channels_first.json:
 *     d52bdc641694ba7d41832b5ec04dab10ed9ccef6a9b0ec83066c5f221dabafd5
 * SHA-256 of channels_first.npz:
 *     fc50b90dc9a0a585c3ca7a2eaa3ea92d1b2bc3b42bece4347c6f9cf3de6a43ef
 *
 * Layers, in the order in which they run:
 *
 *   conv: Conv1D (4, 9) -> (6, 4)
 *       filters 6, kernel_size 3, strides 2, data_format channels_first, groups 2
 *       144 multiply-adds, 168 bytes of constants, kernel conv1d_unrolled
 *   flat: Flatten (6, 4) -> (24,)
 *       data_format channels_first
 *       kernel move
 *
 * Memory: 168 bytes of constants, 96 bytes of context,
 *     no heap, no global that is written.
 * Work: 144 multiply-adds a call.
 * Numbers: IEEE 754 binary32, round to nearest, subnormals kept.
 *     Every product is rounded, then every sum (--fp separate);
 *     each sum runs in the one order that conv1dc's docs/arithmetic.md defines.  So the
 *     result equals that of `conv1dc run` bit for bit, with every compiler and at every
 *     optimisation level, as long as no option lets the compiler change values.  What
 *     can be seen of such options stops the compilation below.  What cannot be seen:
 *     clang's -ffp-contract=fast, -freciprocal-math and -funsafe-math-optimizations,
 *     and flush-to-zero or another rounding mode set when the program runs
 *     (-ffast-math at link time may do that).
 * Ownership: this file belongs to whoever ran conv1dc on the model; conv1dc claims no
 *     rights in it.
 */
#include "channels_first.h"

#include <float.h>
#include <math.h>

#if defined(__FAST_MATH__)
#error "-ffast-math changes results; compile this file without it"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ == 1
#error "-ffinite-math-only changes results; compile this file without it"
#endif
#if defined(__ASSOCIATIVE_MATH__)
#error "-fassociative-math changes results; compile this file without it"
#endif
#if defined(__RECIPROCAL_MATH__)
#error "-freciprocal-math changes results; compile this file without it"
#endif
#if defined(__NO_SIGNED_ZEROS__)
#error "-fno-signed-zeros changes results; compile this file without it"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "this compiler computes float in another precision (try -mfpmath=sse)"
#endif

/* No fused multiply-add where the text has two operations, and no sum in another order:
 * clang does not say whether it was allowed one, gcc 12 exchanges loops at -O3. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#if __clang_major__ >= 14
#pragma clang fp reassociate(off)
#endif
#elif defined(__GNUC__)
#pragma GCC optimize("-ffp-contract=off", "-fno-loop-interchange")
/* For speed alone: accumulators that memcpy() sets or stores leave their registers. */
#pragma GCC optimize("-fno-tree-loop-distribute-patterns")
#endif

/* For sums of literals: gcc fuses what it makes vectors of, in spite of the above. */
#if defined(__GNUC__) && !defined(__clang__)
#define CHANNELS_FIRST_SCALAR __attribute__((optimize("no-tree-vectorize")))
#else
#define CHANNELS_FIRST_SCALAR
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define CHANNELS_FIRST_RESTRICT __restrict__
#else
#define CHANNELS_FIRST_RESTRICT
#endif
#else
#define CHANNELS_FIRST_RESTRICT restrict
#endif

/* conv: Conv1D (4, 9) -> (6, 4)
 * filters 6, kernel_size 3, strides 2, data_format channels_first, groups 2
 * Each sum runs from the bias over taps, then channels.
 */
CHANNELS_FIRST_SCALAR static void channels_first_conv(
        const float *CHANNELS_FIRST_RESTRICT x, float *CHANNELS_FIRST_RESTRICT y)
{
    for (int t = 0; t < 4; t++) {  /* steps 0..3: every tap is inside */
        const float *p = x + 2 * t;
        float *q = y + t;
        {  /* filters 0..2 */
            float a0 =  0.9375f;  float a1 =  0.0625f;  float a2 = -0.5625f;

            /* tap 0, channel 0 */
            a0 += INFINITY * p[0];  a1 +=  0.9375f * p[0];  a2 +=  0.6875f * p[0];
            /* tap 0, channel 1 */
            a0 += -0.875f * p[9];  a1 +=    1.0f * p[9];  a2 +=   -1.0f * p[9];
            /* tap 1, channel 0 */
            a0 += -0.875f * p[1];  a1 +=   0.75f * p[1];  a2 += 0.5625f * p[1];
            /* tap 1, channel 1 */
            a0 += -0.8125f * p[10];  a1 +=      NAN * p[10];  a2 += -0.1875f * p[10];
            /* tap 2, channel 0 */
            a0 += -0.9375f * p[2];  a1 +=   -0.25f * p[2];  a2 +=    0.25f * p[2];
            /* tap 2, channel 1 */
            a0 += -1.0f * p[11];  a1 += 0.75f * p[11];  a2 += -1.0f * p[11];

            q[0] = a0;  q[4] = a1;  q[8] = a2;
        }
        {  /* filters 3..5 */
            float a0 = 0.8125f;  float a1 =  -0.25f;  float a2 =  -0.25f;

            /* tap 0, channel 2 */
            a0 +=  -0.625f * p[18];  a1 +=   0.625f * p[18];  a2 += -0.5625f * p[18];
            /* tap 0, channel 3 */
            a0 +=  0.8125f * p[27];  a1 += -0.3125f * p[27];  a2 +=  0.1875f * p[27];
            /* tap 1, channel 2 */
            a0 += -0.1875f * p[19];  a1 +=    -0.5f * p[19];  a2 +=  0.9375f * p[19];
            /* tap 1, channel 3 */
            a0 +=  0.375f * p[28];  a1 += -0.625f * p[28];  a2 +=    1.0f * p[28];
            /* tap 2, channel 2 */
            a0 +=  0.25f * p[20];  a1 +=  -0.5f * p[20];  a2 += 0.625f * p[20];
            /* tap 2, channel 3 */
            a0 += -0.375f * p[29];  a1 +=   -1.0f * p[29];  a2 +=  -0.25f * p[29];

            q[12] = a0;  q[16] = a1;  q[20] = a2;
        }
    }
}

/* flat: Flatten (6, 4) -> (24,)
 * data_format channels_first
 */
static void channels_first_flat(const float *CHANNELS_FIRST_RESTRICT x,
                                float *CHANNELS_FIRST_RESTRICT y)
{
    for (int i1 = 0; i1 < 4; i1++) {
        for (int i2 = 0; i2 < 6; i2++) {
            *y++ = x[i1 + 4 * i2];
        }
    }
}

void channels_first_run(channels_first_context *context, const float *input,
                        float *output)
{
    float *const memory = context->memory;

    channels_first_conv(input, memory);
    channels_first_flat(memory, output);
}
