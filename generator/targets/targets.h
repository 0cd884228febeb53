/* targets.h: one row per target in targets.def. */
#ifndef CONV1DC_TARGETS_H
#define CONV1DC_TARGETS_H

#include "base/base.h"

enum { WIDTHS_MOST = 3 };
struct target {
	const char *name, *doc;
	enum fp fp;             /* the default: FP_SEPARATE or FP_FUSED */
	bool has_fused;         /* a fused multiply-add in hardware */
	bool flush;             /* its vector unit flushes subnormals */
	int registers;          /* float accumulators of plain C that stay in registers */
	int lanes;              /* floats of a vector register that a compiler may use for plain C; 1: none */
	int vectors;            /* vector registers for vector kernels; 0: it has none */
	int width[WIDTHS_MOST]; /* lanes of its vectors, widest first; 0 behind the last */
	const char *isa;        /* templates/isa/NAME.lua */
	const char *machine;    /* the processor's family: "x86_64", "aarch64"; NULL: any */
	const char *features;   /* of that family that the code needs, as gcc's target() names them */
	/* Where this is another family: how the code is compiled and run.  NULL: $CC, and directly. */
	const char *compiler, *emulator;
	const char *board; /* a machine of the emulator without an operating system; NULL: programs run on hosts */
	bool
	    wide_weights; /* asked for (--weight-bits 16): integer weights take 16 bits where that saves instructions */
};
const struct target *target_with_wide_weights(const struct target *target, struct arena *arena);
const struct target *target_find(const char *name); /* NULL: no such target; "native": the best of this machine's */
const struct target *target_row(int index);         /* NULL behind the last */

/* Of a tile of sums, steps x vectors of filters: the most steps whose sums stay in registers, and the percent of the
 * processor's peak that it reaches; see tiles.def. */
struct tile_row {
	const char *target;
	int vectors, steps, percent;
};
/* The row of so many vectors, or of the next more; NULL: none, or no vector target. */
const struct tile_row *target_tile(const struct target *target, int vectors);

/* What the text of emitted code consists of, as emit/count.c counts it. */
enum code_part {
	CODE_FUNCTION,  /* a function that is called */
	CODE_STATEMENT, /* one that ends in a semicolon */
	CODE_ACCESS,    /* of an array's element */
	CODE_FLOAT,     /* an operation on floats */
	CODE_INTEGER,   /* an operation on integers, or a constant that takes more than a byte */
	CODE_LITERAL,   /* a float constant */
	CODE_CALL,
	CODE_LOOP,
	CODE_BRANCH,
	CODE_VECTOR, /* an operation on vectors */
	CODE_ASM,    /* a line of inline assembly */
	CODE_PARTS
};
enum { BUSY_PARTS = 200 };
/* Machine code for a target: bytes of each part, and of stack, in tenths; see footprint.def. */
struct footprint_row {
	const char *target;
	int code[CODE_PARTS];
	int entry, busy; /* stack of a call; the more where the largest function has BUSY_PARTS parts, else its share */
	int frame, array, local; /* of each function on the way, of a byte of its arrays, of a local variable */
};
const struct footprint_row *target_footprint(const struct target *target); /* NULL: nothing was measured */
/* Percent of what that row says, for models with integers. */
struct integer_footprint {
	const char *target;
	int code, stack;
};
struct integer_footprint target_integer_footprint(const struct target *target);

/* Of a tile of sums in scalar float registers, for a block of 1 to REGISTER_FILTERS filters; see register_tiles.def. */
enum { REGISTER_FILTERS = 4 };
struct register_tile {
	const char *isa;
	enum fp fp;
	int filters, steps, terms;
};
/* NULL: the target has vectors, too few float registers, or none. */
const struct register_tile *target_register_tile(const struct target *target, int filters);
/* Pairs of registers for the sums and weights of windows of two channels; 0: it has no such kernel. */
int target_register_window(const struct target *target);

/* boards.c: the machines without an operating system; see boards.def. */
struct board {
	const char *name, *start, *timer;
	int64_t vectors, code, code_bytes, data, data_bytes, counter, counter_hz;
};
/* NULL: the target is one of hosts. */
const struct board *target_board(const struct target *target);
/* Debian's packages that bring a compiler or an emulator, with what else it needs; NULL: not known. */
const char *tool_packages(const char *tool);

/* native.c: this machine.  Its code runs here without an emulator, or needs none. */
bool target_is_of_this_family(const struct target *target);
/* NULL: this processor has all its features (or an emulator stands in); else the one that it lacks. */
const char *target_feature_absent(const struct target *target);
/* The row whose code is fastest here. */
const struct target *target_native(void);
/* What compiles and runs its code here; NULL: $CC, and directly. */
const char *target_compiler(const struct target *target);
const char *target_emulator(const struct target *target);

#endif
