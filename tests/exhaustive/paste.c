/* paste.c: what same_bits.sh compares.
 *
 *   paste source         a C and C++ file: all functions as they are pasted into the output, and a main (pasted.h)
 *   paste interpreter    the hash of each case as the interpreter computes it
 *   paste symbol NAME    the source of one function alone, for warnings: one that nothing needs would be unused */
#include "emit/emit.h"
#include "runtime/activations.h"
#include "tests/exhaustive/bits.h"

#include <stdio.h>
#include <string.h>

static const char *const symbols[] = {
#define FUNCTION(symbol, arguments) #symbol,
#define CASE(symbol, ...)
#include "tests/exhaustive/cases.def"
#undef FUNCTION
#undef CASE
};
static const struct {
	const char *symbol;
	double parameter[MAX_ACTIVATION_PARAMETERS];
} cases[] = {
#define FUNCTION(symbol, arguments)
#define CASE(symbol, ...) { #symbol, { __VA_ARGS__ } },
#include "tests/exhaustive/cases.def"
};
enum { SYMBOLS = sizeof symbols / sizeof *symbols, CASES = sizeof cases / sizeof *cases };

static const char head[] = "#if defined(__clang__)\n"
			   "#pragma STDC FP_CONTRACT OFF\n"
			   "#elif defined(__GNUC__)\n"
			   "#pragma GCC optimize(\"-ffp-contract=off\")\n"
			   "#endif\n"
			   "#include <stdint.h>\n"
			   "#include <string.h>\n\n";

static const struct activation_kind *kind_of(const char *symbol)
{
	const struct activation_kind *kind;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++)
		if (kind->symbol && !strcmp(kind->symbol, symbol)) return kind;
	return NULL;
}

/* The constants of case number i; returns how many the call has. */
static int constants_of(int i, float constant[MAX_ACTIVATION_CONSTANTS])
{
	const struct activation_kind *kind = kind_of(cases[i].symbol);

	for (int k = 0; k < MAX_ACTIVATION_CONSTANTS; k++) constant[k] = 0;
	return kind && kind->constants ? kind->constants(cases[i].parameter, constant) : 0;
}

static void write_constants(struct text *out)
{
	text_add(out, "\n#define PASTED(symbol) test_##symbol\nstatic const float constants[][8] = {\n");
	for (int i = 0; i < CASES; i++) {
		float constant[MAX_ACTIVATION_CONSTANTS];
		char number[F32_TEXT_MAX];

		constants_of(i, constant);
		for (int k = 0; k < MAX_ACTIVATION_CONSTANTS; k++) {
			f32_text(number, constant[k]);
			text_printf(out, "%s%s", k ? ", " : "    { ", number);
		}
		text_add(out, " },\n");
	}
	text_add(out, "};\n#include \"tests/exhaustive/pasted.h\"\n");
}

/* A function that calls symbol with the constants of its first case. */
static void write_call(struct text *out, const char *symbol)
{
	float constant[MAX_ACTIVATION_CONSTANTS];
	char number[F32_TEXT_MAX];
	int i = 0, n;

	while (strcmp(cases[i].symbol, symbol) != 0) i++;
	n = constants_of(i, constant);
	text_printf(out, "\nfloat call(float x);\nfloat call(float x)\n{\n    return test_%s(x", symbol);
	for (int k = 0; k < n; k++) {
		f32_text(number, constant[k]);
		text_printf(out, ", %s", number);
	}
	text_add(out, ");\n}\n");
}

static void source(const char *const *names, int n, bool with_main)
{
	struct text out = { 0 };

	text_add(&out, head);
	if (!runtime_paste(names, n, "test", &out)) die("no such function");
	if (with_main)
		write_constants(&out);
	else
		write_call(&out, names[0]);
	fputs(out.at, stdout);
	text_free(&out);
}

static void interpreter(void)
{
	static float y[BITS_INPUTS];

	for (int i = 0; i < CASES; i++) {
		const struct activation_kind *kind = kind_of(cases[i].symbol);

		for (uint32_t k = 0; k < BITS_INPUTS; k++) {
			const float x = bits_input(k);
			y[k] = kind->exact(x, cases[i].parameter);
		}
		printf("%d %s %08lx\n", i, cases[i].symbol, (unsigned long)bits_hash(y, BITS_INPUTS));
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "source"))
		source(symbols, SYMBOLS, true);
	else if (!strcmp(what, "interpreter"))
		interpreter();
	else if (!strcmp(what, "symbol") && argc > 2)
		source((const char *const *)&argv[2], 1, false);
	else
		return 2;
	return 0;
}
