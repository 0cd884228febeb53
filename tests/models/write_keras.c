/* write_keras.c: a draft as a .keras archive: metadata.json, config.json, model.weights.h5 (by class name and number). */
#include "tests/models/models.h"

#include "load/keras.h"

#include <hdf5.h>
#include <string.h>

/* Libraries' failures are faults of this test. */
static hid_t checked(hid_t id)
{
	if (id < 0) die("libhdf5 cannot write");
	return id;
}

static void write_array(hid_t file, const char *path, const struct shape *shape, const float *at)
{
	hid_t links = checked(H5Pcreate(H5P_LINK_CREATE)), space, set;
	hsize_t sizes[MAX_RANK];

	for (int i = 0; i < shape->rank; i++) sizes[i] = (hsize_t)shape->at[i];
	checked(H5Pset_create_intermediate_group(links, 1));
	space = checked(shape->rank ? H5Screate_simple(shape->rank, sizes, NULL) : H5Screate(H5S_SCALAR));
	set = checked(H5Dcreate2(file, path, H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT));
	checked(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, at));
	H5Dclose(set);
	H5Sclose(space);
	H5Pclose(links);
}

/* How many layers of the class stand before this one. */
static int number_in_draft(const struct draft *draft, int layer)
{
	int n = 0;

	for (int i = 0; i < layer; i++)
		n += draft_first_call(draft, i) >= 0 &&
		     !strcmp(draft->layers.at[i]->class_name, draft->layers.at[layer]->class_name);
	return n;
}

static void write_layers(hid_t file, const struct draft *draft, const char *group, struct arena *arena)
{
	for (int i = 0; i < draft->layers.n; i++) {
		const struct draft_layer *layer = draft->layers.at[i];
		int number = number_in_draft(draft, i);
		const char *path = arena_printf(arena, "%s/layers/%s", group, keras_snake(arena, layer->class_name));
		if (draft_first_call(draft, i) < 0) continue;
		if (number) path = arena_printf(arena, "%s_%d", path, number);
		if (layer->inner) write_layers(file, layer->inner, path, arena);
		for (int k = 0; k < layer->wraps; k++) path = arena_printf(arena, "%s/layer", path);
		for (int k = 0; k < layer->n_weight; k++) {
			bool own = k < layer->n_own;
			const char *name = arena_printf(arena, "%s/%svars/%d", path, own ? "" : "activation/",
							own ? k : k - layer->n_own);
			write_array(file, name, &layer->weight[k].shape, layer_weight(layer, k, arena));
		}
	}
}

static void add_hdf5(struct zip *zip, const struct draft *draft, struct arena *arena)
{
	hid_t access = checked(H5Pcreate(H5P_FILE_ACCESS)), file;
	ssize_t n;
	void *image;

	checked(H5Pset_fapl_core(access, 1 << 16, false));
	file = checked(H5Fcreate("model.weights.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access));
	H5Gclose(checked(H5Gcreate2(file, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
	write_layers(file, draft, "", arena);
	checked(H5Fflush(file, H5F_SCOPE_GLOBAL));
	n = H5Fget_file_image(file, NULL, 0);
	CHECK(n > 0);
	image = arena_alloc(arena, (size_t)n);
	CHECK(H5Fget_file_image(file, image, (size_t)n) == n);
	zip_add(zip, "model.weights.h5", image, (size_t)n);
	H5Fclose(file);
	H5Pclose(access);
}

void draft_keras(const struct draft *draft, struct text *out)
{
	const char *metadata =
	    draft->dialect == KERAS_2 ? "{\"keras_version\": \"2.15.0\"}" : "{\"keras_version\": \"3.15.1\"}";
	struct arena *arena = arena_new();
	struct zip zip = { .out = out };
	struct text config = { 0 };

	draft_json(draft, &config);
	zip_add(&zip, "metadata.json", metadata, strlen(metadata));
	zip_add(&zip, "config.json", config.at, config.n);
	add_hdf5(&zip, draft, arena);
	zip_end(&zip);
	text_free(&config);
	arena_free(arena);
}
