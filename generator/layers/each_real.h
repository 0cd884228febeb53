/* each_real.h: instantiates the arithmetic of a family file for every kind of number.
 *
 * A family file defines FAMILY to its own name and includes this; it is then read six more times with REAL defined,
 * and writes functions EACH(name)(...) over
 *	real             the type of elements: double or float
 *	X(v), W(v)       an element of an input, of a weight
 *	MADD(sum, x, w)  sum + x * w in this number's rounding
 *	ADD(a, b), SUBTRACT, MULTIPLY, DIVIDE, GREATER (a > b), EQUAL: where a float may flush, they do, operators do not
 *	EXP(v), LOG(v), ACTIVATE(activation, v), SQRT(v) (correctly rounded)
 *	SINGLE           true where real is float
 *	MAGNITUDE        true where the sum of |terms| is wanted
 * See docs/arithmetic.md.  No include guard: each family includes it. */
#include "layers/flushing.h"

#ifdef __FAST_MATH__
#error "value-changing optimisations must be off"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "float arithmetic must be done in float"
#endif
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
/* gcc 12 at -O3 interchanges loops over float sums, although that reorders them. */
#pragma GCC optimize("-ffp-contract=off", "-fno-loop-interchange")
#endif

#define REAL
#define EACH_PASTED(name, number) name##_##number
#define EACH_NAME(name, number)   EACH_PASTED(name, number)
#define EACH(name)                EACH_NAME(name, NUMBER_SUFFIX)

#define ADD(a, b)      ((a) + (b))
#define SUBTRACT(a, b) ((a) - (b))
#define MULTIPLY(a, b) ((a) * (b))
#define DIVIDE(a, b)   ((a) / (b))
#define GREATER(a, b)  ((a) > (b))
#define EQUAL(a, b)    ((a) == (b))

#define real                    double
#define SINGLE                  false
#define EXP(v)                  exp(v)
#define LOG(v)                  log(v)
#define SQRT(v)                 sqrt(v)
#define ACTIVATE(activation, v) activation_meaning((activation), (v))
#define MADD(sum, x, w)         ((sum) + (x) * (w))

#define NUMBER_SUFFIX meaning
#define MAGNITUDE     false
#define X(v)          (v)
#define W(v)          ((double)(v))
#include FAMILY
#undef NUMBER_SUFFIX
#undef MAGNITUDE
#undef X
#undef W

/* A weight that may have been rounded to a subnormal float counts as the smallest normal one: the relative error of its
 * rounding then covers the absolute one. */
#define NUMBER_SUFFIX magnitude
#define MAGNITUDE     true
#define X(v)          fabs(v)
#define W(v)          fmax(fabs((double)(v)), 0x1p-126)
#include FAMILY
#undef NUMBER_SUFFIX
#undef MAGNITUDE
#undef X
#undef W

#undef real
#undef SINGLE
#undef EXP
#undef LOG
#undef SQRT
#undef ACTIVATE
#undef MADD

#define real                    float
#define SINGLE                  true
#define MAGNITUDE               false
#define EXP(v)                  exponential_exact(v)
#define LOG(v)                  log_exact(v)
#define SQRT(v)                 sqrtf(v)
#define ACTIVATE(activation, v) activation_exact((activation), (v))
#define X(v)                    (v)
#define W(v)                    (v)

#define NUMBER_SUFFIX   separate
#define MADD(sum, x, w) ((sum) + (x) * (w))
#include FAMILY
#undef NUMBER_SUFFIX
#undef MADD

#define NUMBER_SUFFIX   fused
#define MADD(sum, x, w) fmaf((x), (w), (sum))
#include FAMILY
#undef NUMBER_SUFFIX
#undef MADD

#undef EXP
#undef LOG
#undef SQRT
#undef ACTIVATE
#undef ADD
#undef SUBTRACT
#undef MULTIPLY
#undef DIVIDE
#undef GREATER
#undef EQUAL

#define EXP(v)                  exponential_flushed(v)
#define LOG(v)                  log_flushed(v)
#define SQRT(v)                 square_root_flushed(v)
#define ACTIVATE(activation, v) activation_flushed((activation), (v))
#define ADD(a, b)               flush_add((a), (b))
#define SUBTRACT(a, b)          flush_subtract((a), (b))
#define MULTIPLY(a, b)          flush_multiply((a), (b))
#define DIVIDE(a, b)            flush_divide((a), (b))
#define GREATER(a, b)           flush_less((b), (a))
#define EQUAL(a, b)             flush_equal((a), (b))

#define NUMBER_SUFFIX   separate_flushed
#define MADD(sum, x, w) flush_add((sum), flush_multiply((x), (w)))
#include FAMILY
#undef NUMBER_SUFFIX
#undef MADD

#define NUMBER_SUFFIX   fused_flushed
#define MADD(sum, x, w) flush_fma((x), (w), (sum))
#include FAMILY
#undef NUMBER_SUFFIX
#undef MADD

#undef MAGNITUDE
#undef real
#undef SINGLE
#undef EXP
#undef LOG
#undef SQRT
#undef ACTIVATE
#undef ADD
#undef SUBTRACT
#undef MULTIPLY
#undef DIVIDE
#undef GREATER
#undef EQUAL
#undef X
#undef W
#undef EACH
#undef EACH_NAME
#undef EACH_PASTED
#undef REAL
