/* passes.h: graph -> graph. */
#ifndef CONV1DC_PASSES_H
#define CONV1DC_PASSES_H

#include "eval/eval.h"

/* Needs input shapes; sets every tensor's shape, checks weights' shapes and sizes.  Keeps the rest. */
void infer(struct graph *graph, struct diag *diag);
/* --init: draws the weights of the node that no file gave (NULL in node->weight); needs its input's shape. false after an
 * error.  Called by infer() where graph->init. */
bool init_weights(struct graph *graph, struct node *node, struct diag *diag);
/* Needs shapes.  Warns of weights that their constraints would change. */
void check_constraints(const struct graph *graph, struct diag *diag);
/* Needs a graph that infer() was right about, whose inputs have other sizes now; sets every tensor's shape. */
void infer_again(struct graph *graph, struct diag *diag);
/* --max-steps.  Needs shapes, the largest, and the inputs' open axes; sets those of all tensors and graph->lengths.  false
 * after an error: a layer that needs a known number of steps. */
bool infer_lengths(struct graph *graph, struct diag *diag);
/* A copy of an unmodified graph with open axes whose input i has steps[i] steps: every shape is known.  For judging:
 * errors and warnings go to diag. */
struct graph *infer_at(const struct graph *graph, const int64_t *steps, struct arena *arena, struct diag *diag);
/* Needs shapes.  Folds batch norms, activations and no-ops into their neighbours by the layers' own rules until nothing
 * changes; removes nodes that no output depends on. */
void fold(struct graph *graph);

#endif
