/* grow.c: a random graph: layers are put on tensors that are there, until it is large enough. */
#include "tests/models/models.h"

#include <string.h>

enum {
	ELEMENTS_MOST = 1500, /* of a tensor: models stay small, so that many can be tried */
	WEIGHTS_MOST = 2500,  /* of a layer */
	TRIES = 12,
	NESTING_MOST = 2,
	OUTPUTS_MOST = 3
};

/* A draft that is growing. */
struct growth {
	struct draft *draft;
	struct arena *arena;
	struct dice *dice;
	struct diag *diag;
	enum dialect dialect;
	int names, depth;
	bool masked;
};

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *new_name(struct growth *g, const char *class_name)
{
	static const char *const odd[] = { "while", "a b",         "a_b", "a-b", "9",
					   "main",  "caf\xc3\xa9", "int", "run", "x*/y" };
	int n = g->names++;

	if (dice_chance(g->dice, 90)) return arena_printf(g->arena, "%s_%d", class_name, n);
	/* Distinct as text, alike as identifiers. */
	return arena_printf(g->arena, "%s%.*s", odd[dice_below(g->dice, 10)], n, "................................");
}

static struct draft_layer *new_layer(struct growth *g, const char *class_name)
{
	struct draft_layer *layer = NEW(g->arena, struct draft_layer);

	layer->class_name = class_name;
	layer->name = new_name(g, class_name);
	layer->weight_seed = dice_bits(g->dice);
	layer->style = dice_chance(g->dice, 80) ? (enum style)dice_below(g->dice, STYLE_WHOLE)
						: (enum style)dice_below(g->dice, STYLE_ONE);
	return layer;
}

/* ---- tensors ------------------------------------------------------------------------------------------------------ */

/* Steps and channels mostly; with a third axis, of size 1 or not; features alone; many channels; many steps. */
static struct shape draw_shape(struct dice *dice)
{
	int64_t steps = dice_between(dice, 1, 24), channels = dice_between(dice, 1, 12);
	int kind = dice_below(dice, 25);

	if (kind < 15) return shape_of(2, steps, channels);
	if (kind < 17) return shape_of(1, (int64_t)dice_between(dice, 1, 80));
	if (kind < 18) return shape_of(2, (int64_t)dice_between(dice, 1, 12), (int64_t)dice_between(dice, 12, 70));
	if (kind == 24) return shape_of(2, (int64_t)dice_between(dice, 24, 200), (int64_t)dice_between(dice, 1, 4));
	if (kind < 20) return shape_of(3, steps, (int64_t)1, channels);
	if (kind < 22) return shape_of(3, (int64_t)1, steps, channels);
	if (kind < 23) return shape_of(3, channels, (int64_t)1, steps);
	return shape_of(3, (int64_t)dice_between(dice, 1, 6), (int64_t)dice_between(dice, 1, 6),
			(int64_t)dice_between(dice, 1, 6));
}

static struct ref add_input(struct growth *g, struct shape shape)
{
	struct draft *draft = g->draft;
	struct draft_call call = { .layer = draft->layers.n, .n_out = 1 };

	call.out[0] = shape;
	list_push(g->arena, &draft->layers, new_layer(g, "InputLayer"));
	list_push(g->arena, &draft->calls, call);
	return (struct ref){ draft->calls.n - 1, 0 };
}

/* Any tensor; the youngest ones oftener, so that graphs get deep. */
static struct ref any_tensor(struct growth *g)
{
	const struct draft *draft = g->draft;
	int n = draft->calls.n, back = dice_chance(g->dice, 65) ? 1 : 1 + dice_below(g->dice, n);
	const struct draft_call *call = &draft->calls.at[n - back];

	return (struct ref){ n - back, dice_below(g->dice, call->n_out) };
}

static bool same_but(const struct shape *a, const struct shape *b, int axis)
{
	if (a->rank != b->rank) return false;
	for (int i = 0; i < a->rank; i++)
		if (i != axis && a->at[i] != b->at[i]) return false;
	return true;
}

static bool broadcasts(const struct shape *a, const struct shape *b)
{
	for (int i = 1; i <= a->rank && i <= b->rank; i++) {
		int64_t x = a->at[a->rank - i], y = b->at[b->rank - i];
		if (x != y && x != 1 && y != 1) return false;
	}
	return true;
}

/* Keras 2 gives a merge the mask of the inputs that have one, whatever the shape of the others: where it is not the result's, no
 * layer can use it. */
static bool merges_masks(const struct growth *g)
{
	return g->masked && g->dialect == KERAS_2;
}

/* May be merged with one another. */
static bool are_partners(const struct growth *g, const struct shape *a, const struct shape *b)
{
	return broadcasts(a, b) && (!merges_masks(g) || same_but(a, b, a->rank - 1));
}

/* The shape of a partner. */
static struct shape narrower(const struct growth *g, struct shape shape)
{
	if (shape.rank > 1 && !merges_masks(g) && dice_chance(g->dice, 15)) {
		memmove(shape.at, shape.at + 1, sizeof *shape.at * (size_t)(shape.rank - 1));
		shape.rank--;
	}
	for (int i = merges_masks(g) ? shape.rank - 1 : 0; i < shape.rank; i++)
		if (dice_chance(g->dice, 25)) shape.at[i] = 1;
	return shape;
}

/* ---- one layer ------------------------------------------------------------------------------------------------------ */

/* Another input of a merge; false: none fits, and no new input may be made. */
static bool find_partner(struct growth *g, const struct row *row, struct draft_call *call, int axis)
{
	const struct shape *first = draft_shape(g->draft, call->in[0]);
	struct shape shape;

	for (int i = 0; i < TRIES; i++) {
		struct ref ref = any_tensor(g);
		const struct shape *other = draft_shape(g->draft, ref);
		bool fits = row->takes == TAKES_ROW ? same_but(first, other, axis) : are_partners(g, first, other);
		for (int k = 1; k < call->n_in && fits; k++)
			fits = row->takes == TAKES_ROW || are_partners(g, draft_shape(g->draft, call->in[k]), other);
		if (!fits) continue;
		call->in[call->n_in++] = ref;
		return true;
	}
	if (g->depth > 0 || dice_chance(g->dice, 60)) return false;
	shape = row->takes == TAKES_ROW ? *first : narrower(g, *first);
	if (row->takes == TAKES_ROW) shape.at[axis] = dice_between(g->dice, 1, 9);
	call->in[call->n_in] = add_input(g, shape);
	call->n_in++;
	return true;
}

static bool find_partners(struct growth *g, const struct row *row, struct draft_call *call, struct draft_layer *layer)
{
	int rank = draft_shape(g->draft, call->in[0])->rank, axis = dice_below(g->dice, rank);
	int wanted = row->takes == TAKES_PAIR ? 2 : dice_between(g->dice, dice_chance(g->dice, 5) ? 1 : 2, 4);

	while (call->n_in < wanted && find_partner(g, row, call, axis)) continue;
	if (row->takes == TAKES_ROW)
		layer_set(g->arena, layer, "axis", "%d", dice_chance(g->dice, 50) ? axis + 1 : axis - rank);
	return call->n_in == wanted || (call->n_in > 1 && row->takes != TAKES_PAIR);
}

static bool small_enough(const struct draft *draft, const struct draft_call *call)
{
	const struct draft_layer *layer = draft->layers.at[call->layer];
	int64_t weights = 0;

	for (int i = 0; i < layer->n_weight; i++) weights += shape_elements(&layer->weight[i].shape);
	for (int i = 0; i < call->n_out; i++)
		if (shape_elements(&call->out[i]) > ELEMENTS_MOST || call->out[i].rank > 4) return false;
	return weights <= WEIGHTS_MOST;
}

static void finish_call(struct growth *g, struct draft_call call)
{
	struct draft *draft = g->draft;

	list_push(g->arena, &draft->calls, call);
	if (!draft_infer_call(draft, draft->calls.n - 1, g->diag)) return;
	if (!small_enough(draft, &draft->calls.at[draft->calls.n - 1])) draft->calls.n--;
}

/* A call of a layer that is there, on a tensor of the same shape as before. */
static bool share_layer(struct growth *g)
{
	const struct draft *draft = g->draft;

	for (int i = 0; i < TRIES; i++) {
		const struct draft_call *before = &draft->calls.at[dice_below(g->dice, draft->calls.n)];
		struct draft_call call = { .layer = before->layer, .n_in = before->n_in };
		bool fits = call.n_in > 0;
		for (int k = 0; k < call.n_in && fits; k++) {
			call.in[k] = any_tensor(g);
			fits = shape_equal(draft_shape(draft, before->in[k]), draft_shape(draft, call.in[k]));
		}
		if (!fits) continue;
		finish_call(g, call);
		return true;
	}
	return false;
}

static struct draft *grow(const struct growth *outer, const struct shape *in, int n_in);

static void nest_model(struct growth *g)
{
	struct draft_call call = { .layer = g->draft->layers.n, .n_in = dice_between(g->dice, 1, 2) };
	struct draft_layer *layer;
	struct shape in[2];
	struct draft *inner;

	for (int i = 0; i < call.n_in; i++) {
		call.in[i] = any_tensor(g);
		in[i] = *draft_shape(g->draft, call.in[i]);
	}
	inner = grow(g, in, call.n_in);
	layer = new_layer(g, "Functional");
	inner->name = layer->name;
	layer->inner = inner;
	layer->class_name = inner->sequential ? "Sequential" : "Functional";
	list_push(g->arena, &g->draft->layers, layer);
	finish_call(g, call);
}

static void add_layer(struct growth *g)
{
	const struct row *row;
	struct draft_call call = { .layer = g->draft->layers.n, .n_in = 1 };
	struct shape in[CALL_INPUTS];
	struct hand hand = { .dice = g->dice, .arena = g->arena, .in = in, .masked = g->masked };

	call.in[0] = any_tensor(g);
	row = row_any(g->dice, draft_shape(g->draft, call.in[0])->rank);
	if (!row) return;
	hand.layer = new_layer(g, row->class_name);
	if (row->takes != TAKES_ONE && !find_partners(g, row, &call, hand.layer)) return;
	for (hand.n_in = 0; hand.n_in < call.n_in; hand.n_in++)
		in[hand.n_in] = *draft_shape(g->draft, call.in[hand.n_in]);
	if (!row->draw(&hand)) return;
	call.layer = g->draft->layers.n; /* partners may have been new inputs */
	list_push(g->arena, &g->draft->layers, hand.layer);
	finish_call(g, call);
}

/* ---- a model -------------------------------------------------------------------------------------------------------- */

static bool *tensors_read(const struct draft *draft, struct arena *arena)
{
	bool *read = NEW_ARRAY(arena, draft->calls.n * CALL_OUTPUTS, bool);

	for (int i = 0; i < draft->calls.n; i++)
		for (int k = 0; k < draft->calls.at[i].n_in; k++) {
			struct ref ref = draft->calls.at[i].in[k];
			read[ref.call * CALL_OUTPUTS + ref.output] = true;
		}
	return read;
}

/* What nothing reads, from the last on; seldom any tensor. */
static void choose_outputs(struct growth *g)
{
	struct draft *draft = g->draft;
	const bool *read = tensors_read(draft, g->arena);

	for (int i = draft->calls.n - 1; i >= 0 && draft->outputs.n < OUTPUTS_MOST; i--) {
		if (draft->calls.at[i].n_in == 0 && draft->outputs.n > 0) continue;
		for (int k = 0; k < draft->calls.at[i].n_out && draft->outputs.n < OUTPUTS_MOST; k++) {
			struct ref ref = { i, k };
			if (!read[i * CALL_OUTPUTS + k]) list_push(g->arena, &draft->outputs, ref);
		}
	}
	if (draft->outputs.n == 0 || (draft->outputs.n < CALL_OUTPUTS && dice_chance(g->dice, 8)))
		list_push(g->arena, &draft->outputs, any_tensor(g));
}

/* One input, then every call on what the one before made, every layer called once, one output. */
static bool is_chain(const struct draft *draft)
{
	for (int i = 0; i < draft->calls.n; i++) {
		const struct draft_call *call = &draft->calls.at[i];
		if (call->n_in != (i > 0) || call->n_out != 1 || call->layer != i) return false;
		if (i > 0 && call->in[0].call != i - 1) return false;
	}
	return draft->outputs.n == 1 && draft->outputs.at[0].call == draft->calls.n - 1;
}

/* Layers that were drawn for calls that turned out too large are taken out. */
static void drop_unused(struct draft *draft)
{
	int n = 0;

	for (int i = 0; i < draft->layers.n; i++) {
		bool used = false;
		for (int k = 0; k < draft->calls.n; k++) used |= draft->calls.at[k].layer == i;
		for (int k = 0; k < draft->calls.n && used; k++)
			if (draft->calls.at[k].layer == i) draft->calls.at[k].layer = n;
		if (used) draft->layers.at[n++] = draft->layers.at[i];
	}
	draft->layers.n = n;
}

/* outer: what a nested model is drawn for; its draft is NULL for the outermost. */
static struct draft *grow(const struct growth *outer, const struct shape *in, int n_in)
{
	struct growth g = *outer;
	int wanted;

	g.draft = NEW(g.arena, struct draft);
	g.depth = outer->draft ? outer->depth + 1 : 0;
	g.draft->arena = g.arena;
	g.draft->name = "model";
	g.draft->dialect = g.dialect;
	wanted = dice_between(g.dice, 1, g.depth > 0 ? 4 : 9);
	for (int i = 0; i < n_in; i++) add_input(&g, in[i]);
	for (int i = 0; i < 3 * wanted && draft_size(g.draft) < wanted && !diag_failed(g.diag); i++) {
		int kind = dice_below(g.dice, 100);
		if (kind < 6 && g.depth < NESTING_MOST)
			nest_model(&g);
		else if (kind < 12)
			share_layer(&g);
		else
			add_layer(&g);
	}
	drop_unused(g.draft);
	choose_outputs(&g);
	g.draft->sequential = is_chain(g.draft) && dice_chance(g.dice, 50);
	return g.draft;
}

struct draft *draft_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag)
{
	struct dice dice = dice_of(seed, number);
	struct growth none = { .arena = arena, .dice = &dice, .diag = diag };
	struct shape in[2];
	int n = dice_chance(&dice, 80) ? 1 : 2;

	none.masked = dice_chance(&dice, 20);
	none.dialect = dice_chance(&dice, 25) ? KERAS_2 : KERAS_3;
	for (int i = 0; i < n; i++) in[i] = draw_shape(&dice);
	return grow(&none, in, n);
}
