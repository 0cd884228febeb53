/* size.c: conv1dc size: what the model takes on every target whose tools are here, compiled and, on boards, run. */
#include "main.h"

#include <stdio.h>
#include <string.h>

/* Whether a list "cortex-m4f,avx2", or "all", names the target. */
static bool is_listed(const char *list, const char *name)
{
	const size_t n = strlen(name);

	if (strcmp(list, "all") == 0) return true;
	for (const char *at = list;; at += strcspn(at, ",") + 1) {
		if (strcspn(at, ",") == n && memcmp(at, name, n) == 0) return true;
		if (!at[strcspn(at, ",")]) return false;
	}
}

/* Every name of the list is a target's. */
static bool check_list(const struct options *o, struct session *s)
{
	for (const char *at = o->targets; strcmp(o->targets, "all") != 0; at += strcspn(at, ",") + 1) {
		const char *name = arena_string_n(s->arena, at, strcspn(at, ","));
		if (strcmp(name, "native") == 0 || !target_find(name))
			diag_usage(s->diag,
				   "--targets takes all, or names of conv1dc targets with commas between, not '%s'",
				   name);
		if (!at[strcspn(at, ",")]) break;
	}
	return !diag_failed(s->diag);
}

/* A target's row; false: the model is wrong. */
static bool size_row(struct session *s, const struct target *target, struct size_row *row)
{
	struct session own = *s;
	struct program program;
	const char *lacks;

	*row = (struct size_row){ .target = target, .estimated = { 0, 0, NO_ESTIMATE, NO_ESTIMATE } };
	if (s->options.fp == FP_FUSED && !target->has_fused) {
		row->skipped = "it has no fused multiply-add";
		return true;
	}
	own.options.target = target->name;
	own.options.target_given = true;
	if (!build(&program, &own, DEPTH_PLAN)) return false;
	row->fp = program.fp;
	lacks = measure_lacks(target, s->arena);
	if (lacks) row->skipped = arena_printf(s->arena, "there is no %s", lacks);
	if (lacks) return true;
	row->estimated = program_needs(&program, &s->options, s->arena, s->diag);
	if (!measure_size(&program, &own.options, &row->measured, s->arena, diag_like(s->arena, s->diag)))
		row->failed = true;
	return true;
}

static bool size_rows(struct session *s, struct size_rows *rows)
{
	const struct target *target;

	for (int i = 0; (target = target_row(i)); i++) {
		struct size_row row;
		if (!is_listed(s->options.targets, target->name)) continue;
		if (!size_row(s, target, &row)) return false;
		list_push(s->arena, &rows->list, row);
	}
	return true;
}

enum status size_command(struct session *s)
{
	struct size_rows rows = { 0 };
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !check_list(&s->options, s)) return STATUS_USAGE;
	if (!size_rows(s, &rows)) return STATUS_MODEL;
	(s->options.json ? sizes_json : sizes_print)(&rows, s->options.model, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return sizes_status(&rows, &s->options, s->diag);
}
