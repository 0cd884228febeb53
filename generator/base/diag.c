/* diag.c: what the user is told (CONTRACT: section 2). */
#include "base/spot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct diag {
	struct arena *arena;
	int errors; /* all, printed or not */
	enum status status;
	bool off[WARNING_COUNT], werror[WARNING_COUNT];
	bool color;
	bool silent;             /* nothing is printed, errors are counted */
	bool muted;              /* the last error or warning was not printed: its notes are not either */
	LIST(const char *) said; /* head lines so far: the same is said once */
};

static const struct {
	const char *name;
	bool on;
} warnings[] = {
#define WARNING(id, name, on, doc) { name, on },
	WARNINGS(WARNING)
#undef WARNING
};

const char *warning_name(enum warning warning)
{
	return warnings[warning].name;
}

struct diag *diag_new(struct arena *arena)
{
	struct diag *diag = NEW(arena, struct diag);
	int i;

	diag->arena = arena;
	for (i = 0; i < WARNING_COUNT; i++) diag->off[i] = !warnings[i].on;
	diag_set_color(diag, COLOR_AUTO);
	return diag;
}

struct diag *diag_like(struct arena *arena, const struct diag *other)
{
	struct diag *diag = NEW(arena, struct diag);

	diag->arena = arena;
	diag->color = other->color;
	memcpy(diag->off, other->off, sizeof diag->off);
	memcpy(diag->werror, other->werror, sizeof diag->werror);
	return diag;
}

struct diag *diag_silent(struct arena *arena)
{
	struct diag *diag = NEW(arena, struct diag);

	diag->arena = arena;
	diag->silent = true;
	return diag;
}

void diag_set_color(struct diag *diag, enum color color)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool terminal = isatty(STDERR_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));

	diag->color = color == COLOR_ALWAYS || (color == COLOR_AUTO && terminal);
}

static int find_warning(const char *name)
{
	int i;

	for (i = 0; i < WARNING_COUNT; i++) {
		if (!strcmp(warnings[i].name, name)) break;
	}
	return i;
}

bool diag_set_warning(struct diag *diag, const char *name, bool on)
{
	int i = find_warning(name);

	if (i < WARNING_COUNT) diag->off[i] = !on;
	return i < WARNING_COUNT;
}

bool diag_set_werror(struct diag *diag, const char *name)
{
	int i = name ? find_warning(name) : 0;

	if (!name) {
		for (; i < WARNING_COUNT; i++) diag->werror[i] = true;
		return true;
	}
	if (i == WARNING_COUNT) return false;
	diag->werror[i] = true;
	diag->off[i] = false;
	return true;
}

bool diag_failed(const struct diag *diag)
{
	return diag->errors > 0;
}

int diag_errors(const struct diag *diag)
{
	return diag->errors;
}

enum status diag_status(const struct diag *diag)
{
	return diag->status;
}

/* ---- one message ---------------------------------------------------------------------------------------------- */

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };
static const struct {
	const char *name, *color;
} severities[] = { { "error", "\033[1;31m" }, { "warning", "\033[1;35m" }, { "note", "\033[1;36m" } };

static void add_colored(struct text *out, const struct diag *diag, const char *color, const char *text)
{
	if (diag->color) text_add(out, color);
	text_add(out, text);
	if (diag->color) text_add(out, "\033[0m");
}

static void add_visible(struct text *out, const char *text)
{
	text_add_visible(out, text, strlen(text));
}

/* "model.json:6:30: error: /config/strides: what is wrong (layer 'conv1') [-Wname]" */
static void add_head(struct text *out, const struct diag *diag, enum severity severity, struct place place,
		     const struct spot *spot, const char *message)
{
	struct text where = { 0 }, kind = { 0 }, quoted = { 0 };

	add_visible(&where, place.source ? place.source->name : "conv1dc");
	if (spot) text_printf(&where, ":%lld:%lld", (long long)spot->line, (long long)spot->column);
	text_add(&where, ":");
	add_colored(out, diag, "\033[1m", where.at);
	text_printf(&kind, " %s: ", severities[severity].name);
	add_colored(out, diag, severities[severity].color, kind.at);
	if (place.pointer) {
		add_visible(out, place.pointer);
		text_add(out, ": ");
	}
	add_visible(out, message);
	if (place.layer) {
		text_printf(&quoted, "'%s'", place.layer);
		if (!strstr(message, quoted.at)) {
			text_add(out, " (layer ");
			add_visible(out, quoted.at);
			text_add(out, ")");
		}
	}
	text_free(&where);
	text_free(&kind);
	text_free(&quoted);
}

/* Says it once; false: it was said before. */
static bool is_new(struct diag *diag, const char *head)
{
	int i;

	for (i = 0; i < diag->said.n; i++) {
		if (!strcmp(diag->said.at[i], head)) return false;
	}
	list_push(diag->arena, &diag->said, arena_string(diag->arena, head));
	return true;
}

/* Prints head, name of the warning and source line, unless all of it was said or the errors are too many. */
static void report(struct diag *diag, enum severity severity, enum status status, struct place place, const char *tag,
		   const char *message)
{
	struct text out = { 0 };
	struct spot spot;
	bool spotted;

	if (diag->silent) {
		if (severity == SEVERITY_ERROR && !diag->errors++) diag->status = status;
		return;
	}
	spotted = spot_find(&place, &spot);
	add_head(&out, diag, severity, place, spotted ? &spot : NULL, message);
	if (tag) text_add(&out, tag);
	text_add(&out, "\n");
	if (severity == SEVERITY_NOTE ? diag->muted : !is_new(diag, out.at)) {
		text_free(&out);
		diag->muted = true;
		return;
	}
	if (severity == SEVERITY_ERROR && !diag->errors++) diag->status = status;
	diag->muted = severity == SEVERITY_ERROR && diag->errors > DIAG_LIMIT;
	if (!diag->muted) {
		if (spotted) spot_show(&out, &spot, diag->color ? severities[severity].color : NULL);
		fflush(stdout);
		fwrite(out.at, 1, out.n, stderr);
	}
	text_free(&out);
}

void diag_close(struct diag *diag)
{
	int more = diag->errors - DIAG_LIMIT;

	if (more > 0) fprintf(stderr, "conv1dc: %d more error%s not shown\n", more, more == 1 ? "" : "s");
}

#define MESSAGE(diag, format, message)                                                                                 \
	do {                                                                                                           \
		va_list arguments;                                                                                     \
		va_start(arguments, format);                                                                           \
		(message) = arena_vprintf((diag)->arena, format, arguments);                                           \
		va_end(arguments);                                                                                     \
	} while (0)

void diag_error(struct diag *diag, struct place place, const char *format, ...)
{
	const char *message;

	MESSAGE(diag, format, message);
	report(diag, SEVERITY_ERROR, STATUS_MODEL, place, NULL, message);
}

void diag_file_error(struct diag *diag, const char *path, const char *format, ...)
{
	struct source source = { path, NULL, 0 };
	const char *message;

	MESSAGE(diag, format, message);
	report(diag, SEVERITY_ERROR, STATUS_FILE, (struct place){ .source = &source }, NULL, message);
}

void diag_usage(struct diag *diag, const char *format, ...)
{
	const char *message;

	MESSAGE(diag, format, message);
	report(diag, SEVERITY_ERROR, STATUS_USAGE, (struct place){ 0 }, NULL, message);
}

void diag_warn(struct diag *diag, enum warning warning, struct place place, const char *format, ...)
{
	bool error = diag->werror[warning];
	const char *message, *tag;

	diag->muted = diag->off[warning]; /* its notes too */
	if (diag->muted) return;
	MESSAGE(diag, format, message);
	tag = arena_printf(diag->arena, " [-W%s%s]", error ? "error=" : "", warnings[warning].name);
	report(diag, error ? SEVERITY_ERROR : SEVERITY_WARNING, STATUS_MODEL, place, tag, message);
}

void diag_note(struct diag *diag, struct place place, const char *format, ...)
{
	const char *message;

	MESSAGE(diag, format, message);
	report(diag, SEVERITY_NOTE, STATUS_DONE, place, NULL, message);
}
