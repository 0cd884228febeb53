/* spot.h: the place of a fault in a text, for eyes; private to base. */
#ifndef CONV1DC_SPOT_H
#define CONV1DC_SPOT_H

#include "base/base.h"

struct spot {
	const struct source *source;
	size_t offset, start, end; /* of the place, of its line, of the line's end without CR and LF */
	int64_t line, column;      /* from 1; a column is a character, also a tab */
};

/* false: the place has no line and column. */
bool spot_find(const struct place *place, struct spot *spot);
/* The line and, below it, a caret; of a long line only what stands around the column.  color NULL: none. */
void spot_show(struct text *out, const struct spot *spot, const char *color);

#endif
