/* Building, copying and editing graphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "layers/layers.h"

/* in -> a -> b -> out, and a is an output too. */
static struct graph *chain(struct arena *arena)
{
	struct graph *graph = graph_new(arena, "chain");
	struct tensor *in = graph_tensor(graph, "in");

	list_push(arena, &graph->inputs, in);
	for (int i = 0; i < 2; i++) {
		struct node *node = graph_node(graph, layer_row(0), i == 0 ? "a" : "b");
		graph_connect(graph, node, i == 0 ? &in : &graph->nodes.at[0]->out[0], 1, 1);
	}
	list_push(arena, &graph->outputs, graph->nodes.at[1]->out[0]);
	list_push(arena, &graph->outputs, graph->nodes.at[0]->out[0]);
	return graph;
}

static void shapes_know_their_size(void **state)
{
	struct arena *arena = arena_new();
	struct shape huge = shape_of(3, (int64_t)1 << 40, (int64_t)1 << 40, (int64_t)2);
	struct shape empty = shape_of(2, (int64_t)1 << 62, (int64_t)0);
	struct shape open = shape_of(2, (int64_t)UNKNOWN_SIZE, (int64_t)3);

	(void)state;
	assert_int_equal(shape_elements(&huge), MAX_ELEMENTS + 1);
	assert_int_equal(shape_elements(&empty), 0);
	assert_int_equal(shape_elements(&open), -1);
	assert_string_equal(shape_text(arena, &open), "(None, 3)");
	open = shape_of(1, (int64_t)5);
	assert_string_equal(shape_text(arena, &open), "(5,)");
	open = shape_of(0);
	assert_int_equal(shape_elements(&open), 1);
	assert_string_equal(shape_text(arena, &open), "()");
	arena_free(arena);
}

static void a_copy_is_independent(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = chain(arena), *copy = graph_copy(arena, graph);
	struct text before = { 0 }, after = { 0 };

	(void)state;
	graph_print(graph, &before);
	graph_check(copy);
	graph_replace(copy, copy->nodes.at[1]->out[0], copy->nodes.at[0]->out[0]);
	graph_remove(copy, copy->nodes.at[1]);
	graph_check(copy);
	graph_print(graph, &after);
	assert_string_equal(before.at, after.at);
	assert_int_equal(copy->nodes.n, 1);
	assert_ptr_equal(copy->outputs.at[0], copy->outputs.at[1]);
	assert_int_equal(copy->outputs.at[0]->meaning, graph->nodes.at[0]->out[0]->id);
	text_free(&before);
	text_free(&after);
	arena_free(arena);
}

static void uses_count_readers_and_outputs(void **state)
{
	struct arena *arena = arena_new();
	struct graph *graph = chain(arena);

	(void)state;
	assert_int_equal(graph_uses(graph, graph->inputs.at[0]), 1);
	assert_int_equal(graph_uses(graph, graph->nodes.at[0]->out[0]), 2);
	assert_int_equal(graph_uses(graph, graph->nodes.at[1]->out[0]), 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_know_their_size),
		cmocka_unit_test(a_copy_is_independent),
		cmocka_unit_test(uses_count_readers_and_outputs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
