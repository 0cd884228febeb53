/* keras_weights.c: weights in get_weights() order: .npz, .npy, a list in JSON. */
#include "load/keras.h"

#include <string.h>

static struct place file_place(struct keras *k, const char *what)
{
	struct source *source = NEW(k->arena, struct source);

	source->name = what;
	return (struct place){ .source = source };
}

static bool check_count(struct keras *k, const struct keras_slots *slots, const struct arrays *arrays, const char *what)
{
	const int found = arrays->list.n;

	for (int i = found; i < slots->n; i++) {
		const struct keras_slot *slot = &slots->at[i];
		diag_error(k->diag, file_place(k, what),
			   "layer '%s': its %s of the shape %s is missing; the file has only %d array%s",
			   slot->layer->name, slot->spec.name, shape_text(k->arena, &slot->spec.shape), found,
			   found == 1 ? "" : "s");
	}
	if (found > slots->n)
		diag_error(k->diag, file_place(k, what),
			   "the file has %d arrays, the model %d weights: '%s' and what follows belong to no layer",
			   found, slots->n, arrays->list.at[slots->n].name);
	return found == slots->n;
}

/* Puts the arrays of slots first .. end - 1, which are listed as the trainable weights and then the others, in the order of
 * the slots. */
static void trainable_first(const struct keras_slots *slots, int first, int end, const struct array *listed,
			    struct array *out)
{
	int next = first;

	for (int i = first; i < end; i++)
		if (slots->at[i].trainable) out[i] = listed[next++];
	for (int i = first; i < end; i++)
		if (!slots->at[i].trainable) out[i] = listed[next++];
}

static bool all_fit(const struct keras_slots *slots, int first, int end, const struct array *arrays)
{
	for (int i = first; i < end; i++)
		if (!keras_fits(&slots->at[i], &arrays[i])) return false;
	return true;
}

/* get_weights() of Keras 2 lists the weights within a TimeDistributed so; a list of Keras 2 may stand beside a config in
 * Keras 3's form, and the other way round, which shapes tell. */
static void order_wrapped(struct keras *k, const struct keras_slots *slots, int first, int end,
			  const struct array *listed, struct array *out)
{
	struct array *sorted = NEW_ARRAY(k->arena, slots->n + 1, struct array);
	const bool old = k->version && k->version < 3;

	trainable_first(slots, first, end, listed, sorted);
	if (all_fit(slots, first, end, old ? sorted : listed) ? old : all_fit(slots, first, end, sorted))
		memcpy(out + first, sorted + first, (size_t)(end - first) * sizeof *out);
}

static struct array *in_slot_order(struct keras *k, const struct keras_slots *slots, const struct array *listed)
{
	struct array *out = NEW_ARRAY(k->arena, slots->n + 1, struct array);

	for (int i = 0; i < slots->n; i++) out[i] = listed[i];
	for (int first = 0, end = 0; first < slots->n; first = end) {
		const struct keras_layer *wrapper = slots->at[first].wrapper;

		for (end = first + 1; wrapper && end < slots->n && slots->at[end].wrapper == wrapper;) end++;
		if (wrapper) order_wrapped(k, slots, first, end, listed, out);
	}
	return out;
}

bool keras_weights_by_order(struct keras *k, struct keras_model *model, const struct arrays *arrays, const char *what)
{
	struct keras_slots slots = keras_model_slots(k, model), whole = slots;
	const int found = arrays->list.n;
	bool given;

	if (found < slots.n && found == slots.n - keras_late(&slots)) {
		keras_start_late(k, &slots);
		whole = slots;
	}
	if (found < slots.n && keras_draws(k)) {
		struct array *arrays_and_none = NEW_ARRAY(k->arena, slots.n, struct array);

		if (found) memcpy(arrays_and_none, arrays->list.at, (size_t)found * sizeof *arrays_and_none);
		return keras_give(k, &slots, arrays_and_none);
	}
	/* Of layers whose weights are all there the shapes are judged too. */
	if (found < slots.n)
		for (whole.n = found; whole.n > 0 && slots.at[whole.n - 1].layer == slots.at[found].layer;) whole.n--;
	given = keras_give(k, &whole, in_slot_order(k, &whole, arrays->list.at));
	return check_count(k, &slots, arrays, what) && given;
}
