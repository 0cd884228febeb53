/* rows.c: conv1dc verify over one model, several, or the rows of @FILE. */
#include "main.h"

#include <stdio.h>
#include <string.h>

struct tally {
	struct verdict verdict;
	int models, unjudged; /* a row or list that cannot be read counts as a model that is not judged */
	enum status status;   /* the first error's */
};

static void tally_error(struct tally *tally, struct diag *diag)
{
	diag_close(diag);
	if (!diag_failed(diag)) return;
	tally->unjudged++;
	if (tally->status == STATUS_DONE) tally->status = diag_status(diag);
}

/* One model with memory and errors of its own: the others are judged whatever becomes of it. */
static void judge_one(const struct session *outer, const struct options *options, bool named, struct tally *tally)
{
	struct session s = { *options, arena_new(), NULL };
	struct verdict verdict = { 0 };
	struct program program;

	s.diag = diag_like(s.arena, outer->diag);
	tally->models++;
	if (named) printf("%s:\n", options->model);
	if (build(&program, &s, DEPTH_PLAN)) verify(&program, &s.options, &verdict, s.arena, s.diag);
	tally->verdict.passed += verdict.passed;
	tally->verdict.failed += verdict.failed;
	tally_error(tally, s.diag);
	arena_free(s.arena);
}

/* Whether the file is, by its content, weights for the model before it.  A whole model in HDF5 is that of one in JSON, which
 * has no weights of its own. */
static bool is_weights_of(const char *model, const char *weights)
{
	struct arena *arena = arena_new();
	struct bytes a, b;
	const char *reason;
	bool is = false;

	if (file_read(arena, model, &a, &reason) && file_read(arena, weights, &b, &reason))
		is = holds_only_weights(&b) || (format_of(&a) == FORMAT_JSON && format_of(&b) == FORMAT_HDF5);
	arena_free(arena);
	return is;
}

static void judge_rows(const struct session *outer, const char *path, struct tally *tally);

/* MODEL [WEIGHTS], again and again, and @FILE between. */
static void judge_words(const struct session *outer, const struct options *options, bool rows_allowed,
			struct tally *tally)
{
	int n = options->n_arguments, i;
	const char *const *words = options->arguments;
	bool named = n > 2 || !rows_allowed || (n == 2 && (words[0][0] == '@' || !is_weights_of(words[0], words[1])));

	for (i = 0; i < n; i++) {
		struct options one = *options;

		if (words[i][0] == '@' && rows_allowed) {
			judge_rows(outer, words[i] + 1, tally);
			continue;
		}
		one.model = words[i];
		one.weights =
		    i + 1 < n && words[i + 1][0] != '@' && is_weights_of(words[i], words[i + 1]) ? words[++i] : NULL;
		judge_one(outer, &one, named, tally);
	}
}

/* ---- @FILE ----------------------------------------------------------------------------------------------------- */

typedef LIST(char *) words_list;

/* One word of a row from *at on: blanks end it; '...' and "..." hold blanks, and in "..." a backslash holds the next
 * character.  false: a quote has no end. */
static bool next_word(struct arena *arena, const char **at, const char *end, char **word)
{
	const char *c = *at;
	char quote = 0, *to = *word = arena_alloc(arena, (size_t)(end - c) + 1);

	for (; c < end && (quote || (*c != ' ' && *c != '\t' && *c != '\r')); c++) {
		if (quote ? *c == quote : *c == '"' || *c == '\'') {
			quote = quote ? 0 : *c;
		} else {
			if (quote == '"' && *c == '\\' && c + 1 < end) c++;
			*to++ = *c;
		}
	}
	*at = c;
	return !quote;
}

/* The words of a row; "conv1dc" in front may stand or not, '#' begins a comment. */
static bool split_row(struct arena *arena, const char *at, const char *end, words_list *words)
{
	char *word;

	for (;;) {
		while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
		if (at == end || *at == '#') return true;
		if (!next_word(arena, &at, end, &word)) return false;
		if (words->n || strcmp(word, "conv1dc") != 0) list_push(arena, words, word);
	}
}

static void judge_row(const struct session *outer, struct place place, size_t length, struct tally *tally)
{
	struct session s = { outer->options, arena_new(), NULL };
	const char *at = place.source->text + place.offset;
	words_list words = { 0 };
	bool ok = false;

	s.diag = diag_like(s.arena, outer->diag);
	if (!split_row(s.arena, at, at + length, &words)) {
		diag_usage(s.diag, "a quote has no end");
	} else if (!words.n) {
		arena_free(s.arena);
		return;
	} else if (options_parse(&s.options, words.n, words.at, s.arena, s.diag)) {
		ok = !strcmp(s.options.command, "verify") && s.options.n_arguments > 0 &&
		     s.options.arguments[0][0] != '@';
		if (!ok) diag_usage(s.diag, "a row is a command line of verify with a MODEL, without @FILE");
	}
	if (ok) {
		judge_words(&s, &s.options, false, tally);
	} else {
		diag_note(s.diag, place, "in this row");
		tally->models++;
		tally_error(tally, s.diag);
	}
	arena_free(s.arena);
}

static void judge_rows(const struct session *outer, const char *path, struct tally *tally)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_like(arena, outer->diag);
	struct source source = { .name = path };
	struct bytes file;
	const char *reason;
	size_t at, length;
	int before = tally->models;

	if (!file_read(arena, path, &file, &reason)) {
		diag_file_error(diag, path, "cannot be read: %s", reason);
	} else if (memchr(file.at, 0, file.n)) {
		diag_file_error(diag, path, "is no text: one command line per row is wanted");
	} else {
		source.text = (const char *)file.at;
		source.n = file.n;
	}
	for (at = 0; at < source.n; at += length + 1) {
		length = strcspn(source.text + at, "\n");
		judge_row(outer, (struct place){ .source = &source, .offset = at, .has_offset = true }, length, tally);
	}
	if (tally->models == before && !diag_failed(diag))
		diag_file_error(diag, path, "holds no command line; nothing was checked");
	tally->models += diag_failed(diag);
	tally_error(tally, diag);
	arena_free(arena);
}

enum status verify_command(struct session *s)
{
	struct tally tally = { 0 };

	judge_words(s, &s->options, true, &tally);
	if (tally.models > 1 && tally.unjudged) printf("%d of %d not judged\n", tally.unjudged, tally.models);
	if (tally.models > tally.unjudged || tally.verdict.passed + tally.verdict.failed) {
		printf("%d passed, %d failed\n", tally.verdict.passed, tally.verdict.failed);
	}
	if (tally.status != STATUS_DONE) return tally.status;
	return tally.verdict.failed ? STATUS_DIFFERENT : STATUS_DONE;
}
