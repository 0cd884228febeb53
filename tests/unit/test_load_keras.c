/* test_load_keras.c: archives that Keras wrote (data/make.py): every node, shape and weight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "capture.h"
#include "load/load.h"
#include "passes/passes.h"

static struct loaded *load_file(const char *path, struct options options, struct arena *arena)
{
	struct diag *diag = diag_new(arena);
	struct loaded *loaded;

	options.model = path;
	loaded = load(&options, arena, diag);
	assert_non_null(loaded);
	infer(loaded->graph, diag);
	assert_false(diag_failed(diag));
	graph_check(loaded->graph);
	return loaded;
}

/* Weight i of get_weights() is i, i + 0.25, i + 0.5, ... */
static void expect_weight(const struct node *node, int index, const char *name, int number, struct shape shape)
{
	const struct weight *weight = node->weight[index];

	assert_string_equal(weight->name, name);
	assert_true(shape_equal(&weight->shape, &shape));
	for (int64_t i = 0; i < shape_elements(&shape); i++)
		assert_true(weight->f32[i] == (float)number + 0.25f * (float)i);
}

static void expect_node(const struct node *node, const char *class_name, const char *name, int weights)
{
	assert_string_equal(node->layer->name, class_name);
	assert_string_equal(node->name, name);
	assert_int_equal(node->n_weight, weights);
}

static void test_sequential(void **state)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = load_file("tests/unit/data/small.keras", (struct options){ 0 }, arena);
	struct node *const *at = loaded->graph->nodes.at;

	(void)state;
	assert_int_equal(loaded->keras, 3);
	assert_int_equal(strncmp(loaded->made_by, "Keras 3.", 8), 0);
	assert_string_equal(loaded->model.name, "small.keras");
	assert_int_equal(loaded->graph->nodes.n, 5);
	expect_node(at[0], "Conv1D", "conv", 2);
	expect_weight(at[0], 0, "kernel", 0, shape_of(3, (int64_t)2, (int64_t)2, (int64_t)3));
	expect_weight(at[0], 1, "bias", 1, shape_of(1, (int64_t)3));
	expect_node(at[1], "Softmax", "conv", 0);
	assert_true(at[1]->implied);
	expect_node(at[2], "BatchNormalization", "norm", 3);
	expect_weight(at[2], 0, "beta", 2, shape_of(1, (int64_t)3));
	expect_weight(at[2], 1, "moving_mean", 3, shape_of(1, (int64_t)3));
	expect_weight(at[2], 2, "moving_variance", 4, shape_of(1, (int64_t)3));
	expect_node(at[4], "Dense", "dense", 1);
	expect_weight(at[4], 0, "kernel", 5, shape_of(2, (int64_t)15, (int64_t)2));
	arena_free(arena);
}

static void test_shared_and_nested(void **state)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = load_file("tests/unit/data/shared.keras", (struct options){ .steps = 6 }, arena);
	const struct graph *graph = loaded->graph;
	const struct node *inside[2] = { NULL, NULL }, *both[2] = { NULL, NULL };
	int n_inside = 0, n_both = 0;

	(void)state;
	assert_int_equal(graph->inputs.n, 2);
	assert_string_equal(graph->inputs.at[0]->name, "b");
	assert_string_equal(graph->inputs.at[1]->name, "a");
	assert_int_equal(graph->inputs.at[0]->shape.at[0], 6);
	assert_int_equal(graph->outputs.n, 2);
	assert_int_equal(graph->nodes.n, 5);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (!strcmp(node->name, "both")) both[n_both++] = node;
		if (!strcmp(node->name, "sub/inside")) inside[n_inside++] = node;
	}
	assert_int_equal(n_both, 2);
	assert_int_equal(n_inside, 2);
	assert_ptr_equal(both[0]->weight[0], both[1]->weight[0]);
	assert_ptr_equal(inside[0]->weight[0], inside[1]->weight[0]);
	assert_ptr_equal(inside[1]->in[0], inside[0]->out[0]);
	assert_ptr_equal(graph->outputs.at[1], inside[1]->out[0]);
	assert_string_equal(graph->outputs.at[0]->name, "sum");
	expect_weight(both[0], 0, "kernel", 0, shape_of(3, (int64_t)1, (int64_t)2, (int64_t)2));
	expect_weight(inside[0], 0, "kernel", 2, shape_of(3, (int64_t)3, (int64_t)2, (int64_t)2));
	arena_free(arena);
}

/* tf_keras: calls of a nested model are counted from 1; hard_sigmoid is Keras 2's. */
static void test_keras2(void **state)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = load_file("tests/unit/data/old.keras", (struct options){ 0 }, arena);
	struct node *const *at = loaded->graph->nodes.at;

	(void)state;
	assert_int_equal(loaded->keras, 2);
	assert_int_equal(loaded->graph->nodes.n, 3);
	expect_node(at[0], "Conv1D", "sub/inside", 2);
	assert_ptr_equal(at[1]->in[0], at[0]->out[0]);
	assert_ptr_equal(at[1]->weight[1], at[0]->weight[1]);
	expect_weight(at[0], 1, "bias", 1, shape_of(1, (int64_t)2));
	assert_string_equal(at[2]->activation.kind->name, "hard_sigmoid_keras2");
	arena_free(arena);
}

static void test_variable_steps_are_asked_for(void **state)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct options options = { .model = "tests/unit/data/shared.keras" };
	struct loaded *loaded;
	const char *said;

	(void)state;
	capture_start();
	loaded = load(&options, arena, diag);
	said = capture_end();
	assert_null(loaded);
	assert_int_equal(diag_status(diag), STATUS_MODEL);
	assert_non_null(strstr(said, "shared.keras(config.json): error: /config/layers/2: the input 'b' has a variable "
				     "number of steps: (None, 2); fix it "
				     "with --steps N, or keep it variable with --max-steps N\n"));
	arena_free(arena);
}

static void test_formats(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum format format;
	} files[] = {
		{ "PK\3\4", 4, FORMAT_KERAS_ARCHIVE },
		{ "PK\5\6", 4, FORMAT_NPZ },
		{ "\x93NUMPY", 6, FORMAT_NPY },
		{ "\x89HDF\r\n\x1a\n", 8, FORMAT_HDF5 },
		{ "\xef\xbb\xbf\n{", 5, FORMAT_JSON },
		{ " [", 2, FORMAT_JSON },
		{ "\x1c\0\0\0TFL3", 8, FORMAT_TFLITE },
		{ "\x08\x07\x12\x07", 4, FORMAT_ONNX },
		{ "", 0, FORMAT_UNKNOWN },
		{ "hello", 5, FORMAT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct bytes file = { (unsigned char *)(uintptr_t)files[i].bytes, files[i].n };
		assert_int_equal(format_of(&file), files[i].format);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequential), cmocka_unit_test(test_shared_and_nested),
		cmocka_unit_test(test_keras2),     cmocka_unit_test(test_variable_steps_are_asked_for),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
