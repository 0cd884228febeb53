/* keras_h5.c: whole models in one HDF5 file: the config is the attribute model_config, weights lie in model_weights. */
#include "load/keras.h"

#include <string.h>

static bool refuse(struct keras *k, struct source *source, const char *what)
{
	diag_error(k->diag, (struct place){ .source = source }, "%s", what);
	return false;
}

/* The version of Keras that wrote the file; files without one are of Keras 1 or older. */
static bool read_version(struct keras *k, struct hdf5 *file, struct source *source, struct loaded *loaded)
{
	const char *version = hdf5_text_attribute(file, "/", "keras_version");

	if (!version) version = hdf5_text_attribute(file, "/model_weights", "keras_version");
	k->version = version ? keras_version_of(version) : 1;
	k->sums_activity = keras_sums_activity(version, k->version);
	loaded->made_by = version ? arena_printf(k->arena, "Keras %s", version) : "Keras 1";
	if (k->version) return true;
	diag_error(k->diag, (struct place){ .source = source },
		   "the version of Keras is not known; its attribute 'keras_version' must be a text like \"2.2.4-tf\", "
		   "not '%s'",
		   version);
	return false;
}

static const struct json *read_config(struct keras *k, struct hdf5 *file, struct source *source)
{
	const char *text = hdf5_text_attribute(file, "/", "model_config");
	struct source *config = NEW(k->arena, struct source);
	const struct json *json;

	if (!text && hdf5_has_attribute(file, "/", "model_config")) {
		refuse(k, source, "its attribute 'model_config' must be the model's config, a JSON text");
		return NULL;
	}
	if (!text) {
		const bool weights = keras_legacy_group(file) || keras_has_paths(file);
		refuse(k, source,
		       weights ? "these are weights: the file has no attribute 'model_config'; the model stands before "
				 "them on the command line"
			       : "this HDF5 file is no Keras model: it has no attribute 'model_config'");
		return NULL;
	}
	*config = (struct source){ arena_printf(k->arena, "%s(model_config)", source->name), text, strlen(text) };
	json = json_parse(k->arena, k->diag, config);
	config->text = NULL; /* places in it show no line: nobody sees the text */
	config->n = 0;
	return json;
}

static bool read_weights(struct keras *k, struct keras_model *model, struct hdf5 *file, struct source *source,
			 struct loaded *loaded)
{
	if (!keras_reads_own_weights(k)) return keras_load_weights(k, model, loaded);
	if (hdf5_has(file, "/model_weights")) return keras_weights_by_layer(k, model, file, source, "/model_weights");
	if (keras_give_none(k, model)) return true;
	return refuse(
	    k, source,
	    "the file holds a model without weights: it has no group 'model_weights'; --init SEED draws them");
}

bool keras_load_h5(struct keras *k, struct bytes bytes, const char *name, struct loaded *loaded)
{
	struct source *source = NEW(k->arena, struct source);
	struct hdf5 *file = hdf5_open(bytes, name, k->arena, k->diag);
	const struct json *config;
	struct keras_model *model;
	bool right;

	source->name = name;
	if (!file) return false;
	config = read_config(k, file, source);
	if (!config || !read_version(k, file, source, loaded)) return false;
	model = keras_read_model(k, config, "model");
	if (!model || !keras_build_graph(k, model)) return false;
	loaded->config = model;
	right = keras_set_input_shapes(k, model) && read_weights(k, model, file, source, loaded);
	hdf5_close(file);
	return right;
}
