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

/* The entry of weights; -1: there is none, an error where they are not drawn. */
static int find_weights(struct keras *k, struct archive *archive, const char *file)
{
	int entry = archive_find(archive, "model.weights.h5");

	if (entry < 0 && !k->options->init)
		load_refuse(k, file,
			    archive_find(archive, "model.weights.json") >= 0
				? "weights in shards (model.weights.json) are not supported; save the model without "
				  "max_shard_size"
				: "this zip archive is no Keras model: it has no model.weights.h5");
	return entry;
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
	right = keras_weights_by_path(k, model, hdf5, source, true);
	hdf5_close(hdf5);
	return right;
}

static bool load_open(struct keras *k, struct archive *archive, const char *name, struct loaded *loaded)
{
	const bool own = keras_reads_own_weights(k);
	int entry = archive_find(archive, "config.json"), weights = -1;
	const struct json *config;
	struct keras_model *model;

	if (entry < 0) return load_refuse(k, name, "this zip archive is no Keras model: it has no config.json");
	if (own) weights = find_weights(k, archive, name);
	if ((own && weights < 0 && !k->options->init) || !read_metadata(k, archive, name, loaded)) return false;
	config = read_json(k, archive, entry, name);
	model = config ? keras_read_model(k, config, "model") : NULL;
	if (!model || !keras_build_graph(k, model)) return false;
	loaded->config = model;
	if (!keras_set_input_shapes(k, model)) return false;
	if (own && weights < 0) return keras_give_none(k, model);
	return own ? read_weights(k, archive, weights, name, model) : keras_load_weights(k, model, loaded);
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
