/* flush.c: runtime/activations.h on floats with every operation on them written as a function of layers/flushing.h.
 *
 *	flush < runtime/activations.h > activations_flushed.h
 *
 * The interpreter's activations where subnormals are flushed: what a processor does to a + b by a mode of its own,
 * portable C has to say.  Of the file's blocks those marked SYMBOL are read, C of one kind: declarations, assignments,
 * return, loops over integers.  ADD(a, b) and the others keep F, I, K(c) and ACT(name), which the includer defines. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCE_MOST = 1 << 18, TEXT_MOST = 1 << 22, NAMES_MOST = 256, PRECEDENCES = 8 };

static char source[SOURCE_MOST], texts[TEXT_MOST];
static const char *at; /* behind the token */
static size_t text_used;

static _Noreturn void fail(const char *what, const char *detail, size_t n)
{
	fprintf(stderr, "tools/flush.c: runtime/activations.h: %s '%.*s'\n", what, (int)n, detail);
	exit(1);
}

static const char *printed(const char *format, ...)
{
	char *text = texts + text_used;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, TEXT_MOST - text_used, format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n + 1 >= TEXT_MOST - text_used) fail("too long", "", 0);
	text_used += (size_t)n + 1;
	return text;
}

/* ---- tokens ---------------------------------------------------------------------------------------------------- */

static struct token {
	const char *at;
	size_t n;
} token; /* n 0: the end of a block */

static int is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static void next(void)
{
	static const char *const longer[] = { ">>=", "<<=", "<<", ">>", "<=", ">=", "==", "!=", "+=", "-=",
					      "*=",  "/=",  "|=", "&=", "^=", "++", "--", "&&", "||" };

	while (isspace((unsigned char)*at)) at++;
	token = (struct token){ at, *at != '\0' };
	if (*at == '#') {
		token.n = strcspn(at, "\n");
	} else if (is_word(*at)) {
		while (is_word(at[token.n]) || (strchr("+-", at[token.n]) && at[token.n - 1] == 'e' && *at != '0' &&
						isdigit((unsigned char)*at)))
			token.n++;
	} else {
		for (size_t i = sizeof longer / sizeof *longer; i-- > 0;)
			if (!strncmp(at, longer[i], strlen(longer[i])) && strlen(longer[i]) > token.n)
				token.n = strlen(longer[i]);
	}
	at += token.n;
}

static int is(const char *text)
{
	return token.n == strlen(text) && !strncmp(token.at, text, token.n);
}

static const char *taken(void)
{
	const char *text = printed("%.*s", (int)token.n, token.at);

	if (token.n == 0) fail("text ends early", "", 0);
	next();
	return text;
}

static void expect(const char *text)
{
	if (!is(text)) fail(text, token.at, token.n);
	next();
}

/* ---- names and their types ------------------------------------------------------------------------------------- */

enum type { INTEGER, FLOAT };
struct name {
	const char *name;
	enum type type;
};
struct names {
	struct name at[NAMES_MOST];
	int n;
};
static struct names variables, functions;

static void declare(struct names *names, const char *name, enum type type)
{
	if (names->n == NAMES_MOST) fail("too many names", name, strlen(name));
	names->at[names->n++] = (struct name){ name, type };
}

static enum type type_of(const struct names *names, const char *name)
{
	for (int i = names->n; i-- > 0;)
		if (!strcmp(names->at[i].name, name)) return names->at[i].type;
	fail("not declared", name, strlen(name));
}

static int is_type(void)
{
	return is("F") || is("I") || is("float") || is("uint32_t");
}

static enum type taken_type(const char **text)
{
	enum type type = is("F") || is("float") ? FLOAT : INTEGER;

	*text = taken();
	return type;
}

/* ---- expressions ----------------------------------------------------------------------------------------------- */

struct value {
	const char *text;
	enum type type;
};
static struct value expression(int least);

static const char *arguments(void)
{
	const char *text = "";

	for (expect("("); !is(")");) {
		text = printed("%s%s", text, expression(0).text);
		if (!is(",")) continue;
		next();
		text = printed("%s, ", text);
	}
	next();
	return text;
}

static struct value word(void)
{
	const char *name = taken();
	size_t n = strlen(name);

	if (isdigit((unsigned char)*name))
		return (struct value){ name, name[n - 1] == 'f' && strncmp(name, "0x", 2) ? FLOAT : INTEGER };
	if (!strcmp(name, "sizeof")) return (struct value){ printed("sizeof %s", taken()), INTEGER };
	if (!strcmp(name, "K")) return (struct value){ printed("K(%s)", arguments()), FLOAT };
	if (!strcmp(name, "ACT")) {
		expect("(");
		name = taken();
		expect(")");
		return (struct value){ printed("ACT(%s)(%s)", name, arguments()), type_of(&functions, name) };
	}
	if (is("(")) return (struct value){ printed("%s(%s)", name, arguments()), INTEGER };
	return (struct value){ name, type_of(&variables, name) };
}

static struct value unary(void)
{
	struct value value;
	const char *sign;

	if (is("-") || is("~") || is("&") || is("*")) {
		sign = taken();
		value = unary();
		return (struct value){ printed("%s%s", sign, value.text), value.type };
	}
	if (!is("(")) return word();
	next();
	if (is_type()) {
		value.type = taken_type(&sign);
		expect(")");
		return (struct value){ printed("(%s)%s", sign, unary().text), value.type };
	}
	value = expression(0);
	expect(")");
	return (struct value){ printed("(%s)", value.text), value.type };
}

/* Of a binary operator; -1: none. */
static int precedence(void)
{
	static const char *const operators[PRECEDENCES][3] = { { "|" },        { "^" },      { "&" },
							       { "==", "!=" }, { "<", ">" }, { "<<", ">>" },
							       { "+", "-" },   { "*", "/" } };

	for (int i = 0; i < PRECEDENCES; i++)
		for (int k = 0; k < 3 && operators[i][k]; k++)
			if (is(operators[i][k])) return i;
	return -1;
}

static struct value combined(struct value a, const char *operator, struct value b)
{
	static const char *const of[][2] = { { "+", "flush_add" },
					     { "-", "flush_subtract" },
					     { "*", "flush_multiply" },
					     { "/", "flush_divide" },
					     { "<", "flush_less" } };

	if (a.type == INTEGER && b.type == INTEGER)
		return (struct value){ printed("%s %s %s", a.text, operator, b.text), INTEGER };
	if (a.type != b.type) fail("a float with an integer", operator, strlen(operator));
	/* Whether a value is NaN no flushing changes. */
	if (!strcmp(operator, "!=") && !strcmp(a.text, b.text))
		return (struct value){ printed("%s != %s", a.text, b.text), INTEGER };
	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		if (!strcmp(operator, of[i][0]))
			return (struct value){ printed("%s(%s, %s)", of[i][1], a.text, b.text),
					       *operator== '<' ? INTEGER : FLOAT };
	fail("no operator on floats", operator, strlen(operator));
}

static struct value expression(int least)
{
	struct value value = unary();

	for (int found = precedence(); found >= least && found >= 0; found = precedence()) {
		const char *operator= taken();
		value = combined(value, operator, expression(found + 1));
	}
	return value;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

/* NAME or *NAME, or as many as there are, each with its value. */
static void declaration(void)
{
	const char *type, *star, *name, *text;
	enum type of = taken_type(&type);

	for (text = type; !is(";"); text = ",") {
		if (is(",")) next();
		star = is("*") ? taken() : "";
		name = taken();
		declare(&variables, name, of);
		printf("%s %s%s", text, star, name);
		if (!is("=")) continue;
		next();
		printf(" = %s", expression(0).text);
	}
	next();
	printf(";\n");
}

/* A loop's head counts in integers. */
static void loop_head(void)
{
	int depth = 0;

	declare(&variables, "bit", INTEGER);
	do {
		depth += is("(") - is(")");
		printf("%s ", taken());
	} while (depth > 0 || !is("{"));
}

static void assignment(void)
{
	struct value to = unary();
	const char *operator;

	if (is(";")) {
		printf("%s", to.text);
	} else {
		if (to.type == FLOAT && !is("=")) fail("no operator on floats", token.at, token.n);
		operator= taken();
		printf("%s %s ", to.text, operator);
		printf("%s", expression(0).text);
	}
	expect(";");
	printf(";\n");
}

static void statement(void)
{
	if (*token.at == '#' || is("{") || is("}")) {
		printf("%s\n", taken());
	} else if (is("return")) {
		next();
		printf("return %s;\n", expression(0).text);
		expect(";");
	} else if (is("for")) {
		loop_head();
	} else if (is_type()) {
		declaration();
	} else {
		assignment();
	}
}

/* static inline TYPE ACT(name)(parameters) and its body. */
static void function(void)
{
	const char *type, *name, *star;
	enum type of;

	variables.n = 0;
	expect("static");
	expect("inline");
	of = taken_type(&type);
	expect("ACT");
	expect("(");
	name = taken();
	expect(")");
	declare(&functions, name, of);
	printf("static inline %s ACT(%s)", type, name);
	for (const char *before = "("; !is(")"); before = ", ") {
		next();
		of = taken_type(&type);
		star = is("*") ? taken() : "";
		name = taken();
		declare(&variables, name, of);
		printf("%s%s %s%s", before, type, star, name);
	}
	next();
	printf(")\n");
	while (token.n > 0) statement();
	printf("\n");
}

/* The block behind a line that marks it: the comment is left out, the last brace stands in the first column. */
static char *block(char *from)
{
	char *end = strstr(from, "\n}\n"), *code = strstr(from, "\nstatic inline ");

	if (!end || !code || code > end) fail("no function in a block", from, strcspn(from, "\n"));
	end[2] = '\0';
	at = code;
	next();
	function();
	return end + 3;
}

int main(void)
{
	static const char mark[] = "\n/* SYMBOL ";
	size_t n = fread(source, 1, sizeof source - 1, stdin);
	char *from = source;

	if (n == sizeof source - 1) fail("too long", "", 0);
	printf("/* Made of runtime/activations.h by tools/flush.c; do not edit. */\n");
	while ((from = strstr(from, mark))) from = block(from + 1);
	return fflush(stdout) != 0;
}
