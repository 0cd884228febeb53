/* steps.c: the model 'steps' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc steps.json steps.npz
 * SHA-256 of steps.json:
 *     c2ece594f5fbb7ef527e119e452da4c2a7732476e3928d6005621998cbb01498
 * SHA-256 of steps.npz:
 *     0b3b313708c286ea66e7349741fd905f8cb70bb2f34ae31c4ab461806645a9da
 *
 * Layers, in the order in which they run:
 *
 *   each: Conv1D (1, 6, 2) -> (1, 6, 2), 3 times
 *       filters 2, kernel_size 3, padding same, relu
 *       216 multiply-adds, 56 bytes of constants, kernel conv1d_unrolled
 *   most: GlobalMaxPooling1D (1, 6, 2) -> (2,), 3 times
 *       kernel global_pool1d
 *   last: Dense (3, 2) -> (3, 2)
 *       units 2
 *       12 multiply-adds, 24 bytes of constants, kernel conv1d_unrolled
 *
 * Memory: 80 bytes of constants, 168 bytes of context,
 *     no heap, no global that is written.
 * Work: 228 multiply-adds a call.
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
#include "steps.h"

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
#define STEPS_SCALAR __attribute__((optimize("no-tree-vectorize")))
#else
#define STEPS_SCALAR
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define STEPS_RESTRICT __restrict__
#else
#define STEPS_RESTRICT
#endif
#else
#define STEPS_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t steps_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float steps_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t steps_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float steps_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return steps_f32_from_bits(steps_f32_bits(x) & ~steps_f32_less(x + x, 0.0f));
#else
    return steps_f32_from_bits(steps_f32_bits(x) & ~steps_f32_less(x, 0.0f));
#endif
}

/* each: Conv1D (1, 6, 2) -> (1, 6, 2), 3 times
 * filters 2, kernel_size 3, padding same, relu
 * Each sum runs from the bias over taps, then channels.
 */
STEPS_SCALAR static void steps_each_sums(const float *STEPS_RESTRICT x,
                                         float *STEPS_RESTRICT y)
{
    {  /* step 0: only taps 1..2 are inside */
        const float *p = x;
        float *q = y;
        float a0 = -0.0625f;  float a1 = -0.3125f;

        /* tap 1, channel 0 */
        a0 += 0.8125f * p[0];  a1 += 0.3125f * p[0];
        /* tap 1, channel 1 */
        a0 += -0.3125f * p[1];  a1 +=    0.75f * p[1];
        /* tap 2, channel 0 */
        a0 +=  0.8125f * p[2];  a1 += -0.6875f * p[2];
        /* tap 2, channel 1 */
        a0 += 0.375f * p[3];  a1 +=  0.75f * p[3];

        q[0] = a0;  q[1] = a1;
    }
    for (int t = 0; t < 4; t++) {  /* steps 1..4: every tap is inside */
        const float *p = x + 2 * t;
        float *q = y + 2 + 2 * t;
        float a0 = -0.0625f;  float a1 = -0.3125f;

        /* tap 0, channel 0 */
        a0 +=  0.5f * p[0];  a1 += 0.25f * p[0];
        /* tap 0, channel 1 */
        a0 += -0.9375f * p[1];  a1 +=  -0.125f * p[1];
        /* tap 1, channel 0 */
        a0 += 0.8125f * p[2];  a1 += 0.3125f * p[2];
        /* tap 1, channel 1 */
        a0 += -0.3125f * p[3];  a1 +=    0.75f * p[3];
        /* tap 2, channel 0 */
        a0 +=  0.8125f * p[4];  a1 += -0.6875f * p[4];
        /* tap 2, channel 1 */
        a0 += 0.375f * p[5];  a1 +=  0.75f * p[5];

        q[0] = a0;  q[1] = a1;
    }
    {  /* step 5: only taps 0..1 are inside */
        const float *p = x + 8;
        float *q = y + 10;
        float a0 = -0.0625f;  float a1 = -0.3125f;

        /* tap 0, channel 0 */
        a0 +=  0.5f * p[0];  a1 += 0.25f * p[0];
        /* tap 0, channel 1 */
        a0 += -0.9375f * p[1];  a1 +=  -0.125f * p[1];
        /* tap 1, channel 0 */
        a0 += 0.8125f * p[2];  a1 += 0.3125f * p[2];
        /* tap 1, channel 1 */
        a0 += -0.3125f * p[3];  a1 +=    0.75f * p[3];

        q[0] = a0;  q[1] = a1;
    }
}

static void steps_each(const float *STEPS_RESTRICT x, float *STEPS_RESTRICT y)
{
    steps_each_sums(x, y);
    for (int i = 0; i < 12; i++) {
        y[i] = steps_f32_relu(y[i]);
    }
}

/* most: GlobalMaxPooling1D (1, 6, 2) -> (2,), 3 times
 * Steps in order of time.
 */
static void steps_most(const float *STEPS_RESTRICT x, float *STEPS_RESTRICT y)
{
    for (int c = 0; c < 2; c++) {
        y[c] = x[c];
    }
    for (int t = 1; t < 6; t++) {
        x += 2;
        for (int c = 0; c < 2; c++) {
            y[c] = x[c] > y[c] || x[c] != x[c] ? x[c] : y[c];  /* a NaN stays */
        }
    }
}

/* last: Dense (3, 2) -> (3, 2)
 * units 2
 * Each sum runs from the bias over taps, then channels.
 */
STEPS_SCALAR static void steps_last(const float *STEPS_RESTRICT x,
                                    float *STEPS_RESTRICT y)
{
    for (int t = 0; t < 3; t++) {  /* steps 0..2: every tap is inside */
        const float *p = x + 2 * t;
        float *q = y + 2 * t;
        float a0 = -0.1875f;  float a1 =  0.6875f;

        /* tap 0, channel 0 */
        a0 +=  -0.625f * p[0];  a1 += -0.5625f * p[0];
        /* tap 0, channel 1 */
        a0 += 0.0625f * p[1];  a1 +=  -0.25f * p[1];

        q[0] = a0;  q[1] = a1;
    }
}

void steps_run(steps_context *context, const float *input, float *output)
{
    float *const memory = context->memory;

    for (int i = 0; i < 3; i++) {
        steps_each(input + i * 12, memory + i * 12);
    }
    for (int i = 0; i < 3; i++) {
        steps_most(memory + i * 12, memory + 36 + i * 2);
    }
    steps_last(memory + 36, output);
}
