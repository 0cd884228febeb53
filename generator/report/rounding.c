/* rounding.c: what --fp means on a target. */
#include "report/parts.h"

#include <string.h>

/* What a processor makes of one of them: where somebody has to choose. */
static const struct {
	const char *target;
	enum fp fp;
	const char *says;
} known[] = {
	{ "cortex-m4f", FP_FUSED,
	  "VFMA is one instruction of 3 cycles: fewer instructions, not always fewer cycles; "
	  "--fp separate takes VMUL and VADD, 1 cycle each" },
	{ "cortex-m4f", FP_SEPARATE,
	  "VMUL and VADD are two instructions of 1 cycle each; --fp fused takes VFMA, "
	  "one instruction of 3 cycles" },
};

const char *fp_meaning(const struct target *target, enum fp fp)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].target, target->name) == 0 && known[i].fp == fp) return known[i].says;
	if (fp == FP_FUSED) return "every multiply-add of a sum is one instruction, rounded once";
	if (target->has_fused)
		return "every product is rounded, then every sum: two instructions; --fp fused takes one, rounded once";
	return "every product is rounded, then every sum; this target has no fused multiply-add";
}

const char *fp_text(const struct program *program, struct arena *arena)
{
	return plan_has_floats(program->plan) ? arena_printf(arena, ", fp %s", fp_name(program->fp)) : "";
}
