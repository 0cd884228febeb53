/* paste.c: what same_bits.sh compares.
 *
 *   paste source [VECTOR]        a C and C++ file: all functions as they are pasted into the output, and a main (pasted.h)
 *   paste interpreter            the hash of each case as the interpreter computes it
 *   paste symbol NAME [VECTOR]   the source of one function alone, for warnings: one that nothing needs would be unused
 *
 * VECTOR: float (default), sse2, avx2, avx512, neon. */
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

static const struct vector {
	const char *name;
	int lanes;
	const char *spelled[5]; /* as runtime_vector() takes them */
	const char *header, *features;
} vectors[] = {
	{ "float", 1, { "float" }, "string.h", "" },
	{ "sse2", 4, { "__m128", "_mm_set1_ps(@)", "_mm_max_ps", "_mm_min_ps" }, "immintrin.h", "sse2" },
	{ "avx2", 8, { "__m256", "_mm256_set1_ps(@)", "_mm256_max_ps", "_mm256_min_ps" }, "immintrin.h", "avx2,fma" },
	{ "avx512",
	  16,
	  { "__m512", "_mm512_set1_ps(@)", "_mm512_max_ps", "_mm512_min_ps" },
	  "immintrin.h",
	  "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw" },
	{ "neon", 4, { "float32x4_t", "vdupq_n_f32(@)", "", "" }, "arm_neon.h", "" },
};

static const struct vector *vector_named(const char *name)
{
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		if (!strcmp(vectors[i].name, name)) return &vectors[i];
	die("no vector is called %s", name);
}

/* As the output begins, templates/model.c.ct. */
static void write_head(const struct vector *v, struct text *out)
{
	text_printf(out, "#include <stdint.h>\n#include <string.h>\n#include <stdio.h>\n#include <%s>\n\n", v->header);
	text_add(out, "#if defined(__clang__)\n#pragma STDC FP_CONTRACT OFF\n");
	if (*v->features)
		text_printf(out, "#pragma clang attribute push(__attribute__((target(\"%s\"))), apply_to = function)\n",
			    v->features);
	text_add(out, "#elif defined(__GNUC__)\n");
	if (*v->features) text_printf(out, "#pragma GCC target(\"%s\")\n", v->features);
	text_add(out, "#pragma GCC optimize(\"-ffp-contract=off\")\n#endif\n\n");
}

static void write_end(const struct vector *v, struct text *out)
{
	if (*v->features) text_add(out, "#if defined(__clang__)\n#pragma clang attribute pop\n#endif\n");
}

/* Of the functions' names behind "test_". */
static const char *infix(const struct vector *v, struct arena *arena)
{
	return v->lanes == 1 ? "f32" : arena_printf(arena, "f32x%d", v->lanes);
}

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

static void write_constants(const struct vector *v, struct text *out, struct arena *arena)
{
	text_printf(out, "\n#define PASTED(symbol) test_%s_##symbol\n", infix(v, arena));
	text_printf(out, "typedef %s values;\nenum { LANES = %d };\n", v->spelled[0], v->lanes);
	text_add(out, "static const float constants[][8] = {\n");
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
static void write_call(const struct vector *v, const char *symbol, struct text *out, struct arena *arena)
{
	const char *type = v->spelled[0];
	float constant[MAX_ACTIVATION_CONSTANTS];
	char number[F32_TEXT_MAX];
	int i = 0, n;

	while (strcmp(cases[i].symbol, symbol) != 0) i++;
	n = constants_of(i, constant);
	text_printf(out, "\nvoid call(%s *x);\nvoid call(%s *x)\n{\n", type, type);
	text_printf(out, "    *x = test_%s_%s(*x", infix(v, arena), symbol);
	for (int k = 0; k < n; k++) {
		f32_text(number, constant[k]);
		text_printf(out, ", %s", number);
	}
	text_add(out, ");\n}\n");
}

static void source(const char *const *names, int n, const struct vector *v, bool with_main)
{
	struct arena *arena = arena_new();
	const struct runtime_shape shape =
	    v->lanes > 1 ? runtime_vector(arena, "test", v->lanes, v->spelled) : runtime_float(arena, "test");
	struct runtime_needs needs = { 0 };
	struct text out = { 0 };

	for (int i = 0; i < n; i++) runtime_need(&needs, &shape, names[i], arena);
	write_head(v, &out);
	if (!runtime_paste(&needs, &out)) die("no such function");
	if (with_main)
		write_constants(v, &out, arena);
	else
		write_call(v, names[0], &out, arena);
	write_end(v, &out);
	fputs(out.at, stdout);
	text_free(&out);
	arena_free(arena);
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
		source(symbols, SYMBOLS, vector_named(argc > 2 ? argv[2] : "float"), true);
	else if (!strcmp(what, "interpreter"))
		interpreter();
	else if (!strcmp(what, "symbol") && argc > 2)
		source((const char *const *)&argv[2], 1, vector_named(argc > 3 ? argv[3] : "float"), false);
	else
		return 2;
	return 0;
}
