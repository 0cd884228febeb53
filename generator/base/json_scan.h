/* json_scan.h: the strict grammar of JSON (RFC 8259), private to base: what cJSON lets pass or cannot place. */
#ifndef CONV1DC_JSON_SCAN_H
#define CONV1DC_JSON_SCAN_H

#include "base/base.h"

/* The tree of a text with kinds, numbers and offsets, yet without keys and strings; NULL after one error.  In plain, a
 * copy of the text (source->n bytes), every number becomes a "0" with blanks behind: cJSON reads at most 63 characters
 * of a number. */
struct json *json_scan(struct arena *arena, struct diag *diag, const struct source *source, char *plain);

#endif
