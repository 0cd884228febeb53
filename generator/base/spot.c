/* spot.c: the source line under a message, with a caret. */
#include "base/spot.h"

#include <string.h>

enum { LINE_MOST = 120, BEFORE_MOST = 60, BEHIND_MOST = 40 }; /* bytes; of a longer line, around the column */

static bool is_inner_byte(char c)
{
	return (c & 0xc0) == 0x80;
}

bool spot_find(const struct place *place, struct spot *spot)
{
	const struct source *source = place->source;
	const char *text = source ? source->text : NULL;
	size_t i;

	if (!text || !place->has_offset) return false;
	*spot = (struct spot){ .source = source, .offset = place->offset, .line = 1, .column = 1 };
	if (spot->offset > source->n) spot->offset = source->n;
	for (i = 0; i < spot->offset; i++) {
		if (text[i] == '\n') spot->line++, spot->start = i + 1;
	}
	if (spot->start == 0 && spot->offset >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		spot->start = 3; /* a byte order mark */
	for (i = spot->start; i < spot->offset; i++) {
		if (!is_inner_byte(text[i])) spot->column++;
	}
	for (i = spot->offset; i < source->n && text[i] != '\n'; i++) continue;
	while (i > spot->offset && text[i - 1] == '\r') i--;
	spot->end = i;
	return true;
}

/* One character with what makes it fit for a terminal; a tab stays one.  Gives its bytes in the source. */
static size_t add_character(struct text *out, const char *at, size_t n)
{
	uint32_t code;
	int length = utf8_at(at, n, &code);
	size_t bytes = length ? (size_t)length : 1;

	if (*at == '\t') {
		text_add(out, "\t");
	} else {
		text_add_visible(out, at, bytes);
	}
	return bytes;
}

/* As wide as the text, and with its tabs, so that what comes next stands below. */
static void add_blanks(struct text *out, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!is_inner_byte(text[i])) text_add(out, text[i] == '\t' ? "\t" : " ");
	}
}

void spot_show(struct text *out, const struct spot *spot, const char *color)
{
	const char *text = spot->source->text;
	size_t from = spot->offset, at;
	struct text line = { 0 };
	bool whole = spot->end - spot->start <= LINE_MOST;
	size_t caret = 0;
	int n;

	for (n = 0; from > spot->start && (whole || n < BEFORE_MOST || is_inner_byte(text[from])); n++) from--;
	text_add(&line, from > spot->start ? "..." : "");
	for (at = from; at < spot->offset;) at += add_character(&line, text + at, spot->end - at);
	caret = line.n;
	for (n = 0; at < spot->end && (whole || n < BEHIND_MOST); n++)
		at += add_character(&line, text + at, spot->end - at);
	if (at < spot->end) text_add(&line, "...");
	text_printf(out, "%5lld | %s\n%5s | ", (long long)spot->line, line.at, "");
	add_blanks(out, line.at, caret);
	text_printf(out, "%s^%s\n", color ? color : "", color ? "\033[0m" : "");
	text_free(&line);
}
