/* test_load_config.c: JSON configs in their dialects, and what is said of wrong ones, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "load/load.h"

static char model_path[] = "/tmp/conv1dc-test-XXXXXX", weights_path[] = "/tmp/conv1dc-test-XXXXXX";

static int make_files(void **state)
{
	int model = mkstemp(model_path), weights = mkstemp(weights_path);

	(void)state;
	if (model < 0 || weights < 0) return -1;
	close(model);
	close(weights);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(model_path);
	unlink(weights_path);
	return 0;
}

static void write_file(const char *path, const char *at, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(at, 1, n, file), n);
	fclose(file);
}

/* One kernel of ones, or no weights where rank is 0. */
static struct loaded *load_json(const char *json, struct shape kernel, struct options options, struct arena *arena)
{
	struct text npy = { 0 };
	float ones[64];
	struct loaded *loaded;

	for (int i = 0; i < 64; i++) ones[i] = 1.0f;
	write_file(model_path, json, strlen(json));
	options.model = model_path;
	if (kernel.rank) {
		npy_write(&npy, &kernel, ones);
		write_file(weights_path, npy.at, npy.n);
		text_free(&npy);
		options.weights = weights_path;
	}
	loaded = load(&options, arena, diag_new(arena));
	return loaded;
}

/* ---- what is read ----------------------------------------------------------------------------------------------- */

/* The same Conv1D in every dialect. */
static const char *const dialects[] = {
	"{\"filters\": 2, \"kernel_size\": 3, \"use_bias\": false, \"batch_input_shape\": [null, 8, 1], \"padding\": "
	"\"SAME\"}",
	"{\"class_name\": \"Convolution1D\", \"config\": {\"name\": \"c\", \"filters\": 2, \"kernel_size\": [3], "
	"\"use_bias\": false, "
	"\"padding\": \"same\", \"batch_input_shape\": [7, 8, 1]}}",
	"{\"class_name\": \"Conv1D\", \"config\": {\"filters\": 2, \"kernel_size\": [3], \"use_bias\": false, "
	"\"padding\": \"Same\"}, "
	"\"build_config\": {\"input_shape\": [null, 8, 1]}}",
	"[{\"class_name\": \"Conv1D\", \"config\": {\"filters\": 2, \"kernel_size\": [3], \"use_bias\": false, "
	"\"padding\": \"same\", "
	"\"batch_input_shape\": [null, 8, 1]}}]",
	"{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Conv1D\", \"config\": {\"filters\": 2, "
	"\"kernel_size\": [3], "
	"\"use_bias\": false, \"padding\": \"same\", \"batch_input_shape\": [null, 8, 1]}}]}",
	"{\"name\": \"m\", \"layers\": [{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 8, 1]}}, "
	"{\"class_name\": "
	"\"Conv1D\", \"config\": {\"filters\": 2, \"kernel_size\": [3], \"use_bias\": false, \"padding\": \"same\"}}]}",
	"{\"layers\": [{\"class_name\": \"Conv1D\", \"config\": {\"filters\": 2, \"kernel_size\": [3], \"use_bias\": "
	"false, "
	"\"padding\": \"same\"}}], \"build_input_shape\": [null, 8, 1]}",
	"{\"layers\": [{\"class_name\": \"InputLayer\", \"name\": \"x\", \"config\": {\"name\": \"x\", "
	"\"batch_input_shape\": [null, 8, 1]}, "
	"\"inbound_nodes\": []}, {\"class_name\": \"Conv1D\", \"name\": \"c\", \"config\": {\"name\": \"c\", "
	"\"filters\": 2, "
	"\"kernel_size\": [3], \"use_bias\": false, \"padding\": \"same\"}, \"inbound_nodes\": [[[\"x\", 0, 0, "
	"{}]]]}], "
	"\"input_layers\": [[\"x\", 0, 0]], \"output_layers\": [[\"c\", 0, 0]]}",
	"{\"layers\": [{\"class_name\": \"Conv1D\", \"name\": \"c\", \"config\": {\"name\": \"c\", \"filters\": 2, "
	"\"kernel_size\": [3], "
	"\"use_bias\": false, \"padding\": \"same\"}, \"inbound_nodes\": [{\"args\": [{\"class_name\": "
	"\"__keras_tensor__\", \"config\": "
	"{\"shape\": [null, 8, 1], \"dtype\": \"float32\", \"keras_history\": [\"x\", 0, 0]}}], \"kwargs\": {\"mask\": "
	"null}}]}, "
	"{\"class_name\": \"InputLayer\", \"name\": \"x\", \"config\": {\"name\": \"x\", \"batch_shape\": [null, 8, "
	"1]}, "
	"\"inbound_nodes\": []}], \"input_layers\": [\"x\", 0, 0], \"output_layers\": [\"c\", 0, 0]}",
};

static void test_dialects(void **state)
{
	struct shape input = shape_of(2, (int64_t)8, (int64_t)1);

	(void)state;
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
		struct arena *arena = arena_new();
		struct loaded *loaded = load_json(dialects[i], shape_of(3, (int64_t)3, (int64_t)1, (int64_t)2),
						  (struct options){ 0 }, arena);
		const struct conv1d_config *config;

		if (!loaded) fail_msg("dialect %d", (int)i);
		assert_int_equal(loaded->graph->nodes.n, 1);
		config = loaded->graph->nodes.at[0]->config;
		assert_int_equal(config->filters, 2);
		assert_int_equal(config->kernel_size, 3);
		assert_int_equal(config->strides, 1);
		assert_int_equal(config->padding, PADDING_SAME);
		assert_true(shape_equal(&loaded->graph->inputs.at[0]->shape, &input));
		assert_int_equal(loaded->graph->nodes.at[0]->n_weight, 1);
		graph_check(loaded->graph);
		arena_free(arena);
	}
}

static const char *hard_sigmoid_of(const char *json, int keras)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = load_json(json, (struct shape){ 0 }, (struct options){ .keras = keras }, arena);
	const char *name;

	assert_non_null(loaded);
	name = loaded->graph->nodes.at[0]->activation.kind->name;
	arena_free(arena);
	return name;
}

/* Keras 3: relu6(x + 3) / 6; before: clip(0.2 x + 0.5, 0, 1). */
static void test_hard_sigmoid_follows_the_version(void **state)
{
#define GATE(more)                                                                                                     \
	"{\"class_name\": \"Activation\", \"config\": {\"activation\": \"hard_sigmoid\"" more                          \
	"}, \"build_config\": {\"input_shape\": "                                                                      \
	"[null, 4]}}"
	const char *said;

	(void)state;
	assert_string_equal(hard_sigmoid_of(GATE(""), 3), "hard_sigmoid");
	assert_string_equal(hard_sigmoid_of(GATE(""), 2), "hard_sigmoid_keras2");
	assert_string_equal(hard_sigmoid_of(GATE(""), 1), "hard_sigmoid_keras2");
	assert_string_equal(hard_sigmoid_of(GATE(", \"batch_input_shape\": [null, 4]"), 0), "hard_sigmoid_keras2");
	assert_string_equal(
	    hard_sigmoid_of(GATE(", \"dtype\": {\"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}}"),
			    0),
	    "hard_sigmoid");
	capture_start();
	assert_string_equal(hard_sigmoid_of(GATE(""), 0), "hard_sigmoid");
	said = capture_end();
	assert_non_null(strstr(said, "[-Wdialect]"));
}

static void test_row_wise_activation_is_a_second_node(void **state)
{
	struct arena *arena = arena_new();
	struct loaded *loaded =
	    load_json("{\"name\": \"c\", \"filters\": 2, \"kernel_size\": 1, \"use_bias\": false, \"activation\": "
		      "\"softmax\", \"batch_input_shape\": [null, 8, 1]}",
		      shape_of(3, (int64_t)1, (int64_t)1, (int64_t)2), (struct options){ 0 }, arena);
	const struct node *node;

	(void)state;
	assert_non_null(loaded);
	assert_int_equal(loaded->graph->nodes.n, 2);
	node = loaded->graph->nodes.at[1];
	assert_true(layer_is(node, "Softmax") && node->implied);
	assert_string_equal(node->name, "c");
	assert_null(loaded->graph->nodes.at[0]->activation.kind);
	arena_free(arena);
}

#define TENSOR "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"x\", 0, 0]}}"
#define OPERATION(class_name, args)                                                                                    \
	"{\"layers\": [{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"x\", \"batch_shape\": [null, 4]}, "   \
	"\"inbound_nodes\": []}, {\"module\": \"keras.src.ops.numpy\", \"class_name\": \"" class_name                  \
	"\", \"config\": {\"name\": \"o\"}, \"inbound_nodes\": [{\"args\": [" args                                     \
	"], \"kwargs\": {}}]}], \"input_layers\": [\"x\", 0, 0], \"output_layers\": [\"o\", 0, 0]}"

/* x op c and c op x are x * scale + offset. */
static void test_operations_with_numbers(void **state)
{
	static const struct {
		const char *json;
		double scale, offset;
	} operations[] = {
		{ OPERATION("Add", TENSOR ", 0.5"), 1, 0.5 },
		{ OPERATION("Add", "2, " TENSOR), 1, 2 },
		{ OPERATION("Subtract", TENSOR ", 3"), 1, -3 },
		{ OPERATION("Subtract", "3, " TENSOR), -1, 3 },
		{ OPERATION("Multiply", TENSOR ", 0.1"), (double)0.1f, 0 },
		{ OPERATION("TrueDivide", TENSOR ", 4"), 0.25, 0 },
		{ OPERATION("Negative", TENSOR), -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		struct arena *arena = arena_new();
		struct loaded *loaded =
		    load_json(operations[i].json, (struct shape){ 0 }, (struct options){ 0 }, arena);
		const struct rescaling_config *config;

		assert_non_null(loaded);
		assert_int_equal(loaded->graph->nodes.n, 1);
		assert_true(layer_is(loaded->graph->nodes.at[0], "Rescaling"));
		config = loaded->graph->nodes.at[0]->config;
		assert_true(config->scale.n == 1 && config->scale.at[0] == operations[i].scale);
		assert_true(config->offset.n == 1 && config->offset.at[0] == operations[i].offset);
		arena_free(arena);
	}
}

static void test_operations_of_tensors(void **state)
{
	struct arena *arena = arena_new();
	struct loaded *loaded =
	    load_json(OPERATION("Multiply", TENSOR ", " TENSOR), (struct shape){ 0 }, (struct options){ 0 }, arena);

	(void)state;
	assert_non_null(loaded);
	assert_true(layer_is(loaded->graph->nodes.at[0], "Multiply"));
	assert_int_equal(loaded->graph->nodes.at[0]->n_in, 2);
	arena_free(arena);
}

/* ---- what is refused -------------------------------------------------------------------------------------------- */

/* said: every line with an error in it, where FILE is the model's name. */
static void expect_errors(const char *json, struct options options, const char *const *wanted)
{
	struct arena *arena = arena_new();
	struct text head = { 0 };
	struct loaded *loaded;
	const char *said;

	capture_start();
	loaded = load_json(json, (struct shape){ 0 }, options, arena);
	said = capture_end();
	assert_null(loaded);
	for (; *wanted; wanted++) {
		text_printf(&head, "%s%s\n", path_base(model_path), *wanted);
		if (!strstr(said, head.at)) fail_msg("wanted '%s', got '%s'", head.at, said);
		text_free(&head);
		head = (struct text){ 0 };
	}
	arena_free(arena);
}

#define ERRORS(...)                                                                                                    \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}
static const struct options no_options;

static void test_three_mistakes_at_once(void **state)
{
	(void)state;
	expect_errors("{\n  \"class_name\": \"Conv1D\",\n  \"config\": {\n    \"filters\": 2, \"strides\": [0],\n"
		      "    \"kernel_size\": 2.5,\n    \"paddin\": \"same\"\n  }\n}\n",
		      no_options,
		      ERRORS(":4:30: error: /config/strides: 0 is not a stride; it must be 1 or more (layer 'conv1d')",
			     ":5:20: error: /config/kernel_size: 2.5 is not a kernel size; it must be an integer or a "
			     "list of one integer "
			     "(layer 'conv1d')",
			     ":6:15: error: /config/paddin: 'paddin' is no key of Conv1D; did you mean 'padding'? "
			     "(layer 'conv1d')"));
}

static void test_layers_that_are_not_known(void **state)
{
	(void)state;
	expect_errors(
	    "[{\"class_name\": \"LSTM\", \"config\": {\"name\": \"lstm_1\"}},\n"
	    "{\"class_name\": \"Conv1d\", \"config\": {\"name\": \"c\"}},\n"
	    "{\"class_name\": \"Mine\", \"registered_name\": \"pkg>Mine\", \"config\": {\"name\": \"m\"}},\n"
	    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 1, \"activation\": {\"class_name\": "
	    "\"function\", "
	    "\"config\": \"f\"}}}]",
	    no_options,
	    ERRORS(":1:2: error: layer 'lstm_1' (LSTM) is not supported; see: conv1dc layers",
		   ":2:1: error: layer 'c' (Conv1d) is not supported; did you mean 'Conv1D'? see: conv1dc layers",
		   ":3:1: error: layer 'm' (pkg>Mine) is not supported; see: conv1dc layers",
		   ":4:75: error: /3/config/activation: the activation is a function of one's own (f), which is not "
		   "supported; "
		   "see: conv1dc activations (layer 'd')"));
}

#define CONV(shape)                                                                                                    \
	"{\"name\": \"c\", \"filters\": 2, \"kernel_size\": 1, \"use_bias\": false, \"batch_input_shape\": " shape "}"

static void test_shapes(void **state)
{
	struct options five = { .steps = 5 }, given = { .input_shapes = 1, .input_shape[0] = { 2, { 8, 3 } } };

	(void)state;
	expect_errors(CONV("[null, null, 1]"), no_options,
		      ERRORS(":1:1: error: the input 'input' has a variable number of steps: (None, 1); fix it with "
			     "--steps N, or keep it "
			     "variable with --max-steps N"));
	expect_errors(CONV("[null, 8, 1]"), five,
		      ERRORS(":1:1: error: --steps says 5 for the input 'input'; the model says 8"));
	expect_errors(CONV("[null, 8, 1]"), given,
		      ERRORS(":1:1: error: --input-shape says (8, 3) for the input 'input'; the model says (8, 1)"));
	expect_errors(
	    CONV("null"), no_options,
	    ERRORS(
		":1:1: error: the model does not say the shape of its input 'input'; say --input-shape STEPSxCHANNELS",
		": error: the config holds no weights; name a .npz or .npy file of get_weights(), or a "
		".h5 file of save_weights() behind it, or draw them with --init SEED"));
}

static void test_dtypes(void **state)
{
	(void)state;
	expect_errors("{\"name\": \"c\", \"filters\": 1, \"kernel_size\": 1, \"dtype\": \"int8\"}", no_options,
		      ERRORS(":1:56: error: /dtype: dtype 'int8' is not supported; it must be 'float32' (layer 'c')"));
	expect_errors("{\"name\": \"c\", \"filters\": 1, \"kernel_size\": 1, \"dtype\": {\"class_name\": "
		      "\"QuantizedDTypePolicy\", "
		      "\"config\": {\"mode\": \"int8\"}}}",
		      no_options,
		      ERRORS(":1:56: error: /dtype: the dtype policy QuantizedDTypePolicy is not supported; save the "
			     "model in float32 "
			     "(layer 'c')"));
}

#define INPUT_X                                                                                                        \
	"{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"x\", \"batch_shape\": [null, 4, 1]}, "              \
	"\"inbound_nodes\": []}"
#define RELU(name, from)                                                                                               \
	"{\"class_name\": \"ReLU\", \"config\": {\"name\": \"" name "\"}, \"inbound_nodes\": [[[\"" from               \
	"\", 0, 0, {}]]]}"
#define MODEL(layers, outputs)                                                                                         \
	"{\"layers\": [" layers "],\n\"input_layers\": [[\"x\", 0, 0]],\n\"output_layers\": " outputs "}"

static void test_graphs(void **state)
{
	(void)state;
	expect_errors(OPERATION("Log1p", TENSOR ", 2"), no_options,
		      ERRORS(":1:115: error: layer 'o' (Log1p) is not supported; see: conv1dc layers"));
	expect_errors(MODEL(INPUT_X ",\n" RELU("a", "b") ",\n" RELU("b", "a"), "[[\"a\", 0, 0]]"), no_options,
		      ERRORS(":2:67: error: /layers/1/inbound_nodes/0: the inputs of layer 'a' come from itself, "
			     "through a circle of layers"));
	expect_errors(MODEL(INPUT_X ",\n" RELU("a", "y"), "[[\"a\", 1, 0], [\"a\", 0, 1], [\"q\", 0, 0]]"), no_options,
		      ERRORS(":2:68: error: /layers/1/inbound_nodes/0/0: no layer is called 'y'",
			     ":4:19: error: /output_layers/0: layer 'a' has no call 1; it has 1, counted from 0",
			     ":4:32: error: /output_layers/1: layer 'a' has no output 1; it has 1, counted from 0",
			     ":4:45: error: /output_layers/2: no layer is called 'q'"));
	expect_errors(MODEL(INPUT_X ",\n" RELU("a", "x") ",\n" RELU("a", "x"), "{\"o\": \"a\"}"), no_options,
		      ERRORS(":3:1: error: /layers/2: two layers are called 'a'; names must differ",
			     ":5:24: error: /output_layers/o: it must be a tensor [\"layer\", call, output], or a list "
			     "or an object of such tensors"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_hard_sigmoid_follows_the_version),
		cmocka_unit_test(test_row_wise_activation_is_a_second_node),
		cmocka_unit_test(test_operations_with_numbers),
		cmocka_unit_test(test_operations_of_tensors),
		cmocka_unit_test(test_three_mistakes_at_once),
		cmocka_unit_test(test_layers_that_are_not_known),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_dtypes),
		cmocka_unit_test(test_graphs),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
