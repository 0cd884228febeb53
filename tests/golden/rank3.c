/* rank3.c: the model 'rank3' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc rank3.json rank3.npz
 * SHA-256 of rank3.json:
 *     a8505f4562ca8d78feb84818285c2a0f824446febcadf4a24091b186bf3cf604
 * SHA-256 of rank3.npz:
 *     f32b2d5a35f428a2aca4b4b8bbaa538e22ad216942703bbbf8a516d4905cab76
 *
 * Layers, in the order in which they run:
 *
 *   dense: Dense (2, 3, 4) -> (2, 3, 3)
 *       units 3, elu
 *       72 multiply-adds, 60 bytes of constants, kernel conv1d_unrolled
 *
 * Memory: 60 bytes of constants, 4 bytes of context,
 *     no heap, no global that is written.
 * Work: 72 multiply-adds a call.
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
#include "rank3.h"

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
#define RANK3_SCALAR __attribute__((optimize("no-tree-vectorize")))
#else
#define RANK3_SCALAR
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define RANK3_RESTRICT __restrict__
#else
#define RANK3_RESTRICT
#endif
#else
#define RANK3_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t rank3_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float rank3_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t rank3_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* A mask: all bits set where x is NaN. */
static inline uint32_t rank3_f32_is_nan(float x)
{
    return 0u - (uint32_t)(x != x);
}

/* a where mask is set, else b; no arithmetic, so that NaN and infinities pass. */
static inline float rank3_f32_select(uint32_t mask, float a, float b)
{
    uint32_t u = rank3_f32_bits(b);
    return rank3_f32_from_bits(u ^ ((rank3_f32_bits(a) ^ u) & mask));
}

/* |x| with the sign of s. */
static inline float rank3_f32_with_sign(float x, float s)
{
    return rank3_f32_from_bits(
            (rank3_f32_bits(x) & 0x7fffffffu) | (rank3_f32_bits(s) & 0x80000000u));
}

/* x where it is NaN, else y: the payload is the same on every processor. */
static inline float rank3_f32_keep_nan(float x, float y)
{
    return rank3_f32_select(rank3_f32_is_nan(x), x, y);
}

/* max(x, c); NaN stays. */
static inline float rank3_f32_at_least(float x, float c)
{
    return rank3_f32_select(rank3_f32_less(x, c), c, x);
}

/* min(x, c); NaN stays. */
static inline float rank3_f32_at_most(float x, float c)
{
    return rank3_f32_select(rank3_f32_less(c, x), c, x);
}

/* min(max(x, low), high); NaN stays. */
static inline float rank3_f32_clamp(float x, float low, float high)
{
    return rank3_f32_at_most(rank3_f32_at_least(x, low), high);
}

/* 2^k, -126 <= k <= 127. */
static inline float rank3_f32_power2(uint32_t k)
{
    return rank3_f32_from_bits((k + 127u) << 23);
}

/* The upper 12 bits of a; the rest, a - upper(a), has 12 bits, too: products of such
 * parts are exact. */
static inline float rank3_f32_upper(float a)
{
    return rank3_f32_from_bits(rank3_f32_bits(a) & 0xfffff000u);
}

/* a + b as a pair (Knuth's two-sum). */
static inline float rank3_f32_add_exact(float a, float b, float *low)
{
    float sum = a + b;
    float b_part = sum - a;
    *low = (a - (sum - b_part)) + (b - b_part);
    return sum;
}

/* a * b as a pair (Dekker's two-product), where no part under- or overflows. */
static inline float rank3_f32_multiply_exact(float a, float b, float *low)
{
    float product = a * b;
    float ah = rank3_f32_upper(a);
    float al = a - ah;
    float bh = rank3_f32_upper(b);
    float bl = b - bh;
    *low = (((ah * bh - product) + ah * bl) + al * bh) + al * bl;
    return product;
}

/* (exp(r) - 1 - r - r^2 / 2) / r^3, |r| <= 0.35: minimax. */
static inline float rank3_f32_exp_polynomial(float r)
{
    return 0.16666667f + r * (0.04166651f + r *
            (0.008333177f + r * (0.0013930503f + r * 0.00019972325f)));
}

/* x + xl = k ln 2 + (r, rl), |r| <= 0.35; returns k. |x| <= 170. ln 2 in two parts, the
 * first times k is exact; adding 1.5 * 2^23 rounds to an integer that then stands in
 * the low bits. */
static inline uint32_t rank3_f32_exp_reduce(float x, float xl, float *r, float *rl)
{
    float shifted = x * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float high = x - k * 0.69314575f;
    float low = xl - k * 1.4286068e-6f;
    *r = high + low;
    *rl = (high - *r) + low;
    return rank3_f32_bits(shifted) - 0x4b400000u;
}

/* exp(x + xl) - 1 as a pair, -30 <= x <= 0, relative error about 2^-28 also near 0: r^2
 * / 2 is kept exactly. */
static inline float rank3_f32_expm1_pair(float x, float xl, float *low)
{
    float r, rl, square_low, e, f;
    uint32_t k = rank3_f32_exp_reduce(x, xl, &r, &rl);
    float square = rank3_f32_multiply_exact(r, r, &square_low);
    float q = rank3_f32_exp_polynomial(r);
    float h = 1.0f + r;
    float l = r - (h - 1.0f);
    float rest = 0.5f * square + ((0.5f * square_low + (square * r) * q) +
            (rl + rl * r));
    float s = rank3_f32_power2(k);
    float n = rank3_f32_add_exact(-1.0f, h * s, &e);
    float m = rank3_f32_add_exact(n, l * s, &f);
    float tail = (e + f) + rest * s;
    float sum = m + tail;
    *low = tail - (sum - m);
    return sum;
}

/* x where x > 0, else exp(x) - 1: at most 0.677 ulp. */
static inline float rank3_f32_elu(float x)
{
    float nl;
    float n = rank3_f32_expm1_pair(rank3_f32_clamp(x, -30.0f, 0.0f), 0.0f, &nl);
    float y = rank3_f32_select(rank3_f32_less(0.0f, x), x, n + nl);
    return rank3_f32_keep_nan(x, rank3_f32_with_sign(y, x));
}

/* dense: Dense (2, 3, 4) -> (2, 3, 3)
 * units 3, elu
 * Each sum runs from the bias over taps, then channels.
 */
RANK3_SCALAR static void rank3_dense_sums(const float *RANK3_RESTRICT x,
                                          float *RANK3_RESTRICT y)
{
    for (int t = 0; t < 6; t++) {  /* steps 0..5: every tap is inside */
        const float *p = x + 4 * t;
        float *q = y + 3 * t;
        float a0 =   -0.75f;  float a1 = -0.9375f;  float a2 =  -0.625f;

        /* tap 0, channel 0 */
        a0 += 0.9375f * p[0];  a1 +=   0.75f * p[0];  a2 += -0.375f * p[0];
        /* tap 0, channel 1 */
        a0 += 0.3125f * p[1];  a1 +=  -0.25f * p[1];  a2 += 0.3125f * p[1];
        /* tap 0, channel 2 */
        a0 += -0.6875f * p[2];  a1 +=    0.25f * p[2];  a2 +=  0.8125f * p[2];
        /* tap 0, channel 3 */
        a0 +=     0.0f * p[3];  a1 +=    -0.5f * p[3];  a2 += -0.0625f * p[3];

        q[0] = a0;  q[1] = a1;  q[2] = a2;
    }
}

static void rank3_dense(const float *RANK3_RESTRICT x, float *RANK3_RESTRICT y)
{
    rank3_dense_sums(x, y);
    for (int i = 0; i < 18; i++) {
        y[i] = rank3_f32_elu(y[i]);
    }
}

void rank3_run(rank3_context *context, const float *input, float *output)
{
    (void)context;  /* this model works in its arguments alone */

    rank3_dense(input, output);
}
