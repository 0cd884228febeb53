/* peak.c: how many multiply-adds this processor does in registers, per instruction set. */
#include "peak.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

enum { INNER = 2000 }; /* multiply-adds of every accumulator in one run */

/* COUNT independent accumulators, more than latency times units; the barrier keeps the compiler from joining
 * rounds. */
#define PEAK(NAME, ATTRIBUTE, VECTOR, COUNT, SPLAT, MADD)                                                              \
	ATTRIBUTE static void NAME(long n)                                                                             \
	{                                                                                                              \
		VECTOR a[COUNT], x = SPLAT(0.999f), w = SPLAT(0.001f);                                                 \
		for (int i = 0; i < COUNT; i++) a[i] = SPLAT((float)i);                                                \
		for (long r = 0; r < n * INNER; r++) {                                                                 \
			_Pragma("GCC unroll 32") for (int i = 0; i < COUNT; i++) a[i] = MADD(a[i], x, w);              \
			__asm__ volatile("" : BARRIER(x), BARRIER(w));                                                 \
		}                                                                                                      \
		_Pragma("GCC unroll 32") for (int i = 0; i < COUNT; i++) __asm__ volatile("" : : KEEP(a[i]));          \
	}

#if defined __x86_64__
#define BARRIER(v)            "+x"(v)
#define KEEP(v)               "x"(v)
#define MULTIPLY_ADD(a, x, w) _mm_add_ps(_mm_mul_ps(a, x), w)
PEAK(run_sse2, , __m128, 12, _mm_set1_ps, MULTIPLY_ADD)
PEAK(run_avx2, __attribute__((target("avx2,fma"))), __m256, 12, _mm256_set1_ps, _mm256_fmadd_ps)
#undef BARRIER
#undef KEEP
#define BARRIER(v) "+v"(v)
#define KEEP(v)    "v"(v)
PEAK(run_avx512, __attribute__((target("avx512f"))), __m512, 24, _mm512_set1_ps, _mm512_fmadd_ps)

const struct peak peaks[] = { { "avx512", 24.0 * 32 * INNER, run_avx512 },
			      { "avx2", 12.0 * 16 * INNER, run_avx2 },
			      { "sse2", 12.0 * 8 * INNER, run_sse2 },
			      { NULL, 0, NULL } };

static bool has(const char *target)
{
	if (strcmp(target, "avx512") == 0)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
	if (strcmp(target, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
	return true;
}
#elif defined __aarch64__
#define BARRIER(v)     "+w"(v)
#define KEEP(v)        "w"(v)
#define FUSED(a, x, w) vfmaq_f32(w, a, x)
PEAK(run_neon, , float32x4_t, 24, vdupq_n_f32, FUSED)
const struct peak peaks[] = { { "neon", 24.0 * 8 * INNER, run_neon }, { NULL, 0, NULL } };
static bool has(const char *target)
{
	return target != NULL;
}
#else
const struct peak peaks[] = { { NULL, 0, NULL } };
static bool has(const char *target)
{
	return target == NULL;
}
#endif

const struct peak *peak_of(const char *target)
{
	for (const struct peak *p = peaks; p->target != NULL; p++)
		if ((strcmp(target, p->target) == 0 || strcmp(target, "c99") == 0) && has(p->target)) return p;
	return NULL;
}
