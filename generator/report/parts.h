/* parts.h: what the files of this room share. */
#ifndef CONV1DC_REPORT_PARTS_H
#define CONV1DC_REPORT_PARTS_H

#include "report/report.h"

/* grid.c: a table in box characters, as Keras prints it */

enum { GRID_COLUMNS_MOST = 10 };
struct grid {
	struct arena *arena;
	int columns;
	const char *header[GRID_COLUMNS_MOST];
	bool right[GRID_COLUMNS_MOST]; /* aligned to the right: numbers */
	LIST(const char **) rows;      /* cells; a line feed in a cell begins a new line of it */
};
struct grid *grid_new(struct arena *arena);
void grid_column(struct grid *grid, const char *header, bool right);
/* One row; its cells are set by the caller. */
const char **grid_row(struct grid *grid);
void grid_print(const struct grid *grid, struct text *out);

/* field.c: how many steps of an input one output step sees, padding counted; all of them behind a barrier (Flatten, global
 * pools); NO_FIELD where no input has steps. */
enum { NO_FIELD = -1 };
int64_t receptive_field(const struct graph *graph, const struct tensor *tensor);

/* facts.c: what summary says, for people and for scripts */

struct layer_facts {
	const struct node *node; /* of the unmodified graph; NULL: an input of the model */
	const struct node *last; /* the last node of this call: a layer may be several (softmax behind Dense) */
	const struct tensor *output;
	int64_t parameters, trainable;  /* counted where a shared layer is called first */
	int64_t bytes, trainable_bytes; /* of these as the model stores them */
	bool shared;                    /* a later call of a layer */
	int64_t macs;                   /* as executed: 0 where it is folded into another */
	int64_t field;
	const struct node *folded_into; /* of the folded graph; NULL: runs itself, or does nothing at inference */
	bool decided;                   /* removed and folded_into are said */
	bool removed;                   /* does not run: folded, or without effect at inference */
};
struct facts {
	LIST(struct layer_facts) layers;
	bool sequential; /* a chain: who reads whom needs no words */
	int64_t parameters, trainable, macs, field;
	int64_t bytes, trainable_bytes; /* of the parameters */
	bool integers;                  /* some layer computes with integers */
	int64_t flash_bytes, ram_bytes;
};
struct facts *facts_of(const struct program *program, struct arena *arena);

/* costs.c: a layer's line: the step's own, or the Add that the step does on its way, which costs nothing beside it; in the
 * order of the steps */
struct cost_line {
	const struct step *step;
	const struct node *node;
	int index; /* of the step */
	bool own;
	int64_t constants, ram, macs;        /* bytes of tables or literals, of context for results and scratch */
	const struct layer_figures *figures; /* NULL: exact */
};
struct cost_lines {
	struct cost_line *at;
	int n;
	int64_t samples; /* that figures are over */
};
struct cost_lines cost_lines_of(const struct program *program, struct arena *arena);

/* page.c: all that templates/report.html.ct shows */
struct value *page_view(const struct program *program, const struct options *options, const struct footprint *footprint,
			const struct cost_lines *lines, struct arena *arena);

/* rounding.c: what --fp means on a target, in a sentence */
/* ", fp fused"; "": nothing is computed in floats. */
const char *fp_text(const struct program *program, struct arena *arena);
const char *fp_meaning(const struct target *target, enum fp fp);

/* budget.c */
struct needs needs_of(const struct program *program, const struct footprint *footprint);
int64_t flash_of(const struct needs *needs);

/* map.c: the context over time: what lies where, between which steps */

struct resident {
	const char *name; /* of the layers whose results these bytes are: "conv1", or "conv1, add" one over the other */
	const char *first_name;
	int names;
	int tensor; /* the first of them; -1: a step's scratch memory */
	int64_t offset, bytes;
	int first, last;  /* steps */
	bool scratch;     /* or rows that are kept apart between ticks: no tensor's own place */
	const char *rows; /* "16 rows, 4 kept"; "": all of them */
};
struct memory_map {
	LIST(struct resident) list;
	int peak;           /* the first step with most bytes alive */
	int64_t peak_bytes; /* that many; places between them may make the context larger */
};
struct memory_map *memory_map_of(const struct plan *plan, struct arena *arena);
bool is_alive(const struct resident *resident, int step);

/* schedules.c: the plan that was chosen, and those that were not */

bool trial_is_chosen(const struct plan *plan, int index);
/* Its context; that of the chosen one may have been improved since. */
int64_t trial_ram(const struct plan *plan, int index);
const char *trial_text(const struct plan_trial *trial, struct arena *arena); /* "16 rows a tick" */
const char *trial_how(const struct plan_trial *trial, struct arena *arena);  /* "late; 3 linear, 0 split" */
/* In words; names of layers as they are. */
const char *schedule_text(const struct plan *plan, struct arena *arena);
void schedule_print(const struct plan *plan, struct text *out, struct arena *arena);
struct value *schedule_value(const struct plan *plan, struct arena *arena);

/* layout.c: the graph as boxes and curves, in pixels */

struct drawn_box {
	const char *name;
	const struct node *node; /* NULL: an input or output of the model */
	const struct tensor *tensor;
	int64_t x, y, width, height;
};
struct drawn_edge {
	int from, to;     /* boxes */
	const char *path; /* of an SVG path */
};
struct drawing {
	LIST(struct drawn_box) boxes;
	LIST(struct drawn_edge) edges;
	int64_t width, height;
};
struct drawing *draw_graph(const struct graph *graph, struct arena *arena);

/* Model text on one line of a terminal. */
const char *visible_name(struct arena *arena, const char *name);
const char *fp_name(enum fp fp);
/* The name of the layer, or of the input, that makes a tensor. */
const char *maker_name(const struct tensor *tensor);

/* tune.c: "12.3 µs". */
const char *time_text(struct arena *arena, double ns);

#endif
