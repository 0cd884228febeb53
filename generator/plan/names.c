/* names.c: C identifiers from model text, and names of one plan that do not clash. */
#include "plan/plan.h"

#include <string.h>

/* C11 and C23, C++98 to C++20. */
/* clang-format off */
static const char *const keywords[] = {
	"alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
	"char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
	"const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
	"dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
	"inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or",
	"or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return",
	"short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
	"thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "typeof_unqual", "union",
	"unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
};
/* clang-format on */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_keyword(const char *text)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (strcmp(keywords[i], text) == 0) return true;
	return false;
}

/* Every character that is not of an identifier becomes one '_', also one of several bytes. */
static char *cleaned(struct arena *arena, const char *text)
{
	size_t n = strlen(text), at = 0;
	char *clean = arena_alloc(arena, n + 1), *end = clean;
	uint32_t code;

	while (at < n) {
		int length = utf8_at(text + at, n - at, &code);

		*end++ = is_word(text[at]) ? text[at] : '_';
		at += length ? (size_t)length : 1;
	}
	return clean;
}

const char *identifier(struct arena *arena, const char *text)
{
	const char *clean = cleaned(arena, text);

	if (is_digit(*clean) || *clean == '_' || *clean == '\0' || is_keyword(clean))
		return arena_printf(arena, "m_%s", clean);
	return clean;
}

const char *upper(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *c = copy; *c; c++)
		if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
	return copy;
}

const char *file_identifier(struct arena *arena, const char *path)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');
	size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);

	return identifier(arena, arena_string_n(arena, base, n));
}

/* ---- names within one output -------------------------------------------------------------------------------- */

/* Long enough for what people write; C99 compilers tell internal names apart by 63 characters. */
enum { NAME_MOST = 48 };

/* Behind the prefix; the upper-case ones where the prefix is its own macro form ("ECG_run", "ECG_CONST"). */
static const char *const reserved[] = { "run", "context", "context_size", "quantize", "dequantize", "CONST", "ALIGN",
					"RESTRICT", "CONTEXT_BYTES", "LANES", "SCALAR", "FMA", "WEIGHTS_SECTION", "H",
					"RETYPED", (RUNTIME_BITS "x4"), (RUNTIME_BITS "x8"), (RUNTIME_BITS "x16"),
					"EXTERN", "HIDDEN", "tables", "tables_size", "tables_file", "tables_file_size",
					/* uint32_t, FLT_MAX, ...: a model may be called uint32 or FLT */
					"t", "MAX", "MIN", "EPSILON", "DIG" };
static const char *const sides[] = { "INPUT", "OUTPUT" };
static const char *const side_macros[] = { "_STEPS", "_CHANNELS", "_SIZE", "_SHAPE", "_SCALE", "_ZERO_POINT" };

/* Names that are taken: a hash table with open addressing, at most half full. */
struct names {
	struct arena *arena;
	const char **slot;
	size_t slots; /* a power of two */
};

/* The slot of the name, or the free one where it would stand (FNV-1a). */
static const char **slot_of(const struct names *names, const char *name)
{
	uint32_t hash = 2166136261u;

	for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (size_t i = hash;; i++) {
		const char **slot = &names->slot[i & (names->slots - 1)];

		if (!*slot || strcmp(*slot, name) == 0) return slot;
	}
}

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0) return true;
	return false;
}

/* "INPUT_STEPS", "OUTPUT1_SIZE": what the header defines. */
static bool is_side_macro(const char *name)
{
	for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
		size_t n = strlen(sides[i]);

		if (strncmp(name, sides[i], n) != 0) continue;
		while (is_digit(name[n])) n++;
		if (is_one_of(name + n, side_macros, sizeof side_macros / sizeof side_macros[0])) return true;
	}
	return false;
}

/* Names of runtime functions: "f32_tanh", "f32x8_tanh", "i32_multiply"; and of those of single arrays, "quantize_input0". */
static bool begins_reserved(const char *name)
{
	static const char *const whole[] = { RUNTIME_INTEGER "_", "quantize_input", "dequantize_output" };
	const char *at = name + strlen(RUNTIME_INFIX);

	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (strncmp(name, whole[i], strlen(whole[i])) == 0) return true;
	if (strncmp(name, RUNTIME_INFIX, strlen(RUNTIME_INFIX)) != 0) return false;
	if (*at == 'x' && is_digit(at[1]))
		for (at++; is_digit(*at);) at++;
	return *at == '_';
}

static bool is_free(const struct names *names, const char *name)
{
	if (is_one_of(name, reserved, sizeof reserved / sizeof reserved[0]) || is_side_macro(name)) return false;
	return !*slot_of(names, name);
}

static const char *joined(struct names *names, const char *function, const char *suffix)
{
	return arena_printf(names->arena, "%s_%s", function, suffix);
}

/* The function's name, those of all its tables and those of the functions beside it are free. */
static bool all_free(struct names *names, const char *function, const struct step *step)
{
	if (!is_free(names, function)) return false;
	for (int i = 0; i < step->n_table; i++)
		if (!is_free(names, joined(names, function, step->table[i]->name))) return false;
	for (int i = 0; kernel_functions[i]; i++)
		if (!is_free(names, joined(names, function, kernel_functions[i]))) return false;
	return true;
}

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_string(arena, text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
	return copy;
}

/* The name as it may stand behind the prefix. */
static const char *stem_of_name(struct names *names, const char *layer)
{
	const char *clean = cleaned(names->arena, layer);
	size_t n = strlen(clean) < NAME_MOST ? strlen(clean) : NAME_MOST;

	if (n == 0) return "layer";
	return arena_printf(names->arena, "%s%.*s", begins_reserved(clean) ? "layer_" : "", (int)n, clean);
}

/* The layer's name; the second step of a layer says what it is: "class_softmax". */
static const char *stem_of(struct names *names, const struct node *node)
{
	const char *stem = stem_of_name(names, node->name);

	if (!node->implied || *slot_of(names, stem) == NULL) return stem;
	return stem_of_name(names, joined(names, node->name, lower(names->arena, node->layer->name)));
}

/* "conv", "conv_2", "conv_3", ...: the first that is free together with its tables. */
static void assign(struct names *names, struct step *step)
{
	const char *stem = stem_of(names, step->node), *function = stem;

	for (int i = 2; !all_free(names, function, step); i++) function = arena_printf(names->arena, "%s_%d", stem, i);
	step->function = function;
	*slot_of(names, function) = function;
	for (int i = 0; i < step->n_table; i++) {
		step->table[i]->name = joined(names, function, step->table[i]->name);
		*slot_of(names, step->table[i]->name) = step->table[i]->name;
	}
	for (int i = 0; kernel_functions[i]; i++) {
		const char *beside = joined(names, function, kernel_functions[i]);

		*slot_of(names, beside) = beside;
	}
}

void names_assign(struct plan *plan)
{
	struct names names = { .arena = plan->arena, .slots = 1 };
	size_t names_a_step = 1 + MAX_KERNEL_TABLES;

	for (int i = 0; kernel_functions[i]; i++) names_a_step++;
	while (names.slots < 2 * names_a_step * (size_t)(plan->steps.n + 1)) names.slots *= 2;
	names.slot = NEW_ARRAY(plan->arena, (int64_t)names.slots, const char *);
	for (int i = 0; i < plan->steps.n; i++) assign(&names, &plan->steps.at[i]);
}
