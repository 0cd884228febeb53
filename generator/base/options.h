/* options.h: the command line as data.  Lives in base, so that every room may read it. */
#ifndef CONV1DC_OPTIONS_H
#define CONV1DC_OPTIONS_H

#include "base/base.h"

enum { OPTION_INPUTS_MAX = 64, OPTION_RANK_MAX = 6 };

enum fp { FP_DEFAULT, FP_SEPARATE, FP_FUSED };
/* run --subnormals; default: as the target does. */
enum subnormals { SUBNORMALS_DEFAULT, SUBNORMALS_KEEP, SUBNORMALS_FLUSH };
/* --ram: by what a plan is chosen: bytes of context; these at little cost in time; time alone. */
enum ram { RAM_DEFAULT, RAM_LEAST, RAM_BALANCED, RAM_FASTEST };
/* --weights: where large weight tables stand: in NAME.c, in an assembler file, or in a binary one that #embed reads. */
enum tables { TABLES_TEXT, TABLES_INCBIN, TABLES_EMBED };

/* quantize --range: what of the values seen the integers cover. */
enum range_rule { RANGE_MINMAX, RANGE_PERCENTILE, RANGE_MSE };
/* quantize --io: what the model's inputs and outputs hold; default: as --activations says. */
enum io { IO_DEFAULT, IO_FLOAT, IO_INT8, IO_INT16 };

enum { TUNE_SECONDS_MOST = 86400 };
enum { STEPS_MOST = 0x7fffffff }; /* largest --steps and size of --input-shape */

/* One --input-shape AxB. */
struct option_shape {
	int rank;
	int64_t at[OPTION_RANK_MAX];
};

/* --max-ram, --max-flash, --max-stack: bytes; 0: no budget. */
struct budgets {
	int64_t ram, flash, stack;
};

struct options {
	const char *command; /* "compile", "summary", "run", "verify", ... */
	const char *model;   /* MODEL as given */
	const char *weights; /* WEIGHTS as given, or NULL */
	const char *out;     /* -o: a folder (compile), or NULL */
	const char *prefix;  /* --prefix, or NULL */
	const char *target;  /* --target; "c99" by default */
	bool target_given;
	const char *targets; /* size --targets: "all" by default */
	struct option_shape input_shape[OPTION_INPUTS_MAX];
	int input_shapes;
	int64_t steps, max_steps; /* --steps, --max-steps, or 0 */
	int keras;                /* --keras 1, 2, 3, or 0 */
	enum fp fp;               /* --fp */
	enum tables tables;       /* --weights */
	enum ram ram;             /* --ram */
	int64_t block;            /* --block, or 0 */
	bool harness, check, json;
	const char *report;                    /* --report FILE */
	struct budgets most;                   /* --max-ram, --max-flash, --max-stack */
	bool depend, depend_phony;             /* -MD, -MP */
	const char *depend_file;               /* -MF */
	const char *templates;                 /* --templates DIR */
	const char *plan;                      /* --plan FILE */
	bool wide_weights;                     /* --weight-bits 16 */
	int seconds;                           /* tune --seconds N */
	const char *dump;                      /* -d NAMES */
	const char *emitted;                   /* verify --emitted DIR */
	const char *inputs[OPTION_INPUTS_MAX]; /* run -i, verify --input */
	int n_inputs;
	const char *outputs[OPTION_INPUTS_MAX]; /* run -o, verify --expect */
	int n_outputs;
	double atol, rtol;          /* verify; 1e-6 and 1e-5 by default */
	enum subnormals subnormals; /* run --subnormals */
	/* quantize: */
	const char *calibrate[OPTION_INPUTS_MAX]; /* --calibrate */
	int n_calibrate;
	const char *labels; /* --labels, or NULL */
	enum range_rule range;
	double percentile;           /* --range percentile=P; 99.99 by default */
	bool wide;                   /* --activations int16 */
	bool single, rounding_given; /* --rounding single; --rounding */
	enum io io;                  /* --io */
	bool equalise, strict;
	bool quiet, verbose;
	bool help, version;
	bool init, losses; /* --init SEED, --losses */
	int64_t init_seed;
	bool open_shapes;             /* of the command: sizes of inputs that the model leaves open stay so */
	bool no_weights;              /* of the command: weights are not read */
	const char *const *arguments; /* what is no option and not the command, as given: verify takes several models */
	int n_arguments;
};

/* Reads a command line without the program's name into options, over what they hold already (options_default() for the
 * first one); warnings and colours are set in diag.  false after errors, all reported with STATUS_USAGE. */
struct options options_default(void);
bool options_parse(struct options *options, int n, char *const *words, struct arena *arena, struct diag *diag);
/* MODEL and WEIGHTS of commands that take one model. */
bool options_model(struct options *options, struct diag *diag);
/* The text of --help, made of the same table. */
void options_help(struct text *out);

#endif
