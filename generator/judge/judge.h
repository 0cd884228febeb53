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

#endif
