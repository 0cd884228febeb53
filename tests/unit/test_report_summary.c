/* What summary says: receptive fields by the textbook's formulas, parameters, folds; and the lists of what is supported. */
#include "judge_graphs.h"
#include "report/parts.h"

#include <string.h>

static struct conv1d_config conv(int64_t filters, int64_t taps, int64_t strides, int64_t dilation, int padding)
{
	return (struct conv1d_config){ .filters = filters,
				       .kernel_size = taps,
				       .strides = strides,
				       .dilation_rate = dilation,
				       .groups = 1,
				       .padding = padding,
				       .use_bias = true };
}

/* ---- receptive fields ------------------------------------------------------------------------------------------------- */

/* 1 + sum of (taps - 1) * dilation: a TCN's. */
static void field_of_dilated_layers(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)100, (int64_t)2));
	for (int64_t dilation = 1; dilation <= 32; dilation *= 2) {
		const struct conv1d_config c = conv(2, 3, 1, dilation, PADDING_CAUSAL);
		x = handmade_one(&h, "Conv1D", &c, "relu", x);
	}
	assert_int_equal(receptive_field(h.graph, x), 1 + 2 * (1 + 2 + 4 + 8 + 16 + 32));
	handmade_free(&h);
}

/* Each layer adds (taps - 1) times the product of the strides before it. */
static void field_of_strided_layers(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct conv1d_config c = conv(2, 8, 4, 1, PADDING_VALID), d = conv(2, 3, 1, 1, PADDING_SAME);
	const struct pool1d_config pool = { .pool_size = 2 };
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)200, (int64_t)1));
	x = handmade_one(&h, "Conv1D", &c, NULL, x);
	assert_int_equal(receptive_field(h.graph, x), 8);
	x = handmade_one(&h, "MaxPooling1D", &pool, NULL, x);
	assert_int_equal(receptive_field(h.graph, x), 8 + 4);
	x = handmade_one(&h, "Conv1D", &d, NULL, x);
	assert_int_equal(receptive_field(h.graph, x), 8 + 4 + 2 * 8);
	handmade_free(&h);
}

static void field_of_a_residual_block(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct conv1d_config c = conv(2, 5, 1, 2, PADDING_CAUSAL);
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)50, (int64_t)2));
	struct tensor *in[2] = { x, handmade_one(&h, "Conv1D", &c, "relu", x) };
	assert_int_equal(receptive_field(h.graph, handmade_layer(&h, "Add", NULL, "relu", in, 2)), 9);
	handmade_free(&h);
}

/* All steps behind a barrier; none where there are none. */
static void field_behind_a_barrier(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	const struct dense_config dense = { .units = 3 };
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)77, (int64_t)2));
	x = handmade_one(&h, "GlobalAveragePooling1D", NULL, NULL, x);
	assert_int_equal(receptive_field(h.graph, x), 77);
	assert_int_equal(receptive_field(h.graph, handmade_one(&h, "Dense", &dense, NULL, x)), 77);
	struct tensor *row = handmade_input(&h, shape_of(1, (int64_t)5));
	assert_int_equal(receptive_field(h.graph, handmade_one(&h, "Dense", &dense, NULL, row)), NO_FIELD);
	handmade_free(&h);
}

static void field_of_channels_first(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	struct conv1d_config c = conv(4, 3, 2, 1, PADDING_VALID);
	c.data_format = CHANNELS_FIRST;
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)3, (int64_t)40));
	x = handmade_one(&h, "Conv1D", &c, NULL, x);
	x = handmade_one(&h, "Conv1D", &c, NULL, x);
	assert_int_equal(receptive_field(h.graph, x), 7);
	handmade_free(&h);
}

/* ---- summary ------------------------------------------------------------------------------------------------------------ */

static const struct batch_norm_config norm = { .axis = -1, .epsilon = 1e-3, .center = true, .scale = true };

struct summarised {
	struct handmade h;
	struct loaded loaded;
	struct plan plan;
	struct program program;
};

/* The figures of the plan are made up here. */
static void summarise(struct summarised *s)
{
	s->plan = (struct plan){ .graph = s->h.graph, .macs = 1234567, .flash_bytes = 4096, .context_bytes = 100 };
	s->program = (struct program){ .loaded = &s->loaded,
				       .meaning = s->h.graph,
				       .plan = &s->plan,
				       .target = target_find("c99"),
				       .fp = FP_SEPARATE,
				       .prefix = "handmade",
				       .macro = "HANDMADE" };
	s->program.graph = graph_copy(s->h.arena, s->h.graph);
	fold(s->program.graph);
}

static void a_chain(struct summarised *s)
{
	const struct conv1d_config c = conv(8, 3, 1, 1, PADDING_SAME);
	const struct dense_config dense = { .units = 5, .use_bias = true };
	s->h = handmade_new();
	struct tensor *x = handmade_input(&s->h, shape_of(2, (int64_t)10, (int64_t)4));
	x = handmade_one(&s->h, "Conv1D", &c, NULL, x);
	x = handmade_one(&s->h, "BatchNormalization", &norm, NULL, x);
	x = handmade_one(&s->h, "Activation", NULL, "relu", x);
	x = handmade_one(&s->h, "Dropout", NULL, NULL, x);
	x = handmade_one(&s->h, "Flatten", NULL, NULL, x);
	handmade_output(&s->h, handmade_one(&s->h, "Dense", &dense, NULL, x));
	summarise(s);
}

static void facts_of_a_chain(void **state)
{
	(void)state;
	struct summarised s = { 0 };
	a_chain(&s);
	const struct facts *facts = facts_of(&s.program, s.h.arena);
	assert_true(facts->sequential);
	assert_int_equal(facts->layers.n, 7);
	assert_int_equal(facts->parameters, 3 * 4 * 8 + 8 + 4 * 8 + 80 * 5 + 5);
	assert_int_equal(facts->trainable, facts->parameters - 2 * 8);
	assert_int_equal(facts->layers.at[1].macs, 10 * 3 * 4 * 8);
	assert_false(facts->layers.at[1].removed);
	assert_ptr_equal(facts->layers.at[2].folded_into, s.program.graph->nodes.at[0]);
	assert_ptr_equal(facts->layers.at[3].folded_into, s.program.graph->nodes.at[0]);
	assert_true(facts->layers.at[4].removed && !facts->layers.at[4].folded_into);
	assert_int_equal(facts->field, 10);
	handmade_free(&s.h);
}

static void printed_for_people(void **state)
{
	(void)state;
	struct summarised s = { 0 };
	struct text out = { 0 };
	a_chain(&s);
	summary_print(&s.program, &out);
	assert_non_null(strstr(out.at, "Model: \"handmade\"\n┏"));
	assert_non_null(strstr(out.at, "│ Conv1D_0 (Conv1D)"));
	assert_non_null(strstr(out.at, "│ (None, 10, 8) │     104 │  960 │               3 │"));
	assert_non_null(strstr(out.at, " Total params: 541 (2.11 KB)\n Trainable params: 525 (2.05 KB)\n"
				       " Non-trainable params: 16 (64.00 B)\n Multiply-adds per run: 1,234,567\n"
				       " Receptive field: 10 steps\n"));
	assert_non_null(
	    strstr(out.at, "Flash: 4.00 KB of constants; RAM: 100.00 B of context (target c99, fp separate)"));
	assert_non_null(strstr(out.at, " Folded: BatchNormalization_1 into Conv1D_0\n"));
	assert_non_null(strstr(out.at, " Folded: Dropout_3 (without effect at inference)\n"));
	assert_null(strstr(out.at, "Connected to"));
	assert_null(strstr(out.at, " \n"));
	text_free(&out);
	handmade_free(&s.h);
}
/* One set of weights for two calls counts once, also where the second holds copies of what describes it. */
/* One set of weights for two calls counts once. */
static void shared_layers_count_once(void **state)
{
	(void)state;
	struct summarised s = { .h = handmade_new() };
	const struct conv1d_config c = conv(2, 3, 1, 1, PADDING_SAME);
	struct tensor *x = handmade_input(&s.h, shape_of(2, (int64_t)10, (int64_t)2));
	struct tensor *a = handmade_one(&s.h, "Conv1D", &c, NULL, x), *b = handmade_one(&s.h, "Conv1D", &c, NULL, a);
	struct weight *bias = arena_copy(s.h.arena, a->from->weight[1], sizeof *bias);
	const struct weight *shared[] = { a->from->weight[0], bias };
	b->from->weight = shared;
	struct tensor *in[2] = { a, b };
	struct text out = { 0 };
	handmade_output(&s.h, handmade_layer(&s.h, "Add", NULL, NULL, in, 2));
	summarise(&s);
	const struct facts *facts = facts_of(&s.program, s.h.arena);
	assert_int_equal(facts->parameters, 14);
	assert_false(facts->sequential);
	assert_true(facts->layers.at[2].shared && !facts->layers.at[1].shared);
	summary_print(&s.program, &out);
	assert_non_null(strstr(out.at, "┃ Connected to ┃"));
	assert_non_null(strstr(out.at, "│ input (InputLayer)"));
	assert_non_null(strstr(out.at, "│ Conv1D_0,    │"));
	text_free(&out);
	handmade_free(&s.h);
}

/* A row-wise activation is a node of its own, and yet one layer of the model. */
static void two_nodes_of_one_layer(void **state)
{
	(void)state;
	struct summarised s = { .h = handmade_new() };
	const struct dense_config dense = { .units = 5, .use_bias = true };
	const struct softmax_config softmax = { .axis = { 1, { -1 } } };
	struct tensor *x = handmade_input(&s.h, shape_of(1, (int64_t)3));
	x = handmade_one(&s.h, "Dense", &dense, NULL, x);
	struct tensor *y = handmade_one(&s.h, "Softmax", &softmax, NULL, x);
	y->from->name = x->from->name;
	y->from->implied = true;
	handmade_output(&s.h, y);
	summarise(&s);
	struct text out = { 0 };
	const struct facts *facts = facts_of(&s.program, s.h.arena);
	assert_int_equal(facts->layers.n, 2);
	assert_int_equal(facts->parameters, 20);
	assert_int_equal(facts->layers.at[1].parameters, 20);
	assert_int_equal(facts->layers.at[1].macs, 15);
	summary_json(&s.program, &out);
	assert_non_null(strstr(out.at, "\"activation\": \"softmax\""));
	text_free(&out);
	handmade_free(&s.h);
}

static void printed_for_scripts(void **state)
{
	(void)state;
	struct summarised s = { 0 };
	struct text out = { 0 };
	a_chain(&s);
	summary_json(&s.program, &out);
	const struct source source = { "summary", out.at, out.n };
	struct json *json = json_parse(s.h.arena, s.h.diag, &source);
	assert_non_null(json);
	struct json *totals = json_get(json, "totals"), *layers = json_get(json, "layers");
	assert_int_equal(json_get(totals, "parameters")->integer, 541);
	assert_int_equal(json_get(totals, "ram_bytes")->integer, 100);
	assert_int_equal(layers->n, 6);
	assert_string_equal(json_get(json_at(layers, 1), "folded_into")->string, "Conv1D_0");
	assert_int_equal(json_get(json_at(layers, 3), "folded_into")->kind, JSON_NULL);
	assert_int_equal(json_get(json_at(layers, 0), "receptive_field")->integer, 3);
	assert_int_equal(json_at(json_get(json_at(layers, 0), "output_shape"), 1)->integer, 8);
	text_free(&out);
	handmade_free(&s.h);
}

/* ---- what is supported ---------------------------------------------------------------------------------------------------- */

/* Bars that are not escaped, of the line at 'at'. */
static int bars(const char *at)
{
	int n = 0;
	for (; *at && *at != '\n'; at++) n += *at == '|' && at[-1] != '\\';
	return n;
}

static void every_row_is_listed(void **state)
{
	(void)state;
	struct text out = { 0 };
	char wanted[128];
	assert_true(support_print("layers", &out));
	for (int i = 0; layer_row(i); i++) {
		if (layer_row(i)->internal) continue;
		snprintf(wanted, sizeof wanted, "\n| %s |", layer_row(i)->name);
		assert_non_null(strstr(out.at, wanted));
	}
	assert_true(support_print("activations", &out));
	assert_non_null(strstr(out.at, "\n| tanh |"));
	assert_true(support_print("targets", &out));
	assert_non_null(strstr(out.at, "\n| c99 |"));
	assert_false(support_print("nothing", &out));
	text_free(&out);
}

/* Every row has the cells of the header above it; no line ends in a blank. */
static void tables_are_markdown(void **state)
{
	(void)state;
	static const char *const lists[] = { "layers", "activations", "targets" };
	for (int i = 0; i < 3; i++) {
		struct text out = { 0 };
		int columns = 0;
		assert_true(support_print(lists[i], &out));
		for (const char *at = out.at; *at; at += strcspn(at, "\n") + 1) {
			if (*at != '|') columns = 0;
			if (*at == '|' && columns == 0) columns = bars(at);
			if (*at == '|') assert_int_equal(bars(at), columns);
		}
		assert_null(strstr(out.at, " \n"));
		text_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(field_of_dilated_layers),   cmocka_unit_test(field_of_strided_layers),
		cmocka_unit_test(field_of_a_residual_block), cmocka_unit_test(field_behind_a_barrier),
		cmocka_unit_test(field_of_channels_first),   cmocka_unit_test(facts_of_a_chain),
		cmocka_unit_test(printed_for_people),        cmocka_unit_test(shared_layers_count_once),
		cmocka_unit_test(two_nodes_of_one_layer),    cmocka_unit_test(printed_for_scripts),
		cmocka_unit_test(every_row_is_listed),       cmocka_unit_test(tables_are_markdown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
