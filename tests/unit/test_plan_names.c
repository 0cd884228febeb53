/* Identifiers from model text: CONTRACT's rule for --prefix, and names of one output that do not clash. */
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

static void the_prefix_rule(void **unused)
{
	static const char *const rows[][2] = {
		{ "ecg", "ecg" },
		{ "my-model 2", "my_model_2" },
		{ "1d", "m_1d" },
		{ "_x", "m__x" },
		{ "-x", "m__x" },
		{ "class", "m_class" },
		{ "restrict", "m_restrict" },
		{ "nullptr", "m_nullptr" },
		{ "Class", "Class" },
		{ "größe", "gr__e" },
		{ "\xff"
		  "a",
		  "m__a" },
		{ "日本", "m___" },
		{ "a.b", "a_b" },
		{ "", "m_" },
		{ "int_", "int_" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(identifier(arena, rows[i][0]), rows[i][1]);
	assert_string_equal(upper(arena, "my_Model2"), "MY_MODEL2");
}

static void the_default_prefix(void **unused)
{
	(void)unused;
	assert_string_equal(file_identifier(arena, "/a.b/ecg.keras"), "ecg");
	assert_string_equal(file_identifier(arena, "ecg.v2.keras"), "ecg_v2");
	assert_string_equal(file_identifier(arena, "dir/ecg"), "ecg");
	assert_string_equal(file_identifier(arena, ".keras"), "m__keras");
	assert_string_equal(file_identifier(arena, "2.json"), "m_2");
}

/* A plan of steps with these layer names; those that begin with "conv" own tables "weights" and "bias". */
static struct plan *plan_of(const char *const *names, int n)
{
	struct plan *plan = NEW(arena, struct plan);

	plan->arena = arena;
	for (int i = 0; i < n; i++) {
		struct step step = { 0 };
		struct node *node = NEW(arena, struct node);

		node->name = names[i];
		step.node = node;
		for (int k = 0; k < 2 && strncmp(names[i], "conv", 4) == 0; k++) {
			step.table[k] = NEW(arena, struct table);
			step.table[k]->name = k ? "bias" : "weights";
			step.n_table = 2;
		}
		list_push(arena, &plan->steps, step);
	}
	names_assign(plan);
	return plan;
}

static void layers_keep_their_names(void **unused)
{
	static const char *const names[] = { "conv1", "tanh", "main", "int", "1x1" };
	static const char *const expect[] = { "conv1", "tanh", "main", "int", "1x1" };
	struct plan *plan = plan_of(names, 5);

	(void)unused;
	for (int i = 0; i < 5; i++) assert_string_equal(plan->steps.at[i].function, expect[i]);
	assert_string_equal(plan->steps.at[0].table[0]->name, "conv1_weights");
	assert_string_equal(plan->steps.at[0].table[1]->name, "conv1_bias");
}

static void clashes_are_resolved(void **unused)
{
	static const char *const names[] = {
		"a b", "a/b",      "a_b",        "run",        "context",      "conv_weights",    "conv",
		"",    "f32_tanh", "CONST",      "INPUT_SIZE", "context_size", "a_b_2",           "quantize",
		"t",   "MAX",      "f32x8_tanh", "u32x16",     "i32_multiply", "quantize_input0", "dequantize_output1"
	};
	int n = (int)(sizeof names / sizeof names[0]);
	struct plan *plan = plan_of(names, n);
	const char *all[64];
	int taken = 0;

	(void)unused;
	for (int i = 0; i < n; i++) {
		const struct step *step = &plan->steps.at[i];

		all[taken++] = step->function;
		for (int k = 0; k < step->n_table; k++) all[taken++] = step->table[k]->name;
	}
	for (int i = 0; i < taken; i++) {
		assert_string_not_equal(all[i], "run");
		assert_string_not_equal(all[i], "t"); /* uint32_t, of a model called uint32 */
		assert_string_not_equal(all[i], "MAX");
		assert_string_not_equal(all[i], "context");
		assert_string_not_equal(all[i], "context_size");
		assert_string_not_equal(all[i], "CONST");
		assert_string_not_equal(all[i], "INPUT_SIZE");
		assert_string_not_equal(all[i], "quantize");
		assert_string_not_equal(all[i], "u32x16");
		assert_int_not_equal(strncmp(all[i], RUNTIME_INFIX "_", strlen(RUNTIME_INFIX "_")), 0);
		assert_int_not_equal(strncmp(all[i], RUNTIME_INFIX "x8_", strlen(RUNTIME_INFIX "x8_")), 0);
		assert_int_not_equal(strncmp(all[i], RUNTIME_INTEGER "_", strlen(RUNTIME_INTEGER "_")), 0);
		assert_string_not_equal(all[i], "quantize_input0");
		assert_string_not_equal(all[i], "dequantize_output1");
		for (int j = 0; j < i; j++) assert_string_not_equal(all[i], all[j]);
	}
}

static void long_names_are_cut(void **unused)
{
	char name[1001];
	const char *names[] = { name, name };
	struct plan *plan;

	(void)unused;
	memset(name, 'x', 1000);
	name[1000] = '\0';
	plan = plan_of(names, 2);
	assert_true(strlen(plan->steps.at[0].function) < 60);
	assert_string_not_equal(plan->steps.at[0].function, plan->steps.at[1].function);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_prefix_rule),         cmocka_unit_test(the_default_prefix),
		cmocka_unit_test(layers_keep_their_names), cmocka_unit_test(clashes_are_resolved),
		cmocka_unit_test(long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
