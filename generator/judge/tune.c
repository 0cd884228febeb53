/* tune.c: measures what each layer can be computed by, on this machine, and chooses. */
#include "judge/parts.h"

#include <stdio.h>
#include <string.h>

/* Kernels that do so many times the operations of the planner's are not tried, nor blocks of so many statements. */
enum { OPERATIONS_FACTOR = 8, STATEMENTS_MOST = 1500 };
enum { CHOICES_MOST = 256, TRIED_LEAST = 3, MILLISECONDS_EACH = 40, MILLISECONDS_MOST = 2000 };
/* Weights that compilers read as text in a second or so. */
enum { TEXT_BYTES_MOST = 1 << 20 };
/* Less than this is noise: the planner's choice stands. */
static const double least_gain = 0.04;
/* What compiling a choice takes, before one was compiled. */
static const double first_guess_seconds = 0.4;

/* Steps that do the same work. */
struct group {
	const struct node *node, *add; /* of program->graph, of the first of them; add: see struct step */
	struct choice *choice;         /* in the order in which they are worth a trial, the planner's first */
	int n, tried;
	struct runner *runner; /* of those that were tried; NULL: not measured */
	int best;
	double weight;
};

struct work {
	const struct program *program;
	const struct options *options;
	bool own_only; /* nothing but the program's choices is measured */
	const char *scratch;
	struct tuning *tuning;
	LIST(struct group) groups;
	int *group_of;      /* by step of the plan; -1: a copy, which has no choice */
	double begin, each; /* seconds; each: of a choice, on average */
	int choices_done, races;
	struct progress *progress;
	struct arena *arena;
	struct diag *diag;
};

/* ---- what can be tried -------------------------------------------------------------------------------------------- */

static bool same_tensors(struct tensor *const *a, struct tensor *const *b, int n)
{
	for (int i = 0; i < n; i++)
		if (!shape_equal(&a[i]->shape, &b[i]->shape) || !shape_equal(&a[i]->times, &b[i]->times) ||
		    a[i]->type != b[i]->type || (a[i] == a[0]) != (b[i] == b[0]))
			return false;
	return true;
}

static bool same_weights(const struct node *a, const struct node *b)
{
	if (a->n_weight != b->n_weight) return false;
	for (int i = 0; i < a->n_weight; i++)
		if (!shape_equal(&a->weight[i]->shape, &b->weight[i]->shape)) return false;
	return true;
}

static bool same_activation(const struct activation *a, const struct activation *b)
{
	int i = 0;
	while (i < MAX_ACTIVATION_PARAMETERS && a->parameter[i] == b->parameter[i]) i++;
	return a->kind == b->kind && i == MAX_ACTIVATION_PARAMETERS;
}

/* Alike but for names and values. */
static bool same_node(const struct node *a, const struct node *b)
{
	return a->layer == b->layer && a->keras == b->keras && a->n_in == b->n_in && a->n_out == b->n_out &&
	       same_activation(&a->activation, &b->activation) &&
	       (!a->layer->config_bytes || !memcmp(a->config, b->config, a->layer->config_bytes)) &&
	       same_weights(a, b) && same_tensors(a->in, b->in, a->n_in) && same_tensors(a->out, b->out, a->n_out);
}

static bool is_worth(const struct work *w, const struct node *node, const struct choice *choice,
		     const struct choice *own)
{
	const struct target *target = w->program->target;
	const struct cost cost = kernel_cost(choice->kernel, node, target);
	if (choice->kernel == own->kernel) return true;
	return cost.statements <= STATEMENTS_MOST &&
	       cost.operations / OPERATIONS_FACTOR <= kernel_cost(own->kernel, node, target).operations;
}

/* Of the decision that the choice comes to: another tile may come to the same. */
static void fingerprint(const struct work *w, const struct node *node, const struct choice *choice,
			char out[SHA256_TEXT])
{
	struct arena *arena = arena_new();
	const void *plan = choice_plan(choice, node, w->program->target, arena);
	struct text text = { 0 };
	text_printf(&text, "%s\n", choice->kernel->name);
	value_json(&text, kernel_view(choice->kernel, node, plan, arena));
	sha256_text(text.at, text.n, out);
	text_free(&text);
	arena_free(arena);
}

/* Those that differ, in their order; their number. */
static int distinct(const struct work *w, const struct node *node, struct choice *choice, int n)
{
	char(*seen)[SHA256_TEXT] = arena_array(w->arena, n, SHA256_TEXT);
	int kept = 0;
	for (int i = 0; i < n; i++) {
		int k = 0;
		fingerprint(w, node, &choice[i], seen[kept]);
		while (k < kept && memcmp(seen[k], seen[kept], SHA256_TEXT) != 0) k++;
		if (k == kept) choice[kept++] = choice[i];
	}
	return kept;
}

/* A plan file's, else the planner's. */
static struct choice own_choice(const struct work *w, const struct node *node)
{
	const struct choice *given = w->program->choice;
	return given && given[node->id].kernel ? given[node->id] : choice_of_planner(node, w->program->target);
}

/* The first of every kernel, then the second of every kernel, ... */
static void find_choices(const struct work *w, struct group *group)
{
	struct choice all[CHOICES_MOST];
	int rank[CHOICES_MOST], n = 0, left;
	if (w->own_only) {
		group->choice = NEW(w->arena, struct choice);
		group->choice[group->n++] = own_choice(w, group->node);
		return;
	}
	const int found = choices_of(group->node, w->program->target, all, CHOICES_MOST);
	for (int i = 0; i < found; i++)
		if (is_worth(w, group->node, &all[i], &all[0])) all[n++] = all[i];
	n = left = distinct(w, group->node, all, n);
	group->choice = NEW_ARRAY(w->arena, n, struct choice);
	for (int i = 0; i < n; i++) {
		rank[i] = i > 0 && all[i].kernel == all[i - 1].kernel ? rank[i - 1] + 1 : 0;
	}
	for (int r = 0; group->n < left; r++)
		for (int i = 0; i < n; i++)
			if (rank[i] == r) group->choice[group->n++] = all[i];
}

static bool same_choice(const struct work *w, const struct node *node, const struct group *group)
{
	const struct choice own = own_choice(w, node);
	return choices_equal(&own, &group->choice[0]);
}

static int group_for(struct work *w, const struct node *node, const struct node *add)
{
	struct group group = { .node = node, .add = add };
	for (int i = 0; i < w->groups.n; i++) {
		const struct group *other = &w->groups.at[i];
		if (!add == !other->add && same_node(node, other->node) &&
		    (!w->own_only || same_choice(w, node, other)))
			return i;
	}
	find_choices(w, &group);
	list_push(w->arena, &w->groups, group);
	return w->groups.n - 1;
}

static void find_groups(struct work *w)
{
	const struct graph *graph = w->program->graph;
	const struct plan *plan = w->program->plan;
	w->group_of = NEW_ARRAY(w->arena, plan->steps.n, int);
	for (int i = 0; i < plan->steps.n; i++) {
		const struct step *step = &plan->steps.at[i];
		w->group_of[i] = -1;
		if (step->node->id >= graph->nodes.n) continue;
		w->group_of[i] =
		    group_for(w, graph->nodes.at[step->node->id], step->add ? graph->nodes.at[step->add->id] : NULL);
		w->groups.at[w->group_of[i]].weight += (double)step->cost.operations;
	}
}

/* ---- one layer as a program ----------------------------------------------------------------------------------------- */

static void copy_tensor(struct tensor *to, const struct tensor *from)
{
	to->name = from->name;
	to->type = from->type;
	to->shape = from->shape;
	to->times = from->times;
	to->quantisation = from->quantisation;
}

/* The node in a graph of its own, behind what is there; made[i] is the copy of from[i]. */
struct copies {
	struct graph *graph;
	const struct tensor *from[OPTION_INPUTS_MAX + 1];
	struct tensor *made[OPTION_INPUTS_MAX + 1];
	int n;
};

static struct tensor *copied_input(struct copies *copies, const struct tensor *from)
{
	for (int i = 0; i < copies->n; i++)
		if (copies->from[i] == from) return copies->made[i];
	CHECK(copies->n <= OPTION_INPUTS_MAX);
	struct tensor *tensor = graph_tensor(copies->graph, from->name);
	copy_tensor(tensor, from);
	list_push(copies->graph->arena, &copies->graph->inputs, tensor);
	copies->from[copies->n] = from;
	return copies->made[copies->n++] = tensor;
}

static struct node *copy_node(struct copies *copies, const struct node *from)
{
	struct tensor **in = NEW_ARRAY(copies->graph->arena, from->n_in, struct tensor *);
	for (int i = 0; i < from->n_in; i++) in[i] = copied_input(copies, from->in[i]);
	struct node *node = graph_node(copies->graph, from->layer, from->name);
	const int id = node->id;
	*node = *from;
	node->id = id;
	node->mask_given = NULL;
	graph_connect(copies->graph, node, in, from->n_in, from->n_out);
	for (int i = 0; i < from->n_out; i++) copy_tensor(node->out[i], from->out[i]);
	return node;
}

static struct graph *graph_of_group(const struct group *group, struct arena *arena)
{
	struct copies copies = { .graph = graph_new(arena, group->node->name) };
	struct node *last = copy_node(&copies, group->node);
	if (group->add) {
		copies.from[copies.n] = group->node->out[0];
		copies.made[copies.n++] = last->out[0];
		last = copy_node(&copies, group->add);
	}
	for (int i = 0; i < last->n_out; i++) list_push(arena, &copies.graph->outputs, last->out[i]);
	return copies.graph;
}

/* A graph of the program as a program of its own, for these choices. */
static const struct program *program_of(const struct work *w, struct graph *graph, const struct choice *choice,
					const char *prefix)
{
	struct program *program = arena_copy(w->arena, w->program, sizeof *w->program);
	program->graph = program->meaning = graph;
	program->prefix = prefix;
	program->macro = upper(w->arena, prefix);
	program->choice = choice;
	program->plan = plan_make_chosen(graph, program->target, program->fp, false, choice, w->arena, w->diag);
	if (program->plan) plan_check(program->plan);
	return program->plan ? program : NULL;
}

/* ---- measuring ------------------------------------------------------------------------------------------------------ */

static void say_fault(struct work *w, const struct node *node, const struct choice *choice, const char *fault)
{
	if (!w->tuning->faults++) printf("FAILED: the emitted code is wrong; no plan is written\n");
	printf("    layer %s, %s: %s\n", layer_shown(w->arena, node), choice_text(w->arena, choice), fault);
}

static void choose_best(struct work *w, struct group *group)
{
	group->best = 0;
	for (int i = 1; i < group->tried; i++) {
		const struct runner *runner = &group->runner[i];
		if (runner->fault) say_fault(w, group->node, &group->choice[i], runner->fault);
		if (runner->ns < group->runner[group->best].ns) group->best = i;
	}
	if (group->runner[group->best].ns > (1 - least_gain) * group->runner[0].ns) group->best = 0;
}

static bool run_race(struct work *w, struct runner *runner, int n, const char **fault)
{
	const int milliseconds = MILLISECONDS_EACH * n + 100, number = w->races++;
	struct race race = {
		.runner = runner,
		.n = n,
		.folder = path_join(w->arena, w->scratch, arena_printf(w->arena, "race%d", number)),
		.options = w->options,
		.milliseconds = milliseconds < MILLISECONDS_MOST ? milliseconds : MILLISECONDS_MOST,
		.progress = w->progress,
		.from = 100 * (int64_t)number,
		.arena = w->arena,
		.diag = w->diag,
	};
	int64_t bytes = 0;
	for (int i = 0; i < n; i++) {
		if (!runner[i].program) return false;
		bytes += runner[i].program->plan->flash_bytes;
	}
	race.apart = bytes > TEXT_BYTES_MOST;
	if (!race_run(&race)) return false;
	*fault = race.fault;
	return true;
}

static bool measure(struct work *w, struct group *group, int tried)
{
	struct graph *graph = graph_of_group(group, w->arena);
	const char *fault = NULL;
	group->tried = tried;
	struct runner *runner = NEW_ARRAY(w->arena, tried, struct runner);
	for (int i = 0; i < tried; i++) {
		struct choice *choice = NEW_ARRAY(w->arena, graph->nodes.n, struct choice);
		choice[0] = group->choice[i];
		runner[i].program = program_of(w, graph, choice, arena_printf(w->arena, "choice%d", i));
	}
	if (!run_race(w, runner, tried, &fault)) return false;
	if (fault) {
		say_fault(w, group->node, &group->choice[0], arena_printf(w->arena, "the program %s", fault));
		return true;
	}
	group->runner = runner;
	choose_best(w, group);
	return true;
}

static double elapsed(const struct work *w)
{
	return process_clock() - w->begin;
}

/* As many choices as this group's share of the time that is left pays for; 0: none is left. */
static int affordable(const struct work *w, const struct group *group, int groups_left)
{
	const double left = w->options->seconds - elapsed(w) - 4 * w->each, share = left / groups_left;
	if (w->own_only) return 1;
	const int n = (int)(share / w->each);
	if (left <= 0) return 0;
	return n > group->n ? group->n : n > TRIED_LEAST ? n : group->n < TRIED_LEAST ? group->n : TRIED_LEAST;
}

/* The group that is next: with something to choose before the others, the heaviest first; NULL: all are done. */
static struct group *next_group(struct work *w, bool with_choice)
{
	struct group *best = NULL;
	for (int i = 0; i < w->groups.n; i++) {
		struct group *group = &w->groups.at[i];
		if (group->tried > 0 || (group->n > 1) != with_choice) continue;
		if (!best || group->weight > best->weight) best = group;
	}
	return best;
}

static int groups_with_choice(const struct work *w)
{
	int n = 0;
	for (int i = 0; i < w->groups.n; i++) n += w->groups.at[i].n > 1;
	return n;
}

static bool measure_groups(struct work *w)
{
	int left = groups_with_choice(w);
	struct group *group;
	while ((group = left > 0 ? next_group(w, true) : next_group(w, false))) {
		const int n = affordable(w, group, left > 0 ? left : 1);
		if (n == 0 || scratch_interrupted()) break;
		const double begin = process_clock();
		if (!measure(w, group, n)) return false;
		w->choices_done += n;
		if (n > 1) w->each += (process_clock() - begin - w->each * n) / w->choices_done;
		left -= left > 0;
	}
	return !scratch_interrupted();
}

/* The whole model by the planner's choices, and by these. */
static bool measure_all(struct work *w)
{
	struct tuning *t = w->tuning;
	struct runner runner[2] = { { 0 } };
	const char *fault = NULL;
	const int n = t->changed ? 2 : 1;
	runner[0].program = program_of(w, w->program->graph, w->own_only ? w->program->choice : NULL, "before");
	runner[1].program = n > 1 ? program_of(w, w->program->graph, t->choice, "after") : NULL;
	if (!run_race(w, runner, n, &fault)) return false;
	if (fault || runner[n - 1].fault) {
		t->faults++;
		printf("FAILED: the whole model: %s; no plan is written\n", fault ? fault : runner[1].fault);
	}
	t->before_ns = runner[0].ns;
	t->after_ns = runner[n - 1].ns;
	return true;
}

/* ---- results -------------------------------------------------------------------------------------------------------- */

static const struct attempt *attempts(const struct work *w, const struct group *group)
{
	struct attempt *attempt = NEW_ARRAY(w->arena, group->tried, struct attempt);
	for (int i = 0; i < group->tried; i++)
		attempt[i] = (struct attempt){ group->choice[i], group->runner[i].ns,
					       choice_operations(&group->choice[i], group->node, w->program->target) };
	return attempt;
}

static void set_result(const struct work *w, const struct group *group, int step)
{
	const struct node *node = w->program->graph->nodes.at[w->program->plan->steps.at[step].node->id];
	struct tuned *tuned = &w->tuning->at[w->tuning->n++];
	*tuned = (struct tuned){ .node = node, .own = group->choice[0], .best = group->choice[0] };
	tuned->choices = group->n;
	if (!group->runner) return;
	tuned->best = group->choice[group->best];
	tuned->tried = group->tried;
	tuned->attempt = attempts(w, group);
	tuned->own_ns = group->runner[0].ns;
	tuned->best_ns = group->runner[group->best].ns;
	if (!group->best) return;
	w->tuning->choice[node->id] = tuned->best;
	w->tuning->changed = true;
}

static void set_results(struct work *w)
{
	const int n = w->groups.at ? w->program->plan->steps.n : 0;
	w->tuning->at = NEW_ARRAY(w->arena, n, struct tuned);
	w->tuning->choice = NEW_ARRAY(w->arena, w->program->graph->nodes.n, struct choice);
	for (int i = 0; i < n; i++)
		if (w->group_of[i] >= 0) set_result(w, &w->groups.at[w->group_of[i]], i);
}

static bool measure_program(const struct program *program, const struct options *options, bool own_only,
			    struct tuning *tuning, struct arena *arena, struct diag *diag)
{
	struct work w = { .program = program,
			  .options = options,
			  .own_only = own_only,
			  .tuning = tuning,
			  .begin = process_clock(),
			  .each = first_guess_seconds,
			  .arena = arena,
			  .diag = diag };
	*tuning = (struct tuning){ 0 };
	find_groups(&w);
	w.scratch = scratch_open(arena, diag);
	if (!w.scratch) return false;
	w.progress = progress_start(arena, "measuring", 100 * (int64_t)(w.groups.n + 1), options->quiet);
	bool measured = measure_groups(&w);
	if (measured) set_results(&w);
	if (measured && !tuning->faults) measured = measure_all(&w);
	progress_end(w.progress);
	scratch_close();
	return measured;
}

bool tune(const struct program *program, const struct options *options, struct tuning *tuning, struct arena *arena,
	  struct diag *diag)
{
	return measure_program(program, options, false, tuning, arena, diag);
}

bool bench(const struct program *program, const struct options *options, struct tuning *tuning, struct arena *arena,
	   struct diag *diag)
{
	return measure_program(program, options, true, tuning, arena, diag);
}
