/* kernel.h: what kernels share.  Private to kernels/. */
#ifndef CONV1DC_KERNEL_H
#define CONV1DC_KERNEL_H

#include "kernels/kernels.h"

#define KERNEL(name) extern const struct kernel kernel_##name;
#include "kernels/kernels.def"
#undef KERNEL

static inline int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
/* a / b rounded up; 0 where a is negative. */
static inline int64_t ceiling(int64_t a, int64_t b)
{
	return a > 0 ? (a + b - 1) / b : 0;
}

/* ---- window.c: padding as segments ------------------------------------------------------------------------ */

/* Output step t reads the input rows t * stride - pad_left + k * dilation of its taps k that lie in [0, steps_in). */
struct geometry {
	int64_t steps_in, steps_out, taps, stride, dilation, pad_left;
	int padding;   /* enum padding, that pad_left follows from */
	int64_t piece; /* steps wanted of a call, as a rule; 0: all */
};
struct geometry sum_geometry(const struct sum *sum);
/* The input row of tap 0 of step t; negative in the left padding. */
int64_t first_row(const struct geometry *g, int64_t t);

/* A range [first, end) of taps or steps. */
struct span {
	int64_t first, end;
};
int64_t span_length(struct span span);
/* The taps of step t that lie inside; {0, 0} where none does. */
struct span valid_taps(const struct geometry *g, int64_t t);
/* The steps whose every tap lies inside; {0, 0} where none has. */
struct span interior_steps(const struct geometry *g);
/* The most steps of a tile that a call can fill as a rule: those whose every tap lies inside, but no more than are wanted. */
int64_t steps_for_tiles(const struct geometry *g);

/* Neighbouring steps with the same valid taps. */
struct segment {
	struct span steps, taps;
};
/* The segments in order of time; every step lies in exactly one.  Returns their number; -1: more than most. */
int segments_of(const struct geometry *g, struct segment *segment, int most);

/* ---- view.c: plain data for templates ---------------------------------------------------------------------- */

void view_table(struct arena *arena, struct value *map, const char *key, const struct table *table);
/* A size that has the steps of 'open' as a factor where these are known only when the model runs; open NULL: never. */
void view_size(struct arena *arena, struct value *map, const char *key, int64_t size, const struct node *node,
	       const struct tensor *open);
struct value *size_view(struct arena *arena, int64_t size, const struct node *node, const struct tensor *open);
/* Integers as a list. */
struct value *view_ints(struct arena *arena, const int64_t *at, int n);

/* ---- open.c: geometry that is known only when the model runs ---------------------------------------------------- */

/* Steps, taps, and the steps whose every tap lies inside: numbers, or what the emitted function computes ("locals").
 * least: where fewer steps are inside, none is (the kernel's tile needs them), and the others handle all; 0: none ever. */
void view_geometry(struct arena *arena, struct value *map, const struct node *node, const struct geometry *g,
		   int64_t least);

/* Whether some step has taps before the first row of the input, or behind the last. */
bool pads_left(const struct geometry *g);
bool pads_right(const struct geometry *g);
/* Padding by rows (node->piece): locals "inside_first" (0 where there is no padding before the first step) and "inside_end":
 * the rows wanted that are the input's. */
void view_padding(struct arena *arena, struct value *map, const struct node *node, int64_t pad_left);

/* Where the length of rows is known only when the model runs, they are in 16 partial sums or in one by that length: local
 * "last_sum", which p[k & last_sum] is the sum of term k by. */
void view_partial_sums(struct arena *arena, struct value *map, const struct node *node, const struct rows_along *rows);

/* ---- loops.c ---------------------------------------------------------------------------------------------------- */

/* An output and its operands, which may be broadcast, passed by n loops, outermost first. */
struct loops {
	int n, operands;
	int64_t size[MAX_RANK];
	int64_t y[MAX_RANK];        /* elements of the output from one round to the next */
	const int64_t *x[MAX_RANK]; /* of each operand, likewise; 0: the same element for all rounds */
	/* The output's open axis is passed: by the loop; by one round of it, in the output and in each operand. */
	bool open[MAX_RANK], open_y[MAX_RANK];
	const bool *open_x[MAX_RANK];
};
struct loops *loops_over(const struct tensor *out, const struct shape *const *in, int operands, struct arena *arena);
/* Elements that the innermost loop over a node's output and inputs passes; more: a further operand, or NULL. */
int64_t loops_inside(const struct node *node, const struct shape *more);
/* Operations of as many touches of each element (an activation counts, too), in a target's vectors along the innermost
 * loop. */
int64_t vector_operations(const struct node *node, const struct target *target, int64_t inside, int64_t touches);
/* What the activation of an element costs beside loading and storing it. */
int64_t activation_touches(const struct node *node);
struct value *view_loops(struct arena *arena, const struct node *node, const struct loops *loops);

/* How vectors go over rows: along each row, whose elements and neighbour rows lie side by side; or across rows, each of
 * which has elements that lie equally far apart. */
enum row_form { ROWS_OTHER, ROWS_ALONG, ROWS_ACROSS };
enum row_form row_form(const struct node *node, const struct rows_along *rows);
/* Rows that are normalised each by itself: K.rows, K.row, K.length, K.partial; see common.rows. */
void view_rows(struct arena *arena, struct value *map, const struct node *node, const struct rows_along *rows);

/* ---- sum.c ------------------------------------------------------------------------------------------------------ */

int64_t sum_macs_executed(const struct sum *sum); /* taps in the padding counted */
/* Weights filter by filter, in the order of the terms. */
struct table filter_table(const struct sum *sum, struct arena *arena);
struct table bias_table(const struct sum *sum); /* n 0: none */
/* The plan of a kernel that decides nothing: weights filter by filter; and its tables(). */
struct by_filters {
	struct sum sum;
	struct table weights, bias;
};
void *by_filters_plan(const struct node *node, const struct target *target, struct arena *arena);
int by_filters_tables(void *plan, struct table **tables, int most);
/* Geometry, sizes of one group, strides, tables. least: as view_geometry's. */
void view_sum(struct arena *arena, struct value *map, const struct node *node, const struct sum *sum,
	      const struct table *weights, const struct table *bias, int64_t least);
/* Sizes, strides and the crop of a Conv1DTranspose. */
void view_transposed(struct arena *arena, struct value *map, const struct node *node, const struct transposed_sum *sum);
/* "x_term": the input moves by so much from one term of a window to the next; 0: terms need a loop over taps and one over
 * channels. */
void view_terms(struct arena *arena, struct value *map, const struct node *node, const struct sum *sum);

/* ---- pool1d.c --------------------------------------------------------------------------------------------------- */

bool pool_geometry(const struct node *node, struct geometry *g); /* false: neither MaxPooling1D nor AveragePooling1D */

/* ---- blocks.c ---------------------------------------------------------------------------------------------------- */

/* Filters that are summed together: blocks of one width in vectors of 4, 8 or 16 lanes. */
enum { VECTORS_MOST = 8, BLOCK_MOST = 16 };
struct body {
	int64_t vector[VECTORS_MOST]; /* lanes of its vectors */
	int vectors;
	int64_t lanes;  /* of all its vectors: a block in the table */
	int64_t kept;   /* of them, filters; the others hold zeros */
	int64_t blocks; /* of this width in a group */
	int64_t first;  /* lane, and filter, of the group where they begin */
	int64_t steps;  /* of a tile, for kernels with tiles; 0: no step has all taps */
};
/* The filters of a group: blocks of full width, then what is left. */
struct blocks {
	struct body body[2];
	int bodies;
	int64_t lanes;
};
/* width: a multiple of 8, at most BLOCK_MOST. */
void cut_filters(struct blocks *blocks, int64_t filters, int64_t width);
/* n blocks of so many of the target's widest vectors, all full, then one block of the filters that are left.  Alone in its
 * block a vector is the narrowest that takes its filters; narrow: behind others, too. */
void cut_vectors(struct blocks *blocks, int64_t filters, const struct target *target, bool narrow, int64_t vectors,
		 int64_t n);
/* Weights as [group][block][tap * channel][lane], bias as [group][block][lane]. */
void block_tables(const struct blocks *blocks, const struct sum *sum, struct table *weights, struct table *bias,
		  struct arena *arena);
/* The steps of the largest tile. */
int64_t blocks_most_steps(const struct blocks *blocks);
void view_blocks(struct arena *arena, struct value *map, const struct blocks *blocks, int64_t terms);

/* ---- lanes.c ----------------------------------------------------------------------------------------------------- */

/* Elements in a row (channels) by vectors of width lanes, of which kept hold an element.  Where the last vector is not
 * full it is moved back over elements that are done already. */
struct lanes {
	int64_t width, kept; /* kept < width: there is one vector only */
};
struct lanes lanes_along(const struct target *target, int64_t elements);
int64_t lanes_vectors(struct lanes lanes, int64_t elements);
/* Steps of a tile, at most most, so that tiles go over few steps twice. */
int64_t even_steps(int64_t steps, int64_t most);
/* Steps of a strip, at most most (if no tile is larger), in whole tiles so that strips go over few steps twice; all of them where they
 * are one strip. */
int64_t even_strips(int64_t steps, int64_t most, int64_t tile);
/* K.lanes, K.kept. */
void view_lanes(struct arena *arena, struct value *map, struct lanes lanes);

/* Windows of one channel each, tile by tile: steps of a tile, taps that stand in a row in its text (all, or a loop goes
 * over them), and whether its steps share the rows that they read. */
struct window_tile {
	int64_t steps, taps;
	bool shares;
};
/* weighs: each tap has a weight, loaded once for all steps of a tile. */
struct window_tile window_tile(const struct geometry *g, const struct target *target, bool weighs);
/* K.tile, K.chunk, K.shares; see kernels/windows.ct. */
void view_window_tile(struct arena *arena, struct value *map, const struct window_tile *tile);
/* Operations of all windows, each on a vector. */
int64_t window_operations(const struct geometry *g, const struct window_tile *tile);

/* ---- kernels.c: what kernels share -------------------------------------------------------------------------------- */

/* What a kernel's tables() does: those of a plan's tables that have elements, in this order. */
#define LIST_TABLES(tables, most, ...) list_tables(tables, most, (struct table *const[]){ __VA_ARGS__, NULL })
int list_tables(struct table **tables, int most, struct table *const *all);

/* Operations of a multiply-add whose weights are scalars, and the lanes that a compiler can be expected to use. */
enum { LANES_MOST = 8, LITERAL_TEXT = 14, LITERAL_CODE = 12, FUNCTION_TEXT = 1200, FUNCTION_CODE = 320 };
int64_t useful_lanes(const struct target *target, int64_t independent);
/* How many tiles of so many steps fill the pieces that a run makes its steps in (piece 0: one), and what is left of them. */
struct tiling {
	int64_t tiles, rest;
};
struct tiling tiling_of(int64_t steps, int64_t piece, int64_t tile);
/* A kernel that touches every element of its tensors so many times, in a loop of a few lines. */
struct cost simple_cost(int64_t elements, int64_t touches, int64_t constants);

#endif
