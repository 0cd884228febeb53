/* judge.h: does the emitted C compute the model? */
#ifndef CONV1DC_JUDGE_H
#define CONV1DC_JUDGE_H

#include "emit/emit.h"

struct verdict {
	int passed, failed;
};

/* The checks of CONTRACT section 5 for one program, one line each on stdout.  false: could not be judged (no compiler, ...),
 * reported. */
bool verify(const struct program *program, const struct options *options, struct verdict *verdict, struct arena *arena,
	    struct diag *diag);

/* tune.c: what each layer can be computed by, measured on this machine. */
struct attempt {
	struct choice choice;
	double ns;
	int64_t operations; /* what the planner reckons with */
};
struct tuned {
	const struct node *node; /* of program->graph */
	struct choice own, best; /* own: the planner's */
	double own_ns, best_ns;  /* of a run; 0: not measured */
	int tried, choices;      /* of so many choices so many were tried: */
	const struct attempt *attempt;
};
struct tuning {
	struct tuned *at; /* the steps of the plan, in their order */
	int n;
	bool changed;               /* some choice is not the planner's */
	struct choice *choice;      /* those, by id of the nodes of program->graph */
	double before_ns, after_ns; /* of the whole model */
	int faults;                 /* choices whose results differ in bits, said on stdout */
};
/* For about options->seconds.  The target's code must run here.  false: could not be measured (no compiler, ...), reported. */
bool tune(const struct program *program, const struct options *options, struct tuning *tuning, struct arena *arena,
	  struct diag *diag);
/* The program's own choices alone: best is own. */
bool bench(const struct program *program, const struct options *options, struct tuning *tuning, struct arena *arena,
	   struct diag *diag);

/* measure.c: what a program takes on a microcontroller: its code runs on the emulated board of the target, where
 * instructions are counted, not timed; the figures are exact and the same every time.  Compiled as verify does: -O2, or what
 * CFLAGS says. */
enum data_kind { DATA_ZEROS, DATA_NOISE, DATA_LARGE, DATA_NANS, DATA_SUBNORMALS, DATA_KINDS };
/* integers: all inputs hold integers, which have fewer kinds; NULL: this one is none. */
const char *data_kind_name(enum data_kind kind, bool integers);
bool inputs_are_integers(const struct graph *graph);
struct measured_layer {
	const struct step *step;          /* of program->plan */
	int64_t instructions[DATA_KINDS]; /* of all its calls in one run; those that were not asked for: 0 */
	int64_t stack;                    /* bytes below NAME_run's own, over noise */
	int64_t code, constants;          /* of its functions and tables, without what layers share */
};
struct measured {
	int64_t code, constants; /* bytes of NAME.c; without the compiler's library (float arithmetic in software) */
	int64_t context;         /* NAME_CONTEXT_BYTES */
	int64_t stack;           /* bytes below the caller of NAME_run, the library's too */
	int64_t instructions[DATA_KINDS]; /* of a run over inputs full of that; those that were not asked for: 0 */
	struct measured_layer *layer;     /* from a second build with marks between the layers; NULL: not asked for */
	int layers;
	int64_t between; /* instructions of that build beside its layers: NAME_run's own */
};
/* What is wanted beside the whole program over noise. */
enum { MEASURE_LAYERS = 1, MEASURE_DATA = 2 };
/* The target has a board, the program no open number of steps.  false: could not be measured (no compiler, no emulator,
 * too large for the board ...), reported. */
bool measure_firmware(const struct program *program, const struct options *options, unsigned wanted,
		      struct measured *out, struct arena *arena, struct diag *diag);
/* Of any target: stack and instructions are 0 where it has no board. */
bool measure_size(const struct program *program, const struct options *options, struct measured *out,
		  struct arena *arena, struct diag *diag);
/* The tool that is absent here, and Debian's packages that bring it; NULL: all are there, or $CC is asked. */
const char *measure_lacks(const struct target *target, struct arena *arena);

/* steps.c: --max-steps: the program for the steps that the arrays in these files have (n of them, by input); those steps in
 * *steps.  NULL after an error. */
struct program *program_of_arrays(const struct program *program, const char *const *paths, int n, const char *option,
				  int64_t **steps, struct arena *arena, struct diag *diag);

/* bound.c: bound on |exact interpreter - float64 meaning| of every element of the node's output 0, on the actual values
 * 'values' of the folded graph (NUMBER_SEPARATE or NUMBER_FUSED). */
const double *error_bound(const struct graph *graph, const struct node *node, const struct values *values,
			  struct arena *arena);

/* Marks in 'on' (by id) the nodes of the unmodified graph that a node of the folded graph stands for; their number. */
int nodes_of_meaning(const struct graph *graph, const struct node *node, bool *on, struct arena *arena);
/* The tensor's id in the unmodified graph. */
int meaning_id(const struct graph *graph, const struct tensor *tensor);

/* figures.c: what the bounds say over seeded inputs of ordinary size: the largest over all elements and samples. */
struct layer_figures {
	double bound;    /* of the layer on its actual inputs */
	double observed; /* its difference from the float64 meaning */
	double composed; /* of its output where both start from the model's inputs; infinite where there is none */
};
struct figures {
	int64_t samples;
	struct layer_figures *at;
}; /* by id of the folded graph's nodes */
struct figures error_figures(const struct program *program, struct arena *arena);

/* golden.c: samples for the inputs of a graph, as the files of an option hold them: by input the samples one behind the
 * other, finite.  NULL after errors. */
float **arrays_of_option(const char *option, const char *const *paths, int n_paths, const struct graph *graph,
			 int64_t *samples, struct arena *arena, struct diag *diag);

#endif
