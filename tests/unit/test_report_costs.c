/* --report: figures per layer, in text and JSON. */
#include "judge_graphs.h"
#include "report/parts.h"

#include <string.h>

struct reported {
	struct handmade h;
	struct loaded loaded;
	struct program program;
};

static void start(struct reported *r)
{
	const struct conv1d_config conv = { .filters = 4,
					    .kernel_size = 3,
					    .strides = 1,
					    .dilation_rate = 1,
					    .groups = 1,
					    .padding = PADDING_SAME,
					    .use_bias = true };
	const struct dense_config dense = { .units = 2, .use_bias = true };
	*r = (struct reported){ .h = handmade_new() };
	struct tensor *x = handmade_input(&r->h, shape_of(2, (int64_t)8, (int64_t)2));
	x = handmade_one(&r->h, "Conv1D", &conv, "tanh", x);
	x = handmade_one(&r->h, "Flatten", NULL, NULL, x);
	handmade_output(&r->h, handmade_one(&r->h, "Dense", &dense, NULL, x));
	r->program = (struct program){ .loaded = &r->loaded,
				       .meaning = r->h.graph,
				       .target = target_find("c99"),
				       .fp = FP_SEPARATE,
				       .prefix = "handmade",
				       .macro = "HANDMADE" };
	r->program.graph = graph_copy(r->h.arena, r->h.graph);
	fold(r->program.graph);
	r->program.plan = plan_make(r->program.graph, r->program.target, FP_SEPARATE, false, r->h.arena, r->h.diag);
	assert_non_null(r->program.plan);
}

static void as_text(void **state)
{
	(void)state;
	struct reported r;
	struct text out = { 0 };
	start(&r);
	assert_true(report_print(&r.program, "some/report.txt", &out));
	assert_non_null(strstr(out.at, "Model: \"handmade\", target c99, fp separate\n"));
	assert_non_null(strstr(out.at, "│ Conv1D_0 (Conv1D)"));
	assert_non_null(strstr(out.at, "MACs: 256\n"));
	assert_null(strstr(out.at, " \n"));
	text_free(&out);
	handmade_free(&r.h);
}

/* The bound holds, and grows on its way. */
static void as_json(void **state)
{
	(void)state;
	struct reported r;
	struct text out = { 0 };
	start(&r);
	assert_true(report_print(&r.program, "report.json", &out));
	const struct source source = { "report", out.at, out.n };
	struct json *json = json_parse(r.h.arena, r.h.diag, &source);
	assert_non_null(json);
	struct json *layers = json_get(json, "layers"), *conv = json_at(layers, 0),
		    *dense = json_at(layers, layers->n - 1);
	assert_string_equal(json_get(conv, "class")->string, "Conv1D");
	assert_int_equal(json_get(conv, "macs")->integer, 192);
	assert_int_equal(json_get(conv, "ram_bytes")->integer, 128);
	assert_int_equal(json_get(dense, "ram_bytes")->integer, 0);
	const double bound = json_get(dense, "error_bound")->number,
		     observed = json_get(dense, "error_observed")->number;
	assert_true(0 < observed && observed <= bound && bound < 1e-4);
	assert_true(bound < json_get(dense, "error_composed")->number);
	assert_int_equal(json_get(json_get(json, "totals"), "macs")->integer, 256);
	text_free(&out);
	handmade_free(&r.h);
}

static void the_suffix_decides(void **state)
{
	(void)state;
	struct reported r;
	struct text out = { 0 };
	start(&r);
	assert_false(report_print(&r.program, "report.pdf", &out));
	assert_false(report_print(&r.program, "report", &out));
	assert_false(report_print(&r.program, "dir.txt/report", &out));
	assert_int_equal(out.n, 0);
	handmade_free(&r.h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(the_suffix_decides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
