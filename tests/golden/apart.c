/* apart.c: the model 'apart' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc apart.json apart.npz --weights incbin
 * SHA-256 of apart.json:
 *     f2abba85ae0fd07e9ebdf6515be02ae0de5b857e1ec830be6d933ef821ce4afd
 * SHA-256 of apart.npz:
 *     54c736b1b7e4234dcc303e43ea770bfa7b8f84265f0ed3260cc4a4f887eb8307
 *
 * Layers, in the order in which they run:
 *
 *   small: Conv1D (9, 5) -> (7, 8)
 *       filters 8, kernel_size 3
 *       840 multiply-adds, 512 bytes of constants, kernel conv1d_tiled
 *   1large: Conv1D (7, 8) -> (7, 39)
 *       filters 39, kernel_size 1
 *       2,184 multiply-adds, 1,440 bytes of constants, kernel conv1d_tiled
 *   slopes: PReLU (7, 39) -> (7, 39)
 *       shared_axes ()
 *       273 multiply-adds, 1,092 bytes of constants, kernel prelu
 *
 * Memory: 3,044 bytes of constants, 224 bytes of context,
 *     no heap, no global that is written.
 * Work: 3,297 multiply-adds a call.
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
#include "apart.h"

#include <float.h>

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
#define APART_LANES
#elif defined(__SSE2__) || defined(__aarch64__)
#define APART_LANES _Pragma("GCC unroll 1")
#else
#define APART_LANES _Pragma("GCC unroll 16")
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define APART_RESTRICT __restrict__
#else
#define APART_RESTRICT
#endif
#else
#define APART_RESTRICT restrict
#endif

/* Tables of 256 values and more stand in apart_weights.S; no other file sees them. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the weights are for little-endian machines; remake without --weights incbin"
#endif
#if defined(__cplusplus)
#define APART_EXTERN extern "C"
#else
#define APART_EXTERN extern
#endif
#if defined(__ELF__) || defined(__APPLE__)
#define APART_HIDDEN __attribute__((visibility("hidden")))
#else
#define APART_HIDDEN
#endif

/* Weights [block][tap][channel][filter]: 3 taps, 5 channels, 8 filters by 8. */
APART_CONST float apart_small_weights[120] = {
        1.0f,  -0.125f,  0.5625f,    0.25f,  0.8125f,     1.0f,  0.0625f,  0.3125f,
    -0.5625f, -0.5625f,  0.9375f,    0.25f, -0.4375f, -0.9375f, -0.6875f,  -0.125f,
    -0.9375f,    0.75f,  -0.125f, -0.4375f,   -0.25f,  -0.125f,   -0.25f,  -0.375f,
     0.4375f,   -0.25f,    -0.5f,     0.5f, -0.3125f,    -1.0f, -0.1875f,  -0.625f,
     0.0625f,  0.5625f,  -0.625f, -0.8125f, -0.5625f,  -0.875f,   0.875f, -0.5625f,
      0.875f,  0.8125f,  0.1875f,     0.5f, -0.5625f,  -0.125f,   0.625f,  -0.875f,
     -0.875f, -0.0625f,  -0.125f, -0.4375f,     0.0f,  0.9375f,  0.1875f,  0.8125f,
    -0.9375f, -0.3125f,  -0.125f,    -0.5f,  0.6875f,     0.0f, -0.8125f, -0.8125f,
    -0.5625f,    -1.0f,  0.3125f,   0.375f,  0.3125f,  0.6875f, -0.4375f, -0.4375f,
    -0.5625f, -0.4375f,  0.5625f,     1.0f,     0.5f,     1.0f,     0.0f,   0.125f,
      -0.75f,    -0.5f,  -0.125f,  0.5625f,   0.625f,   0.375f, -0.5625f, -0.5625f,
     0.8125f, -0.0625f,     0.0f,  0.4375f,     0.5f, -0.6875f,   0.625f,  -0.125f,
    -0.5625f,     1.0f,   0.125f,     0.0f, -0.8125f,   0.875f, -0.3125f,     0.0f,
       -0.5f,   0.375f,  -0.875f,  0.1875f,  0.3125f,  -0.875f,  0.0625f,  0.5625f,
     -0.375f,  0.3125f,     0.0f,  -0.625f,  0.3125f,  0.4375f, -0.5625f,  0.8125f
};

/* One bias a filter. */
APART_CONST float apart_small_bias[8] = {
       0.75f,   0.375f,  -0.875f, -0.0625f,  -0.625f,  -0.625f,  0.3125f,   0.625f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void apart_small_tile(const float *APART_RESTRICT x,
                             const float *APART_RESTRICT w,
                             const float *APART_RESTRICT bias, float *APART_RESTRICT y)
{
    float a0[8];
    float a1[8];

    APART_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 15; i++) {  /* 3 taps x 5 channels */
        const float x0 = x[i];
        const float x1 = x[i + 5];

        APART_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        APART_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    APART_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
    APART_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 8] = a1[f];
    }
}

/* small: Conv1D (9, 5) -> (7, 8)
 * filters 8, kernel_size 3
 * Each sum runs from the bias over taps, then channels.
 */
static void apart_small(const float *APART_RESTRICT x, float *APART_RESTRICT y)
{
    for (int i = 0; i < 7; i += 2) {
        /* The last tile goes over steps that are done already. */
        const int t = i < 5 ? i : 5;

        apart_small_tile(x + 5 * t, apart_small_weights, apart_small_bias, y + 8 * t);
    }
}

/* Weights [block][tap][channel][filter]: 1 taps, 8 channels, 39 filters by 8. */
APART_EXTERN APART_HIDDEN const float apart_1large_weights[320];

/* One bias a filter. */
APART_CONST float apart_1large_bias[40] = {
     -0.125f, -0.1875f,  -0.375f,     0.0f,  0.6875f,  0.4375f,  0.4375f,   -0.25f,
      0.625f,    -0.5f, -0.8125f, -0.3125f,     1.0f,    0.75f,     0.0f,  -0.875f,
       -0.5f,  0.8125f, -0.3125f,  0.5625f,  0.6875f,    -1.0f,   0.875f, -0.6875f,
     0.4375f,   0.625f,  0.0625f,  0.9375f,   0.625f, -0.6875f,   0.375f, -0.3125f,
    -0.3125f, -0.6875f, -0.9375f,  0.8125f,  -0.625f,  -0.875f,    -1.0f,     0.0f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void apart_1large_tile(const float *APART_RESTRICT x,
                              const float *APART_RESTRICT w,
                              const float *APART_RESTRICT bias, float *APART_RESTRICT y)
{
    float a0[8];
    float a1[8];

    APART_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 8; i++) {  /* 1 taps x 8 channels */
        const float x0 = x[i];
        const float x1 = x[i + 8];

        APART_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        APART_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    APART_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
    APART_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 39] = a1[f];
    }
}

/* 2 steps of 7 filters, every tap inside; x: the first step's first tap. */
static void apart_1large_rest(const float *APART_RESTRICT x,
                              const float *APART_RESTRICT w,
                              const float *APART_RESTRICT bias, float *APART_RESTRICT y)
{
    float a0[8];
    float a1[8];

    APART_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 8; i++) {  /* 1 taps x 8 channels */
        const float x0 = x[i];
        const float x1 = x[i + 8];

        APART_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        APART_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    APART_LANES
    for (int f = 0; f < 7; f++) {
        y[f] = a0[f];
    }
    APART_LANES
    for (int f = 0; f < 7; f++) {
        y[f + 39] = a1[f];
    }
}

/* 1large: Conv1D (7, 8) -> (7, 39)
 * filters 39, kernel_size 1
 * Each sum runs from the bias over taps, then channels.
 */
static void apart_1large(const float *APART_RESTRICT x, float *APART_RESTRICT y)
{
    for (int f = 0; f < 32; f += 8) {
        for (int i = 0; i < 7; i += 2) {
            /* The last tile goes over steps that are done already. */
            const int t = i < 5 ? i : 5;

            apart_1large_tile(x + 8 * t, apart_1large_weights + 8 * f,
                              apart_1large_bias + f, y + f + 39 * t);
        }
    }
    for (int i = 0; i < 7; i += 2) {
        /* The last tile goes over steps that are done already. */
        const int t = i < 5 ? i : 5;

        apart_1large_rest(x + 8 * t, apart_1large_weights + 256, apart_1large_bias + 32,
                          y + 39 * t + 32);
    }
}

/* Slopes below 0. */
APART_EXTERN APART_HIDDEN const float apart_slopes_slopes[273];

/* slopes: PReLU (7, 39) -> (7, 39)
 * shared_axes ()
 * y = x where x > 0, else x * slope.
 */
static void apart_slopes(const float *x, float *y)
{
    for (int i1 = 0; i1 < 273; i1++) {
        const float v = x[i1];
        const float slope = apart_slopes_slopes[i1];

        y[i1] = v > 0.0f ? v : v * slope;
    }
}

void apart_run(apart_context *context, const float *input, float *output)
{
    float *const memory = context->memory;

    apart_small(input, memory);
    apart_1large(memory, output);
    apart_slopes(output, output);
}
