/* constrain.c: do the weights keep to what the config's constraints hold them to? */
#include "passes/passes.h"

#include <math.h>
#include <string.h>

static const char *bounds_text(struct arena *arena, const struct violation *found)
{
	struct text out = { 0 };
	const char *text;

	if (found->low == found->high) {
		text_add_f64(&out, found->low);
	} else if (isinf(found->high)) {
		text_add_f64(&out, found->low);
		text_add(&out, " or more");
	} else {
		if (found->low > 0) {
			text_add(&out, "from ");
			text_add_f64(&out, found->low);
			text_add(&out, " to ");
		} else {
			text_add(&out, "at most ");
		}
		text_add_f64(&out, found->high);
	}
	text = arena_string(arena, out.at);
	text_free(&out);
	return text;
}

static void check_weight(struct arena *arena, const struct node *node, const struct weight *weight,
			 const struct weight_training *training, struct diag *diag)
{
	const struct training_object *constraint = training->object[ROLE_CONSTRAINT];
	struct violation found = { 0 };
	struct place place = constraint->place;

	place.layer = node->name;
	constraint->kind->check(constraint, &weight->shape, weight->f32, &found);
	if (found.fault)
		diag_warn(diag, WARN_CONSTRAINT_VIOLATED, place, "%s cannot be held to %s: %s", training->label,
			  object_text(arena, constraint), found.fault);
	else if (found.n)
		diag_warn(diag, WARN_CONSTRAINT_VIOLATED, place,
			  "%lld of %lld %s of its %s break %s, which wants %s; the farthest is %g", (long long)found.n,
			  (long long)found.of, found.what, training->label, object_text(arena, constraint),
			  bounds_text(arena, &found), found.worst);
}

void check_constraints(const struct graph *graph, struct diag *diag)
{
	struct arena *arena = arena_new();

	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		for (int k = 0; k < node->n_weight; k++) {
			struct weight_training training = training_of(node, node->weight[k]->name);
			const struct training_object *constraint = training.object[ROLE_CONSTRAINT];

			if (constraint && constraint->kind) check_weight(arena, node, node->weight[k], &training, diag);
		}
	}
	arena_free(arena);
}
