/* spell.c: constants and foreign text as C spells them. */
#include "emit/emit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Value i of a table as a C constant; its length. */
static int constant(char out[F32_TEXT_MAX], const struct table *table, int64_t i)
{
	switch (table->type) {
	case TYPE_F32: return f32_text(out, ((const float *)table->at)[i]);
	case TYPE_I8: return snprintf(out, F32_TEXT_MAX, "%d", ((const int8_t *)table->at)[i]);
	case TYPE_U8: return snprintf(out, F32_TEXT_MAX, "%d", ((const uint8_t *)table->at)[i]);
	case TYPE_I16: return snprintf(out, F32_TEXT_MAX, "%d", ((const int16_t *)table->at)[i]);
	case TYPE_I32: return snprintf(out, F32_TEXT_MAX, "%" PRId32, ((const int32_t *)table->at)[i]);
	case TYPE_I64: return snprintf(out, F32_TEXT_MAX, "%" PRId64, ((const int64_t *)table->at)[i]);
	}
	die("type %d", table->type);
}

/* Values a line: as many as fit where no structure is given; else whole groups of table->columns, or even parts of one. */
static int64_t values_a_line(const struct table *table, int width)
{
	int64_t fit = (OUTPUT_COLUMNS - OUTPUT_INDENT + 1) / (width + 2), parts;

	if (fit < 1) fit = 1;
	if (table->columns <= 0) return fit;
	if (table->columns <= fit) return table->columns * (fit / table->columns);
	parts = (table->columns + fit - 1) / fit;
	return (table->columns + parts - 1) / parts;
}

/* The constants one behind the other, each ended by a NUL, in tokens; the longest one's length. */
static int constants(struct text *tokens, const struct table *table, bool *non_finite)
{
	char token[F32_TEXT_MAX];
	int width = 0;

	for (int64_t i = 0; i < table->n; i++) {
		int n = constant(token, table, i);

		if (n > width) width = n;
		if (table->type == TYPE_F32 && !isfinite(((const float *)table->at)[i])) *non_finite = true;
		text_add_n(tokens, token, (size_t)n + 1);
	}
	return width;
}

/* tokens as aligned columns; a group of table->columns begins a line. */
static void rows(struct text *out, const struct text *tokens, const struct table *table, int width)
{
	static const char blanks[F32_TEXT_MAX + OUTPUT_INDENT] = "                           ";
	int64_t line = values_a_line(table, width), column = 0;
	int64_t group = table->columns > line ? table->columns : line;
	const char *token = tokens->at;

	for (int64_t i = 0; i < table->n; i++) {
		size_t n = strlen(token);
		bool last = i + 1 == table->n || (i + 1) % group == 0 || column + 1 == line;

		text_add_n(out, blanks, column == 0 ? OUTPUT_INDENT : 1);
		text_add_n(out, blanks, (size_t)width - n);
		text_add_n(out, token, n);
		text_add(out, i + 1 == table->n ? "\n" : last ? ",\n" : ",");
		column = last ? 0 : column + 1;
		token += n + 1;
	}
}

bool spell_table(struct text *out, const struct table *table, const char *qualifier, const char *name)
{
	struct text tokens = { 0 };
	bool non_finite = false;
	int width;

	CHECK(table->n > 0);
	width = constants(&tokens, table, &non_finite);
	text_printf(out, "%s %s %s[%" PRId64 "] = {\n", qualifier, type_c_name(table->type), name, table->n);
	rows(out, &tokens, table, width);
	text_add(out, "};\n");
	text_free(&tokens);
	return non_finite;
}

/* May stand in a comment behind the character 'before' without a meaning of its own. */
static bool is_plain(uint32_t code, char before)
{
	if (code < 0x20 || code > 0x7e || code == '\\') return false;
	return !(code == '/' && before == '*') && !(code == '*' && before == '/') && !(code == '?' && before == '?');
}

void spell_comment(struct text *out, const char *bytes, size_t n, int most)
{
	char before = ' ';
	uint32_t code;
	size_t at = 0;

	for (int count = 0; at < n; count++) {
		int length = utf8_at(bytes + at, n - at, &code);

		if (count >= most && n - at > 3) {
			text_add(out, "...");
			return;
		}
		if (length == 0) {
			text_printf(out, "<%02X>", (unsigned)(unsigned char)bytes[at]);
		} else if (length > 1 || code < 0x20 || code > 0x7e || code == '\\') {
			text_printf(out, "<U+%04X>", (unsigned)code);
		} else {
			if (!is_plain(code, before)) text_add(out, " ");
			text_add_n(out, bytes + at, 1);
		}
		before = length == 1 ? bytes[at] : '>';
		at += length ? (size_t)length : 1;
	}
}
