/* fixed_point.h: functions of fixed-point numbers in 32 bits, as gemmlowp and TFLite define them.  "Qn" has n bits in front of the
 * point: the number is raw * 2^(n - 31).  Private to layers/. */
#ifndef CONV1DC_FIXED_POINT_H
#define CONV1DC_FIXED_POINT_H

#include <stdint.h>

int leading_zeros(uint32_t x); /* of 0: 32 */
/* exp(a), a <= 0 in Q5, as Q0. */
int32_t exponential_q0(int32_t a);
/* 1 / (1 + a), a in [0, 1) as Q0, as Q0. */
int32_t reciprocal_q0(int32_t a);
/* log(a), a >= 1 in Q12, as Q5. */
int32_t logarithm_q5(int32_t a);
/* a * 2^exponent, rounded, or saturated. */
int32_t scaled_by_power(int32_t a, int exponent);

#endif
