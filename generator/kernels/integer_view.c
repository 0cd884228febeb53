/* integer_view.c: facts of quantised layers as plain data for templates. */
#include "kernels/integer_view.h"

void view_factor(struct arena *arena, struct value *map, const char *key, struct multiplier factor)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "mantissa", factor.mantissa);
	value_set_int(arena, view, "shift", factor.shift);
	value_set(map, key, view);
}

void view_rounding(struct arena *arena, struct value *map, enum rounding rounding)
{
	value_set_text(arena, map, "multiply", rounding == ROUNDING_SINGLE ? "multiply_once" : "multiply");
}

void view_range(struct arena *arena, struct value *map, struct integer_range range, const struct tensor *out)
{
	value_set_int(arena, map, "least", range.least);
	value_set_int(arena, map, "most", range.most);
	value_set_bool(arena, map, "clamps", range.least > type_least(out->type) || range.most < type_most(out->type));
}

void view_elements(struct arena *arena, struct value *map, const struct node *node)
{
	view_size(arena, map, "size", shape_elements(&node->out[0]->shape), node, node->out[0]);
}

struct table integer_table(const int16_t *at, int64_t n, enum type type, struct arena *arena)
{
	struct table table = { .type = type, .n = n, .at = at };
	uint8_t *bytes;

	if (type == TYPE_I16) return table;
	CHECK(type_bytes(type) == 1);
	bytes = NEW_ARRAY(arena, n, uint8_t);
	for (int64_t i = 0; i < n; i++) bytes[i] = (uint8_t)at[i];
	table.at = bytes;
	return table;
}

struct value *merge_inputs_view(const struct node *node, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int k = 0; k < integer_operands(node); k++)
		value_push(list, value_int(arena, integer_operand(node, k).input));
	return list;
}

struct table merge_constant(const struct node *node, const struct integer_operand *operand, int64_t zero,
			    enum type type, struct arena *arena)
{
	const int64_t n = shape_elements(operand->shape);
	int16_t *at = NEW_ARRAY(arena, n, int16_t);
	struct table table;

	for (int64_t i = 0; i < n; i++) at[i] = (int16_t)(operand->integers[i] + zero);
	table = integer_table(at, n, type, arena);
	table.name = "constant";
	table.doc = arena_printf(arena, "%s: the constant operand", node->name);
	return table;
}
