/* test_load_tflite.c: a small int8 model of TFLite's converter (Conv1D, MaxPooling1D, Flatten, Dense, softmax over (16, 3)) as a
 * graph; names; and that no damaged file does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "layers/integer.h"
#include "load/tflite.h"

static struct bytes read_model(struct arena *arena)
{
	struct bytes bytes;
	const char *reason;

	assert_true(file_read(arena, "tests/unit/data/tiny.tflite", &bytes, &reason));
	return bytes;
}

static const struct options plain = { .command = "summary", .model = "tiny.tflite", .target = "c99" };

static void test_graph(void **state)
{
	static const char *const classes[] = { "Conv1D", "MaxPooling1D", "Reshape", "Dense", "Softmax" };
	static const char *const names[] = { "conv1d_6_1", "max_pooling1d_1", "dense_1", "dense_1", "softmax" };
	struct arena *arena = arena_new();
	struct graph *graph = tflite_load(read_model(arena), "tiny.tflite", &plain, arena, diag_new(arena));

	(void)state;
	assert_non_null(graph);
	graph_check(graph);
	assert_int_equal(graph->nodes.n, 5);
	for (int i = 0; i < 5; i++) {
		const struct node *node = graph->nodes.at[i];
		assert_string_equal(node->layer->name, classes[i]);
		assert_string_equal(node->name, names[i]);
		assert_int_equal(node->out[0]->type, TYPE_I8);
		assert_non_null(node->out[0]->quantisation);
	}
	assert_string_equal(shape_text(arena, &graph->inputs.at[0]->shape), "(16, 3)");
	assert_string_equal(shape_text(arena, &graph->outputs.at[0]->shape), "(5,)");
	/* TFLite's own, whatever the model */
	assert_true(tensor_scale(graph->outputs.at[0]) == 1.0f / 256);
	assert_int_equal(tensor_zero_point(graph->outputs.at[0]), -128);
	assert_string_equal(graph->nodes.at[0]->activation.kind->name, "relu");
	arena_free(arena);
}

/* [filters][1][taps][channels] of the file as [taps][channels][filters], with a scale a filter. */
static void test_weights(void **state)
{
	struct arena *arena = arena_new();
	struct bytes bytes = read_model(arena);
	struct graph *graph = tflite_load(bytes, "tiny.tflite", &plain, arena, diag_new(arena));
	const struct weight *kernel = node_weight(graph->nodes.at[0], "kernel"),
			    *bias = node_weight(graph->nodes.at[0], "bias");
	unsigned char stored[4 * 3 * 3];
	bool found = false;

	(void)state;
	assert_string_equal(shape_text(arena, &kernel->shape), "(3, 3, 4)");
	assert_int_equal(kernel->type, TYPE_I8);
	assert_int_equal(kernel->quantisation->n, 4);
	assert_int_equal(bias->type, TYPE_I32);
	for (int f = 0; f < 4; f++)
		for (int k = 0; k < 3; k++)
			for (int c = 0; c < 3; c++)
				stored[(f * 3 + k) * 3 + c] =
				    (unsigned char)(int8_t)kernel->integers[(k * 3 + c) * 4 + f];
	for (size_t i = 0; !found && i + sizeof stored <= bytes.n; i++)
		found = memcmp(bytes.at + i, stored, sizeof stored) == 0;
	assert_true(found);
	for (int i = 0; i < 36; i++)
		assert_true(kernel->f64[i] == (double)kernel->integers[i] * (double)kernel->quantisation->scale[i % 4]);
	arena_free(arena);
}

static void expect_name(const char *tensor, const char *wanted)
{
	struct arena *arena = arena_new();
	const char *name = tflite_layer_name(arena, tensor);

	if (wanted)
		assert_string_equal(name, wanted);
	else
		assert_null(name);
	arena_free(arena);
}

static void test_names(void **state)
{
	(void)state;
	expect_name("model/conv1d_3/BiasAdd;model/conv1d_3/Conv1D/Squeeze", "conv1d_3");
	expect_name("sequential_1/conv1d_1/convolution", "conv1d_1");
	expect_name("model/conv1d_3/Conv1D/Squeeze", "conv1d_3");
	expect_name("functional_1/dense_1/Tensordot/MatMul", "dense_1");
	expect_name("StatefulPartitionedCall:0", NULL);
	expect_name("StatefulPartitionedCall:0;model/out/Softmax", "out");
	expect_name("", NULL);
	expect_name(";/;//", NULL);
}

/* Cut anywhere: an error.  A byte changed: an error or a graph that holds together. */
static void test_damage(void **state)
{
	struct arena *kept = arena_new();
	const struct bytes whole = read_model(kept);

	(void)state;
	for (size_t n = 0; n < whole.n; n++) {
		struct arena *arena = arena_new();
		struct diag *diag = diag_silent(arena);
		struct bytes cut = { arena_copy(arena, whole.at, n + 1), n };
		/* What lies at the end of a file may be an entry that nobody reads. */
		if (!tflite_load(cut, "cut.tflite", &plain, arena, diag)) assert_true(diag_failed(diag));
		arena_free(arena);
	}
	for (size_t i = 0; i < whole.n; i++) {
		struct arena *arena = arena_new();
		struct diag *diag = diag_silent(arena);
		struct bytes changed = { arena_copy(arena, whole.at, whole.n + 1), whole.n };
		struct graph *graph;

		changed.at[i] ^= (unsigned char)(1 + i % 255);
		graph = tflite_load(changed, "changed.tflite", &plain, arena, diag);
		if (graph) graph_check(graph);
		assert_true(graph || diag_failed(diag));
		arena_free(arena);
	}
	arena_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
