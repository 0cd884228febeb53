/* operations.c: what a Cortex-M55 makes of subnormals, scalars under FPSCR.FZ and vectors always, against layers/flushing.h: the
 * float operations that emitted code uses and those that it must not, on operands around every boundary. */
#include <arm_mve.h>
#include <math.h>
#include <string.h>

#include "board.h"
#include "layers/flushing.h"

enum { ROUNDS = 300000, SHOWN = 3 };
enum { NEGATIVE = 8, ZERO = 6, GREATER = 2, UNORDERED = 3 }; /* NZCV of a comparison */

static uint32_t state = 1, differ, shown;

static uint32_t dice(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

/* Any bits, around the least normal number, around 2^-63, in [0.5, 2), just below 1, subnormals. */
static float operand(void)
{
	const uint32_t bits = dice(), kind = dice();

	switch (kind >> 8 & 7) {
	case 0: return float_of(bits);
	case 1: return float_of(bits & 0x80ffffffu);
	case 2: return float_of((bits & 0x80000000u) | (0x00800000u + (bits & 7) - 4));
	case 3: return float_of((bits & 0x807fffffu) | ((63 + (kind >> 16 & 1)) << 23));
	case 4: return float_of((bits & 0x80ffffffu) | 0x3f000000u);
	case 5: return float_of((bits & 0x80000000u) | (0x3f800000u - (bits & 15)));
	case 6: return float_of((bits & 0x807fffffu) | (kind >> 16 & 0xff) << 23);
	default: return float_of(bits & 0x81ffffffu);
	}
}

static void expect(const char *operation, float have, float want, float a, float b, float c)
{
	if (bits_of(have) == bits_of(want) || (have != have && want != want)) return;
	differ++;
	if (shown++ >= SHOWN) return;
	say(operation);
	say(": have, want, of: ");
	say_hex(bits_of(have));
	say_hex(bits_of(want));
	say_hex(bits_of(a));
	say_hex(bits_of(b));
	say_hex(bits_of(c));
	say("\n");
}

#define OF_ONE(text, x)                                                                                                \
	({                                                                                                             \
		float y_;                                                                                              \
		__asm__ volatile(text " %0, %1" : "=t"(y_) : "t"(x) : "memory");                                       \
		y_;                                                                                                    \
	})
#define OF_TWO(text, x, z)                                                                                             \
	({                                                                                                             \
		float y_;                                                                                              \
		__asm__ volatile(text " %0, %1, %2" : "=t"(y_) : "t"(x), "t"(z) : "memory");                           \
		y_;                                                                                                    \
	})
static void scalars(float a, float b, float c)
{
	float sum, difference, product, quotient, fused = c, root, negative, magnitude, whole;
	uint32_t flags, wanted = GREATER;

	set_fpscr(fpscr() | FPSCR_FZ);
	sum = OF_TWO("vadd.f32", a, b);
	difference = OF_TWO("vsub.f32", a, b);
	product = OF_TWO("vmul.f32", a, b);
	quotient = OF_TWO("vdiv.f32", a, b);
	__asm__ volatile("vfma.f32 %0, %1, %2" : "+t"(fused) : "t"(a), "t"(b) : "memory");
	root = OF_ONE("vsqrt.f32", a);
	negative = OF_ONE("vneg.f32", a);
	magnitude = OF_ONE("vabs.f32", a);
	whole = OF_ONE("vcvt.s32.f32", a);
	__asm__ volatile("vcmp.f32 %1, %2\n\tvmrs %0, fpscr" : "=r"(flags) : "t"(a), "t"(b) : "memory");
	set_fpscr(fpscr() & ~(uint32_t)FPSCR_FZ);
	expect("vadd", sum, flush_add(a, b), a, b, c);
	expect("vsub", difference, flush_subtract(a, b), a, b, c);
	expect("vmul", product, flush_multiply(a, b), a, b, c);
	expect("vdiv", quotient, flush_divide(a, b), a, b, c);
	expect("vfma", fused, flush_fma(a, b, c), a, b, c);
	expect("vsqrt", root, sqrtf(flush(a)), a, b, c);
	/* These look at the sign alone. */
	expect("vneg", negative, -a, a, b, c);
	expect("vabs", magnitude, fabsf(a), a, b, c);
	if (fabsf(a) < 1) expect("vcvt", whole, 0.0f, a, b, c);
	if (a != a || b != b)
		wanted = UNORDERED;
	else if (flush_equal(a, b))
		wanted = ZERO;
	else if (flush_less(a, b))
		wanted = NEGATIVE;
	expect("vcmp", (float)(flags >> 28), (float)wanted, a, b, c);
}

static float lane(float32x4_t v)
{
	return vgetq_lane_f32(v, 1);
}

static void vectors(float a, float b, float c)
{
	const float32x4_t x = vdupq_n_f32(a), y = vdupq_n_f32(b), z = vdupq_n_f32(c);
	const float larger = flush_less(a, b) ? flush(b) : flush(a), smaller = flush_less(a, b) ? flush(a) : flush(b);

	expect("vadd of vectors", lane(vaddq_f32(x, y)), flush_add(a, b), a, b, c);
	expect("vsub of vectors", lane(vsubq_f32(x, y)), flush_subtract(a, b), a, b, c);
	expect("vmul of vectors", lane(vmulq_f32(x, y)), flush_multiply(a, b), a, b, c);
	expect("vmul by a scalar", lane(vmulq_n_f32(x, b)), flush_multiply(a, b), a, b, c);
	expect("vfma of vectors", lane(vfmaq_f32(z, x, y)), flush_fma(a, b, c), a, b, c);
	expect("vfma by a scalar", lane(vfmaq_n_f32(z, x, b)), flush_fma(a, b, c), a, b, c);
	expect("vcmp gt of vectors", vcmpgtq_f32(x, y) != 0, flush_less(b, a), a, b, c);
	expect("vcmp eq of vectors", vcmpeqq_f32(x, y) != 0, flush_equal(a, b), a, b, c);
	expect("vcmp ne of vectors", vcmpneq_f32(x, x) != 0, a != a, a, b, c);
	/* Less is not greater turned round: it holds of NaN, too. */
	expect("vcmp lt of vectors", vcmpltq_f32(x, y) != 0, flush_less(a, b) || a != a || b != b, a, b, c);
	/* Extremes flush what they hand on; emitted code selects instead. */
	if (a != a || b != b || flush_equal(a, b)) return;
	expect("vmaxnm", lane(vmaxnmq_f32(x, y)), larger, a, b, c);
	expect("vminnm", lane(vminnmq_f32(x, y)), smaller, a, b, c);
}

int main(void)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		float a = operand(), b = operand(), c = operand();

		if (i % 16 == 3) { /* products and sums that are rounded to 2^-126 */
			a = float_of(0x3f7fffffu - (dice() & 3));
			b = float_of(0x00800000u + (dice() & 3));
		} else if (i % 4 == 0) { /* products of that size */
			const uint32_t exponent = 128 - (bits_of(a) >> 23 & 0xff) + dice() % 3;
			if (exponent < 255) b = float_of((bits_of(b) & 0x807fffffu) | exponent << 23);
		}
		scalars(a, b, c);
		vectors(a, b, c);
	}
	say_count(differ);
	say(" operations differ\n");
	return differ != 0;
}
