/* names.c: the model 'na* /mes' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc names.json names.npz
 * SHA-256 of names.json:
 *     58d41668e7565fe1db111f391cb9c613f3ab82753e2e29171a59c93391887d6c
 * SHA-256 of names.npz:
 *     cb706cfab9d17ee07ecd097cd7696a61c0293a7a0b6cf51b2789eacc61e70c19
 *
 * Layers, in the order in which they run:
 *
 *   run: Conv1D (6, 2) -> (6, 2)
 *       filters 2, kernel_size 1, tanh
 *       24 multiply-adds, 24 bytes of constants, kernel conv1d_unrolled
 *   f32_tanh: Activation (6, 2) -> (6, 2)
 *       relu
 *       kernel elementwise
 *   run_weights: Conv1D (6, 2) -> (6, 2)
 *       filters 2, kernel_size 1
 *       24 multiply-adds, 24 bytes of constants, kernel conv1d_unrolled
 *   run_weights_copy: copy (6, 2) -> (6, 2)
 *       kernel elementwise
 *   in put_copy: copy (6, 2) -> (6, 2)
 *       kernel elementwise
 *
 * Memory: 48 bytes of constants, 48 bytes of context,
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
#include "names.h"

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
#define NAMES_SCALAR __attribute__((optimize("no-tree-vectorize")))
#else
#define NAMES_SCALAR
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define NAMES_RESTRICT __restrict__
#else
#define NAMES_RESTRICT
#endif
#else
#define NAMES_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t names_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float names_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t names_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* A mask: all bits set where x is NaN. */
static inline uint32_t names_f32_is_nan(float x)
{
    return 0u - (uint32_t)(x != x);
}

/* a where mask is set, else b; no arithmetic, so that NaN and infinities pass. */
static inline float names_f32_select(uint32_t mask, float a, float b)
{
    uint32_t u = names_f32_bits(b);
    return names_f32_from_bits(u ^ ((names_f32_bits(a) ^ u) & mask));
}

/* |x| */
static inline float names_f32_abs(float x)
{
    return names_f32_from_bits(names_f32_bits(x) & 0x7fffffffu);
}

/* |x| with the sign of s. */
static inline float names_f32_with_sign(float x, float s)
{
    return names_f32_from_bits(
            (names_f32_bits(x) & 0x7fffffffu) | (names_f32_bits(s) & 0x80000000u));
}

/* x where it is NaN, else y: the payload is the same on every processor. */
static inline float names_f32_keep_nan(float x, float y)
{
    return names_f32_select(names_f32_is_nan(x), x, y);
}

/* min(x, c); NaN stays. */
static inline float names_f32_at_most(float x, float c)
{
    return names_f32_select(names_f32_less(c, x), c, x);
}

/* 2^k, -126 <= k <= 127. */
static inline float names_f32_power2(uint32_t k)
{
    return names_f32_from_bits((k + 127u) << 23);
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float names_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return names_f32_from_bits(names_f32_bits(x) & ~names_f32_less(x + x, 0.0f));
#else
    return names_f32_from_bits(names_f32_bits(x) & ~names_f32_less(x, 0.0f));
#endif
}

/* tanh(a), 0 <= a < 0.6: a + a z P(z), z = a^2: minimax, error 2^-32. */
static inline float names_f32_tanh_near(float a)
{
    float z = a * a;
    float p = -0.008190536f + z * 0.0021533251f;
    p = 0.02170703f + z * p;
    p = -0.05394819f + z * p;
    p = 0.13333221f + z * p;
    p = -0.3333333f + z * p;
    return a + (a * z) * p;
}

/* tanh(a) = 1 - t, a >= 0.6: t = 2 / (e + 1), e = exp(2 a) = 2^k (h + l) up to 2^-26;
 * what e + 1 loses is put right. */
static inline float names_f32_tanh_far(float a)
{
    float b = names_f32_at_most(a + a, 30.0f);
    float shifted = b * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float r = (b - k * 0.69314575f) - k * 1.4286068e-6f;
    float p = 0.04166829f + r * (0.008368701f + r * 0.0013818921f);
    float w = r + r * r * (0.49999994f + r * (0.16666521f + r * p));
    float h = 1.0f + w;
    float s = names_f32_power2(names_f32_bits(shifted) - 0x4b400000u);
    float e = h * s;
    float d = e + 1.0f;
    float dl = (1.0f - (d - e)) + (w - (h - 1.0f)) * s;
    float t = 2.0f / d;
    float y = 1.0f - t;
    return y + (((1.0f - y) - t) + t * (t * (0.5f * dl)));
}

/* tanh(x): at most 0.888 ulp. */
static inline float names_f32_tanh(float x)
{
    float a = names_f32_abs(x);
    float y = names_f32_select(names_f32_less(a, 0.6f), names_f32_tanh_near(a),
                               names_f32_tanh_far(a));
    return names_f32_keep_nan(x, names_f32_with_sign(y, x));
}

/* run: Conv1D (6, 2) -> (6, 2)
 * filters 2, kernel_size 1, tanh
 * Each sum runs from the bias over taps, then channels.
 */
NAMES_SCALAR static void names_run_2_sums(const float *NAMES_RESTRICT x,
                                          float *NAMES_RESTRICT y)
{
    for (int t = 0; t < 6; t++) {  /* steps 0..5: every tap is inside */
        const float *p = x + 2 * t;
        float *q = y + 2 * t;
        float a0 =  0.5625f;  float a1 = -0.5625f;

        /* tap 0, channel 0 */
        a0 +=  -1.0f * p[0];  a1 += 0.125f * p[0];
        /* tap 0, channel 1 */
        a0 += 0.6875f * p[1];  a1 +=   -0.5f * p[1];

        q[0] = a0;  q[1] = a1;
    }
}

static void names_run_2(const float *NAMES_RESTRICT x, float *NAMES_RESTRICT y)
{
    names_run_2_sums(x, y);
    for (int i = 0; i < 12; i++) {
        y[i] = names_f32_tanh(y[i]);
    }
}

/* f32_tanh: Activation (6, 2) -> (6, 2)
 * relu
 */
static void names_layer_f32_tanh(const float *NAMES_RESTRICT x, float *NAMES_RESTRICT y)
{
    for (int i1 = 0; i1 < 12; i1++) {
        y[i1] = names_f32_relu(x[i1]);
    }
}

/* run_weights: Conv1D (6, 2) -> (6, 2)
 * filters 2, kernel_size 1
 * Each sum runs from the bias over taps, then channels.
 */
NAMES_SCALAR static void names_run_weights(const float *NAMES_RESTRICT x,
                                           float *NAMES_RESTRICT y)
{
    for (int t = 0; t < 6; t++) {  /* steps 0..5: every tap is inside */
        const float *p = x + 2 * t;
        float *q = y + 2 * t;
        float a0 =  1.0f;  float a1 = 0.75f;

        /* tap 0, channel 0 */
        a0 +=   -0.5f * p[0];  a1 += 0.0625f * p[0];
        /* tap 0, channel 1 */
        a0 += 0.3125f * p[1];  a1 +=    0.5f * p[1];

        q[0] = a0;  q[1] = a1;
    }
}

/* run_weights_copy: copy (6, 2) -> (6, 2)
 */
static void names_run_weights_copy(const float *NAMES_RESTRICT x,
                                   float *NAMES_RESTRICT y)
{
    for (int i1 = 0; i1 < 12; i1++) {
        y[i1] = x[i1];
    }
}

/* in put_copy: copy (6, 2) -> (6, 2)
 */
static void names_in_put_copy(const float *NAMES_RESTRICT x, float *NAMES_RESTRICT y)
{
    for (int i1 = 0; i1 < 12; i1++) {
        y[i1] = x[i1];
    }
}

void names_run(names_context *context, const float *input0, const float *input1,
               float *output0, float *output1, float *output2, float *output3)
{
    float *const memory = context->memory;

    (void)input1;  /* no output depends on it */

    names_run_2(input0, output3);
    names_layer_f32_tanh(output3, memory);
    names_run_weights(memory, output0);
    names_run_weights_copy(output0, output1);
    names_in_put_copy(input0, output2);
}
