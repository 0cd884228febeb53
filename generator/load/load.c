/* load.c: a model file and its weights, recognised by content, become a graph. */
#include "load/keras.h"

#include <string.h>

/* ---- what a file is --------------------------------------------------------------------------------------------- */

/* SIGNATURE(bytes, at, format) */
static const struct {
	const char *bytes;
	size_t n, at;
	enum format format;
} signatures[] = {
	{ "PK\5\6", 4, 0, FORMAT_NPZ }, /* an empty archive: np.savez() of no arrays */
	{ "\x93NUMPY", 6, 0, FORMAT_NPY },
	{ "TFL3", 4, 4, FORMAT_TFLITE },
};

/* The first local header's name tells whether a zip archive is NumPy's. */
static enum format format_of_zip(const struct bytes *file)
{
	enum { NAME_LENGTH = 26, NAME = 30 };
	size_t n = file->n > NAME ? (size_t)(file->at[NAME_LENGTH] | file->at[NAME_LENGTH + 1] << 8) : 0;

	if (n < 4 || n > file->n - NAME) return FORMAT_KERAS_ARCHIVE;
	return memcmp(file->at + NAME + n - 4, ".npy", 4) == 0 ? FORMAT_NPZ : FORMAT_KERAS_ARCHIVE;
}

/* Behind a user block of 512, 1024, 2048, ... bytes too. */
static bool is_hdf5(const struct bytes *file)
{
	static const char signature[] = "\x89HDF\r\n\x1a\n";

	for (size_t at = 0; at < file->n && file->n - at >= sizeof signature - 1; at = at ? 2 * at : 512)
		if (memcmp(file->at + at, signature, sizeof signature - 1) == 0) return true;
	return false;
}

static bool is_json(const struct bytes *file)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t at = file->n >= 3 && memcmp(file->at, mark, 3) == 0 ? 3 : 0;

	while (at < file->n && strchr(" \t\r\n", file->at[at]) && file->at[at]) at++;
	return at < file->n && (file->at[at] == '{' || file->at[at] == '[');
}

enum format format_of(const struct bytes *file)
{
	if (file->n >= 4 && memcmp(file->at, "PK\3\4", 4) == 0) return format_of_zip(file);
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		size_t at = signatures[i].at, n = signatures[i].n;
		if (file->n >= at + n && memcmp(file->at + at, signatures[i].bytes, n) == 0)
			return signatures[i].format;
	}
	if (is_hdf5(file)) return FORMAT_HDF5;
	if (is_json(file)) return FORMAT_JSON;
	/* ONNX: protobuf field 1, ir_version, a small number. */
	if (file->n > 2 && file->at[0] == 8 && file->at[1] > 0 && file->at[1] < 32) return FORMAT_ONNX;
	return FORMAT_UNKNOWN;
}

static bool holds_text(const struct bytes *file, const char *text)
{
	const size_t n = strlen(text);

	for (size_t i = 0; i + n <= file->n; i++) {
		const unsigned char *at = memchr(file->at + i, text[0], file->n - n + 1 - i);
		if (!at) return false;
		if (memcmp(at, text, n) == 0) return true;
		i = (size_t)(at - file->at);
	}
	return false;
}

/* Arrays: no key of a config stands in it. */
static bool is_json_of_weights(const struct bytes *file)
{
	static const char *const keys[] = { "\"class_name\"", "\"layers\"",      "\"filters\"",
					    "\"nb_filter\"",  "\"kernel_size\"", "\"config\"" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (holds_text(file, keys[i])) return false;
	return true;
}

bool holds_only_weights(const struct bytes *file)
{
	switch (format_of(file)) {
	case FORMAT_NPZ:
	case FORMAT_NPY: return true;
	case FORMAT_HDF5: return !holds_text(file, "model_config");
	case FORMAT_JSON: return is_json_of_weights(file);
	default: return false;
	}
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

bool load_input(struct keras *k, const char *path, struct input_file *input, struct bytes *bytes)
{
	const char *reason;

	if (!file_read(k->arena, path, bytes, &reason)) {
		diag_file_error(k->diag, path, "%s", reason);
		return false;
	}
	input->path = path;
	input->name = arena_string(k->arena, path_base(path));
	sha256_text(bytes->at, bytes->n, input->sha256);
	return true;
}

bool load_refuse(struct keras *k, const char *name, const char *what)
{
	struct source source = { .name = name };

	diag_error(k->diag, (struct place){ .source = &source }, "%s", what);
	return false;
}

/* ---- models ----------------------------------------------------------------------------------------------------- */

static bool has_weights(const struct graph *graph)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];

	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (node->layer->weights && node->layer->weights(node, spec) > 0) return true;
	}
	return false;
}

static bool read_separate_weights(struct keras *k, struct keras_model *model, struct loaded *loaded, const char *name)
{
	if (!keras_reads_own_weights(k)) return keras_load_weights(k, model, loaded);
	if (!has_weights(k->graph) || keras_give_none(k, model)) return true;
	return load_refuse(k, name,
			   "the config holds no weights; name a .npz or .npy file of get_weights(), or a .h5 file of "
			   "save_weights() behind it, or draw them with --init SEED");
}

static bool load_integers(struct keras *k, const struct json *root, struct loaded *loaded)
{
	if (k->options->weights)
		return load_refuse(k, path_base(k->options->weights),
				   "a quantised model holds its weights; no other file can be named for them");
	loaded->made_by = "conv1dc quantize";
	return quantised_read(k, root);
}

struct loaded *load_quantised(const struct text *text, const char *name, const struct options *options,
			      struct arena *arena, struct diag *diag)
{
	struct keras k = { .arena = arena, .diag = diag, .options = options };
	struct loaded *loaded = NEW(arena, struct loaded);
	struct source *source = NEW(arena, struct source);
	const struct json *root;

	*source = (struct source){ name, text->at, text->n };
	root = json_parse(arena, diag, source);
	if (!root || !quantised_is(root) || !quantised_read(&k, root)) return NULL;
	loaded->graph = k.graph;
	loaded->made_by = "conv1dc quantize";
	return loaded;
}

static bool load_json(struct keras *k, struct bytes bytes, const char *name, struct loaded *loaded)
{
	struct source *source = NEW(k->arena, struct source);
	const struct json *root, *version, *backend;
	struct keras_model *model;
	bool shaped;

	*source = (struct source){ name, (const char *)bytes.at, bytes.n };
	root = json_parse(k->arena, k->diag, source);
	if (!root) return false;
	version = json_get(root, "keras_version");
	if (quantised_is(root)) return load_integers(k, root, loaded);
	backend = json_get(root, "backend");
	if (backend && backend->kind == JSON_STRING) k->backend = backend->string;
	k->guessed = keras_guess_version(root);
	k->version = k->options->keras ? k->options->keras : k->guessed;
	k->sums_activity =
	    keras_sums_activity(version && version->kind == JSON_STRING ? version->string : NULL, k->version);
	loaded->made_by =
	    version && version->kind == JSON_STRING ? arena_printf(k->arena, "Keras %s", version->string) : "JSON";
	model = keras_read_model(k, root, "model");
	if (!model || !keras_build_graph(k, model)) return false;
	loaded->config = model;
	shaped = keras_set_input_shapes(k, model);
	/* That there are no weights at all is told also where no shape is known. */
	if (!shaped && (!keras_reads_own_weights(k) || keras_draws(k))) return false;
	return read_separate_weights(k, model, loaded, name) && shaped;
}

/* All of it stands in the file: nothing but its own shapes may be said. */
static bool load_tflite(struct keras *k, struct bytes bytes, const char *name, struct loaded *loaded)
{
	if (k->options->weights)
		return load_refuse(k, name, "a TFLite model has its weights inside; no file of weights may follow it");
	k->graph = tflite_load(bytes, name, k->options, k->arena, k->diag);
	loaded->made_by = "TFLite";
	return k->graph != NULL;
}

static bool load_model(struct keras *k, struct bytes bytes, const char *name, struct loaded *loaded)
{
	switch (format_of(&bytes)) {
	case FORMAT_KERAS_ARCHIVE: return keras_load_archive(k, bytes, name, loaded);
	case FORMAT_JSON: return load_json(k, bytes, name, loaded);
	case FORMAT_HDF5: return keras_load_h5(k, bytes, name, loaded);
	case FORMAT_TFLITE: return load_tflite(k, bytes, name, loaded);
	case FORMAT_ONNX: return load_refuse(k, name, "ONNX models are not supported; give the Keras model");
	case FORMAT_NPZ:
	case FORMAT_NPY:
		return load_refuse(k, name, "these are weights; the model stands before them on the command line");
	default:
		return load_refuse(
		    k, name,
		    bytes.n
			? "this is no model; it must be a .keras archive, a whole-model .h5 file, a JSON config or a "
			  ".tflite file"
			: "the file is empty");
	}
}

struct loaded *load(const struct options *options, struct arena *arena, struct diag *diag)
{
	struct keras k = { .arena = arena, .diag = diag, .options = options };
	struct loaded *loaded = NEW(arena, struct loaded);
	struct bytes bytes;
	int errors = diag_errors(diag);

	if (!load_input(&k, options->model, &loaded->model, &bytes)) return NULL;
	if (!load_model(&k, bytes, loaded->model.name, loaded) || diag_errors(diag) > errors) return NULL;
	loaded->graph = k.graph;
	loaded->graph->weightless = options->no_weights;
	k.graph->init_seed = options->init_seed;
	loaded->keras = k.version;
	loaded->effects = k.effects;
	return loaded;
}
