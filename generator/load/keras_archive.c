/* keras_archive.c: .keras archives: metadata.json, config.json, model.weights.h5. */
#include "load/keras.h"

#include <string.h>

static struct source *entry_source(struct keras *k, const char *file, const char *entry)
{
	struct source *source = NEW(k->arena, struct source);

	source->name = arena_printf(k->arena, "%s(%s)", file, entry);
	return source;
}

/* NULL after an error.  Places in it show no line: nobody sees the text. */
static const struct json *read_json(struct keras *k, struct archive *archive, int entry, const char *file)
{
	struct source *source = entry_source(k, file, archive_name(archive, entry));
	struct bytes bytes;
	const struct json *json;

	if (!archive_read(archive, entry, &bytes, k->arena, k->diag)) return NULL;
	source->text = (const char *)bytes.at;
	source->n = bytes.n;
	json = json_parse(k->arena, k->diag, source);
	source->text = NULL;
	source->n = 0;
	return json;
}

/* The version of Keras that wrote the archive; archives without one are Keras 3. */
static bool read_metadata(struct keras *k, struct archive *archive, const char *file, struct loaded *loaded)
{
	int entry = archive_find(archive, "metadata.json");
	const struct json *metadata, *version = NULL;

	k->version = 3;
	loaded->made_by = "Keras 3";
	if (entry < 0) return true;
	metadata = read_json(k, archive, entry, file);
	if (!metadata) return false;
	version = json_get(metadata, "keras_version");
	if (version && version->kind == JSON_STRING && keras_version_of(version->string)) {
		k->version = keras_version_of(version->string);
		loaded->made_by = arena_printf(k->arena, "Keras %s", version->string);
		return true;
	}
	diag_error(k->diag, version ? json_place(k->arena, version) : json_place(k->arena, metadata),
		   "the version of Keras is not known; 'keras_version' must be a text like \"3.15.1\"");
	return false;
}

static bool read_weights(struct keras *k, struct archive *archive, int entry, const char *file,
			 struct keras_model *model)
{
	struct source *source = entry_source(k, file, archive_name(archive, entry));
	struct bytes bytes;
	struct hdf5 *hdf5;
	bool right;

	if (!archive_read(archive, entry, &bytes, k->arena, k->diag)) return false;
	hdf5 = hdf5_open(bytes, source->name, k->arena, k->diag);
	if (!hdf5) return false;
	right = keras_weights_by_path(k, model, hdf5, source);
	hdf5_close(hdf5);
	return right;
}

static bool find_entries(struct keras *k, struct archive *archive, const char *file, int *config, int *weights)
{
	struct source source = { .name = file };
	struct place place = { .source = &source };

	*config = archive_find(archive, "config.json");
	*weights = archive_find(archive, "model.weights.h5");
	if (*config >= 0 && *weights >= 0) return true;
	if (archive_find(archive, "model.weights.json") >= 0)
		diag_error(
		    k->diag, place,
		    "weights in shards (model.weights.json) are not supported; save the model without max_shard_size");
	else
		diag_error(k->diag, place, "this zip archive is no Keras model: it has no %s",
			   *config < 0 ? "config.json" : "model.weights.h5");
	return false;
}

static bool load_open(struct keras *k, struct archive *archive, const char *name, struct loaded *loaded)
{
	const struct json *config;
	struct keras_model *model;
	int at_config, at_weights;
	bool right;

	if (!find_entries(k, archive, name, &at_config, &at_weights) || !read_metadata(k, archive, name, loaded))
		return false;
	config = read_json(k, archive, at_config, name);
	model = config ? keras_read_model(k, config, "model") : NULL;
	if (!model || !keras_build_graph(k, model)) return false;
	loaded->config = model;
	right = keras_set_input_shapes(k, model);
	if (k->options->no_weights || k->options->weights) return right; /* others come in their place */
	return read_weights(k, archive, at_weights, name, model) && right;
}

bool keras_load_archive(struct keras *k, struct bytes file, const char *name, struct loaded *loaded)
{
	struct archive *archive = archive_open(file, name, k->arena, k->diag);
	bool right;

	if (!archive) return false;
	right = load_open(k, archive, name, loaded);
	archive_close(archive);
	return right;
}
