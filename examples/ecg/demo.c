/* demo.c: marks the R peaks of an ECG with the network that conv1dc compiled, and draws them.
 *
 *	demo excerpt.txt beats.svg
 *
 * The network sees windows of ECG_INPUT_STEPS samples and gives, for every sample, the probability that a beat's
 * R peak lies LATENCY samples back.  The first WARM_UP samples of a window reach into its padding and are taken from the
 * window before instead (train.py says how the network was made). */
#include "ecg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 360, LATENCY = 36, WARM_UP = 90, TOLERANCE = 27 };
enum { SAMPLES_MAX = 60 * RATE, BEATS_MAX = 60 * 5, LINE_BYTES = 256 };

struct beats {
	int n, at[BEATS_MAX]; /* samples */
};

struct record {
	int n;
	float signal[SAMPLES_MAX];      /* mV */
	float probability[SAMPLES_MAX]; /* of a beat LATENCY samples earlier */
	struct beats known, found;      /* by the classical detector, by the network */
};

static void fail(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(1);
}

static void add_beat(struct beats *beats, int at)
{
	if (beats->n < BEATS_MAX) beats->at[beats->n++] = at;
}

/* Lines "1034" or "1034 R"; 1024 is 0 mV, 200 steps are one. */
static void read_record(struct record *record, const char *path)
{
	char line[LINE_BYTES], *end;
	FILE *file = fopen(path, "r");
	long raw;

	if (!file) fail(path, "cannot be read");
	while (fgets(line, sizeof line, file) && record->n < SAMPLES_MAX) {
		if (line[0] == '#') continue;
		raw = strtol(line, &end, 10);
		if (end == line) fail(path, "a line without a number");
		if (strchr(end, 'R')) add_beat(&record->known, record->n);
		record->signal[record->n++] = (float)(raw - 1024) / 200.0f;
	}
	fclose(file);
	if (record->n < ECG_INPUT_STEPS) fail(path, "shorter than one window");
}

/* Windows overlap by the warm-up; the last one ends with the record. */
static void run_network(struct record *record)
{
	static ecg_context context;
	static float output[ECG_OUTPUT_SIZE];
	const int window = ECG_INPUT_STEPS, last = record->n - window;
	int start = 0, keep;

	for (;;) {
		ecg_run(&context, record->signal + start, output);
		keep = start ? WARM_UP : 0;
		memcpy(record->probability + start + keep, output + keep, (size_t)(window - keep) * sizeof *output);
		if (start == last) break;
		start += window - WARM_UP;
		if (start > last) start = last;
	}
}

/* A beat is the middle of a run above one half; of two within 200 ms, the first stands.  The record's own warm-up, where
 * the network has seen nothing yet, is left out. */
static void find_beats(struct record *record)
{
	int i, first = -1, beat;

	for (i = WARM_UP; i <= record->n; i++) {
		int high = i < record->n && record->probability[i] > 0.5f;

		if (high && first < 0) first = i;
		if (high || first < 0) continue;
		beat = (first + i - 1) / 2 - LATENCY;
		first = -1;
		if (record->found.n == 0 || beat - record->found.at[record->found.n - 1] >= RATE / 5)
			add_beat(&record->found, beat);
	}
}

/* How many beats of a have one of b within the tolerance. */
static int matched(const struct beats *a, const struct beats *b)
{
	int i, k, n = 0;

	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n && abs(a->at[i] - b->at[k]) > TOLERANCE; k++) continue;
		n += k < b->n;
	}
	return n;
}

/* ---- the drawing: rows of 6 s on ECG paper, 25 mm/s and 10 mm/mV, 6 pixels a millimetre ------------------------- */

enum { MM = 6, ROW_SECONDS = 6, LEFT = 24, TOP = 64, ROW_MM = 50, ZERO_MM = 32, GAP = 14 };
enum { ROW_SAMPLES = ROW_SECONDS * RATE, WIDTH = ROW_SECONDS * 25 * MM, HEIGHT = ROW_MM * MM };

static double x_of(int sample)
{
	return LEFT + (double)(sample % ROW_SAMPLES) * WIDTH / ROW_SAMPLES;
}

static double y_of(const struct record *record, int sample, double baseline)
{
	double top = TOP + (double)(sample / ROW_SAMPLES) * (HEIGHT + GAP),
	       mm = ZERO_MM - 10 * (record->signal[sample] - baseline);

	return top + MM * (mm < 4 ? 4 : mm > ROW_MM - 1 ? ROW_MM - 1 : mm);
}

static void draw_paper(FILE *svg, int row)
{
	int top = TOP + row * (HEIGHT + GAP);

	fprintf(svg, "<rect x='%d' y='%d' width='%d' height='%d' fill='url(#paper)' stroke='#e8a0a0'/>\n", LEFT, top,
		WIDTH, HEIGHT);
	fprintf(svg, "<text x='%d' y='%d' class='small'>%d s</text>\n", LEFT + 4, top + 14, row * ROW_SECONDS);
}

/* The row's median, so that a wandering electrode does not leave the paper. */
static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static double baseline_of(const struct record *record, int first, int n)
{
	static float sorted[ROW_SAMPLES];

	memcpy(sorted, record->signal + first, (size_t)n * sizeof *sorted);
	qsort(sorted, (size_t)n, sizeof *sorted, by_value);
	return sorted[n / 2];
}

static void draw_row(FILE *svg, const struct record *record, int row)
{
	int first = row * ROW_SAMPLES, n = record->n - first < ROW_SAMPLES ? record->n - first : ROW_SAMPLES, i;
	double baseline = baseline_of(record, first, n), top = TOP + (double)row * (HEIGHT + GAP);

	draw_paper(svg, row);
	fprintf(svg, "<polyline class='chance' points='");
	for (i = first; i < first + n; i++) {
		double p = i + LATENCY < record->n ? (double)record->probability[i + LATENCY] : 0;

		fprintf(svg, "%.1f,%.1f ", x_of(i), top + HEIGHT - 4 - p * 6 * MM);
	}
	fprintf(svg, "'/>\n<polyline class='signal' points='");
	for (i = first; i < first + n; i++) fprintf(svg, "%.1f,%.1f ", x_of(i), y_of(record, i, baseline));
	fprintf(svg, "'/>\n");
	for (i = 0; i < record->known.n; i++) {
		int at = record->known.at[i];

		if (at < first || at >= first + n) continue;
		fprintf(svg, "<circle cx='%.1f' cy='%.1f' r='6' class='known'/>\n", x_of(at),
			y_of(record, at, baseline));
	}
	for (i = 0; i < record->found.n; i++) {
		int at = record->found.at[i];

		if (at < first || at >= first + n) continue;
		fprintf(svg, "<path d='M%.1f %.1f l-5 -9 h10 z' class='found'/>\n", x_of(at),
			y_of(record, at, baseline) - 8);
	}
}

static void draw(const struct record *record, const char *path)
{
	int rows = (record->n + ROW_SAMPLES - 1) / ROW_SAMPLES, row;
	int width = WIDTH + 2 * LEFT, height = TOP + rows * (HEIGHT + GAP) + 16;
	FILE *svg = fopen(path, "w");

	if (!svg) fail(path, "cannot be written");
	fprintf(
	    svg,
	    "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'>\n"
	    "<style>text{font:15px "
	    "sans-serif;fill:#333}.small{font-size:11px;fill:#a66}.signal{fill:none;stroke:#1b2a41;"
	    "stroke-width:1.6;stroke-linejoin:round}.chance{fill:none;stroke:#2a7fb8;stroke-width:1.2}.known{fill:none;"
	    "stroke:#2e9e5b;stroke-width:1.6}.found{fill:#d62828}</style>\n"
	    "<defs><pattern id='paper' width='%d' height='%d' x='%d' y='%d' patternUnits='userSpaceOnUse'>"
	    "<rect width='%d' height='%d' fill='#fff8f6'/><path d='M%d 0V%dM%d 0V%dM%d 0V%dM%d 0V%dM0 %dH%dM0 %dH%dM0 "
	    "%dH%dM0 %dH%d' "
	    "stroke='#fbe3df' stroke-width='.7'/><path d='M0 0H%dM0 0V%d' stroke='#f0bcb4'/></pattern></defs>\n"
	    "<rect width='100%%' height='100%%' fill='white'/>\n",
	    width, height, width, height, 5 * MM, 5 * MM, LEFT, TOP, 5 * MM, 5 * MM, MM, 5 * MM, 2 * MM, 5 * MM, 3 * MM,
	    5 * MM, 4 * MM, 5 * MM, MM, 5 * MM, 2 * MM, 5 * MM, 3 * MM, 5 * MM, 4 * MM, 5 * MM, 5 * MM, 5 * MM);
	fprintf(svg,
		"<text x='%d' y='26'>MIT-BIH record 208, lead MLII: %d beats marked by the network, %d by the "
		"classical detector</text>\n",
		LEFT, record->found.n, record->known.n);
	fprintf(
	    svg,
	    "<path d='M%d 47 l-5 -9 h10 z' class='found'/><text x='%d' y='47' class='small'>network</text>"
	    "<circle cx='%d' cy='43' r='5' class='known'/><text x='%d' y='47' class='small'>classical detector</text>"
	    "<path d='M%d 43 h22' class='chance'/><text x='%d' y='47' class='small'>probability (0 to 1), %d ms "
	    "earlier than the "
	    "network gives it; 25 mm/s, 10 mm/mV</text>\n",
	    LEFT + 5, LEFT + 15, LEFT + 80, LEFT + 90, LEFT + 200, LEFT + 228, 1000 * LATENCY / RATE);
	for (row = 0; row < rows; row++) draw_row(svg, record, row);
	fprintf(svg, "</svg>\n");
	if (fclose(svg) != 0) fail(path, "cannot be written");
}

int main(int argc, char **argv)
{
	static struct record record;
	int hits;

	if (argc != 3) fail("usage", "demo excerpt.txt beats.svg");
	read_record(&record, argv[1]);
	run_network(&record);
	find_beats(&record);
	draw(&record, argv[2]);
	hits = matched(&record.known, &record.found);
	printf("%.1f s of ECG: %d beats by the classical detector, %d by the network; %d agree within 75 ms\n",
	       (double)record.n / RATE, record.known.n, record.found.n, hits);
	fprintf(stderr, "drawn in %s\n", argv[2]);
	return 0;
}
