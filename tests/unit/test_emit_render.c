/* Templates: what they may write, and that every slip is an error with the template's line. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena *arena;
static char folder[] = "/tmp/conv1dc-render-XXXXXX";
static float weights[10] = { 1, -2, 0.5f, 3, 4, 5, 6, 7, 8, 1e-30f };
static struct table table = { "conv_weights", "ten weights", TYPE_F32, 10, 5, 0, weights };

static int set_up(void **unused)
{
	(void)unused;
	arena = arena_new();
	return mkdtemp(folder) ? 0 : 1;
}

static int tear_down(void **unused)
{
	(void)unused;
	unlink(path_join(arena, folder, "t.ct"));
	rmdir(folder);
	arena_free(arena);
	return 0;
}

static void set(struct value *map, const char *key, const char *text)
{
	value_set(map, key, value_string(arena, text));
}

/* model, and a step S with its L and K, as plan_view() makes them. */
static struct value *tree(void)
{
	struct value *view = value_map(arena), *model = value_map(arena), *step = value_map(arena);
	struct value *layer = value_map(arena), *kernel = value_map(arena), *list = value_list(arena);

	value_set(model, "fused", value_bool(arena, false));
	set(model, "isa", "avx2");
	value_set(model, "widths", value_list(arena));
	value_set(model, "n", value_int(arena, 7));
	value_set(model, "real", value_real(arena, 0.1));
	set(model, "evil",
	    "a */ b /* c\n?"
	    "?/ \\ \xc3\xa9");
	value_push(list, value_int(arena, 1));
	value_push(list, value_int(arena, 2));
	value_set(model, "list", list);
	set(layer, "prefix", "ecg");
	set(layer, "macro", "ECG");
	set(layer, "act", "elu_a");
	set(layer, "add", "");
	value_set(layer, "act_constants", value_list(arena));
	value_push(layer->last, value_f32(arena, 0.3f));
	value_set(kernel, "weights", value_table(arena, &table));
	value_set(kernel, "third", value_f32(arena, 1.0f / 3));
	value_set(step, "L", layer);
	value_set(step, "K", kernel);
	value_set(view, "model", model);
	value_set(view, "S", step);
	return view;
}

static void put(const char *template)
{
	FILE *file = fopen(path_join(arena, folder, "t.ct"), "w");

	assert_non_null(file);
	fputs(template, file);
	fclose(file);
}

static void renders(const char *template, const char *expect)
{
	struct text out = { 0 };
	struct diag *diag = diag_new(arena);

	put(template);
	assert_true(render("t.ct", tree(), folder, &out, diag));
	assert_false(diag_failed(diag));
	assert_string_equal(out.at ? out.at : "", expect);
	text_free(&out);
}

/* stderr's text while the template fails. */
static const char *failure(const char *template)
{
	char path[] = "/tmp/conv1dc-stderr-XXXXXX";
	int kept = dup(2), to = mkstemp(path);
	struct text out = { 0 };
	struct bytes said;
	const char *reason;
	struct diag *diag = diag_new(arena);

	put(template);
	assert_true(kept >= 0 && to >= 0);
	fflush(stderr);
	dup2(to, 2);
	assert_false(render("t.ct", tree(), folder, &out, diag));
	fflush(stderr);
	dup2(kept, 2);
	close(kept);
	close(to);
	assert_true(file_read(arena, path, &said, &reason));
	unlink(path);
	text_free(&out);
	assert_int_equal(diag_status(diag), STATUS_MODEL);
	return (const char *)said.at;
}

static void fails(const char *template, const char *line, const char *message)
{
	const char *said = failure(template);

	if (!strstr(said, arena_printf(arena, "t.ct:%s:", line)) || !strstr(said, message))
		fail_msg("expected line %s, '%s'; got: %s", line, message, said);
}

static void plain_text_and_values(void **unused)
{
	(void)unused;
	renders("a % b $ {c}\n\n    x   \nlast", "a % b $ {c}\n\n    x\nlast\n");
	renders("n = ${model.n}, ${model.n + 1}; ${\"}\"}\n", "n = 7, 8; }\n");
	renders("% for i, v in ipairs(model.list) do\n${i}:${v}\n% end\n", "1:1\n2:2\n");
	renders("  % for i in each(2) do\n${i}\n  % end\n% for i in each(1, 3) do\n${i}\n% end\n", "0\n1\n1\n2\n");
	renders("${f32(0.5)} ${f32(S.K.third)}\n", "0.5f 0.33333334f\n");
	renders("${count(1234567)} ${count(12)} ${fmt(\"%03d\", 7)} ${id(\"2 x\")}\n", "1,234,567 12 007 m_2_x\n");
	renders("${comment(model.evil)}\n", "a * / b / * c<U+000A>? ?/ <U+005C> <U+00E9>\n");
	renders("% local t = capture(function()\nx\n% end)\ny\n% paste(t)\n", "y\nx\n");
}

/* A template that includes kernel.ct for the step. */
static void kernel_renders(const char *kernel, const char *expect)
{
	const char *path = path_join(arena, folder, "kernel.ct");
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(kernel, file);
	fclose(file);
	renders("% include(\"kernel.ct\", S)\n", expect);
	unlink(path);
}

static void what_a_kernel_sees(void **unused)
{
	(void)unused;
	kernel_renders("${act(\"a\")} ${madd(\"a\", \"x\", \"w\")} ${model.n}\n",
		       "ecg_f32_elu_a(a, 0.3f) a += x * w; 7\n");
	kernel_renders("${sym(K.weights)} ${K.weights.n}\n% table(K.weights)\n",
		       "ecg_conv_weights 10\n/* ten weights */\nECG_CONST float ecg_conv_weights[10] = {\n"
		       "      1.0f,  -2.0f,   0.5f,   3.0f,   4.0f,   5.0f,   6.0f,   7.0f,   8.0f, 1e-30f\n};\n");
	kernel_renders("${runtime(\"relu\")}\n", "ecg_f32_relu\n");
	kernel_renders("${vact(1, \"a\")} ${vact(8, \"a\")} ${vruntime(4, \"relu\")}\n",
		       "ecg_f32_elu_a(a, 0.3f) ecg_f32x8_elu_a(a, 0.3f) ecg_f32x4_relu\n");
}

static void slips_are_errors(void **unused)
{
	(void)unused;
	fails("a\n${model.nn}\n", "2", "no field 'nn' in model");
	fails("\n\n% local x = foo\n", "3", "no name 'foo'");
	fails("% x = 1\n", "1", "not declared local");
	fails("${model.list[3].x}\n", "1", "");
	fails("% local x = model.list[9]\n", "1", "items 1 to 2");
	fails("a\n${model.real}\n", "2", "cannot write a float");
	fails("a\n${model.list}\n", "2", "cannot write");
	fails("${nil}\n", "1", "cannot write a nil");
	fails("${f32(model.real)}\n", "1", "no float32");
	fails("${f32(\"1\")}\n", "1", "f32() of a string");
	fails("% model.n = 3\n", "1", "cannot be changed");
	fails("a\n\nb ${model.n\n", "3", "${ without its }");
	fails("% if true then\na\n", "2", "");
	fails("% error(\"stop\")\n", "1", "stop");
	fails("% for k in pairs(model) do end\n", "1", "no name 'pairs'");
	fails("% os.exit(0)\n", "1", "no name 'os'");
	fails("% io.write(1)\n", "1", "no name 'io'");
	fails("% load(\"x\")\n", "1", "no name 'load'");
	fails("% require(\"x\")\n", "1", "no name 'require'");
	fails("% include(\"../x\")\n", "1", "not the name of a template");
	fails("% include(\"absent.ct\")\n", "1", "no template 'absent.ct'");
	fails("% while true do end\n", "1", "does not come to an end");
	fails("% local s = rep(\"x\", 1 << 40)\n", "1", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_and_values),
		cmocka_unit_test(what_a_kernel_sees),
		cmocka_unit_test(slips_are_errors),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
