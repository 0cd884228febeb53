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

/* What --report NAME prints. */
static bool print(struct reported *r, const char *name, struct text *out)
{
	struct options options = options_default();
	struct outputs outputs;
	options.report = name;
	r->loaded.model =
	    (struct input_file){ .path = "some/handmade.json", .name = "handmade.json", .sha256 = "12ab" };
	assert_true(emit(&r->program, &options, &outputs, r->h.arena, r->h.diag));
	const bool printed = report_print(&r->program, &options, &outputs, out, r->h.arena, r->h.diag);
	outputs_free(&outputs);
	return printed;
}

static void as_text(void **state)
{
	(void)state;
	struct reported r;
	struct text out = { 0 };
	start(&r);
	assert_true(print(&r, "some/report.txt", &out));
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
	assert_true(print(&r, "report.json", &out));
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

/* Self-contained: nothing is fetched, nothing runs, and what the model says stays text. */
static void as_page(void **state)
{
	static const char *const never[] = { "<script", "http:", "https:", "url(http", "@import", "src=", "<b>bold" };
	(void)state;
	struct reported r;
	struct text out = { 0 }, again = { 0 };
	start(&r);
	r.program.meaning->name = "<script>alert('1')</script> & \"<b>bold\"";
	assert_true(print(&r, "report.html", &out));
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) assert_null(strstr(out.at, never[i]));
	assert_non_null(strstr(out.at, "<h1>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; "
				       "&quot;&lt;b&gt;bold&quot;</h1>"));
	assert_non_null(strstr(out.at, "<title>Conv1D_0: 128 bytes at 0, from Conv1D_0 to "));
	assert_true(print(&r, "other.html", &again));
	assert_string_equal(out.at, again.at);
	text_free(&out);
	text_free(&again);
	handmade_free(&r.h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(as_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
