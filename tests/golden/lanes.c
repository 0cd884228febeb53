/* lanes.c: the model 'conv' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc lanes.json lanes.npz --target avx2 --input-shape 20x2
 * SHA-256 of lanes.json:
 *     92fc0d9162bcc844949440c418d2421a96aa9d6c7e5fedba884284e896dcefc2
 * SHA-256 of lanes.npz:
 *     b7269221d11bfb12184c37e4fc596cb9d485e4c56f71bc1cdf16d129abfc5ae1
 *
 * Layers, in the order in which they run:
 *
 *   conv: Conv1D (20, 2) -> (20, 12)
 *       filters 12, kernel_size 5, padding same, relu
 *       2,400 multiply-adds, 704 bytes of constants, kernel conv1d_vector
 *
 * Memory: 704 bytes of constants, 4 bytes of context,
 *     no heap, no global that is written.
 * Work: 2,400 multiply-adds a call.
 * Numbers: IEEE 754 binary32, round to nearest, subnormals kept.
 *     Every multiply-add of a sum is one fma, rounded once;
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
#include "lanes.h"

#include <float.h>
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#if !defined(__x86_64__) || !defined(__GNUC__)
#error "this file is for x86-64 with AVX2 and FMA: 8 lanes; gcc and clang"
#endif
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

/* The instruction set, whatever the compiler was told. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
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

#if defined(__cplusplus)
#if defined(__GNUC__)
#define LANES_RESTRICT __restrict__
#else
#define LANES_RESTRICT
#endif
#else
#define LANES_RESTRICT restrict
#endif

/* On 8 lanes: the same bits in each.  A mask is a lane of ones or of zeros. */
typedef uint32_t lanes_u32x8 __attribute__((vector_size(32)));

/* max(x, 0): exact. */
static inline __m256 lanes_f32x8_relu(__m256 x)
{
    return _mm256_max_ps(_mm256_set1_ps(0.0f), x);
}

/* Weights [block][tap][channel][filter]: 5 taps, 2 channels, 12 filters by 16. */
LANES_CONST LANES_ALIGN(64) float lanes_conv_weights[160] = {
     0.5625f,   -0.25f,  0.3125f,  -0.625f,  0.9375f,  -0.875f,    -0.5f,  0.3125f,
       -1.0f, -0.0625f,   -0.75f,     1.0f,     0.0f,     0.0f,     0.0f,     0.0f,
     -0.375f,    0.75f,  -0.375f,  0.6875f, -0.9375f, -0.9375f,    -0.5f,   0.125f,
    -0.6875f,    0.25f,  0.0625f, -0.9375f,     0.0f,     0.0f,     0.0f,     0.0f,
    -0.3125f, -0.0625f,   0.875f,  -0.375f,  -0.375f, -0.5625f, -0.0625f,   0.625f,
    -0.3125f, -0.1875f,  0.3125f, -0.8125f,     0.0f,     0.0f,     0.0f,     0.0f,
     0.1875f,   -0.25f,  0.1875f,   0.875f, -0.5625f,   -0.25f, -0.1875f,  -0.625f,
      -0.25f,  -0.875f,    -0.5f,     0.0f,     0.0f,     0.0f,     0.0f,     0.0f,
     -0.125f,   0.375f,   0.875f, -0.1875f,     1.0f,  0.6875f,  -0.375f,  0.0625f,
      0.375f,   0.625f,  -0.375f,   0.125f,     0.0f,     0.0f,     0.0f,     0.0f,
       0.75f,  0.1875f,     1.0f, -0.1875f,    0.25f, -0.8125f,    -0.5f,  0.4375f,
    -0.9375f,    0.75f, -0.1875f,  0.4375f,     0.0f,     0.0f,     0.0f,     0.0f,
      0.625f, -0.1875f, -0.4375f,  -0.875f, -0.8125f,  -0.625f,    -1.0f,   0.125f,
       0.25f,  0.3125f,   0.375f,    -1.0f,     0.0f,     0.0f,     0.0f,     0.0f,
    -0.1875f,  0.9375f,   0.125f,  0.4375f,  -0.625f,  0.4375f,  0.4375f,     1.0f,
       -1.0f,    0.25f,  0.5625f,     0.0f,     0.0f,     0.0f,     0.0f,     0.0f,
     -0.625f, -0.5625f, -0.3125f,   0.375f,  0.8125f,  0.4375f,  -0.125f,  0.9375f,
    -0.3125f,   0.875f,     0.0f,     0.0f,     0.0f,     0.0f,     0.0f,     0.0f,
     0.8125f,    0.75f,   -0.75f,  0.9375f, -0.6875f, -0.1875f,  0.1875f,    0.25f,
     0.6875f,  0.1875f,   -0.25f, -0.0625f,     0.0f,     0.0f,     0.0f,     0.0f
};

/* One bias a filter. */
LANES_CONST LANES_ALIGN(64) float lanes_conv_bias[16] = {
     0.8125f, -0.0625f,   0.375f, -0.5625f,    -1.0f,  -0.625f, -0.9375f,  -0.375f,
    -0.5625f,  0.1875f,    0.75f,  0.3125f,     0.0f,     0.0f,     0.0f,     0.0f
};

/* 4 steps of 12 filters, every tap inside; x: the first step's first tap. */
static __attribute__((noinline)) void lanes_conv_tile(const float *LANES_RESTRICT x,
                                                      const float *LANES_RESTRICT w,
                                                      const float *LANES_RESTRICT bias,
                                                      float *LANES_RESTRICT y)
{
    __m256 a0, a1, a2, a3, wa, xs;
    __m256 b0, b1, b2, b3, wb;

    a0 = _mm256_loadu_ps(bias);
    b0 = _mm256_loadu_ps(bias + 8);
    a1 = _mm256_loadu_ps(bias);
    b1 = _mm256_loadu_ps(bias + 8);
    a2 = _mm256_loadu_ps(bias);
    b2 = _mm256_loadu_ps(bias + 8);
    a3 = _mm256_loadu_ps(bias);
    b3 = _mm256_loadu_ps(bias + 8);
    wa = _mm256_loadu_ps(w);
    wb = _mm256_loadu_ps(w + 8);
    xs = _mm256_set1_ps(x[0]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[2]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[4]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[6]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 16);
    wb = _mm256_loadu_ps(w + 24);
    xs = _mm256_set1_ps(x[1]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[3]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[5]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[7]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 32);
    wb = _mm256_loadu_ps(w + 40);
    xs = _mm256_set1_ps(x[2]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[4]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[6]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[8]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 48);
    wb = _mm256_loadu_ps(w + 56);
    xs = _mm256_set1_ps(x[3]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[5]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[7]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[9]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 64);
    wb = _mm256_loadu_ps(w + 72);
    xs = _mm256_set1_ps(x[4]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[6]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[8]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[10]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 80);
    wb = _mm256_loadu_ps(w + 88);
    xs = _mm256_set1_ps(x[5]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[7]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[9]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[11]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 96);
    wb = _mm256_loadu_ps(w + 104);
    xs = _mm256_set1_ps(x[6]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[8]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[10]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[12]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 112);
    wb = _mm256_loadu_ps(w + 120);
    xs = _mm256_set1_ps(x[7]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[9]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[11]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[13]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 128);
    wb = _mm256_loadu_ps(w + 136);
    xs = _mm256_set1_ps(x[8]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[10]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[12]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[14]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    wa = _mm256_loadu_ps(w + 144);
    wb = _mm256_loadu_ps(w + 152);
    xs = _mm256_set1_ps(x[9]);
    a0 = _mm256_fmadd_ps(xs, wa, a0);
    b0 = _mm256_fmadd_ps(xs, wb, b0);
    xs = _mm256_set1_ps(x[11]);
    a1 = _mm256_fmadd_ps(xs, wa, a1);
    b1 = _mm256_fmadd_ps(xs, wb, b1);
    xs = _mm256_set1_ps(x[13]);
    a2 = _mm256_fmadd_ps(xs, wa, a2);
    b2 = _mm256_fmadd_ps(xs, wb, b2);
    xs = _mm256_set1_ps(x[15]);
    a3 = _mm256_fmadd_ps(xs, wa, a3);
    b3 = _mm256_fmadd_ps(xs, wb, b3);
    __asm__("" : "+r"(x));  /* nothing that was read is kept */
    _mm256_storeu_ps(y, lanes_f32x8_relu(a0));
    _mm_storeu_ps(y + 8, _mm256_castps256_ps128(lanes_f32x8_relu(b0)));
    _mm256_storeu_ps(y + 12, lanes_f32x8_relu(a1));
    _mm_storeu_ps(y + 20, _mm256_castps256_ps128(lanes_f32x8_relu(b1)));
    _mm256_storeu_ps(y + 24, lanes_f32x8_relu(a2));
    _mm_storeu_ps(y + 32, _mm256_castps256_ps128(lanes_f32x8_relu(b2)));
    _mm256_storeu_ps(y + 36, lanes_f32x8_relu(a3));
    _mm_storeu_ps(y + 44, _mm256_castps256_ps128(lanes_f32x8_relu(b3)));
}

/* The taps first..end-1 are added to the sums y of 2 steps of 12 filters; tap 0 of
 * the first would be at row. */
static __attribute__((noinline)) void lanes_conv_taps(const float *LANES_RESTRICT x,
                                                      const float *LANES_RESTRICT w,
                                                      float *LANES_RESTRICT y, int row,
                                                      int first, int end)
{
    __m256 a0, a1, wa, xs;
    __m256 b0, b1, wb;

    a0 = _mm256_loadu_ps(y);
    b0 = _mm256_maskload_ps(y + 8, _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0));
    a1 = _mm256_loadu_ps(y + 12);
    b1 = _mm256_maskload_ps(y + 20, _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0));
    const int at = 2 * row;

    for (int i = 2 * first; i < 2 * end; i++) {
        wa = _mm256_loadu_ps(w + 16 * i);
        wb = _mm256_loadu_ps(w + 16 * i + 8);
        xs = _mm256_set1_ps(x[at + i]);
        a0 = _mm256_fmadd_ps(xs, wa, a0);
        b0 = _mm256_fmadd_ps(xs, wb, b0);
        xs = _mm256_set1_ps(x[at + i + 2]);
        a1 = _mm256_fmadd_ps(xs, wa, a1);
        b1 = _mm256_fmadd_ps(xs, wb, b1);
    }
    _mm256_storeu_ps(y, a0);
    _mm_storeu_ps(y + 8, _mm256_castps256_ps128(b0));
    _mm256_storeu_ps(y + 12, a1);
    _mm_storeu_ps(y + 20, _mm256_castps256_ps128(b1));
}

/* The taps first..end-1 are added to the sums y of one step of 12 filters; tap 0
 * would be at row. */
static __attribute__((noinline)) void lanes_conv_taps1(const float *LANES_RESTRICT x,
                                                       const float *LANES_RESTRICT w,
                                                       float *LANES_RESTRICT y, int row,
                                                       int first, int end)
{
    __m256 a0, wa, xs;
    __m256 b0, wb;

    a0 = _mm256_loadu_ps(y);
    b0 = _mm256_maskload_ps(y + 8, _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0));
    const int at = 2 * row;

    for (int i = 2 * first; i < 2 * end; i++) {
        wa = _mm256_loadu_ps(w + 16 * i);
        wb = _mm256_loadu_ps(w + 16 * i + 8);
        xs = _mm256_set1_ps(x[at + i]);
        a0 = _mm256_fmadd_ps(xs, wa, a0);
        b0 = _mm256_fmadd_ps(xs, wb, b0);
    }
    _mm256_storeu_ps(y, a0);
    _mm_storeu_ps(y + 8, _mm256_castps256_ps128(b0));
}

/* 2 steps from t on of 12 filters, some of their taps in the padding. Taps run in
 * order: those that only later steps have, those that all have, those that only
 * earlier steps have. */
static __attribute__((noinline)) void lanes_conv_edge(const float *LANES_RESTRICT x,
                                                      const float *LANES_RESTRICT w,
                                                      const float *LANES_RESTRICT bias,
                                                      float *LANES_RESTRICT y, int t)
{
    int first[2], end[2], common, common_end;

    for (int j = 0; j < 2; j++) {
        const int row = t + j - 2;
        const int fits = 20 - row;

        first[j] = row < 0 ? -row : 0;
        end[j] = fits < 5 ? fits : 5;
        _mm256_storeu_ps(y + 12 * j, _mm256_loadu_ps(bias));
        _mm_storeu_ps(y + 12 * j + 8,
                      _mm256_castps256_ps128(_mm256_loadu_ps(bias + 8)));
    }
    common = first[0];
    common_end = end[1] > common ? end[1] : common;
    for (int j = 1; j < 2; j++) {
        const int own = end[j] < common ? end[j] : common;

        if (first[j] < own) {
            lanes_conv_taps1(x, w, y + 12 * j, (t + j) - 2, first[j], own);
        }
    }
    lanes_conv_taps(x, w, y, t - 2, common, common_end);
    for (int j = 0; j < 1; j++) {
        if (common_end < end[j]) {
            lanes_conv_taps1(x, w, y + 12 * j, (t + j) - 2, common_end, end[j]);
        }
    }
    for (int j = 0; j < 2; j++) {
        const __m256 a = _mm256_loadu_ps(y + 12 * j);
        _mm256_storeu_ps(y + 12 * j, lanes_f32x8_relu(a));
        const __m256 b = _mm256_maskload_ps(
            y + 12 * j + 8, _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0));
        _mm_storeu_ps(y + 12 * j + 8, _mm256_castps256_ps128(lanes_f32x8_relu(b)));
    }
}

/* conv: Conv1D (20, 2) -> (20, 12)
 * filters 12, kernel_size 5, padding same, relu
 * Each sum runs from the bias over taps, then channels.
 */
static void lanes_conv(const float *LANES_RESTRICT x, float *LANES_RESTRICT y)
{
    for (int i = 0; i < 2; i += 2) {
        const int t = i < 18 ? i : 18;

        lanes_conv_edge(x, lanes_conv_weights, lanes_conv_bias, y + 12 * t, t);
    }
    for (int i = 18; i < 20; i += 2) {
        const int t = i < 18 ? i : 18;

        lanes_conv_edge(x, lanes_conv_weights, lanes_conv_bias, y + 12 * t, t);
    }
    for (int i = 0; i < 16; i += 4) {
        lanes_conv_tile(x + 2 * i, lanes_conv_weights, lanes_conv_bias,
                        y + 12 * i + 24);
    }
}

void lanes_run(lanes_context *context, const float *input, float *output)
{
    (void)context;  /* this model works in its arguments alone */

    lanes_conv(input, output);
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
