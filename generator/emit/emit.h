/* emit.h: the plan becomes files. */
#ifndef CONV1DC_EMIT_H
#define CONV1DC_EMIT_H

#include "plan/plan.h"

struct output {
	const char *name;
	struct text text;
	bool binary;
}; /* name: base name, "ecg.c" */
struct outputs {
	int n;
	struct output at[4];
};

/* NAME.h, NAME.c; NAME_weights.S or NAME_weights.bin with --weights; NAME_test.c with --harness.  Templates in options->templates come first. */
bool emit(const struct program *program, const struct options *options, struct outputs *out, struct arena *arena,
	  struct diag *diag);
void outputs_free(struct outputs *outputs);

/* The files that the binary carries, by their path in the source tree ("templates/model.c.ct"), ended by a NULL name;
 * made by tools/embed.sh. */
struct embedded {
	const char *name;
	const unsigned char *at;
	size_t n;
};
extern const struct embedded embedded_files[];
const struct embedded *embedded_find(const char *name); /* NULL: none of that name */

/* lua.c: the only Lua.  Renders a template ("model.c.ct") over a tree; those in folder (NULL: none) come before the embedded
 * ones.  false after an error "TEMPLATE:LINE: what"; without folder an error is a fault of conv1dc itself and dies. */
bool render(const char *template, const struct value *view, const char *folder, struct text *out, struct diag *diag);

/* template.c: templates that were read: the name in messages of Lua, and what the user is shown.  "model.c.ct:12: what" as a place in the file that the user knows; message is moved
 * behind it. */
struct template_file {
	const char *name;
	struct source source;
};
struct template_files {
	LIST(struct template_file *) list;
};
struct place template_place(const struct template_files *files, const char **message);

/* harness.c: plan_view() with golden vectors, for NAME_test.c. */
struct value *harness_view(const struct program *program, const struct options *options, struct arena *arena);

/* columns.c: C in lines of at most OUTPUT_COLUMNS, as far as it has places to break at; its tokens stay as they are. */
enum { OUTPUT_COLUMNS = 88, OUTPUT_INDENT = 4 };
void fit_columns(struct text *text);
/* One statement of n bytes without its line's end. */
void write_statement(const char *line, size_t n, size_t indent, struct text *out);

/* spell.c: how constants and foreign text are written.  The definition of a weight table, at most 88 columns, values
 * aligned; qualifier: "ECG_CONST".  true where a value is not finite (INFINITY and NAN need <math.h>). */
bool spell_table(struct text *out, const struct table *table, const char *qualifier, const char *name);
/* data.c: its values as data of an assembler for little-endian machines: .quad and .byte, at most 88 columns. */
void spell_data(struct text *out, const struct table *table);
/* Text of a model as part of a C comment: cannot end it, nest one, continue a line or turn the direction of the text;
 * most: characters before it is cut. */
enum { COMMENT_MOST = 64 };
void spell_comment(struct text *out, const char *bytes, size_t n, int most);

/* runtime.c: the functions of runtime/activations.h, and those of runtime/requantise.h (LANES_INTEGER), as they stand in the
 * output. */
enum { LANES_INTEGER = 0 };
struct runtime_shape {
	int lanes;                 /* 1: float; else a vector's */
	const char *prefix;        /* of its functions: "ecg_f32", "ecg_f32x8" */
	const char *values, *bits; /* types: "float", "uint32_t"; "__m256", "ecg_u32x8" (defined by the output) */
	const char *splat;         /* the number '@' in every lane: "@", "_mm256_set1_ps(@)" */
	/* Of two vectors, the second where one is NaN: "_mm256_max_ps", "_mm256_min_ps"; "": there is no such function. */
	const char *most, *least;
	bool predicates; /* MVE's way to compare and select */
};
struct runtime_shape runtime_float(struct arena *arena, const char *prefix);
struct runtime_shape runtime_integer(struct arena *arena, const char *prefix);
/* As the output with that prefix calls them; spelled: values, splat, most, least, and
 * "mve" where comparisons give predicates (NULL, "": they do not). */
struct runtime_shape runtime_vector(struct arena *arena, const char *prefix, int lanes, const char *const spelled[5]);
/* Functions that are asked for, each shape's in the order in which they were. */
struct runtime_need {
	struct runtime_shape shape;
	LIST(const char *) symbols;
};
struct runtime_needs {
	LIST(struct runtime_need *) shapes;
};
/* Asks for one; the symbol is copied. */
void runtime_need(struct runtime_needs *needs, const struct runtime_shape *shape, const char *symbol,
		  struct arena *arena);
/* Those functions and what they need, as plain C in the file's order, integers first, then float: the shape's words for the source's,
 * 88 columns, a comment where a function stands first.  The output needs <stdint.h> and <string.h> before, and the header
 * of its vectors.  false: there is no such function. */
bool runtime_paste(const struct runtime_needs *needs, struct text *out);

/* footprint.c: code (beside constants, which plan->flash_bytes counts wherever they stand) and stack of emitted files, estimated
 * from above: gcc -O2 for the program's target makes no more of them; NO_ESTIMATE: for that target nothing is known. */
enum { NO_ESTIMATE = -1 };
struct function_footprint {
	const char *name; /* "ecg_conv1_tile" */
	int64_t code;     /* bytes */
	int64_t stack;    /* of it and of what it calls */
};
struct footprint {
	int64_t code, stack; /* of the whole file; stack: of NAME_run and all that it calls */
	LIST(struct function_footprint) functions;
};
struct footprint footprint_of(const struct program *program, const struct outputs *outputs, struct arena *arena);
/* By the plan's steps: what of it belongs to each: functions called NAME_STEP, NAME_STEP_tile, ... */
struct function_footprint *footprint_of_steps(const struct program *program, const struct footprint *footprint,
					      struct arena *arena);

/* diff.c: how a text differs from another, as `diff -u` shows it, without the two lines of names. */
void diff_text(struct text *out, const char *before, size_t before_n, const char *after, size_t after_n);

/* write.c: all files or none; each replaced whole; one that would not change keeps its time stamp.  beside: more
 * files, with paths of their own.  Where they cannot be written, folders that were made for them go too. */
bool write_outputs(const char *folder, const struct outputs *outputs, const struct file_text *beside, int n_beside,
		   struct diag *diag);
/* --check: true where the files in folder are what would be written; else prints the difference to stdout. */
bool check_outputs(const char *folder, const struct outputs *outputs, struct diag *diag, bool *same);

#endif
