/* base.h: what every room stands on: memory, text, files, diagnostics, JSON, options.
 *
 * Two words for failure: diag_error() for a fault of the user's input, die() for a fault of ours. */
#ifndef CONV1DC_BASE_H
#define CONV1DC_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONV1DC_VERSION "0.1.0"

#ifdef __GNUC__
#define PRINTF_LIKE(text_at, first) __attribute__((format(printf, text_at, first), nonnull(text_at)))
#define NORETURN                    __attribute__((noreturn))
#else
#define PRINTF_LIKE(text_at, first)
#define NORETURN
#endif

/* Exit status (CONTRACT: section 1). */
enum status {
	STATUS_DONE = 0,
	STATUS_MODEL = 1, /* the model is wrong or unsupported */
	STATUS_USAGE = 2,
	STATUS_FILE = 3,      /* a file cannot be read or written, or a tool is absent */
	STATUS_DIFFERENT = 4, /* verify or --check found a difference */
	STATUS_FAULT = 70     /* a fault of conv1dc itself */
};

/* A fault of conv1dc itself: prints file, line and text; exits with STATUS_FAULT. */
NORETURN void die_at(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
#define die(...) die_at(__FILE__, __LINE__, __VA_ARGS__)
/* No fault of anybody: says so (with bytes, where more than 0), and exits with STATUS_FILE.  In a child process after die_as_child(), without a word and
 * without what the parent has registered for its own exit. */
NORETURN void out_of_memory(size_t bytes);
void die_as_child(void);
/* An invariant that holds whatever the input. */
#define CHECK(condition) ((condition) ? (void)0 : die("invariant: %s", #condition))

struct diag; /* below: diag.c */

/* arena.c: memory that lives and dies together */

/* Everything that an arena gave is zeroed, aligned for any type, and freed by arena_free() at once. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t bytes);
/* n elements of size bytes; n < 0 or an overflow is a fault of the caller: sizes of models are checked before. */
void *arena_array(struct arena *arena, int64_t n, size_t size);
void *arena_copy(struct arena *arena, const void *from, size_t bytes);
char *arena_string(struct arena *arena, const char *text);
char *arena_string_n(struct arena *arena, const char *text, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

#define NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define NEW_ARRAY(arena, n, type) ((type *)arena_array((arena), (n), sizeof(type)))

/* A growing list: struct { T *at; int n, capacity; }.  Old storage stays in the arena. */
#define LIST(type)                                                                                                     \
	struct {                                                                                                       \
		type *at;                                                                                              \
		int n, capacity;                                                                                       \
	}
#define list_push(arena, list, value)                                                                                  \
	(list_reserve((arena), (void **)&(list)->at, (list)->n, &(list)->capacity, sizeof *(list)->at),                \
	 (void)((list)->at[(list)->n++] = (value)))
void list_reserve(struct arena *arena, void **at, int n, int *capacity, size_t size);

/* Arithmetic on sizes: false on overflow of int64_t or a negative operand. */
bool size_mul(int64_t a, int64_t b, int64_t *product);
bool size_add(int64_t a, int64_t b, int64_t *sum);

/* text.c: text that grows, and numbers as text */

struct text {
	char *at; /* always ends in NUL; NULL while empty */
	size_t n, capacity;
};
void text_add(struct text *text, const char *string);
void text_add_n(struct text *text, const char *bytes, size_t n);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_free(struct text *text);

/* Longest result of f32_text() with its NUL. */
enum { F32_TEXT_MAX = 24 };
/* The shortest decimal that reads back as the same float, as a C literal ("0.1f", "-2.0f", "1e-30f");
 * INFINITY, -INFINITY, NAN for those.  Returns its length.  The locale has no influence. */
int f32_text(char out[F32_TEXT_MAX], float value);

/* The shortest decimal that reads back as the same double; NaN and infinities as printf() writes them. */
void text_add_f64(struct text *text, double value);

/* 1234567 as "1,234,567" for people; in the arena. */
const char *count_text(struct arena *arena, int64_t n);

/* The nearest of n names to what somebody wrote, for "did you mean"; NULL: none is near. */
const char *nearest_name(const char *written, const char *const *names, int n);
/* The UTF-8 character at 'at' of n bytes: its length in bytes and its code point; 0: not UTF-8 (RFC 3629). */
int utf8_at(const char *at, size_t n, uint32_t *code);
/* Text of a model or file made fit for a terminal and one line: control, bidirectional and invalid bytes become escapes. */
void text_add_visible(struct text *text, const char *bytes, size_t n);

/* file.c */

struct bytes {
	unsigned char *at;
	size_t n;
}; /* a NUL stands behind the last byte, not counted */
/* Reads a whole file (of at most FILE_LIMIT bytes) into the arena; false with a reason (in the arena) otherwise. */
#define FILE_LIMIT ((int64_t)2 << 30)
bool file_read(struct arena *arena, const char *path, struct bytes *out, const char **reason);
/* Writes all files or none: each is replaced whole, and one that would not change is not touched.  false after errors. */
struct file_text {
	const char *path;
	const struct text *text;
};
bool files_write(struct arena *arena, const struct file_text *files, int n, struct diag *diag);
const char *path_base(const char *path); /* "a/b.c" -> "b.c" */
char *path_join(struct arena *arena, const char *folder, const char *name);

/* fingerprint.c: the only libmd */
enum { SHA256_TEXT = 65 };
void sha256_text(const void *at, size_t n, char out[SHA256_TEXT]);

/* diag.c: what the user is told */

/* A text in which a fault can be pointed at. */
struct source {
	const char *name; /* as printed: "model.json", "model.keras(config.json)" */
	const char *text; /* NULL: no line and column are ever shown (archives, binary files) */
	size_t n;
};

/* Where a fault lies.  All parts may be absent. */
struct place {
	const struct source *source;
	const char *pointer; /* JSON pointer: "/config/layers/0/config/strides" */
	const char *layer;   /* the layer's name, added in brackets behind the message */
	size_t offset;       /* in source->text */
	bool has_offset;
};

/* WARNING(identifier, name, on by default, what it says) */
#define WARNINGS(WARNING)                                                                                              \
	WARNING(NON_FINITE_WEIGHTS, "non-finite-weights", true, "a weight is NaN or infinite")                         \
	WARNING(DIALECT, "dialect", true, "the Keras version is not known and matters")                                \
	WARNING(PRECISION, "precision", true, "a weight or dtype is rounded to float32")                               \
	WARNING(UNUSED_KEY, "unused-key", true, "a config key that this layer does not know, without effect here")     \
	WARNING(UNUSED_WEIGHT, "unused-weight", true, "a weight that no layer asked for")                              \
	WARNING(PADDING_ONLY, "padding-only", true, "an output whose every tap lies in the padding")                   \
	WARNING(DEAD_LAYER, "dead-layer", true, "a layer that no output depends on")                                   \
	WARNING(UNKNOWN_OBJECT, "unknown-object", true, "an initializer, regularizer or constraint that is not known") \
	WARNING(CONSTRAINT_VIOLATED, "constraint-violated", true, "a weight that its constraint would change")         \
	WARNING(FLOAT_LAYER, "float-layer", true, "quantize: a layer that has no form in integers")                    \
	WARNING(ZEROS, "zeros", true, "quantize: an input that is 0 on all samples")
enum warning {
#define WARNING(id, name, on, doc) WARN_##id,
	WARNINGS(WARNING)
#undef WARNING
	    WARNING_COUNT
};

enum { DIAG_LIMIT = 20 }; /* errors reported before the rest is counted only */

struct diag *diag_new(struct arena *arena);
/* A new one with the settings of another: for work that fails on its own, as one of several models. */
struct diag *diag_like(struct arena *arena, const struct diag *other);
/* One that prints nothing: whether something is right, where nobody asked for it. */
struct diag *diag_silent(struct arena *arena);
/* One fault, printed to stderr at once (after DIAG_LIMIT only counted).  The message names what is wrong and what
 * would be right, without a full stop.  The same message at the same place is printed once. */
void diag_error(struct diag *diag, struct place place, const char *format, ...) PRINTF_LIKE(3, 4);
/* As diag_error(), for a file or tool: the status becomes STATUS_FILE. */
void diag_file_error(struct diag *diag, const char *path, const char *format, ...) PRINTF_LIKE(3, 4);
/* As diag_error(), for the command line: the status becomes STATUS_USAGE. */
void diag_usage(struct diag *diag, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints "warning: ... [-Wname]" unless switched off; an error with --werror. */
void diag_warn(struct diag *diag, enum warning warning, struct place place, const char *format, ...) PRINTF_LIKE(4, 5);
/* "note: ..." behind an error or warning. */
void diag_note(struct diag *diag, struct place place, const char *format, ...) PRINTF_LIKE(3, 4);
bool diag_failed(const struct diag *diag);
enum status diag_status(const struct diag *diag); /* STATUS_DONE without errors; else the first error's */
int diag_errors(const struct diag *diag);
/* The last word: how many errors were counted only.  Call once, before the program ends. */
void diag_close(struct diag *diag);
/* "strides", "no-strides", "werror=NAME": applied in order of the command line.  false: no such warning. */
bool diag_set_warning(struct diag *diag, const char *name, bool on);
bool diag_set_werror(struct diag *diag, const char *name_or_null);
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
void diag_set_color(struct diag *diag, enum color color);
const char *warning_name(enum warning warning);

/* json.c: the only cJSON.  RFC 8259, strictly: duplicate keys, trailing text, numbers that do not fit, bad UTF-8 and
 * nesting beyond JSON_DEPTH are errors with line and column. */
enum { JSON_DEPTH = 128 };
enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json {
	enum json_kind kind;
	const char *key;     /* in an object, else NULL */
	const char *spelled; /* the key in the file, where a reader has put another in its place; NULL: the same */
	const char *string;  /* JSON_STRING, UTF-8, without NUL inside */
	double number;       /* JSON_NUMBER */
	int64_t integer;     /* JSON_NUMBER with is_integer: exact */
	bool is_integer;     /* 2, -3, also 2.0 */
	bool used;           /* set by whoever read its meaning; json_unused() finds the others */
	int n;               /* members of an array or object */
	struct json *first, *next, *parent;
	int index;         /* position in the parent */
	size_t offset;     /* of the value in the source text */
	size_t key_offset; /* of the key, where there is one */
	const struct source *source;
};
/* NULL after an error was reported. */
struct json *json_parse(struct arena *arena, struct diag *diag, const struct source *source);
struct json *json_get(const struct json *object, const char *key); /* exact case; NULL: absent or not an object */
struct json *json_at(const struct json *array, int index);
struct place json_place(struct arena *arena, const struct json *json); /* pointer and offset */
const char *json_kind_name(const struct json *json);                   /* "a string", "an integer", "null", ... */
const char *json_shown(struct arena *arena, const struct json *json);  /* the value as short JSON text for a message */
void json_use(struct json *json);                                      /* marks it and all below as used */
void json_quote(struct text *out, const char *string);                 /* writes "..." with escapes */

/* value.c: a tree of plain data, for templates (Lua) and for JSON output */
enum value_kind {
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_F32,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_TABLE,
	VALUE_EXTENT
};
/* A size that is known only when emitted code runs: times * name + add; name: a C identifier. */
struct extent {
	const char *name;
	int64_t times, add;
};
struct value {
	enum value_kind kind;
	const char *key; /* in a map */
	struct value *first, *last, *next;
	int n;
	union {
		int64_t integer; /* VALUE_INT, VALUE_BOOL */
		double real;     /* VALUE_REAL: reports only, templates may not write it */
		float f32;       /* VALUE_F32: an exact constant; templates write it by f32() */
		const char *string;
		const struct extent *extent;
		const void *table; /* VALUE_TABLE: a weight table that C writes at its place; see plan.h */
	} as;
};
struct value *value_map(struct arena *arena);
struct value *value_list(struct arena *arena);
struct value *value_int(struct arena *arena, int64_t v);
struct value *value_bool(struct arena *arena, bool v);
struct value *value_real(struct arena *arena, double v);
struct value *value_f32(struct arena *arena, float v);
struct value *value_string(struct arena *arena, const char *v); /* copied */
struct value *value_table(struct arena *arena, const void *table);
struct value *value_extent(struct arena *arena, struct extent extent);
/* "steps", "4 * steps - 2" */
const char *extent_text(struct arena *arena, struct extent extent);
void value_push(struct value *list, struct value *item);
void value_set(struct value *map, const char *key, struct value *item); /* key: a literal, not copied; once a key */
void value_set_int(struct arena *arena, struct value *map, const char *key, int64_t v);
void value_set_bool(struct arena *arena, struct value *map, const char *key, bool v);
void value_set_text(struct arena *arena, struct value *map, const char *key, const char *text); /* NULL: "" */
/* The tree as JSON, two spaces a level, keys in the order they were set; VALUE_TABLE as null, VALUE_EXTENT as its text. */
void value_json(struct text *out, const struct value *value);
/* The same for people: what fits in a line of VALUE_COLUMNS stands in one. */
enum { VALUE_COLUMNS = 100 };
void value_json_short(struct text *out, const struct value *value);

/* progress.c: long work, on a terminal only */
struct progress;
struct progress *progress_start(struct arena *arena, const char *what, int64_t total, bool quiet);
void progress_at(struct progress *progress, int64_t done);
void progress_end(struct progress *progress);

#include "base/options.h"

#endif
