/* results.c: reads what race.c wrote: TARGET, LINE, MACS, SIDE, ours|peer, SECONDS, OVERHEAD, NET separated by
 * tabs. */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int find_target(struct results *results, const char *name)
{
	for (int i = 0; i < results->targets; i++)
		if (strcmp(results->target[i], name) == 0) return i;
	if (results->targets == MAX_TARGETS) return -1;
	copy(results->target[results->targets], sizeof results->target[0], name);
	return results->targets++;
}

static int find_family(struct results *results, const char *side, bool peer)
{
	char name[32];

	copy(name, sizeof name, side);
	name[strcspn(name, "-")] = '\0';
	for (int i = 0; i < results->families; i++)
		if (strcmp(results->family[i], name) == 0) return i;
	if (results->families == MAX_FAMILIES) return -1;
	copy(results->family[results->families], sizeof results->family[0], name);
	results->peer[results->families] = peer;
	return results->families++;
}

static struct row *find_row(struct results *results, int target, const char *line, double macs)
{
	struct row *row;

	for (int i = results->rows - 1; i >= 0; i--)
		if (results->row[i].target == target && strcmp(results->row[i].line, line) == 0)
			return &results->row[i];
	if (results->rows == MAX_ROWS) return NULL;
	row = &results->row[results->rows++];
	row->target = target;
	row->flops = 2 * macs;
	copy(row->line, sizeof row->line, line);
	copy(row->name, sizeof row->name, line);
	row->name[strcspn(row->name, " ")] = '\0';
	for (int i = 0; i < MAX_FAMILIES; i++) row->cell[i].seconds = row->cell[i].net = INFINITY;
	return row;
}

static void add_line(struct results *results, char **field, int fields)
{
	int target = find_target(results, field[0]), family;
	struct row *row;
	struct cell *cell;

	if (target < 0) return;
	if (fields == 3) {
		if (strcmp(field[1], "peak") == 0)
			results->peak[target] = strtod(field[2], NULL);
		else if (results->notes[target] < MAX_NOTES)
			copy(results->note[target][results->notes[target]++], MAX_TEXT, field[2]);
		return;
	}
	family = find_family(results, field[3], strcmp(field[4], "peer") == 0);
	row = find_row(results, target, field[1], strtod(field[2], NULL));
	if (family < 0 || row == NULL) return;
	cell = &row->cell[family];
	if (strcmp(field[5], "-") == 0) {
		copy(cell->why, sizeof cell->why, fields > 8 ? field[8] : "");
		return;
	}
	cell->seconds = fmin(cell->seconds, strtod(field[5], NULL));
	cell->net = fmin(cell->net, strtod(field[7], NULL));
	results->overhead[target][family] = strtod(field[6], NULL);
}

bool results_read(struct results *results, const char *path)
{
	char line[1024], *field[10];
	FILE *file = fopen(path, "r");

	if (file == NULL) return false;
	while (fgets(line, sizeof line, file) != NULL) {
		int fields = 0;
		line[strcspn(line, "\n")] = '\0';
		for (char *at = line; at != NULL && fields < 10; fields++) {
			field[fields] = at;
			at = strchr(at, '\t');
			if (at != NULL) *at++ = '\0';
		}
		if (fields == 3 || fields >= 8) add_line(results, field, fields);
	}
	fclose(file);
	return true;
}

int results_ours(const struct results *results)
{
	for (int i = 0; i < results->families; i++)
		if (!results->peer[i]) return i;
	return -1;
}

double results_ratio(const struct results *results, const struct row *row, int ours, bool with_calls)
{
	double best = INFINITY;

	for (int i = 0; i < results->families; i++)
		if (results->peer[i]) best = fmin(best, with_calls ? row->cell[i].seconds : row->cell[i].net);
	if (ours < 0 || isinf(best) || isinf(row->cell[ours].net)) return 0;
	return best / (with_calls ? row->cell[ours].seconds : row->cell[ours].net);
}

double results_percent(const struct results *results, const struct row *row, int family)
{
	double peak = results->peak[row->target];

	return peak > 0 ? 100 * row->flops / row->cell[family].net / peak : 0;
}

const char *results_title(const struct results *results, int family)
{
	static const char *const titles[][2] = { { "gcc", "conv1dc, gcc" },
						 { "clang", "conv1dc, clang" },
						 { "onednn", "oneDNN" },
						 { "litert", "LiteRT (XNNPACK)" },
						 { "ort", "ONNX Runtime" } };

	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (strcmp(titles[i][0], results->family[family]) == 0) return titles[i][1];
	return results->family[family];
}
