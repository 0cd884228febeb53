/* Where tensors live, and the second opinion on it: planted faults have to be found. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
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

/* ---- graphs by hand ------------------------------------------------------------------------------------------ */

static struct tensor *input(struct graph *graph, struct shape shape)
{
	struct tensor *tensor = graph_tensor(graph, "in");

	tensor->shape = shape;
	list_push(arena, &graph->inputs, tensor);
	return tensor;
}

static struct tensor *node(struct graph *graph, const char *class_name, struct shape shape, struct tensor *a,
			   struct tensor *b)
{
	const struct layer *layer = layer_find(class_name);
	struct node *made = graph_node(graph, layer, class_name);
	struct tensor *in[2] = { a, b };

	made->class_name = class_name;
	made->config = arena_alloc(arena, layer->config_bytes + 1);
	graph_connect(graph, made, in, b ? 2 : 1, 1);
	made->out[0]->shape = shape;
	made->out[0]->type = a->type;
	return made->out[0];
}

static void output(struct graph *graph, struct tensor *tensor)
{
	list_push(arena, &graph->outputs, tensor);
}

/* Steps in the graph's order for all that is no view; no kernels. */
static struct plan *placed(const struct graph *graph, bool keep_all, int64_t scratch)
{
	struct plan *plan = NEW(arena, struct plan);

	plan->arena = arena;
	plan->graph = graph;
	plan->keep_all = keep_all;
	for (int i = 0; i < graph->nodes.n; i++) {
		struct step step = { .node = graph->nodes.at[i], .scratch_bytes = scratch };

		if (!layer_is_view(graph->nodes.at[i])) list_push(arena, &plan->steps, step);
	}
	memory_place(plan);
	return plan;
}

static struct buffer at(const struct plan *plan, const struct tensor *tensor)
{
	return plan->buffer[tensor->id];
}

/* conv -> relu -> conv -> flatten -> dense, with a skip around the second convolution. */
struct residual {
	struct graph *graph;
	struct tensor *x, *a, *b, *c, *sum, *flat, *y;
};

static struct residual residual(enum type type)
{
	struct residual r = { .graph = graph_new(arena, "m") };
	struct shape rows = shape_of(2, (int64_t)10, (int64_t)4);

	r.x = input(r.graph, shape_of(2, (int64_t)10, (int64_t)3));
	r.x->type = type;
	r.a = node(r.graph, "Conv1D", rows, r.x, NULL);
	r.b = node(r.graph, "Activation", rows, r.a, NULL);
	r.c = node(r.graph, "Conv1D", rows, r.b, NULL);
	r.sum = node(r.graph, "Add", rows, r.b, r.c);
	r.flat = node(r.graph, "Flatten", shape_of(1, (int64_t)40), r.sum, NULL);
	r.y = node(r.graph, "Dense", shape_of(1, (int64_t)5), r.flat, NULL);
	output(r.graph, r.y);
	return r;
}

/* ---- placement ---------------------------------------------------------------------------------------------------- */

static void a_residual_block(void **unused)
{
	struct residual r = residual(TYPE_F32);
	struct plan *plan = placed(r.graph, false, 0);

	(void)unused;
	plan_check(plan);
	assert_int_equal(plan->context_bytes, 2 * 160);
	assert_int_equal(at(plan, r.x).home, HOME_INPUT);
	assert_int_equal(at(plan, r.y).home, HOME_OUTPUT);
	assert_int_equal(at(plan, r.a).offset, at(plan, r.b).offset);
	assert_int_equal(at(plan, r.sum).offset, at(plan, r.b).offset);
	assert_int_equal(at(plan, r.flat).offset, at(plan, r.sum).offset);
	assert_int_not_equal(at(plan, r.c).offset, at(plan, r.b).offset);
}

static void int8_is_counted_in_bytes(void **unused)
{
	struct plan *plan = placed(residual(TYPE_I8).graph, false, 0);

	(void)unused;
	plan_check(plan);
	assert_int_equal(plan->context_bytes, 2 * 40);
}

static void everything_is_kept(void **unused)
{
	struct residual r = residual(TYPE_F32);
	struct plan *plan = placed(r.graph, true, 0);

	(void)unused;
	plan_check(plan);
	assert_int_equal(plan->context_bytes, 4 * 160);
}

static void scratch_has_bytes_of_its_own(void **unused)
{
	struct plan *plan = placed(residual(TYPE_F32).graph, false, 100);

	(void)unused;
	plan_check(plan);
	assert_in_range(plan->context_bytes, 2 * 160 + 100, 2 * 160 + 2 * 104);
}

static void a_model_without_memory_has_a_context(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct shape rows = shape_of(2, (int64_t)10, (int64_t)4);
	struct tensor *x = input(graph, rows), *a = node(graph, "Conv1D", rows, x, NULL);
	struct tensor *y = node(graph, "Activation", rows, a, NULL);
	struct plan *plan;

	(void)unused;
	output(graph, y);
	plan = placed(graph, false, 0);
	plan_check(plan);
	assert_int_equal(plan->context_bytes, 4);
	assert_int_equal(at(plan, a).home, HOME_OUTPUT);
}

static void inputs_and_outputs_are_not_overwritten(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct shape rows = shape_of(2, (int64_t)10, (int64_t)4);
	struct tensor *x = input(graph, rows), *a = node(graph, "Activation", rows, x, NULL);
	struct tensor *b = node(graph, "Activation", rows, a, NULL), *c = node(graph, "Conv1D", rows, b, NULL);
	struct plan *plan;

	(void)unused;
	output(graph, a);
	output(graph, c);
	plan = placed(graph, false, 0);
	plan_check(plan);
	assert_int_equal(at(plan, a).home, HOME_OUTPUT);
	assert_int_equal(at(plan, b).home, HOME_CONTEXT);
}

/* The same tensor in two outputs, an input as output, a view of an input as output: copies. */
static void outputs_that_need_a_copy(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct shape rows = shape_of(2, (int64_t)10, (int64_t)4);
	struct tensor *x = input(graph, rows), *y = node(graph, "Activation", rows, x, NULL);
	struct tensor *flat = node(graph, "Flatten", shape_of(1, (int64_t)40), x, NULL);
	struct tensor *flat_y = node(graph, "Flatten", shape_of(1, (int64_t)40), y, NULL);
	struct tensor *outputs[] = { y, y, x, flat, flat_y };
	struct diag *diag = diag_new(arena);
	struct plan *plan;

	(void)unused;
	for (int i = 0; i < 5; i++) output(graph, outputs[i]);
	plan = plan_make(graph, target_row(0), FP_SEPARATE, false, arena, diag);
	assert_non_null(plan);
	plan_check(plan);
	assert_int_equal(plan->steps.n, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(at(plan, plan->graph->outputs.at[i]).home, HOME_OUTPUT);
		assert_int_equal(at(plan, plan->graph->outputs.at[i]).index, i);
	}
	assert_int_equal(graph->nodes.n, 3);
	for (int i = 0; i < graph->tensors.n; i++) assert_int_equal(plan->graph->tensors.at[i]->meaning, i);
}

/* Two wide branches, each narrowed at its end: one behind the other needs less than both wide tensors at once. */
static void the_order_saves_memory(void **unused)
{
	struct graph *graph = graph_new(arena, "m");
	struct shape wide = shape_of(2, (int64_t)10, (int64_t)64), narrow = shape_of(2, (int64_t)10, (int64_t)2);
	struct tensor *x = input(graph, narrow), *a = node(graph, "Conv1D", wide, x, NULL);
	struct tensor *b = node(graph, "Conv1D", wide, x, NULL), *c = node(graph, "Conv1D", narrow, a, NULL);
	struct tensor *d = node(graph, "Conv1D", narrow, b, NULL);
	const int *order;

	(void)unused;
	output(graph, node(graph, "Add", narrow, c, d));
	order = order_nodes(graph, arena);
	assert_int_equal(order[0], 0);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 1);
	assert_int_equal(order[3], 3);
	assert_int_equal(order[4], 4);
}

/* ---- random graphs ----------------------------------------------------------------------------------------------------- */

enum { GRAPHS = 1500, NODES_MOST = 24 };
static uint32_t state = 7;

static int draw(int n)
{
	state = state * 1664525u + 1013904223u;
	return (int)((state >> 8) % (uint32_t)n);
}

/* Softmax stands for every layer that is not element-wise; the planner does not look at what it computes. */
static struct graph *random_graph(void)
{
	struct graph *graph = graph_new(arena, "m");
	struct tensor *tensors[NODES_MOST + 2];
	int n = 1 + draw(2), nodes = 1 + draw(NODES_MOST);

	for (int i = 0; i < n; i++) tensors[i] = input(graph, shape_of(2, (int64_t)8, (int64_t)(1 + draw(3))));
	for (int i = 0; i < nodes; i++) {
		struct tensor *x = tensors[n - 1 - draw(n < 6 ? n : 6)], *same = x, *made;
		int64_t channels = x->shape.at[x->shape.rank - 1];

		for (int k = 0; k < n; k++)
			if (shape_equal(&tensors[k]->shape, &x->shape) && draw(2)) same = tensors[k];
		switch (x->shape.rank == 1 ? draw(2) : draw(5)) {
		case 0: made = node(graph, "Activation", x->shape, x, NULL); break;
		case 1: made = node(graph, "Add", x->shape, x, same); break;
		case 2: made = node(graph, "Flatten", shape_of(1, 8 * channels), x, NULL); break;
		default: made = node(graph, "Softmax", shape_of(2, (int64_t)8, (int64_t)(1 + draw(9))), x, NULL); break;
		}
		tensors[n++] = made;
	}
	for (int i = 1 + draw(3); i > 0; i--) output(graph, tensors[draw(n)]);
	return graph;
}

/* Whatever the graph, the plan stands the second opinion, also with every tensor kept, and never needs more memory than one
 * that keeps them. */
static void random_graphs_are_placed(void **unused)
{
	(void)unused;
	for (int i = 0; i < GRAPHS; i++) {
		struct diag *diag = diag_new(arena);
		struct graph *graph = random_graph();
		struct plan *plan, *kept;

		plan = plan_make(graph, target_row(0), FP_SEPARATE, false, arena, diag);
		kept = plan_make(graph, target_row(0), FP_SEPARATE, true, arena, diag);
		assert_non_null(plan);
		assert_non_null(kept);
		plan_check(plan);
		plan_check(kept);
		assert_true(plan->context_bytes <= kept->context_bytes);
	}
}

/* ---- the second opinion --------------------------------------------------------------------------------------------- */

static int status_of_check(const struct plan *plan)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr)) _exit(1);
		plan_check(plan);
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

typedef void plant(struct plan *plan, const struct residual *r);

static void overlap_of_live_buffers(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->c->id].offset = plan->buffer[r->b->id].offset + CONTEXT_ALIGN;
}

static void overlap_with_own_input(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->c->id].offset = plan->buffer[r->b->id].offset;
}

static void beyond_the_end(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->c->id].offset = plan->context_bytes - 2 * CONTEXT_ALIGN;
}

static void a_misplaced_view(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->flat->id].offset += CONTEXT_ALIGN;
}

static void a_written_input(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->y->id] = plan->buffer[r->x->id];
}

static void an_output_elsewhere(struct plan *plan, const struct residual *r)
{
	plan->buffer[r->y->id] = plan->buffer[r->c->id];
}

static void a_read_before_the_write(struct plan *plan, const struct residual *r)
{
	struct step first = plan->steps.at[1];

	(void)r;
	plan->steps.at[1] = plan->steps.at[2];
	plan->steps.at[2] = first;
}

static void a_missing_step(struct plan *plan, const struct residual *r)
{
	(void)r;
	plan->steps.n--;
}

static void scratch_over_an_input(struct plan *plan, const struct residual *r)
{
	plan->steps.at[2].scratch_bytes = 16;
	plan->steps.at[2].scratch_offset = plan->buffer[r->b->id].offset;
}

static void a_small_context(struct plan *plan, const struct residual *r)
{
	(void)r;
	plan->context_bytes = 160;
}

static void planted_faults_are_found(void **unused)
{
	static plant *const plants[] = { overlap_of_live_buffers, overlap_with_own_input, beyond_the_end,
					 a_misplaced_view,        a_written_input,        an_output_elsewhere,
					 a_read_before_the_write, a_missing_step,         scratch_over_an_input,
					 a_small_context };

	(void)unused;
	for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
		struct residual r = residual(TYPE_F32);
		struct plan *plan = placed(r.graph, false, 0);

		assert_int_equal(status_of_check(plan), 0);
		plants[i](plan, &r);
		if (status_of_check(plan) != STATUS_FAULT) fail_msg("planted fault %d was not found", (int)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_residual_block),
		cmocka_unit_test(int8_is_counted_in_bytes),
		cmocka_unit_test(everything_is_kept),
		cmocka_unit_test(scratch_has_bytes_of_its_own),
		cmocka_unit_test(a_model_without_memory_has_a_context),
		cmocka_unit_test(inputs_and_outputs_are_not_overwritten),
		cmocka_unit_test(outputs_that_need_a_copy),
		cmocka_unit_test(the_order_saves_memory),
		cmocka_unit_test(random_graphs_are_placed),
		cmocka_unit_test(planted_faults_are_found),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
