/* activations.h: the activation functions in binary32, written once for the interpreter, the emitted C and vectors.
 *
 * No double, no libm, no table, no branch, no fused multiply-add (contraction must be off), only + - * / and integer
 * operations on the bits; selections are bit masks.  Every function keeps to 1 ulp over all 2^32 inputs (the maximum
 * stands with it and in docs/activations.md), needs round-to-nearest and gradual underflow, and returns a NaN as it
 * came, but where Keras only compares (hard_shrink(NaN) is 0); infinities give what Keras gives, also where that is NaN
 * (silu(-inf) is -inf * 0).
 *
 * How to use it.  #include "runtime/activations.h" gives static inline functions on float: runtime_tanh(x),
 * runtime_exponential(x) and runtime_log(x) for softmax and log_softmax, runtime_leaky_relu(x, head, tail).
 * With RUNTIME_VECTOR_BYTES defined as 16, 32 or 64 before the inclusion it gives the same functions on GNU vectors of
 * that size, runtime_tanh_v32(x), in addition.  emit/runtime.c pastes single functions with what they need into the
 * output, for float and for vectors; for that each stands behind a line that names it and ends in a brace of its own
 * (SYMBOL; VECTOR where vectors have a text of their own, before that of float).
 *
 * Words of the text: F is the value type, I unsigned 32-bit lanes of the same shape, K(c) the constant c in every lane,
 * ACT(name) the function's name in this shape, MOST and LEAST what some processors have.  A pair (x, xl) means the exact sum x + xl, xl being the rounding error
 * or tail.  A parameter comes as a pair, too: head and tail of the model's float64 value. */
#include <stdint.h>
#include <string.h>

#undef ACT
#undef F
#undef I
#undef K

#ifdef RUNTIME_VECTOR_BYTES

#define RUNTIME_JOIN(name, bytes)   runtime_##name##_v##bytes
#define RUNTIME_EXPAND(name, bytes) RUNTIME_JOIN(name, bytes)
#define ACT(name)                   RUNTIME_EXPAND(name, RUNTIME_VECTOR_BYTES)
typedef float ACT(values) __attribute__((vector_size(RUNTIME_VECTOR_BYTES)));
typedef uint32_t ACT(lanes) __attribute__((vector_size(RUNTIME_VECTOR_BYTES)));
#define F    ACT(values)
#define I    ACT(lanes)
#define K(c) ((c) - (F){ 0 })

/* VECTOR bits */
/* The bits of x. */
static inline I ACT(bits)(F x)
{
	return (I)x;
}

/* VECTOR from_bits */
/* The float of these bits. */
static inline F ACT(from_bits)(I u)
{
	return (F)u;
}

#if defined(__ARM_FEATURE_MVE)
/* Where comparisons give predicates.  gcc (12) moves each to a core register and back, so there they are used where they
 * are made.  clang (14) turns a comparison with a constant on the left round, and "less" holds of NaN there: it must not see
 * that it is one. */

/* VECTOR less */
/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline I ACT(less)(F a, F b)
{
#if defined(__clang__)
	__asm__("" : "+w"(b));
	return (I)vpselq_u32(vdupq_n_u32(0xffffffffu), vdupq_n_u32(0u), vcmpgtq_f32(b, a));
#else
	I mask;
	mve_pred16_t p;
	__asm__("vmov.i32 %q0, #0\n\t" "vpt.f32 gt, %q3, %q2\n\t" "vmvnt.i32 %q0, #0" : "=&w"(mask), "=Up"(p) : "w"(a), "w"(b));
	return mask;
#endif
}

/* VECTOR is_nan */
/* A mask: all bits set where x is NaN. */
static inline I ACT(is_nan)(F x)
{
#if defined(__clang__)
	return (I)vpselq_u32(vdupq_n_u32(0xffffffffu), vdupq_n_u32(0u), vcmpneq_f32(x, x));
#else
	I mask;
	mve_pred16_t p;
	__asm__("vmov.i32 %q0, #0\n\t" "vpt.f32 ne, %q2, %q2\n\t" "vmvnt.i32 %q0, #0" : "=&w"(mask), "=Up"(p) : "w"(x));
	return mask;
#endif
}

/* VECTOR keep_nan */
/* x where it is NaN, else y: the payload is the same on every processor. */
static inline F ACT(keep_nan)(F x, F y)
{
#if defined(__clang__)
	return vpselq_f32(x, y, vcmpneq_f32(x, x));
#else
	mve_pred16_t p;
	__asm__("vpt.f32 ne, %q2, %q2\n\t" "vorrt %q0, %q2, %q2" : "+w"(y), "=Up"(p) : "w"(x));
	return y;
#endif
}

/* VECTOR at_least */
/* max(x, c); NaN stays. */
static inline F ACT(at_least)(F x, float c)
{
	F least = K(c);
#if defined(__clang__)
	__asm__("" : "+w"(least));
	return vpselq_f32(least, x, vcmpgtq_f32(least, x));
#else
	mve_pred16_t p;
	__asm__("vpt.f32 gt, %q2, %q0\n\t" "vorrt %q0, %q2, %q2" : "+w"(x), "=Up"(p) : "w"(least));
	return x;
#endif
}

/* VECTOR at_most */
/* min(x, c); NaN stays. */
static inline F ACT(at_most)(F x, float c)
{
	const F most = K(c);
#if defined(__clang__)
	return vpselq_f32(most, x, vcmpgtq_f32(x, most));
#else
	mve_pred16_t p;
	__asm__("vpt.f32 gt, %q0, %q2\n\t" "vorrt %q0, %q2, %q2" : "+w"(x), "=Up"(p) : "w"(most));
	return x;
#endif
}

/* VECTOR greater */
/* u where it is greater than v or NaN, else v: in an order of time a NaN stays. */
static inline F ACT(greater)(F u, F v)
{
#if defined(__clang__)
	return vpselq_f32(u, v, (mve_pred16_t)(vcmpgtq_f32(u, v) | vcmpneq_f32(u, u)));
#else
	mve_pred16_t p;
	__asm__("vpt.f32 gt, %q2, %q0\n\t" "vorrt %q0, %q2, %q2\n\t" "vpt.f32 ne, %q2, %q2\n\t" "vorrt %q0, %q2, %q2" : "+w"(v), "=Up"(p) : "w"(u));
	return v;
#endif
}

/* VECTOR relu */
/* max(x, 0): exact. */
static inline F ACT(relu)(F x)
{
	F zero = K(0.0f);
#if defined(__clang__)
	__asm__("" : "+w"(zero));
	return vpselq_f32(zero, x, vcmpgtq_f32(zero, x));
#else
	mve_pred16_t p;
	__asm__("vpt.f32 gt, %q2, %q0\n\t" "vmovt.i32 %q0, #0" : "+w"(x), "=Up"(p) : "w"(zero));
	return x;
#endif
}
#else

/* VECTOR less */
/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline I ACT(less)(F a, F b)
{
	return (I)(a < b);
}

/* VECTOR is_nan */
/* A mask: all bits set where x is NaN. */
static inline I ACT(is_nan)(F x)
{
	return (I)(x != x);
}
#endif

#ifdef MOST
/* MOST(a, b) is a where a > b, else b (also where one is NaN, and of +0 and -0); LEAST(a, b) a where a < b, else b. */

/* VECTOR at_least */
/* max(x, c); NaN stays. */
static inline F ACT(at_least)(F x, float c)
{
	return MOST(K(c), x);
}

/* VECTOR at_most */
/* min(x, c); NaN stays. */
static inline F ACT(at_most)(F x, float c)
{
	return LEAST(K(c), x);
}

/* VECTOR greater */
/* u where it is greater than v or NaN, else v: in an order of time a NaN stays. */
static inline F ACT(greater)(F u, F v)
{
	return ACT(from_bits)(ACT(bits)(MOST(u, v)) | ACT(is_nan)(u));
}

/* VECTOR smaller */
/* u where it is smaller than v or NaN, else v. */
static inline F ACT(smaller)(F u, F v)
{
	return ACT(from_bits)(ACT(bits)(LEAST(u, v)) | ACT(is_nan)(u));
}

/* VECTOR relu */
/* max(x, 0): exact. */
static inline F ACT(relu)(F x)
{
	return MOST(K(0.0f), x);
}
#endif

#elif !defined(RUNTIME_SCALAR)

#define ACT(name) runtime_##name
#define F         float
#define I         uint32_t
#define K(c)      (c)

/* SYMBOL bits */
/* The bits of x. */
static inline uint32_t ACT(bits)(float x)
{
	uint32_t u;
	memcpy(&u, &x, sizeof u);
	return u;
}

/* SYMBOL from_bits */
/* The float of these bits. */
static inline float ACT(from_bits)(uint32_t u)
{
	float x;
	memcpy(&x, &u, sizeof x);
	return x;
}

/* SYMBOL less */
/* A mask: all bits set where a < b, else none (also where one is NaN). */
static inline uint32_t ACT(less)(float a, float b)
{
	return 0u - (uint32_t)(a < b);
}

/* SYMBOL relu_bits */
/* max(x, 0) where comparing floats is a call: exact; what is below 0 has the bits from the least such number's to -infinity's. */
static inline float ACT(relu_bits)(float x)
{
	uint32_t u = ACT(bits)(x);
	return ACT(from_bits)(u & ((uint32_t)(u - 0x80000001u < 0x7f800000u) - 1u));
}

/* SYMBOL is_nan */
/* A mask: all bits set where x is NaN. */
static inline uint32_t ACT(is_nan)(float x)
{
	return 0u - (uint32_t)(x != x);
}

#endif

#if defined(RUNTIME_VECTOR_BYTES) || !defined(RUNTIME_SCALAR)

/* SYMBOL select */
/* a where mask is set, else b; no arithmetic, so that NaN and infinities pass. */
static inline F ACT(select)(I mask, F a, F b)
{
	I u = ACT(bits)(b);
	return ACT(from_bits)(u ^ ((ACT(bits)(a) ^ u) & mask));
}

/* SYMBOL abs */
/* |x| */
static inline F ACT(abs)(F x)
{
	return ACT(from_bits)(ACT(bits)(x) & 0x7fffffffu);
}

/* SYMBOL with_sign */
/* |x| with the sign of s. */
static inline F ACT(with_sign)(F x, F s)
{
	return ACT(from_bits)((ACT(bits)(x) & 0x7fffffffu) | (ACT(bits)(s) & 0x80000000u));
}

/* SYMBOL keep_nan */
/* x where it is NaN, else y: the payload is the same on every processor. */
static inline F ACT(keep_nan)(F x, F y)
{
	return ACT(select)(ACT(is_nan)(x), x, y);
}

/* SYMBOL at_least */
/* max(x, c); NaN stays. */
static inline F ACT(at_least)(F x, float c)
{
	return ACT(select)(ACT(less)(x, K(c)), K(c), x);
}

/* SYMBOL at_most */
/* min(x, c); NaN stays. */
static inline F ACT(at_most)(F x, float c)
{
	return ACT(select)(ACT(less)(K(c), x), K(c), x);
}

/* SYMBOL greater */
/* u where it is greater than v or NaN, else v: in an order of time a NaN stays. */
static inline F ACT(greater)(F u, F v)
{
	return ACT(select)(ACT(less)(v, u) | ACT(is_nan)(u), u, v);
}

/* SYMBOL smaller */
/* u where it is smaller than v or NaN, else v. */
static inline F ACT(smaller)(F u, F v)
{
	return ACT(select)(ACT(less)(u, v) | ACT(is_nan)(u), u, v);
}

/* SYMBOL clamp */
/* min(max(x, low), high); NaN stays. */
static inline F ACT(clamp)(F x, float low, float high)
{
	return ACT(at_most)(ACT(at_least)(x, low), high);
}

/* SYMBOL power2 */
/* 2^k, -126 <= k <= 127. */
static inline F ACT(power2)(I k)
{
	return ACT(from_bits)((k + 127u) << 23);
}

/* SYMBOL power2_clamped */
/* 2^max(k, -120), k <= 127: below that a term no longer counts beside 1. */
static inline F ACT(power2_clamped)(I k)
{
	I low = 0u - ((k + 120u) >> 31);
	return ACT(power2)((k & ~low) | (0xffffff88u & low));
}

/* SYMBOL scale */
/* y * 2^k, |k| < 252, in two steps, so that subnormal results come out. */
static inline F ACT(scale)(F y, I k)
{
	I half = ((k + 1024u) >> 1) - 512u;
	return (y * ACT(power2)(half)) * ACT(power2)(k - half);
}

/* SYMBOL upper */
/* The upper 12 bits of a; the rest, a - upper(a), has 12 bits, too: products of such parts are exact. */
static inline F ACT(upper)(F a)
{
	return ACT(from_bits)(ACT(bits)(a) & 0xfffff000u);
}

/* SYMBOL add_exact */
/* a + b as a pair (Knuth's two-sum). */
static inline F ACT(add_exact)(F a, F b, F *low)
{
	F sum = a + b;
	F b_part = sum - a;
	*low = (a - (sum - b_part)) + (b - b_part);
	return sum;
}

/* SYMBOL multiply_exact */
/* a * b as a pair (Dekker's two-product), where no part under- or overflows. */
static inline F ACT(multiply_exact)(F a, F b, F *low)
{
	F product = a * b;
	F ah = ACT(upper)(a);
	F al = a - ah;
	F bh = ACT(upper)(b);
	F bl = b - bh;
	*low = (((ah * bh - product) + ah * bl) + al * bh) + al * bl;
	return product;
}

/* SYMBOL divide */
/* (n + nl) / (d + dl) as a pair: the quotient's remainder is exact, then divided once more. */
static inline F ACT(divide)(F n, F nl, F d, F dl, F *low)
{
	F q = n / d;
	F qh = ACT(upper)(q);
	F ql = q - qh;
	F dh = ACT(upper)(d);
	F dm = d - dh;
	F remainder = ((n - qh * dh) - qh * dm - ql * dh) - ql * dm;
	*low = (remainder + (nl - q * dl)) / d;
	return q;
}

/* SYMBOL multiply */
/* (x + xl) * (c + cl) rounded once (twice where subnormal), 2^-40 <= |c| <= 2^40 or 0, keeping the product's sign also
 * at zero.  |x| below 2^-30 or above 2^60 is scaled by 2^64 or 2^-64 and back, so that no partial product under- or
 * overflows; beyond 2^80 the product is infinite and has no tail. */
static inline F ACT(multiply)(F x, F xl, F c, F cl)
{
	F a = ACT(abs)(x);
	I tiny = ACT(less)(a, K(9.313226e-10f));
	I huge = ACT(less)(K(1.1529215e18f), a);
	F there = ACT(select)(huge, K(5.421011e-20f), K(1.0f));
	F back = ACT(select)(huge, K(1.8446744e19f), K(1.0f));
	there = ACT(select)(tiny, K(1.8446744e19f), there);
	back = ACT(select)(tiny, K(5.421011e-20f), back);
	F low;
	F scaled = x * there;
	F product = ACT(multiply_exact)(scaled, c, &low);
	low = low + (scaled * cl + (xl * there) * c);
	low = ACT(from_bits)(ACT(bits)(low) & ACT(less)(ACT(abs)(scaled), K(1.2089258e24f)));
	return ACT(with_sign)((product + low) * back, ACT(from_bits)(ACT(bits)(x) ^ ACT(bits)(c)));
}

/* SYMBOL nan_at_minus_inf */
/* NaN where x is -inf, else y: there Keras multiplies -inf by 0. */
static inline F ACT(nan_at_minus_inf)(F x, F y)
{
	return ACT(select)(ACT(less)(x, K(-3.4028235e38f)), x - x, y);
}

/* SYMBOL exp_polynomial */
/* (exp(r) - 1 - r - r^2 / 2) / r^3, |r| <= 0.35: minimax. */
static inline F ACT(exp_polynomial)(F r)
{
	return 0.16666667f + r * (0.04166651f + r * (0.008333177f + r * (0.0013930503f + r * 0.00019972325f)));
}

/* SYMBOL exp_reduce */
/* x + xl = k ln 2 + (r, rl), |r| <= 0.35; returns k.  |x| <= 170.  ln 2 in two parts, the first times k is exact; adding
 * 1.5 * 2^23 rounds to an integer that then stands in the low bits. */
static inline I ACT(exp_reduce)(F x, F xl, F *r, F *rl)
{
	F shifted = x * 1.442695f + 12582912.0f;
	F k = shifted - 12582912.0f;
	F high = x - k * 0.69314575f;
	F low = xl - k * 1.4286068e-6f;
	*r = high + low;
	*rl = (high - *r) + low;
	return ACT(bits)(shifted) - 0x4b400000u;
}

/* SYMBOL exp_pair */
/* exp(x + xl) = 2^k (h + l), 0.7 <= h <= 1.42; returns k.  |x| <= 170. */
static inline I ACT(exp_pair)(F x, F xl, F *h, F *l)
{
	F r, rl;
	I k = ACT(exp_reduce)(x, xl, &r, &rl);
	F q = 0.5f + r * ACT(exp_polynomial)(r);
	*h = 1.0f + r;
	*l = (r - (*h - 1.0f)) + (r * r * q + (rl + rl * r));
	return k;
}

/* SYMBOL expm1_pair */
/* exp(x + xl) - 1 as a pair, -30 <= x <= 0, relative error about 2^-28 also near 0: r^2 / 2 is kept exactly. */
static inline F ACT(expm1_pair)(F x, F xl, F *low)
{
	F r, rl, square_low, e, f;
	I k = ACT(exp_reduce)(x, xl, &r, &rl);
	F square = ACT(multiply_exact)(r, r, &square_low);
	F q = ACT(exp_polynomial)(r);
	F h = 1.0f + r;
	F l = r - (h - 1.0f);
	F rest = 0.5f * square + ((0.5f * square_low + (square * r) * q) + (rl + rl * r));
	F s = ACT(power2)(k);
	F n = ACT(add_exact)(K(-1.0f), h * s, &e);
	F m = ACT(add_exact)(n, l * s, &f);
	F tail = (e + f) + rest * s;
	F sum = m + tail;
	*low = tail - (sum - m);
	return sum;
}

/* SYMBOL logistic */
/* sigmoid(+-(a + al)), 0 <= a <= 170, as 2^k (q + ql); returns k.  negative: mask of the minus sign.
 * With e = exp(-a): e / (1 + e) where negative, else 1 / (1 + e). */
static inline I ACT(logistic)(I negative, F a, F al, F *q, F *ql)
{
	F h, l;
	I k = ACT(exp_pair)(-a, -al, &h, &l);
	F eh = h + l;
	F el = l - (eh - h);
	F s = ACT(power2_clamped)(k);
	F e = eh * s;
	F d = 1.0f + e;
	F dl = (e - (d - 1.0f)) + el * s;
	*q = ACT(divide)(ACT(select)(negative, eh, K(1.0f)), ACT(select)(negative, el, K(0.0f)), d, dl, ql);
	return k & negative;
}

/* SYMBOL atanh_polynomial */
/* (2 atanh(s) / s - 2) / s^2 from z = s^2, |s| <= 1/3: minimax, error 2^-31 of 2 atanh(s). */
static inline F ACT(atanh_polynomial)(F z)
{
	return 0.6666667f + z * (0.39999542f + z * (0.28597805f + z * (0.21640232f + z * 0.23492694f)));
}

/* SYMBOL exponential */
/* exp(x): at most 0.764 ulp. */
static inline F ACT(exponential)(F x)
{
	F h, l;
	I k = ACT(exp_pair)(ACT(clamp)(x, -104.0f, 89.0f), K(0.0f), &h, &l);
	return ACT(keep_nan)(x, ACT(scale)(h + l, k));
}

/* SYMBOL log */
/* log(x): at most 0.542 ulp; log(0) is -inf, of a negative number NaN.  x = 2^k m, sqrt(1/2) <= m < sqrt(2)
 * (a subnormal x is first scaled by 2^32); k ln 2 + 2 atanh((m - 1) / (m + 1)) in pairs. */
static inline F ACT(log)(F x)
{
	I subnormal = ACT(less)(x, K(1.1754944e-38f));
	I u = ACT(bits)(ACT(select)(subnormal, x * 4.2949673e9f, x)) + 0x004afb0du;
	F k = ACT(from_bits)(((u >> 23) & 0xffu) | 0x4b000000u) - 8388735.0f;
	k = k - ACT(select)(subnormal, K(32.0f), K(0.0f));
	F f = ACT(from_bits)((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
	F d = 2.0f + f;
	F ql, low;
	F q = ACT(divide)(f, K(0.0f), d, f - (d - 2.0f), &ql);
	F z = q * q;
	F tail = 2.0f * ql + (q * z) * ACT(atanh_polynomial)(z);
	F sum = ACT(add_exact)(k * 0.69314575f, 2.0f * q, &low);
	F y = sum + (low + (k * 1.4286068e-6f + tail));
	I positive = ACT(less)(K(0.0f), x);
	I v = (ACT(bits)(y) & positive) | (0xff800000u & ~positive) | ACT(less)(x, K(0.0f));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(3.4028235e38f), x), x, ACT(from_bits)(v)));
}

/* SYMBOL relu */
/* max(x, 0): exact.  clang (14) for AArch64 makes fmax(x, 0) of a comparison of x itself, which takes the sign of -0. */
static inline F ACT(relu)(F x)
{
#if defined(__clang__) && defined(__aarch64__)
	return ACT(from_bits)(ACT(bits)(x) & ~ACT(less)(x + x, K(0.0f)));
#else
	return ACT(from_bits)(ACT(bits)(x) & ~ACT(less)(x, K(0.0f)));
#endif
}

/* SYMBOL relu_max */
/* min(max(x, 0), most): exact. */
static inline F ACT(relu_max)(F x, float most)
{
	return ACT(at_most)(ACT(relu)(x), most);
}

/* SYMBOL relu6 */
/* min(max(x, 0), 6): exact. */
static inline F ACT(relu6)(F x)
{
	return ACT(at_most)(ACT(relu)(x), 6.0f);
}

/* SYMBOL relu_clipped */
/* min(x, most) where x > threshold, else 0: exact. */
static inline F ACT(relu_clipped)(F x, float threshold, float most)
{
	return ACT(select)(ACT(less)(K(threshold), x), ACT(at_most)(x, most), K(0.0f));
}

/* SYMBOL leaky_relu */
/* x where x > 0, else slope * x: at most 0.76 ulp. */
static inline F ACT(leaky_relu)(F x, float slope, float slope_tail)
{
	F y = ACT(multiply)(x, K(0.0f), K(slope), K(slope_tail));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(0.0f), x), x, y));
}

/* SYMBOL leaky_relu_threshold */
/* x where x > threshold, else slope * (x - threshold): at most 0.76 ulp. */
static inline F ACT(leaky_relu_threshold)(F x, float slope, float slope_tail, float threshold)
{
	F low;
	F below = ACT(add_exact)(ACT(at_most)(x, threshold), K(-threshold), &low);
	low = ACT(from_bits)(ACT(bits)(low) & ACT(less)(ACT(abs)(below), K(1.2089258e24f)));
	below = ACT(multiply)(below, low, K(slope), K(slope_tail));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(threshold), x), x, below));
}

/* SYMBOL leaky_relu_clipped */
/* min(x, most) where x > threshold, else slope * (x - threshold): at most 0.76 ulp. */
static inline F ACT(leaky_relu_clipped)(F x, float slope, float slope_tail, float threshold, float most)
{
	F y = ACT(leaky_relu_threshold)(x, slope, slope_tail, threshold);
	return ACT(select)(ACT(less)(K(threshold), x), ACT(at_most)(y, most), y);
}

/* SYMBOL threshold */
/* x where x > threshold, else otherwise: exact. */
static inline F ACT(threshold)(F x, float threshold, float otherwise)
{
	return ACT(select)(ACT(less)(K(threshold), x), x, K(otherwise));
}

/* SYMBOL hard_shrink */
/* x where |x| > threshold, else 0: exact. */
static inline F ACT(hard_shrink)(F x, float threshold)
{
	return ACT(select)(ACT(less)(K(threshold), ACT(abs)(x)), x, K(0.0f));
}

/* SYMBOL soft_shrink */
/* x - threshold where x > threshold, x + threshold where x < -threshold, else 0: correctly rounded. */
static inline F ACT(soft_shrink)(F x, float threshold)
{
	F y = ACT(select)(ACT(less)(x, K(-threshold)), x + threshold, K(0.0f));
	return ACT(select)(ACT(less)(K(threshold), x), x - threshold, y);
}

/* SYMBOL hard_tanh */
/* min(max(x, -1), 1): exact. */
static inline F ACT(hard_tanh)(F x)
{
	return ACT(clamp)(x, -1.0f, 1.0f);
}

/* SYMBOL hard_sigmoid_pair */
/* (c + 3) / 6 as a pair, -3 <= c <= 3; the remainder s - 6 q = (s - 4 q) - 2 q is exact. */
static inline F ACT(hard_sigmoid_pair)(F c, F *low)
{
	F s = c + 3.0f;
	F rounding = c - (s - 3.0f);
	F q = s * 0.16666667f;
	*low = (((s - 4.0f * q) - 2.0f * q) + rounding) * 0.16666667f;
	return q;
}

/* SYMBOL hard_sigmoid */
/* min(max(x + 3, 0), 6) / 6, as Keras 3 defines it: correctly rounded. */
static inline F ACT(hard_sigmoid)(F x)
{
	F low;
	F q = ACT(hard_sigmoid_pair)(ACT(clamp)(x, -3.0f, 3.0f), &low);
	return ACT(keep_nan)(x, q + low);
}

/* SYMBOL hard_sigmoid_keras2 */
/* min(max(0.2 x + 0.5, 0), 1), as Keras 1 and 2 define it: correctly rounded; (x + 2.5) / 5 with its exact remainder. */
static inline F ACT(hard_sigmoid_keras2)(F x)
{
	F low;
	F s = ACT(add_exact)(K(2.5f), ACT(clamp)(x, -2.5f, 2.5f), &low);
	F q = s * 0.2f;
	return ACT(keep_nan)(x, q + (((s - 4.0f * q) - q) + low) * 0.2f);
}

/* SYMBOL hard_silu */
/* x * hard_sigmoid(x): correctly rounded. */
static inline F ACT(hard_silu)(F x)
{
	F ql;
	F c = ACT(at_least)(x, -3.0f);
	F q = ACT(hard_sigmoid_pair)(ACT(at_most)(c, 3.0f), &ql);
	F s = q + ql;
	F y = ACT(multiply)(c, K(0.0f), s, ql - (s - q));
	y = ACT(nan_at_minus_inf)(x, ACT(select)(ACT(less)(x, K(3.0f)), y, x));
	return ACT(keep_nan)(x, y);
}

/* SYMBOL sparse_sigmoid */
/* 0, (x + 1) / 2, 1 for x <= -1, between, x >= 1: correctly rounded. */
static inline F ACT(sparse_sigmoid)(F x)
{
	return ACT(keep_nan)(x, 0.5f * (ACT(hard_tanh)(x) + 1.0f));
}

/* SYMBOL sparse_plus */
/* 0, (x + 1)^2 / 4, x for x <= -1, between, x >= 1: correctly rounded. */
static inline F ACT(sparse_plus)(F x)
{
	F c = ACT(hard_tanh)(x);
	F s = c + 1.0f;
	F low;
	F square = ACT(multiply_exact)(s, s, &low);
	F y = 0.25f * (square + (low + 2.0f * (s * (c - (s - 1.0f)))));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(x, K(1.0f)), y, x));
}

/* SYMBOL softsign */
/* x / (1 + |x|): correctly rounded; NaN at the infinities, as in Keras. */
static inline F ACT(softsign)(F x)
{
	F dl, ql;
	F a = ACT(at_most)(ACT(abs)(x), 1.0737418e9f);
	F d = ACT(add_exact)(K(1.0f), a, &dl);
	F q = ACT(divide)(a, K(0.0f), d, dl, &ql);
	F y = ACT(with_sign)(q + ql, x);
	return ACT(keep_nan)(x, ACT(nan_at_minus_inf)(-ACT(abs)(x), y));
}

/* SYMBOL tanh_pair */
/* tanh(a) as a pair, a >= 0: -n / (n + 2) with n = exp(-2 a) - 1; no threshold near 0. */
static inline F ACT(tanh_pair)(F a, F *low)
{
	F nl, dl;
	F n = ACT(expm1_pair)(ACT(at_least)(-2.0f * a, -30.0f), K(0.0f), &nl);
	F d = ACT(add_exact)(K(2.0f), n, &dl);
	return ACT(divide)(-n, -nl, d, dl + nl, low);
}

/* SYMBOL tanh_near */
/* tanh(a), 0 <= a < 0.6: a + a z P(z), z = a^2: minimax, error 2^-32. */
static inline F ACT(tanh_near)(F a)
{
	F z = a * a;
	F p = -0.008190536f + z * 0.0021533251f;
	p = 0.02170703f + z * p;
	p = -0.05394819f + z * p;
	p = 0.13333221f + z * p;
	p = -0.3333333f + z * p;
	return a + (a * z) * p;
}

/* SYMBOL tanh_far */
/* tanh(a) = 1 - t, a >= 0.6: t = 2 / (e + 1), e = exp(2 a) = 2^k (h + l) up to 2^-26; what e + 1 loses is put right. */
static inline F ACT(tanh_far)(F a)
{
	F b = ACT(at_most)(a + a, 30.0f);
	F shifted = b * 1.442695f + 12582912.0f;
	F k = shifted - 12582912.0f;
	F r = (b - k * 0.69314575f) - k * 1.4286068e-6f;
	F p = 0.04166829f + r * (0.008368701f + r * 0.0013818921f);
	F w = r + r * r * (0.49999994f + r * (0.16666521f + r * p));
	F h = 1.0f + w;
	F s = ACT(power2)(ACT(bits)(shifted) - 0x4b400000u);
	F e = h * s;
	F d = e + 1.0f;
	F dl = (1.0f - (d - e)) + (w - (h - 1.0f)) * s;
	F t = 2.0f / d;
	F y = 1.0f - t;
	return y + (((1.0f - y) - t) + t * (t * (0.5f * dl)));
}

/* SYMBOL tanh */
/* tanh(x): at most 0.888 ulp. */
static inline F ACT(tanh)(F x)
{
	F a = ACT(abs)(x);
	F y = ACT(select)(ACT(less)(a, K(0.6f)), ACT(tanh_near)(a), ACT(tanh_far)(a));
	return ACT(keep_nan)(x, ACT(with_sign)(y, x));
}

/* SYMBOL tanh_shrink */
/* x - tanh(x): at most 0.932 ulp, also near 0, where it is x^3 / 3.  |x| < 0.75: x^3 (1/3 + y P(y)), y = x^2,
 * P minimax, error 2^-30.6; tiny |x| scaled by 2^40, the cube by 2^-120. */
static inline F ACT(tanh_shrink)(F x)
{
	F a = ACT(abs)(x);
	F b = ACT(at_most)(a, 0.75f);
	F y = b * b;
	F p = -0.0003466492f + y * 5.05474e-5f;
	p = 0.0012579309f + y * p;
	p = -0.0034929528f + y * p;
	p = 0.008833768f + y * p;
	p = -0.021864705f + y * p;
	p = 0.053967897f + y * p;
	p = -0.13333333f + y * p;
	F third_tail = -9.934108e-9f + y * p;
	F third = 0.33333334f + third_tail;
	I tiny = ACT(less)(b, K(9.536743e-7f));
	F scaled = ACT(select)(tiny, b * 1.0995116e12f, b);
	F e, ml, rl, ql, dl;
	F square = ACT(multiply_exact)(scaled, scaled, &e);
	F m = ACT(multiply_exact)(square, third, &ml);
	F r = ACT(multiply_exact)(scaled, m, &rl);
	third_tail = third_tail - (third - 0.33333334f);
	ml = ml + (square * third_tail + e * third);
	r = ACT(scale)(r + (rl + scaled * ml), 0xffffff88u & tiny);

	F q = ACT(tanh_pair)(ACT(at_least)(a, 0.5f), &ql);
	F d = ACT(add_exact)(a, -q, &dl);
	d = d + (dl - ql);
	d = ACT(select)(ACT(less)(K(1.0737418e9f), a), a, d);
	d = ACT(select)(ACT(less)(a, K(0.75f)), r, d);
	return ACT(keep_nan)(x, ACT(with_sign)(d, x));
}

/* SYMBOL sigmoid */
/* 1 / (1 + exp(-x)): at most 0.764 ulp. */
static inline F ACT(sigmoid)(F x)
{
	F q, ql;
	I k = ACT(logistic)(ACT(less)(x, K(0.0f)), ACT(at_most)(ACT(abs)(x), 104.0f), K(0.0f), &q, &ql);
	return ACT(keep_nan)(x, ACT(scale)(q + ql, k));
}

/* SYMBOL silu */
/* x * sigmoid(x): at most 0.776 ulp; NaN at -inf, as in Keras. */
static inline F ACT(silu)(F x)
{
	F q, ql;
	I k = ACT(logistic)(ACT(less)(x, K(0.0f)), ACT(at_most)(ACT(abs)(x), 112.0f), K(0.0f), &q, &ql);
	F y = ACT(scale)(ACT(multiply)(ACT(at_least)(x, -112.0f), K(0.0f), q, ql), k);
	y = ACT(nan_at_minus_inf)(x, ACT(select)(ACT(less)(K(104.0f), x), x, y));
	return ACT(keep_nan)(x, y);
}

/* SYMBOL gelu_tanh */
/* x / 2 * (1 + tanh(z)) = x * sigmoid(2 z), z = sqrt(2 / pi) (x + 0.044715 x^3): at most 0.775 ulp; NaN at -inf, as in
 * Keras.  2 z as a pair, its constants 2 sqrt(2 / pi) and 0.044715 times that as pairs, too. */
static inline F ACT(gelu_tanh)(F x)
{
	F c = ACT(clamp)(x, -11.2f, 11.2f);
	F a = ACT(abs)(c);
	F e, ul, vl, zl, q, ql;
	F square = ACT(multiply_exact)(a, a, &e);
	F u = ACT(multiply_exact)(square, K(0.071354814f), &ul);
	ul = ul + (e * 0.071354814f + square * 2.3988325e-9f);
	F v = ACT(add_exact)(K(1.5957692f), u, &vl);
	vl = vl + (ul - 4.534068e-8f);
	F z = ACT(multiply_exact)(a, v, &zl);
	I k = ACT(logistic)(ACT(less)(x, K(0.0f)), z, zl + a * vl, &q, &ql);
	F y = ACT(scale)(ACT(multiply)(c, K(0.0f), q, ql), k);
	y = ACT(nan_at_minus_inf)(x, ACT(select)(ACT(less)(K(11.0f), x), x, y));
	return ACT(keep_nan)(x, y);
}

/* SYMBOL normal_tail */
/* Phi(-a) / exp(-a^2 / 2), the tail of the normal distribution, 0 <= a <= 14.4, times eh + el, as a pair:
 * (1 + g) / (2 + sqrt(2 pi) a) with 0 <= g = a / (a + 4)^2 P(t) <= 0.2, t = (a - 4) / (a + 4); P minimax, error 2^-27.
 * g has to be a pair: with a rounded g the result would be off by 1.3 ulp. */
static inline F ACT(normal_tail)(F a, F eh, F el, F *low)
{
	F bl, il, tl, pl, rl, vl, ul, gl, hl, cl, dl;
	F b = ACT(add_exact)(K(4.0f), a, &bl);
	F inverse = 1.0f / b;
	F one = ACT(multiply_exact)(inverse, b, &il);
	F inverse_tail = ((1.0f - one) - il) - inverse * bl;
	F t = ACT(multiply_exact)(a - 4.0f, inverse, &tl);
	tl = tl + t * inverse_tail;
	F r = 0.0021235328f + t * 0.0029771717f;
	r = -0.026089456f + t * r;
	r = 0.01953584f + t * r;
	r = 0.17862417f + t * r;
	r = -0.7688513f + t * r;
	r = 1.7201376f + t * r;
	r = -2.4971411f + t * r;
	F p = ACT(add_exact)(K(2.166893f), ACT(multiply_exact)(t, r, &rl), &pl);
	pl = (pl + rl) + tl * (r + t * (1.7201376f + t * (-1.536f + t * 0.43f)));
	F v = ACT(multiply_exact)(a, inverse, &vl);
	F u = ACT(multiply_exact)(v, inverse, &ul);
	F g = ACT(multiply_exact)(u, p, &gl);
	gl = gl + ((ul + vl * inverse) * p + (u * pl + g * (2.0f * inverse_tail)));
	F h = ACT(multiply_exact)(eh, g, &hl);
	F n = eh + h;
	F nl = (h - (n - eh)) + (el + (hl + eh * gl));
	F c = ACT(multiply_exact)(a, K(2.5066283f), &cl);
	F d = ACT(add_exact)(K(2.0f), c, &dl);
	return ACT(divide)(n, nl, d, dl + (cl + a * 2.8660205e-10f), low);
}

/* SYMBOL gelu */
/* x * Phi(x) = x / 2 * (1 + erf(x / sqrt(2))): at most 0.823 ulp, also in the far negative tail; NaN at -inf, as in
 * Keras.  Phi(-a) = exp(-a^2 / 2) times the tail's ratio. */
static inline F ACT(gelu)(F x)
{
	F a = ACT(at_most)(ACT(abs)(x), 14.4f);
	F h, l, squarel, ql;
	F square = ACT(multiply_exact)(a, a, &squarel);
	I k = ACT(exp_pair)(-0.5f * square, -0.5f * squarel, &h, &l);
	F eh = h + l;
	F q = ACT(normal_tail)(a, eh, l - (eh - h), &ql);
	F s = ACT(power2_clamped)(k);
	F qs = q * s;
	F w = 1.0f - qs;
	F wl = ((1.0f - w) - qs) - ql * s;
	I negative = ACT(less)(x, K(0.0f));
	F y = ACT(multiply)(ACT(at_least)(x, -14.4f), K(0.0f), ACT(select)(negative, q, w),
			    ACT(select)(negative, ql, wl));
	y = ACT(select)(ACT(less)(K(14.0f), x), x, ACT(scale)(y, k & negative));
	return ACT(keep_nan)(x, ACT(nan_at_minus_inf)(x, y));
}

/* SYMBOL mish */
/* x * tanh(softplus(x)) = x m / (m + 2), m = e (e + 2), e = exp(x): at most 0.776 ulp; NaN at -inf, as in Keras. */
static inline F ACT(mish)(F x)
{
	F c = ACT(at_least)(x, -112.0f);
	F h, l, al, ml, dl, ql;
	I k = ACT(exp_pair)(ACT(at_most)(c, 20.0f), K(0.0f), &h, &l);
	F s = ACT(power2_clamped)(k);
	F eh = h + l;
	F el = l - (eh - h);
	F a = ACT(add_exact)(K(2.0f), eh * s, &al);
	al = al + el * s;
	F m = ACT(multiply_exact)(eh, a, &ml);
	ml = ml + (eh * al + el * a);
	F d = ACT(add_exact)(K(2.0f), m * s, &dl);
	F q = ACT(divide)(m, ml, d, dl + ml * s, &ql);
	F y = ACT(scale)(ACT(multiply)(c, K(0.0f), q, ql), k);
	y = ACT(nan_at_minus_inf)(x, ACT(select)(ACT(less)(K(18.0f), x), x, y));
	return ACT(keep_nan)(x, y);
}

/* SYMBOL softplus */
/* log(1 + exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|): at most 0.764 ulp.  log1p(e) = 2 atanh(e / (2 + e)). */
static inline F ACT(softplus)(F x)
{
	F a = ACT(abs)(x);
	F h, l, ql, low;
	I k = ACT(exp_pair)(-ACT(at_most)(a, 112.0f), K(0.0f), &h, &l);
	F s = ACT(power2_clamped)(k);
	F eh = h + l;
	F el = l - (eh - h);
	F e = eh * s;
	F d = 2.0f + e;
	F q = ACT(divide)(eh, el, d, (e - (d - 2.0f)) + el * s, &ql);
	F z = (q * s) * (q * s);
	F r = 2.0f * q;
	F rl = 2.0f * ql + (q * z) * ACT(atanh_polynomial)(z);
	F sum = ACT(add_exact)(a, r * s, &low);
	F left = ACT(scale)(r + rl, k);
	F y = ACT(select)(ACT(less)(x, K(0.0f)), left, sum + (low + rl * s));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(104.0f), x), x, y));
}

/* SYMBOL log_sigmoid */
/* log(sigmoid(x)) = -softplus(-x): at most 0.764 ulp. */
static inline F ACT(log_sigmoid)(F x)
{
	return ACT(keep_nan)(x, -ACT(softplus)(-x));
}

/* SYMBOL elu */
/* x where x > 0, else exp(x) - 1: at most 0.677 ulp. */
static inline F ACT(elu)(F x)
{
	F nl;
	F n = ACT(expm1_pair)(ACT(clamp)(x, -30.0f, 0.0f), K(0.0f), &nl);
	F y = ACT(select)(ACT(less)(K(0.0f), x), x, n + nl);
	return ACT(keep_nan)(x, ACT(with_sign)(y, x));
}

/* SYMBOL elu_a */
/* x where x > 0, else alpha * (exp(x) - 1): at most 0.8 ulp. */
static inline F ACT(elu_a)(F x, float alpha, float alpha_tail)
{
	F nl;
	F n = ACT(expm1_pair)(ACT(clamp)(x, -30.0f, 0.0f), K(0.0f), &nl);
	F y = ACT(multiply)(ACT(with_sign)(n, x), nl, K(alpha), K(alpha_tail));
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(0.0f), x), x, y));
}

/* SYMBOL selu */
/* scale * x where x > 0, else scale * alpha * (exp(x) - 1), scale = 1.0507009873554805, alpha = 1.6732632423543772:
 * at most 0.75 ulp. */
static inline F ACT(selu)(F x)
{
	F nl;
	F n = ACT(expm1_pair)(ACT(clamp)(x, -30.0f, 0.0f), K(0.0f), &nl);
	I positive = ACT(less)(K(0.0f), x);
	F c = ACT(select)(positive, K(1.050701f), K(1.7580993f));
	F cl = ACT(select)(positive, K(-3.4792652e-8f), K(2.3296717e-8f));
	F y = ACT(multiply)(ACT(select)(positive, x, n), ACT(select)(positive, K(0.0f), nl), c, cl);
	return ACT(keep_nan)(x, ACT(with_sign)(y, x));
}

/* SYMBOL celu */
/* max(x, 0) + min(0, alpha * (exp(x / alpha) - 1)), alpha > 0: at most 0.8 ulp.  inverse: 1 / alpha. */
static inline F ACT(celu)(F x, float alpha, float alpha_tail, float inverse, float inverse_tail)
{
	F zl, nl;
	F c = ACT(clamp)(x, -30.0f * alpha, 0.0f);
	F z = ACT(multiply_exact)(c, K(inverse), &zl);
	F n = ACT(expm1_pair)(z, zl + c * inverse_tail, &nl);
	F y = ACT(with_sign)(ACT(multiply)(n, nl, K(alpha), K(alpha_tail)), x);
	y = ACT(select)(ACT(less)(ACT(abs)(x), K(7.450581e-9f * alpha)), x, y);
	return ACT(keep_nan)(x, ACT(select)(ACT(less)(K(0.0f), x), x, y));
}

/* SYMBOL squareplus */
/* (x + sqrt(x^2 + b)) / 2, 2^-40 <= b <= 16: at most 0.515 ulp; NaN at -inf, as in Keras.  The root r from a reciprocal
 * root (bit trick, two Newton steps) and an exact residual; for x < 0 it is b / (2 (r + |x|)). */
static inline F ACT(squareplus)(F x, float b)
{
	F a = ACT(abs)(x);
	F c = ACT(at_most)(a, 1048576.0f);
	F cl, sl, rl, dl, ql;
	F square = ACT(multiply_exact)(c, c, &cl);
	F s = ACT(add_exact)(square, K(b), &sl);
	F half = 0.5f * s;
	F y = ACT(from_bits)(0x5f3759dfu - (ACT(bits)(s) >> 1));
	y = y * (1.5f - (half * y) * y);
	y = y * (1.5f - (half * y) * y);
	F r = s * y;
	F r_square = ACT(multiply_exact)(r, r, &rl);
	F r_tail = ((((s - r_square) - rl) + (sl + cl)) * 0.5f) * y;
	F d = ACT(add_exact)(r, c, &dl);
	dl = dl + r_tail;
	F q = ACT(divide)(K(0.5f * b), K(0.0f), d, dl, &ql);
	I negative = ACT(less)(x, K(0.0f));
	F far = ACT(select)(negative, (0.25f * b) / a, x);
	y = ACT(select)(ACT(less)(K(32768.0f), a), far, ACT(select)(negative, q + ql, 0.5f * (d + dl)));
	return ACT(keep_nan)(x, ACT(nan_at_minus_inf)(x, y));
}

/* SYMBOL square_root */
/* sqrt(x), correctly rounded; NaN below 0.  Not an activation: LayerNormalization's.  25 bits of the root of the even
 * power's significand, one by one; what remains says how to round. */
static inline F ACT(square_root)(F x)
{
	I tiny = ACT(less)(x, K(1.1754944e-38f));
	I u = ACT(bits)(ACT(select)(tiny, x * 16777216.0f, x));
	I half = ((u >> 23) + 1u) >> 1;
	I rest = ((u & 0x7fffffu) | 0x800000u) << (2u - ((u >> 23) & 1u));
	I sum = u ^ u;
	I root = sum;
	for (uint32_t bit = 0x1000000u; bit != 0u; bit >>= 1) {
		I next = sum + bit;
		I fits = ((rest - next) >> 31) - 1u;
		sum += (bit + bit) & fits;
		rest = (rest - (next & fits)) << 1;
		root += bit & fits;
	}
	root += root & 1u & (0u - ((0u - rest) >> 31));
	F y = ACT(from_bits)((root >> 1) + 0x3f000000u + ((half - 64u) << 23));
	y = ACT(select)(tiny, y * 2.4414062e-4f, y);
	I finite = 0u - ((ACT(bits)(x) - 0x7f800000u) >> 31);
	F special = ACT(select)(ACT(less)(x, K(0.0f)), (x - x) / (x - x), x);
	return ACT(select)(ACT(less)(K(0.0f), x) & finite, y, special);
}

#endif

#ifdef RUNTIME_VECTOR_BYTES
#undef RUNTIME_EXPAND
#undef RUNTIME_JOIN
#else
#define RUNTIME_SCALAR
#endif
