/* schedule.h: depth-first plans: in which pieces of time the steps run, and which rows of every tensor are kept meanwhile.
 *
 * Rows are a tensor's steps of time; each lies in row_bytes neighbouring bytes.  The steps of a plan are cut into stages, one
 * behind the other.  A stage with one tick runs its steps layer by layer, each on whole tensors.  One with several runs in
 * each tick t = 1, 2, .., ticks, in the order of the steps:
 *
 *	wanted = W(t) of the step
 *	if (wanted > made) { call it for output rows [made, wanted); made = wanted; }
 *	the moves that follow the step
 *
 * 'made' is a number of each step, 0 when the stage begins.  Row r of a tensor lies at row r - base of its buffer; base is a
 * number of each buffer that is LOCAL, LINEAR or SPLIT, 0 when the stage begins, and 0 for all others. */
#ifndef CONV1DC_SCHEDULE_H
#define CONV1DC_SCHEDULE_H

#include "kernels/kernels.h"

/* Rows of a step's output that exist behind tick t:
 *	W(t) = clip(times * ((multiply * t + add) / divide) + plus, 0, most)
 * multiply * t + add is never negative, the quotient is rounded down, and for every tick all of it fits an int.  W never
 * falls; in the last tick it is 'most', which is less than the tensor's rows where nobody reads the last ones. */
struct watermark {
	int64_t multiply, add, divide, times, plus, most;
};

enum rows_kind {
	ROWS_NONE,  /* nobody writes or reads the tensor: bytes of a view are those of its root */
	ROWS_USER,  /* an array of the caller's */
	ROWS_WHOLE, /* all rows are in the context */
	ROWS_LOCAL, /* no row is read in a later tick than the one that writes it: each tick begins with an empty buffer */
	ROWS_LINEAR, /* behind its last reader in a tick its last 'keep' rows go to the front of the buffer */
	ROWS_SPLIT /* behind its last reader in a tick its last 'keep' rows are saved apart; before its first writer in the
		      * next they come back to the front of the buffer */
};

/* By tensor id. */
struct tensor_rows {
	enum rows_kind kind;
	int root;     /* the tensor in whose buffer it lies, row r where that has row r: mostly itself */
	int64_t rows; /* all that it has; 1: it has no time */
	int64_t row_bytes;
	int64_t capacity;   /* rows that the buffer holds */
	int64_t keep;       /* LINEAR, SPLIT: rows that live between ticks; others: 0 */
	int64_t saved;      /* SPLIT: where these lie between ticks: bytes from the start of the context */
	int writer, reader; /* steps: the first that writes to the buffer, the last that reads from it (or writes) */
	int64_t moved;      /* rows that moves copy in a run */
};

/* What happens to a buffer, whose kept rows are n = min(keep, made - base) of the step that writes the root. */
enum move_kind {
	MOVE_FORGET, /* LOCAL: base = made */
	MOVE_FRONT, /* LINEAR: rows [made - n, made) go to the front of the buffer (they may overlap); base = made - n */
	MOVE_SAVE,  /* SPLIT: the same rows go to 'saved'; base = made - n */
	MOVE_RESTORE /* SPLIT: n rows go from 'saved' to the front of the buffer */
};
struct row_move {
	enum move_kind kind;
	int tensor; /* the root */
	int maker;  /* the step whose output the root is: its 'made' counts */
	int step;   /* behind this step; MOVE_RESTORE: before it.  They happen also where the step has nothing to do */
};

/* By step. */
struct step_rows {
	bool by_rows; /* false: one call makes all, and its stage has one tick */
	bool always;  /* it has rows to make in every tick: 'if' is not needed */
	bool
	    adds_up; /* W counts rows of its input, which it adds up in order of time: the output is there behind the last;
		       * the output, and its scratch memory, live from the first tick on */
	int64_t
	    unit; /* adds_up: what a row of the schedule is to its function: so many of the rows that it is given (Dense
		       * behind Flatten: terms); else 1 */
	struct watermark rows;
	const struct row_call *call; /* by_rows: where its inputs begin */
	int64_t calls;               /* in a run */
};

struct stage {
	int first, end; /* steps */
	int64_t ticks;
};

struct schedule {
	int64_t block; /* rows a tick of the fastest tensor of a stage; 0: all */
	LIST(struct stage) stages;
	struct step_rows *step;      /* by index in plan->steps */
	struct tensor_rows *tensor;  /* by id */
	LIST(struct row_move) moves; /* in the order in which they happen; of one step: MOVE_RESTORE first */
	int64_t rounds;              /* steps x ticks of stages that run by rows */
};

/* The stage that a step runs in. */
const struct stage *schedule_stage(const struct schedule *schedule, int step);

#endif
