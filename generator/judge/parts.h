/* parts.h: what the files of this room share. */
#ifndef CONV1DC_JUDGE_PARTS_H
#define CONV1DC_JUDGE_PARTS_H

#include "judge/judge.h"

#include <stdio.h>
#include <sys/types.h>

/* vectors.c: the inputs of checks 1 and 2 */

/* A fixed list of samples for a graph: seeded random in several distributions, zeros and other constants, impulses,
 * NaN and infinities at every edge of every input.  The order mixes the kinds, so that a short list has some of each. */
struct samples;
/* At most 'most' of them; 0: as many as show every kind at every edge. */
struct samples *samples_new(const struct graph *graph, int64_t most, struct arena *arena);
int64_t samples_count(const struct samples *samples);
/* Fills one dense array per graph input; the result says what the sample is (in the arena). */
const char *sample_fill(const struct samples *samples, int64_t index, float *const *in, struct arena *arena);
/* Values of ordinary size: what a composed error bound is shown for. */
bool sample_is_ordinary(const struct samples *samples, int64_t index);
/* One array per graph input. */
float **sample_room(const struct graph *graph, struct arena *arena);
/* How many samples a budget of work (multiply-adds and elements) pays for: at least 'least'. */
int64_t samples_within(const struct graph *graph, int64_t budget, int64_t least);
int64_t graph_macs(const struct graph *graph);

/* compare.c: values as they are compared and shown */

bool same_bits(float a, float b); /* all NaNs are one value, +0 and -0 are two */
/* Index of the first element that differs, -1: none; *count: how many do. */
int64_t first_difference(const float *a, const float *b, int64_t n, int64_t *count);
/* |value - expected| <= atol + rtol * |expected|; NaN equals NaN, an infinity itself. */
bool within_tolerance(float value, float expected, double atol, double rtol);
const char *float_shown(struct arena *arena, float value); /* "0.25 (0x3e800000)" */
/* The same of a value of the tensor: "-3" of integers. */
const char *value_shown(struct arena *arena, const struct tensor *tensor, float value);
/* "step 3, channel 2", "channel 4" of a tensor of this shape. */
const char *element_shown(struct arena *arena, const struct shape *shape, bool channels_first, int64_t index);
const char *tensor_element_shown(struct arena *arena, const struct graph *graph, const struct tensor *tensor,
				 int64_t index);
const char *layer_shown(struct arena *arena, const struct node *node); /* "'conv1' (Conv1D)" */

/* process.c: other programs */

struct words {
	LIST(char *) list;
};
/* Pushes the blank-separated words of a variable like CC="gcc -m32"; NULL adds nothing. */
void words_split(struct words *words, const char *text, struct arena *arena);
void words_add(struct words *words, const char *word, struct arena *arena);

enum ended { ENDED_EXIT, ENDED_SIGNAL, ENDED_TIME, ENDED_ABSENT };
struct outcome {
	enum ended how;
	int code; /* exit status, signal, or errno of an absent program */
};
/* One that runs beside others; each that was started is waited for. */
struct process {
	pid_t pid;
	double deadline;
	int absent; /* errno where it could not be started */
};
/* A program without a shell, its output and errors into the file 'log', for at most 'seconds'. */
void process_start(struct process *process, struct words *words, const char *log, int seconds, struct arena *arena);
struct outcome process_wait(const struct process *process);
double process_clock(void); /* seconds, from whenever */
/* Runs a program without a shell, its output and errors into the file 'log', and waits at most 'seconds'. */
struct outcome process_run(struct words *words, const char *log, int seconds, struct arena *arena);
const char *outcome_shown(struct arena *arena, struct outcome outcome); /* "ended with status 1" */

/* A temporary folder.  One at a time: signals and exit() find and remove it. */
const char *scratch_open(struct arena *arena, struct diag *diag); /* NULL after an error */
void scratch_close(void);       /* removes it; a signal that came meanwhile is raised again */
bool scratch_interrupted(void); /* a signal asks to stop; whoever loops looks at this */

/* driver.c: the C program that calls NAME_run */

/* Its protocol: driver SAMPLES IN OUT [CONTEXT]; see templates/driver.c.ct for what follows with --max-steps.  IN holds samples, each all inputs one after the other, OUT receives as
 * many, each all outputs; CONTEXT the context's bytes after the last.  Exit status DRIVER_FAULT: the emitted code
 * misbehaved, said in one line on stdout; DRIVER_TROUBLE: files or memory. */
enum { DRIVER_FAULT = 1, DRIVER_TROUBLE = 2 };
bool driver_text(const struct program *program, struct text *out, struct arena *arena, struct diag *diag);

/* What programs that call NAME_run have in common: inputs, outputs, arguments; of each array its size in bytes, an element's,
 * the zero point, whether it holds floats, whether integers without sign. */
void arrays_view(const struct graph *graph, struct value *view, struct arena *arena);

/* build.c: emitted code becomes a program that runs */

struct build {
	const struct program *program;
	const char *folder;  /* of NAME.h and NAME.c */
	const char *scratch; /* where everything else goes */
	const char *name;    /* stem of this build's own files in scratch */
	const char *binary, *log;
	const char *compiler; /* the command line's start, for messages */
	const char *sizes;    /* --max-steps: of the run, the driver's last words; else NULL */
};
/* A million weights as text take gcc some seconds; a sanitizer or an emulator multiplies that. */
enum { COMPILE_SECONDS = 600 };
/* cc -std=c99 -O2 $CFLAGS */
struct words compiler_words(const struct target *target, struct arena *arena);
/* ", which Debian's gcc-arm-none-eabi brings"; "" where that is not known. */
const char *who_brings(const char *tool, struct arena *arena);
/* Whether it compiles an empty program; says why not, as an error. */
bool compiler_works(const struct target *target, const char *scratch, struct arena *arena, struct diag *diag);
bool scratch_write(const char *path, const char *text, struct diag *diag);
/* The first lines of a log, on stderr. */
void log_show(const char *path, struct arena *arena);
enum built { BUILT, BUILD_FAILED, BUILD_IMPOSSIBLE };
/* BUILD_FAILED: the compiler works and refuses this code; its messages are printed.  BUILD_IMPOSSIBLE: no working
 * compiler; reported as an error of a file or tool. */
enum built build_make(struct build *build, struct arena *arena, struct diag *diag);

enum ran { RAN, RAN_WRONG, RAN_IMPOSSIBLE };
/* Runs it over n samples of the file 'in'.  RAN_WRONG: the emitted code misbehaved; *why says how. */
enum ran build_run(const struct build *build, const char *in, const char *out, const char *context, int64_t n,
		   const char **why, struct arena *arena, struct diag *diag);

/* firmware.c: images for machines without an operating system */

/* The files of templates/firmware, for the board. */
bool firmware_write(const struct board *board, const char *scratch, struct arena *arena, struct diag *diag);
/* What is compiled and linked with a program, from there. */
void firmware_link(struct words *words, const char *scratch, struct arena *arena);
/* Says so where the model needs more memory than the emulated machine has. */
bool firmware_fits(const struct program *program, struct diag *diag);
/* The emulator's command line. */
struct words firmware_words(const struct target *target, const char *binary, const struct words *arguments,
			    struct arena *arena);

/* -icount: an instruction takes 2^shift ns of the emulated time. */
void firmware_count(struct words *words, int shift, struct arena *arena);

/* elf.c: an object's bytes: machine code, constants, data that is written, and of each function or table. */
struct object_symbol {
	const char *name;
	int64_t bytes;
	bool is_code;
};
struct object_sizes {
	int64_t code, constants, written;
	LIST(struct object_symbol) symbols;
};
bool object_sizes(const char *path, struct object_sizes *out, struct arena *arena, struct diag *diag);

/* marks.c: the emitted text, with host_mark() of templates/firmware around the calls of the steps. */
void marks_add(const struct program *program, const char *text, struct text *out, struct arena *arena);
/* The step whose function has the n characters at name, or one beside it; -1: none. */
int step_of_function(const struct program *program, const char *name, size_t n);

/* steps.c: --max-steps */

struct step_list {
	LIST(int64_t *) list; /* of each graph input; 0 for those with a known number */
};
/* Numbers of steps that the emitted code is tried with; and some that it has to refuse. */
struct step_list steps_to_try(const struct program *program, struct arena *arena);
struct step_list steps_to_refuse(const struct program *program, struct arena *arena);
const char *steps_shown(const struct graph *graph, const int64_t *steps, struct arena *arena); /* "7 steps" */
/* build->sizes; at NULL: these steps are refused. */
const char *driver_sizes(const struct program *whole, const struct program *at, const int64_t *steps,
			 struct arena *arena);

/* trial.c, emitted.c, meaning.c, golden.c: the checks */

struct trial {
	const struct program *program; /* what is right; with --max-steps: at some number of steps */
	const struct program *whole;   /* what is emitted */
	const char *label;             /* "7 steps", or NULL */
	int64_t share;                 /* the budget of work is for so many trials; 0: for this one */
	const struct options *options;
	struct verdict *verdict;
	const char *scratch;
	struct build build;
	bool built; /* the emitted code compiled */
	struct arena *arena;
	struct diag *diag;
};
/* One line of a check on stdout, counted. */
void trial_passed(struct trial *trial, const char *format, ...) PRINTF_LIKE(2, 3);
void trial_failed(struct trial *trial, const char *format, ...) PRINTF_LIKE(2, 3);
/* A line below a failed check. */
void trial_says(const char *format, ...) PRINTF_LIKE(1, 2);
enum number trial_number(const struct trial *trial);
/* Its share of a budget of work. */
int64_t trial_budget(const struct trial *trial, int64_t budget);
/* Writes emitted files to a new folder below scratch; NULL after an error. */
const char *trial_emit(struct trial *trial, const struct program *program, const char *name);

/* The checks; false: could not be judged, reported. */
bool build_emitted(struct trial *trial);
bool check_emitted(struct trial *trial); /* after build_emitted() and where trial->built */
/* --max-steps: run gives 0 and writes nothing; trial->build.sizes says for which steps. */
bool check_refused(struct trial *trial);
bool check_meaning(struct trial *trial);
/* The files of --input and --expect, judged before anything is compiled; NULL after an error. */
struct golden *golden_read(const struct graph *graph, const struct options *options, struct arena *arena,
			   struct diag *diag);
bool check_golden(struct trial *trial, const struct golden *golden);

/* golden.c: what --input and --expect say. */
struct golden {
	int64_t n;              /* samples */
	float **in, **expected; /* by input and output: n dense samples */
	const char **label;     /* by output: the file of what is expected */
	const float *const
	    *between; /* by tensor id: what tensors in between ought to be, n samples; NULL: nothing known */
};

/* between.c: tensors between inputs and outputs, in archives whose arrays are named after them */

/* An array of this name is the tensor: the tensor's own name, or that of the layer that makes it. */
bool golden_names(const char *member, const struct tensor *tensor);
/* By id of the graph's tensors; NULL: none of the arrays is one. */
const float *const *golden_between(const struct graph *graph, const struct arrays *arrays, int64_t n,
				   struct arena *arena, struct diag *diag);
/* Names the first layer whose values are others; wrong: some output is.  false: could not be judged. */
bool check_between(struct trial *trial, const struct golden *golden, bool wrong);

/* emitted.c: files of raw arrays, each of its tensor's type, as the driver reads and writes them */

/* Writes n samples from 'first' on; samples NULL: what stands in 'in', once. */
bool samples_write(const struct trial *trial, const char *path, float *const *in, int64_t first, int64_t n,
		   const struct samples *samples);
bool values_write(FILE *file, const struct tensor *tensor, const float *at);
bool values_read(const struct trial *trial, FILE *file, const char *path, const struct tensor *tensor, float *at);
float **outputs_room(const struct graph *graph, struct arena *arena); /* one array per graph output */

/* locate.c: the first layer that differs, from a build that keeps every tensor.  Prints lines below a failed check. */
void locate_difference(struct trial *trial, float *const *in);

/* race.c: programs that compute the same, for the same inputs and outputs, timed in turns in one process */

struct runner {
	const struct program *program; /* prefixes differ */
	double ns;                     /* of a run: the least */
	const char *fault;             /* how its bits differ from the first one's; NULL: they do not */
};
struct race {
	struct runner *runner;
	int n;
	const char *folder; /* is made */
	const struct options *options;
	int milliseconds;
	struct progress *progress; /* is told percents that are done, above from; NULL: nobody */
	int64_t from;
	bool apart;        /* large tables go to assembler files: compiling them as text takes long */
	const char *fault; /* the program did not end well: how; NULL: it did */
	struct arena *arena;
	struct diag *diag;
};
/* false: nothing was measured; reported, or interrupted. */
bool race_run(struct race *race);

/* bound.c */

/* The node's inputs as doubles, of quantised tensors the real numbers. */
const double **node_inputs(const struct node *node, const struct values *values, struct arena *arena);
/* The value of output 0 that the unmodified graph has for these inputs of a folded node. */
const double *node_meaning(const struct graph *graph, const struct node *node, const double *const *in,
			   struct arena *arena);
/* Of any of its outputs. */
const double *node_output_meaning(const struct graph *graph, const struct node *node, int output,
				  const double *const *in, struct arena *arena);
/* The sum of |terms| of every element of output 0, before the activation, from the inputs' magnitudes. */
const double *node_magnitude(const struct node *node, const double *const *in, struct arena *arena);
/* The same of one of node_times() runs of the layer. */
const double *run_magnitude(const struct node *node, const double *const *in, struct arena *arena);
/* Bound on the node's float32 result before its activation, of these inputs. */
double *bound_before_activation(const struct graph *graph, const struct node *node, const double *const *in,
				struct arena *arena);
/* The float32 result before the activation; bound: made infinite where an overflow on the way may have hidden in it. */
const float *result_before_activation(const struct node *node, const struct values *values, double *bound,
				      struct arena *arena);
/* bound: of the activation's input x on entry, of its result on return; infinite where x is not finite. */
void bound_through_activation(const struct activation *activation, enum number number, const float *x, double *bound,
			      int64_t n);

/* integer_bound.c: nodes that compute with integers */

/* What output k of the node ought to be: its meaning, where the tensor is quantised as far as its type goes. */
const double *integer_meaning(const struct graph *graph, const struct node *node, int k, const double *const *in,
			      struct arena *arena);
/* Bound on |result - integer_meaning()| of its elements, in real numbers. */
const double *integer_bound(const struct node *node, int k, const double *const *in, const double *meaning,
			    struct arena *arena);
bool graph_is_integer(const struct graph *graph); /* some node is one */

/* compose.c */

/* Before the activation, from the same inputs, where the arithmetic of values flushes subnormals: as if it kept them. */
const float *output_unflushed(const struct node *node, const struct values *values, int output, struct arena *arena);
/* Adds to the bound before the activation what is lost where subnormals are flushed. */
void add_flushing(const struct node *node, const struct values *values, const double *const *in, double *bound,
		  struct arena *arena);

/* Bounds, by tensor id, on |interpreter - float64 meaning| where both start from the same inputs of the graph: for
 * information, as they grow from layer to layer.  Infinite where a layer has none. */
const double *const *composed_bounds(const struct graph *graph, const struct values *values, struct arena *arena);

#endif
