/* keras_legacy_weights.c: weights in the tree of whole-model .h5 files and of save_weights() of Keras 1 and 2:
 * layer_names lists groups, one a layer of the model; weight_names lists what each holds.
 *
 * As Keras does it: layers without weights count on neither side, and the others follow each other in order; where both
 * sides have the same names, these tell.  A nested model is one layer: its trainable weights, then the others. */
#include "load/keras.h"

#include <stdlib.h>
#include <string.h>

struct tree {
	struct keras *k;
	struct hdf5 *file;
	struct source *source;
	const char *group; /* "" or "/model_weights" */
};

/* A layer of the file. */
struct stored {
	const char *name, *path;
	struct hdf5_names weights;
	bool taken;
};
/* A layer of the model that has weights. */
struct wanted {
	struct keras_layer *layer;
	struct keras_slots slots;
	struct stored *from;
};
struct both {
	LIST(struct stored) stored;
	LIST(struct wanted) wanted;
};

static struct place tree_place(const struct tree *tree, const char *path, const char *layer)
{
	return (struct place){ .source = tree->source, .pointer = path && *path ? path : NULL, .layer = layer };
}

/* false after an error: names is no list of names. */
static bool read_names(const struct tree *tree, const char *path, const char *attribute, struct hdf5_names *names)
{
	const char *why;
	bool found = hdf5_names(tree->file, path, attribute, names, &why);

	if (!found)
		diag_error(tree->k->diag, tree_place(tree, path, NULL),
			   "its attribute '%s', a list of names, is missing", attribute);
	else if (why)
		diag_error(tree->k->diag, tree_place(tree, path, NULL),
			   "its attribute '%s' must be a list of names: %s", attribute, why);
	return found && !why;
}

/* ---- what the file has ---------------------------------------------------------------------------------------------- */

static bool read_stored(const struct tree *tree, const char *name, struct both *both)
{
	struct stored stored = { .name = name, .path = arena_printf(tree->k->arena, "%s/%s", tree->group, name) };
	int n;

	if (!hdf5_members(tree->file, stored.path, &n)) {
		const char *refusal = hdf5_refusal(tree->file, stored.path);
		diag_error(tree->k->diag, tree_place(tree, stored.path, NULL),
			   "'layer_names' lists '%s', which must be a group: %s", name,
			   refusal ? refusal : "it is absent");
		return false;
	}
	if (!read_names(tree, stored.path, "weight_names", &stored.weights)) return false;
	if (stored.weights.n) list_push(tree->k->arena, &both->stored, stored);
	return true;
}

static bool read_stored_layers(const struct tree *tree, struct both *both)
{
	struct hdf5_names names;
	bool right = read_names(tree, tree->group, "layer_names", &names);

	for (int i = 0; right && i < names.n; i++) right &= read_stored(tree, names.at[i], both);
	return right;
}

/* ---- whose they are --------------------------------------------------------------------------------------------------- */

static int compare_stored(const void *a, const void *b)
{
	return strcmp((*(struct stored *const *)a)->name, (*(struct stored *const *)b)->name);
}

static struct stored *find_stored(struct stored **sorted, int n, const char *name)
{
	struct stored key = { .name = name }, *at = &key,
		      **found = bsearch(&at, sorted, (size_t)n, sizeof *sorted, compare_stored);

	return found ? *found : NULL;
}

static struct stored **sort_stored(const struct tree *tree, const struct both *both)
{
	struct stored **sorted = NEW_ARRAY(tree->k->arena, both->stored.n + 1, struct stored *);

	for (int i = 0; i < both->stored.n; i++) sorted[i] = &both->stored.at[i];
	qsort(sorted, (size_t)both->stored.n, sizeof *sorted, compare_stored);
	return sorted;
}

static bool check_twice(const struct tree *tree, struct stored *const *sorted, int n)
{
	bool right = true;

	for (int i = 1; i < n; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0) continue;
		diag_error(tree->k->diag, tree_place(tree, tree->group, NULL), "'layer_names' lists '%s' twice",
			   sorted[i]->name);
		right = false;
	}
	return right;
}

/* Takes out what the file of a model that was not called yet has no weights of. */
static void start_late(const struct tree *tree, struct both *both, struct stored **sorted)
{
	int kept = 0;

	for (int i = 0; i < both->wanted.n; i++) {
		struct wanted *wanted = &both->wanted.at[i];
		const struct stored *stored = find_stored(sorted, both->stored.n, wanted->layer->name);
		const int late = keras_late(&wanted->slots), n = stored ? stored->weights.n : 0;

		if (late && n == wanted->slots.n - late) keras_start_late(tree->k, &wanted->slots);
		if (wanted->slots.n) both->wanted.at[kept++] = *wanted;
	}
	both->wanted.n = kept;
}

/* How many layers have their name in the file; their from is set. */
static int match_names(struct both *both, struct stored **sorted)
{
	int matched = 0;

	for (int i = 0; i < both->wanted.n; i++) {
		struct wanted *wanted = &both->wanted.at[i];
		wanted->from = find_stored(sorted, both->stored.n, wanted->layer->name);
		if (!wanted->from) continue;
		wanted->from->taken = true;
		matched++;
	}
	return matched;
}

/* Each side's layers that the other lacks. */
static void report_count(const struct tree *tree, const struct both *both, int matched)
{
	struct diag *diag = tree->k->diag;

	if (!matched && both->stored.n) {
		diag_error(diag, tree_place(tree, tree->group, NULL),
			   "the file has weights of %d layer%s, the model has %d with weights", both->stored.n,
			   both->stored.n == 1 ? "" : "s", both->wanted.n);
		return;
	}
	for (int i = 0; i < both->wanted.n; i++) {
		const struct wanted *wanted = &both->wanted.at[i];
		if (!wanted->from)
			diag_error(diag, tree_place(tree, tree->group, wanted->layer->name),
				   "layer '%s': the file has no weights of it", wanted->layer->name);
	}
	for (int i = 0; i < both->stored.n; i++) {
		const struct stored *stored = &both->stored.at[i];
		if (!stored->taken)
			diag_error(diag, tree_place(tree, stored->path, NULL),
				   "the model has no layer '%s' with weights", stored->name);
	}
}

/* Sets every layer's from, NULL where --init draws; false after an error. */
static bool pair_layers(const struct tree *tree, struct both *both)
{
	struct stored **sorted = sort_stored(tree, both);
	int matched;

	if (!check_twice(tree, sorted, both->stored.n)) return false;
	start_late(tree, both, sorted);
	matched = match_names(both, sorted);
	if (matched == both->stored.n && matched < both->wanted.n && keras_draws(tree->k)) return true;
	if (both->stored.n != both->wanted.n) {
		report_count(tree, both, matched);
		return false;
	}
	if (matched == both->wanted.n) return true;
	for (int i = 0; i < both->wanted.n; i++) both->wanted.at[i].from = &both->stored.at[i];
	return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static bool read_weights(const struct tree *tree, struct wanted *wanted)
{
	const struct stored *stored = wanted->from;
	const int n = wanted->slots.n;
	struct keras *k = tree->k;
	struct array *arrays = NEW_ARRAY(k->arena, n + 1, struct array),
		     *sorted = NEW_ARRAY(k->arena, n + 1, struct array);
	bool right = true;

	if (!stored) return keras_give(k, &wanted->slots, arrays);
	if (stored->weights.n != n) {
		diag_error(k->diag, tree_place(tree, stored->path, wanted->layer->name),
			   "layer '%s' has %d weight%s; 'weight_names' lists %d", wanted->layer->name, n,
			   n == 1 ? "" : "s", stored->weights.n);
		return false;
	}
	for (int i = 0; i < n; i++) {
		const char *name = stored->weights.at[i];
		right &=
		    hdf5_read(tree->file, arena_printf(k->arena, "%s/%s", stored->path, name), &arrays[i], k->diag);
		arrays[i].name = name;
	}
	if (!right) return false;
	keras_match(k, &wanted->slots, arrays, sorted);
	return keras_give(k, &wanted->slots, sorted);
}

static void warn_of_top_level(const struct tree *tree)
{
	const char *path = arena_printf(tree->k->arena, "%s/top_level_model_weights", tree->group), *why;
	struct hdf5_names names;

	if (hdf5_names(tree->file, path, "weight_names", &names, &why) && !why && names.n)
		diag_warn(tree->k->diag, WARN_UNUSED_WEIGHT, tree_place(tree, path, NULL),
			  "%d weight%s that no layer of the model asks for", names.n, names.n == 1 ? "" : "s");
}

bool keras_weights_by_layer(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source,
			    const char *group)
{
	const char *backend = hdf5_text_attribute(file, group, "backend");
	struct tree tree = { k, file, source, group };
	struct both both = { 0 };
	bool right;

	if (backend) k->backend = backend;
	for (int i = 0; i < model->layers.n; i++) {
		struct wanted wanted = { .layer = model->layers.at[i] };
		wanted.slots = keras_layer_slots(k, wanted.layer);
		if (wanted.slots.n) list_push(k->arena, &both.wanted, wanted);
	}
	if (!read_stored_layers(&tree, &both) || !pair_layers(&tree, &both)) return false;
	right = true;
	for (int i = 0; i < both.wanted.n; i++) right &= read_weights(&tree, &both.wanted.at[i]);
	warn_of_top_level(&tree);
	return right;
}

const char *keras_legacy_group(struct hdf5 *file)
{
	static const char *const groups[] = { "", "/model_weights" };
	struct hdf5_names names;
	const char *why;

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (hdf5_names(file, groups[i], "layer_names", &names, &why)) return groups[i];
	return hdf5_has(file, "/model_weights") ? "/model_weights" : NULL;
}
