/* integer_lookup_vectors.c: integer_lookup in vectors of bytes, on targets whose instructions look bytes up in registers.
 *
 * The table is cut to what varies: below its first entry and above its last the function is constant, and inputs are first
 * brought between these.  What is left stands in blocks of 16 entries. */
#include "kernels/integer_view.h"

#include <string.h>

enum { BLOCK = 16, HALF_BLOCKS = 8, LANE_BYTES = 4, PER_BLOCK = 3, PER_VECTOR = 6 };

struct lookup {
	int64_t first, last; /* entries of the 256 that are kept */
	int64_t blocks;
	struct table results;
};

/* Blocks that one instruction looks up.  Of one block: by the low four bits of a number below 128; what it gives for others is 0. */
static const struct row {
	const char *target;
	int64_t blocks;
} rows[] = { { "avx2", 1 }, { "avx512", 1 }, { "avx512vnni", 1 }, { "neon", 4 }, { "neon-dot", 4 } };

/* NULL: none does. */
static const struct row *row_for(const struct target *target)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].target, target->name) == 0) return &rows[i];
	return NULL;
}

/* Elements that make it worth while are a vector's. */
static bool ok(const struct node *node, const struct target *target)
{
	return row_for(target) && kernel_integer_lookup.ok(node, target) && type_bytes(node->out[0]->type) == 1 &&
	       shape_elements(&node->out[0]->shape) >= BLOCK;
}

static void cut(struct lookup *lookup, const int16_t *all)
{
	*lookup = (struct lookup){ .first = 0, .last = 255 };
	while (lookup->first < 255 && all[lookup->first + 1] == all[lookup->first]) lookup->first++;
	while (lookup->last > lookup->first && all[lookup->last - 1] == all[lookup->last]) lookup->last--;
	lookup->blocks = (lookup->last - lookup->first) / BLOCK + 1;
}

static struct cost cost(const struct node *node, const struct target *target)
{
	const int64_t bytes = LANE_BYTES * target->width[0];
	struct arena *arena = arena_new();
	struct cost cost = kernel_integer_lookup.cost(node, target);
	struct lookup lookup;

	cut(&lookup, node_integer_table(node, arena));
	cost.operations =
	    ceiling(shape_elements(&node->out[0]->shape), bytes) * (lookup.blocks * PER_BLOCK + PER_VECTOR);
	arena_free(arena);
	return cost;
}

/* Entries from the first that is kept on, in whole instructions' blocks; the last one is repeated. */
static int16_t *kept(const struct lookup *lookup, const int16_t *all, int64_t n, struct arena *arena)
{
	int16_t *entries = NEW_ARRAY(arena, n, int16_t);

	for (int64_t i = 0; i < n; i++) entries[i] = all[least(lookup->first + i, lookup->last)];
	return entries;
}

/* Looked up by numbers that get less by 16 from block to block, the entries of all blocks up to that of the first number come
 * together: each block of a half but its first is stored as its difference (exclusive or) to the block before. */
static void make_differences(int16_t *entries, int64_t n)
{
	for (int64_t i = n - 1; i >= BLOCK; i--)
		if (i / BLOCK % HALF_BLOCKS != 0) entries[i] ^= entries[i - BLOCK];
}

static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct row *row = row_for(target);
	const int16_t *all = node_integer_table(node, arena);
	const long long start = type_least(node->in[0]->type);
	struct lookup *lookup = NEW(arena, struct lookup);
	int16_t *entries;
	int64_t n;

	cut(lookup, all);
	n = ceiling(lookup->blocks, row->blocks) * row->blocks * BLOCK;
	entries = kept(lookup, all, n, arena);
	if (row->blocks == 1) make_differences(entries, n);
	lookup->results = integer_table(entries, n, TYPE_U8, arena);
	lookup->results.name = "results";
	lookup->results.align = 64;
	lookup->results.doc = arena_printf(
	    arena, "%s: the output of inputs from %lld to %lld%s", node->name, lookup->first + start,
	    lookup->last + start,
	    row->blocks == 1 && lookup->blocks > 1
		? ", in blocks of 16: of each the difference (^) to the one before; not of the first and the ninth"
		: "");
	return lookup;
}

static int tables(void *plan, struct table **tables, int most)
{
	struct lookup *lookup = plan;

	return LIST_TABLES(tables, most, &lookup->results);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	const struct lookup *lookup = plan;
	struct value *view = value_map(arena);

	view_elements(arena, view, node);
	view_table(arena, view, "results", &lookup->results);
	value_set_int(arena, view, "first", lookup->first);
	value_set_int(arena, view, "last", lookup->last);
	value_set_int(arena, view, "blocks", lookup->blocks);
	value_set_bool(arena, view, "signed", node->out[0]->type == TYPE_I8);
	return view;
}

const struct kernel kernel_integer_lookup_vectors = {
	.name = "integer_lookup_vectors",
	.template = "integer_lookup_vectors",
	.doc = "a function of a vector of bytes by tables in registers",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
