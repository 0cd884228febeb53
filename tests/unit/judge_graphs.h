/* judge_graphs.h: graphs made by hand, with random weights, for the tests of judge and report. */
#ifndef CONV1DC_TESTS_JUDGE_GRAPHS_H
#define CONV1DC_TESTS_JUDGE_GRAPHS_H

#include "judge/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct handmade {
	struct arena *arena;
	struct diag *diag;
	struct graph *graph;
	uint64_t state; /* of the random weights */
};

static inline uint64_t handmade_bits(struct handmade *h)
{
	h->state = h->state * 6364136223846793005u + 1442695040888963407u;
	return h->state >> 33;
}

/* In [-1, 1). */
static inline float handmade_random(struct handmade *h)
{
	return (float)((double)handmade_bits(h) * 0x1p-30 - 1);
}

static inline struct handmade handmade_new(void)
{
	struct handmade h = { .arena = arena_new(), .state = 42 };
	h.diag = diag_new(h.arena);
	h.graph = graph_new(h.arena, "handmade");
	return h;
}

static inline struct tensor *handmade_input(struct handmade *h, struct shape shape)
{
	struct tensor *input = graph_tensor(h->graph, "input");
	input->shape = shape;
	list_push(h->arena, &h->graph->inputs, input);
	return input;
}

/* A layer with this config (NULL: zeros) on these inputs, its shape inferred; weights in [-1, 1), variances in [0, 2). */
static inline struct tensor *handmade_layer(struct handmade *h, const char *class_name, const void *config,
					    const char *activation, struct tensor *const *in, int n_in)
{
	const struct layer *layer = layer_find(class_name);
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	assert_non_null(layer);
	struct node *node = graph_node(h->graph, layer, arena_printf(h->arena, "%s_%d", class_name, h->graph->nodes.n));
	node->class_name = class_name;
	node->config =
	    config ? arena_copy(h->arena, config, layer->config_bytes) : arena_alloc(h->arena, layer->config_bytes + 1);
	if (activation) assert_true(activation_named(activation, &node->activation));
	graph_connect(h->graph, node, in, n_in, 1);
	node->n_weight = layer->weights ? layer->weights(node, spec) : 0;
	node->weight = NEW_ARRAY(h->arena, node->n_weight, const struct weight *);
	for (int i = 0; i < node->n_weight; i++) {
		const int64_t n = shape_elements(&spec[i].shape);
		float *at = NEW_ARRAY(h->arena, n, float);
		for (int64_t k = 0; k < n; k++) at[k] = handmade_random(h);
		for (int64_t k = 0; k < n && spec[i].name[0] == 'm' && spec[i].name[7] == 'v'; k++) at[k] += 1;
		struct weight *weight = NEW(h->arena, struct weight);
		*weight = (struct weight){ .name = spec[i].name, .shape = spec[i].shape, .f32 = at };
		node->weight[i] = weight;
	}
	assert_true(layer->infer(node, h->diag));
	return node->out[0];
}

static inline struct tensor *handmade_one(struct handmade *h, const char *class_name, const void *config,
					  const char *activation, struct tensor *in)
{
	return handmade_layer(h, class_name, config, activation, &in, 1);
}

static inline void handmade_output(struct handmade *h, struct tensor *tensor)
{
	list_push(h->arena, &h->graph->outputs, tensor);
}

static inline void handmade_free(struct handmade *h)
{
	assert_false(diag_failed(h->diag));
	arena_free(h->arena);
}

#endif
