/* integer_lookup.c: a function of each element of 8 bits: a table of what the interpreter makes of all 256. */
#include "kernels/integer_view.h"

static bool ok(const struct node *node, const struct target *target)
{
	(void)target;
	return node_integer_function(node) && tensor_is_integer(node->in[0]) && type_bytes(node->in[0]->type) == 1 &&
	       tensor_is_integer(node->out[0]);
}

static struct cost cost(const struct node *node, const struct target *target)
{
	(void)target;
	return simple_cost(shape_elements(&node->out[0]->shape), 4, 256 * type_bytes(node->out[0]->type) / 4);
}

/* In the order of the inputs' bytes read without sign. */
static void *plan(const struct node *node, const struct target *target, struct arena *arena)
{
	const int16_t *all = node_integer_table(node, arena);
	const int64_t least = type_least(node->in[0]->type);
	int16_t *table = NEW_ARRAY(arena, 256, int16_t);
	struct table *made = NEW(arena, struct table);

	(void)target;
	for (int64_t x = least; x < least + 256; x++) table[(uint8_t)x] = all[x - least];
	*made = integer_table(table, 256, node->out[0]->type, arena);
	made->name = "results";
	made->doc = arena_printf(arena, "%s: the output of every input", node->name);
	return made;
}

static int tables(void *plan, struct table **tables, int most)
{
	return LIST_TABLES(tables, most, plan);
}

static struct value *view(const struct node *node, const void *plan, struct arena *arena)
{
	struct value *view = value_map(arena);

	view_elements(arena, view, node);
	view_table(arena, view, "results", plan);
	return view;
}

const struct kernel kernel_integer_lookup = {
	.name = "integer_lookup",
	.template = "integer_lookup",
	.doc = "a function of every element by a table of 256",
	.ok = ok,
	.cost = cost,
	.plan = plan,
	.view = view,
	.tables = tables,
	.types = KERNEL_INTEGERS,
	.open = true,
};
