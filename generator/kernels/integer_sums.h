/* integer_sums.h: what the kernels of quantised sums share: how an accumulator becomes an output.  Private to kernels/. */
#ifndef CONV1DC_INTEGER_SUMS_H
#define CONV1DC_INTEGER_SUMS_H

#include "kernels/kernel.h"

#include "layers/integer.h"

/* What the emitted code does of an accumulator; the cheapest that is proven right for every accumulator that there can be. */
enum form_kind {
	FORM_SHORT,      /* |acc| < 2^30, factors below 1: the high half of a product, a shift */
	FORM_MULTIPLIED, /* runtime/requantise.h: multiply, */
	FORM_ONCE,       /* multiply_once, */
	FORM_WIDE,       /* multiply_wide, */
	FORM_REAL        /* multiply_real: products of doubles */
};
enum { FORM_NUMBERS = 3 };
struct integer_form {
	enum form_kind kind;
	bool wide;     /* the accumulator takes 64 bits */
	bool saturate; /* it may leave 32 bits, where the layer's scaling begins at their ends */
	int numbers;   /* of each filter: what doc says */
	const int64_t *number[FORM_NUMBERS];
	const char *doc;
};
struct integer_form integer_form(const struct integer_sum *sum, struct arena *arena);
const char *integer_form_name(enum form_kind kind);
/* K.form, K.acc (its C type), K.saturate, K.zero_in, K.zero_out, K.least, K.most. */
void view_integer_form(struct arena *arena, struct value *map, const struct integer_sum *sum,
		       const struct integer_form *form);

/* integer_tables.c: the filters of a group in blocks of equal size and perhaps one of those that are left. */
struct integer_block {
	int64_t filters, blocks, first; /* first: filter of the group where its blocks begin */
};
struct integer_blocks {
	const struct integer_sum *sum;
	const struct integer_form *form;
	struct integer_block body[2];
	int bodies;
	/* Which biases are needed: those that the input's zero point is folded into, those of sums of inputs without it. */
	bool folded, plain;
	bool raised; /* weights are stored as unsigned bytes, 128 higher */
};
/* In blocks of at most so many. */
struct integer_blocks integer_blocks(const struct integer_sum *sum, const struct integer_form *form, int64_t most);
/* Of each block, group by group: weights [tap][channel][filter]; biases; the form's numbers. */
void integer_tables(const struct integer_blocks *blocks, struct table *weights, struct table *bias,
		    struct table *scales, struct arena *arena);

/* Each body's filters, blocks, first. */
struct value *integer_blocks_view(const struct integer_blocks *blocks, struct arena *arena);

/* Tiles of plain C. */
struct integer_tile {
	const char *target;       /* NULL: every other */
	int sums, steps, filters; /* at most */
	int unroll;               /* terms in a round of a loop */
	bool raised;              /* a signed byte costs more to load than an unsigned one */
	bool apart;               /* the tile's function is not inlined */
	bool ordered;             /* nothing is loaded before its term */
};
const struct integer_tile *integer_tile(const struct target *target);

#endif
