/* The report's pictures: the graph, and the context over time. */
#include "judge_graphs.h"
#include "report/parts.h"

#include <string.h>

/* Branches of several depths that meet again: some edges pass rows. */
static struct handmade branches(void)
{
	struct handmade h = handmade_new();
	struct tensor *x = handmade_input(&h, shape_of(2, (int64_t)8, (int64_t)4)), *last = x;
	for (int i = 0; i < 5; i++) {
		struct tensor *left = handmade_one(&h, "Activation", NULL, "relu", last);
		struct tensor *right = handmade_one(&h, "Activation", NULL, "tanh", last);
		right = handmade_one(&h, "Activation", NULL, "sigmoid", right);
		struct tensor *in[] = { left, right, x };
		last = handmade_layer(&h, "Add", NULL, NULL, in, 3);
	}
	handmade_output(&h, last);
	return h;
}

static bool overlap(const struct drawn_box *a, const struct drawn_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height && b->y < a->y + a->height;
}

static void boxes_lie_apart(void **state)
{
	(void)state;
	struct handmade h = branches();
	const struct drawing *d = draw_graph(h.graph, h.arena);
	assert_int_equal(d->boxes.n, 22);
	assert_int_equal(d->edges.n, 5 * 6 + 1);
	for (int i = 0; i < d->boxes.n; i++) {
		const struct drawn_box *box = &d->boxes.at[i];
		assert_true(box->x >= 0 && box->y >= 0);
		assert_true(box->x + box->width <= d->width && box->y + box->height <= d->height);
		for (int k = 0; k < i; k++) assert_false(overlap(box, &d->boxes.at[k]));
	}
	for (int i = 0; i < d->edges.n; i++) {
		const struct drawn_edge *edge = &d->edges.at[i];
		assert_true(d->boxes.at[edge->from].y < d->boxes.at[edge->to].y);
		assert_non_null(edge->path);
		assert_int_equal(edge->path[0], 'M');
	}
	handmade_free(&h);
}

/* An input that nobody reads, and one that is the output. */
static void lone_inputs_are_drawn(void **state)
{
	(void)state;
	struct handmade h = handmade_new();
	handmade_output(&h, handmade_input(&h, shape_of(1, (int64_t)3)));
	handmade_input(&h, shape_of(1, (int64_t)3));
	const struct drawing *d = draw_graph(h.graph, h.arena);
	assert_int_equal(d->boxes.n, 3);
	assert_int_equal(d->edges.n, 1);
	for (int i = 1; i < 3; i++) assert_false(overlap(&d->boxes.at[i], &d->boxes.at[i - 1]));
	handmade_free(&h);
}

/* No two buffers share a byte in the same step; the peak is what is alive there. */
static void check_map(const struct plan *plan, struct arena *arena)
{
	const struct memory_map *map = memory_map_of(plan, arena);
	int64_t peak = 0;
	assert_true(map->list.n > 2);
	for (int i = 0; i < map->list.n; i++) {
		const struct resident *a = &map->list.at[i];
		assert_true(a->offset >= 0 && a->offset + a->bytes <= plan->context_bytes && a->first <= a->last);
		for (int k = 0; k < i; k++) {
			const struct resident *b = &map->list.at[k];
			assert_false(a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes &&
				     a->first <= b->last && b->first <= a->last);
		}
		if (is_alive(a, map->peak)) peak += a->bytes;
	}
	assert_int_equal(peak, map->peak_bytes);
	assert_true(map->peak_bytes <= plan->context_bytes);
}

static void residents_lie_apart(void **state)
{
	(void)state;
	struct handmade h = branches();
	const struct target *target = target_find("c99");
	check_map(plan_make(h.graph, target, FP_SEPARATE, false, h.arena, h.diag), h.arena);
	for (int64_t block = 1; block < 8; block++) {
		const struct wish wish = { RAM_LEAST, block };
		check_map(plan_make_for(h.graph, target, FP_SEPARATE, NULL, wish, h.arena, h.diag), h.arena);
	}
	handmade_free(&h);
}

/* Of all plans that were tried one is chosen. */
static void one_trial_is_chosen(void **state)
{
	(void)state;
	struct handmade h = branches();
	for (int ram = RAM_LEAST; ram <= RAM_FASTEST; ram++) {
		const struct wish wish = { (enum ram)ram, 0 };
		const struct plan *plan =
		    plan_make_for(h.graph, target_find("c99"), FP_SEPARATE, NULL, wish, h.arena, h.diag);
		int chosen = 0;
		for (int i = 0; i < plan->trials.n; i++) chosen += trial_is_chosen(plan, i);
		assert_int_equal(chosen, plan->trials.n > 0);
	}
	handmade_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes_lie_apart),
		cmocka_unit_test(lone_inputs_are_drawn),
		cmocka_unit_test(residents_lie_apart),
		cmocka_unit_test(one_trial_is_chosen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
