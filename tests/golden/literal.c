/* literal.c: the model 'conv' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc literal.json literal.npz --input-shape 8x1
 * SHA-256 of literal.json:
 *     876b13666df249f172be694ca537e1107c657ce050904e30bf690c43190693a9
 * SHA-256 of literal.npz:
 *     d606a77bf35d1c5fd15a92333bab6660a211d06cb088bc895dddc687d6d4ae76
 *
 * Layers, in the order in which they run:
 *
 *   conv: Conv1D (8, 1) -> (8, 2)
 *       filters 2, kernel_size 3, padding same, relu
 *       48 multiply-adds, 32 bytes of constants, kernel conv1d_unrolled
 *
 * Memory: 32 bytes of constants, 4 bytes of context,
 *     no heap, no global that is written.
 * Work: 48 multiply-adds a call.
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
#include "literal.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

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
#define LITERAL_SCALAR __attribute__((optimize("no-tree-vectorize")))
#else
#define LITERAL_SCALAR
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define LITERAL_RESTRICT __restrict__
#else
#define LITERAL_RESTRICT
#endif
#else
#define LITERAL_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t literal_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float literal_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t literal_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float literal_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return literal_f32_from_bits(literal_f32_bits(x) & ~literal_f32_less(x + x, 0.0f));
#else
    return literal_f32_from_bits(literal_f32_bits(x) & ~literal_f32_less(x, 0.0f));
#endif
}

/* conv: Conv1D (8, 1) -> (8, 2)
 * filters 2, kernel_size 3, padding same, relu
 * Each sum runs from the bias over taps, then channels.
 */
LITERAL_SCALAR static void literal_conv_sums(const float *LITERAL_RESTRICT x,
                                             float *LITERAL_RESTRICT y)
{
    {  /* step 0: only taps 1..2 are inside */
        const float *p = x;
        float *q = y;
        float a0 =   -0.5f;  float a1 = 0.0625f;

        /* tap 1, channel 0 */
        a0 +=    -0.5f * p[0];  a1 += -0.0625f * p[0];
        /* tap 2, channel 0 */
        a0 += 0.8125f * p[1];  a1 +=  -0.75f * p[1];

        q[0] = a0;  q[1] = a1;
    }
    for (int t = 0; t < 6; t++) {  /* steps 1..6: every tap is inside */
        const float *p = x + t;
        float *q = y + 2 + 2 * t;
        float a0 =   -0.5f;  float a1 = 0.0625f;

        /* tap 0, channel 0 */
        a0 +=  0.8125f * p[0];  a1 += -0.4375f * p[0];
        /* tap 1, channel 0 */
        a0 +=    -0.5f * p[1];  a1 += -0.0625f * p[1];
        /* tap 2, channel 0 */
        a0 += 0.8125f * p[2];  a1 +=  -0.75f * p[2];

        q[0] = a0;  q[1] = a1;
    }
    {  /* step 7: only taps 0..1 are inside */
        const float *p = x + 6;
        float *q = y + 14;
        float a0 =   -0.5f;  float a1 = 0.0625f;

        /* tap 0, channel 0 */
        a0 +=  0.8125f * p[0];  a1 += -0.4375f * p[0];
        /* tap 1, channel 0 */
        a0 +=    -0.5f * p[1];  a1 += -0.0625f * p[1];

        q[0] = a0;  q[1] = a1;
    }
}

static void literal_conv(const float *LITERAL_RESTRICT x, float *LITERAL_RESTRICT y)
{
    literal_conv_sums(x, y);
    for (int i = 0; i < 16; i++) {
        y[i] = literal_f32_relu(y[i]);
    }
}

void literal_run(literal_context *context, const float *input, float *output)
{
    (void)context;  /* this model works in its arguments alone */

    literal_conv(input, output);
}
