/* runtime.c: single functions of runtime/activations.h as plain C, on float and on vectors, and of runtime/requantise.h.
 *
 * The source stands in blocks: a line that names the function, its comment, its text, a brace of its own.  A function
 * needs those whose names stand in ACT(...) in its text; all of them stand before it.  Where vectors have a text of their
 * own (VECTOR), it stands before that of float. */
#include "emit/emit.h"

#include <string.h>

static const char symbol_mark[] = "/* SYMBOL ", vector_mark[] = "/* VECTOR ";
static const char closing_mark[] = " */"; /* stands on the line of the last word */

enum { BLOCKS_MOST = 128, LINE_MOST = 4096 };

struct span {
	const char *at;
	size_t n;
};
struct block {
	struct span name, comment, code;
	bool of_vectors;    /* alone */
	bool of_extremes;   /* of shapes with MOST and LEAST alone */
	bool of_predicates; /* of MVE alone */
	bool wanted;        /* of this shape */
	bool explained;     /* its comment stands in the output */
};
struct blocks {
	const char *source; /* the file's name */
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

static bool has_word(struct span text, const char *word)
{
	struct span at = { text.at, 0 };
	const char *end = text.at + text.n;

	for (; at.at < end; at = (struct span){ at.at + at.n + (at.n == 0), 0 }) {
		while (at.at + at.n < end && letter(at.at[at.n])) at.n++;
		if (span_is(at, word)) return true;
	}
	return false;
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

/* The block behind a SYMBOL or VECTOR line; returns what stands behind it. */
static const char *read_block(const struct blocks *blocks, const char *at, const char *end, struct block *block)
{
	const char *comment, *code;

	block->of_vectors = starts(at, end, vector_mark);
	block->name.at = at + strlen(symbol_mark);
	while (letter(block->name.at[block->name.n])) block->name.n++;
	comment = code = next_line(at, end);
	while (code < end && (starts(code, end, "/*") || starts(code, end, " *"))) code = next_line(code, end);
	for (at = code; at < end && !starts(at, end, "}\n");) at = next_line(at, end);
	if (at == end) die("%s: no end of function %.*s", blocks->source, (int)block->name.n, block->name.at);
	at = next_line(at, end);
	block->comment = (struct span){ comment, (size_t)(code - comment) };
	block->code = (struct span){ code, (size_t)(at - code) };
	block->of_extremes = has_word(block->code, "MOST") || has_word(block->code, "LEAST");
	block->of_predicates = has_word(block->code, "vpselq_u32") || has_word(block->code, "vpselq_f32");
	return at;
}

static struct span source_text(const char *name)
{
	const struct embedded *source = embedded_find(name);

	if (source) return (struct span){ (const char *)source->at, source->n };
	die("%s is not embedded", name);
}

static void read_blocks(struct blocks *blocks)
{
	const struct span source = source_text(blocks->source);
	const char *at = source.at, *end = at + source.n;

	while (at < end) {
		if (!starts(at, end, symbol_mark) && !starts(at, end, vector_mark)) {
			at = next_line(at, end);
			continue;
		}
		CHECK(blocks->n < BLOCKS_MOST);
		at = read_block(blocks, at, end, &blocks->at[blocks->n]);
		blocks->n++;
	}
}

/* ---- what is needed -------------------------------------------------------------------------------------- */

/* The first of that name that this shape may have. */
static struct block *block_find(struct blocks *blocks, const struct runtime_shape *shape, struct span name)
{
	for (int i = 0; i < blocks->n; i++) {
		struct block *block = &blocks->at[i];
		if (block->of_vectors && shape->lanes <= 1) continue;
		if (block->of_extremes && !*shape->most) continue;
		if (block->of_predicates && !shape->predicates) continue;
		if (block->name.n == name.n && !memcmp(block->name.at, name.at, name.n)) return block;
	}
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
static void want_callees(struct blocks *blocks, const struct runtime_shape *shape)
{
	for (int i = blocks->n; i-- > 0;) {
		const struct block *block = &blocks->at[i];
		const char *at = block->code.at;
		struct span name;

		while (block->wanted && next_call(block->code, &at, &name)) {
			struct block *callee = block_find(blocks, shape, name);
			CHECK(callee != NULL && callee <= block);
			callee->wanted = true;
		}
	}
}

/* ---- writing --------------------------------------------------------------------------------------------- */

/* A comment's words in lines of OUTPUT_COLUMNS. */
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
		if (column > 0 && column + 1 + word.n > OUTPUT_COLUMNS) {
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
	die("a function of the runtime: a bracket stays open");
}

static void substitute(struct span code, const struct runtime_shape *shape, struct text *out);

/* K(c): the shape's spelling of c in every lane. */
static void write_splat(struct span c, const struct runtime_shape *shape, struct text *out)
{
	const char *at = strchr(shape->splat, '@');

	text_add_n(out, shape->splat, (size_t)(at - shape->splat));
	substitute(c, shape, out);
	text_add(out, at + 1);
}

/* Code with F, I, K(c), ACT(name) as the shape has it: float, uint32_t, c, PREFIX_name. */
static void substitute(struct span code, const struct runtime_shape *shape, struct text *out)
{
	for (size_t i = 0; i < code.n;) {
		struct span word = { code.at + i, 0 };
		while (i + word.n < code.n && letter(word.at[word.n])) word.n++;
		i += word.n;
		if (word.n == 0) {
			text_add_n(out, code.at + i++, 1);
		} else if (span_is(word, "F")) {
			text_add(out, shape->values);
		} else if (span_is(word, "I")) {
			text_add(out, shape->bits);
		} else if (span_is(word, "MOST")) {
			text_add(out, shape->most);
		} else if (span_is(word, "LEAST")) {
			text_add(out, shape->least);
		} else if (span_is(word, "K") || span_is(word, "ACT")) {
			size_t end = closing(code, i + 1);
			struct span inside = { code.at + i + 1, end - i - 1 };
			if (span_is(word, "K"))
				write_splat(inside, shape, out);
			else
				text_printf(out, "%s_%.*s", shape->prefix, (int)inside.n, inside.at);
			i = end + 1;
		} else {
			text_add_n(out, word.at, word.n);
		}
	}
}

/* The statement or preprocessor line at *at on one line, without what it stands indented by; *at moves behind it.  Its
 * length. */
static size_t read_statement(const char **at, const char *end, char line[LINE_MOST])
{
	size_t n = 0;

	for (; *at < end; (*at)++) {
		char c = **at == '\t' || **at == '\n' ? ' ' : **at;
		bool last = **at == '\n' && (n == 0 || line[0] == '#' || strchr(";{})", line[n - 1]) != NULL);
		if (last) break;
		if (c == ' ' && (n == 0 || line[n - 1] == ' ')) continue;
		CHECK(n < LINE_MOST);
		line[n++] = c;
	}
	(*at)++;
	return n;
}

static void write_code(struct span code, const struct runtime_shape *shape, struct text *out)
{
	const char *at = code.at, *end = code.at + code.n;
	char line[LINE_MOST];
	size_t level = 0;

	while (at < end) {
		size_t n = read_statement(&at, end, line);
		struct text plain = { 0 };
		substitute((struct span){ line, n }, shape, &plain);
		if (n == 1 && line[0] == '}') level--;
		if (n == 0)
			text_add(out, "\n");
		else
			write_statement(plain.at, plain.n, line[0] == '#' ? 0 : level * OUTPUT_INDENT, out);
		if (n > 0 && line[n - 1] == '{') level++;
		text_free(&plain);
	}
}

/* What the functions of a vector stand behind. */
static void write_vector(const struct runtime_shape *shape, struct text *out)
{
	text_printf(out, "/* On %d lanes: the same bits in each.  A mask is a lane of ones or of zeros. */\n",
		    shape->lanes);
	text_printf(out, "typedef uint32_t %s __attribute__((vector_size(%d)));\n", shape->bits, 4 * shape->lanes);
}

static bool paste_shape(struct blocks *blocks, const struct runtime_need *need, struct text *out)
{
	const struct runtime_shape *shape = &need->shape;

	for (int i = 0; i < blocks->n; i++) blocks->at[i].wanted = false;
	for (int i = 0; i < need->symbols.n; i++) {
		const char *name = need->symbols.at[i];
		struct block *block = block_find(blocks, shape, (struct span){ name, strlen(name) });
		if (!block) return false;
		block->wanted = true;
	}
	want_callees(blocks, shape);
	if (shape->lanes > 1) write_vector(shape, out);
	for (int i = 0, n = shape->lanes > 1; i < blocks->n; i++) {
		struct block *block = &blocks->at[i];
		if (!block->wanted) continue;
		if (n++ > 0) text_add(out, "\n");
		if (!block->explained) write_comment(block->comment, out);
		block->explained = true;
		write_code(block->code, shape, out);
	}
	return true;
}

bool runtime_paste(const struct runtime_needs *needs, struct text *out)
{
	struct blocks floats = { .source = "runtime/activations.h" }, integers = { .source = "runtime/requantise.h" };
	int n = 0, narrower = LANES_INTEGER - 1;

	read_blocks(&floats);
	read_blocks(&integers);
	/* Integers, then float and ever wider vectors. */
	while (n < needs->shapes.n) {
		const struct runtime_need *next = NULL;
		for (int i = 0; i < needs->shapes.n; i++) {
			const struct runtime_need *need = needs->shapes.at[i];
			if (need->shape.lanes > narrower && (!next || need->shape.lanes < next->shape.lanes))
				next = need;
		}
		CHECK(next != NULL);
		if (n++ > 0) text_add(out, "\n");
		if (!paste_shape(next->shape.lanes == LANES_INTEGER ? &integers : &floats, next, out)) return false;
		narrower = next->shape.lanes;
	}
	return true;
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

struct runtime_shape runtime_integer(struct arena *arena, const char *prefix)
{
	const char *infixed = arena_printf(arena, "%s_" RUNTIME_INTEGER, prefix);

	return (struct runtime_shape){ LANES_INTEGER, infixed, "int32_t", "uint32_t", "@", "", "", false };
}

struct runtime_shape runtime_float(struct arena *arena, const char *prefix)
{
	const char *infixed = arena_printf(arena, "%s_" RUNTIME_INFIX, prefix);

	return (struct runtime_shape){ 1, infixed, "float", "uint32_t", "@", "", "", false };
}

struct runtime_shape runtime_vector(struct arena *arena, const char *prefix, int lanes, const char *const spelled[5])
{
	return (struct runtime_shape){ .lanes = lanes,
				       .prefix = arena_printf(arena, "%s_" RUNTIME_INFIX "x%d", prefix, lanes),
				       .values = arena_string(arena, spelled[0]),
				       .bits = arena_printf(arena, "%s_" RUNTIME_BITS "x%d", prefix, lanes),
				       .splat = arena_string(arena, spelled[1]),
				       .most = arena_string(arena, spelled[2]),
				       .least = arena_string(arena, spelled[3]),
				       .predicates = spelled[4] && *spelled[4] };
}

static struct runtime_need *need_of(struct runtime_needs *needs, const struct runtime_shape *shape, struct arena *arena)
{
	struct runtime_need *need;

	for (int i = 0; i < needs->shapes.n; i++)
		if (needs->shapes.at[i]->shape.lanes == shape->lanes) return needs->shapes.at[i];
	need = NEW(arena, struct runtime_need);
	need->shape = *shape;
	list_push(arena, &needs->shapes, need);
	return need;
}

void runtime_need(struct runtime_needs *needs, const struct runtime_shape *shape, const char *symbol,
		  struct arena *arena)
{
	struct runtime_need *need = need_of(needs, shape, arena);

	for (int i = 0; i < need->symbols.n; i++)
		if (!strcmp(need->symbols.at[i], symbol)) return;
	list_push(arena, &need->symbols, arena_string(arena, symbol));
}
