/* kernels/conv1d_vector.c: what its tiles may be, and that its blocks and tables, read as the template reads them, are the
 * layer's filters. */
#include "layer_nodes.h"

#include "kernels/kernel.h"

enum { TILES = 300, TRIALS = 400 };

struct fixture {
	struct arena *arena;
	const struct target *target;
	struct node *node;
	struct sum sum;
};

/* A Conv1D of any shape and a vector target; false: the kernel does not serve it. */
static bool draw(struct fixture *f)
{
	static const char *const targets[] = { "sse2", "avx2", "avx512", "avx512vnni", "neon", "neon-dot" };
	int64_t groups = dice(3) ? 1 : 1 + dice(4);
	struct conv1d_config config = { .filters = groups * (1 + dice(150)),
					.kernel_size = 1 + dice(9),
					.strides = dice(2) ? 1 : 1 + dice(3),
					.dilation_rate = 1,
					.groups = groups,
					.padding = PADDING_SAME,
					.use_bias = true };
	struct graph *graph;

	f->arena = arena_new();
	f->target = target_find(targets[dice(6)]);
	graph = graph_new(f->arena, "m");
	f->node =
	    then(graph, input(graph, shape_of(2, (int64_t)(1 + dice(60)), groups * (1 + dice(12)))), "Conv1D", &config)
		->from;
	return kernel_conv1d_vector.ok(f->node, f->target) && node_sum(f->node, &f->sum);
}

static const struct value *field(const struct value *map, const char *key)
{
	for (const struct value *v = map->first; v; v = v->next)
		if (!strcmp(v->key, key)) return v;
	fail_msg("no field %s", key);
	return NULL;
}

static int64_t number(const struct value *map, const char *key)
{
	return field(map, key)->as.integer;
}

/* ---- tiles ---------------------------------------------------------------------------------------------------- */

/* One register a sum, and one for the input.  A tile of one step can read its weights from memory. */
static void fits(const struct target *target, const struct tile *tile)
{
	assert_true(tile->steps > 0 && tile->vectors > 0);
	assert_true(tile->steps * tile->vectors + 1 + (tile->steps > 1) <= target->vectors);
}

static void tiles_fit_into_registers(void **state)
{
	int served = 0;

	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		struct fixture f;
		struct tile tile[TILES], first;

		if (draw(&f)) {
			int n = kernel_conv1d_vector.tiles(f.node, f.target, tile, TILES);

			assert_true(n > 0 && n < TILES);
			for (int i = 0; i < n; i++) fits(f.target, &tile[i]);
			for (int i = 1; i < n; i++) assert_memory_not_equal(&tile[i], &tile[0], sizeof tile[0]);
			assert_int_equal(kernel_conv1d_vector.tiles(f.node, f.target, &first, 1), 1);
			assert_memory_equal(&first, &tile[0], sizeof first);
			served++;
		}
		arena_free(f.arena);
	}
	assert_true(served > TRIALS / 2);
}

/* ---- blocks --------------------------------------------------------------------------------------------------- */

/* The weights of one lane, in the order of the terms, and its bias; filter -1: the lane has none. */
static void check_lane(const struct sum *s, const float *weights, int64_t lanes, float bias, int64_t filter)
{
	for (int64_t i = 0; i < sum_terms(s); i++) {
		float want = filter < 0 ? 0 : s->kernel[i * s->filters + filter];

		if (!(weights[i * lanes] == want)) fail_msg("filter %d, term %d", (int)filter, (int)i);
	}
	assert_true(bias == (filter < 0 ? 0 : s->bias[filter]));
}

/* A body of one group, block by block; its vectors follow each other, and only lanes at its end have no filter. */
static int64_t check_body(const struct fixture *f, const struct value *body, const float *weights, const float *bias,
			  int64_t filter)
{
	int64_t lanes = number(body, "lanes"), kept = number(body, "kept"), sum = 0;

	for (const struct value *v = field(body, "vectors")->first; v; v = v->next) {
		assert_true(v->as.integer <= f->target->width[0] && v->as.integer >= 4);
		assert_true(sum < kept);
		sum += v->as.integer;
	}
	assert_int_equal(sum, lanes);
	assert_true(number(body, "blocks") == 1 || kept == lanes);
	for (int64_t block = 0; block < number(body, "blocks"); block++) {
		const float *w = weights + number(body, "weights") + block * lanes * sum_terms(&f->sum);
		const float *b = bias + number(body, "first") + block * lanes;

		for (int64_t lane = 0; lane < lanes; lane++)
			check_lane(&f->sum, w + lane, lanes, b[lane], lane < kept ? filter + block * kept + lane : -1);
	}
	return kept * number(body, "blocks");
}

static void check_plan(const struct fixture *f, void *plan)
{
	const struct value *view = kernel_conv1d_vector.view(f->node, plan, f->arena);
	const struct table *weights = field(view, "weights")->as.table, *bias = field(view, "bias")->as.table;
	int64_t lanes = number(view, "lanes"), filter = 0;

	assert_int_equal(weights->align, 64);
	for (int64_t g = 0; g < f->sum.groups; g++)
		for (const struct value *body = field(view, "bodies")->first; body; body = body->next)
			filter += check_body(f, body, (const float *)weights->at + g * lanes * sum_terms(&f->sum),
					     (const float *)bias->at + g * lanes, filter);
	assert_int_equal(filter, f->sum.filters);
}

static void blocks_are_the_filters(void **state)
{
	(void)state;
	for (int trial = 0; trial < TRIALS; trial++) {
		struct fixture f;
		struct tile tile[TILES];

		if (draw(&f)) {
			uint32_t n = (uint32_t)kernel_conv1d_vector.tiles(f.node, f.target, tile, TILES);

			check_plan(&f, kernel_conv1d_vector.plan(f.node, f.target, f.arena));
			check_plan(&f, kernel_conv1d_vector.plan_tile(f.node, f.target, &tile[dice(n)], f.arena));
		}
		arena_free(f.arena);
	}
}

/* As many strips as there must be, of whole tiles, and no two of them share more than a tile's steps each. */
static void strips_are_even(void **state)
{
	(void)state;
	for (int64_t steps = 1; steps <= 300; steps++) {
		const int64_t most = 1 + dice(120), tile = 1 + dice(steps < 12 ? (uint32_t)steps : 12);
		const int64_t strip = even_strips(steps, most, tile), fitting = most > tile ? most - most % tile : tile;
		const int64_t strips = ceiling(steps, strip);

		assert_true(strip >= 1 && strip <= steps);
		assert_true(strip <= fitting && (strip == steps || strip % tile == 0));
		assert_int_equal(strips, ceiling(steps, fitting));
		assert_true(strips == 1 || strips * strip - steps < strips * tile);
	}
	assert_int_equal(even_strips(512, 504, 8), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiles_fit_into_registers),
		cmocka_unit_test(blocks_are_the_filters),
		cmocka_unit_test(strips_are_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
