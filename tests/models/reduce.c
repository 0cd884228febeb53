/* reduce.c: the smallest model that fails as a given one does: greedy, one change after the other, all candidates of a
 * round in one batch. */
#include "tests/models/models.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 150, CANDIDATES_MOST = 120, CANDIDATES_SLOW = 10 };

/* The candidates of a round. */
struct candidates {
	struct arena *arena;
	const struct draft *from;
	LIST(const struct draft *) list;
};

static struct draft *copy_of(struct candidates *c)
{
	return draft_copy(c->from, c->arena);
}

/* Calls that no output needs are taken out. */
static void prune(struct draft *draft)
{
	bool *needed = NEW_ARRAY(draft->arena, draft->calls.n + 1, bool);

	for (int i = 0; i < draft->outputs.n; i++) needed[draft->outputs.at[i].call] = true;
	for (int i = draft->calls.n - 1; i >= 0; i--) {
		struct draft_call *call = &draft->calls.at[i];
		for (int k = 0; needed[i] && k < call->n_in; k++) needed[call->in[k].call] = true;
		if (!needed[i]) call->gone = true;
	}
	draft->sequential = false;
}

static void add(struct candidates *c, struct draft *draft)
{
	prune(draft);
	list_push(c->arena, &c->list, draft);
}

/* ---- the graph ---------------------------------------------------------------------------------------------------- */

static void replace_ref(struct draft *draft, struct ref from, struct ref to)
{
	for (int i = 0; i < draft->calls.n; i++)
		for (int k = 0; k < draft->calls.at[i].n_in; k++) {
			struct ref *ref = &draft->calls.at[i].in[k];
			if (ref->call == from.call && ref->output == from.output) *ref = to;
		}
	for (int i = 0; i < draft->outputs.n; i++) {
		struct ref *ref = &draft->outputs.at[i];
		if (ref->call == from.call && ref->output == from.output) *ref = to;
	}
}

static void keep_one_output(struct candidates *c)
{
	for (int i = 0; c->from->outputs.n > 1 && i < c->from->outputs.n; i++) {
		struct draft *draft = copy_of(c);
		draft->outputs.at[0] = draft->outputs.at[i];
		draft->outputs.n = 1;
		add(c, draft);
	}
}

/* A call becomes an input of the model. */
static void cut_before(struct candidates *c, int call)
{
	struct draft *draft = copy_of(c);
	struct draft_layer *layer = NEW(c->arena, struct draft_layer);
	struct draft_call *at = &draft->calls.at[call];

	if (at->n_out != 1) return;
	*layer = (struct draft_layer){ .class_name = "InputLayer", .name = arena_printf(c->arena, "cut_%d", call) };
	at->n_in = 0;
	at->layer = draft->layers.n;
	list_push(c->arena, &draft->layers, layer);
	add(c, draft);
}

/* What reads a call reads its input instead. */
static void skip_call(struct candidates *c, int call)
{
	const struct draft_call *at = &c->from->calls.at[call];

	for (int k = 0; k < at->n_in; k++) {
		struct draft *draft = copy_of(c);
		for (int i = 0; i < at->n_out; i++) replace_ref(draft, (struct ref){ call, i }, at->in[k]);
		add(c, draft);
	}
}

/* A call is the last one. */
static void end_at(struct candidates *c, int call)
{
	struct draft *draft = copy_of(c);

	draft->outputs.at[0] = (struct ref){ call, 0 };
	draft->outputs.n = 1;
	add(c, draft);
}

static void drop_input(struct candidates *c, int call)
{
	for (int k = 0; c->from->calls.at[call].n_in > 1 && k < c->from->calls.at[call].n_in; k++) {
		struct draft *draft = copy_of(c);
		struct draft_call *at = &draft->calls.at[call];
		for (int i = k; i + 1 < at->n_in; i++) at->in[i] = at->in[i + 1];
		at->n_in--;
		add(c, draft);
	}
}

/* A call of a layer of its own, with the same recipe. */
static void unshare(struct candidates *c, int call)
{
	struct draft *draft = copy_of(c);
	struct draft_call *at = &draft->calls.at[call];
	struct draft_layer *layer = arena_copy(c->arena, draft->layers.at[at->layer], sizeof *layer);

	if (draft_first_call(draft, at->layer) == call) return;
	layer->name = arena_printf(c->arena, "own_%d", call);
	if (layer->inner) layer->inner->name = layer->name;
	at->layer = draft->layers.n;
	list_push(c->arena, &draft->layers, layer);
	list_push(c->arena, &c->list, draft);
}

static void lay_open(struct candidates *c, int call)
{
	const struct draft_layer *layer = c->from->layers.at[c->from->calls.at[call].layer];
	struct draft *draft;

	if (!layer->inner) return;
	draft = draft_copy(layer->inner, c->arena);
	draft->name = "model";
	add(c, draft);
}

static void change_graph(struct candidates *c)
{
	keep_one_output(c);
	for (int i = 0; i < c->from->calls.n; i++) {
		const struct draft_call *call = &c->from->calls.at[i];
		if (call->gone || call->n_in == 0) continue;
		lay_open(c, i);
		if (c->from->outputs.n != 1 || c->from->outputs.at[0].call != i) end_at(c, i);
		cut_before(c, i);
		skip_call(c, i);
		drop_input(c, i);
		unshare(c, i);
	}
}

/* ---- configs, shapes, weights ----------------------------------------------------------------------------------------- */

static void drop_pair(struct candidates *c, int layer, int pair)
{
	struct draft *draft = copy_of(c);
	struct draft_layer *at = draft->layers.at[layer];

	for (int i = pair; i + 1 < at->config.n; i++) at->config.at[i] = at->config.at[i + 1];
	at->config.n--;
	list_push(c->arena, &c->list, draft);
}

/* A number in a config, or a list of one: 1, half, one less. */
static void shrink_pair(struct candidates *c, int layer, int pair)
{
	const char *value = c->from->layers.at[layer]->config.at[pair].value;
	long number = strtol(value + (*value == '['), NULL, 10);
	const long smaller[] = { 1, number / 2, number - 1 };

	if (!isdigit((unsigned char)value[*value == '[']) || strpbrk(value, ",.e")) return;
	for (int i = 0; i < 3; i++) {
		struct draft *draft;
		if (smaller[i] >= number || smaller[i] < 1) continue;
		draft = copy_of(c);
		draft->layers.at[layer]->config.at[pair].value = arena_printf(c->arena, "%ld", smaller[i]);
		list_push(c->arena, &c->list, draft);
	}
}

static void shrink_input(struct candidates *c, int call)
{
	const struct shape *shape = &c->from->calls.at[call].out[0];

	for (int axis = 0; axis < shape->rank; axis++) {
		const int64_t size = shape->at[axis], smaller[] = { 1, size / 2, size - 1 };
		for (int i = 0; i < 3; i++) {
			struct draft *draft;
			if (smaller[i] >= size || smaller[i] < 1) continue;
			draft = copy_of(c);
			draft->calls.at[call].out[0].at[axis] = smaller[i];
			list_push(c->arena, &c->list, draft);
		}
	}
}

static void simplify_weights(struct candidates *c, int layer)
{
	static const enum style styles[] = { STYLE_ONE, STYLE_WHOLE, STYLE_SHORT };
	const struct draft_layer *at = c->from->layers.at[layer];

	for (int i = 0; at->n_weight > 0 && i < 3 && styles[i] != at->style; i++) {
		struct draft *draft = copy_of(c);
		draft->layers.at[layer]->style = styles[i];
		list_push(c->arena, &c->list, draft);
	}
}

static void simplify_name(struct candidates *c, int layer)
{
	const char *name = arena_printf(c->arena, "layer_%d", layer);
	struct draft *draft;

	if (!strcmp(name, c->from->layers.at[layer]->name)) return;
	draft = copy_of(c);
	draft->layers.at[layer]->name = name;
	if (draft->layers.at[layer]->inner) draft->layers.at[layer]->inner->name = name;
	list_push(c->arena, &c->list, draft);
}

static void change_layers(struct candidates *c)
{
	for (int i = 0; i < c->from->layers.n; i++) {
		const struct draft_layer *layer = c->from->layers.at[i];
		const int call = draft_first_call(c->from, i);
		if (call < 0) continue;
		simplify_name(c, i);
		if (c->from->calls.at[call].n_in == 0) shrink_input(c, call);
		simplify_weights(c, i);
		for (int k = 0; k < layer->config.n; k++) {
			drop_pair(c, i, k);
			shrink_pair(c, i, k);
		}
	}
}

/* ---- rounds ------------------------------------------------------------------------------------------------------------- */

/* What is said, without numbers and names. */
static bool same_words(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isalpha((unsigned char)*a)) a++;
		while (*b && !isalpha((unsigned char)*b)) b++;
		if (!*a || !*b || isspace((unsigned char)*a)) return *a == *b;
		if (*a != *b) return false;
	}
}

/* Failures with a text of conv1dc or of a compiler are the same where it is: its beginning, past names of files. */
bool verdicts_alike(const struct verdict_of *a, const struct verdict_of *b)
{
	const char *x = strstr(a->said, "error: "), *y = strstr(b->said, "error: ");

	if (a->stage != b->stage) return false;
	if (a->stage == STAGE_RUN || a->stage == STAGE_JUDGE || !x || !y) return true;
	return same_words(x + 7, y + 7);
}

/* The first candidate that fails likewise, with its shapes; NULL: none. */
static const struct draft *first_failing(struct candidates *c, const struct batch *like,
					 const struct verdict_of *failed)
{
	const int at_once = like->compiler->runs ? CANDIDATES_MOST : CANDIDATES_SLOW;
	struct verdict_of *verdicts = NEW_ARRAY(c->arena, at_once, struct verdict_of);

	for (int from = 0; from < c->list.n; from += at_once) {
		struct batch batch = *like;
		batch.drafts = c->list.at + from;
		batch.n = c->list.n - from < at_once ? c->list.n - from : at_once;
		batch_try(&batch, verdicts);
		for (int i = 0; i < batch.n; i++)
			if (verdicts_alike(&verdicts[i], failed)) return batch.drafts[i];
	}
	return NULL;
}

struct draft *draft_reduce(const struct draft *draft, const struct batch *like, const struct verdict_of *failed,
			   struct arena *arena)
{
	struct diag *diag = diag_new(arena);
	struct draft *best = draft_copy(draft, arena);

	for (int round = 0; round < ROUNDS_MOST; round++) {
		struct candidates c = { .arena = arena, .from = best };
		const struct draft *smaller;

		change_graph(&c);
		change_layers(&c);
		smaller = first_failing(&c, like, failed);
		if (!smaller) break;
		best = draft_copy(smaller, arena);
		if (!draft_infer(best, diag)) break;
	}
	return best;
}
