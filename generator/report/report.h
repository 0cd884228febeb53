/* report.h: what a person or a script reads about a model or plan. */
#ifndef CONV1DC_REPORT_H
#define CONV1DC_REPORT_H

#include "judge/judge.h"

void summary_print(const struct program *program, struct text *out);
void summary_json(const struct program *program, struct text *out);
/* --report FILE, options->report: per layer flash, RAM, MACs and error bound; as text for "x.txt", JSON for "x.json", a page for
 * "x.html".  outputs: what is emitted.  false after an error in a template of the user's. */
bool report_print(const struct program *program, const struct options *options, const struct outputs *outputs,
		  struct text *out, struct arena *arena, struct diag *diag);
/* budget.c: whether the program keeps to options->most; each that it exceeds is an error that says by how much, what costs
 * most, and which options would fit.  outputs: what is emitted of it. */
bool has_budgets(const struct options *options);
bool budgets_keep(const struct program *program, const struct options *options, const struct outputs *outputs,
		  struct arena *arena, struct diag *diag);
/* What it needs, as far as that is known without its target's tools; emits it.  After an error: zeros. */
struct needs {
	int64_t ram, constants; /* bytes, exact */
	int64_t code, stack;    /* estimates from above; NO_ESTIMATE: nothing is known */
};
struct needs program_needs(const struct program *program, const struct options *options, struct arena *arena,
			   struct diag *diag);
/* sizes.c: conv1dc size: a table, JSON, and whether measured sizes keep to the budgets. */
struct size_row {
	const struct target *target;
	enum fp fp;
	const char *skipped;      /* NULL, or why nothing is measured */
	bool failed;              /* it could not be measured, and that was said */
	struct measured measured; /* stack and instructions: 0 where they are not known */
	struct needs estimated;
};
struct size_rows {
	LIST(struct size_row) list;
};
void sizes_print(const struct size_rows *rows, const char *model, struct text *out);
void sizes_json(const struct size_rows *rows, const char *model, struct text *out);
enum status sizes_status(const struct size_rows *rows, const struct options *options, struct diag *diag);
/* quantised.c: conv1dc quantize: what quantising did to the values of every tensor, on samples. */
struct quantised_figures;
/* of: graph's tensors' ids in floats, by its own ids; labels: of output 0, NULL: none (labels_n numbers of each sample). */
struct quantised_figures *quantised_figures_new(const struct graph *floats, const struct graph *graph, const int *of,
						struct arena *arena);
bool quantised_figures_labels(struct quantised_figures *figures, const struct array *labels, int64_t samples,
			      struct diag *diag);
/* in: one sample, real numbers, by input. */
void quantised_figures_add(struct quantised_figures *figures, const float *const *in);
void quantised_figures_print(const struct quantised_figures *figures, struct text *out);
void quantised_figures_json(const struct quantised_figures *figures, struct text *out);
/* losses.c: regularizers at these weights, one line a loss; of outputs, after the values (NUMBER_MEANING of the unmodified
 * graph) of each of the samples were added, the loss of the whole batch. */
struct losses;
struct losses *losses_of_weights(const struct program *program, struct arena *arena);
void losses_begin_outputs(struct losses *losses, const struct program *program, int64_t samples);
void losses_add_sample(struct losses *losses, const struct values *meaning);
void losses_end_outputs(struct losses *losses);
void losses_print(const struct losses *losses, const char *indent, struct text *out);
struct value *losses_value(const struct losses *losses, struct arena *arena);
/* tune.c: what was measured, one row a layer; verbose: all that was tried. */
void tuning_print(const struct tuning *tuning, bool verbose, struct text *out);
/* bench.c: what was measured of the program's own choices, one row a layer, and the whole model. */
void bench_print(const struct program *program, const struct tuning *tuning, struct text *out);
/* measured.c: what was counted on an emulated microcontroller, a row a layer, and the whole model. */
void measured_print(const struct program *program, const struct measured *measured, struct text *out);
void measured_json(const struct program *program, const struct measured *measured, struct text *out);
/* layers | activations | targets: from the tables that the code uses; markdown tables. */
bool support_print(const char *what, struct text *out);

#endif
