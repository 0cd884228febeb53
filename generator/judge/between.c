/* between.c: check 3 within the model: where the user's archive holds tensors between inputs and outputs, the first layer
 * that makes something else is named. */
#include "judge/parts.h"

#include <string.h>

/* Multiply-adds of the interpreter: some seconds. */
static const int64_t work_budget = 1000000000;

bool golden_names(const char *member, const struct tensor *tensor)
{
	if (tensor->stored_name && !strcmp(member, tensor->stored_name)) return true;
	return !strcmp(member, tensor->name) || (tensor->from && !strcmp(member, tensor->from->name));
}

/* The tensor of the unmodified graph, and the one of this graph that has its value; a layer's last output goes before those of
 * the same name that are made on the way. */
static const struct tensor *tensor_named(const struct graph *graph, const char *member)
{
	const struct graph *meaning = graph->origin ? graph->origin : graph;
	const struct tensor *named = NULL;
	for (int i = 0; i < meaning->tensors.n; i++)
		if (golden_names(member, meaning->tensors.at[i])) named = meaning->tensors.at[i];
	for (int i = 0; named && i < graph->tensors.n; i++) {
		const struct tensor *tensor = graph->tensors.at[i];
		if (tensor->from && (graph->origin ? tensor->meaning : tensor->id) == named->id) return tensor;
	}
	return NULL;
}

const float *const *golden_between(const struct graph *graph, const struct arrays *arrays, int64_t n,
				   struct arena *arena, struct diag *diag)
{
	const float **between = NEW_ARRAY(arena, graph->tensors.n, const float *);
	bool some = false;
	for (int i = 0; i < arrays->list.n; i++) {
		const struct array *array = &arrays->list.at[i];
		const struct tensor *tensor = tensor_named(graph, array->member);
		if (!tensor || !array_fits(array, &tensor->shape) || array->shape.at[0] != n) continue;
		if (!array_is_of(array, tensor, "--expect", diag)) continue;
		between[tensor->id] = array->f32;
		some = true;
	}
	return some ? between : NULL;
}

/* What differs of the tensor that stands first in the order of the layers. */
struct finding {
	const struct node *node;
	const struct tensor *tensor;
	int64_t sample, element, wrong;
	float got, expected;
};

static bool equal(const struct trial *trial, const struct tensor *tensor, float got, float expected)
{
	if (tensor_is_integer(tensor)) return got == expected;
	return within_tolerance(got, expected, trial->options->atol, trial->options->rtol);
}

static void look_at(const struct trial *trial, struct finding *finding, const struct node *node,
		    const struct tensor *tensor, const float *got, const float *expected, int64_t sample)
{
	const int64_t n = tensor_elements(tensor);
	if (finding->node == node && finding->tensor != tensor) return;
	for (int64_t i = 0; i < n; i++) {
		if (equal(trial, tensor, got[i], expected[i])) continue;
		if (finding->node != node)
			*finding = (struct finding){ node, tensor, sample, i, 0, got[i], expected[i] };
		finding->wrong++;
	}
}

static void look_through(const struct trial *trial, const struct golden *golden, int64_t sample,
			 struct finding *finding)
{
	const struct graph *graph = trial->program->graph;
	struct arena *arena = arena_new();
	const float **in = NEW_ARRAY(arena, graph->inputs.n, const float *);
	for (int k = 0; k < graph->inputs.n; k++) in[k] = golden->in[k] + sample * tensor_elements(graph->inputs.at[k]);
	const struct values values = eval_graph(graph, trial_number(trial), in, arena);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (finding->node && finding->node->id < node->id) break;
		for (int k = 0; k < node->n_out; k++) {
			const struct tensor *tensor = node->out[k];
			if (golden->between[tensor->id])
				look_at(trial, finding, node, tensor, values.at[tensor->id],
					golden->between[tensor->id] + sample * tensor_elements(tensor), sample);
		}
	}
	arena_free(arena);
}

static int known(const struct trial *trial, const struct golden *golden)
{
	int n = 0;
	for (int i = 0; i < trial->program->graph->tensors.n; i++) n += golden->between[i] != NULL;
	return n;
}

bool check_between(struct trial *trial, const struct golden *golden, bool wrong)
{
	const struct graph *graph = trial->program->graph;
	struct arena *arena = trial->arena;
	struct finding finding = { 0 };
	if (!golden->between) {
		if (wrong)
			trial_says(
			    "to see which layer differs first, give --expect an .npz that holds the tensors between, "
			    "too, each under its name in the model");
		return true;
	}
	int64_t n = samples_within(graph, work_budget, 1);
	if (n > golden->n) n = golden->n;
	for (int64_t i = 0; i < n && !scratch_interrupted(); i++) look_through(trial, golden, i, &finding);
	if (scratch_interrupted()) return false;
	const char *what = "interpreter = %s, layer by layer: %d tensors, %lld samples";
	const char *label = path_base(trial->options->outputs[0]);
	if (!finding.node) {
		trial_passed(trial, what, label, known(trial, golden), (long long)n);
		return true;
	}
	trial_failed(trial, what, label, known(trial, golden), (long long)n);
	trial_says(
	    "the first layer that diverges is %s: sample %lld, %s: interpreter %s, expected %s (%lld of its values)",
	    layer_shown(arena, finding.node), (long long)finding.sample,
	    tensor_element_shown(arena, graph, finding.tensor, finding.element),
	    value_shown(arena, finding.tensor, finding.got), value_shown(arena, finding.tensor, finding.expected),
	    (long long)finding.wrong);
	return true;
}
