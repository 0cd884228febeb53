/* losses.c: what regularizers add to the loss of training: Keras's model.losses, in float64. */
#include "report/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loss {
	const struct training *training;
	const char *layer, *what; /* "kernel", "outputs", "outputs of call 2" */
	const struct training_object *regularizer;
	double value;
	int index;                   /* in the order of the model */
	const struct tensor *tensor; /* of the unmodified graph; NULL: a weight */
	double *kept;                /* outputs of all samples, where their losses do not add up */
};

struct losses {
	struct arena *arena;
	LIST(struct loss) list;
	int64_t samples, samples_seen;
};

/* ---- weights -------------------------------------------------------------------------------------------------------- */

/* Keras 3 leaves out those of layers that are not trained; before, they count. */
static bool is_trained(const struct program *program, const struct node *node)
{
	return node->trainable || program->loaded->keras == 1 || program->loaded->keras == 2;
}

static double weight_loss(const struct training_object *regularizer, const struct weight *weight)
{
	struct arena *arena = arena_new();
	int64_t n = shape_elements(&weight->shape);
	double *at = NEW_ARRAY(arena, n + 1, double), loss;

	for (int64_t i = 0; i < n; i++) at[i] = (double)weight->f32[i];
	loss = regularizer->kind->loss(regularizer, &weight->shape, at);
	arena_free(arena);
	return loss;
}

/* In get_weights() order. */
static void add_weights(struct losses *losses, const struct node *node)
{
	for (int i = 0; i < node->n_weight; i++) {
		struct weight_training training = training_of(node, node->weight[i]->name);
		const struct training_object *regularizer = training.object[ROLE_REGULARIZER];
		struct loss loss = { node->training, node->name, training.label, regularizer, 0, losses->list.n,
				     NULL,           NULL };

		if (!regularizer || !regularizer->kind) continue;
		loss.value = weight_loss(regularizer, node->weight[i]);
		list_push(losses->arena, &losses->list, loss);
	}
}

static int compare_owners(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;
	uintptr_t p = (uintptr_t)x->training->layer, q = (uintptr_t)y->training->layer;
	int order = p < q ? -1 : p > q ? 1 : strcmp(x->what, y->what);

	return order ? order : x->index - y->index;
}

static int compare_indices(const void *a, const void *b)
{
	return ((const struct loss *)a)->index - ((const struct loss *)b)->index;
}

/* A layer that is called twice has its weights once. */
static void drop_repeated(struct losses *losses)
{
	struct loss *at = losses->list.at;
	int n = 0;

	if (!losses->list.n) return;
	qsort(at, (size_t)losses->list.n, sizeof *at, compare_owners);
	for (int i = 0; i < losses->list.n; i++) {
		bool repeated =
		    n > 0 && at[n - 1].training->layer == at[i].training->layer && !strcmp(at[n - 1].what, at[i].what);
		if (!repeated) at[n++] = at[i];
	}
	losses->list.n = n;
	qsort(at, (size_t)n, sizeof *at, compare_indices);
}

struct losses *losses_of_weights(const struct program *program, struct arena *arena)
{
	struct losses *losses = NEW(arena, struct losses);
	const struct graph *graph = program->meaning;

	losses->arena = arena;
	for (int i = 0; i < graph->nodes.n; i++)
		if (is_trained(program, graph->nodes.at[i])) add_weights(losses, graph->nodes.at[i]);
	drop_repeated(losses);
	return losses;
}

/* ---- outputs -------------------------------------------------------------------------------------------------------- */

/* A TimeDistributed is two nodes: its outputs are those of the second. */
static bool begins_times(const struct node *node)
{
	return node_moves_times(node) && node->out[0]->times.rank > node->in[0]->times.rank;
}

/* Keras 3 loses what layers within a TimeDistributed say of their outputs. */
static bool tells_of_outputs(const struct program *program, const struct node *node)
{
	const struct training_object *activity = node->training ? node->training->activity : NULL;
	bool within = node->out[0]->times.rank > 0, kept = program->loaded->keras == 1 || program->loaded->keras == 2;

	return activity && activity->kind && !begins_times(node) && (!within || kept);
}

/* Which call of its layer the node is, counted from 1. */
static int call_of(const struct program *program, const struct node *node)
{
	int call = 1;

	for (int i = 0; i < node->id; i++) {
		const struct node *before = program->meaning->nodes.at[i];
		call += tells_of_outputs(program, before) && before->training->layer == node->training->layer;
	}
	return call;
}

void losses_begin_outputs(struct losses *losses, const struct program *program, int64_t samples)
{
	const struct graph *graph = program->meaning;

	losses->samples = samples;
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		struct loss loss = { .training = node->training, .layer = node->name, .what = "outputs" };
		int call;

		if (!tells_of_outputs(program, node)) continue;
		call = call_of(program, node);
		if (call > 1) loss.what = arena_printf(losses->arena, "outputs of call %d", call);
		loss.regularizer = node->training->activity;
		loss.tensor = training_output(graph, node);
		list_push(losses->arena, &losses->list, loss);
	}
}

/* The loss of a batch that is no sum over its samples; a sample's shape gets the batch axis back. */
static void keep_sample(struct losses *losses, struct loss *loss, const double *at)
{
	int64_t elements = shape_elements(&loss->tensor->shape), n;

	if (!loss->kept && size_mul(elements, losses->samples, &n) && n <= MAX_ELEMENTS)
		loss->kept = NEW_ARRAY(losses->arena, n + 1, double);
	if (loss->kept) memcpy(loss->kept + losses->samples_seen * elements, at, (size_t)elements * sizeof *at);
}

/* A layer within a TimeDistributed has as many outputs as steps. */
static void add_times(struct loss *loss, const double *at)
{
	const struct shape *shape = &loss->tensor->shape;
	int64_t n = tensor_times(loss->tensor);

	for (int64_t i = 0; i < n; i++)
		loss->value += loss->regularizer->kind->loss(loss->regularizer, shape, at + i * shape_elements(shape));
}

void losses_add_sample(struct losses *losses, const struct values *meaning)
{
	for (int i = 0; i < losses->list.n; i++) {
		struct loss *loss = &losses->list.at[i];
		const struct object_kind *kind = loss->regularizer->kind;

		if (!loss->tensor) continue;
		if (kind->additive)
			add_times(loss, meaning->at[loss->tensor->id]);
		else
			keep_sample(losses, loss, meaning->at[loss->tensor->id]);
	}
	losses->samples_seen++;
}

static double kept_loss(const struct losses *losses, const struct loss *loss)
{
	const struct shape *sample = &loss->tensor->shape;
	struct shape batch = { .rank = sample->rank + 1, .at = { losses->samples } };

	if (!loss->kept || sample->rank == MAX_RANK || tensor_times(loss->tensor) > 1) return (double)NAN;
	memcpy(batch.at + 1, sample->at, sizeof *sample->at * (size_t)sample->rank);
	return loss->regularizer->kind->loss(loss->regularizer, &batch, loss->kept);
}

void losses_end_outputs(struct losses *losses)
{
	for (int i = 0; i < losses->list.n; i++) {
		struct loss *loss = &losses->list.at[i];

		if (!loss->tensor) continue;
		if (!loss->regularizer->kind->additive) loss->value = kept_loss(losses, loss);
		if (!loss->training->summed && losses->samples)
			loss->value /= (double)losses->samples * (double)tensor_times(loss->tensor);
	}
}

/* ---- what is said ---------------------------------------------------------------------------------------------------- */

static double total_of(const struct losses *losses)
{
	double total = 0;

	for (int i = 0; i < losses->list.n; i++) total += losses->list.at[i].value;
	return total;
}

static void add_number(struct text *out, double value)
{
	if (isnan(value))
		text_add(out, "undefined");
	else if (fabs(value) < 1e15 && value == floor(value))
		text_printf(out, "%.0f", value); /* not 2.4e+02 */
	else
		text_add_f64(out, value);
}

void losses_print(const struct losses *losses, const char *indent, struct text *out)
{
	for (int i = 0; i < losses->list.n; i++) {
		const struct loss *loss = &losses->list.at[i];

		text_printf(out, "%sLoss: %s, %s, %s: ", indent, visible_name(losses->arena, loss->layer), loss->what,
			    object_text(losses->arena, loss->regularizer));
		add_number(out, loss->value);
		text_add(out, "\n");
	}
	if (!losses->list.n) return;
	text_printf(out, "%sLoss in total: ", indent);
	add_number(out, total_of(losses));
	text_add(out, "\n");
}

static struct value *number_value(struct arena *arena, double value)
{
	return isfinite(value) ? value_real(arena, value) : NEW(arena, struct value);
}

struct value *losses_value(const struct losses *losses, struct arena *arena)
{
	struct value *map = value_map(arena), *list = value_list(arena);

	for (int i = 0; i < losses->list.n; i++) {
		const struct loss *loss = &losses->list.at[i];
		struct value *one = value_map(arena);

		value_set_text(arena, one, "layer", loss->layer);
		value_set_text(arena, one, "of", loss->what);
		value_set(one, "regularizer", object_config(arena, loss->regularizer));
		value_set(one, "value", number_value(arena, loss->value));
		value_push(list, one);
	}
	value_set(map, "weights", list);
	value_set(map, "total", number_value(arena, total_of(losses)));
	return map;
}
