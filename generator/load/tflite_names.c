/* tflite_names.c: names of operators, which the file has not: made of the names of the tensors that they give. */
#include "load/tflite.h"

#include <string.h>

/* What the parts in front of an operation's own are not: TensorFlow's operations ("convolution", "Conv1D") within a layer. */
static bool is_layer(const char *part, size_t n)
{
	static const char *const inner[] = { "convolution", "conv1d_transpose", "strided_slice",
					     "moments",     "batchnorm",        "Tensordot" };

	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		if (strlen(inner[i]) == n && memcmp(part, inner[i], n) == 0) return false;
	return n > 0 && !(part[0] >= 'A' && part[0] <= 'Z');
}

/* Of one of the names "a/b/c" that are joined by ';': the last part but one or more that is a layer's. */
static const char *layer_of(struct arena *arena, const char *name, size_t n)
{
	size_t end = n;

	while (end > 0 && name[end - 1] != '/') end--;
	while (end > 0) {
		size_t first = --end;
		while (first > 0 && name[first - 1] != '/') first--;
		if (is_layer(name + first, end - first)) return arena_string_n(arena, name + first, end - first);
		end = first;
	}
	return NULL;
}

const char *tflite_layer_name(struct arena *arena, const char *name)
{
	const char *found = NULL;

	while (*name && !found) {
		const size_t n = strcspn(name, ";");
		found = layer_of(arena, name, n);
		name += n + (name[n] == ';');
	}
	return found;
}

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *c = copy; *c; c++) {
		if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9')) *c = '_';
	}
	return copy;
}

/* ---- names that are taken: a table of the addresses of texts --------------------------------------------------- */

struct taken {
	struct arena *arena;
	const char **at;
	size_t n; /* a power of two */
};

static const char **slot(const struct taken *taken, const char *name)
{
	uint64_t hash = 14695981039346656037U;
	size_t i;

	for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211U;
	for (i = hash & (taken->n - 1); taken->at[i] && strcmp(taken->at[i], name) != 0; i = (i + 1) & (taken->n - 1))
		;
	return &taken->at[i];
}

static bool take(struct taken *taken, struct tflite_operator *op, const char *name)
{
	const char **at = slot(taken, name);

	if (*at) return false;
	*at = op->name = name;
	return true;
}

/* "conv1d", "conv1d_pad", "conv1d_pad_17": the operator's number makes it the only one. */
static void name_operator(struct tflite *t, struct taken *taken, struct tflite_operator *op)
{
	const char *layer = op->n_out ? tflite_layer_name(t->arena, t->tensor[op->out[0]].name) : NULL;
	const char *kind = lower(t->arena, op->shown);
	const char *both = layer ? arena_printf(t->arena, "%s_%s", layer, kind) : kind;

	if (layer && take(taken, op, layer)) return;
	if (take(taken, op, both)) return;
	for (int i = op->index;; i += t->ops)
		if (take(taken, op, arena_printf(t->arena, "%s_%d", both, i))) return;
}

/* A layer's name is first that of its operator with weights, last that of those that only move elements. */
enum { RANKS = 3 };
static int rank_of(const struct tflite_operator *op)
{
	return !op->kind ? 1 : op->kind->weighs ? 0 : op->kind->moves ? 2 : 1;
}

void tflite_name_operators(struct tflite *t)
{
	struct taken taken = { .arena = t->arena, .n = 16 };

	while (taken.n < (size_t)t->ops * 4) taken.n *= 2;
	taken.at = NEW_ARRAY(t->arena, (int64_t)taken.n, const char *);
	for (int rank = 0; rank < RANKS; rank++)
		for (int i = 0; i < t->ops; i++)
			if (rank_of(&t->op[i]) == rank) name_operator(t, &taken, &t->op[i]);
	for (int i = 0; i < t->ops; i++) t->op[i].place.layer = t->op[i].name;
}
