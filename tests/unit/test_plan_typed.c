/* The context's memory as C has it: one array, or a union where values of several types live there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/plan.h"

static struct arena *arena;

/* A plan of tensors that lie in the context, 64 bytes each. */
static struct plan *plan_of(const enum type *type, int n)
{
	struct plan *plan = NEW(arena, struct plan);
	struct graph *graph = graph_new(arena, "types");

	plan->buffer = NEW_ARRAY(arena, n, struct buffer);
	for (int i = 0; i < n; i++) {
		graph_tensor(graph, "t")->type = type[i];
		plan->buffer[i] = (struct buffer){ .home = HOME_CONTEXT, .offset = 64 * i, .bytes = 64 };
	}
	plan->graph = graph;
	plan->context_bytes = 64 * n;
	return plan;
}

static void one_type_is_one_array(void **unused)
{
	const enum type floats[] = { TYPE_F32, TYPE_F32 }, bytes[] = { TYPE_I8, TYPE_I8 };
	const struct plan *plan = plan_of(floats, 2);

	(void)unused;
	assert_int_equal(context_types(plan).n, 1);
	assert_string_equal(context_address(plan, TYPE_F32, 0, arena), "memory");
	assert_string_equal(context_address(plan, TYPE_F32, 64, arena), "memory + 16");
	plan = plan_of(bytes, 2);
	assert_string_equal(context_address(plan, TYPE_I8, 64, arena), "memory + 64");
	assert_false(context_is_retyped(plan));
}

static void several_types_share_a_union(void **unused)
{
	const enum type mixed[] = { TYPE_I8, TYPE_F32, TYPE_U8 };
	const struct plan *plan = plan_of(mixed, 3);

	(void)unused;
	assert_int_equal(context_types(plan).n, 3);
	assert_string_equal(context_address(plan, TYPE_I8, 0, arena), "memory_i8");
	assert_string_equal(context_address(plan, TYPE_F32, 64, arena), "memory_f32 + 16");
	assert_string_equal(context_address(plan, TYPE_U8, 128, arena), "memory_u8 + 128");
	/* Chars may alias all. */
	assert_false(context_is_retyped(plan));
}

static void what_compilers_take_to_lie_apart_is_kept_apart(void **unused)
{
	const enum type words[] = { TYPE_I16, TYPE_F32 }, one[] = { TYPE_I16, TYPE_I8 };

	(void)unused;
	assert_true(context_is_retyped(plan_of(words, 2)));
	assert_false(context_is_retyped(plan_of(one, 2)));
}

static int begin(void **unused)
{
	(void)unused;
	arena = arena_new();
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_type_is_one_array),
		cmocka_unit_test(several_types_share_a_union),
		cmocka_unit_test(what_compilers_take_to_lie_apart_is_kept_apart),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
