/* keras_weight_paths.c: weights by the paths of Keras 3's files: /layers/conv1d_1/vars/0.
 *
 * A group is called after its layer's class and numbered in the model's order.  Keras 3.15 writes the layer's name
 * beside the weights, by which two layers of a class that changed places are told apart. */
#include "load/keras.h"

#include <stdlib.h>
#include <string.h>

/* What the group of a model's layers is called; the second by Keras 2.12 and 2.13. */
static const char *const containers[] = { "/layers", "/_layer_checkpoint_dependencies" };

struct paths {
	struct hdf5 *file;
	struct source *source;
	bool named; /* config and weights were written together: names must agree */
};

static struct place path_place(const struct paths *paths, const char *path, const char *layer)
{
	return (struct place){ .source = paths->source, .pointer = path, .layer = layer };
}

static const char *vars_of(struct keras *k, const char *group)
{
	return arena_printf(k->arena, "%s/vars", group);
}

/* ---- one layer ---------------------------------------------------------------------------------------------------- */

static bool name_is_right(struct keras *k, const struct keras_layer *layer, const struct paths *paths, const char *vars)
{
	const char *name = hdf5_text_attribute(paths->file, vars, "name");

	if (!paths->named || !name || !strcmp(name, layer->name)) return true;
	diag_error(k->diag, path_place(paths, vars, layer->name),
		   "these are the weights of layer '%s'; those of '%s' should stand here: config and weights do not "
		   "belong together",
		   name, layer->name);
	return false;
}

static bool report_surplus(struct keras *k, const struct keras_layer *layer, const struct paths *paths,
			   const char *vars, int wanted)
{
	int n;
	const char *const *members = hdf5_members(paths->file, vars, &n);

	for (int i = 0; i < n; i++) {
		char *end;
		long index = strtol(members[i], &end, 10);

		if (!*end && index >= 0 && index < wanted) continue;
		diag_error(k->diag, path_place(paths, arena_printf(k->arena, "%s/%s", vars, members[i]), layer->name),
			   "layer '%s' has %d weight%s; this is one more", layer->name, wanted, wanted == 1 ? "" : "s");
		return false;
	}
	return true;
}

static bool vars_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group)
{
	struct keras_slots slots = keras_own_slots(k, layer);
	struct array array[MAX_LAYER_WEIGHTS];
	const char *vars = vars_of(k, group);
	bool right = name_is_right(k, layer, paths, vars);

	for (int i = 0; i < slots.n; i++) {
		const char *path = arena_printf(k->arena, "%s/%d", vars, i);

		if (hdf5_has(paths->file, path)) {
			right &= hdf5_read(paths->file, path, &array[i], k->diag);
		} else if (keras_draws(k)) {
			array[i] = (struct array){ 0 };
		} else {
			diag_error(k->diag, path_place(paths, path, layer->name),
				   "layer '%s': its %s of the shape %s is missing", layer->name, slots.at[i].spec.name,
				   shape_text(k->arena, &slots.at[i].spec.shape));
			right = false;
		}
	}
	right &= report_surplus(k, layer, paths, vars, slots.n);
	return right && keras_give(k, &slots, array);
}

static bool model_by_path(struct keras *k, struct keras_model *model, const struct paths *paths, const char *group);

static bool layer_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group);

/* Those of the activation of a layer. */
static bool behind_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group)
{
	struct keras_slots slots = keras_layer_slots(k, layer);
	int n;

	group = arena_printf(k->arena, "%s/activation", group);
	hdf5_members(paths->file, vars_of(k, group), &n);
	if (n || !keras_late(&slots)) return layer_by_path(k, layer->behind, paths, group);
	keras_start_late(k, &slots);
	return true;
}

/* A layer's own weights, those of an activation with weights, those of a nested model. */
static bool layer_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group)
{
	bool right;

	if (layer->kind == KERAS_MODEL) return model_by_path(k, layer->model, paths, group);
	if (layer->wrapped) return layer_by_path(k, layer->wrapped, paths, arena_printf(k->arena, "%s/layer", group));
	right = vars_by_path(k, layer, paths, group);
	if (layer->behind && layer->behind->at) right &= behind_by_path(k, layer, paths, group);
	return right;
}

/* ---- the layers of a model ------------------------------------------------------------------------------------------ */

/* The class by which a layer's group is called. */
static const char *group_class(const struct keras_layer *layer)
{
	if (layer->kind != KERAS_MODEL) return layer->row ? layer->row->name : layer->class_name;
	return strcmp(layer->class_name, "Model") ? layer->class_name : "Functional";
}

static bool is_kept(const struct keras *k, const struct keras_layer *layer)
{
	const bool implied_input = !layer->class_name; /* of a Sequential that was never built */

	return layer->at && !implied_input && (!layer->operation || (k->version && k->version < 3));
}

/* The layers of one class, in the model's order, and their groups. */
struct group {
	struct keras_layer *layer;
	const char *snake, *path;
	int index, number; /* in the model; within the class */
};

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int order = strcmp(x->snake, y->snake);

	return order ? order : x->index - y->index;
}

/* Sorted by class. */
static struct group *groups_of(struct keras *k, const struct keras_model *model, const char *layers, int *n)
{
	struct group *groups = NEW_ARRAY(k->arena, model->layers.n + 1, struct group);

	*n = 0;
	for (int i = 0; i < model->layers.n; i++) {
		struct keras_layer *layer = model->layers.at[i];
		if (is_kept(k, layer))
			groups[(*n)++] = (struct group){ layer, keras_snake(k->arena, group_class(layer)), NULL, i, 0 };
	}
	qsort(groups, (size_t)*n, sizeof *groups, compare_groups);
	for (int i = 0; i < *n; i++) {
		struct group *group = &groups[i];
		group->number = i && !strcmp(group[-1].snake, group->snake) ? group[-1].number + 1 : 0;
		group->path = group->number ? arena_printf(k->arena, "%s/%s_%d", layers, group->snake, group->number)
					    : arena_printf(k->arena, "%s/%s", layers, group->snake);
	}
	return groups;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A path whose group says this name; NULL. */
struct said {
	const char *name, *path;
};

static int compare_said(const void *a, const void *b)
{
	return strcmp(((const struct said *)a)->name, ((const struct said *)b)->name);
}

/* Where the groups of n layers of a class say just these layers' names in another order, names tell whose they are. */
static void sort_by_names(struct keras *k, struct group *groups, int n, const struct paths *paths)
{
	struct said *said = NEW_ARRAY(k->arena, n, struct said);
	const char **wanted = NEW_ARRAY(k->arena, n, const char *);
	bool same = true;

	for (int i = 0; i < n && same; i++) {
		said[i] = (struct said){ hdf5_text_attribute(paths->file, vars_of(k, groups[i].path), "name"),
					 groups[i].path };
		wanted[i] = groups[i].layer->name;
		same = said[i].name != NULL;
	}
	if (!same) return;
	qsort(said, (size_t)n, sizeof *said, compare_said);
	qsort(wanted, (size_t)n, sizeof *wanted, compare_texts);
	for (int i = 0; i < n && same; i++) same = !strcmp(said[i].name, wanted[i]);
	for (int i = 0; i < n && same; i++) {
		struct said key = { groups[i].layer->name, NULL };
		const struct said *found = bsearch(&key, said, (size_t)n, sizeof *said, compare_said);
		groups[i].path = found->path;
	}
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->path, ((const struct group *)b)->path);
}

/* Groups that no layer asks for. */
static void warn_of_rest(struct keras *k, const struct paths *paths, const char *layers, struct group *asked,
			 int n_asked)
{
	int n;
	const char *const *members = hdf5_members(paths->file, layers, &n);

	qsort(asked, (size_t)n_asked, sizeof *asked, compare_paths);
	for (int i = 0; i < n; i++) {
		struct group key = { .path = arena_printf(k->arena, "%s/%s", layers, members[i]) };
		int weights;

		if (bsearch(&key, asked, (size_t)n_asked, sizeof *asked, compare_paths)) continue;
		hdf5_members(paths->file, vars_of(k, key.path), &weights);
		if (weights > 0)
			diag_warn(k->diag, WARN_UNUSED_WEIGHT, path_place(paths, key.path, NULL),
				  "%d weight%s that no layer of the model asks for", weights, weights == 1 ? "" : "s");
	}
}

static int compare_indices(const void *a, const void *b)
{
	return ((const struct group *)a)->index - ((const struct group *)b)->index;
}

static const char *container_of(struct keras *k, const struct paths *paths, const char *group)
{
	for (size_t i = 1; i < sizeof containers / sizeof *containers; i++) {
		const char *path = arena_printf(k->arena, "%s%s", group, containers[i]);
		if (hdf5_has(paths->file, path)) return path;
	}
	return arena_printf(k->arena, "%s%s", group, containers[0]);
}

static bool model_by_path(struct keras *k, struct keras_model *model, const struct paths *paths, const char *group)
{
	const char *layers = container_of(k, paths, group);
	int n;
	struct group *groups = groups_of(k, model, layers, &n);
	bool right = true;

	for (int first = 0, end = 0; first < n; first = end) {
		while (end < n && !strcmp(groups[end].snake, groups[first].snake)) end++;
		sort_by_names(k, groups + first, end - first, paths);
	}
	qsort(groups, (size_t)n, sizeof *groups, compare_indices);
	for (int i = 0; i < n; i++) right &= layer_by_path(k, groups[i].layer, paths, groups[i].path);
	warn_of_rest(k, paths, layers, groups, n);
	return right;
}

bool keras_weights_by_path(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source,
			   bool named)
{
	struct paths paths = { file, source, named };

	return model_by_path(k, model, &paths, "");
}

bool keras_has_paths(struct hdf5 *file)
{
	for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
		if (hdf5_has(file, containers[i])) return true;
	return hdf5_has(file, "/vars");
}
