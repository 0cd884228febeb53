/* count.c: what the functions of an emitted C text consist of: operations, accesses, calls, loops.  It knows the C that
 * templates write, not all of C: a text of a user's own templates is counted, too, only less well.
 *
 * Where the preprocessor chooses, every branch counts: one of them is compiled, and the sum is no less than it. */
#include "emit/footprint.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 32, UNROLL_MOST = 16, SMALL_PARTS = 32, LOCAL_BYTES = 4 };

struct word {
	const char *at;
	size_t n;
};

/* One function's body being read. */
struct counting {
	struct counts *counts;
	struct counted *into;
	struct arena *arena;
	const char *prefix, *at, *end;
	int64_t times; /* how often a statement here stands in the machine's code: of unrolled loops around it */
	int64_t kept[DEPTH_MOST]; /* times outside of each open brace */
	int braces, brackets, parentheses;
	bool unrolls;        /* the next loop is asked to be unrolled */
	bool integers;       /* the statement computes with integers */
	bool declares, asks; /* it declares locals; it is an inline assembly */
	bool begins;         /* a statement begins here */
};

/* ---- words ----------------------------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is(struct word word, const char *text)
{
	return strlen(text) == word.n && memcmp(word.at, text, word.n) == 0;
}

static bool is_one_of(struct word word, const char *const *list)
{
	for (; *list; list++)
		if (is(word, *list)) return true;
	return false;
}

static bool begins_with(struct word word, const char *text)
{
	const size_t n = strlen(text);

	return n <= word.n && memcmp(word.at, text, n) == 0;
}

static bool ends_with(struct word word, const char *text)
{
	const size_t n = strlen(text);

	return n <= word.n && memcmp(word.at + word.n - n, text, n) == 0;
}

static const char *skip_line(const char *at, const char *end)
{
	while (at < end && *at != '\n') at += at[0] == '\\' && at + 1 < end ? 2 : 1;
	return at < end ? at : end;
}

static bool stands(const char *at, const char *end, const char *text)
{
	const size_t n = strlen(text);

	return (size_t)(end - at) >= n && memcmp(at, text, n) == 0;
}

/* Behind the #endif that ends the branch at 'at'; or, unless to_end, already behind an #else or #elif. */
static const char *skip_branch(const char *at, const char *end, bool to_end)
{
	int depth = 0;

	while (at < end) {
		at = skip_line(at, end);
		at += at < end;
		if (stands(at, end, "#endif") && depth-- == 0) break;
		if (depth == 0 && !to_end && (stands(at, end, "#else") || stands(at, end, "#elif"))) break;
		if (stands(at, end, "#if")) depth++;
	}
	return skip_line(at, end);
}

/* A line of the preprocessor, as gcc reads it for a target that has what is asked for: not clang. */
static const char *skip_directive(const char *at, const char *end)
{
	if (stands(at, end, "#if defined(__clang__)")) return skip_branch(at, end, false);
	if (stands(at, end, "#else") || stands(at, end, "#elif")) return skip_branch(at, end, true);
	return skip_line(at, end);
}

/* Behind blanks, comments and lines of the preprocessor. */
static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end) {
		if (*at == '#') {
			at = skip_directive(at, end);
		} else if (at + 1 < end && at[0] == '/' && at[1] == '*') {
			for (at += 2; at + 1 < end && !(at[0] == '*' && at[1] == '/'); at++)
				;
			at = at + 2 < end ? at + 2 : end;
		} else if (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\\') {
			at++;
		} else {
			break;
		}
	}
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && (is_letter(*at) || is_digit(*at))) at++;
	return at;
}

static char next_char(const struct counting *c)
{
	const char *at = skip_blanks(c->at, c->end);

	return at < c->end ? *at : '\0';
}

/* ---- parts ----------------------------------------------------------------------------------------------------- */

static void count(struct counting *c, enum code_part part, int64_t n)
{
	c->into->at[part] += n * c->times;
}

/* What a small function consists of is part of who calls it. */
static void count_call(struct counting *c, struct word name)
{
	const struct counts *all = c->counts;

	for (int i = all->functions.n; i-- > 0;) {
		const struct counted *called = &all->functions.at[i];
		if (called == c->into || !is(name, called->name)) continue;
		c->into->locals += called->small ? called->locals : 0;
		for (int k = CODE_STATEMENT + 1; called->small && k < CODE_PARTS; k++)
			count(c, (enum code_part)k, called->at[k]);
		for (int k = 0; called->small && k < called->calls.n; k++)
			list_push(c->arena, &c->into->calls, called->calls.at[k]);
		if (called->small) return;
		list_push(c->arena, &c->into->calls, i);
		break;
	}
	count(c, CODE_CALL, 1);
}

/* "0; f < 8; f++" as rounds, where both ends are numbers; 0: it is not known. */
static int64_t rounds_of(const char *at, const char *end)
{
	const char *equals = memchr(at, '=', (size_t)(end - at)), *less = memchr(at, '<', (size_t)(end - at));
	int64_t first, last;

	if (!equals || !less || less < equals) return 0;
	equals = skip_blanks(equals + 1, end);
	less = skip_blanks(less + 1, end);
	if (equals == end || less == end || !is_digit(*equals) || !is_digit(*less)) return 0;
	first = strtoll(equals, NULL, 10);
	last = strtoll(less, NULL, 10);
	return last > first ? last - first : 0;
}

/* for (...), at its word: rounds that are unrolled multiply what stands inside. */
static void read_for(struct counting *c)
{
	const char *open = skip_blanks(c->at, c->end), *close = open;
	int depth = 0;
	int64_t rounds;

	for (; close < c->end; close++) {
		depth += *close == '(' ? 1 : *close == ')' ? -1 : 0;
		if (depth == 0) break;
	}
	rounds = rounds_of(open, close);
	c->at = close < c->end ? close + 1 : c->end;
	c->into->locals++;
	if (!c->unrolls) count(c, CODE_LOOP, 1);
	c->kept[c->braces < DEPTH_MOST ? c->braces : DEPTH_MOST - 1] = c->times;
	if (c->unrolls && c->times < UNROLL_MOST * UNROLL_MOST)
		c->times *= rounds > 0 && rounds < UNROLL_MOST ? rounds : UNROLL_MOST;
	c->unrolls = false;
	c->begins = true;
}

/* ---- words of C ------------------------------------------------------------------------------------------------ */

static const char *const integer_types[] = { "int",      "uint32_t", "int32_t",  "size_t",    "unsigned",
					     "uint16_t", "int64_t",  "uint64_t", "ptrdiff_t", NULL };
static const char *const silent_words[] = { "const", "static", "inline", "else",     "do",   "sizeof", "void",
					    "float", "return", "break",  "continue", "char", "double", NULL };

static bool is_type(struct word word)
{
	return is(word, "float") || is_one_of(word, integer_types) || ends_with(word, "_t") ||
	       begins_with(word, "__m") || begins_with(word, "float32x");
}

/* A declared name: "a0[8]" takes an array's place, "x0" a register. */
static void count_local(struct counting *c)
{
	const char *at = skip_blanks(c->at, c->end);

	if (at < c->end && *at == '[') {
		const int64_t n = strtoll(at + 1, NULL, 10);
		c->into->arrays += LOCAL_BYTES * (n > 0 ? n : 1);
		while (at < c->end && *at != ']') at++;
		c->at = at < c->end ? at + 1 : at;
		return;
	}
	if (at < c->end && *at != '*') c->into->locals++;
}

/* memcpy(&u, &x, sizeof u): the bits of a float as an integer, or back. */
static bool is_address(const struct counting *c)
{
	const char *open = skip_blanks(c->at, c->end);

	return c->end - open > 1 && open[1] == '&';
}

static void read_cast(struct counting *c)
{
	while (c->at < c->end && *c->at != ')') c->at++;
	c->at += c->at < c->end;
	count(c, CODE_INTEGER, 1);
}

static void read_call(struct counting *c, struct word name)
{
	if (is_one_of(name, silent_words) || is_type(name)) return;
	if (is(name, "if") || is(name, "while") || is(name, "switch"))
		count(c, CODE_BRANCH, 1);
	else if (ends_with(name, "_FMA"))
		count(c, CODE_FLOAT, 1);
	else if (is(name, "memcpy") && is_address(c))
		read_cast(c);
	else if (is(name, "memcpy") || begins_with(name, c->prefix))
		count_call(c, name);
	else
		count(c, CODE_VECTOR, 1);
}

static void count_macro(struct counting *c, struct word name)
{
	for (int i = c->counts->macros.n; i-- > 0;) {
		if (!is(name, c->counts->macros.at[i].name)) continue;
		count(c, CODE_ASM, c->counts->macros.at[i].instructions);
		return;
	}
}

static void read_word(struct counting *c)
{
	const char *from = c->at;
	struct word word;

	c->at = skip_word(c->at, c->end);
	word = (struct word){ from, (size_t)(c->at - from) };
	if (c->asks) {
		count_macro(c, word);
		return;
	}
	if (is(word, "for")) {
		read_for(c);
		return;
	}
	if (ends_with(word, "_LANES")) {
		c->unrolls = true;
		return;
	}
	if (begins_with(word, "__asm") || is(word, "asm")) c->asks = true;
	if (c->begins && is_type(word)) c->declares = true;
	if (c->begins && (is_one_of(word, integer_types) || is(word, "if"))) c->integers = true;
	if (c->begins && is(word, "return")) count(c, CODE_STATEMENT, 1);
	if (!is(word, "const") && !is(word, "static")) c->begins = false;
	if (next_char(c) == '(')
		read_call(c, word);
	else if (c->declares && c->brackets == 0 && c->parentheses == 0 && !is_type(word) && !is(word, "const"))
		count_local(c);
}

static void read_number(struct counting *c)
{
	const char *from = c->at;
	bool real = false;

	while (c->at < c->end && (is_digit(*c->at) || is_letter(*c->at) || *c->at == '.' ||
				  ((*c->at == '-' || *c->at == '+') && c->at[-1] == 'e' && from[1] != 'x'))) {
		real = real || *c->at == '.';
		c->at++;
	}
	if (real)
		count(c, CODE_LITERAL, 1);
	else if (c->at - from > 3 && c->brackets == 0)
		count(c, CODE_INTEGER, 1);
}

/* Instructions in a string of an inline assembly, each behind another or on a line; operands hold none.  Behind it in *end. */
static int64_t instructions_in(const char *at, const char *end, const char **behind)
{
	int64_t n = 0;

	for (at++; at < end && *at != '"'; at++) {
		n += *at == ';';
		if (at[0] != '\\' || at + 1 >= end) continue;
		n += at[1] == 'n';
		at++;
	}
	*behind = at < end ? at + 1 : end;
	return n;
}

static void read_string(struct counting *c)
{
	const int64_t n = instructions_in(c->at, c->end, &c->at);

	if (c->asks) count(c, CODE_ASM, n);
}

static void end_statement(struct counting *c)
{
	count(c, CODE_STATEMENT, 1);
	c->integers = c->declares = c->asks = false;
	c->begins = true;
	if (c->braces < DEPTH_MOST && c->kept[c->braces] > 0) {
		c->times = c->kept[c->braces];
		c->kept[c->braces] = 0;
	}
}

static void close_brace(struct counting *c)
{
	if (c->braces > 0) c->braces--;
	if (c->braces < DEPTH_MOST && c->kept[c->braces] > 0) c->times = c->kept[c->braces];
	if (c->braces < DEPTH_MOST) c->kept[c->braces] = 0;
	c->begins = true;
}

static void read_sign(struct counting *c)
{
	const char sign = *c->at++;

	switch (sign) {
	case '{':
		c->braces++;
		if (c->braces < DEPTH_MOST) c->kept[c->braces] = 0;
		c->integers = c->declares = false;
		c->begins = true;
		break;
	case '}': close_brace(c); break;
	case ';':
		if (c->parentheses == 0) end_statement(c);
		break;
	case '(': c->parentheses++; break;
	case ')':
		if (c->parentheses > 0) c->parentheses--;
		break;
	case '[':
		c->brackets++;
		if (!c->asks) count(c, CODE_ACCESS, 1);
		break;
	case ']':
		if (c->brackets > 0) c->brackets--;
		break;
	case '=':
		c->declares = false;
		if (c->at < c->end && *c->at == '=') c->at++;
		break;
	case '+':
	case '-':
	case '*':
	case '/':
	case '<':
	case '>':
	case '&':
	case '|':
	case '^':
	case '!':
	case '~':
	case '?':
		while (c->at < c->end && (*c->at == '=' || *c->at == sign)) c->at++;
		if (c->brackets == 0 && !c->asks) count(c, c->integers ? CODE_INTEGER : CODE_FLOAT, 1);
		break;
	default: break;
	}
}

static void read_body(struct counting *c)
{
	while ((c->at = skip_blanks(c->at, c->end)) < c->end) {
		if (is_letter(*c->at))
			read_word(c);
		else if (is_digit(*c->at))
			read_number(c);
		else if (*c->at == '"')
			read_string(c);
		else
			read_sign(c);
	}
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

/* The first word with the prefix and a bracket behind it, between two lines; at NULL: there is none. */
static struct word function_name(const char *at, const char *end, const char *prefix)
{
	while ((at = skip_blanks(at, end)) < end) {
		const char *behind = skip_word(at, end);
		const struct word word = { at, (size_t)(behind - at) };
		if (behind == at) {
			at++;
			continue;
		}
		if (begins_with(word, prefix) && behind < end && *behind == '(') return word;
		at = behind;
	}
	return (struct word){ 0 };
}

/* "static inline float " stands before the name. */
static bool is_inline(const char *head, const char *name)
{
	while (name > head && name[-1] != '\n') name--;
	return strncmp(name, "static inline ", 14) == 0;
}

int64_t parts_of(const struct counted *function)
{
	int64_t n = 0;

	for (int i = CODE_STATEMENT + 1; i < CODE_PARTS; i++) n += function->at[i];
	return n;
}

/* A function whose body is [at, end); head: where its first line may begin. */
static void add_function(struct counts *counts, const char *head, const char *at, const char *end, const char *prefix,
			 struct arena *arena)
{
	const struct word name = function_name(head, at, prefix);
	struct counted function = { 0 };
	struct counting c = { .counts = counts,
			      .into = &function,
			      .arena = arena,
			      .prefix = prefix,
			      .at = at,
			      .end = end,
			      .times = 1,
			      .begins = true };

	if (!name.at) return;
	function.name = arena_string_n(arena, name.at, name.n);
	read_body(&c);
	function.small = is_inline(head, name.at) && parts_of(&function) <= SMALL_PARTS && function.at[CODE_LOOP] == 0;
	function.at[CODE_FUNCTION] = function.small ? 0 : 1;
	list_push(arena, &counts->functions, function);
}

/* Macros of assembly that are defined in [at, end): "#define ECG_TERMS", whose lines are strings. */
static void read_macros(struct counts *counts, const char *at, const char *end, struct arena *arena)
{
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		const char *name = at + strlen("\n#define "), *stop;
		at++;
		if (!stands(at, end, "#define ")) continue;
		stop = skip_line(name, end);
		const char *behind = skip_word(name, stop);
		struct assembly_macro macro = { arena_string_n(arena, name, (size_t)(behind - name)), 0 };
		for (at = behind; at < stop;) {
			if (*at == '"')
				macro.instructions += instructions_in(at, stop, &at);
			else
				at++;
		}
		if (macro.instructions > 0) list_push(arena, &counts->macros, macro);
	}
}

void footprint_count(const char *text, const char *prefix, struct counts *counts, struct arena *arena)
{
	const char *head = text, *open, *close;

	while ((open = strstr(head, "\n{\n")) != NULL) {
		close = strstr(open, "\n}");
		if (!close) return;
		read_macros(counts, head, open, arena);
		add_function(counts, head, open + 2, close, prefix, arena);
		head = close + 2;
	}
}
