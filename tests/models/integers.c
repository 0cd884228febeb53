/* integers.c: random models of integers: drafts, quantised after the ranges that their tensors have on a few samples. */
#include "tests/models/models.h"

#include "layers/integer.h"
#include "passes/quantise.h"

#include <math.h>
#include <string.h>

enum { CALIBRATION_SAMPLES = 2, RANGE_LARGEST = 1 << 20 };

/* Weights that no integer stands for, masks, layers in time: quantize refuses them. */
static bool can_be_quantised(const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (node_moves_times(node) || node->layer->mask == MASK_MAKES) return false;
		for (int k = 0; k < node->n_weight; k++)
			for (int64_t e = 0; e < shape_elements(&node->weight[k]->shape); e++)
				if (!(fabsf(node->weight[k]->f32[e]) < RANGE_LARGEST)) return false;
	}
	return true;
}

static void see_samples(struct calibration *calibration, const struct graph *graph, struct dice *dice)
{
	for (int s = 0; s < CALIBRATION_SAMPLES; s++) {
		struct arena *arena = arena_new();
		float **in = NEW_ARRAY(arena, graph->inputs.n, float *);
		struct values values;

		for (int i = 0; i < graph->inputs.n; i++) {
			const int64_t n = tensor_elements(graph->inputs.at[i]);
			in[i] = NEW_ARRAY(arena, n, float);
			dice_fill(dice, STYLE_PLAIN, in[i], n);
		}
		values = eval_graph(graph, NUMBER_SEPARATE, (const float *const *)in, arena);
		calibration_see(calibration, &values);
		arena_free(arena);
	}
}

/* What was seen, a little more or less: some values do not fit, some integers are never used. */
static struct range stretched(struct range seen, struct dice *dice)
{
	const double by = dice_chance(dice, 50) ? 1 : dice_real(dice, 0.2, 3);

	if (!(fabs(seen.least) < RANGE_LARGEST) || !(fabs(seen.most) < RANGE_LARGEST))
		return (struct range){ -1, dice_real(dice, 0, 4) };
	return (struct range){ seen.least * by, seen.most * by };
}

/* Through the JSON, as a user has it. */
static struct graph *read_back(const struct graph *graph, struct arena *arena, struct diag *diag)
{
	const struct options options = options_default();
	const struct loaded *loaded;
	struct text json = { 0 };

	quantised_write(graph, &json);
	loaded = load_quantised(&json, "quantised model", &options, arena, diag);
	text_free(&json);
	return loaded && !diag_failed(diag) ? loaded->graph : NULL;
}

struct graph *graph_quantised(const struct graph *folded, enum type type, struct dice *dice, struct arena *arena,
			      struct diag *diag)
{
	struct quantising how = { .activations = type,
				  .ends = dice_chance(dice, 80) ? type : TYPE_F32,
				  .rounding = dice_chance(dice, 80) ? ROUNDING_DOUBLE : ROUNDING_SINGLE };
	struct calibration *calibration;
	struct graph *prepared;
	struct range *range;

	if (!can_be_quantised(folded)) return NULL;
	prepared = quantise_prepare(folded, arena);
	if (dice_chance(dice, 20)) quantise_equalise(prepared);
	calibration = calibration_new(prepared, arena);
	see_samples(calibration, prepared, dice);
	range = NEW_ARRAY(arena, prepared->tensors.n, struct range);
	for (int t = 0; t < prepared->tensors.n; t++) {
		range[t] = calibration_seen(calibration, t);
		if (fabs(range[t].least) < RANGE_LARGEST && fabs(range[t].most) < RANGE_LARGEST)
			range[t] = calibration_choose(calibration, t, RANGE_MINMAX, 0, type == TYPE_I16 ? 65534 : 255,
						      type == TYPE_I16);
		range[t] = stretched(range[t], dice);
	}
	how.range = range;
	return read_back(quantise(prepared, &how, arena)->graph, arena, diag);
}

void integers_fill(struct dice *dice, const struct tensor *tensor, float *at, int64_t n)
{
	const int64_t least = type_least(tensor->type), most = type_most(tensor->type);
	const bool ends = dice_chance(dice, 25);

	for (int64_t i = 0; i < n; i++) {
		const int64_t any = least + (int64_t)(dice_bits(dice) % (uint64_t)(most - least + 1));
		at[i] = (float)(!ends ? any : dice_chance(dice, 50) ? least : most);
	}
}
