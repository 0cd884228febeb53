/* layer_nodes.h: nodes and graphs in a few lines, for the tests of layers, eval and passes. */
#ifndef CONV1DC_TESTS_LAYER_NODES_H
#define CONV1DC_TESTS_LAYER_NODES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "passes/passes.h"

#define UNUSED __attribute__((unused))

/* Numbers that are the same on every machine. */
static uint32_t dice_state = 1;
static UNUSED uint32_t dice(uint32_t n)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (dice_state >> 8) % n;
}

/* In (-2, 2), 24 bits. */
static UNUSED float dice_float(void)
{
	return ((float)dice(1u << 24) - 0x1p23f) * 0x1p-22f;
}

static UNUSED float *dice_floats(struct arena *arena, int64_t n)
{
	float *at = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) at[i] = dice_float();
	return at;
}

static UNUSED struct tensor *input(struct graph *graph, struct shape shape)
{
	struct tensor *tensor = graph_tensor(graph, "x");

	tensor->shape = shape;
	list_push(graph->arena, &graph->inputs, tensor);
	return tensor;
}

static UNUSED struct node *node_of(struct graph *graph, const char *class_name, const void *config,
				   struct tensor *const *in, int n_in)
{
	struct node *node =
	    graph_node(graph, layer_find(class_name), arena_printf(graph->arena, "%s%d", class_name, graph->nodes.n));

	assert_non_null(node->layer);
	node->class_name = class_name;
	node->config = config ? arena_copy(graph->arena, config, node->layer->config_bytes) : NULL;
	graph_connect(graph, node, in, n_in, node->layer->mask == MASK_MAKES ? 2 : 1);
	return node;
}

/* A node behind the tensor, its shape inferred, its weights drawn. */
static UNUSED struct tensor *then(struct graph *graph, struct tensor *in, const char *class_name, const void *config)
{
	struct node *node = node_of(graph, class_name, config, &in, 1);
	struct weight_spec spec[MAX_LAYER_WEIGHTS];

	node->n_weight = node->layer->weights ? node->layer->weights(node, spec) : 0;
	node->weight = NEW_ARRAY(graph->arena, node->n_weight, const struct weight *);
	for (int i = 0; i < node->n_weight; i++) {
		struct weight *weight = NEW(graph->arena, struct weight);
		int64_t n = shape_elements(&spec[i].shape);
		float *at = dice_floats(graph->arena, n);
		for (int64_t k = 0; strstr(spec[i].name, "variance") && k < n; k++) at[k] = fabsf(at[k]) + 0.125f;
		*weight = (struct weight){ .name = spec[i].name, .shape = spec[i].shape, .f32 = at };
		node->weight[i] = weight;
	}
	assert_true(layer_infer(node, diag_new(graph->arena)));
	return node->out[0];
}

static UNUSED void set_weight(struct node *node, int index, const float *at)
{
	struct weight *weight = (struct weight *)(uintptr_t)node->weight[index];

	weight->f32 = at;
}

static UNUSED void activate_by(struct node *node, const char *name)
{
	assert_true(activation_named(name, &node->activation));
}

static UNUSED void is_output(struct graph *graph, struct tensor *tensor)
{
	list_push(graph->arena, &graph->outputs, tensor);
}

/* Value of a tensor of a graph with one input. */
static UNUSED const void *run(const struct graph *graph, enum number number, const float *in,
			      const struct tensor *tensor)
{
	return eval_graph(graph, number, &in, graph->arena).at[tensor->id];
}

static UNUSED int64_t elements(const struct tensor *tensor)
{
	return shape_elements(&tensor->shape);
}

/* Equal bits, all NaNs being one value. */
static UNUSED bool same_floats(const float *a, const float *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]))) return false;
	return true;
}

#define assert_close(value, expected, tolerance)                                                                       \
	do {                                                                                                           \
		double value_ = (double)(value), expected_ = (double)(expected);                                       \
		if (!(fabs(value_ - expected_) <= (tolerance) * (1 + fabs(expected_)) ||                               \
		      (isnan(value_) && isnan(expected_))))                                                            \
			fail_msg("%.17g, expected %.17g", value_, expected_);                                          \
	} while (0)

#endif
