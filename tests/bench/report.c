/* report.c FOLDER FILE.tsv...: FOLDER/results.md and the drawings FOLDER/layers.svg and FOLDER/growth.svg from the
 * figures of the races; a summary on stdout. */
#include "folder.h"
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What was aimed at: the best peer's time over ours. */
static const struct {
	const char *name;
	double ratio;
} goals[] = { { "W1", 4 }, { "W2", 1.05 }, { "W3", 1.25 }, { "W4", 0.98 }, { "W5", 0.98 }, { "W6", 1.2 } };
static const double goal_workloads = 1.4, goal_random = 1.3, goal_least = 0.8;

struct mean {
	double sum, least;
	const char *where;
	int n, below; /* how many; how many below goal_least */
};

static void mean_add(struct mean *mean, double ratio, const char *name)
{
	if (ratio <= 0) return;
	if (mean->n++ == 0 || ratio < mean->least) {
		mean->least = ratio;
		mean->where = name;
	}
	mean->sum += log(ratio);
	mean->below += ratio < goal_least;
}

struct ranked {
	double ratio;
	const char *name;
};

static double mean_value(const struct mean *mean)
{
	return mean->n > 0 ? exp(mean->sum / mean->n) : 0;
}

static double goal_of(const char *name)
{
	for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
		if (strcmp(goals[i].name, name) == 0) return goals[i].ratio;
	return 0;
}

static void print_shape(FILE *file, const struct row *row)
{
	long v[8];
	char padding[16], activation[16];

	if (sscanf(row->line, "%*s %ld %ld %ld %ld %ld %ld %15s %ld %15s %ld", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		   padding, &v[6], activation, &v[7]) != 10)
		return;
	if (v[7] > 0)
		fprintf(file,
			"TCN: %ld residual blocks, L=%ld, %ld channels, K=%ld, dilation 1 to %ld, %s %s, then 1x1 to 1",
			v[7], v[0], v[1], v[3], 1l << (v[7] - 1), padding, activation);
	else {
		fprintf(file, "L=%ld Cin=%ld F=%ld K=%ld %s", v[0], v[1], v[2], v[3], padding);
		if (v[4] > 1) fprintf(file, " stride %ld", v[4]);
		if (v[5] > 1) fprintf(file, " dilation %ld", v[5]);
		if (v[6] > 1) fprintf(file, v[6] == v[1] ? " depthwise" : " groups %ld", v[6]);
		fprintf(file, " %s", activation);
	}
}

static void print_cell(FILE *file, const struct results *results, const struct row *row, int family)
{
	const struct cell *cell = &row->cell[family];

	if (isinf(cell->net))
		fprintf(file, " %s |", strncmp(cell->why, "WRONG", 5) == 0 ? "wrong values" : "-");
	else
		fprintf(file, " %.1f (%.0f) |", 1e-9 * row->flops / cell->net, results_percent(results, row, family));
}

static void print_ratio(FILE *file, double ratio)
{
	if (ratio > 0)
		fprintf(file, " %.2f |", ratio);
	else
		fprintf(file, " - |");
}

static void print_table(FILE *file, const struct results *results, int target, const char *letters)
{
	int ours = results_ours(results);

	fprintf(file, "\n| | layer |");
	for (int i = 0; i < results->families; i++) fprintf(file, " %s |", results_title(results, i));
	fprintf(file, " ratio | goal | with calls |\n|---|---|");
	for (int i = 0; i < results->families + 3; i++) fprintf(file, "---|");
	fprintf(file, "\n");
	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		if (row->target != target || strchr(letters, row->name[0]) == NULL) continue;
		fprintf(file, "| %s | ", row->name);
		print_shape(file, row);
		fprintf(file, " |");
		for (int i = 0; i < results->families; i++) print_cell(file, results, row, i);
		print_ratio(file, results_ratio(results, row, ours, false));
		print_ratio(file, goal_of(row->name));
		print_ratio(file, results_ratio(results, row, ours, true));
		fprintf(file, "\n");
	}
}

static struct mean mean_of(const struct results *results, int target, char letter, bool with_calls)
{
	struct mean mean = { 0 };

	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		if (row->target == target && row->name[0] == letter)
			mean_add(&mean, results_ratio(results, row, results_ours(results), with_calls), row->name);
	}
	return mean;
}

/* The second compiler's speed over the first one's. */
static struct mean mean_of_compilers(const struct results *results, int target)
{
	struct mean mean = { 0 };
	int first = results_ours(results), second = first + 1;

	if (first < 0 || second >= results->families || results->peer[second]) return mean;
	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		if (row->target == target && isfinite(row->cell[first].net) && isfinite(row->cell[second].net))
			mean_add(&mean, row->cell[first].net / row->cell[second].net, row->name);
	}
	return mean;
}

static int compare_ratios(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->ratio, y = ((const struct ranked *)b)->ratio;

	return (x > y) - (x < y);
}

/* The shapes that most is lost on. */
static void print_worst(FILE *file, const struct results *results, int target)
{
	struct ranked ranked[MAX_ROWS];
	int n = 0;

	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		double ratio = results_ratio(results, row, results_ours(results), false);
		if (row->target == target && row->name[0] == 'R' && ratio > 0)
			ranked[n++] = (struct ranked){ ratio, row->name };
	}
	qsort(ranked, (size_t)n, sizeof *ranked, compare_ratios);
	if (n > 0) fprintf(file, "- least ratios:");
	for (int i = 0; i < n && i < 8; i++)
		fprintf(file, "%s %s %.2f", i > 0 ? "," : "", ranked[i].name, ranked[i].ratio);
	if (n > 0) fprintf(file, "\n");
}

/* Whether the multiply-adds are what counts: long sums, filters that fill the vectors, no costly activation. */
static bool is_dense(const struct row *row, const char *target)
{
	static const struct {
		const char *target;
		long lanes;
	} vectors[] = { { "avx512", 16 }, { "avx2", 8 }, { "sse2", 4 }, { "neon", 4 } };
	long channels, filters, taps, groups, blocks;
	char activation[16];

	if (sscanf(row->line, "%*s %*s %ld %ld %ld %*s %*s %*s %ld %15s %ld", &channels, &filters, &taps, &groups,
		   activation, &blocks) != 6)
		return false;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		if (strcmp(vectors[i].target, target) == 0)
			return groups == 1 && blocks == 0 && taps * channels >= 48 && filters % vectors[i].lanes == 0 &&
			       strcmp(activation, "tanh") != 0;
	return false;
}

static bool ends_in_tanh(const struct row *row)
{
	char activation[16];

	return sscanf(row->line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %15s", activation) == 1 &&
	       strcmp(activation, "tanh") == 0;
}

/* Random shapes by what they end in: the functions differ in what they promise. */
static void print_by_activation(FILE *file, const struct results *results, int target, bool tanh)
{
	struct mean mean = { 0 };

	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		double ratio = results_ratio(results, row, results_ours(results), false);
		if (row->target == target && row->name[0] == 'R' && ratio > 0 && ends_in_tanh(row) == tanh)
			mean_add(&mean, ratio, row->name);
	}
	if (mean.n > 0)
		fprintf(file, "- of these, %d %s tanh: geometric mean %.2f, least %.2f (%s)\n", mean.n,
			tanh ? "with" : "without", mean_value(&mean), mean.least, mean.where);
}

static void print_dense(FILE *file, const struct results *results, int target)
{
	int ours = results_ours(results);
	struct mean mean = { 0 };

	for (int r = 0; r < results->rows && ours >= 0; r++) {
		const struct row *row = &results->row[r];
		if (row->target == target && strchr("WR", row->name[0]) != NULL && isfinite(row->cell[ours].net) &&
		    is_dense(row, results->target[target]))
			mean_add(&mean, results_percent(results, row, ours), row->name);
	}
	if (mean.n > 0)
		fprintf(file,
			"- %d layers with K*Cin >= 48 whose filters fill vectors (linear, relu): %.0f percent of the "
			"peak, least "
			"%.0f (%s)\n",
			mean.n, mean_value(&mean), mean.least, mean.where);
}

static void print_summary(FILE *file, const struct results *results, int target)
{
	struct mean w = mean_of(results, target, 'W', false), r = mean_of(results, target, 'R', false);
	struct mean calls = mean_of(results, target, 'R', true), compilers = mean_of_compilers(results, target);

	if (w.n > 0)
		fprintf(file, "- workloads: geometric mean of the ratios %.2f (goal %.2f), least %.2f (%s)\n",
			mean_value(&w), goal_workloads, w.least, w.where);
	if (r.n > 0)
		fprintf(file,
			"- %d random shapes: geometric mean %.2f (goal %.2f), least %.2f (%s; goal %.2f), %d below "
			"%.2f; with "
			"the calls' overhead %.2f\n",
			r.n, mean_value(&r), goal_random, r.least, r.where, goal_least, r.below, goal_least,
			mean_value(&calls));
	print_by_activation(file, results, target, false);
	print_by_activation(file, results, target, true);
	print_worst(file, results, target);
	print_dense(file, results, target);
	if (compilers.n > 0)
		fprintf(file,
			"- the second compiler's speed over the first one's: geometric mean %.2f, least %.2f (%s)\n",
			mean_value(&compilers), compilers.least, compilers.where);
}

static void print_target(FILE *file, const struct results *results, int target)
{
	fprintf(file, "\n## %s\n\n", results->target[target]);
	if (results->peak[target] > 0)
		fprintf(file, "Peak: %.1f GFLOP/s, measured in the same run. ", 1e-9 * results->peak[target]);
	fprintf(file, "Subtracted from every time, microseconds a call:");
	for (int i = 0; i < results->families; i++)
		fprintf(file, "%s %s %.3f", i > 0 ? "," : "", results_title(results, i),
			1e6 * results->overhead[target][i]);
	fprintf(file, ".\n\n");
	for (int i = 0; i < results->notes[target]; i++) fprintf(file, "- %s\n", results->note[target][i]);
	print_summary(file, results, target);
	print_table(file, results, target, "WD");
	fprintf(file, "\nRandom shapes:\n");
	print_table(file, results, target, "R");
}

/* FOLDER/machine.txt: what run.sh found out. */
static void copy_machine(const char *folder, FILE *to)
{
	char path[4096], line[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/machine.txt", folder);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) fprintf(to, "- %s", line);
	if (file != NULL) fclose(file);
}

int main(int argc, char **argv)
{
	static struct results results;
	FILE *file;

	if (argc < 3) return 2;
	for (int i = 2; i < argc; i++)
		if (!results_read(&results, argv[i])) return 3;
	file = folder_create(argv[1], "results.md");
	copy_machine(argv[1], file);
	for (int t = 0; t < results.targets; t++) print_target(file, &results, t);
	fclose(file);
	file = folder_create(argv[1], "layers.svg");
	chart_layers(&results, file);
	fclose(file);
	file = folder_create(argv[1], "growth.svg");
	chart_growth(&results, file);
	fclose(file);
	for (int t = 0; t < results.targets; t++) {
		printf("\n%s\n", results.target[t]);
		print_summary(stdout, &results, t);
	}
	return 0;
}
