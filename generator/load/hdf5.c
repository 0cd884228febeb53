/* hdf5.c: the only HDF5.  Runs in a process of its own (hdf5_tree.c starts it); writes what a file holds as records. */
#include "load/hdf5_dump.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct dump {
	FILE *out;
	struct arena *arena;
	int64_t objects;
	int depth;
};

/* ---- records ------------------------------------------------------------------------------------------------ */

static void tell(struct dump *dump, struct record record, const char *path, const void *content)
{
	record.path = (int64_t)strlen(path);
	fwrite(&record, sizeof record, 1, dump->out);
	fwrite(path, 1, (size_t)record.path, dump->out);
	if (record.content) fwrite(content, 1, (size_t)record.content, dump->out);
}

static void tell_text(struct dump *dump, enum record_kind kind, const char *path, const char *text)
{
	tell(dump, (struct record){ .kind = kind, .content = (int64_t)strlen(text) }, path, text);
}

/* ---- attributes --------------------------------------------------------------------------------------------- */

/* The strings of an attribute, one behind the other, each with its NUL. */
struct strings {
	struct text text;
	int64_t n;
	bool scalar;
};

static bool read_variable(hid_t attribute, hid_t type, hid_t space, struct strings *out)
{
	hid_t memory = H5Tcopy(H5T_C_S1);
	char **at = calloc((size_t)out->n, sizeof *at);
	bool right;

	if (!at) out_of_memory((size_t)out->n * sizeof *at);
	right = H5Tset_size(memory, H5T_VARIABLE) >= 0 && H5Tset_cset(memory, H5Tget_cset(type)) >= 0 &&
		H5Aread(attribute, memory, at) >= 0;

	for (int64_t i = 0; right && i < out->n; i++) {
		const char *string = at[i] ? at[i] : "";
		text_add_n(&out->text, string, strlen(string) + 1);
	}
	if (right) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, at);
	free(at);
	H5Tclose(memory);
	return right;
}

/* Padded with NULs or spaces to size bytes each. */
static bool read_fixed(hid_t attribute, hid_t type, size_t size, struct strings *out)
{
	const bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
	char *at = malloc((size_t)out->n * size);
	bool right;

	if (!at) out_of_memory((size_t)out->n * size);
	right = H5Aread(attribute, type, at) >= 0;

	for (int64_t i = 0; right && i < out->n; i++) {
		const char *string = at + (size_t)i * size, *end = memchr(string, 0, size);
		size_t length = end ? (size_t)(end - string) : size;

		while (blanks && length && string[length - 1] == ' ') length--;
		text_add_n(&out->text, string, length);
		text_add_n(&out->text, "", 1);
	}
	free(at);
	return right;
}

/* An empty list counts as one of strings: NumPy makes it one of floats.  NULL, or why it is not read. */
static const char *read_strings(hid_t attribute, struct strings *out)
{
	hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
	const size_t size = type < 0 ? 0 : H5Tget_size(type);
	const char *reason = NULL;

	out->n = space < 0 ? -1 : (int64_t)H5Sget_simple_extent_npoints(space);
	out->scalar = space >= 0 && H5Sget_simple_extent_type(space) == H5S_SCALAR;
	if (type < 0 || out->n < 0)
		reason = "it is damaged";
	else if (out->n > 0 && H5Tget_class(type) != H5T_STRING)
		reason = "it is not text";
	else if (out->n > 0 && (!size || out->n > (int64_t)(HDF5_TEXT_LIMIT / size)))
		reason = "its text is longer than conv1dc reads";
	else if (out->n > 0 && !(H5Tis_variable_str(type) > 0 ? read_variable(attribute, type, space, out)
							      : read_fixed(attribute, type, size, out)))
		reason = "it is damaged";
	if (type >= 0) H5Tclose(type);
	if (space >= 0) H5Sclose(space);
	return reason;
}

/* A scalar string; NULL: absent or something else. */
static const char *text_attribute(struct dump *dump, hid_t object, const char *name)
{
	struct strings strings = { 0 };
	const char *text = NULL;
	hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;

	if (attribute < 0) return NULL;
	if (!read_strings(attribute, &strings) && strings.n == 1) text = arena_string(dump->arena, strings.text.at);
	text_free(&strings.text);
	H5Aclose(attribute);
	return text;
}

/* Groups that are being read, each in the one around it. */
struct visit {
	struct dump *dump;
	const char *path;
	const struct visit *around;
	hid_t group;
};

static herr_t tell_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
	struct visit *visit = data;
	struct dump *dump = visit->dump;
	struct strings strings = { 0 };
	hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
	const char *key = arena_printf(dump->arena, "%s%c%s", visit->path, ATTRIBUTE_MARK, name);
	const char *reason = attribute < 0 ? "it is damaged" : read_strings(attribute, &strings);
	struct record record = { .kind = RECORD_TEXTS, .content = (int64_t)strings.text.n };

	(void)info;
	record.shape = shape_of(1, strings.n);
	if (reason)
		tell_text(dump, RECORD_REFUSED, key, reason);
	else if (strings.scalar && strings.n == 1)
		tell_text(dump, RECORD_TEXT, key, strings.text.at);
	else
		tell(dump, record, key, strings.text.at);
	text_free(&strings.text);
	if (attribute >= 0) H5Aclose(attribute);
	return 0;
}

/* ---- datasets ----------------------------------------------------------------------------------------------- */

enum storage { STORAGE_FLOAT, STORAGE_DOUBLE, STORAGE_BFLOAT16 };

/* How the elements are read; NULL, or why they are not. */
static const char *element_storage(struct dump *dump, hid_t dataset, hid_t type, enum storage *storage)
{
	size_t size = H5Tget_size(type);
	const char *dtype = text_attribute(dump, dataset, "dtype");

	if (dtype && !strcmp(dtype, "bfloat16") && size == 2) {
		*storage = STORAGE_BFLOAT16;
		return NULL;
	}
	switch (H5Tget_class(type)) {
	case H5T_FLOAT:
		if (size > sizeof(double)) return "its elements are floats of more than 64 bits";
		*storage = size <= sizeof(float) ? STORAGE_FLOAT : STORAGE_DOUBLE;
		return NULL;
	case H5T_INTEGER: *storage = STORAGE_DOUBLE; return NULL;
	default: return "its elements are not numbers";
	}
}

/* What a dataset's storage forbids; NULL: nothing. */
static const char *storage_refusal(struct dump *dump, hid_t dataset, int64_t bytes)
{
	hid_t plist = H5Dget_create_plist(dataset);
	int64_t stored = (int64_t)H5Dget_storage_size(dataset);
	const char *reason = NULL;
	int filters = plist < 0 ? 0 : H5Pget_nfilters(plist);

	if (plist < 0) return "it is damaged";
	if (H5Pget_layout(plist) == H5D_VIRTUAL || H5Pget_external_count(plist) > 0)
		reason = "its data lie in another file, which is never opened";
	else if (stored < 0 || stored > FILE_LIMIT || bytes - HDF5_FREE_BYTES > stored * HDF5_DEFLATE_RATIO)
		reason = arena_printf(dump->arena, "its shape asks for %lld bytes where %lld are stored",
				      (long long)bytes, (long long)stored);
	else if (filters == 0 && bytes > stored && stored > 0)
		reason = arena_printf(dump->arena, "its shape asks for %lld bytes where %lld are stored",
				      (long long)bytes, (long long)stored);
	for (int i = 0; !reason && i < filters; i++) {
		unsigned flags, config;
		size_t parameters = 0;
		char name[64] = "";
		H5Z_filter_t filter =
		    H5Pget_filter2(plist, (unsigned)i, &flags, &parameters, NULL, sizeof name, name, &config);

		if (filter < 0 || H5Zfilter_avail(filter) <= 0)
			reason = arena_printf(dump->arena, "its filter %d%s%.63s is not supported; gzip is",
					      (int)filter, *name ? ", " : "", name);
	}
	H5Pclose(plist);
	return reason;
}

/* The shape, checked before anything is read; NULL, or why not. */
static const char *dataset_shape(struct dump *dump, hid_t dataset, struct shape *shape)
{
	hid_t space = H5Dget_space(dataset);
	hsize_t at[H5S_MAX_RANK];
	int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
	H5S_class_t kind = space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);

	if (rank >= 0 && rank <= H5S_MAX_RANK && rank > 0) H5Sget_simple_extent_dims(space, at, NULL);
	if (space >= 0) H5Sclose(space);
	if (kind != H5S_SCALAR && kind != H5S_SIMPLE) return "it has no elements";
	if (rank < 0 || rank > MAX_RANK)
		return arena_printf(dump->arena, "it has %d axes; at most %d are read", rank, MAX_RANK);
	shape->rank = rank;
	for (int i = 0; i < rank; i++) {
		if (at[i] > (hsize_t)MAX_ELEMENTS) return "it has more elements than conv1dc can index";
		shape->at[i] = (int64_t)at[i];
	}
	if (shape_elements(shape) > MAX_ELEMENTS) return "it has more elements than conv1dc can index";
	return NULL;
}

static void bfloat16_values(const unsigned char *in, int64_t n, float *out)
{
	for (int64_t i = 0; i < n; i++) {
		uint32_t bits = (uint32_t)(in[2 * i] | in[2 * i + 1] << 8) << 16;
		memcpy(&out[i], &bits, sizeof bits);
	}
}

static bool round_values(const double *in, int64_t n, float *out)
{
	bool rounded = false;

	for (int64_t i = 0; i < n; i++) {
		out[i] = (float)in[i];
		rounded |= !isnan(in[i]) && (double)out[i] != in[i];
	}
	return rounded;
}

/* n > 0 */
static const char *read_values(hid_t dataset, hid_t type, enum storage storage, int64_t n, float *out, bool *rounded)
{
	hid_t memory = storage == STORAGE_FLOAT    ? H5T_NATIVE_FLOAT
		       : storage == STORAGE_DOUBLE ? H5T_NATIVE_DOUBLE
						   : type;
	void *values = out;
	herr_t status;

	if (storage != STORAGE_FLOAT) values = malloc((size_t)n * (storage == STORAGE_DOUBLE ? sizeof(double) : 2));
	if (!values) return "there is not enough memory for it";
	status = H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
	if (status >= 0 && storage == STORAGE_DOUBLE) *rounded = round_values(values, n, out);
	if (status >= 0 && storage == STORAGE_BFLOAT16) bfloat16_values(values, n, out);
	if (values != out) free(values);
	return status < 0 ? "its data are truncated or damaged" : NULL;
}

/* A count is kept as it is: a float ends at 2^24. */
static void read_integer(hid_t dataset, hid_t type, struct record *record)
{
	int64_t integer;

	if (H5Tget_class(type) != H5T_INTEGER) return;
	record->integral = H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &integer) >= 0;
	if (record->integral) record->integer = integer;
}

static void tell_dataset(struct dump *dump, hid_t dataset, const char *path)
{
	hid_t type = H5Dget_type(dataset);
	struct record record = { .kind = RECORD_ARRAY };
	enum storage storage = STORAGE_FLOAT;
	const char *reason = type < 0 ? "it is damaged" : element_storage(dump, dataset, type, &storage);
	float *values = NULL;
	bool rounded = false;
	int64_t n = 0;

	if (!reason) reason = dataset_shape(dump, dataset, &record.shape);
	if (!reason) n = shape_elements(&record.shape);
	if (!reason && n > 0) reason = storage_refusal(dump, dataset, n * (int64_t)H5Tget_size(type));
	if (!reason && n > 0) {
		values = malloc((size_t)n * sizeof *values);
		reason = values ? read_values(dataset, type, storage, n, values, &rounded)
				: "there is not enough memory for it";
	}
	if (!reason && n == 1) read_integer(dataset, type, &record);
	record.rounded = rounded;
	record.content = n * (int64_t)sizeof *values;
	if (reason)
		tell_text(dump, RECORD_REFUSED, path, reason);
	else
		tell(dump, record, path, values);
	free(values);
	if (type >= 0) H5Tclose(type);
}

/* ---- the tree ----------------------------------------------------------------------------------------------- */

/* Not read: what training needs. */
static const char *const skipped[] = { "/optimizer", "/optimizer_weights" };

static void tell_group(struct visit *visit);

#if H5_VERSION_GE(1, 12, 0)
static bool same_object(hid_t a, hid_t b)
{
	H5O_info2_t x, y;
	int difference = 1;

	if (H5Oget_info3(a, &x, H5O_INFO_BASIC) < 0 || H5Oget_info3(b, &y, H5O_INFO_BASIC) < 0) return false;
	return x.fileno == y.fileno && H5Otoken_cmp(a, &x.token, &y.token, &difference) >= 0 && !difference;
}
#else
static bool same_object(hid_t a, hid_t b)
{
	H5O_info_t x, y;

	if (H5Oget_info2(a, &x, H5O_INFO_BASIC) < 0 || H5Oget_info2(b, &y, H5O_INFO_BASIC) < 0) return false;
	return x.fileno == y.fileno && x.addr == y.addr;
}
#endif

/* A link to a group that holds it: without an end. */
static bool is_loop(const struct visit *around, hid_t object)
{
	for (; around; around = around->around)
		if (same_object(around->group, object)) return true;
	return false;
}

static void tell_object(const struct visit *around, hid_t object, const char *path)
{
	struct visit visit = { around->dump, path, around, object };

	if (H5Iget_type(object) == H5I_DATASET)
		tell_dataset(around->dump, object, path);
	else if (H5Iget_type(object) == H5I_GROUP && is_loop(around, object))
		tell_text(around->dump, RECORD_REFUSED, path, "it is a link back to a group that holds it");
	else if (H5Iget_type(object) == H5I_GROUP)
		tell_group(&visit);
}

static bool is_skipped(const char *path)
{
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (!strcmp(path, skipped[i])) return true;
	return false;
}

/* Links to other files are refused here, and cannot be followed on the way of others (forbid_external_links). */
static herr_t tell_link(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
	struct visit *visit = data;
	struct dump *dump = visit->dump;
	const char *path = arena_printf(dump->arena, "%s/%s", visit->path, name);
	const bool by_name = info->type == H5L_TYPE_SOFT;
	hid_t object;

	if (is_skipped(path)) return 0;
	if (++dump->objects > HDF5_OBJECTS_LIMIT || strlen(path) > HDF5_PATH_LIMIT) return -1;
	if (info->type != H5L_TYPE_HARD && !by_name) {
		tell_text(dump, RECORD_REFUSED, path, "it is a link to another file, which is never opened");
		return 0;
	}
	if (dump->depth >= HDF5_DEPTH_LIMIT) {
		tell_text(dump, RECORD_REFUSED, path, "its groups are nested too deeply");
		return 0;
	}
	object = H5Oopen(group, name, H5P_DEFAULT);
	if (object >= 0) {
		tell_object(visit, object, path);
		H5Oclose(object);
	} else {
		tell_text(dump, RECORD_REFUSED, path, by_name ? "it is a link that leads nowhere" : "it is damaged");
	}
	return 0;
}

static void tell_group(struct visit *visit)
{
	struct dump *dump = visit->dump;

	tell(dump, (struct record){ .kind = RECORD_GROUP }, visit->path, NULL);
	dump->depth++;
	if (H5Aiterate2(visit->group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, tell_attribute, visit) < 0)
		tell_text(dump, RECORD_FAULT, visit->path, "its attributes are damaged");
	if (H5Literate(visit->group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, tell_link, visit) < 0)
		tell_text(dump, RECORD_FAULT, visit->path,
			  dump->objects > HDF5_OBJECTS_LIMIT
			      ? arena_printf(dump->arena, "it has more than %d objects, or links in circles",
					     HDF5_OBJECTS_LIMIT)
			      : "its groups are damaged");
	dump->depth--;
}

static herr_t judge_failure(unsigned n, const H5E_error2_t *error, void *data)
{
	(void)n, (void)data;
	if (error->maj_num == H5E_RESOURCE) out_of_memory(0);
	return 0;
}

/* Called whenever the library fails: what fails for want of memory is no fault of the file.  With very little, the library
 * cannot even note why. */
static herr_t on_failure(hid_t stack, void *data)
{
	(void)data;
	if (errno == ENOMEM) out_of_memory(0);
	return H5Ewalk2(stack, H5E_WALK_DOWNWARD, judge_failure, NULL);
}

/* No other file is ever opened, not even on the way of a link by name. */
static bool forbid_external_links(void)
{
	return H5Lunregister(H5L_TYPE_EXTERNAL) >= 0;
}

static hid_t open_image(struct bytes file)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), opened = H5I_INVALID_HID;

	if (H5Pset_fapl_core(access, HDF5_PATH_LIMIT, 0) >= 0 && H5Pset_file_image(access, file.at, file.n) >= 0)
		opened = H5Fopen("image", H5F_ACC_RDONLY, access);
	H5Pclose(access);
	return opened;
}

bool hdf5_dump(struct bytes file, FILE *out)
{
	struct dump dump = { .out = out, .arena = arena_new() };
	hid_t opened, root;

	errno = 0;
	if (H5open() < 0) out_of_memory(0); /* nothing but memory can fail there */
	H5dont_atexit();
	H5Eset_auto2(H5E_DEFAULT, on_failure, NULL);
	H5PLset_loading_state(0);
	opened = open_image(file);
	root = opened < 0 ? opened : H5Oopen(opened, "/", H5P_DEFAULT);
	if (root < 0 || !forbid_external_links()) {
		tell_text(&dump, RECORD_FAULT, "", "it is truncated, damaged or not an HDF5 file");
	} else {
		struct visit visit = { &dump, "", NULL, root };
		tell_group(&visit);
		H5Oclose(root);
	}
	tell(&dump, (struct record){ .kind = RECORD_END }, "", NULL);
	arena_free(dump.arena);
	return fflush(out) == 0;
}
