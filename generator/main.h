/* main.h: what the commands share. */
#ifndef CONV1DC_MAIN_H
#define CONV1DC_MAIN_H

#include "report/report.h"

/* One command at work: one model, with its memory and its errors. */
struct session {
	struct options options;
	struct arena *arena;
	struct diag *diag;
};

/* What a command needs of a model: what its files say, its nodes, its plan. */
enum depth { DEPTH_FILE, DEPTH_GRAPH, DEPTH_PLAN };
/* From MODEL and WEIGHTS to the folded graph or the checked plan.  false after errors. */
bool build(struct program *program, struct session *session, enum depth depth);

/* The parts of it behind the unmodified graph, whose shapes are known: the folded graph; then the checked plan. */
void fold_program(struct program *program, struct session *session);
bool plan_program(struct program *program, struct session *session);
/* Emits the planned program and writes it, or compares it (--check), as compile does. */
enum status write_program(const struct program *program, struct session *session);

/* Commands give the status of the process; errors in session->diag come first (see main.c). */
typedef enum status command_function(struct session *session);
command_function run_command;    /* run.c */
command_function verify_command; /* rows.c */
command_function bench_command;  /* bench.c */
/* Target's code can be timed here: an emulator's times say nothing.  false: it cannot, reported. */
bool can_measure(const struct target *target, const char *command, struct diag *diag);
command_function quantize_command;                /* quantize.c */
command_function tune_command;                    /* tune.c */
command_function size_command;                    /* size.c */
command_function config_command, weights_command; /* weights.c */

/* depend.c: the dependency file of compile, for make and ninja. */
void depend_text(struct text *out, const struct program *program, const struct options *options,
		 const struct outputs *outputs);

#endif
