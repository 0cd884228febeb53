/* rows.c: the model 'rows' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc rows.json rows.npz --ram least --block 4
 * SHA-256 of rows.json:
 *     b08878665083624a0aa92bb5a4192b6410c91ddfb76b522e7e2b385c14f2c66a
 * SHA-256 of rows.npz:
 *     d9c529bc4f53e2cc0219f6c242f57acc5c03bc0fb5da37a78c0d492a245ebc0a
 *
 * Layers, in the order in which they run:
 *
 *   conv1: Conv1D (40, 3) -> (40, 4)
 *       filters 4, kernel_size 3, padding causal, dilation_rate 2, relu
 *       1,440 multiply-adds, 160 bytes of constants, kernel conv1d_tiled
 *   conv2: Conv1D (40, 4) -> (40, 4)
 *       filters 4, kernel_size 3, padding same
 *       1,920 multiply-adds, 208 bytes of constants, kernel conv1d_tiled
 *   add: Add (40, 4), (40, 4) -> (40, 4)
 *       kernel elementwise
 *   pool: MaxPooling1D (40, 4) -> (20, 4)
 *       kernel pool1d
 *   deep: Conv1D (20, 4) -> (10, 4)
 *       filters 4, kernel_size 5, strides 2, padding same, tanh
 *       800 multiply-adds, 336 bytes of constants, kernel conv1d_tiled
 *   up: Conv1DTranspose (10, 4) -> (20, 4)
 *       filters 4, kernel_size 3, strides 2, padding same, output_padding ()
 *       480 multiply-adds, 208 bytes of constants, kernel conv1d_transpose
 *   both: Concatenate (20, 4), (20, 4) -> (20, 8)
 *       kernel concatenate
 *   twice: UpSampling1D (20, 8) -> (40, 8)
 *       kernel move
 *   padded: ZeroPadding1D (40, 8) -> (43, 8)
 *       padding (1, 2)
 *       kernel move
 *   last: Conv1D (43, 8) -> (43, 2)
 *       filters 2, kernel_size 1
 *       688 multiply-adds, 144 bytes of constants, kernel conv1d_tiled
 *   mean: GlobalAveragePooling1D (43, 2) -> (2,)
 *       kernel reduce_rows
 *   class: Dense (86,) -> (3,)
 *       units 3
 *       258 multiply-adds, 1,044 bytes of constants, kernel dense_rows
 *   class: Softmax (3,) -> (3,)
 *       kernel softmax
 *
 * Memory: 2,100 bytes of constants, 576 bytes of context,
 *     no heap, no global that is written.
 * Schedule: depth first, about 4 rows of the fastest tensor a round: 12 layers in 13
 *     rounds; then 1 layer at once.
 * Work: 5,586 multiply-adds a call.
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
#include "rows.h"

#include <float.h>
#include <stddef.h>
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
#define ROWS_LANES
#elif defined(__SSE2__) || defined(__aarch64__)
#define ROWS_LANES _Pragma("GCC unroll 1")
#else
#define ROWS_LANES _Pragma("GCC unroll 16")
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define ROWS_RESTRICT __restrict__
#else
#define ROWS_RESTRICT
#endif
#else
#define ROWS_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t rows_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float rows_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t rows_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* A mask: all bits set where x is NaN. */
static inline uint32_t rows_f32_is_nan(float x)
{
    return 0u - (uint32_t)(x != x);
}

/* a where mask is set, else b; no arithmetic, so that NaN and infinities pass. */
static inline float rows_f32_select(uint32_t mask, float a, float b)
{
    uint32_t u = rows_f32_bits(b);
    return rows_f32_from_bits(u ^ ((rows_f32_bits(a) ^ u) & mask));
}

/* |x| */
static inline float rows_f32_abs(float x)
{
    return rows_f32_from_bits(rows_f32_bits(x) & 0x7fffffffu);
}

/* |x| with the sign of s. */
static inline float rows_f32_with_sign(float x, float s)
{
    return rows_f32_from_bits(
            (rows_f32_bits(x) & 0x7fffffffu) | (rows_f32_bits(s) & 0x80000000u));
}

/* x where it is NaN, else y: the payload is the same on every processor. */
static inline float rows_f32_keep_nan(float x, float y)
{
    return rows_f32_select(rows_f32_is_nan(x), x, y);
}

/* max(x, c); NaN stays. */
static inline float rows_f32_at_least(float x, float c)
{
    return rows_f32_select(rows_f32_less(x, c), c, x);
}

/* min(x, c); NaN stays. */
static inline float rows_f32_at_most(float x, float c)
{
    return rows_f32_select(rows_f32_less(c, x), c, x);
}

/* min(max(x, low), high); NaN stays. */
static inline float rows_f32_clamp(float x, float low, float high)
{
    return rows_f32_at_most(rows_f32_at_least(x, low), high);
}

/* 2^k, -126 <= k <= 127. */
static inline float rows_f32_power2(uint32_t k)
{
    return rows_f32_from_bits((k + 127u) << 23);
}

/* y * 2^k, |k| < 252, in two steps, so that subnormal results come out. */
static inline float rows_f32_scale(float y, uint32_t k)
{
    uint32_t half = ((k + 1024u) >> 1) - 512u;
    return (y * rows_f32_power2(half)) * rows_f32_power2(k - half);
}

/* (exp(r) - 1 - r - r^2 / 2) / r^3, |r| <= 0.35: minimax. */
static inline float rows_f32_exp_polynomial(float r)
{
    return 0.16666667f + r * (0.04166651f + r *
            (0.008333177f + r * (0.0013930503f + r * 0.00019972325f)));
}

/* x + xl = k ln 2 + (r, rl), |r| <= 0.35; returns k. |x| <= 170. ln 2 in two parts, the
 * first times k is exact; adding 1.5 * 2^23 rounds to an integer that then stands in
 * the low bits. */
static inline uint32_t rows_f32_exp_reduce(float x, float xl, float *r, float *rl)
{
    float shifted = x * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float high = x - k * 0.69314575f;
    float low = xl - k * 1.4286068e-6f;
    *r = high + low;
    *rl = (high - *r) + low;
    return rows_f32_bits(shifted) - 0x4b400000u;
}

/* exp(x + xl) = 2^k (h + l), 0.7 <= h <= 1.42; returns k. |x| <= 170. */
static inline uint32_t rows_f32_exp_pair(float x, float xl, float *h, float *l)
{
    float r, rl;
    uint32_t k = rows_f32_exp_reduce(x, xl, &r, &rl);
    float q = 0.5f + r * rows_f32_exp_polynomial(r);
    *h = 1.0f + r;
    *l = (r - (*h - 1.0f)) + (r * r * q + (rl + rl * r));
    return k;
}

/* exp(x): at most 0.764 ulp. */
static inline float rows_f32_exponential(float x)
{
    float h, l;
    uint32_t k = rows_f32_exp_pair(rows_f32_clamp(x, -104.0f, 89.0f), 0.0f, &h, &l);
    return rows_f32_keep_nan(x, rows_f32_scale(h + l, k));
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float rows_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return rows_f32_from_bits(rows_f32_bits(x) & ~rows_f32_less(x + x, 0.0f));
#else
    return rows_f32_from_bits(rows_f32_bits(x) & ~rows_f32_less(x, 0.0f));
#endif
}

/* tanh(a), 0 <= a < 0.6: a + a z P(z), z = a^2: minimax, error 2^-32. */
static inline float rows_f32_tanh_near(float a)
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
static inline float rows_f32_tanh_far(float a)
{
    float b = rows_f32_at_most(a + a, 30.0f);
    float shifted = b * 1.442695f + 12582912.0f;
    float k = shifted - 12582912.0f;
    float r = (b - k * 0.69314575f) - k * 1.4286068e-6f;
    float p = 0.04166829f + r * (0.008368701f + r * 0.0013818921f);
    float w = r + r * r * (0.49999994f + r * (0.16666521f + r * p));
    float h = 1.0f + w;
    float s = rows_f32_power2(rows_f32_bits(shifted) - 0x4b400000u);
    float e = h * s;
    float d = e + 1.0f;
    float dl = (1.0f - (d - e)) + (w - (h - 1.0f)) * s;
    float t = 2.0f / d;
    float y = 1.0f - t;
    return y + (((1.0f - y) - t) + t * (t * (0.5f * dl)));
}

/* tanh(x): at most 0.888 ulp. */
static inline float rows_f32_tanh(float x)
{
    float a = rows_f32_abs(x);
    float y = rows_f32_select(rows_f32_less(a, 0.6f), rows_f32_tanh_near(a),
                              rows_f32_tanh_far(a));
    return rows_f32_keep_nan(x, rows_f32_with_sign(y, x));
}

/* Weights [block][tap][channel][filter]: 3 taps, 3 channels, 4 filters by 4. */
ROWS_CONST float rows_conv1_weights[36] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f, -0.4375f,     0.0f,
     0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f,     1.0f,  -0.625f,
    -0.1875f,    0.25f,  0.6875f, -0.9375f,    -0.5f, -0.0625f,   0.375f,  0.8125f,
    -0.8125f,  -0.375f,  0.0625f,     0.5f,  0.9375f, -0.6875f,   -0.25f,  0.1875f,
      0.625f,    -1.0f, -0.5625f,  -0.125f
};

/* One bias a filter. */
ROWS_CONST float rows_conv1_bias[4] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f
};

/* 4 steps of 4 filters, every tap inside; x: the first step's first tap. */
static void rows_conv1_tile(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                            const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y)
{
    float a0[4];
    float a1[4];
    float a2[4];
    float a3[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
        a2[f] = bias[f];
        a3[f] = bias[f];
    }
    for (int k = 0; k < 3; k++) {
        for (int c = 0; c < 3; c++) {
            const float x0 = x[c];
            const float x1 = x[c + 3];
            const float x2 = x[c + 6];
            const float x3 = x[c + 9];

            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a0[f] += x0 * w[f];
            }
            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a1[f] += x1 * w[f];
            }
            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a2[f] += x2 * w[f];
            }
            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a3[f] += x3 * w[f];
            }
            w += 4;
        }
        x += 6;
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = rows_f32_relu(a0[f]);
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 4] = rows_f32_relu(a1[f]);
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 8] = rows_f32_relu(a2[f]);
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 12] = rows_f32_relu(a3[f]);
    }
}

/* One step of 4 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void rows_conv1_step(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                            const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y,
                            int row, int first, int end)
{
    float a0[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int k = first; k < end; k++) {
        for (int c = 0; c < 3; c++) {
            const float x0 = x[3 * (row + 2 * k) + c];

            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a0[f] += x0 * w[4 * (3 * k + c) + f];
            }
        }
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = rows_f32_relu(a0[f]);
    }
}

/* conv1: Conv1D (40, 3) -> (40, 4)
 * filters 4, kernel_size 3, padding causal, dilation_rate 2, relu
 * Each sum runs from the bias over taps, then channels.
 */
static void rows_conv1(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                       int steps_out, int steps_in, int pad_left)
{
    const int inside_first = pad_left < steps_out ? pad_left : steps_out;
    const int inside_end = steps_out - inside_first < 4 ? inside_first : steps_out;
    const int inside = inside_end - inside_first;

    for (int i = 0; i < inside; i += 4) {
        /* The last tile goes over steps that are done already. */
        const int t = i < inside - 4 ? i : inside - 4;

        rows_conv1_tile(x + 3 * t + 3 * inside_first - 3 * pad_left, rows_conv1_weights,
                        rows_conv1_bias, y + 4 * t + 4 * inside_first);
    }
    for (int i = 0; i < steps_out - inside; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i < inside_first ? i : i + inside;
        const int row = t - pad_left;
        const int first = row < 0 ? (1 - row) / 2 : 0;
        const int fits = (steps_in + 1 - row) / 2;
        const int end = fits < 3 ? fits : 3;

        rows_conv1_step(x, rows_conv1_weights, rows_conv1_bias, y + 4 * t, row, first,
                        end);
    }
}

/* Weights [block][tap][channel][filter]: 3 taps, 4 channels, 4 filters by 4. */
ROWS_CONST float rows_conv2_weights[48] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f, -0.4375f,     0.0f,
     0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f,     1.0f,  -0.625f,
    -0.1875f,    0.25f,  0.6875f, -0.9375f,    -0.5f, -0.0625f,   0.375f,  0.8125f,
    -0.8125f,  -0.375f,  0.0625f,     0.5f,  0.9375f, -0.6875f,   -0.25f,  0.1875f,
      0.625f,    -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f, -0.4375f,
        0.0f,  0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f,     1.0f
};

/* One bias a filter. */
ROWS_CONST float rows_conv2_bias[4] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f
};

/* 4 steps of 4 filters, every tap inside; x: the first step's first tap. */
static void rows_conv2_tile(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                            const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y)
{
    float a0[4];
    float a1[4];
    float a2[4];
    float a3[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
        a2[f] = bias[f];
        a3[f] = bias[f];
    }
    for (int i = 0; i < 12; i++) {  /* 3 taps x 4 channels */
        const float x0 = x[i];
        const float x1 = x[i + 4];
        const float x2 = x[i + 8];
        const float x3 = x[i + 12];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a1[f] += x1 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a2[f] += x2 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a3[f] += x3 * w[f];
        }
        w += 4;
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 4] = a1[f];
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 8] = a2[f];
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f + 12] = a3[f];
    }
}

/* One step of 4 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void rows_conv2_step(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                            const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y,
                            int row, int first, int end)
{
    float a0[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int i = 4 * first; i < 4 * end; i++) {
        const float x0 = x[4 * row + i];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[4 * i + f];
        }
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
}

/* conv2: Conv1D (40, 4) -> (40, 4)
 * filters 4, kernel_size 3, padding same
 * Each sum runs from the bias over taps, then channels.
 */
static void rows_conv2(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                       int steps_out, int steps_in, int pad_left)
{
    const int inside_first = pad_left < steps_out ? pad_left : steps_out;
    const int room = steps_in + pad_left - 3;
    const int fitting = room < 0 ? 0 : room + 1;
    const int full = fitting < steps_out ? fitting : steps_out;
    const int inside_end = full - inside_first < 4 ? inside_first : full;
    const int inside = inside_end - inside_first;

    for (int i = 0; i < inside; i += 4) {
        /* The last tile goes over steps that are done already. */
        const int t = i < inside - 4 ? i : inside - 4;

        rows_conv2_tile(x + 4 * t + 4 * inside_first - 4 * pad_left, rows_conv2_weights,
                        rows_conv2_bias, y + 4 * t + 4 * inside_first);
    }
    for (int i = 0; i < steps_out - inside; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i < inside_first ? i : i + inside;
        const int row = t - pad_left;
        const int first = row < 0 ? -row : 0;
        const int fits = steps_in - row;
        const int end = fits < 3 ? fits : 3;

        rows_conv2_step(x, rows_conv2_weights, rows_conv2_bias, y + 4 * t, row, first,
                        end);
    }
}

/* add: Add (40, 4), (40, 4) -> (40, 4)
 */
static void rows_add(const float *x0, const float *x1, float *y, int steps)
{
    for (int i1 = 0; i1 < 4 * steps; i1++) {
        y[i1] = x0[i1] + x1[i1];
    }
}

/* pool: MaxPooling1D (40, 4) -> (20, 4)
 * Each window runs in order of time over the steps that lie inside.
 */
static void rows_pool(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                      int steps_out)
{
    for (int t = 0; t < steps_out; t++) {
        const int row = 2 * t;

        for (int c = 0; c < 4; c++) {
            float v = x[4 * row + c];

            for (int i = row + 1; i < row + 2; i++) {
                const float u = x[4 * i + c];

                v = u > v || u != u ? u : v;  /* a NaN stays */
            }
            y[4 * t + c] = v;
        }
    }
}

/* Weights [block][tap][channel][filter]: 5 taps, 4 channels, 4 filters by 4. */
ROWS_CONST float rows_deep_weights[80] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f, -0.4375f,     0.0f,
     0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f,     1.0f,  -0.625f,
    -0.1875f,    0.25f,  0.6875f, -0.9375f,    -0.5f, -0.0625f,   0.375f,  0.8125f,
    -0.8125f,  -0.375f,  0.0625f,     0.5f,  0.9375f, -0.6875f,   -0.25f,  0.1875f,
      0.625f,    -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f, -0.4375f,
        0.0f,  0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f,     1.0f,
     -0.625f, -0.1875f,    0.25f,  0.6875f, -0.9375f,    -0.5f, -0.0625f,   0.375f,
     0.8125f, -0.8125f,  -0.375f,  0.0625f,     0.5f,  0.9375f, -0.6875f,   -0.25f,
     0.1875f,   0.625f,    -1.0f, -0.5625f,  -0.125f,  0.3125f,    0.75f,  -0.875f,
    -0.4375f,     0.0f,  0.4375f,   0.875f,   -0.75f, -0.3125f,   0.125f,  0.5625f
};

/* One bias a filter. */
ROWS_CONST float rows_deep_bias[4] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f
};

/* One step of 4 filters, every tap inside; x: the first step's first tap. */
static void rows_deep_tile(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                           const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y)
{
    float a0[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int i = 0; i < 20; i++) {  /* 5 taps x 4 channels */
        const float x0 = x[i];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[f];
        }
        w += 4;
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
}

/* One step of 4 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void rows_deep_step(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                           const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y,
                           int row, int first, int end)
{
    float a0[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int i = 4 * first; i < 4 * end; i++) {
        const float x0 = x[4 * row + i];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[4 * i + f];
        }
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a0[f];
    }
}

/* deep: Conv1D (20, 4) -> (10, 4)
 * filters 4, kernel_size 5, strides 2, padding same, tanh
 * Each sum runs from the bias over taps, then channels.
 */
static void rows_deep(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                      int steps_out, int steps_in, int pad_left)
{
    const int padded = (pad_left + 1) / 2;
    const int inside_first = padded < steps_out ? padded : steps_out;
    const int room = steps_in + pad_left - 5;
    const int fitting = room < 0 ? 0 : room / 2 + 1;
    const int full = fitting < steps_out ? fitting : steps_out;
    const int inside_end = full - inside_first < 1 ? inside_first : full;
    const int inside = inside_end - inside_first;

    for (int i = 0; i < inside; i += 1) {
        rows_deep_tile(x + 8 * i + 8 * inside_first - 4 * pad_left, rows_deep_weights,
                       rows_deep_bias, y + 4 * i + 4 * inside_first);
    }
    for (int i = 0; i < steps_out - inside; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i < inside_first ? i : i + inside;
        const int row = 2 * t - pad_left;
        const int first = row < 0 ? -row : 0;
        const int fits = steps_in - row;
        const int end = fits < 5 ? fits : 5;

        rows_deep_step(x, rows_deep_weights, rows_deep_bias, y + 4 * t, row, first,
                       end);
    }
    for (int i = 0; i < 4 * steps_out; i++) {
        y[i] = rows_f32_tanh(y[i]);
    }
}

/* Weights [block][tap][channel][filter]: 3 taps, 4 channels, 4 filters by 4. */
ROWS_CONST float rows_up_weights[48] = {
       -1.0f,    0.75f,  0.4375f,   0.125f, -0.5625f,  -0.875f,   0.875f,  0.5625f,
     -0.125f, -0.4375f,   -0.75f,     1.0f,  0.3125f,     0.0f, -0.3125f,  -0.625f,
    -0.1875f,    -0.5f, -0.8125f,  0.9375f,    0.25f, -0.0625f,  -0.375f, -0.6875f,
     0.6875f,   0.375f,  0.0625f,   -0.25f, -0.9375f,  0.8125f,     0.5f,  0.1875f,
      0.625f,  0.3125f,     0.0f, -0.3125f,    -1.0f,    0.75f,  0.4375f,   0.125f,
    -0.5625f,  -0.875f,   0.875f,  0.5625f,  -0.125f, -0.4375f,   -0.75f,     1.0f
};

/* One bias a filter. */
ROWS_CONST float rows_up_bias[4] = {
       -1.0f, -0.5625f,  -0.125f,  0.3125f
};

/* One step of 4 filters: tap first meets the input row, every later one an earlier
 * row. */
static void rows_up_step(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                         const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y,
                         int row, int first, int end)
{
    float a[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a[f] = bias[f];
    }
    for (int k = first; k < end; k += 2) {
        for (int c = 0; c < 4; c++) {
            const float v = x[4 * row + c];

            ROWS_LANES
            for (int f = 0; f < 4; f++) {
                a[f] += v * w[4 * (4 * k + c) + f];
            }
        }
        row -= 1;
    }
    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        y[f] = a[f];
    }
}

/* up: Conv1DTranspose (10, 4) -> (20, 4)
 * filters 4, kernel_size 3, strides 2, padding same, output_padding ()
 * Each sum runs from the bias over the taps that meet an input row, then channels.
 */
static void rows_up(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y, int steps_out,
                    int steps_in, int crop)
{
    for (int t = 0; t < steps_out; t++) {
        const int last = (t + crop) / 2;  /* the newest input row that reaches step t */
        const int skipped = last < steps_in ? 0 : last - (steps_in - 1);
        const int first = (t + crop) % 2 + 2 * skipped;
        const int row = last - skipped;
        const int fits = t + crop + 1;
        const int end = fits < 3 ? fits : 3;

        rows_up_step(x, rows_up_weights, rows_up_bias, y + 4 * t, row, first, end);
    }
}

/* both: Concatenate (20, 4), (20, 4) -> (20, 8)
 */
static void rows_both(const float *ROWS_RESTRICT x0, const float *ROWS_RESTRICT x1,
                      float *ROWS_RESTRICT y, int steps)
{
    for (int r = 0; r < steps; r++) {
        for (int i = 0; i < 4; i++) {
            *y++ = x0[i];
        }
        x0 += 4;
        for (int i = 0; i < 4; i++) {
            *y++ = x1[i];
        }
        x1 += 4;
    }
}

/* twice: UpSampling1D (20, 8) -> (40, 8)
 */
static void rows_twice(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                       int steps_out, int phase)
{
    for (int i1 = 0; i1 < steps_out; i1++) {
        const int r1 = (i1 + phase) / 2;

        for (int i2 = 0; i2 < 8; i2++) {
            *y++ = x[8 * r1 + i2];
        }
    }
}

/* padded: ZeroPadding1D (40, 8) -> (43, 8)
 * padding (1, 2)
 */
static void rows_padded(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                        int steps_out, int steps_in, int pad_left)
{
    const int padded = pad_left < steps_out ? pad_left : steps_out;
    const int inside_first = padded < 0 ? 0 : padded;
    const int left_over = steps_in + pad_left;
    const int fitting = left_over < steps_out ? left_over : steps_out;
    const int inside_end = fitting < inside_first ? inside_first : fitting;

    for (int i = 0; i < 8 * inside_first; i++) {
        *y++ = 0.0f;
    }
    for (int i1 = inside_first; i1 < inside_end; i1++) {
        const int r1 = i1 - pad_left;

        for (int i2 = 0; i2 < 8; i2++) {
            *y++ = x[8 * r1 + i2];
        }
    }
    for (int i = 0; i < 8 * steps_out - 8 * inside_end; i++) {
        *y++ = 0.0f;
    }
}

/* Weights [block][tap][channel][filter]: 1 taps, 8 channels, 2 filters by 4. */
ROWS_CONST float rows_last_weights[32] = {
       -1.0f, -0.5625f,     0.0f,     0.0f,  -0.125f,  0.3125f,     0.0f,     0.0f,
       0.75f,  -0.875f,     0.0f,     0.0f, -0.4375f,     0.0f,     0.0f,     0.0f,
     0.4375f,   0.875f,     0.0f,     0.0f,   -0.75f, -0.3125f,     0.0f,     0.0f,
      0.125f,  0.5625f,     0.0f,     0.0f,     1.0f,  -0.625f,     0.0f,     0.0f
};

/* One bias a filter. */
ROWS_CONST float rows_last_bias[4] = {
       -1.0f, -0.5625f,     0.0f,     0.0f
};

/* 4 steps of 2 filters, every tap inside; x: the first step's first tap. */
static void rows_last_tile(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                           const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y)
{
    float a0[4];
    float a1[4];
    float a2[4];
    float a3[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
        a2[f] = bias[f];
        a3[f] = bias[f];
    }
    for (int i = 0; i < 8; i++) {  /* 1 taps x 8 channels */
        const float x0 = x[i];
        const float x1 = x[i + 8];
        const float x2 = x[i + 16];
        const float x3 = x[i + 24];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a1[f] += x1 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a2[f] += x2 * w[f];
        }
        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a3[f] += x3 * w[f];
        }
        w += 4;
    }
    ROWS_LANES
    for (int f = 0; f < 2; f++) {
        y[f] = a0[f];
    }
    ROWS_LANES
    for (int f = 0; f < 2; f++) {
        y[f + 2] = a1[f];
    }
    ROWS_LANES
    for (int f = 0; f < 2; f++) {
        y[f + 4] = a2[f];
    }
    ROWS_LANES
    for (int f = 0; f < 2; f++) {
        y[f + 6] = a3[f];
    }
}

/* One step of 2 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void rows_last_step(const float *ROWS_RESTRICT x, const float *ROWS_RESTRICT w,
                           const float *ROWS_RESTRICT bias, float *ROWS_RESTRICT y,
                           int row, int first, int end)
{
    float a0[4];

    ROWS_LANES
    for (int f = 0; f < 4; f++) {
        a0[f] = bias[f];
    }
    for (int i = 8 * first; i < 8 * end; i++) {
        const float x0 = x[8 * row + i];

        ROWS_LANES
        for (int f = 0; f < 4; f++) {
            a0[f] += x0 * w[4 * i + f];
        }
    }
    ROWS_LANES
    for (int f = 0; f < 2; f++) {
        y[f] = a0[f];
    }
}

/* last: Conv1D (43, 8) -> (43, 2)
 * filters 2, kernel_size 1
 * Each sum runs from the bias over taps, then channels.
 */
static void rows_last(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y, int steps)
{
    const int inside_end = steps < 4 ? 0 : steps;

    for (int i = 0; i < inside_end; i += 4) {
        /* The last tile goes over steps that are done already. */
        const int t = i < inside_end - 4 ? i : inside_end - 4;

        rows_last_tile(x + 8 * t, rows_last_weights, rows_last_bias, y + 2 * t);
    }
    for (int i = 0; i < steps - inside_end; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i + inside_end;
        const int row = t;
        const int first = 0;
        const int fits = steps - row;
        const int end = fits < 1 ? fits : 1;

        rows_last_step(x, rows_last_weights, rows_last_bias, y + 2 * t, row, first,
                       end);
    }
}

static void rows_mean_begin(float *y)
{
    for (int c = 0; c < 2; c++) {
        y[c] = 0.0f;
    }
}

/* mean: GlobalAveragePooling1D (43, 2) -> (2,)
 * Steps in order of time, 'steps' of them in this call, between those of _begin and
 * _end.
 */
static void rows_mean(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y, int steps)
{
    for (int t = 0; t < steps; t++) {
        for (int c = 0; c < 2; c++) {
            y[c] += x[c];
        }
        x += 2;
    }
}

static void rows_mean_end(float *y)
{
    for (int c = 0; c < 2; c++) {
        y[c] = y[c] / 43.0f;
    }
}

/* Weights [filter][tap][channel]: 3 filters, 1 taps, 86 channels. */
ROWS_CONST float rows_class_weights[258] = {
       -1.0f,  0.3125f, -0.4375f,   0.875f,   0.125f,  -0.625f,  0.6875f, -0.0625f,
    -0.8125f,     0.5f,   -0.25f,    -1.0f,  0.3125f, -0.4375f,   0.875f,   0.125f,
     -0.625f,  0.6875f, -0.0625f, -0.8125f,     0.5f,   -0.25f,    -1.0f,  0.3125f,
    -0.4375f,   0.875f,   0.125f,  -0.625f,  0.6875f, -0.0625f, -0.8125f,     0.5f,
      -0.25f,    -1.0f,  0.3125f, -0.4375f,   0.875f,   0.125f,  -0.625f,  0.6875f,
    -0.0625f, -0.8125f,     0.5f,   -0.25f,    -1.0f,  0.3125f, -0.4375f,   0.875f,
      0.125f,  -0.625f,  0.6875f, -0.0625f, -0.8125f,     0.5f,   -0.25f,    -1.0f,
     0.3125f, -0.4375f,   0.875f,   0.125f,  -0.625f,  0.6875f, -0.0625f, -0.8125f,
        0.5f,   -0.25f,    -1.0f,  0.3125f, -0.4375f,   0.875f,   0.125f,  -0.625f,
     0.6875f, -0.0625f, -0.8125f,     0.5f,   -0.25f,    -1.0f,  0.3125f, -0.4375f,
      0.875f,   0.125f,  -0.625f,  0.6875f, -0.0625f, -0.8125f, -0.5625f,    0.75f,
        0.0f,   -0.75f,  0.5625f, -0.1875f, -0.9375f,   0.375f,  -0.375f,  0.9375f,
     0.1875f, -0.5625f,    0.75f,     0.0f,   -0.75f,  0.5625f, -0.1875f, -0.9375f,
      0.375f,  -0.375f,  0.9375f,  0.1875f, -0.5625f,    0.75f,     0.0f,   -0.75f,
     0.5625f, -0.1875f, -0.9375f,   0.375f,  -0.375f,  0.9375f,  0.1875f, -0.5625f,
       0.75f,     0.0f,   -0.75f,  0.5625f, -0.1875f, -0.9375f,   0.375f,  -0.375f,
     0.9375f,  0.1875f, -0.5625f,    0.75f,     0.0f,   -0.75f,  0.5625f, -0.1875f,
    -0.9375f,   0.375f,  -0.375f,  0.9375f,  0.1875f, -0.5625f,    0.75f,     0.0f,
      -0.75f,  0.5625f, -0.1875f, -0.9375f,   0.375f,  -0.375f,  0.9375f,  0.1875f,
    -0.5625f,    0.75f,     0.0f,   -0.75f,  0.5625f, -0.1875f, -0.9375f,   0.375f,
     -0.375f,  0.9375f,  0.1875f, -0.5625f,    0.75f,     0.0f,   -0.75f,  0.5625f,
    -0.1875f, -0.9375f,   0.375f,  -0.375f,  -0.125f,  -0.875f,  0.4375f, -0.3125f,
        1.0f,    0.25f,    -0.5f,  0.8125f,  0.0625f, -0.6875f,   0.625f,  -0.125f,
     -0.875f,  0.4375f, -0.3125f,     1.0f,    0.25f,    -0.5f,  0.8125f,  0.0625f,
    -0.6875f,   0.625f,  -0.125f,  -0.875f,  0.4375f, -0.3125f,     1.0f,    0.25f,
       -0.5f,  0.8125f,  0.0625f, -0.6875f,   0.625f,  -0.125f,  -0.875f,  0.4375f,
    -0.3125f,     1.0f,    0.25f,    -0.5f,  0.8125f,  0.0625f, -0.6875f,   0.625f,
     -0.125f,  -0.875f,  0.4375f, -0.3125f,     1.0f,    0.25f,    -0.5f,  0.8125f,
     0.0625f, -0.6875f,   0.625f,  -0.125f,  -0.875f,  0.4375f, -0.3125f,     1.0f,
       0.25f,    -0.5f,  0.8125f,  0.0625f, -0.6875f,   0.625f,  -0.125f,  -0.875f,
     0.4375f, -0.3125f,     1.0f,    0.25f,    -0.5f,  0.8125f,  0.0625f, -0.6875f,
      0.625f,  -0.125f,  -0.875f,  0.4375f, -0.3125f,     1.0f,    0.25f,    -0.5f,
     0.8125f,  0.0625f
};

/* One bias a filter. */
ROWS_CONST float rows_class_bias[3] = {
       -1.0f, -0.5625f,  -0.125f
};

static void rows_class_begin(float *ROWS_RESTRICT y, float *ROWS_RESTRICT s)
{
    (void)y;  /* the sums are in s */
    for (int i = 0; i < 48; i++) {
        s[i] = 0.0f;
    }
    for (int f = 0; f < 3; f++) {
        s[16 * f] = rows_class_bias[f];
    }
}

/* class: Dense (86,) -> (3,)
 * units 3
 * Each sum runs over its terms, term i in partial sum i mod 16. This call brings
 * 'terms' of them, from term 'first' on.
 */
static void rows_class(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y,
                       float *ROWS_RESTRICT s, int terms, int first)
{
    (void)y;
    for (int f = 0; f < 3; f++) {
        const float *const w = rows_class_weights + first + 86 * f;
        float *const p = s + 16 * f;

        for (int i = 0; i < terms; i++) {
            float v = p[(first + i) & 15];

            v += x[i] * w[i];
            p[(first + i) & 15] = v;
        }
    }
}

static void rows_class_end(float *ROWS_RESTRICT y, float *ROWS_RESTRICT s)
{
    for (int f = 0; f < 3; f++) {
        float *const p = s + 16 * f;

        for (int half = 8; half > 0; half /= 2) {
            for (int j = 0; j < half; j++) {
                p[j] += p[j + half];
            }
        }
        y[f] = p[0];
    }
}

/* class: Softmax (3,) -> (3,)
 * y = exp(x - largest) / sum of these, along 3 elements.
 */
static void rows_class_softmax(const float *ROWS_RESTRICT x, float *ROWS_RESTRICT y)
{
    float most = x[0];
    float sum = 0.0f;

    for (int k = 0; k < 3; k++) {
        const float v = x[k];

        most = v > most || v != v ? v : most;  /* a NaN stays */
    }
    for (int k = 0; k < 3; k++) {
        y[k] = rows_f32_exponential(x[k] - most);
    }
    for (int k = 0; k < 3; k++) {
        sum += y[k];
    }
    for (int k = 0; k < 3; k++) {
        y[k] /= sum;
    }
}

/* n floats go to where is room for them: at lower addresses, or apart. */
static void rows_f32_move(float *to, const float *from, int n)
{
    memmove(to, from, (size_t)n * sizeof(float));
}

void rows_run(rows_context *context, const float *input, float *output0, float *output1,
              float *output2)
{
    float *const memory = context->memory;

    /* Depth first, in 13 rounds: in each, every layer makes the rows (steps
     * of time) that its inputs suffice for, as far as they are needed by now.
     * made_X: rows of X that there are; base_X: the row that X's memory begins with.
     *
     *     conv1:  40 rows, 6 in memory, 2 kept elsewhere
     *     conv2:  40 rows, in place of those of 'add'
     *     add:    40 rows, the caller's
     *     pool:   20 rows, 6 in memory, 4 kept elsewhere
     *     deep:   10 rows, 2 in memory, 1 kept elsewhere
     *     up:     20 rows, 2 in memory
     *     both:   20 rows, 2 in memory
     *     twice:  40 rows, 4 in memory
     *     padded: 43 rows, 4 in memory
     *     last:   43 rows, 4 in memory
     *     mean:   adds up 43 rows
     *     class:  adds up 43 rows
     */
    {
        int made_conv1 = 0, made_conv2 = 0, made_add = 0, made_pool = 0, made_deep = 0,
            made_up = 0, made_both = 0, made_twice = 0, made_padded = 0, made_last = 0,
            made_mean = 0, made_class = 0;
        int base_conv1 = 0, base_pool = 0, base_deep = 0, base_up = 0, base_both = 0,
            base_twice = 0, base_padded = 0, base_last = 0;

        rows_mean_begin(output1);
        rows_class_begin(memory + 140, memory);
        for (int t = 1; t <= 13; t++) {
            int wanted;

            rows_f32_move(memory + 48, memory + 128, 4 * (made_conv1 - base_conv1));
            wanted = 4 * t < 40 ? 4 * t : 40;
            if (wanted > made_conv1) {
                const int first = made_conv1 > 4 ? made_conv1 - 4 : 0;

                rows_conv1(input + 3 * first,
                           memory + 48 + 4 * (made_conv1 - base_conv1),
                           wanted - made_conv1, 40 - first, first - made_conv1 + 4);
                made_conv1 = wanted;
            }
            wanted = 4 * t - 1 < 40 ? 4 * t - 1 : 40;
            if (wanted > made_conv2) {
                const int first = made_conv2 > 1 ? made_conv2 - 1 : 0;

                rows_conv2(memory + 48 + 4 * (first - base_conv1),
                           output2 + 4 * made_conv2, wanted - made_conv2, 40 - first,
                           first - made_conv2 + 1);
                made_conv2 = wanted;
            }
            if (wanted > made_add) {
                rows_add(memory + 48 + 4 * (made_add - base_conv1),
                         output2 + 4 * made_add, output2 + 4 * made_add,
                         wanted - made_add);
                made_add = wanted;
            }
            if (made_conv1 - base_conv1 > 2) {
                rows_f32_move(memory + 128,
                              memory + 48 + 4 * (made_conv1 - base_conv1 - 2), 8);
                base_conv1 = made_conv1 - 2;
            } else {
                rows_f32_move(memory + 128, memory + 48, 4 * (made_conv1 - base_conv1));
            }
            rows_f32_move(memory + 48, memory + 112, 4 * (made_pool - base_pool));
            wanted = (4 * t - 1) / 2 < 20 ? (4 * t - 1) / 2 : 20;
            if (wanted > made_pool) {
                rows_pool(output2 + 8 * made_pool,
                          memory + 48 + 4 * (made_pool - base_pool),
                          wanted - made_pool);
                made_pool = wanted;
            }
            rows_f32_move(memory + 72, memory + 136, 4 * (made_deep - base_deep));
            wanted = (4 * t - 1) / 4 - 1 < 10 ? (4 * t - 1) / 4 - 1 : 10;
            if (wanted > made_deep) {
                const int first = 2 * made_deep > 1 ? 2 * made_deep - 1 : 0;

                rows_deep(memory + 48 + 4 * (first - base_pool),
                          memory + 72 + 4 * (made_deep - base_deep), wanted - made_deep,
                          20 - first, first - 2 * made_deep + 1);
                made_deep = wanted;
            }
            wanted = (4 * t - 3) / 2 - 2 < 20 ? (4 * t - 3) / 2 - 2 : 20;
            if (wanted > made_up) {
                const int first = made_up > 1 ? (made_up - 1) / 2 : 0;

                rows_up(memory + 72 + 4 * (first - base_deep),
                        memory + 96 + 4 * (made_up - base_up), wanted - made_up,
                        10 - first, made_up - 2 * first);
                made_up = wanted;
            }
            if (made_deep - base_deep > 1) {
                rows_f32_move(memory + 136,
                              memory + 72 + 4 * (made_deep - base_deep - 1), 4);
                base_deep = made_deep - 1;
            } else {
                rows_f32_move(memory + 136, memory + 72, 4 * (made_deep - base_deep));
            }
            if (wanted > made_both) {
                rows_both(memory + 96 + 4 * (made_both - base_up),
                          memory + 48 + 4 * (made_both - base_pool),
                          memory + 80 + 8 * (made_both - base_both),
                          wanted - made_both);
                made_both = wanted;
            }
            if (made_pool - base_pool > 4) {
                rows_f32_move(memory + 112,
                              memory + 48 + 4 * (made_pool - base_pool - 4), 16);
                base_pool = made_pool - 4;
            } else {
                rows_f32_move(memory + 112, memory + 48, 4 * (made_pool - base_pool));
            }
            base_up = made_up;
            wanted = 4 * t - 8 < 40 ? 4 * t - 8 : 40;
            if (wanted > made_twice) {
                const int first = made_twice / 2;

                rows_twice(memory + 80 + 8 * (first - base_both),
                           memory + 48 + 8 * (made_twice - base_twice),
                           wanted - made_twice, made_twice - 2 * first);
                made_twice = wanted;
            }
            base_both = made_both;
            wanted = 4 * t - 7 < 43 ? 4 * t - 7 : 43;
            if (wanted > made_padded) {
                int first = made_padded > 1 ? made_padded - 1 : 0;

                if (first > 40) {
                    first = 40;
                }
                rows_padded(memory + 48 + 8 * (first - base_twice),
                            memory + 80 + 8 * (made_padded - base_padded),
                            wanted - made_padded, 40 - first, first - made_padded + 1);
                made_padded = wanted;
            }
            base_twice = made_twice;
            if (wanted > made_last) {
                rows_last(memory + 80 + 8 * (made_last - base_padded),
                          memory + 48 + 2 * (made_last - base_last),
                          wanted - made_last);
                made_last = wanted;
            }
            base_padded = made_padded;
            if (wanted > made_mean) {
                rows_mean(memory + 48 + 2 * (made_mean - base_last), output1,
                          wanted - made_mean);
                made_mean = wanted;
            }
            if (wanted > made_class) {
                rows_class(memory + 48 + 2 * (made_class - base_last), memory + 140,
                           memory, 2 * (wanted - made_class), 2 * made_class);
                made_class = wanted;
            }
            base_last = made_last;
        }
        rows_mean_end(output1);
        rows_class_end(memory + 140, memory);
    }
    rows_class_softmax(memory + 140, output0);
}
