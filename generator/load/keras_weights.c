/* keras_weights.c: weights are given to the layers that own them, in get_weights() order or by their paths. */
#include "load/keras.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a layer owns, in get_weights() order; sizes that depend on an input that is not known yet are UNKNOWN_SIZE. */
static int specs_of(const struct keras_layer *layer, struct weight_spec spec[MAX_LAYER_WEIGHTS])
{
	struct tensor input = { .name = "input" }, *in[] = { &input };
	struct node alone = { .layer = layer->row, .name = layer->name, .config = layer->config, .in = in, .n_in = 1 };

	if (layer->kind != KERAS_LAYER || layer->operation || !layer->row->weights) return 0;
	return layer->row->weights(layer->nodes.n ? layer->nodes.at[0] : &alone, spec);
}

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

static void warn_of_rounding(struct keras *k, const struct keras_layer *layer, const struct weight_spec *spec,
			     const struct array *array, int n)
{
	for (int i = 0; i < n; i++) {
		if (!array[i].rounded || weight_is_integral(spec[i].name)) continue;
		diag_warn(k->diag, WARN_PRECISION, array_place(&array[i], layer->name),
			  "layer '%s': weights are rounded to float32", layer->name);
		return;
	}
}

/* As infer() will: sizes are judged there, where inputs are known.  Here the number of axes and what the config alone says. */
static bool fits(const struct shape *wanted, const struct shape *found)
{
	if (!wanted->rank) return true; /* a scalar, or as many axes as an input that is not known yet */
	if (wanted->rank != found->rank) return false;
	for (int i = 0; i < wanted->rank; i++)
		if (wanted->at[i] > 0 && wanted->at[i] != found->at[i]) return false; /* 0: infer() says why */
	return true;
}

/* A count that was saved as a float. */
static int64_t whole(const struct array *array)
{
	float count = shape_elements(&array->shape) == 1 ? array->f32[0] : 0;

	return count >= 0 && count <= 0x1p62F ? (int64_t)count : 0;
}

static bool give(struct keras *k, struct keras_layer *layer, const struct weight_spec *spec, struct array *array, int n)
{
	const struct weight **weights = NEW_ARRAY(k->arena, n + 1, const struct weight *);
	bool right = true;

	for (int i = 0; i < n; i++) {
		struct weight *weight = NEW(k->arena, struct weight);

		keras_old_weight(k, layer, &spec[i], &array[i]);
		if (!fits(&spec[i].shape, &array[i].shape)) {
			diag_error(k->diag, array_place(&array[i], layer->name),
				   "layer '%s': its %s must have the shape %s; this has %s", layer->name, spec[i].name,
				   shape_text(k->arena, &spec[i].shape), shape_text(k->arena, &array[i].shape));
			right = false;
		}
		*weight = (struct weight){ .name = spec[i].name,
					   .type = TYPE_F32,
					   .shape = array[i].shape,
					   .f32 = array[i].f32,
					   .place = array_place(&array[i], layer->name) };
		if (weight_is_integral(spec[i].name)) {
			weight->integral = true;
			weight->integer = array[i].integral ? array[i].integer : whole(&array[i]);
		}
		weights[i] = weight;
		warn_of_values(k, layer, &array[i], spec[i].name);
	}
	warn_of_rounding(k, layer, spec, array, n);
	layer->weight = weights;
	layer->n_weight = n;
	for (int i = 0; i < layer->nodes.n; i++) {
		layer->nodes.at[i]->weight = weights;
		layer->nodes.at[i]->n_weight = n;
	}
	return right;
}

/* ---- in order ------------------------------------------------------------------------------------------------- */

struct order {
	const struct arrays *arrays;
	int next;
	const char *what;
};

static bool layer_by_order(struct keras *k, struct keras_layer *layer, struct order *order);

static bool model_by_order(struct keras *k, struct keras_model *model, struct order *order)
{
	bool right = true;

	for (int i = 0; i < model->layers.n; i++) right &= layer_by_order(k, model->layers.at[i], order);
	return right;
}

static struct place order_place(struct keras *k, const struct order *order)
{
	struct source *source = NEW(k->arena, struct source);

	source->name = order->what;
	return (struct place){ .source = source };
}

static bool layer_by_order(struct keras *k, struct keras_layer *layer, struct order *order)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	int n, left = order->arrays->list.n - order->next;
	bool right = true;

	if (layer->kind == KERAS_MODEL) return model_by_order(k, layer->model, order);
	n = specs_of(layer, spec);
	for (int i = left > 0 ? left : 0; i < n; i++) {
		diag_error(k->diag, order_place(k, order),
			   "layer '%s': its %s of the shape %s is missing; the file has only %d array%s", layer->name,
			   spec[i].name, shape_text(k->arena, &spec[i].shape), order->arrays->list.n,
			   order->arrays->list.n == 1 ? "" : "s");
		right = false;
	}
	if (right && n > 0) right = give(k, layer, spec, order->arrays->list.at + order->next, n);
	order->next += n;
	return layer->behind ? layer_by_order(k, layer->behind, order) && right : right;
}

bool keras_weights_by_order(struct keras *k, struct keras_model *model, const struct arrays *arrays, const char *what)
{
	struct order order = { arrays, 0, what };
	bool right = model_by_order(k, model, &order);

	if (order.next >= arrays->list.n) return right;
	diag_error(k->diag, order_place(k, &order),
		   "the file has %d arrays, the model %d weights: '%s' and what follows belong to no layer",
		   arrays->list.n, order.next, arrays->list.at[order.next].name);
	return false;
}

/* ---- by path ---------------------------------------------------------------------------------------------------- */

struct paths {
	struct hdf5 *file;
	struct source *source;
};

static struct place path_place(const struct paths *paths, const char *path, const char *layer)
{
	return (struct place){ .source = paths->source, .pointer = path, .layer = layer };
}

static bool model_by_path(struct keras *k, struct keras_model *model, const struct paths *paths, const char *group);

/* The name that Keras 3.15 and later write beside the weights; two layers of a class could be swapped otherwise. */
static bool name_is_right(struct keras *k, const struct keras_layer *layer, const struct paths *paths, const char *vars)
{
	const char *name = hdf5_text_attribute(paths->file, vars, "name");

	if (!name || !strcmp(name, layer->name)) return true;
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
			   "layer '%s' has %d weights; this is one more", layer->name, wanted);
		return false;
	}
	return true;
}

static bool vars_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	struct array array[MAX_LAYER_WEIGHTS];
	int n = specs_of(layer, spec);
	const char *vars = arena_printf(k->arena, "%s/vars", group);
	bool right = name_is_right(k, layer, paths, vars);

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(k->arena, "%s/%d", vars, i);

		if (hdf5_has(paths->file, path)) {
			right &= hdf5_read(paths->file, path, &array[i], k->diag);
		} else {
			diag_error(k->diag, path_place(paths, path, layer->name),
				   "layer '%s': its %s of the shape %s is missing", layer->name, spec[i].name,
				   shape_text(k->arena, &spec[i].shape));
			right = false;
		}
	}
	right &= report_surplus(k, layer, paths, vars, n);
	return right && (n == 0 || give(k, layer, spec, array, n));
}

/* A layer's own weights, those of an activation with weights, those of a nested model. */
static bool layer_by_path(struct keras *k, struct keras_layer *layer, const struct paths *paths, const char *group)
{
	bool right;

	if (layer->kind == KERAS_MODEL) return model_by_path(k, layer->model, paths, group);
	right = vars_by_path(k, layer, paths, group);
	if (layer->behind && layer->behind->at)
		right &= layer_by_path(k, layer->behind, paths, arena_printf(k->arena, "%s/activation", group));
	return right;
}

/* conv1d, conv1d_1, ...: numbered within a class, in the config's order. */
struct numbered {
	const char *snake;
	int n;
};

static int number_of(struct numbered *used, int *n, const char *snake)
{
	for (int i = 0; i < *n; i++)
		if (!strcmp(used[i].snake, snake)) return used[i].n++;
	used[(*n)++] = (struct numbered){ snake, 1 };
	return 0;
}

/* Classes that the model asks for are used[]; what else stands in the file belongs to no layer. */
static void warn_of_rest(struct keras *k, const struct paths *paths, const char *layers, const char *const *asked,
			 int n_asked)
{
	int n;
	const char *const *members = hdf5_members(paths->file, layers, &n);

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(k->arena, "%s/%s", layers, members[i]);
		bool known = false;
		int weights;

		for (int j = 0; j < n_asked && !known; j++) known = !strcmp(asked[j], path);
		hdf5_members(paths->file, arena_printf(k->arena, "%s/vars", path), &weights);
		if (!known && weights > 0)
			diag_warn(k->diag, WARN_UNUSED_WEIGHT, path_place(paths, path, NULL),
				  "%d weight%s that no layer of the model asks for", weights, weights == 1 ? "" : "s");
	}
}

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

static bool model_by_path(struct keras *k, struct keras_model *model, const struct paths *paths, const char *group)
{
	struct numbered *used = NEW_ARRAY(k->arena, model->layers.n + 1, struct numbered);
	const char **asked = NEW_ARRAY(k->arena, model->layers.n + 1, const char *);
	const char *layers = arena_printf(k->arena, "%s/layers", group);
	int n_used = 0, n_asked = 0;
	bool right = true;

	for (int i = 0; i < model->layers.n; i++) {
		struct keras_layer *layer = model->layers.at[i];
		const char *snake, *path;
		int number;

		if (!is_kept(k, layer)) continue;
		snake = keras_snake(k->arena, group_class(layer));
		number = number_of(used, &n_used, snake);
		path = number ? arena_printf(k->arena, "%s/%s_%d", layers, snake, number)
			      : arena_printf(k->arena, "%s/%s", layers, snake);
		asked[n_asked++] = path;
		right &= layer_by_path(k, layer, paths, path);
	}
	warn_of_rest(k, paths, layers, asked, n_asked);
	return right;
}

bool keras_weights_by_path(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source)
{
	struct paths paths = { file, source };

	return model_by_path(k, model, &paths, "");
}
