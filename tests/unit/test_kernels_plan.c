/* kernels/: every layer has a kernel; what the plans of moves, broadcasts and depthwise sums say, carried out literally,
 * equals the interpreter bit for bit. */
#include "layer_nodes.h"

#include "kernels/kernel.h"

struct fixture {
	struct arena *arena;
	struct graph *graph;
	const struct target *target;
};

static void set_up(struct fixture *f)
{
	f->arena = arena_new();
	f->graph = graph_new(f->arena, "m");
	f->target = target_find("c99");
	assert_non_null(f->target);
}

static int64_t number(const struct value *map, const char *key)
{
	for (const struct value *v = map->first; v; v = v->next)
		if (!strcmp(v->key, key)) return v->as.integer;
	fail_msg("no field %s", key);
	return 0;
}

static const struct value *field(const struct value *map, const char *key)
{
	for (const struct value *v = map->first; v; v = v->next)
		if (!strcmp(v->key, key)) return v;
	fail_msg("no field %s", key);
	return NULL;
}

static const struct value *item(const struct value *list, int i)
{
	const struct value *v = list->first;

	while (i-- > 0) v = v->next;
	return v;
}

static const struct value *viewed(const struct fixture *f, const struct kernel *kernel, const struct node *node)
{
	assert_true(kernel->ok(node, f->target));
	return kernel_view(kernel, node, kernel_plan(kernel, node, f->target, f->arena), f->arena);
}

static void judge(const struct fixture *f, const float *x, const struct tensor *out, const float *y, const char *what)
{
	const float *exact = run(f->graph, NUMBER_SEPARATE, x, out);

	if (!same_floats(exact, y, elements(out)))
		fail_msg("%s %s", what, shape_text(f->arena, &out->from->in[0]->shape));
}

/* ---- every layer --------------------------------------------------------------------------------------------- */

static const struct conv1d_config conv = {
	.filters = 3, .kernel_size = 2, .strides = 1, .dilation_rate = 1, .groups = 1
};
static const struct depthwise_config depthwise = {
	.kernel_size = 3, .strides = 1, .dilation_rate = 1, .depth_multiplier = 2, .use_bias = true
};
static const struct conv1d_transpose_config transpose = {
	.filters = 3, .kernel_size = 3, .strides = 2, .dilation_rate = 1, .use_bias = true
};
static const double one[] = { 1 }, nought[] = { 0 }, four[] = { 4 }, edges[] = { 0, 2 };

/* Config and inputs with which a class can stand in a graph behind (6, 4); classes that fold() always takes away are
 * missing on purpose, and so is SeparableConv1D, which becomes two others. */
static const struct {
	const char *class_name;
	const void *config;
	int inputs;
	int rank;
} samples[] = {
	{ "Conv1D", &conv, 1, 2 },
	{ "DepthwiseConv1D", &depthwise, 1, 2 },
	{ "Conv1DTranspose", &transpose, 1, 2 },
	{ "Dense", &(const struct dense_config){ .units = 3 }, 1, 2 },
	{ "MaxPooling1D", &(const struct pool1d_config){ .pool_size = 2 }, 1, 2 },
	{ "AveragePooling1D", &(const struct pool1d_config){ .pool_size = 2 }, 1, 2 },
	{ "GlobalMaxPooling1D", &(const struct global_pool1d_config){ 0 }, 1, 2 },
	{ "GlobalAveragePooling1D", &(const struct global_pool1d_config){ 0 }, 1, 2 },
	{ "Flatten", &(const struct flatten_config){ .data_format = CHANNELS_FIRST }, 1, 2 },
	{ "Permute", &(const struct permute_config){ { 2, { 2, 1 } } }, 1, 2 },
	{ "RepeatVector", &(const struct repeat_vector_config){ 3 }, 1, 1 },
	{ "GetItem", &(const struct get_item_config){ { 1, nought }, { 1, one }, { 1, four }, { 1, one } }, 1, 2 },
	{ "Split", &(const struct split_config){ 2, 1, -1 }, 1, 2 },
	{ "Gather", &(const struct gather_config){ -1, { 2, edges } }, 1, 2 },
	{ "Pad", &(const struct pad_config){ { 2, edges }, { 2, edges } }, 1, 2 },
	{ "ZeroPadding1D", &(const struct zero_padding1d_config){ .padding = { 2, { 1, 2 } } }, 1, 2 },
	{ "Cropping1D", &(const struct cropping1d_config){ { 2, { 1, 2 } } }, 1, 2 },
	{ "UpSampling1D", &(const struct up_sampling1d_config){ 2 }, 1, 2 },
	{ "ZeroPadding2D", &(const struct edges_config){ { { { 0, 0 }, { 2, 1 } } }, 0 }, 1, 3 },
	{ "Cropping2D", &(const struct edges_config){ { { { 0, 0 }, { 2, 1 } } }, 0 }, 1, 3 },
	{ "UpSampling2D", &(const struct up_sampling2d_config){ { { 1, 2 } }, 0, 0 }, 1, 3 },
	{ "BatchNormalization", &(const struct batch_norm_config){ -1, 1e-3, true, true }, 1, 2 },
	{ "LayerNormalization", &(const struct layer_norm_config){ .axis = { 1, { -1 } }, .epsilon = 1e-3 }, 1, 2 },
	{ "GroupNormalization", &(const struct group_norm_config){ 1, -1, 1e-3, true, true }, 1, 2 },
	{ "RMSNormalization", &(const struct rms_norm_config){ { 1, { -1 } }, 1e-6 }, 1, 2 },
	{ "UnitNormalization", &(const struct unit_norm_config){ .axis = { 1, { -1 } } }, 1, 2 },
	{ "Normalization", &(const struct normalization_config){ .axis = { 1, { -1 } } }, 1, 2 },
	{ "Rescaling", &(const struct rescaling_config){ { 1, one }, { 1, one } }, 1, 2 },
	{ "Activation", NULL, 1, 2 },
	{ "PReLU", &(const struct prelu_config){ { 0 } }, 1, 2 },
	{ "Softmax", &(const struct softmax_config){ .axis = { 1, { -1 } } }, 1, 2 },
	{ "LogSoftmax", &(const struct softmax_config){ .axis = { 1, { -1 } } }, 1, 2 },
	{ "BatchDot", &(const struct dot_config){ { 1, { -1 } }, false }, 2, 2 },
	{ "Masking", &(const struct masking_config){ 0 }, 1, 2 },
	{ "Select", &(const struct select_config){ 0 }, 2, 1 },
	{ "Fill", &(const struct fill_config){ 1, true }, 1, 2 },
	{ "NotEqual", &(const struct not_equal_config){ 0 }, 1, 2 },
	{ "Any", &(const struct any_config){ { 1, { -1 } }, false }, 1, 2 },
	{ "LogicalOr", NULL, 2, 2 },
	{ "LogicalAnd", NULL, 2, 2 },
	{ "Glu", NULL, 1, 2 },
	{ "Sparsemax", NULL, 1, 2 },
	{ "Add", NULL, 2, 2 },
	{ "Subtract", NULL, 2, 2 },
	{ "Multiply", NULL, 2, 2 },
	{ "Divide", NULL, 2, 2 },
	{ "Average", NULL, 2, 2 },
	{ "Maximum", NULL, 2, 2 },
	{ "Minimum", NULL, 2, 2 },
	{ "Mean", &(const struct reduce_config){ { 1, { 1 } }, false }, 1, 2 },
	{ "Sum", &(const struct reduce_config){ { 1, { -1 } }, false }, 1, 2 },
	{ "Max", &(const struct reduce_config){ { 1, { 1 } }, true }, 1, 2 },
	{ "Min", &(const struct reduce_config){ { 2, { 1, 2 } }, false }, 1, 2 },
	{ "Reciprocal", &(const struct reciprocal_config){ 2 }, 1, 2 },
	{ "Concatenate", &(const struct concatenate_config){ -1 }, 2, 2 },
};

/* Views need no step; these become others (or nothing) before a plan is made. */
static const char *const without_step[] = { "InputLayer",
					    "Constant",
					    "Quantize",
					    "Dot",
					    "SeparableConv1D",
					    "SeparableConv2D",
					    "SpatialDropout2D",
					    "TimeDistributed",
					    "Reshape",
					    "Squeeze",
					    "ExpandDims",
					    "Absolute",
					    "Sqrt",
					    "Log",
					    "Clip",
					    "ReLU",
					    "LeakyReLU",
					    "ELU",
					    "ThresholdedReLU",
					    "Dropout",
					    "SpatialDropout1D",
					    "GaussianNoise",
					    "GaussianDropout",
					    "AlphaDropout",
					    "ActivityRegularization",
					    "Identity" };

static void every_layer_is_in_a_list(void **state)
{
	(void)state;
	for (int i = 0; layer_row(i); i++) {
		const char *name = layer_row(i)->name;
		int found = layer_row(i)->twin != NULL;

		for (size_t k = 0; k < sizeof samples / sizeof *samples; k++)
			found += !strcmp(samples[k].class_name, name);
		for (size_t k = 0; k < sizeof without_step / sizeof *without_step; k++)
			found += !strcmp(without_step[k], name);
		if (found != 1) fail_msg("%s is in %d lists", name, found);
	}
}

static void every_layer_has_a_kernel(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
		struct fixture f;
		struct tensor *x;
		struct node *node;
		struct cost cost;

		set_up(&f);
		x = input(f.graph, samples[k].rank == 1   ? shape_of(1, (int64_t)4)
				   : samples[k].rank == 2 ? shape_of(2, (int64_t)6, (int64_t)4)
							  : shape_of(3, (int64_t)1, (int64_t)6, (int64_t)4));
		if (samples[k].inputs == 1) {
			node = then(f.graph, x, samples[k].class_name, samples[k].config)->from;
		} else {
			struct tensor *two[] = { x, x };
			node = node_of(f.graph, samples[k].class_name, samples[k].config, two, 2);
			assert_true(node->layer->infer(node, diag_new(f.arena)));
		}
		if (!kernel_choose(node, f.target, &cost)) fail_msg("%s has no kernel", samples[k].class_name);
		arena_free(f.arena);
	}
}

/* ---- moves: the joined axes of kernels/move.c ------------------------------------------------------------------ */

/* What templates/kernels/move.ct says, without its text. */
static void carry_out_move(const struct value *axes, const float *x, float *y, int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		int64_t left = i, from = 0;
		bool inside = true;

		for (int a = axes->n - 1; a >= 0; a--) {
			const struct value *axis = item(axes, a);
			int64_t o = left % number(axis, "size"),
				r = o / number(axis, "repeat_") - number(axis, "before");

			left /= number(axis, "size");
			if (o < number(axis, "first") || o >= number(axis, "end_")) inside = false;
			from += r * number(axis, "stride");
		}
		y[i] = inside ? x[from] : 0;
	}
}

static int64_t draw(int64_t least, int64_t most)
{
	return least + dice((uint32_t)(most - least + 1));
}

static struct tensor *drawn_permutation(struct fixture *f)
{
	struct shape shape = { .rank = (int)draw(2, 4) };
	struct permute_config c = { .dims = { .rank = shape.rank } };

	for (int i = 0; i < shape.rank; i++) {
		int64_t j = draw(0, i);

		shape.at[i] = draw(1, 5);
		c.dims.at[i] = c.dims.at[j];
		c.dims.at[j] = i + 1;
	}
	return then(f->graph, input(f->graph, shape), "Permute", &c);
}

static struct tensor *drawn_move(struct fixture *f, int kind)
{
	int64_t steps = draw(1, 9), channels = draw(1, 5), first = draw(0, steps - 1);
	struct shape shape = shape_of(2, steps, channels);
	struct zero_padding1d_config padding = { { 2, { draw(0, 3), draw(0, 3) } }, (int)draw(0, 1) };
	struct cropping1d_config cropping = { { 2, { first, draw(0, steps - 1 - first) } } };
	struct up_sampling1d_config up = { draw(1, 3) };
	struct repeat_vector_config repeat = { draw(1, 4) };
	struct flatten_config flatten = { CHANNELS_FIRST };

	if (kind == 0) return then(f->graph, input(f->graph, shape), "ZeroPadding1D", &padding);
	if (kind == 1) return then(f->graph, input(f->graph, shape), "Cropping1D", &cropping);
	if (kind == 2) return then(f->graph, input(f->graph, shape), "UpSampling1D", &up);
	if (kind == 3) return then(f->graph, input(f->graph, shape_of(1, channels)), "RepeatVector", &repeat);
	if (kind == 4) return then(f->graph, input(f->graph, shape), "Flatten", &flatten);
	return drawn_permutation(f);
}

static void moves_are_joined_rightly(void **state)
{
	(void)state;
	for (int trial = 0; trial < 600; trial++) {
		struct fixture f;
		struct tensor *out;
		float *x, *y;

		set_up(&f);
		out = drawn_move(&f, trial % 6);
		x = dice_floats(f.arena, elements(out->from->in[0]));
		y = NEW_ARRAY(f.arena, elements(out), float);
		carry_out_move(field(viewed(&f, &kernel_move, out->from), "axes"), x, y, elements(out));
		judge(&f, x, out, y, out->from->layer->name);
		arena_free(f.arena);
	}
}

/* ---- broadcasts: the joined loops of kernels/loops.c ------------------------------------------------------------- */

static struct shape drawn_operand(const struct shape *out)
{
	int drop = (int)draw(0, out->rank - 1);
	struct shape shape = { .rank = out->rank - drop };

	for (int i = 0; i < shape.rank; i++) shape.at[i] = draw(0, 2) ? out->at[i + drop] : 1;
	return shape;
}

static void broadcasts_are_joined_rightly(void **state)
{
	(void)state;
	for (int trial = 0; trial < 400; trial++) {
		struct arena *arena = arena_new();
		struct shape out = { .rank = (int)draw(1, 4) }, a, b;
		const struct shape *in[] = { &a, &b };
		const struct loops *l;
		int64_t n = 1;

		for (int i = 0; i < out.rank; i++) out.at[i] = draw(1, 4);
		a = drawn_operand(&out);
		b = draw(0, 1) ? out : drawn_operand(&out);
		l = loops_over(&(struct tensor){ .shape = out, .open_axis = -1 }, in, 2, arena);
		for (int i = 0; i < l->n; i++) n *= l->size[i];
		assert_int_equal(n, shape_elements(&out));
		for (int64_t i = 0; i < n; i++) {
			int64_t left = i, y = 0, x[2] = { 0, 0 };

			for (int k = l->n - 1; k >= 0; k--) {
				int64_t at = left % l->size[k];

				left /= l->size[k];
				y += at * l->y[k];
				for (int o = 0; o < 2; o++) x[o] += at * l->x[k][o];
			}
			assert_int_equal(x[0], broadcast_index(&out, &a, y));
			assert_int_equal(x[1], broadcast_index(&out, &b, y));
			assert_int_equal(y, i);
		}
		arena_free(arena);
	}
}

/* ---- depthwise: the table of kernels/conv1d_depthwise.c ---------------------------------------------------------- */

static float *table_of(const struct value *view, const char *key)
{
	const struct table *table = field(view, key)->as.table;

	return (float *)(uintptr_t)table->at;
}

/* Sums as templates/kernels/conv1d_depthwise.ct has them, one at a time. */
static void carry_out_depthwise(const struct value *v, const float *x, float *y)
{
	int64_t channels = number(v, "groups"), multiples = number(v, "filters"), taps = number(v, "taps");
	const float *weights = table_of(v, "weights"), *bias = number(v, "has_bias") ? table_of(v, "bias") : NULL;

	for (int64_t t = 0; t < number(v, "steps_out"); t++)
		for (int64_t f = 0; f < channels * multiples; f++) {
			int64_t c = f / multiples, m = f % multiples;
			float sum = bias ? bias[m * channels + c] : 0;

			for (int64_t k = 0; k < taps; k++) {
				int64_t row =
				    t * number(v, "stride") - number(v, "pad_left") + k * number(v, "dilation");

				if (row < 0 || row >= number(v, "steps_in")) continue;
				sum += x[row * channels + c] * weights[(m * taps + k) * channels + c];
			}
			y[t * number(v, "y_step") + f] = sum;
		}
}

static void depthwise_tables_hold_the_kernel(void **state)
{
	(void)state;
	for (int trial = 0; trial < 200; trial++) {
		struct depthwise_config c = { .kernel_size = draw(1, 4),
					      .depth_multiplier = draw(1, 3),
					      .padding = PADDING_SAME,
					      .use_bias = draw(0, 1) };
		struct fixture f;
		struct tensor *out;
		float *x, *y;

		c.strides = draw(1, 2);
		c.dilation_rate = c.strides > 1 ? 1 : draw(1, 2);
		set_up(&f);
		out = then(f.graph, input(f.graph, shape_of(2, draw(1, 9), draw(4, 19))), "DepthwiseConv1D", &c);
		x = dice_floats(f.arena, elements(out->from->in[0]));
		y = NEW_ARRAY(f.arena, elements(out), float);
		carry_out_depthwise(viewed(&f, &kernel_conv1d_depthwise, out->from), x, y);
		judge(&f, x, out, y, "DepthwiseConv1D");
		arena_free(f.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layer_is_in_a_list),         cmocka_unit_test(every_layer_has_a_kernel),
		cmocka_unit_test(moves_are_joined_rightly),         cmocka_unit_test(broadcasts_are_joined_rightly),
		cmocka_unit_test(depthwise_tables_hold_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
