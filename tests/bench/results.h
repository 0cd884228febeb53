/* results.h: what the races wrote, for the report and its drawings. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stdio.h>

enum { MAX_ROWS = 600, MAX_FAMILIES = 8, MAX_TARGETS = 6, MAX_TEXT = 160, MAX_NOTES = 12 };

/* The fastest way of one library or compiler; INFINITY: none. */
struct cell {
	double seconds, net; /* of a call; without the overhead of calls */
	char why[MAX_TEXT];  /* if it has no time */
};

struct row {
	int target;
	char line[MAX_TEXT], name[32];
	double flops;
	struct cell cell[MAX_FAMILIES];
};

struct results {
	struct row row[MAX_ROWS];
	int rows;
	char family[MAX_FAMILIES][32];
	bool peer[MAX_FAMILIES];
	int families;
	char target[MAX_TARGETS][16];
	double peak[MAX_TARGETS]; /* FLOP/s, 0 where it was not measured */
	double overhead[MAX_TARGETS][MAX_FAMILIES];
	int targets;
	char note[MAX_TARGETS][MAX_NOTES][MAX_TEXT]; /* peers and versions, what was skipped */
	int notes[MAX_TARGETS];
};

/* Adds a file results-TARGET.tsv; false: it cannot be read. */
bool results_read(struct results *results, const char *path);
/* The first compiler's column. */
int results_ours(const struct results *results);
/* The best peer's time over that of the column; 0 where one of them is missing. */
double results_ratio(const struct results *results, const struct row *row, int ours, bool with_calls);
double results_percent(const struct results *results, const struct row *row, int family);
/* "conv1dc gcc", "oneDNN": for people. */
const char *results_title(const struct results *results, int family);

/* W and R layers as bars and ratios; growth of time; into SVG files. */
void chart_layers(const struct results *results, FILE *file);
void chart_growth(const struct results *results, FILE *file);

#endif
