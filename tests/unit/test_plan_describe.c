/* What the files say about a layer, about axes, and about how to remake them. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct arena *arena;

static int set_up(void **unused)
{
	(void)unused;
	arena = arena_new();
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	arena_free(arena);
	return 0;
}

static struct tensor *node(struct graph *graph, const char *class_name, struct tensor *x, struct shape shape,
			   void *config)
{
	const struct layer *layer = layer_find(class_name);
	struct node *made = graph_node(graph, layer, class_name);

	made->config = config ? config : arena_alloc(arena, layer->config_bytes + 1);
	graph_connect(graph, made, &x, 1, 1);
	made->out[0]->shape = shape;
	return made->out[0];
}

static struct conv1d_config conv(int data_format)
{
	return (struct conv1d_config){ .filters = 4,
				       .kernel_size = 3,
				       .strides = 1,
				       .dilation_rate = 1,
				       .groups = 1,
				       .padding = PADDING_VALID,
				       .data_format = data_format,
				       .use_bias = true };
}

static void a_config_without_defaults(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct tensor *x = graph_tensor(graph, "x"), *y;
	struct conv1d_config config = conv(CHANNELS_LAST);
	struct pool1d_config pool = { .pool_size = 4, .padding = PADDING_SAME };

	(void)unused;
	x->shape = shape_of(2, (int64_t)8, (int64_t)2);
	y = node(graph, "Conv1D", x, shape_of(2, (int64_t)6, (int64_t)4), &config);
	assert_string_equal(node_config_text(arena, y->from), "filters 4, kernel_size 3");
	assert_string_equal(node_shapes_text(arena, y->from), "(8, 2) -> (6, 4)");
	config.padding = PADDING_CAUSAL;
	config.strides = 2;
	config.use_bias = false;
	y->from->activation.kind = activation_find("relu");
	assert_string_equal(node_config_text(arena, y->from),
			    "filters 4, kernel_size 3, strides 2, padding causal, use_bias false, relu");
	y = node(graph, "MaxPooling1D", x, shape_of(2, (int64_t)2, (int64_t)2), &pool);
	assert_string_equal(node_config_text(arena, y->from), "pool_size 4, padding same");
}

/* The format of a convolution reaches the model's input and output through layers that do not know axes by name, but not
 * through Dense and not into other ranks. */
static void channels_first_spreads(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct shape rows = shape_of(2, (int64_t)4, (int64_t)9);
	struct conv1d_config config = conv(CHANNELS_FIRST);
	struct tensor *x = graph_tensor(graph, "x"), *tensor[6];
	struct dense_config dense = { .units = 9 };
	struct flatten_config flatten = { .data_format = CHANNELS_FIRST };
	const bool *first;

	(void)unused;
	x->shape = rows;
	list_push(arena, &graph->inputs, x);
	tensor[0] = node(graph, "Activation", x, rows, NULL);
	tensor[1] = node(graph, "Conv1D", tensor[0], rows, &config);
	tensor[2] = node(graph, "Activation", tensor[1], rows, NULL);
	tensor[3] = node(graph, "Flatten", tensor[2], shape_of(1, (int64_t)36), &flatten);
	tensor[4] = node(graph, "Dense", tensor[2], rows, &dense);
	first = channels_first_tensors(graph, arena);
	assert_true(first[x->id] && first[tensor[0]->id] && first[tensor[1]->id] && first[tensor[2]->id]);
	assert_false(first[tensor[3]->id] || first[tensor[4]->id]);
}

static void the_remake_command(void **unused)
{
	struct loaded loaded = { .model = { .path = "/a/my model.keras", .name = "my model.keras" } };
	struct options options = { .input_shapes = 1, .steps = 128, .templates = "/x/mine" };
	struct program program = {
		.loaded = &loaded, .prefix = "my_model", .target = target_find("c99"), .fp = FP_SEPARATE
	};

	(void)unused;
	options.input_shape[0] = (struct option_shape){ 2, { 128, 3 } };
	options.templates = NULL;
	assert_string_equal(remake_command(&program, &options, arena), "conv1dc 'my model.keras'");
	program.prefix = "ecg";
	loaded.weights = (struct input_file){ .path = "/b/it's.npz", .name = "it's.npz" };
	loaded.effects.input_shapes = 1;
	loaded.effects.steps = true;
	options.templates = "/x/mine";
	assert_string_equal(
	    remake_command(&program, &options, arena),
	    "conv1dc 'my model.keras' 'it'\\''s.npz' --prefix ecg --input-shape 128x3 --steps 128 --templates mine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_config_without_defaults),
		cmocka_unit_test(channels_first_spreads),
		cmocka_unit_test(the_remake_command),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
