/* kernels.c: the table of kernels and the choice among them. */
#include "kernels/kernel.h"

static const struct kernel *const kernels[] = {
#define KERNEL(name) &kernel_##name,
#include "kernels/kernels.def"
#undef KERNEL
};

const char *const kernel_functions[] = {
	"sums",      "tile",       "step",     "rest",        "rest_step", "sum16",  "part16",
	"later",     "spread",     "phase",    "edge",        "taps",      "taps1",  "rest_edge",
	"rest_taps", "rest_taps1", "fold",     "lanes",       "gather",    "pack",   "tail",
	"rest_tail", "store1",     "store2",   "store3",      "store4",    "most",   "sums1",
	"squares",   "squares1",   "tiles",    "begin",       "end",       "strip",  "group",
	"dot4",      "dot8",       "dot16",    "put4",        "put8",      "put16",  "rest_put",
	"scaled4",   "scaled8",    "scaled16", "rest_scaled", "own",       "scaled", NULL,
};

const struct kernel *kernel_row(int index)
{
	return index >= 0 && index < (int)(sizeof kernels / sizeof kernels[0]) ? kernels[index] : NULL;
}

void *kernel_plan(const struct kernel *kernel, const struct node *node, const struct target *target,
		  struct arena *arena)
{
	return (kernel->plan ? kernel : kernel->like)->plan(node, target, arena);
}

struct value *kernel_view(const struct kernel *kernel, const struct node *node, const void *plan, struct arena *arena)
{
	return (kernel->view ? kernel : kernel->like)->view(node, plan, arena);
}

int kernel_tables(const struct kernel *kernel, void *plan, struct table **tables, int most)
{
	if (!kernel->tables && kernel->like) kernel = kernel->like;
	return kernel->tables ? kernel->tables(plan, tables, most) : 0;
}

int list_tables(struct table **tables, int most, struct table *const *all)
{
	int n = 0;

	for (; *all; all++) {
		if ((*all)->n == 0) continue;
		CHECK(n < most);
		tables[n++] = *all;
	}
	return n;
}

int64_t kernel_scratch(const struct kernel *kernel, const void *plan)
{
	if (!kernel->scratch && kernel->like) kernel = kernel->like;
	return kernel->scratch ? kernel->scratch(plan) : 0;
}

int64_t useful_lanes(const struct target *target, int64_t independent)
{
	int64_t lanes = target->lanes < LANES_MOST ? target->lanes : LANES_MOST;

	while (lanes > 1 && independent < lanes) lanes /= 2;
	return lanes < 1 ? 1 : lanes;
}

struct tiling tiling_of(int64_t steps, int64_t piece, int64_t tile)
{
	const int64_t each = piece > 0 && piece < steps ? piece : steps, pieces = each > 0 ? steps / each : 0;
	const int64_t last = each > 0 ? steps % each : 0;

	return (struct tiling){ pieces * (each / tile) + last / tile, pieces * (each % tile) + last % tile };
}

struct cost simple_cost(int64_t elements, int64_t touches, int64_t constants)
{
	return (struct cost){
		.operations = elements * touches,
		.flash = constants * 4 + FUNCTION_CODE,
		.text = constants * LITERAL_TEXT + FUNCTION_TEXT,
		.statements = 10,
	};
}

/* One price for unlike goods: an operation of one run counts 1; a byte of flash 8, since it is there in every device; a
 * byte of text 1, for whoever reads it; and statements beyond a block of 250 grow dear with their square, as the time of
 * the C compiler does.  A host with vectors runs a layer millions of times and has the memory, so there
 * bytes only decide between kernels that take the same time, a kilobyte for an operation. */
static double price(const struct cost *cost, const struct target *target)
{
	double crowd = cost->statements > 250 ? (double)(cost->statements - 250) : 0;
	double bytes = 8 * (double)cost->flash + (double)cost->text;

	if (target->width[0] > 0 && !target->board) bytes /= 8 * 1024;
	return (double)cost->operations + bytes + crowd * crowd;
}

const struct kernel *kernel_choose(const struct node *node, const struct target *target, struct cost *cost)
{
	const struct kernel *best = NULL, *kernel;

	for (int i = 0; (kernel = kernel_row(i)); i++) {
		struct cost candidate;

		if (!kernel_serves(kernel, node, target)) continue;
		candidate = kernel_cost(kernel, node, target);
		if (best && price(&candidate, target) >= price(cost, target)) continue;
		best = kernel;
		*cost = candidate;
	}
	return best;
}
