/* footprint.h: what a C text consists of, counted without a compiler.  Private to emit/. */
#ifndef CONV1DC_FOOTPRINT_H
#define CONV1DC_FOOTPRINT_H

#include "emit/emit.h"

/* A function of the text.  Parts of small functions that it calls are its own. */
struct counted {
	const char *name;
	int64_t at[CODE_PARTS];
	int64_t arrays;  /* bytes of local arrays */
	int64_t locals;  /* scalars and vectors; elements of arrays that only unrolled loops use are in arrays */
	bool small;      /* vanishes into its callers */
	LIST(int) calls; /* of functions of the text, as indices, those through small ones too */
};
/* Instructions that a macro stands for. */
struct assembly_macro {
	const char *name;
	int64_t instructions;
};
struct counts {
	LIST(struct assembly_macro) macros; /* in the order of the text: one of a name may follow another */
	LIST(struct counted) functions;
};
/* prefix: what all functions of the text begin with, "ecg_". */
void footprint_count(const char *text, const char *prefix, struct counts *counts, struct arena *arena);
/* All of its parts; neither itself nor its statements, which are no code of their own. */
int64_t parts_of(const struct counted *function);

#endif
