/* runtime.c: single functions of runtime/activations.h as plain C.
 *
 * The source stands in blocks: a line that names the function, its comment, its text, a brace of its own.  A function
 * needs those whose names stand in ACT(...) in its text; all of them stand before it. */
#include "emit/emit.h"

#include <string.h>

static const char source_name[] = "runtime/activations.h";
static const char symbol_mark[] = "/* SYMBOL ";
static const char closing_mark[] = " */"; /* stands on the line of the last word */

enum { COLUMNS = 88, INDENT = 4, BLOCKS_MOST = 128, LINE_MOST = 4096 };

struct span {
	const char *at;
	size_t n;
};
struct block {
	struct span name, comment, code;
	bool wanted;
};
struct blocks {
	int n;
	struct block at[BLOCKS_MOST];
};

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool span_is(struct span span, const char *text)
{
	return strlen(text) == span.n && !memcmp(span.at, text, span.n);
}

static bool starts(const char *at, const char *end, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(end - at) >= n && !memcmp(at, text, n);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

static const char *next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline + 1 : end;
}

/* The block behind a SYMBOL line; returns what stands behind it. */
static const char *read_block(const char *at, const char *end, struct block *block)
{
	const char *comment, *code;

	block->name.at = at + strlen(symbol_mark);
	while (letter(block->name.at[block->name.n])) block->name.n++;
	comment = code = next_line(at, end);
	while (code < end && (starts(code, end, "/*") || starts(code, end, " *"))) code = next_line(code, end);
	for (at = code; at < end && !starts(at, end, "}\n");) at = next_line(at, end);
	if (at == end) die("%s: no end of function %.*s", source_name, (int)block->name.n, block->name.at);
	at = next_line(at, end);
	block->comment = (struct span){ comment, (size_t)(code - comment) };
	block->code = (struct span){ code, (size_t)(at - code) };
	return at;
}

static struct span source_text(void)
{
	const struct embedded *source = embedded_find(source_name);

	if (source) return (struct span){ (const char *)source->at, source->n };
	die("%s is not embedded", source_name);
}

static void read_blocks(struct blocks *blocks)
{
	const struct span source = source_text();
	const char *at = source.at, *end = at + source.n;

	while (at < end) {
		if (!starts(at, end, symbol_mark)) {
			at = next_line(at, end);
			continue;
		}
		CHECK(blocks->n < BLOCKS_MOST);
		at = read_block(at, end, &blocks->at[blocks->n++]);
	}
}

/* ---- what is needed -------------------------------------------------------------------------------------- */

static struct block *block_find(struct blocks *blocks, struct span name)
{
	for (int i = 0; i < blocks->n; i++)
		if (blocks->at[i].name.n == name.n && !memcmp(blocks->at[i].name.at, name.at, name.n))
			return &blocks->at[i];
	return NULL;
}

/* The name in the next ACT(name) of code from *at on; false: there is none. */
static bool next_call(struct span code, const char **at, struct span *name)
{
	static const char call[] = "ACT(";
	const char *end = code.at + code.n;

	while (*at < end && !starts(*at, end, call)) (*at)++;
	if (*at == end) return false;
	*name = (struct span){ *at + strlen(call), 0 };
	while (letter(name->at[name->n])) name->n++;
	*at = name->at + name->n;
	return true;
}

/* Callees stand before their callers: one walk from the last to the first finds all. */
static void want_callees(struct blocks *blocks)
{
	for (int i = blocks->n; i-- > 0;) {
		const struct block *block = &blocks->at[i];
		const char *at = block->code.at;
		struct span name;

		while (block->wanted && next_call(block->code, &at, &name)) {
			struct block *callee = block_find(blocks, name);
			CHECK(callee != NULL && callee <= block);
			callee->wanted = true;
		}
	}
}

/* ---- writing --------------------------------------------------------------------------------------------- */

/* A comment's words in lines of COLUMNS. */
static void write_comment(struct span comment, struct text *out)
{
	const char *at = comment.at, *end = comment.at + comment.n;
	size_t column = 0;

	while (at < end) {
		struct span word = { at, 0 };
		bool first = at == comment.at || at[-1] == '\n' || (at[-1] == ' ' && at[-2] == '\n');
		while (at + word.n < end && !strchr(" \t\n", at[word.n])) word.n++;
		if (starts(at + word.n, end, closing_mark)) word.n += strlen(closing_mark);
		at += word.n + 1;
		if (word.n == 0 || (first && span_is(word, "*"))) continue;
		if (column > 0 && column + 1 + word.n > COLUMNS) {
			text_add(out, "\n *");
			column = 2;
		}
		if (column > 0) text_add(out, " ");
		text_add_n(out, word.at, word.n);
		column += word.n + (column > 0);
	}
	text_add(out, "\n");
}

/* The end of the bracket that opens before at. */
static size_t closing(struct span code, size_t at)
{
	for (int depth = 1; at < code.n; at++) {
		depth += code.at[at] == '(';
		depth -= code.at[at] == ')';
		if (depth == 0) return at;
	}
	die("%s: a bracket stays open", source_name);
}

/* Code with F, I, K(c), ACT(name) as float, uint32_t, c, PREFIX_name. */
static void substitute(struct span code, const char *prefix, struct text *out)
{
	for (size_t i = 0; i < code.n;) {
		struct span word = { code.at + i, 0 };
		while (i + word.n < code.n && letter(word.at[word.n])) word.n++;
		i += word.n;
		if (word.n == 0) {
			text_add_n(out, code.at + i++, 1);
		} else if (span_is(word, "F")) {
			text_add(out, "float");
		} else if (span_is(word, "I")) {
			text_add(out, "uint32_t");
		} else if (span_is(word, "K") || span_is(word, "ACT")) {
			size_t end = closing(code, i + 1);
			if (span_is(word, "ACT")) text_printf(out, "%s_", prefix);
			substitute((struct span){ code.at + i + 1, end - i - 1 }, prefix, out);
			i = end + 1;
		} else {
			text_add_n(out, word.at, word.n);
		}
	}
}

/* The blank in line[from, to) behind a comma or operator that lies in the fewest brackets, the last of them; 0: none. */
static size_t blank_between(const char *line, size_t from, size_t to)
{
	size_t best = 0;
	int depth = 0, depth_of_best = 0;

	for (size_t i = 1; i < to; i++) {
		depth += line[i] == '(';
		depth -= line[i] == ')';
		if (line[i] != ' ' || !strchr(",=+-*/|&^", line[i - 1])) continue;
		if (i < from || (best > 0 && depth > depth_of_best)) continue;
		best = i;
		depth_of_best = depth;
	}
	return best;
}

/* Where a line of which room bytes fit is broken: not too early, if that can be; 0: nowhere. */
static size_t break_of(const char *line, size_t n, size_t room)
{
	size_t at = blank_between(line, room / 2, room + 1);

	if (at == 0) at = blank_between(line, 1, room + 1);
	for (size_t end = room + 1; at == 0 && end < n; end++) at = blank_between(line, 1, end);
	return at;
}

/* One statement, indented; what does not fit goes on with two more levels. */
static void write_wrapped(const char *line, size_t n, size_t level, struct text *out)
{
	size_t indent = level * INDENT, at;

	while (indent + n > COLUMNS && (at = break_of(line, n, COLUMNS - indent)) > 0) {
		text_printf(out, "%*s%.*s\n", (int)indent, "", (int)at, line);
		line += at + 1;
		n -= at + 1;
		indent = (level + 2) * INDENT;
	}
	text_printf(out, "%*s%.*s\n", (int)indent, "", (int)n, line);
}

/* The statement at *at on one line, without what it stands indented by; *at moves behind it.  Its length. */
static size_t read_statement(const char **at, const char *end, char line[LINE_MOST])
{
	size_t n = 0;

	for (; *at < end; (*at)++) {
		char c = **at == '\t' || **at == '\n' ? ' ' : **at;
		bool last = **at == '\n' && (n == 0 || strchr(";{})", line[n - 1]) != NULL);
		if (last) break;
		if (c == ' ' && (n == 0 || line[n - 1] == ' ')) continue;
		CHECK(n < LINE_MOST);
		line[n++] = c;
	}
	(*at)++;
	return n;
}

static void write_code(struct span code, const char *prefix, struct text *out)
{
	const char *at = code.at, *end = code.at + code.n;
	char line[LINE_MOST];
	size_t level = 0;

	while (at < end) {
		size_t n = read_statement(&at, end, line);
		struct text plain = { 0 };
		substitute((struct span){ line, n }, prefix, &plain);
		if (n == 1 && line[0] == '}') level--;
		if (n == 0)
			text_add(out, "\n");
		else
			write_wrapped(plain.at, plain.n, level, out);
		if (n > 0 && line[n - 1] == '{') level++;
		text_free(&plain);
	}
}

bool runtime_paste(const char *const *symbols, int n, const char *prefix, struct text *out)
{
	struct blocks blocks = { 0 };
	const char *separator = "";

	read_blocks(&blocks);
	for (int i = 0; i < n; i++) {
		struct block *block = block_find(&blocks, (struct span){ symbols[i], strlen(symbols[i]) });
		if (!block) return false;
		block->wanted = true;
	}
	want_callees(&blocks);
	for (int i = 0; i < blocks.n; i++) {
		if (!blocks.at[i].wanted) continue;
		text_add(out, separator);
		write_comment(blocks.at[i].comment, out);
		write_code(blocks.at[i].code, prefix, out);
		separator = "\n";
	}
	return true;
}
