/* Check 2 finds what a rewrite of the graph broke: a fold with bugs planted. */
#include "judge_graphs.h"

#include <math.h>
#include <string.h>

static const struct conv1d_config conv = { .filters = 8,
					   .kernel_size = 3,
					   .strides = 1,
					   .dilation_rate = 1,
					   .groups = 1,
					   .padding = PADDING_SAME,
					   .use_bias = true };
static const struct batch_norm_config norm = { .axis = -1, .epsilon = 1e-3, .center = true, .scale = true };

struct judged {
	struct handmade h;
	struct program program;
	struct options options;
	struct verdict verdict;
};

/* Conv1D, batch norm and tanh that fold into one node, then a Dense layer. */
static void start(struct judged *j)
{
	const struct dense_config dense = { .units = 3, .use_bias = true };
	*j = (struct judged){ .h = handmade_new(), .options = { .quiet = true } };
	struct tensor *x = handmade_input(&j->h, shape_of(2, (int64_t)9, (int64_t)4));
	x = handmade_one(&j->h, "Conv1D", &conv, NULL, x);
	x = handmade_one(&j->h, "BatchNormalization", &norm, NULL, x);
	x = handmade_one(&j->h, "Activation", NULL, "tanh", x);
	handmade_output(&j->h, handmade_one(&j->h, "Dense", &dense, NULL, x));
	struct graph *folded = graph_copy(j->h.arena, j->h.graph);
	fold(folded);
	assert_int_equal(folded->nodes.n, 2);
	j->program = (struct program){ .meaning = j->h.graph,
				       .graph = folded,
				       .target = target_find("c99"),
				       .fp = FP_SEPARATE,
				       .prefix = "handmade",
				       .macro = "HANDMADE" };
}

static void judge(struct judged *j)
{
	struct trial trial = { .program = &j->program,
			       .options = &j->options,
			       .verdict = &j->verdict,
			       .arena = j->h.arena,
			       .diag = j->h.diag };
	assert_true(check_meaning(&trial));
}

/* The weight of a folded node, to be changed: folding made it. */
static float *folded_weight(struct judged *j, int node, const char *name)
{
	const struct weight *weight = node_weight(j->program.graph->nodes.at[node], name);
	const int64_t n = shape_elements(&weight->shape);
	float *copy = arena_copy(j->h.arena, weight->f32, (size_t)n * sizeof(float));
	struct weight *changed = arena_copy(j->h.arena, weight, sizeof *weight);
	struct node *of = j->program.graph->nodes.at[node];
	changed->f32 = copy;
	const struct weight **list = arena_copy(j->h.arena, of->weight, (size_t)of->n_weight * sizeof *list);
	for (int i = 0; i < of->n_weight; i++) {
		if (list[i] == weight) list[i] = changed;
	}
	of->weight = list;
	return copy;
}

static void a_right_fold_passes(void **state)
{
	(void)state;
	struct judged j;
	start(&j);
	judge(&j);
	assert_int_equal(j.verdict.passed, 2);
	assert_int_equal(j.verdict.failed, 0);
	handmade_free(&j.h);
}

/* 32 units in the last place of one weight are more than roundings explain where that weight counts alone (an impulse). */
static void a_wrong_weight_is_found(void **state)
{
	(void)state;
	struct judged j;
	start(&j);
	float *kernel = folded_weight(&j, 0, "kernel");
	kernel[3 * 8] *= 1 + 0x1p-18f;
	judge(&j);
	assert_int_equal(j.verdict.failed, 1);
	handmade_free(&j.h);
}

static void a_wrong_bias_is_found(void **state)
{
	(void)state;
	struct judged j;
	start(&j);
	folded_weight(&j, 0, "bias")[5] += 1e-5f;
	judge(&j);
	assert_int_equal(j.verdict.failed, 1);
	handmade_free(&j.h);
}

static void a_lost_activation_is_found(void **state)
{
	(void)state;
	struct judged j;
	start(&j);
	j.program.graph->nodes.at[0]->activation = (struct activation){ 0 };
	judge(&j);
	assert_int_equal(j.verdict.failed, 1);
	assert_int_equal(j.verdict.passed, 1);
	handmade_free(&j.h);
}

/* NaN where the meaning is finite and nothing overflows. */
static void a_lost_value_is_found(void **state)
{
	(void)state;
	struct judged j;
	start(&j);
	folded_weight(&j, 0, "bias")[2] = NAN;
	judge(&j);
	assert_int_equal(j.verdict.failed, 1);
	handmade_free(&j.h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_fold_passes),   cmocka_unit_test(a_wrong_weight_is_found),
		cmocka_unit_test(a_wrong_bias_is_found), cmocka_unit_test(a_lost_activation_is_found),
		cmocka_unit_test(a_lost_value_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
