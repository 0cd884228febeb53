/* variable.c: the model 'variable' as C
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc variable.json variable.npz --max-steps 20
 * SHA-256 of variable.json:
 *     927db8d8e5273461e398dc017083b75ba1b18e500e5f112992b9b06065c6a1d6
 * SHA-256 of variable.npz:
 *     3370380dfee7114c0ab442caf9cf7ba85b56220550d5da643fbc4d1b153a7ee6
 *
 * Layers, in the order in which they run:
 *
 *   half: Conv1D (None<=20, 2) -> (None<=10, 8)
 *       filters 8, kernel_size 4, strides 2, padding same, relu
 *       640 multiply-adds, 288 bytes of constants, kernel conv1d_tiled
 *   twice: UpSampling1D (None<=10, 8) -> (None<=20, 8)
 *       kernel move
 *   wide: Conv1D (None<=20, 2) -> (None<=20, 8)
 *       filters 8, kernel_size 3, padding causal
 *       960 multiply-adds, 224 bytes of constants, kernel conv1d_tiled
 *   add: Add (None<=20, 8), (None<=20, 8) -> (None<=20, 8)
 *       kernel elementwise
 *   mean: GlobalAveragePooling1D (None<=20, 8) -> (8,)
 *       kernel global_pool1d
 *
 * Memory: 512 bytes of constants, 640 bytes of context,
 *     no heap, no global that is written.
 * Work: 1,600 multiply-adds a call.
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
#include "variable.h"

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
#define VARIABLE_LANES
#elif defined(__SSE2__) || defined(__aarch64__)
#define VARIABLE_LANES _Pragma("GCC unroll 1")
#else
#define VARIABLE_LANES _Pragma("GCC unroll 16")
#endif

#if defined(__cplusplus)
#if defined(__GNUC__)
#define VARIABLE_RESTRICT __restrict__
#else
#define VARIABLE_RESTRICT
#endif
#else
#define VARIABLE_RESTRICT restrict
#endif

/* The bits of x. */
static inline uint32_t variable_f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* The float of these bits. */
static inline float variable_f32_from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t variable_f32_less(float a, float b)
{
    return 0u - (uint32_t)(a < b);
}

/* max(x, 0): exact. clang (14) for AArch64 makes fmax(x, 0) of a comparison of x
 * itself, which takes the sign of -0. */
static inline float variable_f32_relu(float x)
{
#if defined(__clang__) && defined(__aarch64__)
    return variable_f32_from_bits(
            variable_f32_bits(x) & ~variable_f32_less(x + x, 0.0f));
#else
    return variable_f32_from_bits(variable_f32_bits(x) & ~variable_f32_less(x, 0.0f));
#endif
}

/* Weights [block][tap][channel][filter]: 4 taps, 2 channels, 8 filters by 8. */
VARIABLE_CONST float variable_half_weights[64] = {
    -0.9375f,  0.0625f,  0.9375f,    0.75f, -0.1875f, -0.1875f,   0.625f,  0.8125f,
        0.5f,   0.625f,    0.75f,  0.1875f,  -0.875f, -0.4375f,  0.1875f,    0.25f,
     0.8125f,    -0.5f, -0.8125f,  -0.625f, -0.5625f,  0.0625f, -0.6875f,  0.6875f,
     0.5625f,  0.6875f,  0.5625f, -0.8125f,  -0.625f,   0.875f, -0.9375f,   -0.75f,
       0.75f, -0.3125f, -0.8125f, -0.3125f,  0.8125f,  0.4375f, -0.9375f,     0.5f,
        1.0f,  -0.875f,  0.1875f,  0.8125f,   0.125f,  -0.375f,  0.3125f,  0.6875f,
     -0.625f, -0.3125f,    -0.5f, -0.6875f,     1.0f, -0.5625f,  0.4375f, -0.4375f,
      0.875f, -0.8125f,  0.9375f, -0.9375f,    0.75f,    -0.5f,  0.6875f, -0.5625f
};

/* One bias a filter. */
VARIABLE_CONST float variable_half_bias[8] = {
    0.6875f, -0.625f,  0.375f,   -0.5f,  0.875f, 0.5625f,    0.5f,   -0.5f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void variable_half_tile(const float *VARIABLE_RESTRICT x,
                               const float *VARIABLE_RESTRICT w,
                               const float *VARIABLE_RESTRICT bias,
                               float *VARIABLE_RESTRICT y)
{
    float a0[8];
    float a1[8];

    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 8; i++) {  /* 4 taps x 2 channels */
        const float x0 = x[i];
        const float x1 = x[i + 4];

        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = variable_f32_relu(a0[f]);
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 8] = variable_f32_relu(a1[f]);
    }
}

/* One step of 8 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void variable_half_step(const float *VARIABLE_RESTRICT x,
                               const float *VARIABLE_RESTRICT w,
                               const float *VARIABLE_RESTRICT bias,
                               float *VARIABLE_RESTRICT y, int row, int first, int end)
{
    float a0[8];

    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
    }
    for (int i = 2 * first; i < 2 * end; i++) {
        const float x0 = x[2 * row + i];

        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[8 * i + f];
        }
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = variable_f32_relu(a0[f]);
    }
}

/* half: Conv1D (None<=20, 2) -> (None<=10, 8)
 * filters 8, kernel_size 4, strides 2, padding same, relu
 * Each sum runs from the bias over taps, then channels.
 */
static void variable_half(const float *VARIABLE_RESTRICT x, float *VARIABLE_RESTRICT y,
                          int steps_in, int steps_out)
{
    const int missing = 2 * steps_out + 2 - steps_in;
    const int pad_left = missing > 0 ? missing / 2 : 0;
    const int room = steps_in + pad_left - 4;
    const int full = room < 0 ? 0 : room / 2 + 1;
    const int inside_first = (pad_left + 1) / 2;
    const int inside_end = full - inside_first < 2 ? inside_first : full;
    const int inside = inside_end - inside_first;

    for (int i = 0; i < inside; i += 2) {
        /* The last tile goes over steps that are done already. */
        const int t = i < inside - 2 ? i : inside - 2;

        variable_half_tile(x + 4 * t + 4 * inside_first - 2 * pad_left,
                           variable_half_weights, variable_half_bias,
                           y + 8 * t + 8 * inside_first);
    }
    for (int i = 0; i < steps_out - inside; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i < inside_first ? i : i + inside;
        const int row = 2 * t - pad_left;
        const int first = row < 0 ? -row : 0;
        const int fits = steps_in - row;
        const int end = fits < 4 ? fits : 4;

        variable_half_step(x, variable_half_weights, variable_half_bias, y + 8 * t, row,
                           first, end);
    }
}

/* twice: UpSampling1D (None<=10, 8) -> (None<=20, 8)
 */
static void variable_twice(const float *VARIABLE_RESTRICT x, float *VARIABLE_RESTRICT y,
                           int steps_out)
{
    for (int i1 = 0; i1 < steps_out; i1++) {
        const int r1 = i1 / 2;

        for (int i2 = 0; i2 < 8; i2++) {
            *y++ = x[8 * r1 + i2];
        }
    }
}

/* Weights [block][tap][channel][filter]: 3 taps, 2 channels, 8 filters by 8. */
VARIABLE_CONST float variable_wide_weights[48] = {
      0.625f, -0.6875f, -0.5625f, -0.0625f, -0.1875f,     0.5f,  0.0625f,   -0.75f,
      0.125f,    -0.5f, -0.4375f,  0.8125f, -0.5625f, -0.5625f,   0.125f,    -1.0f,
    -0.4375f,     1.0f,  -0.875f,  0.3125f, -0.8125f,   0.875f,   -0.75f,  0.3125f,
     0.0625f,  0.6875f, -0.8125f, -0.6875f,     0.5f,   -0.75f,  0.8125f,  -0.625f,
        0.0f, -0.3125f,  0.4375f,   0.875f, -0.8125f,  0.9375f, -0.4375f,  0.0625f,
     -0.375f, -0.5625f,     0.5f,   0.875f, -0.8125f,  -0.875f,   0.375f,  0.5625f
};

/* One bias a filter. */
VARIABLE_CONST float variable_wide_bias[8] = {
    -0.9375f,  0.3125f, -0.5625f,    -1.0f,  0.3125f,   0.625f,     0.5f, -0.3125f
};

/* 2 steps of 8 filters, every tap inside; x: the first step's first tap. */
static void variable_wide_tile(const float *VARIABLE_RESTRICT x,
                               const float *VARIABLE_RESTRICT w,
                               const float *VARIABLE_RESTRICT bias,
                               float *VARIABLE_RESTRICT y)
{
    float a0[8];
    float a1[8];

    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
        a1[f] = bias[f];
    }
    for (int i = 0; i < 6; i++) {  /* 3 taps x 2 channels */
        const float x0 = x[i];
        const float x1 = x[i + 2];

        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[f];
        }
        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a1[f] += x1 * w[f];
        }
        w += 8;
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f + 8] = a1[f];
    }
}

/* One step of 8 filters; tap 0 would be at row, the taps first..end-1 are inside. */
static void variable_wide_step(const float *VARIABLE_RESTRICT x,
                               const float *VARIABLE_RESTRICT w,
                               const float *VARIABLE_RESTRICT bias,
                               float *VARIABLE_RESTRICT y, int row, int first, int end)
{
    float a0[8];

    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        a0[f] = bias[f];
    }
    for (int i = 2 * first; i < 2 * end; i++) {
        const float x0 = x[2 * row + i];

        VARIABLE_LANES
        for (int f = 0; f < 8; f++) {
            a0[f] += x0 * w[8 * i + f];
        }
    }
    VARIABLE_LANES
    for (int f = 0; f < 8; f++) {
        y[f] = a0[f];
    }
}

/* wide: Conv1D (None<=20, 2) -> (None<=20, 8)
 * filters 8, kernel_size 3, padding causal
 * Each sum runs from the bias over taps, then channels.
 */
static void variable_wide(const float *VARIABLE_RESTRICT x, float *VARIABLE_RESTRICT y,
                          int steps)
{
    const int inside_end = steps < 4 ? 2 : steps;

    for (int i = 0; i < inside_end - 2; i += 2) {
        /* The last tile goes over steps that are done already. */
        const int t = i < inside_end - 4 ? i : inside_end - 4;

        variable_wide_tile(x + 2 * t, variable_wide_weights, variable_wide_bias,
                           y + 8 * t + 16);
    }
    for (int i = 0; i < steps + 2 - inside_end; i++) {
        /* The steps before those inside, and behind them. */
        const int t = i < 2 ? i : i + inside_end - 2;
        const int row = t - 2;
        const int first = row < 0 ? -row : 0;
        const int fits = steps - row;
        const int end = fits < 3 ? fits : 3;

        variable_wide_step(x, variable_wide_weights, variable_wide_bias, y + 8 * t, row,
                           first, end);
    }
}

/* add: Add (None<=20, 8), (None<=20, 8) -> (None<=20, 8)
 */
static void variable_add(const float *x0, const float *x1, float *y, int steps_out)
{
    for (int i1 = 0; i1 < 8 * steps_out; i1++) {
        y[i1] = x0[i1] + x1[i1];
    }
}

/* mean: GlobalAveragePooling1D (None<=20, 8) -> (8,)
 * Steps in order of time.
 */
static void variable_mean(const float *VARIABLE_RESTRICT x, float *VARIABLE_RESTRICT y,
                          int steps)
{
    for (int c = 0; c < 8; c++) {
        y[c] = 0.0f;
    }
    for (int t = 0; t < steps; t++, x += 8) {
        for (int c = 0; c < 8; c++) {
            y[c] += x[c];
        }
    }
    for (int c = 0; c < 8; c++) {
        y[c] = y[c] / (float)steps;
    }
}

size_t variable_run(variable_context *context, const float *input, size_t steps,
                    float *output0, float *output1)
{
    float *const memory = context->memory;

    if (steps < VARIABLE_INPUT_LEAST_STEPS || steps > VARIABLE_INPUT_STEPS) {
        return 0;
    }
    const int n0 = (int)steps;  /* steps of 'x' */
    const int n1 = (n0 + 1) / 2;  /* steps of 'half' */
    const int n2 = 2 * n1;  /* steps of 'twice' */

    if (n2 != n0) {
        return 0;  /* 'add' cannot take them */
    }

    variable_half(input, memory, n0, n1);
    variable_twice(memory, output0, n2);
    variable_wide(input, memory, n0);
    variable_add(output0, memory, output0, n2);
    variable_mean(output0, output1, n2);
    return (size_t)n2;
}
