/* keras_list.c: what the layers of a model own, in the order of Keras's get_weights(). */
#include "load/keras.h"

struct listing {
	struct arena *arena;
	struct owned_weights *out;
};

static void list_model(struct listing *l, const struct keras_model *model, const char *prefix);

/* Its own, then those of an activation that is a layer. */
static void list_layer(struct listing *l, const struct keras_layer *layer, const char *prefix)
{
	const char *name = arena_printf(l->arena, "%s%s", prefix, layer->name);

	if (layer->kind == KERAS_MODEL) {
		list_model(l, layer->model, arena_printf(l->arena, "%s/", name));
		return;
	}
	for (int i = 0; i < layer->n_weight; i++) {
		struct owned_weight owned = { name, layer->weight[i] };
		list_push(l->arena, &l->out->list, owned);
	}
	if (layer->wrapped) list_layer(l, layer->wrapped, arena_printf(l->arena, "%s/", name));
	if (layer->behind) list_layer(l, layer->behind, prefix);
}

static void list_model(struct listing *l, const struct keras_model *model, const char *prefix)
{
	for (int i = 0; i < model->layers.n; i++) list_layer(l, model->layers.at[i], prefix);
}

void keras_list_weights(const struct loaded *loaded, struct owned_weights *out, struct arena *arena)
{
	struct listing listing = { arena, out };

	*out = (struct owned_weights){ 0 };
	list_model(&listing, loaded->config, "");
}
