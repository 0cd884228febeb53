/* kernels/window.c against a loop over every tap of every step; kernels of sums: what their tables hold, what they cost. */
#include "layer_nodes.h"

#include "kernels/kernel.h"

enum { SEGMENTS = 256 };

static bool tap_inside(const struct geometry *g, int64_t t, int64_t k)
{
	int64_t row = t * g->stride - g->pad_left + k * g->dilation;

	return row >= 0 && row < g->steps_in;
}

/* Exactly the taps [first, end) of step t lie inside. */
static bool are_the_valid(const struct geometry *g, int64_t t, struct span taps)
{
	if (taps.first < 0 || taps.end > g->taps) return false;
	for (int64_t k = 0; k < g->taps; k++)
		if (tap_inside(g, t, k) != (k >= taps.first && k < taps.end)) return false;
	return true;
}

static void check_geometry(const struct geometry *g)
{
	static struct segment segment[SEGMENTS];
	struct span inside = interior_steps(g), none = { 0, 0 };
	int n = segments_of(g, segment, SEGMENTS);
	int64_t next = 0;

	assert_true(n > 0);
	for (int64_t t = 0; t < g->steps_out; t++) {
		bool all = are_the_valid(g, t, (struct span){ 0, g->taps });

		assert_true(are_the_valid(g, t, valid_taps(g, t)));
		assert_int_equal(all, t >= inside.first && t < inside.end);
	}
	for (int i = 0; i < n; i++) {
		assert_int_equal(segment[i].steps.first, next);
		assert_true(segment[i].steps.end > next);
		for (int64_t t = next; t < segment[i].steps.end; t++) assert_true(are_the_valid(g, t, segment[i].taps));
		next = segment[i].steps.end;
	}
	assert_int_equal(next, g->steps_out);
	assert_int_equal(segments_of(g, segment, n - 1), -1);
	if (span_length(inside) == 0) assert_memory_equal(&inside, &none, sizeof none);
}

static void segments_cover_every_step_once(void **state)
{
	int tried = 0;

	(void)state;
	for (int64_t steps = 1; steps <= 14; steps++)
		for (int64_t taps = 1; taps <= 9; taps++)
			for (int64_t stride = 1; stride <= 4; stride++)
				for (int64_t dilation = 1; dilation <= 4; dilation++)
					for (int padding = PADDING_VALID; padding <= PADDING_CAUSAL; padding++) {
						struct window w;
						struct geometry g = { .steps_in = steps,
								      .taps = taps,
								      .stride = stride,
								      .dilation = dilation };

						if (!window_of(steps, taps, stride, dilation, padding, &w)) continue;
						g.steps_out = w.steps_out;
						g.pad_left = w.pad_left;
						check_geometry(&g);
						tried++;
					}
	assert_true(tried > 3000);
}

/* ---- sums ---------------------------------------------------------------------------------------------------- */

struct fixture {
	struct arena *arena;
	const struct target *target;
	struct node *node;
};

static struct fixture conv_of(int64_t steps, int64_t channels, struct conv1d_config config)
{
	struct fixture f = { .arena = arena_new(), .target = target_find("c99") };
	struct graph *graph = graph_new(f.arena, "m");
	bool first = config.data_format == CHANNELS_FIRST;
	struct tensor *in = input(graph, first ? shape_of(2, channels, steps) : shape_of(2, steps, channels));

	assert_non_null(f.target);
	f.node = then(graph, in, "Conv1D", &config)->from;
	return f;
}

static struct conv1d_config conv(int64_t filters, int64_t taps)
{
	return (struct conv1d_config){ .filters = filters,
				       .kernel_size = taps,
				       .strides = 1,
				       .dilation_rate = 1,
				       .groups = 1,
				       .padding = PADDING_SAME,
				       .use_bias = true };
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* The table holds every value as often as the weight (and, behind it, more) does, and zeros besides. */
static void check_permutation(struct arena *arena, const struct table *table, const struct weight *weight,
			      const struct weight *more)
{
	int64_t first = shape_elements(&weight->shape), n = first + (more ? shape_elements(&more->shape) : 0), left = 0;
	float *want = NEW_ARRAY(arena, n, float), *have = NEW_ARRAY(arena, table->n, float);

	for (int64_t i = 0; i < n; i++) want[i] = i < first ? weight->f32[i] : more->f32[i - first];
	for (int64_t i = 0; i < table->n; i++) {
		float v = ((const float *)table->at)[i];

		if (v != 0) have[left++] = v;
	}
	assert_int_equal(left, n);
	qsort(want, (size_t)n, sizeof *want, by_value);
	qsort(have, (size_t)n, sizeof *have, by_value);
	assert_memory_equal(want, have, (size_t)n * sizeof *want);
}

static const struct target *any_target(void)
{
	int n = 0;

	while (target_row(n)) n++;
	return target_row((int)dice((uint32_t)n));
}

static void tables_are_permutations(void **state)
{
	(void)state;
	for (int trial = 0; trial < 300; trial++) {
		int64_t groups = 1 + dice(3);
		struct conv1d_config c = conv(groups * (1 + dice(20)), 1 + dice(9));
		struct fixture f;

		c.groups = groups;
		c.data_format = (int)dice(2);
		f = conv_of(1 + dice(30), groups * (1 + dice(20)), c);
		f.target = any_target();
		for (int i = 0; kernel_row(i); i++) {
			const struct kernel *kernel = kernel_row(i);
			struct table *tables[MAX_KERNEL_TABLES];
			int n;

			if (!kernel->tables || !kernel->ok(f.node, f.target)) continue;
			n = kernel->tables(kernel->plan(f.node, f.target, f.arena), tables, MAX_KERNEL_TABLES);
			assert_in_range(n, 1, 2);
			assert_string_equal(tables[0]->name, "weights");
			check_permutation(f.arena, tables[0], node_weight(f.node, "kernel"),
					  n == 1 ? node_weight(f.node, "bias") : NULL);
			if (n == 1) continue;
			assert_string_equal(tables[1]->name, "bias");
			check_permutation(f.arena, tables[1], node_weight(f.node, "bias"), NULL);
		}
		arena_free(f.arena);
	}
}

static struct cost cost_of(const struct kernel *kernel, int64_t steps, int64_t channels, struct conv1d_config config)
{
	struct fixture f = conv_of(steps, channels, config);
	struct cost cost;

	if (!kernel->ok(f.node, f.target)) fail_msg("%s does not serve", kernel->name);
	cost = kernel->cost(f.node, f.target);
	arena_free(f.arena);
	return cost;
}

static void check_not_less(const struct cost *more, const struct cost *less)
{
	assert_true(more->operations > less->operations);
	assert_true(more->flash >= less->flash);
	assert_true(more->text >= less->text);
	assert_true(more->statements >= less->statements);
}

static void cost_grows_with_the_work(void **state)
{
	static const char *const names[] = { "conv1d_tiled", "conv1d_unrolled" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int row = 0; kernel_row(row); row++) {
			const struct kernel *kernel = kernel_row(row);
			struct cost base, steps, channels, taps, filters;

			if (strcmp(kernel->name, names[i])) continue;
			base = cost_of(kernel, 20, 2, conv(4, 3));
			steps = cost_of(kernel, 40, 2, conv(4, 3));
			channels = cost_of(kernel, 20, 4, conv(4, 3));
			taps = cost_of(kernel, 20, 2, conv(4, 5));
			filters = cost_of(kernel, 20, 2, conv(8, 3));
			check_not_less(&steps, &base);
			check_not_less(&channels, &base);
			check_not_less(&filters, &base);
			assert_true(taps.operations > base.operations);
			assert_true(taps.text > base.text);
		}
}

static const char *chosen(int64_t steps, int64_t channels, struct conv1d_config config)
{
	struct fixture f = conv_of(steps, channels, config);
	struct cost cost;
	const char *name = kernel_choose(f.node, f.target, &cost)->name;

	/* However large the layer is, no block of its text is. */
	assert_true(cost.statements <= 1024);
	arena_free(f.arena);
	return name;
}

static void the_choice_follows_the_size(void **state)
{
	(void)state;
	assert_string_equal(chosen(6, 1, conv(2, 3)), "conv1d_unrolled");
	assert_string_equal(chosen(256, 16, conv(32, 5)), "conv1d_tiled");
	assert_string_equal(chosen(1, 1000, conv(1000, 1)), "conv1d_tiled");
	assert_string_equal(chosen(100, 64, conv(4, 31)), "conv1d_partial");
	assert_string_equal(chosen(4000, 1, conv(1, 63)), "conv1d_across");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_cover_every_step_once),
		cmocka_unit_test(tables_are_permutations),
		cmocka_unit_test(cost_grows_with_the_work),
		cmocka_unit_test(the_choice_follows_the_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
