/* race.c: TARGET WORK COMPILER...: every network of WORK/layers.txt by conv1dc's output
 * (WORK/models/NAME/TARGET/COMPILER.so) and by every peer there is, in turns, in this one process.  Prints a table;
 * the figures go to WORK/results-TARGET.tsv.  TARGET alone: status 0 if this processor runs its code.
 *
 * A side whose values are wrong is named and not timed.  A time is the least of many short runs; the time of a call
 * that computes next to nothing (the least of the "call-" networks) is subtracted. */
#define _POSIX_C_SOURCE 200809L
#include "ours.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SIDES = 16, ROUNDS = 40, QUICK_ROUNDS = 12, CALL_ROUNDS = 150, MAX_NOTES = 12 }; /* rounds at least */
static const double batch_seconds = 3e-4, tolerance = 1e-4, hopeless = 10, slow = 2e-2, race_seconds = 1,
		    quick_seconds = 0.25;

struct runner {
	struct side side;
	void *handle;
	char why[128];
	long repeats;
	double seconds;  /* of one call, least of all */
	double overhead; /* of a call */
};

static struct runner runners[MAX_SIDES];
static int count;
static double peak_rate; /* FLOP/s of the target's vectors */
static double ceiling;   /* FLOP/s of the widest vectors that a peer may use */
static double flops;     /* of the network at hand */
static const struct peak *peak;
static FILE *results;
static int wrong;
static char notes[MAX_NOTES][160];
static int note_count;

void race_add(const struct side *side);
void race_note(const char *text);
void race_begin(const char *target);
int race_main(int argc, char **argv);

void race_add(const struct side *side)
{
	if (count < MAX_SIDES) {
		runners[count].side = *side;
		runners[count].overhead = INFINITY;
		count++;
	}
}

/* A line for the reader, and for the report. */
void race_note(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
	if (note_count < MAX_NOTES) snprintf(notes[note_count++], sizeof notes[0], "%s", text);
}

static double clock_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Runs are timed by the wall's clock: that of the processor's time loses some where a hypervisor takes time away.
 * Runs are so short that enough of them are not interrupted. */
static double now(void)
{
	return clock_seconds(CLOCK_MONOTONIC);
}

/* How long a race goes on, on a busy machine as on an idle one. */
static double spent(void)
{
	return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void measure_peak(int rounds)
{
	for (int i = 0; peak != NULL && i < rounds; i++) {
		double start = now();
		peak->run(2);
		double rate = 2 * peak->flops / (now() - start);
		if (rate > peak_rate) peak_rate = rate;
	}
	if (peak_rate > ceiling) ceiling = peak_rate;
}

/* Whether the side computes what the network means. */
static bool right(struct runner *r, const struct network *network, const float *x, const double *expect)
{
	size_t n = network_output_size(network);
	float *y = take(n * sizeof *y);
	bool same = true;

	r->side.load(r->handle, x);
	r->side.run(r->handle, 1);
	r->side.store(r->handle, y);
	for (size_t i = 0; i < n && same; i++) {
		same = fabs((double)y[i] - expect[i]) <= tolerance * (1 + fabs(expect[i]));
		if (!same)
			snprintf(r->why, sizeof r->why, "WRONG: element %zu is %.9g, not %.9g", i, (double)y[i],
				 expect[i]);
	}
	free(y);
	return same;
}

static void open_runner(struct runner *r, const struct network *network, const float *x, const double *expect)
{
	r->why[0] = '\0';
	r->seconds = INFINITY;
	r->handle = r->side.open(&r->side, network, r->why, sizeof r->why);
	if (r->handle != NULL && !right(r, network, x, expect)) {
		r->side.close(r->handle);
		r->handle = NULL;
		wrong++;
	}
}

static double time_runner(struct runner *r)
{
	double start = now();

	r->side.run(r->handle, r->repeats);
	return (now() - start) / (double)r->repeats;
}

static void race(int rounds)
{
	double least = INFINITY, start;

	for (int i = 0; i < count; i++) {
		struct runner *r = &runners[i];
		for (r->repeats = 1; r->handle != NULL && r->repeats < 1 << 24; r->repeats *= 2)
			if (time_runner(r) * (double)r->repeats >= batch_seconds) break;
	}
	start = spent();
	for (int round = 0; round < rounds || spent() - start < (rounds == QUICK_ROUNDS ? quick_seconds : race_seconds);
	     round++) {
		measure_peak(1);
		for (int i = 0; i < count; i++) {
			struct runner *r = &runners[(i + round) % count];
			if (round > 5 && r->seconds > fmax(hopeless * least, slow)) continue;
			double seconds = r->handle == NULL ? INFINITY : time_runner(r);
			least = fmin(least, seconds);
			if (seconds < r->seconds) r->seconds = seconds;
		}
	}
}

/* Sides of one library ("onednn-nwc", "onednn-any") share a column and the overhead of a call. */
static size_t family(const char *name)
{
	return strcspn(name, "-");
}

static bool same_family(const struct runner *a, const struct runner *b)
{
	size_t n = family(a->side.name);

	return family(b->side.name) == n && strncmp(a->side.name, b->side.name, n) == 0;
}

static bool leads_family(int i)
{
	for (int k = 0; k < i; k++)
		if (same_family(&runners[k], &runners[i])) return false;
	return true;
}

static double family_overhead(const struct runner *r)
{
	double least = INFINITY;

	for (int k = 0; k < count; k++)
		if (same_family(&runners[k], r)) least = fmin(least, runners[k].overhead);
	return least;
}

/* Less the call's overhead, but no less than the multiply-adds take at the peak. */
static double net_seconds(const struct runner *r)
{
	double overhead = family_overhead(r), least = ceiling > 0 ? flops / ceiling : 0;

	return fmin(r->seconds, fmax(r->seconds - (isfinite(overhead) ? overhead : 0), least));
}

static void write_results(const char *target, const char *line, const struct network *network)
{
	for (int i = 0; i < count; i++) {
		const struct runner *r = &runners[i];
		fprintf(results, "%s\t%s\t%.0f\t%s\t%s\t", target, line, network_macs(network), r->side.name,
			r->side.peer ? "peer" : "ours");
		if (r->handle != NULL)
			fprintf(results, "%.6g\t%.6g\t%.6g\n", r->seconds, family_overhead(r), net_seconds(r));
		else
			fprintf(results, "-\t-\t-\t%s\n", r->why);
	}
	fflush(results);
}

static double family_seconds(int i)
{
	double least = INFINITY;

	for (int k = 0; k < count; k++)
		if (runners[k].handle != NULL && same_family(&runners[k], &runners[i]))
			least = fmin(least, net_seconds(&runners[k]));
	return least;
}

static void print_head(const char *target)
{
	printf("\n%s: GFLOP/s", target);
	if (peak != NULL) printf(" (percent of the peak of %s)", peak->target);
	printf("; ratio: the best peer's time over that of the first compiler\n%-10s %5s %4s %4s %2s %2s %2s %-6s %3s "
	       "%-6s",
	       "layer", "L", "Cin", "F", "K", "s", "d", "pad", "g", "act");
	for (int i = 0; i < count; i++)
		if (leads_family(i)) printf(" %13.*s", (int)family(runners[i].side.name), runners[i].side.name);
	printf("  ratio\n");
}

static void print_row(const char *line)
{
	char name[MAX_NAME], padding[MAX_NAME], act[MAX_NAME];
	long v[7];
	double ours = INFINITY, best = INFINITY;

	if (sscanf(line, "%31s %ld %ld %ld %ld %ld %ld %31s %ld %31s", name, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		   padding, &v[6], act) != 10)
		return;
	printf("%-10s %5ld %4ld %4ld %2ld %2ld %2ld %-6s %3ld %-6s", name, v[0], v[1], v[2], v[3], v[4], v[5], padding,
	       v[6], act);
	for (int i = 0; i < count; i++) {
		if (!leads_family(i)) continue;
		double seconds = family_seconds(i);
		if (isinf(seconds))
			printf(" %13s", "-");
		else
			printf(" %7.1f (%2.0f%%)", 1e-9 * flops / seconds, 100 * flops / seconds / peak_rate);
		if (runners[i].side.peer) best = fmin(best, seconds);
		if (!runners[i].side.peer && isinf(ours)) ours = seconds;
	}
	if (isfinite(best) && isfinite(ours))
		printf(" %6.2f\n", best / ours);
	else
		printf("      -\n");
	for (int i = 0; i < count; i++)
		if (strncmp(runners[i].why, "WRONG", 5) == 0)
			printf("    %s: %s\n", runners[i].side.name, runners[i].why);
	fflush(stdout);
}

static void run_line(const char *target, const char *line, int rounds)
{
	struct network network;
	float *x;
	double *expect;

	if (!network_parse(&network, line)) {
		fprintf(stderr, "race: not a network: %s\n", line);
		exit(2);
	}
	flops = 2 * network_macs(&network);
	x = take(network_input_size(&network) * sizeof *x);
	uniform_fill(x, network_input_size(&network), 7);
	expect = network_reference(&network, x);
	for (int i = 0; i < count; i++) open_runner(&runners[i], &network, x, expect);
	race(rounds);
	if (strncmp(network.name, "call-", 5) == 0) {
		for (int i = 0; i < count; i++) {
			runners[i].overhead = fmin(runners[i].overhead, runners[i].seconds);
		}
	} else {
		write_results(target, line, &network);
		print_row(line);
	}
	for (int i = 0; i < count; i++)
		if (runners[i].handle != NULL) runners[i].side.close(runners[i].handle);
	free(x);
	free(expect);
	network_free(&network);
}

static void print_overheads(void)
{
	printf("subtracted from every time, us a call:");
	for (int i = 0; i < count; i++)
		if (leads_family(i) && isfinite(family_overhead(&runners[i])))
			printf("  %.*s %.3f", (int)family(runners[i].side.name), runners[i].side.name,
			       1e6 * family_overhead(&runners[i]));
	printf("\n");
}

/* The shared object of oneDNN lies in WORK where its headers were there. */
static void add_onednn(const char *work)
{
	char path[4096];
	void *object;
	const struct side *sides;

	snprintf(path, sizeof path, "%s/onednn.so", work);
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	sides = object == NULL ? NULL : dlsym(object, "onednn_sides");
	if (sides == NULL) {
		race_note("skipped: oneDNN (tests/bench/onednn.c was not compiled; it wants libdnnl-dev, version 2)");
		return;
	}
	race_note((const char *)dlsym(object, "onednn_version"));
	for (; sides->name != NULL; sides++) race_add(sides);
}

static void limit_isa(const char *target)
{
	if (strcmp(target, "avx2") == 0) setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
	if (strcmp(target, "sse2") == 0) setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
	setenv("OMP_NUM_THREADS", "1", 1);
	if (limit_to(target))
		race_note("no peer sees wider vectors than this target's");
	else
		race_note("CPUID cannot be limited on this machine: oneDNN is (ONEDNN_MAX_CPU_ISA), LiteRT and ONNX "
			  "Runtime use the "
			  "widest vectors there are");
}

/* Before any library that asks CPUID is loaded: peers.py calls it first. */
void race_begin(const char *target)
{
	static bool begun;

	if (!begun) limit_isa(target);
	begun = true;
}

static void add_ours(const char *target, const char *work, const char *compiler)
{
	static char pattern[MAX_SIDES][4096];
	struct side side;

	if (count == MAX_SIDES) return;
	snprintf(pattern[count], sizeof pattern[count], "%s/models/%%s/%s/%s.so", work, target, compiler);
	side = ours_side(compiler, pattern[count]);
	race_add(&side);
}

static FILE *open_file(const char *work, const char *name, const char *target, const char *mode)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s%s%s", work, name, target, target[0] == '\0' ? ".txt" : ".tsv");
	file = fopen(path, mode);
	if (file == NULL) {
		perror(path);
		exit(3);
	}
	return file;
}

/* Peers that were added before stand behind the compilers and oneDNN. */
static void order_sides(const char *target, const char *work, int compilers, char **compiler)
{
	struct runner peers[MAX_SIDES];
	int n = count;

	memcpy(peers, runners, sizeof peers);
	count = 0;
	for (int i = 0; i < compilers; i++) add_ours(target, work, compiler[i]);
	add_onednn(work);
	for (int i = 0; i < n; i++) race_add(&peers[i].side);
}

static void run_lines(const char *target, FILE *layers)
{
	const char *quick = getenv("QUICK");
	int rounds = quick != NULL && strcmp(quick, "0") != 0 ? QUICK_ROUNDS : ROUNDS;
	bool headed = false;
	char line[256];

	while (fgets(line, sizeof line, layers) != NULL) {
		bool call = strncmp(line, "call-", 5) == 0;
		line[strcspn(line, "\n")] = '\0';
		if (!call && !headed) {
			print_overheads();
			print_head(target);
			headed = true;
		}
		run_line(target, line, call ? CALL_ROUNDS : rounds);
	}
}

int race_main(int argc, char **argv)
{
	FILE *layers;

	if (argc == 2) return peak_of(argv[1]) == NULL && strcmp(argv[1], "c99") != 0;
	if (argc < 4) return 2;
	race_begin(argv[1]);
	order_sides(argv[1], argv[2], argc - 3, argv + 3);
	peak = peak_of(argv[1]);
	measure_peak(2000);
	if (peak != NULL)
		printf("%s: peak of %s multiply-adds %.1f GFLOP/s\n", argv[1], peak->target, 1e-9 * peak_rate);
	layers = open_file(argv[2], "layers", "", "r");
	results = open_file(argv[2], "results-", argv[1], "w");
	run_lines(argv[1], layers);
	fprintf(results, "%s\tpeak\t%.6g\n", argv[1], peak_rate);
	for (int i = 0; i < note_count; i++) fprintf(results, "%s\tnote\t%s\n", argv[1], notes[i]);
	fclose(results);
	fclose(layers);
	return wrong > 0;
}
