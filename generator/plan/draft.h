/* draft.h: a plan while it is made.  Private to plan/. */
#ifndef CONV1DC_DRAFT_H
#define CONV1DC_DRAFT_H

#include "plan/plan.h"

/* What all plans of a graph have in common. */
struct draft {
	struct arena *arena;
	const struct graph *graph; /* with copies behind outputs that need one */
	const struct target *target;
	enum fp fp;                  /* resolved */
	const struct choice *choice; /* by node id */
	const struct node **add_of;  /* by node id: the Add that it does; see fuse.c */
	bool *passes;                /* by node id: such an Add */
};
struct draft plan_draft(const struct graph *graph, const struct target *target, enum fp fp, bool fuse,
			const struct choice *choice, struct arena *arena);
/* No step, no memory. */
struct plan *plan_begin(const struct draft *draft, struct arena *arena);
/* node: as the kernel sees it; add: NULL or what it does on the way. */
void plan_add_step(struct plan *plan, const struct node *node, const struct node *add, const struct choice *choice,
		   struct diag *diag);

#endif
