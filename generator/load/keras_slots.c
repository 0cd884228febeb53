/* keras_slots.c: the weights that a model wants, in the orders in which files keep them, and giving them to layers. */
#include "load/keras.h"

#include <math.h>
#include <string.h>

/* ---- what is wanted --------------------------------------------------------------------------------------------- */

/* What a layer owns, in get_weights() order; sizes that depend on an input that is not known yet are UNKNOWN_SIZE. */
static int specs_of(const struct keras_layer *layer, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	struct tensor input = { .name = "input" }, *in[] = { &input };
	struct node alone = { .layer = layer->row, .name = layer->name, .config = layer->config, .in = in, .n_in = 1 };

	if (layer->kind != KERAS_LAYER || layer->operation || !layer->row->weights) return 0;
	return layer->row->weights(layer->nodes.n ? layer->nodes.at[0] : &alone, spec);
}

/* A nested model says itself whether it is trainable. */
static bool is_trainable(const struct keras_layer *layer)
{
	const struct json *config = layer->kind == KERAS_MODEL ? json_get(layer->at, "config") : NULL,
			  *trainable = config ? json_get(config, "trainable") : NULL;

	return layer->trainable && (!trainable || trainable->kind != JSON_FALSE);
}

static void add_own(struct keras *k, struct keras_layer *layer, const struct keras_scope *scope, bool trainable,
		    struct keras_slots *slots)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	int n = specs_of(layer, spec);

	for (int i = 0; i < n; i++) {
		struct keras_slot slot = { layer, spec[i], spec[i].trainable && trainable, scope, false, NULL };
		list_push(k->arena, slots, slot);
	}
}

/* Not drawn at random. */
static bool starts_the_same(const struct keras_layer *layer, const char *weight)
{
	static const char *const constants[] = { "Zeros", "Ones", "Constant" };
	const struct training_object *start = NULL;

	for (int i = 0; layer->training && i < layer->training->n; i++)
		if (!strcmp(layer->training->weight[i].weight, weight))
			start = layer->training->weight[i].object[ROLE_INITIALIZER];
	for (size_t i = 0; start && i < sizeof constants / sizeof *constants; i++)
		if (start->kind == object_find(ROLE_INITIALIZER, constants[i])) return true;
	return !start;
}

static void add_layer(struct keras *k, struct keras_layer *layer, const struct keras_scope *around, bool trainable,
		      struct keras_slots *slots);

/* An activation that is a layer. */
static void add_behind(struct keras *k, struct keras_layer *layer, const struct keras_scope *scope, bool trainable,
		       struct keras_slots *slots)
{
	int first = slots->n;

	add_layer(k, layer, scope, trainable, slots);
	for (int i = first; i < slots->n && (!k->version || k->version >= 3); i++)
		slots->at[i].late = starts_the_same(layer, slots->at[i].spec.name);
}

static void add_layer(struct keras *k, struct keras_layer *layer, const struct keras_scope *around, bool trainable,
		      struct keras_slots *slots)
{
	struct keras_scope *scope = NEW(k->arena, struct keras_scope);
	const int first = slots->n;

	*scope = (struct keras_scope){ layer->name, around };
	trainable &= is_trainable(layer);
	add_own(k, layer, scope, trainable, slots);
	if (layer->kind == KERAS_MODEL)
		for (int i = 0; i < layer->model->layers.n; i++)
			add_layer(k, layer->model->layers.at[i], scope, trainable, slots);
	if (layer->wrapped) add_layer(k, layer->wrapped, scope, trainable, slots);
	for (int i = first; layer->wrapped && i < slots->n; i++) slots->at[i].wrapper = layer;
	if (layer->behind) add_behind(k, layer->behind, scope, trainable, slots);
}

struct keras_slots keras_own_slots(struct keras *k, struct keras_layer *layer)
{
	struct keras_slots slots = { 0 };

	add_own(k, layer, NULL, true, &slots);
	return slots;
}

struct keras_slots keras_layer_slots(struct keras *k, struct keras_layer *layer)
{
	struct keras_slots slots = { 0 };

	add_layer(k, layer, NULL, true, &slots);
	return slots;
}

struct keras_slots keras_model_slots(struct keras *k, struct keras_model *model)
{
	struct keras_slots slots = { 0 };

	for (int i = 0; i < model->layers.n; i++) add_layer(k, model->layers.at[i], NULL, true, &slots);
	return slots;
}

/* ---- does it fit? ------------------------------------------------------------------------------------------------ */

/* As infer() will: sizes are judged there, where inputs are known.  Here the number of axes and what the config alone says. */
static bool fits(const struct shape *wanted, const struct shape *found)
{
	if (!wanted->rank) return true; /* a scalar, or as many axes as an input that is not known yet */
	if (wanted->rank != found->rank) return false;
	for (int i = 0; i < wanted->rank; i++)
		if (wanted->at[i] > 0 && wanted->at[i] != found->at[i]) return false; /* 0: infer() says why */
	return true;
}

/* The kernel of a Conv1D of Keras 1, which keras_old_weight() makes one of today. */
static bool is_old_kernel(const struct shape *wanted, const struct shape *found)
{
	struct shape kernel = { 0 }, older = { 0 };

	if (wanted->rank != 3 || found->rank != 4) return false;
	kernel = shape_of(3, found->at[0], found->at[2], found->at[3]);
	older = shape_of(3, found->at[2], found->at[1], found->at[0]);
	return (found->at[1] == 1 && fits(wanted, &kernel)) || (found->at[3] == 1 && fits(wanted, &older));
}

bool keras_fits(const struct keras_slot *slot, const struct array *array)
{
	return fits(&slot->spec.shape, &array->shape) || is_old_kernel(&slot->spec.shape, &array->shape);
}

/* ---- giving ------------------------------------------------------------------------------------------------------ */

static struct place array_place(const struct array *array, const char *layer)
{
	struct place place = array->place;

	place.layer = layer;
	return place;
}

static void warn_of_values(struct keras *k, const struct keras_layer *layer, const struct array *array,
			   const char *name)
{
	int64_t n = shape_elements(&array->shape), bad = 0;

	for (int64_t i = 0; i < n; i++) bad += !isfinite(array->f32[i]);
	if (bad)
		diag_warn(k->diag, WARN_NON_FINITE_WEIGHTS, array_place(array, layer->name),
			  "layer '%s': %lld of the %lld values of its %s are NaN or infinite", layer->name,
			  (long long)bad, (long long)n, name);
}

static void warn_of_rounding(struct keras *k, const struct keras_slot *slot, const struct array *array, int n)
{
	for (int i = 0; i < n; i++) {
		if (!array[i].rounded || weight_is_integral(slot[i].spec.name)) continue;
		diag_warn(k->diag, WARN_PRECISION, array_place(&array[i], slot->layer->name),
			  "layer '%s': weights are rounded to float32", slot->layer->name);
		return;
	}
}

/* A count that was saved as a float. */
static int64_t whole(const struct array *array)
{
	float count = shape_elements(&array->shape) == 1 ? array->f32[0] : 0;

	return count >= 0 && count <= 0x1p62F ? (int64_t)count : 0;
}

static const struct weight *make_weight(struct keras *k, const struct keras_slot *slot, const struct array *array)
{
	struct weight *weight = NEW(k->arena, struct weight);

	*weight = (struct weight){ .name = slot->spec.name,
				   .type = TYPE_F32,
				   .shape = array->shape,
				   .f32 = array->f32,
				   .place = array_place(array, slot->layer->name) };
	if (weight_is_integral(slot->spec.name)) {
		weight->integral = true;
		weight->integer = array->integral ? array->integer : whole(array);
	}
	warn_of_values(k, slot->layer, array, slot->spec.name);
	return weight;
}

/* All weights of one layer, in get_weights() order. */
static bool give_layer(struct keras *k, const struct keras_slot *slot, struct array *array, int n)
{
	struct keras_layer *layer = slot->layer;
	const struct weight **weights = NEW_ARRAY(k->arena, n + 1, const struct weight *);
	bool right = true;

	for (int i = 0; i < n; i++) {
		if (!array[i].f32) continue; /* --init draws it */
		keras_old_weight(k, layer, &slot[i].spec, &array[i]);
		if (!fits(&slot[i].spec.shape, &array[i].shape)) {
			diag_error(k->diag, array_place(&array[i], layer->name),
				   "layer '%s': its %s must have the shape %s; this has %s", layer->name,
				   slot[i].spec.name, shape_text(k->arena, &slot[i].spec.shape),
				   shape_text(k->arena, &array[i].shape));
			right = false;
		}
		weights[i] = make_weight(k, &slot[i], &array[i]);
	}
	warn_of_rounding(k, slot, array, n);
	layer->weight = weights;
	layer->n_weight = n;
	for (int i = 0; i < layer->nodes.n; i++) {
		layer->nodes.at[i]->weight = weights;
		layer->nodes.at[i]->n_weight = n;
	}
	return right;
}

int keras_late(const struct keras_slots *slots)
{
	int late = 0;

	for (int i = 0; i < slots->n; i++) late += slots->at[i].late;
	return late;
}

void keras_start_late(struct keras *k, struct keras_slots *slots)
{
	struct keras_slots late = { 0 };
	int kept = 0;

	for (int i = 0; i < slots->n; i++) {
		if (slots->at[i].late)
			list_push(k->arena, &late, slots->at[i]);
		else
			slots->at[kept++] = slots->at[i];
	}
	slots->n = kept;
	k->graph->init |= late.n > 0;
	keras_give(k, &late, NEW_ARRAY(k->arena, late.n + 1, struct array));
}

bool keras_draws(struct keras *k)
{
	k->graph->init |= k->options->init;
	k->effects.init |= k->options->init;
	return k->options->init;
}

bool keras_give_none(struct keras *k, struct keras_model *model)
{
	struct keras_slots slots = keras_model_slots(k, model);
	struct array *none = NEW_ARRAY(k->arena, slots.n + 1, struct array);

	return keras_draws(k) && keras_give(k, &slots, none);
}

bool keras_give(struct keras *k, const struct keras_slots *slots, struct array *arrays)
{
	bool right = true;

	for (int first = 0, end = 0; first < slots->n; first = end) {
		while (end < slots->n && slots->at[end].layer == slots->at[first].layer) end++;
		right &= give_layer(k, &slots->at[first], arrays + first, end - first);
	}
	return right;
}
