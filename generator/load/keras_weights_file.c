/* keras_weights_file.c: the second file of the command line: weights of any format for a model of any format. */
#include "load/keras.h"

static bool read_npz(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name)
{
	struct arrays arrays = { 0 };

	return npz_read(bytes, name, &arrays, k->arena, k->diag) && keras_weights_by_order(k, model, &arrays, name);
}

static bool read_npy(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name)
{
	struct arrays arrays = { 0 };
	struct array array;

	if (!npy_read(bytes, name, &array, k->arena, k->diag)) return false;
	list_push(k->arena, &arrays.list, array);
	return keras_weights_by_order(k, model, &arrays, name);
}

static bool read_hdf5(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name)
{
	struct source *source = NEW(k->arena, struct source);
	struct hdf5 *file = hdf5_open(bytes, name, k->arena, k->diag);
	const char *group;
	bool right;

	source->name = name;
	if (!file) return false;
	group = keras_legacy_group(file);
	if (group)
		right = keras_weights_by_layer(k, model, file, source, group);
	else if (keras_has_paths(file))
		right = keras_weights_by_path(k, model, file, source, false);
	else
		right = load_refuse(k, name,
				    "this HDF5 file has no weights of Keras: neither an attribute 'layer_names' nor a "
				    "group 'layers'");
	hdf5_close(file);
	return right;
}

/* WEIGHTS(format, reader) */
static const struct {
	enum format format;
	bool (*read)(struct keras *k, struct keras_model *model, struct bytes bytes, const char *name);
} readers[] = {
	{ FORMAT_NPZ, read_npz },
	{ FORMAT_NPY, read_npy },
	{ FORMAT_HDF5, read_hdf5 },
	{ FORMAT_JSON, keras_weights_by_json },
};

bool keras_reads_own_weights(const struct keras *k)
{
	return !k->options->weights && !k->options->no_weights;
}

bool keras_load_weights(struct keras *k, struct keras_model *model, struct loaded *loaded)
{
	struct bytes bytes;
	enum format format;

	if (k->options->no_weights) return true;
	if (!load_input(k, k->options->weights, &loaded->weights, &bytes)) return false;
	format = format_of(&bytes);
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (readers[i].format == format) return readers[i].read(k, model, bytes, loaded->weights.name);
	return load_refuse(
	    k, loaded->weights.name,
	    format == FORMAT_KERAS_ARCHIVE
		? "this is no weights file but a zip archive without .npy arrays; of a .keras model give "
		  "the model.weights.h5 in it"
		: "this is no weights file; it must be .npz, .npy, .weights.h5, legacy .h5 or JSON");
}
