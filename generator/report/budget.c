/* budget.c: --max-ram, --max-flash, --max-stack: what is exceeded, by how much, where it goes, and what would fit. */
#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED_MOST = 4 }; /* layers that a message names */

int64_t flash_of(const struct needs *needs)
{
	return needs->constants + (needs->code > 0 ? needs->code : 0);
}

struct needs needs_of(const struct program *program, const struct footprint *footprint)
{
	return (struct needs){ program->plan->context_bytes, program->plan->flash_bytes, footprint->code,
			       footprint->stack };
}

struct needs program_needs(const struct program *program, const struct options *options, struct arena *arena,
			   struct diag *diag)
{
	struct needs needs = { 0 };
	struct outputs outputs;
	struct footprint footprint;

	if (!emit(program, options, &outputs, arena, diag)) return needs;
	footprint = footprint_of(program, &outputs, arena);
	needs = needs_of(program, &footprint);
	outputs_free(&outputs);
	return needs;
}

/* ---- what else could be asked for -------------------------------------------------------------------------------- */

/* Another way to compile the same model, planned and emitted in full. */
struct alternative {
	const char *option;
	const struct target *target;
	enum fp fp;
	struct wish wish;
};
enum { ALTERNATIVES_MOST = 8 };

static bool needs_of_alternative(const struct program *program, const struct options *options,
				 const struct alternative *other, struct needs *needs, struct arena *arena)
{
	struct diag *silent = diag_silent(arena);
	struct program changed = *program;

	changed.target = other->target;
	changed.fp = other->fp;
	if (other->target != program->target) {
		changed.file = NULL; /* a plan is of one target */
		changed.choice = NULL;
	}
	changed.plan =
	    plan_make_for(program->graph, other->target, other->fp, changed.choice, other->wish, arena, silent);
	if (!changed.plan || diag_failed(silent)) return false;
	*needs = program_needs(&changed, options, arena, silent);
	return !diag_failed(silent);
}

/* Those that the same processor can take. */
static int alternatives_of(const struct program *program, const struct options *options, struct alternative *at)
{
	const struct target *plain = target_find("c99"), *target = program->target;
	const struct wish wish = wish_of(target, options);
	const enum fp other = program->fp == FP_FUSED ? FP_SEPARATE : FP_FUSED;
	int n = 0;

	if (wish.ram == RAM_FASTEST || wish.block > 0)
		at[n++] = (struct alternative){ "--ram balanced", target, program->fp, { RAM_BALANCED, 0 } };
	if (wish.ram != RAM_LEAST || wish.block > 0)
		at[n++] = (struct alternative){ "--ram least", target, program->fp, { RAM_LEAST, 0 } };
	if (wish.ram != RAM_FASTEST || wish.block > 0)
		at[n++] = (struct alternative){ "--ram fastest", target, program->fp, { RAM_FASTEST, 0 } };
	if (target->has_fused)
		at[n++] =
		    (struct alternative){ other == FP_FUSED ? "--fp fused" : "--fp separate", target, other, wish };
	if (target != plain)
		at[n++] = (struct alternative){ "--target c99", plain, FP_SEPARATE, wish_of(plain, options) };
	return n;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

struct budget {
	const char *option;
	int64_t most;
	int64_t (*of)(const struct needs *needs);
	const char *(*what)(const struct needs *needs, struct arena *arena); /* "the context takes 8 bytes of RAM" */
	const char *(*most_of_it)(const struct program *program, const struct footprint *footprint,
				  struct arena *arena);
};

static int64_t ram_of(const struct needs *needs)
{
	return needs->ram;
}

static int64_t stack_of(const struct needs *needs)
{
	return needs->stack;
}

static const char *ram_text(const struct needs *needs, struct arena *arena)
{
	return arena_printf(arena, "the context takes %s bytes of RAM", count_text(arena, needs->ram));
}

static const char *flash_text(const struct needs *needs, struct arena *arena)
{
	if (needs->code < 0)
		return arena_printf(arena, "the constants alone take %s bytes of flash",
				    count_text(arena, needs->constants));
	return arena_printf(arena, "constants (%s bytes) and code (at most about %s) take %s bytes of flash",
			    count_text(arena, needs->constants), count_text(arena, needs->code),
			    count_text(arena, flash_of(needs)));
}

static const char *stack_text(const struct needs *needs, struct arena *arena)
{
	return arena_printf(arena, "calls take at most about %s bytes of stack", count_text(arena, needs->stack));
}

/* A layer and what it takes. */
struct share {
	const char *name;
	int64_t bytes;
	const char *text; /* "conv1 1,824 + about 300" */
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* The largest, "a, b, c and 3 more"; sorts them. */
static const char *largest(struct share *share, int n, struct arena *arena)
{
	const char *text = "";

	qsort(share, (size_t)n, sizeof *share, compare_shares);
	while (n > 0 && share[n - 1].bytes <= 0) n--;
	for (int i = 0; i < n && i < NAMED_MOST; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", share[i].text);
	return n > NAMED_MOST ? arena_printf(arena, "%s and %d more", text, n - NAMED_MOST) : text;
}

static const char *most_of_ram(const struct program *program, const struct footprint *footprint, struct arena *arena)
{
	const struct memory_map *map = memory_map_of(program->plan, arena);
	struct share *share = NEW_ARRAY(arena, map->list.n, struct share);
	int n = 0;

	(void)footprint;
	for (int i = 0; i < map->list.n; i++) {
		const struct resident *r = &map->list.at[i];
		if (!is_alive(r, map->peak)) continue;
		share[n++] = (struct share){ r->name, r->bytes,
					     arena_printf(arena, "%s %s bytes", r->name, count_text(arena, r->bytes)) };
	}
	if (n == 0) return "";
	return arena_printf(arena, "alive at the peak, while '%s' runs: %s",
			    program->plan->steps.at[map->peak].node->name, largest(share, n, arena));
}

static const char *most_of_flash(const struct program *program, const struct footprint *footprint, struct arena *arena)
{
	const struct plan *plan = program->plan;
	const struct function_footprint *code = footprint_of_steps(program, footprint, arena);
	struct share *share = NEW_ARRAY(arena, plan->steps.n, struct share);

	for (int i = 0; i < plan->steps.n; i++) {
		const struct step *step = &plan->steps.at[i];
		const char *constants = count_text(arena, step->constant_bytes);
		share[i].name = step->node->name;
		share[i].bytes = step->constant_bytes + code[i].code;
		share[i].text = footprint->code < 0 ? arena_printf(arena, "%s %s bytes", step->node->name, constants)
						    : arena_printf(arena, "%s %s + %s", step->node->name, constants,
								   count_text(arena, code[i].code));
	}
	return arena_printf(arena, "the largest layers%s: %s", footprint->code < 0 ? "" : ", constants + code",
			    largest(share, plan->steps.n, arena));
}

static const char *most_of_stack(const struct program *program, const struct footprint *footprint, struct arena *arena)
{
	const struct plan *plan = program->plan;
	const struct function_footprint *step = footprint_of_steps(program, footprint, arena);
	struct share *share = NEW_ARRAY(arena, plan->steps.n, struct share);

	for (int i = 0; i < plan->steps.n; i++) {
		const char *name = plan->steps.at[i].node->name;
		share[i] = (struct share){ name, step[i].stack,
					   arena_printf(arena, "%s %s", name, count_text(arena, step[i].stack)) };
	}
	return arena_printf(arena, "the deepest layers: %s", largest(share, plan->steps.n, arena));
}

/* Whether it keeps to all budgets; what is not known exceeds none. */
static bool fits(const struct needs *needs, const struct budget *budget, int n)
{
	for (int i = 0; i < n; i++)
		if (budget[i].most > 0 && budget[i].of(needs) > budget[i].most) return false;
	return true;
}

/* Options that keep to all budgets; where there is none, the one that comes nearest to this one. */
static void note_alternatives(const struct program *program, const struct options *options, const struct needs *own,
			      const struct budget *exceeded, const struct budget *budget, int n, struct place place,
			      struct arena *arena, struct diag *diag)
{
	struct alternative other[ALTERNATIVES_MOST];
	struct needs needs[ALTERNATIVES_MOST];
	const int others = alternatives_of(program, options, other);
	int nearest = -1;
	bool found = false;

	for (int i = 0; i < others; i++) {
		if (!needs_of_alternative(program, options, &other[i], &needs[i], arena)) continue;
		if (nearest < 0 || exceeded->of(&needs[i]) < exceeded->of(&needs[nearest])) nearest = i;
		if (!fits(&needs[i], budget, n)) continue;
		diag_note(diag, place, "%s would fit: %s bytes", other[i].option,
			  count_text(arena, exceeded->of(&needs[i])));
		found = true;
	}
	if (found) return;
	if (nearest < 0 || exceeded->of(&needs[nearest]) >= exceeded->of(own))
		diag_note(diag, place, "no other option takes less");
	else
		diag_note(diag, place, "no other option fits; the least would be %s bytes with %s",
			  count_text(arena, exceeded->of(&needs[nearest])), other[nearest].option);
}

bool has_budgets(const struct options *options)
{
	return options->most.ram || options->most.flash || options->most.stack;
}

bool budgets_keep(const struct program *program, const struct options *options, const struct outputs *outputs,
		  struct arena *arena, struct diag *diag)
{
	const struct budget budget[] = {
		{ "--max-ram", options->most.ram, ram_of, ram_text, most_of_ram },
		{ "--max-flash", options->most.flash, flash_of, flash_text, most_of_flash },
		{ "--max-stack", options->most.stack, stack_of, stack_text, most_of_stack },
	};
	enum { BUDGETS = sizeof budget / sizeof budget[0] };
	const struct source source = { .name = program->loaded->model.path };
	const struct place place = { .source = &source };
	struct footprint footprint;
	struct needs needs;
	const char *what;
	bool kept = true;

	if (!has_budgets(options)) return true;
	footprint = footprint_of(program, outputs, arena);
	needs = needs_of(program, &footprint);
	if (options->most.stack && needs.stack < 0) {
		diag_usage(
		    diag,
		    "--max-stack: how much stack code for the target %s takes is not known; conv1dc size measures "
		    "that of boards",
		    program->target->name);
		return false;
	}
	for (int i = 0; i < BUDGETS; i++) {
		const struct budget *b = &budget[i];
		if (b->most == 0 || b->of(&needs) <= b->most) continue;
		kept = false;
		what = b->most_of_it(program, &footprint, arena);
		diag_error(diag, place, "%s, %s more than %s %lld%s%s", b->what(&needs, arena),
			   count_text(arena, b->of(&needs) - b->most), b->option, (long long)b->most, *what ? "; " : "",
			   what);
		note_alternatives(program, options, &needs, b, budget, BUDGETS, place, arena, diag);
	}
	return kept;
}
