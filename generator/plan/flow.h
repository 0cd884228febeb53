/* flow.h: a graph as rows of time that flow through its steps: what the planner of depth-first schedules thinks in.
 * Private to plan/. */
#ifndef CONV1DC_FLOW_H
#define CONV1DC_FLOW_H

#include "plan/draft.h"

/* How a node is computed. */
enum way {
	WAY_NONE,  /* no step: a view, or an Add that the sum before it does */
	WAY_WHOLE, /* all of its outputs at once, from all of its inputs */
	WAY_ROWS,  /* some rows of its output from some rows of its inputs */
	WAY_SUMS   /* it adds up its input's rows; the output is there behind the last */
};

/* Row (times * o + add) / divisor, rounded down. */
struct line {
	int64_t times, add, divisor;
};
int64_t line_at(const struct line *line, int64_t o);

struct flow_input {
	int root;  /* the tensor whose rows are read */
	bool rows; /* they go with those of the output; else all of them are needed for any */
	/* Of rows: [0, most(o)) are enough for output rows [0, o); no output row from o on reads one before least(o). */
	struct line most, least;
};
struct flow_node {
	enum way way;
	int level;            /* even: by rows; odd: whole.  Levels run one behind the other */
	int64_t rows, unit;   /* that its watermark counts; see struct step_rows */
	struct row_call call; /* WAY_ROWS */
	struct flow_input *in;
};
struct flow_reader {
	int node, input;
};
struct flow_tensor {
	int root;     /* the tensor whose bytes it shows: itself, or the one before a chain of views */
	bool aligned; /* row r is the root's row r */
	int64_t rows, row_bytes;
	int maker;                        /* the node with a step that makes the root; -1: the caller */
	bool out;                         /* of a root: it, or a view of it, is an output of the graph */
	bool crosses;                     /* of a root: somebody needs it whole, or at a later level */
	LIST(struct flow_reader) readers; /* of a root: with steps */
};
struct flow {
	struct arena *arena;
	const struct graph *graph;
	struct flow_node *node;     /* by id */
	struct flow_tensor *tensor; /* by id */
	int *order, n;              /* nodes with steps as they run: level by level */
	int levels;
};

/* passes: by id, nodes whose work another one does.  order: all nodes, topological.  sums: nodes may add rows up as they
 * come; else those need all of them at once.  cut: by tensor id, those that shall be whole before they are read; NULL: none. */
struct flow *flow_new(const struct graph *graph, const bool *passes, const int *order, const struct target *target,
		      bool sums, const bool *cut, struct arena *arena);
/* Some node adds rows up. */
bool flow_has_sums(const struct flow *flow);
/* The rows of the level's tensors, made by rows, that only live for a while. */
bool flow_is_tracked(const struct flow *flow, int root);
/* Its rows have to be made in time with the clock: somebody outside of its level waits for them. */
bool flow_is_sink(const struct flow *flow, int node);

/* pace.c: the watermarks of one level. */
enum pace_mode { PACE_EVEN, PACE_LATE };
struct pacing {
	enum pace_mode mode;
	int64_t block;     /* rows a tick of the fastest tensor */
	const bool *early; /* by node: as soon as its inputs allow; NULL: none */
};
/* Sets rows[] of the level's nodes, by node id; false: no clock fits (numbers grow too large). */
bool pace_level(const struct flow *flow, int level, const struct pacing *pacing, struct watermark *rows,
		struct arena *arena);
int64_t watermark_at(const struct watermark *w, int64_t tick);

/* rows.c: stages, ticks, kinds and numbers of rows; without memory and moves. */
struct split {
	int64_t times, per; /* buffers are SPLIT where keep <= times / per of the new rows of a tick; 0 / 1: none is */
};
struct schedule_request {
	struct pacing pacing; /* block 0: every stage has one tick */
	struct split split;
};
/* Ticks and numbers of rows alone: what does not depend on split. */
struct schedule *schedule_count(const struct flow *flow, const struct schedule_request *request, struct arena *arena);
/* A copy of that with the kinds. */
struct schedule *schedule_decide(const struct schedule *counted, const struct flow *flow, const struct split *split,
				 struct arena *arena);
/* Both. */
struct schedule *schedule_new(const struct flow *flow, const struct schedule_request *request, struct arena *arena);

/* place.c: the memory of a plan whose steps are those of the schedule: buffers, addresses, moves, context_bytes. */
void schedule_place(struct plan *plan, struct schedule *schedule);

#endif
