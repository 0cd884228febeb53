/* elementwise_registers.c: Add, Subtract, Multiply and relu of tensors that lie alike, on targets whose float unit loads runs of
 * registers: eight elements a round. */
#include "kernels/kernel.h"

#include <string.h>

enum { ROUND = 8 };

/* One loop passes all tensors element by element. */
static bool is_flat(const struct node *node, struct arena *arena)
{
	const struct shape **in = NEW_ARRAY(arena, node->n_in, const struct shape *);
	const struct loops *loops;

	for (int i = 0; i < node->n_in; i++) in[i] = &node->in[i]->shape;
	loops = loops_over(node->out[0], in, node->n_in, arena);
	if (loops->n != 1 || loops->y[0] != 1) return false;
	for (int i = 0; i < node->n_in; i++)
		if (loops->x[0][i] != 1) return false;
	return true;
}

static bool does(const struct node *node)
{
	bool linear = activation_is_linear(&node->activation);

	if (layer_is(node, "Activation")) return !linear && strcmp(node->activation.kind->symbol, "relu") == 0;
	return linear && node->n_in > 1 &&
	       (layer_is(node, "Add") || layer_is(node, "Subtract") || layer_is(node, "Multiply"));
}

static bool ok(const struct node *node, const struct target *target)
{
	struct arena *arena;
	bool flat;

	if (target_register_window(target) == 0 || !does(node)) return false;
	if (shape_elements(&node->out[0]->shape) < 2 * ROUND) return false;
	arena = arena_new();
	flat = is_flat(node, arena);
	arena_free(arena);
	return flat;
}

/* What the loop of single elements does takes less of itself here: loads and stores. */
static struct cost cost(const struct node *node, const struct target *target)
{
	struct cost cost = kernel_elementwise.cost(node, target);

	cost.operations -= shape_elements(&node->out[0]->shape) * (node->n_in + 1) * (ROUND - 1) / ROUND;
	return cost;
}

const struct kernel kernel_elementwise_registers = {
	.name = "elementwise_registers",
	.template = "elementwise_registers",
	.doc = "runs of eight elements in scalar float registers",
	.ok = ok,
	.cost = cost,
	.like = &kernel_elementwise,
	.open = true,
};
