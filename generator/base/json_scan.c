/* json_scan.c: the strict grammar of JSON (RFC 8259), with the place of the first fault. */
#include "base/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	struct arena *arena;
	struct diag *diag;
	const struct source *source;
	char *plain;
	size_t at; /* next byte */
	int depth;
};

/* Words that other languages write, and what they mean in JSON. */
static const struct {
	const char *word, *say;
} foreign[] = {
	{ "True", "write true" },
	{ "False", "write false" },
	{ "None", "write null" },
	{ "NaN", "JSON has no NaN" },
	{ "nan", "JSON has no NaN" },
	{ "Infinity", "JSON has no infinity" },
	{ "-Infinity", "JSON has no infinity" },
	{ "inf", "JSON has no infinity" },
	{ "undefined", "write null" },
	{ "'", "strings stand in double quotes" },
	{ "//", "JSON has no comments" },
	{ "/*", "JSON has no comments" },
	{ "#", "JSON has no comments" },
};

static bool fault(struct scan *s, size_t offset, const char *message)
{
	diag_error(s->diag, (struct place){ .source = s->source, .offset = offset, .has_offset = true }, "not JSON: %s",
		   message);
	return false;
}

/* 0 at the end, which is no byte of JSON: NUL was refused before. */
static char peek(const struct scan *s)
{
	return s->at < s->source->n ? s->source->text[s->at] : '\0';
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->source->n && memchr(" \t\n\r", s->source->text[s->at], 4)) s->at++;
}

static bool starts(const struct scan *s, const char *word)
{
	size_t n = strlen(word);

	return s->source->n - s->at >= n && !memcmp(s->source->text + s->at, word, n);
}

/* Says what stands at the place, and what would be right. */
static bool unexpected(struct scan *s, const char *wanted)
{
	struct text found = { 0 };
	const char *message;
	uint32_t code;
	size_t i;

	for (i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		if (!starts(s, foreign[i].word)) continue;
		return fault(s, s->at, arena_printf(s->arena, "%s: %s", foreign[i].word, foreign[i].say));
	}
	if (s->at >= s->source->n) {
		while (s->at > 0 && memchr(" \t\n\r", s->source->text[s->at - 1], 4)) s->at--;
		message = arena_printf(s->arena, "the text ends where %s should stand", wanted);
	} else {
		text_add_n(&found, s->source->text + s->at,
			   (size_t)utf8_at(s->source->text + s->at, s->source->n - s->at, &code));
		message = arena_printf(s->arena, "%s should stand here, not '%s'", wanted, found.at);
		text_free(&found);
	}
	return fault(s, s->at, message);
}

/* Four hexadecimal digits behind \u; -1: others. */
static int32_t hex4(const struct scan *s, size_t at)
{
	int32_t code = 0;
	size_t i;

	for (i = at; i < at + 4; i++) {
		const char *digits = "0123456789abcdef", *found;
		int c = i < s->source->n ? (unsigned char)s->source->text[i] : 0;

		if (c >= 'A' && c <= 'F') c += 'a' - 'A';
		found = c ? strchr(digits, c) : NULL;
		if (!found) return -1;
		code = code * 16 + (int32_t)(found - digits);
	}
	return code;
}

static bool scan_escape(struct scan *s)
{
	size_t start = s->at;
	int32_t code, low;

	s->at++;
	if (peek(s) && strchr("\"\\/bfnrt", peek(s))) return s->at++, true;
	if (peek(s) != 'u')
		return fault(s, start, "an unknown escape; \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX are known");
	code = hex4(s, s->at + 1);
	if (code < 0) return fault(s, start, "\\u needs four hexadecimal digits");
	if (code == 0) return fault(s, start, "\\u0000: no name or text of a model holds a NUL");
	s->at += 5;
	if (code < 0xd800 || code > 0xdfff) return true;
	low = starts(s, "\\u") ? hex4(s, s->at + 2) : -1;
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) return fault(s, start, "half of a surrogate pair");
	s->at += 6;
	return true;
}

static bool scan_string(struct scan *s)
{
	size_t start = s->at++;

	while (s->at < s->source->n) {
		unsigned char c = (unsigned char)s->source->text[s->at];

		if (c == '"') return s->at++, true;
		if (c == '\n' || c == '\r') return fault(s, start, "this string has no end in its line");
		if (c < 0x20) return fault(s, s->at, "a control character in a string; write it as an escape");
		if (c == '\\') {
			if (!scan_escape(s)) return false;
		} else {
			s->at++;
		}
	}
	return fault(s, start, "this string has no end");
}

static bool scan_digits(struct scan *s)
{
	if (peek(s) < '0' || peek(s) > '9') return unexpected(s, "a digit");
	while (peek(s) >= '0' && peek(s) <= '9') s->at++;
	return true;
}

/* Whether the decimal number is a whole one, exactly: 2.0, 1e3, 2.50e1; not 1.0000000000000000000001. */
static bool is_whole(const char *number)
{
	const char *c, *exponent = strpbrk(number, "eE");
	int64_t power = exponent ? strtol(exponent + 1, NULL, 10) : 0, least = 0, fraction = 0;
	bool behind_point = false, zero = true;

	for (c = number; *c && c != exponent; c++) {
		if (*c == '.') behind_point = true;
		if (*c < '0' || *c > '9') continue;
		fraction += behind_point;
		if (*c != '0') zero = false, least = fraction;
	}
	return zero || power >= least;
}

/* The value of the number's text: a double, and a 64-bit integer where it is one. */
static bool number_value(struct scan *s, struct json *json, const char *number)
{
	static const double exact_most = 9007199254740992.0; /* 2^53 */
	char *end;

	json->number = strtod(number, &end);
	CHECK(!*end);
	if (!isfinite(json->number)) return fault(s, json->offset, "the number is too large for a double");
	if (!strpbrk(number, ".eE")) {
		int64_t limit = json->number < 0 ? INT64_MIN : INT64_MAX;

		json->integer = strtoll(number, NULL, 10);
		/* strtoll() gives the limit where the number is beyond it: then the text differs from the limit's */
		json->is_integer = json->integer != limit ||
				   !strcmp(number, limit < 0 ? "-9223372036854775808" : "9223372036854775807");
	} else if (fabs(json->number) <= exact_most && is_whole(number)) {
		json->integer = (int64_t)json->number;
		json->is_integer = true;
	}
	return true;
}

static bool scan_number(struct scan *s, struct json *json)
{
	size_t start = s->at;

	json->kind = JSON_NUMBER;
	if (starts(s, "-Infinity")) return unexpected(s, "a number");
	if (peek(s) == '-') s->at++;
	if (peek(s) == '0') {
		s->at++;
		if (peek(s) >= '0' && peek(s) <= '9') return fault(s, start, "a number has no leading zeros");
	} else if (!scan_digits(s)) {
		return false;
	}
	if (peek(s) == '.' && (s->at++, !scan_digits(s))) return false;
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-') s->at++;
		if (!scan_digits(s)) return false;
	}
	memset(s->plain + start, ' ', s->at - start);
	s->plain[start] = '0';
	return number_value(s, json, arena_string_n(s->arena, s->source->text + start, s->at - start));
}

static bool scan_word(struct scan *s, struct json *json)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = { { "null", JSON_NULL }, { "false", JSON_FALSE }, { "true", JSON_TRUE } };
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (!starts(s, words[i].word)) continue;
		s->at += strlen(words[i].word);
		json->kind = words[i].kind;
		return true;
	}
	return unexpected(s, "a value");
}

static struct json *scan_value(struct scan *s, struct json *parent);

static bool scan_key(struct scan *s, size_t *offset)
{
	skip_blanks(s);
	*offset = s->at;
	if (peek(s) != '"') return unexpected(s, "a key in double quotes");
	if (!scan_string(s)) return false;
	skip_blanks(s);
	if (peek(s) != ':') return unexpected(s, "':' behind the key");
	s->at++;
	return true;
}

/* The members of an array or object, from the opening bracket to the closing one. */
static bool scan_members(struct scan *s, struct json *json, char close)
{
	const char *wanted = close == ']' ? "',' or ']'" : "',' or '}'";
	struct json **end = &json->first;
	size_t key_offset = 0;

	if (s->depth == JSON_DEPTH) {
		return fault(s, s->at, arena_printf(s->arena, "nested deeper than %d levels", JSON_DEPTH));
	}
	s->depth++;
	s->at++;
	skip_blanks(s);
	if (peek(s) == close) return s->at++, s->depth--, true;
	for (;;) {
		if (close == '}' && !scan_key(s, &key_offset)) return false;
		*end = scan_value(s, json);
		if (!*end) return false;
		(*end)->key_offset = key_offset;
		end = &(*end)->next;
		skip_blanks(s);
		if (peek(s) == close) break;
		if (peek(s) != ',') return unexpected(s, wanted);
		s->at++;
	}
	s->at++;
	s->depth--;
	return true;
}

static struct json *scan_value(struct scan *s, struct json *parent)
{
	struct json *json = NEW(s->arena, struct json);
	char c;
	bool ok;

	skip_blanks(s);
	c = peek(s);
	json->source = s->source;
	json->offset = s->at;
	json->parent = parent;
	if (parent) json->index = parent->n++;
	if (c == '{' || c == '[') {
		json->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
		ok = scan_members(s, json, c == '{' ? '}' : ']');
	} else if (c == '"') {
		json->kind = JSON_STRING;
		ok = scan_string(s);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		ok = scan_number(s, json);
	} else {
		ok = scan_word(s, json);
	}
	return ok ? json : NULL;
}

/* JSON is UTF-8 without NUL.  A byte order mark in front is let pass. */
static bool scan_bytes(struct scan *s)
{
	const char *text = s->source->text;
	size_t at = 0;
	uint32_t code;
	int n;

	for (; at < s->source->n; at += (size_t)n) {
		n = utf8_at(text + at, s->source->n - at, &code);
		if (!n) {
			return fault(s, at,
				     arena_printf(s->arena, "byte 0x%02x is not UTF-8", (unsigned char)text[at]));
		}
		if (!code) return fault(s, at, "a NUL byte");
	}
	if (starts(s, "\xef\xbb\xbf")) s->at = 3;
	return true;
}

struct json *json_scan(struct arena *arena, struct diag *diag, const struct source *source, char *plain)
{
	struct scan s = { .arena = arena, .diag = diag, .source = source, .plain = plain };
	struct json *json;

	if (!scan_bytes(&s)) return NULL;
	skip_blanks(&s);
	if (s.at == source->n) return fault(&s, 0, "the text is empty"), NULL;
	json = scan_value(&s, NULL);
	if (!json) return NULL;
	skip_blanks(&s);
	if (s.at < source->n) return fault(&s, s.at, "text behind the end of the value"), NULL;
	return json;
}
