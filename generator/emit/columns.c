/* columns.c: C in lines of at most OUTPUT_COLUMNS.
 *
 * Templates write text whose lengths depend on the names of the model.  What stands too wide is broken here: calls and
 * parameters behind commas, aligned behind the bracket or, where that is too far right, two levels in; other statements
 * behind an operator in the fewest brackets; comments between words.  Lines of the preprocessor and strings stay. */
#include "emit/emit.h"

#include <string.h>

enum { DEEPER = 2 * OUTPUT_INDENT, GROUP_MOST = 64 };

struct line {
	const char *at;
	size_t n;
};

/* ---- where a line can be broken -------------------------------------------------------------------------- */

/* How gladly a line is broken behind line[at - 1]: behind commas first, not at all where 0. */
static int rank_of(const char *line, size_t at)
{
	const char c = line[at - 1];

	if (c == ',') return 3;
	if (c == '<' || c == '>') return at > 1 && line[at - 2] == c ? 2 : 0;
	if (c == '=') return 1;
	return strchr("+-*/|&^:\"", c) ? 2 : 0;
}

/* The blank in line[from, to) that lies in the fewest brackets, of those the one of the best rank, of those the last; 0:
 * none. */
static size_t blank_between(const char *line, size_t from, size_t to)
{
	size_t best = 0;
	int depth = 0, depth_of_best = 0, rank;
	bool quoted = false;

	for (size_t i = 1; i < to; i++) {
		quoted ^= line[i - 1] == '"';
		depth += line[i - 1] == '(';
		depth -= line[i - 1] == ')';
		if (line[i] != ' ' || quoted || i < from || (rank = rank_of(line, i)) == 0) continue;
		if (best > 0 && depth > depth_of_best) continue;
		if (best > 0 && depth == depth_of_best && rank < rank_of(line, best)) continue;
		best = i;
		depth_of_best = depth;
	}
	return best;
}

/* Behind the last bracket that opens in line[0, to); 0: none. */
static size_t bracket_in(const char *line, size_t to)
{
	while (to > 0 && line[to - 1] != '(') to--;
	return to;
}

/* The last blank in line[0, to] where no string stands; 0: none. */
static size_t word_in(const char *line, size_t to)
{
	if (memchr(line, '"', to)) return 0;
	while (to > 0 && line[to] != ' ') to--;
	return to;
}

/* Where a line of which room bytes fit is broken: not too early, if that can be; 0: nowhere. */
static size_t break_of(const char *line, size_t n, size_t room)
{
	size_t at = blank_between(line, room / 2, room + 1);

	if (at == 0) at = blank_between(line, 1, room + 1);
	if (at == 0) at = bracket_in(line, room);
	for (size_t end = room + 1; at == 0 && end < n; end++) at = blank_between(line, 1, end);
	return at > 0 ? at : word_in(line, room);
}

/* n bytes, the first line indented by 'indent', the others by 'deeper'. */
static void write_broken(const char *line, size_t n, size_t indent, size_t deeper, struct text *out)
{
	size_t at;

	while (indent + n > OUTPUT_COLUMNS && indent < OUTPUT_COLUMNS &&
	       (at = break_of(line, n, OUTPUT_COLUMNS - indent)) > 0) {
		text_printf(out, "%*s%.*s\n", (int)indent, "", (int)at, line);
		at += line[at] == ' ';
		line += at;
		n -= at;
		indent = deeper;
	}
	text_printf(out, "%*s%.*s\n", (int)indent, "", (int)n, line);
}

/* ---- calls and parameters -------------------------------------------------------------------------------- */

/* The bracket that the last ')' closes, where only ";" or " {" stands behind that and a name before; 0: none.  *end: that
 * last bracket. */
static size_t arguments_of(const char *line, size_t n, size_t *end)
{
	int depth = 0;

	*end = n;
	while (*end > 0 && strchr("; {", line[*end - 1])) --*end;
	if (*end == 0 || line[--*end] != ')') return 0;
	for (size_t i = *end + 1; i-- > 1;) {
		depth += line[i] == ')';
		depth -= line[i] == '(';
		if (depth == 0) return line[i - 1] == ' ' || strchr("()+-*/", line[i - 1]) ? 0 : i;
	}
	return 0;
}

/* The length of the argument that line[0, n) begins with, its comma included. */
static size_t argument_length(const char *line, size_t n)
{
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		depth += strchr("([{", line[i]) != NULL;
		depth -= strchr(")]}", line[i]) != NULL;
		if (depth == 0 && line[i] == ',') return i + 1;
	}
	return n;
}

static bool arguments_fit(const char *line, size_t n, size_t indent)
{
	for (size_t at = 0, length; at < n; at += length + 1) {
		length = argument_length(line + at, n - at);
		if (indent + length > OUTPUT_COLUMNS) return false;
	}
	return true;
}

/* As many arguments a line as fit; the first line stands already, 'column' wide. */
static void write_arguments(const char *line, size_t n, size_t column, size_t indent, struct text *out)
{
	for (size_t at = 0, length; at < n; at += length + 1) {
		length = argument_length(line + at, n - at);
		if (at > 0 && column + 1 + length > OUTPUT_COLUMNS) {
			text_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (at > 0) {
			text_add(out, " ");
			column++;
		}
		text_add_n(out, line + at, length);
		column += length;
	}
	text_add(out, "\n");
}

void write_statement(const char *line, size_t n, size_t indent, struct text *out)
{
	size_t end, open;

	if (indent + n <= OUTPUT_COLUMNS || memchr(line, '"', n) != NULL || (open = arguments_of(line, n, &end)) == 0 ||
	    indent + open >= OUTPUT_COLUMNS) {
		write_broken(line, n, indent, indent + DEEPER, out);
		return;
	}
	text_printf(out, "%*s%.*s", (int)indent, "", (int)++open, line);
	if (arguments_fit(line + open, n - open, indent + open)) {
		write_arguments(line + open, n - open, indent + open, indent + open, out);
	} else if (arguments_fit(line + open, n - open, indent + DEEPER)) {
		text_printf(out, "\n%*s", (int)(indent + DEEPER), "");
		write_arguments(line + open, n - open, indent + DEEPER, indent + DEEPER, out);
	} else {
		text_add(out, "\n");
		write_broken(line + open, n - open, indent + DEEPER, indent + DEEPER, out);
	}
}

/* ---- lines ----------------------------------------------------------------------------------------------- */

/* What stands before a line: in a comment; behind a line of the preprocessor that goes on; in brackets. */
struct state {
	bool comment, directive;
	int depth;
};

static size_t indent_of(struct line line)
{
	size_t n = 0;

	while (n < line.n && line.at[n] == ' ') n++;
	return n;
}

static struct state state_behind(struct line line, struct state state)
{
	const size_t indent = indent_of(line);
	char quote = 0;

	if (!state.comment && (state.directive || (indent < line.n && line.at[indent] == '#'))) {
		state.directive = line.n > 0 && line.at[line.n - 1] == '\\';
		return state;
	}
	for (size_t i = 0; i < line.n; i++) {
		const char c = line.at[i], next = i + 1 < line.n ? line.at[i + 1] : 0;
		if (state.comment) {
			state.comment = !(c == '*' && next == '/');
			i += !state.comment;
		} else if (quote) {
			i += c == '\\';
			if (c == quote) quote = 0;
		} else if (c == '/' && next == '*') {
			state.comment = true;
			i++;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else {
			state.depth += (c == '(') - (c == ')');
		}
	}
	return state;
}

/* A line of a comment, or a comment that stands alone. */
static void write_comment_line(struct line line, bool inside, struct text *out)
{
	const size_t indent = indent_of(line), star = indent + (inside ? 0 : 1);
	size_t text = indent, column = 0, word;

	while (text < line.n && strchr("/* ", line.at[text])) text++;
	text_add_n(out, line.at, text);
	column = text;
	for (size_t at = text; at < line.n; at += word + (at + word < line.n)) {
		for (word = 0; at + word < line.n && line.at[at + word] != ' ';) word++;
		if (line.n - at - word == 3 && memcmp(line.at + at + word, " */", 3) == 0) word += 3;
		if (at > text && column + 1 + word > OUTPUT_COLUMNS) {
			column = inside ? text : star + 2;
			text_printf(out, "\n%*s*%*s", (int)star, "", (int)(column - star - 1), "");
		} else if (at > text) {
			text_add(out, " ");
			column++;
		}
		text_add_n(out, line.at + at, word);
		column += word;
	}
	text_add(out, "\n");
}

/* A comment behind code stands before it. */
static void write_code_line(struct line line, struct text *out)
{
	const size_t indent = indent_of(line);
	const char *comment = NULL;

	for (size_t i = indent; i + 3 < line.n && !comment; i++)
		if (memcmp(line.at + i, "  /*", 4) == 0 && !memchr(line.at, '"', line.n)) comment = line.at + i;
	if (comment) {
		text_printf(out, "%*s%.*s\n", (int)indent, "", (int)(line.at + line.n - comment - 2), comment + 2);
		line.n = (size_t)(comment - line.at);
	}
	write_statement(line.at + indent, line.n - indent, indent, out);
}

static struct line line_at(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return (struct line){ at, (size_t)((newline ? newline : end) - at) };
}

/* Lines from at on whose brackets close with the last of them, one of them too wide, no string, comment or line of the
 * preprocessor among them: their number; else 0. */
static int group_at(const char *at, const char *end)
{
	struct state state = { 0 };
	bool wide = false;

	for (int n = 1; n <= GROUP_MOST && at < end; n++) {
		const struct line line = line_at(at, end);
		if (memchr(line.at, '"', line.n) || memchr(line.at, '#', line.n) || memchr(line.at, '\'', line.n))
			return 0;
		for (size_t i = 0; i + 1 < line.n; i++)
			if (line.at[i] == '/' && line.at[i + 1] == '*') return 0;
		wide |= line.n > OUTPUT_COLUMNS;
		state = state_behind(line, state);
		if (state.depth < 0) return 0;
		if (state.depth == 0) return n > 1 && wide ? n : 0;
		at = line.at + line.n + 1;
	}
	return 0;
}

/* n lines as one statement; behind them. */
static const char *write_group(const char *at, const char *end, int n, struct text *out)
{
	const size_t indent = indent_of(line_at(at, end));
	struct text joined = { 0 };

	for (int i = 0; i < n; i++) {
		const struct line line = line_at(at, end);
		const size_t from = indent_of(line);
		if (i > 0 && joined.at[joined.n - 1] != '(') text_add(&joined, " ");
		text_add_n(&joined, line.at + from, line.n - from);
		at = line.at + line.n + 1;
	}
	write_statement(joined.at, joined.n, indent, out);
	text_free(&joined);
	return at;
}

/* One line, or a group of them; behind it. */
static const char *write_next(const char *at, const char *end, struct state *state, struct text *out)
{
	const struct line line = line_at(at, end);
	const struct state before = *state;
	const size_t indent = indent_of(line);
	const char first = indent < line.n ? line.at[indent] : 0;
	const bool plain = !before.comment && !before.directive && first != '#';
	int group;

	if (plain && before.depth == 0 && first != '/' && (group = group_at(at, end)) > 0)
		return write_group(at, end, group, out);
	*state = state_behind(line, before);
	if (line.n <= OUTPUT_COLUMNS || (!plain && !before.comment) || (plain && first == '"'))
		text_printf(out, "%.*s\n", (int)line.n, line.at);
	else if (before.comment || first == '/')
		write_comment_line(line, before.comment, out);
	else
		write_code_line(line, out);
	return line.at + line.n + 1;
}

static bool is_wide(const struct text *text)
{
	const char *at = text->at, *end = text->at + text->n;

	while (at < end) {
		const struct line line = line_at(at, end);
		if (line.n > OUTPUT_COLUMNS) return true;
		at = line.at + line.n + 1;
	}
	return false;
}

void fit_columns(struct text *text)
{
	struct text out = { 0 };
	struct state state = { 0 };

	if (text->n == 0 || !is_wide(text)) return;
	for (const char *at = text->at, *end = text->at + text->n; at < end;) at = write_next(at, end, &state, &out);
	text_free(text);
	*text = out;
}
