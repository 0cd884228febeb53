/* keras_match.c: which of a file's named arrays is which weight: by their names, else by order and shape.
 *
 * Keras 3 calls a nested layer's kernel sub/inner/kernel (perhaps behind the names of the models around), tf_keras and
 * TensorFlow 1.13 inner/kernel:0, and both may number their scopes; within TimeDistributed tf_keras writes td/kernel:0. */
#include "load/keras.h"

#include <string.h>

/* More weights than that are matched by order alone: names are compared each with each. */
enum { NAMES_LIMIT = 4096 };

/* Does the text of n bytes end in /name, or is it name? Cuts it and the slash off. */
static bool cut_tail(const char *text, size_t *n, const char *name)
{
	size_t length = strlen(name);

	if (length > *n || memcmp(text + *n - length, name, length) != 0) return false;
	if (length < *n && text[*n - length - 1] != '/') return false;
	*n -= length < *n ? length + 1 : length;
	return true;
}

/* The weight's own name, or that of tf_keras. */
static bool cut_own_name(const char *text, size_t *n, const struct keras_slot *slot)
{
	static const char *const others[][2] = { { "kernel", "depthwise_kernel" } };

	if (cut_tail(text, n, slot->spec.name)) return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(slot->spec.name, others[i][0]) && cut_tail(text, n, others[i][1])) return true;
	return false;
}

/* How much a name says for a slot: 1 for its own name, which may stand alone, and 1 for every scope around it that the
 * name tells, from the inside out; 0: it is another weight's. */
static int agreement(const struct keras_slot *slot, const char *name)
{
	const char *colon = strrchr(name, ':');
	size_t n =
	    colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")] ? (size_t)(colon - name) : strlen(name);
	int told = 0;

	if (!cut_own_name(name, &n, slot)) return 0;
	for (const struct keras_scope *scope = slot->scope; scope && n > 0; scope = scope->around)
		told += cut_tail(name, &n, scope->name);
	return told || !n ? 1 + told : 0;
}

int keras_best_slot(const struct keras_slots *slots, const int *order, const bool *taken, const char *name)
{
	int best = -1, most = 0;

	for (int i = 0; i < slots->n; i++) {
		int slot = order ? order[i] : i, told = taken[slot] ? 0 : agreement(&slots->at[slot], name);
		if (told <= most) continue;
		most = told;
		best = slot;
	}
	return best;
}

/* Each array goes to the slot whose name agrees most, the first of equals in order.  NULL: one has none. */
static const int *by_names(struct keras *k, const struct keras_slots *slots, const int *order,
			   const struct array *arrays)
{
	int *slot_of = NEW_ARRAY(k->arena, slots->n + 1, int);
	bool *taken = NEW_ARRAY(k->arena, slots->n + 1, bool);

	for (int i = 0; i < slots->n; i++) {
		int best = keras_best_slot(slots, order, taken, arrays[i].name);

		if (best < 0) return NULL;
		taken[best] = true;
		slot_of[i] = best;
	}
	return slot_of;
}

static const int *trainable_first(struct keras *k, const struct keras_slots *slots)
{
	int *order = NEW_ARRAY(k->arena, slots->n + 1, int), n = 0;

	for (int i = 0; i < slots->n; i++)
		if (slots->at[i].trainable) order[n++] = i;
	for (int i = 0; i < slots->n; i++)
		if (!slots->at[i].trainable) order[n++] = i;
	return order;
}

static const int *as_listed(struct keras *k, const struct keras_slots *slots)
{
	int *order = NEW_ARRAY(k->arena, slots->n + 1, int);

	for (int i = 0; i < slots->n; i++) order[i] = i;
	return order;
}

static bool all_fit(const struct keras_slots *slots, const struct array *arrays, const int *slot_of)
{
	for (int i = 0; i < slots->n; i++)
		if (!keras_fits(&slots->at[slot_of[i]], &arrays[i])) return false;
	return true;
}

void keras_match(struct keras *k, const struct keras_slots *slots, const struct array *arrays, struct array *out)
{
	const int *order = trainable_first(k, slots),
		  *named = slots->n <= NAMES_LIMIT ? by_names(k, slots, order, arrays) : NULL,
		  *candidates[] = { named, order, as_listed(k, slots) }, *chosen = named ? named : order;

	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		if (!candidates[i] || !all_fit(slots, arrays, candidates[i])) continue;
		chosen = candidates[i];
		break;
	}
	for (int i = 0; i < slots->n; i++) out[chosen[i]] = arrays[i];
}
