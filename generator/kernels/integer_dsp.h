/* integer_dsp.h: what the kernels for the DSP extension of Armv7E-M and Armv8-M share.  Private to kernels/. */
#ifndef CONV1DC_INTEGER_DSP_H
#define CONV1DC_INTEGER_DSP_H

#include "kernels/kernel.h"
#include "layers/integer.h"

/* How a filter's accumulator becomes its output, in three or four instructions that multiply and keep the high word
 * (SMMLAR, SMMUL, SMMLSR):
 *
 *   a = accumulator * 2^lift
 *   h = a + round(a * high / 2^32)       TWICE, AWAY: a * mantissa / 2^31 for high = 2 * mantissa - 2^32
 *       floor(a * high / 2^32)           ONCE: for high = mantissa
 *   h = h - (h < 0 ? 1 : 0)              AWAY alone
 *   output = clamp(zero + round(h * -low / 2^32))
 *
 * where round() rounds ties up and low is a negative power of two, in TWICE less 1.  That takes ties of negative h down,
 * as they are to go away from zero, and moves nothing else: with low = -(2^(32 - e) + 1), round(h / 2^e + h / 2^32) and
 * |h| < 2^(32 - e), h / 2^e + 1 / 2 is a multiple of 2^-e and h / 2^32 is less than that, so that the floor of their sum is
 * the floor of the first, or one less where h is negative and the first an integer: a tie.  Where |h| >= 2^(32 - e)
 * and e <= 12, |h / 2^e| >= 256: outputs of 8 bits are at their end with both. */
enum dsp_form { DSP_TWICE, DSP_AWAY, DSP_ONCE };
struct dsp_scaling {
	enum dsp_form form;
	int lift;
	int32_t *high, *low; /* by filter */
};
/* false: no form gives every filter the definition's output for every accumulator that it can have. */
bool dsp_scaling_of(const struct integer_sum *sum, struct dsp_scaling *scaling, struct arena *arena);
/* What the instructions make of an accumulator. */
int64_t dsp_scaled(const struct integer_sum *sum, const struct dsp_scaling *scaling, int64_t accumulator,
		   int64_t filter);
/* "form" "twice", "away", "once"; "lift"; "zero_in", "zero_out"; "least", "most" where they are not the type's (else absent
 * and "clamps" false); "x_signed", "y_signed". */
void view_dsp_scaling(struct arena *arena, struct value *map, const struct integer_sum *sum,
		      const struct dsp_scaling *scaling);

bool target_has_dsp(const struct target *target);
/* The node's sum, if its tensors have 8 bits, channels are last, and no accumulator leaves 32 bits. */
bool dsp_sum(const struct node *node, const struct target *target, struct integer_sum *sum, struct arena *arena);

#endif
