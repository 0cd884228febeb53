/* integer_lanes.h: sums of integers in the lanes of vectors, and how they become the output's numbers.  Private to kernels/. */
#ifndef CONV1DC_INTEGER_LANES_H
#define CONV1DC_INTEGER_LANES_H

#include "kernels/kernel.h"
#include "layers/integer.h"

enum scale_form { SCALE_HIGH, SCALE_WHOLE, SCALE_POSITIVE, SCALE_LINE };
/* A row of dots.def. */
struct dot {
	const char *target;
	enum type x, w;
	int64_t least, group;
	bool halves;
	enum scale_form scale;
	bool lines; /* lines in float32 are computed as they are defined: with roundings that instructions choose */
};
/* The row that serves the sum; NULL: none does. */
const struct dot *dot_for(const struct target *target, const struct integer_sum *sum);
/* Where the weights of a vector of so many lanes, for one group, have number c of the group of a lane. */
int64_t dot_weight_at(const struct dot *dot, int64_t lanes, int64_t lane, int64_t c);
/* Inputs have so much added when they are brought to the row's type. */
int64_t dot_offset(const struct dot *dot, const struct integer_sum *sum);
/* What a sum of filter f begins with where it is one of these inputs, zero point and offset not taken off; for SCALE_POSITIVE with
 * 2^30 more. */
int64_t dot_start(const struct dot *dot, const struct integer_sum *sum, int64_t filter);
/* Every such sum, and each on the way to it, is less than 2^30 from 0, as are those of the layer itself. */
bool dot_sums_fit(const struct dot *dot, const struct integer_sum *sum);

/* The output of sum a, with zero point, before it is clamped to the output's range:
 * (a * mantissa + rounding - (a < 0 && corrects ? 2^31 : 0)) >> (31 + shift). */
struct scale {
	int32_t mantissa, shift;
	int64_t rounding;
	bool corrects;
};
/* false: no such numbers give the output of every sum that filter f can have. */
bool scale_of(const struct integer_sum *sum, int64_t filter, struct scale *scale);

/* The scales of a layer in the order of lanes. */
struct scaling {
	enum scale_form form;
	bool doubled;  /* sums are doubled first, for SCALE_HIGH: what is left of a 64-bit sum is its high half */
	bool corrects; /* those of negative sums are one less */
	bool twice;    /* SCALE_WHOLE: rounded twice by instructions of the processor; no table 'rounding' */
	int64_t least, most, zero;
	struct table mantissa, shift, rounding;
	/* SCALE_LINE. */
	struct integer_line *lines; /* by filter */
	bool mirrored;              /* all of them */
	enum line_kind line;
	struct table factor, rest, offset;
};
/* What the sums of a filter begin with. */
int64_t scaling_start(const struct dot *dot, const struct integer_sum *sum, const struct scaling *scaling,
		      int64_t filter);
/* false: there is none for all filters at once.  tables: fill them, lane by lane: filter[lane] is -1 where none is; width[i]
 * lanes of vector i. */
bool scaling_of(const struct dot *dot, const struct integer_sum *sum, struct scaling *scaling, struct arena *arena);
void scaling_tables(const struct integer_sum *sum, struct scaling *scaling, const int64_t *filter, const int64_t *width,
		    int64_t vectors, struct arena *arena);
void view_scaling(struct arena *arena, struct value *map, const struct scaling *scaling);

#endif
