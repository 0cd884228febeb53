/* keras_list.c: what the layers of a model own, in the order of Keras's get_weights(). */
#include "load/keras.h"

/* Which weights are listed now. */
enum part { PART_ALL, PART_TRAINABLE, PART_OTHERS };
struct listing {
	struct arena *arena;
	struct owned_weights *out;
	enum part part;
};

static void list_model(struct listing *l, const struct keras_model *model, const char *prefix);

static bool is_trainable(const struct keras_layer *layer, int i)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	struct tensor input = { .name = "input" }, *in[] = { &input };
	struct node alone = { .layer = layer->row, .name = layer->name, .config = layer->config, .in = in, .n_in = 1 };

	return layer->trainable && layer->row->weights(&alone, spec) > i && spec[i].trainable;
}

static void list_layer(struct listing *l, const struct keras_layer *layer, const char *prefix);

/* Keras 2 lists all trainable weights within a TimeDistributed first. */
static void list_wrapped(struct listing *l, const struct keras_layer *wrapper, const char *prefix)
{
	const bool split = wrapper->nodes.n > 0 && node_is_old(wrapper->nodes.at[0]) && l->part == PART_ALL;

	if (!split) {
		list_layer(l, wrapper->wrapped, prefix);
		return;
	}
	l->part = PART_TRAINABLE;
	list_layer(l, wrapper->wrapped, prefix);
	l->part = PART_OTHERS;
	list_layer(l, wrapper->wrapped, prefix);
	l->part = PART_ALL;
}

/* Its own, those within it, then those of an activation that is a layer. */
static void list_layer(struct listing *l, const struct keras_layer *layer, const char *prefix)
{
	const char *name = arena_printf(l->arena, "%s%s", prefix, layer->name);

	if (layer->kind == KERAS_MODEL) {
		list_model(l, layer->model, arena_printf(l->arena, "%s/", name));
		return;
	}
	for (int i = 0; i < layer->n_weight; i++) {
		struct owned_weight owned = { name, layer->weight[i], is_trainable(layer, i) };
		if (l->part == PART_ALL || owned.trainable == (l->part == PART_TRAINABLE))
			list_push(l->arena, &l->out->list, owned);
	}
	if (layer->wrapped) list_wrapped(l, layer, arena_printf(l->arena, "%s/", name));
	if (layer->behind) list_layer(l, layer->behind, prefix);
}

static void list_model(struct listing *l, const struct keras_model *model, const char *prefix)
{
	for (int i = 0; i < model->layers.n; i++) list_layer(l, model->layers.at[i], prefix);
}

void keras_list_weights(const struct loaded *loaded, struct owned_weights *out, struct arena *arena)
{
	struct listing listing = { arena, out, PART_ALL };

	*out = (struct owned_weights){ 0 };
	list_model(&listing, loaded->config, "");
}
