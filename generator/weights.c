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

/* What the file of a quantised model stores. */
static void add_integers(struct text *out, const struct weight *weight, struct arena *arena)
{
	const struct quantisation *q = weight->quantisation;
	int64_t n = shape_elements(&weight->shape), *stored = NEW_ARRAY(arena, n, int64_t);

	/* Of several scales each is one filter's, and the filters are the last axis; with them the zero points are 0. */
	for (int64_t i = 0; i < n; i++) stored[i] = weight->integers[i] + (q && q->n == 1 ? q->zero_point[0] : 0);
	npy_write_integers(out, weight->type, &weight->shape, stored);
}

static void add_array(struct text *out, const struct weight *weight, struct arena *arena)
{
	if (weight->integers)
		add_integers(out, weight, arena);
	else if (weight->integral)
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
		add_array(&array[i], weights->list.at[i].weight, s->arena);
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
		add_array(out, weights->list.at[0].weight, s->arena);
		return true;
	}
	diag_usage(s->diag, "%s is a file of one array; the model has %d weights: name a .npz file", s->options.out,
		   weights->list.n);
	return false;
}

static bool is_listed(const struct owned_weights *weights, const struct weight *weight)
{
	for (int i = 0; i < weights->list.n; i++)
		if (weights->list.at[i].weight == weight) return true;
	return false;
}

static void push_array(struct owned_weights *weights, const char *layer, const char *name, int64_t n, const float *f32,
		       const int64_t *integers, struct arena *arena)
{
	struct weight *weight = NEW(arena, struct weight);

	*weight = (struct weight){ .name = name, .shape = shape_of(1, n), .f32 = f32, .integers = integers };
	if (integers) weight->type = TYPE_I32;
	list_push(arena, &weights->list, ((struct owned_weight){ .layer = layer, .weight = weight }));
}

/* Behind a quantised weight: its scales, and its zero point where that is not 0. */
static void push_quantisation(struct owned_weights *weights, const char *layer, const struct weight *weight,
			      struct arena *arena)
{
	const struct quantisation *q = weight->quantisation;
	int64_t *zero;

	push_array(weights, layer, arena_printf(arena, "%s_scale", weight->name), q->n, q->scale, NULL, arena);
	if (q->n > 1 || q->zero_point[0] == 0) return;
	zero = NEW(arena, int64_t);
	*zero = q->zero_point[0];
	push_array(weights, layer, arena_printf(arena, "%s_zero_point", weight->name), 1, NULL, zero, arena);
}

/* Of a model without a config: those of its operators, in their order, in Keras's layouts. */
static void list_weights_of_nodes(const struct graph *graph, struct owned_weights *weights, struct arena *arena)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		for (int k = 0; k < node->n_weight; k++) {
			const struct weight *weight = node->weight[k];

			if (!weight || is_listed(weights, weight)) continue;
			list_push(arena, &weights->list,
				  ((struct owned_weight){ .layer = node->name, .weight = weight }));
			if (weight->integers && weight->quantisation)
				push_quantisation(weights, node->name, weight, arena);
		}
	}
}

enum status weights_command(struct session *s)
{
	struct owned_weights weights = { 0 };
	struct program program;
	struct text file = { 0 };
	struct file_text out = { s->options.out, &file };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_FILE)) return STATUS_MODEL;
	if (program.loaded->config)
		keras_list_weights(program.loaded, &weights, s->arena);
	else
		list_weights_of_nodes(program.meaning, &weights, s->arena);
	if (make_file(&file, &weights, s)) files_write(s->arena, &out, 1, s->diag);
	text_free(&file);
	return STATUS_DONE;
}

enum status config_command(struct session *s)
{
	struct program program;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_FILE)) return STATUS_MODEL;
	if (!program.loaded->config) {
		diag_error(s->diag, (struct place){ 0 }, "%s holds no config of Keras: it is a %s model",
			   program.loaded->model.name, program.loaded->made_by);
		return STATUS_MODEL;
	}
	value_json_short(&out, keras_write_config(program.loaded, s->arena));
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}
