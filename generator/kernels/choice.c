/* choice.c: what a node can be computed by: kernels and their tiles. */
#include "kernels/kernels.h"

#include <string.h>

const struct kernel *kernel_find(const char *name)
{
	const struct kernel *kernel;

	for (int i = 0; (kernel = kernel_row(i)); i++)
		if (strcmp(kernel->name, name) == 0) return kernel;
	return NULL;
}

bool kernel_serves(const struct kernel *kernel, const struct node *node, const struct target *target)
{
	if (kernel->sums != node->sums || kernel->sources != (node->n_in == 0)) return false;
	if (kernel->types != KERNEL_ANY && (kernel->types == KERNEL_INTEGERS) != node_is_integer(node)) return false;
	return kernel->ok(node, target) && (kernel->open || node->sums || !node_is_open(node));
}

struct cost kernel_cost(const struct kernel *kernel, const struct node *node, const struct target *target)
{
	struct cost cost = kernel->cost(node, target);

	cost.operations *= node_times(node);
	return cost;
}

/* The kernel's choices, its own tile first. */
static int choices_of_kernel(const struct kernel *kernel, const struct node *node, const struct target *target,
			     struct choice *choice, int most)
{
	struct tile tile[TILES_MOST];
	int n = kernel->tiles ? kernel->tiles(node, target, tile, TILES_MOST) : 0;

	if (most < 1) return 0;
	choice[0] = (struct choice){ .kernel = kernel };
	for (int i = 0; i < n && i < most; i++) choice[i] = (struct choice){ kernel, tile[i] };
	return n < 1 ? 1 : n < most ? n : most;
}

bool choice_has_tile(const struct choice *choice, const struct node *node, const struct target *target)
{
	struct tile tile[TILES_MOST];
	int n = choice->kernel->tiles ? choice->kernel->tiles(node, target, tile, TILES_MOST) : 0;

	for (int i = 0; i < n; i++)
		if (tile[i].steps == choice->tile.steps && tile[i].vectors == choice->tile.vectors) return true;
	return false;
}

void *choice_plan(const struct choice *choice, const struct node *node, const struct target *target,
		  struct arena *arena)
{
	if (choice->tile.steps > 0) return choice->kernel->plan_tile(node, target, &choice->tile, arena);
	return kernel_plan(choice->kernel, node, target, arena);
}

int64_t choice_operations(const struct choice *choice, const struct node *node, const struct target *target)
{
	if (choice->tile.steps > 0 && choice->kernel->tile_operations)
		return choice->kernel->tile_operations(node, target, &choice->tile) * node_times(node);
	return kernel_cost(choice->kernel, node, target).operations;
}

bool choices_equal(const struct choice *a, const struct choice *b)
{
	return a->kernel == b->kernel && a->tile.steps == b->tile.steps && a->tile.vectors == b->tile.vectors;
}

struct choice choice_of_planner(const struct node *node, const struct target *target)
{
	struct cost cost;
	struct choice choice = { .kernel = kernel_choose(node, target, &cost) };

	if (choice.kernel) choices_of_kernel(choice.kernel, node, target, &choice, 1);
	return choice;
}

int choices_of(const struct node *node, const struct target *target, struct choice *choice, int most)
{
	const struct choice own = choice_of_planner(node, target);
	const struct kernel *kernel;
	int n;

	if (!own.kernel) return 0;
	n = choices_of_kernel(own.kernel, node, target, choice, most);
	for (int i = 0; (kernel = kernel_row(i)); i++)
		if (kernel != own.kernel && kernel_serves(kernel, node, target))
			n += choices_of_kernel(kernel, node, target, choice + n, most - n);
	return n;
}

const char *choice_text(struct arena *arena, const struct choice *choice)
{
	if (choice->tile.steps < 1) return choice->kernel->name;
	return arena_printf(arena, "%s %dx%d", choice->kernel->name, choice->tile.steps, choice->tile.vectors);
}
