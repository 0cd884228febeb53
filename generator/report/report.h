/* report.h: what a person or a script reads about a model or plan. */
#ifndef CONV1DC_REPORT_H
#define CONV1DC_REPORT_H

#include "judge/judge.h"

void summary_print(const struct program *program, struct text *out);
void summary_json(const struct program *program, struct text *out);
/* --report FILE: per layer flash, RAM, MACs and error bound; text for "x.txt", JSON for "x.json".  false: another suffix. */
bool report_print(const struct program *program, const char *path, struct text *out);
/* layers | activations | targets: from the tables that the code uses; markdown tables. */
bool support_print(const char *what, struct text *out);

#endif
