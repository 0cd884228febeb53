/* kernels.h: how a node is computed in C: may a kernel serve, what does it cost, what is its plan.
 *
 * A new kernel is one file, one row in kernels.def and one template. */
#ifndef CONV1DC_KERNELS_H
#define CONV1DC_KERNELS_H

#include "eval/eval.h"
#include "targets/targets.h"

/* What the choice is made by. */
struct cost {
	int64_t operations; /* executed, roughly: loads, stores, multiply-adds */
	int64_t flash;      /* bytes of constants and code */
	int64_t text;       /* bytes of emitted C */
	int64_t statements; /* straight-line statements in the largest block: what compile time grows with */
};

/* A table of constants in consumption order; emit writes it at its place in the file. */
struct table {
	const char *name; /* C identifier without the prefix, set by plan */
	const char *doc;  /* "conv1: 3 taps x 16 channels x 8 filters, in blocks of 4 filters" */
	enum type type;
	int64_t n;
	int columns;    /* values a line that show the structure; 0: as many as fit */
	int align;      /* bytes that its place is a multiple of; 0: its type's */
	const void *at; /* n values of type */
};

/* Sums that are in flight together: so many steps x so many vectors of filters. */
struct tile {
	int steps, vectors;
};
enum { TILES_MOST = 64 };

/* Nodes that a kernel is for: none with integers (node_is_integer()), those alone, all. */
enum kernel_types { KERNEL_FLOATS, KERNEL_INTEGERS, KERNEL_ANY };
struct step; /* plan.h */
struct kernel {
	const char *name;     /* "conv1d_tiled" */
	const char *template; /* templates/kernels/NAME.ct */
	const char *doc;
	bool (*ok)(const struct node *node, const struct target *target);
	struct cost (*cost)(const struct node *node, const struct target *target);
	/* The finished decision: tiles, segments, tables.  A struct of the kernel's own. */
	void *(*plan)(const struct node *node, const struct target *target, struct arena *arena);
	/* The plan as plain data for the template. */
	struct value *(*view)(const struct node *node, const void *plan, struct arena *arena);
	/* Tables that the plan made: pointers into the plan; returns their number. */
	int (*tables)(void *plan, struct table **tables, int most);
	int64_t (*scratch)(const void *plan); /* bytes of context while it runs; NULL: none */
	/* NULL, or the kernel whose plan, view, tables and scratch are this one's, too, where it has none of its own. */
	const struct kernel *like;
	/* For kernels with tiles to choose among, else NULL.  tiles: those worth trying, at most 'most', plan()'s own first;
	 * their number.  plan_tile: plan() with this one.  tile_operations: what cost() would say of it. */
	int (*tiles)(const struct node *node, const struct target *target, struct tile *tile, int most);
	void *(*plan_tile)(const struct node *node, const struct target *target, const struct tile *tile,
			   struct arena *arena);
	int64_t (*tile_operations)(const struct node *node, const struct target *target, const struct tile *tile);
	enum kernel_types types;
	enum type scratch_type; /* of the last parameter, s, where it has scratch: float by itself; bytes: TYPE_U8 */
	bool adds;              /* its template does an Add where it stores (L.add) */
	bool sums;              /* for nodes that node_by_sums() makes, alone */
	bool sources;           /* for nodes without inputs, alone */
	bool open; /* its view and template serve sizes that are known only when the model runs (--max-steps) */
};
enum { MAX_KERNEL_TABLES = 6 };
/* Suffixes of the functions that templates write beside a layer's own: NAME_tile, ...; ends in NULL. */
extern const char *const kernel_functions[];
const struct kernel *kernel_row(int index);
/* The kernel's own, or those of the one that it is like. */
void *kernel_plan(const struct kernel *kernel, const struct node *node, const struct target *target,
		  struct arena *arena);
struct value *kernel_view(const struct kernel *kernel, const struct node *node, const void *plan, struct arena *arena);
int kernel_tables(const struct kernel *kernel, void *plan, struct table **tables, int most);
int64_t kernel_scratch(const struct kernel *kernel, const void *plan);
/* Some tensor of the node has an open axis. */
bool node_is_open(const struct node *node);
/* What the emitted function of the node calls the length of one of its tensors: "steps" where all of them have one
 * length, else "steps_in" ("steps_in0", ... of several inputs) and "steps_out". */
const char *length_name(struct arena *arena, const struct node *node, const struct tensor *tensor);

/* by_rows.c: nodes of which a call makes some rows (steps) of the output from some rows of the inputs, as depth-first plans
 * need it. */

/* To make output row n and those behind it a call is given inputs (those that have the output's rows) from row
 * first = max(0, (times * n + add) / divisor) on, divided towards minus infinity, and, where the layer asks for it, the number
 * shift_first * first + shift_row * n + shift_add: what of a window lies before row 'first'. */
struct row_call {
	bool same; /* row n of the output is made of row n of each input: first is n, no number */
	int64_t times, add, divisor;
	const char *shift; /* what its function calls that number: "pad_left"; NULL: it takes none */
	int64_t shift_first, shift_row, shift_add;
};
/* Whether some kernel can compute the node so, and what its calls are given; false: it needs the whole of its inputs. */
bool node_row_call(const struct node *node, const struct target *target, struct row_call *call);
/* The node as kernels see it that compute it so: a copy whose tensors have their rows as open axis and, where in and out
 * are not the same rows, lengths 0 (inputs) and 1 (outputs).  Its function is given the rows that are wanted
 * (length_name() of the output), for windows those that there are from the first that it is given to the last of the whole
 * input (that of the input), and the number that row_call speaks of.  piece: rows wanted of a call, as a rule. */
const struct node *node_by_rows(const struct node *node, int64_t piece, struct arena *arena);
/* Nodes that make their output of all rows of their input, but can take these as they come: global pools, Dense behind
 * Flatten.  NAME_layer_begin(y, scratch) is called first, NAME_layer(x, y, scratch, n, first) for each n rows (Dense: terms)
 * from row 'first' on, then NAME_layer_end(y, scratch).  Some take no 'first'. */
bool node_adds_rows(const struct node *node, const struct target *target);
/* The node as kernels see it that compute it so. */
const struct node *node_by_sums(const struct node *node, struct arena *arena);
/* Input k of the node has rows of its own, which come with those of the output; else every call is given all of it. */
bool input_has_rows(const struct node *node, int k);
/* Input k is what an Add that the sum does on the way adds: its row r is read with row r of the output. */
bool input_is_addend(const struct node *node, int k);

/* integer_sums.c: the worst accumulators of a quantised sum over all inputs, exactly from its weights, and how plain C scales
 * them: "short" is proven right by that range, the other forms by their width. */
struct accumulators {
	int64_t least, most;
	bool wide;                    /* they take 64 bits */
	bool small;                   /* |acc| < 2^30 */
	const char *scaling, *scaled; /* for scripts, for people */
};
/* false: the node is no quantised sum. */
bool node_accumulators(const struct node *node, struct accumulators *out);
/* "-1,204 .. 3,310: 32 bits suffice, below 2^30; scaled in doubles" */
const char *accumulators_text(const struct accumulators *a, struct arena *arena);

/* choice.c: how a node is computed. */
struct choice {
	const struct kernel *kernel; /* NULL: nobody has chosen */
	struct tile tile;            /* steps 0: the kernel's own, or it has none */
};
const struct kernel *kernel_find(const char *name); /* NULL: there is none */
bool kernel_serves(const struct kernel *kernel, const struct node *node, const struct target *target);
struct cost kernel_cost(const struct kernel *kernel, const struct node *node, const struct target *target);
bool choice_has_tile(const struct choice *choice, const struct node *node, const struct target *target);
void *choice_plan(const struct choice *choice, const struct node *node, const struct target *target,
		  struct arena *arena);
/* Of a run, as the planner reckons. */
int64_t choice_operations(const struct choice *choice, const struct node *node, const struct target *target);
bool choices_equal(const struct choice *a, const struct choice *b);
/* The planner's: the cheapest kernel that serves, with its own tile; kernel NULL: none does. */
struct choice choice_of_planner(const struct node *node, const struct target *target);
/* All that a node can be computed by, the planner's first; their number, at most 'most'. */
int choices_of(const struct node *node, const struct target *target, struct choice *choice, int most);
/* "conv1d_tile 12x2" */
const char *choice_text(struct arena *arena, const struct choice *choice);
/* The cheapest kernel that may serve; NULL: none. */
const struct kernel *kernel_choose(const struct node *node, const struct target *target, struct cost *cost);

#endif
