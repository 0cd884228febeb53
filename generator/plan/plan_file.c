/* plan_file.c: a plan file: for layers of a model on a target, the kernels and tiles that are to compute them.
 *
 *     {
 *       "format": "conv1dc plan 1",
 *       "made_by": "conv1dc 0.1.0",            without effect
 *       "target": "avx2",
 *       "fp": "fused",                         may be absent: either
 *       "graph": "52f1...",                    may be absent: any; shapes and configs of the folded layers, not the weights
 *       "layers": [
 *         {
 *           "layer": "conv1", "occurrence": 1, the second node of one name is 2; 1 may be absent
 *           "kernel": "conv1d_tile",
 *           "tile": {"steps": 6, "vectors": 2} may be absent: the kernel's own
 *         }
 *       ]
 *     }
 *
 * Layers that are not named have the planner's choice.  "comment" and "measured" may stand anywhere, with anything. */
#include "plan/plan.h"

#include <string.h>

static const char format[] = "conv1dc plan 1";

/* A layer's line. */
struct entry {
	const char *layer;
	int64_t occurrence;
	struct choice choice;
	const struct json *json;
};
struct plan_file {
	struct input_file input;
	const struct json *root;
	const char *target, *graph; /* graph NULL: any */
	enum fp fp;
	LIST(struct entry) entries;
};

struct reading {
	struct plan_file *file;
	struct arena *arena;
	struct diag *diag;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void refuse(const struct reading *r, const struct json *at, const char *wanted)
{
	diag_error(r->diag, json_place(r->arena, at), "%s is not %s", json_shown(r->arena, at), wanted);
}

/* The member of an object; NULL where it is absent, reported if it is needed. */
static const struct json *member(const struct reading *r, const struct json *object, const char *key, bool needed)
{
	const struct json *found = json_get(object, key);

	if (!found && needed) diag_error(r->diag, json_place(r->arena, object), "the key \"%s\" is missing", key);
	return found;
}

static const char *text_member(const struct reading *r, const struct json *object, const char *key, bool needed)
{
	const struct json *found = member(r, object, key, needed);

	if (found && found->kind == JSON_STRING) return found->string;
	if (found) refuse(r, found, "a text");
	return NULL;
}

/* 1 .. 2^31 - 1; otherwise where it is absent. */
static int64_t count_member(const struct reading *r, const struct json *object, const char *key, bool needed,
			    int64_t otherwise)
{
	const struct json *found = member(r, object, key, needed);

	if (!found) return otherwise;
	if (found->kind == JSON_NUMBER && found->is_integer && found->integer >= 1 && found->integer <= INT32_MAX)
		return found->integer;
	refuse(r, found, "a whole number of 1 or more");
	return otherwise;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0) names++;
	return *names != NULL;
}

/* No key but these, and those that may stand anywhere; both lists end in NULL. */
static void check_keys(const struct reading *r, const struct json *object, const char *const *known)
{
	static const char *const anywhere[] = { "comment", "measured", NULL };
	const char *all = known[0];

	for (int i = 1; known[i]; i++) all = arena_printf(r->arena, "%s, %s", all, known[i]);
	for (const struct json *m = object->first; m; m = m->next)
		if (!is_one_of(m->key, known) && !is_one_of(m->key, anywhere))
			diag_error(r->diag, json_place(r->arena, m), "a plan has no key '%s' here; it has: %s", m->key,
				   all);
}

static const struct kernel *read_kernel(const struct reading *r, const struct json *object)
{
	const char *name = text_member(r, object, "kernel", true), *near;
	const struct kernel *kernel = name ? kernel_find(name) : NULL;
	LIST(const char *) names = { 0 };

	if (!name || kernel) return kernel;
	for (int i = 0; kernel_row(i); i++) list_push(r->arena, &names, kernel_row(i)->name);
	near = nearest_name(name, names.at, names.n);
	diag_error(r->diag, json_place(r->arena, json_get(object, "kernel")), "there is no kernel '%s'%s%s%s", name,
		   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static void read_tile(const struct reading *r, const struct json *tile, struct tile *out)
{
	static const char *const keys[] = { "steps", "vectors", NULL };

	if (tile->kind != JSON_OBJECT) {
		refuse(r, tile, "an object with \"steps\" and \"vectors\"");
		return;
	}
	check_keys(r, tile, keys);
	out->steps = (int)count_member(r, tile, "steps", true, 0);
	out->vectors = (int)count_member(r, tile, "vectors", true, 0);
}

/* The same layer twice: one of the two would be lost. */
static void check_twice(const struct reading *r, const struct entry *entry)
{
	for (int i = 0; entry->layer && i < r->file->entries.n; i++) {
		const struct entry *before = &r->file->entries.at[i];

		if (before->occurrence != entry->occurrence || strcmp(before->layer, entry->layer) != 0) continue;
		diag_error(r->diag, json_place(r->arena, entry->json), "the layer '%s' stands here a second time%s",
			   entry->layer,
			   entry->occurrence == 1 ? "; \"occurrence\": 2 is another layer of its name" : "");
		return;
	}
}

static void read_entry(const struct reading *r, const struct json *object)
{
	static const char *const keys[] = { "layer", "occurrence", "kernel", "tile", NULL };
	const struct json *tile = json_get(object, "tile");
	struct entry entry = { .json = object };

	if (object->kind != JSON_OBJECT) {
		refuse(r, object, "an object with \"layer\" and \"kernel\"");
		return;
	}
	check_keys(r, object, keys);
	entry.layer = text_member(r, object, "layer", true);
	entry.occurrence = count_member(r, object, "occurrence", false, 1);
	entry.choice.kernel = read_kernel(r, object);
	if (tile) read_tile(r, tile, &entry.choice.tile);
	check_twice(r, &entry);
	if (entry.layer) list_push(r->arena, &r->file->entries, entry);
}

static void read_fp(const struct reading *r)
{
	const char *fp = text_member(r, r->file->root, "fp", false);

	if (!fp) return;
	r->file->fp = !strcmp(fp, "fused") ? FP_FUSED : !strcmp(fp, "separate") ? FP_SEPARATE : FP_DEFAULT;
	if (r->file->fp == FP_DEFAULT) refuse(r, json_get(r->file->root, "fp"), "\"separate\" or \"fused\"");
}

static void read_root(const struct reading *r)
{
	static const char *const keys[] = { "format", "made_by", "target", "fp", "graph", "layers", NULL };
	const struct json *root = r->file->root, *layers;
	const char *said = text_member(r, root, "format", true);

	if (said && strcmp(said, format) != 0) {
		diag_error(r->diag, json_place(r->arena, json_get(root, "format")),
			   "'%s' is a format that this version does not read; it reads '%s'", said, format);
		return;
	}
	check_keys(r, root, keys);
	r->file->target = text_member(r, root, "target", true);
	r->file->graph = text_member(r, root, "graph", false);
	read_fp(r);
	layers = member(r, root, "layers", true);
	if (layers && layers->kind != JSON_ARRAY) refuse(r, layers, "a list of layers");
	for (const struct json *layer = layers && layers->kind == JSON_ARRAY ? layers->first : NULL; layer;
	     layer = layer->next)
		read_entry(r, layer);
}

struct plan_file *plan_file_read(const char *path, struct arena *arena, struct diag *diag)
{
	struct plan_file *file = NEW(arena, struct plan_file);
	struct reading r = { file, arena, diag };
	struct source *source = NEW(arena, struct source);
	struct bytes bytes;
	const char *reason;
	int errors = diag_errors(diag);

	if (!file_read(arena, path, &bytes, &reason)) {
		diag_file_error(diag, path, "cannot be read: %s", reason);
		return NULL;
	}
	file->input = (struct input_file){ .path = path, .name = arena_string(arena, path_base(path)) };
	sha256_text(bytes.at, bytes.n, file->input.sha256);
	*source = (struct source){ path, (const char *)bytes.at, bytes.n };
	file->root = json_parse(arena, diag, source);
	if (!file->root) return NULL;
	if (file->root->kind != JSON_OBJECT)
		refuse(&r, file->root, "a plan, which is an object");
	else
		read_root(&r);
	return diag_errors(diag) == errors ? file : NULL;
}

const struct input_file *plan_file_input(const struct plan_file *file)
{
	return &file->input;
}

const char *plan_file_target(const struct plan_file *file)
{
	return file->target;
}

enum fp plan_file_fp(const struct plan_file *file)
{
	return file->fp;
}

void plan_file_error(const struct plan_file *file, const char *key, struct diag *diag, const char *message, ...)
{
	struct arena *arena = arena_new();
	const struct json *at = json_get(file->root, key);
	va_list arguments;

	va_start(arguments, message);
	diag_error(diag, json_place(arena, at ? at : file->root), "%s", arena_vprintf(arena, message, arguments));
	va_end(arguments);
	arena_free(arena);
}

/* ---- of a model --------------------------------------------------------------------------------------------------- */

/* What kernels see of a graph: its layers, configs and shapes; not the values of weights, which training changes. */
static void fingerprint(const struct graph *graph, char out[SHA256_TEXT])
{
	struct arena *arena = arena_new();
	struct text text = { 0 };

	graph_print(graph, &text);
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		text_printf(&text, "%s %s %s\n", node->layer->name, node_config_text(arena, node),
			    activation_is_linear(&node->activation) ? "" : node->activation.kind->name);
	}
	sha256_text(text.at, text.n, out);
	text_free(&text);
	arena_free(arena);
}

/* How many nodes of its name that run there are up to this one. */
static int64_t occurrence_of(const struct graph *graph, const struct node *node)
{
	int64_t n = 1;

	for (int i = 0; i < node->id; i++)
		n += !layer_is_view(graph->nodes.at[i]) && !strcmp(graph->nodes.at[i]->name, node->name);
	return n;
}

/* The id of the node that is meant; -1: there is none. */
static int node_of(const struct entry *entry, const struct graph *graph)
{
	int64_t n = 0;

	for (int i = 0; i < graph->nodes.n; i++) {
		if (layer_is_view(graph->nodes.at[i]) || strcmp(graph->nodes.at[i]->name, entry->layer) != 0) continue;
		if (++n == entry->occurrence) return i;
	}
	return -1;
}

static void refuse_layer(const struct entry *entry, const struct graph *graph, struct arena *arena, struct diag *diag)
{
	LIST(const char *) names = { 0 };
	const char *near;

	for (int i = 0; i < graph->nodes.n; i++)
		if (!layer_is_view(graph->nodes.at[i])) list_push(arena, &names, graph->nodes.at[i]->name);
	near = nearest_name(entry->layer, names.at, names.n);
	if (entry->occurrence > 1)
		diag_error(diag, json_place(arena, entry->json), "no %lld layers '%s' run in this model",
			   (long long)entry->occurrence, entry->layer);
	else
		diag_error(diag, json_place(arena, json_get(entry->json, "layer")),
			   "no layer '%s' runs in this model%s%s%s", entry->layer, near ? "; did you mean '" : "",
			   near ? near : "", near ? "'?" : "");
}

/* "4x2, 6x2": what the kernel has for the node. */
static const char *tiles_shown(const struct kernel *kernel, const struct node *node, const struct target *target,
			       struct arena *arena)
{
	struct tile tile[TILES_MOST];
	int n = kernel->tiles ? kernel->tiles(node, target, tile, TILES_MOST) : 0;
	const char *text = "";

	for (int i = 0; i < n; i++)
		text = arena_printf(arena, "%s%s%dx%d", text, i ? ", " : "", tile[i].steps, tile[i].vectors);
	return n ? text : "none";
}

static const char *kernels_shown(const struct node *node, const struct target *target, struct arena *arena)
{
	const struct kernel *kernel;
	const char *text = "";

	for (int i = 0; (kernel = kernel_row(i)); i++)
		if (kernel_serves(kernel, node, target))
			text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", kernel->name);
	return text;
}

static void check_choice(const struct entry *entry, const struct node *node, const struct target *target,
			 struct arena *arena, struct diag *diag)
{
	const struct choice *choice = &entry->choice;

	if (!kernel_serves(choice->kernel, node, target)) {
		struct place place = json_place(arena, json_get(entry->json, "kernel"));

		place.layer = node->name;
		diag_error(diag, place, "the kernel %s cannot compute this %s on the target %s; these can: %s",
			   choice->kernel->name, node->layer->name, target->name, kernels_shown(node, target, arena));
	} else if (choice->tile.steps && !choice_has_tile(choice, node, target)) {
		struct place place = json_place(arena, json_get(entry->json, "tile"));

		place.layer = node->name;
		diag_error(diag, place, "the kernel %s has no tile of %d steps x %d vectors here; it has: %s",
			   choice->kernel->name, choice->tile.steps, choice->tile.vectors,
			   tiles_shown(choice->kernel, node, target, arena));
	}
}

const struct choice *plan_file_choices(const struct plan_file *file, const struct program *program, struct arena *arena,
				       struct diag *diag)
{
	const struct graph *graph = program->graph;
	struct choice *choice = NEW_ARRAY(arena, graph->nodes.n, struct choice);
	char own[SHA256_TEXT];
	int errors = diag_errors(diag);

	fingerprint(graph, own);
	if (file->graph && strcmp(file->graph, own) != 0) {
		plan_file_error(
		    file, "graph", diag,
		    "the plan is of a model with other layers, configs or shapes; make it anew: conv1dc tune");
		return NULL;
	}
	for (int i = 0; i < file->entries.n; i++) {
		const struct entry *entry = &file->entries.at[i];
		int node = node_of(entry, graph);

		if (node < 0) {
			refuse_layer(entry, graph, arena, diag);
			continue;
		}
		check_choice(entry, graph->nodes.at[node], program->target, arena, diag);
		choice[node] = entry->choice;
	}
	return diag_errors(diag) == errors ? choice : NULL;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void set_choice(struct arena *arena, struct value *map, const struct choice *choice)
{
	struct value *tile = value_map(arena);

	value_set_text(arena, map, "kernel", choice->kernel->name);
	if (!choice->tile.steps) return;
	value_set_int(arena, tile, "steps", choice->tile.steps);
	value_set_int(arena, tile, "vectors", choice->tile.vectors);
	value_set(map, "tile", tile);
}

/* For people, and for other tools: whole nanoseconds. */
static struct value *measured_view(const struct plan_line *line, struct arena *arena)
{
	struct value *view = value_map(arena);

	value_set_int(arena, view, "nanoseconds", (int64_t)(line->ns + 0.5));
	if (choices_equal(&line->choice, &line->own)) return view;
	value_set_text(arena, view, "planner", choice_text(arena, &line->own));
	value_set_int(arena, view, "planner_nanoseconds", (int64_t)(line->own_ns + 0.5));
	return view;
}

static struct value *line_view(const struct plan_line *line, const struct graph *graph, struct arena *arena)
{
	struct value *view = value_map(arena);
	int64_t occurrence = occurrence_of(graph, line->node);

	value_set_text(arena, view, "layer", line->node->name);
	if (occurrence > 1) value_set_int(arena, view, "occurrence", occurrence);
	set_choice(arena, view, &line->choice);
	if (line->ns > 0) value_set(view, "measured", measured_view(line, arena));
	return view;
}

void plan_file_write(struct text *out, const struct program *program, const struct plan_line *line, int n,
		     struct arena *arena)
{
	struct value *view = value_map(arena), *layers = value_list(arena);
	char own[SHA256_TEXT];

	fingerprint(program->graph, own);
	value_set_text(arena, view, "format", format);
	value_set_text(arena, view, "made_by", "conv1dc " CONV1DC_VERSION);
	value_set_text(arena, view, "target", program->target->name);
	value_set_text(arena, view, "fp", program->fp == FP_FUSED ? "fused" : "separate");
	value_set_text(arena, view, "graph", own);
	for (int i = 0; i < n; i++) value_push(layers, line_view(&line[i], program->graph, arena));
	value_set(view, "layers", layers);
	value_json_short(out, view);
}
