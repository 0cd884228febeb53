/* locate.c: the first layer that differs: a second build keeps every tensor in the context, which is then compared with the
 * interpreter's tensors one by one. */
#include "judge/parts.h"

#include <stdio.h>
#include <string.h>

struct kept {
	const struct plan *plan;
	struct bytes context;
	float **outputs;
};

/* The tensor's values where the second build left them; NULL: it has no place of its own. */
static const float *kept_values(const struct kept *kept, const struct tensor *tensor, struct arena *arena)
{
	const int64_t n = tensor_elements(tensor);
	float *values;

	const struct buffer *buffer = &kept->plan->buffer[tensor->id];
	if (buffer->home == HOME_OUTPUT) return kept->outputs[buffer->index];
	if (buffer->home != HOME_CONTEXT || buffer->offset < 0) return NULL;
	if (buffer->offset + buffer->bytes > (int64_t)kept->context.n) return NULL;
	values = NEW_ARRAY(arena, n, float);
	type_load(tensor->type, values, kept->context.at + buffer->offset, n);
	return values;
}

static bool say_if_different(const struct kept *kept, const struct graph *graph, const struct node *node,
			     const struct tensor *tensor, const float *expected, struct arena *arena)
{
	const float *got = kept_values(kept, tensor, arena);
	int64_t count;
	const int64_t n = plan_elements_made(kept->plan, tensor),
		      at = got ? first_difference(got, expected, n, &count) : -1;
	if (at < 0) return false;
	trial_says("the first layer that differs is %s, %s: emitted %s, interpreter %s (%lld of its %lld values)",
		   layer_shown(arena, node), tensor_element_shown(arena, graph, tensor, at),
		   value_shown(arena, tensor, got[at]), value_shown(arena, tensor, expected[at]), (long long)count,
		   (long long)n);
	return true;
}

static void compare_tensors(const struct trial *trial, const struct kept *kept, float *const *in, struct arena *arena)
{
	const struct graph *graph = trial->program->graph;
	const struct values values = eval_graph(graph, trial_number(trial), (const float *const *)in, arena);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_out; k++) {
			const float *expected = values.at[node->out[k]->id];
			if (say_if_different(kept, graph, node, node->out[k], expected, arena)) return;
		}
	}
	trial_says("no layer differs where every tensor keeps memory of its own: two of them share what they must not");
}

/* The outputs of the one sample that ran. */
static bool read_outputs(const struct trial *trial, const char *path, float **outputs)
{
	const struct graph *graph = trial->program->graph;
	FILE *file = fopen(path, "rb");
	bool complete = file != NULL;
	for (int i = 0; complete && i < graph->outputs.n; i++) {
		complete = values_read(trial, file, path, graph->outputs.at[i], outputs[i]);
	}
	if (file) fclose(file);
	return complete;
}

/* One sample through the second build. */
static bool run_kept(struct trial *trial, struct build *build, struct kept *kept, float *const *in)
{
	struct arena *arena = trial->arena;
	const char *in_path = path_join(arena, trial->scratch, "kept_in"),
		   *out = path_join(arena, trial->scratch, "kept_out");
	const char *context = path_join(arena, trial->scratch, "kept_context"), *why = NULL;
	if (build_make(build, arena, trial->diag) != BUILT) return false;
	if (!samples_write(trial, in_path, in, 0, 1, NULL)) return false;
	if (build_run(build, in_path, out, context, 1, &why, arena, trial->diag) != RAN) return false;
	return read_outputs(trial, out, kept->outputs) && file_read(arena, context, &kept->context, &why);
}

void locate_difference(struct trial *trial, float *const *in)
{
	struct arena *arena = trial->arena;
	struct program second = *trial->whole;
	if (second.plan->schedule)
		second.plan = plan_keeping_all(second.plan, arena);
	else
		second.plan =
		    plan_make_chosen(second.graph, second.target, second.fp, true, second.choice, arena, trial->diag);
	if (!second.plan) return;
	struct kept kept = { .plan = second.plan, .outputs = outputs_room(trial->program->graph, arena) };
	struct build build = {
		.program = &second, .scratch = trial->scratch, .name = "kept", .sizes = trial->build.sizes
	};
	build.folder = trial_emit(trial, &second, "every_tensor");
	if (!build.folder || !run_kept(trial, &build, &kept, in)) {
		trial_says("the first layer that differs is not known: the build that keeps every tensor does not run");
		return;
	}
	compare_tensors(trial, &kept, in, arena);
}
