/* weights.c: a model taken apart: conv1dc config, what get_config() gives, as Keras 3 writes it; conv1dc weights, what
 * get_weights() gives, as a file that NumPy and conv1dc read. */
#include "main.h"

#include <stdio.h>
#include <string.h>

static bool ends_in(const char *path, const char *suffix)
{
	size_t n = strlen(path), length = strlen(suffix);

	return n >= length && !strcmp(path + n - length, suffix);
}

static void add_array(struct text *out, const struct weight *weight)
{
	if (weight->integral)
		npy_write_integer(out, weight->integer);
	else
		npy_write(out, &weight->shape, weight->f32);
}

/* "00_conv1_kernel.npy": NumPy calls the array so, without the suffix; the number keeps names apart and in order. */
static const char *entry_name(struct arena *arena, int index, int n, const struct owned_weight *owned)
{
	const char *layer = identifier(arena, owned->layer);
	int digits = snprintf(NULL, 0, "%d", n > 1 ? n - 1 : 0);

	return arena_printf(arena, "%0*d_%s_%s.npy", digits < 2 ? 2 : digits, index, layer, owned->weight->name);
}

static bool make_archive(struct text *out, const struct owned_weights *weights, struct session *s)
{
	int n = weights->list.n;
	struct text *array = NEW_ARRAY(s->arena, n + 1, struct text);
	struct archive_entry *entry = NEW_ARRAY(s->arena, n + 1, struct archive_entry);
	bool right;

	for (int i = 0; i < n; i++) {
		add_array(&array[i], weights->list.at[i].weight);
		entry[i] = (struct archive_entry){ entry_name(s->arena, i, n, &weights->list.at[i]), &array[i] };
	}
	right = archive_write(out, entry, n, s->diag);
	for (int i = 0; i < n; i++) text_free(&array[i]);
	return right;
}

/* One array needs no archive around it, if the name asks for none. */
static bool make_file(struct text *out, const struct owned_weights *weights, struct session *s)
{
	if (!ends_in(s->options.out, ".npy")) return make_archive(out, weights, s);
	if (weights->list.n == 1) {
		add_array(out, weights->list.at[0].weight);
		return true;
	}
	diag_usage(s->diag, "%s is a file of one array; the model has %d weights: name a .npz file", s->options.out,
		   weights->list.n);
	return false;
}

enum status weights_command(struct session *s)
{
	struct owned_weights weights = { 0 };
	struct program program;
	struct text file = { 0 };
	struct file_text out = { s->options.out, &file };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_FILE)) return STATUS_MODEL;
	keras_list_weights(program.loaded, &weights, s->arena);
	if (make_file(&file, &weights, s)) files_write(s->arena, &out, 1, s->diag);
	text_free(&file);
	return STATUS_DONE;
}

enum status config_command(struct session *s)
{
	struct program program;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_FILE)) return STATUS_MODEL;
	value_json_short(&out, keras_write_config(program.loaded, s->arena));
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}
