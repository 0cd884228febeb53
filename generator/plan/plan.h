/* plan.h: which kernel runs when on which memory.  Everything that a template needs is decided here. */
#ifndef CONV1DC_PLAN_H
#define CONV1DC_PLAN_H

#include "kernels/kernels.h"
#include "load/load.h"
#include "passes/passes.h"
#include "plan/schedule.h"

/* Where a tensor lives while the model runs. */
enum home { HOME_NONE, HOME_INPUT, HOME_OUTPUT, HOME_CONTEXT };
struct buffer {
	enum home home;
	int index;             /* HOME_INPUT, HOME_OUTPUT: which of them */
	int64_t offset, bytes; /* HOME_CONTEXT: bytes from the start of its memory */
	int first, last;       /* steps between which the bytes are alive (first: written, last: last read) */
};

struct step {
	const struct node *node;
	const struct kernel *kernel;
	const struct node *add; /* an Add that it does where it stores; NULL: none.  See fuse.c */
	const char *function;   /* C identifier without the prefix: the layer's name, cleaned, unique */
	void *plan;             /* the kernel's */
	struct cost cost;
	int64_t first_row, rows;      /* the time range; one block: all */
	int64_t constant_bytes, macs; /* tables, or literals in code; multiply-adds */
	struct table *table[MAX_KERNEL_TABLES];
	int n_table;
	int64_t scratch_offset, scratch_bytes;
};

/* A plan that was considered: with so many rows a tick of the fastest tensor. */
struct plan_trial {
	int64_t block;     /* 0: layer by layer */
	bool late;         /* rows are made when they are asked for; else at an even pace */
	int linear, split; /* buffers of kept rows */
	int64_t context_bytes, operations;
};

struct plan {
	struct arena *arena;
	const struct graph
	    *graph; /* a copy of the folded graph, ids kept, with copies added behind outputs that need one */
	const struct target *target;
	enum fp fp;
	LIST(struct step) steps;
	struct buffer *buffer; /* by tensor id; views share their source's bytes */
	int64_t context_bytes; /* of the working memory, at least one float */
	int64_t flash_bytes;   /* constants */
	int64_t macs;
	bool keep_all;                   /* every tensor keeps its own bytes: for finding the first difference */
	const struct schedule *schedule; /* NULL: layer by layer, every tensor whole */
	LIST(struct plan_trial)
	trials; /* the best of each block, in their order, then layer by layer; none: only that */
};

/* Of every buffer and of the context: what every malloc gives. */
enum { CONTEXT_ALIGN = 8 };

/* Chooses kernels, orders steps, places memory.  fp: separate or fused, resolved. */
struct plan *plan_make(const struct graph *graph, const struct target *target, enum fp fp, bool keep_all,
		       struct arena *arena, struct diag *diag);
/* choice: by id of the graph's nodes; where its kernel is NULL, and NULL: the planner's. */
struct plan *plan_make_chosen(const struct graph *graph, const struct target *target, enum fp fp, bool keep_all,
			      const struct choice *choice, struct arena *arena, struct diag *diag);
/* schedule.c: the plan for a wish.  ram: not RAM_DEFAULT; block: rows a tick, 0: the planner's. */
struct wish {
	enum ram ram;
	int64_t block;
};
/* What options ask for: without a word about it, memory counts where there is no operating system. */
struct wish wish_of(const struct target *target, const struct options *options);
struct plan *plan_make_for(const struct graph *graph, const struct target *target, enum fp fp,
			   const struct choice *choice, struct wish wish, struct arena *arena, struct diag *diag);
/* keep.c: a plan with a schedule again, in which every tensor keeps its own bytes. */
struct plan *plan_keeping_all(const struct plan *plan, struct arena *arena);
/* Elements of a tensor that the plan's steps make, from the first on: rows that nobody reads may be left out. */
int64_t plan_elements_made(const struct plan *plan, const struct tensor *tensor);
/* A second opinion without shared code: no two live buffers overlap, every read is of written bytes, all is in bounds,
 * inputs are never written, each output is written once.  die() on a violation. */
void plan_check(const struct plan *plan);
/* check_rows.c: the same of a plan with a schedule: every row that is read is where it is expected, written and not yet
 * overwritten. */
void plan_check_rows(const struct plan *plan);

/* What every command starts with. */
struct program {
	struct loaded *loaded;
	struct graph *meaning; /* unmodified, shapes known */
	struct graph *graph;   /* folded */
	struct plan *plan;
	const struct target *target;
	enum fp fp;
	bool flush;                 /* subnormals are flushed: the target's way, or run --subnormals flush */
	const char *prefix, *macro; /* "ecg", "ECG" */
	/* --plan: what the file says, NULL: none is given; and by id of the folded graph's nodes. */
	struct plan_file *file;
	const struct choice *choice;
};

/* plan_file.c: kernels and tiles that `conv1dc tune` or a person has chosen, as JSON. */

/* The part that needs no model.  NULL after errors. */
struct plan_file *plan_file_read(const char *path, struct arena *arena, struct diag *diag);
const struct input_file *plan_file_input(const struct plan_file *file);
const char *plan_file_target(const struct plan_file *file);
enum fp plan_file_fp(const struct plan_file *file); /* FP_DEFAULT: it does not say */
/* A fault at what the file says of target or fp. */
void plan_file_error(const struct plan_file *file, const char *key, struct diag *diag, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Its choices, by id of the nodes of program->graph.  NULL after errors: another model's file, layers that are not there,
 * kernels that do not serve, tiles that they do not have. */
const struct choice *plan_file_choices(const struct plan_file *file, const struct program *program, struct arena *arena,
				       struct diag *diag);
/* A line of the file, of one node; times in nanoseconds, 0: not measured. */
struct plan_line {
	const struct node *node;   /* of program->graph */
	struct choice choice, own; /* own: the planner's */
	double ns, own_ns;
};
void plan_file_write(struct text *out, const struct program *program, const struct plan_line *line, int n,
		     struct arena *arena);

/* lengths.c: --max-steps: the program, without a plan, where input i of the model has steps[i] steps: what the emitted code
 * must compute for them.  NULL: they do not fit the model. */
struct program *program_at(const struct program *program, const int64_t *steps, struct arena *arena);
/* What NAME_run gives back there: the steps of output 0; open: the graph with open axes. */
int64_t given_steps(const struct graph *open, const struct graph *at, struct arena *arena);

/* names.c: identifiers from model text.  The result is a C and C++ identifier, never a keyword: other characters become
 * '_', and "m_" stands before a leading digit or underscore, or a keyword. */
const char *identifier(struct arena *arena, const char *text);
const char *upper(struct arena *arena, const char *text);
/* The default prefix: the file's name without folder and suffix as identifier(). */
const char *file_identifier(struct arena *arena, const char *path);
/* Sets every step's function and its tables' names: unique, and clashing with nothing that the files define. */
void names_assign(struct plan *plan);
/* Runtime functions are called PREFIX_f32_tanh, on 8 lanes PREFIX_f32x8_tanh; no layer's name begins so.  PREFIX_u32x8 is
 * the type of 8 lanes' bits. */
#define RUNTIME_INFIX "f32"
#define RUNTIME_BITS  "u32"
/* Those of integers PREFIX_i32_multiply; no layer's name begins so either. */
#define RUNTIME_INTEGER "i32"

/* describe.c: the config of a node in the model's own words, without defaults: "filters 8, kernel_size 5, relu". */
const char *node_config_text(struct arena *arena, const struct node *node);
/* "(187, 1) -> (187, 8)" */
const char *node_shapes_text(struct arena *arena, const struct node *node);
/* "int8, scale 0.0235, zero point -3" of each output; "int8 weights"; "": all are floats. */
const char *node_types_text(struct arena *arena, const struct node *node);
/* By tensor id: tensors of rank 2 and more whose first axis is the channels. */
const bool *channels_first_tensors(const struct graph *graph, struct arena *arena);

/* remake.c: the command that makes these files again: base names, options that change the output, one order. */
const char *remake_command(const struct program *program, const struct options *options, struct arena *arena);

/* fuse.c: Adds that kernels do on the way: by the id of the node that does it.  In the graph that node reads the other operand
 * as its second input, and the Add, of which one input is left, passes on what it is given. */
const struct node **fuse_adds(struct graph *graph, const struct choice *choice, const struct target *target);

/* order.c: an order of the graph's nodes, as ids, that needs little memory: the model's own, or a greedy one. */
const int *order_nodes(const struct graph *graph, struct arena *arena);

/* memory.c: views, in-place steps, homes, addresses, context_bytes. */
void memory_place(struct plan *plan);
/* Bytes that live from step first to step last; offset is set. */
struct interval {
	int64_t bytes, offset;
	int first, last;
};
/* Places intervals without overlap, offsets multiples of CONTEXT_ALIGN; the bytes that they take together. */
int64_t memory_pack(struct interval *interval, int n, struct arena *arena);

/* lengths.c: --max-steps: "n0", ... by id of graph->lengths; NULL: nothing needs it. */
const char *const *length_names(const struct graph *graph, struct arena *arena);
/* "steps", or "steps0", ... of several inputs with a variable number: NAME_run's argument behind that input. */
const char *steps_argument(const struct graph *graph, int input, struct arena *arena);
/* How each follows from those before it; and what makes NAME_run refuse the steps that it is given. */
struct value *lengths_view(const struct graph *graph, struct arena *arena);
struct value *length_conditions_view(const struct graph *graph, struct arena *arena);

/* apart.c: --weights: the large tables, which stand in a file of their own: in the order of the steps, each at a multiple of
 * APART_ALIGN bytes. */
enum { TABLE_APART_LEAST = 256, APART_ALIGN = 64 };
bool table_is_apart(const struct table *table); /* TABLE_APART_LEAST values or more */
const char *tables_name(enum tables tables);    /* "incbin" */
/* "ecg_weights.S", "ecg_weights.bin"; NULL: none */
const char *tables_file(const char *prefix, enum tables tables, struct arena *arena);
/* A map for templates: how, the bytes of all, and by table what it is and where. */
struct value *apart_view(const struct program *program, enum tables tables, struct arena *arena);
/* The file: little-endian, zeros between the tables. */
void apart_bytes(const struct plan *plan, struct text *out);
/* The values as they lie in memory of a little-endian machine. */
void table_bytes(const struct table *table, struct text *out);

/* view_rows.c: depth-first plans, as templates/blocks.ct writes them: the model's "schedule", and a step's "rows". */
struct value *schedule_view(const struct plan *plan, struct arena *arena);
struct value *step_rows_view(const struct plan *plan, int index, struct arena *arena);

/* typed.c: the context's memory as C has it: an array where all that lives there has one type; else a union of arrays, of which
 * each type has one, and every value is read through the type that it was written by.  A char-typed array read as float would
 * break the rules of aliasing, of which compilers make use. */
struct context_types {
	bool has[TYPES];
	int n; /* 0: nothing lives there */
};
struct context_types context_types(const struct plan *plan);
/* Some tensor or table holds floats. */
bool plan_has_floats(const struct plan *plan);
/* Bytes are used by values of two types that compilers take to lie apart (chars are none): between steps no access may move. */
bool context_is_retyped(const struct plan *plan);
/* "memory", "memory + 96": so many values of the type behind its beginning; of a union "memory_i8 + 384". */
const char *context_address(const struct plan *plan, enum type type, int64_t bytes, struct arena *arena);
/* By type: "type" "int8_t", the union's "member" "i8", "pointer" as addresses have it, "elements". */
struct value *context_view(const struct plan *plan, struct arena *arena);
enum type step_scratch_type(const struct step *step);

/* view.c: where a tensor's buffer begins, as C writes it in NAME_run: "input", "memory + 384". */
const char *tensor_address(struct arena *arena, const struct plan *plan, const struct tensor *tensor);
/* What stands in the output where emit() puts its estimates of code and stack, which are of its text.  Targets of processors
 * without an operating system have them in the header; what others make of the text is not known so exactly. */
#define CODE_ESTIMATE  "\001code\001"
#define STACK_ESTIMATE "\001stack\001"
bool is_estimated(const struct target *target); /* they stand there */

/* view.c: the plan as one read-only tree of integers, strings, lists, exact constants: all that templates see. */
struct value *plan_view(const struct program *program, const struct options *options, struct arena *arena);

#endif
