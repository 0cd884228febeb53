/* residual.c: the model 'residual' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc residual.json residual.npz
 * SHA-256 of residual.json:
 *     87412fadc4b5f14eacb97a2cf90b7722635ca7ef117ba58f4de341eec06c4908
 * SHA-256 of residual.npz:
 *     e7055c0225e30375312bdd7ca334e30f9fe72ea941c6bf790905d886f7f377e5
 *
 * Layers, in the order in which they run:
 *
 *   conv1: Conv1D (32, 4) -> (32, 12)
 *       filters 12, kernel_size 5, padding causal, dilation_rate 2, relu
 *       7,680 multiply-adds, 1,008 bytes of constants, kernel conv1d_tiled
 *   conv2: Conv1D (32, 12) -> (32, 12)
 *       filters 12, kernel_size 3, padding same, tanh
 *       13,824 multiply-adds, 1,776 bytes of constants, kernel conv1d_tiled
 *   add: Add (32, 12), (32, 12) -> (32, 12)
 *       kernel elementwise
 *   pool: MaxPooling1D (32, 12) -> (8, 12)
 *       pool_size 4
 *       kernel pool1d
 *   class: Dense (96,) -> (5,)
 *       units 5
 *       480 multiply-adds, 1,940 bytes of constants, kernel conv1d_partial
 *   class: Softmax (5,) -> (5,)
 *       kernel softmax
 *
 * Memory: 4,724 bytes of constants, 3,072 bytes of context,
 *     no heap, no global that is written.
 * Work: 21,984 multiply-adds a call.
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
#include "residual.h"

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

/* Before a loop whose rounds are independent (filters, partial sums): one vector where
 * the processor has them, else registers. */
#if defined(__clang__) || !defined(__GNUC__) || __GNUC__ < 8
#define RESIDUAL_LANES
#elif defined(__SSE2__) || defined(__aarch64__)
#define RESIDUAL_LANES _Pragma("GCC unroll 1")
#else
#define RESIDUAL_LANES _Pragma("GCC unroll 16")
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define RESIDUAL_RESTRICT __restrict__
#else
#define RESIDUAL_RESTRICT
#endif
#else
#define RESIDUAL_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t residual_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float residual_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t residual_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* A mask: all bits set where x is NaN. */
static inline uint32_t residual_f32_is_nan(float x)
{
    return 0u - (uint32_t)(x != x);
}

/* a where mask is set, else b; no arithmetic, so that NaN and infinities pass. */
static inline float residual_f32_select(uint32_t mask, float a, float b)
{
    uint32_t u = residual_f32_bits(b);
    return residual_f32_from_bits(u ^ ((residual_f32_bits(a) ^ u) & mask));
}

/* |x| */
static inline float residual_f32_abs(float x)
{
    return residual_f32_from_bits(residual_f32_bits(x) & 0x7fffffffu);
}

/* |x| with the sign of s. */
static inline float residual_f32_with_sign(float x, float s)
{
    return residual_f32_from_bits(
            (residual_f32_bits(x) & 0x7fffffffu) |
            (residual_f32_bits(s) & 0x80000000u));
}

/* x where it is NaN, else y: the payload is the same on every processor. */
static inline float residual_f32_keep_nan(float x, float y)
{
    return residual_f32_select(residual_f32_is_nan(x), x, y);
}

/* max(x, c); NaN stays. */
static inline float residual_f32_at_least(float x, float c)
{
    return residual_f32_select(residual_f32_less(x, c), c, x);
}

/* min(x, c); NaN stays. */
static inline float residual_f32_at_most(float x, float c)
{
    return residual_f32_select(residual_f32_less(c, x), c, x);
}

/* min(max(x, low), high); NaN stays. */
static inline float residual_f32_clamp(float x, float low, float high)
{
    return residual_f32_at_most(residual_f32_at_least(x, low), high);
}

/* 2^k, -126 <= k <= 127. */
static inline float residual_f32_power2(uint32_t k)
{
    return residual_f32_from_bits((k + 127u) << 23);
}

/* y * 2^k, |k| < 252, in two steps, so that subnormal results come out. */
static inline float residual_f32_scale(float y, uint32_t k)
{
    uint32_t half = ((k + 1024u) >> 1) - 512u;
    return (y * residual_f32_power2(half)) * residual_f32_power2(k - half);
}

/* (exp(r) - 1 - r - r^2 / 2) / r^3, |r| <= 0.35: minimax. */
static inline float residual_f32_exp_polynomial(float r)
{
    return 0.16666667f + r * (0.04166651f + r *
            (0.008333177f + r * (0.0013930503f + r * 0.00019972325f)));
}

/* x + xl = k ln 2 + (r, rl), |r| <= 0.35; returns k. |x| <= 170. ln 2 in two parts, the
 * first times k is exact; adding 1.5 * 2^23 rounds to an integer that then stands in
 * the low bits. */
static inline uint32_t residual_f32_exp_reduce(float x, float xl, float *r, float *rl)
{
    float shifted = x * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float high = x - k * 0.69314575f;
    float low = xl - k * 1.4286068e-6f;
    *r = high + low;
    *rl = (high - *r) + low;
    return residual_f32_bits(shifted) - 0x4b400000u;
}

/* exp(x + xl) = 2^k (h + l), 0.7 <= h <= 1.42; returns k. |x| <= 170. */
static inline uint32_t residual_f32_exp_pair(float x, float xl, float *h, float *l)
{
    float r, rl;
    uint32_t k = residual_f32_exp_reduce(x, xl, &r, &rl);
    float q = 0.5f + r * residual_f32_exp_polynomial(r);
    *h = 1.0f + r;
    *l = (r - (*h - 1.0f)) + (r * r * q + (rl + rl * r));
    return k;
}

/* exp(x): at most 0.764 ulp. */
static inline float residual_f32_exponential(float x)
{
    float h, l;
    uint32_t k = residual_f32_exp_pair(residual_f32_clamp(x, -104.0f, 89.0f), 0.0f, &h,
                                       &l);
    return residual_f32_keep_nan(x, residual_f32_scale(h + l, k));
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float residual_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return residual_f32_from_bits(
            residual_f32_bits(x) & ~residual_f32_less(x + x, 0.0f));
#else
    return residual_f32_from_bits(residual_f32_bits(x) & ~residual_f32_less(x, 0.0f));
#endif
}

/* tanh(a), 0 <= a < 0.6: a + a z P(z), z = a^2: minimax, error 2^-32. */
static inline float residual_f32_tanh_near(float a)
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
static inline float residual_f32_tanh_far(float a)
{
    float b = residual_f32_at_most(a + a, 30.0f);
    float shifted = b * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float r = (b - k * 0.69314575f) - k * 1.4286068e-6f;
    float p = 0.04166829f + r * (0.008368701f + r * 0.0013818921f);
    float w = r + r * r * (0.49999994f + r * (0.16666521f + r * p));
    float h = 1.0f + w;
    float s = residual_f32_power2(residual_f32_bits(shifted) - 0x4b400000u);
    float e = h * s;
    float d = e + 1.0f;
    float dl = (1.0f - (d - e)) + (w - (h - 1.0f)) * s;
    float t = 2.0f / d;
    float y = 1.0f - t;
    return y + (((1.0f - y) - t) + t * (t * (0.5f * dl)));
}

/* tanh(x): at most 0.888 ulp. */
static inline float residual_f32_tanh(float x)
{
    float a = residual_f32_abs(x);
    float y = residual_f32_select(residual_f32_less(a, 0.6f), residual_f32_tanh_near(a),
                                  residual_f32_tanh_far(a));
    return residual_f32_keep_nan(x, residual_f32_with_sign(y, x));
}

/* Weights [block][tap][channel][filter]: 5 taps, 4 channels, 12 filters by 8. */
RESIDUAL_CONST float residual_conv1_weights[240] = {
      -0.4400499f,  0.056817554f,   0.23858495f,    0.3535067f,
      -0.7816572f,  -0.43806222f,    0.1503071f,  -0.47232068f,
      0.09778886f, -0.094695926f,   0.14315097f,   0.20200384f,
      0.36477336f,  -0.23587966f,   0.06012284f,   0.41328058f,
       0.6356276f,  -0.18939185f,  -0.66803783f,   0.40400767f,
      0.46899432f,  -0.20218256f,    0.1503071f,   0.41328058f,
       0.6356276f,  -0.03787837f,  -0.66803783f,   0.30300575f,
    -0.104220964f,   0.23587966f,  -0.36073706f,  -0.11808017f,
      0.34226105f,  -0.26514858f,    0.5726039f,    0.3535067f,
     -0.41688386f,  -0.40436512f, -0.090184264f,   0.11808017f,
      0.53783876f,  -0.11363511f,   0.62032086f,  -0.17675336f,
       0.2605524f,   0.30327386f,  -0.27055278f,   0.32472044f,
      0.24447216f, -0.018939186f,         -0.0f,   0.22725432f,
      -0.6253258f,   0.33697093f,   -0.1503071f,   0.38376054f,
     -0.04889443f,  -0.13257429f,  -0.62032086f,   0.32825625f,
      -0.2605524f,    0.5391535f,   0.39079848f,   0.20664029f,
      -0.7823109f,   0.28408778f,    0.4771699f,   0.20200384f,
       0.8337677f,  -0.20218256f,    0.4208599f, -0.059040084f,
     -0.39115545f,   0.18939185f,  -0.09543398f,  -0.02525048f,
    -0.104220964f,  -0.16848546f,   -0.3006142f,    0.1476002f,
       0.7823109f,  -0.07575674f,  -0.04771699f,   0.17675336f,
      0.41688386f,  -0.37066802f,  -0.12024568f,  0.029520042f,
      0.04889443f,   0.26514858f,   0.09543398f,   0.40400767f,
     -0.41688386f,  0.033697095f,    0.1503071f,   0.11808017f,
       0.6356276f, -0.018939186f,   -0.7157548f,   0.10100192f,
      0.41688386f,   0.30327386f,          0.0f,   0.11808017f,
       0.7823109f,  -0.18939185f,    0.5726039f,  -0.02525048f,
      -0.2605524f,   0.20218256f,  -0.18036853f,  -0.08856013f,
      0.19557773f,   0.07575674f,  -0.62032086f,   -0.2525048f,
      0.20844193f,  -0.26957676f,  -0.12024568f,   -0.2952004f,
      -0.4400499f,  -0.26514858f,   -0.5726039f,  -0.30300575f,
      -0.5732153f,  0.033697095f,  -0.21042995f,  -0.32472044f,
     -0.48894432f, -0.056817554f,    0.4294529f,  -0.20200384f,
      -0.7816572f,   -0.5054564f,   0.39079848f,   0.17712025f,
       0.1466833f,   0.18939185f,  -0.04771699f,    0.2777553f,
      0.20844193f,  -0.30327386f,  0.090184264f,   0.11808017f,
      -0.7334165f,   0.30302697f,   -0.4294529f,  -0.05050096f,
     -0.20844193f,   0.13478838f,  -0.12024568f,  -0.17712025f,
       0.6356276f, -0.056817554f,   0.23858495f,  -0.17675336f,
      0.36477336f,  -0.47175932f,   0.24049136f,   0.11808017f,
     -0.48731586f, -0.061350413f,   -0.5279255f, -0.082656115f,
      0.31327447f,   0.15337604f,  -0.15083586f,   0.41328058f,
      0.31327447f,  0.010225069f,    0.3016717f,   0.16531223f,
      0.10442483f,  0.010225069f, -0.037708964f,  -0.28929642f,
      0.31327447f,   0.08180055f,   0.26396275f,   0.16531223f,
       0.5569324f,  -0.08180055f,   0.15083586f,  -0.33062446f,
      -0.4525076f,  0.020450138f,  0.037708964f,   0.16531223f,
       0.2784662f,  0.020450138f,  -0.33938068f,  -0.24796835f,
       0.5221241f,   0.14315097f,  -0.37708965f,   0.57859284f,
            -0.0f,  -0.14315097f,  -0.15083586f,   0.53726476f,
      0.06961655f,   0.11247576f, -0.037708964f,          0.0f,
       0.1392331f,   -0.1636011f,   -0.3016717f,  -0.16531223f,
      0.48731586f,   0.08180055f,   -0.4525076f, -0.041328058f,
      0.20884965f,   0.09202562f,    0.5279255f, -0.041328058f,
      0.48731586f,  0.051125344f, -0.037708964f,  -0.24796835f,
     -0.48731586f, -0.122700825f,   0.07541793f,   0.37195253f,
     -0.17404138f, -0.010225069f,    0.5656345f,   -0.4959367f,
     -0.38289103f,  0.071575485f,    0.2262538f,   0.57859284f,
     0.034808274f,  0.061350413f,   0.15083586f,    0.6612489f,
     -0.48731586f,   0.09202562f,  -0.15083586f,   0.53726476f
};

/* One bias a filter. */
RESIDUAL_CONST float residual_conv1_bias[12] = {
      -0.5488944f,   -0.9053041f,  -0.35348108f,   -1.0662572f,
       0.3232153f,   0.33697093f,   0.17085989f, -0.065959916f,
            0.25f,    0.9795499f,  -0.82541794f,   0.19257914f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void residual_conv1_tile(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y)
{
    float a0[8];
    float a1[8];

    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int k = 0; k < 5; k++) {
        for (int c = 0; c < 4; c++) {
            const float x0 = x[c];
            const float x1 = x[c + 4];

            RESIDUAL_LANES
            for (int f = 0; f < 8; f++) {
                a0[f] += x0 * w[f];
            }
            RESIDUAL_LANES
            for (int f = 0; f < 8; f++) {
                a1[f] += x1 * w[f];
            }
            w += 8;
        }
        x += 8;
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = residual_f32_relu(a0[f]);
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 12] = residual_f32_relu(a1[f]);
    }
}

/* One step of 8 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void residual_conv1_step(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y, int row, int first, int end)
{
    float a0[8];

    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
    }
    for (int k = first; k < end; k++) {
        for (int c = 0; c < 4; c++) {
            const float x0 = x[4 * (row + 2 * k) + c];

            RESIDUAL_LANES
            for (int f = 0; f < 8; f++) {
                a0[f] += x0 * w[8 * (4 * k + c) + f];
            }
        }
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = residual_f32_relu(a0[f]);
    }
}

/* 4 steps of 4 filters, every tap inside; x: the first step's first tap. */
static void residual_conv1_rest(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y)
{
    float a0[4];
    float a1[4];
    float a2[4];
    float a3[4];

    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
        a2[f] = bias[f];
        a3[f] = bias[f];
    }
    for (int k = 0; k < 5; k++) {
        for (int c = 0; c < 4; c++) {
            const float x0 = x[c];
            const float x1 = x[c + 4];
            const float x2 = x[c + 8];
            const float x3 = x[c + 12];

            RESIDUAL_LANES
            for (int f = 0; f < 4; f++) {
                a0[f] += x0 * w[f];
            }
            RESIDUAL_LANES
            for (int f = 0; f < 4; f++) {
                a1[f] += x1 * w[f];
            }
            RESIDUAL_LANES
            for (int f = 0; f < 4; f++) {
                a2[f] += x2 * w[f];
            }
            RESIDUAL_LANES
            for (int f = 0; f < 4; f++) {
                a3[f] += x3 * w[f];
            }
            w += 4;
        }
        x += 8;
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = residual_f32_relu(a0[f]);
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 12] = residual_f32_relu(a1[f]);
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 24] = residual_f32_relu(a2[f]);
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 36] = residual_f32_relu(a3[f]);
    }
}

/* One step of 4 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void residual_conv1_rest_step(const float *RESIDUAL_RESTRICT x,
                                     const float *RESIDUAL_RESTRICT w,
                                     const float *RESIDUAL_RESTRICT bias,
                                     float *RESIDUAL_RESTRICT y, int row, int first,
                                     int end)
{
    float a0[4];

    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int k = first; k < end; k++) {
        for (int c = 0; c < 4; c++) {
            const float x0 = x[4 * (row + 2 * k) + c];

            RESIDUAL_LANES
            for (int f = 0; f < 4; f++) {
                a0[f] += x0 * w[4 * (4 * k + c) + f];
            }
        }
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = residual_f32_relu(a0[f]);
    }
}

/* conv1: Conv1D (32, 4) -> (32, 12)
 * filters 12, kernel_size 5, padding causal, dilation_rate 2, relu
 * Each sum runs from the bias over taps, then channels.
 */
static void residual_conv1(const float *RESIDUAL_RESTRICT x, float *RESIDUAL_RESTRICT y)
{
    for (int i = 0; i < 24; i += 2) {
        residual_conv1_tile(x + 4 * i, residual_conv1_weights, residual_conv1_bias,
                            y + 12 * i + 96);
    }
    for (int t = 0; t < 8; t++) {
        const int row = t - 8;
        const int first = row < 0 ? (1 - row) / 2 : 0;
        const int fits = (33 - row) / 2;
        const int end = fits < 5 ? fits : 5;

        residual_conv1_step(x, residual_conv1_weights, residual_conv1_bias, y + 12 * t,
                            row, first, end);
    }
    for (int i = 0; i < 24; i += 4) {
        residual_conv1_rest(x + 4 * i, residual_conv1_weights + 160,
                            residual_conv1_bias + 8, y + 12 * i + 104);
    }
    for (int t = 0; t < 8; t++) {
        const int row = t - 8;
        const int first = row < 0 ? (1 - row) / 2 : 0;
        const int fits = (33 - row) / 2;
        const int end = fits < 5 ? fits : 5;

        residual_conv1_rest_step(x, residual_conv1_weights + 160,
                                 residual_conv1_bias + 8, y + 12 * t + 8, row, first,
                                 end);
    }
}

/* Weights [block][tap][channel][filter]: 3 taps, 12 channels, 12 filters by 8. */
RESIDUAL_CONST float residual_conv2_weights[432] = {
     0.8125f,  0.4375f,  -0.875f,    0.25f,   -0.75f,  -0.625f,  -0.875f,  -0.875f,
        0.5f, -0.5625f, -0.3125f, -0.5625f, -0.8125f, -0.5625f,   0.875f,  -0.125f,
      0.375f,  0.8125f,    0.75f, -0.6875f,     1.0f,  0.9375f,   0.125f,  0.3125f,
     -0.125f,    -0.5f,     1.0f,   0.375f,  0.0625f, -0.4375f,    -1.0f,   0.125f,
    -0.3125f,  -0.875f, -0.0625f,     0.5f,  0.0625f,    -0.5f,  0.9375f, -0.5625f,
     0.0625f,  0.5625f,     0.5f,  0.0625f,   0.625f, -0.4375f,    -0.5f,   -0.75f,
     0.3125f,  0.8125f,  -0.375f, -0.0625f,  0.3125f, -0.4375f,    -1.0f,  0.4375f,
    -0.6875f, -0.0625f,  0.3125f, -0.0625f,     0.0f,  0.9375f, -0.6875f, -0.8125f,
     -0.375f,  0.6875f,  -0.125f, -0.5625f,  0.1875f,  0.9375f,  -0.875f,  0.5625f,
    -0.5625f,  -0.625f,   -0.25f,    -0.5f,  0.6875f, -0.8125f,     0.0f,    0.25f,
      0.875f,  -0.625f,   -0.75f,     0.0f,  -0.625f,     1.0f,   -0.75f,    0.25f,
       0.25f,     0.5f,  0.4375f,    0.25f,   0.875f,  0.5625f, -0.1875f, -0.4375f,
     0.3125f, -0.4375f,     1.0f,    -0.5f,   0.625f,  0.6875f,  0.3125f,  -0.125f,
    -0.5625f, -0.1875f,  0.6875f,   0.125f,    0.25f,  0.4375f,   -0.25f,   -0.25f,
      0.875f,   0.375f, -0.1875f,     0.0f,  0.0625f,   0.375f,   0.375f,   0.375f,
      0.125f,  0.5625f,  0.0625f,  0.4375f,   0.875f,  0.8125f,  -0.125f,    -1.0f,
      0.625f,  -0.875f, -0.8125f,   -0.75f, -0.6875f,    -1.0f,  0.3125f, -0.8125f,
     0.6875f,  0.5625f,  0.0625f, -0.1875f,    -0.5f,  0.3125f,     0.5f,   0.375f,
        1.0f, -0.8125f, -0.1875f, -0.3125f,  0.4375f,    -0.5f,    -0.5f,   0.625f,
      0.875f,  0.9375f,  -0.625f,  0.9375f, -0.9375f,   0.875f,     1.0f,  -0.125f,
     -0.125f,  0.8125f,    -0.5f, -0.9375f,  -0.625f, -0.1875f, -0.4375f,   0.875f,
     -0.375f,  0.6875f,   0.875f, -0.4375f, -0.8125f,  0.1875f, -0.6875f,    -0.5f,
    -0.3125f,    -1.0f,   0.875f,   0.875f, -0.5625f,    -1.0f,    0.25f, -0.4375f,
     0.1875f,   0.375f,   -0.75f, -0.1875f,  0.4375f,   -0.25f,   0.125f,   -0.25f,
    -0.5625f,  -0.625f, -0.0625f,  0.0625f, -0.0625f,  0.0625f,    -0.5f, -0.6875f,
    -0.3125f, -0.9375f,   0.625f, -0.3125f, -0.9375f,   0.625f, -0.3125f, -0.5625f,
     -0.125f,     1.0f,     0.5f,   0.875f,  -0.625f, -0.5625f,  0.1875f,  -0.625f,
      0.125f,    -1.0f,     1.0f,    0.25f, -0.1875f,  0.8125f,   -0.75f,  -0.875f,
      0.875f,  0.5625f,  0.0625f,   0.625f,  -0.125f,    0.75f,    -0.5f,  0.1875f,
     0.8125f,  -0.375f, -0.3125f,   0.125f,  -0.875f, -0.8125f,    -1.0f,  -0.375f,
    -0.0625f,  -0.875f,   0.375f, -0.8125f, -0.8125f,    0.25f,    0.75f, -0.6875f,
       0.25f,  -0.375f, -0.5625f, -0.6875f,   0.125f,  0.3125f,  -0.125f,  0.3125f,
    -0.1875f,    -1.0f,  -0.125f,    -0.5f,  -0.625f,    0.25f, -0.1875f,     0.5f,
       -0.5f, -0.5625f,    -0.5f, -0.1875f,  0.8125f, -0.9375f,  0.6875f, -0.5625f,
    -0.1875f, -0.9375f, -0.0625f,  0.5625f,     0.5f,   -0.25f, -0.0625f, -0.9375f,
    -0.9375f,    0.25f,    0.75f,    0.25f, -0.1875f, -0.8125f, -0.5625f,  -0.875f,
     0.6875f,  -0.875f,  -0.875f,   -0.75f,  0.1875f,  0.3125f,  0.1875f,    0.75f,
     -0.125f,  -0.375f,  -0.625f,  0.5625f,  0.3125f,  -0.875f, -0.4375f,  0.8125f,
       -0.5f,     1.0f,  0.9375f, -0.6875f,  -0.125f,  0.9375f,  0.0625f,  0.1875f,
       -1.0f,  0.4375f,  0.3125f, -0.1875f, -0.6875f,    0.25f,   -0.25f, -0.0625f,
        0.0f,  0.5625f,    -1.0f,    0.75f,  0.6875f,  0.9375f,  0.3125f,  -0.625f,
      -0.25f,     0.5f,  -0.625f,   0.125f,  -0.125f,    0.75f,    0.25f,     0.5f,
    -0.6875f,     0.0f,  0.8125f,  0.8125f,  -0.625f, -0.4375f, -0.3125f,  0.4375f,
       -0.5f,   0.125f,     0.5f,  0.6875f,   0.125f,   0.625f,  0.1875f, -0.6875f,
     -0.375f,    0.75f,    -1.0f,  0.1875f,  -0.125f,  -0.625f,  0.4375f, -0.9375f,
     0.3125f,    0.75f, -0.0625f,   -0.75f,  0.1875f,  -0.125f,   0.125f,   -0.25f,
      -0.75f,     0.5f,   0.375f,   0.625f,  -0.625f,  -0.125f, -0.9375f,   -0.25f,
      -0.75f,   0.875f,     1.0f,     1.0f,  0.8125f,  0.0625f,  -0.875f,   0.375f,
        0.5f, -0.6875f,    0.75f,  0.0625f,  0.9375f,  -0.125f,  -0.125f,     0.5f,
    -0.0625f, -0.0625f,  0.4375f,     0.0f,   0.625f, -0.4375f, -0.1875f,     0.5f,
    -0.5625f,  -0.375f,    0.75f,   -0.75f,   -0.75f,  0.0625f,    -0.5f,  -0.625f,
    -0.6875f, -0.3125f,  0.5625f,  0.0625f,     1.0f,   -0.25f,   -0.25f,  0.9375f,
     0.6875f,  0.9375f, -0.1875f, -0.5625f,  0.0625f, -0.4375f,   0.625f,   0.625f,
    -0.0625f, -0.4375f,  0.3125f, -0.3125f,  0.6875f,  0.6875f, -0.9375f, -0.3125f
};

/* One bias a filter. */
RESIDUAL_CONST float residual_conv2_bias[12] = {
       -0.5f,  0.4375f,  -0.375f,  -0.625f,  0.4375f, -0.5625f,  0.0625f, -0.4375f,
    -0.9375f,     0.0f, -0.6875f,    -0.5f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void residual_conv2_tile(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y)
{
    float a0[8];
    float a1[8];

    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 36; i++) {  /* 3 taps x 12 channels */
        const float x0 = x[i];
        const float x1 = x[i + 12];

        RESIDUAL_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        RESIDUAL_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 12] = a1[f];
    }
}

/* One step of 8 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void residual_conv2_step(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y, int row, int first, int end)
{
    float a0[8];

    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
    }
    for (int i = 12 * first; i < 12 * end; i++) {
        const float x0 = x[12 * row + i];

        RESIDUAL_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[8 * i + f];
        }
    }
    RESIDUAL_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
}

/* 4 steps of 4 filters, every tap inside; x: the first step's first tap. */
static void residual_conv2_rest(const float *RESIDUAL_RESTRICT x,
                                const float *RESIDUAL_RESTRICT w,
                                const float *RESIDUAL_RESTRICT bias,
                                float *RESIDUAL_RESTRICT y)
{
    float a0[4];
    float a1[4];
    float a2[4];
    float a3[4];

    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
        a2[f] = bias[f];
        a3[f] = bias[f];
    }
    for (int i = 0; i < 36; i++) {  /* 3 taps x 12 channels */
        const float x0 = x[i];
        const float x1 = x[i + 12];
        const float x2 = x[i + 24];
        const float x3 = x[i + 36];

        RESIDUAL_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[f];
        }
        RESIDUAL_LANES
        for (int f = 0; f < 4; f++) {
            a1[f] += x1 * w[f];
        }
        RESIDUAL_LANES
        for (int f = 0; f < 4; f++) {
            a2[f] += x2 * w[f];
        }
        RESIDUAL_LANES
        for (int f = 0; f < 4; f++) {
            a3[f] += x3 * w[f];
        }
        w += 4;
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 12] = a1[f];
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 24] = a2[f];
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 36] = a3[f];
    }
}

/* One step of 4 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void residual_conv2_rest_step(const float *RESIDUAL_RESTRICT x,
                                     const float *RESIDUAL_RESTRICT w,
                                     const float *RESIDUAL_RESTRICT bias,
                                     float *RESIDUAL_RESTRICT y, int row, int first,
                                     int end)
{
    float a0[4];

    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int i = 12 * first; i < 12 * end; i++) {
        const float x0 = x[12 * row + i];

        RESIDUAL_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[4 * i + f];
        }
    }
    RESIDUAL_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
}

/* conv2: Conv1D (32, 12) -> (32, 12)
 * filters 12, kernel_size 3, padding same, tanh
 * Each sum runs from the bias over taps, then channels.
 */
static void residual_conv2(const float *RESIDUAL_RESTRICT x, float *RESIDUAL_RESTRICT y)
{
    for (int i = 0; i < 30; i += 2) {
        residual_conv2_tile(x + 12 * i, residual_conv2_weights, residual_conv2_bias,
                            y + 12 * i + 12);
    }
    for (int i = 0; i < 2; i++) {
        /* Steps 0..0 and 31..31. */
        const int t = i < 1 ? i : i + 30;
        const int row = t - 1;
        const int first = row < 0 ? -row : 0;
        const int fits = 32 - row;
        const int end = fits < 3 ? fits : 3;

        residual_conv2_step(x, residual_conv2_weights, residual_conv2_bias, y + 12 * t,
                            row, first, end);
    }
    for (int i = 0; i < 30; i += 4) {
        /* The last tile goes over steps that are done already. */
        const int t = i < 26 ? i : 26;

        residual_conv2_rest(x + 12 * t, residual_conv2_weights + 288,
                            residual_conv2_bias + 8, y + 12 * t + 20);
    }
    for (int i = 0; i < 2; i++) {
        /* Steps 0..0 and 31..31. */
        const int t = i < 1 ? i : i + 30;
        const int row = t - 1;
        const int first = row < 0 ? -row : 0;
        const int fits = 32 - row;
        const int end = fits < 3 ? fits : 3;

        residual_conv2_rest_step(x, residual_conv2_weights + 288,
                                 residual_conv2_bias + 8, y + 12 * t + 8, row, first,
                                 end);
    }
    for (int i = 0; i < 384; i++) {
        y[i] = residual_f32_tanh(y[i]);
    }
}

/* add: Add (32, 12), (32, 12) -> (32, 12)
 */
static void residual_add(const float *x0, const float *x1, float *y)
{
    for (int i1 = 0; i1 < 384; i1++) {
        y[i1] = x0[i1] + x1[i1];
    }
}

/* pool: MaxPooling1D (32, 12) -> (8, 12)
 * pool_size 4
 * Each window runs in order of time over the steps that lie inside.
 */
static void residual_pool(const float *RESIDUAL_RESTRICT x, float *RESIDUAL_RESTRICT y)
{
    for (int t = 0; t < 8; t++) {
        const int row = 4 * t;

        for (int c = 0; c < 12; c++) {
            float v = x[12 * row + c];

            for (int i = row + 1; i < row + 4; i++) {
                const float u = x[12 * i + c];

                v = u > v || u != u ? u : v;  /* a NaN stays */
            }
            y[12 * t + c] = v;
        }
    }
}

/* Weights [filter][tap][channel]: 5 filters, 1 taps, 96 channels. */
RESIDUAL_CONST float residual_class_weights[480] = {
    -0.9375f,     0.5f,  0.1875f,  -0.375f,   0.125f,     0.5f,  0.3125f,    0.75f,
       0.75f,     1.0f, -0.0625f,  -0.625f,  -0.875f, -0.8125f, -0.9375f, -0.5625f,
        0.0f,  0.6875f, -0.1875f,   -0.25f,    0.25f,  0.4375f,  -0.125f,    0.25f,
    -0.8125f,  0.5625f,  -0.625f, -0.0625f,     0.5f, -0.4375f,   0.375f,    -1.0f,
       -0.5f,  -0.125f,  0.8125f,   0.875f,  -0.125f,  -0.125f,  -0.875f,   0.125f,
     0.9375f,    0.75f,     1.0f, -0.3125f,    -1.0f,  -0.375f,  -0.875f,     0.5f,
    -0.4375f,    -1.0f,   0.375f,  0.6875f, -0.6875f,  -0.625f,   0.125f,    -0.5f,
    -0.4375f, -0.1875f,  0.9375f,    -0.5f, -0.8125f, -0.9375f,  0.6875f, -0.6875f,
      0.875f,  -0.125f,  -0.875f,    -0.5f,    -1.0f, -0.9375f,  0.0625f, -0.9375f,
        1.0f,     1.0f,  0.0625f,    -1.0f,   0.625f,   0.375f,  0.8125f,  -0.625f,
    -0.8125f,   0.875f,   -0.25f,    0.75f,   -0.75f, -0.3125f, -0.4375f,     0.5f,
     0.6875f,  0.4375f,  -0.625f,   0.625f,   0.875f,     0.0f,  -0.125f,  0.3125f,
      0.625f,  0.3125f,  0.8125f,  0.4375f,     1.0f,  0.8125f, -0.6875f,   0.375f,
      0.375f,  -0.125f, -0.6875f,    0.75f,   0.625f,     1.0f,  -0.125f, -0.8125f,
    -0.9375f,    0.75f,     0.5f,  0.1875f,   -0.25f,  0.0625f,     1.0f,  0.8125f,
      0.875f, -0.8125f,  0.0625f,   -0.25f,  0.4375f,   0.375f,    0.25f,  0.8125f,
     0.5625f,  -0.375f,  0.1875f,  -0.125f,  0.8125f,    -0.5f,     0.5f,  0.5625f,
    -0.5625f,  -0.375f,    0.75f, -0.0625f,   0.375f,  -0.625f,     1.0f,  0.1875f,
        0.0f,   0.375f, -0.4375f,   0.125f,  -0.875f, -0.1875f,   -0.25f,     0.5f,
     -0.125f,  0.0625f,  0.4375f,  -0.125f, -0.3125f,   -0.25f,    -0.5f, -0.9375f,
     -0.125f,   0.375f,  0.9375f,     1.0f,  0.9375f,  0.9375f,    -0.5f,    0.75f,
    -0.8125f,     0.0f,   0.875f,  -0.125f, -0.9375f, -0.3125f,     1.0f,     0.0f,
     0.0625f,  0.9375f,    -1.0f,   0.125f, -0.8125f,   0.875f,  0.9375f,   0.125f,
    -0.5625f,  -0.375f,    -1.0f, -0.0625f,     1.0f,  0.1875f,  0.5625f,  -0.125f,
    -0.6875f,    0.25f,  0.3125f, -0.5625f,   0.375f,  -0.375f,     0.0f,  0.9375f,
     0.1875f,    -0.5f,  -0.875f,   0.125f,  0.6875f,   -0.25f,  -0.125f,  -0.875f,
     0.1875f,   0.625f, -0.8125f,    0.25f,  0.3125f,  0.1875f, -0.5625f,  0.0625f,
      -0.25f,     0.5f,  -0.875f,  0.4375f, -0.6875f,   -0.75f, -0.5625f,  0.0625f,
      0.375f,  0.0625f,   0.375f, -0.0625f,    -1.0f, -0.9375f,  0.5625f,     1.0f,
     0.9375f,  0.0625f,   0.375f,   0.625f, -0.4375f,   0.125f,    -0.5f,     1.0f,
     -0.625f, -0.6875f,  0.4375f,  0.9375f,   0.375f, -0.6875f,  0.0625f,    -0.5f,
     -0.375f,   -0.75f,     0.0f,    -0.5f,   -0.75f,     0.5f,  0.9375f, -0.8125f,
     0.6875f, -0.3125f, -0.5625f,   0.625f,   0.125f,   -0.75f,     1.0f,    -1.0f,
     -0.125f, -0.9375f,     0.5f, -0.5625f,  0.5625f, -0.1875f,  0.0625f, -0.9375f,
     0.8125f,  0.1875f, -0.5625f,  0.3125f,  0.0625f,    -0.5f, -0.9375f, -0.8125f,
     0.1875f,  -0.125f,     1.0f,    -1.0f,   -0.75f, -0.0625f,  -0.125f,  0.9375f,
        1.0f,  -0.125f,   -0.75f,  0.6875f,  -0.875f,  0.6875f, -0.5625f,  -0.875f,
    -0.6875f,    0.75f, -0.3125f, -0.4375f,  0.4375f, -0.9375f,  0.1875f,  0.8125f,
     0.0625f,   -0.25f, -0.8125f, -0.6875f,  0.9375f,  0.3125f,   0.625f,  0.1875f,
       0.75f, -0.5625f, -0.9375f,   -0.75f, -0.1875f, -0.9375f,  -0.375f,   0.125f,
        0.5f, -0.8125f,  0.3125f,   0.125f,  -0.625f, -0.9375f,   0.375f,   -0.25f,
    -0.3125f, -0.4375f,  0.8125f, -0.1875f,  0.3125f,  0.9375f,  0.0625f,   -0.25f,
       0.75f,  0.5625f, -0.3125f,   0.875f,  0.3125f,     1.0f,  0.4375f,     1.0f,
    -0.6875f, -0.5625f,   0.875f, -0.3125f, -0.9375f, -0.6875f,   0.375f,   0.375f,
      0.125f,   0.375f,  -0.875f,  -0.375f, -0.0625f,    0.75f, -0.0625f,   -0.75f,
      0.875f,    -1.0f,     0.0f, -0.4375f,  0.9375f,  -0.625f,  0.4375f,     1.0f,
     0.3125f,    0.25f, -0.9375f,     1.0f,  -0.875f,  0.3125f,    -1.0f,  0.6875f,
     0.8125f,  0.4375f,     0.5f,    0.25f, -0.1875f,   -0.75f, -0.4375f, -0.4375f,
      -0.75f,   0.875f,  -0.125f,  0.4375f,  0.0625f, -0.1875f,    0.25f, -0.8125f,
      -0.75f, -0.8125f,  -0.125f,  0.9375f, -0.8125f,     1.0f,  0.0625f, -0.0625f,
        0.0f, -0.1875f,     0.5f, -0.8125f, -0.6875f,   0.375f,  0.1875f,   -0.75f,
     0.1875f,   -0.25f,     0.0f, -0.1875f,  0.0625f, -0.4375f,   0.875f,    -0.5f,
        0.0f,  0.0625f,  0.6875f,  -0.375f,  0.1875f, -0.4375f, -0.8125f,  0.1875f,
     -0.125f,   0.875f,  0.8125f,  0.5625f,  0.8125f,   0.875f, -0.6875f, -0.4375f,
       0.25f,    0.75f,  -0.375f, -0.9375f,  -0.625f,   -0.25f,  0.0625f,  0.4375f,
     0.5625f,  -0.125f,  0.3125f,   0.125f,  0.1875f,  0.0625f,    -0.5f, -0.4375f,
      0.125f,  -0.625f,   0.375f, -0.1875f,  -0.375f, -0.3125f,   -0.25f,   0.875f,
      -0.75f,   0.375f,     1.0f, -0.4375f, -0.1875f,   -0.75f,   0.375f,   0.875f,
     0.0625f,  -0.875f, -0.3125f,   0.375f, -0.8125f,  0.4375f, -0.3125f,    0.75f,
        0.0f,  0.1875f,   0.125f, -0.8125f,    -1.0f, -0.6875f,   0.125f,  0.6875f
};

/* One bias a filter. */
RESIDUAL_CONST float residual_class_bias[5] = {
    -0.1875f,   0.125f,  0.4375f, -0.1875f,     0.0f
};

/* One sum of 96 terms x[i] * w[i]: term i goes into partial sum i mod 16 (p[0..7]
 * and q[0..7]); then halves are added until one is left. */
static float residual_class_sum16(const float *RESIDUAL_RESTRICT x,
                                  const float *RESIDUAL_RESTRICT w, float bias)
{
    float p[8], q[8];

    RESIDUAL_LANES
    for (int j = 0; j < 8; j++) {
        p[j] = 0.0f;
        q[j] = 0.0f;
    }
    p[0] = bias;
    for (int i = 0; i < 96; i += 16) {
        RESIDUAL_LANES
        for (int j = 0; j < 8; j++) {
            p[j] += x[i + j] * w[i + j];
        }
        RESIDUAL_LANES
        for (int j = 0; j < 8; j++) {
            q[j] += x[i + j + 8] * w[i + j + 8];
        }
    }
    RESIDUAL_LANES
    for (int j = 0; j < 8; j++) {
        p[j] += q[j];
    }
    p[0] += p[4];
    p[1] += p[5];
    p[2] += p[6];
    p[3] += p[7];
    p[0] += p[2];
    p[1] += p[3];
    return p[0] + p[1];
}

/* class: Dense (96,) -> (5,)
 * units 5
 * Each sum runs over taps, then channels, in sixteen partial sums.
 */
static void residual_class(const float *RESIDUAL_RESTRICT x, float *RESIDUAL_RESTRICT y)
{
    for (int t = 0; t < 1; t++) {  /* every tap inside */
        const int row = t;

        for (int f = 0; f < 5; f++) {
            const float v = residual_class_sum16(x + 96 * row,
                                                 residual_class_weights + 96 * f,
                                                 residual_class_bias[f]);

            y[5 * t + f] = v;
        }
    }
}

/* class: Softmax (5,) -> (5,)
 * y = exp(x - largest) / sum of these, along 5 elements.
 */
static void residual_class_softmax(const float *RESIDUAL_RESTRICT x,
                                   float *RESIDUAL_RESTRICT y)
{
    float most = x[0];
    float sum = 0.0f;

    for (int k = 0; k < 5; k++) {
        const float v = x[k];

        most = v > most || v != v ? v : most;  /* a NaN stays */
    }
    for (int k = 0; k < 5; k++) {
        y[k] = residual_f32_exponential(x[k] - most);
    }
    for (int k = 0; k < 5; k++) {
        sum += y[k];
    }
    for (int k = 0; k < 5; k++) {
        y[k] /= sum;
    }
}

void residual_run(residual_context *context, const float *input, float *output)
{
    float *const memory = context->memory;

    residual_conv1(input, memory);
    residual_conv2(memory, memory + 384);
    residual_add(memory, memory + 384, memory);
    residual_pool(memory, memory + 384);
    residual_class(memory + 384, memory);
    residual_class_softmax(memory, output);
}
