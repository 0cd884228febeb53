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
/* Needs shapes.  Folds batch norms, activations and no-ops into their neighbours by the layers' own rules until nothing
 * changes; removes nodes that no output depends on. */
void fold(struct graph *graph);

#endif
