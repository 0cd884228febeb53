/* chart.c: the figures as SVG: self-contained, on white, no script, no font of its own. */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 960, LEFT = 60, BLOCK = 560, BARS = 190, RATIOS = 190, PANEL_WIDTH = 480, PANEL_HEIGHT = 300 };

/* By column: ours dark, peers light. */
static const char *const colours[MAX_FAMILIES] = { "#1b4f8a", "#6b9fd4", "#d9822b", "#8a9a5b",
						   "#b07aa1", "#888888", "#c44e52", "#55a868" };

static void open_svg(FILE *file, int width, int height)
{
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
		width, height, width, height, width, height);
}

static void text(FILE *file, double x, double y, const char *anchor, const char *style, const char *words)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, style, words);
}

static void line(FILE *file, double x1, double y1, double x2, double y2, const char *style)
{
	fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style);
}

static void rectangle(FILE *file, double x, double y, double width, double height, const char *colour)
{
	fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, width, height,
		colour);
}

static void draw_legend(const struct results *results, FILE *file, double y)
{
	double x = LEFT;

	for (int i = 0; i < results->families; i++) {
		const char *title = results_title(results, i);
		rectangle(file, x, y - 10, 12, 12, colours[i]);
		text(file, x + 17, y, "start", "", title);
		x += 40 + 6.6 * (double)strlen(title);
	}
}

/* ---- percent of peak ------------------------------------------------------------ */

static void draw_bars(const struct results *results, int target, FILE *file, double top)
{
	double base = top + BARS, x = LEFT, n = 0, group;

	for (int percent = 0; percent <= 100; percent += 25) {
		char words[16];
		double y = base - BARS * percent / 100.0;
		snprintf(words, sizeof words, "%d%%", percent);
		line(file, LEFT, y, WIDTH - 20, y, "stroke=\"#ddd\"");
		text(file, LEFT - 6, y + 4, "end", "fill=\"#666\"", words);
	}
	for (int r = 0; r < results->rows; r++)
		n += results->row[r].target == target && strchr("WD", results->row[r].name[0]) != NULL;
	group = n > 0 ? (WIDTH - 20 - LEFT) / n : 0;
	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		double width = group * 0.82 / results->families, at = x + group * 0.09;
		if (row->target != target || strchr("WD", row->name[0]) == NULL) continue;
		for (int i = 0; i < results->families; i++, at += width) {
			double percent = fmin(results_percent(results, row, i), 105);
			char words[16];
			snprintf(words, sizeof words, "%.0f", percent);
			if (!isfinite(row->cell[i].net)) continue;
			rectangle(file, at + 0.5, base - BARS * percent / 100, width - 1, BARS * percent / 100,
				  colours[i]);
			text(file, at + width / 2, base - BARS * percent / 100 - 3, "middle", "font-size=\"9\"", words);
		}
		text(file, x + group / 2, base + 16, "middle", "", row->name);
		x += group;
	}
}

/* ---- ratios of the random shapes ------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* 0.1 to 10, logarithmic. */
static double ratio_y(double top, double ratio)
{
	return top + RATIOS / 2.0 * (1 - log10(fmin(fmax(ratio, 0.1), 10)));
}

static void draw_ratios(const struct results *results, int target, FILE *file, double top)
{
	static const double marks[] = { 0.1, 0.2, 0.5, 0.8, 1, 1.3, 2, 5, 10 };
	double ratio[MAX_ROWS], width;
	int n = 0;

	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		double value = results_ratio(results, row, results_ours(results), false);
		if (row->target == target && row->name[0] == 'R' && value > 0) ratio[n++] = value;
	}
	qsort(ratio, (size_t)n, sizeof *ratio, compare);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		char words[16];
		snprintf(words, sizeof words, "%g", marks[i]);
		line(file, LEFT, ratio_y(top, marks[i]), WIDTH - 20, ratio_y(top, marks[i]),
		     fabs(marks[i] - 1) < 0.1 ? "stroke=\"#222\"" : "stroke=\"#ddd\"");
		text(file, LEFT - 6, ratio_y(top, marks[i]) + 4, "end", "fill=\"#666\" font-size=\"10\"", words);
	}
	width = n > 0 ? (double)(WIDTH - 20 - LEFT) / n : 0;
	for (int i = 0; i < n; i++) {
		double y = ratio_y(top, ratio[i]), one = ratio_y(top, 1);
		rectangle(file, LEFT + i * width + 1, fmin(y, one), width - 2, fabs(y - one),
			  ratio[i] < 0.8 ? "#c44e52" : colours[0]);
	}
}

void chart_layers(const struct results *results, FILE *file)
{
	open_svg(file, WIDTH, BLOCK * results->targets + 10);
	for (int t = 0; t < results->targets; t++) {
		char words[160];
		double top = BLOCK * t;
		snprintf(words, sizeof words,
			 "%s: percent of the multiply-add peak (%.0f GFLOP/s), one thread, batch 1", results->target[t],
			 1e-9 * results->peak[t]);
		text(file, LEFT, top + 26, "start", "font-size=\"15\" font-weight=\"bold\"", words);
		draw_legend(results, file, top + 48);
		draw_bars(results, t, file, top + 72);
		snprintf(words, sizeof words, "%s: random shapes, speed over the best peer\'s (%s), sorted; 0.1 to 10",
			 results->target[t],
			 results_ours(results) < 0 ? "" : results_title(results, results_ours(results)));
		text(file, LEFT, top + 322, "start", "font-size=\"15\" font-weight=\"bold\"", words);
		draw_ratios(results, t, file, top + 340);
	}
	fprintf(file, "</svg>\n");
}

/* ---- growth ------------------------------------------------------------ */

struct panel {
	const char *of;
	double x, y; /* corner of the plot */
	double width, height;
	double least[2], most[2]; /* log10 of count and of microseconds */
};

static bool growth_of(const struct row *row, const char *of, double *count)
{
	char name[32];

	return sscanf(row->name, "G-%31[a-z]-%lf", name, count) == 2 && strcmp(name, of) == 0;
}

static double panel_x(const struct panel *p, double count)
{
	return p->x + p->width * (log10(count) - p->least[0]) / (p->most[0] - p->least[0]);
}

static double panel_y(const struct panel *p, double us)
{
	return p->y + p->height * (1 - (log10(us) - p->least[1]) / (p->most[1] - p->least[1]));
}

static void fit(const struct results *results, struct panel *p)
{
	p->least[0] = p->least[1] = INFINITY;
	p->most[0] = p->most[1] = -INFINITY;
	for (int r = 0; r < results->rows; r++) {
		double count, us;
		if (!growth_of(&results->row[r], p->of, &count)) continue;
		us = 1e6 * results->row[r].cell[results_ours(results)].net;
		if (!isfinite(us)) continue;
		p->least[0] = fmin(p->least[0], log10(count));
		p->most[0] = fmax(p->most[0], log10(count));
		p->least[1] = fmin(p->least[1], floor(log10(us)));
		p->most[1] = fmax(p->most[1], ceil(log10(us)));
	}
}

static void draw_axes(const struct results *results, const struct panel *p, FILE *file)
{
	char words[64];

	for (double decade = p->least[1]; decade <= p->most[1]; decade++) {
		double y = panel_y(p, pow(10, decade));
		snprintf(words, sizeof words, "%g us", pow(10, decade));
		line(file, p->x, y, p->x + p->width, y, "stroke=\"#ddd\"");
		text(file, p->x - 5, y + 4, "end", "fill=\"#666\" font-size=\"10\"", words);
	}
	for (int r = 0; r < results->rows; r++) {
		double count;
		if (results->row[r].target != 0 || !growth_of(&results->row[r], p->of, &count)) continue;
		snprintf(words, sizeof words, "%g", count);
		text(file, panel_x(p, count), p->y + p->height + 14, "middle", "fill=\"#666\" font-size=\"9\"", words);
	}
	snprintf(words, sizeof words, "time against %s", p->of);
	text(file, p->x, p->y - 8, "start", "font-weight=\"bold\"", words);
}

static void draw_series(const struct results *results, const struct panel *p, int target, const char *colour,
			FILE *file)
{
	double count = 0, us = 0;

	fprintf(file, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
	for (int r = 0; r < results->rows; r++) {
		const struct row *row = &results->row[r];
		double n;
		if (row->target != target || !growth_of(row, p->of, &n)) continue;
		if (!isfinite(row->cell[results_ours(results)].net)) continue;
		count = n;
		us = 1e6 * row->cell[results_ours(results)].net;
		fprintf(file, "%.1f,%.1f ", panel_x(p, count), panel_y(p, us));
	}
	fprintf(file, "\"/>\n");
	if (us <= 0) return;
	/* proportional to the last point, as far as the plot goes */
	double start = fmax(pow(10, p->least[0]), pow(10, p->least[1]) * count / us);
	line(file, panel_x(p, start), panel_y(p, us * start / count), panel_x(p, count), panel_y(p, us),
	     "stroke=\"#999\" stroke-dasharray=\"4 3\"");
}

void chart_growth(const struct results *results, FILE *file)
{
	static const char *const of[] = { "steps", "filters", "channels", "taps" };
	double x = LEFT;

	open_svg(file, 2 * PANEL_WIDTH, 2 * PANEL_HEIGHT + 50);
	text(file, LEFT, 22, "start", "font-size=\"15\" font-weight=\"bold\"",
	     "Cost of a layer; of L=256 Cin=32 F=32 K=5 one number varies; dashed: proportional");
	for (int t = 0; t < results->targets && results_ours(results) >= 0; t++) {
		rectangle(file, x, 32, 12, 12, colours[t == 0 ? 0 : t + 1]);
		text(file, x + 17, 42, "start", "", results->target[t]);
		x += 100;
	}
	for (int i = 0; i < 4 && results_ours(results) >= 0; i++) {
		struct panel p = { .of = of[i],
				   .x = LEFT + PANEL_WIDTH * (i % 2),
				   .y = 80 + PANEL_HEIGHT * (i / 2),
				   .width = PANEL_WIDTH - LEFT - 25,
				   .height = PANEL_HEIGHT - 60 };
		fit(results, &p);
		if (!isfinite(p.least[0]) || p.most[0] <= p.least[0]) continue;
		draw_axes(results, &p, file);
		for (int t = 0; t < results->targets; t++)
			draw_series(results, &p, t, colours[t == 0 ? 0 : t + 1], file);
	}
	fprintf(file, "</svg>\n");
}
