/* init.c: weights that no file gave, drawn as the config says (--init). */
#include "passes/passes.h"

#include <string.h>

#define DRAWN_MOST ((int64_t)1 << 28) /* elements of one weight: a gigabyte */

/* Weights of layers whose configs have no key for how they start: all but these start as zeros. */
static const struct {
	const char *weight, *initializer;
} starts[] = {
	{ "variance", "Ones" },
};

static const struct training_object *start_of(struct arena *arena, const char *weight)
{
	const char *name = "Zeros";

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (!strcmp(starts[i].weight, weight)) name = starts[i].initializer;
	return object_new(arena, object_find(ROLE_INITIALIZER, name));
}

/* A config's null is Keras's None, which is GlorotUniform; no key at all is another matter. */
static bool is_said(const struct node *node, const char *weight)
{
	for (int i = 0; node->training && i < node->training->n; i++)
		if (!strcmp(node->training->weight[i].weight, weight)) return true;
	return false;
}

static struct place fault_place(const struct node *node, const struct training_object *object)
{
	struct place place = object && object->json ? object->place : node->place;

	place.layer = node->name;
	return place;
}

static bool refuse(const struct node *node, const struct weight_spec *spec, const struct training_object *object,
		   struct diag *diag, const char *fault)
{
	diag_error(diag, fault_place(node, object), "%s cannot be drawn by %s: %s", spec->name,
		   object ? object->name : "GlorotUniform", fault);
	return false;
}

static bool draw(struct graph *graph, struct node *node, int index, const struct weight_spec *spec, struct diag *diag)
{
	struct weight_training training = training_of(node, spec->name);
	const struct training_object *object = training.object[ROLE_INITIALIZER];
	struct weight *weight = NEW(graph->arena, struct weight);
	int64_t n = shape_elements(&spec->shape);
	const char *fault;
	float *values;

	if (!is_said(node, spec->name)) object = start_of(graph->arena, spec->name);
	if (n < 0 || n > DRAWN_MOST)
		return refuse(node, spec, object, diag,
			      arena_printf(graph->arena, "%s is more than %lld values",
					   shape_text(graph->arena, &spec->shape), (long long)DRAWN_MOST));
	values = NEW_ARRAY(graph->arena, n + 1, float);
	fault = initializer_draw(object, graph->init_seed, node->name, spec->name, &spec->shape, values);
	if (fault) return refuse(node, spec, object, diag, fault);
	*weight = (struct weight){ .name = spec->name,
				   .type = TYPE_F32,
				   .shape = spec->shape,
				   .f32 = values,
				   .place = node->place,
				   .integral = weight_is_integral(spec->name) };
	node->weight[index] = weight;
	return true;
}

bool init_weights(struct graph *graph, struct node *node, struct diag *diag)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	int n = node->layer->weights ? node->layer->weights(node, spec) : 0;
	bool right = true;

	if (n != node->n_weight) return true; /* infer() says what is wrong */
	for (int i = 0; i < n; i++)
		if (!node->weight[i]) right &= draw(graph, node, i, &spec[i], diag);
	return right;
}
